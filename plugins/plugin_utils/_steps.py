# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

"""The steps of the roles: which hosts of a play one call of a module works on, with what, and what became of each of them.

A request is what host_request returns for a host: ``connection`` (options of the modules), ``account`` (an entry of
``virtual_servers``, or None) and ``steps`` (the host's entries, by step). A step is known by the name of the variable that
its task registers. The task loops over connections, usually one; in what it returns hosts are told apart by ``label``.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

Data = t.Mapping[str, t.Any]
Entry = t.Dict[str, t.Any]
Variables = t.Mapping[str, Data]  # by host

FAILED = "failed"
MISSING = "missing"
PENDING = "pending"
ALIKE = " for "  # in a label, between what the entry is about and the hosts that describe it alike
SKIPPED = (
    "Nothing was done for this host: a condition of the play is false for the first host, and this step runs once for all of them. "
    "Choose hosts with --limit, or use the role with include_role."
)


@dataclass(frozen=True)
class Step:
    """One task of a role, which runs once for all hosts of the play.

    ``returns``: the list among the module's return values. ``about``: the members that name an entry in a message, the
    first that is there. ``after``: what earlier steps must have come to, if the host takes them, for it to be let in. ``take``: the members
    that an entry takes from results of earlier steps; without those of ``needs`` it is left out. ``shared``: entries are
    not one for each host, but one for each value of these members; those of ``union`` are lists that are put together.
    A ``rehearsal`` changes nothing, and what is pending there goes on. ``whole``: what is shared is done only if each of
    the hosts that share it has come that far. ``subject``: what is shared is what the role is about, so each host shows its diff.
    ``means``: what a host says in the end that has nothing else to say, by the result of a rehearsal. ``reads``: the members
    that the role reads of an entry and of its members, where that is not most of them. ``noun``: what an entry is, where its
    name could be that of something else.
    """

    returns: str
    about: t.Sequence[str]
    after: t.Mapping[str, t.Sequence[str]] = field(default_factory=dict)
    take: t.Mapping[str, t.Sequence[str]] = field(default_factory=dict)
    needs: t.Sequence[str] = ()
    shared: t.Sequence[str] = ()
    union: t.Sequence[str] = ()
    rehearsal: bool = False
    whole: bool = False
    subject: bool = False
    means: t.Mapping[str, str] = field(default_factory=dict)
    reads: t.Sequence[str] = ()
    noun: str = ""

    def seen(self, entry: Data) -> Data:
        """What the role reads of an entry."""
        if not self.reads:
            return entry
        read = {member: value for member, value in entry.items() if member in self.reads}
        return {member: self.seen(value) if isinstance(value, dict) else value for member, value in read.items()}

    def stops(self, result: Data) -> bool:
        """Whether a host takes no further step after a result."""
        word = result.get("result")  # what is only read has none
        # Missing is what some steps ask for. Then there is no reason for it.
        return word == FAILED or (word == PENDING and not self.rehearsal) or (word == MISSING and bool(result.get("reason")))


_FOUND = {"tenant_offboarding_found": ("unchanged", "enabled")}
_MISSING = {"svm_deployment_missing": ("deployed", "pending")}
_LOOKED_AT = (
    *("label", "virtual_server", "group", "group_id", "status", "agent_alive", "agent_version", "restart_required", "duplicates"),
    *("has_product", "protection_version", "protection_installed", "protection", "state", "reasons"),
)
ROLES: dict[str, dict[str, Step]] = {
    "tenant": {
        "tenant_server": Step("servers", ("label", "name"), shared=("label",), subject=True),
        "tenant_administrator": Step("users", ("label", "name"), shared=("label",), subject=True),
        "tenant_groups": Step("groups", ("label", "path"), shared=("label",), subject=True),
    },
    "tenant_onboarding": {
        "tenant_onboarding_packages": Step("packages", ("name",), shared=("name", "version", "display_version"), union=("virtual_server",)),
        "tenant_onboarding_move": Step("hosts", ("virtual_server",)),
        "tenant_onboarding_install": Step("hosts", ("product",)),
        "tenant_onboarding_placement": Step("hosts", ("group",), after={"tenant_onboarding_install": ("unchanged",)}),
    },
    "tenant_offboarding": {
        # Only where virtual servers are removed: an earlier run may have done so.
        "tenant_offboarding_found": Step(
            "servers", ("label",), shared=("label",), rehearsal=True, means={"created": "the virtual server no longer exists"}
        ),
        "tenant_offboarding_removal": Step("hosts", ("product",), after=_FOUND),
        "tenant_offboarding_placement": Step("hosts", ("virtual_server",), after=_FOUND),
        "tenant_offboarding_server": Step("servers", ("label",), after=_FOUND, shared=("label",), whole=True, noun="virtual server"),
    },
    "tenant_status": {"tenant_status_look": Step("hosts", ("virtual_server",), rehearsal=True, reads=_LOOKED_AT)},
    "tenant_cleanup": {
        "tenant_cleanup_look": Step("records", ("virtual_server",), shared=("virtual_server",), rehearsal=True),
        "tenant_cleanup_removal": Step("records", ("virtual_server",), shared=("virtual_server",)),
    },
    "svm_deployment": {
        "svm_deployment_connections": Step("infrastructures", ("label",), shared=("label",)),
        "svm_deployment_missing": Step(
            "svms", ("location", "name"), take={"svm_deployment_connections": ("infrastructure_id",)}, rehearsal=True
        ),
        "svm_deployment_images": Step("images", ("label",), after=_MISSING, shared=("label",), union=("types",)),
        "svm_deployment_deployment": Step(
            "svms",
            ("location", "name"),
            after=_MISSING,
            take={"svm_deployment_connections": ("infrastructure_id",), "svm_deployment_images": ("image_id",)},
        ),
    },
    "svm_removal": {
        "svm_removal_found": Step("infrastructures", ("label",), shared=("label",), rehearsal=True),
        "svm_removal_removal": Step(
            "svms", ("location", "name"), take={"svm_removal_found": ("infrastructure_id",)}, needs=("infrastructure_id",)
        ),
        "svm_removal_disconnection": Step(
            "infrastructures",
            ("label",),
            take={"svm_removal_found": ("infrastructure_id",)},
            needs=("infrastructure_id",),
            shared=("label",),
            union=("leaving_svms",),
        ),
    },
    "svm_status": {"svm_status_look": Step("hosts", ("name",), rehearsal=True)},
    "svm_replacement": {
        "svm_replacement_proof": Step("hosts", ("name",), rehearsal=True),
        "svm_replacement_record": Step("hosts", ("name",)),
    },
}
# What a report shows of all hosts after the steps of a role, whatever became of them there. It is no host's result.
LOOKS: dict[str, dict[str, Step]] = {
    "tenant_onboarding": {"tenant_onboarding_look": Step("hosts", ("virtual_server",), rehearsal=True, reads=_LOOKED_AT)},
}


def is_step(name: str) -> bool:
    return any(name in steps for known in (ROLES, LOOKS) for steps in known.values())


def role_of(step: str) -> str:
    """The role that a step belongs to."""
    return _named(step)[0]


def step_of(name: str) -> Step:
    return _named(name)[1]


def _named(name: str) -> tuple[str, Step]:
    return next((role, steps[name]) for known in (ROLES, LOOKS) for role, steps in known.items() if name in steps)


def request_variable(role: str) -> str:
    return role + "_request"


# What names an object to its server, and repeats for each host what the request says or what the call tells once.
REPEATED = ("id", "ip", "name", "task_id", "virtual_server")
COMMON = "common"  # in a concise result: the members that most entries share


def concise(registered: str, result: Data) -> Data:
    """What a module has returned, without what no role reads: AWX keeps each result twice, as that of the loop and of its item.

    What most entries share is told once; Returned puts it together again.
    ``registered``: the name of the variable; what is no step of a role stays whole.
    """
    step = step_of(registered) if is_step(registered) else None
    if step is None or not result.get(step.returns):
        return result
    left_out = {*REPEATED}.difference(step.about, step.shared, step.needs, step.union)
    # The server of an error is what later batches of the play do not ask again.
    entries = [
        {member: value for member, value in entry.items() if (member not in left_out or entry.get("error")) and value is not None}
        for entry in (step.seen(entry) for entry in result[step.returns])
    ]
    common = _common(entries)
    # The diff of them all stands in the entries too, when it is asked for.
    rest = {member: value for member, value in result.items() if member != "diff"}
    return {**rest, COMMON: common, step.returns: [_beside(entry, common) for entry in entries]}


def _common(entries: t.Sequence[Data]) -> Entry:
    """For each member the value that most entries have, if more than half of them do."""
    values: dict[str, dict[str, list[t.Any]]] = {}
    for entry in entries:
        for member, value in entry.items():
            values.setdefault(member, {}).setdefault(repr(value), []).append(value)
    most = {member: max(alike.values(), key=len) for member, alike in values.items()}
    return {member: alike[0] for member, alike in most.items() if len(alike) > 1 and 2 * len(alike) > len(entries)}


def _beside(entry: Data, common: Data) -> Entry:
    """An entry without what it shares; what it lacks of that is told as null."""
    own = {member: value for member, value in entry.items() if member not in common or repr(value) != repr(common[member])}
    return {**own, **{member: None for member in common if member not in entry}}


class Returned:
    """What the task of a step has registered: the return values of its calls, one for each connection."""

    def __init__(self, step: Step, registered: t.Any) -> None:
        self.step = step
        found = registered if isinstance(registered, t.Mapping) else {}
        # A loop over nothing has an empty list of results, and a task without a loop is its own.
        self.calls: list[Data] = [call for call in found.get("results", [found]) if call]
        self._by_label: t.Optional[dict[t.Any, Data]] = None
        self._by_server: t.Optional[dict[t.Any, list[Data]]] = None
        self._absent: t.Optional[dict[t.Any, Data]] = None

    @property
    def ran(self) -> bool:
        return bool(self.calls)

    def entries(self) -> t.Iterator[Data]:
        for call in self.calls:
            yield from self.entries_of(call)

    def entries_of(self, call: Data) -> t.Iterator[Data]:
        """The entries of one call, whole."""
        common = call.get(COMMON) or {}
        for entry in call.get(self.step.returns) or ():
            yield {**common, **entry}

    def index(self) -> Returned:
        """For who asks for many hosts."""
        self._by_label = {entry.get("label"): entry for entry in self.entries()}
        self._absent = {entry.get("label"): entry for call in self.calls for entry in call.get("missing") or ()}
        self._by_server = {}
        for entry in self.entries():
            self._by_server.setdefault(entry.get("virtual_server"), []).append(entry)
        return self

    def labeled(self, label: str) -> t.Optional[Data]:
        if self._by_label is not None:
            return self._by_label.get(label)
        for call in self.calls:
            common = call.get(COMMON) or {}
            for entry in call.get(self.step.returns) or ():
                if entry.get("label", common.get("label")) == label:
                    return {**common, **entry}
        return None

    def absent(self, label: str) -> t.Optional[Data]:
        """Why nothing was read of a host, where it was looked for."""
        if self._absent is not None:
            return self._absent.get(label)
        return next((entry for call in self.calls for entry in call.get("missing") or () if entry.get("label") == label), None)

    def of(self, host: str, wanted: Data) -> list[Data]:
        """The results of one entry of a host's request."""
        if "label" not in wanted:
            servers = wanted["virtual_server"]
            near = self.entries() if self._by_server is None else (one for name in servers for one in self._by_server.get(name, ()))
            return [entry for entry in near if _same_package(entry, wanted)]
        label = wanted["label"]
        found = self.labeled(label)
        if found is None and self.step.shared:
            start = label + ALIKE
            alike = ((entry, str(entry.get("label") or "")) for entry in self.entries())
            found = next((entry for entry, name in alike if name.startswith(start) and host in name[len(start) :].split(", ")), None)
        return [] if found is None else [found]

    def failure(self, request: Data, variables: t.Callable[[str], Data]) -> t.Optional[Entry]:
        """Why the call that a host was part of has no results at all, as a result of the host.

        ``variables``: those of another host, the one that stands for the connection of a call.
        """
        for call in self.calls:
            if self.step.returns in call:
                continue
            if len(self.calls) > 1:
                other = request_in(variables(str(call.get("item"))).get(request_variable(request["role"])))
                if other is None or other["connection"] != request["connection"]:
                    continue
            if call.get("skipped"):
                return {"result": FAILED, "reason": SKIPPED, "whole": True}
            return {"result": FAILED, "reason": str(call.get("msg") or "It returned no results."), "whole": True}
        return None


