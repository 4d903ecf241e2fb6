# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users get wrong: one error that names it and what exists instead, before anything is written."""

# ruff: noqa: RUF001 - odd letters are the point here

from __future__ import annotations

import dataclasses

import pytest

KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
BY_HOSTS = pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("host", {"virtual_server": "Tenant A"}),
        ("host", {"state": "unassigned"}),
        ("remote_install", {"product": KSVLA}),
        ("remote_install", {"product": KSVLA, "state": "absent"}),
        ("host_info", {}),
    ],
    ids=["host", "unassigned", "install", "remove", "host_info"],
)


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("host", {"ip": ["10.20.0.11"]}),
        ("host", {"ip": ["10.20.0.11"], "state": "absent"}),
        ("remote_install", {"ip": ["10.20.0.11"], "product": KSVLA}),
        ("host_info", {"ip": ["10.20.0.11"]}),
        ("package_info", {}),
        ("group_info", {}),
        ("task_info", {}),
    ],
)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"unknown_vserver_status": 401},
        {"unknown_vserver_status": 404},
        {"unknown_vserver_status": 400},
        {"unknown_vserver_status": 500},
    ],
)
def test_an_unknown_virtual_server(ksc, module, arguments, settings):
    ksc.settings(**settings)
    result = ksc(module, fails=True, virtual_server="Tenant Ä", **arguments)
    assert 'no virtual Administration Server "Tenant Ä"' in result.msg
    assert 'The closest matches are: "Tenant A", "Арендатор Б".' in result.msg
    assert ksc.writes(result) == []
    assert result.failure["method"] == "VServers.GetVServers"


def test_an_unknown_virtual_server_for_packages(ksc):
    result = ksc("package_retranslate", fails=True, packages=[KSVLA], virtual_server=["Tenant A", "Tenant B"])
    assert 'no virtual Administration Server "Tenant B"' in result.msg and '"Tenant A"' in result.msg
    assert ksc.writes(result) == [] and ksc.logins(result) == 1


def test_a_virtual_server_that_is_switched_off(ksc):
    ksc.server.state.server("Tenant A").enabled = False
    result = ksc("group_info", fails=True, virtual_server="Tenant A")
    assert 'virtual server "Tenant A"' in result.msg and "disabled" in result.msg


def test_an_unknown_group(ksc):
    ksc.give("web-01")
    ksc.give_packages()
    for module, more in (("host", {}), ("remote_install", {"product": KSVLA})):
        result = ksc(module, fails=True, virtual_server="Tenant A", group="Web/Frontent", ip=["10.20.0.11"], **more)
        assert 'no administration group "Web/Frontent"' in result.msg
        assert 'The closest matches are: "Web/Frontend"' in result.msg
        assert ksc.writes(result) == []


def test_an_unknown_product_or_version_of_a_package(ksc):
    wrong = ({"name": "KSVLA", "version": "5.1.0.0"}, {"name": "KSVL", "version": "5.2.0.0"}, dict(KSVLA, display_version="5.2.1.1"))
    for product in wrong:
        result = ksc("package_retranslate", fails=True, packages=[KSVLA, product], virtual_server=["Tenant A"])
        assert '"%s %s' % (product["name"], product["version"]) in result.msg
        assert '"KSVLA 5.2.0.0 (build 5.2.27.1202)"' in result.msg
        assert ksc.writes(result) == []
        result = ksc("remote_install", fails=True, product=product, ip=["10.20.0.11"])
        assert '"KSVLA 5.2.0.0 (build 5.2.27.1202)"' in result.msg
        assert ksc.writes(result) == []


def test_packages_that_are_not_on_the_virtual_server(ksc):
    ksc.give("b-web-01", server="Арендатор Б")
    result = ksc("remote_install", fails=True, virtual_server="Арендатор Б", product=KSVLA, name=["b-web-01"])
    assert 'virtual server "Арендатор Б"' in result.msg and '"KSVLA 5.2.0.0"' in result.msg
    assert '"1103 1.0.0.0' in result.msg
    assert ksc.writes(result) == []
    result = ksc("remote_install", fails=True, product=KSVLA, agent={"version": "2.0.0.0"}, ip=["10.20.0.11"])
    assert '"1103 2.0.0.0"' in result.msg


