# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Passwords that a task carries: of the account in the operating system, and of an application that is protected from removal."""

from __future__ import annotations

import typing as t

from ..._core.errors import NoSuchCall
from ..._core.module import Context
from ..api import tasks
from .installed_host import InstalledHost
from .servers import Name, Servers


class TaskPasswords:
    """Each password is handed to each server once."""

    def __init__(self, context: Context, servers: Servers) -> None:
        self._context = context
        self._servers = servers
        self._accounts: dict[tuple[Name, tuple[str, str, str]], tasks.OsAccount] = {}
        self._removal: dict[tuple[Name, str], str] = {}

    def account(self, item: InstalledHost) -> t.Optional[tasks.OsAccount]:
        if item.account is None:
            return None
        key = (item.server, item.account)
        if key not in self._accounts:
            username, password, password_format = item.account
            session = self._servers.on(item.server)
            session.mask(password)
            joined = self._context.params["account_layout"] == "joined"
            account = tasks.OsAccount(username, password, joined)
            if password_format == "protected":
                try:
                    account = tasks.OsAccount(username, tasks.protected(session, password), joined)
                except NoSuchCall:
                    self._context.warn(
                        "%s has no Tasks.ProtectPassword: os_password is sent as the vendor's article shows it, protected by TLS only."
                        % session
                    )
            self._accounts[key] = account
        return self._accounts[key]

    def removal(self, item: InstalledHost) -> t.Optional[str]:
        """The password without which the application of a host is not removed, as a task takes it.

        :raises CollectionError: the server cannot protect it
        """
        password = item.entry.options["removal_password"]
        if password is None:
            return None
        key = (item.server, password)
        if key not in self._removal:
            session = self._servers.on(item.server)
            session.mask(password)
            self._removal[key] = tasks.protected_text(session, password)
            session.mask(self._removal[key])
        return self._removal[key]