def _same_package(entry: Data, wanted: Data) -> bool:
    return (
        entry.get("name") == wanted["name"]
        and str(entry.get("version")) == str(wanted["version"])
        and entry.get("virtual_server") in wanted["virtual_server"]
        and wanted.get("display_version") in (None, entry.get("display_version"))
    )


def request_in(registered: t.Any) -> t.Optional[Data]:
    """The request that host_request has registered; None where it has failed or did not run."""
    if not isinstance(registered, t.Mapping) or registered.get("failed"):
        return None
    return registered.get("request")


def history(
    host: str,
    request: Data,
    returned: t.Callable[[str], Returned],
    variables: t.Callable[[str], Data],
    until: t.Optional[str] = None,
) -> tuple[dict[str, list[Data]], bool]:
    """What became of a host, step by step, and whether it goes on: into the step ``until``, if that is given."""
    past: dict[str, list[Data]] = {}
    for name, step in ROLES[request["role"]].items():
        entries = request["steps"].get(name)
        let_in = all(
            any(result["result"] in words for result in past.get(earlier, ()))
            for earlier, words in step.after.items()
            if request["steps"].get(earlier)
        )
        if name == until:
            return past, bool(entries) and let_in
        found = returned(name)
        if not entries or not let_in or not found.ran:
            continue
        results = [result for wanted in entries for result in found.of(host, wanted)]
        if not results:
            failure = found.failure(request, variables)
            results = [] if failure is None else [failure]
        if results:
            past[name] = results
        if any(step.stops(result) for result in results):
            return past, False
    return past, until is None


