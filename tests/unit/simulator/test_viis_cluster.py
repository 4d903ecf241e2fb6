# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 18 to 23: two servers that really talk to each other."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_viis import HYPERV, RULES, SVMS, V, ViisClient, b64

ROLE = V + "/server/configuration/role"
INSTANCES = V + "/ha/instances"
NAME = "viis2.example.test:7271"


def instance(address: str = NAME, password: str = "Viis-Reserve-1") -> dict[str, str]:
    """Body of operations 19 and 22."""
    return {"role": "Reserve", "address": address, "password": b64(password)}


def info(viis: ViisClient, wanted: str) -> tuple[str, str]:
    """State of the connection to the reserve."""
    record = viis.ok("GET", INSTANCES + "/" + wanted)["connectionInfo"]
    return record["status"], record["connectionError"]


def registered(viis: ViisClient, **body: str) -> str:
    """Register a reserve as documented and wait; return its id."""
    viis.ok("PUT", ROLE, {"role": "Primary"})
    viis.trust(body.get("address", NAME))
    wanted = viis.ok("POST", INSTANCES, instance(**body), 201)["id"]
    viis.advance(5)
    info(viis, wanted)
    return wanted


def role(viis: ViisClient) -> str:
    """The server's role."""
    return viis.simulator.snapshot()[viis.name]["role"]


def test_the_role_as_documented(viis: ViisClient) -> None:
    assert role(viis) == "Standalone"
    for _time in range(2):
        answer = viis.call("PUT", ROLE, {"role": "Primary"})
        assert (answer.status_code, answer.content, role(viis)) == (200, b"", "Primary")


@pytest.mark.parametrize("body", [{"role": "Reserve"}, {"role": "Standalone"}, {"role": "primary"}, {}])
def test_other_roles_are_not_documented(viis: ViisClient, body: Any) -> None:
    viis.refused(400, "PUT", ROLE, body)


@pytest.mark.parametrize("by_name", [True, False])
def test_registering_as_documented(viis: ViisClient, reserve: ViisClient, by_name: bool) -> None:
    address = NAME if by_name else "127.0.0.1:%d" % reserve.end.port
    viis.ok("PUT", ROLE, {"role": "Primary"})
    viis.trust(address)
    body = viis.ok("POST", INSTANCES, instance(address), 201)
    assert set(body) == {"createdAt", "id", "role", "address", "connectionInfo"}
    assert (body["role"], body["address"]) == ("Reserve", address)
    assert body["connectionInfo"] == {"status": "Connecting", "connectionError": "NoError"}
    assert viis.ok("GET", INSTANCES + "/" + body["id"]) == body
    assert viis.ok("GET", INSTANCES) == {"instances": [body]}
    viis.advance(5)
    assert info(viis, body["id"]) == ("Connected", "NoError")
    assert role(reserve) == "Reserve"
    assert viis.simulator.journal.methods("viis_reserve")[-2:] == ["get_token", "take_role"], "they talked over HTTPS"


def test_r25_a_reserve_is_blocked(viis: ViisClient, reserve: ViisClient) -> None:
    registered(viis)
    assert reserve.basic("Viis-Reserve-1").status_code == 200
    assert reserve.ok("GET", INSTANCES) == {"instances": []}
    reserve.ok("GET", V + "/sslConfig/getCertificate?address=viis.example.test:7271")
    for verb, path, body in (
        ("POST", V + "/infrastructures", HYPERV),
        ("GET", V + "/infrastructures/x", None),
        ("POST", RULES, {}),
        ("POST", SVMS, {}),
        ("GET", V + "/virtualization/tasks/x", None),
        ("PUT", ROLE, {"role": "Primary"}),
        ("POST", INSTANCES, instance()),
    ):
        assert reserve.refused(403, verb, path, body)["code"] == "ServerIsReserve"


@pytest.mark.parametrize(
    ("trust", "body", "error"),
    [
        (False, {}, "InvalidCertificate"),
        (True, {"password": "wrong"}, "Unauthorized"),
        (True, {"password": "Viis-Primary-1"}, "Unauthorized"),
        (True, {"address": "viis.example.test:7271", "password": "Viis-Primary-1"}, "ServerError"),
    ],
)
def test_a21_and_r24_each_error(viis: ViisClient, reserve: ViisClient, trust: bool, body: dict[str, str], error: str) -> None:
    viis.ok("PUT", ROLE, {"role": "Primary"})
    if trust:
        viis.trust(body.get("address", NAME))
    wanted = viis.ok("POST", INSTANCES, instance(**body), 201)["id"]
    viis.advance(5)
    assert info(viis, wanted) == ("Disconnected", error)
    assert role(reserve) == "Standalone"


