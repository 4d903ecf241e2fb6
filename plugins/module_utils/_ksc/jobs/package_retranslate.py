# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_package_retranslate: installation packages of the primary server on virtual servers."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import PASSING, AnswerLost, RequestRefused, SessionLost
from ..._core.module import Context
from ..._core.plan import FAILED, PENDING, Change, Plan
from ..._core.waiting import Poll, Waiting
from ..api import actions, packages, virtual_servers
from ..api.hosts import Product
from ..api.packages import Package
from .servers import Servers

# Part of wait_timeout for which the package of a lost request is looked for; then it is taken as never executed.
PATIENCE = 0.5

# Module option, key of pOptions.
OPTIONS = {
    "create_standalone_products": "KLPKG_CREATE_STANDALONE_PRODS",
    "create_standalone_agents": "KLPKG_CREATE_STANDALONE_NAGT",
    "use_language_tag": "KLPKG_USE_LANGUAGE_TAG",
    "type": "KLPKG_TYPE",
    "lazy_retranslation": "KLPKG_LAZY_RETRANSLATION",
}


@dataclass
class Copy:
    """One package that goes to one virtual server. Without ``action`` its action is not known (any more)."""

    change: Change
    package: Package
    virtual_server: virtual_servers.VirtualServer
    display_version: t.Optional[str]
    action: t.Optional[str] = None
    not_before: float = 0.0
    repeatable: bool = True  # may be started once more
    finished: bool = False

    def is_there(self, listing: t.Iterable[Package]) -> t.Optional[Package]:
        matches = [package for package in listing if package.is_for(self.package.product, self.display_version)]
        return max(matches, key=lambda package: package.id) if matches else None


class Distribution:
    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context
        self._servers = servers
        self._params = context.params
        self._copies: list[Copy] = []

    def plan(self) -> Plan:
        primary = self._servers.primary
        names = list(dict.fromkeys(self._params["virtual_server"]))
        targets = virtual_servers.find(primary, names)
        on_primary = packages.listing(primary)
        wanted = []
        for entry in self._params["packages"]:
            product = Product(entry["name"], entry["version"])
            package = packages.pick(primary, on_primary, product, entry["display_version"])
            if (package, entry["display_version"]) not in wanted:
                wanted.append((package, entry["display_version"]))
        plan = Plan()
        for name, target in targets.items():
            there = packages.listing(self._servers.on(name))
            for package, display_version in wanted:
                copy = Copy(Change("", {}, None, None), package, target, display_version)
                present = copy.is_there(there)
                copy.change = plan.add(
                    '%s on "%s"' % (package.product, name),
                    {
                        "name": package.product.name,
                        "version": package.product.version,
                        "display_version": package.display_version,
                        "virtual_server": name,
                        "package_id": package.id,
                        "virtual_server_package_id": present.id if present else None,
                    },
                    "present" if present else "absent",
                    "present",
                    "distributed",
                )
                if not present:
                    self._copies.append(copy)
        return plan

    def apply(self, plan: Plan) -> None:
        plan.wrote = True
        for copy in self._copies:
            self._start(copy)
        if not self._params["wait"]:
            for copy in self._copies:
                if copy.change.open and copy.action is None:
                    copy.change.fail("the answer of the server was lost: perhaps it copies it in the background", PENDING)
                elif copy.change.open:
                    copy.change.fail("the server copies it in the background", PENDING)
            return
        waiting = self._context.waiting()

        def look() -> Poll:
            self._look_for_lost(waiting)
            for copy in self._busy():
                if copy.action is not None and waiting.clock.now() >= copy.not_before:
                    self._check(copy, waiting)
            return Poll(not self._busy(), self._pause(waiting))

        waiting.until(look, forgive=PASSING, at_once=False)
        for copy in self._busy():
            copy.change.fail("the server is still copying it after %s s" % self._params["wait_timeout"], PENDING)
        self._read_back()

    def _busy(self) -> list[Copy]:
        return [copy for copy in self._copies if copy.change.open and not copy.finished]

    def _start(self, copy: Copy) -> None:
        options = {key: self._params["options"][name] for name, key in OPTIONS.items()}
        try:
            copy.action = packages.retranslate(self._servers.primary, copy.package.id, copy.virtual_server.id, options)
        except AnswerLost:
            copy.action = None  # what happened is looked up
        except RequestRefused as error:
            copy.change.fail(error.message)

    def _check(self, copy: Copy, waiting: Waiting) -> None:
        try:
            state = actions.state(self._servers.primary, str(copy.action))
        except (SessionLost, RequestRefused):
            copy.action = None  # the action belongs to a session that is gone
            copy.repeatable = False  # it did start
            return
        copy.finished = state.finished
        if state.finished and not state.succeeded:
            copy.change.fail(state.error)
        pause = waiting.interval if state.next_check is None else state.next_check
        copy.not_before = waiting.clock.now() + pause

    def _pause(self, waiting: Waiting) -> t.Optional[float]:
        """Seconds until the first action may be asked again; None where a lost one has to be looked for."""
        busy = self._busy()
        if not busy or any(copy.action is None for copy in busy):
            return None
        return max(0.0, min(copy.not_before for copy in busy) - waiting.clock.now())

    def _look_for_lost(self, waiting: Waiting) -> None:
        """A request without an answer: either its package appears, or it was never executed and is sent again, once."""
        patient = waiting.remaining > waiting.timeout * (1 - PATIENCE)
        lost = [copy for copy in self._busy() if copy.action is None]
        for name in dict.fromkeys(copy.virtual_server.name for copy in lost):
            there = packages.listing(self._servers.on(name))
            for copy in lost:
                if copy.virtual_server.name != name:
                    continue
                if copy.is_there(there):
                    copy.finished = True
                elif copy.repeatable and not patient:
                    copy.repeatable = False
                    self._start(copy)

    def _read_back(self) -> None:
        done = [copy for copy in self._copies if copy.change.open]
        for name in dict.fromkeys(copy.virtual_server.name for copy in done):
            there = packages.listing(self._servers.on(name))
            for copy in done:
                if copy.virtual_server.name != name:
                    continue
                package = copy.is_there(there)
                if package is None:
                    copy.change.fail("the server reports success, but the virtual server does not list the package")
                else:
                    copy.change.facts["virtual_server_package_id"] = package.id

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        return {"packages": plan.returned(), "msg": plan.message("packages")}

    def failure(self, plan: Plan) -> t.Optional[str]:
        bad = plan.with_result(FAILED, *([PENDING] if self._params["wait"] else []))
        if not bad:
            return None
        return "%d of %d packages were not distributed by %s: %s." % (
            len(bad),
            len(plan.changes),
            self._servers.server,
            "; ".join("%s: %s" % (change.object, change.reason.rstrip(".")) for change in bad),
        )
