# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write roles/*/meta/argument_specs.yml and roles/*/README.md from tests/tools/role_variables.yml, with the defaults of roles/*/defaults/main.yml.

Usage: python3 tests/tools/update_argument_specs.py [--check]    (--check only compares, and fails when they differ)

It also fails when the documented variables are not those that the role reads, or when an option of a connection has no
variable.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import pathlib
import re
import sys
import typing as t

import jinja2
import yaml

import stage

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests" / "tools" / "role_variables.yml"
REQUESTS = ROOT / "plugins" / "plugin_utils" / "_requests.py"
GUIDES = {"tenant": "tenants", "svm": "infrastructures", "ha": "infrastructures"}  # by how the name of a role begins
NEW = {"svm_replacement", "svm_status", "tenant", "tenant_cleanup"}  # since version 1.0.0
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
        "version_added": "1.0.0" if role in NEW else "0.1.0",
        "options": options,
    }
    return {"argument_specs": {"main": main}}


def _defaults(role: str) -> dict[str, t.Any]:
    return yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text()) or {}


def readme(role: str, spec: dict[str, t.Any]) -> str:
    """The page of a role, as a repository and Ansible Galaxy show it."""
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    environment.filters["text"] = _text
    template = environment.from_string((ROOT / "tests" / "tools" / "role_readme.md.j2").read_text())
    playbooks = sorted((ROOT / "playbooks").glob("*.yml"), key=lambda path: path.stat().st_size)
    playbook = next((path.stem for path in playbooks if f"ksv.light_agent.{role}\n" in path.read_text()), "")
    guide = next(guide for start, guide in GUIDES.items() if role.startswith(start))
    main = spec["argument_specs"]["main"]
    return template.render(role=role, spec=main, playbook=playbook, guide=f"../../docs/{guide}.md", row=_row)


def _text(text: str) -> str:
    """Ansible's markup as Markdown."""
    text = re.sub(r"\bL\(([^,)]+), *([^)]+)\)", r"[\1](\2)", text)
    return re.sub(r"\b(?:C|E|M|O|P|RV|V)\(((?:[^()\\]|\\.)*)\)", r"`\1`", text)


def _row(name: str, option: t.Mapping[str, t.Any]) -> str:
    """A row of a table of options."""
    said = option["description"] if isinstance(option["description"], list) else [option["description"]]
    words = [" ".join(map(_text, said)), "**Required.**" if option.get("required") else ""]
    if option.get("choices"):
        words.append("One of %s." % ", ".join("`%s`" % choice for choice in option["choices"]))
    kind = "list of %s" % option.get("elements", "str") if option.get("type") == "list" else option.get("type", "str")
    default = "`%s`" % json.dumps(option["default"], ensure_ascii=False).strip('"') if option.get("default") is not None else ""
    cells = [f"`{name}`", " ".join(filter(None, words)), kind, default]
    return "| %s |" % " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells)


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
    if ROOT.parts[-3:] == stage.COLLECTION.parts:  # it imports from the collection: this tree itself, or its copy
        base = ROOT.parents[2]
    else:
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
        for name, wanted in (("meta/argument_specs.yml", text), ("README.md", readme(role, spec))):
            path = ROOT / "roles" / role / name
            if path.exists() and path.read_text() == wanted:
                continue
            if "--check" in sys.argv[1:]:
                complaints.append(f"{path.relative_to(ROOT)} is not what tests/tools/role_variables.yml says: run make argument-specs")
            else:
                path.write_text(wanted)
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
