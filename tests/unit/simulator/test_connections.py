# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test raw requests, certificates and the clock, which no table can hold."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
from typing import Any

import pytest
from table_runner import play

from simulator.clock import Clock, Timeline
from simulator.runner import Simulator

JSON = {"Content-Type": "application/json"}
IMAGES = "/api/3.0/management/deployment/svm/images"


def raw(simulator: Any, request: bytes) -> bytes:
    """Send bytes and return the beginning of the answer."""
    context = ssl.create_default_context(cafile=simulator.ca_file)
    with (
        socket.create_connection((simulator.ksc.address, simulator.ksc.port), 5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wire,
    ):
        wire.sendall(request)
        return wire.recv(4096)


@pytest.mark.parametrize("verb", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW", "post"])
def test_only_post_calls_methods(simulator: Any, verb: str) -> None:
    answer = raw(simulator, b"%s /api/v1.0/Session.Ping HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}" % verb.encode())
    assert answer.startswith(b"HTTP/1.1 405 ") and b"allow: post" in answer.lower()


def test_malformed_request_is_a_bad_request(simulator: Any) -> None:
    assert raw(simulator, b"POST /api/v1.0/login HTTP/1.1\r\nbad header\r\n\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("data", [b"[" * 100000, b'{"wstrFilter": "\xff"}'], ids=["deep", "not UTF-8"])
def test_body_is_not_json(simulator: Any, data: bytes) -> None:
    run = play(simulator)
    answer = run.client("primary").send("POST", "/api/v1.0/HostGroup.FindHosts", data=data, headers=JSON)
    assert answer.status_code == 400 and "not JSON" in answer.text
    answer = run.client("viis").send("PUT", "/api/3.0/server/configuration/role", data=data, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "NotJson")


def test_a_body_in_pieces(simulator: Any) -> None:
    pieces = iter([b'{"pValues": ', b'["KLADMSRV_VSID"]}'])
    answer = play(simulator).client("primary").send("POST", "/api/v1.0/HostGroup.GetStaticInfo", data=pieces, headers=JSON)
    assert answer.json() == {"PxgRetVal": {"KLADMSRV_VSID": 0}}, "Transfer-Encoding: chunked"


def test_pdelete_is_no_method(simulator: Any) -> None:
    answer = play(simulator).client("viis").send("PDELETE", "/api/3.0/management/deployment/svm/", json={"svms": []})
    assert answer.status_code in (400, 405), "the web server may refuse it before the simulator"


def test_internal_error_is_answered_and_recorded(simulator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = play(simulator, {"call": "Session.Ping"})
    monkeypatch.setattr(simulator.world["ksc"], "state", None)
    assert run.client("primary").send("POST", "/api/v1.0/VServers.GetVServers", json={}).status_code == 500
    assert simulator.journal.entries("VServers.GetVServers")[0].error
    assert simulator.journal.methods("ksc") == ["login", "Session.Ping", "VServers.GetVServers"]


def test_a_thumbprint_is_the_digest_of_its_data(simulator: Any) -> None:
    viis = play(simulator).client("viis")
    found = viis.send("GET", "/api/3.0/sslConfig/getCertificate?address=vcenter.example.test:443").json()
    assert found["thumbprint"] == hashlib.sha1(base64.b64decode(found["data"]), usedforsecurity=False).hexdigest().upper()
    found = viis.send("GET", "/api/3.0/sshConfig/getSshKey?address=kvm.example.test:2222").json()
    key = base64.b64decode(found["data"])
    assert found["thumbprint"] == hashlib.sha256(key).hexdigest().upper() and b"ssh-ed25519" in key


def test_a_thumbprint_may_have_colons(simulator: Any) -> None:
    path = "/api/3.0/sslConfig/getCertificate?address=vcenter.example.test:443"
    found = play(simulator).client("viis").send("GET", path).json()["thumbprint"].lower()
    with_colons = ":".join(found[at : at + 2] for at in range(0, 40, 2))
    play(
        simulator,
        {"call": "POST $rules", "body": {"address": "vcenter.example.test:443", "thumbprint": with_colons}, "status": 201},
        {"do": "connect"},
        {"call": "GET /api/3.0/infrastructures/$inf", "answer": {"connectionInfo": {"admin": {"status": "CONNECTED"}}}},
    )


def test_the_other_server_shows_its_real_certificate(simulator: Any) -> None:
    own = simulator.viis_reserve.port
    real = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", own)))
    viis = play(simulator).client("viis")
    for address in ("127.0.0.1:%d" % own, "viis2.example.test:7271"):
        found = viis.send("GET", "/api/3.0/sslConfig/getCertificate?address=" + address).json()
        assert base64.b64decode(found["data"]) == real
    other = viis.send("GET", "/api/3.0/sslConfig/getCertificate?address=viis.example.test:7271").json()
    assert other["thumbprint"] != found["thumbprint"], "each server has its own"


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_so_many_svms_are_deployed_at_a_time(simulator: Any, threads: int) -> None:
    run = play(simulator, {"do": "connect the vCenter"}, {"do": "register the image"})
    svms = [run.value({**run.value("$host_svm"), "svmSettings": {**run.value("$svm_settings"), "name": "svm-%d" % n}}) for n in range(5)]
    body = {**run.value("$deployment"), "svms": svms, "threadsCount": str(threads)}
    viis = run.client("viis")
    path = "/api/3.0/virtualization/tasks/" + viis.send("POST", run.value("$svm"), json=body).json()["id"]
    objects = run.value("/api/3.0/infrastructures/$inf/objects?objectTypes=SVM")
    most, seen = 0, [0]
    while seen[-1] < 100:
        children = viis.send("GET", path).json()["children"]
        most = max(most, sum(child["state"] in ("Starting", "Running") for child in children))
        there = len(viis.send("GET", objects).json()["vms"]) - 1
        assert sum(child["state"] == "Completed" for child in children) == there
        simulator.clock.advance(10)
        seen.append(viis.send("GET", path).json()["progress"])
        assert len(seen) < 200
    assert most == threads and seen == sorted(seen)


def test_a_new_object_shows_after_a_refresh(simulator: Any) -> None:
    run = play(simulator, {"do": "connect the vCenter"})
    simulator.world["viis"].server.platforms.find("vcenter.example.test").machines["vm-1011"].fresh = False
    path = run.value("/api/3.0/infrastructures/$inf")
    listed = {"call": "GET %s/objects?objectTypes=VM&parentId=host-102" % path}
    play(
        simulator,
        {**listed, "answer": {"vms": [{"name": "web-2"}]}},
        {"call": "GET %s/objects/vm-1011" % path, "error": 404},
        {"call": "POST %s/refresh" % path},
        {**listed, "answer": {"vms": [{"name": "web-2"}]}},
        {"advance": 3},
        {**listed, "answer": {"vms": [{"name": "web-2"}, {"name": "new-since-yesterday"}]}},
    )


def test_random_503(simulator: Any) -> None:
    viis = play(simulator, {"login": "viis"}, {"settings": {"viis": {"random_503": 0.5}}}).client("viis")
    assert {viis.send("GET", "/api/3.0/ha/instances").status_code for _time in range(40)} == {200, 503}


# The clock


def test_delays_are_in_milliseconds_of_the_wall(simulator: Any) -> None:
    run = play(simulator, {"call": "PackagesApi.RetranslateToVServerAsync", "body": "$retranslation", "save": {"guid": "PxgRetVal"}})
    simulator.clock.speed = 100.0
    try:
        body = {"wstrActionGuid": run.value("$guid")}
        answer = run.client("primary").send("POST", "/api/v1.0/AsyncActionStateChecker.CheckActionState", json=body)
    finally:
        simulator.clock.speed = 0.0
    assert answer.json()["lNextCheckDelay"] == 20


def test_the_clock_may_run_fast() -> None:
    forever = {"token_active_seconds": 1e9, "token_valid_seconds": 1e9}
    with Simulator(speed=100000.0, settings={"viis": forever}) as running:
        run = play(running, {"do": "register the image"})
        viis = run.client("viis")
        task = viis.send("POST", run.value(IMAGES + "/$image/validate")).json()["id"]
        path = "/api/3.0/virtualization/tasks/" + task
        assert any(viis.send("GET", path).json()["state"] == "Completed" for _attempt in range(1000))


def test_clock_and_timeline() -> None:
    clock = Clock(0)
    timeline = Timeline(clock)
    start, seen = clock.now(), []
    timeline.at(start + 10, lambda when: seen.append(("b", when)))
    timeline.at(start + 5, lambda when: (seen.append(("a", when)), timeline.at(when + 1, lambda at: seen.append(("c", at)))))
    timeline.run()
    assert not seen and clock.now() == start
    clock.advance(20)
    timeline.run()
    assert seen == [("a", start + 5), ("c", start + 6), ("b", start + 10)]
    assert clock.wall_milliseconds(2) == 2000
    clock.speed = 10
    assert clock.wall_milliseconds(2) == 200
    with pytest.raises(ValueError):
        clock.advance(-1)
