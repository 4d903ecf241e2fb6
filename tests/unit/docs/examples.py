# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the examples in the documentation, and checks them against what the collection really takes."""

from __future__ import annotations

import ast
import copy
import functools
import importlib
import importlib.util
import json
import pathlib
import re
import shlex
import textwrap
import typing as t

import yaml
from ansible.cli.playbook import PlaybookCLI
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.playbook.task import Task
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "tests" / "simulator" / "README.md"])
# Pages about data of other programs, which tests of their own check: blocks of an unknown kind only have to be YAML.
OTHER_PROGRAMS = ("docs/awx.md", "docs/event-driven.md")
OURS = "ksv.light_agent."
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
TEMPLATE = re.compile(r"\{\{.*\}\}|\{%", re.DOTALL)
FILE_NAME = re.compile(r"\s*# \S+\.yml\n")
# Keywords of a task that are no module.
KEYWORDS = {*Task.fattributes, "block", "rescue", "always"}
GROUP_KEYS = {"hosts", "vars", "children"}
# Arguments of these are of somebody else's choosing.
FREE_FORM = {"ansible.builtin.set_fact"}
SHELL = {"export", ".", "cd", "cp", "git", "pip", "podman"}
PROGRAMS = SHELL | {"ansible", "ansible-builder", "ansible-galaxy", "ansible-inventory", "ansible-rulebook", "ansible-vault"}


class Wrong(AssertionError):
    """An example that a user could not use; the text says why."""


class Block(t.NamedTuple):
    """An example: where it is, its language and its text."""

    where: str
    language: str
    text: str


def blocks(page: pathlib.Path) -> t.Iterator[Block]:
    """The fenced blocks of a Markdown page."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block("%s:%d" % (page.relative_to(ROOT), line), found[2], textwrap.dedent(found[3]))


def plugin_examples() -> t.Iterator[Block]:
    """EXAMPLES of each module and plugin, in Python or in a file beside it."""
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
                yield Block(str(path.relative_to(ROOT)), "yaml", ast.literal_eval(node.value))
    for path in sorted((ROOT / "plugins").rglob("*.yml")):
        yield Block(str(path.relative_to(ROOT)), "yaml", yaml.safe_load(path.read_text(encoding="utf-8"))["EXAMPLES"])


# What there is


@functools.cache
def playbooks() -> frozenset[str]:
    return frozenset(path.stem for path in (ROOT / "playbooks").glob("*.yml"))


@functools.cache
def modules() -> frozenset[str]:
    return frozenset(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


@functools.cache
def roles() -> dict[str, t.Any]:
    """The options of each role."""
    specs = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")))
    names = sorted(path.parts[-3] for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"))
    return {name: spec["argument_specs"]["main"]["options"] for name, spec in zip(names, specs)}


@functools.cache
def variables() -> dict[str, t.Any]:
    """Each variable of a role, a playbook or a rulebook; only those of roles have a type."""
    files = [*(ROOT / "playbooks").glob("*.yml"), *(ROOT / "extensions" / "eda").rglob("*.yml")]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    found: dict[str, t.Any] = {name: {"type": "raw"} for name in re.findall(r"(\w+) \| default\(", text)}
    for path in (ROOT / "playbooks" / "vars").rglob("*.yml"):
        names = re.findall(r"^(\w+):", path.read_text(encoding="utf-8"), re.MULTILINE)
        found.update({name: {"type": "raw"} for name in names})
    for options in roles().values():
        found.update(options)
    return found


@functools.cache
def tags() -> frozenset[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "roles").glob("*/tasks/*.yml"))
    return frozenset(tag.strip() for line in re.findall(r"tags: \[?([\w, ]+)", text) for tag in line.split(","))


@functools.cache
def action_groups() -> dict[str, list[str]]:
    return yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]


@functools.cache
def module_spec(name: str) -> dict[str, t.Any]:
    """The arguments of ArgumentSpecValidator for a module: ours as the module itself has them, another as it is documented."""
    if name.startswith(OURS):
        module = importlib.import_module("ansible_collections.ksv.light_agent.plugins.modules." + name.removeprefix(OURS))
        taken: list[t.Any] = []
        for runner in ("run", "run_info"):
            if hasattr(module, runner):
                setattr(module, runner, lambda spec, *_others, **_more: taken.append(spec))
        if hasattr(module, "run") or hasattr(module, "run_info"):
            module.main()
            spec = taken[0]
            rules = ("required_together", "required_one_of", "required_by", "required_if", "mutually_exclusive")
            return {"argument_spec": dict(spec.arguments), **{rule: getattr(spec, rule) or None for rule in rules}}
        path = pathlib.Path(str(module.__file__))
    else:
        found = importlib.util.find_spec("ansible.modules." + name.removeprefix("ansible.builtin."))
        if found is None or found.origin is None:
            raise Wrong("there is no module %s" % name)
        path = pathlib.Path(found.origin)
    documentation = get_docstring(str(path), fragment_loader, collection_name="ksv.light_agent", plugin_type="module")[0]
    return {"argument_spec": documented(documentation.get("options") or {})}


def documented(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Options as documentation has them, as an argument spec."""
    spec = {}
    for name, option in options.items():
        known = {key: option[key] for key in ("type", "elements", "choices", "aliases", "required") if option.get(key) is not None}
        nested = option.get("suboptions") or option.get("options")
        if nested:
            known["options"] = documented(nested)
        spec[name] = known
    return spec


