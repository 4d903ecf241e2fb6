# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run setup_awx.yml with the modules of awx.awx against a stand-in for AWX, and check its data against the modules' argument specs."""

from __future__ import annotations

import copy
import hashlib
import importlib
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from awx.api import ASK, ASK_OF_WORKFLOWS, ENCRYPTED, Awx, Refused, answer_errors, breaking

from .conftest import COLLECTION, DATA, FILES, FOUND, PROJECT, SETTINGS

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
SECRETS = ("Awx-Admin-1", "Token-Secret-", "Ksc-Secret-1", "Viis-Secret-1", "Windows-Secret-1", "Svm-Secret-1", "By-Hand-1")
# What a user who may only execute a template can choose: nothing that could redirect a password.
ALLOWED_PROMPTS = {"limit", "job_type", "diff_mode", "verbosity", "job_slice_count"}
CHECKSUMS = pathlib.Path(__file__).with_name("credential_types.yml")
RECAP = re.compile(r"^localhost +: ok=(\d+) +changed=(\d+)", re.MULTILINE)
ACCOUNTS = {
    "setup_awx_installation_accounts": {"windows_username": "Administrator", "windows_password": "Windows-Secret-1"},
    "setup_awx_svm_accounts": {"root_password": "Svm-Secret-1"},
}


def tasks():
    (play,) = yaml.safe_load((COLLECTION / "playbooks" / "setup_awx.yml").read_text())
    (block,) = (task["block"] for task in play["tasks"] if "block" in task)
    return {name.removeprefix("awx.awx."): task[name] for task in block for name in task if name.startswith("awx.awx.")}


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
    assert set(passed) == {*MODULES.values(), "workflow_job_template_node"}
    for variable, module in MODULES.items():
        spec = argument_spec(module)
        assert data[variable]
        # The token of the run, without which the module would log in for itself.
        assert set(passed[module]) - set(spec) == {"controller_oauthtoken"}
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
            # AWX applies a valid default if there is no answer. Only a question without a default is required, and none takes a blank one.
            default = question["default"]
            assert question["required"] == (default == ""), question
            assert question["required"] or answer_errors(question, {question["variable"]: default}) == []
            assert answer_errors(question, {question["variable"]: ""}) != []
            # The variable is one that a role or a playbook reads.
            assert question["type"] != "password" and re.search(r"\b%s\b" % question["variable"], defaults)
        longest = max((question["max"] for question in questions if question["variable"].endswith("_timeout")), default=0)
        assert longest < template["timeout"]
    # Each host has a secret of its own: an injected extra variable under a name that a role reads would be that of all tenants.
    injected = {name for kind in data["controller_credential_types"] for name in kind["injectors"].get("extra_vars", ())}
    assert injected and all(name.startswith("ksv_awx_") for name in injected)
    read = "".join(path.read_text() for path in PROJECT.glob("inventory/**/*.yml"))
    assert all(name in read for name in injected)


def test_an_executor_cannot_redirect_a_password(data, argument_spec):
    """A prompt for credentials, variables, the inventory, the branch or the image would send passwords to a server of the user."""
    for variable, module, names in (("templates", "job_template", ASK), ("workflows", "workflow_job_template", ASK_OF_WORKFLOWS)):
        prompts = {name for name in argument_spec(module) if name.startswith("ask_")}
        assert prompts == {"ask_%s_on_launch" % name for name in names}
        for template in data["controller_" + variable]:
            # A prompt that is not mentioned would stay as somebody has set it by hand.
            assert {name for name in template if name.startswith("ask_")} == prompts, template["name"]
            asked = {name for name in names if template["ask_%s_on_launch" % name]}
            assert asked <= (ALLOWED_PROMPTS if module == "job_template" else set()), template["name"]
    # Answers are integers and choices. The only text is a pattern of hosts of the inventory.
    questions = [question for template in data["controller_templates"] for question in template["survey_spec"]["spec"]]
    assert {question["variable"] for question in questions if question["type"] not in ("integer", "multiplechoice")} == {"ksv_hosts"}


