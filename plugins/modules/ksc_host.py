#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_host
short_description: Manage the Administration Server and group of hosts in Kaspersky Security Center
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Moves virtual machines to the virtual Administration Servers of their tenants, to administration groups or to Unassigned devices, or
    deletes their records.
  - One task handles hosts of any number of virtual servers. All moves are started before the module waits for any of them, and each host
    has its own result.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._entries
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
  - ksv.light_agent._ksc.hosts
  - ksv.light_agent._ksc.placement
  - ksv.light_agent._ksc.task
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: full
    details:
      - A host that is already in the right place is not changed. The module waits for a task of an earlier or of another run that is
        running on a host; a task that has not started there is updated if other options are given.
options:
  state:
    description:
      - V(present) moves the hosts to their virtual server, their group, or both. Hosts that are not on the virtual server yet are moved
        from the primary server.
      - V(unassigned) moves the hosts to Unassigned devices of their virtual server, or of the primary server if no virtual server is set.
      - V(absent) deletes the records of the hosts on that server. A host whose Network Agent is still running reappears.
    type: str
    choices: [present, unassigned, absent]
    default: present
  if_connected:
    description:
      - With O(state=absent), what to do with a record whose Network Agent is connected, or may be.
      - V(remove) deletes the record immediately.
      - V(wait) waits until the Network Agent is no longer connected, which the server notices minutes after a machine is removed. A record
        whose Network Agent is still connected after O(wait_timeout) is kept, and is V(pending).
    type: str
    choices: [remove, wait]
    default: remove
notes:
  - With O(state=present) an address or name is looked up on the virtual server and on the primary server. If both have a record, that is an
    error that names both, since addresses are reused. A record that a move left behind on the primary server, with the same display name,
    does not count.
  - The task that changes the Administration Server completes before the Network Agents have reconnected, which may take a minute or
    more. O(wait_timeout) applies to both together.
  - The module does not install or remove applications, see M(ksv.light_agent.ksc_remote_install).
seealso:
  - module: ksv.light_agent.ksc_remote_install
  - module: ksv.light_agent.ksc_host_info
"""

EXAMPLES = r"""
- name: Move two virtual machines to the virtual server of a tenant
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

- name: Move hosts of two tenants in parallel, each to its group
  ksv.light_agent.ksc_host:
    on_failure: report
    create_group: true
    hosts:
      - {label: web-1, ip: 192.0.2.11, virtual_server: Tenant A, group: Web/Frontend}
      - {label: db-1, ip: 192.0.2.21, virtual_server: Tenant A, group: Databases}
      - {label: b-web-1, name: b-web-1, virtual_server: Tenant B}
    virtual_servers:
      - name: Tenant B
        username: tenant-b-admin
        password: "{{ vault_tenant_b_password }}"
  register: placement

- name: Move hosts to Unassigned devices
  ksv.light_agent.ksc_host:
    virtual_server: Tenant A
    state: unassigned
    missing: ignore
    ip: "{{ groups['tenant_a'] | map('extract', hostvars, 'ansible_host') | list }}"
"""

RETURN = r"""
hosts:
  description: One entry per host, in the order of O(hosts), O(ip), O(name), O(id).
  returned: always, unless an error affects the whole task
  type: list
  elements: dict
  contains:
    label:
      description: The label of the entry.
      type: str
    id:
      description: Unique id that the host has now.
      type: str
    name:
      description: Display name.
      type: str
    ip:
      description: IPv4 address.
      type: str
    virtual_server:
      description: Virtual server of the entry.
      type: str
    group:
      description: Group of the entry.
      type: str
    task_id:
      description: Id of the task of the Administration Server for the host, if there was one.
      type: str
    result:
      description:
        - Result of the entry; in check mode, the predicted result.
        - One of V(moved), V(unassigned), V(removed), V(unchanged), V(missing), V(pending), V(failed).
      type: str
    reason:
      description: Why the entry failed or is pending.
      type: str
    error:
      description: Kind of the error if a server rejected the entry, such as V(authentication).
      type: str
      returned: on failure
    diff:
      description: State of the host before and after, as text.
      type: dict
      returned: in diff mode
  sample:
    - label: web-1
      id: 7ad995e2-eb62-40e5-9c7e-5abae19979a0
      name: web-1
      ip: 192.0.2.11
      virtual_server: Tenant A
      group: null
      task_id: "45"
      result: moved
      reason: ""
task_id:
  description: The first task of the Administration Server that moved hosts, if there was one.
  returned: always, unless an error affects the whole task
  type: str
  sample: "45"
task_ids:
  description: All tasks of the Administration Server that moved hosts.
  returned: always, unless an error affects the whole task
  type: list
  elements: str
  sample: ["45", "46"]
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: when an error affects the whole task
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
    state = Spec(
        {
            "state": {"type": "str", "default": "present", "choices": ["present", "unassigned", "absent"]},
            "if_connected": {"type": "str", "default": "remove", "choices": ["remove", "wait"]},
        }
    )
    run(
        options.CONNECTION + options.ACCOUNTS + options.HOSTS + options.TASK + HOSTS.spec() + state,
        options.servers,
        Placement,
    )


if __name__ == "__main__":
    main()
