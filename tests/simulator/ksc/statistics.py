# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts of servers: ``VServers2`` and ``HostGroup.GetInstanceStatistics``.

Source: ksc-wire.md section 7, point 7; day-two.md section 3, row "counts without hosts", and section 10.
"""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from collections import Counter
from typing import Any

from .api import Call, method
from .attributes import check_fields
from .errors import not_found
from .state import Server
from .vservers import primary_only
from .wire import Time, bare


def virtual_server_statistics(server: Server) -> dict[str, Any]:
    """Return one item of KLSRV_ST_VIRT_SERVERS_DETAILS; counts are of host records."""
    return {
        "KLSRV_ST_VIRT_SERVER_ID": server.id,
        "KLSRV_ST_VIRT_SERVER_NAME": server.name,
        "KLSRV_ST_VSERVER_CREATION_DATE": Time(server.created),
        "KLSRV_ST_VSERVER_HOST_COUNT": len(server.hosts),
        "KLSRV_ST_VSERVER_REAL_HOST_COUNT": sum(host.managed for host in server.hosts.values()),
    }


@method("HostGroup.GetInstanceStatistics", {"vecFilterFields": "strings?"})
def get_instance_statistics(call: Call, vecFilterFields: list[str] | None) -> dict[str, Any]:
    """Return counts of an installation; on a virtual server of that server alone."""
    virtual = [] if call.server.id else call.world.virtual()
    values = {
        "KLSRV_ST_VIRT_SERVER_COUNT": len(virtual),
        "KLSRV_ST_TOTAL_HOSTS_COUNT": sum(len(server.hosts) for server in [call.server, *virtual]),
        "KLSRV_ST_VIRT_SERVERS_DETAILS": [virtual_server_statistics(server) for server in virtual],
    }
    fields = check_fields(vecFilterFields or values, values, (), call.settings)
    return {"PxgRetVal": bare({name: values[name] for name in fields})}


def products(server: Server) -> dict[str, Any]:
    """Return how many hosts have which product, version and build."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for host in server.hosts.values():
        for item in host.products.values():
            found.setdefault((item.name, item.version), Counter())[item.build or item.version] += 1
    told: dict[str, Any] = {}
    for (name, version), builds in sorted(found.items()):
        counts = [_product(name, build, count) for build, count in sorted(builds.items())]
        newest = counts[-1]["KLVSRV_PROD_DV"]
        told.setdefault(name, {})[version] = dict(_product(name, newest, sum(builds.values())), KLVSRV_PROD_BUILDS=counts)
    return told


def _product(name: str, build: str, count: int) -> dict[str, Any]:
    return {"KLVSRV_PROD_CNT": count, "KLVSRV_PROD_DN": name, "KLVSRV_PROD_DV": build}


@method("VServers2.GetVServerStatistic", {"lVsId": "long"})
def get_vserver_statistic(call: Call, lVsId: int) -> dict[str, Any]:
    """Return the counts of one virtual server, or with 0 those of the primary's own hosts; only the primary is asked."""
    primary_only(call)
    server = call.world.server_by_id(lVsId)
    if server is None:
        raise not_found("lVsId: no virtual server %d" % lVsId)
    users = sum(account.internal and account.home == server.id for account in call.ksc.accounts_list)
    keys = {host.machine.key.serial for host in server.hosts.values() if host.machine.key is not None}
    values = {
        "KLVSRV_HOSTS": len(server.hosts),
        "KLVSRV_USERS": users,
        "KLVSRV_LICENSES": [{"KLLIC_SERIAL": serial} for serial in sorted(keys)],
        "KLVSRV_PRODUCTS": products(server),
    }
    return {"PxgRetVal": bare(values)}
