# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``Tasks`` and the part of ``EventProcessing`` that reads task history. Source: ksc-openapi.md section 8."""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

import base64
import copy
import secrets
from typing import Any

from .api import Call, method
from .errors import STDE_BADFORMAT, STDE_LIMIT_VIOLATION, KscError, bad_format, not_found, unavailable
from .state import Server
from .taskdocs import PASSWORD, Document, read
from .tasks import STATES, Run, Task
from .wire import Binary, Time, bare, inner, order_of, ordered, plain

TASK_ITERATOR, HOST_ITERATOR, EVENT_ITERATOR = "task iterator", "host iterator", "event iterator"
ITERATOR_LIFE = 7200.0
TASK = {"strTask": "string"}


def task_of(call: Call, identity: str) -> Task:
    """Return a task of the session's server; not_found otherwise."""
    task: Task | None = call.ksc.tasks.tasks.get(identity)
    if task is None or task.server is not call.server:
        raise not_found("no task %r on server %r" % (identity, call.server.title))
    return task


def checked_document(call: Call, data: dict[str, Any]) -> Document:
    """Check a task document, and that what it names exists on the session's server (or anywhere, for a change of server)."""
    document = read(data, call.settings)
    server, most = call.server, call.settings.task_devices
    if most and len(document.hosts) > most:
        raise KscError(STDE_LIMIT_VIOLATION, "TASK_INFO_PARAMS.HostList: %d devices, at most %d are allowed" % (len(document.hosts), most))
    if document.group is not None and document.group not in server.groups:
        raise not_found("TASK_INFO_PARAMS.PRTS_TASK_GROUPID: no group %d on server %r" % (document.group, server.title))
    if call.settings.unknown_task_host == "reject":
        servers: list[Server] = call.world.servers if document.kind == "reconnect" else [server]
        for identity, name in document.hosts:
            if not any(identity in item.hosts for item in servers):
                raise not_found("TASK_INFO_PARAMS.HostList: no host %s (%s) on server %r" % (identity, name, server.title))
    if document.kind == "install":
        if call.settings.unknown_package == "reject":
            for number in document.additional["KLTSK_RI_PACKAGES_IDS"]:
                if number not in server.packages:
                    raise not_found("KLTSK_RI_PACKAGES_IDS: no package %d on server %r" % (number, server.title))
        group = document.additional.get("KLTSK_RI_GROUP_TO_MOVE_HOST")
        if group is not None and group not in server.groups:
            raise not_found("KLTSK_RI_GROUP_TO_MOVE_HOST: no group %d on server %r" % (group, server.title))
    return document


def task_data(call: Call, task: Task) -> dict[str, Any]:
    """Return a task's settings as wire data; passwords come back protected, whatever was sent."""
    data = copy.deepcopy(task.document.raw)
    data["TASK_UNIQUE_ID"] = task.id
    data["PRTS_TASK_CREATION_DATE"] = inner(Time(task.created))
    for item in data["TASK_ADDITIONAL_PARAMS"]["value"].get("klprts-TaskAccounts") or []:
        password = item["value"].get(PASSWORD) if isinstance(item, dict) else None
        if isinstance(password, str):
            item["value"][PASSWORD] = inner(Binary(protect(call, password)))
    return {name: data[name] for name in sorted(data)}


def protect(call: Call, text: str) -> str:
    """Return made-up encrypted text (Base64) that this simulator can turn back, so that a wrong password is noticed."""
    token = base64.b64encode(b"protected" + secrets.token_bytes(15)).decode("ascii")
    call.ksc.tasks.protected[token] = text
    return token


def unprotected(call: Call, token: str) -> str | None:
    """Return the text that became ``token`` (Base64) under :func:`protect`, None when this server made no such token."""
    return call.ksc.tasks.protected.get(token)


@method("Tasks.AddTask", {"pData": "params"}, documented=True)
def add_task(call: Call, pData: dict[str, Any]) -> dict[str, Any]:
    """Make a task; it does not start."""
    return {"PxgRetVal": call.ksc.tasks.add(call.server, checked_document(call, pData)).id}


@method("Tasks.UpdateTask", {"strTask": "string", "pData": "params"})
def update_task(call: Call, strTask: str, pData: dict[str, Any]) -> dict[str, Any]:
    """Replace a task's settings."""
    task = task_of(call, strTask)
    call.ksc.tasks.update(task, checked_document(call, pData))
    return {}


