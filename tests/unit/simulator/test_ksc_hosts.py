# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts, groups, virtual servers and packages: ksc-openapi.md sections 3, 5, 6, 7."""

# ruff: noqa: RUF001 - names in this world are Cyrillic on purpose
from __future__ import annotations

import re
from typing import Any

import pytest
from simulated_ksc import HOST1, HOST2, KscClient

OPTIONS = {
    "KLPKG_CREATE_STANDALONE_PRODS": True,
    "KLPKG_CREATE_STANDALONE_NAGT": True,
    "KLPKG_USE_LANGUAGE_TAG": True,
    "KLPKG_TYPE": 1,
    "KLPKG_LAZY_RETRANSLATION": False,
}


def group(ksc: KscClient, name: str) -> int:
    """Return the id of a group by name."""
    body = {
        "wstrFilter": '(name="%s")' % name,
        "vecFieldsToReturn": ["id", "name"],
        "vecFieldsToOrder": [],
        "pParams": {},
        "lMaxLifeTime": 600,
    }
    found = ksc.call("HostGroup.FindGroups", body)
    assert found["PxgRetVal"] == 1
    chunk = ksc.call("ChunkAccessor.GetItemsChunk", {"strAccessor": found["strAccessor"], "nStart": 0, "nCount": 1})
    return chunk["pChunk"]["KLCSP_ITERATOR_ARRAY"][0]["value"]["id"]


def test_groups_of_each_server_have_ids_of_their_own(ksc: KscClient, tenant: KscClient) -> None:
    assert [ksc.value("HostGroup.GroupId" + name) for name in ("Groups", "Unassigned", "Super")] == [0, 1, 2]
    managed, unassigned, above = (tenant.value("HostGroup.GroupId" + name) for name in ("Groups", "Unassigned", "Super"))
    assert (managed, unassigned) == (above + 1, above + 4), "as in the two recorded samples"
    info = ksc.value("VServers.GetVServers", {})[0]["value"]
    assert (info["KLVSRV_GROUPS"], info["KLVSRV_UNASSIGNED"], info["KLVSRV_SUPER"]) == (managed, unassigned, above)
    static = tenant.value("HostGroup.GetStaticInfo", {"pValues": None})
    assert static["KLADMSRV_IS_VIRTUAL"] is True and static["KLADMSRV_VSID"] == 1 and static["KLADMSRV_GRP_ROOT"] == managed


def test_moving(ksc: KscClient, tenant: KscClient) -> None:
    target = group(ksc, "Frontend")
    assert ksc.call("HostGroup.MoveHostsToGroup", {"nGroup": target, "pHostNames": [HOST1, HOST2]}) == {}
    assert sorted(ksc.names("(KLHST_WKS_GROUPID=%d)" % target)) == ["Host1", "Host2"]
    assert ksc.find('(KLHST_WKS_DN="Host1")', ("KLHST_WKS_STATUS", "KLHST_WKS_FROM_UNASSIGNED"))[0] == {
        "KLHST_WKS_FROM_UNASSIGNED": False,
        "KLHST_WKS_STATUS": 1 + 2 + 4 + 8,
    }
    assert ksc.error("HostGroup.MoveHostsToGroup", {"nGroup": target, "pHostNames": [HOST1, "nobody"]})[:2] == ("KLSTD", 1186)
    foreign = tenant.value("HostGroup.GroupIdGroups")
    assert ksc.error("HostGroup.MoveHostsToGroup", {"nGroup": foreign, "pHostNames": [HOST1]})[1] == 1186
    assert tenant.error("HostGroup.MoveHostsToGroup", {"nGroup": foreign, "pHostNames": [HOST1]})[1] == 1186, "not this server's host"


def test_unknown_ids_may_be_passed_over(simulator: Any, ksc: KscClient) -> None:
    simulator.change_settings({"ksc": {"move_unknown_host": "ignore"}})
    ksc.call("HostGroup.MoveHostsToGroup", {"nGroup": 0, "pHostNames": [HOST1, "nobody"]})
    assert ksc.names("(KLHST_WKS_GROUPID=0)") == ["Host1"]


def test_removing_one(ksc: KscClient) -> None:
    assert ksc.call("HostGroup.RemoveHost", {"strHostName": HOST1}) == {}
    assert ksc.names('(KLHST_WKS_DN="Host1")') == []
    assert ksc.error("HostGroup.RemoveHost", {"strHostName": HOST1})[1] == 1186