@BY_HOSTS
def test_every_entry_without_exactly_one_record_is_listed(ksc, module, arguments):
    second = ksc.host("db-02")
    second.name = "db-01"
    second.server.touch()
    result = ksc(module, fails=True, ip=["10.20.0.11", "10.99.0.1", "10.20.0.51"], name=["db-01", "nobody"], id=["no-id"], **arguments)
    for entry in ('ip "10.99.0.1"', 'name "nobody"', 'id "no-id"', 'ip "10.20.0.51"', 'name "db-01"'):
        assert entry in result.msg
    for host in (ksc.host("twin-01"), ksc.host("twin-01-clone"), second):
        assert host.id in result.msg
    assert "10.20.0.11" not in result.msg
    assert (len(result.failure["ambiguous"]), len(result.failure["missing"])) == (2, 3)
    assert ksc.writes(result) == []


@BY_HOSTS
def test_missing_records_can_be_tolerated_and_ambiguous_ones_cannot(ksc, module, arguments):
    ksc.give_packages()
    known = {"ip": ["10.20.0.11", "10.99.0.1"], "missing": "ignore"}
    result = ksc(module, **known, **arguments)
    if module != "host_info":
        assert result.hosts[1]["result"] == "missing" and result.hosts[1]["ip"] == "10.99.0.1"
    known["ip"].append("10.20.0.51")
    result = ksc(module, fails=True, **known, **arguments)
    assert 'ip "10.20.0.51" has 2 records' in result.msg and "10.99.0.1" not in result.msg
    assert ksc.writes(result) == []


@pytest.mark.parametrize("module", ["host", "remote_install"])
def test_only_missing_hosts_is_no_change(ksc, module):
    arguments = {"host": {"virtual_server": "Tenant A"}, "remote_install": {"product": KSVLA}}[module]
    result = ksc(module, ip=["10.99.0.1"], missing="ignore", **arguments)
    assert (result.changed, ksc.writes(result), result.members("hosts", "result")) == (False, [], ["missing"])


def test_an_ambiguous_host_may_be_a_result_among_others(ksc):
    result = ksc("host", virtual_server="Tenant A", ip=["10.20.0.51", "10.20.0.11", "10.99.0.1"], on_host_failure="report")
    assert result.members("hosts", "result") == ["failed", "moved", "missing"]
    assert "2 records" in result.hosts[0]["reason"] and "no record" in result.hosts[2]["reason"]


@BY_HOSTS
@pytest.mark.parametrize("ip", ["10.20.0", "10.20.0.256", "web-01", "::1", "10.20.0.11/24", "", " ", "10.20.0.011", "１０.20.0.11"])
def test_a_malformed_address(ksc, module, arguments, ip):
    result = ksc(module, fails=True, ip=["10.20.0.11", ip], **arguments)
    assert 'ip "%s"' % ip.strip() in result.msg
    assert result.requests == []


@BY_HOSTS
def test_empty_lists_of_hosts(ksc, module, arguments):
    for lists in ({"ip": []}, {"ip": [], "name": [], "id": []}, {"name": [""]}):
        result = ksc(module, fails=True, **lists, **arguments)
        assert result.requests == []
        assert "Traceback" not in result.text and result.msg


@BY_HOSTS
@pytest.mark.parametrize("name", ["*", "web-0?", "[x]", "[^x]*", 'a"b', '")(KLHST_WKS_DN="*', "a)(b", "Сервер-02", "web-*", '""', "\\"])
def test_no_name_is_a_pattern(ksc, module, arguments, name):
    result = ksc(module, fails=True, name=[name], **arguments)
    assert 'name "%s" has no record' % name in result.msg
    assert ksc.writes(result) == []


