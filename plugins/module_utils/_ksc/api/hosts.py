# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Managed devices (contract ksc-openapi.md, section 3)."""

from __future__ import annotations

import datetime
import ipaddress
import re
import typing as t
from dataclasses import dataclass

from ..._core.errors import AccessDenied, NoSuchCall, RequestRefused, TemporarilyUnavailable
from . import chunks, filters, wire
from .session import Session

ID = "KLHST_WKS_HOSTNAME"  # the unique id; not the computer's name
NAME = "KLHST_WKS_DN"
IP = "KLHST_WKS_IP_LONG"
GROUP = "KLHST_WKS_GROUPID"
UNASSIGNED = "KLHST_WKS_FROM_UNASSIGNED"  # search only: 1 for Unassigned devices and what is below
PRODUCT = "KLHST_WKS_PRODUCT_ID"  # search only: "name/version"
BUILD = "KLHST_WKS_PRODUCT_BUILD"  # search only: a number, see build_number

STATUS = "KLHST_WKS_STATUS"
LAST_CONNECTED = "KLHST_WKS_LAST_NAGENT_CONNECTED"
LAST_VISIBLE = "KLHST_WKS_LAST_VISIBLE"
STATUS_ID = "KLHST_WKS_STATUS_ID"
REAL_TIME_PROTECTION = "KLHST_WKS_RTP_STATE"
PROTECTION_VERSION = "KLHST_WKS_RTP_AV_VERSION"
DATABASES_TIME = "KLHST_WKS_RTP_AV_BASES_TIME"
RESTART_REQUIRED = "KLHST_WKS_RBT_REQUIRED"
# Names that no page for clients confirms (contract day-two.md, section 8): a server may refuse a search that asks for them.
STATUS_MASK = "KLHST_WKS_STATUS_MASK"
VDI = "HST_VM_VDI"
UNCONFIRMED = (STATUS_MASK, VDI)
CREATED = "KLHST_WKS_CREATED"
AGENT_BUILD = "KLHST_WKS_NAG_VERSION"
AGENT = "1103"  # product name of Network Agent

BASIC = (NAME, ID, IP, GROUP)
FIELDS = (*BASIC, STATUS, LAST_CONNECTED, LAST_VISIBLE)
INSTALLATION = (*FIELDS, CREATED, RESTART_REQUIRED, PROTECTION_VERSION, AGENT_BUILD)  # for who installs something on them
DETAILS = (
    *FIELDS,
    "KLHST_WKS_FQDN",
    "KLHST_WKS_OS_NAME",
    STATUS_ID,
    REAL_TIME_PROTECTION,
    PROTECTION_VERSION,
    "KLHST_WKS_NAG_VERSION",
    RESTART_REQUIRED,
)
PROTECTION = (*DETAILS, DATABASES_TIME, STATUS_MASK)
# Bits of KLHST_WKS_STATUS (contract, section 3.3).
VISIBLE, AGENT_INSTALLED, AGENT_ALIVE, PROTECTION_INSTALLED, NEVER_SYNCHRONIZED = 0x01, 0x04, 0x08, 0x10, 0x100
# A second record of a name is shown with a number (contract day-two.md, section 5).
NUMBERED = re.compile(r"~~\d+$")
# Of the current server only, as in the vendor's article.
THIS_SERVER = {"KLSRVH_SLAVE_REC_DEPTH": 128, "KLGRP_FIND_FROM_CUR_VS_ONLY": True}

TERMS = 1000  # conditions in one filter; a server that refuses so many is asked in halves
FEWEST_TERMS = 50


@dataclass(frozen=True)
class Product:
    """An application as KSC calls it: the version is that of the management plug-in, such as KSVLA 5.2.0.0; "" is any."""

    name: str
    version: str

    def __str__(self) -> str:
        return "%s %s" % (self.name, self.version) if self.version else self.name


