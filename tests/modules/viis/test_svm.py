# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""viis_image, viis_svm, viis_object_info and viis_task_info."""

from __future__ import annotations

import pytest

IMAGE = "/opt/svm/6.4/svm.xml"
ESX = ["esx1.example.test", "esx2.example.test", "Гипервизор 3"]
WRITES = ("deploy_svms", "configure_svms", "delete_svms")
COMMON = {
    "storage": "ssd",
    "dns": {"main": "192.0.2.53"},
    "ksc": {"address": "ksc.example.test"},
    "root": {"password": "Root-Secret-2"},
    "klconfig_password": "Klconfig-Secret-2",
}
SECRETS = ("Root-Secret-2", "Klconfig-Secret-2", "Um9vdC1TZWNyZXQtMg==", "S2xjb25maWctU2VjcmV0LTI=")


def vcenter(viis):
    return viis(
        "viis_infrastructure",
        type="VMWARE",
        address="vcenter.example.test",
        admin={"username": "administrator@vsphere.local", "password": "Vcenter-1"},
        trust_on_first_use=True,
    ).infrastructure_id


def openstack(viis):
    return viis(
        "viis_infrastructure",
        type="OPENSTACK",
        address="keystone.example.test",
        region="RegionOne",
        admin={"username": "admin", "password": "Stack-1", "domain": "Default"},
        trust_on_first_use=True,
    ).infrastructure_id


@pytest.fixture
def image(viis):
    return viis("viis_image", manifest_path=IMAGE, types=["VMWARE", "OPENSTACK", "HYPERV"]).image_id


@pytest.fixture
def host(viis, image):
    """Arguments for SVMs in the vCenter."""
    return {**COMMON, "infrastructure_id": vcenter(viis), "image_id": image}


def network(ip, **more):
    return {"network": "VM Network", "ip_address": ip, "mask": "255.255.255.0", "gateway": "192.0.2.1", **more}


def three(**more):
    return [
        {"name": "svm-%d" % n, "location": location, "networks": [network("192.0.2.1%d" % n)], **more} for n, location in enumerate(ESX, 1)
    ]


def results(result):
    return {entry["name"]: entry["result"] for entry in result.svms}


def body(viis, method):
    return viis.simulator.journal.entries(method, viis.name)[-1].body


# -- images ----------------------------------------------------------------------------------------------------------


def test_an_image_is_registered_and_checked(viis):
    rehearsal = viis("viis_image", manifest_path=IMAGE, types=["vmware"], check=True)
    assert (rehearsal.changed, rehearsal.image_id, rehearsal.validated) == (True, None, False)
    assert viis.sent("register_image", "validate_image") == []
    first = viis("viis_image", manifest_path=IMAGE, types=["vmware"])
    assert (first.changed, first.svm_version, first.validated) == (True, "6.4.0.100", True)
    again = viis("viis_image", image_id=first.image_id)
    assert (again.changed, again.image_id, again.validated) == (False, first.image_id, True)
    unchecked = viis("viis_image", image_id=first.image_id, validate=False)
    assert (unchecked.changed, unchecked.validated) == (False, False)


def test_a_forged_image(viis):
    result = viis("viis_image", manifest_path="/opt/svm/forged/svm.xml", types=["VMWARE"], fails=True)
    assert "authentic" in result.msg and result.failure["state"] == "Failed"


def test_a_wrong_manifest_path(viis):
    result = viis("viis_image", manifest_path="/opt/svm/none.xml", types=["VMWARE"], fails=True)
    assert "There is no such file on the Integration Server" in result.msg
    assert result.changed is False
    relative = viis("viis_image", manifest_path="svm.xml", types=["VMWARE"], fails=True)
    assert "not absolute" in relative.msg


def test_an_unknown_image(viis):
    assert "has no image nowhere" in viis("viis_image", image_id="nowhere", fails=True).msg


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_other_methods_of_validation(viis, method):
    viis.simulator.change_settings({"viis": {"validate_method": method}})
    assert viis("viis_image", manifest_path=IMAGE, types=["VMWARE"]).validated is True


# -- deploying ---------------------------------------------------------------------------------------------------------


