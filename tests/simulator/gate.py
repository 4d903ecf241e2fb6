# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way into a product: each request passes here, so that faults strike and the journal is kept."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Callable

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .exchange import Connection, Exchange
from .faults import Fault
from .listener import CONNECTION
from .product import EXCHANGE, Context, Product

LOG = logging.getLogger("simulator")
HTML = "<!DOCTYPE html><html><head><title>Gateway</title></head><body><h1>It is not the server that answers</h1></body></html>"
INSTEAD: dict[str, Callable[[Fault], Response]] = {
    "status": lambda fault: PlainTextResponse(fault.text, fault.status or 503, fault.headers),
    "html": lambda fault: HTMLResponse(fault.text or HTML, fault.status or 200),
}
"""What comes instead of the product's answer, by kind of fault."""


class Gate:
    """The ASGI app that the web server runs for one product."""

    def __init__(self, name: str, product: Product, context: Context) -> None:
        self._name = name
        self._product = product
        self._context = context
        self._app: ASGIApp = product.asgi()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        exchange = await self._read(scope, receive)
        self._product.identify(exchange)
        struck = self._context.faults.take(exchange)
        names = tuple(fault.kind for fault in struck)
        kind, response = await self._outcome(struck, exchange, scope)
        if self._context.settings.latency:
            await asyncio.sleep(self._context.settings.latency)
        status, sent = 0, 0
        if response is not None and kind != "drop_middle":
            status, sent = await self._send(response, scope, receive, send)
        elif response is not None:
            await self._send_half(response, send)
        self._context.journal.add(exchange, status, sent, time.monotonic() - exchange.started, names)
        if response is None or kind == "drop_middle":
            exchange.connection.abort()
            await self._gone(receive)

    async def _read(self, scope: Scope, receive: Receive) -> Exchange:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                break
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        return Exchange(
            server=self._name,
            connection=scope.get(CONNECTION) or Connection(self._name, 0),
            verb=scope["method"],
            path=scope["path"],
            raw_path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            body=bytes(body),
            started=time.monotonic(),
        )

    async def _outcome(self, struck: list[Fault], exchange: Exchange, scope: Scope) -> tuple[str, Response | None]:
        """Return the fault that decides (or ""), and the answer; no answer means that the connection is to be dropped."""
        for fault in struck:
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds)
            elif fault.kind == "drop_before":
                return fault.kind, None
            elif fault.kind in INSTEAD and not fault.handled:
                return fault.kind, INSTEAD[fault.kind](fault)
            elif fault.kind in ("error", "no_such_call", "kill_session", "restart"):
                with self._context.lock:
                    answer = self._product.struck(fault, exchange)
                if answer is not None:
                    return fault.kind, answer
        response = await self._handle(exchange, scope)
        for fault in struck:
            if fault.kind == "drop_after":
                return fault.kind, None
            if fault.kind == "drop_middle":
                return fault.kind, response
            if fault.kind in INSTEAD:
                return fault.kind, INSTEAD[fault.kind](fault)
            if fault.kind == "truncate":
                body = bytes(response.body)
                return fault.kind, Response(body[: len(body) // 2], response.status_code, media_type="application/json")
        return "", response

    async def _handle(self, exchange: Exchange, scope: Scope) -> Response:
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": exchange.body, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        try:
            await self._app(dict(scope, **{EXCHANGE: exchange}), receive, send)
        except Exception:
            LOG.exception("The simulator itself failed at %s %s", exchange.verb, exchange.path)
            exchange.error = "the simulator itself failed"
            return PlainTextResponse("The simulator itself failed; see its output", 500)
        start = messages[0]
        response = Response(b"".join(message.get("body", b"") for message in messages[1:]), start["status"])
        response.raw_headers = list(start.get("headers", []))
        return response

    async def _send(self, response: Response, scope: Scope, receive: Receive, send: Send) -> tuple[int, int]:
        sent = 0

        async def counted(message: Message) -> None:
            nonlocal sent
            sent += len(message.get("body", b""))
            await send(message)

        app: Any = response
        if self._context.settings.gzip and len(response.body) >= 1024:
            app = GZipMiddleware(response, minimum_size=1024, compresslevel=1)
        await app(scope, receive, counted)
        return response.status_code, sent

    @staticmethod
    async def _send_half(response: Response, send: Send) -> None:
        body = bytes(response.body)
        headers = [(name, value) for name, value in response.raw_headers if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await asyncio.sleep(0.01)

    @staticmethod
    async def _gone(receive: Receive) -> None:
        """Wait until the web server has noticed that the connection is gone."""
        for _attempt in range(100):
            try:
                if (await asyncio.wait_for(receive(), 0.2))["type"] == "http.disconnect":
                    return
            except asyncio.TimeoutError:
                return
