# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Descriptions of request bodies as data, and the reading of a body by such a description.

A *kind* reads one JSON value and returns it in native form (numbers as int, Base64 as text). What is wrong is collected, so that one
answer names every wrong member.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

LIBERAL = "liberal"
DOCUMENTED = "strict-documented"
NATIVE = "strict-native"
QUOTED = "strict-quoted"

HOST_PORT = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^:/\[\]\s]+)):(?P<port>\d{1,5})")


@dataclass
class Reading:
    """How to read, and what was found wrong."""

    wire: str = LIBERAL
    refuse_unknown: bool = True
    problems: dict[str, list[str]] = field(default_factory=dict)

    def wrong(self, where: str, text: str) -> None:
        """Note a problem of the member ``where``."""
        self.problems.setdefault(where, []).append(text)


class Kind(Protocol):
    """Reads one value."""

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return the native value; problems go to ``reading``."""


@dataclass(frozen=True)
class Text:
    """A string that is not empty."""

    pattern: str = ""
    what: str = "a string that is not empty is needed"

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return the string."""
        if not isinstance(value, str) or not value.strip() or (self.pattern and not re.fullmatch(self.pattern, value)):
            reading.wrong(where, self.what)
        return value


@dataclass(frozen=True)
class Choice:
    """One of a closed set of strings; case counts."""

    values: tuple[str, ...]

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return the string."""
        if value not in self.values:
            reading.wrong(where, "%r is none of %s" % (value, ", ".join(self.values)))
        return value


@dataclass(frozen=True)
class Secret:
    """A password in Base64 (UTF-8, standard alphabet, with padding; R-08)."""

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return the password itself."""
        if isinstance(value, str):
            try:
                data = base64.b64decode(value.encode("ascii"), validate=True)
                plain = data.decode("utf-8") if base64.b64encode(data).decode("ascii") == value else ""
            except (ValueError, binascii.Error):
                plain = ""
            if plain:
                return plain
        reading.wrong(where, "a password in Base64 is needed")
        return ""


@dataclass(frozen=True)
class Whole:
    """A number that the documents print in quotes (A-13)."""

    low: int
    high: int

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return an int."""
        quoted, bare = isinstance(value, str), isinstance(value, int) and not isinstance(value, bool)
        if (reading.wire in (DOCUMENTED, QUOTED) and not quoted) or (reading.wire == NATIVE and not bare):
            reading.wrong(where, "wrong JSON type for a number (mode %s)" % reading.wire)
            return self.low
        if not bare and not (quoted and re.fullmatch(r"\d{1,9}", value)):
            reading.wrong(where, "a whole number is needed")
            return self.low
        number = int(value)
        if not self.low <= number <= self.high:
            reading.wrong(where, "%d is not within %d to %d" % (number, self.low, self.high))
        return number


@dataclass(frozen=True)
class Flag:
    """A boolean; ``quoted`` ones are printed in quotes by the documents (A-13)."""

    quoted: bool = False

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return a bool."""
        text = isinstance(value, str) and value.lower() in ("true", "false")
        wants_text = reading.wire == QUOTED and self.quoted
        if reading.wire == LIBERAL and (text or isinstance(value, bool)):
            return value if isinstance(value, bool) else value.lower() == "true"
        if wants_text and text:
            return value.lower() == "true"
        if not wants_text and isinstance(value, bool):
            return value
        reading.wrong(where, "a boolean is needed (mode %s)" % reading.wire)
        return False


@dataclass(frozen=True)
class Address:
    """An IP address, or a mask in the same notation."""

    mask: bool = False

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return the string."""
        try:
            if not isinstance(value, str):
                raise ValueError(value)
            if self.mask:
                ipaddress.IPv4Network("0.0.0.0/%s" % value)
                ipaddress.IPv4Address(value)
            else:
                ipaddress.ip_address(value)
        except ValueError:
            reading.wrong(where, "a subnet mask is needed" if self.mask else "an IP address is needed")
        return value


@dataclass(frozen=True)
class HostPort:
    """``host:port``; an IPv6 address stands in brackets."""

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return the string."""
        if not isinstance(value, str) or not split_address(value):
            reading.wrong(where, "host:port is needed")
        return value


def split_address(text: str) -> tuple[str, int] | None:
    """Return host and port of ``host:port``, None when it is something else."""
    found = HOST_PORT.fullmatch(text)
    if not found or not 1 <= int(found.group("port")) <= 65535:
        return None
    return found.group("six") or found.group("host"), int(found.group("port"))


