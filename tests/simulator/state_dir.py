# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state folder: files that tell others how to reach a running simulator. One simulator has it at a time."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from pathlib import Path

LOCK = "simulator.lock"
FILES = ("simulator.json", "simulator.env", "inventory.yml", "ca.pem", LOCK)


class StateError(OSError):
    """The folder belongs to a simulator that runs; the text says what to do."""


class StateDir:
    """A folder taken for as long as a simulator runs. :meth:`release` removes what was written into it."""

    def __init__(self, path: Path) -> None:
        """Take the folder, made if need be; StateError when another simulator has it.

        The kernel keeps the lock, so one that was killed leaves none behind, and its stale files are written over.
        """
        self.path = path
        self._made = not path.exists()
        path.mkdir(parents=True, exist_ok=True)
        self._descriptor = self._lock()

    def write(self, name: str, text: str) -> None:
        """Write one of ``FILES`` for this user alone; whoever waits for it sees all of it or nothing."""
        path = self.path / name
        fresh = path.with_name(".%s.new" % name)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)

    def release(self) -> None:
        """Remove the files, and the folder if it was made here and nobody put anything else into it."""
        with contextlib.suppress(OSError):
            # Somebody may have removed the folder meanwhile, and a new simulator may have it.
            if self._is_ours(self._descriptor):
                for name in FILES:
                    (self.path / name).unlink(missing_ok=True)
                if self._made:
                    self.path.rmdir()
        os.close(self._descriptor)

    def _lock(self) -> int:
        while True:
            descriptor = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                raise StateError(
                    "%s belongs to a simulator that runs%s; end that one, or start this one beside it with --beside"
                    " (make simulator ARGS=--beside)" % (self.path, self._process())
                ) from None
            if self._is_ours(descriptor):
                return descriptor
            os.close(descriptor)  # its owner removed it between the two calls

    def _is_ours(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self.path / LOCK))
        except FileNotFoundError:
            return False

    def _process(self) -> str:
        try:
            return " (process %d)" % json.loads((self.path / "simulator.json").read_text(encoding="utf-8"))["pid"]
        except (OSError, ValueError, KeyError, TypeError):
            return ""