@method("Tasks.DeleteTask", TASK)
def delete_task(call: Call, strTask: str) -> dict[str, Any]:
    """Delete a task."""
    call.ksc.tasks.remove(task_of(call, strTask))
    return {}


@method("Tasks.RunTask", TASK, documented=True)
def run_task(call: Call, strTask: str) -> dict[str, Any]:
    """Start a task."""
    task = task_of(call, strTask)
    if task.active() and call.settings.run_running_task == "error":
        raise unavailable("task %s is running already" % task.id)
    call.ksc.tasks.run(task)
    return {}


@method("Tasks.CancelTask", TASK)
def cancel_task(call: Call, strTask: str) -> dict[str, Any]:
    """Stop a task."""
    call.ksc.tasks.cancel(task_of(call, strTask))
    return {}


@method("Tasks.GetTask", TASK)
def get_task(call: Call, strTask: str) -> dict[str, Any]:
    """Return what identifies a task."""
    task = task_of(call, strTask)
    document = task.document
    return {
        "PxgRetVal": bare(
            {
                "TASK_NAME": document.type,
                "DisplayName": document.display_name,
                "TASK_UNIQUE_ID": task.id,
                "PRTS_TASK_CREATION_DATE": Time(task.created),
                "TASKID_PRODUCT_NAME": document.product,
                "TASKID_VERSION": document.version,
                "TASKID_COMPONENT_NAME": document.component,
            }
        )
    }


@method("Tasks.GetTaskData", TASK)
def get_task_data(call: Call, strTask: str) -> dict[str, Any]:
    """Return a task's settings, HostList included."""
    return {"PxgRetVal": task_data(call, task_of(call, strTask))}


@method("Tasks.GetTaskStatistics", TASK, documented=True)
def get_task_statistics(call: Call, strTask: str) -> dict[str, Any]:
    """Return how many hosts are in which state."""
    return {"PxgRetVal": call.ksc.tasks.statistics(task_of(call, strTask))}


@method("Tasks.GetTaskStatistics2", TASK)
def get_task_statistics2(call: Call, strTask: str) -> dict[str, Any]:
    """Return the same; its true shape is not documented."""
    return get_task_statistics(call, strTask)


@method("Tasks.GetTaskGroup", {"strTaskId": "string"})
def get_task_group(call: Call, strTaskId: str) -> dict[str, Any]:
    """Return a group task's group, -1 for a task on chosen hosts."""
    group = task_of(call, strTaskId).document.group
    return {"PxgRetVal": -1 if group is None else group}


@method("Tasks.ResolveTaskId", {"strPrtsTaskId": "string"})
def resolve_task_id(call: Call, strPrtsTaskId: str) -> dict[str, Any]:
    """Return the decimal id of a task."""
    return {"PxgRetVal": task_of(call, strPrtsTaskId).id}


@method("Tasks.GetAllTasksOfHost", {"strDomainName": "string", "strHostName": "string"})
def get_all_tasks_of_host(call: Call, strDomainName: str, strHostName: str) -> dict[str, Any]:
    """Return the ids of all tasks that have a host among theirs."""
    call.host(strHostName)
    return {"PxgRetVal": [task.id for task in call.ksc.tasks.tasks.values() if task.server is call.server and strHostName in task.runs]}


@method("Tasks.ProtectPassword", {"strPassword": "string"})
def protect_password(call: Call, strPassword: str) -> dict[str, Any]:
    """Return the encrypted password as bare Base64."""
    return {"PxgRetVal": protect(call, strPassword)}


@method("DataProtectionApi.ProtectUtf16StringGlobally", {"szwPlainText": "string"})
def protect_string(call: Call, szwPlainText: str) -> dict[str, Any]:
    """Return encrypted text as bare Base64; the same as Tasks.ProtectPassword."""
    return {"PxgRetVal": protect(call, szwPlainText)}


# Finding tasks


