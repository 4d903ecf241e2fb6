# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``SecurityPolicy``: internal users, which are the internal accounts of the world and those that were added.

Source: day-two.md section 1.2. A user belongs to the server of the session that adds it. On a virtual server it has all rights there;
on the primary it has none, since roles are given by other calls, which are not simulated.
"""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from typing import Any

from .administration import USERS, within
from .api import Call, method
from .errors import KscError, bad_format, not_found, not_permitted
from .sessions import Account
from .taskapi import unprotected
from .wire import inner

NAME, PASSWORD = "KLSPL_USER_NAME", "KLSPL_USER_PWD_ENCRYPTED"
TEXTS = {
    NAME: "username",
    "KLSPL_USER_FULL_NAME": "full_name",
    "KLSPL_USER_DESCRIPTION": "description",
    "KLSPL_USER_MAIL": "mail",
    "KLSPL_USER_PHONE": "phone",
}
FLAGS = {"KLSPL_USER_ENABLED": "enabled", "KLSPL_USER_REQUEST_PASSWORD": "request_password"}
LONGEST_NAME = 256
ALL = -1


def user_params(account: Account) -> dict[str, Any]:
    """Return a user's record; there is no way to read a password."""
    values = {name: getattr(account, attribute) for name, attribute in {**TEXTS, **FLAGS}.items()}
    return dict(values, KLSPL_USER_ID=account.id)


def users_of(call: Call, server: int = ALL) -> list[Account]:
    """Return the users that a session sees: on a virtual server its own, on the primary those of one server or of all."""
    wanted = call.server.id or server
    return [account for account in call.ksc.accounts_list if account.internal and wanted in (ALL, account.home)]


def user_of(call: Call, number: int) -> Account:
    """Return a user that the session sees; not_found otherwise."""
    for account in users_of(call):
        if account.id == number:
            return account
    raise not_found("lUserId: no user %d on server %r" % (number, call.server.title))


def checked(call: Call, user: dict[str, Any], changed: Account | None = None) -> dict[str, Any]:
    """Return the attributes of an account that pUser gives; bad_format or the error for a name in use otherwise."""
    found: dict[str, Any] = {}
    for name, value in user.items():
        fits = False
        if name in TEXTS:
            fits = isinstance(value, str)
            found[TEXTS[name]] = value
        elif name in FLAGS:
            fits = isinstance(value, bool)
            found[FLAGS[name]] = value
        elif name == PASSWORD:
            clear = unprotected(call, value["value"]) if isinstance(value, dict) and value["type"] == "binary" else None
            fits = clear is not None
            found["password"] = clear
        else:
            raise bad_format("pUser.%s: no such attribute" % name)
        if not fits:
            raise bad_format("pUser.%s: a wrong value; the password is binary, made by ProtectUtf16StringGlobally" % name)
    if "username" in found:
        check_name(call, found["username"], changed)
    return found


def check_name(call: Call, name: str, changed: Account | None) -> None:
    """Refuse a name that is none, or that another user has: anywhere or on the same server, as set."""
    if not 1 <= len(name) <= LONGEST_NAME:
        raise bad_format("pUser.%s: 1 to %d characters are needed" % (NAME, LONGEST_NAME))
    home = call.server.id if changed is None else changed.home
    for account in call.ksc.accounts_list:
        near = call.settings.user_names == "unique" or account.home == home
        if account is not changed and near and account.username.casefold() == name.casefold():
            module, code = call.settings.user_exists_error.split()
            raise KscError(int(code), "a user %r is there already" % name, module)


@method("SecurityPolicy.AddUser", {"pUser": "params"})
def add_user(call: Call, pUser: dict[str, Any]) -> dict[str, Any]:
    """Add an internal user to the session's server and return the user's id."""
    for name in (NAME, PASSWORD):
        if name not in pUser:
            raise bad_format("pUser.%s: missing" % name)
    given = checked(call, pUser)
    within(call.world, USERS, len(users_of(call)) + 1, "internal users")
    account = Account(**given, id=call.world.next_user(), home=call.server.id, rights=bool(call.server.id))
    account.servers = [call.server.title]
    call.ksc.sessions.add(account)
    return {"PxgRetVal": account.id}


@method("SecurityPolicy.GetUsers", {"lUserId": "long", "lVsId": "long"})
def get_users(call: Call, lUserId: int, lVsId: int) -> dict[str, Any]:
    """Return one user or all (-1), of one virtual server or of all (-1); a session of a virtual server sees its own, whatever is said."""
    found = users_of(call, lVsId)
    if lUserId != ALL:
        found = [account for account in found if account.id == lUserId]
        if not found:
            raise not_found("lUserId: no user %d on server %r" % (lUserId, call.server.title))
    return {"PxgRetVal": [inner(user_params(account)) for account in found]}


@method("SecurityPolicy.UpdateUser", {"lUserId": "long", "pUser": "params"})
def update_user(call: Call, lUserId: int, pUser: dict[str, Any]) -> dict[str, Any]:
    """Change what is given of a user; one that is switched off, or has a new password, is logged out."""
    account = user_of(call, lUserId)
    for name, value in checked(call, pUser, account).items():
        setattr(account, name, value)
    if PASSWORD in pUser or not account.enabled:
        call.ksc.sessions.log_out(account, but=call.session)
    call.ksc.sessions.hide(account)
    return {}


@method("SecurityPolicy.DeleteUser", {"lUserId": "long"})
def delete_user(call: Call, lUserId: int) -> dict[str, Any]:
    """Delete a user; nobody deletes the account that is logged in."""
    account = user_of(call, lUserId)
    if account is call.session.account:
        raise not_permitted("user %r is the one who asks" % account.username)
    call.ksc.sessions.remove(account)
    return {}
