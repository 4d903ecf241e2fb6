# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-ins for AWX: its REST API, and how it runs jobs."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = ROOT / ".build" / "ansible_collections" / "ksv" / "light_agent"
PROJECT = COLLECTION / "extensions" / "awx" / "project"
DATA = COLLECTION / "playbooks" / "vars" / "awx"
FILES = ("names", "credential_types", "resources", "job_templates", "workflows")
FOUND = "found"  # what the playbook reads from AWX, no data
SETTINGS = {
    "setup_awx_project_url": "https://git.example.com/security/light-agent.git",
    "setup_awx_image": "registry.example.com/ksv-light-agent:1.0.0",
}


@pytest.fixture(scope="session")
def awx_collection() -> pathlib.Path:
    """The folder that holds the collection awx.awx."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "tools" / "awx_collection.py")], check=False, capture_output=True, text=True
    )
    if done.returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(done.stderr.strip().splitlines()[-1])
    return pathlib.Path(done.stdout.strip())


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """What playbooks/vars/awx describes, by variable, as Ansible makes it of the files, with the names that are the default."""
    folder = tmp_path_factory.mktemp("awx-data")
    names = [name for file in FILES for name in re.findall(r"^(controller_\w+):", (DATA / (file + ".yml")).read_text(), re.MULTILINE)]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": SETTINGS,
        "vars_files": [str(DATA / (file + ".yml")) for file in FILES],
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "content": "{{ {%s} | to_json }}" % ", ".join("'%s': %s" % (name, name) for name in names),
                    "dest": str(folder / "data.json"),
                    "mode": "0600",
                }
            }
        ],
    }
    (folder / "play.yml").write_text(json.dumps([play]))
    env = {name: value for name, value in os.environ.items() if not name.startswith(("KSC_", "VIIS_"))}
    variables = json.dumps(SETTINGS)
    command = ["ansible-playbook", "play.yml", "-e", variables]
    done = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, t.Any] = json.loads((folder / "data.json").read_text())
    return found
