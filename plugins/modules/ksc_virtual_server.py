#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_virtual_server
short_description: Manage virtual Administration Servers of Kaspersky Security Center
version_added: 1.0.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Creates the virtual Administration Servers of tenants, suspends them, and removes them without losing a host.
  - A virtual server is identified by its exact display name. The Administration Server changes a name that is already in use, so the
    module checks the name first.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._entries
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
  - ksv.light_agent._ksc.task
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: full
    details:
      - The module waits for a deletion or a move of hosts that an earlier run has started. If the server does not report whether a virtual
        server is enabled, O(state=suspended) disables it each time and shows a warning.
options:
  servers:
    description:
      - List of virtual Administration Servers. An option that applies to most of them can be set once, outside this list; the value in an
        entry takes precedence.
      - With an empty list, there is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description: Name in messages and results for this virtual server.
        type: str
      name:
        description: Display name of the virtual server.
        type: str
        required: true
      parent_group: &parent_group
        description:
          - Administration group of the primary server in which the virtual server is, as a path such as V(Customers/Gold) below Managed
            devices. V(/) is Managed devices itself. The group must exist.
          - If not set, a new virtual server is created in Managed devices, and an existing one stays where it is.
          - Only for O(state=present).
        type: str
      move_hosts_to: &move_hosts_to
        description:
          - Administration Server to which the hosts of a virtual server are moved before the virtual server is removed. V(primary), or the
            address in O(server), is the primary Administration Server; any other value is the display name of another virtual server.
          - If not set, a virtual server that has hosts is not removed, and the module fails for it.
          - Only for O(state=absent).
        type: str
  name:
    description:
      - Display name of the virtual server; the short form of an entry of O(servers) that has no other option.
    type: str
  state:
    description:
      - V(present) creates a virtual server that does not exist, and enables one that is suspended.
      - V(suspended) disables a virtual server that exists. Its hosts, groups, users and tasks stay, but nobody can log in to it.
      - V(absent) deletes a virtual server that has no hosts, or whose hosts have been moved to O(move_hosts_to). While some of its hosts
        are off and cannot move, the result is V(pending); run the same task again when they are on. A suspended virtual server with hosts
        is enabled while its hosts are moved.
    type: str
    choices: [present, suspended, absent]
    default: present
  parent_group: *parent_group
  move_hosts_to: *move_hosts_to
  agent_server_address:
    description:
      - Address at which Network Agents reach the primary Administration Server, for hosts that are moved to another server. If not set,
        O(server) is used.
    type: str
  agent_ports:
    description:
      - Ports of the Administration Server for Network Agents, for hosts that are moved to another server.
    type: list
    elements: int
    default: [14000]
  agent_ssl_ports:
    description:
      - TLS ports of the Administration Server for Network Agents, for hosts that are moved to another server.
    type: list
    elements: int
    default: [13000]
notes:
  - The vendor does not document what happens to the host records of a virtual server that is deleted, so the module deletes only a virtual
    server without hosts. A host counts as moved when its Network Agent has connected to the other server, even if a record stays behind.
  - Records of machines without Network Agent cannot be moved. Delete them with M(ksv.light_agent.ksc_host) first.
  - The account must be one of the primary server. To remove a virtual server, the account must also be able to log in to that server, or
    O(virtual_servers) must name an account that is.
seealso:
  - module: ksv.light_agent.ksc_virtual_server_info
  - module: ksv.light_agent.ksc_user
  - module: ksv.light_agent.ksc_group
  - module: ksv.light_agent.ksc_host
"""

EXAMPLES = r"""
- name: Create the virtual server of a tenant
  ksv.light_agent.ksc_virtual_server:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    ca_path: /etc/pki/klserver.pem
    name: Tenant A
  delegate_to: localhost

- name: Create the virtual servers of several tenants, in a group of the primary server
  ksv.light_agent.ksc_virtual_server:
    parent_group: Customers
    servers:
      - name: Tenant B
      - name: Tenant C

- name: Suspend a tenant
  ksv.light_agent.ksc_virtual_server:
    name: Tenant A
    state: suspended

- name: Remove a tenant, and move its machines to the primary server
  ksv.light_agent.ksc_virtual_server:
    name: Tenant A
    state: absent
    move_hosts_to: primary
"""

RETURN = r"""
virtual_server:
  description: The first of RV(servers), for a task with one virtual server; V(null) without any.
  returned: always, unless an error affects the whole task
  type: dict
  sample:
    name: Tenant A
    id: 3
    enabled: true
    result: created
servers:
  description: One entry per virtual server, in the order of O(servers) and O(name).
  returned: always, unless an error affects the whole task
  type: list
  elements: dict
  contains:
    label:
      description: The label of the entry.
      type: str
    name:
      description: Display name of the virtual server.
      type: str
    state:
      description: The state in which the virtual server is, in check mode would be. One of V(present), V(suspended), V(absent).
      type: str
    id:
      description: Id of the virtual server, once it exists.
      type: int
    uid:
      description: Unique id.
      type: str
    enabled:
      description: Whether the virtual server is enabled.
      type: bool
    parent_group_id:
      description: Id of the group of the primary server in which the virtual server is.
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
    result:
      description:
        - Result of the entry; in check mode, the predicted result.
        - One of V(created), V(enabled), V(moved), V(suspended), V(removed), V(unchanged), V(pending), V(failed).
      type: str
    reason:
      description: Why the entry failed or is pending.
      type: str
    error:
      description: Kind of the error if a server rejected the entry, such as V(authentication).
      type: str
      returned: on failure
    diff:
      description: State of the virtual server before and after, as text.
      type: dict
      returned: in diff mode
  sample:
    - label: null
      name: Tenant A
      state: present
      id: 3
      enabled: true
      result: created
      reason: ""
hosts:
  description: The hosts of the virtual servers to remove, for O(state=absent) with O(move_hosts_to).
  returned: always, unless an error affects the whole task
  type: list
  elements: dict
  contains:
    id:
      description: Unique id that the host has now.
      type: str
    name:
      description: Display name of the host.
      type: str
    ip:
      description: IPv4 address.
      type: str
    virtual_server:
      description: Virtual server to which the host is moved; V(null) is the primary server.
      type: str
    task_id:
      description: Id of the task of the Administration Server for the host, if there was one.
      type: str
    result:
      description: One of V(moved), V(unchanged), V(pending), V(failed).
      type: str
    reason:
      description: Why the entry failed or is pending.
      type: str
  sample: []
task_ids:
  description: All tasks of the Administration Server that moved hosts.
  returned: always, unless an error affects the whole task
  type: list
  elements: str
  sample: ["45"]
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: when an error affects the whole task
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: VServers.AddVServerInfo
    module: KLSTD
    code: 1229
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.virtual_server import SERVERS, Tenancy


def main() -> None:
    spec = Spec(
        {
            "name": {"type": "str"},
            "state": {"type": "str", "default": "present", "choices": ["present", "suspended", "absent"]},
            "agent_server_address": {"type": "str"},
            "agent_ports": {"type": "list", "elements": "int", "default": [14000]},
            "agent_ssl_ports": {"type": "list", "elements": "int", "default": [13000]},
        },
        required_one_of=[("name", "servers")],
    )
    run(options.CONNECTION + options.ACCOUNTS + options.TASK + SERVERS.spec() + spec, options.servers, Tenancy)


if __name__ == "__main__":
    main()
