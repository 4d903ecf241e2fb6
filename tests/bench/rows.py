# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the bench measured."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

OURS, AGAIN, FLOOR = "onboard_tenant, first run", "onboard_tenant, second run", "as many no-op tasks (floor)"
ARTICLE, URI = "the article, host by host", "ansible.builtin.uri in loops"
LISTED, CACHED, LESS = (
    "ansible-inventory, all variables",
    "ansible-inventory, from the cache",
    "ansible-inventory, without products and protection",
)
WAITING_LEFT_OUT = "waiting left out"


@dataclasses.dataclass
class Row:
    """One measurement. Times in seconds, memory in MB (10**6 bytes) of the largest process, traffic in bytes.

    ``payload``: bytes of JSON in the results of each task, as AWX stores them, for each host of the run.
    ``events``: bytes of each event file that ansible-runner wrote, where the command ran under it.
    """

    part: str  # hosts, tenants, more, events, inventory, infrastructures
    way: str
    hosts: int
    tenants: int
    requests: int
    logins: int
    traffic: int
    wall: float
    memory: float
    payload: dict[str, float] = dataclasses.field(default_factory=dict)
    events: list[int] = dataclasses.field(default_factory=list)
    note: str = ""
    computed: bool = False

    @property
    def bytes_a_host(self) -> float:
        """Bytes of results for each host, in all steps."""
        return sum(self.payload.values())

    @property
    def largest_step(self) -> float:
        """Bytes of results for each host, in the step that has most."""
        return max(self.payload.values(), default=0)

    def scaled(self, hosts: int, tenants: int, part: str) -> Row:
        """The same way for more hosts, where each host costs the same, which is what the rivals do."""
        factor = hosts / self.hosts
        return dataclasses.replace(
            self,
            part=part,
            hosts=hosts,
            tenants=tenants,
            requests=round(self.requests * factor),
            logins=self.logins if self.way == URI else round(self.logins * factor),
            traffic=round(self.traffic * factor),
            wall=self.wall * factor,
            note="computed from %d hosts" % self.hosts,
            computed=True,
        )


def save(rows: t.Sequence[Row], path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([dataclasses.asdict(row) for row in rows], indent=1), encoding="utf-8")


def load(path: pathlib.Path) -> list[Row]:
    return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
