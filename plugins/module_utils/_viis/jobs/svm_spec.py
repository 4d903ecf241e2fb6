# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What the user wants of each SVM: what is shared is inherited, and the vendor's rules hold before anything is asked of a server.

The rules are R-14 to R-18 and R-20 of the contract, section 7.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

from ..._core.errors import InputError
from ..._core.module import Params
from ..api.infrastructure_types import InfrastructureType

STATIC = "static"
DYNAMIC = "dynamic"
KSC_PORT = 14000
KSC_SSL_PORT = 13000
LANGUAGE = "en"

# Options of one SVM that may be given once for all; those that are dicts are inherited member by member.
SHARED = (
    "infrastructure_id",
    "image_id",
    "location",
    "storage",
    "flavor",
    "volume_type",
    "availability_zone",
    "server_group",
    "networks",
    "klconfig_password",
    "current_klconfig_password",
)
SHARED_DICTS = ("dns", "ksc", "root")


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
    address: str
    port: int
    ssl_port: int
    language: str


@dataclass(frozen=True)
class SvmSpec:
    """One SVM as it shall be; None is not given."""

    name: str
    infrastructure_id: t.Optional[str]
    image_id: t.Optional[str]
    location: t.Optional[str]
    storage: t.Optional[str]
    flavor: t.Optional[str]
    volume_type: t.Optional[str]
    availability_zone: t.Optional[str]
    server_group: t.Optional[str]
    adapters: tuple[Adapter, ...]
    dns_main: t.Optional[str]
    dns_alternative: t.Optional[str]
    ksc: t.Optional[Ksc]
    allow_ssh: t.Optional[bool]
    root_password: t.Optional[str]
    klconfig_password: t.Optional[str]
    current_klconfig_password: t.Optional[str]

    @property
    def secrets(self) -> list[str]:
        given = (self.root_password, self.klconfig_password, self.current_klconfig_password)
        return [secret for secret in given if secret]

    @property
    def ip_address(self) -> t.Optional[str]:
        """The static address of the primary adapter."""
        return next((a.ip_addresses[0] for a in self.adapters if a.primary and a.ip_addresses), None)

    def settings(self) -> dict[str, t.Any]:
        """What is wanted, without secrets, for the diff."""
        wanted: dict[str, t.Any] = {}
        if self.ksc is not None:
            wanted["ksc"] = {
                "address": self.ksc.address,
                "port": self.ksc.port,
                "ssl_port": self.ksc.ssl_port,
                "language": self.ksc.language,
            }
        if self.dns_main is not None:
            wanted["dns"] = {"main": self.dns_main, "alternative": self.dns_alternative}
        if self.allow_ssh is not None:
            wanted["allow_ssh"] = self.allow_ssh
        if self.adapters:
            wanted["networks"] = [adapter.returned() for adapter in self.adapters]
        for name in ("root_password", "klconfig_password"):
            if getattr(self, name) is not None:
                wanted[name] = "(set)"
        return wanted


class ValidationErrors:
    """What is wrong with which SVM; raised as one error."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}
        self._facts: list[dict[str, t.Any]] = []

    def add(self, name: str, text: str, **facts: t.Any) -> None:
        self._found.setdefault(text.rstrip(". "), []).append(name)
        self._facts.append(facts)

    def require(self) -> None:
        """
        :raises InputError: there were complaints
        """
        if self._found:
            said = ["%s: %s" % (", ".join(dict.fromkeys(names)), text) for text, names in self._found.items()]
            facts = self._facts[0] if len(self._found) == 1 else {}
            raise InputError(
                "%s. Nothing was changed." % "; ".join(said),
                **{**facts, "svms": sorted({name for names in self._found.values() for name in names})},
            )


def read(params: Params) -> list[SvmSpec]:
    """The specs that the options of viis_svm describe.

    :raises InputError: they break the vendor's rules; all of them in one error
    """
    complaints = ValidationErrors()
    state = params["state"]
    specs = [_spec(_merged(params, entry), state, complaints) for entry in params["svms"]]
    _require_unique(specs, complaints)
    for spec in specs:
        if state == "present":
            _check_present(spec, complaints)
        elif state == "configured":
            _check_configured(spec, complaints)
    complaints.require()
    return specs


def _merged(params: Params, own: Params) -> Params:
    """The options of one SVM, with what it does not say itself from the module's."""
    merged: dict[str, t.Any] = {"name": own["name"]}
    for option in SHARED:
        merged[option] = params[option] if own[option] is None else own[option]
    for option in SHARED_DICTS:
        shared, given = params[option] or {}, own[option] or {}
        merged[option] = {**shared, **{name: value for name, value in given.items() if value is not None}}
    return merged


