# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections and sessions that break in any place: the job looks what happened and goes on, nothing is done twice."""

from __future__ import annotations

import pytest

KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
IPS = ["10.20.0.11", "10.20.0.12"]
BOTH_WAYS = pytest.mark.parametrize("auth_method", ["session", "login"])


# Short ways, since each job is run many times here.
SHORT = {"reconnect_delay_seconds": 8.0, "install_seconds": 8.0, "remove_seconds": 8.0, "retranslate_seconds": 8.0}


def place(ksc, **more):
    result = ksc("host", virtual_server="Tenant A", group="Web/Frontend", ip=IPS, **more)
    assert result.members("hosts", "result") == ["moved", "moved"]
    tenant = ksc.server.state.server("Tenant A")
    assert [tenant.path(ksc.host(name).group) for name in ("web-01", "web-02")] == ["Managed devices/Web/Frontend"] * 2
    return result


def distribute(ksc, **more):
    result = ksc("package_retranslate", packages=[{"name": "1103", "version": "1.0.0.0"}, KSVLA], virtual_server=["Tenant A"], **more)
    assert result.members("packages", "result") == ["distributed", "distributed"]
    assert len(ksc.server.state.server("Tenant A").packages) == 2
    return result


def install(ksc, **more):
    ksc.give("web-01", "web-02")
    ksc.give_packages()
    result = ksc("remote_install", virtual_server="Tenant A", group="Web/New", create_group=True, product=KSVLA, ip=IPS, **more)
    assert result.members("hosts", "result") == ["installed", "installed"]
    return result


def remove(ksc, **more):
    ksc.give("web-01", "web-02", product="KSVLA", version="5.2.0.0")
    result = ksc("remote_install", virtual_server="Tenant A", product=KSVLA, state="absent", ip=IPS, **more)
    assert result.members("hosts", "result") == ["removed", "removed"]
    return result


def delete(ksc, **more):
    ksc.give("web-01", "web-02", group="Web")
    result = ksc("host", virtual_server="Tenant A", state="absent", ip=IPS, **more)
    assert result.members("hosts", "result") == ["removed", "removed"]
    assert ksc.servers_of("web-01") == ksc.servers_of("web-02") == []
    return result


JOBS = {"place": place, "distribute": distribute, "install": install, "remove": remove, "delete": delete}


def methods_of(ksc, job, **more):
    ksc.settings(**SHORT)
    methods = list(dict.fromkeys(JOBS[job](ksc, **more).methods))
    return [method for method in methods if method not in ("login", "Session.StartSession", "Session.EndSession")]


def created(ksc):
    """How many tasks there have ever been."""
    return int(next(ksc.server.tasks._numbers)) - 101


BREAKS = (
    ("session", "drop_before", 1),
    ("session", "drop_after", 1),
    ("session", "drop_after", 2),
    ("session", "drop_middle", 1),
    ("session", "status", 1),
    ("session", "html", 1),
    ("session", "truncate", 1),
    ("login", "drop_before", 2),
    ("login", "drop_after", 1),
)


def sample(cases, every):
    """Return parameters of each job and case; `make test` runs every ``every``-th of them, `make fuzz` the others."""
    found = [(job, *case) for job in JOBS for case in cases]
    return [pytest.param(*case, marks=pytest.mark.thorough if number % every else ()) for number, case in enumerate(found)]


@pytest.mark.parametrize(("job", "auth_method", "drop", "nth"), sample(BREAKS, 5))
def test_any_call_may_break(ksc, job, auth_method, drop, nth):
    for method in methods_of(ksc, job, auth_method=auth_method):
        if drop in ("html", "truncate") and method not in (*ksc.writes_, "Tasks.GetNextTask"):
            continue  # a read that answers nonsense is no matter of the connection
        ksc.simulator.reset()
        ksc.settings(**SHORT)
        fault = ksc.fault(drop, method, nth=nth, status=503)
        result = JOBS[job](ksc, auth_method=auth_method)
        assert fault.hits == 1 or nth > 1
        assert created(ksc) == {"place": 1, "install": 1, "remove": 1}.get(job, 0), method
        assert result.changed


ENDS = [
    (way, *more) for way in ("session", "login") for more in (({}, 1), ({"expired_session_status": 401, "unauthenticated_status": 403}, 2))
]


