# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installations and removals in detail: failures by class, restarts, builds of one version, and passwords against removal."""

from __future__ import annotations

import pytest

from simulator.ksc import attributes
from simulator.ksc.state import Installed, Outcome, Package

A = "Tenant A"
KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
OFFLINE = "The device is unreachable."
BUSY = "Another installation is already in progress on the device."
RESTARTED = "The device was restarted unexpectedly during the installation; its result is unknown."
LOGON = "Logon failure: unknown user name or bad password."


@pytest.fixture(autouse=True)
def given(ksc):
    ksc.give("web-01", "web-02")
    ksc.give_packages()


def install(ksc, *names, **arguments):
    return ksc("remote_install", **{"virtual_server": A, "product": KSVLA, "name": list(names or ("web-01", "web-02")), **arguments})


def outcome(ksc, name, reason, times=0, result="failed", **more):
    ksc.host(name).machine.outcomes[:] = [Outcome(result=result, reason=reason, times=times, **more)]


def hosts_of(body):
    return [entry["value"]["HostDispName"] for entry in body["pData"]["TASK_INFO_PARAMS"]["value"]["HostList"]]


# -- classes of failure -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("reason", [OFFLINE, BUSY])
def test_what_may_pass_is_tried_again(ksc, state, reason):
    if state == "absent":
        ksc.give("web-01", "web-02", product="KSVLA", version="5.2.0.0")
    outcome(ksc, "web-01", reason, times=1)
    result = install(ksc, state=state)
    word = {"present": "installed", "absent": "removed"}[state]
    assert result.members("hosts", "result", "failure_class", "reason") == [(word, None, ""), (word, None, "")]
    assert [hosts_of(body) for body in result.bodies("Tasks.AddTask")] == [["web-01", "web-02"], ["web-01"]]
    assert len(result.task_ids) == 2 and result.hosts[0]["task_id"] == result.task_ids[1]
    again = install(ksc, state=state)
    assert (again.changed, ksc.writes(again)) == (False, [])


@pytest.mark.parametrize(("reason", "known"), [(OFFLINE, "host_offline"), (BUSY, "other_installation")])
def test_it_is_not_tried_for_ever(ksc, reason, known):
    outcome(ksc, "web-01", reason)
    result = install(ksc, fails=True)
    assert result.members("hosts", "result", "failure_class") == [("failed", known), ("installed", None)]
    assert result.hosts[0]["reason"] == reason and result.count("Tasks.AddTask") == 3


def test_it_is_not_tried_when_the_time_is_over(ksc):
    outcome(ksc, "web-01", BUSY)
    result = install(ksc, fails=True, wait_timeout=150)
    assert result.members("hosts", "result", "reason")[0] == ("failed", BUSY) and result.count("Tasks.AddTask") == 1


@pytest.mark.parametrize(
    ("reason", "known"),
    [
        (LOGON, "account_refused"),
        ("Access denied.", "account_refused"),
        ("There is not enough free disk space.", "disk_full"),
        ("The operation timed out.", "timed_out"),
        ("Something went wrong.", None),
        ("Сбой.", None),
        ("", None),
        (BUSY + " " + LOGON, None),
    ],
)
def test_nothing_else_is_repeated(ksc, reason, known):
    outcome(ksc, "web-01", reason, times=1)
    result = install(ksc, fails=True)
    assert result.members("hosts", "result", "failure_class") == [("failed", known), ("installed", None)]
    assert result.count("Tasks.AddTask") == 1


@pytest.mark.parametrize("language", ["english", "russian"])
@pytest.mark.parametrize("number", [2, 3, 5, 10, 11, 12, 13, 14, 15])
def test_each_class_of_failures(ksc, number, language):
    """In another language than English nothing is known, and nothing is repeated."""
    ksc.settings(failure_language=language)
    outcome(ksc, "web-01", "", failure=number)
    result = install(ksc, fails=True)
    known = {2: "package_absent", 3: "host_offline", 5: "account_refused", 10: "disk_full", 11: "timed_out", 12: "no_agent"}
    known.update({13: "other_installation", 14: "tries_exhausted", 15: "unexpected_restart"})
    assert result.members("hosts", "result", "failure_class")[0] == ("failed", known[number] if language == "english" else None)
    assert result.count("Tasks.AddTask") == (3 if number in (3, 13) and language == "english" else 1)