@dataclass
class Group:
    """The hosts that one call works on: those with the same connection and the same accounts."""

    connection: Data
    accounts: dict[t.Any, t.Any] = field(default_factory=dict)  # by virtual server; None is that of the primary server
    requests: dict[str, Data] = field(default_factory=dict)  # by host
    entries: list[Entry] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)

    def takes(self, host: str, request: Data) -> bool:
        account = request["account"]
        name = request["virtual_server"]
        if request["connection"] != self.connection or self.accounts.get(name, account) != account:
            return False
        self.accounts[name] = account
        self.requests[host] = request
        return True

    @property
    def representative(self) -> str:
        """The host that stands for the call: the first that has entries."""
        return self.owners[0]

    def options(self) -> Entry:
        """The options of the connection, for the module."""
        accounts = [dict(account) for account in self.accounts.values() if account]
        return {**self.connection, **({"virtual_servers": accounts} if accounts else {})}


def groups(hosts: t.Sequence[str], role: str, variables: t.Callable[[str], Data]) -> list[Group]:
    """The hosts for which there is a request, by call."""
    found: list[Group] = []
    for host in hosts:
        request = request_in(variables(host).get(request_variable(role)))
        if request is None or any(group.takes(host, request) for group in found):
            continue
        found.append(Group(request["connection"]))
        found[-1].takes(host, request)
    return found


