# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Administration groups (contract ksc-openapi.md, section 3.5). A path such as Web/Frontend starts below Managed devices."""

from __future__ import annotations

import functools
import operator
import typing as t
from dataclasses import dataclass

from ..._core.errors import AnswerLost, InputError, NoSuchCall
from ..._core.naming import did_you_mean
from . import chunks, filters, wire
from .session import Session

FIELDS = ("id", "name", "parentId")
SEPARATOR = "/"

# Which conditions make the status of a host critical, or a warning (contract day-two.md, section 10).
CRITICAL = "KLSRV_HSTSTAT_CRITICAL"
WARNING = "KLSRV_HSTSTAT_WARNING"
MASK = "KLSRV_HSTSTAT_MASK"


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


def info(session: Session, group_id: int, attributes: t.Sequence[str]) -> dict[str, t.Any]:
    """Attributes of one group, by HostGroup.GetGroupInfoEx, or by GetGroupInfo where the server has only that (KSCAPI 16 a00549)."""
    try:
        answer = session.call("HostGroup.GetGroupInfoEx", {"nGroupId": group_id, "pArrAttributes": list(attributes)})
    except NoSuchCall:
        answer = session.call("HostGroup.GetGroupInfo", {"nGroupId": group_id})
    return wire.record(answer.get("PxgRetVal"))


def status_conditions(session: Session, group_id: int) -> t.Optional[int]:
    """The bits of the extended status that the group asks for, as critical or as a warning; None when the server does not tell.

    The bits are those of the page on the extended status mask (KSCAPI 13.2 a00008, a00009), such as 18: suggested by an application.
    """
    found = info(session, group_id, (CRITICAL, WARNING))
    masks = [wire.number(wire.record(found.get(name)).get(MASK)) for name in (CRITICAL, WARNING)]
    known = [mask for mask in masks if mask is not None]
    return functools.reduce(operator.or_, known) if known else None


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
