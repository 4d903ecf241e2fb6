# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Virtual Administration Servers (contract ksc-openapi.md, section 5)."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass

from ..._core.errors import InputError
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
    licence_enabled: t.Optional[bool]
    parent_group_id: t.Optional[int]
    managed_group_id: t.Optional[int]
    unassigned_group_id: t.Optional[int]
    created: t.Optional[datetime.datetime]


def listing(primary: Session) -> list[VirtualServer]:
    """All virtual servers, by VServers.GetVServers."""
    answer = primary.call("VServers.GetVServers", {"lParentGroup": ALL_GROUPS})
    return [
        VirtualServer(
            id=id,
            name=str(record.get("KLVSRV_DN", "")),
            uid=str(record.get("KLVSRV_UID", "")),
            enabled=record.get("KLVSRV_ENABLED"),
            licence_enabled=record.get("KLVSRV_LIC_ENABLED"),
            parent_group_id=wire.number(record.get("KLVSRV_GRP")),
            managed_group_id=wire.number(record.get("KLVSRV_GROUPS")),
            unassigned_group_id=wire.number(record.get("KLVSRV_UNASSIGNED")),
            created=record.get("KLVSRV_CREATED"),
        )
        for record in wire.records(answer.get("PxgRetVal"))
        for id in [wire.number(record.get("KLVSRV_ID"))]
        if id is not None
    ]


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
