# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The habits of the vendor's Python client (KlAkOAPI), re-enacted from the recordings in ksc-wire.md sections 3-6.

A pool of one connection, the virtual server named only at login, null for absent arguments, params unwrapped on the way in, an
exception for anything that is not as it expects. Nothing here is that client's code.
"""

# ruff: noqa: RUF001 - names in this world are Cyrillic on purpose
from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from simulated_ksc import HOST1, b64, install, params, task


class ResponseError(Exception):
    """A status other than 200."""


class ApiError(Exception):
    """PxgError is in the answer."""


def unwrapped(value: Any, top: bool) -> Any:
    """Read a value as strictly as the vendor's client: no wrapper at the top, no null inside params."""
    if isinstance(value, dict):
        if set(value) == {"type", "value"} and isinstance(value["type"], str):
            assert not top, "a top-level value must not be wrapped"
            return unwrapped(value["value"], True) if value["type"] == "params" else value["value"]
        assert None not in value.values(), "null inside params"
        return {name: unwrapped(item, False) for name, item in value.items()}
    if isinstance(value, list):
        return [unwrapped(item, False) for item in value]
    return value


class VendorClient:
    """One connection, one login, then calls that carry only Content-Type."""

    def __init__(self, simulator: Any, user: str, password: str, vserver: str = "", internal: bool = False) -> None:
        self.url = simulator.ksc.url
        self.verify = simulator.ca_file
        self.http = requests.Session()
        self.http.mount(self.url, HTTPAdapter(pool_connections=1, pool_maxsize=1, pool_block=True))
        header = 'KSCBasic user="%s", pass="%s", domain="", internal="%d"' % (b64(user), b64(password), internal)
        answer = self.http.post(
            self.url + "/api/v1.0/login",
            verify=self.verify,
            timeout=10,
            headers={"Authorization": header, "Content-Type": "application/json", "X-KSC-VServer": b64(vserver)},
        )
        if answer.status_code != 200:
            raise ResponseError(answer.text)
        json.loads(answer.text)

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call with every argument of the method, None included."""
        answer = self.http.post(
            self.url + "/api/v1.0/" + method,
            data=json.dumps(arguments),
            verify=self.verify,
            timeout=10,
            headers={"Content-Type": "application/json"},
        )
        if answer.status_code != 200:
            raise ResponseError(answer.text)
        document = json.loads(answer.text)
        if "PxgError" in document:
            error = document["PxgError"]
            text = error["locdata"]["value"]["format"]
            for number, argument in enumerate(error["locdata"]["value"]["args"], 1):
                text = text.replace("%%%d" % number, argument)
            raise ApiError("Error code %d: %s" % (error["code"], text))
        return {name: unwrapped(value, True) for name, value in document.items()}


@pytest.fixture
def vendor(simulator: Any) -> VendorClient:
    """Logged in as recorded: user `usér`, password `pâss`."""
    return VendorClient(simulator, "usér", "pâss")


def test_wrong_password_is_text(simulator: Any) -> None:
    with pytest.raises(ResponseError, match=r"^Authentication failure$"):
        VendorClient(simulator, "usér", "wrong")


def test_hosts_sample(simulator: Any, vendor: VendorClient) -> None:
    found = vendor.call(
        "HostGroup.FindHosts",
        wstrFilter='(KLHST_WKS_DN="*")',
        vecFieldsToReturn=["KLHST_WKS_HOSTNAME", "KLHST_WKS_DN"],
        vecFieldsToOrder=[],
        pParams={"KLGRP_FIND_FROM_CUR_VS_ONLY": True},
        lMaxLifeTime=100,
    )
    count = vendor.call("ChunkAccessor.GetItemsCount", strAccessor=found["strAccessor"])["PxgRetVal"]
    names = []
    for start in range(0, count, 100):
        chunk = vendor.call("ChunkAccessor.GetItemsChunk", strAccessor=found["strAccessor"], nStart=start, nCount=100)
        names += [host["KLHST_WKS_DN"] for host in chunk["pChunk"]["KLCSP_ITERATOR_ARRAY"]]
    assert len(names) == count == 14 and "Сервер" in names
    for _name in names:
        vendor.call("HostGroup.GetHostProducts", strHostName=HOST1)
    connections = {entry.connection for entry in simulator.journal.entries()}
    assert len(connections) == 1, "18 of 18 calls of a sample used one socket"


def test_groups_sample(simulator: Any, vendor: VendorClient) -> None:
    root = vendor.call("HostGroup.GroupIdGroups")["PxgRetVal"]
    made = vendor.call("HostGroup.AddGroup", pInfo={"name": "Sample", "parentId": root})["PxgRetVal"]
    tree = vendor.call("HostGroup.GetSubgroups", nGroupId=root, nDepth=0)["PxgRetVal"]
    assert made in [group["id"] for group in tree]
    guid = vendor.call("HostGroup.RemoveGroup", nGroup=made, nFlags=1)["strActionGuid"]
    state = vendor.call("AsyncActionStateChecker.CheckActionState", wstrActionGuid=guid)
    assert not state["bFinalized"] and state["lNextCheckDelay"] > 0
    simulator.clock.advance(state["lNextCheckDelay"] / 1000)
    assert vendor.call("AsyncActionStateChecker.CheckActionState", wstrActionGuid=guid)["bSuccededFinalized"]


def test_virtual_server_at_login_only(simulator: Any) -> None:
    vendor = VendorClient(simulator, "usér", "pâss", "вс1")
    info = vendor.call("HostGroup.GetStaticInfo", pValues=None)["PxgRetVal"]
    assert info["KLADMSRV_IS_VIRTUAL"] is True and info["KLADMSRV_VSID"] == 2


def test_find_and_run_a_task(simulator: Any, vendor: VendorClient) -> None:
    made = vendor.call("Tasks.AddTask", pData=task("install", [("Host1", HOST1)], install([1, 2], 0)))["PxgRetVal"]
    iterator = vendor.call(
        "Tasks.ResetTasksIterator",
        nGroupId=0,
        bGroupIdSignificant=False,
        strProductName=None,
        strVersion=None,
        strComponentName=None,
        strInstanceId=None,
        strTaskName=None,
        bIncludeSupergroups=False,
    )["strTaskIteratorId"]
    found = ""
    while not found:
        data = vendor.call("Tasks.GetNextTask", strTaskIteratorId=iterator)["pTaskData"]
        assert data, "the list ended"
        if data["TASK_INFO_PARAMS"]["DisplayName"] == "install of a test":
            found = data["TASK_UNIQUE_ID"]
    assert found == made
    vendor.call("Tasks.ReleaseTasksIterator", strTaskIteratorId=iterator)
    assert vendor.call("Tasks.GetTask", strTask=found)["PxgRetVal"]["PRTS_TASK_CREATION_DATE"].endswith("Z")
    vendor.call("Tasks.GetTaskStatistics", strTask=found)

    def newest() -> dict[str, Any]:
        iterator = vendor.call(
            "Tasks.GetTaskHistory",
            strTask=found,
            pFields2Return=["event_type", "task_new_state", "event_id", "rise_time"],
            pSortFields=[params({"Name": "event_id", "Asc": False})],
            strHostName="",
            pFilter={"event_type": "KLPRCI_TaskState"},
        )["strIteratorId"]
        count = vendor.call("EventProcessing.GetRecordCount", strIteratorId=iterator)["PxgRetVal"]
        events = []
        if count:
            answer = vendor.call("EventProcessing.GetRecordRange", strIteratorId=iterator, nStart=0, nEnd=count)
            events = answer["pParamsEvents"]["KLEVP_EVENT_RANGE_ARRAY"]
        vendor.call("EventProcessing.ReleaseIterator", strIteratorId=iterator)
        return next((event for event in events if event["task_new_state"] in (3, 4)), {})

    assert newest() == {}
    vendor.call("Tasks.RunTask", strTask=found)
    for _poll in range(20):
        simulator.clock.advance(5)
        last = newest()
        if last:
            break
    assert last["task_new_state"] == 4


def test_protecting_a_string(vendor: VendorClient) -> None:
    secret = vendor.call("DataProtectionApi.ProtectUtf16StringGlobally", szwPlainText="x1y2")["PxgRetVal"]
    assert isinstance(secret, str)


def test_an_error_has_all_it_reads(vendor: VendorClient) -> None:
    with pytest.raises(ApiError, match="Error code 1186: no host nobody"):
        vendor.call("HostGroup.GetHostProducts", strHostName="nobody")
