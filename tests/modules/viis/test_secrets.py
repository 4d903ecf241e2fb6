# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No password of the VIIS modules is in anything that they say, in whatever form, whatever the servers answer."""

from __future__ import annotations

import html
import json

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core import progress

from hostile.calls import VIIS, prepare_viis, run_viis
from hostile.secrets import CANARIES, Output, echo, used

# The world comes first: it has files of its own.
pytestmark = pytest.mark.usefixtures("viis", "no_files")
EVERY_CALL = pytest.mark.parametrize("call", VIIS)
ANSWERS = {
    "error": ("error", lambda secrets: {"error": {"status": 400, "code": "No", "message": echo(secrets)}}),
    "conflict": ("error", lambda secrets: {"error": {"status": 409, "code": "No", "message": echo(secrets)}}),
    "fields": ("html", lambda secrets: {"status": 400, "text": json.dumps({"message": "no", "errors": {"password": [echo(secrets)]}})}),
    "JSON": ("html", lambda secrets: {"status": 400, "text": json.dumps(echo(secrets))}),
    "XML": ("html", lambda secrets: {"status": 400, "text": "<error>%s</error>" % html.escape("; ".join(secrets), quote=False)}),
    "page": ("html", lambda secrets: {"text": echo(secrets)}),
    "401": ("status", lambda secrets: {"status": 401, "text": echo(secrets)}),
    "403": ("status", lambda secrets: {"status": 403, "text": echo(secrets)}),
    "404": ("status", lambda secrets: {"status": 404, "text": echo(secrets)}),
    "500": ("status", lambda secrets: {"status": 500, "text": echo(secrets)}),
}
SOME_ANSWERS = {
    ("infrastructure", "error"),
    ("svm", "fields"),
    ("ha_instance", "JSON"),
    ("image", "XML"),
    ("svm_configured", "page"),
    ("certificate", "conflict"),
    ("infrastructure_info", "500"),
}


@pytest.fixture
def output(viis):
    return Output(viis.runner)


def passwords(call):
    return [CANARIES["password"], *used(VIIS[call][1])]


@pytest.mark.every_core  # each module once, as a smoke test
@EVERY_CALL
def test_success_and_check_mode(viis, output, call):
    found = prepare_viis(viis, call)
    for check in (True, False):
        result = run_viis(viis, call, found, warns=None, check=check)
        assert output.none_of(CANARIES.values())
    assert result.changed or call.endswith("info")


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        pytest.param(call, answer, marks=() if (call, answer) in SOME_ANSWERS else pytest.mark.thorough)
        for call in VIIS
        for answer in ANSWERS
    ],
)
def test_a_server_that_quotes_what_it_was_sent(viis, output, call, answer):
    kind, members = ANSWERS[answer]
    found = prepare_viis(viis, call)
    methods = dict.fromkeys(entry.method for entry in run_viis(viis, call, found, warns=None).requests if entry.server == "viis")
    for method in methods:
        found = prepare_viis(viis, call)
        fault = viis.simulator.faults.add(kind, server="viis", method=method, count=None, **members(passwords(call)))
        more = {"wait_timeout": 60} if VIIS[call][0] in ("viis_svm", "viis_image", "viis_infrastructure", "viis_ha_instance") else {}
        run_viis(viis, call, found, fails=None, warns=None, **more)
        assert fault.hits and output.none_of(CANARIES.values()), method


@EVERY_CALL
def test_a_refused_account(viis, output, call):
    found = prepare_viis(viis, call)
    for arguments in ({"password": CANARIES["current_klconfig_password"]}, {"username": CANARIES["root"]}):
        run_viis(viis, call, found, fails=True, **arguments)
        if "password" in arguments:
            assert output.none_of(CANARIES.values())
        output.clear()


@pytest.mark.parametrize("option", ["admin", "read_only", "reserve_password", "current_klconfig_password"])
def test_a_password_that_is_refused_further_on(viis, output, option):
    """By the hypervisor, by the reserve server, by the SVM."""
    wrong = "Wrong-" + CANARIES["os_password"]
    call = {"reserve_password": "ha_instance", "current_klconfig_password": "svm_configured"}.get(option, "infrastructure")
    found = prepare_viis(viis, call)
    value = {**VIIS[call][1][option], "password": wrong} if option in ("admin", "read_only") else wrong
    result = run_viis(viis, call, found, fails=True, warns=None, **{option: value})
    assert result.failed and output.none_of([wrong, *CANARIES.values()])


@pytest.mark.parametrize("call", ["infrastructure", "image", "svm", "svm_entry", "svm_configured", "svm_absent"])
def test_a_time_out_and_its_lines_of_progress(viis, output, call, tmp_path, monkeypatch):
    lines = tmp_path / "lines"
    monkeypatch.setenv(progress.VARIABLE, str(lines))
    found = prepare_viis(viis, call)
    viis.simulator.change_settings({"viis": {"step_seconds": 900, "connect_seconds": 900, "validation_seconds": 900}})
    run_viis(viis, call, found, fails=True, warns=None, wait_timeout=60, poll_interval=15, progress_interval=15)
    assert output.none_of(CANARIES.values())
    assert lines.read_text() and "Canary" not in lines.read_text()


@pytest.mark.parametrize(
    ("call", "operation"), [("svm", "deploy"), ("svm_entry", "deploy"), ("svm_configured", "configure"), ("svm_absent", "delete")]
)
def test_a_task_whose_result_quotes_the_passwords(viis, output, call, operation):
    found = prepare_viis(viis, call)
    secrets = passwords(call)
    viis.simulator.change_settings({"viis": {"svm_failures": [{"svm": "svm-1", "operation": operation, "message": echo(secrets)}]}})
    output.clear()
    result = run_viis(viis, call, found, fails=True, warns=None)
    assert "You sent" in result.text and output.none_of(secrets)


@pytest.mark.parametrize(
    "wrong",
    [
        {"wait_timeout": "soon"},
        {"password": {"a": CANARIES["password"]}},
        {"klconfig_password": [CANARIES["klconfig_password"]]},
        {"root": CANARIES["root"]},
        {"root": {"password": {"a": CANARIES["root"]}}},
        {"root": {"word": 1, "password": CANARIES["root"]}},
        {"klconfig_password": ""},
        {"svms": [{"name": "svm-1", "klconfig_password": [CANARIES["klconfig_password"]]}]},
        {"storage": CANARIES["root"]},
        {"image_id": CANARIES["root"]},
        {"infrastructure_id": CANARIES["klconfig_password"]},
        {"networks": [{"network": CANARIES["root"], "ip_address": CANARIES["root"]}]},
        {"server": CANARIES["password"]},
    ],
    ids="-".join,
)
def test_wrong_arguments(viis, output, wrong):
    found = prepare_viis(viis, "svm")
    output.clear()
    output.only_printed = True  # what Ansible itself finds wrong is Ansible's to redact
    run_viis(viis, "svm", found, fails=None, warns=None, **wrong)
    assert output.none_of(CANARIES.values())
