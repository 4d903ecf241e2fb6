# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of requests: ksc-openapi.md section 2.1, ksc-wire.md section 4."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_ksc import HOST1, KscClient

FIND: dict[str, Any] = {"wstrFilter": "", "vecFieldsToReturn": ["KLHST_WKS_DN"], "vecFieldsToOrder": [], "pParams": {}, "lMaxLifeTime": 600}


def test_a_bare_find_is_right(ksc: KscClient) -> None:
    assert set(ksc.call("HostGroup.FindHosts", FIND)) == {"strAccessor", "PxgRetVal"}


@pytest.mark.parametrize(
    "change, word",
    [
        ({"wstrFilter": 5}, "wstrFilter: a string"),
        ({"vecFieldsToReturn": "KLHST_WKS_DN"}, "vecFieldsToReturn: an array"),
        ({"vecFieldsToReturn": [5]}, "vecFieldsToReturn[0]: a string"),
        ({"vecFieldsToReturn": None}, "must not be null"),
        ({"vecFieldsToReturn": ["KLHST_WKS_NOPE"]}, "KLHST_WKS_NOPE"),
        ({"vecFieldsToReturn": ["KLHST_WKS_PRODUCT_ID"]}, "only be searched"),
        ({"lMaxLifeTime": "600"}, "lMaxLifeTime: an int"),
        ({"lMaxLifeTime": True}, "lMaxLifeTime: an int"),
        ({"lMaxLifeTime": 7201}, "7200"),
        ({"lMaxLifeTime": 0}, "7200"),
        ({"lMaxLifeTime": {"type": "long", "value": 600}}, "lMaxLifeTime"),
        ({"pParams": {"type": "params", "value": {}}}, "bare object"),
        ({"pParams": []}, "pParams: an object"),
        ({"pParams": {"KLGRP_FIND_FROM_CUR_VS_ONLY": None}}, "null is not allowed"),
        ({"pParams": {"KLGRP_FIND_FROM_CUR_VS_ONLY": 1}}, "KLGRP_FIND_FROM_CUR_VS_ONLY"),
        ({"pParams": {"KLSRVH_SLAVE_REC_DEPTH": True}}, "KLSRVH_SLAVE_REC_DEPTH"),
        ({"pParams": {"SOMETHING": 1}}, "SOMETHING"),
        ({"pParams": {"KLSRVH_SLAVE_REC_DEPTH": {"a": 1}}}, "must be wrapped"),
        ({"pParams": {"KLSRVH_SLAVE_REC_DEPTH": 2**31}}, "too large for an int"),
        ({"pParams": {"KLSRVH_SLAVE_REC_DEPTH": 1.5}}, "double"),
        ({"pParams": {"KLSRVH_SLAVE_REC_DEPTH": {"type": "int", "value": 1}}}, "unknown type 'int'"),
        ({"pParams": {"KLSRVH_SLAVE_REC_DEPTH": {"type": "long", "value": "1"}}}, "(long)"),
        ({"pParams": {"KLSRVH_SLAVE_REC_DEPTH": {"type": "datetime", "value": "2020-01-01 00:00:00"}}}, "YYYY-MM-DDThh:mm:ssZ"),
        ({"pParams": {"KLSRVH_SLAVE_REC_DEPTH": {"type": "binary", "value": "%"}}}, "Base64"),
        ({"pParams": {"KLSRVH_SLAVE_REC_DEPTH": {"type": "params", "value": None}}}, "an object"),
        ({"vecFieldsToOrder": [{"type": "params", "value": {"Name": "KLHST_WKS_DN"}}]}, "Asc"),
        ({"vecFieldsToOrder": [{"type": "params", "value": {"Name": "KLHST_WKS_DN", "Asc": 1}}]}, "Asc"),
        ({"vecFieldsToOrder": ["KLHST_WKS_DN"]}, "vecFieldsToOrder[0]"),
        ({"vecFieldsToOrder": [{"type": "params", "value": {"Name": "KLHST_X", "Asc": True}}]}, "KLHST_X"),
        ({"nExtra": 1}, "nExtra"),
    ],
)
def test_wrong_arguments_are_told(ksc: KscClient, change: dict[str, Any], word: str) -> None:
    module, code, message = ksc.error("HostGroup.FindHosts", dict(FIND, **change))
    assert (module, code) == ("KLSTD", 1192) and word in message


@pytest.mark.parametrize("name", ["vecFieldsToReturn", "lMaxLifeTime"])
def test_a_missing_argument_is_told(ksc: KscClient, name: str) -> None:
    assert "%s is missing" % name in ksc.error("HostGroup.FindHosts", {key: FIND[key] for key in FIND if key != name})[2]


