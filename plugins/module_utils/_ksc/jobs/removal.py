# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""How records of hosts are removed, and how a write for many hosts finds out which of them the server refuses."""

from __future__ import annotations

import typing as t

from ..._core.errors import AccessDenied, AnswerLost, NoSuchCall, RequestRefused, TemporarilyUnavailable
from ..._core.plan import Plan
from ..api import hosts
from ..api.session import Session
from .selection import Selector

NOT_PERMITTED = 1193  # KLSTD; not with this host, or not with this account


def remove(session: Session, ids: t.Sequence[str], plan: Plan) -> dict[str, str]:
    """Remove records; those that the server still lists, each with the reason."""
    refused: dict[str, str] = {}
    left = list(ids)
    there: t.Container[str] = left
    one_by_one = False
    for _attempt in (1, 2, 3):  # KSC 15.1 and later: the first call only moves to Unassigned devices
        if not left:
            break
        try:
            if not one_by_one:
                each_its_own([left], lambda some: hosts.remove(session, some), refused, plan)
        except NoSuchCall:
            one_by_one = True
        if one_by_one:
            each_its_own([[id] for id in left], lambda some: hosts.remove_one(session, some[0]), refused, plan)
        there = read(session, ids)
        left = [id for id in left if id in there and id not in refused]
    # One that is gone although the server refused it, another run has removed.
    failed = {id: refused.get(id, "") for id in ids if id in there}
    return {id: "the server still lists it after RemoveHosts%s" % (": " + why if why else "") for id, why in failed.items()}


def each_its_own(
    parts: t.Sequence[t.Sequence[str]], write: t.Callable[[t.Sequence[str]], None], refused: dict[str, str], plan: Plan
) -> None:
    """Write for each part of the ids; what the server refuses is written in halves, until each id that it refuses is known."""
    rest = list(parts)
    while rest:
        part = rest.pop(0)
        try:
            with plan.writing():
                write(part)
        except AnswerLost:
            pass  # what happened is read back
        except (NoSuchCall, TemporarilyUnavailable):
            raise
        except RequestRefused as error:
            if isinstance(error, AccessDenied) and error.failure.get("code") != NOT_PERMITTED:
                raise  # the account, not the host
            half = len(part) // 2
            if half:
                rest[:0] = [part[:half], part[half:]]
            else:
                refused[part[0]] = error.message


def read(session: Session, ids: t.Iterable[str], fields: t.Sequence[str] = hosts.FIELDS) -> dict[str, hosts.Host]:
    """The records of these ids that are there, by id."""
    return {host.id: host for host in hosts.matching(session, [Selector("id", id).condition for id in ids], fields)}
