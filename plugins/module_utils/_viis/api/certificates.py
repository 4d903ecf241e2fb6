# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""TLS certificates and SSH keys as the Integration Server sees and trusts them (contract, section 4.1, operations 2 to 4)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import AnswerLost, RequestRefused
from . import wire
from .infrastructure_types import HTTPS, SSH, TrustEndpoint
from .session import Conflict, Session

RULES = "sslConfig/certificateValidator/rules"
READ = {HTTPS: "sslConfig/getCertificate", SSH: "sshConfig/getSshKey"}


@dataclass(frozen=True)
class Certificate:
    """What an address presents to the Integration Server; ``accepted``: it trusts that already."""

    endpoint: TrustEndpoint
    thumbprint: str
    accepted: bool
    remarks: tuple[str, ...] = ()

    def has(self, thumbprint: str) -> bool:
        return wire.thumbprint(self.thumbprint) == wire.thumbprint(thumbprint)


def read(session: Session, endpoint: TrustEndpoint) -> Certificate:
    """What the address presents now; the Integration Server itself goes and asks it."""
    record = session.get(READ[endpoint.kind] + wire.query(address=endpoint.address)).record
    thumbprint = record.text("thumbprint")
    if not thumbprint:
        raise RequestRefused(
            "%s found no thumbprint in the %s." % (session, endpoint),
            server=session.server.address,
            address=endpoint.address,
        )
    judged = record.inner("viisValidationResult")
    remarks = []
    for name in ("validationErrors", "validationWarnings"):
        remarks += judged.texts(name) + [wire.error_text(entry) for entry in judged.each(name)]
    return Certificate(endpoint, thumbprint, judged.flag("isAccepted") is True, tuple(filter(None, remarks)))


def accept(session: Session, certificate: Certificate) -> None:
    """Trust it. Doing so twice does no harm, so that a lost answer is no problem."""
    # The address that was asked for: the one in the answer may lack the port.
    rule = {"address": certificate.endpoint.address, "thumbprint": certificate.thumbprint}
    try:
        try:
            session.post(RULES, rule)
        except AnswerLost:
            session.post(RULES, rule)
    except Conflict:
        pass  # trusted already
    except RequestRefused as error:
        if certificate.endpoint.kind == SSH:
            raise RequestRefused(
                "%s The vendor describes this request for TLS certificates; that it also applies to SSH keys is only what its "
                "wording suggests." % error.message,
                **error.failure,
            ) from None
        raise


def rules(session: Session) -> t.Optional[list[tuple[str, str]]]:
    """Address and thumbprint of everything trusted, where the server tells: the vendor documents no such request."""
    reply = session.probe(RULES)
    if reply is None:
        return None
    return [(record.text("address"), record.text("thumbprint")) for record in reply.records("rules")]
