# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Which hosts an installation or removal begins with, and whether it goes on."""

from __future__ import annotations

import typing as t

from ..._core.errors import InputError
from ..._core.module import Context
from ..._core.progress import WAITING
from ..._core.waiting import Waiting
from ..api import hosts
from ..api.hosts import Host
from ..api.session import Session
from . import waves
from .installed_host import InstalledHost
from .servers import Name, Servers


class Rollout:
    """The waves of one job; without the option, everything is one wave."""

    def __init__(self, context: Context, servers: Servers) -> None:
        """
        :raises InputError: the options are not usable
        """
        params = context.params
        self._servers = servers
        self._state: str = params["state"]
        self._sizes = waves.sizes(params["waves"] or [])
        self._allowed = waves.percentage(params["max_fail_percentage"])
        self.waves: list[list[InstalledHost]] = []
        if self._sizes and not params["wait"]:
            raise InputError("waves: a wave starts when the previous one has ended, so wait must be true.", option="waves")

    def arrange(self, items: t.Sequence[InstalledHost]) -> None:
        """Make the waves of what is to be done on hosts. Those that cannot answer come last: they would tell nothing."""
        todo = [item for item in items if item.change.open]
        if not self._sizes:
            self.waves = [todo]
            return
        order = [item for item in todo if item.host.connected is not False]
        order += [item for item in todo if item.host.connected is False]
        if self._state == "absent":
            self.waves = waves.split(self._sizes, order, last=self._first_devices(items, todo))
        else:
            # A device that is protected already has been onboarded: what follows is no reason to upgrade it first.
            fresh = [item for item in todo if not item.host.has(hosts.PROTECTION_INSTALLED)]
            self.waves = waves.split(self._sizes, order, first=self._first_devices(items, fresh))
        for number, wave in enumerate(self.waves, 1):
            for item in wave:
                item.change.facts["wave"] = number

    def _first_devices(self, items: t.Sequence[InstalledHost], among: t.Sequence[InstalledHost]) -> list[InstalledHost]:
        """Those that came to their virtual server first: the distribution points, without which nothing is installed there."""
        oldest: dict[Name, InstalledHost] = {}
        for item in items:
            known = oldest.get(item.server)
            if item.server is not None and (known is None or _came_before(item.host, known.host)):
                oldest[item.server] = item
        candidates = {item.server: item for item in among if oldest.get(item.server) is item}
        found: set[Name] = set()

        def look(session: Session) -> None:
            if not hosts.has_elder(session, candidates[session.virtual_server].host):
                found.add(session.virtual_server)

        for name, error in self._servers.each(candidates, look).items():
            candidates[name].change.fail(error.message)
        return [item for name, item in candidates.items() if name in found]

    def begin(self) -> None:
        """For lines of progress: all waves but the first one wait."""
        for wave in self.waves[1:]:
            for item in wave:
                item.change.standing = WAITING

    def goes_on(self, number: int, waiting: Waiting) -> bool:
        """Whether a wave starts after this one; if not, the hosts of all that are left say why."""
        why = waves.verdict(number, [item.change for item in self.waves[number - 1]], self._allowed)
        if not why and waiting.remaining == 0.0:
            why = "wave %d had not ended within wait_timeout (%g s)" % (number, waiting.timeout)
        if why:
            for later, wave in enumerate(self.waves[number:], number + 1):
                for item in wave:
                    item.change.hold("wave %d of %d was not started: %s" % (later, len(self.waves), why))
        return not why


def _came_before(host: Host, other: Host) -> bool:
    """Whether the record of a host is older than that of another one, as far as the server tells."""
    return host.created is not None and (other.created is None or host.created < other.created)
