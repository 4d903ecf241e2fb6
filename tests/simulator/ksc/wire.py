# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types on the wire: what may be sent where, and how values are written.

Source: ksc-openapi.md section 2.1, ksc-wire.md section 4. Arguments, return values and out values are bare; inside params and
arrays a long, a time, binary data and nested params carry ``{"type": ..., "value": ...}``. Typing is strict.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Callable

from .errors import bad_format
from .settings import KscSettings

INT = range(-(2**31), 2**31)
LONG = range(-(2**63), 2**63)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


@dataclass(frozen=True)
class Long:
    """A value that is written as paramLong."""

    value: int


@dataclass(frozen=True)
class Time:
    """A value that is written as paramDateTime: seconds since 1970-01-01 UTC."""

    value: float


@dataclass(frozen=True)
class Binary:
    """A value that is written as paramBinary; ``value`` is Base64."""

    value: str


def time_text(seconds: float) -> str:
    """Return ``YYYY-MM-DDTHH:MM:SSZ``."""
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_value(text: str) -> float:
    """Return seconds since 1970-01-01 UTC of ``YYYY-MM-DD[ T]hh:mm:ss[Z]`` or ``YYYY-MM-DD``; ValueError otherwise."""
    text = text.strip().replace("T", " ").rstrip("Z")
    form = "%Y-%m-%d %H:%M:%S" if " " in text else "%Y-%m-%d"
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()


def inner(value: Any) -> Any:
    """Write a value for a place inside params or an array; dicts become nested params, None inside them is left out."""
    if isinstance(value, dict):
        return {"type": "params", "value": bare(value)}
    if isinstance(value, (list, tuple)):
        return [inner(item) for item in value]
    if isinstance(value, Long):
        return {"type": "long", "value": value.value}
    if isinstance(value, Time):
        return {"type": "datetime", "value": time_text(value.value)}
    if isinstance(value, Binary):
        return {"type": "binary", "value": value.value}
    return value


def bare(value: Mapping[str, Any]) -> dict[str, Any]:
    """Write params for a place at the top: no wrapper around it, absent attributes left out, names sorted as in captures."""
    return {name: inner(value[name]) for name in sorted(value) if value[name] is not None}


def plain(value: Any) -> Any:
    """Return checked wire data without its wrappers."""
    if isinstance(value, dict):
        if set(value) == {"type", "value"} and isinstance(value["type"], str):
            return plain(value["value"])
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _kind(value: Any) -> str:
    names = {
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a fraction",
        list: "an array",
        dict: "an object",
        type(None): "null",
    }
    return names.get(type(value), type(value).__name__)


def _need(condition: bool, where: str, what: str, value: Any) -> None:
    if not condition:
        raise bad_format("%s: %s is needed, not %s" % (where, what, _kind(value)))


def _integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _base64(value: Any, where: str) -> None:
    _need(isinstance(value, str), where, "Base64 text", value)
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise bad_format("%s: this is not Base64" % where) from None


def check_params(value: Any, where: str) -> None:
    """Check the content of params: an object whose values are all of inner form; null is not allowed."""
    _need(isinstance(value, dict), where, "an object", value)
    for name, item in value.items():
        if item is None:
            raise bad_format("%s.%s: null is not allowed inside params; leave the member out" % (where, name))
        check_inner(item, "%s.%s" % (where, name))


def check_inner(value: Any, where: str) -> None:
    """Check a value inside params or an array."""
    if value is None or isinstance(value, (str, bool)):
        return
    if _integer(value):
        if value not in INT:
            raise bad_format('%s: %d is too large for an int; write {"type": "long", "value": %d}' % (where, value, value))
        return
    if isinstance(value, float):
        raise bad_format('%s: a bare fraction; write {"type": "double", "value": ...}' % where)
    if isinstance(value, list):
        for number, item in enumerate(value):
            check_inner(item, "%s[%d]" % (where, number))
        return
    if set(value) != {"type", "value"}:
        raise bad_format(
            '%s: params inside params or an array must be wrapped as {"type": "params", "value": {...}}; found members %s'
            % (where, ", ".join(sorted(value)) or "none")
        )
    tag, content = value["type"], value["value"]
    check = TAGS.get(tag) if isinstance(tag, str) else None
    if check is None:
        raise bad_format("%s: unknown type %r; known: %s" % (where, tag, ", ".join(TAGS)))
    check(content, "%s (%s)" % (where, tag))


def _check_long(value: Any, where: str) -> None:
    _need(_integer(value) and value in LONG, where, "a whole number", value)


def _check_fraction(value: Any, where: str) -> None:
    _need(isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value), where, "a number", value)


def _check_datetime(value: Any, where: str) -> None:
    _need(isinstance(value, str), where, "text YYYY-MM-DDThh:mm:ssZ", value)
    if value and not TIME.match(value):
        raise bad_format("%s: %r is not of the form YYYY-MM-DDThh:mm:ssZ" % (where, value))


def _check_date(value: Any, where: str) -> None:
    _need(isinstance(value, str) and bool(DATE.match(value)), where, "text YYYY-MM-DD", value)


