# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hosts and groups are called in an inventory, and which of their values could be templates."""

from __future__ import annotations

import itertools

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.inventory import os_family
from ansible_collections.ksv.light_agent.plugins.plugin_utils import _inventory as inventory
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.every_core


def test_a_name_of_one_host_stays_and_that_of_two_goes_to_neither():
    candidates = [["web", "web@A", "web_1"], ["web", "web@B", "web_2"], ["db", "db@A", "db_3"]]
    names, renamed = inventory.unique_names(candidates, [(1,), (2,), (3,)], {})
    assert names == ["web@A", "web@B", "db"]
    assert renamed == {"web": ["web@A", "web@B"]}


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_names_do_not_depend_on_the_order_of_hosts(order):
    candidates = [["web", "web@A", "web_1"], ["web", "web@A", "web_2"], ["web", "web@B", "web_3"], ["localhost", "localhost@A"]]
    names, _renamed = inventory.unique_names([candidates[one] for one in order], [(one,) for one in order], {})
    assert dict(zip(order, names)) == {0: "web_1", 1: "web_2", 2: "web@B", 3: "localhost@A"}


def test_a_machine_of_another_source_keeps_its_name():
    taken = {"web": ("ksc1", "7"), "db": ("ksc1", "8")}
    names, renamed = inventory.unique_names([["web", "web@A"], ["db", "db@A"]], [("ksc2", "7"), ("ksc1", "8")], taken)
    assert names == ["web@A", "db"]
    assert renamed == {"web": ["web@A"]}


words = st.lists(st.sampled_from(["a", "b", "a@1", "all"]), min_size=1, max_size=3)


@given(st.lists(words, max_size=6))
def test_no_two_hosts_have_one_name(candidates):
    names, _renamed = inventory.unique_names(candidates, [(number,) for number in range(len(candidates))], {"b": ("other",)})
    assert len(set(names)) == len(candidates)
    assert not {"all", "b"} & set(names)


@given(st.text(min_size=1))
def test_a_safe_name_is_one_host_and_no_pattern(name):
    safe = inventory.safe_host_name(name)
    assert len(safe) == len(name)
    assert not set(safe) & set("{}[](),:;!&*?%#\"' \t\n$/\\")
    assert safe[0] not in "~@-."


def test_groups_are_named_for_variable_and_value():
    keys = [("virtual_server", "Tenant A"), ("group", "Web"), ("group", "Web/Frontend"), ("group", "Web Frontend"), ("primary", "")]
    assert inventory.group_names(keys, "ksc") == {
        ("virtual_server", "Tenant A"): "ksc_virtual_server_Tenant_A",
        ("group", "Web"): "ksc_group_Web",
        ("group", "Web/Frontend"): "ksc_group_Web__Frontend",
        ("group", "Web Frontend"): "ksc_group_Web_Frontend",
        ("primary", ""): "ksc_primary",
    }


def test_two_tenants_are_never_one_group():
    keys = [("virtual_server", "Tenant A"), ("virtual_server", "Tenant-A"), ("virtual_server", "Tenant B")]
    names = inventory.group_names(keys, "ksc")
    assert len(set(names.values())) == 3
    assert names[keys[2]] == "ksc_virtual_server_Tenant_B"
    assert names == inventory.group_names(reversed(keys), "ksc")


@pytest.mark.parametrize("text", ["{{ 1 }}", "{% if %}", "{# #}", "#jinja2: variable_start_string: '[['\n[[ 1 ]]", "50%"])
def test_what_could_be_a_template_is_not_evaluated(text):
    (wrapped,) = inventory.unsafe({"name": [text]})["name"]
    assert Templar(loader=DataLoader()).template(wrapped) == text


def test_other_values_stay_as_they_are():
    assert inventory.unsafe({"a": [1, None, True, "x"]}) == {"a": [1, None, True, "x"]}


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Microsoft Windows Server 2022", "windows"),
        ("Ubuntu 22.04", "linux"),
        ("Red Hat Enterprise Linux 9", "linux"),
        ("ALT Server 10", "linux"),
        ("Astra Linux SE 1.7", "linux"),
        ("RED OS 7.3", "linux"),
        ("macOS 14", "macos"),
        ("Darwin", None),
        ("", None),
        (None, None),
    ],
)
def test_the_family_of_an_operating_system(name, family):
    assert os_family(name) == family


def test_passwords_inside_other_options_are_found():
    params = {"password": "one", "virtual_servers": ["Tenant A", {"name": "B", "password": "two"}], "port": 1}
    assert list(inventory.secret_values(params, ("password",))) == ["one", "two"]