@dataclass(frozen=True)
class ListOf:
    """A list with at least ``least`` items; ``single``: outside the strict modes one bare item is taken, too."""

    item: Kind
    least: int = 1
    single: bool = False

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return a list."""
        if self.single and reading.wire == LIBERAL and isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or len(value) < self.least:
            reading.wrong(where, "a list of at least %d is needed" % self.least)
            return []
        return [self.item.read(item, "%s[%d]" % (where, number), reading) for number, item in enumerate(value)]


@dataclass(frozen=True)
class Member:
    """A member of an object."""

    kind: Kind
    needed: bool = True


def needed(kind: Kind) -> Member:
    """Return a member that must be there."""
    return Member(kind)


def optional(kind: Kind) -> Member:
    """Return a member that may be left out."""
    return Member(kind, False)


class Rule(Protocol):
    """A condition between members of one object, checked when each member by itself was right."""

    def check(self, value: Mapping[str, Any], where: str, reading: Reading) -> None:
        """Note what is wrong in ``reading``."""


class Shape:
    """An object with these members and rules."""

    def __init__(self, members: Mapping[str, Member], *rules: Rule) -> None:
        self.members = dict(members)
        self.rules = rules

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return a dict with the members that are there; null counts as absent in the liberal mode only."""
        if not isinstance(value, dict):
            reading.wrong(where, "an object is needed")
            return {}
        found, before = {}, len(reading.problems)
        for name, member in self.members.items():
            at = join(where, name)
            if name not in value or (value[name] is None and reading.wire == LIBERAL):
                if member.needed:
                    reading.wrong(at, "missing")
            else:
                found[name] = member.kind.read(value[name], at, reading)
        if reading.refuse_unknown:
            for name in value:
                if name not in self.members:
                    reading.wrong(join(where, str(name)), "no such member")
        if len(reading.problems) == before:
            for rule in self.rules:
                rule.check(found, where, reading)
        return found


@dataclass(frozen=True)
class Variant:
    """An object whose shape depends on the value found at ``path`` inside it."""

    path: str
    shapes: Mapping[str, Shape]

    def read(self, value: Any, where: str, reading: Reading) -> Any:
        """Return what the chosen shape reads."""
        chosen = next(gather(value, self.path), None)
        if not isinstance(chosen, str) or chosen not in self.shapes:
            reading.wrong(join(where, self.path), "%r is none of %s" % (chosen, ", ".join(self.shapes)))
            return {}
        return self.shapes[chosen].read(value, where, reading)


def join(where: str, name: str) -> str:
    """Return the path of a member."""
    return "%s.%s" % (where, name) if where else name


def gather(value: Any, path: str) -> Iterator[Any]:
    """Yield every value at ``path``, where ``networks[].type`` means that member of each item of a list."""
    name, _dot, rest = path.partition(".")
    each, name = name.endswith("[]"), name[:-2] if name.endswith("[]") else name
    if not isinstance(value, dict) or name not in value:
        return
    items = value[name] if each else [value[name]]
    for item in items if isinstance(items, list) else ():
        if rest:
            yield from gather(item, rest)
        else:
            yield item


@dataclass(frozen=True)
class When:
    """``members`` are needed when any value at ``path`` is ``equal`` (None: when there is one)."""

    path: str
    equal: Any
    members: tuple[str, ...]

    def check(self, value: Mapping[str, Any], where: str, reading: Reading) -> None:
        """Note each of the members that is missing."""
        if not any(self.equal is None or found == self.equal for found in gather(value, self.path)):
            return
        for member in self.members:
            if next(gather(value, member), None) is None:
                reading.wrong(join(where, member), "needed with %s%s" % (self.path, "" if self.equal is None else " = %s" % self.equal))


@dataclass(frozen=True)
class Exactly:
    """Exactly ``count`` of the values at ``path`` are ``equal``."""

    path: str
    equal: Any
    count: int = 1

    def check(self, value: Mapping[str, Any], where: str, reading: Reading) -> None:
        """Note a wrong number; an absent list is no problem here."""
        values = list(gather(value, self.path))
        if values and values.count(self.equal) != self.count:
            reading.wrong(join(where, self.path), "exactly %d must be %s" % (self.count, str(self.equal).lower()))


@dataclass(frozen=True)
class Must:
    """When there is something at ``path``, ``member`` must be ``equal``."""

    path: str
    member: str
    equal: Any

    def check(self, value: Mapping[str, Any], where: str, reading: Reading) -> None:
        """Note another value."""
        if any(gather(value, self.path)) and value.get(self.member) != self.equal:
            reading.wrong(join(where, self.member), "must be %s with %s" % (str(self.equal).lower(), self.path))


@dataclass(frozen=True)
class Same:
    """All values at ``path`` are equal."""

    path: str

    def check(self, value: Mapping[str, Any], where: str, reading: Reading) -> None:
        """Note different values."""
        if len(set(gather(value, self.path))) > 1:
            reading.wrong(join(where, self.path), "must be the same in one request")


@dataclass(frozen=True)
class Some:
    """At least one of the members is there."""

    members: tuple[str, ...]

    def check(self, value: Mapping[str, Any], where: str, reading: Reading) -> None:
        """Note an empty element."""
        if not any(member in value for member in self.members):
            reading.wrong(where, "at least one of %s is needed" % ", ".join(self.members))
