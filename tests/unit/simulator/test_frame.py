# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame, with a made-up product: listeners, clock, journal, faults, control endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.clock import Clock, Timeline
from simulator.exchange import Exchange
from simulator.faults import Fault
from simulator.product import EXCHANGE, Context
from simulator.runner import Simulator
from simulator.settings import SettingError
from simulator.world import Reader, WorldError


@dataclass
class EchoSettings:
    """One setting of each kind."""

    loud: bool = False
    number: int = 1


class Echo:
    """Answers with what it was asked, and counts."""

    def __init__(self, context: Context, name: str) -> None:
        self.settings = EchoSettings()
        self.context = context
        self.handled = 0
        self.greeting = ""
        self.killed = 0

    def load(self, world: Reader, settings: Mapping[str, Any]) -> None:
        self.greeting = world.text("greeting", "hello")
        world.done()
        self.context.journal.hide("hush-hush")

    def methods(self) -> list[str]:
        return ["a", "b", "z", "boom", "big"]

    def asgi(self) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            exchange: Exchange = scope[EXCHANGE]
            if exchange.path == "/boom":
                raise RuntimeError("boom")
            self.handled += 1
            memory = exchange.connection.memory
            memory["seen"] = memory.get("seen", 0) + 1
            answer = {"echo": exchange.document(), "seen": memory["seen"], "padding": "x" * (5000 if exchange.path == "/big" else 10)}
            await JSONResponse(answer)(scope, receive, send)

        return app

    def identify(self, exchange: Exchange) -> None:
        exchange.method = exchange.path.strip("/")
        exchange.scope = exchange.headers.get("x-scope", "")

    def struck(self, fault: Fault, exchange: Exchange) -> Response | None:
        if fault.kind == "kill_session":
            self.killed += 1
            return None
        return JSONResponse({"refused": fault.error or fault.kind})

    def snapshot(self) -> dict[str, Any]:
        return {"greeting": self.greeting}

    def accounts(self) -> list[dict[str, Any]]:
        return [{"username": "me", "password": "hush-hush", "about": "made up"}]

    def environment(self, host: str, port: int, ca_file: str) -> dict[str, str]:
        return {"ECHO_SERVER": host}


@pytest.fixture(scope="module")
def simulator() -> Any:
    with Simulator({"echo": {"greeting": "ahoy"}}, products={"echo": Echo}) as running:
        yield running


@pytest.fixture(autouse=True)
def clean(simulator: Simulator) -> None:
    simulator.reset()


