# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job that three modules share: bring hosts through one task, never create an equal task twice, say what became of each.

A task of ours is known by its display name: what it does, the mark of the collection and a digest of its hosts.
"""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field

from ..._core.errors import PASSING, AnswerLost, NoSuchCall, RequestRefused
from ..._core.waiting import Poll, Waiting
from ..api import tasks
from ..api.hosts import Host
from ..api.session import Session

MARK = "ksv.light_agent"
SUBJECT_LENGTH = tasks.NAME_LENGTH - len(" [%s 12345678]" % MARK)

Builder = t.Callable[[str, t.Sequence[Host]], t.Mapping[str, t.Any]]


@dataclass
class TaskRun:
    """A task that works for this job, on some of its hosts."""

    task_id: str
    hosts: list[Host]
    statistics: t.Optional[tasks.Statistics] = None
    size: int = 0  # hosts of the task, not only ours
    fresh: bool = False  # started just now

    @property
    def finished(self) -> bool:
        return self.statistics is not None and self.statistics.finished(self.size)


@dataclass
class Result:
    """``states``: what the server says of each host by id; empty where all is well or the server cannot tell."""

    runs: list[TaskRun] = field(default_factory=list)
    states: dict[str, tasks.HostState] = field(default_factory=dict)

    @property
    def task_id(self) -> t.Optional[str]:
        return self.runs[-1].task_id if self.runs else None

    @property
    def finished(self) -> bool:
        return all(run.finished for run in self.runs)

    @property
    def clean(self) -> bool:
        return all(run.statistics is not None and run.statistics.clean for run in self.runs)

    def run_of(self, host_id: str) -> t.Optional[TaskRun]:
        return next((run for run in self.runs if any(host.id == host_id for host in run.hosts)), None)

    def statistics(self) -> dict[str, int]:
        """Of all runs together, in words."""
        total: dict[str, int] = {}
        for run in self.runs:
            for name, number in run.statistics.returned().items() if run.statistics else ():
                if name == "completed_percent":
                    total[name] = min(number, total.get(name, number))
                else:
                    total[name] = total.get(name, 0) + number
        return total


class TaskRunner:
    """Tasks of one kind and subject on one server."""

    def __init__(
        self,
        session: Session,
        kind: tasks.TaskType,
        subject: str,
        *,
        keep_task: str,
        warn: t.Callable[[str], None],
        wrote: t.Callable[[], None],
    ) -> None:
        """``subject``: what the task does, such as ``Install KSVLA 5.2.0.0``; ``wrote`` is told of each write."""
        self._session = session
        self._kind = kind
        self._subject = subject if len(subject) <= SUBJECT_LENGTH else subject[: SUBJECT_LENGTH - 3] + "..."
        self._keep_task = keep_task
        self._warn = warn
        self._wrote = wrote

    def start(self, hosts: t.Sequence[Host], build: Builder) -> Result:
        """Pick up what an earlier run left in progress for these hosts; create and run one task for the others."""
        try:
            earlier: t.Optional[list[tasks.Task]] = self._ours()
        except NoSuchCall:
            earlier = None
            self._warn(
                "%s cannot list tasks: if an earlier run has left a task for these hosts there, a second one is created." % self._session
            )
        outcome = Result()
        rest = list(hosts)
        name = self._name(rest)
        for task in earlier or ():
            run = self._in_progress(task, rest)
            if run is not None:
                outcome.runs.append(run)
                rest = [host for host in rest if host not in run.hosts]
            elif task.display_name == name and self._keep_task != "always":
                self._delete(task.id)  # finished, and about to be done again
        if rest:
            task_id = self._create(rest, build, earlier)
            outcome.runs.append(TaskRun(task_id, rest, size=len(rest), fresh=True))
            self._run(task_id, len(rest))
        return outcome

    def wait(self, outcome: Result, waiting: Waiting) -> None:
        """Wait until all runs are finished or the deadline has passed."""

        def look() -> Poll:
            for run in outcome.runs:
                if not run.finished:
                    run.statistics = tasks.statistics(self._session, run.task_id)
            return Poll(outcome.finished)

        waiting.until(look, forgive=PASSING, at_once=not all(run.fresh for run in outcome.runs))

    def explain(self, outcome: Result) -> None:
        """Ask for the state of each host, where something did not go well."""
        for run in outcome.runs:
            if run.finished and run.statistics is not None and run.statistics.clean:
                continue
            try:
                states = tasks.host_states(self._session, run.task_id)
            except NoSuchCall:
                if len(run.hosts) > 1:
                    self._warn(
                        "%s cannot tell the state of each host of task %s: only its totals are known." % (self._session, run.task_id)
                    )
                continue
            outcome.states.update((state.host_id, state) for state in states)

    def tidy(self, outcome: Result) -> None:
        """Delete finished tasks as keep_task says; a task that is still at work stays to be picked up."""
        for run in outcome.runs:
            clean = run.statistics is not None and run.statistics.clean
            if run.finished and (self._keep_task == "never" or (self._keep_task == "failed" and clean)):
                self._delete(run.task_id)

    # -- pieces --------------------------------------------------------------------------------------------------

    def _name(self, hosts: t.Sequence[Host]) -> str:
        digest = hashlib.sha256("\n".join(sorted(host.id for host in hosts)).encode()).hexdigest()
        return "%s [%s %s]" % (self._subject, MARK, digest[:8])

    def _ours(self) -> list[tasks.Task]:
        prefix = "%s [%s " % (self._subject, MARK)
        return [task for task in tasks.listing(self._session, self._kind) if task.display_name.startswith(prefix)]

    def _in_progress(self, task: tasks.Task, hosts: t.Sequence[Host]) -> t.Optional[TaskRun]:
        """A run for those of the hosts on which the task is still at work; started again if it never began."""
        statistics = tasks.statistics(self._session, task.id)
        total = sum(statistics.hosts.values())
        if statistics.finished(max(total, 1)):
            return None
        try:
            states = {state.host_id: state.state for state in tasks.host_states(self._session, task.id)}
        except NoSuchCall:
            states = {host.id: "pending" for host in hosts} if task.display_name == self._name(hosts) else {}
        if not states and task.display_name == self._name(hosts):  # created, never run: it has no states yet
            states = {host.id: "pending" for host in hosts}
        taken = [host for host in hosts if states.get(host.id) in tasks.IN_PROGRESS]
        if not taken:
            return None
        if statistics.untouched:
            self._run(task.id, len(states))
        return TaskRun(task.id, taken, size=max(total, len(states)))

    def _create(self, hosts: t.Sequence[Host], build: Builder, earlier: t.Optional[list[tasks.Task]]) -> str:
        name = self._name(hosts)
        document = build(name, hosts)
        self._wrote()
        for attempt in (1, 2):
            try:
                return tasks.add(self._session, document)
            except AnswerLost as error:
                if earlier is None:
                    raise AnswerLost(
                        '%s This server cannot list tasks: look there for a task "%s" and delete it, then run again.'
                        % (error.message, name),
                        **error.failure,
                    ) from None
                known = {task.id for task in earlier}
                there = [task.id for task in self._ours() if task.display_name == name and task.id not in known]
                if there:
                    return there[0]
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _run(self, task_id: str, host_count: int) -> None:
        self._wrote()
        for attempt in (1, 2):
            try:
                tasks.run(self._session, task_id)
                return
            except AnswerLost:
                # Started or not? A task that no host has begun may be started again.
                if attempt == 2 or not tasks.statistics(self._session, task_id).untouched:
                    return

    def _delete(self, task_id: str) -> None:
        try:
            tasks.delete(self._session, task_id)
            self._wrote()
        except (NoSuchCall, AnswerLost):
            pass  # it stays, and does no harm
        except RequestRefused as error:
            self._warn("The finished task %s stays on the server: %s" % (task_id, error.message))
