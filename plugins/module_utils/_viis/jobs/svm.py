# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of viis_svm: SVMs that are there, configured, or gone.

An SVM goes through it as one SvmItem: from its options (svm_spec) by what its infrastructure has (svm_inventory) to what
changes, then into a request (task_runner), and what became of it is read back.
"""

from __future__ import annotations

import typing as t

from ..._core.errors import CollectionError, InputError
from ..._core.module import Context, Params
from ..._core.naming import did_you_mean
from ..._core.plan import FAILED, Plan
from ..._core.waiting import Waiting
from ..api import infrastructures, objects, svms
from ..api.infrastructures import Infrastructure
from ..api.objects import Machine, NamedRef
from ..api.session import Reply, Session
from ..api.svms import ResolvedTarget
from . import svm_spec
from .connection import Refreshed, failure, refresh_all
from .flow import run
from .svm_inventory import SvmInventory
from .svm_item import WORD, SvmItem, seen_again
from .svm_spec import DYNAMIC, SVMS
from .task_runner import TaskRunner
from .work import WorkList

STEP = {"present": "Deploy", "configured": "Configure", "absent": "Remove"}
NOT_YET = "the infrastructure is not connected yet"


class SvmJob:
    """present, configured, absent"""

    def __init__(self, context: Context, session: Session) -> None:
        self._context = context
        self._session = session
        self._params = context.params
        self._state: str = self._params["state"]
        self._plan = Plan()
        self._tasks = TaskRunner(session, self._state, self._send, self._plan)
        self._left: list[SvmItem] = []  # what is to be sent
        items = list(map(self._item, SVMS.read(self._params)))
        _tell_apart(items)
        self._work = WorkList("svms", self._params["on_failure"] == "report", items, named=True)
        self._work.unite(lambda item: (item.spec.infrastructure_id, item.spec.name, item.spec.location), lambda item: item.spec)
        self._find_equal_addresses()
        self._work.require_none_failed()
        self._waiting = context.waiting()

    # -- options -------------------------------------------------------------------------------------------------

    def _item(self, given: Params) -> SvmItem:
        spec = svm_spec.read(given, self._state)
        for secret in spec.secrets:
            self._session.mask(secret)
        item = SvmItem.of(spec, given["label"])
        for mistake in svm_spec.mistakes(spec, self._state):
            item.fail(mistake)
        # Without these ids nothing can be done; a rehearsal may be ahead of what makes them.
        needed = () if self._context.check_mode else ("infrastructure_id", *(("image_id",) if self._state == "present" else ()))
        for option in needed:
            if not getattr(spec, option):
                item.fail(InputError("%s is required" % option, option=option))
        return item

    def _find_equal_addresses(self) -> None:
        """One address for two adapters in one network is a mistake; networks of other tenants may repeat it."""
        owners: dict[t.Any, list[SvmItem]] = {}
        for item in self._work.items:
            for adapter in item.spec.settings.adapters:
                for ip in adapter.ip_addresses:
                    key = (item.spec.infrastructure_id, adapter.network.casefold(), adapter.vlan_id, ip)
                    owners.setdefault(key, []).append(item)
        for key, items in owners.items():
            if len(items) > 1:
                names = ", ".join(dict.fromkeys(item.name for item in items))
                for item in dict.fromkeys(items):
                    item.fail(InputError("IP address %s is given %d times: %s" % (key[-1], len(items), names), ip_address=key[-1]))

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        self._open_inventories()
        for item in self._left_with_inventory():
            for mistake in svm_spec.mistakes_of_family(item.spec, item.has.type, self._state):
                item.fail(mistake)
        for look in (self._locate, self._find):  # where all are wanted is known before any is looked for
            for item in self._left_with_inventory():
                with item.judged():
                    look(item)
        self._work.unite(_object, lambda item: item.spec)
        missing = [item for item in self._left_with_inventory() if item.target is not None]
        self._left = self._take_over(missing)
        for item in self._left:
            with item.judged():
                self._resolve(item)
        self._work.require_none_failed()
        self._left = [item for item in self._left if item.change.open]
        self._plan.changes = [item.change for item in self._work.items]
        return self._plan

    def _left_with_inventory(self) -> list[SvmItem]:
        return [item for item in self._work.left if item.inventory is not None]

    def _open_inventories(self) -> None:
        """Have each infrastructure refreshed, side by side; what has none (any more) is planned without."""
        by_id: dict[str, list[SvmItem]] = {}
        for item in self._work.left:
            by_id.setdefault(item.spec.infrastructure_id or "", []).append(item)
        for item in by_id.pop("", []):
            self._plan_unseen(item, NOT_YET)
        found = {id: infrastructures.read(self._session, id) for id in by_id}
        there = {id: infrastructure for id, infrastructure in found.items() if infrastructure is not None}
        refreshed = self._refreshed(there)
        for id, items in by_id.items():
            now = refreshed.get(id)
            inventory = SvmInventory(self._session, now) if isinstance(now, Infrastructure) else None
            for item in items:
                item.inventory = inventory
                item.change.scope = there[id].address if id in there else id
                if isinstance(now, CollectionError):
                    item.fail(now)
                elif id not in there:
                    self._plan_gone(item)
                elif inventory is None:
                    self._plan_unseen(item, "")

    def _refreshed(self, there: t.Mapping[str, Infrastructure]) -> Refreshed:
        if self._params["refresh"] and (not self._context.check_mode or self._params["refresh_in_check_mode"]):
            return refresh_all(self._session, there, self._context)
        now: Refreshed = {}
        for id, found in there.items():
            if found.connected:
                now[id] = found
            elif self._context.check_mode:
                self._context.warn("%s is not connected at the moment, so the names in it are not checked." % found)
            else:
                now[id] = failure(self._session, found)
        return now

    def _plan_gone(self, item: SvmItem) -> None:
        """There is no such infrastructure, and so no SVM in it."""
        if self._state == "absent":
            item.promise(None, None, WORD[self._state])
            return
        id = item.spec.infrastructure_id
        text = "%s has no infrastructure %s." % (self._session, id)
        item.fail(InputError(text, server=self._session.server.address, infrastructure_id=id))

    def _plan_unseen(self, item: SvmItem, why: str) -> None:
        """An SVM of an infrastructure that is yet to be connected, in a rehearsal."""
        after = None if self._state == "absent" else {"location": item.spec.location, **item.spec.returned()}
        item.promise(None, after, WORD[self._state])
        item.change.reason = why

    # -- plan: what is there -------------------------------------------------------------------------------------

    def _locate(self, item: SvmItem) -> None:
        if self._state == "present":
            item.is_at(item.has.location(t.cast(str, item.spec.location)))

    def _find(self, item: SvmItem) -> None:
        """Look whether the SVM is there. With something to do for it, it has a target."""
        if self._state == "present":
            self._find_new(item, t.cast(NamedRef, item.location))
            return
        machine = self._one(item)
        if machine is not None:
            item.change.facts["id"] = machine.id
            item.is_at(item.has.locations.get(machine.parent_id) or NamedRef(machine.parent_id, machine.parent_id))
            item.target = ResolvedTarget(item.has.type.family, item.has.id, machine.parent_id, machine.id)
        elif self._state == "absent":
            item.promise(None, None, WORD[self._state])
        else:
            names = [svm.name for svm in item.has.svms]
            raise InputError("there is no SVM of this name in %s. %s" % (item.has, did_you_mean(item.spec.name, names)))

    def _find_new(self, item: SvmItem, location: NamedRef) -> None:
        here = item.has.at(item.spec.name, location.id)
        if len(here) > 1:
            raise self._ambiguous(item, here)
        if here:
            self._plan_there(item, location, here[0])
            return
        elsewhere = [svm for svm in item.has.named(item.spec.name) if not self._is_wanted_at(item, svm.parent_id)]
        if elsewhere and not item.has.type.is_openstack:  # projects do not see each other
            raise InputError(
                'it is on %s "%s" (id %s), not on "%s"; an SVM cannot be moved. Correct its location, or remove it first'
                % (item.has.location_word, item.has.location_name(elsewhere[0].parent_id), elsewhere[0].parent_id, location.name),
                id=elsewhere[0].id,
            )
        item.target = ResolvedTarget(item.has.type.family, item.has.id, location.id)

    def _is_wanted_at(self, item: SvmItem, location_id: str) -> bool:
        """Whether another entry of this call is the SVM of the same name at that location."""
        return any(
            other is not item
            and other.inventory is item.inventory
            and other.spec.name == item.spec.name
            and other.location is not None
            and other.location.id == location_id
            for other in self._work.items
        )

    def _plan_there(self, item: SvmItem, location: NamedRef, machine: Machine) -> None:
        version = self._params["svm_version"]
        if version and machine.svm_version and machine.svm_version != version:
            self._context.warn(
                "%s has version %s, but the image has version %s. An SVM is not upgraded in place: deploy a new one with "
                "another name, then remove this one." % (item.name, machine.svm_version, version)
            )
        state = {"location": location.path or location.name}
        item.change.facts["id"] = machine.id
        item.promise(state, state, WORD[self._state])

    def _one(self, item: SvmItem) -> t.Optional[Machine]:
        """The SVM of this name, at the location where one is given.

        :raises InputError: there are several
        """
        found = [machine for machine in item.has.named(item.spec.name) if machine.is_svm]
        if item.spec.location is not None and found:
            location = item.has.location(item.spec.location)
            found = [machine for machine in found if machine.parent_id == location.id]
        if len(found) > 1:
            raise self._ambiguous(item, found)
        return found[0] if found else None

    @staticmethod
    def _ambiguous(item: SvmItem, found: t.Sequence[Machine]) -> InputError:
        listed = ['%s on "%s"' % (machine.id, item.has.location_name(machine.parent_id)) for machine in found]
        return InputError(
            "there are %d SVMs of this name in %s: %s. Set its location, or rename one" % (len(found), item.has, "; ".join(listed)),
            candidates=[machine.id for machine in found],
        )

    # -- plan: what is to be done --------------------------------------------------------------------------------

    def _take_over(self, missing: list[SvmItem]) -> list[SvmItem]:
        """What earlier runs have begun is waited for, not begun again; the SVMs that are left to do."""
        if not missing or (self._state == "configured" and self._params["task_id"] is None):
            return missing
        left = self._tasks.take_over(missing, self._params["task_id"], self._context.warn)
        for item in missing:
            if item not in left:
                self._promise(item)
        return left

    def _promise(self, item: SvmItem) -> None:
        location = item.location and (item.location.path or item.location.name)
        if self._state == "absent":
            item.promise({"id": item.svm_id, "location": location}, None, WORD[self._state])
        elif self._state == "present":
            item.promise(None, {"location": location, **item.spec.returned()}, WORD[self._state])
        else:
            wanted = item.spec.returned()
            item.promise(dict.fromkeys(wanted, "(not readable)"), wanted, WORD[self._state])

    def _resolve(self, item: SvmItem) -> None:
        """Turn the names of what is to be deployed or configured into ids.

        :raises InputError: something is not there, or ambiguous
        """
        location = t.cast(NamedRef, item.location)
        if self._state == "present":
            self._require_free_name(item, location)
        if self._state == "present" or item.spec.settings.adapters:
            item.target = item.has.resolve(item.spec, location, item.svm_id)
        self._promise(item)
        version = self._params["svm_version"]
        unsuitable = item.has.unsuitable(location, item.at, version) if self._state == "present" and version and item.spec.flavor else None
        if unsuitable:
            self._context.warn("%s: %s." % (item.name, unsuitable))
        if self._state == "configured" and item.spec.settings.adapters:
            self._compare_networks(item)

    @staticmethod
    def _require_free_name(item: SvmItem, location: NamedRef) -> None:
        taken = [machine for machine in item.has.machines(location) if machine.name == item.spec.name]
        if taken:
            raise InputError(
                'the name is in use by a VM that is not an SVM (id %s) on %s "%s". If it is an SVM that is still being deployed, '
                "run this again afterwards" % (taken[0].id, item.has.location_word, location.name),
                id=taken[0].id,
            )

    def _compare_networks(self, item: SvmItem) -> None:
        """Networks can be read, and where nothing else is asked they may be as wanted."""
        now = objects.machine_detail(self._session, item.has.id, t.cast(str, item.svm_id))
        before, wanted = item.change.before, item.change.after
        before["networks"] = [] if now is None else now.returned()["networks"]
        same = set(wanted) == {"networks"} and now is not None and _same_networks(item, now)
        item.promise(wanted if same else before, wanted, WORD[self._state])

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting((STEP[self._state], plan))
        waiting = Waiting(self._waiting.remaining, waiting.interval, waiting.clock, waiting.after_look)
        batches: dict[t.Any, list[SvmItem]] = {}
        for item in self._left:
            batches.setdefault(self._batch(item), []).append(item)
        for items in batches.values():
            self._tasks.start(items)
        if self._params["wait"]:
            flows = self._tasks.flows()
            run(flows, waiting)
            self._tasks.leave_rest(flows)
        else:
            self._tasks.leave_all()
        if self._state == "present":
            self._tell_remains()
        self._work.raise_if_alone()

    def _batch(self, item: SvmItem) -> t.Any:
        """SVMs with the same answer go into one request: a family, and for OpenStack an infrastructure, and an image."""
        openstack = item.has.id if item.has.type.is_openstack else None
        return item.at.family, openstack, item.spec.image_id if self._state == "present" else None

    def _send(self, items: t.Sequence[SvmItem]) -> Reply:
        threads = self._params["threads"]
        if self._state == "present":
            return svms.deploy(
                self._session,
                [item.request for item in items],
                t.cast(str, items[0].spec.image_id),
                threads=threads,
                skip_integrity_check=self._params["skip_integrity_check"],
                localization=self._params["localization"],
            )
        if self._state == "configured":
            return svms.configure(self._session, [item.request for item in items], threads=threads)
        return svms.remove(self._session, [item.at for item in items])

    def _tell_remains(self) -> None:
        """Whether something of the name of a failed deployment is there now; it is not cleaned up by itself."""
        failed = [item for item in self._work.items if item.change.result == FAILED and item.target is not None]
        for item in seen_again(failed):
            machine = item.namesake(item.has.svms)
            if machine is not None:
                item.change.reason += "; an SVM of this name exists now (id %s). Check it; the next run takes it as it is" % machine.id

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> Params:
        ids = self._tasks.task_ids
        return {
            "svms": self._work.returned(plan),
            "task_id": ids[0] if ids else None,
            "task_ids": ids,
            "msg": plan.message("SVMs"),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        ids = self._tasks.task_ids
        again = "run this again"
        if self._state == "present" and len(ids) == 1:
            again += " with task_id: %s" % ids[0]
        return self._work.failure(plan, "SVMs", str(self._session), self._params, ids, again)


def _tell_apart(items: t.Sequence[SvmItem]) -> None:
    """SVMs of one name are called by their locations, too."""
    named: dict[str, list[SvmItem]] = {}
    for item in items:
        named.setdefault(item.name, []).append(item)
    for name, same in named.items():
        for item in same if len({item.spec.location for item in same}) > 1 else ():
            item.change.object = "%s on %s" % (name, item.spec.location)


def _object(item: SvmItem) -> t.Any:
    """What two entries must not both mean."""
    if item.inventory is None or (item.svm_id is None and item.location is None):
        return id(item)
    return item.has.id, item.svm_id or (item.spec.name, t.cast(NamedRef, item.location).id)


def _same_networks(item: SvmItem, machine: Machine) -> bool:
    """Whether the adapters are as wanted, as far as they can be read: addresses and VLANs cannot."""
    adapters, target = item.spec.settings.adapters, item.at
    if any(adapter.addressing != DYNAMIC or adapter.vlan_id is not None for adapter in adapters):
        return False
    wanted = sorted(
        (target.networks[adapter.network], sorted(target.groups[name] for name in adapter.security_groups)) for adapter in adapters
    )
    now = sorted((network.id, sorted(group.id for group in groups)) for network, groups in machine.adapters)
    return wanted == now
