# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter language: ksc-openapi.md section 3.2, and the filters met in ksc-wire.md section 6."""

from __future__ import annotations

import time
from typing import Any

import pytest
from simulated_ksc import HOST1, KscClient

from simulator.ksc.attributes import HOST_SEARCH
from simulator.ksc.filters import Attribute, Filter, FilterError

ROWS: list[dict[str, Any]] = [
    {"name": "Alpha", "size": 5, "flag": True, "when": 1000.0, "raw": "00ff", "tags": ("a/1", "b/2")},
    {"name": 'be"ta', "size": -3, "flag": False, "when": 2000.0, "raw": "", "tags": ()},
    {"name": "[x]*", "size": 12, "flag": True, "when": None, "raw": None, "tags": ("A/1",)},
]
ATTRIBUTES = {
    name: Attribute(kind, lambda row, name=name: row[name])
    for name, kind in (("name", "string"), ("size", "int"), ("flag", "bool"), ("when", "time"), ("raw", "binary"), ("tags", "string"))
}


@pytest.mark.parametrize(
    "text, found",
    [
        ("", [0, 1, 2]),
        (None, [0, 1, 2]),
        ("  ", [0, 1, 2]),
        ('(name="alpha")', [0]),
        ('(name="ALPHA")', [0]),
        ('(name<>"alpha")', [1, 2]),
        ('(name="be""ta")', [1]),
        ('(name="*a")', [0, 1]),
        ('(name="?????")', [0, 1]),
        ('(name="[ab]*")', [0, 1]),
        ('(name="[a-b]*")', [0, 1]),
        ('(name="[^a]*")', [1, 2]),
        ('(name="[[]x]*")', [2]),
        ('(name="[[]x][*]")', [2]),
        ('(name="[[]x][?]")', []),
        ('(name="")', []),
        ("(size=5)", [0]),
        ("(size=-3)", [1]),
        ("(size<>5)", [1, 2]),
        ("(size>5)", [2]),
        ("(size<5)", [1]),
        ("(size>=5)", [0, 2]),
        ("(size<=5)", [0, 1]),
        ("(size & 4 <> 0)", [0, 1, 2]),
        ("(size&8<>0)", [1, 2]),
        ("(size & 0x8 <> 0)", [1, 2]),
        ("(size & 1 = 0)", [2]),
        ("(size=0xC)", [2]),
        ("(flag=1)", [0, 2]),
        ("(flag=0)", [1]),
        ("(flag<>0)", [0, 2]),
        ('(when>T"1970-01-01 00:20:00")', [1]),
        ('(when=T"1970-01-01 00:16:40")', [0]),
        ("(when<CURTIME(-8999))", [0]),
        ("(when > CURTIME(-8500))", [1]),
        ('(when>="1970-01-01")', [0, 1]),
        ("(raw=0x00FF)", [0]),
        ("(raw=0x)", [1]),
        ('(tags="a/1")', [0, 2]),
        ('(tags="b/*")', [0]),
        ('(tags<>"")', [0, 2]),
        ('(&(size>0)(name="*p*"))', [0]),
        ("(|(size=5)(size=12)(size=99))", [0, 2]),
        ("(!(size=5))", [1, 2]),
        ("(& (|(size=5)\n (size=12)) (!(flag=0)) )", [0, 2]),
        ('(|(name="alpha")(name="be*"))', [0, 1]),
        ("  ( size = 5 )  ", [0]),
    ],
)
def test_filters(text: str | None, found: list[int]) -> None:
    wanted = Filter(text, ATTRIBUTES, now=10000.0)
    assert [ROWS.index(row) for row in wanted.select(ROWS)] == found


@pytest.mark.parametrize(
    "text, word",
    [
        ("(name=alpha)", "double quotes"),
        ('(name="alpha"', "the end"),
        ('(name="alpha)', "closing quote"),
        ('name="alpha"', "parentheses"),
        ('(nope="x")', "nope"),
        ('(size="5")', "a number"),
        ("(name=5)", "a string"),
        ("(when=5)", "CURTIME"),
        ('(raw="x")', "0x"),
        ("(&)", "conditions"),
        ("(!(size=1)(size=2))", "exactly one"),
        ("(size==5)", "a number"),
        ("(size 5)", "comparison sign"),
        ("(size=5)(size=6)", "nothing may follow"),
        ("()", "name"),
        ('(name="[a")', "closing bracket"),
        ('(when=T"yesterday")', "no time"),
        ("(name & 1 <> 0)", "bit test"),
        ("(size=5) x", "nothing may follow"),
        ("(size=5;)", "not understood"),
        ("(& size=5)", "conditions"),
    ],
)
def test_bad_filters_say_why(text: str, word: str) -> None:
    with pytest.raises(FilterError, match=word):
        Filter(text, ATTRIBUTES)


def test_case_can_count() -> None:
    assert not Filter('(name="alpha")', ATTRIBUTES, case_sensitive=True).select(ROWS)
    assert Filter('(name="A*")', ATTRIBUTES, case_sensitive=True).select(ROWS) == [ROWS[0]]


def test_a_bare_item_only_when_allowed() -> None:
    assert Filter("size=5", ATTRIBUTES, bare=True).select(ROWS) == [ROWS[0]]
    with pytest.raises(FilterError):
        Filter("size=5", ATTRIBUTES)


