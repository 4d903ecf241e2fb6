#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_task_info
short_description: Gather information about tasks of Kaspersky Security Center
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Lists the tasks of the primary or of a virtual Administration Server, with the state of each of their hosts.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.reads
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
options:
  virtual_server:
    description:
      - Display name of the virtual Administration Server to read from. If not set, the primary server.
    type: str
  id:
    description:
      - Ids of the tasks to return. This also works on servers that cannot list tasks.
    type: list
    elements: str
  name:
    description:
      - Display name of the tasks to return.
    type: str
  details:
    description:
      - Whether to also return the progress of each task and the state of its hosts. This takes up to five additional requests for each
        task.
    type: bool
    default: true
seealso:
  - module: ksv.light_agent.ksc_remote_install
"""

EXAMPLES = r"""
- name: Get the progress of an installation that timed out
  ksv.light_agent.ksc_task_info:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    virtual_server: Tenant A
    id: ["45"]
  delegate_to: localhost
  register: installation
"""

RETURN = r"""
tasks:
  description: The tasks.
  returned: success
  type: list
  elements: dict
  contains:
      id:
        description: Id of the task.
        type: str
      name:
        description: Display name of the task. Only without O(id).
        type: str
      type:
        description: Type of the task, such as V(Remote Installation). Only without O(id).
        type: str
      product:
        description: Component that runs the task. Only without O(id).
        type: str
      created:
        description: When the task was created, ISO 8601 in UTC. Only without O(id).
        type: str
      finished:
        description: Whether the task has completed on all hosts. Only with O(details).
        type: bool
      statistics:
        description: How many hosts are in which state. Only with O(details).
        type: dict
      hosts:
        description: State and reason of each host; null if the server does not report it. Only with O(details).
        type: list
        elements: dict
  sample:
    - id: "45"
      finished: false
      statistics:
        pending: 1
        succeeded: 4
      hosts:
        - id: 7ad995e2-eb62-40e5-9c7e-5abae19979a0
          name: web-1
          state: pending
          reason: ""
missing:
  description: Ids in O(id) that the server does not have, with O(details=true). With O(details=false), they are not looked up.
  returned: success
  type: list
  elements: str
  sample: []
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: Tasks.GetTaskStatistics
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run_info
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.info import task_view


def main() -> None:
    spec = Spec(
        {
            "id": {"type": "list", "elements": "str"},
            "name": {"type": "str"},
            "details": {"type": "bool", "default": True},
        },
        mutually_exclusive=[("id", "name")],
    )
    run_info(options.CONNECTION + options.VIRTUAL_SERVER + spec, options.servers, task_view)


if __name__ == "__main__":
    main()
