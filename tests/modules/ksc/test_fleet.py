# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Machines of many tenants in one call: all are started before any is waited for, and each is judged alone."""

from __future__ import annotations

import pytest

KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
KESL = {"name": "kesl", "version": "12.1.0.0"}
AGENT = {"name": "1103", "version": "1.0.0.0"}
A, B = "Tenant A", "Арендатор Б"
BOTH = [
    {"label": "a1", "ip": "10.20.0.11", "virtual_server": A, "group": "Web/Frontend"},
    {"label": "a2", "name": "db-01", "virtual_server": A},
    {"label": "b1", "ip": "10.30.0.11", "virtual_server": B},
]


def install(label, name, server, product=None, **more):
    return {"label": label, "name": name, "virtual_server": server, "product": product or KSVLA, **more}


def give_all(ksc):
    ksc.give("web-01", "db-01", "asleep-01", "slow-01", "broken-01")
    ksc.give("b-web-01", "b-db-01", server=B)
    for server in (A, B):
        ksc.give_packages(server)


# -- several tenants -----------------------------------------------------------------------------------------------------------


def test_hosts_of_two_tenants_move_in_one_call(ksc):
    rehearsal = ksc("host", check=True, hosts=BOTH)
    result = ksc("host", hosts=BOTH)
    assert rehearsal.diff == result.diff
    assert result.members("hosts", "label", "virtual_server", "result") == [("a1", A, "moved"), ("a2", A, "moved"), ("b1", B, "moved")]
    starts = [number for number, method in enumerate(result.methods) if method == "Tasks.RunTask"]
    waits = [number for number, method in enumerate(result.methods) if method == "Tasks.GetTaskStatistics"]
    assert len(starts) == 2 and max(starts) < min(waits), "everything is started before anything is waited for"
    assert ksc.logins(result) == 3
    assert ksc.server.state.server(A).path(ksc.host("web-01").group) == "Managed devices/Web/Frontend"
    assert result.hosts[0]["diff"]["after"] == "virtual_server: Tenant A\ngroup: Web/Frontend\n"
    again = ksc("host", hosts=BOTH)
    assert (again.changed, ksc.writes(again)) == (False, [])


def test_what_most_entries_share_is_given_once(ksc):
    result = ksc(
        "host",
        virtual_server=A,
        group="Web",
        hosts=[{"ip": "10.20.0.11"}, {"name": "db-01", "group": "Databases"}],
        id=[ksc.host("web-02").id],
    )
    assert result.members("hosts", "name", "group") == [("web-01", "Web"), ("db-01", "Databases"), ("web-02", "Web")]


def test_applications_of_two_tenants_in_one_call(ksc):
    give_all(ksc)
    ksc.runner.secrets |= {"Local-Admin-1", "Local-Root-1"}
    windows = {"os_username": "Administrator", "os_password": "Local-Admin-1"}
    linux = {"os_username": "root", "os_password": "Local-Root-1"}
    hosts = [
        install("w", "web-01", A, group="Web", **windows),
        install("l", "db-01", A, KESL, group="Databases", **linux),
        install("b", "b-web-01", B, **windows),
        install("d", "b-db-01", B, KESL, **linux),
    ]
    rehearsal = ksc("remote_install", check=True, hosts=hosts)
    result = ksc("remote_install", hosts=hosts)
    assert rehearsal.diff == result.diff
    assert result.members("hosts", "label", "result", "product") == [
        ("w", "installed", "KSVLA 5.2.0.0"),
        ("l", "installed", "kesl 12.1.0.0"),
        ("b", "installed", "KSVLA 5.2.0.0"),
        ("d", "installed", "kesl 12.1.0.0"),
    ]
    assert result.count("Tasks.AddTask") == 4 and len(result.task_ids) == 4 and ksc.logins(result) == 2
    assert sum(result.slept) < 2 * 60 + 30, "side by side"
    assert ksc.writes(ksc("remote_install", hosts=hosts)) == []
    gone = ksc("remote_install", state="absent", hosts=hosts)
    assert gone.members("hosts", "result") == ["removed"] * 4


