# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Some hosts first, more when that went well; and what a run later, or half-way, makes of it."""

from __future__ import annotations

import pytest

from simulator.ksc import attributes
from simulator.ksc.state import Installed, Outcome

A, B = "Tenant A", "Tenant B"
KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
NAMES = ["a-1", "a-2", "a-3", "a-4", "b-1", "b-2"]
HOSTS = [{"label": name, "name": name, "virtual_server": A if name[0] == "a" else B, "product": KSVLA} for name in NAMES]
FAILS = Outcome(result="failed", reason="Something went wrong.")
# The oldest records are not the first ones: the distribution points are a-3 and b-2.
DAYS_OLD = {"a-1": 1, "a-2": 2, "a-3": 9, "a-4": 3, "b-1": 1, "b-2": 9}


@pytest.fixture
def world():
    return {
        "ksc": {
            "virtual_servers": [{"name": A}, {"name": B}],
            "accounts": [{"username": "svc-ansible", "password": "Rehearsal-1", "internal": True}],
            "packages": [
                {"product": "1103", "version": "1.0.0.0", "servers": ["primary", A, B]},
                {"product": "KSVLA", "version": "5.2.0.0", "platform": "windows", "servers": ["primary", A, B]},
            ],
            "hosts": [
                {"name": name, "ip": "10.20.0.%d" % number, "platform": "windows", "server": A if name[0] == "a" else B}
                for number, name in enumerate(NAMES, 11)
            ],
        }
    }


@pytest.fixture(autouse=True)
def ages(ksc):
    for name, days in DAYS_OLD.items():
        ksc.host(name).created = ksc.simulator.clock.now() - days * 86400


def fail(ksc, *names, outcome=FAILS):
    for name in names:
        ksc.host(name).machine.outcomes[:] = [outcome]


def off(ksc, *names):
    for name in names:
        ksc.host(name).machine.online = False
    ksc.simulator.clock.advance(3600)


def protect(ksc, *names):
    for name in names:
        ksc.host(name).machine.products["KSVLA"] = Installed("KSVLA", "5.2.0.0")


def tasks_of(result):
    """The hosts of each task that a run has created."""
    return [
        [entry["value"]["HostDispName"] for entry in body["pData"]["TASK_INFO_PARAMS"]["value"]["HostList"]]
        for body in result.bodies("Tasks.AddTask")
    ]


def waves_of(result):
    found: dict[int, list[str]] = {}
    for name, wave in result.members("hosts", "name", "wave"):
        if wave is not None:
            found.setdefault(wave, []).append(name)
    return [found[number] for number in sorted(found)]


def upgrade(ksc, waves, *names, **arguments):
    """Hosts that some product protects: the first device of a server is nothing special."""
    for name in names or NAMES:
        ksc.host(name).machine.products.setdefault("KSVLA", Installed("KSVLA", "5.1.0.0"))
    hosts = [entry for entry in HOSTS if not names or entry["name"] in names]
    return ksc("remote_install", hosts=hosts, waves=waves, **arguments)


# -- sizes -------------------------------------------------------------------------------------------------------------------------


def test_a_wave_starts_when_the_one_before_has_ended(ksc):
    result = upgrade(ksc, [1, "50 %", "100%"])
    assert waves_of(result) == [["a-1"], ["a-2", "a-3", "a-4"], ["b-1", "b-2"]]
    assert tasks_of(result) == [["a-1"], ["a-2", "a-3", "a-4"], ["b-1", "b-2"]]
    assert result.members("hosts", "result") == ["installed"] * 6
    starts = [number for number, method in enumerate(result.methods) if method == "Tasks.RunTask"]
    looks = [number for number, method in enumerate(result.methods) if method == "Tasks.GetTaskStatistics"]
    for start in starts[1:]:
        assert any(look < start for look in looks)
    again = upgrade(ksc, [1, "50 %", "100%"])
    assert (again.changed, ksc.writes(again), waves_of(again)) == (False, [], [])


