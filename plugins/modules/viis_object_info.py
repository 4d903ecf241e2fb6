#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_object_info
short_description: Gather information about hypervisors, projects, networks, storages, VMs and SVMs
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Lists the objects of an infrastructure to which the Integration Server is connected.
  - In a large infrastructure, list the objects without O(details) first, then read selected objects by O(id).
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.reads
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._viis
options:
  infrastructure_id:
    description:
      - Id of the infrastructure.
    type: str
    required: true
  object_types:
    description:
      - Types of the objects to return. If not set, these are hypervisors or, in the OpenStack family, domains and projects.
    type: list
    elements: str
    choices: [Host, OpenstackDomain, OpenstackProject, VM, SVM]
  parent:
    description:
      - Name or id of the hypervisor, domain or project whose objects are returned.
    type: str
    aliases: [location]
  name:
    description:
      - Names of the objects to return.
    type: list
    elements: str
  id:
    description:
      - Ids of the objects to return, with all details.
    type: list
    elements: str
  details:
    description:
      - Whether to return all details of the objects, with networks, storages and other resources. This may take long in a large
        infrastructure.
    type: bool
    default: false
  refresh:
    description:
      - Whether the server refreshes its data about the infrastructure first, and the module waits for that. This option has no effect in
        check mode.
    type: bool
    default: false
  wait_timeout:
    description:
      - Maximum time in seconds to wait for O(refresh).
    type: float
    default: 300
  poll_interval:
    description:
      - Polling interval in seconds while the module waits for O(refresh).
    type: float
    default: 5
seealso:
  - module: ksv.light_agent.viis_svm
"""

EXAMPLES = r"""
- name: List the hypervisors
  ksv.light_agent.viis_object_info:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
    infrastructure_id: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
    refresh: true
  delegate_to: localhost
  register: hypervisors

- name: Networks and storages of the first one
  ksv.light_agent.viis_object_info:
    infrastructure_id: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
    id: ["{{ hypervisors.locations[0].id }}"]

- name: SVMs on one hypervisor
  ksv.light_agent.viis_object_info:
    infrastructure_id: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
    object_types: [SVM]
    parent: pve1
"""

RETURN = r"""
locations:
  description: Hypervisors, domains and projects.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the hypervisor, domain or project.
      type: str
    name:
      description: Name of the hypervisor, domain or project.
      type: str
    parent_id:
      description: Id of the infrastructure or, for a project, of the domain.
      type: str
    state:
      description: State of the hypervisor, as the server returns it.
      type: str
    resources:
      description: Networks, storages and other resources. Null if the object was returned without details.
      type: dict
  sample:
    - id: host-1
      name: pve1
      parent_id: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
      state: Started
      resources:
        networks:
          - id: net-1
            name: vmbr0
        storages:
          - id: st-1
            name: local-lvm
            free_space: 107374182400
vms:
  description: VMs and SVMs.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the VM.
      type: str
    name:
      description: Name of the VM.
      type: str
    parent_id:
      description: Id of the hypervisor or project.
      type: str
    state:
      description: State of the VM, as the server returns it.
      type: str
    is_svm:
      description: Whether the VM is an SVM.
      type: bool
    svm_version:
      description: Version of an SVM. Null if the object was returned without details.
      type: str
    networks:
      description: Networks of the adapters with their security groups, if the object was returned with details.
      type: list
      elements: dict
  sample:
    - id: vm-117
      name: svm-pve1
      parent_id: host-1
      state: Enabled
      is_svm: true
      svm_version: 6.2.0.1056
      networks:
        - id: net-1
          name: vmbr0
          security_groups: []
missing:
  description: Entries of O(id) that the server does not know.
  returned: success
  type: list
  elements: str
  sample: []
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: input
    server: viis1.example.com:7271
    infrastructure_id: 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run_info
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.info import object_info


def main() -> None:
    spec = Spec(
        {
            "infrastructure_id": {"type": "str", "required": True},
            "object_types": {
                "type": "list",
                "elements": "str",
                "choices": ["Host", "OpenstackDomain", "OpenstackProject", "VM", "SVM"],
            },
            "parent": {"type": "str", "aliases": ["location"]},
            "name": {"type": "list", "elements": "str"},
            "id": {"type": "list", "elements": "str"},
            "details": {"type": "bool", "default": False},
            "refresh": {"type": "bool", "default": False},
            "wait_timeout": {"type": "float", "default": 300},
            "poll_interval": {"type": "float", "default": 5},
        },
        mutually_exclusive=[("id", "object_types"), ("id", "parent"), ("id", "name")],
    )
    run_info(options.CONNECTION + spec, options.server, object_info)


if __name__ == "__main__":
    main()
