# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of entries: what is shared is inherited, each entry is judged alone, all are worked on side by side."""

from __future__ import annotations

import os
import signal

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core import progress

IMAGE = "/opt/svm/6.4/svm.xml"
FORGED = "/opt/svm/forged/svm.xml"
VCENTER = {
    "label": "vc",
    "type": "VMWARE",
    "address": "vcenter.example.test",
    "admin": {"username": "administrator@vsphere.local", "password": "Vcenter-1"},
}
PROXMOX = {"label": "pve", "type": "PROXMOX", "address": "pve1.example.test", "admin": {"username": "root@pam", "password": "secret"}}
HYPERV = {
    "label": "hv",
    "type": "HYPERV",
    "address": "hyperv.example.test",
    "admin": {"username": "EXAMPLE\\admin", "password": "Hyperv-1"},
}
OPENSTACK = {
    "label": "cloud",
    "type": "OPENSTACK",
    "address": "keystone.example.test",
    "region": "RegionOne",
    "admin": {"username": "admin", "password": "Stack-1", "domain": "Default"},
}
ALL = [VCENTER, PROXMOX, HYPERV, OPENSTACK]
COMMON = {
    "dns": {"main": "192.0.2.53"},
    "ksc": {"address": "ksc.example.test"},
    "root": {"password": "Root-Secret-2"},
    "klconfig_password": "Klconfig-Secret-2",
}


def wrong(entry):
    return {**entry, "admin": {**entry["admin"], "password": "Wrong-1-secret"}}


def by_label(result, name):
    return {entry["label"]: entry for entry in result.data[name]}


# -- certificates -----------------------------------------------------------------------------------------------------


CERTIFICATES = [
    {"label": "vc", "address": "vcenter.example.test:443"},
    {"label": "kvm", "address": "kvm.example.test:2222", "kind": "ssh"},
    {"label": "gone", "address": "nowhere.example.test:443"},
]


def test_certificates_each_their_own_result(viis):
    result = viis("viis_certificate", certificates=CERTIFICATES, trust_on_first_use=True, on_failure="report")
    assert result.members("certificates", "label", "result") == [("vc", "trusted"), ("kvm", "trusted"), ("gone", "failed")]
    assert "nowhere.example.test:443" in result.certificates[2]["reason"] or "getCertificate" in result.certificates[2]["reason"]
    assert result.certificates[1]["kind"] == "ssh" and result.certificates[1]["thumbprint"]
    assert result.certificates[0]["diff"]["after"].strip() == result.certificates[0]["thumbprint"]
    again = viis("viis_certificate", certificates=CERTIFICATES[:2], trust_on_first_use=True)
    assert (again.changed, {entry["result"] for entry in again.certificates}) == (False, {"unchanged"})


def test_certificates_all_or_none(viis):
    entries = [CERTIFICATES[0], {**CERTIFICATES[1], "thumbprint": "AA"}, {**CERTIFICATES[2], "address": "nowhere"}]
    result = viis("viis_certificate", certificates=entries, trust_on_first_use=True, fails=True)
    assert "gone (nowhere): " in result.msg and "names no port" in result.msg and viis.sent() == []
    result = viis("viis_certificate", certificates=entries[:2], trust_on_first_use=True, fails=True)
    assert "kvm (SSH key of kvm.example.test:2222): " in result.msg and "AA" in result.msg and result.changed is False
    assert viis.sent("trust_certificate") == []


def test_equal_certificates_are_one_and_contradictions_none(viis):
    same = [CERTIFICATES[0], {**CERTIFICATES[0], "label": "other"}]
    result = viis("viis_certificate", certificates=same, trust_on_first_use=True)
    assert result.members("certificates", "label", "result") == [("vc", "trusted"), ("other", "trusted")]
    assert viis.sent("trust_certificate") == ["trust_certificate"]
    same[1]["thumbprint"] = "AA"
    result = viis("viis_certificate", certificates=same, on_failure="report")
    assert result.members("certificates", "result") == ["failed", "failed"]
    assert all("vc (" in entry["reason"] and "other (" in entry["reason"] for entry in result.certificates)