@pytest.mark.parametrize(
    "version, force, left", [("14.2", True, set()), ("15.0", True, set()), ("14.2", False, {"Twin"}), ("15.1", True, {"Twin"})]
)
def test_removing_many_depends_on_the_version(simulator: Any, ksc: KscClient, version: str, force: bool, left: set[str]) -> None:
    simulator.change_settings({"ksc": {"ksc_version": version}})
    hosts = [HOST1, ksc.identity("Twin")]
    ksc.call("HostGroup.RemoveHosts", {"pHostNames": hosts, "bForceDestroy": force})
    assert set(ksc.names()) & {"Host1", "Twin"} == left
    assert ksc.names("(KLHST_WKS_FROM_UNASSIGNED=0)") == []
    if left:
        ksc.call("HostGroup.RemoveHosts", {"pHostNames": hosts[1:], "bForceDestroy": force})
        assert "Twin" not in ksc.names()


def test_a_deleted_host_may_come_back(simulator: Any, ksc: KscClient) -> None:
    simulator.change_settings({"ksc": {"deleted_hosts_return_seconds": 60.0}})
    ksc.call("HostGroup.RemoveHost", {"strHostName": HOST1})
    ksc.call("HostGroup.RemoveHost", {"strHostName": ksc.identity("asleep")})
    simulator.clock.advance(61)
    assert "Host1" in ksc.names() and "asleep" not in ksc.names()


def test_group_methods(simulator: Any, ksc: KscClient) -> None:
    web = ksc.value("HostGroup.GetGroupId", {"nParent": 0, "strName": "Web"})
    assert ksc.value("HostGroup.GetGroupId", {"nParent": 0, "strName": "None"}) == -1
    assert ksc.value("HostGroup.AddGroup", {"pInfo": {"name": "Web", "parentId": 0}}) == web, "an existing group's id"
    new = ksc.value("HostGroup.AddGroup", {"pInfo": {"name": "New", "parentId": web}})
    tree = ksc.value("HostGroup.GetSubgroups", {"nGroupId": 0, "nDepth": 0})
    assert tree[0]["value"]["name"] == "Web" and [item["value"]["name"] for item in tree[0]["value"]["groups"]] == ["Frontend", "New"]
    assert "groups" not in ksc.value("HostGroup.GetSubgroups", {"nGroupId": 0, "nDepth": 1})[0]["value"]
    assert ksc.value("HostGroup.GetSubgroups", {"nGroupId": new, "nDepth": 0}) is None
    assert ksc.error("HostGroup.AddGroup", {"pInfo": {"name": "X"}})[1] == 1192
    for target, flags, success in ((web, 1, False), (web, 2, False), (new, 1, True), (web, 3, True)):
        guid = ksc.call("HostGroup.RemoveGroup", {"nGroup": target, "nFlags": flags})["strActionGuid"]
        assert re.fullmatch("[0-9A-F]{32}", guid), "as in the recorded 233F7A0FE00792737E7C840FE7F190CE"
        simulator.clock.advance(2)
        state = ksc.call("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": guid})
        assert state["bSuccededFinalized"] is success and state["lStateCode"] == int(success)
    assert "Twin" not in ksc.names(), "3 takes the hosts too"


def test_asynchronous_search(simulator: Any, ksc: KscClient) -> None:
    body = {
        "wstrFilter": "",
        "vecFieldsToReturn": ["KLHST_WKS_DN"],
        "vecFieldsToOrder": [],
        "pParams": {"KLSRVH_SLAVE_REC_DEPTH": 1},
        "lMaxLifeTime": 60,
    }
    request = ksc.call("HostGroup.FindHostsAsync", body)["strRequestId"]
    assert ksc.error("HostGroup.FindHostsAsyncGetAccessor", {"strRequestId": request})[1] == 1186
    simulator.clock.advance(2)
    assert ksc.call("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": request})["lStateCode"] == 1
    found = ksc.call("HostGroup.FindHostsAsyncGetAccessor", {"strRequestId": request})
    assert found["PxgRetVal"] == 15 and found["pFailedSlavesInfo"] == {"KLGRP_FAILED_SLAVES_PARAMS": []}
    assert ksc.value("ChunkAccessor.GetItemsCount", {"strAccessor": found["strAccessor"]}) == 15
    other = ksc.call("HostGroup.FindHostsAsync", body)["strRequestId"]
    assert ksc.call("HostGroup.FindHostsAsyncCancel", {"strRequestId": other}) == {}
    assert ksc.error("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": other})[1] == 1186


