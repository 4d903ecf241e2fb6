# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.
"""List options whose entries inherit from the module: what most entries share is given once, and one entry says only what differs."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .errors import CollectionError, InputError
from .naming import sentence
from .plan import FAILED, Change
from .spec import Spec

Params = t.Dict[str, t.Any]
# What an entry must not have of its own, because it would hide what it inherits.
MODULE_LEVEL_ONLY = ("default", "fallback", "required")


@dataclass(frozen=True)
class EntryList:
    """The option ``name``: a list of entries.

    ``own`` are the suboptions that only an entry has, such as its name; ``inherited`` those that an entry may give or
    take from the option of the same name at module level. ``merged`` names inherited options of type dict that an
    entry completes member by member instead of replacing them. Without ``required`` the list may be left out: then
    the short form counts, see :meth:`read`.
    """

    name: str
    own: t.Mapping[str, t.Any]
    inherited: t.Mapping[str, t.Any] = field(default_factory=dict)
    merged: t.Sequence[str] = ()
    required: bool = False
    entry: t.Mapping[str, t.Any] = field(default_factory=dict)  # further rules of an entry, such as required_one_of

    def spec(self) -> Spec:
        """The list option, and the inherited options at module level."""
        suboptions = {**self.own, **{name: _without_default(argument) for name, argument in self.inherited.items()}}
        option: dict[str, t.Any] = {"type": "list", "elements": "dict", "options": suboptions, **self.entry}
        if self.required:
            option["required"] = True
        return Spec({self.name: option, **self.inherited})

    def read(self, params: Params, short_form: t.Iterable[Params] = ()) -> list[Params]:
        """Each entry with what it inherits; ``short_form``: the entries that other options of the module describe.

        The list and the short form add up. An empty list is no entry, and nothing to do.

        :raises InputError: neither is given
        """
        given = [*(params[self.name] or ()), *short_form]
        if not given and params[self.name] is None:
            raise InputError("%s: there are no entries. Set %s, or the options of a single object." % (self.name, self.name))
        return [self._complete(params, entry) for entry in given]

    def _complete(self, params: Params, entry: Params) -> Params:
        complete: Params = {name: entry.get(name) for name in self.own}
        for name in self.inherited:
            value = entry.get(name)
            if name in self.merged:
                complete[name] = _completed(value, params[name])
            else:
                complete[name] = params[name] if value is None else value
        return complete


def _without_default(argument: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in argument.items() if name not in MODULE_LEVEL_ONLY}


def _completed(own: t.Optional[Params], shared: t.Optional[Params]) -> t.Optional[Params]:
    """A dict option, member by member; None where neither the entry nor the module gives one."""
    if own is None or shared is None:
        return shared if own is None else own
    return {**shared, **{name: value for name, value in own.items() if value is not None}}


class ValidationErrors:
    """What is wrong with which entry, collected: raised as one error that lists all, or told entry by entry.

    An entry is named by what it is noted under: its name, or an object whose text is its name.
    """

    def __init__(self, option: str) -> None:
        """``option``: the list option, the name under which ``failure`` lists the entries."""
        self._option = option
        self._found: dict[str, list[t.Hashable]] = {}
        self._facts: list[dict[str, t.Any]] = []
        self._errors: dict[str, CollectionError] = {}
        self._of: dict[t.Hashable, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, name: t.Hashable, text: str, /, **facts: t.Any) -> None:
        """Note that the entry called ``name`` is wrong."""
        text = text.rstrip(". ")
        self._found.setdefault(text, []).append(name)
        self._of.setdefault(name, []).append(text)
        self._facts.append(facts)

    def add_error(self, name: t.Hashable, error: CollectionError) -> None:
        """Note the error of a server that the entry called ``name`` cannot be worked on for."""
        self.add(name, error.message, **error.failure)
        self._errors[error.message.rstrip(". ")] = error

    def of(self, name: t.Hashable) -> list[str]:
        """What is wrong with one entry."""
        return self._of.get(name, [])

    def settle(self, name: t.Hashable, change: Change, result: str = FAILED) -> bool:
        """Make what is wrong with an entry its result, if something is; ``error`` tells of which kind an error of a server is."""
        said = self.of(name)
        if not said:
            return False
        change.fail("; ".join(said), result)
        change.facts["error"] = self.kind_of(name)
        return True

    def kind_of(self, name: t.Hashable) -> t.Optional[str]:
        """The kind of the server's error that is what is wrong with an entry, such as ``authentication``; None without one."""
        return next((self._errors[text].kind for text in self.of(name) if text in self._errors), None)

    def require_none(self, hint: str = "", **facts: t.Any) -> None:
        """
        :raises InputError: something is wrong; nothing was written. ``hint``: what to do about it, ``facts`` for ``failure``
        :raises CollectionError: all that is wrong is one error of a server, which is raised as it is
        """
        if not self._found:
            return
        if len(self._found) == 1 and self._errors:
            raise next(iter(self._errors.values()))
        said = [_said(list(dict.fromkeys(map(str, names))), text) for text, names in self._found.items()]
        more = self._facts[0] if len(self._found) == 1 else {}
        names = sorted({str(name) for names in self._found.values() for name in names})
        said_all = sentence("; ".join(said))
        raise InputError("%s Nothing was changed%s." % (said_all, hint and "; " + hint), **{**more, **facts, self._option: names})


def _said(names: t.Sequence[str], text: str) -> str:
    """A text that names its entries itself stands alone."""
    return text if all(name in text for name in names) else "%s: %s" % (", ".join(names), text)
