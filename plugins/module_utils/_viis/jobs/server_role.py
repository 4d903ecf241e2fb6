# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of viis_server_role: the role of an Integration Server in a cluster (contract, section 6.7)."""

from __future__ import annotations

import typing as t

from ..._core.errors import AnswerLost, RequestRefused
from ..._core.module import Context
from ..._core.plan import Plan
from ..api import instances
from ..api.instances import PRIMARY
from ..api.session import Session


class RoleJob:
    """The role of the server itself. It cannot be taken back by the documented API."""

    def __init__(self, context: Context, session: Session) -> None:
        self._session = session

    def plan(self) -> Plan:
        now = instances.role(self._session)
        # Only a primary server has reserves.
        primary = (now or "").casefold() == PRIMARY.casefold() or (now is None and bool(instances.listing(self._session)))
        before = PRIMARY if primary else (now or "unknown")
        plan = Plan()
        plan.add("role of %s" % self._session.server.address, {}, before, PRIMARY, "assigned")
        return plan

    def apply(self, plan: Plan) -> None:
        with plan.writing():
            try:
                instances.make_primary(self._session)
            except AnswerLost:
                instances.make_primary(self._session)  # doing so twice does no harm
        now = instances.role(self._session)
        if now is not None and now.casefold() != PRIMARY.casefold():
            raise RequestRefused(
                "%s accepted the role %s, but still has the role %s." % (self._session, PRIMARY, now),
                server=self._session.server.address,
                role=now,
            )

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        return {"role": "primary", "msg": "%s: %s" % (plan.changes[0].object, plan.changes[0].result)}

    def failure(self, plan: Plan) -> t.Optional[str]:
        return None
