# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugins, as ansible-inventory, ansible-playbook and AWX run them, against the simulator."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import time
import typing as t
from dataclasses import dataclass

import pytest
import yaml

from simulator.runner import Simulator

ACCOUNTS = [
    {"username": "svc-ansible", "password": "Rehearsal-1", "internal": True, "about": "all servers"},
]
OF_ACME = {"username": "acme", "password": "Rehearsal-A2", "internal": True, "servers": ["Acme"], "about": "only Acme"}
PACKAGES = [
    {"product": "1103", "version": "1.0.0.0"},
    {"product": "KSVLA", "version": "5.2.0.0", "platform": "windows"},
    {"product": "kesl", "version": "12.1.0.0", "platform": "linux"},
]
INSTALLED = {"products": [{"name": "KSVLA", "version": "5.2.0.0"}]}
LOOK_FOR_ALL = {"plugin": "ksv.light_agent.ksc", "primary": True, "virtual_servers": "all"}
WRITES = ("Tasks.AddTask", "HostGroup.MoveHostsToGroup", "PackagesApi.RetranslateToVServerAsync")


def world(hosts: list[dict[str, t.Any]], *servers: t.Any) -> dict[str, t.Any]:
    return {
        "ksc": {
            "addresses": ["127.0.0.1"],
            "groups": ["SVM"],
            "virtual_servers": [
                one if isinstance(one, dict) else {"name": one, "groups": ["Web/Frontend", "Databases"]} for one in servers
            ],
            "accounts": [*ACCOUNTS, *([OF_ACME] if "Acme" in servers else [])],
            "packages": PACKAGES,
            "os_accounts": {"windows": {"u": "p"}, "linux": {"u": "p"}},
            "hosts": hosts,
        }
    }


@dataclass
class Output:
    returncode: int
    output: str
    errors: str

    @property
    def listed(self) -> dict[str, t.Any]:
        assert self.returncode == 0, self.errors
        return json.loads(self.output)

    @property
    def hosts(self) -> dict[str, dict[str, t.Any]]:
        return self.listed["_meta"]["hostvars"]

    @property
    def said(self) -> str:
        """Warnings and errors on one line, since Ansible wraps some of them."""
        return " ".join(self.errors.split())


class Controller:
    """A folder with inventory sources, and Ansible's programs as processes of their own."""

    def __init__(self, folder: pathlib.Path, simulator: t.Optional[Simulator]) -> None:
        self.folder = folder
        self.environment = dict(os.environ, **(simulator.environment() if simulator else {}), ANSIBLE_LOCALHOST_WARNING="false")

    def source(self, name: str, content: t.Mapping[str, t.Any]) -> str:
        (self.folder / name).write_text(yaml.safe_dump(dict(content), allow_unicode=True), encoding="utf-8")
        return name

    def run(self, *command: str, **environment: str) -> Output:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        print(done.stdout, done.stderr)
        assert "Traceback" not in done.stdout + done.stderr
        return Output(done.returncode, done.stdout, done.stderr)

    def list(self, *sources: str, **environment: str) -> Output:
        return self.run("ansible-inventory", "--list", *(word for source in sources for word in ("-i", source)), **environment)


