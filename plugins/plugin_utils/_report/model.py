# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

"""What a report tells: of the hosts of a play, from what its tasks have registered, or of what ksc_host_info has returned.

Nothing here is a text of the report: states are words of the collection, times are ISO 8601, reasons are as they were said.
"""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass, field

from .. import _outcome, _tenants
from .._requests import report_format
from .._steps import FAILED, LOOKS, PENDING, ROLES, Data, Returned, request_in, request_variable

Hostvars = t.Mapping[str, t.Mapping[str, t.Any]]
STATES = (_outcome.PROTECTED, _outcome.UNPROTECTED, _outcome.UNKNOWN)
CHANGED, UNCHANGED = "changed", "unchanged"
OUTCOMES = (CHANGED, UNCHANGED, PENDING, FAILED)
NOT_REACHED = "The play has not reached this host, or an earlier task of the play failed for it."


@dataclass(frozen=True)
class Machine:
    """One virtual machine. ``group``: its path, empty for Managed devices; None, as for all others, is what is not known.

    ``parts``: what the steps of a role have come to, where there were any, and ``outcome`` that in a word.
    """

    name: str
    ip: str = ""
    state: str = _outcome.UNKNOWN
    reasons: t.Sequence[str] = ()
    group: t.Optional[str] = None
    agent: t.Optional[bool] = None
    agent_version: t.Optional[str] = None
    product: t.Optional[str] = None
    installed: t.Optional[bool] = None
    build: t.Optional[str] = None
    status: t.Optional[str] = None
    drift: t.Sequence[str] = ()
    outcome: t.Optional[str] = None
    parts: t.Sequence[_outcome.Part] = ()


@dataclass
class Tenant:
    """The machines of one virtual server (None: the primary one), and what is told of the server itself."""

    name: t.Optional[str]
    machines: list[Machine] = field(default_factory=list)
    groups: list[tuple[str, str, str]] = field(default_factory=list)  # path, key of a text or "", and a sentence of the server
    undeclared: list[Data] = field(default_factory=list)


@dataclass
class Report:
    """``kind``: the role whose report it is. ``keys``: what servers tell of their license keys. ``limit``: what the run was limited to."""

    kind: str
    made: datetime.datetime
    tenants: list[Tenant] = field(default_factory=list)
    keys: list[Data] = field(default_factory=list)
    limit: str = ""
    title: str = ""

    @property
    def machines(self) -> list[Machine]:
        return [machine for tenant in self.tenants for machine in tenant.machines]


@dataclass
class File:
    """A report that hosts of a play ask for: its path as they write it, its languages (which should be one), and the hosts."""

    path: str
    languages: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)


# -- of a play ---------------------------------------------------------------------------------------------------------------


