# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The troubleshooting tables of the guides quote messages that the code really has."""

from __future__ import annotations

import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADING = re.compile(r"^\| message \|.*\n\|[ |-]+\|\n((?:\|.*\n?)+)", re.MULTILINE)
VARIABLE = re.compile(r"%(?:\(\w+\))?[\w.]*[sdgr]")


def messages():
    """Each quoted message of each table, with the guide that it stands in; ``...`` stands for what varies."""
    for guide in sorted((ROOT / "docs").rglob("*.md")):
        for table in HEADING.findall(guide.read_text(encoding="utf-8")):
            for row in table.splitlines():
                yield guide.name, row.strip("|").split("|")[0].strip().strip("`")


def literals():
    """Every text of the plugins, with ``...`` for what is filled in; adjacent literals are one in Python already."""
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield VARIABLE.sub("...", node.value)


def quotes(message, literal):
    parts = [re.escape(part.strip()) for part in message.split("...")]
    return re.search(r".*".join(parts), literal, re.DOTALL | re.IGNORECASE) is not None


def test_there_are_tables():
    assert len({guide for guide, _message in messages()}) >= 2 and len(list(messages())) >= 12


@pytest.mark.parametrize(("guide", "message"), list(messages()))
def test_a_quoted_message_is_one_that_the_code_has(guide, message):
    words = [part for part in message.split("...") if len(part.strip()) > 5]
    assert words, "%s: %r says nothing that could be compared" % (guide, message)
    assert any(quotes(message, literal) for literal in literals()), "%s quotes %r, which no plugin says" % (guide, message)
