# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What ksc_host_info returns: hosts of any servers as plain dicts, IPs dotted, times ISO 8601."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass

from ..._core.entries import EntryList, ValidationErrors
from ..._core.errors import NoSuchCall, RequestRefused
from ..._core.module import Context
from ..._core.waiting import Poll, Waiting
from ..api import groups, hosts, licenses, wire
from ..api.hosts import Host, Product
from ..api.session import Session
from . import protection, selection, server_facts
from .products import ProductSearch
from .protection import Condition, GroupFacts, HostFacts, ServerFacts
from .selection import HostEntry, HostSearch
from .server_facts import Records
from .servers import Name, Servers

View = t.Dict[str, t.Any]

STATUS = {
    "visible": hosts.VISIBLE,
    "agent_installed": hosts.AGENT_INSTALLED,
    "agent_alive": hosts.AGENT_ALIVE,
    "protection_installed": hosts.PROTECTION_INSTALLED,
}
UNASSIGNED = "Unassigned devices"
NO_GROUP = GroupFacts(conditions_unknown="the server does not report its group", policies_unknown="the server does not report its group")
STATUS_IDS = {0: "ok", 1: "critical", 2: "warning"}


HOSTS = EntryList(
    "hosts",
    own=selection.OPTIONS,
    inherited={
        "virtual_server": {"type": "str"},
        "product": {
            "type": "dict",
            "options": {"name": {"type": "str", "required": True}, "version": {"type": "str"}, "display_version": {"type": "str"}},
        },
    },
    entry=selection.RULES,
)


def host_view(context: Context, servers: Servers) -> View:
    """Hosts of any servers; where that is wanted, when all of them are connected. In a dry run nothing comes that could be waited for."""
    seen: list[View] = []

    def look() -> Poll:
        seen[:] = [_host_view(context, servers)]
        return Poll(not seen[0]["missing"] and all(host["agent_alive"] for host in seen[0]["hosts"]))

    timeout = 0 if context.check_mode else context.params["connection_timeout"]
    Waiting(timeout, context.params["poll_interval"], context.clock).until(look)
    return seen[0]


def _host_view(context: Context, servers: Servers) -> View:
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
    fields = hosts.PROTECTION if params["protection"] else hosts.DETAILS
    found = HostSearch(context, servers, fields).find(valid, errors)
    selection.refuse_unclear(found, errors, params["missing"] == "ignore")
    if strict:
        selection.require_none(errors, found, server=servers.server.address)
    looks = {name: _Look(context, name) for name in dict.fromkeys(entry.virtual_server for entry in found)}
    for entry, result in found.items():
        looks[entry.virtual_server].take(entry, result)
    wanted = [name for name, look in looks.items() if look.hosts or params["undeclared"]]
    for name, error in servers.each(wanted, lambda session: looks[session.virtual_server].at(session)).items():
        looks[name].views.clear()
        for entry in looks[name].hosts:
            errors.add_error(entry, error)
    views = {entry: view for look in looks.values() for entry, view in look.views.items()}
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
    returned = {"hosts": listed, "missing": [_missing(entry, found, errors) for entry in entries if entry not in views]}
    if params["protection"]:
        returned["servers"] = [looks[name].server for name in wanted if looks[name].server]
        # Accounts lock: where no server could be asked, the primary one is not tried either.
        if params["primary_keys"] and wanted and None not in wanted:
            returned["servers"].append(_primary_keys(servers))
    if params["undeclared"]:
        returned["undeclared"] = [view for name in wanted for view in looks[name].undeclared]
    return returned


def _missing(entry: HostEntry, found: t.Mapping[HostEntry, selection.Found], errors: ValidationErrors) -> View:
    reason = "; ".join(errors.of(entry)) or found[entry].complaint(entry)
    return {
        "label": entry.label,
        "kind": entry.selector.kind,
        "value": entry.selector.value,
        "virtual_server": entry.virtual_server,
        "reason": reason,
        "records": [host.id for host in found[entry].candidates] if entry in found else [],
        "error": errors.kind_of(entry),
    }


