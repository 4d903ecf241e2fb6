# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The KSC modules against the simulated Kaspersky Security Center."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

import pytest

# Everything that changes something on a server.
WRITES = (
    "HostGroup.AddGroup",
    "HostGroup.MoveHostsToGroup",
    "HostGroup.RemoveGroup",
    "HostGroup.RemoveHost",
    "HostGroup.RemoveHosts",
    "HostGroup.UpdateGroup",
    "PackagesApi.RetranslateToVServerAsync",
    "SecurityPolicy.AddUser",
    "SecurityPolicy.DeleteUser",
    "SecurityPolicy.UpdateUser",
    "Tasks.AddTask",
    "Tasks.DeleteTask",
    "Tasks.RunTask",
    "Tasks.UpdateTask",
    "VServers.AddVServerInfo",
    "VServers.DelVServer",
    "VServers.MoveVServer",
    "VServers.UpdateVServerInfo",
)
LOGINS = ("login", "Session.StartSession")


@dataclass
class Ksc:
    """Modules as the account of the default world, and its server's state to look at and to change."""

    simulator: t.Any
    runner: t.Any
    writes_: t.ClassVar[tuple[str, ...]] = WRITES

    def __call__(self, module: str, **arguments: t.Any) -> t.Any:
        result = self.runner("ksc_" + module, **arguments)
        if arguments.get("check") or module.endswith("_info"):
            assert self.writes(result) == []
        return result

    @staticmethod
    def writes(result: t.Any) -> list[str]:
        return [method for method in result.methods if method in WRITES]

    @staticmethod
    def logins(result: t.Any) -> int:
        return result.count(*LOGINS)

    def settings(self, **changes: t.Any) -> None:
        self.simulator.change_settings({"ksc": changes})

    def fault(self, kind: str, method: str, **members: t.Any) -> t.Any:
        return self.simulator.faults.add(kind, server="ksc", method=method, **members)

    @property
    def server(self) -> t.Any:
        return self.simulator.world["ksc"]

    def host(self, name: str, server: str = "") -> t.Any:
        """The record of a host; on one server if that is named."""
        found = [host for host in self.server.state.hosts(name) if not server or host.server.title == server]
        assert len(found) == 1, "%d records named %s" % (len(found), name)
        return found[0]

    def servers_of(self, name: str) -> list[str]:
        """The servers that have a record of a host."""
        self.server._live()
        return [host.server.title for host in self.server.state.hosts(name)]

    def tasks(self) -> list[t.Any]:
        return list(self.server.tasks.tasks.values())

    def give(self, *names: str, server: str = "Tenant A", group: str = "", product: str = "", version: str = "") -> None:
        """Put hosts of the primary server on a virtual one, without a task; with a product if that is named."""
        from simulator.ksc.state import Installed

        target = self.server.state.server(server)
        for name in names:
            host = self.host(name)
            host.server.remove_host(host)
            host.group = target.group_path(group).id if group else target.unassigned
            target.add_host(host)
            if product:
                host.machine.products[product] = Installed(product, version)

    def give_dead_record(self, name: str, **machine: t.Any) -> t.Any:
        """Another record of the address and name of a host, whose agent was connected last 40 days ago."""
        import copy
        import dataclasses

        living = self.host(name)
        dead = dataclasses.replace(living, id="0000-" + name, machine=copy.deepcopy(living.machine))
        dead.machine.agent_connected = False
        dead.machine.connected_at = self.simulator.clock.now() - 40 * 86400
        for attribute, value in machine.items():
            setattr(dead.machine, attribute, value)
        living.server.add_host(dead)
        return dead

    def give_packages(self, server: str = "Tenant A") -> None:
        """Put the packages of the primary server on a virtual one."""
        import dataclasses

        target = self.server.state.server(server)
        for package in self.server.state.primary.packages.values():
            target.add_package(dataclasses.replace(package, id=0, failures={}))


def connection(simulator: t.Any) -> dict[str, t.Any]:
    account = simulator.ksc.accounts[0]
    return {
        "server": simulator.ksc.address,
        "port": simulator.ksc.port,
        "username": account["username"],
        "password": account["password"],
        "internal_user": True,
        "ca_path": simulator.ca_file,
    }


@pytest.fixture
def world() -> t.Any:
    """The world of the test; None is the default one."""
    return None


@pytest.fixture
def ksc(simulators: t.Any, world: t.Any, monkeypatch: pytest.MonkeyPatch, make_runner: t.Any) -> Ksc:
    for name in list(os.environ):
        if name.startswith("KSC_"):
            monkeypatch.delenv(name)
    simulator = simulators(world)
    return Ksc(simulator, make_runner(simulator, connection(simulator)))
