# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Infrastructures that the Integration Server connects to (contract, sections 4.2 and 4.3, operations 5 to 9)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import wire
from .infrastructure_types import TYPES, InfrastructureType
from .session import NotFound, Session
from .wire import Record

PATH = "infrastructures"

CONNECTED = wire.word("CONNECTED")
DISCONNECTED = wire.word("DISCONNECTED")
NO_ERROR = wire.word("NO_ERROR")
INVALID_CERTIFICATE = wire.word("INVALID_CERTIFICATE")
NETWORK_ERROR = wire.word("NETWORK_ERROR")

# What to look at, by connection error.
HINTS = {
    INVALID_CERTIFICATE: "the certificate is not trusted, or has changed",
    wire.word("UNAUTHORIZED"): "check the name and password of the account",
    wire.word("ACCESS_DENIED"): "the account lacks rights in the infrastructure",
    NETWORK_ERROR: "check address and port, and the network between the Integration Server and it",
    wire.word("SERVER_ERROR"): "the infrastructure itself reports an error; check it there",
}


@dataclass(frozen=True)
class Account:
    name: str
    password: str
    domain: t.Optional[str] = None

    @property
    def body(self) -> dict[str, t.Any]:
        return {"domain": self.domain, "name": self.name, "password": wire.password(self.password)}


@dataclass(frozen=True)
class Target:
    """What to connect to, and as whom."""

    type: InfrastructureType
    address: str
    admin: Account
    read_only: t.Optional[Account] = None
    protocol: t.Optional[str] = None
    region: t.Optional[str] = None

    @property
    def body(self) -> dict[str, t.Any]:
        """The body of operations 5 and 6."""
        settings = {"protocol": self.protocol, "region": self.region} if self.type.is_openstack else None
        return {
            "type": self.type.name,
            "address": self.address,
            "specificSettings": settings,
            "accounts": {"admin": self.admin.body, "readOnly": self.read_only and self.read_only.body},
        }


@dataclass(frozen=True)
class Connection:
    """The state of one account's connection, or of one microservice."""

    who: str
    status: str
    error: str
    message: str = ""
    primary_address: str = ""
    address: str = ""  # of a microservice
    protocol: str = ""

    @property
    def connected(self) -> bool:
        return wire.word(self.status) == CONNECTED and wire.word(self.error) in (NO_ERROR, "")

    @property
    def failed(self) -> bool:
        return wire.word(self.status) == DISCONNECTED and wire.word(self.error) not in (NO_ERROR, "")

    @property
    def idle(self) -> bool:
        """Disconnected without an error: not begun yet, or given up."""
        return wire.word(self.status) == DISCONNECTED and not self.failed

    @property
    def needs_trust(self) -> bool:
        return self.failed and wire.word(self.error) == INVALID_CERTIFICATE

    def __str__(self) -> str:
        parts = [self.status or "no status"]
        if wire.word(self.error) not in (NO_ERROR, ""):
            parts.append(self.error)
        text = "%s: %s" % (self.who, " ".join(parts))
        if self.message:
            text += " (%s)" % self.message
        hint = HINTS.get(wire.word(self.error))
        return "%s - %s" % (text, hint) if hint else text

    def returned(self) -> dict[str, t.Any]:
        return {
            "name": self.who,
            "status": self.status,
            "error": self.error,
            "message": self.message,
            "address": self.address or None,
        }


@dataclass(frozen=True)
class Infrastructure:
    """Every member but the id may be empty: answers differ by type."""

    id: str
    type: str
    address: str
    name: str
    display_name: str
    version: str
    edition: str
    protocol: str
    region: str
    admin_name: str
    read_only_name: str
    accounts: tuple[Connection, ...]
    services: tuple[Connection, ...]

    @property
    def infrastructure_type(self) -> t.Optional[InfrastructureType]:
        return TYPES.get(self.type.upper())

    @property
    def connections(self) -> tuple[Connection, ...]:
        return self.accounts + self.services

    @property
    def connected(self) -> bool:
        return bool(self.accounts) and all(connection.connected for connection in self.connections)

    @property
    def failed(self) -> list[Connection]:
        return [connection for connection in self.connections if connection.failed]

    @property
    def idle(self) -> bool:
        return any(connection.idle for connection in self.connections)

    @property
    def primary_address(self) -> str:
        """Of the pool's primary hypervisor, where a secondary one was named."""
        return next((connection.primary_address for connection in self.accounts if connection.primary_address), "")

    @property
    def status(self) -> str:
        """The state of the whole: the worst of its connections."""
        for connection in self.failed or [found for found in self.connections if not found.connected]:
            return connection.status
        return self.accounts[0].status if self.accounts else ""

    def __str__(self) -> str:
        return "%s %s" % (self.type, self.address)

    def returned(self) -> dict[str, t.Any]:
        return {
            "infrastructure_id": self.id,
            "type": self.type,
            "address": self.address,
            "name": self.name or None,
            "display_name": self.display_name or None,
            "version": self.version or None,
            "edition": self.edition or None,
            "protocol": self.protocol or None,
            "region": self.region or None,
            "admin_username": self.admin_name or None,
            "read_only_username": self.read_only_name or None,
            "connected": self.connected,
            "status": self.status or None,
            "connections": [connection.returned() for connection in self.connections],
        }


