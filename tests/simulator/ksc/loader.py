# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building a KSC world from its part of a world file.

    ksc:
      name: KSC-MAIN                     # host name of the primary
      addresses: [ksc.example.test]      # what agents may be told to connect to; empty = anything is this server
      groups: [Web/Frontend]             # below Managed devices of the primary; what a virtual server has, the primary may have too
      status_conditions: {critical: [product], warning: [restart]}      # of Managed devices, names of conditions.py; default: all
      policies: [{name: Light Agent, product: KSVLA, version: 5.2.0.0, group: Web, active: true}]  # default: one per Light Agent
      virtual_servers: [{name: Tenant A, id: 1, enabled: true,
                         groups: [Web, {path: Db, notify_days: 7, remove_days: 60, locked: false, force_children: false, critical: [product]}],
                         status_conditions: {...}, policies: [...], users: [{name: a, password: b, full_name: c, enabled: true}]}]
      limits: {virtual_servers: 500, hosts: 50000, users: 10, groups: 20}
      accounts: [{username: a, password: b, internal: true, domain: "", servers: [primary, Tenant A], totp: "123456", about: ...}]
      packages: [{product: KSVLA, version: 5.2.0.0, display_version: 5.2.27.1202, name: ..., platform: windows, size: 1,
                  servers: [primary], retranslation_errors: {Tenant A: text}}]
      os_accounts: {windows: {Administrator: pass}, linux: {root: pass}}
      hosts: [{name: web-01, id: ..., ip: 10.0.0.1, platform: windows, server: primary, group: Web/Frontend, agent: true, online: true,
               online_after: 600, reconnect_delay: 30, undeletable: false, vdi: false, removal_password: text,
               agent_connected: true, last_connected_days: 0, last_visible_days: 0,   # default: as the machine is on line
               real_time_protection: running, databases: fresh,         # or stopped, unknown; old
               restart_required: false, restart_reason: 1,              # a mask
               svm: connected,                                          # or none; without it: what the SVMs of this world offer
               svm_of: 192.0.2.10, generation: 5.2.0.0, key: {expires_days: 90, serial: ..., count: 1000}, serves: [kesl/12.1.0.0],
               products: [{name: KSVLA, version: 5.2.0.0}], os_accounts: {...}, outcomes: [{task: install, result: failed, reason: text}]}]
      generate: {hosts: 1000, windows: 0.5, server: primary, network: 10.20.0.0/16, prefix: gen, group: Web, products: [], offline: 0.0}

`generate` may be a list of such mappings, and `tenant` may be said for `server`. Without `group` hosts are in Unassigned devices.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from ..world import Reader
from .administration import LIMITS
from .conditions import AGENT, CRITICAL, DEFAULT, MASK, NAMES, PROTECTION_SERVER, WARNING, mask_of
from .records import Key
from .sessions import Account
from .settings import KscSettings
from .state import DAY, Group, Host, Installed, Machine, Outcome, Package, Server, World, host_id

OS_NAMES = {"windows": "Microsoft Windows Server 2022", "linux": "Ubuntu 22.04"}
AGENT_PRODUCT_VERSION = "1.0.0.0"


def build(
    reader: Reader, now: float, settings: KscSettings | None = None, time: Callable[[], float] | None = None
) -> tuple[World, list[Account]]:
    """Return the world and its accounts; WorldError names a bad key."""
    world = World(reader.text("name", "KSC-MAIN"), now, settings, time)
    world.addresses = reader.texts("addresses", [])
    limits = reader.section("limits")
    world.limits = {number: limits.integer(name) for name, number in LIMITS.items() if name in limits}
    limits.done()
    stated = {0: _standing(world.primary, reader, now)}
    users: list[Account] = _users(world.primary, reader)
    for part in reader.sections("virtual_servers"):
        users += _virtual_server(world, part, now, stated)
    for part in reader.sections("packages"):
        _package(world, part, now)
    os_accounts = reader.section("os_accounts")
    by_platform = {platform: dict(os_accounts.mapping(platform)) for platform in OS_NAMES}
    os_accounts.done()
    for part in reader.sections("hosts"):
        _host(world, part, by_platform, now)
    if "generate" in reader:
        parts = reader.sections("generate") if isinstance(reader.value("generate", (list, dict)), list) else [reader.section("generate")]
        for part in parts:
            _generate(world, part, by_platform, now)
    for server in world.servers:
        if not stated[server.id]:
            server.give_policies(now)
    accounts = [_account(world, part) for part in reader.sections("accounts")] + users
    for account in accounts:
        account.id = world.next_user()
    reader.done()
    return world, accounts


def _server(world: World, part: Reader, key: str, default: Any = "primary") -> Server:
    name = part.text(key, default)
    server = world.server(name)
    if server is None:
        raise part.fail(key, "no virtual server is named %r" % name)
    return server


