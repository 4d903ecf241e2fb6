# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``HostGroup``: searching, moving and deleting hosts. Source: ksc-openapi.md section 3."""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .actions import Action, begin, fetch, forget
from .api import Call, method
from .attributes import (
    HOST_SEARCH,
    check_fields,
    host_attributes,
    host_fields,
    host_indexed,
    host_order_key,
    host_value,
)
from .chunks import keep_rows
from .errors import KscError, bad_format, not_found, not_permitted
from .filters import Attribute, Filter, FilterError
from .state import Group, Host, Server
from .wire import Time, bare, order_of, ordered, plain

FIND = {"wstrFilter": "string?", "vecFieldsToReturn": "strings", "vecFieldsToOrder": "order?", "pParams": "params?", "lMaxLifeTime": "int"}
RESULT = "finished search"
REC_DEPTH, CUR_VS_ONLY = "KLSRVH_SLAVE_REC_DEPTH", "KLGRP_FIND_FROM_CUR_VS_ONLY"


def compiled(call: Call, text: str | None, attributes: dict[str, Attribute]) -> Filter:
    """Compile a filter with the server's settings; the error for a bad one is a setting."""
    try:
        return Filter(text, attributes, now=call.now, bare=call.settings.bare_filters, case_sensitive=call.settings.case_sensitive)
    except FilterError as error:
        raise KscError(call.settings.bad_filter_code, "the filter is wrong: %s" % error) from None


def search_params(params: dict[str, Any] | None) -> bool:
    """Check pParams of a search; return whether only the current server is searched (the default is no)."""
    found = plain(params or {})
    for name, value in found.items():
        if name == CUR_VS_ONLY:
            if not isinstance(value, bool):
                raise bad_format("pParams.%s: a boolean is needed" % name)
        elif name == REC_DEPTH:
            if isinstance(value, bool) or not isinstance(value, int):
                raise bad_format("pParams.%s: a number is needed" % name)
        else:
            raise bad_format("pParams.%s: no such extra search attribute" % name)
    return bool(found.get(CUR_VS_ONLY, False))


def searched_servers(call: Call, current_only: bool) -> list[Server]:
    """Return the servers that a search goes over: a virtual server sees itself, the primary its virtual servers too if asked."""
    return [call.server] if current_only or call.server.id else call.world.servers


def find_hosts_now(call: Call, arguments: dict[str, Any]) -> tuple[list[Host], list[str]]:
    """Return the hosts found and the attributes to be told of each."""
    fields = host_fields(arguments["vecFieldsToReturn"], call.settings)
    if not fields:
        raise bad_format("vecFieldsToReturn: at least one attribute is needed")
    current_only = search_params(arguments["pParams"])
    wanted = compiled(call, arguments["wstrFilter"], host_attributes(call.settings))
    found: list[Host] = []
    for server in searched_servers(call, current_only):
        found += wanted.select(server.hosts.values(), host_indexed(server, call.settings.case_sensitive))
    order = order_of(arguments["vecFieldsToOrder"])
    return (ordered(found, order, host_order_key) if order else found), fields


def keep_hosts(call: Call, hosts: list[Host], fields: list[str], life: int) -> dict[str, Any]:
    """Keep found hosts and return the answer of FindHosts."""
    accessor = keep_rows(call, hosts, lambda host: {name: host_value(host, name) for name in fields}, life)
    return {"strAccessor": accessor, "PxgRetVal": len(hosts)}


@method("HostGroup.FindHosts", FIND, documented=True)
def find_hosts(call: Call, **arguments: Any) -> dict[str, Any]:
    """Find hosts by a filter; the answer has the accessor and the count."""
    hosts, fields = find_hosts_now(call, arguments)
    return keep_hosts(call, hosts, fields, arguments["lMaxLifeTime"])


