# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The procedures of the SVM document from an inventory of SVMs to the end state of the infrastructures."""

from __future__ import annotations

import pytest

DEPLOY = "ksv.light_agent.deploy_svms"
REMOVE = "ksv.light_agent.remove_svms"
WRITES = (
    "trust_certificate",
    "connect_infrastructure",
    "remove_infrastructure",
    "register_image",
    "deploy_svms",
    "configure_svms",
    "delete_svms",
)
FAST = {
    "svm_deployment_poll_interval": 0.05,
    "svm_removal_poll_interval": 0.05,
    "ksv_image": {"manifest_path": "/opt/svm/6.4/svm.xml"},
    "ksv_ksc": {"address": "ksc.example.test"},
    "ksv_root": {"password": "Root-Secret-1"},
    "ksv_klconfig_password": "Klconfig-Secret-1",
}
VCENTER = {
    "ksv_infrastructure": {
        "type": "VMWARE",
        "address": "vcenter.example.test",
        "admin": {"username": "administrator@vsphere.local", "password": "Vcenter-1"},
        "trust_on_first_use": True,
    },
    "ksv_storage": "ssd",
    "ksv_dns": {"main": "192.0.2.53"},
    "ksv_networks": [{"network": "VM Network", "ip_address": "{{ ansible_host }}", "mask": "255.255.255.0", "gateway": "192.0.2.1"}],
}
CLOUD = {
    "ksv_infrastructure": {
        "type": "OPENSTACK",
        "address": "keystone.example.test",
        "region": "RegionOne",
        "admin": {"username": "admin", "password": "Stack-1", "domain": "Default"},
        "trust_on_first_use": True,
    },
    "ksv_flavor": "svm.small",
    "ksv_networks": [{"network": "private", "security_groups": ["svm"]}],
}
INVENTORY = {
    "vars": FAST,
    "children": {
        "vcenter": {
            "vars": VCENTER,
            "hosts": {
                "svm-1": {"ansible_host": "192.0.2.11", "ksv_location": "esx1.example.test"},
                "svm-2": {"ansible_host": "192.0.2.12", "ksv_location": "esx2.example.test"},
                "svm-3": {"ansible_host": "192.0.2.13", "ksv_location": "Гипервизор 3"},
            },
        },
        "cloud": {"vars": CLOUD, "hosts": {"svm-os": {"ksv_location": "Default/production"}}},
    },
}


@pytest.fixture
def listing(simulator):
    """A server that lists its infrastructures, so that they are found again."""
    simulator.change_settings({"viis": {"undocumented": True}})
    return simulator


def writes(simulator):
    return [entry.method for entry in simulator.journal.entries(server="viis") if entry.method in WRITES]


def test_the_life_of_svms(listing, playbooks):
    rehearsal = playbooks.run(DEPLOY, INVENTORY, "--check", "--diff")
    assert rehearsal.returncode == 0
    assert writes(listing) == []

    first = playbooks.run(DEPLOY, INVENTORY, "--diff")
    assert first.returncode == 0
    assert first.verdicts == {
        "svm-1": "esx1.example.test: deployed",
        "svm-2": "esx2.example.test: deployed",
        "svm-3": "Гипервизор 3: deployed",
        "svm-os": "Default/production: deployed",
    }
    assert set(rehearsal.verdicts) == set(first.verdicts)
    assert all("deployed" in verdict for verdict in rehearsal.verdicts.values())
    assert all(recap.changed for recap in first.recap.values())
    done = writes(listing)
    # One request for each family, one image, whatever the number of SVMs.
    assert done.count("deploy_svms") == 2
    assert done.count("register_image") == 1
    assert done.count("connect_infrastructure") == 2
    assert not any(secret in rehearsal.output + first.output for secret in ("Root-Secret-1", "Klconfig-Secret-1", "Vcenter-1", "Stack-1"))

    listing.journal.clear()
    again = playbooks.run(DEPLOY, INVENTORY)
    assert (again.returncode, again.changed) == (0, 0)
    assert writes(listing) == []

    one = playbooks.run(REMOVE, INVENTORY, "--limit", "svm-2")
    assert one.verdicts == {"svm-2": "esx2.example.test: removed"}
    assert "remove_infrastructure" not in writes(listing)

    dry = playbooks.run(REMOVE, INVENTORY, "--check")
    assert dry.returncode == 0 and writes(listing) == ["delete_svms"]
    gone = playbooks.run(REMOVE, INVENTORY)
    assert gone.returncode == 0
    assert gone.verdicts["svm-1"] == "esx1.example.test: removed"
    assert "unchanged" in gone.verdicts["svm-2"]
    # The vCenter has an SVM of somebody else.
    assert writes(listing).count("remove_infrastructure") == 1
    assert playbooks.run(REMOVE, INVENTORY).changed == 0


