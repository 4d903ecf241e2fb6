# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Integration Server: its state, and the way of a request through it."""

from __future__ import annotations

import inspect
import ipaddress
import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from starlette.responses import JSONResponse, Response

from ..clock import Timeline
from ..exchange import Exchange
from ..product import Context, SvmNews
from ..world import Reader
from . import cluster
from .calls import Call, Operation, Reply
from .cluster import Cluster
from .enumerations import RESERVE
from .errors import ApiError, render
from .failures import Failure
from .images import Images, Manifest
from .infrastructures import Infrastructures, preconnect
from .operations import route, verb_of
from .platforms import Platforms
from .schema import Reading, split_address
from .sessions import Sessions
from .settings import ViisSettings
from .tasks import Tasks
from .trust import Trust

STANDARD_PORT = 7271


class Server:
    """An Integration Server in the state that a world describes."""

    def __init__(self, name: str, context: Context, settings: ViisSettings, world: Reader) -> None:
        self.name = name
        self.clock = context.clock
        self.lock = context.lock
        self.settings = settings
        self.timeline = Timeline(context.clock)
        self.sessions = Sessions(context.clock, settings, context.journal)
        self.trust = Trust()
        self.platforms = Platforms()
        self.infrastructures = Infrastructures()
        self.images = Images()
        self.tasks = Tasks(context.clock, self.timeline, settings)
        self.cluster = Cluster()
        self.failures: list[Failure] = []
        self._context = context
        self._names: dict[str, str] = {}
        self._random = random.Random(name)  # noqa: S311 - it only chooses which requests fail
        self._load(world)

    def _load(self, world: Reader) -> None:
        self.sessions.password = world.text("admin_password")
        self._names = {str(host).lower(): str(server) for host, server in world.mapping("names").items()}
        self.platforms.load(world)
        for reader in world.sections("images"):
            manifest = Manifest.read(reader)
            self.images.manifests[manifest.path] = manifest
        self.failures = [Failure.read(reader) for reader in world.sections("failures")]
        world.done()
        for platform in self.platforms:
            if platform.infrastructure_id:
                preconnect(self, platform)

    def tell(self, news: SvmNews) -> None:
        """Tell the other servers of an SVM that came or went."""
        self._context.svm_news(news)

    def resolve(self, address: str) -> tuple[str, int] | None:
        """Return where host:port really is: another simulated server by its made-up name, or loopback; None otherwise."""
        host, port = split_address(address) or ("", 0)
        known = self._context.addresses.get(self._names.get(host.lower(), ""))
        if known is not None:
            return known if port in (STANDARD_PORT, known[1]) else None
        if host.lower() == "localhost":
            return "127.0.0.1", port
        try:
            return (host, port) if ipaddress.ip_address(host).is_loopback else None
        except ValueError:
            return None

    async def respond(self, exchange: Exchange) -> Response:
        """Answer a request."""
        try:
            await cluster.work(self)
            with self.lock:
                self.timeline.run()
                call = self._admit(exchange)
                result = call.operation.handler(self, call)
            if inspect.isawaitable(result):
                result = await result
            return self._success(call.operation, result)
        except ApiError as error:
            exchange.error = error.code
            return render(error, self.settings.error_style, exchange.path)

    def _success(self, operation: Operation, result: Any) -> Response:
        reply = result if isinstance(result, Reply) else Reply(result)
        status = self.settings.success.get(operation.name) or reply.status or operation.success
        if reply.data is None:
            return Response(b"", status, headers=reply.headers)
        return JSONResponse(reply.data, status, headers=reply.headers)

    def _admit(self, exchange: Exchange) -> Call:
        """Return the call; ApiError when it is refused before any operation looks at it."""
        if self.settings.random_503 and self._random.random() < self.settings.random_503:
            raise ApiError(503, "ServiceUnavailable", "The server is busy.")
        operation, ids = route(exchange.verb, exchange.raw_path, self.settings)
        headers = exchange.headers
        if not operation.public:
            self.sessions.check(headers.get("authorization", ""))
        if self.cluster.role == RESERVE and not operation.reserve:
            raise ApiError(403, "ServerIsReserve", "This function is blocked on a reserve Integration Server.")
        accepted = headers.get("accept", "*/*")
        if not any(word in accepted for word in ("application/json", "*/*", "application/*")):
            raise ApiError(406, "NotAcceptable", "This server answers with application/json.")
        return Call(operation, exchange, ids, self._query(operation, exchange.query), self._body(operation, exchange))

    def _query(self, operation: Operation, raw: str) -> list[tuple[str, str]]:
        pairs = []
        for part in raw.split("&") if raw else ():
            name, _equals, value = part.partition("=")
            pairs.append((unquote(name), value))
            if pairs[-1][0] not in operation.query and self.settings.unknown_members == "refuse":
                raise ApiError(400, "BadRequest", "The request is wrong.", {pairs[-1][0]: ["no such parameter"]})
        return pairs

    def _body(self, operation: Operation, exchange: Exchange) -> Any:
        if exchange.body and not exchange.headers.get("content-type", "").lower().startswith("application/json"):
            raise ApiError(415, "UnsupportedMediaType", "Content-Type: application/json is needed.")
        try:
            document = exchange.document()
        except ValueError as error:
            raise ApiError(400, "NotJson", "The body is not valid JSON.") from error
        kind = operation.body
        if kind is None:
            if document not in (None, {}):
                raise ApiError(400, "BadRequest", "The request is wrong.", {"": ["no body is wanted"]})
            return None
        if document is None:
            raise ApiError(400, "BodyIsMissing", "%s %s needs a body." % (verb_of(operation, self.settings), operation.path))
        reading = Reading(self.settings.wire_types, self.settings.unknown_members == "refuse")
        native = (kind if hasattr(kind, "read") else kind(self)).read(document, "", reading)
        if reading.problems:
            raise ApiError(400, "BadRequest", "The request is wrong.", reading.problems)
        return native

    def identify(self, exchange: Exchange) -> None:
        """Tell the operation, the id it is about and the session; changes nothing."""
        try:
            operation, ids = route(exchange.verb, exchange.raw_path, self.settings)
        except ApiError:
            exchange.method = exchange.path
            return
        exchange.method = operation.name
        exchange.scope = next(reversed(list(ids.values())), "")
        session = self.sessions.find(exchange.headers.get("authorization", ""))
        exchange.session = session.id if session else ""

    def snapshot(self) -> Mapping[str, Any]:
        """Return the state as JSON-ready data without secrets."""
        self.timeline.run()
        svms = [
            {
                "id": machine.id,
                "name": machine.name,
                "location": machine.parent,
                "address": platform.address,
                "version": machine.svm.version,
                "ip_address": machine.svm.ip_address,
                "ssh": machine.svm.ssh,
                "ksc": machine.svm.ksc,
                "dns": machine.svm.dns,
                "networks": machine.svm.networks,
                "busy": machine.svm.busy,
            }
            for platform in self.platforms
            for machine in platform.machines.values()
            if machine.svm is not None
        ]
        return {
            "role": self.cluster.role,
            "primary": self.cluster.primary,
            "sessions": len(self.sessions),
            "rules": self.trust.rules(),
            "infrastructures": [
                {
                    "id": item.id,
                    "type": item.type.name,
                    "address": item.address,
                    **{name: [outcome.status, outcome.error] for name, outcome in item.outcomes.items()},
                }
                for item in self.infrastructures.all()
            ],
            "images": [dict(image.body(), path=image.manifest.path, validated=image.validated) for image in self.images.all()],
            "svms": svms,
            "tasks": [self.tasks.body(task) for task in self.tasks.all()],
            "instances": [instance.body() for instance in self.cluster.all()],
        }
