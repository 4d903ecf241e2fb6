#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_group
short_description: Manage administration groups of Kaspersky Security Center
version_added: 1.0.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Creates administration groups on the primary or on a virtual Administration Server, including missing parent groups, and removes empty
    groups.
  - Sets after how many days an inactive host is removed from a group, which conditions determine the status of its hosts, and which
    packages are installed on hosts that enter it.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._entries
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
  - ksv.light_agent._wait
attributes:
  idempotent:
    support: full
options:
  groups:
    description:
      - List of administration groups. An option that applies to most of them can be set once, outside this list; the value in an entry
        takes precedence.
      - With an empty list, there is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description: Name in messages and results for this group.
        type: str
      path:
        description: The group, as a path such as V(Web/Frontend) below Managed devices. V(/) is Managed devices itself.
        type: str
        required: true
        aliases: [group]
      virtual_server: &virtual_server
        description: Display name of the virtual Administration Server that has the group; without it, the primary server.
        type: str
      notify_days: &notify_days
        description:
          - Number of days of inactivity after which an administrator is notified of a host of the group. If not set, the number stays as it
            is.
          - If the group inherits its numbers of days from its parent group and one of them has to change, the inheritance is turned off for
            the group.
        type: int
      remove_days: &remove_days
        description:
          - Number of days of inactivity after which a host is removed from the group. If not set, the number stays as it is.
          - If the group inherits its numbers of days from its parent group and one of them has to change, the inheritance is turned off for
            the group.
        type: int
      conditions: &conditions
        description:
          - Conditions that set the status of a host to Critical or Warning. A condition that is off is turned on for Critical; conditions
            that are not listed stay as they are. If not set, all conditions stay as they are.
          - V(suggested_by_product) is the condition by which a Light Agent reports that it has no connection to an SVM. Where this
            condition is off, the status of such a host is OK.
          - If the group inherits its conditions from its parent group and one of them has to be turned on, the inheritance is turned off
            for the group.
        type: list
        elements: str
        choices:
          - agent_inactive
          - protection_off
          - protection_not_running
          - many_viruses
          - protection_level_differs
          - protection_not_installed
          - scan_outdated
          - databases_outdated
          - not_connected
          - license
          - uncured_objects
          - restart_required
          - incompatible_software
          - vulnerabilities
          - update_search_outdated
          - encryption
          - mobile
          - incidents
          - suggested_by_product
          - disk_space
      install_packages: &install_packages
        description:
          - B(Experimental.) Installation packages that the server installs on hosts when they enter the group
            (C(c_grp_autoInstallPackageId)). The list replaces the packages that are set, so an empty list turns the automatic installation
            off. If not set, the packages stay as they are.
          - This attribute is documented only by a public client of the API. Its effect on hosts that are in the group already, and the
            account that it uses, are not known.
        type: list
        elements: dict
        suboptions: &install_packages_suboptions
          name:
            description: Product name, such as V(1103) for Network Agent or V(KSVLA) for the Light Agent for Windows.
            type: str
            required: true
          version:
            description: Product version, such as V(5.2.0.0). This is the version of the management plug-in.
            type: str
            required: true
          display_version:
            description: Build of the package, if the server has several. If not set, the newest package is used.
            type: str
  path:
    description:
      - The group, as a path such as V(Web/Frontend) below Managed devices; the short form of an entry of O(groups). V(/) is Managed devices
        itself.
    type: str
    aliases: [group]
  virtual_server: *virtual_server
  notify_days: *notify_days
  remove_days: *remove_days
  conditions: *conditions
  install_packages: *install_packages
  state:
    description:
      - V(present) creates a group that does not exist, including missing parent groups, and applies the settings that are given.
      - V(absent) removes a group that has neither hosts nor subgroups. Subgroups that are listed as well are removed first.
    type: str
    choices: [present, absent]
    default: present
  expect_virtual_server:
    description:
      - In check mode, a virtual server that does not exist is assumed to be created by an earlier task, so its groups would be created, and
        its Managed devices are assumed to have the settings of those of the primary server. Otherwise such an entry is
        an error. With this option, the groups of a suspended virtual server, which cannot be read, count as unchanged.
    type: bool
    default: false
notes:
  - A parent group may lock the settings of its subgroups. The module fails for a group whose setting would have to change but is locked.
seealso:
  - module: ksv.light_agent.ksc_group_info
  - module: ksv.light_agent.ksc_virtual_server
  - module: ksv.light_agent.ksc_package_retranslate
"""

EXAMPLES = r"""
- name: Show in the status of a tenant's hosts that an SVM is missing
  ksv.light_agent.ksc_group:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    ca_path: /etc/pki/klserver.pem
    virtual_server: Tenant A
    path: /
    conditions: [suggested_by_product]
  delegate_to: localhost

- name: Create the groups of a tenant
  ksv.light_agent.ksc_group:
    virtual_server: Tenant A
    notify_days: 7
    groups:
      - path: Web/Frontend
        remove_days: 30
      - path: Databases
        remove_days: 90

- name: Install the Light Agent on hosts that enter a group (experimental)
  ksv.light_agent.ksc_group:
    virtual_server: Tenant A
    path: Arrivals
    install_packages:
      - name: KSVLA
        version: 5.2.0.0
"""

RETURN = r"""
group:
  description: The first of RV(groups), for a task with one group; V(null) without any.
  returned: always, unless an error affects the whole task
  type: dict
  sample:
    path: Web/Frontend
    virtual_server: Tenant A
    id: 21
    result: created
groups:
  description: One entry per group, in the order of O(groups) and O(path).
  returned: always, unless an error affects the whole task
  type: list
  elements: dict
  contains:
    label:
      description: The label of the entry.
      type: str
    path:
      description: Path of the group below Managed devices; V(/) is Managed devices itself.
      type: str
    virtual_server:
      description: The virtual server that has the group; V(null) is the primary server.
      type: str
    id:
      description: Id of the group, once it exists.
      type: int
    notify_days:
      description: Number of days of inactivity after which an administrator is notified of a host, if the option was given.
      type: int
    remove_days:
      description: Number of days of inactivity after which a host is removed, if the option was given.
      type: int
    conditions:
      description: All conditions that are on, for Critical or Warning, if the option was given.
      type: list
      elements: str
    install_packages:
      description: The packages that are installed on hosts that enter the group, if the option was given.
      type: list
      elements: str
    result:
      description:
        - Result of the entry; in check mode, the predicted result.
        - One of V(created), V(updated), V(removed), V(unchanged), V(pending), V(failed).
      type: str
    reason:
      description: Why the entry failed or is pending.
      type: str
    error:
      description: Kind of the error if a server rejected the entry, such as V(authentication).
      type: str
      returned: on failure
    diff:
      description: The group before and after, as text.
      type: dict
      returned: in diff mode
  sample:
    - label: null
      path: Web/Frontend
      virtual_server: Tenant A
      id: 21
      notify_days: 7
      remove_days: 30
      conditions: null
      install_packages: null
      result: created
      reason: ""
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: when an error affects the whole task
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: HostGroup.UpdateGroup
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import ON_FAILURE, Spec, run
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.group import GROUPS, Grouping


def main() -> None:
    spec = Spec(
        {
            "path": {"type": "str", "aliases": ["group"]},
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "expect_virtual_server": {"type": "bool", "default": False},
        },
        required_one_of=[("path", "groups")],
    )
    run(options.CONNECTION + options.ACCOUNTS + options.WAIT + ON_FAILURE + GROUPS.spec() + spec, options.servers, Grouping)


if __name__ == "__main__":
    main()
