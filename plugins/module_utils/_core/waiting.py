# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Waiting for a server that works in the background: the only place where the collection sleeps."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Clock:
    """Where time comes from and how it passes, in seconds; tests pass their own."""

    now: t.Callable[[], float] = time.monotonic
    sleep: t.Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Poll:
    """What one look found.

    ``next_look``: seconds after which the server wants to be asked again; it wins over the configured interval.
    """

    done: bool
    next_look: t.Optional[float] = None


@dataclass
class Waiting:
    """A deadline of ``timeout`` seconds from now and a look every ``interval`` seconds."""

    timeout: float
    interval: float
    clock: Clock = field(default_factory=Clock)
    after_look: t.Optional[t.Callable[[], None]] = None  # such as a line of progress

    def __post_init__(self) -> None:
        self._deadline = self.clock.now() + self.timeout

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self._deadline - self.clock.now())

    def until(self, look: t.Callable[[], Poll], forgive: tuple[type[Exception], ...] = (), at_once: bool = True) -> bool:
        """Look again and again, the last time at the deadline. Tells whether it got done.

        Without ``at_once`` the first look comes after one interval: for work that was started just now.
        ``forgive``: errors that may pass, such as a server that restarts; only those of the last look are raised.
        """
        if not at_once:
            self.clock.sleep(min(self.interval, self.remaining))
        while True:
            last = self.remaining == 0.0
            try:
                poll = look()
            except forgive:
                if last:
                    raise
                poll = Poll(False)
            if self.after_look is not None:
                self.after_look()
            if poll.done or last:
                return poll.done
            pause = self.interval if poll.next_look is None else poll.next_look
            self.clock.sleep(min(pause, self.remaining))
