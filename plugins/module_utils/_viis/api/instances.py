# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The cluster of Integration Servers as its primary server sees it (contract, operations 18 to 23)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import AnswerLost
from . import wire
from .infrastructures import HINTS, NO_ERROR
from .session import NotFound, Session
from .wire import Record

PATH = "ha/instances"
ROLE = "server/configuration/role"
PRIMARY = "Primary"
RESERVE = "Reserve"

CONNECTED = wire.word("Connected")
DISCONNECTED = wire.word("Disconnected")


@dataclass(frozen=True)
class Instance:
    """A reserve server."""

    id: str
    role: str
    address: str
    status: str
    error: str
    created: str
    message: str = ""

    @property
    def connected(self) -> bool:
        return wire.word(self.status) == CONNECTED

    @property
    def idle(self) -> bool:
        return wire.word(self.status) == DISCONNECTED and wire.word(self.error) in (NO_ERROR, "")

    @property
    def failed(self) -> bool:
        return wire.word(self.status) == DISCONNECTED and not self.idle

    @property
    def explanation(self) -> str:
        parts = [self.status or "no status"] + ([] if wire.word(self.error) in (NO_ERROR, "") else [self.error])
        text = " ".join(parts) + (" (%s)" % self.message if self.message else "")
        hint = HINTS.get(wire.word(self.error))
        return "%s - %s" % (text, hint) if hint else text

    def returned(self) -> dict[str, t.Any]:
        return {
            "id": self.id,
            "role": self.role or None,
            "address": self.address,
            "connected": self.connected,
            "status": self.status or None,
            "error": self.error or None,
            "created": self.created or None,
        }


def from_record(record: Record) -> Instance:
    info = record.inner("connectionInfo")
    return Instance(
        id=record.text("id"),
        role=record.text("role"),
        address=record.text("address"),
        status=info.text("status"),
        error=info.text("connectionError") or info.text("error"),
        created=record.text("createdAt"),
        message=info.text("errorMessage"),
    )


def listing(session: Session) -> list[Instance]:
    return list(map(from_record, session.get(PATH).records("instances")))


def read(session: Session, id: str) -> t.Optional[Instance]:
    try:
        return from_record(session.get("%s/%s" % (PATH, wire.segment(id))).record)
    except NotFound:
        return None


def _body(address: str, password: str) -> dict[str, t.Any]:
    return {"role": RESERVE, "address": address, "password": wire.password(password)}


def register(session: Session, address: str, password: str) -> str:
    """Register a reserve server; its id. The connection comes about in the background."""
    id = from_record(session.post(PATH, _body(address, password)).record).id
    if not id:
        raise AnswerLost("%s did not return the id of the registration." % session, server=session.server.address)
    return id


def update(session: Session, id: str, address: str, password: str) -> None:
    session.put("%s/%s" % (PATH, wire.segment(id)), _body(address, password))


def unregister(session: Session, id: str) -> None:
    session.delete("%s/%s" % (PATH, wire.segment(id)))


def role(session: Session) -> t.Optional[str]:
    """The server's own role, where it tells: the vendor documents no such request."""
    reply = session.probe(ROLE)
    return None if reply is None else reply.record.text("role") or None


def make_primary(session: Session) -> None:
    session.put(ROLE, {"role": PRIMARY})
