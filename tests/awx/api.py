# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small AWX: the part of its REST API that the modules of awx.awx use to create and look up objects, in memory.

It refuses what AWX 24.6 refuses and the set-up could get wrong: unknown fields and filters, relations to nothing, names that are not
unique, playbooks that the project does not have, injectors that do not render, incomplete survey questions, credential inputs that the
type does not have, changed inputs of a credential type in use, another type for a credential in use, several credentials of one type on
a template, schedules without answers to required questions, prompts that a template does not have, a second relation between two nodes.
"""

from __future__ import annotations

import base64
import contextlib
import pathlib
import threading
import time
import typing as t

import jinja2.sandbox
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Data = t.Dict[str, t.Any]
ENCRYPTED = "$encrypted$"
TYPES_OF_OBJECTS = {"inventories": "inventory"}
TEMPLATES = ("job_templates", "workflow_job_templates", "projects", "inventory_sources")
UPDATES = 100000  # the id of a project's update is that of the project and this
LINKS = ("success_nodes", "failure_nodes", "always_nodes")

# What objects have that nobody has set. A field that is not here does not exist.
ASK = (
    "credential",
    "diff_mode",
    "execution_environment",
    "forks",
    "instance_groups",
    "inventory",
    "job_slice_count",
    "job_type",
    "labels",
    "limit",
    "scm_branch",
    "skip_tags",
    "tags",
    "timeout",
    "variables",
    "verbosity",
)
ASK_OF_WORKFLOWS = ("inventory", "labels", "limit", "scm_branch", "skip_tags", "tags", "variables")
PROMPTS = ("inventory", "scm_branch", "job_type", "job_tags", "skip_tags", "limit", "diff_mode", "verbosity", "execution_environment")
DEFAULTS: dict[str, Data] = {
    "organizations": {"name": None, "description": ""},
    "credential_types": {"name": None, "description": "", "kind": None, "managed": False, "inputs": {}, "injectors": {}},
    "credentials": {"name": None, "description": "", "organization": None, "credential_type": None, "inputs": {}},
    "execution_environments": {"name": None, "description": "", "organization": None, "image": None, "credential": None, "pull": ""},
    "projects": {
        "name": None,
        "description": "",
        "organization": None,
        "scm_type": "",
        "scm_url": "",
        "scm_branch": "",
        "credential": None,
        "scm_clean": False,
        "scm_update_on_launch": False,
        "scm_update_cache_timeout": 0,
        "default_environment": None,
        "scm_revision": "",
        "status": "never updated",
    },
    "inventories": {"name": None, "description": "", "organization": None, "kind": "", "host_filter": None, "variables": ""},
    "inventory_sources": {
        "name": None,
        "description": "",
        "inventory": None,
        "organization": None,
        "source": None,
        "source_project": None,
        "source_path": "",
        "credential": None,
        "execution_environment": None,
        "overwrite": False,
        "overwrite_vars": False,
        "update_on_launch": False,
        "update_cache_timeout": 0,
    },
    "job_templates": {
        "name": None,
        "description": "",
        "organization": None,
        "project": None,
        "playbook": "",
        "inventory": None,
        "execution_environment": None,
        "job_type": "run",
        "verbosity": 0,
        "forks": 0,
        "job_slice_count": 1,
        "timeout": 0,
        "become_enabled": False,
        "diff_mode": False,
        "use_fact_cache": False,
        "allow_simultaneous": False,
        "extra_vars": "---",
        "survey_enabled": False,
        "limit": "",
        **{"ask_%s_on_launch" % what: False for what in ASK},
    },
    "workflow_job_templates": {
        "name": None,
        "description": "",
        "organization": None,
        "allow_simultaneous": False,
        "extra_vars": "---",
        "survey_enabled": False,
        "limit": None,
        **{"ask_%s_on_launch" % what: False for what in ASK_OF_WORKFLOWS},
    },
    "workflow_job_template_nodes": {
        "identifier": None,
        "workflow_job_template": None,
        "unified_job_template": None,
        "extra_data": {},
        "all_parents_must_converge": False,
        **dict.fromkeys(PROMPTS),
    },
    "schedules": {
        "name": None,
        "description": "",
        "unified_job_template": None,
        "rrule": None,
        "enabled": True,
        "extra_data": {},
        **dict.fromkeys(PROMPTS),
    },
}
RELATIONS = {
    "organization": "organizations",
    "credential_type": "credential_types",
    "credential": "credentials",
    "project": "projects",
    "source_project": "projects",
    "inventory": "inventories",
    "workflow_job_template": "workflow_job_templates",
    "execution_environment": "execution_environments",
    "default_environment": "execution_environments",
}
# What is unique together: awx/main/models. Names of organizations and execution environments are unique in the whole of AWX.
UNIQUE = {
    "organizations": ("name",),
    "execution_environments": ("name",),
    "credential_types": ("name", "kind"),
    "credentials": ("name", "organization", "credential_type"),
    "projects": ("name", "organization"),
    "inventories": ("name", "organization"),
    "inventory_sources": ("name", "inventory"),
    "job_templates": ("name", "organization"),
    "workflow_job_templates": ("name", "organization"),
    "workflow_job_template_nodes": ("identifier", "workflow_job_template"),
    "schedules": ("name", "unified_job_template"),
}
# The types that AWX has from the beginning, as far as the tests use them.
MANAGED_TYPES = {
    "Source Control": ("scm", {"fields": [{"id": "password", "type": "string", "label": "Password", "secret": True}]}),
    "Container Registry": ("registry", {"fields": [{"id": "host", "type": "string", "label": "Host"}]}),
    "Vault": ("vault", {"fields": [{"id": "vault_password", "type": "string", "label": "Vault password", "secret": True}]}),
    "Machine": ("ssh", {"fields": [{"id": "username", "type": "string", "label": "Username"}]}),
}
QUESTION = {"question_name", "variable", "type", "required"}
TYPES = ("text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect")


class Refused(Exception):
    """Carries an answer of AWX and its status."""

    def __init__(self, answer: Data, status: int = 400) -> None:
        super().__init__(answer)
        self.status = status


class Awx:
    """The server; a context manager. ``project`` is the folder that a project's repository has."""

    def __init__(self, project: pathlib.Path) -> None:
        self.project = project
        self.objects: dict[str, dict[int, Data]] = {kind: {} for kind in DEFAULTS}
        self.surveys: dict[int, Data] = {}
        self.associations: dict[tuple[str, int, str], list[int]] = {}
        self.secrets: dict[int, Data] = {}
        self.tokens: dict[int, str] = {}
        self.logins = 0  # how many tokens were created
        self.writes: list[str] = []  # method and path of each that was accepted
        self.fails_after: int | None = None  # the number of writes after which the server is of no use
        self._next = 1
        self._lock = threading.Lock()
        for name, (kind, inputs) in MANAGED_TYPES.items():
            self.add("credential_types", name=name, kind=kind, inputs=inputs, managed=True)
        routes = [Route("/api/v2/{path:path}", self._answer, methods=["GET", "POST", "PATCH", "DELETE"])]
        config = uvicorn.Config(Starlette(routes=routes), host="127.0.0.1", port=0, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Awx:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)
        self.url = "http://127.0.0.1:%d" % self._server.servers[0].sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def named(self, kind: str, name: str) -> Data:
        (found,) = (one for one in self.objects[kind].values() if one["name"] == name)
        return found

    def names(self, kind: str) -> list[str]:
        return [one.get("name") or one["identifier"] for one in self.objects[kind].values() if not one.get("managed")]

    def add(self, objects: str, /, **fields: t.Any) -> Data:
        """Create an object without the checks, as the web interface has done before the set-up runs."""
        self._next += 1
        one = self.objects[objects][self._next] = {"id": self._next, **DEFAULTS[objects], **fields}
        return one

    def credential(self, name: str, kind: str, /, organization: str | None = None, **inputs: str) -> Data:
        """Create a credential as the web interface does."""
        owner = None if organization is None else self.named("organizations", organization)["id"]
        one = self.add("credentials", name=name, credential_type=self.named("credential_types", kind)["id"], organization=owner)
        self._set("credentials", one, {"inputs": inputs})
        return one

    def attached(self, template: Data) -> set[str]:
        """Return the names and types of the credentials of a job template, as ``NAME (TYPE)``."""
        found = [self.objects["credentials"][id] for id in self.associations.get(("job_templates", template["id"], "credentials"), ())]
        return {"%s (%s)" % (one["name"], self.objects["credential_types"][one["credential_type"]]["name"]) for one in found}

    def links(self) -> dict[str, dict[str, list[str]]]:
        """Return the links between nodes: identifiers of the nodes that follow, by identifier and kind of link."""
        nodes = self.objects["workflow_job_template_nodes"]
        found: dict[str, dict[str, list[str]]] = {node["identifier"]: {} for node in nodes.values()}
        for (kind, id, link), ids in self.associations.items():
            if kind == "workflow_job_template_nodes" and link in LINKS and ids and id in nodes:
                found[nodes[id]["identifier"]][link] = [nodes[other]["identifier"] for other in ids]
        return found

    # -- requests ---------------------------------------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Response:
        data = await request.json() if request.method in ("POST", "PATCH") else {}
        with self._lock:
            try:
                return self._routed(request, data)
            except Refused as refused:
                return JSONResponse(refused.args[0], refused.status)

    def _routed(self, request: Request, data: Data) -> Response:
        words = request.path_params["path"].strip("/").split("/")
        if words[0] == "tokens":
            return self._token(request, words)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens.values():
            return JSONResponse({"detail": "Authentication credentials were not provided."}, 401)
        write = request.method != "GET" and words[-1] != "update"
        if write and self.fails_after is not None and len(self.writes) >= self.fails_after:
            return JSONResponse({"detail": "A server error has occurred."}, 502)
        answer = self._object(request, words, data)
        if write and answer.status_code < 400:
            self.writes.append("%s %s" % (request.method, "/".join(words)))
        return answer

    def _token(self, request: Request, words: list[str]) -> Response:
        method, _space, secret = request.headers.get("authorization", "").partition(" ")
        account = base64.b64decode(secret).decode() if method == "Basic" else ""
        if account != "admin:Awx-Admin-1" and secret not in self.tokens.values():
            return JSONResponse({"detail": "Invalid username/password."}, 401)
        if request.method == "DELETE":
            self.tokens.pop(int(words[1]), None)
            return Response(status_code=204)
        self._next += 1
        self.tokens[self._next] = "Token-Secret-%d" % self._next
        self.logins += 1
        shown = {"id": self._next, "type": "o_auth2_access_token", "url": "/api/v2/tokens/%d/" % self._next, "scope": "write"}
        return JSONResponse({**shown, "token": self.tokens[self._next]}, 201)

    def _object(self, request: Request, words: list[str], data: Data) -> Response:
        kind = words[0]
        if kind == "unified_job_templates":
            return self._list(request, [(kind, one) for kind in TEMPLATES for one in self.objects[kind].values()])
        if kind == "project_updates":
            return self._synchronized(int(words[1]) - UPDATES)
        if kind not in self.objects:
            return JSONResponse({"detail": "Not found."}, 404)
        if len(words) == 1:
            if request.method == "POST":
                return JSONResponse(self._create(kind, data), 201)
            return self._list(request, [(kind, one) for one in self.objects[kind].values()])
        one = self.objects[kind].get(int(words[1]))
        if one is None:
            return JSONResponse({"detail": "Not found."}, 404)
        if len(words) == 2:
            if request.method == "PATCH":
                self._set(kind, one, data)
            if request.method == "DELETE":
                self.delete(kind, one)
                return Response(status_code=204)
            return JSONResponse(self._shown(kind, one))
        if words[2] == "survey_spec":
            if request.method == "POST":
                self.surveys[one["id"]] = _checked_survey(data)
            return JSONResponse(self.surveys.get(one["id"], {}))
        if words[2] == "update":
            one["status"] = "pending"
            update = one["id"] + UPDATES
            return JSONResponse({"id": update, "url": "/api/v2/project_updates/%d/" % update}, 202)
        if words[2] == "copy" and kind == "credentials":
            return JSONResponse(self._copied(one, data), 201)
        return self._associated(request, (kind, one["id"], words[2]), data)

    def delete(self, kind: str, one: Data) -> None:
        """Delete an object and what refers to it as one of several."""
        del self.objects[kind][one["id"]]
        self.associations = {
            key: [id for id in ids if id != one["id"]] for key, ids in self.associations.items() if key[:2] != (kind, one["id"])
        }

    def _list(self, request: Request, found: list[tuple[str, Data]]) -> Response:
        filters = [(name, value) for name, value in request.query_params.items() if name not in ("page", "page_size", "order_by")]
        # Conditions that begin with or__ are alternatives, all others have to be met.
        any_of = [(name.removeprefix("or__"), value) for name, value in filters if name.startswith("or__")]
        all_of = [(name, value) for name, value in filters if not name.startswith("or__")]
        results = [
            self._shown(kind, one)
            for kind, one in found
            if all(self._meets(kind, one, *condition) for condition in all_of)
            and (not any_of or any(self._meets(kind, one, *condition) for condition in any_of))
        ]
        return JSONResponse({"count": len(results), "next": None, "previous": None, "results": results})

    def _meets(self, kind: str, one: Data, path: str, wanted: str) -> bool:
        """Return whether an object meets a condition such as ``organization__name=Default`` or ``name__startswith=A``."""
        value: t.Any = {**one, "type": _type_of(kind)}
        names = path.split("__")
        while names and names[0] not in ("in", "startswith"):
            name = names.pop(0)
            if value is None:
                return False
            if name not in value:
                raise Refused({"detail": "%s has no field named %r" % (_type_of(kind), name)})
            value = value[name]
            if name in RELATIONS and names:
                kind = RELATIONS[name]
                value = self.objects[kind].get(value)
        if names == ["in"]:
            return str(value) in wanted.split(",")
        if names == ["startswith"]:
            return str(value).startswith(wanted)
        # The managed types are the only objects with a boolean that the tests filter by.
        return str(value).lower() == wanted.lower() if isinstance(value, bool) else str(value) == wanted

    def _associated(self, request: Request, key: tuple[str, int, str], data: Data) -> Response:
        kind = "workflow_job_template_nodes" if key[2].endswith("_nodes") else key[2]
        ids = self.associations.setdefault(key, [])
        if request.method == "POST":
            if data["id"] not in self.objects[kind]:
                raise Refused({"id": ["Invalid pk."]})
            if data.get("disassociate"):
                ids.remove(data["id"])
            else:
                self._check_association(key, data["id"])
                ids.append(data["id"])
            return Response(status_code=204)
        return self._list(request, [(kind, self.objects[kind][id]) for id in ids])

    def _check_association(self, key: tuple[str, int, str], other: int) -> None:
        """Raise what AWX raises for a relation: awx/api/views, is_valid_relation()."""
        kind, id, relation = key
        if relation in LINKS:
            if id == other:
                raise Refused({"Error": "Cycle detected."})
            if any(other in self.associations.get((kind, id, link), ()) for link in LINKS if link != relation):
                raise Refused({"Error": "Relationship not allowed."})
            if self._follows(other, id):
                raise Refused({"Error": "Cycle detected."})
        if relation == "credentials":
            sort = self.objects["credentials"][other]["credential_type"]
            if any(self.objects["credentials"][one]["credential_type"] == sort for one in self.associations[key]):
                name = self.objects["credential_types"][sort]["name"]
                raise Refused({"error": "Cannot assign multiple %s credentials." % name})
            if self.objects["credential_types"][sort]["kind"] not in ("ssh", "vault", "cloud", "net", "kubernetes"):
                raise Refused({"error": "Cannot assign a Credential of this kind."})

    def _follows(self, first: int, second: int) -> bool:
        """Return whether one node comes after another."""
        after = [id for link in LINKS for id in self.associations.get(("workflow_job_template_nodes", first, link), ())]
        return second in after or any(self._follows(id, second) for id in after)

    def _synchronized(self, project: int) -> Response:
        one = self.objects["projects"][project]
        good = one["scm_url"].startswith("https://git.example.com/")
        one.update(status="successful" if good else "failed", scm_revision="0123abcd" if good else "")
        update = {
            "id": project + UPDATES,
            "status": one["status"],
            "failed": not good,
            "finished": "2026-01-01T00:00:00Z",
            "type": "project_update",
        }
        return JSONResponse({**update, "scm_revision": one["scm_revision"], "elapsed": 1.0, "started": "2026-01-01T00:00:00Z"})

    # -- objects ----------------------------------------------------------------------------------------------------------------

    def _create(self, kind: str, data: Data) -> Data:
        self._next += 1
        one = {"id": self._next, **DEFAULTS[kind]}
        self._set(kind, one, data)
        missing = [name for name in UNIQUE[kind] if one[name] is None and DEFAULTS[kind][name] is None and name != "organization"]
        if missing:
            raise Refused({name: ["This field is required."] for name in missing})
        self.objects[kind][one["id"]] = one
        if kind == "projects":
            one["status"] = "pending"
        return self._shown(kind, one)

    def _copied(self, one: Data, data: Data) -> Data:
        """Copy a credential with its secrets: awx/api/generics.py, CopyAPIView."""
        if data["name"] == one["name"]:
            raise Refused({"non_field_errors": ["The original object is already named %s." % one["name"]]})
        shown = self._create("credentials", {**{name: one[name] for name in DEFAULTS["credentials"] if name != "inputs"}, **data})
        self.objects["credentials"][shown["id"]]["inputs"] = dict(one["inputs"])
        self.secrets[shown["id"]] = dict(self.secrets.get(one["id"], {}))
        return self._shown("credentials", self.objects["credentials"][shown["id"]])

    def _set(self, kind: str, one: Data, data: Data) -> None:
        new = {name: value for name, value in data.items() if name not in ("id", "type")}
        unknown = set(new) - set(DEFAULTS[kind])
        if unknown:
            raise Refused({name: ["There is no such field."] for name in unknown})
        for name, value in new.items():
            if name in RELATIONS and value is not None and value not in self.objects[RELATIONS[name]]:
                raise Refused({name: ["Invalid pk %r - object does not exist." % value]})
        checked = {**one, **new}
        if kind == "job_templates" and checked["project"] in self.objects["projects"]:
            # The organization of a job template is that of its project.
            checked["organization"] = new["organization"] = self.objects["projects"][checked["project"]]["organization"]
        for other in self.objects[kind].values():
            if other["id"] != one["id"] and all(other[key] == checked[key] for key in UNIQUE[kind]):
                raise Refused({"__all__": ["%s with this %s already exists." % (kind, " and ".join(UNIQUE[kind]))]})
        check = getattr(self, "_check_" + kind, None)
        if check is not None:
            check(one, new, checked)
        one.update(self._encrypted(checked, new) if kind == "credentials" else new)

    def _check_credential_types(self, one: Data, new: Data, checked: Data) -> None:
        used = any(credential["credential_type"] == one["id"] for credential in self.objects["credentials"].values())
        if used and new.get("inputs", one["inputs"]) != one["inputs"]:
            raise Refused({"detail": "Modifications to inputs are not allowed for credential types that are in use"}, 403)
        _check_type(checked)

    def _check_credentials(self, one: Data, new: Data, checked: Data) -> None:
        if one["credential_type"] not in (None, checked["credential_type"]):
            attached = any(one["id"] in ids for key, ids in self.associations.items() if key[2] == "credentials")
            others = [*self.objects["projects"].values(), *self.objects["inventory_sources"].values()]
            if attached or any(other["credential"] == one["id"] for other in others):
                raise Refused({"credential_type": ["You cannot change the credential type of the credential."]})

    def _check_execution_environments(self, one: Data, _new: Data, checked: Data) -> None:
        if one["organization"] not in (None, checked["organization"]):
            raise Refused({"organization": ["Cannot change the organization of an execution environment"]})
        credential = self.objects["credentials"].get(checked["credential"])
        if credential and self.objects["credential_types"][credential["credential_type"]]["kind"] != "registry":
            raise Refused({"credential": ["Only Container Registry credentials can be associated with an Execution Environment"]})

    def _check_job_templates(self, _one: Data, _new: Data, checked: Data) -> None:
        project = self.objects["projects"].get(checked["project"] or 0)
        if project is None or project["status"] != "successful" or not (self.project / checked["playbook"]).is_file():
            raise Refused({"playbook": ["Playbook not found for project."]})

    def _check_inventory_sources(self, _one: Data, _new: Data, checked: Data) -> None:
        if not (self.project / checked["source_path"]).exists():
            raise Refused({"source_path": ["There is no such file."]})

    def _check_schedules(self, _one: Data, new: Data, checked: Data) -> None:
        self._check_prompts(new, checked, answers_required=True)

    def _check_workflow_job_template_nodes(self, _one: Data, new: Data, checked: Data) -> None:
        self._check_prompts(new, checked, answers_required=False)

    def _check_prompts(self, new: Data, checked: Data, answers_required: bool) -> None:
        """Check saved prompts and answers: awx/api/serializers.py, LaunchConfigurationBaseSerializer.validate().

        Required questions need an answer in a schedule, and none in a node of a workflow. The default of a question is no answer.
        """
        template = self.objects["job_templates"].get(checked["unified_job_template"])
        if template is None:
            return
        errors: Data = {}
        for name in PROMPTS:
            asked = template["ask_%s_on_launch" % {"job_tags": "tags"}.get(name, name)]
            if checked[name] not in (None, template.get(name)) and not asked:
                errors[name] = "Field is not configured to prompt on launch."
        questions = self.surveys.get(template["id"], {}).get("spec", []) if template["survey_enabled"] else []
        answers = checked["extra_data"]
        found = [error for question in questions for error in answer_errors(question, answers, answers_required)]
        if found:
            errors["variables_needed_to_start"] = found
        more = set(answers) - {question["variable"] for question in questions}
        if more and not template["ask_variables_on_launch"]:
            errors["extra_data"] = ["Variables %s are not allowed on launch." % ", ".join(sorted(more))]
        if errors:
            raise Refused(errors)

    def _encrypted(self, checked: Data, new: Data) -> Data:
        """Check the inputs of a credential, and keep its secrets apart. ``$encrypted$`` stands for the secret that is there."""
        fields = {field["id"]: field for field in self.objects["credential_types"][checked["credential_type"]]["inputs"]["fields"]}
        shown = {}
        before = self.secrets.get(checked["id"], {})
        secrets = {}
        for name, value in checked["inputs"].items():
            if name not in fields:
                raise Refused({"inputs": {name: ["Additional properties are not allowed"]}})
            if not isinstance(value, bool if fields[name]["type"] == "boolean" else str):
                raise Refused({"inputs": {name: ["%r is not of type %r" % (value, fields[name]["type"])]}})
            secret = fields[name].get("secret") and value
            if secret:
                secrets[name] = before[name] if value == ENCRYPTED else value
            shown[name] = ENCRYPTED if secret else value
        self.secrets[checked["id"]] = secrets
        return {**new, "inputs": shown}

    def _shown(self, kind: str, one: Data) -> Data:
        url = "/api/v2/%s/%d/" % (kind, one["id"])
        shown: Data = {**one, "url": url, "type": _type_of(kind), "summary_fields": {}, "related": {}}
        if kind == "projects":
            shown["related"]["update"] = url + "update/"
            if one["status"] == "pending":
                shown["summary_fields"]["current_update"] = {"id": one["id"] + UPDATES}
        if kind in ("job_templates", "workflow_job_templates"):
            shown["related"]["survey_spec"] = url + "survey_spec/"
        if kind == "credentials":
            shown["related"]["copy"] = url + "copy/"
        if kind == "workflow_job_template_nodes":
            shown.update({link: self.associations.get((kind, one["id"], link), []) for link in LINKS})
        for name in ("credential_type", "workflow_job_template"):
            if one.get(name) in self.objects[RELATIONS[name]]:
                related = self.objects[RELATIONS[name]][one[name]]
                shown["summary_fields"][name] = {"id": related["id"], "name": related["name"]}
        return shown