def test_packages_for_each_tenant_in_one_call(ksc):
    packages = [{**AGENT, "virtual_server": [A, B]}, {**KSVLA, "virtual_server": [A]}, {**KESL, "label": "linux"}]
    result = ksc("package_retranslate", packages=packages, virtual_server=[B])
    assert result.members("packages", "name", "virtual_server", "result") == [
        ("1103", A, "distributed"),
        ("1103", B, "unchanged"),
        ("KSVLA", A, "distributed"),
        ("kesl", B, "distributed"),
    ]
    assert result.packages[3]["label"] == "linux"


def test_hosts_of_two_tenants_are_read_in_one_call(ksc):
    give_all(ksc)
    from simulator.ksc.state import Installed

    ksc.host("web-01").machine.products["KSVLA"] = Installed("KSVLA", "5.2.0.0")
    hosts = [install("a", "web-01", A), install("b", "b-db-01", B, KESL), install("c", "nobody", B), install("d", "web-01", "Tenant Z")]
    result = ksc("host_info", hosts=hosts, on_failure="report")
    assert result.members("hosts", "label", "virtual_server", "has_product") == [("a", A, True), ("b", B, False)]
    assert [(entry["label"], entry["error"]) for entry in result.missing] == [("c", None), ("d", "input")]
    assert "Tenant Z" in result.missing[1]["reason"]
    assert "Tenant Z" in ksc("host_info", hosts=hosts, fails=True).msg


# -- each its own result ---------------------------------------------------------------------------------------------------------


def test_one_wrong_entry_is_its_own_result_or_one_error_before_anything_is_written(ksc):
    hosts = [
        *BOTH,
        {"label": "typo", "ip": "10.20.0", "virtual_server": A},
        {"label": "nobody", "name": "nobody", "virtual_server": A},
        {"label": "twins", "ip": "10.20.0.51", "virtual_server": A},
        {"label": "nowhere", "ip": "10.20.0.12", "virtual_server": "Tenant Z"},
        {"label": "groupless", "ip": "10.20.0.12", "virtual_server": A, "group": "Wep"},
        {"label": "nothing", "ip": "10.20.0.22"},
    ]
    refused = ksc("host", fails=True, hosts=hosts)
    assert ksc.writes(refused) == [] and "typo" in refused.msg and "nothing" in refused.msg
    valid = [host for host in hosts if host["label"] not in ("typo", "nothing")]
    refused = ksc("host", fails=True, hosts=valid)
    for word in ("nobody", "twin-01 (", "Tenant Z", "Wep"):
        assert word in refused.msg
    assert ksc.writes(refused) == []
    result = ksc("host", hosts=hosts, on_failure="report")
    assert result.members("hosts", "label", "result") == [
        ("a1", "moved"),
        ("a2", "moved"),
        ("b1", "moved"),
        ("typo", "failed"),
        ("nobody", "missing"),
        ("twins", "failed"),
        ("nowhere", "failed"),
        ("groupless", "failed"),
        ("nothing", "failed"),
    ]
    reasons = dict(result.members("hosts", "label", "reason"))
    assert "not an IPv4 address" in reasons["typo"] and "Wep" in reasons["groupless"] and "virtual_server, group" in reasons["nothing"]


def test_the_refused_account_of_a_virtual_server_is_the_failure_of_its_entries_and_asked_once(ksc):
    ksc.runner.secrets |= {"Wrong-Tenant-Pass", "Rehearsal-A2"}
    accounts = [
        {"name": A, "username": "tenant-a", "password": "Rehearsal-A2"},
        {"name": B, "username": "tenant-b", "password": "Wrong-Tenant-Pass"},
    ]
    two = [*BOTH, {"label": "b2", "ip": "10.30.0.21", "virtual_server": B}]
    result = ksc("host", hosts=two, virtual_servers=accounts, on_failure="report")
    assert result.members("hosts", "label", "result") == [("a1", "moved"), ("a2", "moved"), ("b1", "failed"), ("b2", "failed")]
    assert 'does not accept the account "tenant-b"' in result.hosts[2]["reason"] and result.hosts[2]["error"] == "authentication"
    assert ksc.logins(result) == 3
    strict = ksc("host", fails=True, hosts=two, virtual_servers=accounts)
    assert strict.failure["kind"] == "authentication" and ksc.writes(strict) == []


