# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small AWX: the part of its REST API that the modules of awx.awx use to create and look up objects, in memory.

It refuses what AWX refuses and the set-up could get wrong: unknown fields, relations to nothing, names twice, playbooks that the project
does not have, injectors that do not render, survey questions that are incomplete, credential inputs that the type does not have.
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
TEMPLATES = {"job_templates": "job_template", "workflow_job_templates": "workflow_job_template", "projects": "project"}

# What objects have that nobody has set. A field that is not here does not exist.
ASK = ("limit", "job_type", "diff_mode", "verbosity", "credential", "job_slice_count", "variables", "tags", "inventory", "scm_branch")
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
    },
    "workflow_job_template_nodes": {
        "identifier": None,
        "workflow_job_template": None,
        "unified_job_template": None,
        "extra_data": {},
        "all_parents_must_converge": False,
    },
    "schedules": {"name": None, "description": "", "unified_job_template": None, "rrule": None, "enabled": True},
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
UNIQUE = {"workflow_job_template_nodes": ("identifier", "workflow_job_template"), "inventory_sources": ("name", "inventory")}
QUESTION = {"question_name", "variable", "type", "required"}
TYPES = ("text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect")


class Refused(Exception):
    """What AWX answers with status 400."""


class Awx:
    """The server; a context manager. ``project`` is the folder that a project's repository has."""

    def __init__(self, project: pathlib.Path) -> None:
        self.project = project
        self.objects: dict[str, dict[int, Data]] = {kind: {} for kind in DEFAULTS}
        self.surveys: dict[int, Data] = {}
        self.associations: dict[tuple[str, int, str], list[int]] = {}
        self.secrets: dict[int, Data] = {}
        self.tokens: dict[int, str] = {}
        self.writes: list[str] = []  # method and path of each that was accepted
        self.fails_after: int | None = None  # the number of writes after which the server is of no use
        self._next = 1
        self._lock = threading.Lock()
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
        return [one.get("name") or one["identifier"] for one in self.objects[kind].values()]

    # -- requests ---------------------------------------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Response:
        data = await request.json() if request.method in ("POST", "PATCH") else {}
        with self._lock:
            try:
                return self._routed(request, data)
            except Refused as refused:
                return JSONResponse(refused.args[0], 400)

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
        if request.method == "DELETE":
            self.tokens.pop(int(words[1]), None)
            return Response(status_code=204)
        account = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        if account != "admin:Awx-Admin-1":
            return JSONResponse({"detail": "Invalid username/password."}, 401)
        self._next += 1
        self.tokens[self._next] = "Token-Secret-%d" % self._next
        return JSONResponse({"id": self._next, "token": self.tokens[self._next]}, 201)

    def _object(self, request: Request, words: list[str], data: Data) -> Response:
        kind = words[0]
        if kind == "unified_job_templates":
            found = [self._shown(kind, one) for kind in TEMPLATES for one in self.objects[kind].values()]
            return self._list(request, found)
        if kind == "project_updates":
            return self._synchronized(int(words[1]))
        if kind not in self.objects:
            return JSONResponse({"detail": "Not found."}, 404)
        if len(words) == 1:
            if request.method == "POST":
                return JSONResponse(self._create(kind, data), 201)
            return self._list(request, [self._shown(kind, one) for one in self.objects[kind].values()])
        one = self.objects[kind].get(int(words[1]))
        if one is None:
            return JSONResponse({"detail": "Not found."}, 404)
        if len(words) == 2:
            if request.method == "PATCH":
                self._set(kind, one, data)
            if request.method == "DELETE":
                del self.objects[kind][one["id"]]
                return Response(status_code=204)
            return JSONResponse(self._shown(kind, one))
        if words[2] == "survey_spec":
            if request.method == "POST":
                self.surveys[one["id"]] = _checked_survey(data)
            return JSONResponse(self.surveys.get(one["id"], {}))
        if words[2] == "update":
            one["status"] = "pending"
            return JSONResponse({"id": one["id"], "url": "/api/v2/project_updates/%d/" % one["id"]}, 202)
        return self._associated(request, (kind, one["id"], words[2]), data)

    def _list(self, request: Request, found: list[Data]) -> Response:
        for name, value in request.query_params.items():
            field = name.removeprefix("or__")
            found = [one for one in found if str(one.get(field)) == value]
        return JSONResponse({"count": len(found), "next": None, "previous": None, "results": found})

    def _associated(self, request: Request, key: tuple[str, int, str], data: Data) -> Response:
        kind = "workflow_job_template_nodes" if key[2].endswith("_nodes") else key[2]
        ids = self.associations.setdefault(key, [])
        if request.method == "POST":
            if data["id"] not in self.objects[kind]:
                raise Refused({"id": ["Invalid pk."]})
            ids.remove(data["id"]) if data.get("disassociate") else ids.append(data["id"])
            return Response(status_code=204)
        return self._list(request, [self._shown(kind, self.objects[kind][id]) for id in ids])

    def _synchronized(self, project: int) -> Response:
        one = self.objects["projects"][project]
        good = one["scm_url"].startswith("https://git.example.com/")
        one.update(status="successful" if good else "failed", scm_revision="0123abcd" if good else "")
        update = {"id": project, "status": one["status"], "failed": not good, "finished": "2026-01-01T00:00:00Z", "type": "project_update"}
        return JSONResponse({**update, "scm_revision": one["scm_revision"], "elapsed": 1.0, "started": "2026-01-01T00:00:00Z"})

    # -- objects ----------------------------------------------------------------------------------------------------------------

    def _create(self, kind: str, data: Data) -> Data:
        self._next += 1
        one = {"id": self._next, **DEFAULTS[kind]}
        keys = UNIQUE.get(kind, ("name", *(("organization",) if "organization" in DEFAULTS[kind] and kind != "job_templates" else ())))
        for other in self.objects[kind].values():
            if all(other[key] == data.get(key) for key in keys):
                raise Refused({"__all__": ["%s with this name already exists." % kind]})
        self._set(kind, one, data)
        missing = [name for name, value in DEFAULTS[kind].items() if value is None and name in keys and one[name] is None]
        if missing:
            raise Refused({name: ["This field is required."] for name in missing})
        self.objects[kind][one["id"]] = one
        if kind == "projects":
            one["status"] = "pending"
        return self._shown(kind, one)

    def _set(self, kind: str, one: Data, data: Data) -> None:
        new = {name: value for name, value in data.items() if name != "id"}
        unknown = set(new) - set(DEFAULTS[kind])
        if unknown:
            raise Refused({name: ["There is no such field."] for name in unknown})
        for name, value in new.items():
            if name in RELATIONS and value is not None and value not in self.objects[RELATIONS[name]]:
                raise Refused({name: ["Invalid pk %r - object does not exist." % value]})
        checked = {**one, **new}
        if kind == "credential_types":
            _check_type(checked)
        elif kind == "credentials":
            new = self._encrypted(checked, new)
        elif kind == "job_templates":
            project = self.objects["projects"].get(checked["project"] or 0)
            if project is None or project["status"] != "successful" or not (self.project / checked["playbook"]).is_file():
                raise Refused({"playbook": ["Playbook not found for project."]})
        elif kind == "inventory_sources" and not (self.project / checked["source_path"]).exists():
            raise Refused({"source_path": ["There is no such file."]})
        one.update(new)

    def _encrypted(self, checked: Data, new: Data) -> Data:
        fields = {field["id"]: field for field in self.objects["credential_types"][checked["credential_type"]]["inputs"]["fields"]}
        shown = {}
        for name, value in new.get("inputs", {}).items():
            if name not in fields:
                raise Refused({"inputs": {name: ["Additional properties are not allowed"]}})
            if not isinstance(value, bool if fields[name]["type"] == "boolean" else str):
                raise Refused({"inputs": {name: ["%r is not of type %r" % (value, fields[name]["type"])]}})
            secret = fields[name].get("secret") and value
            if secret and value != ENCRYPTED:
                self.secrets.setdefault(checked["id"], {})[name] = value
            shown[name] = ENCRYPTED if secret else value
        return {**new, "inputs": shown} if "inputs" in new else new

    def _shown(self, kind: str, one: Data) -> Data:
        url = "/api/v2/%s/%d/" % (kind, one["id"])
        shown = {**one, "url": url, "type": TEMPLATES.get(kind, kind.removesuffix("s")), "summary_fields": {}, "related": {}}
        if kind == "projects":
            shown["related"]["update"] = url + "update/"
            if one["status"] == "pending":
                shown["summary_fields"]["current_update"] = {"id": one["id"]}
        if kind in ("job_templates", "workflow_job_templates"):
            shown["related"]["survey_spec"] = url + "survey_spec/"
        return shown


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
