# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks and their life on hosts: pending, running, finished, and what a finished task changes.

Source: ksc-openapi.md sections 8.4 (states, statistics, history) and 8.5 (what each type of task does). State follows the timeline:
nothing here waits.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .conditions import AGENT
from .failures import text_of
from .machines import Machine, Outcome
from .state import Host, Package, Server, host_id
from .taskdocs import Document

if TYPE_CHECKING:
    from .product import Ksc

PENDING, RUNNING, OK, WARNING, FAILED, SCHEDULED, PAUSED = 1, 2, 4, 8, 16, 32, 64
STATES = (PENDING, RUNNING, OK, WARNING, FAILED, SCHEDULED, PAUSED)
FINISHED = (OK, WARNING, FAILED)
HISTORY_STATE = {PENDING: 0, RUNNING: 1, OK: 4, WARNING: 4, FAILED: 3, SCHEDULED: 32, PAUSED: 2}
EVENT = "KLPRCI_TaskState"
ABSENT = "is not installed on the device."
ARRIVAL_RETRY = 300.0
"""How often a standing installation tries a device that does not answer."""


@dataclass(eq=False)
class Run:
    """The state of a task on one host."""

    host_id: str
    host_name: str
    state: int = PENDING
    text: str = ""
    tries: int = 0
    started: float | None = None
    finished: float | None = None
    ends: float | None = None
    percent: int = 0
    reboot: bool = False
    event: int = 0
    serial: int = 0
    document: Document | None = None
    """What the host works by: the settings of the task when it began there."""


@dataclass(eq=False)
class Task:
    """A task on a server."""

    id: str
    server: Server
    document: Document
    created: float
    runs: dict[str, Run] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    started: float | None = None
    before: list[Run] | None = None
    serial: int = 0

    def active(self) -> bool:
        """Say whether the task is under way on some host."""
        return self.started is not None and any(run.state not in FINISHED for run in self.runs.values())


