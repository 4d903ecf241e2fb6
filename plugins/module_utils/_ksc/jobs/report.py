# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""When failed hosts make the module fail."""

from __future__ import annotations

import typing as t

from ..._core.module import Context
from ..._core.plan import Plan
from ..._core.report import failure


def host_failure(context: Context, plan: Plan, where: str, task_ids: t.Sequence[str]) -> t.Optional[str]:
    """The failure message for hosts that failed or are not done in time; None when there are none, or only to report."""
    params = context.params
    if params["on_failure"] == "report":
        return None
    return failure(plan, "hosts", where, wait=params["wait"], wait_timeout=params["wait_timeout"], task_id=", ".join(task_ids) or None)
