# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ksv.light_agent.protection: what ksc_host_info found, by inventory host."""

from __future__ import annotations

import typing as t


def protection(
    hosts: t.Mapping[str, str], found: t.Sequence[t.Mapping[str, t.Any]], label: str, required: bool = False
) -> dict[str, dict[str, t.Any]]:
    """How protected each inventory host is; see protection.yml."""
    by_ip = {entry["ip"]: entry for entry in found}
    return {host: _status(by_ip[ip], label, required) for host, ip in hosts.items() if ip in by_ip}


def unprotected(hosts: t.Mapping[str, str], virtual_server: str, required: bool = False) -> dict[str, dict[str, t.Any]]:
    """What is said of hosts until they are found; see unprotected.yml."""
    return {host: {"changed": False, "failed": required, "protected": False, "msg": "%s: no record" % virtual_server} for host in hosts}


def _status(entry: t.Mapping[str, t.Any], label: str, required: bool) -> dict[str, t.Any]:
    has_product = entry.get("has_product")
    group = entry.get("group")
    place = "Managed devices" if group == "" else group or "group %s" % entry.get("group_id")
    words = [
        {True: "%s installed", False: "%s not installed"}.get(t.cast(bool, has_product), "%s unknown") % label,
        "agent connected" if entry.get("agent_alive") else "agent not connected",
    ]
    if entry.get("status"):
        words.append("status %s" % entry["status"])
    if entry.get("restart_required"):
        words.append("restart required")
    protected = bool(has_product) and bool(entry.get("agent_alive"))
    return {
        "changed": False,
        "failed": required and not protected,
        "protected": protected,
        "msg": "%s, %s: %s" % (entry.get("virtual_server"), place, ", ".join(words)),
    }


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"protection": protection, "unprotected": unprotected}
