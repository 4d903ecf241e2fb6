# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_remote_install: an application on hosts, or gone from them."""

from __future__ import annotations

import typing as t

from ..._core.errors import NoSuchCall
from ..._core.module import Context
from ..._core.plan import MISSING, PENDING, Change, Plan
from ..api import groups, hosts, packages, tasks
from ..api.hosts import Host, Product
from ..api.session import Session
from . import selection
from .report import host_failure
from .servers import Servers
from .task_runner import Result, TaskRunner

WORD = {"present": "installed", "absent": "removed"}
NOT_DONE = {
    "present": "task %s reports success, but the server does not list %s on it",
    "absent": "task %s reports success, but the server still lists %s on it",
}


class Installation:
    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context
        self._servers = servers
        self._params = context.params
        self._state: str = self._params["state"]
        self._virtual_server: t.Optional[str] = self._params["virtual_server"]
        self._product = Product(self._params["product"]["name"], self._params["product"]["version"])
        self._entries = selection.selectors(self._params)
        self._hosts: dict[str, tuple[Host, Change]] = {}
        self._packages: list[packages.Package] = []
        self._group: t.Optional[groups.GroupPath] = None
        self._knows_products = True
        # A dry run of a play whose earlier changes would have brought hosts and packages to the virtual server.
        self._ahead = context.check_mode and self._params["expect_from_primary"] and self._virtual_server is not None
        self._outcome = Result()

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        self._server = self._servers.on(self._virtual_server)
        found = selection.look_up(self._server, self._entries)
        having = self._having(self._server, found)
        if self._ahead and found.missing:
            on_primary = selection.look_up(self._servers.primary, found.missing)
            having = _both(having, self._having(self._servers.primary, on_primary))
            found.hosts.update(on_primary.hosts)
            found.ambiguous.update(on_primary.ambiguous)
            found.missing = on_primary.missing
        tolerated = self._params["missing"] == "ignore"
        if self._params["on_host_failure"] == "fail":
            selection.require(
                str(self._server),
                found.ambiguous,
                [] if tolerated else found.missing,
                server=self._server.server.address,
                virtual_server=self._virtual_server,
            )
        self._knows_products = having is not None
        if having is None:
            self._context.warn(
                "%s cannot tell which hosts have %s: the task is run for all of them, even where nothing is to be done."
                % (self._server, self._product)
            )
        plan = Plan()
        for entry in self._entries:
            host = found.hosts.get(entry)
            if host is None:
                change = plan.add(entry.value, self._facts(None, **{entry.kind: entry.value}), None, None, "")
                if entry in found.ambiguous:
                    change.fail(selection.complaint(entry, found.ambiguous[entry], str(self._server)))
                else:
                    change.fail("" if tolerated else selection.complaint(entry, (), str(self._server)), MISSING)
            elif host.id not in self._hosts:
                self._hosts[host.id] = (host, self._plan_host(plan, host, having))
        if self._todo():
            self._prepare()
        return plan

    def _having(self, server: Session, found: selection.Found) -> t.Optional[set[str]]:
        ids = list(dict.fromkeys(host.id for host in found.hosts.values()))
        return hosts.with_product(server, ids, self._product) if ids else set()

    def _plan_host(self, plan: Plan, host: Host, having: t.Optional[set[str]]) -> Change:
        product = str(self._product)
        wanted = product if self._state == "present" else None
        if having is None:
            present: t.Optional[str] = "unknown"
        else:
            present = product if host.id in having else None
        return plan.add(
            str(host),
            self._facts(host),
            {"product": present},
            {"product": wanted},
            WORD[self._state],
        )

    def _facts(self, host: t.Optional[Host], **known: t.Any) -> dict[str, t.Any]:
        return {
            "id": host.id if host else known.get("id"),
            "name": host.name if host else known.get("name"),
            "ip": host.ip if host else known.get("ip"),
            "virtual_server": self._virtual_server,
            "product": str(self._product),
        }

    def _todo(self) -> list[Host]:
        return [host for host, change in self._hosts.values() if change.open]

    def _prepare(self) -> None:
        """Find what the task needs while nothing is written yet, so that check mode finds what is missing too."""
        if self._state == "absent":
            return
        agent = self._params["agent"]
        wanted = [
            (Product(agent["name"], agent["version"]), None),
            (self._product, self._params["product"].get("display_version")),
        ]
        there = packages.listing(self._server)
        if self._ahead:
            there += packages.listing(self._servers.primary)
        self._packages = [packages.pick(self._server, there, product, display_version) for product, display_version in wanted]
        self._group = groups.locate(self._server, self._params["group"] or "")
        if self._group.missing and not self._params["create_group"]:
            raise groups.unknown(self._server, self._group.path)

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting()
        todo = self._todo()
        account = self._os_account()
        profile = self._params["task_profile"]
        group_id = 0
        if self._group is not None:
            plan.wrote = bool(self._group.missing)
            group_id = groups.create(self._server, self._group)

        def document(display_name: str, some: t.Sequence[Host]) -> dict[str, t.Any]:
            if self._state == "absent":
                return tasks.removal(profile, display_name, some, self._product, account)
            return tasks.installation(profile, display_name, some, [package.id for package in self._packages], group_id, account)

        def wrote() -> None:
            plan.wrote = True

        runner = TaskRunner(
            self._server,
            tasks.INSTALLATION if self._state == "present" else tasks.REMOVAL,
            "%s %s" % ("Install" if self._state == "present" else "Remove", self._product),
            keep_task=self._params["keep_task"],
            warn=self._context.warn,
            wrote=wrote,
        )
        outcome = self._outcome = runner.start(todo, document)
        if not self._params["wait"]:
            for host in todo:
                self._hosts[host.id][1].fail("task %s was started" % outcome.task_id, PENDING)
            return
        runner.wait(outcome, waiting)
        if not outcome.clean:
            runner.explain(outcome)
        self._judge(todo)
        runner.tidy(outcome)

    def _os_account(self) -> t.Optional[tasks.OsAccount]:
        username, password = self._params["os_username"], self._params["os_password"]
        if username is None:
            return None
        self._server.mask(password)
        if self._params["password_format"] == "protected":
            try:
                return tasks.OsAccount(username, tasks.protected(self._server, password))
            except NoSuchCall:
                self._context.warn(
                    "%s has no Tasks.ProtectPassword: os_password is sent as the vendor's article shows it, "
                    "protected by TLS only." % self._server
                )
        return tasks.OsAccount(username, password)

    def _judge(self, todo: t.Sequence[Host]) -> None:
        """What became of each host: the product that the server lists decides, the task gives the reason."""
        having = self._read_back(todo)
        for host in todo:
            change = self._hosts[host.id][1]
            run = self._outcome.run_of(host.id)
            task_id = run.task_id if run else None
            state = self._outcome.states.get(host.id)
            done = having is not None and (host.id in having) == (self._state == "present")
            if done:
                change.reason = state.text if state is not None and state.state == "warning" else ""
            elif state is not None and state.state == "failed":
                change.fail(state.text or "task %s failed on it; the server gives no reason" % task_id)
            elif state is not None and state.state in tasks.IN_PROGRESS:
                change.fail(
                    "task %s is %s on it: is the host on, and its Network Agent connected?" % (task_id, state.state),
                    PENDING,
                )
            elif state is None and run is not None and run.statistics is not None and not run.statistics.clean:
                self._judge_by_totals(change, run.statistics, len(run.hosts), task_id)
            elif having is not None:
                change.fail(NOT_DONE[self._state] % (task_id, self._product))

    @staticmethod
    def _judge_by_totals(change: Change, statistics: tasks.Statistics, count: int, task_id: t.Optional[str]) -> None:
        numbers = ", ".join("%d %s" % (number, state) for state, number in statistics.hosts.items() if number)
        if not statistics.finished(count):
            change.fail("task %s is not done: %s" % (task_id, numbers), PENDING)
        elif statistics.hosts["failed"] == 0:
            change.reason = "task %s ended with a warning" % task_id
        elif count == 1:
            change.fail("task %s failed on it; the server cannot tell the reason" % task_id)
        else:
            change.fail("task %s ended with %s; the server cannot tell which host" % (task_id, numbers))

    def _read_back(self, todo: t.Sequence[Host]) -> t.Optional[set[str]]:
        if not self._knows_products:
            return None
        ids = [host.id for host in todo]
        having = hosts.with_product(self._server, ids, self._product)
        if having is None or self._state == "absent":
            return having
        # A host that the task is done with but that the search does not find: ask for this host itself.
        doubtful = [
            id
            for id in ids
            if id not in having
            and (id not in self._outcome.states or self._outcome.states[id].state in ("succeeded", "warning"))
            and self._outcome.finished
        ]
        return having | (hosts.with_product_by_detail(self._server, doubtful, self._product) or set())

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        return {
            "hosts": plan.returned(),
            "task_id": self._outcome.task_id,
            "statistics": self._outcome.statistics(),
            "msg": plan.message("hosts"),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        return host_failure(self._context, plan, str(self._server), self._outcome.task_id)


def _both(one: t.Optional[set[str]], other: t.Optional[set[str]]) -> t.Optional[set[str]]:
    return None if one is None or other is None else one | other
