# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the action groups of meta/runtime.yml from the names of the modules.

Usage: python3 tests/tools/update_action_groups.py [--check]    (--check only compares, and fails when they differ)
"""

from __future__ import annotations

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "meta" / "runtime.yml"
PREFIXES = {"ksc": "ksc_", "viis": "viis_"}
HEADER = """\
---
# The groups are written by `make action-groups`.
requires_ansible: ">=2.16.0"
"""


def module_names() -> list[str]:
    """The names of the modules that talk to a server. A file that only documents an action has no code."""
    found = (ROOT / "plugins" / "modules").glob("*.py")
    return sorted(path.stem for path in found if "\ndef main(" in path.read_text())


def runtime(names: list[str]) -> str:
    """What meta/runtime.yml should say."""
    strangers = [name for name in names if not name.startswith(tuple(PREFIXES.values()))]
    if strangers:
        sys.exit(f"A module's name starts with {' or '.join(PREFIXES.values())}; these do not: {', '.join(strangers)}")
    groups = {"all": names}
    groups.update({group: [name for name in names if name.startswith(prefix)] for group, prefix in PREFIXES.items()})
    lines = [HEADER + "action_groups:"]
    for group, members in groups.items():
        lines += [f"  {group}:", *(f"    - {name}" for name in members)] if members else [f"  {group}: []"]
    return "\n".join(lines) + "\n"


def _says_its_group(name: str) -> bool:
    text = (ROOT / "plugins" / "modules" / f"{name}.py").read_text()
    return all(not name.startswith(prefix) or f"._attributes.{group}\n" in text for group, prefix in PREFIXES.items())


def main() -> int:
    names = module_names()
    wanted = runtime(names)
    silent = [name for name in names if not _says_its_group(name)]
    if silent:
        print(f"These modules do not document their action group, by the fragment _attributes.(ksc|viis): {', '.join(silent)}")
        return 1
    if RUNTIME.exists() and RUNTIME.read_text() == wanted:
        return 0
    if "--check" in sys.argv[1:]:
        print("meta/runtime.yml does not name exactly the modules of plugins/modules: run make action-groups")
        return 1
    RUNTIME.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
