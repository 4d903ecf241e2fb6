# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VIIS modules against the simulated Integration Servers."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

import pytest

# Everything that changes something on a server.
WRITES = (
    "trust_certificate",
    "connect_infrastructure",
    "remove_infrastructure",
    "refresh_infrastructure",
    "register_image",
    "validate_image",
    "deploy_svms",
    "configure_svms",
    "delete_svms",
    "set_role",
    "register_instance",
    "update_instance",
    "unregister_instance",
)


@dataclass
class Viis:
    """Modules of one simulated Integration Server, and what they have sent."""

    simulator: t.Any
    runner: t.Any
    name: str = "viis"

    def __call__(self, module: str, **arguments: t.Any) -> t.Any:
        # Some warn on a server that does not list its infrastructures; the tests that mean it look at the warnings.
        result = self.runner(module, warns=arguments.pop("warns", None), **arguments)
        if arguments.get("check"):
            assert not [method for method in result.methods if method in WRITES]
        return result

    def sent(self, *methods: str) -> list[str]:
        """The operations that were asked of this server, in order."""
        asked = [entry.method for entry in self.simulator.journal.entries(server=self.name)]
        return [method for method in asked if not methods or method in methods]

    def forget(self) -> None:
        self.simulator.journal.clear()


@pytest.fixture
def make_viis(simulators: t.Any, make_runner: t.Any, monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Viis]:
    """Makes what runs VIIS modules in a world, against one of its servers."""
    for name in ("SERVER", "PORT", "USERNAME", "PASSWORD", "VALIDATE_CERTS", "CA_PATH"):
        monkeypatch.delenv("VIIS_" + name, raising=False)

    def made(world: t.Any = None, name: str = "viis", simulator: t.Any = None) -> Viis:
        simulator = simulator or simulators(world)
        end = simulator.endpoints[name]
        connection = {"server": end.address, "port": end.port, "password": end.password, "ca_path": simulator.ca_file}
        return Viis(simulator, make_runner(simulator, connection), name)

    return made


@pytest.fixture
def viis(make_viis: t.Any) -> Viis:
    return make_viis()


@pytest.fixture
def reserve(viis: Viis, make_viis: t.Any) -> Viis:
    return make_viis(name="viis_reserve", simulator=viis.simulator)
