# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search filter language: parser, and compilation to a test with a look-up by index where that is possible.

Source: ksc-openapi.md section 3.2 (KSCAPI/16 a00002), examples of ksc-wire.md section 6.

    filter      = "" | condition
    condition   = "(" "&" condition+ ")" | "(" "|" condition+ ")" | "(" "!" condition ")" | "(" comparison ")"
    comparison  = name [ "&" integer ] ( "=" | "<>" | "<" | ">" | "<=" | ">=" ) value
    value       = integer | 0xHEX | "string" | T"time" | CURTIME(delta)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from .wire import time_value


class FilterError(ValueError):
    """A filter that is malformed or names an unknown attribute."""


@dataclass(frozen=True)
class Attribute:
    """A searchable attribute of rows of one kind.

    ``kind``: string, int, bool, time or binary. ``get(row)`` returns the value, a tuple of values (any of which may match), or None.
    """

    kind: str
    get: Callable[[Any], Any]


Index = Callable[[str], "Mapping[Any, Sequence[Any]] | None"]
"""Gives for an attribute's name the rows by value (strings folded as the filter folds them), or None when there is no index."""

TOKEN = re.compile(
    r"""\s*(?:
    (?P<time>T"(?:[^"]|"")*") | (?P<string>"(?:[^"]|"")*") | (?P<curtime>CURTIME\s*\(\s*(?P<delta>[+-]?\d+)\s*\)) |
    (?P<hex>0[xX][0-9a-fA-F]*) | (?P<int>[+-]?\d+) | (?P<name>[A-Za-z_][\w.-]*) | (?P<op><>|>=|<=|=|<|>) | (?P<mark>[()&|!]) )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Comparison:
    """One comparison; ``pattern`` is set when the string holds wildcards."""

    name: str
    mask: int | None
    operator: str
    value: Any
    pattern: str | None = None


@dataclass(frozen=True)
class Node:
    """``&``, ``|`` or ``!`` over parts."""

    operator: str
    parts: tuple[Any, ...]


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = TOKEN.match(text, place)
        if match is None:
            rest = text[place:].lstrip()
            if rest.startswith('"'):
                raise FilterError("character %d: a string without its closing quote" % place)
            raise FilterError("character %d: %r is not understood" % (place, rest[:12]))
        if match.group("curtime"):
            found.append(("curtime", match.group("delta"), match.start("curtime")))
        else:
            kind = str(match.lastgroup)
            found.append((kind, match.group(kind), match.start(kind)))
        place = match.end()
    return found


class _Parser:
    def __init__(self, text: str, attributes: Mapping[str, Attribute], now: float, bare: bool, fold: Callable[[str], str]) -> None:
        self.tokens = _tokens(text)
        self.place = 0
        self.attributes = attributes
        self.now = now
        self.bare = bare
        self.fold = fold

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "", -1)

    def take(self, kind: str, text: str | None = None) -> str:
        found, value, where = self.peek()
        if found != kind or (text is not None and value != text):
            wanted = repr(text) if text else {"op": "a comparison sign", "int": "a number", "name": "an attribute's name"}.get(kind, kind)
            raise FilterError(
                "%s: %s is needed, found %s"
                % ("the end" if found == "end" else "character %d" % where, wanted, repr(value) if value else "nothing")
            )
        self.place += 1
        return value

    def whole(self) -> Any:
        if self.bare and self.peek()[0] == "name":
            node: Any = self.comparison()
        else:
            node = self.condition()
        if self.peek()[0] != "end":
            raise FilterError("character %d: nothing may follow the filter" % self.peek()[2])
        return node

    def condition(self) -> Any:
        if self.peek()[0] == "name":
            raise FilterError("character %d: a condition must stand in parentheses" % self.peek()[2])
        self.take("mark", "(")
        kind, value, where = self.peek()
        if kind == "mark" and value in "&|!":
            self.place += 1
            parts = []
            while self.peek()[:2] == ("mark", "("):
                parts.append(self.condition())
            if not parts or (value == "!" and len(parts) != 1):
                raise FilterError(
                    "character %d: %r needs %s in parentheses" % (where, value, "exactly one condition" if value == "!" else "conditions")
                )
            node: Any = Node(value, tuple(parts))
        else:
            node = self.comparison()
        self.take("mark", ")")
        return node

    def comparison(self) -> Comparison:
        name = self.take("name")
        attribute = self.attributes.get(name)
        if attribute is None:
            raise FilterError("%s: no such search attribute" % name)
        mask = None
        if self.peek()[:2] == ("mark", "&"):
            self.place += 1
            mask = self.number()
            if attribute.kind != "int":
                raise FilterError("%s: a bit test needs an integer attribute" % name)
        operator = self.take("op")
        return self.value(name, attribute, mask, operator)

    def number(self) -> int:
        kind, text, _where = self.peek()
        if kind == "hex":
            self.place += 1
            return int(text, 16) if len(text) > 2 else 0
        return int(self.take("int"))

    def value(self, name: str, attribute: Attribute, mask: int | None, operator: str) -> Comparison:
        kind, text, where = self.peek()
        if kind == "name":
            raise FilterError('character %d: %s: a string must stand in double quotes: "%s"' % (where, name, text))
        wanted = attribute.kind
        if wanted in ("int", "bool") and kind in ("int", "hex"):
            return Comparison(name, mask, operator, self.number())
        if wanted == "binary" and kind == "hex":
            self.place += 1
            return Comparison(name, None, operator, text[2:].lower())
        if wanted == "time" and kind in ("time", "curtime", "string"):
            self.place += 1
            return Comparison(name, None, operator, self.moment(name, kind, text))
        if wanted == "string" and kind == "string":
            self.place += 1
            return self.string(name, operator, text[1:-1].replace('""', '"'))
        needed = {
            "int": "a number",
            "bool": "0 or 1",
            "string": "a string in double quotes",
            "time": 'T"YYYY-MM-DD hh:mm:ss" or CURTIME(...)',
            "binary": "0x and hexadecimal digits",
        }[wanted]
        raise FilterError("%s: %s is needed, found %s" % (name, needed, text or "nothing"))

    def moment(self, name: str, kind: str, text: str) -> float:
        if kind == "curtime":
            return self.now + int(text)
        try:
            return time_value(text.lstrip("T").strip('"'))
        except ValueError:
            raise FilterError("%s: %s is no time" % (name, text)) from None

    def string(self, name: str, operator: str, text: str) -> Comparison:
        folded = self.fold(text)
        if operator == "=" and any(sign in text for sign in "*?["):
            literal, pattern = _wildcards(folded)
            return Comparison(name, None, operator, literal, pattern)
        return Comparison(name, None, operator, folded)


def _wildcards(text: str) -> tuple[str | None, str | None]:
    """Return the string that a wildcard text stands for if it stands for exactly one, else None and a regular expression."""
    parts, literal, place = [], [], 0
    plain = True
    while place < len(text):
        sign = text[place]
        if sign in "*?":
            parts.append(".*" if sign == "*" else ".")
            plain = False
        elif sign == "[":
            end = text.find("]", place + (3 if text[place + 1 : place + 3] == "^]" else 2))
            if end < 0:
                raise FilterError("a set [...] without its closing bracket")
            content = text[place + 1 : end]
            negated = content.startswith("^") and len(content) > 1
            inside = content[1:] if negated else content
            body = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside)
            if body.startswith("-") or body.endswith("-"):
                body = body.replace("-", r"\-")
            try:
                re.compile("[%s]" % body)
            except re.error:
                raise FilterError("a set that makes no sense: [%s]" % content) from None
            parts.append("[%s%s]" % ("^" if negated else "", body))
            if len(inside) == 1 and not negated:
                literal.append(inside)
            else:
                plain = False
            place = end
        else:
            parts.append(re.escape(sign))
            literal.append(sign)
        place += 1
    return ("".join(literal), None) if plain else (None, "".join(parts))


class Filter:
    """A compiled filter."""

    def __init__(
        self, text: str | None, attributes: Mapping[str, Attribute], *, now: float = 0.0, bare: bool = False, case_sensitive: bool = False
    ) -> None:
        self._fold: Callable[[str], str] = (lambda text: text) if case_sensitive else str.casefold
        self._attributes = attributes
        self._node = None
        if text and text.strip():
            self._node = _Parser(text, attributes, now, bare, self._fold).whole()
        self._test = None if self._node is None else self._compile(self._node)

    def select(self, rows: Iterable[Any], index: Index | None = None) -> list[Any]:
        """Return the rows that match, in their order (when found through an index: in the index's order)."""
        if self._node is None or self._test is None:
            return list(rows)
        found = self._candidates(self._node, index) if index is not None else None
        if found is not None:
            candidates, exact = found
            return candidates if exact else [row for row in candidates if self._test(row)]
        return [row for row in rows if self._test(row)]

    def matches(self, row: Any) -> bool:
        """Say whether one row matches."""
        return self._test is None or self._test(row)

    def _candidates(self, node: Any, index: Index) -> tuple[list[Any], bool] | None:
        if isinstance(node, Comparison):
            if node.operator != "=" or node.mask is not None or node.pattern is not None:
                return None
            rows = index(node.name)
            return None if rows is None else (list(rows.get(node.value, ())), True)
        if node.operator == "!":
            return None
        parts = [self._candidates(part, index) for part in node.parts]
        if node.operator == "|":
            if any(part is None for part in parts):
                return None
            merged: dict[int, Any] = {}
            exact = True
            for part in parts:
                assert part is not None
                merged.update((id(row), row) for row in part[0])
                exact = exact and part[1]
            return list(merged.values()), exact
        usable = [part for part in parts if part is not None]
        if not usable:
            return None
        best = min(usable, key=lambda part: len(part[0]))
        return best[0], best[1] and len(parts) == 1

    def _compile(self, node: Any) -> Callable[[Any], bool]:
        if isinstance(node, Comparison):
            return self._compile_comparison(node)
        if node.operator == "!":
            inner = self._compile(node.parts[0])
            return lambda row: not inner(row)
        if node.operator == "|":
            tests = self._fused(node.parts)
            return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)
        tests = [self._compile(part) for part in node.parts]
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _fused(self, parts: Sequence[Any]) -> list[Callable[[Any], bool]]:
        """Compile alternatives; equalities of one attribute become one set and one regular expression."""
        values: dict[str, set[Any]] = {}
        patterns: dict[str, list[str]] = {}
        tests = []
        for part in parts:
            if isinstance(part, Comparison) and part.operator == "=" and part.mask is None:
                if part.pattern is not None:
                    patterns.setdefault(part.name, []).append(part.pattern)
                else:
                    values.setdefault(part.name, set()).add(part.value)
            else:
                tests.append(self._compile(part))
        for name, wanted in values.items():
            tests.append(self._any(name, wanted.__contains__))
        for name, alternatives in patterns.items():
            tests.append(self._any(name, _full(alternatives)))
        return tests

    def _compile_comparison(self, node: Comparison) -> Callable[[Any], bool]:
        value = node.value
        if node.mask is not None:
            mask = node.mask
            compare = COMPARE[node.operator]
            return self._any(node.name, lambda found: compare(int(found) & mask, value))
        if node.pattern is not None:
            return self._any(node.name, _full([node.pattern]))
        compare = COMPARE[node.operator]
        if node.operator == "<>":
            return self._any(node.name, lambda found: found != value, absent=True)
        return self._any(node.name, lambda found: compare(found, value))

    def _any(self, name: str, test: Callable[[Any], bool], absent: bool = False) -> Callable[[Any], bool]:
        attribute = self._attributes[name]
        get, fold = attribute.get, self._fold
        folded = attribute.kind == "string"

        def run(row: Any) -> bool:
            value = get(row)
            if value is None:
                return absent and (test("") if folded else True)
            values = value if isinstance(value, tuple) else (value,)
            return any(test(fold(item) if folded else item) for item in values)

        return run


def _full(patterns: list[str]) -> Callable[[str], bool]:
    compiled = re.compile("|".join("(?:%s)" % pattern for pattern in patterns), re.DOTALL)
    return lambda text: compiled.fullmatch(text) is not None


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}