class Play:
    """What the hosts of a play have registered in a role.

    ``identity``: what the requests of this play are marked with, since those of an earlier play are still there. ``hosts``: all
    hosts of the play, also those that failed and those of other batches.
    """

    def __init__(self, role: str, hosts: t.Sequence[str], hostvars: Hostvars, identity: t.Optional[str] = None) -> None:
        self._role = role
        self._hosts = list(hosts)
        self._hostvars = hostvars
        self._identity = identity
        self._known: dict[str, Data] = {}
        self._returned: dict[tuple[str, int], Returned] = {}

    def asks(self, hosts: t.Iterable[str]) -> bool:
        """Whether one of these hosts has asked for a report, which spares looking at all hosts of a play with many batches."""
        registered = (self._registered(host) for host in hosts)
        return any((request_in(one) or one or {}).get("report") for one in registered)

    def files(self, asked: t.Callable[[str], str]) -> list[File]:
        """The reports that are asked for. ``asked``: the path for a host that did not come as far as to say so itself, or ""."""
        files: dict[str, File] = {}
        silent = []
        for host in self._hosts:
            registered = self._registered(host)
            report = (request_in(registered) or registered or {}).get("report")
            if report:
                _add(files, report, host)
            elif self._is_silent(host, registered):
                silent.append(host)
        alone = next(iter(files)) if len(files) == 1 else ""
        for host in silent:
            path = asked(host) or alone
            if path and report_format(path):
                _add(files, {"path": path}, host)
        return [file for file in files.values() if any(self._registered(host) is not None for host in file.hosts)]

    def report(self, file: File, made: datetime.datetime, limit: str = "") -> Report:
        report = Report(self._role, made, limit=limit)
        tenants: dict[t.Optional[str], Tenant] = {}
        looks: dict[int, Returned] = {}
        for host in file.hosts:
            server = self._server(host)
            tenants.setdefault(server, Tenant(server)).machines.append(self._machine(host, looks))
        report.tenants = sorted(tenants.values(), key=lambda tenant: str(tenant.name or "").casefold())
        calls = [call for look in looks.values() for call in look.calls]
        _tell_of_servers(report, calls, _tenants.undeclared(calls, self._hostvars))
        return report

    def _is_silent(self, host: str, registered: t.Optional[Data]) -> bool:
        """Whether a host has not come as far as to say whether it asks for a report. Where a condition has skipped it, it is in none."""
        if registered is None:
            found = self._variables(host).get(request_variable(self._role))
            return not (isinstance(found, t.Mapping) and found.get("skipped"))
        return bool(registered.get("failed")) and "role" not in registered

    def _variables(self, host: str) -> Data:
        """What tasks have registered holds no templates, so looking for them is spared."""
        if host not in self._known:
            self._known[host] = getattr(self._hostvars, "raw_get", self._hostvars.__getitem__)(host)
        return self._known[host]

    def _registered(self, host: str) -> t.Optional[Data]:
        """What host_request has registered for a host in this play."""
        found = self._variables(host).get(request_variable(self._role))
        if not isinstance(found, t.Mapping) or found.get("skipped"):
            return None
        return None if found.get("play", self._identity) != self._identity else found

    def _server(self, host: str) -> t.Optional[str]:
        registered = self._registered(host) or {}
        server = (request_in(registered) or registered).get("virtual_server")
        if server is None:
            server = self._variables(host).get("ksv_virtual_server")
        return str(server) if server and "{{" not in str(server) else ""

    def _machine(self, host: str, looks: dict[int, Returned]) -> Machine:
        registered = self._registered(host)
        request = request_in(registered)
        acts = self._role != "tenant_status"
        if request is None or registered is None:
            reason = NOT_REACHED if registered is None else str(registered.get("msg") or "")
            ip = str((registered or {}).get("ip") or self._address(host))
            word = PENDING if registered is None else FAILED
            refused: dict[str, t.Any] = {"outcome": word, "parts": [_outcome.Part(word, reason)]} if acts else {}
            return Machine(host, ip, reasons=[reason], **refused)
        look, step = next(iter((LOOKS if acts else ROLES)[self._role].items()))
        returned = self._step(look, step, host)
        looks[id(returned)] = returned
        wanted = request["steps"][look][0] if look in request["steps"] else next(iter(request["steps"].values()))[0]
        product = "%s %s" % (wanted["product"]["name"], wanted["product"]["version"])
        found = _outcome.protection(host, request, returned, self._variables, look=look)
        entry = returned.labeled(host) or {}
        parts: list[_outcome.Part] = []
        if acts:
            parts = _outcome.parts(host, request, lambda name: self._step(name, ROLES[self._role][name], host), self._variables)
        return Machine(
            host,
            wanted["ip"],
            found["protection"],
            found["reasons"],
            outcome=_word(parts) if acts else None,
            parts=parts,
            drift=found["drift"],
            product=product,
            **_seen(entry),
        )

    def _address(self, host: str) -> str:
        known = self._variables(host)
        found = next((known[name] for name in _tenants.ADDRESSES if known.get(name)), "")
        return "" if "{{" in str(found) else str(found)

    def _step(self, name: str, step: t.Any, host: str) -> Returned:
        """What a step has returned, which all hosts of a batch have registered alike."""
        registered = self._variables(host).get(name)
        key = (name, id(registered))
        if key not in self._returned:
            self._returned[key] = Returned(step, registered).index()
        return self._returned[key]


def _add(files: dict[str, File], report: Data, host: str) -> None:
    file = files.setdefault(report["path"], File(report["path"]))
    file.hosts.append(host)
    if report.get("language") and report["language"] not in file.languages:
        file.languages.append(report["language"])


def _word(parts: t.Sequence[_outcome.Part]) -> str:
    """What steps have come to, in a word."""
    words = {part.result for part in parts}
    if FAILED in words or any(part.result == "missing" and part.reason for part in parts):
        return FAILED
    if PENDING in words:
        return PENDING
    return CHANGED if words.difference(_outcome.QUIET) else UNCHANGED


# -- of what ksc_host_info has returned ----------------------------------------------------------------------------------------


