# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test the filter language with rows that have a value of each type: ksc-openapi.md section 3.2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.ksc.attributes import HOST_SEARCH
from simulator.ksc.filters import Attribute, Filter, FilterError
from simulator.runner import Simulator
from simulator.world import load

TEXTS = load(Path(__file__).with_name("filters.yml"))
ROWS: list[dict[str, Any]] = [
    {"name": "Alpha", "size": 5, "flag": True, "when": 1000.0, "raw": "00ff", "tags": ("a/1", "b/2")},
    {"name": 'be"ta', "size": -3, "flag": False, "when": 2000.0, "raw": "", "tags": ()},
    {"name": "[x]*", "size": 12, "flag": True, "when": None, "raw": None, "tags": ("A/1",)},
]
ATTRIBUTES = {
    name: Attribute(kind, lambda row, name=name: row[name])
    for name, kind in (("name", "string"), ("size", "int"), ("flag", "bool"), ("when", "time"), ("raw", "binary"), ("tags", "string"))
}


def find(text: str | None, **more: Any) -> list[dict[str, Any]]:
    """Return the rows that a filter finds."""
    return Filter(text, ATTRIBUTES, now=10000.0, **more).select(ROWS)


@pytest.mark.parametrize("rows, text", [(rows, text) for rows, texts in TEXTS["found"].items() for text in texts] + [("0 1 2", None)])
def test_filter_finds_rows(rows: str, text: str | None) -> None:
    assert [str(ROWS.index(row)) for row in find(text)] == rows.split()


@pytest.mark.parametrize("word, text", [(word, text) for word, texts in TEXTS["refused"].items() for text in texts])
def test_filter_is_refused(word: str, text: str) -> None:
    with pytest.raises(FilterError, match=word):
        find(text)


def test_settings_of_the_language() -> None:
    assert find('(name="alpha")', case_sensitive=True) == [] and find('(name="A*")', case_sensitive=True) == [ROWS[0]]
    assert find("size=5", bare=True) == [ROWS[0]]
    with pytest.raises(FilterError):
        find("size=5")


def test_many_terms_use_the_index() -> None:
    rows, calls = list(range(2000)), []
    attributes = {"id": Attribute("int", lambda row: calls.append(row) or row), "odd": Attribute("int", lambda row: row % 2)}
    index = {row: [row] for row in rows}
    text = "(&(|%s)(odd=1))" % "".join("(id=%d)" % row for row in range(1000))
    found = Filter(text, attributes).select(rows, lambda name: index if name == "id" else None)
    assert found == list(range(1, 1000, 2)) and len(calls) <= 1000, "only candidates are tested"


def test_ten_thousand_hosts_are_found_by_address() -> None:
    server = Simulator({"ksc": {"generate": {"hosts": 10000, "network": "10.64.0.0/16", "windows": 0.3}}}).world["ksc"].state.primary
    first = 10 << 24 | 64 << 16
    text = "(|%s)" % "".join("(KLHST_WKS_IP_LONG=%d)" % (first + 1 + number * 20) for number in range(500))
    assert len(Filter(text, HOST_SEARCH).select(server.hosts.values(), lambda name: server.index(name, True))) == 500
    assert sum(host.machine.platform == "windows" for host in server.hosts.values()) == 3000
