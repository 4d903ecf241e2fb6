# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One fault at one request of a chain: which requests there are, which kinds of faults, and how each is brought about."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass

import pytest
import requests
import urllib3

REQUEST_TIMEOUT = 60


class ProcessEnded(BaseException):
    """The process of the module is gone: nothing is sent any more, logging out included."""


@dataclass(frozen=True)
class Position:
    """A request of a chain: the ``nth`` one of this method, in this scope (a virtual server), of this server.

    Requests to different virtual servers go side by side, so a number in the whole would not always mean the same one.
    """

    server: str
    scope: str
    method: str
    nth: int

    def __str__(self) -> str:
        return "%s-%s-%d" % (self.scope.replace(" ", "_") or self.server, self.method, self.nth)


def positions(entries: t.Iterable[t.Any]) -> list[Position]:
    """The positions of the requests of a journal; on the Integration Server the scope is an id that changes, and is left out."""
    counts: dict[tuple[str, str, str], int] = {}
    found = []
    for entry in entries:
        key = (entry.server, entry.scope if entry.server == "ksc" else "", entry.method)
        counts[key] = counts.get(key, 0) + 1
        found.append(Position(*key, counts[key]))
    return found


# Kind of fault of the simulator, with its members, by the name of the kind of cell.
KINDS: dict[str, tuple[str, dict[str, t.Any]]] = {
    "reset-before": ("drop_before", {}),
    "reset-after": ("drop_after", {}),
    "status-503": ("status", {"status": 503}),
    "page-500": ("html", {"status": 500}),
    "page-500-done": ("html", {"status": 500, "handled": True}),
    "truncated": ("truncate", {}),
    "no-json": ("html", {"status": 200, "handled": True}),
    "session-lost": ("kill_session", {}),
    "stall": ("drop_after", {}),
    "ended": ("drop_before", {}),
}


@contextlib.contextmanager
def struck(simulator: t.Any, kind: str, position: Position) -> t.Iterator[t.Any]:
    """Set one fault; what is sent meanwhile may meet it. The fault tells later whether it has struck."""
    name, members = KINDS[kind]
    chosen = {"scope": position.scope} if position.server == "ksc" else {}
    # What the server does not have is known by its path.
    chosen["path" if position.method.startswith("/") else "method"] = position.method
    fault = simulator.faults.add(name, server=position.server, nth=position.nth, **chosen, **members)
    send = requests.Session.send

    def after_the_end(session: t.Any, request: t.Any, **more: t.Any) -> t.Any:
        if fault.hits:
            raise ProcessEnded
        try:
            return send(session, request, **more)
        except requests.RequestException:
            if fault.hits:
                raise ProcessEnded from None
            raise

    def without_an_answer(session: t.Any, request: t.Any, **more: t.Any) -> t.Any:
        before = fault.hits
        try:
            return send(session, request, **more)
        except requests.RequestException:
            if fault.hits == before:
                raise
        simulator.clock.advance(REQUEST_TIMEOUT)
        timed_out = urllib3.exceptions.ReadTimeoutError(None, request.url, "Read timed out. (read timeout=%d)" % REQUEST_TIMEOUT)
        raise requests.ReadTimeout(timed_out, request=request)

    with pytest.MonkeyPatch.context() as patch:
        if kind == "ended":
            patch.setattr(requests.Session, "send", after_the_end)
        elif kind == "stall":
            patch.setattr(requests.Session, "send", without_an_answer)
        try:
            yield fault
        finally:
            simulator.faults.clear()
