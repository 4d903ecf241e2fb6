# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What the _info modules return: the server's objects as plain dicts."""

from __future__ import annotations

import typing as t

from ..._core.errors import CollectionError, InputError
from ..._core.module import Context
from ..api import infrastructures, instances, objects, tasks
from ..api.objects import Location
from ..api.session import NotFound, Session
from .connection import refresh_all

Info = t.Dict[str, t.Any]


def infrastructure_info(context: Context, session: Session) -> Info:
    ids = context.params["infrastructure_id"]
    if ids is None:
        listed = infrastructures.listing(session)
        if listed is None:
            raise InputError(
                "%s cannot list its infrastructures. Give infrastructure_id." % session,
                server=session.server.address,
            )
        found, missing = listed, []
    else:
        session.log_in()
        read = {id: infrastructures.read(session, id) for id in ids}
        found = [infrastructure for infrastructure in read.values() if infrastructure is not None]
        missing = [id for id, infrastructure in read.items() if infrastructure is None]
    return {"infrastructures": [infrastructure.returned() for infrastructure in found], "missing": missing}


def object_info(context: Context, session: Session) -> Info:
    params = context.params
    id = params["infrastructure_id"]
    infrastructure = infrastructures.read(session, id)
    if infrastructure is None:
        raise InputError("%s has no infrastructure %s." % (session, id), server=session.server.address, infrastructure_id=id)
    if params["refresh"] and not context.check_mode:
        refreshed = refresh_all(session, {id: infrastructure}, context)[id]
        if isinstance(refreshed, CollectionError):
            raise refreshed
    if params["id"] is not None:
        return _by_id(session, id, params["id"])
    parent_id = None
    if params["parent"] is not None:
        types = objects.location_types(infrastructure.infrastructure_type)
        locations = objects.listing(session, id, types).locations
        refs = [objects.NamedRef(location.id, location.name) for location in locations]
        known = list(objects.deployable(id, infrastructure.infrastructure_type, locations).values())
        ids = {ref.id for ref in known}
        known += [ref for ref in refs if ref.id not in ids]
        parent_id = objects.choose("parent", params["parent"], known, str(infrastructure)).id
    found = objects.listing(
        session,
        id,
        params["object_types"] or (),
        output=objects.DETAILED if params["details"] else objects.GENERAL,
        parent_id=parent_id,
    )
    names = params["name"]
    return {
        "locations": [_location(location) for location in found.locations if names is None or location.name in names],
        "vms": [machine.returned() for machine in found.machines if names is None or machine.name in names],
        "missing": [],
    }


def _by_id(session: Session, infrastructure_id: str, ids: t.Sequence[str]) -> Info:
    info: Info = {"locations": [], "vms": [], "missing": []}
    for id in ids:
        record = objects.detail(session, infrastructure_id, id)
        if record is None:
            info["missing"].append(id)
        elif record.flag("isSvm") is not None or record.each("networkAdapters"):
            info["vms"].append(objects.machine(record).returned())
        else:
            info["locations"].append(_location(objects.location(record)))
    return info


def _location(location: Location) -> Info:
    resources = location.record.inner("resources")
    info: Info = {
        "id": location.id,
        "name": location.name,
        "parent_id": location.parent_id,
        "state": location.state or None,
        "resources": None,
    }
    if not resources:
        return info

    def plain(name: str) -> list[Info]:
        return [{"id": ref.id, "name": ref.name} for ref in location.of(name)]

    info["resources"] = {
        "networks": plain("networks"),
        "storages": [
            {"id": entry.text("id"), "name": entry.text("name"), "free_space": entry.number("freeSpace")}
            for entry in resources.each("storages")
        ],
        "volume_types": plain("volumeTypes"),
        "security_groups": plain("securityGroups"),
        "server_groups": plain("serverGroups"),
        "availability_zones": [ref.name for ref in location.of("availabilityZones")],
        "flavors": [
            {
                "id": entry.text("id"),
                "name": entry.text("name"),
                "cpus": entry.number("vCpus"),
                "ram_mb": entry.number("ramInMegabytes"),
                "disk_gb": entry.number("diskInGigabytes"),
                "svm_versions": entry.texts("suitableForSvmVersions"),
            }
            for entry in resources.each("flavors")
        ],
    }
    return info


def instance_info(context: Context, session: Session) -> Info:
    return {"instances": [instance.returned() for instance in instances.listing(session)], "role": instances.role(session)}


def task_info(context: Context, session: Session) -> Info:
    found, missing = [], []
    for id in context.params["id"]:
        try:
            found.append(tasks.read(session, id).returned())
        except NotFound:
            missing.append(id)
    return {"tasks": found, "missing": missing}
