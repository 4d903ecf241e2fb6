# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""A task of the server at work on hosts: what is known of it, and by what name it is found again.

A task of ours is known by its display name: what it does, the mark of the collection and a digest of its hosts.
"""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass

from ..._core.errors import PASSING, CollectionError, NoSuchCall, RequestRefused
from ..._core.module import Context
from ..._core.plan import Change, Plan
from ..api import tasks
from ..api.hosts import Host
from ..api.session import Session
from ..api.tasks import TaskSettings

MARK = "ksv.light_agent"
SUBJECT_LENGTH = tasks.NAME_LENGTH - len(" [%s 12345678]" % MARK)
NOT_FOUND = ("KLSTD", 1186)
# Seconds for which a host whose Network Agent is not connected may still begin, since the status that says so lags.
DISCONNECTED_GRACE = 10.0


@dataclass(eq=False)
class TaskHost:
    """A host that shall go through a task, and what becomes of it."""

    host: Host
    change: Change
    run: t.Optional[TaskRun] = None
    state: t.Optional[tasks.HostState] = None  # as the server tells, where that is known
    tries: int = 0  # that have failed
    trouble: str = ""  # why the last one failed, where that is not the end

    @property
    def id(self) -> str:
        return self.host.id

    @property
    def name(self) -> str:
        return self.host.name

    @property
    def task_id(self) -> t.Optional[str]:
        return self.run.task_id if self.run is not None else None


@dataclass(eq=False)
class TaskGroup:
    """Hosts that the same settings are for, on one server; ``subject`` is what is done, such as ``Install KSVLA 5.2.0.0``.

    ``settled_for``: seconds after which what a task did to a host shows elsewhere on the server, see :meth:`TaskRunner.start`.
    """

    session: Session
    subject: str
    settings: TaskSettings
    hosts: list[TaskHost]
    settled_for: float

    def __post_init__(self) -> None:
        if len(self.subject) > SUBJECT_LENGTH:
            self.subject = self.subject[: SUBJECT_LENGTH - 3] + "..."

    @property
    def prefix(self) -> str:
        return "%s [%s " % (self.subject, MARK)

    def task_name(self, hosts: t.Iterable[TaskHost]) -> str:
        digest = hashlib.sha256("\n".join(sorted(host.id for host in hosts)).encode()).hexdigest()
        return "%s%s]" % (self.prefix, digest[:8])


@dataclass(eq=False)
class TaskRun:
    """A task at work on some of our hosts."""

    group: TaskGroup
    task_id: str
    hosts: list[TaskHost]
    size: int  # how many hosts its totals are of
    since: float  # seconds of the clock, when it was started or found
    made: bool = False  # by this run
    partial: bool = False  # it has other hosts, too
    started: bool = True
    starts: int = 0  # how often RunTask was sent
    statistics: t.Optional[tasks.Statistics] = None
    explained: bool = False  # the state of each host is known, as far as the server tells it
    told: int = 0  # of how many hosts it is known why it failed on them, while it goes on
    gone: str = ""  # why nothing more can be learnt of the task itself
    gone_since: float = 0.0  # seconds of the clock
    silent: str = ""  # why the last look failed

    def __post_init__(self) -> None:
        for host in self.hosts:
            host.run = self
            host.change.facts["task_id"] = self.task_id

    @property
    def session(self) -> Session:
        return self.group.session

    def lose(self, why: str, now: float) -> None:
        """The task can tell nothing any more, such as one that another run has deleted when it was done: only the hosts can."""
        self.gone, self.gone_since = why, now

    @property
    def finished(self) -> bool:
        return bool(self.gone) or (self.statistics is not None and self.statistics.finished(self.size))

    @property
    def clean(self) -> bool:
        return self.statistics is not None and self.statistics.clean

    def is_idle(self, now: float, start_timeout: float) -> bool:
        """Only hosts that cannot answer are left: they have not begun in time, or their Network Agent is not connected."""
        if self.statistics is None or self.statistics.hosts["running"]:
            return False
        elapsed = now - self.since
        waiting = self.statistics.total(*tasks.NOT_BEGUN)
        disconnected = sum(host.host.connected is False for host in self.hosts)
        return elapsed >= start_timeout or (waiting <= disconnected and elapsed >= min(DISCONNECTED_GRACE, start_timeout))


def is_gone(error: RequestRefused) -> bool:
    """Whether the server says that there is no such task (any more)."""
    return (error.failure.get("module"), error.failure.get("code")) == NOT_FOUND


def was_run(session: Session, task_id: str) -> bool:
    """Whether the history knows of a start. Without a history that cannot be told."""
    try:
        return tasks.was_run(session, task_id)
    except RequestRefused:
        return False


def delete(context: Context, plan: Plan, session: Session, task_id: str) -> None:
    """Delete a task that is of no use any more; where that does not work it stays, and does no harm."""
    try:
        with plan.writing():
            tasks.delete(session, task_id)
    except (NoSuchCall, *PASSING):
        pass
    except CollectionError as error:
        context.warn("The finished task %s stays on %s: %s" % (task_id, session, error.message))
