# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of a world file; their keys are listed in ``loader.py``."""

from __future__ import annotations

import ipaddress
from typing import Any

from ..world import Reader
from .conditions import AGENT, PROTECTION_SERVER
from .failures import TEXTS
from .machines import Installed, Machine, Outcome
from .records import Key
from .state import DAY, Host, Server, World, host_id

OS_NAMES = {"windows": "Microsoft Windows Server 2022", "linux": "Ubuntu 22.04"}
AGENT_PRODUCT_VERSION = "1.0.0.0"


def _server(world: World, part: Reader, key: str, default: Any = "primary") -> Server:
    name = part.text(key, default)
    server = world.server(name)
    if server is None:
        raise part.fail(key, "no virtual server is named %r" % name)
    return server


def read_host(world: World, part: Reader, os_accounts: dict[str, dict[str, str]], now: float) -> None:
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
        application=part.text("application", "running", ("running", "stopped")),
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
    failure = part.value("class", int, 0, (0, *TEXTS))
    outcome = Outcome(
        task=part.text("task", "any", ("any", "install", "remove", "reconnect", "other")),
        product=part.text("product", "any"),
        failure=failure,
        happened=part.flag("happened", False),
        unprotected=part.flag("unprotected", False),
        result=part.text("result", "failed" if failure else "ok", ("ok", "warning", "failed", "claimed")),
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


def read_generated(world: World, part: Reader, os_accounts: dict[str, dict[str, str]], now: float) -> None:
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
