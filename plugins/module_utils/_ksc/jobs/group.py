# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of ksc_group: administration groups with their retention, the conditions of their status and packages for arrivals."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.entries import EntryList, Params, ValidationErrors
from ..._core.errors import PASSING, AnswerLost, CollectionError, InputError, RequestRefused, SessionLost
from ..._core.module import Context
from ..._core.naming import seconds
from ..._core.plan import PENDING, Change, Plan
from ..._core.report import failure
from ..._core.waiting import Poll, Waiting
from ..api import actions, filters, groups, hosts, limits, packages
from ..api.groups import GroupPath, Settings
from ..api.hosts import Product
from ..api.packages import Package
from ..api.session import Session
from .objects import on_each_server, ready, refuse_contradictions
from .servers import Name, Servers
from .task_run import is_gone

ROOT = "Managed devices"
DAYS = {"notify_days": groups.NOTIFY, "remove_days": groups.REMOVE}
SHOWN = 5  # hosts or groups that a message names
# Part of wait_timeout for which the removal of a lost request is looked for; then it is taken as never executed.
PATIENCE = 0.5

GROUPS = EntryList(
    "groups",
    own={"label": {"type": "str"}, "path": {"type": "str", "required": True, "aliases": ["group"]}},
    inherited={
        "virtual_server": {"type": "str"},
        "notify_days": {"type": "int"},
        "remove_days": {"type": "int"},
        "conditions": {"type": "list", "elements": "str", "choices": list(groups.CONDITIONS)},
        "install_packages": {
            "type": "list",
            "elements": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "version": {"type": "str", "required": True},
                "display_version": {"type": "str"},
            },
        },
    },
)


@dataclass(eq=False)
class WantedGroup:
    """One group: what is wanted, and what is there."""

    path: str
    options: Params
    change: Change = field(default_factory=lambda: Change("", {}, None, None))
    place: t.Optional[GroupPath] = None
    settings: t.Optional[Settings] = None  # of the group or, while it does not exist, of the nearest one above
    packages: t.Optional[list[Package]] = None  # that it shall install
    known: t.Mapping[int, Package] = field(default_factory=dict)  # all packages of the server
    reason: str = ""  # why its state is not known

    def __str__(self) -> str:
        return str(self.options["label"] or self.title)

    @property
    def title(self) -> str:
        return self.path or ROOT

    @property
    def server(self) -> Name:
        return t.cast(Name, self.options["virtual_server"])

    @property
    def exists(self) -> bool:
        return self.place is not None and not self.place.missing

    @property
    def days(self) -> dict[str, int]:
        """The numbers of days that are given, by option."""
        return {option: self.options[option] for option in DAYS if self.options[option] is not None}

    @property
    def sets_anything(self) -> bool:
        return bool(self.days) or self.options["conditions"] is not None or self.options["install_packages"] is not None


