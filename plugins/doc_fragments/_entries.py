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
      - What the failure of an entry means for the task.
      - V(fail) checks all entries first. What can be found beforehand is one error that lists all mistakes, and nothing is changed. If an
        entry fails later, the work on the others goes on, and the task fails in the end.
      - V(report) lets the task succeed; the result of each entry tells what became of it. The task fails only when an error concerns all
        entries, such as a server that cannot be reached.
    type: str
    choices: [fail, report]
    default: fail
    aliases: [on_host_failure]
"""
