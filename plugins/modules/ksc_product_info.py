#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_product_info
short_description: Gather information about the hosts that have an application, across all Administration Servers
version_added: 1.0.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Finds the hosts of the primary and of all virtual Administration Servers that have an application, and its version. Hosts that have been
    inactive for days are included, as long as they have a record.
  - This takes about one search for each application and server, regardless of the number of hosts. The servers are searched in parallel.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.reads
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
options:
  products:
    description:
      - The applications to look for.
    type: list
    elements: dict
    required: true
    suboptions:
      label:
        description: Name in the results for this application.
        type: str
      name:
        description: Product name, such as V(KSVLA).
        type: str
        required: true
      version:
        description:
          - Product version, such as V(5.2.0.0). If not set, any version except those of O(products[].except_versions).
        type: str
      except_versions:
        description:
          - Product versions to ignore, so that hosts with any other version are found. Mutually exclusive with O(products[].version).
        type: list
        elements: str
  virtual_server:
    description:
      - Display names of the virtual Administration Servers to search. If not set, these are all that the primary server lists.
    type: list
    elements: str
  primary:
    description:
      - Whether to search the hosts of the primary server, too.
    type: bool
    default: true
  on_failure:
    description:
      - V(fail) fails the task when a server cannot be searched.
      - V(report) returns in RV(servers) which servers could not be searched, and why. The hosts of these servers are not known then. Only a
        problem with all servers is an error.
    type: str
    choices: [fail, report]
    default: fail
    aliases: [on_host_failure]
notes:
  - A product version is that of the management plug-in, and stays the same for several builds.
  - Nobody can log in to a disabled virtual server, so it cannot be searched.
seealso:
  - module: ksv.light_agent.ksc_host_info
"""

EXAMPLES = r"""
- name: Find hosts that still have an older Light Agent
  ksv.light_agent.ksc_product_info:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    products:
      - name: KSVLA
        except_versions: [6.1.0.0]
    on_failure: report
  delegate_to: localhost
  register: old

- name: Fail unless there are provably none
  ansible.builtin.assert:
    that:
      - old.hosts == []
      - old.servers | rejectattr('reason', 'equalto', '') == []
"""

RETURN = r"""
hosts:
  description: The hosts that have one of the applications, an entry for each of O(products) that a host has.
  returned: success
  type: list
  elements: dict
  contains:
    label:
      description: The label of the entry of O(products).
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
    virtual_server:
      description: The virtual server that has the record; null for the primary server.
      type: str
    product:
      description: Product name of the application.
      type: str
    version:
      description: Product version of the application; null if the server does not report it.
      type: str
    build:
      description: Build of the application that protects the host; null if the server does not report it.
      type: str
    display_version:
      description: The same as RV(hosts[].build), under the name that it has in other modules.
      type: str
    agent_alive:
      description: Whether Network Agent runs; null if the server does not report it.
      type: bool
    last_agent_connection:
      description: When Network Agent last connected, ISO 8601 in UTC.
      type: str
    last_visible:
      description: When the host was last seen, ISO 8601 in UTC.
      type: str
  sample:
    - label: null
      id: 7ad995e2-eb62-40e5-9c7e-5abae19979a0
      name: web-1
      ip: 192.0.2.11
      virtual_server: Tenant A
      product: KSVLA
      version: 5.2.0.0
      build: 5.2.27.1202
      display_version: 5.2.27.1202
      agent_alive: false
      last_agent_connection: "2026-11-02T08:15:00Z"
      last_visible: "2026-11-02T08:15:00Z"
servers:
  description: The servers to search.
  returned: success
  type: list
  elements: dict
  contains:
    virtual_server:
      description: The virtual server; null for the primary server.
      type: str
    hosts:
      description: How many hosts of the server have any of the applications; null when the server could not be searched.
      type: int
    reason:
      description: Why the server could not be searched; empty if it was.
      type: str
    error:
      description: The kind of error if the server could not be searched, such as V(authentication).
      type: str
  sample:
    - virtual_server: Tenant A
      hosts: 1
      reason: ""
      error: null
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: HostGroup.FindHosts
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import ON_FAILURE, run_info
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.product_info import PRODUCTS, product_view


def main() -> None:
    run_info(options.CONNECTION + options.ACCOUNTS + ON_FAILURE + PRODUCTS, options.servers, product_view)


if __name__ == "__main__":
    main()
