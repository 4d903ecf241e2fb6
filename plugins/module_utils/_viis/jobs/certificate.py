# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What may be trusted: what is pinned by its thumbprint, or, only where the user allows it, what is seen first."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.entries import EntryList
from ..._core.errors import InputError
from ..._core.module import Context, Params
from ..._core.plan import Change, Plan
from ..._core.spec import Spec
from ..api import certificates, wire
from ..api.certificates import Certificate
from ..api.infrastructure_types import HTTPS, SSH, TYPES, TrustEndpoint, joined, split_address
from ..api.session import Session
from .work import STOPS_ASKING, STOPS_WRITING, WorkItem, WorkList

CERTIFICATES = EntryList(
    "certificates",
    own={"label": {"type": "str"}, "address": {"type": "str", "required": True}, "thumbprint": {"type": "str"}},
    inherited={
        "kind": {"type": "str", "default": HTTPS, "choices": [HTTPS, SSH]},
        "trust_on_first_use": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
    },
)
SPEC = CERTIFICATES.spec() + Spec({"address": {"type": "str"}, "thumbprint": {"type": "str"}})


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

    def examine(self, endpoint: TrustEndpoint, *, used_before: bool = False) -> Certificate:
        """What the address presents now, if it is trusted already or may be.

        ``used_before``: it was trusted once, so an untrusted one is not the first.

        :raises Untrusted: it is not, and may not be trusted
        """
        found = certificates.read(self._session, endpoint)
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
            raise self._refusal(found, "but the server trusts %s" % earlier, changed=True, expected=[earlier])
        return found

    def _earlier(self, found: Certificate) -> t.Optional[str]:
        """Another thumbprint that is trusted for the address, as far as the server tells."""
        for address, thumbprint in certificates.rules(self._session) or ():
            if address.casefold() == found.endpoint.address.casefold() and not found.has(thumbprint):
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
        remarks = " Remarks of the server: %s." % "; ".join(found.remarks) if found.remarks else ""
        what_if = "If it was renewed on purpose" if changed or expected else "If the owner of the machine confirms that it is the right one"
        return Untrusted(
            "%s: the %s has the thumbprint %s, %s.%s Nothing was trusted. %s, give this thumbprint in %s%s."
            % (
                self._session,
                found.endpoint,
                found.thumbprint,
                why,
                remarks,
                what_if,
                self._option,
                ", or set trust_on_first_use: true" if first_use else "",
            ),
            server=self._session.server.address,
            address=found.endpoint.address,
            identity=found.endpoint.kind,
            thumbprint=found.thumbprint,
            expected=expected,
        )


@dataclass(eq=False)
class CertificateItem(WorkItem):
    """One certificate or key that the Integration Server is to trust."""

    params: Params = field(default_factory=dict)
    endpoint: TrustEndpoint = field(default_factory=lambda: TrustEndpoint(HTTPS, ""))
    found: t.Optional[Certificate] = None


class CertificateJob:
    """The job of viis_certificate."""

    def __init__(self, context: Context, session: Session) -> None:
        self._context = context
        self._session = session
        params = context.params
        alone = {"address": params["address"], "thumbprint": params["thumbprint"]}
        entries = CERTIFICATES.read(params, [alone] if params["address"] is not None else [])
        self._work = WorkList("certificates", params["on_failure"] == "report", list(map(self._item, entries)))
        self._work.unite(
            lambda item: item.endpoint if item.endpoint.address else None,
            lambda item: wire.thumbprint(item.params["thumbprint"] or ""),
            shared=True,
        )
        self._work.require_none_failed()

    def _item(self, given: Params) -> CertificateItem:
        facts = {"address": given["address"], "kind": given["kind"], "thumbprint": None, "remarks": []}
        item = CertificateItem(change=Change(given["address"], facts, None, None), label=given["label"], params=given)
        with item.judged():
            host, port = split_address(given["address"])
            if port is None:
                raise InputError(
                    'address: "%s" names no port. Give host:port; the usual ports are 22 for SSH and, for TLS, %s.'
                    % (given["address"], _usual_ports()),
                    address=given["address"],
                )
            item.endpoint = TrustEndpoint(given["kind"], joined(host, port))
            item.call(str(item.endpoint))
            facts["address"] = item.endpoint.address
        return item

    def plan(self) -> Plan:
        for item in self._work.left:
            with item.judged(STOPS_ASKING):
                self._examine(item)
        self._work.require_none_failed()
        return Plan([item.change for item in self._work.items])

    def _examine(self, item: CertificateItem) -> None:
        pins = [] if item.params["thumbprint"] is None else [item.params["thumbprint"]]
        trust = Trust(self._session, pins, item.params["trust_on_first_use"], "thumbprint")
        item.found = found = trust.examine(item.endpoint)
        item.change.facts.update(thumbprint=found.thumbprint, remarks=list(found.remarks))
        trusted = found.accepted and not item.params["force"]
        item.promise(found.thumbprint if trusted else None, found.thumbprint, "trusted")

    def apply(self, plan: Plan) -> None:
        for item in self._work.left:
            if item.change.open:
                with item.judged(STOPS_WRITING):
                    accept(self._session, plan, t.cast(Certificate, item.found), self._context.warn)
                    item.change.settled = True
        self._work.raise_if_alone()

    def returned(self, plan: Plan) -> Params:
        first = self._work.rows[0][1].change if len(self._work.rows) == 1 else None
        return {
            "certificates": self._work.returned(plan),
            **{name: first.facts[name] if first else None for name in ("address", "kind", "thumbprint", "remarks")},
            "msg": "%s: %s" % (first.object, first.result) if first else plan.message("certificates"),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        return self._work.failure(plan, "certificates", str(self._session), {"wait": False, "wait_timeout": 0})


def _usual_ports() -> str:
    ports: dict[int, list[str]] = {}
    for type in TYPES.values():
        if type.https_port is not None:
            ports.setdefault(type.https_port, []).append(type.name)
    return ", ".join("%d (%s)" % (port, ", ".join(names)) for port, names in sorted(ports.items()))


def accept(session: Session, plan: Plan, certificate: Certificate, warn: t.Callable[[str], None]) -> None:
    """Trust a certificate that examine has let through, and read it back.

    :raises Untrusted: the address presents another one by now
    """
    with plan.writing():
        certificates.accept(session, certificate)
    now = certificates.read(session, certificate.endpoint)
    if wire.thumbprint(now.thumbprint) != wire.thumbprint(certificate.thumbprint):
        raise Untrusted(
            "%s: the %s had the thumbprint %s and now has %s. This may be a man-in-the-middle attack."
            % (session, certificate.endpoint, certificate.thumbprint, now.thumbprint),
            server=session.server.address,
            address=certificate.endpoint.address,
            thumbprint=now.thumbprint,
            expected=[certificate.thumbprint],
        )
    if not now.accepted:
        warn(
            "%s accepted the rule for the %s, but still does not report that it trusts it%s."
            % (session, certificate.endpoint, ": %s" % "; ".join(now.remarks) if now.remarks else "")
        )
