# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Waves: some hosts first, more when that went well. Sizes and the percentage of failures mean what they mean in a play."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..._core.errors import InputError
from ..._core.plan import FAILED, Change

SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*")

_Host = t.TypeVar("_Host")


@dataclass(frozen=True)
class Size:
    """How many hosts a wave has: a number, or a percentage of all."""

    number: float
    of_hundred: bool

    def of(self, total: int) -> int:
        """As Ansible counts a serial of percentages: rounded down, at least one."""
        return max(1, int(total * self.number / 100)) if self.of_hundred else int(self.number)


def sizes(waves: t.Sequence[str]) -> list[Size]:
    """The option waves.

    :raises InputError: an item is neither a number of hosts nor a percentage
    """
    found = []
    for text in waves:
        match = SIZE.fullmatch(text)
        number, of_hundred = (float(match[1]), bool(match[2])) if match else (0.0, False)
        if not (0 < number <= 100 if of_hundred else number >= 1 and number == int(number)):
            raise InputError('waves: "%s" is neither a number of hosts of at least 1 nor a percentage such as 10%%.' % text, option="waves")
        found.append(Size(number, of_hundred))
    return found


def percentage(text: str) -> float:
    """The option max_fail_percentage.

    :raises InputError: it is no percentage
    """
    match = SIZE.fullmatch(text)
    if match is None or float(match[1]) > 100:
        raise InputError('max_fail_percentage: "%s" is not a percentage from 0 to 100.' % text, option="max_fail_percentage")
    return float(match[1])


def split(
    wanted: t.Sequence[Size], hosts: t.Sequence[_Host], first: t.Sequence[_Host] = (), last: t.Sequence[_Host] = ()
) -> list[list[_Host]]:
    """The hosts of each wave. The last size holds until no host is left.

    ``first``: hosts that are in the first wave, which is larger than it should be if there are more of them; ``last``: hosts
    that are in the last wave. Both are among ``hosts``.
    """
    leading, closing = set(map(id, first)), set(map(id, last))
    order = [*first, *(host for host in hosts if id(host) not in leading | closing), *last]
    found: list[list[_Host]] = []
    at = 0
    while at < len(order):
        size = wanted[min(len(found), len(wanted) - 1)].of(len(order))
        if not found:
            size = max(size, len(first))
        found.append(order[at : at + size])
        at += size
    if len(found) > 1 and any(id(host) in closing for wave in found[:-1] for host in wave):
        found = [[host for host in wave if id(host) not in closing] for wave in found]
        found[-1] += last
    return [wave for wave in found if wave]


def verdict(number: int, changes: t.Sequence[Change], allowed: float) -> str:
    """Why the next wave does not start after this one; empty if it does.

    As in a play, the percentage is of all hosts of the wave, and has to be exceeded.
    """
    failed = sum(change.result == FAILED for change in changes)
    share = 100.0 * failed / len(changes)
    if share <= allowed:
        return ""
    return "%d of %d hosts of wave %d failed, which is %.4g %%, and max_fail_percentage is %.4g" % (
        failed,
        len(changes),
        number,
        share,
        allowed,
    )
