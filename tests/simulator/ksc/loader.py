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
      virtual_servers: [{name: Tenant A, id: 1, enabled: true, max_hosts: 100,     # more hosts do not arrive
                         groups: [Web, {path: Db, notify_days: 7, remove_days: 60, locked: false, force_children: false, critical: [product]}],
                         status_conditions: {...}, policies: [...], users: [{name: a, password: b, full_name: c, enabled: true}]}]
      viis_svms: {group: SVM, seconds: 60, key_days: 300}   # SVMs of the simulated Integration Server appear here; without key_days keyless
      limits: {virtual_servers: 500, hosts: 50000, users: 10, groups: 20}
      accounts: [{username: a, password: b, internal: true, domain: "", servers: [primary, Tenant A], totp: "123456", about: ...}]
      packages: [{product: KSVLA, version: 5.2.0.0, display_version: 5.2.27.1202, name: ..., platform: windows, size: 1,
                  servers: [primary], retranslation_errors: {Tenant A: text}}]
      os_accounts: {windows: {Administrator: pass}, linux: {root: pass}}
      hosts: [{name: web-01, id: ..., ip: 10.0.0.1, platform: windows, server: primary, group: Web/Frontend, agent: true, online: true,
               online_after: 600, reconnect_delay: 30, undeletable: false, vdi: false, removal_password: text,
               agent_connected: true, last_connected_days: 0, last_visible_days: 0,   # default: as the machine is on line
               application: running, real_time_protection: running, databases: fresh,   # or stopped; stopped, unknown; old
               restart_required: false, restart_reason: 1,              # a mask
               svm: connected,                                          # or none; without it: what the SVMs of this world offer
               svm_of: 192.0.2.10, generation: 5.2.0.0, key: {expires_days: 90, serial: ..., count: 1000}, serves: [kesl/12.1.0.0],
               products: [{name: KSVLA, version: 5.2.0.0}], os_accounts: {...}, outcomes: [{task: install, result: failed, reason: text},
                          {task: install, class: 13, times: 2}, {task: install, class: 15, happened: true},
                          {task: install, reboot: true, unprotected: true}]}]
      generate: {hosts: 1000, windows: 0.5, server: primary, network: 10.20.0.0/16, prefix: gen, group: Web, products: [], offline: 0.0}

`generate` may be a list of such mappings, and `tenant` may be said for `server`. Without `group` hosts are in Unassigned devices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..world import Reader
from .administration import LIMITS
from .deployed import Arrivals
from .loader_hosts import OS_NAMES, read_generated, read_host
from .loader_servers import read_standing, read_users
from .sessions import Account
from .settings import KscSettings
from .state import DAY, Package, World


def build(
    reader: Reader, now: float, settings: KscSettings | None = None, time: Callable[[], float] | None = None
) -> tuple[World, list[Account]]:
    """Return the world and its accounts; WorldError names a bad key."""
    world = World(reader.text("name", "KSC-MAIN"), now, settings, time)
    world.addresses = reader.texts("addresses", [])
    limits = reader.section("limits")
    world.limits = {number: limits.integer(name) for name, number in LIMITS.items() if name in limits}
    limits.done()
    if "viis_svms" in reader:
        arrivals = reader.section("viis_svms")
        days = arrivals.number("key_days", None)
        seconds = arrivals.number("seconds", 60.0)
        world.svm_arrivals = Arrivals(arrivals.text("group", ""), seconds, None if days is None else days * DAY)
        arrivals.done()
    stated = {0: read_standing(world.primary, reader, now)}
    users: list[Account] = read_users(world.primary, reader)
    for part in reader.sections("virtual_servers"):
        users += _virtual_server(world, part, now, stated)
    for part in reader.sections("packages"):
        _package(world, part, now)
    os_accounts = reader.section("os_accounts")
    by_platform = {platform: dict(os_accounts.mapping(platform)) for platform in OS_NAMES}
    os_accounts.done()
    for part in reader.sections("hosts"):
        read_host(world, part, by_platform, now)
    if "generate" in reader:
        parts = reader.sections("generate") if isinstance(reader.value("generate", (list, dict)), list) else [reader.section("generate")]
        for part in parts:
            read_generated(world, part, by_platform, now)
    for server in world.servers:
        if not stated[server.id]:
            server.give_policies(now)
    accounts = [_account(world, part) for part in reader.sections("accounts")] + users
    for account in accounts:
        account.id = world.next_user()
    reader.done()
    return world, accounts


def _virtual_server(world: World, part: Reader, now: float, stated: dict[int, bool]) -> list[Account]:
    name = part.text("name")
    if world.server(name) is not None:
        raise part.fail("name", "%r is there already" % name)
    server = world.add_virtual(name, part.integer("id", None), now=now)
    server.enabled, server.max_hosts = part.flag("enabled", True), part.integer("max_hosts", None)
    stated[server.id] = read_standing(server, part, now)
    users = read_users(server, part)
    part.done()
    return users


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
