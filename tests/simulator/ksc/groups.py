# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of ``HostGroup`` that is about groups. Source: ksc-openapi.md section 3.5, day-two.md sections 2, 5 and 10."""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from typing import Any

from .actions import begin
from .api import Call, method
from .attributes import GROUP_SEARCH, GroupRow, group_fields, group_order_key, group_value
from .chunks import keep_rows
from .errors import bad_format, not_found, not_permitted
from .hostgroup import FIND, compiled, group_of, search_params
from .state import Server
from .wire import bare, inner, order_of, ordered, plain

MAX_ATTRIBUTES = 100


@method("HostGroup.FindGroups", FIND, documented=True)
def find_groups(call: Call, **arguments: Any) -> dict[str, Any]:
    """Find groups of the session's server by a filter."""
    fields = group_fields(arguments["vecFieldsToReturn"], call.settings)
    search_params(arguments["pParams"])
    wanted = compiled(call, arguments["wstrFilter"], GROUP_SEARCH)
    server = call.server
    rows = [GroupRow(server, group) for group in sorted(server.groups.values(), key=lambda group: group.id) if group.id != server.super]
    found = ordered(wanted.select(rows), order_of(arguments["vecFieldsToOrder"]), group_order_key)
    accessor = keep_rows(call, found, lambda row: {name: group_value(row, name) for name in fields}, arguments["lMaxLifeTime"])
    return {"strAccessor": accessor, "PxgRetVal": len(found)}


@method("HostGroup.GroupIdGroups", documented=True)
def group_id_groups(call: Call) -> dict[str, Any]:
    """Return the id of Managed devices."""
    return {"PxgRetVal": call.server.managed}


@method("HostGroup.GroupIdUnassigned", documented=True)
def group_id_unassigned(call: Call) -> dict[str, Any]:
    """Return the id of Unassigned devices."""
    return {"PxgRetVal": call.server.unassigned}


@method("HostGroup.GroupIdSuper")
def group_id_super(call: Call) -> dict[str, Any]:
    """Return the id of the group above both."""
    return {"PxgRetVal": call.server.super}


def group_tree(server: Server, parent: int, depth: int) -> list[dict[str, Any]] | None:
    """Return groups below ``parent``, ``depth`` levels deep (0 = all); None when there are none."""
    found = [
        {"id": group.id, "name": group.name, "groups": None if depth == 1 else group_tree(server, group.id, max(depth - 1, 0))}
        for group in server.subgroups(parent)
    ]
    return found or None


@method("HostGroup.GetSubgroups", {"nGroupId": "int", "nDepth": "int"})
def get_subgroups(call: Call, nGroupId: int, nDepth: int) -> dict[str, Any]:
    """Return the tree of groups below one; null when there are none."""
    if nGroupId not in call.server.groups:
        raise not_found("no group %d on server %r" % (nGroupId, call.server.title))
    return {"PxgRetVal": inner(group_tree(call.server, nGroupId, nDepth))}


@method("HostGroup.AddGroup", {"pInfo": "params"})
def add_group(call: Call, pInfo: dict[str, Any]) -> dict[str, Any]:
    """Make a group; an existing one's id is returned."""
    info = plain(pInfo)
    if set(info) != {"name", "parentId"} or not isinstance(info["name"], str) or not isinstance(info["parentId"], int):
        raise bad_format("pInfo: name (string) and parentId (number) are needed")
    if not info["name"].strip() or "/" in info["name"]:
        raise bad_format("pInfo.name: %r is no name for a group" % info["name"])
    parent = group_of(call, info["parentId"], "pInfo.parentId")
    return {"PxgRetVal": call.server.add_group(parent.id, info["name"], call.now).id}


@method("HostGroup.GetGroupId", {"nParent": "int", "strName": "string"})
def get_group_id(call: Call, nParent: int, strName: str) -> dict[str, Any]:
    """Return the id of a group by its parent and exact name, -1 when there is none."""
    group = call.server.child(nParent, strName)
    return {"PxgRetVal": -1 if group is None else group.id}


@method("HostGroup.GetGroupInfo", {"nGroupId": "int"})
def get_group_info(call: Call, nGroupId: int) -> dict[str, Any]:
    """Return a group's attributes (ksc-wire.md section 7, point 6: deprecated, still called by vendor samples)."""
    server = call.server
    group = group_of(call, nGroupId, "nGroupId")
    row = GroupRow(server, group)
    return {"PxgRetVal": bare({name: group_value(row, name) for name in GROUP_SEARCH})}


@method("HostGroup.GetGroupInfoEx", {"nGroupId": "int", "pArrAttributes": "strings"})
def get_group_info_ex(call: Call, nGroupId: int, pArrAttributes: list[str]) -> dict[str, Any]:
    """Return the attributes of a group that are asked for, at most 100."""
    row = GroupRow(call.server, group_of(call, nGroupId, "nGroupId"))
    if not 0 < len(pArrAttributes) <= MAX_ATTRIBUTES:
        raise bad_format("pArrAttributes: 1 to %d names are needed, not %d" % (MAX_ATTRIBUTES, len(pArrAttributes)))
    return {"PxgRetVal": bare({name: group_value(row, name) for name in group_fields(pArrAttributes, call.settings)})}


@method("HostGroup.RemoveGroup", {"nGroup": "int", "nFlags": "int"})
def remove_group(call: Call, nGroup: int, nFlags: int) -> dict[str, Any]:
    """Delete a group in the background: 1 only if empty, 2 with subgroups and tasks, 3 also with hosts."""
    server = call.server
    group_of(call, nGroup, "nGroup")
    if nGroup in (server.managed, server.unassigned):
        raise not_permitted("group %d cannot be deleted" % nGroup)
    if nFlags not in (1, 2, 3):
        raise bad_format("nFlags: 1, 2 or 3 is needed")

    def finish(_when: float) -> None:
        gone = server.below(nGroup)
        hosts = [host for host in server.hosts.values() if host.group in gone]
        if (nFlags == 1 and (len(gone) > 1 or hosts)) or (nFlags == 2 and hosts):
            raise not_permitted("group %d is not empty" % nGroup)
        for host in hosts:
            server.remove_host(host)
        for number in gone:
            server.groups.pop(number, None)

    return {"strActionGuid": begin(call, call.settings.action_seconds, finish).guid}
