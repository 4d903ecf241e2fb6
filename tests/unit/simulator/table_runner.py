# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run tables of requests and expected answers (``tables/*.yml``) against the simulator; ``tables/README.md`` describes the format."""

from __future__ import annotations

import base64
import copy
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from simulator.ksc.state import Outcome
from simulator.runner import Simulator
from simulator.world import WorldError, load

TABLES = Path(__file__).resolve().parent / "tables"
EXPECTED = {"answer", "value", "error", "status", "answer_headers", "contains", "lacks"}
# What a step may do before its request, in this order.
FIRST = ("set", "settings", "machines", "fault", "close", "advance")
# The keys that may stand beside the key that names the request.
REQUESTS: dict[str, set[str]] = {
    "call": EXPECTED | {"as", "body", "change", "raw", "headers", "refused", "save"},
    "login": EXPECTED | {"server", "user", "password", "session", "save"},
    "find": {"as", "fields", "order", "everywhere", "hosts", "rows", "save"},
    "states": {"as", "mask", "answer"},
    "counts": {"as", "answer"},
    "do": set(),
    "world": {"refused"},
}
ALWAYS = {"each", "with", "times", *FIRST}
CHECKS = EXPECTED | {"hosts", "rows", "refused", "save"}
FIND = {"vecFieldsToOrder": [], "lMaxLifeTime": 600}


class TableError(Exception):
    """Report that a table is wrong, whatever the simulator answers."""


class Mismatch(AssertionError):
    """Report that an answer is not as expected."""


# Values


@dataclass(frozen=True)
class Matcher:
    """Hold an expectation other than a plain value. ``find`` yields the differences of a received value."""

    text: str
    find: Callable[[Any, str], Iterator[str]]

    def __repr__(self) -> str:
        return self.text


def _test(text: str, right: Callable[[Any], Any]) -> Matcher:
    def find(received: Any, where: str) -> Iterator[str]:
        try:
            fits = right(received)
        except TypeError:
            fits = False
        if not fits:
            yield "%s: expected %s, received %s" % (where, text, "nothing" if received is ... else repr(received))

    return Matcher(text, find)


ABSENT = _test("$absent", lambda received: received is ...)
NAMES: dict[str, Any] = {"any": _test("$any", lambda received: received is not ...), "absent": ABSENT}


def _exactly(expected: Any) -> Matcher:
    def find(received: Any, where: str) -> Iterator[str]:
        yield from differences(expected, received, where)
        if isinstance(received, Mapping) and isinstance(expected, Mapping):
            yield from ("%s/%s: not expected, received %r" % (where, key, received[key]) for key in received if key not in expected)

    return Matcher("$exactly %r" % (expected,), find)


def _ordered(received: Any) -> Any:
    return sorted(received, key=repr) if isinstance(received, list) else received


def _any_order(expected: Any) -> Matcher:
    return Matcher("$any_order %r" % (expected,), lambda received, where: differences(_ordered(expected), _ordered(received), where))


MATCHERS: dict[str, Callable[[Any], Matcher]] = {
    "exactly": _exactly,
    "any_order": _any_order,
    "members": lambda names: _test("$members %r" % names, lambda received: isinstance(received, Mapping) and set(received) == set(names)),
    "contains": lambda item: _test(
        "$contains %r" % (item,), lambda received: any(not list(differences(item, each, "")) for each in received)
    ),
    "not": lambda item: _test("$not %r" % (item,), lambda received: bool(list(differences(item, received, "")))),
    "length": lambda count: _test("$length %r" % (count,), lambda received: isinstance(received, (list, dict)) and len(received) == count),
    "above": lambda item: _test("$above %r" % (item,), lambda received: received > item),
    "below": lambda item: _test("$below %r" % (item,), lambda received: received < item),
    "bits": lambda bits: _test("$bits %r" % (bits,), lambda received: received & bits == bits),
    "no_bits": lambda bits: _test("$no_bits %r" % (bits,), lambda received: received & bits == 0),
}


