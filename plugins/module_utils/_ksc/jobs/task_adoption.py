# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Take over what tasks are doing already, whoever started them: nothing is done twice.

What runs already is waited for; what still waits is brought up to date.
"""

from __future__ import annotations

import datetime
import typing as t

from ..._core.errors import NoSuchCall, RequestRefused
from ..._core.module import Context
from ..._core.plan import Plan
from ..api import tasks, wire
from .task_run import TaskGroup, TaskHost, TaskRun, delete, is_gone, was_run
from .task_search import TaskSearch


class TaskAdoption:
    """Finds the hosts of a group under way in tasks that are there; ``runs`` gets what is taken over."""

    def __init__(self, context: Context, plan: Plan, search: TaskSearch, runs: list[TaskRun]) -> None:
        self._context = context
        self._plan = plan
        self._search = search
        self._runs = runs
        self._profile: str = context.params["task_profile"]

    def adopt(self, group: TaskGroup, found: t.Iterable[tasks.Task], hosts: t.Optional[list[TaskHost]] = None) -> list[TaskHost]:
        """Take over what tasks are doing already for hosts of a group; the hosts that are left."""
        rest = list(group.hosts if hosts is None else hosts)
        for task in found:
            listed = task.hosts
            if rest and (listed is None or {host.id for host in listed} & {host.id for host in rest}):
                try:
                    taken = self._take_over(group, task, rest)
                except RequestRefused as error:
                    if not is_gone(error):
                        raise
                    continue  # deleted meanwhile
                rest = [host for host in rest if host not in taken]
        return rest

    def _take_over(self, group: TaskGroup, task: tasks.Task, wanted: t.Sequence[TaskHost]) -> list[TaskHost]:
        """The hosts that a task is at work on, or has just done."""
        statistics = tasks.statistics(group.session, task.id)
        states = self._search.states(group, task, statistics, wanted)
        own = {host: states[host.id] for host in wanted if host.id in states}
        at_work = [host for host, state in own.items() if state.state in tasks.IN_PROGRESS]
        done = [host for host, state in own.items() if _has_just_done(host, state, group.settled_for)]
        if not at_work and not done:
            return []
        waiting = [host for host in at_work if own[host].state != "running"]
        try:
            settings: t.Mapping[str, t.Any] = tasks.data(group.session, task.id)
        except NoSuchCall:
            settings = {}
        if done and settings and not group.settings.are_those_of(settings, passwords=False):
            done = []  # it did something else
        if waiting and not (settings and group.settings.are_those_of(settings)):
            others = any(state.state in tasks.NOT_BEGUN and id not in {host.id for host in waiting} for id, state in states.items())
            if not self._bring_up_to_date(group, task, settings, waiting, others):
                at_work = [host for host in at_work if host not in waiting]
        taken = at_work + done
        if taken:
            self._runs.append(self._run_of(group, task, statistics, {host: own[host] for host in taken}, len(states)))
        return taken

    def _run_of(
        self, group: TaskGroup, task: tasks.Task, statistics: tasks.Statistics, states: t.Mapping[TaskHost, tasks.HostState], count: int
    ) -> TaskRun:
        """A task that is there already, as a run for some of its ``count`` hosts."""
        run = TaskRun(group, task.id, list(states), len(states), self._context.clock.now())
        for host, state in states.items():
            host.state = state
        run.partial = max(count, statistics.total()) > len(states)
        run.statistics = tasks.counted(states.values())
        run.explained = run.finished
        run.started = run.statistics.begun or statistics.begun or was_run(group.session, task.id)
        return run

    def _bring_up_to_date(
        self, group: TaskGroup, task: tasks.Task, there: t.Mapping[str, t.Any], waiting: t.Sequence[TaskHost], others: bool
    ) -> bool:
        """Have a task do what is asked now on hosts where it has not begun; False where they need a task of their own.

        ``there``: its settings, where the server tells; ``others``: it waits for hosts, too, that this run knows nothing of.
        """
        if others and not there:
            self._warn_of(task, group, waiting)
            return False
        document = group.settings.document(self._profile, task.display_name, waiting)
        if others:  # ours are taken out of it
            listed = tasks.Task(task.id, task.display_name, task.task_name, there).hosts or []
            stay = [host for host in listed if host.id not in {mine.id for mine in waiting}]
            document = {name: value for name, value in there.items() if name not in ("TASK_UNIQUE_ID", "PRTS_TASK_CREATION_DATE")}
            document["TASK_INFO_PARAMS"] = {
                **wire.record(there.get("TASK_INFO_PARAMS")),
                "HostList": [{"HostDispName": host.name, "HostName": host.id} for host in stay],
            }
        try:
            with self._plan.writing():
                tasks.update(group.session, task.id, document)
            return not others
        except NoSuchCall:
            if others:
                self._warn_of(task, group, waiting)
            else:
                delete(self._context, self._plan, group.session, task.id)  # replaced: it would do later what was asked before
            return False

    def _warn_of(self, task: tasks.Task, group: TaskGroup, waiting: t.Sequence[TaskHost]) -> None:
        self._context.warn(
            "Task %s of %s is still waiting with the options of an earlier run for %s, and the server cannot change it; "
            "delete the task there." % (task.id, group.session, ", ".join(host.name for host in waiting))
        )


def _has_just_done(host: TaskHost, state: tasks.HostState, settled_for: float) -> bool:
    """Whether a task has succeeded on a host and its Network Agent has not synchronized since then, as far as can be told.

    Both times are the server's own.
    """
    if state.state not in tasks.SUCCEEDED:
        return False
    finished, seen = state.finished_at, host.host.last_connected
    if finished is None or seen is None:
        return True
    return seen <= finished + datetime.timedelta(seconds=settled_for)