def test_deploy_three_again_configure_and_remove(viis, host):
    viis.forget()
    rehearsal = viis("viis_svm", check=True, svms=three(), **host)
    assert viis.sent(*WRITES, "refresh_infrastructure") == []
    first = viis("viis_svm", svms=three(), **host)
    assert rehearsal.diff == first.diff and results(rehearsal) == results(first)
    assert [entry["ip_address"] for entry in first.svms] == ["192.0.2.11", "192.0.2.12", "192.0.2.13"]
    assert viis.sent(*WRITES) == ["deploy_svms"]
    assert all(entry["id"] for entry in first.svms) and first.task_id
    viis.forget()
    again = viis("viis_svm", svms=three(), **host)
    assert again.changed is False and set(results(again).values()) == {"unchanged"}
    assert viis.sent(*WRITES) == []
    given = {"infrastructure_id": host["infrastructure_id"], "svms": [{"name": "svm-%d" % n} for n in (1, 2, 3)]}
    configured = viis(
        "viis_svm",
        state="configured",
        current_klconfig_password="Klconfig-Secret-2",
        root={"allow_ssh": True, "password": "Root-3"},
        **given,
    )
    assert set(results(configured).values()) == {"configured"}
    assert {svm["ssh"] for svm in viis.simulator.snapshot()["viis"]["svms"] if svm["name"] in results(first)} == {True}
    gone = viis("viis_svm", state="absent", **given)
    assert set(results(gone).values()) == {"removed"}
    assert viis("viis_svm", state="absent", **given).changed is False
    assert viis.sent(*WRITES) == ["configure_svms", "delete_svms"]
    for result in (rehearsal, first, again, configured, gone):
        assert not any(secret in result.text for secret in SECRETS)


def test_the_request_is_as_documented(viis, host):
    viis.simulator.change_settings(
        {"viis": {"wire_types": "strict-documented", "object_types": "raw_plus", "trailing_slash": "documented"}}
    )
    viis("viis_svm", svms=three()[:1], threads=2, skip_integrity_check=True, **host)
    sent = body(viis, "deploy_svms")
    assert sent["threadsCount"] == "2"
    assert sent["image"] == {"id": host["image_id"], "skipCheckIntegrity": True, "localization": "en"}
    assert sent["svms"][0]["svmSettings"]["ksc"] == {"address": "ksc.example.test", "port": "14000", "sslPort": "13000", "language": "en"}
    queries = [entry.query for entry in viis.simulator.journal.entries("list_objects", "viis")]
    assert any("objectTypes=VM+SVM" in query for query in queries)


@pytest.mark.parametrize(("setting", "option"), [("strict-native", "native"), ("strict-quoted", "quoted")])
def test_the_other_wire_types(viis, host, setting, option):
    viis.simulator.change_settings({"viis": {"wire_types": setting}})
    viis("viis_svm", svms=three()[:1], wire_types=option, **host)
    refused = viis("viis_svm", svms=[{**three()[1], "name": "other"}], fails=True, **host)
    assert refused.failure["status"] == 400


def test_openstack(viis, image):
    id = openstack(viis)
    given = {**COMMON, "storage": None, "infrastructure_id": id, "image_id": image, "flavor": "svm.small", "volume_type": "ssd"}
    svms = [
        {
            "name": "svm-a",
            "location": "Default/production",
            "availability_zone": "nova",
            "server_group": "svm-anti-affinity",
            "networks": [
                {"network": "private", "primary": True, "security_groups": ["svm"]},
                {"network": "private", "ip_addresses": ["192.0.2.31", "192.0.2.32"], "mask": "255.255.255.0", "gateway": "192.0.2.1"},
                {"network": "public"},
            ],
        },
        {"name": "svm-b", "location": "Тестовый проект", "networks": [{"network": "net-1"}]},
    ]
    assert viis("viis_svm", check=True, svms=svms, **given).changed is True
    first = viis("viis_svm", svms=svms, **given)
    assert results(first) == {"svm-a": "deployed", "svm-b": "deployed"}
    sent = body(viis, "deploy_svms")
    assert len(sent["svms"]) == 2
    networks = sent["svms"][0]["deploymentInfo"]["settings"]["networks"]
    assert [len(entry["ports"]) for entry in networks] == [2, 1]
    assert viis("viis_svm", svms=svms, **given).changed is False
    small = {**given, "flavor": "old.small"}
    old = viis("viis_svm", svms=[{**svms[1], "name": "svm-c"}], svm_version="6.4.0.100", check=True, **small)
    assert "is for SVMs of version 5.2" in old.warnings[0]
    removed = viis("viis_svm", state="absent", infrastructure_id=id, svms=[{"name": "svm-a"}, {"name": "svm-b"}])
    assert set(results(removed).values()) == {"removed"}


