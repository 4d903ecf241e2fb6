# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operation 1: contract, section 2."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_viis import RULES, V, ViisClient, b64


def test_a_token_as_documented(viis: ViisClient) -> None:
    answer = viis.basic(viis.end.password)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"accessToken", "refreshToken", "session"}
    assert set(body["session"]) == {"id", "createdAt", "updatedAt", "activeTo", "validTo"}
    assert body["accessToken"]["value"] != body["refreshToken"]["value"]
    assert body["session"]["createdAt"] < body["session"]["activeTo"] < body["session"]["validTo"]


@pytest.mark.parametrize(("user", "password"), [("admin", "wrong"), ("admin", ""), ("Admin", "Viis-Primary-1"), ("multitenancy", "x")])
def test_wrong_accounts_get_401(viis: ViisClient, user: str, password: str) -> None:
    assert viis.basic(password, user).status_code == 401


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Basic " + b64("admin"), "Bearer x"])
def test_garbage_gets_401(viis: ViisClient, header: str) -> None:
    answer = viis.call("GET", V + "/auth/tokens", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "WrongUserNameOrPassword")


def test_a_password_of_one_server_is_not_good_at_the_other(viis: ViisClient, reserve: ViisClient) -> None:
    assert viis.basic(reserve.end.password).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer unknown", "Basic " + b64("admin:Viis-Primary-1")])
def test_r01_every_other_request_needs_the_bearer_token(viis: ViisClient, header: str) -> None:
    answer = viis.call("GET", V + "/ha/instances", headers={"Authorization": header})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_token_ends_by_inactivity(viis: ViisClient) -> None:
    viis.advance(1799)
    viis.ok("GET", V + "/ha/instances")
    viis.advance(1799)
    viis.ok("GET", V + "/ha/instances")
    viis.advance(1800)
    viis.refused(401, "GET", V + "/ha/instances")


def test_a_token_ends_for_good(viis: ViisClient) -> None:
    viis.settings(token_valid_seconds=100)
    viis.login()
    viis.advance(99)
    viis.ok("GET", V + "/ha/instances")
    viis.advance(1)
    viis.refused(401, "GET", V + "/ha/instances")


def test_tokens_that_do_not_slide(viis: ViisClient) -> None:
    viis.settings(token_slides=False, token_active_seconds=10)
    viis.login()
    viis.advance(9)
    viis.ok("GET", V + "/ha/instances")
    viis.advance(1)
    viis.refused(401, "GET", V + "/ha/instances")


def test_a_token_expires_in_the_middle_of_polling(viis: ViisClient) -> None:
    image = viis.image()
    viis.settings(token_active_seconds=15, token_valid_seconds=15)
    viis.login()
    task = viis.ok("POST", "%s/management/deployment/svm/images/%s/validate" % (V, image), status=202)["id"]
    viis.advance(10)
    assert viis.task(task)["state"] == "Running"
    viis.advance(10)
    viis.refused(401, "GET", V + "/virtualization/tasks/" + task)
    viis.login()
    viis.advance(14)
    assert viis.task(task)["state"] == "Completed", "the task did not notice"


def test_a_restart_forgets_tokens_and_keeps_state(viis: ViisClient, simulator: Any) -> None:
    viis.trust("vcenter.example.test:443")
    fault = simulator.faults.add("restart", server="viis", method="trust_certificate")
    viis.refused(401, "POST", RULES, {"address": "a:1", "thumbprint": "AA"})
    assert fault.hits == 1
    viis.login()
    assert [rule["address"] for rule in simulator.snapshot()["viis"]["rules"]] == ["vcenter.example.test:443"]


def test_one_token_can_be_killed(viis: ViisClient, simulator: Any) -> None:
    other = ViisClient(simulator).login()
    simulator.faults.add("kill_session", server="viis", method="list_instances")
    viis.refused(401, "GET", V + "/ha/instances")
    other.ok("GET", V + "/ha/instances")
