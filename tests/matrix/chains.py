# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chains: small worlds, what is done in them, and how they look afterwards."""

from __future__ import annotations

import collections
import functools
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


LEAVE_WORLD = ksc_world(
    [
        _host("a-win", 11, server=A, group="Web", products=_products(KSVLA)),
        _host("a-rest", 14, server=A, group="Web"),
        _host("b-win", 21, server=B, group="Web", products=_products(KSVLA)),
    ],
    packages_of=("primary", A, B),
)


def leave(simulator: t.Any, run: roles.ModuleRunner, check: bool = False) -> roles.Played:
    """Offboarding that takes the virtual servers away: what is left on them goes to the primary one."""
    hosts = {
        name: {
            "ip": TENANTS[name][0],
            "virtual_server": TENANTS[name][1],
            "product": {"name": "KSVLA"},
            "remove_virtual_server": True,
            "move_hosts_to": "primary",
        }
        for name in ("a-win", "b-win")
    }
    return roles.play("tenant_offboarding", run, ksc_connection(simulator), hosts, check=check)


TENANT_WORLD = ksc_world([_host("bystander", 91)])


def tenant(simulator: t.Any, run: roles.ModuleRunner, check: bool = False) -> roles.Played:
    """Tenant A is there, without an administrator; the other one is new."""
    wanted = {
        A: {"name": "a-admin", "password": "Tenant-Secret-1"},
        "Tenant N": {"name": "n-admin", "password": "Tenant-Secret-2", "mail": "n@example.test"},
    }
    hosts = {
        "host-%d" % number: {
            "virtual_server": name,
            "parent_group": "/",
            "administrator": wanted[name],
            "conditions": ["suggested_by_product"],
            "groups": [{"path": "Web", "notify_days": 3}, {"path": "Web/Deep", "remove_days": 30}],
        }
        for number, name in enumerate([A, A, "Tenant N"])
    }
    return roles.play("tenant", run, ksc_connection(simulator), hosts, check=check)


def tenant_picture(simulator: t.Any) -> dict[str, t.Any]:
    """The same as of all chains of a Kaspersky Security Center, and what only this one makes."""
    picture = ksc_picture(simulator)
    with simulator.lock:
        ksc = simulator.world["ksc"]
        names = {server.id: server.title for server in ksc.state.servers}
        return {
            **picture,
            "servers": sorted((server.title, server.enabled) for server in ksc.state.virtual()),
            "users": sorted((names[account.home], account.username, account.password, account.mail) for account in ksc.accounts_list),
            "days": sorted(
                (server.title, server.path(group.id), group.notify_days or 0, group.remove_days or 0)
                for server in ksc.state.virtual()
                for group in server.groups.values()
            ),
        }


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


VCENTER = {
    "type": "VMWARE",
    "address": "vcenter.example.test",
    "admin": {"username": "administrator@vsphere.local", "password": "Vcenter-1"},
    "trust_on_first_use": True,
}
PROXMOX = {
    "type": "PROXMOX",
    "address": "pve1.example.test",
    "admin": {"username": "root@pam", "password": "Proxmox-1"},
    "trust_on_first_use": True,
}
CONNECTED = "11111111-0000-0000-0000-000000000001"
IMAGE = "/opt/svm/6.4/svm.xml"
VIIS_SETTINGS = {"connect_seconds": 4.0, "validation_seconds": 8.0, "step_seconds": 3.0, "refresh_seconds": 2.0}


def _svm(name: str, number: int) -> dict[str, t.Any]:
    return {
        "id": "vm-%d" % number,
        "name": name,
        "version": "6.4.0.100",
        "klconfig_password": "Klconfig-1",
        "root_password": "Root-1",
        "ip_address": "192.0.2.%d" % number,
        "addressing": "static",
        "networks": ["net"],
    }


LISTING = {"undocumented": True, "listed_manifests": True}
# What is there is told by refusing to make it again, and an image is registered once.
SILENT = {"duplicate_infrastructure": "refuse_naming_id", "duplicate_image": "merge"}


