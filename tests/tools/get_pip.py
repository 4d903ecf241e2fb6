# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand in for the get-pip script that ansible-test would download: put pip into an empty virtual environment.

ansible-test looks for get-pip in its cache before it asks a server of its own choice, which is often not reachable where
a package index is. `sanity.py` puts this file there, and beside it a folder with the wheels that are wanted. Unpacking them
takes a tenth of a second, which counts: a run makes thirty environments. Where one is missing, ensurepip does the work.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import sysconfig
import zipfile

WANTED = [word for word in sys.argv[1:] if not word.startswith("-")]


def unpack() -> bool:
    """Unpack the wheels, if all of them are there."""
    folder = pathlib.Path(os.environ.get("GET_PIP", __file__)).parent / "wheels"
    wheels = [next(folder.glob(f"{word.replace('==', '-')}-*.whl"), None) for word in WANTED]
    for wheel in wheels if all(wheels) else []:
        with zipfile.ZipFile(str(wheel)) as archive:
            archive.extractall(sysconfig.get_paths()["purelib"])
    return bool(wheels) and all(wheels)


def install() -> None:
    """Let Python put its own pip there, and that pip the wanted one."""
    env = {name: value for name, value in os.environ.items() if name != "GET_PIP"}
    python = [sys.executable, "-m"]
    subprocess.check_call([*python, "ensurepip", "--default-pip"], env=env, stdout=subprocess.DEVNULL)
    if WANTED:
        subprocess.check_call([*python, "pip", "install", "--quiet", "--disable-pip-version-check", *WANTED], env=env)


if __name__ == "__main__" and not unpack():
    install()
