# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``PYTHONPATH=tests python -m simulator``: the simulator in the foreground."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import yaml

from . import NOTICE
from .runner import Simulator
from .settings import SettingError
from .world import WorldError

PORTS = {
    "ksc-port": ("ksc", 13299, "KSC"),
    "viis-port": ("viis", 7271, "the Integration Server"),
    "viis-reserve-port": ("viis_reserve", 7272, "the second Integration Server"),
    "control-port": ("control", 13290, "the control endpoint"),
}
"""Per option: server, port unless another is asked for (those of the products, ksc-openapi.md section 1, viis-rest-api.md), words."""
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A stand-in for the real servers. " + NOTICE)
    parser.add_argument("--world", metavar="FILE", help="world to load: a YAML file, or a name in worlds/ (default: default)")
    for option, (_server, port, what) in PORTS.items():
        parser.add_argument("--" + option, type=int, metavar="N", help="port of %s, 0 for any (default: %d)" % (what, port))
    parser.add_argument(
        "--beside", action="store_true", help="start beside a simulator that runs: any free ports, and a state folder of its own"
    )
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="simulated seconds per wall second (default: %(default)s)")
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="wall seconds added to each answer")
    parser.add_argument("--state-dir", metavar="DIR", help="where ca.pem, simulator.json, simulator.env and inventory.yml are written")
    parser.add_argument("--ksc-version", metavar="V", help="version of KSC, such as 14.2; changes what RemoveHosts does")
    parser.add_argument("--documented-only", action="store_true", help="KSC knows only the methods of the vendor's article")
    parser.add_argument(
        "--set", action="append", default=[], metavar="PART.NAME=VALUE", help="a setting, such as ksc.task_seconds=5; may be repeated"
    )
    return parser.parse_args(words)


def settings_of(args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Return the settings that the command line asks for; SettingError for a word without dot or equals sign."""
    found: dict[str, dict[str, Any]] = {"frame": {}, "ksc": {}}
    if args.latency:
        found["frame"]["latency"] = args.latency
    if args.ksc_version:
        found["ksc"]["ksc_version"] = args.ksc_version
    if args.documented_only:
        found["ksc"]["documented_only"] = True
    for word in args.set:
        name, equals, value = word.partition("=")
        part, dot, key = name.partition(".")
        if not equals or not dot:
            raise SettingError("--set %s: PART.NAME=VALUE is needed" % word)
        found.setdefault(part, {})[key] = yaml.safe_load(value)
    return found


def ports_of(args: argparse.Namespace) -> dict[str, int]:
    """Return the port of each server, ``control`` included; 0 is any free one."""
    given = {option: getattr(args, option.replace("-", "_")) for option in PORTS}
    return {
        server: given[option] if given[option] is not None else 0 if args.beside else port
        for option, (server, port, _what) in PORTS.items()
    }


def banner(simulator: Simulator, world: str) -> str:
    """Return what is printed at start."""
    lines = [
        "",
        "ksv.light_agent simulator",
        NOTICE,
        "Listens on loopback only. The passwords below belong to this made-up world.",
        "",
        "  world      %s" % world,
        "  clock      %g simulated seconds per second" % simulator.clock.speed,
        "  CA file    %s" % simulator.ca_file,
        "  addresses  %s" % (simulator.state_dir / "simulator.json"),
        "  variables  . %s" % (simulator.state_dir / "simulator.env"),
    ]
    inventory = simulator.state_dir / "inventory.yml"
    if inventory.exists():
        lines.append("  inventory  %s" % inventory)
    for name, end in simulator.endpoints.items():
        lines += ["", "  %-12s  %s" % (name, end.url)]
        if end.accounts:
            width = max(len(account["username"]) for account in end.accounts)
            secret = max(len(account["password"]) for account in end.accounts)
            lines += [
                "             %-*s  %-*s  %s" % (width, account["username"], secret, account["password"], account["about"])
                for account in end.accounts
            ]
    return "\n".join([*lines, "", "Ctrl+C ends it.", ""])


def main(words: list[str] | None = None) -> int:
    """Run until interrupted; return the exit status."""
    over = threading.Event()
    # From before the start on, so that no end leaves files behind.
    before = {number: signal.signal(number, lambda _number, _frame: over.set()) for number in ENDS}
    try:
        return run(arguments(words), over)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(args: argparse.Namespace, over: threading.Event) -> int:
    """Run until ``over`` is set; return the exit status."""
    state_dir = Path(args.state_dir) if args.state_dir else None
    if args.beside and state_dir is not None:
        state_dir = state_dir.with_name("%s-%d" % (state_dir.name, os.getpid()))
    ports = ports_of(args)
    try:
        simulator = Simulator(
            args.world, ports=ports, control_port=ports.pop("control"), speed=args.speed, state_dir=state_dir, settings=settings_of(args)
        )
        simulator.start()
    except (WorldError, SettingError, ValueError, OSError) as error:
        beside = "; --beside takes free ones" if isinstance(error, OSError) and error.errno == errno.EADDRINUSE else ""
        print("The simulator cannot start: %s%s" % (error, beside), file=sys.stderr)
        return 2
    print(banner(simulator, args.world or "default"), flush=True)
    over.wait()
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
