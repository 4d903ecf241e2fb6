# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that make batches of inventory hosts: integration_servers, svms, clusters."""

from __future__ import annotations

from ansible_collections.ksv.light_agent.plugins.filter.clusters import clusters
from ansible_collections.ksv.light_agent.plugins.filter.integration_servers import integration_servers, svms

VCENTER = {"type": "vmware", "address": "vc", "admin": {"username": "a", "password": "Secret-1"}}
CLOUD = {"type": "OPENSTACK", "address": "k", "region": "R"}
IMAGE = {"manifest_path": "/svm.xml"}
HOSTS = {
    "a": {"ksv_infrastructure": VCENTER, "ksv_image": IMAGE, "ksv_location": "esx1", "ksv_klconfig_password": "Secret-2"},
    "b": {"ksv_infrastructure": VCENTER, "ksv_image": {"image_id": "img-9"}, "ksv_svm_name": "svm-b", "ksv_location": "esx2"},
    "c": {"ksv_infrastructure": CLOUD, "ksv_image": IMAGE, "ksv_location": "p", "ksv_flavor": "f"},
    "d": {"ksv_infrastructure": CLOUD, "ksv_image": IMAGE, "ksv_viis_server": "other"},
}


def loop(variable, *results):
    return {"results": [{"ansible_loop_var": variable, variable: {"label": label}, **result} for label, result in results]}


def test_servers_infrastructures_and_images():
    plan = integration_servers(list(HOSTS), HOSTS)
    assert plan["problems"] == {}
    first, other = plan["servers"]
    assert (first["label"], other["label"]) == ("the Integration Server", "other")
    assert first["hosts"] == {"a": "a", "b": "svm-b", "c": "c"}
    assert [(entry["label"], entry["name"]) for entry in first["infrastructures"]] == [
        ("VMWARE vc", ["a", "svm-b"]),
        ("OPENSTACK k R", ["c"]),
    ]
    assert [(entry["label"], entry["types"], entry["name"]) for entry in first["images"]] == [
        ("/svm.xml", ["VMWARE", "OPENSTACK"], ["a", "c"]),
        ("img-9", ["VMWARE"], ["svm-b"]),
    ]
    assert "Secret" not in repr(plan)


def test_hosts_that_cannot_be_worked_on():
    hosts = {
        "a": {},
        "b": {"ksv_infrastructure": VCENTER},
        "c": {"ksv_infrastructure": VCENTER, "ksv_image": IMAGE, "ksv_svm_name": "x"},
        "x": {"ksv_infrastructure": CLOUD, "ksv_image": IMAGE},
    }
    problems = integration_servers(list(hosts), hosts)["problems"]
    assert "ksv_infrastructure" in problems["a"]["msg"] and problems["a"]["failed"]
    assert "ksv_image" in problems["b"]["msg"]
    assert problems["c"]["msg"] == problems["x"]["msg"] == 'c and x have the same SVM name "x"'
    assert set(integration_servers(["b"], hosts, with_image=False)["problems"]) == set()


def test_svms_of_what_went_well():
    server = integration_servers(list(HOSTS), HOSTS)["servers"][0]
    connections = loop("one", ("VMWARE vc", {"infrastructure_id": "i-1"}), ("OPENSTACK k R", {"failed": True, "msg": "no"}))
    images = loop("image", ("/svm.xml", {"image_id": "img-1"}), ("img-9", {"failed": True}))
    assert svms(server, HOSTS, connections, images) == [
        {"name": "a", "infrastructure_id": "i-1", "image_id": "img-1", "location": "esx1", "klconfig_password": "Secret-2"}
    ]
    assert [svm["name"] for svm in svms(server, HOSTS, connections, options=False)] == ["a", "svm-b"]
    assert svms(server, HOSTS, {}) == []
    # In a rehearsal there are no ids yet.
    assert svms(server, HOSTS, loop("one", ("VMWARE vc", {"infrastructure_id": None})))[0]["name"] == "a"


def test_clusters():
    hosts = {
        "a": {"ksv_viis_role": "primary"},
        "b": {"ksv_viis_role": "reserve", "ansible_host": "2001:db8::1", "ksv_viis_port": 7272},
        "c": {"ksv_viis_role": "primary", "ksv_cluster": "two"},
        "d": {},
    }
    plan = clusters(list(hosts), hosts)
    assert plan["clusters"] == [{"label": "cluster", "primary": "a", "reserve": "b", "address": "[2001:db8::1]:7272"}]
    assert "0 reserve servers" in plan["problems"]["c"]["msg"]
    assert "ksv_viis_role" in plan["problems"]["d"]["msg"]
