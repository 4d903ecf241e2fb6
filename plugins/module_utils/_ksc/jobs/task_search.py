# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Look for tasks of ours that are on the server already. Only reads."""

from __future__ import annotations

import typing as t

from ..._core.errors import AnswerLost, NoSuchCall, RequestRefused
from ..._core.module import Context
from ..api import tasks
from ..api.session import Session
from .task_run import TaskGroup, TaskHost, TaskRun


class TaskSearch:
    """The tasks of each server, of each kind, as they were before this run made any."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._found: dict[tuple[Session, tasks.TaskType], t.Optional[list[tasks.Task]]] = {}

    def refresh(self) -> None:
        """Forget what was there: a while later other runs have made tasks, too."""
        self._found = {key: found for key, found in self._found.items() if found is None}

    def ours(self, group: TaskGroup) -> t.Optional[list[tasks.Task]]:
        """The tasks there with the subject of a group; None where the server cannot list tasks."""
        key = (group.session, group.settings.kind)
        if key not in self._found:
            try:
                self._found[key] = tasks.listing(*key)
            except NoSuchCall:
                self._found[key] = None
                self._context.warn(
                    "%s cannot list tasks: if an earlier run has left a task for these hosts there, a second one is created."
                    % group.session
                )
        found = self._found[key]
        return None if found is None else [task for task in found if task.display_name.startswith(group.prefix)]

    def states(
        self, group: TaskGroup, task: tasks.Task, statistics: tasks.Statistics, wanted: t.Sequence[TaskHost]
    ) -> dict[str, tasks.HostState]:
        """The state of each host of a task. Without states, an unfinished one is pending on those that it is known to be for."""
        total = statistics.total()
        if total and statistics.finished(total) and not (statistics.hosts["succeeded"] or statistics.hosts["warning"]):
            return {}
        try:
            states = {state.host_id: state for state in tasks.host_states(group.session, task.id)}
        except NoSuchCall:
            states = {}
        if not states and not (total and statistics.finished(total)):
            listed = wanted if task.display_name == group.task_name(wanted) else task.hosts or ()
            states = {host.id: tasks.HostState(host.id, host.name, "pending", "", {}) for host in listed}
        return states

    def created_after_all(self, group: TaskGroup, name: str, runs: t.Iterable[TaskRun], error: AnswerLost) -> t.Optional[str]:
        """The task whose creation was not answered."""
        earlier = self.ours(group)
        if earlier is None:
            raise AnswerLost(
                '%s This server cannot list tasks: check it for a task "%s", delete the task, then run again.' % (error.message, name),
                **error.failure,
            ) from None
        known = {task.id for task in earlier} | {run.task_id for run in runs}
        now = tasks.listing(group.session, group.settings.kind)
        return next((task.id for task in now if task.display_name == name and task.id not in known), None)

    def rivals(self, created: t.Sequence[tuple[TaskGroup, list[TaskHost], str]]) -> dict[str, list[tasks.Task]]:
        """For each task that was just created: those of other runs, for some of its hosts, that came up before it."""
        rivals: dict[str, list[tasks.Task]] = {}
        now: dict[tasks.TaskType, list[tasks.Task]] = {}
        for group, hosts, task_id in created:
            earlier = self.ours(group)
            if earlier is None:
                continue
            kind = group.settings.kind
            known = {task.id for task in earlier} | {id for _group, _hosts, id in created}
            if kind not in now:
                if self._is_alone(group.session, hosts[0], known):
                    continue
                now[kind] = tasks.listing(group.session, kind)
            mine = {host.id for host in hosts}
            for task in now[kind]:
                same = task.display_name == group.task_name(hosts) or (
                    task.display_name.startswith(group.prefix) and bool({host.id for host in task.hosts or ()} & mine)
                )
                # Both runs see both tasks, and have to agree which was first: ids count up.
                if same and task.id not in known and (len(task.id), task.id) < (len(task_id), task_id):
                    rivals.setdefault(task_id, []).append(task)
        return rivals

    @staticmethod
    def _is_alone(session: Session, host: TaskHost, known: set[str]) -> bool:
        """Whether a host is in no task but known ones: a cheap question, and where the answer is no, tasks are listed."""
        try:
            return set(tasks.ids_of_host(session, host.id)) <= known
        except RequestRefused:
            return False
