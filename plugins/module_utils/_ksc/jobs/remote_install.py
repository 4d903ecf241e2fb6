# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_remote_install: an application on hosts, or gone from them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.entries import EntryList, ValidationErrors
from ..._core.errors import PASSING, CollectionError, InputError, NoSuchCall
from ..._core.module import Context
from ..._core.naming import seconds
from ..._core.plan import FAILED, MISSING, PENDING, Change, Plan
from ..._core.waiting import Poll, Waiting
from ..api import groups, packages, tasks
from ..api.groups import GroupPath
from ..api.hosts import Host, Product
from ..api.session import Session
from . import selection
from .products import ProductSearch
from .report import host_failure
from .selection import Found, HostEntry, HostSearch
from .servers import Name, Servers
from .task_runner import TaskGroup, TaskHost, TaskRunner

WORD = {"present": "installed", "absent": "removed"}
VERB = {"present": "Install", "absent": "Remove"}
STILL = {"present": "does not list %s on it", "absent": "still lists %s on it"}
BY_BIT = {"present": "shows no protection application on it", "absent": "still shows a protection application on it"}
# Seconds after which the list of applications follows: the Network Agent synchronises every 15 minutes.
SYNCHRONISES_WITHIN = 1200.0
LOOKS_SLOW_DOWN = 1.5  # from look to look, while only the list of applications is waited for
SLOWEST_LOOK = 60.0  # seconds

HOSTS = EntryList(
    "hosts",
    own=selection.OPTIONS,
    inherited={
        "virtual_server": {"type": "str"},
        "product": {
            "type": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "version": {"type": "str"},
                "display_version": {"type": "str"},
            },
        },
        "agent": {
            "type": "dict",
            "default": {},
            "options": {"name": {"type": "str", "default": "1103"}, "version": {"type": "str", "default": "1.0.0.0"}},
        },
        "group": {"type": "str"},
        "create_group": {"type": "bool", "default": False},
        "os_username": {"type": "str"},
        "os_password": {"type": "str", "no_log": True},
        "password_format": {"type": "str", "default": "plain", "choices": ["plain", "protected"], "no_log": False},
    },
    entry=selection.RULES,
)


