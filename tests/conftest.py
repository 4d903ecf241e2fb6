# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every test run needs: the collection as it is now, where Python and Ansible find it."""

from __future__ import annotations

import contextlib
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
    """Stage the collection, unless `make test` has done so (or this is the staged copy, or a worker of a run)."""
    if "KSV_STAGED" not in os.environ and "PYTEST_XDIST_WORKER" not in os.environ and (ROOT / ".venv").exists():
        sys.path.insert(0, str(ROOT / "tests" / "tools"))
        import stage

        stage.stage(ROOT / ".build")


@pytest.fixture
def program() -> t.Callable[..., str]:
    """Tells where a program is that pip cannot install. Without it a test is skipped; continuous integration must have it."""

    def find(*names: str) -> str:
        found = next(filter(None, map(shutil.which, names)), None)
        if found is None:
            missing = "%s is not installed" % " or ".join(names)
            if os.environ.get("CI"):
                pytest.fail(missing)
            pytest.skip(missing)
        return found

    return find
