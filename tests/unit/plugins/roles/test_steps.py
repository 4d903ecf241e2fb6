# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts take a step with what, and what became of each of them."""

from __future__ import annotations

import time

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ksv.light_agent.plugins.filter.cluster_members import cluster_members
from ansible_collections.ksv.light_agent.plugins.filter.steps import (
    FilterModule,
    connection_options,
    count_protected,
    step_connections,
    step_entries,
    tenant_report,
)
from ansible_collections.ksv.light_agent.plugins.plugin_utils import _outcome, _steps

pytestmark = pytest.mark.every_core

ROLE = "tenant_onboarding"
PACKAGES, MOVE, INSTALL, PLACEMENT = ("tenant_onboarding_" + name for name in ("packages", "move", "install", "placement"))


def request(host, virtual_server="Tenant A", server="ksc.test", account=None, group="Web", version="5.2"):
    base = {"label": host, "ip": "192.0.2.1", "virtual_server": virtual_server}
    return {
        "role": ROLE,
        "label": server,
        "connection": {"server": server, "password": "secret"},
        "virtual_server": virtual_server,
        "account": account,
        "steps": {
            PACKAGES: [{"name": "KSVLA", "version": version, "virtual_server": [virtual_server]}],
            MOVE: [base],
            INSTALL: [{**base, "product": {"name": "KSVLA", "version": version}}],
            PLACEMENT: [{**base, "group": group}] if group else [],
        },
    }


def play(*requests, **registered):
    """The variables of a play's hosts after some steps."""
    found = {one["steps"][MOVE][0]["label"]: one for one in requests}
    return {host: {"tenant_onboarding_request": {"request": one}, **registered} for host, one in found.items()}


def call(returns, *entries, item="a", **more):
    return {"item": item, returns: [{"reason": "", **entry} for entry in entries], **more}


def loop(*calls):
    return {"results": list(calls)}


def hosts(**results):
    return [
        {"label": host, "virtual_server": "Tenant A", "product": "KSVLA 5.2", "group": "Web", **result} for host, result in results.items()
    ]


def outcome(hostvars, host, **options):
    own = hostvars[host]
    return _outcome.outcome(
        host,
        own["tenant_onboarding_request"]["request"],
        lambda name: _steps.Returned(_steps.ROLES[ROLE][name], own.get(name)),
        hostvars.__getitem__,
        **options,
    )


# -- connections ----------------------------------------------------------------------------------------------------------------


def test_equal_connections_are_one_call_for_all_tenants():
    hostvars = play(request("a"), request("b", virtual_server="Tenant B"))
    assert step_connections(list(hostvars), hostvars, MOVE) == ["a"]
    assert [entry["label"] for entry in step_entries(list(hostvars), hostvars, MOVE, "a")] == ["a", "b"]
    assert connection_options(list(hostvars), hostvars, ROLE, "a") == {"server": "ksc.test", "password": "secret"}


def test_each_server_is_a_call():
    hostvars = play(request("a"), request("b", server="other.test"), request("c"))
    assert step_connections(list(hostvars), hostvars, MOVE) == ["a", "b"]
    assert [entry["label"] for entry in step_entries(list(hostvars), hostvars, MOVE, "a")] == ["a", "c"]
    assert connection_options(list(hostvars), hostvars, ROLE, "b")["server"] == "other.test"


def test_accounts_of_tenants_go_with_the_connection():
    account = {"name": "Tenant B", "username": "b", "password": "secret"}
    hostvars = play(
        request("a"), request("b", virtual_server="Tenant B", account=account), request("c", virtual_server="Tenant B", account=account)
    )
    assert connection_options(list(hostvars), hostvars, ROLE, "a")["virtual_servers"] == [account]


def test_two_accounts_of_one_tenant_are_two_calls():
    hostvars = play(request("a"), request("b", account={"name": "Tenant A", "username": "b", "password": "x"}), request("c"))
    assert step_connections(list(hostvars), hostvars, MOVE) == ["a", "b"]
    assert [entry["label"] for entry in step_entries(list(hostvars), hostvars, MOVE, "a")] == ["a", "c"]


