#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_group_info
short_description: Gather information about administration groups of Kaspersky Security Center
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Lists the administration groups of the primary or of a virtual Administration Server.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.reads
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
options:
  virtual_server:
    description:
      - Display name of the virtual Administration Server to read from. If not set, the primary server.
    type: str
  path:
    description:
      - Paths of the groups to return, below Managed devices, such as V(Web/Frontend). If not set, all groups are returned.
    type: list
    elements: str
    aliases: [group]
seealso:
  - module: ksv.light_agent.ksc_host
"""

EXAMPLES = r"""
- name: List the administration groups of a tenant
  ksv.light_agent.ksc_group_info:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    virtual_server: Tenant A
  delegate_to: localhost
  register: tenant
"""

RETURN = r"""
managed_group_id:
  description: Id of Managed devices.
  returned: success
  type: int
  sample: 0
unassigned_group_id:
  description: Id of Unassigned devices.
  returned: success
  type: int
  sample: 1
groups:
  description: The groups.
  returned: success
  type: list
  elements: dict
  contains:
      id:
        description: Id of the group on this server.
        type: int
      name:
        description: Name of the group.
        type: str
      path:
        description: Path of the group below Managed devices; null for groups that are not below Managed devices.
        type: str
      parent_id:
        description: Id of the parent group.
        type: int
      host_count:
        description: Number of hosts in the group.
        type: int
  sample:
    - id: 12
      name: Frontend
      path: Web/Frontend
      parent_id: 11
      host_count: 3
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: HostGroup.FindGroups
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run_info
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.info import group_view


def main() -> None:
    spec = Spec({"path": {"type": "list", "elements": "str", "aliases": ["group"]}})
    run_info(options.CONNECTION + options.VIRTUAL_SERVER + spec, options.servers, group_view)


if __name__ == "__main__":
    main()
