# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades of many hosts and of SVMs: restarts, passwords, classes of failures, builds, generations, records that stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from simulated_ksc import KscClient, accounts, install, remove, task
from simulated_viis import SVMS, ViisClient, existing, host_svm

from simulator.ksc.failures import TEXTS

DAY = 86400


@pytest.fixture
def simulator(day_two: Any) -> Any:
    day_two.change_settings({"ksc": {"session_idle_seconds": 0}})
    return day_two


@pytest.fixture
def tenant(simulator: Any) -> KscClient:
    return KscClient(simulator).login("Tenant A", "svc-ansible", "Rehearsal-1")


@pytest.fixture
def primary(simulator: Any) -> KscClient:
    return KscClient(simulator).login("", "svc-ansible", "Rehearsal-1")


def machine(simulator: Any, name: str) -> Any:
    return simulator.world["ksc"].state.host(name).machine


def package(simulator: Any, product: str, version: str) -> int:
    found = simulator.world["ksc"].state.server("Tenant A").packages.values()
    return next(item.id for item in found if (item.product, item.version) == (product, version))


def run(simulator: Any, client: KscClient, kind: str, name: str, additional: dict[str, Any], **top: Any) -> tuple[int, str, int]:
    """Run a task on one host; return its state, its text, and how many hosts need a restart."""
    document = dict(task(kind, [(name, client.identity(name))], additional), **top)
    identity = client.value("Tasks.AddTask", {"pData": document})
    client.call("Tasks.RunTask", {"strTask": identity})
    simulator.clock.advance(120)
    body = {"strTask": identity, "pFields2Return": ["state_code", "state_descr"], "nHostStateMask": 127, "nLifetime": 60}
    iterator = client.call("Tasks.ResetHostIteratorForTaskStatus", body)["strHostIteratorId"]
    (row,) = client.call("Tasks.GetNextHostStatus", {"strHostIteratorId": iterator, "nCount": 5})["pHostStatus"]["statuses"]
    needed = client.value("Tasks.GetTaskStatistics", {"strTask": identity})["KLTSK_NEED_RBT_CNT"]
    return row["value"]["state_code"], row["value"].get("state_descr", ""), needed


def upgrade(simulator: Any, client: KscClient, name: str = "a-db-01", **restart: Any) -> tuple[int, str, int]:
    additional = install(
        [package(simulator, "kesl", "12.2.0.0")], client.value("HostGroup.GroupIdGroups"), accounts("root", "Local-Root-1")
    )
    additional.pop("KLTSK_RI_GROUP_TO_MOVE_HOST")
    return run(simulator, client, "install", name, dict(additional, **restart))


# Restarts


@pytest.mark.parametrize(
    "restart, needed",
    [
        ({}, 1),
        ({"KLTSK_RU_REBOOT_ASK_FOR_REBOOT": True, "KLTSK_RU_REBOOT_ASK_FOR_REBOOT_PERIOD": 5}, 1),
        ({"KLTSK_RU_REBOOT_ASK_FOR_REBOOT": True, "KLTSK_RU_REBOOT_FORCE_REBOOT_PERIOD": 1}, 0),
        ({"KLTSK_RU_REBOOT_IMMEDIATELY": True, "KLTSK_RU_FORCE_APPS_CLOSED": True, "KLTSK_RU_REBOOT_MESSAGE": "Now."}, 0),
    ],
)
def test_who_needs_a_restart(simulator: Any, tenant: KscClient, restart: dict[str, Any], needed: int) -> None:
    simulator.change_settings({"ksc": {"upgrades_restart": True}})
    assert upgrade(simulator, tenant, **restart) == (4, "", needed)
    simulator.clock.advance(5)
    (row,) = tenant.find('(KLHST_WKS_DN="a-db-01")', ("KLHST_WKS_RBT_REQUIRED", "KLHST_WKS_STATUS_MASK"))
    assert row["KLHST_WKS_RBT_REQUIRED"] is bool(needed) and bool(row["KLHST_WKS_STATUS_MASK"] & 1 << 11) is bool(needed)
    assert ("restart" in machine(simulator, "a-db-01").done) is not bool(needed)


def test_a_host_that_does_not_protect_before_its_restart(simulator: Any, tenant: KscClient) -> None:
    from simulator.ksc.state import Outcome

    host = machine(simulator, "a-db-01")
    host.outcomes = [Outcome("install", reboot=True, unprotected=True)]
    assert upgrade(simulator, tenant) == (4, "", 1)
    assert (host.real_time_protection, host.reboot_reason) == ("stopped", 2)
    host.restart()
    assert (host.real_time_protection, host.reboot_reason, host.reboot_required) == ("running", 0, False)


@pytest.mark.parametrize("reading, needed", [("none", 1), ("refused", None)])
def test_a_server_may_not_know_restarts(simulator: Any, tenant: KscClient, reading: str, needed: int | None) -> None:
    simulator.change_settings({"ksc": {"upgrades_restart": True, "restart_keys": reading}})
    if needed is None:
        with pytest.raises(AssertionError, match="KLTSK_RU_REBOOT_IMMEDIATELY: no such member"):
            upgrade(simulator, tenant, KLTSK_RU_REBOOT_IMMEDIATELY=True)
    else:
        assert upgrade(simulator, tenant, KLTSK_RU_REBOOT_IMMEDIATELY=True)[2] == needed


