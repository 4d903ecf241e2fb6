# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""viis_certificate, viis_infrastructure and viis_infrastructure_info."""

from __future__ import annotations

import pytest

VCENTER = {
    "type": "VMWARE",
    "address": "vcenter.example.test",
    "admin": {"username": "administrator@vsphere.local", "password": "Vcenter-1"},
}
PROXMOX = {
    "type": "proxmox",
    "address": "pve1.example.test",
    "admin": {"username": "root@pam", "password": "secret"},
    "read_only": {"username": "viis@pve", "password": "secret"},
}
XEN = {
    "type": "XEN",
    "address": "xen2.example.test",
    "admin": {"username": "root", "password": "Xen-1"},
}
OPENSTACK = {
    "type": "OPENSTACK",
    "address": "keystone.example.test",
    "region": "RegionOne",
    "admin": {"username": "admin", "password": "Stack-1", "domain": "Default"},
}
TRUSTING = {"trust_on_first_use": True}
WRITES = ("trust_certificate", "connect_infrastructure", "remove_infrastructure", "refresh_infrastructure")


def thumbprint(viis, address, kind="https"):
    return viis("viis_certificate", address=address, kind=kind, trust_on_first_use=True, check=True).thumbprint


# -- certificates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("address", "kind"), [("pve1.example.test:8006", "https"), ("pve1.example.test:22", "ssh")])
def test_a_pinned_certificate_is_trusted_once(viis, address, kind):
    pin = thumbprint(viis, address, kind)
    spaced = ":".join(pin[i : i + 2] for i in range(0, len(pin), 2)).lower()
    viis.forget()
    first = viis("viis_certificate", address=address, kind=kind, thumbprint=spaced)
    assert (first.changed, first.thumbprint, first.address) == (True, pin, address)
    assert viis.sent("trust_certificate") == ["trust_certificate"]
    again = viis("viis_certificate", address=address, kind=kind, thumbprint=spaced)
    assert again.changed is False
    assert viis.sent("trust_certificate") == ["trust_certificate"]
    assert viis("viis_certificate", address=address, kind=kind, force=True).changed is True


def test_check_mode_trusts_nothing(viis):
    result = viis("viis_certificate", address="vcenter.example.test:443", trust_on_first_use=True, check=True)
    assert result.changed is True
    assert result.diff["after"] == "TLS certificate of vcenter.example.test:443: %s\n" % result.thumbprint
    assert viis.sent("trust_certificate") == []


def test_nothing_is_trusted_silently(viis):
    result = viis("viis_certificate", address="vcenter.example.test:443", fails=True)
    assert result.failure["thumbprint"] in result.msg
    assert "trust_on_first_use: true" in result.msg
    assert viis.sent("trust_certificate") == []


def test_another_thumbprint_than_the_pinned_one(viis):
    result = viis("viis_certificate", address="vcenter.example.test:443", thumbprint="AA:BB", trust_on_first_use=True, fails=True)
    assert result.failure["thumbprint"] in result.msg and "AA:BB" in result.msg
    assert "in thumbprint" in result.msg
    assert viis.sent("trust_certificate") == []


def test_a_changed_certificate_is_not_a_first_one(viis):
    viis.simulator.change_settings({"viis": {"undocumented": True}})
    old = viis("viis_certificate", address="vcenter.example.test:443", trust_on_first_use=True).thumbprint
    viis.simulator.change_settings({"viis": {"renewed": ["vcenter.example.test:443"]}})
    viis.forget()
    result = viis("viis_certificate", address="vcenter.example.test:443", trust_on_first_use=True, fails=True)
    assert old in result.msg and result.failure["thumbprint"] in result.msg
    assert old != result.failure["thumbprint"]
    assert viis.sent("trust_certificate") == []
    new = result.failure["thumbprint"]
    assert viis("viis_certificate", address="vcenter.example.test:443", thumbprint=new).changed is True


