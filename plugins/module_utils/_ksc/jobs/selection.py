# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Which hosts the user means: IP addresses, display names, ids, each of them exactly one record."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass, field

from ..._core.errors import InputError
from ..api import filters, hosts
from ..api.hosts import Host
from ..api.session import Session


@dataclass(frozen=True)
class Selector:
    """One entry of the option ``kind``: ip, name or id."""

    kind: str
    value: str

    def __str__(self) -> str:
        return '%s "%s"' % (self.kind, self.value)

    @property
    def condition(self) -> str:
        if self.kind == "ip":
            return filters.equals(hosts.IP, hosts.ip_number(self.value))
        return filters.equals(hosts.ID if self.kind == "id" else hosts.NAME, self.value)

    def among(self, found: Index) -> list[Host]:
        """The records that this entry means: an exact match wins over one that differs in case only."""
        return found.get((self.kind, self.value, False)) or found.get((self.kind, self.value.casefold(), True), [])


# By kind and value, the latter as it is or (True) without regard to case.
Index = t.Dict[t.Tuple[str, str, bool], t.List[Host]]


def _index(found: t.Iterable[Host]) -> Index:
    index: Index = {}
    for host in found:
        for kind, value in (("ip", host.ip or ""), ("name", host.name), ("id", host.id)):
            index.setdefault((kind, value, False), []).append(host)
            index.setdefault((kind, value.casefold(), True), []).append(host)
    return index


@dataclass
class Found:
    """What the server has for each entry."""

    hosts: dict[Selector, Host] = field(default_factory=dict)
    missing: list[Selector] = field(default_factory=list)
    ambiguous: dict[Selector, list[Host]] = field(default_factory=dict)


def selectors(params: t.Mapping[str, t.Any]) -> list[Selector]:
    """The entries of the options ip, name and id, each once.

    :raises InputError: no entry at all, an empty one, or a malformed IP address
    """
    entries = dict.fromkeys(Selector(kind, value.strip()) for kind in ("ip", "name", "id") for value in params.get(kind) or ())
    malformed = [entry for entry in entries if not entry.value or (entry.kind == "ip" and not _is_ipv4(entry.value))]
    if malformed:
        raise InputError("Not an IPv4 address or name: %s." % ", ".join(str(entry) for entry in malformed))
    if not entries:
        raise InputError("No host given: ip, name and id are all empty.")
    return list(entries)


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def look_up(session: Session, entries: t.Sequence[Selector], fields: t.Sequence[str] = hosts.FIELDS) -> Found:
    """Look the entries up on one server."""
    found = Found()
    if not entries:
        return found
    index = _index(hosts.matching(session, [entry.condition for entry in entries], fields))
    for entry in entries:
        matches = entry.among(index)
        if len(matches) == 1:
            found.hosts[entry] = matches[0]
        elif matches:
            found.ambiguous[entry] = matches
        else:
            found.missing.append(entry)
    return found


def complaint(entry: Selector, matches: t.Sequence[Host], where: str) -> str:
    """Why an entry is not exactly one record."""
    if matches:
        return "%s is %d records on %s: %s" % (entry, len(matches), where, "; ".join(str(host) for host in matches))
    return "%s has no record on %s" % (entry, where)


def require(where: str, ambiguous: t.Mapping[Selector, t.Sequence[Host]], missing: t.Sequence[Selector], **facts: t.Any) -> None:
    """Raise one error that lists every entry that is not exactly one record.

    :raises InputError: there is such an entry
    """
    complaints = [complaint(entry, matches, where) for entry, matches in ambiguous.items()]
    complaints += [complaint(entry, (), where) for entry in missing]
    if complaints:
        hints = []
        if ambiguous:
            hints.append("choose by id, or delete the stale records")
        if missing:
            hints.append("check that Network Agent is installed and connected there, or set missing: ignore")
        raise InputError(
            "%s. Nothing was changed; %s." % ("; ".join(complaints), ", ".join(hints)),
            method="HostGroup.FindHosts",
            ambiguous=[str(entry) for entry in ambiguous],
            missing=[str(entry) for entry in missing],
            **facts,
        )
