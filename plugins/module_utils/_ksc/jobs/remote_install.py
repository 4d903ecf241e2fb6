# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_remote_install: an application on hosts, or gone from them."""

from __future__ import annotations

import typing as t

from ..._core.entries import ValidationErrors
from ..._core.errors import CollectionError, InputError, ServerUnreachable
from ..._core.module import Context
from ..._core.plan import FAILED, MISSING, PENDING, Change, Plan
from ..api import groups, hosts, packages, server_info, tasks
from ..api.groups import GroupPath
from ..api.hosts import Host, Product
from ..api.session import Session
from . import selection
from .install_confirmation import Confirmation
from .install_survey import Survey, wanted_product
from .installed_host import HOSTS, InstalledHost
from .report import host_failure
from .rollout import Rollout
from .selection import HostEntry, HostSearch, Selector
from .servers import Name, Servers
from .task_passwords import TaskPasswords
from .task_runner import TaskGroup, TaskRunner

__all__ = ["HOSTS", "Installation"]

WORD = {"present": "installed", "absent": "removed"}
VERB = {"present": "Install", "absent": "Remove"}
# Seconds after which the list of applications follows: the Network Agent synchronizes every 15 minutes.
SYNCHRONIZES_WITHIN = 1200.0
RESTARTS = (*hosts.BASIC, hosts.RESTART_REQUIRED)
TOO_OLD = (
    "removal_password: %s has version %s, but a task can contain this password only in Kaspersky Security Center 15.1 or later; turn "
    "off the password protection in the policy of the application first"
)
RESTART_DUE = "a restart is required"