@pytest.mark.parametrize(
    "text",
    [
        '{"wstrFilter": "", "wstrFilter": "(KLHST_WKS_DN=\\"x\\")"}',
        '{"pParams": {"a": 1, "a": 1}}',
        '{"lMaxLifeTime": NaN}',
        '{"lMaxLifeTime": -Infinity}',
        "{'wstrFilter': ''}",
        '{"wstrFilter": ""} {}',
        "[" * 100000,
        b'{"wstrFilter": "\xff"}',
    ],
    ids=["twice", "twice-inside", "NaN", "Infinity", "quotes", "two", "deep", "utf-8"],
)
def test_what_is_no_json_is_a_bad_request(ksc: KscClient, text: str | bytes) -> None:
    answer = ksc.post("HostGroup.FindHosts", data=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.headers["content-type"].startswith("text/plain") and "not JSON" in answer.text


def test_the_body_must_be_an_object(ksc: KscClient) -> None:
    assert ksc.error("HostGroup.FindHosts", [])[1] == 1192


def test_what_real_clients_do_can_be_forbidden(simulator: Any, ksc: KscClient) -> None:
    short = {key: FIND[key] for key in ("wstrFilter", "vecFieldsToReturn", "lMaxLifeTime")}
    nulls = dict(FIND, vecFieldsToOrder=None, pParams=None)
    bare = dict(FIND, vecFieldsToOrder=[{"Name": "KLHST_WKS_DN", "Asc": False}])
    for body in (short, nulls, bare):
        ksc.call("HostGroup.FindHosts", body)
    simulator.change_settings({"ksc": {"omitted_arguments": False, "null_arguments": False, "bare_sort_params": False}})
    for body, word in ((short, "missing"), (nulls, "null"), (bare, "must be wrapped")):
        assert word in ksc.error("HostGroup.FindHosts", body)[2]


def test_unknown_arguments_and_fields_can_be_let_pass(simulator: Any, ksc: KscClient) -> None:
    simulator.change_settings({"ksc": {"unknown_arguments": "ignore", "unknown_fields": "absent"}})
    body = dict(FIND, nExtra=1, vecFieldsToReturn=["KLHST_WKS_NOPE", "KLHST_WKS_DN"])
    ksc.call("HostGroup.FindHosts", body)


def test_sorting(ksc: KscClient) -> None:
    order = [{"type": "params", "value": {"Name": "KLHST_WKS_DN", "Asc": False}}]
    names = [row["KLHST_WKS_DN"] for row in ksc.find(vecFieldsToOrder=order)]
    assert names == sorted(names, reverse=True)


def test_chunks(ksc: KscClient) -> None:
    found = ksc.call("HostGroup.FindHosts", dict(FIND, vecFieldsToOrder=[{"Name": "KLHST_WKS_DN", "Asc": True}]))
    accessor, count = found["strAccessor"], found["PxgRetVal"]
    assert len(accessor) == 22 and accessor.isalnum() and ksc.value("ChunkAccessor.GetItemsCount", {"strAccessor": accessor}) == count
    pages = [
        ksc.call("ChunkAccessor.GetItemsChunk", {"strAccessor": accessor, "nStart": start, "nCount": 5}) for start in range(0, count, 5)
    ]
    assert sum(page["PxgRetVal"] for page in pages) == count
    assert ksc.call("ChunkAccessor.GetItemsChunk", {"strAccessor": accessor, "nStart": 0, "nCount": 100000})["PxgRetVal"] == count
    assert ksc.call("ChunkAccessor.GetItemsChunk", {"strAccessor": accessor, "nStart": count, "nCount": 1}) == {
        "pChunk": {"KLCSP_ITERATOR_ARRAY": []},
        "PxgRetVal": 0,
    }
    assert ksc.error("ChunkAccessor.GetItemsChunk", {"strAccessor": accessor, "nStart": -1, "nCount": 1})[1] == 1192


def test_dead_accessors(simulator: Any, ksc: KscClient) -> None:
    accessor = ksc.call("HostGroup.FindHosts", FIND)["strAccessor"]
    assert ksc.call("ChunkAccessor.Release", {"strAccessor": accessor}) == {}
    for name, body in (("GetItemsCount", {}), ("GetItemsChunk", {"nStart": 0, "nCount": 1}), ("Release", {})):
        assert ksc.error("ChunkAccessor." + name, dict(body, strAccessor=accessor))[:2] == ("KLSTD", 1186)
    short = ksc.call("HostGroup.FindHosts", dict(FIND, lMaxLifeTime=100))["strAccessor"]
    for _step in range(3):
        simulator.clock.advance(60)
        ksc.value("ChunkAccessor.GetItemsCount", {"strAccessor": short})
    simulator.clock.advance(101)
    assert ksc.error("ChunkAccessor.GetItemsCount", {"strAccessor": short})[1] == 1186, "counted from the last use"
    foreign = KscClient(simulator).login()
    mine = ksc.call("HostGroup.FindHosts", FIND)["strAccessor"]
    assert foreign.error("ChunkAccessor.GetItemsCount", {"strAccessor": mine})[1] == 1186, "of another session"


def test_the_articles_answer(ksc: KscClient) -> None:
    rows = ksc.find("(KLHST_WKS_IP_LONG = 2130706433)", ("KLHST_WKS_DN", "KLHST_WKS_HOSTNAME", "KLHST_WKS_IP_LONG"))
    assert rows == [{"KLHST_WKS_DN": "Host1", "KLHST_WKS_HOSTNAME": HOST1, "KLHST_WKS_IP_LONG": {"type": "long", "value": 2130706433}}]


def test_absent_attributes_are_left_out_and_names_sorted(ksc: KscClient) -> None:
    fields = ["KLHST_WKS_STATUS", "KLHST_WKS_DN", "KLHST_WKS_OWNER_ID", "KLHST_WKS_COMMENT", "KLHST_WKS_CREATED"]
    value = ksc.value("HostGroup.GetHostInfo", {"strHostName": HOST1, "pFields2Return": fields})
    assert list(value) == ["KLHST_WKS_CREATED", "KLHST_WKS_DN", "KLHST_WKS_STATUS"]
    assert value["KLHST_WKS_STATUS"] == 1 + 4 + 8 and value["KLHST_WKS_CREATED"]["type"] == "datetime"
