# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 5 to 9: connections to infrastructures."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .calls import Call, Reply
from .enumerations import CONNECTED, CONNECTING, DISCONNECTED, NO_ERROR, TYPES, PlatformType
from .errors import ApiError, unknown
from .identities import HTTPS
from .platforms import Account, Microservice, Platform
from .trust import identity, trusted

if TYPE_CHECKING:
    from .server import Server

MESSAGES = {
    "SERVER_ERROR": "The virtual infrastructure answered with an error.",
    "NETWORK_ERROR": "Nothing answers at this address.",
    "INVALID_CERTIFICATE": "The certificate or key is not trusted.",
    "ACCESS_DENIED": "The account has not enough rights.",
    "UNAUTHORIZED": "The user name or the password is wrong.",
}


@dataclass(frozen=True)
class Outcome:
    """How a connection with one account stands. ``regions`` holds the state of each OpenStack microservice."""

    status: str = CONNECTING
    error: str = NO_ERROR
    message: str = ""
    primary: str = ""
    regions: tuple[tuple[str, tuple[tuple[Microservice, str, str], ...]], ...] = ()

    @classmethod
    def failed(cls, error: str, message: str = "", primary: str = "") -> Outcome:
        """Return a failed connection."""
        return cls(DISCONNECTED, error, message or MESSAGES[error], primary)


@dataclass(frozen=True)
class Credentials:
    """An account as the client gave it."""

    name: str
    password: str
    domain: str = ""

    @classmethod
    def of(cls, data: Mapping[str, str]) -> Credentials:
        """Return the credentials of a body."""
        return cls(data["name"], data["password"], data.get("domain", ""))


@dataclass
class Infrastructure:
    """A connection that the server keeps. ``attempt`` counts tries, so that a late result of an old one is dropped."""

    id: str
    type: PlatformType
    address: str
    protocol: str
    region: str
    admin: Credentials
    read_only: Credentials | None
    platform: Platform | None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    attempt: int = 0
    seen: bool = False

    @property
    def connected(self) -> bool:
        """Say whether both connections stand."""
        return all(outcome.status == CONNECTED for outcome in self.outcomes.values())

    def body(self) -> dict[str, Any]:
        """Return the members that every answer has."""
        return {"type": self.type.name, "address": self.address}


class Infrastructures:
    """The connections of one server."""

    def __init__(self) -> None:
        self._items: dict[str, Infrastructure] = {}

    def get(self, wanted: str) -> Infrastructure:
        """Return a connection; ApiError 404."""
        if wanted not in self._items:
            raise unknown("Infrastructure", wanted)
        return self._items[wanted]

    def add(self, item: Infrastructure) -> None:
        """Keep a connection."""
        self._items[item.id] = item

    def remove(self, item: Infrastructure) -> None:
        """Forget a connection, and any attempt that is under way."""
        item.attempt += 1
        del self._items[item.id]

    def all(self) -> list[Infrastructure]:
        """Return all connections."""
        return list(self._items.values())

    def same(self, item: Infrastructure) -> Infrastructure | None:
        """Return the connection to the same address, if there is one."""
        return next(
            (known for known in self._items.values() if known.type is item.type and known.address.lower() == item.address.lower()), None
        )


def judge(server: Server, item: Infrastructure, account: Credentials, admin: bool) -> Outcome:
    """Return how a connection ends, from the made-up infrastructure, the trust rules and the account."""
    platform = item.platform
    if platform is None or (item.type.openstack and platform.protocol != item.protocol):
        return Outcome.failed("NETWORK_ERROR")
    if platform.error != NO_ERROR:
        return Outcome.failed(platform.error, platform.message)
    if platform.type is not item.type:
        return Outcome.failed("SERVER_ERROR")
    if not all(trusted(server, kind, address) for kind, address in platform.identities()):
        return Outcome.failed("INVALID_CERTIFICATE")
    known = _account(platform, account)
    if known is None:
        return Outcome.failed("UNAUTHORIZED")
    if known.rights == "none" or (admin and known.rights != "admin"):
        return Outcome.failed("ACCESS_DENIED")
    if platform.primary:
        return replace(Outcome.failed("NETWORK_ERROR", primary=platform.primary), message="")
    if item.region and item.region not in platform.regions:
        return Outcome.failed("SERVER_ERROR")
    return Outcome(CONNECTED, regions=_regions(server, item))


