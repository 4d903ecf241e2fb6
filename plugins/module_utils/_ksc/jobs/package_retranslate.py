# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_package_retranslate: installation packages of the primary server on virtual servers."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.entries import EntryList, Params, ValidationErrors
from ..._core.errors import PASSING, AnswerLost, CollectionError, InputError, RequestRefused, SessionLost, TemporarilyUnavailable
from ..._core.module import Context
from ..._core.naming import seconds
from ..._core.plan import FAILED, PENDING, Change, Plan
from ..._core.waiting import Poll, Waiting
from ..api import actions, packages, virtual_servers
from ..api.hosts import Product
from ..api.packages import Package
from ..api.session import Session
from ..api.virtual_servers import VirtualServer
from .servers import Servers

# Part of wait_timeout for which the package of a lost request is looked for; then it is taken as never executed.
PATIENCE = 0.5
AGAIN = "the API does not report its progress; running again before it has completed starts another copy"

# Module option, key of pOptions.
OPTIONS = {
    "create_standalone_products": "KLPKG_CREATE_STANDALONE_PRODS",
    "create_standalone_agents": "KLPKG_CREATE_STANDALONE_NAGT",
    "use_language_tag": "KLPKG_USE_LANGUAGE_TAG",
    "type": "KLPKG_TYPE",
    "lazy_retranslation": "KLPKG_LAZY_RETRANSLATION",
}
PACKAGES = EntryList(
    "packages",
    own={
        "label": {"type": "str"},
        "name": {"type": "str", "required": True},
        "version": {"type": "str", "required": True},
        "display_version": {"type": "str"},
    },
    inherited={"virtual_server": {"type": "list", "elements": "str"}},
    required=True,
)


@dataclass(eq=False)
class Copy:
    """One package that shall be on one virtual server. Without ``action`` its action is not known (yet, or any more)."""

    label: t.Optional[str]
    product: Product
    display_version: t.Optional[str]
    virtual_server: str
    change: Change
    package: t.Optional[Package] = None  # on the primary server
    target: t.Optional[VirtualServer] = None
    started: bool = False
    action: t.Optional[str] = None
    not_before: float = 0.0
    repeatable: bool = True  # may be started once more
    finished: bool = False

    def __str__(self) -> str:
        name = self.product if self.display_version is None else "%s (build %s)" % (self.product, self.display_version)
        return '%s on "%s"' % (name, self.virtual_server)

    def among(self, listing: t.Iterable[Package]) -> t.Optional[Package]:
        matches = [package for package in listing if package.is_for(self.product, self.display_version)]
        return max(matches, key=lambda package: package.id) if matches else None