def test_two_families_are_two_requests(viis, host):
    cloud = openstack(viis)
    viis.forget()
    svms = [
        *three(),
        {
            "name": "svm-os",
            "infrastructure_id": cloud,
            "location": "production",
            "flavor": "svm.small",
            "networks": [{"network": "private"}],
        },
    ]
    given = {**host, "storage": None}
    for svm in svms[:3]:
        svm["storage"] = "ssd"
    result = viis("viis_svm", svms=svms, **given)
    assert set(results(result).values()) == {"deployed"}
    assert viis.sent(*WRITES) == ["deploy_svms", "deploy_svms"]
    assert len(result.task_ids) == 2


def test_reads_do_not_grow_with_what_is_not_used(viis, host):
    viis.forget()
    viis("viis_svm", svms=three()[:1], **host)
    assert len(viis.sent("list_objects")) == 4  # hypervisors, SVMs, machines on the one hypervisor; read back
    assert len(viis.sent("read_object")) == 1
    viis.forget()
    viis("viis_svm", svms=three()[:1], **host)
    assert len(viis.sent("list_objects")) == 2
    assert viis.sent("read_object") == []


def test_a_large_infrastructure(make_viis):
    """500 hypervisors, 5000 machines: what is asked depends on the two hypervisors that are used."""
    viis = make_viis("viis-large")
    image = viis("viis_image", manifest_path=IMAGE, types=["VMWARE"]).image_id
    given = {**COMMON, "dns": None, "infrastructure_id": "large", "image_id": image}
    names = [entry["name"] for entry in viis("viis_object_info", infrastructure_id="large").locations]
    svms = [{"name": "svm-%d" % n, "location": names[n], "networks": [{"network": "VM Network"}]} for n in (7, 499)]
    first = viis("viis_svm", svms=svms, **given)
    reads = [entry for entry in first.requests if entry.method in ("list_objects", "read_object")]
    assert len(reads) == 2 + 2 * 2 + 1  # all hypervisors, all SVMs; of each hypervisor itself and its machines; read back
    assert sum(entry.bytes_out for entry in reads) < 100_000
    again = viis("viis_svm", svms=svms, **given)
    assert again.changed is False and again.count("list_objects", "read_object") == 2


def test_fifty_svms_are_one_request(make_viis):
    viis = make_viis("viis-large")
    image = viis("viis_image", manifest_path=IMAGE, types=["VMWARE"]).image_id
    given = {**COMMON, "dns": None, "infrastructure_id": "large", "image_id": image, "threads": 50}
    names = [entry["name"] for entry in viis("viis_object_info", infrastructure_id="large").locations]
    svms = [{"name": "svm-%d" % n, "location": names[n], "networks": [{"network": "VM Network"}]} for n in range(50)]
    first = viis("viis_svm", svms=svms, **given)
    assert set(results(first).values()) == {"deployed"}
    assert first.count("deploy_svms") == 1
    gone = viis("viis_svm", state="absent", infrastructure_id="large", svms=[{"name": svm["name"]} for svm in svms])
    assert gone.count("delete_svms") == 1 and len(gone.requests) < 20


# -- rules and names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"networks": [network("192.0.2.11", primary=False)]}, "exactly one of its networks must have primary: true, not 0"),
        ({"networks": [network("192.0.2.11"), network("192.0.2.12")]}, "exactly one of its networks must have primary: true, not 0"),
        ({"networks": [{"network": "VM Network", "addressing": "static"}]}, "static requires ip_addresses and mask and gateway"),
        ({"networks": [{**network("192.0.2.11"), "addressing": "dynamic"}]}, "cannot be combined with"),
        ({"networks": [network("192.0.2.300")]}, '"192.0.2.300" is not an IP address'),
        ({"networks": [network("192.0.2.11", mask="24")]}, '"24" is not a subnet mask'),
        ({"networks": []}, "networks is required"),
        ({"location": None}, "location is required"),
    ],
)
def test_rules_before_the_first_request(viis, change, said):
    svm = {**three()[0], **change}
    result = viis("viis_svm", svms=[svm], infrastructure_id="i", image_id="m", fails=True, **COMMON)
    assert said in result.msg and "svm-1" in result.msg
    assert viis.sent() == []


