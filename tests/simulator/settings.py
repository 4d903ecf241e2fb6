# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings: a dataclass per part, changed by name and checked by type."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


class SettingError(ValueError):
    """A setting does not exist or has a value of the wrong kind; the text names it."""


def reading(default: Any, *others: Any) -> Any:
    """Return a field that takes any value of its type; ``others`` are the values besides the default that are worth a try."""
    make = dataclasses.field
    return make(default=default, metadata={"values": (default, *others)})


def values_of(field: dataclasses.Field[Any]) -> tuple[Any, ...]:
    """Return the values of a setting that are worth a try, the default first; none for what is no reading of a document."""
    if "choices" in field.metadata:
        return tuple(field.metadata["choices"])
    if isinstance(field.default, bool):
        return (field.default, not field.default)
    return tuple(field.metadata["values"])


@dataclasses.dataclass
class FrameSettings:
    """What the frame itself can be told.

    latency: wall seconds added to each answer.
    gzip: compress answers of 1 KiB and more for clients that ask for it.
    """

    latency: float = reading(0.0, 0.01)
    gzip: bool = True


def update(target: Any, values: Mapping[str, Any], where: str) -> None:
    """Set the fields of the dataclass ``target``; all or nothing.

    A value must be of the type of the field's default (an int is taken for a float); a default of None takes anything, and a
    field with ``metadata["choices"]`` only those. SettingError names what is wrong.
    """
    if not isinstance(values, Mapping):
        raise SettingError("%s: a mapping of settings is needed" % where)
    known = {field.name: field for field in dataclasses.fields(target)}
    checked = {}
    for name, value in values.items():
        if name not in known:
            raise SettingError("%s.%s: no such setting; known: %s" % (where, name, ", ".join(sorted(known))))
        checked[name] = _checked(known[name], getattr(target, name), value, "%s.%s" % (where, name))
    for name, value in checked.items():
        setattr(target, name, value)


def _checked(field: dataclasses.Field[Any], old: Any, value: Any, where: str) -> Any:
    choices = field.metadata.get("choices")
    if choices is not None:
        if value not in choices:
            raise SettingError("%s: %r is none of %s" % (where, value, ", ".join(map(str, choices))))
        return value
    default = old if field.default is dataclasses.MISSING else field.default
    if default is None:
        return value
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(default):
        raise SettingError("%s: %s is needed, not %r" % (where, type(default).__name__, value))
    return value
