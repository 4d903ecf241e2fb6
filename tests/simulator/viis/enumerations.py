# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The closed sets of the API, spelled as the documents spell them (contract, section 3)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlatformType:
    """A kind of infrastructure, with the ports on which its identity is asked for (None: not asked there)."""

    name: str
    https: int | None = None
    ssh: int | None = None
    openstack: bool = False

    @property
    def redirects(self) -> bool:
        """Only the primary hypervisor of a pool can be connected (R-09)."""
        return self.name in ("XEN", "NUMAVSERVER")


TYPES = {
    item.name: item
    for item in (
        PlatformType("HYPERV"),
        PlatformType("XEN", https=443),
        PlatformType("NUMAVSERVER", https=443),
        PlatformType("LIBVIRT", ssh=22),
        PlatformType("PROXMOX", https=8006, ssh=22),
        PlatformType("VMWARE", https=443),
        PlatformType("ROSPLATFORMA", https=443),
        PlatformType("BASISVCONTROL", https=443),
        PlatformType("FUSIONCOMPUTE", https=7443),
        PlatformType("NUTANIXPRISM", https=9440),
        PlatformType("ALTVIRTUALIZATIONSERVER", ssh=22),
        PlatformType("ASTRALINUX", ssh=22),
        PlatformType("TIONIXOPENSTACK", https=5000, openstack=True),
        PlatformType("OPENSTACK", https=5000, openstack=True),
        PlatformType("VKCLOUDOPENSTACK", https=5000, openstack=True),
    )
}
HOST_TYPES = tuple(name for name, item in TYPES.items() if not item.openstack)
OPENSTACK_TYPES = tuple(name for name, item in TYPES.items() if item.openstack)

CONNECTING, CONNECTED, DISCONNECTED = "CONNECTING", "CONNECTED", "DISCONNECTED"
NO_ERROR = "NO_ERROR"
ERRORS = ("SERVER_ERROR", "NETWORK_ERROR", "INVALID_CERTIFICATE", "ACCESS_DENIED", "UNAUTHORIZED")

HOST_OBJECTS = ("Host", "VM", "SVM")
OPENSTACK_OBJECTS = ("OpenstackDomain", "OpenstackProject", "VM", "SVM")
OUTPUT_TYPES = ("GeneralInfo", "DetailedInfo")
MICROSERVICES = ("compute", "glance", "neutron", "cinder")

CREATED, QUEUED, STARTING, RUNNING = "Created", "Queued", "Starting", "Running"
COMPLETED, STOPPING, FAILED, CANCELLED = "Completed", "Stopping", "Failed", "Cancelled"
ENDED = (COMPLETED, FAILED, CANCELLED)

PRIMARY, RESERVE, STANDALONE = "Primary", "Reserve", "Standalone"
"""``Standalone`` is our word: the document names that role in prose only."""


def mixed(word: str) -> str:
    """Return an upper-case connection word as HA instances spell it: NO_ERROR becomes NoError."""
    return "".join(part.capitalize() for part in word.split("_"))
