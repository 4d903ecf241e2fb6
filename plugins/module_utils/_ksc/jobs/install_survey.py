# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What each host has of the application that is wanted on it, or off it. Only reads."""

from __future__ import annotations

import typing as t

from ..._core.entries import ValidationErrors
from ..._core.errors import NoSuchCall
from ..._core.module import Context
from ..._core.plan import Change
from ..._core.report import SHOWN
from ..api.hosts import Host, Product
from ..api.session import Session
from .installed_host import InstalledHost
from .products import ProductSearch, is_older
from .selection import Found, HostEntry
from .servers import Name, Servers
from .task_run import TaskHost


class Survey:
    """``searches``: by server, what it tells about the applications of its hosts."""

    def __init__(self, context: Context, servers: Servers, errors: ValidationErrors) -> None:
        self._context = context
        self._servers = servers
        self._errors = errors
        self._state: str = context.params["state"]
        self.searches: dict[Name, ProductSearch] = {}

    def look(self, chosen: t.Sequence[HostEntry], found: t.Mapping[HostEntry, Found]) -> dict[HostEntry, InstalledHost]:
        """What each host has of the application that is wanted on it, or off it."""
        items: dict[HostEntry, InstalledHost] = {}

        def look(session: Session) -> None:
            searched = self.searches[session.virtual_server] = ProductSearch(session)
            same: dict[Product, list[HostEntry]] = {}
            for entry in chosen:
                if found[entry].server == session.virtual_server:
                    same.setdefault(wanted_product(entry), []).append(entry)
            for product, entries in same.items():
                for entry, (there, has) in self._looked_up(searched, product, entries, found).items():
                    host = t.cast(Host, found[entry].host)
                    change = Change("", {}, None, None)
                    items[entry] = InstalledHost(entry, host, there, has, change, TaskHost(host, change))
                if self._state == "present" and searched.exact:
                    self._compare_builds(searched, product, [items[entry] for entry in entries])

        refused = self._servers.each([found[entry].server for entry in chosen], look)
        for entry in chosen:
            if found[entry].server in refused:
                self._errors.add_error(entry, refused[found[entry].server])
        for name, searched in self.searches.items():
            if not searched.exact:
                self._context.warn(
                    "%s does not report which applications a host has, only whether a protection application is installed "
                    "(bit 0x10 of its status). Such a host counts as %s."
                    % (
                        self._servers.describe(name),
                        "installed, regardless of the version" if self._state == "present" else "not removed yet",
                    )
                )
        return items

    def _looked_up(
        self, searched: ProductSearch, product: Product, entries: t.Sequence[HostEntry], found: t.Mapping[HostEntry, Found]
    ) -> dict[HostEntry, tuple[Product, t.Optional[bool]]]:
        """The product of each entry, of the version that is there where it shall be removed, and whether the host has it."""
        records = [t.cast(Host, found[entry].host) for entry in entries]
        have = searched.having(records, product) if product.version else {}
        result = {entry: (product, have.get(host.id)) for entry, host in zip(entries, records)}
        if self._state == "present":
            return result
        # Another version than the user knows of is removed as well: the host shall be without the application.
        lacking = [(entry, host) for entry, host in zip(entries, records) if not have.get(host.id)]
        if not searched.exact and product.version:
            return result
        try:
            versions = searched.versions([host for _entry, host in lacking], product.name)
        except NoSuchCall as error:
            for entry, _host in lacking:
                self._errors.add(entry, "%s Give product.version" % error.message)
            return result
        for entry, host in lacking:
            version = versions.get(host.id)
            result[entry] = (Product(product.name, version), True) if version else (product, False)
        return result

    def _compare_builds(self, searched: ProductSearch, product: Product, items: t.Sequence[InstalledHost]) -> None:
        """The version does not change with builds. Over an older one than is asked for, the application is installed."""
        by_build: dict[str, list[InstalledHost]] = {}
        for item in items:
            if item.has and item.wanted_build is not None:
                by_build.setdefault(item.wanted_build, []).append(item)
        for wanted, some in by_build.items():
            builds = searched.builds([item.host for item in some], product, wanted)
            for item in some:
                item.build = builds[item.host.id]
                item.has = not is_older(item.build, wanted)
            unknown = [str(item.entry) for item in some if item.build is None]
            if unknown:
                self._context.warn(
                    "%s does not report which build of %s these hosts have, so they are left as they are: %s"
                    % (
                        self._servers.describe(some[0].server),
                        product,
                        ", ".join(unknown[:SHOWN]) + (" ..." if len(unknown) > SHOWN else ""),
                    )
                )


def wanted_product(entry: HostEntry) -> Product:
    return Product(entry.options["product"]["name"], entry.options["product"]["version"] or "")
