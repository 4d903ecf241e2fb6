# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world, and a plain KSC client for these tests, written from the documents: raw requests, no help of any library of this project."""

# ruff: noqa: RUF001 - names in this world are Cyrillic on purpose
from __future__ import annotations

import base64
from typing import Any

import requests

WORLD: dict[str, Any] = {
    "ksc": {
        "addresses": ["ksc.example.test"],
        "groups": ["Web/Frontend"],
        "virtual_servers": [{"name": "Tenant A", "groups": ["Web"]}, {"name": "вс1"}, {"name": "Closed", "enabled": False}],
        "accounts": [
            {"username": "admin", "password": "right"},
            {"username": "usér", "password": "pâss", "internal": False, "domain": "CORP"},
            {"username": "tenant", "password": "right-a", "servers": ["Tenant A"]},
            {"username": "main-only", "password": "right-p", "servers": ["primary"]},
            {"username": "factor", "password": "right-2", "totp": "123456"},
            {"username": "enrol", "password": "right-3", "totp": "enrol"},
            {"username": "blocked", "password": "right-4", "locked": True},
        ],
        "os_accounts": {"windows": {"Administrator": "os-pass"}, "linux": {"root": "os-root"}},
        "packages": [
            {"product": "1103", "version": "1.0.0.0", "display_version": "14.2.0.26967", "servers": ["primary", "Tenant A"]},
            {"product": "KSVLA", "version": "5.2.0.0", "display_version": "5.2.27.1202", "platform": "windows", "size": 217427607},
            {"product": "kesl", "version": "12.1.0.0", "platform": "linux", "servers": ["primary", "Tenant A"]},
            {"product": "kesl", "version": "11.0.0.0", "platform": "linux", "retranslation_errors": {"*": "No room."}},
        ],
        "hosts": [
            {"name": "Host1", "id": "7ad995e2-eb62-40e5-9c7e-5abae19979a0", "ip": "127.0.0.1"},
            {"name": "Host2", "id": "5fb6a90c-d054-4f9b-a342-2a62949ad899", "ip": "10.65.82.27", "platform": "linux"},
            {"name": "asleep", "ip": "10.0.0.3", "online": False},
            {"name": "naked", "ip": "10.0.0.4", "agent": False},
            {
                "name": "broken",
                "ip": "10.0.0.5",
                "outcomes": [{"task": "install", "product": "KSVLA", "result": "failed", "reason": "Error 1603."}],
            },
            {
                "name": "warns",
                "ip": "10.0.0.6",
                "outcomes": [{"task": "install", "result": "warning", "reason": "Restart.", "reboot": True}],
            },
            {"name": "slow", "ip": "10.0.0.7", "outcomes": [{"seconds": 600}]},
            {"name": "twin", "ip": "10.0.0.8"},
            {"name": "Twin", "ip": "10.0.0.8", "group": "Web"},
            {"name": 'a "b" c', "ip": "10.0.0.9"},
            {"name": "star*", "ip": "10.0.0.10"},
            {"name": "start", "ip": "10.0.0.11"},
            {"name": "q?[x]", "ip": "10.0.0.12"},
            {"name": "Сервер", "ip": "10.0.0.13"},
            {
                "name": "a-kesl",
                "ip": "10.1.0.1",
                "platform": "linux",
                "server": "Tenant A",
                "products": [{"name": "kesl", "version": "12.1.0.0", "build": "12.1.0.1543"}],
            },
        ],
    },
}
HOST1, HOST2 = "7ad995e2-eb62-40e5-9c7e-5abae19979a0", "5fb6a90c-d054-4f9b-a342-2a62949ad899"


def b64(text: str) -> str:
    """Base64 of UTF-8, as user, password and server names are written."""
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def basic(user: str = "admin", password: str = "right", more: str = ', domain="", internal="1"') -> str:
    """The Authorization header in the documented form."""
    return 'KSCBasic user="%s", pass="%s"%s' % (b64(user), b64(password), more)