@pytest.mark.parametrize(
    ("module", "name"),
    [("viis_certificate", "certificates"), ("viis_infrastructure", "infrastructures"), ("viis_image", "images"), ("viis_svm", "svms")],
)
def test_no_entries_are_nothing_to_do(viis, module, name):
    assert viis(module, **{name: []}).data[name] == []
    assert viis.sent() == []
    if name != "svms":
        assert "Set %s" % name in viis(module, fails=True).msg


# -- infrastructures --------------------------------------------------------------------------------------------------


def test_infrastructures_are_connected_side_by_side(viis):
    viis.simulator.change_settings({"viis": {"connect_seconds": 100}})
    result = viis("viis_infrastructure", infrastructures=ALL, trust_on_first_use=True)
    assert result.members("infrastructures", "label", "result") == [(entry["label"], "connected") for entry in ALL]
    assert sum(result.slept) < 120
    asked = [method for method in result.methods if method in ("connect_infrastructure", "read_infrastructure")]
    last = max(number for number, method in enumerate(asked) if method == "connect_infrastructure")
    assert asked[:last].count("read_infrastructure") == len(ALL) - 1  # one look at each before the last is started
    assert {entry["infrastructure_id"] for entry in result.infrastructures} == set(
        filter(None, result.members("infrastructures", "infrastructure_id"))
    )
    assert all(entry["infrastructure"]["connected"] for entry in result.infrastructures)


def test_infrastructures_each_their_own_result(viis):
    entries = [VCENTER, wrong(PROXMOX), HYPERV, {**OPENSTACK, "region": "RegionTwo"}]
    result = viis("viis_infrastructure", infrastructures=entries, trust_on_first_use=True, on_failure="report")
    assert result.members("infrastructures", "label", "result") == [
        ("vc", "connected"),
        ("pve", "failed"),
        ("hv", "connected"),
        ("cloud", "failed"),
    ]
    found = by_label(result, "infrastructures")
    assert "UNAUTHORIZED" in found["pve"]["reason"] and "neutron2" in found["cloud"]["reason"]
    assert (found["pve"]["infrastructure_id"], found["pve"]["type"], found["pve"]["address"]) == (None, "PROXMOX", "pve1.example.test")
    assert "Wrong-1-secret" not in result.text
    failed = viis("viis_infrastructure", infrastructures=entries[:2], trust_on_first_use=True, fails=True, update_password="on_create")
    assert "1 of 2 infrastructures failed" in failed.msg and failed.changed is True


def test_what_can_be_known_before_stops_all_before_anything_is_written(viis):
    entries = [VCENTER, {**PROXMOX, "type": "PROXMOXX"}, {**HYPERV, "https_port": 0}, {**OPENSTACK, "admin": PROXMOX["admin"]}]
    result = viis("viis_infrastructure", infrastructures=entries, trust_on_first_use=True, fails=True)
    for text in (
        'pve (PROXMOXX pve1.example.test): There is no infrastructure type "PROXMOXX"',
        "hv (HYPERV hyperv.example.test): https_port: 0",
        "cloud (OPENSTACK keystone.example.test): admin.domain is required",
    ):
        assert text in result.msg
    assert viis.sent() == []
    result = viis("viis_infrastructure", infrastructures=[HYPERV, VCENTER], fails=True)
    assert "vc (VMWARE vcenter.example.test): " in result.msg and "Nothing was changed" in result.msg
    assert viis.sent("connect_infrastructure") == []


def test_one_infrastructure_of_two_labels(viis):
    result = viis(
        "viis_infrastructure", infrastructures=[HYPERV, {**HYPERV, "label": "hv2"}, VCENTER], trust_on_first_use=True, on_failure="report"
    )
    assert result.members("infrastructures", "result") == ["failed", "failed", "connected"]
    assert "hv (" in result.infrastructures[1]["reason"] and "hv2 (" in result.infrastructures[0]["reason"]
    unlabeled = [{**HYPERV, "label": None}, {**HYPERV, "label": None, "address": "HYPERV.example.test"}]
    merged = viis("viis_infrastructure", infrastructures=unlabeled)
    assert merged.members("infrastructures", "result") == ["connected", "connected"] and merged.count("connect_infrastructure") == 1


