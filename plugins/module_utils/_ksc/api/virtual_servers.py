# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Virtual Administration Servers (contract ksc-openapi.md, section 5; day-two.md, section 1.1)."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass

from ..._core.errors import InputError, RequestRefused
from ..._core.naming import did_you_mean
from . import wire
from .session import Session

ALL_GROUPS = -1


@dataclass(frozen=True)
class VirtualServer:
    id: int
    name: str
    uid: str
    enabled: t.Optional[bool]
    license_enabled: t.Optional[bool]
    parent_group_id: t.Optional[int]
    managed_group_id: t.Optional[int]
    unassigned_group_id: t.Optional[int]
    created: t.Optional[datetime.datetime]


def listing(primary: Session) -> list[VirtualServer]:
    """All virtual servers, by VServers.GetVServers."""
    answer = primary.call("VServers.GetVServers", {"lParentGroup": ALL_GROUPS})
    found = (_server(record) for record in wire.records(answer.get("PxgRetVal")))
    return [server for server in found if server is not None]


def _server(record: t.Mapping[str, t.Any]) -> t.Optional[VirtualServer]:
    id = wire.number(record.get("KLVSRV_ID"))
    if id is None:
        return None
    return VirtualServer(
        id=id,
        name=str(record.get("KLVSRV_DN", "")),
        uid=str(record.get("KLVSRV_UID", "")),
        enabled=record.get("KLVSRV_ENABLED"),
        license_enabled=record.get("KLVSRV_LIC_ENABLED"),
        parent_group_id=wire.number(record.get("KLVSRV_GRP")),
        managed_group_id=wire.number(record.get("KLVSRV_GROUPS")),
        unassigned_group_id=wire.number(record.get("KLVSRV_UNASSIGNED")),
        created=record.get("KLVSRV_CREATED"),
    )


def find(primary: Session, names: t.Iterable[str]) -> dict[str, VirtualServer]:
    """The virtual servers of these display names.

    :raises InputError: there is none, or more than one, of a name
    """
    existing = listing(primary)
    return {name: pick(primary, existing, name) for name in names}


def pick(primary: Session, existing: t.Sequence[VirtualServer], name: str) -> VirtualServer:
    """The one virtual server of a display name.

    :raises InputError: there is none, or more than one
    """
    matches = [server for server in existing if server.name == name]
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(str(server.id) for server in matches)
        why = '%s has %d virtual Administration Servers named "%s" (ids %s); rename all but one.' % (primary, len(matches), name, ids)
    else:
        names = [server.name for server in existing]
        why = '%s has no virtual Administration Server "%s". %s' % (primary, name, did_you_mean(name, names))
    raise InputError(why, server=primary.server.address, method="VServers.GetVServers", virtual_server=name)


def add(primary: Session, name: str, parent_group_id: int) -> t.Optional[VirtualServer]:
    """Make a virtual server below a group of the primary one, by VServers.AddVServerInfo; None where the answer does not describe it.

    A name that is taken is altered without a word: look first, and compare the name of what was made.
    """
    answer = primary.call("VServers.AddVServerInfo", {"strDisplayName": name, "lParentGroup": parent_group_id}, write=True)
    return _server(wire.record(answer.get("PxgRetVal")))


def enable(primary: Session, id: int, enabled: bool) -> None:
    """Enable or disable a virtual server, by VServers.UpdateVServerInfo. Nobody can log in to a disabled one."""
    primary.call("VServers.UpdateVServerInfo", {"lVServer": id, "pInfo": {"KLVSRV_ENABLED": enabled}}, write=True)


def move(primary: Session, id: int, parent_group_id: int) -> str:
    """Start moving a virtual server below another group of the primary one; the id of the asynchronous action."""
    return primary.call("VServers.MoveVServer", {"lVServer": id, "lNewParentGroup": parent_group_id}, write=True).text("strActionGuid")


def delete(primary: Session, id: int) -> str:
    """Start deleting a virtual server; the id of the asynchronous action.

    What becomes of its host records is not documented (day-two.md, section 8).

    :raises TemporarilyUnavailable: the server is not ready for that, such as while it deletes it already
    """
    return primary.call("VServers.DelVServer", {"lVServer": id}, write=True, patient=False).text("strActionGuid")


def host_count(primary: Session, id: int) -> t.Optional[int]:
    """How many hosts a virtual server has, by VServers2.GetVServerStatistic; None where the server does not tell."""
    return wire.number(_statistic(primary, id).get("KLVSRV_HOSTS"))


def product_versions(primary: Session, id: int) -> dict[str, list[str]]:
    """The versions of each product on a virtual server, 0 for the primary one; nothing where the server does not tell."""
    products = wire.record(_statistic(primary, id).get("KLVSRV_PRODUCTS"))
    return {name: list(wire.record(versions)) for name, versions in products.items()}


def _statistic(primary: Session, id: int) -> t.Mapping[str, t.Any]:
    try:
        answer = primary.call("VServers2.GetVServerStatistic", {"lVsId": id})
    except RequestRefused:
        return {}
    return wire.record(answer.get("PxgRetVal"))


def own_id(session: Session) -> t.Optional[int]:
    """The id of the virtual server that a session is on, by HostGroup.GetStaticInfo; None where the server does not tell."""
    try:
        answer = session.call("HostGroup.GetStaticInfo")
    except RequestRefused:
        return None
    return wire.number(wire.record(answer.get("PxgRetVal")).get("KLADMSRV_VSID"))
