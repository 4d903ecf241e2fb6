# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Requests that deploy, configure and remove SVMs (contract, operations 15 to 17), from names that have become ids."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from . import wire
from .infrastructure_types import OPENSTACK
from .session import Reply, Session

PATH = "management/deployment/svm/"  # the slash at the end belongs to it


@dataclass(frozen=True)
class Adapter:
    """One network adapter; in the OpenStack family several may be in one network."""

    network: str
    primary: bool
    addressing: str
    ip_addresses: tuple[str, ...]
    mask: t.Optional[str]
    gateway: t.Optional[str]
    vlan_id: t.Optional[int]
    security_groups: tuple[str, ...]

    def returned(self) -> dict[str, t.Any]:
        return {
            "network": self.network,
            "primary": self.primary,
            "addressing": self.addressing,
            "ip_addresses": list(self.ip_addresses),
            "mask": self.mask,
            "gateway": self.gateway,
            "vlan_id": self.vlan_id,
            "security_groups": list(self.security_groups),
        }


@dataclass(frozen=True)
class Ksc:
    """The Administration Server that an SVM connects to."""

    address: str
    port: int
    ssl_port: int
    language: str

    def returned(self) -> dict[str, t.Any]:
        return {"address": self.address, "port": self.port, "ssl_port": self.ssl_port, "language": self.language}


@dataclass(frozen=True)
class SvmSettings:
    """What is set inside an SVM; None is not given."""

    adapters: tuple[Adapter, ...] = ()
    dns_main: t.Optional[str] = None
    dns_alternative: t.Optional[str] = None
    ksc: t.Optional[Ksc] = None
    allow_ssh: t.Optional[bool] = None
    root_password: t.Optional[str] = None
    klconfig_password: t.Optional[str] = None
    current_klconfig_password: t.Optional[str] = None


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
    def body(self) -> dict[str, t.Any]:
        return {
            "infrastructureId": self.infrastructure_id,
            "svmId": self.svm_id,
            "location": {"id": self.location_id},
        }


@dataclass(frozen=True)
class SvmRequest:
    """The part of a request that is about one SVM."""

    name: str
    settings: SvmSettings
    target: ResolvedTarget


def deploy(
    session: Session,
    requests: t.Sequence[SvmRequest],
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
            "svms": [_deployment(request) for request in requests],
        },
    )


def configure(session: Session, requests: t.Sequence[SvmRequest], *, threads: int) -> Reply:
    return session.put(PATH, {"threadsCount": threads, "svms": [_configuration(request) for request in requests]})


def remove(session: Session, targets: t.Sequence[ResolvedTarget]) -> Reply:
    return session.delete(PATH, {"svms": [{"deploymentInfo": {"type": target.family, "target": target.body}} for target in targets]})


def _deployment(request: SvmRequest) -> dict[str, t.Any]:
    settings, target = request.settings, request.target
    return {
        "svmSettings": {
            "name": request.name,
            "ksc": _ksc(settings),
            "users": _users(settings, allow_ssh=False),
            "dns": _dns(settings),
        },
        "deploymentInfo": {
            "type": target.family,
            "target": target.body,
            "settings": {
                "storageId": target.storage_id,
                "flavorId": target.flavor_id,
                "volumeTypeId": target.volume_type_id,
                "availabilityZoneName": target.availability_zone,
                "serverGroupId": target.server_group_id,
                "networks": _networks(settings, target),
            },
        },
    }


def _configuration(request: SvmRequest) -> dict[str, t.Any]:
    settings, target = request.settings, request.target
    return {
        "svmSettings": {
            "password": wire.password(settings.current_klconfig_password or ""),
            "ksc": _ksc(settings),
            "users": _users(settings, allow_ssh=None),
            "dns": _dns(settings),
        },
        "deploymentInfo": {
            "type": target.family,
            "target": target.body,
            "settings": {"networks": _networks(settings, target)},
        },
    }


def _ksc(settings: SvmSettings) -> t.Optional[dict[str, t.Any]]:
    ksc = settings.ksc
    if ksc is None:
        return None
    return {"address": ksc.address, "port": ksc.port, "sslPort": ksc.ssl_port, "language": ksc.language}


def _users(settings: SvmSettings, allow_ssh: t.Optional[bool]) -> t.Optional[dict[str, t.Any]]:
    """``allow_ssh`` is what is sent when the user says nothing about it."""
    users: dict[str, t.Any] = {}
    if settings.root_password is not None:
        users["root"] = {
            "allowSshAccess": allow_ssh if settings.allow_ssh is None else settings.allow_ssh,
            "password": wire.password(settings.root_password),
        }
    if settings.klconfig_password is not None:
        users["klconfig"] = {"password": wire.password(settings.klconfig_password)}
    return users or None


def _dns(settings: SvmSettings) -> t.Optional[dict[str, t.Any]]:
    return {"main": settings.dns_main, "alternative": settings.dns_alternative} if settings.dns_main else None


def _networks(settings: SvmSettings, target: ResolvedTarget) -> t.Optional[list[dict[str, t.Any]]]:
    if not settings.adapters:
        return None
    if target.family != OPENSTACK:
        return [_host_network(adapter, target) for adapter in settings.adapters]
    networks: dict[str, list[dict[str, t.Any]]] = {}
    for adapter in settings.adapters:
        networks.setdefault(target.networks[adapter.network], []).append(_port(adapter, target))
    return [{"id": id, "ports": ports} for id, ports in networks.items()]


def _host_network(adapter: Adapter, target: ResolvedTarget) -> dict[str, t.Any]:
    return {
        "id": target.networks[adapter.network],
        "vlanId": adapter.vlan_id,
        "isPrimary": adapter.primary,
        "type": adapter.addressing,
        "ipAddress": adapter.ip_addresses[0] if adapter.ip_addresses else None,
        "mask": adapter.mask,
        "gateway": adapter.gateway,
    }


def _port(adapter: Adapter, target: ResolvedTarget) -> dict[str, t.Any]:
    groups = [target.groups[name] for name in adapter.security_groups]
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
