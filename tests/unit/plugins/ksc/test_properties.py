# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every name, address and answer, the filters as the simulated server understands them."""

from __future__ import annotations

import ipaddress
import json

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api import filters, hosts, wire
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api.hosts import Host
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.selection import Selector, _index
from hypothesis import example, given
from hypothesis import strategies as some

pytest.importorskip("starlette", reason="requirements-simulator.txt is not installed")

from simulator.ksc import filters as simulated

ATTRIBUTES = {
    hosts.NAME: simulated.Attribute("string", lambda host: host.name),
    hosts.ID: simulated.Attribute("string", lambda host: host.id),
    hosts.IP: simulated.Attribute("int", lambda host: hosts.ip_number(host.ip)),
}
# Few letters, so that names are alike; those that the filter language, case and numbered names make something of.
NAMES = some.text("aAsS*?[]\"'~01 \\()=&|!\u0416\u00df\u0130{}%\n", min_size=1, max_size=6) | some.text(min_size=1, max_size=6)
NUMBERED = some.builds("{}~~{}".format, NAMES, some.integers(0, 12))
ADDRESSES = some.integers(1, 2**32 - 1).map(lambda number: str(ipaddress.IPv4Address(number)))
JSON = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**63), 2**63)
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.sampled_from(["type", "value", "PxgRetVal", "id", "x"]), inner, max_size=3)
        | some.builds(lambda tag, value: {"type": tag, "value": value}, some.sampled_from(sorted(wire._READERS)), inner)
    ),
    max_leaves=8,
)


def host(number, name, ip="10.0.0.1"):
    return Host("id-%d" % number, name, ip, None, {})


def selected(selector, rows):
    return selector.among(_index(simulated.Filter(selector.condition, ATTRIBUTES).select(rows)))


@given(NAMES, some.lists(NAMES | NUMBERED, max_size=8))
@example("a", ["a~~1", "a~~b", "a~~1~~2", "ab", "A", "a*"])
@example("a~~1", ["a", "a~~1", "a~~2", "a~~1~~1"])
@example("*", ["a", "**", "*~~0"])
def test_a_name_selects_its_own_records_and_no_others(name, others):
    rows = [host(number, other) for number, other in enumerate([*others, name])]
    found = selected(Selector("name", name), rows)
    assert rows[-1] in found
    for row in found:
        plain = hosts.NUMBERED.sub("", row.name)
        assert name.casefold() in (row.name.casefold(), plain.casefold()), row.name
    if any(row.name == name for row in found):  # an exact match wins over one that differs in case only
        assert all(row.name == name or hosts.NUMBERED.search(row.name) for row in found)


@given(NAMES, some.lists(NAMES, max_size=8))
def test_a_condition_matches_what_is_equal_whatever_is_in_it(text, others):
    literal = simulated.Filter(filters.any_of(filters.equals(hosts.NAME, text), filters.equals(hosts.NAME, text + "x")), ATTRIBUTES)
    rows = [host(number, other) for number, other in enumerate([*others, text])]
    assert [row.name.casefold() for row in literal.select(rows)] == [
        row.name.casefold() for row in rows if row.name.casefold() in (text.casefold(), (text + "x").casefold())
    ]
    begun = simulated.Filter(filters.begins(hosts.NAME, text), ATTRIBUTES).select(rows)
    assert rows[-1] in begun and all(row.name.casefold().startswith(text.casefold()) for row in begun)


@given(some.lists(ADDRESSES, min_size=1, max_size=6))
def test_an_address_selects_its_own_records(addresses):
    rows = [host(number, "h", ip) for number, ip in enumerate(addresses)]
    assert selected(Selector("ip", addresses[0]), rows) == [row for row in rows if row.ip == addresses[0]]


@given(some.text(max_size=20))
@example("010.0.0.1")
@example("10.0.0.1/32")
@example("10.1")
@example(" 10.0.0.1")
@example("\u0661\u0660.0.0.1")
def test_what_is_no_address_is_none(text):
    valid = Selector("ip", text).valid
    assert valid == bool(text and str(ipaddress.IPv4Address(hosts.ip_number(text))) == text if valid else False)


@given(JSON)
def test_any_answer_can_be_read(value):
    value = json.loads(json.dumps(value))
    read = wire.answer({"PxgRetVal": value, "x": value})
    json.dumps(wire.plain(read))
    wire.record(read["PxgRetVal"])
    wire.records(read["PxgRetVal"])
    number = wire.number(read["PxgRetVal"])
    assert number is None or (isinstance(number, int) and not isinstance(number, bool))
