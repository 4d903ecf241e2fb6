# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What the user wants of each SVM. The vendor's rules hold before anything is asked of a server.

The rules are R-14 to R-18 and R-20 of the contract, section 7.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass, field

from ..._core.entries import EntryList
from ..._core.errors import InputError
from ..._core.module import Params
from ..._core.spec import Spec
from ..api.infrastructure_types import InfrastructureType
from ..api.svms import Adapter, Ksc, SvmSettings

STATIC = "static"
DYNAMIC = "dynamic"
KSC_PORT = 14000
KSC_SSL_PORT = 13000
LANGUAGE = "en"

NETWORKS = {
    "type": "list",
    "elements": "dict",
    "options": {
        "network": {"type": "str", "required": True},
        "primary": {"type": "bool"},
        "addressing": {"type": "str", "choices": [STATIC, DYNAMIC]},
        "ip_addresses": {"type": "list", "elements": "str", "aliases": ["ip_address"]},
        "mask": {"type": "str"},
        "gateway": {"type": "str"},
        "vlan_id": {"type": "int"},
        "security_groups": {"type": "list", "elements": "str"},
    },
}
KSC = {
    "type": "dict",
    "options": {"address": {"type": "str"}, "port": {"type": "int"}, "ssl_port": {"type": "int"}, "language": {"type": "str"}},
}
SVMS = EntryList(
    "svms",
    own={"label": {"type": "str"}, "name": {"type": "str", "required": True}},
    inherited={
        "infrastructure_id": {"type": "str"},
        "image_id": {"type": "str"},
        "location": {"type": "str"},
        "storage": {"type": "str"},
        "flavor": {"type": "str"},
        "volume_type": {"type": "str"},
        "availability_zone": {"type": "str"},
        "server_group": {"type": "str"},
        "networks": NETWORKS,
        "dns": {"type": "dict", "options": {"main": {"type": "str"}, "alternative": {"type": "str"}}},
        "ksc": KSC,
        "root": {"type": "dict", "options": {"allow_ssh": {"type": "bool"}, "password": {"type": "str", "no_log": True}}},
        "klconfig_password": {"type": "str", "no_log": True},
        "current_klconfig_password": {"type": "str", "no_log": True},
    },
    merged=("dns", "ksc", "root"),
    required=True,
)
SPEC = SVMS.spec() + Spec(
    {
        "state": {"type": "str", "default": "present", "choices": ["present", "configured", "absent"]},
        "skip_integrity_check": {"type": "bool", "default": False},
        "localization": {"type": "str", "default": "en"},
        "svm_version": {"type": "str"},
        "threads": {"type": "int", "default": 4},
        "refresh": {"type": "bool", "default": True},
        "refresh_in_check_mode": {"type": "bool", "default": False},
        "task_id": {"type": "str"},
    }
)
# Where an SVM is or shall be, and of what: options that are texts.
PLACED = (
    "infrastructure_id",
    "image_id",
    "location",
    "storage",
    "flavor",
    "volume_type",
    "availability_zone",
    "server_group",
)


@dataclass(frozen=True)
class SvmSpec:
    """One SVM as it shall be, by names or ids; None is not given."""

    name: str
    infrastructure_id: t.Optional[str] = None
    image_id: t.Optional[str] = None
    location: t.Optional[str] = None
    storage: t.Optional[str] = None
    flavor: t.Optional[str] = None
    volume_type: t.Optional[str] = None
    availability_zone: t.Optional[str] = None
    server_group: t.Optional[str] = None
    settings: SvmSettings = field(default_factory=SvmSettings)

    @property
    def secrets(self) -> list[str]:
        given = (self.settings.root_password, self.settings.klconfig_password, self.settings.current_klconfig_password)
        return [secret for secret in given if secret]

    @property
    def ip_address(self) -> t.Optional[str]:
        """The static address of the primary adapter."""
        return next((a.ip_addresses[0] for a in self.settings.adapters if a.primary and a.ip_addresses), None)

    def returned(self) -> dict[str, t.Any]:
        """What is set, without secrets, for the diff."""
        settings = self.settings
        wanted: dict[str, t.Any] = {}
        if settings.ksc is not None:
            wanted["ksc"] = settings.ksc.returned()
        if settings.dns_main is not None:
            wanted["dns"] = {"main": settings.dns_main, "alternative": settings.dns_alternative}
        if settings.allow_ssh is not None:
            wanted["allow_ssh"] = settings.allow_ssh
        if settings.adapters:
            wanted["networks"] = [adapter.returned() for adapter in settings.adapters]
        for name in ("root_password", "klconfig_password"):
            if getattr(settings, name) is not None:
                wanted[name] = "(set)"
        return wanted


