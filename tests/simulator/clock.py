# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated time: a clock that can run faster, be moved forward, or stand still, and things that fall due on it."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from datetime import datetime, timezone
from typing import Callable


class Clock:
    """Simulated time in seconds since 1970-01-01 UTC.

    It starts at the wall clock's time and runs ``speed`` simulated seconds per wall second; 0 makes it stand still, so that only
    :meth:`advance` moves it. All methods may be called from any thread.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._speed = self._checked(speed)
        self._wall = time.monotonic()
        self._simulated = float(int(time.time()))
        self._advanced = 0.0

    @staticmethod
    def _checked(speed: float) -> float:
        if isinstance(speed, bool) or not isinstance(speed, (int, float)) or speed < 0:
            raise ValueError("speed: a number of simulated seconds per wall second, 0 or more, is needed")
        return float(speed)

    def _settle(self) -> float:
        wall = time.monotonic()
        self._simulated += (wall - self._wall) * self._speed
        self._wall = wall
        return self._simulated

    @property
    def speed(self) -> float:
        """Simulated seconds per wall second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self._lock:
            self._settle()
            self._speed = self._checked(speed)

    def now(self) -> float:
        """Return the simulated time, seconds since 1970-01-01 UTC."""
        with self._lock:
            return self._settle()

    def utc(self) -> datetime:
        """Return the simulated time as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now(), timezone.utc)

    def advance(self, seconds: float) -> float:
        """Move the clock forward by ``seconds`` simulated seconds and return the new time; ValueError when negative."""
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0:
            raise ValueError("advance: a number of seconds, 0 or more, is needed")
        with self._lock:
            self._simulated = self._settle() + seconds
            self._advanced += seconds
            return self._simulated

    def client(self) -> float:
        """Return the time as a client lives it, in seconds: wall time, plus what :meth:`advance` skipped; the speed does not matter.

        Lives of sessions, tokens and result sets are counted in it, so that a fast clock does not end them under a client that paces
        itself by its own watch.
        """
        with self._lock:
            return time.monotonic() + self._advanced

    def wall_milliseconds(self, seconds: float) -> int:
        """Return how long ``seconds`` of simulated time take by the wall clock, in whole milliseconds.

        This is what a client is told when it is asked to wait. When the clock stands still the simulated duration itself is told.
        """
        return int(seconds * 1000.0 / (self._speed or 1.0))


class Timeline:
    """Callbacks that fall due at simulated times.

    Nothing happens by itself: whoever is about to read state calls :meth:`run`, which carries out everything due so far, in order,
    each at its own due time. So state is a function of time and needs no thread.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = itertools.count()

    def at(self, when: float, callback: Callable[[float], None]) -> None:
        """Arrange for ``callback(due_time)`` at the simulated time ``when``."""
        heapq.heappush(self._heap, (when, next(self._numbers), callback))

    def run(self) -> None:
        """Carry out everything that is due now, including what those callbacks arrange for the past."""
        if not self._heap:
            return
        now = self._clock.now()
        while self._heap and self._heap[0][0] <= now:
            when, _number, callback = heapq.heappop(self._heap)
            callback(when)

    def clear(self) -> None:
        """Forget everything arranged."""
        self._heap.clear()

    def __len__(self) -> int:
        return len(self._heap)
