# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VIIS modules, run in this process over HTTPS against the simulated Integration Servers."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import typing as t
from dataclasses import dataclass, field

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as ansible_warnings
from simulator.runner import Simulator

MODULES = "ansible_collections.ksv.light_agent.plugins.modules."
# Simulated seconds that pass in one second: a connection or a task takes a few polls.
SPEED = 400.0


@contextlib.contextmanager
def _arguments(arguments: dict[str, t.Any]) -> t.Iterator[None]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core 2.16
        before = basic._ANSIBLE_ARGS
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        try:
            yield
        finally:
            basic._ANSIBLE_ARGS = before
    else:
        with patch_module_args(arguments):
            yield


@dataclass
class Result:
    """What a module has printed."""

    data: dict[str, t.Any]

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
    def text(self) -> str:
        return json.dumps(self.data, ensure_ascii=False)


@dataclass
class Viis:
    """Modules of one simulated Integration Server, and what they have sent."""

    simulator: Simulator
    name: str = "viis"
    defaults: dict[str, t.Any] = field(default_factory=dict)

    def __call__(self, module: str, *, check: bool = False, fails: bool = False, **arguments: t.Any) -> Result:
        """Run a module; it must fail, or not, as ``fails`` says."""
        end = self.simulator.endpoints[self.name]
        given = {
            "server": end.address,
            "port": end.port,
            "password": end.password,
            "ca_path": self.simulator.ca_file,
            **self.defaults,
            **arguments,
            "_ansible_check_mode": check,
            "_ansible_diff": True,
        }
        for messages in ("_global_warnings", "_global_deprecations"):  # those of the module that ran before
            getattr(ansible_warnings, messages).clear()
        main = importlib.import_module(MODULES + module).main
        printed = io.StringIO()
        with _arguments(given), contextlib.redirect_stdout(printed), pytest.raises(SystemExit):
            main()
        text = printed.getvalue()
        result = Result(json.loads(text[text.index("{") :]))
        assert result.failed == fails, result.text
        assert "Traceback" not in result.text
        return result

    def sent(self, *methods: str) -> list[str]:
        """The operations that were asked of this server, in order."""
        return [entry.method for entry in self.simulator.journal.entries(server=self.name) if not methods or entry.method in methods]

    def forget(self) -> None:
        self.simulator.journal.clear()


@pytest.fixture(scope="session")
def simulator() -> t.Iterator[Simulator]:
    with Simulator(speed=SPEED) as started:
        yield started


@pytest.fixture
def viis(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Viis:
    simulator.reset()
    for name in ("VIIS_SERVER", "VIIS_PORT", "VIIS_USERNAME", "VIIS_PASSWORD", "VIIS_CA_PATH", "VIIS_VALIDATE_CERTS"):
        monkeypatch.delenv(name, raising=False)
    return Viis(simulator)


@pytest.fixture
def reserve(viis: Viis) -> Viis:
    return Viis(viis.simulator, "viis_reserve")
