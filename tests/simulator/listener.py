# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS listeners on loopback: uvicorn in a background thread, with the TCP connection made known to the apps."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import itertools
import re
import socket
import threading
import time
from typing import Any, Callable

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from .exchange import Connection
from .tls import Authority

CONNECTION = "simulator.connection"
"""Key of the ASGI scope under which the gate finds the :class:`Connection`."""

HOST = "127.0.0.1"
KEEP_ALIVE = 3600
LAST_PORT = 65535

if importlib.util.find_spec("httptools"):
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as HttpProtocol
else:
    from uvicorn.protocols.http.h11_impl import H11Protocol as HttpProtocol  # type: ignore[assignment]

NUMBERS = itertools.count(1)
REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) \S+ HTTP/1\.[01]\r\n")
VERBS = (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT")
NOT_ALLOWED = (
    b"HTTP/1.1 405 Method Not Allowed\r\nallow: POST\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: 18\r\n\r\n"
)


def protocol_for(name: str, connected: Callable[[Connection], None]) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol, changed so that each request's ASGI scope carries its :class:`Connection`."""

    class ConnectionAwareProtocol(HttpProtocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.simulated = Connection(name, next(NUMBERS), transport)
            connected(self.simulated)
            app: ASGIApp = self.app

            async def with_connection(scope: Scope, receive: Receive, send: Send) -> None:
                scope[CONNECTION] = self.simulated
                await app(scope, receive, send)

            self.app = with_connection

        def data_received(self, data: bytes) -> None:
            self.received = data
            super().data_received(data)

        def send_400_response(self, msg: str) -> None:
            """Answer a request that the web stack cannot read; an HTTP method that it does not know is readable (RFC 9110, 405)."""
            line = REQUEST_LINE.match(self.received)
            if line is None or line.group(1) in VERBS:
                super().send_400_response(msg)
                return
            self.transport.write(NOT_ALLOWED + b"Method not allowed")
            self.transport.close()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self.simulated.lost()

    return ConnectionAwareProtocol


class Listeners:
    """All listeners of one simulator, on one event loop in one background thread."""

    def __init__(self, authority: Authority, connected: Callable[[str], None]) -> None:
        self._authority = authority
        self._told = connected
        self._open: set[Connection] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._servers: list[tuple[uvicorn.Server, socket.socket]] = []
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def add(self, name: str, app: ASGIApp, port: int = 0) -> int:
        """Bind a listener to loopback and return its port (0 asks for any free one).

        OSError when the port is taken, ValueError when there is no such port.
        """
        if not 0 <= port <= LAST_PORT:
            raise ValueError("port %d (%s): there is no such port; give one from 1 to %d, or 0 for any free one" % (port, name, LAST_PORT))
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, port))
        except OSError as error:
            bound.close()
            raise OSError(error.errno, "port %d of %s (%s): %s" % (port, HOST, name, error.strerror)) from error
        config = uvicorn.Config(
            app,
            http=protocol_for(name, self._connected),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            log_level="critical",
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=1,
            ssl_context_factory=lambda _config, _default: self._authority.context(name),
        )
        self._servers.append((uvicorn.Server(config), bound))
        return bound.getsockname()[1]

    def start(self) -> None:
        """Serve; returns when all listeners accept connections."""
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not all(server.started for server, _bound in self._servers):
            if self._failure or time.monotonic() > deadline:
                raise RuntimeError("the simulator's listeners did not start") from self._failure
            time.sleep(0.005)

    def stop(self) -> None:
        """Close all listeners and connections; returns when the thread is gone."""
        for server, _bound in self._servers:
            server.should_exit = True
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._drop_all)
        if self._thread is not None:
            self._thread.join(10)
        for _server, bound in self._servers:
            bound.close()

    def _connected(self, connection: Connection) -> None:
        self._open.add(connection)
        connection.when_closed.append(lambda: self._open.discard(connection))
        self._told(connection.server)

    def _drop_all(self) -> None:
        for connection in list(self._open):
            connection.abort()

    def _run(self) -> None:
        try:
            self._loop = self._new_loop()
            with contextlib.closing(self._loop):
                self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self._failure = error

    async def _serve(self) -> None:
        await asyncio.gather(*(server.serve(sockets=[bound]) for server, bound in self._servers))

    @staticmethod
    def _new_loop() -> asyncio.AbstractEventLoop:
        if importlib.util.find_spec("uvloop"):
            import uvloop

            return uvloop.new_event_loop()
        return asyncio.new_event_loop()
