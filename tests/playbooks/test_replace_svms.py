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
# Enough for most of what can happen.
ONE = copy.deepcopy(INVENTORY)
del ONE["children"]["svms"]["hosts"]["svm-64-2"]
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
    (vcenter,) = [platform for platform in simulator.world["viis"].server.platforms if platform.address == "vcenter.example.test"]
    return sorted(machine.name for machine in vcenter.machines.values() if machine.svm is not None and not machine.gone)


def agents(simulator):
    return {name: ksc(simulator).hosts(name)[0].machine.products["kesl"].version for name in AGENTS}


def writes(simulator):
    kinds = ("deploy_svms", "delete_svms", "Tasks.AddTask", "HostGroup.RemoveHost*", "connect_infrastructure", "remove_infrastructure")
    return [entry.method for kind in kinds for entry in simulator.journal.entries(method=kind)]


def fall_asleep(simulator, name, days=9):
    machine = ksc(simulator).hosts(name)[0].machine
    machine.online = False
    machine.connected_at = machine.visible_at = simulator.clock.now() - days * 86400


def connected(playbooks):
    """The Integration Server that has deployed the old SVMs is connected to their infrastructure."""
    infrastructure = INVENTORY["children"]["svms"]["vars"]["ksv_infrastructure"]
    tasks = [{"name": "Connect", "ksv.light_agent.viis_infrastructure": infrastructure}]
    play = playbooks.write("connect.yml", [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    assert playbooks.run(play, {}).returncode == 0


@pytest.mark.long  # the guide to the first year has it, too
def test_a_whole_change_of_generation(simulator, playbooks):
    run = playbooks.run(REPLACE, INVENTORY, *QUICK, "--diff")
    assert run.returncode == 0
    assert svms(simulator) == records(simulator) == ["svm-64-1", "svm-64-2"]
    assert set(agents(simulator).values()) == {"12.4.0.0"}
    # One hypervisor at a time; all Light Agents at once; the old SVMs when nobody needs them.
    order = [entry.method for entry in simulator.journal.entries() if entry.method in ("deploy_svms", "Tasks.RunTask", "delete_svms")]
    assert order[:2] == ["deploy_svms", "deploy_svms"] and order[-2:] == ["delete_svms", "delete_svms"]
    assert "Discovery: if the policy" in run.output and "no host has an old Light Agent: 3 servers were searched" in run.output
    assert "has a license key until" in run.output and run.verdicts["svm-64-2"] == "svm-old-2: removed"
    assert all("no host needs the old SVM" in lines for lines in run.output.split("Require that nobody needs the old SVM")[1:])
    assert not any(secret in run.output for secret in ("Root-Secret-1", "Klconfig-Secret-1", "Vcenter-1", "Rehearsal-1"))
    simulator.journal.clear()
    again = playbooks.run(REPLACE, INVENTORY, *QUICK)
    assert (again.returncode, again.changed) == (0, 0) and writes(simulator) == []


@pytest.mark.long
def test_a_dry_run_on_the_first_day(simulator, playbooks):
    """It says what the run would do, though the new SVMs are not there, nor what depends on them."""
    connected(playbooks)
    simulator.journal.clear()
    rehearsal = playbooks.run(REPLACE, INVENTORY, *QUICK, "--check", "--diff")
    assert rehearsal.returncode == 0 and writes(simulator) == []
    assert svms(simulator) == records(simulator) == ["svm-old", "svm-old-2"] and set(agents(simulator).values()) == {"12.1.0.0"}
    assert "it is not known to Kaspersky Security Center" in rehearsal.output
    assert "Tenant A: a-1 (10.20.0.11) has kesl 12.1.0.0" in rehearsal.output, "what is old today"
    run = playbooks.run(REPLACE, INVENTORY, *QUICK)
    assert {host: recap.changed for host, recap in rehearsal.recap.items()} == {host: recap.changed for host, recap in run.recap.items()}


@pytest.mark.long
def test_a_dry_run_knows_who_would_be_left(simulator, playbooks):
    inventory = copy.deepcopy(ONE)
    del inventory["children"]["tenants"]["children"]["tenant_b"]
    rehearsal = playbooks.run(REPLACE, inventory, *QUICK, "--check")
    assert rehearsal.failed == {"svm-64-1"} and "the old SVM is not removed: Tenant B: b-1" in rehearsal.verdicts["svm-64-1"]
    assert "a-1" not in rehearsal.verdicts["svm-64-1"]


@pytest.mark.long
def test_a_hypervisor_without_room_stops_it_before_anything_else_is_touched(simulator, playbooks):
    failure = {"svm": "svm-64-2", "operation": "deploy", "message": "No space left on device"}
    simulator.change_settings({"viis": {"svm_failures": [failure]}})
    run = playbooks.run(REPLACE, INVENTORY, *QUICK)
    assert run.failed == {"svm-64-2"} and "No space left on device" in run.verdicts["svm-64-2"]
    assert set(agents(simulator).values()) == {"12.1.0.0"} and svms(simulator) == ["svm-64-1", "svm-old", "svm-old-2"]
    simulator.change_settings({"viis": {"svm_failures": []}})
    simulator.journal.clear()
    again = playbooks.run(REPLACE, INVENTORY, *QUICK)
    assert again.returncode == 0 and svms(simulator) == records(simulator) == ["svm-64-1", "svm-64-2"]
    assert writes(simulator).count("deploy_svms") == 1


@pytest.mark.long
def test_it_goes_on_where_it_was_stopped(simulator, playbooks):
    """After the old SVM was removed and before its record was."""
    simulator.faults.add("error", server="ksc", method="HostGroup.RemoveHosts", count=None)
    run = playbooks.run(REPLACE, ONE, *QUICK)
    assert run.failed == {"svm-64-1"} and "svm-old: failed" in run.verdicts["svm-64-1"]
    assert svms(simulator) == ["svm-64-1", "svm-old-2"] and "svm-old" in records(simulator)
    simulator.faults.clear()
    simulator.journal.clear()
    again = playbooks.run(REPLACE, ONE, *QUICK)
    assert again.returncode == 0 and records(simulator) == ["svm-64-1", "svm-old-2"]
    assert set(writes(simulator)) == {"HostGroup.RemoveHosts"}


@pytest.mark.long
def test_one_host_that_was_not_seen_for_days_keeps_the_old_svms(simulator, playbooks):
    fall_asleep(simulator, "a-2")
    run = playbooks.run(REPLACE, ONE, *QUICK)
    assert run.failed == {"a-2", "svm-64-1"}
    assert (
        "the old SVM is not removed: Tenant A: a-2 (10.20.0.12) has kesl 12.1.0.0 (build 12.1.0.1543), last connected at"
        in run.verdicts["svm-64-1"]
    )
    assert "a-1" not in run.verdicts["svm-64-1"]
    assert svms(simulator) == ["svm-64-1", "svm-old", "svm-old-2"] and "svm-old" in records(simulator)
    assert agents(simulator) == {"a-1": "12.4.0.0", "a-2": "12.1.0.0", "b-1": "12.4.0.0"}

    machine = ksc(simulator).hosts("a-2")[0].machine
    machine.online, machine.connected_at, machine.visible_at = True, None, None
    later = playbooks.run(REPLACE, ONE, *QUICK)
    assert later.returncode == 0 and svms(simulator) == records(simulator) == ["svm-64-1", "svm-old-2"]


@pytest.mark.long
def test_a_host_that_nobody_declared_keeps_them_too_unless_told(simulator, playbooks):
    inventory = copy.deepcopy(ONE)
    del inventory["children"]["tenants"]["children"]["tenant_b"]
    run = playbooks.run(REPLACE, inventory, *QUICK)
    assert run.failed == {"svm-64-1"} and "Tenant B: b-1 (10.30.0.11) has kesl 12.1.0.0" in run.verdicts["svm-64-1"]
    told = playbooks.run(REPLACE, inventory, "-e", "replace_svms_force=true")
    assert told.returncode == 0 and svms(simulator) == records(simulator) == ["svm-64-1", "svm-old-2"]
    assert "the old SVM is removed nevertheless: Tenant B: b-1" in told.output


@pytest.mark.long
def test_what_is_missing_is_told_also_when_every_upgrade_fails(simulator, playbooks):
    for name in AGENTS:
        fall_asleep(simulator, name)
    run = playbooks.run(REPLACE, ONE, *QUICK)
    assert run.failed == {*AGENTS, "svm-64-1"}
    assert all(name in run.verdicts["svm-64-1"] for name in AGENTS)


@pytest.mark.long
def test_svms_without_a_key_stop_it_before_light_agents_depend_on_them(simulator, playbooks):
    ksc(simulator).svm_arrivals.key_seconds = None
    run = playbooks.run(REPLACE, ONE, *QUICK)
    assert run.failed == {"svm-64-1"} and "it has no license key: activate it" in run.verdicts["svm-64-1"]
    assert set(agents(simulator).values()) == {"12.1.0.0"} and "svm-old" in svms(simulator)
    for host in ksc(simulator).primary.hosts.values():
        if host.name in SVMS:
            host.machine.key = copy.copy(ksc(simulator).hosts("svm-old")[0].machine.key)
    again = playbooks.run(REPLACE, ONE, *QUICK)
    assert again.returncode == 0 and svms(simulator) == ["svm-64-1", "svm-old-2"]


@pytest.mark.long
def test_a_server_that_does_not_tell_of_keys(simulator, playbooks):
    simulator.change_settings({"ksc": {"license_info": "refused"}})
    run = playbooks.run(REPLACE, ONE, *QUICK)
    assert run.failed == {"svm-64-1"} and "it cannot be determined whether it has a license key" in run.verdicts["svm-64-1"]
    assert "set ksv_svm_activated" in run.verdicts["svm-64-1"] and set(agents(simulator).values()) == {"12.1.0.0"}
    inventory = copy.deepcopy(ONE)
    inventory["children"]["svms"]["vars"]["ksv_svm_activated"] = True
    again = playbooks.run(REPLACE, inventory, *QUICK)
    assert again.returncode == 0 and svms(simulator) == ["svm-64-1", "svm-old-2"]
