#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_infrastructure_info
short_description: Gather information about the infrastructures of an Integration Server
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Returns the state of the connections of the Integration Server to its infrastructures, for each account and microservice.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.reads
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._viis
options:
  infrastructure_id:
    description:
      - Ids of the infrastructures. If not set, all infrastructures are returned, on servers that list them; the vendor documents no such
        list.
      - With an empty list, the module only logs in.
    type: list
    elements: str
seealso:
  - module: ksv.light_agent.viis_infrastructure
"""

EXAMPLES = r"""
- name: Check the connection to an infrastructure
  ksv.light_agent.viis_infrastructure_info:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
    infrastructure_id: [8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51]
  delegate_to: localhost
"""

RETURN = r"""
infrastructures:
  description: The infrastructures, as RV(ksv.light_agent.viis_infrastructure#module:infrastructure).
  returned: success
  type: list
  elements: dict
  sample:
    - infrastructure_id: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
      type: PROXMOX
      address: pve1.example.com
      connected: true
      status: CONNECTED
missing:
  description: Ids of infrastructures that the server does not know.
  returned: success
  type: list
  elements: str
  sample: []
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: input
    server: viis1.example.com:7271
    method: GET /api/3.0/infrastructures
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run_info
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.info import infrastructure_info


def main() -> None:
    spec = Spec({"infrastructure_id": {"type": "list", "elements": "str"}})
    run_info(options.CONNECTION + spec, options.server, infrastructure_info)


if __name__ == "__main__":
    main()
