# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions that show how a wait stands."""

from __future__ import annotations

import copy
import importlib
import os
import pathlib
import signal
import threading
import time
import types

import pytest
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible_collections.ksv.light_agent.plugins.module_utils._core.progress import VARIABLE
from ansible_collections.ksv.light_agent.plugins.plugin_utils import _progress, _steps

pytestmark = pytest.mark.every_core

PLUGINS = pathlib.Path(_progress.__file__).parents[1]


class Screen:
    def __init__(self):
        self.lines = []
        self.remarks = []

    def display(self, line):
        self.lines.append(line)

    def vvv(self, text):
        self.remarks.append(text)


@pytest.fixture
def screen(monkeypatch, tmp_path):
    found = Screen()
    monkeypatch.setattr(_progress, "Display", lambda: found)
    monkeypatch.setattr(_progress.constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    monkeypatch.setattr(_progress, "LOOK_EVERY", 0.01)
    return found


def action(transport="local", async_val=0, no_log=False, environment=None, register=None):
    made = _progress.ProgressAction.__new__(_progress.ProgressAction)
    made._connection = types.SimpleNamespace(transport=transport)
    made._task = types.SimpleNamespace(async_val=async_val, no_log=no_log, environment=environment, register=register)
    return made


def run(monkeypatch, subject, module):
    """Run an action with ``module`` in place of what Ansible does: it gets the path of the file, or None."""

    def normal(self, tmp=None, task_vars=None):
        given = {name: value for variables in self._task.environment or [] for name, value in variables.items()}
        return module(given.get(VARIABLE))

    monkeypatch.setattr(NormalAction, "run", normal)
    return subject.run(task_vars={})


def write(text):
    def module(path):
        with open(path, "a", encoding="utf-8", newline="\n") as file:
            file.write(text)
        return {"changed": True, "msg": "done"}

    return module


def test_lines_are_shown_and_the_result_is_the_modules(monkeypatch, screen, tmp_path):
    result = run(monkeypatch, action(), write("Install: 1 of 2 installed · Арендатор Б 1/1 · 40 s\nInstall: 2 of 2 installed\n"))
    assert result == {"changed": True, "msg": "done"}
    assert screen.lines == ["Install: 1 of 2 installed · Арендатор Б 1/1 · 40 s", "Install: 2 of 2 installed"]
    assert list(tmp_path.iterdir()) == []


def test_half_a_line_is_not_shown_and_no_line_controls_the_terminal(monkeypatch, screen):
    run(monkeypatch, action(), write("Move: \x1b[2J1 of 2\rmoved\nMove: 2 o"))
    assert screen.lines == ["Move:  [2J1 of 2 moved"]


def test_the_environment_of_the_task_counts_and_is_left_as_it_was(monkeypatch, screen):
    seen = []
    subject = action(environment=[{"KSC_SERVER": "ksc.example.com"}])
    monkeypatch.setattr(NormalAction, "run", lambda self, tmp=None, task_vars=None: seen.append(self._task.environment) or {})
    subject.run(task_vars={})
    assert seen[0][0] == {"KSC_SERVER": "ksc.example.com"} and set(seen[0][1]) == {VARIABLE}
    assert subject._task.environment == [{"KSC_SERVER": "ksc.example.com"}]


@pytest.mark.parametrize("how", [{"transport": "ssh"}, {"async_val": 60}, {"no_log": True}])
def test_nothing_is_shown_of_what_runs_elsewhere_or_later_or_in_secret(monkeypatch, screen, tmp_path, how):
    assert run(monkeypatch, action(**how), lambda path: {"path": path}) == {"path": None}
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_module_is_the_actions_and_the_file_goes(monkeypatch, screen, tmp_path):
    def broken(path):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(monkeypatch, action(), broken)
    assert list(tmp_path.iterdir()) == []


def test_without_room_for_a_file_the_module_runs_all_the_same(monkeypatch, screen, tmp_path):
    monkeypatch.setattr(_progress.constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "absent"))
    assert run(monkeypatch, action(), lambda path: {"path": path}) == {"path": None}


def test_a_file_that_goes_breaks_nothing(monkeypatch, screen):
    def module(path):
        os.unlink(path)
        return {"changed": False}

    assert run(monkeypatch, action(), module) == {"changed": False}