def test_shared_options_are_inherited(viis):
    entries = [
        {"address": "xen1.example.test"},
        {"address": "kvm.example.test:2222", "type": "LIBVIRT", "admin": {"username": "root", "password": "Kvm-1"}},
    ]
    shared = {"type": "XEN", "admin": {"username": "root", "password": "Xen-1"}, "trust_on_first_use": True}
    result = viis("viis_infrastructure", infrastructures=entries, **shared)
    assert result.members("infrastructures", "type", "result") == [("XEN", "connected"), ("LIBVIRT", "connected")]
    gone = viis(
        "viis_infrastructure",
        state="absent",
        infrastructures=[{"infrastructure_id": e["infrastructure_id"]} for e in result.infrastructures],
    )
    assert gone.members("infrastructures", "result") == ["removed", "removed"]


def test_an_infrastructure_in_use_is_kept_or_is_an_error(viis):
    ids = [
        entry["infrastructure_id"]
        for entry in viis("viis_infrastructure", infrastructures=[VCENTER, HYPERV], trust_on_first_use=True).infrastructures
    ]
    entries = [{"label": "vc", "infrastructure_id": ids[0]}, {"label": "hv", "infrastructure_id": ids[1]}]
    refused = viis("viis_infrastructure", state="absent", infrastructures=entries, fails=True)
    assert "vc (VMWARE vcenter.example.test): " in refused.msg and "svm-old" in refused.msg and refused.count("remove_infrastructure") == 0
    kept = viis("viis_infrastructure", state="absent", infrastructures=entries, in_use="keep")
    assert kept.members("infrastructures", "result") == ["unchanged", "removed"] and "svm-old" in kept.infrastructures[0]["reason"]
    rehearsal = viis("viis_infrastructure", state="absent", infrastructures=[{**entries[0], "leaving_svms": ["svm-old"]}], check=True)
    assert rehearsal.members("infrastructures", "result", "infrastructure_id") == [("removed", ids[0])]


@pytest.mark.parametrize("on_failure", ["fail", "report"])
def test_a_time_out_tells_the_state_of_each(viis, on_failure):
    """KVM takes 20 seconds in this world, the others 5."""
    kvm = {"label": "kvm", "type": "LIBVIRT", "address": "kvm.example.test:2222", "admin": {"username": "root", "password": "Kvm-1"}}
    given = {"trust_on_first_use": True, "wait_timeout": 8, "poll_interval": 2, "on_failure": on_failure}
    slow = viis("viis_infrastructure", infrastructures=[HYPERV, kvm], fails=on_failure == "fail", **given)
    assert slow.members("infrastructures", "result") == ["connected", "pending"]
    id = slow.infrastructures[1]["infrastructure_id"]
    assert id in slow.infrastructures[1]["reason"] and "CONNECTING" in slow.infrastructures[1]["reason"]
    assert on_failure == "report" or id in slow.msg
    late = viis("viis_infrastructure", infrastructures=[{**kvm, "infrastructure_id": id}])
    assert late.members("infrastructures", "result") == ["unchanged"] and late.infrastructures[0]["infrastructure"]["connected"]


def test_the_server_is_gone_at_the_deadline(viis):
    viis.simulator.faults.add("drop_before", server="viis", method="read_infrastructure", count=None)
    given = {"trust_on_first_use": True, "wait_timeout": 60}
    result = viis("viis_infrastructure", infrastructures=[HYPERV, VCENTER], fails=True, **given)
    assert result.members("infrastructures", "result") == ["pending", "pending"]
    for entry in result.infrastructures:
        assert entry["infrastructure_id"] in result.msg and "did not answer" in entry["reason"]


# -- images -----------------------------------------------------------------------------------------------------------


