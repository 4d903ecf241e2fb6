# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of ``HostGroup`` that is about groups. Source: ksc-openapi.md section 3.5, day-two.md sections 2, 5 and 10."""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from typing import Any

from .actions import begin
from .administration import GROUPS, within
from .api import Call, method
from .attributes import AUTO_INSTALL, GROUP_SEARCH, HLF_INHERITED, GroupRow, group_fields, group_order_key, group_value
from .chunks import keep_rows
from .conditions import ALL, CRITICAL, MASK, WARNING
from .errors import bad_format, not_found, not_permitted
from .hostgroup import FIND, compiled, group_of, search_params
from .state import Group, Server
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


def check_name(name: str) -> None:
    """Refuse what is no name for a group."""
    if not name.strip() or "/" in name:
        raise bad_format("pInfo.name: %r is no name for a group" % name)


@method("HostGroup.AddGroup", {"pInfo": "params"})
def add_group(call: Call, pInfo: dict[str, Any]) -> dict[str, Any]:
    """Make a group; an existing one's id is returned."""
    info = plain(pInfo)
    if set(info) != {"name", "parentId"} or not isinstance(info["name"], str) or not isinstance(info["parentId"], int):
        raise bad_format("pInfo: name (string) and parentId (number) are needed")
    check_name(info["name"])
    parent, server = group_of(call, info["parentId"], "pInfo.parentId"), call.server
    if server.id and server.child(parent.id, info["name"]) is None:
        within(call.world, GROUPS, len(server.groups) - 2, "groups of a virtual server")
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


FLAGS = ("KLSRV_HSTSTAT_INHERITED", "KLSRV_HSTSTAT_INHERITABLE", "KLSRV_HSTSTAT_LOCKED")
THRESHOLDS = (
    "KLSRV_HSTSTAT_OLD_AV_BASES",
    "KLSRV_HSTSTAT_OLD_FSCAN",
    "KLSRV_HSTSTAT_OLD_LAST_CONNECT",
    "KLSRV_HSTSTAT_OLD_LICENSE",
    "KLSRV_HSTSTAT_SP_BOOT_EXPIRED",
    "KLSRV_HSTSTAT_SP_BOOT_REASONS",
    "KLSRV_HSTSTAT_SP_DISKSPACE",
    "KLSRV_HSTSTAT_SP_ENCRYPTION",
    "KLSRV_HSTSTAT_SP_RPT_DIFFERS",
    "KLSRV_HSTSTAT_SP_RPT_INACTIVE",
    "KLSRV_HSTSTAT_SP_UASEARCH",
    "KLSRV_HSTSTAT_SP_UNCURED",
    "KLSRV_HSTSTAT_SP_VIRUSES",
)
DAYS = {"notifyPeriod": "notify_days", "autoRemovePeriod": "remove_days"}


def _needed(name: str, value: Any, kind: type) -> None:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise bad_format("pInfo.%s: %s is needed" % (name, kind.__name__))


def _check_update(call: Call, group: Group, info: dict[str, Any]) -> None:
    """Check pInfo of UpdateGroup before anything is changed."""
    for name, value in info.items():
        if name == "name":
            _needed(name, value, str)
            check_name(value)
            other = call.server.child(group.parent, value)
            if group.id in (call.server.managed, call.server.unassigned) or other not in (None, group):
                raise not_permitted("pInfo.name: group %d cannot be called %r" % (group.id, value))
        elif name in DAYS:
            _needed(name, value, int)
            if value < 0:
                raise bad_format("pInfo.%s: a number of days is needed, not %d" % (name, value))
        elif name in (HLF_INHERITED, "KLGRP_HlfForceChildren"):
            _needed(name, value, bool)
        elif name in (CRITICAL, WARNING):
            _check_conditions(name, value)
        elif name == AUTO_INSTALL:
            _needed(name, value, list)
            for number in value:
                _needed(name, number, int)
                if number not in call.server.packages:
                    raise not_found("pInfo.%s: no package %d on server %r" % (name, number, call.server.title))
        else:
            raise bad_format("pInfo.%r: no such attribute, or one that cannot be changed" % name)
    if call.server.forced(group.id) and set(info) & {*DAYS, HLF_INHERITED}:
        raise not_permitted("a group above group %d forces its days on it" % group.id)
    if group.locked and set(info) & {CRITICAL, WARNING}:
        raise not_permitted("the status settings of group %d are locked" % group.id)


def _check_conditions(name: str, value: Any) -> None:
    _needed(name, value, dict)
    for key, item in value.items():
        if key in FLAGS:
            _needed("%s.%s" % (name, key), item, bool)
        elif key == MASK or key in THRESHOLDS:
            _needed("%s.%s" % (name, key), item, int)
        else:
            raise bad_format("pInfo.%s.%s: no such setting" % (name, key))
    if value.get(MASK, 0) & ~ALL:
        raise bad_format("pInfo.%s.%s: %d has bits that are no conditions" % (name, MASK, value[MASK]))


def _set_days(call: Call, group: Group, info: dict[str, Any]) -> None:
    """Set days, or go back to those of the group above; whether days that are inherited give way to others is a setting."""
    notify, remove, inherited = call.server.retention(group.id)
    given = set(info) & set(DAYS)
    stays = info.get(HLF_INHERITED, inherited and call.settings.inherited_settings == "kept")
    root = group.id in (call.server.managed, call.server.unassigned)
    if stays and not root and (given or HLF_INHERITED in info):
        group.notify_days = group.remove_days = None
    elif given or HLF_INHERITED in info:
        group.notify_days, group.remove_days = info.get("notifyPeriod", notify), info.get("autoRemovePeriod", remove)


def _set_conditions(call: Call, group: Group, severity: str, given: dict[str, Any]) -> None:
    """Set what makes a host critical or a warning, or go back to what the group above has."""
    old, inherited = call.server.conditions(group.id, severity)
    stays = given.get("KLSRV_HSTSTAT_INHERITED", inherited and call.settings.inherited_settings == "kept")
    if stays and group.id not in (call.server.managed, call.server.unassigned):
        group.conditions.pop(severity, None)
        return
    kept = dict(old) if call.settings.status_settings == "merged" else {MASK: 0}
    group.conditions[severity] = dict(kept, **{name: value for name, value in given.items() if name not in FLAGS})


@method("HostGroup.UpdateGroup", {"nGroup": "int", "pInfo": "params"})
def update_group(call: Call, nGroup: int, pInfo: dict[str, Any]) -> dict[str, Any]:
    """Change what is given of a group, all or nothing."""
    group, info = group_of(call, nGroup, "nGroup"), plain(pInfo)
    _check_update(call, group, info)
    group.name = info.get("name", group.name)
    group.force_children = info.get("KLGRP_HlfForceChildren", group.force_children)
    group.packages = info.get(AUTO_INSTALL, group.packages)
    _set_days(call, group, info)
    for severity in (CRITICAL, WARNING):
        if severity in info:
            _set_conditions(call, group, severity, info[severity])
    return {}


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
        if not server.id and any(other.parent_group in gone for other in call.world.virtual()):
            raise not_permitted("group %d has virtual servers" % nGroup)
        for host in hosts:
            server.remove_host(host)
        for task in [task for task in call.ksc.tasks.tasks.values() if task.server is server and task.document.group in gone]:
            call.ksc.tasks.remove(task)
        server.policies = [policy for policy in server.policies if policy.group not in gone]
        for number in gone:
            server.groups.pop(number, None)

    return {"strActionGuid": begin(call, call.settings.action_seconds, finish).guid}
