# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: ansible-runner with the environment, the files and the command line that AWX makes of a job template.

Written after AWX 24.6 (awx/main/tasks/jobs.py, awx/main/models/credential, awx/main/models/inventory.py): credentials are rendered by
their type's injectors, extra variables are written as !unsafe unless they are the template's own, an inventory is a script that prints
JSON, a slice has every nth host of it, and ansible-runner kills a job that is cancelled.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import threading
import typing as t

import ansible_runner
import jinja2.sandbox
import yaml

from .api import answer_errors

Data = t.Dict[str, t.Any]


class Job:
    """One job: what it ended with, and what is left of it on the execution node."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.cancelled = threading.Event()
        self.runner: t.Any = None
        self._thread: threading.Thread | None = None

    def start(self, **parameters: t.Any) -> Job:
        def run() -> None:
            self.runner = ansible_runner.run(
                private_data_dir=str(self.folder),
                quiet=True,
                suppress_env_files=True,
                settings={"pexpect_timeout": 0.5, "suppress_ansible_output": True},  # AWX: 5 seconds
                cancel_callback=self.cancelled.is_set,
                **parameters,
            )

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        return self

    def wait(self) -> Job:
        assert self._thread is not None
        self._thread.join(300)
        assert self.runner is not None, "the job does not end"
        print(self.stdout)
        assert "Traceback" not in self.stdout
        return self

    @property
    def status(self) -> str:
        return self.runner.status

    @property
    def stdout(self) -> str:
        return self.runner.stdout.read()

    @property
    def failed(self) -> set[str]:
        return set((self.runner.stats or {}).get("failures") or ())

    @property
    def changed(self) -> set[str]:
        return set((self.runner.stats or {}).get("changed") or ())

    @property
    def hosts(self) -> set[str]:
        return set((self.runner.stats or {}).get("processed") or ())

    def kept(self) -> str:
        """What AWX keeps of a job: its events and its output. The file `command` beside them is ansible-runner's own."""
        artifacts = self.folder / "artifacts"
        return "".join(path.read_text() for path in artifacts.rglob("*") if path.is_file() and path.name != "command")


