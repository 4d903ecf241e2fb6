# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request on its way through the simulator, and the TCP connection that it came on."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Callable


def strict_json(body: bytes) -> Any:
    """Return the content of a JSON text in UTF-8; ValueError for anything else.

    Python takes more than JSON is (RFC 8259): here NaN and infinities, a name twice in an object, and nesting too deep to be
    read are errors, too.
    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _value in pairs]
            raise ValueError("%s: twice in one object" % next(name for name in names if names.count(name) > 1))
        return found

    def constant(text: str) -> Any:
        raise ValueError("%s is no JSON" % text)

    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=members, parse_constant=constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


class Connection:
    """One TCP/TLS connection from a client.

    ``number`` counts from 1 over the life of a simulator. ``memory`` belongs to the product: what it wants to remember for exactly
    as long as the connection lives, such as a login that is bound to it.
    """

    def __init__(self, server: str, number: int, transport: asyncio.Transport | None = None) -> None:
        self.server = server
        self.number = number
        self.memory: dict[str, Any] = {}
        self.closed = False
        self.when_closed: list[Callable[[], None]] = []
        self._transport = transport

    def abort(self) -> None:
        """Drop the connection at once, without a word to the client."""
        if self._transport is not None:
            self._transport.abort()

    def lost(self) -> None:
        """Called by the protocol when the connection is gone; runs ``when_closed`` once."""
        if not self.closed:
            self.closed = True
            callbacks, self.when_closed = self.when_closed, []
            for callback in callbacks:
                callback()


@dataclass
class Exchange:
    """A request, and what the product found out about it.

    The frame fills the first group; ``raw_path`` is as it was sent, percent signs included. The product fills the second (in
    ``identify``, so that faults can be matched, and while handling); none of its values may hold a secret, since the journal keeps
    them.
    """

    server: str
    connection: Connection
    verb: str
    path: str
    raw_path: str
    query: str
    headers: dict[str, str]
    body: bytes
    started: float = 0.0

    method: str = ""
    scope: str = ""
    session: str = ""
    login: bool = False
    error: str = ""

    _document: Any = field(default=None, repr=False)
    _parsed: bool = field(default=False, repr=False)

    def document(self) -> Any:
        """Return the body as JSON; ValueError when it is not JSON, None when there is no body. Parsed once."""
        if not self._parsed:
            self._document = strict_json(self.body) if self.body.strip() else None
            self._parsed = True
        return self._document
