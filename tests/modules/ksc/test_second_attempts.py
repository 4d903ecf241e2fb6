# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The second attempt and the wrong machine: reused addresses, tasks that wait, corrected options, two runs at once, a late synchronization."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
KESL = {"name": "kesl", "version": "12.1.0.0"}
IPS = ["10.20.0.11", "10.20.0.12"]
A = {"virtual_server": "Tenant A"}


def twin(ksc, name, like, server="primary", online=True, ago=0.0):
    """A second machine with the address of another one; that one's record is the older by ``ago`` seconds."""
    state = ksc.server.state
    there = state.host(like)
    target = state.server(server)
    machine = dataclasses.replace(there.machine, name=name, online=online, products={}, outcomes=[])
    host = dataclasses.replace(there, id="id-of-" + name, name=name, machine=machine, server=target, group=target.unassigned)
    target.add_host(host)
    return host


def additional(body):
    return body["pData"]["TASK_ADDITIONAL_PARAMS"]["value"]


def hosts_of(body):
    return [entry["value"]["HostDispName"] for entry in body["pData"]["TASK_INFO_PARAMS"]["value"]["HostList"]]


# -- the wrong machine -------------------------------------------------------------------------------------------------------


def test_an_address_of_another_machine_on_the_virtual_server_is_ambiguous(ksc):
    ksc.give("web-01")
    twin(ksc, "app-03", "web-01")
    for check in (True, False):
        result = ksc("host", check=check, fails=True, ip=["10.20.0.11"], **A)
        assert "app-03" in result.msg and "web-01" in result.msg and "2 records" in result.msg
        assert "primary server" in result.msg and ksc.writes(result) == []
    reported = ksc("host", ip=IPS, on_failure="report", **A)
    assert reported.members("hosts", "result") == ["failed", "moved"]


def test_a_record_that_a_move_left_behind_is_not_ambiguous(ksc):
    ksc.settings(primary_record="stays")
    assert ksc("host", ip=IPS, **A).changed
    for more in ({}, {"name": ["web-01"], "ip": None}, {"status_delay_seconds": 600}):
        ksc.settings(**{key: value for key, value in more.items() if key.endswith("seconds")})
        again = ksc("host", **{"ip": IPS, **{key: value for key, value in more.items() if not key.endswith("seconds")}, **A})
        assert (again.changed, ksc.writes(again)) == (False, [])


def test_a_machine_that_was_made_anew_under_its_old_name_and_address(ksc):
    """Its old record is dead on the virtual server, the new one connected to the primary one: the error names both."""
    ksc.give("web-01")
    ksc.host("web-01").machine.online = False
    ksc.simulator.clock.advance(4000)
    new = twin(ksc, "web-01", "web-01")
    result = ksc("host", fails=True, ip=["10.20.0.11"], **A)
    assert "2 records" in result.msg and new.id in result.msg
    moved = ksc("host", ip=["10.20.0.11"], duplicates="connected", **A)
    assert moved.members("hosts", "id", "result") == [(new.id, "moved")]
    again = ksc("host", ip=["10.20.0.11"], duplicates="connected", **A)
    assert again.members("hosts", "id", "result") == [(new.id, "unchanged")] and ksc.writes(again) == []


@pytest.mark.parametrize("module", ["host", "remote_install", "host_info"])
def test_the_live_one_of_several_records_on_demand(ksc, module):
    arguments = {"host": {"group": "Infrastructure"}, "remote_install": {"product": KSVLA}, "host_info": {}}[module]
    ksc.host("twin-01").machine.online = False
    ksc.simulator.clock.advance(60)
    assert "2 records" in ksc(module, fails=True, ip=["10.20.0.51"], **arguments).msg
    result = ksc(module, ip=["10.20.0.51"], duplicates="connected", **arguments)
    assert result.members("hosts", "name") == ["twin-01-clone"]


def test_where_nothing_decides_between_records_the_error_names_all(ksc):
    for name in ("twin-01", "twin-01-clone"):
        assert ksc.host(name).machine.online
    result = ksc("host_info", fails=True, ip=["10.20.0.51"], duplicates="connected")
    assert "twin-01 (" in result.msg and "twin-01-clone (" in result.msg