class Installation:
    """present, absent: an application on hosts."""

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context
        self._servers = servers
        self._params = context.params
        self._state: str = self._params["state"]
        self._entries = selection.entries(HOSTS, self._params)
        self._errors = ValidationErrors("hosts")
        self._items: list[InstalledHost] = []
        self._survey = Survey(context, servers, self._errors)
        self._passwords = TaskPasswords(context, servers)
        self._rollout = Rollout(context, servers)
        self._made_groups: dict[tuple[Name, str], GroupPath] = {}
        # A dry run of a play whose earlier changes would have brought hosts and packages to the virtual server.
        self._ahead = bool(context.check_mode and self._params["expect_from_primary"])
        self._plan = Plan()
        self._runner = TaskRunner(context, self._plan, totals_tell=True, again=True)

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        self._check()
        valid = [entry for entry in self._entries if not self._errors.of(entry)]
        found = HostSearch(self._context, self._servers, hosts.INSTALLATION).find(valid, self._errors, from_primary=self._ahead)
        selection.refuse_unclear(found, self._errors, self._params["missing"] == "ignore")
        chosen = selection.refuse_conflicts(found, self._errors)
        items = self._survey.look([entry for entry in chosen if not self._errors.of(entry)], found)
        if self._state == "present":
            self._prepare([item for item in items.values() if not item.has])
        else:
            self._check_removal_passwords([item for item in items.values() if item.has is not False])
        if self._params["on_failure"] == "fail":
            selection.require_none(self._errors, found, server=self._servers.server.address)
        for entry in self._entries:
            if self._errors.of(entry):
                unknown = entry in found and found[entry].host is None and not found[entry].candidates
                self._errors.settle(entry, self._add(entry, None), MISSING if unknown else FAILED)
            elif entry in items:
                self._items.append(self._planned(items[entry]))
            elif found[entry].host is None:
                self._add(entry, None).result = MISSING
        self._rollout.arrange(self._items)
        return self._plan

    def _check(self) -> None:
        """What can be wrong with an entry without asking a server.

        :raises InputError: it is, and all have to be right
        """
        for entry in self._entries:
            options = entry.options
            product = options["product"]
            if not entry.selector.valid:
                self._errors.add(entry, "%s is not an IPv4 address or name" % entry.selector)
            elif product is None:
                self._errors.add(entry, "missing required arguments: product")
            elif self._state == "present" and not product["version"]:
                self._errors.add(entry, "missing required arguments: version found in product")
            elif (options["os_username"] is None) != (options["os_password"] is None):
                self._errors.add(entry, "parameters are required together: os_username, os_password")
        if self._params["on_failure"] == "fail":
            self._errors.require_none()

    def _prepare(self, todo: t.Sequence[InstalledHost]) -> None:
        """Find what tasks need while nothing is written yet, so that check mode finds what is missing too."""
        by_server: dict[Name, list[InstalledHost]] = {}
        for item in todo:
            by_server.setdefault(item.server, []).append(item)
        ahead = packages.listing(self._servers.primary) if self._ahead and set(by_server) - {None} else []

        def look(session: Session) -> None:
            items = by_server[session.virtual_server]
            there = packages.listing(session) + ahead
            places = groups.locate(session, dict.fromkeys(item.entry.options["group"] or "" for item in items))
            lacking = [
                item for item in items if places[item.entry.options["group"] or ""].missing and not item.entry.options["create_group"]
            ]
            unknown = groups.unknown(session, {item.entry.options["group"] for item in lacking}) if lacking else {}
            for item in items:
                options = item.entry.options
                item.group = places[options["group"] or ""]
                if item in lacking:
                    self._errors.add_error(item.entry, unknown[options["group"]])
                try:
                    agent = packages.pick(session, there, Product(options["agent"]["name"], options["agent"]["version"]))
                    item.packages = agent.id, packages.pick(session, there, item.product, options["product"]["display_version"]).id
                except InputError as error:
                    self._errors.add_error(item.entry, error)

        for name, error in self._servers.each(by_server, look).items():
            for item in by_server[name]:
                self._errors.add_error(item.entry, error)

    def _planned(self, item: InstalledHost) -> InstalledHost:
        product = str(item.product)
        wanted = product if self._state == "present" else None
        there = "unknown" if item.has is None else product if item.has else None
        if self._state == "present" and item.build is not None and not item.has:  # of the same version
            there = "%s (%s)" % (product, "build " + item.build if item.build else "another build")
            wanted = "%s (build %s)" % (product, item.wanted_build)
        change = self._add(item.entry, item.host, {"product": there}, {"product": wanted}, product)
        if self._state == "present" and item.build not in (None, item.wanted_build) and item.has:
            change.reason = "it has build %s, which is newer than %s" % (item.build, item.wanted_build)
        elif not change.differs and item.host.restart_required:
            change.reason = RESTART_DUE
        asked = item.entry.options["product"]["version"]
        if self._state == "absent" and item.has and asked and asked != item.product.version:
            change.reason = "it has version %s, not %s" % (item.product.version, asked)
        item.change = item.task.change = change
        return item

    def _add(
        self, entry: HostEntry, host: t.Optional[Host], before: t.Any = None, after: t.Any = None, product: t.Optional[str] = None
    ) -> Change:
        facts = {
            "label": entry.label,
            **selection.identity(entry, host),
            "virtual_server": entry.virtual_server,
            "product": product or (str(wanted_product(entry)) if entry.options["product"] else None),
            "task_id": None,
            "wave": None,
            "failure_class": None,
            "restart_required": host.restart_required if host is not None else None,
        }
        name = str(host) if host is not None else str(entry)
        return self._plan.add(name, facts, before, after, WORD[self._state], scope=entry.virtual_server or "")

    def _check_removal_passwords(self, todo: t.Sequence[InstalledHost]) -> None:
        """Whether the servers take a password for the removal, before anything is removed."""
        by_server: dict[Name, list[InstalledHost]] = {}
        for item in todo:
            if item.entry.options["removal_password"] is not None:
                by_server.setdefault(item.server, []).append(item)

        def look(session: Session) -> None:
            version = server_info.version(session)
            if version is not None and version[:2] < tasks.UNLOCK_PASSWORD_SINCE:
                for item in by_server[session.virtual_server]:
                    self._errors.add(item.entry, TOO_OLD % (session, ".".join(map(str, version))))

        for name, error in self._servers.each(by_server, look).items():
            for item in by_server[name]:
                self._errors.add_error(item.entry, error)

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting((VERB[self._state], plan))
        confirmation = Confirmation(self._context, self._servers, self._runner, self._survey.searches, self._items)
        begun: list[InstalledHost] = []
        self._rollout.begin()
        for number, wave in enumerate(self._rollout.waves, 1):
            begun += self._start(wave)
            if not self._params["wait"]:
                for item in begun:
                    item.change.fail("task %s was started" % item.task.task_id, PENDING)
                return
            confirmation.wait(waiting)
            if number < len(self._rollout.waves):
                self._runner.judge()
                if not self._rollout.goes_on(number, waiting):
                    break
        confirmation.end(begun, waiting)
        self._read_restarts([item for item in self._items if item.task.run is not None])
        self._runner.tidy()

    def _start(self, wave: t.Sequence[InstalledHost]) -> list[InstalledHost]:
        """Begin with the hosts of a wave; those that are under way."""
        for item in wave:
            item.change.standing = ""
        self._create_groups([item for item in wave if item.group is not None and item.group.missing])
        self._runner.start(self._task_groups([item for item in wave if item.change.open]))
        return [item for item in wave if item.change.open]

    def _read_restarts(self, items: t.Sequence[InstalledHost]) -> None:
        """Which hosts need a restart now. It is no failure not to learn it."""
        by_server: dict[Name, list[InstalledHost]] = {}
        for item in items:
            by_server.setdefault(item.server, []).append(item)

        def look(session: Session) -> None:
            some = by_server[session.virtual_server]
            now = {host.id: host for host in hosts.matching(session, [Selector("id", item.host.id).condition for item in some], RESTARTS)}
            for item in some:
                due = now[item.host.id].restart_required if item.host.id in now else None
                item.change.facts["restart_required"] = due
                if due and not item.change.reason and item.change.open:
                    item.change.reason = RESTART_DUE

        try:
            self._servers.each(by_server, look)
        except ServerUnreachable:
            pass

    def _create_groups(self, items: t.Sequence[InstalledHost]) -> None:
        made = self._made_groups
        for item in items:
            path = t.cast(GroupPath, item.group)
            key = (item.server, path.path)
            try:
                if key not in made:
                    with self._plan.writing():
                        made[key] = GroupPath(path.path, groups.create(self._servers.on(item.server), path))
                item.group = made[key]
            except CollectionError as error:
                item.change.fail(error.message)

    def _task_groups(self, items: t.Sequence[InstalledHost]) -> list[TaskGroup]:
        """Hosts of one server that get the same in the same way are one task."""
        same: dict[t.Any, list[InstalledHost]] = {}
        for item in items:
            group_id = item.group.id if item.group is not None else 0
            key = (item.server, item.product, item.packages, group_id, item.account, item.entry.options["removal_password"])
            same.setdefault(key, []).append(item)
        found = []
        for (server, product, package_ids, group_id, _account, _password), some in same.items():
            try:
                settings = self._settings(some[0], package_ids, group_id)
            except CollectionError as error:
                for item in some:
                    item.change.fail(error.message)
                continue
            subject = "%s %s" % (VERB[self._state], product)
            found.append(
                TaskGroup(self._servers.on(server), subject, settings, [item.task for item in some], settled_for=SYNCHRONIZES_WITHIN)
            )
        return found

    def _settings(self, item: InstalledHost, package_ids: t.Sequence[int], group_id: int) -> tasks.TaskSettings:
        account, restart = self._passwords.account(item), self._params["restart"]
        if self._state == "absent":
            return tasks.removal(item.product, account, restart, self._passwords.removal(item))
        return tasks.installation(package_ids, group_id, account, restart)

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        task_ids = self._runner.task_ids
        return {
            "hosts": plan.returned(),
            "task_id": task_ids[0] if task_ids else None,
            "task_ids": task_ids,
            "statistics": self._runner.statistics(),
            "msg": plan.message("hosts") + self._restarts(plan),
        }

    @staticmethod
    def _restarts(plan: Plan) -> str:
        count = sum(bool(change.facts.get("restart_required")) for change in plan.changes)
        return "; restart required: %d" % count if count else ""

    def failure(self, plan: Plan) -> t.Optional[str]:
        where = self._servers.describe_all(entry.virtual_server for entry in self._entries)
        return host_failure(self._context, plan, where, self._runner.task_ids)
