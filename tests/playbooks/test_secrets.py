# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No password is in what a play shows, logs, hands to AWX or leaves behind, however verbose, and whatever the servers answer."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil

import pytest
import yaml

from hostile.calls import VCENTER
from hostile.secrets import CANARIES, echo, found
from simulator.ksc.state import Outcome

ONBOARD = "ksv.light_agent.onboard_tenant"
DEPLOY = "ksv.light_agent.deploy_svms"
TENANT = {
    "vars": {
        "tenant_onboarding_poll_interval": 0.1,
        "tenant_onboarding_move_timeout": 3,
        "ksv_ksc_username": "svc-ansible",
        "ksv_ksc_password": CANARIES["password"],
        "ksv_virtual_server": "Tenant A",
        "ksv_product": {"name": "KSVLA", "version": "5.2.0.0"},
        "ksv_os_username": "Administrator",
        "ksv_os_password": CANARIES["os_password"],
    },
    "hosts": {
        "healthy": {"ansible_host": "10.20.0.11"},
        "broken": {"ansible_host": "10.20.0.41"},
        "switched-off": {"ansible_host": "10.20.0.42"},
        "not-there": {"ansible_host": "10.20.0.99"},
    },
}
SVMS = {
    "vars": {
        "svm_deployment_poll_interval": 0.05,
        "ksv_viis_password": CANARIES["password"],
        "ksv_image": {"manifest_path": "/opt/svm/6.4/svm.xml"},
        "ksv_ksc": {"address": "ksc.example.test"},
        "ksv_root": {"password": CANARIES["root"], "allow_ssh": True},
        "ksv_klconfig_password": CANARIES["klconfig_password"],
        "ksv_infrastructure": VCENTER,
        "ksv_storage": "ssd",
        "ksv_networks": [{"network": "VM Network"}],
    },
    "hosts": {"svm-1": {"ksv_location": "esx1.example.test"}, "svm-2": {"ksv_location": "esx2.example.test"}},
}


@pytest.fixture
def environment(simulator, tmp_path, monkeypatch):
    """Where Ansible may leave something: its temporary folders and its log. Passwords come from the inventory alone."""
    for name in ("temporary", "local", "remote"):
        (tmp_path / "left" / name).mkdir(parents=True)
    simulator.world["ksc"].accounts_list[0].password = CANARIES["password"]
    for name in ("web-01", "broken-01", "asleep-01"):
        simulator.world["ksc"].state.hosts(name)[0].machine.os_accounts["Administrator"] = CANARIES["os_password"]
    simulator.world["ksc"].state.hosts("broken-01")[0].machine.outcomes[:] = [
        Outcome(task="install", result="failed", reason=echo([CANARIES["password"], CANARIES["os_password"]]))
    ]
    simulator.world["viis"].server.sessions.password = CANARIES["password"]
    given(simulator.world["viis"].server)
    failure = {"svm": "svm-2", "operation": "deploy", "message": echo([CANARIES["root"], CANARIES["klconfig_password"]])}
    simulator.change_settings({"viis": {"svm_failures": [failure], "undocumented": True}})
    return {
        "TMPDIR": str(tmp_path / "left" / "temporary"),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "left" / "local"),
        "ANSIBLE_REMOTE_TEMP": str(tmp_path / "left" / "remote"),
        "ANSIBLE_LOG_PATH": str(tmp_path / "left" / "ansible.log"),
        "KSC_PASSWORD": "",
        "VIIS_PASSWORD": "",
    }


def given(server):
    vcenter = next(platform for platform in server.platforms if platform.address == VCENTER["address"])
    vcenter.accounts[:] = [
        dataclasses.replace(account, password=CANARIES["admin" if account.rights == "admin" else "read_only"])
        for account in vcenter.accounts
    ]


def searched(folder):
    """The texts of all files in a folder, by path."""
    return {str(path): path.read_text(encoding="utf-8", errors="replace") for path in pathlib.Path(folder).rglob("*") if path.is_file()}


def assert_clean(texts):
    told = {name: found(CANARIES.values(), text) for name, text in texts.items()}
    assert not any(told.values()), told


def test_a_play_with_every_kind_of_trouble(simulator, playbooks, environment, tmp_path):
    """One machine is installed, one fails with words of the server, one is not done in time, one is not there."""
    run = playbooks.run(ONBOARD, TENANT, "-vvvv", "--diff", **environment)
    assert run.failed == {"broken", "switched-off", "not-there"} and "You sent" in run.verdicts["broken"]
    assert run.verdicts["healthy"] == "Tenant A: moved, KSVLA 5.2.0.0: installed"
    left = searched(tmp_path / "left")
    assert [name for name in left if not name.endswith("ansible.log")] == [] and "PLAY RECAP" in "".join(left.values())
    assert_clean({"output": run.output, **left})


def test_a_deployment_of_which_one_svm_fails(simulator, playbooks, environment, tmp_path):
    run = playbooks.run(DEPLOY, SVMS, "-vvvv", "--diff", **environment)
    assert run.failed == {"svm-2"} and "You sent" in run.verdicts["svm-2"]
    assert run.verdicts["svm-1"] == "esx1.example.test: deployed"
    left = searched(tmp_path / "left")
    assert [name for name in left if not name.endswith("ansible.log")] == []
    assert_clean({"output": run.output, **left})


@pytest.mark.thorough
def test_a_server_that_answers_with_a_page_and_one_that_refuses_the_account(simulator, playbooks, environment):
    simulator.faults.add("html", server="ksc", method="HostGroup.FindHosts", text=echo([CANARIES["password"]]), count=None)
    run = playbooks.run(ONBOARD, TENANT, "-vvvv", "--diff", **environment)
    assert run.failed == set(TENANT["hosts"]) and "not its API" in run.verdicts["healthy"]
    assert_clean({"output": run.output})


@pytest.mark.long
def test_what_a_runner_keeps_of_a_job(simulator, environment, tmp_path):
    """As AWX does: the events of a job are stored."""
    ansible_runner = pytest.importorskip("ansible_runner", reason="ansible-runner is not installed")
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": TENANT}, allow_unicode=True), encoding="utf-8")
    private = tmp_path / "private"
    private.mkdir()
    variables = {name: value for name, value in simulator.environment().items() if "PASSWORD" not in name}
    kept = {name: os.environ[name] for name in ("PATH", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_CONFIG") if name in os.environ}
    done = ansible_runner.run(
        private_data_dir=str(private),
        playbook=ONBOARD,
        inventory=str(inventory),
        cmdline="-vvvv --diff",
        envvars={**variables, **kept, **environment},
        quiet=True,
    )
    shutil.rmtree(private / "inventory", ignore_errors=True)
    events = searched(private / "artifacts")
    assert done.rc == 2 and sum(name.endswith(".json") for name in events) > 20
    assert any("You sent" in text for text in events.values())
    assert_clean(events)
