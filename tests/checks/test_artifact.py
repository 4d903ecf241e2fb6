# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive for Ansible Galaxy: what is in it, what Galaxy's importer says, and that it works where it is installed."""

from __future__ import annotations

import tarfile

import pytest
import yaml

from environment import ROOT, STAGED, run
from simulator.runner import Simulator

DEVELOPMENT = {".ci", ".gitignore", ".yamllint", "Makefile", "ansible.cfg", "pyproject.toml", "tests"}
INVENTORY = {
    "all": {
        "vars": {
            "ksv_virtual_server": "Tenant A",
            "ksv_product": {"name": "KSVLA", "version": "5.2.0.0"},
            "ksv_os_username": "Administrator",
            "ksv_os_password": "Local-Admin-1",
            "tenant_onboarding_poll_interval": 0.2,
        },
        "hosts": {"web-01": {"ansible_host": "10.20.0.11"}},
    }
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    run("ansible-galaxy", "collection", "build", "--output-path", str(folder))
    (archive,) = folder.glob("ksv-light_agent-*.tar.gz")
    return archive


def test_nothing_of_the_development_is_in_it(archive):
    with tarfile.open(archive) as file:
        names = file.getnames()
    assert not [name for name in names if name.split("/")[0] in DEVELOPMENT or name.startswith("requirements-") or "/molecule" in name]
    shipped = {"README.md", "CHANGELOG.rst", "LICENSE", "requirements.txt", "meta/runtime.yml", "meta/execution-environment.yml"}
    assert shipped <= set(names)
    assert {name.split("/")[0] for name in names} >= {"plugins", "roles", "playbooks", "docs", "changelogs", "extensions"}


@pytest.mark.long
def test_galaxy_imports_it_without_a_complaint(archive, tmp_path):
    (tmp_path / "galaxy-importer.cfg").write_text("[galaxy-importer]\nCHECK_REQUIRED_TAGS = True\n")
    output = run("python", "-m", "galaxy_importer.main", str(archive), folder=tmp_path, GALAXY_IMPORTER_CONFIG="galaxy-importer.cfg")
    assert not [line for line in output.splitlines() if line.startswith(("WARNING", "ERROR"))], output
    assert "Importer processing completed successfully" in output


@pytest.mark.long
def test_it_works_where_it_is_installed(archive, tmp_path):
    alone = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections"), "ANSIBLE_CONFIG": ""}
    run("ansible-galaxy", "collection", "install", str(archive), "--offline", "-p", "collections", folder=tmp_path, **alone)
    playbooks = sorted(found.stem for found in (STAGED / "playbooks").glob("*.yml"))
    names = ["ksv.light_agent.%s" % name for name in playbooks if "awx" not in name]
    run("ansible-playbook", "--syntax-check", *names, folder=tmp_path, **alone)
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump(INVENTORY))
    with Simulator(speed=200) as simulator:
        words = ("ansible-playbook", "ksv.light_agent.onboard_tenant", "-i", "inventory.yml")
        first, second = (run(*words, folder=tmp_path, **alone, **simulator.environment()) for _run in range(2))
    assert "changed=1" in first
    assert "changed=0" in second
    assert "ksv.light_agent" in run("ansible-doc", "-l", "ksv.light_agent", folder=tmp_path, **alone)


def test_galaxy_yml_names_where_it_lives():
    said = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert all(said[key].startswith("https://") for key in ("repository", "documentation", "homepage", "issues"))
