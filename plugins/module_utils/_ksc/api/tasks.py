# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Tasks of the Administration Server (contract ksc-openapi.md, section 8)."""

from __future__ import annotations

import datetime
import typing as t
from base64 import b64encode
from dataclasses import dataclass

from ..._core.errors import (
    AccessDenied,
    AnswerLost,
    CollectionError,
    NoSuchCall,
    RequestRefused,
    SessionLost,
    TemporarilyUnavailable,
)
from . import wire
from .hosts import Product
from .session import Session

# -- task documents, exactly as in the vendor's article ----------------------------------------------------------------


@dataclass(frozen=True)
class TaskType:
    """A type of task and the component that carries it out."""

    task_name: str
    product: str
    component: str


RECONNECTION = TaskType("KLNAG_TASK_RECONNECTION", "1103", "86")
INSTALLATION = TaskType("Remote Installation", "1093", "87")
REMOVAL = TaskType("Remote Deinstallation", "1093", "87")
VERSION = "1.0.0.0"

# What the two generations of the article put beside the schedule.
PROFILES: dict[str, dict[str, t.Any]] = {
    "6.1": {"TASKSCH_RUN_MISSED_FLAG": True},
    "5.2": {"PRTS_TASK_ENABLED": True},
}
MANUAL_START = 0
PASSWORD = "klprts-TaskAccountPassword"
UNLOCK_PASSWORD = "UNLOCK_PASSWORD_CRYPTED"
UNLOCK_PASSWORD_SINCE = (15, 1)
# What a task does about a restart that an application needs (contract day-two.md, section 10). Without these settings, as in the
# article, it does nothing.
RESTARTS: dict[str, dict[str, bool]] = {
    "never": {},
    "ask": {"KLTSK_RU_REBOOT_IMMEDIATELY": False, "KLTSK_RU_REBOOT_ASK_FOR_REBOOT": True},
    "force": {"KLTSK_RU_REBOOT_IMMEDIATELY": True, "KLTSK_RU_REBOOT_ASK_FOR_REBOOT": False, "KLTSK_RU_FORCE_APPS_CLOSED": True},
}
RESTART_PREFIX = "KLTSK_RU_"
NAME_LENGTH = 100  # characters of a DisplayName


class TaskHost(t.Protocol):
    """What a task wants to know of a host."""

    @property
    def id(self) -> str:
        """KLHST_WKS_HOSTNAME."""

    @property
    def name(self) -> str:
        """The display name."""


@dataclass(frozen=True)
class OsAccount:
    """The account in the operating system of the hosts; a protected password is bytes.

    ``joined``: its attributes are one item of klprts-TaskAccounts instead of one each, as in the article. Which of the two a
    server wants is not documented beyond the article.
    """

    username: str
    password: t.Union[str, bytes]
    joined: bool = False


@dataclass(frozen=True)
class TaskSettings:
    """What a task does, whatever its name and its hosts."""

    kind: TaskType
    additional: t.Mapping[str, t.Any]  # TASK_ADDITIONAL_PARAMS
    unlock_password: t.Optional[str] = None  # Base64 of a protected password

    def document(self, profile: str, display_name: str, hosts: t.Sequence[TaskHost]) -> dict[str, t.Any]:
        """The settings as Tasks.AddTask takes them; ``profile`` is one of PROFILES."""
        return {
            "TASKID_PRODUCT_NAME": self.kind.product,
            "TASKID_VERSION": VERSION,
            "TASKID_COMPONENT_NAME": self.kind.component,
            "TASK_NAME": self.kind.task_name,
            "TASKSCH_TYPE": MANUAL_START,
            **PROFILES[profile],
            **({} if self.unlock_password is None else {UNLOCK_PASSWORD: self.unlock_password}),
            "TASK_ADDITIONAL_PARAMS": dict(self.additional),
            "TASK_INFO_PARAMS": {
                "DisplayName": display_name,
                "HostList": [{"HostDispName": host.name, "HostName": host.id} for host in hosts],
            },
        }

    def are_those_of(self, document: t.Mapping[str, t.Any], passwords: bool = True) -> bool:
        """Whether a task's settings are these.

        False also where that cannot be told: a password may come back encrypted. Without ``passwords`` those do not count.
        """
        there = wire.record(document.get("TASK_ADDITIONAL_PARAMS"))
        if passwords and self.unlock_password != document.get(UNLOCK_PASSWORD):
            return False
        restarts = {name for name, value in there.items() if name.startswith(RESTART_PREFIX) and value is True}
        if restarts != {name for name, value in self.additional.items() if name.startswith(RESTART_PREFIX) and value}:
            return False
        return all(
            _comparable(value, passwords) == _comparable(there.get(name), passwords)
            for name, value in self.additional.items()
            if not name.startswith(RESTART_PREFIX)
        )


