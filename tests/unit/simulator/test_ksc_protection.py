# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is true of a host's protection, and where a server tells it: status, masks of groups, policies, licenses."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_ksc import KscClient

from simulator.ksc.conditions import ALL, NAMES
from simulator.world import WorldError

MASK = "KLHST_WKS_STATUS_MASK"
WITHOUT_SVM = 1 << 18
SEVERITIES = ("KLSRV_HSTSTAT_CRITICAL", "KLSRV_HSTSTAT_WARNING")


@pytest.fixture
def simulator(day_two: Any) -> Any:
    return day_two


def login(simulator: Any, server: str = "Tenant A") -> KscClient:
    return KscClient(simulator).login(server, "svc-ansible", "Rehearsal-1")


def row(client: KscClient, name: str, *fields: str) -> dict[str, Any]:
    (found,) = client.find('(KLHST_WKS_DN="%s")' % name, fields)
    return found


def wrong(client: KscClient, name: str) -> list[str]:
    mask = row(client, name, MASK)[MASK]
    return [condition for bit, condition in enumerate(NAMES) if mask & 1 << bit]


def test_bit_18_is_what_the_product_suggests() -> None:
    assert NAMES.index("product") == 18 and NAMES.index("restart") == 11 and NAMES.index("databases_old") == 7 and len(NAMES) == 20


@pytest.mark.parametrize(
    "name, conditions",
    [
        ("a-web-01", []),
        ("a-db-01", []),
        ("a-no-svm", ["product"]),
        ("a-svm-without-key", ["product"]),
        ("a-stopped", ["protection_off"]),
        ("a-restart", ["restart"]),
        ("a-old-databases", ["databases_old"]),
        ("a-bare", ["no_product"]),
        ("a-asleep", ["not_connected"]),
        ("a-reborn", ["agent_inactive", "not_connected"]),
    ],
)
def test_the_extended_mask_tells_what_is_wrong(simulator: Any, name: str, conditions: list[str]) -> None:
    tenant = login(simulator)
    assert wrong(tenant, name) == conditions
    assert row(tenant, name, "KLHST_WKS_STATUS_ID")["KLHST_WKS_STATUS_ID"] == (1 if conditions else 0)


def test_a_condition_that_is_off_is_not_seen(simulator: Any) -> None:
    tenant = login(simulator, "Tenant B")
    assert wrong(tenant, "b-no-svm") == [] and row(tenant, "b-no-svm", "KLHST_WKS_STATUS_ID")["KLHST_WKS_STATUS_ID"] == 0
    state = simulator.world["ksc"].state
    state.host("b-web-01").machine.reboot_required = True
    assert row(tenant, "b-web-01", "KLHST_WKS_STATUS_ID")["KLHST_WKS_STATUS_ID"] == 2, "only a warning there"
    assert tenant.names("(KLHST_WKS_STATUS_MASK & 2048 <> 0)") == ["b-web-01"]


def test_a_server_may_not_know_the_extended_mask(simulator: Any) -> None:
    simulator.change_settings({"ksc": {"extended_mask": "none"}})
    tenant = login(simulator)
    body = {"wstrFilter": "", "vecFieldsToReturn": [MASK], "vecFieldsToOrder": [], "pParams": {}, "lMaxLifeTime": 60}
    assert tenant.error("HostGroup.FindHosts", body)[:2] == ("KLSTD", 1192)
    body.update(wstrFilter="(%s & 1 <> 0)" % MASK, vecFieldsToReturn=["KLHST_WKS_DN"])
    assert tenant.error("HostGroup.FindHosts", body)[:2] == ("KLSTD", 1192)
    assert row(tenant, "a-no-svm", "KLHST_WKS_STATUS_ID")["KLHST_WKS_STATUS_ID"] == 1
    simulator.change_settings({"ksc": {"unknown_fields": "absent"}})
    assert row(tenant, "a-no-svm", MASK, "KLHST_WKS_DN") == {"KLHST_WKS_DN": "a-no-svm"}


