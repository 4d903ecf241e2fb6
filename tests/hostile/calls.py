# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A call of each module in each of its states that reads all that it ever reads and does all that it ever does."""

from __future__ import annotations

import dataclasses
import typing as t

from .secrets import CANARIES

# -- KSC ---------------------------------------------------------------------------------------------------------------------

KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
KESL = {"name": "kesl", "version": "12.1.0.0"}
IPS = ["10.20.0.11", "10.20.0.12"]
ON_A = {"virtual_server": "Tenant A"}
OS = {"os_username": "Administrator", "os_password": CANARIES["os_password"]}
KSC: dict[str, tuple[str, dict[str, t.Any]]] = {
    "host": ("ksc_host", {**ON_A, "group": "Web/New", "create_group": True, "ip": IPS}),
    "unassigned": ("ksc_host", {**ON_A, "state": "unassigned", "ip": ["10.20.0.31"]}),
    "absent": ("ksc_host", {**ON_A, "state": "absent", "ip": ["10.20.0.31"]}),
    "absent_silent": ("ksc_host", {**ON_A, "state": "absent", "ip": ["10.20.0.31"], "if_connected": "wait", "wait_timeout": 60}),
    "package_retranslate": ("ksc_package_retranslate", {"packages": [KSVLA], "virtual_server": ["Tenant A"]}),
    "remote_install": (
        "ksc_remote_install",
        {**ON_A, **OS, "product": KSVLA, "name": ["app-01"], "group": "Web/New", "create_group": True},
    ),
    "entries": ("ksc_remote_install", {**ON_A, "product": KSVLA, "hosts": [{"name": "app-01", **OS}]}),
    "remove": (
        "ksc_remote_install",
        {**ON_A, **OS, "product": KESL, "state": "absent", "name": ["app-01"], "removal_password": CANARIES["removal_password"]},
    ),
    "stale_host": ("ksc_stale_host", {"virtual_server": ["Tenant A"]}),
    "host_info": ("ksc_host_info", {"ip": IPS, "product": KSVLA, "products": True, "license_keys": True, "undeclared": True}),
    "product_info": ("ksc_product_info", {"products": [KSVLA, {"name": "kesl", "except_versions": ["1.0.0.0"]}]}),
    "virtual_server": ("ksc_virtual_server", {"name": "Tenant Z", "parent_group": "Infrastructure"}),
    "virtual_server_suspended": ("ksc_virtual_server", {"name": "Tenant A", "state": "suspended"}),
    "virtual_server_absent": ("ksc_virtual_server", {"name": "Tenant A", "state": "absent", "move_hosts_to": "primary"}),
    "user": ("ksc_user", {**ON_A, "name": "a-admin", "user_password": CANARIES["user_password"], "mail": "a@example.test"}),
    "user_changed": (
        "ksc_user",
        {**ON_A, "users": [{"name": "a-user", "password": CANARIES["users"], "mail": "a@example.test"}], "update_password": "always"},
    ),
    "user_absent": ("ksc_user", {**ON_A, "name": "a-user", "state": "absent"}),
    "group": (
        "ksc_group",
        {**ON_A, "path": "New/Deep", "notify_days": 3, "conditions": ["suggested_by_product"], "install_packages": [KSVLA]},
    ),
    "group_absent": ("ksc_group", {**ON_A, "path": "Databases", "state": "absent"}),
    "package_info": ("ksc_package_info", {}),
    "virtual_server_info": ("ksc_virtual_server_info", {}),
    "group_info": ("ksc_group_info", {}),
    "task_info": ("ksc_task_info", {**ON_A, "details": True}),
}
WAITING = ("ksc_group", "ksc_host", "ksc_package_retranslate", "ksc_remote_install", "ksc_virtual_server")
# Accounts of virtual servers, each by its own option; the account of the world is the fallback of neither.
TENANT_ACCOUNT = {"virtual_server_username": "tenant-a", "virtual_server_password": CANARIES["virtual_server_password"]}
TENANT_ACCOUNTS = {"virtual_servers": [{"name": "Tenant A", "username": "tenant-a", "password": CANARIES["virtual_servers"]}]}


def prepare_ksc(ksc: t.Any, call: str) -> None:
    """A world in which the call has everything to do, whatever was done before, with passwords that nobody else uses."""
    ksc.simulator.reset()
    ksc.server.accounts_list[0].password = CANARIES["password"]
    ksc.runner.defaults["password"] = CANARIES["password"]
    ksc.give("app-01", group="Web", product="kesl", version="12.1.0.0")
    ksc.host("app-01").machine.outcomes[:] = []
    ksc.host("app-01").machine.os_accounts["Administrator"] = CANARIES["os_password"]
    if call == "stale_host":
        ksc.give_dead_record("app-01")
    if call == "absent_silent":
        machine = ksc.host("app-01").machine
        ksc.server.timeline.at(ksc.simulator.clock.now() + 20, lambda _when: setattr(machine, "online", False))
    ksc.settings(ksc_version="15.1" if "removal_password" in KSC[call][1] else "14.2")
    if call != "package_retranslate":
        ksc.give_packages()
    if call.startswith("user_"):
        give_user(ksc)


def give_user(ksc: t.Any) -> None:
    """A user of Tenant A."""
    from simulator.ksc.sessions import Account

    home = ksc.server.state.server("Tenant A")
    account = Account("a-user", "Old-Secret-1", id=ksc.server.state.next_user(), home=home.id, servers=[home.title])
    ksc.server.sessions.add(account)


