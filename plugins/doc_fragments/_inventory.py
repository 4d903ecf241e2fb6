# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

from __future__ import annotations


class ModuleDocFragment:
    # What both inventory plugins have.
    DOCUMENTATION = r"""
options:
  on_failure:
    description:
      - What to do if a part of the inventory cannot be read, such as a virtual Administration Server that refuses the account or an
        infrastructure that does not exist.
      - V(warn) names the part in a warning and lists the others. Such an incomplete inventory is not cached.
      - V(fail) fails the inventory source. Use it wherever a missing host has consequences, such as in AWX with I(Overwrite), which deletes
        hosts that are not listed.
      - A source of which no part can be read always fails.
    type: str
    choices: [warn, fail]
    default: warn
  role_variables:
    description:
      - Whether to set the variables that the roles of this collection read, as far as the server knows their value; see the notes.
      - Host variables of an inventory source take precedence over C(group_vars). Use O(compose) or extra variables to replace a value, or
        set this to V(false).
    type: bool
    default: true
notes:
  - The name of a host in the inventory consists of letters, digits, underscores, hyphens, periods and tildes; any other character of a
    name is replaced by an underscore.
  - An inventory name never stands for two machines. If several records have the same name, each of them is listed under a longer name, and a
    warning names them. So are hosts whose name has a meaning of its own in Ansible (V(localhost), V(all), V(ungrouped)), and hosts that
    another source has listed under the same name but that are different machines.
  - Values that come from the server are never evaluated as templates. Those that could be templates are marked unsafe.
  - Values of options that are strings may be templates, such as lookups.
  - An option that the plugin does not know is an error, because a misspelled filter would list every host.
"""

    # The connection to the primary Administration Server.
    KSC = r"""
options:
  server:
    description:
      - Address or name of the primary Administration Server.
      - Required, here or in E(KSC_SERVER).
    type: str
    env:
      - name: KSC_SERVER
  port:
    description:
      - Port of KSC OpenAPI on that server.
    type: int
    default: 13299
    env:
      - name: KSC_PORT
  username:
    description:
      - Account on the primary Administration Server, and on virtual servers without an account of their own.
      - Required, here or in E(KSC_USERNAME).
    type: str
    env:
      - name: KSC_USERNAME
  password:
    description:
      - Password of O(username). A password that a server does not accept is never tried again, because accounts lock.
      - Required, here or in E(KSC_PASSWORD).
    type: str
    env:
      - name: KSC_PASSWORD
  domain:
    description:
      - Windows domain of O(username), for an account that is not a user of Kaspersky Security Center itself.
    type: str
    env:
      - name: KSC_DOMAIN
  internal_user:
    description:
      - Whether O(username) is a user of Kaspersky Security Center itself (V(true)) or of the operating system or domain (V(false)).
    type: bool
    default: false
    env:
      - name: KSC_INTERNAL_USER
  auth_method:
    description:
      - How to log in.
      - V(session) starts a session and ends it when all hosts are read. Where the server has no such call, the plugin goes on with V(login).
      - V(login) is the login of the vendor's article. It belongs to the connection and is repeated when that drops.
    type: str
    choices: [session, login]
    default: session
  validate_certs:
    description:
      - Whether to verify the certificate of the server. Set O(ca_path) rather than turning this off.
    type: bool
    default: true
    env:
      - name: KSC_VALIDATE_CERTS
  ca_path:
    description:
      - File with the certificates to trust, in PEM form, on the controller. If not set, E(REQUESTS_CA_BUNDLE) is used.
      - For the self-signed certificate that the Administration Server makes for itself this is that certificate, C(klserver.cer).
    type: path
    env:
      - name: KSC_CA_PATH
  request_timeout:
    description:
      - Request timeout in seconds.
    type: float
    default: 60
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
requirements:
  - requests (on the controller)
"""

    # The connection to the Integration Server.
    VIIS = r"""
options:
  server:
    description:
      - Address or name of the Integration Server. In a cluster, of the primary Integration Server.
      - Required, here or in E(VIIS_SERVER).
    type: str
    env:
      - name: VIIS_SERVER
  port:
    description:
      - TCP port of the REST API of the Integration Server.
    type: int
    default: 7271
    env:
      - name: VIIS_PORT
  username:
    description:
      - Account on the Integration Server. Only the administrator account may use the REST API.
    type: str
    default: admin
    env:
      - name: VIIS_USERNAME
  password:
    description:
      - Password of the account on the Integration Server. A password that the server does not accept is never tried again.
      - Required, here or in E(VIIS_PASSWORD).
    type: str
    env:
      - name: VIIS_PASSWORD
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the Integration Server. Set O(ca_path) rather than turning this off.
    type: bool
    default: true
    env:
      - name: VIIS_VALIDATE_CERTS
  ca_path:
    description:
      - File with the certificates to trust, in PEM form, on the controller. If not set, E(REQUESTS_CA_BUNDLE) is used.
    type: path
    env:
      - name: VIIS_CA_PATH
  request_timeout:
    description:
      - Request timeout in seconds.
    type: float
    default: 60
requirements:
  - requests (on the controller)
"""
