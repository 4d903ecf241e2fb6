# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wire types, types of infrastructures and addresses (contract viis-rest-api.md, sections 3.1, 8 and 9)."""

from __future__ import annotations

import json

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import InputError
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api import infrastructure_types, objects, wire
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api.objects import NamedRef

BODY = {
    "threadsCount": 2,
    "image": {"skipCheckIntegrity": True, "localization": None},
    "svms": [{"ksc": {"port": 14000, "sslPort": 13000}, "networks": [{"vlanId": 7, "isPrimary": True}], "allowSshAccess": False}],
}


@pytest.mark.parametrize(("types", "number", "boolean"), [("documented", str, bool), ("native", int, bool), ("quoted", str, str)])
def test_wire_types(types, number, boolean):
    sent = wire.body(BODY, types)
    svm = sent["svms"][0]
    for value in (sent["threadsCount"], svm["ksc"]["port"], svm["ksc"]["sslPort"], svm["networks"][0]["vlanId"]):
        assert isinstance(value, number)
    for value in (sent["image"]["skipCheckIntegrity"], svm["allowSshAccess"]):
        assert isinstance(value, boolean)
    assert svm["networks"][0]["isPrimary"] is True
    assert "localization" not in sent["image"]
    assert json.dumps(wire.body({"allowSshAccess": False}, "quoted")) == '{"allowSshAccess": "false"}'


def test_a_password_is_base64_of_utf8_once():
    assert wire.password("пароль") == "0L/QsNGA0L7Qu9GM"
    assert "\n" not in wire.password("x" * 100)


def test_reading_is_liberal():
    record = wire.read({"Id": 1, "Progress": "40", "IsSvm": "True", "\u0441onnectionInfo": {"Status": "X"}, "list": "no", "none": None})
    assert (record.text("id"), record.number("progress"), record.flag("isSvm")) == ("1", 40, True)
    assert record.inner("connectionInfo").text("status") == "X"
    assert (record.each("list"), record.text("none"), record.flag("nothing"), record.inner("id")) == ([], "", None, {})


@pytest.mark.parametrize(
    ("one", "other"), [("NO_ERROR", "NoError"), ("CONNECTED", "Connected"), ("INVALID_CERTIFICATE", "InvalidCertificate")]
)
def test_two_spellings(one, other):
    assert wire.word(one) == wire.word(other)


# -- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "trusted"),
    [
        ("HYPERV", []),
        ("XEN", ["https h:443"]),
        ("NUMAVSERVER", ["https h:443"]),
        ("LIBVIRT", ["ssh h:22"]),
        ("PROXMOX", ["https h:8006", "ssh h:22"]),
        ("VMWARE", ["https h:443"]),
        ("ROSPLATFORMA", ["https h:443"]),
        ("BASISVCONTROL", ["https h:443"]),
        ("FUSIONCOMPUTE", ["https h:7443"]),
        ("NUTANIXPRISM", ["https h:9440"]),
        ("ALTVIRTUALIZATIONSERVER", ["ssh h:22"]),
        ("ASTRALINUX", ["ssh h:22"]),
        ("TIONIXOPENSTACK", ["https h:5000"]),
        ("OPENSTACK", ["https h:5000"]),
        ("VKCLOUDOPENSTACK", ["https h:5000"]),
    ],
)
def test_what_each_type_needs(name, trusted):
    type = infrastructure_types.type_named(" %s " % name.lower())
    assert ["%s %s" % (endpoint.kind, endpoint.address) for endpoint in type.endpoints("h")] == trusted
    assert type.is_openstack == name.endswith("OPENSTACK")


def test_there_are_no_more_types():
    assert len(infrastructure_types.TYPES) == 15


def test_keystone_without_tls_needs_nothing():
    assert infrastructure_types.TYPES["OPENSTACK"].endpoints("h", protocol="http") == []


def test_other_ports():
    addresses = [endpoint.address for endpoint in infrastructure_types.TYPES["PROXMOX"].endpoints("h:9006", ssh_port=2222)]
    assert addresses == ["h:9006", "h:2222"]
    assert infrastructure_types.TYPES["LIBVIRT"].endpoints("[::1]:2222")[0].address == "[::1]:2222"
    assert infrastructure_types.TYPES["VMWARE"].endpoints("::1", https_port=8443)[0].address == "[::1]:8443"


def test_an_unknown_type():
    with pytest.raises(InputError) as caught:
        infrastructure_types.type_named("VMWERE")
    assert 'Did you mean "VMWARE"' in caught.value.message


@pytest.mark.parametrize(
    ("address", "parts"),
    [("h", ("h", None)), ("h:1", ("h", 1)), ("::1", ("::1", None)), ("[::1]", ("::1", None)), ("[::1]:2", ("::1", 2))],
)
def test_addresses(address, parts):
    assert infrastructure_types.split_address(address) == parts


@pytest.mark.parametrize(
    "address",
    ["", "h:", "h:x", "h:0", "h:65536", "h:-1", "h:²", "h:443:1", ":443", "https://h", "a b", "[::1]x", "[::1", "::1]", "[h]:1"],
)
def test_no_addresses(address):
    with pytest.raises(InputError):
        infrastructure_types.split_address(address)


# -- names ---------------------------------------------------------------------------------------------------------------

REFS = [
    NamedRef("1", "One"),
    NamedRef("2", "one"),
    NamedRef("3", "Two", "A/Two"),
    NamedRef("4", "Two", "B/Two"),
    NamedRef("One", "Three"),
]


@pytest.mark.parametrize(("wanted", "id"), [("One", "One"), ("one", "2"), ("A/Two", "3"), ("b/two", "4"), ("4", "4"), ("THREE", "One")])
def test_choose(wanted, id):
    assert objects.choose("network", wanted, REFS, "x").id == id


def test_choose_nothing_and_several():
    with pytest.raises(InputError) as caught:
        objects.choose("network", "Two", REFS, "esx1")
    assert '"A/Two" (id 3); "B/Two" (id 4)' in caught.value.message
    with pytest.raises(InputError) as caught:
        objects.choose("storage", "Tree", REFS, "esx1")
    assert 'There is no storage "Tree" in esx1' in caught.value.message and '"Three"' in caught.value.message