def _virtual_server(world: World, part: Reader, now: float, stated: dict[int, bool]) -> list[Account]:
    name = part.text("name")
    if world.server(name) is not None:
        raise part.fail("name", "%r is there already" % name)
    server = world.add_virtual(name, part.integer("id", None), now=now)
    server.enabled = part.flag("enabled", True)
    stated[server.id] = _standing(server, part, now)
    users = _users(server, part)
    part.done()
    return users


def _standing(server: Server, part: Reader, now: float) -> bool:
    """Read groups, status settings and policies of a server; return whether the policies were stated."""
    for number, item in enumerate(part.value("groups", list, [])):
        if isinstance(item, str):
            server.group_path(item, now)
        else:
            _group(server, Reader(item, "%s.groups[%d]" % (part.where, number)), now)
    conditions = part.section("status_conditions")
    _conditions(server.groups[server.managed], conditions)
    conditions.done()
    for item in part.sections("policies"):
        group = server.group_path(item.text("group", ""), now).id
        product, version = item.text("product"), item.text("version")
        server.add_policy(item.text("name", "%s %s" % (product, version)), product, version, group, item.flag("active", True), now)
        item.done()
    return "policies" in part


def _group(server: Server, part: Reader, now: float) -> None:
    group = server.group_path(part.text("path"), now)
    group.locked, group.force_children = part.flag("locked", False), part.flag("force_children", False)
    group.notify_days, group.remove_days = part.integer("notify_days", None), part.integer("remove_days", None)
    _conditions(group, part)
    part.done()


def _conditions(group: Group, part: Reader) -> None:
    """Read status settings; a severity that is not named is inherited."""
    for severity, key in ((CRITICAL, "critical"), (WARNING, "warning")):
        names = part.texts(key, None)
        if names is not None:
            for name in names:
                if name not in NAMES:
                    raise part.fail(key, "%r is none of %s" % (name, ", ".join(NAMES)))
            group.conditions[severity] = dict(DEFAULT, **{MASK: mask_of(names)})


def _account(world: World, part: Reader) -> Account:
    account = Account(
        username=part.text("username"),
        password=part.text("password"),
        internal=part.flag("internal", True),
        domain=part.text("domain", ""),
        totp=part.text("totp", ""),
        locked=part.flag("locked", False),
        about=part.text("about", ""),
    )
    account.servers = part.texts("servers", [])
    for name in account.servers:
        if world.server(name) is None:
            raise part.fail("servers", "no virtual server is named %r" % name)
    only = world.server(account.servers[0]) if len(account.servers) == 1 else None
    account.home = 0 if only is None else only.id
    part.done()
    return account


def _users(server: Server, part: Reader) -> list[Account]:
    """Read the internal users of a server: those of a virtual one have all rights there, those of the primary none."""
    users = []
    for item in part.sections("users"):
        user = Account(item.text("name"), item.text("password"), servers=[server.title], home=server.id, rights=bool(server.id))
        user.full_name, user.description = item.text("full_name", ""), item.text("description", "")
        user.mail, user.phone = item.text("mail", ""), item.text("phone", "")
        user.enabled = item.flag("enabled", True)
        item.done()
        users.append(user)
    return users


def _package(world: World, part: Reader, now: float) -> None:
    product, version = part.text("product"), part.text("version")
    display_version = part.text("display_version", version)
    data: dict[str, Any] = {
        "name": part.text("name", "%s %s" % (product, display_version)),
        "product": product,
        "version": version,
        "display_version": display_version,
        "platform": part.text("platform", "any", ("any", *OS_NAMES)),
        "size": part.integer("size", 200000000),
        "created": now,
        "failures": dict(part.mapping("retranslation_errors")),
    }
    for name in part.texts("servers", ["primary"]):
        server = world.server(name)
        if server is None:
            raise part.fail("servers", "no virtual server is named %r" % name)
        server.add_package(Package(id=0, **data))
    part.done()


