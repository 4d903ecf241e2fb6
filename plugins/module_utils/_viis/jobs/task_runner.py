# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Requests about SVMs that tasks of the server carry out: sent once, waited for, and found again when an answer is lost.

What a task says is believed when the infrastructure shows it, too. What another run has begun is waited for.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..._core.errors import AnswerLost, CollectionError, RequestRefused, TemporarilyUnavailable
from ..._core.plan import Plan
from ..api import infrastructures, tasks
from ..api.session import Conflict, NotFound, Reply, Session
from ..api.tasks import Task
from .flow import Flow, Steps, patiently
from .svm_item import WORD, SvmItem, seen_again
from .work import STOPS_WRITING

# How the types of the tasks begin, and what a request asks for.
TASKS = {"present": "Deploy", "configured": "Config", "absent": "Delete"}
ASKED = {"present": "deploy SVMs", "configured": "configure SVMs", "absent": "remove SVMs"}
# How an error may read that is about a name in use, and how it does not. No document describes these texts.
ABOUT_A_NAME = re.compile(r"\bnamed?\b|exist|taken|in use|already|duplicat|\bимя\b|\bимен|существ|занят", re.IGNORECASE)  # noqa: RUF001
ABOUT_SOMETHING_ELSE = re.compile(r"not exist|not found|no such|user ?name|account|password|не существ|не найд|парол", re.IGNORECASE)
OTHERS = "another deployment of this name was in progress"


@dataclass(eq=False)
class TaskRun:
    """A task of the server that works for this job, on some of its SVMs.

    Without a task the infrastructure shows what becomes of them: ``lost`` says why the task is not known (any more),
    ``blocked`` is the answer while other work on an SVM has to end first. ``taken_over``: an earlier run has started it.
    """

    items: list[SvmItem]
    task_id: t.Optional[str] = None
    task: t.Optional[Task] = None
    taken_over: bool = False
    lost: t.Optional[CollectionError] = None
    blocked: t.Optional[CollectionError] = None


