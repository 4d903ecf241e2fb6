# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""How failed objects of a plan read in one message."""

from __future__ import annotations

import typing as t

from .plan import FAILED, PENDING, Change, Plan

SHOWN = 10  # objects that a message names; the returned list has all


def failure(
    plan: Plan,
    noun: str,
    where: str,
    *,
    wait: bool,
    wait_timeout: float,
    task_id: t.Optional[str],
    again: str = "run this again",
) -> t.Optional[str]:
    """The failure message for objects that failed or, where that was waited for, are not done in time; else None."""
    sentences = []
    failed = plan.with_result(FAILED)
    if failed:
        sentences.append("%d of %d %s failed on %s: %s." % (len(failed), len(plan.changes), noun, where, _listed(failed)))
    pending = [change for change in plan.with_result(PENDING) if not change.held] if wait else []
    if pending:
        sentences.append(
            "%d of %d %s on %s have not completed (wait_timeout: %g s): %s."
            % (len(pending), len(plan.changes), noun, where, wait_timeout, _listed(pending))
        )
        if task_id is not None and "," in task_id:
            sentences.append("Tasks %s continue there; %s to wait for them." % (task_id, again))
        else:
            sentences.append("%s continues there; %s to wait for it." % ("Task %s" % task_id if task_id else "It", again))
    held = [change for change in plan.changes if change.held]
    if held:
        reasons = "; ".join(dict.fromkeys(change.reason.rstrip(".") for change in held))
        sentences.append("%d of %d %s were not started: %s." % (len(held), len(plan.changes), noun, reasons))
    return " ".join(sentences) or None


def _listed(changes: t.Sequence[Change]) -> str:
    names = ["%s: %s" % (change.object, change.reason.rstrip(".")) for change in changes[:SHOWN]]
    if len(changes) > SHOWN:
        names.append("and %d more" % (len(changes) - SHOWN))
    return "; ".join(names)