def _account(platform: Platform, given: Credentials) -> Account | None:
    return next(
        (
            account
            for account in platform.accounts
            if account.name == given.name
            and account.password == given.password
            and (not platform.type.openstack or account.domain == given.domain)
        ),
        None,
    )


def _regions(server: Server, item: Infrastructure) -> Any:
    """Return the microservices of the wanted region, or of all, each with its state."""
    found = []
    for region, services in (item.platform.regions if item.platform else {}).items():
        if item.region in ("", region):
            found.append((region, tuple((service, *_microservice(server, service)) for service in services)))
    return tuple(found)


def _microservice(server: Server, service: Microservice) -> tuple[str, str]:
    if service.error != NO_ERROR:
        return DISCONNECTED, service.error
    if service.protocol == "https" and not trusted(server, HTTPS, service.address):
        return DISCONNECTED, "INVALID_CERTIFICATE"
    return CONNECTED, NO_ERROR


def _waiting(item: Infrastructure, status: str) -> Outcome:
    regions = tuple(
        (region, tuple((service, status, NO_ERROR) for service in services))
        for region, services in (item.platform.regions if item.platform else {}).items()
        if item.region in ("", region)
    )
    return Outcome(status, regions=regions if item.type.openstack else ())


def begin(server: Server, item: Infrastructure, seconds: float, keep: bool = False) -> None:
    """Start an attempt to connect that is decided ``seconds`` simulated seconds later."""
    item.attempt += 1
    attempt, now = item.attempt, server.clock.now()

    def still(act: Any) -> Any:
        return lambda _when: act() if item.attempt == attempt else None

    def show(status: str) -> None:
        item.outcomes = {"admin": _waiting(item, status), "readOnly": _waiting(item, status)}

    if not keep:
        show(CONNECTING)
        if server.settings.starts_disconnected:
            show(DISCONNECTED)
            server.timeline.at(now + seconds / 2, still(lambda: show(CONNECTING)))
    server.timeline.at(now + seconds, still(lambda: decide(server, item)))


def decide(server: Server, item: Infrastructure) -> None:
    """Settle both connections."""
    admin = judge(server, item, item.admin, True)
    item.outcomes = {"admin": admin, "readOnly": admin if item.read_only is None else judge(server, item, item.read_only, False)}
    if item.connected and item.platform is not None:
        item.seen = True
        item.platform.refreshed(server.clock.now())


def preconnect(server: Server, platform: Platform) -> None:
    """Connect and trust an infrastructure that the world describes as connected."""
    account = next(account for account in platform.accounts if account.rights == "admin")
    item = Infrastructure(
        platform.infrastructure_id,
        platform.type,
        platform.address,
        platform.protocol,
        "",
        Credentials(account.name, account.password, account.domain),
        None,
        platform,
    )
    for kind, address in platform.identities():
        server.trust.add(address, identity(server, kind, address).thumbprint)
    for services in platform.regions.values():
        for service in services:
            server.trust.add(service.address, identity(server, HTTPS, service.address).thumbprint)
    server.infrastructures.add(item)
    decide(server, item)


# Rendering (contract, 4.2 and 4.3)


def _record(server: Server, item: Infrastructure, outcome: Outcome, period: int | None) -> dict[str, Any]:
    record: dict[str, Any] = {"status": outcome.status, "connectionError": outcome.error}
    if not item.type.openstack:
        record["errorMessage"] = outcome.message
    if period is not None:
        record["updatePeriodSeconds"] = period
    if outcome.primary:
        record["details"] = {"primaryServerAddress": outcome.primary}
    if item.type.openstack:
        record["details"] = {"regions": [_region(region, services) for region, services in outcome.regions]}
    return record


def _region(region: str, services: Any) -> dict[str, Any]:
    endpoints: dict[str, list[dict[str, str]]] = {}
    for service, status, error in services:
        endpoints.setdefault(service.kind, []).append(
            {"address": service.address, "protocol": service.protocol, "version": service.version, "status": status, "error": error}
        )
    return {"id": region, "endpoints": endpoints}