def test_an_address_without_port(viis):
    result = viis("viis_certificate", address="vcenter.example.test", fails=True)
    assert "names no port" in result.msg
    assert viis.sent() == []


def test_an_address_that_does_not_answer(viis):
    result = viis("viis_certificate", address="nowhere.example.test:443", trust_on_first_use=True, fails=True)
    assert "nowhere.example.test:443" in result.msg or "getCertificate" in result.msg


@pytest.mark.parametrize("settings", [{"is_accepted": "always"}, {"certificate_address": "bare"}, {"duplicate_rule": 409}])
def test_readings_of_the_document_about_certificates(viis, settings):
    viis.simulator.change_settings({"viis": settings})
    connected = viis("viis_infrastructure", **VCENTER, **TRUSTING)
    assert connected.infrastructure["connected"] is True


# -- connecting -------------------------------------------------------------------------------------------------------


def test_connect_again_and_disconnect(viis):
    viis.simulator.change_settings({"viis": {"undocumented": True}})
    rehearsal = viis("viis_infrastructure", check=True, **VCENTER, **TRUSTING)
    assert (rehearsal.changed, rehearsal.infrastructure_id) == (True, None)
    assert viis.sent(*WRITES) == []
    first = viis("viis_infrastructure", **VCENTER, **TRUSTING)
    assert first.changed is True and first.infrastructure["status"] == "CONNECTED"
    assert rehearsal.diff == first.diff
    assert viis.sent(*WRITES) == ["trust_certificate", "connect_infrastructure"]
    viis.forget()
    again = viis("viis_infrastructure", **VCENTER)
    assert (again.changed, again.infrastructure_id) == (False, first.infrastructure_id)
    assert viis.sent(*WRITES) == []
    gone = viis("viis_infrastructure", state="absent", type="VMWARE", address="vcenter.example.test", force=True)
    assert gone.changed is True
    assert viis("viis_infrastructure", state="absent", infrastructure_id=first.infrastructure_id).changed is False


@pytest.mark.parametrize("shape", ["array", "named", "items"])
def test_shapes_of_the_list(viis, shape):
    viis.simulator.change_settings({"viis": {"undocumented": True, "list_shape": shape}})
    viis("viis_infrastructure", **VCENTER, **TRUSTING)
    assert viis("viis_infrastructure", **VCENTER).changed is False


@pytest.mark.parametrize("status", [404, 405])
def test_without_a_list_the_id_is_needed(viis, status):
    viis.simulator.change_settings({"viis": {"undocumented_status": status}})
    first = viis("viis_infrastructure", **VCENTER, **TRUSTING)
    assert first.infrastructure_id in first.warnings[0]
    again = viis("viis_infrastructure", infrastructure_id=first.infrastructure_id, **VCENTER)
    assert (again.changed, again.warnings) == (False, [])
    refused = viis("viis_infrastructure", state="absent", type="VMWARE", address="vcenter.example.test", fails=True)
    assert "Give infrastructure_id" in refused.msg


def test_proxmox_needs_both_identities(viis):
    pins = [thumbprint(viis, "pve1.example.test:8006"), thumbprint(viis, "pve1.example.test:22", "ssh")]
    one = viis("viis_infrastructure", thumbprints=pins[:1], fails=True, **PROXMOX)
    assert "SSH key of pve1.example.test:22" in one.msg and pins[1] in one.msg
    both = viis("viis_infrastructure", thumbprints=pins, **PROXMOX)
    assert [entry["address"] for entry in both.certificates] == ["pve1.example.test:8006", "pve1.example.test:22"]
    assert both.infrastructure["read_only_username"] == "viis@pve"


def test_hyperv_needs_none(viis):
    result = viis(
        "viis_infrastructure",
        type="HYPERV",
        address="hyperv.example.test",
        admin={"username": "EXAMPLE\\admin", "password": "Hyperv-1"},
    )
    assert result.certificates == []
    assert viis.sent("get_certificate", "get_ssh_key", "trust_certificate") == []


