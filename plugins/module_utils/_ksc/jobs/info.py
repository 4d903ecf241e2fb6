# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What the other _info modules return: the server's objects as plain dicts, times ISO 8601."""

from __future__ import annotations

import typing as t
from dataclasses import astuple

from ..._core.errors import InputError, NoSuchCall, RequestRefused
from ..._core.module import Context
from ..api import groups, packages, tasks, virtual_servers, wire
from ..api.session import Session
from .servers import Servers
from .task_run import is_gone

View = t.Dict[str, t.Any]


def package_view(context: Context, servers: Servers) -> View:
    asked = _asked_product(context)
    session = servers.on(context.params["virtual_server"])
    return {
        "packages": [
            {
                "id": package.id,
                "name": package.name,
                "product": {
                    "name": package.product.name,
                    "version": package.product.version,
                    "display_version": package.display_version,
                },
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
            if all(wanted in (None, told) for wanted, told in zip(asked, (*astuple(package.product), package.display_version)))
        ]
    }


def _asked_product(context: Context) -> tuple[t.Optional[str], t.Optional[str], t.Optional[str]]:
    """Name, version and build of the packages to return; None: any.

    :raises InputError: the product is neither a name nor a dictionary of those
    """
    product, version = context.params["product"], context.params["version"]
    if product is None or isinstance(product, str):
        return product, version, None
    if not isinstance(product, t.Mapping) or not product.keys() <= {"name", "version", "display_version"}:
        raise InputError("product: give a name, or a dictionary with name, version and display_version.", option="product")
    told = {key: None if value is None else str(value) for key, value in product.items()}
    return told.get("name"), told.get("version") or version, told.get("display_version")


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
                "license_enabled": server.license_enabled,
                "licence_enabled": server.license_enabled,  # the name of 0.1.0
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
        context.warn("%s does not report the state of each host of task %s." % (session, task_id))
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
