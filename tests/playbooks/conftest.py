# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real ansible-playbook, over real HTTPS, against the simulator."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import typing as t
from dataclasses import dataclass

import pytest
import yaml

from simulator.runner import Simulator

RECAP = re.compile(r"^(\S+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+).*?rescued=(\d+)", re.MULTILINE)
# What a host shows of itself: the result of host_result, or the failure of host_request.
SHOWN = re.compile(r"^(?:ok|changed|fatal): \[([^\] ]+)(?: -> [^\]]*)?\](?:: FAILED!)? => (?=\{)", re.MULTILINE)
TASK = re.compile(r"^TASK \[(?:ksv\.light_agent\.)?(.*?)\] \*+$", re.MULTILINE)


@dataclass
class Recap:
    ok: int
    changed: int
    failed: int
    rescued: int


PLAY = re.compile(r"^(?=PLAY \[)", re.MULTILINE)


@dataclass
class Run:
    """The exit status and the output of a run of ansible-playbook."""

    returncode: int
    output: str

    @property
    def recap(self) -> dict[str, Recap]:
        return {
            host: Recap(int(ok), int(changed), int(unreachable) + int(failed), int(rescued))
            for host, ok, changed, unreachable, failed, rescued in RECAP.findall(self.output)
        }

    @property
    def failed(self) -> set[str]:
        return {host for host, recap in self.recap.items() if recap.failed}

    @property
    def changed(self) -> int:
        return sum(recap.changed for recap in self.recap.values())

    @property
    def verdicts(self) -> dict[str, str]:
        """The last message of each host."""
        found = ((shown[1], json.JSONDecoder().raw_decode(self.output, shown.end())[0]) for shown in SHOWN.finditer(self.output))
        return {host: str(result["msg"]) for host, result in found if "msg" in result}

    @property
    def tasks(self) -> list[str]:
        return TASK.findall(self.output)

    @property
    def plays(self) -> list[Run]:
        """The output of each play; the recap of the run is not part of it."""
        return [Run(self.returncode, text) for text in PLAY.split(self.output)[1:] if not text.startswith("PLAY RECAP")]


@pytest.fixture
def simulator() -> t.Iterator[Simulator]:
    with Simulator(speed=200) as simulator:
        yield simulator


class Playbooks:
    """Runs playbooks with an inventory made of data."""

    def __init__(self, simulator: Simulator, folder: pathlib.Path) -> None:
        self._simulator = simulator
        self._folder = folder

    def run(self, playbook: str, inventory: t.Mapping[str, t.Any], *arguments: str, **environment: str) -> Run:
        process = self.start(playbook, inventory, *arguments, **environment)
        try:
            output, _none = process.communicate(timeout=300)
        finally:
            process.kill()
        print(output)
        assert "Traceback" not in output
        return Run(process.returncode, output)

    def start(self, playbook: str, inventory: t.Mapping[str, t.Any], *arguments: str, **environment: str) -> subprocess.Popen[str]:
        inventory_file = self._folder / "inventory.yml"
        inventory_file.write_text(yaml.safe_dump({"all": dict(inventory)}, allow_unicode=True), encoding="utf-8")
        return subprocess.Popen(
            ["ansible-playbook", playbook, "-i", str(inventory_file), *arguments],
            cwd=self._folder,
            # Ansible does not flush its output into a pipe; users set this variable, too (docs/many-hosts.md).
            env={**os.environ, **self._simulator.environment(), "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # As on a terminal: a group of its own, and Ctrl-C is heard, whatever this process makes of it.
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def write(self, name: str, plays: t.Any) -> str:
        path = self._folder / name
        path.write_text(yaml.safe_dump(plays, allow_unicode=True), encoding="utf-8")
        return str(path)


@pytest.fixture
def playbooks(simulator: Simulator, tmp_path: pathlib.Path) -> Playbooks:
    return Playbooks(simulator, tmp_path)
