# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run again: after a time-out, beside another run, with a corrected option, a day later, with one entry wrong."""

from __future__ import annotations

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api import infrastructures, svms

IMAGE = "/opt/svm/6.4/svm.xml"
VCENTER = {
    "type": "VMWARE",
    "address": "vcenter.example.test",
    "admin": {"username": "administrator@vsphere.local", "password": "Vcenter-1"},
    "trust_on_first_use": True,
}
OPENSTACK = {
    "type": "OPENSTACK",
    "address": "keystone.example.test",
    "region": "RegionOne",
    "admin": {"username": "admin", "password": "Stack-1", "domain": "Default"},
    "trust_on_first_use": True,
}
COMMON = {
    "storage": "ssd",
    "networks": [{"network": "VM Network"}],
    "ksc": {"address": "ksc.example.test"},
    "root": {"password": "Root-Secret-2"},
    "klconfig_password": "Klconfig-Secret-2",
}
TWO = [{"name": "svm-1", "location": "esx1.example.test"}, {"name": "svm-2", "location": "esx2.example.test"}]
UNDOCUMENTED = pytest.mark.parametrize("undocumented", [True, False])


@pytest.fixture
def host(viis):
    image = viis("viis_image", manifest_path=IMAGE, types=["VMWARE", "OPENSTACK"]).image_id
    return {**COMMON, "infrastructure_id": viis("viis_infrastructure", **VCENTER).infrastructure_id, "image_id": image, "svms": TWO}


def results(result):
    return result.members("svms", "result")


def named(viis, name):
    return [svm for svm in viis.simulator.snapshot()["viis"]["svms"] if svm["name"] == name]


def settings(viis, **changes):
    viis.simulator.change_settings({"viis": changes})


# -- deploying ----------------------------------------------------------------------------------------------------------


@UNDOCUMENTED
@pytest.mark.parametrize("clash", ["refuse", "fail"])
def test_run_again_after_a_time_out(viis, host, undocumented, clash):
    settings(viis, undocumented=undocumented, name_clash=clash)
    slow = viis("viis_svm", wait_timeout=30, fails=True, **host)
    assert results(slow) == ["pending", "pending"] and slow.task_id in slow.msg
    again = viis("viis_svm", **host)
    assert results(again) == ["deployed", "deployed"]
    assert len(named(viis, "svm-1")) == len(named(viis, "svm-2")) == 1
    assert again.members("svms", "id") == [named(viis, "svm-1")[0]["id"], named(viis, "svm-2")[0]["id"]]
    assert again.count("deploy_svms") == 0 or not undocumented
    assert viis("viis_svm", **host).changed is False


@UNDOCUMENTED
@pytest.mark.parametrize("clash", ["refuse", "fail"])
def test_run_again_too_early_again(viis, host, undocumented, clash):
    settings(viis, undocumented=undocumented, name_clash=clash, step_seconds=200)
    viis("viis_svm", wait_timeout=30, fails=True, **host)
    again = viis("viis_svm", wait_timeout=60, fails=True, **host)
    assert results(again) == ["pending", "pending"]
    for word in ("remove", "delete", "Look in the infrastructure before"):
        assert word not in again.msg
    assert results(viis("viis_svm", **host)) == ["deployed", "deployed"]
    assert len(named(viis, "svm-1")) == 1


@pytest.mark.parametrize("error", ["object", "text", "absent"])
def test_a_deployment_that_fails_on_the_name(viis, host, error):
    """Where the failed task says nothing at all it stays a failure, but what is there is not to be removed."""
    settings(viis, name_clash="fail", task_error=error)
    viis("viis_svm", wait=False, **host)
    again = viis("viis_svm", fails=error == "absent", **host)
    if error != "absent":
        assert results(again) == ["deployed", "deployed"]
        assert all("another deployment" in entry["reason"] for entry in again.svms)
    else:
        assert "remove" not in again.msg and "is there now" not in again.msg
        viis.simulator.clock.advance(1000)
    assert viis("viis_svm", **host).changed is False


