# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""See which hosts have become as they shall be: what tasks report is not enough."""

from __future__ import annotations

import typing as t

from ..._core.errors import PASSING
from ..._core.module import Context
from ..._core.naming import seconds
from ..._core.plan import FAILED, PENDING
from ..._core.waiting import Poll, Waiting
from ..api import hosts, tasks
from ..api.hosts import Product
from ..api.session import Session
from .installed_host import InstalledHost
from .products import ProductSearch, is_older
from .selection import Selector
from .servers import Name, Servers
from .task_run import TaskHost
from .task_runner import TaskRunner

STILL = {"present": "does not list %s on it", "absent": "still lists %s on it"}
BY_BIT = {"present": "shows no protection application on it", "absent": "still shows a protection application on it"}
LOOKS_SLOW_DOWN = 1.5  # from look to look, while only the list of applications is waited for
SLOWEST_LOOK = 60.0  # seconds


class Confirmation:
    """Waits for tasks, then until the servers list what they did."""

    def __init__(
        self,
        context: Context,
        servers: Servers,
        runner: TaskRunner,
        searches: t.Mapping[Name, ProductSearch],
        items: t.Sequence[InstalledHost],
    ) -> None:
        self._params = context.params
        self._state: str = context.params["state"]
        self._servers = servers
        self._runner = runner
        self._searches = searches
        self._by_host = {item.task: item for item in items}

    def wait(self, waiting: Waiting) -> None:
        """Wait for the tasks, then until the server lists what they did: that follows when the agents synchronize."""
        by_host = self._by_host
        looks = [0]

        def unconfirmed() -> list[TaskHost]:
            return self._runner.unshown(lambda host: by_host[host].confirmed)

        def look() -> Poll:
            self._runner.look()
            if not self._runner.settled:
                return Poll(False)
            # Where the search does not find it, hosts are asked themselves: the first time and, at the deadline, once more.
            self._confirm([by_host[host] for host in unconfirmed()], thorough=looks[0] == 0 or waiting.remaining == 0.0)
            self._runner.repeat(unconfirmed())
            looks[0] += 1
            pause = min(max(waiting.interval, SLOWEST_LOOK), waiting.interval * LOOKS_SLOW_DOWN ** looks[0])
            return Poll(self._runner.settled and not unconfirmed(), next_look=pause)

        waiting.until(look, at_once=not all(run.made for run in self._runner.runs))

    def end(self, todo: t.Sequence[InstalledHost], waiting: Waiting) -> None:
        """The wait is over: what is known of each host by now."""
        self._runner.end(waiting)
        rest = [item for item in todo if item.change.open and not item.confirmed]
        self._confirm(rest, thorough=False)
        for item in rest:
            if item.change.open and not item.confirmed:
                self._not_confirmed(item)

    def _confirm(self, items: t.Sequence[InstalledHost], thorough: bool) -> None:
        """See which hosts are as wanted. A server that does not answer now is asked again next time."""
        by_server: dict[Name, list[InstalledHost]] = {}
        for item in items:
            by_server.setdefault(item.server, []).append(item)

        def look(session: Session) -> None:
            same: dict[Product, list[InstalledHost]] = {}
            for item in by_server[session.virtual_server]:
                same.setdefault(item.product, []).append(item)
            for product, some in same.items():
                searched = self._searches[session.virtual_server]
                now = searched.now([item.host for item in some], product, thorough and self._state == "present")
                older = self._older(session, [item for item in some if now.get(item.host.id)], product)
                for item in some:
                    self._conclude(item, False if item.host.id in older else now.get(item.host.id))

        refused = self._servers.each(by_server, look)
        for item in items:
            error = refused.get(item.server)
            item.silent = "" if error is None else error.message
            if error is not None and not isinstance(error, PASSING):
                item.change.fail("the outcome of task %s is not known: %s" % (item.task.task_id, error.message))

    def _older(self, session: Session, items: t.Sequence[InstalledHost], product: Product) -> set[str]:
        """Ids of hosts that have the application in an older build than they shall: the version does not tell."""
        wanted = {item.host.id: item.wanted_build for item in items if item.wanted_build is not None and item.has is not None}
        if self._state == "absent" or not wanted or not self._searches[session.virtual_server].exact:
            return set()
        now = hosts.matching(session, [Selector("id", id).condition for id in wanted], hosts.INSTALLATION)
        found: set[str] = set()
        for build in set(wanted.values()):
            some = [host for host in now if wanted.get(host.id) == build]
            builds = self._searches[session.virtual_server].builds(some, product, str(build))
            found |= {id for id, there in builds.items() if is_older(there, str(build))}
        return found

    def _conclude(self, item: InstalledHost, has: t.Optional[bool]) -> None:
        """``has``: whether the host has the application now; None where nothing but the task can tell."""
        if has is None and not _is_clean(item):
            self._not_confirmed(item)
        elif has is None or has == (self._state == "present"):
            item.confirmed = item.change.settled = True
            item.change.facts["failure_class"] = None
            if item.task.trouble and self._runner.doubtful(item.task):
                item.change.reason = item.task.trouble
            elif item.task.state is not None and item.task.state.state == "warning":
                item.change.reason = item.task.state.text

    def _not_confirmed(self, item: InstalledHost) -> None:
        run = item.task.run
        exact = self._searches[item.server].exact
        if item.silent:
            item.change.fail("the outcome of task %s is not known: %s" % (item.task.task_id, item.silent), PENDING)
        elif run is None or run.gone or run.statistics is None:
            why = run.gone.rstrip(".") if run is not None else "it was not started"
            item.change.fail("task %s no longer exists (%s), and its outcome on the host is not known" % (item.task.task_id, why))
        elif not run.finished:
            item.change.fail("task %s has not completed: %s" % (run.task_id, run.statistics), PENDING)
        elif item.task.state is None and run.statistics.hosts["failed"]:
            which = (
                "on the host; the server does not report the reason"
                if len(run.hosts) == 1
                else "; the server does not report on which host"
            )
            item.change.fail("task %s ended with %s%s" % (run.task_id, run.statistics, which if which[0] == ";" else " " + which))
        else:
            product = str(item.product) if item.wanted_build is None else "%s (build %s)" % (item.product, item.wanted_build)
            what = (STILL[self._state] % product) if exact else BY_BIT[self._state]
            if self._runner.doubtful(item.task):
                item.change.fail("%s; the server %s" % (item.task.trouble.rstrip(". "), what))
                return
            item.change.fail(
                "task %s reports success, but the server %s after %s" % (run.task_id, what, seconds(self._params["wait_timeout"])),
                FAILED if run.made else PENDING,
            )


def _is_clean(item: InstalledHost) -> bool:
    """Whether its task went well, as far as the server tells: on the host, or everywhere."""
    if item.task.state is not None:
        return item.task.state.state in tasks.SUCCEEDED
    run = item.task.run
    return run is not None and run.finished and run.statistics is not None and not run.statistics.hosts["failed"]
