# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.
"""Logically independent work on several servers, side by side in a few threads: for where latency, not work, is the cost."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from . import ending
from .errors import CollectionError

THREADS = 8

_Item = t.TypeVar("_Item")


def each(items: t.Iterable[_Item], work: t.Callable[[_Item], None], threads: int = THREADS) -> list[tuple[_Item, CollectionError]]:
    """Do ``work`` for each item; the items whose work ended with an error of the collection, each with that error.

    The work of one item must not touch what belongs to another. One item, or one thread, needs no thread at all.
    """
    todo = list(items)

    def guarded(item: _Item) -> t.Optional[CollectionError]:
        try:
            work(item)
        except CollectionError as error:
            return error
        return None

    if len(todo) < 2 or threads < 2:
        outcomes = [guarded(item) for item in todo]
    else:
        pool = ThreadPoolExecutor(min(threads, len(todo)), initializer=ending.leave_to_main_thread)
        try:
            with ending.held_back():  # what is started is known to the pool, so that it is waited for
                started = pool.map(guarded, todo)
            outcomes = list(started)
        finally:
            with ending.held_back():
                pool.shutdown(cancel_futures=True)
    return [(item, error) for item, error in zip(todo, outcomes) if error is not None]
