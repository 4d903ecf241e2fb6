# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real HTTPS conversations of one Integration Server with another. Everything here blocks and runs in a thread."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
from typing import Callable

from .calls import PREFIX
from .identities import of_certificate

TIMEOUT = 10
ROLE_PATH = "/simulator/ha/role"
"""How a primary tells a server its role. No document tells what the servers say to each other: this is made up."""


def _context() -> ssl.SSLContext:
    """Return a context that takes any certificate: the thumbprint is compared instead."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def certificate_of(host: str, port: int) -> bytes:
    """Return the DER certificate of the server at host and port; OSError when there is none."""
    with socket.create_connection((host, port), TIMEOUT) as plain, _context().wrap_socket(plain) as secure:
        return secure.getpeercert(True) or b""


def give_role(host: str, port: int, user: str, password: str, role: str, primary: str, accepts: Callable[[str], bool]) -> str:
    """Log in at another server and give it a role; return the error in upper case, NO_ERROR when all went well.

    ``accepts`` is asked for the thumbprint before anything secret is sent.
    """
    connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=_context())
    try:
        connection.connect()
        if not accepts(of_certificate(connection.sock.getpeercert(True) or b"").thumbprint):
            return "INVALID_CERTIFICATE"
        basic = base64.b64encode(("%s:%s" % (user, password)).encode("utf-8")).decode()
        connection.request("GET", PREFIX + "/auth/tokens", headers={"Authorization": "Basic " + basic, "Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            return _error(answer.status)
        token = json.loads(body)["accessToken"]["value"]
        connection.request(
            "PUT",
            ROLE_PATH,
            json.dumps({"role": role, "primary": primary}),
            {"Authorization": "Bearer " + token, "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        answer.read()
        return "NO_ERROR" if answer.status == 200 else _error(answer.status)
    except (OSError, http.client.HTTPException):
        return "NETWORK_ERROR"
    except (ValueError, KeyError, TypeError):
        return "SERVER_ERROR"
    finally:
        connection.close()


def _error(status: int) -> str:
    return {401: "UNAUTHORIZED", 403: "ACCESS_DENIED"}.get(status, "SERVER_ERROR")
