# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.
"""How a wait shows how it stands.

The module does the work and writes a line now and then to a file; the action plugin of the same name, on the controller,
shows what it finds there. Where there is no such file nothing is told. A line holds names, numbers and times, no secret.
"""

from __future__ import annotations

import os
import typing as t

from .plan import FAILED, PENDING, Change, Plan
from .waiting import Clock

VARIABLE = "KSV_LIGHT_AGENT_PROGRESS"  # of the environment: the path of the file
FIRST = 10.0  # seconds until the first line
SCOPES = 6  # tenants or infrastructures that a line names
WAITING = "waiting"  # how a change stands whose turn has not come
BETWEEN = " \u00b7 "


class Progress:
    """Writes at most one line every ``interval`` seconds, the first after FIRST seconds."""

    def __init__(self, clock: Clock, interval: float, path: t.Optional[str] = None) -> None:
        self._clock = clock
        self._interval = interval
        self._path = os.environ.get(VARIABLE) if path is None else path
        self._begin = clock.now()
        self._next = self._begin + min(FIRST, interval)

    def tell(self, text: t.Callable[[float], str]) -> None:
        """Write ``text(seconds since the beginning)`` when it is time for a line."""
        now = self._clock.now()
        if not self._path or now < self._next:
            return
        self._next = now + self._interval
        try:
            with open(self._path, "a", encoding="utf-8", errors="replace") as file:
                file.write(" ".join(text(now - self._begin).split()) + "\n")
        except OSError:
            self._path = None  # progress changes no result


def line(what: str, plan: Plan, elapsed: float) -> str:
    """Such as ``Install: 412 of 1000 installed, 3 failed, 585 running, then the tenants, then the time``.

    ``what``: the step; ``elapsed``: seconds.
    """
    at_work = [change for change in plan.changes if change.differs]
    parts = ["%s: %s" % (what, _counts(at_work))]
    scopes = dict.fromkeys(change.scope for change in at_work if change.scope)
    if len(scopes) > 1:
        for scope in list(scopes)[:SCOPES]:
            own = [change for change in at_work if change.scope == scope]
            parts.append("%s %d/%d" % (scope, sum(_standing(change) not in ("", WAITING) for change in own), len(own)))
        if len(scopes) > SCOPES:
            parts.append("and %d more" % (len(scopes) - SCOPES))
    return BETWEEN.join([*parts, _duration(elapsed)])


def _counts(changes: t.Sequence[Change]) -> str:
    words: dict[str, int] = {}
    for word in filter(None, map(_standing, changes)):
        words[word] = words.get(word, 0) + 1
    running = len(changes) - sum(words.values())
    good = [(word, count) for word, count in words.items() if word not in (FAILED, PENDING, WAITING)]
    done = ", ".join("%d of %d %s" % (count, len(changes), word) for word, count in good) or "0 of %d done" % len(changes)
    bad = ["%d %s" % (words[word], word) for word in (FAILED, PENDING) if word in words]
    left = {"running": running, WAITING: words.get(WAITING, 0)}
    return ", ".join([done, *bad, *("%d %s" % (count, word) for word, count in left.items() if count)])


def _standing(change: Change) -> str:
    """How a change that is over ended; empty while it is at work."""
    return change.result if change.settled or change.result in (FAILED, PENDING) else change.standing


def _duration(seconds: float) -> str:
    return "%d s" % seconds if seconds < 90 else "%d min" % round(seconds / 60)
