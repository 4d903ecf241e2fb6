# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ksc
short_description: Hosts of Kaspersky Security Center
version_added: 1.0.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Lists the managed and unassigned devices of the primary Administration Server and of virtual Administration Servers as hosts.
  - The name of the configuration file must be C(ksc.yml) or end with C(.ksc.yml); C(.yaml) is accepted, too.
  - Each server is asked for its hosts and administration groups, once more for each product, and twice for each group with hosts. Virtual
    servers are read side by side.
extends_documentation_fragment:
  - ksv.light_agent._inventory.ksc
  - ksv.light_agent._inventory
  - constructed
  - inventory_cache
options:
  plugin:
    description:
      - Name of this plugin.
    type: str
    required: true
    choices: [ksv.light_agent.ksc]
  primary:
    description:
      - Whether to list the hosts of the primary Administration Server itself.
      - By default they are listed if O(virtual_servers) is empty.
    type: bool
  virtual_servers:
    description:
      - Virtual Administration Servers whose hosts are listed. V(all) stands for every virtual server that is enabled.
      - An entry is the display name of a virtual server or, if the server has an account of its own, a dictionary with the keys C(name),
        C(username), C(password), C(domain) and C(internal_user) (V(true) by default).
      - The account of a virtual server without one of its own is O(virtual_server_username) or, without that, O(username).
    type: list
    elements: raw
    default: []
  name:
    description:
      - Display names of hosts. V(*) stands for any text and V(?) for any character. Without this option hosts of any name are listed.
      - The server selects the hosts. Whether upper and lower case matter depends on the server.
    type: list
    elements: str
    default: []
  assigned:
    description:
      - V(true) lists only hosts in administration groups, V(false) only those in Unassigned devices. Without this option both are listed.
    type: bool
  administration_groups:
    description:
      - Administration groups, as paths such as V(Web/Frontend) below Managed devices. Only hosts in these groups and their subgroups are
        listed; V(/) is Managed devices with all its groups.
      - A server on which none of the groups exists has no hosts to list.
    type: list
    elements: str
    default: []
  hostnames:
    description:
      - What to call a host in the inventory. The first of these that the host has is used.
      - V(name) is the display name and V(qualified_name) the display name, followed by C(@) and the virtual server, such as
        V(web-01@Tenant_A). V(fqdn) is the DNS name, V(ip) the IPv4 address, V(id) the unique id.
      - If several hosts have the same name, all of them get the qualified name; if that is not unique either, the id is appended to it.
    type: list
    elements: str
    choices: [name, qualified_name, fqdn, ip, id]
    default: [name]
  group_by:
    description:
      - What to make groups of. The name of a group is that of the variable, an underscore and the value, such as
        C(ksc_virtual_server_Tenant_A), C(ksc_group_Web__Frontend), C(ksc_os_family_windows) and C(ksc_protection_unprotected).
      - V(group) makes a tree, C(ksc_group_Web__Frontend) in C(ksc_group_Web) in C(ksc_managed), and the group C(ksc_unassigned) of the
        hosts in Unassigned devices. Administration groups of the same path on several virtual servers are one group.
      - V(virtual_server) puts the hosts of the primary server into C(ksc_primary).
      - O(keyed_groups) and O(groups) make other groups.
    type: list
    elements: str
    choices: [virtual_server, group, os_family, protection]
    default: [virtual_server, group, os_family, protection]
  products:
    description:
      - Whether to set C(ksc_products). This takes one more request to the primary server for each server, and one search for each product
        and version that a server has.
      - Only the primary server tells which products there are. Set this to V(false) if the account is one of a virtual server only; the
        primary server would refuse it each time, and refused logins may lock accounts.
    type: bool
    default: true
  protection:
    description:
      - Whether to set C(ksc_protection) and C(ksc_protection_reasons). This takes two more requests for each administration group that has
        hosts. The rules are those of M(ksv.light_agent.ksc_host_info).
    type: bool
    default: true
notes:
  - Each host has the variables C(ksc_id), C(ksc_name), C(ksc_ip), C(ksc_fqdn), C(ksc_server), C(ksc_virtual_server), C(ksc_group),
    C(ksc_group_id), C(ksc_assigned), C(ksc_os_name), C(ksc_os_family), C(ksc_status), C(ksc_visible), C(ksc_agent_installed),
    C(ksc_agent_connected), C(ksc_agent_version), C(ksc_protection_installed), C(ksc_protection_version), C(ksc_restart_required),
    C(ksc_last_visible), C(ksc_last_agent_connection) and, if asked for, C(ksc_products), C(ksc_protection) and C(ksc_protection_reasons). They
    have the meaning of the return values of M(ksv.light_agent.ksc_host_info). What the server does not tell is null.
  - C(ansible_host) is the IPv4 address of the host.
  - The variables for roles are C(ksv_ip), C(ksv_virtual_server) for a host of a virtual server and, if such a host is in an administration
    group, C(ksv_group). A host of the primary server has no C(ksv_virtual_server), because only you know its tenant.
  - A host that was moved to a virtual server and whose old record is still on the primary server is listed once, as a host of the virtual
    server.
seealso:
  - module: ksv.light_agent.ksc_host_info
"""

EXAMPLES = r"""
# tenants.ksc.yml: the hosts of all tenants; server and account come from KSC_SERVER, KSC_USERNAME and KSC_PASSWORD
plugin: ksv.light_agent.ksc
virtual_servers: all

