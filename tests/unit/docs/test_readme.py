# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""README.md and README.ru.md say the same: the same commands, examples, links, tables and lists."""

from __future__ import annotations

import re

import pytest

from unit.docs.examples import FENCE, ROOT, SPAN, blocks, links

README, RUSSIAN = ROOT / "README.md", ROOT / "README.ru.md"
OTHERS = ("README.md", "README.ru.md")


def parts(page, text=None):
    """What must not differ: everything but the words."""
    text = page.read_text(encoding="utf-8") if text is None else text
    plain = FENCE.sub("", text)
    rows = [line for line in plain.splitlines() if line.startswith("|")]
    return {
        "blocks": [(language, block) for _indent, language, block in FENCE.findall(text)],
        "headings": [len(marks) for marks in re.findall(r"^(#+) ", plain, re.MULTILINE)],
        "links": [link for link in re.findall(r"\]\(([^)\s]+)\)", plain) if link not in OTHERS],
        "table rows": [(row.count("|"), SPAN.findall(row), re.findall(r"\]\(([^)\s]+)\)", row)) for row in rows],
        "code": sorted(SPAN.findall(plain)),
        "list items": len(re.findall(r"^- ", plain, re.MULTILINE)),
        "versions": sorted(re.findall(r"\d+\.\d+(?:\.\d+)*", plain)),
    }


@pytest.mark.parametrize("part", parts(README))
def test_both_say_the_same(part):
    assert parts(RUSSIAN)[part] == parts(README)[part]


def test_a_difference_is_noticed():
    text = RUSSIAN.read_text(encoding="utf-8")
    wrong = (
        text.replace("make demo\n", "make dmo\n").replace("](docs/tenants.md)", "](docs/tenant.md)").replace("| `replace_svms` |", "| |")
    )
    different = {part for part, value in parts(RUSSIAN, wrong).items() if value != parts(README)[part]}
    assert different == {"blocks", "links", "table rows", "code"}


def test_they_link_to_each_other():
    assert "README.ru.md" in links(README) and "README.md" in links(RUSSIAN)


def test_there_is_something_to_compare():
    assert len(list(blocks(README))) >= 4 and len(parts(README)["table rows"]) >= 20
