# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""How long "disconnected", without an error, may mean "not begun yet" (contract, section 6.1)."""

from __future__ import annotations

import typing as t

from .._core.waiting import Clock

LOOKS = 3
SECONDS = 20.0  # three looks at the default interval of the contract


class Patience:
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
