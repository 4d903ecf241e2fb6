# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of viis_svm: SVMs that are there, configured, or gone."""

from __future__ import annotations

import typing as t

from ..._core import report
from ..._core.errors import PASSING, CollectionError, InputError
from ..._core.module import Context
from ..._core.naming import did_you_mean
from ..._core.plan import FAILED, PENDING, Change, Plan
from ..._core.waiting import Poll, Waiting
from ..api import infrastructures, objects, svms
from ..api.objects import Machine, NamedRef
from ..api.session import Reply, Session
from ..api.svms import Order, ResolvedTarget
from . import svm_spec
from .infrastructure import failure, refreshed
from .svm_inventory import SvmInventory
from .svm_spec import DYNAMIC, SvmSpec, ValidationErrors
from .task_runner import BUSY, DONE, TaskRunner

WORD = {"present": "deployed", "configured": "configured", "absent": "removed"}
NOT_YET = "the infrastructure is not connected yet"


class SvmJob:
    """present, configured, absent"""

    def __init__(self, context: Context, session: Session) -> None:
        self._context = context
        self._session = session
        self._params = context.params
        self._state: str = self._params["state"]
        self._specs = svm_spec.read(self._params)
        for spec in self._specs:
            for secret in spec.secrets:
                session.mask(secret)
        self._require_ids()
        self._waiting = context.waiting()
        self._inventories: dict[str, SvmInventory] = {}
        self._changes: list[tuple[Change, SvmSpec]] = []
        self._orders: list[tuple[Change, Order]] = []
        self._plan = Plan()

    def _require_ids(self) -> None:
        """Without these ids nothing can be done; a rehearsal may be ahead of what makes them."""
        if self._context.check_mode:
            return
        needed = ["infrastructure_id"] + (["image_id"] if self._state == "present" else [])
        for option in needed:
            without = [spec.name for spec in self._specs if not getattr(spec, option)]
            if without:
                raise InputError("%s is required, for %s." % (option, ", ".join(without)), svms=without)

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        plan = self._plan
        inventories = self._open_inventories()
        self._execution = TaskRunner(self._session, self._state, self._send, self._inventories, plan)
        complaints = ValidationErrors()
        for spec in self._specs:
            inventory = inventories.get(spec.infrastructure_id or "")
            if inventory is None:
                self._plan_unseen(spec, known=spec.infrastructure_id in inventories)
                continue
            svm_spec.check_family(spec, inventory.kind, self._state, complaints)
        complaints.require()
        for spec in self._specs:
            inventory = inventories.get(spec.infrastructure_id or "")
            if inventory is None:
                continue
            try:
                {
                    "present": self._plan_present,
                    "configured": self._plan_configured,
                    "absent": self._plan_absent,
                }[self._state](inventory, spec)
            except InputError as error:
                complaints.add(spec.name, error.message, **error.failure)
        complaints.require()
        order = {id(spec): number for number, spec in enumerate(self._specs)}
        self._changes.sort(key=lambda entry: order[id(entry[1])])
        plan.changes = [change for change, _spec in self._changes]
        if self._state == "present" and self._orders:
            self._left = self._execution.pick_up([order for _step, order in self._orders], self._params["task_id"])
        else:
            self._left = [order for _step, order in self._orders]
        return plan

    def _open_inventories(self) -> dict[str, t.Optional[SvmInventory]]:
        """Each infrastructure, read anew; None where there is none (any more)."""
        opened: dict[str, t.Optional[SvmInventory]] = {}
        for id in dict.fromkeys(filter(None, (spec.infrastructure_id for spec in self._specs))):
            found = infrastructures.read(self._session, id)
            if found is None:
                if self._state != "absent":
                    raise InputError(
                        "%s has no infrastructure %s." % (self._session, id),
                        server=self._session.server.address,
                        infrastructure_id=id,
                    )
            elif self._params["refresh"] and not self._context.check_mode:
                found = refreshed(self._session, id, self._waiting)
            elif not found.connected:
                if not self._context.check_mode:
                    raise failure(self._session, found)
                self._context.warn("%s is not connected now, so the names in it are not checked." % found)
                found = None
            opened[id] = None if found is None else SvmInventory(self._session, found)
        self._inventories = {id: inventory for id, inventory in opened.items() if inventory is not None}
        return opened

    def _plan_unseen(self, spec: SvmSpec, *, known: bool) -> None:
        """An SVM of an infrastructure that is not there: gone with it, or yet to come in a rehearsal."""
        if self._state == "absent":
            self._add(spec, None, None, None)
        else:
            change = self._add(spec, None, None, {"location": spec.location, **spec.settings()})
            change.reason = "" if known else NOT_YET

    def _plan_present(self, inventory: SvmInventory, spec: SvmSpec) -> None:
        location = inventory.location(t.cast(str, spec.location))
        there = inventory.svms_named(spec.name, location)
        if len(there) > 1:
            raise self._ambiguous(inventory, spec, there)
        if there:
            self._plan_there(inventory, spec, location, there[0])
            return
        taken = [machine for machine in inventory.machines(location) if machine.name == spec.name]
        if taken:
            raise InputError(
                'the name is taken by an ordinary VM (id %s) on %s "%s"' % (taken[0].id, inventory.location_word, location.name),
                id=taken[0].id,
            )
        place = inventory.place(spec, location)
        version = self._params["svm_version"]
        unsuitable = inventory.unsuitable(location, place, version) if version and spec.flavor else None
        if unsuitable:
            self._context.warn("%s: %s." % (spec.name, unsuitable))
        after = {"location": location.path or location.name, **spec.settings()}
        self._order(self._add(spec, location, None, after), spec, place)

    def _plan_there(self, inventory: SvmInventory, spec: SvmSpec, location: NamedRef, machine: Machine) -> None:
        if machine.parent_id != location.id:
            raise InputError(
                'it is on %s "%s" (id %s), not on "%s"; an SVM is not moved. Give its location, or remove it first'
                % (inventory.location_word, inventory.location_name(machine.parent_id), machine.parent_id, location.name),
                id=machine.id,
            )
        version = self._params["svm_version"]
        if version and machine.svm_version and machine.svm_version != version:
            self._context.warn(
                "%s is of version %s, the image of version %s. An SVM is not upgraded in place: deploy a new one under "
                "another name, then remove this." % (spec.name, machine.svm_version, version)
            )
        state = {"location": location.path or location.name}
        self._add(spec, location, state, state, machine.id)

    def _plan_configured(self, inventory: SvmInventory, spec: SvmSpec) -> None:
        machine = self._one(inventory, spec)
        if machine is None:
            names = [svm.name for svm in inventory.svms]
            raise InputError("there is no SVM of this name in %s. %s" % (inventory, did_you_mean(spec.name, names)))
        location = inventory.locations.get(machine.parent_id) or NamedRef(machine.parent_id, machine.parent_id)
        place = inventory.place(spec, location, machine.id) if spec.adapters else self._bare(inventory, machine)
        wanted = spec.settings()
        before: t.Any = dict.fromkeys(wanted, "(not readable)")
        if spec.adapters:
            now = objects.machine_detail(self._session, inventory.id, machine.id)
            before["networks"] = [] if now is None else now.returned()["networks"]
            if set(wanted) == {"networks"} and now is not None and _same_networks(spec, place, now):
                before = wanted
        self._order(self._add(spec, location, before, wanted, machine.id), spec, place)

    def _plan_absent(self, inventory: SvmInventory, spec: SvmSpec) -> None:
        machine = self._one(inventory, spec)
        if machine is None:
            self._add(spec, None, None, None)
            return
        location = inventory.locations.get(machine.parent_id) or NamedRef(machine.parent_id, machine.parent_id)
        before = {"id": machine.id, "location": location.path or location.name}
        self._order(self._add(spec, location, before, None, machine.id), spec, self._bare(inventory, machine))

    @staticmethod
    def _bare(inventory: SvmInventory, machine: Machine) -> ResolvedTarget:
        return ResolvedTarget(inventory.kind.family, inventory.id, machine.parent_id, machine.id)

    def _one(self, inventory: SvmInventory, spec: SvmSpec) -> t.Optional[Machine]:
        """The SVM of this name, at the location where one is given.

        :raises InputError: there are several
        """
        found = [machine for machine in inventory.svms if machine.name == spec.name and machine.is_svm]
        if spec.location is not None and found:
            location = inventory.location(spec.location)
            found = [machine for machine in found if machine.parent_id == location.id]
        if len(found) > 1:
            raise self._ambiguous(inventory, spec, found)
        return found[0] if found else None

    @staticmethod
    def _ambiguous(inventory: SvmInventory, spec: SvmSpec, found: t.Sequence[Machine]) -> InputError:
        listed = ['%s on "%s"' % (machine.id, inventory.location_name(machine.parent_id)) for machine in found]
        return InputError(
            "there are %d SVMs of this name in %s: %s. Name its location, or rename one" % (len(found), inventory, "; ".join(listed)),
            candidates=[machine.id for machine in found],
        )

    def _add(self, spec: SvmSpec, location: t.Optional[NamedRef], before: t.Any, after: t.Any, svm_id: t.Optional[str] = None) -> Change:
        facts = {
            "id": svm_id,
            "name": spec.name,
            "ip_address": None,
            "location": (location.path or location.name) if location is not None else spec.location,
            "infrastructure_id": spec.infrastructure_id,
        }
        change = self._plan.add(spec.name, facts, before, after, WORD[self._state])
        self._changes.append((change, spec))
        return change

    def _order(self, change: Change, spec: SvmSpec, place: ResolvedTarget) -> None:
        if change.differs:
            self._orders.append((change, (spec, place)))

    # -- apply ---------------------------------------------------------------------------------------------------

    def _send(self, orders: t.Sequence[Order]) -> Reply:
        threads = self._params["threads"]
        if self._state == "present":
            return svms.deploy(
                self._session,
                orders,
                t.cast(str, orders[0][0].image_id),
                threads=threads,
                skip_integrity_check=self._params["skip_integrity_check"],
                localization=self._params["localization"],
            )
        if self._state == "configured":
            return svms.configure(self._session, orders, threads=threads)
        return svms.remove(self._session, orders)

    def apply(self, plan: Plan) -> None:
        batches: dict[t.Any, list[Order]] = {}
        for order in self._left:
            batches.setdefault(self._batch(order), []).append(order)
        for orders in batches.values():
            self._execution.start(orders)
        if self._params["wait"]:
            try:
                self._execution.wait(self._waiting)
            except CollectionError as error:  # what is known is told, the ids of the tasks above all
                self._context.warn(error.message)
        done = []
        for change, order in self._orders:
            verdict = self._execution.verdict(order)
            change.facts["id"] = verdict.svm_id or change.facts["id"]
            if verdict.word == DONE:
                change.reason = verdict.reason
                change.facts["ip_address"] = verdict.ip_address or order[0].ip_address
                done.append((change, order))
            elif verdict.word == BUSY:
                change.fail(verdict.reason, PENDING)
            else:
                change.fail(verdict.reason)
        if self._params["wait"] and self._state != "configured":
            self._confirm(done, self._waiting)
        if self._state == "present":
            self._tell_remains([(change, order) for change, order in self._orders if change.result == FAILED])

    def _batch(self, order: Order) -> t.Any:
        """Orders with the same answer go into one request: a family, and for OpenStack an infrastructure, and an image."""
        spec, place = order
        openstack = place.infrastructure_id if self._inventories[place.infrastructure_id].kind.is_openstack else None
        return place.family, openstack, spec.image_id if self._state == "present" else None

    def _confirm(self, done: t.Sequence[tuple[Change, Order]], waiting: Waiting) -> None:
        """The tasks say that it is done: wait until the infrastructures say so, too."""
        left = list(done)
        looks: list[int] = []

        def look() -> Poll:
            if len(looks) == 1:  # what the server knows of the infrastructure may be old
                for id in {order[1].infrastructure_id for _step, order in left}:
                    infrastructures.refresh(self._session, id)
            looks.append(1)
            for id in {order[1].infrastructure_id for _step, order in left}:
                self._inventories[id].look_again()
            left[:] = [(change, order) for change, order in left if not self._confirmed(change, order)]
            return Poll(not left)

        if not left:
            return
        try:
            waiting.until(look, PASSING)
        except CollectionError as error:
            self._context.warn("What the tasks have done could not be read back: %s" % error.message)
            return
        for change, _order in left:
            change.fail(
                "its task is completed, but %s" % ("no such SVM is listed" if self._state == "present" else "the SVM is still listed")
            )

    def _tell_remains(self, failed: t.Sequence[tuple[Change, Order]]) -> None:
        """Whether a failed deployment has left something behind; it is not cleaned up by itself."""
        for id in {order[1].infrastructure_id for _step, order in failed}:
            try:
                listed = self._inventories[id].look_again()
            except CollectionError:
                continue
            for change, (spec, place) in failed:
                left = [m for m in listed if m.name == spec.name and m.parent_id == place.location_id]
                if place.infrastructure_id == id and left:
                    change.reason += "; an SVM of this name is there now (id %s), remove it before you try again" % left[0].id

    def _confirmed(self, change: Change, order: Order) -> bool:
        spec, place = order
        listed = self._inventories[place.infrastructure_id].svms
        if self._state == "absent":
            return all(machine.id != place.svm_id for machine in listed)
        same = [m for m in listed if (m.id == change.facts["id"] if change.facts["id"] else m.name == spec.name)]
        if same:
            change.facts["id"] = same[0].id
        return bool(same)

    # -- result --------------------------------------------------------------------------------------------------

    @property
    def _task_id(self) -> t.Optional[str]:
        return ", ".join(self._execution.task_ids) or None

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        ids = self._execution.task_ids
        return {
            "svms": plan.returned(),
            "task_id": ids[0] if ids else None,
            "task_ids": ids,
            "msg": plan.message("SVMs"),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        params = self._params
        again = "run this again"
        if self._state == "present" and len(self._execution.task_ids) == 1:
            again += " with task_id: %s" % self._execution.task_ids[0]
        return report.failure(
            plan,
            "SVMs",
            str(self._session),
            wait=params["wait"],
            wait_timeout=params["wait_timeout"],
            task_id=self._task_id,
            again=again,
        )


def _same_networks(spec: SvmSpec, place: ResolvedTarget, machine: Machine) -> bool:
    """Whether the adapters are as wanted, as far as they can be read: addresses and VLANs cannot."""
    if any(adapter.addressing != DYNAMIC or adapter.vlan_id is not None for adapter in spec.adapters):
        return False
    wanted = sorted(
        (place.networks[adapter.network], sorted(place.groups[name] for name in adapter.security_groups)) for adapter in spec.adapters
    )
    now = sorted((network.id, sorted(group.id for group in groups)) for network, groups in machine.adapters)
    return wanted == now
