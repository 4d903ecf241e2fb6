# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide docs/first-year.md is followed from top to bottom: its files, its commands, and what they show."""

from __future__ import annotations

import dataclasses

import pytest
import yaml

from playbooks.guides import DOCS, HEADING, Reader
from simulator.ksc.conditions import ALL, CRITICAL, DEFAULT, MASK, NAMES, WARNING
from simulator.ksc.state import DAY, Host, Installed, Machine, Outcome, Package, host_id
from simulator.runner import Simulator

GUIDE = DOCS / "first-year.md"
SECRETS = {
    "vault_ksc_password": "Rehearsal-1",
    "vault_tenant_a_password": "Tenant-Secret-1",
    "vault_windows_password": "Local-Admin-1",
    "vault_linux_password": "Local-Root-1",
    "vault_removal_password": "Removal-Secret-1",
    "vault_viis_password": "Viis-Primary-1",
    "vault_vcenter_password": "Vcenter-1",
    "vault_svm_root_password": "Root-Secret-1",
    "vault_svm_klconfig_password": "Klconfig-Secret-1",
}
TENANT, OLD_BUILD, NEW_BUILD = "Tenant A", "5.2.27.1202", "5.2.29.1415"
ROLES = ("tenant", "tenant_onboarding", "tenant_offboarding", "svm_deployment", "svm_status", "svm_replacement", "svm_removal")
FAST = {
    **{"%s_poll_interval" % role: 0.1 for role in ROLES},
    "tenant_onboarding_start_timeout": 20,
    "svm_replacement_record_timeout": 2,
    "replace_svms_connection_timeout": 30,
}


# What happens between the sections


def the_svm_of_a_machine_fails(state):
    """Nobody has asked for the status that products suggest, either."""
    server = state.server(TENANT)
    for severity in (CRITICAL, WARNING):
        server.groups[server.managed].conditions[severity] = dict(DEFAULT, **{MASK: ALL & ~(1 << NAMES.index("product"))})
    state.host("web-02").machine.svm = "none"
    state.host("db-01").machine.real_time_protection = "stopped"


def a_machine_comes_and_one_goes(state):
    """All is well again; an old image was used for one machine."""
    state.host("web-02").machine.svm = None
    state.host("db-01").machine.real_time_protection = "running"
    state.host("db-02").machine.products["kesl"].build = "12.1.0.1206"
    server = state.server(TENANT)
    server.remove_host(state.host("web-03"))
    fresh = arrive(state, "web-04", "192.0.2.14")
    fresh.group = server.group_path("Web").id
    fresh.machine.products["KSVLA"] = Installed("KSVLA", "5.2.0.0", OLD_BUILD, state.time())


def a_machine_is_created_again(state):
    old = state.host("web-01").machine
    old.agent_connected, old.connected_at, old.visible_at = False, state.time() - DAY, state.time()
    arrive(state, "web-01", "192.0.2.11")


def a_new_build_is_published(state):
    state.primary.add_package(Package(0, "Kaspersky Security for Virtualization 5.2 Light Agent", "KSVLA", "5.2.0.0", NEW_BUILD, "windows"))
    first = next(host for host in state.server(TENANT).hosts.values() if host.machine.address == "192.0.2.11")
    first.machine.outcomes.append(Outcome(task="install", result="failed", reason="There is not enough free disk space.", times=1))
    state.host("web-04").machine.outcomes.append(Outcome(task="install", reboot=True))


def a_new_version_is_published(state):
    """Its plug-in and its policy are there, too; a machine has been off for days."""
    state.primary.add_package(Package(0, "Kaspersky Endpoint Security 12.4 for Linux", "kesl", "12.4.0.0", "12.4.0.1225", "linux"))
    server = state.server(TENANT)
    server.add_policy("Light Agent for Linux 12.4", "kesl", "12.4.0.0", server.managed, created=state.time())
    asleep = state.host("db-02").machine
    asleep.online, asleep.connected_at, asleep.visible_at = False, state.time() - 9 * DAY, state.time() - 9 * DAY


def a_machine_is_back(state):
    back = state.host("db-02").machine
    back.online, back.connected_at, back.visible_at = True, None, None


def a_policy_protects_against_removal(state):
    for host in state.server(TENANT).hosts.values():
        if "KSVLA" in host.machine.products:
            host.machine.removal_password = SECRETS["vault_removal_password"]


def arrive(state, name, address):
    """A machine of the tenant's image connects to the virtual server for the first time."""
    server = state.server(TENANT)
    like = state.host("web-02").machine
    machine = Machine(name, int.from_bytes(map(int, address.split(".")), "big"), os_accounts=dict(like.os_accounts))
    machine.products["1103"] = dataclasses.replace(like.products["1103"])
    host = Host(host_id("%s/again" % name), name, server.unassigned, server, machine, state.time())
    server.add_host(host)
    return host


EVENTS = {
    "Installed is not protected": the_svm_of_a_machine_fails,
    "Drift": a_machine_comes_and_one_goes,
    "Machines that were re-created": a_machine_is_created_again,
    "Upgrades, in waves": a_new_build_is_published,
    "A new generation of SVMs": a_new_version_is_published,
    "A machine that was off": a_machine_is_back,
    "The tenant leaves": a_policy_protects_against_removal,
}


class Operator(Reader):
    """Somebody whose servers have a life of their own between the sections."""

    def heading(self, text):
        if text in EVENTS:
            with self.simulator.lock:
                EVENTS[text](self.simulator.world["ksc"].state)


@pytest.fixture
def simulator():
    with Simulator("first-year", speed=200) as simulator:
        yield simulator


def test_events_belong_to_sections():
    assert set(EVENTS) <= set(HEADING.findall(GUIDE.read_text(encoding="utf-8")))


@pytest.mark.long
def test_the_guide_is_followed_from_top_to_bottom(simulator, tmp_path):
    reader = Operator(tmp_path, FAST, SECRETS)
    reader.simulator = simulator
    reader.write("inventory/group_vars/all/vault.yml", yaml.safe_dump(SECRETS))
    reader.follow(GUIDE)
    assert reader.runs >= 10 and reader.returncode == 0, reader.output
    assert [server.title for server in simulator.world["ksc"].state.virtual()] == []
