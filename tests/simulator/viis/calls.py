# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of an operation: what came in, and the description of what may come."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import unquote

from ..exchange import Exchange
from .schema import Kind

if TYPE_CHECKING:
    from .server import Server

PREFIX = "/api/3.0"


@dataclass
class Call:
    """A request that was admitted. ``ids`` are decoded parts of the path; ``query`` is raw, in order; ``body`` is native."""

    operation: Operation
    exchange: Exchange
    ids: dict[str, str]
    query: list[tuple[str, str]] = field(default_factory=list)
    body: Any = None

    def parameter(self, name: str) -> str | None:
        """Return the decoded value of the first query parameter of that name."""
        return next((unquote(value) for key, value in self.query if key == name), None)


@dataclass
class Reply:
    """An answer of another form than data with the operation's own status."""

    data: Any = None
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """An operation of the API.

    name: as the journal and faults call it; number: in the contract's index, 0 for an undocumented one; success: status;
    body: what the body must be; query: known parameters; reserve: a Reserve answers it, too; since: first version that has it.
    """

    name: str
    number: int
    verb: str
    path: str
    handler: Callable[[Server, Call], Any]
    success: int = 200
    body: Kind | Callable[[Server], Kind] | None = None
    empty_body: bool = False
    query: tuple[str, ...] = ()
    reserve: bool = False
    since: str = "6.0"
    public: bool = False
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False, default=re.compile(""))

    def __post_init__(self) -> None:
        parts = re.split(r"\{(\w+)\}", self.path)
        text = "".join("(?P<%s>[^/]+)" % part if number % 2 else re.escape(part) for number, part in enumerate(parts))
        object.__setattr__(self, "pattern", re.compile(text.rstrip("/") + "(?P<slash>/?)"))
