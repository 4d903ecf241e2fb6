# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Network Agents that change their Administration Server: from the primary one to a virtual one, from there to another or back."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import PASSING
from ..._core.module import Context
from ..._core.naming import seconds
from ..._core.plan import PENDING, Change, Plan
from ..._core.waiting import Poll, Waiting
from ..api import tasks
from ..api.groups import GroupPath
from ..api.hosts import Host
from ..api.session import Session
from . import selection
from .selection import HostEntry, Selector
from .servers import Name, Servers
from .task_runner import TaskGroup, TaskHost, TaskRunner

# Seconds after which an agent that has been told to change its server and is still on the old one has not done so.
RECONNECTS_WITHIN = 300.0


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


class AgentMoves:
    """The moves of one job, all at once. Of an entry's options those of the agent's connection count."""

    def __init__(self, context: Context, servers: Servers, plan: Plan) -> None:
        """``plan``: has a change for each host."""
        self._servers = servers
        self._params = context.params
        self._runner = TaskRunner(context, plan, totals_tell=False)

    @property
    def task_ids(self) -> list[str]:
        return self._runner.task_ids

    def start(self, moving: t.Sequence[PlacedHost]) -> None:
        """Have each host under way. Without ``wait`` that is all, and the hosts are pending."""
        self._runner.start(self._task_groups(moving))
        if not self._params["wait"]:
            for item in moving:
                if item.change.open:
                    item.change.fail("task %s was started" % item.change.facts["task_id"], PENDING)

    def tidy(self) -> None:
        """Delete finished tasks as keep_task says."""
        self._runner.tidy()

    def _task_groups(self, moving: t.Sequence[PlacedHost]) -> list[TaskGroup]:
        """Hosts that go from one server to another in the same way are one task."""
        same: dict[t.Any, list[PlacedHost]] = {}
        for item in moving:
            ports = tuple(item.entry.options["agent_ports"]), tuple(item.entry.options["agent_ssl_ports"])
            same.setdefault((item.server, item.target, self._agent_address(item), *ports), []).append(item)
        return [
            TaskGroup(
                self._servers.on(self._server_of_task(source, target)),
                "Move to %s" % (target or "the primary server"),
                tasks.return_to_primary() if target is None else tasks.reconnection("%s/%s" % (address, target), ports, ssl_ports),
                [t.cast(TaskHost, item.moves) for item in items],
                settled_for=RECONNECTS_WITHIN,
            )
            for (source, target, address, ports, ssl_ports), items in same.items()
        ]

    def _server_of_task(self, source: Name, target: Name) -> Name:
        """The server that has the hosts; by the 5.2 generation of the article the virtual server that they go to."""
        return target if source is None and self._params["task_profile"] == "5.2" else source

    def _agent_address(self, item: PlacedHost) -> str:
        return str(item.entry.options["agent_server_address"] or self._params["server"])

    def wait(self, moving: t.Sequence[PlacedHost], waiting: Waiting) -> None:
        """Wait for the tasks and, as they are green before the agents have reconnected, until the servers list the hosts."""
        by_host = {item.moves: item for item in moving if item.moves is not None}

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
            item.change.fail(
                "task %s has completed, but it is not known whether the host has arrived: %s" % (moves.task_id, item.silent), PENDING
            )
        elif run is None or run.statistics is None or run.gone:
            why = run.gone.rstrip(".") if run is not None else "it was not started"
            item.change.fail("task %s no longer exists (%s), and the host did not appear on %s" % (moves.task_id, why, where))
        elif not run.finished and not told:
            item.change.fail("task %s has not completed: %s" % (run.task_id, run.statistics), PENDING)
        elif not told and run.statistics.hosts["failed"]:
            item.change.fail(
                "task %s ended with %s; the server does not report on which host, and this one did not appear on %s"
                % (run.task_id, run.statistics, where)
            )
        else:
            item.change.fail(
                "task %s has completed on the host, but the host did not appear on %s within %s; check whether it can reach "
                "%s on the agent ports" % (run.task_id, where, seconds(self._params["wait_timeout"]), self._agent_address(item)),
                PENDING,
            )


def has_moved(old: Host, new: Host) -> bool:
    """Whether the record ``new`` of another server is that of a host whose record ``old`` its move has left behind.

    Neither a stale record nor another machine of the same name must pass for the host: the agent has to have connected there since.
    """
    if old.id != new.id and (old.plain_name != new.plain_name or old.ip is None or old.ip != new.ip):
        return False
    if old.last_connected is not None and new.last_connected is not None:
        return new.last_connected > old.last_connected
    return old.connected is False and new.connected is True


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
    if item.server is not None and host.id in item.strangers:  # what an earlier move has left there, until the host is back
        return has_moved(old, host)
    if host.id == old.id or host.id in item.strangers:
        return host.id == old.id
    if host.plain_name == old.plain_name:
        return host.ip == old.ip or None in (host.ip, old.ip)
    return selector.kind == "ip" and host.ip == selector.value
