# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Keys: those that a server keeps, and those that a host uses (contract day-two.md, sections 6 and 10)."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass

from ..._core.errors import CollectionError, RequestRefused, SessionLost
from . import wire
from .session import Session

FIELDS = ("KLLIC_SERIAL", "KLLIC_PROD_NAME", "KLLIC_LIMIT_DATE", "KLLIC_LIC_COUNT", "KLLIC_NHOSTS_ASCURRENT")
LIFETIME = 600  # seconds
PAGE = 1000


@dataclass(frozen=True)
class Key:
    """A key that a server keeps; ``expires`` is UTC, ``hosts`` how many hosts have it as their active one. None: not told."""

    serial: str
    product: str
    expires: t.Optional[datetime.datetime]
    limit: t.Optional[int]
    hosts: t.Optional[int]


def listing(session: Session) -> list[Key]:
    """The keys that this server keeps, by LicenseKeys.EnumKeys and GroupSyncIterator, as in the vendor's sample.

    :raises NoSuchCall: the server cannot tell
    """
    return t.cast(t.List[Key], session.retry_on_session_loss(lambda: _listing(session)))


def _listing(session: Session) -> list[Key]:
    answer = session.call("LicenseKeys.EnumKeys", {"pFields": list(FIELDS), "pFieldsToOrder": [], "pOptions": {}, "lTimeoutSec": LIFETIME})
    if wire.number(answer.get("lKeyCount")) == 0 and not answer.get("wstrIterator"):
        return []
    iterator = answer.text("wstrIterator")
    keys: list[Key] = []
    try:
        while wire.number(answer.get("lKeyCount")) != 0:
            page = _page(session, iterator)
            some = wire.records(wire.record(page.get("pData")).get("KLCSP_ITERATOR_ARRAY"))
            keys += [_key(record) for record in some]
            if page.get("bEOF") is not False or not some:
                break
        return keys
    finally:
        try:
            session.call("GroupSyncIterator.ReleaseIterator", {"szwIterator": iterator}, bound=True)
        except CollectionError:
            pass  # the iterator also dies with the session


def _page(session: Session, iterator: str) -> t.Mapping[str, t.Any]:
    try:
        return session.call("GroupSyncIterator.GetNextItems", {"szwIterator": iterator, "nCount": PAGE}, bound=True)
    except RequestRefused as error:  # its code is not documented
        raise SessionLost(error.message, **error.failure) from None


def _key(record: t.Mapping[str, t.Any]) -> Key:
    expires = record.get("KLLIC_LIMIT_DATE")
    if isinstance(expires, datetime.date) and not isinstance(expires, datetime.datetime):
        expires = datetime.datetime(expires.year, expires.month, expires.day, tzinfo=datetime.timezone.utc)
    return Key(
        serial=str(record.get("KLLIC_SERIAL") or ""),
        product=str(record.get("KLLIC_PROD_NAME") or ""),
        expires=expires if isinstance(expires, datetime.datetime) else None,
        limit=wire.number(record.get("KLLIC_LIC_COUNT")),
        hosts=wire.number(record.get("KLLIC_NHOSTS_ASCURRENT")),
    )


def active(session: Session, host_id: str, product: str, version: str) -> str:
    """The serial number of the key that an application on a host works with; "" for none.

    By LicenseInfoSync.AcquireKeysForProductOnHost.

    :raises NoSuchCall: the server cannot tell
    """
    answer = session.call(
        "LicenseInfoSync.AcquireKeysForProductOnHost", {"szwHostName": host_id, "szwProduct": product, "szwVersion": version}
    )
    return str(answer.get("wstrActiveKey") or "")
