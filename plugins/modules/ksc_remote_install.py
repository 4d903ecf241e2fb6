#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_remote_install
short_description: Install or remove applications through Kaspersky Security Center
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Installs the Light Agent on virtual machines with remote installation tasks of the Administration Server, or removes it with remote
    uninstallation tasks, waits for the tasks, and verifies which hosts have the application.
  - Hosts that are already in the requested state are skipped. One task handles hosts of any number of virtual servers, with any
    applications. All tasks of the server are started before the module waits for any of them, and each host has its own result.
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
      - The module waits for a task of an earlier or of another run that is running on a host; a task that has not started there is updated
        if other options, including passwords, are given.
      - A server that has neither the search attribute C(KLHST_WKS_PRODUCT_ID) nor C(HostGroup.GetHostProducts) reports only whether a
        protection application is installed (bit 0x10 of the status). The module then shows a warning, and assumes that such a host has
        the application, regardless of its version.
options:
  state:
    description:
      - Whether the application should be installed on the hosts.
    type: str
    choices: [present, absent]
    default: present
  expect_from_primary:
    description:
      - In check mode, hosts and packages that are not on their virtual server yet are looked up on the primary server, because earlier
        tasks of the play (M(ksv.light_agent.ksc_package_retranslate) and M(ksv.light_agent.ksc_host)) would have moved them. Otherwise such
        hosts and packages are an error in check mode. This option has no effect outside check mode.
    type: bool
    default: false
  account_layout:
    description:
      - Format of the operating system account in the task (C(klprts-TaskAccounts)). Change this only for a server that rejects the task.
      - V(items) writes one item for each attribute, as the vendor's article shows it.
      - V(joined) writes one item with all attributes.
    type: str
    choices: [items, joined]
    default: items
  waves:
    description:
      - How many hosts to work on at a time, one item for each wave, as with C(serial) of a play. An item is a number of hosts or a
        percentage of all hosts that need a change, rounded down and at least one host; the last item is used for all further waves. If not
        set, all hosts are worked on at once.
      - The next wave starts when the current one has ended, that is, when the server lists its results, and if no more of its hosts have
        failed than O(max_fail_percentage) allows. Otherwise no further wave starts. The hosts of waves that were not started are
        V(pending), and their reason names the wave and the number of failures.
      - Waves are made of all hosts of the task together, regardless of their virtual servers. Hosts whose Network Agent is not connected
        come last. A host that is off does not hold up its wave (see O(wait_for)), and does not count as failed.
      - The first device of a virtual server is its distribution point, without which nothing is installed there. The module assumes that
        this is the host with the oldest record on the virtual server, if that host is among the given ones. With O(state=present) it is in
        the first wave unless it has the application already, so the first wave has at least one host for each virtual server that starts
        from nothing; with O(state=absent) it is in the last wave.
      - A further run forms new waves from the remaining hosts and begins with the size of the first wave. So its first wave is never larger
        than that of the previous run.
      - With waves, a task of the server never has more than 1000 devices, nor more than O(task_size). A larger wave is split into several
        tasks.
      - O(wait_timeout) applies to all waves together. After it has expired, no further wave starts.
    type: list
    elements: str
  max_fail_percentage:
    description:
      - How many hosts of a wave may fail, as a percentage of all hosts of that wave, for the next one to start.
      - As with the play keyword of the same name, the percentage must be exceeded, not equaled, to stop. With V(50), two of four hosts may
        fail; with V(49), they may not. Unlike with the play keyword, by default no host may fail.
      - This option has no effect without O(waves).
    type: str
    default: '0'
  restart:
    description:
      - What the task does on a host whose operating system has to be restarted to complete the installation or removal.
      - With V(never) the task has no settings for a restart, as in the vendor's article. Which hosts need a restart is returned
        (RV(hosts[].restart_required)).
      - With V(ask) the user of the host is prompted for a restart (C(KLTSK_RU_REBOOT_ASK_FOR_REBOOT)).
      - With V(force) the host is restarted immediately, and applications in blocked sessions are closed (C(KLTSK_RU_REBOOT_IMMEDIATELY),
        C(KLTSK_RU_FORCE_APPS_CLOSED)).
      - The vendor's documents do not confirm where in a task the server expects these settings. A server that does not know them may refuse
        the task.
    type: str
    choices: [never, ask, force]
    default: never
  wait_timeout:
    default: 3600