def from_record(record: Record) -> Infrastructure:
    info = record.inner("connectionInfo")
    settings = record.inner("specificSettings")
    region = settings.text("region")
    names = record.inner("accounts")
    # The read-only account's record is inside connectionInfo or beside it, by type.
    read_only = info.inner("readOnly") or record.inner("readOnly")
    found = [("admin", info.inner("admin")), ("read_only", read_only)]
    accounts = [(who, connection) for who, connection in found if connection]
    return Infrastructure(
        id=record.text("infrastructureId") or record.text("id"),
        type=record.text("type"),
        address=record.text("address"),
        name=record.text("name"),
        display_name=record.text("displayName"),
        version=record.text("version"),
        edition=record.text("edition"),
        protocol=settings.text("protocol"),
        region=region,
        admin_name=names.inner("admin").text("name"),
        read_only_name=names.inner("readOnly").text("name"),
        accounts=tuple(_account(who, connection) for who, connection in accounts),
        services=tuple(_services([connection for _who, connection in accounts], region)),
    )


def _account(who: str, record: Record) -> Connection:
    return Connection(
        who=who,
        status=record.text("status"),
        error=record.text("connectionError") or record.text("error"),
        message=record.text("errorMessage"),
        primary_address=record.inner("details").text("primaryServerAddress"),
    )


def _services(accounts: t.Iterable[Record], region: str) -> t.Iterator[Connection]:
    """The microservices, each once; of the requested region only, if one was requested."""
    seen = set()
    for account in accounts:
        for entry in account.inner("details").each("regions"):
            if region and entry.text("id") and entry.text("id") != region:
                continue
            endpoints = entry.inner("endpoints")
            for service in endpoints:
                for endpoint in endpoints.each(service):
                    who = "%s at %s (region %s)" % (service, endpoint.text("address"), entry.text("id") or "-")
                    connection = Connection(
                        who=who,
                        status=endpoint.text("status"),
                        error=endpoint.text("error") or endpoint.text("connectionError"),
                        message=endpoint.text("errorMessage"),
                        address=endpoint.text("address"),
                        protocol=endpoint.text("protocol"),
                    )
                    if connection not in seen:
                        seen.add(connection)
                        yield connection


def read(session: Session, id: str) -> t.Optional[Infrastructure]:
    """None when there is no such infrastructure."""
    try:
        return from_record(session.get("%s/%s" % (PATH, wire.segment(id))).record)
    except NotFound:
        return None


def listing(session: Session) -> t.Optional[list[Infrastructure]]:
    """All infrastructures, where the server tells: the vendor documents no such request."""
    reply = session.probe(PATH)
    if reply is None:
        return None
    return [found for found in map(from_record, reply.records("infrastructures")) if found.id]


def test(session: Session, target: Target) -> Infrastructure:
    """Whether the microservices of an OpenStack infrastructure can be reached. Nothing is stored."""
    return from_record(session.post(PATH + "/testConnection", target.body).record)


def connect(session: Session, target: Target) -> str:
    """Add an infrastructure; its id. The connection comes about in the background."""
    return from_record(session.post(PATH, target.body).record).id


def remove(session: Session, id: str) -> None:
    session.delete("%s/%s" % (PATH, wire.segment(id)))


def refresh(session: Session, id: str) -> None:
    """Have the server refresh the infrastructure, in the background."""
    session.post("%s/%s/refresh" % (PATH, wire.segment(id)))