def test_images_are_checked_side_by_side(viis):
    viis.simulator.change_settings({"viis": {"validation_seconds": 100}})
    entries = [
        {"label": "a", "manifest_path": IMAGE},
        {"label": "b", "manifest_path": FORGED},
        {"label": "c", "manifest_path": "/opt/none.xml"},
        {"label": "d", "manifest_path": "relative.xml"},
        {"label": "e", "manifest_path": r"C:\SVM\vmware.xml", "types": ["vmware"]},
        {"label": "f", "manifest_path": IMAGE},
    ]
    result = viis("viis_image", images=entries, types=["Proxmox"], on_failure="report")
    assert result.members("images", "label", "result") == [
        ("a", "registered"), ("b", "failed"), ("c", "failed"), ("d", "failed"), ("e", "registered"), ("f", "registered"),
    ]  # fmt: skip
    found = by_label(result, "images")
    assert "authentic" in found["b"]["reason"] and found["a"]["validated"] and not found["b"]["validated"]
    assert found["a"]["image_id"] == found["f"]["image_id"] and result.count("register_image") == 4
    assert found["a"]["types"] == ["PROXMOX"] and found["e"]["svm_version"] == "6.2.0.900"
    assert sum(result.slept) < 120
    failed = viis("viis_image", images=[{"image_id": found["a"]["image_id"]}, {"image_id": found["b"]["image_id"]}], fails=True)
    assert "1 of 2 images failed" in failed.msg and len(failed.task_ids) == 2
    none = viis("viis_image", images=[entries[0], entries[3]], types=["PROXMOX"], fails=True)
    assert "d (image relative.xml): manifest_path" in none.msg and none.requests == []


def test_images_that_are_not_checked_in_time(viis):
    viis.simulator.change_settings({"viis": {"validation_seconds": 1e6}})
    entries = [{"manifest_path": IMAGE}, {"manifest_path": FORGED}]
    result = viis("viis_image", images=entries, types=["VMWARE"], wait_timeout=30, fails=True)
    assert result.members("images", "result") == ["pending", "pending"]
    assert all(entry["image_id"] in result.msg and entry["task_id"] in result.msg for entry in result.images)


def test_one_list_of_images_serves_all(viis):
    viis.simulator.change_settings({"viis": {"undocumented": True}})
    paths = [IMAGE, FORGED, r"C:\SVM\vmware.xml"]
    viis("viis_image", images=[{"manifest_path": path} for path in paths], types=["VMWARE"], validate=False)
    assert viis.sent().count("list_images") <= 1


# -- SVMs -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def image(viis):
    return viis("viis_image", manifest_path=IMAGE, types=["VMWARE", "PROXMOX", "HYPERV", "OPENSTACK"]).image_id


@pytest.fixture
def ids(viis):
    result = viis("viis_infrastructure", infrastructures=ALL, trust_on_first_use=True)
    return {entry["label"]: entry["infrastructure_id"] for entry in result.infrastructures}


def fleet(ids):
    """One SVM in each infrastructure."""
    places = {
        "vc": {"location": "esx1.example.test", "storage": "ssd", "networks": [{"network": "VM Network"}]},
        "pve": {"location": "pve1", "storage": "local-lvm", "networks": [{"network": "vmbr0"}]},
        "hv": {"location": "HYPERV", "storage": "Volume1", "networks": [{"network": "External"}]},
        "cloud": {"location": "production", "flavor": "svm.small", "networks": [{"network": "private"}]},
    }
    return [{"label": label, "name": "svm-1", "infrastructure_id": ids[label], **place} for label, place in places.items()]


def platform(viis, address):
    return viis.simulator.world["viis"].server.platforms.find(address)


def test_svms_each_their_own_result(viis, image, ids):
    svms = fleet(ids)
    svms[1]["storage"] = "local-lvn"
    viis.simulator.change_settings({"viis": {"refresh_seconds": 60}})
    platform(viis, "hyperv.example.test").error = "NETWORK_ERROR"
    svms.append(
        {"label": "nowhere", "name": "x", "infrastructure_id": "nowhere", "location": "l", "storage": "s", "networks": [{"network": "n"}]}
    )
    svms.append({**svms[0], "label": "typo", "name": "svm-9", "networks": []})
    result = viis("viis_svm", svms=svms, image_id=image, on_failure="report", **COMMON)
    assert result.members("svms", "label", "result") == [
        ("vc", "deployed"), ("pve", "failed"), ("hv", "failed"), ("cloud", "deployed"), ("nowhere", "failed"), ("typo", "failed"),
    ]  # fmt: skip
    found = by_label(result, "svms")
    assert '"local-lvm"' in found["pve"]["reason"] and "NETWORK_ERROR" in found["hv"]["reason"]
    assert "has no infrastructure nowhere" in found["nowhere"]["reason"] and "networks is required" in found["typo"]["reason"]
    assert found["vc"]["location"] == "esx1.example.test" and found["vc"]["id"] and "svm-1" not in found["vc"]["diff"]["before"]
    again = viis("viis_svm", svms=svms, image_id=image, fails=True, **COMMON)
    assert "typo (svm-9): networks is required" in again.msg and again.requests == []
    again = viis("viis_svm", svms=svms[:4], image_id=image, fails=True, **COMMON)
    for text in ("pve (svm-1): ", '"local-lvm"', "hv (svm-1): ", "NETWORK_ERROR", "Nothing was changed"):
        assert text in again.msg
    assert again.count("deploy_svms") == 0


