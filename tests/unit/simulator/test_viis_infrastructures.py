# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 6 to 9: connecting, the host family."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_viis import HYPERV, PROXMOX, RULES, VCENTER, V, ViisClient, account, changed, without

PATH = V + "/infrastructures"
KVM = {"type": "LIBVIRT", "address": "kvm.example.test:2222", "accounts": {"admin": account("root", "Kvm-1")}}
XEN1 = {"type": "XEN", "address": "xen1.example.test", "accounts": {"admin": account("root", "Xen-1")}}
XEN2 = dict(XEN1, address="xen2.example.test")


def state(viis: ViisClient, wanted: str) -> tuple[str, str]:
    """Status and error of the administrator's connection."""
    record = viis.infrastructure(wanted)["connectionInfo"]["admin"]
    return record["status"], record["connectionError"]


def test_connecting_as_documented(viis: ViisClient) -> None:
    viis.trust("pve1.example.test:8006")
    viis.trust("pve1.example.test:22", "sshConfig/getSshKey")
    answer = viis.ok("POST", PATH, PROXMOX, 201)
    wanted = answer["infrastructureId"]
    record = {"status": "CONNECTING", "connectionError": "NO_ERROR", "errorMessage": ""}
    assert answer == {
        "infrastructureId": wanted,
        "type": "PROXMOX",
        "address": "pve1.example.test",
        "accounts": {"admin": {"name": "root@pam"}, "readOnly": {"name": "viis@pve"}},
        "connectionInfo": {"admin": record, "readOnly": dict(record, updatePeriodSeconds=10)},
    }, "A-31"
    viis.advance(4.9)
    assert state(viis, wanted) == ("CONNECTING", "NO_ERROR")
    viis.advance(0.1)
    record["status"] = "CONNECTED"
    assert viis.infrastructure(wanted) == {
        "infrastructureId": wanted,
        "type": "PROXMOX",
        "address": "pve1.example.test",
        "name": "pve1",
        "displayName": "pve1",
        "version": "8.2.4",
        "accounts": {"admin": {"name": "root@pam"}, "readOnly": {"name": "viis@pve"}},
        "connectionInfo": {"admin": record, "readOnly": dict(record, updatePeriodSeconds=10)},
    }


def test_r02_hyperv_needs_no_trust(viis: ViisClient) -> None:
    assert state(viis, viis.connect(HYPERV)) == ("CONNECTED", "NO_ERROR")


def test_a09_without_trust(viis: ViisClient) -> None:
    wanted = viis.connect(VCENTER)
    assert state(viis, wanted) == ("DISCONNECTED", "INVALID_CERTIFICATE")
    viis.trust("vcenter.example.test:443")
    assert state(viis, wanted) == ("DISCONNECTED", "INVALID_CERTIFICATE"), "nobody tried again"
    viis.ok("POST", "%s/%s/refresh" % (PATH, wanted))
    assert state(viis, wanted) == ("CONNECTING", "NO_ERROR")
    viis.advance(3)
    assert state(viis, wanted) == ("CONNECTED", "NO_ERROR")


def test_a_wrong_thumbprint_is_found_out_when_connecting(viis: ViisClient) -> None:
    viis.ok("POST", RULES, {"address": "vcenter.example.test:443", "thumbprint": "00" * 20}, 201)
    assert state(viis, viis.connect(VCENTER))[1] == "INVALID_CERTIFICATE"


@pytest.mark.parametrize(
    "trusted", [[("pve1.example.test:8006", "sslConfig/getCertificate")], [("pve1.example.test:22", "sshConfig/getSshKey")]]
)
def test_r03_proxmox_needs_both(viis: ViisClient, trusted: Any) -> None:
    for address, kind in trusted:
        viis.trust(address, kind)
    assert state(viis, viis.connect(PROXMOX))[1] == "INVALID_CERTIFICATE"


