# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operation 14: tasks with children that run so many at a time, and steps that run one after the other."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable

from ..clock import Clock, Timeline
from .calls import Call, Reply
from .enumerations import CANCELLED, COMPLETED, CREATED, ENDED, FAILED, QUEUED, RUNNING, STARTING, STOPPING
from .errors import unknown
from .failures import Failure
from .settings import ViisSettings
from .timestamps import stamp

if TYPE_CHECKING:
    from .server import Server

READ_TASK = "/api/3.0/virtualization/tasks/%s"


@dataclass
class Task:
    """A task, a child per SVM, or a step. Times are simulated seconds; ``result`` None: none is told yet."""

    type: str
    created: float
    parent: Task | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = CREATED
    state_changed: float = 0.0
    parameters: dict[str, str] = field(default_factory=dict)
    children: list[Task] = field(default_factory=list)
    expected: int = 0
    began: float = 0.0
    seconds: float = 0.0
    result: Any = None
    error: Failure | None = None

    def __post_init__(self) -> None:
        self.state_changed = self.created

    def turn(self, state: str, when: float) -> None:
        """Go to a state."""
        self.state, self.state_changed = state, when

    def run(self, when: float, seconds: float = 0.0) -> None:
        """Go to Running, for so many seconds."""
        self.turn(RUNNING, when)
        self.began, self.seconds = when, seconds

    def progress(self, now: float) -> float:
        """Return how much is done, 0 to 100."""
        if self.state == COMPLETED:
            return 100.0
        if self.expected:
            return sum(child.progress(now) for child in self.children) / self.expected
        if self.state == RUNNING and self.seconds:
            return min(100.0, 100.0 * (now - self.began) / self.seconds)
        return 0.0


@dataclass
class Plan:
    """What a child shall do.

    steps: names; with none the child runs as long as one step and shows none (``step_type`` is then of no use).
    failure: how it goes wrong, if it does.
    finish: called with the child when it is done; returns its result.
    ended: called in any case.
    early: parameters (and result) that are shown before the end when the setting ``early_svm_id`` wants so.
    """

    type: str
    parameters: dict[str, str]
    step_type: str
    steps: tuple[str, ...]
    finish: Callable[[Task], Any]
    ended: Callable[[], None]
    failure: Failure | None = None
    early: dict[str, str] = field(default_factory=dict)

    def fails_at(self, number: int) -> Failure | None:
        """Return the failure if step ``number`` is the one: the named step, or the last one."""
        if self.failure is None:
            return None
        chosen = self.steps.index(self.failure.step) if self.failure.step in self.steps else len(self.steps) - 1
        return self.failure if number == chosen else None


class Run:
    """The life of a task with children: at most ``threads`` of them at the same time."""

    def __init__(self, tasks: Tasks, top: Task, plans: Sequence[Plan], threads: int) -> None:
        self._tasks = tasks
        self._top = top
        self._threads = threads
        self._waiting = [
            (Task(plan.type, top.created, top, parameters=dict(plan.parameters), expected=len(plan.steps)), plan) for plan in plans
        ]
        self._active = 0
        top.children = [child for child, _plan in self._waiting]
        top.expected = len(plans)

    def queued(self, when: float) -> None:
        """The task waits, and its children with it."""
        for task in (self._top, *self._top.children):
            task.turn(QUEUED, when)

    def running(self, when: float) -> None:
        """The task runs: the first children may start."""
        self._top.run(when)
        self._next(when)

    def _next(self, when: float) -> None:
        while self._waiting and self._active < self._threads:
            child, plan = self._waiting.pop(0)
            self._active += 1
            child.turn(STARTING, when)
            self._tasks.later(when, self._tasks.settings.state_seconds, functools.partial(self._begin, child, plan))

    def _begin(self, child: Task, plan: Plan, when: float) -> None:
        child.run(when, self._tasks.settings.step_seconds)
        if self._tasks.settings.early_svm_id:
            child.parameters.update(plan.early)
            child.result = {"svmId": plan.early["svmId"]} if plan.early else None
        self._step(child, plan, 0, when)

    def _step(self, child: Task, plan: Plan, number: int, when: float) -> None:
        """Run step ``number``; a child without steps has one that is not shown."""
        seconds = self._tasks.settings.step_seconds
        step = Task(plan.step_type, when, child, result=True)
        if plan.steps:
            step.parameters["deployStepName"] = plan.steps[number]
            step.run(when, seconds)
            child.children.append(step)
        failure = plan.fails_at(number if plan.steps else -1)
        if failure is not None and failure.outcome == "hang":
            return
        self._tasks.later(when, seconds, lambda at: self._step_over(child, plan, number, step, failure, at))

    def _step_over(self, child: Task, plan: Plan, number: int, step: Task, failure: Failure | None, when: float) -> None:
        if failure is not None:
            step.error, child.error = failure, failure
            if failure.outcome == "cancel":
                step.turn(CANCELLED, when)
                child.turn(STOPPING, when)
                self._tasks.later(when, self._tasks.settings.state_seconds, lambda at: self._over(child, plan, CANCELLED, at))
                return
            step.turn(FAILED, when)
            self._over(child, plan, FAILED, when)
            return
        step.turn(COMPLETED, when)
        if number + 1 < len(plan.steps):
            self._step(child, plan, number + 1, when)
            return
        child.result = plan.finish(child)
        self._over(child, plan, COMPLETED, when)

    def _over(self, child: Task, plan: Plan, state: str, when: float) -> None:
        child.turn(state, when)
        plan.ended()
        self._active -= 1
        self._next(when)
        if self._waiting or self._active:
            return
        bad = [item for item in self._top.children if item.state != COMPLETED]
        if not bad or self._tasks.settings.parent_completes:
            self._top.result = True
            if self._tasks.settings.svm_id_in == "top" and len(self._top.children) == 1 and isinstance(child.result, dict):
                self._top.result, child.result = child.result, True
            self._top.turn(COMPLETED, when)
            return
        cancelled = all(item.state == CANCELLED for item in bad)
        first = bad[0].error
        self._top.error = Failure(
            code=first.code if first else "",
            message="%d of %d SVMs: %s" % (len(bad), len(self._top.children), first.message if first else ""),
        )
        self._top.turn(CANCELLED if cancelled else FAILED, when)


