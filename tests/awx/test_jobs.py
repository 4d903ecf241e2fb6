# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each job template, launched as AWX does it, against simulated servers."""

from __future__ import annotations

import copy
import json
import pathlib
import subprocess
import time

import pytest

from playbooks import test_replace_svms as svms
from simulator.runner import Simulator

from .conftest import PROJECT
from .jobs import Node

KSC = "Kaspersky Security Center"
TENANT = "Kaspersky Security Center virtual server"
VIIS = "Integration Server"
INSTALLATION = "Light Agent installation accounts"
SVM = "SVM accounts"
ADMINISTRATOR = {"name": "a-admin", "password": "Tenant-Secret-1"}
ACCOUNTS = {
    INSTALLATION: {
        "windows_username": "Administrator",
        "windows_password": "Local-Admin-1",
        "linux_username": "root",
        "linux_password": "Local-Root-1",
    },
    SVM: {
        "infrastructure_username": "administrator@vsphere.local",
        "infrastructure_password": "Vcenter-1",
        "root_password": "Root-Secret-1",
        "klconfig_password": "Klconfig-Secret-1",
    },
}
SECRETS = (
    "Rehearsal-1",
    "Viis-Primary-1",
    "Tenant-Secret-1",
    "Local-Admin-1",
    "Local-Root-1",
    "Vcenter-1",
    "Root-Secret-1",
    "Klconfig-Secret",
)
ROLES = (
    "tenant",
    "tenant_onboarding",
    "tenant_offboarding",
    "svm_deployment",
    "svm_removal",
    "svm_status",
    "svm_replacement",
    "ha_cluster",
)
FAST = {role + "_poll_interval": 0.1 for role in ROLES}
TENANTS = {
    "ksc": {
        "addresses": ["127.0.0.1"],
        "accounts": [{"username": "svc-ansible", "password": "Rehearsal-1", "internal": True, "about": "all servers"}],
        "os_accounts": {"windows": {"Administrator": "Local-Admin-1"}, "linux": {"root": "Local-Root-1"}},
        "packages": [
            {"product": "1103", "version": "1.0.0.0"},
            {"product": "KSVLA", "version": "5.2.0.0", "platform": "windows"},
            {"product": "kesl", "version": "12.1.0.0", "platform": "linux"},
            {"product": "kesl", "version": "12.4.0.0", "platform": "linux"},
        ],
        "hosts": [
            {"name": "web-01", "ip": "192.0.2.11", "platform": "windows"},
            {"name": "db-01", "ip": "192.0.2.21", "platform": "linux"},
            {"name": "b-web-01", "ip": "192.0.2.111", "platform": "windows"},
        ],
    }
}


