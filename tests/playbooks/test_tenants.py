# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The procedures of the KSC article from the inventory of a service provider to the end state of the servers."""

from __future__ import annotations

import pytest

WRITES = (
    "Tasks.AddTask",
    "Tasks.RunTask",
    "Tasks.DeleteTask",
    "Tasks.UpdateTask",
    "PackagesApi.RetranslateToVServerAsync",
    "HostGroup.MoveHostsToGroup",
    "HostGroup.RemoveHost",
    "HostGroup.RemoveHosts",
    "HostGroup.AddGroup",
)
WINDOWS = {
    "ksv_product": {"name": "KSVLA", "version": "5.2.0.0"},
    "ksv_os_username": "Administrator",
    "ksv_os_password": "Local-Admin-1",
}
LINUX = {
    "ksv_product": {"name": "kesl", "version": "12.1.0.0"},
    "ksv_os_username": "root",
    "ksv_os_password": "Local-Root-1",
}
FAST = {"tenant_onboarding_poll_interval": 0.1, "tenant_offboarding_poll_interval": 0.1}
INVENTORY = {
    "vars": FAST,
    "children": {
        "tenant_a": {
            "vars": {"ksv_virtual_server": "Tenant A", "ksv_group": "Web/Frontend"},
            "hosts": {"web-01": {"ansible_host": "10.20.0.11"}, "db-01": {"ansible_host": "10.20.0.21"}},
        },
        "tenant_b": {
            "vars": {"ksv_virtual_server": "Арендатор Б"},
            "hosts": {"b-web-01": {"ansible_host": "10.30.0.11"}},
        },
        "windows": {"vars": WINDOWS, "hosts": {"web-01": None, "b-web-01": None}},
        "linux": {"vars": LINUX, "hosts": {"db-01": None}},
    },
}
ONBOARD = "ksv.light_agent.onboard_tenant"
OFFBOARD = "ksv.light_agent.offboard_tenant"
STATUS = "ksv.light_agent.tenant_status"


def writes(simulator):
    return [entry.method for entry in simulator.journal.entries(server="ksc") if entry.method in WRITES]


def one_tenant(hosts, **variables):
    return {"vars": {**FAST, **WINDOWS, "ksv_virtual_server": "Tenant A", **variables}, "hosts": hosts}


@pytest.mark.every_core
def test_the_life_of_two_tenants(simulator, playbooks):
    rehearsal = playbooks.run(ONBOARD, INVENTORY, "--check", "--diff")
    assert rehearsal.returncode == 0
    assert writes(simulator) == []
    promised = rehearsal.verdicts

    first = playbooks.run(ONBOARD, INVENTORY)
    assert first.returncode == 0
    assert first.verdicts == promised
    assert first.verdicts == {
        "web-01": "Tenant A: moved, KSVLA 5.2.0.0: installed",
        "db-01": "Tenant A: moved, kesl 12.1.0.0: installed",
        "b-web-01": "Арендатор Б: moved, KSVLA 5.2.0.0: installed",
    }
    assert all(recap.changed for recap in first.recap.values())
    # One task for each move and each installation, whatever the number of hosts.
    assert writes(simulator).count("Tasks.AddTask") == 5

    simulator.journal.clear()
    second = playbooks.run(ONBOARD, INVENTORY)
    assert (second.returncode, second.changed) == (0, 0)
    assert writes(simulator) == []

    status = playbooks.run(STATUS, INVENTORY, "-e", "tenant_status_required=protected")
    assert (status.returncode, status.changed) == (0, 0)
    assert status.verdicts["web-01"].startswith("Tenant A, Web/Frontend: KSVLA 5.2.0.0 installed, agent connected")
    assert status.verdicts["b-web-01"].startswith("Арендатор Б, Managed devices: KSVLA 5.2.0.0 installed")
    assert "3 of 3 hosts are protected; the application is installed on 3" in status.output

    leaving = playbooks.run(OFFBOARD, INVENTORY)
    assert leaving.returncode == 0
    assert leaving.verdicts["db-01"] == "kesl 12.1.0.0: removed, Tenant A: unassigned"

    simulator.journal.clear()
    left = playbooks.run(OFFBOARD, INVENTORY)
    assert (left.returncode, left.changed) == (0, 0)
    assert writes(simulator) == []

    deleted = playbooks.run(OFFBOARD, INVENTORY, "-e", "tenant_offboarding_state=absent")
    assert deleted.returncode == 0
    assert deleted.verdicts["web-01"] == "KSVLA 5.2.0.0: unchanged, Tenant A: removed"