@pytest.mark.parametrize(
    "text",
    [
        "(KLHST_WKS_GROUPID = 0)",
        '(&(KLHST_WKS_GROUPID <> 7 )(KLHST_WKS_FQDN="host1.lab"))',
        'KLHST_WKS_DN = "*Name*"',
        '(KLHST_WKS_DN="*")',
        "",
        '(&(KLHST_INSTANCEID <> "")(KLHST_WKS_GROUPID = 0))',
        "(KLHST_WKS_STATUS&1<>0)",
        'KLHST_WKS_HOSTNAME = "%s"' % HOST1,
        "KLHST_WKS_FROM_UNASSIGNED=0",
        "(KLHST_WKS_GROUPID_GP=0)",
        "(KLHST_WKS_LAST_VISIBLE > CURTIME(-86400))",
    ],
)
def test_filters_met_in_the_wild(ksc: KscClient, text: str) -> None:
    ksc.find(text)


@pytest.mark.parametrize(
    "text", ['(name="Comput*")', '(creationDate>="2026-11-22")', "(KLGRP_CHLDHST_CNT_CRT<1)", '(name="Managed devices")']
)
def test_group_filters_met_in_the_wild(ksc: KscClient, text: str) -> None:
    ksc.call("HostGroup.FindGroups", {"wstrFilter": text, "vecFieldsToReturn": ["id", "name"], "lMaxLifeTime": 600})


def test_on_the_server(simulator: Any, ksc: KscClient) -> None:
    assert ksc.names('(KLHST_WKS_DN="a ""b"" c")') == ['a "b" c']
    assert ksc.names('(KLHST_WKS_DN="star[*]")') == ["star*"] and sorted(ksc.names('(KLHST_WKS_DN="star*")')) == ["star*", "start"]
    assert ksc.names('(KLHST_WKS_DN="q[?][[]x]")') == ["q?[x]"]
    assert ksc.names('(KLHST_WKS_DN="сервер")') == ["Сервер"]
    assert sorted(ksc.names('(KLHST_WKS_DN="twin")')) == ["Twin", "twin"]
    assert len(ksc.names("(KLHST_WKS_IP_LONG=167772168)")) == 2, "two records share an address"
    assert ksc.names("(KLHST_WKS_FROM_UNASSIGNED=0)") == ["Twin"]
    simulator.change_settings({"ksc": {"case_sensitive": True, "bare_filters": False, "unsupported_attributes": ["KLHST_WKS_PRODUCT_ID"]}})
    assert ksc.names('(KLHST_WKS_DN="twin")') == ["twin"]
    body = {"vecFieldsToReturn": ["KLHST_WKS_DN"], "lMaxLifeTime": 1}
    for text in ('KLHST_WKS_DN="x"', '(KLHST_WKS_PRODUCT_ID="kesl/*")', "(KLHST_WKS_DN=x)"):
        assert ksc.error("HostGroup.FindHosts", dict(body, wstrFilter=text))[:2] == ("KLSTD", 1192)


def test_products(ksc: KscClient, tenant: KscClient) -> None:
    assert tenant.names('(KLHST_WKS_PRODUCT_ID="kesl/12.1.0.0")') == ["a-kesl"] == tenant.names('(KLHST_WKS_PRODUCT_NAME="kesl")')
    assert tenant.names('(KLHST_WKS_PRODUCT_ID="KSVLA/*")') == []
    assert len(ksc.names('(KLHST_WKS_PRODUCT_ID="1103/1.0.0.0")')) == 13, "all but the one without agent"


def test_which_servers_are_searched(ksc: KscClient, tenant: KscClient) -> None:
    assert "a-kesl" not in ksc.names(only=True) and "a-kesl" in ksc.names(only=False)
    assert tenant.names(only=False) == ["a-kesl"] == tenant.names(only=True)


def test_many_terms_use_the_index() -> None:
    rows = list(range(2000))
    calls = []

    def get(row: int) -> int:
        calls.append(row)
        return row

    attributes = {"id": Attribute("int", get), "odd": Attribute("int", lambda row: row % 2)}
    index = {row: [row] for row in rows}
    text = "(&(|%s)(odd=1))" % "".join("(id=%d)" % row for row in range(1000))
    found = Filter(text, attributes).select(rows, lambda name: index if name == "id" else None)
    assert found == list(range(1, 1000, 2)) and len(calls) <= 1000, "only candidates are tested"


def test_ten_thousand_hosts_are_found_by_address() -> None:
    from simulator.runner import Simulator

    simulator = Simulator({"ksc": {"generate": {"hosts": 10000, "network": "10.64.0.0/16", "windows": 0.3}}})
    server = simulator.world["ksc"].state.primary
    first = 10 << 24 | 64 << 16
    text = "(|%s)" % "".join("(KLHST_WKS_IP_LONG=%d)" % (first + 1 + number * 20) for number in range(500))
    began = time.perf_counter()
    found = Filter(text, HOST_SEARCH).select(server.hosts.values(), lambda name: server.index(name, True))
    assert len(found) == 500
    print("%.1f ms" % ((time.perf_counter() - began) * 1000))
    assert sum(host.machine.platform == "windows" for host in server.hosts.values()) == 3000
