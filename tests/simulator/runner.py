# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and stopping a simulator. This is the only module, with ``__main__``, that knows which products there are."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from . import NOTICE
from .clock import Clock
from .control import control_app
from .faults import Faults
from .gate import Gate
from .journal import Journal
from .ksc.product import Ksc
from .listener import HOST, Listeners
from .product import Context, Factory, Product
from .settings import FrameSettings, SettingError, update
from .state_dir import StateDir
from .tls import Authority
from .viis.product import Viis
from .world import Reader, WorldError, inventory_of, load

PRODUCTS: dict[str, Factory] = {"ksc": Ksc, "viis": Viis, "viis_reserve": Viis}
FRAME = "frame"


@dataclass(frozen=True)
class Endpoint:
    """Where a simulated server listens, and who may log in."""

    name: str
    port: int
    product: Any
    address: str = HOST

    @property
    def url(self) -> str:
        """Base URL without a slash at the end."""
        return "https://%s:%d" % (self.address, self.port)

    @property
    def accounts(self) -> list[dict[str, Any]]:
        """Accounts of the world: ``username``, ``password``, ``about`` and what else the product tells."""
        return self.product.accounts() if self.product is not None else []

    @property
    def password(self) -> str:
        """Password of the first account."""
        return str(self.accounts[0]["password"])


