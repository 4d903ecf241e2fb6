# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the hosts of a tenant share: its virtual server, which is made for all of them and taken away when all of them are done."""

from __future__ import annotations

import pytest
from ansible_collections.ksv.light_agent.plugins.plugin_utils import _outcome, _requests, _steps

pytestmark = pytest.mark.every_core

FOUND, REMOVAL, PLACEMENT, SERVER = ("tenant_offboarding_" + name for name in ("found", "removal", "placement", "server"))


def leaving(host, remove=True):
    given = {
        "role": "tenant_offboarding",
        "ip": "192.0.2.1",
        "virtual_server": "Tenant A",
        "product": {"name": "KSVLA"},
        "remove_virtual_server": remove,
    }
    return _requests.build(host, given, {})


def registered(returns, **results):
    labels = {"label": None}
    entries = [{**labels, "label": label.replace("_", " "), "reason": "", "result": result} for label, result in results.items()]
    return {"results": [{"item": "a", returns: entries}]}


def play(*hosts, remove=True, **steps):
    return {host: {"tenant_offboarding_request": {"request": leaving(host, remove)}, **steps} for host in hosts}


def wanted(hostvars, step):
    return [entry for call in _steps.calls(list(hostvars), step, hostvars.__getitem__) for entry in _steps.merged(call, _step(step))]


def _step(name):
    return _steps.ROLES[_steps.role_of(name)][name]


def outcome(hostvars, host):
    own = hostvars[host]
    request = own["tenant_offboarding_request"]["request"]
    return _outcome.outcome(host, request, lambda name: _steps.Returned(_step(name), own.get(name)), hostvars.__getitem__)


@pytest.mark.parametrize(
    ("second", "removed"), [("unassigned", True), ("unchanged", True), ("missing", True), ("pending", False), ("failed", False)]
)
def test_the_virtual_server_waits_for_all_hosts_of_the_play(second, removed):
    steps = {
        FOUND: registered("servers", Tenant_A="unchanged"),
        REMOVAL: registered("hosts", a="removed", b="unchanged"),
        PLACEMENT: registered("hosts", a="unassigned", b=second),
    }
    assert wanted(play("a", "b", **steps), SERVER) == ([{"label": "Tenant A", "name": "Tenant A"}] if removed else [])


def test_without_the_wish_nothing_of_it_is_done():
    hostvars = play("a", remove=False)
    assert wanted(hostvars, FOUND) == [] and len(wanted(hostvars, REMOVAL)) == 1
    done = play("a", remove=False, **{REMOVAL: registered("hosts", a="removed"), PLACEMENT: registered("hosts", a="unassigned")})
    assert wanted(done, SERVER) == []


def test_a_virtual_server_that_an_earlier_run_has_removed():
    hostvars = play("a", "b", **{FOUND: registered("servers", Tenant_A="created")})
    assert [wanted(hostvars, step) for step in (REMOVAL, PLACEMENT, SERVER)] == [[], [], []]
    told = outcome(hostvars, "a")
    assert told == {"changed": False, "failed": False, "msg": "Tenant A: the virtual server no longer exists"}


def test_what_becomes_of_the_virtual_server_is_what_becomes_of_its_hosts():
    steps = {
        FOUND: registered("servers", Tenant_A="unchanged"),
        REMOVAL: registered("hosts", a="unchanged"),
        PLACEMENT: registered("hosts", a="unchanged"),
    }
    assert outcome(play("a", **steps, **{SERVER: registered("servers", Tenant_A="removed")}), "a")["changed"]
    assert outcome(play("a", **steps, **{SERVER: registered("servers", Tenant_A="pending")}), "a")["failed"]


def tenant(**more):
    return _requests.build("a", {"role": "tenant", "virtual_server": "Tenant A", **more}, {})


def test_each_host_shows_what_was_made_for_its_tenant():
    entry = {"label": "Tenant A", "result": "created", "reason": "", "diff": {"before": "", "after": "enabled: True\n"}}
    found = {"tenant_server": {"results": [{"item": "a", "servers": [entry]}]}}
    told = _outcome.outcome("a", tenant(), lambda name: _steps.Returned(_step(name), found.get(name)), {}.__getitem__)
    assert (told["changed"], told["msg"]) == (True, "Tenant A: created")
    assert told["diff"] == [{"before_header": "a (Tenant A)", "after_header": "a (Tenant A)", **entry["diff"]}]