def test_infrastructures_are_refreshed_side_by_side(viis, image, ids):
    viis.simulator.change_settings({"viis": {"refresh_seconds": 100, "step_seconds": 1, "state_seconds": 0}})
    result = viis("viis_svm", svms=fleet(ids), image_id=image, threads=9, **COMMON)
    assert result.members("svms", "result") == ["deployed"] * 4
    assert sum(result.slept) < 150


def test_a_rehearsal_may_refresh_first(viis, image, ids):
    viis("viis_svm", svms=fleet(ids)[:1], image_id=image, **COMMON)
    for machine in platform(viis, "vcenter.example.test").machines.values():
        machine.fresh = machine.svm is None
    rehearsal = {"svms": fleet(ids)[:1], "image_id": image, **COMMON}
    assert viis("viis_svm", check=True, **rehearsal).members("svms", "result") == ["deployed"]
    result = viis.runner("viis_svm", check=True, refresh_in_check_mode=True, **rehearsal)
    assert result.members("svms", "result") == ["unchanged"] and result.count("deploy_svms") == 0


def test_an_svm_that_its_platform_has_moved(viis, image, ids):
    vcenter = platform(viis, "vcenter.example.test")
    machine = vcenter.machines["vm-1009"]
    vcenter.remove(machine)
    machine.parent = "host-102"
    vcenter.add(machine)
    svms = [{**fleet(ids)[0], "name": "svm-old", "label": "old"}, fleet(ids)[3]]
    result = viis("viis_svm", svms=svms, image_id=image, on_failure="report", **COMMON)
    assert result.members("svms", "label", "result") == [("old", "failed"), ("cloud", "deployed")]
    assert 'it is on hypervisor "esx2.example.test"' in result.svms[0]["reason"]


def test_svms_of_one_name_on_two_hypervisors_and_projects(viis, image, ids):
    svms = fleet(ids)
    svms += [{**svms[0], "label": "esx2", "location": "esx2.example.test"}, {**svms[3], "label": "project-2", "location": "project-2"}]
    viis("viis_svm", svms=svms[4:5], image_id=image, **COMMON)
    alone = viis("viis_svm", svms=svms[:1], image_id=image, fails=True, **COMMON)
    assert "an SVM cannot be moved" in alone.msg
    first = viis("viis_svm", svms=svms, image_id=image, **COMMON)
    assert first.members("svms", "result") == ["deployed"] * 4 + ["unchanged", "deployed"] and len(set(first.members("svms", "id"))) == len(
        svms
    )
    again = viis("viis_svm", svms=svms, image_id=image, **COMMON)
    assert again.changed is False and again.members("svms", "id") == first.members("svms", "id")
    only = viis("viis_svm", svms=svms[4:5], image_id=image, **COMMON)
    assert only.members("svms", "result") == ["unchanged"]
    gone = viis("viis_svm", state="absent", svms=svms)
    assert set(gone.members("svms", "result")) == {"removed"}


def test_one_svm_of_two_labels(viis, image, ids):
    svms = [fleet(ids)[0], {**fleet(ids)[0], "label": "again", "location": "host-101"}]
    result = viis("viis_svm", svms=svms, image_id=image, fails=True, **COMMON)
    assert "vc (svm-1)" in result.msg and "again (svm-1)" in result.msg
    assert result.count("deploy_svms") == 0
    for svm in svms:
        svm["location"] = None
    both = viis("viis_svm", svms=svms, image_id=image, fails=True, **COMMON)
    assert "location is required" in both.msg and "vc (svm-1), again (svm-1). List it once" in both.msg
    svms = [{**fleet(ids)[0], "label": None}]
    merged = viis("viis_svm", svms=[svms[0], dict(svms[0])], image_id=image, **COMMON)
    assert merged.members("svms", "result") == ["deployed", "deployed"] and merged.count("deploy_svms") == 1
    assert merged.svms[0]["id"] == merged.svms[1]["id"]