def _comparable(value: t.Any, passwords: bool) -> t.Any:
    """Lists of params merged into one: an account may be one item per attribute, as in the article, or one item in all."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return {name: inner for item in value for name, inner in item.items() if passwords or name != PASSWORD}
    return value


def reconnection(server_address: str, ports: t.Sequence[int], ssl_ports: t.Sequence[int]) -> TaskSettings:
    """Change Administration Server; for a virtual server the address is MainKscServerAddress/VirtualServerName."""
    return TaskSettings(
        RECONNECTION,
        {"ServerAddress": server_address, "Serverports": list(ports), "ServerSslPorts": list(ssl_ports)},
    )


def return_to_primary() -> TaskSettings:
    """Change from a virtual server back to the primary one, at the address that the agents know (contract day-two.md, section 1.1)."""
    return TaskSettings(RECONNECTION, {"KLNAG_VS_NAME": ""})


def installation(package_ids: t.Sequence[int], group_id: int, account: t.Optional[OsAccount], restart: str = "never") -> TaskSettings:
    """Remote installation: the agent's package first, then the application's. ``restart`` is one of RESTARTS."""
    own = {"KLTSK_RI_PACKAGES_IDS": list(package_ids), "KLTSK_RI_GROUP_TO_MOVE_HOST": group_id}
    return TaskSettings(INSTALLATION, {**own, **_delivery(account), **RESTARTS[restart]})


def removal(
    product: Product, account: t.Optional[OsAccount], restart: str = "never", unlock_password: t.Optional[str] = None
) -> TaskSettings:
    """Remote removal of an application.

    ``restart`` is one of RESTARTS. ``unlock_password``: Base64 of the protected password that an application on Windows asks for
    before it is removed (KSCAPI 15.1 a00030).
    """
    own = {"ProductName": product.name, "ProductVersion": product.version, "UninstallType": 0}
    return TaskSettings(REMOVAL, {**own, **_delivery(account), **RESTARTS[restart]}, unlock_password)


def _delivery(account: t.Optional[OsAccount]) -> dict[str, t.Any]:
    """How the server reaches the hosts, and as whom."""
    delivery: dict[str, t.Any] = {
        "KLTSK_RI_USE_NAGENT": True,
        "KLTSK_RI_USE_SHARE": True,
        "KLTSK_RI_USE_SHARE_SRV": True,
    }
    if account is not None:
        attributes = {"klprts-TaskAccountAuthType": 1, "klprts-TaskAccountUser": account.username, PASSWORD: account.password}
        items = [{name: value} for name, value in attributes.items()]
        delivery["klprts-TaskAccounts"] = [attributes] if account.joined else items
    return delivery


def protected(session: Session, password: str) -> bytes:
    """A password as the server encrypts it for task settings, by Tasks.ProtectPassword."""
    return wire.binary(session.call("Tasks.ProtectPassword", {"strPassword": password})["PxgRetVal"])


def protected_text(session: Session, password: str) -> str:
    """The same in Base64, for settings that are text.

    :raises NoSuchCall: the server has no such call
    """
    return b64encode(protected(session, password)).decode()


# -- life of a task ----------------------------------------------------------------------------------------------------


def add(session: Session, document: t.Mapping[str, t.Any]) -> str:
    """Create a task; its id."""
    return session.call("Tasks.AddTask", {"pData": dict(document)}, write=True).text("PxgRetVal")


def run(session: Session, task_id: str) -> None:
    """Start a task.

    :raises TemporarilyUnavailable: KLSTD 1195, which also says that the task is running already
    """
    session.call("Tasks.RunTask", {"strTask": task_id}, write=True, patient=False)


def update(session: Session, task_id: str, document: t.Mapping[str, t.Any]) -> None:
    """Replace the settings of a task.

    :raises NoSuchCall: the server cannot do that
    """
    session.call("Tasks.UpdateTask", {"strTask": task_id, "pData": dict(document)}, write=True)


def delete(session: Session, task_id: str) -> None:
    session.call("Tasks.DeleteTask", {"strTask": task_id}, write=True)


# -- what became of it -------------------------------------------------------------------------------------------------

# Masks of host states, and what they mean.
STATES = {
    1: "pending",
    2: "running",
    4: "succeeded",
    8: "warning",
    16: "failed",
    32: "scheduled",
    64: "paused",
}
NOT_BEGUN = ("pending", "scheduled", "paused")
IN_PROGRESS = ("running", *NOT_BEGUN)
SUCCEEDED = ("succeeded", "warning")
ALL_STATES = sum(STATES)


@dataclass(frozen=True)
class Statistics:
    """How many hosts are in which state, by name of the state; ``percent`` and ``need_restart`` as the server tells."""

    hosts: t.Mapping[str, int]
    percent: int = 0
    need_restart: int = 0

    def __str__(self) -> str:
        return ", ".join("%d %s" % (count, state) for state, count in self.hosts.items() if count) or "no host yet"

    def finished(self, host_count: int) -> bool:
        """All hosts have a final state. Right after a start the numbers may not be there yet."""
        return self.total(*IN_PROGRESS) == 0 and self.total() >= host_count

    @property
    def clean(self) -> bool:
        return not any(count for state, count in self.hosts.items() if state != "succeeded")

    def total(self, *states: str) -> int:
        """How many hosts are in these states, in any without a name."""
        return sum(self.hosts[state] for state in states or self.hosts)

    @property
    def begun(self) -> bool:
        """Some host has begun."""
        return any(count for state, count in self.hosts.items() if state not in NOT_BEGUN)

    def returned(self) -> dict[str, int]:
        return {**self.hosts, "completed_percent": self.percent, "need_restart": self.need_restart}


def statistics(session: Session, task_id: str) -> Statistics:
    """By Tasks.GetTaskStatistics, deprecated since KSC 15 in favor of GetTaskStatistics2."""
    try:
        answer = session.call("Tasks.GetTaskStatistics", {"strTask": task_id})
    except NoSuchCall:
        answer = session.call("Tasks.GetTaskStatistics2", {"strTask": task_id})
    numbers = wire.record(answer.get("PxgRetVal"))
    return Statistics(
        {name: wire.number(numbers.get(str(mask))) or 0 for mask, name in STATES.items()},
        wire.number(numbers.get("GNRL_COMPLETED_PERCENT")) or 0,
        wire.number(numbers.get("KLTSK_NEED_RBT_CNT")) or 0,
    )


def counted(states: t.Iterable[HostState]) -> Statistics:
    """The totals of some hosts of a task."""
    listed = [state.state for state in states]
    return Statistics({name: listed.count(name) for name in STATES.values()})


@dataclass(frozen=True)
class HostState:
    """The state of one host in a task, one of STATES, with the server's own words about it."""

    host_id: str
    name: str
    state: str
    text: str
    attributes: t.Mapping[str, t.Any]

    @property
    def finished_at(self) -> t.Optional[datetime.datetime]:
        value = self.attributes.get("finish_time")
        return value if isinstance(value, datetime.datetime) else None


