# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of viis_svm: SVMs that are there, configured, or gone."""

from __future__ import annotations

import typing as t

from .._core import report
from .._core.errors import PASSING, CollectionError, InputError
from .._core.module import Context
from .._core.naming import did_you_mean
from .._core.plan import FAILED, PENDING, Plan, Step
from .._core.waiting import Poll, Waiting
from . import infrastructures, objects, svms, wishes
from .connection import failure, refreshed
from .execution import BUSY, DONE, Execution
from .objects import Machine, Thing
from .scene import Scene
from .session import Reply, Session
from .svms import Order, Place
from .wishes import DYNAMIC, Complaints, Wish

WORD = {"present": "deployed", "configured": "configured", "absent": "removed"}
NOT_YET = "the infrastructure is not connected yet"


class SvmJob:
    """present, configured, absent"""

    def __init__(self, context: Context, session: Session) -> None:
        self._context = context
        self._session = session
        self._params = context.params
        self._state: str = self._params["state"]
        self._wishes = wishes.read(self._params)
        for wish in self._wishes:
            for secret in wish.secrets:
                session.hide(secret)
        self._insist_ids()
        self._waiting = context.waiting()
        self._scenes: dict[str, Scene] = {}
        self._steps: list[tuple[Step, Wish]] = []
        self._orders: list[tuple[Step, Order]] = []
        self._plan = Plan()

    def _insist_ids(self) -> None:
        """Without these ids nothing can be done; a rehearsal may be ahead of what makes them."""
        if self._context.check_mode:
            return
        needed = ["infrastructure_id"] + (["image_id"] if self._state == "present" else [])
        for option in needed:
            without = [wish.name for wish in self._wishes if not getattr(wish, option)]
            if without:
                raise InputError("%s is required, for %s." % (option, ", ".join(without)), svms=without)

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        plan = self._plan
        scenes = self._open_scenes()
        self._execution = Execution(self._session, self._state, self._send, self._scenes, plan)
        complaints = Complaints()
        for wish in self._wishes:
            scene = scenes.get(wish.infrastructure_id or "")
            if scene is None:
                self._plan_unseen(wish, known=wish.infrastructure_id in scenes)
                continue
            wishes.check_family(wish, scene.kind, self._state, complaints)
        complaints.insist()
        for wish in self._wishes:
            scene = scenes.get(wish.infrastructure_id or "")
            if scene is None:
                continue
            try:
                {
                    "present": self._plan_present,
                    "configured": self._plan_configured,
                    "absent": self._plan_absent,
                }[self._state](scene, wish)
            except InputError as error:
                complaints.add(wish.name, error.message, **error.failure)
        complaints.insist()
        order = {id(wish): number for number, wish in enumerate(self._wishes)}
        self._steps.sort(key=lambda entry: order[id(entry[1])])
        plan.steps = [step for step, _wish in self._steps]
        if self._state == "present" and self._orders:
            self._left = self._execution.pick_up([order for _step, order in self._orders], self._params["task_id"])
        else:
            self._left = [order for _step, order in self._orders]
        return plan

    def _open_scenes(self) -> dict[str, t.Optional[Scene]]:
        """Each infrastructure, read anew; None where there is none (any more)."""
        opened: dict[str, t.Optional[Scene]] = {}
        for id in dict.fromkeys(filter(None, (wish.infrastructure_id for wish in self._wishes))):
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
            opened[id] = None if found is None else Scene(self._session, found)
        self._scenes = {id: scene for id, scene in opened.items() if scene is not None}
        return opened

    def _plan_unseen(self, wish: Wish, *, known: bool) -> None:
        """An SVM of an infrastructure that is not there: gone with it, or yet to come in a rehearsal."""
        if self._state == "absent":
            self._add(wish, None, None, None)
        else:
            step = self._add(wish, None, None, {"location": wish.location, **wish.settings()})
            step.reason = "" if known else NOT_YET

    def _plan_present(self, scene: Scene, wish: Wish) -> None:
        location = scene.location(t.cast(str, wish.location))
        there = scene.svms_named(wish.name, location)
        if len(there) > 1:
            raise self._ambiguous(scene, wish, there)
        if there:
            self._plan_there(scene, wish, location, there[0])
            return
        taken = [machine for machine in scene.machines(location) if machine.name == wish.name]
        if taken:
            raise InputError(
                'the name is taken by an ordinary VM (id %s) on %s "%s"' % (taken[0].id, scene.location_word, location.name),
                id=taken[0].id,
            )
        place = scene.place(wish, location)
        version = self._params["svm_version"]
        unsuitable = scene.unsuitable(location, place, version) if version and wish.flavor else None
        if unsuitable:
            self._context.warn("%s: %s." % (wish.name, unsuitable))
        after = {"location": location.path or location.name, **wish.settings()}
        self._order(self._add(wish, location, None, after), wish, place)

    def _plan_there(self, scene: Scene, wish: Wish, location: Thing, machine: Machine) -> None:
        if machine.parent_id != location.id:
            raise InputError(
                'it is on %s "%s" (id %s), not on "%s"; an SVM is not moved. Give its location, or remove it first'
                % (scene.location_word, scene.location_name(machine.parent_id), machine.parent_id, location.name),
                id=machine.id,
            )
        version = self._params["svm_version"]
        if version and machine.svm_version and machine.svm_version != version:
            self._context.warn(
                "%s is of version %s, the image of version %s. An SVM is not upgraded in place: deploy a new one under "
                "another name, then remove this." % (wish.name, machine.svm_version, version)
            )
        state = {"location": location.path or location.name}
        self._add(wish, location, state, state, machine.id)

    def _plan_configured(self, scene: Scene, wish: Wish) -> None:
        machine = self._one(scene, wish)
        if machine is None:
            names = [svm.name for svm in scene.svms]
            raise InputError("there is no SVM of this name in %s. %s" % (scene, did_you_mean(wish.name, names)))
        location = scene.locations.get(machine.parent_id) or Thing(machine.parent_id, machine.parent_id)
        place = scene.place(wish, location, machine.id) if wish.adapters else self._bare(scene, machine)
        wanted = wish.settings()
        before: t.Any = dict.fromkeys(wanted, "(not readable)")
        if wish.adapters:
            now = objects.machine_detail(self._session, scene.id, machine.id)
            before["networks"] = [] if now is None else now.returned()["networks"]
            if set(wanted) == {"networks"} and now is not None and _same_networks(wish, place, now):
                before = wanted
        self._order(self._add(wish, location, before, wanted, machine.id), wish, place)

    def _plan_absent(self, scene: Scene, wish: Wish) -> None:
        machine = self._one(scene, wish)
        if machine is None:
            self._add(wish, None, None, None)
            return
        location = scene.locations.get(machine.parent_id) or Thing(machine.parent_id, machine.parent_id)
        before = {"id": machine.id, "location": location.path or location.name}
        self._order(self._add(wish, location, before, None, machine.id), wish, self._bare(scene, machine))

    @staticmethod
    def _bare(scene: Scene, machine: Machine) -> Place:
        return Place(scene.kind.family, scene.id, machine.parent_id, machine.id)

    def _one(self, scene: Scene, wish: Wish) -> t.Optional[Machine]:
        """The SVM of this name, at the location where one is given.

        :raises InputError: there are several
        """
        found = [machine for machine in scene.svms if machine.name == wish.name and machine.is_svm]
        if wish.location is not None and found:
            location = scene.location(wish.location)
            found = [machine for machine in found if machine.parent_id == location.id]
        if len(found) > 1:
            raise self._ambiguous(scene, wish, found)
        return found[0] if found else None

    @staticmethod
    def _ambiguous(scene: Scene, wish: Wish, found: t.Sequence[Machine]) -> InputError:
        listed = ['%s on "%s"' % (machine.id, scene.location_name(machine.parent_id)) for machine in found]
        return InputError(
            "there are %d SVMs of this name in %s: %s. Name its location, or rename one" % (len(found), scene, "; ".join(listed)),
            candidates=[machine.id for machine in found],
        )

    def _add(self, wish: Wish, location: t.Optional[Thing], before: t.Any, after: t.Any, svm_id: t.Optional[str] = None) -> Step:
        facts = {
            "id": svm_id,
            "name": wish.name,
            "ip_address": None,
            "location": (location.path or location.name) if location is not None else wish.location,
            "infrastructure_id": wish.infrastructure_id,
        }
        step = self._plan.add(wish.name, facts, before, after, WORD[self._state])
        self._steps.append((step, wish))
        return step

    def _order(self, step: Step, wish: Wish, place: Place) -> None:
        if step.change:
            self._orders.append((step, (wish, place)))

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
        for step, order in self._orders:
            verdict = self._execution.verdict(order)
            step.facts["id"] = verdict.svm_id or step.facts["id"]
            if verdict.word == DONE:
                step.reason = verdict.reason
                step.facts["ip_address"] = verdict.ip_address or order[0].ip_address
                done.append((step, order))
            elif verdict.word == BUSY:
                step.fail(verdict.reason, PENDING)
            else:
                step.fail(verdict.reason)
        if self._params["wait"] and self._state != "configured":
            self._confirm(done, self._waiting)
        if self._state == "present":
            self._tell_remains([(step, order) for step, order in self._orders if step.result == FAILED])

    def _batch(self, order: Order) -> t.Any:
        """Orders with the same answer go into one request: a family, and for OpenStack an infrastructure, and an image."""
        wish, place = order
        openstack = place.infrastructure_id if self._scenes[place.infrastructure_id].kind.is_openstack else None
        return place.family, openstack, wish.image_id if self._state == "present" else None

    def _confirm(self, done: t.Sequence[tuple[Step, Order]], waiting: Waiting) -> None:
        """The tasks say that it is done: wait until the infrastructures say so, too."""
        left = list(done)
        looks: list[int] = []

        def look() -> Poll:
            if len(looks) == 1:  # what the server knows of the infrastructure may be old
                for id in {order[1].infrastructure_id for _step, order in left}:
                    infrastructures.refresh(self._session, id)
            looks.append(1)
            for id in {order[1].infrastructure_id for _step, order in left}:
                self._scenes[id].look_again()
            left[:] = [(step, order) for step, order in left if not self._confirmed(step, order)]
            return Poll(not left)

        if not left:
            return
        try:
            waiting.until(look, PASSING)
        except CollectionError as error:
            self._context.warn("What the tasks have done could not be read back: %s" % error.message)
            return
        for step, _order in left:
            step.fail(
                "its task is completed, but %s" % ("no such SVM is listed" if self._state == "present" else "the SVM is still listed")
            )

    def _tell_remains(self, failed: t.Sequence[tuple[Step, Order]]) -> None:
        """Whether a failed deployment has left something behind; it is not cleaned up by itself."""
        for id in {order[1].infrastructure_id for _step, order in failed}:
            try:
                listed = self._scenes[id].look_again()
            except CollectionError:
                continue
            for step, (wish, place) in failed:
                left = [m for m in listed if m.name == wish.name and m.parent_id == place.location_id]
                if place.infrastructure_id == id and left:
                    step.reason += "; an SVM of this name is there now (id %s), remove it before you try again" % left[0].id

    def _confirmed(self, step: Step, order: Order) -> bool:
        wish, place = order
        listed = self._scenes[place.infrastructure_id].svms
        if self._state == "absent":
            return all(machine.id != place.svm_id for machine in listed)
        same = [m for m in listed if (m.id == step.facts["id"] if step.facts["id"] else m.name == wish.name)]
        if same:
            step.facts["id"] = same[0].id
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


def _same_networks(wish: Wish, place: Place, machine: Machine) -> bool:
    """Whether the adapters are as wanted, as far as they can be read: addresses and VLANs cannot."""
    if any(adapter.addressing != DYNAMIC or adapter.vlan_id is not None for adapter in wish.adapters):
        return False
    wanted = sorted(
        (place.networks[adapter.network], sorted(place.groups[name] for name in adapter.security_groups)) for adapter in wish.adapters
    )
    now = sorted((network.id, sorted(group.id for group in groups)) for network, groups in machine.adapters)
    return wanted == now