@method(
    "Tasks.ResetTasksIterator",
    {
        "nGroupId": "int?",
        "bGroupIdSignificant": "bool?",
        "strProductName": "string?",
        "strVersion": "string?",
        "strComponentName": "string?",
        "strInstanceId": "string?",
        "strTaskName": "string?",
        "bIncludeSupergroups": "bool?",
    },
)
def reset_tasks_iterator(call: Call, **wanted: Any) -> dict[str, Any]:
    """List tasks; strTaskName is the type, not the display name, and an argument that is not given does not narrow."""
    groups: set[int] | None = None
    if wanted["bGroupIdSignificant"]:
        group = wanted["nGroupId"]
        groups = set(call.server.ancestors(group)) if wanted["bIncludeSupergroups"] and group is not None else {group}
    found = []
    for task in call.ksc.tasks.tasks.values():
        document = task.document
        if (
            task.server is call.server
            and (groups is None or document.group in groups)
            and all(
                value in (None, "", actual)
                for value, actual in (
                    (wanted["strProductName"], document.product),
                    (wanted["strVersion"], document.version),
                    (wanted["strComponentName"], document.component),
                    (wanted["strTaskName"], document.type),
                )
            )
        ):
            found.append(task)
    return {"strTaskIteratorId": call.keep(TASK_ITERATOR, found, ITERATOR_LIFE)}


@method("Tasks.GetNextTask", {"strTaskIteratorId": "string"})
def get_next_task(call: Call, strTaskIteratorId: str) -> dict[str, Any]:
    """Return the next task of a list; empty at the end."""
    left = call.kept(TASK_ITERATOR, strTaskIteratorId)
    return {"pTaskData": task_data(call, left.pop(0)) if left else {}}


@method("Tasks.ReleaseTasksIterator", {"strTaskIteratorId": "string"})
def release_tasks_iterator(call: Call, strTaskIteratorId: str) -> dict[str, Any]:
    """Give a list back."""
    call.release(TASK_ITERATOR, strTaskIteratorId)
    return {}


# States of hosts


def status_params(run: Run, fields: list[str]) -> dict[str, Any]:
    """Return a host's state in a task (ksc-openapi.md section 8.4, fields)."""
    values = {
        "hostname": run.host_id,
        "hostdn": run.host_name,
        "domain_name": "",
        "state_code": run.state,
        "state_descr": run.text or None,
        "try_count": run.tries,
        "start_time": None if run.started is None else Time(run.started),
        "finish_time": None if run.finished is None else Time(run.finished),
        "completed_percent": run.percent,
        "src_event_id": run.event or None,
    }
    return {name: values[name] for name in fields}


STATUS_FIELDS = (
    "hostname",
    "hostdn",
    "domain_name",
    "state_code",
    "state_descr",
    "try_count",
    "start_time",
    "finish_time",
    "completed_percent",
    "src_event_id",
)


def reset_hosts(call: Call, identity: str, fields: list[str], order: Any, mask: int, life: int) -> dict[str, Any]:
    """Keep the states that the mask chooses under an iterator."""
    task = task_of(call, identity)
    for name in [*fields, *(name for name, _ascending in order_of(order))]:
        if name not in STATUS_FIELDS:
            raise bad_format("%s: no such attribute of a host's task state; known: %s" % (name, ", ".join(STATUS_FIELDS)))
    if not mask & sum(STATES) or mask & ~sum(STATES):
        raise bad_format("nHostStateMask: a sum of %s is needed, not %d" % (", ".join(map(str, STATES)), mask))
    if not 0 < life <= ITERATOR_LIFE:
        raise bad_format("nLifetime: a number of seconds from 1 to 7200 is needed, not %d" % life)
    runs = [run for run in call.ksc.tasks.visible(task) if run.state & mask]
    runs = ordered(runs, order_of(order), lambda run, name: plain(inner(status_params(run, [name])[name])))
    rows = [inner(status_params(run, fields)) for run in runs]
    return {"strHostIteratorId": call.keep(HOST_ITERATOR, rows, life)}


@method(
    "Tasks.ResetHostIteratorForTaskStatusEx",
    {"strTask": "string", "pFields2Return": "strings", "pFields2Order": "order?", "nHostStateMask": "int", "nLifetime": "int"},
)
def reset_host_iterator_ex(
    call: Call, strTask: str, pFields2Return: list[str], pFields2Order: Any, nHostStateMask: int, nLifetime: int
) -> dict[str, Any]:
    """List the hosts of a task that are in some states, sorted."""
    return reset_hosts(call, strTask, pFields2Return, pFields2Order, nHostStateMask, nLifetime)


@method(
    "Tasks.ResetHostIteratorForTaskStatus", {"strTask": "string", "pFields2Return": "strings", "nHostStateMask": "int", "nLifetime": "int"}
)
def reset_host_iterator(call: Call, strTask: str, pFields2Return: list[str], nHostStateMask: int, nLifetime: int) -> dict[str, Any]:
    """List the hosts of a task that are in some states."""
    return reset_hosts(call, strTask, pFields2Return, None, nHostStateMask, nLifetime)


