# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Have hosts under way: in tasks that do it already, else in new ones. What this run did not make it does not delete."""

from __future__ import annotations

import typing as t

from ..._core import parallel
from ..._core.errors import AnswerLost, CollectionError, TemporarilyUnavailable
from ..._core.module import Context
from ..._core.plan import Plan
from ..api import tasks
from ..api.session import Session
from .task_adoption import TaskAdoption
from .task_run import TaskGroup, TaskHost, TaskRun, delete, was_run
from .task_search import TaskSearch

MOST_DEVICES = 1000  # of one task, by the vendor's help for 14.2
STARTS = 3  # RunTask is not sent more often than this
REPEATED_AFTER = 300.0  # seconds; what an earlier task is said to have done, and what does not show by then, is done again


class TaskStarter:
    """Creates and starts tasks; ``runs`` gets each, and those that are taken over."""

    def __init__(self, context: Context, plan: Plan, runs: list[TaskRun]) -> None:
        self._context = context
        self._plan = plan
        self._runs = runs
        self._search = TaskSearch(context)
        self._adoption = TaskAdoption(context, plan, self._search, runs)
        self._profile: str = context.params["task_profile"]
        self._size: int = context.params["task_size"]
        if context.params.get("waves"):
            self._size = min(self._size, MOST_DEVICES)

    def start(self, groups: t.Sequence[TaskGroup]) -> None:
        """Have each host under way: in a task that does it already, or in a new one.

        A host on which such a task has succeeded a short while ago is under way, too: what the task did shows only when the
        Network Agent of the host has synchronized. That is over when it has, ``settled_for`` seconds after the task ended; and
        :meth:`repeat` does it again when it does not show.
        """
        self._search.refresh()
        by_session: dict[Session, list[TaskGroup]] = {}
        for group in groups:
            by_session.setdefault(group.session, []).append(group)
        for session, error in parallel.each(by_session, lambda session: self._start_on(by_session[session])):
            for group in by_session[session]:
                for host in group.hosts:
                    if host.run is None and host.change.open:
                        host.change.fail(error.message)
        if not self._context.params["wait"]:  # nobody looks whether the run that made it is about to
            for run in self._runs:
                if not run.started and not run.made:
                    self.run(run)

    def _start_on(self, groups: t.Sequence[TaskGroup]) -> None:
        """The same for the groups of one server."""
        created: list[tuple[TaskGroup, list[TaskHost], str]] = []
        for group in groups:
            rest = self._adoption.adopt(group, self._search.ours(group) or ())
            for at in range(0, len(rest), self._size):
                some = rest[at : at + self._size]
                task_id = self._create(group, some)
                if task_id is not None:
                    created.append((group, some, task_id))
        try:
            rivals = self._search.rivals(created)
        except CollectionError:  # what was created shall run all the same
            rivals = {}
        for group, hosts, task_id in created:
            if task_id in rivals:
                # Another run was a moment earlier. It would do on the same hosts what this one does.
                delete(self._context, self._plan, group.session, task_id)
                rest = self._adoption.adopt(group, rivals[task_id], hosts)
                again = self._create(group, rest) if rest else None
                if again is not None:
                    self._run_new(group, rest, again)
            else:
                self._run_new(group, hosts, task_id)

    def _create(self, group: TaskGroup, hosts: t.Sequence[TaskHost]) -> t.Optional[str]:
        """A new task; None where the server does not want it, which is then the result of its hosts."""
        name = group.task_name(hosts)
        document = group.settings.document(self._profile, name, hosts)
        try:
            for _attempt in (1, 2):
                try:
                    with self._plan.writing():
                        return tasks.add(group.session, document)
                except AnswerLost as error:
                    there = self._search.created_after_all(group, name, self._runs, error)
                    if there is not None:
                        return there
            raise AnswerLost("%s did not answer Tasks.AddTask in two attempts." % group.session)
        except CollectionError as error:
            for host in hosts:
                host.change.fail(error.message)
            return None

    def _run_new(self, group: TaskGroup, hosts: list[TaskHost], task_id: str) -> None:
        run = TaskRun(group, task_id, hosts, len(hosts), self._context.clock.now(), made=True)
        self._runs.append(run)
        self.run(run)

    def run(self, run: TaskRun) -> None:
        """Start a task. KLSTD 1195 says that one that was there runs already; of a new one, that the server is busy."""
        run.starts += 1
        try:
            with self._plan.writing():
                tasks.run(run.session, run.task_id)
            run.started = True
        except AnswerLost:
            run.started = self._has_begun(run)
        except TemporarilyUnavailable:
            run.started = not run.made or run.starts == STARTS
        except CollectionError as error:
            run.lose(error.message, self._context.clock.now())
            for host in run.hosts:
                host.change.fail(error.message)

    def _has_begun(self, run: TaskRun) -> bool:
        """Whether a start whose answer was lost has come about."""
        try:
            return tasks.statistics(run.session, run.task_id).begun or was_run(run.session, run.task_id)
        except CollectionError:
            return False

    def repeat(self, unshown: t.Sequence[TaskHost]) -> None:
        """Do again what an earlier task is said to have done a while ago on some hosts, where nothing shows of it."""
        now = self._context.clock.now()
        for run in {host.run: None for host in unshown}:
            if run is None or run.made or not run.finished or now - run.since < REPEATED_AFTER:
                continue
            self.anew(run.group, [host for host in unshown if host.run is run])

    def anew(self, group: TaskGroup, hosts: list[TaskHost]) -> None:
        """Have hosts go through a new task, whatever became of an earlier one."""
        for host in hosts:
            host.state = None
        for at in range(0, len(hosts), self._size):
            some = hosts[at : at + self._size]
            task_id = self._create(group, some)
            if task_id is not None:
                self._run_new(group, some, task_id)
