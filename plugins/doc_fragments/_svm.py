# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

from __future__ import annotations


class ModuleDocFragment:
    # SVMs and what is set on them.
    DOCUMENTATION = r"""
options:
  svms:
    description:
      - List of SVMs. An option that applies to most of them can be set once, outside this list; the value in an entry takes precedence. Of
        O(dns), O(ksc) and O(root), each suboption is inherited separately.
      - With an empty list, there is nothing to do.
    type: list
    elements: dict
    required: true
    suboptions:
      label:
        description:
          - Name of this entry in messages and results, such as the name of an inventory host.
          - If two entries with different labels describe the same SVM, both fail.
        type: str
      name:
        description:
          - Name of the SVM in the infrastructure. SVMs at different locations may have the same name, if the platform allows it.
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
          - Name or id of the hypervisor or, in the OpenStack family, of the project; C(domain/project) distinguishes projects of the same
            name.
          - Required to deploy. With the other states, it distinguishes SVMs with the same name.
        type: str
      storage: &storage
        description:
          - Name or id of the storage of the hypervisor. Required to deploy, except in the OpenStack family, which has none.
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
          - Network adapters of the SVM. Required to deploy. With O(state=configured) this is the complete list of adapters.
          - In the OpenStack family several entries with the same network are ports in that network.
        type: list
        elements: dict
        suboptions:
          network:
            description:
              - Name or id of the network of this adapter.
            type: str
            required: true
          primary:
            description:
              - Whether this is the primary adapter. Exactly one adapter must be primary; for a single adapter this is the default.
            type: bool
          addressing:
            description:
              - How the IP address of the adapter is assigned; V(dynamic) is DHCP. If not set, this is V(static) if
                O(svms[].networks[].ip_addresses) is set.
            type: str
            choices: [static, dynamic]
          ip_addresses:
            description:
              - Static IP addresses of the adapter. Exactly one, except in the OpenStack family.
            type: list
            elements: str
            aliases: [ip_address]
          mask:
            description:
              - Subnet mask that goes with the static addresses, such as V(255.255.255.0).
            type: str
          gateway:
            description:
              - IP address of the gateway that goes with the static addresses.
            type: str
          vlan_id:
            description:
              - VLAN ID of the adapter. Only for V(HYPERV) and the OpenStack family.
            type: int
          security_groups:
            description:
              - Names or ids of the security groups of the adapter, only in the OpenStack family. They enable port security.
            type: list
            elements: str
      dns: &dns
        description:
          - DNS servers of the SVM. Required with static addresses.
        type: dict
        suboptions:
          main:
            description:
              - IP address of the first DNS server.
            type: str
          alternative:
            description:
              - IP address of the second DNS server.
            type: str
      ksc: &ksc
        description:
          - Administration Server of Kaspersky Security Center that the SVM connects to. Required to deploy.
        type: dict
        suboptions:
          address:
            description:
              - Address or name of the Administration Server.
            type: str
          port:
            description:
              - TCP port of the Administration Server for connections without TLS. If not set, this is V(14000).
            type: int
          ssl_port:
            description:
              - TCP port of the Administration Server for TLS connections. If not set, this is V(13000).
            type: int
          language:
            description:
              - Language of the Administration Server. If not set, this is V(en).
            type: str
      root: &root
        description:
          - Settings of the account root on the SVM. With O(state=configured), both suboptions are required, because the server sets them
            together.
        type: dict
        suboptions:
          allow_ssh:
            description:
              - Whether root may log in to the SVM by SSH. On a new SVM, root may not log in by SSH unless this is V(true).
            type: bool
          password:
            description:
              - Password of the account root on the SVM. Required to deploy.
            type: str
      klconfig_password: &klconfig_password
        description:
          - Password to set for the account klconfig on the SVM. Required to deploy.
        type: str
      current_klconfig_password: &current_klconfig_password
        description:
          - Current password of the account klconfig on the SVM. Required with O(state=configured).
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
"""