def test_a_second_record_of_a_name_is_found_by_the_name_too(ksc):
    ksc.settings(duplicate_names="suffixed")
    twin(ksc, "web-01", "web-01")
    names = sorted(host["name"] for host in ksc("host_info", ip=["10.20.0.11"], fails=None, duplicates="connected").data.get("hosts", []))
    result = ksc("host_info", fails=True, name=["web-01"])
    assert "2 records" in result.msg and "web-01~~" in result.msg, names
    assert "web-0" not in ksc("host_info", fails=True, name=["web-0"]).msg.split("has no record")[1]


def test_two_entries_that_are_one_host_and_want_different_things(ksc):
    entries = [
        {"label": "inventory-a", "ip": "10.20.0.11", "virtual_server": "Tenant A"},
        {"label": "inventory-b", "name": "web-01", "virtual_server": "Tenant A"},
        {"label": "web-02", "ip": "10.20.0.12", "virtual_server": "Tenant A"},
    ]
    refused = ksc("host", fails=True, hosts=entries)
    assert "inventory-a" in refused.msg and "inventory-b" in refused.msg and ksc.writes(refused) == []
    result = ksc("host", hosts=entries, on_failure="report")
    assert result.members("hosts", "label", "result") == [("inventory-a", "failed"), ("inventory-b", "failed"), ("web-02", "moved")]
    assert "inventory-b" in result.hosts[0]["reason"]


# -- what runs already is not started ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reaction", ["ignored", "error"])
@pytest.mark.parametrize("job", ["host", "remote_install"])
def test_a_run_whose_machines_are_all_off_is_started_again(ksc, job, reaction):
    ksc.settings(run_running_task=reaction)
    ksc.give_packages()
    if job == "remote_install":
        ksc.give("asleep-01")
    arguments = {"host": A, "remote_install": {**A, "product": KESL}}[job]
    first = ksc(job, fails=True, name=["asleep-01"], **arguments)
    assert first.members("hosts", "result") == ["pending"] and first.task_id in first.msg
    for _again in (1, 2):
        again = ksc(job, fails=True, name=["asleep-01"], **arguments)
        assert again.members("hosts", "result", "task_id") == [("pending", first.task_id)]
        assert again.count("Tasks.AddTask", "Tasks.RunTask") == 0 and "1195" not in again.msg
        assert sum(again.slept) < 120, "a machine that is off holds nobody"
    assert len(ksc.tasks()) == 1


@pytest.mark.parametrize("missing", ["Tasks.GetTaskHistory", "Tasks.ResetHostIteratorForTaskStatusEx"])
def test_where_the_server_tells_little_1195_says_that_a_task_runs(ksc, missing):
    ksc.settings(run_running_task="error")
    ksc.fault("no_such_call", missing, count=None)
    first = ksc("host", fails=True, warns=None, name=["asleep-01"], **A)
    again = ksc("host", fails=True, warns=None, name=["asleep-01"], **A)
    assert again.members("hosts", "result", "task_id") == [("pending", first.task_id)]
    assert again.count("Tasks.AddTask") == 0 and again.count("Tasks.RunTask") <= 1 and "1195" not in again.msg


@pytest.mark.parametrize("reaction", ["ignored", "error"])
@pytest.mark.parametrize("drop", ["drop_before", "drop_after", "drop_middle"])
def test_an_installation_whose_start_was_not_answered_runs_once(ksc, drop, reaction):
    ksc.settings(run_running_task=reaction, task_pending_seconds=0.0, install_seconds=1.0)
    ksc.give("web-01")
    ksc.give_packages()
    ksc.fault(drop, "Tasks.RunTask")
    result = ksc("remote_install", product=KSVLA, name=["web-01"], **A)
    assert result.members("hosts", "result") == ["installed"]
    assert ksc.tasks() == [] and result.count("Tasks.AddTask") == 1
    assert result.count("Tasks.RunTask") == (2 if drop == "drop_before" else 1)


@pytest.mark.parametrize("killed_before", ["Tasks.RunTask", "Tasks.GetTaskStatistics"])
def test_a_run_that_was_ended_between_two_requests(ksc, killed_before):
    """The process is gone: the task is there, started or not."""
    ksc.fault("drop_before", killed_before, count=None)
    ksc.fault("drop_before", "Session.EndSession", count=None)
    ksc.fault("drop_before", "Tasks.GetTaskStatistics", count=None)
    ksc("host", fails=True, ip=IPS, wait_timeout=20, **A)
    ksc.simulator.faults.clear()
    second = ksc("host", ip=IPS, **A)
    assert second.members("hosts", "result") == ["moved", "moved"]
    assert second.count("Tasks.AddTask") == 0 and second.count("Tasks.RunTask") <= 1


