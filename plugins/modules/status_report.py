#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: status_report
short_description: Write a report about the protection of hosts
version_added: 1.0.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Writes a report, as HTML or Markdown, of what M(ksv.light_agent.ksc_host_info) has found, in English or Russian. It shows which machines
    are protected, which are not, and of which that cannot be determined, each with the reasons, and how the servers differ from the
    inventory.
  - The report is one file that needs nothing else. HTML can be read on screen, on a phone, and on paper.
  - The roles C(tenant_status) and C(tenant_onboarding) use this action for the reports that their hosts ask for.
  - It works on the controller and talks to no server. The file is written as a whole or not at all.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: none
  become:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
    details:
      - Nothing is written. It is an error if it can be seen that the file could not be written.
  connection:
    support: none
  delegation:
    support: none
  diff_mode:
    support: partial
    details:
      - Shows the lines of a Markdown report, unless it is large; of HTML only that it changes.
  platform:
    platforms: all
options:
  path:
    description:
      - Path of the report on the controller. The name ends in C(.html) or C(.htm) for HTML, or in C(.md) or C(.markdown) for Markdown.
      - A relative path is below the directory in which Ansible was started. Missing directories are created.
      - Required with O(found).
    type: str
  found:
    description:
      - What M(ksv.light_agent.ksc_host_info) has returned, as registered, also by a task with a loop, or a list of that.
      - Options of that module decide what the report can tell. O(ksv.light_agent.ksc_host_info#module:undeclared) lists hosts that are not
        in the inventory.
      - One of O(found) and O(role) is required.
    type: raw
  language:
    description:
      - Language of the report. Sentences that come from a server stay as they are.
    type: str
    choices: [en, ru]
    default: en
  title:
    description:
      - Title of the report, if not the usual one.
    type: str
  mode:
    description:
      - Permissions of the file, as octal digits in quotes, such as V("0640"). If not set, a file that is there keeps its permissions, and
        a new one gets those of the umask.
    type: raw
  role:
    description:
      - Write the reports that the hosts of the play ask for in this role instead; for the role itself.
    type: str
    choices: [tenant_status, tenant_onboarding]
notes:
  - A report tells when it was made. That alone is no change, but the file is written, so that it tells the time of the last run.
seealso:
  - module: ksv.light_agent.ksc_host_info
"""

EXAMPLES = r"""
- name: Look at two machines of a tenant
  ksv.light_agent.ksc_host_info:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    virtual_server: Tenant A
    ip: [192.0.2.11, 192.0.2.12]
    missing: ignore
    product:
      name: KSVLA
      version: 5.2.0.0
  delegate_to: localhost
  register: tenant

- name: Write a report for the tenant
  ksv.light_agent.status_report:
    path: reports/tenant-a.html
    found: "{{ tenant }}"
    language: ru
"""

RETURN = r"""
msg:
  description: Which files were written, or why one was not.
  returned: always
  type: str
  sample: Wrote /srv/reports/tenant-a.html
files:
  description: The reports.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: Absolute path of the file on the controller.
      type: str
    format:
      description: One of V(html), V(markdown).
      type: str
    language:
      description: One of V(en), V(ru).
      type: str
    hosts:
      description: Number of machines in the report.
      type: int
    size:
      description: Size of the file in bytes.
      type: int
    changed:
      description: Whether the report tells something else than the file that was there, apart from the time.
      type: bool
    error:
      description: Why the file could not be written.
      type: str
  sample:
    - path: /srv/reports/tenant-a.html
      format: html
      language: ru
      hosts: 2
      size: 18422
      changed: true
"""