def differences(expected: Any, received: Any, where: str = "") -> Iterator[str]:
    """Yield what differs. Other members of a mapping are passed over; lists and other values must be equal, also in type."""
    if isinstance(expected, Matcher):
        yield from expected.find(received, where)
    elif isinstance(expected, Mapping) and isinstance(received, Mapping):
        for key, item in expected.items():
            yield from differences(item, received.get(key, ...), "%s/%s" % (where, key))
    elif isinstance(expected, list) and isinstance(received, list):
        if len(expected) != len(received):
            yield "%s: expected %d items, received %d: %r" % (where, len(expected), len(received), received)
        for number, (one, other) in enumerate(zip(expected, received)):
            yield from differences(one, other, "%s/%d" % (where, number))
    elif isinstance(expected, str) and expected.startswith("~"):
        if not isinstance(received, str) or not re.search(expected[1:].strip(), received):
            yield "%s: expected text that fits %r, received %r" % (where, expected[1:].strip(), received)
    elif type(expected) is not type(received) or expected != received:
        yield "%s: expected %r, received %s" % (where, expected, "nothing" if received is ... else repr(received))


def place(data: Any, path: str) -> Any:
    """Return what is at a path such as ``a/0/b``, and ``...`` where nothing is."""
    for step in filter(None, path.split("/")):
        try:
            data = data[int(step)] if isinstance(data, list) else data[step]
        except (LookupError, TypeError, ValueError):
            return ...
    return data


def changed(data: Any, changes: Mapping[str, Any]) -> Any:
    """Return a copy with other values at paths; ``$absent`` removes a member."""
    data = {"body": copy.deepcopy(data)}
    for path, value in changes.items():
        *way, last = filter(None, ["body", *path.split("/")])
        at = place(data, "/".join(way))
        if at is ...:
            raise TableError("change: the body has nothing at %s" % path)
        key: Any = int(last) if isinstance(at, list) else last
        if value is ABSENT:
            del at[key]
        else:
            at[key] = value
    return data["body"]


def unwrapped(value: Any, top: bool = True) -> Any:
    """Return an answer of the KSC with params unwrapped. ValueError for what ksc-openapi.md 2.1 and 2.2 do not allow.

    A value of a method is bare, a container inside params or an array is wrapped, and what has no value is left out.
    """
    if isinstance(value, dict):
        wrapped = set(value) == {"type", "value"} and isinstance(value["type"], str)
        if wrapped and value["type"] != "params":
            return value
        if wrapped is top:
            raise ValueError("%s: %r" % ("a value of a method must not be wrapped" if top else "a container must be wrapped", value))
        members = value["value"] if wrapped else value
        if None in members.values():
            raise ValueError("null inside params: %r" % value)
        return {name: unwrapped(item, False) for name, item in members.items()}
    return [unwrapped(item, False) for item in value] if isinstance(value, list) else value


def b64(text: str) -> str:
    """Return the Base64 of a text in UTF-8."""
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


# Tables


@dataclass(frozen=True)
class Case:
    """Hold a case of a table, with the variables of one of its rounds."""

    table: str
    name: str
    source: str
    world: Any
    steps: list[dict[str, Any]]
    variables: dict[str, Any]
    procedures: dict[str, list[dict[str, Any]]]
    round: str = ""

    def __str__(self) -> str:
        return "%s: %s%s" % (self.table, self.name, " [%s]" % self.round if self.round else "")


def _known(where: str, data: Any, known: set[str]) -> dict[str, Any]:
    if not isinstance(data, dict) or set(data) - known:
        raise TableError("%s: %s" % (where, "unknown key %s" % sorted(set(data) - known) if isinstance(data, dict) else "not a mapping"))
    return data


def _check_keys(where: str, data: Any) -> None:
    """Refuse keys that YAML takes for something else than text, such as ``on`` and ``1``."""
    for key, item in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        if isinstance(data, dict) and not isinstance(key, str):
            raise TableError("%s: the key %r is no text; quote it" % (where, key))
        _check_keys(where, item)


def _kinds(step: Mapping[str, Any]) -> list[str]:
    return [kind for kind in REQUESTS if kind in step]


