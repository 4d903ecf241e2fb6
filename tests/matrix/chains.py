# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chains: small worlds, what is done in them, and how they look afterwards."""

from __future__ import annotations

import collections
import typing as t
from dataclasses import dataclass

from . import roles

AGENT = {"name": "1103", "version": "1.0.0.0"}
KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
KESL = {"name": "kesl", "version": "12.1.0.0"}
A, B = "Tenant A", "Tenant B"

KSC_SETTINGS = {
    "repeated_retranslation": "duplicate",  # the hardest: a copy that is asked for again is there twice
    "retranslate_seconds": 4.0,
    "reconnect_delay_seconds": 8.0,
    "install_seconds": 12.0,
    "remove_seconds": 12.0,
}
ACCOUNT = {"username": "svc-ansible", "password": "Rehearsal-1", "internal": True}


def _host(name: str, number: int, platform: str = "windows", **more: t.Any) -> dict[str, t.Any]:
    return {"name": name, "ip": "10.20.0.%d" % number, "platform": platform, **more}


def _products(*products: dict[str, str]) -> list[dict[str, str]]:
    return [dict(product) for product in products]


def ksc_world(hosts: list[dict[str, t.Any]], packages_of: t.Sequence[str] = ("primary",)) -> dict[str, t.Any]:
    return {
        "settings": {"ksc": KSC_SETTINGS},
        "ksc": {
            "virtual_servers": [{"name": A, "groups": ["Web"]}, {"name": B}],
            "accounts": [ACCOUNT],
            "packages": [
                {"product": "1103", "version": "1.0.0.0", "servers": list(packages_of)},
                {"product": "KSVLA", "version": "5.2.0.0", "platform": "windows", "servers": list(packages_of)},
                {"product": "kesl", "version": "12.1.0.0", "platform": "linux", "servers": list(packages_of)},
            ],
            "hosts": hosts,
        },
    }


ONBOARD_WORLD = ksc_world(
    [
        _host("a-win", 11),
        _host("a-lin", 12, "linux"),
        _host("a-done", 13, server=A, products=_products(KSVLA)),
        _host("b-win", 21),
        _host("b-lin", 22, "linux"),
        _host("bystander", 91),
        _host("a-bystander", 92, server=A, group="Web", products=_products(KSVLA)),
    ]
)
OFFBOARD_WORLD = ksc_world(
    [
        _host("a-win", 11, server=A, group="Web", products=_products(KSVLA)),
        _host("a-lin", 12, "linux", server=A, group="Web", products=_products(KESL)),
        _host("a-done", 13, server=A),
        _host("b-win", 21, server=B, group="Web", products=_products(KSVLA)),
        _host("b-lin", 22, "linux", server=B, group="Web", products=_products(KESL)),
        _host("bystander", 91),
        _host("a-bystander", 92, server=A, group="Web", products=_products(KSVLA)),
    ],
    packages_of=("primary", A, B),
)
TENANTS = {
    "a-win": ("10.20.0.11", A, KSVLA),
    "a-lin": ("10.20.0.12", A, KESL),
    "a-done": ("10.20.0.13", A, KSVLA),
    "b-win": ("10.20.0.21", B, KSVLA),
    "b-lin": ("10.20.0.22", B, KESL),
}


def ksc_connection(simulator: t.Any) -> dict[str, t.Any]:
    end = simulator.ksc
    return {
        "ksv_ksc_server": end.address,
        "ksv_ksc_port": end.port,
        "ksv_ksc_username": ACCOUNT["username"],
        "ksv_ksc_password": ACCOUNT["password"],
        "ksv_ksc_internal_user": True,
        "ksv_ksc_ca_path": simulator.ca_file,
    }


def onboard(simulator: t.Any, run: roles.ModuleRunner, check: bool = False) -> roles.Played:
    hosts = {
        name: {"ip": ip, "virtual_server": server, "product": product, "agent": AGENT, "group": "Web", "create_group": True}
        for name, (ip, server, product) in TENANTS.items()
    }
    return roles.play("tenant_onboarding", run, ksc_connection(simulator), hosts, check=check)


def _offboard(state: str) -> t.Callable[..., roles.Played]:
    def offboard(simulator: t.Any, run: roles.ModuleRunner, check: bool = False) -> roles.Played:
        hosts = {
            name: {"ip": ip, "virtual_server": server, "product": {"name": product["name"]}}
            for name, (ip, server, product) in TENANTS.items()
        }
        options = {"tenant_offboarding_placement": {"state": state}}
        return roles.play("tenant_offboarding", run, ksc_connection(simulator), hosts, options, check)

    return offboard


def ksc_picture(simulator: t.Any) -> dict[str, t.Any]:
    """What is true of a Kaspersky Security Center, without ids that differ from run to run."""
    with simulator.lock:
        ksc = simulator.world["ksc"]
        ksc._live()
        machines = {id(host.machine): host.machine for server in ksc.state.servers for host in server.hosts.values()}
        return {
            "hosts": sorted(
                (server.title, host.id, host.name, server.path(host.group), host.managed)
                for server in ksc.state.servers
                for host in server.hosts.values()
            ),
            "products": {
                machine.name: sorted((product.name, product.version) for product in machine.products.values())
                for machine in machines.values()
            },
            "groups": sorted((server.title, server.path(group.id)) for server in ksc.state.servers for group in server.groups.values()),
            "packages": sorted(
                (server.title, package.product, package.version) for server in ksc.state.servers for package in server.packages.values()
            ),
        }


def ksc_work(simulator: t.Any) -> dict[str, t.Any]:
    """What is at work at the end: nothing should be; and what was done to a machine twice."""
    with simulator.lock:
        ksc = simulator.world["ksc"]
        ksc._live()
        machines = {id(host.machine): host.machine for server in ksc.state.servers for host in server.hosts.values()}
        return {
            "unfinished": [
                (task.document.type, task.document.display_name, "running" if task.started is not None else "never started")
                for task in ksc.tasks.tasks.values()
                if task.started is None or task.active()
            ],
            "done twice": sorted(
                (machine.name, what)
                for machine in machines.values()
                for what, count in collections.Counter(machine.done).items()
                if count > 1
            ),
        }


@dataclass(frozen=True)
class Chain:
    """A procedure in a world. ``picture``: how the world looks, ``work``: what should not be, a mapping of empty lists.
    ``pause``: simulated seconds between the run with a fault and the clean one; ``concerns``: which requests are those of modules."""

    world: dict[str, t.Any]
    run: t.Callable[..., roles.Played]
    picture: t.Callable[[t.Any], t.Any]
    work: t.Callable[[t.Any], dict[str, t.Any]]
    pause: float = 6.0
    prepare: t.Callable[[t.Any, roles.ModuleRunner], None] = lambda _simulator, _run: None
    concerns: t.Callable[[t.Any], bool] = lambda _entry: True


CHAINS: dict[str, Chain] = {
    "onboard": Chain(ONBOARD_WORLD, onboard, ksc_picture, ksc_work),
    "offboard": Chain(OFFBOARD_WORLD, _offboard("unassigned"), ksc_picture, ksc_work),
    "offboard-absent": Chain(OFFBOARD_WORLD, _offboard("absent"), ksc_picture, ksc_work),
}