@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_an_unexpected_restart_has_left_may_be_all(ksc, state):
    if state == "absent":
        ksc.give("web-01", "web-02", product="KSVLA", version="5.2.0.0")
    ksc.settings(products_delay_seconds=600)
    outcome(ksc, "web-01", "", failure=15, happened=True)
    result = install(ksc, state=state)
    assert result.members("hosts", "result") == [{"present": "installed", "absent": "removed"}[state]] * 2
    assert "restarted unexpectedly" in result.hosts[0]["reason"] and result.count("Tasks.AddTask") == 1


def test_after_an_unexpected_restart_the_host_is_read_back(ksc):
    outcome(ksc, "web-01", RESTARTED)
    machine = ksc.host("web-01").machine

    def installed(_when):
        machine.products["KSVLA"] = Installed("KSVLA", "5.2.0.0")

    ksc.server.timeline.at(ksc.simulator.clock.now() + 400, installed)
    result = install(ksc)
    assert result.members("hosts", "result", "reason") == [("installed", RESTARTED), ("installed", "")]
    assert result.count("Tasks.AddTask") == 1


def test_after_an_unexpected_restart_without_the_application_it_has_failed(ksc):
    outcome(ksc, "web-01", RESTARTED)
    result = install(ksc, fails=True)
    assert result.members("hosts", "result", "failure_class") == [("failed", "unexpected_restart"), ("installed", None)]
    assert RESTARTED.rstrip(".") in result.hosts[0]["reason"] and result.count("Tasks.AddTask") == 1
    assert sum(result.slept) < 1800, "it is not read back for ever"


def test_a_machine_that_is_off_does_not_keep_another_one_from_its_second_try(ksc):
    ksc.host("web-02").machine.online = False
    ksc.simulator.clock.advance(3600)
    outcome(ksc, "web-01", BUSY, times=1)
    result = install(ksc, fails=True)
    assert result.members("hosts", "result") == ["installed", "pending"]


def test_a_wave_waits_for_second_tries(ksc):
    outcome(ksc, "web-01", BUSY, times=1)
    result = install(ksc, waves=[1, "100%"])
    assert result.members("hosts", "result", "wave") == [("installed", 1), ("installed", 2)]
    assert [hosts_of(body) for body in result.bodies("Tasks.AddTask")] == [["web-01"], ["web-01"], ["web-02"]]


# -- restarts -------------------------------------------------------------------------------------------------------------------------


def test_who_needs_a_restart_is_told(ksc):
    outcome(ksc, "web-01", "", result="ok", reboot=True)
    result = install(ksc)
    assert result.members("hosts", "result", "restart_required", "reason") == [
        ("installed", True, "a restart is required"),
        ("installed", False, ""),
    ]
    assert result.msg == "hosts: 2 installed; restart required: 1"
    again = install(ksc)
    assert again.members("hosts", "result", "restart_required", "reason")[0] == ("unchanged", True, "a restart is required")
    assert (again.changed, ksc.writes(again)) == (False, [])


@pytest.mark.parametrize(("restart", "due"), [("never", True), ("ask", True), ("force", False)])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_nothing_is_restarted_unless_the_task_says_so(ksc, state, restart, due):
    if state == "absent":
        ksc.give("web-01", "web-02", product="KSVLA", version="5.2.0.0")
    outcome(ksc, "web-01", "", result="ok", reboot=True)
    result = install(ksc, state=state, restart=restart)
    assert result.members("hosts", "restart_required") == [due, False]
    assert ksc.host("web-01").machine.reboot_required == due


def test_a_server_may_make_nothing_of_what_a_task_says_about_restarts(ksc):
    ksc.settings(restart_keys="none")
    outcome(ksc, "web-01", "", result="ok", reboot=True)
    assert install(ksc, restart="force").members("hosts", "result", "restart_required")[0] == ("installed", True)


def test_a_server_that_refuses_such_tasks_says_so(ksc):
    ksc.settings(restart_keys="refused")
    result = install(ksc, restart="ask", fails=True)
    assert result.members("hosts", "result") == ["failed", "failed"] and "KLTSK_RU_REBOOT" in result.msg
    assert install(ksc).members("hosts", "result") == ["installed", "installed"], "by default a task says nothing of them"


