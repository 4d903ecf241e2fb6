# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new generation of SVMs: new ones beside the old ones, then the Light Agents, then proof, and only then the old SVMs go."""

from __future__ import annotations

import copy
import json
import pathlib

import pytest
import yaml

import simulator as package
from simulator.runner import Simulator

REPLACE = "ksv.light_agent.replace_svms"
OLD = {"name": "kesl", "version": "12.1.0.0", "build": "12.1.0.1543"}
NEW = {"name": "kesl", "version": "12.4.0.0"}
SVMS = {
    "svm-64-1": {"ansible_host": "192.0.2.31", "ksv_location": "esx1.example.test", "ksv_replaces": "svm-old"},
    "svm-64-2": {"ansible_host": "192.0.2.32", "ksv_location": "esx2.example.test", "ksv_replaces": "svm-old-2"},
}
AGENTS = {"a-1": "10.20.0.11", "a-2": "10.20.0.12", "b-1": "10.30.0.11"}
INVENTORY = {
    "vars": {
        "tenant_onboarding_poll_interval": 0.1,
        "svm_deployment_poll_interval": 0.05,
        "svm_removal_poll_interval": 0.05,
        "svm_status_poll_interval": 0.1,
        "svm_replacement_poll_interval": 0.1,
        "svm_replacement_record_timeout": 2,
        "replace_svms_connection_timeout": 30,
    },
    "children": {
        "svms": {
            "vars": {
                "ksv_image": {"manifest_path": "/opt/svm/6.4/svm.xml"},
                "ksv_ksc": {"address": "ksc.example.test"},
                "ksv_root": {"password": "Root-Secret-1"},
                "ksv_klconfig_password": "Klconfig-Secret-1",
                "ksv_infrastructure": {
                    "type": "VMWARE",
                    "address": "vcenter.example.test",
                    "admin": {"username": "administrator@vsphere.local", "password": "Vcenter-1"},
                    "trust_on_first_use": True,
                },
                "ksv_storage": "ssd",
                "ksv_dns": {"main": "192.0.2.53"},
                "ksv_networks": [
                    {"network": "VM Network", "ip_address": "{{ ansible_host }}", "mask": "255.255.255.0", "gateway": "192.0.2.1"}
                ],
            },
            "hosts": SVMS,
        },
        "tenants": {
            "vars": {"generation": "12.4.0.0", "ksv_product": {"name": "kesl", "version": "{{ generation }}"}},
            "children": {
                "tenant_a": {
                    "vars": {"ksv_virtual_server": "Tenant A"},
                    "hosts": {name: {"ansible_host": ip} for name, ip in AGENTS.items() if name.startswith("a")},
                },
                "tenant_b": {"vars": {"ksv_virtual_server": "Tenant B"}, "hosts": {"b-1": {"ansible_host": AGENTS["b-1"]}}},
            },
        },
    },
}
QUICK = ("-e", json.dumps({"upgrade_agents_waves": ["100%"]}))


def world():
    viis = yaml.safe_load((pathlib.Path(package.__file__).parent / "worlds" / "viis-default.yml").read_text())
    vcenter = next(platform for platform in viis["viis"]["platforms"] if platform["address"] == "vcenter.example.test")
    esx1, esx2 = vcenter["hypervisors"][:2]
    esx2["svms"] = [{**copy.deepcopy(esx1["svms"][0]), "id": "vm-1019", "name": "svm-old-2", "ip_address": "192.0.2.20"}]
    svm = {"platform": "linux", "group": "SVM", "svm_of": "vcenter.example.test", "generation": "6.1.0.0", "key": {"expires_days": 90}}
    agent = {"platform": "linux", "group": "Web", "products": [OLD]}
    return {
        "settings": {"viis": {"undocumented": True}},
        "ksc": {
            "addresses": ["127.0.0.1", "localhost", "ksc.example.test"],
            "groups": ["SVM"],
            "viis_svms": {"group": "SVM", "seconds": 60, "key_days": 300},
            "virtual_servers": [{"name": "Tenant A", "groups": ["Web"]}, {"name": "Tenant B", "groups": ["Web"]}],
            "accounts": [{"username": "svc-ansible", "password": "Rehearsal-1", "internal": True}],
            "packages": [
                {"product": "1103", "version": "1.0.0.0", "servers": ["primary", "Tenant A", "Tenant B"]},
                {"product": "kesl", "version": "12.4.0.0", "platform": "linux", "servers": ["primary", "Tenant A", "Tenant B"]},
            ],
            "hosts": [
                {**svm, "name": "svm-old", "ip": "192.0.2.19"},
                {**svm, "name": "svm-old-2", "ip": "192.0.2.20"},
                *({**agent, "name": name, "ip": ip, "server": "Tenant %s" % name[0].upper()} for name, ip in AGENTS.items()),
            ],
        },
        "viis": viis["viis"],
        "viis_reserve": viis["viis_reserve"],
    }


@pytest.fixture
def simulator():
    with Simulator(world(), speed=200) as simulator:
        yield simulator


def ksc(simulator):
    return simulator.world["ksc"].state


def records(simulator):
    """The SVMs that the Administration Server has records of."""
    return sorted(host.name for host in ksc(simulator).primary.hosts.values() if host.machine.svm_of)


def svms(simulator):
    """The SVMs on the hypervisors of the vCenter."""
    return sorted(
        machine.name
        for platform in simulator.world["viis"].server.platforms
        if platform.address == "vcenter.example.test"
        for hypervisor in platform.locations
        for machine in hypervisor.machines
        if machine.svm is not None
    )


def agents(simulator):
    return {name: ksc(simulator).hosts(name)[0].machine.products["kesl"].version for name in AGENTS}


def writes(simulator):
    kinds = ("deploy_svms", "delete_svms", "Tasks.AddTask", "HostGroup.RemoveHost*", "connect_infrastructure", "remove_infrastructure")
    return [entry.method for kind in kinds for entry in simulator.journal.entries(method=kind)]


def fall_asleep(simulator, name, days=9):
    machine = ksc(simulator).hosts(name)[0].machine
    machine.online = False
    machine.connected_at = machine.visible_at = simulator.clock.now() - days * 86400


def test_a_whole_change_of_generation(simulator, playbooks):
    run = playbooks.run(REPLACE, INVENTORY, *QUICK, "--diff")
    assert run.returncode == 0
    assert svms(simulator) == records(simulator) == ["svm-64-1", "svm-64-2"]
    assert set(agents(simulator).values()) == {"12.4.0.0"}
    # One hypervisor at a time; all Light Agents at once; the old SVMs when nobody needs them.
    order = [entry.method for entry in simulator.journal.entries() if entry.method in ("deploy_svms", "Tasks.RunTask", "delete_svms")]
    assert order[:2] == ["deploy_svms", "deploy_svms"] and order[-2:] == ["delete_svms", "delete_svms"]
    assert "Discovery: if the policy" in run.output and "no host has an old Light Agent: 3 servers were looked at" in run.output
    assert "has a key until" in run.output and run.verdicts["svm-64-2"] == "svm-old-2: removed"
    assert not any(secret in run.output for secret in ("Root-Secret-1", "Klconfig-Secret-1", "Vcenter-1", "Rehearsal-1"))
    simulator.journal.clear()
    again = playbooks.run(REPLACE, INVENTORY, *QUICK)
    assert (again.returncode, again.changed) == (0, 0) and writes(simulator) == []