@pytest.mark.long
def test_a_server_that_does_not_list_its_infrastructures(simulator, playbooks):
    hosts = INVENTORY["children"]["vcenter"]["hosts"]
    given = {"vars": {**FAST, **VCENTER}, "hosts": hosts}
    first = playbooks.run(DEPLOY, given)
    assert first.returncode == 0
    lost = playbooks.run(REMOVE, given)
    assert lost.failed == set(hosts) and "infrastructure_id" in lost.verdicts["svm-1"]
    id = simulator.snapshot()["viis"]["infrastructures"][0]["id"]
    assert id in first.output
    given["vars"]["ksv_infrastructure"] = {**VCENTER["ksv_infrastructure"], "infrastructure_id": id}
    again = playbooks.run(DEPLOY, given)
    assert (again.returncode, again.changed) == (0, 0)
    assert playbooks.run(REMOVE, given).returncode == 0


def test_one_svm_fails(listing, playbooks):
    failure = {"svm": "svm-2", "operation": "deploy", "message": "No space left on device"}
    listing.change_settings({"viis": {"svm_failures": [failure]}})
    result = playbooks.run(DEPLOY, INVENTORY)
    assert result.failed == {"svm-2"}
    assert "No space left on device" in result.verdicts["svm-2"]
    assert result.verdicts["svm-3"] == "Гипервизор 3: deployed"


@pytest.mark.long
def test_one_infrastructure_fails(listing, playbooks):
    wrong = {**CLOUD, "ksv_infrastructure": {**CLOUD["ksv_infrastructure"], "region": "RegionTwo"}}
    given = {"vars": FAST, "children": {**INVENTORY["children"], "cloud": {**INVENTORY["children"]["cloud"], "vars": wrong}}}
    result = playbooks.run(DEPLOY, given)
    assert result.failed == {"svm-os"}
    assert "neutron2.example.test:9696" in result.verdicts["svm-os"]
    assert result.verdicts["svm-1"] == "esx1.example.test: deployed"


@pytest.mark.long
def test_a_forged_image_is_not_deployed(listing, playbooks):
    given = {**INVENTORY, "vars": {**FAST, "ksv_image": {"manifest_path": "/opt/svm/forged/svm.xml"}}}
    result = playbooks.run(DEPLOY, given)
    assert result.failed == {"svm-1", "svm-2", "svm-3", "svm-os"}
    assert "authentic" in result.verdicts["svm-1"]
    assert "deploy_svms" not in writes(listing)


def test_a_wrong_name_and_a_wrong_inventory(listing, playbooks):
    hosts = {
        "svm-1": {"ansible_host": "192.0.2.11", "ksv_location": "esx9.example.test"},
        "svm-2": {"ansible_host": "192.0.2.12", "ksv_location": "esx2.example.test", "ksv_image": {}},
        "svm-3": {"ansible_host": "192.0.2.13", "ksv_location": "Гипервизор 3", "ksv_svm_name": "same"},
        "svm-4": {"ansible_host": "192.0.2.14", "ksv_location": "Гипервизор 3", "ksv_svm_name": "same"},
    }
    result = playbooks.run(DEPLOY, {"vars": {**FAST, **VCENTER}, "hosts": hosts})
    assert result.failed == set(hosts)
    assert "esx9.example.test" in result.verdicts["svm-1"] and "esx1.example.test" in result.verdicts["svm-1"]
    assert "ksv_image" in result.verdicts["svm-2"]
    assert all(host in result.verdicts["svm-3"] and host in result.verdicts["svm-4"] for host in ("svm-3", "svm-4"))
    assert "register_image" not in writes(listing)


def test_a_wrong_password_of_the_server_is_tried_once(listing, playbooks):
    result = playbooks.run(DEPLOY, INVENTORY, VIIS_PASSWORD="Wrong-1-secret")
    assert result.failed == {"svm-1", "svm-2", "svm-3", "svm-os"}
    assert [entry.method for entry in listing.journal.entries(server="viis")] == ["get_token"]
    assert "Wrong-1-secret" not in result.output