@pytest.fixture(scope="session")
def inventory():
    """The inventory of the project, as AWX imports it, with the simulator's clock in mind."""
    command = ["ansible-inventory", "-i", str(PROJECT / "inventory" / "hosts.yml"), "--list", "--export"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    found["all"]["vars"].update(FAST)
    return found


@pytest.fixture
def node(data, tmp_path):
    return Node(data, PROJECT, tmp_path)


def credentials(simulator, *kinds):
    """The inputs of credentials, as somebody types them in; the certificates too, so that nothing comes from a file of the machine."""
    ca = pathlib.Path(simulator.ca_file).read_text()
    servers = {
        KSC: {"server": "127.0.0.1", "port": str(simulator.ksc.port), "username": "svc-ansible", "password": "Rehearsal-1"},
        VIIS: {"server": "127.0.0.1", "port": str(simulator.viis.port), "username": "", "password": simulator.viis.password, "ca": ca},
    }
    servers[KSC].update(internal_user=True, domain="", ca=ca)
    return {kind: {**servers, **ACCOUNTS}[kind] for kind in kinds}


def calls(simulator, *methods):
    return [entry for method in methods for entry in simulator.journal.entries(method=method) if not entry.error]


def servers(simulator):
    """Where each host is, and what it runs."""
    simulator.world["ksc"]._live()
    state = simulator.world["ksc"].state
    return {
        host.name: (server.title, *("%s %s" % (name, product.version) for name, product in host.machine.products.items() if name != "1103"))
        for server in (state.primary, *state.virtual())
        for host in server.hosts.values()
        if not host.machine.svm_of
    }


def kept_clean(*jobs):
    for job in jobs:
        assert not [secret for secret in SECRETS if secret in job.kept()]


@pytest.mark.long
def test_the_tenants_of_one_awx(node, inventory, data):
    inventory = copy.deepcopy(inventory)
    inventory["tenant_a"]["vars"]["ksv_administrator"] = ADMINISTRATOR
    inventory["tenant_b"]["vars"]["ksv_administrator"] = {**ADMINISTRATOR, "name": "b-admin"}
    with Simulator(TENANTS, speed=200) as simulator:
        ksc = credentials(simulator, KSC)
        both = credentials(simulator, KSC, INSTALLATION)
        # Before the tenants exist, the status reports that, and fails only if something is required.
        early = node.run("tenant_status", inventory, ksc)
        assert early.status == "successful" and "has no virtual Administration Server" in " ".join(early.stdout.split())
        created = node.run("create_tenant", inventory, ksc, {"tenant_wait_timeout": 60})
        assert (created.status, created.hosts - {"localhost"}) == ("successful", {"web-01", "db-01", "b-web-01"})

        # Two slices at the same time. The account of Tenant A, which Tenant B would refuse, is that of Tenant A's hosts only.
        account = {"virtual_server": "Tenant A", "username": "a-admin", "password": "Tenant-Secret-1", "domain": ""}
        slices = [node.launch("onboard_tenant", inventory, {**both, TENANT: account}, slice=(number, 2)) for number in (1, 2)]
        assert [job.wait().status for job in slices] == ["successful"] * 2
        assert slices[0].hosts.isdisjoint(slices[1].hosts - {"localhost"})
        assert servers(simulator) == {
            "web-01": ("Tenant A", "KSVLA 5.2.0.0"),
            "db-01": ("Tenant A", "kesl 12.1.0.0"),
            "b-web-01": ("Tenant B", "KSVLA 5.2.0.0"),
        }

        again = node.run("onboard_tenant", inventory, both)
        assert (again.status, again.changed) == ("successful", set())

        wrong = {**ksc, TENANT: {**account, "password": "Wrong-Secret-1"}}
        refused = node.run("tenant_status", inventory, wrong)
        assert (refused.status, refused.failed) == ("failed", {"web-01", "db-01"}) and "Wrong-Secret-1" not in refused.kept()

        status = node.run("tenant_status", inventory, ksc, {"tenant_status_required": "installed", "tenant_status_undeclared": "false"})
        assert status.status == "successful" and "the application is installed on 3" in status.stdout

        stale = node.run("clean_stale_records", inventory, ksc, {"tenant_cleanup_max_removals": 1}, check=True)
        assert stale.status == "successful"

        inventory["linux"]["vars"]["ksv_product"] = {"name": "kesl", "version": "12.4.0.0"}
        upgraded = node.run("upgrade_agents", inventory, both, {"upgrade_agents_restart": "force"}, limit="tenant_a")
        assert (upgraded.status, upgraded.changed) == ("successful", {"db-01"})
        assert servers(simulator)["db-01"] == ("Tenant A", "kesl 12.4.0.0")

        # A group that does not exist, and one outside the limit, are failed jobs that do nothing.
        misspelled = node.run("offboard_tenant", inventory, both, {"ksv_hosts": "tenants_a"})
        assert misspelled.status == "failed" and "give names of groups or hosts" in " ".join(misspelled.stdout.split())
        outside = node.run("offboard_tenant", inventory, both, {"ksv_hosts": "tenant_a"}, limit="tenant_b")
        assert outside.status == "failed" and not misspelled.hosts | outside.hosts
        # "false" is a text that means false: the virtual server stays.
        left = node.run("offboard_tenant", inventory, both, {"ksv_hosts": "tenant_a", "tenant_offboarding_remove_virtual_server": "false"})
        assert (left.status, left.hosts - {"localhost"}) == ("successful", {"web-01", "db-01"})
        assert servers(simulator) == {"web-01": ("Tenant A",), "db-01": ("Tenant A",), "b-web-01": ("Tenant B", "KSVLA 5.2.0.0")}
        kept_clean(created, *slices, again, refused, status, stale, upgraded, left)


@pytest.mark.long
def test_the_infrastructure_of_one_awx(node, inventory):
    inventory = copy.deepcopy(inventory)
    infrastructure = inventory["vcenter"]["vars"]["ksv_infrastructure"]
    infrastructure.update(address="vcenter.example.test", trust_on_first_use=True, thumbprints=[])
    like = svms.ONE["children"]["svms"]["vars"]
    inventory["svms"]["vars"].update({name: like[name] for name in ("ksv_image", "ksv_ksc")})
    hosts = inventory["_meta"]["hostvars"]
    hosts["svm-esx1"].update(ksv_location="esx1.example.test")
    with Simulator(svms.world(), speed=200) as simulator:
        viis = credentials(simulator, VIIS, SVM)
        deployed = node.run("deploy_svms", inventory, viis, {"svm_deployment_threads": 2})
        assert (deployed.status, deployed.changed) == ("successful", {"svm-esx1"})
        assert svms.svms(simulator) == ["svm-esx1", "svm-old", "svm-old-2"]

        for host, end in (("viis-1", simulator.viis), ("viis-2", simulator.viis_reserve)):
            hosts[host].update(ansible_host=end.address, ksv_viis_port=end.port, ksv_viis_password=end.password)
            hosts[host].pop("ksv_viis_thumbprint", None)
            hosts[host]["ksv_trust_on_first_use"] = True
        cluster = node.run("build_ha_cluster", inventory, credentials(simulator, VIIS), {"ha_cluster_state": "present"})
        assert cluster.status == "successful" and len(calls(simulator, "register_instance")) == 1

        # The new generation: the SVM of the inventory beside an old one, and the hosts of the tenants with a new version.
        hosts["svm-esx1"]["ksv_replaces"] = "svm-old"
        for name, ip in svms.AGENTS.items():
            hosts[name] = {"ansible_host": ip, "ksv_group": "Web", "ksv_virtual_server": "Tenant %s" % name[0].upper()}
        inventory["tenants"] = {"hosts": list(svms.AGENTS), "vars": {"ksv_product": svms.NEW, "upgrade_agents_waves": ["100%"]}}
        inventory["linux"]["vars"]["ksv_product"] = svms.NEW
        inventory["all"]["vars"].update(svm_replacement_record_timeout=2, replace_svms_connection_timeout=30)
        every = credentials(simulator, KSC, VIIS, INSTALLATION, SVM)
        replaced = node.run("replace_svms", inventory, every, {"replace_svms_serial": 1, "upgrade_agents_max_fail_percentage": 0})
        assert replaced.status == "successful"
        assert svms.svms(simulator) == ["svm-esx1", "svm-old-2"]
        assert set(svms.agents(simulator).values()) == {svms.NEW["version"]}
        # What was typed in, not all of the inventory.
        removed = node.run("remove_svms", inventory, viis, {"ksv_hosts": "svm-esx1", "svm_removal_disconnect": "false"})
        assert (removed.status, removed.hosts - {"localhost"}) == ("successful", {"svm-esx1"})
        assert svms.svms(simulator) == ["svm-old-2"] and not calls(simulator, "remove_infrastructure")

        kept_clean(deployed, cluster, replaced, removed)


def test_a_job_that_is_cancelled_is_launched_again(node, inventory):
    world = copy.deepcopy(TENANTS)
    world["ksc"]["virtual_servers"] = [{"name": "Tenant A", "groups": ["Web/Frontend"]}, {"name": "Tenant B"}]
    with Simulator(world, speed=30) as simulator:
        both = credentials(simulator, KSC, INSTALLATION)
        job = node.launch("onboard_tenant", inventory, both)
        deadline = time.monotonic() + 60
        while not calls(simulator, "Tasks.RunTask") and time.monotonic() < deadline:
            time.sleep(0.05)
        job.cancelled.set()
        assert job.wait().status == "canceled"
        assert any(len(where) == 1 for where in servers(simulator).values())
        again = node.run("onboard_tenant", inventory, both)
        assert again.status == "successful"
        assert all(len(where) == 2 and where[0].startswith("Tenant ") for where in servers(simulator).values())
        # Nothing was begun twice.
        begun = [entry.body["pData"]["TASK_NAME"] for entry in calls(simulator, "Tasks.AddTask")]
        assert begun.count("KLNAG_TASK_RECONNECTION") <= 2
        third = node.run("onboard_tenant", inventory, both)
        assert (third.status, third.changed) == ("successful", set())
        kept_clean(job, again, third)


@pytest.mark.long
def test_a_credential_that_is_not_filled_in_or_refused_is_told_of_each_host(node, inventory):
    with Simulator(TENANTS, speed=200) as simulator:
        wrong = credentials(simulator, KSC)
        wrong[KSC]["password"] = "Wrong-Secret-1"
        refused = node.run("tenant_status", inventory, wrong)
        assert refused.status == "failed" and refused.failed == {"web-01", "db-01", "b-web-01"}
        assert "does not accept the account" in " ".join(refused.stdout.split())
        assert len(simulator.journal.entries(method="Session.StartSession")) == 1
        assert "Wrong-Secret-1" not in refused.kept()
        # Without the certificate it is not trusted: there is nothing that turns this off by being left blank.
        blank = credentials(simulator, KSC)
        blank[KSC]["ca"] = ""
        untrusted = node.run("tenant_status", inventory, blank)
        assert untrusted.status == "failed" and "is not trusted" in " ".join(untrusted.stdout.split())


@pytest.mark.long
def test_an_inventory_source_of_kaspersky_security_center(node, data, tmp_path):
    # As AWX synchronizes it: the credential in the environment, no cache, and the result is the inventory of the next job.
    world = copy.deepcopy(TENANTS)
    world["ksc"]["virtual_servers"] = [{"name": "Acme"}, {"name": "Tenant B"}]
    world["ksc"]["hosts"] = [
        {"name": "acme-web", "ip": "192.0.2.41", "platform": "windows"},
        {"name": "acme-db", "ip": "192.0.2.42", "platform": "linux"},
        {"name": "other", "ip": "192.0.2.43", "platform": "linux"},
    ]
    (source,) = (source for source in data["controller_inventory_sources"] if source["credential"])
    with Simulator(world, speed=200) as simulator:
        both = credentials(simulator, KSC, INSTALLATION)
        imported = node.synchronize(source["source_path"], {KSC: both[KSC]})
        assert sorted(imported["_meta"]["hostvars"]) == ["acme-db", "acme-web"]
        assert not [secret for secret in SECRETS if secret in json.dumps(imported)]
        imported["all"].setdefault("vars", {}).update(FAST)
        job = node.run("onboard_tenant", imported, both)
        assert (job.status, job.changed) == ("successful", {"acme-db", "acme-web"})
        moved = {"acme-web": ("Acme", "KSVLA 5.2.0.0"), "acme-db": ("Acme", "kesl 12.1.0.0")}
        assert servers(simulator) == {**moved, "other": (simulator.world["ksc"].state.primary.title,)}
        # They are hosts of the virtual server now, and still hosts of the inventory.
        assert sorted(node.synchronize(source["source_path"], {KSC: both[KSC]})["_meta"]["hostvars"]) == ["acme-db", "acme-web"]
