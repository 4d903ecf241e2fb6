# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 10 and 11, the host family."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from simulated_viis import V, ViisClient

PATH = V + "/infrastructures/%s/objects"


def names(body: dict) -> tuple[list[str], list[str]]:  # type: ignore[type-arg]
    """Names of locations and machines."""
    return [item["name"] for item in body["locations"]], [item["name"] for item in body["vms"]]


def test_the_default_is_hypervisors_in_short(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    assert viis.objects(wanted) == {
        "vms": [],
        "locations": [
            {"id": "host-101", "name": "esx1.example.test", "parentId": wanted, "state": "Started"},
            {"id": "host-102", "name": "esx2.example.test", "parentId": wanted, "state": "Started"},
            {"id": "/dc1/host/esx 3", "name": "Гипервизор 3", "parentId": wanted, "state": "Started"},
        ],
    }


def test_everything_in_full_as_documented(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    found = viis.objects(wanted, "objectTypes=Host+SVM+VM&outputType=DetailedInfo")
    host = found["locations"][0]
    assert set(host) == {"id", "name", "parentId", "state", "resources"}
    assert set(host["resources"]) == {"networks", "storages"}
    assert host["resources"]["networks"][1] == {"id": "network-12", "name": "Защищённая сеть"}
    assert host["resources"]["storages"][0] == {"id": "datastore-21", "name": "ssd", "freeSpace": 1099511627776}
    machines = {item["id"]: item for item in found["vms"]}
    assert machines["vm-1002"] == {
        "id": "vm-1002",
        "name": "База данных",
        "parentId": "host-101",
        "state": "Enabled",
        "isSvm": False,
        "networkAdapters": [{"id": "network-11", "name": "VM Network"}, {"id": "network-12", "name": "Защищённая сеть"}],
    }
    assert machines["vm-1009"] == {
        "id": "vm-1009",
        "name": "svm-old",
        "parentId": "host-101",
        "state": "Enabled",
        "isSvm": True,
        "svmVersion": "6.1.0.1",
        "networkAdapters": [{"id": "network-11", "name": "VM Network"}],
    }


def test_general_information_leaves_out(viis: ViisClient) -> None:
    machine = viis.objects(viis.vcenter(), "objectTypes=SVM&outputType=GeneralInfo")["vms"][0]
    assert machine == {"id": "vm-1009", "name": "svm-old", "parentId": "host-101", "state": "Enabled", "isSvm": True}


@pytest.mark.parametrize(
    ("query", "machines"),
    [
        ("objectTypes=VM", ["web-1", "База данных", "svm-taken"]),
        ("objectTypes=SVM", ["svm-old"]),
        ("objectTypes=VM+SVM", ["web-1", "База данных", "svm-taken", "svm-old"]),
        ("objectTypes=Host", []),
        ("", []),
    ],
)
def test_children_of_a_hypervisor(viis: ViisClient, query: str, machines: list[str]) -> None:
    assert names(viis.objects(viis.vcenter(), query + "&parentId=host-101" if query else "parentId=host-101")) == ([], machines)


@pytest.mark.parametrize("text", ["Host+SVM", "Host%2BSVM", "Host%20SVM", "Host,SVM", "Host&objectTypes=SVM"])
def test_a04_forms_of_plus(viis: ViisClient, text: str) -> None:
    wanted = viis.vcenter()
    path = PATH % wanted + "?objectTypes=" + text
    assert [len(items) for items in names(viis.ok("GET", path))] == [3, 1]
    viis.settings(object_types="raw_plus")
    assert viis.call("GET", path).status_code == (200 if text == "Host+SVM" else 400)


def test_the_journal_keeps_the_raw_plus(viis: ViisClient) -> None:
    viis.objects(viis.vcenter(), "objectTypes=VM+SVM&outputType=GeneralInfo")
    entry = viis.simulator.journal.entries("list_objects", "viis")[-1]
    assert entry.query == "objectTypes=VM+SVM&outputType=GeneralInfo"


@pytest.mark.parametrize(
    "query", ["objectTypes=host", "objectTypes=", "objectTypes=Host+", "objectTypes=OpenstackProject", "outputType=Full", "more=1"]
)
def test_wrong_queries(viis: ViisClient, query: str) -> None:
    assert viis.refused(400, "GET", PATH % viis.vcenter() + "?" + query)["errors"]


def test_one_object(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    full = viis.objects(wanted, "objectTypes=Host+VM+SVM&outputType=DetailedInfo")
    for item in full["locations"] + full["vms"]:
        assert viis.ok("GET", PATH % wanted + "/" + quote(item["id"], safe="")) == item


def test_an_id_with_slashes_must_be_encoded(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    viis.refused(404, "GET", PATH % wanted + "//dc1/host/esx 3")
    assert viis.ok("GET", PATH % wanted + "/%2Fdc1%2Fhost%2Fesx%203")["id"] == "/dc1/host/esx 3"


def test_unknown_ids(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    viis.refused(404, "GET", PATH % wanted + "/host-999")
    viis.refused(404, "GET", PATH % wanted + "?parentId=host-999")
    viis.refused(404, "GET", PATH % "unknown")


def test_before_it_is_connected(viis: ViisClient) -> None:
    wanted = viis.connect(
        {
            "type": "VMWARE",
            "address": "vcenter.example.test",
            "accounts": {"admin": {"name": "administrator@vsphere.local", "password": "VmNlbnRlci0x"}},
        }
    )
    viis.refused(409, "GET", PATH % wanted)
    viis.settings(objects_before_connected="empty")
    assert viis.objects(wanted) == {"locations": [], "vms": []}
    viis.refused(404, "GET", PATH % wanted + "/host-101")


def test_r12_what_is_new_shows_after_a_refresh(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    viis.simulator.world["viis"].server.platforms.find("vcenter.example.test").machines["vm-1011"].fresh = False
    assert names(viis.objects(wanted, "objectTypes=VM&parentId=host-102"))[1] == ["web-2"]
    viis.refused(404, "GET", PATH % wanted + "/vm-1011")
    viis.ok("POST", V + "/infrastructures/%s/refresh" % wanted)
    assert names(viis.objects(wanted, "objectTypes=VM&parentId=host-102"))[1] == ["web-2"], "not yet"
    viis.advance(3)
    assert names(viis.objects(wanted, "objectTypes=VM&parentId=host-102"))[1] == ["web-2", "new-since-yesterday"]


def test_a_large_infrastructure() -> None:
    from simulator.runner import Simulator

    world = {
        "viis": {
            "admin_password": "p" * 8,
            "platforms": [
                {
                    "type": "VMWARE",
                    "address": "v.example.test",
                    "infrastructure_id": "inf-1",
                    "networks": [{"id": "n", "name": "n"}],
                    "accounts": [{"name": "a", "password": "b"}],
                    "generate": {"locations": 500, "vms_per_location": 10, "prefix": "esx"},
                }
            ],
        }
    }
    with Simulator(world, speed=0.0) as running:
        viis = ViisClient(running).login()
        found = viis.objects("inf-1", "objectTypes=Host+VM+SVM&outputType=DetailedInfo")
        assert (len(found["locations"]), len(found["vms"])) == (500, 5000)
        assert len(viis.objects("inf-1", "objectTypes=VM&parentId=esx-0500")["vms"]) == 10