def render(server: Server, item: Infrastructure, full: bool = True, stored: bool = True) -> dict[str, Any]:
    """Return a connection as operations 5 (not ``stored``), 6 (not ``full``) and 7 print it."""
    settings = server.settings
    info = "\u0441onnectionInfo" if settings.cyrillic_c else "connectionInfo"
    answer: dict[str, Any] = {"infrastructureId": item.id} if stored else {}
    answer.update(item.body())
    names = {
        "name": item.platform.name if item.platform else item.address,
        "displayName": item.platform.name if item.platform else item.address,
        "version": item.platform.version if item.platform else "",
    }
    accounts = {"admin": {"name": item.admin.name}}
    if item.read_only is not None:
        accounts["readOnly"] = {"name": item.read_only.name}
    records = {"admin": _record(server, item, item.outcomes["admin"], None)}
    if not item.type.openstack:
        if full:
            answer.update(names)
        answer["accounts"] = accounts
        if settings.read_only_record == "always" or item.read_only is not None:
            records["readOnly"] = _record(server, item, item.outcomes["readOnly"], 10)
        answer[info] = records
        return answer
    answer["specificSettings"] = {"protocol": item.protocol, **({"region": item.region} if item.region else {})}
    answer.update(names, edition=item.platform.edition if item.platform else "")
    if full and stored and settings.openstack_accounts:
        answer["accounts"] = accounts
    answer[info] = records
    if settings.openstack_readonly != "absent":
        record = _record(server, item, item.outcomes["readOnly"], 0)
        record["details"] = {"object": record["details"], "text": "...", "null": None}[settings.openstack_readonly_details]
        if settings.openstack_readonly == "nested":
            records["readOnly"] = record
        else:
            answer["readonly"] = record
    return answer


# Operations


def _from_body(server: Server, body: Mapping[str, Any]) -> Infrastructure:
    if server.settings.address_with_port == "refuse" and ":" in body["address"]:
        raise ApiError(400, "BadRequest", "The request is wrong.", {"address": ["no port is wanted here"]})
    accounts, specific = body["accounts"], body.get("specificSettings", {})
    read_only = Credentials.of(accounts["readOnly"]) if "readOnly" in accounts else None
    return Infrastructure(
        str(uuid.uuid4()),
        TYPES[body["type"]],
        body["address"],
        specific.get("protocol", "https"),
        specific.get("region", ""),
        Credentials.of(accounts["admin"]),
        read_only,
        server.platforms.find(body["address"]),
    )


def test_connection(server: Server, call: Call) -> Any:
    """POST /infrastructures/testConnection: nothing is stored."""
    item = _from_body(server, call.body)
    decide(server, item)
    return render(server, item, stored=False)


def connect(server: Server, call: Call) -> Any:
    """POST /infrastructures."""
    item = _from_body(server, call.body)
    known = server.infrastructures.same(item)
    if known is not None and server.settings.duplicate_infrastructure != "allow":
        members = {"infrastructureId": known.id} if server.settings.duplicate_infrastructure == "refuse_naming_id" else {}
        raise ApiError(409, "InfrastructureExists", "This infrastructure is connected already.", members=members)
    server.infrastructures.add(item)
    begin(server, item, _delay(item, server.settings.connect_seconds))
    call.exchange.scope = item.id
    return render(server, item, full=False)


def _delay(item: Infrastructure, otherwise: float) -> float:
    return otherwise if item.platform is None or item.platform.delay is None else item.platform.delay


def read(server: Server, call: Call) -> Any:
    """GET /infrastructures/{id}."""
    return render(server, server.infrastructures.get(call.ids["infrastructure"]))


def remove(server: Server, call: Call) -> Any:
    """DELETE /infrastructures/{id}: forgets the connection; what is in the infrastructure stays there."""
    item = server.infrastructures.get(call.ids["infrastructure"])
    svms = [machine for machine in (item.platform.machines.values() if item.platform else ()) if machine.svm]
    if svms and server.settings.delete_with_svms == "refuse":
        raise ApiError(409, "InfrastructureHasSvms", "There are SVMs in this infrastructure.")
    server.infrastructures.remove(item)
    return Reply()


def refresh(server: Server, call: Call) -> Any:
    """POST /infrastructures/{id}/refresh: reconnects and looks at what has changed."""
    item = server.infrastructures.get(call.ids["infrastructure"])
    begin(server, item, _delay(item, server.settings.refresh_seconds), server.settings.refresh_keeps_status)
    return Reply()