@pytest.mark.parametrize("name", ['vm "quoted"', "star*01", "what?[a]", "Сервер-01", "СЕРВЕР-01"])
def test_odd_names_mean_themselves(ksc, name):
    result = ksc("host_info", name=[name])
    assert [host["name"].casefold() for host in result.hosts] == [name.casefold()]
    moved = ksc("host", name=[name], group="Infrastructure")
    assert len(moved.hosts) == 1 and moved.changed
    infrastructure = moved.bodies("HostGroup.MoveHostsToGroup")[0]["nGroup"]
    assert [host.name.casefold() for host in ksc.server.state.hosts() if host.group == infrastructure] == [name.casefold()]


@pytest.mark.parametrize("odd", ['Tenant "X"', "[T]*", "Тенант/2", "T?"])
def test_odd_names_of_servers_groups_and_hosts_together(ksc, odd):
    tenant = ksc.server.state.add_virtual(odd)
    group = odd.replace("/", "|")
    tenant.group_path(group)
    tenant.group_path("Other")
    ksc.give("web-01", server=odd)
    ksc.server.state.host("web-01").name = odd
    tenant.touch()
    result = ksc("host", virtual_server=odd, name=[odd], group=group)
    assert result.changed and tenant.path(ksc.host(odd).group) == "Managed devices/" + group


def test_two_virtual_servers_of_one_name(ksc):
    ksc.server.state.add_virtual("Tenant A")
    result = ksc("package_retranslate", fails=True, packages=[KSVLA], virtual_server=["Tenant A"])
    assert "2 virtual Administration Servers" in result.msg and ksc.writes(result) == []


def test_a_name_that_differs_in_case_only_is_exact_where_both_exist(ksc):
    other = ksc.host("web-02")
    other.name = "WEB-01"
    other.server.touch()
    for name in ("web-01", "WEB-01"):
        assert ksc("host_info", name=[name]).members("hosts", "name") == [name]
    assert "2 records" in ksc("host_info", name=["Web-01"], fails=True).msg


def test_the_same_package_twice_is_one(ksc):
    result = ksc("package_retranslate", packages=[KSVLA, dict(KSVLA, name="ksvla")], virtual_server=["Tenant A", "Tenant A"])
    assert len(result.packages) == 1 and result.count("PackagesApi.RetranslateToVServerAsync") == 1


def test_a_host_that_moved_to_the_server_in_the_meantime(ksc):
    """Between two tasks of a play the state changes; the ids read are the ids written."""
    ksc.give("web-01")
    gone = dataclasses.replace(ksc.host("web-01").machine)
    assert gone
    result = ksc("host", virtual_server="Tenant A", state="absent", name=["web-01", "web-02"])
    assert result.members("hosts", "name", "result") == [("web-01", "removed"), ("web-02", "unchanged")]
    assert ksc.servers_of("web-02") == ["primary"]


def test_a_group_path_of_a_host_below_unassigned_is_not_a_managed_one(ksc):
    primary = ksc.server.state.primary
    primary.add_group(primary.unassigned, "Found")
    result = ksc("host", fails=True, group="Found", name=["web-01"])
    assert 'no administration group "Found"' in result.msg


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("poll_interval", 0, "greater than 0"),
        ("poll_interval", -1, "greater than 0"),
        ("progress_interval", 0, "greater than 0"),
        ("wait_timeout", -1, "of at least 0"),
        ("start_timeout", -5, "of at least 0"),
        ("wait_timeout", float("inf"), "of at least 0"),
        ("task_size", 0, "is less than 1"),
        ("agent_ports", [0], "0 is not a port number"),
        ("agent_ssl_ports", [13000, 70000], "70000 is not a port number"),
        ("port", 99999, "not a port number"),
        ("request_timeout", 0, "greater than 0"),
        ("server", "*.example.com", "not a host name or address"),
        ("server", "fe80::1%eth0", "not a host name or address"),
    ],
)
def test_numbers_and_names_that_nothing_can_come_of(ksc, option, value, says):
    result = ksc("host", fails=True, virtual_server="Tenant A", ip=["10.20.0.11"], **{option: value})
    assert says in result.msg and result.requests == []


def test_no_copies_at_a_time_are_none_at_all(ksc):
    result = ksc("package_retranslate", fails=True, packages=[KSVLA], virtual_server=["Tenant A"], throttle=0)
    assert "throttle: 0 is less than 1" in result.msg and result.requests == []
