# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""What one server is asked once for all of its hosts: its groups, its keys, and which records share an address or a name.

That is a handful of requests for a server and two for each group with hosts that are looked at, whatever the number of hosts.
"""

from __future__ import annotations

import typing as t
from functools import partial

from ..._core.errors import AnswerLost, NoSuchCall, RequestRefused
from ..api import filters, groups, hosts, licenses, policies
from ..api.hosts import Host
from ..api.session import Session
from .protection import GroupFacts, ServerFacts

FEW = 50  # hosts; of more, all hosts of the server are read if that is cheap
CHEAP = 20  # hosts of the server for each one that is looked at

_Answer = t.TypeVar("_Answer")


class _Questions:
    """Reads that a server may refuse. What it has no method for is asked once."""

    def __init__(self) -> None:
        self._lacking: dict[str, str] = {}

    def ask(self, what: str, read: t.Callable[[], _Answer], empty: str = "") -> tuple[t.Optional[_Answer], str]:
        """The answer, or None and why there is none; ``empty``: what an answer of None means."""
        if what in self._lacking:
            return None, self._lacking[what]
        try:
            answer = read()
        except NoSuchCall as error:
            self._lacking[what] = error.message.rstrip(". ")
            return None, self._lacking[what]
        except (AnswerLost, RequestRefused) as error:
            return None, error.message.rstrip(". ")
        return answer, empty if answer is None else ""


def read(session: Session, group_ids: t.Iterable[int]) -> ServerFacts:
    """The facts of these groups, and the keys of the server."""
    found = of_groups(session, group_ids)
    keys, keys_unknown = _Questions().ask("keys", partial(licenses.listing, session))
    return ServerFacts(found, keys, keys_unknown)


def of_groups(session: Session, ids: t.Iterable[int]) -> dict[int, GroupFacts]:
    """The facts of these groups, by id."""
    questions = _Questions()
    found: dict[int, GroupFacts] = {}
    for id in ids:
        conditions = questions.ask("conditions", partial(groups.status_conditions, session, id), "%s does not report them" % session)
        effective = questions.ask("policies", partial(policies.effective, session, id))
        found[id] = GroupFacts(conditions[0], effective[0], conditions[1], effective[1])
    return found


class Records:
    """Records of one server, by address and by name."""

    def __init__(self, known: t.Iterable[Host]) -> None:
        self.all = {host.id: host for host in known}
        self._by: dict[tuple[str, str], list[Host]] = {}
        for host in self.all.values():
            for key in _keys(host):
                self._by.setdefault(key, []).append(host)

    def others(self, host: Host) -> list[Host]:
        """The other records with the address or the name of a host."""
        found = {other.id: other for key in _keys(host) for other in self._by.get(key, ()) if other.id != host.id}
        return list(found.values())


def _keys(host: Host) -> list[tuple[str, str]]:
    return [("name", host.plain_name), *([("ip", host.ip)] if host.ip else [])]


def namesakes(session: Session, looked_at: t.Sequence[Host], everything: bool) -> Records:
    """The records of a server that share an address or a name with some hosts; ``everything``: all records of the server."""
    known = None
    if everything or len(looked_at) > FEW:
        known = hosts.all_hosts(session, None if everything else CHEAP * len(looked_at))
    if known is None:
        names = dict.fromkeys(hosts.NUMBERED.sub("", host.name) for host in looked_at)
        addresses = dict.fromkeys(host.ip for host in looked_at if host.ip)
        conditions = [filters.equals(hosts.IP, hosts.ip_number(address)) for address in addresses]
        for name in names:
            conditions.append(filters.any_of(filters.equals(hosts.NAME, name), filters.begins(hosts.NAME, name + "~~")))
        known = hosts.matching(session, conditions)
    return Records([*known, *looked_at])
