# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deadlines and looks, on a clock of the test."""

from __future__ import annotations

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.waiting import Clock, Poll, Waiting
from hypothesis import given
from hypothesis import strategies as st


class Time:
    def __init__(self):
        self.now = 100.0
        self.slept = []

    def clock(self):
        return Clock(lambda: self.now, self.sleep)

    def sleep(self, seconds):
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds


def polls(*answers):
    queue = list(answers)
    return lambda: queue.pop(0) if len(queue) > 1 else queue[0]


def test_what_is_done_already_takes_no_time():
    time = Time()
    assert Waiting(10, 5, time.clock()).until(polls(Poll(True))) is True
    assert time.slept == []


def test_work_that_was_begun_just_now_is_first_looked_at_after_an_interval():
    time = Time()
    assert Waiting(10, 4, time.clock()).until(polls(Poll(True)), at_once=False) is True
    assert time.slept == [4]


def test_the_last_look_is_at_the_deadline():
    time = Time()
    looks = []
    waiting = Waiting(12, 5, time.clock())
    assert waiting.until(lambda: looks.append(time.now) or Poll(False)) is False
    assert looks == [100, 105, 110, 112]
    assert waiting.remaining == 0


def test_the_server_s_hint_wins_but_not_over_the_deadline():
    time = Time()
    Waiting(20, 5, time.clock()).until(polls(Poll(False, 1), Poll(False, 7), Poll(False, 100), Poll(False)))
    assert time.slept == [1, 7, 12]


def test_no_time_at_all_is_one_look():
    time = Time()
    looks = []
    assert Waiting(0, 5, time.clock()).until(lambda: looks.append(1) or Poll(False)) is False
    assert len(looks) == 1


def test_an_error_that_may_pass_is_raised_at_the_deadline_only():
    time = Time()

    def broken():
        raise ConnectionError(str(time.now))

    with pytest.raises(ConnectionError, match="110"):
        Waiting(10, 4, time.clock()).until(broken, forgive=(ConnectionError,))
    with pytest.raises(ConnectionError):
        Waiting(10, 4, time.clock()).until(broken, forgive=(KeyError,))


@given(st.floats(0, 1000), st.floats(0.01, 1000), st.floats(0, 100))
def test_it_never_waits_longer_than_asked(timeout, interval, hint):
    time = Time()
    looks = []
    Waiting(timeout, interval, time.clock()).until(lambda: looks.append(1) or Poll(len(looks) > 50, hint if len(looks) % 2 else None))
    assert sum(time.slept) <= timeout + 1e-6
