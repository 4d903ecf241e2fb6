# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has an application, on all servers: also those that were not seen for days, and what could not be searched is said."""

from __future__ import annotations

import pytest

KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
OTHER_KESL = {"name": "kesl", "except_versions": ["12.1.0.0"]}
SERVERS = [None, "Tenant A", "Tenant B", "Tenant C"]


@pytest.fixture
def world():
    return "day-two"


def found(result):
    return sorted((host["virtual_server"], host["name"], host["version"]) for host in result.hosts)


def test_hosts_of_all_servers_that_have_a_version(ksc):
    result = ksc("product_info", products=[{**KSVLA, "label": "windows"}])
    assert {host["virtual_server"] for host in result.hosts} == {"Tenant A", "Tenant B", "Tenant C"}
    assert {(host["label"], host["product"], host["version"]) for host in result.hosts} == {("windows", "KSVLA", "5.2.0.0")}
    web = next(host for host in result.hosts if host["name"] == "a-web-01")
    assert (web["ip"], web["build"], web["agent_alive"]) == ("10.20.0.11", "5.2.27.1202", True)
    vdi = next(host for host in result.hosts if host["name"] == "a-vdi-01")
    assert vdi["agent_alive"] is False and vdi["last_agent_connection"] < web["last_agent_connection"]
    counts = {server["virtual_server"]: server["hosts"] for server in result.servers}
    assert list(counts) == SERVERS and counts["Tenant B"] == 2 and counts[None] == 0
    assert result.count("HostGroup.FindHosts") == len(SERVERS), "a version that is given needs no second search"


def test_any_version_but_the_new_one(ksc):
    result = ksc("product_info", products=[OTHER_KESL])
    assert found(result) == [("Tenant A", "a-svm-without-key", "12.2.0.0")]
    assert result.count("HostGroup.GetHostProducts") == 0
    # Where the others have nothing, nothing more is asked.
    assert result.count("HostGroup.FindHosts") == len(SERVERS) + 1 + 1


def test_the_version_is_asked_host_by_host_where_the_primary_server_does_not_tell(ksc):
    ksc.fault("no_such_call", "VServers2.GetVServerStatistic", count=None)
    assert found(ksc("product_info", products=[OTHER_KESL])) == [("Tenant A", "a-svm-without-key", "12.2.0.0")]
    ksc.fault("no_such_call", "HostGroup.GetHostProducts", count=None)
    assert found(ksc("product_info", products=[OTHER_KESL])) == [("Tenant A", "a-svm-without-key", None)]


def test_a_server_that_cannot_be_searched_for_products(ksc):
    everyone = found(ksc("product_info", products=[KSVLA]))
    ksc.settings(unsupported_attributes=["KLHST_WKS_PRODUCT_ID"])
    result = ksc("product_info", products=[KSVLA])
    assert found(result) == everyone and result.count("HostGroup.GetHostProducts")
    ksc.fault("no_such_call", "HostGroup.GetHostProducts", count=None)
    blind = ksc("product_info", products=[KSVLA], on_failure="report")
    assert found(blind) == [] and all(server["reason"] for server in blind.servers), "nothing is known, and that is said"
    assert ksc("product_info", fails=True, products=[KSVLA]).failure["kind"] == "no_such_call"


def test_some_servers_only(ksc):
    result = ksc("product_info", products=[KSVLA], virtual_server=["Tenant B"], primary=False)
    assert [server["virtual_server"] for server in result.servers] == ["Tenant B"] and ksc.logins(result) == 1
    lost = ksc("product_info", products=[KSVLA], virtual_server=["Tenant Z", "Tenant B"], on_failure="report")
    reasons = {server["virtual_server"]: server["reason"] for server in lost.servers}
    assert 'no virtual Administration Server "Tenant Z"' in reasons["Tenant Z"] and reasons["Tenant B"] == ""
    assert {host["virtual_server"] for host in lost.hosts} == {"Tenant B"}


