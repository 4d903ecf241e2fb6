# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tenants from nothing to nothing: the role that makes them, before machines come, and the last step of offboarding."""

from __future__ import annotations

import base64
import copy

import pytest

READS = (
    "AsyncActionStateChecker.",
    "ChunkAccessor.",
    "HostGroup.Find",
    "HostGroup.Get",
    "HostGroup.GroupId",
    "PackagesApi.GetPackages",
    "SecurityPolicy.GetUsers",
    "Session.",
    "Tasks.Get",
    "Tasks.Re",
    "VServers.GetVServers",
    "VServers2.",
)
FAST = {"tenant_poll_interval": 0.1, "tenant_onboarding_poll_interval": 0.1, "tenant_offboarding_poll_interval": 0.1}
CREATE = "ksv.light_agent.create_tenant"
ONBOARD = "ksv.light_agent.onboard_tenant"
OFFBOARD = "ksv.light_agent.offboard_tenant"
TENANT_N = {
    "ksv_virtual_server": "Tenant N",
    "ksv_administrator": {"name": "n-admin", "password": "Tenant-Secret-1", "mail": "n@example.test"},
    "ksv_conditions": ["suggested_by_product"],
    "ksv_groups": [{"path": "Web", "notify_days": 3, "remove_days": 30}],
    "ksv_group": "Web",
}
TENANT_M = {"ksv_virtual_server": "Tenant M", "ksv_parent_group": "Infrastructure"}
WINDOWS = {
    "ksv_product": {"name": "KSVLA", "version": "5.2.0.0"},
    "ksv_os_username": "Administrator",
    "ksv_os_password": "Local-Admin-1",
}
INVENTORY = {
    "vars": {**FAST, **WINDOWS},
    "children": {
        "tenant_n": {"vars": TENANT_N, "hosts": {"web-01": {"ansible_host": "10.20.0.11"}, "web-02": {"ansible_host": "10.20.0.12"}}},
        "tenant_m": {"vars": TENANT_M, "hosts": {"b-web-01": {"ansible_host": "10.30.0.11"}}},
    },
}


def writes(simulator):
    return [entry.method for entry in simulator.journal.entries(server="ksc") if not entry.method.startswith(READS)]


def servers(simulator):
    return sorted(server.title for server in simulator.world["ksc"].state.virtual())


def test_tenants_are_made_lived_in_and_taken_away(simulator, playbooks):
    rehearsal = playbooks.run(CREATE, INVENTORY, "--check", "--diff")
    assert rehearsal.returncode == 0 and writes(simulator) == []

    made = playbooks.run(CREATE, INVENTORY, "--diff")
    assert made.returncode == 0
    assert made.verdicts == rehearsal.verdicts
    assert made.verdicts["web-01"].startswith("Tenant N: created, n-admin on Tenant N: created, ")
    assert made.verdicts["web-01"].endswith("Web on Tenant N: created")
    assert made.verdicts["b-web-01"] == "Tenant M: created"
    assert "notify_days: 3" in made.output and "Tenant-Secret-1" not in made.output
    assert servers(simulator).count("Tenant N") == servers(simulator).count("Tenant M") == 1
    # Steps, not tenants or hosts, are what is done.
    assert made.tasks.count("tenant : Create the virtual servers") == 1

    simulator.journal.clear()
    again = playbooks.run(CREATE, INVENTORY)
    assert (again.returncode, again.changed, writes(simulator)) == (0, 0, [])

    # The administrator that was made is the account of the tenant's own procedures.
    own = copy.deepcopy(INVENTORY)
    own["children"]["tenant_n"]["vars"].update(ksv_virtual_server_username="n-admin", ksv_virtual_server_password="Tenant-Secret-1")
    arrived = playbooks.run(ONBOARD, own)
    assert arrived.returncode == 0
    assert arrived.verdicts["web-01"] == "Tenant N: moved, KSVLA 5.2.0.0: installed"

    held = playbooks.run(OFFBOARD, own, "-e", "tenant_offboarding_remove_virtual_server=true")
    assert held.failed == {"web-01", "web-02", "b-web-01"}
    assert "move them, or set move_hosts_to" in held.verdicts["web-01"]
    assert "Tenant N" in servers(simulator)

    leave = ("-e", "tenant_offboarding_remove_virtual_server=true", "-e", "tenant_offboarding_move_hosts_to=primary")
    left = playbooks.run(OFFBOARD, own, *leave)
    assert left.returncode == 0
    assert not {"Tenant N", "Tenant M"} & set(servers(simulator))

    simulator.journal.clear()
    gone = playbooks.run(OFFBOARD, own, *leave)
    assert (gone.returncode, gone.changed, writes(simulator)) == (0, 0, [])
    assert gone.verdicts["web-01"] == "Tenant N: the virtual server no longer exists"


