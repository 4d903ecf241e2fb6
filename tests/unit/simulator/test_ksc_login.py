# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in: ksc-openapi.md section 1, ksc-wire.md section 3."""

# ruff: noqa: RUF001 - names in this world are Cyrillic on purpose
from __future__ import annotations

import re
import socket
import ssl
from typing import Any

import pytest
import requests
from simulated_ksc import KscClient, b64, basic


def who(client: KscClient, **more: Any) -> tuple[int, Any]:
    """Ask on which server the caller is."""
    answer = client.post("HostGroup.GetStaticInfo", {"pValues": ["KLADMSRV_VSID"]}, **more)
    return answer.status_code, answer.json()["PxgRetVal"]["KLADMSRV_VSID"] if answer.status_code == 200 else answer.text


def test_klakoapi_login_as_recorded(client: KscClient) -> None:
    answer = client.http.post(
        client.base + "login",
        data=b"",
        verify=client.simulator.ca_file,
        headers={
            "Authorization": 'KSCBasic user="dXPDqXI=", pass="cMOic3M=", domain="", internal="0"',
            "Content-Type": "application/json",
            "X-KSC-VServer": "0LLRgTE=",
            "Content-Length": "0",
        },
    )
    assert (answer.status_code, answer.content) == (200, b"{}")
    assert who(client) == (200, 2), "the server chosen at login sticks"


def test_the_articles_login(client: KscClient) -> None:
    assert client.post("login", {}, {"Authorization": basic(more=', internal="1"'), "Content-Type": "application/json"}).json() == {}
    assert who(client) == (200, 0)
    assert who(client, headers={"X-KSC-VServer": ""}) == (200, 0), "the header may be on every call"


@pytest.mark.parametrize("more", ["", ", internal=true", ', internal = "1"', ', internal="1", domain=""', ',domain="",internal="1"'])
@pytest.mark.parametrize("server, number", [("", 0), ("x", 0), (b64("Tenant A"), 1)])
def test_all_known_forms_of_the_headers(client: KscClient, more: str, server: str, number: int) -> None:
    assert client.post("login", None, {"Authorization": basic(more=more), "X-KSC-VServer": server}).json() == {}
    assert who(client) == (200, number)


@pytest.mark.parametrize("domain", ["", "CORP", b64("CORP")])
def test_a_domain_plain_or_base64(client: KscClient, domain: str) -> None:
    header = basic("usér", "pâss", ', domain="%s", internal="0"' % domain)
    assert client.post("login", {}, {"Authorization": header}).status_code == 200
    assert client.post("login", {}, {"Authorization": header.replace('domain="', 'domain="No')}).status_code in (
        401,
        200 if not domain else 401,
    )


def test_a_login_belongs_to_its_connection(simulator: Any, ksc: KscClient) -> None:
    assert who(ksc) == (200, 0)
    assert who(KscClient(simulator)) == (401, "Authentication required")
    ksc.http.close()
    assert who(ksc)[0] == 401, "a new connection is nobody's"


def test_a_session_belongs_to_no_connection(simulator: Any, client: KscClient) -> None:
    client.start("Tenant A")
    assert re.fullmatch(r"n[A-Za-z0-9+/]{22}==", client.session), "as in the recorded nsPbUpP1oAVZlM1lODEbg8A=="
    other = KscClient(simulator)
    other.session = client.session
    assert who(other) == (200, 1)
    assert other.post("Session.Ping", {}).json() == {}
    assert other.post("Session.EndSession", {}).json() == {}
    assert who(client)[0] == 403, "every call after EndSession"


def test_authorization_on_every_call(simulator: Any) -> None:
    header = {"Authorization": basic(), "X-KSC-VServer": b64("Tenant A")}
    first, second = KscClient(simulator), KscClient(simulator)
    body = {"wstrFilter": "", "vecFieldsToReturn": ["KLHST_WKS_DN"], "lMaxLifeTime": 100}
    accessor = first.call("HostGroup.FindHosts", body, headers=header)["strAccessor"]
    chunk = second.call("ChunkAccessor.GetItemsChunk", {"strAccessor": accessor, "nStart": 0, "nCount": 100}, headers=header)
    assert chunk["PxgRetVal"] == 1, "6 calls on 6 sockets are one user's work"


