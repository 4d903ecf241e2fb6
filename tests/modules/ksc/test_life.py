# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a tenant, step by step: dry run, run, run again; each step with the requests that it may send."""

from __future__ import annotations

import pytest

IPS = ["10.20.0.11", "10.20.0.12"]
KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
KESL = {"name": "kesl", "version": "12.1.0.0"}
PACKAGES = [{"name": "1103", "version": "1.0.0.0"}, KSVLA]
OS = {"os_username": "Administrator", "os_password": "Local-Admin-1"}
NEEDED = {
    "host": {"state": "unassigned", "ip": IPS},
    "package_retranslate": {"packages": PACKAGES, "virtual_server": ["Tenant A"]},
    "remote_install": {"product": KSVLA, "ip": IPS},
    "virtual_server": {"name": "Tenant Z"},
    "user": {"name": "admin", "user_password": "Tenant-Secret-1"},
    "group": {"path": "Web"},
    "host_info": {"ip": IPS},
    "package_info": {},
    "virtual_server_info": {},
    "group_info": {},
    "task_info": {},
}
EVERY_MODULE = pytest.mark.parametrize("module", NEEDED)


def promises(rehearsal, real):
    """Check mode has promised what the run has done."""
    for name in ("changed", "diff", "msg"):
        assert rehearsal.data[name] == real.data[name]
    for name in {"hosts", "packages"} & set(real.data):
        for before, after in zip(rehearsal.data[name], real.data[name]):
            for key in ("virtual_server_package_id", "reason", "task_id"):  # known only afterwards
                before.pop(key, None)
                after.pop(key, None)
            assert before == after


# -- what all modules have in common -----------------------------------------------------------------------------------


@EVERY_MODULE
@pytest.mark.parametrize("missing", ["server", "username", "password"])
def test_without_a_connection_option_nothing_is_sent(ksc, module, missing):
    result = ksc(module, fails=True, **{**NEEDED[module], missing: None})
    assert missing in result.msg
    assert result.requests == []


@pytest.mark.parametrize(
    ("module", "arguments", "says"),
    [
        ("host", {"virtual_server": "Tenant A"}, "ip, name, id"),
        ("host", {"ip": IPS}, "virtual_server, group"),
        ("remote_install", {"ip": IPS}, "product"),
        ("remote_install", {"product": KSVLA}, "ip, name, id"),
        ("remote_install", {"product": {"name": "KSVLA"}, "ip": IPS}, "version"),
        ("remote_install", {"product": KSVLA, "ip": IPS, "os_username": "root"}, "os_password"),
        ("package_retranslate", {"packages": PACKAGES}, "virtual_server"),
        ("package_retranslate", {"virtual_server": ["Tenant A"]}, "packages"),
        ("host_info", {}, "ip, name, id"),
        ("task_info", {"id": ["1"], "name": "x"}, "mutually exclusive"),
        ("host", {"virtual_server": "Tenant A", "ip": IPS, "virtual_server_username": "x"}, "virtual_server_password"),
    ],
)
def test_without_a_needed_option_nothing_is_sent(ksc, module, arguments, says):
    result = ksc(module, fails=True, **arguments)
    assert says in result.msg
    assert result.requests == []


@EVERY_MODULE
def test_a_wrong_password_is_tried_once(ksc, module):
    ksc.runner.secrets.add("Wrong-Password-9")
    result = ksc(module, fails=True, password="Wrong-Password-9", **NEEDED[module])
    assert ksc.logins(result) == len(result.requests) == 1
    assert 'does not accept the account "svc-ansible"' in result.msg and "internal_user" in result.msg
    assert "127.0.0.1:%d" % ksc.simulator.ksc.port in result.msg
    assert result.failure["method"] == "Session.StartSession" and result.failure["status"] == 401


