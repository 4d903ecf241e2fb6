# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a report: whole or not at all, whoever else writes it, with the permissions that somebody gave it."""

from __future__ import annotations

import multiprocessing
import os
import stat

import pytest
from ansible_collections.ksv.light_agent.plugins.plugin_utils._report import files, render


def left(folder):
    return sorted(os.listdir(folder))


def test_missing_directories_are_created_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "a" / "b" / "r.html"
    files.write(str(path), "é")
    assert path.read_text(encoding="utf-8") == "é" and left(path.parent) == ["r.html"]


def test_permissions(tmp_path):
    path = str(tmp_path / "r.md")
    former = os.umask(0o027)
    try:
        files.write(path, "1")
    finally:
        os.umask(former)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640
    os.chmod(path, 0o604)
    files.write(path, "2")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o604
    files.write(path, "3", 0o600)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path):
    (tmp_path / "published").mkdir()
    link = tmp_path / "r.html"
    link.symlink_to(tmp_path / "published" / "r.html")
    files.write(files.real_path(str(link)), "new")
    assert link.is_symlink() and (tmp_path / "published" / "r.html").read_text() == "new"


@pytest.mark.parametrize("inside", ["", "file/r.html"])
def test_what_cannot_be_written_leaves_what_was_there(tmp_path, inside):
    (tmp_path / "file").write_text("old")
    path = str(tmp_path / inside) if inside else str(tmp_path)
    for attempt in (files.require_writable, lambda path: files.write(path, "new")):
        with pytest.raises(OSError, match="Is a directory" if not inside else "Not a directory"):
            attempt(path)
    assert left(tmp_path) == ["file"] and (tmp_path / "file").read_text() == "old"


def test_a_full_disk_leaves_the_old_report(tmp_path, monkeypatch):
    path = tmp_path / "r.html"
    path.write_text("old")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(str(path), "new")
    assert path.read_text() == "old" and left(tmp_path) == ["r.html"]


def _write_often(path, letter):
    for _time in range(40):
        files.write(path, letter * 200_000)


def test_two_at_once_never_mix(tmp_path):
    path = str(tmp_path / "r.md")
    files.write(path, "c")
    writers = [multiprocessing.get_context("fork").Process(target=_write_often, args=(path, letter)) for letter in "ab"]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert len(set(text)) == 1 and len(text) in (1, 200_000)
        seen.add(text[0])
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert seen & {"a", "b"} and left(tmp_path) == ["r.md"]


def test_only_a_report_is_compared(tmp_path):
    path = tmp_path / "r.md"
    assert files.present_digest(str(path)) is None
    path.write_bytes(b"\xff\xfe something else")
    assert files.present_digest(str(path)) is None
    path.write_text("<!-- ksv-report %s -->" % ("0" * 64))
    assert files.present_digest(str(path)) == "0" * 64 == render.digest(path.read_text())
