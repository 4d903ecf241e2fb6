#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_infrastructure
short_description: Connect the Integration Server to a virtual infrastructure
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Connects the Integration Server to a hypervisor, a virtualization management server or an OpenStack cloud, with every step of trust
    that its type needs, and waits until the connection has come about.
  - A connection that this module has made and that fails is removed again.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._viis
  - ksv.light_agent._viis.jobs.certificate
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: partial
    details:
      - A connected infrastructure is left alone when O(infrastructure_id) is given, or when the server lists its infrastructures. The
        vendor documents no such list. Without both, the module connects anew and says so in a warning.
      - Passwords cannot be read, so a changed one is not noticed; see O(update_password).
      - With O(follow_primary=true), naming a secondary hypervisor is a detour that changes something each time.
options:
  state:
    description:
      - V(present) connects, and has the server try again where an existing connection is down.
      - V(absent) removes the connection. SVMs are not removed with it.
    type: str
    choices: [present, absent]
    default: present
  type:
    description:
      - Type of the infrastructure, in any case.
      - One of V(HYPERV), V(XEN), V(NUMAVSERVER), V(LIBVIRT), V(PROXMOX), V(VMWARE), V(ROSPLATFORMA), V(BASISVCONTROL), V(FUSIONCOMPUTE),
        V(NUTANIXPRISM), V(ALTVIRTUALIZATIONSERVER), V(ASTRALINUX), or, of the OpenStack family, V(TIONIXOPENSTACK), V(OPENSTACK),
        V(VKCLOUDOPENSTACK).
      - Required with O(state=present).
    type: str
  address:
    description:
      - Address of the hypervisor, the management server or the Keystone microservice, by type.
      - A port in it is also the port whose certificate or key is trusted.
      - Required with O(state=present).
    type: str
  infrastructure_id:
    description:
      - Id of the infrastructure, as RV(infrastructure_id) returned it.
      - Without it the module looks for O(type) and O(address), where the server lists its infrastructures.
    type: str
  admin:
    description:
      - Account that may deploy, configure and remove SVMs in the infrastructure.
      - Required with O(state=present).
    type: dict
    suboptions: &account
      username:
        description: Name of the account.
        type: str
        required: true
      password:
        description: Its password.
        type: str
        required: true
      domain:
        description: OpenStack domain of the account. Required for the OpenStack family, and only for that.
        type: str
  read_only:
    description:
      - Account with fewer rights, for everything else. Without it, O(admin) is used.
    type: dict
    suboptions: *account
  protocol:
    description:
      - Protocol of the Keystone microservice, for the OpenStack family. Without this option it is V(https).
    type: str
    choices: [https, http]
  region:
    description:
      - OpenStack region; without it, all.
    type: str
  thumbprints:
    description:
      - Thumbprints of the certificates and keys that may be trusted on the way, those of OpenStack microservices included. When there are
        any, everything else is an error.
      - Case, colons, hyphens and spaces do not matter.
    type: list
    elements: str
    default: []
  https_port:
    description:
      - Port whose TLS certificate is trusted, where it is neither the usual one of O(type) nor part of O(address).
    type: int
  ssh_port:
    description:
      - Port whose SSH key is trusted, where it is not 22.
    type: int
  follow_primary:
    description:
      - Whether to connect the primary hypervisor of a XenServer or Numa vServer pool when O(address) is a secondary one. Only the
        primary one can be connected.
    type: bool
    default: false
  cleanup_on_failure:
    description:
      - Whether to remove the connection again that this run has made, when it fails.
      - A connection that is only slow stays; run again to wait for it.
    type: bool
    default: true
  update_password:
    description:
      - With V(always) an existing connection is removed and made anew, with a new id, because the server cannot change accounts.
    type: str
    choices: [on_create, always]
    default: on_create
  force:
    description:
      - With O(state=absent), remove the connection even where there are SVMs.
    type: bool
    default: false
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

- name: Connect an OpenStack cloud and trust its microservices as they are now
  ksv.light_agent.viis_infrastructure:
    type: OPENSTACK
    address: keystone.example.com
    region: RegionOne
    admin:
      username: svm-admin
      password: "{{ vault_openstack_password }}"
      domain: Default
    trust_on_first_use: true

- name: Disconnect
  ksv.light_agent.viis_infrastructure:
    infrastructure_id: "{{ proxmox.infrastructure_id }}"
    state: absent
"""

RETURN = r"""
infrastructure_id:
  description: Id of the infrastructure; null in check mode while it is not connected yet. Keep it to run again.
  returned: success
  type: str
  sample: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
infrastructure:
  description: The connection. Null when there is none, and in check mode while there is none yet.
  returned: success
  type: dict
  contains: &infrastructure
    infrastructure_id:
      description: Id.
      type: str
    type:
      description: Type.
      type: str
    address:
      description: Address.
      type: str
    name:
      description: Name, where the server tells.
      type: str
    display_name:
      description: Display name, where the server tells.
      type: str
    version:
      description: Version of the infrastructure, where the server tells.
      type: str
    edition:
      description: Edition of the infrastructure, where the server tells.
      type: str
    protocol:
      description: Protocol of Keystone, for the OpenStack family.
      type: str
    region:
      description: OpenStack region, if one was chosen.
      type: str
    admin_username:
      description: Name of the account, where the server tells.
      type: str
    read_only_username:
      description: Name of the read-only account, where the server tells.
      type: str
    connected:
      description: Whether all connections are good.
      type: bool
    status:
      description: State of the whole, as the server spells it.
      type: str
    connections:
      description: State of each account and each OpenStack microservice.
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
  description: The certificates and keys that were looked at.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: https
      address: pve1.example.com:8006
      thumbprint: 3A4F2B9011C67D58E00B5D4C18AA93F76E25D18C
failure:
  description:
    - What went wrong, for a playbook to look at; C(msg) says it in words.
    - For a secondary hypervisor C(primary_address) is the address to connect.
  returned: on failure
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
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import run
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.infrastructure import SPEC, InfrastructureJob


def main() -> None:
    run(options.CONNECTION + options.WAIT.with_defaults(wait_timeout=300) + options.ON_FAILURE + SPEC, options.server, InfrastructureJob)


if __name__ == "__main__":
    main()
