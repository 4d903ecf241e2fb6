# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the rules of the architecture that no other tool knows.

- Imports go down only: modules know one product's wing and the core, the wings do not know each other, the core knows
  no product, and only _core/module.py and the plugins themselves know Ansible.
- The simulator and the collection do not know each other.
- Nobody sleeps but _core/waiting.py.
- There are no ignore files for ansible-test, and every Python file says its license.
"""

from __future__ import annotations

import ast
import pathlib
import re
import sys
import typing as t

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = "ansible_collections.ksv.light_agent."
UTILS = OURS + "plugins.module_utils."
OUTSIDE = ("ansible", "ansible_collections")
TALKING = ("http.client", "http.server", "requests", "socket", "ssl", "subprocess", "urllib.request", "urllib3")


class Rule(t.NamedTuple):
    """The modules that files of one place may not import, and the exceptions from that."""

    place: str
    forbidden: tuple[str, ...]
    allowed: tuple[str, ...] = ()


# The first rule whose pattern matches a path holds for it, before the general rules below.
RULES = (
    Rule(r"plugins/module_utils/_core/module\.py", (*OUTSIDE, *TALKING), ("ansible.module_utils", UTILS + "_core")),
    Rule(r"plugins/module_utils/_core/https\.py", OUTSIDE, (UTILS + "_core",)),
    Rule(r"plugins/module_utils/_core/", (*OUTSIDE, *TALKING), (UTILS + "_core",)),
    Rule(r"plugins/module_utils/_ksc/api/", (*OUTSIDE, *TALKING), (UTILS + "_core", UTILS + "_ksc.api")),
    Rule(r"plugins/module_utils/_ksc/", (*OUTSIDE, *TALKING), (UTILS + "_core", UTILS + "_ksc")),
    Rule(r"plugins/module_utils/_viis/api/", (*OUTSIDE, *TALKING), (UTILS + "_core", UTILS + "_viis.api")),
    Rule(r"plugins/module_utils/_viis/", (*OUTSIDE, *TALKING), (UTILS + "_core", UTILS + "_viis")),
    Rule(r"plugins/modules/ksc_", (*OUTSIDE, *TALKING), (UTILS + "_core", UTILS + "_ksc")),
    Rule(r"plugins/modules/viis_", (*OUTSIDE, *TALKING), (UTILS + "_core", UTILS + "_viis")),
    Rule(r"plugins/modules/", (*OUTSIDE, *TALKING)),
    Rule(r"plugins/doc_fragments/", (*OUTSIDE, *TALKING)),
    Rule(r"plugins/", ("ansible_collections", *TALKING), (UTILS, OURS + "plugins.plugin_utils")),
    Rule(r"tests/simulator/", OUTSIDE, (OURS + "tests.simulator",)),
)
EVERYWHERE_IN_PLUGINS = ("simulator", "tests", OURS + "tests")


def imports(path: pathlib.Path, tree: ast.AST) -> t.Iterator[tuple[int, str]]:
    """Every name that a file imports, with its line; relative ones as absolute ones."""
    package = (OURS + ".".join(path.relative_to(ROOT).parts[:-1])).split(".")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def _within(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place.rstrip(".") or name.startswith(place.rstrip(".") + ".") for place in places)


def _broken_by_imports(path: pathlib.Path, where: str, tree: ast.AST) -> t.Iterator[str]:
    rule = next((rule for rule in RULES if re.match(rule.place, where)), None)
    for line, name in imports(path, tree):
        if rule and _within(name, rule.forbidden) and not _within(name, rule.allowed):
            yield f"{where}:{line}: may not import {name}"
        if where.startswith("plugins/") and _within(name, EVERYWHERE_IN_PLUGINS):
            yield f"{where}:{line}: the collection may not know its tests, imports {name}"


def _broken_by_sleeping(where: str, tree: ast.AST) -> t.Iterator[str]:
    if not where.startswith("plugins/") or where == "plugins/module_utils/_core/waiting.py":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            sleeps = ast.unparse(node) == "time.sleep"
        elif isinstance(node, ast.ImportFrom):
            sleeps = node.module == "time" and any(alias.name == "sleep" for alias in node.names)
        else:
            continue
        if sleeps:
            yield f"{where}:{node.lineno}: only _core/waiting.py may sleep"


def broken(path: pathlib.Path) -> t.Iterator[str]:
    """What is wrong with one Python file."""
    where = path.relative_to(ROOT).as_posix()
    text = path.read_text()
    if text.strip() and "SPDX-License-Identifier: GPL-3.0-or-later" not in text:
        yield f"{where}:1: the line SPDX-License-Identifier: GPL-3.0-or-later is missing"
    if where.startswith("tests/simulator/") and "ansible_collections" in text:
        yield f"{where}:1: the simulator may not know the collection, but names ansible_collections"
    tree = ast.parse(text, where)
    yield from _broken_by_imports(path, where, tree)
    yield from _broken_by_sleeping(where, tree)


def main() -> int:
    files = sorted(path for place in ("plugins", "tests") for path in (ROOT / place).rglob("*.py"))
    wrong = [line for path in files if "output" not in path.parts for line in broken(path)]
    ignores = sorted((ROOT / "tests" / "sanity").glob("ignore*.txt"))
    wrong += [f"{path.relative_to(ROOT)}: sanity tests are not ignored here" for path in ignores]
    print("\n".join([*wrong, f"{len(files)} files, {len(wrong)} broken rules"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
