# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What second attempts, late and sleeping machines and reused addresses meet: ksc-openapi.md sections 3, 7, 8 and day-two.md section 5."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_ksc import HOST1, HOST2, WORLD, KscClient, accounts, install, params, reconnect, task

ALIVE, VISIBLE, PROTECTED = 0x08, 0x01, 0x10


def settings(simulator: Any, **values: Any) -> None:
    """Change settings of the simulated KSC."""
    simulator.change_settings({"ksc": values})


def add(ksc: KscClient, document: dict[str, Any], run: bool = True) -> str:
    """Make a task, and start it."""
    identity: str = ksc.value("Tasks.AddTask", {"pData": document})
    if run:
        ksc.call("Tasks.RunTask", {"strTask": identity})
    return identity


def status(ksc: KscClient, name: str) -> int:
    """Return KLHST_WKS_STATUS of a host."""
    found: int = ksc.find('(KLHST_WKS_DN="%s")' % name, ("KLHST_WKS_STATUS",))[0]["KLHST_WKS_STATUS"]
    return found


def counts(ksc: KscClient, identity: str) -> dict[str, int]:
    """Return hosts by state, zeros left out."""
    found = ksc.value("Tasks.GetTaskStatistics", {"strTask": identity})
    return {name: count for name, count in found.items() if count and name.isdigit()}


def on_primary(ksc: KscClient, **account: Any) -> str:
    """Install agent and KSVLA on the first host."""
    more = [accounts(**account)] if account else []
    return add(ksc, task("install", [("Host1", HOST1)], install([1, 2], 0, *more)))


@pytest.mark.parametrize("reaction", ["ignored", "error"])
def test_a_task_that_runs_is_started_again(simulator: Any, ksc: KscClient, reaction: str) -> None:
    settings(simulator, run_running_task=reaction)
    identity = add(ksc, task("install", [("asleep", ksc.identity("asleep"))], install([1, 2], 0)))
    if reaction == "error":
        assert ksc.error("Tasks.RunTask", {"strTask": identity})[:2] == ("KLSTD", 1195)
    else:
        assert ksc.call("Tasks.RunTask", {"strTask": identity}) == {}
    assert counts(ksc, identity) == {"1": 1}


def test_products_are_listed_with_the_next_synchronization(simulator: Any, ksc: KscClient) -> None:
    settings(simulator, products_delay_seconds=120)
    identity = on_primary(ksc)
    simulator.clock.advance(63)
    assert counts(ksc, identity) == {"4": 1}
    assert "KSVLA" not in ksc.value("HostGroup.GetHostProducts", {"strHostName": HOST1})
    assert ksc.names('(KLHST_WKS_PRODUCT_ID="KSVLA/5.2.0.0")') == [] and not status(ksc, "Host1") & PROTECTED
    simulator.clock.advance(121)
    assert "KSVLA" in ksc.value("HostGroup.GetHostProducts", {"strHostName": HOST1})
    assert ksc.names('(KLHST_WKS_PRODUCT_ID="KSVLA/5.2.0.0")') == ["Host1"] and status(ksc, "Host1") & PROTECTED


def test_a_task_that_claims_success(simulator: Any, ksc: KscClient) -> None:
    from simulator.ksc.state import Outcome

    simulator.world["ksc"].state.host("Host1").machine.outcomes.append(Outcome(task="install", result="claimed"))
    identity = on_primary(ksc)
    simulator.clock.advance(63)
    assert counts(ksc, identity) == {"4": 1}
    assert "KSVLA" not in ksc.value("HostGroup.GetHostProducts", {"strHostName": HOST1})


def test_the_status_lags_both_ways_and_tasks_do_not(simulator: Any, ksc: KscClient) -> None:
    settings(simulator, status_delay_seconds=600)
    machine = simulator.world["ksc"].state.host("Host1").machine
    assert status(ksc, "Host1") & ALIVE
    machine.online = False
    assert status(ksc, "Host1") & ALIVE
    identity = on_primary(ksc)
    simulator.clock.advance(100)
    assert counts(ksc, identity) == {"1": 1}, "the machine is off, whatever its status says"
    simulator.clock.advance(600)
    assert not status(ksc, "Host1") & (ALIVE | VISIBLE)
    machine.online = True
    assert not status(ksc, "Host1") & ALIVE
    simulator.clock.advance(1)
    assert counts(ksc, identity) == {"2": 1}, "the machine works, whatever its status says"
    simulator.clock.advance(600)
    assert status(ksc, "Host1") & ALIVE


def test_a_machine_that_is_off_was_connected_longer_ago(ksc: KscClient) -> None:
    fields = ("KLHST_WKS_LAST_NAGENT_CONNECTED", "KLHST_WKS_LAST_VISIBLE")
    off = ksc.find('(KLHST_WKS_DN="asleep")', fields)[0]
    on = ksc.find('(KLHST_WKS_DN="Host1")', fields)[0]
    for field in fields:
        assert off[field]["value"] < on[field]["value"]


def test_a_machine_comes_back_at_its_time() -> None:
    from simulator.runner import Simulator

    world = {"ksc": dict(WORLD["ksc"], hosts=[{"name": "late", "ip": "10.0.0.1", "online": False, "online_after": 300}])}
    with Simulator(world, speed=0.0) as simulator:
        ksc = KscClient(simulator).login()
        assert not status(ksc, "late") & ALIVE
        simulator.clock.advance(301)
        assert status(ksc, "late") & ALIVE