@pytest.mark.parametrize(
    "header",
    [
        basic("admin", "wrong"),
        basic("nobody"),
        basic("usér", "pâss", ', internal="1"'),
        basic("admin", "wrong", ', internal="0"'),
        "KSCT abc",
        "KSCWT abc",
        "NTLM abc",
    ],
)
def test_wrong_credentials(client: KscClient, header: str) -> None:
    answer = client.post("login", {}, {"Authorization": header})
    assert answer.status_code == 401 and answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "Authentication failure" or header.startswith("NTLM")


@pytest.mark.parametrize(
    "header",
    [
        'KSCBasic user="???", pass="cmlnaHQ="',
        'KSCBasic pass="cmlnaHQ="',
        basic(more=', color="1"'),
        basic(more=', internal="2"'),
        "KSCBasic",
        'KSCMFA code="1"',
    ],
)
def test_headers_that_make_no_sense(client: KscClient, header: str) -> None:
    assert client.post("login", {}, {"Authorization": header}).status_code == 400


def test_no_credentials(client: KscClient) -> None:
    assert client.post("login", {}).status_code == 401


def test_an_account_gets_locked(simulator: Any, client: KscClient) -> None:
    for _attempt in range(5):
        assert client.post("login", {}, {"Authorization": basic("admin", "wrong")}).status_code == 401
    answer = client.post("login", {}, {"Authorization": basic()})
    assert answer.status_code == 401 and "2013" in answer.text, "the right password does not help now"
    simulator.change_settings({"ksc": {"logon_errors": "pxgerror", "internal_user_as_os": "refused"}})
    assert client.error("login", {}, headers={"Authorization": basic()})[:2] == ("SPL", 2013)
    assert client.error("login", {}, headers={"Authorization": basic("tenant", "right-a", ', internal="0"')})[:2] == ("KLWAT", 1453)
    simulator.clock.advance(901)
    assert client.post("login", {}, {"Authorization": basic()}).json() == {}


def test_a_blocked_account(client: KscClient) -> None:
    assert client.post("login", {}, {"Authorization": basic("blocked", "right-4")}).status_code == 401


@pytest.mark.parametrize(
    "user, password, server, status",
    [
        ("tenant", "right-a", "", 403),
        ("tenant", "right-a", "Tenant A", 200),
        ("tenant", "right-a", "вс1", 403),
        ("main-only", "right-p", "", 200),
        ("main-only", "right-p", "Tenant A", 403),
        ("admin", "right", "No Such", 403),
        ("admin", "right", "Closed", 403),
        ("admin", "right", "tenant a", 403),
    ],
)
def test_rights_and_unknown_servers(client: KscClient, user: str, password: str, server: str, status: int) -> None:
    for method in ("login", "Session.StartSession"):
        answer = client.post(method, {}, {"Authorization": basic(user, password), "X-KSC-VServer": b64(server)})
        assert answer.status_code == status, answer.text
        assert status == 200 or answer.headers["content-type"].startswith("text/plain")


def test_only_the_primary_knows_virtual_servers(tenant: KscClient) -> None:
    assert tenant.error("VServers.GetVServers", {})[:2] == ("KLSTD", 1184)
    body = {"nPackageId": 1, "nVServerId": 1, "pOptions": {}}
    assert tenant.error("PackagesApi.RetranslateToVServerAsync", body)[:2] == ("KLSTD", 1184)


def test_second_factor_on_a_connection(client: KscClient) -> None:
    answer = client.post("login", {}, {"Authorization": basic("factor", "right-2")})
    assert (answer.status_code, answer.text) == (401, "Authentication not finished")
    assert answer.headers["WWW-Authenticate"] == 'KSCMFA type="totp", lengthHint="6"'
    assert who(client)[0] == 401
    assert client.post("login", {}, {"Authorization": 'KSCMFA totp="000000"'}).status_code == 401
    assert client.post("login", {}, {"Authorization": 'KSCMFA totp="123456"'}).json() == {}
    assert who(client) == (200, 0)