@dataclass(eq=False)
class InstalledHost:
    """One host: what is wanted of it, its record, what it has, and the task that brings it there."""

    entry: HostEntry
    host: Host
    product: Product  # to install, or the one to remove: of the version that is there
    has: t.Optional[bool]
    change: Change
    task: TaskHost
    confirmed: bool = False  # it is as wanted by now, and the server says so
    silent: str = ""  # why the last look at it failed
    packages: tuple[int, ...] = ()
    group: t.Optional[GroupPath] = None

    @property
    def server(self) -> Name:
        return self.entry.virtual_server

    @property
    def account(self) -> t.Optional[tuple[str, str, str]]:
        options = self.entry.options
        return None if options["os_username"] is None else (options["os_username"], options["os_password"], options["password_format"])


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
        self._searches: dict[Name, ProductSearch] = {}
        self._accounts: dict[tuple[Name, tuple[str, str, str]], tasks.OsAccount] = {}
        # A dry run of a play whose earlier changes would have brought hosts and packages to the virtual server.
        self._ahead = bool(context.check_mode and self._params["expect_from_primary"])
        self._plan = Plan()
        self._runner = TaskRunner(context, self._plan, totals_tell=True)

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        self._check()
        valid = [entry for entry in self._entries if not self._errors.of(entry)]
        found = HostSearch(self._context, self._servers).find(valid, self._errors, from_primary=self._ahead)
        selection.refuse_unclear(found, self._errors, self._params["missing"] == "ignore")
        chosen = selection.refuse_conflicts(found, self._errors)
        items = self._having([entry for entry in chosen if not self._errors.of(entry)], found)
        if self._state == "present":
            self._prepare([item for item in items.values() if not item.has])
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

    def _having(self, chosen: t.Sequence[HostEntry], found: t.Mapping[HostEntry, Found]) -> dict[HostEntry, InstalledHost]:
        """What each host has of the application that is wanted on it, or off it."""
        items: dict[HostEntry, InstalledHost] = {}

        def look(session: Session) -> None:
            searched = self._searches[session.virtual_server] = ProductSearch(session)
            same: dict[Product, list[HostEntry]] = {}
            for entry in chosen:
                if found[entry].server == session.virtual_server:
                    same.setdefault(_product(entry), []).append(entry)
            for product, entries in same.items():
                for entry, (there, has) in self._looked_up(searched, product, entries, found).items():
                    host = t.cast(Host, found[entry].host)
                    change = Change("", {}, None, None)
                    items[entry] = InstalledHost(entry, host, there, has, change, TaskHost(host, change))

        refused = self._servers.each([found[entry].server for entry in chosen], look)
        for entry in chosen:
            if found[entry].server in refused:
                self._errors.add_error(entry, refused[found[entry].server])
        for name, searched in self._searches.items():
            if not searched.exact:
                self._context.warn(
                    "%s cannot tell which applications a host has, only whether one that protects it is there (bit 0x10 of its status). "
                    "A host where that is so counts as %s."
                    % (
                        self._servers.describe(name),
                        "installed, whatever version it has" if self._state == "present" else "not removed yet",
                    )
                )
        return items

    def _looked_up(
        self, searched: ProductSearch, product: Product, entries: t.Sequence[HostEntry], found: t.Mapping[HostEntry, Found]
    ) -> dict[HostEntry, tuple[Product, t.Optional[bool]]]:
        """The product of each entry, of the version that is there where it shall be removed, and whether the host has it."""
        records = [t.cast(Host, found[entry].host) for entry in entries]
        have = searched.having(records, product) if product.version else {}
        result = {entry: (product, have.get(host.id)) for entry, host in zip(entries, records)}
        if self._state == "present":
            return result
        # Another version than the user knows of is removed as well: the host shall be without the application.
        lacking = [(entry, host) for entry, host in zip(entries, records) if not have.get(host.id)]
        if not searched.exact and product.version:
            return result
        try:
            versions = searched.versions([host for _entry, host in lacking], product.name)
        except NoSuchCall as error:
            for entry, _host in lacking:
                self._errors.add(entry, "%s Give product.version" % error.message)
            return result
        for entry, host in lacking:
            version = versions.get(host.id)
            result[entry] = (Product(product.name, version), True) if version else (product, False)
        return result

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
        change = self._add(item.entry, item.host, {"product": there}, {"product": wanted}, product)
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
            "product": product or (str(_product(entry)) if entry.options["product"] else None),
            "task_id": None,
        }
        name = str(host) if host is not None else str(entry)
        return self._plan.add(name, facts, before, after, WORD[self._state], scope=entry.virtual_server or "")

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting((VERB[self._state], plan))
        todo = [item for item in self._items if item.change.open]
        self._create_groups([item for item in todo if item.group is not None and item.group.missing])
        self._runner.start(self._task_groups([item for item in todo if item.change.open]))
        todo = [item for item in todo if item.change.open]
        if not self._params["wait"]:
            for item in todo:
                item.change.fail("task %s was started" % item.task.task_id, PENDING)
            return
        self._wait(todo, waiting)
        self._runner.tidy()

    def _create_groups(self, items: t.Sequence[InstalledHost]) -> None:
        made: dict[tuple[Name, str], GroupPath] = {}
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
            same.setdefault((item.server, item.product, item.packages, group_id, item.account), []).append(item)
        found = []
        for (server, product, package_ids, group_id, _account), some in same.items():
            try:
                account = self._os_account(some[0])
            except CollectionError as error:
                for item in some:
                    item.change.fail(error.message)
                continue
            settings = tasks.removal(product, account) if self._state == "absent" else tasks.installation(package_ids, group_id, account)
            subject = "%s %s" % (VERB[self._state], product)
            found.append(
                TaskGroup(self._servers.on(server), subject, settings, [item.task for item in some], settled_for=SYNCHRONISES_WITHIN)
            )
        return found

    def _os_account(self, item: InstalledHost) -> t.Optional[tasks.OsAccount]:
        if item.account is None:
            return None
        key = (item.server, item.account)
        if key not in self._accounts:
            username, password, password_format = item.account
            session = self._servers.on(item.server)
            session.mask(password)
            joined = self._params["account_layout"] == "joined"
            account = tasks.OsAccount(username, password, joined)
            if password_format == "protected":
                try:
                    account = tasks.OsAccount(username, tasks.protected(session, password), joined)
                except NoSuchCall:
                    self._context.warn(
                        "%s has no Tasks.ProtectPassword: os_password is sent as the vendor's article shows it, protected by TLS only."
                        % session
                    )
            self._accounts[key] = account
        return self._accounts[key]

    def _wait(self, todo: t.Sequence[InstalledHost], waiting: Waiting) -> None:
        """Wait for the tasks, then until the server lists what they did: that follows when the agents synchronise."""
        by_host = {item.task: item for item in self._items}
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
                for item in some:
                    self._conclude(item, now.get(item.host.id))

        refused = self._servers.each(by_server, look)
        for item in items:
            error = refused.get(item.server)
            item.silent = "" if error is None else error.message
            if error is not None and not isinstance(error, PASSING):
                item.change.fail("what task %s has done is unknown: %s" % (item.task.task_id, error.message))

    def _conclude(self, item: InstalledHost, has: t.Optional[bool]) -> None:
        """``has``: whether the host has the application now; None where nothing but the task can tell."""
        if has is None and not _is_clean(item):
            self._not_confirmed(item)
        elif has is None or has == (self._state == "present"):
            item.confirmed = item.change.settled = True
            if item.task.state is not None and item.task.state.state == "warning":
                item.change.reason = item.task.state.text

    def _not_confirmed(self, item: InstalledHost) -> None:
        run = item.task.run
        exact = self._searches[item.server].exact
        if item.silent:
            item.change.fail("what task %s has done is unknown: %s" % (item.task.task_id, item.silent), PENDING)
        elif run is None or run.gone or run.statistics is None:
            why = run.gone.rstrip(".") if run is not None else "it was not started"
            item.change.fail(
                "task %s is not there any more (%s), and what it has done on the host does not show" % (item.task.task_id, why)
            )
        elif not run.finished:
            item.change.fail("task %s is not done: %s" % (run.task_id, run.statistics), PENDING)
        elif item.task.state is None and run.statistics.hosts["failed"]:
            which = "on it; the server cannot tell the reason" if len(run.hosts) == 1 else "; the server cannot tell which host"
            item.change.fail("task %s ended with %s%s" % (run.task_id, run.statistics, which if which[0] == ";" else " " + which))
        else:
            what = (STILL[self._state] % item.product) if exact else BY_BIT[self._state]
            item.change.fail(
                "task %s reports success, but the server %s after %s" % (run.task_id, what, seconds(self._params["wait_timeout"])),
                FAILED if run.made else PENDING,
            )

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        task_ids = self._runner.task_ids
        return {
            "hosts": plan.returned(),
            "task_id": task_ids[0] if task_ids else None,
            "task_ids": task_ids,
            "statistics": self._runner.statistics(),
            "msg": plan.message("hosts"),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        where = self._servers.describe_all(entry.virtual_server for entry in self._entries)
        return host_failure(self._context, plan, where, self._runner.task_ids)


def _product(entry: HostEntry) -> Product:
    return Product(entry.options["product"]["name"], entry.options["product"]["version"] or "")


def _is_clean(item: InstalledHost) -> bool:
    """Whether its task went well, as far as the server tells: on the host, or everywhere."""
    if item.task.state is not None:
        return item.task.state.state in tasks.SUCCEEDED
    run = item.task.run
    return run is not None and run.finished and run.statistics is not None and not run.statistics.hosts["failed"]
