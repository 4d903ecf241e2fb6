# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant after its first year: what is installed, what is protected, and what the server cannot show."""

from __future__ import annotations

import pytest

KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
KESL = {"name": "kesl", "version": "12.1.0.0"}
LIGHT_AGENTS = {
    "a-db-01": KESL,
    "a-old-databases": KESL,
    "a-svm-without-key": {"name": "kesl", "version": "12.2.0.0"},
    "a-old-build": KESL,
    "a-asleep": KESL,
}
READINGS = (
    {},
    {"extended_mask": "none", "unknown_fields": "reject"},
    {"extended_mask": "none", "unknown_fields": "absent"},
)


@pytest.fixture
def world():
    return "day-two"


def look(ksc, *names, server="Tenant A", **options):
    """The hosts by name, with all that the module returns."""
    entries = [{"name": name, "virtual_server": server, "product": LIGHT_AGENTS.get(name, KSVLA)} for name in names]
    result = ksc("host_info", hosts=entries, **{"duplicates": "connected", **options})
    return {host["name"]: host for host in result.hosts}, result


def states(found):
    return {name: host["protection"]["state"] for name, host in found.items()}


@pytest.mark.parametrize("settings", READINGS)
def test_what_is_installed_is_not_all_protected(ksc, settings):
    ksc.settings(**settings)
    known = "unknown" if settings else "unprotected"  # without the mask of its status, why a host is not good cannot be known
    found, _result = look(ksc, "a-web-01", "a-db-01", "a-no-svm", "a-stopped", "a-restart", "a-old-databases", "a-bare", "a-asleep")
    assert states(found) == {
        "a-web-01": "protected",
        "a-db-01": "protected",
        "a-no-svm": known,
        "a-stopped": "unprotected",
        "a-restart": "unprotected",
        "a-old-databases": "unprotected",
        "a-bare": "unprotected",
        "a-asleep": "unprotected",
    }
    no_svm = found["a-no-svm"]["protection"]
    assert (no_svm["installed"], no_svm["agent_connected"]) == (True, True)
    assert no_svm["svm_connected"] is (None if settings else False)
    assert "SVM" in no_svm["reasons"][0]
    assert found["a-web-01"]["protection"]["svm_connected"] is True and found["a-web-01"]["protection"]["reasons"] == []
    assert found["a-restart"]["protection"]["restart_required"] is True
    assert found["a-bare"]["protection"]["installed"] is False
    assert found["a-asleep"]["protection"]["last_connected"] == found["a-asleep"]["last_agent_connection"]
    assert all(host["protection"]["reasons"] for name, host in found.items() if name not in ("a-web-01", "a-db-01"))


def test_an_svm_without_a_key_protects_nobody(ksc):
    found, _result = look(ksc, "a-svm-without-key")
    assert found["a-svm-without-key"]["protection"]["svm_connected"] is False
    assert look(ksc, "a-web-01")[0]["a-web-01"]["protection"]["svm_connected"] is True
    ksc.simulator.clock.advance(300 * 86400)  # the key of its SVM ends
    assert look(ksc, "a-web-01")[0]["a-web-01"]["protection"]["svm_connected"] is False


def test_a_group_that_does_not_ask_hides_a_missing_svm(ksc):
    found, result = look(ksc, "b-web-01", "b-no-svm", server="Tenant B")
    assert states(found) == {"b-web-01": "unknown", "b-no-svm": "unknown"}
    assert {host["status"] for host in found.values()} == {"ok"}
    (group,) = result.servers[0]["groups"]
    assert (group["path"], group["shows_missing_svm"]) == ("Web", False)
    for host in found.values():
        assert "suggested_by_product (18) is turned off" in host["protection"]["reasons"][0]
        assert host["protection"]["svm_connected"] is None


