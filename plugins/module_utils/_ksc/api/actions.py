# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Asynchronous actions (contract ksc-openapi.md, section 7)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import TemporarilyUnavailable
from . import wire
from .session import Session


@dataclass(frozen=True)
class ActionState:
    """``next_check``: seconds before which the server does not want to be asked again; ``error``: why it failed."""

    finished: bool
    succeeded: bool = False
    next_check: t.Optional[float] = None
    error: str = ""


def state(session: Session, action: str) -> ActionState:
    """By AsyncActionStateChecker.CheckActionState. A finished action is forgotten by the server: do not ask again."""
    try:
        answer = session.call("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": action}, bound=True)
    except TemporarilyUnavailable:  # asked too early
        return ActionState(finished=False)
    if not answer.get("bFinalized"):
        delay = answer.get("lNextCheckDelay")
        return ActionState(False, next_check=delay / 1000 if isinstance(delay, int) and delay > 0 else None)
    succeeded = bool(answer.get("bSuccededFinalized"))
    return ActionState(True, succeeded, error="" if succeeded else _error(wire.record(answer.get("pStateData"))))


def _error(data: dict[str, t.Any]) -> str:
    """The text of a failed action; clients have met the KLBLAG_ERROR_ keys nested and flat."""
    info = {**data, **wire.record(data.get("KLBLAG_ERROR_INFO"))}
    text = data.get("GNRL_EA_DESCRIPTION") or info.get("KLBLAG_ERROR_MSG") or "the server gives no reason"
    code = info.get("KLBLAG_ERROR_CODE")
    return "%s (%s %s)" % (text, info.get("KLBLAG_ERROR_MODULE", "error"), code) if code else str(text)