@EVERY_MODULE
def test_an_error_of_the_server_is_told_with_its_code_and_place(ksc, module):
    error = {"module": "KLSTD", "code": 1181, "message": "Database query failed", "file": "db.cpp", "line": 77}
    for method in ("HostGroup.*", "PackagesApi.*", "SecurityPolicy.*", "VServers.*", "Tasks.*"):
        ksc.fault("error", method, error=error, count=None)
    result = ksc(module, fails=True, **NEEDED[module])
    assert "Database query failed (KLSTD 1181)" in result.msg
    assert {key: result.failure[key] for key in ("module", "code", "file", "line")} == {
        "module": "KLSTD",
        "code": 1181,
        "file": "db.cpp",
        "line": 77,
    }
    assert result.failure["method"] in result.msg
    assert ksc.writes(result) == []
    assert result.methods[-1] == "Session.EndSession"


@EVERY_MODULE
def test_every_session_is_ended(ksc, module):
    result = ksc(module, check=True, **NEEDED[module])
    assert ksc.logins(result) == result.count("Session.EndSession") >= 1
    assert ksc.server.sessions._sessions == {}


# -- ksc_host ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["6.1", "5.2"])
def test_hosts_come_to_the_virtual_server_and_leave_again(ksc, profile):
    arguments = {"virtual_server": "Tenant A", "ip": IPS, "task_profile": profile}
    rehearsal = ksc("host", check=True, **arguments)
    assert rehearsal.members("hosts", "result") == ["moved", "moved"]
    assert ksc.servers_of("web-01") == ["primary"]

    first = ksc("host", **arguments)
    promises(rehearsal, first)
    assert ksc.writes(first) == ["Tasks.AddTask", "Tasks.RunTask", "Tasks.DeleteTask"]
    assert ksc.servers_of("web-01") == ksc.servers_of("web-02") == ["Tenant A"]
    task = first.bodies("Tasks.AddTask")[0]["pData"]
    assert ("TASKSCH_RUN_MISSED_FLAG" in task) == (profile == "6.1")
    assert ("PRTS_TASK_ENABLED" in task) == (profile == "5.2")
    scopes = {entry.scope for entry in first.requests if entry.method.startswith("Tasks.")}
    assert scopes == ({"primary"} if profile == "6.1" else {"Tenant A"})
    assert task["TASK_ADDITIONAL_PARAMS"]["value"]["ServerAddress"] == "127.0.0.1/Tenant A"

    again = ksc("host", **arguments)
    assert (again.changed, ksc.writes(again), ksc.logins(again)) == (False, [], 2)
    assert again.members("hosts", "result") == ["unchanged", "unchanged"]
    assert again.diff == {"before": "", "after": ""}
    dry = ksc("host", check=True, **arguments)
    promises(dry, again)

    grouped = dict(arguments, group="Web/Frontend")
    rehearsal = ksc("host", check=True, **grouped)
    update = ksc("host", **grouped)
    promises(rehearsal, update)
    assert update.changed and ksc.writes(update) == ["HostGroup.MoveHostsToGroup"]
    assert ksc.writes(ksc("host", **grouped)) == []

    leaving = dict(arguments, state="unassigned")
    rehearsal = ksc("host", check=True, **leaving)
    left = ksc("host", **leaving)
    promises(rehearsal, left)
    assert left.members("hosts", "result") == ["unassigned", "unassigned"]
    assert ksc.writes(left) == ["HostGroup.MoveHostsToGroup"]
    again = ksc("host", **leaving)
    assert (again.changed, ksc.writes(again)) == (False, [])

    removal = dict(arguments, state="absent")
    rehearsal = ksc("host", check=True, **removal)
    removed = ksc("host", **removal)
    promises(rehearsal, removed)
    assert removed.members("hosts", "result") == ["removed", "removed"]
    assert ksc.writes(removed) == ["HostGroup.RemoveHosts"]
    assert ksc.servers_of("web-01") == []
    again = ksc("host", **removal)
    assert (again.changed, ksc.writes(again)) == (False, [])
    assert again.members("hosts", "result", "reason") == [("unchanged", ""), ("unchanged", "")]
    promises(ksc("host", check=True, **removal), again)