def test_an_account_that_nobody_accepts_is_not_tried_on_the_next_server(ksc):
    ksc.runner.secrets.add("Wrong-Tenant-Pass")
    wrong = {"virtual_server_username": "tenants", "virtual_server_password": "Wrong-Tenant-Pass"}
    result = ksc("host", hosts=BOTH, on_failure="report", **wrong)
    assert {host["result"] for host in result.hosts} == {"failed"}
    assert ksc.logins(result) == 2, "the primary server, and one virtual server"


def test_the_refused_account_of_the_primary_server_is_an_error_of_the_whole(ksc):
    ksc.runner.secrets.add("Wrong-Password-9")
    result = ksc("host", fails=True, hosts=BOTH, on_failure="report", password="Wrong-Password-9")
    assert result.failure["kind"] == "authentication" and ksc.logins(result) == 1


def test_a_virtual_server_in_trouble_leaves_the_other_alone(ksc):
    give_all(ksc)
    hosts = [install("a", "web-01", A), install("b", "b-web-01", B)]
    for fault in (
        {"kind": "error", "error": {"module": "KLSTD", "code": 1181, "message": "Broken"}},
        {"kind": "status", "status": 500, "text": "Oops"},
    ):
        ksc.simulator.reset()
        give_all(ksc)
        ksc.simulator.faults.add(
            fault["kind"], server="ksc", scope=B, count=None, **{key: value for key, value in fault.items() if key != "kind"}
        )
        result = ksc("remote_install", hosts=hosts, on_failure="report", fails=False)
        assert result.members("hosts", "label", "result") == [("a", "installed"), ("b", "failed")]


def test_a_refused_task_of_one_tenant_is_the_result_of_its_hosts(ksc):
    give_all(ksc)
    ksc.simulator.faults.add("error", server="ksc", method="Tasks.AddTask", scope=B, error={"code": 1229, "message": "Limit"}, count=None)
    result = ksc("remote_install", hosts=[install("a", "web-01", A), install("b", "b-web-01", B)], on_failure="report")
    assert result.members("hosts", "result") == ["installed", "failed"] and "Limit" in result.hosts[1]["reason"]


# -- who cannot answer holds nobody ------------------------------------------------------------------------------------------------


def test_a_machine_that_is_off_is_pending_when_everyone_else_has_settled(ksc):
    give_all(ksc)
    hosts = [install("on", "db-01", A, KESL), install("off", "asleep-01", A, KESL), install("other", "b-db-01", B, KESL)]
    alone = ksc("remote_install", hosts=[hosts[2]])
    result = ksc("remote_install", hosts=hosts, on_failure="report")
    assert result.members("hosts", "label", "result") == [("on", "installed"), ("off", "pending"), ("other", "unchanged")]
    assert sum(result.slept) <= sum(alone.slept) + 15
    assert "check whether the host is on" in result.hosts[1]["reason"] and "The task remains" in result.hosts[1]["reason"]
    ksc.host("asleep-01").machine.online = True
    ksc.simulator.clock.advance(120)
    later = ksc("remote_install", hosts=hosts)
    assert later.members("hosts", "result") == ["unchanged", "installed", "unchanged"] and later.count("Tasks.AddTask") == 0


def test_a_machine_that_works_is_waited_for(ksc):
    give_all(ksc)
    result = ksc("remote_install", hosts=[install("slow", "slow-01", A, KESL), install("off", "asleep-01", A, KESL)], on_failure="report")
    assert result.members("hosts", "result") == ["installed", "pending"] and sum(result.slept) > 600


