# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that are not there, do not let one in or answer nonsense: one sentence that says where, what and what to do."""

from __future__ import annotations

import http.server
import socket
import threading

import pytest

KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
IPS = ["10.20.0.11", "10.20.0.12"]


# -- not there ---------------------------------------------------------------------------------------------------------------


def test_a_port_that_nobody_listens_on(ksc):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    result = ksc("virtual_server_info", fails=True, port=port)
    assert "Cannot reach Administration Server 127.0.0.1:%d" % port in result.msg and "refused" in result.msg
    assert "Check server and port" in result.msg and result.failure["method"] == "Session.StartSession"


def test_a_name_that_does_not_resolve(ksc):
    result = ksc("virtual_server_info", fails=True, server="ksc.invalid")
    assert "Cannot reach Administration Server ksc.invalid" in result.msg


def test_a_server_that_never_answers(ksc):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        result = ksc("virtual_server_info", fails=True, port=silent.getsockname()[1], request_timeout=0.2)
    assert "127.0.0.1:" in result.msg and "timed out" in result.msg and "Session.StartSession" in result.msg


def test_an_untrusted_certificate(ksc):
    for ca_path in (None, pytest.importorskip("certifi").where()):
        result = ksc("virtual_server_info", fails=True, ca_path=ca_path)
        assert "certificate of Administration Server 127.0.0.1" in result.msg and "not trusted" in result.msg
        assert "ca_path" in result.msg and "klserver.cer" in result.msg
        assert result.requests == [] and result.slept == []
    assert ksc("virtual_server_info", ca_path=None, validate_certs=False).virtual_servers


def test_a_certificate_of_another_name(ksc, monkeypatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *more, **named: real("127.0.0.1" if host == "other.test" else host, *more, **named)
    )
    result = ksc("virtual_server_info", fails=True, server="other.test")
    assert "other.test" in result.msg and "not trusted" in result.msg and "name the server as the certificate does" in result.msg


def test_a_port_without_tls(ksc):
    class Silent(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_words):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        result = ksc("virtual_server_info", fails=True, port=server.server_port)
    finally:
        server.shutdown()
        server.server_close()
    assert "127.0.0.1:%d" % server.server_port in result.msg and "Check server and port" in result.msg
    assert "certificate" not in result.msg


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"ca_path": "/nonexistent/ca.pem"}, "ca_path"),
        ({"ca_path": __file__}, "ca_path"),
        ({"port": 0}, "port"),
        ({"port": 70000}, "port"),
        ({"port": -1}, "port"),
        ({"server": ""}, "server"),
        ({"server": "https://ksc.example.test"}, "server"),
        ({"server": "ksc example"}, "server"),
        ({"server": "ksc..example.test"}, "server"),
        ({"server": "user@127.0.0.1"}, "server"),
        ({"request_timeout": 0}, "request_timeout"),
        ({"request_timeout": -1}, "request_timeout"),
        ({"domain": 'a", internal="0'}, "domain"),
        ({"domain": "a\nb"}, "domain"),
    ],
)
def test_connection_options_that_cannot_be(ksc, arguments, says):
    result = ksc("virtual_server_info", fails=True, **arguments)
    assert says in result.msg
    assert result.requests == []


