# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions that say what is wanted of a host and what became of it."""

from __future__ import annotations

import types

import pytest
from ansible.errors import AnsibleActionFail, AnsibleUndefinedVariable
from ansible.plugins.action import ActionBase
from ansible_collections.ksv.light_agent.plugins.action import host_request, host_result

pytestmark = pytest.mark.every_core

ARGUMENTS = {"role": "tenant_status", "ip": "192.0.2.11", "virtual_server": "Tenant A", "product": {"name": "KSVLA", "version": "5"}}
BASE = {"inventory_hostname": "web-01", "ansible_play_hosts_all": ["web-00", "web-01"], "ansible_play_batch": ["web-01"]}


class Templar:
    """Knows which values are built on something undefined."""

    def template(self, value):
        if value == "{{ vault_x }}":
            raise AnsibleUndefinedVariable("'vault_x' is undefined.")
        return value


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr(ActionBase, "run", lambda self, tmp=None, task_vars=None: {})

    def run_action(module, arguments, variables, strategy="linear", serial=()):
        action = module.ActionModule.__new__(module.ActionModule)
        play = types.SimpleNamespace(strategy=strategy, serial=list(serial))
        action._task = types.SimpleNamespace(args=arguments, get_play=lambda: play, action="x")
        action._templar = Templar()
        action._load_name = "x"
        return action.run(task_vars={"hostvars": {}, **BASE, **variables})

    return run_action


def test_a_request_is_kept_out_of_the_output_and_of_the_facts(run):
    found = run(host_request, ARGUMENTS, {"ksv_ksc_password": "Secret-1"})
    assert found["_ansible_no_log"] is True and "ansible_facts" not in found
    assert found["request"]["connection"] == {"password": "Secret-1"}


def test_a_failure_is_shown(run):
    found = run(host_request, {**ARGUMENTS, "ip": "web-01"}, {"ksv_ksc_password": "Secret-1"})
    assert found["failed"] and "_ansible_no_log" not in found and "Secret-1" not in repr(found)


@pytest.mark.parametrize("name", ["ksv_ksc_password", "ksv_virtual_server_password", "ksv_product"])
def test_a_variable_built_on_an_undefined_one(run, name):
    found = run(host_request, ARGUMENTS, {name: "{{ vault_x }}"})
    assert found["msg"] == "The variable %s of this host cannot be read: 'vault_x' is undefined" % name


def test_a_variable_of_another_role_does_not_matter(run):
    assert "request" in run(host_request, ARGUMENTS, {"ksv_klconfig_password": "{{ vault_x }}"})


@pytest.mark.parametrize("strategy", ["free", "host_pinned", "ansible.builtin.free", "mitogen_free"])
def test_strategies_that_go_host_by_host(run, strategy):
    assert "which strategy %s does not allow" % strategy in run(host_request, ARGUMENTS, {}, strategy=strategy)["msg"]


@pytest.mark.parametrize("strategy", ["linear", "ansible.builtin.linear", "debug", None])
def test_strategies_that_go_task_by_task(run, strategy):
    assert "request" in run(host_request, ARGUMENTS, {}, strategy=strategy)


def test_what_an_earlier_batch_knows_is_handed_on(run):
    door = {"door": [None, None, None, None, None], "virtual_server": "Tenant B", "reason": "No."}
    hostvars = {"web-00": {"tenant_status_request": {"failed": True, "msg": "No.", "closed": [door]}}}
    found = run(host_request, ARGUMENTS, {"hostvars": hostvars}, serial=[1])
    assert found["closed"] == [door] and "request" in found
    refused = run(host_request, {**ARGUMENTS, "virtual_server": "Tenant B"}, {"hostvars": hostvars}, serial=[1])
    assert refused["failed"] and refused["closed"] == [door]
    assert "closed" not in run(host_request, ARGUMENTS, {"hostvars": hostvars})


def test_arguments_that_there_are_not(run):
    assert "The variables of this host are not valid" in run(host_request, {**ARGUMENTS, "port": 1}, {})["msg"]


@pytest.mark.parametrize("given", [{"conditions": ["sugested"]}, {"groups": [{"path": "Web", "conditions": ["sugested"]}]}])
def test_a_misspelled_condition_fails_its_host_only(run, given):
    """It must not reach the module, whose arguments are those of all tenants."""
    found = run(host_request, {"role": "tenant", "virtual_server": "Tenant A", **given}, {})
    assert found["failed"] and "value of conditions must be one or more of: agent_inactive" in found["msg"] and "sugested" in found["msg"]


RESULT = {"request": "tenant_status_request", "results": ["tenant_status_look"]}


def test_a_result(run):
    request = run(host_request, ARGUMENTS, {})
    host = {
        "label": "web-01",
        "has_product": True,
        "agent_alive": True,
        "group": "",
        "protection": {"state": "unknown", "reasons": ["No."]},
    }
    variables = {"tenant_status_request": request, "tenant_status_look": {"results": [{"item": "web-01", "hosts": [host]}]}}
    found = run(host_result, RESULT, variables)
    assert (found["protection"], found["failed"], found["_ansible_verbose_always"]) == ("unknown", False, True)
    for required, failed in (("protected", True), ("installed", False), ("none", False), (True, False), ("False", False)):
        assert run(host_result, {**RESULT, "required": required}, variables)["failed"] is failed
    with pytest.raises(AnsibleActionFail, match="not one of protected, installed, none"):
        run(host_result, {**RESULT, "required": "perfect"}, variables)


def test_the_result_of_a_host_whose_request_failed(run):
    assert run(host_result, RESULT, {"tenant_status_request": {"failed": True, "msg": "No."}})["msg"] == "No."
    assert run(host_result, RESULT, {"tenant_status_request": {"skipped": True}})["skipped"] is True


@pytest.mark.parametrize("arguments", [{**RESULT, "request": "other"}, {"results": []}])
def test_a_result_without_a_request(run, arguments):
    with pytest.raises(AnsibleActionFail):
        run(host_result, arguments, {})


def test_a_step_of_another_role(run):
    request = run(host_request, ARGUMENTS, {})
    with pytest.raises(AnsibleActionFail, match="no step of the role tenant_status registers this variable"):
        run(host_result, {**RESULT, "results": ["svm_removal_found"]}, {"tenant_status_request": request})