@pytest.mark.parametrize("kept", [True, False])
def test_a_moved_host_may_get_a_new_id(simulator: Any, ksc: KscClient, tenant: KscClient, kept: bool) -> None:
    settings(simulator, moved_host_id="kept" if kept else "new")
    add(ksc, task("reconnect", [("Host1", HOST1)], reconnect()))
    simulator.clock.advance(200)
    (found,) = tenant.find('(KLHST_WKS_DN="Host1")', ("KLHST_WKS_HOSTNAME", "KLHST_WKS_IP_LONG"))
    assert (found["KLHST_WKS_HOSTNAME"] == HOST1) is kept
    assert tenant.names("(KLHST_WKS_IP_LONG=2130706433)") == ["Host1"]


def test_one_machine_arrives_late_and_one_never(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    state = simulator.world["ksc"].state
    state.host("Host1").machine.reconnect_delay, state.host("Host2").machine.reconnect_delay = 500.0, -1.0
    slow = [("Host1", HOST1), ("Host2", HOST2), ("start", ksc.identity("start"))]
    identity = add(ksc, task("reconnect", slow, reconnect()))
    simulator.clock.advance(100)
    assert counts(ksc, identity) == {"4": 3} and tenant.names('(KLHST_WKS_DN="start")') == ["start"]
    assert tenant.names('(KLHST_WKS_DN="Host1")') == []
    simulator.clock.advance(500)
    assert tenant.names('(KLHST_WKS_DN="Host1")') == ["Host1"] and tenant.names('(KLHST_WKS_DN="Host2")') == []


def test_a_second_record_of_a_name_has_a_number() -> None:
    from simulator.runner import Simulator

    hosts = [{"name": "web", "ip": "10.0.0.1", "online": False}, {"name": "web", "ip": "10.0.0.1", "id": "the-new-one"}]
    with Simulator({"ksc": dict(WORLD["ksc"], hosts=hosts)}, speed=0.0, settings={"ksc": {"duplicate_names": "suffixed"}}) as simulator:
        ksc = KscClient(simulator).login()
        names = ksc.names("(KLHST_WKS_IP_LONG=%d)" % (10 * 2**24 + 1))
        assert names[0] == "web" and names[1].startswith("web~~") and names[1][5:].isdigit()
        assert ksc.names('(KLHST_WKS_DN="web~~*")') == names[1:]


def test_too_many_devices_for_one_task(simulator: Any, ksc: KscClient) -> None:
    settings(simulator, task_devices=1)
    both = [("Host1", HOST1), ("Host2", HOST2)]
    assert ksc.error("Tasks.AddTask", {"pData": task("install", both, install([1, 2], 0))})[:2] == ("KLSTD", 1229)
    identity = add(ksc, task("install", both[:1], install([1, 2], 0)), run=False)
    assert ksc.error("Tasks.UpdateTask", {"strTask": identity, "pData": task("install", both, install([1, 2], 0))})[1] == 1229


def test_a_waiting_task_does_what_it_was_told_last(simulator: Any, ksc: KscClient) -> None:
    machine = simulator.world["ksc"].state.host("asleep").machine
    target = [("asleep", ksc.identity("asleep"))]
    identity = add(ksc, task("install", target, install([1, 2], 0, accounts(password="wrong"))))
    simulator.clock.advance(10)
    ksc.call("Tasks.UpdateTask", {"strTask": identity, "pData": task("install", target, install([1, 2], 0))})
    machine.online = True
    simulator.clock.advance(1)
    assert counts(ksc, identity) == {"2": 1}
    ksc.call("Tasks.UpdateTask", {"strTask": identity, "pData": task("install", target, install([1, 2], 0, accounts(password="wrong")))})
    simulator.clock.advance(61)
    assert counts(ksc, identity) == {"4": 1}, "a host goes on with what it began with"


@pytest.mark.parametrize("reaction", ["refuse", "keep"])
def test_a_record_that_cannot_be_deleted(simulator: Any, ksc: KscClient, reaction: str) -> None:
    settings(simulator, undeletable_hosts=reaction)
    simulator.world["ksc"].state.host("Host1").machine.undeletable = True
    assert ksc.error("HostGroup.RemoveHost", {"strHostName": HOST1})[:2] == ("KLSTD", 1193)
    body = {"pHostNames": [HOST1, HOST2], "bForceDestroy": True}
    if reaction == "refuse":
        assert ksc.error("HostGroup.RemoveHosts", body)[1] == 1193
        assert ksc.names('(KLHST_WKS_DN="Host2")') == ["Host2"]
    else:
        ksc.call("HostGroup.RemoveHosts", body)
        assert ksc.names('(KLHST_WKS_DN="Host?")') == ["Host1"]


def test_only_so_many_packages_are_copied_at_a_time(simulator: Any, ksc: KscClient) -> None:
    settings(simulator, max_retranslations=1)
    body = {"nPackageId": 2, "nVServerId": 1, "pOptions": {}}
    guid = ksc.value("PackagesApi.RetranslateToVServerAsync", body)
    assert ksc.error("PackagesApi.RetranslateToVServerAsync", body)[:2] == ("KLSTD", 1195)
    simulator.clock.advance(30)
    assert ksc.call("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": guid})["bFinalized"]
    ksc.call("PackagesApi.RetranslateToVServerAsync", body)


def test_a_busy_answer_may_say_when_to_come_back_and_one_tenant_may_fail_alone(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    simulator.faults.add("status", scope="Tenant A", status=503, headers={"Retry-After": "7"}, count=None)
    answer = tenant.post("HostGroup.GroupIdGroups", {})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert ksc.call("HostGroup.GroupIdGroups")
    simulator.faults.clear()
    assert tenant.call("HostGroup.GroupIdGroups") and params({})["type"] == "params"
