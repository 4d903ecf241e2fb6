# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests a thousand hosts are: a constant number of writes, reads by the page. Counts, not times."""

from __future__ import annotations

import pytest

PAGE = 1000
KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
KESL = {"name": "kesl", "version": "12.1.0.0"}
# Polling depends on how long the server takes, not on how many hosts there are.
POLLS = ("Tasks.GetTaskStatistics",)


def world_of(hosts, packages_everywhere=True, tenants=1):
    servers = ["primary", "Tenant 1"] if packages_everywhere else ["primary"]
    return {
        "ksc": {
            "virtual_servers": [{"name": "Tenant %d" % number} for number in range(1, tenants + 1)],
            "accounts": [{"username": "svc-ansible", "password": "Rehearsal-1"}],
            "packages": [
                {"product": "1103", "version": "1.0.0.0", "servers": servers},
                {"product": "KSVLA", "version": "5.2.0.0", "platform": "windows", "servers": servers},
                {"product": "kesl", "version": "12.1.0.0", "platform": "linux", "servers": servers},
            ],
            "generate": {"hosts": hosts, "windows": 0.5, "network": "10.64.0.0/16", "prefix": "vm"},
        },
    }


def addresses(ksc, server="primary", platform=None):
    state = ksc.server.state.server(server)
    return [host.machine.address for host in state.hosts.values() if platform in (None, host.machine.platform)]


def settle(ksc):
    """Nothing takes time, so that a poll is one."""
    ksc.settings(
        reconnect_delay_seconds=0.0,
        reconnect_seconds=0.0,
        install_seconds=0.0,
        remove_seconds=0.0,
        task_pending_seconds=0.0,
        retranslate_seconds=0.0,
    )


def move_all(ksc):
    settle(ksc)
    target = ksc.server.state.server("Tenant 1")
    for host in list(ksc.server.state.primary.hosts.values()):
        host.server.remove_host(host)
        host.group = target.unassigned
        target.add_host(host)


@pytest.mark.parametrize("world", [world_of(1000)])
def test_a_thousand_hosts_are_moved(ksc):
    settle(ksc)
    ips = addresses(ksc)
    first = ksc("host", virtual_server="Tenant 1", group="Web", create_group=True, ip=ips)
    assert first.members("hosts", "result") == ["moved"] * 1000
    assert ksc.writes(first) == ["HostGroup.AddGroup", "Tasks.AddTask", "Tasks.RunTask", "HostGroup.MoveHostsToGroup", "Tasks.DeleteTask"]
    again = ksc("host", virtual_server="Tenant 1", group="Web", ip=ips)
    assert (again.changed, ksc.writes(again)) == (False, [])
    print("\nBUDGET moving 1000: first", len(first.requests), "again", len(again.requests))
    assert len(first.requests) <= 40
    assert len(again.requests) <= 14


@pytest.mark.parametrize("world", [world_of(1000)])
def test_a_thousand_hosts_get_their_product(ksc):
    move_all(ksc)
    windows, linux = addresses(ksc, "Tenant 1", "windows"), addresses(ksc, "Tenant 1", "linux")
    assert (len(windows), len(linux)) == (500, 500)
    for product, ips in ((KSVLA, windows), (KESL, linux)):
        first = ksc("remote_install", virtual_server="Tenant 1", product=product, ip=ips)
        assert first.members("hosts", "result") == ["installed"] * 500
        assert ksc.writes(first) == ["Tasks.AddTask", "Tasks.RunTask", "Tasks.DeleteTask"]
        again = ksc("remote_install", virtual_server="Tenant 1", product=product, ip=ips)
        assert (again.changed, ksc.writes(again)) == (False, [])
        print("\nBUDGET installing 500", product["name"], "first", len(first.requests), "again", len(again.requests))
        assert len(first.requests) <= 30
        assert len(again.requests) <= 8
    everything = addresses(ksc, "Tenant 1")
    removed = ksc("host", virtual_server="Tenant 1", state="absent", ip=everything)
    assert ksc.writes(removed) == ["HostGroup.RemoveHosts"]
    print("\nBUDGET removing 1000 records:", len(removed.requests))
    assert len(removed.requests) <= 10


