# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What follows from what a server tells of a host: protected, not protected, or not to be known; and which record is the live one."""

from __future__ import annotations

import dataclasses
import datetime
import itertools

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api import hosts
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api.hosts import Host, Product
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api.policies import Policy
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import protection, selection, stale_host
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.protection import GroupFacts, HostFacts
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.server_facts import Records

KSVLA = Product("KSVLA", "5.2.0.0")
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.timezone.utc)
ALIVE = hosts.VISIBLE | hosts.AGENT_INSTALLED | hosts.AGENT_ALIVE | hosts.PROTECTION_INSTALLED
DEAD = ALIVE & ~hosts.AGENT_ALIVE
EVERYTHING = (1 << 20) - 1
WITHOUT_18 = EVERYTHING & ~(1 << 18)
GOOD = {
    hosts.STATUS: ALIVE,
    hosts.STATUS_ID: 0,
    hosts.STATUS_MASK: 0,
    hosts.REAL_TIME_PROTECTION: 4,
    hosts.RESTART_REQUIRED: False,
    hosts.DATABASES_TIME: NOW - datetime.timedelta(hours=6),
    hosts.LAST_CONNECTED: NOW,
}
POLICY = Policy("Light Agent", "ksvla", "5.2.0.0", True, True, "Managed devices")
GROUP = GroupFacts(EVERYTHING, [POLICY])


def host(id="1", name="web-01", ip="192.0.2.1", **attributes):
    return Host(id, name, ip, 5, attributes)


def judged(group=GROUP, installed=True, others=(), without=(), product=KSVLA, **changes):
    attributes = {name: value for name, value in {**GOOD, **changes}.items() if name not in without}
    return protection.verdict(HostFacts(host(**attributes), product, installed, group, others))


def test_a_host_of_which_everything_is_good():
    assert judged().view() == {
        "state": "protected",
        "reasons": [],
        "installed": True,
        "agent_connected": True,
        "svm_connected": True,
        "restart_required": False,
        "last_connected": "2026-11-25T12:00:00Z",
    }


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"group": None}, "Unassigned devices"),
        ({hosts.STATUS: DEAD}, "not connected; it last connected at 2026-11-25T12:00:00Z"),
        ({hosts.STATUS_MASK: 1 << 0, hosts.STATUS_ID: 1}, "not active"),
        ({hosts.STATUS_MASK: 1 << 8, hosts.STATUS_ID: 1}, "not active"),
        ({"installed": False}, "KSVLA 5.2.0.0 is not installed"),
        ({hosts.STATUS_MASK: 1 << 2, hosts.STATUS_ID: 1}, "but not running"),
        ({hosts.REAL_TIME_PROTECTION: 1}, "Real-time protection is stopped"),
        ({hosts.REAL_TIME_PROTECTION: 2}, "Real-time protection is suspended"),
        ({hosts.REAL_TIME_PROTECTION: 9}, "Real-time protection has failed"),
        ({hosts.STATUS_MASK: 1 << 1, hosts.STATUS_ID: 1}, "Real-time protection is off"),
        ({hosts.STATUS_MASK: 1 << 4, hosts.STATUS_ID: 1}, "level"),
        ({hosts.STATUS_MASK: 1 << 18, hosts.STATUS_ID: 1}, "not connected to an SVM"),
        # It is shown although the group does not ask for it.
        ({hosts.STATUS_MASK: 1 << 18, "group": GroupFacts(WITHOUT_18, [POLICY])}, "not connected to an SVM"),
        ({hosts.STATUS_MASK: 1 << 9, hosts.STATUS_ID: 1}, "license"),
        ({"group": GroupFacts(EVERYTHING, [])}, "No active policy for KSVLA 5.2.0.0"),
        ({"group": GroupFacts(EVERYTHING, [Policy("x", "kesl", "12.1.0.0", True, True, "")])}, "No active policy"),
        ({"group": GroupFacts(EVERYTHING, [Policy("x", "KSVLA", "5.2.0.0", False, True, "")])}, "No active policy"),
        ({hosts.STATUS_MASK: 1 << 7, hosts.STATUS_ID: 2}, "databases are out of date"),
        # Where the group does not ask, their age tells.
        ({hosts.DATABASES_TIME: NOW - datetime.timedelta(days=30), "group": GroupFacts(1 << 18, [POLICY])}, "databases are out of date"),
        ({hosts.RESTART_REQUIRED: True}, "A restart is required"),
        ({hosts.STATUS_MASK: 1 << 11, hosts.STATUS_ID: 2, hosts.RESTART_REQUIRED: False}, "A restart is required"),
    ],
)
def test_what_is_not_protected(facts, reason):
    found = judged(**facts)
    assert (found.state, len(found.reasons)) == ("unprotected", 1)
    assert reason in found.reasons[0]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({hosts.STATUS: ALIVE | hosts.NEVER_SYNCHRONIZED}, "has not synchronized yet"),
        ({"others": [host("2", **{hosts.STATUS: ALIVE})]}, "Other records with its address or name also have a connected Network Agent"),
        ({"without": [hosts.STATUS]}, "does not report whether its Network Agent is connected"),
        ({"installed": None}, "does not report whether KSVLA 5.2.0.0 is installed"),
        ({"without": [hosts.REAL_TIME_PROTECTION]}, "does not report whether real-time protection is on"),
        ({hosts.REAL_TIME_PROTECTION: 0}, "does not report whether real-time protection is on"),
        ({hosts.REAL_TIME_PROTECTION: 3}, "starting"),
        ({"group": GroupFacts(WITHOUT_18, [POLICY])}, "suggested_by_product (18) is turned off"),
        ({"group": GroupFacts(None, [POLICY], "no method")}, "not known which conditions are turned on for its group (no method)"),
        ({hosts.STATUS_ID: 1, "without": [hosts.STATUS_MASK]}, "its status is not OK, and the server does not report why"),
        # A mask that is empty beside a bad status is none.
        ({hosts.STATUS_ID: 1}, "its status is not OK, and the server does not report why"),
        ({"without": [hosts.STATUS_ID, hosts.STATUS_MASK]}, "the server does not report its status"),
        ({"group": GroupFacts(EVERYTHING, None, "", "no right")}, "applies to its group (no right)"),
        ({"group": GroupFacts(EVERYTHING, [Policy("x", "KSVLA", "5.1.0.0", True, True, "")])}, "is for version 5.1.0.0"),
        ({"group": GroupFacts(EVERYTHING, [Policy("x", "KSVLA", "5.2.0.0", None, None, "")])}, "does not report whether the policies"),
        (
            {"group": GroupFacts(1 << 18, [POLICY]), "without": [hosts.DATABASES_TIME]},
            "does not report whether its databases are up to date",
        ),
        ({"group": GroupFacts(1 << 18, [POLICY]), "without": [hosts.RESTART_REQUIRED]}, "does not report whether a restart is required"),
    ],
)
def test_what_cannot_be_known(facts, reason):
    found = judged(**facts)
    assert (found.state, len(found.reasons)) == ("unknown", 1), found.reasons
    assert reason in found.reasons[0]


