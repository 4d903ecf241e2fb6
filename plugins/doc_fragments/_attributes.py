# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying anything.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)) in diff mode.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run changes nothing.
"""

    # For modules that change something and promise exactly that in check mode.
    CHANGES = r"""
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
"""

    # For modules that only read.
    READS = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads.
  diff_mode:
    support: N/A
    details:
      - This module only reads.
  idempotent:
    support: full
    details:
      - This module only reads.
"""

    KSC = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/ksv.light_agent.ksc) or C(group/ksv.light_agent.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - ksv.light_agent.ksc
      - ksv.light_agent.all
"""

    VIIS = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/ksv.light_agent.viis) or C(group/ksv.light_agent.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - ksv.light_agent.viis
      - ksv.light_agent.all
"""
