# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation as web pages: modules, filters and roles by antsibull-docs, guides from Markdown.

docs/docsite/index.rst is the front page, and docs/docsite/guides.yml lists the guides on it.

Usage: python3 tests/tools/build_docs.py [--strict]    (--strict fails on a warning)
"""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import sys
import typing as t

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCSITE = ROOT / "docs" / "docsite"
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
FOLDER = re.compile(r"\[([^\]\n]*)\]\(([^)#\s]+)\)")
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LISTED = re.compile(r"(\.\. toctree::\n    :maxdepth: 1\n    :hidden:\n)\n((?:    \w+_(module|filter|inventory|lookup|role)\n)+)")
CAPTIONS = {"module": "Modules", "inventory": "Inventory plugins", "filter": "Filters", "lookup": "Lookup plugins", "role": "Roles"}
PLUGINS = ".. _plugin_index_for_ksv.light_agent:"


class Section(t.NamedTuple):
    """A heading of the front page, with the guides below it: path without ``.md``, and what the guide is about."""

    title: str
    guides: dict[str, str]
    titles: dict[str, str]  # of guides whose own title says too little in a list

    def entry(self, page: str) -> str:
        return f"{self.titles[page]} <{page}>" if page in self.titles else page


def sections() -> list[Section]:
    """The guides that are there; ValueError for a page of docs/ that is not listed."""
    listed = yaml.safe_load((DOCSITE / "guides.yml").read_text(encoding="utf-8"))
    found = [Section(item["title"], item["guides"], item.get("titles", {})) for item in listed]
    unlisted = {f"docs/{page.stem}" for page in (ROOT / "docs").glob("*.md")}.difference(*(section.guides for section in found))
    if unlisted:
        raise ValueError(f"docs/docsite/guides.yml does not list {', '.join(sorted(unlisted))}")
    return [
        section._replace(guides={page: about for page, about in section.guides.items() if (ROOT / f"{page}.md").exists()})
        for section in found
    ]


def links(page: pathlib.Path) -> list[pathlib.Path]:
    """The files of the repository that a Markdown page links to."""
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    targets = (page.parent / target for target in LINK.findall(text) if "://" not in target)
    return [pathlib.Path(target).resolve() for target in targets]


def _copy(file: pathlib.Path, source: pathlib.Path) -> None:
    target = source / file.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def _copy_page(name: str, source: pathlib.Path, listed: t.Collection[str]) -> None:
    """Copy a guide, and what it links to, to where its links hold. The front page stands for README.md."""
    page, copied = ROOT / f"{name}.md", source / f"{name}.md"
    if copied.exists():
        return
    front = "../" * name.count("/") + "index.rst"
    text = re.sub(r"\]\((?:\.\./)*README\.md\)", f"]({front})", page.read_text(encoding="utf-8"))
    # The site has no page for a folder.
    text = FOLDER.sub(lambda found: found[1] if (page.parent / found[2]).is_dir() else found[0], text)
    copied.parent.mkdir(parents=True, exist_ok=True)
    copied.write_text(text if name in listed else f"---\norphan: true\n---\n{text}", encoding="utf-8")
    for file in links(page):
        if file.suffix != ".md" and file.is_file():
            _copy(file, source)
        elif file.is_file() and file != ROOT / "README.md":
            _copy_page(str(file.relative_to(ROOT).with_suffix("")), source, listed)


def _with_caption(found: re.Match[str]) -> str:
    """The sidebar shows short names below captions."""
    return f"{found[1]}    :caption: {CAPTIONS[found[3]]}\n\n" + re.sub(r"(\w+)_(\w+)\n", r"\1 <\1_\2>\n", found[2])


def _front_page(source: pathlib.Path, listed: list[Section]) -> None:
    """Write the front page: ours, the guides, then the lists of antsibull-docs."""
    index = source / "index.rst"
    heading, rest = index.read_text(encoding="utf-8").split(PLUGINS, 1)
    label = ".. _plugins_in_ksv.light_agent:"
    assert label in heading, "antsibull-docs writes another index than it did"
    lines: list[str] = []
    for section in listed:
        lines += [section.title, "-" * len(section.title), ""]
        lines += [f"- :doc:`{section.entry(page)}` -- {about}" for page, about in section.guides.items()]
        lines += ["", ".. toctree::", "    :hidden:", "    :maxdepth: 1", f"    :caption: {section.title}", ""]
        lines += [f"    {section.entry(page)}" for page in section.guides] + [""]
    front = (DOCSITE / "index.rst").read_text(encoding="utf-8").replace("\nguides\n", "\n" + "\n".join(lines) + "\n")
    rest, number = LISTED.subn(_with_caption, rest)
    assert number >= len(CAPTIONS) - 1, "antsibull-docs writes other lists than it did"
    index.write_text(f"{label}\n\n{front}\n{PLUGINS}{rest}", encoding="utf-8")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def main() -> int:
    site = ROOT / ".build" / "docs"
    source = site / "source"
    shutil.rmtree(site, ignore_errors=True)
    source.mkdir(parents=True, mode=0o700)
    source.chmod(0o700)
    collection = ("antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--cleanup", "everything")
    try:
        listed = sections()
        _run(*collection, "--dest-dir", str(source), "ksv.light_agent")
        shutil.copy(DOCSITE / "elsewhere.rst", source)
        _copy(ROOT / "docs" / "overview.svg", source)
        names = [page for section in listed for page in section.guides]
        for name in names:
            _copy_page(name, source, names)
        _front_page(source, listed)
        strict = ("-W", "--keep-going") if "--strict" in sys.argv[1:] else ()
        _run("sphinx-build", "-q", "-j", "auto", *strict, "-c", str(DOCSITE), str(source), str(site / "html"))
    except subprocess.CalledProcessError as error:
        print(f"{error.cmd[0]} ended with {error.returncode}")
        return 1
    except ValueError as error:
        print(error)
        return 1
    print(f"The documentation is in {(site / 'html' / 'index.html').relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
