# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The search-filter language of KSC (contract ksc-openapi.md, section 3.2).

A filter is text made by these functions only; a user's text never gets into one unquoted.
"""

from __future__ import annotations

import datetime
import re
import typing as t

Value = t.Union[str, int]


def quoted(text: str) -> str:
    """A string literal that matches exactly this text: wildcards stand in a set, a quote is doubled."""
    return '"%s"' % re.sub(r"[*?\[]", r"[\g<0>]", text).replace('"', '""')


def begins(attribute: str, text: str) -> str:
    """Text that begins exactly so."""
    return '(%s = %s*")' % (attribute, quoted(text)[:-1])


def like(attribute: str, mask: str) -> str:
    """Text that a mask fits, in which ``*`` is any text and ``?`` any character; everything else is taken literally."""
    return '(%s = "%s")' % (attribute, mask.replace("[", "[[]").replace('"', '""'))


def equals(attribute: str, value: Value) -> str:
    return "(%s = %s)" % (attribute, quoted(value) if isinstance(value, str) else "%d" % value)


def has_bit(attribute: str, bit: int) -> str:
    return "(%s & %d <> 0)" % (attribute, bit)


def before(attribute: str, when: datetime.datetime) -> str:
    """``when``: UTC; a server keeps whole seconds."""
    return '(%s < T"%s")' % (attribute, when.strftime("%Y-%m-%d %H:%M:%S"))


def all_of(*conditions: str) -> str:
    return _joined("&", conditions)


def any_of(*conditions: str) -> str:
    return _joined("|", conditions)


def _joined(operator: str, conditions: t.Sequence[str]) -> str:
    if len(conditions) == 1:
        return conditions[0]
    return "(%s%s)" % (operator, "".join(conditions))
