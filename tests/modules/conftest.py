# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module in this process, through its own ``main()``, over HTTPS against a simulator whose clock the module's pauses move."""

from __future__ import annotations

import base64
import contextlib
import functools
import importlib
import io
import json
import typing as t
from dataclasses import dataclass, field

import pytest

pytest.importorskip("starlette", reason="requirements-simulator.txt is not installed")
pytest.importorskip("trustme", reason="requirements-simulator.txt is not installed")

from ansible.module_utils import basic
from ansible.module_utils.common import warnings as ansible_warnings

from simulator.journal import Entry
from simulator.runner import Simulator

# Imported when a test runs: this file is read before the collection is staged.
PLUGINS = "ansible_collections.ksv.light_agent.plugins."
ENOUGH_PAUSES = 20000  # a module that pauses more often than this hangs


@contextlib.contextmanager
def module_arguments(arguments: dict[str, t.Any]) -> t.Iterator[None]:
    """Hand arguments to the next AnsibleModule, in each supported ansible-core's way."""
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core 2.16
        before, basic._ANSIBLE_ARGS = basic._ANSIBLE_ARGS, json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        try:
            yield
        finally:
            basic._ANSIBLE_ARGS = before
    else:
        with patch_module_args(arguments):
            yield


@dataclass
class Result:
    """What a module has returned, the text that it has printed, and the requests that the simulator has seen meanwhile."""

    data: dict[str, t.Any]
    text: str
    requests: list[Entry]
    slept: list[float]

    def __getattr__(self, name: str) -> t.Any:
        try:
            return self.data[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def failed(self) -> bool:
        return bool(self.data.get("failed"))

    @property
    def warnings(self) -> list[str]:
        return [entry if isinstance(entry, str) else entry["event"]["msg"] for entry in self.data.get("warnings", [])]

    @property
    def methods(self) -> list[str]:
        return [entry.method for entry in self.requests]

    def count(self, *methods: str) -> int:
        return sum(entry.method in methods for entry in self.requests)

    def bodies(self, method: str) -> list[t.Any]:
        return [entry.body for entry in self.requests if entry.method == method]

    def members(self, name: str, *keys: str) -> t.Any:
        """Of each dict of a returned list these members: as a list of tuples, or of values for one key."""
        rows = [tuple(entry[key] for key in keys) for entry in self.data[name]]
        return [row[0] for row in rows] if len(keys) == 1 else rows


@dataclass
class Runner:
    """Runs modules. ``secrets`` must appear in no output, as they are or in Base64; what the journal hides neither."""

    simulator: Simulator
    defaults: dict[str, t.Any] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)

    def __call__(
        self,
        module: str,
        *,
        check: bool = False,
        diff: bool = True,
        fails: t.Optional[bool] = False,
        warns: t.Optional[bool] = False,
        **arguments: t.Any,
    ) -> Result:
        """Run a module; it must fail, and warn, as said (None: either). An argument of None takes a default back."""
        given = {name: value for name, value in {**self.defaults, **arguments}.items() if value is not None}
        seen = len(self.simulator.journal)
        slept: list[float] = []
        raw: list[str] = []
        text = self._run(module, dict(given, _ansible_check_mode=check, _ansible_diff=diff), slept, raw)
        data = json.loads(text[text.index("{") :])
        result = Result(data, text, self.simulator.journal.entries()[seen:], slept)
        assert "Traceback" not in text and "exception" not in data, text
        self._keeps_secrets([*raw, text])
        assert fails in (None, result.failed), text
        assert warns in (None, bool(result.warnings)), text
        if check or module.endswith("_info"):
            assert not result.data.get("changed") or check
        return result

    def _run(self, module: str, arguments: dict[str, t.Any], slept: list[float], raw: list[str]) -> str:
        for messages in ("_global_warnings", "_global_deprecations"):  # those of the module that ran before
            getattr(ansible_warnings, messages).clear()
        main = importlib.import_module(PLUGINS + "modules." + module).main
        core_module = importlib.import_module(PLUGINS + "module_utils._core.module")
        printed, errors = io.StringIO(), io.StringIO()
        formatted = basic.AnsibleModule._return_formatted

        def before_redaction(ansible_module: t.Any, values: dict[str, t.Any]) -> None:
            """Ansible hides no_log values in what it prints; the module must not rely on that."""
            raw.append(json.dumps(values, default=str, ensure_ascii=False))
            formatted(ansible_module, values)

        with pytest.MonkeyPatch.context() as patch, module_arguments(arguments):
            patch.setattr(basic.AnsibleModule, "_return_formatted", before_redaction)
            patch.setattr(basic.AnsibleModule, "log", lambda *_words, **_more: None)
            # Where something has imported ansible.errors, a module would take this process for the controller's.
            with contextlib.suppress(AttributeError, ImportError):  # ansible-core before 2.19
                patch.setattr("ansible.module_utils._internal.is_controller", False)
            patch.setattr(core_module, "Context", functools.partial(core_module.Context, clock=self._clock(slept)))
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(errors), pytest.raises(SystemExit):
                main()
        assert errors.getvalue() == ""
        return printed.getvalue()

    def _clock(self, slept: list[float]) -> t.Any:
        def sleep(seconds: float) -> None:
            slept.append(seconds)
            assert len(slept) < ENOUGH_PAUSES, "the module pauses for ever"
            self.simulator.clock.advance(seconds)

        return importlib.import_module(PLUGINS + "module_utils._core.waiting").Clock(self.simulator.clock.now, sleep)

    def _keeps_secrets(self, texts: t.Sequence[str]) -> None:
        secrets = self.secrets | {value for value in self.simulator.journal._values if len(value) > 5}
        secrets |= {base64.b64encode(secret.encode()).decode() for secret in secrets}
        for text in texts:
            found = sorted(secret for secret in secrets if secret in text)
            assert not found, "a secret is in the output: %s" % text


@pytest.fixture(scope="session")
def simulators() -> t.Iterator[t.Callable[..., Simulator]]:
    """Running simulators by world (a name, a mapping, None for the default world), each on a clock that stands still."""
    running: dict[str, Simulator] = {}

    def started(world: t.Any = None) -> Simulator:
        key = json.dumps(world, default=str)
        if key not in running:
            running[key] = Simulator(world, speed=0.0).start()
        running[key].reset()
        return running[key]

    try:
        yield started
    finally:
        for simulator in running.values():
            simulator.stop()


@pytest.fixture
def make_runner() -> t.Callable[..., Runner]:
    """Makes what runs modules against a simulator, with arguments that every run shares."""
    return Runner


@pytest.fixture
def no_files(tmp_path, monkeypatch):
    """What a module writes to a temporary folder is gone when it ends."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield
    assert list(folder.iterdir()) == []