def test_schedules_and_nodes_have_valid_answers(data):
    surveys = {template["name"]: template["survey_spec"]["spec"] for template in data["controller_templates"]}
    for schedule in data["controller_schedules"]:
        questions = surveys[schedule["unified_job_template"]]
        assert schedule["extra_data"] and set(schedule["extra_data"]) <= {question["variable"] for question in questions}
        assert not [error for question in questions for error in answer_errors(question, schedule["extra_data"])]
    (workflow,) = data["controller_workflows"]  # setup_awx.yml corrects the links of one workflow
    for node in workflow["workflow_nodes"]:
        questions = surveys[node["unified_job_template"]["name"]]
        assert not [error for question in questions for error in answer_errors(question, node.get("extra_data", {}))]


def test_changed_inputs_of_a_credential_type_are_a_new_type(data):
    """AWX refuses to change the inputs of a type in use, so each version of a type has a name, and inputs that stay as they are."""
    known = yaml.safe_load(CHECKSUMS.read_text())
    current = {kind["name"]: kind["inputs"] for kind in data["controller_credential_types"]}
    found = {name: hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest() for name, inputs in current.items()}
    assert found.items() <= known.items(), (
        "The inputs of a credential type have changed. Give the type a new name, such as 'Integration Server 2', list the earlier name in "
        "setup_awx_earlier_types of playbooks/vars/awx/credential_types.yml, and add the checksum of the new type to %s: %s"
        % (CHECKSUMS.name, sorted(found.items() - known.items()))
    )
    earlier = yaml.safe_load((DATA / "credential_types.yml").read_text().replace("!unsafe", ""))["setup_awx_earlier_types"]
    assert set(earlier) <= set(current)
    assert {name for names in earlier.values() for name in names} == set(known) - set(current)
    assert {credential["credential_type"] for credential in data["controller_credentials"]} <= set(current)


class Setup:
    """Run the playbook against a server."""

    def __init__(self, awx, folder, collections):
        self._awx = awx
        self._folder = folder
        self._collections = collections
        (folder / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")

    def run(self, settings=None, env=None):
        """Return the exit status and the number of changed tasks. ``settings`` are added to those that have no default."""
        variables = self._folder / "my-awx.json"
        variables.write_text(json.dumps({**SETTINGS, **ACCOUNTS, **(settings or {})}))
        here = {name: value for name, value in os.environ.items() if not name.startswith(("KSC_", "VIIS_", "CONTROLLER_", "TOWER_"))}
        known = {"KSC_SERVER": "ksc.example.com", "KSC_USERNAME": "svc-ansible", "KSC_PASSWORD": "Ksc-Secret-1"}
        known.update(KSC_INTERNAL_USER="true", KSC_CA_PATH=str(self._folder / "ca.pem"), VIIS_SERVER="viis.example.com")
        known.update(VIIS_PASSWORD="Viis-Secret-1", CONTROLLER_HOST=self._awx.url, CONTROLLER_USERNAME="admin")
        paths = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], str(self._collections)])
        known.update(CONTROLLER_PASSWORD="Awx-Admin-1", ANSIBLE_COLLECTIONS_PATH=paths, ANSIBLE_PIPELINING="true")
        tokens = dict(self._awx.tokens)
        done = subprocess.run(
            ["ansible-playbook", "ksv.light_agent.setup_awx", "-e", "@my-awx.json", "-vv"],
            cwd=self._folder,
            env={**here, **known, **(env or {})},
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
        )
        print(done.stdout, done.stderr)
        self.shown = done.stdout + done.stderr
        assert "Traceback" not in self.shown and "[WARNING]" not in self.shown.replace("[WARNING]: No inventory was parsed", "")
        assert not any(secret in self.shown for secret in SECRETS)
        assert self._awx.tokens == tokens  # the token of the run is removed, whatever its end
        found = RECAP.search(self.shown)
        return done.returncode, int(found[2]) if found else 0


@pytest.fixture
def awx():
    with Awx(PROJECT) as awx:
        yield awx


@pytest.fixture
def setup(awx, tmp_path, awx_collection):
    return Setup(awx, tmp_path, awx_collection)


