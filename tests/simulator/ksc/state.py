# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a simulated KSC: one primary Administration Server, its virtual servers, and the machines they manage.

Source: ksc-openapi.md sections 3 (hosts, groups), 5 (virtual servers), 6 (packages), 9 (multitenancy).
"""

from __future__ import annotations

import itertools
import re
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .conditions import AGENT, DEFAULT, PROTECTION_SERVER
from .machines import Installed, Machine, Outcome
from .records import Policy
from .settings import KscSettings
from .svms import choose

__all__ = ["DAY", "Group", "Host", "Installed", "Machine", "Outcome", "Package", "Server", "World", "host_id", "products_of"]

DAY = 86400.0
RETENTION = (7, 60)
"""Days until a device that is not active is told of, and until it is removed, where nothing else is said."""
UNASSIGNED_DAYS = 7
SUFFIX = re.compile(r"~~\d+$")
NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")


@dataclass(eq=False)
class Host:
    """A record of a machine on one server. ``id`` is KLHST_WKS_HOSTNAME, ``name`` is KLHST_WKS_DN."""

    id: str
    name: str
    group: int
    server: Server
    machine: Machine
    created: float = 0.0
    comment: str | None = None
    managed: bool = True
    """False when the agent has gone to another server and the record stayed."""

    @property
    def online(self) -> bool:
        """Whether the agent answers this server."""
        return self.managed and self.machine.agent and self.machine.online and self.machine.agent_connected is not False

    @property
    def connected(self) -> bool:
        """Whether the server believes that the agent answers; it learns of a change later, as set."""
        world, machine = self.server.world, self.machine
        if not self.managed or not machine.agent:
            return False
        online = machine.online_at(world.time(), world.settings.status_delay_seconds)
        return online if machine.agent_connected is None else machine.agent_connected

    @property
    def last_connected(self) -> float:
        """When the agent was connected last, as far as the server knows; a machine that was never seen on line: a day before."""
        if self.machine.connected_at is not None:
            return self.machine.connected_at
        if self.connected:
            return self.server.world.time()
        return self.machine.switched[0] if self.machine.switched is not None else self.created - DAY

    @property
    def products(self) -> dict[str, Installed]:
        """What the server lists as installed; it follows what tasks did later, as set."""
        return self.machine.products_at(self.server.world.time())


@dataclass
class Group:
    """An administration group, or a folder of unassigned devices."""

    id: int
    name: str
    parent: int
    created: float = 0.0
    packages: list[int] = field(default_factory=list)
    """Ids of packages that are installed on whatever enters the group."""
    locked: bool = False
    """Whether the status settings cannot be changed here."""
    force_children: bool = False
    """Whether the groups below must have the days of this one."""
    notify_days: int | None = None
    remove_days: int | None = None
    """Days after which a device that is not active is told of and removed; None: as the group above has it."""
    conditions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Status settings by severity (``KLSRV_HSTSTAT_CRITICAL``, ``_WARNING``); what is absent is inherited."""


@dataclass
class Package:
    """An installation package on one server. ``failures``: error text per name of a virtual server (or ``*``)."""

    id: int
    name: str
    product: str
    version: str
    display_version: str
    platform: str = "any"
    size: int = 0
    created: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)


