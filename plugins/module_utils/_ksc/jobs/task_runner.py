# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Bring hosts through tasks of the server: many tasks on many servers at once, none of them twice.

The rooms beside this one: what a task at work is (task_run), looking for tasks that are there (task_search), taking them
over (task_adoption), starting new ones (task_starter), and what to do where one fails (task_failures). Here they are watched
until they end.
"""

from __future__ import annotations

import typing as t

from ..._core import parallel
from ..._core.errors import PASSING, CollectionError, NoSuchCall
from ..._core.module import Context
from ..._core.naming import seconds
from ..._core.plan import FAILED, PENDING, Plan
from ..._core.waiting import Waiting
from ..api import tasks
from ..api.session import Session
from .task_failures import TaskFailures
from .task_run import TaskGroup, TaskHost, TaskRun, delete, was_run
from .task_starter import REPEATED_AFTER, TaskStarter

__all__ = ["TaskGroup", "TaskHost", "TaskRunner"]

# Seconds. A task that another run has just created is started by that run; after this it counts as left alone.
ABANDONED_AFTER = 15.0


class TaskRunner:
    """The tasks of one job."""

    def __init__(self, context: Context, plan: Plan, totals_tell: bool, again: bool = False) -> None:
        """``totals_tell``: a host that the totals of a task count as done is done, for progress lines.

        ``again``: what fails for a reason that may pass is tried again, see task_failures.
        """
        params = context.params
        self._totals_tell = totals_tell
        self._context = context
        self._plan = plan
        self._keep_task: str = params["keep_task"]
        self._start_timeout: float = params["start_timeout"]
        self._for_all = params["wait_for"] == "all"
        self.runs: list[TaskRun] = []
        starter = TaskStarter(context, plan, self.runs)
        self.start = starter.start
        self.repeat = starter.repeat
        self._run_again = starter.run
        self._failures = TaskFailures(context, starter) if again else None

    def unshown(self, shown: t.Callable[[TaskHost], bool]) -> list[TaskHost]:
        """Hosts on which the success of a task may show soon: it has succeeded on more of them than ``shown`` says, or is gone."""
        found: list[TaskHost] = []
        for run in self.runs:
            left = [host for host in run.hosts if host.run is run and host.change.open and not shown(host)]
            found += [host for host in left if self.doubtful(host)]
            left = [host for host in left if not self.doubtful(host)]
            if run.explained and not run.clean and not run.gone:
                left = [host for host in left if host.state is None or host.state.state in tasks.SUCCEEDED]
            count = len(run.hosts) - len([host for host in run.hosts if not shown(host)])
            if run.gone and self._context.clock.now() - run.gone_since > REPEATED_AFTER:
                continue
            if left and (run.gone or (run.statistics is not None and run.statistics.total(*tasks.SUCCEEDED) > count)):
                found += left
        return found

    def look(self) -> None:
        """See how the tasks stand that are not finished; a server that does not answer now is asked again next time."""
        if self._failures is not None:
            self._failures.look()
        by_session: dict[Session, list[TaskRun]] = {}
        for run in self.runs:
            if not run.finished or not run.explained:
                by_session.setdefault(run.session, []).append(run)

        def ask(session: Session) -> None:
            for run in by_session[session]:
                self._look_at(run)

        parallel.each(by_session, ask)

    def _look_at(self, run: TaskRun) -> None:
        try:
            if not run.finished:
                self._read(run)
                run.silent = ""
                self._start_if_abandoned(run)
                if self._totals_tell:
                    _tell_standing(run)
            if run.finished or self._has_failed_anew(run):
                self.explain(run)
        except PASSING as error:
            run.silent = error.message
        except CollectionError as error:
            run.lose(error.message, self._context.clock.now())

    def _has_failed_anew(self, run: TaskRun) -> bool:
        """Whether a task has failed on hosts that may be tried again, while only hosts are left that cannot answer."""
        if self._failures is None or run.statistics is None or run.statistics.hosts["failed"] == run.told:
            return False
        return run.is_idle(self._context.clock.now(), self._start_timeout)

    def _read(self, run: TaskRun) -> None:
        """The totals of a task; of one that has other hosts as well, those of ours."""
        if not run.partial:
            run.statistics = tasks.statistics(run.session, run.task_id)
            return
        states = {state.host_id: state for state in tasks.host_states(run.session, run.task_id)}
        for host in run.hosts:
            host.state = states.get(host.id)
        run.statistics = tasks.counted(host.state for host in run.hosts if host.state is not None)

    def _start_if_abandoned(self, run: TaskRun) -> None:
        """A task that nobody has started: the run that made it may be about to, or have been ended before."""
        if run.started or run.statistics is None:
            return
        run.started = run.statistics.begun or was_run(run.session, run.task_id)
        if not run.started and (run.made or self._context.clock.now() - run.since >= ABANDONED_AFTER):
            run.since = self._context.clock.now()
            self._run_again(run)

    def explain(self, run: TaskRun) -> None:
        """Learn the state of each host of a task that did not go well everywhere; a host on which it failed has failed."""
        if run.explained:
            return
        if not run.clean and not run.gone:
            try:
                states = {state.host_id: state for state in tasks.host_states(run.session, run.task_id)}
            except NoSuchCall:
                states = {}
                if len(run.hosts) > 1:
                    self._context.warn(
                        "%s does not report the state of each host of task %s; only its totals are known." % (run.session, run.task_id)
                    )
            for host in run.hosts:
                host.state = states.get(host.id)
                if host.run is run and host.state is not None and host.state.state == "failed":
                    self._fail(run, host, host.state.text or "task %s failed on the host; the server gives no reason" % run.task_id)
            run.told = run.statistics.hosts["failed"] if run.statistics is not None else 0
        run.explained = run.finished

    def _fail(self, run: TaskRun, host: TaskHost, text: str) -> None:
        if not host.change.open:
            return
        if self._failures is not None:
            self._failures.take(run, host, text)
        else:
            host.change.fail(text)

    def doubtful(self, host: TaskHost) -> bool:
        """Whether a task has failed on a host so that only the host itself can tell what was done."""
        return self._failures is not None and self._failures.doubtful(host)

    def judge(self) -> None:
        """Learn of each host on which a task has failed, also where the task goes on elsewhere."""
        for run in self.runs:
            if run.statistics is not None and run.statistics.hosts["failed"] != run.told:
                try:
                    self.explain(run)
                except CollectionError as error:
                    run.silent = error.message

    @property
    def settled(self) -> bool:
        """Nothing more is to be waited for: each task is finished, or (unless all are wanted) only hosts that cannot answer are left."""
        now = self._context.clock.now()
        if self._failures is not None and self._failures.waiting:
            return False
        return all(run.finished or (not self._for_all and run.started and run.is_idle(now, self._start_timeout)) for run in self.runs)

    def end(self, waiting: Waiting) -> None:
        """After the wait: what is known of each host of the tasks that are not finished."""
        for run in self.runs:
            try:
                self.explain(run)
            except CollectionError as error:
                run.silent = error.message
            for host in run.hosts:
                host.change.standing = ""
                if host.run is run and host.change.open and not run.finished:
                    self._leave(run, host, waiting)
        if self._failures is not None:
            self._failures.end()

    def _leave(self, run: TaskRun, host: TaskHost, waiting: Waiting) -> None:
        """A host whose task goes on: pending, unless the task is known to have succeeded on it."""
        if run.silent:
            host.change.fail("task %s continues, but its state is not known: %s" % (run.task_id, run.silent), PENDING)
        elif host.state is not None and host.state.state in tasks.NOT_BEGUN:
            host.change.fail(
                "task %s is %s on the host; check whether the host is on and its Network Agent is connected. The task remains "
                "and starts when it is" % (run.task_id, host.state.state),
                PENDING,
            )
        elif host.state is not None and host.state.state == "running":
            host.change.fail("task %s is still running on the host after %s" % (run.task_id, seconds(waiting.timeout)), PENDING)

    def tidy(self) -> None:
        """Delete finished tasks of this run as keep_task says; one that is at work, or whose success does not show yet, stays."""
        for run in self.runs:
            if not run.made or not run.finished or run.gone:
                continue
            good = run.clean and not any(host.change.result in (FAILED, PENDING) for host in run.hosts)
            pending = any(host.change.result == PENDING for host in run.hosts)
            if good if self._keep_task == "failed" else (self._keep_task == "never" and not pending):
                delete(self._context, self._plan, run.session, run.task_id)

    @property
    def task_ids(self) -> list[str]:
        return list(dict.fromkeys(run.task_id for run in self.runs))

    def statistics(self) -> dict[str, int]:
        """Of all tasks together, in words."""
        total: dict[str, int] = {}
        for run in self.runs:
            for name, number in run.statistics.returned().items() if run.statistics else ():
                if name == "completed_percent":
                    total[name] = min(number, total.get(name, number))
                else:
                    total[name] = total.get(name, 0) + number
        return total


def _tell_standing(run: TaskRun) -> None:
    """For progress lines: as many hosts as the totals of the task say."""
    if run.statistics is None:
        return
    left = [host.change for host in run.hosts if not host.change.settled]
    good = run.statistics.total(*tasks.SUCCEEDED)
    bad = run.statistics.hosts["failed"]
    for number, change in enumerate(left):
        change.standing = change.result if number < good else FAILED if number < good + bad else ""
