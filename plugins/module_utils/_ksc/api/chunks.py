# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Result sets that stay on the server and are read in pages (contract ksc-openapi.md, section 4)."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

from ..._core.errors import CollectionError, RequestRefused, SessionLost
from . import wire
from .session import Session

PAGE = 1000  # items per GetItemsChunk; no upper bound is documented
LIFETIME = 600  # seconds since the last access, as in the vendor's article


class ResultSet:
    """An open result set: ``count`` items."""

    def __init__(self, session: Session, accessor: str, count: int) -> None:
        self._session = session
        self._accessor = accessor
        self.count = count

    def items(self) -> list[dict[str, t.Any]]:
        """All items, by ChunkAccessor.GetItemsChunk.

        :raises SessionLost: the set is gone, or gives less than it counted
        """
        items: list[dict[str, t.Any]] = []
        while len(items) < self.count:
            try:
                answer = self._session.call(
                    "ChunkAccessor.GetItemsChunk",
                    {"strAccessor": self._accessor, "nStart": len(items), "nCount": min(PAGE, self.count - len(items))},
                    bound=True,
                )
            except RequestRefused as error:  # its code is not documented
                raise SessionLost(error.message, **error.failure) from None
            page = wire.records(wire.record(answer.get("pChunk")).get("KLCSP_ITERATOR_ARRAY"))
            if not page:
                raise SessionLost(
                    "%s returned only %d of %d items of a search." % (self._session, len(items), self.count),
                    server=self._session.server.address,
                    virtual_server=self._session.virtual_server,
                    method="ChunkAccessor.GetItemsChunk",
                )
            items.extend(page)
        return items


@contextmanager
def opened(session: Session, method: str, condition: str, fields: t.Sequence[str], params: t.Mapping[str, t.Any]) -> t.Iterator[ResultSet]:
    """Open a result set with HostGroup.FindHosts or FindGroups; it is always released, also on error."""
    answer = session.call(
        method,
        {
            "wstrFilter": condition,
            "vecFieldsToReturn": list(fields),
            "vecFieldsToOrder": [],
            "pParams": dict(params),
            "lMaxLifeTime": LIFETIME,
        },
    )
    accessor = answer.text("strAccessor")
    try:
        count = wire.number(answer.get("PxgRetVal"))
        if count is None:  # the article shows an answer without the count
            count = session.call("ChunkAccessor.GetItemsCount", {"strAccessor": accessor}, bound=True).number("PxgRetVal")
        yield ResultSet(session, accessor, count)
    finally:
        try:
            session.call("ChunkAccessor.Release", {"strAccessor": accessor}, bound=True)
        except CollectionError:
            pass  # the set also dies with the session


def query(session: Session, method: str, condition: str, fields: t.Sequence[str], params: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """All items of one result set; read again when the session gets lost on the way."""

    def read() -> list[dict[str, t.Any]]:
        with opened(session, method, condition, fields, params) as found:
            return found.items()

    return session.retry_on_session_loss(read)
