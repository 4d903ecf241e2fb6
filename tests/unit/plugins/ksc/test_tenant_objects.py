# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual servers, users and groups on the wire, as contract day-two.md (sections 1.1, 1.2, 1.4, 2, 5, 10) has them."""

from __future__ import annotations

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import NoSuchCall, RequestRefused
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api import groups, limits, tasks, users, virtual_servers

PROTECTED = "cHJvdGVjdGVk"
NO_SUCH_CALL = {"PxgError": {"module": "KLCONN", "code": 1194, "message": "no such call"}}


def refused(code, subcode=None, module="KLSTD"):
    return {"PxgError": {"module": module, "code": code, "subcode": subcode, "message": "refused", "file": "f.cpp", "line": 1}}


# -- virtual servers ---------------------------------------------------------------------------------------------------


def test_make_a_virtual_server(server):
    server.answer("VServers.AddVServerInfo", {"PxgRetVal": {"KLVSRV_ID": 3, "KLVSRV_DN": "Tenant A (2)", "KLVSRV_ENABLED": True}})
    made = virtual_servers.add(server.session(), "Tenant A", 7)
    assert (made.id, made.name, made.enabled) == (3, "Tenant A (2)", True)
    assert server.last("VServers.AddVServerInfo").body == {"strDisplayName": "Tenant A", "lParentGroup": 7}


def test_make_a_virtual_server_whose_description_does_not_come_back(server):
    assert virtual_servers.add(server.session(), "Tenant A", 7) is None


def test_suspend_a_virtual_server(server):
    virtual_servers.enable(server.session(), 3, enabled=False)
    assert server.last("VServers.UpdateVServerInfo").body == {"lVServer": 3, "pInfo": {"KLVSRV_ENABLED": False}}


def test_delete_and_move_a_virtual_server_in_the_background(server):
    server.answer("VServers.DelVServer", {"strActionGuid": "A1"})
    server.answer("VServers.MoveVServer", {"strActionGuid": "A2"})
    assert virtual_servers.delete(server.session(), 3) == "A1"
    assert virtual_servers.move(server.session(), 3, 9) == "A2"
    assert server.last("VServers.DelVServer").body == {"lVServer": 3}
    assert server.last("VServers.MoveVServer").body == {"lVServer": 3, "lNewParentGroup": 9}


def test_count_the_hosts_of_a_virtual_server_without_a_login_there(server):
    server.answer("VServers2.GetVServerStatistic", {"PxgRetVal": {"KLVSRV_HOSTS": 4, "KLVSRV_USERS": 1}}, NO_SUCH_CALL)
    assert virtual_servers.host_count(server.session(), 3) == 4
    assert server.last("VServers2.GetVServerStatistic").body == {"lVsId": 3}
    assert virtual_servers.host_count(server.session(), 3) is None


def test_the_way_back_to_the_primary_server():
    assert tasks.return_to_primary().document("6.1", "Move", [])["TASK_ADDITIONAL_PARAMS"] == {"KLNAG_VS_NAME": ""}  # 13.1 a00261


# -- limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subcode", "likely", "name"),
    [
        (0, limits.USERS, "virtual Administration Servers"),
        (17, limits.VIRTUAL_SERVERS, "administration groups on virtual servers"),
        (-1, limits.USERS, "internal users"),
        (99, limits.VIRTUAL_SERVERS, "virtual Administration Servers"),
    ],
)
def test_a_limit_is_named(server, subcode, likely, name):
    server.answer("VServers.AddVServerInfo", refused(1229, subcode))
    server.answer("Limits.GetLimits", {"PxgRetVal": 500})
    session = server.session()
    with pytest.raises(RequestRefused) as error:
        virtual_servers.add(session, "Tenant A", 7)
    told = limits.explained(session, error.value, likely)
    assert "its limit of %s (500) is reached" % name in told.message
    assert ("does not name the limit" in told.message) == (subcode not in limits.NAMES)
    assert told.failure["limit"] == name
    assert server.last("Limits.GetLimits").body == {"param": {value: key for key, value in limits.NAMES.items()}[name]}


def test_a_limit_whose_value_the_server_does_not_tell(server):
    server.answer("VServers.AddVServerInfo", refused(1229, 0))
    server.answer("Limits.GetLimits", NO_SUCH_CALL)
    session = server.session()
    with pytest.raises(RequestRefused) as error:
        virtual_servers.add(session, "Tenant A", 7)
    assert "its limit of virtual Administration Servers is reached" in limits.explained(session, error.value, 0).message


def test_another_error_is_no_limit(server):
    error = RequestRefused("refused", module="KLSTD", code=1193)
    assert limits.explained(server.session(), error, 0) is error


# -- users -------------------------------------------------------------------------------------------------------------


def test_add_a_user_with_an_encrypted_password(server):
    server.answer("DataProtectionApi.ProtectUtf16StringGlobally", {"PxgRetVal": PROTECTED})
    server.answer("SecurityPolicy.AddUser", {"PxgRetVal": 7})
    session = server.session("Tenant A")
    password = users.protected(session, "Secret-1")
    assert password == b"protected"
    assert users.add(session, "admin", password, {"full_name": "A. Admin", "enabled": True}) == 7
    assert server.last("DataProtectionApi.ProtectUtf16StringGlobally").body == {"szwPlainText": "Secret-1"}
    assert server.last("SecurityPolicy.AddUser").body == {
        "pUser": {
            "KLSPL_USER_NAME": "admin",
            "KLSPL_USER_PWD_ENCRYPTED": {"type": "binary", "value": PROTECTED},
            "KLSPL_USER_FULL_NAME": "A. Admin",
            "KLSPL_USER_ENABLED": True,
        }
    }
    assert "X-KSC-VServer" in server.last("SecurityPolicy.AddUser").headers