@method("HostGroup.FindHostsAsync", FIND)
def find_hosts_async(call: Call, **arguments: Any) -> dict[str, Any]:
    """Begin a search; its result waits for FindHostsAsyncGetAccessor after CheckActionState has told its end."""
    find_hosts_now(call, arguments)

    def keep(action: Action) -> None:
        if action.error is None:
            call.session.results[action.guid] = action

    action = begin(call, call.settings.find_async_seconds, lambda when: find_hosts_now(call, arguments))
    action.fields = {"keep": keep, "life": arguments["lMaxLifeTime"]}
    return {"strRequestId": action.guid}


@method("HostGroup.FindHostsAsyncGetAccessor", {"strRequestId": "string"})
def find_hosts_async_get_accessor(call: Call, strRequestId: str) -> dict[str, Any]:
    """Return the accessor of a search that has ended."""
    action = call.session.results.pop(strRequestId, None)
    if not isinstance(action, Action):
        raise not_found("no finished search %s" % strRequestId)
    hosts, fields = action.result
    return dict(keep_hosts(call, hosts, fields, action.fields["life"]), pFailedSlavesInfo={"KLGRP_FAILED_SLAVES_PARAMS": []})


@method("HostGroup.FindHostsAsyncCancel", {"strRequestId": "string"})
def find_hosts_async_cancel(call: Call, strRequestId: str) -> dict[str, Any]:
    """Give a search up."""
    if call.session.results.pop(strRequestId, None) is None:
        forget(call, fetch(call, strRequestId))
    return {}


# Moving and deleting hosts


def group_of(call: Call, number: int, where: str) -> Group:
    """Return a group of the session's server into which hosts can go; not_found otherwise."""
    group = call.server.groups.get(number)
    if group is None or number == call.server.super:
        raise not_found("%s: no group %d on server %r" % (where, number, call.server.title))
    return group


def known_hosts(call: Call, identities: Iterable[str]) -> list[Host]:
    """Return hosts of the session's server; unknown ids are an error or passed over, as set."""
    found = []
    for identity in identities:
        if identity not in call.server.hosts and call.settings.move_unknown_host == "ignore":
            continue
        found.append(call.host(identity))
    return found


def move(server: Server, hosts: Iterable[Host], group: int) -> None:
    """Move hosts into a group of their server."""
    for host in hosts:
        server.place(host, group)


def delete(call: Call, host: Host) -> None:
    """Delete a record; a running agent may bring it back, as set."""
    server, delay = host.server, call.settings.deleted_hosts_return_seconds
    server.remove_host(host)
    if delay and host.online:

        def come_back(when: float) -> None:
            if host.id not in server.hosts:
                host.group, host.created = server.unassigned, when
                server.add_host(host)

        call.ksc.timeline.at(call.now + delay, come_back)


@method("HostGroup.MoveHostsToGroup", {"nGroup": "int", "pHostNames": "strings"}, documented=True)
def move_hosts_to_group(call: Call, nGroup: int, pHostNames: list[str]) -> dict[str, Any]:
    """Move hosts into a group, all or none."""
    group = group_of(call, nGroup, "nGroup")
    move(call.server, known_hosts(call, pHostNames), group.id)
    return {}


@method("HostGroup.RemoveHost", {"strHostName": "string"}, documented=True)
def remove_host(call: Call, strHostName: str) -> dict[str, Any]:
    """Delete a host's record."""
    host = call.host(strHostName)
    if host.machine.undeletable:
        raise not_permitted("host %s cannot be deleted" % host.name)
    delete(call, host)
    return {}


@method("HostGroup.RemoveHosts", {"pHostNames": "strings", "bForceDestroy": "bool"})
def remove_hosts(call: Call, pHostNames: list[str], bForceDestroy: bool) -> dict[str, Any]:
    """Delete hosts; what becomes of those outside Unassigned devices depends on the version (15.1 ignores bForceDestroy)."""
    force = bForceDestroy and call.settings.version < (15, 1)
    found = known_hosts(call, pHostNames)
    kept = [host for host in found if host.machine.undeletable]
    if kept and call.settings.undeletable_hosts == "refuse":
        raise not_permitted("host %s cannot be deleted" % kept[0].name)
    for host in found:
        if host in kept:
            continue
        if force or host.server.in_unassigned(host.group):
            delete(call, host)
        else:
            call.server.place(host, call.server.unassigned)
    return {}


