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


def is_older(build: t.Optional[str], wanted: str) -> bool:
    """Whether the wanted build is to be installed over one; of the same form it is when that counts less."""
    if build is None or build == wanted:
        return False
    there, asked = _parts(build), _parts(wanted)
    return there < asked if len(there) == len(asked) else True


def _parts(build: str) -> list[int]:
    """The numbers of a build such as 5.2.0.1304; none for a text of another form."""
    parts = build.split(".")
    return [int(part) for part in parts] if all(part.isascii() and part.isdigit() for part in parts) else []


def _alike(build: t.Optional[str], wanted: str) -> bool:
    """Whether two builds can be compared."""
    return build == wanted or (build is not None and 0 < len(_parts(build)) == len(_parts(wanted)))


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
            raise NoSuchCall("%s does not report which version of %s a host has." % (self._session, name))
        while left:
            there = hosts.versions(hosts.products(self._session, left[0].id), name)
            if there:
                known[left[0].id] = there[0]
                same = self.having(left[1:], Product(name, there[0]))
                known.update((id, there[0]) for id, has in same.items() if has)
            left = [host for host in left[1:] if host.id not in known]
        return known

    def builds(self, found: t.Sequence[Host], product: Product, wanted: str) -> dict[str, t.Optional[str]]:
        """By id of hosts that have the product: its build there; "" is one that is not the wanted one, None cannot be told.

        The records of the hosts tell it for all at once, a search for the wanted one does, and then each host is asked.
        """
        known = {host.id: host.build(product) for host in found}
        unclear = [host for host in found if not _alike(known[host.id], wanted) or known[host.id] == product.version != wanted]
        if not unclear:
            return known
        same = hosts.with_build(self._session, [host.id for host in unclear], product, wanted)
        for host in unclear:
            if same is not None and host.id in same:
                known[host.id] = wanted
                continue
            try:
                detail = hosts.build_in(hosts.products(self._session, host.id), product)
            except NoSuchCall:
                detail = None
            known[host.id] = detail if _alike(detail, wanted) else (None if same is None else "")
        return known

    def now(self, found: t.Sequence[Host], product: Product, thorough: bool) -> dict[str, t.Optional[bool]]:
        """The same as ``having``, after a task: the status is read again, and with ``thorough`` some hosts are asked themselves."""
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
