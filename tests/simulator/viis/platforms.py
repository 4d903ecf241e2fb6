# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The made-up infrastructures: what is really out there, whether an Integration Server knows it or not."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..world import Reader
from .enumerations import ERRORS, MICROSERVICES, NO_ERROR, TYPES, PlatformType

ACCOUNT_RIGHTS = ("admin", "read", "none")
RESOURCES = ("networks", "storages", "volumeTypes", "securityGroups", "serverGroups", "flavors", "availabilityZones")
"""Members of ``resources``, as operations 10 and 11 print them; in a world they are written the same way."""


@dataclass(frozen=True)
class Account:
    """An account of an infrastructure. ``rights``: ``admin`` may deploy, ``read`` may look, ``none`` may nothing."""

    name: str
    password: str
    domain: str
    rights: str


@dataclass(frozen=True)
class Microservice:
    """An OpenStack microservice at ``host:port``."""

    kind: str
    address: str
    protocol: str
    version: str
    error: str


@dataclass
class Location:
    """A hypervisor, an OpenStack domain or an OpenStack project."""

    id: str
    name: str
    kind: str
    parent: str = ""
    state: str = "Started"
    resources: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    fresh: bool = True
    taken: set[str] = field(default_factory=set)

    def resource(self, kind: str, wanted: str, by: str = "id") -> dict[str, Any] | None:
        """Return the resource of ``kind`` with this id (or other member)."""
        return next((item for item in self.resources.get(kind, ()) if item[by] == wanted), None)


@dataclass
class SvmState:
    """What an SVM knows about itself. Passwords are kept as salted hashes."""

    version: str
    klconfig: str = ""
    root: str = ""
    ssh: bool = False
    ksc: dict[str, Any] = field(default_factory=dict)
    dns: dict[str, Any] = field(default_factory=dict)
    networks: list[dict[str, Any]] = field(default_factory=list)
    ip_address: str = ""
    busy: bool = False

    @property
    def static(self) -> bool:
        """Say whether any adapter has a static address."""
        return any(port["type"] == "static" for port in ports_of(self.networks))


@dataclass
class Machine:
    """A virtual machine; an SVM when ``svm`` is there. ``fresh``: it is listed. ``gone``: it is listed, but was removed."""

    id: str
    name: str
    parent: str
    state: str = "Enabled"
    adapters: list[dict[str, Any]] = field(default_factory=list)
    svm: SvmState | None = None
    fresh: bool = True
    listed: float = 0.0
    gone: bool = False