def test_a_password_is_encrypted_by_the_method_of_tasks_where_the_other_is_missing(server):
    server.answer("DataProtectionApi.ProtectUtf16StringGlobally", NO_SUCH_CALL)
    server.answer("Tasks.ProtectPassword", {"PxgRetVal": PROTECTED})
    assert users.protected(server.session(), "Secret-1") == b"protected"
    server.answer("Tasks.ProtectPassword", NO_SUCH_CALL)
    with pytest.raises(NoSuchCall):
        users.protected(server.session(), "Secret-1")


def test_list_change_and_delete_users(server):
    record = {"KLSPL_USER_ID": {"type": "long", "value": 7}, "KLSPL_USER_NAME": "admin", "KLSPL_USER_ENABLED": True}
    server.answer("SecurityPolicy.GetUsers", {"PxgRetVal": [{"type": "params", "value": record}]})
    session = server.session("Tenant A")
    (user,) = users.listing(session, 3)
    assert (user.id, user.name) == (7, "admin")
    assert user.attributes == {"full_name": "", "description": "", "mail": "", "enabled": True}
    assert server.last("SecurityPolicy.GetUsers").body == {"lUserId": -1, "lVsId": 3}
    users.update(session, 7, {"mail": "a@example.test"}, b"protected")
    assert server.last("SecurityPolicy.UpdateUser").body == {
        "lUserId": 7,
        "pUser": {"KLSPL_USER_MAIL": "a@example.test", "KLSPL_USER_PWD_ENCRYPTED": {"type": "binary", "value": PROTECTED}},
    }
    users.delete(session, 7)
    assert server.last("SecurityPolicy.DeleteUser").body == {"lUserId": 7}


def test_no_users_at_all(server):
    server.answer("SecurityPolicy.GetUsers", {"PxgRetVal": None})
    assert users.listing(server.session(), users.PRIMARY) == []


# -- groups ------------------------------------------------------------------------------------------------------------


def info(**attributes):
    return {"PxgRetVal": attributes}


def test_read_what_a_group_has_set(server):
    server.answer(
        "HostGroup.GetGroupInfoEx",
        info(
            **{
                "autoRemovePeriod": 60,
                "notifyPeriod": 7,
                "KLGRP_HlfInherited ": True,  # with the space
                "KLSRV_HSTSTAT_CRITICAL": {"type": "params", "value": {"KLSRV_HSTSTAT_MASK": 1 << 18, "KLSRV_HSTSTAT_OLD_AV_BASES": 7}},
                "KLSRV_HSTSTAT_WARNING": {"type": "params", "value": {"KLSRV_HSTSTAT_MASK": {"type": "long", "value": 1 << 11}}},
                "c_grp_autoInstallPackageId": [4, 5],
            }
        ),
    )
    found = groups.settings(server.session(), 21)
    assert (found.days(groups.NOTIFY), found.days(groups.REMOVE)) == (7, 60)
    assert found.inherited and not found.locked
    assert found.conditions == ["restart_required", "suggested_by_product"]
    assert found.package_ids == [4, 5]
    sent = server.last("HostGroup.GetGroupInfoEx").body
    assert sent["nGroupId"] == 21 and "KLGRP_HlfInherited " in sent["pArrAttributes"] and len(sent["pArrAttributes"]) <= 100


@pytest.mark.parametrize("answer", [NO_SUCH_CALL, refused(1192)])
def test_a_group_on_a_server_that_does_not_serve_the_attributes_one_by_one(server, answer):
    server.answer("HostGroup.GetGroupInfoEx", answer)
    server.answer("HostGroup.GetGroupInfo", info(notifyPeriod=7))
    found = groups.settings(server.session(), 21)
    assert found.days(groups.NOTIFY) == 7
    assert found.conditions is None and found.package_ids == []
    assert server.last("HostGroup.GetGroupInfo").body == {"nGroupId": 21}


def test_switch_a_condition_on_and_keep_the_rest(server):
    level = {"KLSRV_HSTSTAT_MASK": 1 << 3, "KLSRV_HSTSTAT_INHERITED": True, "KLSRV_HSTSTAT_SP_VIRUSES": 10}
    groups.update(server.session(), 21, {groups.CRITICAL: groups.with_conditions(level, ["suggested_by_product"]), groups.INHERITED: False})
    assert server.last("HostGroup.UpdateGroup").body == {
        "nGroup": 21,
        "pInfo": {
            "KLSRV_HSTSTAT_CRITICAL": {
                "type": "params",
                "value": {"KLSRV_HSTSTAT_MASK": 1 << 3 | 1 << 18, "KLSRV_HSTSTAT_INHERITED": False, "KLSRV_HSTSTAT_SP_VIRUSES": 10},
            },
            "KLGRP_HlfInherited ": False,
        },
    }


def test_every_bit_of_the_extended_mask_has_a_name():
    assert sorted(groups.CONDITIONS.values()) == list(range(20))
    assert groups.CONDITIONS["suggested_by_product"] == 18


def test_remove_an_empty_group(server):
    server.answer("HostGroup.RemoveGroup", {"strActionGuid": "A3"})
    assert groups.remove_empty(server.session(), 21) == "A3"
    assert server.last("HostGroup.RemoveGroup").body == {"nGroup": 21, "nFlags": 1}
