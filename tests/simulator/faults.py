# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: what shall go wrong, with which request, and how often."""

from __future__ import annotations

import difflib
import fnmatch
import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Callable

from .exchange import Exchange

KINDS = {
    "drop_before": "the connection is dropped and the request is never handled",
    "drop_after": "the request is handled, its answer is lost with the connection",
    "drop_middle": "the request is handled, the connection is dropped in the middle of the answer's body",
    "status": "an HTTP status (`status`, default 503) with a plain text (`text`) and `headers`, such as Retry-After",
    "html": "an HTML page (`text`) instead of the answer, with `status` (default 200)",
    "truncate": "the request is handled, the second half of the answer's body is missing",
    "latency": "the answer comes `seconds` wall seconds later; other faults may follow",
    "error": "an error in the product's own shape, made from `error`",
    "no_such_call": "the product answers that it has no such method",
    "kill_session": "the session (or login) of this request is gone before it is handled",
    "restart": "the server restarts before the request is handled: all sessions are gone, its state is kept",
}


class FaultError(ValueError):
    """A fault was described wrongly; the text names the member."""


@dataclass
class Fault:
    """One fault.

    ``server``, ``method``, ``path`` and ``scope`` are patterns (``*``, ``?``), ``verb`` is an HTTP method; they choose requests.
    Of the chosen ones the fault hits number ``nth`` (1 = the next) and those after it, ``count`` in all (None: for ever).
    ``handled``: a ``status`` or ``html`` comes instead of the answer to a request that was handled all the same.
    """

    kind: str
    server: str = "*"
    method: str = "*"
    path: str = "*"
    scope: str = "*"
    verb: str = "*"
    nth: int = 1
    count: int | None = 1
    status: int = 0
    text: str = ""
    handled: bool = False
    seconds: float = 0.0
    error: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    seen: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise FaultError("kind: %r is none of %s" % (self.kind, ", ".join(KINDS)))
        for name in ("server", "method", "path", "scope", "verb", "text"):
            if not isinstance(getattr(self, name), str):
                raise FaultError("%s: a string is needed" % name)
        for name in ("nth", "status"):
            if not isinstance(getattr(self, name), int):
                raise FaultError("%s: a whole number is needed" % name)
        if not isinstance(self.handled, bool):
            raise FaultError("handled: true or false is needed")
        if self.count is not None and not isinstance(self.count, int):
            raise FaultError("count: a whole number or null is needed")
        if not isinstance(self.seconds, (int, float)) or self.seconds < 0:
            raise FaultError("seconds: a number, 0 or more, is needed")
        if not isinstance(self.error, dict):
            raise FaultError("error: an object is needed")
        if not isinstance(self.headers, dict) or not all(isinstance(value, str) for value in self.headers.values()):
            raise FaultError("headers: an object of strings is needed")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fault:
        """Build a fault from JSON data; FaultError names an unknown or wrong member."""
        if not isinstance(data, Mapping):
            raise FaultError("a fault is an object, with at least `kind`")
        known = {item.name for item in fields(cls)} - {"seen", "hits"}
        for name in data:
            if name not in known:
                raise FaultError("%s: no such member; known: %s" % (name, ", ".join(sorted(known))))
        if "kind" not in data:
            raise FaultError("kind: missing; one of %s" % ", ".join(KINDS))
        return cls(**data)

    def as_dict(self) -> dict[str, Any]:
        """Return the fault as JSON-ready data, with ``seen`` and ``hits``."""
        return asdict(self)

    def chooses(self, exchange: Exchange) -> bool:
        """Say whether the patterns fit this request."""
        match = fnmatch.fnmatchcase
        return (
            match(exchange.server, self.server)
            and match(exchange.method, self.method)
            and match(exchange.path, self.path)
            and match(exchange.scope, self.scope)
            and match(exchange.verb, self.verb.upper())
        )


class Faults:
    """The faults that are set. All methods may be called from any thread."""

    def __init__(self, methods: Callable[[], Mapping[str, Collection[str]]] | None = None) -> None:
        """``methods`` gives the methods that each server has; without it any name is taken."""
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._methods = methods

    def add(self, kind: str, **members: Any) -> Fault:
        """Set a fault (see :class:`Fault` for the members) and return it; its ``hits`` tells later how often it struck.

        FaultError when it could never strike, because no server or method fits its patterns.
        """
        fault = Fault.from_dict(dict(members, kind=kind))
        if self._methods is not None:
            self._check(fault, self._methods())
        with self._lock:
            self._faults.append(fault)
        return fault

    @staticmethod
    def _check(fault: Fault, methods: Mapping[str, Collection[str]]) -> None:
        servers = fnmatch.filter(methods, fault.server)
        if not servers:
            raise FaultError("server: no server fits %r; known: %s" % (fault.server, ", ".join(methods)))
        known = {name for server in servers for name in methods[server]}
        # Requests that are no method's have an empty one.
        if not any(fnmatch.fnmatchcase(name, fault.method) for name in ("", *known)):
            close = difflib.get_close_matches(fault.method, sorted(known), 3)
            raise FaultError(
                "method: no method of %s fits %r%s"
                % (" or ".join(servers), fault.method, "; near it: " + ", ".join(close) if close else "")
            )

    def take(self, exchange: Exchange) -> list[Fault]:
        """Return the faults that strike this request, and count them."""
        if not self._faults:
            return []
        struck = []
        with self._lock:
            for fault in self._faults:
                if fault.chooses(exchange):
                    fault.seen += 1
                    if fault.seen >= fault.nth and (fault.count is None or fault.hits < fault.count):
                        fault.hits += 1
                        struck.append(fault)
        return struck

    def list(self) -> list[Fault]:
        """Return all faults that are set, spent ones included."""
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        """Take all faults back."""
        with self._lock:
            self._faults.clear()