def test_a_screen_that_breaks_breaks_nothing(monkeypatch, screen):
    def refuse(_line):
        raise RuntimeError("closed")

    screen.display = refuse
    assert run(monkeypatch, action(), write("a line\n"))["changed"] is True
    assert screen.remarks


MOVED = {
    "changed": True,
    "hosts": [{"label": "web", "id": "0c1d", "name": "WEB", "ip": "10.0.0.1", "virtual_server": "A", "result": "moved", "reason": ""}],
    "diff": {"before": "", "after": "WEB"},
    "invocation": {"module_args": {"hosts": [{}] * 21, "state": "present"}},
}


def test_a_step_of_a_role_keeps_what_the_role_reads(monkeypatch, screen):
    told = run(monkeypatch, action(register="tenant_onboarding_move"), lambda _path: copy.deepcopy(MOVED))
    assert told["hosts"] == [{"label": "web", "virtual_server": "A", "result": "moved", "reason": ""}]
    assert "diff" not in told and told["changed"] is True


def test_what_most_hosts_of_a_step_share_is_told_once(monkeypatch, screen):
    hosts = [{**MOVED["hosts"][0], "label": "web-%d" % number} for number in range(3)]
    hosts.append({**hosts[0], "label": "db", "virtual_server": "B", "result": "failed", "reason": "off", "error": "refused"})
    told = run(monkeypatch, action(register="tenant_onboarding_move"), lambda _path: {"hosts": copy.deepcopy(hosts)})
    assert told["common"] == {"virtual_server": "A", "result": "moved", "reason": ""}
    assert told["hosts"][:3] == [{"label": "web-0"}, {"label": "web-1"}, {"label": "web-2"}]
    returned = _steps.Returned(_steps.ROLES["tenant_onboarding"]["tenant_onboarding_move"], {"results": [told]})
    for host in hosts:
        entry = returned.labeled(host["label"])
        assert {member: entry[member] for member in ("virtual_server", "result", "reason")} == {
            member: host[member] for member in ("virtual_server", "result", "reason")
        }


@pytest.mark.parametrize("register", [None, "mine"])
def test_the_task_of_a_user_keeps_all_but_its_long_lists_of_options(monkeypatch, screen, register):
    told = run(monkeypatch, action(register=register), lambda _path: copy.deepcopy(MOVED))
    assert told == {**MOVED, "invocation": {"module_args": {"hosts": "21 entries", "state": "present"}}}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_worker_that_is_told_to_end_hands_over_the_line_first(monkeypatch, screen, number):
    begun, told = threading.Event(), []

    class Ended(BaseException):
        pass

    def slow(line):
        begun.set()
        time.sleep(0.2)
        told.append(line)

    def end(_number, _frame):
        told.append("the end")
        raise Ended

    def module(path):
        with open(path, "w") as file:
            file.write("a line\n")
        assert begun.wait(5)
        os.kill(os.getpid(), number)
        time.sleep(5)

    screen.display = slow
    former = signal.signal(number, end)
    try:
        with pytest.raises(Ended):
            run(monkeypatch, action(), module)
        assert told == ["a line", "the end"]
        assert signal.getsignal(number) is end
    finally:
        signal.signal(number, former)


def test_every_module_that_waits_has_its_action():
    names = {path.stem for path in (PLUGINS / "modules").glob("*.py") if "_wait\n" in path.read_text()}
    assert names and names == {path.stem for path in (PLUGINS / "action").glob("*.py") if "ProgressAction" in path.read_text()}
    for name in names:
        module = importlib.import_module("ansible_collections.ksv.light_agent.plugins.action." + name)
        assert issubclass(module.ActionModule, NormalAction)


def test_the_repetition_of_long_lists_is_cut_short(monkeypatch, screen):
    arguments = {"hosts": [{"ip": str(number)} for number in range(100)], "ip": ["1", "2"], "server": "ksc"}
    result = run(monkeypatch, action(), lambda _path: {"hosts": ["as", "ever"] * 50, "invocation": {"module_args": dict(arguments)}})
    assert result["invocation"]["module_args"] == {"hosts": "100 entries", "ip": ["1", "2"], "server": "ksc"}
    assert len(result["hosts"]) == 100
