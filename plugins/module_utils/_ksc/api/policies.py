# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Policies (contract day-two.md, section 6)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import wire
from .session import Session


@dataclass(frozen=True)
class Policy:
    """A policy for one application; ``active`` and ``inherited`` are None where the server does not tell."""

    name: str
    product: str
    version: str
    active: t.Optional[bool]
    inherited: t.Optional[bool]
    group: str


def effective(session: Session, group_id: int) -> list[Policy]:
    """The policies that reach a group, those of the groups above included; by Policy.GetEffectivePoliciesForGroup.

    Besides active policies these are policies for hosts that are out of the office, which are not active.

    :raises NoSuchCall: the server cannot tell
    """
    answer = session.call("Policy.GetEffectivePoliciesForGroup", {"nGroupId": group_id})
    return [
        Policy(
            name=str(record.get("KLPOL_DN") or ""),
            product=str(record.get("KLPOL_PRODUCT") or ""),
            version=str(record.get("KLPOL_VERSION") or ""),
            active=_flag(record.get("KLPOL_ACTIVE")),
            inherited=_flag(record.get("KLPOL_INHERITED")),
            group=str(record.get("KLPOL_GROUP_NAME") or ""),
        )
        for record in wire.records(answer.get("PxgRetVal"))
    ]


def _flag(value: t.Any) -> t.Optional[bool]:
    number = wire.number(value)
    return value if isinstance(value, bool) else None if number is None else bool(number)
