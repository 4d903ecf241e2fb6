#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_server_role
short_description: Set the role of an Integration Server in a cluster
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Assigns the primary role to an Integration Server, so that a reserve server can be registered on it.
  - Clusters exist since Kaspersky Security for Virtualization Light Agent 6.4, for Integration Servers on Linux.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._viis
attributes:
  idempotent:
    support: partial
    details:
      - The vendor documents no request that returns the role. A server with a registered reserve server is known to be the primary one;
        otherwise the role is assigned each time and reported as changed, unless the server returns its role nevertheless.
options:
  role:
    description:
      - Role of the Integration Server. The vendor documents no way to revoke it.
      - The role of a reserve server is assigned by registering it with M(ksv.light_agent.viis_ha_instance).
    type: str
    choices: [primary]
    default: primary
seealso:
  - module: ksv.light_agent.viis_ha_instance
"""

EXAMPLES = r"""
- name: Make a server the primary Integration Server
  ksv.light_agent.viis_server_role:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
    role: primary
  delegate_to: localhost
"""

RETURN = r"""
role:
  description: The role that the server has now.
  returned: success
  type: str
  sample: primary
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: access_denied
    server: viis1.example.com:7271
    method: PUT /api/3.0/server/configuration/role
    status: 403
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.server_role import RoleJob


def main() -> None:
    spec = Spec({"role": {"type": "str", "default": "primary", "choices": ["primary"]}})
    run(options.CONNECTION + spec, options.server, RoleJob)


if __name__ == "__main__":
    main()