# -- corrected options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [None, "Tasks.UpdateTask", "Tasks.GetTaskData"])
@pytest.mark.parametrize(
    ("wrong", "right", "key", "value"),
    [
        ({"agent_server_address": "typo.example.com"}, {}, "ServerAddress", "127.0.0.1/Tenant A"),
        ({"agent_ports": [1]}, {}, "Serverports", [14000]),
        ({"agent_ssl_ports": [1]}, {"agent_ssl_ports": [13001]}, "ServerSslPorts", [13001]),
    ],
)
def test_a_move_that_waits_does_what_is_asked_now(ksc, wrong, right, key, value, missing):
    if missing:
        ksc.fault("no_such_call", missing, count=None)
    ksc("host", fails=True, name=["asleep-01"], **wrong, **A)
    again = ksc("host", fails=True, name=["asleep-01"], **right, **A)
    changed = again.bodies("Tasks.UpdateTask") if missing != "Tasks.UpdateTask" else again.bodies("Tasks.AddTask")
    assert [additional(body)[key] for body in changed] == [value]
    ksc.host("asleep-01").machine.online = True
    assert ksc("host", name=["asleep-01"], **right, **A).members("hosts", "result") == ["moved"]
    assert len(ksc.tasks()) <= 1


def test_an_installation_that_waits_uses_the_corrected_password_and_group(ksc):
    ksc.runner.secrets |= {"Wrong-Root-1", "Local-Root-1"}
    ksc.give("asleep-01")
    ksc.give_packages()
    arguments = {"name": ["asleep-01"], "product": KESL, "os_username": "root", **A}
    ksc("remote_install", fails=True, os_password="Wrong-Root-1", group="Databases", **arguments)
    second = ksc("remote_install", fails=True, os_password="Local-Root-1", group="Web", **arguments)
    assert second.count("Tasks.AddTask", "Tasks.RunTask") == 0 and second.count("Tasks.UpdateTask") == 1
    ksc.host("asleep-01").machine.online = True
    assert ksc("remote_install", os_password="Local-Root-1", group="Web", **arguments).members("hosts", "result") == ["installed"]
    assert ksc.server.state.server("Tenant A").path(ksc.host("asleep-01").group) == "Managed devices/Web"


def test_the_same_again_changes_nothing_of_a_task_that_waits(ksc):
    ksc("host", fails=True, name=["asleep-01"], **A)
    again = ksc("host", fails=True, name=["asleep-01"], **A)
    assert ksc.writes(again) == [] and again.changed is False


def test_a_correction_for_one_of_two_hosts_that_wait_leaves_the_other_alone(ksc):
    other = ksc.host("slow-01").machine
    other.online = False
    ksc("host", fails=True, name=["asleep-01", "slow-01"], agent_ports=[1], **A)
    ksc("host", fails=True, name=["asleep-01"], **A)
    ports = {name: task.document.additional["Serverports"] for task in ksc.tasks() for _id, name in task.document.hosts}
    assert ports == {"asleep-01": [14000], "slow-01": [1]}


def test_what_runs_on_a_machine_already_is_waited_for_whatever_was_corrected(ksc):
    ksc.give("slow-01")
    ksc.give_packages()
    arguments = {"name": ["slow-01"], "product": KESL, **A}
    first = ksc("remote_install", fails=True, wait_timeout=60, group="Web", **arguments)
    assert "running" in first.hosts[0]["reason"]
    second = ksc("remote_install", group="Databases", **arguments)
    assert second.members("hosts", "result", "task_id") == [("installed", first.task_id)]
    assert second.count("Tasks.AddTask", "Tasks.RunTask", "Tasks.UpdateTask") == 0


