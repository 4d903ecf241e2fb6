# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of machines that died: which of them are removed, and which never are."""

from __future__ import annotations

import pytest

TENANT = {"virtual_server": ["Tenant A"]}


@pytest.fixture
def world():
    return "day-two"


def records(ksc, server="Tenant A"):
    return {host.id for host in ksc.server.state.server(server).hosts.values()}


def told(result):
    """By name and whether the agent was connected: what became of it."""
    return {host["id"]: (host["result"], host["reason"]) for host in result.records}


def reborn(ksc):
    """The dead and the living record of the machine that was created anew."""
    found = [host for host in ksc.server.state.server("Tenant A").hosts.values() if host.machine.name == "a-reborn"]
    dead, living = sorted(found, key=lambda host: host.connected)
    return dead, living


def test_a_dead_record_is_removed_and_the_living_one_stays(ksc):
    dead, living = reborn(ksc)
    before = records(ksc)
    rehearsal = ksc("stale_host", check=True, **TENANT)
    assert rehearsal.changed and records(ksc) == before
    first = ksc("stale_host", **TENANT)
    assert first.changed and told(first) == told(rehearsal) and first.diff == rehearsal.diff
    assert told(first) == {dead.id: ("removed", ""), living.id: ("kept", "its Network Agent is connected")}
    assert records(ksc) == before - {dead.id}
    again = ksc("stale_host", **TENANT)
    assert (again.changed, ksc.writes(again), again.records) == (False, [], [])


@pytest.mark.parametrize("version", ["14.2", "15.1"])
def test_older_and_newer_servers_remove_in_one_or_in_two_steps(ksc, version):
    ksc.settings(ksc_version=version)
    dead, _living = reborn(ksc)
    result = ksc("stale_host", **TENANT)
    assert result.count("HostGroup.RemoveHosts") == (1 if version == "14.2" else 2)
    assert all(body["pHostNames"] == [dead.id] for body in result.bodies("HostGroup.RemoveHosts"))
    assert dead.id not in records(ksc)


def test_a_server_that_removes_one_by_one(ksc):
    ksc.fault("no_such_call", "HostGroup.RemoveHosts", count=None)
    dead, _living = reborn(ksc)
    assert ksc("stale_host", **TENANT).changed and dead.id not in records(ksc)


def test_a_machine_of_vdi_is_left_alone(ksc):
    dead, _living = reborn(ksc)
    dead.machine.vdi = True
    result = ksc("stale_host", **TENANT)
    assert result.changed is False and "virtual desktop infrastructure" in told(result)[dead.id][1]
    assert dead.id in records(ksc)


@pytest.mark.parametrize("searchable", [True, False])
def test_a_server_that_does_not_return_which_machines_are_of_vdi(ksc, monkeypatch, searchable):
    """It is asked by a search; where it does not know the attribute at all, that is a warning."""
    from simulator.ksc import attributes

    dead, living = reborn(ksc)
    dead.machine.vdi = True
    original = attributes.host_fields

    def without(wanted, settings):
        if "HST_VM_VDI" in wanted:
            raise attributes.bad_format("HST_VM_VDI: no such attribute")
        return original(wanted, settings)

    from simulator.ksc import hostgroup

    monkeypatch.setattr(hostgroup, "host_fields", without)
    if not searchable:
        ksc.settings(unsupported_attributes=["HST_VM_VDI"])
    result = ksc("stale_host", warns=not searchable, check=True, **TENANT)
    assert told(result)[dead.id][0] == ("kept" if searchable else "removed")
    assert told(result)[living.id][0] == "kept"


def test_nobody_lives(ksc):
    _dead, living = reborn(ksc)
    living.machine.agent_connected = False
    result = ksc("stale_host", **TENANT)
    assert result.changed is False
    assert {reason for _result, reason in told(result).values()} == {"no record with its address or name has a connected Network Agent"}


def test_an_address_that_another_machine_has_now(ksc):
    """Its own machine may be off for the weekend; after a while it is stale."""
    old = ksc.host("a-asleep")
    new = ksc.host("a-db-01")
    old.machine.ip = new.machine.ip
    ksc.server.state.server("Tenant A")._index = None
    result = ksc("stale_host", check=True, **TENANT)
    assert told(result)[old.id][0] == "kept" and "shares only its address" in told(result)[old.id][1]
    assert "last connected only 3 days earlier" in told(result)[old.id][1]
    assert told(ksc("stale_host", check=True, inactive_days=2, **TENANT))[old.id][0] == "removed"