def _type_of(kind: str) -> str:
    return TYPES_OF_OBJECTS.get(kind, kind.removesuffix("s"))


def answer_errors(question: Data, answers: Data, required: bool = True) -> list[str]:
    """Return why AWX refuses the answer to a question: awx/main/models/mixins.py, _survey_element_validation()."""
    variable, kind = question["variable"], question["type"]
    if variable not in answers:
        return ["'%s' value missing" % variable] if required and question["required"] else []
    value = answers[variable]
    if kind in ("text", "textarea", "password"):
        if not isinstance(value, str):
            return ["Value %s for '%s' expected to be a string." % (value, variable)]
        size = len(value)
    elif kind == "integer":
        if not isinstance(value, int) or isinstance(value, bool):
            return ["Value %s for '%s' expected to be an integer." % (value, variable)]
        size = value
    else:
        expected = "Value %s for '%s' expected to be one of %s." % (value, variable, question["choices"])
        return [] if value in question["choices"] else [expected]
    if not question.get("min", size) <= size <= question.get("max", size):
        return ["'%s' value %s is too small or too large." % (variable, value)]
    return []


def _checked_survey(survey: Data) -> Data:
    if set(survey) != {"name", "description", "spec"}:
        raise Refused({"error": "The survey needs a name, a description and a spec."})
    variables = [question.get("variable") for question in survey["spec"]]
    if len(set(variables)) < len(variables):
        raise Refused({"error": "A variable is asked for twice."})
    for question in survey["spec"]:
        if not set(question) >= QUESTION or question["type"] not in TYPES:
            raise Refused({"error": "The question %r is incomplete." % question.get("question_name")})
        default = question.get("default")
        if question["type"] == "multiplechoice" and default not in question["choices"]:
            raise Refused({"error": "The default of %s is not one of its choices." % question["variable"]})
        if question["type"] == "integer" and not question["min"] <= default <= question["max"]:
            raise Refused({"error": "The default of %s is not an integer in its range." % question["variable"]})
    return survey