@pytest.mark.parametrize(("job", "auth_method", "settings", "nth"), sample(ENDS, 3))
def test_the_session_may_end_at_any_call(ksc, job, auth_method, settings, nth):
    for method in methods_of(ksc, job, auth_method=auth_method):
        ksc.simulator.reset()
        ksc.settings(**settings, **SHORT)
        fault = ksc.fault("kill_session", method, nth=nth)
        result = JOBS[job](ksc, auth_method=auth_method)
        assert created(ksc) == {"place": 1, "install": 1, "remove": 1}.get(job, 0), method
        assert ksc.logins(result) <= 2 + fault.hits


@pytest.mark.parametrize("job", JOBS)
@BOTH_WAYS
def test_a_session_that_idles_out_between_two_polls(ksc, job, auth_method):
    ksc.settings(session_idle_seconds=20, install_seconds=300, remove_seconds=300, retranslate_seconds=300, reconnect_delay_seconds=300)
    result = JOBS[job](ksc, auth_method=auth_method, poll_interval=50)
    assert created(ksc) == {"place": 1, "install": 1, "remove": 1}.get(job, 0)
    assert result.count("PackagesApi.RetranslateToVServerAsync") in (0, 2)


def test_a_broken_login_is_no_second_attempt_with_a_wrong_password(ksc):
    ksc.runner.secrets.add("Wrong-Password-9")
    ksc.fault("drop_after", "Session.StartSession", count=None)
    result = ksc("virtual_server_info", fails=True, password="Wrong-Password-9")
    assert len(result.requests) == 1 and "did not answer Session.StartSession" in result.msg


@pytest.mark.parametrize("method", ["HostGroup.FindHosts", "ChunkAccessor.GetItemsChunk"])
def test_a_connection_that_always_breaks(ksc, method):
    ksc.fault("drop_before", method, count=None)
    result = ksc("host", fails=True, virtual_server="Tenant A", ip=["10.20.0.21"], group="Databases")
    assert "did not answer " + method in result.msg and "127.0.0.1" in result.msg
    assert result.count(method) <= 2 * 3 and ksc.writes(result) == []  # on the virtual server and on the primary one


def test_between_finding_and_reading(ksc):
    """The set is bound to the session: where that is gone, the search is made anew."""
    for kind, more in (("kill_session", {}), ("error", {"error": {"code": 1186, "message": "No such accessor"}})):
        ksc.simulator.reset()
        ksc.fault(kind, "ChunkAccessor.GetItemsChunk", **more)
        result = ksc("host_info", ip=IPS, protection=False)
        assert len(result.hosts) == 2 and result.count("HostGroup.FindHosts") == 2
        ksc.simulator.reset()
        ksc.fault(kind, "ChunkAccessor.GetItemsChunk", count=None, **more)
        result = ksc("host_info", fails=True, ip=IPS)
        assert "ChunkAccessor.GetItemsChunk" in result.msg and result.count("HostGroup.FindHosts") == 2


@pytest.mark.parametrize("code", [1125, 1186, 1195, 1445])
def test_whatever_code_a_dead_result_set_has(ksc, code):
    ksc.settings(dead_accessor_code=code)
    ksc.fault("error", "ChunkAccessor.GetItemsChunk", error={"code": code, "message": "gone"})
    assert len(ksc("host_info", ip=IPS).hosts) == 2


def test_a_distribution_without_an_answer_is_looked_for_before_it_is_asked_for_again(ksc):
    """It may take long: while it goes on, it must not be started a second time."""
    ksc.settings(retranslate_seconds=120, repeated_retranslation="duplicate")
    ksc.fault("drop_after", "PackagesApi.RetranslateToVServerAsync")
    result = ksc("package_retranslate", packages=[KSVLA], virtual_server=["Tenant A"])
    assert result.members("packages", "result") == ["distributed"]
    assert result.count("PackagesApi.RetranslateToVServerAsync") == 1
    assert len(ksc.server.state.server("Tenant A").packages) == 1


def test_a_distribution_that_failed_without_an_answer(ksc):
    """The end of an action is told once; where that answer is lost, only the package can tell."""
    ksc.fault("drop_after", "AsyncActionStateChecker.CheckActionState", nth=2)
    result = ksc("package_retranslate", packages=[KSVLA], virtual_server=["Tenant A"])
    assert result.members("packages", "result") == ["distributed"]
    broken = {"name": "kesl", "version": "11.4.0.0"}
    ksc.settings(retranslate_seconds=0.5)
    ksc.fault("drop_after", "AsyncActionStateChecker.CheckActionState")
    result = ksc("package_retranslate", fails=True, packages=[broken], virtual_server=["Tenant A"])
    assert "11.4.0.0" in result.msg and result.count("PackagesApi.RetranslateToVServerAsync") == 1


