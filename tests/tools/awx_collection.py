# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put the collection awx.awx into .build/awx-collection, for tests/awx.

It is taken from the wheel of the Python package `ansible`, 54 MB, which is downloaded once and not installed: pip reaches a package
index where Galaxy often is not reachable. Where it is there already, this takes no time.

Usage: python3 tests/tools/awx_collection.py    (prints the folder that holds ansible_collections)
"""

from __future__ import annotations

import fcntl
import pathlib
import shutil
import subprocess
import sys
import venv
import zipfile

BUILD = pathlib.Path(__file__).resolve().parents[2] / ".build"
FOLDER = BUILD / "awx-collection"
PART = "ansible_collections/awx/awx/"
REQUIREMENT = "ansible==12.3.0 --hash=sha256:cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414\n"


def folder() -> pathlib.Path:
    """The folder that holds ansible_collections/awx/awx; subprocess.CalledProcessError if the download fails."""
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / "awx-collection.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not FOLDER.exists():
            work = BUILD / "awx-collection.new"
            shutil.rmtree(work, ignore_errors=True)
            _fetch(work)
            (work / "unpacked").rename(FOLDER)
            shutil.rmtree(work)
    return FOLDER


def _fetch(work: pathlib.Path) -> None:
    # The environments of the tests are made without pip.
    venv.create(work / "venv", with_pip=True)
    (work / "requirements.txt").write_text(REQUIREMENT)
    pip = [str(work / "venv" / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "download"]
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", str(work), "-r", str(work / "requirements.txt")]
    subprocess.run([*pip, *options], check=True, stdin=subprocess.DEVNULL)
    (wheel,) = work.glob("ansible-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(work / "unpacked", [name for name in archive.namelist() if name.startswith(PART)])


if __name__ == "__main__":
    try:
        print(folder())
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The collection awx.awx cannot be fetched: {error}. The tests of tests/awx need it; is there a package index?")
