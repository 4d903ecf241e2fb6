# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``ansible-test sanity`` without ignores, on each supported ansible-core."""

from __future__ import annotations

import os
import re

import pytest

from environment import CORES, VENVS, absent, python_version, real_pythons, run
from sanity import prepare

OLDEST_PYTHON = "3.9"  # the oldest that the modules support
SLOW = ("import", "pep8", "pylint", "yamllint")  # most of the time of sanity; ruff and yamllint are tests of their own


def sanity(core, *words):
    folder = prepare(core)
    pythons = real_pythons(python_version(core), *[OLDEST_PYTHON] * (core == "main"))
    path = os.pathsep.join([str(VENVS / core / "bin"), *pythons, "/usr/local/bin", "/usr/bin", "/bin"])
    # The main core also tries the oldest Python; ansible-test finds the collection by its folder alone.
    python = () if core == "main" else ("--python", python_version(core))
    command = ("ansible-test", "sanity", "--venv", "--color", "no", *python, *words)
    return run(*command, core=core, folder=folder, PATH=path, ANSIBLE_CONFIG="", ANSIBLE_COLLECTIONS_PATH="")


def ran(output):
    return set(re.findall(r'^Running sanity test "([^"]+)"', output, re.MULTILINE))


def assert_imported(core, output):
    for python in (python_version(core), *[OLDEST_PYTHON] * (core == "main")):
        assert re.search(r'"import" on Python %s$' % re.escape(python), output, re.MULTILINE), output


def test_ansible_test_finds_nothing_on_the_main_core():
    output = sanity("main", *(word for name in SLOW for word in ("--skip-test", name)))
    assert len(ran(output)) >= 17, output


@pytest.mark.long
def test_the_slow_tests_find_nothing_on_the_main_core():
    output = sanity("main", *(word for name in SLOW for word in ("--test", name)))
    assert ran(output) == set(SLOW), output
    assert_imported("main", output)


@pytest.mark.exhaustive
@pytest.mark.parametrize("core", [core for core in CORES if core != "main"])
def test_ansible_test_finds_nothing_on_another_core(core):
    if absent(core):
        pytest.skip(absent(core))
    output = sanity(core)
    assert len(ran(output)) >= 20, output
    assert_imported(core, output)
