# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Which hosts the user means: entries by IP address, display name or id, each of them exactly one record."""

from __future__ import annotations

import datetime
import ipaddress
import typing as t
from dataclasses import dataclass, field

from ..._core.entries import EntryList, Params, ValidationErrors
from ..._core.errors import AccessDenied, AuthenticationFailed, CollectionError
from ..._core.module import Context
from ..api import filters, hosts
from ..api.hosts import Host
from ..api.session import Session
from .servers import Name, Servers

KINDS = ("ip", "name", "id")
# What each entry of a list of hosts has of its own.
OPTIONS = {"label": {"type": "str"}, **{kind: {"type": "str"} for kind in KINDS}}
RULES = {"required_one_of": [KINDS], "mutually_exclusive": [KINDS]}
STATUS_LAGS = datetime.timedelta(hours=1)  # at most, by heartbeats: minutes to tens of minutes


@dataclass(frozen=True)
class Selector:
    """What chooses a host; ``kind`` is one of KINDS."""

    kind: str
    value: str

    def __str__(self) -> str:
        return '%s "%s"' % (self.kind, self.value)

    @property
    def valid(self) -> bool:
        return bool(self.value) and (self.kind != "ip" or _is_ipv4(self.value))

    @property
    def condition(self) -> str:
        if self.kind == "ip":
            return filters.equals(hosts.IP, hosts.ip_number(self.value))
        if self.kind == "id":
            return filters.equals(hosts.ID, self.value)
        return filters.any_of(filters.equals(hosts.NAME, self.value), filters.begins(hosts.NAME, self.value + "~~"))

    def among(self, index: Index) -> list[Host]:
        """The records that this selector means: an exact match wins over one that differs in case only."""
        found = index.get((self.kind, self.value, False)) or index.get((self.kind, self.value.casefold(), True), [])
        if self.kind == "name":  # a second record of the name, unless there is a third host that is called so
            found = found + [host for host in index.get(("numbered", self.value.casefold(), True), []) if host not in found]
        return found


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


# By kind and value, the latter as it is or (True) without regard to case.
Index = t.Dict[t.Tuple[str, str, bool], t.List[Host]]


def _index(found: t.Iterable[Host]) -> Index:
    index: Index = {}
    for host in found:
        for kind, value in (("ip", host.ip or ""), ("name", host.name), ("id", host.id)):
            index.setdefault((kind, value, False), []).append(host)
            index.setdefault((kind, value.casefold(), True), []).append(host)
        if hosts.NUMBERED.search(host.name):
            index.setdefault(("numbered", host.plain_name, True), []).append(host)
    return index


def search(session: Session, selectors: t.Iterable[Selector], fields: t.Sequence[str] = hosts.FIELDS) -> dict[Selector, list[Host]]:
    """The records of one server for each selector."""
    wanted = list(dict.fromkeys(selectors))
    if not wanted:
        return {}
    index = _index(hosts.matching(session, [selector.condition for selector in wanted], fields))
    return {selector: selector.among(index) for selector in wanted}


# -- entries -----------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class HostEntry:
    """One host that the user names, with what is wanted of it; ``options`` are those of the entry, inherited ones included."""

    selector: Selector
    label: t.Optional[str]
    virtual_server: Name
    options: Params

    def __str__(self) -> str:
        return self.label or str(self.selector)

    @property
    def wish(self) -> tuple[t.Optional[str], str]:
        """Two entries of one host with the same wish are one."""
        return self.label, repr(sorted((name, repr(value)) for name, value in self.options.items() if name not in KINDS))


def entries(described: EntryList, params: Params) -> list[HostEntry]:
    """The entries of the option hosts, then those of the short form: ip, name and id."""
    short_form = [{kind: value} for kind in KINDS for value in dict.fromkeys(params[kind] or ())]
    found = []
    for options in described.read(params, short_form):
        kind = next(kind for kind in KINDS if options[kind] is not None)
        selector = Selector(kind, options[kind].strip())
        found.append(HostEntry(selector, options["label"], options["virtual_server"], options))
    return found


def identity(entry: HostEntry, host: t.Optional[Host]) -> dict[str, t.Any]:
    """What a module returns to say which host an entry is."""
    if host is not None:
        return {"id": host.id, "name": host.name, "ip": host.ip}
    return {kind: entry.selector.value if kind == entry.selector.kind else None for kind in ("id", "name", "ip")}


# -- which record an entry is ------------------------------------------------------------------------------------------


