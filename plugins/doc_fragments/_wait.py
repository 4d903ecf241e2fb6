# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the server has done its work in the background.
      - With V(false) the module returns as soon as the work was started, and nothing is read back.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait, in seconds, for everything together.
      - When the time is over the module fails with the state of each object. The work goes on at the server;
        run the same task again to wait for it, nothing is started twice.
    type: float
    default: 600
  poll_interval:
    description:
      - Seconds between two looks. Where the server says itself when it wants to be asked again, that wins.
    type: float
    default: 5
"""
