#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_host_info
short_description: Read hosts of Kaspersky Security Center
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Tells where virtual machines are, in which group, whether their Network Agent is connected, and which application they have.
  - Nothing is changed.
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
      - Also list all applications of each host (RV(hosts[].products)). This is one request more for each host.
    type: bool
    default: false
seealso:
  - module: ksv.light_agent.ksc_host
"""

EXAMPLES = r"""
- name: Look at two machines of a tenant
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
        description: The virtual server that was looked at.
        type: str
      group_id:
        description: Id of its administration group.
        type: int
      group:
        description: Path of the group below Managed devices, empty for Managed devices itself; V(Unassigned devices) for hosts there.
        type: str
      os_name:
        description: Operating system.
        type: str
      status:
        description: One of V(ok), V(critical), V(warning).
        type: str
      visible:
        description: Whether the host is on.
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
        description: Whether it has O(product); null when the server cannot tell. Only with O(product).
        type: bool
      products:
        description: All applications; null when the server cannot tell. Only with O(products).
        type: list
        elements: dict
  sample:
    - id: 7ad995e2-eb62-40e5-9c7e-5abae19979a0
      name: web-1
      ip: 192.0.2.11
      virtual_server: Tenant A
      group: Web/Frontend
      has_product: true
missing:
  description:
    - The entries that nothing was read for, with O(missing=ignore) those without a record, and with O(on_failure=report) also those of
      several records or of a server that does not answer.
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
    error:
      description: The kind of error, where a server refused to answer, such as V(authentication).
      type: str
  sample: []
failure:
  description: What went wrong, for a playbook to look at; C(msg) says it in words.
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
    looks = Spec({name: {"type": "bool", "default": name == "protection"} for name in ("products", "protection", "undeclared")})
    run_info(
        options.CONNECTION + options.ACCOUNTS + options.HOSTS + ON_FAILURE + HOSTS.spec() + looks,
        options.servers,
        host_view,
    )


if __name__ == "__main__":
    main()
