# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of viis_infrastructure: an infrastructure that the Integration Server is connected to (contract, sections 6.1, 6.2)."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._core.errors import AnswerLost, CollectionError, InputError, RequestRefused, WaitTimeout
from ..._core.module import Context
from ..._core.plan import Change, Plan
from ..._core.waiting import Poll, Waiting
from ..api import infrastructures, objects
from ..api.certificates import Certificate
from ..api.idle_grace import IdleGrace, until
from ..api.infrastructure_types import HTTPS, InfrastructureType, TrustEndpoint, kind_of, split_address
from ..api.infrastructures import Account, Infrastructure, Target
from ..api.session import Conflict, NotFound, Session
from .certificate import Trust, accept_all, add_certificate

# Rounds of trusting microservices and testing again.
TEST_ROUNDS = 5


class ConnectionFailed(CollectionError):
    """The Integration Server could not connect to the infrastructure."""

    kind = "connection_failed"


def wait_connected(session: Session, id: str, waiting: Waiting, *, at_least: int = 1, forgive_looks: int = 0) -> Infrastructure:
    """Wait until a connection has come about or failed; what was seen last.

    ``at_least``: looks before "connected" counts, as the record may be from before; ``forgive_looks``: the same for
    "failed".

    :raises WaitTimeout: it is still neither
    """
    seen: list[Infrastructure] = []
    grace = IdleGrace(waiting.clock)

    def look() -> Poll:
        found = infrastructures.read(session, id)
        if found is None:
            raise NotFound(
                "%s does not know infrastructure %s any more." % (session, id),
                server=session.server.address,
                infrastructure_id=id,
            )
        seen.append(found)
        if found.connected:
            return Poll(len(seen) >= at_least)
        given_up = grace.is_over(found.idle)
        return Poll((bool(found.failed) and len(seen) > forgive_looks) or given_up)

    if until(waiting, look, "infrastructure %s" % id, infrastructure_id=id):
        return seen[-1]
    raise WaitTimeout(
        "%s is still connecting to %s after %s s (%s). It goes on there; run this again, with infrastructure_id: %s, "
        "to wait for it." % (session, seen[-1], waiting.timeout, "; ".join(map(str, seen[-1].connections)) or "no state", id),
        server=session.server.address,
        infrastructure_id=id,
        status=seen[-1].status,
    )


def refreshed(session: Session, id: str, waiting: Waiting) -> Infrastructure:
    """Have the server read the infrastructure anew and wait for that.

    :raises ConnectionFailed: it is not connected
    """
    infrastructures.refresh(session, id)
    found = wait_connected(session, id, waiting, at_least=2, forgive_looks=1)
    if not found.connected:
        raise failure(session, found)
    return found


def failure(session: Session, found: Infrastructure, more: str = "") -> ConnectionFailed:
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
        connections=[
            {
                "name": connection.who,
                "status": connection.status,
                "error": connection.error,
                "message": connection.message,
            }
            for connection in bad
        ],
    )


