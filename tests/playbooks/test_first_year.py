# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first year of a tenant: what is protected and why not, what is not as the inventory says, and records that died."""

from __future__ import annotations

import copy

import pytest

from simulator.runner import Simulator

STATUS = "ksv.light_agent.tenant_status"
CLEAN = "ksv.light_agent.clean_stale_records"
KSVLA = {"name": "KSVLA", "version": "5.2.0.0", "display_version": "5.2.27.1202"}
KESL = {"name": "kesl", "version": "12.1.0.0", "display_version": "12.1.0.1543"}
INVENTORY = {
    "vars": {"ksv_virtual_server": "Tenant A", "ksv_product": KSVLA},
    "children": {
        "windows": {
            "hosts": {
                "a-web-01": {"ansible_host": "10.20.0.11"},
                "a-no-svm": {"ansible_host": "10.20.0.12"},
                "a-bare": {"ansible_host": "10.20.0.15"},
                "reborn": {"ansible_host": "10.20.0.16"},
                "gone": {"ansible_host": "10.20.0.99"},
            }
        },
        "linux": {
            "vars": {"ksv_product": KESL},
            "hosts": {"a-old-build": {"ansible_host": "10.20.0.24"}, "a-asleep": {"ansible_host": "10.20.0.25"}},
        },
        "others": {
            "hosts": {
                "b-no-svm": {"ansible_host": "10.30.0.12", "ksv_virtual_server": "Tenant B"},
                "c-web-01": {"ansible_host": "10.40.0.11", "ksv_virtual_server": "Tenant C"},
            }
        },
    },
}
LIVE = ("-e", "tenant_status_duplicates=connected")


@pytest.fixture
def simulator():
    with Simulator("day-two", speed=200) as simulator:
        yield simulator


def writes(simulator):
    return [entry.method for entry in simulator.journal.entries(server="ksc") if entry.method.startswith("HostGroup.Remove")]


def names(simulator):
    return sorted(host.machine.name for host in simulator.world["ksc"].state.server("Tenant A").hosts.values())


def test_what_is_installed_is_not_all_protected(simulator, playbooks):
    run = playbooks.run(STATUS, INVENTORY, *LIVE)
    assert (run.failed, run.changed) == (set(), 0)
    verdicts = run.verdicts
    assert verdicts["a-web-01"] == "Tenant A, Web: KSVLA 5.2.0.0 installed, agent connected, status ok, protected"
    assert "not protected: It is not connected to an SVM" in verdicts["a-no-svm"]
    assert "not protected: KSVLA 5.2.0.0 is not installed" in verdicts["a-bare"]
    assert ", protected; other records have its address or name: " in verdicts["reborn"]
    assert 'ip "10.20.0.99" has no record' in verdicts["gone"]
    assert verdicts["a-old-build"].endswith(", protected; build 12.1.0.1543 is declared, but build 12.1.0.1206 is installed")
    assert "agent not connected" in verdicts["a-asleep"] and "not protected" in verdicts["a-asleep"]
    assert "status ok, protection unknown: " in verdicts["b-no-svm"]
    assert "not protected: No active policy for KSVLA 5.2.0.0 applies to its group" in verdicts["c-web-01"]
    assert "3 of 9 hosts are protected, 5 are not, 1 is unknown; the application is installed on 7" in run.output
    # What the tenants have in common, and whom nobody declared.
    assert "Tenant B, Web: the condition suggested_by_product is turned off for the group" in run.output
    assert "Tenant C, Web: no active policy applies to the group" in run.output
    assert "primary server: the license key for" in run.output
    assert "a-db-01 (10.20.0.21, Databases)" in run.output
    assert "a-web-01 (10.20.0.11" not in run.output and "a-reborn" not in run.output.split("are not in the inventory")[1].split("]")[0]


@pytest.mark.parametrize(
    ("required", "failed"),
    [("protected", {"a-no-svm", "a-bare", "gone", "a-asleep", "b-no-svm", "c-web-01"}), ("installed", {"a-bare", "gone"})],
)
def test_what_fails_a_host_is_said_by_the_user(simulator, playbooks, required, failed):
    run = playbooks.run(STATUS, INVENTORY, "-e", "tenant_status_required=%s" % required, *LIVE)
    assert run.failed == failed
    assert set(run.verdicts) == set(run.recap)


def test_records_of_one_address_are_an_error_unless_told(simulator, playbooks):
    run = playbooks.run(STATUS, INVENTORY, "--limit", "reborn,a-web-01", "-e", "tenant_status_required=protected")
    assert run.failed == {"reborn"} and "has 2 records" in run.verdicts["reborn"]
    # Hosts that the play leaves out are declared all the same.
    assert "a-bare" not in run.output and "a-db-01" in run.output
    quiet = playbooks.run(
        STATUS, INVENTORY, "--limit", "a-web-01", "-e", "{tenant_status_undeclared: false, tenant_status_primary_keys: false}"
    )
    assert "not in the inventory" not in quiet.output and "primary server" not in quiet.output


@pytest.mark.long
def test_stale_records_are_shown_and_removed(simulator, playbooks):
    before = names(simulator)
    rehearsal = playbooks.run(CLEAN, INVENTORY, "--check")
    assert rehearsal.returncode == 0 and rehearsal.changed == 1
    assert writes(simulator) == [] and names(simulator) == before
    first = playbooks.run(CLEAN, INVENTORY, "--diff")
    assert first.returncode == 0 and first.changed == 1
    assert first.verdicts["a-web-01"] == "Tenant A: records that share an address or a name: 1 removed, 1 kept"
    assert first.verdicts["c-web-01"] == "Tenant C: records that share an address or a name: none"
    assert "kept: its Network Agent is connected" in first.output
    assert "-a-reborn (10.20.0.16" in first.output
    before.remove("a-reborn")
    assert names(simulator) == before
    simulator.journal.clear()
    again = playbooks.run(CLEAN, INVENTORY)
    assert (again.returncode, again.changed) == (0, 0) and writes(simulator) == []
    status = playbooks.run(STATUS, INVENTORY, "--limit", "reborn", "-e", "tenant_status_required=protected")
    assert status.returncode == 0


@pytest.mark.long
def test_a_tenant_in_trouble_fails_its_hosts_alone(simulator, playbooks):
    inventory = copy.deepcopy(INVENTORY)
    inventory["children"]["others"]["hosts"]["c-web-01"]["ksv_virtual_server"] = "Tenant Z"
    inventory["children"]["others"]["hosts"]["b-no-svm"]["ksv_virtual_server"] = ""
    run = playbooks.run(CLEAN, inventory)
    assert run.failed == {"c-web-01", "b-no-svm"}
    assert 'has no virtual Administration Server "Tenant Z"' in run.verdicts["c-web-01"]
    assert "ksv_virtual_server is not set" in run.verdicts["b-no-svm"]
    assert names(simulator).count("a-reborn") == 1
    wrong = playbooks.run(CLEAN, INVENTORY, KSC_PASSWORD="No-Such-Password-9")
    assert wrong.failed == set(wrong.recap) and 'does not accept the account "svc-ansible"' in wrong.verdicts["a-web-01"]
