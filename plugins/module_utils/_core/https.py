# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""One HTTPS conversation with one server, on requests: TLS, time-outs, connection reuse, safe repeats, redaction."""

from __future__ import annotations

import base64
import html
import ipaddress
import json
import math
import os
import re
import shlex
import ssl
import typing as t
import urllib.parse
from dataclasses import dataclass

from .errors import AnswerLost, CertificateUntrusted, CollectionError, InputError, ServerUnreachable
from .waiting import Clock

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter

    REQUESTS_ERROR: t.Optional[ImportError] = None
except ImportError as error:  # told to the user by _core/module.py
    REQUESTS_ERROR = error

# Pauses in seconds before each repeat of a request that is safe to repeat.
REPEAT_AFTER = (1.0, 3.0)
BUSY = (429, 502, 503, 504)
PASSING_STATUSES = (500, *BUSY)  # of a read: it is worth another try
LONGEST_PAUSE = 60.0  # seconds that Retry-After is followed
# How OpenSSL calls a peer that does not speak TLS, or none that we speak.
NO_HANDSHAKE = (
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "UNKNOWN_PROTOCOL",
    "UNSUPPORTED_PROTOCOL",
    "WRONG_VERSION_NUMBER",
)
# What urllib3 and OpenSSL put around the reason.
NOISE = re.compile(
    r"^Failed to establish a new connection: (\[Errno -?\d+\] )?|^\[SSL: CERTIFICATE_VERIFY_FAILED\] certificate verify failed: "
    r"| \(_ssl\.c:\d+\)$"
)
EXCERPT = 200  # characters of a server's text that a message quotes
HIDDEN = "********"
DEEPEST = 60  # levels of JSON
LONGEST_NUMBER = 20  # characters: 64 bits and a sign
TOKEN = re.compile(r"[!-~]+")  # what can be sent back in a header, such as a session
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Secrets:
    """Texts that may appear in no message: each is hidden as it is, in Base64, and as JSON, URLs, pages and shells write it."""

    def __init__(self, texts: t.Iterable[str] = ()) -> None:
        self._texts: list[str] = []
        for text in texts:
            self.add(text)

    def add(self, text: t.Optional[str]) -> None:
        if text:
            self._texts = sorted({*self._texts, *filter(None, _forms(text))}, key=lambda form: (-len(form), form))

    def mask(self, text: str) -> str:
        for secret in self._texts:
            text = text.replace(secret, HIDDEN)
        return text

    def excerpt(self, text: str, length: int) -> str:
        """The beginning of a text, on one line."""
        return " ".join(self.mask(text).split())[:length]

    def mask_all(self, value: t.Any) -> t.Any:
        """A value of dicts and lists with all its texts masked, but not the names in it."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, dict):
            return {name: self.mask_all(inner) for name, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.mask_all(inner) for inner in value]
        return value


def _forms(text: str) -> t.Iterator[str]:
    raw = text.encode(errors="surrogatepass")
    yield text
    yield base64.b64encode(raw).decode()
    yield base64.urlsafe_b64encode(raw).decode()
    for exact in (True, False):
        quoted = json.dumps(text, ensure_ascii=exact)[1:-1]
        yield quoted
        yield json.dumps(quoted, ensure_ascii=exact)[1:-1]  # an error that quotes the body of a request
    yield urllib.parse.quote(raw)
    yield urllib.parse.quote(raw, safe="")
    yield urllib.parse.quote_plus(raw)
    yield html.escape(text)
    yield html.escape(text, quote=False)
    yield shlex.quote(text)
    yield " ".join(text.split())


@dataclass(frozen=True)
class Server:
    """Where a server is and how it is trusted; ``title`` is its name in messages, ``trust_hint`` what helps when
    its certificate is not trusted, ``timeout`` the seconds that one request may wait for an answer."""

    title: str
    host: str
    port: int
    validate_certs: bool = True
    ca_path: t.Optional[str] = None
    timeout: float = 60
    trust_hint: str = ""

    @property
    def address(self) -> str:
        host = "[%s]" % self.host if ":" in self.host and not self.host.startswith("[") else self.host
        return "%s:%d" % (host, self.port)

    def __str__(self) -> str:
        return "%s %s" % (self.title, self.address)


@dataclass(frozen=True)
class Answer:
    """What came back. ``text`` is not yet redacted; of a login it may hold the session, and is never quoted."""

    status: int
    headers: t.Mapping[str, str]
    text: str
    of_login: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float:
        """Seconds that a busy server asks to be left alone (RFC 9110, section 10.2.3), at most LONGEST_PAUSE; else 0."""
        value = self.headers.get("Retry-After", "")
        return min(float(value), LONGEST_PAUSE) if value.isdigit() else 0.0


class Https:
    """A conversation over one kept-alive connection.

    Every call is one request. The environment's .netrc and CA variables do not interfere (requests lets them win over
    its own arguments otherwise); its proxies and, without ca_path, its REQUESTS_CA_BUNDLE are honored.
    """

    def __init__(self, server: Server, clock: Clock) -> None:
        _check(server)
        self.server = server
        self.secrets = Secrets()
        self._clock = clock
        self._verify = self._trust(server)
        self._url = "https://" + server.address
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=1, pool_block=True))
        self._proxies = requests.utils.get_environ_proxies(self._url)
        proxy = requests.utils.select_proxy(self._url, self._proxies)
        # Without the account that a proxy's URL may have.
        self._through = " through the proxy %s" % re.split("@|://", proxy)[-1] if proxy else ""

    @staticmethod
    def _trust(server: Server) -> t.Union[bool, str]:
        if not server.validate_certs:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            return False
        if server.ca_path is None:
            for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
                path = os.environ.get(variable)
                if path and not os.path.exists(path):
                    raise InputError(
                        "The environment variable %s names %s, which does not exist; set ca_path." % (variable, path),
                        server=server.address,
                    )
                if path:
                    return path
            return True
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(server.ca_path)
        except ssl.SSLError:
            raise InputError(
                "ca_path: %s is not a PEM file; convert it: openssl x509 -inform der -in %s -out ca.pem."
                % (server.ca_path, server.ca_path),
                server=server.address,
            ) from None
        except OSError as error:
            raise InputError("ca_path: cannot read %s: %s." % (server.ca_path, error.strerror), server=server.address) from None
        return server.ca_path

    def close(self) -> None:
        self._session.close()

    def exchange(
        self,
        method: str,
        path: str,
        *,
        what: str,
        headers: t.Mapping[str, str],
        body: t.Optional[bytes] = None,
        repeatable: bool = False,
        login: bool = False,
    ) -> Answer:
        """Send one request; ``what`` names it in messages. The answer to a ``login`` is never quoted.

        A ``repeatable`` request (a read) is sent again, at most twice more, when the connection breaks, or the server
        is busy (429, 502, 503, 504) or stumbles (500).

        :raises ServerUnreachable: nothing was sent
        :raises AnswerLost: it was sent, the answer did not arrive
        """
        for pause in REPEAT_AFTER if repeatable else ():
            wanted = 0.0
            try:
                answer = self._send(method, path, what, headers, body, login)
            except AnswerLost:
                pass
            else:
                if answer.status not in PASSING_STATUSES:
                    return answer
                wanted = answer.retry_after
            self._clock.sleep(max(pause, wanted))
        return self._send(method, path, what, headers, body, login)

    def _send(self, method: str, path: str, what: str, headers: t.Mapping[str, str], body: t.Optional[bytes], login: bool) -> Answer:
        # http.client writes headers in Latin-1; so they go out in UTF-8.
        encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
        request = requests.Request(method, self._url, headers=encoded, data=body)
        prepared = self._session.prepare_request(request)
        # As given: requests would encode parts of the path and query again.
        prepared.url = self._url + path
        try:
            reply = self._session.send(
                prepared,
                verify=self._verify,
                timeout=self.server.timeout,
                proxies=self._proxies,
                allow_redirects=False,
            )
            if getattr(reply.raw, "length_remaining", None):  # before urllib3 2 that is no error
                raise requests.ConnectionError("the response ended early")
            reply.encoding = "utf-8"
            return Answer(reply.status_code, reply.headers, reply.text, login)
        except requests.RequestException as error:
            raise self._explained(error, what) from None

    def _explained(self, error: Exception, what: str) -> CollectionError:
        facts: dict[str, t.Any] = {"server": self.server.address, "method": what}
        cause = _root(error)
        reason = self.secrets.mask(_first_line(cause))
        if isinstance(error, requests.exceptions.SSLError) and _is_about_trust(cause):
            return CertificateUntrusted(
                "The certificate of %s is not trusted (%s), so %s was not sent. %s"
                % (self.server, reason, what, self.server.trust_hint or "Set ca_path, or validate_certs: false."),
                **facts,
            )
        never_sent = (
            isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError))
            or type(cause).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")
            or getattr(cause, "reason", None) in NO_HANDSHAKE
        )
        if never_sent:
            return ServerUnreachable(
                "Cannot reach %s%s for %s: %s. Check server and port, and the network between it and the machine "
                "that runs this module." % (self.server, self._through, what, reason),
                **facts,
            )
        return AnswerLost("%s did not answer %s: %s." % (self.server, what, reason.rstrip(".")), reason="connection lost", **facts)

    def unreadable(self, answer: Answer, what: str, reason: str) -> AnswerLost:
        """The error for an answer that is not what the server should send."""
        return AnswerLost(
            "%s answered %s with a response that is not from its API (%s): %s Check the port, and whether there is a proxy in between."
            % (self.server, what, reason, self.excerpt(answer)),
            server=self.server.address,
            method=what,
            status=answer.status,
        )

    def excerpt(self, answer: Answer) -> str:
        """The beginning of the answer's text, on one line and without secrets."""
        if answer.of_login:
            return "(not quoted, because it may hold the session)."
        text = self.secrets.excerpt(answer.text, EXCERPT + 1)
        return '"%s".' % (text if len(text) <= EXCERPT else text[:EXCERPT] + "...") if text else "(empty)."

    def json(self, answer: Answer, what: str) -> t.Any:
        """The answer's body read as JSON."""
        try:
            return read_json(answer.text)
        except ValueError:
            kind = "HTML" if answer.text.lstrip()[:1] == "<" else "broken JSON"
            raise self.unreadable(answer, what, kind) from None


