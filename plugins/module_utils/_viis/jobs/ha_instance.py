# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of viis_ha_instance: the reserve server of a primary Integration Server (contract, section 6.7)."""

from __future__ import annotations

import typing as t

from ..._core.errors import AnswerLost, CollectionError, InputError, RequestRefused, WaitTimeout
from ..._core.module import Context
from ..._core.naming import seconds
from ..._core.plan import Plan
from ..._core.waiting import Poll, Waiting
from ..api import instances
from ..api.idle_grace import IdleGrace, until
from ..api.infrastructure_types import with_port
from ..api.instances import Instance
from ..api.session import NotFound, Session

PORT = 7271


class RegistrationFailed(CollectionError):
    """The primary server could not connect to the reserve."""

    kind = "connection_failed"


class InstanceJob:
    """present, absent: the reserve server of this primary one."""

    def __init__(self, context: Context, session: Session) -> None:
        self._context = context
        self._session = session
        self._params = context.params
        self._id: t.Optional[str] = self._params["instance_id"]
        address = self._params["address"]
        self._address: t.Optional[str] = address and with_port(address, PORT)
        self._password: str = self._params["reserve_password"] or ""
        session.mask(self._password)
        self._there: t.Optional[Instance] = None
        self._result: t.Optional[Instance] = None
        self._recreate = False

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        plan = Plan()
        listed = instances.listing(self._session)
        self._there = self._match(listed)
        if self._params["state"] == "absent":
            there = self._there
            before = there and {"id": there.id, "address": there.address}
            plan.add("reserve %s" % (there.address if there else self._address or self._id), {}, before, None, "removed")
            return plan
        self._plan_present(plan, listed)
        return plan

    def _match(self, listed: t.Sequence[Instance]) -> t.Optional[Instance]:
        if self._id is not None:
            found = [instance for instance in listed if instance.id == self._id]
        else:
            found = [instance for instance in listed if _same(instance.address, self._address)]
        return found[0] if found else None

    def _plan_present(self, plan: Plan, listed: t.Sequence[Instance]) -> None:
        address = t.cast(str, self._address)
        name = "reserve %s" % address
        if self._there is None and listed:
            self._there = self._other(listed, address)
        there = self._there
        wanted = {"address": address, "status": "Connected"}
        if there is None:
            plan.add(name, {}, None, wanted, "registered")
            return
        self._id = there.id
        self._result = there
        same = _same(there.address, address)
        before = {"address": there.address, "status": there.status}
        if same and (there.connected or not (there.failed or there.idle)) and self._params["update_password"] != "always":
            plan.add(name, {}, before, before, "updated")
            plan.has_work = not there.connected and self._params["wait"]  # connecting
            return
        mismatch = self._params["on_address_mismatch"]
        if not same and mismatch == "fail":
            raise InputError(
                "%s has the reserve server %s (id %s), not %s. Set on_address_mismatch to choose what to do about it."
                % (self._session, there.address, there.id, address),
                server=self._session.server.address,
                instance_id=there.id,
                address=there.address,
            )
        self._recreate = not same and mismatch == "recreate"
        if before == wanted:  # only the password is sent again
            before = {**before, "reserve_password": "(not readable)"}
            wanted = {**wanted, "reserve_password": "(set)"}
        plan.add(name, {}, before, wanted, "registered" if self._recreate else "updated")

    def _other(self, listed: t.Sequence[Instance], address: str) -> Instance:
        """The reserve that is there under another address; this version of the server takes one only."""
        if len(listed) > 1:
            raise InputError(
                "%s has %d reserve servers, none of them at %s: %s. Set instance_id to the one that has moved."
                % (self._session, len(listed), address, ", ".join("%s (%s)" % (i.address, i.id) for i in listed)),
                server=self._session.server.address,
                candidates=[instance.id for instance in listed],
            )
        return listed[0]

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting(("Connect", plan))
        if plan.changes[0].differs:
            if self._there is not None and (self._recreate or self._params["state"] == "absent"):
                with plan.writing():
                    self._unregister(self._there.id)
                if self._params["state"] == "absent":
                    return
                self._there = None
            with plan.writing():
                if self._there is None:
                    self._id = self._register()
                else:
                    self._update(self._there.id)
        id = t.cast(str, self._id)
        self._result = self._wait(id, waiting) if self._params["wait"] else instances.read(self._session, id)

    def _register(self) -> str:
        address = t.cast(str, self._address)
        try:
            return instances.register(self._session, address, self._password)
        except AnswerLost as error:
            there = [instance for instance in instances.listing(self._session) if _same(instance.address, address)]
            if there:
                return there[0].id
            if error.failure.get("status"):  # the server's own error, not a lost answer
                raise
            return instances.register(self._session, address, self._password)

    def _update(self, id: str) -> None:
        address = t.cast(str, self._address)
        try:
            instances.update(self._session, id, address, self._password)
        except AnswerLost:
            instances.update(self._session, id, address, self._password)  # the same twice does no harm

    def _unregister(self, id: str) -> None:
        for attempt in (1, 2):
            try:
                instances.unregister(self._session, id)
            except NotFound:
                return
            except AnswerLost:
                if attempt == 2:
                    raise
            if instances.read(self._session, id) is None:
                return
        raise RequestRefused(
            "%s still lists the reserve server %s after it was removed." % (self._session, id),
            server=self._session.server.address,
            instance_id=id,
        )

    def _wait(self, id: str, waiting: Waiting) -> Instance:
        """Wait until the reserve is connected.

        :raises RegistrationFailed: it could not be connected
        :raises WaitTimeout: it is still connecting
        """
        seen: list[Instance] = []
        grace = IdleGrace(waiting.clock)

        def look() -> Poll:
            found = instances.read(self._session, id)
            if found is None:
                raise NotFound(
                    "%s no longer has the reserve server %s." % (self._session, id),
                    server=self._session.server.address,
                    instance_id=id,
                )
            seen.append(found)
            # Right after an update the record may still have the error from before.
            old = self._there is not None and len(seen) == 1
            given_up = grace.is_over(found.idle)
            return Poll(found.connected or (found.failed and not old) or given_up)

        done = until(waiting, look, "the reserve server %s" % id, instance_id=id)
        last = seen[-1]
        facts = {
            "server": self._session.server.address,
            "instance_id": id,
            "address": last.address,
            "status": last.status,
            "error": last.error,
        }
        if not done:
            raise WaitTimeout(
                "%s is still connecting to the reserve server %s after %s: %s. It continues there; run this again to "
                "wait for it." % (self._session, last.address, seconds(waiting.timeout), last.explanation),
                **facts,
            )
        if not last.connected:
            raise RegistrationFailed(
                "%s could not connect to the reserve server %s: %s. Trust its certificate with viis_certificate, and "
                "check reserve_password; then run again; the registration %s is updated in place."
                % (self._session, last.address, last.explanation, id),
                **facts,
            )
        return last

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        change = plan.changes[0]
        result = self._result if self._params["state"] == "present" else self._there
        return {
            "instance_id": self._id or (result.id if result else None),
            "instance": None if result is None else result.returned(),
            "msg": "%s: %s" % (change.object, change.result),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        return None


def _same(one: str, other: t.Optional[str]) -> bool:
    try:
        return other is not None and with_port(one, PORT).casefold() == with_port(other, PORT).casefold()
    except InputError:
        return False
