# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``VServers``: virtual Administration Servers. Source: ksc-openapi.md section 5; only a login to the primary may ask (section 9)."""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from typing import Any

from .api import Call, method
from .attributes import SERVER_ABSENT, check_fields, server_params
from .errors import bad_format, no_access, not_found
from .state import Server
from .wire import bare, inner


def primary_only(call: Call) -> None:
    """Refuse callers that are logged in to a virtual server (KLSTD 1184)."""
    if call.server.id:
        raise no_access("only a login to the primary server may do this, not one to %r" % call.server.title)


def virtual_server(call: Call, number: int) -> Server:
    """Return a virtual server by its id; not_found otherwise."""
    server = call.world.server_by_id(number)
    if server is None or not server.id:
        raise not_found("no virtual server %d" % number)
    return server


@method("VServers.GetVServers", {"lParentGroup": "long?"}, documented=True)
def get_vservers(call: Call, lParentGroup: int | None) -> dict[str, Any]:
    """Return the virtual servers of a group; -1 or nothing means all."""
    primary_only(call)
    found = [server for server in call.world.virtual() if lParentGroup in (None, -1, server.parent_group)]
    return {"PxgRetVal": [inner(server_params(server)) for server in found]}


@method("VServers.GetVServerInfo", {"lVServer": "long", "pFields2Return": "strings?"})
def get_vserver_info(call: Call, lVServer: int, pFields2Return: list[str] | None) -> dict[str, Any]:
    """Return attributes of one virtual server."""
    primary_only(call)
    values = server_params(virtual_server(call, lVServer))
    if pFields2Return:
        fields = check_fields(pFields2Return, set(values) | SERVER_ABSENT, (), call.settings)
        values = {name: values.get(name) for name in fields}
    return {"PxgRetVal": bare(values)}


@method("VServers.AddVServerInfo", {"strDisplayName": "string", "lParentGroup": "long"})
def add_vserver_info(call: Call, strDisplayName: str, lParentGroup: int) -> dict[str, Any]:
    """Make a virtual server; a name that is taken is altered without a word."""
    primary_only(call)
    if not strDisplayName.strip():
        raise bad_format("strDisplayName: a name is needed")
    if lParentGroup not in call.server.groups:
        raise not_found("no group %d" % lParentGroup)
    name, number = strDisplayName, 1
    while call.world.server(name) is not None:
        number += 1
        name = "%s (%d)" % (strDisplayName, number)
    server = call.world.add_virtual(name, parent_group=lParentGroup, now=call.now)
    server.give_policies(call.now)
    return {"PxgRetVal": bare(server_params(server))}