@pytest.mark.parametrize(
    ("waves", "sizes"),
    [([2], [2, 2, 2]), (["100%"], [6]), ([100], [6]), (["1%", 4], [1, 4, 1]), (["33.4 %"], [2, 2, 2]), ([1, 2], [1, 2, 2, 1])],
)
def test_sizes_are_those_of_serial(ksc, waves, sizes):
    rehearsal = upgrade(ksc, waves, check=True)
    assert [len(wave) for wave in waves_of(rehearsal)] == sizes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"waves": ["0"]}, '"0" is neither a number of hosts'),
        ({"waves": [1, "0%"]}, '"0%" is neither'),
        ({"waves": ["110%"]}, '"110%" is neither'),
        ({"waves": ["1.5"]}, '"1.5" is neither'),
        ({"waves": ["some"]}, '"some" is neither'),
        ({"waves": [1], "max_fail_percentage": "-1"}, '"-1" is not a percentage'),
        ({"waves": [1], "max_fail_percentage": "101"}, '"101" is not a percentage'),
        ({"waves": [1], "wait": False}, "wait must be true"),
    ],
)
def test_what_is_no_wave_is_said_before_anything_is_asked(ksc, arguments, said):
    result = ksc("remote_install", hosts=HOSTS, fails=True, **arguments)
    assert said in result.msg and "FindHosts" not in str(result.methods)


def test_a_rehearsal_has_the_waves_of_the_run(ksc):
    rehearsal = ksc("remote_install", hosts=HOSTS, waves=[1, "100%"], check=True)
    result = ksc("remote_install", hosts=HOSTS, waves=[1, "100%"])
    assert rehearsal.members("hosts", "name", "wave", "result") == result.members("hosts", "name", "wave", "result")
    assert rehearsal.diff == result.diff


def test_a_large_wave_is_several_tasks(ksc):
    result = upgrade(ksc, [1, "100%"], "a-1", "a-2", "a-3", "a-4", task_size=2)
    assert tasks_of(result) == [["a-1"], ["a-2", "a-3"], ["a-4"]]


def test_a_task_never_has_more_devices_than_the_help_allows(ksc, monkeypatch):
    import importlib

    starter = importlib.import_module("ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.task_starter")
    monkeypatch.setattr(starter, "MOST_DEVICES", 2)
    assert [len(hosts) for hosts in tasks_of(upgrade(ksc, ["100%"], "a-1", "a-2", "a-3", task_size=5000))] == [2, 1]


# -- failures -----------------------------------------------------------------------------------------------------------------------


def test_no_further_wave_starts_after_a_failure(ksc):
    fail(ksc, "a-1")
    result = upgrade(ksc, [1, 2, "100%"], fails=True)
    assert result.members("hosts", "result") == ["failed"] + ["pending"] * 5 and tasks_of(result) == [["a-1"]]
    reasons = result.members("hosts", "reason")
    assert "wave 2 of 3 was not started: 1 of 1 hosts of wave 1 failed, which is 100 %" in reasons[1]
    assert "wave 3 of 3 was not started" in reasons[5] and result.hosts[5]["task_id"] is None
    assert "5 of 6 hosts were not started" in result.msg and "continues there" not in result.msg
    assert ksc.host("b-2").machine.products["KSVLA"].version == "5.1.0.0"
    reported = upgrade(ksc, [1, 2, "100%"], on_failure="report")
    assert reported.members("hosts", "result") == ["failed"] + ["pending"] * 5


@pytest.mark.parametrize(("allowed", "goes_on"), [("50", True), ("50 %", True), (50, True), ("49.9", False), (None, False), ("100%", True)])
def test_the_percentage_has_to_be_exceeded_not_equaled(ksc, allowed, goes_on):
    fail(ksc, "a-2")
    result = upgrade(ksc, [2, "100%"], max_fail_percentage=allowed, on_failure="report")
    assert result.members("hosts", "result")[:2] == ["installed", "failed"]
    assert set(result.members("hosts", "result")[2:]) == {"installed" if goes_on else "pending"}


