# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters and the action that let each inventory host have its own outcome."""

from __future__ import annotations

import types

import pytest
from ansible.errors import AnsibleActionFail, AnsibleError, AnsibleFilterError
from ansible_collections.ksv.light_agent.plugins.action.host_verdict import ActionModule
from ansible_collections.ksv.light_agent.plugins.filter import outcomes as outcomes_plugin
from ansible_collections.ksv.light_agent.plugins.filter import tenants as tenants_plugin
from ansible_collections.ksv.light_agent.plugins.filter.outcomes import outcomes
from ansible_collections.ksv.light_agent.plugins.filter.tenants import tenants

HOSTS = {"web-1": "192.0.2.11", "web-2": "192.0.2.12", "db-1": "192.0.2.21"}


def entry(ip, result, reason="", **more):
    return dict({"ip": ip, "result": result, "reason": reason}, **more)


# -- outcomes ---------------------------------------------------------------------------------------------------------------


def test_each_host_gets_what_was_done_to_it_in_the_order_of_the_work():
    moved = {
        "hosts": [entry("192.0.2.11", "moved", virtual_server="Tenant A"), entry("192.0.2.12", "unchanged", virtual_server="Tenant A")]
    }
    installed = {
        "hosts": [entry("192.0.2.11", "installed", product="KSVLA 5.2"), entry("192.0.2.12", "failed", "Error 1603.", product="KSVLA 5.2")]
    }
    found = outcomes(HOSTS, [{"what": "virtual_server", "run": moved}, {"what": "product", "run": installed}])
    assert found == {
        "web-1": {"changed": True, "failed": False, "msg": "Tenant A: moved, KSVLA 5.2: installed"},
        "web-2": {"changed": False, "failed": True, "msg": "Tenant A: unchanged, KSVLA 5.2: failed (Error 1603)"},
        "db-1": {"changed": False, "failed": False, "msg": "nothing to do"},
    }


@pytest.mark.parametrize(
    ("result", "changed", "failed"),
    [
        ("moved", True, False),
        ("unassigned", True, False),
        ("removed", True, False),
        ("installed", True, False),
        ("unchanged", False, False),
        ("pending", False, True),
        ("failed", False, True),
        ("missing", False, False),
    ],
)
def test_what_each_result_means(result, changed, failed):
    found = outcomes({"a": "192.0.2.1"}, [{"what": "x", "run": {"hosts": [entry("192.0.2.1", result)]}}])["a"]
    assert (found["changed"], found["failed"]) == (changed, failed)


def test_a_missing_host_fails_where_there_is_a_reason_for_it():
    run = {"hosts": [entry("192.0.2.11", "missing", "no record"), entry("192.0.2.12", "missing")]}
    found = outcomes(HOSTS, [{"what": "x", "run": run}])
    assert (found["web-1"]["failed"], found["web-2"]["failed"]) == (True, False)


def test_the_results_of_a_loop_are_taken_together():
    loop = {"results": [{"hosts": [entry("192.0.2.11", "moved")]}, {"hosts": [entry("192.0.2.21", "moved")]}]}
    found = outcomes(HOSTS, [{"what": "x", "run": loop}])
    assert [found[host]["changed"] for host in HOSTS] == [True, False, True]


def test_a_batch_that_failed_as_a_whole_fails_for_its_hosts_only():
    loop = {
        "results": [
            {"failed": True, "msg": "No such package.", "batch": {"label": "KSVLA 5.2", "ip": ["192.0.2.11", "192.0.2.12"]}},
            {"hosts": [entry("192.0.2.21", "installed", product="kesl 12.1")]},
        ]
    }
    found = outcomes(HOSTS, [{"what": "product", "run": loop, "item": "batch"}])
    assert [found[host]["failed"] for host in HOSTS] == [True, True, False]
    assert found["web-1"]["msg"] == "KSVLA 5.2: failed (No such package)"


def test_a_step_that_failed_as_a_whole_fails_for_all():
    found = outcomes(HOSTS, [{"what": "x", "run": {"failed": True, "msg": "Cannot reach the server."}}])
    assert {(outcome["failed"], outcome["msg"]) for outcome in found.values()} == {(True, "Cannot reach the server.")}


@pytest.mark.parametrize("run", [None, {}, {"skipped": True}, {"results": []}, {"hosts": []}])
def test_steps_that_did_not_run(run):
    assert outcomes({"a": "192.0.2.1"}, [{"what": "x", "run": run}])["a"] == {"changed": False, "failed": False, "msg": "nothing to do"}


def test_another_list_and_another_key():
    found = outcomes(
        {"svm": "svm-1"}, [{"what": "w", "list": "svms", "run": {"svms": [{"name": "svm-1", "result": "deployed", "w": "S"}]}}], "name"
    )
    assert found["svm"] == {"changed": True, "failed": False, "msg": "S: deployed"}


# -- tenants ----------------------------------------------------------------------------------------------------------------


KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}


def host(address, tenant="Tenant A", product="KSVLA 5.2.0.0", **more):
    return dict(
        {"ansible_host": address, "ksv_virtual_server": tenant, "ksv_product": KSVLA if product == "KSVLA 5.2.0.0" else product}, **more
    )