def test_a_good_status_without_a_mask_is_good_where_everything_is_asked_for():
    found = judged(without=[hosts.STATUS_MASK, hosts.DATABASES_TIME, hosts.RESTART_REQUIRED])
    assert (found.state, found.svm_connected, found.restart_required) == ("protected", True, False)


def test_a_bad_status_without_a_mask_hides_nothing_that_is_known_otherwise():
    found = judged(without=[hosts.STATUS_MASK], **{hosts.STATUS_ID: 2, hosts.RESTART_REQUIRED: True})
    assert (found.state, found.svm_connected, found.restart_required) == ("unprotected", None, True)
    assert len(found.reasons) == 2


def test_of_a_host_that_is_off_only_what_is_wrong_is_told():
    found = judged(without=[hosts.DATABASES_TIME, hosts.RESTART_REQUIRED, hosts.STATUS_MASK], **{hosts.STATUS: DEAD, hosts.STATUS_ID: 1})
    assert (found.state, found.agent_connected, found.svm_connected, len(found.reasons)) == ("unprotected", False, None, 1)


def test_a_host_without_the_application_needs_nothing_else():
    found = judged(installed=False, without=[hosts.REAL_TIME_PROTECTION], **{hosts.PROTECTION_VERSION: "5.1.1.1"})
    assert found.svm_connected is None and found.reasons == [
        "KSVLA 5.2.0.0 is not installed; another application or version is installed (build 5.1.1.1)."
    ]


def test_without_a_product_any_policy_but_the_agents_counts():
    agent = Policy("x", "1103", "1.0.0.0", True, True, "")
    assert judged(product=None).state == "protected"
    assert judged(product=None, group=GroupFacts(EVERYTHING, [agent])).reasons == [
        "No active policy for a protection application applies to its group."
    ]


