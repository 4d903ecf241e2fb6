#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_infrastructure
short_description: Manage connections of the Integration Server to virtual infrastructures
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Connects the Integration Server to hypervisors, virtualization management servers and OpenStack clouds, trusts the certificates and keys
    that their types require, and waits until the connections are established. All infrastructures are connected in parallel.
  - A connection that this run has added is removed again if it fails. An existing connection is never removed for that reason.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._entries
  - ksv.light_agent._viis
  - ksv.light_agent._viis.infrastructure
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: partial
    details:
      - A connected infrastructure is not changed if O(infrastructure_id) is given, or if the server lists its infrastructures. The vendor
        documents no such list. Otherwise, the module connects the infrastructure again and shows a warning.
      - Passwords cannot be read, so a changed password is not detected; see O(update_password).
      - With O(follow_primary=true), the address of a secondary hypervisor causes a change in each run; use the address of the primary one.
options:
  state:
    description:
      - V(present) connects the infrastructure, and reconnects it if an existing connection is down.
      - V(absent) removes the connection. The SVMs are not removed.
    type: str
    choices: [present, absent]
    default: present
  wait_timeout:
    default: 300
seealso:
  - module: ksv.light_agent.viis_certificate
  - module: ksv.light_agent.viis_infrastructure_info
  - module: ksv.light_agent.viis_svm
"""

EXAMPLES = r"""
- name: Connect a Proxmox VE server
  ksv.light_agent.viis_infrastructure:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
    type: PROXMOX
    address: pve1.example.com
    admin:
      username: root@pam
      password: "{{ vault_pve_password }}"
    thumbprints:
      - 3A:4F:2B:90:11:C6:7D:58:E0:0B:5D:4C:18:AA:93:F7:6E:25:D1:8C
      - 9d1c7f0a55e2b6a4c38f21de7790bb613a44ef02588c6a1fd9e07b35c2614a80
  delegate_to: localhost
  register: proxmox

- name: Connect two hypervisors with one account, and an OpenStack cloud, with trust on first use
  ksv.light_agent.viis_infrastructure:
    trust_on_first_use: true
    type: LIBVIRT
    admin:
      username: root
      password: "{{ vault_kvm_password }}"
    infrastructures:
      - address: kvm1.example.com
      - address: kvm2.example.com
      - type: OPENSTACK
        address: keystone.example.com
        region: RegionOne
        admin:
          username: svm-admin
          password: "{{ vault_openstack_password }}"
          domain: Default
    on_failure: report
  register: connected

- name: Disconnect an infrastructure

  ksv.light_agent.viis_infrastructure:
    infrastructure_id: "{{ proxmox.infrastructure_id }}"
    state: absent
"""

RETURN = r"""
infrastructures:
  description: One entry per entry of O(infrastructures), in the same order.
  returned: always, unless an error affects all entries
  type: list
  elements: dict
  contains:
    label:
      description: Label of the entry, null without one.
      type: str
    infrastructure_id:
      description: Id of the infrastructure, null if it has none any more. Keep it for further runs.
      type: str
    type:
      description: Type of the infrastructure.
      type: str
    address:
      description: Address of the infrastructure.
      type: str
    infrastructure:
      description: The connection as RV(infrastructure) describes it, null if there is none.
      type: dict
    result:
      description:
        - Result of the entry; in check mode, the predicted result.
        - One of V(connected), V(removed), V(unchanged), V(pending), V(failed).
      type: str
    reason:
      description: Why the entry failed or is pending, or other remarks.
      type: str
    diff:
      description: The state before and after, as text. Only with C(--diff), and only of an entry that changes.
      type: dict
  sample:
    - label: null
      infrastructure_id: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
      type: PROXMOX
      address: pve1.example.com
      infrastructure: {}
      result: connected
      reason: ""
infrastructure_id:
  description: Id of the infrastructure; null in check mode while it is not connected yet, and if there are several entries. Keep it for
    further runs.
  returned: success
  type: str
  sample: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
infrastructure:
  description:
    - The connection. Null if there is none, in check mode while there is none yet, and if there are several entries.
  returned: success
  type: dict
  contains:
    infrastructure_id:
      description: Id of the infrastructure.
      type: str
    type:
      description: Type of the infrastructure.
      type: str
    address:
      description: Address of the infrastructure.
      type: str
    name:
      description: Name of the infrastructure, null if the server does not report it.
      type: str
    display_name:
      description: Display name of the infrastructure, null if the server does not report it.
      type: str
    version:
      description: Version of the infrastructure, null if the server does not report it.
      type: str
    edition:
      description: Edition of the infrastructure, null if the server does not report it.
      type: str
    protocol:
      description: Protocol of the Keystone microservice, for the OpenStack family.
      type: str
    region:
      description: OpenStack region, null if none was chosen.
      type: str
    admin_username:
      description: Name of the account with all rights, null if the server does not report it.
      type: str
    read_only_username:
      description: Name of the read-only account, null if the server does not report it.
      type: str
    connected:
      description: Whether all accounts and microservices are connected without an error.
      type: bool
    status:
      description: State of the connection as a whole, as the server returns it.
      type: str
    connections:
      description: State of each account and of each OpenStack microservice.
      type: list
      elements: dict
  sample:
    infrastructure_id: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
    type: PROXMOX
    address: pve1.example.com
    name: pve1
    connected: true
    status: CONNECTED
    connections:
      - name: admin
        status: CONNECTED
        error: NO_ERROR
        message: ""
        address: null
certificates:
  description: Certificates and keys of all infrastructures that were checked.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: https
      address: pve1.example.com:8006
      thumbprint: 3A4F2B9011C67D58E00B5D4C18AA93F76E25D18C
failure:
  description:
    - Details of the error for use in a playbook; C(msg) describes it in words.
    - For a secondary hypervisor C(primary_address) is the address to connect.
  returned: when there is a single entry, or an error affects all entries
  type: dict
  sample:
    kind: connection_failed
    server: viis1.example.com:7271
    type: XEN
    address: xen2.example.com
    primary_address: 192.0.2.21
    connections:
      - name: admin
        status: DISCONNECTED
        error: NETWORK_ERROR
        message: ""
        address: null
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import run
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.infrastructure import SPEC, InfrastructureJob


def main() -> None:
    run(options.CONNECTION + options.WAIT.with_defaults(wait_timeout=300) + options.ON_FAILURE + SPEC, options.server, InfrastructureJob)


if __name__ == "__main__":
    main()