def test_at_most_a_given_number_those_first_that_were_silent_longest(ksc):
    dead, _living = reborn(ksc)
    now = ksc.simulator.clock.now()
    others = [ksc.give_dead_record(name, connected_at=now - days * 86400) for name, days in (("a-web-01", 90), ("a-db-01", 5))]
    result = ksc("stale_host", max_removals=2, **TENANT)
    assert {id for id, (word, _why) in told(result).items() if word == "removed"} == {dead.id, others[0].id}
    assert told(result)[others[1].id] == ("kept", "max_removals: at most 2 records are removed")
    assert ksc("stale_host", max_removals=2, **TENANT).changed and others[1].id not in records(ksc)
    assert ksc("stale_host", fails=True, max_removals=0, **TENANT).failure["kind"] == "input"
    assert ksc("stale_host", fails=True, inactive_days=float("1e9"), **TENANT).failure["kind"] == "input"


def test_an_agent_that_connects_between_the_look_and_the_removal(ksc):
    dead, _living = reborn(ksc)
    # The second search of the run is the look right before the removal.
    gate = ksc.server

    class Wakes:
        def __init__(self):
            self.searches = 0

        def __call__(self, exchange):
            if exchange.method == "HostGroup.FindHosts":
                self.searches += 1
                if self.searches == 2:
                    dead.machine.agent_connected = True
            return False

    fault = ksc.fault("status", "HostGroup.FindHosts", status=500, count=None)
    object.__setattr__(fault, "chooses", Wakes())
    result = ksc("stale_host", **TENANT)
    assert told(result)[dead.id] == ("kept", "its Network Agent has connected meanwhile")
    assert ksc.writes(result) == [] and result.changed is False and gate


def test_a_record_that_the_server_does_not_give_away(ksc):
    dead, _living = reborn(ksc)
    dead.machine.undeletable = True
    result = ksc("stale_host", fails=True, **TENANT)
    assert told(result)[dead.id][0] == "failed" and "RemoveHosts" in result.msg
    assert not ksc("stale_host", on_failure="report", **TENANT).failed


def test_one_virtual_server_that_is_not_there_leaves_the_others_alone(ksc):
    dead, _living = reborn(ksc)
    both = ["Tenant A", "Tenant Z"]
    refused = ksc("stale_host", fails=True, virtual_server=both)
    assert 'no virtual Administration Server "Tenant Z"' in refused.msg and ksc.writes(refused) == []
    result = ksc("stale_host", virtual_server=both, on_failure="report")
    assert dead.id not in records(ksc)
    failed = next(record for record in result.records if record["virtual_server"] == "Tenant Z")
    assert (failed["result"], failed["id"], failed["error"]) == ("failed", None, "input")
    assert any(line.startswith("Tenant Z, ") and "failed: " in line for line in result.report)


def test_the_primary_server(ksc):
    result = ksc("stale_host")
    assert (result.changed, result.records, result.msg) == (False, [], "no records")
    primary = ksc.host("svm-esx1-52")
    ksc.give_dead_record("svm-esx1-52")
    assert ksc("stale_host", virtual_server=[]).records == []
    assert sorted(record["result"] for record in ksc("stale_host").records) == ["kept", "removed"]
    assert primary.id in records(ksc, "primary")


def test_two_runs_at_once(ksc):
    """What the other run has removed is removed."""
    dead, _living = reborn(ksc)

    class Removes:
        def __call__(self, exchange):
            if exchange.method == "HostGroup.RemoveHosts":
                dead.server.remove_host(dead)
            return False

    object.__setattr__(ksc.fault("status", "HostGroup.RemoveHosts", status=500, count=None), "chooses", Removes())
    result = ksc("stale_host", **TENANT)
    assert told(result)[dead.id][0] == "removed"


def test_a_lost_answer_is_read_back(ksc):
    dead, _living = reborn(ksc)
    ksc.fault("drop_after", "HostGroup.RemoveHosts")
    result = ksc("stale_host", **TENANT)
    assert told(result)[dead.id][0] == "removed" and dead.id not in records(ksc)
