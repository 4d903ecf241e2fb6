# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The linters, type checkers and generators that look at the whole collection: `make lint`."""

from __future__ import annotations

import pytest

from environment import ROOT, run

pytestmark = pytest.mark.lint
TOOLS = [
    pytest.param("ansible-lint --offline --strict --profile production", marks=pytest.mark.long),
    "antsibull-changelog lint",
    pytest.param("antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .", marks=pytest.mark.long),
    "mypy -p ansible_collections.ksv.light_agent.plugins",
    "mypy -p simulator",
    "mypy tests/tools",
    "python tests/tools/check_rules.py",
    "python tests/tools/update_action_groups.py --check",
    "python tests/tools/update_argument_specs.py --check",
    "ruff check .",
    "ruff format --check --diff .",
    "yamllint --strict .",
]


@pytest.mark.parametrize("command", TOOLS)
def test_a_tool_has_nothing_to_say_against_the_collection(command):
    run(*command.split())


@pytest.mark.long
def test_the_documentation_becomes_web_pages_without_a_warning():
    run("python", "tests/tools/build_docs.py", "--strict", folder=ROOT)
