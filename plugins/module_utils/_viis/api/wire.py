# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""How the Integration Server writes values in JSON, both ways (contract viis-rest-api.md, sections 8 and 9).

Exact in writing; in reading liberal about the case of names, about numbers and booleans in quotes, and about what is
missing.
"""

from __future__ import annotations

import base64
import math
import re
import typing as t
import urllib.parse

WIRE_TYPES = ("documented", "native", "quoted")
# Members that the document prints in quotes.
QUOTED_NUMBERS = ("threadsCount", "port", "sslPort", "vlanId")
QUOTED_BOOLEANS = ("skipCheckIntegrity", "allowSshAccess")

CYRILLIC_C = "\u0441"  # the document has it in "connectionInfo"


# -- writing -----------------------------------------------------------------------------------------------------


def password(text: str) -> str:
    """A password in a body: its UTF-8 bytes in Base64, once."""
    return base64.b64encode(text.encode()).decode()


def body(value: t.Any, wire_types: str = "documented", member: str = "") -> t.Any:
    """A request body from plain values: what is None is left out, numbers and booleans get the form of the wire.

    documented: the numbers that the document quotes are strings, booleans are booleans; native: both as they are;
    quoted: the booleans that the document quotes are strings, too.
    """
    if isinstance(value, dict):
        return {name: body(inner, wire_types, name) for name, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [body(inner, wire_types, member) for inner in value]
    if isinstance(value, bool):
        return str(value).lower() if wire_types == "quoted" and member in QUOTED_BOOLEANS else value
    if isinstance(value, int) and member in QUOTED_NUMBERS and wire_types != "native":
        return str(value)
    return value


def segment(id: str) -> str:
    """An id as part of a path; ids may be inventory paths or DNs."""
    return urllib.parse.quote(id, safe="")


def query(**values: t.Optional[str]) -> str:
    """A query string; the ``:`` of addresses and the ``+`` between object types stay, as the document prints them."""
    pairs = [
        "%s=%s" % (name, urllib.parse.quote(value, safe=":+" if name == "objectTypes" else ":")) for name, value in values.items() if value
    ]
    return "?" + "&".join(pairs) if pairs else ""


# -- reading -----------------------------------------------------------------------------------------------------


def _folded(name: str) -> str:
    return name.casefold().replace(CYRILLIC_C, "c")


class Record(t.Dict[str, t.Any]):
    """A JSON object of the server: members are found whatever the case of their names, and may be missing."""

    def __init__(self, members: t.Mapping[str, t.Any]) -> None:
        super().__init__(members)
        self._names = {_folded(name): name for name in reversed(list(members))}

    def member(self, name: str) -> t.Any:
        return self.get(self._names.get(_folded(name), name))

    def text(self, name: str) -> str:
        """Empty when it is missing or no scalar."""
        value = self.member(name)
        return "" if value is None or isinstance(value, (dict, list)) else str(value)

    def flag(self, name: str) -> t.Optional[bool]:
        value = self.text(name).casefold()
        return {"true": True, "false": False}.get(value)

    def number(self, name: str) -> t.Optional[float]:
        value = self.member(name)
        if isinstance(value, bool):
            return None
        try:
            number = float(str(value))
        except ValueError:
            return None
        if not math.isfinite(number):
            return None
        return int(number) if number.is_integer() else number

    def inner(self, name: str) -> Record:
        value = self.member(name)
        return value if isinstance(value, Record) else Record({})

    def each(self, name: str) -> list[Record]:
        value = self.member(name)
        return [item for item in value if isinstance(item, Record)] if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        value = self.member(name)
        return [str(item) for item in value if not isinstance(item, (dict, list))] if isinstance(value, list) else []


def read(value: t.Any) -> t.Any:
    """JSON of an answer, with its objects as records."""
    if isinstance(value, dict):
        return Record({name: read(inner) for name, inner in value.items()})
    if isinstance(value, list):
        return [read(inner) for inner in value]
    return value


def word(value: str) -> str:
    """A value of an enumeration in the one spelling that the collection compares: NO_ERROR and NoError are noerror."""
    return value.replace("_", "").casefold()


def thumbprint(value: str) -> str:
    """A thumbprint in the one spelling that the collection compares."""
    return re.sub(r"[:\-\s]", "", value).casefold()


# -- error bodies --------------------------------------------------------------------------------------------------


def error_text(answer: t.Any) -> str:
    """What the body of an error says; the server's document does not describe such bodies."""
    if isinstance(answer, str):
        return answer
    if not isinstance(answer, Record):
        return ""
    said = ""
    for name in ("errorMessage", "message", "error", "detail", "title"):
        value = answer.member(name)
        said = error_text(value) if isinstance(value, Record) else answer.text(name)
        if said:
            break
    if not said:
        said = answer.text("code")
    fields = answer.member("errors")
    if isinstance(fields, Record):
        listed = ["%s: %s" % (name, _joined(value)) for name, value in fields.items()]
    elif isinstance(fields, list):
        listed = [error_text(value) for value in fields]
    else:
        listed = []
    return " ".join([part for part in (said, "; ".join(listed)) if part])


def _joined(value: t.Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def xml_error_text(text: str) -> str:
    """The same for the XML that the older part of the server speaks."""
    found = re.search(r"<(\w*error\w*|message)\b[^>]*>([^<]+)<", text, re.IGNORECASE)
    return found.group(2).strip() if found else ""