def test_only_the_one_that_is_in_use_is_set_apart(viis, host):
    viis("viis_svm", wait=False, **{**host, "svms": TWO[:1]})
    viis.forget()
    more = [*TWO, {"name": "svm-3", "location": "esx2.example.test"}, {"name": "svm-4", "location": "esx2.example.test"}]
    result = viis("viis_svm", **{**host, "svms": more})
    assert results(result) == ["deployed"] * 4
    assert [len(body["svms"]) for body in result.bodies("deploy_svms")] == [4, 1, 3]
    assert len(result.task_ids) == 1


@UNDOCUMENTED
def test_two_runs_at_once(viis, host, undocumented, monkeypatch):
    """The other run sends its request between the plan and the request of this one."""
    settings(viis, undocumented=undocumented)
    deploy = svms.deploy

    def after_the_other(*arguments, **more):
        monkeypatch.setattr(svms, "deploy", deploy)
        assert results(viis("viis_svm", wait=False, **host)) == ["pending", "pending"]
        return deploy(*arguments, **more)

    monkeypatch.setattr(svms, "deploy", after_the_other)
    assert results(viis("viis_svm", **host)) == ["deployed", "deployed"]
    assert len(named(viis, "svm-1")) == len(named(viis, "svm-2")) == 1


def test_an_unfinished_svm_that_looks_like_a_vm(viis, host):
    settings(viis, unfinished_svm="vm", undocumented=True)
    viis("viis_svm", wait=False, **host)
    assert results(viis("viis_svm", **host)) == ["deployed", "deployed"]


def test_an_unfinished_svm_that_looks_like_a_vm_where_nobody_can_tell(viis, host):
    settings(viis, unfinished_svm="vm")
    begun = viis("viis_svm", wait=False, **host)
    unsure = viis("viis_svm", fails=True, **host)
    assert "still being deployed" in unsure.msg and unsure.count("deploy_svms") == 0
    assert results(viis("viis_svm", task_id=begun.task_id, **host)) == ["deployed", "deployed"]


@UNDOCUMENTED
def test_a_corrected_option(viis, host, undocumented):
    settings(viis, undocumented=undocumented)
    given = {
        **host,
        "infrastructure_id": viis("viis_infrastructure", **OPENSTACK).infrastructure_id,
        "storage": None,
        "networks": [{"network": "private"}],
        "svms": [{"name": "svm-1", "location": "production"}],
    }
    failed = viis("viis_svm", flavor="old.small", fails=True, **given)
    assert results(failed) == ["failed"] and "flavor" in failed.msg
    assert results(viis("viis_svm", flavor="svm.small", task_id=failed.task_id, **given)) == ["deployed"]


def test_a_corrected_option_does_not_reach_what_is_at_work(viis, host):
    settings(viis, undocumented=True)
    viis("viis_svm", wait=False, **host)
    again = viis("viis_svm", **{**host, "ksc": {"address": "other.example.test"}})
    assert results(again) == ["deployed", "deployed"]
    assert all("earlier request, with the options of that request" in entry["reason"] for entry in again.svms)
    assert named(viis, "svm-1")[0]["ksc"]["address"] == "ksc.example.test"


def test_a_day_later(viis, host):
    viis("viis_svm", **host)
    viis.simulator.clock.advance(86400)
    assert viis("viis_svm", **host).changed is False


def test_a_task_id_that_is_not_known_any_more(viis, host):
    result = viis("viis_svm", task_id="gone", warns=True, **host)
    assert results(result) == ["deployed", "deployed"] and "task_id" in result.warnings[-1]


@UNDOCUMENTED
def test_one_entry_wrong_after_a_time_out(viis, host, undocumented):
    settings(viis, undocumented=undocumented)
    viis("viis_svm", wait=False, **host)
    more = [*TWO, {"name": "svm-3", "location": "esx3.example.test"}]
    result = viis("viis_svm", on_failure="report", **{**host, "svms": more})
    assert results(result) == ["deployed", "deployed", "failed"]


