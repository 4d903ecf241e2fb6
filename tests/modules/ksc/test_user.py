# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Administrators of tenants: each on its own server, with a password that is set when it is said."""

from __future__ import annotations

import importlib

import pytest

A, B = "Tenant A", "Арендатор Б"
SECRET, OTHER = "Tenant-Secret-1", "Tenant-Secret-2"
ADMIN = {"name": "a-admin", "virtual_server": A, "user_password": SECRET}


def account(ksc, name="a-admin"):
    found = [account for account in ksc.server.accounts_list if account.username == name]
    return found[0] if found else None


@pytest.fixture(autouse=True)
def secrets(ksc):
    ksc.runner.secrets |= {SECRET, OTHER}


def test_make_an_administrator(ksc):
    more = {"full_name": "A. Admin", "mail": "a@example.test", "description": "of Tenant A"}
    rehearsal = ksc("user", check=True, **ADMIN, **more)
    made = ksc("user", **ADMIN, **more)
    for name in ("changed", "diff", "msg"):
        assert rehearsal.data[name] == made.data[name]
    assert made.user["result"] == "created" and made.user["id"] == account(ksc).id
    assert (account(ksc).home, account(ksc).mail, account(ksc).password) == (ksc.server.state.server(A).id, "a@example.test", SECRET)
    again = ksc("user", **ADMIN, **more)
    assert (again.changed, ksc.writes(again)) == (False, [])
    # It can do what it is there for.
    seen = ksc("group_info", virtual_server=A, virtual_server_username="a-admin", virtual_server_password=SECRET)
    assert seen.data["groups"]


def test_on_the_primary_server(ksc):
    assert ksc("user", **{**ADMIN, "virtual_server": None}).user["result"] == "created"
    assert account(ksc).home == 0
    assert not ksc("user", **{**ADMIN, "virtual_server": None}).changed


def test_change_what_is_given_and_nothing_else(ksc):
    ksc("user", **ADMIN, full_name="A. Admin", mail="a@example.test")
    rehearsal = ksc("user", check=True, **ADMIN, mail="new@example.test", enabled=False)
    changed = ksc("user", **ADMIN, mail="new@example.test", enabled=False)
    assert rehearsal.diff == changed.diff and changed.user["result"] == "updated"
    assert "new@example.test" in changed.diff["after"] and "full_name" not in changed.diff["after"]
    assert (account(ksc).mail, account(ksc).full_name, account(ksc).enabled) == ("new@example.test", "A. Admin", False)
    (sent,) = changed.bodies("SecurityPolicy.UpdateUser")
    assert set(sent["pUser"]) == {"KLSPL_USER_MAIL", "KLSPL_USER_ENABLED"}
    again = ksc("user", **ADMIN, mail="new@example.test", enabled=False)
    assert (again.changed, ksc.writes(again)) == (False, [])
    assert ksc("user", **ADMIN, mail="").user["mail"] == ""
    assert not ksc("user", **ADMIN, mail="").changed


def test_the_password_is_set_on_creation_or_when_told(ksc):
    ksc("user", **ADMIN)
    kept = ksc("user", **{**ADMIN, "user_password": OTHER})
    assert not kept.changed and account(ksc).password == SECRET
    for _run in (1, 2):
        rehearsal = ksc("user", check=True, **{**ADMIN, "user_password": OTHER}, update_password="always")
        told = ksc("user", **{**ADMIN, "user_password": OTHER}, update_password="always")
        assert told.changed and rehearsal.diff == told.diff and "set again" in told.diff["after"]
        assert account(ksc).password == OTHER


def test_without_a_password_none_is_made(ksc):
    refused = ksc("user", name="a-admin", virtual_server=A, fails=True)
    assert "no password to create one with" in refused.msg and "user_password" in refused.msg and ksc.writes(refused) == []
    ksc("user", **ADMIN)
    assert not ksc("user", name="a-admin", virtual_server=A).changed


def test_remove(ksc):
    ksc("user", **ADMIN)
    gone = {"name": "a-admin", "virtual_server": A, "state": "absent"}
    assert ksc("user", check=True, **gone).user["result"] == "removed"
    assert ksc("user", **gone).user["result"] == "removed" and account(ksc) is None
    again = ksc("user", **gone)
    assert (again.changed, ksc.writes(again)) == (False, [])


def test_nobody_deletes_the_account_that_it_uses(ksc):
    ksc("user", **ADMIN)
    used = {"virtual_server_username": "a-admin", "virtual_server_password": SECRET}
    refused = ksc("user", name="a-admin", virtual_server=A, state="absent", fails=True, **used)
    assert "is not deleted" in refused.msg and account(ksc) is not None


@pytest.mark.parametrize("code", ["KLSTD 1193", "SPL 2014", "KLSPL 1189"])
def test_a_name_in_use_elsewhere(ksc, code):
    ksc.settings(user_exists_error=code)
    ksc("user", **ADMIN)
    refused = ksc("user", **{**ADMIN, "virtual_server": B}, fails=True)
    assert "user names are unique across the primary server and all its virtual servers" in refused.msg
    assert 'it is a user of virtual server "Tenant A"' in refused.msg
    # Nor is it taken for one of this server.
    assert not ksc("user", name="a-admin", virtual_server=B, state="absent").changed
    assert account(ksc) is not None


