#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_ha_instance
short_description: Manage the reserve server of a cluster of Integration Servers
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Registers a reserve server on the primary Integration Server, updates its address, or removes it from the cluster.
  - The module connects only to the primary server, and waits until the primary server is connected to the reserve server.
  - Before registering, set the role of the primary server with M(ksv.light_agent.viis_server_role), and trust the certificate of the
    reserve server with M(ksv.light_agent.viis_certificate).
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._viis
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: full
    details:
      - The password cannot be read, so a changed password is not detected while the reserve server is connected; see O(update_password).
options:
  state:
    description:
      - V(present) registers the reserve server, and updates a registration that is not connected.
      - V(absent) removes the reserve server from the cluster.
    type: str
    choices: [present, absent]
    default: present
  address:
    description:
      - Address of the reserve server, as C(host:port) or, with the usual port 7271, C(host). Required with O(state=present).
    type: str
  reserve_password:
    description:
      - Password of the administrator of the reserve server. Required with O(state=present).
    type: str
  instance_id:
    description:
      - Id of the registration. It selects the registration if the address has changed and there are several.
    type: str
  on_address_mismatch:
    description:
      - What to do if a reserve server is registered with another address.
      - V(update) changes the address of the registration, as the vendor recommends when a reserve server has moved.
      - V(recreate) removes the other server from the cluster and registers the new one.
      - V(fail) reports an error with both addresses.
    type: str
    choices: [update, recreate, fail]
    default: update
  update_password:
    description:
      - V(on_create) sends the password of the reserve server only to register it, or to update a registration that is not connected.
      - V(always) sends the password each time.
    type: str
    choices: [on_create, always]
    default: on_create
  wait_timeout:
    default: 300
notes:
  - After it is registered, the reserve server itself rejects almost all requests of these modules.
seealso:
  - module: ksv.light_agent.viis_server_role
  - module: ksv.light_agent.viis_certificate
  - module: ksv.light_agent.viis_ha_instance_info
"""

EXAMPLES = r"""
- name: Register the reserve server
  ksv.light_agent.viis_ha_instance:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
    address: viis2.example.com:7271
    reserve_password: "{{ vault_viis2_password }}"
  delegate_to: localhost

- name: Remove the reserve server from the cluster
  ksv.light_agent.viis_ha_instance:
    address: viis2.example.com:7271
    state: absent
"""

RETURN = r"""
instance_id:
  description: Id of the registration; null in check mode while there is none yet.
  returned: success
  type: str
  sample: 5b0d2b8e-0d11-4a4e-9a55-a7d1c7f2f3a1
instance:
  description: The registration. With O(state=absent), as it was.
  returned: success
  type: dict
  contains:
    id:
      description: Id of the registration.
      type: str
    role:
      description: Role of the server, V(Reserve).
      type: str
    address:
      description: Address of the reserve server, as C(host:port).
      type: str
    connected:
      description: Whether the primary server is connected to the reserve server.
      type: bool
    status:
      description: State of the connection, as the server returns it.
      type: str
    error:
      description: Error of the connection, as the server returns it.
      type: str
    created:
      description: When the reserve server was registered.
      type: str
  sample:
    id: 5b0d2b8e-0d11-4a4e-9a55-a7d1c7f2f3a1
    role: Reserve
    address: viis2.example.com:7271
    connected: true
    status: Connected
    error: NoError
    created: "2026-01-01T10:00:00"
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: connection_failed
    server: viis1.example.com:7271
    instance_id: 5b0d2b8e-0d11-4a4e-9a55-a7d1c7f2f3a1
    address: viis2.example.com:7271
    status: Disconnected
    error: Unauthorized
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.ha_instance import InstanceJob


def main() -> None:
    spec = Spec(
        {
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "address": {"type": "str"},
            "reserve_password": {"type": "str", "no_log": True},
            "instance_id": {"type": "str"},
            "on_address_mismatch": {"type": "str", "default": "update", "choices": ["update", "recreate", "fail"]},
            "update_password": {
                "type": "str",
                "default": "on_create",
                "choices": ["on_create", "always"],
                "no_log": False,
            },
        },
        required_if=[
            ("state", "present", ("address", "reserve_password")),
            ("state", "absent", ("address", "instance_id"), True),
        ],
    )
    run(options.CONNECTION + options.WAIT.with_defaults(wait_timeout=300) + spec, options.server, InstanceJob)


if __name__ == "__main__":
    main()
