# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of progress, and work in a few threads."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import AccessDenied, CollectionError
from ansible_collections.ksv.light_agent.plugins.module_utils._core.parallel import THREADS, each
from ansible_collections.ksv.light_agent.plugins.module_utils._core.plan import FAILED, PENDING, Plan
from ansible_collections.ksv.light_agent.plugins.module_utils._core.progress import VARIABLE, WAITING, Progress, line
from ansible_collections.ksv.light_agent.plugins.module_utils._core.waiting import Clock


class Time:
    def __init__(self):
        self.now = 1000.0

    def clock(self):
        return Clock(lambda: self.now, lambda seconds: None)


def told(path):
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def test_the_first_line_comes_after_ten_seconds_and_then_one_an_interval(tmp_path):
    time, path = Time(), tmp_path / "progress"
    progress = Progress(time.clock(), 30, str(path))
    for _second in range(75):
        time.now += 1
        progress.tell(lambda elapsed: "after %g" % elapsed)
    assert told(path) == ["after 10", "after 40", "after 70"]


def test_a_short_interval_counts_from_the_start(tmp_path):
    time, path = Time(), tmp_path / "progress"
    progress = Progress(time.clock(), 2, str(path))
    time.now += 2
    progress.tell(lambda elapsed: "a\nb")
    assert told(path) == ["a b"]


def test_without_a_file_nothing_is_asked(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    time = Time()
    silent, unwritable = Progress(time.clock(), 30), Progress(time.clock(), 30, str(tmp_path / "no" / "such"))
    time.now += 60
    silent.tell(lambda elapsed: pytest.fail("nobody reads this"))
    unwritable.tell(lambda elapsed: "x")
    time.now += 60
    unwritable.tell(lambda elapsed: pytest.fail("the file cannot be written"))


def test_the_environment_names_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "progress"))
    time = Time()
    progress = Progress(time.clock(), 5)
    time.now += 5
    progress.tell(lambda elapsed: "\u0410")
    assert told(tmp_path / "progress") == ["\u0410"]


def fleet(*results, scopes=("Tenant A", "Tenant B")):
    """A plan of hosts, in turn of each scope: running where the result is None."""
    plan = Plan()
    for number, result in enumerate(results):
        change = plan.add("h%d" % number, {}, None, {"on": True}, "installed", scope=scopes[number % len(scopes)])
        if result in (FAILED, PENDING):
            change.fail("", result)
        change.settled = result is not None
    plan.add("already", {}, {"on": True}, {"on": True}, "installed", scope="Tenant C")
    return plan


def test_a_line_counts_what_there_is_to_do():
    plan = fleet("installed", None, FAILED, None, PENDING, "installed")
    assert line("Install", plan, 65) == (
        "Install: 2 of 6 installed, 1 failed, 1 pending, 2 running \u00b7 Tenant A 3/3 \u00b7 Tenant B 1/3 \u00b7 65 s"
    )


def test_what_waits_for_its_turn_is_not_done_and_does_not_run():
    plan = fleet("installed", None, None, None)
    for change in plan.changes[2:4]:
        change.standing = WAITING
    assert line("Install", plan, 65) == (
        "Install: 1 of 4 installed, 1 running, 2 waiting \u00b7 Tenant A 1/2 \u00b7 Tenant B 0/2 \u00b7 65 s"
    )


def test_one_tenant_is_not_named_and_many_are_cut():
    assert line("Move", fleet(None, None, scopes=("Tenant A",)), 600) == "Move: 0 of 2 done, 2 running \u00b7 10 min"
    many = line("Move", fleet(*[None] * 9, scopes=["T%d" % number for number in range(9)]), 5)
    assert "T5 0/1 \u00b7 and 3 more \u00b7 5 s" in many and "T6" not in many


def test_work_is_done_for_each_side_by_side():
    meeting = threading.Barrier(THREADS, timeout=20)
    done = []

    def work(item):
        meeting.wait()
        done.append(item)

    assert each(range(THREADS), work) == []
    assert sorted(done) == list(range(THREADS))


def test_an_error_of_one_is_told_beside_it_and_a_fault_of_ours_is_raised():
    def work(item):
        if item == 2:
            raise AccessDenied("no")
        if item == 5:
            raise KeyError("a fault")

    (failed,) = each([1, 2, 3], work)
    assert failed[0] == 2 and isinstance(failed[1], CollectionError)
    with pytest.raises(KeyError):
        each([4, 5], work)
    assert each([], work) == [] and each([2], work)[0][0] == 2