class _Look:
    """What is read about the hosts of one server."""

    def __init__(self, context: Context, name: Name) -> None:
        self._context = context
        self._params = context.params
        self._name = name
        self.hosts: dict[HostEntry, Host] = {}
        self._unclear: list[Host] = []  # records of entries that are several
        self.views: dict[HostEntry, View] = {}
        self.server: View = {}
        self.undeclared: list[View] = []

    def take(self, entry: HostEntry, found: selection.Found) -> None:
        if found.host is not None:
            self.hosts[entry] = found.host
        self._unclear += found.candidates

    def at(self, session: Session) -> None:
        looked_at = list({host.id: host for host in self.hosts.values()}.values())
        records = None
        if self._params["undeclared"] or (self._params["protection"] and looked_at):
            records = server_facts.namesakes(session, looked_at, everything=self._params["undeclared"])
        declared = [*looked_at, *self._unclear]
        strangers = []
        if self._params["undeclared"] and records is not None:
            known = {host.id for one in declared for host in (one, *records.others(one))}
            strangers = [host for host in records.all.values() if host.id not in known]
        places = places_of(session, {host.group_id for host in [*looked_at, *strangers]})
        self._view_hosts(session, places)
        self.undeclared = [_stranger(host, self._name, places) for host in strangers]
        if self._params["protection"] and records is not None:
            self._judge(session, records, places)

    def _view_hosts(self, session: Session, places: Places) -> None:
        """Hosts of one server."""
        wanted: dict[Product, list[Host]] = {}
        for entry, host in self.hosts.items():
            product = _product(entry)
            if product is not None:
                wanted.setdefault(product, []).append(host)
        having: dict[Product, t.Optional[set[str]]] = {}
        for product, some in wanted.items():
            having[product] = hosts.with_product(session, list(dict.fromkeys(host.id for host in some)), product)
            if having[product] is None:
                self._context.warn("%s does not report which hosts have %s." % (session, product))
        builds = self._builds(session, having)
        for entry, host in self.hosts.items():
            view = self.views[entry] = {"label": entry.label, **attributes_of(host, entry.virtual_server, places)}
            product = _product(entry)
            if product is not None:
                have = having[product]
                view["has_product"] = None if have is None else host.id in have
                if view["has_product"] and entry.options["product"]["display_version"]:
                    build = builds[product, entry.options["product"]["display_version"]][host.id]
                    view["has_product"] = None if build is None else build == entry.options["product"]["display_version"]
            if self._params["products"]:
                view["products"] = _products(session, host.id)
            if self._params["license_keys"]:
                view["license_keys"], view["license_keys_reason"] = _keys(session, host)

    def _builds(
        self, session: Session, having: t.Mapping[Product, t.Optional[t.Container[str]]]
    ) -> dict[tuple[Product, str], dict[str, t.Optional[str]]]:
        """The builds of the hosts that have a product of which a certain build is asked for; see ProductSearch.builds."""
        asked: dict[tuple[Product, str], list[Host]] = {}
        for entry, host in self.hosts.items():
            product, build = _product(entry), (entry.options["product"] or {}).get("display_version")
            if product is not None and build and host.id in (having[product] or ()):
                asked.setdefault((product, build), []).append(host)
        return {(product, build): ProductSearch(session).builds(some, product, build) for (product, build), some in asked.items()}

    def _judge(self, session: Session, records: Records, places: Places) -> None:
        """Whether the hosts are protected. Unassigned devices need no look at what their group says."""
        ids = dict.fromkeys(host.group_id for host in self.hosts.values() if host.group_id is not None)
        facts = server_facts.read(session, [id for id in ids if id not in places.unassigned])
        for entry, host in self.hosts.items():
            view, product = self.views[entry], _product(entry)
            others = records.others(host)
            group = NO_GROUP if host.group_id is None else facts.groups.get(host.group_id)
            installed = host.has(hosts.PROTECTION_INSTALLED) if product is None else view["has_product"]
            view["protection"] = protection.verdict(HostFacts(host, product, installed, group, others)).view()
            view["duplicates"] = [other.id for other in others]
        self.server = _server(self._name, facts, places)