def test_all_are_waited_for_on_demand(ksc):
    give_all(ksc)
    arguments = {"hosts": [install("off", "asleep-01", A, KESL)], "wait_for": "all", "wait_timeout": 900}
    result = ksc("remote_install", fails=True, **arguments)
    assert result.members("hosts", "result") == ["pending"] and sum(result.slept) >= 900


def test_the_status_lags_and_the_task_does_not(ksc):
    """A machine that went off a minute ago still counts as connected: start_timeout ends the wait for it."""
    give_all(ksc)
    ksc.settings(status_delay_seconds=3600)
    machine = ksc.host("db-01").machine
    assert machine.online_at(ksc.simulator.clock.now(), 3600)
    machine.online = False
    hosts = [install("gone", "db-01", A, KESL), install("on", "b-db-01", B, KESL)]
    result = ksc("remote_install", hosts=hosts, on_failure="report", start_timeout=200)
    assert result.members("hosts", "result") == ["pending", "installed"]
    assert 195 <= sum(result.slept) <= 260
    machine.online = True
    back = ksc("remote_install", hosts=hosts)
    assert back.members("hosts", "result") == ["installed", "unchanged"]


def test_a_machine_off_line_by_its_status_that_is_on_is_installed(ksc):
    give_all(ksc)
    ksc.settings(status_delay_seconds=3600)
    machine = ksc.host("asleep-01").machine
    machine.online_at(ksc.simulator.clock.now(), 3600)
    machine.online = True
    result = ksc("remote_install", hosts=[install("back", "asleep-01", A, KESL)])
    assert result.members("hosts", "result") == ["installed"]


def test_one_arrives_late_and_one_never(ksc):
    ksc.host("web-02").machine.reconnect_delay = 400.0
    ksc.host("db-01").machine.reconnect_delay = -1.0
    hosts = [{"name": name, "virtual_server": A} for name in ("web-01", "web-02", "db-01", "asleep-01")]
    result = ksc("host", hosts=hosts, on_failure="report", wait_timeout=700)
    assert result.members("hosts", "result") == ["moved", "moved", "pending", "pending"]
    assert "did not appear" in result.hosts[2]["reason"] and "check whether the host is on" in result.hosts[3]["reason"]
    assert result.count("Tasks.DeleteTask") == 0


@pytest.mark.parametrize("module", ["host", "remote_install"])
def test_a_server_that_is_gone_at_the_deadline_hides_neither_tasks_nor_hosts(ksc, module):
    give_all(ksc)
    hosts = {"host": [{"label": "x", "name": "web-02", "virtual_server": A}], "remote_install": [install("x", "web-01", A)]}[module]
    ksc.fault("drop_before", "Tasks.GetTaskStatistics", nth=2, count=None)
    ksc.fault("drop_before", "Tasks.ResetHostIteratorForTaskStatusEx", count=None)
    result = ksc(module, fails=True, hosts=hosts, wait_timeout=60)
    assert result.members("hosts", "label", "result") == [("x", "pending")]
    assert result.task_id and result.task_id in result.msg and result.hosts[0]["task_id"] == result.task_id


# -- progress ------------------------------------------------------------------------------------------------------------------


def test_a_wait_tells_how_it_stands(ksc, monkeypatch, tmp_path):
    give_all(ksc)
    ksc.runner.secrets.add("Local-Root-1")
    path = tmp_path / "progress"
    path.write_text("")
    monkeypatch.setenv("KSV_LIGHT_AGENT_PROGRESS", str(path))
    account = {"os_username": "root", "os_password": "Local-Root-1"}
    hosts = [install(name, name, A, KESL, **account) for name in ("db-01", "slow-01", "asleep-01")] + [
        install("b", "b-db-01", B, KESL, **account)
    ]
    quiet = ksc("remote_install", check=True, hosts=hosts)
    result = ksc("remote_install", hosts=hosts, on_failure="report", progress_interval=60)
    lines = path.read_text().splitlines()
    assert 8 <= len(lines) <= 14 and quiet.changed
    assert lines[0].startswith("Install: 0 of 4 done, 4 running")
    assert any("2 of 4 installed" in line and "Tenant A 1/3" in line and "Арендатор Б 1/1" in line for line in lines), lines
    assert "Local-Root-1" not in path.read_text() and result.count("Tasks.ResetHostIteratorForTaskStatusEx") <= 4


