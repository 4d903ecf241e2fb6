# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""One infrastructure on its way through the job: what is wanted, what is there, and what this run has made of it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.errors import InputError
from ..._core.module import Params
from ..api.certificates import Certificate
from ..api.infrastructure_types import HTTPS, InfrastructureType, TrustEndpoint, split_address
from ..api.infrastructures import Infrastructure, Target
from ..api.session import Session
from .work import WorkItem


@dataclass(eq=False)
class InfrastructureItem(WorkItem):
    """One infrastructure. ``target`` is what to connect, None to disconnect; ``existing`` what is there before.

    ``made``: this run has added the record ``id``, so it may remove it again; ``removed``: what it has removed before.
    """

    params: Params = field(default_factory=dict)
    type: t.Optional[InfrastructureType] = None
    target: t.Optional[Target] = None
    existing: t.Optional[Infrastructure] = None
    certificates: list[Certificate] = field(default_factory=list)
    id: t.Optional[str] = None
    made: bool = False
    removed: str = ""
    result: t.Optional[Infrastructure] = None

    @property
    def wanted(self) -> str:
        """What the entry describes, for messages."""
        return " ".join(filter(None, [self.type.name if self.type else None, self.params["address"]])) or str(self.id)

    @property
    def known_id(self) -> t.Optional[str]:
        """The id of the record that is there now."""
        if self.id is None and self.existing is not None and not self.removed:
            return self.existing.id
        return self.id

    @property
    def renews(self) -> bool:
        """The connection that is there is replaced, because the server cannot change accounts."""
        return self.existing is not None and self.params["update_password"] == "always"

    def means(self, found: Infrastructure, address: str) -> bool:
        """Whether a record of the server is this infrastructure, at an address."""
        if self.type is not None and found.type.upper() != self.type.name:
            return False
        region = self.params["region"]
        return same_address(found.address, address) and (not region or region == (found.region or region))

    def endpoints(self, target: Target) -> list[TrustEndpoint]:
        """What has to be trusted before a target can be connected."""
        return target.type.endpoints(
            target.address,
            protocol=target.protocol or HTTPS,
            https_port=self.params["https_port"],
            ssh_port=self.params["ssh_port"],
        )

    def untrusted(self, found: Infrastructure) -> list[TrustEndpoint]:
        """What has to be trusted again, by the errors of a failed connection."""
        endpoints: list[TrustEndpoint] = []
        if any(connection.needs_trust for connection in found.services):
            endpoints += [TrustEndpoint(HTTPS, connection.address) for connection in found.services if connection.needs_trust]
        elif any(connection.needs_trust for connection in found.accounts):
            endpoints += self.endpoints(t.cast(Target, self.target))
        return list(dict.fromkeys(endpoints))

    def require_accounts(self, session: Session, found: Infrastructure) -> None:
        """
        :raises InputError: a record is connected with other accounts than the wanted ones, as far as the server tells
        """
        target = t.cast(Target, self.target)
        for what, now, wanted in (
            ("admin", found.admin_name, target.admin.name),
            ("read_only", found.read_only_name, target.read_only.name if target.read_only else ""),
        ):
            if now and wanted and now != wanted:
                raise InputError(
                    '%s is connected to %s with the %s account "%s", not "%s". The server cannot change that; '
                    "update_password: always removes the connection and creates a new one, with a new id."
                    % (session, found, what, now, wanted),
                    server=session.server.address,
                    infrastructure_id=found.id,
                )


def same_address(one: str, other: str) -> bool:
    """Ports count only where both name one."""
    try:
        (host, port), (other_host, other_port) = split_address(one), split_address(other)
    except InputError:
        return one.casefold() == other.casefold()
    return host.casefold() == other_host.casefold() and (port == other_port or None in (port, other_port))