def test_another_ssh_port(viis):
    result = viis(
        "viis_infrastructure",
        type="LIBVIRT",
        address="kvm.example.test:2222",
        admin={"username": "root", "password": "Kvm-1"},
        **TRUSTING,
    )
    assert result.certificates[0]["address"] == "kvm.example.test:2222"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "VMWARES"}, '"VMWARE"'),
        ({"type": "OPENSTACK"}, "admin.domain is required"),
        ({"region": "RegionOne"}, "region is only for the OpenStack types"),
        ({"address": "https://vcenter"}, "is not an address"),
        ({"address": "vcenter:x"}, "is not an address"),
    ],
)
def test_options_that_do_not_fit(viis, change, said):
    result = viis("viis_infrastructure", fails=True, **{**VCENTER, **change})
    assert said in result.msg
    assert viis.sent() == []


def test_a_wrong_password_removes_the_record_again(viis):
    given = {**VCENTER, "admin": {"username": "administrator@vsphere.local", "password": "Wrong-1-secret"}}
    result = viis("viis_infrastructure", fails=True, **given, **TRUSTING)
    assert "UNAUTHORIZED" in result.msg and "removed again" in result.msg
    assert "Wrong-1-secret" not in result.text
    assert viis.sent(*WRITES)[-1] == "remove_infrastructure"
    kept = viis("viis_infrastructure", fails=True, cleanup_on_failure=False, **given, **TRUSTING)
    assert kept.failure["infrastructure_id"] in kept.msg


def test_a_slow_connection_is_picked_up(viis):
    viis.simulator.change_settings({"viis": {"connect_seconds": 1e9, "undocumented": True}})
    slow = viis("viis_infrastructure", wait_timeout=60, fails=True, **VCENTER, **TRUSTING)
    assert "CONNECTING" in slow.msg and slow.failure["infrastructure_id"] in slow.msg
    viis.forget()
    check = viis("viis_infrastructure", check=True, **VCENTER)
    assert check.changed is False
    viis.simulator.clock.advance(1e9)
    again = viis("viis_infrastructure", **VCENTER)
    assert again.infrastructure_id == slow.failure["infrastructure_id"]
    assert (again.changed, again.infrastructure["connected"]) == (False, True)
    assert viis.sent(*WRITES) == []


def test_not_waiting(viis):
    result = viis("viis_infrastructure", wait=False, **VCENTER, **TRUSTING)
    assert result.infrastructure["connected"] is False and result.changed is True
    assert result.members("infrastructures", "result") == ["pending"]
    again = viis("viis_infrastructure", infrastructure_id=result.infrastructure_id, **VCENTER)
    assert again.infrastructure["connected"] is True and again.changed is False


def test_a_late_start_is_no_failure(viis):
    viis.simulator.change_settings({"viis": {"starts_disconnected": True}})
    assert viis("viis_infrastructure", poll_interval=1, **VCENTER, **TRUSTING).infrastructure["connected"]


def test_a_broken_connection_is_mended(viis):
    first = viis("viis_infrastructure", **VCENTER, **TRUSTING)
    viis.simulator.change_settings({"viis": {"renewed": ["vcenter.example.test:443"]}})
    given = {**VCENTER, "infrastructure_id": first.infrastructure_id}
    viis("viis_object_info", infrastructure_id=first.infrastructure_id, refresh=True, fails=True)
    viis.forget()
    refused = viis("viis_infrastructure", fails=True, **given, **TRUSTING)
    assert "not the one that was trusted before" in refused.msg
    assert viis.sent(*WRITES) == []
    mended = viis("viis_infrastructure", thumbprint=refused.failure["thumbprint"], **given)  # the other name, with one
    assert (mended.changed, mended.infrastructure_id) == (True, first.infrastructure_id)
    assert viis.sent(*WRITES) == ["trust_certificate", "refresh_infrastructure"]