def calls(hosts: t.Sequence[str], name: str, variables: t.Callable[[str], Data]) -> list[Group]:
    """The hosts that take the step ``name``, with their entries, by call."""
    role = role_of(name)
    steps, step = ROLES[role], step_of(name)
    # What ran once is registered for each host of the play, so the first one knows it all.
    known = variables(hosts[0]) if hosts else {}
    earlier = {other: Returned(steps[other], known.get(other)).index() for other in steps}
    found = groups(hosts, role, variables)
    for group in found:
        held: set[t.Any] = set()
        for host, request in group.requests.items():
            past, goes_on = history(host, request, earlier.__getitem__, variables, until=name) if name in steps else ({}, True)
            wishes = request["steps"].get(name, ())
            if step.whole and not goes_on:
                held.update(wanted["label"] for wanted in wishes)
            entries = [_complete(wanted, step, past) for wanted in wishes] if goes_on else []
            complete = [entry for entry in entries if all(entry.get(member) for member in step.needs)]
            group.entries += complete
            group.owners += [host] * len(complete)
        if held:
            kept = [(owner, entry) for owner, entry in zip(group.owners, group.entries) if entry["label"] not in held]
            group.owners, group.entries = [owner for owner, _entry in kept], [entry for _owner, entry in kept]
    return [group for group in found if group.entries]


