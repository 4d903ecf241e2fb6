# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide docs/first-tenant.md is followed from top to bottom, on the simulator that it starts and then on a server that is not that one."""

from __future__ import annotations

import pathlib

import pytest
import yaml

from playbooks.guides import DOCS, REACHED, Reader
from simulator.runner import Simulator

WORLDS = pathlib.Path(__file__).resolve().parents[1] / "simulator" / "worlds"
SECRETS = {"vault_ksc_password": "Real-Server-1", "vault_windows_password": "Real-Admin-1", "vault_linux_password": "Real-Root-1"}
# Simulated servers are asked more often than a reader would notice.
FAST = {"%s_poll_interval" % role: 0.1 for role in ("tenant", "tenant_onboarding", "tenant_offboarding")}


class Newcomer(Reader):
    """Starts the simulator as the guide says, with what it writes for its users; only the port is free."""

    def make(self, variables):
        assert set(variables) == {"WORLD", "SPEED"}
        self.simulator = Simulator(variables["WORLD"], speed=float(variables["SPEED"]), state_dir=self.folder / ".build" / "simulator")
        self.simulator.start()
        self.reached = ("ksv_ksc_port",)

    def heading(self, text):
        if text == "Now on your servers":
            self.stop()
            self.simulator = Simulator(real_servers(), speed=200)
            self.simulator.start()
            self.reached = REACHED[:3]

    def stop(self):
        if self.simulator is not None:
            self.simulator.stop()
            self.simulator = None


def real_servers():
    """The same machines, with passwords of their own."""
    world = yaml.safe_load((WORLDS / "first-year.yml").read_text(encoding="utf-8"))
    world["ksc"]["accounts"] = [{"username": "svc-ansible", "password": SECRETS["vault_ksc_password"], "internal": True}]
    world["ksc"]["os_accounts"] = {
        "windows": {"Administrator": SECRETS["vault_windows_password"]},
        "linux": {"root": SECRETS["vault_linux_password"]},
    }
    return world


@pytest.fixture
def newcomer(tmp_path):
    reader = Newcomer(tmp_path, FAST, SECRETS)
    reader.write("vault.yml", yaml.safe_dump(SECRETS))
    yield reader
    reader.stop()


@pytest.mark.long
def test_the_guide_is_followed_from_top_to_bottom(newcomer):
    newcomer.follow(DOCS / "first-tenant.md")
    assert newcomer.runs >= 10
    state = newcomer.simulator.world["ksc"].state
    assert {host.name for host in state.server("Tenant A").hosts.values()} == {"web-02", "db-02"}
    newcomer.stop()