def test_second_factor_of_a_session(simulator: Any, client: KscClient) -> None:
    answer = client.post("Session.StartSession", {}, {"Authorization": basic("factor", "right-2")})
    session = answer.headers["X-KSC-Session"]
    done = client.post("Session.StartSession", {}, {"Authorization": 'KSCMFA totp="123456"', "X-KSC-Session": session})
    assert done.json() == {"PxgRetVal": session}
    other = KscClient(simulator)
    other.session = other.post("Session.StartSession", {}, {"Authorization": basic("factor", "right-2")}).headers["X-KSC-Session"]
    assert other.post("Session.EndSession", {}).json() == {}, "giving up"
    assert other.post("Session.Ping", {}).status_code == 403
    enrol = client.post("login", {}, {"Authorization": basic("enrol", "right-3")})
    assert enrol.status_code == 401 and 'type="totpreg"' in enrol.headers["WWW-Authenticate"]


def test_a_session_that_idles_ends(simulator: Any, client: KscClient, ksc: KscClient) -> None:
    client.start()
    simulator.clock.advance(800)
    client.call("Session.Ping")
    simulator.clock.advance(800)
    assert who(client) == (200, 0) and who(ksc)[0] == 403
    simulator.clock.advance(901)
    assert who(client)[0] == 403


def test_a_token_works_once_and_for_three_minutes(simulator: Any, ksc: KscClient, client: KscClient) -> None:
    token = ksc.value("Session.CreateToken")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", token), "as in the recorded 5525d99d-2195-42d2-a1c4-ee5e227c16fd"
    assert client.post("login", {}, {"Authorization": "KSCT " + token}).json() == {}
    assert client.post("login", {}, {"Authorization": "KSCT " + token}).status_code == 401
    late = ksc.value("Session.CreateToken")
    simulator.clock.advance(181)
    assert client.post("login", {}, {"Authorization": "KSCT " + late}).status_code == 401


@pytest.mark.parametrize("way", ["login", "start"])
@pytest.mark.parametrize(
    "server, header, served",
    [
        ("", None, True),
        ("", "", True),
        ("", "x", True),
        ("", b64("primary"), True),
        ("", b64("Tenant A"), False),
        ("", b64("No Such"), False),
        ("Tenant A", None, True),
        ("Tenant A", b64("Tenant A"), True),
        ("Tenant A", b64("вс1"), False),
        ("Tenant A", b64("tenant a"), False),
        ("Tenant A", "", False),
        ("Tenant A", "x", False),
    ],
)
def test_a_header_of_another_server_than_that_of_the_login(
    simulator: Any, client: KscClient, way: str, server: str, header: str | None, served: bool
) -> None:
    getattr(client, way)(server)
    headers = {} if header is None else {"X-KSC-VServer": header}
    if served:
        client.call("HostGroup.GroupIdGroups", headers=headers)
        return
    module, code, message = client.error("HostGroup.GroupIdGroups", {}, headers=headers)
    assert (module, code) == ("KLSTD", 1184) and "X-KSC-VServer" in message and "log in to" in message
    simulator.change_settings({"ksc": {"strict_vserver_header": False}})
    client.call("HostGroup.GroupIdGroups", headers=headers)


def test_with_authorization_on_the_call_its_header_counts(ksc: KscClient) -> None:
    assert who(ksc, headers={"Authorization": basic(), "X-KSC-VServer": b64("Tenant A")}) == (200, 1)
    assert who(ksc) == (200, 0)


def test_an_internal_user_who_logs_in_as_one_of_the_system(simulator: Any, client: KscClient) -> None:
    header = {"Authorization": basic(more=', internal="0"')}
    assert client.post("login", {}, header).json() == {}
    simulator.change_settings({"ksc": {"internal_user_as_os": "refused"}})
    assert client.post("login", {}, header).status_code == 401


def test_statuses_are_settings(simulator: Any, client: KscClient) -> None:
    simulator.change_settings({"ksc": {"wrong_password_status": 403, "unknown_vserver_status": 404, "unauthenticated_status": 403}})
    assert client.post("login", {}, {"Authorization": basic("admin", "wrong")}).status_code == 403
    assert client.post("login", {}, {"Authorization": basic(), "X-KSC-VServer": b64("none")}).status_code == 404
    assert client.post("Session.Ping", {}).status_code == 403