class Grouping:
    """Groups: present or absent."""

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context
        self._servers = servers
        self._params = context.params
        self._state: str = self._params["state"]
        path = self._params["path"]
        entries = GROUPS.read(self._params, [{"path": path}] if path is not None else [])
        self._items = [WantedGroup(groups.SEPARATOR.join(groups.path_names(entry["path"])), entry) for entry in entries]
        self._errors = ValidationErrors("groups")
        self._plan = Plan()
        self._ahead: list[WantedGroup] = []  # Managed devices of virtual servers that are about to be made

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        self._check()
        items = [item for item in self._items if not self._errors.of(item)]
        coming, known = ready(self._context, self._servers, items)
        self._ahead = [item for item in items if item.server in coming and not item.path]
        self._look_ahead(self._ahead)
        for item, error in on_each_server(self._servers, known, self._look):
            self._errors.add_error(item, error)
        if self._params["on_failure"] == "fail":
            self._errors.require_none(server=self._servers.server.address)
        for item in self._items:
            self._promise(item)
        return self._plan

    def _check(self) -> None:
        keys = {item: (item.server, item.path.casefold()) for item in self._items}
        refuse_contradictions(keys, {item: {**item.options, "path": item.path} for item in self._items}, self._errors)
        alike = {keys[item] if not self._errors.of(item) else item: item for item in self._items}
        self._items = list(alike.values())
        for item in self._items:
            for option, number in item.days.items():
                if number < 0:
                    self._errors.add(item, "%s: %d is negative; give a number of days" % (option, number))
            if self._state == "absent" and not item.path:
                self._errors.add(item, "%s itself cannot be removed" % ROOT)

    def _look_ahead(self, items: t.Sequence[WantedGroup]) -> None:
        """Managed devices of a virtual server that is about to be made: taken to have set what those of the primary server have."""
        if not items:
            return
        root = groups.managed_id(self._servers.primary)
        settings = groups.settings(self._servers.primary, root)
        for item in items:
            item.place, item.settings = GroupPath("", root), settings

    def _look(self, session: Session, items: list[WantedGroup]) -> None:
        """What is there of groups of one server; what is wrong with one is noted."""
        places = groups.locate(session, [item.path for item in items])
        there = packages.listing(session) if any(item.options["install_packages"] is not None for item in items) else []
        for item in items:
            item.place = places[item.path]
            item.known = {package.id: package for package in there}
            try:
                if self._state == "present":
                    self._look_at(session, item)
            except InputError as error:
                self._errors.add_error(item, error)
        if self._state == "absent":
            self._refuse_full(session, [item for item in items if item.exists])

    def _look_at(self, session: Session, item: WantedGroup) -> None:
        wanted = item.options["install_packages"]
        if wanted is not None:
            item.packages = [
                packages.pick(session, item.known.values(), Product(one["name"], one["version"]), one["display_version"]) for one in wanted
            ]
        if not item.sets_anything:
            return
        place = t.cast(GroupPath, item.place)
        item.settings = found = groups.settings(session, place.id)
        locked = found.locked if item.exists else found.locks_children
        if locked and self._days_differ(item):
            self._errors.add(
                item,
                "%s locks notify_days and remove_days of the group: a parent group enforces them for its subgroups. Change them there"
                % session,
            )
        level = found.level(groups.CRITICAL)
        lacking = self._lacking(item)
        if lacking and item.exists and level is None:
            self._errors.add(item, "conditions: %s does not report which are on, so none can be turned on" % session)
        elif lacking and level is not None and level.get(groups.LOCKED) is True:
            why = "%s locks the conditions of the group, and %s are off. Change them in the parent group that locks them"
            self._errors.add(item, why % (session, ", ".join(lacking)))

    def _days_differ(self, item: WantedGroup) -> bool:
        settings = t.cast(Settings, item.settings)
        return any(settings.days(DAYS[option]) != number for option, number in item.days.items())

    @staticmethod
    def _lacking(item: WantedGroup) -> list[str]:
        """The conditions that shall be on and are off, as far as the server tells."""
        there = item.settings.conditions if item.settings is not None else None
        return [name for name in dict.fromkeys(item.options["conditions"] or ()) if name not in (there or ())]

    def _refuse_full(self, session: Session, items: t.Sequence[WantedGroup]) -> None:
        """Note the groups that have hosts, or subgroups that shall stay."""
        if not items:
            return
        ids = {t.cast(GroupPath, item.place).id: item for item in items}
        inside = hosts.matching(session, [filters.equals(hosts.GROUP, id) for id in ids])
        below = groups.matching(session, filters.any_of(*(filters.equals("parentId", id) for id in ids)))
        for id, item in ids.items():
            names = [str(host) for host in inside if host.group_id == id]
            if names:
                self._errors.add(item, "%s has hosts in it (%s); move them to another group first" % (session, _some(names)))
            names = [group.name for group in below if group.parent_id == id and group.id not in ids]
            if names:
                self._errors.add(item, "%s has subgroups in it (%s); remove them first" % (session, _some(names)))

    def _promise(self, item: WantedGroup) -> None:
        word = "created"
        before: t.Any = None
        after: t.Any = {"path": item.title, **self._wanted(item)}
        if item.reason:
            before = after
        elif item.exists:
            word = "updated"
            before = {"path": item.title, **self._present(item)}
            after = {**before, **self._wanted(item)}
        if self._state == "absent":
            word, after = "removed", None
            before = {"path": item.title} if item.exists else None
        facts = {
            "label": item.options["label"],
            "path": item.path,
            "virtual_server": item.server,
            "id": item.place.id if item.exists and item.place is not None and item not in self._ahead else None,
            **dict.fromkeys((*DAYS, "conditions", "install_packages")),
            **(after or {}),
        }
        facts["path"] = item.path or groups.SEPARATOR
        item.change = self._plan.add(item.title, facts, before, after, word, scope=item.server or "")
        item.change.reason = item.reason
        self._errors.settle(item, item.change)

    def _wanted(self, item: WantedGroup) -> dict[str, t.Any]:
        """What shall be, of what is given."""
        wanted: dict[str, t.Any] = dict(item.days)
        if item.options["conditions"] is not None:
            on = item.settings.conditions if item.exists and item.settings is not None else None
            names = {*(on or ()), *item.options["conditions"]}
            wanted["conditions"] = [name for name in groups.CONDITIONS if name in names]
        if item.options["install_packages"] is not None:
            wanted["install_packages"] = _titles(item.packages or [], item.known)
        return wanted

    def _present(self, item: WantedGroup) -> dict[str, t.Any]:
        """What is, of what is given."""
        settings = item.settings
        if settings is None:
            return {}
        present: dict[str, t.Any] = {option: settings.days(DAYS[option]) for option in item.days}
        if item.options["conditions"] is not None:
            present["conditions"] = settings.conditions or []
        if item.options["install_packages"] is not None:
            present["install_packages"] = _titles(settings.package_ids, item.known)
        return present

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting(("Group", plan))
        items = [item for item in self._items if item.change.open]

        def work(session: Session, some: list[WantedGroup]) -> None:
            if self._state == "absent":
                self._remove_all(session, some, waiting)
            else:
                self._make_all(session, some)

        for item, error in on_each_server(self._servers, items, work):
            if item.change.open:
                item.change.fail(error.message)

    def _make_all(self, session: Session, items: list[WantedGroup]) -> None:
        for item in sorted(items, key=lambda item: item.path.count(groups.SEPARATOR)):
            try:
                self._make(session, item)
            except RequestRefused as error:
                item.change.fail(limits.explained(session, error, limits.GROUPS).message)
            except CollectionError as error:
                item.change.fail(error.message)

    def _make(self, session: Session, item: WantedGroup) -> None:
        place = t.cast(GroupPath, item.place)
        if place.missing:
            with self._plan.writing():
                place = item.place = GroupPath(item.path, groups.create(session, place))
            item.change.facts["id"] = place.id
            if item.sets_anything:
                item.settings = groups.settings(session, place.id)
        attributes = self._attributes(session, item)
        if not attributes:
            return
        for attempt in (1, 2):
            try:
                with self._plan.writing():
                    groups.update(session, place.id, attributes)
                break
            except AnswerLost:  # the same again does no harm
                if attempt == 2:
                    raise
        item.settings = groups.settings(session, place.id)
        kept = self._present(item)
        item.change.facts.update(kept)
        lost = [option for option, value in self._wanted(item).items() if kept.get(option) != value]
        if lost:
            item.change.fail("%s reports success, but did not apply: %s" % (session, ", ".join(lost)))

    def _attributes(self, session: Session, item: WantedGroup) -> dict[str, t.Any]:
        """What has to be written, for UpdateGroup."""
        settings = item.settings
        if settings is None:
            return {}
        attributes: dict[str, t.Any] = {}
        if self._days_differ(item):
            if settings.locked:
                raise InputError("%s locks notify_days and remove_days in a parent group; change them there." % session, group=item.path)
            # Both, since a group that does not inherit any more has both of its own.
            for option, key in DAYS.items():
                number = item.options[option] if item.options[option] is not None else settings.days(key)
                if number is not None:
                    attributes[key] = number
            attributes[groups.INHERITED] = False
        lacking = self._lacking(item)
        if lacking:
            level = settings.level(groups.CRITICAL)
            if level is None or level.get(groups.LOCKED) is True:
                raise InputError("conditions: %s locks them, or does not report which are on." % session, group=item.path)
            attributes[groups.CRITICAL] = groups.with_conditions(level, lacking)
        wanted = item.packages
        if wanted is not None and sorted(settings.package_ids) != sorted(package.id for package in wanted):
            attributes[groups.PACKAGES] = [package.id for package in wanted]
        return attributes

    # -- absent --------------------------------------------------------------------------------------------------

    def _remove_all(self, session: Session, items: list[WantedGroup], waiting: Waiting) -> None:
        """The deepest first, each only if it is empty."""
        for item in sorted(items, key=lambda item: -item.path.count(groups.SEPARATOR)):
            try:
                self._remove(session, item, waiting)
            except CollectionError as error:
                item.change.fail(error.message)

    def _remove(self, session: Session, item: WantedGroup, waiting: Waiting) -> None:
        action = self._start_removal(session, item)
        if not self._params["wait"]:
            item.change.fail("the server removes it in the background", PENDING)
            return
        refusal = ""
        repeatable = True

        def look() -> Poll:
            nonlocal action, refusal, repeatable
            if action is None:
                there = self._is_there(session, item)
                if there and repeatable and waiting.remaining <= waiting.timeout * (1 - PATIENCE):
                    action, repeatable = self._start_removal(session, item), False
                return Poll(not there)
            try:
                state = actions.state(session, action)
            except (SessionLost, RequestRefused):
                action = None  # it belongs to a session that is gone: the list of groups tells
                return Poll(False)
            refusal = state.error if state.finished and not state.succeeded else ""
            return Poll(state.finished, state.next_check)

        try:
            done = waiting.until(look, forgive=PASSING)
        except PASSING as error:
            item.change.fail("it is not known whether it was removed: %s" % error.message, PENDING)
            return
        if not done:
            item.change.fail("the server is still removing it after %s" % seconds(waiting.timeout), PENDING)
        elif self._is_there(session, item):
            item.change.fail(refusal or "%s reports success, but still lists it" % session)

    def _start_removal(self, session: Session, item: WantedGroup) -> t.Optional[str]:
        """The id of the action; None where only the list of groups can tell what happens."""
        try:
            with self._plan.writing():
                return groups.remove_empty(session, t.cast(GroupPath, item.place).id)
        except AnswerLost:
            return None
        except RequestRefused as error:
            if is_gone(error):  # another run was faster
                return None
            raise

    @staticmethod
    def _is_there(session: Session, item: WantedGroup) -> bool:
        id = t.cast(GroupPath, item.place).id
        return any(group.id == id for group in groups.matching(session, filters.equals("id", id)))

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        listed = plan.returned()
        return {"groups": listed, "group": listed[0] if listed else None, "msg": plan.message("groups")}

    def failure(self, plan: Plan) -> t.Optional[str]:
        if self._params["on_failure"] == "report":
            return None
        where = self._servers.describe_all(item.server for item in self._items)
        return failure(plan, "groups", where, wait=self._params["wait"], wait_timeout=self._params["wait_timeout"], task_id=None)


def _titles(wanted: t.Iterable[t.Union[int, Package]], known: t.Mapping[int, Package]) -> list[str]:
    """Packages as a user knows them, sorted; one that the server does not list by its id."""
    titles = []
    for one in wanted:
        package = known.get(one) if isinstance(one, int) else one
        titles.append("%s (build %s)" % (package.product, package.display_version) if package else "package %s" % one)
    return sorted(titles)


def _some(names: t.Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", and %d more" % (len(names) - SHOWN) if len(names) > SHOWN else "")
