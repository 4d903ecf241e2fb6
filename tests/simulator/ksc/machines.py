# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines: what is true of them whichever server has a record of them, and what they do with tasks.

Source: ksc-openapi.md section 8.5 (tasks), day-two.md sections 3, 4 and 6 (restarts, SVMs, protection).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .records import Key

if TYPE_CHECKING:
    from .state import Package


@dataclass
class Installed:
    """A product on a machine."""

    name: str
    version: str
    build: str = ""
    since: float = 0.0


@dataclass
class Outcome:
    """What a machine does with a task.

    ``task``: install, remove, reconnect, other or any; ``product``: a product's name or any. ``result``: ok, warning or failed, with
    ``reason``, or claimed: the task reports success and nothing has happened.
    ``seconds`` overrides how long it takes; ``times`` ends the rule after so many runs (0 = never). ``failure``: the class that the
    text tells; ``happened``: it has worked all the same. ``reboot``: a restart is needed, and until then, when ``unprotected``,
    nothing protects.
    """

    task: str = "any"
    product: str = "any"
    result: str = "ok"
    reason: str = ""
    seconds: float | None = None
    failure: int = 0
    happened: bool = False
    reboot: bool = False
    unprotected: bool = False
    times: int = 0
    used: int = 0

    def fits(self, task: str, products: Sequence[str]) -> bool:
        """Say whether the rule speaks of this task."""
        return (
            self.task in ("any", task)
            and (self.product == "any" or self.product in products)
            and (not self.times or self.used < self.times)
        )


@dataclass
class Machine:
    """A virtual machine: what is true of it whichever server has a record of it."""

    name: str
    ip: int
    platform: str = "windows"
    os_name: str = ""
    domain: str = ""
    agent: bool = True
    agent_version: str = "14.2.0.26967"
    online: bool = True
    online_after: float | None = None
    """Seconds after the load of the world at which the machine goes on line."""
    reconnect_delay: float | None = None
    """Seconds from the green task to the record on the new server, None for that of the settings; negative: it never arrives."""
    agent_connected: bool | None = None
    """Whether the agent is connected to its server; None: if the machine is on line. An address may answer for a dead record."""
    connected_at: float | None = None
    visible_at: float | None = None
    """When the agent was connected and the machine seen last, None for what follows from being on line."""
    undeletable: bool = False
    vdi: bool = False
    """A dynamic machine of a virtual desktop infrastructure: its agent announces the end, and the record goes by itself."""
    application: str = "running"
    real_time_protection: str = "running"
    databases: str = "fresh"
    svm: str | None = None
    """What the Light Agent is said to have: connected, none, or None for what the SVMs of this world offer it."""
    svm_of: str = ""
    """Address of the hypervisor that this machine is an SVM of."""
    generation: str = ""
    serves: list[str] = field(default_factory=list)
    key: Key | None = None
    removal_password: str = ""
    products: dict[str, Installed] = field(default_factory=dict)
    os_accounts: dict[str, str] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    reboot_required: bool = False
    reboot_reason: int = 0
    listed: tuple[float, dict[str, Installed]] | None = None
    """What the servers list instead of ``products``, until that time."""
    switched: tuple[float, bool] | None = None
    """When the machine last went on or off line, as far as anybody has noticed, and what it was before."""
    seen_online: bool | None = None
    done: list[str] = field(default_factory=list)
    """What tasks did to the machine, in order: ``install KSVLA``, ``remove KSVLA``, ``reconnect Tenant A``."""

    def products_at(self, now: float) -> dict[str, Installed]:
        """The products that servers list at a time: they follow with the agent's next synchronization."""
        return self.listed[1] if self.listed is not None and now < self.listed[0] else self.products

    def online_at(self, now: float, delay: float) -> bool:
        """What a server believes: it learns ``delay`` seconds later that the machine went on or off line."""
        if self.seen_online is not None and self.seen_online != self.online:
            self.switched = (now, self.seen_online)
        self.seen_online = self.online
        return self.switched[1] if self.switched is not None and now - self.switched[0] < delay else self.online

    def licensed(self, now: float) -> bool:
        """Say whether an SVM has a key that is good."""
        return self.key is not None and self.key.expires > now

    @property
    def address(self) -> str:
        """Dotted IPv4 address."""
        return str(ipaddress.IPv4Address(self.ip))

    def need_restart(self, unprotected: bool) -> None:
        """Note that a restart is needed; the reasons are bits whose numbers are made up: 1 an update ends with it, 2 nothing works before."""
        self.reboot_required, self.reboot_reason = True, 2 if unprotected else 1
        if unprotected:
            self.real_time_protection = "stopped"

    def restart(self) -> None:
        """Restart: what waited for it works."""
        if self.reboot_reason & 2:
            self.real_time_protection = "running"
        self.reboot_required, self.reboot_reason = False, 0
        self.done.append("restart")

    def install(self, package: Package, when: float) -> None:
        """Install a package, over an old version if there is one."""
        self.products[package.product] = Installed(package.product, package.version, package.display_version, when)
        self.done.append("install %s" % package.product)

    def outcome(self, task: str, products: Sequence[str]) -> Outcome:
        """Return the first rule that fits, or success; the rule's use is counted."""
        for rule in self.outcomes:
            if rule.fits(task, products):
                rule.used += 1
                return rule
        return Outcome()