class Server:
    """An Administration Server: the primary (``id`` 0) or a virtual one. Ids of groups are unique over all servers."""

    def __init__(self, world: World, number: int, name: str, *, parent_group: int = 0, created: float = 0.0) -> None:
        self.world = world
        self.id = number
        self.name = name
        self.uid = "VSRV%s" % uuid.uuid5(NAMESPACE, "%s/%d" % (name, number)) if number else ""
        self.parent_group = parent_group
        self.created = created
        self.enabled = True
        self.licenses_enabled = True
        self.max_hosts: int | None = None
        self.custom_info: Any = None
        self.hosts: dict[str, Host] = {}
        self.groups: dict[int, Group] = {}
        self.packages: dict[int, Package] = {}
        self.policies: list[Policy] = []
        self.package_numbers = itertools.count(1 + 1000 * number)
        self.revision = 0
        self._index: tuple[int, dict[str, dict[Any, list[Host]]]] = (-1, {})
        if number:
            base = world.next_groups(5)
            self.super, self.managed, self.unassigned = base, base + 1, base + 4
        else:
            world.next_groups(7)
            self.managed, self.unassigned, self.super = 0, 1, 2
        for identity, title, parent in (
            (self.super, "", -1),
            (self.managed, "Managed devices", self.super),
            (self.unassigned, "Unassigned devices", self.super),
        ):
            self.groups[identity] = Group(identity, title, parent, created)
        self.groups[self.unassigned].notify_days = self.groups[self.unassigned].remove_days = UNASSIGNED_DAYS

    @property
    def title(self) -> str:
        """Name for messages and the journal."""
        return self.name if self.id else "primary"

    @property
    def full(self) -> bool:
        """Whether no more hosts arrive here (day-two.md section 1.4, hosts per virtual server)."""
        return self.max_hosts is not None and len(self.hosts) >= self.max_hosts

    def touch(self) -> None:
        """Say that hosts changed, so that indexes are rebuilt."""
        self.revision += 1

    def place(self, host: Host, group: int) -> None:
        """Put a host of this server into one of its groups."""
        came, host.group = host.group != group, group
        self.touch()
        if came:
            self.world.arrived(host)

    def add_host(self, host: Host) -> None:
        """Put a record on this server; a second one of a name may be shown with a number, as set."""
        host.server = self
        host.name = SUFFIX.sub("", host.name)
        if self.world.settings.duplicate_names == "suffixed" and any(
            other.name.casefold() == host.name.casefold() for identity, other in self.hosts.items() if identity != host.id
        ):
            host.name = "%s~~%d" % (host.name, 10000 + zlib.crc32(host.id.encode()) % 90000)
        self.hosts[host.id] = host
        self.touch()

    def remove_host(self, host: Host) -> None:
        """Delete a record."""
        self.hosts.pop(host.id, None)
        self.touch()

    def index(self, name: str, folded: bool) -> dict[Any, list[Host]] | None:
        """Return hosts by value of an indexed attribute (``name`` or ``id`` case-folded when ``folded``), None for others."""
        getters = {
            "KLHST_WKS_HOSTNAME": lambda host: host.id,
            "KLHST_WKS_DN": lambda host: host.name,
            "KLHST_WKS_IP_LONG": lambda host: host.machine.ip,
        }
        if name not in getters:
            return None
        if self._index[0] != self.revision:
            self._index = (self.revision, {})
        key = "%s/%s" % (name, folded)
        if key not in self._index[1]:
            found: dict[Any, list[Host]] = {}
            for host in self.hosts.values():
                value = getters[name](host)
                found.setdefault(value.casefold() if folded and isinstance(value, str) else value, []).append(host)
            self._index[1][key] = found
        return self._index[1][key]

    def subgroups(self, parent: int) -> list[Group]:
        """Return the direct children of a group, by name."""
        return sorted((group for group in self.groups.values() if group.parent == parent), key=lambda group: group.name)

    def below(self, group: int) -> set[int]:
        """Return a group's id and the ids of all groups below it."""
        found = {group}
        for child in self.subgroups(group):
            found |= self.below(child.id)
        return found

    def ancestors(self, group: int) -> Iterator[int]:
        """Yield a group's id and those of the groups above it."""
        while group in self.groups:
            yield group
            group = self.groups[group].parent

    def in_unassigned(self, group: int) -> bool:
        """Say whether a group lies under Unassigned devices."""
        return self.unassigned in self.ancestors(group)

    def forced(self, group: int) -> bool:
        """Say whether a group above forces its days on this one."""
        return any(self.groups[number].force_children for number in self.ancestors(group) if number != group)

    def retention(self, group: int) -> tuple[int, int, bool]:
        """Return the days after which devices of a group are told of and removed, and whether that is inherited."""
        for number in self.ancestors(group):
            found = self.groups[number]
            if found.notify_days is not None or found.remove_days is not None:
                return found.notify_days or 0, found.remove_days or 0, number != group
        return *RETENTION, group not in (self.managed, self.unassigned, self.super)

    def conditions(self, group: int, severity: str) -> tuple[dict[str, Any], bool]:
        """Return a group's status settings and whether they are inherited; a server's own are those of its root, else all are on."""
        for number in self.ancestors(group):
            if severity in self.groups[number].conditions:
                return self.groups[number].conditions[severity], number != group
        return DEFAULT, group not in (self.managed, self.unassigned, self.super)

    def add_policy(self, name: str, product: str, version: str, group: int, active: bool = True, created: float = 0.0) -> Policy:
        """Add a policy under an id that no other server has."""
        policy = Policy(self.world.next_policy(), name, product, version, group, active, created)
        self.policies.append(policy)
        return policy

    def give_policies(self, now: float) -> None:
        """Add an active policy of each Light Agent that this world knows, for all managed devices."""
        for product, version in self.world.light_agents():
            self.add_policy("%s %s" % (product, version), product, version, self.managed, created=now)

    def path(self, group: int) -> str:
        """Return a group's full name, such as ``Managed devices/Web``."""
        names = [self.groups[item].name for item in self.ancestors(group) if self.groups[item].name]
        return "/".join(reversed(names))

    def child(self, parent: int, name: str) -> Group | None:
        """Return the group of that name directly below ``parent`` (case does not count)."""
        for group in self.groups.values():
            if group.parent == parent and group.name.casefold() == name.casefold():
                return group
        return None

    def add_group(self, parent: int, name: str, now: float = 0.0) -> Group:
        """Return the group of that name below ``parent``, made if need be."""
        group = self.child(parent, name)
        if group is None:
            group = Group(self.world.next_groups(1), name, parent, now)
            self.groups[group.id] = group
        return group

    def group_path(self, path: str, now: float = 0.0) -> Group:
        """Return the group at ``path`` below Managed devices, made if need be; "" is Managed devices."""
        group = self.groups[self.managed]
        for name in filter(None, path.split("/")):
            group = self.add_group(group.id, name, now)
        return group

    def add_package(self, package: Package) -> Package:
        """Put a package on this server under an id of its own count, which means nothing on any other server.

        Source: the article's scenario 3 asks each server for its ids. That no two servers share one is made up, so that an id of
        the wrong server is always an error here and never another package.
        """
        taken = {number for server in self.world.servers for number in server.packages}
        package.id = next(number for number in self.package_numbers if number not in taken)
        self.packages[package.id] = package
        return package