def test_a_server_that_lets_nobody_in(ksc):
    ksc.server.state.server("Tenant B").enabled = False
    refused = ksc("product_info", fails=True, products=[KSVLA])
    assert 'Virtual server "Tenant B" cannot be searched' in refused.msg and "has disabled it" in refused.msg
    result = ksc("product_info", products=[KSVLA], on_failure="report")
    (closed,) = [server for server in result.servers if server["reason"]]
    assert (closed["virtual_server"], closed["hosts"], closed["error"]) == ("Tenant B", None, "refused")
    ksc.runner.defaults["username"] = "tenant-a"
    ksc.runner.defaults["password"] = "Rehearsal-A2"
    assert ksc("product_info", fails=True, products=[KSVLA], on_failure="report").failure


@pytest.mark.parametrize(
    "products",
    [[], [{"name": " "}], [{"name": "kesl", "version": "12.1.0.0", "except_versions": ["12.2.0.0"]}]],
)
def test_products_that_cannot_be_meant(ksc, products):
    assert "products" in ksc("product_info", fails=True, products=products).msg


# -- SVMs as hosts -----------------------------------------------------------------------------------------------------


def test_which_hosts_work_with_a_key(ksc):
    result = ksc("host_info", name=["svm-esx1-52", "svm-esx2-62"], license_keys=True, protection=False)
    first, second = (host["license_keys"] for host in result.hosts)
    assert [(key["active"], key["expired"]) for key in first] == [(True, False)] and first[0]["expires"]
    assert [(key["active"], key["expires"]) for key in second] == [(False, None)]
    ksc.simulator.clock.advance(201 * 86400)
    old = ksc("host_info", name=["svm-esx1-52"], license_keys=True, protection=False).hosts[0]
    assert [(key["active"], key["expired"]) for key in old["license_keys"]] == [(True, True)]
    ksc.settings(license_info="refused")
    blind = ksc("host_info", name=["svm-esx1-52"], license_keys=True, protection=False).hosts[0]
    assert blind["license_keys"] is None and "no right to read licenses" in blind["license_keys_reason"]
    ksc.settings(license_info="served")
    ksc.fault("no_such_call", "LicenseKeys.EnumKeys", count=None)
    (key,) = ksc("host_info", name=["svm-esx1-52"], license_keys=True, protection=False).hosts[0]["license_keys"]
    assert (key["active"], key["expires"], key["expired"]) == (True, None, None)


def test_hosts_are_waited_for_until_they_are_connected(ksc):
    machine = ksc.host("a-asleep").machine
    machine.connected_at = machine.visible_at = None
    wait = {"virtual_server": "Tenant A", "name": ["a-asleep"], "protection": False, "missing": "ignore"}
    assert not ksc("host_info", **wait).hosts[0]["agent_alive"]
    assert not ksc("host_info", check=True, connection_timeout=600, **wait).hosts[0]["agent_alive"]
    late = ksc("host_info", connection_timeout=60, poll_interval=20, **wait)
    assert not late.hosts[0]["agent_alive"] and late.count("HostGroup.FindHosts") == 4
    ksc.server.timeline.at(ksc.simulator.clock.now() + 100, lambda _when: setattr(machine, "online", True))
    assert ksc("host_info", connection_timeout=600, **wait).hosts[0]["agent_alive"]
    assert "connection_timeout" in ksc("host_info", fails=True, connection_timeout=-1, **wait).msg


def test_a_record_is_not_removed_while_its_agent_is_connected(ksc):
    wanted = {"state": "absent", "name": ["svm-esx1-52"], "if_connected": "wait", "wait_timeout": 60, "poll_interval": 20}
    rehearsal = ksc("host", check=True, **wanted)
    assert rehearsal.hosts[0]["result"] == "removed"
    stays = ksc("host", fails=True, **wanted)
    assert stays.hosts[0]["result"] == "pending" and "its Network Agent is still connected" in stays.msg
    assert not stays.changed and ksc.writes(stays) == []
    assert ksc("host", wait=False, **wanted).hosts[0]["result"] == "pending"
    machine = ksc.host("svm-esx1-52").machine
    ksc.server.timeline.at(ksc.simulator.clock.now() + 30, lambda _when: setattr(machine, "online", False))
    gone = ksc("host", **wanted)
    assert gone.changed and gone.hosts[0]["result"] == "removed" and ksc.servers_of("svm-esx1-52") == []
    assert not ksc("host", **wanted).changed
