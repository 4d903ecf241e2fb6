#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_stale_host
short_description: Remove stale host records from Kaspersky Security Center
version_added: 1.0.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - When a machine is re-created, when its hardware changes or its Network Agent is reinstalled, Kaspersky Security Center creates a new
    record for it. The old record stays, counts toward the license limit, and makes the address or name of the machine ambiguous.
  - This module finds records of a server that share an address or a name, and removes those that are stale. It never removes a record whose
    Network Agent is connected, the only record of an address and name, or a dynamic machine of a virtual desktop infrastructure.
  - Which of these records are kept, and why, is returned in RV(records). In check mode nothing is removed.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
attributes:
  idempotent:
    support: partial
    details:
      - A second run removes nothing more, unless stale records are left because of O(max_removals).
options:
  virtual_server:
    description:
      - Display names of the virtual Administration Servers on which stale records are removed. If not set, this is the primary server.
      - With an empty list, there is nothing to do.
    type: list
    elements: str
  max_removals:
    description:
      - Maximum number of records to remove, on all servers together. Those that have been inactive longest are removed first.
    type: int
    default: 10
  inactive_days:
    description:
      - Number of days by which the last connection of a stale record must precede that of the live record, if the two records share only
        the name or only the address. An address may have been given to another machine, and two machines may have the same name.
      - A record that shares both name and address with a live record is stale regardless of this number.
    type: float
    default: 7
  on_failure:
    description:
      - V(fail) reports an error if a server cannot be queried, before anything is removed, and at the end if a record could not be removed.
      - V(report) only returns these failures in RV(records). An error that affects all servers still fails the task.
    type: str
    choices: [fail, report]
    default: fail
notes:
  - A record is stale only where another record of its address or name has a connected Network Agent. Nothing is removed where this does not
    decide which record is live, or where a Network Agent has not synchronized yet.
  - From Kaspersky Security Center 15.1 on the server first moves a record to Unassigned devices and then deletes it. A rule that moves
    hosts out of Unassigned devices may bring it back.
  - Whether a host is a dynamic machine of a virtual desktop infrastructure is read from an attribute (C(HST_VM_VDI)) that not every server
    may know. If the server does not know it, the module warns and treats such machines like all others.
seealso:
  - module: ksv.light_agent.ksc_host
  - module: ksv.light_agent.ksc_host_info
"""

EXAMPLES = r"""
- name: List the stale records of a tenant
  ksv.light_agent.ksc_stale_host:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    virtual_server: [Tenant A]
  check_mode: true
  delegate_to: localhost
  register: stale

- name: Remove up to 50 stale records
  ksv.light_agent.ksc_stale_host:
    virtual_server: [Tenant A]
    max_removals: 50
  delegate_to: localhost
"""

RETURN = r"""
records:
  description: All records that share an address or a name with another one of their server.
  returned: always, unless an error affects the whole task
  type: list
  elements: dict
  contains:
    id:
      description: Unique id; null if the server could not be queried.
      type: str
    name:
      description: Display name.
      type: str
    ip:
      description: IPv4 address.
      type: str
    virtual_server:
      description: The virtual server; null for the primary server.
      type: str
    last_connected:
      description: When the Network Agent of the record last connected, ISO 8601 in UTC.
      type: str
    others:
      description: Ids of the records that share the address or the name of this record.
      type: list
      elements: str
    result:
      description:
        - Result of the entry; in check mode, the predicted result.
        - One of V(removed), V(kept), V(failed).
      type: str
    reason:
      description: Why the record was kept, or why its removal failed.
      type: str
    error:
      description: Kind of the error if the server could not be queried, such as V(authentication).
      type: str
      returned: on failure
    diff:
      description: The record before and after, as text.
      type: dict
      returned: in diff mode
  sample:
    - id: 7ad995e2-eb62-40e5-9c7e-5abae19979a0
      name: web-01
      ip: 192.0.2.11
      virtual_server: Tenant A
      last_connected: "2026-10-16T12:00:00Z"
      others: [5c1d6d43-0a5b-4a3c-8f0e-2f0f5a6c7b81]
      result: removed
      reason: ""
report:
  description: The result of each record in one sentence.
  returned: always, unless an error affects the whole task
  type: list
  elements: str
  sample: ["Tenant A, web-01 (192.0.2.11, id 7ad995e2-eb62-40e5-9c7e-5abae19979a0): removed"]
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: when an error affects the whole task
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: HostGroup.FindHosts
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.stale_host import Cleanup


def main() -> None:
    own = Spec(
        {
            "virtual_server": {"type": "list", "elements": "str"},
            "max_removals": {"type": "int", "default": 10},
            "inactive_days": {"type": "float", "default": 7},
            "on_failure": {"type": "str", "default": "fail", "choices": ["fail", "report"]},
        }
    )
    run(options.CONNECTION + options.ACCOUNTS + own, options.servers, Cleanup)


if __name__ == "__main__":
    main()
