# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_host: where hosts are - on which Administration Server, in which group, or nowhere."""

from __future__ import annotations

import typing as t

from ..._core.entries import EntryList, ValidationErrors
from ..._core.module import Context
from ..._core.plan import FAILED, MISSING, PENDING, Change, Plan
from ..._core.waiting import Poll, Waiting
from ..api import groups, hosts
from ..api.groups import GroupPath
from ..api.hosts import Host
from ..api.session import Session
from . import removal, selection
from .agent_moves import AgentMoves, PlacedHost
from .report import host_failure
from .selection import Found, HostEntry, HostSearch
from .servers import Name, Servers
from .task_run import TaskHost

UNASSIGNED = "Unassigned devices"
WORD = {"present": "moved", "unassigned": "unassigned", "absent": "removed"}
PROGRESS = {"present": "Move", "unassigned": "Unassign", "absent": "Remove"}

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
        self._moves = AgentMoves(context, servers, self._plan)

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
            if self._params["if_connected"] == "wait":
                self._await_silence(waiting)
            self._on_each_server(self._open(), self._remove)
            return
        self._on_each_server([item for item in self._open() if item.group is not None and item.group.missing], self._create_groups)
        self._on_each_server([item for item in self._open() if item.arrived], self._change_group)
        moving = [item for item in self._open() if item.moves is not None]
        if not moving:
            return
        self._moves.start(moving)
        if not self._params["wait"]:
            return
        self._moves.wait(moving, waiting)
        self._on_each_server([item for item in moving if item.change.open and item.arrived], self._change_group)
        self._moves.tidy()

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

    def _await_silence(self, waiting: Waiting) -> None:
        """Wait until the Network Agents of the hosts are not connected any more. A record of which one still is stays."""
        talking = [item for item in self._open() if item.host.connected is not False]

        def read(session: Session, items: list[PlacedHost]) -> None:
            now = removal.read(session, [item.host.id for item in items])
            for item in items:
                if item.host.id not in now or now[item.host.id].connected is False:
                    talking.remove(item)
                else:
                    item.host = now[item.host.id]

        def look() -> Poll:
            self._on_each_server([item for item in talking if item.change.open], read)
            return Poll(not self._params["wait"] or not any(item.change.open for item in talking))

        if talking:
            waiting.until(look)
        for item in talking:
            if item.change.open:
                unknown = "the server does not report whether its Network Agent is connected"
                item.change.fail("its Network Agent is still connected" if item.host.connected else unknown, PENDING)

    def _remove(self, session: Session, items: list[PlacedHost]) -> None:
        failed = removal.remove(session, [item.host.id for item in items], self._plan)
        for item in items:
            if item.host.id in failed:
                item.change.fail(failed[item.host.id])

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        task_ids = self._moves.task_ids
        return {
            "hosts": plan.returned(),
            "task_id": task_ids[0] if task_ids else None,
            "task_ids": task_ids,
            "msg": plan.message("hosts"),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        return host_failure(
            self._context, plan, self._servers.describe_all(entry.virtual_server for entry in self._entries), self._moves.task_ids
        )