def _primary_keys(servers: Servers) -> View:
    """What the primary server tells of its keys, which are those of SVMs. Its account may know a virtual server only."""
    facts: list[ServerFacts] = []
    refused = servers.each([None], lambda session: facts.append(server_facts.read(session, [])))
    return _server(None, facts[0] if facts else ServerFacts(keys_unknown=refused[None].message.rstrip(". ")), Places({}, frozenset()))


def _server(name: Name, facts: ServerFacts, places: Places) -> View:
    return {
        "virtual_server": name,
        "groups": [
            {
                "id": id,
                "path": places.paths.get(id),
                "shows_missing_svm": group.asks_for(Condition.SUGGESTED),
                "policies": None
                if group.policies is None
                else [
                    {
                        "name": policy.name,
                        "product": policy.product,
                        "version": policy.version,
                        "active": policy.active,
                        "inherited": policy.inherited,
                    }
                    for policy in group.policies
                ],
                "reasons": [reason for reason in (group.conditions_unknown, group.policies_unknown) if reason],
            }
            for id, group in facts.groups.items()
        ],
        "license_keys": None
        if facts.keys is None
        else [{"product": key.product, "expires": wire.plain(key.expires), "limit": key.limit, "hosts": key.hosts} for key in facts.keys],
        "license_keys_reason": facts.keys_unknown,
    }


def _stranger(host: Host, virtual_server: Name, places: Places) -> View:
    return {
        "id": host.id,
        "name": host.name,
        "ip": host.ip,
        "virtual_server": virtual_server,
        "group": places.paths.get(host.group_id) if host.group_id is not None else None,
        "agent_alive": host.connected,
        "last_agent_connection": wire.plain(host.last_connected),
    }


def _product(entry: HostEntry) -> t.Optional[Product]:
    given = entry.options["product"]
    return Product(given["name"], given["version"] or "") if given else None


@dataclass(frozen=True)
class Places:
    """The groups of a server: their paths by id, and which are Unassigned devices or below them, such as those of domains."""

    paths: t.Mapping[int, str]
    unassigned: frozenset[int]


def places_of(session: Session, ids: set[t.Optional[int]]) -> Places:
    """The places of these groups, with as few requests as that takes."""
    if not ids:
        return Places({}, frozenset())
    root, unassigned = groups.managed_id(session), groups.unassigned_id(session)
    known, below = {root: "", unassigned: UNASSIGNED}, {}
    if ids - set(known):
        listed = groups.matching(session)
        below = {id: "%s/%s" % (UNASSIGNED, path) for id, path in groups.paths(listed, unassigned).items()}
        known.update({**groups.paths(listed, root), **below})
    return Places(known, frozenset({unassigned, *below}))


def attributes_of(host: Host, virtual_server: Name, places: Places) -> View:
    """What a search tells of a host."""
    attributes = wire.plain(dict(host.attributes))
    view = {
        "id": host.id,
        "name": host.name,
        "ip": host.ip,
        "fqdn": attributes.get("KLHST_WKS_FQDN"),
        "virtual_server": virtual_server,
        "group_id": host.group_id,
        "group": places.paths.get(host.group_id) if host.group_id is not None else None,
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


def _keys(session: Session, host: Host) -> tuple[t.Optional[list[View]], str]:
    """Which applications of a host work with a key, and when that ends; None where the server does not tell, and why."""
    try:
        found = hosts.products(session, host.id)
        mine = [(name, version) for name, versions in found.items() if name not in protection.OWN_PRODUCTS for version in versions or ()]
        serials = {product: licenses.active(session, host.id, *product) for product in mine}
    except RequestRefused as error:
        return None, error.message.rstrip(". ")
    expiry = _expiry(session) if any(serials.values()) else {}
    keys = []
    for (name, version), serial in serials.items():
        expires = expiry.get(serial)
        # By the clock of the server: when it heard of the host.
        expired = None if expires is None or host.last_connected is None else expires < host.last_connected
        keys.append({"product": name, "version": version, "active": bool(serial), "expires": wire.plain(expires), "expired": expired})
    return keys, ""


def _expiry(session: Session) -> dict[str, t.Optional[datetime.datetime]]:
    """When the keys that the server keeps end, by serial number; nothing where it does not tell."""
    try:
        return {key.serial: key.expires for key in licenses.listing(session)}
    except RequestRefused:
        return {}
