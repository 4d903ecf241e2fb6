# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which SVMs shall fail, at which step and how."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..world import Reader

OUTCOMES = ("fail", "cancel", "hang")


@dataclass(frozen=True)
class Failure:
    """One failure, chosen by patterns (``*``, ``?``) of the SVM's name and of the operation (deploy, configure, delete).

    step: the step at which it happens; the last one when empty or unknown.
    outcome: ``fail``; ``cancel`` - the child ends as Cancelled; ``hang`` - the step never ends.
    code, message: what the task tells.
    """

    svm: str = "*"
    operation: str = "*"
    step: str = ""
    outcome: str = "fail"
    code: str = "HypervisorError"
    message: str = "The hypervisor refused the operation."

    @classmethod
    def read(cls, reader: Reader) -> Failure:
        """Return the failure that a mapping describes; WorldError names a wrong key."""
        found = {item.name: reader.text(item.name, item.default, OUTCOMES if item.name == "outcome" else None) for item in fields(cls)}
        reader.done()
        return cls(**found)


def chosen(failures: Iterable[Failure], operation: str, svm: str) -> Failure | None:
    """Return the first failure for this operation on this SVM."""
    for failure in failures:
        if fnmatch.fnmatchcase(svm, failure.svm) and fnmatch.fnmatchcase(operation, failure.operation):
            return failure
    return None


def of_settings(items: Iterable[Mapping[str, Any]]) -> list[Failure]:
    """Return the failures of the setting ``svm_failures``."""
    return [Failure.read(Reader(item, "settings.svm_failures[%d]" % number)) for number, item in enumerate(items)]