def test_a_bundle_of_the_environment_that_is_not_there(ksc, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent/bundle.pem")
    result = ksc("virtual_server_info", fails=True, ca_path=None)
    assert "/nonexistent/bundle.pem" in result.msg
    assert ksc("virtual_server_info").virtual_servers


def test_a_certificate_file_that_is_damaged(ksc, tmp_path):
    broken = tmp_path / "ca.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    result = ksc("virtual_server_info", fails=True, ca_path=str(broken))
    assert str(broken) in result.msg or "ca_path" in result.msg


def test_a_proxy_that_is_not_there(ksc, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:Proxy-Pass-1@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    ksc.runner.secrets.add("Proxy-Pass-1")
    result = ksc("virtual_server_info", fails=True, server="ksc.example.test")
    assert "Cannot reach" in result.msg and "proxy 127.0.0.1:9" in result.msg


def test_the_connection_from_the_environment(ksc, monkeypatch):
    for name, value in ksc.server.environment("127.0.0.1", ksc.simulator.ksc.port, ksc.simulator.ca_file).items():
        monkeypatch.setenv(name, value)
    nothing = dict.fromkeys(ksc.runner.defaults)
    assert ksc("virtual_server_info", **nothing).virtual_servers


# -- not let in ----------------------------------------------------------------------------------------------------------------

BOTH_WAYS = pytest.mark.parametrize("auth_method", ["session", "login"])


@BOTH_WAYS
@pytest.mark.parametrize("settings", [{}, {"wrong_password_status": 403}, {"logon_errors": "pxgerror"}, {"documented_only": True}])
def test_a_wrong_password_is_tried_once_whatever_the_server_says(ksc, auth_method, settings):
    ksc.settings(**settings)
    ksc.runner.secrets.add("Wrong-Password-9")
    for arguments in ({}, {"virtual_server": "Tenant A"}):
        result = ksc("group_info", fails=True, auth_method=auth_method, password="Wrong-Password-9", **arguments)
        assert len(result.requests) == ksc.logins(result) == 1
        assert 'does not accept the account "svc-ansible"' in result.msg


@BOTH_WAYS
@pytest.mark.parametrize("settings", [{}, {"wrong_password_status": 403}, {"logon_errors": "pxgerror"}])
def test_the_wrong_kind_of_account(ksc, auth_method, settings):
    ksc.settings(internal_user_as_os="refused", **settings)
    result = ksc("group_info", fails=True, auth_method=auth_method, internal_user=False)
    assert len(result.requests) == 1 and "internal_user" in result.msg


@BOTH_WAYS
@pytest.mark.parametrize("settings", [{}, {"logon_errors": "pxgerror"}])
def test_a_locked_account(ksc, auth_method, settings):
    ksc.settings(**settings)
    ksc.server.accounts_list[0].locked = True
    result = ksc("group_info", fails=True, auth_method=auth_method, virtual_server="Tenant A")
    assert len(result.requests) == 1 and "blocked" in result.msg


@BOTH_WAYS
@pytest.mark.parametrize("module", ["group_info", "virtual_server_info"])
def test_an_account_with_a_second_factor(ksc, auth_method, module):
    result = ksc(module, fails=True, auth_method=auth_method, username="two-factor", password="Rehearsal-T5")
    assert "two-step verification" in result.msg and "excluded" in result.msg
    assert ksc.logins(result) == 1
    assert ksc.server.sessions._sessions == {}


@BOTH_WAYS
def test_an_account_of_the_virtual_server_only(ksc, auth_method):
    tenant = {"username": "tenant-a", "password": "Rehearsal-A2", "auth_method": auth_method}
    ksc.give("web-01")
    assert ksc("host_info", virtual_server="Tenant A", name=["web-01"], **tenant).hosts
    grouped = ksc("host", warns=True, virtual_server="Tenant A", name=["web-01"], group="Web", **tenant)
    assert grouped.changed and "It is not known whether the primary server has other hosts with these addresses" in grouped.warnings[0]
    refused = ksc("host", fails=True, virtual_server="Tenant A", name=["web-02"], **tenant)
    assert 'does not accept the account "tenant-a"' in refused.msg and ksc.logins(refused) == 2
    assert ksc.writes(refused) == []
    other = ksc("host_info", fails=True, virtual_server="Арендатор Б", name=["web-02"], **tenant)
    assert '"tenant-a"' in other.msg and "Арендатор Б" in other.msg and ksc.logins(other) == 1


@pytest.mark.parametrize("settings", [{}, {"logon_errors": "pxgerror"}])
def test_a_virtual_server_that_the_account_has_no_rights_on(ksc, settings):
    ksc.settings(**settings)
    primary = {"username": "primary-admin", "password": "Rehearsal-P4", "internal_user": False}
    assert ksc("virtual_server_info", **primary).virtual_servers
    result = ksc("group_info", fails=True, virtual_server="Tenant A", **primary)
    assert '"primary-admin"' in result.msg and '"Tenant A"' in result.msg and "no rights" in result.msg


@BOTH_WAYS
def test_an_account_for_each_server(ksc, auth_method):
    two = {
        "username": "primary-admin",
        "password": "Rehearsal-P4",
        "internal_user": False,
        "auth_method": auth_method,
        "virtual_server_username": "tenant-a",
        "virtual_server_password": "Rehearsal-A2",
    }
    ksc.runner.secrets.add("Rehearsal-A2")
    moved = ksc("host", virtual_server="Tenant A", group="Web", name=["web-01"], **two)
    assert moved.changed and ksc.servers_of("web-01") == ["Tenant A"]
    assert ksc("package_retranslate", packages=[{"name": "1103", "version": "1.0.0.0"}, KSVLA], virtual_server=["Tenant A"], **two).changed
    assert ksc("remote_install", virtual_server="Tenant A", product=KSVLA, name=["web-01"], **two).changed
    ksc.settings(internal_user_as_os="refused")
    wrong = ksc("group_info", fails=True, virtual_server="Tenant A", **dict(two, virtual_server_internal_user=False))
    assert 'does not accept the account "tenant-a"' in wrong.msg and len(wrong.requests) == 1


def test_an_account_with_a_domain(ksc):
    account = ksc.server.accounts_list[3]
    account.domain = "CORP"
    given = {"username": "primary-admin", "password": "Rehearsal-P4", "internal_user": False}
    assert ksc("virtual_server_info", domain="CORP", **given).virtual_servers
    assert len(ksc("virtual_server_info", domain="OTHER", fails=True, **given).requests) == 1
    account.domain = "ДОМЕН"
    result = ksc("virtual_server_info", domain="ДОМЕН", fails=True, **given)
    assert len(result.requests) <= 1 and "Traceback" not in result.text


@pytest.mark.parametrize("password", ["p\u00e4ss \u0418", 'q"uo,te=\\', "x" * 200, " space "])
def test_passwords_of_any_letters(ksc, password):
    ksc.server.accounts_list[0].password = password
    ksc.runner.secrets.add(password)
    assert ksc("virtual_server_info", password=password).virtual_servers


@pytest.mark.parametrize(
    "error", [{"module": "KLSTD", "code": 1184, "message": "Access denied"}, {"module": "KLSTD", "code": 1193, "message": "Not permitted"}]
)
@pytest.mark.parametrize(
    ("module", "method", "arguments"),
    [
        ("host", "Tasks.AddTask", {"virtual_server": "Tenant A", "ip": IPS}),
        ("host", "HostGroup.MoveHostsToGroup", {"group": "Infrastructure", "ip": IPS}),
        ("host", "HostGroup.RemoveHosts", {"state": "absent", "ip": IPS}),
        ("remote_install", "Tasks.AddTask", {"product": KSVLA, "ip": IPS}),
        ("remote_install", "PackagesApi.GetPackages", {"product": KSVLA, "ip": IPS}),
        ("package_retranslate", "PackagesApi.RetranslateToVServerAsync", {"packages": [KSVLA], "virtual_server": ["Tenant A"]}),
        ("host_info", "HostGroup.FindHosts", {"ip": IPS}),
        ("virtual_server_info", "VServers.GetVServers", {}),
    ],
)
def test_an_account_without_rights(ksc, module, method, arguments, error):
    ksc.fault("error", method, error=error, count=None)
    result = ksc(module, fails=True, **arguments)
    assert error["message"] in result.msg and method in result.msg and '"svc-ansible"' in result.msg
    assert result.count(method) <= 2 * len(IPS) - 1  # 1193 may be about one host


@pytest.mark.parametrize("status", [401, 403])
def test_rights_that_are_refused_by_status(ksc, status):
    ksc.fault("status", "HostGroup.FindHosts", status=status, text="Forbidden", count=None)
    result = ksc("host_info", fails=True, ip=IPS)
    assert "Forbidden" in result.msg and "rights" in result.msg and "HostGroup.FindHosts" in result.msg
    assert ksc.logins(result) <= 3


def test_a_server_that_echoes_secrets(ksc):
    """Whatever a server or a proxy says, no secret of ours comes out."""
    import base64

    for text in ("Rehearsal-1", base64.b64encode(b"Rehearsal-1").decode()):
        for method in ("Session.StartSession", "HostGroup.FindHosts"):
            ksc.simulator.reset()
            ksc.fault("status", method, status=418, text="pass=%s" % text, count=None)
            ksc("host_info", fails=True, ip=IPS)
            ksc.simulator.reset()
            ksc.fault("error", method, error={"message": "pass=%s" % text}, count=None)
            ksc("host_info", fails=True, ip=IPS)
            ksc.simulator.reset()
            ksc.fault("html", method, text="<p>pass=%s" % text, count=None)
            ksc("host_info", fails=True, ip=IPS)
    ksc.simulator.reset()
    ksc.runner.secrets.add("Local-Admin-1")
    ksc.fault("error", "Tasks.AddTask", error={"message": "bad TaskAccountPassword Local-Admin-1", "code": 1192})
    result = ksc("remote_install", fails=True, product=KSVLA, ip=IPS, os_username="Administrator", os_password="Local-Admin-1")
    assert "bad TaskAccountPassword ********" in result.msg


def test_a_busy_server_is_asked_again(ksc):
    for status in (429, 503):
        ksc.fault("status", "HostGroup.FindHosts", status=status, text="busy", count=2)
        assert ksc("host_info", ip=IPS).hosts
    busy = {"module": "KLSTD", "code": 1195, "message": "The server is starting", "subcode": 1}
    for method in ("HostGroup.FindHosts", "HostGroup.MoveHostsToGroup"):
        ksc.fault("error", method, error=busy, count=2)
    result = ksc("host", ip=IPS, group="Infrastructure")
    assert result.changed and result.count("HostGroup.MoveHostsToGroup") == 3


def test_a_server_that_stays_busy(ksc):
    busy = {"module": "KLSTD", "code": 1195, "message": "The server is starting", "subcode": 1}
    ksc.fault("error", "HostGroup.FindHosts", error=busy, count=None)
    result = ksc("host_info", fails=True, ip=IPS)
    assert "The server is starting (KLSTD 1195)" in result.msg