@dataclass(frozen=True)
class Host:
    id: str
    name: str
    ip: t.Optional[str]
    group_id: t.Optional[int]
    attributes: t.Mapping[str, t.Any]

    def __str__(self) -> str:
        return "%s (%s, id %s)" % (self.name, self.ip or "no address", self.id)

    @property
    def plain_name(self) -> str:
        """The display name without the number that a second record of the name has, and without regard to case."""
        return NUMBERED.sub("", self.name).casefold()

    def has(self, bit: int) -> t.Optional[bool]:
        """A bit of the status; None when the server does not tell. It lags by a heartbeat or more, both ways."""
        status = self.attributes.get(STATUS)
        return bool(status & bit) if isinstance(status, int) else None

    @property
    def connected(self) -> t.Optional[bool]:
        """Whether its Network Agent is connected, as far as the status tells."""
        return self.has(AGENT_ALIVE)

    @property
    def last_connected(self) -> t.Optional[datetime.datetime]:
        """When its Network Agent was connected last, UTC."""
        return self.time(LAST_CONNECTED)

    @property
    def last_visible(self) -> t.Optional[datetime.datetime]:
        """When it was seen last, UTC: by its Network Agent or by a poll of the network, which sees an address whoever has it now."""
        return self.time(LAST_VISIBLE)

    def time(self, name: str) -> t.Optional[datetime.datetime]:
        """An attribute that is a time, UTC; None when the server does not tell."""
        value = self.attributes.get(name)
        return value if isinstance(value, datetime.datetime) else None

    @property
    def created(self) -> t.Optional[datetime.datetime]:
        """When its record was made, UTC."""
        return self.time(CREATED)

    @property
    def restart_required(self) -> t.Optional[bool]:
        """Whether some application on it needs a restart; None when the server does not tell."""
        value = self.attributes.get(RESTART_REQUIRED)
        return bool(value) if isinstance(value, (bool, int)) else None

    def build(self, product: Product) -> t.Optional[str]:
        """The build of Network Agent, or of the application that protects the host; None when the server does not tell.

        Some servers may show the version of the plug-in there.
        """
        value = self.attributes.get(AGENT_BUILD if product.name == AGENT else PROTECTION_VERSION)
        return value if isinstance(value, str) and value else None


def ip_number(address: str) -> int:
    """An IPv4 address as KSC stores it, big-endian: 10.65.81.27 is 172052763."""
    return int(ipaddress.IPv4Address(address))


def matching(session: Session, conditions: t.Sequence[str], fields: t.Sequence[str] = FIELDS) -> list[Host]:
    """The hosts of this server that meet any of the conditions.

    A server that refuses some fields is asked again without those that are not confirmed, then for the basic ones.
    """

    taken = _Fields(fields)

    def ask(some: t.Sequence[str]) -> list[Host]:
        condition = filters.any_of(*some)
        return taken.ask(
            lambda known: [_host(record) for record in chunks.query(session, "HostGroup.FindHosts", condition, known, THIS_SERVER)]
        )

    return _in_batches(conditions, ask)


def ids_having(session: Session, product: Product, conditions: t.Sequence[str]) -> set[str]:
    """Which of the hosts that meet any of the conditions have the product.

    :raises RequestRefused: the server has no way to tell
    """

    def ask(some: t.Sequence[str]) -> list[str]:
        condition = filters.all_of(_has(product), filters.any_of(*some))
        found = chunks.query(session, "HostGroup.FindHosts", condition, (ID,), THIS_SERVER)
        return [str(record.get(ID, "")) for record in found]

    return set(_in_batches(conditions, ask))


def all_hosts(session: Session, at_most: t.Optional[int] = None, fields: t.Sequence[str] = FIELDS) -> t.Optional[list[Host]]:
    """All hosts of this server; None if there are more than ``at_most``, which costs no reading of them."""

    def read(known: t.Sequence[str]) -> t.Optional[list[Host]]:
        with chunks.opened(session, "HostGroup.FindHosts", filters.begins(NAME, ""), known, THIS_SERVER) as found:
            if at_most is not None and found.count > at_most:
                return None
            return [_host(record) for record in found.items()]

    return _Fields(fields).ask(lambda known: t.cast(t.Optional[t.List[Host]], session.retry_on_session_loss(lambda: read(known))))


_Read = t.TypeVar("_Read")


