# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new generation of SVMs: whether a new one is ready, what is an old Light Agent, and what is missing for the proof."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ksv.light_agent.plugins.plugin_utils import _requests, _steps, _svms

pytestmark = pytest.mark.every_core

KEY = {"product": "KSVLASVM", "version": "6.4.0.0", "active": True, "expires": "2027-01-01T00:00:00Z", "expired": False}
NOBODY = {}


def request(role, **given):
    checked = ArgumentSpecValidator(_requests.ARGUMENTS).validate({"role": role, "svm": {"name": "svm-new"}, **given})
    assert not checked.error_messages
    return _requests.build("new", checked.validated_parameters, {"ksv_ksc_server": "ksc.test"})


def returned(name, **call):
    role = _steps.role_of(name)
    return _steps.Returned(_steps.ROLES[role][name], {"results": [{"item": "new", **call}]})


def status(entry=None, required="activated", check=False, activated=None, **call):
    found = returned("svm_status_look", hosts=[] if entry is None else [{"label": "new", "agent_alive": True, **entry}], **call)
    return _svms.status("new", request("svm_status", activated=activated), found, NOBODY.get, required, check)


def test_an_svm_is_looked_up_by_address_or_by_name():
    assert request("svm_status", ip="192.0.2.31")["steps"] == {"svm_status_look": [{"label": "new", "ip": "192.0.2.31"}]}
    for address in ("svm.example.test", None):
        found = request("svm_status", ip=address)
        assert found["steps"] == {"svm_status_look": [{"label": "new", "name": "svm-new"}]}
    assert (found["connection"], found["label"], found["account"]) == ({"server": "ksc.test"}, "ksc.test", None)


@pytest.mark.parametrize("old", [None, " ", "svm-new", "SVM-NEW"])
def test_an_svm_that_replaces_nothing_or_itself(old):
    with pytest.raises(_requests.NotUsable, match="ksv_replaces"):
        request("svm_replacement", replaces=old)


def test_an_svm_with_a_key():
    found = status({"license_keys": [{"active": False}, KEY]})
    assert (found["failed"], found["connected"], found["has_key"]) == (False, True, True)
    assert found["msg"].endswith("has a license key until 2027-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("keys", "activated", "has", "fails", "told"),
    [
        ([], None, False, True, "has no license key"),
        ([{"active": False}], True, False, True, "Solution activation"),
        ([{**KEY, "expired": True}], None, False, True, "its license key has expired"),
        ([{**KEY, "expires": None, "expired": None}], None, True, False, "and has a license key"),
        (None, None, None, True, "it cannot be determined whether it has a license key (no right to read licenses)"),
        (None, True, None, False, "ksv_svm_activated says"),
    ],
)
def test_an_svm_without_a_key(keys, activated, has, fails, told):
    entry = {"license_keys": keys, "license_keys_reason": "no right to read licenses"}
    found = status(entry, activated=activated)
    assert (found["has_key"], found["failed"]) == (has, fails) and told in found["msg"]
    assert not status(entry, "connected")["failed"] and not status(entry, "none")["failed"]


def test_an_svm_that_is_not_connected():
    for required, fails in (("activated", True), ("connected", True), ("none", False)):
        found = status({"agent_alive": False, "license_keys": [KEY]}, required)
        assert (found["failed"], found["connected"]) == (fails, False) and "not connected" in found["msg"]


@pytest.mark.parametrize(
    ("absent", "real", "dry"),
    [
        ({"label": "new", "reason": "no record", "records": [], "error": None}, True, False),
        ({"label": "new", "reason": "2 records", "records": ["1", "2"], "error": None}, True, True),
        ({"label": "new", "reason": "refused", "records": [], "error": "authentication"}, True, True),
    ],
)
def test_an_svm_that_has_no_record(absent, real, dry):
    """In a dry run it may be one that is still to be deployed."""
    assert status(missing=[absent])["failed"] is real and status(missing=[absent], check=True)["failed"] is dry
    assert status(missing=[absent], required="none")["failed"] is bool(absent["error"])


def test_a_look_that_failed_as_a_whole():
    found = _svms.status("new", request("svm_status"), returned("svm_status_look", msg="Nobody is there."), NOBODY.get)
    assert found["failed"] and found["msg"] == "Nobody is there."


# -- what is old -------------------------------------------------------------------------------------------------------


class Hostvars(dict):
    """As that of Ansible: raw_get gives what is written, and an item is templated."""

    templated = {}

    def raw_get(self, host):
        return dict.__getitem__(self, host)

    def __getitem__(self, host):
        if self.templated.get(host) is AnsibleError:
            raise AnsibleError("'version' is undefined")
        return {**dict.__getitem__(self, host), **self.templated.get(host, {})}


def product(name, version=None):
    return {"ksv_product": {"name": name, **({"version": version} if version else {})}}


def test_old_is_what_nobody_declares():
    hostvars = Hostvars(a=product("kesl", "12.4.0.0"), b=product("KESL", "12.4.0.0"), svm={}, d=product("KSVLA"))
    hostvars["e"] = product("KSVLA", "{{ version }}")
    hostvars.templated = {"e": product("KSVLA", "6.5.0.0")}
    assert _svms.old_products(hostvars) == [
        {"name": "kesl", "except_versions": ["12.4.0.0"]},
        {"name": "KSVLA", "except_versions": ["6.5.0.0"]},
    ]


