# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_host: where hosts are - on which Administration Server, in which group, or nowhere."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.entries import EntryList, ValidationErrors
from ..._core.errors import PASSING
from ..._core.module import Context
from ..._core.naming import seconds
from ..._core.plan import FAILED, MISSING, PENDING, Change, Plan
from ..._core.waiting import Poll, Waiting
from ..api import groups, hosts, tasks
from ..api.groups import GroupPath
from ..api.hosts import Host
from ..api.session import Session
from . import removal, selection
from .report import host_failure
from .selection import Found, HostEntry, HostSearch, Selector
from .servers import Name, Servers
from .task_runner import TaskGroup, TaskHost, TaskRunner

UNASSIGNED = "Unassigned devices"
WORD = {"present": "moved", "unassigned": "unassigned", "absent": "removed"}
PROGRESS = {"present": "Move", "unassigned": "Unassign", "absent": "Remove"}
# Seconds after which an agent that has been told to change its server and is still on the old one has not done so.
RECONNECTS_WITHIN = 300.0

HOSTS = EntryList(
    "hosts",
    own=selection.OPTIONS,
    inherited={
        "virtual_server": {"type": "str"},
        "group": {"type": "str"},
        "create_group": {"type": "bool", "default": False},
        "agent_server_address": {"type": "str"},
        "agent_ports": {"type": "list", "elements": "int", "default": [14000]},
        "agent_ssl_ports": {"type": "list", "elements": "int", "default": [13000]},
    },
    entry=selection.RULES,
)


@dataclass(eq=False)
class PlacedHost:
    """One host: what is wanted of it, the record that it has, and where it shall go."""

    entry: HostEntry
    host: Host
    server: Name  # that has the record
    change: Change
    group: t.Optional[GroupPath] = None  # wanted, on the server where the host shall be
    moves: t.Optional[TaskHost] = None  # on its way to another server
    arrived: bool = True
    silent: str = ""  # why the last look for it failed
    strangers: frozenset[str] = frozenset()  # records of its address or name that were on the target before: not this host

    @property
    def target(self) -> Name:
        return self.entry.virtual_server


