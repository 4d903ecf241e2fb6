# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ksv.light_agent.host_result; see modules/host_result.py. It runs on the controller, in the worker itself."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.ksv.light_agent.plugins.module_utils._core.naming import printable
from ansible_collections.ksv.light_agent.plugins.plugin_utils import _outcome, _steps, _svms
from ansible_collections.ksv.light_agent.plugins.plugin_utils._report import files

ARGUMENTS = {
    "request": {"type": "str", "required": True},
    "results": {"type": "list", "elements": "str", "required": True},
    "pending_ok": {"type": "bool", "default": False},
    "required": {"type": "str"},
    "report": {"type": "str"},
}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _checks, arguments = self.validate_argument_spec(ARGUMENTS)
        variables = task_vars or {}
        # By name: handing over what was registered would template all of it once for each host.
        registered = variables.get(arguments["request"])
        request = _steps.request_in(registered)
        if request is None:
            return dict(result, **_without_request(arguments["request"], registered))
        steps = _steps.ROLES[request["role"]]
        strangers = [name for name in arguments["results"] if name not in steps]
        if strangers:
            raise AnsibleActionFail("%s: no step of the role %s registers this variable." % (", ".join(strangers), request["role"]))
        host = variables["inventory_hostname"]
        others = variables["hostvars"].__getitem__

        def returned(name: str) -> _steps.Returned:
            return _steps.Returned(steps[name], variables.get(name) if name in arguments["results"] else None)

        required = _required(request["role"], arguments["required"])
        if request["role"] == "tenant_status":
            found = _outcome.protection(host, request, returned("tenant_status_look"), others, required)
        elif request["role"] == "tenant_cleanup":
            found = _outcome.cleanup(request, returned, others)
        elif request["role"] == "svm_status":
            check = bool(self._task.check_mode)
            found = _svms.status(host, request, returned("svm_status_look"), others, required, check)
        elif arguments["results"] == ["svm_replacement_proof"]:
            upgraded = _svms.upgrading(variables["hostvars"]) if self._task.check_mode else ()
            found = _svms.proof(request, returned("svm_replacement_proof"), others, required, upgraded)
        else:
            found = _outcome.outcome(host, request, returned, others, arguments["pending_ok"])
        lacking = _report_missing(request, variables.get(arguments["report"]) if arguments["report"] else None)
        if lacking:
            found.update(failed=True, msg="%s; report: %s" % (found["msg"].rstrip("."), lacking))
        found["msg"] = printable(found["msg"])  # which holds words of servers, and goes to terminals as it is
        return dict(result, **found, _ansible_verbose_always=True)


def _report_missing(request: t.Mapping[str, t.Any], registered: t.Any) -> str:
    """Why the report that a host asks for is not there; empty if it is, or none was asked for."""
    report = request.get("report")
    if report is None or not isinstance(registered, t.Mapping) or registered.get("skipped"):
        return ""
    if "files" not in registered:
        return str(registered.get("msg") or "it was not written")
    path = files.real_path(report["path"])
    return next((str(one["error"]) for one in registered["files"] if one.get("error") and files.real_path(one["path"]) == path), "")


def _required(role: str, given: t.Optional[str]) -> str:
    """What a host has to be."""
    if role == "tenant_status":
        known = _outcome.REQUIRED
        default = _outcome.NONE
    else:
        known = {word: word for word in _svms.REQUIRED.get(role, ())}
        default = next(iter(known), _outcome.NONE)
    if given is None or not known:
        return default
    if given.casefold() not in known:
        raise AnsibleActionFail("required: %s is not one of %s." % (given, ", ".join(dict.fromkeys(known.values()))))
    return known[given.casefold()]


def _without_request(name: str, registered: t.Any) -> dict[str, t.Any]:
    """The result of a host that the steps have left out, such as under ignore_errors or a condition."""
    if isinstance(registered, t.Mapping) and registered.get("failed"):
        return {"changed": False, "failed": True, "msg": str(registered.get("msg"))}
    if isinstance(registered, t.Mapping) and registered.get("skipped"):
        return {"changed": False, "skipped": True}
    raise AnsibleActionFail("%s is not a request; register the result of ksv.light_agent.host_request in it." % name)
