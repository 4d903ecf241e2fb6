# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""setup_awx.yml, with the modules of awx.awx, against a small AWX of our own; and its data against the modules' argument specs."""

from __future__ import annotations

import copy
import importlib
import json
import os
import re
import subprocess
import sys

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from awx.api import ENCRYPTED, Awx, breaking

from .conftest import COLLECTION, DATA, FILES, PROJECT, SETTINGS

MODULES = {
    "controller_organizations": "organization",
    "controller_credential_types": "credential_type",
    "controller_credentials": "credential",
    "controller_execution_environments": "execution_environment",
    "controller_projects": "project",
    "controller_inventories": "inventory",
    "controller_inventory_sources": "inventory_source",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
    "controller_schedules": "schedule",
}
SECRETS = ("Awx-Admin-1", "Token-Secret-", "Ksc-Secret-1", "Viis-Secret-1", "Windows-Secret-1", "Svm-Secret-1")
RECAP = re.compile(r"^localhost +: ok=(\d+) +changed=(\d+)", re.MULTILINE)
ACCOUNTS = {
    "setup_awx_installation_accounts": {"windows_username": "Administrator", "windows_password": "Windows-Secret-1"},
    "setup_awx_svm_accounts": {"root_password": "Svm-Secret-1"},
}


def tasks():
    (play,) = yaml.safe_load((COLLECTION / "playbooks" / "setup_awx.yml").read_text())
    return {name.removeprefix("awx.awx."): task[name] for task in play["tasks"] for name in task if name.startswith("awx.awx.")}


class NoModule(Exception):
    """Carries the argument spec of a module instead of letting it run."""


@pytest.fixture
def argument_spec(awx_collection, monkeypatch):
    monkeypatch.syspath_prepend(str(awx_collection))
    package = sys.modules.get("ansible_collections")
    if package is not None:
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(awx_collection / "ansible_collections")])

    def spec(name):
        module = importlib.import_module("ansible_collections.awx.awx.plugins.modules." + name)

        def stop(argument_spec, **_more):
            raise NoModule(argument_spec)

        monkeypatch.setattr(module, "ControllerAPIModule", stop)
        with pytest.raises(NoModule) as stopped:
            module.main()
        return stopped.value.args[0]

    return spec


def test_the_data_and_the_playbook_fit_the_argument_specs(data, argument_spec):
    assert set(data) == set(MODULES)
    passed = tasks()
    assert set(passed) == set(MODULES.values())
    for variable, module in MODULES.items():
        spec = argument_spec(module)
        assert data[variable]
        assert set(passed[module]) <= set(spec)
        for item in data[variable]:
            checked = ArgumentSpecValidator(spec).validate(copy.deepcopy(item))
            assert checked.error_messages == [], (module, item["name"])
            # What the playbook does not pass on would be described in vain; the credential of a private registry is optional.
            assert set(item) <= set(passed[module]), (module, item["name"])


def test_the_data_is_whole(data):
    playbooks = {path.name for path in (COLLECTION / "playbooks").glob("*.yml")} - {"setup_awx.yml"}
    assert {path.name for path in PROJECT.glob("*.yml")} == playbooks
    assert {template["playbook"] for template in data["controller_templates"]} == playbooks
    for path in PROJECT.glob("*.yml"):
        (play,) = yaml.safe_load(path.read_text())
        assert play["ansible.builtin.import_playbook"] == "ksv.light_agent." + path.stem
    defaults = "".join(path.read_text() for path in [*COLLECTION.glob("roles/*/meta/*.yml"), *COLLECTION.glob("playbooks/*.yml")])
    for template in data["controller_templates"]:
        questions = template["survey_spec"]["spec"]
        assert template["survey_enabled"] and questions
        for question in questions:
            # A blank answer would override the inventory with nothing; and the variable is one that a role or a playbook reads.
            assert question["required"] and "default" in question, question
            assert question["type"] != "password" and re.search(r"\b%s\b" % question["variable"], defaults)
        # Who may execute only could otherwise send the credential to a server of his own.
        assert not template["ask_variables_on_launch"]
        longest = max((question["max"] for question in questions if question["variable"].endswith("_timeout")), default=0)
        assert longest < template["timeout"]
    # Each host has a secret of its own: an injected extra variable under a name that a role reads would be that of all tenants.
    injected = {name for kind in data["controller_credential_types"] for name in kind["injectors"].get("extra_vars", ())}
    assert injected and all(name.startswith("ksv_awx_") for name in injected)
    read = "".join(path.read_text() for path in PROJECT.glob("inventory/**/*.yml"))
    assert all(name in read for name in injected)


class Setup:
    """Runs the playbook against a server."""

    def __init__(self, awx, folder, collections):
        self._awx = awx
        self._folder = folder
        self._collections = collections
        (folder / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")

    def run(self, *arguments, settings=None, env=None):
        variables = self._folder / "my-awx.yml"
        variables.write_text(yaml.safe_dump({**SETTINGS, **ACCOUNTS} if settings is None else settings))
        here = {name: value for name, value in os.environ.items() if not name.startswith(("KSC_", "VIIS_", "CONTROLLER_", "TOWER_"))}
        known = {"KSC_SERVER": "ksc.example.com", "KSC_USERNAME": "svc-ansible", "KSC_PASSWORD": "Ksc-Secret-1"}
        known.update(KSC_INTERNAL_USER="true", KSC_CA_PATH=str(self._folder / "ca.pem"), VIIS_SERVER="viis.example.com")
        known.update(VIIS_PASSWORD="Viis-Secret-1", CONTROLLER_HOST=self._awx.url, CONTROLLER_USERNAME="admin")
        paths = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], str(self._collections)])
        known.update(CONTROLLER_PASSWORD="Awx-Admin-1", ANSIBLE_COLLECTIONS_PATH=paths, ANSIBLE_PIPELINING="true")
        command = ["ansible-playbook", "ksv.light_agent.setup_awx", "-e", "@my-awx.yml", "-vv", *arguments]
        done = subprocess.run(
            command,
            cwd=self._folder,
            env={**here, **known, **(env or {})},
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
        )
        print(done.stdout, done.stderr)
        shown = done.stdout + done.stderr
        assert "Traceback" not in shown and "[WARNING]" not in shown.replace("[WARNING]: No inventory was parsed", "")
        assert not any(secret in shown for secret in SECRETS)
        assert self._awx.tokens == {}  # each module has logged out
        found = RECAP.search(shown)
        return done.returncode, int(found[2]) if found else 0