def _complete(wanted: Data, step: Step, past: t.Mapping[str, t.Sequence[Data]]) -> Entry:
    entry = dict(wanted)
    for earlier, members in step.take.items():
        for member in members:
            values = [result[member] for result in past.get(earlier, ()) if result.get(member) is not None]
            if values:
                entry[member] = values[0]
    return entry


def merged(group: Group, step: Step) -> list[Entry]:
    """The entries of a call. What hosts share is one entry; where they describe one thing differently, each description is
    an entry whose label names its hosts, and the module says what is wrong with that."""
    if not step.shared:
        return group.entries
    descriptions: dict[tuple[t.Any, ...], list[_Description]] = {}
    for owner, entry in zip(group.owners, group.entries):
        alike = descriptions.setdefault(tuple(entry.get(member) for member in step.shared), [])
        content = {member: value for member, value in entry.items() if member not in step.union}
        description = next((known for known in alike if known.content == content), None)
        if description is None:
            description = _Description(content, {member: [] for member in step.union})
            alike.append(description)
        description.add(owner, entry)
    return [description.entry(alone=len(alike) == 1) for alike in descriptions.values() for description in alike]


@dataclass
class _Description:
    """What some hosts say of one thing that they share."""

    content: Entry
    lists: dict[str, list[t.Any]]
    owners: list[str] = field(default_factory=list)

    def add(self, owner: str, entry: Data) -> None:
        self.owners.append(owner)
        for member, values in self.lists.items():
            values += [value for value in entry.get(member) or () if value not in values]

    def entry(self, alone: bool) -> Entry:
        told = {**self.content, **self.lists}
        if not alone and "label" in told:
            told["label"] += ALIKE + ", ".join(self.owners)
        return told


# -- doors: what was refused in an earlier batch of the play ------------------------------------------------------------------

# After one of these a server is not asked again: accounts lock, and a server that is gone takes its time-out each time.
CLOSING = ("authentication", "certificate", "unreachable")
DOOR = ("server", "port", "username", "domain", "internal_user")
BACK = 50  # hosts of earlier batches that are looked at; all of a batch that could be reached know the same


def door(connection: Data) -> list[t.Any]:
    return [connection.get(member) for member in DOOR]


def closed_before(role: str, earlier: t.Iterable[str], variables: t.Callable[[str], Data]) -> list[Entry]:
    """What let nobody in: ``door``, ``virtual_server`` (None: the primary server) and ``reason``.

    ``earlier``: the hosts of earlier batches, the latest first. Each batch hands on what it knew.
    """
    closed: list[Entry] = []
    for _number, host in zip(range(BACK), earlier):
        known = variables(host)
        for name, step in ROLES.get(role, {}).items():
            _collect(closed, role, Returned(step, known.get(name)), variables)
        registered = known.get(request_variable(role))
        if isinstance(registered, t.Mapping) and ("request" in registered or "closed" in registered):
            return closed + [entry for entry in registered.get("closed") or () if entry not in closed]
    return closed


def _collect(closed: list[Entry], role: str, returned: Returned, variables: t.Callable[[str], Data]) -> None:
    for call in returned.calls:
        found: list[tuple[t.Any, t.Any]] = []
        if (call.get("failure") or {}).get("kind") in CLOSING:
            found.append((call["failure"].get("virtual_server"), call.get("msg")))
        for entry in returned.entries_of(call):
            if entry.get("error") in CLOSING:
                found.append((entry.get("virtual_server"), entry.get("reason")))
        if not found:
            continue
        request = request_in(variables(str(call.get("item"))).get(request_variable(role)))
        if request is None:
            continue
        for virtual_server, reason in found:
            entry = {"door": door(request["connection"]), "virtual_server": virtual_server, "reason": str(reason)}
            if entry not in closed:
                closed.append(entry)


def refusal(request: Data, closed: t.Iterable[Data]) -> t.Optional[str]:
    """Why a host need not knock."""
    mine = door(request["connection"])
    for entry in closed:
        if list(entry["door"]) == mine and entry["virtual_server"] in (None, request.get("virtual_server")):
            return "%s. It is not contacted again in this play." % entry["reason"].rstrip(". ")
    return None
