#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_svm
short_description: Deploy, configure and remove SVMs
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Deploys the SVMs that are missing, changes the configuration of SVMs that are there, or removes SVMs.
  - Many SVMs are one request for each family of infrastructures and image. Hypervisors, projects, storages, networks and everything else
    may be named; the module finds the ids, and reads no more of the infrastructure than it needs.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._viis
  - ksv.light_agent._wait
attributes:
  check_mode:
    details:
      - In check mode the infrastructure is not refreshed. Without O(infrastructure_id), because an earlier step has not connected it yet,
        the SVMs are reported as they would be deployed and the names are not checked.
  idempotent:
    support: partial
    details:
      - V(present) and V(absent) are. An SVM that is there is not compared with the options, because most of them cannot be read.
      - V(configured) changes an SVM each time, except where only its networks are given, without addresses, and are as they should be.
      - After a run that has set O(klconfig_password) the next one needs that as O(current_klconfig_password).
options:
  state:
    description:
      - V(present) deploys the SVMs that are missing.
      - V(configured) applies to SVMs that are there what is given of O(networks), O(dns), O(ksc), O(root) and O(klconfig_password).
        What is not given stays. O(current_klconfig_password) is required.
      - V(absent) removes SVMs.
    type: str
    choices: [present, configured, absent]
    default: present
  svms:
    description:
      - The SVMs. What they share may be given once, beside this option; an SVM's own value wins. Of O(dns), O(ksc) and O(root) each
        member is inherited by itself.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the SVM in the infrastructure.
        type: str
        required: true
      infrastructure_id: &infrastructure_id
        description:
          - Id of the infrastructure, as M(ksv.light_agent.viis_infrastructure) returns it. Required, except in check mode.
        type: str
      image_id: &image_id
        description:
          - Id of the SVM image, as M(ksv.light_agent.viis_image) returns it. Required to deploy, except in check mode.
        type: str
      location: &location
        description:
          - Name or id of the hypervisor or, in the OpenStack family, of the project; C(domain/project) tells projects of one name apart.
          - Required to deploy. Otherwise it tells SVMs of one name apart.
        type: str
      storage: &storage
        description:
          - Name or id of the storage of the hypervisor. Required to deploy, only outside the OpenStack family.
        type: str
      flavor: &flavor
        description:
          - Name or id of the instance type. Required to deploy in the OpenStack family, and only there.
        type: str
      volume_type: &volume_type
        description:
          - Name or id of the volume type, only in the OpenStack family.
        type: str
      availability_zone: &availability_zone
        description:
          - Name of the availability zone, only in the OpenStack family.
        type: str
      server_group: &server_group
        description:
          - Name or id of the server group, only in the OpenStack family.
        type: str
      networks: &networks
        description:
          - The network adapters. Required to deploy. With O(state=configured) this is the complete list.
          - In the OpenStack family several entries of one network are its ports.
        type: list
        elements: dict
        suboptions:
          network:
            description: Name or id of the network.
            type: str
            required: true
          primary:
            description: Whether this is the primary adapter; exactly one is. A single one need not say so.
            type: bool
          addressing:
            description: How the address is assigned, V(dynamic) by DHCP. Without this option, V(static) if there are addresses.
            type: str
            choices: [static, dynamic]
          ip_addresses:
            description: Static addresses. Exactly one outside the OpenStack family.
            type: list
            elements: str
            aliases: [ip_address]
          mask:
            description: Subnet mask, with static addresses.
            type: str
          gateway:
            description: Gateway, with static addresses.
            type: str
          vlan_id:
            description: VLAN. Only for V(HYPERV) and the OpenStack family.
            type: int
          security_groups:
            description: Names or ids of security groups, only in the OpenStack family. They turn port security on.
            type: list
            elements: str
      dns: &dns
        description:
          - DNS servers. Required with static addresses.
        type: dict
        suboptions:
          main:
            description: IP address of the DNS server.
            type: str
          alternative:
            description: IP address of a second one.
            type: str
      ksc: &ksc
        description:
          - The Administration Server of Kaspersky Security Center that the SVM connects to. Required to deploy.
        type: dict
        suboptions:
          address:
            description: Its address.
            type: str
          port:
            description: Its port; V(14000) where nothing is given.
            type: int
          ssl_port:
            description: Its TLS port; V(13000) where nothing is given.
            type: int
          language:
            description: Its language; V(en) where nothing is given.
            type: str
      root: &root
        description:
          - The account root on the SVM. O(state=configured) needs both members, because the server sets them together.
        type: dict
        suboptions:
          allow_ssh:
            description: Whether root may log in by SSH. A new SVM does not allow it where nothing is given.
            type: bool
          password:
            description: Its password. Required to deploy.
            type: str
      klconfig_password: &klconfig_password
        description:
          - Password of the account klconfig on the SVM. Required to deploy.
        type: str
      current_klconfig_password: &current_klconfig_password
        description:
          - The password that the account klconfig has now. Required with O(state=configured).
        type: str
  infrastructure_id: *infrastructure_id
  image_id: *image_id
  location: *location
  storage: *storage
  flavor: *flavor
  volume_type: *volume_type
  availability_zone: *availability_zone
  server_group: *server_group
  networks: *networks
  dns: *dns
  ksc: *ksc
  root: *root
  klconfig_password: *klconfig_password
  current_klconfig_password: *current_klconfig_password
  skip_integrity_check:
    description:
      - Whether to deploy without checking again that the image is authentic. Set this only when the image was checked with
        M(ksv.light_agent.viis_image).
    type: bool
    default: false
  localization:
    description:
      - Language in which the image is registered in the infrastructure.
    type: str
    default: en
  svm_version:
    description:
      - Version of the SVM in the image, as M(ksv.light_agent.viis_image) returns it. With it the module warns of a flavor that does not suit,
        and of SVMs that are of another version.
    type: str
  threads:
    description:
      - How many SVMs are deployed or configured at the same time.
    type: int
    default: 4
  refresh:
    description:
      - Whether the server reads the infrastructure anew before names are looked up, as the vendor recommends. Not in check mode.
    type: bool
    default: true
  task_id:
    description:
      - A task that an earlier run has started and that was not done in time. The SVMs in it are waited for, not deployed again.
      - Only needed where the server does not list its tasks.
    type: str
  wait_timeout:
    default: 7200
  poll_interval:
    default: 10