def _spec(given: Params, state: str, complaints: ValidationErrors) -> SvmSpec:
    ksc = {name: value for name, value in given["ksc"].items() if value is not None}
    if ksc and "address" not in ksc:
        complaints.add(given["name"], "ksc.address is required with the other options of ksc", option="ksc.address")
    absent = state == "absent"
    return SvmSpec(
        name=given["name"],
        adapters=() if absent else tuple(_adapters(given["name"], given["networks"] or (), complaints)),
        dns_main=given["dns"].get("main"),
        dns_alternative=given["dns"].get("alternative"),
        ksc=Ksc(
            ksc.get("address", ""),
            ksc.get("port", KSC_PORT),
            ksc.get("ssl_port", KSC_SSL_PORT),
            ksc.get("language", LANGUAGE),
        )
        if ksc
        else None,
        allow_ssh=given["root"].get("allow_ssh"),
        root_password=given["root"].get("password"),
        **{option: given[option] for option in SHARED if option != "networks"},
    )


def _adapters(name: str, given: t.Sequence[Params], complaints: ValidationErrors) -> t.Iterator[Adapter]:
    for entry in given:
        ips = tuple(entry["ip_addresses"] or ())
        # With addresses it can only be static.
        addressing = entry["addressing"] or (STATIC if ips else DYNAMIC)
        primary = entry["primary"]
        adapter = Adapter(
            network=entry["network"],
            primary=len(given) == 1 if primary is None else primary,
            addressing=addressing,
            ip_addresses=ips,
            mask=entry["mask"],
            gateway=entry["gateway"],
            vlan_id=entry["vlan_id"],
            security_groups=tuple(entry["security_groups"] or ()),
        )
        for complaint in _about(adapter):
            complaints.add(name, 'network "%s": %s' % (adapter.network, complaint), network=adapter.network)
        yield adapter


def _about(adapter: Adapter) -> t.Iterator[str]:
    static = {"ip_addresses": adapter.ip_addresses, "mask": adapter.mask, "gateway": adapter.gateway}
    if adapter.addressing == STATIC:
        lacking = [option for option, value in static.items() if not value]
        if lacking:
            yield "addressing: static needs %s" % " and ".join(lacking)
    else:
        surplus = [option for option, value in static.items() if value]
        if surplus:
            yield "addressing: dynamic (DHCP) does not go with %s" % " and ".join(surplus)
    for option, value in [("ip_addresses", ip) for ip in adapter.ip_addresses] + [("gateway", adapter.gateway)]:
        if value and not _is_ip(value):
            yield '%s: "%s" is no IP address' % (option, value)
    if adapter.mask and not _is_mask(adapter.mask):
        yield 'mask: "%s" is no subnet mask' % adapter.mask


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_mask(text: str) -> bool:
    try:
        ipaddress.ip_network("0.0.0.0/%s" % text)
    except ValueError:
        return False
    return "." in text