class Distribution:
    """Packages on virtual servers."""

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context
        self._servers = servers
        self._params = context.params
        self._errors = ValidationErrors("packages")
        self._copies = self._wanted(PACKAGES.read(self._params))
        self._plan = Plan()

    def _wanted(self, entries: t.Iterable[Params]) -> list[Copy]:
        """Each package on each virtual server, once."""
        wanted: dict[t.Any, Copy] = {}
        for entry in entries:
            if not entry["virtual_server"]:
                name = entry["label"] or "%s %s" % (entry["name"], entry["version"])
                raise InputError("%s: missing required arguments: virtual_server" % name, packages=[name])
            for name in entry["virtual_server"]:
                product = Product(entry["name"], entry["version"])
                copy = Copy(entry["label"], product, entry["display_version"], name, Change("", {}, None, None))
                wanted.setdefault((product.name.casefold(), product.version, copy.display_version, name), copy)
        return list(wanted.values())

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        primary = self._servers.primary
        existing = virtual_servers.listing(primary)
        on_primary = packages.listing(primary)
        for copy in self._copies:
            try:
                copy.target = virtual_servers.pick(primary, existing, copy.virtual_server)
                copy.package = packages.pick(primary, on_primary, copy.product, copy.display_version)
            except InputError as error:
                self._errors.add_error(copy, error)
        if self._params["on_failure"] == "fail":
            self._errors.require_none(server=self._servers.server.address)
        there = self._listings([copy for copy in self._copies if not self._errors.of(copy)])
        if self._params["on_failure"] == "fail":
            self._errors.require_none(server=self._servers.server.address)
        for copy in self._copies:
            present = copy.among(there.get(copy.virtual_server, ()))
            copy.change = self._plan.add(
                str(copy),
                {
                    "label": copy.label,
                    "name": copy.package.product.name if copy.package else copy.product.name,
                    "version": copy.product.version,
                    "display_version": copy.package.display_version if copy.package else copy.display_version,
                    "virtual_server": copy.virtual_server,
                    "package_id": copy.package.id if copy.package else None,
                    "virtual_server_package_id": present.id if present else None,
                },
                "present" if present else "absent",
                "present",
                "distributed",
                scope=copy.virtual_server,
            )
            self._errors.settle(copy, copy.change)
        return self._plan

    def _listings(self, copies: t.Sequence[Copy]) -> dict[str, list[Package]]:
        """The packages of each virtual server; one that cannot be asked is the error of its copies."""
        there: dict[str, list[Package]] = {}

        def look(session: Session) -> None:
            there[str(session.virtual_server)] = packages.listing(session)

        refused = self._servers.each([copy.virtual_server for copy in copies], look)
        for copy in copies:
            if copy.virtual_server in refused:
                self._errors.add_error(copy, refused[copy.virtual_server])
        return there

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting(("Distribute", plan))
        if not self._params["wait"]:
            for copy in self._left():
                self._start(copy)
            for copy in self._left():
                lost = "the response of the server was lost; it may be copying the package in the background"
                copy.change.fail("the server copies it in the background" if copy.action else lost, PENDING)
            return
        self._start_some()

        def look() -> Poll:
            self._look_for_lost(waiting)
            for copy in self._left():
                if copy.action is not None and waiting.clock.now() >= copy.not_before:
                    self._check(copy, waiting)
            self._start_some()
            return Poll(not self._left(), self._pause(waiting))

        why = "the server is still copying it after %s" % seconds(self._params["wait_timeout"])
        try:
            waiting.until(look, forgive=PASSING, at_once=False)
        except PASSING as error:
            why = "it is not known whether the package is there: %s" % error.message.rstrip(".")
        for copy in self._left():
            copy.change.fail("%s; %s" % (why if copy.started else "it was not started", AGAIN), PENDING)
        self._read_back()

    def _left(self) -> list[Copy]:
        return [copy for copy in self._copies if copy.change.open and not copy.finished]

    def _start_some(self) -> None:
        """Start what is left, as many at a time as ``throttle`` says, or as the server takes."""
        left = self._left()
        free = self._params["throttle"] - sum(copy.started for copy in left)
        for copy in [copy for copy in left if not copy.started][: max(free, 0)]:
            try:
                self._start(copy)
            except TemporarilyUnavailable:
                return

    def _start(self, copy: Copy) -> None:
        options = {key: self._params["options"][name] for name, key in OPTIONS.items()}
        package, target = t.cast(Package, copy.package), t.cast(VirtualServer, copy.target)
        try:
            with self._plan.writing():
                copy.action = packages.retranslate(self._servers.primary, package.id, target.id, options)
        except AnswerLost:
            copy.action = None  # what happened is looked up
        except TemporarilyUnavailable:
            if self._params["wait"]:
                raise
            copy.change.fail("the server limits how many packages it copies at a time; run this again")
        except RequestRefused as error:
            copy.change.fail(error.message)
        copy.started = True

    def _check(self, copy: Copy, waiting: Waiting) -> None:
        try:
            state = actions.state(self._servers.primary, str(copy.action))
        except (SessionLost, RequestRefused):
            copy.action = None  # the action belongs to a session that is gone
            copy.repeatable = False  # it did start
            return
        copy.finished = copy.change.settled = state.finished
        if state.finished and not state.succeeded:
            copy.change.fail(state.error)
        pause = waiting.interval if state.next_check is None else state.next_check
        copy.not_before = waiting.clock.now() + pause

    def _pause(self, waiting: Waiting) -> t.Optional[float]:
        """Seconds until the first action may be asked again; None where a lost one, or a turn, has to be looked for."""
        left = self._left()
        if not left or any(copy.action is None for copy in left):
            return None
        return max(0.0, min(copy.not_before for copy in left) - waiting.clock.now())

    def _look_for_lost(self, waiting: Waiting) -> None:
        """A request without an answer: either its package appears, or it was never executed and is sent again, once."""
        patient = waiting.remaining > waiting.timeout * (1 - PATIENCE)
        lost = [copy for copy in self._left() if copy.started and copy.action is None]
        for copy, package in self._found(lost):
            if package is not None:
                copy.finished = copy.change.settled = True
            elif copy.repeatable and not patient:
                copy.repeatable = copy.started = False  # for the next turn

    def _read_back(self) -> None:
        for copy, package in self._found([copy for copy in self._copies if copy.change.open]):
            if package is None:
                copy.change.fail("the server reports success, but the virtual server does not list the package")
            else:
                copy.change.facts["virtual_server_package_id"] = package.id

    def _found(self, copies: t.Sequence[Copy]) -> list[tuple[Copy, t.Optional[Package]]]:
        """What the virtual servers list by now; without copies of a server that does not answer."""
        there: dict[str, list[Package]] = {}

        def look(session: Session) -> None:
            there[str(session.virtual_server)] = packages.listing(session)

        refused: t.Mapping[t.Optional[str], CollectionError] = self._servers.each([copy.virtual_server for copy in copies], look)
        for copy in copies:
            error = refused.get(copy.virtual_server)
            if error is not None and not isinstance(error, PASSING):
                copy.change.fail("it is not known whether the package is there: %s" % error.message)
        return [(copy, copy.among(there[copy.virtual_server])) for copy in copies if copy.virtual_server in there]

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        return {"packages": plan.returned(), "msg": plan.message("packages")}

    def failure(self, plan: Plan) -> t.Optional[str]:
        if self._params["on_failure"] == "report":
            return None
        bad = plan.with_result(FAILED, *([PENDING] if self._params["wait"] else []))
        if not bad:
            return None
        return "%d of %d packages were not distributed by %s: %s." % (
            len(bad),
            len(plan.changes),
            self._servers.server,
            "; ".join("%s: %s" % (change.object, change.reason.rstrip(".")) for change in bad),
        )
