# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A home for ansible-test on a machine that reaches a package index only."""

from __future__ import annotations

import ast
import configparser
import os
import pathlib
import re
import shutil
import subprocess

import stage
from environment import BUILD, ROOT, VENVS, user_home


def prepare(core: str) -> pathlib.Path:
    """Stage a copy for one run of ansible-test, let it find get-pip and the index, and return the copy's folder."""
    stage.stage(BUILD / "sanity" / core)
    home = BUILD / "home" / core
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    known = next((VENVS / core / "lib").glob("python3.*/site-packages/ansible_test/_internal/python_requirements.py"))
    packages = dict(reversed(re.findall(r"(pip|setuptools|wheel)='([\d.]+)'", known.read_text())))
    shutil.copyfile(ROOT / "tests" / "tools" / "get_pip.py", cache / f"get_pip_{packages['pip'].replace('.', '_')}.py")
    wheels = cache / "wheels"
    missing = [f"{name}=={version}" for name, version in packages.items() if not list(wheels.glob(f"{name}-{version}-*.whl"))]
    if missing:
        _pip("download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(wheels), *missing)
    _write_pip_settings(home / ".config" / "pip" / "pip.conf")
    return BUILD / "sanity" / core / stage.COLLECTION


def _pip(*words: str) -> str:
    """What the pip of the machine's settings says; a failure is left to who needs the result."""
    command = [str(VENVS / "uv" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *words]
    env = {**os.environ, "HOME": str(user_home())}
    return subprocess.run(command, check=False, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


def _write_pip_settings(path: pathlib.Path) -> None:
    """Keep pip's settings in a file: ansible-test hands no environment on, and has a home of its own here."""
    settings = {}
    for line in _pip("config", "list").splitlines():
        key, equals, value = line.partition("=")
        name = key.rpartition(".")[2]
        if equals and name in {"cert", "extra-index-url", "find-links", "index-url", "no-index", "proxy", "timeout", "trusted-host"}:
            settings[name] = ast.literal_eval(value)
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    if proxy:
        settings.setdefault("proxy", proxy)
    config = configparser.RawConfigParser()
    config["global"] = settings
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("w") as file:
        config.write(file)
