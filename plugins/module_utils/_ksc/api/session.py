# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Log in to KSC OpenAPI, call a method, log out (contract ksc-openapi.md, sections 1 and 2).

One ``Session`` works on one Administration Server: the primary, or the virtual one that was named at login.
"""

from __future__ import annotations

import base64
import json
import re
import typing as t
from dataclasses import dataclass, field

from ..._core import ending
from ..._core.errors import (
    AccessDenied,
    AnswerLost,
    AuthenticationFailed,
    CollectionError,
    InputError,
    NoSuchCall,
    RequestRefused,
    SessionLost,
    TemporarilyUnavailable,
)
from ..._core.https import BUSY, EXCERPT, REPEAT_AFTER, TOKEN, Answer, Https, Server
from ..._core.waiting import Clock
from . import wire

LOGIN = "login"
START_SESSION = "Session.StartSession"
END_SESSION = "Session.EndSession"

# Statuses of a call without a valid session or login: it was not executed (contract, section 1.4).
NOT_LOGGED_IN = (401, 403)
# Statuses with which a server that lacks a method may answer instead of KLCONN 1194.
NOT_THERE = (404, 405, 501)

# Published error codes (contract, section 2.4), by module and code.
ERRORS: dict[tuple[str, int], type[RequestRefused]] = {
    ("KLCONN", 1194): NoSuchCall,
    ("KLSTD", 1184): AccessDenied,
    ("KLSTD", 1193): AccessDenied,
    ("KLSTD", 1195): TemporarilyUnavailable,
}
LOGON_ERRORS = {
    ("KLWAT", 1453): "Check the password, and internal_user: it says whether the account is a user of "
    "Kaspersky Security Center (true) or of the operating system (false).",
    ("KLWAT", 1454): "The server refused the token.",
    ("SPL", 2013): "The account is blocked after too many wrong passwords; an administrator has to unblock it.",
}

_ABOUT_VIRTUAL_SERVER = re.compile(r"v-?server|virtual", re.IGNORECASE)


@dataclass(frozen=True)
class Account:
    """Who logs in; ``internal``: a user of KSC itself, not of the operating system or a domain."""

    username: str
    password: str = field(repr=False)
    domain: t.Optional[str] = None
    internal: bool = False

    @property
    def authorization(self) -> str:
        parts = ['user="%s"' % _base64(self.username), 'pass="%s"' % _base64(self.password)]
        if self.domain:
            if re.search(r'["\x00-\x1f]', self.domain):
                raise InputError("domain: quotes and control characters cannot be sent.")
            parts.append('domain="%s"' % self.domain)
        parts.append('internal="%d"' % self.internal)
        return "KSCBasic " + ", ".join(parts)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Reply(t.Dict[str, t.Any]):
    """The decoded body of an answer. Reading a member that has to be there and is not raises AnswerLost."""

    def __init__(self, body: t.Mapping[str, t.Any], without: t.Callable[[str], AnswerLost]) -> None:
        super().__init__(body)
        self._without = without

    def __missing__(self, name: str) -> t.Any:
        raise self._without(name)

    def number(self, name: str) -> int:
        """A member that has to be a whole number."""
        value = wire.number(self[name])
        if value is None:
            raise self._without(name)
        return value

    def text(self, name: str) -> str:
        """A member that has to be a text, such as an id; numbers count as such."""
        value = self[name]
        if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
            raise self._without(name)
        return str(value)


class Session:
    """Calls on one Administration Server; logs in at the first call.

    With ``auth_method`` "session" the login is a session id; where the server has no such call, and with "login",
    it belongs to the connection. A login that got lost (idle session, dropped connection) is repeated once per call.
    """

    def __init__(
        self,
        server: Server,
        account: Account,
        *,
        virtual_server: t.Optional[str] = None,
        auth_method: str = "session",
        clock: t.Optional[Clock] = None,
    ) -> None:
        self.server = server
        self.account = account
        self.virtual_server = virtual_server
        self._auth_method = auth_method
        self._clock = clock or Clock()
        self._https = Https(server, self._clock)
        self._https.secrets.add(account.password)
        self._https.secrets.add(account.authorization)
        self._scope = {} if virtual_server is None else {"X-KSC-VServer": _base64(virtual_server)}
        self._logged_in: t.Optional[dict[str, str]] = None  # the headers that a login adds to each call
        self._doubtful: list[dict[str, str]] = []  # the same of logins that the server did not accept any more

    def __str__(self) -> str:
        if self.virtual_server is None:
            return str(self.server)
        return 'virtual server "%s" of %s' % (self.virtual_server, self.server)

    # -- calls ---------------------------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        arguments: t.Optional[t.Mapping[str, t.Any]] = None,
        *,
        write: bool = False,
        bound: bool = False,
        patient: bool = True,
    ) -> Reply:
        """Call a method; the answer is decoded, the return value is under "PxgRetVal".

        ``write``: the call changes something, so it is never sent twice.
        ``bound``: an argument names an object of this session (accessor, iterator, action).
        ``patient``: a server that asks to come back later is asked again, at most twice more; never with a bound call.

        :raises AnswerLost: sent, but the outcome is unknown
        :raises SessionLost: the login got lost, and with it the object of a bound call
        :raises RequestRefused: the server's own error, NoSuchCall and AccessDenied among them
        """
        for pause in REPEAT_AFTER if patient and not bound else ():
            try:
                return self._call(method, arguments, write, bound)
            except TemporarilyUnavailable as error:
                if "status" in error.failure:  # a busy answer of HTTP has been repeated already
                    raise
                self._clock.sleep(pause)
        return self._call(method, arguments, write, bound)

    def _call(self, method: str, arguments: t.Optional[t.Mapping[str, t.Any]], write: bool, bound: bool) -> Reply:
        self.log_in()
        answer = self._post(method, arguments, self._logged_in or {}, repeatable=not write)
        if answer.status in NOT_LOGGED_IN:
            self._doubtful.append(self._logged_in or {})
            self._logged_in = None
            if bound:
                raise SessionLost("%s lost the session during %s." % (self, method), **self._facts(method))
            self.log_in()
            answer = self._post(method, arguments, self._logged_in or {}, repeatable=not write)
        return self._read(answer, method, write)

    def retry_on_session_loss(self, read: t.Callable[[], t.Any]) -> t.Any:
        """Do a read of several calls, and do it all again, once, when the session gets lost on the way."""
        try:
            return read()
        except SessionLost:
            return read()

    def mask(self, secret: str) -> None:
        """Keep a secret out of all messages."""
        self._https.secrets.add(secret)

    def close(self) -> None:
        """Log out. Errors do not matter any more: the server forgets an idle session by itself."""
        logins, self._logged_in, self._doubtful = [self._logged_in, *self._doubtful], None, []
        try:
            for headers in filter(None, logins):
                self._end(headers)
        except CollectionError:
            pass
        finally:
            self._https.close()

    def _end(self, headers: t.Mapping[str, str]) -> None:
        try:
            self._post(END_SESSION, None, headers)
        except AnswerLost:  # such as for a connection that was idle for too long
            self._post(END_SESSION, None, headers)

    # -- login ---------------------------------------------------------------------------------------------------

    def log_in(self) -> None:
        """Log in, unless that is done.

        :raises AuthenticationFailed: the account is not accepted
        """
        if self._logged_in is not None:
            return
        with ending.held_back():  # only the answer tells how to end the session
            self._log_in()

    def _log_in(self) -> None:
        if self._auth_method == "session":
            try:
                answer = self._authenticate(START_SESSION)
                session_id = self._read(answer, START_SESSION, write=False).get("PxgRetVal")
                if not isinstance(session_id, str) or not TOKEN.fullmatch(session_id):
                    raise self._https.unreadable(answer, START_SESSION, "no session id")
                self._https.secrets.add(session_id)
                self._logged_in = {"X-KSC-Session": session_id}
                return
            except NoSuchCall:
                self._auth_method = "login"
        answer = self._authenticate(LOGIN)
        if answer.text.strip():
            self._read(answer, LOGIN, write=False)
        self._logged_in = {}

    def _authenticate(self, method: str) -> Answer:
        answer = self._post(method, None, {"Authorization": self.account.authorization}, login=True)
        if "KSCMFA" in answer.headers.get("WWW-Authenticate", ""):
            session_id = answer.headers.get("X-KSC-Session")
            if session_id:
                self._https.secrets.add(session_id)
                self._post(END_SESSION, None, {"X-KSC-Session": session_id})
            raise AuthenticationFailed(
                'The account "%s" requires two-step verification on %s (%s). Use an account that is excluded '
                "from two-step verification." % (self.account.username, self, method),
                **self._facts(method, status=answer.status),
            )
        if answer.status in NOT_LOGGED_IN:
            detail = answer.headers.get("X-KSC-ErrorMsg") or answer.text
            if self.virtual_server is not None and _ABOUT_VIRTUAL_SERVER.search(detail):
                raise RequestRefused(
                    "%s refused the login (HTTP %d%s)." % (self, answer.status, self._detail(detail)),
                    **self._facts(method, status=answer.status),
                )
            doubt = "" if self.virtual_server is None else ' Or there is no virtual Administration Server "%s".' % self.virtual_server
            raise AuthenticationFailed(
                '%s does not accept the account "%s" at %s (HTTP %d%s). Check username, password, domain and internal_user; '
                "the account is not tried again, because repeated failures may lock it.%s"
                % (self, self.account.username, method, answer.status, self._detail(detail), doubt),
                **self._facts(method, status=answer.status),
            )
        return answer

    # -- one request ---------------------------------------------------------------------------------------------

    def _post(
        self,
        method: str,
        arguments: t.Optional[t.Mapping[str, t.Any]],
        headers: t.Mapping[str, str],
        repeatable: bool = False,
        login: bool = False,
    ) -> Answer:
        return self._https.exchange(
            "POST",
            "/api/v1.0/" + method,
            what=method,
            headers={"Content-Type": "application/json", **self._scope, **headers},
            body=json.dumps(wire.arguments(arguments or {})).encode(),
            repeatable=repeatable,
            login=login,
        )

    def _read(self, answer: Answer, method: str, write: bool) -> Reply:
        if answer.status in NOT_THERE:
            raise NoSuchCall("%s has no method %s." % (self, method), **self._facts(method, status=answer.status))
        if answer.status in NOT_LOGGED_IN:
            raise AccessDenied(
                '%s does not allow the account "%s" to call %s (HTTP %d%s). Check its rights there.'
                % (self, self.account.username, method, answer.status, self._detail(answer.text)),
                **self._facts(method, status=answer.status),
            )
        if answer.status != 200:
            kind: type[CollectionError] = TemporarilyUnavailable if answer.status in BUSY else RequestRefused
            # A page of the web server instead of an answer: executed or not, nobody knows. It may pass.
            if answer.status >= 500 and (write or (kind is RequestRefused and method not in (LOGIN, START_SESSION))):
                kind = AnswerLost
            raise kind(
                "%s answered %s with HTTP %d%s." % (self, method, answer.status, self._detail(answer.text)),
                **self._facts(method, status=answer.status),
            )
        body = self._https.json(answer, method)
        if not isinstance(body, dict):
            raise self._https.unreadable(answer, method, "no JSON object")
        if body.get("PxgError") is not None:
            raise self._refused(wire.answer(body)["PxgError"], method)
        return Reply(wire.answer(body), lambda name: self._https.unreadable(answer, method, "no %s" % name))

    def _refused(self, error: t.Any, method: str) -> CollectionError:
        if not isinstance(error, dict):
            error = {"message": str(error)}
        module, code = error.get("module"), error.get("code")
        text = self._https.secrets.mask(_localized(error.get("locdata")) or str(error.get("message") or "no message"))
        facts = self._facts(
            method,
            module=module,
            code=code,
            subcode=error.get("subcode"),
            file=error.get("file"),
            line=error.get("line"),
            text=text,
        )
        key = (str(module), code if isinstance(code, int) else -1)
        said = "%s (%s %s)" % (text.rstrip(". "), module, code)
        if key in LOGON_ERRORS:
            return AuthenticationFailed(
                '%s does not accept the account "%s" at %s: %s. %s' % (self, self.account.username, method, said, LOGON_ERRORS[key]),
                **facts,
            )
        kind = ERRORS.get(key, RequestRefused)
        remedy = ' Check the rights of the account "%s" there.' % self.account.username if kind is AccessDenied else ""
        return kind("%s refused %s: %s.%s" % (self, method, said, remedy), **facts)

    def _facts(self, method: str, **more: t.Any) -> dict[str, t.Any]:
        return {"server": self.server.address, "virtual_server": self.virtual_server, "method": method, **more}

    def _detail(self, text: str) -> str:
        text = self._https.secrets.excerpt(text, EXCERPT)
        return ": " + text if text else ""


def _localized(locdata: t.Any) -> str:
    """The localized text of an error: ``format`` with %1, %2 ... filled from ``args``."""
    if not isinstance(locdata, dict):
        return ""
    text = str(locdata.get("format") or "")
    args = locdata.get("args")
    args = args if isinstance(args, list) else []
    for number in range(len(args), 0, -1):
        text = text.replace("%%%d" % number, str(args[number - 1]))
    return text