def test_real_time_protection_and_databases(simulator: Any) -> None:
    tenant = login(simulator)
    states = {name: row(tenant, name, "KLHST_WKS_RTP_STATE")["KLHST_WKS_RTP_STATE"] for name in ("a-web-01", "a-stopped", "a-bare")}
    assert states == {"a-web-01": 4, "a-stopped": 1, "a-bare": 0}
    old, new = (row(tenant, name, "KLHST_WKS_RTP_AV_BASES_TIME")["KLHST_WKS_RTP_AV_BASES_TIME"] for name in ("a-old-databases", "a-db-01"))
    assert old["type"] == new["type"] == "datetime" and old["value"] < new["value"]
    found = row(tenant, "a-restart", "KLHST_WKS_RBT_REQUIRED", "KLHST_WKS_RBT_REQUEST_REASON")
    assert found == {"KLHST_WKS_RBT_REQUIRED": True, "KLHST_WKS_RBT_REQUEST_REASON": 1}


def test_an_application_that_does_not_run(simulator: Any) -> None:
    tenant, host = login(simulator), simulator.world["ksc"].state.host("a-web-01")
    host.machine.application = "stopped"
    assert wrong(tenant, "a-web-01") == ["product_not_running"]
    assert row(tenant, "a-web-01", "KLHST_WKS_RTP_STATE")["KLHST_WKS_RTP_STATE"] == 0
    found = tenant.value("HostGroup.GetHostInfo", {"strHostName": host.id, "pFields2Return": ["KLHST_APP_INFO"]})["KLHST_APP_INFO"]["value"]
    states = {name: next(iter(versions["value"].values()))["value"]["KLHST_APP_STATE"] for name, versions in found.items()}
    assert states == {"KSVLA": 0, "1103": 3}


def test_a_dead_record_beside_the_live_one(simulator: Any) -> None:
    tenant = login(simulator)
    fields = ("KLHST_WKS_DN", "KLHST_WKS_STATUS", "KLHST_WKS_LAST_NAGENT_CONNECTED", "KLHST_WKS_LAST_VISIBLE")
    dead, live = tenant.find("(KLHST_WKS_IP_LONG=169082896)", fields)
    assert dead["KLHST_WKS_DN"] == "a-reborn" and live["KLHST_WKS_DN"].startswith("a-reborn~~")
    assert (dead["KLHST_WKS_STATUS"] & 0x09, live["KLHST_WKS_STATUS"] & 0x09) == (0x01, 0x09)
    assert dead["KLHST_WKS_LAST_NAGENT_CONNECTED"]["value"] < live["KLHST_WKS_LAST_NAGENT_CONNECTED"]["value"]
    assert dead["KLHST_WKS_LAST_VISIBLE"]["value"] == live["KLHST_WKS_LAST_VISIBLE"]["value"], "a poll sets it for whoever answers"


def test_machines_of_a_virtual_desktop_infrastructure(simulator: Any) -> None:
    assert login(simulator).names("(HST_VM_VDI <> 0)") == ["a-vdi-01"]


def conditions(client: KscClient, group: int) -> list[dict[str, Any]]:
    found = client.value("HostGroup.GetGroupInfoEx", {"nGroupId": group, "pArrAttributes": [*SEVERITIES, "name"]})
    return [found[name]["value"] for name in SEVERITIES]


def test_masks_of_groups(simulator: Any) -> None:
    tenant = login(simulator)
    root, web = tenant.value("HostGroup.GroupIdGroups"), simulator.world["ksc"].state.server("Tenant A").group_path("Web").id
    for settings, inherited in ((conditions(tenant, root)[0], False), (conditions(tenant, web)[1], True)):
        assert settings["KLSRV_HSTSTAT_MASK"] == ALL and settings["KLSRV_HSTSTAT_INHERITED"] is inherited
        assert settings["KLSRV_HSTSTAT_LOCKED"] is False and settings["KLSRV_HSTSTAT_OLD_AV_BASES"] == 7
    other = login(simulator, "Tenant B")
    masks = [found["KLSRV_HSTSTAT_MASK"] for found in conditions(other, other.value("HostGroup.GroupIdGroups"))]
    assert masks == [1 << 1 | 1 << 7 | 1 << 8, 1 << 11] and not any(mask & WITHOUT_SVM for mask in masks)
    for fields in ([], ["nonsense"], ["name"] * 101):
        assert tenant.error("HostGroup.GetGroupInfoEx", {"nGroupId": root, "pArrAttributes": fields})[:2] == ("KLSTD", 1192)
    assert tenant.error("HostGroup.GetGroupInfoEx", {"nGroupId": 999, "pArrAttributes": ["name"]})[:2] == ("KLSTD", 1186)