def test_other_accounts(viis):
    first = viis("viis_infrastructure", **VCENTER, **TRUSTING)
    given = {**VCENTER, "admin": {"username": "viis@vsphere.local", "password": "Viewer-1"}, "infrastructure_id": first.infrastructure_id}
    refused = viis("viis_infrastructure", fails=True, **given)
    assert "viis@vsphere.local" in refused.msg and "update_password: always" in refused.msg
    again = {**VCENTER, "infrastructure_id": first.infrastructure_id, "update_password": "always"}
    viis.forget()
    managed = viis("viis_infrastructure", fails=True, **again)
    assert "svm-old" in managed.msg and "force: true" in managed.msg and viis.sent(*WRITES) == []
    anew = viis("viis_infrastructure", force=True, **again)
    assert anew.changed is True and anew.infrastructure_id != first.infrastructure_id


# -- XenServer ---------------------------------------------------------------------------------------------------------


def test_a_secondary_hypervisor(viis):
    result = viis("viis_infrastructure", fails=True, **XEN, **TRUSTING)
    assert "xen1.example.test" in result.msg and "follow_primary: true" in result.msg
    assert result.failure["primary_address"] == "xen1.example.test"
    assert viis.sent("remove_infrastructure") == ["remove_infrastructure"]


def test_follow_the_primary(viis):
    viis.simulator.change_settings({"viis": {"undocumented": True}})
    result = viis("viis_infrastructure", follow_primary=True, **XEN, **TRUSTING)
    assert result.infrastructure["address"] == "xen1.example.test"
    again = viis("viis_infrastructure", follow_primary=True, **XEN, **TRUSTING)
    assert again.infrastructure_id == result.infrastructure_id
    info = viis("viis_infrastructure_info")
    assert [entry["address"] for entry in info.infrastructures] == ["xen1.example.test"]


def test_the_primary_is_not_trusted_silently(viis):
    pins = [thumbprint(viis, "xen2.example.test:443")]
    result = viis("viis_infrastructure", follow_primary=True, thumbprints=pins, fails=True, **XEN)
    assert "xen1.example.test:443" in result.msg


# -- OpenStack ----------------------------------------------------------------------------------------------------------


def test_openstack_microservices_are_trusted_one_by_one(viis):
    result = viis("viis_infrastructure", **OPENSTACK, **TRUSTING)
    assert [entry["address"] for entry in result.certificates] == [
        "keystone.example.test:5000",
        "nova.example.test:8774",
        "glance.example.test:9292",
        "neutron.example.test:9696",
    ]
    assert viis.sent("test_connection", "connect_infrastructure") == ["test_connection", "test_connection", "connect_infrastructure"]
    assert [entry["name"] for entry in result.infrastructure["connections"]][-1] == "cinder at cinder.example.test:8776 (region RegionOne)"


def test_openstack_microservices_are_not_trusted_silently(viis):
    pins = [thumbprint(viis, "keystone.example.test:5000")]
    viis.forget()
    result = viis("viis_infrastructure", thumbprints=pins, fails=True, **OPENSTACK)
    assert "nova.example.test:8774" in result.msg and pins[0] in result.msg
    assert viis.sent("connect_infrastructure") == []


def test_a_broken_microservice(viis):
    result = viis("viis_infrastructure", fails=True, **{**OPENSTACK, "region": "RegionTwo"}, **TRUSTING)
    for word in ("RegionTwo", "neutron", "neutron2.example.test:9696", "NETWORK_ERROR"):
        assert word in result.msg
    assert viis.sent("connect_infrastructure") == []


@pytest.mark.parametrize(
    "settings",
    [
        {"openstack_readonly": "nested"},
        {"openstack_readonly": "absent"},
        {"openstack_readonly_details": "text"},
        {"openstack_readonly_details": "null"},
        {"openstack_accounts": False},
        {"cyrillic_c": True},
    ],
)
def test_readings_of_the_document_about_openstack(viis, settings):
    viis.simulator.change_settings({"viis": settings})
    read_only = {"read_only": {"username": "viewer", "password": "Viewer-1", "domain": "Default"}}
    result = viis("viis_infrastructure", **OPENSTACK, **read_only, **TRUSTING)
    assert result.infrastructure["connected"] is True
    assert viis("viis_infrastructure", infrastructure_id=result.infrastructure_id, **OPENSTACK, **read_only).changed is False


