# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Signals that end a module: they raise Interrupted, so that what was opened is closed on the way out."""

from __future__ import annotations

import signal
import threading
import typing as t
from contextlib import contextmanager

from .errors import Interrupted

# With these an operator, Ansible or AWX ends a module.
SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")


class _Held:
    """How many blocks hold signals back, and the signal that waits for their end."""

    depth = 0
    waiting: t.Optional[int] = None


def leave_to_main_thread() -> None:
    """At the start of another thread: Python answers signals in the main thread only, which would not wake up for them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in SIGNALS])


def _end(number: int, _frame: t.Any) -> None:
    if _Held.depth and _Held.waiting is None:
        _Held.waiting = number
        return
    _raise(number)


def _raise(number: int) -> t.NoReturn:
    raise Interrupted(
        "The module was terminated by %s. What has been started continues on the servers; run this again to wait for it."
        % signal.Signals(number).name
    )


@contextmanager
def by_signals() -> t.Iterator[None]:
    """In this block signals raise Interrupted, in the main thread."""
    _Held.depth, _Held.waiting = 0, None
    before = {number: signal.signal(number, _end) for number in (getattr(signal, name, None) for name in SIGNALS) if number is not None}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> t.Iterator[None]:
    """A signal waits for the end of this block, such as for the answer that says how a session is ended; a second one does not."""
    if threading.current_thread() is not threading.main_thread():  # which signals do not interrupt
        yield
        return
    _Held.depth += 1
    try:
        yield
    finally:
        _Held.depth -= 1
        if not _Held.depth and _Held.waiting is not None:
            number, _Held.waiting = _Held.waiting, None
            _raise(number)
