# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that can less than others, and every reading of the documents that they leave open."""

from __future__ import annotations

import pytest

KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
IPS = ["10.20.0.11", "10.20.0.12"]
# What the vendor's article uses (and no more): whatever else a module sends must be a question that may be refused.
DOCUMENTED = {
    "login",
    "AsyncActionStateChecker.CheckActionState",
    "ChunkAccessor.GetItemsCount",
    "ChunkAccessor.GetItemsChunk",
    "ChunkAccessor.Release",
    "HostGroup.FindHosts",
    "HostGroup.FindGroups",
    "HostGroup.MoveHostsToGroup",
    "HostGroup.RemoveHost",
    "HostGroup.GroupIdGroups",
    "HostGroup.GroupIdUnassigned",
    "PackagesApi.GetPackages",
    "PackagesApi.RetranslateToVServerAsync",
    "Tasks.AddTask",
    "Tasks.RunTask",
    "Tasks.GetTaskStatistics",
    "VServers.GetVServers",
}


# -- only the methods of the article ----------------------------------------------------------------------------------------


@pytest.fixture
def documented(ksc):
    ksc.settings(documented_only=True)
    return ksc


@pytest.mark.parametrize("auth_method", ["session", "login"])
@pytest.mark.parametrize("profile", ["6.1", "5.2"])
def test_a_tenant_s_life_with_the_article_s_methods(documented, auth_method, profile):
    ksc = documented
    ksc.settings(unsupported_attributes=["KLHST_WKS_PRODUCT_ID"], account_layout="items", account_password="plain")
    common = {"auth_method": auth_method, "task_profile": profile}
    refused = set()

    def run(module, **arguments):
        result = ksc(module, **common, **arguments)
        refused.update(entry.method for entry in result.requests if entry.error.startswith("KLCONN"))
        assert {entry.method for entry in result.requests if not entry.error} <= DOCUMENTED
        return result

    packages = run("package_retranslate", packages=[{"name": "1103", "version": "1.0.0.0"}, KSVLA], virtual_server=["Tenant A"])
    assert packages.changed
    moved = run("host", warns=True, virtual_server="Tenant A", group="Web", ip=IPS)
    assert moved.members("hosts", "result") == ["moved", "moved"]
    assert "cannot list tasks" in moved.warnings[0] and len(moved.warnings) == 1
    assert run("host", virtual_server="Tenant A", group="Web", ip=IPS).changed is False
    os = {"os_username": "Administrator", "os_password": "Local-Admin-1"}
    installed = run("remote_install", warns=True, virtual_server="Tenant A", product=KSVLA, ip=IPS, **os)
    assert installed.members("hosts", "result") == ["installed", "installed"]
    assert any("does not report which applications a host has" in warning for warning in installed.warnings)
    assert "KSVLA" in ksc.host("web-01").machine.products
    removed = run("remote_install", warns=True, virtual_server="Tenant A", product=KSVLA, state="absent", ip=IPS, **os)
    assert removed.members("hosts", "result") == ["removed", "removed"]
    assert run("host", virtual_server="Tenant A", state="unassigned", ip=IPS).changed
    gone = run("host", virtual_server="Tenant A", state="absent", ip=IPS)
    assert gone.members("hosts", "result") == ["removed", "removed"] and gone.count("HostGroup.RemoveHost") == 2
    assert run("host", virtual_server="Tenant A", state="absent", ip=IPS).changed is False
    assert run("package_info", virtual_server="Tenant A").packages and run("virtual_server_info").virtual_servers
    assert run("group_info").groups and run("host_info", ip=["10.20.0.21"], products=True).hosts[0]["products"] is None
    assert ("Session.StartSession" in refused) == (auth_method == "session")


def test_what_cannot_be_told_is_a_warning_and_no_guess(documented):
    ksc = documented
    ksc.settings(unsupported_attributes=["KLHST_WKS_PRODUCT_ID"])
    ksc.give_packages()
    ksc.give("web-01", "broken-01")
    arguments = {"virtual_server": "Tenant A", "product": KSVLA, "name": ["web-01", "broken-01"]}
    result = ksc("remote_install", warns=True, fails=True, **arguments)
    assert result.members("hosts", "result") == ["installed", "failed"], "bit 0x10 of the status tells"
    assert "1 succeeded, 1 failed; the server does not report on which host" in result.hosts[1]["reason"]
    assert any("only its totals are known" in warning for warning in result.warnings)
    single = ksc("remote_install", warns=True, fails=True, **dict(arguments, name=["broken-01"]))
    assert single.members("hosts", "result") == ["failed"]
    info = ksc("host_info", warns=True, name=["web-01"], virtual_server="Tenant A", product=KSVLA)
    assert info.hosts[0]["has_product"] is None


