# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a world file says of a server, the primary or a virtual one: groups, status settings, policies, users.

The keys are listed in ``loader.py``.
"""

from __future__ import annotations

from ..world import Reader
from .conditions import CRITICAL, DEFAULT, MASK, NAMES, WARNING, mask_of
from .sessions import Account
from .state import Group, Server


def read_standing(server: Server, part: Reader, now: float) -> bool:
    """Read groups, status settings and policies of a server; return whether the policies were stated."""
    for number, item in enumerate(part.value("groups", list, [])):
        if isinstance(item, str):
            server.group_path(item, now)
        else:
            _group(server, Reader(item, "%s.groups[%d]" % (part.where, number)), now)
    conditions = part.section("status_conditions")
    _conditions(server.groups[server.managed], conditions)
    conditions.done()
    for item in part.sections("policies"):
        group = server.group_path(item.text("group", ""), now).id
        product, version = item.text("product"), item.text("version")
        server.add_policy(item.text("name", "%s %s" % (product, version)), product, version, group, item.flag("active", True), now)
        item.done()
    return "policies" in part


def _group(server: Server, part: Reader, now: float) -> None:
    group = server.group_path(part.text("path"), now)
    group.locked, group.force_children = part.flag("locked", False), part.flag("force_children", False)
    group.notify_days, group.remove_days = part.integer("notify_days", None), part.integer("remove_days", None)
    _conditions(group, part)
    part.done()


def _conditions(group: Group, part: Reader) -> None:
    """Read status settings; a severity that is not named is inherited."""
    for severity, key in ((CRITICAL, "critical"), (WARNING, "warning")):
        names = part.texts(key, None)
        if names is not None:
            for name in names:
                if name not in NAMES:
                    raise part.fail(key, "%r is none of %s" % (name, ", ".join(NAMES)))
            group.conditions[severity] = dict(DEFAULT, **{MASK: mask_of(names)})


def read_users(server: Server, part: Reader) -> list[Account]:
    """Read the internal users of a server: those of a virtual one have all rights there, those of the primary none."""
    users = []
    for item in part.sections("users"):
        user = Account(item.text("name"), item.text("password"), servers=[server.title], home=server.id, rights=bool(server.id))
        user.full_name, user.description = item.text("full_name", ""), item.text("description", "")
        user.mail, user.phone = item.text("mail", ""), item.text("phone", "")
        user.enabled = item.flag("enabled", True)
        item.done()
        users.append(user)
    return users
