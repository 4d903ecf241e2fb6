# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every request of the vendor's two documents, compared with what we send; every answer of theirs, read.

The bodies are those of seeds 003 (SVMs) and 004 (cluster), corrected as contract viis-rest-api.md, section 8, says; the
documents write targetholders in angle brackets, here most have values. Numbers and booleans are as section 9 says.
"""

from __future__ import annotations

import base64

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import AccessDenied, AnswerLost, AuthenticationFailed
from ansible_collections.ksv.light_agent.plugins.module_utils._core.https import Answer
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api import (
    certificates,
    images,
    infrastructures,
    instances,
    objects,
    svms,
    tasks,
    wire,
)
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api.infrastructure_types import TYPES, TrustEndpoint
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api.infrastructures import Account, Target
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api.session import Conflict, NotFound
from ansible_collections.ksv.light_agent.plugins.module_utils._viis.api.svms import Adapter, Ksc, ResolvedTarget, SvmRequest, SvmSettings

API = "/api/3.0/"


def b64(text):
    return base64.b64encode(text.encode()).decode()


# -- authentication (003:32-84) ---------------------------------------------------------------------------------------


def test_token_then_bearer(server):
    with server.session() as session:
        session.get("infrastructures/1")
        session.get("infrastructures/1")
    token, first, second = server.sent
    assert token.line == "GET /api/3.0/auth/tokens"
    assert token.headers["Authorization"] == "Basic " + b64("admin:secret")
    assert first.headers["Authorization"] == second.headers["Authorization"] == "Bearer access-1"
    assert all(sent.headers["Accept"] == "application/json" for sent in server.sent)


def test_one_new_token_and_one_repeat_after_a_401(server):
    server.answer("POST /api/3.0/infrastructures", Answer(401, {}, ""), {"infrastructureId": "1"})
    session = server.session()
    assert session.post("infrastructures", {}).record.text("infrastructureId") == "1"
    assert [sent.method for sent in server.sent] == ["GET", "POST", "GET", "POST"]


def test_never_a_loop_of_tokens(server):
    server.answer("GET /api/3.0/x", Answer(401, {}, ""))
    with pytest.raises(AuthenticationFailed):
        server.session().get("x")
    assert len(server.sent) == 4


def test_a_wrong_password_is_tried_once_and_not_shown(server):
    server.answer("GET /api/3.0/auth/tokens", Answer(401, {}, '{"message": "secret %s"}' % b64("admin:secret")))
    with pytest.raises(AuthenticationFailed) as caught:
        server.session().get("x")
    assert len(server.sent) == 1
    assert "secret" not in caught.value.message and b64("admin:secret") not in caught.value.message


# -- certificates (003:86-227, 004:117-173) -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("https", "GET /api/3.0/sslConfig/getCertificate?address=vcenter:443"),
        ("ssh", "GET /api/3.0/sshConfig/getSshKey?address=vcenter:443"),
    ],
)
@pytest.mark.parametrize("address", ["vcenter", "vcenter:443"])
def test_read_and_trust_a_certificate(server, kind, line, address):
    answer = {
        "address": address,
        "thumbprint": "AB:CD",
        "data": "...",
        "viisValidationResult": {"isAccepted": True, "validationWarnings": [], "validationErrors": []},
    }
    server.answer(line, answer)
    session = server.session()
    found = certificates.read(session, TrustEndpoint(kind, "vcenter:443"))
    assert server.last.line == line
    assert (found.thumbprint, found.accepted, found.has("ab cd")) == ("AB:CD", True, True)
    server.answer("POST /api/3.0/sslConfig/certificateValidator/rules", Answer(201, {}, ""))
    certificates.accept(session, found)
    assert server.last.line == "POST /api/3.0/sslConfig/certificateValidator/rules"
    assert server.last.body == {"address": "vcenter:443", "thumbprint": "AB:CD"}


def test_an_ipv6_address_is_encoded(server):
    server.answer("GET /api/3.0/sslConfig/getCertificate?address=%5B::1%5D:443", {"thumbprint": "A"})
    certificates.read(server.session(), TrustEndpoint("https", "[::1]:443"))


# -- infrastructures (003:237-1030) ---------------------------------------------------------------------------------------


def test_connect_a_host_infrastructure(server):
    server.answer("POST /api/3.0/infrastructures", {"infrastructureId": "inf-1"})
    target = Target(TYPES["PROXMOX"], "pve1.example.test", Account("root@pam", "secret"), Account("viis@pve", "secret"))
    assert infrastructures.connect(server.session(), target) == "inf-1"
    assert server.last.body == {
        "type": "PROXMOX",
        "address": "pve1.example.test",
        "accounts": {
            "admin": {"name": "root@pam", "password": "c2VjcmV0"},
            "readOnly": {"name": "viis@pve", "password": "c2VjcmV0"},
        },
    }


def test_without_a_read_only_account_there_is_no_member(server):
    infrastructures.connect(server.session(), Target(TYPES["HYPERV"], "h", Account("a", "p")))
    assert set(server.last.body["accounts"]) == {"admin"}


def test_test_and_connect_openstack(server):
    account = Account("admin", "пароль", "Default")
    target = Target(TYPES["OPENSTACK"], "keystone", account, Account("viewer", "p", "Users"), "https", "RegionOne")
    body = {
        "type": "OPENSTACK",
        "address": "keystone",
        "specificSettings": {"protocol": "https", "region": "RegionOne"},
        "accounts": {
            "admin": {"domain": "Default", "name": "admin", "password": b64("пароль")},
            "readOnly": {"domain": "Users", "name": "viewer", "password": b64("p")},
        },
    }
    session = server.session()
    infrastructures.test(session, target)
    assert (server.last.line, server.last.body) == ("POST /api/3.0/infrastructures/testConnection", body)
    infrastructures.connect(session, target)
    assert (server.last.line, server.last.body) == ("POST /api/3.0/infrastructures", body)


HOST_ANSWER = {
    "infrastructureId": "inf-1",
    "type": "VMWARE",
    "address": "vcenter",
    "name": "vc",
    "displayName": "vc",
    "version": "8",
    "accounts": {"admin": {"name": "root"}, "readOnly": {"name": "viewer"}},
    "connectionInfo": {
        "admin": {"status": "CONNECTED", "connectionError": "NO_ERROR", "errorMessage": ""},
        "readOnly": {"status": "CONNECTED", "connectionError": "NO_ERROR", "errorMessage": "", "updatePeriodSeconds": 10},
    },
}


def test_read_a_host_infrastructure(server):
    server.answer("GET /api/3.0/infrastructures/inf%2F1", HOST_ANSWER)
    found = infrastructures.read(server.session(), "inf/1")
    assert found.connected and (found.admin_name, found.read_only_name) == ("root", "viewer")


def test_a_secondary_hypervisor(server):
    record = {"status": "DISCONNECTED", "connectionError": "NETWORK_ERROR", "details": {"primaryServerAddress": "xen1"}}
    server.answer("GET /api/3.0/infrastructures/1", {**HOST_ANSWER, "connectionInfo": {"admin": record, "readOnly": record}})
    found = infrastructures.read(server.session(), "1")
    assert (found.connected, found.primary_address, len(found.failed)) == (False, "xen1", 2)


def endpoint(address, status="CONNECTED", error="NO_ERROR"):
    return {"address": address, "protocol": "https", "version": "2", "status": status, "error": error}


@pytest.mark.parametrize("name", ["connectionInfo", "\u0441onnectionInfo", "ConnectionInfo"])
@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("details", ["...", None])
def test_read_an_openstack_infrastructure(server, name, nested, details):
    regions = [
        {
            "id": "RegionOne",
            "endpoints": {"compute": [endpoint("192.0.2.1:8774", "DISCONNECTED", "INVALID_CERTIFICATE")], "glance": [endpoint("g:1")]},
        }
    ]
    info = {"admin": {"status": "CONNECTED", "connectionError": "NO_ERROR", "details": {"regions": regions}}}
    read_only = {"status": "DISCONNECTED", "connectionError": "ACCESS_DENIED", "updatePeriodSeconds": 0, "details": details}
    answer = {"type": "OPENSTACK", "address": "k", name: info}
    (info if nested else answer)["readonly"] = read_only
    found = infrastructures.from_record(wire.read(answer))
    assert [entry.who for entry in found.failed] == ["read_only", "compute at 192.0.2.1:8774 (region RegionOne)"]
    assert [entry.address for entry in found.services if entry.needs_trust] == ["192.0.2.1:8774"]


def test_refresh_and_remove(server):
    session = server.session()
    infrastructures.refresh(session, "1")
    assert (server.last.line, server.last.body) == ("POST /api/3.0/infrastructures/1/refresh", None)
    infrastructures.remove(session, "1")
    assert server.last.line == "DELETE /api/3.0/infrastructures/1"


# -- images (003:1031-1252) -------------------------------------------------------------------------------------------------


def test_register_an_image(server):
    vendor = {"productName": "SVM", "vendor": "AO Kaspersky Lab", "description": "d", "publisher": "AO Kaspersky Lab"}
    server.answer(
        "POST /api/3.0/management/deployment/svm/images/register/manifest",
        {
            "id": "img-1",
            "manifest": {"svmVersion": "6.2", "size": "100", "vendorInfo": {"en": vendor, "ru": vendor}},
            "hypervisors": [{"type": "XEN"}],
        },
    )
    image = images.register(server.session(), "/opt/svm.xml", ["XEN", "VMWARE"])
    assert server.last.body == {"manifestUrl": "/opt/svm.xml", "hypervisors": [{"type": "XEN"}, {"type": "VMWARE"}]}
    assert (image.id, image.svm_version, image.product_name, image.types) == ("img-1", "6.2", "SVM", ("XEN",))


def test_validate_an_image(server):
    line = "POST /api/3.0/management/deployment/svm/images/img-1/validate"
    server.answer(line, {"id": "t-1", "state": "Created", "type": "ValidateSvmImage", "progress": 0, "children": [], "result": True})
    assert images.validate(server.session(), "img-1") == "t-1"
    assert server.last.line == line and server.last.body is None


# -- objects (003:1274-1813) -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({}, "?outputType=GeneralInfo"),
        ({"types": ["Host"]}, "?objectTypes=Host&outputType=GeneralInfo"),
        ({"types": ["Host", "SVM", "VM"], "output": "DetailedInfo"}, "?objectTypes=Host+SVM+VM&outputType=DetailedInfo"),
        ({"types": ["VM", "SVM"], "parent_id": "/dc 1/h+1"}, "?objectTypes=VM+SVM&outputType=GeneralInfo&parentId=%2Fdc%201%2Fh%2B1"),
        ({"types": ["OpenstackDomain", "OpenstackProject"]}, "?objectTypes=OpenstackDomain+OpenstackProject&outputType=GeneralInfo"),
    ],
)
def test_list_objects(server, arguments, query):
    objects.listing(server.session(), "inf", **arguments)
    assert server.last.line == "GET /api/3.0/infrastructures/inf/objects" + query


def test_read_objects(server):
    adapter = {"id": "n1", "name": "N1", "securityGroups": [{"id": "g", "name": "G"}]}
    server.answer(
        "GET /api/3.0/infrastructures/i/objects?outputType=GeneralInfo",
        {
            "locations": [
                {"id": "d", "name": "Domain", "parentId": "i"},
                {"id": "p", "name": "Project", "parentId": "d", "resources": {"flavors": [{"id": "f", "name": "F", "vCpus": 1}]}},
            ],
            "vms": [
                {"id": "1", "name": "vm", "parentId": "p", "state": "Enabled", "networkAdapters": [adapter], "isSvm": False},
                {"id": "2", "name": "svm", "parentId": "p", "isSvm": "True", "svmVersion": "6.2"},
            ],
        },
    )
    found = objects.listing(server.session(), "i")
    assert [machine.is_svm for machine in found.machines] == [False, True]
    assert found.machines[0].returned()["networks"] == [{"id": "n1", "name": "N1", "security_groups": [{"id": "g", "name": "G"}]}]
    assert objects.deployable("i", TYPES["OPENSTACK"], found.locations)["p"].path == "Domain/Project"


def test_read_one_object(server):
    objects.detail(server.session(), "i", "/dc1/host/esx 3")
    assert server.last.line == "GET /api/3.0/infrastructures/i/objects/%2Fdc1%2Fhost%2Fesx%203"


# -- SVMs (003:1844-2992) ------------------------------------------------------------------------------------------------------


def adapter(network="net", **more):
    values = {
        "primary": True,
        "addressing": "static",
        "ip_addresses": ("192.0.2.10",),
        "mask": "255.255.255.0",
        "gateway": "192.0.2.1",
        "vlan_id": 7,
        "security_groups": (),
    }
    return Adapter(network=network, **{**values, **more})


def settings(**more):
    values = {
        "adapters": (adapter(),),
        "dns_main": "192.0.2.53",
        "dns_alternative": "192.0.2.54",
        "ksc": Ksc("ksc.example.test", 14000, 13000, "en"),
        "allow_ssh": None,
        "root_password": "root",
        "klconfig_password": "kl",
        "current_klconfig_password": "old",
    }
    return SvmSettings(**{**values, **more})


def request(target, wanted=None):
    return SvmRequest("svm-a", wanted or settings(), target)


SETTINGS = {
    "ksc": {"address": "ksc.example.test", "port": "14000", "sslPort": "13000", "language": "en"},
    "users": {"root": {"allowSshAccess": False, "password": "cm9vdA=="}, "klconfig": {"password": "a2w="}},
    "dns": {"main": "192.0.2.53", "alternative": "192.0.2.54"},
}
NETWORK = {
    "id": "net-1",
    "vlanId": "7",
    "isPrimary": True,
    "type": "static",
    "ipAddress": "192.0.2.10",
    "mask": "255.255.255.0",
    "gateway": "192.0.2.1",
}
PORT = {
    "isPrimary": True,
    "type": "static",
    "ipAddresses": ["192.0.2.10"],
    "mask": "255.255.255.0",
    "gateway": "192.0.2.1",
    "vlanId": "7",
    "portSecurityEnabled": True,
    "securityGroupIds": ["secgrp-1"],
}
DEPLOY = {"threads": 1, "skip_integrity_check": False, "localization": "en"}


def test_deploy_on_hosts(server):
    target = ResolvedTarget("host", "inf-1", "host-1", storage_id="st-1", networks={"net": "net-1"})
    svms.deploy(server.session(), [request(target)], "img-1", **DEPLOY)
    assert server.last.line == "POST /api/3.0/management/deployment/svm/"
    assert server.last.body == {
        "threadsCount": "1",
        "image": {"id": "img-1", "skipCheckIntegrity": False, "localization": "en"},
        "svms": [
            {
                "svmSettings": {"name": "svm-a", **SETTINGS},
                "deploymentInfo": {
                    "type": "host",
                    "target": {"infrastructureId": "inf-1", "location": {"id": "host-1"}},
                    "settings": {"storageId": "st-1", "networks": [NETWORK]},
                },
            }
        ],
    }


OPENSTACK = ResolvedTarget(
    "openstackProject",
    "inf-2",
    "project-1",
    flavor_id="fl-1",
    volume_type_id="vt-1",
    availability_zone="nova",
    server_group_id="sg-1",
    networks={"net": "net-1"},
    groups={"svm": "secgrp-1"},
)


def test_deploy_in_openstack(server):
    asked = settings(adapters=(adapter(security_groups=("svm",)),))
    svms.deploy(server.session(), [request(OPENSTACK, asked)], "img-1", **DEPLOY)
    assert server.last.body["svms"][0]["deploymentInfo"] == {
        "type": "openstackProject",
        "target": {"infrastructureId": "inf-2", "location": {"id": "project-1"}},
        "settings": {
            "flavorId": "fl-1",
            "volumeTypeId": "vt-1",
            "availabilityZoneName": "nova",
            "serverGroupId": "sg-1",
            "networks": [{"id": "net-1", "ports": [PORT]}],
        },
    }


def test_dhcp_sends_nothing_static(server):
    dynamic = adapter(addressing="dynamic", ip_addresses=(), mask=None, gateway=None, vlan_id=None)
    asked = settings(adapters=(dynamic,), dns_main=None, dns_alternative=None)
    target = ResolvedTarget("host", "inf-1", "host-1", storage_id="st-1", networks={"net": "net-1"})
    svms.deploy(server.session(), [request(target, asked)], "img-1", **DEPLOY)
    (sent,) = server.last.body["svms"]
    assert sent["deploymentInfo"]["settings"]["networks"] == [{"id": "net-1", "isPrimary": True, "type": "dynamic"}]
    assert "dns" not in sent["svmSettings"]


@pytest.mark.parametrize(
    ("target", "networks"),
    [
        (ResolvedTarget("host", "inf-1", "host-1", "vm-9", networks={"net": "net-1"}), [NETWORK]),
        (
            ResolvedTarget("openstackProject", "inf-1", "host-1", "vm-9", networks={"net": "net-1"}, groups={"svm": "secgrp-1"}),
            [{"id": "net-1", "ports": [PORT]}],
        ),
    ],
)
def test_configure(server, target, networks):
    groups = ("svm",) if target.family != "host" else ()
    svms.configure(server.session(), [request(target, settings(allow_ssh=True, adapters=(adapter(security_groups=groups),)))], threads=2)
    assert server.last.line == "PUT /api/3.0/management/deployment/svm/"
    users = {"root": {"allowSshAccess": True, "password": "cm9vdA=="}, "klconfig": {"password": "a2w="}}
    assert server.last.body == {
        "threadsCount": "2",
        "svms": [
            {
                "svmSettings": {"password": b64("old"), **SETTINGS, "users": users},
                "deploymentInfo": {
                    "type": target.family,
                    "target": {"infrastructureId": "inf-1", "svmId": "vm-9", "location": {"id": "host-1"}},
                    "settings": {"networks": networks},
                },
            }
        ],
    }


def test_configure_sends_only_what_changes(server):
    """Contract, section 14: the body of operation 16."""
    asked = settings(
        adapters=(), dns_main=None, ksc=None, klconfig_password=None, allow_ssh=True, root_password="new", current_klconfig_password="kl"
    )
    svms.configure(server.session(), [request(ResolvedTarget("host", "inf-1", "host-1", "vm-9"), asked)], threads=1)
    assert server.last.body["svms"] == [
        {
            "svmSettings": {"password": "a2w=", "users": {"root": {"allowSshAccess": True, "password": "bmV3"}}},
            "deploymentInfo": {
                "type": "host",
                "target": {"infrastructureId": "inf-1", "svmId": "vm-9", "location": {"id": "host-1"}},
                "settings": {},
            },
        }
    ]


def test_remove(server):
    svms.remove(server.session(), [ResolvedTarget("host", "inf-1", "host-1", "vm-9")])
    assert server.last.line == "DELETE /api/3.0/management/deployment/svm/"
    target = {"infrastructureId": "inf-1", "svmId": "vm-9", "location": {"id": "host-1"}}
    assert server.last.body == {"svms": [{"deploymentInfo": {"type": "host", "target": target}}]}


# -- tasks (003:2327-2478) ---------------------------------------------------------------------------------------------------

PARAMETERS = [
    {"key": "infrastructureId", "value": "inf"},
    {"key": "hostId", "value": "Host Id"},
    {"key": "svmName", "value": "SVM name"},
    {"key": "svmId", "value": "SVM id"},
    {"key": "svmIpAddress", "value": "192.0.2.10"},
]


def test_read_a_deployment_task(server):
    step = {
        "id": "s",
        "state": "Running",
        "type": "DeploySvmStep",
        "progress": 100,
        "parentId": "c",
        "parameters": [{"key": "deployStepName", "value": "UploadSvmImage"}],
        "children": [],
        "result": True,
    }
    child = {
        "id": "c",
        "state": "Running",
        "type": "DeployOpenStackSvm",
        "progress": 0,
        "parentId": "t",
        "parameters": PARAMETERS,
        "result": {"svmId": "SVM ID"},
        "children": [step],
    }
    server.answer(
        "GET /api/3.0/virtualization/tasks/t",
        {"id": "t", "state": "Running", "type": "DeployMultipleOpenStackSvm", "progress": 0, "children": [child], "result": True},
    )
    task = tasks.read(server.session(), "t")
    (svm,) = task.of_svms
    assert (task.finished, svm.svm_id, svm.parameter("svmIpAddress"), svm.last_step) == (False, "SVM ID", "192.0.2.10", "UploadSvmImage")
    assert svm.explanation == "Running (0 %) at step UploadSvmImage"


@pytest.mark.parametrize(
    ("state", "finished", "succeeded"),
    [
        *((state, False, False) for state in ("Created", "Queued", "Starting", "Running", "Stopping", "Something")),
        ("Completed", True, True),
        *((state, True, False) for state in ("Failed", "Cancelled", "Canceled", "Stopped")),
    ],
)
def test_states(state, finished, succeeded):
    task = tasks.from_record(wire.read({"id": "t", "state": state, "progress": 100, "result": True}))
    assert (task.finished, task.succeeded) == (finished, succeeded)


@pytest.mark.parametrize(
    ("answer", "headers"),
    [
        ('{"id": "t"}', {}),
        ('{"taskId": "t"}', {}),
        ('{"task": {"id": "t"}}', {}),
        ('"t"', {}),
        ("", {"Location": "/api/3.0/virtualization/tasks/t"}),
    ],
)
def test_where_the_task_id_may_be(server, answer, headers):
    server.answer("POST /api/3.0/x", Answer(202, headers, answer))
    session = server.session()
    assert tasks.started(session, session.post("x"), "do") == "t"


def test_no_task_id_at_all(server):
    session = server.session()
    with pytest.raises(AnswerLost):
        tasks.started(session, session.post("x"), "do")


# -- cluster (004) ---------------------------------------------------------------------------------------------------------------


def test_role(server):
    server.answer("PUT /api/3.0/server/configuration/role", Answer(200, {}, ""))
    instances.make_primary(server.session())
    assert server.last.body == {"role": "Primary"}


def test_reserve_servers(server):
    record = {
        "createdAt": "2025-01-01T10:00:00",
        "id": "ha-1",
        "role": "Reserve",
        "address": "viis2:7271",
        "connectionInfo": {"status": "Connecting", "connectionError": "NoError"},
    }
    body = {"role": "Reserve", "address": "viis2:7271", "password": "c2VjcmV0"}
    session = server.session()
    server.answer("POST /api/3.0/ha/instances", record)
    assert instances.register(session, "viis2:7271", "secret") == "ha-1"
    assert server.last.body == body
    instances.update(session, "ha-1", "viis2:7271", "secret")
    assert (server.last.line, server.last.body) == ("PUT /api/3.0/ha/instances/ha-1", body)
    server.answer("GET /api/3.0/ha/instances", {"instances": [record]})
    (found,) = instances.listing(session)
    assert (found.connected, found.failed, found.idle) == (False, False, False)
    instances.unregister(session, "ha-1")
    assert server.last.line == "DELETE /api/3.0/ha/instances/ha-1"


# -- errors (contract, section 10) -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"errorMessage": "a", "title": "b"}', "a"),
        ('{"error": {"code": "C", "message": "a"}}', "a"),
        ('{"error": {"code": "C"}}', "C"),
        ('{"title": "One or more errors", "errors": {"svms": ["is required"]}}', "One or more errors svms: is required"),
        ('{"detail": "a", "title": "b"}', "a"),
        ("<response><error>a</error></response>", "a"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_texts_of_errors(server, body, text):
    server.answer("GET /api/3.0/x", Answer(400, {}, body))
    with pytest.raises(Exception) as caught:
        server.session().get("x")
    assert caught.value.failure.get("text", "") == text


@pytest.mark.parametrize(
    ("method", "status", "kind"),
    [("get", 403, AccessDenied), ("get", 404, NotFound), ("post", 409, Conflict), ("post", 500, AnswerLost), ("post", 503, AnswerLost)],
)
def test_statuses(server, method, status, kind):
    server.answer("%s /api/3.0/x" % method.upper(), Answer(status, {}, ""))
    with pytest.raises(kind):
        getattr(server.session(), method)("x")


def test_secrets_in_an_answer_are_hidden(server):
    server.answer("POST /api/3.0/x", Answer(400, {}, '{"message": "bad c2VjcmV0 access-1 root-pass %s"}' % b64("root-pass")))
    session = server.session()
    session.mask("root-pass")
    with pytest.raises(Exception) as caught:
        session.post("x")
    for secret in ("c2VjcmV0", "access-1", "root-pass", b64("root-pass")):
        assert secret not in caught.value.message and secret not in str(caught.value.failure)
