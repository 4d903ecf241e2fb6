#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_certificate
short_description: Manage trusted TLS certificates and SSH keys of the Integration Server
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Reads the certificates and keys of addresses through the Integration Server, compares them with the given thumbprints, and adds them
    to the trusted ones of the Integration Server.
  - M(ksv.light_agent.viis_infrastructure) trusts the certificates and keys of the infrastructures that it connects by itself. Use this
    module for the reserve server of a cluster, or to establish trust in advance.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._entries
  - ksv.light_agent._viis
  - ksv.light_agent._viis.certificate
attributes:
  idempotent:
    support: full
    details:
      - A certificate or key that the server already trusts is not added again, unless O(force=true).
options: {}
notes:
  - The API has no documented method to list or remove trusted certificates and keys. A changed certificate is detected by O(thumbprint),
    or if the server lists its rules nevertheless.
seealso:
  - module: ksv.light_agent.viis_infrastructure
  - module: ksv.light_agent.viis_ha_instance
"""

EXAMPLES = r"""
- name: Trust the certificate of the reserve server
  ksv.light_agent.viis_certificate:
    server: viis1.example.com
    password: "{{ vault_viis_password }}"
    ca_path: /etc/pki/viis1.pem
    address: viis2.example.com:7271
    thumbprint: 3A:4F:2B:90:11:C6:7D:58:E0:0B:5D:4C:18:AA:93:F7:6E:25:D1:8C
  delegate_to: localhost

- name: Trust the SSH keys of two hypervisors on first use
  ksv.light_agent.viis_certificate:
    kind: ssh
    trust_on_first_use: true
    certificates:
      - address: kvm1.example.com:22
      - address: kvm2.example.com:22
"""

RETURN = r"""
certificates:
  description: One entry per entry of O(certificates), in the same order.
  returned: always, unless an error affects all entries
  type: list
  elements: dict
  contains:
    label:
      description: Label of the entry, null without one.
      type: str
    address:
      description: Address of the certificate or key, as C(host:port).
      type: str
    kind:
      description: V(https) or V(ssh).
      type: str
    thumbprint:
      description: Thumbprint of what the address presents, null if it could not be read.
      type: str
    remarks:
      description: Remarks of the server about the certificate or key.
      type: list
      elements: str
    result:
      description:
        - Result of the entry; in check mode, the predicted result.
        - One of V(trusted), V(unchanged), V(failed).
      type: str
    reason:
      description: Why the entry failed or is pending, or other remarks.
      type: str
    diff:
      description: The state before and after, as text. Only with C(--diff), and only of an entry that changes.
      type: dict
  sample:
    - label: null
      address: viis2.example.com:7271
      kind: https
      thumbprint: 3A4F2B9011C67D58E00B5D4C18AA93F76E25D18C
      remarks: []
      result: trusted
      reason: ""
address:
  description: Address of the certificate or key, as C(host:port). Null if there are several entries.
  returned: success
  type: str
  sample: viis2.example.com:7271
kind:
  description: V(https) or V(ssh). Null if there are several entries.
  returned: success
  type: str
  sample: https
thumbprint:
  description: Thumbprint of what the address presents. Null if there are several entries.
  returned: success
  type: str
  sample: 3A4F2B9011C67D58E00B5D4C18AA93F76E25D18C
remarks:
  description: Remarks of the server about the certificate or key. Null if there are several entries.
  returned: success
  type: list
  elements: str
  sample: []
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: when there is a single entry, or an error affects all entries
  type: dict
  sample:
    kind: untrusted
    server: viis1.example.com:7271
    address: viis2.example.com:7271
    identity: https
    thumbprint: 77AA0C5D4C18AA93F76E25D18C3A4F2B9011C67D
    expected: [3A:4F:2B:90:11:C6:7D:58:E0:0B:5D:4C:18:AA:93:F7:6E:25:D1:8C]
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import run
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.certificate import SPEC, CertificateJob


def main() -> None:
    run(options.CONNECTION + options.ON_FAILURE + SPEC, options.server, CertificateJob)


if __name__ == "__main__":
    main()