def test_one_host(ksc: KscClient, tenant: KscClient) -> None:
    identity = tenant.identity("a-kesl")
    products = tenant.value("HostGroup.GetHostProducts", {"strHostName": identity})
    assert set(products) == {"1103", "kesl"} and products["kesl"]["type"] == "params"
    version = products["kesl"]["value"]["12.1.0.0"]
    assert version["type"] == "params" and version["value"]["BaseRecords"] == 0
    info = tenant.value(
        "HostGroup.GetHostInfo", {"strHostName": identity, "pFields2Return": ["KLHST_APP_INFO", "KLHST_WKS_RTP_AV_VERSION"]}
    )
    assert info["KLHST_WKS_RTP_AV_VERSION"] == "12.1.0.1543" and "kesl" in info["KLHST_APP_INFO"]["value"]
    assert ksc.error("HostGroup.GetHostInfo", {"strHostName": "no", "pFields2Return": ["KLHST_WKS_DN"]})[1] == 1186
    ksc.call("HostGroup.UpdateHost", {"strHostName": HOST1, "pInfo": {"KLHST_WKS_DN": "Renamed"}})
    assert ksc.names('(KLHST_WKS_DN="renamed")') == ["Renamed"]
    assert ksc.error("HostGroup.UpdateHost", {"strHostName": HOST1, "pInfo": {"KLHST_WKS_STATUS": 1}})[1] == 1192
    info = {"KLHST_WKS_ANYNAME": ["10.65.82.27", "Renamed", "nobody"], "KLHST_WKS_GROUPID": 0}
    results = ksc.call("HostGroup.ResolveAndMoveToGroup", {"pInfo": info})["pResults"]
    assert results == {"KLHST_WKS_RESULTS": [True, True, False]} and len(ksc.names("(KLHST_WKS_GROUPID=0)")) == 2


def test_virtual_servers(ksc: KscClient) -> None:
    everything = ksc.value("VServers.GetVServers", {})
    assert [item["value"]["KLVSRV_DN"] for item in everything] == ["Tenant A", "вс1", "Closed"]
    assert (
        ksc.value("VServers.GetVServers", {"lParentGroup": -1}) == everything == ksc.value("VServers.GetVServers", {"lParentGroup": None})
    )
    assert ksc.value("VServers.GetVServers", {"lParentGroup": 99}) == []
    first = everything[0]
    assert first["type"] == "params" and first["value"]["KLVSRV_ID"] == 1 and first["value"]["KLVSRV_ENABLED"] is True
    assert re.fullmatch("VSRV[0-9a-f-]{36}", first["value"]["KLVSRV_UID"]) and first["value"]["KLVSRV_CREATED"]["type"] == "datetime"
    one = ksc.value("VServers.GetVServerInfo", {"lVServer": 1, "pFields2Return": ["KLVSRV_DN", "KLVSRV_CUSTOM_INFO"]})
    assert one == {"KLVSRV_DN": "Tenant A"}
    assert ksc.error("VServers.GetVServerInfo", {"lVServer": {"type": "long", "value": 1}, "pFields2Return": []})[1] == 1192
    assert ksc.error("VServers.GetVServerInfo", {"lVServer": 77, "pFields2Return": []})[1] == 1186
    names = [ksc.value("VServers.AddVServerInfo", {"strDisplayName": "Tenant A", "lParentGroup": 0})["KLVSRV_DN"] for _number in range(2)]
    assert len({"Tenant A", *names}) == 3, "a taken name is altered without a word"


def test_packages(ksc: KscClient, tenant: KscClient) -> None:
    found = [item["value"] for item in ksc.value("PackagesApi.GetPackages", {})]
    assert [(item["KLPKG_NPI_PRODUCT_NAME"], item["KLPKG_NPI_PRODUCT_VERSION"]) for item in found] == [
        ("1103", "1.0.0.0"),
        ("KSVLA", "5.2.0.0"),
        ("kesl", "12.1.0.0"),
        ("kesl", "11.0.0.0"),
    ]
    assert found[1]["KLPKG_NPI_SIZE"] == {"type": "long", "value": 217427607} and found[1]["KLPKG_NPI_PKGID"] == 2
    assert [item["value"]["KLPKG_NPI_PKGID"] for item in tenant.value("PackagesApi.GetPackages")] == [1001, 1002], "ids of its own"
    assert ksc.value("PackagesApi.GetPackageInfo", {"nPackageId": 2}) == found[1]
    extra = ksc.value("PackagesApi.GetPackages2")[1]["value"]["KLPKG_NPI_EXTRA_DATA"]["value"]
    assert extra == {"KLPKG_PLATFORM": 2, "KLPKG_TYPE": 1}
    assert ksc.error("PackagesApi.GetPackageInfo", {"nPackageId": 9})[1] == 1186


def retranslate(ksc: KscClient, package: int = 2, server: int = 1, **options: Any) -> str:
    """Begin a retranslation."""
    return ksc.value(
        "PackagesApi.RetranslateToVServerAsync", {"nPackageId": package, "nVServerId": server, "pOptions": dict(OPTIONS, **options)}
    )


def check(ksc: KscClient, guid: str) -> dict[str, Any]:
    """Ask about an action."""
    return ksc.call("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": guid})


