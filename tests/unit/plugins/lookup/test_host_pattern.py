# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read host patterns from variables."""

from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.ksv.light_agent.plugins.lookup import host_pattern

GROUPS = {
    "all": ["web-01", "db-01", "svm-1"],
    "ungrouped": [],
    "tenants": ["web-01", "db-01"],
    "tenant_a": ["web-01"],
    "svms": ["svm-1"],
    "empty": [],
}
NONE = "which matches no host of the inventory."


def read(groups=None, limit=None, **options):
    """Return the pattern of the variable ksv_hosts, or of its default if ``value`` is not given."""
    variables = {"groups": groups or GROUPS}
    if limit is not None:
        variables["ansible_limit"] = limit
    if "value" in options:
        variables["ksv_hosts"] = options.pop("value")
    loader = DataLoader()
    plugin = host_pattern.LookupModule(loader=loader, templar=Templar(loader=loader, variables=variables))
    # The loader of plugins would read the options, but it is not set up in unit tests.
    documented = yaml.safe_load(host_pattern.DOCUMENTATION)["options"]
    chosen = {**{name: option.get("default") for name, option in documented.items()}, **options}
    plugin.set_options, plugin.get_option = lambda **_given: None, chosen.get
    (pattern,) = plugin.run(["ksv_hosts"], variables, **options)
    return pattern


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("tenants", "tenants"),
        ("tenants:!web-01", "tenants:!web-01"),
        ("all", "all"),
        ("web-*,nope", "web-*,nope"),
        (["web-01", "svms"], "web-01,svms"),
    ],
)
def test_a_pattern_that_matches_is_returned(value, pattern):
    assert read(value=value) == pattern


@pytest.mark.parametrize("value", ["", " ", ",", ":", " , : ", "nope", "empty,nope", "localhost", "tenants:!tenants", [], [""], None])
def test_a_pattern_that_matches_no_host_is_an_error(value):
    with pytest.raises(AnsibleError, match=r'^ksv_hosts is ".*", ' + NONE):
        read(value=value)


def test_a_group_of_the_inventory_may_be_empty():
    assert read(value="empty") == read(value="empty", limit="web-01") == "empty"
    with pytest.raises(AnsibleError, match=NONE):
        read(value="empty", names_only=True)


def test_the_default():
    assert read() == read(groups={"all": []}) == read(groups={"all": []}, default="all") == "all"
    assert read(default="svms") == "svms"
    # Without an inventory, such as for --syntax-check, only a pattern that somebody has given is an error.
    assert read(groups={"all": []}, default="svms") == "svms"
    for options in ({"default": "old"}, {"groups": {"all": []}, "value": "svms"}, {"groups": {"all": []}, "value": "all"}):
        with pytest.raises(AnsibleError, match=NONE):
            read(**options)


def test_the_limit():
    assert read(value="tenants", limit="web-01") == read(value="tenants", limit="svm-1", limited=False) == "tenants"
    assert read(limit="svm-1") == "all"
    with pytest.raises(AnsibleError, match='within the limit "svm-1"'):
        read(value="tenants", limit="svm-1")


@pytest.mark.parametrize("value", ["tenant_a", "web-01", "tenant_a,svm-1", "tenant_a:web-01"])
def test_names_are_accepted_where_only_names_are(value):
    assert read(value=value, names_only=True) == value


@pytest.mark.parametrize(
    "value", ["all", "*", "web-*", "tenants:!web-01", "tenants:&svms", "~web", "tenants[0]", "tenant_a,tenant_b", "web"]
)
def test_patterns_are_refused_where_only_names_are_accepted(value):
    with pytest.raises(AnsibleError, match="is not accepted here; give names of groups or hosts of the inventory, separated by commas"):
        read(value=value, names_only=True)
