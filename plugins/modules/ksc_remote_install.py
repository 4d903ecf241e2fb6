#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_remote_install
short_description: Install an application on hosts through Kaspersky Security Center, or remove it
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Installs the Light Agent on virtual machines by a remote installation task of the Administration Server, or removes it by a remote
    removal task, waits for the task and reads back which hosts have the application.
  - Hosts that have (or do not have) it already are left out of the task. Many hosts are one task.
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
      - On a server that can tell which hosts have which application. Where it cannot (neither the search attribute
        C(KLHST_WKS_PRODUCT_ID) nor C(HostGroup.GetHostProducts)), the module warns and runs the task for all hosts.
options:
  state:
    description:
      - Whether the hosts shall have the application.
    type: str
    choices: [present, absent]
    default: present
  product:
    description:
      - The application.
    type: dict
    required: true
    suboptions:
      name:
        description:
          - Product name, such as V(KSVLA) for the Light Agent for Windows or V(kesl) for the one for Linux.
        type: str
        required: true
      version:
        description:
          - Product version, such as V(5.2.0.0). This is the version of the management plug-in.
        type: str
        required: true
      display_version:
        description:
          - The exact build of the installation package, where the server has several. Without it the newest package is taken.
        type: str
  agent:
    description:
      - The package of Network Agent, which is installed before the application.
    type: dict
    default: {}
    suboptions:
      name:
        description: Product name of Network Agent.
        type: str
        default: '1103'
      version:
        description: Product version of Network Agent.
        type: str
        default: 1.0.0.0
  virtual_server:
    description:
      - Display name of the virtual Administration Server where the hosts are and the task runs; without it, the primary server.
      - The installation packages must be there, see M(ksv.light_agent.ksc_package_retranslate).
    type: str
  group:
    description:
      - Administration group, as a path below Managed devices, to which the server moves a host when the application was installed.
        Without it, Managed devices.
    type: str
  create_group:
    description:
      - Whether to create what is missing of O(group).
    type: bool
    default: false
  expect_from_primary:
    description:
      - Only matters in check mode with O(virtual_server). Hosts and packages that are not there yet are then looked up on the primary
        server, for a play whose earlier steps M(ksv.light_agent.ksc_package_retranslate) and M(ksv.light_agent.ksc_host) would have
        brought them. Without it, check mode fails as the module itself would.
    type: bool
    default: false
  os_username:
    description:
      - Account in the operating system of the hosts that may install software.
    type: str
  os_password:
    description:
      - Password of that account.
    type: str
  password_format:
    description:
      - V(plain) sends O(os_password) as the vendor's article shows it, protected by TLS only.
      - V(protected) has the server encrypt it first (C(Tasks.ProtectPassword)), as its API reference asks.
    type: str
    choices: [plain, protected]
    default: plain
  wait_timeout:
    default: 3600
notes:
  - A host that is off stays pending until O(wait_timeout) is over; O(on_host_failure=report) makes that a result instead of an error.
seealso:
  - module: ksv.light_agent.ksc_package_retranslate
  - module: ksv.light_agent.ksc_host
"""

EXAMPLES = r"""
- name: Install the Light Agent for Windows on the tenant's machines
  ksv.light_agent.ksc_remote_install:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    virtual_server: Tenant A
    product:
      name: KSVLA
      version: 5.2.0.0
    group: Web/Frontend
    os_username: .\deploy
    os_password: "{{ vault_os_password }}"
    ip: [192.0.2.11, 192.0.2.12]
  delegate_to: localhost

- name: Remove it, and go on where a machine fails
  ksv.light_agent.ksc_remote_install:
    virtual_server: Tenant A
    product:
      name: KSVLA
      version: 5.2.0.0
    state: absent
    missing: ignore
    on_host_failure: report
    ip: [192.0.2.11, 192.0.2.12]
  register: removal

- name: Show what went wrong
  ansible.builtin.debug:
    msg: "{{ removal.hosts | selectattr('result', 'equalto', 'failed') }}"
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
      description: The virtual server where the task ran.
      type: str
    product:
      description: Name and version of O(product).
      type: str
    result:
      description:
        - What happened, in check mode what would happen.
        - One of V(installed), V(removed), V(unchanged), V(missing), V(pending), V(failed).
      type: str
    reason:
      description: Why it failed or is pending, in the server's own words where it has any.
      type: str
  sample:
    - id: 7ad995e2-eb62-40e5-9c7e-5abae19979a0
      name: web-1
      ip: 192.0.2.11
      virtual_server: Tenant A
      product: KSVLA 5.2.0.0
      result: installed
      reason: ""
task_id:
  description: The task of the Administration Server, if there was one.
  returned: always, unless an error concerns the whole
  type: str
  sample: "45"
statistics:
  description: How many hosts of the task are in which state; empty when there was no task.
  returned: always, unless an error concerns the whole
  type: dict
  sample:
    pending: 0
    running: 0
    succeeded: 2
    warning: 0
    failed: 0
    scheduled: 0
    paused: 0
    completed_percent: 100
    need_restart: 0
failure:
  description: What went wrong, for a playbook to look at; C(msg) says it in words.
  returned: when an error concerns the whole
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    virtual_server: Tenant A
    method: PackagesApi.GetPackages
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.remote_install import HOSTS, Installation


def main() -> None:
    spec = Spec(
        {
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "expect_from_primary": {"type": "bool", "default": False},
        },
        required_together=[("os_username", "os_password")],
    )
    run(
        options.CONNECTION + options.ACCOUNTS + options.HOSTS + options.TASK.with_defaults(wait_timeout=3600) + HOSTS.spec() + spec,
        options.servers,
        Installation,
    )


if __name__ == "__main__":
    main()
