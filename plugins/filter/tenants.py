# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ksv.light_agent.tenants: hosts of a play, by tenant and by what is installed on them."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible.errors import AnsibleFilterError

Variables = t.Mapping[str, t.Any]

# Hosts that agree in these variables are one installation task.
BATCH = ("ksv_product", "ksv_group", "ksv_os_username", "ksv_os_password", "ksv_password_format")


def tenants(hosts: t.Sequence[str], hostvars: t.Mapping[str, Variables]) -> dict[str, t.Any]:
    """Group hosts; see tenants.yml."""
    if isinstance(hosts, str):
        raise AnsibleFilterError("tenants: a list of inventory hosts is needed, such as ansible_play_batch")
    problems: dict[str, dict[str, t.Any]] = {}
    found: dict[tuple[str, ...], dict[str, t.Any]] = {}
    for host in hosts:
        variables = hostvars[host]
        try:
            tenant, address, product = _checked(host, variables)
        except ValueError as error:
            problems[host] = {"changed": False, "failed": True, "msg": str(error)}
            continue
        entry = found.setdefault(tenant, {"virtual_server": tenant[-1], "representative": host, "hosts": {}, "batches": {}})
        entry["hosts"][host] = address
        key = repr([variables.get(name) for name in BATCH])
        batch = entry["batches"].setdefault(
            key,
            {
                "label": "%s %s" % (product["name"], product["version"]),
                "product": product,
                "representative": host,
                "ip": [],
            },
        )
        batch["ip"].append(address)
    return {
        "tenants": [dict(entry, batches=list(entry["batches"].values())) for entry in found.values()],
        "problems": problems,
    }


def _checked(host: str, variables: Variables) -> tuple[tuple[str, ...], str, dict[str, str]]:
    """Tenant, IP address and product of a host."""
    virtual_server = variables.get("ksv_virtual_server")
    if not virtual_server:
        raise ValueError("ksv_virtual_server is not set for it in the inventory: to which tenant does it belong?")
    address = str(variables.get("ksv_ip") or variables.get("ansible_host") or host)
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        raise ValueError('"%s" is not an IPv4 address; set ansible_host or ksv_ip' % address) from None
    product = variables.get("ksv_product")
    if not isinstance(product, t.Mapping) or not product.get("name") or not product.get("version"):
        raise ValueError("ksv_product is not set for it in the inventory: name and version of the application to install")
    server = variables.get("ksv_ksc_server") or ""
    return (str(server), str(virtual_server)), address, {name: str(value) for name, value in product.items()}


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"tenants": tenants}