def test_server_and_group_in_one_call(ksc):
    arguments = {"virtual_server": "Tenant A", "group": "Web/Frontend", "ip": IPS}
    rehearsal = ksc("host", check=True, **arguments)
    first = ksc("host", **arguments)
    promises(rehearsal, first)
    assert ksc.writes(first) == ["Tasks.AddTask", "Tasks.RunTask", "HostGroup.MoveHostsToGroup", "Tasks.DeleteTask"]
    tenant = ksc.server.state.server("Tenant A")
    assert tenant.path(ksc.host("web-01").group) == "Managed devices/Web/Frontend"
    assert ksc.writes(ksc("host", **arguments)) == []


def test_a_new_group_is_made_only_when_asked(ksc):
    ksc.give("web-01", "web-02")
    arguments = {"virtual_server": "Tenant A", "group": "Web/Backend/Cache", "ip": IPS}
    refused = ksc("host", fails=True, **arguments)
    assert 'no administration group "Web/Backend/Cache"' in refused.msg and '"Web/Frontend"' in refused.msg
    assert ksc.writes(refused) == []
    arguments["create_group"] = True
    rehearsal = ksc("host", check=True, **arguments)
    first = ksc("host", **arguments)
    promises(rehearsal, first)
    assert ksc.writes(first) == ["HostGroup.AddGroup", "HostGroup.AddGroup", "HostGroup.MoveHostsToGroup"]
    assert ksc.writes(ksc("host", **arguments)) == []


def test_groups_of_the_primary_server(ksc):
    arguments = {"group": "Infrastructure", "name": ["db-01"]}
    first = ksc("host", **arguments)
    assert (first.changed, ksc.writes(first), ksc.logins(first)) == (True, ["HostGroup.MoveHostsToGroup"], 1)
    assert ksc("host", **arguments).changed is False
    root = ksc("host", **dict(arguments, group="/"))
    assert root.changed is True and ksc.host("db-01").group == ksc.server.state.primary.managed
    assert ksc("host", **dict(arguments, group="/")).changed is False


def test_only_hosts_that_are_elsewhere_are_in_the_task(ksc):
    ksc.give("web-01")
    result = ksc("host", virtual_server="Tenant A", ip=IPS)
    assert result.members("hosts", "name", "result") == [("web-01", "unchanged"), ("web-02", "moved")]
    listed = result.bodies("Tasks.AddTask")[0]["pData"]["TASK_INFO_PARAMS"]["value"]["HostList"]
    assert [entry["value"]["HostDispName"] for entry in listed] == ["web-02"]
    assert result.diff["before"].splitlines()[0] == "web-02 (10.20.0.12, id %s):" % ksc.host("web-02").id


def test_one_host_named_in_three_ways_is_one_host(ksc):
    host = ksc.host("web-01")
    result = ksc("host", virtual_server="Tenant A", ip=["10.20.0.11"], name=["WEB-01"], id=[host.id.upper()])
    assert result.members("hosts", "id", "result") == [(host.id, "moved")]


@pytest.mark.parametrize(("keep_task", "deleted"), [("always", 0), ("failed", 1), ("never", 1)])
def test_keep_task_after_success(ksc, keep_task, deleted):
    result = ksc("host", virtual_server="Tenant A", ip=IPS, keep_task=keep_task)
    assert result.count("Tasks.DeleteTask") == deleted
    assert len(ksc.tasks()) == 1 - deleted


def test_without_wait_the_task_is_only_started(ksc):
    result = ksc("host", virtual_server="Tenant A", ip=IPS, wait=False)
    assert result.changed and result.members("hosts", "result") == ["pending", "pending"]
    assert result.task_id in result.hosts[0]["reason"]
    assert result.slept == []
    ksc.simulator.clock.advance(120)
    later = ksc("host", virtual_server="Tenant A", ip=IPS)
    assert (later.changed, ksc.writes(later)) == (False, [])