@pytest.mark.long
def test_awx_is_set_up_once_however_often_it_is_done(awx, setup, data):
    # The first run breaks in the middle of the job templates. Then somebody changes by hand what it has made: fields, a question, a
    # credential and a prompt of a template, an injector. The second run corrects and completes all of it.
    with breaking(awx, 25):
        assert setup.run()[0] == 2
    assert awx.logins == 2  # that of the module that creates the token, and the token for all other modules and lookups
    half = awx.names("job_templates")
    assert 1 < len(half) < len(data["controller_templates"])
    template = awx.named("job_templates", "Light Agent: Onboard tenants")
    template.update(verbosity=4, limit="tenant_a", ask_credential_on_launch=True, ask_scm_branch_on_launch=True)
    awx.surveys[template["id"]]["spec"].pop()
    awx.associations["job_templates", template["id"], "credentials"].pop()
    awx.named("credential_types", "Integration Server")["injectors"]["env"].pop("VIIS_CA_PATH")

    returncode, changed = setup.run()
    assert returncode == 0 and changed
    for variable, kind in (("templates", "job_templates"), ("workflows", "workflow_job_templates"), ("credential_types",) * 2):
        assert sorted(awx.names(kind)) == sorted(item["name"] for item in data["controller_" + variable])
    assert (template["verbosity"], template["limit"]) == (0, "")
    asked = {name for one in awx.objects["job_templates"].values() for name in ASK if one["ask_%s_on_launch" % name]}
    assert asked == ALLOWED_PROMPTS
    (survey,) = (item["survey_spec"] for item in data["controller_templates"] if item["name"] == template["name"])
    assert awx.surveys[template["id"]] == survey
    assert "VIIS_CA_PATH" in awx.named("credential_types", "Integration Server")["injectors"]["env"]
    own = {"Light Agent: Kaspersky Security Center (Kaspersky Security Center)"}
    own.add("Light Agent installation accounts (Light Agent installation accounts)")
    assert awx.attached(template) == own
    assert json.loads(template["extra_vars"]) == {"ksv_hosts": "tenants"}
    ksc = awx.named("credentials", "Light Agent: Kaspersky Security Center")
    assert ksc["inputs"]["password"] == ENCRYPTED and ksc["inputs"]["internal_user"] is True
    assert ksc["inputs"]["ca"].startswith("-----BEGIN CERTIFICATE-----\nMIIB\n")
    assert awx.secrets[ksc["id"]] == {"password": "Ksc-Secret-1"}
    (schedule,) = awx.objects["schedules"].values()
    assert schedule["extra_data"] == {"tenant_status_required": "none"}
    assert awx.named("execution_environments", "Default: Light Agent")["image"] == SETTINGS["setup_awx_image"]
    links = {
        "create-tenants": {"always_nodes": ["deploy-svms"]},
        "deploy-svms": {"success_nodes": ["onboard-tenants"]},
        "onboard-tenants": {"always_nodes": ["tenant-status"]},
        "tenant-status": {},
    }
    assert awx.links() == links

    # Links of the workflow are changed, and a link and a node are added. A credential of another type is attached by hand, and one of a
    # type that the template has is replaced. An inventory source is deleted, another one no longer updates on launch, and one is added.
    nodes = {node["identifier"]: node["id"] for node in awx.objects["workflow_job_template_nodes"].values()}
    kind = "workflow_job_template_nodes"
    awx.associations[kind, nodes["onboard-tenants"], "always_nodes"] = []
    awx.associations[kind, nodes["onboard-tenants"], "success_nodes"] = [nodes["tenant-status"]]
    awx.associations[kind, nodes["create-tenants"], "success_nodes"] = [nodes["tenant-status"]]
    workflow = awx.named("workflow_job_templates", "Light Agent: Protect tenants")
    more = awx.add(kind, identifier="1234", workflow_job_template=workflow["id"], unified_job_template=template["id"])
    awx.associations[kind, nodes["tenant-status"], "failure_nodes"] = [more["id"]]
    by_hand = awx.credential("Vault", "Vault", "Default", vault_password="By-Hand-1")
    awx.credential("Vault", "Vault", None, vault_password="By-Hand-1")
    other = awx.credential("KSC of somebody", "Kaspersky Security Center", "Default", server="ksc.example.org")
    awx.associations["job_templates", template["id"], "credentials"] = [by_hand["id"], other["id"]]
    hosts = awx.named("inventory_sources", "Light Agent: hosts.yml")
    hosts["update_on_launch"] = False
    added = awx.add("inventory_sources", name="Mine", inventory=hosts["inventory"], source_path="inventory", update_on_launch=True)
    awx.delete("inventory_sources", awx.named("inventory_sources", "Light Agent: acme.ksc.yml"))
    settings = {
        "setup_awx_inventory_sources": [{"source_path": "inventory/hosts.yml", "update_on_launch": False}],
        "setup_awx_extra_credentials": {"tenant_status": ["Vault"]},
        "controller_templates": [
            item for item in data["controller_templates"] if item["playbook"] in ("onboard_tenant.yml", "tenant_status.yml")
        ],
    }
    before = copy.deepcopy(added)
    assert setup.run(settings)[0] == 0
    assert awx.links() == links
    assert awx.attached(template) == {*own, "Vault (Vault)"}
    status = awx.named("job_templates", "Light Agent: Show status of tenants")
    assert awx.attached(status) == {"Light Agent: Kaspersky Security Center (Kaspersky Security Center)", "Vault (Vault)"}
    assert by_hand["id"] in awx.associations["job_templates", status["id"], "credentials"]
    assert awx.objects["inventory_sources"] == {hosts["id"]: hosts, before["id"]: before} and hosts["update_on_launch"] is False

    awx.writes.clear()
    del settings["controller_templates"]
    assert setup.run(settings) == (0, 0)
    assert awx.writes == []