@pytest.mark.parametrize("registered", [{}, {"failed": True, "msg": "no"}, {"skipped": True}, None])
def test_a_host_without_a_request_takes_no_step(registered):
    hostvars = {**play(request("a")), "b": {"tenant_onboarding_request": registered}}
    assert [entry["label"] for entry in step_entries(["b", "a"], hostvars, MOVE, "a")] == ["a"]
    assert step_connections(["b"], hostvars, MOVE) == [] and step_connections([], hostvars, MOVE) == []


def test_wrong_use_of_the_filters():
    with pytest.raises(AnsibleFilterError, match="A list of inventory hosts"):
        step_connections("all", {}, MOVE)
    with pytest.raises(AnsibleFilterError, match="There is no step dance"):
        step_connections(["a"], {}, "dance")
    assert set(FilterModule().filters()) == {
        "connection_options",
        "count_protected",
        "old_agents",
        "old_products",
        "step_connections",
        "step_entries",
        "tenant_accounts",
        "tenant_report",
    }


# -- who goes on ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "goes_on"),
    [
        ({"result": "moved"}, True),
        ({"result": "unchanged"}, True),
        ({"result": "failed", "reason": "x"}, False),
        ({"result": "pending", "reason": "x"}, False),
        ({"result": "missing", "reason": "no record"}, False),
        ({"result": "missing", "reason": ""}, True),
    ],
)
def test_who_takes_the_next_step(result, goes_on):
    hostvars = play(request("a"), **{MOVE: loop(call("hosts", *hosts(a=result)))})
    assert bool(step_entries(["a"], hostvars, INSTALL, "a")) == goes_on


def test_only_hosts_that_had_the_application_are_placed():
    install = loop(call("hosts", *hosts(a={"result": "unchanged"}, b={"result": "installed"})))
    hostvars = play(request("a"), request("b"), request("c", group=None), **{INSTALL: install})
    assert [entry["label"] for entry in step_entries(list(hostvars), hostvars, PLACEMENT, "a")] == ["a"]


def test_a_package_that_fails_stops_those_who_want_it():
    packages = loop(
        call(
            "packages",
            {"name": "KSVLA", "version": "5.2", "virtual_server": "Tenant A", "result": "failed"},
            {"name": "KSVLA", "version": "5.2", "virtual_server": "Tenant B", "result": "distributed"},
        )
    )
    hostvars = play(request("a"), request("b", virtual_server="Tenant B"), **{PACKAGES: packages})
    assert [entry["label"] for entry in step_entries(list(hostvars), hostvars, MOVE, "b")] == ["b"]


def test_a_call_that_fails_as_a_whole_stops_its_hosts_only():
    packages = loop(
        {"item": "a", "msg": "refused", "failure": {"kind": "authentication"}},
        call("packages", {"name": "KSVLA", "version": "5.2", "virtual_server": "Tenant A", "result": "unchanged"}, item="b"),
    )
    hostvars = play(request("a", virtual_server="Tenant X"), request("b", server="other.test"), **{PACKAGES: packages})
    assert step_connections(list(hostvars), hostvars, MOVE) == ["b"]
    assert outcome(hostvars, "a") == {"changed": False, "failed": True, "msg": "refused"}
    assert outcome(hostvars, "b")["failed"] is False


# -- what hosts share -----------------------------------------------------------------------------------------------------------


def test_a_package_is_one_entry_for_all_tenants():
    hostvars = play(request("a"), request("b", virtual_server="Tenant B"), request("c", version="6.1"))
    assert step_entries(list(hostvars), hostvars, PACKAGES, "a") == [
        {"name": "KSVLA", "version": "5.2", "virtual_server": ["Tenant A", "Tenant B"]},
        {"name": "KSVLA", "version": "6.1", "virtual_server": ["Tenant A"]},
    ]


