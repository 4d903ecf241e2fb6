# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""However a module ends, it leaves no session, result set or iterator behind on the servers."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from urllib3.connection import HTTPSConnection

from hostile.calls import KSC, WAITING, prepare_ksc, run_ksc
from simulator.ksc import sessions as simulated

EVERY_CALL = pytest.mark.parametrize("call", KSC)
THOROUGH = pytest.mark.thorough
QUICK = {name: {"wait_timeout": 90, "poll_interval": 15} for name in WAITING}
# The answer to a login that did not arrive, or not whole, is the only thing that would have told how to end the session.
LOGINS = ("Session.StartSession", "login")


class Ledger:
    """Every session that there has been, and the result sets that a client that ended its session had not released."""

    def __init__(self, monkeypatch):
        self.sessions = []
        self.unreleased = []
        opened, end = simulated.Sessions._open, simulated.Sessions.end

        def noted(sessions, *more):
            self.sessions.append(opened(sessions, *more))
            return self.sessions[-1]

        def ended(sessions, session):
            self.unreleased += [result.kind for result in session.results.values() if hasattr(result, "kind")]
            end(sessions, session)

        monkeypatch.setattr(simulated.Sessions, "_open", noted)
        monkeypatch.setattr(simulated.Sessions, "end", ended)

    def forget(self):
        self.sessions.clear()
        self.unreleased.clear()

    def open(self):
        """The sessions that are open, once the server has seen which connections are closed."""
        for _look in range(500):
            found = [session.label for session in self.sessions if not session.ended]
            if not found:
                break
            time.sleep(0.002)
        return found


@pytest.fixture
def ledger(monkeypatch):
    return Ledger(monkeypatch)


def run(ksc, call, **more):
    return run_ksc(ksc, call, fails=None, warns=None, **{**QUICK.get(KSC[call][0], {}), **more})


def methods_of(ksc, call, **more):
    prepare_ksc(ksc, call)
    return list(dict.fromkeys(run(ksc, call, **more).methods))


@EVERY_CALL
@pytest.mark.parametrize(
    ("auth_method", "check"),
    [("session", False), pytest.param("session", True, marks=THOROUGH), ("login", False), pytest.param("login", True, marks=THOROUGH)],
)
def test_after_success_everything_is_released(ksc, ledger, call, auth_method, check):
    prepare_ksc(ksc, call)
    result = run_ksc(ksc, call, warns=None, auth_method=auth_method, check=check)
    assert ledger.sessions and ledger.open() == [] and ledger.unreleased == []
    assert result.count("Session.EndSession") == (len(ledger.sessions) if auth_method == "session" else 0)


FAILURES = {
    "html": ("html", {"count": None}),
    "truncate": ("truncate", {"count": None}),
    "nothing": ("html", {"text": "{}", "count": None}),
    "500": ("status", {"status": 500, "text": "Oops", "count": None}),
    "always 401": ("status", {"status": 401, "count": None}),
    "always 403": ("status", {"status": 403, "count": None}),
    "403 once": ("status", {"status": 403, "count": 1}),
    "error": ("error", {"error": {"module": "KLSTD", "code": 1181, "message": "Oops"}, "count": None}),
    "no such call": ("no_such_call", {"count": None}),
    "drop before once": ("drop_before", {"count": 1}),
    "drop before": ("drop_before", {"count": None}),
    "drop after": ("drop_after", {"count": None}),
    "session ended": ("kill_session", {"count": 1}),
}
# What `make test` runs of the matrix.
SOME_FAILURES = {
    ("host", "403 once"),
    ("unassigned", "drop before once"),
    ("remove", "always 403"),
    ("host_info", "html"),
    ("entries", "error"),
    ("task_info", "truncate"),
    ("package_retranslate", "500"),
    ("group", "no such call"),
    ("stale_host", "nothing"),
}


@pytest.mark.parametrize(
    ("call", "failure"),
    [pytest.param(call, failure, marks=() if (call, failure) in SOME_FAILURES else THOROUGH) for call in KSC for failure in FAILURES],
)
def test_after_every_failure_of_every_method_all_sessions_are_ended(ksc, ledger, call, failure):
    kind, more = FAILURES[failure]
    for method in methods_of(ksc, call):
        if method == "Session.EndSession" and (more["count"] is None or kind != "drop_before"):
            continue  # a server that does not end sessions
        if method in LOGINS and kind in ("html", "truncate", "drop_after"):
            continue  # nobody but the server knows this session
        prepare_ksc(ksc, call)
        ledger.forget()
        fault = ksc.fault(kind, method, **more)
        result = run(ksc, call)
        assert fault.hits, method
        assert ledger.open() == [], method
        assert "Traceback" not in result.text and "KeyError" not in result.text
        assert not result.failed or "127.0.0.1:%d" % ksc.simulator.ksc.port in result.msg, (method, result.msg)
        assert len(result.requests) < 1000 and ksc.logins(result) <= 6, (method, len(result.requests))


