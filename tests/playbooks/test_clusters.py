# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The procedures of the cluster document."""

from __future__ import annotations

import pytest

BUILD = "ksv.light_agent.build_ha_cluster"
WRITES = ("set_role", "trust_certificate", "register_instance", "update_instance", "unregister_instance")


@pytest.fixture
def inventory(simulator):
    def server(end, role):
        return {
            "ansible_host": end.address,
            "ksv_viis_port": end.port,
            "ksv_viis_password": end.password,
            "ksv_viis_ca_path": simulator.ca_file,
            "ksv_viis_role": role,
        }

    return {
        "vars": {"ha_cluster_poll_interval": 0.05, "ksv_trust_on_first_use": True},
        "hosts": {"viis-a": server(simulator.viis, "primary"), "viis-b": server(simulator.viis_reserve, "reserve")},
    }


def writes(simulator):
    return [entry.method for entry in simulator.journal.entries(server="viis") if entry.method in WRITES]


def test_the_life_of_a_cluster(simulator, playbooks, inventory):
    rehearsal = playbooks.run(BUILD, inventory, "--check", "--diff")
    assert rehearsal.returncode == 0 and writes(simulator) == []
    first = playbooks.run(BUILD, inventory)
    assert first.returncode == 0
    assert first.verdicts == rehearsal.verdicts
    assert "registered" in first.verdicts["viis-b"]
    assert {host: recap.changed for host, recap in first.recap.items()} == {"viis-a": 3, "viis-b": 1}
    assert writes(simulator) == ["set_role", "trust_certificate", "register_instance"]
    again = playbooks.run(BUILD, inventory)
    assert (again.returncode, again.changed) == (0, 0)
    apart = playbooks.run(BUILD, inventory, "-e", "ha_cluster_state=absent")
    assert "removed" in apart.verdicts["viis-b"]


def test_an_untrusted_reserve(simulator, playbooks, inventory):
    inventory["vars"]["ksv_trust_on_first_use"] = False
    result = playbooks.run(BUILD, inventory)
    assert result.failed == {"viis-a", "viis-b"}
    assert "thumbprint" in result.verdicts["viis-a"]
    assert result.verdicts["viis-b"].startswith("viis-a has failed, and says why")
    assert "register_instance" not in writes(simulator)


def test_a_cluster_without_reserve(simulator, playbooks, inventory):
    result = playbooks.run(BUILD, inventory, "--limit", "viis-a")
    assert "0 reserve servers" in result.verdicts["viis-a"]
    assert writes(simulator) == []
