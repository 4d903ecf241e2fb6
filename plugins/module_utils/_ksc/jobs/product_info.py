# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What ksc_product_info returns: which hosts of all servers have a product, and in which version (contract day-two.md, section 4).

A server is asked once for each product, and once more for each version that does not count. Only where there are hosts of which the
version is not known by that, it is asked for more: whoever proves that a version is gone asks for nothing else.
"""

from __future__ import annotations

import typing as t

from ..._core.errors import CollectionError, InputError, RequestRefused
from ..._core.module import Context
from ..._core.spec import Spec
from ..api import hosts, virtual_servers, wire
from ..api.hosts import Host, Product
from ..api.session import Session
from ..api.virtual_servers import VirtualServer
from .servers import Name, Servers

View = t.Dict[str, t.Any]

FIELDS = (*hosts.FIELDS, hosts.PROTECTION_VERSION, hosts.AGENT_BUILD)
DETAILED = 100  # hosts of a server that are asked one by one for a version that no search tells
PRIMARY_ID = 0

PRODUCTS = Spec(
    {
        "products": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "label": {"type": "str"},
                "name": {"type": "str", "required": True},
                "version": {"type": "str"},
                "except_versions": {"type": "list", "elements": "str"},
            },
            "mutually_exclusive": [("version", "except_versions")],
        },
        "virtual_server": {"type": "list", "elements": "str"},
        "primary": {"type": "bool", "default": True},
    }
)


def product_view(context: Context, servers: Servers) -> View:
    """Hosts of all servers that have one of the products; what could not be asked is in ``servers``."""
    params = context.params
    if not params["products"]:
        raise InputError("products: the list is empty; give at least one application.", option="products")
    for product in params["products"]:
        if not product["name"].strip():
            raise InputError("products: the name of a product must not be empty.", option="products")
    looks, refused = _servers(params, servers)
    asked = [name for name in looks if name not in refused]
    refused.update(servers.each(asked, lambda session: looks[session.virtual_server].at(session)))
    unclear = [name for name in asked if name not in refused and looks[name].unclear]
    for name in unclear:  # on the session of the primary server, so one after the other
        looks[name].learn(servers)
    refused.update(servers.each(unclear, lambda session: looks[session.virtual_server].resolve(session)))
    if refused and params["on_failure"] == "fail":
        raise next(iter(refused.values()))
    told = [name for name in looks if name not in refused]
    return {
        "hosts": [view for name in told for view in looks[name].views(name)],
        "servers": [_server(name, looks[name], refused.get(name)) for name in looks],
    }


def _servers(params: t.Mapping[str, t.Any], servers: Servers) -> tuple[dict[Name, _Look], dict[Name, CollectionError]]:
    """What is to be looked at, and the virtual servers that are disabled, so that nobody can log in."""
    given: t.Optional[list[str]] = params["virtual_server"]
    names: list[Name] = [None] if params["primary"] else []
    if given is not None:
        return {name: _Look(params["products"], None) for name in [*names, *dict.fromkeys(given)]}, {}
    listed = virtual_servers.listing(servers.primary)
    looks = {name: _Look(params["products"], PRIMARY_ID) for name in names}
    disabled: dict[Name, CollectionError] = {}
    for server in listed:
        looks[server.name] = _Look(params["products"], server.id)
        error = closed(servers, server, listed)
        if error is not None:
            disabled[server.name] = error
    return looks, disabled


def closed(servers: Servers, server: VirtualServer, listed: t.Sequence[VirtualServer]) -> t.Optional[CollectionError]:
    """Why nobody can log in to a virtual server; None where that is possible."""
    if [other.name for other in listed].count(server.name) > 1:
        why = "has several virtual servers with this name; rename all but one"
    elif server.enabled is False:
        why = "has disabled it, so nobody can log in to it"
    else:
        return None
    return RequestRefused(
        'Virtual server "%s" cannot be searched: %s %s.' % (server.name, servers.server, why),
        server=servers.server.address,
        virtual_server=server.name,
        method="VServers.GetVServers",
    )


class _Found:
    """The hosts of one server that count for one product of the option, and the version of each: None is not known (yet)."""

    def __init__(self, wanted: t.Mapping[str, t.Any]) -> None:
        self.wanted = wanted
        self.excepted: t.Sequence[str] = wanted["except_versions"] or ()
        self.hosts: dict[str, Host] = {}
        self.versions: dict[str, t.Optional[str]] = {}

    @property
    def unclear(self) -> list[str]:
        return [id for id, version in self.versions.items() if version is None]


class _Look:
    """What is read of one server. ``id`` is that of the server; None: not known."""

    def __init__(self, wanted: t.Sequence[t.Mapping[str, t.Any]], id: t.Optional[int]) -> None:
        self._id = id
        self._known: dict[str, list[str]] = {}
        self._found = [_Found(product) for product in wanted]

    @property
    def unclear(self) -> bool:
        return any(found.unclear for found in self._found)

    @property
    def count(self) -> int:
        return len({id for found in self._found for id in found.hosts})

    def at(self, session: Session) -> None:
        """Find the hosts: one search, and one for each version that does not count."""
        for found in self._found:
            name, version = found.wanted["name"], found.wanted["version"]
            there = {host.id: host for host in hosts.having(session, Product(name, version or ""), FIELDS)}
            for other in found.excepted if there else ():
                for host in hosts.having(session, Product(name, other), hosts.BASIC):
                    there.pop(host.id, None)
            found.hosts = there
            found.versions = dict.fromkeys(there, version or None)

    def learn(self, servers: Servers) -> None:
        """Which versions there are at all, as far as the primary server tells."""
        if self._id is not None:
            self._known = virtual_servers.product_versions(servers.primary, self._id)

    def resolve(self, session: Session) -> None:
        """The version of each host: a search for each version that is known, then host by host for a few that are left."""
        for found in self._found:
            name = found.wanted["name"]
            known = [version for product, versions in self._known.items() if product.casefold() == name.casefold() for version in versions]
            for version in known:
                if not found.unclear or version in found.excepted:
                    continue
                for host in hosts.having(session, Product(name, version), hosts.BASIC):
                    if host.id in found.versions:
                        found.versions[host.id] = version
            for id in found.unclear[:DETAILED]:
                found.versions[id] = _version(session, id, name)

    def views(self, name: Name) -> t.Iterator[View]:
        for found in self._found:
            for id, host in found.hosts.items():
                yield {**_host(host, found, found.versions[id]), "virtual_server": name}


def _version(session: Session, id: str, name: str) -> t.Optional[str]:
    try:
        versions = hosts.versions(hosts.products(session, id), name)
    except RequestRefused:  # the host may also be gone by now
        return None
    return ", ".join(versions) or None


def _host(host: Host, found: _Found, version: t.Optional[str]) -> View:
    product = Product(found.wanted["name"], version or "")
    return {
        "label": found.wanted["label"],
        "id": host.id,
        "name": host.name,
        "ip": host.ip,
        "product": product.name,
        "version": version,
        "build": host.build(product),
        "display_version": host.build(product),
        "agent_alive": host.connected,
        "last_agent_connection": wire.plain(host.last_connected),
        "last_visible": wire.plain(host.last_visible),
    }


def _server(name: Name, look: _Look, error: t.Optional[CollectionError]) -> View:
    return {
        "virtual_server": name,
        "hosts": None if error is not None else look.count,
        "reason": "" if error is None else error.message,
        "error": None if error is None else error.kind,
    }
