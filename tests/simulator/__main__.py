# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``PYTHONPATH=tests python -m simulator``: the simulator in the foreground."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import yaml

from . import NOTICE
from .runner import Simulator
from .settings import SettingError
from .world import WorldError


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A stand-in for the real servers. " + NOTICE)
    parser.add_argument("--world", metavar="FILE", help="world to load: a YAML file, or a name in worlds/ (default: default)")
    parser.add_argument("--ksc-port", type=int, default=13299, metavar="N", help="port of KSC, 0 for any (default: %(default)s)")
    parser.add_argument(
        "--viis-port", type=int, default=7271, metavar="N", help="port of the Integration Server, 0 for any (default: %(default)s)"
    )
    parser.add_argument(
        "--viis-reserve-port",
        type=int,
        default=7272,
        metavar="N",
        help="port of the second Integration Server, 0 for any (default: %(default)s)",
    )
    parser.add_argument(
        "--control-port", type=int, default=13290, metavar="N", help="port of the control endpoint, 0 for any (default: %(default)s)"
    )
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="simulated seconds per wall second (default: %(default)s)")
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="wall seconds added to each answer")
    parser.add_argument("--state-dir", metavar="DIR", help="where ca.pem, simulator.json and simulator.env are written")
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
    args = arguments(words)
    state_dir = Path(args.state_dir or tempfile.mkdtemp(prefix="ksv-simulator-"))
    try:
        ports = {"ksc": args.ksc_port, "viis": args.viis_port, "viis_reserve": args.viis_reserve_port}
        simulator = Simulator(
            args.world, ports=ports, control_port=args.control_port, speed=args.speed, state_dir=state_dir, settings=settings_of(args)
        )
        simulator.start()
    except (WorldError, SettingError, ValueError, OSError) as error:
        print("The simulator cannot start: %s" % error, file=sys.stderr)
        return 2
    variables = "".join("export %s='%s'\n" % item for item in simulator.environment().items())
    path = simulator.state_dir / "simulator.env"
    path.touch(mode=0o600)
    path.write_text(variables, encoding="utf-8")
    print(banner(simulator, args.world or "default"), flush=True)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: over.set())
    over.wait()
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