def test_what_is_ready_at_the_deadline_is_told(viis, host):
    """Of three, one at a time, the first is there before the time is over."""
    more = [*TWO, {"name": "svm-3", "location": "esx2.example.test"}]
    slow = viis("viis_svm", threads=1, wait_timeout=150, fails=True, **{**host, "svms": more})
    assert results(slow) == ["deployed", "pending", "pending"]
    assert slow.svms[0]["id"] and slow.svms[0]["ip_address"] and slow.task_id in slow.msg and "2 of 3 SVMs" in slow.msg
    settings(viis, listing_seconds=1e6)
    old = viis(
        "viis_svm", threads=1, wait_timeout=150, fails=True, **{**host, "svms": [{**svm, "name": svm["name"] + "b"} for svm in more]}
    )
    assert results(old) == ["pending"] * 3 and "no such SVM is listed yet" in old.svms[0]["reason"]


def test_the_answers_after_a_lost_one(viis, host):
    """The request arrived, its answer did not; and then the list of tasks fails, or the name is in use."""
    settings(viis, undocumented=True)
    viis.simulator.faults.add("drop_after", server="viis", method="deploy_svms")
    viis.simulator.faults.add("error", server="viis", path="*virtualization/tasks", nth=2, count=9, error={"status": 500, "code": "Oops"})
    result = viis("viis_svm", **host)
    assert results(result) == ["deployed", "deployed"] and result.count("deploy_svms") == 1


@pytest.mark.parametrize("need", ["listing", "both"])
def test_a_list_that_is_old_at_the_deadline(viis, host, need):
    settings(viis, listing_seconds=1000)
    begun = viis("viis_svm", wait_timeout=300, fails=True, **host)
    assert results(begun) == ["pending", "pending"]
    assert "completed, but no such SVM is listed yet" in begun.msg and all(begun.members("svms", "ip_address"))
    again = viis("viis_svm", task_id=begun.task_id, **host)
    assert results(again) == ["deployed", "deployed"] and again.count("deploy_svms") == 0
    if need == "both":
        settings(viis, listing_seconds=1000)
        given = {"infrastructure_id": host["infrastructure_id"], "svms": TWO, "state": "absent"}
        gone = viis("viis_svm", wait_timeout=300, fails=True, **given)
        assert results(gone) == ["pending", "pending"] and "still listed" in gone.msg
        assert results(viis("viis_svm", task_id=gone.task_id, **given)) == ["removed", "removed"]


def test_what_is_new_is_seen_after_a_refresh(viis, host):
    machine = next(iter(viis.simulator.world["viis"].server.platforms.find("vcenter.example.test").machines.values()))
    viis("viis_svm", **host)
    deployed = viis.simulator.world["viis"].server.platforms.find("vcenter.example.test").machines
    for machine in deployed.values():
        machine.fresh = machine.svm is None
    assert viis("viis_svm", **host).changed is False


@pytest.mark.parametrize("status", [500, 503])
def test_one_error_does_not_end_a_wait(viis, host, status):
    viis.simulator.faults.add("error", server="viis", method="read_task", nth=2, count=4, error={"status": status, "code": "Oops"})
    assert results(viis("viis_svm", **host)) == ["deployed", "deployed"]


def test_a_server_that_is_busy_is_not_one_without_lists(viis, host):
    settings(viis, undocumented=True)
    viis("viis_svm", wait=False, **host)
    viis.simulator.faults.add(
        "error", server="viis", path="*virtualization/tasks", verb="GET", count=3, error={"status": 503, "code": "Busy"}
    )
    result = viis("viis_svm", fails=True, **host)
    assert result.failure["kind"] == "unavailable" and result.count("deploy_svms") == 0


def test_the_server_forgets_the_task(viis, host):
    viis.simulator.faults.add("error", server="viis", method="read_task", nth=2, error={"status": 404, "code": "NotFound"})
    assert results(viis("viis_svm", **host)) == ["deployed", "deployed"]


def test_a_refused_request_changes_nothing(viis, host):
    viis.simulator.faults.add("error", server="viis", method="deploy_svms", error={"status": 409, "code": "NotReady"})
    result = viis("viis_svm", on_failure="report", **{**host, "svms": TWO[:1]})
    assert (results(result), result.changed) == (["failed"], False)


# -- configuring and removing ---------------------------------------------------------------------------------------------


