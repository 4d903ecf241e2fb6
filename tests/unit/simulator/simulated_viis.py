# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain VIIS client for these tests, and bodies as the contract's section 14 gives them."""

from __future__ import annotations

import base64
import copy
from typing import Any

import requests

V = "/api/3.0"
RULES = V + "/sslConfig/certificateValidator/rules"
SVMS = V + "/management/deployment/svm/"
IMAGE = "/opt/svm/6.4/svm.xml"
FORGED = "/opt/svm/forged/svm.xml"


def b64(text: str) -> str:
    """Base64 of UTF-8, as every password in a body is written."""
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def account(name: str, password: str, **more: str) -> dict[str, str]:
    """An account of a body."""
    return dict(more, name=name, password=b64(password))


VCENTER = {"type": "VMWARE", "address": "vcenter.example.test", "accounts": {"admin": account("administrator@vsphere.local", "Vcenter-1")}}
HYPERV = {"type": "HYPERV", "address": "hyperv.example.test", "accounts": {"admin": account("EXAMPLE\\admin", "Hyperv-1")}}
PROXMOX = {
    "type": "PROXMOX",
    "address": "pve1.example.test",
    "accounts": {"admin": {"name": "root@pam", "password": "c2VjcmV0"}, "readOnly": {"name": "viis@pve", "password": "c2VjcmV0"}},
}
OPENSTACK = {
    "type": "OPENSTACK",
    "address": "keystone.example.test",
    "specificSettings": {"protocol": "https", "region": "RegionOne"},
    "accounts": {"admin": account("admin", "Stack-1", domain="Default")},
}
SETTINGS = {
    "ksc": {"address": "ksc.example.test", "port": "14000", "sslPort": "13000", "language": "en"},
    "users": {"root": {"allowSshAccess": False, "password": "cm9vdA=="}, "klconfig": {"password": "a2w="}},
    "dns": {"main": "192.0.2.53"},
}
STATIC = {"type": "static", "ipAddress": "192.0.2.10", "mask": "255.255.255.0", "gateway": "192.0.2.1"}


def without(data: Any, path: str) -> Any:
    """A copy without the member at a path such as ``a.0.b``."""
    data = copy.deepcopy(data)
    *way, last = path.split(".")
    at = data
    for step in way:
        at = at[int(step) if isinstance(at, list) else step]
    del at[int(last) if isinstance(at, list) else last]
    return data


def changed(data: Any, path: str, value: Any) -> Any:
    """A copy with another value at a path such as ``a.0.b``."""
    data = copy.deepcopy(data)
    *way, last = path.split(".")
    at = data
    for step in way:
        at = at[int(step) if isinstance(at, list) else step]
    at[int(last) if isinstance(at, list) else last] = value
    return data


