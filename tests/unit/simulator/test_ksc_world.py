# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worlds: the ones that come with the simulator, errors that name the key, and starting it as a program."""

# ruff: noqa: RUF001 - names in this world are Cyrillic on purpose
from __future__ import annotations

import copy
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from simulated_ksc import WORLD, b64

from simulator import NOTICE
from simulator.ksc.api import METHODS, READ_ONLY
from simulator.runner import Simulator
from simulator.settings import SettingError
from simulator.world import WORLDS, WorldError

TESTS = Path(__file__).resolve().parents[2]


def test_each_method_either_reads_or_says_in_its_name_what_it_writes() -> None:
    assert READ_ONLY - {"login"} <= set(METHODS)
    writes = re.compile(r"\.(Add|Cancel|CreateToken|Delete|Move|Remove|ResolveAndMove|Retranslate|Run|Update)")
    assert sorted(set(METHODS) - READ_ONLY) == sorted(name for name in METHODS if writes.search(name))


def test_the_default_world_has_what_a_rehearsal_needs() -> None:
    ksc = Simulator().world["ksc"]
    state = ksc.state
    hosts = list(state.primary.hosts.values())
    assert [server.title for server in state.servers] == ["primary", "Tenant A", "Арендатор Б"]
    assert {host.machine.platform for host in hosts} == {"windows", "linux"}
    assert all(host.group == state.primary.unassigned and host.machine.agent for host in hosts)
    addresses = [host.machine.ip for host in hosts]
    assert len(addresses) - len(set(addresses)) == 1, "two records share an address"
    assert any(not host.machine.online for host in hosts)
    assert any(outcome.result == "failed" and outcome.reason for host in hosts for outcome in host.machine.outcomes)
    names = "".join(host.name for host in hosts)
    assert all(sign in names for sign in '"*?[') and re.search("[а-я]", names)
    assert not state.server("Tenant A").packages
    versions = {(item.product, item.version) for item in state.primary.packages.values()}
    assert {("1103", "1.0.0.0"), ("KSVLA", "5.2.0.0"), ("kesl", "12.1.0.0")} < versions
    assert ksc.accounts()[0]["username"] == "svc-ansible" and len(ksc.accounts()[0]["servers"]) == 3


@pytest.mark.parametrize("path", sorted(WORLDS.glob("*.yml")), ids=lambda path: path.stem)
def test_all_worlds_load(path: Path) -> None:
    assert Simulator(path).snapshot()["ksc"]["servers"]


@pytest.mark.parametrize(
    "change, word",
    [
        ({"hosts": [{"name": "x"}]}, r"ksc\.hosts\[0\]\.ip: missing"),
        ({"hosts": [{"name": "x", "ip": "10.0.0"}]}, r"hosts\[0\]\.ip: no IPv4"),
        ({"hosts": [{"name": "x", "ip": "10.0.0.1", "server": "None"}]}, r"hosts\[0\]\.server"),
        ({"hosts": [{"name": "x", "ip": "10.0.0.1", "colour": 1}]}, r"hosts\[0\]\.colour: no such key"),
        ({"hosts": [{"name": "x", "ip": "10.0.0.1", "outcomes": [{"result": "bad"}]}]}, r"outcomes\[0\]\.result"),
        ({"packages": [{"product": 1103, "version": "1"}]}, r"packages\[0\]\.product: str"),
        ({"accounts": [{"username": "x", "password": "y", "servers": ["None"]}]}, r"accounts\[0\]\.servers"),
        ({"virtual_servers": [{"name": "A"}, {"name": "A"}]}, r"virtual_servers\[1\]\.name"),
        ({"generate": {"hosts": 10, "network": "10.0.0.0/30"}}, r"generate\.network"),
        ({"generate": {"windows": 1}}, r"generate\.hosts: missing"),
        ({"hosst": []}, r"ksc\.hosst"),
    ],
)
def test_errors_name_the_key(change: dict[str, Any], word: str) -> None:
    with pytest.raises(WorldError, match=word):
        Simulator({"ksc": change})


