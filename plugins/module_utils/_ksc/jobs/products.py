# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Which hosts have an application, as well as the server can tell: exactly, or only that some protection is there."""

from __future__ import annotations

import typing as t

from ..._core.errors import NoSuchCall
from ..api import filters, hosts
from ..api.hosts import Host, Product
from ..api.session import Session

DETAILS = 20  # hosts that are asked one by one where the search does not find an application that a task has installed


class ProductSearch:
    """What one server tells about the applications of its hosts.

    ``exact``: it tells name and version. Else only bit 0x10 of the status is known: some protection application is installed.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.exact = True

    def having(self, found: t.Sequence[Host], product: Product) -> dict[str, t.Optional[bool]]:
        """By id of the host: whether it has the product (any version, if that names none); None where that cannot be told."""
        if not found:
            return {}
        ids = list(dict.fromkeys(host.id for host in found))
        if self.exact:
            have = hosts.with_product(self._session, ids, product)
            if have is not None:
                return {id: id in have for id in ids}
            self.exact = False
        return {host.id: host.has(hosts.PROTECTION_INSTALLED) for host in found}

    def versions(self, found: t.Sequence[Host], name: str) -> dict[str, str]:
        """The version that each host has of a product; hosts that have none are left out.

        One host is asked for what it has, then all are searched for that version, until the version of each is known.

        :raises NoSuchCall: the server cannot tell versions
        """
        known: dict[str, str] = {}
        left = [host for host in found if self.having(found, Product(name, "")).get(host.id)]
        if left and not self.exact:
            raise NoSuchCall("%s cannot tell which version of %s a host has." % (self._session, name))
        while left:
            there = hosts.versions(hosts.products(self._session, left[0].id), name)
            if there:
                known[left[0].id] = there[0]
                same = self.having(left[1:], Product(name, there[0]))
                known.update((id, there[0]) for id, has in same.items() if has)
            left = [host for host in left[1:] if host.id not in known]
        return known

    def now(self, found: t.Sequence[Host], product: Product, thorough: bool) -> dict[str, t.Optional[bool]]:
        """The same as ``having``, after a task: the status is read anew, and with ``thorough`` some hosts are asked themselves."""
        if not found:
            return {}
        if not self.exact:
            conditions = [filters.equals(hosts.ID, host.id) for host in found]
            return {host.id: host.has(hosts.PROTECTION_INSTALLED) for host in hosts.matching(self._session, conditions)}
        have = self.having(found, product)
        lacking = [id for id, has in have.items() if has is False]
        if thorough and 0 < len(lacking) <= DETAILS:
            for id in hosts.with_product_by_detail(self._session, lacking, product) or ():
                have[id] = True
        return have