class Tasks:
    """The tasks of one server."""

    def __init__(self, clock: Clock, timeline: Timeline, settings: ViisSettings) -> None:
        self._clock = clock
        self._timeline = timeline
        self._items: dict[str, Task] = {}
        self.settings = settings

    def later(self, when: float, seconds: float, act: Callable[[float], None]) -> None:
        """Do something ``seconds`` after the time ``when``."""
        self._timeline.at(when + seconds, act)

    def start(self, kind: str, plans: Sequence[Plan], threads: int) -> Task:
        """Create a task with one child per plan."""
        top = Task(kind, self._clock.now())
        run = Run(self, top, plans, threads)
        self._launch(top, run.queued, run.running)
        return top

    def single(self, kind: str, seconds: float, check: Callable[[], Failure | None]) -> Task:
        """Create a task without children; ``check`` is called at its end and tells how it failed, if it did."""
        task = Task(kind, self._clock.now(), result=True)

        def running(when: float) -> None:
            task.run(when, seconds)
            self.later(when, seconds, over)

        def over(when: float) -> None:
            task.error = check()
            task.turn(FAILED if task.error else COMPLETED, when)

        self._launch(task, lambda when: task.turn(QUEUED, when), running)
        return task

    def _launch(self, task: Task, queued: Callable[[float], None], running: Callable[[float], None]) -> None:
        self._items[task.id] = task
        pause = self.settings.state_seconds
        self.later(task.created, pause, queued)
        self.later(task.created, 2 * pause, lambda when: task.turn(STARTING, when))
        self.later(task.created, 3 * pause, running)

    def get(self, wanted: str) -> Task:
        """Return a task, child or step; ApiError 404."""
        if wanted in self._items:
            return self._items[wanted]
        for top in self._items.values():
            for child in top.children:
                for task in (child, *child.children):
                    if task.id == wanted:
                        return task
        raise unknown("Task", wanted)

    def all(self) -> list[Task]:
        """Return all tasks that requests created, oldest first."""
        return list(self._items.values())

    def body(self, task: Task) -> dict[str, Any]:
        """Return a task as operation 14 prints it (contract, 4.4)."""
        now = self._clock.now()
        body: dict[str, Any] = {
            "id": task.id,
            "created": stamp(task.created),
            "stateChanged": stamp(task.state_changed),
            "changed": stamp(now if task.state == RUNNING else task.state_changed),
            "state": self.settings.cancelled if task.state == CANCELLED else task.state,
            "type": task.type,
        }
        if task.parent is None and task.state in ENDED:
            body["stage"] = None
        body["progress"] = int(task.progress(now))
        if task.parent is not None:
            body["parentId"] = task.parent.id
            body["parameters"] = [{"key": key, "value": value} for key, value in task.parameters.items()]
        body["children"] = [self.body(child) for child in task.children]
        if task.error is not None and task.state in (FAILED, CANCELLED):
            if self.settings.task_error != "absent":
                body["error"] = (
                    task.error.message if self.settings.task_error == "text" else {"code": task.error.code, "message": task.error.message}
                )
        elif task.result is not None:
            body["result"] = task.result
        return body

    def answer(self, task: Task, call: Call) -> Any:
        """Return the answer of a request that created a task, in the form that is set (A-38)."""
        call.exchange.scope = task.id
        form = self.settings.task_answer
        if form == "location":
            return Reply(headers={"Location": READ_TASK % task.id})
        body = self.body(task)
        return {"task": body, "taskId": {"taskId": task.id}, "wrapped": {"task": body}, "string": task.id}[form]


def read(server: Server, call: Call) -> Any:
    """GET /virtualization/tasks/{id}."""
    return server.tasks.body(server.tasks.get(call.ids["task"]))
