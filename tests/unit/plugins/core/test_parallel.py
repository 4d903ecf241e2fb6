# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core import ending, parallel
from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import CollectionError, Interrupted


def test_each_item_has_its_own_error():
    def work(item):
        if item % 2:
            raise CollectionError("%d is odd" % item)

    assert [(item, str(error)) for item, error in parallel.each(range(4), work)] == [(1, "1 is odd"), (3, "3 is odd")]


def test_signals_reach_the_main_thread_while_others_work():
    """A signal that another thread took would be answered when the work is done only."""
    blocked, working, leave = [], threading.Barrier(3), threading.Event()

    def work(_item):
        blocked.append(signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        working.wait(5)
        leave.wait(5)

    def end():
        working.wait(5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.05)
        leave.set()

    threading.Thread(target=end).start()
    with pytest.raises(Interrupted, match="SIGTERM"), ending.by_signals():
        parallel.each(range(2), work)
    assert blocked == [True, True]
