# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of the bench about the Integration Server: deploying SVMs, and reading what they need, in infrastructures of any size."""

from __future__ import annotations

import pathlib
import typing as t

import yaml

MACHINES = 5000  # virtual machines of an infrastructure
POLLS = ("read_task",)

Play = t.List[t.Dict[str, t.Any]]


def world(hypervisors: int) -> dict[str, t.Any]:
    return {
        "viis": {
            "admin_password": "Viis-Primary-1",
            "platforms": [
                {
                    "type": "VMWARE",
                    "address": "vcenter.example.test",
                    "infrastructure_id": "large",
                    "accounts": [{"name": "administrator@vsphere.local", "password": "Vcenter-1"}],
                    "networks": [{"id": "network-11", "name": "VM Network"}],
                    "storages": [{"id": "datastore-21", "name": "ssd", "freeSpace": 10**12}],
                    "generate": {"locations": hypervisors, "vms_per_location": MACHINES // hypervisors, "prefix": "esx"},
                }
            ],
            "images": [{"path": "/opt/svm/6.4/svm.xml", "svm_version": "6.4.0.100"}],
        }
    }


def _play(*tasks: dict[str, t.Any]) -> Play:
    return [{"hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}]


def deployment(names: t.Sequence[str]) -> Play:
    """Register the image and put one SVM on each of the hypervisors."""
    return _play(
        {
            "name": "Register the image",
            "ksv.light_agent.viis_image": {"manifest_path": "/opt/svm/6.4/svm.xml", "types": ["VMWARE"], "poll_interval": 0.2},
            "register": "image",
        },
        {
            "name": "Deploy",
            "ksv.light_agent.viis_svm": {
                "infrastructure_id": "large",
                "image_id": "{{ image.image_id }}",
                "threads": 10,
                "poll_interval": 0.5,
                "ksc": {"address": "ksc.example.test"},
                "root": {"password": "Root-1"},
                "klconfig_password": "Klconfig-1",
                "storage": "ssd",
                "networks": [{"network": "VM Network"}],
                "svms": [{"name": "svm-%s" % name, "location": name} for name in names],
            },
        },
    )


def flat_read() -> Play:
    """Everything in full, as one would without the recommended order."""
    return _play(
        {
            "name": "Read everything",
            "ksv.light_agent.viis_object_info": {
                "infrastructure_id": "large",
                "object_types": ["Host", "VM", "SVM"],
                "details": True,
            },
        }
    )


def write(folder: pathlib.Path, name: str, play: Play) -> str:
    path = folder / name
    path.write_text(yaml.safe_dump(play), encoding="utf-8")
    return str(path)