def test_retranslation(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    guid = retranslate(ksc)
    state = check(ksc, guid)
    assert (state["bFinalized"], state["lNextCheckDelay"]) == (False, 2000), "milliseconds"
    assert ksc.error("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": guid})[:2] == ("KLSTD", 1195)
    simulator.clock.advance(2)
    assert check(ksc, guid)["bFinalized"] is False
    assert len(tenant.value("PackagesApi.GetPackages")) == 2
    simulator.clock.advance(10)
    assert check(ksc, guid) == {"bFinalized": True, "bSuccededFinalized": True, "lStateCode": 0, "pStateData": {}, "lNextCheckDelay": 0}
    assert ksc.error("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": guid})[:2] == ("KLSTD", 1186), "forgotten"
    package = tenant.value("PackagesApi.GetPackages")[-1]["value"]
    assert (package["KLPKG_NPI_PRODUCT_NAME"], package["KLPKG_NPI_PKGID"]) == ("KSVLA", 1003)


def test_delays_are_told_in_wall_milliseconds(simulator: Any, ksc: KscClient) -> None:
    guid = retranslate(ksc)
    simulator.clock.speed = 100.0
    delay = check(ksc, guid)["lNextCheckDelay"]
    simulator.clock.speed = 0.0
    assert delay == 20


def test_whose_action_it_is(simulator: Any, ksc: KscClient) -> None:
    guid = retranslate(ksc)
    assert KscClient(simulator).login().error("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": guid})[:2] == ("KLSTD", 1184)
    simulator.change_settings({"ksc": {"action_ownership": False, "early_check": "ignore"}})
    other = KscClient(simulator).start()
    assert check(other, guid)["bFinalized"] is False and check(other, guid)["bFinalized"] is False


@pytest.mark.parametrize("layout", ["nested", "flat"])
def test_a_failing_retranslation(simulator: Any, ksc: KscClient, layout: str) -> None:
    simulator.change_settings({"ksc": {"action_error_layout": layout}})
    guid = retranslate(ksc, package=4)
    simulator.clock.advance(11)
    state = check(ksc, guid)
    assert (state["bFinalized"], state["bSuccededFinalized"], state["lStateCode"]) == (True, False, 0)
    data = state["pStateData"]
    info = data["KLBLAG_ERROR_INFO"]["value"] if layout == "nested" else data
    assert data["GNRL_EA_DESCRIPTION"] == "No room." == info["KLBLAG_ERROR_MSG"] and info["KLBLAG_ERROR_CODE"] == 1193


@pytest.mark.parametrize("setting, count", [("ignored", 1), ("duplicate", 2)])
def test_a_repeated_retranslation(simulator: Any, ksc: KscClient, tenant: KscClient, setting: str, count: int) -> None:
    simulator.change_settings({"ksc": {"repeated_retranslation": setting}})
    guid = retranslate(ksc, package=1)
    simulator.clock.advance(11)
    assert check(ksc, guid)["bSuccededFinalized"] is True
    assert sum(item["value"]["KLPKG_NPI_PRODUCT_NAME"] == "1103" for item in tenant.value("PackagesApi.GetPackages")) == count
    simulator.change_settings({"ksc": {"repeated_retranslation": "error"}})
    body = {"nPackageId": 1, "nVServerId": 1, "pOptions": OPTIONS}
    assert ksc.error("PackagesApi.RetranslateToVServerAsync", body)[:2] == ("KLSTD", 1193)


@pytest.mark.parametrize(
    "change, code",
    [
        ({"nPackageId": 99}, 1186),
        ({"nVServerId": 99}, 1186),
        ({"nVServerId": 0}, 1186),
        ({"nPackageId": "2"}, 1192),
        ({"pOptions": {"KLPKG_TYPE": True}}, 1192),
        ({"pOptions": {"KLPKG_TYPE": 3}}, 1192),
        ({"pOptions": {"KLPKG_NEW": 1}}, 1192),
        ({"pOptions": {"KLPKG_CREATE_STANDALONE_PRODS": 1}}, 1192),
        ({"pOptions": None}, 1192),
    ],
)
def test_wrong_retranslations(ksc: KscClient, change: dict[str, Any], code: int) -> None:
    body = dict({"nPackageId": 2, "nVServerId": 1, "pOptions": OPTIONS}, **change)
    assert ksc.error("PackagesApi.RetranslateToVServerAsync", body)[:2] == ("KLSTD", code)


def test_too_many_uncollected_actions_close_the_connection(simulator: Any, ksc: KscClient) -> None:
    simulator.change_settings({"ksc": {"max_uncollected_actions": 3}})
    for _number in range(4):
        retranslate(ksc)
        simulator.clock.advance(11)
    with pytest.raises(OSError):
        ksc.post("PackagesApi.RetranslateToVServerAsync", {"nPackageId": 2, "nVServerId": 1, "pOptions": OPTIONS})
        ksc.post("PackagesApi.GetPackages").raise_for_status()