STATE_FIELDS = ("hostname", "hostdn", "state_code", "state_descr", "start_time", "finish_time", "completed_percent")


def host_states(session: Session, task_id: str) -> list[HostState]:
    """The state of each host of a task.

    :raises NoSuchCall: the server has no such call
    """

    def read() -> list[HostState]:
        iterator = session.call(
            "Tasks.ResetHostIteratorForTaskStatusEx",
            {
                "strTask": task_id,
                "pFields2Return": list(STATE_FIELDS),
                "pFields2Order": [],
                "nHostStateMask": ALL_STATES,
                "nLifetime": 600,
            },
        ).text("strHostIteratorId")
        try:
            count = session.call("Tasks.GetHostStatusRecordsCount", {"strHostIteratorId": iterator}, bound=True).number("PxgRetVal")
            answer = session.call(
                "Tasks.GetHostStatusRecordRange",
                {"strHostIteratorId": iterator, "nStart": 0, "nEnd": count},
                bound=True,
            )
        finally:
            _forget(session, "Tasks.ReleaseHostStatusIterator", {"strHostIteratorId": iterator})
        return [
            HostState(
                host_id=str(record.get("hostname", "")),
                name=str(record.get("hostdn", "")),
                state=STATES.get(wire.number(record.get("state_code")) or 0, "unknown"),
                text=str(record.get("state_descr") or ""),
                attributes=record,
            )
            for record in wire.records(wire.record(answer.get("pParHostStatus")).get("statuses"))
        ]

    return session.retry_on_session_loss(read)


def was_run(session: Session, task_id: str) -> bool:
    """Whether the history of a task knows of a start: a state on a host, or one that only a started task has.

    :raises NoSuchCall: the server has no such call
    """

    def read() -> bool:
        iterator = session.call(
            "Tasks.GetTaskHistory",
            {
                "strTask": task_id,
                "pFields2Return": ["event_type", "task_new_state", "hostdn"],
                "pSortFields": [],
                "strHostName": "",
                "pFilter": {"event_type": "KLPRCI_TaskState"},
            },
        ).text("strIteratorId")
        try:
            count = session.call("EventProcessing.GetRecordCount", {"strIteratorId": iterator}, bound=True).number("PxgRetVal")
            if not count:
                return False
            some = {"strIteratorId": iterator, "nStart": 0, "nEnd": min(count, 100)}
            answer = session.call("EventProcessing.GetRecordRange", some, bound=True)
        finally:
            _forget(session, "EventProcessing.ReleaseIterator", {"strIteratorId": iterator})
        events = wire.records(wire.record(answer.get("pParamsEvents")).get("KLEVP_EVENT_RANGE_ARRAY"))
        return any(event.get("task_new_state") or event.get("hostdn") for event in events)

    return session.retry_on_session_loss(read)


