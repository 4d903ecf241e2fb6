# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many bytes of JSON the results of each task are, as AWX stores them with its events. For the bench only."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

from ansible.parsing.ajson import AnsibleJSONEncoder
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: payload
type: aggregate
short_description: Measure the results of tasks
description: Writes the number of results of each task and their bytes to the file that E(KSV_BENCH_PAYLOAD) names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "payload"

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self._tasks: dict[str, list[int]] = {}

    def _count(self, result: t.Any, *_options: t.Any, **_more: t.Any) -> None:
        # Under no_log AWX gets what is printed: that the result is hidden.
        hidden = result._result.get("_ansible_no_log")
        text = "{}" if hidden else json.dumps(result._result, cls=AnsibleJSONEncoder, ensure_ascii=False)
        self._tasks.setdefault(result._task.get_name(), []).append(len(text.encode()))

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_skipped = v2_runner_item_on_ok = v2_runner_item_on_failed = _count

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        found = {name: {"events": len(sizes), "bytes": sum(sizes)} for name, sizes in self._tasks.items()}
        pathlib.Path(os.environ["KSV_BENCH_PAYLOAD"]).write_text(json.dumps(found), encoding="utf-8")
