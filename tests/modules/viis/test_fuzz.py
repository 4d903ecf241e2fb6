# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever an Integration Server answers: a sensible result or one clear sentence, in a bounded number of requests."""

from __future__ import annotations

import random

import pytest

from hostile import fuzz
from hostile.calls import VIIS, prepare_viis, run_viis

WAITING = ("viis_svm", "viis_image", "viis_infrastructure", "viis_ha_instance")
# Seeds for each request of each call.
SOME, MANY = 1, 30


def check(viis, call, seeds):
    quick = {"wait_timeout": 60} if VIIS[call][0] in WAITING else {}
    found = prepare_viis(viis, call)
    with pytest.MonkeyPatch.context() as patch:
        named = fuzz.names(patch)
        run_viis(viis, call, found, warns=None)
    for what in named:
        for seed in seeds:
            choose = random.Random("%s %s %s" % (call, what, seed))  # noqa: S311
            found = prepare_viis(viis, call)
            with pytest.MonkeyPatch.context() as patch:
                sent = fuzz.fuzz(patch, what, choose, choose.choice([1, 2, None]))
                try:
                    result = run_viis(viis, call, found, fails=None, warns=None, **quick)
                except BaseException as error:
                    raise AssertionError("%s, seed %s, answered with %.500r" % (what, seed, sent[-1:])) from error
            about = "%s, seed %s, answered with %.500r: %.1000s" % (what, seed, sent[-1:], result.text)
            assert len(result.requests) < 1500, about
            assert not result.failed or fuzz.is_a_sentence(result.msg), about


@pytest.mark.parametrize("call", VIIS)
def test_answers_that_no_server_should_give(viis, call):
    check(viis, call, range(SOME))


@pytest.mark.thorough
@pytest.mark.parametrize("call", VIIS)
def test_many_answers_that_no_server_should_give(viis, call):
    check(viis, call, range(SOME, MANY))