---
# acme.ksc.yml: everything that is unassigned and whose name begins with acme-, on the primary server or, after a run that was cut short,
# on the virtual server of the tenant
plugin: ksv.light_agent.ksc
server: ksc.example.com
username: svc-ansible
password: "{{ lookup('ansible.builtin.env', 'KSC_SECRET') }}"
internal_user: true
primary: true
virtual_servers: [Acme]
name: acme-*
assigned: false
compose:
  ksv_virtual_server: ksv_virtual_server | default('Acme')
  ksv_product: "{'windows': {'name': 'KSVLA', 'version': '5.2.0.0'}, 'linux': {'name': 'kesl', 'version': '12.1.0.0'}}[ksc_os_family]"

---
# two tenants, one with an account of its own; groups by version of the Network Agent
plugin: ksv.light_agent.ksc
virtual_servers:
  - Tenant A
  - name: Tenant B
    username: tenant-b
    password: "{{ lookup('ansible.builtin.env', 'TENANT_B_PASSWORD') }}"
hostnames: [fqdn, qualified_name]
keyed_groups:
  - prefix: agent
    key: ksc_agent_version
groups:
  silent: ksc_agent_connected is false
"""

import typing as t

from ansible.errors import AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Context
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import inventory, options
from ansible_collections.ksv.light_agent.plugins.plugin_utils._inventory import Found, Key, ServerInventory, View


class InventoryModule(ServerInventory):
    NAME = "ksv.light_agent.ksc"
    ENDING = "ksc"
    ENVIRONMENT = "KSC_"
    VARIABLE = "ksc"
    TEMPLATED = (
        "server",
        "username",
        "password",
        "domain",
        "ca_path",
        "virtual_server_username",
        "virtual_server_password",
        "virtual_server_domain",
        "virtual_servers",
        "name",
        "administration_groups",
    )
    SECRET = ("password", "virtual_server_password")

    def fetch(self, context: Context) -> Found:
        params = context.params
        names, accounts = virtual_servers(params["virtual_servers"])
        primary = params["primary"]
        wanted = inventory.Wanted(
            primary=not params["virtual_servers"] if primary is None else primary,
            virtual_servers=names,
            all_virtual_servers=inventory.ALL in params["virtual_servers"],
            names=params["name"],
            assigned=params["assigned"],
            groups=params["administration_groups"],
            products=params["products"],
            protection=params["protection"],
        )
        account = ("virtual_server_username", "virtual_server_password")
        if (params[account[0]] is None) != (params[account[1]] is None):
            raise AnsibleParserError("%s and %s belong together; give both or neither." % account)
        described = Context(dict(params, virtual_servers=accounts), context.warn, secrets=context.secrets)
        with options.servers(described) as servers:
            return inventory.read(described, servers, wanted)

    def names_of(self, host: View) -> list[str]:
        name, server, id = host["name"], host["virtual_server"], host["id"]
        plain = name.replace("@", "_")
        qualified = "%s@%s" % (plain, server.replace("@", "_") if server is not None else "primary")
        possible = {"name": plain, "qualified_name": qualified if name else "", "fqdn": host["fqdn"], "ip": host["ip"], "id": id}
        chosen = [possible[kind] for kind in self.get_option("hostnames") if possible[kind]]
        return [chosen[0] if chosen else id, *([qualified, "%s_%s" % (plain, id)] if name else []), id]

    def paths_of(self, host: View) -> list[list[Key]]:
        wanted = self.get_option("group_by")
        paths: list[list[Key]] = []
        if "virtual_server" in wanted:
            server = host["virtual_server"]
            paths.append([("primary", "")] if server is None else [("virtual_server", server)])
        if "group" in wanted and host["assigned"] is not None:
            paths.append(_group_path(host["group"]) if host["assigned"] else [("unassigned", "")])
        if "os_family" in wanted and host["os_family"]:
            paths.append([("os_family", host["os_family"])])
        if "protection" in wanted and host.get("protection"):
            paths.append([("protection", host["protection"])])
        return paths

    def role_variables(self, host: View) -> View:
        variables: View = {"ksv_ip": host["ip"]} if host["ip"] else {}
        if host["virtual_server"] is not None:
            variables["ksv_virtual_server"] = host["virtual_server"]
            if host["assigned"] and host["group"] is not None:
                variables["ksv_group"] = host["group"] or "/"
        return variables


def _group_path(path: t.Optional[str]) -> list[Key]:
    names = path.split("/") if path else []
    return [("managed", ""), *(("group", "/".join(names[: depth + 1])) for depth in range(len(names)))]


def virtual_servers(entries: t.Sequence[t.Any]) -> tuple[list[str], list[View]]:
    """The names of virtual servers, and the accounts of those that have one of their own.

    :raises AnsibleParserError: an entry is neither a name nor a dictionary with the right keys
    """
    names: list[str] = []
    accounts: list[View] = []
    spec = options.ACCOUNTS.arguments["virtual_servers"]["options"]
    without_account = {name: dict(one, required=name == "name") for name, one in spec.items()}
    for entry in entries:
        if entry == inventory.ALL:
            continue
        if not isinstance(entry, t.Mapping):
            names.append(str(entry))
            continue
        validated = ArgumentSpecValidator(without_account, required_together=[("username", "password")]).validate(dict(entry))
        if validated.error_messages:
            raise AnsibleParserError("virtual_servers: %s" % "; ".join(validated.error_messages))
        account = validated.validated_parameters
        names.append(account["name"])
        if account["username"] is not None:
            accounts.append(account)
    return names, accounts
