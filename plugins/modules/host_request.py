#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_request
short_description: Validate the variables of one inventory host for a role of this collection
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - The roles of this collection work on all hosts of a play in one call of a module for each step. This action is the first task of a
    role. It runs for each inventory host, validates its variables, and fails for that host only.
  - Because it is a task of the host, all variables have Ansible's usual precedence, including variables of plays, roles and includes.
  - The address of the server, the account and the other options of the connection are taken from the variables of the host whose
    names begin with C(ksv_ksc_), C(ksv_virtual_server_) or C(ksv_viis_); the documentation of the role lists them.
  - It runs on the controller and connects to no server.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: none
  become:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  connection:
    support: none
  delegation:
    support: none
  diff_mode:
    support: none
  platform:
    platforms: all
options:
  role:
    description:
      - The role that the request is for. It decides which of the other options are required.
    type: str
    required: true
    choices: [tenant, tenant_onboarding, tenant_offboarding, tenant_status, tenant_cleanup, svm_deployment, svm_removal, ha_cluster]
  ip:
    description:
      - IPv4 address under which Kaspersky Security Center knows the host.
    type: str
  virtual_server:
    description:
      - Display name of the virtual Administration Server of the host's tenant.
    type: str
  product:
    description:
      - The application of the host.
    type: dict
    suboptions:
      name:
        description: Product name of the application.
        type: str
      version:
        description: Product version of the application. To remove an application it may be left out.
        type: str
      display_version:
        description: Build of the installation package.
        type: str
  agent:
    description:
      - The installation package of Network Agent.
    type: dict
    suboptions:
      name:
        description: Product name of Network Agent.
        type: str
      version:
        description: Product version of Network Agent.
        type: str
  group:
    description:
      - Target administration group of the host, as a path below Managed devices.
    type: str
  create_group:
    description:
      - Whether to create the administration groups of O(group) that do not exist.
    type: bool
  report:
    description:
      - Path of the report that the host is to be in, a file on the controller whose name ends in C(.html), C(.htm), C(.md) or C(.markdown).
        Hosts with the same path share one report. If not set or empty, the host is in no report. Only for the roles C(tenant_status) and
        C(tenant_onboarding).
    type: str
  report_language:
    description:
      - Language of the report, V(en) if not set. Only with O(report).
    type: str
    choices: [en, ru]
  agent_server_address:
    description:
      - Address at which the Network Agent of the host connects to the primary Administration Server.
    type: str
  agent_ports:
    description:
      - Ports of the Administration Server for Network Agents.
    type: list
    elements: int
  agent_ssl_ports:
    description:
      - TLS ports of the Administration Server for Network Agents.
    type: list
    elements: int
  os_username:
    description:
      - Account in the operating system of the host with the rights to install software.
    type: str
  os_password:
    description:
      - Password of the account O(os_username).
    type: str
  password_format:
    description:
      - Whether the task contains O(os_password) in plain text or encrypted by the server.
    type: str
    choices: [plain, protected]
  removal_password:
    description:
      - Password that is required to remove the application of the host, if a policy protects the application with one.
    type: str
  parent_group:
    description:
      - Administration group of the primary server in which the virtual server of the host's tenant is, as a path below Managed devices.
    type: str
  administrator:
    description:
      - The administrator of the host's tenant. The members are the options of M(ksv.light_agent.ksc_user).
    type: dict
    suboptions:
      name:
        description: Name with which the administrator logs in.
        type: str
        required: true
      password:
        description: Password of the administrator.
        type: str
      update_password:
        description: Whether the password of the administrator is set only when the user is created, or in every run.
        type: str
        choices: [on_create, always]
      full_name:
        description: Full name of the administrator.
        type: str
      description:
        description: Description of the administrator.
        type: str
      mail:
        description: Email address of the administrator.
        type: str
      enabled:
        description: Whether the administrator can log in.
        type: bool
  conditions:
    description:
      - Device status conditions that are turned on for Managed devices of the virtual server, as in
        O(ksv.light_agent.ksc_group#module:conditions).
    type: list
    elements: str
    choices: &conditions
      - agent_inactive
      - protection_off
      - protection_not_running
      - many_viruses
      - protection_level_differs
      - protection_not_installed
      - scan_outdated
      - databases_outdated
      - not_connected
      - license
      - uncured_objects
      - restart_required
      - incompatible_software
      - vulnerabilities
      - update_search_outdated
      - encryption
      - mobile
      - incidents
      - suggested_by_product
      - disk_space
  groups:
    description:
      - Administration groups of the virtual server. The members are the options of M(ksv.light_agent.ksc_group).
    type: list
    elements: dict
    suboptions:
      path:
        description: The group, as a path below Managed devices.
        type: str
        required: true
      notify_days:
        description: Number of days of inactivity after which an administrator is notified of a host of the group.
        type: int
      remove_days:
        description: Number of days of inactivity after which a host is removed from the group.
        type: int
      conditions:
        description: Device status conditions that are turned on for the group, as in O(ksv.light_agent.ksc_group#module:conditions).
        type: list
        elements: str
        choices: *conditions
      install_packages:
        description: B(Experimental.) Packages that the server installs on hosts when they enter the group.
        type: list
        elements: dict
        suboptions:
          name:
            description: Product name of the package that is installed on hosts that enter the group.
            type: str
            required: true
          version:
            description: Product version of the package that is installed on hosts that enter the group.
            type: str
            required: true
          display_version:
            description: Build of the package that is installed on hosts that enter the group; if not set, the newest.
            type: str
  remove_virtual_server:
    description:
      - Whether the virtual server of the host's tenant is deleted after all of the tenant's hosts in the play have been offboarded. Cannot
        be used in a play with C(serial).
    type: bool
  move_hosts_to:
    description:
      - Administration Server to which the remaining hosts of the virtual server are moved before the virtual server is deleted. V(primary)
        is the primary Administration Server; any other value is the display name of a virtual server.
    type: str
  infrastructure:
    description:
      - The infrastructure that the SVM is in.
    type: dict
    suboptions:
      type:
        description: Type of the infrastructure.
        type: str
      address:
        description: Address of the hypervisor, the management server or the Keystone microservice.
        type: str
      infrastructure_id:
        description: Id of the infrastructure on the Integration Server.
        type: str
      admin:
        description: Account in the infrastructure with the rights to deploy SVMs.
        type: dict
        suboptions: &account
          username:
            description: Name of the account in the infrastructure.
            type: str
            required: true
          password:
            description: Password of the account in the infrastructure.
            type: str
            required: true
          domain:
            description: OpenStack domain of the account.
            type: str
      read_only:
        description: Account in the infrastructure with read-only rights.
        type: dict
        suboptions: *account
      protocol:
        description: Protocol of the Keystone microservice.
        type: str
        choices: [https, http]
      region:
        description: OpenStack region of the infrastructure.
        type: str
      thumbprints:
        description: Thumbprints of the certificates and keys of the infrastructure to trust.
        type: list
        elements: str
      trust_on_first_use:
        description: Whether to trust any certificate or key that the infrastructure presents if no thumbprint is given.
        type: bool
      https_port:
        description: TCP port of the infrastructure whose TLS certificate is trusted.
        type: int
      ssh_port:
        description: TCP port of the infrastructure whose SSH key is trusted.
        type: int
      follow_primary:
        description: Whether to connect the primary hypervisor of a pool when the address is a secondary one.
        type: bool
  image:
    description:
      - The SVM image.
    type: dict
    suboptions:
      manifest_path:
        description: Absolute path of the image description file on the machine of the Integration Server.
        type: str
      image_id:
        description: Id of an image that is registered already.
        type: str
  svm:
    description:
      - The SVM, with the options of an entry of O(ksv.light_agent.viis_svm#module:svms).
    type: dict
    suboptions:
      name:
        description: Name of the SVM in the infrastructure.
        type: str
        required: true
      location:
        description: Name or id of the hypervisor or OpenStack project.
        type: str
      storage:
        description: Name or id of the storage of the SVM.
        type: str
      flavor:
        description: Name or id of the instance type of the SVM, in the OpenStack family.
        type: str
      volume_type:
        description: Name or id of the volume type of the SVM, in the OpenStack family.
        type: str
      availability_zone:
        description: Name of the availability zone of the SVM, in the OpenStack family.
        type: str
      server_group:
        description: Name or id of the server group of the SVM, in the OpenStack family.
        type: str
      networks:
        description: Network adapters of the SVM.
        type: list
        elements: dict
        suboptions:
          network:
            description: Name or id of the network of the adapter.
            type: str
            required: true
          primary:
            description: Whether this is the primary network adapter.
            type: bool
          addressing:
            description: How the IP address of the network adapter is assigned.
            type: str
            choices: [static, dynamic]
          ip_addresses:
            description: Static IP addresses of the network adapter.
            type: list
            elements: str
            aliases: [ip_address]
          mask:
            description: Subnet mask of the network adapter.
            type: str
          gateway:
            description: IP address of the gateway of the network adapter.
            type: str
          vlan_id:
            description: VLAN ID of the network adapter.
            type: int
          security_groups:
            description: Names or ids of the security groups of the network adapter.
            type: list
            elements: str
      dns:
        description: DNS servers of the SVM.
        type: dict
        suboptions:
          main:
            description: IP address of the first DNS server.
            type: str
          alternative:
            description: IP address of the second DNS server.
            type: str
      ksc:
        description: The Administration Server that the SVM connects to.
        type: dict
        suboptions:
          address:
            description: Address of the Administration Server.
            type: str
          port:
            description: Port of the Administration Server.
            type: int
          ssl_port:
            description: TLS port of the Administration Server.
            type: int
          language:
            description: Language of the Administration Server.
            type: str
      root:
        description: The account root on the SVM.
        type: dict
        suboptions:
          allow_ssh:
            description: Whether root may log in to the SVM by SSH.
            type: bool
          password:
            description: Password of the account root on the SVM.
            type: str
      klconfig_password:
        description: Password of the account klconfig on the SVM.
        type: str
  replaces:
    description:
      - Name of the SVM that the SVM of the host replaces.
    type: str
  activated:
    description:
      - Whether somebody has verified that the SVM of the host has a license key, for a server that does not report it.
    type: bool
  server:
    description:
      - Address of the Integration Server, where no variable of the connection says it.
    type: str
  cluster:
    description:
      - Name of the cluster that the Integration Server belongs to.
    type: str
  server_role:
    description:
      - Role of the Integration Server in the cluster, V(primary) or V(reserve).
    type: str
  thumbprint:
    description:
      - Thumbprint of the certificate of the reserve server.
    type: str
  trust_on_first_use:
    description:
      - Whether to trust any certificate that the reserve server presents if no thumbprint is given. This does not protect against a
        man-in-the-middle attack.
    type: bool
seealso:
  - module: ksv.light_agent.host_result
"""

EXAMPLES = r"""
- name: Validate the variables of the host
  ksv.light_agent.host_request:
    role: tenant_status
    ip: "{{ ansible_host }}"
    virtual_server: Tenant A
    product:
      name: KSVLA
      version: 5.2.0.0
  register: tenant_status_request
"""

RETURN = r"""
request:
  description:
    - Request of the host, for the filters P(ksv.light_agent.step_connections#filter) and P(ksv.light_agent.step_entries#filter).
    - It contains passwords, so Ansible shows no result of this action, and nothing of it is kept as a fact.
  returned: success
  type: dict
  sample: {}
closed:
  description: Servers that rejected the account in an earlier batch of the play. They are not contacted again, because repeated failures
    may lock the account.
  returned: when there are any
  type: list
  elements: dict
  sample: []
msg:
  description: Why the host has failed.
  returned: on failure
  type: str
  sample: "ksv_virtual_server is not set for this host; name the virtual Administration Server of its tenant."
"""
