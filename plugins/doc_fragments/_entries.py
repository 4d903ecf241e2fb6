# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

from __future__ import annotations


class ModuleDocFragment:
    # Modules that take a list of entries.
    DOCUMENTATION = r"""
options:
  on_failure:
    description:
      - What to do when an entry fails.
      - V(fail) validates all entries first. Mistakes that are found this way are reported in one error, and nothing is changed. If an
        entry fails later, the other entries are still processed, and the task fails at the end.
      - V(report) lets the task succeed; the returned result of each entry shows whether it failed. The task fails only if an error
        affects all entries, such as a server that cannot be reached.
    type: str
    choices: [fail, report]
    default: fail
    aliases: [on_host_failure]
"""