@pytest.mark.parametrize("world", [world_of(1000)])
def test_a_thousand_hosts_of_which_one_fails(ksc):
    from simulator.ksc.state import Outcome

    move_all(ksc)
    windows = addresses(ksc, "Tenant 1", "windows")
    unlucky = next(host for host in ksc.server.state.server("Tenant 1").hosts.values() if host.machine.platform == "windows")
    unlucky.machine.outcomes.append(Outcome(task="install", result="failed", reason="Disk full."))
    result = ksc("remote_install", fails=True, virtual_server="Tenant 1", product=KSVLA, ip=windows)
    assert sorted(set(result.members("hosts", "result"))) == ["failed", "installed"]
    assert "1 of 500 hosts failed" in result.msg and "Disk full" in result.msg
    print("\nBUDGET installing 500, one fails:", len(result.requests))
    assert len(result.requests) <= 40


@pytest.mark.parametrize("world", [world_of(1, packages_everywhere=False, tenants=20)])
def test_three_packages_go_to_twenty_tenants(ksc):
    settle(ksc)
    packages = [{"name": "1103", "version": "1.0.0.0"}, KSVLA, KESL]
    names = ["Tenant %d" % number for number in range(1, 21)]
    first = ksc("package_retranslate", packages=packages, virtual_server=names)
    assert first.members("packages", "result") == ["distributed"] * 60
    assert first.count("PackagesApi.RetranslateToVServerAsync") == 60
    assert first.count("AsyncActionStateChecker.CheckActionState") == 60
    assert ksc.logins(first) == 21 and first.count("PackagesApi.GetPackages") == 1 + 2 * 20
    again = ksc("package_retranslate", packages=packages, virtual_server=names)
    assert again.changed is False and ksc.logins(again) == 21
    print("\nBUDGET 3 packages to 20 tenants: first", len(first.requests), "again", len(again.requests))
    assert len(again.requests) == 21 + 1 + 1 + 20 + 21


@pytest.mark.parametrize("world", [world_of(2500)])
def test_requests_grow_with_the_pages(ksc):
    """Twice the hosts are not twice the requests, as long as they are on one page."""
    settle(ksc)
    ips = addresses(ksc)
    counts = {}
    for number in (1, 500, 1000, 2000, 2500):
        result = ksc("host", check=True, virtual_server="Tenant 1", ip=ips[:number])
        counts[number] = len(result.requests)
        read = sum(1 for method in result.methods if method == "ChunkAccessor.GetItemsChunk")
        assert read == -(-number // PAGE)
    print("\nBUDGET dry runs:", counts)
    assert counts[1] == counts[500] == counts[1000] < counts[2000] < counts[2500]
    first = ksc("host", virtual_server="Tenant 1", ip=ips)
    # One task of the server has at most 1 000 devices.
    assert ksc.writes(first) == ["Tasks.AddTask"] * 3 + ["Tasks.RunTask"] * 3 + ["Tasks.DeleteTask"] * 3
    assert len(first.requests) <= 70


@pytest.mark.parametrize("world", [world_of(1000)])
def test_a_server_that_takes_short_filters_only(ksc):
    """It is asked in halves; the answer is the same."""
    settle(ksc)
    ips = addresses(ksc)

    def refused_when_long(exchange, _chooses=None):
        return len(exchange.body) > 12000

    fault = ksc.fault("error", "HostGroup.FindHosts", error={"code": 1192, "message": "The filter is too long"}, count=None)
    object.__setattr__(fault, "chooses", lambda exchange: exchange.method == "HostGroup.FindHosts" and refused_when_long(exchange))
    result = ksc("host_info", ip=ips)
    assert len(result.hosts) == 1000
    # Those of 1000 addresses, and once more for records that share an address or a name.
    assert result.count("HostGroup.FindHosts") <= 20