def test_a_name_in_use_where_the_primary_server_cannot_be_asked(ksc):
    ksc("user", **ADMIN)
    of_b = {"username": "tenant-b", "password": "Rehearsal-B3"}
    refused = ksc("user", **{**ADMIN, "virtual_server": B}, **of_b, fails=True)
    assert "look for it among the users" in refused.msg


def test_names_that_are_unique_on_each_server_only(ksc):
    ksc.settings(user_names="per_server")
    ksc("user", **ADMIN)
    assert ksc("user", **{**ADMIN, "virtual_server": B}).user["result"] == "created"


def test_many_in_one_call(ksc):
    users = [
        {"name": "a-admin", "password": SECRET, "virtual_server": A},
        {"name": "b-admin", "password": OTHER, "virtual_server": B, "mail": "b@example.test"},
        {"name": "c-admin", "password": OTHER, "virtual_server": "Tenant C"},
    ]
    refused = ksc("user", fails=True, users=users)
    assert 'no virtual Administration Server "Tenant C"' in refused.msg and ksc.writes(refused) == []
    reported = ksc("user", users=users, on_failure="report", update_password="always")
    assert reported.members("users", "result") == ["created", "created", "failed"]
    assert (account(ksc, "b-admin").password, account(ksc, "b-admin").mail) == (OTHER, "b@example.test")


def test_one_that_is_described_twice_and_not_alike(ksc):
    users = [{"name": "a-admin", "password": SECRET}, {"name": "A-Admin", "password": OTHER}]
    assert "listed 2 times" in ksc("user", fails=True, users=users, virtual_server=A).msg


@pytest.mark.parametrize("name", ["", "n" * 257])
def test_a_name_that_is_none(ksc, name):
    assert "1 to 256 characters" in ksc("user", **{**ADMIN, "name": name}, fails=True).msg


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "truncate", "kill_session"])
@pytest.mark.parametrize("method", ["SecurityPolicy.AddUser", "SecurityPolicy.UpdateUser", "SecurityPolicy.DeleteUser"])
def test_an_answer_that_is_lost(ksc, kind, method):
    arguments = {**ADMIN, "mail": "a@example.test"}
    if method != "SecurityPolicy.AddUser":
        ksc("user", **ADMIN)
    if method == "SecurityPolicy.DeleteUser":
        arguments = {"name": "a-admin", "virtual_server": A, "state": "absent"}
    ksc.fault(kind, method)
    assert ksc("user", **arguments).changed
    assert not ksc("user", **arguments).changed


@pytest.mark.parametrize("work", ["add", "delete"])
def test_two_runs_at_once(ksc, monkeypatch, work):
    """The other run does the same a moment earlier."""
    api = importlib.import_module("ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api.users")
    really = getattr(api, work)

    def second(*of):
        monkeypatch.setattr(api, work, really)
        really(*of)
        return really(*of)

    if work == "delete":
        ksc("user", **ADMIN)
    monkeypatch.setattr(api, work, second)
    arguments = ADMIN if work == "add" else {"name": "a-admin", "virtual_server": A, "state": "absent"}
    done = ksc("user", **arguments)
    assert done.user["result"] == ("created" if work == "add" else "removed")
    assert (account(ksc) is not None) == (work == "add")


def test_a_limit_is_a_sentence(ksc):
    from simulator.ksc.administration import USERS

    ksc.server.state.limits[USERS] = 0
    refused = ksc("user", **ADMIN, fails=True)
    assert "its limit of internal users (0) is reached" in refused.msg


def test_a_server_that_cannot_encrypt_gets_no_password(ksc):
    for method in ("DataProtectionApi.ProtectUtf16StringGlobally", "Tasks.ProtectPassword"):
        ksc.fault("no_such_call", method, count=None)
    refused = ksc("user", **ADMIN, fails=True)
    assert "No password is sent unencrypted" in refused.msg and ksc.writes(refused) == []


def test_a_dry_run_before_the_virtual_server_is_there(ksc):
    arguments = {**ADMIN, "virtual_server": "Tenant Z"}
    assert "Tenant Z" in ksc("user", check=True, fails=True, **arguments).msg
    assert ksc("user", check=True, expect_virtual_server=True, **arguments).user["result"] == "created"
    assert "Tenant Z" in ksc("user", expect_virtual_server=True, fails=True, **arguments).msg
    ksc("virtual_server", name=A, state="suspended")
    unknown = ksc("user", check=True, expect_virtual_server=True, **ADMIN)
    assert unknown.user["result"] == "unchanged" and "known only when the virtual server is enabled" in unknown.user["reason"]


def test_an_account_of_the_environment(ksc, monkeypatch):
    """Then the option password is that of the user, since it cannot be that of the account."""
    for name, option in (("KSC_USERNAME", "username"), ("KSC_PASSWORD", "password")):
        monkeypatch.setenv(name, ksc.runner.defaults[option])
    arguments = {"name": "a-admin", "virtual_server": A, "username": None}
    assert ksc("user", password=SECRET, **arguments).user["result"] == "created"
    assert account(ksc).password == SECRET
    # With its own option, each is what it is called.
    ksc("user", user_password=OTHER, update_password="always", password=None, **arguments)
    assert account(ksc).password == OTHER


def test_an_account_of_another_name_is_not_that_of_the_environment(ksc, monkeypatch):
    monkeypatch.setenv("KSC_USERNAME", "somebody")
    monkeypatch.setenv("KSC_PASSWORD", "something")
    refused = ksc("user", name="a-admin", virtual_server=A, fails=True)
    assert "no password to create one with" in refused.msg