def test_hosts_have_variables_and_groups(tmp_path: pathlib.Path) -> None:
    with Simulator("day-two") as simulator:
        controller = Controller(tmp_path, simulator)
        source = controller.source("ksc.yml", LOOK_FOR_ALL)
        found = controller.list(source)
        counters = simulator.journal.counters()["ksc"]
        methods = [entry.method for entry in simulator.journal.entries(server="ksc")]
        graph = controller.run("ansible-inventory", "--graph", "-i", source)
    hosts, groups = found.hosts, found.listed
    assert len(hosts) == 20
    web = hosts["a-web-01"]
    assert (web["ansible_host"], web["ksv_ip"], web["ksv_virtual_server"], web["ksv_group"]) == (*["10.20.0.11"] * 2, "Tenant A", "Web")
    assert {"name": "KSVLA", "version": "5.2.0.0"} in web["ksc_products"]
    assert (web["ksc_protection"], web["ksc_agent_connected"], web["ksc_os_family"]) == ("protected", True, "windows")
    assert hosts["a-no-svm"]["ksc_protection"] == "unprotected"
    assert "not connected to an SVM" in hosts["a-no-svm"]["ksc_protection_reasons"][0]
    # What the primary server has belongs to no tenant.
    assert not {"ksv_virtual_server", "ksv_group"} & set(hosts["svm-esx1-52"])
    assert hosts["svm-esx1-52"]["ksc_virtual_server"] is None
    assert set(groups["ksc_virtual_server_Tenant_C"]["hosts"]) == {"c-web-01"}
    assert set(groups["ksc_managed"]["children"]) == {"ksc_group_SVM", "ksc_group_Web", "ksc_group_Databases"}
    assert "a-asleep" in groups["ksc_protection_unprotected"]["hosts"]
    assert set(groups["ksc_primary"]["hosts"]) == {"svm-esx1-52", "svm-esx1-61", "svm-esx2-62"}
    assert "@ksc_os_family_linux" in graph.output
    # One session for each server, and nothing is asked for a single host.
    assert counters["logins"] == 4
    assert methods.count("Session.EndSession") == 4
    assert not {"HostGroup.GetHostProducts", "HostGroup.GetHostInfo"} & set(methods)
    assert "WARNING" not in found.errors


@pytest.mark.long
def test_the_unassigned_hosts_of_a_tenant_are_onboarded_and_offboarded(tmp_path: pathlib.Path) -> None:
    hosts = [
        {"name": "acme-web-01", "ip": "10.1.0.11"},
        {"name": "acme-db-01", "ip": "10.1.0.21", "platform": "linux"},
        {"name": "acme-svm", "ip": "10.1.0.30", "platform": "linux", "group": "SVM"},
        {"name": "other-01", "ip": "10.1.0.41"},
        {"name": "acme-of-beta", "ip": "10.1.0.51", "server": "Beta"},
        {"name": "acme-old", "ip": "10.1.0.61", "server": "Acme", "group": "Web/Frontend", **INSTALLED},
    ]
    with Simulator(world(hosts, "Acme", "Beta"), speed=200) as simulator:
        controller = Controller(tmp_path, simulator)
        product = "{'windows': {'name': 'KSVLA', 'version': '5.2.0.0'}, 'linux': {'name': 'kesl', 'version': '12.1.0.0'}}[ksc_os_family]"
        compose = {"ksv_product": product}
        acme = {
            "plugin": "ksv.light_agent.ksc",
            "primary": True,
            "virtual_servers": ["Acme"],
            "name": "acme-*",
            "assigned": False,
            "compose": {"ksv_virtual_server": "ksv_virtual_server | default('Acme')", **compose},
        }
        new = controller.source("acme.ksc.yml", acme)
        all_of_it = controller.source("tenant.ksc.yml", {"plugin": "ksv.light_agent.ksc", "virtual_servers": ["Acme"], "compose": compose})
        account = ("-e", "ksv_os_username=u", "-e", "ksv_os_password=p", "-e", "tenant_onboarding_poll_interval=0.1")

        def onboard(*words: str) -> tuple[Output, list[str]]:
            simulator.journal.clear()
            done = controller.run("ansible-playbook", "ksv.light_agent.onboard_tenant", "-i", new, *account, *words)
            assert done.returncode == 0
            return done, [entry.method for entry in simulator.journal.entries(server="ksc") if entry.method in WRITES]

        def places() -> dict[str, t.Any]:
            state = simulator.world["ksc"].state
            return {name: state.host(name) for name in (host["name"] for host in hosts)}

        # A run that ends half-way: the hosts are moved, and nothing is installed.
        onboard("--tags", "tenant_onboarding_move")
        assert {name: host.server.name for name, host in places().items()} == {
            "acme-web-01": "Acme",
            "acme-db-01": "Acme",
            "acme-svm": "",
            "other-01": "",
            "acme-of-beta": "Beta",
            "acme-old": "Acme",
        }
        # The same source still finds them, and the second run does what is left.
        second, _written = onboard()
        assert "KSVLA 5.2.0.0: installed" in second.output
        assert "kesl 12.1.0.0: installed" in second.output
        assert {name for name, host in places().items() if {"KSVLA", "kesl"} & set(host.products)} == {
            "acme-web-01",
            "acme-db-01",
            "acme-old",
        }
        # Now nothing is unassigned any more.
        third, written = onboard()
        assert "no hosts matched" in third.output + third.errors
        assert written == []

        leaving = controller.run(
            "ansible-playbook",
            "ksv.light_agent.offboard_tenant",
            "-i",
            all_of_it,
            "-e",
            "tenant_offboarding_poll_interval=0.1",
            *account[:4],
        )
        assert leaving.returncode == 0
        left = places()
        assert not any({"KSVLA", "kesl"} & set(left[name].products) for name in ("acme-web-01", "acme-db-01", "acme-old"))


