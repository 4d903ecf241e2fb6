# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operation 1: tokens, and who may call."""

from __future__ import annotations

import base64
import binascii
import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..clock import Clock
from ..journal import Journal
from .calls import Call
from .errors import ApiError
from .settings import ViisSettings
from .timestamps import stamp

if TYPE_CHECKING:
    from .server import Server

USER = "admin"
"""The account of the Integration Server's administrator [contract, section 2]."""


@dataclass
class Session:
    """A session. Times are simulated seconds."""

    id: str
    created: float
    updated: float
    active_to: float
    valid_to: float

    def alive(self, now: float) -> bool:
        """Say whether the token is still good."""
        return now < min(self.active_to, self.valid_to)


class Sessions:
    """The tokens of one server; gone when it restarts."""

    def __init__(self, clock: Clock, settings: ViisSettings, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal
        self._settings = settings
        self._tokens: dict[str, Session] = {}
        self.password = ""

    def login(self, header: str) -> dict[str, Any]:
        """Return a new token for the header ``Basic ...``; ApiError 401 for anybody but the administrator."""
        if not self._is_administrator(header):
            raise ApiError(
                401,
                "WrongUserNameOrPassword",
                "The user name or the password is wrong.",
                headers={"WWW-Authenticate": 'Basic realm="VIIS"'},
            )
        now = self._clock.now()
        session = Session(str(uuid.uuid4()), now, now, now + self._settings.token_active_seconds, now + self._settings.token_valid_seconds)
        token, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._journal.hide(token, refresh)
        self._tokens[token] = session
        return {
            "accessToken": {"value": token},
            "refreshToken": {"value": refresh},
            "session": {
                "id": session.id,
                "createdAt": stamp(session.created),
                "updatedAt": stamp(session.updated),
                "activeTo": stamp(session.active_to),
                "validTo": stamp(session.valid_to),
            },
        }

    def find(self, header: str) -> Session | None:
        """Return the session of the header ``Bearer ...`` if it is alive; changes nothing."""
        kind, _space, token = header.partition(" ")
        session = self._tokens.get(token.strip()) if kind.lower() == "bearer" else None
        return session if session is not None and session.alive(self._clock.now()) else None

    def check(self, header: str) -> Session:
        """Return the session, kept alive by this call; ApiError 401 when there is none (R-01)."""
        session = self.find(header)
        if session is None:
            raise ApiError(401, "TokenIsNotValid", "A valid bearer token is needed.", headers={"WWW-Authenticate": "Bearer"})
        session.updated = self._clock.now()
        if self._settings.token_slides:
            session.active_to = min(session.updated + self._settings.token_active_seconds, session.valid_to)
        return session

    def forget(self, session_id: str = "") -> None:
        """Forget one session, or all."""
        self._tokens = {token: session for token, session in self._tokens.items() if session_id and session.id != session_id}

    def __len__(self) -> int:
        now = self._clock.now()
        return sum(session.alive(now) for session in self._tokens.values())

    def _is_administrator(self, header: str) -> bool:
        kind, _space, encoded = header.partition(" ")
        try:
            user, _colon, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        except (ValueError, binascii.Error):
            return False
        return kind.lower() == "basic" and user == USER and secrets.compare_digest(password.encode(), self.password.encode())


def get_token(server: Server, call: Call) -> Any:
    """GET /auth/tokens."""
    call.exchange.login = True
    answer = server.sessions.login(call.exchange.headers.get("authorization", ""))
    call.exchange.session = answer["session"]["id"]
    return answer
