# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""How one infrastructure becomes connected (contract, sections 6.1 and 6.2), written top to bottom as a flow."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._core.errors import AnswerLost, CollectionError, InputError, RequestRefused
from ..._core.module import Context
from ..._core.plan import PENDING, Plan
from ..api import infrastructures
from ..api.certificates import Certificate
from ..api.infrastructure_types import HTTPS, TrustEndpoint
from ..api.infrastructures import Infrastructure, Target
from ..api.session import Conflict, NotFound, Session
from .certificate import Trust, accept
from .connection import failure, until_settled
from .flow import Steps
from .infrastructure_item import InfrastructureItem, same_address

TEST_ROUNDS = 5
STARTED = "the server is connecting; run this again to see the result"


class Connecting:
    """The flow of one infrastructure. ``listed``: the server tells which infrastructures it has."""

    def __init__(self, context: Context, session: Session, plan: Plan, item: InfrastructureItem, trust: Trust, *, listed: bool) -> None:
        self._context = context
        self._session = session
        self._plan = plan
        self._item = item
        self._trust = trust
        self._listed = listed

    def steps(self) -> Steps[None]:
        item = self._item
        if item.existing is not None and not item.renews:
            yield from self._repair(item.existing)
            return
        target = t.cast(Target, item.target)
        item.id = None
        self._accept([found for found in item.certificates if not found.accepted])
        if target.type.is_openstack:
            yield from self._test(target)
        if item.existing is not None:
            remove(self._session, self._plan, item.existing.id)
            item.removed = " The previous connection %s had been removed before that." % item.existing.id
        try:
            yield from self._connect(target, item.params["follow_primary"])
        except CollectionError as error:
            if item.removed:
                raise type(error)(error.message + item.removed, **error.failure) from None
            raise

    def _accept(self, found: t.Iterable[Certificate]) -> None:
        for certificate in found:
            accept(self._session, self._plan, certificate, self._context.warn)

    def _repair(self, found: Infrastructure) -> Steps[None]:
        """A connection that is there, but not connected (any more), or not yet."""
        wait = self._context.params["wait"]
        if self._item.change.differs:
            self._accept(self._item.certificates)
            with self._plan.writing():
                infrastructures.refresh(self._session, found.id)
            if wait:
                found = yield from until_settled(self._session, found.id, self._context.clock, at_least=2, forgive_looks=1)
            else:
                self._item.change.fail(STARTED, PENDING)
        elif wait:
            found = yield from until_settled(self._session, found.id, self._context.clock)
        self._item.result = found
        if wait and not found.connected:
            raise failure(self._session, found)

    # -- a new connection --------------------------------------------------------------------------------------------

    def _test(self, target: Target) -> Steps[None]:
        """Test the microservices of OpenStack, trust what may be trusted, until all are connected."""
        trusted: set[str] = set()
        for _round in range(TEST_ROUNDS):
            found = dataclasses.replace(infrastructures.test(self._session, target), id="", type=target.type.name, address=target.address)
            if all(connection.connected for connection in found.connections):
                return
            new = [entry for entry in found.services if entry.needs_trust and entry.address not in trusted]
            hopeless = [entry for entry in found.services if entry.failed and entry not in new]
            hopeless += [entry for entry in found.accounts if entry.failed and not (entry.needs_trust and new)]
            if hopeless:
                break
            for address in dict.fromkeys(entry.address for entry in new):
                certificate = self._trust.examine(TrustEndpoint(HTTPS, address))
                self._item.certificates.append(certificate)
                self._accept([certificate])
                trusted.add(address)
            if not new:
                yield "; ".join(map(str, found.connections))
        raise failure(self._session, found, " Nothing was connected.")

    def _connect(self, target: Target, follow: bool) -> Steps[None]:
        """Add the record and wait; what this run has added is removed again when that fails."""
        item = self._item
        item.id, item.made = yield from self._post(target)
        if item.made and self._listed:
            self._give_way(target)
        if not self._context.params["wait"]:
            item.result = infrastructures.read(self._session, item.id)
            if item.change.differs and not (item.result is not None and item.result.connected):
                item.change.fail(STARTED, PENDING)
            return
        found = yield from until_settled(self._session, item.id, self._context.clock)
        if not item.made:
            item.require_accounts(self._session, found)
        untrusted = [] if found.connected else item.untrusted(found)
        if untrusted and (item.params["thumbprints"] or item.params["trust_on_first_use"]):
            found = yield from self._trust_and_retry(found, untrusted)
        item.result = found
        if found.connected:
            return
        primary = found.primary_address if target.type.one_primary else ""
        if primary and follow and not same_address(primary, target.address):
            yield from self._follow(found, dataclasses.replace(target, address=primary))
            return
        raise failure(self._session, found, self._clean_up(item.id))

    def _post(self, target: Target) -> Steps[tuple[str, bool]]:
        """Add the record once, whatever becomes of the answer: its id, and whether this run has certainly made it."""
        for attempt in (1, 2):
            try:
                with self._plan.writing():
                    id = infrastructures.connect(self._session, target)
                if id:
                    return id, True
                raise AnswerLost("%s did not return an infrastructureId." % self._session, server=self._session.server.address)
            except Conflict as error:
                if not error.existing_id:
                    raise
                if not self._item.removed:
                    self._item.promise(None, None, "connected")
                return error.existing_id, False
            except AnswerLost as error:
                there = yield from self._after_loss(target, error)
                if there is not None:
                    return there, False
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _after_loss(self, target: Target, error: AnswerLost) -> Steps[t.Optional[str]]:
        """The id of the record that was made although its answer was lost; None when there is none."""
        for look in (1, 2):
            listed = infrastructures.listing(self._session)
            if listed is None:
                raise AnswerLost(
                    "%s This server cannot list its infrastructures: check in its console whether %s is connected, and set "
                    "infrastructure_id or disconnect it before you run again." % (error.message, target.address),
                    **error.failure,
                )
            found = self._others(listed, target)
            if found:
                return found[0]
            if look == 1:
                yield error.message
        return None

    def _others(self, listed: t.Iterable[Infrastructure], target: Target) -> list[str]:
        before = self._item.existing.id if self._item.existing is not None else None
        return [found.id for found in listed if self._item.means(found, target.address) and found.id != before]

    def _give_way(self, target: Target) -> None:
        """Another run may have connected the same at the same moment: the record that the server lists first stays."""
        item = self._item
        same = self._others(infrastructures.listing(self._session) or (), target)
        if len(same) > 1 and same[0] != item.id:
            remove(self._session, self._plan, t.cast(str, item.id))
            item.id, item.made = same[0], False

    def _trust_and_retry(self, found: Infrastructure, untrusted: list[TrustEndpoint]) -> Steps[Infrastructure]:
        """The server said that it accepts a certificate, and then did not: say it once, and have it try again."""
        try:
            again = [self._trust.examine(endpoint) for endpoint in untrusted]
        except (InputError, RequestRefused) as error:
            raise type(error)(error.message + self._clean_up(found.id), **error.failure) from None
        self._accept(again)
        infrastructures.refresh(self._session, found.id)
        found = yield from until_settled(self._session, found.id, self._context.clock, forgive_looks=1)
        return found

    def _follow(self, found: Infrastructure, target: Target) -> Steps[None]:
        """A secondary hypervisor was named: connect the primary instead."""
        item = self._item
        self._context.warn(
            "%s is a secondary hypervisor; the primary one, %s, is connected instead. Use that address to avoid connecting twice."
            % (found.address, target.address)
        )
        if item.made:
            remove(self._session, self._plan, found.id)
        item.id, item.made = None, False
        there = self._others(infrastructures.listing(self._session) or (), target)
        if there:
            item.id = there[0]
            item.result = yield from until_settled(self._session, there[0], self._context.clock)
            if not item.result.connected:
                raise failure(self._session, item.result)
            return
        examined = [self._trust.examine(endpoint) for endpoint in item.endpoints(target)]
        self._accept(certificate for certificate in examined if not certificate.accepted)
        item.certificates += examined
        yield from self._connect(target, follow=False)

    def _clean_up(self, id: str) -> str:
        """Remove the record if this run has made it; what to say about that."""
        if not self._item.made:
            return " The connection %s existed before and was kept." % id
        if not self._item.params["cleanup_on_failure"]:
            return " The connection %s was kept." % id
        try:
            remove(self._session, self._plan, id)
        except CollectionError as error:
            return " The connection %s remains, because it could not be removed: %s" % (id, error.message)
        self._item.id = None
        return " The connection was removed again."


def remove(session: Session, plan: Plan, id: str) -> None:
    """Remove the record of an infrastructure and see that it is gone."""
    for attempt in (1, 2):
        try:
            with plan.writing():
                infrastructures.remove(session, id)
        except NotFound:
            return
        except AnswerLost:
            if attempt == 2:
                raise
        if infrastructures.read(session, id) is None:
            return
    raise RequestRefused(
        "%s still lists infrastructure %s after it was removed." % (session, id),
        server=session.server.address,
        infrastructure_id=id,
    )