def test_a_broken_second_batch_does_not_lose_the_first_task(viis, image, ids):
    viis.simulator.faults.add(
        "error", server="viis", method="deploy_svms", nth=2, error={"status": 400, "code": "No", "message": "No license"}
    )
    result = viis("viis_svm", svms=fleet(ids), image_id=image, fails=True, **COMMON)
    assert result.members("svms", "result") == ["deployed"] * 3 + ["failed"]
    assert "HTTP 400, No" in result.svms[3]["reason"] and len(result.task_ids) == 1 and result.changed is True


def end_at_a_pause_after(viis, monkeypatch, method):
    advance = type(viis.simulator.clock).advance

    def advanced(clock, seconds):
        advance(clock, seconds)
        if viis.simulator.journal.entries(method, "viis"):
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(type(viis.simulator.clock), "advance", advanced)


def test_the_module_is_ended_while_it_connects_or_checks(viis, monkeypatch):
    viis.forget()
    end_at_a_pause_after(viis, monkeypatch, "connect_infrastructure")
    result = viis("viis_infrastructure", infrastructures=[VCENTER, HYPERV], trust_on_first_use=True, fails=True)
    assert (result.failure["kind"], result.changed) == ("interrupted", True)
    assert result.members("infrastructures", "result") == ["pending", "pending"] and all(
        result.members("infrastructures", "infrastructure_id")
    )
    end_at_a_pause_after(viis, monkeypatch, "validate_image")
    result = viis("viis_image", images=[{"manifest_path": IMAGE}], types=["XEN"], on_failure="report", fails=True)
    assert result.members("images", "result") == ["pending"] and all(result.members("images", "image_id", "task_id")[0])


def test_the_module_is_ended_while_it_waits(viis, image, ids, monkeypatch):
    end_at_a_pause_after(viis, monkeypatch, "deploy_svms")
    result = viis("viis_svm", svms=fleet(ids)[:1], image_id=image, fails=True, **COMMON)
    assert result.failure["kind"] == "interrupted"
    assert result.members("svms", "result") == ["pending"] and len(result.task_ids) == 1 and result.changed is True
    monkeypatch.undo()
    late = viis("viis_svm", svms=fleet(ids)[:1], image_id=image, task_id=result.task_id, **COMMON)
    assert late.members("svms", "result") == ["deployed"] and late.count("deploy_svms") == 0


@pytest.mark.parametrize("change", [{"threads": 0}, {"poll_interval": 0}, {"wait_timeout": -1}, {"ksc": {"address": "k", "port": 70000}}])
def test_numbers_that_cannot_be(viis, change):
    result = viis(
        "viis_svm", svms=fleet(dict.fromkeys(("vc", "pve", "hv", "cloud"), "i"))[:1], image_id="i", fails=True, **{**COMMON, **change}
    )
    assert next(iter(change)) in result.msg and result.requests == []


def test_lines_of_progress(viis, image, ids, tmp_path, monkeypatch):
    told = tmp_path / "progress"
    monkeypatch.setenv(progress.VARIABLE, str(told))
    viis("viis_svm", svms=fleet(ids), image_id=image, threads=1, **COMMON)
    lines = [line for line in told.read_text().splitlines() if not line.startswith("Refresh")]
    assert lines[0].startswith("Deploy: 0 of 4 done, 4 running") and "vcenter.example.test 0/1" in lines[0]
    assert any(line.startswith("Deploy: 2 of 4 deployed, 2 running") for line in lines)
    assert "secret" not in told.read_text().casefold()
    told.unlink()
    viis.simulator.change_settings({"viis": {"validation_seconds": 40, "refresh_seconds": 40}})
    viis("viis_svm", svms=fleet(ids), image_id=image, **COMMON)
    assert told.read_text().startswith("Refresh: 0 of 4 done, 4 running")
    told.unlink()
    viis("viis_image", images=[{"manifest_path": IMAGE}, {"manifest_path": FORGED}], types=["XEN"], on_failure="report")
    assert told.read_text().startswith("Check images: 0 of 2 done, 2 running")