@dataclass(frozen=True)
class ListedHost:
    """A device in a task's HostList."""

    id: str
    name: str


@dataclass(frozen=True)
class Task:
    """A task; ``attributes`` are what the server lists of its settings, perhaps all."""

    id: str
    display_name: str
    task_name: str
    attributes: t.Mapping[str, t.Any]

    @property
    def hosts(self) -> t.Optional[list[ListedHost]]:
        """The devices that it is for; None where the server does not list them."""
        listed = wire.record(self.attributes.get("TASK_INFO_PARAMS")).get("HostList")
        if not isinstance(listed, list):
            return None
        return [ListedHost(str(host.get("HostName", "")), str(host.get("HostDispName", ""))) for host in wire.records(listed)]


def ids_of_host(session: Session, host_id: str) -> list[str]:
    """The ids of all tasks that a host is among the devices of, by Tasks.GetAllTasksOfHost.

    :raises NoSuchCall: the server has no such call
    """
    answer = session.call("Tasks.GetAllTasksOfHost", {"strDomainName": "", "strHostName": host_id})["PxgRetVal"]
    return [str(id) for id in answer if isinstance(id, (int, str))] if isinstance(answer, list) else []


def data(session: Session, task_id: str) -> dict[str, t.Any]:
    """All settings of a task, by Tasks.GetTaskData.

    :raises NoSuchCall: the server has no such call
    """
    return wire.record(session.call("Tasks.GetTaskData", {"strTask": task_id}).get("PxgRetVal"))


def listing(session: Session, kind: t.Optional[TaskType] = None) -> list[Task]:
    """The tasks of this server, of one kind or all.

    :raises NoSuchCall: the server cannot list tasks
    """

    def read() -> list[Task]:
        iterator = _tasks_iterator(session, kind)
        tasks: list[Task] = []
        seen: set[str] = set()
        try:
            while True:
                try:  # a call that is sent twice would skip a task
                    answer = session.call("Tasks.GetNextTask", {"strTaskIteratorId": iterator}, write=True, bound=True)
                except AnswerLost as error:
                    raise SessionLost(error.message, **error.failure) from None
                data = wire.record(answer.get("pTaskData"))
                if not data:
                    return tasks
                info = wire.record(data.get("TASK_INFO_PARAMS"))
                id = str(data.get("TASK_UNIQUE_ID", ""))
                if id in seen:  # a list without an end
                    raise AnswerLost(
                        '%s returns the task "%s" again and again, so its list of tasks does not end.' % (session, id),
                        server=session.server.address,
                        virtual_server=session.virtual_server,
                        method="Tasks.GetNextTask",
                    )
                seen.add(id)
                tasks.append(
                    Task(
                        id=id,
                        display_name=str(info.get("DisplayName") or data.get("DisplayName") or ""),
                        task_name=str(data.get("TASK_NAME", "")),
                        attributes=data,
                    )
                )
        finally:
            _forget(session, "Tasks.ReleaseTasksIterator", {"strTaskIteratorId": iterator})

    return session.retry_on_session_loss(read)


def _tasks_iterator(session: Session, kind: t.Optional[TaskType]) -> str:
    """What does not narrow the list is null, as the vendor's client sends it; or left out, where the server takes no null."""
    arguments = {
        "nGroupId": 0,
        "bGroupIdSignificant": False,
        "strProductName": kind and kind.product,
        "strVersion": kind and VERSION,
        "strComponentName": kind and kind.component,
        "strInstanceId": None,
        "strTaskName": kind and kind.task_name,
        "bIncludeSupergroups": False,
    }
    try:
        return session.call("Tasks.ResetTasksIterator", arguments).text("strTaskIteratorId")
    except (NoSuchCall, AccessDenied, TemporarilyUnavailable):
        raise
    except RequestRefused:
        given = {name: value for name, value in arguments.items() if value is not None}
        return session.call("Tasks.ResetTasksIterator", given).text("strTaskIteratorId")


def _forget(session: Session, method: str, arguments: t.Mapping[str, t.Any]) -> None:
    """Release an iterator; it also dies with the session."""
    try:
        session.call(method, arguments, bound=True)
    except CollectionError:
        pass