def test_no_password_is_in_the_name_of_a_task(ksc):
    ksc.give("web-01", "web-02")
    ksc.give_packages()
    ksc.runner.secrets |= {"Local-Admin-1", "Other-Admin-2"}
    names = []
    for password in ("Local-Admin-1", "Other-Admin-2"):
        result = ksc(
            "remote_install",
            fails=None,
            keep_task="always",
            product=KSVLA,
            name=["web-01"],
            os_username="Administrator",
            os_password=password,
            **A,
        )
        names += [body["pData"]["TASK_INFO_PARAMS"]["value"]["DisplayName"] for body in result.bodies("Tasks.AddTask")]
        ksc.host("web-01").machine.products.pop("KSVLA", None)
        ksc.simulator.clock.advance(2000)
    assert len(names) == 2 and names[0] == names[1]


# -- green, and not there yet ----------------------------------------------------------------------------------------------------


def test_a_green_task_without_a_record_is_waited_for_and_not_made_again(ksc):
    ksc.settings(reconnect_delay_seconds=180.0)
    first = ksc("host", fails=True, ip=IPS, wait_timeout=60, **A)
    assert first.members("hosts", "result") == ["pending", "pending"] and first.count("Tasks.DeleteTask") == 0
    assert "did not appear" in first.msg and first.task_id in first.msg
    second = ksc("host", ip=IPS, **A)
    assert second.members("hosts", "result", "task_id") == [("moved", first.task_id)] * 2
    assert second.count("Tasks.AddTask", "Tasks.RunTask") == 0


def test_a_host_that_came_back_long_after_a_green_task_is_moved_again(ksc):
    first = ksc("host", ip=IPS, keep_task="always", **A)
    assert first.changed
    ksc.simulator.clock.advance(3600)
    for name in ("web-01", "web-02"):
        ksc.give(name, server="primary")
    again = ksc("host", ip=IPS, **A)
    assert again.members("hosts", "result") == ["moved", "moved"] and again.count("Tasks.AddTask") == 1


def test_a_host_that_was_sent_to_the_wrong_address_is_sent_again_at_once(ksc):
    ksc("host", fails=True, ip=IPS, wait_timeout=60, agent_server_address="typo.example.com", **A)
    again = ksc("host", ip=IPS, **A)
    assert again.members("hosts", "result") == ["moved", "moved"] and again.count("Tasks.AddTask") == 1


@pytest.mark.parametrize("method", ["Tasks.GetTaskStatistics", "HostGroup.FindHosts", "ChunkAccessor.GetItemsChunk"])
@pytest.mark.parametrize("nth", [2, 4, 6])
@pytest.mark.parametrize("text", ["<html>Oops</html>", ""])
def test_a_single_500_does_not_end_a_wait(ksc, method, nth, text):
    ksc.fault("status", method, status=500, text=text, nth=nth)
    result = ksc("host", ip=IPS, **A)
    assert result.members("hosts", "result") == ["moved", "moved"] and result.count("Tasks.AddTask") == 1


@pytest.mark.parametrize("by", ["ip", "name", "id"])
@pytest.mark.parametrize("record", ["removed", "stays"])
def test_a_host_that_gets_a_new_id_where_it_moves(ksc, by, record):
    ksc.settings(moved_host_id="new", primary_record=record)
    old = ksc.host("web-01").id
    chosen = {by: [{"ip": "10.20.0.11", "name": "web-01", "id": old}[by]]}
    first = ksc("host", group="Web", **chosen, **A)
    true = ksc.host("web-01", server="Tenant A").id
    assert true != old and first.members("hosts", "id", "result") == [(true, "moved")]
    if by == "id" and record == "removed":
        return  # nothing knows the old id any more
    again = ksc("host", group="Web", **chosen, **A)
    assert again.members("hosts", "id", "result") == [(true, "unchanged")] and ksc.writes(again) == []


# -- the article's methods only --------------------------------------------------------------------------------------------------


def test_the_status_tells_each_host_where_products_cannot_be_searched(ksc):
    ksc.settings(documented_only=True, unsupported_attributes=["KLHST_WKS_PRODUCT_ID"])
    ksc.give("web-01", "web-02", "broken-01")
    ksc.give_packages()
    arguments = {
        "product": KSVLA,
        "name": ["web-01", "broken-01", "web-02"],
        "os_username": "Administrator",
        "os_password": "Local-Admin-1",
        **A,
    }
    result = ksc("remote_install", warns=True, fails=True, **arguments)
    assert result.members("hosts", "result") == ["installed", "failed", "installed"]
    again = ksc("remote_install", warns=True, **dict(arguments, name=["web-01", "web-02"]))
    assert (again.changed, ksc.writes(again)) == (False, []) and "bit 0x10" in again.warnings[0]
    leaving = dict(arguments, name=["web-01", "web-02"], state="absent")
    assert ksc("remote_install", warns=True, **leaving).members("hosts", "result") == ["removed", "removed"]
    left = ksc("remote_install", warns=True, **leaving)
    assert (left.changed, ksc.writes(left)) == (False, [])


