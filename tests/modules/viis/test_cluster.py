# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""viis_server_role, viis_ha_instance and viis_ha_instance_info."""

from __future__ import annotations

import pytest

WRITES = ("register_instance", "update_instance", "unregister_instance")


@pytest.fixture
def address(reserve):
    end = reserve.simulator.endpoints["viis_reserve"]
    return "%s:%d" % (end.address, end.port)


@pytest.fixture
def primary(viis, address):
    viis("viis_server_role", role="primary")
    viis("viis_certificate", address=address, trust_on_first_use=True)
    viis.forget()
    return viis


@pytest.fixture
def given(reserve, address):
    return {"address": address, "reserve_password": reserve.simulator.viis_reserve.password}


@pytest.mark.parametrize("undocumented", [True, False])
def test_role(viis, address, given, undocumented):
    viis.simulator.change_settings({"viis": {"undocumented": undocumented}})
    assert viis("viis_server_role", check=True).changed is True
    assert viis.sent("set_role") == []
    assert viis("viis_server_role").changed is True
    # Without a reserve only a server that tells its role is known to be the primary one.
    assert viis("viis_server_role").changed is not undocumented
    viis("viis_certificate", address=address, trust_on_first_use=True)
    viis("viis_ha_instance", **given)
    assert viis("viis_server_role").changed is False


def test_register_again_and_take_out(primary, given):
    rehearsal = primary("viis_ha_instance", check=True, **given)
    assert primary.sent(*WRITES) == []
    first = primary("viis_ha_instance", **given)
    assert (first.changed, first.instance["connected"]) == (True, True)
    assert rehearsal.diff == first.diff
    again = primary("viis_ha_instance", **given)
    assert (again.changed, again.instance_id) == (False, first.instance_id)
    assert [entry["id"] for entry in primary("viis_ha_instance_info").instances] == [first.instance_id]
    assert primary("viis_ha_instance", state="absent", check=True, address=given["address"]).changed is True
    assert primary("viis_ha_instance", state="absent", instance_id=first.instance_id).changed is True
    assert primary("viis_ha_instance", state="absent", address=given["address"]).changed is False
    assert primary.sent(*WRITES) == ["register_instance", "unregister_instance"]


def test_a_reserve_that_has_moved(primary, given):
    first = primary("viis_ha_instance", **given)
    moved = {**given, "address": "viis2.example.test:7271"}
    primary("viis_certificate", address=moved["address"], trust_on_first_use=True)
    primary.forget()
    refused = primary("viis_ha_instance", on_address_mismatch="fail", fails=True, **moved)
    assert given["address"] in refused.msg and moved["address"] in refused.msg
    assert primary.sent(*WRITES) == []
    updated = primary("viis_ha_instance", **moved)
    assert (updated.changed, updated.instance_id, updated.instance["address"]) == (True, first.instance_id, moved["address"])
    anew = primary("viis_ha_instance", on_address_mismatch="recreate", **given)
    assert anew.instance_id != first.instance_id
    assert primary.sent(*WRITES) == ["update_instance", "unregister_instance", "register_instance"]


def test_a_wrong_password_of_the_reserve(primary, given):
    result = primary("viis_ha_instance", fails=True, **{**given, "reserve_password": "Wrong-4-secret"})
    assert "Unauthorized" in result.msg and "Wrong-4-secret" not in result.text
    assert primary("viis_ha_instance", **given).instance["connected"] is True
    assert primary.sent(*WRITES) == ["register_instance", "update_instance"]


def test_an_untrusted_reserve(viis, given):
    viis("viis_server_role")
    result = viis("viis_ha_instance", fails=True, **given)
    assert "InvalidCertificate" in result.msg and "viis_certificate" in result.msg


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_lost_answer_makes_no_second_registration(primary, given, kind):
    primary.simulator.faults.add(kind, server="viis", method="register_instance")
    assert primary("viis_ha_instance", **given).instance["connected"] is True
    assert len(primary("viis_ha_instance_info").instances) == 1


def test_a_slow_registration_is_picked_up(primary, given):
    primary.simulator.change_settings({"viis": {"ha_connect_seconds": 1e9}})
    slow = primary("viis_ha_instance", wait_timeout=60, fails=True, **given)
    assert "Connecting" in slow.msg
    primary.simulator.clock.advance(1e9)
    late = primary("viis_ha_instance", **given)
    assert (late.changed, late.instance["connected"]) == (False, True)
    assert primary.sent(*WRITES) == ["register_instance"]


def test_a_reserve_refuses_everything_else(primary, reserve, given):
    primary("viis_ha_instance", **given)
    result = reserve("viis_server_role", fails=True)
    assert "reserve server" in result.msg and result.failure["status"] == 403


def test_a_server_without_clusters(viis, given):
    viis.simulator.change_settings({"viis": {"version": "6.2"}})
    result = viis("viis_server_role", fails=True)
    assert result.failure["status"] == 404