def of_hosts(found: t.Any, made: datetime.datetime, title: str = "") -> Report:
    """``found``: what the module has returned, once or in a loop, or a list of that.

    :raises ValueError: that is not what it is
    """
    calls = list(_calls(found))
    report = Report("tenant_status", made, title=title)
    tenants: dict[t.Optional[str], Tenant] = {}

    def tenant(server: t.Any) -> Tenant:
        return tenants.setdefault(server, Tenant(server))

    for call in calls:
        for entry in call["hosts"]:
            machines = tenant(entry.get("virtual_server")).machines
            name = str(entry.get("label") or entry.get("name") or entry.get("ip"))
            shown = str(entry.get("name") or name) if name.startswith(("ip ", "name ", "id ")) else name
            judged = entry.get("protection") or {}
            drift = _outcome.duplicates(entry)
            seen = {**_seen(entry), "installed": entry.get("has_product", judged.get("installed"))}
            reasons = list(judged.get("reasons") or ())
            machines.append(Machine(shown, str(entry.get("ip") or ""), _outcome.state(entry), reasons, drift=drift, **seen))
        for absent in call.get("missing") or ():
            gone = _outcome.is_gone(absent)
            reason = str(absent.get("reason") or "").rstrip(". ")
            ip = str(absent["value"]) if absent.get("kind") == "ip" else ""
            tenant(absent.get("virtual_server")).machines.append(
                Machine(
                    str(absent.get("label") or absent.get("value")),
                    ip,
                    _outcome.UNPROTECTED if gone else _outcome.UNKNOWN,
                    [reason + "."] if reason else [],
                    drift=[_outcome.NO_RECORD] if gone else [],
                )
            )
    report.tenants = sorted(tenants.values(), key=lambda one: str(one.name or "").casefold())
    _tell_of_servers(report, calls, [host for call in calls for host in call.get("undeclared") or ()])
    return report


def _calls(found: t.Any) -> t.Iterator[Data]:
    if isinstance(found, t.Mapping) and isinstance(found.get("hosts"), list):
        yield found
    elif isinstance(found, t.Mapping) and isinstance(found.get("results"), list):
        yield from _calls(found["results"])
    elif isinstance(found, (list, tuple)):
        for one in found:
            yield from _calls(one)
    else:
        msg = str(found.get("msg") or "") if isinstance(found, t.Mapping) else ""
        raise ValueError("found is not what ksc_host_info returns, it has no hosts%s" % (": " + msg if msg else ""))


def _seen(entry: Data) -> dict[str, t.Any]:
    group = entry.get("group")
    return {
        "group": None if group is None else str(group),
        "agent": entry.get("agent_alive"),
        "agent_version": entry.get("agent_version"),
        "installed": entry.get("has_product"),
        "build": entry.get("protection_version"),
        "status": entry.get("status"),
    }


# -- of servers -----------------------------------------------------------------------------------------------------------------


def _tell_of_servers(report: Report, calls: t.Sequence[Data], undeclared: t.Sequence[Data]) -> None:
    """What the servers of the report's tenants are told of: no others, since a report may be for the eyes of one tenant."""
    by_name = {tenant.name: tenant for tenant in report.tenants}
    for host in undeclared:
        if host.get("virtual_server") in by_name:
            by_name[host.get("virtual_server")].undeclared.append(host)
    known: dict[t.Optional[str], Data] = {}
    for server in (server for call in calls for server in call.get("servers") or ()):
        name = server.get("virtual_server")
        known.setdefault(name, server)
        if name not in by_name:
            continue
        lines = by_name[name].groups
        for group in server.get("groups") or ():
            path = str(group.get("path") or "")
            told = [(path, "group.blind", "")] if group.get("shows_missing_svm") is False else []
            if group.get("policies") is not None and not any(policy.get("active") for policy in group["policies"]):
                told.append((path, "group.no_policy", ""))
            told += [(path, "", str(reason)) for reason in group.get("reasons") or ()]
            lines += [line for line in told if line not in lines]
    for name, server in known.items():
        if name in by_name or name is None:
            report.keys += _keys(name, server, shared=name is None and None not in by_name and len(by_name) == 1)


def _keys(name: t.Optional[str], server: Data, shared: bool) -> t.Iterator[Data]:
    """``shared``: other tenants use these keys, too, and how much they do is nothing for the report of one."""
    if server.get("license_keys") is None:
        if server.get("license_keys_reason"):
            yield {"server": name, "reason": str(server["license_keys_reason"])}
        return
    for key in sorted(server["license_keys"], key=lambda key: str(key.get("expires"))):
        used = {} if shared or key.get("hosts") is None else {"hosts": key["hosts"], "limit": key.get("limit")}
        yield {"server": name, "product": key.get("product"), "expires": key.get("expires"), **used}