def _require_unique(specs: t.Sequence[SvmSpec], complaints: ValidationErrors) -> None:
    names: dict[tuple[t.Optional[str], str], int] = {}
    ips: dict[str, list[str]] = {}
    for spec in specs:
        key = (spec.infrastructure_id, spec.name)
        names[key] = names.get(key, 0) + 1
        for adapter in spec.adapters:
            for ip in adapter.ip_addresses:
                ips.setdefault(ip, []).append(spec.name)
    for (_infrastructure_id, name), count in names.items():
        if count > 1:
            complaints.add(name, "%d entries have this name; each SVM needs its own" % count)
    for ip, owners in ips.items():
        if len(owners) > 1:
            complaints.add(", ".join(owners), "IP address %s is given %d times" % (ip, len(owners)), ip_address=ip)


def _check_present(spec: SvmSpec, complaints: ValidationErrors) -> None:
    required = {
        "location": spec.location,
        "networks": spec.adapters,
        "ksc": spec.ksc,
        "root.password": spec.root_password,
        "klconfig_password": spec.klconfig_password,
    }
    for option, value in required.items():
        if not value:
            complaints.add(spec.name, "%s is required to deploy an SVM" % option, option=option)
    _check_networks(spec, complaints)


def _check_configured(spec: SvmSpec, complaints: ValidationErrors) -> None:
    if not spec.current_klconfig_password:
        complaints.add(
            spec.name,
            "current_klconfig_password is required to configure an SVM",
            option="current_klconfig_password",
        )
    if (spec.allow_ssh is None) != (spec.root_password is None):
        complaints.add(spec.name, "root: give allow_ssh and password both, the server sets them together", option="root")
    if not spec.settings():
        complaints.add(spec.name, "there is nothing to configure: give networks, dns, ksc, root or klconfig_password")
    _check_networks(spec, complaints)


def _check_networks(spec: SvmSpec, complaints: ValidationErrors) -> None:
    primaries = [adapter for adapter in spec.adapters if adapter.primary]
    if spec.adapters and len(primaries) != 1:
        complaints.add(
            spec.name,
            "exactly one of its networks must have primary: true, not %d" % len(primaries),
            option="networks",
        )
    if not spec.dns_main and any(adapter.addressing == STATIC for adapter in spec.adapters):
        complaints.add(spec.name, "dns.main is required with static addressing", option="dns.main")
    if spec.dns_alternative and not spec.dns_main:
        complaints.add(spec.name, "dns.alternative needs dns.main", option="dns.main")
    for option, value in (("dns.main", spec.dns_main), ("dns.alternative", spec.dns_alternative)):
        if value and not _is_ip(value):
            complaints.add(spec.name, '%s: "%s" is no IP address' % (option, value), option=option)


def check_family(spec: SvmSpec, kind: InfrastructureType, state: str, complaints: ValidationErrors) -> None:
    """The rules that depend on the infrastructure's type."""
    host_only = {"storage": spec.storage}
    openstack_only = {
        "flavor": spec.flavor,
        "volume_type": spec.volume_type,
        "availability_zone": spec.availability_zone,
        "server_group": spec.server_group,
        "security_groups": next((a.security_groups for a in spec.adapters if a.security_groups), None),
    }
    foreign = host_only if kind.is_openstack else openstack_only
    for option, value in foreign.items():
        if value:
            complaints.add(spec.name, "%s does not exist in infrastructures of type %s" % (option, kind.name), option=option)
    needed = "flavor" if kind.is_openstack else "storage"
    if state == "present" and not getattr(spec, needed):
        complaints.add(spec.name, "%s is required to deploy an SVM in %s" % (needed, kind.name), option=needed)
    if kind.is_openstack:
        return
    for adapter in spec.adapters:
        if adapter.vlan_id is not None and kind.name != "HYPERV":
            complaints.add(spec.name, "vlan_id is only for HYPERV, not for %s" % kind.name, option="vlan_id")
        if len(adapter.ip_addresses) > 1:
            complaints.add(
                spec.name,
                'network "%s": infrastructures of type %s take one IP address, not %d'
                % (adapter.network, kind.name, len(adapter.ip_addresses)),
                option="ip_addresses",
            )