def test_no_policy_reaches_the_group(ksc):
    found, result = look(ksc, "c-web-01", server="Tenant C")
    assert states(found) == {"c-web-01": "unprotected"}
    assert found["c-web-01"]["protection"]["reasons"] == ["No active policy for KSVLA 5.2.0.0 applies to its group."]
    assert result.servers[0]["groups"][0]["policies"] == []


@pytest.mark.parametrize(
    ("method", "word"),
    [("Policy.GetEffectivePoliciesForGroup", "policy"), ("HostGroup.GetGroupInfoEx", "SVM"), ("LicenseKeys.EnumKeys", "")],
)
@pytest.mark.parametrize("kind", ["no_such_call", "refused", "status"])
def test_a_server_that_does_not_tell(ksc, method, word, kind):
    """What it does not tell is not known; that the keys of a server are not known is no reason for doubt."""
    if kind == "refused":
        ksc.fault("error", method, error={"module": "KLSTD", "code": 1184, "message": "Access denied"}, count=None)
    elif kind == "status":
        ksc.fault("status", method, status=500, count=None)
    else:
        ksc.fault(kind, method, count=None)
    if method == "HostGroup.GetGroupInfoEx":
        ksc.fault("no_such_call", "HostGroup.GetGroupInfo", count=None)
    found, result = look(ksc, "a-web-01", "a-db-01")
    if not word:
        assert states(found)["a-web-01"] == "protected"
        assert result.servers[0]["license_keys"] is None and method in result.servers[0]["license_keys_reason"]
        return
    assert set(states(found).values()) == {"unknown"}
    (reason,) = found["a-web-01"]["protection"]["reasons"]
    assert word in reason and "127.0.0.1:%d" % ksc.simulator.ksc.port in reason


def test_a_server_with_the_older_method_for_groups_which_does_not_tell_conditions(ksc):
    ksc.fault("no_such_call", "HostGroup.GetGroupInfoEx", count=None)
    found, result = look(ksc, "a-web-01")
    assert states(found) == {"a-web-01": "unknown"}
    assert result.servers[0]["groups"][0]["shows_missing_svm"] is None
    assert "does not report them" in result.servers[0]["groups"][0]["reasons"][0]


def test_the_keys_of_the_primary_server_tell_when_they_end(ksc):
    _found, result = look(ksc, "a-web-01", primary_keys=True)
    here, primary = result.servers
    assert (here["virtual_server"], here["license_keys"]) == ("Tenant A", [])
    assert primary["virtual_server"] is None and primary["groups"] == []
    assert [key["hosts"] for key in primary["license_keys"]] == [1, 1] and all(
        key["expires"].endswith("Z") for key in primary["license_keys"]
    )
    # The account of a virtual server only: the primary server refuses it, which is no failure.
    account = {"username": "tenant-a", "password": "Rehearsal-A2"}
    _found, result = look(ksc, "a-web-01", primary_keys=True, **account)
    assert result.servers[1]["license_keys"] is None and "tenant-a" in result.servers[1]["license_keys_reason"]


def test_hosts_outside_managed_devices_are_in_no_group(ksc):
    state = ksc.server.state.server("Tenant A")
    domain = state.add_group(state.unassigned, "WORKGROUP", ksc.simulator.clock.now())
    for name, group in (("a-web-01", state.unassigned), ("a-no-svm", domain.id)):
        ksc.host(name).group = group
    found, result = look(ksc, "a-web-01", "a-no-svm")
    assert [host["group"] for host in found.values()] == ["Unassigned devices", "Unassigned devices/WORKGROUP"]
    for host in found.values():
        assert host["protection"]["reasons"] == ["It is in Unassigned devices, where no policy applies."]
        assert (host["protection"]["state"], host["protection"]["svm_connected"]) == ("unprotected", None)
    assert result.servers[0]["groups"] == []


# -- records ------------------------------------------------------------------------------------------------------------


