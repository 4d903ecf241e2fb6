# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Tasks of the Integration Server (contract, sections 3.3 and 4.4, operation 14)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import AnswerLost
from . import wire
from .session import Reply, Session
from .wire import Record

PATH = "virtualization/tasks"

COMPLETED = ("completed",)
# The vendor's pages spell the last one in three ways.
FAILURES = ("failed", "cancelled", "canceled", "stopped")


@dataclass(frozen=True)
class Task:
    """Only ``state`` tells whether it is done: ``result`` is true, and ``progress`` 100, too early."""

    id: str
    type: str
    state: str
    progress: t.Optional[float]
    stage: str
    created: str
    changed: str
    parameters: t.Mapping[str, str]
    svm_id: str  # of the result, or else of the parameters
    error: str
    children: tuple[Task, ...]

    @property
    def succeeded(self) -> bool:
        return wire.word(self.state) in COMPLETED

    @property
    def failed(self) -> bool:
        return wire.word(self.state) in FAILURES

    @property
    def finished(self) -> bool:
        return self.succeeded or self.failed

    def parameter(self, key: str) -> str:
        return self.parameters.get(key.casefold(), "")

    @property
    def svm_name(self) -> str:
        return self.parameter("svmName")

    @property
    def of_svms(self) -> list[Task]:
        """The tasks that are about one SVM each."""
        found = [child for child in self.children if child.svm_name or child.parameter("svmId")]
        return found or ([self] if self.svm_name else [])

    @property
    def last_step(self) -> str:
        """The step that failed, else the one at work, else the last one."""
        steps = [child for child in self.children if child.parameter("deployStepName") or child.type.endswith("Step")]
        for some in ([s for s in steps if s.failed], [s for s in steps if not s.finished], steps):
            if some:
                return some[-1].parameter("deployStepName") or some[-1].type
        return ""

    @property
    def reason(self) -> str:
        """The error of the task or, where it has none itself, of what failed below it."""
        if self.error:
            return self.error
        return next((child.reason for child in self.children if child.failed and child.reason), "")

    @property
    def explanation(self) -> str:
        """In words for the person at the console: state, step, error."""
        text = self.state or "unknown state"
        if not self.finished and self.progress is not None:
            text += " (%g %%)" % self.progress
        if self.last_step and not self.succeeded:
            text += " at step %s" % self.last_step
        return "%s: %s" % (text, self.reason) if self.reason else text

    def returned(self) -> dict[str, t.Any]:
        return {
            "id": self.id,
            "type": self.type,
            "state": self.state,
            "finished": self.finished,
            "succeeded": self.succeeded,
            "progress": self.progress,
            "created": self.created or None,
            "changed": self.changed or None,
            "error": self.reason or None,
            "svms": [
                {
                    "task_id": child.id,
                    "name": child.svm_name or None,
                    "id": child.svm_id or None,
                    "ip_address": child.parameter("svmIpAddress") or None,
                    "state": child.state,
                    "progress": child.progress,
                    "step": child.last_step or None,
                    "error": child.reason or None,
                }
                for child in self.of_svms
            ],
        }


def from_record(record: Record) -> Task:
    parameters = {entry.text("key").casefold(): entry.text("value") for entry in record.each("parameters")}
    error = record.member("error")
    return Task(
        id=record.text("id"),
        type=record.text("type"),
        state=record.text("state"),
        progress=record.number("progress"),
        stage=record.text("stage"),
        created=record.text("created"),
        changed=record.text("changed") or record.text("stateChanged"),
        parameters=parameters,
        svm_id=record.inner("result").text("svmId") or parameters.get("svmid", ""),
        error=wire.error_text(error) or record.text("errorMessage"),
        children=tuple(map(from_record, record.each("children"))),
    )


def read(session: Session, id: str) -> Task:
    return from_record(session.get("%s/%s" % (PATH, wire.segment(id))).record)


def listing(session: Session) -> t.Optional[list[Task]]:
    """The tasks, where the server tells: the vendor documents this for an older version of the API only."""
    reply = session.probe(PATH)
    return None if reply is None else list(map(from_record, reply.records("tasks")))


def started(session: Session, reply: Reply, what: str) -> str:
    """The id of the task that a request has created, wherever the answer has it."""
    record = reply.record
    id = record.text("id") or record.text("taskId") or record.inner("task").text("id")
    if not id and isinstance(reply.body, str):
        id = reply.body
    if not id and reply.location:
        id = reply.location.rstrip("/").rsplit("/", 1)[-1]
    if not id:
        raise AnswerLost(
            "%s carried out the request to %s, but its response names no task." % (session, what),
            server=session.server.address,
        )
    return id
