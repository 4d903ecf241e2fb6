# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Internal users of Kaspersky Security Center (contract day-two.md, section 1.2).

A user belongs to the server of the session that adds it, and names are unique over the primary server and all virtual ones.
"""

from __future__ import annotations

import base64
import re
import typing as t
from dataclasses import dataclass

from ..._core.errors import CollectionError, NoSuchCall
from . import tasks, wire
from .session import Session

ALL = -1
PRIMARY = 0  # as a number of a virtual server: the primary server itself
LONGEST_NAME = 256
NAME, PASSWORD = "KLSPL_USER_NAME", "KLSPL_USER_PWD_ENCRYPTED"
# What of a user can be set and read back, by the option of the module.
ATTRIBUTES = {
    "full_name": "KLSPL_USER_FULL_NAME",
    "description": "KLSPL_USER_DESCRIPTION",
    "mail": "KLSPL_USER_MAIL",
    "enabled": "KLSPL_USER_ENABLED",
}
# SPLERR_USER_ALREADY_EXISTS, whose number is not documented.
_EXISTS = re.compile(r"already[ _]?exist|is there already|in use|not unique", re.IGNORECASE)


@dataclass(frozen=True)
class User:
    """``attributes``: by name of ATTRIBUTES. A text that the server leaves out is empty; whether the user is enabled may be unknown."""

    id: int
    name: str
    attributes: t.Mapping[str, t.Any]


def listing(session: Session, server_id: int) -> list[User]:
    """The internal users of a server, by SecurityPolicy.GetUsers; ``server_id``: of a virtual server, PRIMARY, or ALL."""
    answer = session.call("SecurityPolicy.GetUsers", {"lUserId": ALL, "lVsId": server_id})
    return [
        User(
            id,
            str(record.get(NAME, "")),
            {option: record.get(key, None if option == "enabled" else "") for option, key in ATTRIBUTES.items()},
        )
        for record in wire.records(answer.get("PxgRetVal"))
        for id in [wire.number(record.get("KLSPL_USER_ID"))]
        if id is not None
    ]


def protected(session: Session, password: str) -> bytes:
    """A password as the server encrypts it: DataProtectionApi.ProtectUtf16StringGlobally, or its equal Tasks.ProtectPassword.

    :raises NoSuchCall: the server has neither
    """
    session.mask(password)
    try:
        value = wire.binary(session.call("DataProtectionApi.ProtectUtf16StringGlobally", {"szwPlainText": password})["PxgRetVal"])
    except NoSuchCall:
        value = tasks.protected(session, password)
    session.mask(base64.b64encode(value).decode())
    return value


def add(session: Session, name: str, password: bytes, attributes: t.Mapping[str, t.Any]) -> int:
    """Add a user with a protected password to the server of the session; the id."""
    user = {NAME: name, PASSWORD: password, **_named(attributes)}
    return session.call("SecurityPolicy.AddUser", {"pUser": user}, write=True).number("PxgRetVal")


def update(session: Session, id: int, attributes: t.Mapping[str, t.Any], password: t.Optional[bytes] = None) -> None:
    """Change attributes of a user, and the password if one is given."""
    user = _named(attributes)
    if password is not None:
        user[PASSWORD] = password
    session.call("SecurityPolicy.UpdateUser", {"lUserId": id, "pUser": user}, write=True)


def delete(session: Session, id: int) -> None:
    session.call("SecurityPolicy.DeleteUser", {"lUserId": id}, write=True)


def is_taken(error: CollectionError) -> bool:
    """Whether a refusal of a new user sounds as if the name were in use."""
    return bool(_EXISTS.search("%s %s" % (error.failure.get("text", ""), error.message)))


def _named(attributes: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {ATTRIBUTES[option]: value for option, value in attributes.items()}
