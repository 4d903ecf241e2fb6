#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_package_info
short_description: Gather information about installation packages of Kaspersky Security Center
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Lists the installation packages of the primary or of a virtual Administration Server.
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
  product:
    description:
      - Product of the packages to return, as a dictionary with C(name), C(version) and C(display_version), each of them optional, as in
        O(ksv.light_agent.ksc_remote_install#module:product).
      - A string is the name of the product, such as V(KSVLA). If not set, all packages are returned.
    type: raw
  version:
    description:
      - Product version of the packages to return, such as V(5.2.0.0), if O(product) does not contain it.
    type: str
seealso:
  - module: ksv.light_agent.ksc_package_retranslate
"""

EXAMPLES = r"""
- name: List the installation packages of a tenant
  ksv.light_agent.ksc_package_info:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    virtual_server: Tenant A
  delegate_to: localhost
  register: tenant
"""

RETURN = r"""
packages:
  description: The packages.
  returned: success
  type: list
  elements: dict
  contains:
      id:
        description: Id of the package on this server.
        type: int
      name:
        description: Name of the package.
        type: str
      product:
        description: Product of the package, with C(name), C(version) and C(display_version).
        type: dict
      product_name:
        description: Product name, such as V(KSVLA).
        type: str
      product_version:
        description: Product version, such as V(5.2.0.0).
        type: str
      display_name:
        description: Name of the application.
        type: str
      display_version:
        description: Build of the package.
        type: str
      size:
        description: Size of the package in bytes.
        type: int
      created:
        description: When the package was created, ISO 8601 in UTC.
        type: str
      modified:
        description: When the package was last modified, ISO 8601 in UTC.
        type: str
      path:
        description: Path of the package on the server.
        type: str
  sample:
    - id: 1
      product: {name: KSVLA, version: 5.2.0.0, display_version: 5.2.27.1202}
      product_name: KSVLA
      product_version: 5.2.0.0
      display_version: 5.2.27.1202
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: on failure
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: PackagesApi.GetPackages
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Spec, run_info
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.info import package_view


def main() -> None:
    spec = Spec({"product": {"type": "raw"}, "version": {"type": "str"}})
    run_info(options.CONNECTION + options.VIRTUAL_SERVER + spec, options.servers, package_view)


if __name__ == "__main__":
    main()
