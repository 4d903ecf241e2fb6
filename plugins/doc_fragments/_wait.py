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
      - Whether to wait until the server has completed its background operations.
      - With V(false), the module returns as soon as the operations have been started, and does not verify the result.
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum time in seconds to wait, for all operations together.
      - After this time, the module returns the state of each object, and fails. The operations continue on the server;
        run the same task again to wait for them.
    type: float
    default: 600
  poll_interval:
    description:
      - Polling interval in seconds. If the server specifies when to send the next request, that takes precedence.
    type: float
    default: 5
  progress_interval:
    description:
      - Interval in seconds at which the progress is shown on the console while the module waits. The first line is shown after 10 seconds
        at the latest.
    type: float
    default: 30
"""