@UNDOCUMENTED
def test_two_removals_at_once(viis, host, undocumented):
    settings(viis, undocumented=undocumented)
    viis("viis_svm", **host)
    given = {"state": "absent", "infrastructure_id": host["infrastructure_id"], "svms": TWO}
    viis("viis_svm", wait=False, **given)
    again = viis("viis_svm", **given)
    assert results(again) == ["removed", "removed"]
    assert viis("viis_svm", **given).changed is False


def test_two_configurations_at_once(viis, host):
    viis("viis_svm", **host)
    given = {"state": "configured", "infrastructure_id": host["infrastructure_id"], "svms": TWO}
    given.update(current_klconfig_password=COMMON["klconfig_password"], dns={"main": "192.0.2.54"})
    viis("viis_svm", wait=False, **given)
    assert results(viis("viis_svm", **given)) == ["configured", "configured"]
    busy = viis("viis_svm", wait=False, **given)
    refused = viis("viis_svm", wait=False, fails=True, **given)
    assert busy.changed is True and refused.changed is False and "SvmIsBusy" in refused.msg


def test_a_configuration_is_not_taken_for_another(viis, host):
    settings(viis, undocumented=True)
    viis("viis_svm", **host)
    given = {"state": "configured", "infrastructure_id": host["infrastructure_id"], "svms": TWO[:1]}
    given["current_klconfig_password"] = COMMON["klconfig_password"]
    viis("viis_svm", wait=False, dns={"main": "192.0.2.54"}, **given)
    changed = viis("viis_svm", dns={"main": "192.0.2.55"}, **given)
    assert results(changed) == ["configured"] and named(viis, "svm-1")[0]["dns"]["main"] == "192.0.2.55"
    # A task that is over need not have set what is asked now.
    assert results(viis("viis_svm", dns={"main": "192.0.2.56"}, task_id=changed.task_id, **given)) == ["configured"]
    assert named(viis, "svm-1")[0]["dns"]["main"] == "192.0.2.56"


# -- infrastructures ------------------------------------------------------------------------------------------------------


def records(viis):
    return viis.simulator.world["viis"].server.infrastructures.all()


def test_a_record_of_others_is_not_cleaned_up(viis):
    """The server says that there is such a record already; it fails to connect, but this run did not make it."""
    viis("viis_infrastructure", **VCENTER)
    settings(viis, duplicate_infrastructure="refuse_naming_id", renewed=["vcenter.example.test:443"])
    viis("viis_object_info", infrastructure_id=records(viis)[0].id, refresh=True, fails=True)
    viis.simulator.world["viis"].server.platforms.find("vcenter.example.test").error = "SERVER_ERROR"
    result = viis("viis_infrastructure", fails=True, **VCENTER)
    assert "existed before and was kept" in result.msg
    assert len(records(viis)) == 1 and viis.sent("remove_infrastructure") == []


def test_a_secondary_record_of_others_is_not_removed(viis):
    xen = {"type": "XEN", "address": "xen2.example.test", "admin": {"username": "root", "password": "Xen-1"}, "trust_on_first_use": True}
    kept = viis("viis_infrastructure", fails=True, cleanup_on_failure=False, **xen).failure["infrastructure_id"]
    settings(viis, duplicate_infrastructure="refuse_naming_id")
    result = viis("viis_infrastructure", follow_primary=True, **xen)
    assert result.infrastructure["address"] == "xen1.example.test" and kept in {record.id for record in records(viis)}
    assert viis.sent("remove_infrastructure") == []


def test_an_adopted_record_is_no_change(viis):
    viis("viis_infrastructure", **VCENTER)
    settings(viis, duplicate_infrastructure="refuse_naming_id")
    again = viis("viis_infrastructure", **VCENTER)
    assert (again.changed, again.infrastructures[0]["result"]) == (False, "unchanged")
    other = {**VCENTER, "admin": {"username": "viis@vsphere.local", "password": "Viewer-1"}}
    assert "update_password: always" in viis("viis_infrastructure", fails=True, **other).msg


