# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules and plugins of this collection only, may change in any release.

"""Which hosts have come to Unassigned devices since the last look."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.errors import AccessDenied, AuthenticationFailed, CertificateUntrusted, CollectionError, InputError, NoSuchCall
from ..._core.module import Context
from ..api import filters, hosts
from ..api.hosts import Host
from ..api.session import Session
from . import options
from .inventory import os_family
from .servers import Name, Servers

# What does not pass by itself: somebody has to look at it.
LASTING = (AccessDenied, AuthenticationFailed, CertificateUntrusted, InputError, NoSuchCall)
# Looks in one session. A session that was lost is remembered until it is closed, so none is kept for ever.
LOOKS = 60


@dataclass
class Look:
    """What one look has found: the new hosts, and the servers that could not be asked."""

    hosts: list[dict[str, t.Any]] = field(default_factory=list)
    failed: dict[Name, CollectionError] = field(default_factory=dict)


class UnassignedHosts:
    """Looks at Unassigned devices of some servers again and again. It remembers the hosts that are there, and no others."""

    def __init__(
        self,
        context: Context,
        names: t.Sequence[Name],
        masks: t.Sequence[str],
        *,
        with_agent: bool = True,
        existing: bool = True,
        repeat_after: t.Optional[float] = None,
    ) -> None:
        """``masks``: of display names, any without one; ``with_agent``: only hosts with Network Agent.

        ``existing``: hosts that the first look at a server finds are new, too; ``repeat_after``: seconds after which a host that is still
        there is new again.
        """
        self._context = context
        self._names = list(dict.fromkeys(names))
        self._existing = existing
        self._repeat_after = repeat_after
        conditions = [filters.equals(hosts.UNASSIGNED, 1)]
        if masks:
            conditions.append(filters.any_of(*(filters.like(hosts.NAME, mask) for mask in masks)))
        if with_agent:
            conditions.append(filters.has_bit(hosts.STATUS, hosts.AGENT_INSTALLED))
        self._condition = filters.all_of(*conditions)
        self._known: dict[Name, dict[str, float]] = {}  # by server and id of the host: when it was told of
        self._servers: t.Optional[Servers] = None
        self._looks = 0

    @property
    def address(self) -> str:
        """Address and port of the primary server."""
        return "%s:%s" % (self._context.params["server"], self._context.params["port"])

    def look(self) -> Look:
        """The hosts that are new.

        :raises CollectionError: no server could be asked; one of LASTING: it makes no sense to ask again
        """
        if self._servers is None:
            self._servers = options.servers(self._context)
        found: dict[Name, list[Host]] = {}

        def at(session: Session) -> None:
            found[session.virtual_server] = hosts.matching(session, [self._condition], hosts.DETAILS)

        try:
            failed = self._servers.each(self._names, at)
        except CollectionError:
            self.close()
            raise
        self._looks += 1
        if failed or self._looks >= LOOKS:
            self.close()
        for error in failed.values():
            if isinstance(error, AuthenticationFailed) or len(failed) == len(self._names):
                raise error
        return Look([view for name, there in found.items() for view in self._new(name, there)], failed)

    def close(self) -> None:
        """End the sessions; the next look begins others."""
        servers, self._servers, self._looks = self._servers, None, 0
        if servers is not None:
            servers.__exit__()

    def _new(self, name: Name, there: t.Sequence[Host]) -> list[dict[str, t.Any]]:
        now = self._context.clock.now()
        known = self._known.get(name, {} if self._existing else {host.id: now for host in there})
        new = [host for host in there if host.id not in known or self._is_old(known[host.id], now)]
        told = {host.id for host in new}
        self._known[name] = {host.id: now if host.id in told else known[host.id] for host in there}
        return [_view(host, name) for host in new]

    def _is_old(self, told: float, now: float) -> bool:
        return self._repeat_after is not None and now - told >= self._repeat_after


def _view(host: Host, name: Name) -> dict[str, t.Any]:
    os_name = host.attributes.get("KLHST_WKS_OS_NAME")
    return {
        "id": host.id,
        "name": host.name,
        "ip": host.ip,
        "fqdn": host.attributes.get("KLHST_WKS_FQDN"),
        "virtual_server": name,
        "os_name": os_name,
        "os_family": os_family(os_name),
        "agent_connected": host.connected,
    }
