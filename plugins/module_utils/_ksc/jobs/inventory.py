# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules and plugins of this collection only, may change in any release.

"""What an inventory says of Kaspersky Security Center: the hosts of the primary and of virtual Administration Servers, as flat variables.

A server is asked for its hosts and groups, once more for each product and version that it has, and twice for each group with hosts;
never for a single host.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.errors import CollectionError, RequestRefused
from ..._core.module import Context
from ..._core.naming import did_you_mean
from ..api import filters, groups, hosts, virtual_servers
from ..api.hosts import Host, Product
from ..api.session import Session
from . import protection, server_facts
from .host_info import NO_GROUP, Places, attributes_of, places_of
from .product_info import PRIMARY_ID, closed
from .protection import HostFacts
from .servers import Name, Servers

ALL = "all"

# What the names of operating systems contain, in the order in which they are tried.
OS_FAMILIES = {
    "windows": ("windows",),
    "macos": ("macos", "mac os", "os x"),
    "linux": (
        "linux",
        "ubuntu",
        "debian",
        "centos",
        "red hat",
        "rhel",
        "red os",
        "redos",
        "suse",
        "sles",
        "fedora",
        "mint",
        "rosa",
        "astra",
        "alt ",
    ),
}


@dataclass(frozen=True)
class Wanted:
    """Which hosts an inventory is to have."""

    primary: bool
    virtual_servers: t.Sequence[str]
    all_virtual_servers: bool
    names: t.Sequence[str] = ()  # masks of display names
    assigned: t.Optional[bool] = None
    groups: t.Sequence[str] = ()  # paths below Managed devices
    products: bool = True
    protection: bool = True

    @property
    def filtered(self) -> bool:
        return bool(self.names or self.groups or self.assigned is not None)


@dataclass
class Found:
    """The hosts of all servers, each as its variables; and what went wrong, by server (None is the primary one)."""

    hosts: list[dict[str, t.Any]] = field(default_factory=list)
    failed: dict[Name, CollectionError] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read(context: Context, servers: Servers, wanted: Wanted) -> Found:
    """The hosts of the servers. A virtual server that refuses does not keep the others from being read.

    :raises CollectionError: which concerns all servers
    """
    found = Found()
    names, ids = _names(servers, wanted, found)
    looks = {name: _Look(context, name, wanted) for name in names}
    found.failed.update(servers.open(names))
    opened = [name for name in names if name not in found.failed]
    if wanted.products and opened:
        _learn_products(servers, wanted, {name: looks[name] for name in opened}, ids, found)
    found.failed.update(servers.each(opened, lambda session: looks[session.virtual_server].at(session)))
    told = [looks[name] for name in names if name not in found.failed]
    if found.failed and not told:
        raise next(iter(found.failed.values()))
    address = servers.server.address
    # What a move has left on the primary server is the host that is on a virtual server now.
    moved = {view["id"] for look in told if look.name is not None for view in look.views}
    for look in told:
        for view in look.views:
            if look.name is None and view["id"] in moved:
                continue
            found.hosts.append({"server": address, **view})
    for path in wanted.groups:
        if told and not any(path in look.known_groups for look in told):
            existing = {other for look in told for other in look.existing_groups}
            where = servers.describe_all(look.name for look in told)
            found.warnings.append(
                '%s: no administration group "%s" below Managed devices. %s' % (where, path, did_you_mean(path, existing))
            )
    found.warnings.extend(warning for look in told for warning in look.warnings)
    return found


def _names(servers: Servers, wanted: Wanted, found: Found) -> tuple[list[Name], dict[str, int]]:
    """The servers to be read, and the ids of virtual servers as far as they are known."""
    names: list[Name] = [None] if wanted.primary else []
    names += dict.fromkeys(wanted.virtual_servers)
    if not wanted.all_virtual_servers:
        return names, {}
    listed = virtual_servers.listing(servers.primary)
    for server in listed:
        error = closed(servers, server, listed)
        if server.enabled is False and server.name not in names:
            continue  # nobody can log in, and nobody has asked for it by name
        if error is not None:
            found.failed[server.name] = error
        elif server.name not in names:
            names.append(server.name)
    return [name for name in names if name not in found.failed], {server.name: server.id for server in listed}


def _learn_products(servers: Servers, wanted: Wanted, looks: t.Mapping[Name, _Look], ids: t.Mapping[str, int], found: Found) -> None:
    """Ask the primary server, which alone tells, which products there are on each server."""
    try:
        session = servers.primary
        if any(name is not None and name not in ids for name in looks):
            ids = {server.name: server.id for server in virtual_servers.listing(session)}
        for name, look in looks.items():
            id = PRIMARY_ID if name is None else ids.get(name)
            there = {} if id is None else virtual_servers.product_versions(session, id)
            look.products = [Product(product, version) for product, versions in there.items() for version in versions] or None
    except CollectionError as error:
        found.warnings.append(
            "Which products the hosts have is not known, because only the primary server tells: %s Set products: false if the account "
            "is one of a virtual server only." % error.message
        )


class _Look:
    """What is read of one server."""

    def __init__(self, context: Context, name: Name, wanted: Wanted) -> None:
        self.name = name
        self._context = context
        self._wanted = wanted
        self.products: t.Optional[list[Product]] = None  # None: the server does not tell
        self.views: list[dict[str, t.Any]] = []
        self.known_groups: set[str] = set()
        self.existing_groups: list[str] = []
        self.warnings: list[str] = []

    def at(self, session: Session) -> None:
        conditions = self._conditions(session)
        if not conditions:
            return
        fields = hosts.PROTECTION if self._wanted.protection else hosts.DETAILS
        listed = hosts.matching(session, conditions, fields)
        places = places_of(session, {host.group_id for host in listed})
        listed = [host for host in listed if self._wanted.assigned in (None, _assigned(host, places))]
        having = self._having(session, conditions) if listed else None
        verdicts = self._judge(session, listed, places, filtered=self._wanted.filtered) if self._wanted.protection else {}
        self.views = [self._view(host, places, having, verdicts.get(host.id)) for host in listed]

    def _conditions(self, session: Session) -> list[str]:
        """Hosts meet any of these; without one, no host of this server is wanted."""
        wanted = self._wanted
        parts = [filters.any_of(*(filters.like(hosts.NAME, mask) for mask in wanted.names))] if wanted.names else []
        if wanted.assigned is not None:
            parts.append(filters.equals(hosts.UNASSIGNED, int(not wanted.assigned)))
        if not wanted.groups:
            return [filters.all_of(*parts) if parts else filters.begins(hosts.NAME, "")]
        return [filters.all_of(*parts, filters.equals(hosts.GROUP, id)) for id in self._group_ids(session)]

    def _group_ids(self, session: Session) -> list[int]:
        """The groups that are wanted, and those below them."""
        root = groups.managed_id(session)
        paths = {root: "", **groups.paths(groups.matching(session), root)}
        self.existing_groups = [path for path in paths.values() if path]
        found: dict[int, None] = {}
        for wanted in self._wanted.groups:
            start = groups.SEPARATOR.join(groups.path_names(wanted)).casefold()
            below = [id for id, path in paths.items() if _is_below(path.casefold(), start)]
            if below:
                self.known_groups.add(wanted)
            found.update(dict.fromkeys(below))
        return list(found)

    def _having(self, session: Session, conditions: t.Sequence[str]) -> t.Optional[dict[Product, set[str]]]:
        """By product the ids of the hosts that have it; None where the server does not tell."""
        if self.products is None:
            return None
        try:
            return {product: hosts.ids_having(session, product, conditions) for product in self.products}
        except RequestRefused as error:
            self.warnings.append("Which products its hosts have is not known: %s" % error.message)
            return None

    def _judge(self, session: Session, listed: t.Sequence[Host], places: Places, filtered: bool) -> dict[str, protection.Protection]:
        """Whether the hosts are protected, as ksc_host_info tells it."""
        ids = dict.fromkeys(host.group_id for host in listed if host.group_id is not None)
        facts = server_facts.of_groups(session, [id for id in ids if id not in places.unassigned])
        records = server_facts.namesakes(session, listed, everything=False) if filtered and listed else server_facts.Records(listed)
        verdicts = {}
        for host in listed:
            group = NO_GROUP if host.group_id is None else facts.get(host.group_id)
            installed = host.has(hosts.PROTECTION_INSTALLED)
            verdicts[host.id] = protection.verdict(HostFacts(host, None, installed, group, records.others(host)))
        return verdicts

    def _view(
        self,
        host: Host,
        places: Places,
        having: t.Optional[t.Mapping[Product, t.Collection[str]]],
        verdict: t.Optional[protection.Protection],
    ) -> dict[str, t.Any]:
        view = attributes_of(host, self.name, places)
        view["agent_connected"] = view.pop("agent_alive")
        view["assigned"] = _assigned(host, places)
        view["os_family"] = os_family(view["os_name"])
        if self._wanted.products:
            view["products"] = None
            if having is not None:
                view["products"] = [{"name": one.name, "version": one.version} for one, ids in having.items() if host.id in ids]
        if verdict is not None:
            view["protection"] = verdict.state
            view["protection_reasons"] = list(verdict.reasons)
        return view


def _assigned(host: Host, places: Places) -> t.Optional[bool]:
    """Whether a host is in an administration group; None where the server does not tell its group."""
    return None if host.group_id is None else host.group_id not in places.unassigned


def _is_below(path: str, start: str) -> bool:
    return not start or path == start or path.startswith(start + groups.SEPARATOR)


def os_family(name: t.Optional[str]) -> t.Optional[str]:
    """windows, linux or macos, by the name of an operating system; None for any other."""
    text = "%s " % (name or "").casefold()
    return next((family for family, words in OS_FAMILIES.items() if any(word in text for word in words)), None)
