# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual servers: made, suspended and removed, again and half-way, and no host is lost."""

from __future__ import annotations

import copy
import dataclasses
import importlib

import pytest

NEW = "Tenant Z"
GONE = {"state": "absent", "move_hosts_to": "primary"}


def names(ksc):
    return sorted(server.title for server in ksc.server.state.virtual())


def tenant(ksc, name="Tenant A"):
    return ksc.server.state.server(name)


def promises(rehearsal, real):
    for name in ("changed", "diff", "msg"):
        assert rehearsal.data[name] == real.data[name]


# -- present -----------------------------------------------------------------------------------------------------------


def test_make_a_virtual_server(ksc):
    rehearsal = ksc("virtual_server", name=NEW, check=True)
    made = ksc("virtual_server", name=NEW)
    promises(rehearsal, made)
    assert made.virtual_server["result"] == "created" and made.virtual_server["state"] == "present"
    assert made.virtual_server["id"] == tenant(ksc, NEW).id and made.virtual_server["enabled"] is True
    again = ksc("virtual_server", name=NEW)
    assert (again.changed, ksc.writes(again)) == (False, [])
    assert again.virtual_server["id"] == made.virtual_server["id"]


def test_many_in_one_call_with_one_that_is_wrong(ksc):
    servers = [{"name": NEW}, {"name": "Tenant Y", "parent_group": "No such group"}, {"name": "Tenant A"}]
    refused = ksc("virtual_server", fails=True, servers=servers)
    assert "No such group" in refused.msg and "Infrastructure" in refused.msg and ksc.writes(refused) == []
    reported = ksc("virtual_server", servers=servers, on_failure="report")
    assert reported.members("servers", "name", "result") == [(NEW, "created"), ("Tenant Y", "failed"), ("Tenant A", "unchanged")]
    again = ksc("virtual_server", servers=servers, on_failure="report")
    assert (again.changed, ksc.writes(again)) == (False, [])
    assert ksc.logins(again) == 1


def test_one_that_is_described_twice_and_not_alike(ksc):
    servers = [{"name": NEW, "parent_group": "/"}, {"name": NEW, "parent_group": "Infrastructure"}]
    assert "listed 2 times" in ksc("virtual_server", fails=True, servers=servers).msg
    alike = ksc("virtual_server", servers=[{"name": NEW}, {"name": NEW}])
    assert alike.members("servers", "result") == ["created"]


def test_below_a_group_of_the_primary_server(ksc):
    made = ksc("virtual_server", name=NEW, parent_group="Infrastructure")
    group = ksc.server.state.primary.group_path("Infrastructure").id
    assert made.virtual_server["parent_group_id"] == group
    rehearsal = ksc("virtual_server", name=NEW, parent_group="/", check=True)
    moved = ksc("virtual_server", name=NEW, parent_group="/")
    promises(rehearsal, moved)
    assert moved.virtual_server["result"] == "moved" and tenant(ksc, NEW).parent_group != group
    again = ksc("virtual_server", name=NEW, parent_group="/")
    assert (again.changed, ksc.writes(again)) == (False, [])
    stays = ksc("virtual_server", name=NEW)
    assert not stays.changed


def test_a_name_that_another_run_takes_a_moment_earlier(ksc, monkeypatch):
    """The server alters the name of what is made second: that one is given up, and the first one is the tenant."""
    world = ksc.server.state
    add, first = world.add_virtual, []

    def add_virtual(name, **more):
        if not first:
            first.append(add(name, **more))
            name = world.free_name(name)
        return add(name, **more)

    monkeypatch.setattr(world, "add_virtual", add_virtual)
    made = ksc("virtual_server", name=NEW)
    assert made.virtual_server["id"] == first[0].id
    assert names(ksc).count(NEW) == 1 and "Tenant Z (2)" not in names(ksc)