class Node:
    """An execution node. ``data`` is what playbooks/vars/awx describes, ``project`` the folder of the project."""

    def __init__(self, data: Data, project: pathlib.Path, folder: pathlib.Path) -> None:
        self._types = {kind["name"]: kind for kind in data["controller_credential_types"]}
        self._templates = {template["playbook"].removesuffix(".yml"): template for template in data["controller_templates"]}
        self._project = project
        self._folder = folder
        self._jobs = 0

    def launch(
        self,
        playbook: str,
        inventory: Data,
        credentials: t.Mapping[str, Data],
        answers: Data | None = None,
        *,
        limit: str = "",
        slice: tuple[int, int] = (1, 1),
        become: bool = True,
        check: bool = False,
    ) -> Job:
        """Start a job; ``inventory`` is the output of ansible-inventory, ``credentials`` inputs by the name of their type."""
        template = self._templates[playbook]
        self._jobs += 1
        job = Job(self._folder / ("job-%d" % self._jobs))
        for name in ("env", "inventory", "cp"):
            (job.folder / name).mkdir(parents=True)
        shutil.copytree(self._project, job.folder / "project")
        (job.folder / "project" / "ansible.cfg").touch()
        env = self._environment(job.folder)
        arguments = ["-u", "root", *(["--check"] if check else []), *(["--become"] if become else [])]
        arguments += [*(["--diff"] if template["diff_mode"] else []), *(["-l", limit] if limit else [])]
        arguments += ["-e", "@%s" % self._extra_variables(template, answers or {}, job.folder)]
        for kind, inputs in credentials.items():
            self._inject(self._types[kind], inputs, env, arguments, job.folder)
        script = job.folder / "inventory" / "hosts"
        script.write_text("#!/usr/bin/env python3\nprint(%r)\n" % json.dumps(sliced(inventory, *slice)))
        script.chmod(0o700)
        return job.start(
            ident=str(self._jobs),
            playbook=template["playbook"],
            inventory=str(script),
            envvars=env,
            cmdline=ansible_runner.utils.args2cmdline(*arguments),
        )

    def run(self, *arguments: t.Any, **more: t.Any) -> Job:
        return self.launch(*arguments, **more).wait()

    def synchronize(self, source_path: str, credentials: t.Mapping[str, Data]) -> Data:
        """The hosts that an inventory source of the project has."""
        self._jobs += 1
        folder = self._folder / ("synchronization-%d" % self._jobs)
        (folder / "env").mkdir(parents=True)
        shutil.copytree(self._project, folder / "project")
        (folder / "project" / "ansible.cfg").touch()
        env = {**self._environment(folder), "INVENTORY_UPDATE_ID": str(self._jobs)}
        for kind, inputs in credentials.items():
            self._inject(self._types[kind], inputs, env, [], folder)
        command = ["ansible-inventory", "-i", str(folder / "project" / source_path), "--list", "--export"]
        done = subprocess.run(command, cwd=folder / "project", env={**os.environ, **env}, check=False, capture_output=True, text=True)
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
        return json.loads(done.stdout)

    def _environment(self, folder: pathlib.Path) -> Data:
        collections = [str(folder / "requirements_collections"), os.environ["ANSIBLE_COLLECTIONS_PATH"]]
        return {
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS": "False",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "MAX_EVENT_RES": "700000",
            "JOB_ID": str(self._jobs),
            "INVENTORY_ID": "1",
            "PROJECT_REVISION": "0123abcd",
            "AWX_HOST": "https://awx.example.com",
            "AWX_PRIVATE_DATA_DIR": str(folder),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
            # Not the configuration of this checkout.
            "ANSIBLE_CONFIG": str(folder / "project" / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(collections),
            "REQUESTS_CA_BUNDLE": os.environ.get("REQUESTS_CA_BUNDLE", ""),
        }

    def _extra_variables(self, template: Data, answers: Data, folder: pathlib.Path) -> pathlib.Path:
        spec = {question["variable"]: question for question in template["survey_spec"]["spec"]}
        assert set(answers) <= set(spec), "the survey does not ask for this"
        # Defaults are answers to the questions that nobody has answered. They do not count as answers to required ones.
        assert not [error for question in spec.values() for error in answer_errors(question, answers)]
        given = {**{name: question["default"] for name, question in spec.items() if not question["required"]}, **answers}
        variables = {
            **template["extra_vars"],
            **given,
            "awx_job_id": self._jobs,
            "tower_job_id": self._jobs,
            "awx_job_launch_type": "manual",
        }
        path = folder / "env" / "extravars-of-the-job"
        path.write_text(unsafe_yaml(variables, trusted=template["extra_vars"]))
        return path

    def _inject(self, kind: Data, inputs: Data, env: Data, arguments: list[str], folder: pathlib.Path) -> None:
        fields = {field["id"]: field for field in kind["inputs"]["fields"]}
        assert set(inputs) <= set(fields) and set(kind["inputs"].get("required", ())) <= {name for name, value in inputs.items() if value}
        # A field that is blank is no variable of the templates; a checkbox always is one.
        names: Data = {name: value for name, value in inputs.items() if value != ""}
        names.update({name: False for name, field in fields.items() if field["type"] == "boolean" and name not in names})
        sandbox = jinja2.sandbox.ImmutableSandboxedEnvironment()
        files: dict[str, str] = {}
        names["tower"] = {"filename": files}
        for label, template in kind["injectors"].get("file", {}).items():
            path = folder / "env" / ("%s-%s" % (kind["name"].replace(" ", "-"), label))
            path.write_text(sandbox.from_string(template).render(names))
            path.chmod(0o660)
            files[label.partition(".")[2]] = str(path)
        env.update({name: sandbox.from_string(template).render(names) for name, template in kind["injectors"].get("env", {}).items()})
        extra = {name: sandbox.from_string(template).render(names) for name, template in kind["injectors"].get("extra_vars", {}).items()}
        if extra:
            path = folder / "env" / ("%s-variables" % kind["name"].replace(" ", "-"))
            path.write_text(unsafe_yaml(extra))
            arguments += ["-e", "@%s" % path]


class _Unsafe(str):
    pass


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Unsafe, lambda dumper, value: dumper.represent_scalar("!unsafe", str(value)))


def unsafe_yaml(variables: Data, trusted: t.Container[str] = ()) -> str:
    """Variables as AWX writes them: texts that somebody typed are no templates."""
    marked = {name: _Unsafe(value) if isinstance(value, str) and name not in trusted else value for name, value in variables.items()}
    return yaml.dump(marked, Dumper=_Dumper, allow_unicode=True)


def sliced(inventory: Data, number: int, count: int) -> Data:
    """The part of an inventory that a slice of a job has: every nth host, and the groups that have one of them."""
    hosts = sorted(inventory["_meta"]["hostvars"])[number - 1 :: count]
    found: Data = {"_meta": {"hostvars": {host: dict(inventory["_meta"]["hostvars"][host]) for host in hosts}}}
    for name, group in inventory.items():
        if name == "_meta":
            continue
        found[name] = {**group, "hosts": [host for host in group.get("hosts", ()) if host in hosts]}
    for variables in found["_meta"]["hostvars"].values():
        variables["remote_tower_enabled"] = "true"
    return found
