# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles as Ansible users know them: precedence, strategies, tags, batches, escalation, and a recap that is true."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import re
import signal
import time

import pytest

from simulator.runner import Simulator

ROLE = "ksv.light_agent.tenant_status"
ONBOARD = "ksv.light_agent.onboard_tenant"
OFFBOARD = "ksv.light_agent.offboard_tenant"
STATUS = "ksv.light_agent.tenant_status"
FAST = {"tenant_onboarding_poll_interval": 0.1, "tenant_offboarding_poll_interval": 0.1}
WINDOWS = {"ksv_product": {"name": "KSVLA", "version": "5.2.0.0"}, "ksv_os_username": "Administrator", "ksv_os_password": "Local-Admin-1"}
LINUX = {"ksv_product": {"name": "kesl", "version": "12.1.0.0"}, "ksv_os_username": "root", "ksv_os_password": "Local-Root-1"}
INVENTORY = {
    "vars": FAST,
    "children": {
        "tenant_a": {
            "vars": {"ksv_virtual_server": "Tenant A", "ksv_group": "Web/Frontend"},
            "hosts": {"web-01": {"ansible_host": "10.20.0.11"}, "db-01": {"ansible_host": "10.20.0.21"}},
        },
        "tenant_b": {"vars": {"ksv_virtual_server": "Арендатор Б"}, "hosts": {"b-web-01": {"ansible_host": "10.30.0.11"}}},
        "windows": {"vars": WINDOWS, "hosts": {"web-01": None, "b-web-01": None}},
        "linux": {"vars": LINUX, "hosts": {"db-01": None}},
    },
}
ONE = {"vars": WINDOWS, "hosts": {"web-01": {"ansible_host": "10.20.0.11"}}}


def one_tenant(hosts, **variables):
    return {"vars": {**FAST, **WINDOWS, "ksv_virtual_server": "Tenant A", **variables}, "hosts": hosts}


def writes(simulator):
    return [method for method in requests(simulator) if method.startswith(("Tasks.AddTask", "Tasks.RunTask", "PackagesApi.Retranslate"))]


def play(**members):
    return [{"hosts": "all", "gather_facts": False, **members}]


def requests(simulator):
    return [entry.method for entry in simulator.journal.entries()]


def shown_once(run, text):
    assert all(text in verdict for verdict in run.verdicts.values()) and run.verdicts


# -- an error of the whole batch is the result of each host ---------------------------------------------------------------------

ERRORS = [
    ({"ksv_ksc_server": ""}, "missing required arguments: server"),
    ({"ksv_ksc_auth_method": "kerberos"}, "value of auth_method must be one of: session, login, got: kerberos"),
    ({"tenant_onboarding_wait_for": "everybody"}, "value of wait_for must be one of: connected, all, got: everybody"),
    ({"ksv_ksc_port": 1}, "Cannot reach Administration Server"),
    ({"ksv_ksc_ca_path": "/absent.pem"}, "/absent.pem"),
]


def test_an_error_of_the_whole_batch_is_one_sentence_of_each_host(simulator, playbooks):
    role = {"ansible.builtin.import_role": {"name": "ksv.light_agent.tenant_onboarding", "rolespec_validate": False}}
    plays = [entry for variables, _says in ERRORS for entry in play(vars=variables, tasks=[role], ignore_errors=True)]
    inventory = {**INVENTORY, "vars": {**FAST, "ksv_ksc_server": simulator.ksc.address}}
    run = playbooks.run(playbooks.write("errors.yml", plays), inventory, KSC_SERVER="")
    for (_variables, says), shown in zip(ERRORS, run.plays):
        assert set(shown.verdicts) == {"web-01", "db-01", "b-web-01"}
        shown_once(shown, says)
    assert len(run.plays) == len(ERRORS) and "Tasks.AddTask" not in requests(simulator)


