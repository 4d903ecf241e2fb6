# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups as they shall be: the tree, retention, conditions of the status, packages for arrivals."""

from __future__ import annotations

import importlib

import pytest

A, B = "Tenant A", "Арендатор Б"
ON_A = {"virtual_server": A}
KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
CRITICAL, MASK = "KLSRV_HSTSTAT_CRITICAL", "KLSRV_HSTSTAT_MASK"


def group(ksc, path, server=A):
    return ksc.server.state.server(server).group_path(path)


def root(ksc, server=A):
    there = ksc.server.state.server(server)
    return there.groups[there.managed]


def quiet(ksc, server=A, locked=False):
    """The tenant's groups ask for nothing."""
    top = root(ksc, server)
    top.locked = locked
    for level in (CRITICAL, "KLSRV_HSTSTAT_WARNING"):
        top.conditions[level] = {MASK: 0, "KLSRV_HSTSTAT_OLD_AV_BASES": 5}


def run(ksc, **arguments):
    """Check mode promises what the run does, and the second run has nothing to do."""
    rehearsal = ksc("group", check=True, **arguments)
    real = ksc("group", **arguments)
    for name in ("changed", "diff", "msg"):
        assert rehearsal.data[name] == real.data[name]
    again = ksc("group", **arguments)
    assert (again.changed, ksc.writes(again)) == (False, [])
    return real


def test_make_a_tree(ksc):
    made = run(ksc, group="New/Deep/Deeper", **ON_A)  # the name that the option has elsewhere
    assert made.group["result"] == "created" and made.group["id"] == group(ksc, "New/Deep/Deeper").id
    assert made.count("HostGroup.AddGroup") == 3 and made.count("HostGroup.UpdateGroup") == 0


def test_on_the_primary_server(ksc):
    assert run(ksc, path="Customers").group["virtual_server"] is None


def test_groups_of_several_tenants_that_are_in_each_other(ksc):
    groups = [
        {"path": "X/Y", **ON_A, "remove_days": 90},
        {"path": "X", **ON_A},
        {"path": "Web/Frontend", "virtual_server": B, "notify_days": 3},
    ]
    made = run(ksc, groups=groups, remove_days=30)
    assert made.members("groups", "path", "result") == [("X/Y", "created"), ("X", "created"), ("Web/Frontend", "created")]
    assert (group(ksc, "X/Y").remove_days, group(ksc, "X").remove_days, group(ksc, "Web/Frontend", B).notify_days) == (90, 30, 3)


@pytest.mark.parametrize("reading", [{}, {"inherited_settings": "kept"}])
def test_retention(ksc, reading):
    ksc.settings(**reading)
    changed = run(ksc, path="Databases", notify_days=5, remove_days=50, **ON_A)
    assert changed.group["result"] == "updated"
    assert (group(ksc, "Databases").notify_days, group(ksc, "Databases").remove_days) == (5, 50)
    (sent,) = changed.bodies("HostGroup.UpdateGroup")
    assert sent["pInfo"]["KLGRP_HlfInherited "] is False
    assert set(sent["pInfo"]) == {"notifyPeriod", "autoRemovePeriod", "KLGRP_HlfInherited "}
    run(ksc, path="Databases", notify_days=8, **ON_A)
    assert (group(ksc, "Databases").notify_days, group(ksc, "Databases").remove_days) == (8, 50)


def test_what_is_inherited_and_right_stays_inherited(ksc):
    run(ksc, path="/", notify_days=7, remove_days=60, **ON_A)
    assert group(ksc, "Databases").notify_days is None
    same = ksc("group", path="Databases", notify_days=7, **ON_A)
    assert not same.changed and group(ksc, "Databases").notify_days is None


@pytest.mark.parametrize("path", ["Databases", "New"])
def test_days_that_are_locked(ksc, path):
    run(ksc, path="/", notify_days=7, remove_days=60, **ON_A)
    root(ksc).force_children = True
    for check in (True, False):
        refused = ksc("group", path=path, notify_days=9, fails=True, check=check, **ON_A)
        assert "locks" in refused.msg and path in refused.msg and ksc.writes(refused) == []
    assert ksc("group", path=path, notify_days=7, **ON_A).changed == (path == "New")


@pytest.mark.parametrize("reading", [{}, {"inherited_settings": "kept"}, {"status_settings": "replaced"}])
@pytest.mark.parametrize("path", ["/", "Databases"])
def test_conditions(ksc, path, reading):
    ksc.settings(**reading)
    quiet(ksc)
    changed = run(ksc, path=path, conditions=["suggested_by_product"], **ON_A)
    assert changed.group["conditions"] == ["suggested_by_product"]
    place = root(ksc) if path == "/" else group(ksc, path)
    assert place.conditions[CRITICAL][MASK] == 1 << 18
    assert place.conditions[CRITICAL]["KLSRV_HSTSTAT_OLD_AV_BASES"] == 5  # thresholds stay
    run(ksc, path=path, conditions=["databases_outdated"], **ON_A)
    assert place.conditions[CRITICAL][MASK] == 1 << 18 | 1 << 7  # what is not listed stays


def test_conditions_that_are_on_for_warning_are_on(ksc):
    quiet(ksc)
    root(ksc).conditions["KLSRV_HSTSTAT_WARNING"][MASK] = 1 << 18
    assert not ksc("group", path="/", conditions=["suggested_by_product"], **ON_A).changed


