# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waves, classes of failure and builds by themselves."""

from __future__ import annotations

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.plan import FAILED, PENDING, Change
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api import failures, hosts
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import products, waves
from hypothesis import given
from hypothesis import strategies as some

SIZES = some.lists(some.integers(1, 9).map(str) | some.integers(1, 100).map("{}%".format), min_size=1, max_size=4)


@given(SIZES, some.integers(0, 60), some.integers(0, 8), some.booleans())
def test_every_host_is_in_one_wave(given_sizes, count, special, leading):
    hosts = [object() for _number in range(count)]
    chosen = hosts[3 : 3 + special]
    sizes = waves.sizes(given_sizes)
    found = waves.split(sizes, hosts, first=chosen if leading else (), last=() if leading else chosen)
    assert sorted(id(host) for wave in found for host in wave) == sorted(map(id, hosts)) and all(found)
    if chosen:
        assert {id(host) for host in chosen} <= {id(host) for host in found[0 if leading else -1]}
    for number, wave in enumerate(found):
        allowed = sizes[min(number, len(sizes) - 1)].of(count)
        assert len(wave) <= max(allowed, special)


@given(SIZES, some.integers(1, 60), some.integers(0, 60))
def test_with_fewer_hosts_the_first_step_is_no_larger(given_sizes, count, done):
    sizes = waves.sizes(given_sizes)
    left = max(1, count - done)
    first, again = (waves.split(sizes, list(map(str, range(number)))) for number in (count, left))
    assert len(again[0]) <= len(first[0])


@pytest.mark.parametrize(
    ("failed", "of", "allowed", "stops"), [(0, 4, 0, False), (1, 4, 25, False), (1, 4, 24.9, True), (1, 3, 33.3, True), (4, 4, 100, False)]
)
def test_the_share_has_to_be_exceeded(failed, of, allowed, stops):
    changes = [Change("h", {}, 1, 2, FAILED if number < failed else PENDING) for number in range(of)]
    said = waves.verdict(3, changes, allowed)
    assert bool(said) == stops
    if said:
        assert "%d of %d hosts of wave 3 failed" % (failed, of) in said


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The installation package was not found.", "package_absent"),
        ("Device is offline", "host_offline"),
        ("The target computer is turned off or not available.", "host_offline"),
        ("Cannot connect to the remote host", "host_offline"),
        ("LOGON FAILURE: unknown user name or bad password", "account_refused"),
        ("The account does not have the required rights.", "account_refused"),
        ("The disk of the device is full.", "disk_full"),
        ("Timed out.", "timed_out"),
        ("There is no Network Agent that could upload the files", "no_agent"),
        ("Another application is being installed: installation of another program is in progress", "other_installation"),
        ("Installation or uninstallation is already in progress on the device", "other_installation"),
        ("The maximum number of attempts was reached", "tries_exhausted"),
        ("Unexpected restart of the device", "unexpected_restart"),
        ("The computer was rebooted unexpectedly", "unexpected_restart"),
        ("A restart is required.", None),
        ("Error 5", None),
        ("Installation failed (13)", None),
        ("The device is offline. Logon failure.", None),
        ("", None),
    ],
)
def test_the_class_of_a_failure_is_known_where_the_text_is_clear(text, name):
    found = failures.classified(text)
    assert (found.name if found else None) == name


def test_what_is_repeated():
    assert [known.number for known in failures.CLASSES if known.passes] == [3, 13]
    assert [known.number for known in failures.CLASSES if known.unknown] == [15]


@pytest.mark.parametrize(
    ("there", "wanted", "older"),
    [
        ("5.2.0.980", "5.2.0.1304", True),
        ("5.2.0.1304", "5.2.0.1304", False),
        ("5.2.0.2000", "5.2.0.1304", False),
        ("", "5.2.0.1304", True),
        (None, "5.2.0.1304", False),
        ("12.1.0-1508", "12.1.0-1508", False),
    ],
)
def test_builds_are_compared_by_number(there, wanted, older):
    assert products.is_older(there, wanted) == older


def test_a_build_as_a_number():
    """KSCAPI 16 a00014: four parts of 16 bits."""
    assert hosts.build_number("5.2.0.1304") == (5 << 48) + (2 << 32) + 1304
    assert hosts.build_number("5.2.0") is None and hosts.build_number("5.2.0.70000") is None and hosts.build_number("5.2.0-1") is None