@pytest.mark.parametrize("restart", [{"KLTSK_RU_REBOOT_IMMEDIATELY": 1}, {"KLTSK_RU_REBOOT_MESSAGE": True}, {"KLTSK_RU_NONSENSE": True}])
def test_restarts_are_checked(simulator: Any, tenant: KscClient, restart: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="1192"):
        upgrade(simulator, tenant, **restart)


# Upgrades


def test_an_upgrade_replaces_version_and_build_and_finds_another_svm(simulator: Any, tenant: KscClient) -> None:
    fields = ("KLHST_WKS_RTP_AV_VERSION", "KLHST_WKS_STATUS_ID")
    assert tenant.find('(KLHST_WKS_DN="a-db-01")', fields) == [{fields[0]: "12.1.0.1543", fields[1]: 0}]
    assert upgrade(simulator, tenant) == (4, "", 0)
    assert tenant.find('(KLHST_WKS_DN="a-db-01")', fields) == [{fields[0]: "12.2.0.2412", fields[1]: 1}], "the SVM of 6.2 has no key"
    machine(simulator, "svm-esx2-62").key = machine(simulator, "svm-esx1-61").key
    assert tenant.find('(KLHST_WKS_DN="a-db-01")', fields)[0][fields[1]] == 0
    assert tenant.names('(KLHST_WKS_PRODUCT_ID="kesl/12.1.0.0")') == ["a-old-databases", "a-old-build", "a-asleep"]


def test_counts_of_versions_and_builds(simulator: Any, primary: KscClient, tenant: KscClient) -> None:
    found = primary.value("VServers2.GetVServerStatistic", {"lVsId": 1})
    assert (found["KLVSRV_HOSTS"], found["KLVSRV_USERS"]) == (14, 1)
    versions = found["KLVSRV_PRODUCTS"]["value"]["kesl"]["value"]
    old = versions["12.1.0.0"]["value"]
    builds = {item["value"]["KLVSRV_PROD_DV"]: item["value"]["KLVSRV_PROD_CNT"] for item in old["KLVSRV_PROD_BUILDS"]}
    assert builds == {"12.1.0.1206": 1, "12.1.0.1543": 3} and old["KLVSRV_PROD_CNT"] == 4 and set(versions) == {"12.1.0.0", "12.2.0.0"}
    assert primary.value("VServers2.GetVServerStatistic", {"lVsId": 0})["KLVSRV_HOSTS"] == 3
    assert primary.error("VServers2.GetVServerStatistic", {"lVsId": 99})[:2] == ("KLSTD", 1186)
    assert tenant.error("VServers2.GetVServerStatistic", {"lVsId": 1})[:2] == ("KLSTD", 1184)


# Failures


@pytest.mark.parametrize("number", [3, 5, 13])
def test_the_text_alone_tells_the_class(simulator: Any, tenant: KscClient, number: int) -> None:
    from simulator.ksc.state import Outcome

    machine(simulator, "a-db-01").outcomes = [Outcome("install", result="failed", failure=number, times=1)]
    assert upgrade(simulator, tenant) == (16, TEXTS[number][0], 0)
    assert upgrade(simulator, tenant)[0] == 4, "the rule was for once"
    simulator.change_settings({"ksc": {"failure_language": "russian"}})
    machine(simulator, "a-db-01").outcomes = [Outcome("install", result="failed", failure=number)]
    assert upgrade(simulator, tenant)[1] == TEXTS[number][1]


def test_a_failure_that_has_worked(simulator: Any, tenant: KscClient) -> None:
    from simulator.ksc.state import Outcome

    machine(simulator, "a-db-01").outcomes = [Outcome("install", result="failed", failure=15, happened=True)]
    assert upgrade(simulator, tenant) == (16, TEXTS[15][0], 0)
    assert machine(simulator, "a-db-01").products["kesl"].version == "12.2.0.0"


def test_outcomes_of_a_world() -> None:
    from simulator.runner import Simulator
    from simulator.world import WorldError

    host = {
        "name": "x",
        "ip": "10.0.0.1",
        "outcomes": [{"task": "install", "class": 15, "happened": True}, {"reboot": True, "unprotected": True}],
    }
    first, second = Simulator({"ksc": {"hosts": [host]}}).world["ksc"].state.host("x").machine.outcomes
    assert (first.result, first.failure, first.happened, second.result, second.unprotected) == ("failed", 15, True, "ok", True)
    with pytest.raises(WorldError, match=r"outcomes\[0\]\.class"):
        Simulator({"ksc": {"hosts": [dict(host, outcomes=[{"class": 99}])]}})


