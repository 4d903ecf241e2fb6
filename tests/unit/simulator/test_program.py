# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a program: its state folder, starting beside another, its end, and what the guide says about it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from table_runner import b64

from simulator import NOTICE
from simulator.runner import Simulator
from simulator.state_dir import StateError
from simulator.world import INVENTORIES, WORLDS

TESTS = Path(__file__).resolve().parents[2]
GUIDE = TESTS.parent / "docs" / "simulator.md"
ANY = ("--ksc-port", "0", "--viis-port", "0", "--viis-reserve-port", "0", "--control-port", "0")


@contextlib.contextmanager
def program(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A simulator in a process of its own, and what it printed; the process is ended with SIGTERM unless it has ended."""
    environment = dict(os.environ, PYTHONPATH=str(TESTS), PYTHONUNBUFFERED="1")
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl+C" in line:
                break
        try:
            yield process, "".join(lines)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(10)


def names(folder: Path) -> set[str]:
    """The names of what is in a folder."""
    return {path.name for path in folder.iterdir()}


def test_what_it_tells_and_writes(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with program(*ANY, "--state-dir", str(folder), "--speed", "60", "--documented-only", "--set", "ksc.install_seconds=5") as (
        process,
        text,
    ):
        assert names(folder) == {"ca.pem", "simulator.json", "simulator.env", "inventory.yml", "simulator.lock"}
        found = json.loads((folder / "simulator.json").read_text(encoding="utf-8"))
        assert NOTICE in text and found["notice"] == NOTICE and found["servers"]["ksc"]["url"] in text and "svc-ansible" in text
        assert "127.0.0.1" in found["servers"]["ksc"]["url"] and found["ca_file"] == str(folder / "ca.pem")
        assert found["pid"] == process.pid and found["environment"]["KSC_USERNAME"] == "svc-ansible"
        header = {"Authorization": 'KSCBasic user="%s", pass="%s", internal="1"' % (b64("svc-ansible"), b64("Rehearsal-1"))}
        answer = requests.post(found["servers"]["ksc"]["url"] + "/api/v1.0/login", headers=header, verify=found["ca_file"], timeout=10)
        assert answer.json() == {}
        settings = requests.get(found["servers"]["control"]["url"] + "/settings", verify=found["ca_file"], timeout=10).json()["ksc"]
        assert settings["documented_only"] is True and settings["install_seconds"] == 5.0
        assert "export KSC_SERVER=127.0.0.1\n" in (folder / "simulator.env").read_text(encoding="utf-8")
        assert (folder / "simulator.env").stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not folder.exists(), "nothing stale is left"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_other_ends(tmp_path: Path, number: int) -> None:
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    with program(*ANY, "--state-dir", str(tmp_path)) as (process, _text):
        process.send_signal(number)
        assert process.wait(10) == 0
    assert names(tmp_path) == {"mine.txt"}


def test_a_second_one_touches_nothing_and_can_start_beside(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with program(*ANY, "--state-dir", str(folder)) as (first, _text):
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        with program(*ANY, "--state-dir", str(folder)) as (second, told):
            assert second.wait(10) == 2
        assert told.startswith("The simulator cannot start: %s belongs to a simulator that runs (process %d); " % (folder, first.pid))
        assert "make simulator ARGS=--beside" in told and told.count("\n") == 1
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        with program("--state-dir", str(folder), "--beside") as (third, told):
            own = tmp_path / ("state-%d" % third.pid)
            assert str(own / "ca.pem") in told and "simulator.json" in names(own)
            ports = [json.loads((path / "simulator.json").read_text(encoding="utf-8"))["servers"] for path in (folder, own)]
            taken = [{server["port"] for server in servers.values()} for servers in ports]
            assert not taken[0] & taken[1] and 13299 not in taken[1]
        assert not own.exists()
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        program(*ANY, "--ksc-port", str(taken.getsockname()[1]), "--state-dir", str(tmp_path / "s")) as (process, told),
    ):
        assert process.wait(10) == 2
    assert "(ksc): Address already in use; --beside takes free ones" in told and not (tmp_path / "s").exists()


def test_files_of_one_that_was_killed_are_written_over(tmp_path: Path) -> None:
    with program(*ANY, "--state-dir", str(tmp_path)) as (process, _text):
        process.kill()
        process.wait(10)
    assert "simulator.json" in names(tmp_path)
    with Simulator(state_dir=tmp_path):
        assert json.loads((tmp_path / "simulator.json").read_text(encoding="utf-8"))["pid"] == os.getpid()
    assert names(tmp_path) == set()


def test_in_one_process_too(tmp_path: Path) -> None:
    with Simulator(state_dir=tmp_path) as first:
        other = Simulator(state_dir=tmp_path)
        with pytest.raises(StateError, match="belongs to a simulator that runs"):
            other.start()
        assert Path(first.ca_file).is_file()
    with Simulator({"ksc": {}}, state_dir=tmp_path):
        assert "inventory.yml" not in names(tmp_path), "this world has none"


# The inventory of the default world, and the guide


def in_groups(inventory: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Variables of each host of an inventory of one level of groups."""
    hosts: dict[str, dict[str, Any]] = {}
    for group in inventory["all"]["children"].values():
        for name, own in group["hosts"].items():
            hosts.setdefault(name, dict(inventory["all"]["vars"])).update(dict(group["vars"], **(own or {})))
    return hosts


def test_the_inventory_fits_the_default_world() -> None:
    state = Simulator().world["ksc"].state
    hosts = in_groups(yaml.safe_load((INVENTORIES / "default.yml").read_text(encoding="utf-8")))
    assert {variables["ksv_virtual_server"] for variables in hosts.values()} == {server.name for server in state.virtual()}
    packages = {(item.product, item.version, item.platform) for item in state.primary.packages.values()}
    for name, variables in hosts.items():
        machine = state.host(name).machine
        assert machine.address == variables["ansible_host"] and machine.online
        assert machine.os_accounts == {variables["ksv_os_username"]: variables["ksv_os_password"]}
        assert (variables["ksv_product"]["name"], variables["ksv_product"]["version"], machine.platform) in packages
        assert not any(rule.result == "failed" for rule in machine.outcomes)
        wanted = "Managed devices/%s" % variables.get("ksv_group", "")
        server = state.server(variables["ksv_virtual_server"])
        assert wanted.rstrip("/") in [server.path(group) for group in server.groups]


def test_each_inventory_is_of_a_world() -> None:
    assert {path.name for path in INVENTORIES.iterdir()} <= {path.name for path in WORLDS.glob("*.yml")}


def test_the_guide_names_what_is_written(tmp_path: Path) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    used = set(re.findall(r"\.build/simulator/([\w.]+)", text))
    makefile = (TESTS.parent / "Makefile").read_text(encoding="utf-8")
    assert '--state-dir "$(CURDIR)/.build/simulator"' in makefile and "$(ARGS)" in makefile
    with Simulator(state_dir=tmp_path) as simulator:
        assert used == {"simulator.env", "inventory.yml"} and used <= names(tmp_path)
        variables = set(re.findall(r"\bKSC_[A-Z_]+", text))
        assert variables and variables <= set(simulator.environment())
    playbooks = set(re.findall(r"ansible-playbook ksv\.light_agent\.(\w+) ", text))
    assert playbooks and all((TESTS.parent / "playbooks" / (name + ".yml")).is_file() for name in playbooks)
