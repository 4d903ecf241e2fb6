# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure how tenants are onboarded: by our playbook, and by the ways without it. One run makes one page.

Only ratios within one run mean something. The ways without us cost the same for each host, so beyond --article-limit and
--uri-limit hosts their rows are computed from the largest that was run, and marked so. What was measured is kept in
.build/bench/rows.json; --publish writes docs/benchmark.md and docs/benchmark.svg from it.
"""

from __future__ import annotations

import argparse
import dataclasses
import ipaddress
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent)]

import fleets  # noqa: E402
import page  # noqa: E402
import rows  # noqa: E402
import svms  # noqa: E402
from rows import Row  # noqa: E402

from simulator.runner import Simulator  # noqa: E402

SPEED = 100
IMPATIENT = 100_000  # for the ways that wait for each host: their waiting is left out of their time
NETWORK = "10.64.0.0/16"
PLAYBOOK = "ksv.light_agent.onboard_tenant"
FLOOR = str(HERE / "floor.yml")
FAR = 0.1  # seconds that each request takes to a server on another continent


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
    account = {"ksv_os_username": "u", "ksv_os_password": "p"}
    windows = {"ksv_product": {"name": "KSVLA", "version": "5.2.0.0"}, **account}
    linux = {"ksv_product": {"name": "kesl", "version": "12.1.0.0"}, **account}
    return {
        "all": {
            "vars": {"ksv_virtual_server": "Tenant A", "tenant_onboarding_poll_interval": 0.5},
            "children": {
                "windows": {"vars": windows, "hosts": groups["windows"]},
                "linux": {"vars": linux, "hosts": groups["linux"]},
            },
        }
    }


class Bench:
    """Measures commands against one simulator."""

    def __init__(
        self,
        simulator: Simulator,
        part: str,
        hosts: int,
        tenants: int,
        folder: pathlib.Path,
        server: str = "ksc",
        hosts_of: t.Optional[dict[str, t.Any]] = None,
    ) -> None:
        """``hosts_of``: the inventory; without it, that of the generated hosts."""
        self._server = server
        self._simulator = simulator
        self._part = part
        self._hosts = hosts
        self._tenants = tenants
        self.folder = folder
        self._payload = folder / "payload.json"
        (folder / "inventory.yml").write_text(yaml.safe_dump(hosts_of or inventory(addresses(simulator))), encoding="utf-8")
        self.environment = dict(
            os.environ,
            **simulator.environment(),
            ANSIBLE_LOCALHOST_WARNING="false",
            ANSIBLE_CALLBACK_PLUGINS=str(HERE / "callbacks"),
            ANSIBLE_CALLBACKS_ENABLED="payload",
            KSV_BENCH_PAYLOAD=str(self._payload),
        )

    def measure(self, way: str, command: t.Sequence[str], note: str = "", *, polls: bool = True) -> Row:
        """Run a command. Without ``polls`` what is asked again and again while servers work is not counted."""
        self._simulator.journal.clear()
        self._payload.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "runner", ignore_errors=True)
        (self.folder / "runner").mkdir()
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
        payload = json.loads(self._payload.read_text()) if self._payload.exists() else {}
        events = [path.stat().st_size for path in self.folder.glob("runner/artifacts/*/job_events/*.json")]
        counters = self._simulator.journal.counters().get(self._server, dict.fromkeys(("requests", "logins", "bytes_in", "bytes_out"), 0))
        asked = sum(len(self._simulator.journal.entries(method=method, server="viis")) for method in svms.POLLS)
        asked += 0 if polls else fleets.polls(self._simulator.journal.entries(server="ksc"))
        row = Row(
            part=self._part,
            way=way,
            hosts=self._hosts,
            tenants=self._tenants,
            requests=counters["requests"] - asked,
            logins=counters["logins"],
            traffic=counters["bytes_in"] + counters["bytes_out"],
            wall=measured["wall"],
            memory=measured["memory"] / 1e6,
            payload={task: found["bytes"] / self._hosts for task, found in payload.items()},
            events=events,
            note=note,
        )
        print("%s: %d hosts, %s: %d requests, %.1f s" % (row.part, row.hosts, way, row.requests, row.wall), file=sys.stderr, flush=True)
        return row

    def playbook(self, way: str, playbook: str, *arguments: str, note: str = "", polls: bool = True) -> Row:
        return self.measure(way, ["ansible-playbook", playbook, "-i", "inventory.yml", *arguments], note, polls=polls)

    def job(self, way: str, playbook: str) -> Row:
        """Run a playbook under ansible-runner, as AWX does; the row has the events that it stored."""
        inventory = str(self.folder / "inventory.yml")
        return self.measure(way, ["ansible-runner", "run", "runner", "--quiet", "--inventory", inventory, "--playbook", playbook])

    def article(self) -> Row:
        return self.measure(rows.ARTICLE, [sys.executable, str(HERE / "literal.py"), "inventory.yml"], rows.WAITING_LEFT_OUT)


def measure_hosts(hosts: int, article: bool, uri: bool) -> t.Iterator[Row]:
    """Onboard one tenant, with servers that take next to no time."""
    with tempfile.TemporaryDirectory() as name, Simulator(world(hosts), speed=SPEED) as simulator:
        bench = Bench(simulator, "hosts", hosts, 1, pathlib.Path(name))
        yield bench.playbook(rows.OURS, PLAYBOOK)
        yield bench.playbook(rows.AGAIN, PLAYBOOK)
        yield bench.playbook(rows.FLOOR, FLOOR)
    if article:
        with tempfile.TemporaryDirectory() as name, Simulator(world(hosts), speed=IMPATIENT) as simulator:
            yield Bench(simulator, "hosts", hosts, 1, pathlib.Path(name)).article()
    if uri:
        with tempfile.TemporaryDirectory() as name, Simulator(world(hosts), speed=IMPATIENT) as simulator:
            bench = Bench(simulator, "hosts", hosts, 1, pathlib.Path(name))
            yield bench.playbook(rows.URI, str(HERE / "uri.yml"), note=rows.WAITING_LEFT_OUT)


def measure_fleet(tenants: int, size: int = fleets.SIZE, off: int = 0, far: float = 0.0, part: str = "tenants") -> Row:
    """Onboard tenants of ``size`` machines each, with servers that take their time; one machine in ``off`` is switched off."""
    settings = {"ksc": fleets.WORK, "frame": {"latency": far}}
    with tempfile.TemporaryDirectory() as name, Simulator(fleets.world(tenants, size, off), speed=1, settings=settings) as simulator:
        bench = Bench(simulator, part, tenants * size, tenants, pathlib.Path(name), hosts_of=fleets.inventory(tenants, size))
        words = ["1 machine in %d off" % off if off else "", "%.0f ms a request" % (far * 1000) if far else ""]
        way = ", ".join(filter(None, [rows.OURS, *words]))
        # A machine that is off is not protected, which fails its host unless the inventory says that it may be.
        row = bench.playbook(way, PLAYBOOK, "-e", "tenant_onboarding_pending_ok=true", polls=False)
        row.note = "%.1f requests for each tenant, without polls" % (row.requests / tenants)
        return row


def measure_events(hosts: int) -> t.Iterator[Row]:
    """Onboard one tenant under ansible-runner; the floor is the same number of no-op tasks under it."""
    with tempfile.TemporaryDirectory() as name, Simulator(world(hosts), speed=SPEED) as simulator:
        bench = Bench(simulator, "events", hosts, 1, pathlib.Path(name))
        for way, playbook in ((rows.OURS, PLAYBOOK), (rows.AGAIN, PLAYBOOK), (rows.FLOOR, FLOOR)):
            row = bench.job(way, playbook)
            row.note = "%.1f events and %.2f KB a host; largest event %.1f KB" % (
                len(row.events) / hosts,
                sum(row.events) / hosts / 1e3,
                max(row.events) / 1e3,
            )
            yield row


def measure_inventory(tenants: int, size: int) -> t.Iterator[Row]:
    """List the machines of tenants, where they are, with ansible-inventory; then with the hosts in a cache, and without what costs more."""
    settings = {"ksc": fleets.WORK}
    options = {"plugin": "ksv.light_agent.ksc", "virtual_servers": "all"}
    less = {**options, "products": False, "protection": False, "group_by": ["virtual_server"]}
    with tempfile.TemporaryDirectory() as name, Simulator(fleets.onboarded(tenants, size), speed=1, settings=settings) as simulator:
        folder = pathlib.Path(name)
        bench = Bench(simulator, "inventory", tenants * size, tenants, folder, hosts_of={})
        cache = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(folder / "cache")}
        for source, content in (("all", {**options, **cache}), ("less", less)):
            (folder / ("%s.ksc.yml" % source)).write_text(yaml.safe_dump(content), encoding="utf-8")
        command = ["ansible-inventory", "--list", "--output", "hosts.json", "-i"]
        for way, source in ((rows.LISTED, "all"), (rows.CACHED, "all"), (rows.LESS, "less")):
            row = bench.measure(way, [*command, "%s.ksc.yml" % source])
            row.note = "%.1f requests for each tenant" % (row.requests / tenants)
            listed = json.loads((folder / "hosts.json").read_text(encoding="utf-8"))["_meta"]["hostvars"]
            if len(listed) != row.hosts:
                sys.exit("%s: %d hosts are listed, %d are there" % (way, len(listed), row.hosts))
            yield row


def measure_article(tenants: int) -> Row:
    """The article for each machine of these tenants."""
    with tempfile.TemporaryDirectory() as name, Simulator(fleets.world(tenants, fleets.SIZE), speed=IMPATIENT) as simulator:
        hosts_of = fleets.inventory(tenants, fleets.SIZE)
        row = Bench(simulator, "tenants", tenants * fleets.SIZE, tenants, pathlib.Path(name), hosts_of=hosts_of).article()
        # It waits for one host before it begins with the next one.
        return dataclasses.replace(row, wall=row.wall + row.hosts * fleets.server_work(), note="waiting computed")


def measure_infrastructure(hypervisors: int, counts: t.Sequence[int]) -> t.Iterator[Row]:
    """Deploy SVMs on a part of the hypervisors; requests are counted without the polls of the task."""
    for count in (count for count in counts if count <= hypervisors):
        with tempfile.TemporaryDirectory() as name, Simulator(svms.world(hypervisors), speed=SPEED) as simulator:
            bench = Bench(simulator, "infrastructures", hypervisors, 0, pathlib.Path(name), "viis")
            names = ["esx-%04d" % number for number in range(1, count + 1)]
            play = svms.write(bench.folder, "deploy.yml", svms.deployment(names))
            row = bench.playbook("deploy %d SVMs" % count, play)
            writes = len(simulator.journal.entries(method="deploy_svms", server="viis"))
            row.note = "%d deployment request%s" % (writes, "" if writes == 1 else "s")
            yield row
    with tempfile.TemporaryDirectory() as name, Simulator(svms.world(hypervisors), speed=SPEED) as simulator:
        bench = Bench(simulator, "infrastructures", hypervisors, 0, pathlib.Path(name), "viis")
        yield bench.playbook("read everything in full", svms.write(bench.folder, "read.yml", svms.flat_read()))


def computed(found: t.Sequence[Row]) -> t.Iterator[Row]:
    """The rows of the rivals where they were not run."""
    for way in (rows.ARTICLE, rows.URI):
        for part in ("hosts", "tenants"):
            run = {(row.hosts, row.tenants) for row in found if row.part == part and row.way == way}
            known = max((row for row in found if row.way == way and row.part == part), key=lambda row: row.hosts, default=None)
            if known is None and way == rows.URI:  # run for one tenant only; it waits once, for all hosts
                known = max((row for row in found if row.way == way), key=lambda row: row.hosts, default=None)
            sizes = {(row.hosts, row.tenants) for row in found if row.part == part and row.way == rows.OURS}
            if known is not None:
                yield from (known.scaled(hosts, tenants, part) for hosts, tenants in sorted(sizes - run))


def measure(options: argparse.Namespace) -> t.Iterator[Row]:
    for hosts in options.hosts:
        yield from measure_hosts(hosts, hosts <= options.article_limit, hosts <= options.uri_limit)
    for tenants in options.tenants:
        yield measure_fleet(tenants)
        if tenants * fleets.SIZE <= options.article_limit:
            yield measure_article(tenants)
    if options.off:
        yield measure_fleet(options.compared, off=options.off, part="more")
    if options.far:
        yield measure_fleet(options.compared, far=FAR, part="more")
    if options.both:
        yield measure_fleet(*options.both, part="more")
    for hosts in options.events:
        yield from measure_events(hosts)
    if options.inventory:
        yield from measure_inventory(*options.inventory)
    for hypervisors in options.hypervisors:
        yield from measure_infrastructure(hypervisors, options.svms)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, nargs="*", default=[10, 100, 1000, 10_000], help="sizes of one tenant")
    parser.add_argument("--article-limit", type=int, default=1000, help="largest number of hosts for which the article is followed")
    parser.add_argument("--uri-limit", type=int, default=100, help="largest number of hosts for which the uri playbook is run")
    parser.add_argument("--tenants", type=int, nargs="*", default=[1, 5, 20, 50], help="tenants of %d machines" % fleets.SIZE)
    parser.add_argument("--compared", type=int, default=20, help="tenants in the rows with machines that are off and with a far server")
    parser.add_argument("--off", type=int, default=100, help="one machine in so many is switched off in one more row; 0 leaves it out")
    parser.add_argument("--far", type=int, default=1, help="one more row with %.0f ms a request; 0 leaves it out" % (FAR * 1000))
    parser.add_argument("--both", type=int, nargs="*", default=[50, 200], help="tenants, and machines of each, in one more row")
    parser.add_argument("--events", type=int, nargs="*", default=[100, 1000], help="hosts in the rows about the events of ansible-runner")
    parser.add_argument("--inventory", type=int, nargs="*", default=[50, 200], help="tenants, and machines of each, that are listed")
    parser.add_argument("--hypervisors", type=int, nargs="*", default=[10, 100, 500])
    parser.add_argument("--svms", type=int, nargs="*", default=[1, 20, 100])
    parser.add_argument("--publish", action="store_true", help="write docs/benchmark.md and docs/benchmark.svg")
    parser.add_argument("--measured", type=pathlib.Path, help="measure nothing, take the rows from this file")
    options = parser.parse_args()
    if options.measured:
        run = [row for row in rows.load(options.measured) if not row.computed]
        found = [*run, *computed(run)]
    else:
        found = []
        began = time.monotonic()
        for row in measure(options):
            found.append(row)
            rows.save(found, ROOT / ".build" / "bench" / "rows.json")
        found += list(computed(tuple(found)))
        rows.save(found, ROOT / ".build" / "bench" / "rows.json")
        print("measured in %.0f s" % (time.monotonic() - began), file=sys.stderr, flush=True)
    print(page.text(found, SPEED))
    if options.publish:
        page.publish(found, SPEED, ROOT / "docs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
