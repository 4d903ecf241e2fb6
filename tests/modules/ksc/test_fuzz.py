# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever an Administration Server answers: a sensible result or one clear sentence, in a bounded number of requests."""

from __future__ import annotations

import random

import pytest

from hostile import fuzz
from hostile.calls import KSC, WAITING, prepare_ksc, run_ksc

QUICK = {name: {"wait_timeout": 90, "poll_interval": 15} for name in WAITING}
# Seeds for each request of each call.
SOME, MANY = 1, 40


def attempts(ksc, call, seeds):
    quick = QUICK.get(KSC[call][0], {})
    prepare_ksc(ksc, call)
    with pytest.MonkeyPatch.context() as patch:
        methods = fuzz.names(patch)
        run_ksc(ksc, call, warns=None)
    for method in methods:
        for seed in seeds:
            choose = random.Random("%s %s %s" % (call, method, seed))  # noqa: S311
            prepare_ksc(ksc, call)
            with pytest.MonkeyPatch.context() as patch:
                sent = fuzz.fuzz(patch, method, choose, choose.choice([1, 2, None]))
                try:
                    yield method, seed, sent, run_ksc(ksc, call, fails=None, warns=None, **quick)
                except BaseException as error:
                    raise AssertionError("%s, seed %s, answered with %.500r" % (method, seed, sent[-1:])) from error


def check(ksc, call, seeds):
    for method, seed, sent, result in attempts(ksc, call, seeds):
        about = "%s, seed %s, answered with %.500r: %.1000s" % (method, seed, sent[-1:], result.text)
        assert sent or method == "Session.EndSession", about
        assert len(result.requests) < 1500, about
        if result.failed:
            assert fuzz.is_a_sentence(result.msg), about
            assert "127.0.0.1:%d" % ksc.simulator.ksc.port in result.msg or result.data.get("hosts") or result.data.get("packages"), about


@pytest.mark.parametrize("call", KSC)
def test_answers_that_no_server_should_give(ksc, call):
    check(ksc, call, range(SOME))


@pytest.mark.thorough
@pytest.mark.parametrize("call", KSC)
def test_many_answers_that_no_server_should_give(ksc, call):
    check(ksc, call, range(SOME, MANY))


def test_a_list_of_tasks_without_an_end(ksc):
    """A server that gives the same task whenever it is asked for the next one."""
    prepare_ksc(ksc, "remote_install")
    run_ksc(ksc, "remote_install", keep_task="always")
    first = []

    def same(send):
        def sending(https, method, path, named, *more):
            answer = send(https, method, path, named, *more)
            if named == "Tasks.GetNextTask":
                first.append(answer)
                return first[0]
            return answer

        return sending

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fuzz.Https, "_send", same(fuzz.Https._send))
        result = run_ksc(ksc, "task_info", fails=True)
    assert "again and again" in result.msg and len(first) == 2
