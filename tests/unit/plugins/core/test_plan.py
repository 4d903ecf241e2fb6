# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans, what they say, and how failures and wrong names read."""

from __future__ import annotations

from ansible_collections.ksv.light_agent.plugins.module_utils._core.naming import did_you_mean, nearest, quoted
from ansible_collections.ksv.light_agent.plugins.module_utils._core.plan import FAILED, MISSING, PENDING, UNCHANGED, Plan
from ansible_collections.ksv.light_agent.plugins.module_utils._core.report import SHOWN, failure
from hypothesis import given
from hypothesis import strategies as st


def plan_of(*results):
    plan = Plan()
    for number, result in enumerate(results):
        changes = result != UNCHANGED
        change = plan.add("host-%d" % number, {"id": number}, {"on": False}, {"on": changes}, "moved")
        if result in (FAILED, PENDING, MISSING):
            change.fail("reason %d." % number, result)
    return plan


def test_an_empty_plan_is_no_change():
    plan = Plan()
    assert (plan.changed, plan.diff, plan.returned(), plan.message("hosts")) == (False, {"before": "", "after": ""}, [], "no hosts")


def test_what_is_equal_is_unchanged_whatever_the_word():
    plan = Plan()
    change = plan.add("a", {}, {"x": [1]}, {"x": [1]}, "moved")
    assert (change.result, change.differs, plan.changed) == (UNCHANGED, False, False)


def test_changes_give_changed_diff_and_message():
    plan = plan_of("moved", UNCHANGED, "moved")
    assert plan.changed
    assert plan.diff == {
        "before": "host-0:\n  on: False\nhost-2:\n  on: False\n",
        "after": "host-0:\n  on: True\nhost-2:\n  on: True\n",
    }
    assert plan.message("hosts") == "hosts: 2 moved, 1 unchanged"
    assert plan.returned()[1] == {"id": 1, "result": "unchanged", "reason": ""}


def test_what_failed_before_anything_was_written_is_no_change():
    plan = plan_of(FAILED, PENDING)
    assert plan.changed is False and plan.open == []
    plan.wrote = True
    assert plan.changed is True


def test_removal_is_a_change_to_nothing():
    plan = Plan()
    assert plan.add("a", {}, {"group": "x"}, None, "removed").open


def told(plan, wait=True):
    return failure(plan, "hosts", "the server", wait=wait, wait_timeout=60, task_id="45")


def test_no_failure_is_none():
    assert told(plan_of("moved", UNCHANGED, MISSING)) is None


def test_each_failed_host_is_named_with_its_reason():
    assert told(plan_of("moved", FAILED, FAILED)) == "2 of 3 hosts failed on the server: host-1: reason 1; host-2: reason 2."


def test_what_is_not_done_in_time_names_the_task():
    text = told(plan_of("moved", PENDING))
    assert text == (
        "1 of 2 hosts on the server have not completed (wait_timeout: 60 s): host-1: reason 1. "
        "Task 45 continues there; run this again to wait for it."
    )
    assert told(plan_of(PENDING), wait=False) is None


def test_what_was_not_begun_is_told_apart_from_what_is_not_done():
    plan = Plan()
    for number in range(4):
        plan.add("h%d" % number, {}, 1, 2, "installed")
    plan.changes[0].fail("no space")
    for change in plan.changes:
        change.hold("wave 2 of 2 was not started: 1 of 1 hosts of wave 1 failed")
    assert [change.held for change in plan.changes] == [False, True, True, True] and plan.open == []
    said = failure(plan, "hosts", "the server", wait=True, wait_timeout=60, task_id="45")
    assert said == (
        "1 of 4 hosts failed on the server: h0: no space. "
        "3 of 4 hosts were not started: wave 2 of 2 was not started: 1 of 1 hosts of wave 1 failed."
    )


def test_a_long_list_is_cut_in_the_message():
    text = told(plan_of(*[FAILED] * (SHOWN + 5)))
    assert "and 5 more" in text and "host-%d" % (SHOWN - 1) in text and "host-%d:" % SHOWN not in text


def test_the_nearest_names_come_first():
    assert nearest("Tenant A", ["Other", "tenant a", "Tenant B", "TenantA"])[:2] == ["tenant a", "TenantA"]
    assert did_you_mean("x", []) == "There are none."
    assert did_you_mean("web", ["Web"]) == 'The closest matches are: "Web".'
    assert quoted(['a"b', "ц"]) == '"a"b", "ц"'


@given(st.text(), st.lists(st.text(), unique=True, max_size=30))
def test_some_of_the_existing_names_are_told(name, existing):
    found = nearest(name, existing)
    assert set(found) <= set(existing) and len(found) == min(5, len(existing))
    if name in existing:
        assert name in found