def test_conditions_that_are_locked(ksc):
    quiet(ksc, locked=True)
    refused = ksc("group", path="/", conditions=["suggested_by_product"], fails=True, **ON_A)
    assert "locks" in refused.msg and "suggested_by_product" in refused.msg and ksc.writes(refused) == []


def test_a_condition_that_is_none(ksc):
    assert "suggested_by_product" in ksc("group", path="/", conditions=["suggested"], fails=True, **ON_A).msg


@pytest.mark.parametrize("reading", ["honoured", "ignored"])
def test_packages_for_arrivals(ksc, reading):
    ksc.settings(auto_install=reading)
    ksc.give_packages()
    made = run(ksc, path="Arrivals", install_packages=[KSVLA], **ON_A)
    assert made.group["install_packages"] == ["KSVLA 5.2.0.0 (build 5.2.27.1202)"]
    package = next(one for one in ksc.server.state.server(A).packages.values() if one.product == "KSVLA")
    assert group(ksc, "Arrivals").packages == [package.id]
    run(ksc, path="Arrivals", install_packages=[], **ON_A)
    assert group(ksc, "Arrivals").packages == []


def test_a_package_that_the_server_does_not_have(ksc):
    refused = ksc("group", path="Arrivals", install_packages=[KSVLA], fails=True, **ON_A)
    assert 'no installation package for "KSVLA 5.2.0.0"' in refused.msg and ksc.writes(refused) == []


def test_a_server_that_does_not_keep_what_is_set(ksc, monkeypatch):
    api = importlib.import_module("ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api.groups")
    monkeypatch.setattr(api, "update", lambda *_of: None)
    refused = ksc("group", path="Databases", notify_days=3, fails=True, **ON_A)
    assert "did not apply: notify_days" in refused.msg


def test_remove_empty_groups(ksc):
    groups = [{"path": "Web"}, {"path": "Web/Frontend"}, {"path": "Never"}]
    removed = run(ksc, groups=groups, state="absent", **ON_A)
    assert removed.members("groups", "result") == ["removed", "removed", "unchanged"]


def test_a_group_that_is_not_empty_stays(ksc):
    ksc.give("web-01", group="Databases")
    for check in (True, False):
        refused = ksc("group", groups=[{"path": "Databases"}, {"path": "Web"}], state="absent", fails=True, check=check, **ON_A)
        assert "has hosts in it (web-01" in refused.msg and "has subgroups in it (Frontend)" in refused.msg
        assert ksc.writes(refused) == []


def test_managed_devices_are_not_removed(ksc):
    assert "Managed devices itself cannot be removed" in ksc("group", path="/", state="absent", fails=True, **ON_A).msg


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "kill_session", "restart"])
@pytest.mark.parametrize("method", ["HostGroup.AddGroup", "HostGroup.UpdateGroup"])
def test_an_answer_that_is_lost(ksc, kind, method):
    ksc.fault(kind, method)
    assert ksc("group", path="New", notify_days=3, **ON_A).changed
    assert group(ksc, "New").notify_days == 3
    assert not ksc("group", path="New", notify_days=3, **ON_A).changed


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "kill_session", "restart"])
@pytest.mark.parametrize("method", ["HostGroup.RemoveGroup", "AsyncActionStateChecker.CheckActionState"])
def test_a_removal_whose_answer_is_lost(ksc, kind, method):
    ksc.fault(kind, method)
    assert ksc("group", path="Databases", state="absent", **ON_A).changed
    assert not ksc("group", path="Databases", state="absent", **ON_A).changed


def test_a_removal_that_the_server_refuses(ksc):
    ksc.settings(action_seconds=5)
    ksc.fault("error", "HostGroup.RemoveGroup", error={"module": "KLSTD", "code": 1193, "message": "not now"})
    assert "not now" in ksc("group", path="Databases", state="absent", fails=True, **ON_A).msg


def test_one_wrong_entry_holds_nobody(ksc):
    groups = [{"path": "New", **ON_A}, {"path": "New", "virtual_server": "Tenant C"}, {"path": "Other", **ON_A, "notify_days": -1}]
    refused = ksc("group", groups=groups, fails=True)
    assert "Tenant C" in refused.msg and "-1 is negative" in refused.msg and ksc.writes(refused) == []
    reported = ksc("group", groups=groups, on_failure="report")
    assert reported.members("groups", "result") == ["created", "failed", "failed"]


def test_a_limit_is_a_sentence(ksc):
    from simulator.ksc.administration import GROUPS

    ksc.server.state.limits[GROUPS] = 3
    refused = ksc("group", path="New", fails=True, **ON_A)
    assert "its limit of administration groups on virtual servers (3) is reached" in refused.msg


def test_a_dry_run_before_the_virtual_server_is_there(ksc):
    arguments = {"path": "Web", "virtual_server": "Tenant Z", "conditions": ["suggested_by_product"]}
    assert "Tenant Z" in ksc("group", check=True, fails=True, **arguments).msg
    assert ksc("group", check=True, expect_virtual_server=True, **arguments).group["result"] == "created"
    assert "Tenant Z" in ksc("group", expect_virtual_server=True, fails=True, **arguments).msg


def test_a_server_without_the_newer_way_to_read_a_group(ksc):
    ksc.fault("no_such_call", "HostGroup.GetGroupInfoEx", count=None)
    run(ksc, path="Databases", notify_days=9, **ON_A)