def test_hostile_names_are_names_and_nothing_else(tmp_path: pathlib.Path) -> None:
    trap = tmp_path / "trap"
    pipe = "{{ lookup('ansible.builtin.pipe', 'touch %s') }}" % trap
    names = [pipe, 'vm "quoted"', "star*01", "web[1:3]", "~web", "localhost", "all", "Сервер 01", "a,b:c", "same@name", "same name"]
    hosts = [{"name": name, "ip": "10.2.0.%d" % number, "os_name": pipe} for number, name in enumerate(names, 1)]
    hosts += [{"name": "dc01", "ip": "10.3.0.%d" % number, "server": server} for number, server in enumerate(("A-1", "A 1"), 1)]
    hosts += [{"name": "only", "ip": "10.4.0.1", "server": pipe, "group": pipe.replace("/", "|")}]
    servers = [{"name": "A-1"}, {"name": "A 1"}, {"name": pipe, "groups": [pipe.replace("/", "|")]}]
    with Simulator(world(hosts, *servers)) as simulator:
        controller = Controller(tmp_path, simulator)
        everything = {**LOOK_FOR_ALL, "compose": {"mine": "ksc_name"}, "keyed_groups": [{"key": "ksc_os_name", "prefix": "os"}]}
        source = controller.source("ksc.yml", everything)
        found = controller.list(source)
        show = {"msg": "{{ [inventory_hostname, ksc_name, ksc_os_name, ksc_virtual_server, ksc_group, mine, group_names] }}"}
        play = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": show}]}]
        (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
        run = controller.run("ansible-playbook", "play.yml", "-i", source)
        one = controller.run("ansible-inventory", "-i", source, "--list", "--limit", "star_01,Сервер_01,dc01@A-1")
    assert run.returncode == 0
    assert not trap.exists()
    by_ip = {variables["ansible_host"]: name for name, variables in found.hosts.items()}
    assert len(by_ip) == len(hosts)
    assert [by_ip["10.2.0.%d" % number] for number in (2, 3, 4, 5, 8, 9)] == [
        "vm__quoted_",
        "star_01",
        "web_1_3_",
        "_web",
        "Сервер_01",
        "a_b_c",
    ]
    # localhost would be the controller, and all is every host.
    assert (by_ip["10.2.0.6"], by_ip["10.2.0.7"]) == ("localhost@primary", "all@primary")
    # Names that have become one are not one.
    assert {by_ip["10.2.0.10"], by_ip["10.2.0.11"]}.isdisjoint({"same_name"})
    assert (by_ip["10.3.0.1"], len({by_ip["10.3.0.1"], by_ip["10.3.0.2"]})) == ("dc01@A-1", 2)
    tenants = [name for name in found.listed if name.startswith("ksc_virtual_server_A_1")]
    assert len(tenants) == 2
    assert all(len(found.listed[name]["hosts"]) == 1 for name in tenants)
    assert set(one.hosts) == {"star_01", "Сервер_01", "dc01@A-1"}
    assert "listed under longer names" in found.said


def test_as_awx_runs_a_source(tmp_path: pathlib.Path) -> None:
    awx = {"ANSIBLE_INVENTORY_UNPARSED_FAILED": "True", "ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS": "never", "ANSIBLE_INVENTORY_CACHE": "0"}
    # An injector gives what was left empty, too.
    awx.update(KSC_DOMAIN="", KSC_VALIDATE_CERTS="")
    with Simulator("day-two") as simulator:
        controller = Controller(tmp_path, simulator)
        source = controller.source("tenants.ksc.yml", {**LOOK_FOR_ALL, "on_failure": "fail"})
        command = ("ansible-inventory", "--list", "--export", "-i", source)
        done = controller.run(*command, **awx)
        assert len(done.hosts) == 20
        assert all(isinstance(variables["ansible_host"], str) for variables in done.hosts.values())
        assert "Rehearsal-1" not in done.output + done.errors
        simulator.journal.clear()
        refused = controller.run(*command, **awx, KSC_PASSWORD="No-Such-Password-9")
        assert refused.returncode != 0
        assert 'does not accept the account "svc-ansible"' in refused.said
        assert "No-Such-Password-9" not in refused.output + refused.errors
        assert len(simulator.journal.entries(method="Session.StartSession")) == 1
        untrusted = controller.run(*command, **awx, KSC_CA_PATH="")
        assert untrusted.returncode != 0
        assert "is not trusted" in untrusted.said


def test_a_virtual_server_that_refuses_is_named(tmp_path: pathlib.Path) -> None:
    hosts = [{"name": "a", "ip": "10.5.0.1", "server": "Acme"}, {"name": "b", "ip": "10.5.0.2", "server": "Beta"}]
    suspended = {"name": "Suspended", "enabled": False}
    with Simulator(world(hosts, "Acme", "Beta", suspended)) as simulator:
        controller = Controller(tmp_path, simulator)
        ours = {"name": "Acme", "username": "acme", "password": "{{ lookup('ansible.builtin.env', 'ACME_PASSWORD') }}"}
        both = {"plugin": "ksv.light_agent.ksc", "virtual_servers": [ours, "Beta"], "products": False}
        source = controller.source("ksc.yml", both)
        cached = {"ANSIBLE_INVENTORY_CACHE": "1", "ANSIBLE_INVENTORY_CACHE_PLUGIN": "jsonfile"}
        cached["ANSIBLE_INVENTORY_CACHE_CONNECTION"] = str(tmp_path / "cache")
        partly = controller.list(source, ACME_PASSWORD="No-Such-Password-9", **cached)
        assert set(partly.hosts) == {"b"}
        assert 'The inventory is incomplete: virtual server "Acme"' in partly.said
        assert "No-Such-Password-9" not in partly.errors
        # What was incomplete is not kept.
        assert set(controller.list(source, ACME_PASSWORD="Rehearsal-A2", **cached).hosts) == {"a", "b"}
        strict = controller.source("strict.ksc.yml", {**both, "virtual_servers": ["Beta", "Gamma"], "on_failure": "fail"})
        failed = controller.list(strict, ANSIBLE_INVENTORY_UNPARSED_FAILED="1")
        assert failed.returncode != 0
        assert 'has no virtual Administration Server "Gamma"' in failed.said
        # What a move has left on the primary server is no second host.
        with simulator.lock:
            state = simulator.world["ksc"].state
            moved = state.host("a")
            state.primary.add_host(dataclasses.replace(moved, server=state.primary, group=state.primary.unassigned))
        whole = controller.list(controller.source("whole.ksc.yml", {**LOOK_FOR_ALL, "products": False}))
        assert {name: found["ksc_virtual_server"] for name, found in whole.hosts.items()} == {"a": "Acme", "b": "Beta"}
        # A virtual server that is disabled is not one of all, and is missed if it is named.
        enabled = controller.list(controller.source("all.ksc.yml", {**both, "virtual_servers": "all", "on_failure": "fail"}))
        assert set(enabled.hosts) == {"a", "b"}
        assert "WARNING" not in enabled.errors
        named = controller.list(controller.source("named.ksc.yml", {**both, "virtual_servers": ["Beta", "Suspended"]}))
        assert set(named.hosts) == {"b"}
        assert "Suspended" in named.said
        # An account of a virtual server, from Ansible Vault: the primary server hears of none.
        simulator.journal.clear()
        (tmp_path / "vault").write_text("secret", encoding="utf-8")
        vault = {"ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "vault")}
        password = controller.run("ansible-vault", "encrypt_string", "Rehearsal-A2", **vault).output
        own = {**both, "virtual_servers": [{"name": "Acme", "username": "acme", "password": "HERE"}]}
        controller.source("own.ksc.yml", own)
        text = (tmp_path / "own.ksc.yml").read_text(encoding="utf-8")
        (tmp_path / "own.ksc.yml").write_text(text.replace("HERE", password.replace("\n", "\n    ")), encoding="utf-8")
        assert set(controller.list("own.ksc.yml", KSC_USERNAME="nobody", KSC_PASSWORD="unused", **vault).hosts) == {"a"}
        assert {entry.scope for entry in simulator.journal.entries(method="Session.StartSession")} == {"Acme"}


def test_hosts_are_selected_by_the_server(tmp_path: pathlib.Path) -> None:
    names = ["web[1]", "web-1", 'db "1"', "db-2"]
    hosts = [{"name": name, "ip": "10.6.0.%d" % number} for number, name in enumerate(names, 1)]
    hosts += [
        {"name": "front-1", "ip": "10.6.1.1", "server": "Acme", "group": "Web/Frontend"},
        {"name": "data-1", "ip": "10.6.1.2", "server": "Acme", "group": "Databases"},
        {"name": "data-2", "ip": "10.6.1.3", "server": "Acme"},
    ]
    with Simulator(world(hosts, "Acme", "Beta")) as simulator:
        controller = Controller(tmp_path, simulator)

        def selected(**options: t.Any) -> Output:
            return controller.list(controller.source("ksc.yml", {**LOOK_FOR_ALL, "products": False, "protection": False, **options}))

        def addresses(**options: t.Any) -> set[str]:
            return {variables["ansible_host"] for variables in selected(**options).hosts.values()}

        assert addresses(name=["web[1]", 'db "*']) == {"10.6.0.1", "10.6.0.3"}
        assert addresses(name="web?1") == {"10.6.0.2"}
        grouped = selected(administration_groups=["web", "Nowhere"])
        assert set(grouped.hosts) == {"front-1"}
        assert 'no administration group "Nowhere"' in grouped.said
        assert addresses(virtual_servers=["Acme"], assigned=False, administration_groups=["/"]) == set()
        assert addresses(primary=False, assigned=False) == {"10.6.1.3"}
        assert addresses(assigned=True) == {"10.6.1.1", "10.6.1.2"}
        unknown = selected(nmae="web-*")
        assert 'There is no option "nmae" of ksv.light_agent.ksc.' in unknown.said
        assert not unknown.hosts


def test_the_cache(tmp_path: pathlib.Path) -> None:
    with Simulator(world([{"name": "web-1", "ip": "10.7.0.1"}], "Acme")) as simulator:
        controller = Controller(tmp_path, simulator)
        folder = tmp_path / "cache"
        options = {**LOOK_FOR_ALL, "cache": True, "cache_plugin": "jsonfile", "cache_connection": str(folder), "cache_timeout": 3600}
        source = controller.source("ksc.yml", options)

        def asked() -> bool:
            simulator.journal.clear()
            assert set(controller.list(source).hosts) == {"web-1"}
            return bool(simulator.journal.entries(server="ksc"))

        assert asked()
        assert not asked()
        (kept,) = folder.iterdir()
        assert "Rehearsal-1" not in kept.read_text()
        simulator.journal.clear()
        (tmp_path / "play.yml").write_text("[{hosts: all, gather_facts: false}]", encoding="utf-8")
        assert "web-1" in controller.run("ansible-playbook", "play.yml", "-i", source, "--flush-cache", "--list-hosts").output
        assert simulator.journal.entries(server="ksc")
        a_day_ago = time.time() - 86400
        os.utime(kept, (a_day_ago, a_day_ago))
        assert asked()
        kept.write_text("{", encoding="utf-8")
        assert asked()
        # Other options are other hosts.
        controller.source("ksc.yml", {**options, "name": "web-*"})
        assert asked()
        controller.source("ksc.yml", {**options, "name": "web-*", "compose": {"more": "1"}})
        assert not asked()


def test_two_sources_of_two_servers(tmp_path: pathlib.Path) -> None:
    same = world([{"name": "dc01", "ip": "10.8.0.1"}, {"name": "one", "ip": "10.8.0.2"}], "Acme")
    with Simulator(same) as first, Simulator(same) as second:
        controller = Controller(tmp_path, first)
        other = {"server": second.ksc.address, "port": second.ksc.port, "ca_path": second.ca_file, "groups": {"second": "true"}}
        controller.source("1.ksc.yml", LOOK_FOR_ALL)
        controller.source("2.ksc.yml", {**LOOK_FOR_ALL, **other})
        notes = {"all": {"hosts": {"dc01": {"note": "mine"}}, "children": {"second": {"vars": {"of_second": True}}}}}
        controller.source("3.yml", notes)
        found = controller.list("1.ksc.yml", "2.ksc.yml", "3.yml")
        again = controller.list("1.ksc.yml", "1.ksc.yml")
    # The second server's machines are others, whatever they are called; a static source may say more of a host.
    assert set(found.hosts) == {"dc01", "dc01@primary", "one", "one@primary"}
    assert (found.hosts["dc01"]["note"], found.hosts["dc01"]["ksc_server"]) == ("mine", "%s:%d" % (first.ksc.address, first.ksc.port))
    assert set(found.listed["second"]["hosts"]) == {"dc01@primary", "one@primary"}
    # The same source twice is the same machines.
    assert set(again.hosts) == {"dc01", "one"}


def test_machines_of_an_integration_server(tmp_path: pathlib.Path) -> None:
    large = yaml.safe_load((pathlib.Path(__file__).parents[1] / "simulator/worlds/viis-large.yml").read_text(encoding="utf-8"))
    platform = large["viis"]["platforms"][0]
    platform.pop("generate")
    svm = {
        "id": "vm-9",
        "name": "svm-1",
        "version": "6.4.0.100",
        "klconfig_password": "K-1",
        "root_password": "R-1",
        "networks": ["network-11"],
    }
    svm.update(ip_address="192.0.2.19", addressing="static", ksc={"address": "k", "port": 14000, "sslPort": 13000, "language": "en"})
    platform["hypervisors"] = [
        {"id": "h-1", "name": "esx1.example.test", "vms": [{"id": "vm-1", "name": "web-1", "networks": ["network-11"]}], "svms": [svm]},
        {"id": "h-2", "name": "esx2.example.test", "vms": [{"id": "vm-2", "name": "web-1"}, {"id": "vm-3", "name": "{{ 7 * 6 }}"}]},
    ]
    with Simulator({"viis": large["viis"]}, settings={"viis": {"undocumented": True}}) as simulator:
        controller = Controller(tmp_path, simulator)
        all_of_it = controller.source("viis.yml", {"plugin": "ksv.light_agent.viis", "details": True, "strict": True})
        found = controller.list(all_of_it)
        sent = [entry.method for entry in simulator.journal.entries(server="viis")]
        some = {"plugin": "ksv.light_agent.viis", "infrastructures": ["large", "gone"], "types": ["SVM"]}
        svms = controller.list(controller.source("svms.viis.yml", some))
        wrong = controller.list(all_of_it, VIIS_PASSWORD="No-Such-Password-9", ANSIBLE_INVENTORY_UNPARSED_FAILED="1")
        unset = controller.list(all_of_it, VIIS_PASSWORD="", ANSIBLE_INVENTORY_UNPARSED_FAILED="1")
    assert set(found.hosts) == {"svm-1", "web-1_vm-1", "web-1_vm-2", "___7___6___"}
    one = found.hosts["svm-1"]
    assert (one["viis_is_svm"], one["viis_svm_version"], one["viis_location"]) == (True, "6.4.0.100", "esx1.example.test")
    assert (one["ksv_svm_name"], one["ksv_location"]) == ("svm-1", "esx1.example.test")
    assert one["ksv_infrastructure"] == {"type": "VMWARE", "address": "vcenter.example.test"}
    assert found.listed["viis_svms"]["hosts"] == ["svm-1"]
    assert set(found.listed["viis_infrastructure_vcenter_example_test"]["children"]) == {
        "viis_location_vcenter_example_test__esx1_example_test",
        "viis_location_vcenter_example_test__esx2_example_test",
    }
    assert sent.count("list_objects") == 3
    assert set(svms.hosts) == {"svm-1"}
    assert "has no infrastructure gone" in svms.said
    assert wrong.returncode != 0
    assert 'does not accept the account "admin"' in wrong.said
    assert unset.returncode != 0
    assert "password is not set. Give it in the file, or in the environment variable VIIS_PASSWORD" in unset.said


@pytest.mark.parametrize("server", ["127.0.0.1", "https://ksc.example.com"])
def test_a_server_that_is_not_there_is_one_sentence(tmp_path: pathlib.Path, server: str) -> None:
    controller = Controller(tmp_path, None)
    options = {"plugin": "ksv.light_agent.ksc", "server": server, "port": 1, "username": "u", "password": "No-Such-Password-9"}
    done = controller.list(controller.source("ksc.yml", options), ANSIBLE_INVENTORY_UNPARSED_FAILED="1")
    assert done.returncode != 0
    assert ("Cannot reach Administration Server 127.0.0.1:1" in done.said) or ("is not a host name or address" in done.said)
    assert "No-Such-Password-9" not in done.output + done.errors


def test_the_sources_of_the_guide(tmp_path: pathlib.Path) -> None:
    guide = (pathlib.Path(__file__).parents[2] / "docs/inventory.md").read_text(encoding="utf-8")
    sources = re.findall(r"^```yaml\n# (\S+\.(ksc|viis)\.yml)\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    hosts = [{"name": "acme-%d" % number, "ip": "10.9.0.%d" % number, **place} for number, place in enumerate(({}, {"server": "Acme"}), 1)]
    with Simulator(world(hosts, "Acme"), settings={"viis": {"undocumented": True}}) as simulator:
        controller = Controller(tmp_path, simulator)
        for name, _plugin, text in sources:
            (tmp_path / name).write_text(text, encoding="utf-8")
        names = [name for name, plugin, _text in sources if plugin == "ksc"]
        found = controller.list(*names, ACME_PASSWORD="Rehearsal-A2", HOME=str(tmp_path))
        svms = controller.list("svms.viis.yml", ANSIBLE_INVENTORY_UNPARSED_FAILED="1")
    assert len(names) >= 6
    assert "WARNING" not in found.errors
    assert {"acme-1", "acme-2", "acme-2@Acme"} >= set(found.hosts) >= {"acme-1", "acme-2"}
    assert found.hosts["acme-1"]["ksv_virtual_server"] in ("Acme", {"__ansible_unsafe": "Acme"})
    # The infrastructure is one of the reader's own.
    assert "has no infrastructure 8a1ff92f-6a37-4cf8-a7b2-4a2f6f0f0f51" in svms.said