def viis_world(
    vcenter: list[dict[str, t.Any]],
    proxmox: list[dict[str, t.Any]],
    connected: bool = False,
    settings: t.Optional[t.Mapping[str, t.Any]] = None,
) -> dict[str, t.Any]:
    """A vCenter that is connected, with a virtual machine and SVMs, and a Proxmox VE server that may be."""

    def platform(given: dict[str, t.Any], location: str, svms: list[dict[str, t.Any]], infrastructure_id: str) -> dict[str, t.Any]:
        return {
            "type": given["type"],
            "address": given["address"],
            "name": given["type"],
            "version": "8.0",
            "accounts": [{"name": given["admin"]["username"], "password": given["admin"]["password"]}],
            "networks": [{"id": "net", "name": "VM Network"}],
            "storages": [{"id": "store", "name": "ssd", "freeSpace": 10**12}],
            "hypervisors": [{"id": location, "name": location, "vms": [{"id": "vm-1", "name": "web", "networks": ["net"]}], "svms": svms}],
            **({"infrastructure_id": infrastructure_id} if infrastructure_id else {}),
        }

    return {
        "settings": {"viis": {**VIIS_SETTINGS, **(LISTING if settings is None else settings)}},
        "viis": {
            "admin_password": "Viis-Primary-1",
            "platforms": [
                platform(VCENTER, "esx1", vcenter, CONNECTED),
                platform(PROXMOX, "pve1", proxmox, "22222222-0000-0000-0000-000000000002" if connected else ""),
            ],
            "images": [{"path": path, "svm_version": "6.4.0.100", "size": "4294967296"} for path in (IMAGE, "/opt/svm/other.xml")],
        },
    }


DEPLOY_WORLD = viis_world([_svm("svm-done", 19)], [])
SILENT_WORLD = viis_world([_svm("svm-done", 19)], [], settings=SILENT)
REMOVE_WORLD = viis_world([_svm("svm-1", 11), _svm("svm-stays", 19)], [_svm("svm-2", 12)], connected=True)
PLACES = {"svm-1": (VCENTER, "esx1", 11), "svm-2": (PROXMOX, "pve1", 12), "svm-done": (VCENTER, "esx1", 19)}


def viis_connection(simulator: t.Any) -> dict[str, t.Any]:
    end = simulator.viis
    return {
        "ksv_viis_server": end.address,
        "ksv_viis_port": end.port,
        "ksv_viis_username": "admin",
        "ksv_viis_password": end.password,
        "ksv_viis_ca_path": simulator.ca_file,
    }


def deploy(simulator: t.Any, run: roles.ModuleRunner, check: bool = False, infrastructure_id: str = "") -> roles.Played:
    """``infrastructure_id``: of the vCenter, where the server does not tell it."""
    hosts = {}
    for name, (infrastructure, location, number) in PLACES.items():
        network = {"network": "VM Network", "ip_addresses": ["192.0.2.%d" % number], "mask": "255.255.255.0", "gateway": "192.0.2.1"}
        svm = {
            "name": name,
            "location": location,
            "storage": "ssd",
            "networks": [network],
            "dns": {"main": "192.0.2.53"},
            "ksc": {"address": "ksc.example.test"},
            "root": {"password": "Root-Secret-2"},
            "klconfig_password": "Klconfig-Secret-2",
        }
        if infrastructure_id and infrastructure is VCENTER:
            infrastructure = {**VCENTER, "infrastructure_id": infrastructure_id}
        hosts[name] = {"infrastructure": infrastructure, "image": {"manifest_path": IMAGE}, "svm": svm}
    return roles.play("svm_deployment", run, viis_connection(simulator), hosts, check=check)


def remove(simulator: t.Any, run: roles.ModuleRunner, check: bool = False) -> roles.Played:
    hosts = {
        name: {"infrastructure": infrastructure, "svm": {"name": name, "location": location}}
        for name, (infrastructure, location, _number) in PLACES.items()
    }
    return roles.play("svm_removal", run, viis_connection(simulator), hosts, check=check)


