# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What may be trusted: what is pinned by its thumbprint, or, only where the user allows it, what is seen first."""

from __future__ import annotations

import typing as t

from ..._core.errors import InputError
from ..._core.module import Context
from ..._core.plan import Plan
from ..api import certificates, wire
from ..api.certificates import Certificate
from ..api.infrastructure_types import HTTPS, KINDS, SSH, TrustEndpoint, joined, split_address
from ..api.session import Session


class Untrusted(InputError):
    """A certificate or key that nothing allows to trust. It was not trusted."""

    kind = "untrusted"


class Trust:
    """The user's permissions: ``thumbprints`` pin; without any, only ``first_use`` accepts what is found."""

    def __init__(self, session: Session, thumbprints: t.Sequence[str], first_use: bool, option: str) -> None:
        """``option`` is the name of the option for thumbprints, for messages."""
        self._session = session
        self._thumbprints = thumbprints
        self._first_use = first_use
        self._option = option

    def examine(self, identity: TrustEndpoint, *, used_before: bool = False) -> Certificate:
        """What the address presents now, if it is trusted already or may be.

        ``used_before``: it was trusted once, so an untrusted one is not the first.

        :raises Untrusted: it is not, and may not be trusted
        """
        found = certificates.read(self._session, identity)
        if self._thumbprints:
            if not any(found.has(pin) for pin in self._thumbprints):
                raise self._refusal(
                    found,
                    "but %s allows only %s" % (self._option, ", ".join(self._thumbprints)),
                    expected=list(self._thumbprints),
                )
            return found
        if found.accepted:
            return found
        if used_before:
            raise self._refusal(found, "which is not the one that was trusted before", changed=True)
        if not self._first_use:
            raise self._refusal(found, "which is not trusted there", first_use=True)
        earlier = self._earlier(found)
        if earlier is not None:
            raise self._refusal(found, "but what is trusted there is %s" % earlier, changed=True, expected=[earlier])
        return found

    def _earlier(self, found: Certificate) -> t.Optional[str]:
        """Another thumbprint that is trusted for the address, as far as the server tells."""
        for address, thumbprint in certificates.rules(self._session) or ():
            if address.casefold() == found.identity.address.casefold() and not found.has(thumbprint):
                return thumbprint
        return None

    def _refusal(
        self,
        found: Certificate,
        why: str,
        *,
        changed: bool = False,
        first_use: bool = False,
        expected: t.Optional[list[str]] = None,
    ) -> Untrusted:
        remarks = " The server remarks: %s." % "; ".join(found.remarks) if found.remarks else ""
        what_if = "If it was renewed on purpose" if changed or expected else "If that is the one that the owner of the machine tells you"
        return Untrusted(
            "%s: the %s has the thumbprint %s, %s.%s Nothing was trusted. %s, give this thumbprint in %s%s."
            % (
                self._session,
                found.identity,
                found.thumbprint,
                why,
                remarks,
                what_if,
                self._option,
                ", or set trust_on_first_use: true" if first_use else "",
            ),
            server=self._session.server.address,
            address=found.identity.address,
            identity=found.identity.kind,
            thumbprint=found.thumbprint,
            expected=expected,
        )


class CertificateJob:
    """The job of viis_certificate: one certificate or key that the Integration Server trusts."""

    def __init__(self, context: Context, session: Session) -> None:
        self._context = context
        self._session = session
        params = context.params
        host, port = split_address(params["address"])
        if port is None:
            raise InputError(
                'address: "%s" names no port. Give host:port; the usual ports are 22 for SSH and, for TLS, %s.'
                % (params["address"], _usual_ports()),
                address=params["address"],
            )
        self._identity = TrustEndpoint(params["kind"], joined(host, port))
        pins = [] if params["thumbprint"] is None else [params["thumbprint"]]
        self._trust = Trust(session, pins, params["trust_on_first_use"], "thumbprint")

    def plan(self) -> Plan:
        self._found = self._trust.examine(self._identity)
        plan = Plan()
        add_certificate(plan, self._found, force=self._context.params["force"])
        return plan

    def apply(self, plan: Plan) -> None:
        accept_all(self._session, plan, [self._found], self._context.warn)

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        change = plan.changes[0]
        return {
            "address": self._identity.address,
            "kind": self._identity.kind,
            "thumbprint": self._found.thumbprint,
            "remarks": list(self._found.remarks),
            "msg": "%s: %s" % (self._identity, change.result),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        return None


def _usual_ports() -> str:
    ports: dict[int, list[str]] = {}
    for kind in KINDS.values():
        if kind.https_port is not None:
            ports.setdefault(kind.https_port, []).append(kind.name)
    return ", ".join("%d (%s)" % (port, ", ".join(names)) for port, names in sorted(ports.items()))


def add_certificate(plan: Plan, certificate: Certificate, *, force: bool = False) -> None:
    """Plan to trust a certificate that examine has let through."""
    name = str(certificate.identity)
    facts = {
        "kind": certificate.identity.kind,
        "address": certificate.identity.address,
        "thumbprint": certificate.thumbprint,
    }
    trusted = certificate.accepted and not force
    plan.add(name, facts, certificate.thumbprint if trusted else None, certificate.thumbprint, "trusted")


def accept_all(session: Session, plan: Plan, found: t.Sequence[Certificate], warn: t.Callable[[str], None]) -> None:
    """Trust certificates and read each back.

    :raises Untrusted: the address presents another one by now
    """
    for certificate in found:
        with plan.writing():
            certificates.accept(session, certificate)
        now = certificates.read(session, certificate.identity)
        if wire.thumbprint(now.thumbprint) != wire.thumbprint(certificate.thumbprint):
            raise Untrusted(
                "%s: the %s had the thumbprint %s and now has %s. Is something in between?"
                % (session, certificate.identity, certificate.thumbprint, now.thumbprint),
                server=session.server.address,
                address=certificate.identity.address,
                thumbprint=now.thumbprint,
                expected=[certificate.thumbprint],
            )
        if not now.accepted:
            warn(
                "%s took the rule for the %s, but still does not say that it accepts it%s."
                % (session, certificate.identity, ": %s" % "; ".join(now.remarks) if now.remarks else "")
            )


__all__ = ["HTTPS", "SSH", "CertificateJob", "Trust", "Untrusted", "accept_all", "add_certificate"]
