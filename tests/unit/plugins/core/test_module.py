# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module does before and after its work: options in seconds, the environment, signals."""

from __future__ import annotations

import os
import signal

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core import ending
from ansible_collections.ksv.light_agent.plugins.module_utils._core import module as core
from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import InputError, Interrupted

pytestmark = pytest.mark.every_core


def context(**params):
    return core.Context(params, lambda text: None)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("wait_timeout", -1),
        ("wait_timeout", float("nan")),
        ("start_timeout", float("inf")),
        ("poll_interval", 0),
        ("poll_interval", -0.5),
        ("progress_interval", 0),
    ],
)
def test_nonsense_in_seconds_is_one_sentence(option, value):
    with pytest.raises(InputError, match="^%s: .* is not a number of seconds" % option):
        context(**{option: value}).check_numbers()


def test_what_makes_sense_passes():
    context(wait_timeout=0, poll_interval=0.1, start_timeout=0, progress_interval=1).check_numbers()
    context().check_numbers()


def test_an_empty_variable_of_the_environment_counts_as_unset(monkeypatch):
    argument = core.from_environment("KSC_SERVER", type="str")
    fallback, names = argument["fallback"]
    monkeypatch.setenv("KSC_SERVER", "")
    with pytest.raises(core.AnsibleFallbackNotFound):
        fallback(*names)
    monkeypatch.setenv("KSC_SERVER", "ksc.example.com")
    assert fallback(*names) == "ksc.example.com"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_becomes_an_error_and_the_old_handler_comes_back(name):
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with pytest.raises(Interrupted, match=name), ending.by_signals():
        os.kill(os.getpid(), number)
        signal.sigtimedwait([], 5)  # until the handler has run
    assert signal.getsignal(number) == before