def test_hosts_that_are_off_where_only_totals_are_known(documented):
    ksc = documented
    ksc.give("asleep-01", "db-01")
    ksc.give_packages()
    kesl = {"name": "kesl", "version": "12.1.0.0"}
    result = ksc(
        "remote_install", warns=True, fails=True, virtual_server="Tenant A", product=kesl, name=["asleep-01", "db-01"], wait_timeout=120
    )
    results = dict(result.members("hosts", "name", "result"))
    assert results == {"asleep-01": "pending", "db-01": "installed"}


def test_tasks_where_they_cannot_be_listed(documented):
    ksc = documented
    result = ksc("task_info", fails=True)
    assert "Tasks.ResetTasksIterator" in result.msg
    moved = ksc("host", warns=True, virtual_server="Tenant A", ip=IPS)
    (task,) = ksc("task_info", warns=True, id=[moved.task_id]).tasks
    assert task["finished"] is True and task["hosts"] is None


def test_a_lost_answer_to_a_new_task_where_tasks_cannot_be_listed(documented):
    ksc = documented
    ksc.fault("drop_after", "Tasks.AddTask")
    result = ksc("host", fails=True, warns=None, virtual_server="Tenant A", ip=IPS)
    assert "cannot list tasks" in result.msg and "[ksv.light_agent " in result.msg
    assert result.count("Tasks.AddTask") == 1 and result.changed


# -- single methods and attributes that are missing ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1192, 1125])
def test_without_the_search_for_products_each_host_is_asked(ksc, code):
    ksc.settings(unsupported_attributes=["KLHST_WKS_PRODUCT_ID"], bad_filter_code=code)
    ksc.give("web-01", product="KSVLA", version="5.2.0.0")
    ksc.give("web-02")
    ksc.give_packages()
    arguments = {"virtual_server": "Tenant A", "product": KSVLA, "ip": IPS}
    first = ksc("remote_install", **arguments)
    assert first.members("hosts", "result") == ["unchanged", "installed"]
    assert first.count("HostGroup.GetHostProducts") >= 2
    assert ksc.writes(ksc("remote_install", **arguments)) == []


@pytest.mark.parametrize("missing", ["HostGroup.GetHostProducts", "HostGroup.RemoveHosts", "Tasks.DeleteTask", "Tasks.GetTaskStatistics"])
def test_single_methods_may_be_missing(ksc, missing):
    ksc.fault("no_such_call", missing, count=None)
    ksc.give_packages()
    assert ksc("host", virtual_server="Tenant A", ip=IPS).changed
    assert ksc("remote_install", virtual_server="Tenant A", product=KSVLA, ip=IPS).members("hosts", "result") == ["installed"] * 2
    assert ksc("host", virtual_server="Tenant A", state="absent", ip=IPS).members("hosts", "result") == ["removed"] * 2


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_missing_method_may_be_a_status(ksc, status):
    for method in ("Session.StartSession", "HostGroup.RemoveHosts", "Tasks.ResetTasksIterator"):
        ksc.fault("status", method, status=status, text="Not found", count=None)
    assert ksc("host", state="absent", name=["web-01"]).members("hosts", "result") == ["removed"]
    assert ksc("host", virtual_server="Tenant A", warns=True, name=["web-02"]).changed


def test_protecting_a_password_may_be_missing(ksc):
    ksc.fault("no_such_call", "Tasks.ProtectPassword", count=None)
    ksc.runner.secrets.add("Local-Admin-1")
    result = ksc(
        "remote_install",
        warns=True,
        product=KSVLA,
        ip=IPS,
        os_username="Administrator",
        os_password="Local-Admin-1",
        password_format="protected",
    )
    assert "Tasks.ProtectPassword" in result.warnings[0] and result.members("hosts", "result") == ["installed"] * 2


# -- several readings of the documents at once; test_readings.py has each by itself ------------------------------------------------

READINGS = [
    {"ksc_version": "12.2", "omitted_arguments": False, "bare_filters": False, "bare_sort_params": False},
    {"unknown_arguments": "reject", "unknown_fields": "reject", "case_sensitive": True, "record_range_end": "inclusive"},
    {"expired_session_status": 401, "unauthenticated_status": 403, "wrong_password_status": 403, "session_idle_seconds": 4.0},
    {"early_check": "ignore", "action_error_layout": "flat", "action_ownership": False, "repeated_retranslation": "duplicate"},
    {"install_seconds": 0.0, "reconnect_seconds": 0.0, "remove_seconds": 0.0, "task_pending_seconds": 0.0, "retranslate_seconds": 0.0},
    {"move_unknown_host": "ignore", "unknown_task_host": "fail", "unknown_package": "fail", "reconnect_delay_seconds": 400.0},
    {"account_layout": "items", "account_password": "plain", "primary_record": "stays", "stale_seconds": 30.0},
]


