# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The sessions of one module run: the primary Administration Server and the virtual ones, each opened when first used."""

from __future__ import annotations

import typing as t

from ..._core.errors import RequestRefused
from ..._core.https import Server
from ..._core.waiting import Clock
from ..api import virtual_servers
from ..api.session import Account, Session


class Servers:
    """A context manager; leaving it ends every session that was opened."""

    def __init__(
        self,
        server: Server,
        account: Account,
        virtual_account: t.Optional[Account] = None,
        *,
        auth_method: str = "session",
        clock: t.Optional[Clock] = None,
    ) -> None:
        self.server = server
        self._account = account
        self._virtual_account = virtual_account
        self._auth_method = auth_method
        self._clock = clock
        self._sessions: dict[t.Optional[str], Session] = {}

    def __enter__(self) -> Servers:
        return self

    def __exit__(self, *error: t.Any) -> None:
        for session in self._sessions.values():
            session.close()

    @property
    def primary(self) -> Session:
        return self._session(None, self._account)

    def on(self, virtual_server: t.Optional[str]) -> Session:
        """The logged-in session on a virtual server, or on the primary for None.

        :raises InputError: the primary knows no virtual server of this name
        """
        if virtual_server is None:
            return self.primary
        return self._session(virtual_server, self._virtual_account or self._account)

    def _session(self, virtual_server: t.Optional[str], account: Account) -> Session:
        if virtual_server not in self._sessions:
            session = Session(
                self.server,
                account,
                virtual_server=virtual_server,
                auth_method=self._auth_method,
                clock=self._clock,
            )
            self._sessions[virtual_server] = session
            try:
                session.log_in()
            except RequestRefused:
                # How a server refuses an unknown virtual server is not documented: ask the primary. (A refused
                # account is no RequestRefused: the primary is not asked with a password that may be wrong.)
                if virtual_server is not None:
                    virtual_servers.find(self.primary, [virtual_server])
                raise
        return self._sessions[virtual_server]