def test_a_machine_in_trouble_shows_why_and_the_others_go_on(simulator, playbooks):
    inventory = one_tenant(
        {
            "healthy": {"ansible_host": "10.20.0.11"},
            "no-disk-space": {"ansible_host": "10.20.0.41"},
            "switched-off": {"ansible_host": "10.20.0.42"},
            "two-records": {"ansible_host": "10.20.0.51"},
            "not-there": {"ansible_host": "10.20.0.99"},
            "no-address": {},
            "no-tenant": {"ansible_host": "10.20.0.12", "ksv_virtual_server": ""},
            "of-another": {"ansible_host": "10.30.0.11", "ksv_virtual_server": "Arendator B"},
        },
        tenant_onboarding_move_timeout=3,
    )
    run = playbooks.run(ONBOARD, inventory)
    assert run.returncode == 2
    assert run.failed == set(inventory["hosts"]) - {"healthy"}
    verdicts = run.verdicts
    assert verdicts["healthy"] == "Tenant A: moved, KSVLA 5.2.0.0: installed"
    assert "Error 1603: there is not enough free disk space on drive C" in verdicts["no-disk-space"]
    assert "pending on the host" in verdicts["switched-off"]
    assert "twin-01 (" in verdicts["two-records"]
    assert "twin-01-clone (" in verdicts["two-records"]
    assert 'ip "10.20.0.99" has no record' in verdicts["not-there"]
    assert '"no-address" is not an IPv4 address' in verdicts["no-address"]
    assert "ksv_virtual_server is not set" in verdicts["no-tenant"]
    assert 'has no virtual Administration Server "Arendator B"' in verdicts["of-another"]


@pytest.mark.long
def test_a_virtual_server_that_does_not_exist_yet_fails_its_hosts_only_if_something_is_required(simulator, playbooks):
    inventory = one_tenant(
        {"new": {"ansible_host": "192.0.2.12", "ksv_virtual_server": "Tenant New"}, "web-01": {"ansible_host": "192.0.2.11"}}
    )
    found = playbooks.run(STATUS, inventory, "-e", "tenant_status_required=none")
    assert (found.returncode, found.failed) == (0, set())
    assert 'has no virtual Administration Server "Tenant New"' in found.verdicts["new"]
    required = playbooks.run(STATUS, inventory, "-e", "tenant_status_required=installed")
    assert "new" in required.failed
    refused = playbooks.run(STATUS, inventory, "-e", "tenant_status_required=none", KSC_PASSWORD="Wrong-Secret-1")
    assert refused.failed == {"new", "web-01"}


def test_limit_and_tags_choose_hosts_and_steps(simulator, playbooks):
    packages = playbooks.run(ONBOARD, INVENTORY, "--tags", "tenant_onboarding_packages", "--limit", "tenant_a")
    assert packages.returncode == 0
    assert set(writes(simulator)) == {"PackagesApi.RetranslateToVServerAsync"}
    one = playbooks.run(ONBOARD, INVENTORY, "--limit", "db-01")
    assert one.verdicts == {"db-01": "Tenant A: moved, kesl 12.1.0.0: installed"}
    assert playbooks.run(ONBOARD, INVENTORY, "--limit", "web-01", "--tags", "tenant_onboarding_move").verdicts == {
        "web-01": "Tenant A: moved"
    }


@pytest.mark.long
def test_a_host_that_was_installed_by_hand_still_gets_into_its_group(simulator, playbooks):
    inventory = one_tenant({"web-01": {"ansible_host": "10.20.0.11"}})
    assert playbooks.run(ONBOARD, inventory).returncode == 0
    moved = playbooks.run(ONBOARD, one_tenant({"web-01": {"ansible_host": "10.20.0.11"}}, ksv_group="Databases"))
    assert moved.verdicts["web-01"] == "Tenant A: unchanged, KSVLA 5.2.0.0: unchanged, Databases: moved"