def test_a_task_that_waits_with_another_word_about_restarts_is_brought_up_to_date(ksc):
    for name in ("web-01", "web-02"):
        ksc.host(name).machine.online = False
    install(ksc, restart="force", fails=True)
    again = install(ksc, fails=True)
    assert again.count("Tasks.UpdateTask") == 1 and again.count("Tasks.AddTask") == 0
    assert "KLTSK_RU" not in str(again.bodies("Tasks.UpdateTask"))


def test_a_server_that_knows_nothing_of_restarts(ksc, monkeypatch):
    """It refuses a question for attributes that it does not know."""
    monkeypatch.delitem(attributes.HOST_SEARCH, "KLHST_WKS_RBT_REQUIRED")
    result = install(ksc)
    assert result.members("hosts", "result", "restart_required") == [("installed", None)] * 2


def test_by_default_a_task_says_nothing_of_restarts(ksc):
    for body in install(ksc).bodies("Tasks.AddTask"):
        assert "KLTSK_RU" not in str(body)


# -- builds ---------------------------------------------------------------------------------------------------------------------------


def build(ksc, name, number):
    ksc.host(name).machine.products["KSVLA"] = Installed("KSVLA", "5.2.0.0", number)


def builds(ksc):
    return [ksc.host(name).machine.products["KSVLA"].build for name in ("web-01", "web-02")]


@pytest.fixture
def newer(ksc):
    package = Package(0, "KSVLA 5.2 new", "KSVLA", "5.2.0.0", "5.2.0.1304", platform="windows")
    ksc.server.state.server(A).add_package(package)
    return {"product": {**KSVLA, "display_version": "5.2.0.1304"}}


def test_an_older_build_is_upgraded_once(ksc, newer):
    build(ksc, "web-01", "5.2.0.980")
    build(ksc, "web-02", "5.2.0.1304")
    assert install(ksc).members("hosts", "result") == ["unchanged", "unchanged"], "the version is the same"
    rehearsal = install(ksc, check=True, **newer)
    result = install(ksc, **newer)
    assert rehearsal.diff == result.diff and "KSVLA 5.2.0.0 (build 5.2.0.980)" in result.diff["before"]
    assert rehearsal.members("hosts", "result") == result.members("hosts", "result") == ["installed", "unchanged"]
    assert builds(ksc) == ["5.2.0.1304", "5.2.0.1304"]
    again = install(ksc, **newer)
    assert (again.changed, ksc.writes(again)) == (False, [])


def test_a_newer_build_is_left_as_it_is(ksc, newer):
    build(ksc, "web-01", "5.2.0.2000")
    build(ksc, "web-02", "5.2.0.1304")
    result = install(ksc, **newer)
    assert result.members("hosts", "result") == ["unchanged", "unchanged"] and ksc.writes(result) == []
    assert "newer than 5.2.0.1304" in result.hosts[0]["reason"]


def test_an_upgrade_that_does_not_show_is_no_success(ksc, newer):
    for name in ("web-01", "web-02"):
        build(ksc, name, "5.2.0.980")
    outcome(ksc, "web-01", "", result="claimed")
    result = install(ksc, fails=True, wait_timeout=600, **newer)
    assert result.members("hosts", "result") == ["failed", "installed"] and "build 5.2.0.1304" in result.hosts[0]["reason"]


def test_a_build_that_the_record_does_not_tell_is_searched_for(ksc, newer):
    """A server whose records show the version of the plug-in, or nothing."""
    build(ksc, "web-01", "5.2.0.980")
    build(ksc, "web-02", "5.2.0.1304")
    for attribute in (lambda _host: "5.2.0.0", lambda _host: None):
        with pytest.MonkeyPatch.context() as patch:
            _hide_builds(patch, attribute)
            result = install(ksc, check=True, **newer)
            assert result.members("hosts", "result") == ["installed", "unchanged"]