def test_static_needs_dns_and_required_options(viis):
    result = viis("viis_svm", svms=three()[:1], infrastructure_id="i", image_id="m", fails=True)
    for word in ("dns.main", "ksc", "root.password", "klconfig_password"):
        assert word in result.msg
    assert viis.sent() == []


def test_two_entries_of_one_name_or_address(viis):
    twice = [three()[0], {**three()[1], "name": "svm-1", "location": ESX[0]}]
    assert "2 entries are the same object" in viis("viis_svm", svms=twice, infrastructure_id="i", image_id="m", fails=True, **COMMON).msg
    same = [three()[0], {**three()[1], "networks": three()[0]["networks"]}]
    assert "192.0.2.11 is given 2 times" in viis("viis_svm", svms=same, infrastructure_id="i", image_id="m", fails=True, **COMMON).msg
    assert viis.sent() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"location": "esx9.example.test"}, 'no hypervisor "esx9.example.test"'),
        ({"storage": "sdd"}, 'no storage "sdd"'),
        ({"networks": [network("192.0.2.11", network="VM Netwrk")]}, '"VM Network"'),
        ({"flavor": "x"}, "flavor is not supported in infrastructures of type VMWARE"),
        ({"networks": [network("192.0.2.11", vlan_id=5)]}, "vlan_id is only for HYPERV"),
        ({"networks": [network("192.0.2.11", security_groups=["a"])]}, "security_groups is not supported"),
        ({"networks": [network(None, ip_addresses=["192.0.2.11", "192.0.2.21"])]}, "take one IP address, not 2"),
        ({"storage": ""}, "storage is required"),
        ({"name": "svm-taken"}, "in use by a VM that is not an SVM"),
        ({"name": "svm-old", "location": "esx2.example.test"}, 'it is on hypervisor "esx1.example.test"'),
    ],
)
def test_names_and_rules_of_the_family(viis, host, change, said):
    viis.forget()
    svm = {**three()[0], **change}
    if "ip_addresses" in (change.get("networks") or [{}])[0]:
        svm["networks"][0].pop("ip_address")
    result = viis("viis_svm", svms=[svm, three()[1]], fails=True, **host)
    assert said in result.msg and "Nothing was changed" in result.msg
    assert viis.sent(*WRITES) == []


def test_all_wrong_names_are_one_error(viis, host):
    svms = three(storage="sdd")
    svms[2]["location"] = "Гипервизор 4"
    result = viis("viis_svm", svms=svms, fails=True, **host)
    assert 'svm-3: There is no hypervisor "Гипервизор 4"' in result.msg and '"Гипервизор 3"' in result.msg
    assert result.failure["svms"] == ["svm-1", "svm-2", "svm-3"]


def test_two_svms_of_one_name_on_the_server(make_viis):
    world = {
        "viis": {
            "admin_password": "x-Viis-1",
            "platforms": [
                {
                    "type": "HYPERV",
                    "address": "h",
                    "infrastructure_id": "inf",
                    "accounts": [{"name": "a", "password": "p"}],
                    "networks": [{"id": "n", "name": "N"}, {"id": "n2", "name": "N"}],
                    "storages": [{"id": "s", "name": "S", "freeSpace": 1}],
                    "hypervisors": [
                        {"id": "h1", "name": "h1", "svms": [{"id": "1", "name": "svm", "version": "6.4", "klconfig_password": "k"}]},
                        {"id": "h2", "name": "h2", "svms": [{"id": "2", "name": "svm", "version": "6.4", "klconfig_password": "k"}]},
                    ],
                }
            ],
        }
    }
    other = make_viis(world)
    given = {"infrastructure_id": "inf"}
    refused = other("viis_svm", state="absent", svms=[{"name": "svm"}], fails=True, **given)
    assert '1 on "h1"; 2 on "h2"' in refused.msg
    new = {"name": "new", "location": "h1", "networks": [{"network": "N"}]}
    ambiguous = other("viis_svm", svms=[new], image_id="i", fails=True, **{**COMMON, "storage": "S", **given})
    assert 'The network "N" is ambiguous' in ambiguous.msg and '"N" (id n2)' in ambiguous.msg
    assert other.sent(*WRITES) == []
    gone = other("viis_svm", state="absent", svms=[{"name": "svm", "location": "h2"}], **given)
    assert results(gone) == {"svm": "removed"}


