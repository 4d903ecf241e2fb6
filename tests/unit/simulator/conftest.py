# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put ``tests`` and this folder on the path, so that ``simulator`` and the helpers are found; skip where the web stack is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="requirements-simulator.txt is not installed")
pytest.importorskip("trustme", reason="requirements-simulator.txt is not installed")
for folder in (Path(__file__).resolve().parents[2], Path(__file__).resolve().parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from table_runner import named_world  # noqa: E402 - the path had to be set first


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[Any]:
    """One simulator for all tests; each loads the world that it needs."""
    from simulator.runner import Simulator

    with Simulator(named_world(), speed=0.0) as running:
        yield running


@pytest.fixture
def simulator(shared_simulator: Any) -> Any:
    """A fresh world on a clock that stands still."""
    shared_simulator.reset(named_world())
    return shared_simulator


@pytest.fixture
def day_two(shared_simulator: Any) -> Any:
    """A fresh world of tenants in their first year."""
    shared_simulator.reset(named_world("day-two"))
    return shared_simulator