def test_a_library_that_is_missing_is_one_sentence_of_each_host(playbooks, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "requests.py").write_text('raise ImportError("there is none")\n')
    run = playbooks.run(ONBOARD, INVENTORY, PYTHONPATH=str(tmp_path / "broken"))
    assert run.failed == {"web-01", "db-01", "b-web-01"}
    shown_once(run, "Failed to import the required Python library (requests)")


# -- variables ----------------------------------------------------------------------------------------------------------------


def test_variables_count_wherever_they_are_given(playbooks, tmp_path):
    tenant = {"ksv_virtual_server": "Tenant A"}
    task = {"name": "Look", "ansible.builtin.include_role": {"name": ROLE}}
    (tmp_path / "more.yml").write_text('ksv_virtual_server: "Tenant A"\n')
    ways = [
        play(vars=tenant, roles=[ROLE]),
        play(vars_files=[str(tmp_path / "more.yml")], roles=[ROLE]),
        play(vars_prompt=[{"name": "ksv_virtual_server", "default": "Tenant A"}], roles=[ROLE]),
        play(roles=[{"role": ROLE, **tenant}]),
        play(roles=[{"role": ROLE, "vars": tenant}]),
        play(tasks=[{**task, "vars": tenant}]),
        play(tasks=[{"ansible.builtin.import_role": {"name": ROLE}, "vars": tenant}]),
        play(pre_tasks=[{"ansible.builtin.set_fact": tenant}], roles=[ROLE]),  # last, since facts stay
    ]
    run = playbooks.run(playbooks.write("site.yml", [entry for way in ways for entry in way]), ONE)
    assert run.returncode == 0 and len(run.plays) == len(ways)
    for shown in run.plays:
        assert shown.verdicts["web-01"].startswith("Tenant A: ip "), shown.output


def test_extra_variables_take_precedence(playbooks):
    plays = play(vars={"ksv_virtual_server": "Nobody"}, roles=[ROLE])
    run = playbooks.run(playbooks.write("site.yml", plays), ONE, "-e", json.dumps({"ksv_virtual_server": "Tenant A"}))
    assert run.returncode == 0 and run.verdicts["web-01"].startswith("Tenant A: ip ")


@pytest.mark.long
def test_a_variable_of_the_host_wins_over_that_of_its_group_and_loses_against_the_play(playbooks):
    inventory = {"vars": {**WINDOWS, "ksv_virtual_server": "Tenant A"}, "hosts": {"web-01": {"ansible_host": "10.20.0.11"}}}
    inventory["hosts"]["web-02"] = {"ansible_host": "10.20.0.12", "ksv_virtual_server": "Арендатор Б"}
    run = playbooks.run(STATUS, inventory)
    assert run.verdicts["web-01"].startswith("Tenant A") and run.verdicts["web-02"].startswith("Арендатор Б")
    plays = play(vars={"ksv_virtual_server": "Tenant A"}, roles=[ROLE])
    assert playbooks.run(playbooks.write("site.yml", plays), inventory).verdicts["web-02"].startswith("Tenant A")


@pytest.mark.every_core
def test_an_undefined_variable_fails_the_host_that_has_it(simulator, playbooks):
    undefined = {
        "ksv_os_password": "{{ vault_1 }}",
        "ksv_ksc_password": "{{ vault_2 }}",
        "ksv_virtual_server": "{{ vault_3 }}",
        "ksv_product": {"name": "{{ vault_4 }}", "version": "5"},
        "ksv_ip": "{{ vault_5 }}",
    }
    hosts = {"web-01": {"ansible_host": "10.20.0.11"}}
    hosts.update({"lacks-" + name: {"ansible_host": "10.20.0.12", name: value} for name, value in undefined.items()})
    run = playbooks.run(ONBOARD, one_tenant(hosts), "--check")
    assert run.failed == set(hosts) - {"web-01"}
    for number, name in enumerate(undefined, 1):
        (failure,) = [line for line in run.output.splitlines() if "[lacks-%s]: FAILED" % name in line]
        assert name in failure and "'vault_%d' is undefined" % number in failure
    assert run.verdicts["web-01"] == "Tenant A: moved, KSVLA 5.2.0.0: installed"


