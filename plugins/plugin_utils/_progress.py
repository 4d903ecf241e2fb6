# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the actions of this collection only, may change in any release.

"""The actions beside modules: they run the module as ever. One shortens what it returns, as AWX keeps every result; one that is
beside a module that waits also shows what the module tells of its wait."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import typing as t
from contextlib import contextmanager

from ansible import constants
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display
from ansible_collections.ksv.light_agent.plugins.module_utils._core import ending
from ansible_collections.ksv.light_agent.plugins.module_utils._core.progress import VARIABLE

from . import _steps

LOOK_EVERY = 1.0  # seconds
HANDING_OVER = 5.0  # seconds that an ending worker waits for a line that is on its way
ENTRIES_SHOWN = 20  # of a list option, where the result repeats what the module was called with


class ConciseAction(NormalAction):
    """What Ansible does with a module anyway.

    The repetition of its options is cut short where they are long lists, and in the roles what nothing reads is left out.
    """

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        return dict(_steps.concise(str(self._task.register or ""), _shortened(self._run(tmp, task_vars))))

    def _run(self, tmp: t.Any, task_vars: t.Any) -> dict[str, t.Any]:
        return super().run(tmp, task_vars)


class ProgressAction(ConciseAction):
    """The same, and lines of progress, which change nothing about what the module returns."""

    def _run(self, tmp: t.Any, task_vars: t.Any) -> dict[str, t.Any]:
        if not self._can_be_seen():
            return super()._run(tmp, task_vars)
        environment = self._task.environment
        with _shown_lines(Display()) as path:
            if path is not None:
                self._task.environment = [*(environment or []), {VARIABLE: path}]
            try:
                return super()._run(tmp, task_vars)
            finally:
                self._task.environment = environment

    def _can_be_seen(self) -> bool:
        """Whether the module writes to a file of this machine while somebody waits for it, and may be shown."""
        return self._connection.transport == "local" and not self._task.async_val and not self._task.no_log


def _shortened(result: dict[str, t.Any]) -> dict[str, t.Any]:
    invocation = result.get("invocation")
    arguments = invocation.get("module_args") if isinstance(invocation, dict) else None
    if isinstance(arguments, dict):
        for name, value in list(arguments.items()):
            if isinstance(value, list) and len(value) > ENTRIES_SHOWN:
                arguments[name] = "%d entries" % len(value)
    return result


@contextmanager
def _shown_lines(display: t.Any) -> t.Iterator[t.Optional[str]]:
    """The path of a file whose lines are shown as they come; None where there is no room for one."""
    try:
        handle, path = tempfile.mkstemp(prefix="ksv-light-agent-", suffix=".progress", dir=constants.DEFAULT_LOCAL_TMP)
        os.close(handle)
    except OSError:
        yield None
        return
    done = threading.Event()
    handing_over = threading.Lock()
    # A daemon: a worker that is told to end does not stay for it.
    reader = threading.Thread(target=_show, args=(path, display, done, handing_over), name="progress", daemon=True)
    reader.start()
    try:
        with _ending_after(handing_over):
            yield path
    finally:
        done.set()
        reader.join()
        _remove(path)


@contextmanager
def _ending_after(handing_over: threading.Lock) -> t.Iterator[None]:
    """Signals that end a worker wait until a line has been handed over.

    It goes through a queue that all workers share; a worker that dies in between keeps the lock of the queue, and
    ansible-playbook waits for it for ever.
    """
    former: dict[signal.Signals, t.Any] = {}

    def end(number: int, frame: t.Any) -> None:
        waited = handing_over.acquire(timeout=HANDING_OVER)
        try:
            handler = former[signal.Signals(number)]
            signal.signal(number, handler)
            if callable(handler):
                handler(number, frame)
            else:
                os.kill(os.getpid(), number)
        finally:
            if waited:
                handing_over.release()

    if threading.current_thread() is threading.main_thread():
        for known in map(signal.Signals.__getitem__, ending.SIGNALS):
            if signal.getsignal(known) not in (signal.SIG_IGN, None):
                former[known] = signal.signal(known, end)
    try:
        yield
    finally:
        for known, handler in former.items():
            signal.signal(known, handler)


def _show(path: str, display: t.Any, done: threading.Event, handing_over: threading.Lock) -> None:
    """Show the whole lines that come, until ``done``, and then those that came last."""
    ending.leave_to_main_thread()
    try:
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            rest = ""
            last = False
            while not last:
                last = done.wait(LOOK_EVERY)
                *lines, rest = (rest + file.read()).split("\n")
                for line in lines:
                    shown = "".join(character if character.isprintable() else " " for character in line)
                    with handing_over:
                        display.display(shown)
    except Exception as error:
        display.vvv("Progress is no longer shown: %s" % error)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