def test_before_the_infrastructure_exists(viis):
    result = viis("viis_svm", check=True, svms=three(), **COMMON)
    assert (result.changed, set(results(result).values())) == (True, {"deployed"})
    assert "not connected yet" in result.svms[0]["reason"]
    assert "infrastructure_id is required" in viis("viis_svm", svms=three(), fails=True, **COMMON).msg


def test_after_the_infrastructure_is_gone(viis):
    assert viis("viis_svm", state="absent", infrastructure_id="gone", svms=[{"name": "svm-1"}]).changed is False
    assert "has no infrastructure gone" in viis("viis_svm", svms=three(), infrastructure_id="gone", image_id="i", fails=True, **COMMON).msg


# -- configuring ---------------------------------------------------------------------------------------------------------


def configure(viis, host, **arguments):
    given = {"current_klconfig_password": "Klconfig-1", "svms": [{"name": "svm-old"}], **arguments}
    return viis("viis_svm", state="configured", infrastructure_id=host["infrastructure_id"], **given)


def test_only_what_is_given_is_sent(viis, host):
    configure(viis, host, dns={"main": "192.0.2.54"})
    (sent,) = body(viis, "configure_svms")["svms"]
    assert set(sent["svmSettings"]) == {"password", "dns"}
    assert sent["deploymentInfo"]["settings"] == {}
    assert sent["deploymentInfo"]["target"] == {
        "infrastructureId": host["infrastructure_id"],
        "svmId": "vm-1009",
        "location": {"id": "host-101"},
    }


def test_the_same_networks_are_no_change(viis, host):
    viis.forget()
    assert configure(viis, host, networks=[{"network": "VM Network"}]).changed is False
    assert viis.sent(*WRITES) == []
    assert configure(viis, host, networks=[{"network": "Защищённая сеть"}]).changed is True
    assert configure(viis, host, networks=[{"network": "Защищённая сеть"}]).changed is False


def test_a_wrong_klconfig_password(viis, host):
    result = configure(viis, host, ksc={"address": "ksc2.example.test"}, current_klconfig_password="Wrong-3-secret", fails=True)
    assert results(result) == {"svm-old": "failed"}
    assert "CheckKlconfigPassword" in result.msg and "Wrong-3-secret" not in result.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "nothing to configure"),
        ({"root": {"allow_ssh": True}}, "give both allow_ssh and password"),
        ({"ksc": {"port": 1}}, "ksc.address is required"),
        ({"dns": {"main": "192.0.2.5"}, "current_klconfig_password": None}, "current_klconfig_password is required"),
        ({"dns": {"main": "192.0.2.5"}, "svms": [{"name": "svm-odl"}]}, '"svm-old"'),
    ],
)
def test_what_cannot_be_configured(viis, host, change, said):
    assert said in configure(viis, host, fails=True, **change).msg


# -- trouble --------------------------------------------------------------------------------------------------------------


def test_one_of_three_fails(viis, host):
    failure = {"svm": "svm-2", "operation": "deploy", "step": "UploadSvmImage", "message": "No space left on device"}
    viis.simulator.change_settings({"viis": {"svm_failures": [failure]}})
    result = viis("viis_svm", svms=three(), fails=True, **host)
    assert results(result) == {"svm-1": "deployed", "svm-2": "failed", "svm-3": "deployed"}
    assert "1 of 3 SVMs failed" in result.msg and "UploadSvmImage" in result.msg and "No space left on device" in result.msg
    info = viis("viis_task_info", id=[result.task_id, "nowhere"])
    assert [svm["name"] for svm in info.tasks[0]["svms"]] == ["svm-1", "svm-2", "svm-3"]
    assert info.tasks[0]["svms"][1]["step"] == "UploadSvmImage" and info.missing == ["nowhere"]
    viis.simulator.change_settings({"viis": {"svm_failures": []}})
    again = viis("viis_svm", svms=three(), **host)
    assert results(again) == {"svm-1": "unchanged", "svm-2": "deployed", "svm-3": "unchanged"}


