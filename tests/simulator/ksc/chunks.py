# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``ChunkAccessor``: reading result sets page by page. Source: ksc-openapi.md section 4."""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from typing import Any, Callable

from .api import Call, method
from .errors import bad_format
from .wire import inner

ACCESSOR = "accessor"
MAX_LIFE = 7200


class Rows:
    """Found rows, and how each is written; writing waits until a row is asked for."""

    def __init__(self, rows: list[Any], write: Callable[[Any], dict[str, Any]]) -> None:
        self.rows = rows
        self.write = write


def keep_rows(call: Call, rows: list[Any], write: Callable[[Any], dict[str, Any]], life: int | None) -> str:
    """Keep rows under an accessor for ``life`` seconds (at most 7200; bad_format otherwise)."""
    if life is None or not 0 < life <= MAX_LIFE:
        raise bad_format("lMaxLifeTime: a number of seconds from 1 to %d is needed, not %s" % (MAX_LIFE, life))
    return call.keep(ACCESSOR, Rows(rows, write), life)


@method("ChunkAccessor.GetItemsCount", {"strAccessor": "string"}, documented=True)
def get_items_count(call: Call, strAccessor: str) -> dict[str, Any]:
    """Return how many rows there are."""
    return {"PxgRetVal": len(call.kept(ACCESSOR, strAccessor).rows)}


@method("ChunkAccessor.GetItemsChunk", {"strAccessor": "string", "nStart": "int", "nCount": "int"}, documented=True)
def get_items_chunk(call: Call, strAccessor: str, nStart: int, nCount: int) -> dict[str, Any]:
    """Return rows ``nStart`` (from 0) to ``nStart + nCount``; fewer when there are no more."""
    found: Rows = call.kept(ACCESSOR, strAccessor)
    if nStart < 0 or nCount < 0:
        raise bad_format("ChunkAccessor.GetItemsChunk: nStart and nCount must not be negative")
    page = found.rows[nStart : nStart + nCount]
    return {"pChunk": {"KLCSP_ITERATOR_ARRAY": [inner(found.write(row)) for row in page]}, "PxgRetVal": len(page)}


@method("ChunkAccessor.Release", {"strAccessor": "string"}, documented=True)
def release(call: Call, strAccessor: str) -> dict[str, Any]:
    """Give a result set back."""
    call.release(ACCESSOR, strAccessor)
    return {}
