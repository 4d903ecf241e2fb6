#!/usr/bin/python

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ksc_user
short_description: Manage internal users of Kaspersky Security Center
version_added: 1.0.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Creates, changes and removes internal users of Kaspersky Security Center, each on the Administration Server that the user belongs to.
  - A user that is created on a virtual Administration Server has all rights there, and none on the primary server.
extends_documentation_fragment:
  - ksv.light_agent._attributes
  - ksv.light_agent._attributes.changes
  - ksv.light_agent._attributes.ksc
  - ksv.light_agent._entries
  - ksv.light_agent._ksc
  - ksv.light_agent._ksc.accounts
attributes:
  idempotent:
    support: partial
    details:
      - The server does not return the password of a user, so the module cannot compare it. The password is set when the user is created,
        and with O(update_password=always) in every run, which reports a change each time.
options:
  users:
    description:
      - List of internal users. An option that applies to most of them can be set once, outside this list; the value in an entry takes
        precedence.
      - With an empty list, there is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description: Name in messages and results for this user.
        type: str
      name:
        description: Name with which the user logs in, at most 256 characters.
        type: str
        required: true
      password:
        description:
          - Password of the user. Required to create a user. The server itself encrypts the password before the user is created
            (C(DataProtectionApi.ProtectUtf16StringGlobally)).
        type: str
      virtual_server: &virtual_server
        description:
          - Display name of the virtual Administration Server that the user belongs to. If not set, this is the primary server.
          - The user is looked up, created, changed and removed on that server only. The account of this task logs in there.
        type: str
      update_password:
        description: &update_password
          - Whether to set the password of a user that exists already.
          - With V(on_create) the password is set only when the user is created. With V(always) it is set in every run.
        type: str
        choices: [on_create, always]
      full_name: &full_name
        description: Full name of the user. If not set, the full name stays as it is; an empty string removes it.
        type: str
      description: &description
        description: Description of the user. If not set, the description stays as it is; an empty string removes it.
        type: str
      mail: &mail
        description: Email address of the user. If not set, the address stays as it is; an empty string removes it.
        type: str
      enabled: &enabled
        description:
          - Whether the user can log in. If not set, this stays as it is for an existing user, and the server decides for a new one.
        type: bool
  name:
    description:
      - Name with which the user logs in; the short form of an entry of O(users).
    type: str
  user_password:
    description:
      - Password of the user O(name); the short form of O(users[].password).
      - If the environment variables E(KSC_USERNAME) and E(KSC_PASSWORD) provide the account of this task, O(password) can be used
        instead of this option.
    type: str
  virtual_server: *virtual_server
  update_password:
    description: *update_password
    type: str
    choices: [on_create, always]
    default: on_create
  full_name: *full_name
  description: *description
  mail: *mail
  enabled: *enabled
  state:
    description:
      - V(present) creates a user that does not exist, and changes one whose properties differ.
      - V(absent) deletes the user. The account of this task does not delete itself.
    type: str
    choices: [present, absent]
    default: present
  expect_virtual_server:
    description:
      - In check mode, a virtual server that does not exist is assumed to be created by an earlier task, so its user would be created.
        Otherwise such an entry is an error. With this option, the users of a suspended virtual server, which cannot be read, count as
        unchanged.
    type: bool
    default: false
notes:
  - Names of users are unique across the primary Administration Server and all its virtual servers, unless an administrator has turned that
    off. Whether the name is taken on another server is known only when the user is created; check mode cannot predict it.
seealso:
  - module: ksv.light_agent.ksc_virtual_server
"""

EXAMPLES = r"""
- name: Create the administrator of a tenant
  ksv.light_agent.ksc_user:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ vault_ksc_password }}"
    internal_user: true
    ca_path: /etc/pki/klserver.pem
    virtual_server: Tenant A
    name: tenant-a-admin
    user_password: "{{ vault_tenant_a_password }}"
    full_name: Administrator of Tenant A
    mail: admin@tenant-a.example.com
  delegate_to: localhost

- name: Create the administrators of several tenants
  ksv.light_agent.ksc_user:
    users:
      - name: tenant-a-admin
        virtual_server: Tenant A
        password: "{{ vault_tenant_a_password }}"
      - name: tenant-b-admin
        virtual_server: Tenant B
        password: "{{ vault_tenant_b_password }}"

- name: Set a new password
  ksv.light_agent.ksc_user:
    virtual_server: Tenant A
    name: tenant-a-admin
    user_password: "{{ vault_new_password }}"
    update_password: always
"""

RETURN = r"""
user:
  description: The first of RV(users), for a task with one user; V(null) without any.
  returned: always, unless an error affects the whole task
  type: dict
  sample:
    name: tenant-a-admin
    virtual_server: Tenant A
    id: 7
    result: created
users:
  description: One entry per user, in the order of O(users) and O(name).
  returned: always, unless an error affects the whole task
  type: list
  elements: dict
  contains:
    label:
      description: The label of the entry.
      type: str
    name:
      description: Name with which the user logs in.
      type: str
    virtual_server:
      description: The virtual server that the user belongs to; V(null) is the primary server.
      type: str
    id:
      description: Id of the user, once it exists.
      type: int
    full_name:
      description: Full name of the user.
      type: str
    description:
      description: Description of the user.
      type: str
    mail:
      description: Email address of the user.
      type: str
    enabled:
      description: Whether the user can log in; V(null) where the server does not report it.
      type: bool
    result:
      description:
        - Result of the entry; in check mode, the predicted result.
        - One of V(created), V(updated), V(removed), V(unchanged), V(failed).
      type: str
    reason:
      description: Why the entry failed.
      type: str
    error:
      description: Kind of the error if a server rejected the entry, such as V(authentication).
      type: str
      returned: on failure
    diff:
      description: The user before and after, as text, without the password.
      type: dict
      returned: in diff mode
  sample:
    - label: null
      name: tenant-a-admin
      virtual_server: Tenant A
      id: 7
      full_name: Administrator of Tenant A
      description: ""
      mail: admin@tenant-a.example.com
      enabled: true
      result: created
      reason: ""
failure:
  description: Details of the error for use in a playbook; C(msg) describes it in words.
  returned: when an error affects the whole task
  type: dict
  sample:
    kind: refused
    server: ksc.example.com:13299
    method: SecurityPolicy.AddUser
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import ON_FAILURE, Spec, run
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import options
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.user import USERS, Administration, servers


def main() -> None:
    spec = Spec(
        {
            "name": {"type": "str"},
            "user_password": {"type": "str", "no_log": True},
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "expect_virtual_server": {"type": "bool", "default": False},
        },
        required_one_of=[("name", "users")],
    )
    run(options.CONNECTION + options.ACCOUNTS + ON_FAILURE + USERS.spec() + spec, servers, Administration)


if __name__ == "__main__":
    main()