@pytest.mark.parametrize(
    "settings",
    [
        {"parent_completes": True},
        {"cancelled": "Canceled"},
        {"cancelled": "Stopped"},
        {"task_error": "text"},
        {"task_error": "absent"},
    ],
)
def test_readings_of_the_document_about_failures(viis, host, settings):
    failure = {"svm": "svm-2", "operation": "deploy", "outcome": "cancel" if "cancelled" in settings else "fail"}
    viis.simulator.change_settings({"viis": {"svm_failures": [failure], **settings}})
    result = viis("viis_svm", svms=three(), fails=True, **host)
    assert results(result) == {"svm-1": "deployed", "svm-2": "failed", "svm-3": "deployed"}


@pytest.mark.parametrize(
    "settings",
    [
        *({"task_answer": answer} for answer in ("taskId", "wrapped", "string", "location")),
        *({"svm_id_in": place} for place in ("result", "parameters", "top")),
        {"early_svm_id": True},
        {"success": {"deploy_svms": 200}},
        {"refresh_keeps_status": True},
    ],
)
def test_readings_of_the_document_about_tasks(viis, host, settings):
    viis.simulator.change_settings({"viis": settings})
    result = viis("viis_svm", svms=three()[:1], **host)
    assert result.svms[0]["id"] == viis("viis_svm", svms=three()[:1], **host).svms[0]["id"]


@pytest.mark.parametrize("undocumented", [True, False])
@pytest.mark.parametrize("by_task", [True, False])
def test_a_slow_deployment_is_picked_up(viis, host, undocumented, by_task):
    viis.simulator.change_settings({"viis": {"step_seconds": 1e7, "undocumented": undocumented}})
    slow = viis("viis_svm", svms=three(), wait_timeout=60, fails=True, **host)
    assert set(results(slow).values()) == {"pending"}
    assert slow.task_id in slow.msg and "Running" in slow.msg
    viis.forget()
    viis.simulator.change_settings({"viis": {"step_seconds": 20}})
    viis.simulator.clock.advance(1e8)
    viis.simulator.snapshot()
    late = viis("viis_svm", svms=three(), wait_timeout=600, **({"task_id": slow.task_id} if by_task else {}), **host)
    assert set(results(late).values()) <= {"deployed", "unchanged"}
    assert viis.sent("deploy_svms") == []


@pytest.mark.parametrize("undocumented", [True, False])
def test_a_deployment_in_progress_is_waited_for(viis, host, undocumented):
    viis.simulator.change_settings({"viis": {"undocumented": undocumented}})
    begun = viis("viis_svm", svms=three(), wait=False, **host)
    assert set(results(begun).values()) == {"pending"}
    late = viis("viis_svm", svms=three(), **host)
    assert set(results(late).values()) == {"deployed"}
    assert sorted(svm["name"] for svm in viis.simulator.snapshot()["viis"]["svms"]).count("svm-1") == 1


@pytest.mark.parametrize("kind", ["drop_after", "drop_middle", "truncate"])
@pytest.mark.parametrize("undocumented", [True, False])
def test_a_lost_answer_makes_no_second_svm(viis, host, undocumented, kind):
    viis.simulator.change_settings({"viis": {"undocumented": undocumented, "name_clash": "allow"}})
    viis.simulator.faults.add(kind, server="viis", method="deploy_svms")
    result = viis("viis_svm", svms=three(), **host)
    assert set(results(result).values()) == {"deployed"}
    assert viis.sent("deploy_svms") == ["deploy_svms"]


def test_a_request_that_never_arrived(viis, host):
    viis.simulator.change_settings({"viis": {"undocumented": True}})
    viis.simulator.faults.add("drop_before", server="viis", method="deploy_svms")
    assert set(results(viis("viis_svm", svms=three(), **host)).values()) == {"deployed"}