def test_every_reason_is_a_sentence():
    worst = judged(group=GroupFacts(None, None, "a", "b"), without=GOOD, installed=None)
    assert worst.state == "unknown" and len(worst.reasons) == 7
    for reason in worst.reasons:
        assert reason[0].isupper() and reason.endswith(".") and not reason.endswith("..")


# -- the live one among records ----------------------------------------------------------------------------------------


def record(id, status=None, connected=None, visible=None):
    """``connected``, ``visible``: days ago."""
    times = {hosts.LAST_CONNECTED: connected, hosts.LAST_VISIBLE: visible}
    attributes = {name: NOW - datetime.timedelta(days=days) for name, days in times.items() if days is not None}
    return host(id, **attributes, **({} if status is None else {hosts.STATUS: status}))


@pytest.mark.parametrize(
    ("records", "live"),
    [
        ([record("1", ALIVE, 9), record("2", DEAD, 1, 0)], "1"),
        ([record("1", DEAD, 9, 0), record("2", DEAD, 1, 1)], "2"),
        ([record("1", ALIVE, 0, 0), record("2", ALIVE, 1, 0)], "1"),
        # The address answers, whoever owns it now; that counts where nothing else tells.
        ([record("1", DEAD, 9, 5), record("2", DEAD, 9, 4)], "2"),
        ([record("1", ALIVE), record("2", ALIVE, None, 4)], "2"),
        ([record("1", hosts.VISIBLE, None, 0), record("2", DEAD, 9, 9)], "2"),
        ([record("1", None, 9), record("2", None, 4)], "2"),
        ([record("1", ALIVE, 1, 1), record("2", ALIVE, 1, 1)], None),
        ([record("1", hosts.VISIBLE, None, 0), record("2", 0, None, 9)], None),
        ([record("1"), record("2")], None),
        ([record("1", ALIVE, 1), record("2", hosts.NEVER_SYNCHRONIZED | ALIVE, 0)], None),
    ],
)
def test_the_live_one_among_records(records, live):
    for some in (records, records[::-1]):
        found, why = selection.live(some)
        assert (found and found.id) == live
        assert bool(why) == (live is None)


# -- stale records -----------------------------------------------------------------------------------------------------


def kept(host, *others, days=7, dynamic=False):
    return stale_host.why_kept(host, list(others), datetime.timedelta(days=days), dynamic)


def machine(id, status, connected=None, name="web-01", ip="192.0.2.1"):
    return dataclasses.replace(record(id, status, connected), name=name, ip=ip)


@pytest.mark.parametrize(
    ("dead", "living", "why"),
    [
        (machine("1", DEAD, 0), machine("2", ALIVE, 0), ""),
        (machine("1", DEAD, 0), machine("2", ALIVE, 0, name="WEB-01~~123"), ""),
        (machine("1", DEAD, 8), machine("2", ALIVE, 0, ip="192.0.2.2"), ""),
        (machine("1", DEAD, 6), machine("2", ALIVE, 0, ip="192.0.2.2"), "shares only its name"),
        (machine("1", DEAD, 6), machine("2", ALIVE, 0, name="db-01"), "shares only its address"),
        (machine("1", DEAD, None), machine("2", ALIVE, 0, name="db-01"), "is not known"),
        (machine("1", ALIVE, 0), machine("2", ALIVE, 0), "is connected"),
        (machine("1", None, 9), machine("2", ALIVE, 0), "does not report"),
        (machine("1", DEAD, 9), machine("2", DEAD, 0), "has a connected Network Agent"),
        (machine("1", DEAD, 9), machine("2", ALIVE | hosts.NEVER_SYNCHRONIZED, 0), "has not synchronized yet"),
    ],
)
def test_which_record_is_stale(dead, living, why):
    found = kept(dead, living)
    assert why in found if why else found == ""
    assert kept(dead, living, dynamic=True)
    assert kept(living, dead)


def test_nothing_that_lives_and_nothing_that_is_alone_is_ever_stale():
    statuses = [ALIVE, DEAD, None, hosts.VISIBLE, ALIVE | hosts.NEVER_SYNCHRONIZED]
    every = list(itertools.product(statuses, [None, 40], ["web-01", "web-01~~12", "db-01"], ["192.0.2.1", "192.0.2.2", None]))
    found = 0
    for one, other in itertools.product(every, every):
        some = [machine("1", *one), machine("2", *other)]
        records = Records(some)
        for dead, living in (some, some[::-1]):
            if records.others(dead) and not kept(dead, living):
                assert (dead.connected, living.connected) == (False, True)
                found += 1
    assert found