class KscClient:
    """One connection to the simulated KSC; `session` is what StartSession gave, if it was asked for."""

    def __init__(self, simulator: Any) -> None:
        self.simulator = simulator
        self.base = simulator.ksc.url + "/api/v1.0/"
        self.http = requests.Session()
        self.session = ""

    def post(self, method: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any) -> requests.Response:
        """Send a call and return whatever came back."""
        sent = dict(headers or {})
        if self.session:
            sent.setdefault("X-KSC-Session", self.session)
        if body is not None:
            more["json"] = body
        return self.http.post(self.base + method, headers=sent, verify=self.simulator.ca_file, timeout=20, **more)

    def login(self, server: str = "", user: str = "admin", password: str = "right") -> KscClient:
        """Bind the connection."""
        headers = {"Authorization": basic(user, password), "X-KSC-VServer": b64(server)}
        answer = self.post("login", {}, headers)
        assert (answer.status_code, answer.json()) == (200, {})
        return self

    def start(self, server: str = "", user: str = "admin", password: str = "right") -> KscClient:
        """Open a session with an id."""
        headers = {"Authorization": basic(user, password)}
        if server:
            headers["X-KSC-VServer"] = b64(server)
        self.session = self.post("Session.StartSession", {}, headers).json()["PxgRetVal"]
        return self

    def call(self, method: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """Call a method that must succeed."""
        answer = self.post(method, {} if body is None else body, **more)
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert "PxgError" not in document, document
        return document

    def value(self, method: str, body: Any = None) -> Any:
        """Call a method and return PxgRetVal."""
        return self.call(method, body)["PxgRetVal"]

    def error(self, method: str, body: Any = None, **more: Any) -> tuple[str, int, str]:
        """Call a method that must fail; return module, code and message."""
        answer = self.post(method, body, **more)
        assert answer.status_code == 200, answer.text
        error = answer.json()["PxgError"]
        assert {"code", "subcode", "module", "file", "line", "message"} <= set(error)
        return error["module"], error["code"], error["message"]

    def find(self, text: str = "", fields: tuple[str, ...] = ("KLHST_WKS_DN",), only: bool = True, **more: Any) -> list[dict[str, Any]]:
        """Find hosts and return their attributes."""
        found = self.call(
            "HostGroup.FindHosts",
            dict(
                {
                    "wstrFilter": text,
                    "vecFieldsToReturn": list(fields),
                    "vecFieldsToOrder": [],
                    "pParams": {"KLSRVH_SLAVE_REC_DEPTH": 128, "KLGRP_FIND_FROM_CUR_VS_ONLY": only},
                    "lMaxLifeTime": 600,
                },
                **more,
            ),
        )
        page = self.call("ChunkAccessor.GetItemsChunk", {"strAccessor": found["strAccessor"], "nStart": 0, "nCount": found["PxgRetVal"]})
        self.call("ChunkAccessor.Release", {"strAccessor": found["strAccessor"]})
        return [row["value"] for row in page["pChunk"]["KLCSP_ITERATOR_ARRAY"]]

    def names(self, text: str = "", only: bool = True) -> list[str]:
        """Find hosts and return their display names."""
        return [row["KLHST_WKS_DN"] for row in self.find(text, only=only)]

    def identity(self, name: str) -> str:
        """Return the id of the host with that display name."""
        return self.simulator.world["ksc"].state.host(name).id


def params(value: dict[str, Any]) -> dict[str, Any]:
    """Params inside params or an array."""
    return {"type": "params", "value": value}


def task(kind: str, hosts: list[tuple[str, str]], additional: dict[str, Any], generation: str = "6.1", **info: Any) -> dict[str, Any]:
    """A task document of the article (6.1, or 5.2 with PRTS_TASK_ENABLED instead of TASKSCH_RUN_MISSED_FLAG)."""
    names = {
        "reconnect": ("KLNAG_TASK_RECONNECTION", "1103", "86"),
        "install": ("Remote Installation", "1093", "87"),
        "remove": ("Remote Deinstallation", "1093", "87"),
    }
    name, product, component = names[kind]
    targets = (
        {}
        if "PRTS_TASK_GROUPID" in info
        else {"HostList": [params({"HostDispName": title, "HostName": identity}) for title, identity in hosts]}
    )
    return {
        "TASKID_PRODUCT_NAME": product,
        "TASK_ADDITIONAL_PARAMS": params(additional),
        "TASK_INFO_PARAMS": params(dict({"DisplayName": "%s of a test" % kind}, **targets, **info)),
        "TASKSCH_RUN_MISSED_FLAG" if generation == "6.1" else "PRTS_TASK_ENABLED": True,
        "TASKID_VERSION": "1.0.0.0",
        "TASKSCH_TYPE": 0,
        "TASK_NAME": name,
        "TASKID_COMPONENT_NAME": component,
    }


def reconnect(address: str = "ksc.example.test/Tenant A") -> dict[str, Any]:
    """Additional parameters of the change of server."""
    return {"ServerSslPorts": [13000], "Serverports": [14000], "ServerAddress": address}


def accounts(user: str = "Administrator", password: Any = "os-pass") -> list[dict[str, Any]]:
    """The account in the article's layout: one member per item."""
    return [
        params({"klprts-TaskAccountAuthType": 1}),
        params({"klprts-TaskAccountUser": user}),
        params({"klprts-TaskAccountPassword": password}),
    ]


USE = {"KLTSK_RI_USE_SHARE": True, "KLTSK_RI_USE_SHARE_SRV": True, "KLTSK_RI_USE_NAGENT": True}


def install(packages: list[int], group: int, account: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Additional parameters of a remote installation."""
    return dict(
        USE,
        KLTSK_RI_PACKAGES_IDS=packages,
        KLTSK_RI_GROUP_TO_MOVE_HOST=group,
        **{"klprts-TaskAccounts": accounts() if account is None else account},
    )


def remove(name: str = "kesl", version: str = "12.1.0.0", account: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Additional parameters of a remote removal."""
    return dict(
        USE,
        ProductName=name,
        ProductVersion=version,
        UninstallType=0,
        **{"klprts-TaskAccounts": accounts("root", "os-root") if account is None else account},
    )
