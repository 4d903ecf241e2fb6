# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure how a tenant is onboarded: by our playbook, and by the ways without it. One run prints one table.

Only ratios within one run mean something. The uri playbook costs a quarter of a second for each of its thousands of
tasks; beyond --uri-limit hosts its row is computed from the largest that was run, and marked so.
"""

from __future__ import annotations

import argparse
import dataclasses
import ipaddress
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import typing as t

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import fleets  # noqa: E402
import svms  # noqa: E402

from simulator.runner import Simulator  # noqa: E402

SPEED = 100
IMPATIENT = 100_000  # for the ways that wait for each host: their waiting is left out of their time
NETWORK = "10.64.0.0/16"


@dataclasses.dataclass
class Row:
    """One measurement. Times in seconds, memory in MB (10**6 bytes)."""

    way: str
    hosts: int
    requests: int
    logins: int
    bytes: int
    wall: float
    memory: float
    note: str = ""


def world(hosts: int) -> dict[str, t.Any]:
    return {
        "ksc": {
            "addresses": ["127.0.0.1"],
            "virtual_servers": [{"name": "Tenant A"}],
            "accounts": [{"username": "svc-ansible", "password": "Rehearsal-1", "internal": True, "about": "all servers"}],
            "packages": [
                {"product": "1103", "version": "1.0.0.0"},
                {"product": "KSVLA", "version": "5.2.0.0", "platform": "windows"},
                {"product": "kesl", "version": "12.1.0.0", "platform": "linux"},
            ],
            "generate": {"hosts": hosts, "windows": 0.5, "network": NETWORK, "prefix": "vm"},
        }
    }


def addresses(simulator: Simulator) -> list[tuple[str, str]]:
    """The generated hosts: address and platform."""
    with simulator.lock:
        machines = [host.machine for host in simulator.world["ksc"].state.primary.hosts.values()]
    return [(str(ipaddress.IPv4Address(machine.ip)), machine.platform) for machine in machines]


def inventory(machines: t.Sequence[tuple[str, str]]) -> dict[str, t.Any]:
    groups: dict[str, dict[str, t.Any]] = {"windows": {}, "linux": {}}
    for number, (address, platform) in enumerate(machines):
        groups[platform]["host-%05d" % number] = {"ansible_host": address, "bench_ip_long": int(ipaddress.IPv4Address(address))}
    return {
        "all": {
            "vars": {
                "ksv_virtual_server": "Tenant A",
                "tenant_onboarding_poll_interval": 0.5,
                "bench_products": {"windows": "KSVLA", "linux": "kesl"},
            },
            "children": {
                "windows": {
                    "vars": {"ksv_product": {"name": "KSVLA", "version": "5.2.0.0"}, "ksv_os_username": "u", "ksv_os_password": "p"},
                    "hosts": groups["windows"],
                },
                "linux": {
                    "vars": {"ksv_product": {"name": "kesl", "version": "12.1.0.0"}, "ksv_os_username": "u", "ksv_os_password": "p"},
                    "hosts": groups["linux"],
                },
            },
        }
    }


class Bench:
    """Measures commands against one simulator."""

    def __init__(
        self, simulator: Simulator, hosts: int, folder: pathlib.Path, server: str = "ksc", hosts_of: t.Optional[dict[str, t.Any]] = None
    ) -> None:
        """``hosts_of``: the inventory; without it, that of the generated hosts."""
        self._server = server
        self._simulator = simulator
        self._hosts = hosts
        self.folder = folder
        (folder / "inventory.yml").write_text(yaml.safe_dump(hosts_of or inventory(addresses(simulator))), encoding="utf-8")
        self.environment = dict(os.environ, **simulator.environment(), ANSIBLE_LOCALHOST_WARNING="false")

    def measure(self, way: str, command: t.Sequence[str], note: str = "", *, polls: bool = True) -> Row:
        """Run a command. Without ``polls`` what is asked again and again while servers work is not counted."""
        self._simulator.journal.clear()
        report = self.folder / "report.json"
        log = self.folder / "log.txt"
        with log.open("w") as output:
            done = subprocess.run(
                [sys.executable, str(HERE / "measure.py"), str(report), *command],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            sys.exit("%s failed:\n%s" % (" ".join(command), log.read_text()[-3000:]))
        measured = json.loads(report.read_text())
        counters = self._simulator.journal.counters().get(self._server, dict.fromkeys(("requests", "logins", "bytes_in", "bytes_out"), 0))
        asked = sum(len(self._simulator.journal.entries(method=method, server="viis")) for method in svms.POLLS)
        asked += 0 if polls else fleets.polls(self._simulator.journal.entries(server="ksc"))
        return Row(
            way,
            self._hosts,
            counters["requests"] - asked,
            counters["logins"],
            counters["bytes_in"] + counters["bytes_out"],
            measured["wall"],
            measured["memory"] / 1e6,
            note,
        )

    def playbook(self, way: str, playbook: str, *arguments: str, note: str = "") -> Row:
        return self.measure(way, ["ansible-playbook", playbook, "-i", "inventory.yml", *arguments], note)


def measure_size(hosts: int, uri_limit: int) -> list[Row]:
    rows = measure_large(hosts)
    with tempfile.TemporaryDirectory() as name, Simulator(world(hosts), speed=IMPATIENT) as simulator:
        bench = Bench(simulator, hosts, pathlib.Path(name))
        rows.append(
            bench.measure("the article, host by host", [sys.executable, str(HERE / "literal.py"), "inventory.yml"], "waiting left out")
        )
    if hosts <= uri_limit:
        with tempfile.TemporaryDirectory() as name, Simulator(world(hosts), speed=IMPATIENT) as simulator:
            bench = Bench(simulator, hosts, pathlib.Path(name))
            rows.append(bench.playbook("ansible.builtin.uri in loops", str(HERE / "uri.yml"), note="waiting left out"))
    return rows


def measure_large(hosts: int) -> list[Row]:
    """Onboarding of a very large tenant, and the floor."""
    rows = []
    with tempfile.TemporaryDirectory() as name, Simulator(world(hosts), speed=SPEED) as simulator:
        bench = Bench(simulator, hosts, pathlib.Path(name))
        rows.append(bench.playbook("onboarding, first run", "ksv.light_agent.onboard_tenant"))
        rows.append(bench.playbook("onboarding, second run", "ksv.light_agent.onboard_tenant"))
        rows.append(bench.playbook("as many no-op tasks (floor)", str(HERE / "floor.yml")))
    return rows


def measure_fleet(tenants: int, off: int = 0) -> Row:
    """Onboard tenants of fleets.SIZE machines each, with servers that take their time; one machine in ``off`` is switched off."""
    settings = {"ksc": fleets.WORK}
    with tempfile.TemporaryDirectory() as name, Simulator(fleets.world(tenants, off), speed=1, settings=settings) as simulator:
        hosts = tenants * fleets.SIZE
        bench = Bench(simulator, hosts, pathlib.Path(name), hosts_of=fleets.inventory(tenants, off))
        way = "%d tenant%s%s" % (tenants, "" if tenants == 1 else "s", ", 1 machine in %d off" % off if off else "")
        # A machine that is off has its application not installed, which fails its host unless the inventory says that it may be.
        command = ["ansible-playbook", "ksv.light_agent.onboard_tenant", "-i", "inventory.yml", "-e", "tenant_onboarding_pending_ok=true"]
        row = bench.measure(way, command, polls=False)
        row.note = "%.1f requests for each tenant" % (row.requests / tenants)
        return row


def measure_infrastructure(hypervisors: int, counts: t.Sequence[int]) -> list[Row]:
    """Deploy SVMs on a part of the hypervisors; requests are counted without the polls of the task."""
    rows = []
    for count in (count for count in counts if count <= hypervisors):
        with tempfile.TemporaryDirectory() as name, Simulator(svms.world(hypervisors), speed=SPEED) as simulator:
            bench = Bench(simulator, hypervisors, pathlib.Path(name), "viis")
            names = ["esx-%04d" % number for number in range(1, count + 1)]
            play = svms.write(bench.folder, "deploy.yml", svms.deployment(names))
            rows.append(bench.playbook("deploy %d SVMs" % count, play))
            writes = len(simulator.journal.entries(method="deploy_svms", server="viis"))
            rows[-1].note = "%d deployment request%s" % (writes, "" if writes == 1 else "s")
    with tempfile.TemporaryDirectory() as name, Simulator(svms.world(hypervisors), speed=SPEED) as simulator:
        bench = Bench(simulator, hypervisors, pathlib.Path(name), "viis")
        rows.append(bench.playbook("read everything in full", svms.write(bench.folder, "read.yml", svms.flat_read())))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--uri-limit", type=int, default=100, help="largest number of hosts for which the uri playbook is run")
    parser.add_argument("--hypervisors", type=int, nargs="*", default=[10, 100, 500])
    parser.add_argument("--svms", type=int, nargs="*", default=[1, 20, 100])
    parser.add_argument("--large", type=int, default=10_000, help="hosts of a tenant that is onboarded by our way only; 0 leaves it out")
    parser.add_argument("--tenants", type=int, nargs="*", default=[1, 5, 20], help="tenants of %d machines" % fleets.SIZE)
    parser.add_argument("--off", type=int, default=100, help="one machine in so many is switched off in one more row; 0 leaves it out")
    options = parser.parse_args()
    rows: list[Row] = []
    for hosts in options.hosts:
        began = time.monotonic()
        measured = measure_size(hosts, options.uri_limit)
        uri = [row for row in rows if "uri" in row.way and not row.note.startswith("computed")]
        if uri and not any("uri" in row.way for row in measured):
            factor = hosts / uri[-1].hosts
            last = uri[-1]
            measured.append(
                Row(
                    last.way,
                    hosts,
                    round(last.requests * factor),
                    last.logins,
                    round(last.bytes * factor),
                    last.wall * factor,
                    last.memory,
                    "computed from %d hosts" % last.hosts,
                )
            )
        rows += measured
        print("%d hosts measured in %.0f s" % (hosts, time.monotonic() - began), file=sys.stderr, flush=True)
    fleet = [measure_fleet(tenants) for tenants in options.tenants]
    if fleet and options.off:
        fleet.append(measure_fleet(options.tenants[-1], options.off))
    large = measure_large(options.large) if options.large else []
    infrastructures: list[Row] = []
    for hypervisors in options.hypervisors:
        infrastructures += measure_infrastructure(hypervisors, options.svms)
        print("%d hypervisors measured" % hypervisors, file=sys.stderr, flush=True)
    show(rows)
    if large:
        print()
        table(large, "hosts")
    if fleet:
        print("\nTenants of %d machines; servers that take %.0f s in all; requests without polls" % (fleets.SIZE, fleets.server_work()))
        table(fleet, "hosts")
        for row in fleet[1:]:
            print("%s: %.2f times the wall time of %s" % (row.way, row.wall / fleet[0].wall, fleet[0].way))
        if options.off and len(fleet) > 1:
            print("machines that are off add %.0f %%" % (100 * (fleet[-1].wall / fleet[-2].wall - 1)))
    if infrastructures:
        print("\nInfrastructures with %d virtual machines; requests without polls" % svms.MACHINES)
        table(infrastructures, "hypervisors")
    return 0


def table(rows: t.Sequence[Row], objects: str) -> None:
    layout = "%11s  %-30s %9s %7s %12s %9s %9s  %s"
    print(layout % (objects, "way", "requests", "logins", "bytes", "wall s", "peak MB", ""))
    for row in rows:
        numbers = (row.hosts, row.way, row.requests, row.logins, row.bytes, "%.1f" % row.wall, "%.0f" % row.memory, row.note)
        print((layout % numbers).rstrip())


def show(rows: t.Sequence[Row]) -> None:
    table(rows, "hosts")
    print()
    for hosts in sorted({row.hosts for row in rows}):
        by_way = {row.way: row for row in rows if row.hosts == hosts}
        first, floor = by_way["onboarding, first run"], by_way["as many no-op tasks (floor)"]
        literal = by_way["the article, host by host"]
        print(
            "%d hosts: %.0f times fewer requests than the article host by host; first run %.2f times the floor"
            % (hosts, literal.requests / first.requests, first.wall / floor.wall)
        )
    if rows:
        print("%d simulated seconds per second; the server's own work is about %.1f s of a first run." % (SPEED, server_work()))


def server_work() -> float:
    """Seconds that the simulator takes for a first run: copying, reconnecting, two installations."""
    return (10 + 2 + 5 + 75 + 2 * (2 + 60)) / SPEED


if __name__ == "__main__":
    sys.exit(main())