def test_hosts_are_grouped_by_tenant_and_batch():
    hostvars = {
        "a1": host("192.0.2.1"),
        "a2": host("192.0.2.2", ksv_os_password="Secret-1", ksv_os_username="root"),
        "a3": host("192.0.2.3"),
        "b1": host("192.0.2.4", "Tenant B", {"name": "kesl", "version": 12.1}),
    }
    found = tenants(list(hostvars), hostvars)
    assert found["problems"] == {}
    first, second = found["tenants"]
    assert (first["virtual_server"], first["representative"]) == ("Tenant A", "a1")
    assert first["hosts"] == {"a1": "192.0.2.1", "a2": "192.0.2.2", "a3": "192.0.2.3"}
    assert [(batch["ip"], batch["representative"]) for batch in first["batches"]] == [
        (["192.0.2.1", "192.0.2.3"], "a1"),
        (["192.0.2.2"], "a2"),
    ]
    assert second["batches"][0]["product"] == {"name": "kesl", "version": "12.1"}
    assert second["batches"][0]["label"] == "kesl 12.1"


def test_no_secret_is_in_the_groups():
    hostvars = {"a1": host("192.0.2.1", ksv_os_password="Secret-1")}
    assert "Secret-1" not in repr(tenants(["a1"], hostvars))


def test_the_address_is_the_first_that_is_given():
    hostvars = {"a": host("192.0.2.1", ksv_ip="192.0.2.9"), "192.0.2.3": host(None)}
    assert tenants(list(hostvars), hostvars)["tenants"][0]["hosts"] == {"a": "192.0.2.9", "192.0.2.3": "192.0.2.3"}


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (host("192.0.2.1", None), "ksv_virtual_server"),
        (host("192.0.2.1", ""), "ksv_virtual_server"),
        (host("web-1.example.test"), '"web-1.example.test" is not an IPv4 address'),
        (host("2001:db8::1"), "IPv4"),
        (host("192.0.2.1", product=None), "ksv_product"),
        (host("192.0.2.1", product={"name": "KSVLA"}), "ksv_product"),
        (host("192.0.2.1", product="KSVLA 5.2"), "ksv_product"),
    ],
)
def test_a_host_with_wrong_variables_is_a_problem_of_its_own(variables, says):
    found = tenants(["bad", "good"], {"bad": variables, "good": host("192.0.2.2")})
    assert says in found["problems"]["bad"]["msg"] and found["problems"]["bad"]["failed"] is True
    assert found["tenants"][0]["hosts"] == {"good": "192.0.2.2"}


def test_equal_tenants_of_two_servers_are_two():
    hostvars = {"a": host("192.0.2.1", ksv_ksc_server="ksc1"), "b": host("192.0.2.1", ksv_ksc_server="ksc2")}
    assert len(tenants(["a", "b"], hostvars)["tenants"]) == 2


def test_a_name_is_no_list():
    with pytest.raises(AnsibleFilterError, match="ansible_play_batch"):
        tenants("web-1", {})


def test_the_filters_are_found_by_name():
    assert set(outcomes_plugin.FilterModule().filters()) == {"outcomes"}
    assert set(tenants_plugin.FilterModule().filters()) == {"tenants"}


# -- host_verdict -------------------------------------------------------------------------------------------------------------


class Task:
    async_val = 0
    diff = check_mode = False
    action = "ksv.light_agent.host_verdict"
    environment = None
    _parent = None

    def __init__(self, arguments):
        self.args = arguments

    def get_name(self):
        return "verdict"


def verdict(arguments, variables):
    connection = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir=None))
    action = ActionModule(Task(arguments), connection=connection, play_context=None, loader=None, templar=None, shared_loader_obj=None)
    action._load_name = "host_verdict"
    return action.run(task_vars=dict(variables, inventory_hostname="web-1"))


@pytest.mark.parametrize("failed", [True, False])
@pytest.mark.parametrize("changed", [True, False])
def test_a_host_shows_its_own_outcome(changed, failed):
    outcome = {"changed": changed, "failed": failed, "msg": "Tenant A: moved"}
    result = verdict({"outcomes": "found"}, {"found": {"web-1": outcome}})
    assert {key: result[key] for key in outcome} == outcome


def test_a_host_without_an_outcome_is_unchanged():
    result = verdict({"outcomes": "found"}, {"found": {"web-2": {}}})
    assert result["changed"] is False and not result.get("failed") and "nothing" in result["msg"]


@pytest.mark.parametrize("variables", [{}, {"found": "text"}, {"found": None}])
def test_a_variable_that_holds_no_outcomes(variables):
    with pytest.raises(AnsibleActionFail, match="found"):
        verdict({"outcomes": "found"}, variables)


@pytest.mark.parametrize("arguments", [{}, {"outcomes": "found", "other": 1}])
def test_wrong_arguments_of_the_action(arguments):
    with pytest.raises(AnsibleError):
        verdict(arguments, {"found": {}})