@dataclass
class Found:
    """The one record of an entry and the server that has it; or, without a host, what is wrong: ``candidates`` or none."""

    host: t.Optional[Host] = None
    server: Name = None
    candidates: list[Host] = field(default_factory=list)
    where: str = ""
    on_target: t.Sequence[Host] = ()  # all records of the entry on the server that it names
    undecided: str = ""  # why none of the candidates is the live one, where that was asked for

    def complaint(self, entry: HostEntry) -> str:
        """Why an entry is not exactly one record."""
        if not self.candidates:
            return "%s has no record on %s" % (entry.selector, self.where)
        listed = "; ".join(str(host) for host in self.candidates)
        why = " (%s)" % self.undecided if self.undecided else ""
        return "%s has %d records on %s%s: %s" % (entry.selector, len(self.candidates), self.where, why, listed)


class HostSearch:
    """Looks entries up on the server that each of them names and, where they may come from there, on the primary server."""

    def __init__(self, context: Context, servers: Servers, fields: t.Sequence[str] = hosts.FIELDS) -> None:
        self._servers = servers
        self._warn = context.warn
        self._live = context.params["duplicates"] == "connected"  # the live one among several records; else that is an error
        self._fields = fields

    def find(self, wanted: t.Sequence[HostEntry], errors: ValidationErrors, from_primary: bool = False) -> dict[HostEntry, Found]:
        """The record of each entry. An entry whose server cannot be asked is noted in ``errors`` and not in the result.

        ``from_primary``: an entry of a virtual server may be on the primary one still. Its address must then be one record
        on both together; a record that a move left behind does not count.
        """
        by_server: dict[Name, list[Selector]] = {}
        for entry in wanted:
            by_server.setdefault(entry.virtual_server, []).append(entry.selector)
            if from_primary and entry.virtual_server is not None:
                by_server.setdefault(None, []).append(entry.selector)
        records: dict[Name, dict[Selector, list[Host]]] = {}

        def look(session: Session) -> None:
            records[session.virtual_server] = search(session, by_server[session.virtual_server], self._fields)

        if len(by_server) == 2 and None in by_server:
            self._servers.open(by_server.keys() - {None})  # its account may know nothing of the primary server
        refused = self._servers.each(by_server, look)
        if None in refused:
            self._do_without_primary(wanted, refused, records)
        found = {}
        renewed = self._renewed(wanted, records)
        for entry in wanted:
            name = entry.virtual_server
            if name in refused:
                errors.add_error(entry, refused[name])
                continue
            here = records[name][entry.selector] or renewed.get(entry, [])
            there = records[None][entry.selector] if from_primary and name is not None and None in records else []
            found[entry] = self._decided(entry, here, there, from_primary)
        return found

    def _do_without_primary(
        self,
        wanted: t.Sequence[HostEntry],
        refused: t.Mapping[Name, CollectionError],
        records: t.Mapping[Name, t.Mapping[Selector, list[Host]]],
    ) -> None:
        """An account of a virtual server only will do for hosts that are there.

        :raises CollectionError: which concerns all entries
        """
        here = all(records.get(entry.virtual_server, {}).get(entry.selector) for entry in wanted if entry.virtual_server is not None)
        own = all(entry.virtual_server is not None and entry.virtual_server not in refused for entry in wanted)
        if not (here and own and isinstance(refused[None], (AuthenticationFailed, AccessDenied))):
            raise refused[None]
        self._warn(
            "It is not known whether the primary server has other hosts with these addresses or names, because the account "
            "exists only on the virtual server: %s" % refused[None].message
        )

    def _decided(self, entry: HostEntry, here: list[Host], there: list[Host], from_primary: bool) -> Found:
        where = self._servers.describe(entry.virtual_server, with_primary=from_primary)
        there = [host for host in there if not any(_left_behind(host, other) for other in here)]
        both = here + there
        chosen, why = (both[0], "") if len(both) == 1 else (None, "")
        if len(both) > 1 and self._live:
            chosen, why = live(both)
        if chosen is None:
            return Found(candidates=both, where=where, undecided=why)
        server = entry.virtual_server if chosen in here else None
        return Found(chosen, server, where=where, on_target=here)

    def _renewed(
        self, wanted: t.Sequence[HostEntry], records: t.Mapping[Name, t.Mapping[Selector, list[Host]]]
    ) -> dict[HostEntry, list[Host]]:
        """Hosts chosen by an id that only the primary server knows (still): some servers give a moved host a new one.

        They are followed by name and address.
        """
        old = {
            entry: records.get(None, {}).get(entry.selector, [])
            for entry in wanted
            if entry.selector.kind == "id"
            and entry.virtual_server is not None
            and not records.get(entry.virtual_server, {}).get(entry.selector)
        }
        left = {entry: found[0] for entry, found in old.items() if len(found) == 1 and found[0].ip}
        renewed: dict[HostEntry, list[Host]] = {}

        def look(session: Session) -> None:
            mine = {entry: host for entry, host in left.items() if entry.virtual_server == session.virtual_server}
            there = search(session, [Selector("ip", str(host.ip)) for host in mine.values()], self._fields)
            for entry, host in mine.items():
                renewed[entry] = [other for other in there[Selector("ip", str(host.ip))] if other.plain_name == host.plain_name]

        self._servers.each({entry.virtual_server for entry in left}, look)
        return renewed


