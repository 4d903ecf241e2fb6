# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test worlds and the state of servers, where no answer shows them."""

# ruff: noqa: RUF001 - names in this world are Cyrillic on purpose
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from table_runner import named_world, play

from simulator.ksc.api import METHODS, READ_ONLY
from simulator.ksc.conditions import NAMES
from simulator.ksc.deployed import Arrivals, hear
from simulator.ksc.state import Outcome, Package
from simulator.product import SvmNews
from simulator.runner import Simulator
from simulator.settings import SettingError
from simulator.viis.operations import ALL
from simulator.viis.operations import READ_ONLY as VIIS_READ_ONLY
from simulator.world import WORLDS, WorldError

TESTS = Path(__file__).resolve().parents[2]


def state(world: Any = None, **more: Any) -> Any:
    """Return the state of the KSC in a world."""
    return Simulator(world, **more).world["ksc"].state


def test_each_method_reads_or_has_the_name_of_a_write() -> None:
    assert READ_ONLY - {"login"} <= set(METHODS)
    writes = re.compile(r"\.(Add|Cancel|CreateToken|Del|Move|Remove|ResolveAndMove|Retranslate|Run|Update)")
    assert sorted(set(METHODS) - READ_ONLY) == sorted(name for name in METHODS if writes.search(name))
    names = {operation.name for operation in ALL}
    assert names >= VIIS_READ_ONLY and {name for name in names if name.startswith(("get_", "list_", "read_", "test_"))} == VIIS_READ_ONLY


def test_addresses_and_environment_name_both_servers(simulator: Any) -> None:
    assert simulator.addresses()["viis"]["accounts"][0]["username"] == "admin"
    wanted = {
        "VIIS_PORT": str(simulator.viis.port),
        "VIIS_USERNAME": "admin",
        "VIIS_PASSWORD": "Viis-Primary-1",
        "VIIS_RESERVE_PORT": str(simulator.viis_reserve.port),
    }
    assert wanted.items() <= simulator.environment().items() and simulator.viis_reserve.password == "Viis-Reserve-1"


def test_default_world() -> None:
    ksc = Simulator().world["ksc"]
    hosts = list(ksc.state.primary.hosts.values())
    assert [server.title for server in ksc.state.servers] == ["primary", "Tenant A", "Арендатор Б"]
    assert {host.machine.platform for host in hosts} == {"windows", "linux"}
    assert all(host.group == ksc.state.primary.unassigned and host.machine.agent for host in hosts)
    addresses = [host.machine.ip for host in hosts]
    assert len(addresses) - len(set(addresses)) == 1, "two records share an address"
    assert any(not host.machine.online for host in hosts)
    assert any(outcome.result == "failed" and outcome.reason for host in hosts for outcome in host.machine.outcomes)
    names = "".join(host.name for host in hosts)
    assert all(sign in names for sign in '"*?[') and re.search("[а-я]", names)
    assert not ksc.state.server("Tenant A").packages
    versions = {(item.product, item.version) for item in ksc.state.primary.packages.values()}
    assert {("1103", "1.0.0.0"), ("KSVLA", "5.2.0.0"), ("kesl", "12.1.0.0")} < versions
    assert ksc.accounts()[0]["username"] == "svc-ansible" and len(ksc.accounts()[0]["servers"]) == 3


@pytest.mark.parametrize("path", sorted(WORLDS.glob("*.yml")), ids=lambda path: path.stem)
def test_all_worlds_load(path: Path) -> None:
    assert Simulator(path).snapshot()["ksc"]["servers"]


def test_settings_in_the_world_and_over_it() -> None:
    data = {**named_world(), "settings": {"ksc": {"install_seconds": 5, "ksc_version": "15.1"}, "viis": {"version": "6.2"}}}
    found = Simulator(data, settings={"ksc": {"install_seconds": 7}, "viis": {"step_seconds": 1}}).settings()
    assert (found["ksc"]["install_seconds"], found["ksc"]["ksc_version"]) == (7.0, "15.1")
    assert (found["viis"]["version"], found["viis"]["step_seconds"], found["viis_reserve"]["version"]) == ("6.2", 1.0, "6.4")
    with pytest.raises(SettingError, match=r"settings\.other"):
        Simulator(data, settings={"other": {}})


def test_outcomes_and_svms_of_a_world() -> None:
    rules = [{"task": "install", "class": 15, "happened": True}, {"reboot": True, "unprotected": True}]
    hosts = [
        {"name": "x", "ip": "10.0.0.1", "outcomes": rules},
        {"name": "s", "ip": "10.0.0.2", "svm_of": "e", "generation": "6.1.0.0", "key": {}},
    ]
    found = state({"ksc": {"hosts": hosts}})
    assert found.host("x").machine.outcomes == [
        Outcome("install", result="failed", failure=15, happened=True),
        Outcome(reboot=True, unprotected=True),
    ]
    assert found.svms[0].key is None


