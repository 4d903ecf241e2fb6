# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVMs that the simulated Integration Server deploys and removes, as KSC sees them.

Source: day-two.md section 4: an SVM appears in KSC with its agent, has no key until it is activated, and its record outlives it.
Activation is a step of people; a world may say that it has happened by giving the key.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..product import SvmNews
from .conditions import AGENT, PROTECTION_SERVER
from .machines import Installed, Machine
from .records import Key
from .state import Host, host_id

if TYPE_CHECKING:
    from .product import Ksc


@dataclass
class Arrivals:
    """Where SVMs appear, after how many seconds, and for how many seconds their key is good (None: they have none)."""

    group: str = ""
    seconds: float = 60.0
    key_seconds: float | None = None


def hear(ksc: Ksc, arrivals: Arrivals, news: SvmNews) -> None:
    """Take up what an Integration Server did: a new SVM gets a record, one that is gone keeps it."""
    world, now = ksc.state, ksc.clock.now()
    if news.gone:
        for machine in world.svms:
            if machine.name == news.name and machine.address == news.address:
                machine.online = False
        return
    if world.addresses and news.ksc_address not in world.addresses:
        return
    generation = ".".join([*news.version.split(".")[:2], "0", "0"])
    machine = Machine(news.name, int(ipaddress.IPv4Address(news.address)), "linux", "SVM")
    machine.svm_of, machine.generation = news.hypervisor, generation
    machine.products = {
        AGENT: Installed(AGENT, "1.0.0.0", machine.agent_version, now),
        PROTECTION_SERVER: Installed(PROTECTION_SERVER, generation, news.version, now),
    }

    def appear(when: float) -> None:
        if arrivals.key_seconds is not None:
            machine.key = Key("%s-%08X" % (generation.replace(".", ""), machine.ip), when + arrivals.key_seconds)
        server = world.primary
        identity = host_id("svm/%s/%f" % (news.id, when))
        group = server.group_path(arrivals.group, when).id if arrivals.group else server.unassigned
        server.add_host(Host(identity, machine.name, group, server, machine, when))
        world.svms.append(machine)

    ksc.timeline.at(now + arrivals.seconds, appear)