def read(given: Params, state: str) -> SvmSpec:
    """The spec that an entry with what it inherits describes."""
    ksc = {name: value for name, value in (given["ksc"] or {}).items() if value is not None}
    dns, root = given["dns"] or {}, given["root"] or {}
    settings = SvmSettings(
        adapters=() if state == "absent" else tuple(_adapters(given["networks"] or ())),
        dns_main=dns.get("main"),
        dns_alternative=dns.get("alternative"),
        ksc=Ksc(
            ksc.get("address", ""),
            ksc.get("port", KSC_PORT),
            ksc.get("ssl_port", KSC_SSL_PORT),
            ksc.get("language", LANGUAGE),
        )
        if ksc
        else None,
        allow_ssh=root.get("allow_ssh"),
        root_password=root.get("password"),
        klconfig_password=given["klconfig_password"],
        current_klconfig_password=given["current_klconfig_password"],
    )
    return SvmSpec(given["name"], settings=settings, **{option: given[option] for option in PLACED})


def _adapters(given: t.Sequence[Params]) -> t.Iterator[Adapter]:
    for entry in given:
        ips = tuple(entry["ip_addresses"] or ())
        yield Adapter(
            network=entry["network"],
            primary=len(given) == 1 if entry["primary"] is None else entry["primary"],
            # With addresses it can only be static.
            addressing=entry["addressing"] or (STATIC if ips else DYNAMIC),
            ip_addresses=ips,
            mask=entry["mask"],
            gateway=entry["gateway"],
            vlan_id=entry["vlan_id"],
            security_groups=tuple(entry["security_groups"] or ()),
        )


def mistakes(spec: SvmSpec, state: str) -> t.Iterator[InputError]:
    """What breaks the rules that hold everywhere."""
    if state == "present":
        yield from _mistakes_of_new(spec)
    elif state == "configured":
        yield from _mistakes_of_change(spec)
    if state != "absent":
        yield from _mistakes_of_settings(spec.settings)


def _mistakes_of_new(spec: SvmSpec) -> t.Iterator[InputError]:
    settings = spec.settings
    required = {
        "location": spec.location,
        "networks": settings.adapters,
        "ksc": settings.ksc,
        "root.password": settings.root_password,
        "klconfig_password": settings.klconfig_password,
    }
    for option, value in required.items():
        if not value:
            yield InputError("%s is required to deploy an SVM" % option, option=option)


def _mistakes_of_change(spec: SvmSpec) -> t.Iterator[InputError]:
    settings = spec.settings
    if not settings.current_klconfig_password:
        yield InputError("current_klconfig_password is required to configure an SVM", option="current_klconfig_password")
    if (settings.allow_ssh is None) != (settings.root_password is None):
        yield InputError("root: give both allow_ssh and password, because the server sets them together", option="root")
    if not spec.returned():
        yield InputError("there is nothing to configure: give networks, dns, ksc, root or klconfig_password")


