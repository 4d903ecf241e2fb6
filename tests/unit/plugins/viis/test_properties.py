# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every body, answer, id in a path, address and mask."""

from __future__ import annotations

import base64
import ipaddress
import json
import math
import urllib.parse

from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api import wire
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import svm_spec
from hypothesis import example, given
from hypothesis import strategies as some

MEMBERS = some.sampled_from([*wire.QUOTED_NUMBERS, *wire.QUOTED_BOOLEANS, "name", "Id", "items", "x"])
JSON = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**63), 2**63)
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=8,
)
MASKS = {str(ipaddress.IPv4Network("0.0.0.0/%d" % bits).netmask) for bits in range(1, 33)}


@given(
    some.dictionaries(MEMBERS, some.booleans() | some.integers(0, 65535) | some.text(max_size=5) | some.none(), max_size=6),
    some.sampled_from(wire.WIRE_TYPES),
)
def test_what_is_sent_is_read_back(values, types):
    record = wire.read(json.loads(json.dumps(wire.body(values, types))))
    for name, value in values.items():
        if value is None:
            assert record.member(name) is None
        elif isinstance(value, bool):
            assert record.flag(name) is value
        elif isinstance(value, int):
            assert record.number(name) == value
        else:
            assert record.text(name) == value


@given(JSON)
@example({"x": "9" * 500, "items": "1e999", "name": "nan"})
def test_any_answer_can_be_read(value):
    read = wire.read(value)
    assert isinstance(wire.error_text(read), str)
    record = read if isinstance(read, wire.Record) else wire.read({"x": value, "Id": value})
    for name in ("x", "Id", "items", "name", "port"):
        number = record.number(name)
        assert number is None or math.isfinite(number)
        assert isinstance(record.text(name), str) and record.flag(name) in (None, True, False)
        assert all(isinstance(inner, wire.Record) for inner in [*record.each(name), record.inner(name)])
        assert all(isinstance(text, str) for text in record.texts(name))


@given(some.text(max_size=10))
def test_a_password_goes_out_as_it_is(text):
    assert base64.b64decode(wire.password(text), validate=True).decode() == text


@given(some.text(max_size=10), some.text(max_size=10))
@example("../../auth", "a&admin=1#")
def test_an_id_is_one_segment_and_a_value_one_member(id, value):
    parts = urllib.parse.urlsplit("https://host/a/" + wire.segment(id) + "/b" + wire.query(name=value, other="1"))
    assert parts.path.count("/") == 3 and urllib.parse.unquote(parts.path.split("/")[2]) == id and parts.fragment == ""
    found = urllib.parse.parse_qs(parts.query.replace("+", "%2B"), keep_blank_values=True)
    assert found == {"other": ["1"], **({"name": [value]} if value else {})}


@given(
    some.integers(0, 2**32 - 1).map(lambda number: str(ipaddress.IPv4Address(number)))
    | some.text(max_size=16)
    | some.sampled_from(sorted(MASKS))
)
@example("0.0.0.0")  # noqa: S104 - a mask
@example("0.0.0.255")
@example("255.255.0.255")
@example("/24")
@example("24")
def test_a_mask_is_ones_and_then_zeros(text):
    assert svm_spec._is_mask(text) == (text in MASKS)


@given(some.ip_addresses() | some.text(max_size=16))
@example("1.2.3")
@example("1.2.3.4/24")
@example("01.2.3.4")
@example("fe80::1%eth0")
def test_an_address_is_an_address(value):
    text = str(value)
    if svm_spec._is_ip(text):
        assert ipaddress.ip_address(text) and "/" not in text
    else:
        assert isinstance(value, str)
