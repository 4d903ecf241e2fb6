#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_result
short_description: Report the result of a role of this collection for one inventory host
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - The roles of this collection work on all hosts of a play in one call of a module for each step. This action is the last task of a
    role. Its result is changed, unchanged or failed for each inventory host according to the results of the steps for that host, so that
    the recap of the play is correct.
  - It runs on the controller and connects to no server.
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
    support: full
  platform:
    platforms: all
options:
  request:
    description:
      - Name of the variable that M(ksv.light_agent.host_request) has registered.
    type: str
    required: true
  results:
    description:
      - Names of the variables that the steps have registered. A step that was skipped, for example by tags, is ignored.
    type: list
    elements: str
    required: true
  pending_ok:
    description:
      - Whether a host on which work has been started but has not ended, for example because the host is off, counts as a success whose
        result says so. Otherwise the host has failed, because the work on it is not done yet.
    type: bool
    default: false
  required:
    description:
      - What is required of a host; a host that does not comply has failed. Only for the roles C(tenant_status), C(svm_status) and
        C(svm_replacement).
      - V(protected) fails a host that is not protected, and a host whose protection cannot be determined.
      - V(installed) fails a host on which the application is not known to be installed, whether or not it protects the host. V(true) has
        the same meaning.
      - V(activated) fails an SVM that is not connected to Kaspersky Security Center, that has no license key, or of which that cannot be
        determined.
      - V(connected) fails an SVM that is not connected to Kaspersky Security Center.
      - V(proven) fails a host whose old SVM may still be needed.
      - V(none) fails only a host that could not be looked up at all. V(false) has the same meaning for the role C(tenant_status).
      - If not set, this is V(none) for the role C(tenant_status), V(activated) for C(svm_status) and V(proven) for C(svm_replacement).
    type: str
  report:
    description:
      - Name of the variable that M(ksv.light_agent.status_report) has registered. A host whose report could not be written has failed.
        Only for the roles C(tenant_status) and C(tenant_onboarding).
    type: str
seealso:
  - module: ksv.light_agent.host_request
"""

EXAMPLES = r"""
- name: Report the result of the host
  ksv.light_agent.host_result:
    request: tenant_onboarding_request
    results: [tenant_onboarding_packages, tenant_onboarding_move, tenant_onboarding_install, tenant_onboarding_placement]
"""

RETURN = r"""
msg:
  description: What was done for this host, or why it failed.
  returned: always
  type: str
  sample: "Tenant A: moved, KSVLA 5.2.0.0: installed"
diff:
  description: What changed about this host, step by step.
  returned: when something changed
  type: list
  elements: dict
  sample: []
protected:
  description: Whether the host is known to be protected. Only of the role C(tenant_status).
  returned: for that role
  type: bool
  sample: true
protection:
  description: One of V(protected), V(unprotected), V(unknown). Only of the role C(tenant_status).
  returned: for that role
  type: str
  sample: protected
reasons:
  description:
    - Why the host is not protected, or why that cannot be determined, one sentence for each reason. Only of the role C(tenant_status).
  returned: for that role
  type: list
  elements: str
  sample: []
installed:
  description: Whether the application of the host is installed; null if not known. Only of the role C(tenant_status).
  returned: for that role
  type: bool
  sample: true
drift:
  description: How the host differs from what the inventory declares, such as another build. Only of the role C(tenant_status).
  returned: for that role
  type: list
  elements: str
  sample: []
connected:
  description: Whether the SVM is connected to Kaspersky Security Center; null if not known. Only of the role C(svm_status).
  returned: for that role
  type: bool
  sample: true
has_key:
  description: Whether the SVM has a license key that has not expired; null if not known. Only of the role C(svm_status).
  returned: for that role
  type: bool
  sample: true
lacking:
  description:
    - What is missing for the proof that the old SVM is no longer needed, one line for each host with an old Light Agent and for each server
      that could not be searched. Only of the role C(svm_replacement).
  returned: for that role
  type: list
  elements: str
  sample: ["Tenant A: web-1 (192.0.2.11) has KSVLA 5.2.0.0 (build 5.2.27.1202), last connected at 2026-11-02T08:15:00Z"]
"""
