# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 5 to 7: the OpenStack family."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_viis import HYPERV, OPENSTACK, PROXMOX, V, ViisClient, account, changed, without

PATH = V + "/infrastructures"
TEST = PATH + "/testConnection"
KEYSTONE = "keystone.example.test:5000"
HTTPS = ["nova.example.test:8774", "glance.example.test:9292", "neutron.example.test:9696"]
NO_REGION = without(OPENSTACK, "specificSettings.region")


def services(record: Any) -> dict[str, tuple[str, str]]:
    """State of each microservice, by address."""
    return {
        entry["address"]: (entry["status"], entry["error"])
        for region in record["details"]["regions"]
        for entries in region["endpoints"].values()
        for entry in entries
    }


def test_testing_as_documented(viis: ViisClient) -> None:
    viis.trust(KEYSTONE)
    viis.trust(HTTPS[0])
    body = viis.ok("POST", TEST, OPENSTACK)
    assert set(body) == {"type", "address", "specificSettings", "displayName", "name", "version", "edition", "connectionInfo", "readonly"}
    assert body["specificSettings"] == {"protocol": "https", "region": "RegionOne"}
    assert set(body["connectionInfo"]) == {"admin"}
    assert set(body["connectionInfo"]["admin"]) == {"status", "connectionError", "details"}
    (region,) = body["connectionInfo"]["admin"]["details"]["regions"]
    assert region["id"] == "RegionOne"
    assert set(region["endpoints"]) == {"compute", "glance", "neutron", "cinder"}
    assert region["endpoints"]["compute"] == [
        {"address": "nova.example.test:8774", "protocol": "https", "version": "2.1", "status": "CONNECTED", "error": "NO_ERROR"}
    ]
    assert services(body["connectionInfo"]["admin"])["glance.example.test:9292"] == ("DISCONNECTED", "INVALID_CERTIFICATE")
    assert services(body["connectionInfo"]["admin"])["cinder.example.test:8776"] == ("CONNECTED", "NO_ERROR"), "plain HTTP"
    assert body["readonly"] == dict(body["connectionInfo"]["admin"], updatePeriodSeconds=0)


def test_testing_stores_nothing(viis: ViisClient, simulator: Any) -> None:
    viis.ok("POST", TEST, OPENSTACK)
    assert simulator.snapshot()["viis"]["infrastructures"] == []


def test_r06_trust_until_all_are_connected(viis: ViisClient) -> None:
    viis.trust(KEYSTONE)
    for address in HTTPS:
        states = services(viis.ok("POST", TEST, OPENSTACK)["connectionInfo"]["admin"])
        assert states[address] == ("DISCONNECTED", "INVALID_CERTIFICATE")
        viis.trust(address)
    states = services(viis.ok("POST", TEST, OPENSTACK)["connectionInfo"]["admin"])
    assert set(states.values()) == {("CONNECTED", "NO_ERROR")}
    wanted = viis.connect(OPENSTACK)
    body = viis.infrastructure(wanted)
    assert (body["connectionInfo"]["admin"]["status"], body["readonly"]["status"]) == ("CONNECTED", "CONNECTED")
    assert set(services(body["connectionInfo"]["admin"]).values()) == {("CONNECTED", "NO_ERROR")}


def test_r05_keystone_itself(viis: ViisClient) -> None:
    admin = viis.ok("POST", TEST, OPENSTACK)["connectionInfo"]["admin"]
    assert (admin["status"], admin["connectionError"], admin["details"]) == ("DISCONNECTED", "INVALID_CERTIFICATE", {"regions": []})


def test_connecting_as_documented(viis: ViisClient) -> None:
    viis.trust(KEYSTONE)
    body = viis.ok("POST", PATH, OPENSTACK, 201)
    assert set(body) == {
        "infrastructureId",
        "type",
        "address",
        "specificSettings",
        "displayName",
        "name",
        "version",
        "edition",
        "connectionInfo",
        "readonly",
    }, "A-32: no accounts"
    assert set(services(body["connectionInfo"]["admin"]).values()) == {("CONNECTING", "NO_ERROR")}
    viis.advance(5)
    body = viis.infrastructure(body["infrastructureId"])
    assert body["accounts"] == {"admin": {"name": "admin"}}
    viis.settings(openstack_accounts=False)
    assert "accounts" not in viis.infrastructure(body["infrastructureId"])