@method("Tasks.GetHostStatusRecordsCount", {"strHostIteratorId": "string"})
def get_host_status_records_count(call: Call, strHostIteratorId: str) -> dict[str, Any]:
    """Return how many states there are."""
    return {"PxgRetVal": len(call.kept(HOST_ITERATOR, strHostIteratorId))}


@method("Tasks.GetHostStatusRecordRange", {"strHostIteratorId": "string", "nStart": "int", "nEnd": "int"})
def get_host_status_record_range(call: Call, strHostIteratorId: str, nStart: int, nEnd: int) -> dict[str, Any]:
    """Return states by position."""
    rows = call.record_range(call.kept(HOST_ITERATOR, strHostIteratorId), nStart, nEnd)
    return {"pParHostStatus": {"statuses": rows}, "PxgRetVal": len(rows)}


@method("Tasks.GetNextHostStatus", {"strHostIteratorId": "string", "nCount": "int"})
def get_next_host_status(call: Call, strHostIteratorId: str, nCount: int) -> dict[str, Any]:
    """Return the next states, at most ``nCount``; false when there are no more."""
    left = call.kept(HOST_ITERATOR, strHostIteratorId)
    rows = left[: max(nCount, 0)]
    del left[: len(rows)]
    return {"PxgRetVal": bool(rows), "nActual": len(rows), "pHostStatus": {"statuses": rows}}


@method("Tasks.ReleaseHostStatusIterator", {"strHostIteratorId": "string"})
def release_host_status_iterator(call: Call, strHostIteratorId: str) -> dict[str, Any]:
    """Give the states back."""
    call.release(HOST_ITERATOR, strHostIteratorId)
    return {}


# History


EVENT_FIELDS = (
    "event_id",
    "event_type",
    "task_new_state",
    "rise_time",
    "hostname",
    "hostdn",
    "task_display_name",
    "product_name",
    "product_version",
    "GNRL_COMPLETED_PERCENT",
    "GNRL_EA_DESCRIPTION",
)
EVENT_ABSENT = ("product_displ_version", "host_type", "GNRL_EA_SEVERITY", "event_type_display_name", "body")


@method(
    "Tasks.GetTaskHistory",
    {"strTask": "string", "pFields2Return": "strings", "pSortFields": "order?", "strHostName": "string?", "pFilter": "params?"},
)
def get_task_history(
    call: Call, strTask: str, pFields2Return: list[str], pSortFields: Any, strHostName: str | None, pFilter: dict[str, Any] | None
) -> dict[str, Any]:
    """List events of a task: of one host or of all, only those whose attributes equal the filter's."""
    task = task_of(call, strTask)
    wanted, order = plain(pFilter or {}), order_of(pSortFields)
    for name in [*pFields2Return, *wanted, *(name for name, _ascending in order)]:
        if name not in EVENT_FIELDS + EVENT_ABSENT:
            raise KscError(STDE_BADFORMAT, "%s: no such attribute of an event" % name)
    events = [
        event
        for event in task.events
        if strHostName in (None, "", event["hostname"]) and all(event.get(name) == value for name, value in wanted.items())
    ]
    events = ordered(events, order, lambda event, name: event.get(name))
    rows = [inner({name: Time(event[name]) if name == "rise_time" else event.get(name) for name in pFields2Return}) for event in events]
    return {"strIteratorId": call.keep(EVENT_ITERATOR, rows, ITERATOR_LIFE)}


@method("EventProcessing.GetRecordCount", {"strIteratorId": "string"})
def get_record_count(call: Call, strIteratorId: str) -> dict[str, Any]:
    """Return how many events there are."""
    return {"PxgRetVal": len(call.kept(EVENT_ITERATOR, strIteratorId))}


@method("EventProcessing.GetRecordRange", {"strIteratorId": "string", "nStart": "int", "nEnd": "int"})
def get_record_range(call: Call, strIteratorId: str, nStart: int, nEnd: int) -> dict[str, Any]:
    """Return events by position."""
    return {"pParamsEvents": {"KLEVP_EVENT_RANGE_ARRAY": call.record_range(call.kept(EVENT_ITERATOR, strIteratorId), nStart, nEnd)}}


@method("EventProcessing.ReleaseIterator", {"strIteratorId": "string"})
def release_iterator(call: Call, strIteratorId: str) -> dict[str, Any]:
    """Give events back."""
    call.release(EVENT_ITERATOR, strIteratorId)
    return {}
