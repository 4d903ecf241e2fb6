# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of a host: what is wrong with it, and which of that its group asks for.

Source: day-two.md section 6 (bits of the extended mask from 13.2 a00008; they appear only if the group's mask asks for them) and
section 10 (KLSRV_HSTSTAT_CRITICAL and _WARNING). A condition that is switched off is not seen: a good status then lies.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .machines import Installed
    from .state import Host

AGENT, PROTECTION_SERVER = "1103", "KSVLASVM"
"""Names of products: Network Agent, and the Protection Server of an SVM, whose real name no document tells."""

NAMES = (
    "agent_inactive",
    "protection_off",
    "product_not_running",
    "viruses",
    "protection_level",
    "no_product",
    "scan_old",
    "databases_old",
    "not_connected",
    "license",
    "uncured",
    "restart",
    "incompatible",
    "vulnerabilities",
    "updates_old",
    "encryption",
    "mobile",
    "incidents",
    "product",
    "disk_full",
)
"""Names of the bits of the extended mask, from bit 0; ``product`` is what the product itself suggests, such as: no SVM."""
ALL = (1 << len(NAMES)) - 1
CRITICAL, WARNING = "KLSRV_HSTSTAT_CRITICAL", "KLSRV_HSTSTAT_WARNING"
MASK = "KLSRV_HSTSTAT_MASK"
DEFAULT = {MASK: ALL, "KLSRV_HSTSTAT_OLD_AV_BASES": 7, "KLSRV_HSTSTAT_OLD_FSCAN": 14, "KLSRV_HSTSTAT_OLD_LAST_CONNECT": 14}


def mask_of(names: Iterable[str]) -> int:
    """Return the mask of some conditions; ValueError for an unknown name."""
    return sum(1 << NAMES.index(name) for name in set(names))


def protection(host: Host) -> Installed | None:
    """Return the protection product that the server lists of a host, the Protection Server of an SVM included."""
    return next((item for name, item in host.products.items() if name != AGENT), None)


def protection_state(host: Host) -> int:
    """Return KLHST_WKS_RTP_STATE: 4 running, 1 stopped, 0 unknown, as without a product or with one that does not run."""
    states = {"running": 4, "stopped": 1, "unknown": 0}
    return states[host.machine.real_time_protection] if protection(host) and host.machine.application == "running" else 0


def holds(host: Host) -> int:
    """Return the bits of all that is wrong with a host, whether or not anybody asks."""
    machine, product = host.machine, protection(host)
    true = {
        "agent_inactive": machine.agent and host.managed and machine.online and not host.connected,
        "protection_off": protection_state(host) == 1,
        "product_not_running": product is not None and machine.application == "stopped",
        "no_product": product is None,
        "databases_old": product is not None and machine.databases == "old",
        "not_connected": not host.connected,
        "license": bool(machine.svm_of) and not machine.licensed(host.server.world.time()),
        "restart": machine.reboot_required,
        "product": product is not None and product.name != PROTECTION_SERVER and not host.server.world.has_svm(machine),
    }
    return mask_of(name for name, value in true.items() if value)


def asked(host: Host, severity: str) -> int:
    """Return the mask of conditions that make a host of this group critical, or a warning."""
    settings: dict[str, Any] = host.server.conditions(host.group, severity)[0]
    return int(settings[MASK])


def extended_mask(host: Host) -> int:
    """Return the extended status mask of a host: what is wrong and asked for."""
    return holds(host) & (asked(host, CRITICAL) | asked(host, WARNING))


def status_id(host: Host) -> int:
    """Return KLHST_WKS_STATUS_ID: 1 critical, 2 warning, 0 good."""
    wrong = holds(host)
    return 1 if wrong & asked(host, CRITICAL) else 2 if wrong & asked(host, WARNING) else 0
