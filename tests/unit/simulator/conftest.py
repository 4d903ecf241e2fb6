# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put ``tests`` on the path, so that ``simulator`` is found; skip all this where its web stack is not installed."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="requirements-simulator.txt is not installed")
pytest.importorskip("trustme", reason="requirements-simulator.txt is not installed")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
