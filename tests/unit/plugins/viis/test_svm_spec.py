# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wanted of an SVM, and the rules that need no server."""

from __future__ import annotations

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api.infrastructure_types import TYPES
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs import svm_spec
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.jobs.svm_spec import SVMS

NETWORK = dict.fromkeys(svm_spec.NETWORKS["options"])


def spec(state="present", **given):
    shared = {
        "infrastructure_id": "inf",
        "image_id": "img",
        "location": "h1",
        "storage": "s",
        "networks": [{**NETWORK, "network": "n"}],
        "ksc": {"address": "ksc"},
        "root": {"password": "r"},
        "klconfig_password": "k",
    }
    (entry,) = SVMS.read({**dict.fromkeys(SVMS.inherited), **shared, "svms": [{"name": "svm", **given}]})
    return svm_spec.read(entry, state)


def texts(found, state="present"):
    return [mistake.message for mistake in svm_spec.mistakes(found, state)]


def network(**more):
    return [{**NETWORK, "network": "n", "ip_addresses": ["192.0.2.1"], "mask": "255.255.255.0", "gateway": "192.0.2.254", **more}]


def test_what_is_shared_is_inherited_member_by_member():
    found = spec(ksc={"port": 1}, root={"allow_ssh": True}, storage="own")
    assert (found.settings.ksc.address, found.settings.ksc.port, found.settings.ksc.ssl_port) == ("ksc", 1, 13000)
    assert (found.settings.allow_ssh, found.settings.root_password, found.storage) == (True, "r", "own")
    assert texts(found) == []
    assert "r" not in found.returned().values() and found.returned()["root_password"] == "(set)"


@pytest.mark.parametrize("mask", ["255.255.255.0", "255.255.255.255", "128.0.0.0", "255.255.240.0"])
def test_masks(mask):
    assert texts(spec(networks=network(mask=mask), dns={"main": "192.0.2.53"})) == []


@pytest.mark.parametrize("mask", ["0.0.0.255", "255.0.255.0", "24", "255.255.255", "ffff::", "0.0.255.255"])
def test_what_is_not_a_mask(mask):
    assert texts(spec(networks=network(mask=mask), dns={"main": "192.0.2.53"})) == [
        'network "n": mask: "%s" is not a subnet mask such as 255.255.255.0' % mask
    ]


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_ports(port):
    assert texts(spec(ksc={"port": port})) == ["ksc.port: %d is not a port number" % port]
    assert texts(spec(ksc={"ssl_port": port})) == ["ksc.ssl_port: %d is not a port number" % port]


def test_rules_of_the_family():
    def of(type, state, **given):
        return [mistake.failure["option"] for mistake in svm_spec.mistakes_of_family(spec(state, **given), TYPES[type], state)]

    assert of("VMWARE", "present") == []
    assert of("VMWARE", "present", flavor="f", networks=network(vlan_id=1, security_groups=["g"])) == [
        "flavor",
        "security_groups",
        "vlan_id",
    ]
    assert of("OPENSTACK", "present") == ["storage", "flavor"]
    assert of("OPENSTACK", "absent") == [] and of("VMWARE", "absent", flavor="f") == []
    assert of("VMWARE", "configured", networks=network(security_groups=["g"])) == ["security_groups"]