def test_of_several_declared_versions_nobody_knows_which_are_old():
    hostvars = Hostvars(a=product("kesl", "12.4.0.0"), b=product("kesl", "12.1.0.0"), c=product("KSVLA", "6.4.0.0"))
    with pytest.raises(AnsibleFilterError, match=r"several versions: kesl 12\.4\.0\.0, 12\.1\.0\.0\. Set svm_replacement_old_products"):
        _svms.old_products(hostvars)


def test_what_cannot_be_read_is_no_proof():
    with pytest.raises(AnsibleFilterError, match="svm_replacement_old_products"):
        _svms.old_products(Hostvars(svm={}, a=product("KSVLA")))
    hostvars = Hostvars(a=product("kesl", "12.4.0.0"), b=product("KSVLA", "{{ version }}"))
    hostvars.templated = {"b": AnsibleError}
    with pytest.raises(AnsibleFilterError, match="ksv_product of b cannot be read"):
        _svms.old_products(hostvars)


def onboarded(ip, server, **result):
    request = {"account": {"name": server, "username": "u"}, "steps": {"tenant_onboarding_move": [{"ip": ip, "virtual_server": server}]}}
    return {"tenant_onboarding_request": {"request": request}, "tenant_onboarding_result": result}


def test_accounts_and_upgrades_of_the_run():
    hostvars = Hostvars(
        a=onboarded("192.0.2.1", "Tenant A", changed=True),
        b=onboarded("192.0.2.2", "Tenant A", changed=False),
        c=onboarded("192.0.2.3", "Tenant B", changed=True, failed=True),
        d={},
    )
    assert _svms.upgrading(hostvars) == {("Tenant A", "192.0.2.1"), (None, "192.0.2.1")}
    assert [account["name"] for account in _svms.tenant_accounts(hostvars)] == ["Tenant A", "Tenant B"]


# -- the proof ---------------------------------------------------------------------------------------------------------


def old(name, **more):
    return {"name": name, "ip": "192.0.2.1", "virtual_server": "Tenant A", "product": "kesl", "version": "12.1.0.0", **more}


ASKED = {"virtual_server": "Tenant A", "hosts": 0, "reason": ""}


def proof(entries=(), servers=(ASKED,), required="proven", upgraded=()):
    found = returned("svm_replacement_proof", hosts=list(entries), servers=list(servers))
    return _svms.proof(request("svm_replacement", replaces="svm-old"), found, NOBODY.get, required, upgraded)


def test_nobody_needs_the_old_svm():
    assert proof() == {
        "changed": False,
        "failed": False,
        "lacking": [],
        "msg": "no host needs the old SVM: 1 server was searched",
    }


def test_who_still_needs_it_is_named():
    entries = [
        old("a", build="12.1.0.1543", last_agent_connection="2026-11-02T08:15:00Z"),
        old("b", ip=None, virtual_server=None, version=None, last_visible="2026-11-01T00:00:00Z"),
        old("c"),
    ]
    found = proof(entries)
    assert found["failed"] and found["msg"].startswith("the old SVM is not removed: ")
    assert found["lacking"] == [
        "Tenant A: a (192.0.2.1) has kesl 12.1.0.0 (build 12.1.0.1543), last connected at 2026-11-02T08:15:00Z",
        "primary server: b (no address) has kesl in an unknown version, last seen at 2026-11-01T00:00:00Z",
        "Tenant A: c (192.0.2.1) has kesl 12.1.0.0, never connected, as far as is known",
    ]
    told = proof(entries, required="none")
    assert not told["failed"] and told["lacking"] == found["lacking"] and "nevertheless" in told["msg"]
    many = proof([old("host-%d" % number) for number in range(12)])
    assert many["msg"].endswith("; and 2 more") and len(many["lacking"]) == 12


def test_a_dry_run_leaves_out_who_would_be_upgraded():
    assert not proof([old("a")], upgraded={("Tenant A", "192.0.2.1")})["failed"]
    assert proof([old("a")], upgraded={("Tenant B", "192.0.2.1")})["failed"]


def test_a_server_that_could_not_be_looked_at_is_no_proof():
    found = proof(servers=[ASKED, {"virtual_server": "Tenant B", "hosts": None, "reason": "It is disabled."}])
    assert found["failed"] and found["lacking"] == ["Tenant B could not be searched: It is disabled"]


@pytest.mark.parametrize("required", ["proven", "none"])
def test_a_look_that_failed_or_was_left_out_is_no_proof(required):
    wanted = request("svm_replacement", replaces="svm-old")
    for results in ([{"item": "new", "msg": "Nobody is there."}], []):
        found = _steps.Returned(_steps.ROLES["svm_replacement"]["svm_replacement_proof"], {"results": results})
        assert _svms.proof(wanted, found, NOBODY.get, required)["failed"]


def test_the_report():
    registered = {"results": [{"hosts": [old("a")], "servers": [ASKED]}]}
    assert _svms.report(registered) == ["Tenant A: a (192.0.2.1) has kesl 12.1.0.0, never connected, as far as is known"]
    assert _svms.report({"results": [{"hosts": [], "servers": [ASKED]}]}) == ["no host has an old Light Agent: 1 server was searched"]