class ViisClient:
    """A client of one simulated Integration Server."""

    def __init__(self, simulator: Any, name: str = "viis") -> None:
        self.simulator = simulator
        self.name = name
        self.end = simulator.endpoints[name]
        self.http = requests.Session()
        self.token = ""

    def login(self) -> ViisClient:
        """Get a token."""
        answer = self.basic(self.end.password)
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["accessToken"]["value"]
        return self

    def basic(self, password: str, user: str = "admin") -> requests.Response:
        """Ask for a token as somebody."""
        return self.call("GET", V + "/auth/tokens", headers={"Authorization": "Basic " + b64("%s:%s" % (user, password))})

    def call(self, verb: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """Send a request."""
        headers = {"Authorization": "Bearer " + self.token, "Accept": "application/json", **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        return self.http.request(verb, self.end.url + path, headers=headers, verify=self.simulator.ca_file, timeout=10, **more)

    def ok(self, verb: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Send a request that must succeed with this status; return what it answers."""
        answer = self.call(verb, path, body)
        assert answer.status_code == status, "%d %s" % (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def refused(self, status: int, verb: str, path: str, body: Any = None) -> dict[str, Any]:
        """Send a request that must be refused with this status; return the problem document."""
        answer = self.call(verb, path, body)
        assert answer.status_code == status, "%d %s" % (answer.status_code, answer.text)
        return answer.json()

    def settings(self, **values: Any) -> None:
        """Change settings of this server."""
        self.simulator.change_settings({self.name: values})

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self.simulator.clock.advance(seconds)

    def trust(self, address: str, kind: str = "sslConfig/getCertificate") -> str:
        """Trust whatever is at host:port; return its thumbprint."""
        thumbprint = self.ok("GET", "%s/%s?address=%s" % (V, kind, address))["thumbprint"]
        self.ok("POST", RULES, {"address": address, "thumbprint": thumbprint}, 201)
        return thumbprint

    def connect(self, body: dict[str, Any]) -> str:
        """Connect an infrastructure and wait; return its id."""
        wanted = self.ok("POST", V + "/infrastructures", body, 201)["infrastructureId"]
        self.advance(60)
        self.infrastructure(wanted)
        return wanted

    def infrastructure(self, wanted: str) -> Any:
        """Read an infrastructure."""
        return self.ok("GET", "%s/infrastructures/%s" % (V, wanted))

    def vcenter(self) -> str:
        """Trust and connect the vCenter."""
        self.trust("vcenter.example.test:443")
        return self.connect(VCENTER)

    def hyperv(self) -> str:
        """Connect Hyper-V, which needs no trust."""
        return self.connect(HYPERV)

    def openstack(self) -> str:
        """Trust and connect the good region of OpenStack."""
        for address in ("keystone.example.test:5000", "nova.example.test:8774", "glance.example.test:9292", "neutron.example.test:9696"):
            self.trust(address)
        return self.connect(OPENSTACK)

    def image(self, path: str = IMAGE, *types: str) -> str:
        """Register an image; return its id."""
        return self.ok(
            "POST",
            SVMS + "images/register/manifest",
            {"manifestUrl": path, "hypervisors": [{"type": name} for name in types or ("VMWARE", "HYPERV", "OPENSTACK")]},
            201,
        )["id"]

    def task(self, wanted: str) -> Any:
        """Read a task."""
        return self.ok("GET", "%s/virtualization/tasks/%s" % (V, wanted))

    def objects(self, wanted: str, query: str = "") -> Any:
        """List objects."""
        return self.ok("GET", "%s/infrastructures/%s/objects%s" % (V, wanted, "?" + query if query else ""))

    def svm_names(self, wanted: str) -> list[str]:
        """Names of the SVMs."""
        return [item["name"] for item in self.objects(wanted, "objectTypes=SVM")["vms"]]

    def deploy(self, *svms: Any, image: str, threads: Any = "1", status: int = 202) -> Any:
        """Deploy SVMs."""
        return self.ok("POST", SVMS, deployment(*svms, image=image, threads=threads), status)


def deployment(*svms: Any, image: str, threads: Any = "1", skip: Any = False) -> dict[str, Any]:
    """Body of operation 15."""
    return {"threadsCount": threads, "image": {"id": image, "skipCheckIntegrity": skip, "localization": "en"}, "svms": list(svms)}


def host_svm(name: str, infrastructure: str, location: str = "host-102", **network: Any) -> dict[str, Any]:
    """One SVM of operation 15 for the vCenter."""
    return {
        "svmSettings": dict(copy.deepcopy(SETTINGS), name=name),
        "deploymentInfo": {
            "type": "host",
            "target": {"infrastructureId": infrastructure, "location": {"id": location}},
            "settings": {"storageId": "datastore-21", "networks": [dict({"id": "network-11", "isPrimary": True, **STATIC}, **network)]},
        },
    }


def project_svm(name: str, infrastructure: str, location: str = "project-1", **settings: Any) -> dict[str, Any]:
    """One SVM of operation 15 for OpenStack."""
    return {
        "svmSettings": dict(copy.deepcopy(SETTINGS), name=name),
        "deploymentInfo": {
            "type": "openstackProject",
            "target": {"infrastructureId": infrastructure, "location": {"id": location}},
            "settings": dict(
                {
                    "flavorId": "fl-1",
                    "serverGroupId": "sg-1",
                    "networks": [
                        {
                            "id": "net-1",
                            "ports": [
                                {"isPrimary": True, "type": "dynamic", "portSecurityEnabled": True, "securityGroupIds": ["secgrp-1"]}
                            ],
                        }
                    ],
                },
                **settings,
            ),
        },
    }


def existing(infrastructure: str, svm: str = "vm-1009", location: str = "host-101", kind: str = "host", **more: Any) -> dict[str, Any]:
    """deploymentInfo of operations 16 and 17."""
    return dict({"type": kind, "target": {"infrastructureId": infrastructure, "svmId": svm, "location": {"id": location}}}, **more)


def configuration(infrastructure: str, password: str = "Klconfig-1", settings: Any = None, **svm_settings: Any) -> dict[str, Any]:
    """Body of operation 16 for the SVM that is there from the start."""
    return {
        "threadsCount": "1",
        "svms": [
            {"svmSettings": dict(svm_settings, password=b64(password)), "deploymentInfo": existing(infrastructure, settings=settings or {})}
        ],
    }