def test_busy_is_not_taken_for_unsupported(ksc):
    ksc.give("web-01", "web-02")
    ksc.give_packages()
    ksc.fault("status", "HostGroup.FindHosts", status=503, nth=2, count=None)
    result = ksc("remote_install", fails=True, product=KSVLA, ip=IPS, **A)
    assert "503" in result.msg and result.count("HostGroup.GetHostProducts") == 0 and ksc.writes(result) == []


# -- two runs at once ------------------------------------------------------------------------------------------------------------


class Beside:
    """Lets another run happen while a request of this one is on its way."""

    def __init__(self, ksc, before, run):
        self._ksc, self._run, self.result = ksc, run, None
        session = ksc.session_module()
        original = session.Session.call

        def call(this, method, *words, **more):
            if method == before and self.result is None:
                self.result = "running"
                self.result = run()
            return original(this, method, *words, **more)

        ksc.patch.setattr(session.Session, "call", call)


@pytest.fixture
def beside(ksc, monkeypatch):
    ksc.patch = monkeypatch
    ksc.session_module = lambda: importlib.import_module("ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api.session")
    return lambda before, run: Beside(ksc, before, run)


def in_a_process(ksc, module, **arguments):
    """The same module in another process, on the same simulated clock."""
    code = (
        "import json, sys\n"
        "from ansible.module_utils import basic\n"
        "import importlib\n"
        "m = importlib.import_module('ansible_collections.ksv.light_agent.plugins.modules.' + sys.argv[1])\n"
        "args = json.loads(sys.argv[2])\n"
        "try:\n"
        "    from ansible.module_utils.testing import patch_module_args\n"
        "    manager = patch_module_args(args)\n"
        "except ImportError:\n"
        "    import contextlib\n"
        "    basic._ANSIBLE_ARGS = json.dumps({'ANSIBLE_MODULE_ARGS': args}).encode()\n"
        "    manager = contextlib.nullcontext()\n"
        "with manager:\n"
        "    m.main()\n"
    )
    given = {**ksc.runner.defaults, **arguments}
    collections = [path for path in sys.path if os.path.isdir(os.path.join(path, "ansible_collections", "ksv"))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(collections)}
    return subprocess.Popen(
        [sys.executable, "-c", code, "ksc_" + module, json.dumps(given)], stdout=subprocess.PIPE, text=True, env=environment
    )


@pytest.mark.parametrize("before", ["Tasks.AddTask", "Tasks.RunTask", "Tasks.GetTaskStatistics", "Tasks.DeleteTask"])
@pytest.mark.parametrize("job", ["host", "remote_install"])
def test_two_identical_runs_at_once(ksc, beside, job, before):
    """The other run goes from its beginning to its end while this one is about to send one request."""
    ksc.give_packages()
    if job == "remote_install":
        ksc.give("web-01", "web-02")
    arguments = {"host": A, "remote_install": {**A, "product": KSVLA}}[job]
    other = beside(before, lambda: ksc(job, ip=IPS, **arguments))
    result = ksc(job, fails=False, ip=IPS, **arguments)
    done = {"host": "moved", "remote_install": "installed"}[job]
    assert set(result.members("hosts", "result")) <= {done, "unchanged"}
    assert set(other.result.members("hosts", "result")) <= {done, "unchanged"}
    assert ksc.tasks() == [] or before == "Tasks.DeleteTask"
    if job == "remote_install":
        assert "KSVLA" in ksc.host("web-01").machine.products