notes:
  - The list of applications of a host is updated with the next synchronization of its Network Agent, minutes after the task is done. The
    module waits for that until O(wait_timeout). If a task reports success but the application does not appear in that list, the host has
    failed.
  - The group of a host that has the application already is not changed, see M(ksv.light_agent.ksc_host).
  - The reason why a task failed on a host is known only from the text of the server. If that text is in English and clear, the failure has
    a class (RV(hosts[].failure_class)). A host that was offline, or on which another installation was running, is tried again, up to three
    times and until O(wait_timeout). After an unexpected restart the module reads back whether the application is installed. No other
    failure is retried, in particular no rejected account.
seealso:
  - module: ksv.light_agent.ksc_package_retranslate
  - module: ksv.light_agent.ksc_host
"""

EXAMPLES = r"""
- name: Install the Light Agent for Windows on the hosts of a tenant
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

- name: Install on Windows and Linux hosts of two tenants in parallel
  ksv.light_agent.ksc_remote_install:
    on_failure: report
    os_username: deploy
    os_password: "{{ vault_os_password }}"
    hosts:
      - {label: web-1, ip: 192.0.2.11, virtual_server: Tenant A, product: {name: KSVLA, version: 5.2.0.0}}
      - {label: b-db-1, ip: 192.0.2.81, virtual_server: Tenant B, product: {name: kesl, version: 12.1.0.0}}

- name: Remove any version of an application, and continue if a host fails
  ksv.light_agent.ksc_remote_install:
    virtual_server: Tenant A
    product:
      name: KSVLA
    state: absent
    missing: ignore
    on_failure: report
    ip: [192.0.2.11, 192.0.2.12]
  register: removal

- name: Upgrade to a newer build, first on five hosts, then on 10% of all, then on the rest
  ksv.light_agent.ksc_remote_install:
    virtual_server: Tenant A
    product:
      name: KSVLA
      version: 5.2.0.0
      display_version: 5.2.0.1304
    ip: "{{ groups['tenant_a'] | map('extract', hostvars, 'ansible_host') }}"
    waves: [5, 10%, 100%]
    max_fail_percentage: 5
    wait_timeout: 14400

- name: Remove a password-protected Light Agent
  ksv.light_agent.ksc_remote_install:
    virtual_server: Tenant A
    product:
      name: KSVLA
    state: absent
    removal_password: "{{ vault_removal_password }}"
    ip: [192.0.2.11]

- name: Show the hosts that failed

  ansible.builtin.debug:
    msg: "{{ removal.hosts | selectattr('result', 'equalto', 'failed') }}"
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
      description: Id of the task of the Administration Server for the host, if there was one.
      type: str
    result:
      description:
        - Result of the entry; in check mode, the predicted result.
        - One of V(installed), V(removed), V(unchanged), V(missing), V(pending), V(failed).
      type: str
    wave:
      description: Number of the wave that the host belongs to, starting at 1; null without O(waves), and for a host that needs no change.
      type: int
    failure_class:
      description:
        - Class of the failure according to the text of the server; null if the text does not report it.
        - One of V(package_absent), V(host_offline), V(account_refused), V(disk_full), V(timed_out), V(no_agent), V(other_installation),
          V(tries_exhausted), V(unexpected_restart).
      type: str
    restart_required:
      description:
        - Whether an application on the host needs a restart of its operating system (C(KLHST_WKS_RBT_REQUIRED)); null if the server does
          not tell. The server learns this with the next synchronization of the Network Agent.
      type: bool
    reason:
      description: Why the entry failed or is pending, in the words of the server if it gives a reason.
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
      product: KSVLA 5.2.0.0
      task_id: "45"
      wave: null
      failure_class: null
      restart_required: false
      result: installed
      reason: ""
task_id:
  description: The first task of the Administration Server, if there was one.
  returned: always, unless an error affects the whole task
  type: str
  sample: "45"
task_ids:
  description: All tasks of the Administration Server.
  returned: always, unless an error affects the whole task
  type: list
  elements: str
  sample: ["45", "46"]
statistics:
  description: How many hosts of all tasks together are in which state; empty when there was no task.
  returned: always, unless an error affects the whole task
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
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: when an error affects the whole task
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
            "waves": {"type": "list", "elements": "str"},
            "max_fail_percentage": {"type": "str", "default": "0"},
            "restart": {"type": "str", "default": "never", "choices": ["never", "ask", "force"]},
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
