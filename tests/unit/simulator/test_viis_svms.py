# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 14 to 17: deploying, reconfiguring and deleting SVMs."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_viis import (
    FORGED,
    SETTINGS,
    SVMS,
    V,
    ViisClient,
    b64,
    changed,
    configuration,
    deployment,
    existing,
    host_svm,
    project_svm,
    without,
)

STEPS = ["CheckSvmImage", "UploadSvmImage", "CreateSvm", "ConfigureSvmNetwork", "StartSvm"]
LONG = 600


def parameters(task: Any) -> dict[str, str]:
    """The parameters of a task as a dict."""
    return {item["key"]: item["value"] for item in task["parameters"]}


def steps(child: Any) -> list[tuple[str, str]]:
    """Name and state of each step."""
    return [(parameters(step)["deployStepName"], step["state"]) for step in child["children"]]


# Deployment


def test_deploying_as_documented(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    task = viis.deploy(host_svm("svm-a", wanted), image=image)
    assert (task["type"], task["state"], task["progress"]) == ("DeployMultipleSvm", "Created", 0)
    assert [(child["type"], child["state"], child["children"]) for child in task["children"]] == [("DeploySvm", "Created", [])]
    viis.advance(4)
    (child,) = viis.task(task["id"])["children"]
    assert (child["state"], child["parentId"], steps(child)) == ("Running", task["id"], [("CheckSvmImage", "Running")])
    assert parameters(child) == {"infrastructureId": wanted, "hostId": "host-102", "svmName": "svm-a"}
    assert "result" not in child, "A-26"
    viis.advance(30)
    running = viis.task(task["id"])
    (child,) = running["children"]
    assert steps(child) == [("CheckSvmImage", "Completed"), ("UploadSvmImage", "Running")]
    assert (child["children"][1]["type"], child["children"][1]["progress"], child["children"][1]["result"]) == ("DeploySvmStep", 50, True)
    assert child["children"][1]["parentId"] == child["id"]
    assert running["state"] == "Running"
    assert 0 < running["progress"] < 100
    assert viis.svm_names(wanted) == ["svm-old"], "not there yet"
    viis.advance(70)
    over = viis.task(task["id"])
    (child,) = over["children"]
    assert (over["state"], over["progress"], over["result"], child["state"]) == ("Completed", 100, True, "Completed")
    assert [name for name, _state in steps(child)] == STEPS
    svm = child["result"]["svmId"]
    assert parameters(child)["svmId"] == svm
    assert parameters(child)["svmIpAddress"] == "192.0.2.10"
    assert viis.svm_names(wanted) == ["svm-old", "svm-a"]
    assert viis.ok("GET", V + "/infrastructures/%s/objects/%s" % (wanted, svm)) == {
        "id": svm,
        "name": "svm-a",
        "parentId": "host-102",
        "state": "Enabled",
        "isSvm": True,
        "svmVersion": "6.4.0.100",
        "networkAdapters": [{"id": "network-11", "name": "VM Network"}],
    }


def test_the_contracts_example_by_its_members(viis: ViisClient) -> None:
    task = viis.deploy(host_svm("svm-a", viis.vcenter()), image=viis.image())["id"]
    viis.advance(LONG)
    over = viis.task(task)
    assert set(over) == {"id", "created", "stateChanged", "changed", "state", "type", "stage", "progress", "children", "result"}
    child = over["children"][0]
    assert set(child) == {
        "id",
        "created",
        "stateChanged",
        "changed",
        "state",
        "type",
        "progress",
        "parentId",
        "parameters",
        "children",
        "result",
    }
    assert viis.task(child["id"]) == child, "children can be read by their own id"
    assert viis.task(child["children"][1]["id"])["parameters"] == [{"key": "deployStepName", "value": "UploadSvmImage"}]


def test_openstack(viis: ViisClient) -> None:
    wanted, image = viis.openstack(), viis.image()
    task = viis.deploy(project_svm("svm-o", wanted), image=image)
    assert (task["type"], task["children"][0]["type"]) == ("DeployMultipleOpenStackSvm", "DeployOpenStackSvm")
    viis.advance(LONG)
    (child,) = viis.task(task["id"])["children"]
    assert parameters(child)["svmIpAddress"].startswith("198.51.")
    machine = viis.ok("GET", V + "/infrastructures/%s/objects/%s" % (wanted, child["result"]["svmId"]))
    assert (machine["parentId"], machine["networkAdapters"]) == (
        "project-1",
        [{"id": "net-1", "name": "private", "securityGroups": [{"id": "secgrp-1", "name": "default"}]}],
    )


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_count(viis: ViisClient, threads: int) -> None:
    wanted, image = viis.vcenter(), viis.image()
    task = viis.deploy(*(host_svm("svm-%d" % number, wanted) for number in range(5)), image=image, threads=str(threads))["id"]
    most, rounds = 0, 0
    while viis.task(task)["state"] not in ("Completed", "Failed"):
        children = viis.task(task)["children"]
        most = max(most, sum(child["state"] in ("Starting", "Running") for child in children))
        assert sum(child["state"] == "Completed" for child in children) == len(viis.svm_names(wanted)) - 1
        viis.advance(10)
        rounds += 1
        assert rounds < 200
    assert most == threads
    assert viis.svm_names(wanted) == ["svm-old", *("svm-%d" % number for number in range(5))]


def test_progress_never_goes_back(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    task = viis.deploy(*(host_svm("svm-%d" % number, wanted) for number in range(3)), image=image, threads="2")["id"]
    seen = [0]
    while seen[-1] < 100:
        viis.advance(3)
        seen.append(viis.task(task)["progress"])
    assert seen == sorted(seen)


def test_several_infrastructures(viis: ViisClient) -> None:
    wanted, other, image = viis.vcenter(), viis.hyperv(), viis.image()
    second = changed(
        host_svm("svm-b", other, "hyperv-1", id="vswitch-1", vlanId="7"), "deploymentInfo.settings.storageId", "C:\\ClusterStorage\\Volume1"
    )
    task = viis.deploy(host_svm("svm-a", wanted), second, image=image, threads="2")["id"]
    viis.advance(LONG)
    assert viis.task(task)["state"] == "Completed"
    assert viis.svm_names(other) == ["svm-b"]


@pytest.mark.parametrize("clash", ["refuse", "fail", "allow"])
@pytest.mark.parametrize("name", ["svm-taken", "svm-old"])
def test_names_that_clash(viis: ViisClient, clash: str, name: str) -> None:
    wanted, image = viis.vcenter(), viis.image()
    viis.settings(name_clash=clash)
    body = deployment(host_svm(name, wanted, "host-101"), image=image)
    answer = viis.call("POST", SVMS, body)
    if clash == "refuse":
        assert (answer.status_code, answer.json()["code"]) == (409, "NameIsTaken")
    else:
        viis.advance(LONG)
        assert viis.task(answer.json()["id"])["state"] == {"fail": "Failed", "allow": "Completed"}[clash]
    viis.deploy(host_svm(name, wanted, "host-102"), image=image)


def test_a_name_is_taken_while_it_is_deployed(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    body = deployment(host_svm("svm-a", wanted), image=image)
    viis.refused(409, "POST", SVMS, deployment(host_svm("svm-a", wanted), host_svm("svm-a", wanted), image=image))
    viis.settings(svm_failures=[{"svm": "svm-a"}])
    viis.ok("POST", SVMS, body, 202)
    viis.refused(409, "POST", SVMS, body)
    viis.advance(LONG)
    viis.settings(svm_failures=[])
    viis.ok("POST", SVMS, body, 202)


def test_an_unfinished_svm_is_a_vm(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    viis.settings(unfinished_svm="vm")
    viis.deploy(host_svm("svm-a", wanted), image=image)
    viis.advance(30)
    query = "objectTypes=VM+SVM&parentId=host-102"
    assert [(item["name"], item["isSvm"]) for item in viis.objects(wanted, query)["vms"] if item["name"] == "svm-a"] == [("svm-a", False)]
    viis.advance(LONG)
    assert [item["isSvm"] for item in viis.objects(wanted, query)["vms"] if item["name"] == "svm-a"] == [True]


def test_lists_lag(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    viis.settings(listing_seconds=1000)
    viis.deploy(host_svm("svm-a", wanted), image=image)
    viis.advance(LONG)
    before = viis.svm_names(wanted)
    refresh = "%s/infrastructures/%s/refresh" % (V, wanted)
    viis.ok("POST", refresh)
    viis.advance(10)
    assert "svm-a" not in before and before == viis.svm_names(wanted)
    viis.advance(1000)
    assert viis.svm_names(wanted) == before, "only a refresh shows it"
    viis.ok("POST", refresh)
    viis.advance(10)
    assert "svm-a" in viis.svm_names(wanted)
    viis.ok("DELETE", SVMS, {"svms": [{"deploymentInfo": existing(wanted)}]}, 202)
    viis.advance(LONG)
    assert "svm-old" in viis.svm_names(wanted)
    viis.refused(404, "DELETE", SVMS, {"svms": [{"deploymentInfo": existing(wanted)}]})
    viis.advance(1000)
    assert "svm-old" not in viis.svm_names(wanted)


def test_r11_skipping_the_check(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    body = deployment(host_svm("svm-a", wanted), image=image, skip=True)
    assert viis.refused(409, "POST", SVMS, body)["code"] == "ImageIsNotValidated"
    viis.ok("POST", SVMS + "images/%s/validate" % image, status=202)
    viis.advance(60)
    task = viis.ok("POST", SVMS, body, 202)["id"]
    viis.advance(LONG)
    assert [name for name, _state in steps(viis.task(task)["children"][0])] == STEPS[1:]


def test_a_forged_image(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image(FORGED)
    task = viis.deploy(host_svm("svm-a", wanted), image=image)["id"]
    viis.advance(LONG)
    over = viis.task(task)
    assert (over["state"], steps(over["children"][0])) == ("Failed", [("CheckSvmImage", "Failed")])
    viis.settings(skip_check="free")
    task = viis.ok("POST", SVMS, deployment(host_svm("svm-a", wanted), image=image, skip=True), 202)["id"]
    viis.advance(LONG)
    assert viis.task(task)["state"] == "Completed"


def test_r19_the_flavor(viis: ViisClient) -> None:
    task = viis.deploy(project_svm("svm-o", viis.openstack(), flavorId="fl-2"), image=viis.image())["id"]
    viis.advance(LONG)
    over = viis.task(task)
    assert (over["state"], over["children"][0]["error"]["code"]) == ("Failed", "FlavorIsNotSuitable")


def test_a_failure_at_a_step(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    viis.settings(svm_failures=[{"svm": "*-bad", "operation": "deploy", "step": "UploadSvmImage", "message": "No space left."}])
    task = viis.deploy(host_svm("svm-good", wanted), host_svm("svm-bad", wanted), image=image)["id"]
    viis.advance(LONG)
    over = viis.task(task)
    good, bad = over["children"]
    assert (over["state"], good["state"], bad["state"]) == ("Failed", "Completed", "Failed")
    assert "No space left." in over["error"]["message"]
    assert bad["error"] == {"code": "HypervisorError", "message": "No space left."}
    assert "result" not in bad
    assert steps(bad) == [("CheckSvmImage", "Completed"), ("UploadSvmImage", "Failed")]
    assert viis.svm_names(wanted) == ["svm-old", "svm-good"]


def test_a_child_may_fail_under_a_completed_parent(viis: ViisClient) -> None:
    viis.settings(parent_completes=True, svm_failures=[{}])
    task = viis.deploy(host_svm("svm-a", viis.vcenter()), image=viis.image())["id"]
    viis.advance(LONG)
    over = viis.task(task)
    assert (over["state"], over["children"][0]["state"]) == ("Completed", "Failed")


@pytest.mark.parametrize("spelling", ["Cancelled", "Canceled", "Stopped"])
def test_a33_cancelled(viis: ViisClient, spelling: str) -> None:
    viis.settings(cancelled=spelling, svm_failures=[{"outcome": "cancel", "step": "CheckSvmImage"}])
    task = viis.deploy(host_svm("svm-a", viis.vcenter()), image=viis.image())["id"]
    viis.advance(24)
    assert viis.task(task)["children"][0]["state"] == "Stopping"
    viis.advance(1)
    over = viis.task(task)
    assert (over["state"], over["children"][0]["state"]) == (spelling, spelling)


def test_a_task_that_never_ends(viis: ViisClient) -> None:
    viis.settings(svm_failures=[{"outcome": "hang", "step": "StartSvm"}])
    wanted = viis.vcenter()
    task = viis.deploy(host_svm("svm-a", wanted), image=viis.image())["id"]
    viis.advance(LONG)
    over = viis.task(task)
    assert (over["state"], steps(over["children"][0])[-1]) == ("Running", ("StartSvm", "Running"))
    assert viis.svm_names(wanted) == ["svm-old"]


@pytest.mark.parametrize(
    ("where", "child_result", "in_parameters", "top"),
    [("both", True, True, False), ("result", True, False, False), ("parameters", False, True, False), ("top", False, False, True)],
)
def test_a25_where_the_svm_id_is(viis: ViisClient, where: str, child_result: bool, in_parameters: bool, top: bool) -> None:
    viis.settings(svm_id_in=where)
    task = viis.deploy(host_svm("svm-a", viis.vcenter()), image=viis.image())["id"]
    viis.advance(LONG)
    over = viis.task(task)
    child = over["children"][0]
    assert isinstance(child["result"], dict) == child_result
    assert ("svmId" in parameters(child)) == in_parameters
    assert isinstance(over["result"], dict) == top


def test_a26_early_svm_id(viis: ViisClient) -> None:
    viis.settings(early_svm_id=True)
    wanted = viis.vcenter()
    task = viis.deploy(host_svm("svm-a", wanted), image=viis.image())["id"]
    viis.advance(10)
    child = viis.task(task)["children"][0]
    assert child["state"] == "Running"
    assert child["result"] == {"svmId": parameters(child)["svmId"]}
    viis.refused(404, "GET", V + "/infrastructures/%s/objects/%s" % (wanted, parameters(child)["svmId"]))


GOOD = host_svm("svm-a", "inf")
PORT = "deploymentInfo.settings.networks.0.ports.0"
NETWORK = "deploymentInfo.settings.networks.0"


@pytest.mark.parametrize(
    "svm",
    [
        without(GOOD, "svmSettings.name"),
        without(GOOD, "svmSettings.ksc"),
        without(GOOD, "svmSettings.ksc.sslPort"),
        without(GOOD, "svmSettings.users.root"),
        without(GOOD, "svmSettings.users.klconfig"),
        without(GOOD, "deploymentInfo.target.location"),
        without(GOOD, "svmSettings.dns"),
        changed(GOOD, "svmSettings.dns", {"alternative": "192.0.2.1"}),
        changed(GOOD, "svmSettings.dns.main", "dns.example.test"),
        changed(GOOD, "svmSettings.users.root.password", "not base64!"),
        changed(GOOD, "svmSettings.ksc.port", "0"),
        changed(GOOD, "svmSettings.ksc.port", "70000"),
        changed(GOOD, "svmSettings.ksc.port", ""),
        changed(GOOD, "deploymentInfo.type", "Host"),
        changed(GOOD, "deploymentInfo.settings.networks", []),
        changed(GOOD, NETWORK + ".isPrimary", False),
        changed(GOOD, NETWORK + ".type", "dhcp"),
        without(GOOD, NETWORK + ".ipAddress"),
        without(GOOD, NETWORK + ".mask"),
        without(GOOD, NETWORK + ".gateway"),
        changed(GOOD, NETWORK + ".mask", "255.0.255.0"),
        changed(GOOD, NETWORK + ".vlanId", "x"),
        changed(GOOD, NETWORK + ".ipAddresses", ["192.0.2.1"]),
        without(GOOD, NETWORK + ".id"),
        changed(GOOD, "deploymentInfo.settings.networks", [GOOD["deploymentInfo"]["settings"]["networks"][0]] * 2),
        changed(GOOD, "deploymentInfo.settings.flavorId", "fl-1"),
        changed(GOOD, "deploymentInfo.target.svmId", "vm-1"),
        {},
        None,
        "svm",
    ],
)
def test_r14_to_r16_wrong_svms(viis: ViisClient, svm: Any) -> None:
    assert viis.refused(400, "POST", SVMS, deployment(svm, image="img"))["errors"]


PROJECT = project_svm("svm-o", "inf")
STATIC_PORT = {"isPrimary": True, "type": "static", "ipAddresses": ["10.0.0.5"], "mask": "255.255.255.0", "gateway": "10.0.0.1"}


@pytest.mark.parametrize(
    "svm",
    [
        changed(PROJECT, PORT + ".portSecurityEnabled", False),
        without(PROJECT, PORT + ".portSecurityEnabled"),
        changed(PROJECT, PORT + ".isPrimary", False),
        changed(PROJECT, NETWORK + ".ports", []),
        changed(PROJECT, PORT + ".type", "static"),
        changed(PROJECT, NETWORK + ".ports", [STATIC_PORT, STATIC_PORT]),
        without(PROJECT, "deploymentInfo.settings.flavorId"),
        without(changed(PROJECT, PORT, STATIC_PORT), "svmSettings.dns"),
        without(changed(PROJECT, PORT, STATIC_PORT), PORT + ".ipAddresses"),
        changed(PROJECT, "deploymentInfo.settings.networks", PROJECT["deploymentInfo"]["settings"]["networks"] * 2),
    ],
)
def test_r14_to_r18_wrong_projects(viis: ViisClient, svm: Any) -> None:
    assert viis.refused(400, "POST", SVMS, deployment(svm, image="img"))["errors"]


def test_ports_of_one_network(viis: ViisClient) -> None:
    wanted, image = viis.openstack(), viis.image()
    networks = [{"id": "net-1", "ports": [STATIC_PORT, {"isPrimary": False, "type": "dynamic", "vlanId": "3"}]}]
    task = viis.deploy(project_svm("a", wanted, networks=networks), image=image)["id"]
    viis.advance(LONG)
    (child,) = viis.task(task)["children"]
    assert parameters(child)["svmIpAddress"] == "10.0.0.5"


@pytest.mark.parametrize(
    ("path", "value", "status"),
    [
        ("deploymentInfo.target.infrastructureId", "unknown", 404),
        ("deploymentInfo.target.location.id", "unknown", 404),
        ("deploymentInfo.settings.storageId", "unknown", 404),
        (NETWORK + ".id", "unknown", 404),
        (NETWORK + ".vlanId", "7", 400),
    ],
)
def test_ids_and_vlan(viis: ViisClient, path: str, value: str, status: int) -> None:
    viis.refused(status, "POST", SVMS, deployment(changed(host_svm("svm-a", viis.vcenter()), path, value), image=viis.image()))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("deploymentInfo.settings.flavorId", "x"),
        ("deploymentInfo.settings.volumeTypeId", "x"),
        ("deploymentInfo.settings.serverGroupId", "x"),
        ("deploymentInfo.settings.availabilityZoneName", "x"),
        (PORT + ".securityGroupIds", ["x"]),
        ("deploymentInfo.target.location.id", "domain-1"),
    ],
)
def test_ids_of_projects(viis: ViisClient, path: str, value: Any) -> None:
    viis.refused(404, "POST", SVMS, deployment(changed(project_svm("svm-a", viis.openstack()), path, value), image=viis.image()))


def test_a_request_that_is_refused_leaves_nothing(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    viis.refused(404, "POST", SVMS, deployment(host_svm("svm-a", wanted), host_svm("svm-b", wanted, "unknown"), image=image))
    viis.refused(404, "POST", SVMS, deployment(host_svm("svm-a", wanted), image="unknown"))
    assert viis.simulator.snapshot()["viis"]["tasks"] == []
    viis.deploy(host_svm("svm-a", wanted), image=image)


def test_r21_and_r22_families(viis: ViisClient) -> None:
    wanted, other, image = viis.vcenter(), viis.openstack(), viis.image()
    viis.refused(400, "POST", SVMS, deployment(host_svm("a", wanted), project_svm("b", other), image=image))
    assert viis.refused(400, "POST", SVMS, deployment(project_svm("b", wanted), image=image))["code"] == "WrongFamily"
    assert viis.refused(400, "POST", SVMS, deployment(host_svm("b", other), image=image))["code"] == "WrongFamily"
    second = viis.openstack()
    body = deployment(project_svm("a", other), project_svm("b", second), image=image)
    assert viis.refused(400, "POST", SVMS, body)["code"] == "SeveralInfrastructures"
    viis.settings(several_openstack="allow")
    viis.ok("POST", SVMS, body, 202)


def test_an_image_for_other_types(viis: ViisClient) -> None:
    image = viis.image("/opt/svm/6.4/svm.xml", "XEN")
    assert viis.refused(400, "POST", SVMS, deployment(host_svm("a", viis.vcenter()), image=image))["code"] == "ImageIsForOtherTypes"


def test_the_infrastructure_must_be_connected(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    viis.settings(renewed=["vcenter.example.test:443"])
    viis.ok("POST", V + "/infrastructures/%s/refresh" % wanted)
    viis.advance(3)
    viis.refused(409, "POST", SVMS, deployment(host_svm("a", wanted), image=image))


# Configuration


def svm_of(viis: ViisClient, name: str = "svm-old") -> Any:
    """What the SVM knows about itself."""
    return next(item for item in viis.simulator.snapshot()["viis"]["svms"] if item["name"] == name)


def configure(viis: ViisClient, body: Any) -> Any:
    """Reconfigure and wait."""
    task = viis.ok("PUT", SVMS, body, 202)["id"]
    viis.advance(LONG)
    return viis.task(task)


def test_configuring_as_documented(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    ksc = {"address": "new.example.test", "port": "14001", "sslPort": "13001", "language": "ru"}
    over = configure(
        viis,
        configuration(
            wanted,
            ksc=ksc,
            users={"root": {"allowSshAccess": True, "password": b64("bmV3")}},
            dns={"main": "192.0.2.54", "alternative": "192.0.2.55"},
        ),
    )
    (child,) = over["children"]
    assert (over["type"], over["state"], child["type"], child["state"]) == ("ConfigMultipleSvm", "Completed", "ConfigSvm", "Completed")
    assert parameters(child) == {
        "infrastructureId": wanted,
        "hostId": "host-101",
        "svmName": "svm-old",
        "svmId": "vm-1009",
        "svmIpAddress": "192.0.2.19",
    }
    svm = svm_of(viis)
    assert svm["ksc"] == {"address": "new.example.test", "port": 14001, "sslPort": 13001, "language": "ru"}
    assert (svm["ssh"], svm["dns"]) == (True, {"main": "192.0.2.54", "alternative": "192.0.2.55"})


def test_networks_are_replaced(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    networks = [{"id": "network-12", "isPrimary": True, "type": "dynamic"}, {"id": "network-11", "isPrimary": False, "type": "dynamic"}]
    over = configure(viis, configuration(wanted, settings={"networks": networks}))
    machine = viis.ok("GET", V + "/infrastructures/%s/objects/vm-1009" % wanted)
    assert [adapter["id"] for adapter in machine["networkAdapters"]] == ["network-12", "network-11"]
    assert parameters(over["children"][0])["svmIpAddress"] == svm_of(viis)["ip_address"] != "192.0.2.19"


def test_r20_the_current_klconfig_password(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    over = configure(viis, configuration(wanted, "wrong", users={"klconfig": {"password": b64("Klconfig-2")}}))
    assert (over["state"], over["children"][0]["error"]["code"]) == ("Failed", "WrongKlconfigPassword")
    assert configure(viis, configuration(wanted, users={"klconfig": {"password": b64("Klconfig-2")}}))["state"] == "Completed"
    assert configure(viis, configuration(wanted))["state"] == "Failed", "I-10: it has changed"
    assert configure(viis, configuration(wanted, "Klconfig-2"))["state"] == "Completed"


def test_the_password_of_a_deployed_svm(viis: ViisClient) -> None:
    wanted, image = viis.openstack(), viis.image()
    task = viis.deploy(project_svm("svm-o", wanted), image=image)["id"]
    viis.advance(LONG)
    svm = viis.task(task)["children"][0]["result"]["svmId"]
    body = {
        "threadsCount": "1",
        "svms": [
            {"svmSettings": {"password": "a2w="}, "deploymentInfo": existing(wanted, svm, "project-1", "openstackProject", settings={})}
        ],
    }
    over = configure(viis, body)
    assert (over["type"], over["children"][0]["type"], over["state"]) == ("ConfigMultipleOpenStackSvm", "ConfigOpenStackSvm", "Completed")


def test_a40_dns_and_static_addresses(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    static = dict(GOOD["deploymentInfo"]["settings"]["networks"][0])
    viis.refused(400, "PUT", SVMS, configuration(wanted, settings={"networks": [static]}))
    viis.ok("PUT", SVMS, configuration(wanted, settings={"networks": [static]}, dns={"main": "192.0.2.53"}), 202)
    viis.advance(LONG)
    viis.ok("PUT", SVMS, configuration(wanted), 202)
    viis.advance(LONG)
    viis.settings(dns_with_stored_static=True)
    viis.refused(400, "PUT", SVMS, configuration(wanted))


def test_question_12_partial_elements(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    half_ksc = configuration(wanted, ksc={"address": "new.example.test"})
    only_root = configuration(wanted, users={"root": SETTINGS["users"]["root"]})  # type: ignore[index]
    only_ssh = configuration(wanted, users={"root": {"allowSshAccess": True}})
    for partial, statuses in (("documented", (400, 202, 400)), ("refuse", (400, 400, 400)), ("allow", (202, 202, 202))):
        viis.settings(partial_elements=partial)
        for body, status in zip((half_ksc, only_root, only_ssh), statuses):
            assert viis.call("PUT", SVMS, body).status_code == status, partial
            viis.advance(LONG)
    assert svm_of(viis)["ksc"] == {"address": "new.example.test", "port": 14000, "sslPort": 13000, "language": "en"}


@pytest.mark.parametrize(
    "path",
    [
        "svms.0.svmSettings.password",
        "threadsCount",
        "svms.0.deploymentInfo.target.svmId",
        "svms.0.deploymentInfo.settings",
        "svms.0.deploymentInfo.target.location",
    ],
)
def test_what_configuration_needs(viis: ViisClient, path: str) -> None:
    viis.refused(400, "PUT", SVMS, without(configuration("inf"), path))


@pytest.mark.parametrize(
    ("svm", "location", "status"), [("unknown", "host-101", 404), ("vm-1001", "host-101", 404), ("vm-1009", "host-102", 404)]
)
def test_what_is_not_there(viis: ViisClient, svm: str, location: str, status: int) -> None:
    wanted = viis.vcenter()
    body = configuration(wanted)
    body["svms"][0]["deploymentInfo"] = existing(wanted, svm, location, settings={})
    viis.refused(status, "PUT", SVMS, body)
    viis.refused(status, "DELETE", SVMS, {"svms": [{"deploymentInfo": existing(wanted, svm, location)}]})


def test_one_task_at_a_time(viis: ViisClient) -> None:
    body = configuration(viis.vcenter())
    viis.ok("PUT", SVMS, body, 202)
    assert viis.refused(409, "PUT", SVMS, body)["code"] == "SvmIsBusy"
    viis.advance(LONG)
    viis.ok("PUT", SVMS, body, 202)


def test_one_svm_twice_in_a_request(viis: ViisClient) -> None:
    body = configuration(viis.vcenter())
    body["svms"] *= 2
    viis.refused(409, "PUT", SVMS, body)


# Removal


def test_deleting_as_documented(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    task = viis.ok("DELETE", SVMS, {"svms": [{"deploymentInfo": existing(wanted)}]}, 202)
    assert (task["type"], task["children"][0]["type"]) == ("DeleteMultipleSvm", "DeleteSvm")
    viis.advance(10)
    assert viis.svm_names(wanted) == ["svm-old"]
    viis.advance(15)
    over = viis.task(task["id"])
    assert (over["state"], over["children"][0]["children"], over["children"][0]["result"]) == ("Completed", [], True)
    assert viis.svm_names(wanted) == []
    viis.refused(404, "DELETE", SVMS, {"svms": [{"deploymentInfo": existing(wanted)}]})


def test_deleting_in_openstack(viis: ViisClient) -> None:
    wanted, image = viis.openstack(), viis.image()
    task = viis.deploy(project_svm("svm-o", wanted), image=image)["id"]
    viis.advance(LONG)
    svm = viis.task(task)["children"][0]["result"]["svmId"]
    body = {"svms": [{"deploymentInfo": existing(wanted, svm, "project-1", "openstackProject")}]}
    task = viis.ok("DELETE", SVMS, body, 202)
    assert (task["type"], task["children"][0]["type"]) == ("DeleteMultipleOpenStackSvm", "DeleteOpenStackSvm")
    viis.advance(LONG)
    assert viis.svm_names(wanted) == []


def test_a_removal_that_fails(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    viis.settings(svm_failures=[{"operation": "delete", "message": "It is protected."}])
    task = viis.ok("DELETE", SVMS, {"svms": [{"deploymentInfo": existing(wanted)}]}, 202)["id"]
    viis.advance(LONG)
    assert (viis.task(task)["state"], viis.svm_names(wanted)) == ("Failed", ["svm-old"])


def test_a37_delete_needs_its_body(viis: ViisClient) -> None:
    assert viis.refused(400, "DELETE", SVMS)["code"] == "BodyIsMissing"
    viis.refused(400, "DELETE", SVMS, {"svms": []})
    viis.refused(400, "DELETE", SVMS, {"threadsCount": "1", "svms": [{"deploymentInfo": existing("inf")}]})