def _each(step: dict[str, Any]) -> list[dict[str, Any]]:
    return step["each"] if isinstance(step.get("each"), list) else []


def _check_steps(where: str, steps: Any) -> None:
    if not isinstance(steps, list) or not steps:
        raise TableError("%s: a list of steps is needed" % where)
    for number, step in enumerate(steps, 1):
        here = "%s, step %d" % (where, number)
        kinds = _kinds(step) if isinstance(step, dict) else []
        if not isinstance(step, dict) or len(kinds) > 1 or not (kinds or set(FIRST) & set(step)):
            raise TableError("%s: one of %s is needed, or some of %s" % (here, ", ".join(REQUESTS), ", ".join(FIRST)))
        for variant in [step, *({**step, **entry} for entry in _each(step))]:
            _known(here, variant, ALWAYS.union(kinds, *(REQUESTS[kind] for kind in kinds)))


def _rounds(entry: Any) -> dict[str, dict[str, Any]]:
    return entry if isinstance(entry, dict) else {"": {}}


def read(path: Path) -> list[Case]:
    """Return the cases of a table. TableError names the file, the case and the step that are wrong."""
    try:
        data = load(path)
    except WorldError as error:
        raise TableError(str(error)) from error
    _check_keys(path.name, data)
    shared = {"variables": {}, "procedures": {}} if path.name == "common.yml" else _shared(path.parent)
    _known(path.name, data, {"about", "world", "variables", "procedures", "groups"})
    variables = {**shared["variables"], **data.get("variables", {})}
    procedures = {**shared["procedures"], **data.get("procedures", {})}
    for name, steps in procedures.items():
        _check_steps("%s: procedure %r" % (path.name, name), steps)
    cases = []
    for number, group in enumerate(data.get("groups", []), 1):
        _known("%s, group %d" % (path.name, number), group, {"source", "world", "cases"})
        for name, entry in group["cases"].items():
            where = "%s: %s" % (path.name, name)
            entry = _known(where, entry if isinstance(entry, dict) else {"steps": entry}, {"source", "world", "rounds", "steps"})
            _check_steps(where, entry.get("steps"))
            source = entry.get("source", group.get("source"))
            if not isinstance(source, str):
                raise TableError("%s: a source is needed" % where)
            if not any(CHECKS & set(variant) or "do" in step for step in entry["steps"] for variant in [step, *_each(step)]):
                raise TableError("%s: nothing is expected" % where)
            world = merged(merged(data.get("world"), group.get("world")), entry.get("world"))
            for title, values in _rounds(entry.get("rounds")).items():
                cases.append(Case(path.stem, name, source, world, entry["steps"], {**variables, **values}, procedures, str(title)))
    return cases


def _shared(folder: Path) -> dict[str, Any]:
    return {"variables": {}, "procedures": {}, **(load(folder / "common.yml") if (folder / "common.yml").exists() else {})}


def merged(world: Any, patch: Any) -> Any:
    """Return a world, a file of ``worlds/`` or a mapping, with the keys of a patch in its parts."""
    if patch is None or isinstance(patch, str):
        return patch or world
    base = world if isinstance(world, dict) else named_world(world)
    return {**base, **{part: {**base.get(part, {}), **values} for part, values in patch.items()}}


@functools.cache
def named_world(name: str | None = None) -> dict[str, Any]:
    """Return a world of ``tables/worlds`` or of the simulator by its name; without one, the world of most tables."""
    own = TABLES / "worlds" / ("%s.yml" % (name or "base"))
    return load(own if own.exists() else name)


def all_cases(folder: Path = TABLES) -> list[Case]:
    """Return the cases of all tables of a folder."""
    return [case for path in sorted(folder.glob("*.yml")) for case in read(path)]


# Running


class Client:
    """Send requests on one connection, with the headers that the login gave."""

    def __init__(self, base: str, ca_file: str) -> None:
        self.base = base
        self.ca_file = ca_file
        self.http = requests.Session()
        self.headers: dict[str, str] = {}

    def send(self, verb: str, path: str, **more: Any) -> requests.Response:
        """Send a request and return the answer, whatever it is."""
        headers = {**self.headers, **more.pop("headers", {})}
        return self.http.request(verb, self.base + path, headers=headers, verify=self.ca_file, timeout=20, **more)