def test_policies_that_reach_a_group(simulator: Any) -> None:
    tenant = login(simulator)
    server = simulator.world["ksc"].state.server("Tenant A")
    web = server.group_path("Web").id
    found = [item["value"] for item in tenant.value("Policy.GetEffectivePoliciesForGroup", {"nGroupId": web})]
    assert [(item["KLPOL_PRODUCT"], item["KLPOL_VERSION"]) for item in found] == [
        ("KSVLA", "5.2.0.0"),
        ("kesl", "12.1.0.0"),
        ("kesl", "12.2.0.0"),
    ]
    assert all(item["KLPOL_ACTIVE"] and item["KLPOL_INHERITED"] and item["KLPOL_GROUP_NAME"] == "Managed devices" for item in found)
    own = server.add_policy("own", "KSVLA", "5.2.0.0", web)
    first = [item["value"]["KLPOL_DN"] for item in tenant.value("Policy.GetEffectivePoliciesForGroup", {"nGroupId": web})]
    assert "own" in first and len(first) == 3, "the nearest of each version"
    own.active = False
    assert "own" not in str(tenant.value("Policy.GetEffectivePoliciesForGroup", {"nGroupId": web}))
    assert [item["value"]["KLPOL_DN"] for item in tenant.value("Policy.GetPoliciesForGroup", {"nGroupId": web})] == ["own"]
    assert tenant.value("Policy.GetPolicyData", {"nPolicy": own.id})["KLPOL_INHERITED"] is False
    assert tenant.value("Policy.GetPolicyContents", {"nPolicy": own.id, "nRevisionId": 0, "nLifeTime": 60})
    assert tenant.error("Policy.GetPolicyData", {"nPolicy": 999})[:2] == ("KLSTD", 1186)
    without = login(simulator, "Tenant C")
    assert without.value("Policy.GetEffectivePoliciesForGroup", {"nGroupId": without.value("HostGroup.GroupIdGroups")}) == []
    simulator.change_settings({"ksc": {"effective_policies": "refused"}})
    assert tenant.error("Policy.GetEffectivePoliciesForGroup", {"nGroupId": web})[:2] == ("KLSTD", 1184)


def test_keys_and_their_ends(simulator: Any) -> None:
    primary = login(simulator, "")
    body = {"pFields": ["KLLIC_SERIAL", "KLLIC_LIMIT_DATE", "KLLIC_LIC_COUNT", "KLLIC_NHOSTS_ASCURRENT"], "pFieldsToOrder": []}
    listed = primary.call("LicenseKeys.EnumKeys", dict(body, pFieldsToOrder=["KLLIC_LIMIT_DATE"], pOptions={}, lTimeoutSec=60))
    assert listed["lKeyCount"] == 2
    pages = [primary.call("GroupSyncIterator.GetNextItems", {"szwIterator": listed["wstrIterator"], "nCount": 1}) for _number in range(2)]
    rows = [page["pData"]["KLCSP_ITERATOR_ARRAY"][0]["value"] for page in pages]
    assert [page["bEOF"] for page in pages] == [False, True]
    assert [item["KLLIC_SERIAL"][:11] for item in rows] == ["1E2A-000452", "1E2A-000451"], "the first to end comes first"
    assert rows[0]["KLLIC_LIMIT_DATE"]["type"] == "datetime" and rows[0]["KLLIC_NHOSTS_ASCURRENT"] == 1
    primary.call("GroupSyncIterator.ReleaseIterator", {"szwIterator": listed["wstrIterator"]})
    assert primary.error("GroupSyncIterator.GetNextItems", {"szwIterator": listed["wstrIterator"], "nCount": 1})[:2] == ("KLSTD", 1186)
    assert primary.error("LicenseKeys.EnumKeys", dict(body, pFields=["nonsense"]))[:2] == ("KLSTD", 1192)
    assert login(simulator).call("LicenseKeys.EnumKeys", body)["lKeyCount"] == 0


