# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks: ksc-openapi.md section 8, the article's three task documents in both generations."""

from __future__ import annotations

import base64
import copy
from typing import Any, Callable

import pytest
from simulated_ksc import HOST1, HOST2, USE, KscClient, accounts, install, params, reconnect, remove, task

STATISTICS = {"1", "2", "4", "8", "16", "32", "64", "GNRL_COMPLETED_PERCENT", "KLTSK_NEED_RBT_CNT"}


def add(ksc: KscClient, document: dict[str, Any], run: bool = True) -> str:
    """Make a task, and start it."""
    identity: str = ksc.value("Tasks.AddTask", {"pData": document})
    assert identity.isdigit()
    if run:
        assert ksc.call("Tasks.RunTask", {"strTask": identity}) == {}
    return identity


def states(ksc: KscClient, identity: str) -> dict[str, int]:
    """Return the states that hosts are in, by count, zeros left out."""
    found = ksc.value("Tasks.GetTaskStatistics", {"strTask": identity})
    assert set(found) == STATISTICS and ksc.value("Tasks.GetTaskStatistics2", {"strTask": identity}) == found
    return {name: count for name, count in found.items() if count}


def texts(ksc: KscClient, identity: str, mask: int = 127) -> dict[str, tuple[int, str]]:
    """Return state and text per host."""
    iterator = ksc.call(
        "Tasks.ResetHostIteratorForTaskStatusEx",
        {
            "strTask": identity,
            "pFields2Return": ["hostname", "hostdn", "state_code", "state_descr", "start_time", "finish_time"],
            "pFields2Order": None,
            "nHostStateMask": mask,
            "nLifetime": 60,
        },
    )["strHostIteratorId"]
    count = ksc.value("Tasks.GetHostStatusRecordsCount", {"strHostIteratorId": iterator})
    answer = ksc.call("Tasks.GetHostStatusRecordRange", {"strHostIteratorId": iterator, "nStart": 0, "nEnd": count})
    assert answer["PxgRetVal"] == count
    ksc.call("Tasks.ReleaseHostStatusIterator", {"strHostIteratorId": iterator})
    rows = [row["value"] for row in answer["pParHostStatus"]["statuses"]]
    return {row["hostdn"]: (row["state_code"], row.get("state_descr", "")) for row in rows}


def hosts(ksc: KscClient, *names: str) -> list[tuple[str, str]]:
    """Return (display name, id) of hosts."""
    return [(name, ksc.identity(name)) for name in names]


def windows(ksc: KscClient, *names: str, **more: Any) -> str:
    """Install agent and KSVLA from the primary."""
    return add(ksc, task("install", hosts(ksc, *names), install([1, 2], 0, **more)))


@pytest.mark.parametrize("generation", ["6.1", "5.2"])
@pytest.mark.parametrize("kind, additional", [("reconnect", reconnect()), ("install", install([1, 2], 0)), ("remove", remove())])
def test_the_articles_documents(ksc: KscClient, generation: str, kind: str, additional: dict[str, Any]) -> None:
    identity = add(ksc, task(kind, [("Host1", HOST1)], additional, generation), run=False)
    data = ksc.value("Tasks.GetTaskData", {"strTask": identity})
    assert data["TASK_UNIQUE_ID"] == identity
    assert data["TASK_INFO_PARAMS"]["value"]["HostList"] == [params({"HostDispName": "Host1", "HostName": HOST1})]
    assert "os-pass" not in str(data) and "os-root" not in str(data)
    assert ("TASKSCH_RUN_MISSED_FLAG" if generation == "6.1" else "PRTS_TASK_ENABLED") in data