# -- ksc_package_retranslate -----------------------------------------------------------------------------------------------


def test_packages_are_distributed_once(ksc):
    arguments = {"packages": PACKAGES, "virtual_server": ["Tenant A", "Арендатор Б"]}
    rehearsal = ksc("package_retranslate", check=True, **arguments)
    assert rehearsal.members("packages", "result") == ["distributed", "unchanged", "distributed", "distributed"]
    first = ksc("package_retranslate", **arguments)
    promises(rehearsal, first)
    assert ksc.writes(first) == ["PackagesApi.RetranslateToVServerAsync"] * 3
    options = first.bodies("PackagesApi.RetranslateToVServerAsync")[0]["pOptions"]
    assert options == {
        "KLPKG_CREATE_STANDALONE_PRODS": True,
        "KLPKG_CREATE_STANDALONE_NAGT": True,
        "KLPKG_USE_LANGUAGE_TAG": True,
        "KLPKG_TYPE": 1,
        "KLPKG_LAZY_RETRANSLATION": False,
    }
    again = ksc("package_retranslate", **arguments)
    assert (again.changed, ksc.writes(again), again.diff) == (False, [], {"before": "", "after": ""})
    assert all(isinstance(number, int) for number in again.members("packages", "virtual_server_package_id"))
    promises(ksc("package_retranslate", check=True, **arguments), again)


def test_options_of_the_distribution_by_the_server_s_names(ksc):
    result = ksc(
        "package_retranslate",
        packages=[KSVLA],
        virtual_server=["Tenant A"],
        options={"KLPKG_LAZY_RETRANSLATION": True, "create_standalone_agents": False},
    )
    options = result.bodies("PackagesApi.RetranslateToVServerAsync")[0]["pOptions"]
    assert (options["KLPKG_LAZY_RETRANSLATION"], options["KLPKG_CREATE_STANDALONE_NAGT"]) == (True, False)


def test_one_package_fails_and_the_others_arrive(ksc):
    broken = {"name": "kesl", "version": "11.4.0.0"}
    result = ksc("package_retranslate", fails=True, packages=[broken, KSVLA], virtual_server=["Tenant A"])
    assert result.members("packages", "result") == ["failed", "distributed"]
    assert "not enough free disk space" in result.msg and '"Tenant A"' in result.msg
    assert result.changed


def test_a_distribution_that_takes_too_long_is_pending(ksc):
    ksc.settings(retranslate_seconds=1000)
    result = ksc("package_retranslate", fails=True, packages=[KSVLA], virtual_server=["Tenant A"], wait_timeout=60)
    assert result.members("packages", "result") == ["pending"] and "60" in result.msg
    ksc.simulator.clock.advance(1000)
    later = ksc("package_retranslate", packages=[KSVLA], virtual_server=["Tenant A"])
    assert (later.changed, ksc.writes(later)) == (False, [])


def test_a_distribution_is_not_waited_for(ksc):
    result = ksc("package_retranslate", packages=[KSVLA], virtual_server=["Tenant A"], wait=False)
    assert result.members("packages", "result") == ["pending"] and result.slept == []


