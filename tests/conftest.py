# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every test run needs: the collection as it is now, where Python and Ansible find it."""

from __future__ import annotations

import contextlib
import importlib
import os
import pathlib
import shutil
import sys
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]


with contextlib.suppress(ImportError):
    import hypothesis

    # The same examples each time, however slow the machine is.
    hypothesis.settings.register_profile("same", derandomize=True, deadline=None, database=None, print_blob=True)
    hypothesis.settings.load_profile("same")


def pytest_configure() -> None:
    """Stage the collection and leave the machine's own settings out, wherever the tests are started from this checkout."""
    venv = pathlib.Path(sys.prefix)
    if venv.parent != ROOT / ".venv":  # the staged copy, by ansible-test
        return
    sys.path.insert(0, str(ROOT / "tests" / "tools"))
    import environment
    import stage

    # In place: what has imported os.environ keeps it. Pytest's own variables are for its workers.
    env = environment.environment(venv.name)
    for name in set(os.environ) - set(env):
        del os.environ[name]
    os.environ.update(env)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        stage.stage(ROOT / ".build")
        importlib.invalidate_caches()  # in a new checkout .build was not there when Python looked for it


# Debian packages of programs that pip cannot install.
PACKAGES = {"chromium": "chromium", "java": "default-jre-headless"}


@pytest.fixture
def program() -> t.Callable[[str], str]:
    """Return a function that finds a program. Without it the test is skipped, and fails in continuous integration."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            missing = "%s is not installed: apt-get install %s" % (name, PACKAGES[name])
            if os.environ.get("CI"):
                pytest.fail(missing)
            pytest.skip(missing)
        return found

    return find
