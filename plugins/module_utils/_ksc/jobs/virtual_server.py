# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_virtual_server: virtual Administration Servers as they shall be, or gone without a host that is lost."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..._core.entries import EntryList, Params, ValidationErrors
from ..._core.errors import PASSING, AnswerLost, CollectionError, InputError, RequestRefused, SessionLost, TemporarilyUnavailable
from ..._core.module import Context
from ..._core.naming import did_you_mean, seconds
from ..._core.plan import FAILED, PENDING, UNCHANGED, Change, Plan
from ..._core.report import failure
from ..._core.waiting import Poll, Waiting
from ..api import actions, groups, hosts, limits, virtual_servers, wire
from ..api.groups import GroupPath
from ..api.hosts import Host
from ..api.session import Session
from ..api.virtual_servers import VirtualServer
from . import selection
from .agent_moves import AgentMoves, PlacedHost, has_moved
from .objects import refuse_contradictions
from .selection import HostEntry, Selector
from .servers import Name, Servers
from .task_run import TaskHost, is_gone

PRIMARY = ("primary", "/", "")  # as move_hosts_to
SHOWN = 5  # hosts that a message names
# Part of wait_timeout for which the deletion of a lost request is looked for; then it is taken as never executed.
PATIENCE = 0.5
WORDS = {"present": "present", "suspended": "suspended", "absent": "removed"}

SERVERS = EntryList(
    "servers",
    own={"label": {"type": "str"}, "name": {"type": "str", "required": True}},
    inherited={"parent_group": {"type": "str"}, "move_hosts_to": {"type": "str"}},
)


@dataclass(eq=False)
class Tenant:
    """One virtual server: what is wanted of it, and what is there. ``hosts``: None where they cannot be listed yet."""

    name: str
    options: Params
    change: Change = field(default_factory=lambda: Change("", {}, None, None))
    there: t.Optional[VirtualServer] = None
    group: t.Optional[GroupPath] = None  # the parent that is wanted, on the primary server
    target: Name = None  # of the hosts
    hosts: t.Optional[list[Host]] = None
    count: t.Optional[int] = None  # how many hosts it has, as far as the server tells
    moving: list[PlacedHost] = field(default_factory=list)
    action: t.Optional[str] = None
    started: bool = False
    repeatable: bool = True
    finished: bool = False
    not_before: float = 0.0

    def __str__(self) -> str:
        return str(self.options["label"] or self.name)

    @property
    def server(self) -> Name:
        return self.name

    @property
    def moves_hosts(self) -> bool:
        return self.options["move_hosts_to"] is not None


