# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No password of the KSC modules is in anything that they say, in whatever form, whatever the servers answer."""

from __future__ import annotations

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core import progress

from hostile.calls import KSC, TENANT_ACCOUNT, TENANT_ACCOUNTS, WAITING, prepare_ksc, run_ksc
from hostile.secrets import CANARIES, Output, echo, used
from simulator.ksc.state import Outcome

# The world comes first: it has files of its own.
pytestmark = pytest.mark.usefixtures("ksc", "no_files")
EVERY_CALL = pytest.mark.parametrize("call", KSC)
QUICK = {name: {"wait_timeout": 90, "poll_interval": 15} for name in WAITING}
ANSWERS = {
    "error": ("error", lambda text: {"error": {"module": "KLSTD", "code": 1181, "message": text}}),
    "no access": ("error", lambda text: {"error": {"module": "KLSTD", "code": 1193, "message": text}}),
    "localized": ("error", lambda text: {"error": {"module": "KLSTD", "code": 1, "locdata": {"format": "%1", "args": [text]}}}),
    "logon": ("error", lambda text: {"error": {"module": "KLWAT", "code": 1453, "message": text}}),
    "page": ("html", lambda text: {"text": text}),
    "400": ("status", lambda text: {"status": 400, "text": text}),
    "401": ("status", lambda text: {"status": 401, "text": text}),
    "403": ("status", lambda text: {"status": 403, "text": text}),
    "500": ("status", lambda text: {"status": 500, "text": text}),
}
SOME_ANSWERS = {
    ("entries", "error"),
    ("unassigned", "page"),
    ("package_retranslate", "localized"),
    ("task_info", "500"),
    ("group_info", "403"),
}


@pytest.fixture
def output(ksc):
    return Output(ksc.runner)


def passwords(call):
    return [CANARIES["password"], *used(KSC[call][1])]


@pytest.mark.every_core  # each module once, as a smoke test
@EVERY_CALL
def test_success_and_check_mode(ksc, output, call):
    for check in (True, False):
        prepare_ksc(ksc, call)
        run_ksc(ksc, call, warns=None, check=check)
        assert output.none_of(CANARIES.values())


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        pytest.param(call, answer, marks=() if (call, answer) in SOME_ANSWERS else pytest.mark.thorough)
        for call in KSC
        for answer in ANSWERS
    ],
)
def test_a_server_that_quotes_what_it_was_sent(ksc, output, call, answer):
    kind, members = ANSWERS[answer]
    prepare_ksc(ksc, call)
    methods = dict.fromkeys(run_ksc(ksc, call, warns=None).methods)
    for method in methods:
        prepare_ksc(ksc, call)
        fault = ksc.fault(kind, method, count=None, **members(echo(passwords(call))))
        run_ksc(ksc, call, fails=None, warns=None, **QUICK.get(KSC[call][0], {}))
        assert fault.hits and output.none_of(CANARIES.values()), method


@pytest.mark.parametrize("account", [TENANT_ACCOUNT, TENANT_ACCOUNTS], ids=["virtual_server_password", "virtual_servers"])
@pytest.mark.parametrize("refused", [False, True])
def test_accounts_of_virtual_servers(ksc, output, account, refused):
    """Accepted, refused, and echoed by the virtual server."""
    for answer in (None, "error", "page"):
        prepare_ksc(ksc, "host_info")
        ksc.server.accounts_list[1].password = "Another-1" if refused else used(account)[0]
        if answer is not None:
            kind, members = ANSWERS[answer]
            ksc.fault(kind, "HostGroup.FindHosts", count=None, **members(echo([CANARIES["password"], *used(account)])))
        result = run_ksc(ksc, "host_info", fails=None, warns=None, virtual_server="Tenant A", ip=None, name=["app-01"], **account)
        assert result.failed == (refused or answer is not None)
        assert output.none_of(CANARIES.values())


@EVERY_CALL
def test_a_refused_account(ksc, output, call):
    prepare_ksc(ksc, call)
    for arguments in ({"password": CANARIES["os_password"]}, {"domain": CANARIES["password"]}, {"internal_user": False}):
        ksc.settings(logon_errors="pxgerror", internal_user_as_os="refused")
        run_ksc(ksc, call, fails=True, **arguments)
        assert output.none_of(CANARIES.values())


@pytest.mark.parametrize("call", ["host", "remote_install", "entries", "remove", "package_retranslate"])
def test_a_time_out_and_its_lines_of_progress(ksc, output, call, tmp_path, monkeypatch):
    lines = tmp_path / "lines"
    monkeypatch.setenv(progress.VARIABLE, str(lines))
    prepare_ksc(ksc, call)
    ksc.settings(install_seconds=900, remove_seconds=900, reconnect_delay_seconds=900, retranslate_seconds=900)
    run_ksc(ksc, call, fails=True, warns=None, wait_timeout=60, poll_interval=15, progress_interval=15)
    assert output.none_of(CANARIES.values())
    assert lines.read_text() and "Canary" not in lines.read_text()


@pytest.mark.parametrize("call", ["remote_install", "entries", "remove"])
def test_a_task_whose_result_quotes_the_password(ksc, output, call):
    text = echo(passwords(call))
    for result in ("failed", "warning"):
        prepare_ksc(ksc, call)
        ksc.host("app-01").machine.outcomes[:] = [Outcome(result=result, reason=text)]
        done = run_ksc(ksc, call, fails=None, warns=None)
        assert "You sent" in done.text and output.none_of(CANARIES.values())


def test_a_task_of_somebody_else_whose_result_quotes_the_password(ksc, output):
    prepare_ksc(ksc, "remote_install")
    ksc.host("app-01").machine.outcomes[:] = [Outcome(result="failed", reason=echo([CANARIES["password"]]))]
    run_ksc(ksc, "remote_install", fails=True)
    assert output.none_of(CANARIES.values())
    listed = ksc.runner("ksc_task_info", virtual_server="Tenant A")
    assert "You sent" in listed.text and output.none_of(CANARIES.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"wait_timeout": "soon"},
        {"password": {"a": CANARIES["password"]}},
        {"os_password": [CANARIES["os_password"]]},
        {"os_password": None},
        {"state": CANARIES["os_password"]},
        {"hosts": [{"name": "app-01", "os_password": {"a": CANARIES["os_password"]}}]},
        {"hosts": [{"nothing": 1, "os_password": CANARIES["os_password"]}]},
        {"group": CANARIES["os_password"], "create_group": False},
        {"name": [CANARIES["os_password"]]},
        {"ip": [CANARIES["password"]]},
        {"virtual_server": CANARIES["password"]},
        {"product": {"name": CANARIES["password"], "version": "1"}},
        {"wait_timeout": -1},
        {"server": CANARIES["password"]},
        {"ca_path": "/" + CANARIES["password"]},
    ],
    ids="-".join,
)
def test_wrong_arguments(ksc, output, wrong):
    prepare_ksc(ksc, "remote_install")
    output.only_printed = True  # what Ansible itself finds wrong is Ansible's to redact
    run_ksc(ksc, "remote_install", fails=None, warns=None, **wrong)
    assert output.none_of(CANARIES.values())
