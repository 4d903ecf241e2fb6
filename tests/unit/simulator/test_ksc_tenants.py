# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant's life: its virtual server, its users, its groups and what they order, and the limits of a server."""

# ruff: noqa: RUF001 - a virtual server of this world has a Cyrillic name on purpose
from __future__ import annotations

from typing import Any

import pytest
from simulated_ksc import HOST1, KscClient, b64, basic, params, reconnect, task

LIST = {"lUserId": -1, "lVsId": -1}


def settle(simulator: Any, client: KscClient, answer: dict[str, Any]) -> dict[str, Any]:
    """Wait for an action's end."""
    simulator.clock.advance(5)
    return client.call("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": answer["strActionGuid"]})


def state(simulator: Any) -> Any:
    return simulator.world["ksc"].state


def login_status(simulator: Any, server: str, user: str = "admin", password: str = "right") -> int:
    client = KscClient(simulator)
    return client.post("login", {}, {"Authorization": basic(user, password), "X-KSC-VServer": b64(server)}).status_code


# Virtual servers


def test_a_virtual_server_is_renamed_and_switched_off(simulator: Any, ksc: KscClient) -> None:
    session = KscClient(simulator).start("Tenant A", "tenant", "right-a")
    ksc.call("VServers.UpdateVServerInfo", {"lVServer": 1, "pInfo": {"KLVSRV_DN": "Tenant Z"}})
    assert login_status(simulator, "Tenant A") == 403 and login_status(simulator, "Tenant Z", "tenant", "right-a") == 200
    ksc.call("VServers.UpdateVServerInfo", {"lVServer": 1, "pInfo": {"KLVSRV_ENABLED": False, "KLVSRV_CUSTOM_INFO": "off since today"}})
    found = ksc.value("VServers.GetVServerInfo", {"lVServer": 1, "pFields2Return": []})
    assert (found["KLVSRV_DN"], found["KLVSRV_ENABLED"], found["KLVSRV_CUSTOM_INFO"]) == ("Tenant Z", False, "off since today")
    assert login_status(simulator, "Tenant Z") == 403
    assert session.post("Session.Ping", {}).status_code == 403, "its sessions have ended"
    ksc.call("VServers.UpdateVServerInfo", {"lVServer": 1, "pInfo": {"KLVSRV_ENABLED": True}})
    assert login_status(simulator, "Tenant Z") == 200
    ksc.call("VServers.UpdateVServerInfo", {"lVServer": 1, "pInfo": {"KLVSRV_DN": "Closed"}})
    assert state(simulator).server_by_id(1).name == "Closed (2)", "a name that is taken is altered"
    ksc.call("VServers.UpdateVServerInfo", {"lVServer": 1, "pInfo": {"KLVSRV_DN": "Closed (2)"}})
    assert state(simulator).server_by_id(1).name == "Closed (2)"


@pytest.mark.parametrize(
    "info",
    [{"KLVSRV_ID": 5}, {"KLVSRV_NEW_HOSTS_PROHIBITED": True}, {"KLVSRV_ENABLED": 1}, {"KLVSRV_DN": " "}, {"KLVSRV_DN": 5}, {"X": "y"}],
)
def test_what_cannot_be_changed_of_a_virtual_server(ksc: KscClient, info: dict[str, Any]) -> None:
    assert ksc.error("VServers.UpdateVServerInfo", {"lVServer": 1, "pInfo": info})[:2] == ("KLSTD", 1192)
    assert ksc.value("VServers.GetVServerInfo", {"lVServer": 1, "pFields2Return": ["KLVSRV_DN"]}) == {"KLVSRV_DN": "Tenant A"}


