# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small things that a server keeps besides hosts, groups and packages: keys, policies. Source: day-two.md sections 4 and 6."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Key:
    """A license key on an SVM. ``expires``: seconds since 1970-01-01 UTC; ``count``: what it licenses."""

    serial: str
    expires: float
    product: str = "Kaspersky Security for Virtualization Light Agent"
    count: int = 1000


@dataclass
class Policy:
    """A policy of one version of a product, in a group of one server."""

    id: int
    name: str
    product: str
    version: str
    group: int
    active: bool = True
    created: float = 0.0