def svm_play(descriptions, **registered):
    found = {}
    for host, (infrastructure, type) in descriptions.items():
        steps = {
            "svm_deployment_connections": [{"label": "VMWARE vc", **infrastructure}],
            "svm_deployment_missing": [{"label": host, "name": host}],
            "svm_deployment_images": [{"label": "/a.xml", "manifest_path": "/a.xml", "types": [type]}],
            "svm_deployment_deployment": [{"label": host, "name": host}],
        }
        one = {"role": "svm_deployment", "label": "v", "connection": {}, "virtual_server": None, "account": None, "steps": steps}
        found[host] = {"svm_deployment_request": {"request": one}, **registered}
    return found


def test_an_infrastructure_is_one_entry_and_images_have_all_types():
    missing = loop(call("svms", {"label": "a", "result": "deployed"}, {"label": "b", "result": "deployed"}))
    hostvars = svm_play({"a": ({"type": "VMWARE"}, "VMWARE"), "b": ({"type": "VMWARE"}, "PROXMOX")}, svm_deployment_missing=missing)
    assert step_entries(["a", "b"], hostvars, "svm_deployment_connections", "a") == [{"label": "VMWARE vc", "type": "VMWARE"}]
    assert step_entries(["a", "b"], hostvars, "svm_deployment_images", "a") == [
        {"label": "/a.xml", "manifest_path": "/a.xml", "types": ["VMWARE", "PROXMOX"]}
    ]


def test_two_descriptions_of_one_infrastructure_name_their_hosts():
    descriptions = {"a": ({"admin": 1}, "VMWARE"), "b": ({"admin": 2}, "VMWARE"), "c": ({"admin": 1}, "VMWARE")}
    hostvars = svm_play(descriptions)
    entries = step_entries(list(hostvars), hostvars, "svm_deployment_connections", "a")
    assert [entry["label"] for entry in entries] == ["VMWARE vc for a, c", "VMWARE vc for b"]
    results = [{"label": entry["label"], "result": "failed", "reason": "two"} for entry in entries]
    hostvars = svm_play(descriptions, svm_deployment_connections=loop(call("infrastructures", *results)))
    assert step_connections(list(hostvars), hostvars, "svm_deployment_missing") == []


def test_ids_are_taken_from_earlier_steps_and_nothing_is_deployed_that_is_there():
    registered = {
        "svm_deployment_connections": loop(
            call("infrastructures", {"label": "VMWARE vc", "result": "connected", "infrastructure_id": "i"})
        ),
        "svm_deployment_missing": loop(call("svms", {"label": "a", "result": "deployed"}, {"label": "b", "result": "unchanged"})),
        "svm_deployment_images": loop(call("images", {"label": "/a.xml", "result": "registered", "image_id": "m"})),
    }
    hostvars = svm_play({"a": ({}, "VMWARE"), "b": ({}, "VMWARE")}, **registered)
    assert step_entries(["a", "b"], hostvars, "svm_deployment_deployment", "a") == [
        {"label": "a", "name": "a", "infrastructure_id": "i", "image_id": "m"}
    ]


# -- results ------------------------------------------------------------------------------------------------------------------


def test_the_result_of_a_host_is_its_own():
    diff = {"before": "group:\n", "after": "group: Серверы\n"}
    hostvars = play(
        request("a"),
        request("b"),
        **{
            PACKAGES: loop(call("packages", {"name": "KSVLA", "version": "5.2", "virtual_server": "Tenant A", "result": "unchanged"})),
            MOVE: loop(call("hosts", *hosts(a={"result": "unchanged"}, b={"result": "moved", "diff": diff}))),
            INSTALL: loop(call("hosts", *hosts(a={"result": "unchanged"}, b={"result": "failed", "reason": "Error 1603."}))),
            PLACEMENT: loop(call("hosts", *hosts(a={"result": "unchanged"}))),
        },
    )
    assert outcome(hostvars, "a") == {
        "changed": False,
        "failed": False,
        "msg": "Tenant A: unchanged, KSVLA 5.2: unchanged, Web: unchanged",
    }
    assert outcome(hostvars, "b") == {
        "changed": True,
        "failed": True,
        "msg": "Tenant A: moved, KSVLA 5.2: failed (Error 1603)",
        "diff": [{"before_header": "b (Tenant A)", "after_header": "b (Tenant A)", **diff}],
    }


