# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worlds: the ones that come with the simulator, errors that name the key, and starting it as a program."""

# ruff: noqa: RUF001 - names in this world are Cyrillic on purpose
from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from simulated_ksc import WORLD

from simulator.ksc.api import METHODS, READ_ONLY
from simulator.runner import Simulator
from simulator.settings import SettingError
from simulator.world import WORLDS, WorldError

TESTS = Path(__file__).resolve().parents[2]


def test_each_method_either_reads_or_says_in_its_name_what_it_writes() -> None:
    assert READ_ONLY - {"login"} <= set(METHODS)
    writes = re.compile(r"\.(Add|Cancel|CreateToken|Del|Move|Remove|ResolveAndMove|Retranslate|Run|Update)")
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
        ({"hosts": [{"name": "x", "ip": "10.0.0.1", "color": 1}]}, r"hosts\[0\]\.color: no such key"),
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


@pytest.mark.parametrize(
    "words, what",
    [
        (["--world", "/nowhere.yml"], "/nowhere.yml"),
        (["--set", "ksc.nope=1"], "settings.ksc.nope"),
        (["--set", "nope"], "PART.NAME=VALUE"),
        (["--beside", "--ksc-port", "99999"], "port 99999 (ksc): there is no such port; give one from 1 to 65535, or 0 for any free one"),
        (["--beside", "--control-port", "-1"], "port -1 (control)"),
    ],
)
def test_a_program_that_cannot_start_says_why(words: list[str], what: str, capsys: pytest.CaptureFixture[str]) -> None:
    from simulator.__main__ import main

    assert main(words) == 2
    told = capsys.readouterr().err
    assert what in told and told.startswith("The simulator cannot start: ") and told.count("\n") == 1


@pytest.mark.parametrize(
    "text, word",
    [
        ("ksc:\n  name: A\n  name: B\n", "line 3: the key 'name' is in this mapping twice"),
        ("ksc: {}\nksc: {}\n", "line 2: the key 'ksc'"),
        ("ksc:\n  hosts:\n    - {name: x, ip: 10.0.0.1, name: y}\n", "line 3: the key 'name'"),
        ('ksc: {"name": A, name: B}\n', "line 1: the key 'name'"),
    ],
)
def test_a_key_twice_is_refused(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "world.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        Simulator(path)
    assert str(path) in str(caught.value) and word in str(caught.value)


def test_keys_may_be_merged(tmp_path: Path) -> None:
    path = tmp_path / "world.yml"
    path.write_text("ksc:\n  hosts:\n    - &a {name: a, ip: 10.0.0.1}\n    - {<<: *a, name: b}\n", encoding="utf-8")
    assert len(Simulator(path).world["ksc"].state.primary.hosts) == 2


def test_nothing_comes_from_the_plugins() -> None:
    for path in (TESTS / "simulator").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "ansible_collections" not in text and "import plugins" not in text and "from plugins" not in text, path