def _host(world: World, part: Reader, os_accounts: dict[str, dict[str, str]], now: float) -> None:
    name = part.text("name")
    platform = part.text("platform", "windows", tuple(OS_NAMES))
    dotted = part.text("ip")
    try:
        address = int(ipaddress.IPv4Address(dotted))
    except ValueError:
        raise part.fail("ip", "no IPv4 address") from None
    machine = Machine(
        name=name,
        ip=address,
        platform=platform,
        os_name=part.text("os_name", OS_NAMES[platform]),
        domain=part.text("domain", ""),
        agent=part.flag("agent", True),
        online=part.flag("online", True),
        online_after=part.number("online_after", None),
        reconnect_delay=part.number("reconnect_delay", None),
        agent_connected=part.flag("agent_connected", None),
        connected_at=_days_ago(part, "last_connected_days", now),
        visible_at=_days_ago(part, "last_visible_days", now),
        undeletable=part.flag("undeletable", False),
        vdi=part.flag("vdi", False),
        real_time_protection=part.text("real_time_protection", "running", ("running", "stopped", "unknown")),
        databases=part.text("databases", "fresh", ("fresh", "old")),
        reboot_required=part.flag("restart_required", False),
        reboot_reason=part.integer("restart_reason", 0),
        svm=part.text("svm", None, ("connected", "none")),
        removal_password=part.text("removal_password", ""),
        os_accounts=dict(part.mapping("os_accounts") if "os_accounts" in part else os_accounts[platform]),
    )
    for product in part.sections("products"):
        installed = Installed(product.text("name"), product.text("version"), product.text("build", ""), now)
        machine.products[installed.name] = installed
        product.done()
    machine.outcomes = [_outcome(rule) for rule in part.sections("outcomes")]
    if "svm_of" in part:
        _svm(world, part, machine, now)
    _record(world, part, machine, part.text("id", _free_id(world, "%s/%d" % (name, address))), now)
    part.done()


def _days_ago(part: Reader, key: str, now: float) -> float | None:
    days = part.number(key, None)
    return None if days is None else now - days * DAY


def _free_id(world: World, text: str) -> str:
    """Return an id for a record; a second one of that name and address gets another."""
    number, identity = 1, host_id(text)
    while world.hosts(identity=identity):
        number += 1
        identity = host_id("%s/%d" % (text, number))
    return identity


def _svm(world: World, part: Reader, machine: Machine, now: float) -> None:
    """Read what makes a machine an SVM: its Protection Server is of its generation, and it serves Light Agents with its key."""
    machine.svm_of, machine.generation = part.text("svm_of"), part.text("generation")
    machine.serves = part.texts("serves", [])
    machine.products.setdefault(PROTECTION_SERVER, Installed(PROTECTION_SERVER, machine.generation, "", now))
    if part.mapping("key"):
        key = part.section("key")
        serial = key.text("serial", "%s-0000-%08X" % (machine.generation.replace(".", "")[:4].ljust(4, "0"), machine.ip))
        machine.key = Key(serial, now + key.number("expires_days") * DAY, count=key.integer("count", 1000))
        key.done()
    world.svms.append(machine)


def _outcome(part: Reader) -> Outcome:
    outcome = Outcome(
        task=part.text("task", "any", ("any", "install", "remove", "reconnect", "other")),
        product=part.text("product", "any"),
        result=part.text("result", "ok", ("ok", "warning", "failed", "claimed")),
        reason=part.text("reason", ""),
        seconds=part.number("seconds", None),
        reboot=part.flag("reboot", False),
        times=part.integer("times", 0),
    )
    part.done()
    return outcome


def _record(world: World, part: Reader, machine: Machine, identity: str, now: float) -> None:
    server = _server(world, part, "server")
    if identity in server.hosts:
        raise part.fail("id", "%s is there already" % identity)
    group = server.group_path(part.text("group"), now).id if "group" in part else server.unassigned
    if machine.agent:
        machine.products.setdefault(AGENT, Installed(AGENT, AGENT_PRODUCT_VERSION, machine.agent_version, now))
    server.add_host(Host(id=identity, name=machine.name, group=group, server=server, machine=machine, created=now))


def _generate(world: World, part: Reader, os_accounts: dict[str, dict[str, str]], now: float) -> None:
    count, windows, offline = part.integer("hosts"), part.number("windows", 0.5), part.number("offline", 0.0)
    prefix = part.text("prefix", "gen")
    text = part.text("network", "10.64.0.0/14")
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        raise part.fail("network", "no IPv4 network") from None
    if count > network.num_addresses - 2:
        raise part.fail("network", "%s has no room for %d hosts" % (network, count))
    server = _server(world, part, "tenant" if "tenant" in part else "server")
    group = server.group_path(part.text("group"), now).id if "group" in part else server.unassigned
    products = [Installed(item.text("name"), item.text("version"), item.text("build", ""), now) for item in part.sections("products")]
    part.done()
    first = int(network.network_address) + 1
    for number in range(count):
        platform = "windows" if int((number + 1) * windows) > int(number * windows) else "linux"
        name = "%s-%05d" % (prefix, number + 1)
        machine = Machine(
            name=name,
            ip=first + number,
            platform=platform,
            os_name=OS_NAMES[platform],
            online=int((number + 1) * offline) == int(number * offline),
            os_accounts=os_accounts[platform],
        )
        machine.products = {item.name: item for item in products}
        machine.products[AGENT] = Installed(AGENT, AGENT_PRODUCT_VERSION, machine.agent_version, now)
        identity = host_id("%s/%d/%s" % (name, server.id, prefix))
        server.add_host(Host(id=identity, name=name, group=group, server=server, machine=machine, created=now))