def test_two_processes_at_the_same_time_make_one_task(ksc):
    ksc.settings(reconnect_delay_seconds=0.0, reconnect_seconds=0.0, task_pending_seconds=1.0)
    running = [in_a_process(ksc, "host", ip=IPS, poll_interval=0.1, wait_timeout=30, **A) for _number in (1, 2)]
    deadline = time.monotonic() + 30
    while any(process.poll() is None for process in running) and time.monotonic() < deadline:
        ksc.simulator.clock.advance(0.2)
        time.sleep(0.05)
    results = [json.loads(process.communicate(timeout=30)[0]) for process in running]
    for result in results:
        assert not result.get("failed"), result["msg"]
        assert {host["result"] for host in result["hosts"]} <= {"moved", "unchanged"}
    assert ksc.servers_of("web-01") == ksc.servers_of("web-02") == ["Tenant A"]
    runs = [entry for entry in ksc.simulator.journal.entries(server="ksc") if entry.method == "Tasks.RunTask" and not entry.error]
    assert len(runs) == 1


def test_a_task_of_another_run_is_not_deleted(ksc):
    ksc("host", fails=True, name=["asleep-01"], **A)
    ksc.host("asleep-01").machine.online = True
    for keep_task in ("never", "failed"):
        result = ksc("host", name=["asleep-01"], keep_task=keep_task, **A)
        assert result.count("Tasks.DeleteTask") == 0
    assert len(ksc.tasks()) == 1


def test_a_task_that_vanishes_is_answered_by_looking_at_the_hosts(ksc, beside):
    """The run that made it was done first, and has deleted it."""
    first = ksc("host", ip=IPS, wait=False, **A)
    assert first.task_id

    def finish():
        ksc.simulator.clock.advance(300)
        ksc.server._live()
        for task in list(ksc.tasks()):
            ksc.server.tasks.remove(task)

    beside("Tasks.GetTaskStatistics", finish)
    result = ksc("host", fails=None, ip=IPS, **A)
    assert result.members("hosts", "result") in (["moved", "moved"], ["unchanged", "unchanged"])


# -- what follows later ----------------------------------------------------------------------------------------------------------


def test_the_list_of_products_follows_later(ksc):
    ksc.settings(products_delay_seconds=900)
    ksc.give("web-01", "web-02")
    ksc.give_packages()
    arguments = {"product": KSVLA, "ip": IPS, **A}
    result = ksc("remote_install", **arguments)
    assert result.members("hosts", "result") == ["installed", "installed"] and sum(result.slept) >= 900
    removed = ksc("remote_install", state="absent", **arguments)
    assert removed.members("hosts", "result") == ["removed", "removed"]


def test_a_run_after_one_that_did_not_see_the_product_yet(ksc):
    ksc.settings(products_delay_seconds=900)
    ksc.give("web-01")
    ksc.give_packages()
    arguments = {"product": KSVLA, "name": ["web-01"], **A}
    first = ksc("remote_install", fails=True, wait_timeout=120, **arguments)
    assert "does not list KSVLA 5.2.0.0" in first.msg and first.count("Tasks.DeleteTask") == 0
    second = ksc("remote_install", fails=None, wait_timeout=200, **arguments)
    assert second.count("Tasks.AddTask", "Tasks.RunTask") == 0


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_task_that_claims_success_is_no_success(ksc, state):
    from simulator.ksc.state import Installed, Outcome

    ksc.give("web-01", "web-02")
    ksc.give_packages()
    for name in ("web-01", "web-02"):
        if state == "absent":
            ksc.host(name).machine.products["KSVLA"] = Installed("KSVLA", "5.2.0.0")
    ksc.host("web-02").machine.outcomes.append(Outcome(result="claimed"))
    result = ksc("remote_install", fails=True, product=KSVLA, ip=IPS, state=state, wait_timeout=600, **A)
    word = {"present": "installed", "absent": "removed"}[state]
    assert result.members("hosts", "result") == [word, "failed"]
    assert "reports success, but the server" in result.hosts[1]["reason"] and "600 s" in result.hosts[1]["reason"]


def test_another_version_than_the_inventory_says_is_removed_and_named(ksc):
    ksc.give("web-01", product="KSVLA", version="5.1.0.0")
    ksc.give("web-02", product="KSVLA", version="5.2.0.0")
    result = ksc("remote_install", state="absent", product=KSVLA, ip=IPS, **A)
    assert result.members("hosts", "result", "product") == [("removed", "KSVLA 5.1.0.0"), ("removed", "KSVLA 5.2.0.0")]
    assert "5.1.0.0" in result.hosts[0]["reason"]
    assert "KSVLA" not in ksc.host("web-01").machine.products and "KSVLA" not in ksc.host("web-02").machine.products


