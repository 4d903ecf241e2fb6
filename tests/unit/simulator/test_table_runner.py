# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that a wrong expectation fails, that a wrong table is refused, and that a failure names all that is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from table_runner import Mismatch, Run, TableError, differences, play, read, run, unwrapped

GROUPS = {"call": "HostGroup.GroupIdGroups"}
INSTANCES = {"call": "GET /api/3.0/ha/instances"}
GHOST = {"call": "HostGroup.RemoveHost", "body": {"strHostName": "nobody"}}


@pytest.mark.parametrize(
    "step",
    [
        {**GROUPS, "value": 1},
        {**GROUPS, "value": False},
        {**GROUPS, "answer": {"$exactly": {}}},
        {**GROUPS, "status": 201},
        {**GROUPS, "error": "KLSTD 1186"},
        {**GROUPS, "error": 403},
        {**GROUPS, "error": "no answer"},
        {**GROUPS, "contains": ["nothing"]},
        {**GROUPS, "lacks": ["PxgRetVal"]},
        {**GROUPS, "save": {"x": "no/such/member"}},
        {**GROUPS, "answer_headers": {"Content-Type": "text/html"}},
        {**GROUPS, "each": [{"value": 0}, {"value": 1}]},
        {**GHOST},
        {**GHOST, "error": "KLSTD 1192"},
        {**GHOST, "error": "KLWAT 1186"},
        {**GHOST, "error": "KLSTD 1186 no group"},
        {**GHOST, "refused": {"KLSTD 1186": [{}], "KLSTD 1192": [{}]}},
        {**INSTANCES, "error": 404},
        {**INSTANCES, "answer": {"instances": [{}]}},
        {"call": "GET /api/3.0/nothing"},
        {"call": "GET /api/3.0/nothing", "error": 405},
        {"call": "GET /api/3.0/nothing", "error": "404 Other"},
        {"login": "one", "password": "wrong"},
        {"login": "one", "error": 401},
        {"find": '(KLHST_WKS_DN="Host1")', "hosts": []},
        {"find": '(KLHST_WKS_DN="Host1")', "rows": [{}]},
        {"find": '(KLHST_WKS_DN="Host1")', "rows": [{"KLHST_WKS_DN": "Host2"}]},
        {"world": {"ksc": {}}, "refused": ""},
        {"world": {"ksc": {"hosst": []}}, "refused": "ksc.hosts"},
    ],
    ids=str,
)
def test_wrong_expectation_fails(simulator: Any, step: dict[str, Any]) -> None:
    with pytest.raises(Mismatch):
        play(simulator, step)


@pytest.mark.parametrize(
    "expected, right, wrong",
    [
        ({"a": 1}, [{"a": 1}, {"a": 1, "b": 2}], [{}, {"a": 2}, {"a": True}, {"a": 1.0}, [], None]),
        ([1, 2], [[1, 2]], [[2, 1], [1], [1, 2, 3], "12"]),
        (None, [None], [0, "", False]),
        ("~^a+$", ["aa"], ["ab", 5, None]),
        ("$any", [0, None], [...]),
        ("$absent", [...], [None, 0]),
        ({"$exactly": {"a": "$any"}}, [{"a": 1}], [{"a": 1, "b": 1}, {}, 5]),
        ({"$members": ["a"]}, [{"a": 1}], [{"a": 1, "b": 1}, {}, ["a"]]),
        ({"$any_order": [1, 2]}, [[2, 1]], [[1, 1], [1, 2, 3], 5]),
        ({"$contains": {"a": 1}}, [[{"a": 1, "b": 2}, 5]], [[], [{"a": 2}]]),
        ({"$length": 2}, [[1, 2]], [[], 2, "ab"]),
        ({"$not": 5}, [6, "5", ...], [5]),
        ({"$above": 5}, [6], [5, 4, "6", ...]),
        ({"$below": 5}, [4], [5, 6]),
        ({"$bits": 5}, [5, 7], [4, 1]),
        ({"$no_bits": 5}, [8, 2], [4, 1]),
    ],
    ids=str,
)
def test_matchers(simulator: Any, expected: Any, right: list[Any], wrong: list[Any]) -> None:
    matcher = play(simulator).value(expected)
    assert [value for value in right if list(differences(matcher, value))] == []
    assert [value for value in wrong if not list(differences(matcher, value))] == []


