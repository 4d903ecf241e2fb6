#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_ha_instance_info
short_description: Gather information about the reserve servers of a primary Integration Server
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Returns which reserve servers are registered on the primary Integration Server, and whether they are connected.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.reads
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._viis
seealso:
  - module: ksv.light_agent.viis_ha_instance
"""

EXAMPLES = r"""
- name: Check whether the reserve server is connected
  ksv.light_agent.viis_ha_instance_info:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
  delegate_to: localhost
"""

RETURN = r"""
instances:
  description: The reserve servers, as RV(ksv.light_agent.viis_ha_instance#module:instance).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 5b0d2b8e-0d11-4a4e-9a55-a7d1c7f2f3a1
      role: Reserve
      address: viis2.example.com:7271
      connected: true
      status: Connected
      error: NoError
      created: "2026-01-01T10:00:00"
role:
  description: Role of the server itself, if the server reports it; the vendor documents no such request.
  returned: success
  type: str
  sample: Primary
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: not_found
    server: viis1.example.com:7271
    method: GET /api/3.0/ha/instances
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run_info
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.info import instance_info


def main() -> None:
    run_info(options.CONNECTION + Spec(), options.server, instance_info)


if __name__ == "__main__":
    main()
