#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_host
short_description: Move hosts to a virtual Administration Server or group, or out of protection
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Puts virtual machines on the virtual Administration Server of their tenant, into an administration group, into
    Unassigned devices, or removes their records.
  - Many hosts are one call. They are moved by one task of the server, and the module waits until the virtual server lists them.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.virtual_account
  - ksv.light_agent._ksc.api.hosts
  - ksv.light_agent._ksc.task
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: full
    details:
      - A host that is already where it shall be is not touched.
options:
  state:
    description:
      - V(present) puts the hosts on O(virtual_server) and/or into O(group). Hosts that are not on the virtual server yet are
        taken from the primary one.
      - V(unassigned) moves them to Unassigned devices of O(virtual_server), or of the primary server without it.
      - V(absent) deletes their records there. A host whose Network Agent still runs comes back by itself.
    type: str
    choices: [present, unassigned, absent]
    default: present
  virtual_server:
    description:
      - Display name of the virtual Administration Server.
    type: str
  group:
    description:
      - Administration group, as a path such as V(Web/Frontend) below Managed devices. V(/) is Managed devices itself.
      - Only for O(state=present).
    type: str
  create_group:
    description:
      - Whether to create what is missing of O(group).
    type: bool
    default: false
  agent_server_address:
    description:
      - Address of the primary Administration Server as the Network Agents of the hosts reach it. Without it, O(server) is used.
    type: str
  agent_ports:
    description:
      - Ports of the Administration Server for Network Agents.
    type: list
    elements: int
    default: [14000]
  agent_ssl_ports:
    description:
      - TLS ports of the Administration Server for Network Agents.
    type: list
    elements: int
    default: [13000]
notes:
  - The task that changes the Administration Server is done before the Network Agents have reconnected, which may take a minute or
    more. O(wait_timeout) covers both.
  - A host that is off stays pending until O(wait_timeout) is over. It moves when it comes back; run the same task again then.
seealso:
  - module: ksv.light_agent.ksc_remote_install
  - module: ksv.light_agent.ksc_host_info
"""

EXAMPLES = r"""
- name: Hand two virtual machines to the tenant's virtual server
  ksv.light_agent.ksc_host:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    ca_path: /etc/pki/klserver.pem
    virtual_server: Tenant A
    ip:
      - 192.0.2.11
      - 192.0.2.12
  delegate_to: localhost

- name: Put hosts of the tenant into a group of its own
  ksv.light_agent.ksc_host:
    virtual_server: Tenant A
    group: Web/Frontend
    create_group: true
    name: [web-1, web-2]

- name: Take hosts out of management, but keep their records
  ksv.light_agent.ksc_host:
    virtual_server: Tenant A
    state: unassigned
    missing: ignore
    ip: "{{ groups['tenant_a'] | map('extract', hostvars, 'ansible_host') | list }}"
"""

RETURN = r"""
hosts:
  description: One entry per host, in the order of O(ip), O(name), O(id).
  returned: always, unless an error concerns the whole
  type: list
  elements: dict
  contains:
    id:
      description: Unique id of the host.
      type: str
    name:
      description: Display name.
      type: str
    ip:
      description: IPv4 address.
      type: str
    virtual_server:
      description: The virtual server that was asked for.
      type: str
    group:
      description: The group that was asked for.
      type: str
    result:
      description:
        - What happened, in check mode what would happen.
        - One of V(moved), V(unassigned), V(removed), V(unchanged), V(missing), V(pending), V(failed).
      type: str
    reason:
      description: Why it failed or is pending.
      type: str
  sample:
    - id: 7ad995e2-eb62-40e5-9c7e-5abae19979a0
      name: web-1
      ip: 192.0.2.11
      virtual_server: Tenant A
      group: null
      result: moved
      reason: ""
task_id:
  description: The task of the Administration Server that moved the hosts, if there was one.
  returned: always, unless an error concerns the whole
  type: str
  sample: "45"
failure:
  description: What went wrong, for a playbook to look at; C(msg) says it in words.
  returned: when an error concerns the whole
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: HostGroup.FindHosts
    module: KLSTD
    code: 1184
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.host import HOSTS, Placement


def main() -> None:
    state = Spec({"state": {"type": "str", "default": "present", "choices": ["present", "unassigned", "absent"]}})
    run(
        options.CONNECTION + options.ACCOUNTS + options.HOSTS + options.TASK + HOSTS.spec() + state,
        options.servers,
        Placement,
    )


if __name__ == "__main__":
    main()
