# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_user: internal users, such as the administrators of tenants, each on its own server."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field, replace

from ..._core.entries import EntryList, Params, ValidationErrors
from ..._core.errors import AnswerLost, CollectionError, InputError, NoSuchCall, RequestRefused, TemporarilyUnavailable
from ..._core.module import Context
from ..._core.plan import FAILED, Change, Plan
from ..._core.report import failure
from ..api import limits, users, virtual_servers
from ..api.session import Session
from ..api.users import User
from . import options
from .objects import on_each_server, ready, refuse_contradictions
from .servers import Name, Servers

NO_ACCESS = 1184  # KLSTD: the account, not the name
PASSWORD_NOW, PASSWORD_AFTER = "as it is", "set again"

USERS = EntryList(
    "users",
    own={
        "label": {"type": "str"},
        "name": {"type": "str", "required": True},
        "password": {"type": "str", "no_log": True},
    },
    inherited={
        "virtual_server": {"type": "str"},
        "update_password": {"type": "str", "default": "on_create", "choices": ["on_create", "always"], "no_log": False},
        "full_name": {"type": "str"},
        "description": {"type": "str"},
        "mail": {"type": "str"},
        "enabled": {"type": "bool"},
    },
)


def with_own_password(context: Context) -> Context:
    """The option ``password`` as what it is: where the account that logs in is that of the environment, it is the user's."""
    params = context.params
    name, password = os.environ.get("KSC_USERNAME"), os.environ.get("KSC_PASSWORD")
    if params["user_password"] is not None or not password or params["username"] != name or params["password"] == password:
        return context
    context.secrets.add(password)
    return replace(context, params={**params, "password": password, "user_password": params["password"]})


def servers(context: Context) -> Servers:
    return options.servers(with_own_password(context))


@dataclass(eq=False)
class Administrator:
    """One user: what is wanted, and what is there."""

    name: str
    options: Params
    change: Change = field(default_factory=lambda: Change("", {}, None, None))
    there: t.Optional[User] = None
    reason: str = ""  # why its state is not known

    def __str__(self) -> str:
        return str(self.options["label"] or self.name)

    @property
    def server(self) -> Name:
        return t.cast(Name, self.options["virtual_server"])

    @property
    def wanted(self) -> dict[str, t.Any]:
        """The attributes that are given."""
        return {option: self.options[option] for option in users.ATTRIBUTES if self.options[option] is not None}

    @property
    def differing(self) -> dict[str, t.Any]:
        """Those that the user has otherwise. A user of whom the server does not tell whether it is enabled counts as enabled."""
        there = self.there.attributes if self.there else {}
        return {option: value for option, value in self.wanted.items() if _shown(option, there.get(option)) != value}

    @property
    def sets_password(self) -> bool:
        return self.options["update_password"] == "always" and self.options["password"] is not None


