# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 2 to 4: certificates, keys, rules."""

from __future__ import annotations

import base64
import hashlib
import ssl
from typing import Any

import pytest
from simulated_viis import RULES, VCENTER, V, ViisClient

CERTIFICATE = V + "/sslConfig/getCertificate?address="
KEY = V + "/sshConfig/getSshKey?address="


def sha1(data: bytes) -> str:
    """The thumbprint of a certificate."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest().upper()


def test_a_certificate_as_documented(viis: ViisClient) -> None:
    body = viis.ok("GET", CERTIFICATE + "vcenter.example.test:443")
    assert body["address"] == "vcenter.example.test:443"
    assert body["viisValidationResult"] == {"isAccepted": False, "validationWarnings": [], "validationErrors": []}
    assert body["thumbprint"] == sha1(base64.b64decode(body["data"]))
    assert viis.ok("GET", CERTIFICATE + "vcenter.example.test:443") == body, "it is always the same"


def test_an_ssh_key_as_documented(viis: ViisClient) -> None:
    body = viis.ok("GET", KEY + "kvm.example.test:2222")
    data = base64.b64decode(body["data"])
    assert body["thumbprint"] == hashlib.sha256(data).hexdigest().upper()
    assert b"ssh-ed25519" in data


def test_r04_the_port_counts(viis: ViisClient) -> None:
    assert viis.refused(400, "GET", KEY + "kvm.example.test:22")["code"] == "NetworkError"


def test_r03_proxmox_has_both(viis: ViisClient) -> None:
    one, other = viis.ok("GET", CERTIFICATE + "pve1.example.test:8006"), viis.ok("GET", KEY + "pve1.example.test:22")
    assert one["thumbprint"] != other["thumbprint"]


@pytest.mark.parametrize(
    "address",
    [
        "hyperv.example.test:443",
        "vcenter.example.test:22",
        "nowhere.example.test:443",
        "cinder.example.test:8776",
        "192.0.2.1:443",
        "127.0.0.1:1",
    ],
)
def test_where_nothing_answers(viis: ViisClient, address: str) -> None:
    viis.refused(400, "GET", CERTIFICATE + address)


@pytest.mark.parametrize("address", ["", "vcenter.example.test", "vcenter.example.test:", "vcenter.example.test:99999", "a b:443"])
def test_host_and_port_are_needed(viis: ViisClient, address: str) -> None:
    assert "address" in viis.refused(400, "GET", CERTIFICATE + address)["errors"]


def test_the_address_may_be_encoded(viis: ViisClient) -> None:
    viis.ok("GET", CERTIFICATE + "vcenter.example.test%3A443")


def test_the_other_server_really_shows_its_certificate(viis: ViisClient, simulator: Any) -> None:
    pem = ssl.get_server_certificate(("127.0.0.1", simulator.viis_reserve.port))
    der = ssl.PEM_cert_to_DER_cert(pem)
    for address in ("127.0.0.1:%d" % simulator.viis_reserve.port, "viis2.example.test:7271"):
        body = viis.ok("GET", CERTIFICATE + address)
        assert base64.b64decode(body["data"]) == der
        assert body["thumbprint"] == sha1(der)
    own = viis.ok("GET", CERTIFICATE + "viis.example.test:7271")
    assert own["thumbprint"] != body["thumbprint"], "each server has its own"


def test_a_rule_answers_201_and_nothing(viis: ViisClient) -> None:
    answer = viis.call("POST", RULES, {"address": "vcenter.example.test:443", "thumbprint": "ab:cd"})
    assert (answer.status_code, answer.content) == (201, b"")


def test_is_accepted_follows_the_rule(viis: ViisClient) -> None:
    viis.trust("vcenter.example.test:443")
    assert viis.ok("GET", CERTIFICATE + "vcenter.example.test:443")["viisValidationResult"]["isAccepted"] is True
    viis.settings(renewed=["vcenter.example.test:443"])
    assert viis.ok("GET", CERTIFICATE + "vcenter.example.test:443")["viisValidationResult"]["isAccepted"] is False, "I-2"


def test_i1_is_accepted_as_printed(viis: ViisClient) -> None:
    viis.settings(is_accepted="always")
    assert viis.ok("GET", CERTIFICATE + "vcenter.example.test:443")["viisValidationResult"]["isAccepted"] is True


def test_a07_bare_address(viis: ViisClient) -> None:
    viis.settings(certificate_address="bare")
    assert viis.ok("GET", CERTIFICATE + "vcenter.example.test:443")["address"] == "vcenter.example.test"


def test_a_second_rule(viis: ViisClient) -> None:
    viis.trust("vcenter.example.test:443")
    viis.trust("vcenter.example.test:443")
    viis.settings(duplicate_rule=409)
    viis.refused(
        409,
        "POST",
        RULES,
        {
            "address": "VCENTER.example.test:443",
            "thumbprint": viis.ok("GET", CERTIFICATE + "vcenter.example.test:443")["thumbprint"].lower(),
        },
    )


def test_thumbprints_are_compared_without_colons_and_case(viis: ViisClient) -> None:
    thumbprint = viis.ok("GET", CERTIFICATE + "vcenter.example.test:443")["thumbprint"].lower()
    viis.ok(
        "POST",
        RULES,
        {"address": "vcenter.example.test:443", "thumbprint": ":".join(thumbprint[at : at + 2] for at in range(0, 40, 2))},
        201,
    )
    assert viis.infrastructure(viis.connect(VCENTER))["connectionInfo"]["admin"]["status"] == "CONNECTED"


def test_a08_ssh_keys_at_an_endpoint_of_their_own(viis: ViisClient) -> None:
    rule = {"address": "kvm.example.test:2222", "thumbprint": viis.ok("GET", KEY + "kvm.example.test:2222")["thumbprint"]}
    viis.refused(404, "POST", V + "/sshConfig/certificateValidator/rules", rule)
    viis.settings(ssh_rules="sshConfig")
    viis.refused(400, "POST", RULES, rule)
    viis.ok("POST", V + "/sshConfig/certificateValidator/rules", rule, 201)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"address": "a:1"},
        {"address": "a", "thumbprint": "AA"},
        {"address": "a:1", "thumbprint": ""},
        {"address": "a:1", "thumbprint": "AA", "more": 1},
        [],
        "x",
    ],
)
def test_wrong_rules(viis: ViisClient, body: Any) -> None:
    viis.refused(400, "POST", RULES, body)
