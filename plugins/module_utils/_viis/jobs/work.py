# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The entries of a list option on their way from what is wanted to what became of each, each judged alone."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..._core import report
from ..._core.entries import ValidationErrors
from ..._core.errors import AccessDenied, AnswerLost, AuthenticationFailed, CollectionError, InputError, ServerUnreachable
from ..._core.module import Params
from ..._core.naming import sentence
from ..._core.plan import FAILED, UNCHANGED, Change, Plan

# What ends the whole job. A refused account is not tried again for the next entry, because accounts lock.
STOPS_WRITING: tuple[type[CollectionError], ...] = (AuthenticationFailed,)
# While a job only reads, these too say something about the server or the account, so about every entry.
STOPS_READING = (*STOPS_WRITING, ServerUnreachable, AnswerLost, AccessDenied)
# While the server itself asks something else: that may keep it from answering.
STOPS_ASKING = (*STOPS_WRITING, ServerUnreachable, AccessDenied)


@dataclass(eq=False)
class WorkItem:
    """One entry. ``change`` is what is planned for it and then what became of it; ``errors`` is why it failed."""

    change: Change
    label: t.Optional[str] = None
    errors: list[CollectionError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.call(self.change.object)

    @property
    def name(self) -> str:
        """What messages call the entry."""
        return self.change.object

    def call(self, what: str) -> None:
        """Say what the object is; messages and the diff name the label, too."""
        self.change.object = what if self.label in (None, what) else "%s (%s)" % (self.label, what)

    @property
    def failed(self) -> bool:
        return bool(self.errors)

    def promise(self, before: t.Any, after: t.Any, result: str) -> None:
        """Plan a change; ``result`` is the word for the case that it is one."""
        self.change.before, self.change.after = before, after
        self.change.result = result if before != after else UNCHANGED

    def fail(self, error: CollectionError, result: str = FAILED, reason: t.Optional[str] = None) -> None:
        """``reason``: what is said in a list, where the message of the error would say too much."""
        self.errors.append(error)
        told = [error.message.rstrip(". ") for error in self.errors] if self.errors[1:] else [error.message]
        self.change.fail(reason or "; ".join(told), result)

    @contextmanager
    def judged(self, stops: tuple[type[CollectionError], ...] = STOPS_READING) -> t.Iterator[None]:
        """Around work on this entry alone: an error that is none of ``stops`` is the entry's."""
        try:
            yield
        except stops:
            raise
        except CollectionError as error:
            self.fail(error)


_Item = t.TypeVar("_Item", bound=WorkItem)


@dataclass
class WorkList(t.Generic[_Item]):
    """All entries of the list option ``option``.

    ``report``: each entry has its own result, and none is an error of the whole. ``items`` are the objects to work on;
    ``rows`` has one of them for each entry, as equal entries share one. ``named``: the error of a single entry does not
    say which object it is about.
    """

    option: str
    report: bool
    items: list[_Item]
    named: bool = False
    rows: list[tuple[t.Optional[str], _Item]] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = [(item.label, item) for item in self.items]

    @property
    def left(self) -> list[_Item]:
        """What has not failed."""
        return [item for item in self.items if not item.failed]

    def unite(self, key: t.Callable[[_Item], t.Any], wish: t.Callable[[_Item], t.Any], *, shared: bool = False) -> None:
        """Find entries that mean one object, by ``key``. Equal ones become one; of those that contradict each other all fail.

        Entries with different labels belong to different owners, and contradict each other too unless ``shared``. An entry
        whose key is None means no object.
        """
        groups: dict[t.Any, list[_Item]] = {}
        for item in self.items:
            groups.setdefault(key(item), []).append(item)
        groups.pop(None, None)
        replaced: dict[int, _Item] = {}
        for same in groups.values():
            first = same[0]
            if all(wish(item) == wish(first) and (shared or item.label == first.label) for item in same):
                replaced.update({id(item): first for item in same[1:]})
                continue
            names = dict.fromkeys(item.name for item in same)
            for item in same:
                text = "%d entries are the same object with different options: %s" % (len(same), ", ".join(names))
                item.fail(InputError(text + ". List it once.", **{self.option: list(names)}))
        self.items = [item for item in self.items if id(item) not in replaced]
        self.rows = [(label, replaced.get(id(item), item)) for label, item in self.rows]

    def require_none_failed(self) -> None:
        """Before anything is written: where failed entries are not just reported, one error that lists all of them.

        :raises CollectionError: entries have failed
        """
        found = [(item, error) for item in self.items for error in item.errors]
        if self.report or not found:
            return
        first = found[0][1]
        if len(self.rows) == 1 and not self.named:
            raise first
        listed = ValidationErrors(self.option)
        for item, error in found:
            listed.add(item.name, error.message, **error.failure)
        try:
            listed.require_none()
        except InputError as error:
            same = all(type(other) is type(first) for _item, other in found)
            raise (type(first) if same else InputError)(error.message, **error.failure) from None

    def raise_if_alone(self) -> None:
        """Where there is one entry, or one error of all, that error is more telling than a list.

        :raises CollectionError: it failed, and failed entries are not just reported
        """
        errors = {id(error): error for item in self.items for error in item.errors}
        if len(errors) != 1 or self.report or not all(item.failed for item in self.items):
            return
        error = next(iter(errors.values()))
        if not self.named:
            raise error
        if error.__class__ is not CollectionError:  # it has facts that a list has not
            raise type(error)(sentence("%s: %s" % (", ".join(item.name for item in self.items), error.message)), **error.failure)

    def returned(self, plan: Plan) -> list[Params]:
        return [{"label": label, **item.change.returned(plan.with_diff)} for label, item in self.rows]

    def failure(
        self, plan: Plan, noun: str, where: str, params: Params, task_ids: t.Sequence[str] = (), again: str = "run this again"
    ) -> t.Optional[str]:
        """Why the whole is a failure: entries that failed or are pending, unless they are just reported."""
        if self.report:
            return None
        return report.failure(
            plan,
            noun,
            where,
            wait=params["wait"],
            wait_timeout=params["wait_timeout"],
            task_id=", ".join(task_ids) or None,
            again=again,
        )
