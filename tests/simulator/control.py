# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint: JSON over HTTPS on a listener of its own, for tests that are not in this process."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import NOTICE
from .exchange import strict_json
from .faults import KINDS, FaultError
from .settings import SettingError

if TYPE_CHECKING:
    from .runner import Simulator


FILTERS = ("method", "server", "path")


def control_app(simulator: Simulator) -> Starlette:
    """Return the app.

    GET / - what there is; GET /journal (filters: method, server, path), DELETE /journal; GET /counters; GET, POST, DELETE /faults;
    GET, POST /clock {"advance": seconds, "speed": factor}; GET /world; POST /reset; GET, PATCH /settings {part: {name: value}}.
    A wrong request is answered with 400 and {"error": text}.
    """

    async def body(request: Request) -> Any:
        try:
            return strict_json(await request.body() or b"{}")
        except ValueError as error:
            raise ValueError("the body is not JSON: %s" % error) from error

    def checked(handler: Callable[[Request], Awaitable[Any]], *query: str) -> Callable[[Request], Awaitable[Response]]:
        async def run(request: Request) -> Response:
            try:
                check_query(request, query)
                return JSONResponse(await handler(request))
            except (FaultError, SettingError, ValueError, TypeError) as error:
                return JSONResponse({"error": str(error)}, 400)

        return run

    def check_query(request: Request, known: tuple[str, ...]) -> None:
        seen: set[str] = set()
        for name, _value in request.query_params.multi_items():
            if name not in known:
                raise ValueError("%s: no such query member; known: %s" % (name, ", ".join(known) or "none"))
            if name in seen:
                raise ValueError("%s: twice in the query; give it once" % name)
            seen.add(name)

    async def about(_request: Request) -> Any:
        return {"notice": NOTICE, "servers": simulator.addresses(), "fault_kinds": KINDS}

    async def read_journal(request: Request) -> Any:
        wanted = {name: request.query_params.get(name, "*") for name in FILTERS}
        return {"entries": [entry.as_dict() for entry in simulator.journal.entries(**wanted)]}

    async def clear_journal(_request: Request) -> Any:
        simulator.journal.clear()
        return {}

    async def read_counters(_request: Request) -> Any:
        return simulator.journal.counters()

    async def read_faults(_request: Request) -> Any:
        return {"faults": [fault.as_dict() for fault in simulator.faults.list()]}

    async def add_fault(request: Request) -> Any:
        data = await body(request)
        if not isinstance(data, dict) or "kind" not in data:
            raise FaultError("kind: missing; one of %s" % ", ".join(KINDS))
        return simulator.faults.add(**data).as_dict()

    async def clear_faults(_request: Request) -> Any:
        simulator.faults.clear()
        return {}

    async def read_clock(_request: Request) -> Any:
        return {"now": simulator.clock.now(), "utc": simulator.clock.utc().isoformat(), "speed": simulator.clock.speed}

    async def move_clock(request: Request) -> Any:
        data = await body(request)
        unknown = set(data) - {"advance", "speed"}
        if unknown:
            raise ValueError("%s: no such member; known: advance, speed" % ", ".join(sorted(unknown)))
        if "speed" in data:
            simulator.clock.speed = data["speed"]
        if "advance" in data:
            simulator.clock.advance(data["advance"])
        return await read_clock(request)

    async def read_world(_request: Request) -> Any:
        return simulator.snapshot()

    async def reset(_request: Request) -> Any:
        simulator.reset()
        return {}

    async def read_settings(_request: Request) -> Any:
        return simulator.settings()

    async def change_settings(request: Request) -> Any:
        simulator.change_settings(await body(request))
        return simulator.settings()

    return Starlette(
        routes=[
            Route("/", checked(about), methods=["GET"]),
            Route("/journal", checked(read_journal, *FILTERS), methods=["GET"]),
            Route("/journal", checked(clear_journal), methods=["DELETE"]),
            Route("/counters", checked(read_counters), methods=["GET"]),
            Route("/faults", checked(read_faults), methods=["GET"]),
            Route("/faults", checked(add_fault), methods=["POST"]),
            Route("/faults", checked(clear_faults), methods=["DELETE"]),
            Route("/clock", checked(read_clock), methods=["GET"]),
            Route("/clock", checked(move_clock), methods=["POST"]),
            Route("/world", checked(read_world), methods=["GET"]),
            Route("/reset", checked(reset), methods=["POST"]),
            Route("/settings", checked(read_settings), methods=["GET"]),
            Route("/settings", checked(change_settings), methods=["PATCH"]),
        ]
    )
