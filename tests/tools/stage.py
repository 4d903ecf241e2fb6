# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy the collection to where Ansible finds it: .build/ansible_collections/ksv/light_agent.

Ansible's tools want a real folder of that name; a link is refused. The copy holds the files that git knows or would
take, as they are now. Only what differs is copied, so that doing it again costs a few milliseconds.

Usage: python3 tests/tools/stage.py [FOLDER ...]    (FOLDER holds ansible_collections; .build is the default)
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = pathlib.Path("ansible_collections", "ksv", "light_agent")

# What tools leave in the copy between two runs; it is not ours to remove.
LEFT_ALONE = {".ansible", ".git", ".hypothesis", ".mypy_cache", ".ruff_cache", "__pycache__", "tests/output"}
# Only for a tree without git (an unpacked archive).
NOT_OURS = {".ansible", ".build", ".git", ".hypothesis", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"}


def our_files() -> list[str]:
    """The paths of the collection's files, relative to the repository's root."""
    git = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        listing = subprocess.run(git, check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return sorted(_walk())
    return sorted({name for name in listing.decode().split("\0") if name and os.path.lexists(ROOT / name)})


def _walk() -> list[str]:
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names if not name.endswith(".pyc")]
    return [name for name in found if not name.startswith("tests/output/")]


def stage(base: pathlib.Path) -> int:
    """Make the copy below `base` equal to the tree, and return how many files had to be touched."""
    target = base / COLLECTION
    target.mkdir(parents=True, exist_ok=True)
    names = our_files()
    touched = sum(_copy(ROOT / name, target / name) for name in names) + _remove_all_but(set(names), target)
    if not (target / ".git").exists():
        # ansible-test asks the nearest git repository for the files. Here that must not be ours, which ignores .build.
        subprocess.run(["git", "init", "--quiet", str(target)], check=False, stdin=subprocess.DEVNULL)
    return touched


def _copy(source: pathlib.Path, copy: pathlib.Path) -> bool:
    if source.is_symlink():
        if copy.is_symlink() and os.readlink(copy) == os.readlink(source):
            return False
    elif copy.is_file() and not copy.is_symlink() and _stamp(source) == _stamp(copy):
        return False
    if copy.is_dir() and not copy.is_symlink():
        shutil.rmtree(copy)
    copy.parent.mkdir(parents=True, exist_ok=True)
    fresh = copy.with_name(f".{copy.name}.{os.getpid()}")
    shutil.copy2(source, fresh, follow_symlinks=False)
    os.replace(fresh, copy)
    return True


def _stamp(path: pathlib.Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_mode


def _remove_all_but(names: set[str], target: pathlib.Path) -> int:
    removed = 0
    for folder, folders, files in os.walk(target):
        inside = pathlib.Path(folder).relative_to(target)
        folders[:] = [name for name in folders if name not in LEFT_ALONE and (inside / name).as_posix() not in LEFT_ALONE]
        for name in [*files, *(name for name in folders if os.path.islink(os.path.join(folder, name)))]:
            if (inside / name).as_posix() not in names:
                os.unlink(os.path.join(folder, name))
                removed += 1
    for folder, _folders, _files in os.walk(target, topdown=False):
        inside = pathlib.Path(folder).relative_to(target)
        if inside.parts and not LEFT_ALONE.intersection(inside.parts) and not inside.as_posix().startswith("tests/output"):
            _remove_if_empty(pathlib.Path(folder))
    return removed


def _remove_if_empty(folder: pathlib.Path) -> None:
    left = os.listdir(folder)
    if left == ["__pycache__"]:
        shutil.rmtree(folder)
    elif not left:
        folder.rmdir()


if __name__ == "__main__":
    for where in sys.argv[1:] or [str(ROOT / ".build")]:
        stage(pathlib.Path(where).absolute())