def test_a_request_that_never_arrived_where_nobody_can_tell(viis, host):
    viis.simulator.faults.add("drop_before", server="viis", method="deploy_svms")
    result = viis("viis_svm", svms=three(), wait_timeout=600, fails=True, **host)
    assert "It is not known whether it was done" in result.msg
    assert set(results(viis("viis_svm", svms=three(), **host)).values()) == {"deployed"}


def test_a_lost_answer_of_a_removal(viis, host):
    viis("viis_svm", svms=three(), **host)
    viis.simulator.faults.add("drop_after", server="viis", method="delete_svms")
    given = {"infrastructure_id": host["infrastructure_id"], "svms": [{"name": "svm-%d" % n} for n in (1, 2, 3)]}
    assert set(results(viis("viis_svm", state="absent", **given)).values()) == {"removed"}


@pytest.mark.parametrize("kind", ["kill_session", "restart", "drop_before", "html"])
def test_trouble_while_waiting(viis, host, kind):
    viis.simulator.faults.add(kind, server="viis", method="read_task", nth=2)
    result = viis("viis_svm", svms=three(), **host)
    assert set(results(result).values()) == {"deployed"}
    assert viis.sent("deploy_svms") == ["deploy_svms"]


def test_the_server_is_gone_at_the_deadline(viis, host):
    viis.simulator.faults.add("drop_before", server="viis", method="read_task", count=None)
    result = viis("viis_svm", svms=three(), wait_timeout=60, fails=True, **host)
    assert set(results(result).values()) == {"pending"}
    assert result.task_id in result.msg and "did not answer" in result.msg and result.changed is True
    viis.simulator.faults.clear()
    assert viis("viis_svm", svms=three(), task_id=result.task_id, **host).count("deploy_svms") == 0


def test_the_server_is_gone_while_an_image_is_checked(viis):
    viis.simulator.faults.add("drop_before", server="viis", method="read_task", count=None)
    result = viis("viis_image", manifest_path=IMAGE, types=["VMWARE"], wait_timeout=60, fails=True)
    assert result.failure["image_id"] and result.failure["task_id"] in result.msg


def test_tokens_are_shorter_than_a_deployment(viis, host):
    viis.simulator.change_settings({"viis": {"token_active_seconds": 40, "token_valid_seconds": 40}})
    viis.forget()
    assert set(results(viis("viis_svm", svms=three(), **host)).values()) == {"deployed"}
    assert len(viis.sent("get_token")) > 2


def test_a_token_that_never_works(viis, host):
    viis.simulator.faults.add("kill_session", server="viis", count=None)
    viis.forget()
    result = viis("viis_svm", svms=three(), fails=True, **host)
    assert "did not accept its own new token" in result.msg
    assert len(viis.sent()) == 4  # two tokens, the request twice


def test_the_server_refuses_the_request(viis, host):
    viis.simulator.faults.add(
        "error", server="viis", method="deploy_svms", error={"status": 400, "code": "VIIS_No", "message": "No license"}
    )
    result = viis("viis_svm", svms=three(), fails=True, **host)
    assert "POST /api/3.0/management/deployment/svm/" in result.msg and result.failure["status"] == 400
    assert result.changed is False


# -- reading ----------------------------------------------------------------------------------------------------------------


def test_object_info(viis, host):
    id = host["infrastructure_id"]
    hypervisors = viis("viis_object_info", infrastructure_id=id).locations
    assert [entry["name"] for entry in hypervisors] == ESX
    detail = viis("viis_object_info", infrastructure_id=id, id=[hypervisors[2]["id"], "vm-1009", "nowhere"])
    assert [entry["name"] for entry in detail.locations[0]["resources"]["storages"]] == ["ssd", "hdd"]
    assert (detail.vms[0]["is_svm"], detail.vms[0]["svm_version"], detail.missing) == (True, "6.1.0.1", ["nowhere"])
    machines = viis("viis_object_info", infrastructure_id=id, object_types=["VM", "SVM"], parent=ESX[0], refresh=True)
    assert {entry["name"] for entry in machines.vms} == {"web-1", "База данных", "svm-taken", "svm-old"}
    assert "closest" in viis("viis_object_info", infrastructure_id=id, location="esx", fails=True).msg
