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
      - Maximum time to wait in seconds, for everything together.
      - When the time is over the module returns the state of each object, and fails. The work goes on at the server;
        run the same task again to wait for it.
    type: float
    default: 600
  poll_interval:
    description:
      - Polling interval in seconds. Where the server says itself when it wants to be asked again, that takes precedence.
    type: float
    default: 5
  progress_interval:
    description:
      - Time in seconds between two lines that show on the console how the wait stands; the first line comes after 10 seconds at the latest.
    type: float
    default: 30
"""
