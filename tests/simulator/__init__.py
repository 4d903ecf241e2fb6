# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stateful stand-in for the servers that the collection talks to, on real HTTPS and on loopback only.

It is built from public documents (see ``tests/simulator/README.md``), not from the product, and shares no code with the
collection's ``plugins``: each side follows the documents by itself.

    from simulator.runner import Simulator

    with Simulator() as simulator:
        print(simulator.ksc.url, simulator.ca_file)
"""

from __future__ import annotations

NOTICE = "Built from public documents, not from the product: an answer here is no proof of what a real server does."
