# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Requests about SVMs that tasks of the server carry out: sent once, waited for, and found again when an answer is lost."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.errors import PASSING, AnswerLost, RequestRefused
from ..._core.plan import Plan
from ..._core.waiting import Poll, Waiting
from ..api import tasks
from ..api.objects import Machine
from ..api.session import Conflict, NotFound, Reply, Session
from ..api.svms import Order
from ..api.tasks import Task
from .svm_inventory import SvmInventory

# How the types of the tasks begin.
TASKS = {"present": "Deploy", "configured": "Config", "absent": "Delete"}

DONE = "done"
FAILED = "failed"
BUSY = "busy"


@dataclass
class TaskRun:
    """One request. Without a task, ``lost`` says why that is not known (any more); ``refused``: nothing was begun."""

    orders: t.Sequence[Order]
    task_id: t.Optional[str] = None
    task: t.Optional[Task] = None
    lost: str = ""
    refused: str = ""
    seen: dict[tuple[str, str], Machine] = field(default_factory=dict)  # what is there now, for a lost task
    all_seen: bool = False

    @property
    def finished(self) -> bool:
        if self.refused:
            return True
        if self.lost:
            return self.all_seen
        return self.task is not None and self.task.finished


@dataclass(frozen=True)
class Result:
    """What became of one SVM: DONE, FAILED or BUSY."""

    word: str
    reason: str = ""
    svm_id: str = ""
    ip_address: str = ""


