# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What the _info modules return: the server's objects as plain dicts, IPs dotted, times ISO 8601."""

from __future__ import annotations

import typing as t

from ..._core.errors import NoSuchCall
from ..._core.module import Context
from ..api import groups, hosts, packages, tasks, virtual_servers, wire
from ..api.hosts import Host, Product
from ..api.session import Session
from . import selection
from .servers import Servers

View = t.Dict[str, t.Any]

# Bits of KLHST_WKS_STATUS.
STATUS = {"visible": 0x01, "agent_installed": 0x04, "agent_alive": 0x08, "protection_installed": 0x10}
STATUS_IDS = {0: "ok", 1: "critical", 2: "warning"}


def host_view(context: Context, servers: Servers) -> View:
    params = context.params
    entries = selection.selectors(params)
    session = servers.on(params["virtual_server"])
    found = selection.look_up(session, entries, hosts.DETAILS)
    ignored = params["missing"] == "ignore"
    selection.require(str(session), found.ambiguous, [] if ignored else found.missing, server=session.server.address)
    unique = {host.id: host for host in found.hosts.values()}
    by_id = _group_paths(session, {host.group_id for host in unique.values()})
    product = params["product"] and Product(params["product"]["name"], params["product"]["version"])
    having = hosts.with_product(session, list(unique), product) if product and unique else None
    if product and unique and having is None:
        context.warn("%s cannot tell which hosts have %s." % (session, product))
    listed = []
    for host in unique.values():
        view = _host(host, params["virtual_server"], by_id)
        if product:
            view["has_product"] = None if having is None else host.id in having
        if params["products"]:
            view["products"] = _products(session, host.id)
        listed.append(view)
    missing = [{"kind": entry.kind, "value": entry.value} for entry in found.missing]
    return {"hosts": listed, "missing": missing}


def _group_paths(session: Session, ids: set[t.Optional[int]]) -> dict[int, str]:
    if not ids:
        return {}
    root, unassigned = groups.managed_id(session), groups.unassigned_id(session)
    known = {root: "", unassigned: "Unassigned devices"}
    if ids - set(known):
        known.update(groups.paths(groups.matching(session), root))
    return known


def _host(host: Host, virtual_server: t.Optional[str], paths: dict[int, str]) -> View:
    attributes = wire.plain(dict(host.attributes))
    status = attributes.get("KLHST_WKS_STATUS")
    view = {
        "id": host.id,
        "name": host.name,
        "ip": host.ip,
        "fqdn": attributes.get("KLHST_WKS_FQDN"),
        "virtual_server": virtual_server,
        "group_id": host.group_id,
        "group": paths.get(host.group_id) if host.group_id is not None else None,
        "os_name": attributes.get("KLHST_WKS_OS_NAME"),
        "status": STATUS_IDS.get(t.cast(int, attributes.get("KLHST_WKS_STATUS_ID"))),
        "agent_version": attributes.get("KLHST_WKS_NAG_VERSION"),
        "protection_version": attributes.get("KLHST_WKS_RTP_AV_VERSION"),
        "last_visible": attributes.get("KLHST_WKS_LAST_VISIBLE"),
        "last_agent_connection": attributes.get("KLHST_WKS_LAST_NAGENT_CONNECTED"),
        "restart_required": attributes.get("KLHST_WKS_RBT_REQUIRED"),
    }
    for name, bit in STATUS.items():
        view[name] = bool(status & bit) if isinstance(status, int) else None
    return view


def _products(session: Session, host_id: str) -> t.Optional[list[View]]:
    try:
        found = hosts.products(session, host_id)
    except NoSuchCall:
        return None
    return [
        {"name": name, "version": version, "display_name": (wire.plain(attributes) or {}).get("DisplayName")}
        for name, versions in found.items()
        for version, attributes in (versions or {}).items()
    ]


def package_view(context: Context, servers: Servers) -> View:
    session = servers.on(context.params["virtual_server"])
    return {
        "packages": [
            {
                "id": package.id,
                "name": package.name,
                "product_name": package.product.name,
                "product_version": package.product.version,
                "display_name": package.display_name,
                "display_version": package.display_version,
                "size": wire.plain(package.attributes.get("KLPKG_NPI_SIZE")),
                "created": wire.plain(package.attributes.get("KLPKG_NPI_CREATION_TIME")),
                "modified": wire.plain(package.attributes.get("KLPKG_NPI_MODIF_TIME")),
                "path": package.attributes.get("KLPKG_NPI_PACKAGE_PATH"),
            }
            for package in packages.listing(session)
            if context.params["product"] in (None, package.product.name) and context.params["version"] in (None, package.product.version)
        ]
    }


def virtual_server_view(context: Context, servers: Servers) -> View:
    wanted = context.params["name"]
    listed = virtual_servers.listing(servers.primary)
    return {
        "virtual_servers": [
            {
                "id": server.id,
                "name": server.name,
                "uid": server.uid,
                "enabled": server.enabled,
                "licence_enabled": server.licence_enabled,
                "parent_group_id": server.parent_group_id,
                "managed_group_id": server.managed_group_id,
                "unassigned_group_id": server.unassigned_group_id,
                "created": wire.plain(server.created),
            }
            for server in listed
            if wanted is None or server.name in wanted
        ]
    }


def group_view(context: Context, servers: Servers) -> View:
    session = servers.on(context.params["virtual_server"])
    root = groups.managed_id(session)
    listed = groups.matching(session, "", (*groups.FIELDS, "hostsNum"))
    paths = groups.paths(listed, root)
    wanted = context.params["path"]
    normal = None if wanted is None else {groups.SEPARATOR.join(groups.path_names(path)) for path in wanted}
    return {
        "managed_group_id": root,
        "unassigned_group_id": groups.unassigned_id(session),
        "groups": [
            {
                "id": group.id,
                "name": group.name,
                "path": paths.get(group.id),
                "parent_id": group.parent_id,
                "host_count": group.attributes.get("hostsNum"),
            }
            for group in listed
            if normal is None or paths.get(group.id) in normal
        ],
    }


def task_view(context: Context, servers: Servers) -> View:
    params = context.params
    session = servers.on(params["virtual_server"])
    if params["id"] is None:
        listed = [_task(task) for task in tasks.listing(session) if params["name"] in (None, task.display_name)]
    else:
        listed = [{"id": id} for id in params["id"]]
    for view in listed:
        if params["details"]:
            statistics = tasks.statistics(session, view["id"])
            view["statistics"] = statistics.returned()
            view["finished"] = statistics.finished(max(1, sum(statistics.hosts.values())))
            view["hosts"] = _task_hosts(context, session, view["id"])
    return {"tasks": listed}


def _task(task: tasks.Task) -> View:
    return {
        "id": task.id,
        "name": task.display_name,
        "type": task.task_name,
        "product": task.attributes.get("TASKID_PRODUCT_NAME"),
        "created": wire.plain(task.attributes.get("PRTS_TASK_CREATION_DATE")),
    }


def _task_hosts(context: Context, session: Session, task_id: str) -> t.Optional[list[View]]:
    try:
        states = tasks.host_states(session, task_id)
    except NoSuchCall:
        context.warn("%s cannot tell the state of each host of task %s." % (session, task_id))
        return None
    return [
        {
            "id": state.host_id,
            "name": state.name,
            "state": state.state,
            "reason": state.text,
            "started": wire.plain(state.attributes.get("start_time")),
            "finished": wire.plain(state.attributes.get("finish_time")),
        }
        for state in states
    ]