@pytest.mark.parametrize("address", ["viis3.example.test:7271", "127.0.0.1:1", "viis2.example.test:7000", "192.0.2.1:7271"])
def test_where_nothing_answers(viis: ViisClient, address: str) -> None:
    viis.ok("PUT", ROLE, {"role": "Primary"})
    wanted = viis.ok("POST", INSTANCES, instance(address), 201)["id"]
    viis.advance(5)
    assert info(viis, wanted) == ("Disconnected", "NetworkError")


def test_nothing_secret_goes_to_a_server_that_is_not_trusted(viis: ViisClient, reserve: ViisClient) -> None:
    viis.simulator.journal.clear()
    viis.ok("PUT", ROLE, {"role": "Primary"})
    wanted = viis.ok("POST", INSTANCES, instance(), 201)["id"]
    viis.advance(5)
    info(viis, wanted)
    assert viis.simulator.journal.entries(server="viis_reserve") == []


def test_r23_one_reserve_only(viis: ViisClient) -> None:
    registered(viis)
    assert viis.refused(409, "POST", INSTANCES, instance())["code"] == "ReserveExists"


def test_only_a_primary_registers(viis: ViisClient) -> None:
    assert viis.refused(409, "POST", INSTANCES, instance())["code"] == "ServerIsNotPrimary"
    assert viis.ok("GET", INSTANCES) == {"instances": []}


def test_r26_an_update_repairs(viis: ViisClient, reserve: ViisClient) -> None:
    wanted = registered(viis, password="wrong")
    assert info(viis, wanted)[0] == "Disconnected"
    address = "localhost:%d" % reserve.end.port
    viis.trust(address)
    body = viis.ok("PUT", INSTANCES + "/" + wanted, instance(address))
    assert (body["id"], body["address"], body["connectionInfo"]["status"]) == (wanted, address, "Connecting")
    viis.advance(5)
    assert info(viis, wanted) == ("Connected", "NoError")
    viis.refused(404, "PUT", INSTANCES + "/unknown", instance())


def test_unregistering_as_documented(viis: ViisClient, reserve: ViisClient) -> None:
    wanted = registered(viis)
    answer = viis.call("DELETE", INSTANCES + "/" + wanted)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (role(viis), role(reserve)) == ("Primary", "Standalone")
    assert viis.ok("GET", INSTANCES) == {"instances": []}
    viis.refused(404, "GET", INSTANCES + "/" + wanted)
    viis.refused(404, "DELETE", INSTANCES + "/" + wanted)
    reserve.ok("POST", V + "/infrastructures", HYPERV, 201)


def test_unregistering_a_reserve_that_never_answered(viis: ViisClient, reserve: ViisClient) -> None:
    wanted = registered(viis, password="wrong")
    viis.ok("DELETE", INSTANCES + "/" + wanted)
    assert role(reserve) == "Standalone"


def test_a_primary_does_not_become_a_reserve(viis: ViisClient, reserve: ViisClient) -> None:
    reserve.ok("PUT", ROLE, {"role": "Primary"})
    assert info(viis, registered(viis)) == ("Disconnected", "ServerError")


def test_a_connection_that_is_lost_is_noticed(viis: ViisClient) -> None:
    viis.settings(ha_recheck_seconds=30)
    wanted = registered(viis)
    fault = viis.simulator.faults.add("drop_before", server="viis_reserve", count=None)
    assert info(viis, wanted) == ("Connected", "NoError")
    viis.advance(30)
    assert info(viis, wanted) == ("Disconnected", "NetworkError")
    assert fault.hits
    viis.simulator.faults.clear()
    viis.advance(30)
    assert info(viis, wanted) == ("Connected", "NoError")


@pytest.mark.parametrize(
    "body",
    [
        {"role": "Primary", "address": NAME, "password": "eA=="},
        {"role": "Reserve", "address": "viis2"},
        {"role": "Reserve", "address": "viis2", "password": "eA=="},
        {"role": "Reserve", "address": NAME, "password": "plain text"},
    ],
)
def test_wrong_bodies(viis: ViisClient, body: Any) -> None:
    viis.ok("PUT", ROLE, {"role": "Primary"})
    viis.refused(400, "POST", INSTANCES, body)
