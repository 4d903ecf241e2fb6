# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What samples and other clients ask beyond the vendor's article: ksc-wire.md section 7."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_ksc import HOST1, KscClient, install, task


def test_what_clients_ask_of_a_host(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    (row,) = ksc.find('(KLHST_WKS_DN="Host1")', ("KLHST_WKS_HOSTNAME", "KLHST_WKS_DN", "name"))
    assert row == {"KLHST_WKS_DN": "Host1", "KLHST_WKS_HOSTNAME": HOST1, "name": "Unassigned devices"}
    more = ("KLHST_WKS_IP", "KLHST_APP_INFO", "KLHST_WKS_LAST_FULLSCAN", "KLHST_WKS_VIRUS_COUNT")
    (row,) = ksc.find('(KLHST_WKS_DN="Host1")', more)
    assert row["KLHST_WKS_IP"] == 0x0100007F and set(row) == {"KLHST_WKS_IP", "KLHST_APP_INFO"}, "what has no value is left out"
    info = row["KLHST_APP_INFO"]["value"]["1103"]["value"]["1.0.0.0"]["value"]
    assert set(info) == {"KLHST_APP_STATE", "KLHST_APP_STATE_TIME"}
    assert ksc.value("HostGroup.GetHostInfo", {"strHostName": HOST1, "pFields2Return": list(more)}) == row
    (protected,) = tenant.find('(KLHST_WKS_DN="a-kesl")', more)
    assert protected["KLHST_WKS_VIRUS_COUNT"] == 0 and set(protected["KLHST_APP_INFO"]["value"]) == {"1103", "kesl"}
    assert ksc.find('(KLHST_WKS_DN="naked")', ("KLHST_APP_INFO",)) == [{}], "no products, no value"


def test_an_address_beyond_the_middle_is_negative_backwards(simulator: Any, ksc: KscClient) -> None:
    simulator.world["ksc"].state.host("Host1").machine.ip = 0x0A0000FE
    simulator.world["ksc"].state.primary.touch()
    (row,) = ksc.find('(KLHST_WKS_DN="Host1")', ("KLHST_WKS_IP",))
    assert row["KLHST_WKS_IP"] == int.from_bytes(bytes([10, 0, 0, 254]), "little", signed=True) < 0


def test_hosts_by_the_name_of_their_group(ksc: KscClient) -> None:
    assert ksc.names('(name="Web")') == ["Twin"]


def test_full_names_of_groups_end_with_a_slash(ksc: KscClient) -> None:
    found = ksc.call("HostGroup.FindGroups", {"wstrFilter": "", "vecFieldsToReturn": ["grp_full_name"], "lMaxLifeTime": 100})
    chunk = ksc.call("ChunkAccessor.GetItemsChunk", {"strAccessor": found["strAccessor"], "nStart": 0, "nCount": 100})["pChunk"]
    names = {row["value"]["grp_full_name"] for row in chunk["KLCSP_ITERATOR_ARRAY"]}
    assert names == {"Managed devices/", "Managed devices/Web/", "Managed devices/Web/Frontend/", "Unassigned devices/"}


def test_one_group(ksc: KscClient) -> None:
    number = ksc.value("HostGroup.GetGroupId", {"nParent": 0, "strName": "Web"})
    info = ksc.value("HostGroup.GetGroupInfo", {"nGroupId": number})
    assert {"id": number, "name": "Web", "parentId": 0, "grp_full_name": "Managed devices/Web/"}.items() <= info.items()
    assert info["creationDate"]["type"] == "datetime" and None not in info.values()
    assert ksc.error("HostGroup.GetGroupInfo", {"nGroupId": 999})[:2] == ("KLSTD", 1186)


def test_ids_of_packages_mean_nothing_on_another_server(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    def ids(client: KscClient) -> set[int]:
        return {item["value"]["KLPKG_NPI_PKGID"] for item in client.value("PackagesApi.GetPackages")}

    made = ksc.value("PackagesApi.RetranslateToVServerAsync", {"nPackageId": 2, "nVServerId": 1, "pOptions": {"KLPKG_TYPE": 1}})
    assert made
    simulator.clock.advance(60)
    primary, virtual = ids(ksc), ids(tenant)
    assert len(virtual) == 3 and not primary & virtual
    host = tenant.identity("a-kesl")
    for number in primary:
        assert tenant.error("PackagesApi.GetPackageInfo", {"nPackageId": number})[:2] == ("KLSTD", 1186)
        document = task("install", [("a-kesl", host)], install([number], tenant.value("HostGroup.GroupIdGroups")))
        assert "no package %d" % number in tenant.error("Tasks.AddTask", {"pData": document})[2]


def test_ids_of_packages_stay_apart_however_many_there_are(simulator: Any) -> None:
    from simulator.ksc.state import Package

    servers = simulator.world["ksc"].state.servers[:2]
    for number in range(1100):
        servers[number % 2 if number < 20 else 0].add_package(Package(0, "p", "p", "1", "1"))
    assert not set(servers[0].packages) & set(servers[1].packages)


def test_counts_of_an_installation(ksc: KscClient, tenant: KscClient) -> None:
    asked = ["KLSRV_ST_VIRT_SERVER_COUNT", "KLSRV_ST_TOTAL_HOSTS_COUNT", "KLSRV_ST_VIRT_SERVERS_DETAILS"]
    found = ksc.value("HostGroup.GetInstanceStatistics", {"vecFilterFields": asked})
    assert (found["KLSRV_ST_VIRT_SERVER_COUNT"], found["KLSRV_ST_TOTAL_HOSTS_COUNT"]) == (3, 15)
    details = [item["value"] for item in found["KLSRV_ST_VIRT_SERVERS_DETAILS"] if item["type"] == "params"]
    assert [(item["KLSRV_ST_VIRT_SERVER_ID"], item["KLSRV_ST_VIRT_SERVER_NAME"]) for item in details][:1] == [(1, "Tenant A")]
    assert details[0]["KLSRV_ST_VSERVER_HOST_COUNT"] == 1 and details[0]["KLSRV_ST_VSERVER_CREATION_DATE"]["type"] == "datetime"
    assert set(ksc.value("HostGroup.GetInstanceStatistics", {"vecFilterFields": asked[:1]})) == set(asked[:1])
    assert ksc.error("HostGroup.GetInstanceStatistics", {"vecFilterFields": ["KLSRV_ST_NOPE"]})[1] == 1192
    mine = tenant.value("HostGroup.GetInstanceStatistics", {"vecFilterFields": asked})
    assert mine == {asked[0]: 0, asked[1]: 1, asked[2]: []}


def test_there_are_no_secondary_servers(ksc: KscClient) -> None:
    assert ksc.value("ServerHierarchy.GetChildServers", {"nGroupId": -1}) == []
    assert ksc.value("ServerHierarchy.GetChildServers", {"nGroupId": 0}) == []
    assert ksc.error("ServerHierarchy.GetChildServers", {"nGroupId": 999})[:2] == ("KLSTD", 1186)


def test_an_internal_user_is_added(simulator: Any, ksc: KscClient) -> None:
    secret = ksc.value("DataProtectionApi.ProtectUtf16StringGlobally", {"szwPlainText": "S3cret-word"})

    def user(**changes: Any) -> dict[str, Any]:
        data = {
            "KLSPL_USER_NAME": "new",
            "KLSPL_USER_FULL_NAME": "A new user",
            "KLSPL_USER_PWD_ENCRYPTED": {"type": "binary", "value": secret},
        }
        data.update(changes)
        return {"pUser": {name: value for name, value in data.items() if value is not None}}

    assert isinstance(ksc.value("SecurityPolicy.AddUser", user()), int)
    assert ksc.error("SecurityPolicy.AddUser", user())[:2] == ("KLSTD", 1193)
    wrong: list[dict[str, Any]] = [
        {"KLSPL_USER_NAME": None},
        {"KLSPL_USER_NAME": ""},
        {"KLSPL_USER_NAME": "x" * 257},
        {"KLSPL_USER_NAME": 5},
        {"KLSPL_USER_PWD_ENCRYPTED": None},
        {"KLSPL_USER_PWD_ENCRYPTED": "S3cret-word"},
        {"KLSPL_USER_PWD_ENCRYPTED": {"type": "binary", "value": "YWJj"}},
        {"KLSPL_USER_COLOUR": "red"},
        {"KLSPL_USER_ENABLED": 1},
    ]
    for change in wrong:
        assert ksc.error("SecurityPolicy.AddUser", user(**dict({"KLSPL_USER_NAME": "other"}, **change)))[:2] == ("KLSTD", 1192), change
    assert secret not in str([entry.as_dict() for entry in simulator.journal.entries("SecurityPolicy.AddUser")])


@pytest.mark.parametrize("argument, code", [("szwPlainText", None), ("strPlainText", 1192)])
def test_the_argument_of_protecting_a_string(ksc: KscClient, argument: str, code: int | None) -> None:
    answer = ksc.post("DataProtectionApi.ProtectUtf16StringGlobally", {argument: "x1y2"}).json()
    assert answer.get("PxgError", {}).get("code") == code
