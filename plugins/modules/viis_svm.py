#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_svm
short_description: Manage SVMs

version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Deploys the SVMs that are missing, changes the configuration of existing SVMs, or removes SVMs.
  - Hypervisors, projects, storages, networks and other objects can be specified by name or id. SVMs of one image are deployed with one
    request for each family of infrastructures.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._entries
  - ksv.light_agent._svm
  - ksv.light_agent._viis
  - ksv.light_agent._wait
attributes:
  check_mode:
    details:
      - In check mode infrastructures are not refreshed, unless O(refresh_in_check_mode=true). Without O(infrastructure_id), because an
        earlier task has not connected it yet, the SVMs are reported as they would be deployed and names are not checked.
  idempotent:
    support: partial
    details:
      - O(state=present) and O(state=absent) are idempotent. An existing SVM is not compared with the options, because most of them cannot
        be read.
      - O(state=configured) changes an SVM each time, unless only its networks are given, without addresses, and are already correct.
      - After O(klconfig_password) has been set, the next run requires that password in O(current_klconfig_password).
options:
  state:
    description:
      - V(present) deploys the SVMs that are missing. The module waits for a deployment that an earlier or another run has started.
      - V(configured) applies O(networks), O(dns), O(ksc), O(root) and O(klconfig_password) to existing SVMs, as far as they are set.
        O(current_klconfig_password) is required.
      - V(absent) removes SVMs.
    type: str
    choices: [present, configured, absent]
    default: present
  skip_integrity_check:
    description:
      - Whether to deploy without validating the authenticity of the image again. Set this only if the image was validated with
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
      - Version of the SVM in the image, as M(ksv.light_agent.viis_image) returns it. If set, the module warns about an unsuitable flavor
        and about SVMs of another version.
    type: str
  threads:
    description:
      - Number of SVMs of one request that the server deploys or configures at the same time.
    type: int
    default: 4
  refresh:
    description:
      - Whether the server refreshes its data about the infrastructures before names are looked up, as the vendor recommends. All
        infrastructures are refreshed in parallel.
    type: bool
    default: true
  refresh_in_check_mode:
    description:
      - Whether the server also refreshes its data about the infrastructures in check mode. This changes nothing in the infrastructures.
    type: bool
    default: false
  task_id:
    description:
      - Id of a deployment task of an earlier run that timed out. The module waits for the SVMs of this task instead of deploying them
        again.
      - Required only for servers that do not list their tasks.
    type: str
  wait_timeout:
    default: 7200
  poll_interval:
    default: 10
notes:
  - The module does not move, rename or upgrade an SVM in place.
  - A failed deployment is not cleaned up. The reason states whether an SVM with that name exists.
  - On a server that neither lists its tasks nor rejects names that are in use, a second run without O(task_id) does not detect the
    deployment of the first one until its SVMs are listed.
seealso:
  - module: ksv.light_agent.viis_infrastructure
  - module: ksv.light_agent.viis_image
  - module: ksv.light_agent.viis_task_info
"""

EXAMPLES = r"""
- name: Deploy an SVM on each of two hypervisors
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

- name: Deploy an SVM in an OpenStack project
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

- name: Allow root to log in by SSH on two SVMs
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

- name: Remove two SVMs

  ksv.light_agent.viis_svm:
    state: absent
    infrastructure_id: "{{ proxmox.infrastructure_id }}"
    svms:
      - name: svm-pve1
      - name: svm-pve2
"""

RETURN = r"""
svms:
  description: One entry per entry of O(svms), in the same order.
  returned: always, unless an error affects all entries
  type: list
  elements: dict
  contains:
    label:
      description: Label of the entry, null without one.
      type: str
    id:
      description: Id of the SVM in the infrastructure, null if it does not exist.
      type: str
    name:
      description: Name of the SVM.
      type: str
    ip_address:
      description: IP address of a new or newly configured SVM. That of other SVMs cannot be read.
      type: str
    location:
      description: Hypervisor or project of the SVM.
      type: str
    infrastructure_id:
      description: Id of the infrastructure of the SVM.
      type: str
    result:
      description:
        - Result of the entry; in check mode, the predicted result.
        - One of V(deployed), V(configured), V(removed), V(unchanged), V(pending), V(failed).
      type: str
    reason:
      description: Why the entry failed or is pending, or other remarks.
      type: str
    diff:
      description: The state before and after, as text. Only with C(--diff), and only of an entry that changes.
      type: dict
  sample:
    - label: null
      id: vm-117
      name: svm-pve1
      ip_address: 192.0.2.101
      location: pve1
      infrastructure_id: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
      result: deployed
      reason: ""
task_id:
  description: Id of the task of the server, of the first task if there are several. Null without one.
  returned: always, unless an error affects all entries
  type: str
  sample: 4c1d7d0e-8f3c-44f7-9d2b-8d5f6c0b1a0e
task_ids:
  description: Ids of all tasks of the server in this run.
  returned: always, unless an error affects all entries
  type: list
  elements: str
  sample: [4c1d7d0e-8f3c-44f7-9d2b-8d5f6c0b1a0e]
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: when an error affects all entries
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
