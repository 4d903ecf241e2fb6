# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example of the documentation is one that works: its syntax, its arguments, its variables, its commands, its links."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader

from unit.docs.examples import (
    PAGES,
    ROOT,
    Block,
    Wrong,
    action_groups,
    blocks,
    check_command,
    check_link,
    check_yaml,
    commands,
    links,
    modules,
    playbooks,
    plugin_examples,
    roles,
)

EXAMPLES = [block for page in PAGES for block in blocks(page) if block.language in ("yaml", "yml")] + list(plugin_examples())
REACHED = {
    **{"KSC_%s" % name: "given" for name in ("SERVER", "USERNAME", "PASSWORD")},
    **{"VIIS_%s" % name: "given" for name in ("SERVER", "PASSWORD")},
}


@pytest.fixture(autouse=True)
def servers_in_the_environment(monkeypatch):
    """Examples need not say how a server is reached each time."""
    for name, value in REACHED.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module", autouse=True)
def plugins():
    init_plugin_loader([str(ROOT / ".build")])


@pytest.mark.parametrize("block", EXAMPLES, ids=[block.where for block in EXAMPLES])
def test_arguments_and_variables(block):
    check_yaml(block)


def test_syntax(tmp_path):
    files = []
    for number, block in enumerate(EXAMPLES):
        plays = check_yaml(block)
        if plays and not re.search(r"^ *awx\.awx\.", block.text, re.MULTILINE):
            files.append(tmp_path / ("%d-%s.yml" % (number, re.sub(r"\W+", "-", block.where))))
            files[-1].write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    assert len(files) >= 30
    run = subprocess.run(
        ["ansible-playbook", "--syntax-check", "-i", "localhost,", *map(str, files)],
        env=dict(os.environ, ANSIBLE_NOCOLOR="1"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("playbook: ") == len(files)


def test_inventories(tmp_path):
    found = 0
    for block in EXAMPLES:
        data = yaml.safe_load(block.text) if block.where.startswith(("docs/", "README")) and "---" not in block.text else None
        if isinstance(data, dict) and "all" in data and ("hosts" in data["all"] or "children" in data["all"]):
            path = tmp_path / ("%d.yml" % found)
            path.write_text(block.text, encoding="utf-8")
            assert InventoryManager(DataLoader(), sources=[str(path)]).get_hosts(), block.where
            found += 1
    assert found >= 5


COMMANDS = [command for page in PAGES for command in commands(page)]


@pytest.mark.parametrize(("where", "line"), COMMANDS, ids=["%s: %s" % command for command in COMMANDS])
def test_commands(where, line):
    check_command(where, line)


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links(page):
    for link in links(page):
        check_link(page, link)


def test_pages_that_list_things_list_all():
    for page, names in (("playbooks", playbooks()), ("procedures", modules() | set(roles()))):
        text = (ROOT / "docs" / ("%s.md" % page)).read_text(encoding="utf-8")
        assert {name for name in names if "`%s`" % name not in text} == set(), page


TASK = "- name: Example\n  ksv.light_agent.%s: {%s}\n"
WRONG = {
    "option": (TASK % ("ksc_host", "ip: [192.0.2.11], virtual_sever: Tenant A"), "virtual_sever"),
    "nested option": (TASK % ("ksc_host", "hosts: [{ip: 192.0.2.11, groop: Web}]"), "groop"),
    "choice": (TASK % ("ksc_host", "ip: [192.0.2.11], state: there"), "value of state"),
    "type": (TASK % ("ksc_host", "ip: [192.0.2.11], wait_timeout: soon"), "wait_timeout"),
    "missing": (TASK % ("viis_svm", "state: present"), "missing required arguments: svms"),
    "module": (TASK % ("ksc_hots", "ip: [192.0.2.11]"), "ksc_hots"),
    "builtin": ("- name: Example\n  ansible.builtin.debug: {mgs: text}\n", "mgs"),
    "keyword": ("- name: Example\n  ksv.light_agent.ksc_host: {ip: [192.0.2.11]}\n  wen: true\n", "wen"),
    "short name": ("- name: Example\n  debug: {msg: text}\n", "debug"),
    "role": ("- hosts: all\n  tasks:\n    - ansible.builtin.import_role: {name: ksv.light_agent.tenant_onbording}\n", "tenant_onbording"),
    "variable": ("all:\n  vars: {ksv_virtual_sever: Tenant A}\n", "ksv_virtual_sever"),
    "member": ("all:\n  hosts:\n    web-01: {ksv_product: {name: KSVLA, vershun: 5.2.0.0}}\n", "vershun"),
    "member of a list": ("ksv_groups: [{path: Web, notify_day: 7}]\n", "notify_day"),
    "group of an inventory": ("all:\n  childs: {tenant_a: {}}\n", "childs"),
    "defaults": (
        "- hosts: all\n  module_defaults: {group/ksv.light_agent.ksc: {sever: a}}\n  tasks: [ksv.light_agent.ksc_host: {ip: "
        "[192.0.2.1]}]\n",
        "sever",
    ),
    "yaml": ("all: [\n", "while parsing"),
    "kind": ("fruit: apple\n", "neither"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_example_is_noticed(name):
    text, why = WRONG[name]
    with pytest.raises(Wrong, match=re.escape(why)):
        check_yaml(Block("docs/example.md:1", "yaml", text))


@pytest.mark.parametrize(
    "line",
    [
        "ansible-playbook ksv.light_agent.onbord_tenant -i inventory.yml",
        "ansible-playbook ksv.light_agent.onboard_tenant --chek",
        "ansible-playbook ksv.light_agent.onboard_tenant -e tenant_onboarding_wave=1",
        "ansible-playbook ksv.light_agent.onboard_tenant --tags tenant_onboarding_moove",
        "ansible-doc ksv.light_agent.ksc_hosts",
        "ansible-doc -t role ksv.light_agent.ksc_host",
        "make demmo",
        "make simulator WORD=first-year",
        "ansible-playbok site.yml",
    ],
)
def test_a_wrong_command_is_noticed(line):
    with pytest.raises(Wrong):
        check_command("docs/example.md:1", line)


@pytest.mark.parametrize("link", ["nowhere.md", "tenants.md#no-such-heading", "#no-such-heading"])
def test_a_wrong_link_is_noticed(link):
    with pytest.raises(Wrong):
        check_link(ROOT / "docs" / "first-year.md", link)


def test_what_the_checks_compare_with():
    assert "ksc_host" in action_groups()["ksc"] and len(EXAMPLES) >= 40 and len(COMMANDS) >= 40