class _Fields:
    """The fields that a search asks for: those that are wanted or, after a refusal, as many as the server takes."""

    def __init__(self, wanted: t.Sequence[str]) -> None:
        self._known = wanted

    def ask(self, read: t.Callable[[t.Sequence[str]], _Read]) -> _Read:
        wanted = self._known
        confirmed = tuple(field for field in wanted if field not in UNCONFIRMED)
        for fewer in (confirmed, FIELDS, BASIC):
            if not set(fewer) < set(self._known):
                continue
            try:
                return read(self._known)
            except (NoSuchCall, AccessDenied, TemporarilyUnavailable):
                raise
            except RequestRefused:
                self._known = fewer
        try:
            return read(self._known)
        except RequestRefused:
            self._known = wanted  # it was not for the fields
            raise


def has_elder(session: Session, host: Host) -> bool:
    """Whether a device with a Network Agent was on this server before a host; False, too, where that cannot be told."""
    if host.created is None:
        return False
    condition = filters.all_of(filters.has_bit(STATUS, AGENT_INSTALLED), filters.before(CREATED, host.created))

    def read() -> bool:
        with chunks.opened(session, "HostGroup.FindHosts", condition, (ID,), THIS_SERVER) as found:
            return found.count > 0

    try:
        return bool(session.retry_on_session_loss(read))
    except TemporarilyUnavailable:
        raise
    except RequestRefused:
        return False


def _host(record: t.Mapping[str, t.Any]) -> Host:
    number = record.get(IP)
    return Host(
        id=str(record.get(ID, "")),
        name=str(record.get(NAME, "")),
        ip=str(ipaddress.IPv4Address(number)) if isinstance(number, int) and 0 < number < 2**32 else None,
        group_id=wire.number(record.get(GROUP)),
        attributes=record,
    )


_Item = t.TypeVar("_Item")


def _in_batches(terms: t.Sequence[str], ask: t.Callable[[t.Sequence[str]], list[_Item]]) -> list[_Item]:
    """Ask in as few questions as the server accepts."""
    items: list[_Item] = []
    waiting = [terms[start : start + TERMS] for start in range(0, len(terms), TERMS)]
    while waiting:
        some = waiting.pop(0)
        try:
            items.extend(ask(some))
        except (NoSuchCall, AccessDenied, TemporarilyUnavailable):
            raise
        except RequestRefused:
            if len(some) <= FEWEST_TERMS:
                raise
            half = len(some) // 2
            waiting[:0] = [some[:half], some[half:]]
    return items


def dynamic(session: Session, ids: t.Sequence[str]) -> set[str]:
    """Which of these hosts are dynamic machines of VDI, whose records the server removes itself.

    :raises RequestRefused: the server does not know the search attribute
    """

    def ask(some: t.Sequence[str]) -> list[str]:
        condition = filters.all_of(filters.equals(VDI, 1), filters.any_of(*(filters.equals(ID, id) for id in some)))
        found = chunks.query(session, "HostGroup.FindHosts", condition, (ID,), THIS_SERVER)
        return [str(record.get(ID, "")) for record in found]

    return set(_in_batches(ids, ask))


def with_product(session: Session, ids: t.Sequence[str], product: Product) -> t.Optional[set[str]]:
    """Which of these hosts have the product; None when the server has no way to tell."""
    try:
        return set(_in_batches(ids, lambda some: _with_product(session, some, product)))
    except (AccessDenied, TemporarilyUnavailable):
        raise
    except RequestRefused:
        pass  # the search attribute is known from KSC 10 SP2 on
    return with_product_by_detail(session, ids, product)


def _with_product(session: Session, ids: t.Sequence[str], product: Product) -> list[str]:
    condition = filters.all_of(_has(product), filters.any_of(*(filters.equals(ID, id) for id in ids)))

    def read() -> list[str]:
        with chunks.opened(session, "HostGroup.FindHosts", condition, (ID,), THIS_SERVER) as found:
            if found.count == 0:
                return []
            if found.count == len(ids):
                return list(ids)
            return [str(item.get(ID, "")) for item in found.items()]

    return session.retry_on_session_loss(read)


def having(session: Session, product: Product, fields: t.Sequence[str] = FIELDS) -> list[Host]:
    """All hosts of this server that have the product, those included that were not seen for long.

    :raises RequestRefused: the server has no way to tell
    """
    try:
        return matching(session, [_has(product)], fields)
    except (AccessDenied, TemporarilyUnavailable):
        raise
    except RequestRefused:
        pass  # the search attribute is known from KSC 10 SP2 on
    everyone = t.cast(t.List[Host], all_hosts(session, None, fields))
    return [host for host in everyone if has_product(products(session, host.id), product)]


