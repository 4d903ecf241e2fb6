# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 10 and 11: hypervisors, domains, projects, VMs and SVMs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .calls import Call
from .enumerations import HOST_OBJECTS, OPENSTACK_OBJECTS, OUTPUT_TYPES
from .errors import ApiError, unknown
from .infrastructures import Infrastructure
from .platforms import Location, Machine, Platform

if TYPE_CHECKING:
    from .server import Server

HOST_RESOURCES = ("networks", "storages")
PROJECT_RESOURCES = ("networks", "volumeTypes", "securityGroups", "serverGroups", "flavors", "availabilityZones")


def _wrong(name: str, text: str) -> ApiError:
    return ApiError(400, "BadRequest", "The request is wrong.", {name: [text]})


def object_types(server: Server, call: Call, openstack: bool) -> tuple[str, ...]:
    """Return the wanted types of objects, in the forms that the setting ``object_types`` lets pass (A-04)."""
    known = OPENSTACK_OBJECTS if openstack else HOST_OBJECTS
    values = [value for name, value in call.query if name == "objectTypes"]
    if not values:
        return OPENSTACK_OBJECTS[:2] if openstack else HOST_OBJECTS[:1]
    if server.settings.object_types == "raw_plus":
        words = values[0].split("+") if len(values) == 1 else [""]
    else:
        words = [word for value in values for word in re.split(r"[+ ,]", unquote(value))]
    for word in words:
        if word not in known:
            raise _wrong("objectTypes", "%r is none of %s joined by +" % (word, ", ".join(known)))
    return tuple(words)


def _connected(server: Server, wanted: str) -> tuple[Infrastructure, Platform | None]:
    item = server.infrastructures.get(wanted)
    if not item.seen and server.settings.objects_before_connected == "error":
        raise ApiError(409, "InfrastructureIsNotConnected", "The infrastructure is not connected.")
    return item, item.platform if item.seen else None


def location_body(item: Infrastructure, location: Location, detailed: bool) -> dict[str, Any]:
    """Return a hypervisor, domain or project."""
    body: dict[str, Any] = {"id": location.id, "name": location.name, "parentId": location.parent or item.id}
    if location.state:
        body["state"] = location.state
    if detailed and location.kind != "OpenstackDomain":
        kinds = HOST_RESOURCES if location.kind == "Host" else PROJECT_RESOURCES
        body["resources"] = {kind: location.resources.get(kind, []) for kind in kinds}
    return body


def machine_body(machine: Machine, location: Location, detailed: bool) -> dict[str, Any]:
    """Return a VM or SVM."""
    body: dict[str, Any] = {"id": machine.id, "name": machine.name, "parentId": machine.parent, "state": machine.state}
    if detailed:
        body["networkAdapters"] = [_adapter(adapter, location) for adapter in machine.adapters]
    body["isSvm"] = machine.svm is not None
    if detailed and machine.svm is not None:
        body["svmVersion"] = machine.svm.version
    return body


def _adapter(adapter: dict[str, Any], location: Location) -> dict[str, Any]:
    body = {"id": adapter["id"], "name": _name(location, "networks", adapter["id"])}
    if location.kind == "OpenstackProject":
        body["securityGroups"] = [
            {"id": group, "name": _name(location, "securityGroups", group)} for group in adapter.get("securityGroups", [])
        ]
    return body


def _name(location: Location, kind: str, wanted: str) -> str:
    found = location.resource(kind, wanted)
    return found.get("name", wanted) if found else wanted


def list_objects(server: Server, call: Call) -> Any:
    """GET /infrastructures/{id}/objects."""
    item, platform = _connected(server, call.ids["infrastructure"])
    types = object_types(server, call, item.type.openstack)
    output = call.parameter("outputType") or OUTPUT_TYPES[0]
    if output not in OUTPUT_TYPES:
        raise _wrong("outputType", "%r is none of %s" % (output, ", ".join(OUTPUT_TYPES)))
    detailed, parent = output == "DetailedInfo", call.parameter("parentId")
    if platform is None:
        return {"locations": [], "vms": []}
    if parent is not None and parent != item.id and parent not in platform.locations:
        raise unknown("Object", parent)
    locations = [
        location
        for location in platform.locations.values()
        if location.fresh and location.kind in types and parent in (None, location.parent or item.id)
    ]
    machines: list[Machine] = []
    if "VM" in types or "SVM" in types:
        every = platform.machines.values() if parent is None else platform.machines_at(parent)
        machines = [machine for machine in every if machine.fresh and ("SVM" if machine.svm else "VM") in types]
    return {
        "locations": [location_body(item, location, detailed) for location in locations],
        "vms": [machine_body(machine, platform.locations[machine.parent], detailed) for machine in machines],
    }


def read_object(server: Server, call: Call) -> Any:
    """GET /infrastructures/{id}/objects/{objectId}: always in full."""
    item, platform = _connected(server, call.ids["infrastructure"])
    wanted = call.ids["object"]
    if platform is not None:
        location = platform.locations.get(wanted)
        if location is not None and location.fresh:
            return location_body(item, location, True)
        machine = platform.machines.get(wanted)
        if machine is not None and machine.fresh:
            return machine_body(machine, platform.locations[machine.parent], True)
    raise unknown("Object", wanted)
