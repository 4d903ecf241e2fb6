# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write roles/*/meta/argument_specs.yml from tests/tools/role_variables.yml, with the defaults of roles/*/defaults/main.yml.

Usage: python3 tests/tools/update_argument_specs.py [--check]    (--check only compares, and fails when they differ)

It also fails when the documented variables are not those that the role reads, or when an option of a connection has no
variable.
"""

from __future__ import annotations

import ast
import importlib.util
import pathlib
import re
import sys
import typing as t

import stage
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests" / "tools" / "role_variables.yml"
REQUESTS = ROOT / "plugins" / "plugin_utils" / "_requests.py"
AUTHOR = "ksv.light_agent contributors (@ksv-light-agent)"
HEADER = """\
---
# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by `make argument-specs` from tests/tools/role_variables.yml.
"""


class _Dumper(yaml.SafeDumper):
    """Sequences are indented, and nothing is an alias of something else."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: t.Any) -> bool:
        return True


def argument_spec(role: str, source: t.Any) -> dict[str, t.Any]:
    """The argument spec of a role."""
    about = source["roles"][role]
    options: dict[str, t.Any] = {}
    for group in about["groups"]:
        options.update({name.replace("$role", role): dict(option) for name, option in source["groups"][group].items()})
    options.update({name: dict(option) for name, option in about["options"].items()})
    for name, default in _defaults(role).items():
        options.setdefault(name, {})["default"] = default
    main = {
        "short_description": about["short_description"],
        "description": about["description"],
        "author": [AUTHOR],
        "version_added": "0.1.0",
        "options": options,
    }
    return {"argument_specs": {"main": main}}


def _defaults(role: str) -> dict[str, t.Any]:
    return yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text()) or {}


def wrong(role: str, spec: dict[str, t.Any], requests: t.Any) -> t.Iterator[str]:
    """What does not fit the role."""
    options = spec["argument_specs"]["main"]["options"]
    yield from (f"{role}: {name} has a default and no description" for name, option in options.items() if "description" not in option)
    of_hosts = {name for name in options if name.startswith("ksv_")}
    read = {*requests.connection_variables(role).values(), *requests.READS[role]}
    yield from (f"{role}: {name} is documented, and not read" for name in sorted(of_hosts - read))
    yield from (f"{role}: {name} is read, and not documented" for name in sorted(read - of_hosts))
    tasks = (ROOT / "roles" / role / "tasks" / "main.yml").read_text()
    used = set(re.findall(rf"\b{role}_[a-z_]+\b", tasks))
    yield from (f"{role}: {name} is documented, and not used" for name in sorted(set(options) - of_hosts - used))


def wrong_connections(requests: t.Any, source: t.Any) -> t.Iterator[str]:
    """Options of a connection that have no variable, or one of another kind."""
    for wing, names in (("ksc", requests.KSC), ("viis", requests.VIIS)):
        documented = source["groups"][wing]
        options = _fragment(wing)
        yield from (f"_{wing}: the option {name} has no variable" for name in sorted(set(options) - set(names)))
        for name, variable in names.items():
            for member in ("type", "choices"):
                if name in options and options[name].get(member) != documented.get(variable, {}).get(member):
                    yield f"{variable}: its {member} is not that of the option {name}"


def _fragment(wing: str) -> dict[str, t.Any]:
    """The options that all modules of a wing share."""
    tree = ast.parse((ROOT / "plugins" / "doc_fragments" / f"_{wing}.py").read_text())
    found = next(
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOCUMENTATION" and isinstance(node.value, ast.Constant)
    )
    return yaml.safe_load(str(found))["options"]


def _requests() -> t.Any:
    base = ROOT.parents[2]
    if ROOT.parts[-3:] != stage.COLLECTION.parts:  # it imports from the collection: this tree itself, or its copy
        base = ROOT / ".build"
        stage.stage(base)
    sys.path.insert(0, str(base))
    spec = importlib.util.spec_from_file_location("_requests", REQUESTS)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    source = yaml.safe_load(SOURCE.read_text())
    requests = _requests()
    complaints = list(wrong_connections(requests, source))
    for role in sorted(source["roles"]):
        spec = argument_spec(role, source)
        complaints += wrong(role, spec, requests)
        text = HEADER + yaml.dump(spec, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140)
        path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
        if path.exists() and path.read_text() == text:
            continue
        if "--check" in sys.argv[1:]:
            complaints.append(f"{path.relative_to(ROOT)} is not what tests/tools/role_variables.yml says: run make argument-specs")
        else:
            path.write_text(text)
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