def shortened():
    """Return settings with one object of each kind, which is enough to test names and ids, and takes a third of the time."""
    text = "\n".join((DATA / (file + ".yml")).read_text().replace("!unsafe", "") for file in FILES).replace("\n---\n", "\n")
    data = yaml.safe_load(text)
    (kind,) = (item for item in data["controller_credential_types"] if item["name"] == "Kaspersky Security Center")
    (workflow,) = data["controller_workflows"]
    (node,) = (node for node in workflow["workflow_nodes"] if node["identifier"] == "tenant-status")
    return {
        "controller_credential_types": [{**kind, "injectors": {}}],
        "controller_credentials": [item for item in data["controller_credentials"] if item["credential_type"] == kind["name"]],
        "controller_templates": [item for item in data["controller_templates"] if item["playbook"] == "tenant_status.yml"],
        "controller_workflows": [{**workflow, "workflow_nodes": [node]}],
        "setup_awx_inventory_sources": data["setup_awx_inventory_sources"][1:],
    }


def test_a_second_run_changes_nothing(awx, setup):
    settings = shortened()
    returncode, changed = setup.run(settings)
    assert returncode == 0 and changed
    assert awx.names("schedules") == ["Light Agent: Show status of tenants, daily"]
    awx.writes.clear()
    assert setup.run(settings) == (0, 0) and awx.writes == []


def owners(awx, name):
    """Return the organizations of what a job template uses, by the name of the organization that the template belongs to."""
    found = {}
    for template in awx.objects["job_templates"].values():
        if template["name"] != name:
            continue
        credentials = awx.associations["job_templates", template["id"], "credentials"]
        used = [awx.objects["credentials"][id] for id in credentials]
        for field, kind in (("project", "projects"), ("inventory", "inventories"), ("execution_environment", "execution_environments")):
            used.append(awx.objects[kind][template[field]])
        found[template["organization"]] = {one["organization"] for one in used}
    return {
        awx.objects["organizations"][one]["name"]: {awx.objects["organizations"][id]["name"] for id in ids} for one, ids in found.items()
    }