@pytest.mark.parametrize("reading, state", [("failed", 16), ("warning", 8)])
def test_the_removal_of_what_is_not_there(simulator: Any, tenant: KscClient, reading: str, state: int) -> None:
    simulator.change_settings({"ksc": {"absent_product": reading}})
    found = run(simulator, tenant, "remove", "a-bare", remove("KSVLA", "5.2.0.0", accounts("Administrator", "Local-Admin-1")))
    assert found == (state, "The application KSVLA 5.2.0.0 is not installed on the device.", 0)


# Passwords


@pytest.mark.parametrize("password, state", [(None, 16), ("wrong", 16), ("Remove-Me-1", 4)])
def test_removal_of_what_is_protected_with_a_password(simulator: Any, tenant: KscClient, password: str | None, state: int) -> None:
    simulator.change_settings({"ksc": {"ksc_version": "15.1"}})
    more = {} if password is None else {"UNLOCK_PASSWORD_CRYPTED": tenant.value("Tasks.ProtectPassword", {"strPassword": password})}
    additional = remove("KSVLA", "5.2.0.0", accounts("Administrator", "Local-Admin-1"))
    found = run(simulator, tenant, "remove", "a-protected", additional, **more)
    assert found[0] == state and ("password" in found[1]) is (state == 16)


def test_an_older_server_does_not_know_the_password(simulator: Any, tenant: KscClient) -> None:
    with pytest.raises(AssertionError, match="UNLOCK_PASSWORD_CRYPTED: no such member"):
        run(simulator, tenant, "remove", "a-protected", remove("KSVLA", "5.2.0.0"), UNLOCK_PASSWORD_CRYPTED="YWJj")


# Records that stay, records that go


def test_records_go_after_the_days_of_their_group(simulator: Any, tenant: KscClient) -> None:
    assert len(tenant.names('(KLHST_WKS_DN="a-reborn*")')) == 2
    simulator.clock.advance(18 * DAY)
    assert len(tenant.names('(KLHST_WKS_DN="a-reborn*")')) == 2
    simulator.clock.advance(3 * DAY)
    assert tenant.names('(KLHST_WKS_DN="a-reborn*")')[0].startswith("a-reborn~~"), "not seen for 60 days"


def test_a_server_that_keeps_records(simulator: Any, tenant: KscClient) -> None:
    simulator.change_settings({"ksc": {"auto_remove": "ignored"}})
    simulator.clock.advance(100 * DAY)
    assert len(tenant.names('(KLHST_WKS_DN="a-reborn*")')) == 2


# SVMs of the Integration Server


@pytest.fixture(scope="module")
def both() -> Iterator[Any]:
    from simulator.runner import Simulator
    from simulator.world import load

    world = {
        "ksc": {"accounts": [{"username": "admin", "password": "right"}], "viis_svms": {"group": "SVM", "seconds": 60, "key_days": 30}},
        **{name: part for name, part in load("viis-default").items() if name.startswith("viis")},
    }
    with Simulator(world, speed=0.0) as simulator:
        yield simulator


def test_an_svm_that_is_deployed_gets_a_record_which_outlives_it(both: Any) -> None:
    viis, ksc = ViisClient(both).login(), KscClient(both).login()
    wanted, image = viis.vcenter(), viis.image()
    viis.deploy(host_svm("svm-a", wanted), image=image)
    viis.advance(600)
    (svm,) = [item["id"] for item in viis.objects(wanted, "objectTypes=SVM")["vms"] if item["name"] == "svm-a"]
    fields = ("KLHST_WKS_DN", "KLHST_WKS_STATUS", "KLHST_WKS_RTP_AV_VERSION", "name")
    assert ksc.find("", fields) == []
    both.clock.advance(60)
    (row,) = ksc.find("", fields)
    assert row == {"KLHST_WKS_DN": "svm-a", "KLHST_WKS_STATUS": 0x1F, "KLHST_WKS_RTP_AV_VERSION": "6.4.0.100", "name": "SVM"}
    assert ksc.call("LicenseKeys.EnumKeys", {"pFields": ["KLLIC_SERIAL"]})["lKeyCount"] == 1
    (machine,) = both.world["ksc"].state.svms
    assert (machine.svm_of, machine.generation, machine.address) == ("vcenter.example.test", "6.4.0.0", "192.0.2.10")
    viis.ok("DELETE", SVMS, {"svms": [{"deploymentInfo": existing(wanted, svm, "host-102")}]}, 202)
    viis.advance(100)
    assert viis.svm_names(wanted) == ["svm-old"]
    (row,) = ksc.find("", fields)
    assert row["KLHST_WKS_STATUS"] & 0x09 == 0, "the record stays, without its agent"


def test_a_world_without_that_key_knows_no_svms(both: Any) -> None:
    from simulator.ksc.deployed import Arrivals, hear
    from simulator.product import SvmNews

    both.reset()
    ksc = both.world["ksc"]
    ksc.state.addresses = ["ksc.example.test"]
    hear(ksc, Arrivals(), SvmNews("1", "svm-b", "192.0.2.11", "6.4.0.100", "vcenter", "elsewhere"))
    both.clock.advance(3600)
    assert KscClient(both).login().names() == [], "it reports to another server"
