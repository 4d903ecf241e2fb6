# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors in the product's shape: ``PxgError`` in an HTTP 200 answer, or a plain text with another status.

Source: ksc-openapi.md section 2.3 and 2.4 (codes), ksc-wire.md section 5 (all five members are always there).
"""

from __future__ import annotations

from typing import Any

STDE_NOACCESS = 1184
STDE_NOTFOUND = 1186
STDE_BADFORMAT = 1192
STDE_NOTPERM = 1193
GCR_NO_SUCH_CALL = 1194
STDE_UNAVAIL = 1195
STDE_LIMIT_VIOLATION = 1229
ERR_LOGON_IFAILED = 1453
SPLERR_ACCOUNT_BLOCKED = 2013


class KscError(Exception):
    """An API error: HTTP 200 with ``PxgError``."""

    def __init__(self, code: int, message: str, module: str = "KLSTD", subcode: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.module = module
        self.subcode = subcode

    def __str__(self) -> str:
        return "%s %d: %s" % (self.module, self.code, self.message)

    def document(self) -> dict[str, Any]:
        """Return the answer's body."""
        return error_document({"code": self.code, "subcode": self.subcode, "module": self.module, "message": self.message})


class HttpRefusal(Exception):
    """A refusal at HTTP level: a status other than 200 with a plain text."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers or {}

    def __str__(self) -> str:
        return "HTTP %d: %s" % (self.status, self.text)


def error_document(error: dict[str, Any]) -> dict[str, Any]:
    """Return ``{"PxgError": ...}`` with every member that clients read; ``error`` overrides them."""
    full: dict[str, Any] = {
        "code": STDE_UNAVAIL,
        "subcode": 0,
        "module": "KLSTD",
        "file": "simulator",
        "line": 1,
        "message": "fault on demand",
    }
    full.update(error)
    if "locdata" not in full:
        full["locdata"] = {"type": "params", "value": {"format": "%1", "format-id": 0, "locmodule": "simulator", "args": [full["message"]]}}
    return {"PxgError": full}


def bad_format(message: str) -> KscError:
    """Data damaged or of an unknown format (KLSTD 1192)."""
    return KscError(STDE_BADFORMAT, message)


def not_found(message: str) -> KscError:
    """Object not found (KLSTD 1186)."""
    return KscError(STDE_NOTFOUND, message)


def no_access(message: str) -> KscError:
    """Access denied (KLSTD 1184)."""
    return KscError(STDE_NOACCESS, message)


def not_permitted(message: str) -> KscError:
    """Operation not permitted (KLSTD 1193)."""
    return KscError(STDE_NOTPERM, message)


def unavailable(message: str, subcode: int = 0) -> KscError:
    """Temporarily unavailable (KLSTD 1195)."""
    return KscError(STDE_UNAVAIL, message, subcode=subcode)


def no_such_call(message: str) -> KscError:
    """No such method (KLCONN 1194)."""
    return KscError(GCR_NO_SUCH_CALL, message, "KLCONN")
