# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment, as far as ansible-builder goes without a container engine: what it resolves, and what it is going to build."""

from __future__ import annotations

import re
import shutil
import subprocess

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from .conftest import COLLECTION, ROOT

DEFINITION = COLLECTION / "extensions" / "awx" / "execution-environment.yml"


def run(*command, folder):
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_the_collection_needs_is_found():
    found = yaml.safe_load(run("ansible-builder", "introspect", str(ROOT / ".build"), folder=ROOT))
    assert [Requirement(line.partition("#")[0]).name for line in found["python"]] == ["requests"]
    assert not found.get("system")


def test_the_example_becomes_a_build_context_that_fits_the_collection(tmp_path):
    version = yaml.safe_load((COLLECTION / "galaxy.yml").read_text())["version"]
    archive = "ksv-light_agent-%s.tar.gz" % version
    run("ansible-galaxy", "collection", "build", "--output-path", str(tmp_path), folder=COLLECTION)
    shutil.copy(DEFINITION, tmp_path)
    run("ansible-builder", "create", "--output-filename", "Containerfile", folder=tmp_path)
    context = tmp_path / "context"
    containerfile = (context / "Containerfile").read_text()
    assert "FROM $EE_BASE_IMAGE" in containerfile and "python3.12" in containerfile

    # The archive that the comment of the definition names is the one that is built, and where the requirements look for it.
    (wanted,) = yaml.safe_load((context / "_build" / "requirements.yml").read_text())["collections"]
    assert wanted == {"name": "/build/archives/" + archive, "type": "file"}
    assert (context / "_build" / "archives" / archive).is_file() and "COPY _build /build\n" in containerfile
    assert set(re.findall(r"\d+\.\d+\.\d+(?=\.tar\.gz)", DEFINITION.read_text())) == {version}

    # What is installed beside it.
    core = Requirement(re.search(r"ansible-core[^\s\"]*", containerfile)[0])
    requires = SpecifierSet(yaml.safe_load((COLLECTION / "meta" / "runtime.yml").read_text())["requires_ansible"])
    assert all(release in requires for release in core.specifier.filter(["2.15.0", "2.16.0", "2.18.1", "2.19.0", "2.19.14", "2.21.0"]))
    assert list(core.specifier.filter(["2.19.0", "2.19.14"]))

    # The archive itself resolves as it is going to in the image.
    installed = tmp_path / "collections"
    galaxy = ("ansible-galaxy", "collection", "install", archive, "--force", "--offline", "--no-deps", "-p", str(installed))
    run(*galaxy, folder=tmp_path)
    found = run("ansible-builder", "introspect", str(installed), folder=tmp_path)
    assert "requests>=" in found
    files = installed / "ansible_collections" / "ksv" / "light_agent" / "extensions" / "awx"
    assert (files / "execution-environment.yml").is_file() and (files / "project" / "onboard_tenant.yml").is_file()
