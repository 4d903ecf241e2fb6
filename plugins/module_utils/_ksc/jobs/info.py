# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What the _info modules return: the server's objects as plain dicts, IPs dotted, times ISO 8601."""

from __future__ import annotations

import typing as t

from ..._core.entries import EntryList, ValidationErrors
from ..._core.errors import NoSuchCall, RequestRefused
from ..._core.module import Context
from ..api import groups, hosts, packages, tasks, virtual_servers, wire
from ..api.hosts import Host, Product
from ..api.session import Session
from . import selection
from .selection import HostEntry, HostSearch
from .servers import Servers
from .task_run import is_gone

View = t.Dict[str, t.Any]

STATUS = {
    "visible": hosts.VISIBLE,
    "agent_installed": hosts.AGENT_INSTALLED,
    "agent_alive": hosts.AGENT_ALIVE,
    "protection_installed": hosts.PROTECTION_INSTALLED,
}
STATUS_IDS = {0: "ok", 1: "critical", 2: "warning"}


HOSTS = EntryList(
    "hosts",
    own=selection.OPTIONS,
    inherited={
        "virtual_server": {"type": "str"},
        "product": {
            "type": "dict",
            "options": {"name": {"type": "str", "required": True}, "version": {"type": "str"}},
        },
    },
    entry=selection.RULES,
)


def host_view(context: Context, servers: Servers) -> View:
    """Hosts of any servers; for each server a search, and one more for each product that is asked for."""
    params = context.params
    entries = selection.entries(HOSTS, params)
    errors = ValidationErrors("hosts")
    for entry in entries:
        if not entry.selector.valid:
            errors.add(entry, "%s is not an IPv4 address or name" % entry.selector)
    strict = params["on_failure"] == "fail"
    if strict:
        errors.require_none()
    valid = [entry for entry in entries if not errors.of(entry)]
    found = HostSearch(context, servers, hosts.DETAILS).find(valid, errors)
    selection.refuse_unclear(found, errors, params["missing"] == "ignore")
    if strict:
        selection.require_none(errors, found, server=servers.server.address)
    views: dict[HostEntry, View] = {}

    def look(session: Session) -> None:
        mine = {
            entry: t.cast(Host, found[entry].host)
            for entry in found
            if found[entry].host and entry.virtual_server == session.virtual_server
        }
        views.update(_views(context, session, mine))

    for name, error in servers.each([entry.virtual_server for entry in found if found[entry].host], look).items():
        for entry in found:
            if entry.virtual_server == name and found[entry].host:
                errors.add_error(entry, error)
    if strict:
        errors.require_none()
    listed: list[View] = []
    seen = set()
    for entry in entries:
        if entry in views:
            key = (entry.virtual_server, views[entry]["id"], entry.label)
            if key not in seen:
                listed.append(views[entry])
            seen.add(key)
    return {"hosts": listed, "missing": [_missing(entry, found, errors) for entry in entries if entry not in views]}


def _missing(entry: HostEntry, found: t.Mapping[HostEntry, selection.Found], errors: ValidationErrors) -> View:
    reason = "; ".join(errors.of(entry)) or found[entry].complaint(entry)
    return {
        "label": entry.label,
        "kind": entry.selector.kind,
        "value": entry.selector.value,
        "virtual_server": entry.virtual_server,
        "reason": reason,
        "error": errors.kind_of(entry),
    }


def _views(context: Context, session: Session, mine: t.Mapping[HostEntry, Host]) -> dict[HostEntry, View]:
    """Hosts of one server."""
    paths = _group_paths(session, {host.group_id for host in mine.values()})
    wanted: dict[Product, list[Host]] = {}
    for entry, host in mine.items():
        product = _product(entry)
        if product is not None:
            wanted.setdefault(product, []).append(host)
    having: dict[Product, t.Optional[set[str]]] = {}
    for product, some in wanted.items():
        having[product] = hosts.with_product(session, list(dict.fromkeys(host.id for host in some)), product)
        if having[product] is None:
            context.warn("%s cannot tell which hosts have %s." % (session, product))
    views: dict[HostEntry, View] = {}
    for entry, host in mine.items():
        view = views[entry] = {"label": entry.label, **_host(host, entry.virtual_server, paths)}
        product = _product(entry)
        if product is not None:
            have = having[product]
            view["has_product"] = None if have is None else host.id in have
        if context.params["products"]:
            view["products"] = _products(session, host.id)
    return views


def _product(entry: HostEntry) -> t.Optional[Product]:
    given = entry.options["product"]
    return Product(given["name"], given["version"] or "") if given else None


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
        view[name] = host.has(bit)
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
    there, missing = [], []
    for view in listed:
        try:
            if params["details"]:
                view.update(_task_details(context, session, view["id"]))
            there.append(view)
        except RequestRefused as error:
            if not is_gone(error):
                raise
            missing.append(view["id"])
    return {"tasks": there, "missing": missing}


def _task_details(context: Context, session: Session, task_id: str) -> View:
    statistics = tasks.statistics(session, task_id)
    return {
        "statistics": statistics.returned(),
        "finished": statistics.finished(max(1, statistics.total())),
        "hosts": _task_hosts(context, session, task_id),
    }


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
