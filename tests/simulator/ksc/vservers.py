# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``VServers``: virtual Administration Servers. Source: ksc-openapi.md section 5; only a login to the primary may ask (section 9)."""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from typing import Any

from .actions import begin
from .administration import VIRTUAL_SERVERS, within
from .api import Call, method
from .attributes import SERVER_ABSENT, check_fields, server_params
from .errors import bad_format, no_access, not_found
from .state import Server
from .wire import bare, inner, plain

WRITABLE: dict[str, tuple[str, type | tuple[type, ...]]] = {
    "KLVSRV_DN": ("name", str),
    "KLVSRV_ENABLED": ("enabled", bool),
    "KLVSRV_LIC_ENABLED": ("licenses_enabled", bool),
    "KLVSRV_CUSTOM_INFO": ("custom_info", (str, dict)),
}
ALL_RIGHTS = 0x7FFFFFFF


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
    within(call.world, VIRTUAL_SERVERS, len(call.world.virtual()) + 1, "virtual servers")
    name = call.world.free_name(strDisplayName)
    server = call.world.add_virtual(name, parent_group=lParentGroup, now=call.now)
    server.give_policies(call.now)
    return {"PxgRetVal": bare(server_params(server))}


@method("VServers.UpdateVServerInfo", {"lVServer": "long", "pInfo": "params"})
def update_vserver_info(call: Call, lVServer: int, pInfo: dict[str, Any]) -> dict[str, Any]:
    """Change a virtual server; a name that is taken is altered as on creation, and one that is switched off drops its sessions."""
    primary_only(call)
    server = virtual_server(call, lVServer)
    given = {name: value if name == "KLVSRV_CUSTOM_INFO" else plain(value) for name, value in pInfo.items()}
    for name, value in given.items():
        if name not in WRITABLE:
            raise bad_format("pInfo.%s: no such attribute, or one that cannot be changed" % name)
        if not isinstance(value, WRITABLE[name][1]) or (name == "KLVSRV_DN" and not str(value).strip()):
            raise bad_format("pInfo.%s: a wrong value" % name)
    for name, value in given.items():
        if name == "KLVSRV_DN":
            rename(call, server, value)
        else:
            setattr(server, WRITABLE[name][0], value)
    if not server.enabled:
        call.ksc.sessions.close(server)
    return {}


def rename(call: Call, server: Server, wanted: str) -> None:
    """Give a virtual server another display name; whoever has rights on it keeps them."""
    old, server.name = server.name, call.world.free_name(wanted, but=server)
    for account in call.ksc.accounts_list:
        account.servers = [server.name if name == old else name for name in account.servers]


@method("VServers.DelVServer", {"lVServer": "long"})
def del_vserver(call: Call, lVServer: int) -> dict[str, Any]:
    """Delete a virtual server in the background, with its tasks, users and sessions; what becomes of its hosts is a setting."""
    primary_only(call)
    server = virtual_server(call, lVServer)

    def finish(_when: float) -> None:
        if server not in call.world.servers:
            raise not_found("no virtual server %d" % lVServer)
        ksc = call.ksc
        ksc.sessions.close(server)
        for account in [item for item in ksc.accounts_list if item.home == server.id]:
            ksc.sessions.remove(account)
        for account in ksc.accounts_list:
            account.rights = account.rights and account.servers != [server.title]
            account.servers = [name for name in account.servers if name != server.title]
        for task in [task for task in ksc.tasks.tasks.values() if task.server is server]:
            ksc.tasks.remove(task)
        ksc.state.remove_virtual(server, ksc.settings.deleted_server_hosts)

    return {"strActionGuid": begin(call, call.settings.action_seconds, finish).guid}


@method("VServers.MoveVServer", {"lVServer": "long", "lNewParentGroup": "long"})
def move_vserver(call: Call, lVServer: int, lNewParentGroup: int) -> dict[str, Any]:
    """Put a virtual server into another group of the primary, in the background."""
    primary_only(call)
    server = virtual_server(call, lVServer)
    if lNewParentGroup not in call.server.groups:
        raise not_found("lNewParentGroup: no group %d" % lNewParentGroup)

    def finish(_when: float) -> None:
        server.parent_group = lNewParentGroup

    return {"strActionGuid": begin(call, call.settings.action_seconds, finish).guid}


@method("VServers.GetPermissions", {"lVServer": "long"})
def get_permissions(call: Call, lVServer: int) -> dict[str, Any]:
    """Return who has which rights on a virtual server: everybody who may log in, all rights."""
    primary_only(call)
    server = virtual_server(call, lVServer)
    permissions = [
        {
            "KLSPLU_NAME": account.username,
            "KLSPLU_IS_GROUP": False,
            "KLSPLU_AKUSER_ID": account.id,
            "KLSPLU_ALLOWMASK": ALL_RIGHTS,
            "KLSPLU_DENYMASK": 0,
            "KLSPLU_MAY_WRITE": True,
            "KLSPLU_MAY_REMOVE": account.home == server.id,
        }
        for account in call.ksc.accounts_list
        if account.may_use(server)
    ]
    return {"PxgRetVal": bare({"KLSPL_INHERITED": True, "KLSPL_POSSIBLE_RIGHTS": ALL_RIGHTS, "KLSPL_PERMISSIONS": permissions})}