@method("HostGroup.ResolveAndMoveToGroup", {"pInfo": "params"})
def resolve_and_move_to_group(call: Call, pInfo: dict[str, Any]) -> dict[str, Any]:
    """Find hosts by address, id or name and move them."""
    info = plain(pInfo)
    if set(info) != {"KLHST_WKS_ANYNAME", "KLHST_WKS_GROUPID"} or not isinstance(info["KLHST_WKS_ANYNAME"], list):
        raise bad_format("pInfo: KLHST_WKS_ANYNAME (array) and KLHST_WKS_GROUPID are needed")
    group = group_of(call, info["KLHST_WKS_GROUPID"], "pInfo.KLHST_WKS_GROUPID")
    results = []
    for name in info["KLHST_WKS_ANYNAME"]:
        host = next(
            (
                host
                for host in call.server.hosts.values()
                if name in (host.id, host.name, host.machine.address, host.machine.name, HOST_SEARCH["KLHST_WKS_WINHOSTNAME"].get(host))
            ),
            None,
        )
        results.append(host is not None)
        if host is not None:
            call.server.place(host, group.id)
    return {"pResults": {"KLHST_WKS_RESULTS": results}}


@method("HostGroup.UpdateHost", {"strHostName": "string", "pInfo": "params"})
def update_host(call: Call, strHostName: str, pInfo: dict[str, Any]) -> dict[str, Any]:
    """Change a host's display name or comment."""
    host = call.host(strHostName)
    for name, value in plain(pInfo).items():
        if name not in ("KLHST_WKS_DN", "KLHST_WKS_COMMENT") or not isinstance(value, str):
            raise bad_format("pInfo.%s: this cannot be changed" % name)
        setattr(host, "name" if name == "KLHST_WKS_DN" else "comment", value)
    call.server.touch()
    return {}


# Reading one host


@method("HostGroup.GetHostInfo", {"strHostName": "string", "pFields2Return": "strings"})
def get_host_info(call: Call, strHostName: str, pFields2Return: list[str]) -> dict[str, Any]:
    """Return attributes of one host."""
    host = call.host(strHostName)
    return {"PxgRetVal": bare({name: host_value(host, name) for name in host_fields(pFields2Return, call.settings)})}


@method("HostGroup.GetHostProducts", {"strHostName": "string"})
def get_host_products(call: Call, strHostName: str) -> dict[str, Any]:
    """Return product, version and details of what is installed."""
    products = {
        item.name: {
            item.version: {
                "BaseRecords": 0,
                "InstallTime": Time(item.since),
                "LastUpdateTime": Time(item.since),
                "ConnProdVersion": item.build or None,
            }
        }
        for item in call.host(strHostName).products.values()
    }
    return {"PxgRetVal": bare(products)}


# The server


@method("HostGroup.GetStaticInfo", {"pValues": "strings?"})
def get_static_info(call: Call, pValues: list[str] | None) -> dict[str, Any]:
    """Tell on which server the caller is logged in."""
    server = call.server
    values = {
        "KLADMSRV_IS_VIRTUAL": bool(server.id),
        "KLADMSRV_VSID": server.id,
        "KLADMSRV_GRP_ROOT": server.managed,
        "KLADMSRV_GRP_UNASSIGNED": server.unassigned,
        "KLADMSRV_GRP_SUPER": server.super,
        "KLADMSRV_PRODUCT_FULL_VERSION": call.settings.ksc_version,
        "KLADMSRV_SERVER_HOSTNAME": call.world.name,
        "KLADMSRV_SERVER_VERSION_ID": call.settings.version[0] if call.settings.version else 0,
    }
    if pValues:
        values = {name: values[name] for name in check_fields(pValues, values, (), call.settings)}
    return {"PxgRetVal": bare(values)}