@pytest.mark.parametrize("accepted", [False, True])
def test_pending_is_a_failure_unless_it_is_accepted(accepted):
    hostvars = play(request("a"), **{MOVE: loop(call("hosts", *hosts(a={"result": "pending", "reason": "it is off"})))})
    found = outcome(hostvars, "a", pending_ok=accepted)
    assert found == {"changed": False, "failed": not accepted, "msg": "Tenant A: pending (it is off)"}


@pytest.mark.parametrize(("task_id", "failed"), [("45", False), (None, True)])
def test_a_host_of_a_wave_that_was_not_started_has_failed_all_the_same(task_id, failed):
    held = {"result": "pending", "reason": "wave 2 of 2 was not started", "wave": 2, "task_id": task_id}
    hostvars = play(request("a"), **{INSTALL: loop(call("hosts", *hosts(a=held)))})
    assert outcome(hostvars, "a", pending_ok=True)["failed"] == failed


def test_what_hosts_share_is_told_when_there_is_nothing_else_and_when_it_fails():
    entry = {"name": "KSVLA", "version": "5.2", "virtual_server": "Tenant A", "result": "distributed"}
    assert outcome(play(request("a"), **{PACKAGES: loop(call("packages", entry))}), "a") == {
        "changed": True,
        "failed": False,
        "msg": "KSVLA: distributed",
    }
    bad = {**entry, "result": "failed", "reason": "no such package."}
    assert outcome(play(request("a"), **{PACKAGES: loop(call("packages", bad))}), "a")["msg"] == "KSVLA: failed (no such package)"


def test_one_reason_is_told_once():
    step = _steps.ROLES[ROLE][PACKAGES]
    told = [(step, {"name": name, "result": "failed", "reason": "refused."}) for name in ("1103", "KSVLA")]
    assert [part.text for part in _outcome._parts(told)] == ["1103, KSVLA: failed (refused)"]


def test_steps_that_did_not_run_count_for_nothing():
    assert outcome(play(request("a")), "a") == {"changed": False, "failed": False, "msg": "nothing to do"}
    assert outcome(play(request("a"), **{MOVE: {"results": [], "skipped": True}}), "a")["failed"] is False


@pytest.mark.parametrize("registered", [{"skipped": True}, {"results": [{"skipped": True, "item": "a"}]}])
def test_a_step_that_a_condition_has_left_out_fails_its_hosts(registered):
    assert outcome(play(request("a"), **{MOVE: registered}), "a")["msg"] == _steps.SKIPPED


# -- doors --------------------------------------------------------------------------------------------------------------------


def test_what_was_refused_in_an_earlier_batch_is_not_asked_again():
    batch = play(request("a"), **{PACKAGES: loop({"item": "a", "msg": "No.", "failure": {"kind": "authentication"}})})
    closed = _steps.closed_before(ROLE, ["a"], batch.__getitem__)
    assert _steps.refusal(request("b", virtual_server="Tenant B"), closed) == "No. It is not contacted again in this play."
    assert _steps.refusal(request("b", server="other.test"), closed) is None
    later = {"b": {"tenant_onboarding_request": {"failed": True, "msg": "x", "closed": closed}}, **batch}
    assert _steps.closed_before(ROLE, ["b", "a"], later.__getitem__) == closed


def test_a_refused_account_of_a_tenant_is_that_of_the_tenant():
    entry = {"label": "a", "virtual_server": "Tenant A", "result": "failed", "reason": "No", "error": "authentication"}
    closed = _steps.closed_before(ROLE, ["a"], play(request("a"), **{MOVE: loop(call("hosts", entry))}).__getitem__)
    assert _steps.refusal(request("b"), closed) and _steps.refusal(request("b", virtual_server="Tenant B"), closed) is None


def test_other_errors_close_nothing():
    batch = play(request("a"), **{MOVE: loop({"item": "a", "msg": "x", "failure": {"kind": "refused"}})})
    assert _steps.closed_before(ROLE, ["a"], batch.__getitem__) == []


# -- protection -----------------------------------------------------------------------------------------------------------------


