# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Methods: how they are declared, found and called.

A method is a function ``f(call, **arguments)`` under a ``@method`` declaration that gives the argument types; it returns the body of
the answer. Arguments arrive checked; those that were not given are None.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from .errors import KscError, not_found
from .sessions import Session
from .settings import KscSettings
from .state import Host, Server, World

if TYPE_CHECKING:
    from ..exchange import Exchange
    from .product import Ksc

ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Method:
    """A method of the API; ``documented`` when the vendor's article uses it."""

    name: str
    signature: dict[str, str]
    run: Callable[..., dict[str, Any]]
    documented: bool


METHODS: dict[str, Method] = {}
READ_ONLY = frozenset(
    (
        "login",
        "AsyncActionStateChecker.CheckActionState",
        "ChunkAccessor.GetItemsChunk",
        "ChunkAccessor.GetItemsCount",
        "ChunkAccessor.Release",
        "DataProtectionApi.ProtectUtf16StringGlobally",
        "EventProcessing.GetRecordCount",
        "EventProcessing.GetRecordRange",
        "EventProcessing.ReleaseIterator",
        "GroupSyncIterator.GetNextItems",
        "GroupSyncIterator.ReleaseIterator",
        "HostGroup.FindGroups",
        "HostGroup.FindHosts",
        "HostGroup.FindHostsAsync",
        "HostGroup.FindHostsAsyncCancel",
        "HostGroup.FindHostsAsyncGetAccessor",
        "HostGroup.GetGroupId",
        "HostGroup.GetGroupInfo",
        "HostGroup.GetGroupInfoEx",
        "HostGroup.GetHostInfo",
        "HostGroup.GetHostProducts",
        "HostGroup.GetInstanceStatistics",
        "HostGroup.GetStaticInfo",
        "HostGroup.GetSubgroups",
        "HostGroup.GroupIdGroups",
        "HostGroup.GroupIdSuper",
        "HostGroup.GroupIdUnassigned",
        "LicenseInfoSync.AcquireKeysForProductOnHost",
        "LicenseKeys.EnumKeys",
        "Limits.GetLimits",
        "PackagesApi.GetPackageInfo",
        "PackagesApi.GetPackageInfo2",
        "PackagesApi.GetPackages",
        "PackagesApi.GetPackages2",
        "Policy.GetEffectivePoliciesForGroup",
        "Policy.GetPoliciesForGroup",
        "Policy.GetPolicyContents",
        "Policy.GetPolicyData",
        "SecurityPolicy.GetUsers",
        "ServerHierarchy.GetChildServers",
        "Session.EndSession",
        "Session.Ping",
        "Session.StartSession",
        "Tasks.GetAllTasksOfHost",
        "Tasks.GetHostStatusRecordRange",
        "Tasks.GetHostStatusRecordsCount",
        "Tasks.GetNextHostStatus",
        "Tasks.GetNextTask",
        "Tasks.GetTask",
        "Tasks.GetTaskData",
        "Tasks.GetTaskGroup",
        "Tasks.GetTaskHistory",
        "Tasks.GetTaskStatistics",
        "Tasks.GetTaskStatistics2",
        "Tasks.ProtectPassword",
        "Tasks.ReleaseHostStatusIterator",
        "Tasks.ReleaseTasksIterator",
        "Tasks.ResetHostIteratorForTaskStatus",
        "Tasks.ResetHostIteratorForTaskStatusEx",
        "Tasks.ResetTasksIterator",
        "Tasks.ResolveTaskId",
        "VServers.GetPermissions",
        "VServers.GetVServerInfo",
        "VServers.GetVServers",
        "VServers2.GetVServerStatistic",
    )
)
"""The methods that change nothing but the caller's own session: what it has opened, searched and been told (ksc-openapi.md)."""


def method(
    name: str, signature: dict[str, str] | None = None, documented: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a method; see :func:`simulator.ksc.wire.check_arguments` for ``signature``."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        METHODS[name] = Method(name, signature or {}, function, documented)
        return function

    return declare


@dataclass
class Call:
    """One call: who asks, on which server, of which simulated KSC."""

    ksc: Ksc
    session: Session
    exchange: Exchange

    @property
    def server(self) -> Server:
        """The server of the session."""
        return self.session.server

    @property
    def world(self) -> World:
        """All servers."""
        return self.ksc.state

    @property
    def settings(self) -> KscSettings:
        """Settings of this KSC."""
        return self.ksc.settings

    @property
    def now(self) -> float:
        """Simulated time."""
        return self.ksc.clock.now()

    def host(self, identity: str) -> Host:
        """Return a host of the session's server; not_found otherwise."""
        host = self.server.hosts.get(identity)
        if host is None:
            raise not_found("no host %s on server %r" % (identity, self.server.title))
        return host

    # Result sets: accessors and iterators live with the session and die when unused for their life-time.

    def keep(self, kind: str, data: Any, life: float, identity: str | None = None) -> str:
        """Keep a result set for ``life`` client seconds after its last use; return its id (22 letters and digits, as recorded)."""
        identity = identity or "".join(secrets.choice(ALPHABET) for _number in range(22))
        self.session.results[identity] = Result(kind, data, life, self.ksc.clock.client())
        return identity

    def kept(self, kind: str, identity: str) -> Any:
        """Return a result set and renew it; the error for a dead one is a setting."""
        result = self.session.results.get(identity)
        now = self.ksc.clock.client()
        if result is None or result.kind != kind or now - result.used > result.life:
            self.session.results.pop(identity, None)
            raise KscError(
                self.settings.dead_accessor_code, "%s %s does not exist (released, out of date, or of another session)" % (kind, identity)
            )
        result.used = now
        return result.data

    def release(self, kind: str, identity: str) -> None:
        """Drop a result set; the error for a dead one is the same as on use."""
        self.kept(kind, identity)
        del self.session.results[identity]

    def record_range(self, rows: list[Any], start: int, end: int) -> list[Any]:
        """Return the rows from ``start`` to ``end`` as the setting ``record_range_end`` understands the end."""
        return rows[max(start, 0) : end + 1 if self.settings.record_range_end == "inclusive" else end]


@dataclass
class Result:
    """A kept result set."""

    kind: str
    data: Any
    life: float
    used: float