notes:
  - An SVM is not moved, renamed or upgraded in place.
  - A failed deployment is not cleaned up. The reason says when something of that name is left.
seealso:
  - module: ksv.light_agent.viis_infrastructure
  - module: ksv.light_agent.viis_image
  - module: ksv.light_agent.viis_task_info
"""

EXAMPLES = r"""
- name: One SVM on each of two hypervisors
  ksv.light_agent.viis_svm:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
    infrastructure_id: "{{ proxmox.infrastructure_id }}"
    image_id: "{{ image.image_id }}"
    skip_integrity_check: "{{ image.validated }}"
    storage: local-lvm
    dns:
      main: 192.0.2.53
    ksc:
      address: ksc.example.com
    root:
      password: "{{ vault_svm_root_password }}"
    klconfig_password: "{{ vault_svm_klconfig_password }}"
    svms:
      - name: svm-pve1
        location: pve1
        networks:
          - network: vmbr0
            ip_address: 192.0.2.101
            mask: 255.255.255.0
            gateway: 192.0.2.1
      - name: svm-pve2
        location: pve2
        networks:
          - network: vmbr0
            ip_address: 192.0.2.102
            mask: 255.255.255.0
            gateway: 192.0.2.1
  delegate_to: localhost

- name: One SVM in an OpenStack project
  ksv.light_agent.viis_svm:
    infrastructure_id: "{{ cloud.infrastructure_id }}"
    image_id: "{{ image.image_id }}"
    ksc:
      address: ksc.example.com
    root:
      password: "{{ vault_svm_root_password }}"
    klconfig_password: "{{ vault_svm_klconfig_password }}"
    svms:
      - name: svm-tenant-a
        location: Default/tenant-a
        flavor: svm.medium
        networks:
          - network: tenant-a-net
            security_groups: [svm]

- name: Let root log in by SSH on all of them
  ksv.light_agent.viis_svm:
    state: configured
    infrastructure_id: "{{ proxmox.infrastructure_id }}"
    current_klconfig_password: "{{ vault_svm_klconfig_password }}"
    root:
      allow_ssh: true
      password: "{{ vault_svm_root_password }}"
    svms:
      - name: svm-pve1
      - name: svm-pve2

- name: Remove them
  ksv.light_agent.viis_svm:
    state: absent
    infrastructure_id: "{{ proxmox.infrastructure_id }}"
    svms:
      - name: svm-pve1
      - name: svm-pve2
"""

RETURN = r"""
svms:
  description: One entry per SVM, in the order of O(svms).
  returned: always, unless an error concerns the whole
  type: list
  elements: dict
  contains:
    id:
      description: Id of the SVM in the infrastructure, if it is there.
      type: str
    name:
      description: Name.
      type: str
    ip_address:
      description: IP address of a new or newly configured SVM; that of others cannot be read.
      type: str
    location:
      description: Hypervisor or project.
      type: str
    infrastructure_id:
      description: Id of the infrastructure.
      type: str
    result:
      description:
        - What happened, in check mode what would happen.
        - One of V(deployed), V(configured), V(removed), V(unchanged), V(pending), V(failed).
      type: str
    reason:
      description: Why it failed or is pending, with the step and the server's own words where it has any.
      type: str
  sample:
    - id: vm-117
      name: svm-pve1
      ip_address: 192.0.2.101
      location: pve1
      infrastructure_id: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
      result: deployed
      reason: ""
task_id:
  description: The task of the server, the first if there were several.
  returned: always, unless an error concerns the whole
  type: str
  sample: 4c1d7d0e-8f3c-44f7-9d2b-8d5f6c0b1a0e
task_ids:
  description: All tasks of the server in this run.
  returned: always, unless an error concerns the whole
  type: list
  elements: str
  sample: [4c1d7d0e-8f3c-44f7-9d2b-8d5f6c0b1a0e]
failure:
  description: What went wrong, for a playbook to look at; C(msg) says it in words.
  returned: when an error concerns the whole
  type: dict
  sample:
    kind: refused
    server: viis1.example.com:7271
    method: POST /api/3.0/management/deployment/svm/
    status: 400
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import run
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.svm import SvmJob
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.svm_spec import SPEC


def main() -> None:
    wait = options.WAIT.with_defaults(wait_timeout=7200, poll_interval=10)
    run(options.CONNECTION + wait + options.ON_FAILURE + SPEC, options.server, SvmJob)


if __name__ == "__main__":
    main()
