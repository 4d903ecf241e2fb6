# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Requests that deploy, configure and remove SVMs (contract, operations 15 to 17), from names that have become ids."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..jobs.svm_spec import Adapter, SvmSpec
from . import wire
from .infrastructure_types import OPENSTACK
from .session import Reply, Session

PATH = "management/deployment/svm/"  # the slash at the end belongs to it


@dataclass(frozen=True)
class ResolvedTarget:
    """Where one SVM is or shall be, by ids. ``networks`` and ``groups``: id by what the user calls them."""

    family: str
    infrastructure_id: str
    location_id: str
    svm_id: t.Optional[str] = None
    storage_id: t.Optional[str] = None
    flavor_id: t.Optional[str] = None
    volume_type_id: t.Optional[str] = None
    availability_zone: t.Optional[str] = None
    server_group_id: t.Optional[str] = None
    networks: t.Mapping[str, str] = field(default_factory=dict)
    groups: t.Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> dict[str, t.Any]:
        return {
            "infrastructureId": self.infrastructure_id,
            "svmId": self.svm_id,
            "location": {"id": self.location_id},
        }


Order = t.Tuple[SvmSpec, ResolvedTarget]


def deploy(
    session: Session,
    orders: t.Sequence[Order],
    image_id: str,
    *,
    threads: int,
    skip_integrity_check: bool,
    localization: str,
) -> Reply:
    """All SVMs of one family and image in one request; a task of the server does the work."""
    return session.post(
        PATH,
        {
            "threadsCount": threads,
            "image": {"id": image_id, "skipCheckIntegrity": skip_integrity_check, "localization": localization},
            "svms": [_deployment(spec, place) for spec, place in orders],
        },
    )


def configure(session: Session, orders: t.Sequence[Order], *, threads: int) -> Reply:
    return session.put(PATH, {"threadsCount": threads, "svms": [_configuration(spec, place) for spec, place in orders]})


def remove(session: Session, orders: t.Sequence[Order]) -> Reply:
    return session.delete(
        PATH,
        {"svms": [{"deploymentInfo": {"type": place.family, "target": place.target}} for _spec, place in orders]},
    )


def _deployment(spec: SvmSpec, place: ResolvedTarget) -> dict[str, t.Any]:
    settings: dict[str, t.Any] = {
        "storageId": place.storage_id,
        "flavorId": place.flavor_id,
        "volumeTypeId": place.volume_type_id,
        "availabilityZoneName": place.availability_zone,
        "serverGroupId": place.server_group_id,
        "networks": _networks(spec, place),
    }
    return {
        "svmSettings": {"name": spec.name, "ksc": _ksc(spec), "users": _users(spec, False), "dns": _dns(spec)},
        "deploymentInfo": {"type": place.family, "target": place.target, "settings": settings},
    }


def _configuration(spec: SvmSpec, place: ResolvedTarget) -> dict[str, t.Any]:
    """Elements that shall stay as they are, are left out as a whole."""
    return {
        "svmSettings": {
            "password": wire.password(spec.current_klconfig_password or ""),
            "ksc": _ksc(spec),
            "users": _users(spec, None),
            "dns": _dns(spec),
        },
        "deploymentInfo": {
            "type": place.family,
            "target": place.target,
            "settings": {"networks": _networks(spec, place)},
        },
    }


def _ksc(spec: SvmSpec) -> t.Optional[dict[str, t.Any]]:
    ksc = spec.ksc
    if ksc is None:
        return None
    return {"address": ksc.address, "port": ksc.port, "sslPort": ksc.ssl_port, "language": ksc.language}


def _users(spec: SvmSpec, allow_ssh: t.Optional[bool]) -> t.Optional[dict[str, t.Any]]:
    """``allow_ssh`` is what is sent when the user says nothing about it."""
    users: dict[str, t.Any] = {}
    if spec.root_password is not None:
        users["root"] = {
            "allowSshAccess": allow_ssh if spec.allow_ssh is None else spec.allow_ssh,
            "password": wire.password(spec.root_password),
        }
    if spec.klconfig_password is not None:
        users["klconfig"] = {"password": wire.password(spec.klconfig_password)}
    return users or None


def _dns(spec: SvmSpec) -> t.Optional[dict[str, t.Any]]:
    return {"main": spec.dns_main, "alternative": spec.dns_alternative} if spec.dns_main else None


def _networks(spec: SvmSpec, place: ResolvedTarget) -> t.Optional[list[dict[str, t.Any]]]:
    if not spec.adapters:
        return None
    if place.family != OPENSTACK:
        return [_host_network(adapter, place) for adapter in spec.adapters]
    networks: dict[str, list[dict[str, t.Any]]] = {}
    for adapter in spec.adapters:
        networks.setdefault(place.networks[adapter.network], []).append(_port(adapter, place))
    return [{"id": id, "ports": ports} for id, ports in networks.items()]


def _host_network(adapter: Adapter, place: ResolvedTarget) -> dict[str, t.Any]:
    return {
        "id": place.networks[adapter.network],
        "vlanId": adapter.vlan_id,
        "isPrimary": adapter.primary,
        "type": adapter.addressing,
        "ipAddress": adapter.ip_addresses[0] if adapter.ip_addresses else None,
        "mask": adapter.mask,
        "gateway": adapter.gateway,
    }


def _port(adapter: Adapter, place: ResolvedTarget) -> dict[str, t.Any]:
    groups = [place.groups[name] for name in adapter.security_groups]
    return {
        "isPrimary": adapter.primary,
        "type": adapter.addressing,
        "ipAddresses": list(adapter.ip_addresses) or None,
        "mask": adapter.mask,
        "gateway": adapter.gateway,
        "vlanId": adapter.vlan_id,
        "portSecurityEnabled": True if groups else None,
        "securityGroupIds": groups or None,
    }
