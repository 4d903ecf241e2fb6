# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials go to the server that was named and has proved to be it, and to nobody else: seen from the other end."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import ssl
import threading

import pytest
import trustme

USERS = {"ksc_group_info": {"username": "svc"}, "viis_infrastructure_info": {}}
BOTH_WINGS = pytest.mark.parametrize("module", USERS)
PASSWORD = "Never-Sent-Here-1"
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, location = self.server.redirect or (200, "")
        content = b"{}"
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer  # noqa: N815 - http.server wants these names

    def log_message(self, *_words):
        pass


class Server(http.server.ThreadingHTTPServer):
    """``seen``: the requests that arrived, whatever came of the handshake."""

    daemon_threads = True

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen, self.redirect = [], None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_words):
        pass


@pytest.fixture
def serve():
    with contextlib.ExitStack() as stack:

        def started(certificate=None):
            server = Server(certificate)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return server

        yield started


@pytest.fixture
def authority(tmp_path):
    found = trustme.CA()
    found.path = str(tmp_path / "ca.pem")
    found.cert_pem.write_to_path(found.path)
    return found


@pytest.fixture
def run(simulators, make_runner, monkeypatch, authority):
    for name in ("HTTPS_PROXY", "https_proxy", "KSC_PASSWORD", "VIIS_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    # Also what the whole environment trusts does not let one in that is not the server.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.path)
    runner = make_runner(simulators(), secrets={PASSWORD})

    def ran(module, server, **more):
        given = {
            "server": "127.0.0.1",
            "port": server.server_port,
            "password": PASSWORD,
            "ca_path": authority.path,
            **USERS[module],
            **more,
        }
        return runner(module, fails=True, **given)

    return ran


def another_name(authority):
    return authority.issue_cert("other.example.test", "127.0.0.2")


def expired(authority):
    return authority.issue_cert("127.0.0.1", not_before=NOW - 9 * DAY, not_after=NOW - DAY)


def not_yet_valid(authority):
    return authority.issue_cert("127.0.0.1", not_before=NOW + DAY, not_after=NOW + 9 * DAY)


def self_signed(_authority):
    return trustme.CA().issue_cert("127.0.0.1")


@BOTH_WINGS
@pytest.mark.parametrize("ca", ["ca_path", "environment"])
@pytest.mark.parametrize("certificate", [another_name, expired, not_yet_valid, self_signed])
def test_a_server_that_does_not_prove_to_be_the_one_sees_nothing(run, serve, authority, module, certificate, ca):
    server = serve(certificate(authority))
    result = run(module, server, **({} if ca == "ca_path" else {"ca_path": None}))
    assert server.seen == []
    assert "is not trusted" in result.msg and result.failure["kind"] == "certificate" and "127.0.0.1:%d" % server.server_port in result.msg


@BOTH_WINGS
def test_the_right_one_sees_credentials(run, serve, authority, module):
    server = serve(authority.issue_cert("127.0.0.1"))
    run(module, server)
    assert server.seen and "Authorization" in server.seen[0][2]


@BOTH_WINGS
def test_a_server_without_tls_sees_nothing(run, serve, module):
    server = serve()
    assert "Cannot reach" in run(module, server).msg and server.seen == []


@BOTH_WINGS
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["another port", "another host", "without TLS"])
def test_a_redirection_is_not_followed(run, serve, authority, module, status, target):
    first, other = (
        serve(authority.issue_cert("127.0.0.1")),
        serve(None if target == "without TLS" else authority.issue_cert("127.0.0.1", "localhost")),
    )
    scheme, host = ("http" if target == "without TLS" else "https"), ("localhost" if target == "another host" else "127.0.0.1")
    first.redirect = (status, "%s://%s:%d/api/" % (scheme, host, other.server_port))
    result = run(module, first)
    assert len(first.seen) >= 1 and other.seen == []
    assert "HTTP %d" % status in result.msg
