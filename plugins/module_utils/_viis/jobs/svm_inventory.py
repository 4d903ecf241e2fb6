# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""One infrastructure as a job about SVMs sees it: each piece is read when it is needed, and once; names become ids here."""

from __future__ import annotations

import typing as t

from ..._core.errors import InputError
from ..api import objects
from ..api.infrastructure_types import HOST, InfrastructureType
from ..api.infrastructures import Infrastructure
from ..api.objects import Location, Machine, NamedRef
from ..api.session import Session
from ..api.svms import ResolvedTarget
from .svm_spec import SvmSpec


class SvmInventory:
    """What one infrastructure has. Lists may be old until ``look_again``."""

    def __init__(self, session: Session, infrastructure: Infrastructure) -> None:
        self._session = session
        self.infrastructure = infrastructure
        self.type = infrastructure.infrastructure_type or InfrastructureType(infrastructure.type, HOST)
        self._locations: t.Optional[dict[str, NamedRef]] = None
        self._svms: t.Optional[tuple[Machine, ...]] = None
        self._details: dict[str, Location] = {}
        self._machines: dict[str, tuple[Machine, ...]] = {}

    def __str__(self) -> str:
        return str(self.infrastructure)

    @property
    def id(self) -> str:
        return self.infrastructure.id

    @property
    def location_word(self) -> str:
        return "project" if self.type.is_openstack else "hypervisor"

    @property
    def locations(self) -> dict[str, NamedRef]:
        """The hypervisors or projects, by id."""
        if self._locations is None:
            found = objects.listing(self._session, self.id, objects.location_types(self.type)).locations
            self._locations = objects.deployable(self.id, self.type, found)
        return self._locations

    def location(self, wanted: str) -> NamedRef:
        """
        :raises InputError: not exactly one hypervisor or project of this name or id
        """
        return objects.choose(self.location_word, wanted, self.locations.values(), str(self))

    def location_name(self, id: str) -> str:
        ref = self.locations.get(id)
        return id if ref is None else ref.path or ref.name

    @property
    def svms(self) -> tuple[Machine, ...]:
        """All SVMs of the infrastructure."""
        if self._svms is None:
            self._svms = objects.listing(self._session, self.id, ("SVM",)).machines
        return self._svms

    def look_again(self) -> tuple[Machine, ...]:
        """The SVMs as they are now."""
        self._svms = None
        return self.svms

    def named(self, name: str) -> list[Machine]:
        """The SVMs of this name, at all locations."""
        return [svm for svm in self.svms if svm.name == name]

    def at(self, name: str, location_id: str) -> list[Machine]:
        """The SVMs of this name at a location."""
        return [svm for svm in self.named(name) if svm.parent_id == location_id]

    def machines(self, location: NamedRef) -> tuple[Machine, ...]:
        """All machines at one hypervisor or in one project."""
        if location.id not in self._machines:
            listed = objects.listing(self._session, self.id, objects.MACHINES, parent_id=location.id)
            self._machines[location.id] = listed.machines
        return self._machines[location.id]

    def detail(self, location: NamedRef) -> Location:
        if location.id not in self._details:
            found = objects.location_detail(self._session, self.id, location.id)
            if found is None:
                raise InputError('The %s "%s" of %s no longer exists.' % (self.location_word, location.name, self), location=location.id)
            self._details[location.id] = found
        return self._details[location.id]

    def resolve(self, spec: SvmSpec, location: NamedRef, svm_id: t.Optional[str] = None) -> ResolvedTarget:
        """The ids of everything that a spec names at a location.

        :raises InputError: something is not there, or ambiguous
        """
        where = '%s "%s" of %s' % (self.location_word, location.path or location.name, self)

        def id_of(what: str, resource: str, wanted: t.Optional[str]) -> t.Optional[str]:
            if wanted is None:
                return None
            return objects.choose(what, wanted, self.detail(location).of(resource), where).id

        zone = None
        if spec.availability_zone is not None:
            zones = self.detail(location).of("availabilityZones")
            zone = objects.choose("availability zone", spec.availability_zone, zones, where).name
        return ResolvedTarget(
            family=self.type.family,
            infrastructure_id=self.id,
            location_id=location.id,
            svm_id=svm_id,
            storage_id=id_of("storage", "storages", spec.storage),
            flavor_id=id_of("flavor", "flavors", spec.flavor),
            volume_type_id=id_of("volume type", "volumeTypes", spec.volume_type),
            availability_zone=zone,
            server_group_id=id_of("server group", "serverGroups", spec.server_group),
            networks={adapter.network: t.cast(str, id_of("network", "networks", adapter.network)) for adapter in spec.settings.adapters},
            groups={
                name: t.cast(str, id_of("security group", "securityGroups", name))
                for adapter in spec.settings.adapters
                for name in adapter.security_groups
            },
        )

    def unsuitable(self, location: NamedRef, target: ResolvedTarget, svm_version: str) -> t.Optional[str]:
        """Why the flavor does not suit an SVM of this version, as far as the server tells."""
        for flavor in self.detail(location).record.inner("resources").each("flavors"):
            versions = flavor.texts("suitableForSvmVersions")
            if flavor.text("id") == target.flavor_id and versions:
                if not any(svm_version == version or svm_version.startswith(version + ".") for version in versions):
                    return 'flavor "%s" is for SVMs of version %s, but the image has version %s' % (
                        flavor.text("name"),
                        ", ".join(versions),
                        svm_version,
                    )
        return None
