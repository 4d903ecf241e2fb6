# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a world from YAML, with errors that name the key that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

WORLDS = Path(__file__).parent / "worlds"
DEFAULT = WORLDS / "default.yml"
INVENTORIES = WORLDS / "inventories"


class TwiceError(ValueError):
    """A mapping has a key twice; the text names line and key."""


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader that refuses a key which is twice in a mapping: YAML forbids it, and the first would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping; TwiceError names the line of the second key."""
        seen = set()
        for key, _value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if (key.tag, key.value) in seen:
                    raise TwiceError("line %d: the key %r is in this mapping twice; keep one" % (key.start_mark.line + 1, key.value))
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


class WorldError(ValueError):
    """The world is wrong; the text names the key, such as ``ksc.hosts[3].ip``."""


class Reader:
    """A mapping read key by key. Keys that nobody asked for are an error when :meth:`done` is called."""

    def __init__(self, data: Any, where: str) -> None:
        if data is None:
            data = {}
        if not isinstance(data, Mapping):
            raise WorldError("%s: a mapping is needed" % where)
        self.where = where
        self._data = data
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def keys(self) -> list[str]:
        """Return the keys that are there."""
        return [str(key) for key in self._data]

    def fail(self, key: str, what: str) -> WorldError:
        """Return an error about ``key``, to be raised."""
        return WorldError("%s.%s: %s" % (self.where, key, what))

    def value(self, key: str, kind: type | tuple[type, ...], default: Any = ..., choices: Any = None) -> Any:
        """Return the value of ``key``, checked to be of ``kind`` (and one of ``choices``); no default means it must be there."""
        self._asked.add(key)
        if key not in self._data or (self._data[key] is None and default is not ...):
            if default is ...:
                raise self.fail(key, "missing")
            return default
        value = self._data[key]
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if float in kinds and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise self.fail(key, "%s is needed, not %r" % (" or ".join(item.__name__ for item in kinds), value))
        if choices is not None and value not in choices:
            raise self.fail(key, "%r is none of %s" % (value, ", ".join(map(str, choices))))
        return value

    def text(self, key: str, default: Any = ..., choices: Any = None) -> str:
        """Return a string; a number in the file is an error, so versions must be quoted."""
        return self.value(key, str, default, choices)

    def integer(self, key: str, default: Any = ...) -> int:
        """Return a whole number."""
        return self.value(key, int, default)

    def number(self, key: str, default: Any = ...) -> float:
        """Return a number."""
        return self.value(key, float, default)

    def flag(self, key: str, default: Any = ...) -> bool:
        """Return true or false."""
        return self.value(key, bool, default)

    def texts(self, key: str, default: Any = ...) -> list[str]:
        """Return a list of strings."""
        values = self.value(key, list, default)
        if values is not default and not all(isinstance(item, str) for item in values):
            raise self.fail(key, "a list of strings is needed")
        return list(values) if values is not default else values

    def mapping(self, key: str) -> Mapping[str, Any]:
        """Return a mapping as it is, empty when absent."""
        return self.value(key, dict, {})

    def section(self, key: str) -> Reader:
        """Return a reader for the mapping below ``key``, empty when absent."""
        self._asked.add(key)
        return Reader(self._data.get(key), "%s.%s" % (self.where, key) if self.where else key)

    def sections(self, key: str) -> list[Reader]:
        """Return a reader for each mapping in the list below ``key``."""
        return [Reader(item, "%s.%s[%d]" % (self.where, key, number)) for number, item in enumerate(self.value(key, list, []))]

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._data:
            if key not in self._asked:
                raise self.fail(str(key), "no such key; known: %s" % ", ".join(sorted(self._asked)))


def load(source: str | Path | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the world as data: from a YAML file, from a mapping, or the default world (None).

    A name without a slash or suffix means a file of the ``worlds`` folder. WorldError when it cannot be read.
    """
    if isinstance(source, Mapping):
        return dict(source)
    path = _path(source)
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506 - it is a safe loader
    except OSError as error:
        raise WorldError("%s: %s" % (path, error.strerror)) from error
    except TwiceError as error:
        raise WorldError("%s: %s" % (path, error)) from None
    except yaml.YAMLError as error:
        raise WorldError("%s: not YAML: %s" % (path, error)) from error
    if not isinstance(data, dict):
        raise WorldError("%s: a mapping is needed" % path)
    return data


def inventory_of(source: str | Path | Mapping[str, Any] | None) -> str:
    """Return the text of the Ansible inventory that fits a world of the ``worlds`` folder, "" for a world without one."""
    if isinstance(source, Mapping):
        return ""
    path = _path(source)
    inventory = INVENTORIES / path.name
    return inventory.read_text(encoding="utf-8") if path.resolve().parent == WORLDS.resolve() and inventory.is_file() else ""


def _path(source: str | Path | None) -> Path:
    path = DEFAULT if source is None else Path(source)
    return WORLDS / ("%s.yml" % source) if not path.suffix and not path.exists() else path