class TaskRunner:
    """The requests of one job. ``send`` sends one for some orders that go together."""

    def __init__(
        self,
        session: Session,
        state: str,
        send: t.Callable[[t.Sequence[Order]], Reply],
        inventories: t.Mapping[str, SvmInventory],
        plan: Plan,
    ) -> None:
        self._session = session
        self._state = state
        self._send = send
        self._inventories = inventories
        self._plan = plan
        self._known: t.Optional[set[str]] = None  # tasks that were there before
        self.runs: list[TaskRun] = []

    @property
    def task_ids(self) -> list[str]:
        return [run.task_id for run in self.runs if run.task_id]

    # -- start ---------------------------------------------------------------------------------------------------

    def pick_up(self, orders: t.Sequence[Order], task_id: t.Optional[str]) -> list[Order]:
        """Take over what a task of an earlier run is still doing; the orders that are left to do."""
        if task_id is not None:
            earlier = [tasks.read(self._session, task_id)]
        else:
            listed = tasks.listing(self._session)
            if listed is None:
                return list(orders)
            self._known = {task.id for task in listed}
            earlier = self._in_full([task for task in listed if not task.finished])
        left = list(orders)
        for task in earlier:
            taken = [order for order in left if not task.finished and _child(task, order) is not None]
            if taken:
                self.runs.append(TaskRun(taken, task.id, task))
                left = [order for order in left if order not in taken]
        return left

    def _in_full(self, listed: t.Iterable[Task]) -> list[Task]:
        """The tasks of our kind, with their children, which a list may leave out."""
        ours = [task for task in listed if task.type.startswith(TASKS[self._state])]
        return [task if task.children else tasks.read(self._session, task.id) for task in ours]

    def start(self, orders: t.Sequence[Order]) -> None:
        """Send one request.

        :raises RequestRefused: the server refuses it, and nothing else is under way
        """
        try:
            self.runs.append(TaskRun(orders, self._sent(orders)))
        except AnswerLost as error:
            self.runs.append(self._after_loss(orders, error))
        except Conflict as error:
            self._after_conflict(orders, error)
        except RequestRefused as error:
            if not self.runs:
                raise
            self.runs.append(TaskRun(orders, refused=error.message))

    def _sent(self, orders: t.Sequence[Order]) -> str:
        what = {"present": "deploy", "configured": "configure", "absent": "remove"}[self._state]
        with self._plan.writing():
            return tasks.started(self._session, self._send(orders), "%s SVMs" % what)

    def _after_loss(self, orders: t.Sequence[Order], error: AnswerLost) -> TaskRun:
        """What was sent may be under way. Where the server lists its tasks, that is known for sure."""
        try:
            listed = tasks.listing(self._session)
        except PASSING:
            listed = None
        if listed is None:
            return TaskRun(orders, lost=error.message)
        known = self._known or set()
        fresh = [task for task in listed if task.id not in known and (self._known is not None or not task.finished)]
        for task in self._in_full(fresh):
            if all(_child(task, order) is not None for order in orders):
                return TaskRun(orders, task.id, task)
        try:
            return TaskRun(orders, self._sent(orders))  # it did not arrive
        except AnswerLost as again:
            return TaskRun(orders, lost=again.message)

    def _after_conflict(self, orders: t.Sequence[Order], error: Conflict) -> None:
        """One of the names is in use, although nothing of that name was listed: an earlier run is still at it."""
        if len(orders) > 1:
            for order in orders:
                self.start([order])
        elif self._state == "present":
            self.runs.append(TaskRun(orders, lost=error.message))
        elif self.runs:
            self.runs.append(TaskRun(orders, refused=error.message))
        else:
            raise error

    # -- wait ----------------------------------------------------------------------------------------------------

    def wait(self, waiting: Waiting) -> None:
        """Wait until all runs are finished or the deadline has passed."""

        def look() -> Poll:
            for run in self.runs:
                if not run.finished:
                    self._look(run)
            return Poll(all(run.finished for run in self.runs))

        waiting.until(look, PASSING)

    def _look(self, run: TaskRun) -> None:
        if run.task_id is not None and not run.lost:
            try:
                run.task = tasks.read(self._session, run.task_id)
                return
            except NotFound as error:  # it started anew and has forgotten
                run.lost = error.message
        if self._state == "configured":  # nothing of it can be read
            run.all_seen = True
            return
        listed = {id: self._inventories[id].look_again() for id in {place.infrastructure_id for _spec, place in run.orders}}
        for spec, place in run.orders:
            machine = _among(listed[place.infrastructure_id], (spec, place), self._state)
            if machine is not None:
                run.seen[_key((spec, place))] = machine
            else:
                run.seen.pop(_key((spec, place)), None)
        count = len(run.orders) if self._state == "present" else 0
        run.all_seen = len(run.seen) == count

    # -- judge ---------------------------------------------------------------------------------------------------

    def verdict(self, order: Order) -> Result:
        """What became of one SVM; states of tasks decide, nothing else."""
        run = next(run for run in self.runs if order in run.orders)
        if run.refused:
            return Result(FAILED, run.refused)
        if run.lost:
            return self._lost(run, order)
        task = run.task
        if task is None:
            return Result(BUSY, "task %s was started" % run.task_id)
        child = _child(task, order)
        if child is None and len(run.orders) == 1 and task.succeeded:
            return Result(DONE, svm_id=task.svm_id)
        if child is None:
            if task.succeeded:
                return Result(DONE)
            return Result(FAILED if task.failed else BUSY, task.explanation)
        if child.succeeded:
            return Result(DONE, svm_id=child.svm_id, ip_address=child.parameter("svmIpAddress"))
        if child.failed:
            return Result(FAILED, child.explanation, child.svm_id)
        if task.finished:
            reason = "task %s is %s, but this SVM is %s" % (task.id, task.explanation, child.explanation)
            return Result(FAILED, reason)
        return Result(BUSY, child.explanation)

    def _lost(self, run: TaskRun, order: Order) -> Result:
        machine = run.seen.get(_key(order))
        if self._state == "present" and machine is not None:
            return Result(DONE, "found by its name, as its task is not known: %s" % run.lost, machine.id)
        if self._state == "absent" and machine is None:
            return Result(DONE)
        text = "%s Whether it was done is unknown" % run.lost
        if self._state == "present":
            text += "; no SVM of this name came up. Look in the infrastructure before you run again"
        return Result(FAILED, text)


def _key(order: Order) -> tuple[str, str]:
    spec, place = order
    return place.infrastructure_id, spec.name


def _among(machines: t.Iterable[Machine], order: Order, state: str) -> t.Optional[Machine]:
    """The SVM of an order: by its id, or when it is new by its name and location."""
    spec, place = order
    if state == "present":
        return next((m for m in machines if m.name == spec.name and m.parent_id == place.location_id), None)
    return next((machine for machine in machines if machine.id == place.svm_id), None)


def _child(task: Task, order: Order) -> t.Optional[Task]:
    """The part of a task that is about one SVM."""
    spec, place = order
    found = [child for child in task.of_svms if place.svm_id is not None and child.parameter("svmId") == place.svm_id]
    found = found or [child for child in task.of_svms if child.svm_name == spec.name]
    for key, wanted in (("infrastructureId", place.infrastructure_id), ("hostId", place.location_id)):
        if len(found) > 1:
            found = [child for child in found if child.parameter(key) == wanted] or found
    return found[0] if found else None
