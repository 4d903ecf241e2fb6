# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a virtual environment in .venv, one per ansible-core that is tested.

Usage: python3 tests/tools/make_venv.py (main|oldest|newest)
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENVS = ROOT / ".venv"
UV = "uv==0.13.9"

# The Pythons to look for, the best one first, and what to install.
SHARED = ["requirements.txt", "requirements-simulator.txt"]
WANTED: dict[str, tuple[list[str], list[str]]] = {
    "main": (["3.11", "3.12", "3.13"], ["requirements-dev.txt", *SHARED]),
    "oldest": (["3.11", "3.12", "3.10"], ["tests/tools/requirements-oldest.txt", *SHARED]),
    "newest": (["3.13", "3.12", "3.14"], ["tests/tools/requirements-newest.txt", *SHARED]),
}


def real_pythons(version: str) -> list[str]:
    """The interpreters of one version that really start and can make a virtual environment."""
    homes = [pathlib.Path(home) for home in (os.environ.get("PYENV_ROOT"), pathlib.Path.home() / ".pyenv") if home]
    places = [place / "bin" for home in homes for place in sorted(home.glob(f"versions/{version}.*"), reverse=True)]
    places += [pathlib.Path(place) for place in os.environ.get("PATH", "").split(os.pathsep) if "shims" not in place]
    places += [pathlib.Path("/usr/local/bin"), pathlib.Path("/usr/bin"), pathlib.Path(sys.base_prefix, "bin")]
    found = []
    for place in places:
        python = str(place / f"python{version}")
        if python not in found and os.access(python, os.X_OK) and _says(python) == version:
            found.append(python)
    return found


def _says(python: str) -> str:
    code = "import ensurepip, ssl, sys, venv; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", code], check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stdout.strip()


def make(name: str) -> int:
    """Make one environment anew; 0 also when the machine has no Python for it, which is then said."""
    versions, files = WANTED[name]
    python = next((python for version in versions for python in real_pythons(version)), None)
    folder = VENVS / name
    shutil.rmtree(folder, ignore_errors=True)
    if python is None:
        if name != "newest":
            print(f"No Python {' or '.join(versions)} with venv and pip was found, and {name} needs one.", file=sys.stderr)
            return 1
        folder.mkdir(parents=True)
        (folder / "absent").write_text(f"no Python {', '.join(versions[:-1])} or {versions[-1]} was found\n")
        print(f"== .venv/{name}: left out, no Python {', '.join(versions[:-1])} or {versions[-1]} was found")
        return 0
    print(f"== .venv/{name}: {python}", flush=True)
    wanted = [word for file in files if (ROOT / file).exists() for word in ("-r", file)]
    _run([python, "-m", "venv", "--without-pip", str(folder)])
    if not _install_with_uv(folder, wanted):
        print("   uv did not do it; pip takes a little longer", flush=True)
        inside = [str(folder / "bin" / "python"), "-m"]
        _run([*inside, "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
        _run([*inside, "pip", "install", "--quiet", "--disable-pip-version-check", *wanted])
    return 0


def _install_with_uv(folder: pathlib.Path, wanted: list[str]) -> bool:
    uv = VENVS / "uv" / "bin" / "uv"
    try:
        if not uv.exists():
            shutil.rmtree(VENVS / "uv", ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(VENVS / "uv")])
            _run([str(VENVS / "uv" / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV])
        _run([str(uv), "pip", "install", "--quiet", "--compile-bytecode", "--python", str(folder / "bin" / "python"), *wanted])
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _run(command: list[str], stdout: int | None = None) -> None:
    env = {**os.environ, "PIP_NO_INPUT": "1"}
    if "PIP_INDEX_URL" in env:
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV"):
        env.pop(name, None)
    subprocess.run(command, check=True, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=stdout)


if __name__ == "__main__":
    if sys.argv[1:2] == [] or sys.argv[1] not in WANTED:
        sys.exit(__doc__)
    sys.exit(make(sys.argv[1]))