# -- time-outs, and what the next run finds ----------------------------------------------------------------------------------


def test_a_time_out_tells_the_task_and_each_host_and_the_next_run_goes_on(ksc):
    ksc.give("web-01", "slow-01", "asleep-01")
    ksc.give_packages()
    ksc.host("web-01").machine.outcomes[:] = []
    kesl = {"name": "kesl", "version": "12.1.0.0"}
    ksc.host("web-01").machine.platform = "linux"
    arguments = {"virtual_server": "Tenant A", "product": kesl, "name": ["web-01", "slow-01", "asleep-01"]}
    first = ksc("remote_install", fails=True, wait_timeout=120, **arguments)
    assert first.members("hosts", "result") == ["installed", "pending", "pending"]
    assert "running" in first.hosts[1]["reason"] and "pending" in first.hosts[2]["reason"]
    assert "Task %s continues there" % first.task_id in first.msg and "120" in first.msg
    assert first.changed and first.count("Tasks.DeleteTask") == 0

    second = ksc("remote_install", fails=True, wait_timeout=600, **arguments)
    assert second.members("hosts", "result") == ["unchanged", "installed", "pending"]
    assert second.task_id == first.task_id and second.count("Tasks.AddTask", "Tasks.RunTask") == 0

    ksc.host("asleep-01").machine.online = True
    third = ksc("remote_install", wait_timeout=600, **arguments)
    assert third.members("hosts", "result") == ["unchanged", "unchanged", "installed"]
    assert third.task_id == first.task_id and ksc.writes(third) == []
    assert third.changed
    assert created(ksc) == 1 and len(ksc.tasks()) == 1, "it is not this run's to delete"
    assert ksc.writes(ksc("remote_install", **arguments)) == []


def test_a_move_that_times_out_is_picked_up(ksc):
    arguments = {"virtual_server": "Tenant A", "name": ["web-01", "asleep-01"]}
    first = ksc("host", fails=True, wait_timeout=200, **arguments)
    assert first.members("hosts", "result") == ["moved", "pending"]
    assert "check whether the host is on" in first.hosts[1]["reason"] and "asleep-01" in first.msg and first.task_id in first.msg
    second = ksc("host", fails=True, wait_timeout=200, **arguments)
    assert second.members("hosts", "result") == ["unchanged", "pending"]
    assert second.count("Tasks.AddTask") == 0
    ksc.host("asleep-01").machine.online = True
    assert ksc("host", **arguments).members("hosts", "result") == ["unchanged", "moved"]
    assert created(ksc) == 1 and len(ksc.tasks()) == 1


def test_a_dry_run_while_a_task_is_at_work(ksc):
    arguments = {"virtual_server": "Tenant A", "name": ["asleep-01"]}
    ksc("host", fails=True, wait_timeout=60, **arguments)
    dry = ksc("host", check=True, **arguments)
    assert dry.members("hosts", "result") == ["moved"] and len(ksc.tasks()) == 1


def test_a_run_that_was_killed_is_picked_up(ksc):
    """Whatever ends the run: the server stays as it is, and a later run finds the task."""
    ksc.fault("error", "Tasks.RunTask", error={"module": "KLSTD", "code": 1181, "message": "Killed here"}, count=None)
    first = ksc("host", fails=True, virtual_server="Tenant A", ip=IPS)
    assert first.changed and "Killed here" in first.msg
    ksc.simulator.faults.clear()
    second = ksc("host", virtual_server="Tenant A", ip=IPS)
    assert second.members("hosts", "result") == ["moved", "moved"]
    assert second.count("Tasks.AddTask") == 0 and created(ksc) == 1


def test_a_task_that_tells_nothing_is_answered_by_looking_at_the_hosts(ksc):
    ksc.fault("error", "Tasks.GetTaskStatistics", error={"module": "KLSTD", "code": 1181, "message": "Broken"}, count=None)
    result = ksc("host", virtual_server="Tenant A", ip=IPS)
    assert result.members("hosts", "result") == ["moved", "moved"] and created(ksc) == 1


