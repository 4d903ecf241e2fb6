# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of an SVM under each value of each setting of the simulated Integration Server, one at a time."""

from __future__ import annotations

import pytest

import readings

VCENTER = {
    "type": "VMWARE",
    "address": "vcenter.example.test",
    "admin": {"username": "administrator@vsphere.local", "password": "Vcenter-1"},
}
SECRETS = {"Root-Secret-2", "Klconfig-Secret-2", "Klconfig-Secret-3"}
SETTINGS = {
    "storage": "ssd",
    "dns": {"main": "192.0.2.53"},
    "ksc": {"address": "ksc.example.test"},
    "root": {"password": "Root-Secret-2"},
    "klconfig_password": "Klconfig-Secret-2",
}
SVM = {
    "name": "svm-1",
    "location": "esx1.example.test",
    "networks": [{"network": "VM Network", "ip_address": "192.0.2.11", "mask": "255.255.255.0", "gateway": "192.0.2.1"}],
}


def rehearsed(viis, module, repeated=True, **arguments):
    """Rehearse a step, do it, and do it again, which must write nothing."""
    rehearsal = viis(module, check=True, **arguments)
    first = viis(module, **arguments)
    assert (rehearsal.changed, first.changed) == (True, True), module
    assert rehearsal.diff == first.diff, module
    if repeated:
        assert viis(module, **arguments).changed is False, module
    return first


def live(viis, case):
    viis.simulator.change_settings({case.part: {case.name: case.value}})
    viis.runner.secrets.update(SECRETS)
    vcenter = rehearsed(viis, "viis_infrastructure", repeated=False, trust_on_first_use=True, **VCENTER).infrastructure_id
    assert viis("viis_infrastructure", infrastructure_id=vcenter, **VCENTER).changed is False
    image = rehearsed(viis, "viis_image", repeated=False, manifest_path="/opt/svm/6.4/svm.xml", types=["VMWARE"]).image_id
    given = {"infrastructure_id": vcenter, **case.options.get("viis_svm", {})}
    deployed = rehearsed(viis, "viis_svm", image_id=image, svms=[SVM], **given, **SETTINGS)
    assert deployed.members("svms", "result", "ip_address") == [("deployed", "192.0.2.11")]
    change = {"state": "configured", "current_klconfig_password": "Klconfig-Secret-2", "klconfig_password": "Klconfig-Secret-3"}
    change.update(case.options.get("viis_svm state=configured", {}))
    configured = rehearsed(viis, "viis_svm", repeated=False, svms=[{"name": "svm-1"}], **change, **given)
    assert configured.members("svms", "result") == ["configured"]
    removed = rehearsed(viis, "viis_svm", state="absent", svms=[{"name": "svm-1"}], **given)
    assert removed.members("svms", "result") == ["removed"]
    assert [svm["name"] for svm in viis.simulator.snapshot()["viis"]["svms"] if svm["name"] == "svm-1"] == []


def live_in_cluster(viis, reserve, case):
    viis.simulator.change_settings({case.part: {case.name: case.value}})
    end = viis.simulator.viis_reserve
    address = "%s:%d" % (end.address, end.port)
    given = {"address": address, "reserve_password": end.password}
    rehearsed(viis, "viis_server_role", repeated=False)
    rehearsed(viis, "viis_certificate", address=address, trust_on_first_use=True)
    assert rehearsed(viis, "viis_ha_instance", **given).instance["connected"] is True
    assert viis("viis_server_role").changed is False
    rehearsed(viis, "viis_ha_instance", state="absent", address=address)


@pytest.mark.parametrize("case", readings.params(readings.cases("viis")))
def test_an_svm_or_a_cluster(viis, reserve, case):
    if case.name.startswith(readings.CLUSTER):
        live_in_cluster(viis, reserve, case)
    else:
        live(viis, case)