def _mistakes_of_settings(settings: SvmSettings) -> t.Iterator[InputError]:
    if settings.ksc is not None:
        if not settings.ksc.address:
            yield InputError("ksc.address is required with the other options of ksc", option="ksc.address")
        for option, port in (("ksc.port", settings.ksc.port), ("ksc.ssl_port", settings.ksc.ssl_port)):
            if not 0 < port < 65536:
                yield InputError("%s: %d is not a port number" % (option, port), option=option)
    for adapter in settings.adapters:
        for text in _about(adapter):
            yield InputError('network "%s": %s' % (adapter.network, text), network=adapter.network)
    primaries = [adapter for adapter in settings.adapters if adapter.primary]
    if settings.adapters and len(primaries) != 1:
        yield InputError("exactly one of its networks must have primary: true, not %d" % len(primaries), option="networks")
    if not settings.dns_main and any(adapter.addressing == STATIC for adapter in settings.adapters):
        yield InputError("dns.main is required with static addressing", option="dns.main")
    if settings.dns_alternative and not settings.dns_main:
        yield InputError("dns.alternative requires dns.main", option="dns.main")
    for option, value in (("dns.main", settings.dns_main), ("dns.alternative", settings.dns_alternative)):
        if value and not _is_ip(value):
            yield InputError('%s: "%s" is not an IP address' % (option, value), option=option)


def _about(adapter: Adapter) -> t.Iterator[str]:
    static = {"ip_addresses": adapter.ip_addresses, "mask": adapter.mask, "gateway": adapter.gateway}
    if adapter.addressing == STATIC:
        lacking = [option for option, value in static.items() if not value]
        if lacking:
            yield "addressing: static requires %s" % " and ".join(lacking)
    else:
        surplus = [option for option, value in static.items() if value]
        if surplus:
            yield "addressing: dynamic (DHCP) cannot be combined with %s" % " and ".join(surplus)
    for option, value in [("ip_addresses", ip) for ip in adapter.ip_addresses] + [("gateway", adapter.gateway)]:
        if value and not _is_ip(value):
            yield '%s: "%s" is not an IP address' % (option, value)
    if adapter.mask and not _is_mask(adapter.mask):
        yield 'mask: "%s" is not a subnet mask such as 255.255.255.0' % adapter.mask


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_mask(text: str) -> bool:
    """Ones, then zeros: ipaddress would also take host masks, such as 0.0.0.255."""
    try:
        bits = int(ipaddress.IPv4Address(text))
    except ValueError:
        return False
    zeros = bits ^ 0xFFFFFFFF
    return bits != 0 and zeros & (zeros + 1) == 0


def mistakes_of_family(spec: SvmSpec, type: InfrastructureType, state: str) -> t.Iterator[InputError]:
    """What breaks the rules that depend on the infrastructure's type."""
    adapters = spec.settings.adapters
    host_only = {"storage": spec.storage}
    openstack_only = {
        "flavor": spec.flavor,
        "volume_type": spec.volume_type,
        "availability_zone": spec.availability_zone,
        "server_group": spec.server_group,
        "security_groups": next((a.security_groups for a in adapters if a.security_groups), None),
    }
    foreign = host_only if type.is_openstack else openstack_only
    for option, value in foreign.items():
        if value and (state == "present" or option == "security_groups"):
            yield InputError("%s is not supported in infrastructures of type %s" % (option, type.name), option=option)
    needed = "flavor" if type.is_openstack else "storage"
    if state == "present" and not getattr(spec, needed):
        yield InputError("%s is required to deploy an SVM in %s" % (needed, type.name), option=needed)
    if type.is_openstack:
        return
    for adapter in adapters:
        if adapter.vlan_id is not None and type.name != "HYPERV":
            yield InputError("vlan_id is only for HYPERV, not for %s" % type.name, option="vlan_id")
        if len(adapter.ip_addresses) > 1:
            yield InputError(
                'network "%s": infrastructures of type %s take one IP address, not %d'
                % (adapter.network, type.name, len(adapter.ip_addresses)),
                option="ip_addresses",
            )
