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

UNCHANGED = "unchanged"
FAILED = "failed"
PENDING = "pending"
MISSING = "missing"


@dataclass
class Step:
    """One object of the plan.

    ``object`` is what the user calls it, ``facts`` what is returned about it. ``before`` and ``after`` are plain data;
    where they are equal the step is no change. ``result`` is the word that the module returns: first what is promised,
    after the work what happened.
    """

    object: str
    facts: dict[str, t.Any]
    before: t.Any
    after: t.Any
    result: str = UNCHANGED
    reason: str = ""

    @property
    def change(self) -> bool:
        return self.before != self.after

    @property
    def open(self) -> bool:
        """Still to be done: a change that has not failed."""
        return self.change and self.result not in (FAILED, PENDING)

    def fail(self, reason: str, result: str = FAILED) -> None:
        self.result = result
        self.reason = reason

    def returned(self) -> dict[str, t.Any]:
        return dict(self.facts, result=self.result, reason=self.reason)


@dataclass
class Plan:
    """The steps of one job.

    ``wrote`` is set as soon as a request that changes something was sent. ``has_work``: there is something to do that
    changes nothing, such as waiting for what another run has begun.
    """

    steps: list[Step] = field(default_factory=list)
    wrote: bool = False
    has_work: bool = False

    def add(self, object: str, facts: dict[str, t.Any], before: t.Any, after: t.Any, result: str) -> Step:
        """Plan one object; ``result`` is the word for the case that it changes."""
        step = Step(object, facts, before, after, result if before != after else UNCHANGED)
        self.steps.append(step)
        return step

    @contextmanager
    def writing(self) -> t.Iterator[None]:
        """Around a request that changes something: ``wrote`` is set, unless it is refused or cannot be sent."""
        try:
            yield
        except AnswerLost:
            self.wrote = True
            raise
        self.wrote = True

    @property
    def open(self) -> list[Step]:
        return [step for step in self.steps if step.open]

    @property
    def changed(self) -> bool:
        return self.wrote or bool(self.open)

    @property
    def diff(self) -> dict[str, t.Any]:
        changes = [step for step in self.steps if step.change]
        return {
            "before": {step.object: step.before for step in changes},
            "after": {step.object: step.after for step in changes},
        }

    def with_result(self, *results: str) -> list[Step]:
        return [step for step in self.steps if step.result in results]

    def returned(self) -> list[dict[str, t.Any]]:
        return [step.returned() for step in self.steps]

    def message(self, noun: str) -> str:
        """Such as ``3 hosts moved, 1 unchanged``."""
        counts: dict[str, int] = {}
        for step in self.steps:
            counts[step.result] = counts.get(step.result, 0) + 1
        if not counts:
            return "no %s" % noun
        words = ["%d %s" % (count, result) for result, count in counts.items()]
        return "%s: %s" % (noun, ", ".join(words))