@pytest.mark.long
def test_organizations_with_the_same_names_and_a_new_version_of_a_credential_type(awx, setup):
    # A token of the environment is used, and stays. Passwords are not given: the credentials are filled in by hand.
    awx.tokens[1] = "Token-Secret-1"
    env = {"CONTROLLER_OAUTH_TOKEN": "Token-Secret-1", "CONTROLLER_PASSWORD": "", "KSC_PASSWORD": "", "KSC_SERVER": ""}
    for name in ("Security", "Operations", "Elsewhere"):
        awx.add("organizations", name=name)
        awx.credential("Git", "Source Control", name, password="By-Hand-1")
    registry = awx.credential("Registry", "Container Registry", "Elsewhere", host="registry.example.com")
    # Somebody has made credentials that are named as those of the set-up.
    for name in ("Elsewhere", None):
        awx.credential("Light Agent: Kaspersky Security Center", "Vault", name, vault_password="By-Hand-1")
    small = {**shortened(), "setup_awx_project_credential": "Git", "setup_awx_image_credential": registry["id"]}
    first = {**small, "setup_awx_organization": "Security"}
    second = {**small, "setup_awx_organization": "Operations"}
    third = {**second, "setup_awx_name": "KSV"}
    for settings in (first, second, third):
        assert setup.run(settings, env)[0] == 0
    assert awx.tokens == {1: "Token-Secret-1"} and awx.logins == 0
    template = "Light Agent: Show status of tenants"
    assert owners(awx, template) == {"Security": {"Security"}, "Operations": {"Operations"}}
    assert owners(awx, "KSV: Show status of tenants") == {"Operations": {"Operations"}}
    names = ["Operations: KSV", "Operations: Light Agent", "Security: Light Agent"]
    assert sorted(awx.names("execution_environments")) == names and awx.names("credential_types") == ["Kaspersky Security Center"]
    projects = [(one["organization"], awx.objects["credentials"][one["credential"]]) for one in awx.objects["projects"].values()]
    assert len(projects) == 3 and all(git["organization"] == organization and git["name"] == "Git" for organization, git in projects)
    assert all(one["credential"] == registry["id"] for one in awx.objects["execution_environments"].values())
    for kind in ("schedules", "workflow_job_template_nodes"):
        assert len({one["unified_job_template"] for one in awx.objects[kind].values()}) == 3

    # As somebody does in the web interface.
    (old,) = (
        one
        for one in awx.objects["credentials"].values()
        if one["organization"] == awx.named("organizations", "Security")["id"] and one["name"] == "Light Agent: Kaspersky Security Center"
    )
    awx._set("credentials", old, {"inputs": {"server": "ksc.example.com", "username": "svc", "password": "By-Hand-1", "domain": "D"}})
    awx.writes.clear()
    assert [setup.run(settings, env) for settings in (first, second, third)] == [(0, 0)] * 3
    assert awx.writes == [] and awx.secrets[old["id"]] == {"password": "By-Hand-1"}

    # The next version of the collection has another field, and does not have one that there was. The first run breaks in between.
    kind = copy.deepcopy(small["controller_credential_types"][0])
    fields = [field for field in kind["inputs"]["fields"] if field["id"] != "domain"]
    kind.update(name="Kaspersky Security Center 2", inputs={**kind["inputs"], "fields": [*fields, {**fields[0], "id": "more"}]})
    (credential,) = small["controller_credentials"]
    upgrade = {
        **first,
        "controller_credential_types": [kind],
        "controller_credentials": [
            {**credential, "credential_type": kind["name"], "inputs": {**credential["inputs"], "more": ""}},
        ],
        "setup_awx_earlier_types": {kind["name"]: ["Kaspersky Security Center"]},
    }
    del upgrade["controller_credentials"][0]["inputs"]["domain"]
    # The same change without a new version is what AWX refuses.
    with pytest.raises(Refused) as refused:
        awx._set("credential_types", awx.named("credential_types", "Kaspersky Security Center"), {"inputs": kind["inputs"]})
    assert refused.value.status == 403
    with breaking(awx, 2):
        assert setup.run(upgrade, env)[0] == 2
    assert setup.run(upgrade, env)[0] == 0
    organization = awx.named("organizations", "Security")["id"]
    (one,) = (one for one in awx.objects["job_templates"].values() if one["organization"] == organization)
    (new,) = awx.associations["job_templates", one["id"], "credentials"]
    assert awx.attached(one) == {"Light Agent: Kaspersky Security Center (Kaspersky Security Center 2)"}
    assert awx.objects["credentials"][new]["inputs"] == {"server": "ksc.example.com", "username": "svc", "password": ENCRYPTED}
    assert awx.secrets[new] == awx.secrets[old["id"]] == {"password": "By-Hand-1"}
    assert [source["credential"] for source in awx.objects["inventory_sources"].values()].count(new) == 1
    awx.writes.clear()
    assert setup.run(upgrade, env) == (0, 0) and awx.writes == []


@pytest.mark.long
def test_what_is_missing_is_said(setup):
    assert setup.run({"setup_awx_project_url": ""})[0] == 2
    assert "setup_awx_project_url" in setup.shown
    assert setup.run({"setup_awx_project_url": "https://git.example.org/absent.git"})[0] == 2
    assert "Project update failed" in setup.shown
    assert setup.run({"setup_awx_project_credential": "Git"})[0] == 2
    assert "Expected one object from endpoint credentials, but obtained 0 from API" in " ".join(setup.shown.split())


def test_the_files_of_the_data_are_those_that_the_playbook_reads():
    (play,) = yaml.safe_load((COLLECTION / "playbooks" / "setup_awx.yml").read_text())
    assert play["vars_files"] == ["vars/awx/%s.yml" % name for name in (*FILES, FOUND)]
    assert {path.stem for path in DATA.glob("*.yml")} == {*FILES, FOUND}
