# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

"""The file of a report, on the controller: written as a whole or not at all, so that nobody ever reads half of one, or of two."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import typing as t

from .render import digest

# A report that is there may be large; what tells it apart is at its beginning.
HEAD = 4096  # bytes


def real_path(path: str) -> str:
    """The path of the file itself. A relative one is below the directory in which Ansible was started."""
    return os.path.realpath(os.path.expanduser(path))


def present_digest(path: str) -> t.Optional[str]:
    """What tells the report that is there apart; None if there is none, or something else."""
    try:
        with open(path, "rb") as file:
            return digest(file.read(HEAD).decode("utf-8", "replace"))
    except OSError:
        return None


def require_writable(path: str) -> None:
    """What can be known of that beforehand, for a dry run.

    :raises OSError: it cannot be written
    """
    if os.path.isdir(path):
        raise IsADirectoryError(21, "Is a directory", path)
    folder = os.path.dirname(path)
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        raise NotADirectoryError(20, "Not a directory", folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(13, "Permission denied", folder)


def write(path: str, text: str, mode: t.Optional[int] = None) -> None:
    """Write a report. ``mode``: the permissions of the file; if None, those of the one that is there, or of the umask.

    :raises OSError: it cannot be written; nothing is left of it, and what was there is still there
    """
    require_writable(path)
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    handle, fresh = tempfile.mkstemp(prefix=".%s." % os.path.basename(path)[:100], dir=folder)
    try:
        with open(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(fresh, _present_mode(path) if mode is None else mode)
        os.replace(fresh, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(fresh)
        raise


def _present_mode(path: str) -> int:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
