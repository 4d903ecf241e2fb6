# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The objects of an infrastructure (contract, sections 4.5 and 6.4, operations 10 and 11): names to ids, read in small pieces.

Large infrastructures are read as the vendor recommends: general information about the locations, full information about
the chosen ones only, machines by their parent.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import InputError
from ..._core.naming import did_you_mean
from . import wire
from .infrastructure_types import HOST, InfrastructureType
from .session import NotFound, Session
from .wire import Record

GENERAL = "GeneralInfo"
DETAILED = "DetailedInfo"
# Joined by a literal "+" on the wire.
LOCATIONS = {HOST: ("Host",)}
OPENSTACK_LOCATIONS = ("OpenstackDomain", "OpenstackProject")
MACHINES = ("VM", "SVM")
RESOURCES = (
    "networks",
    "storages",
    "volumeTypes",
    "securityGroups",
    "serverGroups",
    "flavors",
    "availabilityZones",
)


@dataclass(frozen=True)
class NamedRef:
    """Anything with a name and an id; ``path`` is another name that tells it from its namesakes."""

    id: str
    name: str
    path: str = ""

    def __str__(self) -> str:
        return '"%s" (id %s)' % (self.path or self.name, self.id)


@dataclass(frozen=True)
class Location:
    """A hypervisor, or an OpenStack domain or project. Its resources are known after a detailed read only."""

    id: str
    name: str
    parent_id: str
    state: str
    resources: t.Mapping[str, tuple[NamedRef, ...]]
    record: Record

    def of(self, resource: str) -> tuple[NamedRef, ...]:
        return self.resources.get(resource, ())


@dataclass(frozen=True)
class Machine:
    """A VM or SVM. ``adapters``: the networks of its adapters, after a detailed read."""

    id: str
    name: str
    parent_id: str
    state: str
    is_svm: bool
    svm_version: str
    adapters: tuple[tuple[NamedRef, tuple[NamedRef, ...]], ...]

    @property
    def ref(self) -> NamedRef:
        return NamedRef(self.id, self.name)

    def returned(self) -> dict[str, t.Any]:
        return {
            "id": self.id,
            "name": self.name,
            "parent_id": self.parent_id,
            "state": self.state or None,
            "is_svm": self.is_svm,
            "svm_version": self.svm_version or None,
            "networks": [
                {
                    "id": network.id,
                    "name": network.name,
                    "security_groups": [{"id": group.id, "name": group.name} for group in groups],
                }
                for network, groups in self.adapters
            ],
        }


def _refs(records: t.Iterable[Record]) -> tuple[NamedRef, ...]:
    # An availability zone has only a name.
    return tuple(NamedRef(record.text("id") or record.text("name"), record.text("name")) for record in records)


def location(record: Record) -> Location:
    resources = record.inner("resources")
    return Location(
        id=record.text("id"),
        name=record.text("name"),
        parent_id=record.text("parentId"),
        state=record.text("state"),
        resources={name: _refs(resources.each(name)) for name in RESOURCES},
        record=record,
    )


def machine(record: Record, is_svm: bool = False) -> Machine:
    flag = record.flag("isSvm")
    return Machine(
        id=record.text("id"),
        name=record.text("name"),
        parent_id=record.text("parentId"),
        state=record.text("state"),
        is_svm=(is_svm or bool(record.text("svmVersion"))) if flag is None else flag,
        svm_version=record.text("svmVersion"),
        adapters=tuple(
            (NamedRef(adapter.text("id"), adapter.text("name")), _refs(adapter.each("securityGroups")))
            for adapter in record.each("networkAdapters")
        ),
    )


@dataclass(frozen=True)
class Listing:
    locations: tuple[Location, ...]
    machines: tuple[Machine, ...]


def listing(
    session: Session,
    infrastructure_id: str,
    types: t.Sequence[str] = (),
    *,
    output: str = GENERAL,
    parent_id: t.Optional[str] = None,
) -> Listing:
    """The objects of some types; without types, the locations, as the server has it."""
    query = wire.query(objectTypes="+".join(types), outputType=output, parentId=parent_id)
    record = session.get("infrastructures/%s/objects%s" % (wire.segment(infrastructure_id), query)).record
    return Listing(
        tuple(map(location, record.each("locations"))),
        tuple(machine(entry, is_svm=tuple(types) == ("SVM",)) for entry in record.each("vms")),
    )


def detail(session: Session, infrastructure_id: str, object_id: str) -> t.Optional[Record]:
    """Everything about one object, None when there is none of this id."""
    try:
        return session.get("infrastructures/%s/objects/%s" % (wire.segment(infrastructure_id), wire.segment(object_id))).record
    except NotFound:
        return None


def location_detail(session: Session, infrastructure_id: str, object_id: str) -> t.Optional[Location]:
    record = detail(session, infrastructure_id, object_id)
    return None if record is None else location(record)


def machine_detail(session: Session, infrastructure_id: str, object_id: str) -> t.Optional[Machine]:
    record = detail(session, infrastructure_id, object_id)
    return None if record is None else machine(record)


def location_types(type: t.Optional[InfrastructureType]) -> tuple[str, ...]:
    """The object types of the locations of a family; for an unknown type the server's own default."""
    if type is None:
        return ()
    return OPENSTACK_LOCATIONS if type.is_openstack else LOCATIONS[HOST]


def deployable(infrastructure_id: str, type: t.Optional[InfrastructureType], found: t.Iterable[Location]) -> dict[str, NamedRef]:
    """Where an SVM can be, by id: hypervisors, or projects, whose path is ``domain/project``."""
    locations = list(found)
    if type is None or not type.is_openstack:
        return {location.id: NamedRef(location.id, location.name) for location in locations}
    # Only a project has a domain for a parent; how else to tell them apart is not documented.
    domains = {location.id: location.name for location in locations if location.parent_id == infrastructure_id}
    return {
        location.id: NamedRef(
            location.id,
            location.name,
            "%s/%s" % (domains[location.parent_id], location.name) if location.parent_id in domains else "",
        )
        for location in locations
        if location.id not in domains
    }


def choose(what: str, wanted: str, existing: t.Iterable[NamedRef], where: str) -> NamedRef:
    """The ref of this id, path or name; exactly one. Case counts only where it tells two apart.

    :raises InputError: none or several
    """
    refs = list(dict.fromkeys(existing))
    for same in (
        [ref for ref in refs if ref.id == wanted],
        [ref for ref in refs if wanted in (ref.path, ref.name)],
        [ref for ref in refs if wanted.casefold() in (ref.path.casefold(), ref.name.casefold())],
    ):
        if len(same) == 1:
            return same[0]
        if same:
            raise InputError(
                'The %s "%s" is ambiguous in %s: %s. Give the id%s.'
                % (
                    what,
                    wanted,
                    where,
                    "; ".join(map(str, same)),
                    ", or domain/project" if any(ref.path for ref in same) else "",
                ),
                candidates=[ref.id for ref in same],
                **{what.replace(" ", "_"): wanted},
            )
    raise InputError(
        'There is no %s "%s" in %s. %s' % (what, wanted, where, did_you_mean(wanted, [ref.path or ref.name for ref in refs])),
        **{what.replace(" ", "_"): wanted},
    )
