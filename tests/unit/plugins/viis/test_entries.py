# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries that are judged alone, and flows that go on side by side."""

from __future__ import annotations

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import (
    AnswerLost,
    AuthenticationFailed,
    CollectionError,
    InputError,
    RequestRefused,
    ServerUnreachable,
)
from ansible_collections.ksv.light_agent.plugins.module_utils._core.plan import Change, Plan
from ansible_collections.ksv.light_agent.plugins.module_utils._core.waiting import Clock, Waiting
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.flow import Flow, patiently, run
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.work import WorkItem, WorkList


class Time:
    def __init__(self):
        self.now = 0.0

    def waiting(self, timeout=100.0, interval=10.0):
        return Waiting(timeout, interval, Clock(lambda: self.now, self.sleep))

    def sleep(self, seconds):
        self.now += seconds


def steps(log, name, pauses, end=None):
    log.append("%s begins" % name)
    for number in range(pauses):
        yield "%s waits %d" % (name, number)
    log.append("%s ends" % name)
    if isinstance(end, Exception):
        raise end
    return end


def test_all_begin_before_any_goes_on():
    log, time = [], Time()
    flows = [Flow(steps(log, "a", 3, "A")), Flow(steps(log, "b", 1, "B"))]
    assert run(flows, time.waiting()) is True
    assert log == ["a begins", "b begins", "b ends", "a ends"]
    assert [flow.result for flow in flows] == ["A", "B"] and time.now == 30


def test_an_error_ends_one_flow_only():
    log, ended = [], []
    bad = Flow(steps(log, "a", 0, RequestRefused("no")), lambda flow: ended.append(flow.error.message))
    good = Flow(steps(log, "b", 2))
    assert run([bad, good], Time().waiting()) is True
    assert bad.error.message == "no" and good.error is None and ended == ["no"]


def test_at_the_deadline_a_flow_says_what_it_waits_for():
    flow = Flow(steps([], "a", 1000))
    assert run([flow], Time().waiting(20)) is False
    assert (flow.done, flow.state) == (False, "a waits 2")


def test_a_refused_account_ends_all():
    log = []
    with pytest.raises(AuthenticationFailed):
        run([Flow(steps(log, "a", 0, AuthenticationFailed("no"))), Flow(steps(log, "b", 0))], Time().waiting())
    assert log == ["a begins", "a ends"]


def test_patience():
    answers = [AnswerLost("gone"), ServerUnreachable("off"), "there"]

    def read():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    flow = Flow(patiently(read))
    flow.go_on()
    assert flow.state == "gone"
    assert run([flow], Time().waiting()) is True and flow.result == "there"


# -- entries ----------------------------------------------------------------------------------------------------------


def item(name, label=None):
    return WorkItem(Change(name, {"name": name}, None, None), label)


def test_what_entries_are_called():
    assert [item("svm").name, item("svm", "svm").name, item("svm", "host").name] == ["svm", "svm", "host (svm)"]


def test_one_error_lists_all_and_keeps_the_kind():
    items = [item("a"), item("b"), item("c")]
    for one in items[:2]:
        one.fail(InputError("no such storage.", storage="s"))
    work = WorkList("svms", False, items)
    with pytest.raises(InputError) as caught:
        work.require_none_failed()
    assert caught.value.message == "a, b: no such storage. Nothing was changed."
    assert caught.value.failure == {"storage": "s", "svms": ["a", "b"]}
    assert [one.name for one in work.left] == ["c"]
    WorkList("svms", True, items).require_none_failed()  # each is reported


def test_a_single_entry_ends_with_its_own_error():
    one = item("a")
    one.fail(RequestRefused("The server refused it.", status=400))
    with pytest.raises(RequestRefused, match=r"^The server refused it\.$"):
        WorkList("images", False, [one]).require_none_failed()
    with pytest.raises(RequestRefused, match=r"^a: The server refused it\.$"):
        WorkList("svms", False, [one], named=True).raise_if_alone()
    WorkList("images", True, [one]).raise_if_alone()


def test_several_mistakes_of_one_entry():
    one = item("a")
    one.fail(InputError("no storage"))
    one.fail(InputError("no network."))
    assert (one.change.result, one.change.reason) == ("failed", "no storage; no network")


@pytest.mark.parametrize(("labels", "shared", "rows"), [((None, None), False, 1), (("x", "y"), False, 2), (("x", "y"), True, 1)])
def test_equal_entries(labels, shared, rows):
    work = WorkList("svms", True, [item("a", label) for label in labels])
    work.unite(lambda one: one.change.facts["name"], lambda one: "wish", shared=shared)
    assert len(work.items) == rows and len(work.rows) == 2
    assert all(one.failed for one in work.items) is (rows == 2)
    assert [row["label"] for row in work.returned(Plan())] == list(labels)


def test_contradictions():
    work = WorkList("svms", True, [item("a"), item("a"), item("b")])
    work.unite(lambda one: one.change.facts["name"], id)
    assert [one.failed for one in work.items] == [True, True, False]
    assert "2 entries are the same object with different options: a." in work.items[0].change.reason


@pytest.mark.parametrize(("error", "stops"), [(ServerUnreachable("off"), True), (RequestRefused("no"), False), (InputError("no"), False)])
def test_what_concerns_all_is_no_entrys(error, stops):
    one = item("a")
    try:
        with one.judged():
            raise error
    except CollectionError:
        assert stops
    else:
        assert not stops and one.failed