def test_one_region_is_broken(viis: ViisClient) -> None:
    viis.trust(KEYSTONE)
    body = viis.ok("POST", TEST, NO_REGION)
    assert body["specificSettings"] == {"protocol": "https"}
    regions = {region["id"]: region for region in body["connectionInfo"]["admin"]["details"]["regions"]}
    assert set(regions) == {"RegionOne", "RegionTwo"}
    assert regions["RegionTwo"]["endpoints"]["neutron"][0]["error"] == "NETWORK_ERROR"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (changed(OPENSTACK, "specificSettings.region", "RegionNine"), "SERVER_ERROR"),
        (changed(OPENSTACK, "specificSettings.protocol", "http"), "NETWORK_ERROR"),
        (changed(OPENSTACK, "accounts.admin", account("admin", "Stack-1", domain="other")), "UNAUTHORIZED"),
        (changed(OPENSTACK, "accounts.admin", account("viewer", "Viewer-1", domain="Default")), "ACCESS_DENIED"),
        (changed(OPENSTACK, "type", "VKCLOUDOPENSTACK"), "SERVER_ERROR"),
    ],
)
def test_each_error(viis: ViisClient, body: Any, error: str) -> None:
    viis.trust(KEYSTONE)
    admin = viis.ok("POST", TEST, body)["connectionInfo"]["admin"]
    assert (admin["status"], admin["connectionError"]) == ("DISCONNECTED", error)


def test_a10_to_a12_the_readonly_record(viis: ViisClient) -> None:
    wanted = viis.openstack()
    viis.settings(openstack_readonly="nested", openstack_readonly_details="text")
    body = viis.infrastructure(wanted)
    assert "readonly" not in body
    assert body["connectionInfo"]["readOnly"]["details"] == "..."
    viis.settings(openstack_readonly="top", openstack_readonly_details="null")
    assert viis.infrastructure(wanted)["readonly"]["details"] is None
    viis.settings(openstack_readonly="absent")
    body = viis.infrastructure(wanted)
    assert "readonly" not in body
    assert set(body["connectionInfo"]) == {"admin"}


@pytest.mark.parametrize(
    "body",
    [
        without(OPENSTACK, "specificSettings"),
        without(OPENSTACK, "specificSettings.protocol"),
        changed(OPENSTACK, "specificSettings.protocol", "HTTPS"),
        without(OPENSTACK, "accounts.admin.domain"),
        changed(OPENSTACK, "specificSettings.region", ""),
        changed(OPENSTACK, "accounts.readOnly", account("viewer", "Viewer-1")),
    ],
)
def test_wrong_bodies(viis: ViisClient, body: Any) -> None:
    viis.refused(400, "POST", TEST, body)
    viis.refused(400, "POST", PATH, body)


@pytest.mark.parametrize("body", [HYPERV, PROXMOX])
def test_only_openstack_is_tested(viis: ViisClient, body: Any) -> None:
    viis.refused(400, "POST", TEST, body)


def test_objects_as_documented(viis: ViisClient) -> None:
    wanted = viis.openstack()
    assert viis.objects(wanted) == {
        "vms": [],
        "locations": [
            {"id": "domain-1", "name": "Default", "parentId": wanted},
            {"id": "project-1", "name": "production", "parentId": "domain-1"},
            {"id": "project-2", "name": "Тестовый проект", "parentId": "domain-1"},
        ],
    }, "A-34"
    found = viis.objects(wanted, "objectTypes=OpenstackDomain+OpenstackProject+SVM+VM&outputType=DetailedInfo")
    assert "resources" not in found["locations"][0]
    assert set(found["locations"][1]["resources"]) == {
        "networks",
        "volumeTypes",
        "securityGroups",
        "serverGroups",
        "flavors",
        "availabilityZones",
    }
    assert found["locations"][1]["resources"]["flavors"][0] == {
        "id": "fl-1",
        "name": "svm.small",
        "vCpus": 2,
        "ramInMegabytes": 2048,
        "diskInGigabytes": 30,
        "suitableForSvmVersions": ["6.2", "6.4"],
    }
    assert found["vms"] == [
        {
            "id": "server-1",
            "name": "app",
            "parentId": "project-1",
            "state": "Enabled",
            "isSvm": False,
            "networkAdapters": [{"id": "net-1", "name": "private", "securityGroups": []}],
        }
    ]
    assert [item["id"] for item in viis.objects(wanted, "parentId=domain-1")["locations"]] == ["project-1", "project-2"]
    assert [item["id"] for item in viis.objects(wanted, "parentId=" + wanted)["locations"]] == ["domain-1"]
    viis.refused(400, "GET", "%s/%s/objects?objectTypes=Host" % (PATH, wanted))