class Simulator:
    """A simulator in this process; a context manager, or :meth:`start` and :meth:`stop`.

    ``world`` is a YAML file, the name of a file in ``worlds/``, a mapping, or None for the default world. ``ports`` gives ports per
    server (default: any free one). ``speed`` is simulated seconds per wall second. ``settings`` overrides the world's, as
    ``{"ksc": {"ksc_version": "14.2"}}``. ``state_dir`` receives ``ca.pem``, ``simulator.json``, ``simulator.env`` and, for a world
    that has one, ``inventory.yml`` (default: a temporary folder); they are removed at the end. WorldError and SettingError name a
    bad key, StateError a folder of another simulator that runs, OSError a port that is taken, ValueError one that cannot be.
    """

    def __init__(
        self,
        world: str | Path | Mapping[str, Any] | None = None,
        *,
        ports: Mapping[str, int] | None = None,
        control_port: int = 0,
        speed: float = 1.0,
        state_dir: str | Path | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        products: Mapping[str, Factory] | None = None,
    ) -> None:
        self.clock = Clock(speed)
        self.journal = Journal()
        self.faults = Faults(self._methods)
        self._frame = FrameSettings()
        self._authority = Authority()
        self._context = Context(self.clock, self.journal, self.faults, self._frame, self._authority)
        self.lock = self._context.lock
        self._data = load(world)
        self._inventory = inventory_of(world)
        self._overrides = {part: dict(values) for part, values in (settings or {}).items()}
        self.products: dict[str, Product] = {
            name: factory(self._context, name) for name, factory in (PRODUCTS if products is None else products).items()
        }
        self._load()
        self._ports = dict(ports or {})
        self._control_port = control_port
        self._state_dir = None if state_dir is None else Path(state_dir)
        self._temporary: str | None = None
        self._taken: StateDir | None = None
        self._listeners: Listeners | None = None
        self.endpoints: dict[str, Endpoint] = {}

    def start(self) -> Simulator:
        """Listen; returns when connections are accepted."""
        if self._state_dir is None:
            self._temporary = tempfile.mkdtemp(prefix="ksv-simulator-")
            self._state_dir = Path(self._temporary)
        try:
            self._taken = StateDir(self._state_dir)
            self._listeners = Listeners(self._authority, self.journal.connected)
            for name, product in self.products.items():
                port = self._listeners.add(name, Gate(name, product, self._context), self._ports.get(name, 0))
                self.endpoints[name] = Endpoint(name, port, product)
                self._context.addresses[name] = (HOST, port)
            port = self._listeners.add("control", control_app(self), self._control_port)
            self.endpoints["control"] = Endpoint("control", port, None)
            self._listeners.start()
            self._write_files(self._taken)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Close everything; may be called twice."""
        if self._listeners is not None:
            self._listeners.stop()
            self._listeners = None
        if self._taken is not None:
            self._taken.release()
            self._taken = None
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = self._state_dir = None

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def ksc(self) -> Endpoint:
        """The simulated Kaspersky Security Center."""
        return self.endpoints["ksc"]

    @property
    def viis(self) -> Endpoint:
        """The simulated Integration Server that becomes the primary of a cluster."""
        return self.endpoints["viis"]

    @property
    def viis_reserve(self) -> Endpoint:
        """The other simulated Integration Server."""
        return self.endpoints["viis_reserve"]

    @property
    def control(self) -> Endpoint:
        """The control endpoint."""
        return self.endpoints["control"]

    @property
    def ca_file(self) -> str:
        """Path of the CA's certificate (PEM), for ``verify=``."""
        if self._state_dir is None:
            raise RuntimeError("the simulator is not started")
        return str(self._state_dir / "ca.pem")

    @property
    def state_dir(self) -> Path:
        """Folder with the files that tell how to reach the servers."""
        return Path(self.ca_file).parent

    def addresses(self) -> dict[str, Any]:
        """Return address, port, URL and accounts of each server."""
        return {
            name: {"address": end.address, "port": end.port, "url": end.url, "accounts": end.accounts}
            for name, end in self.endpoints.items()
        }

    def environment(self) -> dict[str, str]:
        """Return environment variables with which a user's tools reach the servers."""
        found = {"SIMULATOR_CONTROL": self.control.url, "SIMULATOR_CA_PATH": self.ca_file}
        for name, product in self.products.items():
            found.update(product.environment(HOST, self.endpoints[name].port, self.ca_file))
        return found

    def _methods(self) -> dict[str, Collection[str]]:
        return {name: product.methods() for name, product in self.products.items()}

    @property
    def world(self) -> dict[str, Product]:
        """The products' live state, by name; take :attr:`lock` when looking into it while requests run."""
        return self.products

    def snapshot(self) -> dict[str, Any]:
        """Return the state of all products as JSON-ready data."""
        with self.lock:
            return {name: product.snapshot() for name, product in self.products.items()}

    def settings(self) -> dict[str, dict[str, Any]]:
        """Return all settings per part."""
        return {name: dataclasses.asdict(part) for name, part in self._parts().items()}

    def change_settings(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Change settings, ``{part: {name: value}}``; SettingError names what is wrong."""
        if not isinstance(changes, Mapping):
            raise SettingError("settings: a mapping of parts is needed")
        parts = self._parts()
        for name in changes:
            if name not in parts:
                raise SettingError("settings.%s: no such part; known: %s" % (name, ", ".join(parts)))
        with self.lock:
            for name, values in changes.items():
                update(parts[name], values, "settings.%s" % name)

    def reset(self, world: str | Path | Mapping[str, Any] | None = None) -> None:
        """Go back to the world as loaded, or load another one: state, settings, no faults, empty journal. Time does not go back."""
        with self.lock:
            self._data = self._data if world is None else load(world)
            self.faults.clear()
            self.journal.clear()
            self.journal.show()
            self._load()

    def _write_files(self, folder: StateDir) -> None:
        """Write the files of the state folder; ``simulator.json`` last, because others wait for it."""
        folder.write("ca.pem", self._authority.pem())
        folder.write("simulator.env", "".join("export %s=%s\n" % (name, shlex.quote(value)) for name, value in self.environment().items()))
        if self._inventory:
            folder.write("inventory.yml", self._inventory)
        found = {
            "notice": NOTICE,
            "pid": os.getpid(),
            "servers": self.addresses(),
            "ca_file": self.ca_file,
            "environment": self.environment(),
        }
        folder.write("simulator.json", json.dumps(found, indent=2, ensure_ascii=False) + "\n")

    def _parts(self) -> dict[str, Any]:
        parts = {FRAME: self._frame}
        parts.update((name, product.settings) for name, product in self.products.items())
        return parts

    def _load(self) -> None:
        known = set(self.products) | set(PRODUCTS) | {"settings", "about"}
        for key in self._data:
            if key not in known:
                raise WorldError("%s: no such key; known: %s" % (key, ", ".join(sorted(known))))
        settings = Reader(self._data.get("settings"), "settings")
        merged = {name: dict(settings.mapping(name), **self._overrides.get(name, {})) for name in [FRAME, *self.products]}
        for name in PRODUCTS:
            settings.mapping(name)
        settings.done()
        for name in self._overrides:
            if name not in merged:
                raise SettingError("settings.%s: no such part; known: %s" % (name, ", ".join(merged)))
        update(self._frame, dict(dataclasses.asdict(FrameSettings()), **merged[FRAME]), "settings.%s" % FRAME)
        for name, product in self.products.items():
            product.load(Reader(self._data.get(name), name), merged[name])