# -- ksc_remote_install ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["6.1", "5.2"])
@pytest.mark.parametrize("password_format", ["plain", "protected"])
def test_a_product_is_installed_and_removed(ksc, profile, password_format):
    ksc.settings(account_layout="items", account_password=password_format)
    ksc.give("web-01", "web-02")
    ksc.give_packages()
    ksc.runner.secrets.add("Local-Admin-1")
    arguments = {
        "virtual_server": "Tenant A",
        "product": KSVLA,
        "ip": IPS,
        "task_profile": profile,
        "password_format": password_format,
        **OS,
    }
    rehearsal = ksc("remote_install", check=True, group="Web/Frontend", **arguments)
    first = ksc("remote_install", group="Web/Frontend", **arguments)
    promises(rehearsal, first)
    assert first.members("hosts", "result") == ["installed", "installed"]
    assert ksc.writes(first) == ["Tasks.AddTask", "Tasks.RunTask", "Tasks.DeleteTask"]
    assert first.count("Tasks.ProtectPassword") == (password_format == "protected")
    assert first.statistics["succeeded"] == 2 and first.statistics["completed_percent"] == 100
    assert "KSVLA" in ksc.host("web-01").machine.products
    assert ksc.server.state.server("Tenant A").path(ksc.host("web-01").group) == "Managed devices/Web/Frontend"

    again = ksc("remote_install", **arguments)
    assert (again.changed, ksc.writes(again), ksc.logins(again)) == (False, [], 1)
    assert (again.task_id, again.statistics) == (None, {})
    promises(ksc("remote_install", check=True, **arguments), again)

    removal = dict(arguments, state="absent")
    rehearsal = ksc("remote_install", check=True, **removal)
    removed = ksc("remote_install", **removal)
    promises(rehearsal, removed)
    assert removed.members("hosts", "result") == ["removed", "removed"]
    assert "KSVLA" not in ksc.host("web-01").machine.products
    again = ksc("remote_install", **removal)
    assert (again.changed, ksc.writes(again)) == (False, [])
    promises(ksc("remote_install", check=True, **removal), again)


def test_a_warning_of_the_installation_is_told_and_no_failure(ksc):
    ksc.give("app-01")
    ksc.give_packages()
    result = ksc("remote_install", virtual_server="Tenant A", product=KSVLA, name=["app-01"])
    assert result.members("hosts", "result", "reason") == [("installed", "A restart is required.")]
    assert result.statistics["need_restart"] == 1


def test_a_dry_run_looks_ahead_to_what_earlier_steps_bring(ksc):
    arguments = {"virtual_server": "Tenant A", "product": KSVLA, "ip": IPS}
    ksc("remote_install", check=True, fails=True, **arguments)
    ahead = ksc("remote_install", check=True, expect_from_primary=True, **arguments)
    assert ahead.members("hosts", "result") == ["installed", "installed"]
    ksc("remote_install", fails=True, expect_from_primary=True, **arguments)


def test_installing_on_the_primary_server(ksc):
    result = ksc("remote_install", product=KESL, name=["db-01"], os_username="root", os_password="Local-Root-1")
    assert result.members("hosts", "result", "virtual_server") == [("installed", None)]
    assert ksc.logins(result) == 1
    assert ksc.writes(ksc("remote_install", product={"name": "KESL", "version": "12.1.0.0"}, name=["db-01"])) == []


def test_the_newest_of_several_builds_or_the_named_one(ksc):
    import dataclasses

    ksc.give_packages()
    tenant = ksc.server.state.server("Tenant A")
    old = next(package for package in tenant.packages.values() if package.product == "KSVLA")
    new = tenant.add_package(dataclasses.replace(old, id=0, display_version="5.2.99.1"))
    ksc.give("web-01", "web-02")
    named = ksc("remote_install", virtual_server="Tenant A", product=dict(KSVLA, display_version=old.display_version), name=["web-01"])
    newest = ksc("remote_install", virtual_server="Tenant A", product=KSVLA, name=["web-02"])

    def ids(result):
        return result.bodies("Tasks.AddTask")[0]["pData"]["TASK_ADDITIONAL_PARAMS"]["value"]["KLTSK_RI_PACKAGES_IDS"]

    agent = next(package.id for package in tenant.packages.values() if package.product == "1103")
    assert (ids(named), ids(newest)) == ([agent, old.id], [agent, new.id])


# -- reading --------------------------------------------------------------------------------------------------------------