# -- trouble -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_lost_answer_makes_no_second_record(viis, kind):
    viis.simulator.change_settings({"viis": {"undocumented": True}})
    viis.simulator.faults.add(kind, server="viis", method="connect_infrastructure")
    result = viis("viis_infrastructure", **VCENTER, **TRUSTING)
    assert result.infrastructure["connected"] is True
    assert len(viis("viis_infrastructure_info").infrastructures) == 1


def test_a_lost_answer_without_a_list(viis):
    viis.simulator.faults.add("drop_after", server="viis", method="connect_infrastructure")
    result = viis("viis_infrastructure", fails=True, **VCENTER, **TRUSTING)
    assert "cannot list its infrastructures" in result.msg
    assert viis.sent("connect_infrastructure") == ["connect_infrastructure"]


def test_a_conflict_that_names_the_record_is_adopted(viis):
    first = viis("viis_infrastructure", **VCENTER, **TRUSTING)
    viis.simulator.change_settings({"viis": {"duplicate_infrastructure": "refuse_naming_id"}})
    assert viis("viis_infrastructure", **VCENTER).infrastructure_id == first.infrastructure_id


def test_the_server_starts_anew_while_connecting(viis):
    viis.simulator.faults.add("restart", server="viis", method="read_infrastructure", nth=2)
    assert viis("viis_infrastructure", **VCENTER, **TRUSTING).infrastructure["connected"] is True
    assert viis.sent("get_token") == ["get_token"] * 2


def test_the_server_is_gone_at_the_deadline(viis):
    viis.simulator.faults.add("drop_before", server="viis", method="read_infrastructure", count=None)
    result = viis("viis_infrastructure", wait_timeout=60, fails=True, **VCENTER, **TRUSTING)
    assert result.failure["infrastructure_id"] in result.msg and result.failure["kind"] == "timeout"
    viis.simulator.faults.clear()
    assert viis("viis_infrastructure", infrastructure_id=result.failure["infrastructure_id"], **VCENTER).infrastructure["connected"]


def test_tokens_are_shorter_than_the_work(viis):
    viis.simulator.change_settings({"viis": {"token_active_seconds": 30, "token_valid_seconds": 30, "connect_seconds": 200}})
    assert viis("viis_infrastructure", **VCENTER, **TRUSTING).infrastructure["connected"] is True
    assert len(viis.sent("get_token")) > 2


def test_a_wrong_password_is_tried_once(viis):
    result = viis("viis_infrastructure", fails=True, **{**VCENTER, "password": "Wrong-2-secret"})
    assert "does not accept" in result.msg and "Wrong-2-secret" not in result.text
    assert viis.sent() == ["get_token"]


@pytest.mark.parametrize("style", ["problem", "text", "xml", "empty"])
def test_styles_of_errors(viis, style):
    viis.simulator.change_settings({"viis": {"error_style": style, "duplicate_infrastructure": "refuse"}})
    viis("viis_infrastructure", **VCENTER, **TRUSTING)
    result = viis("viis_infrastructure", fails=True, **VCENTER)
    assert "POST /api/3.0/infrastructures" in result.msg and "409" in result.msg
    assert "<" not in result.msg


def test_info(viis):
    id = viis("viis_infrastructure", **VCENTER, **TRUSTING).infrastructure_id
    info = viis("viis_infrastructure_info", infrastructure_id=[id, "nowhere"])
    assert [entry["infrastructure_id"] for entry in info.infrastructures] == [id]
    assert info.missing == ["nowhere"]
    assert "cannot list" in viis("viis_infrastructure_info", fails=True).msg