def spoil(*path: Any, value: Any = ..., key: str = "") -> Callable[[dict[str, Any]], None]:
    """Return a function that takes a member out of a document, or sets it."""

    def run(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        if value is ...:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return run


INFO, MORE = ("TASK_INFO_PARAMS", "value"), ("TASK_ADDITIONAL_PARAMS", "value")


@pytest.mark.parametrize(
    "kind, change, word",
    [
        ("install", spoil("TASKID_PRODUCT_NAME"), "TASKID_PRODUCT_NAME is missing"),
        ("install", spoil("TASKID_PRODUCT_NAME", value=1093), "str is needed"),
        ("install", spoil("TASKID_PRODUCT_NAME", value="1103"), "1093/87/1.0.0.0"),
        ("install", spoil("TASKID_VERSION", value="1.0.0.1"), "1093/87/1.0.0.0"),
        ("install", spoil("TASKSCH_TYPE"), "TASKSCH_TYPE is missing"),
        ("install", spoil("TASKSCH_TYPE", value=8), "0 to 7"),
        ("install", spoil("TASKSCH_RUN_MISSED_FLAG", value=1), "bool is needed"),
        ("install", spoil("NONSENSE", value=1), "NONSENSE"),
        ("install", spoil("TASK_INFO_PARAMS"), "TASK_INFO_PARAMS is missing"),
        ("install", spoil("TASK_INFO_PARAMS", value={"DisplayName": "x"}), "must be wrapped"),
        ("install", spoil(*INFO, "DisplayName"), "DisplayName is missing"),
        ("install", spoil(*INFO, "DisplayName", value="x" * 101), "1 to 100"),
        ("install", spoil(*INFO, "HostList"), "HostList is missing"),
        ("install", spoil(*INFO, "HostList", value=[]), "at least one host"),
        ("install", spoil(*INFO, "HostList", value=[{"HostDispName": "Host1", "HostName": HOST1}]), "must be wrapped"),
        ("install", spoil(*INFO, "HostList", 0, "value", "HostDispName"), "HostDispName is missing"),
        ("install", spoil(*INFO, "HostList", 0, "value", "Extra", value=1), "Extra"),
        ("install", spoil(*INFO, "PRTS_TASK_GROUPID", value=0), "not both"),
        ("install", spoil(*MORE, "KLTSK_RI_PACKAGES_IDS"), "KLTSK_RI_PACKAGES_IDS is missing"),
        ("install", spoil(*MORE, "KLTSK_RI_PACKAGES_IDS", value=["1"]), "package ids"),
        ("install", spoil(*MORE, "KLTSK_RI_USE_NAGENT"), "KLTSK_RI_USE_NAGENT is missing"),
        ("install", spoil(*MORE, "klprts-TaskAccounts", 1, "value", "klprts-TaskAccountUser", value=5), "str is needed"),
        ("install", spoil(*MORE, "klprts-TaskAccounts", 1, "value", value={"klprts-TaskUser": "x"}), "klprts-TaskUser"),
        ("install", spoil(*MORE, "klprts-TaskAccounts", 2, "value", "klprts-TaskAccountPassword", value=5), "ProtectPassword"),
        ("remove", spoil(*MORE, "ProductName"), "ProductName is missing"),
        ("remove", spoil(*MORE, "UninstallType"), "UninstallType is missing"),
        ("remove", spoil(*MORE, "KLTSK_RI_PACKAGES_IDS", value=[1]), "KLTSK_RI_PACKAGES_IDS"),
        ("reconnect", spoil(*MORE, "ServerAddress"), "ServerAddress is missing"),
        ("reconnect", spoil(*MORE, "Serverports", value=[0]), "port numbers"),
        ("reconnect", spoil(*MORE, "ServerSslPorts", value=13000), "list is needed"),
        ("reconnect", spoil(*MORE, "Port", value=1), "Port"),
        ("reconnect", spoil("TASKID_COMPONENT_NAME", value="87"), "1103/86/1.0.0.0"),
    ],
)
def test_wrong_documents(ksc: KscClient, kind: str, change: Callable[[dict[str, Any]], None], word: str) -> None:
    additional = {"install": install([1, 2], 0), "remove": remove(), "reconnect": reconnect()}[kind]
    document = copy.deepcopy(task(kind, [("Host1", HOST1)], additional))
    change(document)
    module, code, message = ksc.error("Tasks.AddTask", {"pData": document})
    assert (module, code) == ("KLSTD", 1192) and word in message


def test_one_level_of_pdata(ksc: KscClient) -> None:
    assert ksc.error("Tasks.AddTask", {"pData": {"pData": task("remove", [("Host1", HOST1)], remove())}})[1] == 1192


def test_what_a_document_names_must_exist(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    for document in (
        task("install", [("Ghost", "no-such-id")], install([1], 0)),
        task("install", [("Host1", HOST1)], install([99], 0)),
        task("install", [("Host1", HOST1)], install([1], 99)),
        task("install", [], install([1], 0), PRTS_TASK_GROUPID=99),
    ):
        assert ksc.error("Tasks.AddTask", {"pData": document})[:2] == ("KLSTD", 1186)
    assert tenant.error("Tasks.AddTask", {"pData": task("remove", [("Host1", HOST1)], remove())})[1] == 1186, "a host of another server"
    simulator.change_settings({"ksc": {"unknown_task_host": "fail", "unknown_package": "fail"}})
    ghost = add(ksc, task("install", [("Ghost", "no-such-id")], install([1], 0)))
    package = add(ksc, task("install", [("Host1", HOST1)], install([99], 0)))
    simulator.clock.advance(100)
    assert texts(ksc, ghost) == {"Ghost": (16, "The device is not known to the server.")}
    assert texts(ksc, package) == {"Host1": (16, "The installation package was not found.")}


def test_life_of_an_installation(simulator: Any, ksc: KscClient) -> None:
    web = ksc.value("HostGroup.GetGroupId", {"nParent": 0, "strName": "Web"})
    document = task("install", [("Host1", HOST1)], install([1, 2], web))
    identity = add(ksc, document, run=False)
    assert states(ksc, identity) == {"1": 1}, "not delivered yet"
    ksc.call("Tasks.RunTask", {"strTask": identity})
    assert states(ksc, identity) == {"1": 1}
    simulator.clock.advance(3)
    assert states(ksc, identity) == {"2": 1} and texts(ksc, identity) == {"Host1": (2, "")}
    assert ksc.names("(KLHST_WKS_GROUPID=%d)" % web) == ["Twin"], "moved only when the installation has succeeded"
    simulator.clock.advance(60)
    assert states(ksc, identity) == {"4": 1, "GNRL_COMPLETED_PERCENT": 100}
    assert sorted(ksc.names("(KLHST_WKS_GROUPID=%d)" % web)) == ["Host1", "Twin"]
    assert ksc.names('(KLHST_WKS_PRODUCT_ID="KSVLA/5.2.0.0")') == ["Host1"]
    row = ksc.find('(KLHST_WKS_DN="Host1")', ("KLHST_WKS_STATUS", "KLHST_WKS_RTP_AV_VERSION"))[0]
    assert row == {"KLHST_WKS_STATUS": 0x1F, "KLHST_WKS_RTP_AV_VERSION": "5.2.27.1202"}


def test_every_way_an_installation_ends(simulator: Any, ksc: KscClient) -> None:
    identity = windows(ksc, "Host1", "Host2", "asleep", "naked", "broken", "warns", "slow")
    simulator.clock.advance(100)
    assert states(ksc, identity) == {"1": 1, "2": 1, "4": 1, "8": 1, "16": 3, "GNRL_COMPLETED_PERCENT": 71, "KLTSK_NEED_RBT_CNT": 1}
    found = texts(ksc, identity)
    assert found["asleep"] == (1, "") and found["slow"] == (2, "") and found["Host1"] == (4, "")
    assert found["broken"] == (16, "Error 1603.") and found["warns"] == (8, "Restart.")
    assert found["naked"] == (16, "Network Agent is not installed on the device.")
    assert (found["Host2"][0] == 16 and "operating system" in found["Host2"][1]) or "Logon" in found["Host2"][1]
    assert set(texts(ksc, identity, 24)) == {"broken", "warns", "naked", "Host2"}, "masks combine"
    simulator.clock.advance(100000)
    assert KscClient(simulator).login() and ksc.post("Session.Ping", {}).status_code == 403, "idle for too long"


def test_an_offline_host_waits_for_ever_and_then_runs(simulator: Any, ksc: KscClient) -> None:
    simulator.change_settings({"ksc": {"session_idle_seconds": 0.0}})
    identity = windows(ksc, "asleep")
    simulator.clock.advance(1000000)
    assert states(ksc, identity) == {"1": 1}
    simulator.world["ksc"].state.host("asleep").machine.online = True
    assert states(ksc, identity) == {"2": 1}
    simulator.clock.advance(61)
    assert states(ksc, identity)["4"] == 1


@pytest.mark.parametrize("password, state", [("os-pass", 4), ("wrong", 16), ({"type": "binary", "value": "bm90IG91cnM="}, 16)])
def test_credentials(simulator: Any, ksc: KscClient, password: Any, state: int) -> None:
    identity = windows(ksc, "Host1", account=accounts(password=password))
    simulator.clock.advance(100)
    assert texts(ksc, identity)["Host1"][0] == state


def test_protected_passwords(simulator: Any, ksc: KscClient) -> None:
    protected = ksc.value("Tasks.ProtectPassword", {"strPassword": "os-pass"})
    assert base64.b64decode(protected) and "os-pass" not in protected
    assert isinstance(ksc.value("DataProtectionApi.ProtectUtf16StringGlobally", {"szwPlainText": "os-pass"}), str)
    joined = [
        params(
            {
                "klprts-TaskAccountAuthType": 1,
                "klprts-TaskAccountUser": "Administrator",
                "klprts-TaskAccountPassword": {"type": "binary", "value": protected},
            }
        )
    ]
    identity = windows(ksc, "Host1", account=joined)
    simulator.clock.advance(100)
    assert texts(ksc, identity)["Host1"] == (4, "")
    simulator.change_settings({"ksc": {"account_layout": "items", "account_password": "plain"}})
    for account in (joined, accounts(password={"type": "binary", "value": protected})):
        assert ksc.error("Tasks.AddTask", {"pData": task("install", [("Host1", HOST1)], install([1], 0, account))})[1] == 1192
    simulator.change_settings({"ksc": {"account_layout": "joined", "account_password": "protected"}})
    assert ksc.error("Tasks.AddTask", {"pData": task("install", [("Host1", HOST1)], install([1], 0))})[1] == 1192
    add(ksc, task("install", [("Host1", HOST1)], install([1], 0, joined)), run=False)


def test_removal(simulator: Any, tenant: KscClient) -> None:
    target = hosts(tenant, "a-kesl")
    wrong = add(tenant, task("remove", target, remove(version="11.0.0.0")))
    simulator.clock.advance(100)
    assert texts(tenant, wrong)["a-kesl"] == (16, "The application kesl 11.0.0.0 is not installed on the device.")
    right = add(tenant, task("remove", target, remove()))
    simulator.clock.advance(100)
    assert states(tenant, right) == {"4": 1, "GNRL_COMPLETED_PERCENT": 100}
    assert tenant.names('(KLHST_WKS_PRODUCT_NAME="kesl")') == []


@pytest.mark.parametrize("where", ["", "Tenant A"])
def test_reconnection(simulator: Any, tenant: KscClient, where: str) -> None:
    creator = KscClient(simulator).login(where)
    primary = KscClient(simulator).login()
    identity = add(creator, task("reconnect", [("Host1", HOST1)], reconnect(), "6.1" if not where else "5.2"))
    simulator.clock.advance(8)
    assert states(creator, identity) == {"4": 1, "GNRL_COMPLETED_PERCENT": 100}, "the task turns green first"
    assert "Host1" not in tenant.names() and "Host1" in primary.names()
    simulator.clock.advance(75)
    assert "Host1" in tenant.names("(KLHST_WKS_GROUPID=%d)" % tenant.value("HostGroup.GroupIdUnassigned"))
    assert "Host1" not in primary.names() and primary.names('(KLHST_WKS_DN="Host1")', only=False) == ["Host1"]
    assert tenant.find('(KLHST_WKS_DN="Host1")', ("KLHST_WKS_HOSTNAME",)) == [{"KLHST_WKS_HOSTNAME": HOST1}]


def test_the_old_record_may_stay(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    simulator.change_settings({"ksc": {"primary_record": "stays"}})
    add(ksc, task("reconnect", [("Host1", HOST1)], reconnect()))
    simulator.clock.advance(100)
    assert "Host1" in ksc.names() and "Host1" in tenant.names()
    assert ksc.find('(KLHST_WKS_DN="Host1")', ("KLHST_WKS_STATUS",))[0]["KLHST_WKS_STATUS"] == 4, "the agent is alive elsewhere"


@pytest.mark.parametrize("address", ["ksc.example.test/Nobody", "elsewhere.example.test/Tenant A", "ksc.example.test"])
def test_a_wrong_address_is_green_and_leads_nowhere(simulator: Any, ksc: KscClient, tenant: KscClient, address: str) -> None:
    identity = add(ksc, task("reconnect", [("Host1", HOST1)], reconnect(address)))
    simulator.clock.advance(200)
    assert states(ksc, identity)["4"] == 1 and "Host1" in ksc.names() and "Host1" not in tenant.names()


def test_reconnection_by_name_and_back(simulator: Any, ksc: KscClient, tenant: KscClient) -> None:
    add(ksc, task("reconnect", [("Host2", HOST2)], {"KLNAG_VS_NAME": "Tenant A"}))
    simulator.clock.advance(100)
    assert "Host2" in tenant.names()
    add(tenant, task("reconnect", [("Host2", HOST2)], {"KLNAG_VS_NAME": ""}))
    simulator.clock.advance(100)
    assert "Host2" in ksc.names() and "Host2" not in tenant.names()


def test_stale_statistics(simulator: Any, ksc: KscClient) -> None:
    identity = windows(ksc, "Host1")
    simulator.clock.advance(100)
    simulator.change_settings({"ksc": {"stale_seconds": 5.0, "task_pending_seconds": 1.0}})
    ksc.call("Tasks.RunTask", {"strTask": identity})
    assert states(ksc, identity) == {"4": 1, "GNRL_COMPLETED_PERCENT": 100}, "still the previous run"
    simulator.clock.advance(6)
    assert states(ksc, identity) == {"2": 1}


def test_finding_tasks(ksc: KscClient, tenant: KscClient) -> None:
    first = add(ksc, task("install", [("Host1", HOST1)], install([1], 0)), run=False)
    second = add(ksc, task("reconnect", [("Host1", HOST1)], reconnect()), run=False)
    third = add(ksc, task("remove", [], remove(), PRTS_TASK_GROUPID=0), run=False)
    add(tenant, task("remove", hosts(tenant, "a-kesl"), remove()), run=False)

    def listed(**wanted: Any) -> list[str]:
        body: dict[str, Any] = dict.fromkeys(
            (
                "nGroupId",
                "bGroupIdSignificant",
                "strProductName",
                "strVersion",
                "strComponentName",
                "strInstanceId",
                "strTaskName",
                "bIncludeSupergroups",
            )
        )
        iterator = ksc.call("Tasks.ResetTasksIterator", dict(body, **wanted))["strTaskIteratorId"]
        found = []
        while True:
            data = ksc.call("Tasks.GetNextTask", {"strTaskIteratorId": iterator})["pTaskData"]
            if not data:
                break
            found.append(data["TASK_UNIQUE_ID"])
            assert data["TASK_INFO_PARAMS"]["value"]["DisplayName"]
        assert ksc.call("Tasks.ReleaseTasksIterator", {"strTaskIteratorId": iterator}) == {}
        assert ksc.error("Tasks.GetNextTask", {"strTaskIteratorId": iterator})[1] == 1186
        return found

    assert listed() == [first, second, third]
    assert listed(strTaskName="Remote Installation") == [first], "the type"
    assert listed(strTaskName="install of a test") == [], "not the display name"
    assert listed(strProductName="1103", strComponentName="86") == [second]
    assert listed(nGroupId=0, bGroupIdSignificant=True) == [third]
    assert [ksc.value("Tasks.GetTaskGroup", {"strTaskId": item}) for item in (first, third)] == [-1, 0]
    assert ksc.value("Tasks.GetAllTasksOfHost", {"strDomainName": "", "strHostName": HOST1}) == [first, second]
    assert ksc.value("Tasks.ResolveTaskId", {"strPrtsTaskId": first}) == first
    brief = ksc.value("Tasks.GetTask", {"strTask": first})
    assert brief["DisplayName"] == "install of a test" and brief["PRTS_TASK_CREATION_DATE"]["type"] == "datetime"


def test_tasks_belong_to_their_server(ksc: KscClient, tenant: KscClient) -> None:
    identity = add(ksc, task("reconnect", [("Host1", HOST1)], reconnect()), run=False)
    for name in ("RunTask", "GetTaskStatistics", "GetTaskData", "GetTask", "DeleteTask", "CancelTask"):
        assert tenant.error("Tasks." + name, {"strTask": identity})[:2] == ("KLSTD", 1186)
    assert ksc.error("Tasks.RunTask", {"strTask": int(identity)})[1] == 1192, "ids are strings"


def test_equal_names_are_two_tasks_and_deleting(ksc: KscClient) -> None:
    document = task("reconnect", [("Host1", HOST1)], reconnect())
    first, second = add(ksc, document), add(ksc, document)
    assert first != second
    assert ksc.call("Tasks.DeleteTask", {"strTask": first}) == {} and ksc.error("Tasks.DeleteTask", {"strTask": first})[1] == 1186


def test_cancelling_and_updating(simulator: Any, ksc: KscClient) -> None:
    identity = windows(ksc, "slow", "Host1")
    simulator.clock.advance(100)
    ksc.call("Tasks.CancelTask", {"strTask": identity})
    assert texts(ksc, identity) == {"slow": (16, "The task was cancelled."), "Host1": (4, "")}
    simulator.clock.advance(600)
    assert ksc.names('(KLHST_WKS_PRODUCT_NAME="KSVLA")') == ["Host1"]
    data = ksc.value("Tasks.GetTaskData", {"strTask": identity})
    data["TASK_INFO_PARAMS"]["value"].update(
        DisplayName="renamed", HostList=[params({"HostDispName": "slow", "HostName": ksc.identity("slow")})]
    )
    assert ksc.call("Tasks.UpdateTask", {"strTask": identity, "pData": data}) == {}
    assert ksc.value("Tasks.GetTask", {"strTask": identity})["DisplayName"] == "renamed" and states(ksc, identity)["16"] == 1


def test_a_group_task(simulator: Any, ksc: KscClient) -> None:
    identity = add(ksc, task("install", [], install([1, 2], 0), PRTS_TASK_GROUPID=0))
    simulator.clock.advance(100)
    assert texts(ksc, identity) == {"Twin": (4, "")}


def test_an_unknown_but_well_formed_task(simulator: Any, ksc: KscClient) -> None:
    document = {
        "TASKID_PRODUCT_NAME": "1093",
        "TASKID_COMPONENT_NAME": "87",
        "TASKID_VERSION": "1.0.0.0",
        "TASK_NAME": "Wake up",
        "TASKSCH_TYPE": 0,
        "TASK_ADDITIONAL_PARAMS": params({"anything": 1}),
        "KLPRSS_EVPNotifications": params({}),
        "TASK_INFO_PARAMS": params(
            {"DisplayName": "x", "klprts-TaskScheduleSubtype": 256, "HostList": [params({"HostDispName": "Host1", "HostName": HOST1})]}
        ),
    }
    identity = add(ksc, document)
    simulator.clock.advance(10)
    assert states(ksc, identity)["4"] == 1


def test_iterators_of_host_states(simulator: Any, ksc: KscClient) -> None:
    identity = windows(ksc, "Host1", "broken", "warns")
    simulator.clock.advance(100)
    body = {"strTask": identity, "pFields2Return": ["hostname", "hostdn"], "nHostStateMask": 127, "nLifetime": 60}
    iterator = ksc.call("Tasks.ResetHostIteratorForTaskStatus", body)["strHostIteratorId"]
    pages = [ksc.call("Tasks.GetNextHostStatus", {"strHostIteratorId": iterator, "nCount": 2}) for _page in range(3)]
    assert [(page["PxgRetVal"], page["nActual"], len(page["pHostStatus"]["statuses"])) for page in pages] == [
        (True, 2, 2),
        (True, 1, 1),
        (False, 0, 0),
    ]
    order = [params({"Name": "hostdn", "Asc": False})]
    iterator = ksc.call("Tasks.ResetHostIteratorForTaskStatusEx", dict(body, pFields2Order=order))["strHostIteratorId"]
    rows = ksc.call("Tasks.GetHostStatusRecordRange", {"strHostIteratorId": iterator, "nStart": 0, "nEnd": 1})
    assert [row["value"]["hostdn"] for row in rows["pParHostStatus"]["statuses"]] == ["warns"]
    simulator.change_settings({"ksc": {"record_range_end": "inclusive"}})
    assert ksc.call("Tasks.GetHostStatusRecordRange", {"strHostIteratorId": iterator, "nStart": 0, "nEnd": 1})["PxgRetVal"] == 2
    for change in ({"nHostStateMask": 0}, {"nHostStateMask": 128}, {"nLifetime": 0}, {"pFields2Return": ["nope"]}):
        assert ksc.error("Tasks.ResetHostIteratorForTaskStatus", dict(body, **change))[1] == 1192


def test_history(simulator: Any, ksc: KscClient) -> None:
    identity = windows(ksc, "broken")
    simulator.clock.advance(100)
    iterator = ksc.call(
        "Tasks.GetTaskHistory",
        {
            "strTask": identity,
            "pFields2Return": ["event_type", "task_new_state", "event_id", "rise_time", "hostdn", "GNRL_EA_DESCRIPTION"],
            "pSortFields": [{"Name": "event_id", "Asc": True}],
            "strHostName": "",
            "pFilter": {"event_type": "KLPRCI_TaskState"},
        },
    )["strIteratorId"]
    count = ksc.value("EventProcessing.GetRecordCount", {"strIteratorId": iterator})
    found = ksc.call("EventProcessing.GetRecordRange", {"strIteratorId": iterator, "nStart": 0, "nEnd": count})["pParamsEvents"]
    rows = [row["value"] for row in found["KLEVP_EVENT_RANGE_ARRAY"]]
    assert [row["task_new_state"] for row in rows] == [0, 1, 3] and rows[-1]["GNRL_EA_DESCRIPTION"] == "Error 1603."
    assert "GNRL_EA_DESCRIPTION" not in rows[0] and rows[0]["rise_time"]["type"] == "datetime"
    assert ksc.call("EventProcessing.ReleaseIterator", {"strIteratorId": iterator}) == {}


def test_a_lost_answer_leaves_the_task_there(simulator: Any, ksc: KscClient) -> None:
    simulator.faults.add("drop_after", method="Tasks.AddTask")
    with pytest.raises(OSError):
        ksc.post("Tasks.AddTask", {"pData": task("reconnect", [("Host1", HOST1)], reconnect())})
    again = KscClient(simulator).login()
    assert len(again.value("Tasks.GetAllTasksOfHost", {"strDomainName": "", "strHostName": HOST1})) == 1
    assert ksc.post("Session.Ping", {}).status_code == 401, "the login went with its connection"


def test_passwords_stay_out_of_the_journal(simulator: Any, ksc: KscClient) -> None:
    windows(ksc, "Host1")
    ksc.value("Tasks.ProtectPassword", {"strPassword": "os-pass"})
    text = str([entry.as_dict() for entry in simulator.journal.entries()])
    assert "os-pass" not in text and "klprts-TaskAccountUser" in text and "Administrator" in text
    assert USE.keys() <= set(simulator.journal.entries("Tasks.AddTask")[0].body["pData"]["TASK_ADDITIONAL_PARAMS"]["value"])
