# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's article (6.1), scenarios 1 to 3, followed literally for one host after the other, with requests alone."""

from __future__ import annotations

import base64
import ipaddress
import os
import sys
import time
import typing as t

import requests
import yaml

BASE = "https://%s:%s/api/v1.0/" % (os.environ["KSC_SERVER"], os.environ["KSC_PORT"])
CA = os.environ["KSC_CA_PATH"]
PAUSE = 0.02


class Server:
    def __init__(self, virtual_server: str | None = None) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Content-Type"] = "application/json"
        if virtual_server:
            self._session.headers["X-KSC-VServer"] = base64.b64encode(virtual_server.encode()).decode()
        user, password = (base64.b64encode(os.environ[name].encode()).decode() for name in ("KSC_USERNAME", "KSC_PASSWORD"))
        login = 'KSCBasic user="%s", pass="%s", internal="1"' % (user, password)
        self._session.post(BASE + "login", headers={"Authorization": login}, json={}, verify=CA, timeout=60).raise_for_status()

    def call(self, method: str, **arguments: t.Any) -> dict[str, t.Any]:
        answer = self._session.post(BASE + method, json=arguments, verify=CA, timeout=60).json()
        if "PxgError" in answer:
            raise SystemExit("%s: %s" % (method, answer["PxgError"]))
        return answer

    def find(self, address: int) -> dict[str, t.Any] | None:
        accessor = self.call(
            "HostGroup.FindHosts",
            wstrFilter="(KLHST_WKS_IP_LONG = %d)" % address,
            vecFieldsToReturn=["KLHST_WKS_DN", "KLHST_WKS_HOSTNAME", "KLHST_WKS_IP_LONG"],
            vecFieldsToOrder=[],
            pParams={"KLSRVH_SLAVE_REC_DEPTH": 128, "KLGRP_FIND_FROM_CUR_VS_ONLY": True},
            lMaxLifeTime=600,
        )["strAccessor"]
        count = self.call("ChunkAccessor.GetItemsCount", strAccessor=accessor)["PxgRetVal"]
        items = self.call("ChunkAccessor.GetItemsChunk", strAccessor=accessor, nStart=0, nCount=count)["pChunk"]["KLCSP_ITERATOR_ARRAY"]
        self.call("ChunkAccessor.Release", strAccessor=accessor)
        return items[0]["value"] if items else None

    def run(self, data: dict[str, t.Any]) -> None:
        task = self.call("Tasks.AddTask", pData=data)["PxgRetVal"]
        self.call("Tasks.RunTask", strTask=task)
        while self.call("Tasks.GetTaskStatistics", strTask=task)["PxgRetVal"]["4"] != 1:
            time.sleep(PAUSE)


def task(name: str, component: str, product: str, host: dict[str, t.Any], title: str, additional: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "TASKID_PRODUCT_NAME": product,
        "TASKID_VERSION": "1.0.0.0",
        "TASKID_COMPONENT_NAME": component,
        "TASK_NAME": name,
        "TASKSCH_TYPE": 0,
        "TASKSCH_RUN_MISSED_FLAG": True,
        "TASK_ADDITIONAL_PARAMS": {"type": "params", "value": additional},
        "TASK_INFO_PARAMS": {
            "type": "params",
            "value": {
                "DisplayName": title,
                "HostList": [{"type": "params", "value": {"HostDispName": host["KLHST_WKS_DN"], "HostName": host["KLHST_WKS_HOSTNAME"]}}],
            },
        },
    }


def package(server: Server, product: str, version: str) -> int:
    return next(
        found["value"]["KLPKG_NPI_PKGID"]
        for found in server.call("PackagesApi.GetPackages")["PxgRetVal"]
        if (found["value"]["KLPKG_NPI_PRODUCT_NAME"], found["value"]["KLPKG_NPI_PRODUCT_VERSION"]) == (product, version)
    )


def onboard(tenant_name: str, address: int, product: str, version: str) -> None:
    primary = Server()
    host = primary.find(address)
    assert host is not None
    reconnection = {"ServerAddress": "%s/%s" % (os.environ["KSC_SERVER"], tenant_name), "Serverports": [14000], "ServerSslPorts": [13000]}
    primary.run(task("KLNAG_TASK_RECONNECTION", "86", "1103", host, "Reconnect to vKSC", reconnection))
    for name, its_version in (("1103", "1.0.0.0"), (product, version)):
        package_id = package(primary, name, its_version)
        virtual_server = next(
            found["value"]["KLVSRV_ID"]
            for found in primary.call("VServers.GetVServers", lParentGroup=-1)["PxgRetVal"]
            if found["value"]["KLVSRV_DN"] == tenant_name
        )
        options = {
            "KLPKG_CREATE_STANDALONE_PRODS": True,
            "KLPKG_CREATE_STANDALONE_NAGT": True,
            "KLPKG_USE_LANGUAGE_TAG": True,
            "KLPKG_TYPE": 1,
            "KLPKG_LAZY_RETRANSLATION": False,
        }
        action = primary.call("PackagesApi.RetranslateToVServerAsync", nPackageId=package_id, nVServerId=virtual_server, pOptions=options)
        while True:
            state = primary.call("AsyncActionStateChecker.CheckActionState", wstrActionGuid=action["PxgRetVal"])
            if state["bFinalized"]:
                break
            time.sleep(max(PAUSE, state["lNextCheckDelay"] / 1000))
    tenant = Server(tenant_name)
    host = tenant.find(address)
    while host is None:
        time.sleep(PAUSE)
        host = tenant.find(address)
    accounts = [{"klprts-TaskAccountAuthType": 1}, {"klprts-TaskAccountUser": "u"}, {"klprts-TaskAccountPassword": "p"}]
    installation = {
        "KLTSK_RI_USE_SHARE": True,
        "KLTSK_RI_USE_SHARE_SRV": True,
        "KLTSK_RI_USE_NAGENT": True,
        "KLTSK_RI_PACKAGES_IDS": [package(tenant, "1103", "1.0.0.0"), package(tenant, product, version)],
        "KLTSK_RI_GROUP_TO_MOVE_HOST": tenant.call("HostGroup.GroupIdGroups")["PxgRetVal"],
        "klprts-TaskAccounts": [{"type": "params", "value": account} for account in accounts],
    }
    tenant.run(task("Remote Installation", "87", "1093", host, "Install on host", installation))


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        inventory = yaml.safe_load(file)["all"]
    for group in inventory["children"].values():
        variables = {**inventory["vars"], **group["vars"]}
        product = variables["ksv_product"]
        for host in group["hosts"].values():
            address = int(ipaddress.IPv4Address(host["ansible_host"]))
            onboard(variables["ksv_virtual_server"], address, product["name"], product["version"])


if __name__ == "__main__":
    main()
