# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""One host of ksc_remote_install: what an entry may say, and what is known of the host from plan to result."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.entries import EntryList
from ..._core.plan import Change
from ..api.groups import GroupPath
from ..api.hosts import Host, Product
from . import selection
from .selection import HostEntry
from .servers import Name
from .task_run import TaskHost

HOSTS = EntryList(
    "hosts",
    own=selection.OPTIONS,
    inherited={
        "virtual_server": {"type": "str"},
        "product": {
            "type": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "version": {"type": "str"},
                "display_version": {"type": "str"},
            },
        },
        "agent": {
            "type": "dict",
            "default": {},
            "options": {"name": {"type": "str", "default": "1103"}, "version": {"type": "str", "default": "1.0.0.0"}},
        },
        "group": {"type": "str"},
        "create_group": {"type": "bool", "default": False},
        "os_username": {"type": "str"},
        "os_password": {"type": "str", "no_log": True},
        "removal_password": {"type": "str", "no_log": True},
        "password_format": {"type": "str", "default": "plain", "choices": ["plain", "protected"], "no_log": False},
    },
    entry=selection.RULES,
)


@dataclass(eq=False)
class InstalledHost:
    """One host: what is wanted of it, its record, what it has, and the task that brings it there."""

    entry: HostEntry
    host: Host
    product: Product  # to install, or the one to remove: of the version that is there
    has: t.Optional[bool]
    change: Change
    task: TaskHost
    confirmed: bool = False  # it is as wanted by now, and the server says so
    silent: str = ""  # why the last look at it failed
    build: t.Optional[str] = None  # the build that is there, where another one is wanted
    packages: tuple[int, ...] = ()
    group: t.Optional[GroupPath] = None

    @property
    def server(self) -> Name:
        return self.entry.virtual_server

    @property
    def wanted_build(self) -> t.Optional[str]:
        display_version: t.Optional[str] = self.entry.options["product"]["display_version"]
        return display_version

    @property
    def account(self) -> t.Optional[tuple[str, str, str]]:
        options = self.entry.options
        return None if options["os_username"] is None else (options["os_username"], options["os_password"], options["password_format"])