class InfrastructureJob:
    """present, absent"""

    def __init__(self, context: Context, session: Session) -> None:
        self._context = context
        self._session = session
        self._params = context.params
        self._trust = Trust(session, self._params["thumbprints"], self._params["trust_on_first_use"], "thumbprints")
        self._id: t.Optional[str] = self._params["infrastructure_id"]
        self._kind: t.Optional[InfrastructureType] = self._params["type"] and kind_of(self._params["type"])
        if self._params["address"] is not None:
            split_address(self._params["address"])
        self._target = self._described() if self._params["state"] == "present" else None
        self._existing: t.Optional[Infrastructure] = None
        self._unlisted = False  # the server does not list its infrastructures
        self._certificates: list[Certificate] = []
        self._result: t.Optional[Infrastructure] = None

    def _described(self) -> Target:
        """What the options describe.

        :raises InputError: they do not fit the type
        """
        params = self._params
        kind = t.cast(InfrastructureType, self._kind)
        if kind.is_openstack:
            lacking = [name + ".domain" for name in ("admin", "read_only") if params[name] and not params[name]["domain"]]
            if lacking:
                raise InputError("%s is required for type %s." % (" and ".join(lacking), kind.name), type=kind.name)
        else:
            surplus = [name for name in ("protocol", "region") if params[name] is not None]
            surplus += [name + ".domain" for name in ("admin", "read_only") if params[name] and params[name]["domain"]]
            if surplus:
                raise InputError(
                    "%s is only for the OpenStack types, not for %s." % (" and ".join(surplus), kind.name),
                    type=kind.name,
                )
        return Target(
            kind,
            params["address"].strip(),
            t.cast(Account, self._account("admin")),
            self._account("read_only"),
            (params["protocol"] or HTTPS) if kind.is_openstack else None,
            params["region"],
        )

    def _account(self, option: str) -> t.Optional[Account]:
        given = self._params[option]
        if given is None:
            return None
        self._session.mask(given["password"])
        return Account(given["username"], given["password"], given["domain"])

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        plan = Plan()
        self._existing = self._find()
        if self._target is None:
            self._plan_absent(plan)
        elif self._existing is not None and self._params["update_password"] != "always":
            self._plan_existing(plan, self._existing)
        else:
            self._plan_new(plan, self._target)
        return plan

    def _find(self) -> t.Optional[Infrastructure]:
        """The infrastructure that is meant, if it is there.

        :raises InputError: the id is another infrastructure's, or several are the same
        """
        if self._id is not None:
            found = infrastructures.read(self._session, self._id)
            if found is not None:
                self._require_same(found)
            elif self._params["state"] == "present":
                self._context.warn("%s has no infrastructure %s; it is connected anew." % (self._session, self._id))
            return found
        listed = infrastructures.listing(self._session)
        if listed is None:
            if self._params["state"] == "absent":
                raise InputError(
                    "%s cannot list its infrastructures. Give infrastructure_id." % self._session,
                    server=self._session.server.address,
                )
            self._unlisted = True
            return None
        same = [found for found in listed if self._is_wanted(found, self._params["address"])]
        if len(same) > 1:
            raise InputError(
                "%s has %d connections to %s: %s. Give infrastructure_id."
                % (self._session, len(same), self._wanted, ", ".join(found.id for found in same)),
                server=self._session.server.address,
                candidates=[found.id for found in same],
            )
        if not same:
            return None
        # The list may tell less.
        return infrastructures.read(self._session, same[0].id) or same[0]

    def _tell_id(self) -> None:
        """An infrastructure that only its id can find again."""
        self._context.warn(
            "%s cannot list its infrastructures, so that an existing connection is not noticed: %s is connected anew%s. "
            "Give this infrastructure_id to run again." % (self._session, self._wanted, " as %s" % self._id if self._id is not None else "")
        )

    @property
    def _wanted(self) -> str:
        return " ".join(filter(None, [self._kind.name if self._kind else None, self._params["address"]]))

    def _is_wanted(self, found: Infrastructure, address: str) -> bool:
        if self._kind is not None and found.type.upper() != self._kind.name:
            return False
        region = self._params["region"]
        return _same_address(found.address, address) and (not region or region == (found.region or region))

    def _require_same(self, found: Infrastructure) -> None:
        address = self._params["address"]
        if (address is None or self._is_wanted(found, address)) and (self._kind is None or found.type.upper() == self._kind.name):
            return
        # A record of the primary hypervisor, found for a secondary one that was followed.
        if self._params["follow_primary"] and self._kind is not None and self._kind.one_primary:
            if found.type.upper() == self._kind.name:
                return
        raise InputError(
            "Infrastructure %s of %s is %s, not %s." % (found.id, self._session, found, self._wanted),
            server=self._session.server.address,
            infrastructure_id=found.id,
        )

    def _plan_absent(self, plan: Plan) -> None:
        found = self._existing
        if found is None:
            plan.add(self._wanted or str(self._id), {}, None, None, "removed")
            return
        if not self._params["force"]:
            self._require_empty(found)
        plan.add(str(found), {}, {"infrastructure_id": found.id, "address": found.address}, None, "removed")

    def _require_empty(self, found: Infrastructure) -> None:
        try:
            svms = objects.listing(self._session, found.id, ("SVM",)).machines
        except RequestRefused as error:
            self._context.warn("Whether there are SVMs in %s is unknown: %s" % (found, error.message))
            return
        if svms:
            raise InputError(
                "%s still has %d SVMs: %s. Remove them first with viis_svm, or set force: true to leave them unmanaged."
                % (found, len(svms), ", ".join(svm.name for svm in svms[:10])),
                server=self._session.server.address,
                infrastructure_id=found.id,
                svms=[svm.name for svm in svms],
            )

    def _plan_existing(self, plan: Plan, found: Infrastructure) -> None:
        target = t.cast(Target, self._target)
        for what, now, wanted in (
            ("admin", found.admin_name, target.admin.name),
            ("read_only", found.read_only_name, target.read_only.name if target.read_only else ""),
        ):
            if now and wanted and now != wanted:
                raise InputError(
                    '%s is connected to %s with the %s account "%s", not "%s". The server cannot change that; '
                    "update_password: always removes the connection and makes a new one, with a new id."
                    % (self._session, found, what, now, wanted),
                    server=self._session.server.address,
                    infrastructure_id=found.id,
                )
        self._result = found
        if found.connected:
            self._step(plan, found, found)
            return
        for identity in self._untrusted(found):
            certificate = self._trust.examine(identity, used_before=True)
            self._certificates.append(certificate)
            add_certificate(plan, certificate, force=True)
        if found.failed or found.idle:
            self._step(plan, found, None)
        else:  # connecting: wait for it
            self._step(plan, found, found)
            plan.has_work = self._params["wait"]

    def _step(self, plan: Plan, found: Infrastructure, after: t.Optional[Infrastructure]) -> Change:
        state = {"infrastructure_id": found.id, "address": found.address, "status": found.status}
        wanted = state if after is not None else dict(state, status="CONNECTED")
        return plan.add(str(found), {}, state, wanted, "connected")

    def _plan_new(self, plan: Plan, target: Target) -> None:
        for identity in self._identities(target):
            certificate = self._trust.examine(identity, used_before=self._existing is not None)
            self._certificates.append(certificate)
            add_certificate(plan, certificate)
        before = None
        if self._existing is not None:
            before = {"infrastructure_id": self._existing.id, "address": self._existing.address}
        after = {
            "type": target.kind.name,
            "address": target.address,
            "admin": target.admin.name,
            "read_only": target.read_only and target.read_only.name,
            "protocol": target.protocol,
            "region": target.region,
        }
        plan.add(self._wanted, {}, before, after, "connected")

    def _identities(self, target: Target) -> list[TrustEndpoint]:
        return target.kind.identities(
            target.address,
            protocol=target.protocol or HTTPS,
            https_port=self._params["https_port"],
            ssh_port=self._params["ssh_port"],
        )

    def _untrusted(self, found: Infrastructure) -> list[TrustEndpoint]:
        """What has to be trusted anew, by the errors of a failed connection."""
        target = t.cast(Target, self._target)
        identities: list[TrustEndpoint] = []
        if any(connection.needs_trust for connection in found.services):
            identities += [TrustEndpoint(HTTPS, connection.address) for connection in found.services if connection.needs_trust]
        elif any(connection.needs_trust for connection in found.accounts):
            identities += self._identities(target)
        return list(dict.fromkeys(identities))

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting()
        if self._target is None:
            self._remove(plan, t.cast(Infrastructure, self._existing).id)
            return
        existing = self._existing
        if existing is not None and self._params["update_password"] == "always":
            self._remove(plan, existing.id)
        elif existing is not None:
            self._repair(plan, existing, waiting)
            return
        self._trust_now(plan, [found for found in self._certificates if not found.accepted])
        self._connect(plan, self._target, waiting, self._params["follow_primary"])

    def _trust_now(self, plan: Plan, found: t.Sequence[Certificate]) -> None:
        accept_all(self._session, plan, found, self._context.warn)

    def _repair(self, plan: Plan, found: Infrastructure, waiting: Waiting) -> None:
        """A connection that is there, but not connected (any more)."""
        if not plan.changes[-1].differs:
            found = wait_connected(self._session, found.id, waiting)
        else:
            self._trust_now(plan, self._certificates)
            with plan.writing():
                infrastructures.refresh(self._session, found.id)
            if not self._params["wait"]:
                return
            found = wait_connected(self._session, found.id, waiting, at_least=2, forgive_looks=1)
        self._result = found
        if not found.connected:
            raise failure(self._session, found)

    def _connect(self, plan: Plan, target: Target, waiting: Waiting, follow: bool) -> None:
        """Connect anew; the record is removed again when that fails."""
        if target.kind.is_openstack:
            self._test(plan, target, waiting)
        with plan.writing():
            self._id = id = self._post(target, waiting)
        self._result = None
        if not self._params["wait"]:
            self._result = infrastructures.read(self._session, id)
            return
        found = wait_connected(self._session, id, waiting)
        untrusted = [] if found.connected else self._untrusted(found)
        if untrusted and (self._params["thumbprints"] or self._params["trust_on_first_use"]):
            found = self._trust_and_retry(plan, found, untrusted, waiting)
        self._result = found
        if found.connected:
            return
        primary = found.primary_address if target.kind.one_primary else ""
        if primary and follow and not _same_address(primary, target.address):
            self._follow(plan, found, dataclasses.replace(target, address=primary), waiting)
            return
        raise failure(self._session, found, self._clean_up(id))

    def _trust_and_retry(self, plan: Plan, found: Infrastructure, untrusted: list[TrustEndpoint], waiting: Waiting) -> Infrastructure:
        """The server said that it accepts a certificate, and then did not: say it once, and have it try again."""
        try:
            again = [self._trust.examine(identity) for identity in untrusted]
        except InputError as error:
            raise type(error)(error.message + self._clean_up(found.id), **error.failure) from None
        self._trust_now(plan, again)
        infrastructures.refresh(self._session, found.id)
        return wait_connected(self._session, found.id, waiting, forgive_looks=1)

    def _follow(self, plan: Plan, found: Infrastructure, target: Target, waiting: Waiting) -> None:
        """A secondary hypervisor was named: connect the primary instead."""
        self._context.warn(
            "%s is a secondary hypervisor; the primary one, %s, is connected instead. Give that address to spare the "
            "detour." % (found.address, target.address)
        )
        infrastructures.remove(self._session, found.id)
        listed = infrastructures.listing(self._session) or []
        there = [other for other in listed if self._is_wanted(other, target.address)]
        if there:
            self._id = there[0].id
            self._result = wait_connected(self._session, there[0].id, waiting)
            if not self._result.connected:
                raise failure(self._session, self._result)
            return
        examined = [self._trust.examine(identity) for identity in self._identities(target)]
        self._trust_now(plan, [certificate for certificate in examined if not certificate.accepted])
        self._certificates += examined
        self._connect(plan, target, waiting, follow=False)

    def _post(self, target: Target, waiting: Waiting) -> str:
        """Add the record once, whatever becomes of the answer."""
        for attempt in (1, 2):
            try:
                id = infrastructures.connect(self._session, target)
                if id:
                    return id
                raise AnswerLost("%s answered without an infrastructureId." % self._session, server=self._session.server.address)
            except Conflict as error:
                if error.existing_id:
                    return error.existing_id
                raise
            except AnswerLost as error:
                there = self._after_loss(target, waiting, error)
                if there is not None:
                    return there
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _after_loss(self, target: Target, waiting: Waiting, error: AnswerLost) -> t.Optional[str]:
        """The id of the record that was made although its answer was lost; None when it was not made."""
        found: list[str] = []
        looks: list[int] = []

        def look() -> Poll:
            listed = infrastructures.listing(self._session)
            if listed is None:
                raise AnswerLost(
                    "%s This server cannot list its infrastructures: look in its console whether %s is there, and "
                    "give infrastructure_id or remove it before you run again." % (error.message, target.address),
                    **error.failure,
                )
            looks.append(1)
            known = self._existing.id if self._existing is not None else None
            found.extend(other.id for other in listed if self._is_wanted(other, target.address) and other.id != known)
            return Poll(bool(found) or len(looks) >= 2)

        waiting.until(look)
        return found[0] if found else None

    def _test(self, plan: Plan, target: Target, waiting: Waiting) -> None:
        """Test the microservices of OpenStack, trust what may be trusted, until all are connected."""
        trusted: set[str] = set()
        rounds: list[Infrastructure] = []

        def look() -> Poll:
            found = infrastructures.test(self._session, target)
            rounds.append(found)
            bad = [connection for connection in found.connections if not connection.connected]
            if not bad:
                return Poll(True)
            new = [entry for entry in found.services if entry.needs_trust and entry.address not in trusted]
            hopeless = [entry for entry in found.services if entry.failed and entry not in new]
            hopeless += [entry for entry in found.accounts if entry.failed and not (entry.needs_trust and new)]
            if hopeless or len(rounds) >= TEST_ROUNDS:
                raise failure(
                    self._session,
                    dataclasses.replace(found, type=target.kind.name, address=target.address),
                    " Nothing was connected.",
                )
            for address in dict.fromkeys(entry.address for entry in new):
                certificate = self._trust.examine(TrustEndpoint(HTTPS, address))
                self._certificates.append(certificate)
                self._trust_now(plan, [certificate])
                trusted.add(address)
            return Poll(False, next_look=0 if new else None)

        waiting.until(look)

    def _clean_up(self, id: str) -> str:
        """Remove the record that this run has made; what to say about that."""
        if not self._params["cleanup_on_failure"]:
            return " The record %s was left there." % id
        try:
            infrastructures.remove(self._session, id)
        except NotFound:
            pass
        except CollectionError as error:
            return " The record %s is left there, because it could not be removed again: %s" % (id, error.message)
        self._id = None
        return " The record was removed again."

    def _remove(self, plan: Plan, id: str) -> None:
        for attempt in (1, 2):
            try:
                with plan.writing():
                    infrastructures.remove(self._session, id)
            except NotFound:
                return
            except AnswerLost:
                if attempt == 2:
                    raise
            if infrastructures.read(self._session, id) is None:
                return
        raise RequestRefused(
            "%s still lists infrastructure %s after it was removed." % (self._session, id),
            server=self._session.server.address,
            infrastructure_id=id,
        )

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        if self._unlisted:
            self._tell_id()
        id = self._id
        if self._result is not None:
            id = self._result.id
        elif self._target is None and self._existing is not None:
            id = self._existing.id
        change = plan.changes[-1]
        return {
            "infrastructure_id": id,
            "infrastructure": None if self._result is None else self._result.returned(),
            "certificates": [
                {
                    "kind": certificate.identity.kind,
                    "address": certificate.identity.address,
                    "thumbprint": certificate.thumbprint,
                }
                for certificate in self._certificates
            ],
            "msg": "%s: %s" % (change.object, change.result),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        return None


def _same_address(one: str, other: str) -> bool:
    """Ports count only where both name one."""
    try:
        (host, port), (other_host, other_port) = split_address(one), split_address(other)
    except InputError:
        return one.casefold() == other.casefold()
    return host.casefold() == other_host.casefold() and (port == other_port or None in (port, other_port))