def test_wrong_variables_fail_their_host_with_a_sentence(playbooks):
    hosts = {
        "web-01": {"ansible_host": "10.20.0.11"},
        "ports": {"ansible_host": "10.20.0.12", "ksv_agent_ports": ["many"]},
        "half": {"ansible_host": "10.20.0.12", "ksv_os_password": ""},
        "account": {"ansible_host": "10.20.0.12", "ksv_virtual_server_username": "tenant-a"},
    }
    hosts["half"]["ksv_os_password"] = None
    run = playbooks.run(ONBOARD, one_tenant(hosts), "--check")
    assert run.failed == {"ports", "half", "account"}
    assert "agent_ports" in run.verdicts["ports"]
    assert run.verdicts["half"] == "ksv_os_username and ksv_os_password belong together; give both or neither."
    assert "ksv_virtual_server_password belong together" in run.verdicts["account"]


# -- the recap ----------------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_the_recap_is_true_of_every_host_the_first_one_too(simulator, playbooks):
    inventory = copy.deepcopy(INVENTORY)
    first = playbooks.run(ONBOARD, inventory, "--limit", "web-01", "--diff")
    assert (first.recap["web-01"].changed, first.recap["web-01"].failed) == (1, 0)
    assert "+virtual_server: Tenant A" in first.output and first.output.count("--- before: web-01") == 2
    rest = playbooks.run(ONBOARD, inventory, "--diff")
    assert "+virtual_server: Арендатор Б" in rest.output and "\\u04" not in rest.output and "--- before: web-01" not in rest.output
    assert {host: recap.changed for host, recap in rest.recap.items()} == {"web-01": 0, "db-01": 1, "b-web-01": 1}
    again = playbooks.run(ONBOARD, inventory, "--diff")
    assert again.changed == 0 and "--- before" not in again.output


def test_one_address_of_two_hosts_fails_both_and_names_them(simulator, playbooks):
    hosts = {
        "web-01": {"ansible_host": "10.20.0.11"},
        "web-01-again": {"ansible_host": "10.20.0.11"},
        "web-02": {"ansible_host": "10.20.0.12"},
    }
    run = playbooks.run(ONBOARD, one_tenant(hosts))
    assert run.failed == {"web-01", "web-01-again"}
    assert all(name in run.verdicts[host] for host in run.failed for name in run.failed)
    assert run.verdicts["web-02"] == "Tenant A: moved, KSVLA 5.2.0.0: installed"


def test_a_machine_that_is_off_is_pending_and_does_not_delay_the_others(playbooks):
    hosts = {"asleep-01": {"ansible_host": "10.20.0.42"}, "web-01": {"ansible_host": "10.20.0.11"}}
    inventory = one_tenant(hosts, tenant_onboarding_start_timeout=1, tenant_onboarding_move_timeout=86400)
    run = playbooks.run(ONBOARD, inventory)
    assert run.failed == {"asleep-01"} and "pending" in run.verdicts["asleep-01"]
    assert run.verdicts["web-01"] == "Tenant A: moved, KSVLA 5.2.0.0: installed"
    inventory["vars"]["tenant_onboarding_pending_ok"] = True
    accepted = playbooks.run(ONBOARD, inventory)
    assert accepted.failed == set() and "pending" in accepted.verdicts["asleep-01"]


# -- how a play is run ----------------------------------------------------------------------------------------------------------


@pytest.mark.every_core
def test_a_strategy_without_batches_is_refused_in_one_sentence(simulator, playbooks):
    strategies = ("free", "ansible.builtin.host_pinned")
    plays = [entry for name in strategies for entry in play(strategy=name, roles=[ROLE], ignore_errors=True)]
    run = playbooks.run(playbooks.write("site.yml", plays), INVENTORY)
    assert len(run.plays) == len(strategies)
    for name, shown in zip(strategies, run.plays):
        assert set(shown.verdicts) == {"web-01", "db-01", "b-web-01"}
        shown_once(shown, "works on all hosts of the play at once, which strategy %s does not allow" % name)
    assert requests(simulator) == []


