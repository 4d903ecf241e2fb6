# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Integration Server within the simulator: faults, journal, worlds, start."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from simulated_viis import IMAGE, SVMS, VCENTER, V, ViisClient, b64, configuration, deployment, host_svm

from simulator.viis.operations import ALL, READ_ONLY


def test_both_servers_are_there(simulator: Any) -> None:
    addresses = simulator.addresses()
    assert addresses["viis"]["accounts"][0]["username"] == "admin"
    assert (simulator.viis.password, simulator.viis_reserve.password) == ("Viis-Primary-1", "Viis-Reserve-1")
    environment = simulator.environment()
    assert environment["VIIS_PORT"] == str(simulator.viis.port)
    assert (environment["VIIS_USERNAME"], environment["VIIS_PASSWORD"]) == ("admin", "Viis-Primary-1")
    assert environment["VIIS_RESERVE_PORT"] == str(simulator.viis_reserve.port)


def test_each_operation_either_reads_or_says_in_its_name_what_it_writes() -> None:
    names = {operation.name for operation in ALL}
    assert names >= READ_ONLY
    assert {name for name in names if name.startswith(("get_", "list_", "read_", "test_"))} == READ_ONLY


def test_a_request_is_found_by_the_name_of_its_operation(viis: ViisClient) -> None:
    viis.trust("vcenter.example.test:443")
    wanted = viis.ok("POST", V + "/infrastructures", VCENTER, 201)["infrastructureId"]
    viis.infrastructure(wanted)
    entry = viis.simulator.journal.entries("connect_infrastructure", "viis")[0]
    assert (entry.verb, entry.status, entry.scope) == ("POST", 201, wanted)
    assert viis.simulator.journal.methods("viis") == [
        "get_token",
        "get_certificate",
        "trust_certificate",
        "connect_infrastructure",
        "read_infrastructure",
    ]
    sessions = {entry.session for entry in viis.simulator.journal.entries(server="viis")}
    assert len(sessions) == 1
    assert "" not in sessions


