# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KSC as the frame sees it: one ASGI app for ``POST /api/v1.0/...``.

Source: ksc-openapi.md section 1 (transport) and 2.2 (answers), ksc-wire.md sections 3-5.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..clock import Timeline
from ..exchange import Exchange
from ..faults import Fault
from ..product import EXCHANGE, Context
from ..settings import update
from ..world import Reader
from .actions import Action
from .api import METHODS, Call, Method, method
from .deployed import hear
from .errors import HttpRefusal, KscError, error_document, no_such_call
from .loader import build
from .machines import Machine
from .sessions import Account, Session, Sessions
from .settings import KscSettings
from .state import DAY, Server, World
from .tasks import Tasks
from .wire import check_arguments

# These modules declare the methods.
for noun in (
    "actions",
    "administration",
    "chunks",
    "groups",
    "hostgroup",
    "licenses",
    "packages",
    "policies",
    "statistics",
    "taskapi",
    "users",
    "vservers",
):
    importlib.import_module("." + noun, __package__)

PREFIX = "/api/v1.0/"
LOGIN, START, END = "login", "Session.StartSession", "Session.EndSession"


class Ksc:
    """One simulated KSC. ``state`` is its world, ``tasks`` its tasks; tests may look at and change both under the simulator's lock."""

    state: World
    accounts_list: list[Account]
    sessions: Sessions
    tasks: Tasks

    def __init__(self, context: Context, name: str) -> None:
        self.name = name
        self.context = context
        self.clock = context.clock
        self.timeline = Timeline(context.clock)
        self.settings = KscSettings()
        self.actions: dict[str, Action] = {}

    # What the frame asks for

    def load(self, world: Reader, settings: Mapping[str, Any]) -> None:
        """Build the world again; all logins, tasks and actions are gone."""
        fresh = {field.name: value for field in dataclasses.fields(KscSettings) for value in [getattr(KscSettings(), field.name)]}
        update(self.settings, fresh, "settings.%s" % self.name)
        update(self.settings, settings, "settings.%s" % self.name)
        self.state, self.accounts_list = build(world, self.clock.now(), self.settings, self.clock.now)
        self.timeline.clear()
        for host in self.state.hosts():
            if host.machine.online_after is not None:
                self.timeline.at(self.clock.now() + host.machine.online_after, self._switch_on(host.machine))
        self.actions = {}
        self.sessions = Sessions(self.state, self.accounts_list, self.settings, self.clock, self.context.journal)
        self.tasks = Tasks(self)
        self.state.arrived = self.tasks.arrived
        arrivals = self.state.svm_arrivals
        self.context.svm_news = (lambda _news: None) if arrivals is None else (lambda news: hear(self, arrivals, news))
        self.timeline.at(self.clock.now() + DAY, self._sweep)

    def methods(self) -> list[str]:
        """Return the names of all methods, ``login`` included."""
        return [LOGIN, *METHODS]

    def asgi(self) -> ASGIApp:
        """Return the app."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self.answer(scope[EXCHANGE])(scope, receive, send)

        return app

    def identify(self, exchange: Exchange) -> None:
        """Name the method, and the server and session as far as they can be told beforehand."""
        exchange.method = exchange.path[len(PREFIX) :] if exchange.path.startswith(PREFIX) else ""
        session = self.sessions.find(exchange)
        exchange.session = session.label if session is not None else ""
        exchange.scope = self.sessions.scope_name(exchange)

    def struck(self, fault: Fault, exchange: Exchange) -> Response | None:
        """Answer a fault in the product's shape, or end the session it strikes."""
        if fault.kind == "kill_session":
            session = self.sessions.find(exchange)
            if session is not None:
                self.sessions.end(session)
            return None
        error = no_such_call("no method %s" % exchange.method).document() if fault.kind == "no_such_call" else error_document(fault.error)
        exchange.error = "%(module)s %(code)s: %(message)s" % error["PxgError"]
        return JSONResponse(error)

    def accounts(self) -> list[dict[str, Any]]:
        """Return the accounts of the world."""
        return [
            {
                "username": account.username,
                "password": account.password,
                "internal": account.internal,
                "domain": account.domain,
                "servers": account.servers or [server.title for server in self.state.servers],
                "about": account.about,
            }
            for account in self.accounts_list
        ]

    def environment(self, host: str, port: int, ca_file: str) -> dict[str, str]:
        """Return the variables that the collection's modules read."""
        found = {"KSC_SERVER": host, "KSC_PORT": str(port), "KSC_CA_PATH": ca_file}
        if self.accounts_list:
            account = self.accounts_list[0]
            found.update(KSC_USERNAME=account.username, KSC_PASSWORD=account.password, KSC_INTERNAL_USER=str(account.internal).lower())
        return found

    def snapshot(self) -> dict[str, Any]:
        """Return servers, groups, hosts, packages and tasks as JSON-ready data."""
        self._live()
        return {"name": self.state.name, "servers": [self._server_snapshot(server) for server in self.state.servers]}

    # Serving

    def answer(self, exchange: Exchange) -> Response:
        """Serve one request."""
        with self.context.lock:
            try:
                self._live()
                return JSONResponse(self._serve(exchange))
            except KscError as error:
                exchange.error = str(error)
                return JSONResponse(error.document())
            except HttpRefusal as refusal:
                exchange.error = str(refusal)
                return PlainTextResponse(refusal.text, refusal.status, refusal.headers)

    def _sweep(self, when: float) -> None:
        """Remove once a day the records of devices that were away for as long as their group allows."""
        if self.settings.auto_remove == "honoured":
            for host in self.state.hosts():
                days = host.server.retention(host.group)[1]
                if days and not host.connected and host.last_connected < when - days * DAY:
                    host.server.remove_host(host)
        self.timeline.at(when + DAY, self._sweep)

    @staticmethod
    def _switch_on(machine: Machine) -> Callable[[float], None]:
        def switch(_when: float) -> None:
            machine.online = True

        return switch

    def _live(self) -> None:
        self.timeline.run()
        self.tasks.tick()

    def _serve(self, exchange: Exchange) -> dict[str, Any]:
        if not exchange.path.startswith(PREFIX):
            raise HttpRefusal(404, "Not found")
        if exchange.verb != "POST":
            raise HttpRefusal(405, "Method not allowed", {"Allow": "POST"})
        kind = exchange.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise HttpRefusal(400, "Bad request: Content-Type, if present, must be application/json")
        try:
            body = exchange.document()
        except ValueError:
            raise HttpRefusal(400, "Bad request: the body is not JSON") from None
        if exchange.method == LOGIN:
            check_arguments(LOGIN, {}, body, self.settings)
            self.sessions.login(exchange)
            return {}
        if exchange.method == START and self._has(START):
            check_arguments(START, {}, body, self.settings)
            return {"PxgRetVal": self.sessions.start(exchange).id}
        return self._call(exchange, body)

    def _call(self, exchange: Exchange, body: Any) -> dict[str, Any]:
        session = self._giving_up(exchange) or self.sessions.authenticate(exchange)
        found = self._has(exchange.method)
        if found is None:
            raise no_such_call("no method %s" % exchange.method)
        arguments = check_arguments(found.name, found.signature, body, self.settings)
        return found.run(Call(self, session, exchange), **arguments)

    def _giving_up(self, exchange: Exchange) -> Session | None:
        """Return a session that waits for its second factor when it is to be ended instead."""
        session = self.sessions.find(exchange) if exchange.method == END else None
        return session if session is not None and session.second_factor else None

    def _has(self, name: str) -> Method | None:
        found = METHODS.get(name)
        if found is None or (self.settings.documented_only and not found.documented):
            return None
        if name == "Tasks.GetTaskStatistics2" and self.settings.statistics2_shape == "absent":
            return None
        return found

    def _server_snapshot(self, server: Server) -> dict[str, Any]:
        return {
            "id": server.id,
            "name": server.title,
            "groups": {str(group.id): server.path(group.id) for group in server.groups.values()},
            "hosts": [
                {
                    "id": host.id,
                    "name": host.name,
                    "ip": host.machine.address,
                    "group": server.path(host.group),
                    "online": host.online,
                    "products": {item.name: item.version for item in host.machine.products.values()},
                }
                for host in server.hosts.values()
            ],
            "packages": [
                {"id": item.id, "product": item.product, "version": item.version, "display_version": item.display_version}
                for item in server.packages.values()
            ],
            "tasks": [
                {
                    "id": task.id,
                    "type": task.document.type,
                    "name": task.document.display_name,
                    "started": task.started is not None,
                    "hosts": {run.host_name: run.state for run in task.runs.values()},
                }
                for task in self.tasks.tasks.values()
                if task.server is server
            ],
        }


# Session: StartSession is served above, because it is the one call that nobody is logged in for.


@method(START)
def start_session(call: Call) -> dict[str, Any]:
    """Open a session (served before methods are looked up)."""
    raise no_such_call("unreachable")


@method(END)
def end_session(call: Call) -> dict[str, Any]:
    """End the session; every later call in it gets 403."""
    call.ksc.sessions.end(call.session)
    return {}


@method("Session.Ping")
def ping(call: Call) -> dict[str, Any]:
    """Do nothing but keep the session alive."""
    return {}


@method("Session.CreateToken")
def create_token(call: Call) -> dict[str, Any]:
    """Return a one-time token for `KSCT`."""
    return {"PxgRetVal": call.ksc.sessions.token(call.session)}