def test_each_wave_is_judged_by_itself(ksc):
    fail(ksc, "a-2")
    result = upgrade(ksc, [2], max_fail_percentage=50, on_failure="report")
    assert result.members("hosts", "result") == ["installed", "failed", *["installed"] * 4]
    fail(ksc, "b-1", "b-2")
    again = ksc("remote_install", state="absent", hosts=HOSTS, waves=[2], max_fail_percentage=50, on_failure="report")
    assert "failed" in again.members("hosts", "result")


def test_without_waves_the_percentage_has_no_effect(ksc):
    fail(ksc, "a-1", "a-2")
    result = ksc("remote_install", hosts=HOSTS, max_fail_percentage=0, on_failure="report")
    assert result.members("hosts", "result") == ["failed", "failed", *["installed"] * 4]
    assert result.members("hosts", "wave") == [None] * 6


def test_a_success_that_does_not_show_starts_no_wave(ksc):
    fail(ksc, "a-1", outcome=Outcome(result="claimed"))
    result = upgrade(ksc, [1, "100%"], fails=True, wait_timeout=900)
    assert result.members("hosts", "result") == ["failed"] + ["pending"] * 5
    assert "wave 1 had not ended within wait_timeout" in result.hosts[1]["reason"] and len(tasks_of(result)) == 1


def test_an_entry_that_is_wrong_is_in_no_wave(ksc):
    hosts = [{"label": "nobody", "name": "nobody", "virtual_server": A, "product": KSVLA}, *HOSTS]
    result = ksc("remote_install", hosts=hosts, waves=[4, "100%"], on_failure="report")
    assert result.members("hosts", "result") == ["missing", *["installed"] * 6] and result.hosts[0]["wave"] is None
    assert [len(wave) for wave in waves_of(result)] == [4, 2]


# -- machines that are off ---------------------------------------------------------------------------------------------------------


def test_a_machine_that_is_off_comes_last_and_holds_no_wave(ksc):
    off(ksc, "a-1", "a-2")
    result = upgrade(ksc, [1, 4, "100%"], fails=True)
    assert waves_of(result)[0] == ["a-3"] and waves_of(result)[2] == ["a-2"]
    assert result.members("hosts", "result") == ["pending", "pending", *["installed"] * 4]
    assert len(tasks_of(result)) == 4, "the tasks of machines that are off are started, too"
    assert sum(result.slept) < 600


def test_a_wave_that_nobody_answers_in_has_not_failed(ksc):
    off(ksc, *NAMES)
    result = upgrade(ksc, [2, "100%"], fails=True)
    assert result.members("hosts", "result") == ["pending"] * 6 and result.hosts[5]["task_id"] is not None


def test_a_machine_that_comes_back_while_later_waves_go_on_is_done(ksc):
    ksc.settings(status_delay_seconds=3000)
    ksc("host_info", name=["a-1"], virtual_server=A)
    ksc.host("a-1").machine.online = False  # just now: its status tells nothing of it

    def back(_when):
        ksc.host("a-1").machine.online = True

    ksc.server.timeline.at(ksc.simulator.clock.now() + 330, back)
    result = upgrade(ksc, [1, "100%"], start_timeout=300)
    assert waves_of(result)[0] == ["a-1"] and result.members("hosts", "result") == ["installed"] * 6


def test_time_is_for_all_waves_together(ksc):
    result = upgrade(ksc, [2], fails=True, wait_timeout=100)
    assert result.members("hosts", "result") == ["installed", "installed", *["pending"] * 4]
    assert "wait_timeout" in result.hosts[5]["reason"]


# -- again ---------------------------------------------------------------------------------------------------------------------------