@pytest.mark.parametrize("settings", READINGS, ids=lambda settings: ",".join("%s=%s" % item for item in settings.items()))
@pytest.mark.parametrize("auth_method", ["session", "login"])
def test_a_tenant_s_life_under_each_reading(ksc, settings, auth_method):
    ksc.settings(**settings)
    common = {"auth_method": auth_method}
    hosts = dict(common, virtual_server="Tenant A", ip=IPS)
    packages = dict(common, packages=[{"name": "1103", "version": "1.0.0.0"}, KSVLA], virtual_server=["Tenant A"])
    common["poll_interval"] = hosts["poll_interval"] = packages["poll_interval"] = 20
    install = dict(hosts, product=KSVLA, os_username="Administrator", os_password="Local-Admin-1")
    steps = [
        ("package_retranslate", packages),
        ("host", dict(hosts, group="Web/Frontend")),
        ("remote_install", dict(install, group="Web/New", create_group=True)),
        ("remote_install", dict(install, state="absent")),
        ("host", dict(hosts, state="unassigned")),
        ("host", dict(hosts, state="absent")),
    ]
    for module, arguments in steps:
        rehearsal = ksc(module, check=True, **arguments)
        first = ksc(module, **arguments)
        again = ksc(module, **arguments)
        assert (rehearsal.changed, first.changed, again.changed) == (True, True, False), (module, arguments)
        assert ksc.writes(again) == []
        assert rehearsal.diff == first.diff
    assert len(ksc.server.state.server("Tenant A").packages) == 2
    assert ksc.servers_of("web-01") == (["primary"] if settings.get("primary_record") == "stays" else [])
    assert ksc.tasks() == []


@pytest.mark.parametrize("drop", ["drop_before", "drop_after"])
@pytest.mark.parametrize("version", ["14.2", "15.1", "16.0"])
def test_removal_in_two_steps(ksc, version, drop):
    """From KSC 15.1 on the first call only moves to Unassigned devices."""
    ksc.settings(ksc_version=version)
    ksc.give("web-01", group="Web")
    ksc.give("web-02")
    ksc.fault(drop, "HostGroup.RemoveHosts")
    result = ksc("host", virtual_server="Tenant A", state="absent", ip=IPS)
    assert result.members("hosts", "result") == ["removed", "removed"]
    assert result.count("HostGroup.RemoveHosts") <= 3
    assert ksc.servers_of("web-01") == ksc.servers_of("web-02") == []


def test_a_record_that_stays_on_the_primary_server_is_left_alone(ksc):
    ksc.settings(primary_record="stays")
    first = ksc("host", virtual_server="Tenant A", ip=IPS)
    assert first.changed and ksc.servers_of("web-01") == ["primary", "Tenant A"]
    assert ksc("host", virtual_server="Tenant A", ip=IPS).changed is False


@pytest.mark.parametrize("layout", ["nested", "flat"])
def test_why_a_distribution_failed(ksc, layout):
    ksc.settings(action_error_layout=layout)
    result = ksc("package_retranslate", fails=True, packages=[{"name": "kesl", "version": "11.4.0.0"}], virtual_server=["Tenant A"])
    assert result.packages[0]["reason"] == "There is not enough free disk space. (KLSTD 1193)"


def test_the_server_s_own_pause_wins(ksc):
    ksc.settings(retranslate_seconds=20, action_check_seconds=7.0)
    result = ksc("package_retranslate", packages=[KSVLA], virtual_server=["Tenant A"], poll_interval=1)
    assert set(result.slept[1:]) <= {7.0, 6.0, 5.0} and result.count("AsyncActionStateChecker.CheckActionState") <= 5


def test_a_case_that_the_server_does_not_care_about(ksc):
    ksc.give("web-01")
    ksc.give_packages()
    result = ksc(
        "remote_install",
        virtual_server="Tenant A",
        group="web/FRONTEND",
        product={"name": "ksvla", "version": "5.2.0.0"},
        agent={"name": "1103"},
        name=["WEB-01"],
    )
    assert result.members("hosts", "result") == ["installed"]
    assert ksc("host", virtual_server="Tenant A", group="WEB/frontend", name=["Web-01"]).changed is False


def test_the_address_for_the_agents(ksc):
    result = ksc(
        "host",
        virtual_server="Арендатор Б",
        name=["b-web-01"],
        agent_server_address="ksc.example.test",
        agent_ports=[14001],
        agent_ssl_ports=[13001, 13002],
    )
    additional = result.bodies("Tasks.AddTask")[0]["pData"]["TASK_ADDITIONAL_PARAMS"]["value"]
    assert additional == {"ServerAddress": "ksc.example.test/Арендатор Б", "Serverports": [14001], "ServerSslPorts": [13001, 13002]}
    wrong = ksc("host", fails=True, virtual_server="Арендатор Б", name=["b-db-01"], agent_server_address="elsewhere.test", wait_timeout=120)
    assert "check whether it can reach elsewhere.test on the agent ports" in wrong.hosts[0]["reason"]
    assert wrong.members("hosts", "result") == ["pending"]