class Tenancy:
    """Virtual servers: present, suspended or absent."""

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context
        self._servers = servers
        self._params = context.params
        self._state: str = self._params["state"]
        name = self._params["name"]
        self._items = [
            Tenant(entry["name"].strip(), entry) for entry in SERVERS.read(self._params, [{"name": name}] if name is not None else [])
        ]
        self._errors = ValidationErrors("servers")
        self._plan = Plan()
        self._hosts = Plan()  # those that move away
        self._moves = AgentMoves(context, servers, self._hosts)

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        primary = self._servers.primary
        existing = virtual_servers.listing(primary)
        refuse_contradictions({item: item.name for item in self._items}, {item: item.options for item in self._items}, self._errors)
        self._items = list({item.name if not self._errors.of(item) else item: item for item in self._items}.values())
        for item in self._items:
            self._find(primary, existing, item)
        if self._state == "present":
            self._find_parents(primary)
        if self._state == "absent":
            self._look_into([item for item in self._there() if not self._errors.of(item)])
        if self._params["on_failure"] == "fail":
            self._errors.require_none(server=self._servers.server.address)
        for item in self._items:
            self._promise(primary, item)
        return self._plan

    def _there(self) -> list[Tenant]:
        return [item for item in self._items if item.there is not None]

    def _find(self, primary: Session, existing: t.Sequence[VirtualServer], item: Tenant) -> None:
        """What is there of an entry; what is wrong with it is noted."""
        if not item.name:
            self._errors.add(item, "name: the name of a virtual server must not be empty")
            return
        try:
            if self._state == "suspended" or any(server.name == item.name for server in existing):
                item.there = virtual_servers.pick(primary, existing, item.name)
        except InputError as error:
            self._errors.add_error(item, error)
        if self._state == "absent" and item.moves_hosts:
            self._find_target(existing, item)

    def _find_target(self, existing: t.Sequence[VirtualServer], item: Tenant) -> None:
        wanted = item.options["move_hosts_to"].strip()
        primary = wanted.casefold() in (*PRIMARY, self._params["server"].casefold())
        if primary and not any(server.name == wanted for server in existing):
            return
        item.target = wanted
        leaving = {other.name for other in self._items}
        enabled = {server.name: server.enabled for server in existing}
        if wanted not in enabled:
            names = [*(name for name in enabled if name not in leaving), PRIMARY[0]]
            why = 'move_hosts_to: %s has no virtual server "%s". %s'
            self._errors.add(item, why % (self._servers.server, wanted, did_you_mean(wanted, names)))
        elif wanted in leaving:
            self._errors.add(item, 'move_hosts_to: the virtual server "%s" is to be removed itself' % wanted)
        elif enabled[wanted] is False:
            self._errors.add(item, 'move_hosts_to: the virtual server "%s" is suspended, so no host can be moved to it' % wanted)

    def _find_parents(self, primary: Session) -> None:
        """The group of the primary server that each virtual server shall be below."""
        wanted = {item: item.options["parent_group"] for item in self._items if item.options["parent_group"] is not None}
        found = groups.locate(primary, wanted.values()) if wanted else {}
        missing = {path for path, place in found.items() if place.missing}
        errors = groups.unknown(primary, missing) if missing else {}
        for item, path in wanted.items():
            item.group = found[path]
            if path in errors:
                self._errors.add_error(item, errors[path])

    def _look_into(self, items: t.Sequence[Tenant]) -> None:
        """Which hosts the virtual servers have that shall go; what keeps one of them is noted."""
        by_name = {item.name: item for item in items}
        for item in items:
            if item.there is not None and item.there.enabled is False:  # nobody can log in to it
                item.count = virtual_servers.host_count(self._servers.primary, item.there.id)

        def look(session: Session) -> None:
            item = by_name[str(session.virtual_server)]
            item.hosts = hosts.matching(session, [""])
            item.count = len(item.hosts)

        enabled = [item.name for item in items if item.there is not None and item.there.enabled is not False]
        for name, error in self._servers.each(enabled, look).items():
            self._errors.add_error(by_name[str(name)], error)
        for item in items:
            if self._errors.of(item):
                continue
            if item.count is None and self._context.check_mode:
                self._context.warn(
                    'The virtual server "%s" is suspended, and %s does not report how many hosts it has. Outside check mode, '
                    "the module enables it to find out." % (item.name, self._servers.server)
                )
            self._refuse_hosts(item)
            self._promise_hosts(item)
        self._see_who_has_gone([item for item in items if not self._errors.of(item)])

    def _refuse_hosts(self, item: Tenant) -> None:
        if item.count and not item.moves_hosts:
            why = "%s has %s; move them, or set move_hosts_to"
            self._errors.add(item, why % (self._servers.describe(item.name), _counted(item)))
            return
        immovable = [host for host in item.hosts or () if host.has(hosts.AGENT_INSTALLED) is False]
        if immovable:
            self._errors.add(
                item,
                "%d hosts of %s have no Network Agent, so they cannot be moved (%s); delete their records with ksc_host (state absent)"
                % (len(immovable), self._servers.describe(item.name), _names(immovable)),
            )

    def _promise(self, primary: Session, item: Tenant) -> None:
        there = item.there
        before: t.Any = None
        after: t.Any = None
        word = WORDS[self._state]
        if there is not None:
            before = {"enabled": there.enabled is not False}
        if self._state != "absent":
            after = {"enabled": self._state == "present"}
            if item.group is not None:
                after["parent_group"] = item.group.path
                if there is not None:
                    same = there.parent_group_id == item.group.id
                    before["parent_group"] = item.group.path if same else "group %s" % there.parent_group_id
            if there is None:
                word = "created"
            elif self._state == "present":
                word = "enabled" if not before["enabled"] else "moved"
        elif before is not None and item.count:
            before["hosts"] = item.count
        facts = {"label": item.options["label"], "name": item.name, **_facts(there)}
        item.change = self._plan.add(item.name, facts, before, after, word, scope=item.name)
        if self._errors.settle(item, item.change):
            for host in item.moving:
                host.change.fail("its virtual server stays")
            return
        if there is not None and there.enabled is None and self._state == "suspended":
            # It may be suspended already; that cannot be told.
            self._context.warn(
                '%s does not report whether the virtual server "%s" is enabled; it is disabled again.' % (primary, item.name)
            )

    def _promise_hosts(self, item: Tenant) -> None:
        for host in item.hosts or ():
            entry = HostEntry(Selector("id", host.id), None, item.target, self._params)
            facts = {**selection.identity(entry, host), "virtual_server": item.target, "task_id": None}
            change = self._hosts.add(
                str(host), facts, {"virtual_server": item.name}, {"virtual_server": item.target}, "moved", scope=item.name
            )
            placed = PlacedHost(entry, host, item.name, change, moves=TaskHost(host, change), arrived=False)
            item.moving.append(placed)

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        primary = self._servers.primary
        waiting = self._context.waiting(("Remove" if self._state == "absent" else "Prepare", plan))
        work = {"present": self._make, "suspended": self._suspend, "absent": self._ready}[self._state]
        for item in self._open():
            try:
                work(primary, item)
            except CollectionError as error:
                item.change.fail(error.message)
        if self._state == "absent":
            self._clear(self._open(), waiting)
            for item in self._open():
                self._start_deletion(primary, item)
        self._wait(primary, waiting)
        self._read_back(primary)

    def _open(self) -> list[Tenant]:
        return [item for item in self._items if item.change.open]

    def _make(self, primary: Session, item: Tenant) -> None:
        if item.there is None:
            self._create(primary, item)
        there = t.cast(VirtualServer, item.there)
        if there.enabled is False:
            self._enable(primary, there, True)
        if item.group is not None and there.parent_group_id != item.group.id:
            try:
                with self._plan.writing():
                    item.action = virtual_servers.move(primary, there.id, item.group.id)
            except AnswerLost:
                pass  # what happened is read back
            item.started = True

    def _suspend(self, primary: Session, item: Tenant) -> None:
        self._enable(primary, t.cast(VirtualServer, item.there), False)

    def _enable(self, primary: Session, there: VirtualServer, enabled: bool) -> None:
        for attempt in (1, 2):
            try:
                with self._plan.writing():
                    virtual_servers.enable(primary, there.id, enabled)
                return
            except AnswerLost:  # the same again does no harm
                if attempt == 2:
                    raise

    def _create(self, primary: Session, item: Tenant) -> None:
        """Make a virtual server. The server alters a name that is taken, such as by another run a moment ago."""
        parent = item.group.id if item.group is not None else groups.managed_id(primary)
        made = None
        for attempt in (1, 2):
            try:
                with self._plan.writing():
                    made = virtual_servers.add(primary, item.name, parent)
                break
            except AnswerLost:
                if self._named(primary, item.name) is not None:
                    break
                if attempt == 2:
                    raise
            except RequestRefused as error:
                raise limits.explained(primary, error, limits.VIRTUAL_SERVERS) from None
        if made is not None and made.name == item.name:
            item.there = made
            return
        item.there = self._named(primary, item.name)
        if made is not None and (item.there is None or made.id != item.there.id):
            self._drop(primary, made)
        if item.there is None:
            why = ' It named the new one "%s".' % made.name if made is not None else ""
            raise InputError(
                '%s did not create a virtual server with the name "%s", because the name is in use there.%s Choose another name.'
                % (primary, item.name, why),
                server=primary.server.address,
                method="VServers.AddVServerInfo",
                virtual_server=item.name,
            )

    @staticmethod
    def _named(primary: Session, name: str) -> t.Optional[VirtualServer]:
        found = [server for server in virtual_servers.listing(primary) if server.name == name]
        return found[0] if found else None

    def _drop(self, primary: Session, made: VirtualServer) -> None:
        """Delete what this run has just made under a name that nobody asked for."""
        try:
            with self._plan.writing():
                action = virtual_servers.delete(primary, made.id)
            waiting = self._context.waiting()
            waiting.until(lambda: Poll(actions.state(primary, action).finished))
        except CollectionError as error:
            self._context.warn('The virtual server "%s" (id %d) is left over; delete it: %s' % (made.name, made.id, error.message))

    # -- absent --------------------------------------------------------------------------------------------------

    def _ready(self, primary: Session, item: Tenant) -> None:
        """A suspended server that has hosts, or may have some, is enabled: nobody can look into it, or bring them away, otherwise."""
        there = t.cast(VirtualServer, item.there)
        if there.enabled is not False or item.count == 0:
            return
        self._enable(primary, there, True)
        try:
            item.hosts = hosts.matching(self._servers.on(item.name), [""])
            item.count = len(item.hosts)
            self._refuse_hosts(item)
            if not self._errors.of(item):
                self._promise_hosts(item)
                self._see_who_has_gone([item])
        except CollectionError as error:
            self._errors.add_error(item, error)
        if self._errors.settle(item, item.change):
            self._enable(primary, there, False)  # as it was
        else:
            item.there = replace(there, enabled=True)

    def _clear(self, items: t.Sequence[Tenant], waiting: Waiting) -> None:
        """Bring the hosts away. A virtual server with one that has not gone stays."""
        moving = [host for item in items for host in item.moving]
        if not moving:
            return
        left = [host for host in moving if host.change.open and not host.arrived]
        try:
            if left:
                self._moves.start(left)
                if self._params["wait"]:
                    self._moves.wait(left, waiting)
                    self._moves.tidy()
        except BaseException:
            self._hosts.abandon()
            raise
        finally:
            self._plan.wrote |= self._hosts.wrote
        for item in items:
            staying = [host for host in item.moving if not host.arrived]
            if not staying:
                continue
            pending = all(host.change.result == PENDING for host in staying)
            told = "; ".join("%s: %s" % (host.change.object, host.change.reason.rstrip(".")) for host in staying[:SHOWN])
            more = "; and %d more" % (len(staying) - SHOWN) if len(staying) > SHOWN else ""
            why = "%d of its hosts have not been moved, so it is not removed: %s%s" % (len(staying), told, more)
            item.change.fail(why, *([PENDING] if pending else []))

    def _see_who_has_gone(self, items: t.Sequence[Tenant]) -> None:
        """Hosts that an earlier run has moved, and of which a record is left; and who else is called alike on the target."""
        by_target: dict[Name, list[PlacedHost]] = {}
        for item in items:
            for host in item.moving:
                by_target.setdefault(item.target, []).append(host)

        def look(session: Session) -> None:
            mine = by_target[session.virtual_server]
            selectors = {host: [Selector("id", host.host.id), _by_address(host.host)] for host in mine}
            found = selection.search(session, [selector for some in selectors.values() for selector in some])
            for host, some in selectors.items():
                there = {record.id: record for selector in some for record in found[selector]}
                host.strangers = frozenset(there)
                gone = [record for record in there.values() if has_moved(host.host, record)]
                if len(gone) == 1:
                    host.arrived = host.change.settled = True
                    host.change.before = host.change.after
                    host.change.result = UNCHANGED

        refused = self._servers.each(by_target, look)
        for item in items:
            if item.moving and item.target in refused:
                self._errors.add_error(item, refused[item.target])

    def _start_deletion(self, primary: Session, item: Tenant) -> None:
        try:
            new = self._newcomers(primary, item)
            if new:
                item.change.fail("%s meanwhile, so it is not removed; run this again" % new, PENDING)
                return
            with self._plan.writing():
                item.action = virtual_servers.delete(primary, t.cast(VirtualServer, item.there).id)
        except (AnswerLost, TemporarilyUnavailable):
            item.action = None  # what happens is looked up
        except CollectionError as error:
            if not (isinstance(error, RequestRefused) and is_gone(error)):
                item.change.fail(error.message)
        item.started = True

    def _newcomers(self, primary: Session, item: Tenant) -> str:
        """Who has come to the virtual server since its hosts were listed: nothing is deleted with a host that nobody has seen."""
        there = t.cast(VirtualServer, item.there)
        if there.enabled is False and not item.moving:
            count = virtual_servers.host_count(primary, there.id)
            return "%d hosts have been added" % count if count else ""
        known = {host.host.id for host in item.moving} | {host.id for host in item.hosts or ()}
        now = hosts.matching(self._servers.on(item.name), [""])
        new = [host for host in now if host.id not in known]
        return "%d hosts have been added (%s)" % (len(new), _names(new)) if new else ""

    # -- what the server does in the background --------------------------------------------------------------------

    def _wait(self, primary: Session, waiting: Waiting) -> None:
        """Wait for the actions that were started."""
        what = "deletes" if self._state == "absent" else "moves"
        if not self._params["wait"]:
            for item in self._unfinished():
                item.change.fail("the server %s it in the background" % what, PENDING)
            return
        if not self._unfinished():
            return

        def look() -> Poll:
            for item in self._unfinished():
                if item.action is not None and waiting.clock.now() >= item.not_before:
                    self._check(primary, item, waiting)
            self._look_for_lost(primary, waiting)
            left = self._unfinished()
            known = [item.not_before - waiting.clock.now() for item in left if item.action is not None]
            return Poll(not left, max(0.0, min(known)) if left and len(known) == len(left) else None)

        why = "the server still %s it after %s" % (what, seconds(waiting.timeout))
        try:
            waiting.until(look, forgive=PASSING)
        except PASSING as error:
            why = "it is not known whether the server has completed this: %s" % error.message.rstrip(".")
        for item in self._unfinished():
            item.change.fail(why, PENDING)

    def _unfinished(self) -> list[Tenant]:
        return [item for item in self._items if item.change.open and item.started and not item.finished]

    def _check(self, primary: Session, item: Tenant, waiting: Waiting) -> None:
        try:
            state = actions.state(primary, str(item.action))
        except (SessionLost, RequestRefused):
            item.action = None  # the action belongs to a session that is gone: the server's list tells
            return
        item.finished = item.change.settled = state.finished
        # Where two runs delete it, the second one finds nothing to delete.
        if state.finished and not state.succeeded and not (self._state == "absent" and self._named(primary, item.name) is None):
            item.change.fail(state.error)
        pause = waiting.interval if state.next_check is None else state.next_check
        item.not_before = waiting.clock.now() + pause

    def _look_for_lost(self, primary: Session, waiting: Waiting) -> None:
        """Work without an action that could be asked: what the list of virtual servers shows of it. It is asked for again, once."""
        lost = [item for item in self._unfinished() if item.action is None]
        if not lost:
            return
        now = {server.id: server for server in virtual_servers.listing(primary)}
        impatient = waiting.remaining <= waiting.timeout * (1 - PATIENCE)
        for item in lost:
            there = now.get(t.cast(VirtualServer, item.there).id)
            if self._state == "absent":
                item.finished = there is None
            else:
                item.finished = there is not None and item.group is not None and there.parent_group_id == item.group.id
            item.change.settled = item.finished
            if not item.finished and impatient and item.repeatable:
                item.repeatable = False
                if self._state == "absent":
                    self._start_deletion(primary, item)
                elif item.group is not None and there is not None:
                    with self._plan.writing():
                        item.action = virtual_servers.move(primary, there.id, item.group.id)

    def _read_back(self, primary: Session) -> None:
        items = [item for item in self._items if item.change.open]
        if not items:
            return
        now = {server.id: server for server in virtual_servers.listing(primary)}
        for item in items:
            there = now.get(item.there.id) if item.there is not None else None
            if self._state == "absent":
                if there is not None:
                    item.change.fail("%s reports success, but still lists it" % primary)
                continue
            if there is None:
                item.change.fail("%s reports success, but does not list it" % primary)
                continue
            item.there = there
            item.change.facts.update(_facts(there))
            if there.enabled is (self._state != "present"):
                item.change.fail("%s reports success, but it is still %s" % (primary, "enabled" if there.enabled else "disabled"))
            elif item.group is not None and there.parent_group_id != item.group.id:
                item.change.fail("%s reports success, but it is not below group %s" % (primary, item.group.path))

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        for item in self._items:
            item.change.facts["state"] = _state(item.change, self._state)
        listed = plan.returned()
        self._hosts.with_diff = plan.with_diff
        return {
            "servers": listed,
            "virtual_server": listed[0] if listed else None,
            "hosts": self._hosts.returned(),
            "task_ids": self._moves.task_ids,
            "msg": plan.message("virtual servers"),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        if self._params["on_failure"] == "report":
            return None
        params = self._params
        task_id = ", ".join(self._moves.task_ids) or None
        where = str(self._servers.server)
        return failure(plan, "virtual servers", where, wait=params["wait"], wait_timeout=params["wait_timeout"], task_id=task_id)


def _facts(there: t.Optional[VirtualServer]) -> dict[str, t.Any]:
    return {
        "id": there.id if there else None,
        "uid": there.uid if there else None,
        "enabled": there.enabled if there else None,
        "parent_group_id": there.parent_group_id if there else None,
        "managed_group_id": there.managed_group_id if there else None,
        "unassigned_group_id": there.unassigned_group_id if there else None,
        "created": wire.plain(there.created) if there else None,
    }


def _state(change: Change, wanted: str) -> str:
    """The state in which a virtual server is now, or would be."""
    if change.result not in (FAILED, PENDING):
        return wanted
    if change.before is None:
        return "absent"
    return "present" if change.before["enabled"] else "suspended"


def _by_address(host: Host) -> Selector:
    return Selector("ip", host.ip) if host.ip else Selector("name", host.name)


def _names(found: t.Sequence[Host]) -> str:
    names = [str(host) for host in found[:SHOWN]]
    return ", ".join(names) + (", and %d more" % (len(found) - SHOWN) if len(found) > SHOWN else "")


def _counted(item: Tenant) -> str:
    listed = " (%s)" % _names(item.hosts) if item.hosts else ""
    return "%d host%s%s" % (t.cast(int, item.count), "" if item.count == 1 else "s", listed)