def test_the_key_of_an_svm(simulator: Any) -> None:
    primary = login(simulator, "")
    keys = {}
    for name in ("svm-esx1-52", "svm-esx2-62"):
        identity = primary.identity(name)
        ((product, versions),) = (
            item for item in primary.value("HostGroup.GetHostProducts", {"strHostName": identity}).items() if item[0] != "1103"
        )
        body = {"szwHostName": identity, "szwProduct": product, "szwVersion": next(iter(versions["value"]))}
        keys[name] = primary.call("LicenseInfoSync.AcquireKeysForProductOnHost", body)
    assert keys["svm-esx1-52"] == {"wstrActiveKey": "1E2A-000451-7C9D0B44", "wstrReservedKey": ""}
    assert keys["svm-esx2-62"] == {"wstrActiveKey": "", "wstrReservedKey": ""}
    assert primary.error("LicenseInfoSync.AcquireKeysForProductOnHost", dict(body, szwProduct="none"))[:2] == ("KLSTD", 1186)
    simulator.change_settings({"ksc": {"license_info": "refused"}})
    assert primary.error("LicenseInfoSync.AcquireKeysForProductOnHost", body)[:2] == ("KLSTD", 1184)
    assert primary.error("LicenseKeys.EnumKeys", {"pFields": ["KLLIC_SERIAL"]})[:2] == ("KLSTD", 1184)


def test_an_agent_connects_to_an_svm_of_its_version_with_a_key(simulator: Any) -> None:
    tenant, state = login(simulator), simulator.world["ksc"].state
    state.host("svm-esx1-61").machine.online = False
    assert wrong(tenant, "a-db-01") == ["product"] and wrong(tenant, "a-web-01") == []
    simulator.clock.advance(201 * 86400)
    assert wrong(login(simulator), "a-web-01") == ["product"], "the key has ended"
    state.host("svm-esx1-52").machine.serves = ["kesl/12.1.0.0"]
    state.host("svm-esx1-52").machine.key.expires += 365 * 86400
    assert (wrong(login(simulator), "a-web-01"), wrong(login(simulator), "a-db-01")) == (["product"], [])


@pytest.mark.parametrize(
    "change, word",
    [
        ({"status_conditions": {"critical": ["nonsense"]}}, r"ksc\.status_conditions\.critical"),
        ({"virtual_servers": [{"name": "T", "groups": [{"name": "x"}]}]}, r"ksc\.virtual_servers\[0\]\.groups\[0\]\.path"),
        ({"virtual_servers": [{"name": "T", "policies": [{"product": "KSVLA"}]}]}, r"virtual_servers\[0\]\.policies\[0\]\.version"),
        ({"hosts": [{"name": "x", "ip": "10.0.0.1", "svm": "maybe"}]}, r"ksc\.hosts\[0\]\.svm"),
        ({"hosts": [{"name": "x", "ip": "10.0.0.1", "svm_of": "esx1"}]}, r"ksc\.hosts\[0\]\.generation"),
        ({"hosts": [{"name": "x", "ip": "10.0.0.1", "svm_of": "esx1", "generation": "6.1.0.0", "key": {}}]}, None),
    ],
)
def test_errors_name_the_key(change: dict[str, Any], word: str | None) -> None:
    from simulator.runner import Simulator

    if word is None:
        assert Simulator({"ksc": change}).world["ksc"].state.svms[0].key is None
        return
    with pytest.raises(WorldError, match=word):
        Simulator({"ksc": change})