class Tasks:
    """All tasks of one simulated KSC."""

    def __init__(self, ksc: Ksc) -> None:
        self._ksc = ksc
        self._numbers = itertools.count(101)
        self._events = itertools.count(1)
        self._waiting: dict[Run, tuple[Task, int]] = {}
        self.tasks: dict[str, Task] = {}
        self.protected: dict[str, str] = {}

    # Keeping tasks

    def add(self, server: Server, document: Document) -> Task:
        """Keep a new task under a new id; a second one with the same name is no error."""
        task = Task(str(next(self._numbers)), server, document, self._ksc.clock.now())
        self.tasks[task.id] = task
        self._aim(task)
        return task

    def update(self, task: Task, document: Document) -> None:
        """Replace a task's document; results of hosts that stay are kept."""
        task.document = document
        self._aim(task)

    def remove(self, task: Task) -> None:
        """Delete a task; what goes on at hosts ends there and then."""
        task.serial += 1
        self.tasks.pop(task.id, None)
        for run in task.runs.values():
            self._waiting.pop(run, None)

    def _aim(self, task: Task) -> None:
        document = task.document
        targets = dict(document.hosts)
        if document.group is not None:
            below = task.server.below(document.group)
            targets = {host.id: host.name for host in task.server.hosts.values() if host.group in below}
        task.runs = {identity: task.runs.get(identity) or Run(identity, name) for identity, name in targets.items()}

    # Running

    def run(self, task: Task) -> None:
        """Start a task on all its hosts; a task that is under way goes on undisturbed."""
        if task.active():
            return
        now = self._ksc.clock.now()
        before = [Run(**vars(run)) for run in task.runs.values()]
        self._aim(task)
        task.before, task.started = before, now
        task.serial += 1
        for run in task.runs.values():
            run.state, run.text, run.started, run.finished, run.ends, run.percent, run.reboot = PENDING, "", None, None, None, 0, False
            run.serial = task.serial
            self._note(task, run, now)
            self._ksc.timeline.at(now + self._ksc.settings.task_pending_seconds, self._begin_later(task, run, task.serial))

    def cancel(self, task: Task) -> None:
        """Stop a task: hosts that have not finished fail."""
        now = self._ksc.clock.now()
        task.serial += 1
        for run in task.runs.values():
            if task.started is not None and run.state not in FINISHED:
                self._waiting.pop(run, None)
                self._finish(task, run, FAILED, "The task was cancelled.", now)

    def tick(self) -> None:
        """Start what waited for a host that has come online. Called before each request, after the timeline ran."""
        if not self._waiting:
            return
        now = self._ksc.clock.now()
        for run, (task, serial) in list(self._waiting.items()):
            if serial != task.serial:
                self._waiting.pop(run, None)
            elif self._ready(task, run):
                self._waiting.pop(run, None)
                self._begin(task, run, now)

    def _begin_later(self, task: Task, run: Run, serial: int) -> Any:
        def begin(when: float) -> None:
            if serial == task.serial:
                if self._ready(task, run):
                    self._begin(task, run, when)
                else:
                    self._waiting[run] = (task, serial)

        return begin

    def _host(self, task: Task, run: Run) -> Host | None:
        """Return the record that the task acts on: that of its own server, or of the server that the agent now belongs to."""
        own = task.server.hosts.get(run.host_id)
        if own is not None and own.managed:
            return own
        if task.document.kind == "reconnect":
            found = [host for host in self._ksc.state.hosts(identity=run.host_id) if host.managed]
            return found[0] if found else None
        return own

    def _ready(self, task: Task, run: Run) -> bool:
        """Say whether the run can leave pending: the host answers, or there is a failure to be told without it."""
        host = self._host(task, run)
        return host is None or not host.machine.agent or host.online

    def _begin(self, task: Task, run: Run, now: float) -> None:
        settings, kind = self._ksc.settings, task.document.kind
        run.state, run.started, run.tries, run.document = RUNNING, now, run.tries + 1, task.document
        self._note(task, run, now)
        host = self._host(task, run)
        products = self._products(task, task.document)
        outcome = host.machine.outcome(kind, products) if host is not None else Outcome()
        seconds = (
            outcome.seconds
            if outcome.seconds is not None
            else {
                "install": settings.install_seconds,
                "remove": settings.remove_seconds,
                "reconnect": settings.reconnect_seconds,
                "other": settings.other_seconds,
            }[kind]
        )
        run.ends = now + seconds
        serial = task.serial

        def end(when: float) -> None:
            if serial == task.serial:
                state, text = self._result(task, run, outcome, when)
                self._finish(task, run, state, text, when)

        self._ksc.timeline.at(run.ends, end)

    def _finish(self, task: Task, run: Run, state: int, text: str, when: float) -> None:
        run.state, run.text, run.finished, run.percent = state, text, when, 100
        self._note(task, run, when)

    def _note(self, task: Task, run: Run, when: float) -> None:
        run.event = next(self._events)
        task.events.append(
            {
                "event_id": run.event,
                "event_type": EVENT,
                "task_new_state": HISTORY_STATE[run.state],
                "rise_time": when,
                "hostname": run.host_id,
                "hostdn": run.host_name,
                "task_display_name": task.document.display_name,
                "product_name": task.document.product,
                "product_version": task.document.version,
                "GNRL_COMPLETED_PERCENT": run.percent,
                "GNRL_EA_DESCRIPTION": run.text or None,
            }
        )

    # What a finished task does

    def _products(self, task: Task, document: Document) -> list[str]:
        if document.kind == "install":
            return [package.product for package in self._packages(task, document)]
        return [document.additional["ProductName"]] if document.kind == "remove" else []

    def _packages(self, task: Task, document: Document) -> list[Package]:
        wanted = document.additional["KLTSK_RI_PACKAGES_IDS"]
        return [task.server.packages[number] for number in wanted if number in task.server.packages]

    def _result(self, task: Task, run: Run, outcome: Outcome, when: float) -> tuple[int, str]:
        host, document = self._host(task, run), run.document or task.document
        if host is None:
            return FAILED, "The device is not known to the server."
        if not host.machine.agent:
            return FAILED, "Network Agent is not installed on the device."
        if outcome.result == "claimed":
            return OK, ""
        upgrade = document.kind == "install" and any(name in host.machine.products for name in self._products(task, document))
        does = {"install": self._install, "remove": self._uninstall, "reconnect": self._reconnect, "other": lambda *_arguments: ""}
        problem = does[document.kind](task, document, host, when) if outcome.result != "failed" or outcome.happened else ""
        if outcome.result == "failed":
            return FAILED, outcome.reason or text_of(outcome.failure, self._ksc.settings.failure_language)
        if problem:
            harmless = problem.endswith(ABSENT) and self._ksc.settings.absent_product == "warning"
            return WARNING if harmless else FAILED, problem
        if outcome.reboot or (upgrade and self._ksc.settings.upgrades_restart):
            self._need_restart(run, document, host.machine, outcome.unprotected, when)
        if outcome.result == "warning":
            return WARNING, outcome.reason or "The task finished with a warning."
        return OK, outcome.reason if outcome.reboot else ""

    def _need_restart(self, run: Run, document: Document, machine: Machine, unprotected: bool, when: float) -> None:
        """Note that a device needs a restart, and restart it when the task says so and that is honored."""
        machine.need_restart(unprotected)
        delay = document.restart_delay() if self._ksc.settings.restart_keys == "task" else None
        run.reboot = delay is None

        def restart(_when: float) -> None:
            if machine.reboot_required:
                machine.restart()

        if delay is not None:
            self._ksc.timeline.at(when + delay, restart)

    def _logon_problem(self, document: Document, host: Host) -> str:
        account = document.account()
        if account is None or not host.machine.os_accounts:
            return ""
        user, password = account
        if isinstance(password, dict):
            clear = self.protected.get(password["value"])
            if clear is None:
                return "The stored password cannot be decrypted."
            password = clear
        if host.machine.os_accounts.get(user) != password:
            return "Logon failure: unknown user name or bad password."
        return ""

    def _install(self, task: Task, document: Document, host: Host, when: float) -> str:
        packages, wanted = self._packages(task, document), document.additional["KLTSK_RI_PACKAGES_IDS"]
        if len(packages) != len(wanted):
            return "The installation package was not found."
        problem = self._logon_problem(document, host)
        if problem:
            return problem
        for package in packages:
            if package.platform not in ("any", host.machine.platform):
                return "The application %s cannot be installed on this operating system (%s)." % (package.name, host.machine.os_name)
        self._list_later(host, when)
        for package in packages:
            host.machine.install(package, when)
        group = document.additional.get("KLTSK_RI_GROUP_TO_MOVE_HOST")
        if group is not None and group in host.server.groups:
            host.server.place(host, group)
        host.server.touch()
        return ""

    def _uninstall(self, _task: Task, document: Document, host: Host, when: float) -> str:
        name, version = document.additional["ProductName"], document.additional["ProductVersion"]
        problem = self._logon_problem(document, host)
        if problem:
            return problem
        found = host.machine.products.get(name)
        if found is None or name == AGENT or found.version != version:
            return "The application %s %s %s" % (name, version, ABSENT)
        if host.machine.removal_password not in ("", self.protected.get(document.unlock())):
            return "The application %s is protected with a password, which is missing or wrong." % name
        self._list_later(host, when)
        host.machine.removal_password = ""
        del host.machine.products[name]
        host.machine.done.append("remove %s" % name)
        host.server.touch()
        return ""

    def _list_later(self, host: Host, when: float) -> None:
        """Keep what servers list of a machine until its agent's next synchronization."""
        delay, machine = self._ksc.settings.products_delay_seconds, host.machine
        if delay:
            machine.listed = (when + delay, dict(machine.products_at(when)))

    def _reconnect(self, _task: Task, document: Document, host: Host, when: float) -> str:
        """Arrange for the agent's move; the task itself succeeds before anything has moved."""
        target, delay = self._target(document), host.machine.reconnect_delay
        if delay is None:
            delay = self._ksc.settings.reconnect_delay_seconds
        host.machine.done.append("reconnect %s" % (target.title if target is not None else "elsewhere"))
        if target is not None and target is not host.server and delay >= 0:
            self._ksc.timeline.at(when + delay, lambda moment: self._arrive(host, target, moment))
        return ""

    def _target(self, document: Document) -> Server | None:
        """Return the server that the agent is told to use, None for one that is not here."""
        additional, world = document.additional, self._ksc.state
        if "KLNAG_VS_NAME" in additional:
            return world.server(additional["KLNAG_VS_NAME"])
        address, _slash, name = additional["ServerAddress"].partition("/")
        if world.addresses and address not in world.addresses:
            return None
        return world.server(name) if name != "primary" else None

    def _arrive(self, host: Host, target: Server, when: float) -> None:
        source = host.server
        there = any(other.machine is host.machine and other.managed for other in target.hosts.values())
        if source.hosts.get(host.id) is not host or not host.managed or there or target.full:
            return
        new = self._ksc.settings.moved_host_id == "new"
        identity = host_id("%s/%s" % (host.id, target.title)) if new else host.id
        target.add_host(Host(id=identity, name=host.name, group=target.unassigned, server=target, machine=host.machine, created=when))
        if self._ksc.settings.primary_record == "removed":
            source.remove_host(host)
        else:
            host.managed = False
            source.touch()

    # Standing orders

    def arrived(self, host: Host) -> None:
        """Install what a host's new group orders for arrivals, if orders are honored, as soon as its agent answers."""
        if self._ksc.settings.auto_install == "ignored":
            return
        group = host.group

        def install(when: float) -> None:
            server = host.server
            if server.hosts.get(host.id) is not host or host.group != group:
                return
            if not host.online:
                self._ksc.timeline.at(when + ARRIVAL_RETRY, install)
                return
            for package in (server.packages[number] for number in server.groups[group].packages if number in server.packages):
                if package.platform in ("any", host.machine.platform):
                    self._list_later(host, when)
                    host.machine.install(package, when)
            server.touch()

        if host.server.groups[group].packages:
            self._ksc.timeline.at(self._ksc.clock.now() + self._ksc.settings.install_seconds, install)

    # Reading

    def visible(self, task: Task) -> list[Run]:
        """Return the states as clients see them: for a while after RunTask those of before."""
        if task.started is not None and task.before is not None and self._ksc.clock.now() - task.started < self._ksc.settings.stale_seconds:
            return task.before
        return list(task.runs.values())

    def statistics(self, task: Task) -> dict[str, int]:
        """Return counts of hosts by state, the percentage done and how many hosts need a reboot."""
        runs = self.visible(task)
        counts = {str(state): sum(run.state == state for run in runs) for state in STATES}
        done = sum(run.state in FINISHED for run in runs)
        counts["GNRL_COMPLETED_PERCENT"] = 100 * done // len(runs) if runs else 0
        counts["KLTSK_NEED_RBT_CNT"] = sum(run.reboot for run in runs)
        return counts
