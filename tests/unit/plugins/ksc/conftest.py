# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server made of answers: what is sent is recorded, what comes back is written in the test."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.https import Answer, Https, Server
from ansible_collections.ksv.light_agent.plugins.module_utils._core.waiting import Clock
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api.session import Account, Session


@dataclass
class Sent:
    verb: str
    path: str
    headers: dict[str, str]
    body: t.Any

    @property
    def method(self) -> str:
        return self.path.rsplit("/", 1)[-1]


@dataclass
class FakeServer:
    """``answers``: method, then the answers in turn (the last one stays): a dict, an Answer, or an exception."""

    answers: dict[str, list[t.Any]] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = 0.0

    def answer(self, method: str, *answers: t.Any) -> None:
        self.answers[method] = list(answers)

    def exchange(self, verb, path, *, what, headers, body=None, repeatable=False, login=False):
        sent = Sent(verb, path, dict(headers), json.loads(body) if body else None)
        self.sent.append(sent)
        queue = self.answers.get(sent.method, [{}])
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Answer) else Answer(200, {}, json.dumps(answer))

    def methods(self) -> list[str]:
        return [sent.method for sent in self.sent]

    def last(self, method: str) -> Sent:
        return [sent for sent in self.sent if sent.method == method][-1]

    @property
    def clock(self) -> Clock:
        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.now += seconds

        return Clock(lambda: self.now, sleep)

    def session(self, virtual_server: t.Optional[str] = None, auth_method: str = "session") -> Session:
        return Session(
            Server("Administration Server", "ksc.example.test", 13299),
            Account("user", "secret"),
            virtual_server=virtual_server,
            auth_method=auth_method,
            clock=self.clock,
        )


@pytest.fixture
def server(monkeypatch) -> FakeServer:
    fake = FakeServer()
    fake.answer("Session.StartSession", {"PxgRetVal": "nsPbUpP1oAVZlM1lODEbg8A=="})
    monkeypatch.setattr(Https, "exchange", lambda self, *args, **named: fake.exchange(*args, **named))
    return fake
