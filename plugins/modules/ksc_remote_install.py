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
  - Installs the Light Agent on virtual machines by remote installation tasks of the Administration Server, or removes it by remote
    removal tasks, waits for the tasks and reads back which hosts have the application.
  - Hosts that have (or do not have) it already are left out. Hosts of any number of virtual servers, with any applications, are one call.
    All tasks are started before any is waited for, and each host is judged alone.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._entries
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
  - ksv.light_agent._ksc.hosts
  - ksv.light_agent._ksc.installation
  - ksv.light_agent._ksc.task
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: full
    details:
      - A task of an earlier or of another run that is at work on a host is waited for; one that has not begun there is brought up to date
        if other options, a password included, were given since.
      - A server that has neither the search attribute C(KLHST_WKS_PRODUCT_ID) nor C(HostGroup.GetHostProducts) tells only whether some
        protection application is on a host (bit 0x10 of its status). The module then warns, and takes a host with one as having the
        application, whatever its version.
options:
  state:
    description:
      - Whether the hosts shall have the application.
    type: str
    choices: [present, absent]
    default: present
  expect_from_primary:
    description:
      - Only matters in check mode. Hosts and packages that are not on their virtual server yet are then looked up on the primary
        server, for a play whose earlier steps M(ksv.light_agent.ksc_package_retranslate) and M(ksv.light_agent.ksc_host) would have
        brought them. Without it, check mode fails as the module itself would.
    type: bool
    default: false
  account_layout:
    description:
      - How the account in the operating system is written into the task (C(klprts-TaskAccounts)). Change this only for a server that
        refuses the task.
      - V(items) writes one item for each attribute, as the vendor's article shows it.
      - V(joined) writes one item with all attributes.
    type: str
    choices: [items, joined]
    default: items
  wait_timeout:
    default: 3600
notes:
  - The list of applications of a host follows with the next synchronisation of its Network Agent, minutes after the task is done. The
    module waits for that until O(wait_timeout). A task that reports success where the application never shows is a failure.
  - The group of a host that has the application already is not changed, see M(ksv.light_agent.ksc_host).
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

- name: Install on Windows and Linux machines of two tenants side by side
  ksv.light_agent.ksc_remote_install:
    on_failure: report
    os_username: deploy
    os_password: "{{ vault_os_password }}"
    hosts:
      - {label: web-1, ip: 192.0.2.11, virtual_server: Tenant A, product: {name: KSVLA, version: 5.2.0.0}}
      - {label: b-db-1, ip: 192.0.2.81, virtual_server: Tenant B, product: {name: kesl, version: 12.1.0.0}}

- name: Remove it in whichever version it is there, and go on where a machine fails
  ksv.light_agent.ksc_remote_install:
    virtual_server: Tenant A
    product:
      name: KSVLA
    state: absent
    missing: ignore
    on_failure: report
    ip: [192.0.2.11, 192.0.2.12]
  register: removal

- name: Show what went wrong
  ansible.builtin.debug:
    msg: "{{ removal.hosts | selectattr('result', 'equalto', 'failed') }}"
"""

RETURN = r"""
hosts:
  description: One entry per host, in the order of O(hosts), O(ip), O(name), O(id).
  returned: always, unless an error concerns the whole
  type: list
  elements: dict
  contains:
    label:
      description: The label of the entry.
      type: str
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
      description: Name and version of the application; for O(state=absent) the version that was there.
      type: str
    task_id:
      description: The task of the Administration Server that the host went through, if there was one.
      type: str
    result:
      description:
        - What happened, in check mode what would happen.
        - One of V(installed), V(removed), V(unchanged), V(missing), V(pending), V(failed).
      type: str
    reason:
      description: Why it failed or is pending, in the server's own words where it has any.
      type: str
    error:
      description: The kind of error, where a server refused to work on the entry at all, such as V(authentication).
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
      product: KSVLA 5.2.0.0
      task_id: "45"
      result: installed
      reason: ""
task_id:
  description: The first task of the Administration Server, if there was one.
  returned: always, unless an error concerns the whole
  type: str
  sample: "45"
task_ids:
  description: All tasks of the Administration Server.
  returned: always, unless an error concerns the whole
  type: list
  elements: str
  sample: ["45", "46"]
statistics:
  description: How many hosts of all tasks together are in which state; empty when there was no task.
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
            "account_layout": {"type": "str", "default": "items", "choices": ["items", "joined"]},
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