def test_no_secret_in_journal_and_snapshot(viis: ViisClient, reserve: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image(IMAGE)
    viis.deploy(host_svm("svm-a", wanted), image=image)
    viis.ok("PUT", SVMS, configuration(wanted), 202)
    viis.ok("PUT", V + "/server/configuration/role", {"role": "Primary"})
    viis.trust("viis2.example.test:7271")
    viis.ok("POST", V + "/ha/instances", {"role": "Reserve", "address": "viis2.example.test:7271", "password": b64("Viis-Reserve-1")}, 201)
    viis.advance(100)
    viis.ok("GET", V + "/ha/instances")
    viis.call("GET", V + "/ha/instances?x=Viis-Primary-1")
    text = json.dumps([entry.as_dict() for entry in viis.simulator.journal.entries()], ensure_ascii=False)
    text += json.dumps(viis.simulator.snapshot(), ensure_ascii=False)
    for secret in ("Viis-Primary-1", "Viis-Reserve-1", "Vcenter-1", "Klconfig-1", "cm9vdA==", "a2w="):
        assert secret not in text
        assert b64(secret) not in text
    assert viis.token not in text
    assert b64("admin:Viis-Primary-1") not in text
    assert "<secret>" in text


def test_the_answer_to_a_post_is_lost(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    viis.simulator.faults.add("drop_after", server="viis", method="deploy_svms")
    with pytest.raises(requests.exceptions.ConnectionError):
        viis.call("POST", SVMS, deployment(host_svm("svm-a", wanted), image=image))
    viis.advance(600)
    assert viis.svm_names(wanted) == ["svm-old", "svm-a"]


def test_a_post_that_never_arrived(viis: ViisClient) -> None:
    wanted, image = viis.vcenter(), viis.image()
    viis.simulator.faults.add("drop_before", server="viis", method="deploy_svms")
    with pytest.raises(requests.exceptions.ConnectionError):
        viis.call("POST", SVMS, deployment(host_svm("svm-a", wanted), image=image))
    viis.advance(600)
    assert viis.svm_names(wanted) == ["svm-old"]


def test_errors_on_demand(viis: ViisClient) -> None:
    viis.simulator.faults.add("error", server="viis", method="list_instances", error={"status": 500, "code": "Boom", "detail": "It broke."})
    problem = viis.refused(500, "GET", V + "/ha/instances")
    assert (problem["code"], problem["detail"]) == ("Boom", "It broke.")
    viis.simulator.faults.add("no_such_call", server="viis", method="list_instances")
    viis.refused(404, "GET", V + "/ha/instances")
    viis.simulator.faults.add("status", server="viis", method="list_instances", status=503)
    assert viis.call("GET", V + "/ha/instances").status_code == 503
    viis.ok("GET", V + "/ha/instances")


def test_random_503(viis: ViisClient) -> None:
    viis.settings(random_503=0.5)
    statuses = [viis.call("GET", V + "/ha/instances").status_code for _time in range(40)]
    assert set(statuses) == {200, 503}


def test_reset_forgets_everything(viis: ViisClient) -> None:
    viis.vcenter()
    viis.settings(error_style="empty")
    viis.simulator.reset()
    assert viis.call("GET", V + "/ha/instances").status_code == 401
    viis.login()
    assert viis.simulator.snapshot()["viis"]["infrastructures"] == []
    assert viis.simulator.settings()["viis"]["error_style"] == "problem"


def test_settings_of_a_world(simulator: Any) -> None:
    from simulator.runner import Simulator

    running = Simulator(
        {"settings": {"viis": {"version": "6.2"}, "viis_reserve": {"version": "6.3"}}}, settings={"viis": {"step_seconds": 1}}
    )
    assert running.settings()["viis"]["version"] == "6.2"
    assert running.settings()["viis"]["step_seconds"] == 1.0
    assert running.settings()["viis_reserve"]["version"] == "6.3"


@pytest.mark.parametrize(
    ("world", "text"),
    [
        ({"admin_password": 1}, "viis.admin_password"),
        ({"platforms": []}, "viis.admin_password: missing"),
        ({"admin_password": "p", "platforms": [{"type": "KVM", "address": "a"}]}, "viis.platforms[0].type"),
        (
            {"admin_password": "p", "platforms": [{"type": "XEN", "address": "a", "hypervisors": [{"id": "h", "name": "h", "vm": []}]}]},
            "viis.platforms[0].hypervisors[0].vm: no such key",
        ),
        (
            {"admin_password": "p", "platforms": [{"type": "XEN", "address": "a", "networks": [{"name": "n"}]}]},
            "viis.platforms[0].networks",
        ),
        ({"admin_password": "p", "platforms": [{"type": "XEN", "address": "a", "infrastructure_id": "i"}]}, "viis.platforms[0].accounts"),
        ({"admin_password": "p", "images": [{"path": "/a.xml", "svm_version": 6.4}]}, "viis.images[0].svm_version"),
        ({"admin_password": "p", "failures": [{"outcome": "explode"}]}, "viis.failures[0].outcome"),
        ({"admin_password": "p", "x": 1}, "viis.x"),
    ],
)
def test_a_wrong_world_names_the_key(world: Any, text: str) -> None:
    from simulator.runner import Simulator
    from simulator.world import WorldError

    with pytest.raises(WorldError) as caught:
        Simulator({"viis": world})
    assert text in str(caught.value)


def test_failures_of_a_world() -> None:
    from simulator.runner import Simulator

    world = {
        "viis": {
            "admin_password": "p" * 8,
            "failures": [{"svm": "svm-*", "operation": "deploy", "step": "StartSvm", "message": "No."}],
            "images": [{"path": "/a.xml", "svm_version": "6.4"}],
            "platforms": [
                {
                    "type": "VMWARE",
                    "address": "v",
                    "infrastructure_id": "inf",
                    "accounts": [{"name": "a", "password": "b"}],
                    "networks": [{"id": "network-11", "name": "n"}],
                    "storages": [{"id": "datastore-21", "name": "s"}],
                    "hypervisors": [{"id": "host-102", "name": "h"}],
                }
            ],
        }
    }
    with Simulator(world, speed=0.0) as running:
        viis = ViisClient(running).login()
        task = viis.deploy(host_svm("svm-a", "inf"), host_svm("ok", "inf"), image=viis.image("/a.xml", "VMWARE"), threads="2")["id"]
        viis.advance(600)
        assert [child["state"] for child in viis.task(task)["children"]] == ["Failed", "Completed"]


def test_the_clock_may_run_fast() -> None:
    from simulator.runner import Simulator

    forever = {"token_active_seconds": 1e9, "token_valid_seconds": 1e9}
    with Simulator(speed=100000.0, settings={"viis": forever}) as running:
        viis = ViisClient(running).login()
        wanted = viis.ok("POST", SVMS + "images/%s/validate" % viis.image(), status=202)["id"]
        for _attempt in range(1000):
            if viis.task(wanted)["state"] == "Completed":
                return
    raise AssertionError("it never ended")