def run_ksc(ksc: t.Any, call: str, **more: t.Any) -> t.Any:
    module, arguments = KSC[call]
    return ksc.runner(module, **{**arguments, **more})


# -- VIIS --------------------------------------------------------------------------------------------------------------------

ROOT = {"allow_ssh": True, "password": CANARIES["root"]}
SVM = {
    "storage": "ssd",
    "networks": [{"network": "VM Network"}],
    "ksc": {"address": "ksc.example.test"},
    "root": ROOT,
    "klconfig_password": CANARIES["klconfig_password"],
}
VCENTER = {
    "type": "VMWARE",
    "address": "vcenter.example.test",
    "admin": {"username": "administrator@vsphere.local", "password": CANARIES["admin"]},
    "read_only": {"username": "viis@vsphere.local", "password": CANARIES["read_only"]},
    "trust_on_first_use": True,
}
IMAGE = {"manifest_path": "/opt/svm/6.4/svm.xml", "types": ["VMWARE"]}
SVM_1 = {"name": "svm-1", "location": "esx1.example.test"}
VIIS: dict[str, tuple[str, dict[str, t.Any]]] = {
    "certificate": ("viis_certificate", {"address": "vcenter.example.test:443", "trust_on_first_use": True}),
    "infrastructure": ("viis_infrastructure", VCENTER),
    "infrastructures": ("viis_infrastructure", {"infrastructures": [VCENTER]}),
    "infrastructure_absent": (
        "viis_infrastructure",
        {"state": "absent", "address": "vcenter.example.test", "type": "VMWARE", "force": True},
    ),
    "infrastructure_info": ("viis_infrastructure_info", {}),
    "object_info": ("viis_object_info", {"object_types": ["Host", "VM", "SVM"], "details": True, "refresh": True}),
    "image": ("viis_image", IMAGE),
    "svm": ("viis_svm", {**SVM, "svms": [SVM_1]}),
    "svm_entry": ("viis_svm", {"svms": [{**SVM_1, **SVM}]}),
    "svm_configured": (
        "viis_svm",
        {**SVM, "state": "configured", "current_klconfig_password": CANARIES["klconfig_password"], "svms": [SVM_1]},
    ),
    "svm_absent": ("viis_svm", {"state": "absent", "svms": [SVM_1]}),
    "task_info": ("viis_task_info", {"id": ["none"]}),
    "server_role": ("viis_server_role", {}),
    "ha_instance": ("viis_ha_instance", {"reserve_password": CANARIES["reserve_password"]}),
    "ha_instance_absent": ("viis_ha_instance", {"state": "absent"}),
    "ha_instance_info": ("viis_ha_instance_info", {}),
}
NEEDS_VCENTER = ("infrastructure_absent", "infrastructure_info", "object_info", "svm", "svm_entry", "svm_configured", "svm_absent")
NEEDS_SVM = ("svm_configured", "svm_absent", "task_info")


def prepare_viis(viis: t.Any, call: str) -> dict[str, t.Any]:
    """The same; what the call needs beside its own arguments, such as the id of an infrastructure."""
    simulator = viis.simulator
    simulator.reset()
    simulator.change_settings({"viis": {"undocumented": True}})
    simulator.world["viis"].server.sessions.password = CANARIES["password"]
    simulator.world["viis_reserve"].server.sessions.password = CANARIES["reserve_password"]
    vcenter = next(platform for platform in simulator.world["viis"].server.platforms if platform.address == VCENTER["address"])
    vcenter.accounts[:] = [
        dataclasses.replace(account, password=CANARIES["admin" if account.rights == "admin" else "read_only"])
        for account in vcenter.accounts
    ]
    viis.runner.defaults["password"] = CANARIES["password"]
    reserve = simulator.endpoints["viis_reserve"]
    found: dict[str, t.Any] = {}
    if call in (*NEEDS_VCENTER, "task_info"):
        found["infrastructure_id"] = viis.runner("viis_infrastructure", **VCENTER).infrastructure_id
    if call.startswith("svm") or call == "task_info":
        found["image_id"] = viis.runner("viis_image", **IMAGE).image_id
    if call in NEEDS_SVM:
        made = viis.runner("viis_svm", **{**SVM, **found, "svms": [SVM_1]})
        if call == "task_info":
            return {"id": [made.task_id]}
    if call.startswith("infrastructure_absent"):
        return {}
    if call.startswith("ha_"):
        found["address"] = "%s:%d" % (reserve.address, reserve.port)
        viis.runner("viis_server_role")
        viis.runner("viis_certificate", address=found["address"], trust_on_first_use=True)
        if call != "ha_instance":
            viis.runner("viis_ha_instance", reserve_password=CANARIES["reserve_password"], **found)
        if call == "ha_instance_info":
            return {}
    if call in ("object_info", "svm", "svm_entry", "svm_configured", "svm_absent", "ha_instance", "ha_instance_absent"):
        if call in ("object_info", "svm_absent"):
            found.pop("image_id", None)
        return found
    return {}


def run_viis(viis: t.Any, call: str, found: dict[str, t.Any], **more: t.Any) -> t.Any:
    module, arguments = VIIS[call]
    return viis.runner(module, **{**arguments, **found, **more})