def test_where_nothing_tells_the_build_the_host_is_left_as_it_is(ksc, newer):
    build(ksc, "web-01", "5.2.0.980")
    build(ksc, "web-02", "5.2.0.980")
    ksc.settings(unsupported_attributes=["KLHST_WKS_PRODUCT_BUILD"])
    ksc.fault("no_such_call", "HostGroup.GetHostProducts", count=None)
    with pytest.MonkeyPatch.context() as patch:
        _hide_builds(patch, lambda _host: None)
        result = install(ksc, warns=True, **newer)
    assert result.members("hosts", "result") == ["unchanged", "unchanged"] and ksc.writes(result) == []
    assert "does not report which build" in result.warnings[0]


def test_a_package_that_is_not_there_in_this_build_is_said(ksc):
    result = install(ksc, fails=True, product={**KSVLA, "display_version": "9.9.9.9"})
    assert "9.9.9.9" in result.msg and ksc.writes(result) == []


def _hide_builds(patch, getter):
    patch.setitem(attributes.HOST_SEARCH, "KLHST_WKS_RTP_AV_VERSION", attributes.Attribute("string", getter))


# -- passwords against removal ---------------------------------------------------------------------------------------------------------


def remove(ksc, **arguments):
    ksc.runner.secrets.add("Removal-Secret-1")
    ksc.give("web-01", "web-02", product="KSVLA", version="5.2.0.0")
    return install(ksc, **{"state": "absent", "removal_password": "Removal-Secret-1", **arguments})


@pytest.mark.parametrize("version", ["15.1", "16.0"])
def test_a_password_against_removal(ksc, version):
    ksc.settings(ksc_version=version)
    ksc.host("web-01").machine.removal_password = "Removal-Secret-1"
    result = remove(ksc)
    assert result.members("hosts", "result") == ["removed", "removed"]
    (body,) = result.bodies("Tasks.AddTask")
    assert isinstance(body["pData"]["UNLOCK_PASSWORD_CRYPTED"], str) and "Removal-Secret-1" not in str(body)
    assert result.count("Tasks.ProtectPassword") == 1


@pytest.mark.parametrize("password", [None, "Another-Secret-1"])
def test_without_the_right_one_the_host_fails(ksc, password):
    ksc.settings(ksc_version="16.0")
    ksc.host("web-01").machine.removal_password = "Removal-Secret-1"
    result = remove(ksc, removal_password=password, fails=True)
    assert result.members("hosts", "result") == ["failed", "removed"] and "password" in result.hosts[0]["reason"]
    assert remove(ksc).members("hosts", "result") == ["removed", "removed"]


def test_each_host_has_its_own_password(ksc):
    ksc.settings(ksc_version="16.0")
    hosts = []
    for name in ("web-01", "web-02"):
        ksc.host(name).machine.removal_password = "Removal-Secret-" + name
        hosts.append({"name": name, "removal_password": "Removal-Secret-" + name})
    result = remove(ksc, name=None, hosts=hosts, removal_password=None)
    assert result.members("hosts", "result") == ["removed", "removed"] and result.count("Tasks.AddTask") == 2


@pytest.mark.parametrize("check", [True, False])
def test_an_older_server_takes_no_such_password(ksc, check):
    ksc.settings(ksc_version="14.2")
    result = remove(ksc, fails=True, check=check)
    assert "15.1" in result.msg and "14.2" in result.msg and ksc.writes(result) == []
    reported = remove(ksc, on_failure="report", check=check)
    assert reported.members("hosts", "result") == ["failed", "failed"]


def test_it_is_no_matter_where_there_is_nothing_to_remove(ksc):
    result = install(ksc, state="absent", removal_password="Removal-Secret-1")
    assert result.members("hosts", "result") == ["unchanged", "unchanged"] and result.count("HostGroup.GetStaticInfo") == 0


def test_a_server_that_does_not_tell_its_version_is_handed_the_password(ksc):
    ksc.settings(ksc_version="15.1")
    ksc.fault("no_such_call", "HostGroup.GetStaticInfo", count=None)
    assert "UNLOCK_PASSWORD_CRYPTED" in remove(ksc).bodies("Tasks.AddTask")[0]["pData"]


def test_a_server_that_cannot_protect_it_gets_none(ksc):
    ksc.settings(ksc_version="15.1")
    ksc.fault("no_such_call", "Tasks.ProtectPassword", count=None)
    result = remove(ksc, fails=True)
    assert result.members("hosts", "result") == ["failed", "failed"] and result.count("Tasks.AddTask") == 0
