# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts, logging in, and the three ways in which a call says who asks.

Source: ksc-openapi.md section 1, ksc-wire.md section 3: `login` binds the connection, `Session.StartSession` gives an id for
`X-KSC-Session`, and an Authorization header on a call authenticates that call.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
import secrets
import weakref
from dataclasses import dataclass, field
from typing import Any

from ..clock import Clock
from ..exchange import Connection, Exchange
from ..journal import Journal
from .errors import ERR_LOGON_IFAILED, SPLERR_ACCOUNT_BLOCKED, HttpRefusal, KscError, no_access
from .settings import KscSettings
from .state import Server, World

PART = re.compile(r'\s*(\w+)\s*=\s*("[^"]*"|[^",\s]*)\s*(?:,|$)')
LOGIN = "login"


@dataclass
class Account:
    """An account. ``servers`` empty means all, unless it has no ``rights`` anywhere.

    ``totp``: the second factor's code, or ``enrol`` when it must be set up first.
    """

    username: str
    password: str
    internal: bool = True
    domain: str = ""
    servers: list[str] = field(default_factory=list)
    totp: str = ""
    locked: bool = False
    rights: bool = True
    enabled: bool = True
    request_password: bool = False
    full_name: str = ""
    description: str = ""
    mail: str = ""
    phone: str = ""
    id: int = 0
    home: int = 0
    """The server (KLVSRV_ID, 0 the primary) that the user belongs to."""
    about: str = ""
    failures: int = 0
    locked_until: float = 0.0

    def may_use(self, server: Server) -> bool:
        """Say whether the account has rights on a server."""
        return self.rights and (not self.servers or server.title in self.servers)


@dataclass(eq=False)
class Session:
    """A login: of a connection, under an id, or of calls that each carry their authorization."""

    label: str
    kind: str
    account: Account
    server: Server
    id: str = ""
    connection: Connection | None = None
    used: float = 0.0
    second_factor: bool = False
    ended: bool = False
    results: dict[str, Any] = field(default_factory=dict)
    actions: dict[str, Any] = field(default_factory=dict)


@dataclass
class Credentials:
    """What an Authorization header says."""

    scheme: str
    username: str = ""
    password: str = ""
    domain: str = ""
    internal: bool | None = None
    token: str = ""


