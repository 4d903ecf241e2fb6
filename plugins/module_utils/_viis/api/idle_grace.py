# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Waiting for an Integration Server that may start late, or restart (contract, section 6.1)."""

from __future__ import annotations

import typing as t

from ..._core.errors import PASSING, WaitTimeout
from ..._core.waiting import Clock, Poll, Waiting
from .session import ServerError

# How long "disconnected", without an error, may mean "not begun yet".
LOOKS = 3
SECONDS = 20.0  # three looks at the default interval of the contract


def until(waiting: Waiting, look: t.Callable[[], Poll], what: str, **facts: t.Any) -> bool:
    """Wait as ``waiting`` says; a server that cannot be reached meanwhile is asked again.

    :raises WaitTimeout: it cannot be reached at the deadline; ``what`` and ``facts`` tell what was waited for
    """
    try:
        return waiting.until(look, (*PASSING, ServerError))
    except (*PASSING, ServerError) as error:
        raise WaitTimeout(
            "%s This happened while waiting for %s, which continues there; run again to wait for it." % (error.message, what),
            **{**error.failure, **facts},
        ) from None


class IdleGrace:
    """Counts the looks that saw nothing happen."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looks = 0
        self._since: t.Optional[float] = None

    def is_over(self, idle: bool) -> bool:
        """Whether what this look saw, and those just before it, can no longer be a late start."""
        if not idle:
            self._looks, self._since = 0, None
            return False
        self._looks += 1
        if self._since is None:
            self._since = self._clock.now()
        return self._looks >= LOOKS and self._clock.now() - self._since >= SECONDS
