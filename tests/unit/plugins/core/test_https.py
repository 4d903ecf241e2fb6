# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTPS conversation, with a small TLS server of the test."""

from __future__ import annotations

import base64
import http.server
import ssl
import threading

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import (
    AnswerLost,
    CertificateUntrusted,
    InputError,
    ServerUnreachable,
)
from ansible_collections.ksv.light_agent.plugins.module_utils._core.https import DEEPEST, REPEAT_AFTER, Https, Secrets, Server, read_json
from ansible_collections.ksv.light_agent.plugins.module_utils._core.waiting import Clock
from hypothesis import given
from hypothesis import strategies as st

trustme = pytest.importorskip("trustme", reason="requirements-simulator.txt is not installed")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections += 1

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.path, dict(self.headers), body))
        action = self.server.script.pop(0) if self.server.script else (200, "{}")
        if action == "drop":
            self.close_connection = True
            return
        if action == "half":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"{")
            self.close_connection = True
            return
        status, text, *headers = action
        content = text.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        self.do_POST()

    def log_message(self, *_words):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_words):
        pass


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.ca = str(tmp_path_factory.mktemp("tls") / "ca.pem")
    authority.cert_pem.write_to_path(server.ca)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def tls(running):
    running.script, running.seen, running.connections = [], [], 0
    return running


class Slept(list):
    @property
    def clock(self):
        return Clock(lambda: 0.0, self.append)


def https(tls, slept=None, **more):
    given = dict({"title": "Thing", "host": "127.0.0.1", "port": tls.server_port, "ca_path": tls.ca, "timeout": 5}, **more)
    return Https(Server(**given), (Slept() if slept is None else slept).clock)


def ask(conversation, **more):
    return conversation.exchange("POST", "/x", what="Do.It", headers={}, **more)


def test_one_connection_serves_all_requests(tls):
    conversation = https(tls)
    for _number in range(5):
        assert ask(conversation, body=b"{}").ok
    assert (tls.connections, len(tls.seen)) == (1, 5)
    conversation.close()


def test_the_path_goes_out_as_it_is(tls):
    https(tls).exchange("GET", "/a%2Fb/../c?x=%5B1%5D&y=a b".replace(" ", "%20"), what="Get", headers={})
    assert tls.seen[0][0] == "/a%2Fb/../c?x=%5B1%5D&y=a%20b"


def test_headers_go_out_in_utf8(tls):
    https(tls).exchange("POST", "/", what="Do", headers={"X-Domain": "ДОМЕН"})
    assert tls.seen[0][1]["X-Domain"].encode("latin-1").decode() == "ДОМЕН"


def test_a_redirection_is_not_followed(tls):
    tls.script = [(302, "")]
    assert ask(https(tls)).status == 302 and len(tls.seen) == 1


@pytest.mark.parametrize("trouble", ["drop", "half", (503, "busy"), (429, "slow down"), (502, ""), (504, "")])
def test_a_repeatable_request_is_sent_at_most_three_times(tls, trouble):
    slept = Slept()
    tls.script = [trouble] * 2
    assert ask(https(tls, slept), repeatable=True).ok
    assert len(tls.seen) == 3 and tuple(slept) == REPEAT_AFTER
    tls.script, tls.seen[:] = [trouble] * 5, []
    if isinstance(trouble, str):
        with pytest.raises(AnswerLost):
            ask(https(tls), repeatable=True)
    else:
        assert ask(https(tls), repeatable=True).status == trouble[0]
    assert len(tls.seen) == 3


@pytest.mark.parametrize(("asked", "slept"), [("7", [7.0, 3.0]), ("0", [1.0, 3.0]), ("99999", [60.0, 3.0]), ("soon", [1.0, 3.0])])
def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(tls, asked, slept):
    """RFC 9110, section 10.2.3: a number of seconds, or a date; followed for a minute at most."""
    seen = Slept()
    tls.script = [(503, "busy", ("Retry-After", asked)), (503, "busy")]
    assert ask(https(tls, seen), repeatable=True).ok
    assert list(seen) == slept


@pytest.mark.parametrize("trouble", ["drop", "half"])
def test_a_write_is_sent_once(tls, trouble):
    slept = Slept()
    tls.script = [trouble]
    with pytest.raises(AnswerLost, match=r"Thing 127\.0\.0\.1:\d+ did not answer Do\.It") as caught:
        ask(https(tls, slept))
    assert (len(tls.seen), slept) == (1, [])
    assert caught.value.failure["method"] == "Do.It"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 501])
def test_other_statuses_are_answers(tls, status):
    tls.script = [(status, "text")]
    answer = ask(https(tls), repeatable=True)
    assert (answer.status, answer.text, answer.ok, len(tls.seen)) == (status, "text", False, 1)


