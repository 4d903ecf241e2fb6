# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 12 to 14: images and their validation."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_viis import FORGED, IMAGE, SVMS, V, ViisClient

REGISTER = SVMS + "images/register/manifest"


def manifest(path: str = IMAGE, *types: str) -> dict[str, Any]:
    """Body of operation 12."""
    return {"manifestUrl": path, "hypervisors": [{"type": name} for name in types or ("VMWARE",)]}


def test_registering_as_documented(viis: ViisClient) -> None:
    body = viis.ok("POST", REGISTER, manifest(IMAGE, "VMWARE", "OPENSTACK"), 201)
    assert set(body) == {"id", "manifest", "hypervisors"}
    assert body["hypervisors"] == [{"type": "VMWARE"}, {"type": "OPENSTACK"}]
    assert set(body["manifest"]) == {"svmVersion", "size", "vendorInfo"}
    assert body["manifest"]["size"] == "4294967296"
    assert set(body["manifest"]["vendorInfo"]) == {"en", "ru"}
    assert body["manifest"]["vendorInfo"]["ru"]["vendor"] == 'АО "Лаборатория Касперского"'  # noqa: RUF001
    assert set(body["manifest"]["vendorInfo"]["en"]) == {"productName", "vendor", "description", "publisher"}


def test_a_windows_path_and_its_types(viis: ViisClient) -> None:
    assert viis.ok("POST", REGISTER, manifest("C:\\SVM\\vmware.xml", "HYPERV"), 201)["manifest"]["svmVersion"] == "6.2.0.900"
    assert viis.refused(400, "POST", REGISTER, manifest("C:\\SVM\\vmware.xml", "XEN"))["code"] == "TypeIsNotSupported"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (manifest("/opt/svm/none.xml"), 404),
        (manifest("svm.xml"), 400),
        (manifest("/opt/svm/6.4"), 400),
        (manifest(IMAGE, "KVM"), 400),
        ({"manifestUrl": IMAGE, "hypervisors": []}, 400),
        ({"manifestUrl": IMAGE}, 400),
        ({"manifestUrl": IMAGE, "hypervisors": ["VMWARE"]}, 400),
    ],
)
def test_wrong_manifests(viis: ViisClient, body: Any, status: int) -> None:
    viis.refused(status, "POST", REGISTER, body)


def test_question_19_registering_again(viis: ViisClient) -> None:
    first = viis.image()
    assert viis.image() != first
    viis.settings(duplicate_image="merge")
    assert viis.image() == first
    viis.settings(duplicate_image="refuse")
    viis.refused(409, "POST", REGISTER, manifest(IMAGE, "OPENSTACK", "HYPERV", "VMWARE"))
    viis.ok("POST", REGISTER, manifest(IMAGE, "XEN"), 201)


def test_validation_as_documented(viis: ViisClient) -> None:
    task = viis.ok("POST", SVMS + "images/%s/validate" % viis.image(), status=202)
    assert list(task) == ["id", "created", "stateChanged", "changed", "state", "type", "progress", "children", "result"]
    assert (task["state"], task["type"], task["progress"], task["children"], task["result"]) == ("Created", "ValidateSvmImage", 0, [], True)
    states = []
    for _second in range(4):
        states.append(viis.task(task["id"])["state"])
        viis.advance(1)
    assert states == ["Created", "Queued", "Starting", "Running"]
    viis.advance(14)
    assert viis.task(task["id"])["progress"] == 50
    viis.advance(15)
    over = viis.task(task["id"])
    assert list(over) == ["id", "created", "stateChanged", "changed", "state", "type", "stage", "progress", "children", "result"]
    assert (over["state"], over["stage"], over["progress"], over["result"]) == ("Completed", None, 100, True)
    assert over["created"] == task["created"] < over["stateChanged"] == over["changed"]
    viis.advance(1000)
    assert viis.task(task["id"]) == over


def test_a_forged_image(viis: ViisClient) -> None:
    task = viis.ok("POST", SVMS + "images/%s/validate" % viis.image(FORGED), status=202)["id"]
    viis.advance(60)
    over = viis.task(task)
    assert (over["state"], over["error"]["code"]) == ("Failed", "ImageIsNotAuthentic")
    assert "result" not in over
    viis.settings(task_error="text")
    assert viis.task(task)["error"] == "The image is not authentic."
    viis.settings(task_error="absent")
    assert "error" not in viis.task(task)


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
def test_a02_the_method_of_validation(viis: ViisClient, method: str) -> None:
    path = SVMS + "images/%s/validate" % viis.image()
    viis.settings(validate_method=method)
    for verb in ("POST", "GET", "PUT"):
        answer = viis.call(verb, path)
        if verb == method:
            assert answer.status_code == 202
        else:
            assert (answer.status_code, answer.headers["Allow"]) == (405, method)


def test_unknown_ids(viis: ViisClient) -> None:
    viis.refused(404, "POST", SVMS + "images/unknown/validate")
    viis.refused(404, "GET", V + "/virtualization/tasks/unknown")


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("task", lambda answer: answer.json()["id"]),
        ("taskId", lambda answer: answer.json()["taskId"]),
        ("wrapped", lambda answer: answer.json()["task"]["id"]),
        ("string", lambda answer: answer.json()),
        ("location", lambda answer: answer.headers["Location"].rpartition("/")[2]),
    ],
)
def test_a38_the_answer(viis: ViisClient, form: str, read: Any) -> None:
    image = viis.image()
    viis.settings(task_answer=form)
    answer = viis.call("POST", SVMS + "images/%s/validate" % image)
    assert answer.status_code == 202
    assert viis.task(read(answer))["type"] == "ValidateSvmImage"
