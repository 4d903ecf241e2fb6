# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: viis
short_description: VMs and SVMs of the infrastructures of an Integration Server
version_added: 1.0.0
author:
  - ksv.light_agent contributors (@ksv-light-agent)
description:
  - Lists the virtual machines (VMs) and Secure Virtual Machines (SVMs) of the infrastructures that an Integration Server is connected to as
    hosts.
  - The name of the configuration file must be C(viis.yml) or end with C(.viis.yml); C(.yaml) is accepted, too.
  - An infrastructure takes one request, and one more for each of O(types).
extends_documentation_fragment:
  - ksv.light_agent._inventory.viis
  - ksv.light_agent._inventory
  - constructed
  - inventory_cache
options:
  plugin:
    description:
      - Name of this plugin.
    type: str
    required: true
    choices: [ksv.light_agent.viis]
  infrastructures:
    description:
      - Ids of the infrastructures whose machines are listed.
      - Without this option all infrastructures are listed, which only some servers can do, because the vendor does not document the request.
    type: list
    elements: str
    default: []
  types:
    description:
      - Which machines to list.
    type: list
    elements: str
    choices: [VM, SVM]
    default: [VM, SVM]
  details:
    description:
      - Whether to read all machines in full, to set C(viis_networks) and C(viis_svm_version). This may take long in a large infrastructure.
    type: bool
    default: false
  hostnames:
    description:
      - What to call a machine in the inventory. The first of these that the machine has is used.
      - V(name) is the name of the machine and V(qualified_name) the name, followed by C(@) and the infrastructure, such as
        V(web-1@vcenter.example.com). V(id) is the id of the machine in the infrastructure.
      - If several machines have the same name, all of them get the qualified name; if that is not unique either, the id is appended to it.
    type: list
    elements: str
    choices: [name, qualified_name, id]
    default: [name]
  group_by:
    description:
      - What to make groups of. The name of a group is that of the variable, an underscore and the value, such as
        C(viis_infrastructure_vcenter_example_com) and C(viis_location_vcenter_example_com__esx1), which is in the group of its
        infrastructure.
      - V(type) makes the groups C(viis_svms) and C(viis_vms).
    type: list
    elements: str
    choices: [infrastructure, location, type]
    default: [infrastructure, location, type]
notes:
  - Each host has the variables C(viis_id), C(viis_name), C(viis_is_svm), C(viis_state) (as the server spells it), C(viis_location) (name of the
    hypervisor, or domain and project), C(viis_location_id), C(viis_server), C(viis_infrastructure_id), C(viis_infrastructure_type),
    C(viis_infrastructure_address), C(viis_infrastructure_region), C(viis_infrastructure_name) and, with O(details), C(viis_networks) and C(viis_svm_version).
  - The Integration Server does not tell the addresses of machines, so C(ansible_host) is not set. Combine this source with that of
    P(ksv.light_agent.ksc#inventory), or compose C(ansible_host) from the name.
  - The variables for roles are C(ksv_svm_name), C(ksv_location) and C(ksv_infrastructure) (type and address) of SVMs.
seealso:
  - module: ksv.light_agent.viis_object_info
  - module: ksv.light_agent.viis_infrastructure_info
"""

EXAMPLES = r"""
# svms.viis.yml: all SVMs; server and password come from VIIS_SERVER and VIIS_PASSWORD
plugin: ksv.light_agent.viis
types: [SVM]

---
# vcenter.viis.yml: all machines of one infrastructure
plugin: ksv.light_agent.viis
server: viis1.example.com
password: "{{ lookup('ansible.builtin.env', 'VIIS_SECRET') }}"
infrastructures: [8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51]
compose:
  ansible_host: viis_name ~ '.example.com'
"""

from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Context
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import inventory, options
from ansible_collections.ksv.light_agent.plugins.plugin_utils._inventory import Found, Key, ServerInventory, View


class InventoryModule(ServerInventory):
    NAME = "ksv.light_agent.viis"
    ENDING = "viis"
    ENVIRONMENT = "VIIS_"
    VARIABLE = "viis"
    IDENTITY = ("server", "infrastructure_id", "id")
    TEMPLATED = ("server", "username", "password", "ca_path", "infrastructures")

    def fetch(self, context: Context) -> Found:
        params = context.params
        described = Context(dict(params, wire_types="documented"), context.warn, secrets=context.secrets)
        with options.server(described) as session:
            return inventory.read(session, params["infrastructures"], params["types"], params["details"])

    def names_of(self, host: View) -> list[str]:
        plain, id = host["name"].replace("@", "_"), host["id"]
        qualified = "%s@%s" % (plain, host["infrastructure_address"].replace("@", "_"))
        possible = {"name": plain, "qualified_name": qualified if plain else "", "id": id}
        chosen = [possible[kind] for kind in self.get_option("hostnames") if possible[kind]]
        longest = "%s_%s" % (plain, id)
        return [chosen[0] if chosen else id, qualified, longest, "%s@%s" % (longest, host["infrastructure_id"])]

    def paths_of(self, host: View) -> list[list[Key]]:
        wanted = self.get_option("group_by")
        paths: list[list[Key]] = []
        address = "/".join(filter(None, (host["infrastructure_address"], host["infrastructure_region"])))
        infrastructure = [("infrastructure", address)] if "infrastructure" in wanted else []
        if infrastructure:
            paths.append(infrastructure)
        if "location" in wanted and host["location"]:
            paths.append([*infrastructure, ("location", "%s/%s" % (address, host["location"]))])
        if "type" in wanted:
            paths.append([("svms" if host["is_svm"] else "vms", "")])
        return paths

    def role_variables(self, host: View) -> View:
        if not host["is_svm"]:
            return {}
        return {
            "ksv_svm_name": host["name"],
            "ksv_location": host["location"] or host["location_id"],
            "ksv_infrastructure": {"type": host["infrastructure_type"], "address": host["infrastructure_address"]},
        }
