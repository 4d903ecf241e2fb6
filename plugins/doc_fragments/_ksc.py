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
      - Account on the primary Administration Server.
      - If not set, the environment variable E(KSC_USERNAME) is used.
    type: str
    required: true
  password:
    description:
      - Password of that account. A password that the server does not accept is never tried again, because accounts lock.
      - If not set, the environment variable E(KSC_PASSWORD) is used.
    type: str
    required: true
  domain:
    description:
      - Windows domain of the account, for an account that is not a user of Kaspersky Security Center itself.
      - If not set, the environment variable E(KSC_DOMAIN) is used.
    type: str
  internal_user:
    description:
      - Whether the account is a user of Kaspersky Security Center itself (V(true)) or of the operating system or domain (V(false)).
      - If not set, the environment variable E(KSC_INTERNAL_USER) is used.
    type: bool
    default: false
  auth_method:
    description:
      - How to log in.
      - V(session) starts a session and ends it when the module is done, also after a failure. Where the server has no such call,
        the module goes on with V(login).
      - V(login) is the login of the vendor's article. It belongs to the connection and is done anew when that drops.
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
      - How long one request may wait for its answer, in seconds.
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

    # The account on virtual servers.
    VIRTUAL_ACCOUNT = r"""
options:
  virtual_server_username:
    description:
      - Account on the virtual Administration Server, where it differs from O(username).
    type: str
  virtual_server_password:
    description:
      - Password of that account.
    type: str
  virtual_server_internal_user:
    description:
      - Whether that account is a user of Kaspersky Security Center itself.
      - Without this option it is taken as one, since administrators of a virtual server usually are.
    type: bool
"""

    # Which hosts.
    HOSTS = r"""
options:
  ip:
    description:
      - IPv4 addresses of the hosts.
      - The entries of O(ip), O(name) and O(id) add up; at least one is required. Each of them must be exactly one record on
        the server, otherwise the module fails before anything is changed.
    type: list
    elements: str
  name:
    description:
      - Display names of the hosts, taken literally; C(*) and C(?) are no wildcards.
    type: list
    elements: str
  id:
    description:
      - Unique ids of the hosts (C(KLHST_WKS_HOSTNAME)).
    type: list
    elements: str
  missing:
    description:
      - What to do about an entry without a record. An entry with several records is always an error.
    type: str
    choices: [fail, ignore]
    default: fail
"""

    # Modules that work through a task of the server.
    TASK = r"""
options:
  keep_task:
    description:
      - When to leave the finished task on the server. A task that is still at work always stays.
      - With V(failed) it is deleted when it went well everywhere; a failed one is replaced when the same is done again.
    type: str
    choices: [always, failed, never]
    default: failed
  on_host_failure:
    description:
      - Whether the module fails when a host failed, was not done in time or is not exactly one record, or only reports that in its
        return values and goes on with the others.
      - Errors that concern the whole, such as a wrong password, always fail.
    type: str
    choices: [fail, report]
    default: fail
"""