def test_a_name_that_the_server_does_not_give(ksc, monkeypatch):
    world = ksc.server.state
    before = names(ksc)
    add = world.add_virtual
    monkeypatch.setattr(world, "add_virtual", lambda name, **more: add(name + " (2)", **more))
    refused = ksc("virtual_server", name=NEW, fails=True)
    assert 'did not create a virtual server with the name "Tenant Z"' in refused.msg and names(ksc) == before


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "html"])
@pytest.mark.parametrize("method", ["VServers.AddVServerInfo", "VServers.UpdateVServerInfo", "VServers.MoveVServer"])
def test_an_answer_that_is_lost(ksc, kind, method):
    if method != "VServers.AddVServerInfo":
        ksc("virtual_server", name=NEW, parent_group="Infrastructure")
        ksc("virtual_server", name=NEW, state="suspended")
    ksc.fault(kind, method)
    made = ksc("virtual_server", name=NEW, parent_group="/")
    assert made.changed and names(ksc).count(NEW) == 1 and len([name for name in names(ksc) if name.startswith(NEW)]) == 1
    again = ksc("virtual_server", name=NEW, parent_group="/")
    assert (again.changed, ksc.writes(again)) == (False, [])


def test_a_limit_is_a_sentence(ksc):
    from simulator.ksc.administration import VIRTUAL_SERVERS

    ksc.server.state.limits[VIRTUAL_SERVERS] = 2
    refused = ksc("virtual_server", name=NEW, fails=True)
    assert "its limit of virtual Administration Servers (2) is reached (KLSTD 1229)" in refused.msg
    assert not refused.changed


@pytest.mark.parametrize("name", ["", "  "])
def test_a_name_is_needed(ksc, name):
    assert "must not be empty" in ksc("virtual_server", name=name, fails=True).msg


def test_an_account_that_may_not(ksc):
    refused = ksc("virtual_server", name=NEW, username="tenant-a", password="Rehearsal-A2", fails=True)
    assert NEW not in names(ksc) and refused.failure["kind"] in ("access_denied", "authentication")


# -- suspended ---------------------------------------------------------------------------------------------------------


def test_suspend_and_enable(ksc):
    rehearsal = ksc("virtual_server", name="Tenant A", state="suspended", check=True)
    suspended = ksc("virtual_server", name="Tenant A", state="suspended")
    promises(rehearsal, suspended)
    assert suspended.virtual_server["result"] == "suspended" and not tenant(ksc).enabled
    again = ksc("virtual_server", name="Tenant A", state="suspended")
    assert (again.changed, ksc.writes(again)) == (False, [])
    enabled = ksc("virtual_server", name="Tenant A")
    assert enabled.virtual_server["result"] == "enabled" and tenant(ksc).enabled


def test_only_what_exists_is_suspended(ksc):
    refused = ksc("virtual_server", name="Tenant AA", state="suspended", fails=True)
    assert 'no virtual Administration Server "Tenant AA"' in refused.msg and "Tenant A" in refused.msg


# -- absent ------------------------------------------------------------------------------------------------------------


def test_remove_an_empty_one(ksc):
    rehearsal = ksc("virtual_server", name="Tenant A", state="absent", check=True)
    removed = ksc("virtual_server", name="Tenant A", state="absent")
    promises(rehearsal, removed)
    assert removed.virtual_server["result"] == "removed" and "Tenant A" not in names(ksc)
    again = ksc("virtual_server", name="Tenant A", state="absent")
    assert (again.changed, ksc.writes(again)) == (False, [])
    assert again.virtual_server["state"] == "absent"


def test_one_with_hosts_stays(ksc):
    ksc.give("web-01", "web-02", group="Web/Frontend")
    for check in (True, False):
        refused = ksc("virtual_server", name="Tenant A", state="absent", fails=True, check=check)
        assert "has 2 hosts" in refused.msg and "web-01" in refused.msg and "move_hosts_to" in refused.msg
    assert "Tenant A" in names(ksc) and ksc.writes(refused) == []
    servers = [{"name": "Tenant A"}, {"name": "Арендатор Б"}]
    reported = ksc("virtual_server", servers=servers, state="absent", on_failure="report")
    assert reported.members("servers", "result") == ["failed", "removed"]