def _has(product: Product) -> str:
    if product.version:
        return filters.equals(PRODUCT, "%s/%s" % (product.name, product.version))
    return filters.begins(PRODUCT, "%s/" % product.name)


def with_build(session: Session, ids: t.Sequence[str], product: Product, build: str) -> t.Optional[set[str]]:
    """Which of these hosts have this build of the product; None when it cannot be searched for."""
    number = build_number(build)
    if number is None:
        return None

    def ask(some: t.Sequence[str]) -> list[str]:
        condition = filters.all_of(
            filters.equals(PRODUCT, "%s/%s" % (product.name, product.version)),
            filters.equals(BUILD, number),
            filters.any_of(*(filters.equals(ID, id) for id in some)),
        )
        return [str(record.get(ID, "")) for record in chunks.query(session, "HostGroup.FindHosts", condition, (ID,), THIS_SERVER)]

    try:
        return set(_in_batches(ids, ask))
    except (AccessDenied, TemporarilyUnavailable):
        raise
    except RequestRefused:
        return None


def build_number(build: str) -> t.Optional[int]:
    """A build as KLHST_WKS_PRODUCT_BUILD has it: four parts of 16 bits. None for a text of another form."""
    parts = build.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and int(part) < 2**16 for part in parts):
        return None
    number = 0
    for part in parts:
        number = number << 16 | int(part)
    return number


def build_in(products: t.Mapping[str, t.Mapping[str, t.Mapping[str, t.Any]]], product: Product) -> t.Optional[str]:
    """The build of a product among the applications of a host; None where the server does not tell."""
    for name, versions_there in products.items():
        if name.casefold() == product.name.casefold():
            attributes = (versions_there or {}).get(product.version) or {}
            told = (attributes.get(key) for key in ("ConnProdVersion", "ProdVersion"))
            return next((value for value in told if isinstance(value, str) and value), None)
    return None


def with_product_by_detail(session: Session, ids: t.Sequence[str], product: Product) -> t.Optional[set[str]]:
    """The same host by host; None when the server lacks that call too."""
    try:
        return {id for id in ids if has_product(products(session, id), product)}
    except NoSuchCall:
        return None


def products(session: Session, id: str) -> dict[str, dict[str, dict[str, t.Any]]]:
    """The applications of a host: name, version, attributes; by HostGroup.GetHostProducts."""
    answer = session.call("HostGroup.GetHostProducts", {"strHostName": id}).get("PxgRetVal")
    return {
        name: {version: wire.record(attributes) for version, attributes in wire.record(versions).items()}
        for name, versions in wire.record(answer).items()
    }


def has_product(products: t.Mapping[str, t.Mapping[str, t.Any]], product: Product) -> bool:
    """Whether the product, in any version if it names none, is among the applications of a host."""
    there = versions(products, product.name)
    return product.version in there if product.version else bool(there)


def versions(products: t.Mapping[str, t.Mapping[str, t.Any]], name: str) -> list[str]:
    """The versions of a product on a host. The case of product names is not uniform across installations."""
    return [version for there, found in products.items() if there.casefold() == name.casefold() for version in found or ()]


def move_to_group(session: Session, ids: t.Sequence[str], group_id: int) -> None:
    """By HostGroup.MoveHostsToGroup, which gives no result per host: read back."""
    session.call("HostGroup.MoveHostsToGroup", {"pHostNames": list(ids), "nGroup": group_id}, write=True)


def remove(session: Session, ids: t.Sequence[str]) -> None:
    """Delete the records, by HostGroup.RemoveHosts.

    KSC 15.1 and later only move hosts that are outside Unassigned devices there: read back, and call again.

    :raises NoSuchCall: the server has only RemoveHost, see :func:`remove_one`
    """
    session.call("HostGroup.RemoveHosts", {"pHostNames": list(ids), "bForceDestroy": True}, write=True)


def remove_one(session: Session, id: str) -> None:
    """Delete one record, by HostGroup.RemoveHost."""
    session.call("HostGroup.RemoveHost", {"strHostName": id}, write=True)
