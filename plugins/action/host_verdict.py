# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ksv.light_agent.host_verdict; see modules/host_verdict.py. It runs on the controller, in the worker itself."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _checks, arguments = self.validate_argument_spec({"outcomes": {"type": "str", "required": True}})
        # By name: handing over the whole dictionary would template it once for each host.
        outcomes = (task_vars or {}).get(arguments["outcomes"])
        if not isinstance(outcomes, t.Mapping):
            raise AnsibleActionFail("There is no variable %s with outcomes by host." % arguments["outcomes"])
        outcome = outcomes.get((task_vars or {})["inventory_hostname"])
        if outcome is None:
            return dict(result, changed=False, msg="nothing was done for this host")
        return dict(
            result,
            changed=bool(outcome["changed"]),
            failed=bool(outcome["failed"]),
            msg=str(outcome["msg"]),
            _ansible_verbose_always=True,
        )
