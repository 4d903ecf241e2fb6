# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_host: where hosts are - on which Administration Server, in which group, or nowhere."""

from __future__ import annotations

import typing as t

from ..._core.errors import PASSING, AnswerLost
from ..._core.module import Context
from ..._core.plan import MISSING, PENDING, UNCHANGED, Change, Plan
from ..._core.waiting import Poll, Waiting
from ..api import groups, hosts, tasks, virtual_servers
from ..api.hosts import Host
from . import selection
from .report import host_failure
from .selection import Selector
from .servers import Servers
from .task_runner import Result, TaskRunner

UNASSIGNED = "Unassigned devices"


class Placement:
    """present: on ``virtual_server`` and/or in ``group``; unassigned; absent."""

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context
        self._servers = servers
        self._params = context.params
        self._virtual_server: t.Optional[str] = self._params["virtual_server"]
        self._entries = selection.selectors(self._params)
        self._found: dict[str, tuple[Selector, Host]] = {}  # by id of the host, where it was found
        self._changes: dict[str, Change] = {}  # by id of the host
        self._away: list[Host] = []  # hosts that are on the primary and shall be on the virtual server
        self._group: t.Optional[groups.GroupPath] = None
        self._outcome = Result()

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        state = self._params["state"]
        self._target = self._servers.on(self._virtual_server)
        here = selection.look_up(self._target, self._entries)
        elsewhere = selection.Found(missing=here.missing)
        if state == "present" and self._virtual_server is not None:
            if here.missing:
                virtual_servers.find(self._servers.primary, [self._virtual_server])
                elsewhere = selection.look_up(self._servers.primary, here.missing)
        ambiguous = {**here.ambiguous, **elsewhere.ambiguous}
        tolerated = state == "absent" or self._params["missing"] == "ignore"
        if self._params["on_host_failure"] == "fail":
            selection.require(
                self._where(),
                ambiguous,
                [] if tolerated else elsewhere.missing,
                server=self._servers.server.address,
                virtual_server=self._virtual_server,
            )
        if state == "unassigned":
            self._group = groups.GroupPath(UNASSIGNED, groups.unassigned_id(self._target))
        elif state == "present" and self._params["group"] is not None:
            self._group = groups.locate(self._target, self._params["group"])
            if self._group.missing and not self._params["create_group"]:
                raise groups.unknown(self._target, self._params["group"])
        plan = Plan()
        for entry in self._entries:
            if entry in here.hosts:
                self._plan_here(plan, entry, here.hosts[entry])
            elif entry in elsewhere.hosts:
                self._plan_away(plan, entry, elsewhere.hosts[entry])
            else:
                change = plan.add(entry.value, _facts(entry, None, self._virtual_server, None), None, None, UNCHANGED)
                if entry in ambiguous:
                    change.fail(selection.complaint(entry, ambiguous[entry], self._where()))
                elif state != "absent":
                    change.fail("" if tolerated else selection.complaint(entry, (), self._where()), MISSING)
        return plan

    def _where(self) -> str:
        if self._virtual_server is None:
            return str(self._servers.server)
        if self._params["state"] != "present":
            return str(self._target)
        return 'virtual server "%s" and the primary server %s' % (self._virtual_server, self._servers.server.address)

    def _plan_here(self, plan: Plan, entry: Selector, host: Host) -> None:
        """A host that is on the target server already."""
        if host.id in self._changes:
            return
        place: dict[str, t.Any] = {"virtual_server": self._virtual_server}
        before: t.Any = dict(place)
        after: t.Any = dict(place)
        group: t.Optional[str] = None
        if self._params["state"] == "absent":
            after = None
        elif self._group is not None:
            group = self._group.path
            there = not self._group.missing and host.group_id == self._group.id
            before["group"] = group if there else "group %s" % host.group_id
            after["group"] = group
        word = {"present": "moved", "unassigned": "unassigned", "absent": "removed"}[self._params["state"]]
        facts = _facts(entry, host, self._virtual_server, group)
        self._remember(entry, host, plan.add(str(host), facts, before, after, word))

    def _plan_away(self, plan: Plan, entry: Selector, host: Host) -> None:
        """A host that is on the primary server and shall be on the virtual one."""
        if host.id in self._changes:
            return
        before: dict[str, t.Any] = {"virtual_server": None}
        after: dict[str, t.Any] = {"virtual_server": self._virtual_server}
        if self._group is not None:
            before["group"] = "group %s" % host.group_id
            after["group"] = self._group.path
        self._away.append(host)
        facts = _facts(entry, host, self._virtual_server, self._group.path if self._group else None)
        self._remember(entry, host, plan.add(str(host), facts, before, after, "moved"))

    def _remember(self, entry: Selector, host: Host, change: Change) -> None:
        self._found[host.id] = (entry, host)
        self._changes[host.id] = change

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting()
        if self._params["state"] == "absent":
            self._remove(plan)
            return
        if self._group is not None and self._group.missing:
            plan.wrote = True
            self._group = groups.GroupPath(self._group.path, groups.create(self._target, self._group))
        here = {id: host for id, (_entry, host) in self._found.items()}
        if self._away:
            here.update(self._change_server(plan, waiting))
        if self._group is not None:
            self._change_group(plan, here)

    def _change_server(self, plan: Plan, waiting: Waiting) -> dict[str, Host]:
        """Hand the hosts to the virtual server and wait for them there; the new record by id of the old one."""
        params = self._params
        virtual_server = str(self._virtual_server)
        address = params["agent_server_address"] or params["server"]

        def document(display_name: str, some: t.Sequence[Host]) -> dict[str, t.Any]:
            return tasks.reconnection(
                params["task_profile"],
                display_name,
                some,
                "%s/%s" % (address, virtual_server),
                params["agent_ports"],
                params["agent_ssl_ports"],
            )

        def wrote() -> None:
            plan.wrote = True

        runner = TaskRunner(
            # The 5.2 generation of the article creates the task on the virtual server.
            self._target if params["task_profile"] == "5.2" else self._servers.primary,
            tasks.RECONNECTION,
            "Move to %s" % virtual_server,
            keep_task=params["keep_task"],
            warn=self._context.warn,
            wrote=wrote,
        )
        outcome = self._outcome = runner.start(self._away, document)
        if not params["wait"]:
            for host in self._away:
                self._changes[host.id].fail("task %s was started" % outcome.task_id, PENDING)
            return {}
        runner.wait(outcome, waiting)
        if not outcome.clean:
            runner.explain(outcome)
        for host in self._away:
            state = outcome.states.get(host.id)
            if state is not None and state.state == "failed":
                self._changes[host.id].fail(state.text or "task %s failed on it" % outcome.task_id)
        arrived = self._arrivals(waiting)
        runner.tidy(outcome)
        for host in self._away:
            change = self._changes[host.id]
            if change.open and host.id not in arrived:
                change.fail(self._absence(outcome, host), PENDING)
        return arrived

    def _arrivals(self, waiting: Waiting) -> dict[str, Host]:
        """The task is green before the agent has reconnected: wait until the server lists the host."""
        arrived: dict[str, Host] = {}

        def expected() -> dict[Selector, str]:
            return {self._found[host.id][0]: host.id for host in self._away if host.id not in arrived and self._changes[host.id].open}

        def look() -> Poll:
            entries = expected()
            found = selection.look_up(self._target, list(entries))
            arrived.update((entries[entry], host) for entry, host in found.hosts.items())
            return Poll(not expected())

        waiting.until(look, forgive=PASSING)
        return arrived

    def _absence(self, outcome: Result, host: Host) -> str:
        state = outcome.states.get(host.id)
        if state is not None and state.state in tasks.IN_PROGRESS:
            return "task %s is %s on it: is the host on, and its Network Agent connected?" % (
                outcome.task_id,
                state.state,
            )
        return (
            'task %s is done on it, but the host did not appear on virtual server "%s" within %s s: can it reach '
            "%s on the agent ports?"
            % (
                outcome.task_id,
                self._virtual_server,
                self._params["wait_timeout"],
                self._params["agent_server_address"] or self._params["server"],
            )
        )

    def _change_group(self, plan: Plan, here: dict[str, Host]) -> None:
        group = t.cast(groups.GroupPath, self._group)

        def astray(records: dict[str, Host]) -> dict[str, Host]:
            return {id: host for id, host in records.items() if self._changes[id].open and host.group_id != group.id}

        left = astray({id: host for id, host in here.items() if self._changes[id].differs})
        why = ""
        for _attempt in (1, 2):
            if not left:
                return
            plan.wrote = True
            try:
                hosts.move_to_group(self._target, [host.id for host in left.values()], group.id)
            except AnswerLost as error:
                why = ": " + error.message  # what happened is read back
            read = {
                host.id: host
                for host in hosts.matching(self._target, [selection.Selector("id", host.id).condition for host in left.values()])
            }
            left = astray({id: read.get(host.id, host) for id, host in left.items()})
        for id in left:
            self._changes[id].fail("the server did not move it to group %s%s" % (group.path, why))

    def _remove(self, plan: Plan) -> None:
        left = [id for id, change in self._changes.items() if change.open]
        why = ""
        for _attempt in (1, 2, 3):  # KSC 15.1 and later: the first call only moves to Unassigned devices
            if not left:
                return
            plan.wrote = True
            try:
                hosts.remove(self._target, left)
            except AnswerLost as error:
                why = ": " + error.message  # what happened is read back
            conditions = [selection.Selector("id", id).condition for id in left]
            left = [host.id for host in hosts.matching(self._target, conditions)]
        for id in left:
            self._changes[id].fail("the server still lists it after RemoveHosts%s" % why)

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        return {"hosts": plan.returned(), "task_id": self._outcome.task_id, "msg": plan.message("hosts")}

    def failure(self, plan: Plan) -> t.Optional[str]:
        return host_failure(self._context, plan, self._where(), self._outcome.task_id)


def _facts(entry: Selector, host: t.Optional[Host], virtual_server: t.Optional[str], group: t.Optional[str]) -> dict[str, t.Any]:
    return {
        "id": host.id if host else (entry.value if entry.kind == "id" else None),
        "name": host.name if host else (entry.value if entry.kind == "name" else None),
        "ip": host.ip if host else (entry.value if entry.kind == "ip" else None),
        "virtual_server": virtual_server,
        "group": group,
    }
