# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Administration groups (contract ksc-openapi.md, section 3.5; day-two.md, sections 2, 5 and 6).

A path such as Web/Frontend starts below Managed devices.
"""

from __future__ import annotations

import functools
import operator
import typing as t
from dataclasses import dataclass

from ..._core.errors import AccessDenied, AnswerLost, InputError, NoSuchCall, RequestRefused, TemporarilyUnavailable
from ..._core.naming import did_you_mean
from . import chunks, filters, wire
from .session import Session

FIELDS = ("id", "name", "parentId")
SEPARATOR = "/"
ONLY_IF_EMPTY = 1  # nFlags of RemoveGroup

# Attributes of a group that modules set. The name of the first of the keys ends with a space.
INHERITED = "KLGRP_HlfInherited "
FORCED = "KLGRP_HlfForced"  # by a parent group: the retention cannot be changed here
FORCES_CHILDREN = "KLGRP_HlfForceChildren"
NOTIFY, REMOVE = "notifyPeriod", "autoRemovePeriod"
CRITICAL, WARNING = "KLSRV_HSTSTAT_CRITICAL", "KLSRV_HSTSTAT_WARNING"
MASK, LOCKED, CONDITIONS_INHERITED = "KLSRV_HSTSTAT_MASK", "KLSRV_HSTSTAT_LOCKED", "KLSRV_HSTSTAT_INHERITED"
PACKAGES = "c_grp_autoInstallPackageId"
ATTRIBUTES = ("id", "name", "parentId", NOTIFY, REMOVE, INHERITED, FORCED, FORCES_CHILDREN, CRITICAL, WARNING, PACKAGES)

# The bits of the extended mask of the status, by what a condition is about (day-two.md, section 6).
CONDITIONS = {
    "agent_inactive": 0,
    "protection_off": 1,
    "protection_not_running": 2,
    "many_viruses": 3,
    "protection_level_differs": 4,
    "protection_not_installed": 5,
    "scan_outdated": 6,
    "databases_outdated": 7,
    "not_connected": 8,
    "license": 9,
    "uncured_objects": 10,
    "restart_required": 11,
    "incompatible_software": 12,
    "vulnerabilities": 13,
    "update_search_outdated": 14,
    "encryption": 15,
    "mobile": 16,
    "incidents": 17,
    "suggested_by_product": 18,
    "disk_space": 19,
}


@dataclass(frozen=True)
class Group:
    id: int
    name: str
    parent_id: t.Optional[int]
    attributes: t.Mapping[str, t.Any]


def managed_id(session: Session) -> int:
    """The id of Managed devices on this server."""
    return session.call("HostGroup.GroupIdGroups").number("PxgRetVal")


def unassigned_id(session: Session) -> int:
    """The id of Unassigned devices on this server."""
    return session.call("HostGroup.GroupIdUnassigned").number("PxgRetVal")


def matching(session: Session, condition: str = "", fields: t.Sequence[str] = FIELDS) -> list[Group]:
    """The groups that meet a condition, all without one; by HostGroup.FindGroups."""
    return [
        Group(id, str(record.get("name", "")), wire.number(record.get("parentId")), record)
        for record in chunks.query(session, "HostGroup.FindGroups", condition, fields, {})
        for id in [wire.number(record.get("id"))]
        if id is not None
    ]


def path_names(path: str) -> list[str]:
    return [name for name in path.split(SEPARATOR) if name]


def paths(groups: t.Iterable[Group], root: int) -> dict[int, str]:
    """The path below ``root`` of each group that is there."""
    by_id = {group.id: group for group in groups}
    found = {}
    for group in by_id.values():
        names: list[str] = []
        at: t.Optional[Group] = group
        while at is not None and at.id != root and len(names) < len(by_id):
            names.insert(0, at.name)
            if at.parent_id == root:
                found[group.id] = SEPARATOR.join(names)
                break
            at = by_id.get(at.parent_id) if at.parent_id is not None else None
    return found


@dataclass(frozen=True)
class GroupPath:
    """A group path on one server: the part that exists, and the names that are still missing below it."""

    path: str
    id: int
    missing: tuple[str, ...] = ()


def locate(session: Session, paths: t.Iterable[str]) -> dict[str, GroupPath]:
    """Follow paths from Managed devices; an empty one is Managed devices itself."""
    root = managed_id(session)
    names = {path: path_names(path) for path in paths}
    wanted = dict.fromkeys(name for parts in names.values() for name in parts)
    candidates = matching(session, filters.any_of(*(filters.equals("name", name) for name in wanted))) if wanted else []
    return {path: _followed(path, parts, root, candidates) for path, parts in names.items()}


def _followed(path: str, names: t.Sequence[str], root: int, candidates: t.Sequence[Group]) -> GroupPath:
    at = root
    for depth, name in enumerate(names):
        step = [group for group in candidates if group.name.casefold() == name.casefold() and group.parent_id == at]
        if not step and depth == 0:
            # A server that does not tell parents: a name that is there once is the group.
            step = [group for group in candidates if group.name == name and group.parent_id is None]
        if len(step) != 1:
            return GroupPath(path, at, tuple(names[depth:]))
        at = step[0].id
    return GroupPath(path, at)


def unknown(session: Session, wanted: t.Iterable[str]) -> dict[str, InputError]:
    """The error for each path that is not there, with the nearest that are."""
    existing = list(paths(matching(session), managed_id(session)).values())
    return {
        path: InputError(
            '%s has no administration group "%s" below Managed devices. %s' % (session, path, did_you_mean(path, existing)),
            server=session.server.address,
            virtual_server=session.virtual_server,
            method="HostGroup.FindGroups",
            group=path,
        )
        for path in wanted
    }


def create(session: Session, place: GroupPath) -> int:
    """Create what is missing of a path."""
    at = place.id
    for name in place.missing:
        try:
            at = _add(session, name, at)
        except AnswerLost:
            at = _add(session, name, at)  # the id of the group, if it is there already
    return at


def _add(session: Session, name: str, parent_id: int) -> int:
    """By HostGroup.AddGroup, which gives back the id of a group that exists."""
    return session.call("HostGroup.AddGroup", {"pInfo": {"name": name, "parentId": parent_id}}, write=True).number("PxgRetVal")


# -- what a group has set ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """The attributes of a group, as the server tells them; ``None`` is what it does not tell."""

    attributes: t.Mapping[str, t.Any]

    def days(self, key: str) -> t.Optional[int]:
        """NOTIFY or REMOVE."""
        return wire.number(self.attributes.get(key))

    @property
    def inherited(self) -> bool:
        """Whether the retention is that of the parent group."""
        return self.attributes.get(INHERITED, self.attributes.get(INHERITED.strip())) is True

    @property
    def locked(self) -> bool:
        """Whether a parent group does not let the retention be changed."""
        return self.attributes.get(FORCED) is True

    @property
    def locks_children(self) -> bool:
        return self.locked or self.attributes.get(FORCES_CHILDREN) is True

    def level(self, key: str) -> t.Optional[dict[str, t.Any]]:
        """What makes a host CRITICAL or WARNING."""
        value = self.attributes.get(key)
        return wire.record(value) if isinstance(value, dict) else None

    @property
    def mask(self) -> t.Optional[int]:
        """The bits of the extended status that are asked for, at either level; None when the server does not tell."""
        masks = [wire.number(level.get(MASK)) for level in (self.level(CRITICAL), self.level(WARNING)) if level is not None]
        known = [mask for mask in masks if mask is not None]
        return functools.reduce(operator.or_, known) if known else None

    @property
    def conditions(self) -> t.Optional[list[str]]:
        """The conditions that are on, at either level."""
        mask = self.mask
        return None if mask is None else [name for name, bit in CONDITIONS.items() if mask >> bit & 1]

    @property
    def package_ids(self) -> list[int]:
        """The packages for whatever enters the group; none, where the server tells of none."""
        value = self.attributes.get(PACKAGES)
        return [id for id in map(wire.number, value) if id is not None] if isinstance(value, list) else []


def settings(session: Session, id: int, attributes: t.Sequence[str] = ATTRIBUTES) -> Settings:
    """By HostGroup.GetGroupInfoEx; a server without it, or that refuses some attributes, tells what it tells by GetGroupInfo."""
    try:
        answer = session.call("HostGroup.GetGroupInfoEx", {"nGroupId": id, "pArrAttributes": list(attributes)})
    except (AccessDenied, TemporarilyUnavailable):
        raise
    except RequestRefused as error:
        try:
            answer = session.call("HostGroup.GetGroupInfo", {"nGroupId": id})
        except NoSuchCall:
            raise error from None
    return Settings(wire.record(answer.get("PxgRetVal")))


def status_conditions(session: Session, id: int) -> t.Optional[int]:
    """The bits of the extended status that the group asks for, such as 18: suggested by an application (KSCAPI 13.2 a00008, a00009)."""
    return settings(session, id, (CRITICAL, WARNING)).mask


def with_conditions(level: t.Mapping[str, t.Any], names: t.Iterable[str]) -> dict[str, t.Any]:
    """What makes a host critical, with these conditions on as well, of the group's own."""
    mask = level.get(MASK)
    kind = type(mask) if isinstance(mask, int) and not isinstance(mask, bool) else int  # a long stays one
    number = wire.number(mask) or 0
    for name in names:
        number |= 1 << CONDITIONS[name]
    return {**level, MASK: kind(number), CONDITIONS_INHERITED: False}


def update(session: Session, id: int, attributes: t.Mapping[str, t.Any]) -> None:
    """Set attributes of a group, by HostGroup.UpdateGroup."""
    session.call("HostGroup.UpdateGroup", {"nGroup": id, "pInfo": dict(attributes)}, write=True)


def remove_empty(session: Session, id: int) -> str:
    """Start deleting a group that has neither hosts nor subgroups; the id of the asynchronous action."""
    return session.call("HostGroup.RemoveGroup", {"nGroup": id, "nFlags": ONLY_IF_EMPTY}, write=True).text("strActionGuid")
