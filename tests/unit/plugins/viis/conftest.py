# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An Integration Server made of answers: what is sent is recorded, what comes back is written in the test."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.https import Answer, Https, Server
from ansible_collections.ksv.light_agent.plugins.module_utils._core.waiting import Clock
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api.session import Session

TOKEN = {
    "accessToken": {"value": "access-1"},
    "refreshToken": {"value": "refresh-1"},
    "session": {"id": "session-1", "createdAt": "t", "updatedAt": "t", "activeTo": "t", "validTo": "t"},
}


@dataclass
class Sent:
    method: str
    path: str
    headers: dict[str, str]
    body: t.Any

    @property
    def line(self) -> str:
        return "%s %s" % (self.method, self.path)


@dataclass
class FakeServer:
    """``answers``: request line, then the answers in turn (the last one stays): JSON, an Answer, or an exception."""

    answers: dict[str, list[t.Any]] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = 0.0

    def answer(self, line: str, *answers: t.Any) -> None:
        self.answers[line] = list(answers)

    def exchange(self, method, path, *, what, headers, body=None, repeatable=False, login=False):
        sent = Sent(method, path, dict(headers), json.loads(body) if body else None)
        self.sent.append(sent)
        queue = self.answers.get(sent.line, [{}])
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Answer) else Answer(200, {}, json.dumps(answer))

    @property
    def last(self) -> Sent:
        return self.sent[-1]

    @property
    def lines(self) -> list[str]:
        return [sent.line for sent in self.sent]

    @property
    def clock(self) -> Clock:
        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.now += seconds

        return Clock(lambda: self.now, sleep)

    def session(self, **options: t.Any) -> Session:
        return Session(Server("Integration Server", "viis.example.test", 7271), "admin", "secret", clock=self.clock, **options)


@pytest.fixture
def server(monkeypatch) -> FakeServer:
    fake = FakeServer()
    fake.answer("GET /api/3.0/auth/tokens", TOKEN)
    monkeypatch.setattr(Https, "exchange", lambda self, *args, **named: fake.exchange(*args, **named))
    return fake