def test_a_body_in_pieces(ksc: KscClient) -> None:
    answer = ksc.post(
        "HostGroup.GetStaticInfo", data=iter([b'{"pValues": ', b'["KLADMSRV_VSID"]}']), headers={"Content-Type": "application/json"}
    )
    assert answer.json() == {"PxgRetVal": {"KLADMSRV_VSID": 0}}, "Transfer-Encoding: chunked"


def test_documented_only(simulator: Any, ksc: KscClient) -> None:
    simulator.change_settings({"ksc": {"documented_only": True}})
    assert ksc.value("HostGroup.GroupIdGroups") == 0
    for name in ("HostGroup.RemoveHosts", "Tasks.DeleteTask", "Session.Ping", "HostGroup.GetStaticInfo"):
        assert ksc.error(name, {})[:2] == ("KLCONN", 1194)
    assert ksc.error("Session.StartSession", {}, headers={"Authorization": basic()})[:2] == ("KLCONN", 1194)


def test_faults_in_the_products_shape(simulator: Any, client: KscClient) -> None:
    client.start("Tenant A")
    simulator.faults.add(
        "error", method="HostGroup.GroupIdGroups", scope="Tenant A", error={"code": 1195, "module": "KLSTD", "message": "busy"}
    )
    assert client.error("HostGroup.GroupIdGroups", {}) == ("KLSTD", 1195, "busy")
    simulator.faults.add("no_such_call", method="Session.Ping")
    assert client.error("Session.Ping", {})[:2] == ("KLCONN", 1194)
    simulator.faults.add("kill_session", method="Session.Ping")
    assert client.post("Session.Ping", {}).status_code == 403


def test_the_journal_knows_who_and_where(simulator: Any, ksc: KscClient) -> None:
    client = KscClient(simulator).start("Tenant A")
    client.call("HostGroup.GroupIdGroups")
    entry = simulator.journal.entries("HostGroup.GroupIdGroups")[0]
    assert (entry.scope, entry.session, entry.server) == ("Tenant A", "s2", "ksc")
    text = str([item.as_dict() for item in simulator.journal.entries()])
    assert "right" not in text and b64("right") not in text and client.session not in text
    assert simulator.journal.counters()["ksc"]["logins"] == 2


def raw(simulator: Any, request: bytes) -> bytes:
    """Send bytes and return the beginning of the answer."""
    context = ssl.create_default_context(cafile=simulator.ca_file)
    with (
        socket.create_connection((simulator.ksc.address, simulator.ksc.port), 5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wire,
    ):
        wire.sendall(request)
        return wire.recv(4096)


@pytest.mark.parametrize("verb", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW", "post"])
def test_only_post_calls(simulator: Any, verb: str) -> None:
    answer = raw(simulator, b"%s /api/v1.0/Session.Ping HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}" % verb.encode())
    assert answer.startswith(b"HTTP/1.1 405 ") and b"allow: post" in answer.lower()


def test_what_is_no_request_stays_a_bad_one(simulator: Any) -> None:
    assert raw(simulator, b"POST /api/v1.0/login HTTP/1.1\r\nbad header\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_http_rules(simulator: Any, ksc: KscClient) -> None:
    get = requests.get(ksc.base + "login", verify=simulator.ca_file, timeout=5)
    assert get.status_code == 405
    assert requests.post(simulator.ksc.url + "/other", verify=simulator.ca_file, timeout=5).status_code == 404
    assert ksc.post("Session.Ping", data="{}", headers={"Content-Type": "text/plain"}).status_code == 400
    assert ksc.post("Session.Ping", data="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert ksc.post("Session.Ping", data="{}", headers={"Content-Type": "application/json; charset=utf-8"}).json() == {}
    assert ksc.post("Session.Ping", data="").json() == {}, "methods without arguments: no body at all"
    for name in ("hostgroup.FindHosts", "HostGroup.Nothing", "Nothing"):
        assert ksc.error(name, {})[:2] == ("KLCONN", 1194), "names are case-sensitive"