class World:
    """All servers of one installation. The first is the primary."""

    def __init__(self, name: str, now: float, settings: KscSettings | None = None, time: Callable[[], float] | None = None) -> None:
        self.name = name
        self.now = now
        self.settings = settings or KscSettings()
        self.time: Callable[[], float] = time or (lambda: now)
        self.addresses: list[str] = []
        self.limits: dict[int, int] = {}
        """Limits by number, where they are not the documented ones."""
        self.arrived: Callable[[Host], None] = lambda _host: None
        """What is told of a host that came into another group."""
        self._users = itertools.count(1)
        self.svm_arrivals: Any = None
        """How the SVMs of a simulated Integration Server appear here; None: they do not."""
        self.svms: list[Machine] = []
        """The SVMs that Light Agents may connect to; a world without any says nothing about them."""
        self._groups = itertools.count(0)
        self._policies = itertools.count(1)
        self.servers: list[Server] = []
        self.servers.append(Server(self, 0, "", created=now))

    def next_groups(self, count: int) -> int:
        """Reserve ids for groups and return the first."""
        first = next(self._groups)
        for _number in range(count - 1):
            next(self._groups)
        return first

    def next_user(self) -> int:
        """Return the id for one more internal user."""
        return next(self._users)

    def next_policy(self) -> int:
        """Return the id for one more policy."""
        return next(self._policies)

    def light_agents(self) -> list[tuple[str, str]]:
        """Return name and version of each protection product that some package or machine of this world has."""
        packages = {(item.product, item.version) for server in self.servers for item in server.packages.values()}
        installed = {(item.name, item.version) for host in self.hosts() for item in host.machine.products.values()}
        return sorted(found for found in packages | installed if found[0] not in (AGENT, PROTECTION_SERVER))

    def has_svm(self, machine: Machine) -> bool:
        """Say whether the Light Agent of a machine is connected to an SVM: as is said, else as it finds one; without SVMs it is."""
        if machine.svm is not None or not self.svms:
            return machine.svm != "none"
        now = self.time()
        products = [item for name, item in machine.products.items() if name not in (AGENT, PROTECTION_SERVER)]
        return all(choose(self.svms, product, now) is not None for product in products)

    @property
    def primary(self) -> Server:
        """The primary Administration Server."""
        return self.servers[0]

    def virtual(self) -> list[Server]:
        """Return the virtual servers."""
        return self.servers[1:]

    def free_name(self, name: str, but: Server | None = None) -> str:
        """Return a display name for a virtual server that no other has: the wanted one, or that with a number."""
        free, number = name, 1
        while self.server(free) not in (None, but):
            number += 1
            free = "%s (%d)" % (name, number)
        return free

    def remove_virtual(self, server: Server, fate: str) -> None:
        """Delete a virtual server; its host records go with it (``removed``), or to Unassigned devices of the primary, without agents."""
        self.servers.remove(server)
        if fate == "unassigned":
            for host in server.hosts.values():
                host.group, host.managed = self.primary.unassigned, False
                self.primary.add_host(host)

    def add_virtual(self, name: str, number: int | None = None, parent_group: int = 0, now: float = 0.0) -> Server:
        """Make a virtual server."""
        if number is None:
            number = max(server.id for server in self.servers) + 1
        server = Server(self, number, name, parent_group=parent_group, created=now)
        self.servers.append(server)
        return server

    def server(self, name: str) -> Server | None:
        """Return a server by its display name; "" and "primary" are the primary."""
        if name in ("", "primary"):
            return self.primary
        for server in self.virtual():
            if server.name == name:
                return server
        return None

    def server_by_id(self, number: int) -> Server | None:
        """Return a server by KLVSRV_ID, 0 being the primary."""
        for server in self.servers:
            if server.id == number:
                return server
        return None

    def hosts(self, name: str = "", identity: str = "") -> list[Host]:
        """Return the records of all servers with that display name or id."""
        if identity:
            found = [server.hosts[identity] for server in self.servers if identity in server.hosts]
        else:
            found = [host for server in self.servers for host in server.hosts.values()]
        return [host for host in found if not name or host.name == name]

    def host(self, name: str = "", identity: str = "") -> Host:
        """Return the one record with that display name or id; LookupError when there is none or several (for tests)."""
        found = self.hosts(name, identity)
        if len(found) != 1:
            raise LookupError("%d records named %r" % (len(found), name or identity))
        return found[0]


def host_id(text: str) -> str:
    """Return a made-up, repeatable KLHST_WKS_HOSTNAME."""
    return str(uuid.uuid5(NAMESPACE, text))


def products_of(installed: Mapping[str, Installed]) -> list[str]:
    """Return ``name/version`` of each product, as KLHST_WKS_PRODUCT_ID is searched."""
    return ["%s/%s" % (product.name, product.version) for product in installed.values()]