def look(returned, required="none", build=None):
    wanted = {"label": "a", "virtual_server": "Tenant A", "product": {"name": "KSVLA", "version": "5.2"}}
    one = {"role": "tenant_status", "connection": {}, "build": build, "steps": {"tenant_status_look": [wanted]}}
    found = _steps.Returned(_steps.ROLES["tenant_status"]["tenant_status_look"], returned)
    return _outcome.protection("a", one, found, {}.__getitem__, required)


def host(state="protected", reasons=(), **more):
    base = {"label": "a", "virtual_server": "Tenant A", "group": "", "has_product": True, "agent_alive": True, "status": "ok"}
    return {**base, "protection": {"state": state, "reasons": list(reasons)}, **more}


def test_how_protected_a_host_is():
    assert look(loop(call("hosts", host())), required="protected") == {
        "changed": False,
        "failed": False,
        "protected": True,
        "protection": "protected",
        "reasons": [],
        "installed": True,
        "drift": [],
        "msg": "Tenant A, Managed devices: KSVLA 5.2 installed, agent connected, status ok, protected",
    }


@pytest.mark.parametrize(("state", "words"), [("unprotected", "not protected: Bad; Worse"), ("unknown", "protection unknown: Bad; Worse")])
def test_why_a_host_is_not_protected(state, words):
    entry = loop(call("hosts", host(state, ["Bad.", "Worse."])))
    assert {required: look(entry, required)["failed"] for required in ("protected", "installed", "none")} == {
        "protected": True,
        "installed": False,
        "none": False,
    }
    found = look(entry)
    assert found["protection"] == state and found["reasons"] == ["Bad.", "Worse."] and found["msg"].endswith(words)


@pytest.mark.parametrize("has_product", [False, None])
def test_a_host_that_is_not_known_to_have_its_application(has_product):
    entry = loop(call("hosts", host("unprotected", has_product=has_product)))
    assert look(entry, "installed")["failed"] is True and look(entry)["failed"] is False


@pytest.mark.parametrize(
    ("entry", "drift"),
    [
        ({"protection_version": "5.2.27"}, []),
        ({"protection_version": "5.2.25"}, ["build 5.2.27 is declared, but build 5.2.25 is installed"]),
        (
            {"has_product": False, "protection_installed": True, "protection_version": "5.1.1"},
            ["KSVLA 5.2 is declared, but another application or version is installed (build 5.1.1)"],
        ),
        ({"duplicates": ["x", "y"]}, ["other records have its address or name: x, y"]),
    ],
)
def test_where_a_host_is_not_as_declared(entry, drift):
    found = look(loop(call("hosts", host(**entry))), build="5.2.27")
    assert found["drift"] == drift and all(words in found["msg"] for words in drift)


@pytest.mark.parametrize(
    ("absent", "failed", "protection"),
    [
        ({}, False, "unprotected"),
        ({"records": ["1", "2"]}, False, "unknown"),
        ({"error": "authentication"}, True, "unknown"),
        ({"error": "unreachable"}, True, "unknown"),
        ({"error": "input"}, False, "unknown"),  # the virtual server does not exist yet
    ],
)
def test_a_host_that_was_not_found(absent, failed, protection):
    entry = loop(call("hosts", missing=[{"label": "a", "reason": "no record.", "error": None, **absent}]))
    found = look(entry)
    assert (found["failed"], found["protected"], found["protection"], found["msg"]) == (failed, False, protection, "Tenant A: no record")
    assert bool(found["drift"]) == (not absent)
    assert look(entry, "installed")["failed"] is True


def test_a_look_that_failed():
    found = look(loop({"item": "a", "msg": "No."}))
    assert (found["failed"], found["protection"], found["msg"]) == (True, "unknown", "No.")


def test_protected_hosts_are_counted():
    gone, several = {"label": "d", "reason": "none", "error": None, "records": []}, {"label": "e", "error": None, "records": ["1", "2"]}
    entries = [host(), host("unprotected", label="b"), host("unknown", label="c", has_product=False)]
    seen = loop(call("hosts", *entries, missing=[gone, several]))
    assert count_protected(list("abcde"), seen) == (
        "1 of 5 hosts are protected, 2 are not, 2 are unknown; the application is installed on 2"
    )
    assert count_protected(["a"], loop(call("hosts", host()))) == "1 of 1 hosts are protected; the application is installed on 1"
    assert count_protected(["a"], {"failed": True, "msg": "No."}).startswith("0 of 1 hosts are protected, 1 is unknown")


