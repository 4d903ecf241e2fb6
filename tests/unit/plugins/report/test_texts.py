# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# ruff: noqa: RUF001 - there is Russian here

"""The catalog of reports is whole in each language, and knows the sentences that the collection says of hosts."""

from __future__ import annotations

import ast
import datetime
import pathlib
import re
import string

import pytest
from ansible_collections.ksv.light_agent.plugins.plugin_utils._report import texts
from ansible_collections.ksv.light_agent.plugins.plugin_utils._report.texts import REASONS, TEXTS, Language

ROOT = pathlib.Path(__file__).resolve().parents[4]
JOBS = ROOT / "plugins" / "module_utils" / "_ksc" / "jobs"
TEMPLATES = ROOT / "plugins" / "plugin_utils" / "_report"
UTC = datetime.timezone.utc
FORMS = {"en": 2, "ru": 3}


def slots(text):
    return {name for _literal, name, _format, _conversion in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_is_there_in_each_language_and_takes_the_same_values(key):
    assert set(TEXTS[key]) == set(texts.LANGUAGES)
    forms = {code: [text] if isinstance(text, str) else list(text) for code, text in TEXTS[key].items()}
    assert all(form.strip() for all_of_one in forms.values() for form in all_of_one)
    assert len({isinstance(text, str) for text in TEXTS[key].values()}) == 1
    if not isinstance(TEXTS[key]["en"], str):
        assert {code: len(found) for code, found in forms.items()} == FORMS
    assert len({frozenset(slots(form)) for found in forms.values() for form in found}) == 1


def test_russian_is_russian():
    russian = [text if isinstance(text, str) else text[0] for text in (found["ru"] for found in TEXTS.values())]
    same = [text for text in russian if not re.search("[а-яё]", text, re.IGNORECASE) and slots(text) != {"time"}]
    assert same == []


def test_the_templates_say_nothing_that_the_catalog_has_not():
    used = set()
    for template in TEMPLATES.glob("*.j2"):
        text = template.read_text()
        found = set(re.findall(r"""\bt\("([a-z_.]+)"(?! ~)""", text))
        prefixes = set(re.findall(r"""\bt\("([a-z_.]+)" ~""", text))
        assert found <= set(TEXTS)
        assert all(any(key.startswith(prefix) for key in TEXTS) for prefix in prefixes)
        used |= found | {key for key in TEXTS if key.startswith(tuple(prefixes))}
    python = "".join(path.read_text() for path in [*TEMPLATES.glob("render.py"), *TEMPLATES.glob("model.py")])
    unused = [key for key in TEXTS if key not in used and '"%s"' % key not in python and '"%s."' % key.rpartition(".")[0] not in python]
    assert unused in ([], ["managed", "unassigned"])


@pytest.mark.parametrize(
    ("number", "english", "russian"),
    [
        (0, "0 machines", "0 машин"),
        (1, "1 machine", "1 машина"),
        (2, "2 machines", "2 машины"),
        (5, "5 machines", "5 машин"),
        (11, "11 machines", "11 машин"),
        (12, "12 machines", "12 машин"),
        (21, "21 machines", "21 машина"),
        (22, "22 machines", "22 машины"),
        (111, "111 machines", "111 машин"),
        (1024, "1,024 machines", "1\N{NO-BREAK SPACE}024 машины"),
    ],
)
def test_plurals(number, english, russian):
    assert Language("en").text("machines", n=number) == english
    assert Language("ru").text("machines", n=number) == russian


def test_dates():
    zone = datetime.timezone(datetime.timedelta(hours=3))
    when = datetime.datetime(2026, 11, 5, 22, 7, tzinfo=UTC)
    assert Language("en", zone).moment(when) == "6 November 2026, 01:07 (UTC+03:00)"
    assert Language("ru", zone).moment(when) == "6 ноября 2026 г., 01:07 (UTC+03:00)"
    assert Language("ru", UTC).moment(when) == "5 ноября 2026 г., 22:07 (UTC)"
    assert all(len(months) == 12 for months in texts.MONTHS.values())


# -- what the collection says of hosts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.en[:50])
def test_a_reason_takes_the_same_values_in_each_language(reason):
    assert slots(reason.en) == slots(reason.ru) and re.search("[а-яё]", reason.ru)
    assert all(slots(heading) <= slots(reason.en) for heading in reason.heading or ())


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.en[:50])
def test_a_reason_is_recognized_with_what_is_filled_in(reason):
    values = {name: "<%s>" % name for name in slots(reason.en)}
    if "time" in values:
        values["time"] = "2026-11-02T08:15:00Z"
    said = Language("ru", UTC).reason(reason.en.format(**values) + ".")
    shown = {**values, **({"time": "2 ноября 2026 г., 08:15 (UTC)"} if "time" in values else {})}
    assert said.text == reason.ru.format(**shown) + "." and not said.foreign and said.doubt == reason.doubt
    assert Language("en", UTC).reason(reason.en.format(**values)).foreign is False


def test_what_a_server_says_stays_as_it_is():
    assert Language("ru").reason("Error 1603: no space.") == ("Error 1603: no space.", "Error 1603: no space", False, True)
    assert Language("en").reason("Error 1603: no space.").foreign is False


def findings():
    """Each sentence that protection.py may say, with a word for what is filled in, and whether it is what is known or not known."""
    tree = ast.parse((JOBS / "protection.py").read_text())
    unknown = "It cannot be determined whether it is connected to an SVM: "
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding"):
        if len(call.args) < 2 or ast.unparse(call.args[1]) in ("reason", "''"):
            continue
        code = compile(ast.Expression(_filled(call.args[1])), "protection.py", "eval")
        known = {"unknown": unknown, "when": ", they are dated 2026-11-02T08:15:00Z", "also": "", "last": ""}
        yield call.args[0].value, eval(code, {**known, "NOT_RUNNING": {1: "stopped"}, "state": 1, "host": _Connected})  # noqa: S307
    yield False, "Real-time protection has failed."
    yield False, "KSVLA 5 is not installed; another application or version is installed (build 5.1)."
    yield False, "Its Network Agent is not connected; it last connected at 2026-11-02T08:15:00Z."


class _Connected:
    connected = True


def _filled(node):
    """The expression with "X" for each name that is filled into a text and is not known here."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, name):
            return ast.Constant("X") if name.id in ("name", "listed", "versions") else name

        def visit_Attribute(self, attribute):
            return ast.Constant("X") if ast.unparse(attribute).startswith("group.") else attribute

    return ast.fix_missing_locations(Fill().visit(node))


@pytest.mark.parametrize(("holds", "sentence"), list(findings()))
def test_each_sentence_about_protection_is_translated_and_known_for_a_doubt(holds, sentence):
    said = Language("ru", UTC).reason(sentence)
    assert not said.foreign and re.search("[а-яё]", said.text)
    assert said.doubt is (holds is None)


def test_there_are_findings():
    assert len(list(findings())) > 20
