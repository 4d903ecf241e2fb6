# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ksv.light_agent.cluster_members: which two inventory hosts are the cluster of one of them."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.ksv.light_agent.plugins.plugin_utils._requests import PRIMARY, RESERVE
from ansible_collections.ksv.light_agent.plugins.plugin_utils._steps import request_in

Hostvars = t.Mapping[str, t.Mapping[str, t.Any]]


def cluster_members(hosts: t.Sequence[str], hostvars: Hostvars, host: str) -> dict[str, t.Any]:
    """The primary and the reserve server of the cluster that a host belongs to; see cluster_members.yml."""
    if isinstance(hosts, str):
        raise AnsibleFilterError("cluster_members: a list of inventory hosts is needed, such as ansible_play_hosts_all.")
    requests = {name: request_in(hostvars[name].get("ha_cluster_request")) for name in hosts}
    own = requests.get(host)
    if own is None:
        return {PRIMARY: None, RESERVE: None, "problem": "There is no request of this host; run ksv.light_agent.host_request first."}
    found: dict[str, list[str]] = {PRIMARY: [], RESERVE: []}
    for name, request in requests.items():
        if request is not None and request["cluster"] == own["cluster"]:
            found[request["server_role"]].append(name)
    wrong = ["%d %s servers" % (len(names), role) for role, names in found.items() if len(names) != 1]
    problem = (
        "%s has %s in this play instead of one; see ksv_viis_role and ksv_cluster." % (own["cluster"], " and ".join(wrong)) if wrong else ""
    )
    return {
        PRIMARY: found[PRIMARY][0] if found[PRIMARY] else None,
        RESERVE: found[RESERVE][0] if found[RESERVE] else None,
        "problem": problem,
    }


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"cluster_members": cluster_members}