def test_tags_of_others_run_nothing_of_ours(simulator, playbooks):
    ours = {"ansible.builtin.import_role": {"name": "ksv.light_agent.tenant_onboarding", "rolespec_validate": False}}
    plays = play(tasks=[{"ansible.builtin.debug": {"msg": "hello"}, "tags": "nginx"}, ours])
    run = playbooks.run(playbooks.write("site.yml", plays), INVENTORY, "--tags", "nginx")
    assert run.returncode == 0 and {recap.ok for recap in run.recap.values()} == {1}
    assert requests(simulator) == []
    ours = playbooks.run(playbooks.write("site.yml", plays), INVENTORY, "--tags", "tenant_onboarding_packages")
    assert ours.verdicts["web-01"] == "1103: distributed, KSVLA: distributed"
    assert set(writes(simulator)) == {"PackagesApi.RetranslateToVServerAsync"}
    skipped = playbooks.run(playbooks.write("site.yml", plays), INVENTORY, "--skip-tags", "tenant_onboarding", "--check")
    assert all(recap.ok == 1 for recap in skipped.recap.values())


@pytest.mark.parametrize("variables", [{}, {"ansible_become": True, "ansible_connection": "ssh"}])
def test_escalation_has_no_effect_on_the_controller(playbooks, tmp_path, variables):
    sudo = tmp_path / "sudo"
    sudo.write_text('#!/bin/sh\ntouch "%s/escalated"\nexit 1\n' % tmp_path)
    sudo.chmod(0o755)
    controller = {"ansible_host": "192.0.2.1", "ksv_ip": "10.20.0.12", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory = {"vars": {**WINDOWS, "ksv_virtual_server": "Tenant A", **variables}, "hosts": {**ONE["hosts"], "localhost": controller}}
    run = playbooks.run(STATUS, inventory, "-b", ANSIBLE_BECOME_EXE=str(sudo))
    assert run.returncode == 0 and not (tmp_path / "escalated").exists()
    assert run.verdicts["web-01"].startswith("Tenant A: ip ")


def test_batches_do_not_try_a_refused_account_again(simulator, playbooks):
    inventory = copy.deepcopy(INVENTORY)
    inventory["children"]["tenant_a"]["vars"].update(ksv_virtual_server_username="tenant-a", ksv_virtual_server_password="Wrong-A-2")
    inventory["children"]["tenant_b"]["hosts"]["b-db-01"] = {"ansible_host": "10.30.0.21"}
    inventory["children"]["linux"]["hosts"]["b-db-01"] = None
    plays = play(serial=2, order="sorted", roles=["ksv.light_agent.tenant_onboarding"])
    inventory["children"]["tenant_a"]["hosts"]["a-01"] = {"ansible_host": "10.20.0.12"}
    inventory["children"]["windows"]["hosts"]["a-01"] = None
    run = playbooks.run(playbooks.write("site.yml", plays), inventory)  # a-01 b-db-01, then b-web-01 db-01, then web-01
    assert run.failed == {"a-01", "db-01", "web-01"}
    assert "tenant-a" in run.verdicts["web-01"] and "It is not contacted again in this play." in run.verdicts["web-01"]
    assert [entry.status for entry in simulator.journal.entries(method="Session.StartSession")].count(401) == 1


def test_batches_do_not_try_a_refused_primary_account_again(simulator, playbooks):
    plays = play(serial=1, ignore_errors=True, roles=["ksv.light_agent.tenant_onboarding"])
    run = playbooks.run(playbooks.write("site.yml", plays), INVENTORY, KSC_PASSWORD="No-Such-Password-9")
    assert set(run.verdicts) == {"web-01", "db-01", "b-web-01"}
    shown_once(run, "does not accept the account")
    assert len(simulator.journal.entries(method="Session.StartSession")) == 1


def test_any_errors_fatal_stops_before_anything_is_written(simulator, playbooks):
    inventory = copy.deepcopy(INVENTORY)
    inventory["children"]["tenant_a"]["hosts"]["web-01"]["ksv_virtual_server"] = ""
    plays = play(any_errors_fatal=True, roles=["ksv.light_agent.tenant_onboarding"])
    run = playbooks.run(playbooks.write("site.yml", plays), inventory)
    assert run.returncode != 0 and "web-01" in run.failed
    assert requests(simulator) == []


@pytest.mark.parametrize(("percentage", "goes_on"), [(20, False), (50, True)])
def test_max_fail_percentage(simulator, playbooks, percentage, goes_on):
    inventory = copy.deepcopy(INVENTORY)
    inventory["children"]["tenant_a"]["hosts"]["web-01"]["ksv_virtual_server"] = ""
    plays = play(max_fail_percentage=percentage, roles=["ksv.light_agent.tenant_onboarding"])
    playbooks.run(playbooks.write("site.yml", plays), inventory, "--check")
    assert bool(requests(simulator)) == goes_on


def test_a_condition_that_leaves_the_first_host_out(simulator, playbooks):
    task = {"ansible.builtin.include_role": {"name": "ksv.light_agent.tenant_onboarding"}, "when": "inventory_hostname != 'web-01'"}
    run = playbooks.run(playbooks.write("site.yml", play(tasks=[task])), INVENTORY, "--check")
    assert run.returncode == 0 and set(run.verdicts) == {"db-01", "b-web-01"}
    task["ansible.builtin.import_role"] = task.pop("ansible.builtin.include_role")
    run = playbooks.run(playbooks.write("site.yml", play(order="reverse_sorted", tasks=[task])), INVENTORY, "--check")
    assert run.failed == {"db-01", "b-web-01"}
    assert "use the role with include_role" in run.verdicts["db-01"]


def test_hosts_of_several_servers_are_a_call_each(simulator, playbooks):
    inventory = copy.deepcopy(INVENTORY)
    inventory["children"]["tenant_b"]["vars"]["ksv_ksc_port"] = 1
    run = playbooks.run(ONBOARD, inventory, "--check")
    assert run.failed == {"b-web-01"} and "Cannot reach Administration Server" in run.verdicts["b-web-01"]
    assert run.verdicts["web-01"] == "Tenant A: moved, KSVLA 5.2.0.0: installed"


@pytest.mark.long
def test_tenants_with_accounts_of_their_own_are_one_call(simulator, playbooks):
    inventory = copy.deepcopy(INVENTORY)
    inventory["children"]["tenant_a"]["vars"].update(ksv_virtual_server_username="tenant-a", ksv_virtual_server_password="Rehearsal-A2")
    inventory["children"]["tenant_b"]["vars"].update(ksv_virtual_server_username="tenant-b", ksv_virtual_server_password="Rehearsal-B3")
    run = playbooks.run(ONBOARD, inventory, "--check")
    assert run.returncode == 0 and len(run.verdicts) == 3
    assert run.output.count("-> localhost") == 3
    assert "Rehearsal-A2" not in run.output


def test_nothing_of_a_request_is_kept_as_a_fact(simulator, playbooks, tmp_path):
    cache = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "facts")}
    run = playbooks.run(ONBOARD, one_tenant({"web-01": {"ansible_host": "10.20.0.11"}}), "--check", **cache)
    assert run.returncode == 0
    kept = "".join(path.read_text() for path in (tmp_path / "facts").rglob("*") if path.is_file())
    assert "Local-Admin-1" not in kept


