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
      - Account on the primary Administration Server, and on virtual servers without an account of their own.
      - If not set, the environment variable E(KSC_USERNAME) is used.
    type: str
    required: true
  password:
    description:
      - Password of O(username). A password that a server does not accept is never tried again, because accounts lock.
      - If not set, the environment variable E(KSC_PASSWORD) is used.
    type: str
    required: true
  domain:
    description:
      - Windows domain of O(username), for an account that is not a user of Kaspersky Security Center itself.
      - If not set, the environment variable E(KSC_DOMAIN) is used.
    type: str
  internal_user:
    description:
      - Whether O(username) is a user of Kaspersky Security Center itself (V(true)) or of the operating system or domain (V(false)).
      - If not set, the environment variable E(KSC_INTERNAL_USER) is used.
    type: bool
    default: false
  auth_method:
    description:
      - How to log in.
      - V(session) starts a session and ends it when the module is done, also after a failure. Where the server has no such call,
        the module goes on with V(login).
      - V(login) is the login of the vendor's article. It belongs to the connection and is repeated when that drops.
    type: str
    choices: [session, login]
    default: session
  validate_certs:
    description:
      - Whether to verify the certificate of the server. Set O(ca_path) rather than turning this off.
      - If not set, the environment variable E(KSC_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates to trust, in PEM form, on the machine that runs the module.
      - For the self-signed certificate that the Administration Server makes for itself this is that certificate,
        C(klserver.cer).
      - If not set, the environment variable E(KSC_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE).
    type: path
  request_timeout:
    description:
      - Request timeout in seconds.
    type: float
    default: 60
  task_profile:
    description:
      - Which generation of the vendor's article the tasks follow.
      - V(6.1) sends C(TASKSCH_RUN_MISSED_FLAG), and creates the task that changes the Administration Server on the primary server.
      - V(5.2) sends C(PRTS_TASK_ENABLED), and creates that task on the virtual server.
    type: str
    choices: ['6.1', '5.2']
    default: '6.1'
requirements:
  - requests
notes:
  - The module talks to the server from the machine that it runs on. Usually that is the controller, so delegate to C(localhost).
"""

    # Accounts on virtual servers.
    ACCOUNTS = r"""
options:
  virtual_servers:
    description:
      - Accounts of virtual Administration Servers that have one of their own.
      - The account of a virtual server that is not listed is O(virtual_server_username) or, without that, O(username).
      - An account that is refused is asked once. It is the failure of the entries of that virtual server only.
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
        description: Windows domain of an account that is not a user of Kaspersky Security Center itself.
        type: str
      internal_user:
        description: Whether the account is a user of Kaspersky Security Center itself, as administrators of a virtual server usually are.
        type: bool
        default: true
  virtual_server_username:
    description:
      - Account on virtual Administration Servers, where it differs from O(username) and O(virtual_servers) says nothing else.
    type: str
  virtual_server_password:
    description:
      - Password of O(virtual_server_username).
    type: str
  virtual_server_domain:
    description:
      - Windows domain of O(virtual_server_username), for an account that is not a user of Kaspersky Security Center itself.
    type: str
  virtual_server_internal_user:
    description:
      - Whether O(virtual_server_username) is a user of Kaspersky Security Center itself, as administrators of a virtual server usually are.
    type: bool
    default: true
"""

    # Hosts in the short form, and which record is meant.
    HOSTS = r"""
options:
  ip:
    description:
      - IPv4 addresses of hosts; the short form of entries of O(hosts) that say nothing else.
      - The entries of O(hosts), O(ip), O(name) and O(id) add up; at least one of the options is required. Each entry must be exactly one
        record on its server.
    type: list
    elements: str
  name:
    description:
      - Display names of hosts, taken literally; C(*) and C(?) are no wildcards. A second record of a name, which the server shows with
        C(~~) and a number, is found by the name as well.
    type: list
    elements: str
  id:
    description:
      - Unique ids of hosts (C(KLHST_WKS_HOSTNAME)). Some servers give a host a new id when it moves to a virtual server.
    type: list
    elements: str
  missing:
    description:
      - What to do about an entry without a record. An entry with several records is always an error, unless O(duplicates) decides.
    type: str
    choices: [fail, ignore]
    default: fail
  duplicates:
    description:
      - What to do about an entry that is several records, such as those of a machine that was re-created, or of an address that was
        given to another machine.
      - V(fail) names all of them.
      - V(connected) takes the record whose Network Agent is connected and, of several or none, the one that was connected last, then the
        one that was seen last. All of them are named where that does not decide, where none of them has a Network Agent, and where the
        Network Agent of one has not synchronized yet, since then it is too early to tell.
    type: str
    choices: [fail, connected]
    default: fail
"""

    # Modules that work through tasks of the server.
    TASK = r"""
options:
  keep_task:
    description:
      - When to leave a finished task on the server. Only a task that this run has created is ever deleted, and a task that is still at
        work always stays.
      - With V(failed) the task is deleted when it went well everywhere.
    type: str
    choices: [always, failed, never]
    default: failed
  task_size:
    description:
      - Maximum number of devices of one task. More hosts are several tasks side by side.
      - The vendor's help for Kaspersky Security Center 14.2 allows 1000.
    type: int
    default: 1000
  wait_for:
    description:
      - Which hosts to wait for until O(wait_timeout).
      - V(connected) does not wait for hosts that cannot answer. When all others are done, a host whose Network Agent is not connected, or
        on which the task has not begun within O(start_timeout), is V(pending). The task stays on the server and begins when the host is
        back; the next run waits for it.
      - V(all) waits for every host.
    type: str
    choices: [connected, all]
    default: connected
  start_timeout:
    description:
      - Time in seconds within which a task has to begin on a host, for O(wait_for=connected). The status of a host in Kaspersky Security
        Center lags behind by minutes, so a host that was switched off just now still counts as connected.
    type: float
    default: 300
"""

    # Entries of ksc_host.
    PLACEMENT = r"""
options:
  hosts:
    description:
      - The hosts. An option that most of them share may be given once, beside this list; the value of an entry takes precedence.
      - An empty list is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description: What messages and results call this entry, such as the name of an inventory host.
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
          - With O(state=present) one of the options C(virtual_server) and C(group) is required for each host.
        type: str
      group: &group
        description:
          - Administration group, as a path such as V(Web/Frontend) below Managed devices. V(/) is Managed devices itself.
          - Only for O(state=present).
        type: str
      create_group:
        description: &create_group
          - Whether to create the part of the group's path that does not exist.
        type: bool
      agent_server_address: &agent_server_address
        description:
          - Address of the primary Administration Server as the Network Agent of the host reaches it. Without it, O(server) is used.
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
      - The hosts. An option that most of them share may be given once, beside this list; the value of an entry takes precedence.
      - An empty list is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description: What messages and results call this entry, such as the name of an inventory host.
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
          - Display name of the virtual Administration Server where the host is and the task runs; without it, the primary server.
          - The installation packages must be there, see M(ksv.light_agent.ksc_package_retranslate).
        type: str
      product: &product
        description:
          - The application. It is required for each host.
        type: dict
        suboptions:
          name:
            description: Product name, such as V(KSVLA) for the Light Agent for Windows or V(kesl) for the Light Agent for Linux.
            type: str
            required: true
          version:
            description:
              - Product version, such as V(5.2.0.0). This is the version of the management plug-in.
              - Required for O(state=present). For O(state=absent) the version that a host has is removed, whichever that is.
            type: str
          display_version:
            description:
              - The exact build of the application, such as V(5.2.0.1304). The version is that of the management plug-in, and does not
                change with builds.
              - With O(state=present) the installation package of this build is used, and a host with an older build is upgraded. A host
                with a newer build is left as it is. If not set, the newest package is used, and builds are not compared. The build of a
                host is read from its record, by a search, or from its list of applications; if the server does not tell it, the module
                warns and leaves the host as it is.
            type: str
      agent:
        description: &agent
          - The package of Network Agent, which is installed before the application.
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
          - Administration group, as a path below Managed devices, to which the server moves a host when the application was installed.
            Without it, Managed devices.
        type: str
      create_group:
        description: &create_group
          - Whether to create the part of the group's path that does not exist.
        type: bool
      os_username: &os_username
        description:
          - Account in the operating system of the host that may install software.
        type: str
      os_password: &os_password
        description:
          - Password of the account in the operating system.
        type: str
      password_format:
        description: &password_format
          - V(plain) sends the password as the vendor's article shows it, protected by TLS only.
          - V(protected) has the server encrypt the password first (C(Tasks.ProtectPassword)), as its API reference asks.
          - The default is V(plain).
        type: str
        choices: [plain, protected]
      removal_password: &removal_password
        description:
          - Password that a policy asks for before the application may be removed (password protection). Only for O(state=absent), and for
            applications on Windows.
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
      - The hosts to read. An option that most of them share may be given once, beside this list; the value of an entry takes precedence.
    type: list
    elements: dict
    suboptions:
      label:
        description: What results call this entry, such as the name of an inventory host.
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
          - Display name of the virtual Administration Server to read from; without it, the primary server.
        type: str
      product: &product
        description:
          - Also tell whether the host has this application (RV(hosts[].has_product)), with one search for all hosts of a server.
        type: dict
        suboptions:
          name:
            description: Product name, such as V(KSVLA).
            type: str
            required: true
          version:
            description: Product version, such as V(5.2.0.0). Without it, any version.
            type: str
  virtual_server: *virtual_server
  product: *product
"""

    # Entries of ksc_package_retranslate.
    PACKAGES = r"""
options:
  packages:
    description:
      - The packages, by the product that they install. An empty list is nothing to do.
    type: list
    elements: dict
    required: true
    suboptions:
      label:
        description: What results call this entry.
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
          - The exact build (C(KLPKG_NPI_PRODUCT_DISPL_VERSION)), where the primary server has several. Without it the newest package
            is taken, and any build on the virtual server is good.
        type: str
      virtual_server: &virtual_server
        description:
          - Display names of the virtual Administration Servers that shall have the package. They are required for each package.
        type: list
        elements: str
  virtual_server: *virtual_server
"""
