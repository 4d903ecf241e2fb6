# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The params encoding, by the examples of the vendor's articles and of contract ksc-openapi.md, section 2.1."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api import wire
from hypothesis import given
from hypothesis import strategies as some

UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("value", "inside"),
    [
        (wire.Long(2130706433), {"type": "long", "value": 2130706433}),
        (datetime.datetime(2019, 10, 8, 17, 30, 40, tzinfo=UTC), {"type": "datetime", "value": "2019-10-08T17:30:40Z"}),
        (datetime.date(2016, 9, 19), {"type": "date", "value": "2016-09-19"}),
        (b"abc", {"type": "binary", "value": "YWJj"}),
        (1.5, {"type": "double", "value": 1.5}),
        (wire.Float(1.5), {"type": "float", "value": 1.5}),
        ({"a": 1}, {"type": "params", "value": {"a": 1}}),
        ("text", "text"),
        (True, True),
        (7, 7),
        (None, None),
        ([1, None], [1, None]),
    ],
)
def test_a_type_is_tagged_inside_params_and_arrays_only(value, inside):
    bare = inside["value"] if isinstance(inside, dict) else inside
    assert wire.arguments({"top": value}) == {"top": bare}
    assert wire.arguments({"p": {"in": value}}) == {"p": {"in": inside}}
    assert wire.arguments({"a": [value]}) == {"a": [inside]}
    assert wire.decoded(inside) == value


def test_containers_nest():
    sent = wire.arguments({"pData": {"list": [{"deep": {"id": wire.Long(1)}}]}})
    assert sent == {
        "pData": {"list": [{"type": "params", "value": {"deep": {"type": "params", "value": {"id": {"type": "long", "value": 1}}}}}]}
    }


def test_local_time_is_sent_as_utc():
    moscow = datetime.timezone(datetime.timedelta(hours=3))
    sent = wire.arguments({"t": datetime.datetime(2020, 6, 15, 12, 41, 18, tzinfo=moscow)})
    assert sent == {"t": "2020-06-15T09:41:18Z"}


def test_what_has_no_type_is_not_sent():
    with pytest.raises(TypeError, match="no type for set"):
        wire.arguments({"a": {1}})


@pytest.mark.parametrize("name", ["PxgRetVal", "PkgRetVal", "PxcRetVal", "PxxRetVal"])
def test_every_spelling_of_the_return_value_is_read(name):
    assert wire.answer({name: 8}) == {"PxgRetVal": 8}


@pytest.mark.parametrize("name", ["bSuccededFinalized", "bSucceededFinalized"])
def test_both_spellings_of_the_finished_flag_are_read(name):
    assert wire.answer({name: True}) == {"bSuccededFinalized": True}


def test_virtual_server_keys_are_read_in_the_article_s_spelling_too():
    value = wire.decoded([{"type": "params", "value": {"KLVSrv_DN": "SomeVirtualServer", "KLVSRV_ID": 1}}])
    assert wire.records(value) == [{"KLVSRV_DN": "SomeVirtualServer", "KLVSRV_ID": 1}]


def test_null_is_an_empty_array():
    assert wire.records(None) == []


def test_an_empty_time_is_none():
    assert wire.decoded({"type": "datetime", "value": ""}) is None


@pytest.mark.parametrize("odd", [{"type": "mystery", "value": 1}, {"type": "long", "value": "x"}, {"type": "binary", "value": "?"}])
def test_odd_values_are_read_without_a_crash(odd):
    wire.decoded(odd)


def test_plain_values_are_what_a_playbook_can_show():
    decoded = wire.decoded(
        {
            "time": {"type": "datetime", "value": "2020-06-15T09:41:18Z"},
            "size": {"type": "long", "value": 5},
            "raw": {"type": "binary", "value": "YWJj"},
        }
    )
    assert wire.plain(decoded) == {"time": "2020-06-15T09:41:18Z", "size": 5, "raw": "YWJj"}
    assert not isinstance(wire.plain(decoded)["size"], wire.Long)


scalars = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.text()
    | some.integers().map(wire.Long)
    | some.binary()
    | some.floats(allow_nan=False)
    | some.datetimes(min_value=datetime.datetime(1900, 1, 1)).map(lambda time: time.replace(microsecond=0, tzinfo=UTC))
    | some.dates(min_value=datetime.date(1900, 1, 1))
)
# An attribute name in capitals cannot be mistaken for the tag itself.
values = some.recursive(
    scalars, lambda inner: some.lists(inner) | some.dictionaries(some.from_regex(r"[A-Z_]{1,8}", fullmatch=True), inner)
)


@given(values)
def test_what_is_written_is_read_back(value):
    sent = wire.arguments({"list": [value]})["list"]
    assert wire.decoded(sent) == [value]
