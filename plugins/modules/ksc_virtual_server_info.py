#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_virtual_server_info
short_description: Read virtual Administration Servers of Kaspersky Security Center
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Lists the virtual Administration Servers of the primary one.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.reads
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._ksc
options:
  name:
    description:
      - Only virtual servers of these display names.
    type: list
    elements: str
seealso:
  - module: ksv.light_agent.ksc_host
"""

EXAMPLES = r"""
- name: Which tenants are there?
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
        description: Id.
        type: int
      name:
        description: Display name.
        type: str
      uid:
        description: Unique id.
        type: str
      enabled:
        description: Whether it is enabled.
        type: bool
      licence_enabled:
        description: Whether its licence is.
        type: bool
      parent_group_id:
        description: The group of the primary server that it belongs to.
        type: int
      managed_group_id:
        description: Id of its Managed devices.
        type: int
      unassigned_group_id:
        description: Id of its Unassigned devices.
        type: int
      created:
        description: ISO 8601, UTC.
        type: str
  sample:
    - id: 1
      name: Tenant A
      enabled: true
failure:
  description: What went wrong, for a playbook to look at; C(msg) says it in words.
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
