# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""One SVM on its way through the job: what is wanted, where that is, what changes, and how it stands with the server."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.errors import CollectionError
from ..._core.plan import PENDING, Change
from ..api.infrastructure_types import OPENSTACK
from ..api.objects import Machine, NamedRef
from ..api.svms import ResolvedTarget, SvmRequest
from ..api.tasks import Task
from .svm_inventory import SvmInventory
from .svm_spec import SvmSpec
from .work import STOPS_WRITING, WorkItem

WORD = {"present": "deployed", "configured": "configured", "absent": "removed"}


@dataclass(eq=False)
class SvmItem(WorkItem):
    """``inventory``, ``location`` and ``target`` are known once they were looked up; ``svm_id`` for an SVM that is there.

    ``state``: how it stands, in words, until it is settled.
    """

    spec: SvmSpec = field(default_factory=lambda: SvmSpec(""))
    inventory: t.Optional[SvmInventory] = None
    location: t.Optional[NamedRef] = None
    target: t.Optional[ResolvedTarget] = None
    state: str = "not begun"

    @classmethod
    def of(cls, spec: SvmSpec, label: t.Optional[str]) -> SvmItem:
        facts = {
            "id": None,
            "name": spec.name,
            "ip_address": None,
            "location": spec.location,
            "infrastructure_id": spec.infrastructure_id,
        }
        change = Change(spec.name, facts, None, None, scope=spec.infrastructure_id or "")
        return cls(change=change, label=label, spec=spec)

    @property
    def svm_id(self) -> t.Optional[str]:
        return t.cast(t.Optional[str], self.change.facts["id"])

    @property
    def at(self) -> ResolvedTarget:
        """Where it is or shall be, once that was looked up."""
        return t.cast(ResolvedTarget, self.target)

    @property
    def has(self) -> SvmInventory:
        """What its infrastructure has, once that was read."""
        return t.cast(SvmInventory, self.inventory)

    @property
    def request(self) -> SvmRequest:
        """What a request says about it."""
        return SvmRequest(self.spec.name, self.spec.settings, self.at)

    def is_at(self, location: NamedRef) -> None:
        self.location = location
        self.change.facts["location"] = location.path or location.name

    # -- in the infrastructure ---------------------------------------------------------------------------------------

    def among(self, machines: t.Iterable[Machine]) -> t.Optional[Machine]:
        """This SVM: by its id or, while that is not known, by its name and location."""
        if self.svm_id is not None:
            return next((machine for machine in machines if machine.id == self.svm_id), None)
        return self.namesake(machines)

    def namesake(self, machines: t.Iterable[Machine]) -> t.Optional[Machine]:
        """The machine of its name at its location."""
        return next((m for m in machines if m.name == self.spec.name and m.parent_id == self.at.location_id), None)

    def part_of(self, task: Task) -> t.Optional[Task]:
        """The part of a task that is about this SVM."""
        found = [child for child in task.of_svms if self.svm_id is not None and child.parameter("svmId") == self.svm_id]
        found = found or [child for child in task.of_svms if child.svm_name == self.spec.name]
        found = [child for child in found if child.parameter("infrastructureId") in (self.at.infrastructure_id, "")]
        here = [child for child in found if child.parameter("hostId") in (self.at.location_id, "")]
        # Whether the host of a task is the project in the OpenStack family is not documented.
        found = here or (found if self.at.family == OPENSTACK else [])
        return found[0] if found else None

    # -- what becomes of it ------------------------------------------------------------------------------------------

    def done(self, reason: str = "", svm_id: t.Optional[str] = None) -> None:
        self.change.reason = reason
        self.change.facts["id"] = svm_id or self.svm_id
        self.change.settled = True

    def refuse(self, text: str, cause: t.Optional[CollectionError] = None) -> None:
        """It failed, in these words; ``cause`` has the facts."""
        facts = cause.failure if cause is not None else {}
        kind = type(cause) if cause is not None else CollectionError
        self.fail(kind(text, **facts))

    def leave(self, text: str) -> None:
        """It is not done, and goes on at the server."""
        self.change.fail(text, PENDING)


def seen_again(items: list[SvmItem]) -> t.Iterator[SvmItem]:
    """The items whose inventory could be read once more, each inventory once.

    Raises:
        What stops all writing; what else goes wrong leaves the items of that inventory out.
    """
    for inventory in {item.has.id: item.has for item in items}.values():
        try:
            inventory.look_again()
        except STOPS_WRITING:
            raise
        except CollectionError:
            continue
        yield from (item for item in items if item.has is inventory)
