# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several runs at the same time, and a run that is started again after it was killed: nothing twice, everything in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
import yaml

from simulator.runner import Simulator

TENANTS = ("Tenant A", "Арендатор Б")
PER_TENANT = 4
WORLD = {
    "ksc": {
        "addresses": ["127.0.0.1"],
        "virtual_servers": [{"name": name} for name in TENANTS],
        "accounts": [{"username": "svc-ansible", "password": "Rehearsal-1", "internal": True, "about": "all servers"}],
        "packages": [
            {"product": "1103", "version": "1.0.0.0", "servers": ["primary", *TENANTS]},
            {"product": "KSVLA", "version": "5.2.0.0", "servers": ["primary", *TENANTS]},
        ],
        "hosts": [
            {"name": "t%d-vm%d" % (tenant, number), "ip": "10.%d.0.%d" % (tenant + 1, number + 1)}
            for tenant in range(len(TENANTS))
            for number in range(PER_TENANT)
        ],
    }
}
INVENTORY = {
    "all": {
        "vars": {"ksv_product": {"name": "KSVLA", "version": "5.2.0.0"}, "tenant_onboarding_poll_interval": 0.2},
        "children": {
            "tenant_%d" % tenant: {
                "vars": {"ksv_virtual_server": name},
                "hosts": {
                    "t%d-vm%d" % (tenant, number): {"ansible_host": "10.%d.0.%d" % (tenant + 1, number + 1)} for number in range(PER_TENANT)
                },
            }
            for tenant, name in enumerate(TENANTS)
        },
    }
}


@pytest.fixture
def simulator():
    with Simulator(WORLD, speed=60) as simulator:
        yield simulator


@pytest.fixture
def start(simulator, tmp_path):
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump(INVENTORY, allow_unicode=True), encoding="utf-8")

    def start(*arguments):
        return subprocess.Popen(
            ["ansible-playbook", "ksv.light_agent.onboard_tenant", "-i", "inventory.yml", *arguments],
            cwd=tmp_path,
            env={**os.environ, **simulator.environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


def outputs(runs):
    found = [run.communicate(timeout=200)[0] for run in runs]
    for output in found:
        print(output)
        assert "Traceback" not in output
    return found


def is_onboarded(simulator):
    """Every machine is on the server of its tenant, once, and has the application."""
    simulator.world["ksc"]._live()
    state = simulator.world["ksc"].state
    for tenant, name in enumerate(TENANTS):
        for number in range(PER_TENANT):
            records = state.hosts("t%d-vm%d" % (tenant, number))
            assert [record.server.title for record in records] == [name]
            assert "KSVLA" in records[0].machine.products
    return True


def started(simulator, kind):
    """How often tasks of a kind were started on each machine."""
    counts = {}
    bodies = {}
    for entry in simulator.journal.entries(server="ksc"):
        if entry.error:
            continue
        if entry.method == "Tasks.AddTask" and entry.body["pData"]["TASK_NAME"] == kind:
            hosts = entry.body["pData"]["TASK_INFO_PARAMS"]["value"]["HostList"]
            bodies.setdefault(entry.scope, []).append([host["value"]["HostDispName"] for host in hosts])
    for tasks in bodies.values():
        for hosts in tasks:
            for host in hosts:
                counts[host] = counts.get(host, 0) + 1
    return counts


@pytest.mark.long
def test_slices_of_an_inventory_at_the_same_time(simulator, start):
    patterns = ["*vm%d,*vm%d" % (number, number + 2) for number in range(2)]
    runs = [start("--limit", pattern) for pattern in patterns]
    outputs(runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert is_onboarded(simulator)
    for kind in ("KLNAG_TASK_RECONNECTION", "Remote Installation"):
        assert set(started(simulator, kind).values()) == {1}
    assert simulator.world["ksc"].tasks.tasks == {}


@pytest.mark.long
def test_two_identical_runs_at_the_same_time(simulator, start):
    runs = [start() for _number in range(2)]
    outputs(runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert is_onboarded(simulator)
    again = start()
    (output,) = outputs([again])
    assert again.returncode == 0 and "changed=1" not in output


@pytest.mark.parametrize("number", [signal.SIGKILL])
def test_a_run_that_was_killed_is_started_again(simulator, start, number):
    run = start()
    deadline = time.monotonic() + 60
    while not simulator.journal.entries(method="Tasks.RunTask") and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(run.pid, number)
    run.wait(timeout=60)
    again = start()
    outputs([again])
    assert again.returncode == 0
    assert is_onboarded(simulator)
    assert set(started(simulator, "KLNAG_TASK_RECONNECTION").values()) == {1}
