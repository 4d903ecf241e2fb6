#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_task_info
short_description: Gather information about tasks of the Integration Server
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Returns the state of tasks of the Integration Server, for each SVM.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.reads
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._viis
options:
  id:
    description:
      - Ids of the tasks, as RV(ksv.light_agent.viis_svm#module:task_id) and RV(ksv.light_agent.viis_image#module:task_id) return them.
    type: list
    elements: str
    required: true
seealso:
  - module: ksv.light_agent.viis_svm
"""

EXAMPLES = r"""
- name: Get the progress of a deployment that timed out
  ksv.light_agent.viis_task_info:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
    id: [4c1d7d0e-8f3c-44f7-9d2b-8d5f6c0b1a0e]
  delegate_to: localhost
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
    type:
      description: Type of the task, such as V(DeployMultipleSvm).
      type: str
    state:
      description: State of the task, as the server returns it.
      type: str
    finished:
      description: Whether the task has ended, successfully or not.
      type: bool
    succeeded:
      description: Whether the task has succeeded.
      type: bool
    progress:
      description: Progress in percent.
      type: float
    created:
      description: When the task was created.
      type: str
    changed:
      description: When the task changed last.
      type: str
    error:
      description: Why the task failed, null if it did not.
      type: str
    svms:
      description: State, step and error of the task for each SVM.
      type: list
      elements: dict
  sample:
    - id: 4c1d7d0e-8f3c-44f7-9d2b-8d5f6c0b1a0e
      type: DeployMultipleSvm
      state: Running
      finished: false
      succeeded: false
      progress: 40
      created: "2026-01-01T10:00:00"
      changed: "2026-01-01T10:20:00"
      error: null
      svms:
        - task_id: fc3e6aeb-d16c-4c86-9756-cb6f5d63a46a
          name: svm-pve1
          id: null
          ip_address: null
          state: Running
          progress: 40
          step: UploadSvmImage
          error: null
missing:
  description: Ids of tasks that the server does not have any more. This is not an error.
  returned: success
  type: list
  elements: str
  sample: []
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: unreachable
    server: viis1.example.com:7271
    method: GET /api/3.0/virtualization/tasks
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run_info
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.info import task_info


def main() -> None:
    spec = Spec({"id": {"type": "list", "elements": "str", "required": True}})
    run_info(options.CONNECTION + spec, options.server, task_info)


if __name__ == "__main__":
    main()
