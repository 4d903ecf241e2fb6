# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wanted of a host, as entries of the modules."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ksv.light_agent.plugins.plugin_utils._requests import ARGUMENTS, READS, NotUsable, build, connection_variables

pytestmark = pytest.mark.every_core

PRODUCT = {"name": "KSVLA", "version": "5.2.0.0"}
AGENT = {"name": "1103", "version": "1.0.0.0"}
TENANT = {"ip": "192.0.2.11", "virtual_server": "Tenant A", "product": PRODUCT}
SVM = {
    "infrastructure": {"type": "vmware", "address": "vc.test", "region": "R"},
    "image": {"manifest_path": "/a.xml"},
    "svm": {"name": "svm-1"},
}


def request(role, given, **variables):
    checked = ArgumentSpecValidator(ARGUMENTS).validate({"role": role, **given})
    assert not checked.error_messages
    return build("web-01", checked.validated_parameters, variables)


def test_onboarding():
    found = request(
        "tenant_onboarding",
        {**TENANT, "agent": AGENT, "group": "Web", "os_username": "u", "os_password": "p", "agent_ports": ["14001"]},
        ksv_ksc_server="ksc.test",
        ksv_ksc_password="secret",
    )
    base = {"label": "web-01", "ip": "192.0.2.11", "virtual_server": "Tenant A"}
    assert found["connection"] == {"server": "ksc.test", "password": "secret"}
    assert (found["label"], found["account"], found["virtual_server"]) == ("ksc.test", None, "Tenant A")
    assert found["steps"] == {
        "tenant_onboarding_packages": [{**AGENT, "virtual_server": ["Tenant A"]}, {**PRODUCT, "virtual_server": ["Tenant A"]}],
        "tenant_onboarding_move": [{**base, "agent_ports": [14001]}],
        "tenant_onboarding_install": [{**base, "group": "Web", "product": PRODUCT, "agent": AGENT, "os_username": "u", "os_password": "p"}],
        "tenant_onboarding_placement": [{**base, "group": "Web"}],
    }


def test_without_a_group_nothing_is_placed():
    assert request("tenant_onboarding", TENANT)["steps"]["tenant_onboarding_placement"] == []


def test_an_account_of_the_tenant():
    found = request(
        "tenant_status", TENANT, ksv_virtual_server_username="a", ksv_virtual_server_password="b", ksv_virtual_server_domain="D"
    )
    assert found["account"] == {"name": "Tenant A", "username": "a", "password": "b", "domain": "D"}


def test_a_version_may_be_left_out_to_remove_the_application():
    found = request("tenant_offboarding", {**TENANT, "product": {"name": "kesl"}})
    assert found["steps"]["tenant_offboarding_removal"][0]["product"] == {"name": "kesl"}


def test_a_tenant():
    administrator = {"name": "a-admin", "password": "p"}
    given = {
        "virtual_server": "Tenant A",
        "parent_group": "Customers",
        "administrator": administrator,
        "conditions": ["suggested_by_product"],
        "groups": [{"path": "Web", "notify_days": "7"}],
    }
    found = request("tenant", given, ksv_ksc_server="ksc.test", ksv_virtual_server_username="not", ksv_virtual_server_password="used")
    assert (found["label"], found["account"], found["virtual_server"]) == ("ksc.test", None, "Tenant A")
    assert found["steps"] == {
        "tenant_server": [{"label": "Tenant A", "name": "Tenant A", "parent_group": "Customers"}],
        "tenant_administrator": [{"label": "a-admin on Tenant A", **administrator, "virtual_server": "Tenant A"}],
        "tenant_groups": [
            {"label": "/ on Tenant A", "path": "/", "conditions": ["suggested_by_product"], "virtual_server": "Tenant A"},
            {"label": "Web on Tenant A", "path": "Web", "notify_days": 7, "virtual_server": "Tenant A"},
        ],
    }


def test_a_tenant_of_which_only_the_name_is_said():
    steps = request("tenant", {"virtual_server": "Tenant A"})["steps"]
    assert steps["tenant_server"] == [{"label": "Tenant A", "name": "Tenant A"}]
    assert steps["tenant_administrator"] == steps["tenant_groups"] == []