@pytest.mark.parametrize("fate", ["removed", "unassigned"])
def test_a_virtual_server_is_deleted(simulator: Any, ksc: KscClient, fate: str) -> None:
    simulator.change_settings({"ksc": {"deleted_server_hosts": fate}})
    tenant = KscClient(simulator).start("Tenant A")
    answer = ksc.call("VServers.DelVServer", {"lVServer": 1})
    assert "Tenant A" in str(ksc.value("VServers.GetVServers", {})), "not yet"
    assert settle(simulator, ksc, answer)["bSuccededFinalized"] is True
    assert "Tenant A" not in str(ksc.value("VServers.GetVServers", {}))
    assert login_status(simulator, "Tenant A") == 403 and login_status(simulator, "", "tenant", "right-a") in (401, 403)
    assert tenant.post("Session.Ping", {}).status_code == 403
    found = ksc.find('(KLHST_WKS_DN="a-kesl")', ("KLHST_WKS_STATUS", "KLHST_WKS_FROM_UNASSIGNED"), only=False)
    assert found == ([] if fate == "removed" else [{"KLHST_WKS_STATUS": 0x14, "KLHST_WKS_FROM_UNASSIGNED": True}])
    assert ksc.error("VServers.DelVServer", {"lVServer": 1})[:2] == ("KLSTD", 1186)


