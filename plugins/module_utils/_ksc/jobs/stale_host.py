# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_stale_host: records of hosts that died while another record of the same machine lives (contract day-two.md, section 5)."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass

from ..._core.errors import AccessDenied, CollectionError, InputError, RequestRefused, TemporarilyUnavailable
from ..._core.module import Context
from ..._core.plan import FAILED, Change, Plan
from ..._core.report import failure
from ..api import hosts, wire
from ..api.hosts import Host
from ..api.session import Session
from . import removal, selection
from .server_facts import Records
from .servers import Name, Servers

REMOVED, KEPT = "removed", "kept"
MOST_DAYS = 36500
FIELDS = (*hosts.FIELDS, hosts.VDI)


def why_kept(host: Host, others: t.Sequence[Host], inactive: datetime.timedelta, dynamic: bool) -> str:
    """Why a record stays that shares its address or name with others; "" for one that is stale.

    ``inactive``: how long its agent must have been silent if it does not share both. ``dynamic``: a machine of VDI.
    """
    if host.connected is not False:
        return "its Network Agent is connected" if host.connected else "the server does not report whether its Network Agent is connected"
    if dynamic:
        return "it is a dynamic machine of a virtual desktop infrastructure, whose record the server removes itself"
    living, why = selection.live([host, *others])
    if living is None:
        return why
    if not living.connected:
        return "no record with its address or name has a connected Network Agent"
    if host.ip is not None and (host.ip, host.plain_name) == (living.ip, living.plain_name):
        return ""
    # An address may have been given to another machine, and two machines may have one name.
    shared = "name" if host.plain_name == living.plain_name else "address"
    if host.last_connected is None or living.last_connected is None:
        return "it shares only its %s with %s, and it is not known when its Network Agent last connected" % (shared, living)
    silent = living.last_connected - host.last_connected
    if silent < inactive:
        return "it shares only its %s with %s, and its Network Agent last connected only %g days earlier" % (
            shared,
            living,
            round(silent.days, 1),
        )
    return ""


@dataclass(eq=False)
class _Record:
    host: Host
    server: Name
    change: Change


class Cleanup:
    """Removes stale records of servers, the ones that were silent longest first."""

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context
        self._servers = servers
        self._params = context.params
        given: t.Optional[list[str]] = self._params["virtual_server"]
        self._names: list[Name] = [None] if given is None else list(dict.fromkeys(given))
        self._plan = Plan()
        self._stale: list[_Record] = []

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        if self._params["max_removals"] < 1 or not 0 <= self._params["inactive_days"] <= MOST_DAYS:
            raise InputError("max_removals must be at least 1, and inactive_days must be from 0 to %d." % MOST_DAYS)
        found: dict[Name, tuple[Records, set[str]]] = {}

        def look(session: Session) -> None:
            known = t.cast(t.List[Host], hosts.all_hosts(session, None, FIELDS))
            records = Records(known)
            alike = [host for host in known if records.others(host)]
            found[session.virtual_server] = records, self._dynamic(session, alike)

        refused = self._servers.each(self._names, look)
        if refused and self._params["on_failure"] == "fail":
            raise next(iter(refused.values()))
        for name in self._names:
            if name in refused:
                self._refuse(name, refused[name])
            else:
                self._judge(name, *found[name])
        return self._plan

    def _dynamic(self, session: Session, alike: t.Sequence[Host]) -> set[str]:
        """The ids of dynamic machines of VDI among some records."""
        if all(hosts.VDI in host.attributes for host in alike):
            return {host.id for host in alike if host.attributes[hosts.VDI]}
        try:
            return hosts.dynamic(session, [host.id for host in alike])
        except (AccessDenied, TemporarilyUnavailable):
            raise
        except RequestRefused:
            self._context.warn("%s does not report which hosts are dynamic machines of a virtual desktop infrastructure." % session)
            return set()

    def _judge(self, name: Name, records: Records, dynamic: t.Container[str]) -> None:
        inactive = datetime.timedelta(days=self._params["inactive_days"])
        left = self._params["max_removals"] - len(self._stale)
        for host in sorted(records.all.values(), key=_silence):
            others = records.others(host)
            if not others:
                continue  # the only record of its machine
            kept = why_kept(host, others, inactive, host.id in dynamic)
            if not kept and left < 1:
                kept = "max_removals: at most %d records are removed" % self._params["max_removals"]
            change = self._add(name, host, others, kept)
            if not kept:
                left -= 1
                self._stale.append(_Record(host, name, change))

    def _add(self, name: Name, host: Host, others: t.Sequence[Host], kept: str) -> Change:
        facts = {
            "id": host.id,
            "name": host.name,
            "ip": host.ip,
            "virtual_server": name,
            "last_connected": wire.plain(host.last_connected),
            "others": [other.id for other in others],
        }
        before = {"virtual_server": name, "last_connected": facts["last_connected"]}
        change = self._plan.add(str(host), facts, before, before if kept else None, REMOVED, scope=name or "")
        if kept:
            change.result, change.reason = KEPT, kept
        return change

    def _refuse(self, name: Name, error: CollectionError) -> None:
        nothing = dict.fromkeys(("id", "name", "ip", "last_connected"))
        facts: dict[str, t.Any] = {**nothing, "virtual_server": name, "others": [], "error": error.kind}
        self._plan.add(self._servers.describe(name), facts, None, None, FAILED, scope=name or "").fail(error.message)

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        by_server: dict[Name, list[_Record]] = {}
        for record in self._stale:
            by_server.setdefault(record.server, []).append(record)

        def work(session: Session) -> None:
            self._remove(session, by_server[session.virtual_server])

        for name, error in self._servers.each(by_server, work).items():
            for record in by_server[name]:
                if record.change.open:
                    record.change.fail(error.message)

    def _remove(self, session: Session, records: t.Sequence[_Record]) -> None:
        now = removal.read(session, [record.host.id for record in records])
        left = []
        for record in records:
            if record.host.id in now and now[record.host.id].connected is not False:
                record.change.after, record.change.result = record.change.before, KEPT
                record.change.reason = "its Network Agent has connected meanwhile"
            else:
                left.append(record)
        failed = removal.remove(session, [record.host.id for record in left if record.host.id in now], self._plan)
        for record in left:
            if record.host.id in failed:
                record.change.fail(failed[record.host.id])

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        return {
            "records": plan.returned(),
            "report": [
                "%s, %s: %s%s" % (change.scope or "primary server", change.object, change.result, change.reason and ": " + change.reason)
                for change in plan.changes
            ],
            "msg": plan.message("records"),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        if self._params["on_failure"] == "report":
            return None
        where = self._servers.describe_all(self._names)
        return failure(plan, "records", where, wait=False, wait_timeout=0, task_id=None)


def _silence(host: Host) -> tuple[bool, float, str]:
    """Those first that were silent longest, or were never heard of."""
    last = host.last_connected
    return last is not None, last.timestamp() if last is not None else 0.0, host.id
