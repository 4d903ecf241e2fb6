# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What the jobs share that make objects of a server as they shall be: virtual servers, users, groups."""

from __future__ import annotations

import typing as t

from ..._core.entries import Params, ValidationErrors
from ..._core.errors import CollectionError
from ..._core.module import Context
from ..._core.plan import Change
from ..api import virtual_servers
from ..api.session import Session
from .servers import Name, Servers


class Item(t.Protocol):
    """An object that an entry describes."""

    @property
    def server(self) -> Name:
        """The server that has it."""

    @property
    def change(self) -> Change:
        """What becomes of it."""

    reason: str  # why its state is not known


_Item = t.TypeVar("_Item", bound=Item)


def on_each_server(
    servers: Servers, items: t.Iterable[_Item], work: t.Callable[[Session, list[_Item]], None]
) -> list[tuple[_Item, CollectionError]]:
    """Work on the items of each server, side by side; the items of servers where that ended with an error, each with it."""
    by_server: dict[Name, list[_Item]] = {}
    for item in items:
        by_server.setdefault(item.server, []).append(item)
    failed = servers.each(by_server, lambda session: work(session, by_server[session.virtual_server]))
    return [(item, error) for name, error in failed.items() for item in by_server[name]]


def refuse_contradictions(keys: t.Mapping[t.Any, t.Any], options: t.Mapping[t.Any, Params], errors: ValidationErrors) -> None:
    """Note entries that are one object, by their key, and want different things of it.

    ``keys`` and ``options``: by the entry as ``errors`` knows it.
    """
    same: dict[t.Any, list[t.Hashable]] = {}
    for entry, key in keys.items():
        same.setdefault(key, []).append(entry)
    for entries in same.values():
        wishes = {repr({name: value for name, value in options[entry].items() if name != "label"}) for entry in entries}
        if len(wishes) > 1:
            for entry in entries:
                errors.add(entry, "it is listed %d times with different options; list it once" % len(entries))


def ready(context: Context, servers: Servers, items: t.Sequence[_Item]) -> tuple[set[Name], list[_Item]]:
    """The virtual servers that are not there yet, and the items that can be looked at.

    In check mode with ``expect_virtual_server`` an earlier step is about to create virtual servers, or to enable them: items of
    those to create are not looked at, nor are items of suspended ones, which get that as their reason.
    """
    wanted: set[Name] = {item.server for item in items if item.server is not None}
    if not (context.check_mode and context.params["expect_virtual_server"] and wanted):
        return set(), list(items)
    existing: dict[Name, virtual_servers.VirtualServer] = {server.name: server for server in virtual_servers.listing(servers.primary)}
    coming = wanted - existing.keys()
    known = []
    for item in items:
        if item.server in existing and existing[item.server].enabled is False:
            item.reason = "what has to change is known only when the virtual server is enabled"
        elif item.server not in coming:
            known.append(item)
    return coming, known