@pytest.mark.long
def test_leaving_is_told_of_each_host(simulator, playbooks):
    inventory = one_tenant({"web-01": {"ansible_host": "10.20.0.11"}, "web-02": {"ansible_host": "10.20.0.12"}})
    assert playbooks.run(ONBOARD, inventory, "--limit", "web-01").returncode == 0
    run = playbooks.run(OFFBOARD, inventory, "--diff")
    assert {host: recap.changed for host, recap in run.recap.items()} == {"web-01": 1, "web-02": 0}


# -- progress -------------------------------------------------------------------------------------------------------------------

SLOW = one_tenant({"slow-01": {"ansible_host": "10.20.0.43", **LINUX}}, tenant_onboarding_progress_interval=0.2)
LINE = re.compile(r"^Install: .*\d+ (s|min)$", re.MULTILINE)


def test_a_wait_shows_how_it_stands(playbooks):
    run = playbooks.run(ONBOARD, SLOW)
    assert run.returncode == 0
    assert LINE.search(run.output), run.output


def test_a_wait_shows_how_it_stands_under_ansible_runner(simulator, playbooks, tmp_path, monkeypatch):
    runner = pytest.importorskip("ansible_runner")
    for name, value in simulator.environment().items():
        monkeypatch.setenv(name, value)
    (tmp_path / "project").mkdir()
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts.json").write_text(json.dumps({"all": SLOW}))
    plays = [{"ansible.builtin.import_playbook": ONBOARD}]
    (tmp_path / "project" / "site.yml").write_text(json.dumps(plays))
    done = runner.run(private_data_dir=str(tmp_path), playbook="site.yml", quiet=True)
    assert done.status == "successful"
    events = [event for event in done.events if LINE.search(event.get("stdout", ""))]
    assert events and {event["event"] for event in events} == {"verbose"}


