# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""How KSC OpenAPI writes values in JSON, both ways (contract ksc-openapi.md, section 2.1).

Python values on our side: str, int, bool, None, list, dict for params, and

* `Long`: an int that the API calls long
* datetime.datetime: UTC, whole seconds
* datetime.date, bytes (binary), float (double), `Float`

Exact in writing; in reading also the misspellings of the vendor's articles are understood.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
import typing as t

DATETIME = "%Y-%m-%dT%H:%M:%SZ"
DATE = "%Y-%m-%d"


class Long(int):
    """A long: a number as an argument, ``{"type": "long"}`` inside params and arrays."""


class Float(float):
    """A float: ``{"type": "float"}`` inside params and arrays; a plain Python float is a double."""


def arguments(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The body of a call. Top-level values carry no type tag, everything inside them does."""
    return {name: _bare(value) for name, value in values.items()}


def _bare(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {name: _tagged(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tagged(inner) for inner in value]
    return _scalar(value)[1]


def _tagged(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {"type": "params", "value": _bare(value)}
    if isinstance(value, (list, tuple)):
        return _bare(value)
    tag, plain = _scalar(value)
    return plain if tag is None else {"type": tag, "value": plain}


def _scalar(value: t.Any) -> tuple[t.Optional[str], t.Any]:
    """Type tag (None for the types that never carry one) and JSON value."""
    if isinstance(value, Long):
        return "long", int(value)
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc)
        return "datetime", value.strftime(DATETIME)
    if isinstance(value, datetime.date):
        return "date", value.strftime(DATE)
    if isinstance(value, bytes):
        return "binary", base64.b64encode(value).decode()
    if isinstance(value, Float):
        return "float", float(value)
    if isinstance(value, float):
        return "double", value
    if value is None or isinstance(value, (str, bool, int)):
        return None, value
    raise TypeError("KSC OpenAPI has no type for %s" % type(value).__name__)


def decoded(value: t.Any) -> t.Any:
    """A JSON value of an answer as a Python value. An unknown type tag is left as it is."""
    if isinstance(value, list):
        return [decoded(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"type", "value"} and isinstance(value["type"], str) and value["type"] in _READERS:
        return _READERS[value["type"]](value["value"])
    return {name: decoded(inner) for name, inner in value.items()}


def _read_params(value: t.Any) -> t.Any:
    return {name: decoded(inner) for name, inner in value.items()} if isinstance(value, dict) else value


def _read_long(value: t.Any) -> t.Any:
    try:
        return Long(value)
    except (OverflowError, TypeError, ValueError):
        return value


def _read_datetime(value: t.Any) -> t.Any:
    try:
        return datetime.datetime.strptime(value, DATETIME).replace(tzinfo=datetime.timezone.utc)
    except (TypeError, ValueError):
        return value or None  # "" is allowed and means: no time


def _read_date(value: t.Any) -> t.Any:
    try:
        return datetime.datetime.strptime(value, DATE).date()
    except (TypeError, ValueError):
        return value or None


def _read_binary(value: t.Any) -> t.Any:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return value


def _read_float(value: t.Any) -> t.Any:
    return Float(value) if isinstance(value, (int, float)) else value


def _read_double(value: t.Any) -> t.Any:
    return float(value) if isinstance(value, (int, float)) else value


_READERS: dict[str, t.Callable[[t.Any], t.Any]] = {
    "params": _read_params,
    "long": _read_long,
    "datetime": _read_datetime,
    "date": _read_date,
    "binary": _read_binary,
    "float": _read_float,
    "double": _read_double,
}


def number(value: t.Any) -> t.Optional[int]:
    """A whole number, also one in quotes; None for anything else."""
    try:
        return int(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    except (OverflowError, ValueError):
        return None


def plain(value: t.Any) -> t.Any:
    """A decoded value as playbooks see it: times ISO 8601, binary Base64, no wrappers."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, Long):
        return int(value)
    if isinstance(value, Float):
        return float(value)
    return value if isinstance(value, float) else _scalar(value)[1]


# The article spells the return value PxgRetVal, PkgRetVal, PxcRetVal and PxxRetVal, and the flag of a finished action
# with one or two e; KLVSRV_DN also as KLVSrv_DN (contract, section 0).
_RETURN_VALUE = re.compile(r"^P[a-z]{2}RetVal$")
_SPELLINGS = {"bSucceededFinalized": "bSuccededFinalized"}


def named(name: str) -> str:
    """The correct spelling of a name in an answer."""
    if _RETURN_VALUE.match(name):
        return "PxgRetVal"
    if name[:7].upper() == "KLVSRV_":
        return name.upper()
    return _SPELLINGS.get(name, name)


def binary(value: t.Any) -> bytes:
    """A binary return value, which is bare Base64; what is no Base64 is taken as it is."""
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return str(value).encode()


def answer(body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The body of an answer: decoded, under the correct names."""
    return {named(name): decoded(value) for name, value in body.items()}


def record(value: t.Any) -> dict[str, t.Any]:
    """A decoded params value under the correct names; an empty one for anything else."""
    return {named(name): inner for name, inner in value.items()} if isinstance(value, dict) else {}


def records(value: t.Any) -> list[dict[str, t.Any]]:
    """A decoded array of params (null means empty) under the correct names."""
    return [record(inner) for inner in value] if isinstance(value, list) else []
