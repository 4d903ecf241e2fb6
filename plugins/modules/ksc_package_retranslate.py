#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_package_retranslate
short_description: Distribute installation packages to virtual Administration Servers
version_added: 0.1.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Copies installation packages from the primary Administration Server to virtual Administration Servers, waits until the copies are
    complete, and returns their ids.
  - A package is not copied if the virtual server already has a package with this product name and version.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._entries
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
  - ksv.light_agent._ksc.packages
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: partial
    details:
      - A package that the virtual server has is not copied again. The API does not report copies in progress, so a run that starts before
        the copy of a previous run is complete copies the package again.
options:
  throttle:
    description:
      - Maximum number of packages to copy at the same time. Each copy takes hundreds of megabytes on the disk of the Administration Server.
      - With O(wait=false), all copies are started at once.
    type: int
    default: 20
  options:
    description:
      - How the server distributes the packages (C(pOptions) of C(RetranslateToVServerAsync)).
    type: dict
    default: {}
    suboptions:
      create_standalone_products:
        description: Whether to also create stand-alone packages of applications.
        type: bool
        default: true
        aliases: [KLPKG_CREATE_STANDALONE_PRODS]
      create_standalone_agents:
        description: Whether to also create stand-alone packages of Network Agent.
        type: bool
        default: true
        aliases: [KLPKG_CREATE_STANDALONE_NAGT]
      use_language_tag:
        description: Whether to use the language information of the packages.
        type: bool
        default: true
        aliases: [KLPKG_USE_LANGUAGE_TAG]
      type:
        description: Type of the packages; V(1) is a common one.
        type: int
        default: 1
        aliases: [KLPKG_TYPE]
      lazy_retranslation:
        description: Whether the server distributes the packages later, when it is idle.
        type: bool
        default: false
        aliases: [KLPKG_LAZY_RETRANSLATION]
seealso:
  - module: ksv.light_agent.ksc_package_info
"""

EXAMPLES = r"""
- name: Distribute installation packages to the virtual servers of two tenants
  ksv.light_agent.ksc_package_retranslate:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    virtual_server:
      - Tenant A
      - Tenant B
    packages:
      - name: "1103"
        version: 1.0.0.0
      - name: KSVLA
        version: 5.2.0.0
      - name: kesl
        version: 12.1.0.0
        virtual_server: [Tenant B]
  delegate_to: localhost
"""

RETURN = r"""
packages:
  description: One entry per package and virtual server.
  returned: always, unless an error affects the whole task
  type: list
  elements: dict
  contains:
    label:
      description: The label of the entry.
      type: str
    name:
      description: Product name.
      type: str
    version:
      description: Product version.
      type: str
    display_version:
      description: Build of the package on the primary server.
      type: str
    virtual_server:
      description: Display name of the virtual server.
      type: str
    package_id:
      description: Id of the package on the primary server.
      type: int
    virtual_server_package_id:
      description: Id of the package on the virtual server, where it is there.
      type: int
    result:
      description: One of V(distributed), V(unchanged), V(pending), V(failed).
      type: str
    reason:
      description: Why the entry failed or is pending.
      type: str
    error:
      description: Kind of the error if a server rejected the entry, such as V(authentication).
      type: str
      returned: on failure
  sample:
    - name: KSVLA
      version: 5.2.0.0
      display_version: 5.2.27.1202
      virtual_server: Tenant A
      package_id: 1
      virtual_server_package_id: 7
      result: distributed
      reason: ""
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: when an error affects the whole task
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: PackagesApi.GetPackages
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import ON_FAILURE, Spec, run
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.package_retranslate import PACKAGES, Distribution


def main() -> None:
    switches = {
        "create_standalone_products": {"type": "bool", "default": True, "aliases": ["KLPKG_CREATE_STANDALONE_PRODS"]},
        "create_standalone_agents": {"type": "bool", "default": True, "aliases": ["KLPKG_CREATE_STANDALONE_NAGT"]},
        "use_language_tag": {"type": "bool", "default": True, "aliases": ["KLPKG_USE_LANGUAGE_TAG"]},
        "type": {"type": "int", "default": 1, "aliases": ["KLPKG_TYPE"]},
        "lazy_retranslation": {"type": "bool", "default": False, "aliases": ["KLPKG_LAZY_RETRANSLATION"]},
    }
    spec = Spec(
        {
            "options": {"type": "dict", "default": {}, "options": switches},
            "throttle": {"type": "int", "default": 20},
        }
    )
    run(
        options.CONNECTION + options.ACCOUNTS + options.WAIT + ON_FAILURE + PACKAGES.spec() + spec,
        options.servers,
        Distribution,
    )


if __name__ == "__main__":
    main()
