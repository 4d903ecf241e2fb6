# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ksv.light_agent.host_request; see modules/host_request.py. It runs on the controller, in the worker itself."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible_collections.ksv.light_agent.plugins.module_utils._core.naming import printable
from ansible_collections.ksv.light_agent.plugins.plugin_utils import _requests, _steps

ONE_BY_ONE = ("free", "host_pinned")  # and third-party strategies that end so
REFUSED = "The role %s works on all hosts of the play at once, which strategy %s does not allow; leave the strategy at linear."

IN_BATCHES = (
    "With serial, the hosts of a virtual server may be in several batches, so the virtual server cannot be removed with the first batch. "
    "Run the role without tenant_offboarding_remove_virtual_server, then once more with it and without serial."
)


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        closed: list[dict[str, t.Any]] = []
        try:
            wanted = self._wanted()
            role = wanted["role"]
            closed = self._closed(role, variables)
            request = _requests.build(variables["inventory_hostname"], wanted, self._read(role, variables))
            refusal = _steps.refusal(request, closed)
            if refusal is not None:
                raise _requests.NotUsable(refusal)
        except _requests.NotUsable as error:
            refused = dict(result, changed=False, failed=True, msg=printable(str(error)), **self._for_report())
            return dict(refused, closed=closed) if closed else refused
        if closed:
            result["closed"] = closed
        if "report" in request:
            result["play"] = self._play_id()
        # The request carries passwords.
        return dict(result, changed=False, request=request, _ansible_no_log=True)

    def _wanted(self) -> dict[str, t.Any]:
        checked = ArgumentSpecValidator(_requests.ARGUMENTS).validate(dict(self._task.args))
        if checked.error_messages:
            raise _requests.NotUsable("The variables of this host are not valid: %s." % "; ".join(checked.error_messages))
        wanted = checked.validated_parameters
        play = self._task.get_play()
        strategy = str(play.strategy or "linear")
        if strategy.endswith(ONE_BY_ONE):
            raise _requests.NotUsable(REFUSED % (wanted["role"], strategy))
        if wanted.get("remove_virtual_server") and play.serial:
            raise _requests.NotUsable(IN_BATCHES)
        return wanted

    def _read(self, role: str, variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The variables of the connection. All others of the role are only tried: where the value of a variable is built
        on one that is undefined, the filter default would take that for a variable that is not given."""
        found = {}
        reports = (role + "_report", role + "_report_language") if role in _requests.OF_REPORTS else ()
        for name in (*_requests.connection_variables(role).values(), *_requests.READS[role], *reports):
            if name not in variables:
                continue
            try:
                found[name] = _plain(self._templar.template(variables[name]))
            except AnsibleError as error:
                raise _requests.NotUsable("The variable %s of this host cannot be read: %s" % (name, str(error).rstrip("."))) from None
        return found

    def _for_report(self) -> dict[str, t.Any]:
        """What a report tells of a host that nothing can be done for."""
        args = self._task.args
        if args.get("role") not in _requests.OF_REPORTS or not args.get("report"):
            return {}
        known = {name: str(args[name]) for name in ("role", "virtual_server", "ip") if args.get(name)}
        path = str(args["report"])
        languages = _requests.ARGUMENTS["report_language"]["choices"]
        language = next((known for known in languages if known == args.get("report_language")), None)
        asked = {"path": path, "language": language} if _requests.report_format(path) else None
        return {**known, "report": asked, "play": self._play_id()}

    def _play_id(self) -> str:
        return str(getattr(self._task.get_play(), "_uuid", ""))

    def _closed(self, role: str, variables: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
        """What let nobody in, in an earlier batch of this play."""
        if not self._task.get_play().serial:
            return []
        everyone, batch = variables["ansible_play_hosts_all"], variables["ansible_play_batch"]
        before = everyone[: everyone.index(batch[0])] if batch else []
        return _steps.closed_before(role, reversed(before), variables["hostvars"].__getitem__)


def _plain(value: t.Any) -> t.Any:
    """Without what Ansible may wrap a value in, such as a vault's text."""
    if value is None or isinstance(value, (bool, int, float, list, dict)):
        return value
    return str(value)
