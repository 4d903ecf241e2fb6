# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Waiting for connections to infrastructures, many side by side (contract, sections 6.1 to 6.3)."""

from __future__ import annotations

import functools
import typing as t

from ..._core.errors import AnswerLost, CollectionError, WaitTimeout
from ..._core.module import Context
from ..._core.naming import seconds
from ..._core.plan import Change, Plan
from ..._core.waiting import Clock, Waiting
from ..api import infrastructures
from ..api.idle_grace import IdleGrace
from ..api.infrastructures import Infrastructure
from ..api.session import NotFound, Session
from .flow import Flow, Steps, patiently, run

REFRESH_SECONDS = 300.0  # the limit of the contract for connections


class ConnectionFailed(CollectionError):
    """The Integration Server could not connect to the infrastructure."""

    kind = "connection_failed"


def until_settled(session: Session, id: str, clock: Clock, *, at_least: int = 1, forgive_looks: int = 0) -> Steps[Infrastructure]:
    """Look until a connection has come about or failed; the infrastructure as it is then.

    ``at_least``: looks before "connected" counts, as the record may be from before; ``forgive_looks``: the same for
    "failed".

    :raises NotFound: the record is gone
    """
    looks = 0
    grace = IdleGrace(clock)
    while True:
        found = yield from patiently(lambda: infrastructures.read(session, id))
        if found is None:
            raise NotFound(
                "%s no longer has infrastructure %s." % (session, id),
                server=session.server.address,
                infrastructure_id=id,
            )
        looks += 1
        given_up = grace.is_over(found.idle)
        if found.connected:
            if looks >= at_least:
                return found
        elif (found.failed and looks > forgive_looks) or given_up:
            return found
        yield "; ".join(map(str, found.connections)) or "no state"


def refresh(session: Session, id: str, clock: Clock) -> Steps[Infrastructure]:
    """Have the server refresh the infrastructure.

    :raises ConnectionFailed: it is not connected
    """
    try:
        infrastructures.refresh(session, id)
    except AnswerLost:
        infrastructures.refresh(session, id)  # doing so twice does no harm
    found = yield from until_settled(session, id, clock, at_least=2, forgive_looks=1)
    if not found.connected:
        raise failure(session, found)
    return found


Refreshed = t.Dict[str, t.Union[Infrastructure, CollectionError]]


def refresh_all(session: Session, there: t.Mapping[str, Infrastructure], context: Context) -> Refreshed:
    """Have the server refresh infrastructures, side by side: by id, each as it is then, or why it could not be read.

    One that is not read after REFRESH_SECONDS holds up the others no longer, even if the module may wait for longer.
    """
    plan = Plan([Change(str(found), {}, "known", "refresh", "refreshed", scope=found.address) for found in there.values()])
    flows = {
        id: Flow(refresh(session, id, context.clock), functools.partial(_refreshed, change)) for id, change in zip(there, plan.changes)
    }
    # A module that only reads shows no progress.
    waiting = context.waiting(("Refresh", plan) if "progress_interval" in context.params else None)
    waiting = Waiting(min(waiting.timeout, REFRESH_SECONDS), waiting.interval, waiting.clock, waiting.after_look)
    run(list(flows.values()), waiting)
    return {id: flow.result or flow.error or too_slow(session, str(there[id]), id, flow.state, waiting) for id, flow in flows.items()}


def _refreshed(change: Change, flow: Flow[Infrastructure]) -> None:
    change.settled = True
    if flow.error is not None:
        change.fail(flow.error.message)


def too_slow(session: Session, what: str, id: t.Optional[str], state: str, waiting: Waiting) -> WaitTimeout:
    """``state``: what was waited for at the deadline, in words."""
    return WaitTimeout(
        "%s is still connecting to %s after %s (%s). It continues there; run this again%s to wait for it."
        % (session, what, seconds(waiting.timeout), state.rstrip("."), ", with infrastructure_id: %s," % id if id else ""),
        server=session.server.address,
        infrastructure_id=id,
    )


def failure(session: Session, found: Infrastructure, more: str = "") -> ConnectionFailed:
    """Why an infrastructure is not connected, in words and as facts; ``more``: what to add."""
    bad = [connection for connection in found.connections if not connection.connected]
    reason = "; ".join(map(str, bad)) or "no state at all"
    primary = found.primary_address
    if primary:
        reason += (
            ". It is a secondary hypervisor of its pool, and only the primary one can be connected: %s. "
            "Give that address, or set follow_primary: true" % primary
        )
    return ConnectionFailed(
        "%s could not connect to %s: %s.%s" % (session, found, reason, more),
        server=session.server.address,
        infrastructure_id=found.id,
        type=found.type,
        address=found.address,
        primary_address=primary or None,
        connections=[connection.returned() for connection in bad],
    )
