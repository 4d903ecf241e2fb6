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

# One core runs every test of ansible-test, the others those whose answers depend on ansible-core or on Python.
WHOLE = "main" if absent("newest") else "newest"
DEPENDING = [word for test in ("ansible-doc", "compile", "import", "validate-modules") for word in ("--test", test)]
OLDEST_PYTHON = "3.9"  # that the modules promise to run on


def sanity(core, *words):
    folder = prepare(core)
    pythons = real_pythons(python_version(core), *[OLDEST_PYTHON] * (core == "main"))
    path = os.pathsep.join([str(VENVS / core / "bin"), *pythons, "/usr/local/bin", "/usr/bin", "/bin"])
    # The main core also tries the oldest Python; ansible-test finds the collection by its folder alone.
    python = () if core == "main" else ("--python", python_version(core))
    command = ("ansible-test", "sanity", "--venv", "--color", "no", *python, *words)
    return run(*command, core=core, folder=folder, PATH=path, ANSIBLE_CONFIG="", ANSIBLE_COLLECTIONS_PATH="")


@pytest.mark.parametrize("core", sorted(CORES, key=lambda core: core != WHOLE))
def test_a_core_has_nothing_to_say_against_the_collection(core):
    if absent(core):
        pytest.skip(absent(core))
    output = sanity(core, *(() if core == WHOLE else DEPENDING))
    ran = set(re.findall(r'^Running sanity test "([^"]+)"', output, re.MULTILINE))
    assert len(ran) >= (20 if core == WHOLE else 4), output
    assert re.search(r'"import" on Python %s$' % re.escape(OLDEST_PYTHON if core == "main" else python_version(core)), output, re.MULTILINE)


@pytest.mark.long
@pytest.mark.parametrize("core", [core for core in CORES if core != WHOLE])
def test_every_test_of_every_core(core):
    sanity(core)
