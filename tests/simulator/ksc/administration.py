# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``ServerHierarchy`` and ``Limits``. Source: ksc-wire.md section 7, point 8; day-two.md section 1.4."""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from typing import Any

from .api import Call, method
from .errors import STDE_LIMIT_VIOLATION, KscError, not_found
from .state import World

VIRTUAL_SERVERS, HOSTS, USERS, GROUPS = 0, 1, 2, 17
LIMITS = {"virtual_servers": VIRTUAL_SERVERS, "hosts": HOSTS, "users": USERS, "moving_rules": 16, "groups": GROUPS, "tag_rules": 18}
"""Numbers of the limits that are known, by their names in a world; ``groups`` are those made by hand on a virtual server."""
DEFAULT_LIMITS = {VIRTUAL_SERVERS: 500, HOSTS: 50000}
UNLIMITED = 2**31 - 1


def limit(world: World, number: int) -> int:
    """Return a limit: that of the world, else as documented, else none."""
    return world.limits.get(number, DEFAULT_LIMITS.get(number, UNLIMITED))


def within(world: World, number: int, count: int, what: str) -> None:
    """Refuse (KLSTD 1229, the limit's number as subcode) what would make ``count`` exceed a limit."""
    most = limit(world, number)
    if count > most:
        raise KscError(STDE_LIMIT_VIOLATION, "%s: at most %d are allowed" % (what, most), subcode=number)


@method("Limits.GetLimits", {"param": "int"})
def get_limits(call: Call, param: int) -> dict[str, Any]:
    """Return a limit by its number."""
    if param not in LIMITS.values():
        raise not_found("param: no limit %d is known" % param)
    return {"PxgRetVal": limit(call.world, param)}


@method("ServerHierarchy.GetChildServers", {"nGroupId": "int"})
def get_child_servers(call: Call, nGroupId: int) -> dict[str, Any]:
    """Return the secondary servers of a group (-1: of all groups): none, since no world has any."""
    if nGroupId != -1 and nGroupId not in call.server.groups:
        raise not_found("nGroupId: no group %d on server %r" % (nGroupId, call.server.title))
    return {"PxgRetVal": []}
