#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_host_info
short_description: Gather information about hosts in Kaspersky Security Center
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Returns the Administration Server and group of hosts, whether their Network Agent is connected, which application they have, and
    whether they are protected.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.reads
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._entries
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
  - ksv.light_agent._ksc.hosts
  - ksv.light_agent._ksc.inquiry
options:
  products:
    description:
      - Also return all applications of each host (RV(hosts[].products)). This takes one additional request for each host.
    type: bool
    default: false
  license_keys:
    description:
      - Also list which applications of each host use a license key (RV(hosts[].license_keys)), such as the Protection Server of an SVM.
        This takes a few more requests for each host.
    type: bool
    default: false
  connection_timeout:
    description:
      - Maximum time in seconds to wait until each entry has a record whose Network Agent is connected, such as that of a machine that was
        just created. What was found last is returned, so check RV(hosts[].agent_alive) and RV(missing).
      - With V(0), and in check mode, the module does not wait. With O(missing=fail) an entry without a record is an error immediately.
    type: float
    default: 0
  poll_interval:
    description:
      - Polling interval in seconds while the module waits for O(connection_timeout).
    type: float
    default: 15
  protection:
    description:
      - Also return whether each host is protected (RV(hosts[].protection)), which records share its address or its name
        (RV(hosts[].duplicates)), and the settings of the servers that this depends on (RV(servers)).
      - This takes about six more requests for each server and two for each administration group that has hosts, but none for each host. Set
        this to V(false) if the result is not used.
    type: bool
    default: true
  primary_keys:
    description:
      - With O(protection), also read the license keys of the primary Administration Server, which usually manages the SVMs, even if all
        hosts are on virtual servers.
      - Leave this off for an account that exists only on a virtual server. The primary server would refuse the account each time, and
        refused logins may lock accounts.
    type: bool
    default: false
  undeclared:
    description:
      - Also list the hosts of each server that no entry names (RV(undeclared)). All hosts of the server are read for that.
      - Records that share the address or the name of an entry's host are not among them.
    type: bool
    default: false
notes:
  - A host is V(protected) only if all of this is known to be true. It is in an administration group, and no other record with its address
    or name is alive; its Network Agent is connected; the application of O(product) is installed, or without that option some protection
    application; real-time protection is running; the Light Agent is connected to an SVM; an active policy for the application applies to
    its group; the databases are up to date; its status shows no problem with a license; no restart is required.
  - Kaspersky Security Center shows that a Light Agent has no SVM only as a status that the application suggests (condition 18), and only if
    that condition is turned on for the administration group of the host. Where the condition is off, it cannot be determined whether a
    host is protected, even if its status is OK.
seealso:
  - module: ksv.light_agent.ksc_host
"""

EXAMPLES = r"""
- name: Gather information about two hosts of a tenant
  ksv.light_agent.ksc_host_info:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    virtual_server: Tenant A
    ip: [192.0.2.11, 192.0.2.12]
    missing: ignore
    product:
      name: KSVLA
      version: 5.2.0.0
  delegate_to: localhost
  register: tenant

- name: Fail unless all hosts are protected, and show why
  ansible.builtin.assert:
    that: item.protection.state == 'protected'
    fail_msg: "{{ item.name }}: {{ item.protection.reasons | join(' ') }}"
  loop: "{{ tenant.hosts }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
