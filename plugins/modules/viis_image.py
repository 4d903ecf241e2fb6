#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_image
short_description: Register and validate SVM images on the Integration Server
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Registers SVM images by their manifests, and validates their authenticity on the server. All images are validated in parallel.
  - An image and its manifest must be in the same folder on the machine of the Integration Server; this module does not copy them.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._entries
  - ksv.light_agent._viis
  - ksv.light_agent._viis.image
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: partial
    details:
      - With O(image_id), nothing is changed.
      - Without O(image_id), the image is registered each time, because the vendor documents no request that lists images. If the server
        lists images with their manifests nevertheless, the registered image is used.
      - Validating an image changes nothing.
options: {}
seealso:
  - module: ksv.light_agent.viis_svm
"""

EXAMPLES = r"""
- name: Register the image for two types of infrastructures
  ksv.light_agent.viis_image:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
    manifest_path: /opt/svm/image.xml
    types: [PROXMOX, VMWARE]
  delegate_to: localhost
  register: image

- name: Validate the image again

  ksv.light_agent.viis_image:
    image_id: "{{ image.image_id }}"

- name: Register two images
  ksv.light_agent.viis_image:
    images:
      - manifest_path: /opt/svm/kvm/image.xml
        types: [LIBVIRT, PROXMOX]
      - manifest_path: /opt/svm/vmware/image.xml
        types: [VMWARE]
"""

RETURN = r"""
images:
  description: One entry per entry of O(images), in the same order.
  returned: always, unless an error affects all entries
  type: list
  elements: dict
  contains:
    label:
      description: Label of the entry, null without one.
      type: str
    image_id:
      description: Id of the image, null while it is not registered.
      type: str
    svm_version:
      description: Version of the SVM in the image, null if the server does not report it.
      type: str
    product_name:
      description: Name of the product in the image, null if the server does not report it.
      type: str
    types:
      description: Infrastructure types that the image is registered for.
      type: list
      elements: str
    validated:
      description: Whether the server has validated the authenticity of the image in this run.
      type: bool
    task_id:
      description: Id of the task of the server that validates the image, null without one.
      type: str
    result:
      description:
        - Result of the entry; in check mode, the predicted result.
        - One of V(registered), V(unchanged), V(pending), V(failed).
      type: str
    reason:
      description: Why the entry failed or is pending, or other remarks.
      type: str
    diff:
      description: The state before and after, as text. Only with C(--diff), and only of an entry that changes.
      type: dict
  sample:
    - label: null
      image_id: 1d3a4e52-90cf-4a5b-8a67-0f0c1f5f7e11
      svm_version: 6.2.0.1056
      product_name: Kaspersky Security for Virtualization Light Agent
      types: [PROXMOX, VMWARE]
      validated: true
      task_id: 0f1b4a4e-6dfb-4a55-9c32-46a1b0b9f0e9
      result: registered
      reason: ""
image_id:
  description: Id of the image; null in check mode while it is not registered yet, and if there are several entries.
  returned: success
  type: str
  sample: 1d3a4e52-90cf-4a5b-8a67-0f0c1f5f7e11
svm_version:
  description:
    - Version of the SVM in the image. Null with O(image_id) if the server does not list images, and if there are several entries.
  returned: success
  type: str
  sample: 6.2.0.1056
product_name:
  description: Name of the product in the image. Null if there are several entries.
  returned: success
  type: str
  sample: Kaspersky Security for Virtualization Light Agent
types:
  description: Infrastructure types that the image is registered for. Null if there are several entries.
  returned: success
  type: list
  elements: str
  sample: [PROXMOX, VMWARE]
validated:
  description: Whether the server has validated the authenticity of the image in this run. Null if there are several entries.
  returned: success
  type: bool
  sample: true
task_id:
  description: Id of the task of the server that validates the image, of the first one if there are several. Null without one.
  returned: always, unless an error affects all entries
  type: str
  sample: 0f1b4a4e-6dfb-4a55-9c32-46a1b0b9f0e9
task_ids:
  description: Ids of all tasks of the server in this run.
  returned: always, unless an error affects all entries
  type: list
  elements: str
  sample: [0f1b4a4e-6dfb-4a55-9c32-46a1b0b9f0e9]
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: when there is a single entry, or an error affects all entries
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