def test_a_host_more_than_in_the_run_before(ksc):
    ksc("host", fails=True, virtual_server="Tenant A", name=["asleep-01"], wait_timeout=60)
    ksc.host("asleep-01").machine.online = True
    result = ksc("host", virtual_server="Tenant A", name=["asleep-01", "web-01"])
    assert result.members("hosts", "result") == ["moved", "moved"]
    (added,) = result.bodies("Tasks.AddTask")
    listed = added["pData"]["TASK_INFO_PARAMS"]["value"]["HostList"]
    assert [entry["value"]["HostDispName"] for entry in listed] == ["web-01"]


def test_a_failed_host_is_tried_again_in_a_new_task(ksc):
    ksc.give("web-01", "broken-01")
    ksc.give_packages()
    arguments = {"virtual_server": "Tenant A", "product": KSVLA, "name": ["web-01", "broken-01"]}
    first = ksc("remote_install", fails=True, **arguments)
    assert first.members("hosts", "result") == ["installed", "failed"]
    assert "Error 1603: there is not enough free disk space" in first.hosts[1]["reason"] and "broken-01" in first.msg
    assert "Error 1603" in first.msg and "1 of 2 hosts failed" in first.msg
    assert len(ksc.tasks()) == 1
    again = ksc("remote_install", fails=True, **arguments)
    assert again.members("hosts", "result") == ["unchanged", "failed"] and again.count("Tasks.AddTask") == 1
    third = ksc("remote_install", fails=True, **arguments)
    assert third.count("Tasks.AddTask") == 1 and third.count("Tasks.DeleteTask") == 0
    ksc.host("broken-01").machine.outcomes[:] = []
    assert ksc("remote_install", **arguments).members("hosts", "result") == ["unchanged", "installed"]
    reported = ksc("remote_install", on_host_failure="report", **arguments)
    assert reported.changed is False


def test_failed_hosts_may_be_a_report(ksc):
    ksc.give("web-01", "broken-01")
    ksc.give_packages()
    result = ksc(
        "remote_install", virtual_server="Tenant A", product=KSVLA, name=["web-01", "broken-01", "nobody"], on_host_failure="report"
    )
    assert result.members("hosts", "result") == ["installed", "failed", "missing"]
    assert result.changed


@pytest.mark.parametrize(("keep_task", "left"), [("always", 1), ("failed", 1), ("never", 0)])
def test_keep_task_after_a_failure(ksc, keep_task, left):
    ksc.give("broken-01")
    ksc.give_packages()
    ksc("remote_install", fails=True, virtual_server="Tenant A", product=KSVLA, name=["broken-01"], keep_task=keep_task)
    assert len(ksc.tasks()) == left


def test_a_wrong_account_of_the_operating_system(ksc):
    ksc.give("web-01")
    ksc.give_packages()
    ksc.runner.secrets.add("Wrong-Os-Pass-1")
    result = ksc(
        "remote_install",
        fails=True,
        virtual_server="Tenant A",
        product=KSVLA,
        ip=["10.20.0.11"],
        os_username="Administrator",
        os_password="Wrong-Os-Pass-1",
    )
    assert "unknown user name or bad password" in result.hosts[0]["reason"]


def test_a_task_that_was_deleted_while_it_was_waited_for(ksc):
    ksc.fault("error", "Tasks.GetTaskStatistics", error={"module": "KLSTD", "code": 1186, "message": "no task 101"}, nth=2, count=None)
    result = ksc("host", fails=True, virtual_server="Tenant A", name=["asleep-01"])
    assert "no task 101" in result.msg and result.changed


def test_the_server_starts_anew_during_a_long_wait(ksc):
    """An hour of installation survives a minute without the server."""
    ksc.settings(install_seconds=1200)
    for kind, more in (("drop_before", {}), ("status", {"status": 503}), ("error", {"error": {"code": 1195, "message": "starting"}})):
        ksc.simulator.reset()
        ksc.settings(install_seconds=1200)
        ksc.fault(kind, "Tasks.GetTaskStatistics", nth=4, count=12, **more)
        install(ksc)
    ksc.simulator.reset()
    ksc.fault("drop_before", "Tasks.GetTaskStatistics", nth=2, count=None)
    ksc.give("web-01", "web-02")
    ksc.give_packages()
    result = ksc("remote_install", fails=True, virtual_server="Tenant A", product=KSVLA, ip=IPS, wait_timeout=300)
    assert "did not answer Tasks.GetTaskStatistics" in result.msg and result.changed