def test_a_virtual_server_is_removed_only_when_that_is_said():
    steps = request("tenant_offboarding", TENANT)["steps"]
    assert steps["tenant_offboarding_found"] == steps["tenant_offboarding_server"] == []
    steps = request("tenant_offboarding", {**TENANT, "remove_virtual_server": True, "move_hosts_to": "primary"})["steps"]
    assert steps["tenant_offboarding_found"] == [{"label": "Tenant A", "name": "Tenant A"}]
    assert steps["tenant_offboarding_server"] == [{"label": "Tenant A", "name": "Tenant A", "move_hosts_to": "primary"}]


def test_a_password_against_removal():
    found = request("tenant_offboarding", {**TENANT, "removal_password": "r"})
    assert found["steps"]["tenant_offboarding_removal"][0]["removal_password"] == "r"
    assert "removal_password" not in found["steps"]["tenant_offboarding_placement"][0]


def test_deployment_and_removal():
    steps = request("svm_deployment", SVM, ksv_viis_server="viis.test")["steps"]
    assert steps["svm_deployment_connections"] == [{"label": "VMWARE vc.test R", "type": "VMWARE", "address": "vc.test", "region": "R"}]
    assert steps["svm_deployment_images"] == [{"label": "/a.xml", "manifest_path": "/a.xml", "types": ["VMWARE"]}]
    assert steps["svm_deployment_deployment"] == [{"label": "web-01", "name": "svm-1"}]
    removal = request("svm_removal", {name: SVM[name] for name in ("infrastructure", "svm")})["steps"]
    assert removal["svm_removal_disconnection"][0]["leaving_svms"] == ["svm-1"]


def test_an_alias_is_not_handed_on_beside_its_option():
    svm = {"name": "svm-1", "networks": [{"network": "VM Network", "ip_address": "192.0.2.31"}]}
    steps = request("svm_deployment", {**SVM, "svm": svm})["steps"]
    assert steps["svm_deployment_deployment"][0]["networks"] == [{"network": "VM Network", "ip_addresses": ["192.0.2.31"]}]


def test_a_member_of_a_cluster():
    found = request("ha_cluster", {"server": "2001:db8::1", "cluster": "c", "server_role": "reserve"}, ksv_viis_port=7272)
    assert (found["address"], found["connection"]) == ("[2001:db8::1]:7272", {"server": "2001:db8::1", "port": 7272})


@pytest.mark.parametrize(
    ("role", "given", "says"),
    [
        ("tenant", {"groups": [{"path": "Web"}]}, "ksv_virtual_server is not set"),
        ("tenant_status", {**TENANT, "virtual_server": ""}, "ksv_virtual_server is not set"),
        ("tenant_status", {**TENANT, "ip": "web-01"}, '"web-01" is not an IPv4 address'),
        ("tenant_status", {**TENANT, "product": None}, "ksv_product is not set"),
        ("tenant_onboarding", {**TENANT, "product": {"name": "KSVLA"}}, "name and version"),
        ("tenant_onboarding", {**TENANT, "os_username": "u"}, "ksv_os_password belong together"),
        ("svm_deployment", {**SVM, "image": {}}, "ksv_image is not set"),
        ("svm_deployment", {**SVM, "infrastructure": {"type": "VMWARE"}}, "ksv_infrastructure is not set"),
        ("ha_cluster", {"server": "s", "cluster": "c"}, "ksv_viis_role of this host is not set"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(role, given, says):
    with pytest.raises(NotUsable, match=says) as caught:
        request(role, given)
    assert str(caught.value).endswith(".") and "secret" not in str(caught.value)


def test_half_an_account_of_the_tenant():
    with pytest.raises(NotUsable, match="ksv_virtual_server_password belong together"):
        request("tenant_status", TENANT, ksv_virtual_server_username="a")


@pytest.mark.parametrize("role", list(READS))
def test_each_role_knows_its_variables(role):
    assert all(name.startswith("ksv_") for name in (*READS[role], *connection_variables(role).values()))


def test_a_build_that_is_declared_is_compared_and_not_asked_for():
    found = request("tenant_status", {**TENANT, "product": {**PRODUCT, "display_version": "5.2.27"}})
    assert found["build"] == "5.2.27" and found["steps"]["tenant_status_look"][0]["product"] == PRODUCT


def test_stale_records_are_those_of_a_virtual_server():
    wanted = [{"label": "Tenant A", "virtual_server": "Tenant A"}]
    found = request("tenant_cleanup", {"virtual_server": "Tenant A"})
    assert found["steps"] == {"tenant_cleanup_look": wanted, "tenant_cleanup_removal": wanted}
    with pytest.raises(NotUsable, match="ksv_virtual_server is not set"):
        request("tenant_cleanup", {})
