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
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    path = DEFAULT if source is None else Path(source)
    if not path.suffix and not path.exists():
        path = WORLDS / ("%s.yml" % source)
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - both are safe loaders
    except OSError as error:
        raise WorldError("%s: %s" % (path, error.strerror)) from error
    except yaml.YAMLError as error:
        raise WorldError("%s: not YAML: %s" % (path, error)) from error
    if not isinstance(data, dict):
        raise WorldError("%s: a mapping is needed" % path)
    return data
