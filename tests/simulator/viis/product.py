# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Integration Server as the frame sees it."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..exchange import Exchange
from ..faults import Fault
from ..product import EXCHANGE, Context
from ..settings import update
from ..world import WORLDS, Reader, load
from .errors import ApiError, render
from .operations import ALL
from .server import Server
from .sessions import USER
from .settings import ViisSettings

DEFAULT_WORLD = WORLDS / "viis-default.yml"
_DEFAULTS: dict[str, Any] = {}


def default_world(name: str) -> Any:
    """Return the default world of the server ``name``; the file is read once per process."""
    if not _DEFAULTS:
        _DEFAULTS.update(load(DEFAULT_WORLD))
    return _DEFAULTS.get(name) or {"admin_password": "Viis-%s-1" % name}


class Viis:
    """One Integration Server. ``server`` is its live state; look into it with the simulator's lock taken.

    A world without a section for it (or with an empty one) means the default world, ``worlds/viis-default.yml``.
    """

    def __init__(self, context: Context, name: str) -> None:
        self.settings = ViisSettings()
        self.server: Server
        self._context = context
        self._name = name

    def load(self, world: Reader, settings: Mapping[str, Any]) -> None:
        """Build the server again; WorldError and SettingError name a wrong key."""
        update(self.settings, {**dataclasses.asdict(ViisSettings()), **settings}, "settings.%s" % self._name)
        if not world.keys():
            world = Reader(default_world(self._name), self._name)
        self.server = Server(self._name, self._context, self.settings, world)
        password = self.server.sessions.password
        for secret in (password, "%s:%s" % (USER, password)):
            self._context.journal.hide(secret, base64.b64encode(secret.encode("utf-8")).decode())

    def methods(self) -> list[str]:
        """Return the names of all operations, undocumented ones included."""
        return [operation.name for operation in ALL]

    def asgi(self) -> ASGIApp:
        """Return the app."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            response = await self.server.respond(scope[EXCHANGE])
            await response(scope, receive, send)

        return app

    def identify(self, exchange: Exchange) -> None:
        """Fill ``method`` (the operation's name), ``scope`` (the id in the path) and ``session``."""
        self.server.identify(exchange)

    def struck(self, fault: Fault, exchange: Exchange) -> Response | None:
        """Answer for a fault.

        ``error``: its members status, code and detail, in the style that is set. ``no_such_call``: 404. ``kill_session``: this token
        is forgotten. ``restart``: all tokens are.
        """
        if fault.kind == "kill_session":
            if exchange.session:
                self.server.sessions.forget(exchange.session)
            return None
        if fault.kind == "restart":
            self.restart()
            return None
        error = ApiError(404, "NotFound", "There is nothing at this address.")
        if fault.kind == "error":
            error = ApiError(
                int(fault.error.get("status", 400)),
                str(fault.error.get("code", "Fault")),
                str(fault.error.get("detail", "A fault was asked for.")),
            )
        exchange.error = error.code
        return render(error, self.settings.error_style, exchange.path)

    def restart(self) -> None:
        """Do what a restart of the service does: tokens are forgotten, state is kept."""
        self.server.sessions.forget()

    def snapshot(self) -> dict[str, Any]:
        """Return the state as JSON-ready data without secrets."""
        return dict(self.server.snapshot())

    def accounts(self) -> list[dict[str, Any]]:
        """Return the administrator's account."""
        return [{"username": USER, "password": self.server.sessions.password, "about": "administrator of the Integration Server"}]

    def environment(self, host: str, port: int, ca_file: str) -> dict[str, str]:
        """Return the environment variables of the collection's VIIS modules; a second server has its name in them."""
        prefix = self._name.upper()
        return {
            prefix + "_SERVER": host,
            prefix + "_PORT": str(port),
            prefix + "_USERNAME": USER,
            prefix + "_PASSWORD": self.server.sessions.password,
            prefix + "_CA_PATH": ca_file,
        }
