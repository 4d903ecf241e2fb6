# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the frame gives to a product, and what it wants from it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Protocol

from starlette.responses import Response
from starlette.types import ASGIApp

from .clock import Clock
from .exchange import Exchange
from .faults import Fault, Faults
from .journal import Journal
from .settings import FrameSettings
from .tls import Authority
from .world import Reader

EXCHANGE = "simulator.exchange"
"""Key of the ASGI scope under which a product's app finds the :class:`Exchange` (whole body and connection included)."""


@dataclass(frozen=True)
class SvmNews:
    """What an Integration Server did with an SVM. ``hypervisor``: address of its infrastructure; ``ksc_address``: where it reports to."""

    id: str
    name: str
    address: str
    version: str
    hypervisor: str
    ksc_address: str
    gone: bool = False


def _nobody(_news: SvmNews) -> None:
    """Hear no news."""


@dataclass
class Context:
    """Shared by all parts of one simulator.

    ``lock`` guards the state of the products: a product takes it while it handles a request, a test that looks into a world from
    another thread takes it too. ``addresses`` tells host and port of each server by name, so that servers can call each other.
    ``svm_news`` is told of SVMs that come and go, since they are devices of another server.
    """

    clock: Clock
    journal: Journal
    faults: Faults
    settings: FrameSettings
    authority: Authority
    addresses: dict[str, tuple[str, int]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    svm_news: Callable[[SvmNews], None] = _nobody


class Product(Protocol):
    """One simulated server. The frame makes it with ``factory(context, name)`` and calls :meth:`load` before anything else."""

    settings: Any
    """A dataclass; changed by name through the control endpoint."""

    def load(self, world: Reader, settings: Mapping[str, Any]) -> None:
        """Build the state again from the product's part of the world (WorldError names a bad key) and fresh settings."""

    def methods(self) -> Collection[str]:
        """Return the names that ``method`` of an exchange may have, so that a fault at none of them can be refused."""

    def asgi(self) -> ASGIApp:
        """Return the app; called once."""

    def identify(self, exchange: Exchange) -> None:
        """Fill ``method``, ``scope`` and ``session`` as far as known, so that faults can be matched; must not change state."""

    def struck(self, fault: Fault, exchange: Exchange) -> Response | None:
        """Answer for a fault of kind ``error`` or ``no_such_call``; do what ``kill_session`` or ``restart`` says and return None."""

    def snapshot(self) -> dict[str, Any]:
        """Return the state as JSON-ready data without secrets."""

    def accounts(self) -> list[dict[str, Any]]:
        """Return the accounts of this made-up world (``username``, ``password``, ``about``) for the banner and for tests."""

    def environment(self, host: str, port: int, ca_file: str) -> dict[str, str]:
        """Return environment variables with which a user's tools reach this server."""


Factory = Callable[[Context, str], Product]