# Arguments


def fits(value: t.Any, option: dict[str, t.Any]) -> tuple[t.Any, dict[str, t.Any]]:
    """A value and its option, so that what a template will give is taken for right."""
    if isinstance(value, str) and TEMPLATE.search(value):
        scalar = {"int": 1, "float": 1.0, "bool": True, "path": "/path", "str": "text"}
        kind = option.get("type", "str")
        if option.get("choices") and kind not in ("list", "dict"):
            return option["choices"][0], option
        return (scalar[kind], option) if kind in scalar else (value, {"type": "raw", "aliases": option.get("aliases", [])})
    if option.get("type") == "list" and isinstance(value, list):
        item = {**{key: option[key] for key in ("options", "choices") if key in option}, "type": option.get("elements", "raw")}
        pairs = [fits(entry, item) for entry in value]
        if any(changed["type"] != item["type"] for _entry, changed in pairs):
            return value, {"type": "raw", "aliases": option.get("aliases", [])}
        options = pairs[0][1].get("options") if pairs and len(pairs) == 1 else option.get("options")
        return [entry for entry, _changed in pairs], {**option, **({"options": options} if options else {})}
    if option.get("type") == "dict" and isinstance(value, dict) and option.get("options"):
        given, options = fitting(value, option["options"])
        return given, {**option, "options": options}
    return value, option


