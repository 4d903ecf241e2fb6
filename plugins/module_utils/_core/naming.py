# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Names that a user got wrong, and how numbers and sentences read in messages."""

from __future__ import annotations

import difflib
import typing as t
import unicodedata

NEAREST = 5


def nearest(name: str, existing: t.Iterable[str]) -> list[str]:
    """The existing names most like the given one, most alike first."""
    likeness = {other: difflib.SequenceMatcher(None, name.casefold(), other.casefold()).ratio() for other in existing}
    return sorted(likeness, key=lambda other: (-likeness[other], other))[:NEAREST]


def did_you_mean(name: str, existing: t.Iterable[str]) -> str:
    """The end of a message about an unknown name."""
    names = nearest(name, existing)
    return "The closest matches are: %s." % quoted(names) if names else "There are none."


def quoted(names: t.Iterable[str]) -> str:
    """Such as "a", "b"."""
    return ", ".join('"%s"' % name for name in names)


def printable(text: str) -> str:
    """The text on one line that a terminal shows as it is: control characters and marks of direction as escapes."""
    return text if text.isprintable() else "".join(c if _is_shown(c) else c.encode("unicode_escape").decode() for c in text)


def _is_shown(character: str) -> bool:
    # Python calls only one space printable; French and Russian servers write others, too.
    return character.isprintable() or unicodedata.category(character) == "Zs"


def seconds(value: float) -> str:
    """Such as 30 s or 0.5 s."""
    return "%g s" % value


def sentence(text: str) -> str:
    """The text with exactly one mark at its end."""
    text = text.rstrip()
    return text if text.endswith(("?", "!")) else text.rstrip(". ") + "."
