# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The infrastructure types and what each needs before the Integration Server can connect (contract, section 3.1)."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass

from ..._core.errors import InputError
from ..._core.naming import nearest, quoted

HTTPS = "https"
SSH = "ssh"
HOST = "host"
OPENSTACK = "openstackProject"
SSH_PORT = 22
KEYSTONE_PORT = 5000


@dataclass(frozen=True)
class TrustEndpoint:
    """Something that the Integration Server has to trust: a TLS certificate or an SSH host key at ``host:port``."""

    kind: str
    address: str

    def __str__(self) -> str:
        return "%s of %s" % ("TLS certificate" if self.kind == HTTPS else "SSH key", self.address)


@dataclass(frozen=True)
class InfrastructureType:
    """An infrastructure type. ``family`` is the word that deployment requests use for it."""

    name: str
    family: str
    https_port: t.Optional[int] = None
    ssh_port: t.Optional[int] = None
    one_primary: bool = False  # a pool that only its primary hypervisor lets in

    @property
    def is_openstack(self) -> bool:
        return self.family == OPENSTACK

    def endpoints(
        self,
        address: str,
        *,
        protocol: str = HTTPS,
        https_port: t.Optional[int] = None,
        ssh_port: t.Optional[int] = None,
    ) -> list[TrustEndpoint]:
        """What has to be trusted at an address, which may name a port itself. Nothing on Hyper-V, and on plain HTTP."""
        host, port = split_address(address)
        found = []
        if self.https_port is not None and protocol == HTTPS:
            found.append(TrustEndpoint(HTTPS, joined(host, https_port or port or self.https_port)))
        if self.ssh_port is not None:
            own = port if self.https_port is None else None
            found.append(TrustEndpoint(SSH, joined(host, ssh_port or own or self.ssh_port)))
        return found


TYPES = {
    type.name: type
    for type in (
        InfrastructureType("HYPERV", HOST),
        InfrastructureType("XEN", HOST, https_port=443, one_primary=True),
        InfrastructureType("NUMAVSERVER", HOST, https_port=443, one_primary=True),
        InfrastructureType("LIBVIRT", HOST, ssh_port=SSH_PORT),
        InfrastructureType("PROXMOX", HOST, https_port=8006, ssh_port=SSH_PORT),
        InfrastructureType("VMWARE", HOST, https_port=443),
        InfrastructureType("ROSPLATFORMA", HOST, https_port=443),
        InfrastructureType("BASISVCONTROL", HOST, https_port=443),
        InfrastructureType("FUSIONCOMPUTE", HOST, https_port=7443),
        InfrastructureType("NUTANIXPRISM", HOST, https_port=9440),
        InfrastructureType("ALTVIRTUALIZATIONSERVER", HOST, ssh_port=SSH_PORT),
        InfrastructureType("ASTRALINUX", HOST, ssh_port=SSH_PORT),
        InfrastructureType("TIONIXOPENSTACK", OPENSTACK, https_port=KEYSTONE_PORT),
        InfrastructureType("OPENSTACK", OPENSTACK, https_port=KEYSTONE_PORT),
        InfrastructureType("VKCLOUDOPENSTACK", OPENSTACK, https_port=KEYSTONE_PORT),
    )
}


def type_named(name: str) -> InfrastructureType:
    """The type of this name, in any case.

    :raises InputError: there is no such type
    """
    found = TYPES.get(name.strip().upper())
    if found is None:
        raise InputError(
            'There is no infrastructure type "%s". Did you mean %s? All types: %s.'
            % (name, quoted(nearest(name.upper(), TYPES)[:3]), ", ".join(TYPES)),
            type=name,
        )
    return found


def split_address(address: str) -> tuple[str, t.Optional[int]]:
    """Host, without brackets, and port of ``host``, ``host:port``, ``::1`` or ``[::1]:port``.

    :raises InputError: neither of them
    """
    text = address.strip()
    host, port = text, ""
    if text.startswith("["):
        # Brackets are for IPv6 addresses only.
        found = re.fullmatch(r"\[([^\]]*:[^\]]*)\](?::(.+))?", text)
        host, port = (found[1], found[2] or "") if found else ("", "")
    elif text.count(":") == 1:
        host, port = text.split(":")
        port = port or "?"
    if not _is_host(host) or (port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise InputError('"%s" is not an address: give a name or IP address, with or without a port.' % address, address=address)
    return host, int(port) if port else None


def _is_host(text: str) -> bool:
    if ":" not in text:
        return bool(text) and not re.search(r"[/\s\[\]]", text)
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def joined(host: str, port: int) -> str:
    return "[%s]:%d" % (host, port) if ":" in host else "%s:%d" % (host, port)


def with_port(address: str, default: int) -> str:
    """``host:port``, with the default port where the address names none."""
    host, port = split_address(address)
    return joined(host, port or default)
