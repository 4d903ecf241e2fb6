# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of the simulator: a list of requests without their secrets, and a few counters."""

from __future__ import annotations

import fnmatch
import re
import threading
from dataclasses import asdict, dataclass
from typing import Any

from .exchange import Exchange

SECRET = "<secret>"
SECRET_NAMES = re.compile(r"pass(?!ive)|pwd|secret|token|plaintext|authorization|cookie|private|(^|-)session($|-id)", re.IGNORECASE)
COUNTERS = ("requests", "logins", "bytes_in", "bytes_out", "connections", "faults")


@dataclass(frozen=True)
class Entry:
    """One request. ``wall`` is the wall time that handling took, in seconds; byte counts are of bodies."""

    number: int
    server: str
    verb: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    method: str
    status: int
    session: str
    scope: str
    connection: int
    login: bool
    error: str
    faults: tuple[str, ...]
    bytes_in: int
    bytes_out: int
    wall: float

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as JSON-ready data."""
        return asdict(self)


class Journal:
    """Requests in the order in which they were answered. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._values: set[str] = set()
        self._counters: dict[str, dict[str, int]] = {}
        self._number = 0

    def hide(self, *values: str) -> None:
        """Never show these strings: they are replaced wherever they are the whole of a string or a part of a header or query."""
        with self._lock:
            self._values.update(value for value in values if len(value) >= 3)

    def show(self) -> None:
        """Hide nothing any more: passwords and sessions of a world that is gone."""
        with self._lock:
            self._values.clear()

    def add(self, exchange: Exchange, status: int, bytes_out: int, wall: float, faults: tuple[str, ...] = ()) -> None:
        """Write down a request that was answered; ``status`` 0 means that the connection was dropped instead."""
        body = self._clean_body(exchange)
        with self._lock:
            self._number += 1
            self._entries.append(
                Entry(
                    number=self._number,
                    server=exchange.server,
                    verb=exchange.verb,
                    path=exchange.path,
                    query=self._clean_query(exchange.query),
                    headers={name: self._clean_header(name, value) for name, value in exchange.headers.items()},
                    body=body,
                    method=exchange.method,
                    status=status,
                    session=exchange.session,
                    scope=exchange.scope,
                    connection=exchange.connection.number,
                    login=exchange.login,
                    error=exchange.error,
                    faults=faults,
                    bytes_in=len(exchange.body),
                    bytes_out=bytes_out,
                    wall=wall,
                )
            )
            self._count(exchange.server, "requests", 1)
            self._count(exchange.server, "logins", int(exchange.login))
            self._count(exchange.server, "bytes_in", len(exchange.body))
            self._count(exchange.server, "bytes_out", bytes_out)
            self._count(exchange.server, "faults", len(faults))

    def connected(self, server: str) -> None:
        """Count a new connection."""
        with self._lock:
            self._count(server, "connections", 1)

    def entries(self, method: str = "*", server: str = "*", path: str = "*") -> list[Entry]:
        """Return the entries whose product method, server and path match these patterns (``*`` and ``?``, case counts)."""
        with self._lock:
            found = list(self._entries)
        return [
            entry
            for entry in found
            if fnmatch.fnmatchcase(entry.method, method)
            and fnmatch.fnmatchcase(entry.server, server)
            and fnmatch.fnmatchcase(entry.path, path)
        ]

    def methods(self, server: str = "*") -> list[str]:
        """Return the names of the called methods, in order."""
        return [entry.method for entry in self.entries(server=server)]

    def counters(self) -> dict[str, dict[str, int]]:
        """Return per server how many requests, logins, bytes in and out, connections and faults there were."""
        with self._lock:
            return {server: dict(counts) for server, counts in self._counters.items()}

    def clear(self) -> None:
        """Forget entries and counters; what must stay hidden stays hidden."""
        with self._lock:
            self._entries.clear()
            self._counters.clear()

    def __len__(self) -> int:
        return len(self._entries)

    def _count(self, server: str, name: str, amount: int) -> None:
        counts = self._counters.setdefault(server, dict.fromkeys(COUNTERS, 0))
        counts[name] += amount

    def _clean_body(self, exchange: Exchange) -> Any:
        try:
            return self._clean(exchange.document())
        except ValueError:
            return "<%d bytes that are not JSON>" % len(exchange.body)

    def _clean(self, data: Any) -> Any:
        if isinstance(data, dict):
            return {
                name: SECRET if value and SECRET_NAMES.search(name) and not isinstance(value, (bool, int)) else self._clean(value)
                for name, value in data.items()
            }
        if isinstance(data, list):
            return [self._clean(item) for item in data]
        if isinstance(data, str) and data in self._values:
            return SECRET
        return data

    def _clean_header(self, name: str, value: str) -> str:
        if name == "authorization":
            return "%s %s" % (value.split(" ", 1)[0], SECRET)
        if SECRET_NAMES.search(name):
            return SECRET
        return self._clean_text(value)

    def _clean_query(self, query: str) -> str:
        return "&".join(
            "%s=%s" % (pair.split("=", 1)[0], SECRET) if SECRET_NAMES.search(pair.split("=", 1)[0]) else self._clean_text(pair)
            for pair in query.split("&")
        )

    def _clean_text(self, text: str) -> str:
        if len(text) >= 3:
            for value in self._values:
                if value in text:
                    text = text.replace(value, SECRET)
        return text