def test_a_virtual_server_is_moved(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    group = state(simulator).primary.group_path("Web").id
    assert settle(simulator, ksc, ksc.call("VServers.MoveVServer", {"lVServer": 1, "lNewParentGroup": group}))["bFinalized"] is True
    assert "Tenant A" in str(ksc.value("VServers.GetVServers", {"lParentGroup": group}))
    failed = settle(simulator, ksc, ksc.call("HostGroup.RemoveGroup", {"nGroup": group, "nFlags": 3}))
    assert failed["bSuccededFinalized"] is False, "a virtual server is in it"
    assert ksc.error("VServers.MoveVServer", {"lVServer": 1, "lNewParentGroup": 999})[:2] == ("KLSTD", 1186)
    for method, body in (
        ("MoveVServer", {"lNewParentGroup": 0}),
        ("DelVServer", {}),
        ("UpdateVServerInfo", {"pInfo": {}}),
        ("GetPermissions", {}),
    ):
        assert tenant.error("VServers." + method, dict(body, lVServer=1))[:2] == ("KLSTD", 1184)


def test_who_may_use_a_virtual_server(ksc: KscClient) -> None:
    found = ksc.value("VServers.GetPermissions", {"lVServer": 1})
    names = [item["value"]["KLSPLU_NAME"] for item in found["KLSPL_PERMISSIONS"]]
    assert "tenant" in names and "main-only" not in names and found["KLSPL_INHERITED"] is True


# Users


def user(client: KscClient, name: str | None = None, password: str | None = None, **more: Any) -> dict[str, Any]:
    """pUser of a call; more attributes without their prefix."""
    data: dict[str, Any] = {"KLSPL_USER_" + key.upper(): value for key, value in more.items()}
    if name is not None:
        data["KLSPL_USER_NAME"] = name
    if password is not None:
        protected = client.value("DataProtectionApi.ProtectUtf16StringGlobally", {"szwPlainText": password})
        data["KLSPL_USER_PWD_ENCRYPTED"] = {"type": "binary", "value": protected}
    return {"pUser": data}


def names(client: KscClient, server: int = -1) -> list[str]:
    return [item["value"]["KLSPL_USER_NAME"] for item in client.value("SecurityPolicy.GetUsers", dict(LIST, lVsId=server))]


def test_the_administrator_of_a_tenant(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    identity = tenant.value("SecurityPolicy.AddUser", user(tenant, "boss", "S3cret-word", full_name="The boss"))
    (found,) = tenant.value("SecurityPolicy.GetUsers", {"lUserId": identity, "lVsId": 0})
    assert found["value"] == {
        "KLSPL_USER_ID": identity,
        "KLSPL_USER_NAME": "boss",
        "KLSPL_USER_FULL_NAME": "The boss",
        "KLSPL_USER_DESCRIPTION": "",
        "KLSPL_USER_MAIL": "",
        "KLSPL_USER_PHONE": "",
        "KLSPL_USER_ENABLED": True,
        "KLSPL_USER_REQUEST_PASSWORD": False,
    }
    assert names(tenant) == ["tenant", "boss"] == names(ksc, 1) and "boss" in names(ksc) and "boss" not in names(ksc, 0)
    assert login_status(simulator, "Tenant A", "boss", "S3cret-word") == 200
    assert login_status(simulator, "", "boss", "S3cret-word") == login_status(simulator, "вс1", "boss", "S3cret-word") == 403
    assert "S3cret-word" not in str([entry.as_dict() for entry in simulator.journal.entries()])


def test_a_user_of_the_primary_server_has_no_rights(simulator: Any, ksc: KscClient) -> None:
    ksc.value("SecurityPolicy.AddUser", user(ksc, "new", "S3cret-word"))
    assert login_status(simulator, "", "new", "S3cret-word") == login_status(simulator, "Tenant A", "new", "S3cret-word") == 403


def test_a_user_changes_and_goes(simulator: Any, tenant: KscClient) -> None:
    identity = tenant.value("SecurityPolicy.AddUser", user(tenant, "boss", "S3cret-word"))
    session = KscClient(simulator).start("Tenant A", "boss", "S3cret-word")
    tenant.call("SecurityPolicy.UpdateUser", dict(user(tenant, None, "Other-word", mail="boss@example.test"), lUserId=identity))
    assert session.post("Session.Ping", {}).status_code == 403
    assert login_status(simulator, "Tenant A", "boss", "S3cret-word") == 401
    assert login_status(simulator, "Tenant A", "boss", "Other-word") == 200
    tenant.call("SecurityPolicy.UpdateUser", dict(user(tenant, enabled=False), lUserId=identity))
    assert login_status(simulator, "Tenant A", "boss", "Other-word") == 401
    (found,) = tenant.value("SecurityPolicy.GetUsers", {"lUserId": identity, "lVsId": -1})
    assert (found["value"]["KLSPL_USER_MAIL"], found["value"]["KLSPL_USER_ENABLED"]) == ("boss@example.test", False)
    tenant.call("SecurityPolicy.DeleteUser", {"lUserId": identity})
    assert names(tenant) == ["tenant"]
    for method, body in (("GetUsers", {"lVsId": -1}), ("DeleteUser", {}), ("UpdateUser", {"pUser": {}})):
        assert tenant.error("SecurityPolicy." + method, dict(body, lUserId=identity))[:2] == ("KLSTD", 1186)


def test_nobody_deletes_himself(simulator: Any) -> None:
    tenant = KscClient(simulator).login("Tenant A", "tenant", "right-a")
    (me,) = tenant.value("SecurityPolicy.GetUsers", LIST)
    assert tenant.error("SecurityPolicy.DeleteUser", {"lUserId": me["value"]["KLSPL_USER_ID"]})[:2] == ("KLSTD", 1193)


def test_names_of_users(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    tenant.value("SecurityPolicy.AddUser", user(tenant, "boss", "S3cret-word"))
    assert ksc.error("SecurityPolicy.AddUser", user(ksc, "BOSS", "S3cret-word"))[:2] == ("KLSTD", 1193), "unique over all servers"
    simulator.change_settings({"ksc": {"user_exists_error": "SPL 2014"}})
    assert ksc.error("SecurityPolicy.AddUser", user(ksc, "boss", "S3cret-word"))[:2] == ("SPL", 2014)
    simulator.change_settings({"ksc": {"user_names": "per_server"}})
    ksc.value("SecurityPolicy.AddUser", user(ksc, "boss", "S3cret-word"))
    identity = tenant.value("SecurityPolicy.AddUser", user(tenant, "other", "S3cret-word"))
    assert tenant.error("SecurityPolicy.UpdateUser", dict(user(tenant, "boss"), lUserId=identity))[:2] == ("SPL", 2014)
    tenant.call("SecurityPolicy.UpdateUser", dict(user(tenant, "other"), lUserId=identity))


# Groups


def group_info(client: KscClient, number: int, *fields: str) -> dict[str, Any]:
    return client.value("HostGroup.GetGroupInfoEx", {"nGroupId": number, "pArrAttributes": list(fields)})


def update(client: KscClient, number: int, **info: Any) -> dict[str, Any]:
    return client.call("HostGroup.UpdateGroup", {"nGroup": number, "pInfo": info})


def test_days_of_a_group(simulator: Any, tenant: KscClient) -> None:
    web = state(simulator).server("Tenant A").group_path("Web").id
    fields = ("notifyPeriod", "autoRemovePeriod", "KLGRP_HlfInherited ", "KLGRP_HlfForced")
    assert group_info(tenant, web, *fields) == dict(zip(fields, (7, 60, True, False), strict=True))
    update(tenant, web, notifyPeriod=3)
    assert group_info(tenant, web, *fields) == dict(zip(fields, (3, 60, False, False), strict=True))
    update(tenant, web, **{"KLGRP_HlfInherited ": True})
    assert group_info(tenant, web, "notifyPeriod", "KLGRP_HlfInherited ") == {"notifyPeriod": 7, "KLGRP_HlfInherited ": True}
    simulator.change_settings({"ksc": {"inherited_settings": "kept"}})
    update(tenant, web, notifyPeriod=3)
    assert group_info(tenant, web, "notifyPeriod") == {"notifyPeriod": 7}, "the inheritance was not lifted"
    update(tenant, web, notifyPeriod=3, autoRemovePeriod=30, **{"KLGRP_HlfInherited ": False})
    assert group_info(tenant, web, *fields) == dict(zip(fields, (3, 30, False, False), strict=True))
    update(tenant, tenant.value("HostGroup.GroupIdGroups"), KLGRP_HlfForceChildren=True)
    assert group_info(tenant, web, "KLGRP_HlfForced") == {"KLGRP_HlfForced": True}
    assert tenant.error("HostGroup.UpdateGroup", {"nGroup": web, "pInfo": {"notifyPeriod": 1}})[:2] == ("KLSTD", 1193)


def mask(client: KscClient, group: int) -> dict[str, Any]:
    return dict(group_info(client, group, "KLSRV_HSTSTAT_CRITICAL")["KLSRV_HSTSTAT_CRITICAL"]["value"])


def test_status_settings_of_a_group(simulator: Any, tenant: KscClient) -> None:
    web = state(simulator).server("Tenant A").group_path("Web")
    update(tenant, web.id, KLSRV_HSTSTAT_CRITICAL=params({"KLSRV_HSTSTAT_MASK": 1 << 18}))
    assert mask(tenant, web.id)["KLSRV_HSTSTAT_MASK"] == 1 << 18 and mask(tenant, web.id)["KLSRV_HSTSTAT_INHERITED"] is False
    assert mask(tenant, web.id)["KLSRV_HSTSTAT_OLD_AV_BASES"] == 7
    simulator.change_settings({"ksc": {"status_settings": "replaced"}})
    update(tenant, web.id, KLSRV_HSTSTAT_CRITICAL=params({"KLSRV_HSTSTAT_MASK": 4, "KLSRV_HSTSTAT_OLD_FSCAN": 9}))
    assert "KLSRV_HSTSTAT_OLD_AV_BASES" not in mask(tenant, web.id) and mask(tenant, web.id)["KLSRV_HSTSTAT_OLD_FSCAN"] == 9
    update(tenant, web.id, KLSRV_HSTSTAT_CRITICAL=params({"KLSRV_HSTSTAT_INHERITED": True}))
    assert mask(tenant, web.id)["KLSRV_HSTSTAT_INHERITED"] is True and mask(tenant, web.id)["KLSRV_HSTSTAT_MASK"] == 0xFFFFF
    simulator.change_settings({"ksc": {"inherited_settings": "kept"}})
    update(tenant, web.id, KLSRV_HSTSTAT_CRITICAL=params({"KLSRV_HSTSTAT_MASK": 4}))
    assert mask(tenant, web.id)["KLSRV_HSTSTAT_INHERITED"] is True
    update(tenant, web.id, KLSRV_HSTSTAT_CRITICAL=params({"KLSRV_HSTSTAT_MASK": 4, "KLSRV_HSTSTAT_INHERITED": False}))
    assert mask(tenant, web.id)["KLSRV_HSTSTAT_MASK"] == 4
    web.locked = True
    refused = {"nGroup": web.id, "pInfo": {"KLSRV_HSTSTAT_WARNING": params({"KLSRV_HSTSTAT_MASK": 0})}}
    assert tenant.error("HostGroup.UpdateGroup", refused)[:2] == ("KLSTD", 1193) and mask(tenant, web.id)["KLSRV_HSTSTAT_LOCKED"] is True


@pytest.mark.parametrize(
    "info",
    [
        {"id": 5},
        {"KLGRP_HlfInherited": True},
        {"notifyPeriod": "7"},
        {"notifyPeriod": -1},
        {"name": "a/b"},
        {"KLSRV_HSTSTAT_CRITICAL": 5},
        {"KLSRV_HSTSTAT_CRITICAL": params({"KLSRV_HSTSTAT_MASK": 1 << 20})},
        {"KLSRV_HSTSTAT_CRITICAL": params({"NONSENSE": 1})},
        {"c_grp_autoInstallPackageId": 1},
    ],
)
def test_what_a_group_does_not_take(simulator: Any, tenant: KscClient, info: dict[str, Any]) -> None:
    web = state(simulator).server("Tenant A").group_path("Web").id
    assert tenant.error("HostGroup.UpdateGroup", {"nGroup": web, "pInfo": info})[:2] == ("KLSTD", 1192)


def test_a_group_is_renamed(simulator: Any, tenant: KscClient) -> None:
    web = state(simulator).server("Tenant A").group_path("Web").id
    update(tenant, web, name="Shop")
    assert tenant.value("HostGroup.GetGroupId", {"nParent": tenant.value("HostGroup.GroupIdGroups"), "strName": "Shop"}) == web
    state(simulator).server("Tenant A").group_path("Other")
    assert tenant.error("HostGroup.UpdateGroup", {"nGroup": web, "pInfo": {"name": "other"}})[:2] == ("KLSTD", 1193)


@pytest.mark.parametrize("reading", ["honoured", "ignored"])
def test_packages_for_whatever_arrives(simulator: Any, tenant: KscClient, reading: str) -> None:
    simulator.change_settings({"ksc": {"auto_install": reading, "install_seconds": 60}})
    server = state(simulator).server("Tenant A")
    kesl = next(item.id for item in server.packages.values() if item.product == "kesl")
    host = server.hosts[tenant.identity("a-kesl")]
    host.machine.products.clear()
    web = server.group_path("Web").id
    update(tenant, web, c_grp_autoInstallPackageId=[kesl])
    assert group_info(tenant, web, "c_grp_autoInstallPackageId") == {"c_grp_autoInstallPackageId": [kesl]}
    host.machine.online = False
    tenant.call("HostGroup.MoveHostsToGroup", {"nGroup": web, "pHostNames": [host.id]})
    simulator.clock.advance(120)
    assert tenant.names('(KLHST_WKS_PRODUCT_NAME="kesl")') == []
    host.machine.online = True
    simulator.clock.advance(400)
    assert tenant.names('(KLHST_WKS_PRODUCT_NAME="kesl")') == (["a-kesl"] if reading == "honoured" else [])
    host.machine.products.clear()
    tenant.call("HostGroup.MoveHostsToGroup", {"nGroup": web, "pHostNames": [host.id]})
    simulator.clock.advance(400)
    assert not host.machine.products, "it was there already"
    assert tenant.error("HostGroup.UpdateGroup", {"nGroup": web, "pInfo": {"c_grp_autoInstallPackageId": [1]}})[:2] == ("KLSTD", 1186)


def test_a_group_goes_with_its_policies_and_tasks(simulator: Any, tenant: KscClient) -> None:
    server = state(simulator).server("Tenant A")
    web = server.group_path("Web").id
    server.add_policy("own", "kesl", "12.1.0.0", web)
    assert settle(simulator, tenant, tenant.call("HostGroup.RemoveGroup", {"nGroup": web, "nFlags": 2}))["bSuccededFinalized"] is True
    assert "own" not in [policy.name for policy in server.policies]


# Limits


def test_limits_are_told_and_kept(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    assert [ksc.value("Limits.GetLimits", {"param": number}) for number in (0, 1, 2)] == [500, 50000, 2**31 - 1]
    assert ksc.error("Limits.GetLimits", {"param": 1000})[:2] == ("KLSTD", 1186)
    state(simulator).limits.update({0: 3, 2: 1, 17: 1})
    root = tenant.value("HostGroup.GroupIdGroups")
    for client, method, body, number in (
        (ksc, "VServers.AddVServerInfo", {"strDisplayName": "more", "lParentGroup": 0}, 0),
        (tenant, "SecurityPolicy.AddUser", user(tenant, "more", "S3cret-word"), 2),
        (tenant, "HostGroup.AddGroup", {"pInfo": {"name": "more", "parentId": root}}, 17),
    ):
        error = client.post(method, body).json()["PxgError"]
        assert (error["module"], error["code"], error["subcode"]) == ("KLSTD", 1229, number)
    assert tenant.value("HostGroup.AddGroup", {"pInfo": {"name": "Web", "parentId": root}}), "it is there already"


def test_a_full_virtual_server_takes_no_more_hosts(simulator: Any, ksc: KscClient) -> None:
    state(simulator).server("Tenant A").max_hosts = 1
    found = ksc.value(
        "VServers.GetVServerInfo", {"lVServer": 1, "pFields2Return": ["KLVSRV_NEW_HOSTS_PROHIBITED", "KLVSRV_TOO_MUCH_HOSTS"]}
    )
    assert found == {"KLVSRV_NEW_HOSTS_PROHIBITED": True, "KLVSRV_TOO_MUCH_HOSTS": False}
    identity = ksc.value("Tasks.AddTask", {"pData": task("reconnect", [("Host1", HOST1)], reconnect())})
    ksc.call("Tasks.RunTask", {"strTask": identity})
    simulator.clock.advance(300)
    assert ksc.value("Tasks.GetTaskStatistics", {"strTask": identity})["4"] == 1
    assert [server.title for server in state(simulator).servers if HOST1 in server.hosts] == ["primary"]


def test_users_and_limits_of_a_world() -> None:
    from simulator.runner import Simulator

    world = {
        "limits": {"virtual_servers": 2},
        "users": [{"name": "staff", "password": "a"}],
        "virtual_servers": [{"name": "T", "users": [{"name": "boss", "password": "b", "full_name": "Boss", "enabled": False}]}],
        "hosts": [{"name": "x", "ip": "10.0.0.1"}],
    }
    ksc = Simulator({"ksc": world}).world["ksc"]
    assert ksc.state.limits == {0: 2}
    assert [(item.username, item.home, item.rights, item.enabled, item.id) for item in ksc.accounts_list] == [
        ("staff", 0, False, True, 1),
        ("boss", 1, True, False, 2),
    ]


def test_a_moved_host_is_the_same(ksc: KscClient) -> None:
    ksc.call("HostGroup.MoveHostsToGroup", {"nGroup": 0, "pHostNames": [HOST1]})
    assert ksc.names("(KLHST_WKS_GROUPID=0)") == ["Host1"]