def fitting(given: dict[str, t.Any], options: dict[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    names = {alias: name for name, option in options.items() for alias in (name, *(option.get("aliases") or ()))}
    fitted, spec = dict(given), dict(options)
    for key, value in given.items():
        if key in names:
            fitted[key], spec[names[key]] = fits(value, options[names[key]])
    return fitted, spec


def check_arguments(where: str, given: dict[str, t.Any], spec: dict[str, t.Any]) -> None:
    fitted, options = fitting(copy.deepcopy(given), spec["argument_spec"])
    rules = {name: rule for name, rule in spec.items() if name not in ("argument_spec", "required_by")}
    result = ArgumentSpecValidator(options, **rules).validate(fitted)
    if result.error_messages:
        raise Wrong("%s: %s" % (where, "; ".join(result.error_messages)))


def check_variables(where: str, given: dict[str, t.Any]) -> None:
    """Variables that an inventory, a file of variables or ``-e`` sets."""
    for name, value in given.items():
        if name.startswith(("ansible_", "vault_")):
            continue
        if name not in variables():
            raise Wrong("%s: there is no variable %s" % (where, name))
        check_arguments("%s: %s" % (where, name), {name: value}, {"argument_spec": {name: as_spec(variables()[name])}})


def as_spec(option: dict[str, t.Any]) -> dict[str, t.Any]:
    return documented({"option": option})["option"]


# YAML


def check_yaml(block: Block) -> list[t.Any]:
    """Check a block; what is returned is a playbook for ``ansible-playbook --syntax-check``, or empty."""
    try:
        data = list(yaml.safe_load_all(block.text))
    except yaml.YAMLError as error:
        raise Wrong("%s: %s" % (block.where, error)) from None
    plays: list[t.Any] = []
    for document in data:
        plays += check_document(block, document)
    return plays


def check_document(block: Block, data: t.Any) -> list[t.Any]:
    where = block.where
    if isinstance(data, list) and all(isinstance(item, dict) for item in data):
        if any("sources" in item for item in data):
            return []
        if all("hosts" in item or "ansible.builtin.import_playbook" in item for item in data):
            for play in data:
                check_play(where, play)
            return data
        check_tasks(where, data, {})
        return [{"hosts": "all", "gather_facts": False, "tasks": data}]
    if isinstance(data, dict) and "plugin" in data:
        check_plugin(where, data)
    elif isinstance(data, dict) and "all" in data:
        check_group(where, data["all"])
    elif isinstance(data, dict) and data and all(isinstance(value, dict) and set(value) <= GROUP_KEYS for value in data.values()):
        for group in data.values():
            check_group(where, group)
    elif isinstance(data, dict) and (FILE_NAME.match(block.text) or all(name in variables() for name in data)):
        check_variables(where, data)
    elif not where.startswith(OTHER_PROGRAMS):
        raise Wrong("%s: neither a playbook, nor tasks, nor an inventory, nor variables" % where)
    return []


def check_group(where: str, group: dict[str, t.Any] | None) -> None:
    if not set(group or {}) <= GROUP_KEYS:
        raise Wrong("%s: a group of an inventory has no %s" % (where, ", ".join(set(group or {}) - GROUP_KEYS)))
    check_variables(where, (group or {}).get("vars") or {})
    for host in ((group or {}).get("hosts") or {}).values():
        check_variables(where, host or {})
    for child in ((group or {}).get("children") or {}).values():
        check_group(where, child)


def check_plugin(where: str, data: dict[str, t.Any]) -> None:
    """The file of an inventory plugin."""
    path = ROOT / "plugins" / "inventory" / (data["plugin"].removeprefix(OURS) + ".py")
    if not data["plugin"].startswith(OURS) or not path.exists():
        raise Wrong("%s: there is no inventory plugin %s" % (where, data["plugin"]))
    documentation = get_docstring(str(path), fragment_loader, collection_name="ksv.light_agent", plugin_type="inventory")[0]
    check_arguments(where, data, {"argument_spec": documented(documentation["options"])})


def check_play(where: str, play: dict[str, t.Any]) -> None:
    check_variables(where, play.get("vars") or {})
    for part in ("pre_tasks", "tasks", "post_tasks", "handlers"):
        check_tasks(where, play.get(part) or [], play.get("module_defaults") or {})
    for role in play.get("roles") or []:
        check_role(where, role["role"] if isinstance(role, dict) else role)


def check_role(where: str, name: str) -> None:
    if name.startswith(OURS) and name.removeprefix(OURS) not in roles():
        raise Wrong("%s: there is no role %s" % (where, name))


def check_tasks(where: str, tasks: list[dict[str, t.Any]], defaults: dict[str, t.Any]) -> None:
    for task in tasks:
        defaults_here = {**defaults, **(task.get("module_defaults") or {})}
        for part in ("block", "rescue", "always"):
            check_tasks(where, task.get(part) or [], defaults_here)
        for name in set(task) - KEYWORDS:
            check_task(where, name, task[name] or {}, defaults_here)
            if name.endswith(("import_role", "include_role")):
                check_role(where, task[name]["name"])
                check_variables(where, task.get("vars") or {})


def check_task(where: str, name: str, arguments: t.Any, defaults: dict[str, t.Any]) -> None:
    if "." not in name:
        raise Wrong("%s: %s is neither a keyword nor the full name of a module" % (where, name))
    if name in FREE_FORM or not name.startswith((OURS, "ansible.builtin.")):
        return
    if name.startswith(OURS) and name.removeprefix(OURS) not in modules():
        raise Wrong("%s: there is no module %s" % (where, name))
    spec = module_spec(name)
    known = {alias for option, value in spec["argument_spec"].items() for alias in (option, *(value.get("aliases") or ()))}
    given: dict[str, t.Any] = {}
    for group, values in defaults.items():
        check_defaults(where, group, values)
        members = action_groups().get(group.removeprefix("group/" + OURS), []) if group.startswith("group/") else [group.removeprefix(OURS)]
        if name.removeprefix(OURS) in members and isinstance(values, dict):
            given.update({key: value for key, value in values.items() if key in known})
    check_arguments("%s: %s" % (where, name), {**given, **arguments}, spec)


def check_defaults(where: str, group: str, values: t.Any) -> None:
    """Each option of module_defaults is one of a module of the group."""
    if not isinstance(values, dict):
        return
    members = (
        [group]
        if not group.startswith("group/")
        else [OURS + name for name in action_groups().get(group.removeprefix("group/" + OURS), [])]
    )
    if not members:
        raise Wrong("%s: there is no action group %s" % (where, group))
    for option in values:
        if not any(option in module_spec(member)["argument_spec"] for member in members):
            raise Wrong("%s: no module of %s has an option %s" % (where, group, option))


# Commands


def commands(page: pathlib.Path) -> t.Iterator[tuple[str, str]]:
    """The commands of a page: those of console blocks, and those in its text."""
    for block in blocks(page):
        if block.language == "console":
            for line in block.text.replace("\\\n", " ").splitlines():
                yield block.where, line
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for span in SPAN.findall(text):
        if span.startswith(("ansible-playbook ", "ansible-doc ", "make ")):
            yield str(page.relative_to(ROOT)), span


def check_command(where: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    if not words:
        return
    program = pathlib.PurePath(words[0]).name if words[0] != "." else "."
    if program == "ansible-playbook":
        check_playbook_command(where, line, words)
    elif program == "ansible-doc":
        for word in words[1:]:
            if word.startswith(OURS) and not exists(word.removeprefix(OURS), words):
                raise Wrong("%s: %s: there is no %s" % (where, line, word))
    elif program == "make":
        check_make(where, line, words[1:])
    elif program not in PROGRAMS:
        raise Wrong("%s: nobody knows the command %s" % (where, line))


def exists(name: str, words: list[str]) -> bool:
    kind = words[words.index("-t") + 1] if "-t" in words else "module"
    if kind == "role":
        return name in roles()
    return (ROOT / "plugins" / {"module": "modules"}.get(kind, kind) / (name + ".py")).exists() or (
        ROOT / "plugins" / kind / (name + ".yml")
    ).exists()


def check_playbook_command(where: str, line: str, words: list[str]) -> None:
    cli = PlaybookCLI(words)
    cli.init_parser()
    try:
        options = cli.parser.parse_args(words[1:])
    except SystemExit:
        raise Wrong("%s: ansible-playbook does not take: %s" % (where, line)) from None
    for name in options.args:
        if name.startswith(OURS) and name.removeprefix(OURS) not in playbooks():
            raise Wrong("%s: there is no playbook %s" % (where, name))
    for extra in options.extra_vars:
        if extra.startswith("@") or extra == "...":
            continue
        check_variables(where, json.loads(extra) if extra.startswith("{") else dict(word.split("=", 1) for word in shlex.split(extra)))
    unknown = {tag for given in options.tags or () for tag in given.split(",")} - tags() - {"all"}
    if unknown:
        raise Wrong("%s: no role has the tag %s" % (where, ", ".join(sorted(unknown))))


def check_make(where: str, line: str, words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for word in words:
        name, equals, _value = word.partition("=")
        if not re.search(r"\$[({]%s\b" % name if equals else r"^%s:" % name, makefile, re.MULTILINE):
            raise Wrong("%s: the Makefile has no %s (%s)" % (where, name, line))


# Links


LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def links(page: pathlib.Path) -> list[str]:
    return LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: pathlib.Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


def check_link(page: pathlib.Path, link: str) -> None:
    if "://" in link or link.startswith("mailto:"):
        return
    path, _hash, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        raise Wrong("%s: there is no %s" % (page.relative_to(ROOT), link))
    if anchor and anchor not in anchors(target):
        raise Wrong("%s: %s has no heading #%s" % (page.relative_to(ROOT), target.name, anchor))
