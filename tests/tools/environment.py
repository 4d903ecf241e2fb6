# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment in which tests run, and the tools that they start: the same on every machine, with a home in .build."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import subprocess
import typing as t

import stage

ROOT = stage.ROOT
BUILD = ROOT / ".build"
VENVS = ROOT / ".venv"
STAGED = BUILD / stage.COLLECTION
CORES = ("main", "oldest", "newest")

# Settings of the machine for what is tested here, and variables that would lead a tool out of this checkout.
FOREIGN = ("ANSIBLE_", "GIT_DIR", "GIT_WORK_TREE", "KSC_", "MAKE", "MOLECULE_", "PYTHON", "VIIS_", "VIRTUAL_ENV")


def absent(core: str) -> str:
    """Why there is no environment for a core; empty where there is one."""
    reason = VENVS / core / "absent"
    return reason.read_text().strip() if reason.exists() else ""


def python_version(core: str) -> str:
    """The Python of an environment, such as 3.11."""
    return next((VENVS / core / "lib").glob("python3.*")).name.removeprefix("python")


def environment(core: str = "main") -> dict[str, str]:
    """The variables for a process that belongs to an ansible-core."""
    home = BUILD / "home" / core
    home.mkdir(parents=True, exist_ok=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    path = [place for place in env.get("PATH", os.defpath).split(os.pathsep) if "shims" not in place and str(VENVS) not in place]
    env.setdefault("USER_HOME", env.get("HOME", "/"))
    env.update(
        HOME=str(home),
        PATH=os.pathsep.join([str(VENVS / core / "bin"), *path]),
        LC_ALL="C.UTF-8",
        NO_COLOR="1",
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_COLLECTIONS_PATH=str(BUILD),
        ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"),
        ANSIBLE_HOME=str(home / ".ansible"),
        MYPYPATH=str(BUILD),
        MYPY_CACHE_DIR=str(BUILD / "mypy"),
    )
    for name in ("no_proxy", "NO_PROXY"):
        env[name] = ",".join(dict.fromkeys(filter(None, [*env.get(name, "").split(","), "127.0.0.1", "localhost"])))
    # Many machines set this, and requests then prefers it to what the session says. Test on such a machine.
    bundle = next((VENVS / core / "lib").glob("python3.*/site-packages/certifi/cacert.pem"), None)
    env.setdefault("REQUESTS_CA_BUNDLE", str(bundle))
    return env


def user_home() -> pathlib.Path:
    """The home of who runs the tests, for what is installed and set up there."""
    return pathlib.Path(os.environ.get("USER_HOME") or pathlib.Path.home())


def real_pythons(*versions: str) -> list[str]:
    """The folders of interpreters that are no shims, for a tool that looks for several Pythons."""
    homes = [pathlib.Path(home) for home in (os.environ.get("PYENV_ROOT"), user_home() / ".pyenv") if home]
    return [str(place) for version in versions for home in homes for place in sorted(home.glob(f"versions/{version}.*/bin"))[-1:]]


def run(*command: str, core: str = "main", folder: pathlib.Path = STAGED, minutes: float = 20, **variables: str) -> str:
    """Run a tool to its end and return what it printed, which is also what an AssertionError says when the tool fails."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**environment(core), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _none = process.communicate(timeout=60 * minutes)
    finally:
        _end(process)
    if process.returncode:
        raise AssertionError("%s ended with %d\n%s" % (" ".join(command), process.returncode, _tail(output)))
    return output


def _end(process: subprocess.Popen[t.Any]) -> None:
    """End a process with all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _tail(output: str, lines: int = 100) -> str:
    return "\n".join([line for line in output.splitlines() if not re.match(r"\s*$|Running sanity test", line)][-lines:])