def test_a_changed_certificate(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    viis.settings(renewed=["vcenter.example.test:443"])
    viis.ok("POST", "%s/%s/refresh" % (PATH, wanted))
    viis.advance(3)
    assert state(viis, wanted) == ("DISCONNECTED", "INVALID_CERTIFICATE")


def test_a_delay_of_its_own(viis: ViisClient) -> None:
    viis.trust("kvm.example.test:2222", "sshConfig/getSshKey")
    wanted = viis.ok("POST", PATH, KVM, 201)["infrastructureId"]
    viis.advance(19)
    assert state(viis, wanted)[0] == "CONNECTING"
    viis.advance(1)
    assert state(viis, wanted)[0] == "CONNECTED"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (changed(VCENTER, "address", "nowhere.example.test"), "NETWORK_ERROR"),
        (changed(VCENTER, "address", "vcenter.example.test:444"), "NETWORK_ERROR"),
        (changed(KVM, "address", "kvm.example.test"), "NETWORK_ERROR"),
        (changed(VCENTER, "type", "NUTANIXPRISM"), "SERVER_ERROR"),
        (changed(VCENTER, "accounts.admin", account("administrator@vsphere.local", "wrong")), "UNAUTHORIZED"),
        (changed(VCENTER, "accounts.admin", account("administrator@vsphere.local", "VmNlbnRlci0x")), "UNAUTHORIZED"),
        (changed(VCENTER, "accounts.admin", account("viis@vsphere.local", "Viewer-1")), "ACCESS_DENIED"),
    ],
)
def test_each_error(viis: ViisClient, body: Any, error: str) -> None:
    viis.trust("vcenter.example.test:443")
    record = viis.infrastructure(viis.connect(body))["connectionInfo"]
    assert (record["admin"]["status"], record["admin"]["connectionError"]) == ("DISCONNECTED", error)
    assert record["admin"]["errorMessage"]


def test_the_read_only_account_is_judged_by_itself(viis: ViisClient) -> None:
    viis.trust("vcenter.example.test:443")
    for name, password, error in (
        ("viis@vsphere.local", "Viewer-1", "NO_ERROR"),
        ("viis@vsphere.local", "x", "UNAUTHORIZED"),
        ("nobody@vsphere.local", "Nobody-1", "ACCESS_DENIED"),
    ):
        wanted = viis.connect(changed(VCENTER, "accounts.readOnly", account(name, password)))
        info = viis.infrastructure(wanted)["connectionInfo"]
        assert (info["admin"]["connectionError"], info["readOnly"]["connectionError"]) == ("NO_ERROR", error)


def test_r07_without_a_read_only_account(viis: ViisClient) -> None:
    wanted = viis.hyperv()
    body = viis.infrastructure(wanted)
    assert "readOnly" not in body["accounts"]
    assert body["connectionInfo"]["readOnly"]["status"] == "CONNECTED"
    viis.settings(read_only_record="with_account")
    assert "readOnly" not in viis.infrastructure(wanted)["connectionInfo"]


def test_a_forced_error() -> None:
    from simulator.runner import Simulator

    world = {
        "viis": {
            "admin_password": "p" * 8,
            "platforms": [
                {"type": "ASTRALINUX", "address": "astra.example.test", "error": "SERVER_ERROR", "message": "Service is down.", "delay": 0}
            ],
        }
    }
    with Simulator(world, speed=0.0) as running:
        viis = ViisClient(running).login()
        wanted = viis.ok(
            "POST", PATH, {"type": "ASTRALINUX", "address": "astra.example.test", "accounts": {"admin": account("root", "x")}}, 201
        )["infrastructureId"]
        assert viis.infrastructure(wanted)["connectionInfo"]["admin"] == {
            "status": "DISCONNECTED",
            "connectionError": "SERVER_ERROR",
            "errorMessage": "Service is down.",
        }


def test_r09_a_secondary_names_the_primary(viis: ViisClient) -> None:
    viis.trust("xen1.example.test:443")
    viis.trust("xen2.example.test:443")
    info = viis.infrastructure(viis.connect(XEN2))["connectionInfo"]
    record = {
        "status": "DISCONNECTED",
        "connectionError": "NETWORK_ERROR",
        "errorMessage": "",
        "details": {"primaryServerAddress": "xen1.example.test"},
    }
    assert info == {"admin": record, "readOnly": dict(record, updatePeriodSeconds=10)}
    assert state(viis, viis.connect(XEN1)) == ("CONNECTED", "NO_ERROR")


def test_the_first_polls_may_say_disconnected(viis: ViisClient) -> None:
    viis.settings(starts_disconnected=True)
    answer = viis.ok("POST", PATH, HYPERV, 201)
    assert answer["connectionInfo"]["admin"]["status"] == "DISCONNECTED"
    assert answer["connectionInfo"]["admin"]["connectionError"] == "NO_ERROR"
    viis.advance(2.5)
    assert state(viis, answer["infrastructureId"])[0] == "CONNECTING"
    viis.advance(2.5)
    assert state(viis, answer["infrastructureId"])[0] == "CONNECTED"


