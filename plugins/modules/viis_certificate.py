#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_certificate
short_description: Have the Integration Server trust TLS certificates and SSH keys
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Has the Integration Server read what addresses present, compares that with pinned thumbprints, and has the server trust it.
  - M(ksv.light_agent.viis_infrastructure) does this itself for the infrastructures that it connects. This module is for the reserve
    server of a cluster, and for trust that is set up beforehand.
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
      - Nothing is sent for a certificate that the server accepts, unless O(force=true).
options: {}
notes:
  - The API has no documented way to list or to withdraw what is trusted. A changed certificate is noticed by O(thumbprint), or
    if the server lists its rules nevertheless.
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

- name: Trust the SSH keys of two hypervisors, whatever they are now
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
  returned: always, unless an error concerns all entries
  type: list
  elements: dict
  contains:
    label:
      description: Label of the entry, null without one.
      type: str
    address:
      description: Address that was asked, as C(host:port).
      type: str
    kind:
      description: V(https) or V(ssh).
      type: str
    thumbprint:
      description: Thumbprint of what the address presents, null if it could not be read.
      type: str
    remarks:
      description: What the server remarks about the certificate or key.
      type: list
      elements: str
    result:
      description:
        - What happened, in check mode what would happen.
        - One of V(trusted), V(unchanged), V(failed).
      type: str
    reason:
      description: Why the entry failed or is pending, in words, or what else is to be said about it.
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
  description: Address that was asked, as C(host:port). Null if there are several entries.
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
  description: What the server remarks about the certificate or key. Null if there are several entries.
  returned: success
  type: list
  elements: str
  sample: []
failure:
  description: What went wrong, for a playbook to look at; C(msg) says it in words.
  returned: when there is a single entry, or an error concerns all entries
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