def test_hosts_are_read(ksc):
    ksc.give("db-01", group="Databases", product="kesl", version="12.1.0.0")
    result = ksc("host_info", virtual_server="Tenant A", ip=["10.20.0.21"], product=KESL, products=True)
    (host,) = result.hosts
    assert {key: host[key] for key in ("name", "ip", "group", "has_product", "agent_installed", "agent_alive")} == {
        "name": "db-01",
        "ip": "10.20.0.21",
        "group": "Databases",
        "has_product": True,
        "agent_installed": True,
        "agent_alive": True,
    }
    assert {(item["name"], item["version"]) for item in host["products"]} == {("kesl", "12.1.0.0"), ("1103", "1.0.0.0")}
    assert host["last_visible"].endswith("Z")
    build = result.hosts[0]["protection_version"]
    for wanted, has in ((build, True), ("12.1.0.1", False)):
        asked = {**KESL, "display_version": wanted}
        assert ksc("host_info", virtual_server="Tenant A", ip=["10.20.0.21"], product=asked).members("hosts", "has_product") == [has]
    elsewhere = ksc("host_info", name=["web-01", "nobody"], missing="ignore")
    assert elsewhere.members("hosts", "name", "group") == [("web-01", "Unassigned devices")]
    (missing,) = elsewhere.missing
    assert (missing["kind"], missing["value"]) == ("name", "nobody") and "no record" in missing["reason"]


def test_packages_are_read(ksc):
    assert len(ksc("package_info").packages) == 4
    found = ksc("package_info", product="KSVLA", version="5.2.0.0").packages
    assert [package["display_version"] for package in found] == ["5.2.27.1202"]
    product = {"name": "KSVLA", "version": "5.2.0.0", "display_version": "5.2.27.1202"}
    assert ksc("package_info", product=product).packages == found and found[0]["product"] == product
    assert ksc("package_info", product=dict(product, display_version="5.2.1.1")).packages == []
    assert "give a name, or a dictionary" in ksc("package_info", product=["KSVLA"], fails=True).msg
    assert ksc("package_info", virtual_server="Арендатор Б").members("packages", "product_name") == ["1103"]
    assert ksc("package_info", virtual_server="Tenant A").packages == []


def test_virtual_servers_are_read(ksc):
    assert ksc("virtual_server_info").members("virtual_servers", "name", "enabled") == [("Tenant A", True), ("Арендатор Б", True)]
    assert ksc("virtual_server_info", name=["Арендатор Б"]).members("virtual_servers", "id") == [2]
    assert ksc("virtual_server_info", name=["nobody"]).virtual_servers == []


def test_groups_are_read(ksc):
    result = ksc("group_info", virtual_server="Tenant A")
    paths = {group["path"]: group for group in result.groups}
    assert {"Web", "Web/Frontend", "Databases"} <= set(paths)
    assert paths["Web/Frontend"]["parent_id"] == paths["Web"]["id"]
    assert ksc("group_info", virtual_server="Tenant A", path=["/Web/Frontend/"]).members("groups", "path") == ["Web/Frontend"]


def test_tasks_are_read(ksc):
    moved = ksc("host", virtual_server="Tenant A", ip=IPS, wait=False)
    (task,) = ksc("task_info").tasks
    assert (task["id"], task["type"], task["finished"]) == (moved.task_id, "KLNAG_TASK_RECONNECTION", False)
    assert task["statistics"]["pending"] == 2 and {host["state"] for host in task["hosts"]} == {"pending"}
    ksc.simulator.clock.advance(60)
    (task,) = ksc("task_info", id=[moved.task_id]).tasks
    assert task["finished"] is True and {host["state"] for host in task["hosts"]} == {"succeeded"}
    assert ksc("task_info", name="nothing of that name").tasks == []
    assert ksc("task_info", virtual_server="Tenant A").tasks == []
    brief = ksc("task_info", details=False)
    assert "Tasks.GetTaskStatistics" not in brief.methods and len(brief.tasks) == 1
