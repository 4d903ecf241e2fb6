# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source, called as ansible-rulebook calls it, and the rulebook in ansible-rulebook itself, against the simulator."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import re
import runpy
import signal
import subprocess
import time
import typing as t

import ansible_collections.ksv.light_agent as collection
import pytest
import yaml
from ansible_collections.ksv.light_agent.plugins.module_utils._core import errors, https
from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Context
from ansible_collections.ksv.light_agent.plugins.module_utils._core.waiting import Clock
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api import session
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs import unassigned

from simulator.runner import Simulator

PLUGIN = pathlib.Path(next(iter(collection.__path__))) / "extensions/eda/plugins/event_source/unassigned_hosts.py"
WEB = {"name": "web-*", "interval": 0.01}
PATIENCE = 60  # seconds


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads are not repeated, so that each failure is one of the source."""
    for module in (https, session):
        monkeypatch.setattr(module, "REPEAT_AFTER", ())


@pytest.fixture
def source(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, t.Any]:
    """The plugin, loaded as ansible-rulebook loads it; the connection is in the environment."""
    for name, value in simulator.environment().items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(PLUGIN))


Script = t.Callable[["asyncio.Queue[t.Any]"], t.Awaitable[None]]


def run(source: t.Mapping[str, t.Any], args: t.Mapping[str, t.Any], script: Script) -> None:
    """Run the source for as long as a script goes; whichever fails, fails."""

    async def both() -> None:
        queue: asyncio.Queue[t.Any] = asyncio.Queue()
        watching = asyncio.create_task(source["main"](queue, dict(args)))
        playing = asyncio.ensure_future(script(queue))
        try:
            done, _left = await asyncio.wait({watching, playing}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
            assert done, "nothing happened"
            for task in done:
                task.result()
        finally:
            for task in (watching, playing):
                task.cancel()
            await asyncio.gather(watching, playing, return_exceptions=True)

    asyncio.run(both())


async def until(condition: t.Callable[[], t.Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def forever(_queue: asyncio.Queue[t.Any]) -> None:
    await asyncio.sleep(PATIENCE)


def names(event: t.Mapping[str, t.Any]) -> set[str]:
    found = event["unassigned_hosts"]
    assert found["count"] == len(found["hosts"])
    return {host["name"] for host in found["hosts"]}


def looks(simulator: Simulator) -> int:
    return len(simulator.journal.entries(method="HostGroup.FindHosts"))


def move(simulator: Simulator, name: str, assigned: bool) -> None:
    with simulator.lock:
        host = simulator.world["ksc"].state.host(name)
        host.server.place(host, host.server.managed if assigned else host.server.unassigned)


def test_a_host_is_an_event_once_and_again_when_it_comes_back(simulator: Simulator, source: dict[str, t.Any]) -> None:
    async def script(queue: asyncio.Queue[t.Any]) -> None:
        first = await queue.get()
        assert names(first) == {"web-01", "web-02"}
        (web,) = (host for host in first["unassigned_hosts"]["hosts"] if host["name"] == "web-01")
        assert (web["ip"], web["virtual_server"], web["os_family"], web["agent_connected"]) == ("10.20.0.11", None, "windows", True)
        # Many looks, and no event.
        seen = looks(simulator)
        await until(lambda: looks(simulator) > seen + 3)
        move(simulator, "web-01", assigned=True)
        seen = looks(simulator)
        await until(lambda: looks(simulator) > seen + 2)
        assert queue.empty()
        move(simulator, "web-01", assigned=False)
        assert names(await queue.get()) == {"web-01"}

    run(source, WEB, script)
    # The session is ended when the source is.
    asyncio.run(until(lambda: simulator.journal.entries(method="Session.EndSession")))
    assert len(simulator.journal.entries(method="Session.StartSession")) == 1


def test_hosts_that_are_there_at_first_may_be_no_events(simulator: Simulator, source: dict[str, t.Any]) -> None:
    move(simulator, "web-02", assigned=True)

    async def script(queue: asyncio.Queue[t.Any]) -> None:
        await until(lambda: looks(simulator) > 2)
        assert queue.empty()
        move(simulator, "web-02", assigned=False)
        assert names(await queue.get()) == {"web-02"}

    run(source, {**WEB, "existing": "false"}, script)


def test_a_server_that_is_down_for_a_while(
    simulator: Simulator, source: dict[str, t.Any], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def short(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0.01)

    async def script(queue: asyncio.Queue[t.Any]) -> None:
        assert names(await queue.get()) == {"web-01", "web-02"}
        simulator.faults.add("drop_before", method="HostGroup.FindHosts", count=3)
        await until(lambda: "answers again" in caplog.text)
        move(simulator, "web-01", assigned=True)
        seen = looks(simulator)
        await until(lambda: looks(simulator) > seen + 2)
        move(simulator, "web-01", assigned=False)
        assert names(await queue.get()) == {"web-01"}

    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "sleep", short)
        run(source, {**WEB, "interval": 100}, script)
    longer = [pause for pause in pauses if pause > 100]
    assert longer[:2] == [200, 400]
    assert max(longer) <= 600
    assert "did not answer" in caplog.text


def test_a_password_that_is_refused_ends_it_at_once(
    simulator: Simulator, source: dict[str, t.Any], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(errors.AuthenticationFailed, match='does not accept the account "svc-ansible"') as refused:
        run(source, {**WEB, "password": "No-Such-Password-9"}, forever)
    assert len(simulator.journal.entries(method="Session.StartSession")) == 1
    assert "No-Such-Password-9" not in caplog.text + str(refused.value)

    async def changed_meanwhile(queue: asyncio.Queue[t.Any]) -> None:
        await queue.get()
        simulator.journal.clear()
        with simulator.lock:
            account = simulator.world["ksc"].accounts_list[0]
            object.__setattr__(account, "password", "Changed-1")
        simulator.faults.add("kill_session", server="ksc")
        await forever(queue)

    with pytest.raises(errors.AuthenticationFailed):
        run(source, WEB, changed_meanwhile)
    assert len(simulator.journal.entries(method="Session.StartSession")) == 1


def test_a_virtual_server_that_refuses_leaves_the_others(
    simulator: Simulator, source: dict[str, t.Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def script(queue: asyncio.Queue[t.Any]) -> None:
        assert names(await queue.get()) == {"web-01", "web-02"}
        seen = looks(simulator)
        await until(lambda: looks(simulator) > seen + 2)

    run(source, {**WEB, "primary": True, "virtual_servers": ["Tenant A", "No Such Tenant"]}, script)
    told = [record.getMessage() for record in caplog.records if "No Such Tenant" in record.getMessage()]
    assert len(told) == 1  # and not at each look
    with pytest.raises(errors.InputError, match="No Such Tenant"):
        run(source, {**WEB, "virtual_servers": "No Such Tenant"}, forever)


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        ({"intervall": 5}, 'no option "intervall". The closest matches are: "interval"'),
        ({"interval": 0}, "interval is not a number of seconds above 0"),
        ({"internal_user": "perhaps"}, "internal_user is not true or false"),
        ({"primary": False}, "there is no server to poll"),
        ({"ca_path": "/nowhere"}, "cannot read /nowhere"),
    ],
)
def test_wrong_options_are_told_at_once(source: dict[str, t.Any], args: dict[str, t.Any], complaint: str) -> None:
    with pytest.raises(errors.InputError, match=re.escape(complaint)):
        run(source, args, forever)


def test_an_empty_variable_counts_as_unset(source: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KSC_VALIDATE_CERTS", "")
    assert source["read_options"]({})["validate_certs"] is True
    monkeypatch.setenv("KSC_SERVER", "")
    with pytest.raises(errors.InputError, match="server is not set"):
        source["read_options"]({})


def test_what_it_remembers_and_how_long(simulator: Simulator, source: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unassigned, "LOOKS", 3)
    now = [0.0]
    params = source["read_options"]({})
    context = Context(params, print, Clock(lambda: now[0], lambda seconds: None))
    watched = unassigned.UnassignedHosts(context, [None], ["web-*", "star*"], repeat_after=100)
    with contextlib.closing(watched):
        assert {host["name"] for host in watched.look().hosts} == {"web-01", "web-02", "star*01", "star-x-01"}
        assert watched.look().hosts == []
        now[0] = 99
        move(simulator, "web-01", assigned=True)
        assert watched.look().hosts == []
        assert [len(known) for known in watched._known.values()] == [3]
        now[0] = 100
        assert {host["name"] for host in watched.look().hosts} == {"web-02", "star*01", "star-x-01"}
        now[0] = 199
        assert watched.look().hosts == []
    # No session is kept for ever, and none is left behind.
    sessions = [len(simulator.journal.entries(method="Session.%s" % method)) for method in ("StartSession", "EndSession")]
    assert sessions == [2, 2]


def test_only_hosts_that_can_be_onboarded(source: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = [{"name": "printer", "ip": "10.1.0.1", "agent": False}, {"name": "server", "ip": "10.1.0.2"}]
    account = {"username": "svc-ansible", "password": "Rehearsal-1", "internal": True, "about": "all servers"}
    with Simulator({"ksc": {"addresses": ["127.0.0.1"], "accounts": [account], "hosts": hosts}}) as simulator:
        for name, value in simulator.environment().items():
            monkeypatch.setenv(name, value)
        params = source["read_options"]({})
        for with_agent, expected in ((True, {"server"}), (False, {"printer", "server"})):
            with contextlib.closing(unassigned.UnassignedHosts(Context(params, print), [None], [], with_agent=with_agent)) as watched:
                assert {host["name"] for host in watched.look().hosts} == expected


def test_the_documentation_names_the_options(source: dict[str, t.Any]) -> None:
    documented = yaml.safe_load(source["DOCUMENTATION"])["options"]
    assert set(documented) == set(source["OPTIONS"])
    for name, option in source["OPTIONS"].items():
        default = documented[name].get("default")
        assert (tuple(default) if isinstance(default, list) else default) == option.default
        assert bool(documented[name].get("required")) == (name in source["REQUIRED"])
        assert ("E(%s)" % option.variable in " ".join(documented[name]["description"])) == bool(option.variable)
    (example,) = yaml.safe_load(source["EXAMPLES"])
    assert set(example["ksv.light_agent.unassigned_hosts"]) <= set(documented)


def test_the_rulebook_of_the_guide_is_one() -> None:
    validators = pytest.importorskip("ansible_rulebook.validators", reason="ansible-rulebook is installed with the main core only")
    guide = (pathlib.Path(__file__).parents[2] / "docs/event-driven.md").read_text(encoding="utf-8")
    (rulebook,) = re.findall(r"^```yaml\n# rulebook.yml\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    validators.Validate.rulebook(yaml.safe_load(rulebook))


@pytest.mark.long
def test_the_rulebook_onboards_what_appears(simulator: Simulator, tmp_path: pathlib.Path, program: t.Callable[[str], str]) -> None:
    program("java")
    pytest.importorskip("ansible_rulebook", reason="ansible-rulebook is installed with the main core only")
    guide = (pathlib.Path(__file__).parents[2] / "docs/event-driven.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"^```yaml\n# (\S+\.yml)\n(.*?)^```", guide, re.DOTALL | re.MULTILINE))
    # The guide's own files, with the names and accounts of this world.
    inventory = yaml.safe_load(files["acme.ksc.yml"].replace("acme-*", "web-*").replace("Acme", "Tenant A"))
    inventory["compose"].update(ksv_os_username="'Administrator'", ksv_os_password="'Local-Admin-1'", tenant_onboarding_poll_interval="0.2")
    variables = {**yaml.safe_load(files["vars.yml"]), "unassigned_hosts_name": ["web-*"], "unassigned_hosts_interval": 0.5}
    for name, content in (("acme.ksc.yml", inventory), ("vars.yml", variables)):
        (tmp_path / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    move(simulator, "web-02", assigned=True)
    state = simulator.world["ksc"].state
    words = ("ansible-rulebook", "--rulebook", "ksv.light_agent.onboard_unassigned", "--inventory", "acme.ksc.yml", "--vars", "vars.yml")
    log = tmp_path / "log.txt"

    def onboarded(name: str) -> bool:
        with simulator.lock:
            host = state.host(name)
            return host.server.name == "Tenant A" and "KSVLA" in host.products

    with log.open("w") as output:
        process = subprocess.Popen(
            words,
            cwd=tmp_path,
            env={**os.environ, **simulator.environment(), "ANSIBLE_NOCOLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        for run_number, name in enumerate(("web-01", "web-02"), 1):
            deadline = time.monotonic() + 120
            while not onboarded(name) or log.read_text().count("PLAY RECAP") < run_number:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
            if name == "web-01":
                move(simulator, "web-02", assigned=False)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        told = log.read_text()
        print(told)
    assert "Traceback" not in told
    assert "Tenant A: moved, KSVLA 5.2.0.0: installed" in told
    assert "failed=1" not in told
    # The primary server is asked again and again in one session, and each host is installed once.
    assert len(simulator.journal.entries(method="Tasks.RunTask")) == 4
