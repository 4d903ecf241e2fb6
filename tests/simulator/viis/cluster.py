# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 18 to 23: the role of a server, and the reserve of a primary."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .calls import Call, Reply
from .enumerations import CONNECTED, CONNECTING, DISCONNECTED, NO_ERROR, PRIMARY, RESERVE, STANDALONE, mixed
from .errors import ApiError, unknown
from .peer import give_role
from .sessions import USER
from .timestamps import stamp

if TYPE_CHECKING:
    from .server import Server


@dataclass
class Instance:
    """A registered reserve. ``due``: when the next conversation with it takes place (None: never)."""

    id: str
    created: float
    address: str
    password: str
    due: float | None
    status: str = CONNECTING
    error: str = NO_ERROR

    def body(self) -> dict[str, Any]:
        """Return the record as operations 19 to 22 print it, in the spelling of this family (A-39)."""
        return {
            "createdAt": stamp(self.created),
            "id": self.id,
            "role": RESERVE,
            "address": self.address,
            "connectionInfo": {"status": mixed(self.status), "connectionError": mixed(self.error)},
        }


class Cluster:
    """What one server knows about the cluster. ``primary`` is the name of the primary that made it a reserve."""

    def __init__(self) -> None:
        self.role = STANDALONE
        self.primary = ""
        self._instances: dict[str, Instance] = {}

    def get(self, wanted: str) -> Instance:
        """Return a reserve; ApiError 404."""
        if wanted not in self._instances:
            raise unknown("Instance", wanted)
        return self._instances[wanted]

    def add(self, instance: Instance) -> None:
        """Keep a reserve; ApiError 409 when there is one already (R-23)."""
        if self._instances:
            raise ApiError(409, "ReserveExists", "One reserve Integration Server is registered already.")
        self._instances[instance.id] = instance

    def remove(self, instance: Instance) -> None:
        """Forget a reserve."""
        self._instances.pop(instance.id, None)

    def all(self) -> list[Instance]:
        """Return all reserves."""
        return list(self._instances.values())


async def work(server: Server) -> None:
    """Hold the conversations with reserves that have fallen due; called before each request."""
    with server.lock:
        now = server.clock.now()
        due = [item for item in server.cluster.all() if item.due is not None and item.due <= now]
        for item in due:
            item.due = None
    for item in due:
        error = await _tell(server, item, RESERVE)
        with server.lock:
            if item.due is None:
                item.error = error
                item.status = CONNECTED if error == NO_ERROR else DISCONNECTED
                recheck = server.settings.ha_recheck_seconds
                item.due = server.clock.now() + recheck if recheck else None


async def _tell(server: Server, item: Instance, role: str) -> str:
    """Really give the reserve its role, over HTTPS; return the error."""
    with server.lock:
        target = server.resolve(item.address)
    if target is None:
        return "NETWORK_ERROR"

    def accepts(thumbprint: str) -> bool:
        with server.lock:
            return server.trust.accepts(item.address, thumbprint)

    return await asyncio.to_thread(give_role, target[0], target[1], USER, item.password, role, server.name, accepts)


def _needs_primary(server: Server) -> None:
    if server.cluster.role != PRIMARY:
        raise ApiError(409, "ServerIsNotPrimary", "This server has not the role Primary.")


def set_role(server: Server, _call: Call) -> Any:
    """PUT /server/configuration/role; Primary is the only role that the document knows here."""
    server.cluster.role = PRIMARY
    return Reply()


def register(server: Server, call: Call) -> Any:
    """POST /ha/instances."""
    _needs_primary(server)
    now = server.clock.now()
    instance = Instance(str(uuid.uuid4()), now, call.body["address"], call.body["password"], now + server.settings.ha_connect_seconds)
    server.cluster.add(instance)
    call.exchange.scope = instance.id
    return instance.body()


def list_instances(server: Server, _call: Call) -> Any:
    """GET /ha/instances."""
    return {"instances": [instance.body() for instance in server.cluster.all()]}


def read(server: Server, call: Call) -> Any:
    """GET /ha/instances/{id}."""
    return server.cluster.get(call.ids["instance"]).body()


def update(server: Server, call: Call) -> Any:
    """PUT /ha/instances/{id}: reconnects with what is given."""
    _needs_primary(server)
    instance = server.cluster.get(call.ids["instance"])
    instance.address, instance.password = call.body["address"], call.body["password"]
    instance.status, instance.error = CONNECTING, NO_ERROR
    instance.due = server.clock.now() + server.settings.ha_connect_seconds
    return instance.body()


async def unregister(server: Server, call: Call) -> Any:
    """DELETE /ha/instances/{id}: the reserve is told that it is on its own again, if it can be reached."""
    with server.lock:
        _needs_primary(server)
        instance = server.cluster.get(call.ids["instance"])
        server.cluster.remove(instance)
        connected = instance.status == CONNECTED
    if connected:
        await _tell(server, instance, STANDALONE)
    return Reply()


def take_role(server: Server, call: Call) -> Any:
    """PUT /simulator/ha/role, made up: a primary tells this server its role. A server serves one primary only."""
    cluster, primary = server.cluster, call.body["primary"]
    if cluster.role == PRIMARY or (cluster.role == RESERVE and cluster.primary != primary):
        raise ApiError(409, "RoleIsTaken", "This server belongs to another cluster.")
    cluster.role = call.body["role"]
    cluster.primary = primary if cluster.role == RESERVE else ""
    return Reply()