class Placement:
    """present: on a virtual server and/or in a group; unassigned; absent."""

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context
        self._servers = servers
        self._params = context.params
        self._state: str = self._params["state"]
        self._entries = selection.entries(HOSTS, self._params)
        self._errors = ValidationErrors("hosts")
        self._items: list[PlacedHost] = []
        self._plan = Plan()
        self._runner = TaskRunner(context, self._plan, totals_tell=False)

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        tolerated = self._state == "absent" or self._params["missing"] == "ignore"
        self._check()
        valid = [entry for entry in self._entries if not self._errors.of(entry)]
        found = HostSearch(self._context, self._servers).find(valid, self._errors, from_primary=self._state == "present")
        selection.refuse_unclear(found, self._errors, tolerated)
        chosen = set(selection.refuse_conflicts(found, self._errors))
        paths = self._locate([entry for entry in chosen if not self._errors.of(entry)])
        if self._params["on_failure"] == "fail":
            selection.require_none(self._errors, found, server=self._servers.server.address)
        for entry in self._entries:
            if self._errors.of(entry):
                unknown = entry in found and found[entry].host is None and not found[entry].candidates
                self._errors.settle(entry, self._add(entry, None), MISSING if unknown else FAILED)
            elif found[entry].host is None:
                change = self._add(entry, None)
                if self._state != "absent":
                    change.result = MISSING
            elif entry in chosen:
                self._items.append(self._planned(entry, found[entry], paths.get(entry)))
        return self._plan

    def _check(self) -> None:
        """What can be wrong with an entry without asking a server.

        :raises InputError: it is, and all have to be right
        """
        for entry in self._entries:
            if not entry.selector.valid:
                self._errors.add(entry, "%s is not an IPv4 address or name" % entry.selector)
            elif self._state == "present" and entry.virtual_server is None and entry.options["group"] is None:
                self._errors.add(entry, "one of the following is required: virtual_server, group")
            for option in ("agent_ports", "agent_ssl_ports"):
                wrong = [port for port in entry.options[option] if not 0 < port < 65536]
                if wrong:
                    self._errors.add(entry, "%s: %s is not a port number" % (option, ", ".join(map(str, wrong))))
        if self._params["on_failure"] == "fail":
            self._errors.require_none()

    def _locate(self, wanted: t.Sequence[HostEntry]) -> dict[HostEntry, GroupPath]:
        """The group that each entry wants; what is wrong with it is noted."""
        placed: dict[HostEntry, GroupPath] = {}
        grouped = [
            entry for entry in wanted if self._state == "unassigned" or (self._state == "present" and entry.options["group"] is not None)
        ]

        def look(session: Session) -> None:
            mine = [entry for entry in grouped if entry.virtual_server == session.virtual_server]
            if self._state == "unassigned":
                there = GroupPath(UNASSIGNED, groups.unassigned_id(session))
                placed.update((entry, there) for entry in mine)
                return
            found = groups.locate(session, [entry.options["group"] for entry in mine])
            placed.update((entry, found[entry.options["group"]]) for entry in mine)
            unknown = [entry for entry in mine if placed[entry].missing and not entry.options["create_group"]]
            errors = groups.unknown(session, {entry.options["group"] for entry in unknown}) if unknown else {}
            for entry in unknown:
                self._errors.add_error(entry, errors[entry.options["group"]])

        refused = self._servers.each([entry.virtual_server for entry in grouped], look)
        for entry in grouped:
            if entry.virtual_server in refused:
                self._errors.add_error(entry, refused[entry.virtual_server])
        return placed

    def _planned(self, entry: HostEntry, found: Found, group: t.Optional[GroupPath]) -> PlacedHost:
        host = t.cast(Host, found.host)
        before: t.Any = {"virtual_server": found.server}
        after: t.Any = {"virtual_server": entry.virtual_server}
        if self._state == "absent":
            after = None
        elif group is not None:
            there = found.server == entry.virtual_server and not group.missing and host.group_id == group.id
            before["group"] = group.path if there else "group %s" % host.group_id
            after["group"] = group.path
        change = self._add(entry, host, before, after, group.path if group is not None else None)
        item = PlacedHost(entry, host, found.server, change, group)
        if found.server != entry.virtual_server:
            item.moves, item.arrived = TaskHost(host, change), False
            item.strangers = frozenset(other.id for other in found.on_target)
        return item

    def _add(
        self, entry: HostEntry, host: t.Optional[Host], before: t.Any = None, after: t.Any = None, group: t.Optional[str] = None
    ) -> Change:
        facts = {
            "label": entry.label,
            **selection.identity(entry, host),
            "virtual_server": entry.virtual_server,
            "group": group or entry.options["group"],
            "task_id": None,
        }
        name = str(host) if host is not None else str(entry)
        return self._plan.add(name, facts, before, after, WORD[self._state], scope=entry.virtual_server or "")

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting((PROGRESS[self._state], plan))
        if self._state == "absent":
            self._on_each_server(self._open(), self._remove)
            return
        self._on_each_server([item for item in self._open() if item.group is not None and item.group.missing], self._create_groups)
        self._on_each_server([item for item in self._open() if item.arrived], self._change_group)
        moving = [item for item in self._open() if item.moves is not None]
        if not moving:
            return
        self._runner.start(self._task_groups(moving))
        if not self._params["wait"]:
            for item in moving:
                if item.change.open:
                    item.change.fail("task %s was started" % item.change.facts["task_id"], PENDING)
            return
        self._wait(moving, waiting)
        self._on_each_server([item for item in moving if item.change.open and item.arrived], self._change_group)
        self._runner.tidy()

    def _open(self) -> list[PlacedHost]:
        return [item for item in self._items if item.change.open]

    def _on_each_server(self, items: t.Sequence[PlacedHost], work: t.Callable[[Session, list[PlacedHost]], None]) -> None:
        """Work on the items of each server, side by side; where that ends with an error, it is the result of those items."""
        by_server: dict[Name, list[PlacedHost]] = {}
        for item in items:
            by_server.setdefault(item.target, []).append(item)

        def on(session: Session) -> None:
            work(session, by_server[session.virtual_server])

        for name, error in self._servers.each(by_server, on).items():
            for item in by_server[name]:
                if item.change.open:
                    item.change.fail(error.message)

    def _create_groups(self, session: Session, items: list[PlacedHost]) -> None:
        made: dict[str, GroupPath] = {}
        for item in items:
            path = t.cast(GroupPath, item.group)
            if path.path not in made:
                with self._plan.writing():
                    made[path.path] = GroupPath(path.path, groups.create(session, path))
            item.group = made[path.path]

    # -- to another server ---------------------------------------------------------------------------------------

    def _task_groups(self, moving: t.Sequence[PlacedHost]) -> list[TaskGroup]:
        """Hosts that go to the same server in the same way are one task."""
        same: dict[t.Any, list[PlacedHost]] = {}
        for item in moving:
            options = item.entry.options
            ports = tuple(options["agent_ports"]), tuple(options["agent_ssl_ports"])
            same.setdefault((item.target, options["agent_server_address"] or self._params["server"], *ports), []).append(item)
        # The 5.2 generation of the article creates the task on the virtual server.
        on_target = self._params["task_profile"] == "5.2"
        return [
            TaskGroup(
                self._servers.on(target if on_target else None),
                "Move to %s" % target,
                tasks.reconnection("%s/%s" % (address, target), ports, ssl_ports),
                [t.cast(TaskHost, item.moves) for item in items],
                settled_for=RECONNECTS_WITHIN,
            )
            for (target, address, ports, ssl_ports), items in same.items()
        ]

    def _wait(self, moving: t.Sequence[PlacedHost], waiting: Waiting) -> None:
        """Wait for the tasks and, as they are green before the agents have reconnected, until the servers list the hosts."""
        by_host = {item.moves: item for item in self._items if item.moves is not None}

        def expected() -> list[TaskHost]:
            return self._runner.unshown(lambda host: by_host[host].arrived)

        def look() -> Poll:
            self._runner.look()
            self._look_for([by_host[host] for host in expected()])
            self._runner.repeat(expected())
            return Poll(self._runner.settled and not expected())

        waiting.until(look, at_once=not all(run.made for run in self._runner.runs))
        self._runner.end(waiting)
        for item in moving:
            if item.change.open and not item.arrived:
                self._not_arrived(item)

    def _look_for(self, items: t.Sequence[PlacedHost]) -> None:
        """See which hosts have arrived. A server that does not answer now is asked again next time."""
        by_server: dict[Name, list[PlacedHost]] = {}
        for item in items:
            by_server.setdefault(item.target, []).append(item)

        def look(session: Session) -> None:
            expected = by_server[session.virtual_server]
            records = _by_selector(session, expected)
            for item in expected:
                there = [host for host in records(item) if _follows(host, item)]
                if len(there) == 1:
                    item.host, item.arrived = there[0], True
                    item.change.facts.update(selection.identity(item.entry, there[0]))
                    item.change.settled = True

        refused = self._servers.each(by_server, look)
        for item in items:
            error = refused.get(item.target)
            item.silent = "" if error is None else error.message
            if error is not None and not isinstance(error, PASSING):
                item.change.fail(error.message)

    def _not_arrived(self, item: PlacedHost) -> None:
        moves = t.cast(TaskHost, item.moves)
        run, where = moves.run, self._servers.describe(item.target)
        told = moves.state is not None and moves.state.state in tasks.SUCCEEDED
        if item.silent:
            item.change.fail("task %s is done, but whether the host has arrived is unknown: %s" % (moves.task_id, item.silent), PENDING)
        elif run is None or run.statistics is None or run.gone:
            why = run.gone.rstrip(".") if run is not None else "it was not started"
            item.change.fail("task %s is not there any more (%s), and the host did not appear on %s" % (moves.task_id, why, where))
        elif not run.finished and not told:
            item.change.fail("task %s is not done: %s" % (run.task_id, run.statistics), PENDING)
        elif not told and run.statistics.hosts["failed"]:
            item.change.fail(
                "task %s ended with %s; the server cannot tell which host, and this one did not appear on %s"
                % (run.task_id, run.statistics, where)
            )
        else:
            address = item.entry.options["agent_server_address"] or self._params["server"]
            item.change.fail(
                "task %s is done on it, but the host did not appear on %s within %s: can it reach %s on the agent ports?"
                % (run.task_id, where, seconds(self._params["wait_timeout"]), address),
                PENDING,
            )

    # -- on its server -------------------------------------------------------------------------------------------

    def _change_group(self, session: Session, items: list[PlacedHost]) -> None:
        by_group: dict[GroupPath, list[PlacedHost]] = {}
        for item in items:
            if item.group is not None and item.host.group_id != item.group.id:
                by_group.setdefault(item.group, []).append(item)
        for group, some in by_group.items():
            self._move_to(session, group, some)

    def _move_to(self, session: Session, group: GroupPath, items: list[PlacedHost]) -> None:
        refused: dict[str, str] = {}
        left = items
        for _attempt in (1, 2):
            if left:
                ids = [item.host.id for item in left]
                removal.each_its_own([ids], lambda some: hosts.move_to_group(session, some, group.id), refused, self._plan)
                now = removal.read(session, ids)
                left = [item for item in left if item.host.id in now and now[item.host.id].group_id != group.id]
                left = [item for item in left if item.host.id not in refused]
        for item in items:
            why = refused.get(item.host.id, "")
            if why or item in left:
                item.change.fail("the server did not move it to group %s%s" % (group.path, ": " + why if why else ""))

    def _remove(self, session: Session, items: list[PlacedHost]) -> None:
        failed = removal.remove(session, [item.host.id for item in items], self._plan)
        for item in items:
            if item.host.id in failed:
                item.change.fail(failed[item.host.id])

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        task_ids = self._runner.task_ids
        return {
            "hosts": plan.returned(),
            "task_id": task_ids[0] if task_ids else None,
            "task_ids": task_ids,
            "msg": plan.message("hosts"),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        return host_failure(
            self._context, plan, self._servers.describe_all(entry.virtual_server for entry in self._entries), self._runner.task_ids
        )


def _by_selector(session: Session, items: t.Sequence[PlacedHost]) -> t.Callable[[PlacedHost], list[Host]]:
    """The records of a server that may be those of hosts: by address and by what the user calls them."""

    def selectors(item: PlacedHost) -> list[Selector]:
        own = Selector("ip", item.host.ip) if item.host.ip else Selector("name", item.host.name)
        return list(dict.fromkeys([item.entry.selector, own]))

    found = selection.search(session, [selector for item in items for selector in selectors(item)])

    def records(item: PlacedHost) -> list[Host]:
        return list({host.id: host for selector in selectors(item) for host in found[selector]}.values())

    return records


def _follows(host: Host, item: PlacedHost) -> bool:
    """Whether a record on the new server is that of a host that has moved there. Some servers give it a new id."""
    old, selector = item.host, item.entry.selector
    if host.id == old.id or host.id in item.strangers:
        return host.id == old.id
    if host.plain_name == old.plain_name:
        return host.ip == old.ip or None in (host.ip, old.ip)
    return selector.kind == "ip" and host.ip == selector.value
