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

from simulated_ksc import WORLD, KscClient  # noqa: E402 - the path had to be set first
from simulated_viis import ViisClient  # noqa: E402


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[Any]:
    """One simulator for all KSC tests; each gets it reset."""
    from simulator.runner import Simulator

    with Simulator(WORLD, speed=0.0) as running:
        yield running


@pytest.fixture
def simulator(shared_simulator: Any) -> Any:
    """A fresh world on a clock that stands still."""
    shared_simulator.reset(WORLD)
    return shared_simulator


@pytest.fixture(scope="module")
def running_day_two() -> Iterator[Any]:
    """A simulator of its own for each module of tests that changes its settings."""
    from simulator.runner import Simulator

    with Simulator("day-two", speed=0.0) as running:
        yield running


@pytest.fixture
def day_two(running_day_two: Any) -> Any:
    """A fresh world of tenants in their first year."""
    running_day_two.reset()
    return running_day_two


@pytest.fixture
def client(simulator: Any) -> KscClient:
    """A client that is not logged in."""
    return KscClient(simulator)


@pytest.fixture
def ksc(simulator: Any) -> KscClient:
    """A client logged in to the primary server."""
    return KscClient(simulator).login()


@pytest.fixture
def tenant(simulator: Any) -> KscClient:
    """A client logged in to the virtual server Tenant A."""
    return KscClient(simulator).login("Tenant A")


@pytest.fixture
def viis(simulator: Any) -> ViisClient:
    """A client logged in to the first Integration Server."""
    return ViisClient(simulator).login()


@pytest.fixture
def reserve(simulator: Any) -> ViisClient:
    """A client logged in to the second Integration Server."""
    return ViisClient(simulator, "viis_reserve").login()
