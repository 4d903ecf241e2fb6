# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every entry, plan, line of progress and secret."""

from __future__ import annotations

import base64
import json
import shlex
import unicodedata
import urllib.parse

from ansible_collections.ksv.light_agent.plugins.module_utils._core import progress
from ansible_collections.ksv.light_agent.plugins.module_utils._core.entries import EntryList
from ansible_collections.ksv.light_agent.plugins.module_utils._core.https import HIDDEN, Secrets
from ansible_collections.ksv.light_agent.plugins.module_utils._core.naming import printable
from ansible_collections.ksv.light_agent.plugins.module_utils._core.plan import Plan, readable
from ansible_collections.ksv.light_agent.plugins.module_utils._core.waiting import Clock
from hypothesis import example, given
from hypothesis import strategies as some

NASTY = some.sampled_from(
    ["\x1b[31mred", "a\nb", "\u202eabc", "{{ 1/0 }}", "{% raw %}", "!unsafe x", "\ud800", "\x00", "a: b", "- a", "\u2028"]
)
TEXTS = NASTY | some.text(max_size=6)
STATES = some.recursive(
    some.none() | some.booleans() | some.integers() | TEXTS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
PRODUCT = some.none() | some.fixed_dictionaries({"name": some.none() | TEXTS, "version": some.none() | TEXTS})
ENTRIES = EntryList(
    "hosts",
    own={"ip": {"type": "str"}},
    inherited={"group": {"type": "str"}, "product": {"type": "dict"}},
    merged=("product",),
)


def leaves(value):
    if isinstance(value, dict):
        return sum(1 + leaves(inner) if isinstance(inner, (dict, list)) else 1 for inner in value.values())
    if isinstance(value, list):
        return sum(1 + leaves(inner) if isinstance(inner, (dict, list)) else 1 for inner in value)
    return 0 if value is None else 1


@given(
    some.lists(some.fixed_dictionaries({"ip": TEXTS, "group": some.none() | TEXTS, "product": PRODUCT}), max_size=5),
    some.none() | TEXTS,
    PRODUCT,
)
def test_an_entry_wins_over_what_it_inherits_in_order(entries, group, product):
    before = json.dumps([entries, product])
    read = ENTRIES.read({"hosts": entries, "group": group, "product": product})
    assert [entry["ip"] for entry in read] == [entry["ip"] for entry in entries]
    for entry, own in zip(read, entries):
        assert entry["group"] == (group if own["group"] is None else own["group"])
        if own["product"] is None or product is None:
            assert entry["product"] == (product if own["product"] is None else own["product"])
        else:
            assert entry["product"] == {name: product[name] if own["product"][name] is None else own["product"][name] for name in product}
    assert json.dumps([entries, product]) == before


@given(some.lists(some.tuples(TEXTS, STATES, STATES), max_size=5))
def test_a_plan_of_its_own_result_is_empty(objects):
    plan = Plan()
    for name, before, after in objects:
        plan.add(name, {}, before, after, "done")
    assert plan.changed == any(before != after for _name, before, after in objects)
    again = Plan()
    for name, _before, after in objects:
        again.add(name, {}, after, after, "done")
    assert not again.changed and again.diff == {"before": "", "after": ""} and not again.open
    assert all(entry["result"] == "unchanged" for entry in again.returned())


@given(STATES)
@example({"a": "b\nc: d", "\x1b[2J": ["\u202e"]})
def test_a_diff_is_lines_that_a_terminal_shows_as_they_are(state):
    text = readable(state)
    assert text == "" or text.endswith("\n")
    assert len(text.splitlines()) == text.count("\n") == leaves(state)
    assert all(harmless(line) for line in text.split("\n"))


@given(TEXTS)
def test_what_can_be_shown_is_shown_as_it_is(text):
    assert harmless(printable(text)) and (printable(text) == text or not harmless(text))


def test_the_spaces_of_french_messages_stay():
    assert printable("\u00ab\u00a0acme\u202f\u00bb\x1b[2J\n") == "\u00ab\u00a0acme\u202f\u00bb\\x1b[2J\\n"


def harmless(text: str) -> bool:
    """No control characters, no marks of direction, no half of a pair."""
    return not any(unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") for character in text)


@given(some.lists(some.tuples(TEXTS, TEXTS, some.sampled_from(["installed", "failed", "pending", ""])), max_size=9), TEXTS)
def test_progress_is_one_line(tmp_path_factory, objects, what):
    path = tmp_path_factory.getbasetemp() / "progress"
    path.unlink(missing_ok=True)
    plan = Plan()
    for name, scope, result in objects:
        change = plan.add(name, {}, None, 1, "installed", scope=scope)
        change.result, change.settled = result or change.result, bool(result)
    now = [0.0]
    told = progress.Progress(Clock(lambda: now[0], lambda seconds: None), 10, str(path))
    now[0] = 20.0
    told.tell(lambda elapsed: progress.line(what, plan, elapsed))
    assert path.read_text(encoding="utf-8").count("\n") == 1 and len(path.read_text(encoding="utf-8").split("\n")) == 2


@given(some.text("ab\"'\\ %+&<\u00e9\u0416\n=", min_size=4, max_size=12), some.text(max_size=5), some.text(max_size=5))
def test_a_secret_is_hidden_in_every_form(secret, before, after):
    secrets = Secrets([secret])
    forms = [
        secret,
        base64.b64encode(secret.encode()).decode(),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        urllib.parse.quote(secret),
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote_plus(secret),
        shlex.quote(secret),
    ]
    for form in forms:
        hidden = secrets.mask_all({"a": [before + form + after]})["a"][0]
        assert HIDDEN in hidden and len(hidden) <= len(before) + len(after) + 3 * len(HIDDEN)
        assert form not in hidden.replace(HIDDEN, "\x01")
