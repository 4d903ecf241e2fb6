# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""When failed hosts make the module fail, and how that reads."""

from __future__ import annotations

import typing as t

from .._core.module import Context
from .._core.plan import FAILED, PENDING, Plan, Step

SHOWN = 10  # hosts that a message names; the returned list has all


def host_failure(context: Context, plan: Plan, where: str, task_id: t.Optional[str]) -> t.Optional[str]:
    """The failure message for hosts that failed or are not done in time; None when there are none, or only to report."""
    if context.params["on_host_failure"] == "report":
        return None
    sentences = []
    failed = plan.with_result(FAILED)
    if failed:
        sentences.append("%d of %d hosts failed on %s: %s." % (len(failed), len(plan.steps), where, _listed(failed)))
    pending = plan.with_result(PENDING) if context.params["wait"] else []
    if pending:
        sentences.append(
            "%d of %d hosts on %s are not done after %s s: %s. Task %s goes on there; run this again to wait for it."
            % (len(pending), len(plan.steps), where, context.params["wait_timeout"], _listed(pending), task_id)
        )
    return " ".join(sentences) or None


def _listed(steps: t.Sequence[Step]) -> str:
    names = ["%s: %s" % (step.object, step.reason.rstrip(".")) for step in steps[:SHOWN]]
    if len(steps) > SHOWN:
        names.append("and %d more" % (len(steps) - SHOWN))
    return "; ".join(names)