def test_hosts_that_describe_their_tenant_differently(simulator, playbooks):
    inventory = copy.deepcopy(INVENTORY)
    inventory["children"]["tenant_n"]["hosts"]["web-02"]["ksv_parent_group"] = "Infrastructure"
    refused = playbooks.run(CREATE, inventory)
    assert refused.failed == {"web-01", "web-02"}
    assert "listed 2 times with different options" in refused.verdicts["web-01"]
    assert "Tenant N" not in servers(simulator) and "Tenant M" in servers(simulator)


def test_a_tenant_in_trouble_holds_nobody(simulator, playbooks):
    inventory = copy.deepcopy(INVENTORY)
    inventory["children"]["tenant_m"]["vars"]["ksv_parent_group"] = "No such group"
    inventory["children"]["tenant_x"] = {"vars": {"ksv_groups": []}, "hosts": {"lonely": None}}
    run = playbooks.run(CREATE, inventory)
    assert run.failed == {"b-web-01", "lonely"}
    assert "No such group" in run.verdicts["b-web-01"] and "ksv_virtual_server is not set" in run.verdicts["lonely"]
    assert "Tenant N" in servers(simulator)


@pytest.mark.long
def test_a_host_that_has_not_come_through_keeps_the_virtual_server(simulator, playbooks):
    assert playbooks.run(CREATE, INVENTORY).returncode == 0
    assert playbooks.run(ONBOARD, INVENTORY).returncode == 0
    host = simulator.world["ksc"].state.host("web-02")
    host.machine.online = False
    leave = ("-e", "tenant_offboarding_remove_virtual_server=true", "-e", "tenant_offboarding_move_hosts_to=primary")
    run = playbooks.run(OFFBOARD, INVENTORY, *leave, "-e", "tenant_offboarding_start_timeout=20")
    assert run.failed == {"web-02"}
    assert "Tenant N" in servers(simulator) and "Tenant M" not in servers(simulator)


def test_batches_cannot_remove_a_virtual_server(simulator, playbooks):
    play = {
        "hosts": "all",
        "gather_facts": False,
        "serial": 1,
        "roles": [{"role": "ksv.light_agent.tenant_offboarding", "tenant_offboarding_remove_virtual_server": True}],
    }
    run = playbooks.run(playbooks.write("batches.yml", [play]), INVENTORY)
    assert run.returncode != 0 and "With serial" in run.output
    assert writes(simulator) == []


def test_the_password_of_an_administrator_is_nowhere(simulator, playbooks):
    inventory = {"vars": FAST, "children": {"tenant_n": {"vars": TENANT_N, "hosts": {"web-01": None}}}}
    secret = TENANT_N["ksv_administrator"]["password"]
    for arguments in (("--diff",), ("-e", '{"ksv_administrator": {"name": "", "password": "%s"}}' % secret)):
        run = playbooks.run(CREATE, inventory, "-vvv", *arguments)
        assert secret not in run.output and base64.b64encode(secret.encode()).decode() not in run.output