class Client:
    """Plain requests, with `verify` on each call because the environment may name another bundle."""

    def __init__(self, simulator: Simulator, name: str) -> None:
        self.session = requests.Session()
        self.base = simulator.endpoints[name].url
        self.ca = simulator.ca_file

    def ask(self, verb: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(verb, self.base + path, verify=self.ca, timeout=10, **more)


@pytest.fixture
def echo(simulator: Simulator) -> Client:
    return Client(simulator, "echo")


@pytest.fixture
def control(simulator: Simulator) -> Client:
    return Client(simulator, "control")


def test_one_connection_is_kept_and_known(simulator: Simulator, echo: Client) -> None:
    assert [echo.ask("POST", "/a", json={}).json()["seen"] for _time in range(3)] == [1, 2, 3]
    assert Client(simulator, "echo").ask("POST", "/a", json={}).json()["seen"] == 1
    assert len({entry.connection for entry in simulator.journal.entries("a")}) == 2


def test_no_body_at_all_is_served(echo: Client) -> None:
    assert echo.ask("POST", "/a").json()["echo"] is None
    assert echo.ask("POST", "/a", data=b"", headers={"Content-Length": "0"}).status_code == 200


def test_gzip_only_when_asked(echo: Client) -> None:
    assert echo.ask("POST", "/big", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in echo.ask("POST", "/big", headers={"Accept-Encoding": "identity"}).headers


def test_the_journal_keeps_no_secret(simulator: Simulator, echo: Client) -> None:
    echo.ask(
        "POST",
        "/a?password=sesame&x=1",
        json={
            "strPassword": "sesame",
            "list": [{"klprts-TaskAccountPassword": {"type": "binary", "value": "c2VzYW1l"}}],
            "plain": "hush-hush",
            "open": 1,
        },
        headers={"Authorization": 'KSCBasic user="c2VzYW1l"', "X-KSC-Session": "sesame", "X-Other": "a hush-hush b"},
    )
    entry = simulator.journal.entries()[0].as_dict()
    assert "sesame" not in str(entry) and "c2VzYW1l" not in str(entry) and "hush-hush" not in str(entry)
    assert entry["body"]["open"] == 1 and entry["query"] == "password=<secret>&x=1"
    assert entry["headers"]["authorization"] == "KSCBasic <secret>"


def test_counters(simulator: Simulator, echo: Client) -> None:
    echo.ask("POST", "/a", json={"x": 1})
    counts = simulator.journal.counters()["echo"]
    assert counts["requests"] == 1 and counts["bytes_in"] == len(b'{"x": 1}') and counts["bytes_out"] > 10
    assert counts["connections"] == 1


@pytest.mark.parametrize("kind, handled", [("drop_before", 0), ("drop_after", 1), ("drop_middle", 1)])
def test_drops(simulator: Simulator, echo: Client, kind: str, handled: int) -> None:
    before = simulator.world["echo"].handled
    fault = simulator.faults.add(kind, method="a")
    with pytest.raises(requests.exceptions.RequestException):
        echo.ask("POST", "/a", json={})
    assert simulator.world["echo"].handled - before == handled and fault.hits == 1
    assert echo.ask("POST", "/a", json={}).json()["seen"] == 1, "a new connection"


def test_answers_that_are_not_the_products(simulator: Simulator, echo: Client) -> None:
    simulator.faults.add("status", status=502, text="Bad gateway")
    answer = echo.ask("POST", "/a")
    assert (answer.status_code, answer.text) == (502, "Bad gateway")
    simulator.faults.add("html")
    assert echo.ask("POST", "/a").text.startswith("<!DOCTYPE html>")
    before = simulator.world["echo"].handled
    simulator.faults.add("html", status=500, handled=True)
    assert echo.ask("POST", "/a").status_code == 500 and simulator.world["echo"].handled == before + 1
    simulator.faults.add("truncate")
    with pytest.raises(ValueError):
        echo.ask("POST", "/a").json()
    simulator.faults.add("error", error={"code": 7})
    assert echo.ask("POST", "/a").json() == {"refused": {"code": 7}}
    assert simulator.journal.entries()[-1].faults == ("error",)
    assert "echo" in echo.ask("POST", "/a").json()


def test_which_requests_a_fault_strikes(simulator: Simulator, echo: Client) -> None:
    simulator.faults.add("status", method="a", scope="t*", nth=2, count=2)
    scoped = {"X-Scope": "tenant"}
    seen = [echo.ask("POST", "/a", headers=scoped).status_code for _time in range(4)]
    assert seen == [200, 503, 503, 200]
    assert echo.ask("POST", "/a").status_code == 200
    simulator.faults.add("kill_session", path="/z")
    assert echo.ask("POST", "/z").status_code == 200 and simulator.world["echo"].killed == 1


def test_a_failing_product_is_loud(simulator: Simulator, echo: Client) -> None:
    assert echo.ask("POST", "/boom").status_code == 500
    assert simulator.journal.entries("boom")[0].error


def test_control(simulator: Simulator, echo: Client, control: Client) -> None:
    assert control.ask("GET", "/").json()["servers"]["echo"]["port"] == simulator.endpoints["echo"].port
    assert control.ask("POST", "/faults", json={"kind": "status", "method": "b"}).json()["hits"] == 0
    assert echo.ask("POST", "/b").status_code == 503
    assert control.ask("GET", "/faults").json()["faults"][0]["hits"] == 1
    entries = control.ask("GET", "/journal?method=b").json()["entries"]
    assert [entry["status"] for entry in entries] == [503]
    assert control.ask("GET", "/counters").json()["echo"]["faults"] == 1
    before = control.ask("GET", "/clock").json()["now"]
    assert control.ask("POST", "/clock", json={"advance": 3600, "speed": 2}).json()["now"] >= before + 3600
    assert simulator.clock.speed == 2.0
    assert control.ask("GET", "/world").json() == {"echo": {"greeting": "ahoy"}}
    assert control.ask("PATCH", "/settings", json={"echo": {"loud": True}}).json()["echo"] == {"loud": True, "number": 1}
    assert control.ask("DELETE", "/faults").json() == {} and control.ask("DELETE", "/journal").json() == {}
    assert control.ask("POST", "/reset").json() == {}
    simulator.clock.speed = 1.0


@pytest.mark.parametrize(
    "verb, path, body, word",
    [
        ("POST", "/faults", {"kind": "flood"}, "flood"),
        ("POST", "/faults", {"kind": "status", "color": 1}, "color"),
        ("POST", "/faults", {"kind": "status", "method": "c"}, "method: no method of echo fits 'c'"),
        ("POST", "/faults", {"kind": "status", "method": "bom"}, "near it: boom"),
        ("POST", "/faults", {"kind": "status", "server": "ecco"}, "server: no server fits 'ecco'; known: echo"),
        ("GET", "/journal?metod=a", None, "metod: no such query member; known: method, server, path"),
        ("GET", "/journal?method=a&method=b", None, "method: twice"),
        ("DELETE", "/journal?method=a", None, "method: no such query member; known: none"),
        ("GET", "/world?x=1", None, "x: no such query member"),
        ("POST", "/reset?x", None, "x: no such query member"),
        ("POST", "/clock", {"advance": -1}, "advance"),
        ("POST", "/clock", {"back": 1}, "back"),
        ("PATCH", "/settings", {"echo": {"quiet": True}}, "settings.echo.quiet"),
        ("PATCH", "/settings", {"echo": {"number": "1"}}, "settings.echo.number"),
        ("PATCH", "/settings", {"other": {}}, "settings.other"),
    ],
)
def test_control_says_what_is_wrong(control: Client, verb: str, path: str, body: Any, word: str) -> None:
    answer = control.ask(verb, path, json=body)
    assert answer.status_code == 400 and word in answer.json()["error"]


def test_the_control_endpoint_wants_json_too(simulator: Simulator, control: Client) -> None:
    assert control.ask("POST", "/clock", data='{"advance": 1, "advance": 2}').status_code == 400


@pytest.mark.parametrize("pattern", ["*", "b*", "?", ""])
def test_patterns_of_faults_that_may_strike(simulator: Simulator, pattern: str) -> None:
    assert simulator.faults.add("status", method=pattern).hits == 0


def test_a_world_names_its_bad_key() -> None:
    for data, word in (
        ({"echo": {"greting": "x"}}, "echo.greting"),
        ({"echo": {"greeting": 5}}, "echo.greeting"),
        ({"eccho": {}}, "eccho"),
        ({"settings": {"frame": {"latency": "x"}}}, "settings.frame.latency"),
    ):
        with pytest.raises((WorldError, SettingError), match=word):
            Simulator(data, products={"echo": Echo})


def test_clock_and_timeline() -> None:
    clock = Clock(0)
    timeline = Timeline(clock)
    start, seen = clock.now(), []
    timeline.at(start + 10, lambda when: seen.append(("b", when)))
    timeline.at(start + 5, lambda when: (seen.append(("a", when)), timeline.at(when + 1, lambda at: seen.append(("c", at)))))
    timeline.run()
    assert not seen and clock.now() == start
    clock.advance(20)
    timeline.run()
    assert seen == [("a", start + 5), ("c", start + 6), ("b", start + 10)]
    assert clock.wall_milliseconds(2) == 2000
    clock.speed = 10
    assert clock.wall_milliseconds(2) == 200
    with pytest.raises(ValueError):
        clock.advance(-1)
