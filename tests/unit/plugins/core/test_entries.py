# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of entries: what they inherit, what is wrong with them."""

from __future__ import annotations

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.entries import EntryList, ValidationErrors
from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

HOSTS = EntryList(
    "hosts",
    own={"ip": {"type": "str"}},
    inherited={
        "group": {"type": "str", "default": "Managed", "aliases": ["place"]},
        "product": {"type": "dict", "options": {"name": {"type": "str"}, "version": {"type": "str"}}},
    },
    merged=("product",),
)


def params(**given):
    return {"hosts": None, "group": None, "product": None, **given}


def test_the_spec_has_the_list_and_its_options_at_module_level_where_alone_they_have_defaults():
    arguments = HOSTS.spec().arguments
    assert set(arguments) == {"hosts", "group", "product"}
    assert arguments["group"]["default"] == "Managed"
    assert arguments["hosts"]["options"]["group"] == {"type": "str", "aliases": ["place"]}
    assert set(arguments["hosts"]["options"]) == {"ip", "group", "product"}
    assert "required" not in arguments["hosts"]


def test_an_entry_inherits_what_it_does_not_say():
    entries = HOSTS.read(params(hosts=[{"ip": "a"}, {"ip": "b", "group": "own"}], group="shared"))
    assert [(entry["ip"], entry["group"]) for entry in entries] == [("a", "shared"), ("b", "own")]


def test_false_and_empty_are_said():
    assert HOSTS.read(params(hosts=[{"ip": "a", "group": ""}], group="shared"))[0]["group"] == ""


def test_a_dict_is_completed_member_by_member():
    shared = {"name": "KSVLA", "version": "5.2.0.0"}
    entries = HOSTS.read(
        params(hosts=[{"ip": "a", "product": {"name": None, "version": "6"}}, {"ip": "b", "product": None}], product=shared)
    )
    assert [entry["product"] for entry in entries] == [{"name": "KSVLA", "version": "6"}, shared]
    assert shared == {"name": "KSVLA", "version": "5.2.0.0"}
    assert HOSTS.read(params(hosts=[{"ip": "a"}]))[0]["product"] is None


def test_list_and_short_form_add_up():
    entries = HOSTS.read(params(hosts=[{"ip": "a"}], group="g"), [{"ip": "b"}])
    assert [(entry["ip"], entry["group"]) for entry in entries] == [("a", "g"), ("b", "g")]


def test_an_empty_list_is_nothing_to_do_and_none_at_all_is_an_error():
    assert HOSTS.read(params(hosts=[])) == []
    with pytest.raises(InputError, match="hosts: there are no entries"):
        HOSTS.read(params())


VALUES = st.none() | st.text(max_size=3)


@given(st.lists(st.fixed_dictionaries({"ip": st.text(max_size=3), "group": VALUES})), VALUES)
def test_what_is_given_is_never_lost_and_nothing_is_made_up(entries, shared):
    read = HOSTS.read(params(hosts=entries, group=shared))
    assert [entry["ip"] for entry in read] == [entry["ip"] for entry in entries]
    assert [entry["group"] for entry in read] == [shared if entry["group"] is None else entry["group"] for entry in entries]


def test_all_errors_are_one_error_that_says_the_same_thing_once():
    errors = ValidationErrors("svms")
    assert not errors
    errors.require_none()
    errors.add("b", "there is no storage.", storage="x")
    errors.add("a", "there is no storage", storage="x")
    errors.add("a", "there is no network")
    assert errors and errors.of("a") == ["there is no storage", "there is no network"] and errors.of("c") == []
    with pytest.raises(InputError) as raised:
        errors.require_none()
    assert raised.value.message == "b, a: there is no storage; a: there is no network. Nothing was changed."
    assert raised.value.failure == {"svms": ["a", "b"]}