class TaskRunner:
    """The requests of one job. ``send`` sends one for some SVMs that go together."""

    def __init__(self, session: Session, state: str, send: t.Callable[[t.Sequence[SvmItem]], Reply], plan: Plan) -> None:
        self._session = session
        self._state = state
        self._send = send
        self._plan = plan
        self._known: t.Optional[set[str]] = None  # tasks that were there before
        self.runs: list[TaskRun] = []

    @property
    def task_ids(self) -> list[str]:
        return [run.task_id for run in self.runs if run.task_id]

    # -- start ---------------------------------------------------------------------------------------------------

    def take_over(self, items: t.Sequence[SvmItem], task_id: t.Optional[str], warn: t.Callable[[str], None]) -> list[SvmItem]:
        """Find what tasks of earlier runs do for these SVMs; the SVMs that are left to do."""
        if task_id is not None:
            try:
                earlier = [tasks.read(self._session, task_id)]
            except NotFound as error:
                warn("task_id: %s The task is searched for by the names of the SVMs." % error.message)
                earlier = []
        else:
            listed = tasks.listing(self._session)
            if listed is None:
                return list(items)
            self._known = {task.id for task in listed}
            earlier = self._in_full([task for task in listed if not task.finished])
        return self._taken(items, earlier)

    def _taken(self, items: t.Sequence[SvmItem], earlier: t.Iterable[Task]) -> list[SvmItem]:
        left = list(items)
        for task in earlier:
            taken = [item for item in left if self._works_for(task, item)]
            if taken:
                self.runs.append(TaskRun(taken, task.id, task, taken_over=True))
                left = [item for item in left if item not in taken]
        return left

    def _works_for(self, task: Task, item: SvmItem) -> bool:
        """Whether a task does for an SVM what is asked now, or has just done it."""
        part = item.part_of(task)
        if part is None or part.failed:
            return False
        # A change of settings that is over need not be the one that is asked now.
        return not task.finished or self._state != "configured"

    def _in_full(self, listed: t.Iterable[Task]) -> list[Task]:
        """The tasks of our kind, with their children, which a list may leave out."""
        ours = [task for task in listed if task.type.startswith(TASKS[self._state])]
        return [task if task.children else tasks.read(self._session, task.id) for task in ours]

    def start(self, items: list[SvmItem]) -> None:
        """Send one request, unless the server lets it be known that other work is in the way."""
        try:
            self.runs.append(TaskRun(items, self._sent(items)))
        except STOPS_WRITING:
            raise
        except AnswerLost as error:
            self.runs.append(self._after_loss(items, error))
        except Conflict as error:
            self._after_conflict(items, error)
        except CollectionError as error:
            for item in items:
                item.fail(error)

    def _sent(self, items: t.Sequence[SvmItem]) -> str:
        with self._plan.writing():
            return tasks.started(self._session, self._send(items), ASKED[self._state])

    def _at_work(self, known: t.Container[str] = ()) -> t.Optional[list[Task]]:
        """Tasks of our kind that are not over, or that were not ``known`` before; None where the server does not tell."""
        try:
            listed = tasks.listing(self._session)
            if listed is None:
                return None
            fresh = [task for task in listed if (task.id not in known if known else not task.finished)]
            return self._in_full(fresh)
        except STOPS_WRITING:
            raise
        except CollectionError:
            return None

    def _after_loss(self, items: list[SvmItem], error: AnswerLost) -> TaskRun:
        """What was sent may be under way. Where the server lists its tasks, that is known for sure."""
        fresh = self._at_work(self._known or ())
        if fresh is None:
            return TaskRun(items, lost=error)
        for task in fresh:
            if all(item.part_of(task) is not None for item in items):
                return TaskRun(items, task.id, task)
        try:
            return TaskRun(items, self._sent(items))  # it did not arrive
        except STOPS_WRITING:
            raise
        except CollectionError:
            return TaskRun(items, lost=error)

    def _after_conflict(self, items: list[SvmItem], error: Conflict) -> None:
        """Something is in the way of one of them: it is found, and the others go on."""
        if len(items) > 1:
            named = [item for item in items if item.spec.name in error.message]
            apart = named if 0 < len(named) < len(items) else items[: len(items) // 2]
            for some in (apart, [item for item in items if item not in apart]):
                self.start(some)
        elif self._state != "present":
            self.runs.append(TaskRun(items, blocked=error))
        elif not _may_be_about_a_name(str(error.failure.get("text", ""))):
            items[0].fail(error)
        elif self._taken(items, self._at_work() or ()):  # by no task that is known
            self.runs.append(TaskRun(items, lost=error))

    # -- wait ----------------------------------------------------------------------------------------------------

    def flows(self) -> list[Flow[None]]:
        """One for each run: it ends when all of its SVMs are settled."""
        return [Flow(self._steps(run), self._failed_with(run)) for run in self.runs]

    @staticmethod
    def _failed_with(run: TaskRun) -> t.Callable[[Flow[None]], None]:
        def ended(flow: Flow[None]) -> None:
            for item in run.items:
                if flow.error is not None and not item.change.settled:
                    item.fail(flow.error)

        return ended

    def _steps(self, run: TaskRun) -> Steps[None]:
        for item in run.items:
            item.state = "task %s was started" % run.task_id
        if run.blocked is not None:
            yield from self._until_sent(run)
        if run.task_id is not None:
            try:
                yield from self._until_finished(run, run.task_id)
            except NotFound as error:  # the server was restarted and has forgotten it
                run.lost = error
        if self._state != "configured":  # nothing of a configuration can be read
            yield from self._read_back(run)
        for item in run.items:
            if not item.change.settled:
                item.refuse(_unknown(run, self._state), run.lost)

    def _until_sent(self, run: TaskRun) -> Steps[None]:
        """Other work on the SVM has to end first; where that is the same work, nothing is left to do."""
        (item,) = run.items
        while run.blocked is not None:
            item.state = "another operation on it has not completed: %s" % run.blocked.message.rstrip(".")
            yield ""
            if self._state == "absent" and item.among((yield from patiently(item.has.look_again))) is None:
                item.done("another run was removing it")
                return
            try:
                run.task_id, run.blocked = self._sent(run.items), None
            except (Conflict, TemporarilyUnavailable) as error:
                run.blocked = error
            except NotFound as error:
                if self._state != "absent":
                    raise
                item.done(error.message)
                return
            except AnswerLost as error:
                run.lost, run.blocked = error, None

    def _until_finished(self, run: TaskRun, task_id: str) -> Steps[None]:
        while True:
            run.task = task = yield from patiently(lambda: tasks.read(self._session, task_id))
            for item in run.items:
                part = self._part(run, item, task)
                item.state = part.explanation
                item.change.standing = WORD[self._state] if part.succeeded else ""  # it is read back when the task is over
            if task.finished:
                break
            yield ""
        for item in run.items:
            self._judge(run, item, task)

    @staticmethod
    def _part(run: TaskRun, item: SvmItem, task: Task) -> Task:
        return item.part_of(task) or task

    def _judge(self, run: TaskRun, item: SvmItem, task: Task) -> None:
        """What a finished task says about one SVM; states of tasks decide, nothing else."""
        part = self._part(run, item, task)
        if part.failed:
            item.refuse("task %s: %s" % (run.task_id, part.explanation))
        elif not part.finished:
            item.refuse("task %s is %s, but this SVM is %s" % (task.id, task.explanation, part.explanation))
        else:
            alone = part is not task or len(run.items) == 1
            item.change.facts["id"] = (part.svm_id if alone else "") or item.svm_id
            item.change.facts["ip_address"] = part.parameter("svmIpAddress") or item.spec.ip_address
            item.state = "its task has completed, but %s" % (
                "the SVM is still listed" if self._state == "absent" else "no such SVM is listed yet"
            )
            if self._state == "configured":
                item.done()
        if item.failed and self._state == "present" and _may_be_about_a_name(part.reason or "-"):
            self._expect_another(item, part)

    @staticmethod
    def _expect_another(item: SvmItem, part: Task) -> None:
        """The name was in use, although no SVM had it before: another deployment is at work, or done by now."""
        item.errors.clear()
        item.change.result, item.change.settled = WORD["present"], False
        item.change.reason = OTHERS
        item.state = "another deployment of this name is in progress: no SVM of this name is listed yet (%s)" % part.explanation

    # -- read back -----------------------------------------------------------------------------------------------

    def _read_back(self, run: TaskRun) -> Steps[None]:
        """Wait until the infrastructures show what tasks say, or what has become of a task that is not known."""
        looks = 0
        while True:
            left = [item for item in run.items if not item.change.settled]
            if not left:
                return
            for inventory in {item.has.id: item.has for item in left}.values():
                try:
                    # What the server knows of the infrastructure may be old. A refresh is work, so ever more rarely.
                    if looks and looks & (looks - 1) == 0:
                        infrastructures.refresh(self._session, inventory.id)
                    inventory.look_again()
                except STOPS_WRITING:
                    raise
                except CollectionError as error:
                    yield error.message
                    continue
                for item in left:
                    if item.has is inventory:
                        self._look_for(run, item)
            looks += 1
            if any(not item.change.settled for item in left):
                yield ""

    def _look_for(self, run: TaskRun, item: SvmItem) -> None:
        machine = item.among(item.has.svms)
        if self._state == "absent":
            if machine is None:
                item.done()
        elif machine is not None:
            reason = item.change.reason
            if isinstance(run.lost, Conflict):
                reason = OTHERS
            elif run.lost is not None:
                reason = "found by its name, because its task is not known: %s" % run.lost.message
            elif run.taken_over:
                reason = "deployed by an earlier request, with the options of that request"
            item.done(reason, machine.id)

    def leave_rest(self, flows: t.Sequence[Flow[None]]) -> None:
        """The deadline has passed: what is not over goes on at the server."""
        for run, flow in zip(self.runs, flows):
            self._look_at_parts(run)
            for item in run.items:
                if item.change.settled:
                    continue
                if run.lost is None:
                    item.leave("; ".join(filter(None, [item.state, flow.state])))
                elif isinstance(run.lost, RequestRefused):
                    why = (
                        "another deployment of this name is in progress"
                        if isinstance(run.lost, Conflict)
                        else "its task is no longer known"
                    )
                    said = str(run.lost.failure.get("text") or run.lost.message).rstrip(".")
                    item.leave("%s: no SVM of this name is listed yet (%s)" % (why, said))
                else:
                    item.refuse(_unknown(run, self._state), run.lost)

    def _look_at_parts(self, run: TaskRun) -> None:
        """Read back the SVMs that are ready although their task is not."""
        if run.task is None or run.task.finished or self._state == "configured":
            return
        ready = [item for item in run.items if self._part(run, item, run.task).succeeded]
        for item in ready:
            self._judge(run, item, run.task)
        for item in seen_again(ready):
            self._look_for(run, item)

    def leave_all(self) -> None:
        """Nothing is waited for."""
        for run in self.runs:
            for item in run.items:
                if run.blocked is not None:
                    item.fail(run.blocked)
                elif run.lost is not None and not isinstance(run.lost, Conflict):
                    item.refuse(_unknown(run, self._state), run.lost)
                elif run.task is not None:
                    item.leave(self._part(run, item, run.task).explanation)
                else:
                    item.leave("task %s was started" % run.task_id if run.task_id else OTHERS)


def _may_be_about_a_name(text: str) -> bool:
    """Whether an error may mean that the name of the SVM is in use: it says so, or says nothing."""
    return not text.strip() or bool(ABOUT_A_NAME.search(text) and not ABOUT_SOMETHING_ELSE.search(text))


def _unknown(run: TaskRun, state: str) -> str:
    text = "%s It is not known whether it was done" % (run.lost.message if run.lost else "")
    if state == "present":
        text += "; no SVM of this name has appeared. Check the infrastructure before you run again"
    return text.strip()
