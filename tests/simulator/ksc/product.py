# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KSC as the frame sees it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from ..exchange import Exchange
from ..faults import Fault
from ..product import Context
from ..world import Reader


@dataclass
class KscSettings:
    """Placeholder."""

    documented_only: bool = False


class Ksc:
    """Placeholder."""

    def __init__(self, context: Context, name: str) -> None:
        self.settings = KscSettings()

    def load(self, world: Reader, settings: Mapping[str, Any]) -> None:
        pass

    def asgi(self) -> ASGIApp:
        return JSONResponse({})

    def identify(self, exchange: Exchange) -> None:
        exchange.method = exchange.path.rsplit("/", 1)[-1]

    def struck(self, fault: Fault, exchange: Exchange) -> Response | None:
        return None

    def snapshot(self) -> dict[str, Any]:
        return {}

    def accounts(self) -> list[dict[str, Any]]:
        return []

    def environment(self, host: str, port: int, ca_file: str) -> dict[str, str]:
        return {}
