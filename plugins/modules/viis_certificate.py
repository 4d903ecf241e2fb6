#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: viis_certificate
short_description: Have the Integration Server trust a TLS certificate or SSH key
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Has the Integration Server read what an address presents, compares it with a pinned thumbprint, and has the server trust it.
  - M(ksv.light_agent.viis_infrastructure) does this itself for the infrastructure that it connects. This module is for the reserve
    server of a cluster, and for trust that is set up beforehand.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.viis
  - ksv.light_agent._viis
  - ksv.light_agent._viis.jobs.certificate
attributes:
  idempotent:
    support: full
    details:
      - Nothing is sent for what the server says that it accepts, unless O(force=true).
options:
  address:
    description:
      - Address and port of what is to be trusted, as C(host:port), as the Integration Server shall use it.
      - An IPv6 address goes into brackets.
    type: str
    required: true
  kind:
    description:
      - Whether it is a TLS certificate or an SSH host key.
    type: str
    choices: [https, ssh]
    default: https
  thumbprint:
    description:
      - The thumbprint that is expected. Anything else is an error, also where the server trusts it already.
      - Case, colons, hyphens and spaces do not matter.
    type: str
  force:
    description:
      - Also trust what the server says that it accepts.
    type: bool
    default: false
notes:
  - The API has no documented way to list or to withdraw what is trusted. That a certificate has changed is noticed by O(thumbprint), or
    where the server lists its rules nevertheless.
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

- name: Trust the SSH key of a hypervisor, whatever it is now
  ksv.light_agent.viis_certificate:
    address: kvm1.example.com:22
    kind: ssh
    trust_on_first_use: true
"""

RETURN = r"""
address:
  description: What was asked, as C(host:port).
  returned: success
  type: str
  sample: viis2.example.com:7271
kind:
  description: V(https) or V(ssh).
  returned: success
  type: str
  sample: https
thumbprint:
  description: What it presents.
  returned: success
  type: str
  sample: 3A4F2B9011C67D58E00B5D4C18AA93F76E25D18C
remarks:
  description: What the server remarks about it.
  returned: success
  type: list
  elements: str
  sample: []
failure:
  description: What went wrong, for a playbook to look at; C(msg) says it in words.
  returned: on failure
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