def test_what_tenants_have_in_common():
    groups = [
        {"path": "", "shows_missing_svm": True, "policies": [{"active": True}], "reasons": []},
        {"path": "Web", "shows_missing_svm": False, "policies": [], "reasons": []},
        {"path": "Db", "shows_missing_svm": None, "policies": None, "reasons": ["no right"]},
    ]
    keys = [
        {"product": "KSV", "expires": "2027-06-13T00:00:00Z", "limit": 10, "hosts": 2},
        {"expires": "2026-12-15T00:00:00Z", "hosts": None},
    ]
    servers = [
        {"virtual_server": "Tenant A", "groups": groups, "license_keys": [], "license_keys_reason": ""},
        {"virtual_server": None, "groups": [], "license_keys": keys, "license_keys_reason": ""},
        {"virtual_server": "Tenant B", "groups": [], "license_keys": None, "license_keys_reason": "no right"},
    ]
    assert tenant_report(loop(call("hosts", servers=servers), call("hosts", servers=servers)), {}) == [
        "Tenant A, Web: the condition suggested_by_product is turned off for the group, so a missing SVM is not shown",
        "Tenant A, Web: no active policy applies to the group",
        "Tenant A, Db: no right",
        "primary server: the license key for an application expires at 2026-12-15T00:00:00Z",
        "primary server: the license key for KSV expires at 2027-06-13T00:00:00Z, 2 of 10 devices use it",
        "Tenant B: it is not known when license keys expire: no right",
    ]


def test_hosts_that_are_not_in_the_inventory():
    strangers = [
        {"name": "web-01", "ip": "192.0.2.1", "virtual_server": "Tenant A", "group": ""},
        {"name": "moved", "ip": "192.0.2.2", "virtual_server": "Tenant A", "group": "Web"},
        {"name": "DB-01~~12", "ip": "192.0.2.3", "virtual_server": "Tenant A", "group": "Web"},
        *({"name": "new-%d" % number, "ip": None, "virtual_server": "Tenant A", "group": None} for number in range(12)),
    ]
    hostvars = {
        "a": {"ansible_host": "192.0.2.1"},
        "b": {"ansible_host": "x", "ksv_ip": "192.0.2.2"},
        "db-01": {},
        "c": {"ksv_ip": "{{ c }}"},
    }
    (line,) = tenant_report(loop(call("hosts", undeclared=strangers)), hostvars)
    assert line.startswith("Tenant A: 12 hosts are not in the inventory: new-0 (None, Managed devices)") and line.endswith("and 2 more")


# -- clusters -----------------------------------------------------------------------------------------------------------------


def test_the_members_of_a_cluster():
    def member(role, cluster="c"):
        return {"ha_cluster_request": {"request": {"cluster": cluster, "server_role": role}}}

    hostvars = {"a": member("primary"), "b": member("reserve"), "x": member("primary", "d"), "y": {}}
    assert cluster_members(list(hostvars), hostvars, "b") == {"primary": "a", "reserve": "b", "problem": ""}
    assert "d has 0 reserve servers in this play instead of one" in cluster_members(list(hostvars), hostvars, "x")["problem"]
    assert cluster_members(list(hostvars), hostvars, "y")["problem"]
    with pytest.raises(AnsibleFilterError):
        cluster_members("a", hostvars, "a")


def test_ten_thousand_hosts_take_a_step_in_seconds():
    names = ["h%05d" % number for number in range(10000)]
    moved = loop(call("hosts", *hosts(**{name: {"result": "moved"} for name in names})))
    hostvars = play(*(request(name, virtual_server="T%d" % (number % 50)) for number, name in enumerate(names)), **{MOVE: moved})
    begun = time.process_time()
    assert len(step_entries(names, hostvars, INSTALL, names[0])) == 10000
    assert time.process_time() - begun < 3
