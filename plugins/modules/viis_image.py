#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_image
short_description: Register an SVM image on the Integration Server and check that it is authentic
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Registers the SVM image that a manifest describes, and has the server check that it is authentic.
  - Image and manifest lie in one folder on the machine of the Integration Server; this module does not copy them.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._viis
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: partial
    details:
      - With O(image_id) nothing changes.
      - Without it the image is registered each time, because the vendor documents no way to ask which images are registered. Where the
        server lists images with their manifests nevertheless, the one that is there is used.
      - Checking the image is no change.
options:
  manifest_path:
    description:
      - Absolute path of the image description file (C(*.xml)) on the machine of the Integration Server.
    type: str
    aliases: [manifest_url]
  types:
    description:
      - Infrastructure types that the image will be deployed to; see O(ksv.light_agent.viis_infrastructure#module:type).
    type: list
    elements: str
  image_id:
    description:
      - Id of an image that is registered already; it is only checked.
    type: str
  validate:
    description:
      - Whether to have the server check that the image is authentic. An image that is not is an error.
    type: bool
    default: true
seealso:
  - module: ksv.light_agent.viis_svm
"""

EXAMPLES = r"""
- name: Register the image for two infrastructures
  ksv.light_agent.viis_image:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
    manifest_path: /opt/svm/image.xml
    types: [PROXMOX, VMWARE]
  delegate_to: localhost
  register: image

- name: Check it again
  ksv.light_agent.viis_image:
    image_id: "{{ image.image_id }}"
"""

RETURN = r"""
image_id:
  description: Id of the image; null in check mode while it is not registered yet.
  returned: success
  type: str
  sample: 1d3a4e52-90cf-4a5b-8a67-0f0c1f5f7e11
svm_version:
  description: Version of the SVM in the image. Null with O(image_id), where the server does not list images.
  returned: success
  type: str
  sample: 6.2.0.1056
product_name:
  description: Name of the product in the image.
  returned: success
  type: str
  sample: Kaspersky Security for Virtualization Light Agent
types:
  description: Infrastructure types that it is registered for.
  returned: success
  type: list
  elements: str
  sample: [PROXMOX, VMWARE]
validated:
  description: Whether the server has found it authentic in this run.
  returned: success
  type: bool
  sample: true
task_id:
  description: The task of the server that checked it, if there was one.
  returned: success
  type: str
  sample: 0f1b4a4e-6dfb-4a55-9c32-46a1b0b9f0e9
failure:
  description: What went wrong, for a playbook to look at; C(msg) says it in words.
  returned: on failure
  type: dict
  sample:
    kind: refused
    server: viis1.example.com:7271
    image_id: 1d3a4e52-90cf-4a5b-8a67-0f0c1f5f7e11
    task_id: 0f1b4a4e-6dfb-4a55-9c32-46a1b0b9f0e9
    state: Failed
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import run
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.image import SPEC, ImageJob


def main() -> None:
    run(options.CONNECTION + options.WAIT + options.ON_FAILURE + SPEC, options.server, ImageJob)


if __name__ == "__main__":
    main()