@pytest.mark.parametrize(
    "reading", [{}, {"primary_record": "stays"}, {"moved_host_id": "new"}, {"primary_record": "stays", "moved_host_id": "new"}]
)
@pytest.mark.parametrize("target", ["primary", "Арендатор Б"])
def test_hosts_go_first(ksc, target, reading):
    ksc.settings(**reading)
    ksc.give("web-01", "web-02", group="Web/Frontend")
    arguments = {"name": "Tenant A", "state": "absent", "move_hosts_to": target}
    rehearsal = ksc("virtual_server", check=True, **arguments)
    removed = ksc("virtual_server", **arguments)
    promises(rehearsal, removed)
    assert removed.members("hosts", "name", "result") == rehearsal.members("hosts", "name", "result")
    assert removed.members("hosts", "result") == ["moved", "moved"] and len(removed.task_ids) == 1
    assert "Tenant A" not in names(ksc)
    where = "primary" if target == "primary" else target
    assert ksc.servers_of("web-01") == ksc.servers_of("web-02") == [where]
    again = ksc("virtual_server", **arguments)
    assert (again.changed, ksc.writes(again)) == (False, [])


@pytest.mark.parametrize(
    ("target", "says"), [("Tenant AB", 'no virtual server "Tenant AB"'), ("Tenant A", "removed itself"), ("Арендатор Б", "suspended")]
)
def test_a_place_where_no_host_can_go(ksc, target, says):
    ksc("virtual_server", name="Арендатор Б", state="suspended")
    ksc.give("web-01")
    refused = ksc("virtual_server", name="Tenant A", state="absent", move_hosts_to=target, fails=True)
    assert says in refused.msg and ksc.writes(refused) == [] and ksc.servers_of("web-01") == ["Tenant A"]


def test_a_machine_that_is_off_is_not_lost(ksc):
    ksc.give("web-01", "asleep-01")
    held = ksc("virtual_server", name="Tenant A", **GONE, fails=True)
    assert held.virtual_server["result"] == "pending" and "asleep-01" in held.virtual_server["reason"]
    assert "Tenant A" in names(ksc) and ksc.servers_of("asleep-01") == ["Tenant A"] and ksc.servers_of("web-01") == ["primary"]
    assert held.count("VServers.DelVServer") == 0
    assert ksc("virtual_server", name="Tenant A", **GONE, on_failure="report").virtual_server["result"] == "pending"
    assert len(ksc.tasks()) == 1  # the next run does not make another one
    ksc.host("asleep-01").machine.online = True
    ksc.simulator.clock.advance(600)
    done = ksc("virtual_server", name="Tenant A", **GONE)
    assert done.virtual_server["result"] == "removed"
    assert ksc.servers_of("asleep-01") == ["primary"]


@pytest.mark.parametrize("reading", [{}, {"moved_host_id": "new"}])
def test_a_stale_record_does_not_pass_for_a_machine_that_is_off(ksc, reading):
    """A move to the virtual server has left a record on the primary one; then the machine went off."""
    ksc.settings(primary_record="stays", **reading)
    ksc("host", ip=["10.20.0.11"], virtual_server="Tenant A")
    assert len(ksc.server.state.hosts("web-01")) == 2
    machine = ksc.host("web-01", "Tenant A").machine
    machine.online = False
    ksc.simulator.clock.advance(7200)
    held = ksc("virtual_server", name="Tenant A", **GONE, fails=True)
    assert held.virtual_server["result"] == "pending" and "Tenant A" in names(ksc)
    machine.online = True
    ksc.simulator.clock.advance(600)
    assert ksc("virtual_server", name="Tenant A", **GONE).virtual_server["result"] == "removed"


def test_another_machine_of_the_name_does_not_pass_for_it(ksc):
    ksc.give("asleep-01")
    there = ksc.host("asleep-01")
    state = ksc.server.state
    machine = dataclasses.replace(there.machine, online=True)
    other = dataclasses.replace(there, id="id-of-another", machine=machine, server=state.primary, group=state.primary.unassigned)
    other.machine.ip = "10.99.0.1"
    state.primary.add_host(other)
    held = ksc("virtual_server", name="Tenant A", **GONE, fails=True)
    assert held.virtual_server["result"] == "pending" and "Tenant A" in names(ksc)


def test_a_record_without_an_agent_holds_it(ksc):
    ksc.give("web-01")
    ksc.host("web-01").machine.products.pop("1103", None)
    ksc.host("web-01").machine.agent = False
    refused = ksc("virtual_server", name="Tenant A", **GONE, fails=True)
    assert "no Network Agent" in refused.msg and "ksc_host" in refused.msg and ksc.writes(refused) == []