def _left_behind(old: Host, new: Host) -> bool:
    """Whether a record of the primary server is what a move to a virtual server left of the host that is there now."""
    if old.id == new.id:
        return True
    if old.plain_name != new.plain_name:
        return False
    if not old.connected or new.connected is not False or old.last_connected is None or new.last_connected is None:
        return True
    # The record on the virtual server is dead, and the machine was re-created: it is connected to the primary server. Right after a
    # move it may look so, too, since the status lags.
    return old.last_connected < new.last_connected + STATUS_LAGS


def live(records: t.Sequence[Host]) -> tuple[t.Optional[Host], str]:
    """The live one among records of one address or name, or None and why nothing decides (contract day-two.md, section 5).

    That is the one whose Network Agent is connected; among several, or none, the one that was connected last, then the one that
    was seen last. That alone would be weak: a poll of the network sees an address whoever has it now.
    """
    early = [host for host in records if host.has(hosts.NEVER_SYNCHRONIZED)]
    if early:
        return None, "%s has not synchronized yet, so it is too early to tell which record is the live one" % early[0]
    with_agent = [host for host in records if host.connected or host.last_connected or host.has(hosts.AGENT_INSTALLED)]
    if not with_agent:
        return None, "none of them is known to have a Network Agent"
    left = [host for host in with_agent if host.connected] or with_agent
    for time in (hosts.LAST_CONNECTED, hosts.LAST_VISIBLE):
        times = {host.id: host.time(time) for host in left}
        newest = max((at for at in times.values() if at is not None), default=None)
        left = [host for host in left if times[host.id] == newest] if len(left) > 1 else left
    if len(left) == 1:
        return left[0], ""
    return None, "status, last connection and last visibility do not identify the live record"


def refuse_unclear(found: t.Mapping[HostEntry, Found], errors: ValidationErrors, missing_ok: bool) -> None:
    """Note every entry that is not exactly one record; with ``missing_ok`` only those that are several."""
    for entry, result in found.items():
        if result.host is None and (result.candidates or not missing_ok):
            errors.add(entry, result.complaint(entry))


def refuse_conflicts(found: t.Mapping[HostEntry, Found], errors: ValidationErrors) -> list[HostEntry]:
    """Note entries that are one host and want different things; the entries that are left, one for each host."""
    by_host: dict[tuple[Name, str], list[HostEntry]] = {}
    for entry, result in found.items():
        if result.host is not None:
            by_host.setdefault((result.server, result.host.id), []).append(entry)
    left = []
    for same in by_host.values():
        if len({entry.wish for entry in same}) == 1:
            left.append(same[0])
            continue
        for entry in same:
            others = ", ".join(str(other) for other in same if other is not entry)
            errors.add(entry, "%s is the host %s, and so is %s; list each host once" % (entry, found[entry].host, others))
    return left


def require_none(errors: ValidationErrors, found: t.Mapping[HostEntry, Found], **facts: t.Any) -> None:
    """
    :raises InputError: something is wrong with an entry; all of it in one error
    """
    wrong = [(str(entry.selector), result) for entry, result in found.items() if result.host is None and errors.of(entry)]
    ambiguous = [name for name, result in wrong if result.candidates]
    missing = [name for name, result in wrong if not result.candidates]
    hints = []
    if ambiguous:
        hints.append("choose by id, delete the stale records, or set duplicates: connected")
    if missing:
        hints.append("check that Network Agent is installed and connected there, or set missing: ignore")
    if wrong:
        facts.update(method="HostGroup.FindHosts", ambiguous=ambiguous, missing=missing)
    errors.require_none(", ".join(hints), **facts)