class Run:
    """Run the steps of one case, with its variables and clients."""

    def __init__(self, simulator: Simulator, case: Case) -> None:
        self.simulator = simulator
        self.case = case
        self.variables = {**NAMES, "ports": {name: end.port for name, end in simulator.endpoints.items()}, **case.variables}
        self.clients: dict[str, Client] = {}
        self.where = ""
        self.request = ""

    # Variables

    def value(self, value: Any) -> Any:
        """Return a value of a table with its variables and matchers in place."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            if len(value) == 1:
                ((key, item),) = value.items()
                if key == "$params":
                    return {"type": "params", "value": self.value(item)}
                if isinstance(key, str) and key[:1] == "$" and key[1:] in MATCHERS:
                    return MATCHERS[key[1:]](self.value(item))
            return {self.value(key): self.value(item) for key, item in value.items()}
        return value

    def _text(self, text: str) -> Any:
        if text.startswith("~"):
            return text
        whole = re.fullmatch(r"\$(\w+)(\.[\w.]+)?", text)
        if whole:
            return self._variable(*whole.groups())
        text = re.sub(r"\$(?!b64)(\w+)(\.\w+)?", lambda found: str(self._variable(*found.groups())), text)
        return re.sub(r"\$b64\(([^)]*)\)", lambda found: b64(found[1]), text)

    def _variable(self, name: str, path: str | None) -> Any:
        if self.variables.get(name, ...) is ...:
            raise TableError("%s: there is no variable $%s" % (self.where, name))
        found = place(self.value(self.variables[name]), (path or "").replace(".", "/"))
        if found is ...:
            raise TableError("%s: $%s has no %s" % (self.where, name, path))
        return copy.copy(found) if isinstance(found, (dict, list)) else found

    # Clients

    def client(self, name: str) -> Client:
        """Return a client; the known names log in at their first use, and a number after a name makes another connection."""
        name = self.value(name)
        if name not in self.clients:
            kind = name.split()[0]
            if kind in ("anonymous", "control"):
                self.clients[name] = self._new(kind)
            elif kind in ("primary", "tenant", "viis", "reserve"):
                self._success(self._log_in(name, "Tenant A" if kind == "tenant" else ""))
            else:
                raise TableError("%s: nobody has logged in as %r" % (self.where, name))
        return self.clients[name]

    def _new(self, kind: str) -> Client:
        end = self.simulator.endpoints[{"reserve": "viis_reserve", "viis": "viis", "control": "control"}.get(kind, "ksc")]
        return Client(end.url, self.simulator.ca_file)

    def _log_in(self, name: str, server: str = "", user: str | None = None, password: str | None = None, session: bool = False) -> Any:
        kind = name.split()[0]
        client = self._new(kind)
        viis = kind in ("viis", "reserve")
        account = self.simulator.endpoints[{"reserve": "viis_reserve", "viis": "viis"}.get(kind, "ksc")].accounts[0]
        user, password = account["username"] if user is None else user, account["password"] if password is None else password
        if viis:
            answer = client.send("GET", "/api/3.0/auth/tokens", headers={"Authorization": "Basic " + b64("%s:%s" % (user, password))})
            client.headers = {"Accept": "application/json"}
            if answer.status_code == 200:
                client.headers["Authorization"] = "Bearer " + answer.json()["accessToken"]["value"]
        else:
            header = 'KSCBasic user="%s", pass="%s", domain="", internal="1"' % (b64(user), b64(password))
            headers = {"Authorization": header, "X-KSC-VServer": b64(server)}
            answer = client.send("POST", "/api/v1.0/" + ("Session.StartSession" if session else "login"), json={}, headers=headers)
            if session and answer.status_code == 200:
                client.headers["X-KSC-Session"] = answer.json()["PxgRetVal"]
        self.clients[name] = client
        return answer

    # Steps

    def run(self) -> None:
        """Run the steps. Mismatch and TableError name the table, the case and the step."""
        self._steps(self.case.steps, str(self.case))

    def _steps(self, steps: list[dict[str, Any]], where: str) -> None:
        for number, step in enumerate(steps, 1):
            entries = step.get("each", [{}])
            for turn, entry in enumerate(self.value(entries) if isinstance(entries, str) else entries, 1):
                variant = {**step, **entry}
                self.where = "%s, step %d%s" % (where, number, " (%d of each)" % turn if entry else "")
                own = variant.get("with", {})
                before = {name: self.variables.get(name, ...) for name in own}
                self.variables.update(own)
                for _time in range(variant.get("times", 1)):
                    for kind in (*(kind for kind in FIRST if kind in variant), *_kinds(variant)):
                        self.request = "%s: %s" % (kind, variant[kind])
                        getattr(self, "_" + kind)(variant)
                self.variables.update(before)

    def _do(self, step: dict[str, Any]) -> None:
        name = self.value(step["do"])
        if name not in self.case.procedures:
            raise TableError("%s: there is no procedure %r" % (self.where, name))
        self._steps(self.case.procedures[name], "%s, in %r" % (self.where, name))

    def _advance(self, step: dict[str, Any]) -> None:
        self.simulator.clock.advance(self.value(step["advance"]))

    def _settings(self, step: dict[str, Any]) -> None:
        self.simulator.change_settings(self.value(step["settings"]))

    def _fault(self, step: dict[str, Any]) -> None:
        if step["fault"] is None:
            self.simulator.faults.clear()
        else:
            self.simulator.faults.add(**self.value(step["fault"]))

    def _set(self, step: dict[str, Any]) -> None:
        self.variables.update(self.value(step["set"]))

    def _close(self, step: dict[str, Any]) -> None:
        self.client(step["close"]).http.close()

    def _machines(self, step: dict[str, Any]) -> None:
        with self.simulator.lock:
            for name, values in self.value(step["machines"]).items():
                machine = self.simulator.world["ksc"].state.host(name).machine  # type: ignore[attr-defined]
                for key, value in values.items():
                    if not hasattr(machine, key):
                        raise TableError("%s: a machine has no %s" % (self.where, key))
                    setattr(machine, key, [Outcome(**rule) for rule in value] if key == "outcomes" else value)
            self.simulator.world["ksc"].state.primary.touch()  # type: ignore[attr-defined]

    def _world(self, step: dict[str, Any]) -> None:
        try:
            Simulator(self.value(step["world"]))
        except (WorldError, ValueError) as error:
            if step["refused"] in str(error):
                return
            raise self._mismatch("an error with %r" % step["refused"], str(error), []) from error
        raise self._mismatch("an error with %r" % step["refused"], "no error", [])

    def _login(self, step: dict[str, Any]) -> None:
        asked = {key: self.value(step[key]) for key in ("server", "user", "password", "session") if key in step}
        self._check(step, lambda: self._log_in(step["login"], **asked), step["login"].split()[0] in ("viis", "reserve"))

    def _call(self, step: dict[str, Any]) -> None:
        if "refused" in step:
            for error, changes in step["refused"].items():
                for change in changes:
                    self._call({**{key: item for key, item in step.items() if key != "refused"}, "change": change, "error": error})
            return
        words = self.value(step["call"]).split(" ", 1)
        verb, path = words if len(words) == 2 else ("POST", "/api/v1.0/" + words[0])
        rest = len(words) == 2
        client = self.client(step.get("as", "viis" if rest else "primary"))
        more: dict[str, Any] = {"headers": self.value(step.get("headers", {}))}
        if "raw" in step:
            more["data"] = self.value(step["raw"]).encode("utf-8")
            more["headers"].setdefault("Content-Type", "application/json")
        elif "body" in step or "change" in step or not rest:
            more["json"] = changed(self.value(step.get("body", {})), self.value(step.get("change", {})))
            if step.get("body", {}) is None:
                del more["json"]
        self.request = "%s as %s, body %r" % (step["call"], step.get("as", "default"), more.get("json", more.get("data")))
        self._check(step, lambda: client.send(verb, path, **more), rest)

    def _find(self, step: dict[str, Any]) -> None:
        client = self.client(step.get("as", "primary"))
        fields = self.value(step.get("fields", ["KLHST_WKS_DN"]))
        params = {"KLGRP_FIND_FROM_CUR_VS_ONLY": not step.get("everywhere", False)}
        body = dict(FIND, wstrFilter=self.value(step["find"]), vecFieldsToReturn=fields, pParams=params)
        body["vecFieldsToOrder"] = [{"type": "params", "value": {"Name": name, "Asc": True}} for name in step.get("order", [])]
        found = self._ksc(client, "HostGroup.FindHosts", body)
        chunk = {"strAccessor": found["strAccessor"], "nStart": 0, "nCount": found["PxgRetVal"]}
        rows = self._ksc(client, "ChunkAccessor.GetItemsChunk", chunk)["pChunk"]["KLCSP_ITERATOR_ARRAY"]
        self._ksc(client, "ChunkAccessor.Release", {"strAccessor": found["strAccessor"]})
        if "hosts" in step:
            self._match(sorted(self.value(step["hosts"])), sorted(row["KLHST_WKS_DN"] for row in rows))
        self._match([_exactly(row) for row in self.value(step["rows"])] if "rows" in step else NAMES["any"], rows)
        self._save(step, rows)

    def _states(self, step: dict[str, Any]) -> None:
        client = self.client(step.get("as", "primary"))
        body = {"strTask": self.value(step["states"]), "pFields2Return": ["hostdn", "state_code", "state_descr"], "pFields2Order": None}
        body.update(nHostStateMask=step.get("mask", 127), nLifetime=60)
        iterator = {"strHostIteratorId": self._ksc(client, "Tasks.ResetHostIteratorForTaskStatusEx", body)["strHostIteratorId"]}
        count = self._ksc(client, "Tasks.GetHostStatusRecordsCount", iterator)["PxgRetVal"]
        answer = self._ksc(client, "Tasks.GetHostStatusRecordRange", {**iterator, "nStart": 0, "nEnd": count})
        self._ksc(client, "Tasks.ReleaseHostStatusIterator", iterator)
        rows = {row["hostdn"]: [row["state_code"], row.get("state_descr", "")] for row in answer["pParHostStatus"]["statuses"]}
        self._match(_exactly(self.value(step["answer"])), rows)

    def _counts(self, step: dict[str, Any]) -> None:
        task = {"strTask": self.value(step["counts"])}
        found, again = (self._ksc(self.client(step.get("as", "primary")), "Tasks." + name, task)["PxgRetVal"] for name in STATISTICS)
        self._match(_exactly(found), again)
        self._match(dict.fromkeys(COUNTS, NAMES["any"]), found)
        self._match(_exactly(self.value(step["answer"])), {name: count for name, count in found.items() if count})

    # Answers

    def _ksc(self, client: Client, method: str, body: Any) -> Any:
        self.request = "%s, body %r" % (method, body)
        return self._success(client.send("POST", "/api/v1.0/" + method, json=body))

    def _success(self, answer: requests.Response) -> Any:
        if answer.status_code != 200 or "PxgError" in answer.json():
            raise self._mismatch("success", "%d %s" % (answer.status_code, answer.text), [])
        return self._unwrapped(answer.json())

    def _unwrapped(self, document: Any) -> Any:
        try:
            return {name: unwrapped(value) for name, value in document.items()} if isinstance(document, dict) else document
        except ValueError as error:
            raise self._mismatch("the types of ksc-openapi.md 2.1", document, [str(error)]) from error

    def _check(self, step: dict[str, Any], send: Callable[[], requests.Response], rest: bool) -> None:
        try:
            answer = send()
        except requests.RequestException as error:
            if step.get("error") != "no answer":
                raise self._mismatch("an answer", repr(error), []) from error
            return
        received = self._document(answer)
        refusal = self.value(step.get("error"))
        if refusal is not None:
            received = self._refusal(str(refusal), answer, received, rest)
        else:
            self._match(step.get("status", 200), answer.status_code, answer.text)
            if not rest:
                self._match({"PxgError": ABSENT}, received)
                received = self._unwrapped(received)
        for name, text in self.value(step.get("answer_headers", {})).items():
            self._match(text, answer.headers.get(name, ...))
        for key, wanted in (("contains", True), ("lacks", False)):
            for text in self.value(step.get(key, [])):
                if (text in answer.text) is not wanted:
                    raise self._mismatch("%s %r" % (key, text), answer.text, [])
        if "answer" in step:
            self._match(self.value(step["answer"]), received)
        if "value" in step:
            self._match(self.value(step["value"]), place(received, "PxgRetVal"))
        self._save(step, received, answer)

    @staticmethod
    def _document(answer: requests.Response) -> Any:
        try:
            return answer.json() if answer.content else None
        except ValueError:
            return answer.text

    def _refusal(self, wanted: str, answer: requests.Response, received: Any, rest: bool) -> Any:
        """Check a refusal: ``MODULE code text`` of a method of the KSC, or ``status text`` of any server. Return its members."""
        if not re.match(r"\d{3}( |$)|[A-Z]+ \d+( |$)|no answer$", wanted):
            raise TableError("%s: %r is no error" % (self.where, wanted))
        if wanted == "no answer":
            raise self._mismatch(wanted, "%d %s" % (answer.status_code, answer.text), [])
        first, _space, text = wanted.partition(" ")
        if first.isdigit():
            self._match(int(first), answer.status_code, answer.text)
            if not rest:
                self._match("~^text/plain", answer.headers.get("Content-Type", ""))
            if text not in answer.text:
                raise self._mismatch("a text with %r" % text, answer.text, [])
            return received
        code, _space, text = text.partition(" ")
        self._match(200, answer.status_code, answer.text)
        error = received.get("PxgError", ...) if isinstance(received, dict) else ...
        whole = dict.fromkeys(("subcode", "file", "line", "locdata"), NAMES["any"])
        self._match({**whole, "module": first, "code": int(code), "message": "~" + re.escape(text)}, error)
        return error

    def _match(self, expected: Any, received: Any, text: str = "") -> None:
        found = list(differences(expected, received))
        if found:
            raise self._mismatch(expected, "%r %s" % (received, text) if text else received, found)

    def _mismatch(self, expected: Any, received: Any, found: list[str]) -> Mismatch:
        lines = [self.where, "request:  %s" % self.request, "expected: %r" % (expected,), "received: %s" % (received,)]
        return Mismatch("\n".join([*lines, *("  " + line for line in found), "source:   %s" % self.case.source]))

    def _save(self, step: dict[str, Any], received: Any, answer: requests.Response | None = None) -> None:
        for name, path in self.value(step.get("save", {})).items():
            kind, _space, rest = path.partition(" ")
            if answer is not None and kind == "header":
                found = answer.headers.get(rest, ...)
            else:
                found = place(answer.json(), rest) if answer is not None and kind == "raw" else place(received, path)
            if found is ...:
                raise self._mismatch("a value at %r, to be saved as $%s" % (path, name), received, [])
            self.variables[name] = found


STATISTICS = ("GetTaskStatistics", "GetTaskStatistics2")
COUNTS = ("1", "2", "4", "8", "16", "32", "64", "GNRL_COMPLETED_PERCENT", "KLTSK_NEED_RBT_CNT")


def play(simulator: Simulator, *steps: dict[str, Any], **variables: Any) -> Run:
    """Run steps of a Python test with the variables and procedures of ``common.yml``, and return the run with its clients."""
    shared = _shared(TABLES)
    played = Run(simulator, Case("test", "steps", "", None, list(steps), {**shared["variables"], **variables}, shared["procedures"]))
    _check_steps("test", played.case.steps or [{"advance": 0}])
    played.run()
    return played


def run(simulator: Simulator, case: Case) -> None:
    """Reset the simulator to the world of a case and run the case."""
    simulator.reset(case.world if isinstance(case.world, dict) else named_world(case.world))
    Run(simulator, case).run()