def test_a_host_that_comes_meanwhile_holds_it(ksc, monkeypatch):
    ksc.give("web-01")
    module = importlib.import_module("ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.agent_moves")
    tidy = module.AgentMoves.tidy

    def late(moves):
        tidy(moves)
        ksc.give("web-02")

    monkeypatch.setattr(module.AgentMoves, "tidy", late)
    held = ksc("virtual_server", name="Tenant A", **GONE, fails=True)
    assert "web-02" in held.virtual_server["reason"] and held.virtual_server["result"] == "pending"
    monkeypatch.undo()
    assert ksc("virtual_server", name="Tenant A", **GONE).virtual_server["result"] == "removed"


def test_a_suspended_one_with_hosts(ksc):
    ksc.give("web-01")
    ksc("virtual_server", name="Tenant A", state="suspended")
    refused = ksc("virtual_server", name="Tenant A", state="absent", fails=True)
    assert "has 1 host" in refused.msg and not tenant(ksc).enabled
    ksc("virtual_server", name="Tenant A", **GONE, check=True, warns=None)
    removed = ksc("virtual_server", name="Tenant A", **GONE)
    assert removed.virtual_server["result"] == "removed" and ksc.servers_of("web-01") == ["primary"]


@pytest.mark.parametrize("fails", [True, False])
def test_a_suspended_one_of_which_the_server_does_not_count_the_hosts(ksc, fails, monkeypatch):
    api = importlib.import_module("ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api.virtual_servers")
    monkeypatch.setattr(api, "host_count", lambda *_of: None)
    if fails:
        ksc.give("web-01")
    ksc("virtual_server", name="Tenant A", state="suspended")
    ksc("virtual_server", name="Tenant A", state="absent", check=True, warns=True)
    removed = ksc("virtual_server", name="Tenant A", state="absent", fails=fails)
    assert removed.virtual_server["result"] == ("failed" if fails else "removed")
    assert not fails or not tenant(ksc).enabled


def test_without_waiting(ksc):
    ksc.give("web-01")
    begun = ksc("virtual_server", name="Tenant A", **GONE, wait=False)
    assert begun.virtual_server["result"] == "pending" and "Tenant A" in names(ksc)
    ksc.simulator.clock.advance(600)
    begun = ksc("virtual_server", name="Tenant A", **GONE, wait=False)
    assert begun.virtual_server["result"] == "pending"
    ksc.simulator.clock.advance(600)
    done = ksc("virtual_server", name="Tenant A", **GONE)
    assert not done.changed and "Tenant A" not in names(ksc)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "kill_session", "restart"])
@pytest.mark.parametrize("method", ["VServers.DelVServer", "AsyncActionStateChecker.CheckActionState"])
def test_a_deletion_whose_answer_is_lost(ksc, kind, method):
    ksc.fault(kind, method)
    removed = ksc("virtual_server", name="Tenant A", state="absent")
    assert removed.virtual_server["result"] == "removed" and "Tenant A" not in names(ksc)


def test_a_deletion_that_takes_longer_than_a_run(ksc):
    ksc.settings(action_seconds=500)
    slow = ksc("virtual_server", name="Tenant A", state="absent", wait_timeout=60, fails=True)
    assert slow.virtual_server["result"] == "pending" and "run this again" in slow.msg
    done = ksc("virtual_server", name="Tenant A", state="absent")
    assert done.virtual_server["result"] == "removed" and "Tenant A" not in names(ksc)


def test_a_deletion_that_the_server_refuses(ksc):
    ksc.fault("error", "VServers.DelVServer", error={"module": "KLSTD", "code": 1193, "message": "not now"}, count=None)
    refused = ksc("virtual_server", name="Tenant A", state="absent", fails=True)
    assert "not now" in refused.msg and "Tenant A" in names(ksc)


def test_an_account_that_cannot_look_into_it(ksc):
    account = {"virtual_servers": [{"name": "Tenant A", "username": "tenant-a", "password": "wrong"}]}
    refused = ksc("virtual_server", name="Tenant A", state="absent", fails=True, **account)
    assert "does not accept the account" in refused.msg and "Tenant A" in names(ksc)
    allowed = copy.deepcopy(account)
    allowed["virtual_servers"][0]["password"] = "Rehearsal-A2"
    assert ksc("virtual_server", name="Tenant A", state="absent", **allowed).changed