def _decoded(text: str, what: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise HttpRefusal(400, "Bad request: %s is not Base64 of UTF-8" % what) from None


def parse_authorization(header: str) -> Credentials:
    """Read an Authorization header as all known clients write it; HttpRefusal 400 or 401 when it cannot be understood."""
    scheme, _space, rest = header.strip().partition(" ")
    if scheme in ("KSCT", "KSCWT", "KSCGW"):
        return Credentials(scheme, token=rest.strip().strip('"'))
    if scheme not in ("KSCBasic", "KSCMFA"):
        raise HttpRefusal(401, "Authorization scheme %r is not supported" % scheme)
    values, place = {}, 0
    while place < len(rest):
        match = PART.match(rest, place)
        if match is None:
            raise HttpRefusal(400, "Bad request: the %s header cannot be read" % scheme)
        values[match.group(1)] = match.group(2).strip('"')
        place = match.end()
    if scheme == "KSCMFA":
        if "totp" not in values:
            raise HttpRefusal(400, "Bad request: KSCMFA needs totp")
        return Credentials(scheme, token=values["totp"])
    unknown = set(values) - {"user", "pass", "domain", "internal"}
    if unknown or "user" not in values or "pass" not in values:
        raise HttpRefusal(400, "Bad request: KSCBasic needs user and pass, and knows domain and internal")
    internal = values.get("internal")
    if internal not in (None, "", "0", "1", "true", "false"):
        raise HttpRefusal(400, "Bad request: KSCBasic: internal is 0 or 1")
    return Credentials(
        scheme,
        _decoded(values["user"], "user"),
        _decoded(values["pass"], "pass"),
        values.get("domain", ""),
        None if not internal else internal in ("1", "true"),
    )


class Sessions:
    """All logins of one simulated KSC."""

    def __init__(self, world: World, accounts: list[Account], settings: KscSettings, clock: Clock, journal: Journal) -> None:
        self.world = world
        self.accounts = accounts
        self._settings = settings
        self._clock = clock
        self._journal = journal
        self._sessions: dict[str, Session] = {}
        self._per_call: dict[tuple[int, int], Session] = {}
        self._tokens: dict[str, tuple[Account, float]] = {}
        self._all: weakref.WeakSet[Session] = weakref.WeakSet()
        self._labels = itertools.count(1)
        for account in accounts:
            self.hide(account)

    # Accounts

    def add(self, account: Account) -> None:
        """Let an account log in."""
        self.accounts.append(account)
        self.hide(account)

    def remove(self, account: Account) -> None:
        """Forget an account, and log it out."""
        self.accounts.remove(account)
        self.log_out(account)

    def hide(self, account: Account) -> None:
        """Keep an account's secrets out of the journal."""
        self._journal.hide(account.password, base64.b64encode(account.password.encode("utf-8")).decode("ascii"))
        if account.totp:
            self._journal.hide(account.totp)

    def log_out(self, account: Account, but: Session | None = None) -> None:
        """End the sessions of an account, all but one."""
        for session in self._alive():
            if session.account is account and session is not but:
                self.end(session)

    def close(self, server: Server) -> None:
        """End the sessions of a server that was switched off or deleted."""
        for session in self._alive():
            if session.server is server:
                self.end(session)

    def _alive(self) -> list[Session]:
        return [session for session in self._all if not session.ended]

    # Who asks

    def find(self, exchange: Exchange) -> Session | None:
        """Return the session that a request belongs to, alive or not, changing nothing."""
        identity = exchange.headers.get("x-ksc-session")
        if identity:
            return self._sessions.get(identity)
        session = exchange.connection.memory.get(LOGIN)
        return session if isinstance(session, Session) and self._known(session) else None

    def scope_name(self, exchange: Exchange) -> str:
        """Return the name of the server that a request is about, as far as can be told."""
        session = self.find(exchange)
        if session is not None:
            return session.server.title
        try:
            return self.header_server_name(exchange) or "primary"
        except HttpRefusal:
            return ""

    def authenticate(self, exchange: Exchange) -> Session:
        """Return the session of a call and note its use; HttpRefusal when nobody is logged in."""
        if exchange.headers.get("x-ksc-session"):
            session = self.find(exchange)
            if session is None or self._expired(session):
                raise HttpRefusal(self._settings.expired_session_status, "Session is not valid")
        elif exchange.headers.get("authorization"):
            session = self._authenticate_call(exchange)
        else:
            found = self.find(exchange)
            if found is None:
                raise HttpRefusal(self._settings.unauthenticated_status, "Authentication required")
            session = found
            if self._expired(session):
                raise HttpRefusal(self._settings.expired_session_status, "Session is not valid")
        if session.second_factor:
            raise self._second_factor_missing(session)
        self._check_scope(session, exchange)
        session.used = self._clock.client()
        exchange.session, exchange.scope = session.label, session.server.title
        return session

    def _known(self, session: Session) -> bool:
        return not session.ended and session.server.world is self.world

    def _expired(self, session: Session) -> bool:
        idle = self._settings.session_idle_seconds
        if self._known(session) and idle and self._clock.client() - session.used > idle:
            self.end(session)
        return not self._known(session)

    def _check_scope(self, session: Session, exchange: Exchange) -> None:
        if session.kind != "call" and self._settings.strict_vserver_header and "x-ksc-vserver" in exchange.headers:
            name = self.header_server_name(exchange)
            if self.world.server(name) is not session.server:
                raise no_access(
                    "X-KSC-VServer names %r, but this login is for %r; log in to %r first"
                    % (name or "primary", session.server.title, name or "primary")
                )

    # Logging in

    def login(self, exchange: Exchange) -> Session:
        """Bind the connection to an account (`login`); a second factor may complete an earlier attempt on the connection."""
        pending = exchange.connection.memory.get(LOGIN)
        credentials = self._credentials(exchange)
        if credentials.scheme == "KSCMFA":
            session = self._second_factor(pending if isinstance(pending, Session) else None, credentials)
        else:
            account, server = self._account_and_server(exchange, credentials)
            session = self._open("login", account, server)
            session.connection = exchange.connection
            exchange.connection.memory[LOGIN] = session
            exchange.connection.when_closed.append(lambda: self.end(session))
        return self._logged_in(session, exchange)

    def start(self, exchange: Exchange) -> Session:
        """Open a session with an id (`Session.StartSession`)."""
        credentials = self._credentials(exchange)
        if credentials.scheme == "KSCMFA":
            session = self._second_factor(self.find(exchange), credentials)
        else:
            account, server = self._account_and_server(exchange, credentials)
            session = self._open("session", account, server)
            session.id = "n" + base64.b64encode(secrets.token_bytes(16)).decode("ascii")
            self._sessions[session.id] = session
            self._journal.hide(session.id)
        return self._logged_in(session, exchange)

    def end(self, session: Session) -> None:
        """End a session: its id, result sets and actions are gone."""
        session.ended = True
        session.results.clear()
        session.actions.clear()
        self._sessions.pop(session.id, None)

    def token(self, session: Session) -> str:
        """Return a one-time token (`Session.CreateToken`)."""
        raw = secrets.token_hex(16)
        token = "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
        self._tokens[token] = (session.account, self._clock.client() + self._settings.token_seconds)
        self._journal.hide(token)
        return token

    def _logged_in(self, session: Session, exchange: Exchange) -> Session:
        exchange.login, exchange.session, exchange.scope = True, session.label, session.server.title
        if session.second_factor:
            raise self._second_factor_missing(session)
        return session

    def _open(self, kind: str, account: Account, server: Server) -> Session:
        session = Session("s%d" % next(self._labels), kind, account, server, used=self._clock.client(), second_factor=bool(account.totp))
        self._all.add(session)
        return session

    def _authenticate_call(self, exchange: Exchange) -> Session:
        credentials = self._credentials(exchange)
        account, server = self._account_and_server(exchange, credentials)
        key = (id(account), server.id)
        session = self._per_call.get(key)
        if session is None or self._expired(session):
            session = self._per_call[key] = self._open("call", account, server)
        exchange.login = True
        return session

    def _credentials(self, exchange: Exchange) -> Credentials:
        header = exchange.headers.get("authorization")
        if not header:
            raise HttpRefusal(self._settings.unauthenticated_status, "Authentication required")
        return parse_authorization(header)

    def _account_and_server(self, exchange: Exchange, credentials: Credentials) -> tuple[Account, Server]:
        account = self._account(credentials)
        name = self.header_server_name(exchange)
        server = self.world.server(name)
        if server is None or not server.enabled:
            raise HttpRefusal(self._settings.unknown_vserver_status, "Virtual server %s does not exist or is disabled" % ascii(name))
        if not account.may_use(server):
            raise self._refused(
                "Access denied: the account has no rights on server %s" % ascii(server.title),
                403,
                no_access("the account has no rights on server %r" % server.title),
            )
        return account, server

    def header_server_name(self, exchange: Exchange) -> str:
        """Return the name in X-KSC-VServer, "" for the main server (no header, an empty one, or ``x``)."""
        header = exchange.headers.get("x-ksc-vserver", "").strip()
        return "" if header in ("", "x") else _decoded(header, "X-KSC-VServer")

    def _account(self, credentials: Credentials) -> Account:
        if credentials.scheme == "KSCT":
            account, until = self._tokens.pop(credentials.token, (None, 0.0))
            if account is None or self._clock.client() > until:
                raise HttpRefusal(self._settings.wrong_password_status, "Authentication failure")
            return account
        if credentials.scheme != "KSCBasic":
            raise HttpRefusal(self._settings.wrong_password_status, "Authentication failure")
        named = [account for account in self.accounts if account.username == credentials.username]
        for account in named:
            self._refuse_locked(account)
        named = [account for account in named if account.enabled]
        fitting = [account for account in named if self._fits(account, credentials)]
        for account in fitting:
            if account.password == credentials.password:
                account.failures = 0
                return account
        for account in fitting or named:
            self._count_failure(account)
        if named and not fitting and credentials.internal is not None:
            raise self._refused(
                "Authentication failure",
                self._settings.wrong_password_status,
                KscError(ERR_LOGON_IFAILED, "Internal logon failed, OS logon is not supported or not requested", "KLWAT"),
            )
        raise HttpRefusal(self._settings.wrong_password_status, "Authentication failure")

    def _fits(self, account: Account, credentials: Credentials) -> bool:
        as_os = account.internal and credentials.internal is False and self._settings.internal_user_as_os == "accepted"
        if credentials.internal is not None and credentials.internal != account.internal and not as_os:
            return False
        domain = account.domain
        return credentials.domain in ("", domain, base64.b64encode(domain.encode("utf-8")).decode("ascii"))

    def _count_failure(self, account: Account) -> None:
        account.failures += 1
        if self._settings.lock_after and account.failures >= self._settings.lock_after:
            account.failures = 0
            account.locked_until = self._clock.client() + self._settings.lock_seconds

    def _refuse_locked(self, account: Account) -> None:
        if account.locked or self._clock.client() < account.locked_until:
            raise self._refused(
                "Authentication failure: the account is blocked (SPL 2013)",
                self._settings.wrong_password_status,
                KscError(SPLERR_ACCOUNT_BLOCKED, "The account is blocked after too many attempts with a wrong password", "SPL"),
            )

    def _refused(self, text: str, status: int, error: KscError) -> Exception:
        return error if self._settings.logon_errors == "pxgerror" else HttpRefusal(status, text)

    # The second factor

    def _second_factor(self, session: Session | None, credentials: Credentials) -> Session:
        if session is None or not session.second_factor:
            raise HttpRefusal(self._settings.unauthenticated_status, "Authentication failure")
        if session.account.totp != "enrol" and credentials.token == session.account.totp:
            session.second_factor = False
            session.used = self._clock.client()
        return session

    @staticmethod
    def _second_factor_missing(session: Session) -> HttpRefusal:
        kind = "totpreg" if session.account.totp == "enrol" else "totp"
        headers = {"WWW-Authenticate": 'KSCMFA type="%s", lengthHint="6"' % kind}
        if session.id:
            headers["X-KSC-Session"] = session.id
        return HttpRefusal(401, "Authentication not finished", headers)
