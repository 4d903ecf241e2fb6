# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Talk to the REST API of one Integration Server (contract viis-rest-api.md, sections 2 and 10).

Basic authentication once for a token, the token on every other request.
"""

from __future__ import annotations

import base64
import json
import typing as t
from dataclasses import dataclass

from ..._core.errors import (
    AccessDenied,
    AnswerLost,
    AuthenticationFailed,
    CollectionError,
    NoSuchCall,
    RequestRefused,
    TemporarilyUnavailable,
)
from ..._core.https import BUSY, EXCERPT, TOKEN, Answer, Https, Server, read_json
from ..._core.waiting import Clock
from . import wire
from .wire import Record

API = "/api/3.0/"
TOKENS = API + "auth/tokens"


class NotFound(RequestRefused):
    """The server knows no such object, or no such path."""

    kind = "not_found"


class Conflict(RequestRefused):
    """What shall be made is there already, or in use; ``existing_id`` is what the server says it is."""

    kind = "conflict"
    existing_id: str = ""


class ServerError(RequestRefused):
    """The server failed to answer a read. It may do better next time."""

    kind = "server_error"


@dataclass(frozen=True)
class Reply:
    """The answer to a request: ``body`` is JSON with Records for objects, or None when it was empty."""

    body: t.Any
    location: str

    @property
    def record(self) -> Record:
        return self.body if isinstance(self.body, Record) else Record({})

    def records(self, name: str) -> list[Record]:
        """The objects of a list, which is the body itself, the member ``name``, or the only list that there is."""
        if isinstance(self.body, list):
            return [item for item in self.body if isinstance(item, Record)]
        lists = [member for member, value in self.record.items() if isinstance(value, list)]
        if self.record.member(name) is None and len(lists) == 1:
            name = lists[0]
        return self.record.each(name)


class Session:
    """Requests to one Integration Server, a context manager. The token is taken at the first request."""

    def __init__(
        self,
        server: Server,
        username: str,
        password: str,
        *,
        wire_types: str = "documented",
        clock: t.Optional[Clock] = None,
    ) -> None:
        self.server = server
        self._username = username
        self._wire_types = wire_types
        self._https = Https(server, clock or Clock())
        self._basic = base64.b64encode(("%s:%s" % (username, password)).encode()).decode()
        self._https.secrets.add(password)
        self._https.secrets.add(self._basic)
        self._token: t.Optional[str] = None

    def __str__(self) -> str:
        return str(self.server)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: t.Any) -> None:
        self._token = None
        self._https.close()

    def log_in(self) -> None:
        """Log in, unless that is done."""
        if self._token is None:
            self._token = self._new_token()

    def mask(self, secret: t.Optional[str]) -> None:
        """Keep a secret out of all messages."""
        self._https.secrets.add(secret)

    # -- requests ------------------------------------------------------------------------------------------------

    def get(self, path: str) -> Reply:
        """Read ``path``, which is relative to the API and may have a query."""
        return self._call("GET", path, None)

    def post(self, path: str, body: t.Any = None) -> Reply:
        return self._call("POST", path, body)

    def put(self, path: str, body: t.Any = None) -> Reply:
        return self._call("PUT", path, body)

    def delete(self, path: str, body: t.Any = None) -> Reply:
        return self._call("DELETE", path, body)

    def probe(self, path: str) -> t.Optional[Reply]:
        """Read something that the vendor does not document; None when this server has no such thing."""
        try:
            return self.get(path)
        except (NotFound, NoSuchCall):
            return None
        except RequestRefused as error:
            if error.failure.get("status") == 400:
                return None
            raise

    def _call(self, method: str, path: str, body: t.Any) -> Reply:
        """Send a request with the token; after a 401, which means that nothing was executed, once more with a new one.

        :raises NotFound: unknown object or path
        :raises AnswerLost: a write whose outcome is unknown; it is never sent twice
        :raises RequestRefused: the server's own error
        """
        self.log_in()
        answer = self._send(method, path, body)
        if answer.status == 401:
            self._token = self._new_token()
            answer = self._send(method, path, body)
        return self._read(answer, method, path)

    def _send(self, method: str, path: str, body: t.Any) -> Answer:
        content = None if body is None else json.dumps(wire.body(body, self._wire_types)).encode()
        return self._https.exchange(
            method,
            API + path,
            what=_what(method, path),
            headers=self._headers("Bearer %s" % self._token),
            body=content,
            repeatable=method == "GET",
        )

    @staticmethod
    def _headers(authorization: str) -> dict[str, str]:
        # The same server speaks XML, too: what is sent and wanted is said each time.
        return {"Authorization": authorization, "Accept": "application/json", "Content-Type": "application/json"}

    # -- token ---------------------------------------------------------------------------------------------------

    def _new_token(self) -> str:
        what = "GET " + TOKENS
        headers = self._headers("Basic " + self._basic)
        answer = self._https.exchange("GET", TOKENS, what=what, headers=headers, repeatable=True, login=True)
        if answer.status == 401:
            raise AuthenticationFailed(
                '%s does not accept the account "%s" at %s (HTTP 401). Check username and password; the account is not tried again, '
                "because repeated failures may lock it." % (self, self._username, what),
                **self._facts(what, status=401),
            )
        record = self._read(answer, "GET", "auth/tokens").record
        token = record.inner("accessToken").text("value")
        if not TOKEN.fullmatch(token):
            raise self._https.unreadable(answer, what, "no token")
        for secret in (token, record.inner("refreshToken").text("value"), record.inner("session").text("id")):
            self._https.secrets.add(secret)
        return token

    # -- answers -------------------------------------------------------------------------------------------------

    def _read(self, answer: Answer, method: str, path: str) -> Reply:
        what = _what(method, path)
        if not answer.ok:
            raise self._refused(answer, method, what)
        body = wire.read(self._https.json(answer, what)) if answer.text.strip() else None
        return Reply(body, answer.headers.get("Location", ""))

    def _refused(self, answer: Answer, method: str, what: str) -> CollectionError:
        said, record = self._said(answer)
        text = self._https.secrets.mask(said)
        code = record.text("code")
        facts = self._facts(what, status=answer.status, code=code, text=text)
        reason = ": %s" % text.rstrip(". ") if text else ""
        message = "%s refused %s%s (HTTP %d%s)." % (
            self,
            what,
            reason,
            answer.status,
            ", %s" % code if code and code != text else "",
        )
        write = method != "GET"
        if answer.status == 401:
            return AuthenticationFailed("%s did not accept its own new token for %s (HTTP 401)." % (self, what), **facts)
        if answer.status == 403:
            return AccessDenied(
                "%s The account must be admin, and the server must not be a reserve server: it refuses all other requests." % message,
                **facts,
            )
        if answer.status == 404:
            return NotFound(message, **facts)
        if answer.status in (405, 501):
            return NoSuchCall(message, **facts)
        if answer.status == 409:
            conflict = Conflict(message, **facts)
            conflict.existing_id = record.text("infrastructureId") or record.text("id")
            return conflict
        if answer.status == 429 or (answer.status in BUSY and not write):
            return TemporarilyUnavailable("%s The server is busy; run again later." % message, **facts)
        if answer.status >= 500 and write:
            # Done or not, nobody knows: no word of a refusal, and what to do about it is for the caller to say.
            return AnswerLost("%s answered %s with HTTP %d%s." % (self, what, answer.status, reason), **facts)
        if answer.status >= 500:
            return ServerError(message, **facts)
        if method == "DELETE" and answer.status in (400, 411):
            message += " A proxy in between may have dropped the body of the request."
        return RequestRefused(message, **facts)

    def _said(self, answer: Answer) -> tuple[str, Record]:
        try:
            body = wire.read(read_json(answer.text))
        except ValueError:
            return wire.xml_error_text(answer.text) or self._https.secrets.excerpt(answer.text, EXCERPT), Record({})
        return wire.error_text(body), body if isinstance(body, Record) else Record({})

    def _facts(self, what: str, **more: t.Any) -> dict[str, t.Any]:
        return {"server": self.server.address, "method": what, **more}


def _what(method: str, path: str) -> str:
    return "%s %s%s" % (method, API, path.split("?")[0])