def test_moving_and_distributing_tell_how_they_stand_too(ksc, monkeypatch, tmp_path):
    path = tmp_path / "progress"
    path.write_text("")
    monkeypatch.setenv("KSV_LIGHT_AGENT_PROGRESS", str(path))
    ksc.settings(retranslate_seconds=100)
    ksc("package_retranslate", packages=[AGENT, KSVLA], virtual_server=[A, B])
    ksc("host", hosts=BOTH)
    text = path.read_text()
    assert "Distribute: " in text and "Move: " in text and "of 3" in text
    assert "Move: 0 of 3 done, 3 running" in text


# -- how many requests ---------------------------------------------------------------------------------------------------------


TENANTS = 20
STARTS = ("Tasks.RunTask", "PackagesApi.RetranslateToVServerAsync")
ONCE = ("Session.EndSession", "Tasks.DeleteTask", *STARTS)


def polls_of(result):
    """What servers are asked while they work, and to see what they have done."""
    polls, working = 0, set()
    last = max((number for number, method in enumerate(result.methods) if method in STARTS), default=0)
    for number, entry in enumerate(result.requests):
        if entry.method in STARTS:
            working.add(entry.scope)
        elif entry.method not in (*ONCE, "Tasks.AddTask", "Tasks.GetAllTasksOfHost") and (entry.scope in working or number > last):
            polls += 1
    return polls


WORLD = {
    "ksc": {
        "virtual_servers": [{"name": "T%02d" % number} for number in range(TENANTS)],
        "accounts": [{"username": "svc-ansible", "password": "Rehearsal-1"}],
        "packages": [{"product": "1103", "version": "1.0.0.0"}, {"product": "KSVLA", "version": "5.2.0.0"}],
        "hosts": [
            {"name": "t%02d-%d" % (tenant, number), "ip": "10.%d.0.%d" % (tenant + 1, number + 1)}
            for tenant in range(TENANTS)
            for number in range(5)
        ],
    }
}


@pytest.mark.parametrize("world", [WORLD])
def test_requests_of_twenty_tenants(ksc):
    """At most 30, and 30 for each tenant, besides what is asked again while the servers work."""
    ksc.settings(reconnect_delay_seconds=0.0, reconnect_seconds=0.0, install_seconds=0.0, task_pending_seconds=0.0, retranslate_seconds=0.0)
    hosts = [
        {"label": host.name, "ip": host.machine.address, "virtual_server": "T" + host.name[1:3]}
        for host in ksc.server.state.primary.hosts.values()
    ]
    names = ["T%02d" % number for number in range(TENANTS)]
    results = [
        ksc("package_retranslate", packages=[AGENT, KSVLA], virtual_server=names),
        ksc("host", hosts=hosts),
        ksc("remote_install", product=KSVLA, hosts=hosts),
    ]
    counts = [len(result.requests) - polls_of(result) for result in results]
    print("\nBUDGET 20 tenants: packages %d, moves %d, installations %d" % tuple(counts))
    assert sum(counts) <= 30 + 30 * TENANTS
    again = [
        ksc("package_retranslate", packages=[AGENT, KSVLA], virtual_server=names),
        ksc("host", hosts=hosts),
        ksc("remote_install", product=KSVLA, hosts=hosts),
    ]
    assert all(ksc.writes(result) == [] for result in again)
    print("BUDGET 20 tenants again:", [len(result.requests) for result in again])
