# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asynchronous actions and ``AsyncActionStateChecker``.

Source: ksc-openapi.md section 7 (14 a00489, 13 a00675, go-ksc's paraphrase of the reference): an early check is 1195, a forgotten id
1186, a foreign session 1184, the delay is in milliseconds.
"""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Callable

from .api import Call, method
from .errors import HttpRefusal, KscError, no_access, not_found, unavailable
from .sessions import Session
from .wire import bare


@dataclass(eq=False)
class Action:
    """Something that goes on in the background until the simulated time ``due``; then ``finish(due)`` is called once."""

    guid: str
    session: Session
    due: float
    finish: Callable[[float], Any]
    next_check: float = 0.0
    done: bool = False
    error: KscError | None = None
    result: Any = None
    ok_code: int = 1
    fields: dict[str, Any] = field(default_factory=dict)


def begin(call: Call, seconds: float, finish: Callable[[float], Any], ok_code: int = 1) -> Action:
    """Begin an action; ``finish(due_time)`` runs when it is due and may raise KscError to make it fail. Return it."""
    action = Action(secrets.token_hex(16).upper(), call.session, call.now + seconds, finish, ok_code=ok_code)

    def complete(when: float) -> None:
        action.done = True
        try:
            action.result = finish(when)
        except KscError as error:
            action.error = error

    call.session.actions[action.guid] = action
    call.ksc.actions[action.guid] = action
    call.ksc.timeline.at(action.due, complete)
    waiting = [item for item in call.session.actions.values() if item.done]
    if call.settings.max_uncollected_actions and len(waiting) > call.settings.max_uncollected_actions:
        call.ksc.sessions.end(call.session)
        call.exchange.connection.abort()
        raise HttpRefusal(503, "Too many finished actions that nobody asked about")
    return action


def fetch(call: Call, guid: str) -> Action:
    """Return an action of the caller's session; 1186 or 1184 otherwise."""
    action: Action | None = call.ksc.actions.get(guid)
    if action is None:
        raise not_found("no action %s (unknown, or its end was already told)" % guid)
    if action.session is not call.session and call.settings.action_ownership:
        raise no_access("action %s was begun in another session or on another connection" % guid)
    return action


def forget(call: Call, action: Action) -> None:
    """Forget an action."""
    call.ksc.actions.pop(action.guid, None)
    action.session.actions.pop(action.guid, None)


def state_data(error: KscError, layout: str) -> dict[str, Any]:
    """Return pStateData of a failed action (ksc-openapi.md section 7, error layout)."""
    info = {
        "KLBLAG_ERROR_CODE": error.code,
        "KLBLAG_ERROR_SUBCODE": error.subcode,
        "KLBLAG_ERROR_MODULE": error.module,
        "KLBLAG_ERROR_FNAME": "simulator",
        "KLBLAG_ERROR_LNUMBER": 1,
        "KLBLAG_ERROR_MSG": error.message,
    }
    described = {"GNRL_EA_DESCRIPTION": error.message}
    return dict(described, **info) if layout == "flat" else dict(described, KLBLAG_ERROR_INFO=info)


@method("AsyncActionStateChecker.CheckActionState", {"wstrActionGuid": "string"}, documented=True)
def check_action_state(call: Call, wstrActionGuid: str) -> dict[str, Any]:
    """Tell how an action fares, and forget it once its end was told."""
    action = fetch(call, wstrActionGuid)
    now = call.now
    if now < action.next_check and call.settings.early_check == "error":
        raise unavailable(
            "action %s is asked about too early, %d ms before lNextCheckDelay has passed"
            % (action.guid, call.ksc.clock.wall_milliseconds(action.next_check - now) + 1)
        )
    if not action.done:
        delay = max(1, call.ksc.clock.wall_milliseconds(min(max(action.due - now, 0.0), call.settings.action_check_seconds)))
        action.next_check = now + delay * (call.ksc.clock.speed or 1.0) / 1000.0
        return {"bFinalized": False, "bSuccededFinalized": False, "lStateCode": 0, "pStateData": {}, "lNextCheckDelay": delay}
    forget(call, action)
    if action.fields.get("keep"):
        action.fields["keep"](action)
    data = {} if action.error is None else bare(state_data(action.error, call.settings.action_error_layout))
    return {
        "bFinalized": True,
        "bSuccededFinalized": action.error is None,
        "lStateCode": action.ok_code if action.error is None else 0,
        "pStateData": data,
        "lNextCheckDelay": 0,
    }
