# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Work on many objects side by side: each is a generator that reads top to bottom, and one loop takes them all forward.

A step that has to wait yields, in words, what it is waiting for; it goes on at the next look. So everything is started
before anything is waited for, and what holds up one holds up no other.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import PASSING, CollectionError
from ..._core.waiting import Poll, Waiting
from ..api.session import ServerError
from .work import STOPS_WRITING

_Result = t.TypeVar("_Result")

Steps = t.Generator[str, None, _Result]


@dataclass
class Flow(t.Generic[_Result]):
    """The steps for one object. While it is not ``done``, ``state`` says what it is waiting for."""

    steps: Steps[_Result]
    ended: t.Callable[[Flow[_Result]], None] = lambda flow: None
    state: str = "not begun"
    done: bool = False
    result: t.Optional[_Result] = None
    error: t.Optional[CollectionError] = None

    def go_on(self) -> None:
        """Take the next step. ``ended`` is called after the last one."""
        try:
            self.state = next(self.steps)
            return
        except StopIteration as end:
            self.result = end.value
        except STOPS_WRITING:
            raise
        except CollectionError as error:
            self.error = error
        self.done = True
        self.ended(self)


def run(flows: t.Sequence[Flow[t.Any]], waiting: Waiting) -> bool:
    """Take all flows forward until each is done or the deadline has passed. Tells whether all are done.

    :raises CollectionError: one of STOPS_WRITING; any other error is kept in its flow
    """

    def look() -> Poll:
        for flow in flows:
            if not flow.done:
                flow.go_on()
        return Poll(all(flow.done for flow in flows))

    return waiting.until(look)


def patiently(read: t.Callable[[], _Result]) -> Steps[_Result]:
    """What ``read`` returns, as soon as the server, which may restart meanwhile, can be asked."""
    while True:
        try:
            return read()
        except (*PASSING, ServerError) as error:
            trouble = error.message
        yield trouble