def test_an_unknown_certificate_is_never_tried_again(tls, monkeypatch):
    slept = Slept()
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with pytest.raises(CertificateUntrusted, match="Do this") as caught:
        ask(https(tls, slept, ca_path=None, trust_hint="Do this."), repeatable=True)
    assert isinstance(caught.value, ServerUnreachable) and (tls.seen, slept) == ([], [])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", tls.ca)
    assert ask(https(tls, ca_path=None)).ok
    assert ask(https(tls, ca_path=None, validate_certs=False)).ok


def test_the_environment_does_not_win_over_the_option(tls, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    assert ask(https(tls)).ok
    with pytest.raises(InputError, match="/nonexistent"):
        https(tls, ca_path=None)


def test_a_closed_port_is_nothing_sent(tls):
    with pytest.raises(ServerUnreachable, match="Check server and port"):
        ask(https(tls, port=1))


@pytest.mark.parametrize(
    ("option", "wrong"),
    [
        ("host", ""),
        ("host", "a b"),
        ("host", "https://a"),
        ("host", "a:1"),
        ("host", "a/b"),
        ("host", "a@b"),
        ("host", "a..b"),
        ("host", "[::1" + "x]"),
        ("host", "*.example.com"),
        ("host", "fe80::1%eth0"),
        ("host", "[fe80::1%eth0]"),
        ("port", 0),
        ("port", 65536),
        ("timeout", 0),
        ("timeout", float("nan")),
        ("timeout", float("inf")),
    ],
)
def test_what_no_connection_can_come_of(tls, option, wrong):
    with pytest.raises(InputError):
        https(tls, **{option: wrong})


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("a.test", "a.test:1"),
        ("::1", "[::1]:1"),
        ("[::1]", "[::1]:1"),
        ("192.0.2.1", "192.0.2.1:1"),
        ("bücher.example", "bücher.example:1"),
        ("under_score.test", "under_score.test:1"),
    ],
)
def test_addresses(host, address):
    server = Server("Thing", host, 1)
    assert server.address == address
    Https(server, Clock())


def test_a_damaged_or_binary_certificate_file(tls, tmp_path):
    file = tmp_path / "ca.der"
    for content in (b"", b"\x30\x82\x00\x01", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        file.write_bytes(content)
        with pytest.raises(InputError, match="openssl x509 -inform der"):
            https(tls, ca_path=str(file))
    with pytest.raises(InputError, match="cannot read"):
        https(tls, ca_path=str(tmp_path / "nothing"))


def test_json_and_what_is_not(tls):
    conversation = https(tls)
    tls.script = [(200, '{"a": "\u0436"}'), (200, "<html>secret-1</html>"), (200, '{"a": '), (200, "")]
    conversation.secrets.add("secret-1")
    assert conversation.json(ask(conversation), "Do.It") == {"a": "\u0436"}
    for kind in ("HTML", "broken JSON", "broken JSON"):
        with pytest.raises(AnswerLost, match=kind) as caught:
            conversation.json(ask(conversation), "Do.It")
        assert "secret-1" not in caught.value.message and "Check the port" in caught.value.message


def test_an_excerpt_is_short_and_on_one_line(tls):
    conversation = https(tls)
    tls.script = [(200, "a\n b\r\n" + "c" * 5000)]
    text = conversation.excerpt(ask(conversation))
    assert text.startswith('"a b ccc') and len(text) < 220 and "\n" not in text


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4), st.text(), st.text())
def test_no_secret_is_left_in_a_text(texts, before, after):
    secrets = Secrets()
    for text in texts:
        secrets.add(text)
    for text in texts:
        for form in (text, base64.b64encode(text.encode()).decode()):
            hidden = secrets.mask(before + form + after)
            assert form not in hidden.replace("********", "") or set(form) <= {"*"}


def test_nothing_is_no_secret():
    secrets = Secrets()
    secrets.add(None)
    secrets.add("")
    assert secrets.mask("text") == "text"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "NaN",
        "[Infinity]",
        "1e999",
        "1" * 21,
        "[" * 100000,
        "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
        '{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1),
    ],
)
def test_what_is_no_json_of_a_server(text):
    with pytest.raises(ValueError):
        read_json(text)


def test_json_of_a_server():
    assert read_json("[" * DEEPEST + "]" * DEEPEST) is not None
    assert read_json('{"a": -9223372036854775808, "b": 1.5e3, "c": "\\ud83d\\ude00"}') == {"a": -(2**63), "b": 1500.0, "c": "\U0001f600"}
    assert read_json('["\\ud800", "\\uDFFF x", "a"]') == ["?", "? x", "a"]
    assert [read_json(text) for text in ("7", '"x"', "null", "[]")] == [7, "x", None, []]
