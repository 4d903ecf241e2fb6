# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation as web pages: the modules' own pages by antsibull-docs, and the guides in docs/*.md.

Usage: python3 tests/tools/build_docs.py [--strict]    (--strict fails on a warning)
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _copy_guides(source: pathlib.Path) -> list[str]:
    """Copy README.md and the guides to where their links to each other hold, and return the guides' names."""
    shutil.copy(ROOT / "docs" / "docsite" / "elsewhere.rst", source)
    guides = sorted((ROOT / "docs").glob("*.md"))
    (source / "docs").mkdir(exist_ok=True)
    for page in (*guides, *(ROOT / "docs").glob("*.svg")):
        shutil.copyfile(page, source / "docs" / page.name)
    names = [f"docs/{guide.stem}" for guide in guides]
    if (ROOT / "README.md").exists():
        shutil.copyfile(ROOT / "README.md", source / "README.md")
        names.insert(0, "README")
    return names


def _list_guides(index: pathlib.Path, names: list[str]) -> None:
    """Name the guides on the first page, before the list of modules."""
    marker = ".. _plugin_index_for_ksv.light_agent:"
    heading, rest = index.read_text().split(marker, 1)
    lines = ["Guides", "------", "", ".. toctree::", "    :maxdepth: 1", "", *(f"    {name}" for name in names), "", ""]
    index.write_text(heading + "\n".join(lines) + marker + rest)


def main() -> int:
    site = ROOT / ".build" / "docs"
    source = site / "source"
    shutil.rmtree(site, ignore_errors=True)
    source.mkdir(parents=True, mode=0o700)
    source.chmod(0o700)
    collection = ("antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--cleanup", "everything")
    try:
        _run(*collection, "--dest-dir", str(source), "ksv.light_agent")
        names = _copy_guides(source)
        if names:
            _list_guides(source / "index.rst", names)
        strict = ("-W", "--keep-going") if "--strict" in sys.argv[1:] else ()
        _run("sphinx-build", "-q", *strict, "-c", str(ROOT / "docs" / "docsite"), str(source), str(site / "html"))
    except subprocess.CalledProcessError as error:
        print(f"{error.cmd[0]} ended with {error.returncode}")
        return 1
    print(f"The documentation is in {(site / 'html' / 'index.html').relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
