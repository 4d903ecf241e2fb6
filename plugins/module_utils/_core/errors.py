# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The exceptions of the collection.

Every message is one sentence for the person at the console: which server, which method, which object, what to do.
``failure`` holds the same facts for a playbook. No exception carries a secret.
"""

from __future__ import annotations

import typing as t


class CollectionError(Exception):
    """Anything that ends a job; ``failure`` becomes the module's return value of that name, with ``kind`` in it."""

    kind = "error"

    def __init__(self, message: str, **failure: t.Any) -> None:
        super().__init__(message)
        self.message = message
        self.failure: dict[str, t.Any] = {key: value for key, value in failure.items() if value not in (None, "")}


class InputError(CollectionError):
    """What the user asked for does not fit what the server has. Nothing was written."""

    kind = "input"


class ServerUnreachable(CollectionError):
    """No connection came about, so nothing was sent."""

    kind = "unreachable"


class CertificateUntrusted(ServerUnreachable):
    """The server's TLS certificate could not be verified, so nothing was sent."""

    kind = "certificate"


class AnswerLost(CollectionError):
    """The request was sent but no readable answer came back: whether the server carried it out is unknown."""

    kind = "answer_lost"


class AuthenticationFailed(CollectionError):
    """The server does not accept the account. Never tried again: accounts lock."""

    kind = "authentication"


class SessionLost(CollectionError):
    """The session is gone, and with it the object of the session that the request named. Nothing was executed."""

    kind = "session_lost"


class RequestRefused(CollectionError):
    """The server understood the request and answered with an error."""

    kind = "refused"


class AccessDenied(RequestRefused):
    """The account may not do this."""

    kind = "access_denied"


class NoSuchCall(RequestRefused):
    """The server has no such method."""

    kind = "no_such_call"


class TemporarilyUnavailable(RequestRefused):
    """The server asks to come back later; nothing was executed."""

    kind = "unavailable"


class WaitTimeout(CollectionError):
    """The deadline passed while the server was still working. The work goes on there."""

    kind = "timeout"


class Interrupted(BaseException):
    """A signal ended the module. What servers have begun goes on there.

    No CollectionError, so that nothing that copes with the errors of servers takes it for one of those.
    """

    kind = "interrupted"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.failure: dict[str, t.Any] = {}


# What may pass while work goes on at a server: it restarts, or the way to it is broken for a while.
PASSING = (AnswerLost, ServerUnreachable, TemporarilyUnavailable)
