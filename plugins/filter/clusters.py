# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ksv.light_agent.clusters: inventory hosts that are Integration Servers, by cluster."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

Variables = t.Mapping[str, t.Any]

PRIMARY = "primary"
RESERVE = "reserve"
PORT = 7271


def clusters(hosts: t.Sequence[str], hostvars: t.Mapping[str, Variables]) -> dict[str, t.Any]:
    """Group Integration Servers; see clusters.yml."""
    if isinstance(hosts, str):
        raise AnsibleFilterError("clusters: a list of inventory hosts is needed, such as ansible_play_batch")
    problems: dict[str, dict[str, t.Any]] = {}
    found: dict[str, dict[str, list[str]]] = {}
    for host in hosts:
        role = hostvars[host].get("ksv_viis_role")
        if role not in (PRIMARY, RESERVE):
            problems[host] = _problem("ksv_viis_role must be primary or reserve, not %s" % (role or "unset"))
            continue
        name = str(hostvars[host].get("ksv_cluster") or "cluster")
        found.setdefault(name, {PRIMARY: [], RESERVE: []})[role].append(host)
    good = []
    for name, members in found.items():
        complaint = None
        for role in (PRIMARY, RESERVE):
            if len(members[role]) != 1:
                complaint = "%s has %d %s servers in this play, not one" % (name, len(members[role]), role)
                break
        if complaint:
            problems.update({host: _problem(complaint) for host in members[PRIMARY] + members[RESERVE]})
            continue
        primary, reserve = members[PRIMARY][0], members[RESERVE][0]
        good.append(
            {
                "label": name,
                "primary": primary,
                "reserve": reserve,
                "address": _address(reserve, hostvars[reserve]),
            }
        )
    return {"clusters": good, "problems": problems}


def _address(host: str, variables: Variables) -> str:
    """Address and port of a server as the other one reaches it."""
    address = str(variables.get("ksv_viis_server") or variables.get("ansible_host") or host)
    if ":" in address and not address.startswith("["):
        address = "[%s]" % address
    return "%s:%s" % (address, variables.get("ksv_viis_port") or PORT)


def _problem(text: str) -> dict[str, t.Any]:
    return {"changed": False, "failed": True, "msg": text}


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"clusters": clusters}
