# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One way to say things: an option of one name has one type and one meaning, in every module that has it."""

from __future__ import annotations

import ast
import functools
import pathlib
import re
import typing as t

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = "ksv.light_agent."
STR, STRINGS = ("str", None), ("list", "str")

# An option that stands in an entry of a list, or for the whole task, is one thing; in the short form, and in modules that read, a list.
ONE_OR_MANY = {"id", "infrastructure_id", "ip", "name", "path", "virtual_server"}
# The names of the API, or a switch beside a list of the same name: (module, option) that has another type than elsewhere, and why.
OTHERWISE = {
    ("ksc_host_info", "products"): "whether to return the list of that name",
    ("ksc_package_info", "product"): "also takes a name alone, as in 0.1.0",
    ("ksc_package_retranslate", "options.type"): "KLPKG_TYPE, a number of the API",
}
# By the name of the option, the words that each description has to contain one of.
MEANINGS = {
    "ca_path": ["PEM"],
    "display_version": ["Build", "build"],
    "group": ["dministration group"],
    "infrastructure_id": ["infrastructure"],
    "keep_task": ["task"],
    "on_failure": ["fail"],
    "password": ["Password"],
    "path": ["Managed devices"],
    "poll_interval": ["Polling interval in seconds"],
    "port": ["Port", "port"],
    "request_timeout": ["timeout in seconds"],
    "server": ["Address"],
    "thumbprint": ["humbprint"],
    "thumbprints": ["humbprint"],
    "trust_on_first_use": ["trust"],
    "username": ["ccount"],
    "version": ["ersion"],
    "virtual_server": ["virtual Administration Server"],
    "wait_timeout": ["Maximum time in seconds"],
}
# A word that means another thing in one module: (module, option).
OTHER_MEANING = {("status_report", "path")}  # a file
# Names that would be a second word for what has one, and that word. As an alias they are fine.
SYNONYMS = {
    "build": "display_version",
    "fingerprint": "thumbprint",
    "hostname": "server",
    "licence": "license",
    "timeout": "wait_timeout",
    "user": "username",
    "vserver": "virtual_server",
}
PRODUCT = {"name": "str", "version": "str", "display_version": "str"}


def _documents(path: pathlib.Path) -> dict[str, str]:
    return {
        ast.unparse(node.targets[0]): node.value.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


@functools.cache
def options(module: str) -> dict[str, t.Any]:
    """The documented options of a module, with those of its fragments."""
    document = yaml.safe_load(_documents(ROOT / "plugins" / "modules" / (module + ".py"))["DOCUMENTATION"])
    found: dict[str, t.Any] = {}
    for name in document.get("extends_documentation_fragment", []):
        if name.startswith(OURS):
            file, _dot, part = name[len(OURS) :].partition(".")
            fragment = _documents(ROOT / "plugins" / "doc_fragments" / (file + ".py"))[(part or "documentation").upper()]
            found.update(yaml.safe_load(fragment)["options"])
    for name, option in (document.get("options") or {}).items():
        found[name] = {**found.get(name, {}), **option}
    return found


MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


def walk(described: t.Mapping[str, t.Any], prefix: str = "") -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    for name, option in described.items():
        yield prefix + name, option
        yield from walk(option.get("suboptions") or {}, prefix + name + ".")


@functools.cache
def everywhere() -> list[tuple[str, str, dict[str, t.Any]]]:
    """Module, path and description of every option and suboption."""
    return [(module, path, option) for module in MODULES for path, option in walk(options(module))]


def last(path: str) -> str:
    return path.rsplit(".", 1)[-1]


def text(option: t.Mapping[str, t.Any]) -> str:
    described = option["description"]
    return described if isinstance(described, str) else " ".join(described)


def test_a_name_has_one_type():
    types: dict[str, dict[t.Any, list[str]]] = {}
    for module, path, option in everywhere():
        if (module, path) not in OTHERWISE:
            types.setdefault(last(path), {}).setdefault((option["type"], option.get("elements")), []).append("%s: %s" % (module, path))
    different = {
        name: found for name, found in types.items() if len(found) > 1 and not (name in ONE_OR_MANY and found.keys() == {STR, STRINGS})
    }
    assert not different, "these options have several types: %s" % different


def test_a_name_has_one_meaning():
    strange = [
        "%s: %s is described as %r" % (module, path, text(option))
        for module, path, option in everywhere()
        if last(path) in MEANINGS and (module, path) not in OTHER_MEANING and not any(word in text(option) for word in MEANINGS[last(path)])
    ]
    assert not strange, "\n".join(strange)


def test_a_thing_has_one_name():
    assert not [(module, path) for module, path, _option in everywhere() if last(path) in SYNONYMS]


def test_a_product_has_one_shape():
    products = [(module, path, option) for module, path, option in everywhere() if last(path) == "product" and option["type"] == "dict"]
    assert len(products) >= 5
    for module, path, option in products:
        shape = {name: member["type"] for name, member in option["suboptions"].items()}
        assert shape == PRODUCT, "%s: %s is %s" % (module, path, shape)


@pytest.mark.parametrize("module", MODULES)
def test_each_description_stands_alone(module):
    """ansible-doc sorts options by name, so that none has the one that the author wrote it behind in front of it."""
    dependent = re.compile(r"^(Its|Their|Same|The same|There|Here|Also there|And|Or|Likewise|Ditto)\b")
    for path, option in walk(options(module)):
        assert not dependent.match(text(option)), "%s: %s" % (path, text(option))
        assert text(option).rstrip().endswith((".", ")")), "%s: %s" % (path, text(option))