@dataclass
class Platform:
    """One infrastructure.

    ``delay`` (simulated seconds) and ``error`` tell how a connection to it goes. With an ``infrastructure_id`` it is connected from
    the start.
    """

    type: PlatformType
    address: str
    name: str
    version: str
    edition: str
    accounts: list[Account]
    https: int | None
    ssh: int | None
    protocol: str = "https"
    delay: float | None = None
    error: str = NO_ERROR
    message: str = ""
    primary: str = ""
    regions: dict[str, list[Microservice]] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)
    infrastructure_id: str = ""
    _by_parent: dict[str, dict[str, Machine]] = field(default_factory=dict, repr=False)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def add(self, machine: Machine) -> None:
        """Put a machine there."""
        self.machines[machine.id] = machine
        self._by_parent.setdefault(machine.parent, {})[machine.id] = machine

    def remove(self, machine: Machine) -> None:
        """Take a machine away."""
        self.machines.pop(machine.id, None)
        self._by_parent.get(machine.parent, {}).pop(machine.id, None)

    def machines_at(self, parent: str) -> list[Machine]:
        """Return the machines of a hypervisor or project."""
        return list(self._by_parent.get(parent, {}).values())

    def new_id(self) -> str:
        """Return an id for a new machine, in the style of the infrastructure."""
        return "%s-svm-%d" % (self.type.name.lower(), next(self._numbers))

    def new_address(self) -> str:
        """Return what this infrastructure's DHCP gives out next."""
        number = next(self._numbers)
        return "198.51.%d.%d" % (100 + number // 250, 1 + number % 250)

    def refreshed(self, now: float) -> None:
        """Show what had changed since the last look; what is ``listed`` later than ``now`` is not seen yet."""
        for location in self.locations.values():
            location.fresh = True
        for machine in self.machines.values():
            machine.fresh = machine.listed <= now

    def identities(self) -> list[tuple[str, str]]:
        """Return kind and host:port of everything that must be trusted before connecting (contract, table 3.1)."""
        host = bracketed(self.address)
        found = []
        if self.https is not None and self.protocol == "https":
            found.append(("https", "%s:%d" % (host, self.https)))
        if self.ssh is not None:
            found.append(("ssh", "%s:%d" % (host, self.ssh)))
        return found

    def answers_at(self, address: str) -> bool:
        """Say whether ``address`` (host, or host:port) is this infrastructure's."""
        host = bracketed(self.address).lower()
        standard = self.type.https if self.type.https is not None else self.type.ssh
        port = self.https if self.https is not None else self.ssh
        known = {host, self.address.lower()} if port == standard else set()
        known.update("%s:%d" % (host, number) for number in (self.https, self.ssh) if number is not None)
        return address.lower() in known


def bracketed(host: str) -> str:
    """Return the host as it stands before a port."""
    return "[%s]" % host if ":" in host else host


def ports_of(networks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the adapters of a list of networks: the networks themselves, or their ports (OpenStack)."""
    return [port for network in networks for port in network.get("ports", [network])]


def hashed(password: str) -> str:
    """Return a salted hash."""
    salt = secrets.token_hex(8)
    return "%s:%s" % (salt, hashlib.sha256((salt + password).encode("utf-8")).hexdigest())


def fits(password: str, stored: str) -> bool:
    """Say whether the password is the hashed one."""
    salt, _colon, digest = stored.partition(":")
    return hashlib.sha256((salt + password).encode("utf-8")).hexdigest() == digest


class PlatformReader:
    """Builds a platform from its part of the world."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._shared: dict[str, list[dict[str, Any]]] = {}

    def read(self) -> Platform:
        """Return the platform; WorldError names a wrong key."""
        reader = self._reader
        kind = TYPES[reader.text("type", choices=TYPES)]
        address = reader.text("address")
        protocol = reader.text("protocol", "https", ("https", "http"))
        platform = Platform(
            type=kind,
            address=address,
            name=reader.text("name", address),
            version=reader.text("version", "1.0"),
            edition=reader.text("edition", ""),
            accounts=[self._account(item) for item in reader.sections("accounts")],
            https=self._port("https_port", kind.https),
            ssh=self._port("ssh_port", kind.ssh),
            protocol=protocol,
            delay=reader.value("delay", float, None),
            error=reader.text("error", NO_ERROR, (NO_ERROR, *ERRORS)),
            message=reader.text("message", ""),
            primary=reader.text("primary", ""),
            infrastructure_id=reader.text("infrastructure_id", ""),
        )
        if platform.infrastructure_id and not any(account.rights == "admin" for account in platform.accounts):
            raise reader.fail("accounts", "an infrastructure that is connected needs an account with the rights admin")
        self._shared = self._resources(reader)
        for region in reader.sections("regions"):
            name = region.text("id")
            platform.regions[name] = self._microservices(region)
        for domain in reader.sections("domains"):
            self._domain(platform, domain)
        for host in reader.sections("hypervisors"):
            self._location(platform, host, "Host", "")
        self._generate(platform, reader)
        reader.done()
        return platform

    def _port(self, key: str, default: int | None) -> int | None:
        return None if default is None else self._reader.integer(key, default)

    @staticmethod
    def _account(reader: Reader) -> Account:
        account = Account(
            reader.text("name"), reader.text("password"), reader.text("domain", ""), reader.text("rights", "admin", ACCOUNT_RIGHTS)
        )
        reader.done()
        return account

    @staticmethod
    def _microservices(region: Reader) -> list[Microservice]:
        found = []
        for item in region.sections("endpoints"):
            found.append(
                Microservice(
                    item.text("kind", choices=MICROSERVICES),
                    item.text("address"),
                    item.text("protocol", "https", ("https", "http")),
                    item.text("version", ""),
                    item.text("error", NO_ERROR, (NO_ERROR, *ERRORS)),
                )
            )
            item.done()
        region.done()
        return found

    def _resources(self, reader: Reader) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for kind in RESOURCES:
            if kind in reader:
                items = reader.value(kind, list)
                member = "name" if kind == "availabilityZones" else "id"
                for number, item in enumerate(items):
                    if not isinstance(item, Mapping) or not isinstance(item.get(member), str):
                        raise reader.fail(kind, "item %d: a mapping with %s is needed" % (number, member))
                found[kind] = [dict(item) for item in items]
        return found

    def _domain(self, platform: Platform, reader: Reader) -> None:
        domain = Location(reader.text("id"), reader.text("name"), "OpenstackDomain", "", "")
        platform.locations[domain.id] = domain
        for project in reader.sections("projects"):
            self._location(platform, project, "OpenstackProject", domain.id)
        reader.done()

    def _location(self, platform: Platform, reader: Reader, kind: str, parent: str) -> None:
        location = Location(
            reader.text("id"),
            reader.text("name"),
            kind,
            parent,
            reader.text("state", "Started") if kind == "Host" else "",
            dict(self._shared, **self._resources(reader)),
            reader.flag("fresh", True),
        )
        if location.id in platform.locations:
            raise reader.fail("id", "%r is there already" % location.id)
        platform.locations[location.id] = location
        for item in reader.sections("vms"):
            platform.add(self._machine(item, location))
        for item in reader.sections("svms"):
            platform.add(self._svm(item, location))
        reader.done()

    @staticmethod
    def _machine(reader: Reader, location: Location) -> Machine:
        machine = Machine(
            reader.text("id"),
            reader.text("name"),
            location.id,
            reader.text("state", "Enabled"),
            [{"id": network} for network in reader.texts("networks", [])],
            fresh=reader.flag("fresh", True),
        )
        reader.done()
        return machine

    @staticmethod
    def _svm(reader: Reader, location: Location) -> Machine:
        state = SvmState(
            reader.text("version"),
            hashed(reader.text("klconfig_password")),
            hashed(reader.text("root_password", "")),
            reader.flag("ssh", False),
            dict(reader.mapping("ksc")),
            dict(reader.mapping("dns")),
            ip_address=reader.text("ip_address", ""),
        )
        networks = reader.texts("networks", [])
        addressing = reader.text("addressing", "dynamic", ("dynamic", "static"))
        adapters = [{"isPrimary": not number, "type": addressing} for number, _network in enumerate(networks)]
        state.networks = [
            dict(adapter, id=network) if location.kind == "Host" else {"id": network, "ports": [adapter]}
            for network, adapter in zip(networks, adapters)
        ]
        machine = Machine(
            reader.text("id"),
            reader.text("name"),
            location.id,
            reader.text("state", "Enabled"),
            [{"id": network} for network in networks],
            state,
            reader.flag("fresh", True),
        )
        reader.done()
        return machine

    def _generate(self, platform: Platform, reader: Reader) -> None:
        """Add hypervisors (or projects of a generated domain) in numbers."""
        made = reader.section("generate")
        locations, machines = made.integer("locations", 0), made.integer("vms_per_location", 0)
        prefix = made.text("prefix", "generated")
        made.done()
        kind, parent = "Host", ""
        if locations and platform.type.openstack:
            kind, parent = "OpenstackProject", "%s-domain" % prefix
            platform.locations[parent] = Location(parent, parent, "OpenstackDomain", "", "")
        adapters = [{"id": network["id"]} for network in self._shared.get("networks", [])[:1]]
        for number in range(1, locations + 1):
            name = "%s-%04d" % (prefix, number)
            platform.locations[name] = Location(name, name, kind, parent, "Started" if kind == "Host" else "", self._shared)
            for machine in range(1, machines + 1):
                at = "%s-vm-%02d" % (name, machine)
                platform.add(Machine(at, at, name, adapters=list(adapters)))


class Platforms:
    """All infrastructures of a world."""

    def __init__(self) -> None:
        self._platforms: list[Platform] = []

    def load(self, reader: Reader) -> None:
        """Read the key ``platforms``; WorldError names a wrong key."""
        self._platforms = [PlatformReader(item).read() for item in reader.sections("platforms")]

    def __iter__(self) -> Iterator[Platform]:
        return iter(self._platforms)

    def find(self, address: str) -> Platform | None:
        """Return the infrastructure at ``address`` (host, or host:port)."""
        return next((platform for platform in self._platforms if platform.answers_at(address)), None)

    def identified(self, kind: str, address: str) -> bool:
        """Say whether something at host:port shows an identity of this kind."""
        wanted = address.lower()
        for platform in self._platforms:
            if any(found == kind and at.lower() == wanted for found, at in platform.identities()):
                return True
            if kind == "https" and any(
                item.protocol == "https" and item.address.lower() == wanted for items in platform.regions.values() for item in items
            ):
                return True
        return False