def read_json(text: str) -> t.Any:
    """JSON as servers send it: of some levels, with numbers that computers count with, and text that is text.

    :raises ValueError: it is anything else
    """
    try:
        value = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_finite)
    except RecursionError:
        raise ValueError("too many levels") from None
    level = [value] if isinstance(value, (dict, list)) else []
    for _depth in range(DEEPEST):
        level = [
            inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer) if isinstance(inner, (dict, list))
        ]
        if not level:
            break
    else:
        raise ValueError("too many levels")
    # Half of a pair of surrogates can be neither written to a file nor sent.
    return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace")) if SURROGATE.search(text) else value


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("a number of %d digits" % len(digits))
    return int(digits)


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("%s is no number" % number)
    return value


def _check(server: Server) -> None:
    """Find what no connection can come of.

    :raises InputError: it is not a host, a port or a time-out
    """
    host = server.host.strip("[]")
    try:
        named = bool(re.fullmatch(r"[\w.:-]+", host))
        if ":" in host:
            ipaddress.IPv6Address(host)
        host.encode("idna")
    except ValueError:
        named = False
    if not named:
        raise InputError('server: "%s" is not a host name or address (no scheme, no port).' % server.host)
    if not 0 < server.port < 65536:
        raise InputError("port: %d is not a port number." % server.port, server=server.host)
    if not 0 < server.timeout < math.inf:
        raise InputError("request_timeout: %g is not a number of seconds greater than 0." % server.timeout, server=server.address)


def _is_about_trust(cause: BaseException) -> bool:
    """Whether TLS failed for the certificate, ours or the server's: then it did before anything was sent."""
    # By name: urllib3 1.x has a CertificateError of its own.
    return "Cert" in type(cause).__name__ or "certificate" in str(cause).lower()


def _root(error: BaseException) -> BaseException:
    """The innermost cause that says something: requests and urllib3 wrap errors in errors."""
    seen = error
    for _depth in range(8):
        inner = getattr(seen, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((argument for argument in seen.args if isinstance(argument, BaseException)), None)
        if inner is None:
            return seen
        if type(seen).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError"):
            return seen
        seen = inner
    return seen


def _first_line(error: BaseException) -> str:
    text = str(error).strip().partition("\n")[0]
    # urllib3 puts the object before the reason: "HTTPSConnection(host=..., port=...): Failed to ...".
    if text.startswith(("<", "HTTPSConnection")) and ": " in text:
        text = text.split(": ", 1)[1]
    return NOISE.sub("", text) or type(error).__name__