def test_settings_in_the_world_and_over_it() -> None:
    data = dict(copy.deepcopy(WORLD), settings={"ksc": {"install_seconds": 5, "ksc_version": "15.1"}})
    simulator = Simulator(data, settings={"ksc": {"install_seconds": 7}})
    assert simulator.settings()["ksc"]["install_seconds"] == 7.0 and simulator.settings()["ksc"]["ksc_version"] == "15.1"
    for bad in ({"nope": 1}, {"install_seconds": "5"}, {"early_check": "maybe"}, {"documented_only": 1}):
        with pytest.raises(SettingError, match=r"settings\.ksc\."):
            Simulator(dict(data, settings={"ksc": bad}))


def test_generated_hosts() -> None:
    state = (
        Simulator(
            {
                "ksc": {
                    "virtual_servers": [{"name": "T"}],
                    "generate": [
                        {
                            "hosts": 40,
                            "windows": 0.25,
                            "offline": 0.1,
                            "prefix": "a",
                            "network": "10.9.0.0/24",
                            "tenant": "T",
                            "group": "X/Y",
                        },
                        {"hosts": 2, "prefix": "b"},
                    ],
                }
            }
        )
        .world["ksc"]
        .state
    )
    hosts = list(state.server("T").hosts.values())
    assert len(hosts) == 40 and sum(host.machine.platform == "windows" for host in hosts) == 10
    assert sum(not host.machine.online for host in hosts) == 4 and hosts[0].machine.address == "10.9.0.1"
    assert state.server("T").path(hosts[0].group) == "Managed devices/X/Y" and len(state.primary.hosts) == 2


def test_as_a_program(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "simulator",
        "--ksc-port",
        "0",
        "--control-port",
        "0",
        "--state-dir",
        str(tmp_path),
        "--speed",
        "60",
        "--documented-only",
        "--set",
        "ksc.install_seconds=5",
    ]
    words += ["--viis-port", "0"] if "--viis-port" in (TESTS / "simulator" / "__main__.py").read_text(encoding="utf-8") else []
    environment = dict(os.environ, PYTHONPATH=str(TESTS), PYTHONUNBUFFERED="1")
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl+C" in line:
                break
        try:
            text = "".join(lines)
            found = json.loads((tmp_path / "simulator.json").read_text(encoding="utf-8"))
            assert NOTICE in text and found["notice"] == NOTICE and found["servers"]["ksc"]["url"] in text and "svc-ansible" in text
            assert "127.0.0.1" in found["servers"]["ksc"]["url"] and found["ca_file"] == str(tmp_path / "ca.pem")
            assert found["environment"]["KSC_USERNAME"] == "svc-ansible"
            header = {"Authorization": 'KSCBasic user="%s", pass="%s", internal="1"' % (b64("svc-ansible"), b64("Rehearsal-1"))}
            answer = requests.post(found["servers"]["ksc"]["url"] + "/api/v1.0/login", headers=header, verify=found["ca_file"], timeout=10)
            assert answer.json() == {}
            settings = requests.get(found["servers"]["control"]["url"] + "/settings", verify=found["ca_file"], timeout=10).json()["ksc"]
            assert settings["documented_only"] is True and settings["install_seconds"] == 5.0
            assert "export KSC_SERVER='127.0.0.1'" in (tmp_path / "simulator.env").read_text(encoding="utf-8")
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    "words, what",
    [(["--world", "/nowhere.yml"], "/nowhere.yml"), (["--set", "ksc.nope=1"], "settings.ksc.nope"), (["--set", "nope"], "PART.NAME=VALUE")],
)
def test_a_program_that_cannot_start_says_why(words: list[str], what: str, capsys: pytest.CaptureFixture[str]) -> None:
    from simulator.__main__ import main

    assert main(words) == 2 and what in capsys.readouterr().err


def test_nothing_comes_from_the_plugins() -> None:
    for path in (TESTS / "simulator").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "ansible_collections" not in text and "import plugins" not in text and "from plugins" not in text, path