def test_a_refresh_may_keep_the_old_status(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    viis.settings(refresh_keeps_status=True, renewed=["vcenter.example.test:443"])
    viis.ok("POST", "%s/%s/refresh" % (PATH, wanted))
    assert state(viis, wanted)[0] == "CONNECTED"
    viis.advance(3)
    assert state(viis, wanted)[0] == "DISCONNECTED"


@pytest.mark.parametrize("more", [{}, {"data": b""}, {"json": {}}])
def test_refresh_needs_no_body(viis: ViisClient, more: Any) -> None:
    wanted = viis.hyperv()
    answer = viis.call("POST", "%s/%s/refresh" % (PATH, wanted), **more)
    assert (answer.status_code, answer.content) == (200, b"")


def test_removal(viis: ViisClient) -> None:
    wanted = viis.vcenter()
    viis.ok("DELETE", "%s/%s" % (PATH, wanted))
    for verb, path in (("GET", ""), ("DELETE", ""), ("POST", "/refresh"), ("GET", "/objects"), ("GET", "/objects/host-101")):
        viis.refused(404, verb, "%s/%s%s" % (PATH, wanted, path))
    assert viis.svm_names(viis.connect(VCENTER)) == ["svm-old"], "the SVM stays"


def test_removal_while_connecting(viis: ViisClient) -> None:
    wanted = viis.ok("POST", PATH, HYPERV, 201)["infrastructureId"]
    viis.ok("DELETE", "%s/%s" % (PATH, wanted))
    viis.advance(10)
    viis.refused(404, "GET", "%s/%s" % (PATH, wanted))


def test_question_20_removal_with_svms(viis: ViisClient) -> None:
    viis.settings(delete_with_svms="refuse")
    viis.refused(409, "DELETE", "%s/%s" % (PATH, viis.vcenter()))
    viis.ok("DELETE", "%s/%s" % (PATH, viis.hyperv()))


def test_question_5_a_second_record(viis: ViisClient) -> None:
    first = viis.hyperv()
    assert viis.hyperv() != first
    viis.settings(duplicate_infrastructure="refuse")
    assert "infrastructureId" not in viis.refused(409, "POST", PATH, HYPERV)
    viis.settings(duplicate_infrastructure="refuse_naming_id")
    assert viis.refused(409, "POST", PATH, changed(HYPERV, "address", "HYPERV.example.test"))["infrastructureId"] == first


def test_question_18_a_port_in_the_address(viis: ViisClient) -> None:
    viis.trust("vcenter.example.test:443")
    assert state(viis, viis.connect(changed(VCENTER, "address", "vcenter.example.test:443")))[0] == "CONNECTED"
    viis.settings(address_with_port="refuse")
    viis.refused(400, "POST", PATH, changed(VCENTER, "address", "vcenter.example.test:443"))


def test_a06_a_cyrillic_letter(viis: ViisClient) -> None:
    wanted = viis.hyperv()
    viis.settings(cyrillic_c=True)
    body = viis.infrastructure(wanted)
    assert "connectionInfo" not in body
    assert body["\u0441onnectionInfo"]["admin"]["status"] == "CONNECTED"


def test_connected_from_the_start() -> None:
    from simulator.runner import Simulator

    world = {
        "viis": {
            "admin_password": "p" * 8,
            "platforms": [
                {
                    "type": "VMWARE",
                    "address": "v.example.test",
                    "infrastructure_id": "inf-1",
                    "accounts": [{"name": "a", "password": "b"}],
                    "hypervisors": [{"id": "host-1", "name": "esx"}],
                }
            ],
        }
    }
    with Simulator(world, speed=0.0) as running:
        viis = ViisClient(running).login()
        assert state(viis, "inf-1") == ("CONNECTED", "NO_ERROR")
        assert [item["id"] for item in viis.objects("inf-1")["locations"]] == ["host-1"]


@pytest.mark.parametrize(
    "body",
    [
        without(PROXMOX, "type"),
        without(PROXMOX, "address"),
        without(PROXMOX, "accounts"),
        without(PROXMOX, "accounts.admin"),
        without(PROXMOX, "accounts.admin.password"),
        without(PROXMOX, "accounts.readOnly.name"),
        without(PROXMOX, "accounts.readOnly.password"),
        changed(PROXMOX, "type", "Proxmox"),
        changed(PROXMOX, "type", "RED"),
        changed(PROXMOX, "address", ""),
        changed(PROXMOX, "accounts.admin.password", "plain text"),
        changed(PROXMOX, "accounts.admin.password", "c2VjcmV0=="),
        changed(PROXMOX, "accounts.admin.password", ""),
        changed(PROXMOX, "accounts.admin.domain", "d"),
        changed(PROXMOX, "specificSettings", {"protocol": "https"}),
        changed(PROXMOX, "accounts.readOnly", {"name": "", "password": ""}),
        changed(PROXMOX, "accounts.readOnly", {}),
    ],
)
def test_wrong_bodies(viis: ViisClient, body: Any) -> None:
    assert viis.refused(400, "POST", PATH, body)["errors"]