def test_a_second_run_begins_anew_with_what_is_left(ksc):
    fail(ksc, "a-3")
    first = upgrade(ksc, [1, 2, "100%"], fails=True)
    assert first.members("hosts", "result") == ["installed", "installed", "failed", *["pending"] * 3]
    ksc.host("a-3").machine.outcomes.clear()
    second = upgrade(ksc, [1, 2, "100%"])
    assert second.members("hosts", "result") == ["unchanged", "unchanged", *["installed"] * 4]
    assert [len(wave) for wave in waves_of(second)] == [1, 2, 1], "its first step is no larger than that of the first run"


def test_percentages_are_of_what_is_left(ksc):
    protect(ksc, "a-1", "a-2")
    assert [len(wave) for wave in waves_of(upgrade(ksc, ["50%"], check=True))] == [2, 2]


def test_a_run_that_was_ended_half_way_is_taken_over(ksc):
    first = upgrade(ksc, [4, "100%"], fails=True, wait_timeout=10)
    assert first.members("hosts", "result") == ["pending"] * 6 and tasks_of(first) == [["a-1", "a-2", "a-3", "a-4"]]
    second = upgrade(ksc, [4, "100%"])
    assert second.members("hosts", "result") == ["installed"] * 6 and tasks_of(second) == [["b-1", "b-2"]]


def test_another_run_that_is_further_is_waited_for(ksc):
    """All are under way already, in tasks of a run without waves."""
    for name in NAMES:
        ksc.host(name).machine.products["KSVLA"] = Installed("KSVLA", "5.1.0.0")
    ksc("remote_install", hosts=HOSTS, wait=False)
    result = upgrade(ksc, [1, "100%"])
    assert result.members("hosts", "result") == ["installed"] * 6 and result.count("Tasks.AddTask") == 0


# -- distribution points -----------------------------------------------------------------------------------------------------------


def test_the_first_device_of_each_virtual_server_is_in_the_first_wave(ksc):
    result = ksc("remote_install", hosts=HOSTS, waves=[1, "100%"])
    assert waves_of(result) == [["a-3", "b-2"], ["a-1", "a-2", "a-4", "b-1"]]
    larger = ksc("remote_install", hosts=HOSTS, waves=[3, "100%"], check=True, state="absent")
    assert waves_of(larger) == [["a-1", "a-2", "a-4"], ["a-3", "b-1", "b-2"]]


def test_it_is_in_the_last_wave_of_a_removal(ksc):
    protect(ksc, *NAMES)
    result = ksc("remote_install", hosts=HOSTS, state="absent", waves=[5])
    assert waves_of(result) == [["a-1", "a-2", "a-4", "b-1"], ["a-3", "b-2"]]
    assert sorted(tasks_of(result)[-2:]) == [["a-3"], ["b-2"]] and result.members("hosts", "result") == ["removed"] * 6


def test_a_host_that_others_were_there_before_is_not_the_first(ksc):
    hosts = [entry for entry in HOSTS if entry["name"] not in ("a-3", "b-2")]
    assert waves_of(ksc("remote_install", hosts=hosts, waves=[1, "100%"], check=True)) == [["a-1"], ["a-2", "a-4", "b-1"]]
    protect(ksc, *NAMES)
    removal = ksc("remote_install", hosts=hosts, state="absent", waves=[3], check=True)
    assert waves_of(removal) == [["a-1", "a-2", "a-4"], ["b-1"]]


def test_the_first_device_may_be_done_already(ksc):
    protect(ksc, "a-3", "b-2")
    assert waves_of(ksc("remote_install", hosts=HOSTS, waves=[1, "100%"])) == [["a-1"], ["a-2", "a-4", "b-1"]]


def test_where_no_record_says_how_old_it_is_the_first_entry_counts(ksc, monkeypatch):
    monkeypatch.setitem(attributes.HOST_SEARCH, "KLHST_WKS_CREATED", attributes.Attribute("time", lambda _host: None))
    result = ksc("remote_install", hosts=HOSTS, waves=[1, "100%"])
    assert waves_of(result)[0] == ["a-1", "b-1"] and result.members("hosts", "result") == ["installed"] * 6