class Administration:
    """Users: present or absent."""

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context = with_own_password(context)
        self._servers = servers
        self._params = context.params
        self._state: str = self._params["state"]
        name = self._params["name"]
        short = [{"name": name, "password": self._params["user_password"]}] if name is not None else []
        self._items = [Administrator(entry["name"].strip(), entry) for entry in USERS.read(self._params, short)]
        self._errors = ValidationErrors("users")
        self._plan = Plan()
        self._ids: dict[Name, int] = {}  # of the servers, as GetUsers wants them
        self._owners: t.Optional[dict[str, list[str]]] = None  # the servers that have a user, by name

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        self._check()
        items = [item for item in self._items if not self._errors.of(item)]
        _coming, known = ready(self._context, self._servers, items)
        for item, error in on_each_server(self._servers, known, self._look):
            self._errors.add_error(item, error)
        for item in items:
            if self._state == "present" and item.there is None and not item.reason and item.options["password"] is None:
                where = self._servers.describe(item.server)
                self._errors.add(item, "%s has no such user, and there is no password to create one with; set user_password" % where)
        if self._params["on_failure"] == "fail":
            self._errors.require_none(server=self._servers.server.address)
        for item in self._items:
            self._promise(item)
        return self._plan

    def _check(self) -> None:
        keys = {item: (item.server, item.name.casefold()) for item in self._items}
        refuse_contradictions(keys, {item: item.options for item in self._items}, self._errors)
        alike = {keys[item] if not self._errors.of(item) else item: item for item in self._items}
        self._items = list(alike.values())
        for item in self._items:
            if not 0 < len(item.name) <= users.LONGEST_NAME:
                self._errors.add(item, "name: the name of a user has 1 to %d characters" % users.LONGEST_NAME)
            if item.options["password"] == "":
                self._errors.add(item, "the password of the user is empty")

    def _look(self, session: Session, items: list[Administrator]) -> None:
        there = self._listed(session)
        for item in items:
            item.there = there.get(item.name.casefold())

    def _listed(self, session: Session) -> dict[str, User]:
        """The users of the session's own server, by name without regard to case."""
        name = session.virtual_server
        if name not in self._ids:
            self._ids[name] = users.PRIMARY if name is None else self._id_of(session)
        return {user.name.casefold(): user for user in users.listing(session, self._ids[name])}

    def _id_of(self, session: Session) -> int:
        """The id of the session's virtual server, so that users of other servers are never taken for its own."""
        own = virtual_servers.own_id(session)
        if own is None:
            name = str(session.virtual_server)
            own = virtual_servers.find(self._servers.primary, [name])[name].id
        return own

    def _promise(self, item: Administrator) -> None:
        there, word = item.there, "created"
        before: t.Any = None
        after: t.Any = {"name": item.name, **item.wanted}
        if item.reason:
            before = after
        elif there is not None:
            word = "updated"
            before = {"name": there.name, **{option: _shown(option, there.attributes[option]) for option in item.wanted}}
            after = {**before, **item.differing}
            if item.sets_password:
                before, after = {**before, "password": PASSWORD_NOW}, {**after, "password": PASSWORD_AFTER}
        if self._state == "absent":
            word, after = "removed", None
            before = {"name": there.name} if there is not None else None
        facts = {"label": item.options["label"], "name": item.name, "virtual_server": item.server, **_facts(there, item.wanted)}
        item.change = self._plan.add(item.name, facts, before, after, word, scope=item.server or "")
        item.change.reason = item.reason
        self._errors.settle(item, item.change)

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        items = [item for item in self._items if item.change.open]
        for item, error in on_each_server(self._servers, items, self._work):
            if item.change.open:
                item.change.fail(error.message)

    def _work(self, session: Session, items: list[Administrator]) -> None:
        for item in items:
            try:
                if self._state == "absent":
                    self._remove(session, item)
                elif item.there is None:
                    self._create(session, item)
                else:
                    self._update(session, item, item.sets_password)
            except CollectionError as error:
                item.change.fail(error.message)
        self._read_back(session, [item for item in items if item.change.open])

    def _remove(self, session: Session, item: Administrator) -> None:
        if session.account.internal and item.name.casefold() == session.account.username.casefold():
            raise InputError('%s: the account that this task uses, "%s", is not deleted.' % (session, item.name))
        for attempt in (1, 2):
            try:
                with self._plan.writing():
                    users.delete(session, t.cast(User, item.there).id)
                return
            except (AnswerLost, RequestRefused) as error:
                if item.name.casefold() not in self._listed(session):  # carried out, or another run was faster
                    return
                if attempt == 2 or not isinstance(error, AnswerLost):
                    raise

    def _create(self, session: Session, item: Administrator) -> None:
        password = self._protected(session, item)
        for attempt in (1, 2):
            try:
                with self._plan.writing():
                    users.add(session, item.name, password, item.wanted)
                return
            except AnswerLost:
                item.there = self._listed(session).get(item.name.casefold())
                if item.there is not None:
                    break
                if attempt == 2:
                    raise
            except RequestRefused as error:
                item.there = self._listed(session).get(item.name.casefold())
                if item.there is not None:  # another run was faster
                    break
                raise self._explained(session, item, error) from None
        self._update(session, item, with_password=False)

    def _update(self, session: Session, item: Administrator, with_password: bool) -> None:
        differing = item.differing
        if not differing and not with_password:
            return
        password = self._protected(session, item) if with_password else None
        for attempt in (1, 2):
            try:
                with self._plan.writing():
                    users.update(session, t.cast(User, item.there).id, differing, password)
                return
            except AnswerLost:  # the same again does no harm
                if attempt == 2:
                    raise

    @staticmethod
    def _protected(session: Session, item: Administrator) -> bytes:
        try:
            return users.protected(session, item.options["password"])
        except NoSuchCall:
            raise InputError(
                "%s cannot encrypt the password of a user: it has neither DataProtectionApi.ProtectUtf16StringGlobally nor "
                "Tasks.ProtectPassword. No password is sent unencrypted." % session,
                server=session.server.address,
                virtual_server=session.virtual_server,
                method="DataProtectionApi.ProtectUtf16StringGlobally",
            ) from None

    def _explained(self, session: Session, item: Administrator, error: RequestRefused) -> CollectionError:
        """Why a user cannot be made. The number of SPLERR_USER_ALREADY_EXISTS is not documented: look who has the name."""
        if limits.is_violation(error):
            return limits.explained(session, error, limits.USERS)
        if isinstance(error, (NoSuchCall, TemporarilyUnavailable)) or error.failure.get("code") == NO_ACCESS:
            return error
        where = self._owners_of(item.name)
        if not where and not users.is_taken(error):
            return error
        at = (
            "it is a user of %s" % ", ".join(where)
            if where
            else "look for it among the users of the primary server and of all its virtual servers"
        )
        return RequestRefused(
            '%s has no user "%s", but the name is in use: user names are unique across the primary server and all its virtual servers, '
            "and %s. Choose another name, or remove that user. (%s)" % (session, item.name, at, error.message.rstrip(". ")),
            **{**error.failure, "user": item.name},
        )

    def _owners_of(self, name: str) -> list[str]:
        """The servers that have a user of a name, as far as the primary server tells."""
        if self._owners is None:
            self._owners = {}
            try:
                primary = self._servers.primary
                ids = {users.PRIMARY: "the primary server"}
                ids.update({server.id: 'virtual server "%s"' % server.name for server in virtual_servers.listing(primary)})
                for id, title in ids.items():
                    for user in users.listing(primary, id):
                        self._owners.setdefault(user.name.casefold(), []).append(title)
            except CollectionError:
                pass
        return self._owners.get(name.casefold(), [])

    def _read_back(self, session: Session, items: t.Sequence[Administrator]) -> None:
        if not items:
            return
        now = self._listed(session)
        for item in items:
            there = now.get(item.name.casefold())
            if self._state == "absent":
                if there is not None:
                    item.change.fail("%s reports success, but still lists it" % session)
                continue
            if there is None:
                item.change.fail("%s reports success, but does not list it" % session)
                continue
            item.there = there
            item.change.facts.update(_facts(there, {}))
            if item.differing:
                item.change.fail("%s reports success, but did not apply: %s" % (session, ", ".join(item.differing)))

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        listed = plan.returned()
        return {"users": listed, "user": listed[0] if listed else None, "msg": plan.message("users")}

    def failure(self, plan: Plan) -> t.Optional[str]:
        if self._params["on_failure"] == "report" or not plan.with_result(FAILED):
            return None
        where = self._servers.describe_all(item.server for item in self._items)
        return failure(plan, "users", where, wait=False, wait_timeout=0, task_id=None)


def _shown(option: str, value: t.Any) -> t.Any:
    return True if option == "enabled" and value is None else value


def _facts(there: t.Optional[User], wanted: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    attributes = dict.fromkeys(users.ATTRIBUTES) if there is None else dict(there.attributes)
    return {"id": there.id if there else None, **attributes, **wanted}
