# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters ksv.light_agent.integration_servers and ksv.light_agent.svms: inventory hosts that are SVMs, as modules want them."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

Variables = t.Mapping[str, t.Any]

# Options of an SVM of viis_svm, and the variable of the inventory that each comes from.
OPTIONS = {
    "location": "ksv_location",
    "storage": "ksv_storage",
    "flavor": "ksv_flavor",
    "volume_type": "ksv_volume_type",
    "availability_zone": "ksv_availability_zone",
    "server_group": "ksv_server_group",
    "networks": "ksv_networks",
    "dns": "ksv_dns",
    "ksc": "ksv_ksc",
    "root": "ksv_root",
    "klconfig_password": "ksv_klconfig_password",
}


def integration_servers(hosts: t.Sequence[str], hostvars: t.Mapping[str, Variables], with_image: bool = True) -> dict[str, t.Any]:
    """Group SVMs; see integration_servers.yml."""
    if isinstance(hosts, str):
        raise AnsibleFilterError("integration_servers: a list of inventory hosts is needed, such as ansible_play_batch")
    problems: dict[str, dict[str, t.Any]] = {}
    servers: dict[str, dict[str, t.Any]] = {}
    owners: dict[tuple[str, str], list[str]] = {}
    for host in hosts:
        address = str(hostvars[host].get("ksv_viis_server") or "")
        owners.setdefault((address, _name(host, hostvars)), []).append(host)
    for host in hosts:
        variables = hostvars[host]
        address, name = str(variables.get("ksv_viis_server") or ""), _name(host, hostvars)
        try:
            if len(owners[address, name]) > 1:
                raise ValueError('%s have the same SVM name "%s"' % (" and ".join(owners[address, name]), name))
            infrastructure = _infrastructure(variables)
            image = _image(variables) if with_image else None
        except ValueError as error:
            problems[host] = {"changed": False, "failed": True, "msg": str(error)}
            continue
        server = servers.setdefault(
            address,
            {
                "label": address or "the Integration Server",
                "representative": host,
                "hosts": {},
                "infrastructures": {},
                "images": {},
            },
        )
        server["hosts"][host] = name
        _put(server["infrastructures"], host, name, infrastructure)
        if image is not None:
            types = _put(server["images"], host, name, image).setdefault("types", [])
            if infrastructure["type"] not in types:
                types.append(infrastructure["type"])
    return {
        "servers": [
            dict(
                server,
                infrastructures=list(server["infrastructures"].values()),
                images=list(server["images"].values()),
            )
            for server in servers.values()
        ],
        "problems": problems,
    }


def _put(batches: dict[str, dict[str, t.Any]], host: str, name: str, what: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    batch = batches.setdefault(what["label"], {**what, "representative": host, "name": []})
    batch["name"].append(name)
    return batch


def _name(host: str, hostvars: t.Mapping[str, Variables]) -> str:
    return str(hostvars[host].get("ksv_svm_name") or host)


def _infrastructure(variables: Variables) -> dict[str, t.Any]:
    given = variables.get("ksv_infrastructure")
    if not isinstance(given, t.Mapping) or not given.get("type") or not given.get("address"):
        raise ValueError("ksv_infrastructure is not set for it in the inventory: type and address of the infrastructure that it is in")
    kind, address, region = str(given["type"]).upper(), str(given["address"]), str(given.get("region") or "")
    return {"label": " ".join(filter(None, (kind, address, region))), "type": kind, "address": address}


def _image(variables: Variables) -> dict[str, t.Any]:
    given = variables.get("ksv_image")
    path = given.get("manifest_path") if isinstance(given, t.Mapping) else None
    id = given.get("image_id") if isinstance(given, t.Mapping) else None
    if not path and not id:
        raise ValueError("ksv_image is not set for it in the inventory: manifest_path of the SVM image, or image_id")
    return {"label": str(path or id)}


def svms(
    server: t.Mapping[str, t.Any],
    hostvars: t.Mapping[str, Variables],
    infrastructures: t.Any,
    images: t.Any = None,
    options: bool = True,
) -> list[dict[str, t.Any]]:
    """What viis_svm takes; see svms.yml."""
    infrastructure_of = _ids(infrastructures, "infrastructure_id")
    image_of = None if images is None else _ids(images, "image_id")
    found = []
    for host, name in server["hosts"].items():
        infrastructure = _batch_of(server["infrastructures"], name)
        if infrastructure not in infrastructure_of:
            continue
        svm: dict[str, t.Any] = {"name": name, "infrastructure_id": infrastructure_of[infrastructure]}
        if image_of is not None:
            image = _batch_of(server["images"], name)
            if image not in image_of:
                continue
            svm["image_id"] = image_of[image]
        names = OPTIONS if options else {"location": OPTIONS["location"]}
        svm.update({option: hostvars[host].get(variable) for option, variable in names.items()})
        found.append({option: value for option, value in svm.items() if value is not None})
    return found


def _batch_of(batches: t.Sequence[t.Mapping[str, t.Any]], name: str) -> t.Optional[str]:
    return next((batch["label"] for batch in batches if name in batch["name"]), None)


def _ids(run: t.Any, member: str) -> dict[str, t.Any]:
    """The ids that a loop over batches returned, by label of the batch; without those that failed."""
    return {
        result[result["ansible_loop_var"]]["label"]: result[member]
        for result in (run or {}).get("results", ())
        if not result.get("failed") and member in result
    }


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"integration_servers": integration_servers, "svms": svms}