def test_records_of_one_name_are_shown_and_the_live_one_is_taken(ksc):
    result = ksc("host_info", fails=True, virtual_server="Tenant A", name=["a-reborn"])
    assert "has 2 records" in result.msg and result.msg.count("a-reborn") >= 2
    found, _result = look(ksc, "a-reborn")
    ((_name, host),) = found.items()
    dead = next(record for record in ksc.server.state.hosts("a-reborn") if not record.connected)
    assert host["duplicates"] == [dead.id] and host["id"] != dead.id
    assert host["protection"]["state"] == "protected"
    by_id = ksc("host_info", virtual_server="Tenant A", id=[dead.id], product=KSVLA).hosts[0]
    assert by_id["duplicates"] == [host["id"]] and by_id["protection"]["state"] == "unprotected"
    by_address = ksc("host_info", virtual_server="Tenant A", ip=["10.20.0.16"], duplicates="connected")
    assert by_address.hosts[0]["id"] == host["id"] and by_address.hosts[0]["duplicates"] == [dead.id]


def test_a_record_that_has_not_synchronized_is_too_early_to_judge(ksc, monkeypatch):
    result = ksc("host", virtual_server="Tenant A", group="Web", name=["a-reborn"], duplicates="connected")
    assert result.changed is False
    from simulator.ksc import attributes

    old = attributes.HOST_SEARCH["KLHST_WKS_STATUS"]
    new = attributes.Attribute("int", lambda host: old.get(host) | (0x100 if host.connected else 0))
    monkeypatch.setitem(attributes.HOST_SEARCH, "KLHST_WKS_STATUS", new)
    for module, more in (("host", {"group": "Web"}), ("remote_install", {"product": KSVLA}), ("host_info", {})):
        result = ksc(module, fails=True, virtual_server="Tenant A", name=["a-reborn"], duplicates="connected", **more)
        assert "too early to tell which record is the live one" in result.msg and "has 2 records" in result.msg


def test_hosts_that_nobody_declared(ksc):
    _found, result = look(ksc, "a-web-01", "a-reborn", undeclared=True, missing="ignore")
    names = result.members("undeclared", "name")
    assert "a-db-01" in names and "a-web-01" not in names
    assert not any(name.startswith("a-reborn") for name in names)  # a dead record of a declared host is none
    stranger = next(host for host in result.undeclared if host["name"] == "a-db-01")
    assert (stranger["group"], stranger["virtual_server"], stranger["agent_alive"]) == ("Databases", "Tenant A", True)
    # An entry that is several records is declared all the same.
    unclear = ksc("host_info", virtual_server="Tenant A", name=["a-reborn"], undeclared=True, on_failure="report")
    assert len(unclear.missing) == 1 and not any(name.startswith("a-reborn") for name in unclear.members("undeclared", "name"))


# -- what it costs ------------------------------------------------------------------------------------------------------


def fleet(number):
    return {
        "ksc": {
            "virtual_servers": [{"name": "Tenant 1", "groups": ["Web"]}],
            "accounts": [{"username": "svc-ansible", "password": "Rehearsal-1"}],
            "generate": {
                "hosts": number,
                "windows": 1,
                "server": "Tenant 1",
                "group": "Web",
                "network": "10.64.0.0/16",
                "prefix": "vm",
                "products": [KSVLA],
            },
        }
    }


@pytest.mark.parametrize("world", [fleet(1000)])
def test_protection_is_a_handful_of_requests_for_a_server(ksc):
    counts = {}
    ips = [host.machine.address for host in ksc.server.state.server("Tenant 1").hosts.values()]
    for number in (1, 40, 1000):
        with_it = ksc("host_info", virtual_server="Tenant 1", ip=ips[:number], product=KSVLA)
        without = ksc("host_info", virtual_server="Tenant 1", ip=ips[:number], product=KSVLA, protection=False)
        assert "protection" not in without.hosts[0] and "servers" not in without.data
        assert {host["protection"]["state"] for host in with_it.hosts} == {"protected"}
        counts[number] = len(with_it.requests) - len(without.requests)
    assert max(counts.values()) <= 7, counts
