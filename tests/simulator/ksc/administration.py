# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``ServerHierarchy`` and ``SecurityPolicy``: what the vendor's samples ask of them.

Source: ksc-wire.md section 7, point 8; day-two.md, row of ``SecurityPolicy.AddUser`` (members and their limits).
"""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from typing import Any

from .api import Call, method
from .errors import bad_format, not_found, not_permitted
from .taskapi import unprotected
from .wire import plain

TEXTS = ("KLSPL_USER_NAME", "KLSPL_USER_FULL_NAME", "KLSPL_USER_DESCRIPTION", "KLSPL_USER_MAIL", "KLSPL_USER_PHONE")
FLAGS = ("KLSPL_USER_ENABLED", "KLSPL_USER_REQUEST_PASSWORD")
NAME, PASSWORD = "KLSPL_USER_NAME", "KLSPL_USER_PWD_ENCRYPTED"
LONGEST_NAME = 256


@method("ServerHierarchy.GetChildServers", {"nGroupId": "int"})
def get_child_servers(call: Call, nGroupId: int) -> dict[str, Any]:
    """Return the secondary servers of a group (-1: of all groups): none, since no world has any."""
    if nGroupId != -1 and nGroupId not in call.server.groups:
        raise not_found("nGroupId: no group %d on server %r" % (nGroupId, call.server.title))
    return {"PxgRetVal": []}


@method("SecurityPolicy.AddUser", {"pUser": "params"})
def add_user(call: Call, pUser: dict[str, Any]) -> dict[str, Any]:
    """Add an internal user to the session's server and return the user's id (int).

    The user has no rights, so cannot log in: roles are given by other calls, which are not simulated.
    """
    for name in (NAME, PASSWORD):
        if name not in pUser:
            raise bad_format("pUser.%s: missing" % name)
    for name, value in pUser.items():
        if name in TEXTS:
            fits = isinstance(value, str)
        elif name in FLAGS:
            fits = isinstance(value, bool)
        elif name == PASSWORD:
            fits = isinstance(value, dict) and value["type"] == "binary" and unprotected(call, value["value"]) is not None
        else:
            raise bad_format("pUser.%s: no such attribute" % name)
        if not fits:
            raise bad_format("pUser.%s: a wrong value; the password is binary, made by ProtectUtf16StringGlobally" % name)
    name = plain(pUser[NAME])
    if not 1 <= len(name) <= LONGEST_NAME:
        raise bad_format("pUser.%s: 1 to %d characters are needed" % (NAME, LONGEST_NAME))
    taken = [account.username for account in call.ksc.accounts_list] + list(call.world.users)
    if name.casefold() in (item.casefold() for item in taken):
        raise not_permitted("a user %r is there already" % name)
    call.world.users[name] = call.world.next_user()
    return {"PxgRetVal": call.world.users[name]}
