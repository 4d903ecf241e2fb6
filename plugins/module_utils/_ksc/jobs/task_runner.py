# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Bring hosts through tasks of the server: many tasks on many servers at once, none of them twice.

A task of ours is known by its display name: what it does, the mark of the collection and a digest of its hosts. What runs
already, whoever started it, is waited for; what still waits is brought up to date; what this run did not make it does not delete.
"""

from __future__ import annotations

import datetime
import hashlib
import typing as t
from dataclasses import dataclass

from ..._core import parallel
from ..._core.errors import PASSING, AnswerLost, CollectionError, NoSuchCall, RequestRefused, TemporarilyUnavailable
from ..._core.module import Context
from ..._core.naming import seconds
from ..._core.plan import FAILED, PENDING, Change, Plan
from ..._core.waiting import Waiting
from ..api import tasks, wire
from ..api.hosts import Host
from ..api.session import Session
from ..api.tasks import TaskSettings

MARK = "ksv.light_agent"
SUBJECT_LENGTH = tasks.NAME_LENGTH - len(" [%s 12345678]" % MARK)
NOT_FOUND = ("KLSTD", 1186)

# Seconds. A task that another run has just created is started by that run; after this it counts as left alone.
ABANDONED_AFTER = 15.0
# For so long a host whose Network Agent is not connected may still begin, since the status that says so lags.
DISCONNECTED_GRACE = 10.0
STARTS = 3  # RunTask is not sent more often than this
REPEATED_AFTER = 300.0  # what an earlier task is said to have done, and what does not show by then, is done again


@dataclass(eq=False)
class TaskHost:
    """A host that shall go through a task, and what becomes of it."""

    host: Host
    change: Change
    run: t.Optional[TaskRun] = None
    state: t.Optional[tasks.HostState] = None  # as the server tells, where that is known

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


class TaskRunner:
    """The tasks of one job."""

    def __init__(self, context: Context, plan: Plan, totals_tell: bool) -> None:
        """``totals_tell``: a host that the totals of a task count as done is done, for progress lines."""
        params = context.params
        self._totals_tell = totals_tell
        self._context = context
        self._plan = plan
        self._profile: str = params["task_profile"]
        self._keep_task: str = params["keep_task"]
        self._size: int = params["task_size"]
        self._start_timeout: float = params["start_timeout"]
        self._for_all = params["wait_for"] == "all"
        self._found: dict[tuple[Session, tasks.TaskType], t.Optional[list[tasks.Task]]] = {}
        self.runs: list[TaskRun] = []

    # -- start ---------------------------------------------------------------------------------------------------

    def start(self, groups: t.Sequence[TaskGroup]) -> None:
        """Have each host under way: in a task that does it already, or in a new one.

        A host on which such a task has succeeded a short while ago is under way, too: what the task did shows only when the
        Network Agent of the host has synchronised. That is over when it has, ``settled_for`` seconds after the task ended; and
        :meth:`repeat` does it again when it does not show.
        """
        by_session: dict[Session, list[TaskGroup]] = {}
        for group in groups:
            by_session.setdefault(group.session, []).append(group)
        for session, error in parallel.each(by_session, lambda session: self._start_on(by_session[session])):
            for group in by_session[session]:
                for host in group.hosts:
                    if host.run is None and host.change.open:
                        host.change.fail(error.message)
        if not self._context.params["wait"]:  # nobody looks whether the run that made it is about to
            for run in self.runs:
                if not run.started and not run.made:
                    self._start(run)

    def _start_on(self, groups: t.Sequence[TaskGroup]) -> None:
        """The same for the groups of one server."""
        created: list[tuple[TaskGroup, list[TaskHost], str]] = []
        for group in groups:
            rest = self._adopt(group, self._ours(group) or ())
            for at in range(0, len(rest), self._size):
                some = rest[at : at + self._size]
                task_id = self._create(group, some)
                if task_id is not None:
                    created.append((group, some, task_id))
        try:
            rivals = self._rivals(created)
        except CollectionError:  # what was created shall run all the same
            rivals = {}
        for group, hosts, task_id in created:
            if task_id in rivals:
                # Another run was a moment earlier. It would do on the same hosts what this one does.
                self._delete(group.session, task_id)
                rest = self._adopt(group, rivals[task_id], hosts)
                again = self._create(group, rest) if rest else None
                if again is not None:
                    self._run_new(group, rest, again)
            else:
                self._run_new(group, hosts, task_id)

    def _adopt(self, group: TaskGroup, found: t.Iterable[tasks.Task], hosts: t.Optional[list[TaskHost]] = None) -> list[TaskHost]:
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

    def _ours(self, group: TaskGroup) -> t.Optional[list[tasks.Task]]:
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

    def _take_over(self, group: TaskGroup, task: tasks.Task, wanted: t.Sequence[TaskHost]) -> list[TaskHost]:
        """The hosts that a task is at work on, or has just done."""
        statistics = tasks.statistics(group.session, task.id)
        states = self._states(group, task, statistics, wanted)
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
            self.runs.append(self._run_of(group, task, statistics, {host: own[host] for host in taken}, len(states)))
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
        run.started = run.statistics.begun or statistics.begun or self._was_run(group.session, task.id)
        return run

    def _states(
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
                self._delete(group.session, task.id)  # replaced: it would do later what was asked before
            return False

    def _warn_of(self, task: tasks.Task, group: TaskGroup, waiting: t.Sequence[TaskHost]) -> None:
        self._context.warn(
            "Task %s of %s still waits to do what was asked before on %s, and the server cannot change it; delete it there."
            % (task.id, group.session, ", ".join(host.name for host in waiting))
        )

    @staticmethod
    def _was_run(session: Session, task_id: str) -> bool:
        """Whether the history knows of a start. Without a history that cannot be told."""
        try:
            return tasks.was_run(session, task_id)
        except RequestRefused:
            return False

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
                    there = self._created_after_all(group, name, error)
                    if there is not None:
                        return there
            raise AnswerLost("%s did not answer Tasks.AddTask, twice." % group.session)
        except CollectionError as error:
            for host in hosts:
                host.change.fail(error.message)
            return None

    def _created_after_all(self, group: TaskGroup, name: str, error: AnswerLost) -> t.Optional[str]:
        """The task whose creation was not answered."""
        earlier = self._ours(group)
        if earlier is None:
            raise AnswerLost(
                '%s This server cannot list tasks: look there for a task "%s" and delete it, then run again.' % (error.message, name),
                **error.failure,
            ) from None
        known = {task.id for task in earlier} | {run.task_id for run in self.runs}
        now = tasks.listing(group.session, group.settings.kind)
        return next((task.id for task in now if task.display_name == name and task.id not in known), None)

    def _rivals(self, created: t.Sequence[tuple[TaskGroup, list[TaskHost], str]]) -> dict[str, list[tasks.Task]]:
        """For each task that was just created: those of other runs, for some of its hosts, that came up before it."""
        rivals: dict[str, list[tasks.Task]] = {}
        now: dict[tasks.TaskType, list[tasks.Task]] = {}
        for group, hosts, task_id in created:
            earlier = self._ours(group)
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

    def _run_new(self, group: TaskGroup, hosts: list[TaskHost], task_id: str) -> None:
        run = TaskRun(group, task_id, hosts, len(hosts), self._context.clock.now(), made=True)
        self.runs.append(run)
        self._start(run)

    def _start(self, run: TaskRun) -> None:
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
            return tasks.statistics(run.session, run.task_id).begun or self._was_run(run.session, run.task_id)
        except CollectionError:
            return False

    def unshown(self, shown: t.Callable[[TaskHost], bool]) -> list[TaskHost]:
        """Hosts on which the success of a task may show soon: it has succeeded on more of them than ``shown`` says, or is gone."""
        found: list[TaskHost] = []
        for run in self.runs:
            left = [host for host in run.hosts if host.run is run and host.change.open and not shown(host)]
            if run.explained and not run.clean and not run.gone:
                left = [host for host in left if host.state is None or host.state.state in tasks.SUCCEEDED]
            count = len(run.hosts) - len([host for host in run.hosts if not shown(host)])
            if run.gone and self._context.clock.now() - run.gone_since > REPEATED_AFTER:
                continue
            if left and (run.gone or (run.statistics is not None and run.statistics.total(*tasks.SUCCEEDED) > count)):
                found += left
        return found

    def repeat(self, unshown: t.Sequence[TaskHost]) -> None:
        """Do again what an earlier task is said to have done a while ago on some hosts, where nothing shows of it."""
        now = self._context.clock.now()
        for run in {host.run: None for host in unshown}:
            if run is None or run.made or not run.finished or now - run.since < REPEATED_AFTER:
                continue
            hosts = [host for host in unshown if host.run is run]
            for host in hosts:
                host.state = None
            task_id = self._create(run.group, hosts)
            if task_id is not None:
                self._run_new(run.group, hosts, task_id)

    # -- wait ----------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """See how the tasks stand that are not finished; a server that does not answer now is asked again next time."""
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
            if run.finished:
                self.explain(run)
        except PASSING as error:
            run.silent = error.message
        except CollectionError as error:
            run.lose(error.message, self._context.clock.now())

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
        run.started = run.statistics.begun or self._was_run(run.session, run.task_id)
        if not run.started and (run.made or self._context.clock.now() - run.since >= ABANDONED_AFTER):
            run.since = self._context.clock.now()
            self._start(run)

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
                        "%s cannot tell the state of each host of task %s: only its totals are known." % (run.session, run.task_id)
                    )
            for host in run.hosts:
                host.state = states.get(host.id)
                if host.run is run and host.state is not None and host.state.state == "failed":
                    host.change.fail(host.state.text or "task %s failed on it; the server gives no reason" % run.task_id)
        run.explained = run.finished

    @property
    def settled(self) -> bool:
        """Nothing more is to be waited for: each task is finished, or (unless all are wanted) only hosts that cannot answer are left."""
        now = self._context.clock.now()
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

    def _leave(self, run: TaskRun, host: TaskHost, waiting: Waiting) -> None:
        """A host whose task goes on: pending, unless the task is known to have succeeded on it."""
        if run.silent:
            host.change.fail("task %s goes on, but what it has done is unknown: %s" % (run.task_id, run.silent), PENDING)
        elif host.state is not None and host.state.state in tasks.NOT_BEGUN:
            host.change.fail(
                "task %s is %s on it: is the host on, and its Network Agent connected? The task stays, and begins when it is"
                % (run.task_id, host.state.state),
                PENDING,
            )
        elif host.state is not None and host.state.state == "running":
            host.change.fail("task %s is running on it after %s" % (run.task_id, seconds(waiting.timeout)), PENDING)

    # -- afterwards ----------------------------------------------------------------------------------------------

    def tidy(self) -> None:
        """Delete finished tasks of this run as keep_task says; one that is at work, or whose success does not show yet, stays."""
        for run in self.runs:
            if not run.made or not run.finished or run.gone:
                continue
            good = run.clean and not any(host.change.result in (FAILED, PENDING) for host in run.hosts)
            pending = any(host.change.result == PENDING for host in run.hosts)
            if good if self._keep_task == "failed" else (self._keep_task == "never" and not pending):
                self._delete(run.session, run.task_id)

    def _delete(self, session: Session, task_id: str) -> None:
        try:
            with self._plan.writing():
                tasks.delete(session, task_id)
        except (NoSuchCall, *PASSING):
            pass  # it stays, and does no harm
        except CollectionError as error:
            self._context.warn("The finished task %s stays on %s: %s" % (task_id, session, error.message))

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


def is_gone(error: RequestRefused) -> bool:
    """Whether the server says that there is no such task (any more)."""
    return (error.failure.get("module"), error.failure.get("code")) == NOT_FOUND


def _has_just_done(host: TaskHost, state: tasks.HostState, settled_for: float) -> bool:
    """Whether a task has succeeded on a host and its Network Agent has not synchronised since then, as far as can be told.

    Both times are the server's own.
    """
    if state.state not in tasks.SUCCEEDED:
        return False
    finished, seen = state.finished_at, host.host.last_connected
    if finished is None or seen is None:
        return True
    return seen <= finished + datetime.timedelta(seconds=settled_for)


def _tell_standing(run: TaskRun) -> None:
    """For progress lines: as many hosts as the totals of the task say."""
    if run.statistics is None:
        return
    left = [host.change for host in run.hosts if not host.change.settled]
    good = run.statistics.total(*tasks.SUCCEEDED)
    bad = run.statistics.hosts["failed"]
    for number, change in enumerate(left):
        change.standing = change.result if number < good else FAILED if number < good + bad else ""
