# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wire types (contract, section 9 and A-13), routes, content types, error bodies, success codes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from simulated_viis import FORGED, HYPERV, IMAGE, RULES, SVMS, V, ViisClient, deployment, host_svm, project_svm

MODES = ("liberal", "strict-documented", "strict-native", "strict-quoted")


def body(numbers: Any, printed: Any, bare: Any = True) -> dict[str, Any]:
    """Body of operation 15 with these types; ``printed``: booleans that the documents quote, ``bare``: those that they do not."""
    svm = host_svm("svm-a", "inf", isPrimary=bare)
    svm["svmSettings"]["ksc"].update(port=numbers, sslPort=numbers)
    svm["svmSettings"]["users"]["root"]["allowSshAccess"] = printed
    return deployment(svm, image="img", threads=numbers, skip=printed)


@pytest.mark.parametrize(
    ("numbers", "printed", "bare", "fine"),
    [
        ("7", False, True, ("liberal", "strict-documented")),
        (7, False, True, ("liberal", "strict-native")),
        ("7", "false", True, ("liberal", "strict-quoted")),
        (7, "false", True, ("liberal",)),
        ("7", "False", "true", ("liberal",)),
        (7, 0, True, ()),
        (7.0, False, True, ()),
        ("7", "no", True, ()),
        (True, False, True, ()),
        (" 7", False, True, ()),
        (None, False, True, ()),
    ],
)
def test_a13_each_mode(viis: ViisClient, numbers: Any, printed: Any, bare: Any, fine: Any) -> None:
    for mode in MODES:
        viis.settings(wire_types=mode)
        problem = viis.call("POST", SVMS, body(numbers, printed, bare)).json()
        assert problem["status"] == (404 if mode in fine else 400), mode


def test_null_counts_as_absent_in_the_liberal_mode_only(viis: ViisClient) -> None:
    wanted = {**HYPERV, "accounts": {**HYPERV["accounts"], "readOnly": None}}  # type: ignore[dict-item]
    viis.ok("POST", V + "/infrastructures", wanted, 201)
    viis.settings(wire_types="strict-native")
    viis.refused(400, "POST", V + "/infrastructures", wanted)


def test_a24_one_string_for_a_list(viis: ViisClient) -> None:
    port = {"isPrimary": True, "type": "static", "ipAddresses": "10.0.0.5", "mask": "255.255.255.0", "gateway": "10.0.0.1"}

    wanted = deployment(project_svm("a", "inf", networks=[{"id": "net-1", "ports": [port]}]), image="img")
    viis.refused(404, "POST", SVMS, wanted)
    viis.settings(wire_types="strict-documented")
    viis.refused(400, "POST", SVMS, wanted)


def test_unknown_members(viis: ViisClient) -> None:
    wanted = dict(HYPERV, name="x")
    assert viis.refused(400, "POST", V + "/infrastructures", wanted)["errors"] == {"name": ["no such member"]}
    viis.settings(unknown_members="ignore")
    viis.ok("POST", V + "/infrastructures", wanted, 201)


def test_every_wrong_member_is_named(viis: ViisClient) -> None:
    problem = viis.refused(400, "POST", RULES, {"address": "a", "thumb": "x"})
    assert set(problem["errors"]) == {"address", "thumbprint", "thumb"}


@pytest.mark.parametrize("data", [b"{", b"\xff", b'{"role": "Primary",}', b"not json"])
def test_a14_invalid_json(viis: ViisClient, data: bytes) -> None:
    answer = viis.call("PUT", V + "/server/configuration/role", data=data, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "NotJson")


@pytest.mark.parametrize(
    ("kind", "status"),
    [("application/json", 201), ("application/json; charset=utf-8", 201), ("text/plain", 415), ("application/xml", 415), ("", 415)],
)
def test_content_type(viis: ViisClient, kind: str, status: int) -> None:
    data = json.dumps({"address": "a:1", "thumbprint": "AA"}).encode()
    assert viis.call("POST", RULES, data=data, headers={"Content-Type": kind}).status_code == status


@pytest.mark.parametrize(
    ("kind", "status"), [("application/json", 200), ("*/*", 200), ("application/xml", 406), ("text/html, */*;q=0.1", 200)]
)
def test_accept(viis: ViisClient, kind: str, status: int) -> None:
    assert viis.call("GET", V + "/ha/instances", headers={"Accept": kind}).status_code == status