@pytest.fixture
def awx():
    with Awx(PROJECT) as awx:
        yield awx


@pytest.fixture
def setup(awx, tmp_path, awx_collection):
    return Setup(awx, tmp_path, awx_collection)


def test_awx_is_set_up_once_however_often_it_is_done(awx, setup, data):
    # The first run breaks in the middle of the job templates. Then somebody changes by hand what it has made: a field, a question, a
    # credential of a template, an injector. The second run corrects and completes all of it, the third has nothing to do.
    with breaking(awx, 30):
        assert setup.run()[0] == 2
    half = awx.names("job_templates")
    assert 1 < len(half) < len(data["controller_templates"])
    template = awx.named("job_templates", "Light Agent: Onboard tenants")
    template["verbosity"] = 4
    awx.surveys[template["id"]]["spec"].pop()
    awx.associations["job_templates", template["id"], "credentials"].pop()
    awx.named("credential_types", "Integration Server")["injectors"]["env"].pop("VIIS_CA_PATH")

    returncode, changed = setup.run()
    assert returncode == 0 and changed
    for variable, kind in (("templates", "job_templates"), ("workflows", "workflow_job_templates"), ("credential_types",) * 2):
        assert sorted(awx.names(kind)) == sorted(item["name"] for item in data["controller_" + variable])
    assert template["verbosity"] == 0
    (asked,) = (item["survey_spec"] for item in data["controller_templates"] if item["name"] == template["name"])
    assert awx.surveys[template["id"]] == asked
    assert "VIIS_CA_PATH" in awx.named("credential_types", "Integration Server")["injectors"]["env"]
    credentials = awx.associations["job_templates", template["id"], "credentials"]
    assert {awx.objects["credentials"][id]["name"] for id in credentials} == {
        "Kaspersky Security Center",
        "Light Agent installation accounts",
    }
    assert json.loads(template["extra_vars"]) == {"ksv_hosts": "tenants"}
    ksc = awx.named("credentials", "Kaspersky Security Center")
    assert ksc["inputs"]["password"] == ENCRYPTED and ksc["inputs"]["internal_user"] is True
    assert ksc["inputs"]["ca"].startswith("-----BEGIN CERTIFICATE-----\nMIIB\n")
    assert awx.secrets[ksc["id"]] == {"password": "Ksc-Secret-1"}
    nodes = {node["identifier"]: node for node in awx.objects["workflow_job_template_nodes"].values()}
    follows = {key[1:]: ids for key, ids in awx.associations.items() if key[0] == "workflow_job_template_nodes" and ids}
    assert follows == {
        (nodes["deploy-svms"]["id"], "success_nodes"): [nodes["onboard-tenants"]["id"]],
        (nodes["onboard-tenants"]["id"], "always_nodes"): [nodes["tenant-status"]["id"]],
    }

    awx.writes.clear()
    assert setup.run() == (0, 0)
    assert awx.writes == []


@pytest.mark.long
def test_other_names_and_credentials_that_are_filled_in_by_hand(awx, setup):
    names = {"setup_awx_organization": "Security", "setup_awx_name": "KSV", "setup_awx_ksc_credential": "KSC of the provider"}
    nothing = {"KSC_PASSWORD": "", "KSC_SERVER": "", "VIIS_PASSWORD": ""}
    tags = ("--tags", "setup_awx_credentials")
    assert setup.run("--tags", "setup_awx_resources,setup_awx_credentials", settings={**SETTINGS, **names}, env=nothing)[0] == 0
    assert awx.names("organizations") == ["Security"] and awx.names("projects") == ["KSV"]
    ksc = awx.named("credentials", "KSC of the provider")
    # As somebody does in the web interface.
    ksc["inputs"] = {"server": "ksc.example.com", "username": "svc", "password": ENCRYPTED}
    awx.secrets[ksc["id"]] = {"password": "By-Hand-1"}
    assert setup.run(*tags, settings={**SETTINGS, **names}, env=nothing) == (0, 0)
    assert ksc["inputs"]["username"] == "svc" and awx.secrets[ksc["id"]] == {"password": "By-Hand-1"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [({}, "setup_awx_project_url"), ({**SETTINGS, "setup_awx_project_url": "https://git.example.org/absent.git"}, "Project update failed")],
)
def test_what_is_missing_is_said(setup, capsys, settings, says):
    assert setup.run("--tags", "setup_awx_resources", settings=settings)[0] == 2
    assert says in " ".join(capsys.readouterr().out.split())


def test_the_files_of_the_data_are_those_that_the_playbook_reads():
    (play,) = yaml.safe_load((COLLECTION / "playbooks" / "setup_awx.yml").read_text())
    assert play["vars_files"] == ["vars/awx/%s.yml" % name for name in FILES]
    assert {path.stem for path in DATA.glob("*.yml")} == set(FILES)
