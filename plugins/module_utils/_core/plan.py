# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""A plan: what is, what shall be, and (after the work) what became of it, object by object.

``changed``, the diff, the message and the returned lists all come from the same plan, with and without check mode.
"""

from __future__ import annotations

import typing as t
from contextlib import contextmanager
from dataclasses import dataclass, field

from .errors import AnswerLost
from .naming import printable

UNCHANGED = "unchanged"
FAILED = "failed"
PENDING = "pending"
MISSING = "missing"


@dataclass
class Change:
    """One object of the plan.

    ``object`` is what the user calls it, ``facts`` what is returned about it. ``before`` and ``after`` are plain data;
    where they are equal there is nothing to change. ``result`` is the word that the module returns: first what is promised,
    after the work what happened. ``scope`` is the tenant or infrastructure that it belongs to, for progress lines, and
    ``settled`` whether the wait is over for it; ``standing`` is the word of a progress line where only the totals of a task
    tell how it stands, so that the word may be another object's. ``held``: it was not begun, because of what became of others.
    """

    object: str
    facts: dict[str, t.Any]
    before: t.Any
    after: t.Any
    result: str = UNCHANGED
    reason: str = ""
    scope: str = ""
    settled: bool = False
    standing: str = ""
    held: bool = False

    @property
    def differs(self) -> bool:
        return self.before != self.after

    @property
    def open(self) -> bool:
        """Still to be done: a change that has not failed."""
        return self.differs and self.result not in (FAILED, PENDING)

    def fail(self, reason: str, result: str = FAILED) -> None:
        self.result = result
        self.reason = reason
        self.settled = True

    def hold(self, reason: str) -> None:
        """It is not begun in this run."""
        if self.open:
            self.fail(reason, PENDING)
            self.held = True

    def returned(self, with_diff: bool = False) -> dict[str, t.Any]:
        """The facts, the result and the reason; for ``--diff`` also the state before and after, as text."""
        told = dict(self.facts, result=self.result, reason=self.reason)
        if with_diff and self.differs:
            told["diff"] = {"before": readable(self.before), "after": readable(self.after)}
        return told


@dataclass
class Plan:
    """The changes of one job.

    ``wrote`` is set as soon as a request that changes something was sent. ``has_work``: there is something to do that
    changes nothing, such as waiting for what another run has begun. ``with_diff``: each object is returned with its diff.
    """

    changes: list[Change] = field(default_factory=list)
    wrote: bool = False
    has_work: bool = False
    with_diff: bool = False

    def add(self, object: str, facts: dict[str, t.Any], before: t.Any, after: t.Any, result: str, scope: str = "") -> Change:
        """Plan one object; ``result`` is the word for the case that it changes."""
        change = Change(object, facts, before, after, result if before != after else UNCHANGED, scope=scope)
        self.changes.append(change)
        return change

    @contextmanager
    def writing(self) -> t.Iterator[None]:
        """Around a request that changes something: ``wrote`` is set, unless it is refused or cannot be sent."""
        try:
            yield
        except AnswerLost:
            self.wrote = True
            raise
        self.wrote = True

    def abandon(self) -> None:
        """The work ended before its end: what was not over by then is not known."""
        for change in self.open:
            if not change.settled:
                change.fail("the module ended before this was completed", PENDING)

    @property
    def open(self) -> list[Change]:
        return [change for change in self.changes if change.open]

    @property
    def changed(self) -> bool:
        return self.wrote or bool(self.open)

    @property
    def diff(self) -> dict[str, str]:
        """What Ansible shows with ``--diff``: text, since it would print data as JSON with escapes."""
        changes = [change for change in self.changes if change.differs]
        return {
            "before": readable({change.object: change.before for change in changes if change.before is not None}),
            "after": readable({change.object: change.after for change in changes if change.after is not None}),
        }

    def with_result(self, *results: str) -> list[Change]:
        return [change for change in self.changes if change.result in results]

    def returned(self) -> list[dict[str, t.Any]]:
        return [change.returned(self.with_diff) for change in self.changes]

    def message(self, noun: str) -> str:
        """Such as ``3 hosts moved, 1 unchanged``."""
        counts: dict[str, int] = {}
        for change in self.changes:
            counts[change.result] = counts.get(change.result, 0) + 1
        if not counts:
            return "no %s" % noun
        words = ["%d %s" % (count, result) for result, count in counts.items()]
        return "%s: %s" % (noun, ", ".join(words))


def readable(value: t.Any, indent: str = "") -> str:
    """Plain data as lines of text in the manner of YAML."""
    if isinstance(value, dict):
        return "".join(_member(indent, "%s:" % name, inner) for name, inner in value.items())
    if isinstance(value, (list, tuple)):
        return "".join(_member(indent, "-", inner) for inner in value)
    return "" if value is None else "%s%s\n" % (indent, printable(str(value)))


def _member(indent: str, label: str, value: t.Any) -> str:
    label = printable(label)
    if isinstance(value, (dict, list, tuple)):
        return "%s%s\n%s" % (indent, label, readable(value, indent + "  "))
    return "%s%s\n" % (indent, label if value is None else "%s %s" % (label, printable(str(value))))
