# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as the API writes them."""

from __future__ import annotations

from datetime import datetime, timezone


def stamp(seconds: float) -> str:
    """Return simulated seconds since 1970 as ``YYYY-MM-DDThh:mm:ss``, UTC; the form is that of API 2.0 (contract, 12.2)."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
