#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_verdict
short_description: Let each inventory host show what a bulk module did to it
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Modules of this collection work on many hosts in one call. This action is changed, unchanged or failed for each inventory host
    as it fared in that call, so that the recap of the play is true.
  - It works on the controller and talks to no server.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: none
  become:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  connection:
    support: none
  delegation:
    support: none
  diff_mode:
    support: none
  platform:
    platforms: all
options:
  outcomes:
    description:
      - Name of the variable that holds the outcomes by inventory host, as the filter P(ksv.light_agent.outcomes#filter) makes them.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show what became of each host
  ksv.light_agent.host_verdict:
    outcomes: tenant_onboarding_outcomes
"""

RETURN = r"""
msg:
  description: What was done to this host, or why it failed.
  returned: always
  type: str
  sample: "Tenant A: moved, KSVLA 5.2.0.0: installed"
"""