@pytest.mark.parametrize("value", [{"type": "params", "value": {}}, {"a": {"b": 1}}, {"a": None}, [{"a": 1}], {"a": [{"b": 1}]}])
def test_answer_with_wrong_types_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        unwrapped(value)


def test_answer_with_right_types_is_unwrapped() -> None:
    value = {"a": {"type": "params", "value": {"b": 1}}, "c": [{"type": "params", "value": {}}], "d": {"type": "long", "value": 5}}
    assert unwrapped(value) == {"a": {"b": 1}, "c": [{}], "d": {"type": "long", "value": 5}}


TABLE = "---\nabout: x\ngroups:\n  - source: a.md 1\n    cases:\n      Something is so:\n"


@pytest.mark.parametrize(
    "text, word",
    [
        ("        - {call: A.B, value: 1, valu: 2}\n", "Something is so, step 1: unknown key ['valu']"),
        ("        - {advance: 1}\n        - {call: A.B, each: [{valeu: 2}], value: 1}\n", "step 2: unknown key ['valeu']"),
        ("        - {find: x, body: {}, hosts: []}\n", "step 1: unknown key ['body']"),
        ("        - {call: A.B, find: x, hosts: []}\n", "step 1: one of call, login"),
        ("        - {value: 1}\n", "step 1: one of call, login"),
        ("        - {call: A.B}\n        - advance: 5\n", "nothing is expected"),
        ("        []\n", "a list of steps is needed"),
        ("        {steps: [{call: A.B, value: 1}], on: 5}\n", "the key True is no text"),
        ("        {steps: [{call: A.B, value: 1}], word: 5}\n", "unknown key ['word']"),
        ("        - {call: A.B, value: 1}\n      Something is so: []\n", "twice"),
    ],
)
def test_wrong_table_is_refused(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "table.yml"
    path.write_text(TABLE + text, encoding="utf-8")
    with pytest.raises(TableError) as caught:
        read(path)
    assert "table.yml" in str(caught.value) and word in str(caught.value)


@pytest.mark.parametrize(
    "step, word",
    [
        ({**GROUPS, "value": "$nope"}, "no variable $nope"),
        ({**GROUPS, "as": "somebody"}, "nobody has logged in as 'somebody'"),
        ({**GROUPS, "error": "nothing"}, "'nothing' is no error"),
        ({"do": "nothing"}, "no procedure 'nothing'"),
        ({"machines": {"Host1": {"colour": 1}}}, "a machine has no colour"),
        ({**GROUPS, "change": {"a/b": 1}}, "the body has nothing at a/b"),
    ],
    ids=str,
)
def test_wrong_step_is_refused(simulator: Any, step: dict[str, Any], word: str) -> None:
    with pytest.raises(TableError) as caught:
        play(simulator, step)
    assert word in str(caught.value)


def test_failure_names_all_that_is_needed(simulator: Any, tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    steps = "        - advance: 1\n        - {call: HostGroup.GetGroupId, body: {nParent: 0, strName: Web}, value: 70}\n"
    path.write_text(TABLE + steps, encoding="utf-8")
    (case,) = read(path)
    with pytest.raises(Mismatch) as caught:
        run(simulator, case)
    text = str(caught.value)
    for part in ("hosts: Something is so, step 2", "HostGroup.GetGroupId", "'Web'", "expected: 70", "received: 7", "a.md 1"):
        assert part in text


def test_variables_of_a_step_end_with_it(simulator: Any) -> None:
    played: Run = play(simulator, {**GROUPS, "value": "$found", "with": {"found": 0}}, {"set": {"kept": "$host1"}})
    assert played.value("$kept") == played.value("$host1")
    with pytest.raises(TableError):
        played.value("$found")