@UNDOCUMENTED
def test_a_password_is_tested_before_the_good_connection_goes(viis, undocumented):
    settings(viis, undocumented=undocumented)
    id = viis("viis_infrastructure", **OPENSTACK).infrastructure_id
    typo = {
        **OPENSTACK,
        "infrastructure_id": id,
        "update_password": "always",
        "admin": {**OPENSTACK["admin"], "password": "Wrong-1-secret"},
    }
    viis.forget()
    result = viis("viis_infrastructure", fails=True, **typo)
    assert "UNAUTHORIZED" in result.msg and "Nothing was connected" in result.msg
    assert viis.sent("remove_infrastructure", "connect_infrastructure") == []
    assert [record.id for record in records(viis)] == [id] and result.changed is False
    anew = viis("viis_infrastructure", **{**OPENSTACK, "infrastructure_id": id, "update_password": "always"})
    assert anew.infrastructure["connected"] and [record.id for record in records(viis)] == [anew.infrastructure_id] != [id]


def test_a_certificate_is_tested_before_the_good_connection_goes(viis):
    id = viis("viis_infrastructure", **VCENTER).infrastructure_id
    settings(viis, renewed=["vcenter.example.test:443"])
    result = viis("viis_infrastructure", fails=True, infrastructure_id=id, update_password="always", force=True, **VCENTER)
    assert "not the one that was trusted before" in result.msg
    assert [record.id for record in records(viis)] == [id]


def test_the_error_says_what_is_gone(viis):
    id = viis("viis_infrastructure", **VCENTER).infrastructure_id
    typo = {**VCENTER, "infrastructure_id": id, "admin": {**VCENTER["admin"], "password": "Wrong-1-secret"}, "update_password": "always"}
    assert "svm-old" in viis("viis_infrastructure", fails=True, **typo).msg
    assert [record.id for record in records(viis)] == [id]
    result = viis("viis_infrastructure", fails=True, force=True, **typo)
    assert "The previous connection %s had been removed before that" % id in result.msg and result.infrastructure_id is None
    assert records(viis) == [] and result.changed is True
    settings(viis, connect_seconds=1e6)
    first = viis("viis_infrastructure", wait=False, **VCENTER).infrastructure_id
    slow = viis("viis_infrastructure", fails=True, **{**VCENTER, "infrastructure_id": first, "update_password": "always", "force": True})
    assert "The previous connection %s had been removed before that" % first in slow.msg


def test_two_connections_at_once(viis, monkeypatch):
    """The other run connects between the plan and the request of this one."""
    settings(viis, undocumented=True)
    connect = infrastructures.connect

    def after_the_other(*arguments):
        monkeypatch.setattr(infrastructures, "connect", connect)
        viis("viis_infrastructure", wait=False, **VCENTER)
        return connect(*arguments)

    monkeypatch.setattr(infrastructures, "connect", after_the_other)
    result = viis("viis_infrastructure", **VCENTER)
    assert [record.id for record in records(viis)] == [result.infrastructure_id]
    assert viis("viis_infrastructure", **VCENTER).changed is False


def test_a_day_later_it_is_still_connected(viis):
    id = viis("viis_infrastructure", **VCENTER).infrastructure_id
    viis.simulator.clock.advance(86400)
    assert viis("viis_infrastructure", infrastructure_id=id, **VCENTER).changed is False


def test_a_single_error_does_not_end_the_wait_for_a_connection(viis):
    viis.simulator.faults.add("error", server="viis", method="read_infrastructure", nth=1, count=2, error={"status": 500, "code": "Oops"})
    assert viis("viis_infrastructure", **VCENTER).infrastructure["connected"]


# -- images ---------------------------------------------------------------------------------------------------------------


def test_a_lost_answer_of_a_registration_whatever_the_case_of_types(viis):
    settings(viis, undocumented=True)
    viis.simulator.faults.add("drop_after", server="viis", method="register_image")
    assert viis("viis_image", manifest_path=IMAGE, types=["vmware"]).validated
    assert len(viis.simulator.world["viis"].server.images.all()) == 1


def test_the_server_forgets_the_check_of_an_image(viis):
    viis.simulator.faults.add("error", server="viis", method="read_task", nth=2, error={"status": 404, "code": "NotFound"})
    assert viis("viis_image", manifest_path=IMAGE, types=["VMWARE"]).validated