def _check_type(kind: Data) -> None:
    fields = kind["inputs"].get("fields", [])
    known = {"id", "label", "type", "help_text", "secret", "multiline"}
    if any(not {"id", "label", "type"} <= set(field) <= known or field["type"] not in ("string", "boolean") for field in fields):
        raise Refused({"inputs": ["A field is not as it should be."]})
    if set(kind["inputs"].get("required", ())) - {field["id"] for field in fields}:
        raise Refused({"inputs": ["A required field does not exist."]})
    if set(kind["injectors"]) - {"file", "env", "extra_vars"}:
        raise Refused({"injectors": ["There is no such kind of injector."]})
    files = {name.partition(".")[2]: "EXAMPLE" for name in kind["injectors"].get("file", {})}
    namespace = {**{field["id"]: "EXAMPLE" for field in fields}, "tower": {"filename": files}}
    sandbox = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    for templates in kind["injectors"].values():
        for name, template in templates.items():
            try:
                sandbox.from_string(template).render(namespace)
            except jinja2.TemplateError as error:
                raise Refused({"injectors": ["%s: %s" % (name, error)]}) from None


@contextlib.contextmanager
def breaking(awx: Awx, after: int) -> t.Iterator[None]:
    """The server breaks after so many more writes, and is whole again in the end."""
    awx.fails_after = len(awx.writes) + after
    try:
        yield
    finally:
        awx.fails_after = None