def interrupted_at(monkeypatch, number, moment, name):
    """A signal at request ``number``: before it is sent, while its answer is awaited, or right after that has come."""
    numbers = itertools.count(1)
    ask, answer = HTTPSConnection.request, HTTPSConnection.getresponse

    def kill(connection, when):
        if connection.number_ == number and moment == when:
            os.kill(os.getpid(), getattr(signal, name))

    def request(connection, *words, **more):
        connection.number_ = next(numbers)
        kill(connection, "before")
        return ask(connection, *words, **more)

    def getresponse(connection, *words, **more):
        kill(connection, "during")
        response = answer(connection, *words, **more)
        kill(connection, "after")
        return response

    monkeypatch.setattr(HTTPSConnection, "request", request)
    monkeypatch.setattr(HTTPSConnection, "getresponse", getresponse)


SOME_SIGNALS = {("unassigned", "before"), ("package_retranslate", "during"), ("host_info", "during"), ("remove", "after")}


@pytest.mark.parametrize(
    ("call", "moment"),
    [
        pytest.param(call, moment, marks=() if (call, moment) in SOME_SIGNALS else THOROUGH)
        for call in KSC
        for moment in ("before", "during", "after")
    ],
)
def test_a_signal_at_any_request_ends_all_sessions(ksc, ledger, monkeypatch, call, moment):
    prepare_ksc(ksc, call)
    requests = len(run(ksc, call).requests)
    names = ("SIGTERM", "SIGINT", "SIGHUP")
    late = []
    before = {name: signal.signal(getattr(signal, name), lambda number, _frame: late.append(number)) for name in names}
    try:
        for number in range(1, requests + 1):
            prepare_ksc(ksc, call)
            ledger.forget()
            with pytest.MonkeyPatch.context() as patch:
                interrupted_at(patch, number, moment, names[number % 3])
                result = run(ksc, call)
            assert ledger.open() == [], "%s of %s" % (number, result.methods)
            # The end of a session is seen through; after that the module does no more than print.
            assert result.failed or late or "Session.EndSession" in result.methods, number
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


REAL = """
import json, sys
sys.argv[1:] = []
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": json.loads(sys.stdin.read())}).encode()
try:
    basic._ANSIBLE_PROFILE = "legacy"
except AttributeError:
    pass
from ansible_collections.ksv.light_agent.plugins.modules import ksc_host
ksc_host.main()
"""


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("Session.StartSession", "SIGTERM"),
        ("HostGroup.FindHosts", "SIGINT"),
        ("Tasks.GetTaskStatistics", "SIGHUP"),
        *(
            pytest.param(method, name, marks=THOROUGH)
            for method in ("Session.StartSession", "Tasks.RunTask", "Session.EndSession")
            for name in ("SIGINT", "SIGHUP", "SIGTERM")
        ),
    ],
)
def test_a_real_process_and_a_real_signal(ksc, ledger, method, name):
    prepare_ksc(ksc, "host")
    module, arguments = KSC["host"]
    assert module == "ksc_host"
    fault = ksc.fault("latency", method, seconds=1.0)
    process = subprocess.Popen(
        [sys.executable, "-c", REAL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(pathlib.Path(".build").resolve()), *sys.path])},
    )
    process.stdin.write(json.dumps({**ksc.runner.defaults, **arguments, "poll_interval": 0.05}))
    process.stdin.close()
    for _look in range(3000):
        if fault.hits or process.poll() is not None:
            break
        time.sleep(0.01)
    process.send_signal(getattr(signal, name))
    output = process.stdout.read()
    errors = process.stderr.read()
    process.wait(60)
    # The request that was delayed ends after the process. It must not be in the journal of the next test.
    for _look in range(3000):
        if any("latency" in entry.faults for entry in ksc.simulator.journal.entries(method=method)):
            break
        time.sleep(0.01)
    assert fault.hits and name in json.loads(output)["msg"], output + errors
    assert ledger.sessions and ledger.open() == [] and "Traceback" not in errors
