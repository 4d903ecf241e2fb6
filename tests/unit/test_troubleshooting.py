# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/troubleshooting.md explains every message that the plugins can give, and quotes none that they cannot give.

A message is made of pieces all over the code: errors, reasons of results, warnings, summaries. So each text of the plugins with
enough words counts as one, whatever becomes of it. What is no message is listed in NO_MESSAGE.
"""

from __future__ import annotations

import ast
import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "troubleshooting.md"
PLUGINS = ROOT / "plugins"
TRANSLATIONS = PLUGINS / "plugin_utils" / "_report" / "texts.py"  # of messages that stand elsewhere, and words of the report
TABLE = re.compile(r"^\| message \|.*\n\|[ |-]+\|\n((?:\|.*\n?)+)", re.MULTILINE)
QUOTED = re.compile(r"`([^`]+)`")
VARIABLE = re.compile(r"%(?:\(\w+\))?[\d.]*[sdgr]")
WORD = re.compile(r"[A-Za-z]{2,}")
PATTERN = re.compile(r"\(\?:|\\b|\.\{0,|\|")  # a regular expression
WORDS = 4  # a text with fewer words is a piece of another one, or a name
QUOTE = 3  # words that a quotation needs at least to stand for a text

DOCUMENTATION = ("DOCUMENTATION", "EXAMPLES", "RETURN")

# Texts that no user gets as a message to act on: units of progress lines, states in a diff, names.
NO_MESSAGE = {
    "fail_json ends the process",
    "manual rules for moving devices",
    "administration groups on virtual servers",
    "%s and the primary server %s",
    'virtual server "%s" and the primary server %s',
}


@functools.cache
def quotations() -> dict[str, str]:
    """Each quoted message with the row that it stands in; ``...`` stands for what varies."""
    rows = (row for table in TABLE.findall(GUIDE.read_text(encoding="utf-8")) for row in table.splitlines())
    return {message: row for row in rows for message in QUOTED.findall(row.split("|")[1])}


@functools.cache
def texts() -> dict[str, str]:
    """Every text of the plugins by where it stands first: ``...`` for what is filled in, adjacent literals as one."""
    found: dict[str, str] = {}
    for path in sorted(PLUGINS.rglob("*.py")):
        if path.parent.name in ("doc_fragments", "modules") or path == TRANSLATIONS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documentation = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        documentation |= {
            node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in DOCUMENTATION
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node in documentation:
                continue
            if " " not in node.value.strip() or PATTERN.search(node.value) or node.value in NO_MESSAGE:
                continue
            found.setdefault(VARIABLE.sub("...", node.value).strip().replace("%%", "%"), "%s:%d" % (path.relative_to(ROOT), node.lineno))
    return found


def words(text: str) -> int:
    return len(WORD.findall(VARIABLE.sub("", text)))


@functools.cache
def pattern(quotation: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part.strip()) for part in quotation.split("...")), re.DOTALL)


def test_each_message_is_explained():
    """To a new message belongs a row of docs/troubleshooting.md: the message with ``...`` for what varies, its cause, what to do."""
    unexplained = [
        "%s\n    | `%s` | cause | what to do |" % (where, text)
        for text, where in texts().items()
        if words(text) >= WORDS and not any(pattern(quotation).search(text) for quotation in quotations())
    ]
    assert not unexplained, "docs/troubleshooting.md has no row for %d messages. Add to the table where they belong:\n%s" % (
        len(unexplained),
        "\n".join(unexplained),
    )


def test_each_quotation_is_a_message():
    strange = [quotation for quotation in quotations() if not any(pattern(quotation).search(text) for text in texts())]
    assert not strange, "docs/troubleshooting.md quotes what no plugin says:\n%s" % "\n".join(strange)


def test_a_quotation_has_words_of_its_own():
    """Otherwise a row would explain what it does not mean."""
    empty = [quotation for quotation in quotations() if words(quotation) < QUOTE]
    assert not empty, "too few words to be found by: %s" % ", ".join(empty)


def test_each_row_tells_cause_and_cure():
    assert len(quotations()) > 200
    short = [row for row in quotations().values() if [len(cell.strip()) > 3 for cell in row.strip("|").split("|")] != [True] * 3]
    assert not short, "\n".join(short)