def test_generated_hosts() -> None:
    wanted = {"hosts": 40, "windows": 0.25, "offline": 0.1, "prefix": "a", "network": "10.9.0.0/24", "tenant": "T", "group": "X/Y"}
    found = state({"ksc": {"virtual_servers": [{"name": "T"}], "generate": [wanted, {"hosts": 2, "prefix": "b"}]}})
    server = found.server("T")
    hosts = list(server.hosts.values())
    assert len(hosts) == 40 and sum(host.machine.platform == "windows" for host in hosts) == 10
    assert sum(not host.machine.online for host in hosts) == 4 and hosts[0].machine.address == "10.9.0.1"
    assert server.path(hosts[0].group) == "Managed devices/X/Y" and len(found.primary.hosts) == 2


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
def test_program_names_why_it_cannot_start(words: list[str], what: str, capsys: pytest.CaptureFixture[str]) -> None:
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
    assert len(state(path).primary.hosts) == 2


def test_nothing_comes_from_the_plugins() -> None:
    for path in [*(TESTS / "simulator").rglob("*.py"), *Path(__file__).parent.glob("t*.py")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search("ansible_[c]ollections|import [p]lugins|from [p]lugins", text), path


def test_ids_of_packages_stay_apart_however_many_there_are() -> None:
    servers = state(named_world()).servers[:2]
    for number in range(1100):
        servers[number % 2 if number < 20 else 0].add_package(Package(0, "p", "p", "1", "1"))
    assert not set(servers[0].packages) & set(servers[1].packages)


# What is true of a machine


def test_the_key_of_an_svm_decides_about_its_light_agents(day_two: Any) -> None:
    svm, other = (day_two.world["ksc"].state.host(name).machine for name in ("svm-esx1-61", "svm-esx2-62"))
    product = {"as": "tenant", "fields": ["KLHST_WKS_STATUS_MASK"]}
    play(
        day_two, {**product, "find": '(KLHST_WKS_DN="a-svm-without-key")', "rows": [{"KLHST_WKS_STATUS_MASK": 1 << NAMES.index("product")}]}
    )
    other.key = svm.key
    play(day_two, {**product, "find": '(KLHST_WKS_DN="a-svm-without-key")', "rows": [{"KLHST_WKS_STATUS_MASK": 0}]})


def test_a_restart_ends_what_needed_it(day_two: Any) -> None:
    host = day_two.world["ksc"].state.host("a-db-01").machine
    host.outcomes, host.reboot_required, host.reboot_reason, host.real_time_protection = [], True, 2, "stopped"
    host.restart()
    assert (host.real_time_protection, host.reboot_reason, host.reboot_required, host.done) == ("running", 0, False, ["restart"])


# SVMs of the simulated Integration Server


def test_record_of_a_deployed_svm_outlives_it(shared_simulator: Any) -> None:
    arrivals = {"viis_svms": {"group": "SVM", "seconds": 60, "key_days": 30}, "accounts": [{"username": "admin", "password": "right"}]}
    shared_simulator.reset({"ksc": arrivals})
    fields = ["KLHST_WKS_DN", "KLHST_WKS_STATUS", "KLHST_WKS_RTP_AV_VERSION", "name"]
    record = {"KLHST_WKS_DN": "svm-a", "KLHST_WKS_STATUS": 0x1F, "KLHST_WKS_RTP_AV_VERSION": "6.4.0.100", "name": "SVM"}
    task = "GET /api/3.0/virtualization/tasks/$task"
    run = play(
        shared_simulator,
        {"do": "connect the vCenter"},
        {"do": "register the image"},
        {"do": "deploy and wait"},
        {"call": task, "answer": {"state": "Completed"}, "save": {"id": "children/0/result/svmId"}},
        {"find": "", "hosts": []},
        {"advance": 60},
        {"find": "", "fields": fields, "rows": [record]},
        {"call": "LicenseKeys.EnumKeys", "body": {"pFields": ["KLLIC_SERIAL"]}, "answer": {"lKeyCount": 1}},
    )
    (machine,) = shared_simulator.world["ksc"].state.svms
    assert (machine.svm_of, machine.generation, machine.address) == ("vcenter.example.test", "6.4.0.0", "192.0.2.10")
    target = {"infrastructureId": run.value("$inf"), "svmId": run.value("$id"), "location": {"id": "host-102"}}
    play(
        shared_simulator,
        {"call": "DELETE $svm", "body": {"svms": [{"deploymentInfo": {"type": "host", "target": target}}]}, "status": 202},
        {"advance": 100},
        {
            "call": "GET /api/3.0/infrastructures/%s/objects?objectTypes=SVM" % target["infrastructureId"],
            "answer": {"vms": [{"name": "svm-old"}]},
        },
        {"find": "", "fields": fields[:2], "rows": [{"KLHST_WKS_DN": "svm-a", "KLHST_WKS_STATUS": {"$no_bits": 9}}]},
    )


def test_svm_of_another_server_has_no_record(shared_simulator: Any) -> None:
    shared_simulator.reset({"ksc": {"addresses": ["ksc.example.test"], "accounts": [{"username": "admin", "password": "right"}]}})
    ksc = shared_simulator.world["ksc"]
    hear(ksc, Arrivals(), SvmNews("1", "svm-b", "192.0.2.11", "6.4.0.100", "vcenter", "elsewhere"))
    play(shared_simulator, {"advance": 3600}, {"find": "", "hosts": []})