def _cluster(state: str) -> t.Callable[..., roles.Played]:
    def cluster(simulator: t.Any, run: roles.ModuleRunner, check: bool = False) -> roles.Played:
        primary, reserve = (
            {"server": end.address, "port": end.port, "password": end.password} for end in (simulator.viis, simulator.viis_reserve)
        )
        primary["ca_path"] = simulator.ca_file
        reserve["address"] = "%s:%d" % (reserve["server"], reserve["port"])
        return roles.play_cluster(functools.partial(run, check=check), primary, reserve, state)

    return cluster


def viis_picture(simulator: t.Any) -> dict[str, t.Any]:
    """What is true of both Integration Servers, without ids and times that differ from run to run."""
    with simulator.lock:
        servers = {name: simulator.world[name].server for name in ("viis", "viis_reserve")}
        told = {name: server.snapshot() for name, server in servers.items()}
    reserve = "%s:%d" % (simulator.viis_reserve.address, simulator.viis_reserve.port)
    return {
        "roles": {name: (one["role"], one["primary"]) for name, one in told.items()},
        "rules": sorted("reserve" if rule["address"] == reserve else rule["address"] for rule in told["viis"]["rules"]),
        "infrastructures": sorted([one["type"], one["address"], one["admin"]] for one in told["viis"]["infrastructures"]),
        "images": sorted({(one["path"], kind["type"], one["validated"]) for one in told["viis"]["images"] for kind in one["hypervisors"]}),
        "svms": sorted((one["address"], one["location"], one["name"], one["ip_address"], one["version"]) for one in told["viis"]["svms"]),
        "machines": sorted(
            (platform.address, machine.parent, machine.name)
            for platform in servers["viis"].platforms
            for machine in platform.machines.values()
        ),
        "instances": [(one["address"] == reserve, one["connectionInfo"]) for one in told["viis"]["instances"]],
    }


def viis_work(simulator: t.Any) -> dict[str, t.Any]:
    """What is at work at the end: nothing should be; and what was done to an SVM twice."""
    with simulator.lock:
        server = simulator.world["viis"].server
        server.timeline.run()
        tasks = server.tasks.all()
        images = collections.Counter((image.manifest.path, kind) for image in server.images.all() for kind in image.types)
    done = collections.Counter(
        (child.type, child.parameters["svmName"])
        for task in tasks
        for child in task.children
        if child.state == "Completed" and child.parameters
    )
    return {
        "unfinished": [(task.type, task.state) for task in tasks if task.state not in ("Completed", "Failed", "Cancelled")],
        "done twice": sorted(what for what, count in (done + images).items() if count > 1),
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


def of_the_primary(entry: t.Any) -> bool:
    """The two Integration Servers talk to each other as well."""
    return bool(entry.server == "viis")


def clustered(simulator: t.Any, run: roles.ModuleRunner) -> None:
    assert _cluster("present")(simulator, run).failed == {}


CHAINS: dict[str, Chain] = {
    "onboard": Chain(ONBOARD_WORLD, onboard, ksc_picture, ksc_work),
    "offboard": Chain(OFFBOARD_WORLD, _offboard("unassigned"), ksc_picture, ksc_work),
    "offboard-absent": Chain(OFFBOARD_WORLD, _offboard("absent"), ksc_picture, ksc_work),
    "leave": Chain(LEAVE_WORLD, leave, tenant_picture, ksc_work),
    "tenant": Chain(TENANT_WORLD, tenant, tenant_picture, ksc_work),
    "deploy": Chain(DEPLOY_WORLD, deploy, viis_picture, viis_work),
    "deploy-silent": Chain(SILENT_WORLD, functools.partial(deploy, infrastructure_id=CONNECTED), viis_picture, viis_work),
    "remove": Chain(REMOVE_WORLD, remove, viis_picture, viis_work),
    "cluster": Chain(DEPLOY_WORLD, _cluster("present"), viis_picture, viis_work, concerns=of_the_primary),
    "cluster-absent": Chain(DEPLOY_WORLD, _cluster("absent"), viis_picture, viis_work, prepare=clustered, concerns=of_the_primary),
}