def test_the_version_may_be_left_out_when_it_shall_go(ksc):
    ksc.give("web-01", product="KSVLA", version="5.1.0.0")
    ksc.give("web-02", product="KSVLA", version="5.2.0.0")
    arguments = {"state": "absent", "product": {"name": "KSVLA"}, "ip": IPS, **A}
    rehearsal = ksc("remote_install", check=True, **arguments)
    result = ksc("remote_install", **arguments)
    assert rehearsal.diff == result.diff and result.members("hosts", "result") == ["removed", "removed"]
    assert ksc.writes(ksc("remote_install", **arguments)) == []
    assert "version" in ksc("remote_install", fails=True, **dict(arguments, state="present")).msg


# -- each its own ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reaction", ["refuse", "keep"])
@pytest.mark.parametrize("missing", [None, "HostGroup.RemoveHosts"])
def test_a_record_that_cannot_be_deleted_does_not_stop_the_others(ksc, reaction, missing):
    ksc.settings(undeletable_hosts=reaction)
    if missing:
        ksc.fault("no_such_call", missing, count=None)
    ksc.give("web-01", "web-02", "app-01")
    ksc.host("web-02").machine.undeletable = True
    result = ksc("host", fails=True, state="absent", name=["web-01", "web-02", "app-01"], **A)
    assert result.members("hosts", "result") == ["removed", "failed", "removed"]
    assert "still lists it" in result.hosts[1]["reason"]
    assert ksc.servers_of("web-01") == [] and ksc.servers_of("web-02") == ["Tenant A"]


def test_a_refused_task_is_no_change(ksc):
    ksc.fault("error", "Tasks.AddTask", error={"module": "KLSTD", "code": 1229, "message": "Limit"}, count=None)
    result = ksc("host", fails=True, ip=IPS, **A)
    assert result.changed is False and "Limit" in result.msg and "Tasks.AddTask" in result.msg
    assert result.members("hosts", "result") == ["failed", "failed"]


def test_a_task_has_no_more_devices_than_the_server_takes(ksc):
    ksc.settings(task_devices=1)
    result = ksc("host", ip=IPS, task_size=1, **A)
    assert result.members("hosts", "result") == ["moved", "moved"]
    assert sorted(name for body in result.bodies("Tasks.AddTask") for name in hosts_of(body)) == ["web-01", "web-02"]
    assert result.count("Tasks.AddTask") == 2 and len(result.task_ids) == 2
    refused = ksc("host", fails=True, state="present", name=["db-01", "db-02"], **A)
    assert "1229" in refused.msg and refused.changed is False


def test_a_distribution_that_is_not_waited_for_says_what_a_second_run_does(ksc):
    ksc.settings(retranslate_seconds=600)
    result = ksc("package_retranslate", fails=True, packages=[KSVLA], virtual_server=["Tenant A"], wait_timeout=60)
    assert "starts another copy" in result.packages[0]["reason"]


def test_a_busy_server_takes_packages_one_by_one(ksc):
    ksc.settings(max_retranslations=1, retranslate_seconds=5.0)
    packages = [{"name": "1103", "version": "1.0.0.0"}, KSVLA, KESL]
    result = ksc("package_retranslate", packages=packages, virtual_server=["Tenant A"], poll_interval=1)
    assert result.members("packages", "result") == ["distributed"] * 3


@pytest.mark.parametrize("throttle", [1, 2])
def test_no_more_packages_at_a_time_than_asked_for(ksc, throttle):
    ksc.settings(max_retranslations=throttle, retranslate_seconds=5.0)
    packages = [{"name": "1103", "version": "1.0.0.0"}, KSVLA, KESL]
    result = ksc("package_retranslate", packages=packages, virtual_server=["Tenant A"], throttle=throttle)
    assert result.count("PackagesApi.RetranslateToVServerAsync") == 3
    assert not [entry for entry in result.requests if entry.error and entry.method == "PackagesApi.RetranslateToVServerAsync"]


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_ended_by_a_signal_all_sessions_end(ksc, beside, number):
    beside("Tasks.GetTaskStatistics", lambda: os.kill(os.getpid(), getattr(signal, number)))
    result = ksc("host", fails=True, ip=IPS, **A)
    assert number in result.msg and result.failure["kind"] == "interrupted"
    assert ksc.server.sessions._sessions == {} and ksc.logins(result) == 2
    assert result.changed and result.task_id
