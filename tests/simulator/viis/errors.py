# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the API: raised as one exception, rendered in the style that is set.

No document shows an error of API 3.0, so statuses follow the contract's section 10 and all symbolic codes are made up here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import JSONResponse, PlainTextResponse, Response

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass
class ApiError(Exception):
    """An answer other than success. ``errors`` gives texts per member of the body, ``members`` goes into a problem document as is."""

    status: int
    code: str
    detail: str
    errors: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Return everything in one line."""
        parts = ["%s: %s" % (where or "body", " ".join(texts)) for where, texts in self.errors.items()]
        return "; ".join([self.detail, *parts])


def unknown(what: str, name: str) -> ApiError:
    """Return the error for an id that nothing has."""
    return ApiError(404, "%sNotFound" % what, "There is no %s with the id %r." % (what, name))


def render(error: ApiError, style: str, path: str) -> Response:
    """Return the answer in ``style`` (problem, text, xml, empty)."""
    if style == "empty":
        return Response(b"", error.status, headers=error.headers)
    if style == "text":
        return PlainTextResponse("%s: %s" % (error.code, error.text()), error.status, headers=error.headers)
    if style == "xml":
        document = '<?xml version="1.0" encoding="utf-8"?>\n<error><code>%s</code><message>%s</message></error>' % (
            escape(error.code),
            escape(error.text()),
        )
        return Response(document.encode("utf-8"), error.status, headers=error.headers, media_type="application/xml")
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(error.status, "Error"),
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "instance": path,
    }
    if error.errors:
        problem["errors"] = error.errors
    problem.update(error.members)
    return JSONResponse(problem, error.status, headers=error.headers, media_type="application/problem+json")
