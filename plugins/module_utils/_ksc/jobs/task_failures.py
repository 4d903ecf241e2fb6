# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What to do about a host on which an installation or removal has failed: it is over, it is tried again, or it is read back.

By the class that the server's text tells. Where that tells nothing, nothing is repeated.
"""

from __future__ import annotations

from ..._core.module import Context
from ..api import failures
from .task_run import TaskGroup, TaskHost, TaskRun
from .task_starter import TaskStarter

TRIES = 3  # of one host in one run, the first one included
TRIED_AGAIN_AFTER = 120.0  # seconds


class TaskFailures:
    """The hosts of a job that failed for a reason that is not the end."""

    def __init__(self, context: Context, starter: TaskStarter) -> None:
        self._clock = context.clock
        self._starter = starter
        self._passing: dict[TaskHost, float] = {}  # seconds of the clock, when each is tried again
        self._doubtful: dict[TaskHost, float] = {}  # seconds of the clock, until when each is read back

    def take(self, run: TaskRun, host: TaskHost, text: str) -> None:
        """A task has failed on a host; ``text`` are the server's words."""
        if host in self._passing or host in self._doubtful:
            return
        kind = failures.classified(text)
        host.change.facts["failure_class"] = kind.name if kind is not None else None
        host.tries += 1
        if kind is not None and kind.passes and host.tries < TRIES:
            self._passing[host], host.trouble = self._clock.now() + TRIED_AGAIN_AFTER, text
        elif kind is not None and kind.unknown:
            self._doubtful[host], host.trouble = self._clock.now() + run.group.settled_for, text
        else:
            host.change.fail(text)

    @property
    def waiting(self) -> bool:
        """Some host is yet to be tried again."""
        return any(host.change.open for host in self._passing)

    def doubtful(self, host: TaskHost) -> bool:
        """Whether only the host itself can tell what was done."""
        return host in self._doubtful

    def look(self) -> None:
        """Try again what is due; give up what was read back for long enough."""
        now = self._clock.now()
        for host, until in list(self._doubtful.items()):
            if now > until and host.change.open:
                host.change.fail(host.trouble)
        groups: dict[TaskGroup, list[TaskHost]] = {}
        for host, due in list(self._passing.items()):
            if now >= due and host.run is not None:
                del self._passing[host]
                groups.setdefault(host.run.group, []).append(host)
        for group, hosts in groups.items():
            self._starter.anew(group, hosts)

    def end(self) -> None:
        """The time is over."""
        for host in self._passing:
            if host.change.open:
                host.change.fail(host.trouble)
        self._passing.clear()
