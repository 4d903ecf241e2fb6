# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every request of the vendor's articles, compared with what we send; every answer of theirs, read.

The bodies are those of seeds 001 (generation 6.1) and 000, 002 (5.2), corrected as contract ksc-openapi.md, section 0,
says. The article writes placeholders (vmIPLong, groupName, hostId ...); here they have values.
"""

from __future__ import annotations

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api import (
    actions,
    filters,
    groups,
    hosts,
    licenses,
    packages,
    policies,
    server_info,
    tasks,
    virtual_servers,
)
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api.hosts import Host, Product

HOST_ID = "7ad995e2-eb62-40e5-9c7e-5abae19979a0"
HOST = Host(HOST_ID, "Host1", "127.0.0.1", 0, {})
ACCOUNT = tasks.OsAccount("HostOsUserLogin", "HostOsUserPassword")


def test_login_on_the_primary_server(server):
    server.session(auth_method="login").log_in()
    (sent,) = server.sent
    assert (sent.verb, sent.path) == ("POST", "/api/v1.0/login")
    assert sent.headers["Authorization"] == 'KSCBasic user="dXNlcg==", pass="c2VjcmV0", internal="0"'
    assert sent.headers["Content-Type"] == "application/json"
    assert "X-KSC-VServer" not in sent.headers
    assert sent.body == {}


def test_login_on_a_virtual_server(server):
    server.session("vksc2", auth_method="login").log_in()
    (sent,) = server.sent
    assert sent.headers["X-KSC-VServer"] == "dmtzYzI="  # forum 37229


def test_a_cyrillic_virtual_server_is_base64_of_utf8(server):
    server.session("вс1").log_in()  # noqa: RUF001
    assert server.sent[0].headers["X-KSC-VServer"] == "0LLRgTE="  # ksc-wire.md, section 3


def test_each_call_on_a_virtual_server_names_it(server):
    session = server.session("vksc2")
    server.answer("HostGroup.GroupIdUnassigned", {"PkgRetVal": 11})
    assert groups.unassigned_id(session) == 11
    sent = server.last("HostGroup.GroupIdUnassigned")
    assert sent.headers["X-KSC-VServer"] == "dmtzYzI="
    assert sent.headers["X-KSC-Session"] == "nsPbUpP1oAVZlM1lODEbg8A=="
    assert sent.body == {}


def test_find_hosts_and_the_iterator(server):
    server.answer("HostGroup.FindHosts", {"strAccessor": "iteratorId"})
    server.answer("ChunkAccessor.GetItemsCount", {"PxxRetVal": 2})
    server.answer(
        "ChunkAccessor.GetItemsChunk",
        {
            "pChunk": {
                "KLCSP_ITERATOR_ARRAY": [
                    {
                        "type": "params",
                        "value": {
                            "KLHST_WKS_DN": "Host1",
                            "KLHST_WKS_HOSTNAME": "7ad995e2-eb62-40e5-9c7e-5abae19979a0",
                            "KLHST_WKS_IP_LONG": {"type": "long", "value": 2130706433},
                        },
                    },
                    {
                        "type": "params",
                        "value": {
                            "KLHST_WKS_DN": "Host2",
                            "KLHST_WKS_HOSTNAME": "5fb6a90c-d054-4f9b-a342-2a62949ad899",
                            "KLHST_WKS_IP_LONG": {"type": "long", "value": 172052763},
                        },
                    },
                ]
            },
            "PxgRetVal": 2,
        },
    )
    found = hosts.matching(
        server.session(),
        [filters.equals("KLHST_WKS_IP_LONG", 172052763)],
        ("KLHST_WKS_DN", "KLHST_WKS_HOSTNAME", "KLHST_WKS_IP_LONG"),
    )
    assert server.last("HostGroup.FindHosts").body == {
        "wstrFilter": "(KLHST_WKS_IP_LONG = 172052763)",
        "vecFieldsToReturn": ["KLHST_WKS_DN", "KLHST_WKS_HOSTNAME", "KLHST_WKS_IP_LONG"],
        "vecFieldsToOrder": [],
        "pParams": {"KLSRVH_SLAVE_REC_DEPTH": 128, "KLGRP_FIND_FROM_CUR_VS_ONLY": True},
        "lMaxLifeTime": 600,
    }
    assert server.last("ChunkAccessor.GetItemsCount").body == {"strAccessor": "iteratorId"}
    assert server.last("ChunkAccessor.GetItemsChunk").body == {"strAccessor": "iteratorId", "nStart": 0, "nCount": 2}
    assert server.last("ChunkAccessor.Release").body == {"strAccessor": "iteratorId"}
    assert [(host.name, host.id, host.ip) for host in found] == [
        ("Host1", HOST_ID, "127.0.0.1"),
        ("Host2", "5fb6a90c-d054-4f9b-a342-2a62949ad899", "10.65.81.27"),
    ]


def test_an_address_is_a_big_endian_number():
    assert hosts.ip_number("127.0.0.1") == 2130706433
    assert hosts.ip_number("10.65.81.27") == 172052763


def test_move_hosts_to_a_group(server):
    hosts.move_to_group(server.session(), [HOST_ID], 8)
    assert server.last("HostGroup.MoveHostsToGroup").body == {"pHostNames": [HOST_ID], "nGroup": 8}


def test_remove_a_host_with_the_article_s_method(server):
    hosts.remove_one(server.session(), HOST_ID)
    assert server.last("HostGroup.RemoveHost").body == {"strHostName": HOST_ID}


def test_find_groups(server):
    server.answer("HostGroup.FindGroups", {"strAccessor": "iteratorId", "PxgRetVal": 0})
    groups.matching(server.session(), filters.equals("name", "groupName"), ("id", "name"))
    assert server.last("HostGroup.FindGroups").body == {
        "wstrFilter": '(name = "groupName")',
        "vecFieldsToReturn": ["id", "name"],
        "vecFieldsToOrder": [],
        "pParams": {},
        "lMaxLifeTime": 600,
    }


def test_managed_devices(server):
    server.answer("HostGroup.GroupIdGroups", {"PxcRetVal": 8})
    assert groups.managed_id(server.session()) == 8
    assert server.last("HostGroup.GroupIdGroups").body == {}


def test_virtual_servers(server):
    server.answer(
        "VServers.GetVServers",
        {
            "PkgRetVal": [
                {
                    "type": "params",
                    "value": {
                        "KLVSrv_CREATED": {"type": "datetime", "value": "2020-06-15T09:41:18Z"},
                        "KLVSrv_DN": "SomeVirtualServer",
                        "KLVSrv_ENABLED": True,
                        "KLVSrv_GROUPS": 8,
                        "KLVSrv_GRP": 0,
                        "KLVSrv_HST_UID": "VSRV08172e1f-4057-4579-89c4-d5e6256d8ad2",
                        "KLVSrv_ID": 1,
                        "KLVSrv_LIC_ENABLED": True,
                        "KLVSrv_SUPER": 7,
                        "KLVSrv_UID": "VSRV08172e1f-4057-4579-89c4-d5e6256d8ad2",
                        "KLVSrv_UNASSIGNED": 11,
                    },
                }
            ]
        },
    )
    (found,) = virtual_servers.listing(server.session())
    assert server.last("VServers.GetVServers").body == {"lParentGroup": -1}
    assert (found.id, found.name, found.managed_group_id, found.unassigned_group_id) == (1, "SomeVirtualServer", 8, 11)


def test_packages(server):
    server.answer(
        "PackagesApi.GetPackages",
        {
            "PkgRetVal": [
                {
                    "type": "params",
                    "value": {
                        "KLPKG_NPI_CREATION_TIME": {"type": "datetime", "value": "2019-10-08T17:30:40Z"},
                        "KLPKG_NPI_MODIF_TIME": {"type": "datetime", "value": "2019-10-08T17:30:40Z"},
                        "KLPKG_NPI_NAME": "Kaspersky Security for Virtualization 5.2 Light Agent.",
                        "KLPKG_NPI_PKGID": 1,
                        "KLPKG_NPI_PRODUCT_DISPL_NAME": "Kaspersky Security for Virtualization 5.2 Light Agent",
                        "KLPKG_NPI_PRODUCT_DISPL_VERSION": "5.2.27.1202",
                        "KLPKG_NPI_PRODUCT_NAME": "KSVLA",
                        "KLPKG_NPI_PRODUCT_VERSION": "5.2.0.0",
                        "KLPKG_NPI_SIZE": {"type": "long", "value": 217427607},
                    },
                }
            ]
        },
    )
    (package,) = packages.listing(server.session())
    assert server.last("PackagesApi.GetPackages").body == {}
    assert (package.id, str(package.product), package.display_version) == (1, "KSVLA 5.2.0.0", "5.2.27.1202")


def test_retranslate(server):
    server.answer("PackagesApi.RetranslateToVServerAsync", {"PkgRetVal": "asyncActionId"})
    options = {
        "KLPKG_CREATE_STANDALONE_PRODS": True,
        "KLPKG_CREATE_STANDALONE_NAGT": True,
        "KLPKG_USE_LANGUAGE_TAG": True,
        "KLPKG_TYPE": 1,
        "KLPKG_LAZY_RETRANSLATION": False,
    }
    assert packages.retranslate(server.session(), 1, 2, options) == "asyncActionId"
    assert server.last("PackagesApi.RetranslateToVServerAsync").body == {"nPackageId": 1, "nVServerId": 2, "pOptions": options}


@pytest.mark.parametrize("flag", ["bSuccededFinalized", "bSucceededFinalized"])
def test_the_state_of_an_action(server, flag):
    server.answer(
        "AsyncActionStateChecker.CheckActionState",
        {"bFinalized": True, flag: True, "lStateCode": 0, "pStateData": {}, "lNextCheckDelay": 0},
    )
    state = actions.state(server.session(), "asyncActionId")
    assert server.last("AsyncActionStateChecker.CheckActionState").body == {"wstrActionGuid": "asyncActionId"}
    assert (state.finished, state.succeeded) == (True, True)


SCHEDULE = {"6.1": {"TASKSCH_RUN_MISSED_FLAG": True}, "5.2": {"PRTS_TASK_ENABLED": True}}
ACCOUNTS = [
    {"type": "params", "value": {"klprts-TaskAccountAuthType": 1}},
    {"type": "params", "value": {"klprts-TaskAccountUser": "HostOsUserLogin"}},
    {"type": "params", "value": {"klprts-TaskAccountPassword": "HostOsUserPassword"}},
]


def info(display_name):
    return {
        "type": "params",
        "value": {
            "DisplayName": display_name,
            "HostList": [{"type": "params", "value": {"HostDispName": "Host1", "HostName": HOST_ID}}],
        },
    }


@pytest.mark.parametrize("profile", ["6.1", "5.2"])
def test_the_task_that_changes_the_server(server, profile):
    server.answer("Tasks.AddTask", {"PxcRetVal": "taskId"})
    document = tasks.reconnection("MainKscServerAddress/VirtualServerName", [14000], [13000]).document(profile, "Reconnect to vKSC", [HOST])
    assert tasks.add(server.session(), document) == "taskId"
    assert server.last("Tasks.AddTask").body == {
        "pData": {
            **SCHEDULE[profile],
            "TASKID_PRODUCT_NAME": "1103",
            "TASK_ADDITIONAL_PARAMS": {
                "type": "params",
                "value": {
                    "ServerSslPorts": [13000],
                    "Serverports": [14000],
                    "ServerAddress": "MainKscServerAddress/VirtualServerName",
                },
            },
            "TASK_INFO_PARAMS": info("Reconnect to vKSC"),
            "TASKID_VERSION": "1.0.0.0",
            "TASKSCH_TYPE": 0,
            "TASK_NAME": "KLNAG_TASK_RECONNECTION",
            "TASKID_COMPONENT_NAME": "86",
        }
    }


@pytest.mark.parametrize("profile", ["6.1", "5.2"])
def test_the_task_that_installs(server, profile):
    server.answer("Tasks.AddTask", {"PkgRetVal": "taskId"})
    document = tasks.installation([3, 1], 8, ACCOUNT).document(profile, "Install KSVLA 5.2.0.0 on host", [HOST])
    tasks.add(server.session(), document)
    assert server.last("Tasks.AddTask").body == {
        "pData": {
            **SCHEDULE[profile],
            "TASKID_PRODUCT_NAME": "1093",
            "TASK_ADDITIONAL_PARAMS": {
                "type": "params",
                "value": {
                    "KLTSK_RI_USE_SHARE": True,
                    "KLTSK_RI_USE_SHARE_SRV": True,
                    "KLTSK_RI_PACKAGES_IDS": [3, 1],
                    "KLTSK_RI_USE_NAGENT": True,
                    "KLTSK_RI_GROUP_TO_MOVE_HOST": 8,
                    "klprts-TaskAccounts": ACCOUNTS,
                },
            },
            "TASK_INFO_PARAMS": info("Install KSVLA 5.2.0.0 on host"),
            "TASKID_VERSION": "1.0.0.0",
            "TASKSCH_TYPE": 0,
            "TASK_NAME": "Remote Installation",
            "TASKID_COMPONENT_NAME": "87",
        }
    }


@pytest.mark.parametrize("profile", ["6.1", "5.2"])
def test_the_task_that_removes(server, profile):
    server.answer("Tasks.AddTask", {"PxcRetVal": "taskId"})
    document = tasks.removal(Product("KSVLA", "5.2.0.0"), ACCOUNT).document(profile, "Deinstall KSVLA 5.2.0.0 on host", [HOST])
    tasks.add(server.session(), document)
    assert server.last("Tasks.AddTask").body == {
        "pData": {
            **SCHEDULE[profile],
            "TASKID_PRODUCT_NAME": "1093",
            "TASK_ADDITIONAL_PARAMS": {
                "type": "params",
                "value": {
                    "klprts-TaskAccounts": ACCOUNTS,
                    "KLTSK_RI_USE_SHARE_SRV": True,
                    "KLTSK_RI_USE_SHARE": True,
                    "ProductVersion": "5.2.0.0",
                    "KLTSK_RI_USE_NAGENT": True,
                    "ProductName": "KSVLA",
                    "UninstallType": 0,
                },
            },
            "TASK_INFO_PARAMS": info("Deinstall KSVLA 5.2.0.0 on host"),
            "TASKID_VERSION": "1.0.0.0",
            "TASKSCH_TYPE": 0,
            "TASK_NAME": "Remote Deinstallation",
            "TASKID_COMPONENT_NAME": "87",
        }
    }


def test_a_protected_password_is_binary(server):
    server.answer("Tasks.ProtectPassword", {"PxgRetVal": "cHJvdGVjdGVk"})
    protected = tasks.protected(server.session(), "HostOsUserPassword")
    assert server.last("Tasks.ProtectPassword").body == {"strPassword": "HostOsUserPassword"}
    server.answer("Tasks.AddTask", {"PxgRetVal": "45"})
    account = tasks.OsAccount("HostOsUserLogin", protected)
    tasks.add(server.session(), tasks.removal(Product("KSVLA", "5.2.0.0"), account).document("6.1", "x", [HOST]))
    sent = server.last("Tasks.AddTask").body["pData"]["TASK_ADDITIONAL_PARAMS"]["value"]["klprts-TaskAccounts"][2]
    assert sent == {
        "type": "params",
        "value": {"klprts-TaskAccountPassword": {"type": "binary", "value": "cHJvdGVjdGVk"}},
    }


@pytest.mark.parametrize(
    ("restart", "sent"),
    [
        ("never", {}),
        ("ask", {"KLTSK_RU_REBOOT_IMMEDIATELY": False, "KLTSK_RU_REBOOT_ASK_FOR_REBOOT": True}),
        ("force", {"KLTSK_RU_REBOOT_IMMEDIATELY": True, "KLTSK_RU_REBOOT_ASK_FOR_REBOOT": False, "KLTSK_RU_FORCE_APPS_CLOSED": True}),
    ],
)
def test_what_a_task_does_about_a_restart(restart, sent):
    """day-two.md, section 10; go-ksc."""
    for settings in (tasks.installation([3, 1], 8, None, restart), tasks.removal(Product("KSVLA", "5.2.0.0"), None, restart)):
        document = settings.document("6.1", "x", [HOST])
        there = document["TASK_ADDITIONAL_PARAMS"]
        assert {name: value for name, value in there.items() if name.startswith("KLTSK_RU_")} == sent
        assert settings.are_those_of(document)
        other = tasks.RESTARTS["never" if restart == "force" else "force"]
        changed = {name: value for name, value in there.items() if name not in sent}
        assert not settings.are_those_of({**document, "TASK_ADDITIONAL_PARAMS": {**changed, **other}})


def test_the_password_of_a_removal(server):
    """day-two.md, section 3: Base64 of the protected password, in the settings of the task (15.1 a00030)."""
    server.answer("Tasks.ProtectPassword", {"PxgRetVal": "cHJvdGVjdGVk"})
    server.answer("Tasks.AddTask", {"PxgRetVal": "45"})
    password = tasks.protected_text(server.session(), "Removal-1")
    settings = tasks.removal(Product("KSVLA", "5.2.0.0"), None, unlock_password=password)
    document = settings.document("6.1", "x", [HOST])
    tasks.add(server.session(), document)
    assert server.last("Tasks.AddTask").body["pData"]["UNLOCK_PASSWORD_CRYPTED"] == "cHJvdGVjdGVk"
    assert settings.are_those_of(document)
    without = {name: value for name, value in document.items() if name != "UNLOCK_PASSWORD_CRYPTED"}
    assert not settings.are_those_of(without) and settings.are_those_of(without, passwords=False)


@pytest.mark.parametrize(
    ("told", "version"), [("15.1.0.20748", (15, 1, 0, 20748)), ("14.2", (14, 2)), (" 16 ", (16,)), ("", None), (7, None), ("new", None)]
)
def test_the_version_of_the_server(server, told, version):
    server.answer("HostGroup.GetStaticInfo", {"PxgRetVal": {"KLADMSRV_PRODUCT_FULL_VERSION": told}})
    assert server_info.version(server.session()) == version
    assert server.last("HostGroup.GetStaticInfo").body == {"pValues": ["KLADMSRV_PRODUCT_FULL_VERSION"]}


def test_run_a_task(server):
    tasks.run(server.session(), "taskId")
    assert server.last("Tasks.RunTask").body == {"strTask": "taskId"}


def test_the_statistics_of_a_task(server):
    server.answer(
        "Tasks.GetTaskStatistics",
        {
            "PkgRetVal": {
                "1": 1,
                "2": 2,
                "4": 3,
                "8": 4,
                "16": 5,
                "32": 6,
                "64": 7,
                "GNRL_COMPLETED_PERCENT": 42,
                "KLTSK_NEED_RBT_CNT": 1,
            }
        },
    )
    statistics = tasks.statistics(server.session(), "taskId")
    assert server.last("Tasks.GetTaskStatistics").body == {"strTask": "taskId"}
    assert statistics.returned() == {
        "pending": 1,
        "running": 2,
        "succeeded": 3,
        "warning": 4,
        "failed": 5,
        "scheduled": 6,
        "paused": 7,
        "completed_percent": 42,
        "need_restart": 1,
    }


def no_such_call():
    return {"PxgError": {"code": 1194, "module": "KLCONN", "file": "f", "line": 1, "message": "No such call", "subcode": 0}}


# -- what protection depends on (contract day-two.md, sections 6 and 10) -------------------------------------------------


def test_the_conditions_of_a_group(server):
    masks = {
        "KLSRV_HSTSTAT_CRITICAL": {"type": "params", "value": {"KLSRV_HSTSTAT_MASK": 1 << 18, "KLSRV_HSTSTAT_INHERITED": True}},
        "KLSRV_HSTSTAT_WARNING": {"type": "params", "value": {"KLSRV_HSTSTAT_MASK": {"type": "long", "value": 1 << 11}}},
    }
    server.answer("HostGroup.GetGroupInfoEx", {"PxgRetVal": masks}, {"PxgRetVal": {}})
    session = server.session()
    assert groups.status_conditions(session, 4) == 1 << 18 | 1 << 11
    assert server.last("HostGroup.GetGroupInfoEx").body == {
        "nGroupId": 4,
        "pArrAttributes": ["KLSRV_HSTSTAT_CRITICAL", "KLSRV_HSTSTAT_WARNING"],
    }
    assert groups.status_conditions(session, 4) is None


def test_policies_that_reach_a_group(server):
    record = {
        "KLPOL_DN": "P",
        "KLPOL_PRODUCT": "KSVLA",
        "KLPOL_VERSION": "5.2.0.0",
        "KLPOL_ACTIVE": 1,
        "KLPOL_GROUP_NAME": "Managed devices",
    }
    server.answer("Policy.GetEffectivePoliciesForGroup", {"PxgRetVal": [{"type": "params", "value": record}]}, {"PxgRetVal": None})
    session = server.session()
    assert policies.effective(session, 4) == [policies.Policy("P", "KSVLA", "5.2.0.0", True, None, "Managed devices")]
    assert server.last("Policy.GetEffectivePoliciesForGroup").body == {"nGroupId": 4}
    assert policies.effective(session, 4) == []


def test_keys_are_read_page_by_page_until_the_end(server):
    def page(number, end):
        expires = {"type": "datetime", "value": "2026-12-15T00:00:00Z"}
        record = {"KLLIC_SERIAL": str(number), "KLLIC_LIMIT_DATE": expires, "KLLIC_LIC_COUNT": 10}
        return {"pData": {"KLCSP_ITERATOR_ARRAY": [{"type": "params", "value": record}]}, "bEOF": end, "PxgRetVal": 1}

    server.answer("LicenseKeys.EnumKeys", {"lKeyCount": 2, "wstrIterator": "it"})
    server.answer("GroupSyncIterator.GetNextItems", page(1, False), page(2, True))
    found = licenses.listing(server.session())
    assert [(key.serial, key.expires.year, key.limit, key.hosts) for key in found] == [("1", 2026, 10, None), ("2", 2026, 10, None)]
    assert server.last("LicenseKeys.EnumKeys").body["pFieldsToOrder"] == [] and server.last("LicenseKeys.EnumKeys").body["pOptions"] == {}
    assert server.last("GroupSyncIterator.GetNextItems").body["szwIterator"] == "it"
    assert server.methods()[-1] == "GroupSyncIterator.ReleaseIterator"


def test_the_key_of_an_application_on_a_host(server):
    server.answer("LicenseInfoSync.AcquireKeysForProductOnHost", {"wstrActiveKey": "1E2A", "wstrReservedKey": ""}, {"wstrActiveKey": ""})
    session = server.session()
    assert licenses.active(session, HOST_ID, "X", "5.2.0.0") == "1E2A"
    assert server.last("LicenseInfoSync.AcquireKeysForProductOnHost").body == {
        "szwHostName": HOST_ID,
        "szwProduct": "X",
        "szwVersion": "5.2.0.0",
    }
    assert licenses.active(session, HOST_ID, "X", "5.2.0.0") == ""
