# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

from __future__ import annotations


class ModuleDocFragment:
    # The connection to the primary Administration Server.
    DOCUMENTATION = r"""
options:
  server:
    description:
      - Address or name of the primary Administration Server.
      - If not set, the environment variable E(KSC_SERVER) is used.
    type: str
    required: true
  port:
    description:
      - Port of KSC OpenAPI on that server.
      - If not set, the environment variable E(KSC_PORT) is used.
    type: int
    default: 13299
  username:
    description:
      - Account on the primary Administration Server. It is also used on virtual servers for which no other account is given.
      - If not set, the environment variable E(KSC_USERNAME) is used.
    type: str
    required: true
  password:
    description:
      - Password of O(username). A rejected password is never tried again, because repeated failures may lock the account.
      - If not set, the environment variable E(KSC_PASSWORD) is used.
    type: str
    required: true
  domain:
    description:
      - Windows domain of O(username), for an account that is not an internal user of Kaspersky Security Center.
      - If not set, the environment variable E(KSC_DOMAIN) is used.
    type: str
  internal_user:
    description:
      - Whether O(username) is an internal user of Kaspersky Security Center (V(true)) or a user of the operating system or domain
        (V(false)).
      - If not set, the environment variable E(KSC_INTERNAL_USER) is used.
    type: bool
    default: false
  auth_method:
    description:
      - Authentication method of KSC OpenAPI.
      - V(session) starts a session (C(Session.StartSession)) and ends it when the module has finished, even after a failure. If the
        server does not have this method, the module uses V(login) instead.
      - V(login) authenticates the connection itself, as in the vendor's article. The module logs in again if the connection drops.
    type: str
    choices: [session, login]
    default: session
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the server. Set O(ca_path) instead of turning the verification off.
      - If not set, the environment variable E(KSC_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - Path of a PEM file with the CA certificates to trust, on the machine that runs the module.
      - If the Administration Server uses the self-signed certificate that it has generated, this is that certificate (C(klserver.cer)),
        converted to PEM.
      - If not set, the environment variable E(KSC_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE).
    type: path
  request_timeout:
    description:
      - Request timeout in seconds.
    type: float
    default: 60
  task_profile:
    description:
      - Version of the vendor's article on Kaspersky Security Center OpenAPI that determines the format of the tasks.
      - V(6.1) sends C(TASKSCH_RUN_MISSED_FLAG), and creates the task that changes the Administration Server on the primary server.
      - V(5.2) sends C(PRTS_TASK_ENABLED), and creates that task on the virtual server.
    type: str
    choices: ['6.1', '5.2']
    default: '6.1'
requirements:
  - requests
notes:
  - The module connects to the server from the machine that it runs on. Usually this is the controller, so delegate the task to
    C(localhost).
"""

    # Accounts on virtual servers.
    ACCOUNTS = r"""
options:
  virtual_servers:
    description:
      - Accounts on virtual Administration Servers that differ from the account on the primary server.
      - On a virtual server that is not listed, O(virtual_server_username) is used or, if that is not set, O(username).
      - An account that is rejected is tried only once, and only the entries of its virtual server fail.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Display name of the virtual Administration Server.
        type: str
        required: true
      username:
        description: Account on the virtual Administration Server.
        type: str
        required: true
      password:
        description: Password of the account on the virtual Administration Server.
        type: str
        required: true
      domain:
        description: Windows domain of an account that is not an internal user of Kaspersky Security Center.
        type: str
      internal_user:
        description: Whether the account is an internal user of Kaspersky Security Center, as administrators of a virtual server usually
          are.
        type: bool
        default: true
  virtual_server_username:
    description:
      - Account on virtual Administration Servers that are not listed in O(virtual_servers). If not set, O(username) is used.
    type: str
  virtual_server_password:
    description:
      - Password of O(virtual_server_username).
    type: str
  virtual_server_domain:
    description:
      - Windows domain of O(virtual_server_username), for an account that is not an internal user of Kaspersky Security Center.
    type: str
  virtual_server_internal_user:
    description:
      - Whether O(virtual_server_username) is an internal user of Kaspersky Security Center, as administrators of a virtual server usually
        are.
    type: bool
    default: true
"""

    # Hosts in the short form, and which record is meant.
    HOSTS = r"""
options:
  ip:
    description:
      - IPv4 addresses of hosts; the short form of entries of O(hosts) that have no other option.
      - The entries of O(hosts), O(ip), O(name) and O(id) are combined; at least one of the options is required. Each entry must match
        exactly one record on its server.
    type: list
    elements: str
  name:
    description:
      - Display names of hosts. C(*) and C(?) are not wildcards. A second record with the same name, which the server shows with C(~~) and a
        number, also matches.
    type: list
    elements: str
  id:
    description:
      - Unique ids of hosts (C(KLHST_WKS_HOSTNAME)). Some servers give a host a new id when it moves to a virtual server.
    type: list
    elements: str
  missing:
    description:
      - What to do if an entry matches no record. An entry that matches several records is an error, unless O(duplicates) selects one.
    type: str
    choices: [fail, ignore]
    default: fail
  duplicates:
    description:
      - What to do if an entry matches several records, for example because a machine was re-created or an address was assigned to another
        machine.
      - V(fail) reports an error that lists all of them.
      - V(connected) selects the record whose Network Agent is connected or, if there are several or none, the one that connected last, then
        the one that was last seen. It is still an error if this does not identify one record, if none of them has a Network Agent, or if
        the Network Agent of one of them has not synchronized yet.
    type: str
    choices: [fail, connected]
    default: fail
"""

    # Modules that work through tasks of the server.
    TASK = r"""
options:
  keep_task:
    description:
      - When to keep a completed task on the server. Only tasks created by this run are deleted, and a task that is still running is
        always kept.
      - With V(failed), the task is deleted if it succeeded on all hosts.
    type: str
    choices: [always, failed, never]
    default: failed
  task_size:
    description:
      - Maximum number of devices in one task. More hosts are divided among several tasks that run in parallel.
      - The vendor's help for Kaspersky Security Center 14.2 allows 1000.
    type: int
    default: 1000
  wait_for:
    description:
      - Which hosts to wait for until O(wait_timeout).
      - V(connected) does not wait for hosts that are not reachable. When all other hosts have completed, a host whose Network Agent is not
        connected, or on which the task has not started within O(start_timeout), is V(pending). The task remains on the server and starts
        when the host is available again; the next run waits for it.
      - V(all) waits for every host.
    type: str
    choices: [connected, all]
    default: connected
  start_timeout:
    description:
      - Maximum time in seconds for a task to start on a host, with O(wait_for=connected). The status of a host in Kaspersky Security Center
        is updated with a delay of minutes, so a host that has just been turned off still counts as connected.
    type: float
    default: 300
"""

    # Entries of ksc_host.
    PLACEMENT = r"""
options:
  hosts:
    description:
      - List of hosts. An option that applies to most of them can be set once, outside this list; the value in an entry takes precedence.
      - With an empty list, there is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description: Name of this entry in messages and results, such as the name of an inventory host.
        type: str
      ip:
        description: IPv4 address of the host. Exactly one of C(ip), C(name) and C(id) is required.
        type: str
      name:
        description: Display name of the host.
        type: str
      id:
        description: Unique id of the host (C(KLHST_WKS_HOSTNAME)).
        type: str
      virtual_server: &virtual_server
        description:
          - Display name of the virtual Administration Server.
          - With O(state=present), each host requires C(virtual_server) or C(group).
        type: str
      group: &group
        description:
          - Administration group, as a path such as V(Web/Frontend) below Managed devices. V(/) is Managed devices itself.
          - Only for O(state=present).
        type: str
      create_group:
        description: &create_group
          - Whether to create the administration groups of the path that do not exist.
        type: bool
      agent_server_address: &agent_server_address
        description:
          - Address at which the Network Agent of the host connects to the primary Administration Server. If not set, O(server) is used.
        type: str
      agent_ports:
        description: &agent_ports
          - Ports of the Administration Server for Network Agents.
        type: list
        elements: int
      agent_ssl_ports:
        description: &agent_ssl_ports
          - TLS ports of the Administration Server for Network Agents.
        type: list
        elements: int
  virtual_server: *virtual_server
  group: *group
  create_group:
    description: *create_group
    type: bool
    default: false
  agent_server_address: *agent_server_address
  agent_ports:
    description: *agent_ports
    type: list
    elements: int
    default: [14000]
  agent_ssl_ports:
    description: *agent_ssl_ports
    type: list
    elements: int
    default: [13000]
"""

    # Entries of ksc_remote_install.
    INSTALLATION = r"""
options:
  hosts:
    description:
      - List of hosts. An option that applies to most of them can be set once, outside this list; the value in an entry takes precedence.
      - With an empty list, there is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description: Name of this entry in messages and results, such as the name of an inventory host.
        type: str
      ip:
        description: IPv4 address of the host. Exactly one of C(ip), C(name) and C(id) is required.
        type: str
      name:
        description: Display name of the host.
        type: str
      id:
        description: Unique id of the host (C(KLHST_WKS_HOSTNAME)).
        type: str
      virtual_server: &virtual_server
        description:
          - Display name of the virtual Administration Server that manages the host and runs the task. If not set, the primary server.
          - This server must have the installation packages, see M(ksv.light_agent.ksc_package_retranslate).
        type: str
      product: &product
        description:
          - Application to install or remove. It is required for each host.
        type: dict
        suboptions:
          name:
            description: Product name, such as V(KSVLA) for the Light Agent for Windows or V(kesl) for the Light Agent for Linux.
            type: str
            required: true
          version:
            description:
              - Product version, such as V(5.2.0.0). This is the version of the management plug-in.
              - Required with O(state=present). If not set with O(state=absent), any version is removed.
            type: str
          display_version:
            description:
              - Build of the application, such as V(5.2.0.1304). Builds of the same product version differ only in this number.
              - With O(state=present) the installation package of this build is used, and a host with an older build is upgraded. A host
                with a newer build is left as it is. If not set, the newest package is used, and builds are not compared. The build of a
                host is read from its record, by a search, or from its list of applications; if the server does not report it, the
                module shows a warning and leaves the host as it is.
            type: str
      agent:
        description: &agent
          - Installation package of Network Agent, which is installed before the application.
        type: dict
        suboptions: &agent_suboptions
          name:
            description: Product name of Network Agent.
            type: str
            default: '1103'
          version:
            description: Product version of Network Agent.
            type: str
            default: 1.0.0.0
      group: &group
        description:
          - Administration group to which the server moves the host after the installation, as a path below Managed devices. If not set,
            Managed devices.
        type: str
      create_group:
        description: &create_group
          - Whether to create the administration groups of the path that do not exist.
        type: bool
      os_username: &os_username
        description:
          - Account in the operating system of the host with the rights to install software.
        type: str
      os_password: &os_password
        description:
          - Password of the account O(os_username) in the operating system of the host.
        type: str
      password_format:
        description: &password_format
          - V(plain) sends O(os_password) as in the vendor's article, protected only by TLS.
          - V(protected) requests that the server encrypt O(os_password) first (C(Tasks.ProtectPassword)), as its API reference specifies.
          - The default is V(plain).
        type: str
        choices: [plain, protected]
      removal_password: &removal_password
        description:
          - Password that is required to remove the application if a policy has password protection turned on. Only for O(state=absent), and
            only for applications for Windows.
          - The server encrypts the password first (C(Tasks.ProtectPassword)), and the task contains it as C(UNLOCK_PASSWORD_CRYPTED). This
            requires Kaspersky Security Center 15.1 or later; with an older server the module fails.
        type: str
  virtual_server: *virtual_server
  product: *product
  agent:
    description: *agent
    type: dict
    default: {}
    suboptions: *agent_suboptions
  group: *group
  create_group:
    description: *create_group
    type: bool
    default: false
  os_username: *os_username
  os_password: *os_password
  password_format:
    description: *password_format
    type: str
    choices: [plain, protected]
    default: plain
  removal_password: *removal_password
"""

    # Entries of ksc_host_info.
    INQUIRY = r"""
options:
  hosts:
    description:
      - List of hosts to read. An option that applies to most of them can be set once, outside this list; the value in an entry takes
        precedence.
    type: list
    elements: dict
    suboptions:
      label:
        description: Name of this entry in the results, such as the name of an inventory host.
        type: str
      ip:
        description: IPv4 address of the host. Exactly one of C(ip), C(name) and C(id) is required.
        type: str
      name:
        description: Display name of the host.
        type: str
      id:
        description: Unique id of the host (C(KLHST_WKS_HOSTNAME)).
        type: str
      virtual_server: &virtual_server
        description:
          - Display name of the virtual Administration Server to read from. If not set, the primary server.
        type: str
      product: &product
        description:
          - Also return whether the host has this application (RV(hosts[].has_product)), with one search for all hosts of a server.
        type: dict
        suboptions:
          name:
            description: Product name, such as V(KSVLA).
            type: str
            required: true
          version:
            description: Product version, such as V(5.2.0.0). If not set, any version.
            type: str
          display_version:
            description:
              - Build of the application, such as V(5.2.0.1304). If set, a host with another build does not have the application. If not set,
                any build.
            type: str
  virtual_server: *virtual_server
  product: *product
"""

    # Entries of ksc_package_retranslate.
    PACKAGES = r"""
options:
  packages:
    description:
      - List of installation packages, identified by the product that they install. With an empty list, there is nothing to do.
    type: list
    elements: dict
    required: true
    suboptions:
      label:
        description: Name of this entry in the results.
        type: str
      name:
        description:
          - Product name (C(KLPKG_NPI_PRODUCT_NAME)), such as V(1103) for Network Agent, V(KSVLA) for the Light Agent for Windows,
            V(kesl) for the Light Agent for Linux.
        type: str
        required: true
      version:
        description:
          - Product version (C(KLPKG_NPI_PRODUCT_VERSION)), such as V(5.2.0.0). This is the version of the management plug-in.
        type: str
        required: true
      display_version:
        description:
          - Build of the package (C(KLPKG_NPI_PRODUCT_DISPL_VERSION)), if the primary server has several. If not set, the newest package is
            used, and any build on the virtual server is accepted.
        type: str
      virtual_server: &virtual_server
        description:
          - Display names of the virtual Administration Servers to which the package is distributed. Required for each package.
        type: list
        elements: str
  virtual_server: *virtual_server
"""