def test_a_body_where_none_is_wanted(viis: ViisClient) -> None:
    viis.refused(400, "POST", SVMS + "images/%s/validate" % viis.image(), {"force": True})


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", V + "/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/api/2.0/tenants", 404),
        ("PATCH", V + "/ha/instances", 405),
        ("POST", V + "/auth/tokens", 405),
        ("DELETE", V + "/infrastructures", 405),
        ("POST", V + "/virtualization/tasks/x", 405),
        ("GET", SVMS, 405),
        ("PATCH", SVMS, 405),
    ],
)
def test_routes(viis: ViisClient, verb: str, path: str, status: int) -> None:
    answer = viis.call(verb, path)
    assert answer.status_code == status
    assert ("Allow" in answer.headers) == (status == 405)


def test_a01_pdelete(viis: ViisClient) -> None:
    assert viis.call("PDELETE", SVMS, {"svms": []}).status_code in (400, 405), "the web server may refuse it before the simulator sees it"


def test_a29_the_trailing_slash(viis: ViisClient) -> None:
    for path in (SVMS, SVMS.rstrip("/")):
        assert viis.refused(400, "DELETE", path)["code"] == "BodyIsMissing"
    viis.ok("GET", V + "/ha/instances/")
    viis.settings(trailing_slash="documented")
    viis.refused(400, "DELETE", SVMS)
    viis.refused(404, "DELETE", SVMS.rstrip("/"))
    viis.refused(404, "GET", V + "/ha/instances/")
    viis.ok("GET", V + "/ha/instances")


@pytest.mark.parametrize(
    ("style", "kind"),
    [("problem", "application/problem+json"), ("text", "text/plain; charset=utf-8"), ("xml", "application/xml"), ("empty", None)],
)
def test_error_styles(viis: ViisClient, style: str, kind: str) -> None:
    viis.settings(error_style=style)
    answer = viis.call("POST", RULES, {"address": "<&>", "thumbprint": "AA"})
    assert (answer.status_code, answer.headers.get("Content-Type")) == (400, kind)
    assert ("BadRequest" in answer.text) == (style != "empty")
    assert ("host:port is needed" in answer.text) == (style != "empty")


def test_a30_success_codes(viis: ViisClient) -> None:
    viis.ok("POST", V + "/infrastructures", HYPERV, 201)
    viis.settings(success={"connect_infrastructure": 200, "validate_image": 201})
    viis.ok("POST", V + "/infrastructures", HYPERV, 200)
    viis.ok("POST", SVMS + "images/%s/validate" % viis.image(), status=201)


def test_an_older_server_has_no_cluster(viis: ViisClient) -> None:
    viis.settings(version="6.2")
    viis.refused(404, "GET", V + "/ha/instances")
    viis.refused(404, "PUT", V + "/server/configuration/role", {"role": "Primary"})
    viis.image()


UNDOCUMENTED = [V + "/infrastructures", RULES, SVMS + "images", V + "/virtualization/tasks", V + "/server/configuration/role"]


@pytest.mark.parametrize("path", UNDOCUMENTED)
def test_undocumented_reads_are_off(viis: ViisClient, path: str) -> None:
    viis.refused(404, "GET", path)
    viis.settings(undocumented_status=405)
    assert viis.call("GET", path).status_code in (404, 405)
    viis.settings(undocumented=True)
    viis.ok("GET", path)


def test_i3_three_shapes(viis: ViisClient) -> None:
    viis.settings(undocumented=True)
    wanted = viis.hyperv()
    record = viis.infrastructure(wanted)
    for shape, found in (("array", [record]), ("named", {"infrastructures": [record]}), ("items", {"items": [record]})):
        viis.settings(list_shape=shape)
        assert viis.ok("GET", V + "/infrastructures") == found


def test_other_undocumented_reads(viis: ViisClient) -> None:
    viis.settings(undocumented=True)
    image, forged = viis.image(IMAGE, "XEN"), viis.image(FORGED, "XEN")
    assert [item["id"] for item in viis.ok("GET", SVMS + "images")["images"]] == [image, forged]
    assert viis.ok("GET", SVMS + "images/" + image)["hypervisors"] == [{"type": "XEN"}]
    assert viis.ok("GET", V + "/server/configuration/role") == {"role": "Standalone"}
    tasks = [viis.ok("POST", SVMS + "images/%s/validate" % item, status=202)["id"] for item in (image, forged)]
    viis.advance(60)
    path = V + "/virtualization/tasks"
    assert [task["id"] for task in viis.ok("GET", path)["tasks"]] == tasks
    assert [task["id"] for task in viis.ok("GET", path + "?state=Failed&type=ValidateSvmImage")["tasks"]] == tasks[1:]
    assert viis.ok("GET", path + "?createdFrom=2099-01-01T00:00:00")["tasks"] == []