@pytest.mark.every_core
def test_an_interruption_ends_the_wait_and_the_sessions(simulator, playbooks):
    off = {"asleep-01": {"ansible_host": "10.20.0.42"}}
    process = playbooks.start(ONBOARD, one_tenant(off, tenant_onboarding_wait_for="all", tenant_onboarding_progress_interval=0.2))
    try:
        for line in process.stdout:
            if line.startswith("Move: "):
                break
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode != 0
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and len(simulator.journal.entries(method="Session.EndSession")) < len(
        [entry for entry in simulator.journal.entries(method="Session.StartSession") if entry.status == 200]
    ):
        time.sleep(0.1)
    started = [entry for entry in simulator.journal.entries(method="Session.StartSession") if entry.status == 200]
    assert len(simulator.journal.entries(method="Session.EndSession")) == len(started)


# -- what AWX stores ---------------------------------------------------------------------------------------------------------------

CALLBACKS = pathlib.Path(__file__).parents[1] / "bench" / "callbacks"
STEP_LIMIT, ALL_LIMIT = 300, 2500  # bytes of results for each host
MACHINES = {
    "ksc": {
        "addresses": ["127.0.0.1"],
        "virtual_servers": [{"name": "Tenant A"}],
        "accounts": [{"username": "svc-ansible", "password": "Rehearsal-1", "internal": True, "about": "all servers"}],
        "os_accounts": {"windows": {"Administrator": "Local-Admin-1"}},
        "packages": [{"product": "1103", "version": "1.0.0.0"}, {"product": "KSVLA", "version": "5.2.0.0", "platform": "windows"}],
        "generate": {"hosts": 60, "windows": 1, "network": "10.64.0.0/16", "prefix": "vm"},
    }
}


def test_results_stay_small_for_each_host(playbooks, tmp_path):
    machines = {"machine-%03d.tenant.example.test" % number: {"ansible_host": "10.64.0.%d" % number} for number in range(1, 61)}
    with Simulator(MACHINES, speed=100) as simulator:
        found = tmp_path / "payload.json"
        callbacks = {"ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS), "ANSIBLE_CALLBACKS_ENABLED": "payload", "KSV_BENCH_PAYLOAD": str(found)}
        run = playbooks.run(ONBOARD, one_tenant(machines), **simulator.environment(), **callbacks)
        assert run.returncode == 0 and run.recap["machine-001.tenant.example.test"].changed == 1
    payload = json.loads(found.read_text())
    sizes = {task: told["bytes"] / len(machines) for task, told in payload.items()}
    assert {task: size for task, size in sizes.items() if size > STEP_LIMIT} == {}
    assert sum(sizes.values()) < ALL_LIMIT
