#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_virtual_server_info
short_description: Gather information about virtual Administration Servers of Kaspersky Security Center
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Lists the virtual Administration Servers of the primary Administration Server.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.reads
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._ksc
options:
  name:
    description:
      - Display names of the virtual servers to return. If not set, all virtual servers are returned.
    type: list
    elements: str
seealso:
  - module: ksv.light_agent.ksc_host
"""

EXAMPLES = r"""
- name: List the virtual servers of all tenants
  ksv.light_agent.ksc_virtual_server_info:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
  delegate_to: localhost
  register: tenants
"""

RETURN = r"""
virtual_servers:
  description: The virtual servers.
  returned: success
  type: list
  elements: dict
  contains:
      id:
        description: Id of the virtual server.
        type: int
      name:
        description: Display name of the virtual server.
        type: str
      uid:
        description: Unique id of the virtual server.
        type: str
      enabled:
        description: Whether the virtual server is enabled.
        type: bool
      license_enabled:
        description: Whether the license of the virtual server is enabled.
        type: bool
      licence_enabled:
        description: Other name of RV(virtual_servers[].license_enabled), for playbooks written for version 0.1.0.
        type: bool
      parent_group_id:
        description: Id of the administration group of the primary server that contains the virtual server.
        type: int
      managed_group_id:
        description: Id of Managed devices of the virtual server.
        type: int
      unassigned_group_id:
        description: Id of Unassigned devices of the virtual server.
        type: int
      created:
        description: When the virtual server was created, ISO 8601 in UTC.
        type: str
  sample:
    - id: 1
      name: Tenant A
      enabled: true
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: VServers.GetVServers
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run_info
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.info import virtual_server_view


def main() -> None:
    spec = Spec({"name": {"type": "list", "elements": "str"}})
    run_info(options.CONNECTION + spec, options.servers, virtual_server_view)


if __name__ == "__main__":
    main()
