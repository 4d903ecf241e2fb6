# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waves, upgrades, restarts and passwords against removal, from the inventory to the recap."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest

from simulator.ksc.state import Installed, Outcome, Package

ONBOARD = "ksv.light_agent.onboard_tenant"
OFFBOARD = "ksv.light_agent.offboard_tenant"
UPGRADE = "ksv.light_agent.upgrade_agents"
TENANT = "Tenant A"
HOSTS = {"web-01": "10.20.0.11", "web-02": "10.20.0.12", "web-03": "10.20.0.13", "web-04": "10.20.0.14"}
OLD, NEW = "5.2.0.980", "5.2.0.1304"


def inventory(**variables):
    return {
        "vars": {
            "tenant_onboarding_poll_interval": 0.1,
            "tenant_offboarding_poll_interval": 0.1,
            "ksv_virtual_server": TENANT,
            "ksv_product": {"name": "KSVLA", "version": "5.2.0.0"},
            **variables,
        },
        "hosts": {name: {"ansible_host": ip} for name, ip in HOSTS.items()},
    }


def host(simulator, name):
    (found,) = [one for one in simulator.world["ksc"].state.hosts(name) if one.managed]
    return found


def tasks_of(simulator, kind="Remote Installation"):
    """How many hosts each task of a kind was created for."""
    bodies = [entry.body["pData"] for entry in simulator.journal.entries() if entry.method == "Tasks.AddTask"]
    return [len(body["TASK_INFO_PARAMS"]["value"]["HostList"]) for body in bodies if body["TASK_NAME"] == kind]


@pytest.fixture
def machines(simulator):
    """Four machines of the primary server that are alike."""
    state = simulator.world["ksc"].state
    like = state.hosts("web-01")[0]
    for name in ("web-03", "web-04"):
        number = int.from_bytes(ipaddress.IPv4Address(HOSTS[name]).packed, "big")
        machine = dataclasses.replace(like.machine, name=name, ip=number, products={}, outcomes=[], os_accounts={}, done=[])
        state.primary.add_host(dataclasses.replace(like, id="id-of-" + name, name=name, machine=machine))
    return state


@pytest.fixture
def upgraded(simulator, machines):
    """All have an old build on their virtual server; the primary server has the package of a new one."""
    target = machines.server(TENANT)
    for name in HOSTS:
        one = machines.hosts(name)[0]
        one.server.remove_host(one)
        one.group = target.managed
        target.add_host(one)
        one.machine.products["KSVLA"] = Installed("KSVLA", "5.2.0.0", OLD)
        one.machine.os_accounts.clear()
    machines.primary.add_package(Package(0, "KSVLA new", "KSVLA", "5.2.0.0", NEW, platform="windows"))
    return inventory(ksv_product={"name": "KSVLA", "version": "5.2.0.0", "display_version": NEW})


@pytest.mark.long
def test_agents_are_upgraded_from_few_to_many(simulator, playbooks, upgraded):
    rehearsal = playbooks.run(UPGRADE, upgraded, "--check", "--diff")
    assert rehearsal.returncode == 0 and tasks_of(simulator) == []
    assert "build %s" % OLD in rehearsal.output and "build %s" % NEW in rehearsal.output
    run = playbooks.run(UPGRADE, upgraded)
    assert (run.returncode, run.changed) == (0, 4) and tasks_of(simulator) == [1, 1, 1, 1], "5 % and a quarter of four are one"
    assert {host(simulator, name).machine.products["KSVLA"].build for name in HOSTS} == {NEW}
    again = playbooks.run(UPGRADE, upgraded)
    assert (again.returncode, again.changed) == (0, 0) and len(tasks_of(simulator)) == 4


@pytest.mark.long
def test_an_upgrade_stops_at_the_wave_that_fails_and_goes_on_later(simulator, playbooks, upgraded):
    upgraded["vars"]["upgrade_agents_waves"] = [1, "100%"]
    host(simulator, "web-01").machine.outcomes[:] = [Outcome(task="install", result="failed", reason="Something went wrong.")]
    run = playbooks.run(UPGRADE, upgraded)
    assert run.failed == set(HOSTS) and tasks_of(simulator) == [1]
    assert "Something went wrong" in run.verdicts["web-01"]
    assert "wave 2 of 2 was not started: 1 of 1 hosts of wave 1 failed" in run.verdicts["web-04"]
    forgiving = {**upgraded, "vars": {**upgraded["vars"], "tenant_onboarding_pending_ok": True}}
    assert playbooks.run(UPGRADE, forgiving).failed == set(HOSTS), "nothing was begun there"
    host(simulator, "web-01").machine.outcomes.clear()
    later = playbooks.run(UPGRADE, upgraded)
    assert (later.returncode, later.changed) == (0, 4)


@pytest.mark.long
def test_a_password_against_removal_and_the_last_wave(simulator, playbooks, upgraded):
    simulator.change_settings({"ksc": {"ksc_version": "15.1"}})
    upgraded["vars"].update(ksv_removal_password="Removal-Secret-1", tenant_offboarding_waves=[3, "100%"])
    for name, days in (("web-01", 9), ("web-02", 1), ("web-03", 1), ("web-04", 1)):
        host(simulator, name).created = simulator.clock.now() - days * 86400
    run = playbooks.run(OFFBOARD, upgraded, "-vvv", "--diff")
    assert run.returncode == 0 and "Removal-Secret-1" not in run.output
    bodies = [entry.body["pData"] for entry in simulator.journal.entries() if entry.method == "Tasks.AddTask"]
    assert tasks_of(simulator, "Remote Deinstallation") == [3, 1] and all("UNLOCK_PASSWORD_CRYPTED" in body for body in bodies)
    (last,) = bodies[-1]["TASK_INFO_PARAMS"]["value"]["HostList"]
    assert last["value"]["HostDispName"] == "web-01", "the first device of the virtual server"


@pytest.mark.long
def test_two_upgrades_at_once_install_once_and_neither_fails(simulator, playbooks, upgraded):
    upgraded["vars"]["upgrade_agents_waves"] = [1, "100%"]
    both = [playbooks.start(UPGRADE, upgraded) for _number in range(2)]
    try:
        told = [run.communicate(timeout=300)[0] for run in both]
    finally:
        for run in both:
            run.kill()
    assert [run.returncode for run in both] == [0, 0], told
    assert [host(simulator, name).machine.done.count("install KSVLA") for name in HOSTS] == [1, 1, 1, 1]