TAGS: dict[str, Callable[[Any, str], None]] = {
    "params": check_params,
    "long": _check_long,
    "float": _check_fraction,
    "double": _check_fraction,
    "datetime": _check_datetime,
    "date": _check_date,
    "binary": _base64,
}


def _argument_string(value: Any, where: str, _settings: KscSettings) -> None:
    _need(isinstance(value, str), where, "a string", value)


def _argument_int(value: Any, where: str, _settings: KscSettings) -> None:
    _need(_integer(value), where, "an int", value)
    if value not in INT:
        raise bad_format("%s: %d does not fit an int" % (where, value))


def _argument_long(value: Any, where: str, _settings: KscSettings) -> None:
    if isinstance(value, dict):
        raise bad_format("%s: a long as an argument is a plain number, without a wrapper" % where)
    _need(_integer(value) and value in LONG, where, "a whole number", value)


def _argument_bool(value: Any, where: str, _settings: KscSettings) -> None:
    _need(isinstance(value, bool), where, "a boolean", value)


def _argument_params(value: Any, where: str, _settings: KscSettings) -> None:
    _need(isinstance(value, dict), where, "an object", value)
    if set(value) == {"type", "value"}:
        raise bad_format("%s: params as an argument are a bare object, without a type/value wrapper" % where)
    check_params(value, where)


def _argument_array(value: Any, where: str, _settings: KscSettings) -> None:
    _need(isinstance(value, list), where, "an array", value)
    check_inner(value, where)


def _argument_strings(value: Any, where: str, _settings: KscSettings) -> None:
    _need(isinstance(value, list), where, "an array of strings", value)
    for number, item in enumerate(value):
        _need(isinstance(item, str), "%s[%d]" % (where, number), "a string", item)


def _argument_order(value: Any, where: str, settings: KscSettings) -> None:
    _need(isinstance(value, list), where, "an array", value)
    for number, item in enumerate(value):
        here = "%s[%d]" % (where, number)
        if isinstance(item, dict) and set(item) == {"Name", "Asc"} and settings.bare_sort_params:
            item = {"type": "params", "value": item}
        check_inner(item, here)
        _need(isinstance(item, dict) and item.get("type") == "params", here, 'a wrapped {"Name", "Asc"}', item)
        content = item["value"]
        if set(content) != {"Name", "Asc"}:
            raise bad_format("%s: members Name and Asc are needed, found %s" % (here, ", ".join(sorted(content)) or "none"))
        _need(isinstance(content["Name"], str), here + ".Name", "a string", content["Name"])
        _need(isinstance(content["Asc"], bool), here + ".Asc", "a boolean", content["Asc"])


def _argument_binary(value: Any, where: str, _settings: KscSettings) -> None:
    _base64(value, where)


ARGUMENTS: dict[str, Callable[[Any, str, KscSettings], None]] = {
    "string": _argument_string,
    "int": _argument_int,
    "long": _argument_long,
    "bool": _argument_bool,
    "params": _argument_params,
    "array": _argument_array,
    "strings": _argument_strings,
    "order": _argument_order,
    "binary": _argument_binary,
}


def check_arguments(method: str, signature: Mapping[str, str], body: Any, settings: KscSettings) -> dict[str, Any]:
    """Return the arguments of a call, all names of ``signature`` present (None = not given); bad_format says what is wrong.

    ``signature`` gives a type of :data:`ARGUMENTS` per name, with ``?`` after it when the argument may be missing or null.
    """
    if body is None:
        body = {}
    if not isinstance(body, dict):
        raise bad_format("%s: the body must be a JSON object of named arguments, not %s" % (method, _kind(body)))
    unknown = [name for name in body if name not in signature]
    if unknown and settings.unknown_arguments == "reject":
        raise bad_format("%s: no such argument: %s; known: %s" % (method, ", ".join(unknown), ", ".join(signature) or "none"))
    found: dict[str, Any] = {}
    for name, kind in signature.items():
        optional = kind.endswith("?")
        value = body.get(name)
        found[name] = value
        if value is None:
            if name not in body and not (optional and settings.omitted_arguments):
                raise bad_format("%s: argument %s is missing" % (method, name))
            if name in body and not (optional and settings.null_arguments):
                raise bad_format("%s: argument %s must not be null" % (method, name))
            continue
        ARGUMENTS[kind.rstrip("?")](value, "%s: %s" % (method, name), settings)
    return found


def order_of(value: Any) -> list[tuple[str, bool]]:
    """Return a checked sort list as (name, ascending) pairs."""
    return [(item["Name"], item["Asc"]) for item in plain(value or [])]


def ordered(rows: Iterable[Any], order: list[tuple[str, bool]], key: Callable[[Any, str], Any]) -> list[Any]:
    """Return ``rows`` sorted; ``key(row, name)`` gives a comparable value or None (first)."""
    found = list(rows)
    for name, ascending in reversed(order):

        def place(row: Any, name: str = name) -> tuple[bool, Any]:
            value = key(row, name)
            return value is not None, value

        found.sort(key=place, reverse=not ascending)
    return found