hosts:
  description: One entry per host.
  returned: success
  type: list
  elements: dict
  contains:
      label:
        description: The label of the entry.
        type: str
      id:
        description: Unique id.
        type: str
      name:
        description: Display name.
        type: str
      ip:
        description: IPv4 address.
        type: str
      fqdn:
        description: DNS name.
        type: str
      virtual_server:
        description: Virtual server of the entry.
        type: str
      group_id:
        description: Id of the administration group of the host.
        type: int
      group:
        description: Path of the group below Managed devices, empty for Managed devices itself; V(Unassigned devices) for hosts there.
        type: str
      os_name:
        description: Operating system of the host.
        type: str
      status:
        description: One of V(ok), V(critical), V(warning).
        type: str
      visible:
        description: Whether the host is turned on.
        type: bool
      agent_installed:
        description: Whether Network Agent is installed.
        type: bool
      agent_alive:
        description: Whether Network Agent runs.
        type: bool
      protection_installed:
        description: Whether some protection application is installed.
        type: bool
      agent_version:
        description: Version of Network Agent.
        type: str
      protection_version:
        description: Version of the protection application.
        type: str
      last_visible:
        description: When the host was last seen, ISO 8601 in UTC.
        type: str
      last_agent_connection:
        description: When Network Agent last connected, ISO 8601 in UTC.
        type: str
      restart_required:
        description: Whether the host has to be restarted.
        type: bool
      has_product:
        description: Whether the host has O(product); null if the server does not report it. Only with O(product).
        type: bool
      products:
        description: All applications; null if the server does not report it. Only with O(products).
        type: list
        elements: dict
      license_keys:
        description:
          - The applications that can use a license key, without Network Agent and Administration Server; null when the server does not
            tell. Only with O(license_keys).
        type: list
        elements: dict
        contains:
          product:
            description: Product name.
            type: str
          version:
            description: Product version.
            type: str
          active:
            description: Whether the application uses a license key.
            type: bool
          expires:
            description: When the license key expires, ISO 8601 in UTC; null when the server that manages the host does not have the key.
            type: str
          expired:
            description: Whether the license key had expired when the host was connected last; null if not known.
            type: bool
      license_keys_reason:
        description: Why RV(hosts[].license_keys) is null. Only with O(license_keys).
        type: str
      protection:
        description: Whether the host is protected. Only with O(protection).
        type: dict
        contains:
          state:
            description:
              - One of V(protected), V(unprotected), V(unknown).
              - V(unprotected) if any condition is known not to be met, else V(unknown) if any is not known.
            type: str
          reasons:
            description: One sentence for each condition that is not met or not known.
            type: list
            elements: str
          installed:
            description: Whether the application is installed; null if the server does not report it.
            type: bool
          agent_connected:
            description: Whether Network Agent is connected; null if the server does not report it.
            type: bool
          svm_connected:
            description: Whether the Light Agent is connected to an SVM; null when that cannot be known.
            type: bool
          restart_required:
            description: Whether the host has to be restarted; null if the server does not report it.
            type: bool
          last_connected:
            description: When Network Agent last connected, ISO 8601 in UTC.
            type: str
      duplicates:
        description: Ids of other records of the same server with the address or the name of the host. Only with O(protection).
        type: list
        elements: str
  sample:
    - id: 7ad995e2-eb62-40e5-9c7e-5abae19979a0
      name: web-1
      ip: 192.0.2.11
      virtual_server: Tenant A
      group: Web/Frontend
      has_product: true
      protection:
        state: unprotected
        reasons:
          - "It is not connected to an SVM: the application itself reports a problem, as a Light Agent without an SVM does."
        installed: true
        agent_connected: true
        svm_connected: false
        restart_required: false
        last_connected: "2026-11-25T12:00:00Z"
      duplicates: []
servers:
  description: What the protection of all hosts of a server depends on. Only with O(protection).
  returned: success
  type: list
  elements: dict
  contains:
    virtual_server:
      description: The virtual server; null for the primary server.
      type: str
    groups:
      description: The administration groups of the hosts that were looked up, without Unassigned devices.
      type: list
      elements: dict
      contains:
        id:
          description: Id of the group.
          type: int
        path:
          description: Path of the group below Managed devices, empty for Managed devices itself.
          type: str
        shows_missing_svm:
          description:
            - Whether the condition V(suggested_by_product) is turned on for the group; where it is off, the status of a host without an SVM
              does not show that. Null if the server does not report it.
          type: bool
        policies:
          description:
            - The policies that reach the group, with C(name), C(product), C(version), C(active) and C(inherited); null if not known.
          type: list
          elements: dict
        reasons:
          description: Why some of these properties of the group are not known.
          type: list
          elements: str
    license_keys:
      description:
        - The license keys that the server has, with C(product), C(expires) (ISO 8601 in UTC), C(limit) (of devices) and C(hosts) (that use
          the key); null if not known.
      type: list
      elements: dict
    license_keys_reason:
      description: Why the license keys are not known.
      type: str
  sample: []
undeclared:
  description: The hosts of the servers that no entry names. Only with O(undeclared).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Unique id.
      type: str
    name:
      description: Display name.
      type: str
    ip:
      description: IPv4 address.
      type: str
    virtual_server:
      description: The virtual server; null for the primary server.
      type: str
    group:
      description: Path of its administration group, as that of RV(hosts[].group).
      type: str
    agent_alive:
      description: Whether Network Agent runs; null if the server does not report it.
      type: bool
    last_agent_connection:
      description: When Network Agent last connected, ISO 8601 in UTC.
      type: str
  sample: []
missing:
  description:
    - Entries that could not be read. With O(missing=ignore), these are entries without a record; with O(on_failure=report), also entries
      that match several records and entries of a server that does not answer.
  returned: success
  type: list
  elements: dict
  contains:
    label:
      description: The label of the entry.
      type: str
    kind:
      description: How the host was named, one of V(ip), V(name), V(id).
      type: str
    value:
      description: The address, name or id.
      type: str
    virtual_server:
      description: The virtual server of the entry.
      type: str
    reason:
      description: Why nothing was read.
      type: str
    records:
      description: Ids of the records, if the address or name of the entry belongs to several.
      type: list
      elements: str
    error:
      description: Kind of the error if a server rejected the request, such as V(authentication).
      type: str
  sample: []
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: HostGroup.FindHosts
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import ON_FAILURE, Spec, run_info
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.host_info import HOSTS, host_view


def main() -> None:
    choices = {"products": False, "license_keys": False, "protection": True, "primary_keys": False, "undeclared": False}
    looks = Spec({name: {"type": "bool", "default": default, "no_log": False} for name, default in choices.items()})
    wait = Spec({"connection_timeout": {"type": "float", "default": 0}, "poll_interval": {"type": "float", "default": 15}})
    run_info(
        options.CONNECTION + options.ACCOUNTS + options.HOSTS + ON_FAILURE + HOSTS.spec() + looks + wait,
        options.servers,
        host_view,
    )


if __name__ == "__main__":
    main()
