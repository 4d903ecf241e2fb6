# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Limits of the Administration Server, and what a refusal for one of them says (contract day-two.md, section 1.4)."""

from __future__ import annotations

import typing as t

from ..._core.errors import CollectionError, RequestRefused
from . import wire
from .session import Session

LIMIT_VIOLATION = ("KLSTD", 1229)
VIRTUAL_SERVERS = 0
HOSTS = 1
USERS = 2
GROUPS = 17
# The numbers of the vendor's list of global limits that are known.
NAMES = {
    VIRTUAL_SERVERS: "virtual Administration Servers",
    HOSTS: "managed devices",
    USERS: "internal users",
    16: "manual rules for moving devices",
    GROUPS: "administration groups on virtual servers",
    18: "rules for tags",
}


def is_violation(error: CollectionError) -> bool:
    """Whether a server refuses because a limit applies."""
    return (error.failure.get("module"), error.failure.get("code")) == LIMIT_VIOLATION


def explained(session: Session, error: RequestRefused, likely: int) -> CollectionError:
    """The error of a limit as a sentence that names the limit and its value; another error as it is.

    ``likely``: the number of the limit that is meant where the server does not say which.
    """
    if not is_violation(error):
        return error
    told = error.failure.get("subcode")
    number = told if told in NAMES else likely
    value = _value(session, number)
    count = "" if value is None else " (%d)" % value
    doubt = "" if told in NAMES else " The server does not name the limit; this is the one that applies to this request."
    return RequestRefused(
        "%s refused %s: its limit of %s%s is reached (KLSTD 1229).%s Remove objects that are no longer needed, or check what "
        "the license of Kaspersky Security Center allows." % (session, error.failure.get("method"), NAMES[number], count, doubt),
        **{**error.failure, "limit": NAMES[number], "limit_value": value},
    )


def _value(session: Session, number: int) -> t.Optional[int]:
    """By Limits.GetLimits; None where the server does not tell."""
    try:
        return wire.number(session.call("Limits.GetLimits", {"param": number}).get("PxgRetVal"))
    except CollectionError:
        return None
