# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The sessions of one module run: the primary Administration Server and the virtual ones, each opened when first used, and kept."""

from __future__ import annotations

import typing as t

from ..._core import ending, parallel
from ..._core.errors import AuthenticationFailed, CollectionError, RequestRefused, ServerUnreachable
from ..._core.https import Server
from ..._core.waiting import Clock
from ..api import virtual_servers
from ..api.session import Account, Session

Name = t.Optional[str]  # of a virtual server; None is the primary one


class Servers:
    """A context manager; leaving it ends every session that was opened.

    A refused account is not tried again: neither on the same server nor, until some server has accepted it, on another.
    """

    def __init__(
        self,
        server: Server,
        account: Account,
        virtual_account: t.Optional[Account] = None,
        *,
        accounts: t.Optional[t.Mapping[str, Account]] = None,
        auth_method: str = "session",
        clock: t.Optional[Clock] = None,
    ) -> None:
        """``virtual_account``: for virtual servers without one of their own in ``accounts``; without it, ``account``."""
        self.server = server
        self._account = account
        self._virtual_account = virtual_account or account
        self._accounts = accounts or {}
        self._auth_method = auth_method
        self._clock = clock
        self._sessions: dict[Name, Session] = {}
        self._refused: dict[Name, CollectionError] = {}
        self._accepted: set[Account] = set()

    def __enter__(self) -> Servers:
        return self

    def __exit__(self, *error: t.Any) -> None:
        with ending.held_back():
            parallel.each(self._sessions.values(), Session.close)

    @property
    def primary(self) -> Session:
        """
        :raises CollectionError: the login did not work
        """
        return self.on(None)

    def on(self, name: Name) -> Session:
        """The logged-in session on a virtual server, or on the primary for None.

        :raises InputError: the primary knows no virtual server of this name
        :raises CollectionError: the login did not work
        """
        refusal = self.open([name]).get(name)
        if refusal is not None:
            raise refusal
        return self._sessions[name]

    def describe(self, name: Name, with_primary: bool = False) -> str:
        """A server in a message; ``with_primary``: a virtual server and the primary one."""
        if name is None:
            return str(self.server)
        if with_primary:
            return 'virtual server "%s" and the primary server %s' % (name, self.server.address)
        return 'virtual server "%s" of %s' % (name, self.server)

    def describe_all(self, names: t.Iterable[Name]) -> str:
        """Where objects of several servers are, in a message."""
        different = set(names)
        return self.describe(different.pop()) if len(different) == 1 else str(self.server)

    def open(self, names: t.Iterable[Name]) -> dict[Name, CollectionError]:
        """Log in to these servers, side by side; those that did not work, each with its error.

        :raises ServerUnreachable: which concerns all of them
        """
        names = list(dict.fromkeys(names))
        wanted = [name for name in names if name not in self._sessions and name not in self._refused]
        by_account: dict[Account, list[Name]] = {}
        for name in sorted(wanted, key=lambda name: name is not None):
            by_account.setdefault(self._account_of(name), []).append(name)
        # Accounts lock: what nobody has accepted yet is tried on one server first.
        self._log_in(group.pop(0) for account, group in by_account.items() if account not in self._accepted)
        for account, group in by_account.items():
            error = next((error for name, error in self._refused.items() if self._account_of(name) == account), None)
            if account not in self._accepted and isinstance(error, AuthenticationFailed):
                self._refused.update((name, error) for name in group)
        self._log_in(name for group in by_account.values() for name in group if name not in self._refused)
        return {name: self._refused[name] for name in names if name in self._refused}

    def each(self, names: t.Iterable[Name], work: t.Callable[[Session], None]) -> dict[Name, CollectionError]:
        """Do ``work`` on each server, side by side; the servers where that ended with an error, each with it.

        :raises ServerUnreachable: which concerns all of them
        """
        names = list(dict.fromkeys(names))
        failed = dict(self.open(names))
        for session, error in parallel.each([self._sessions[name] for name in names if name not in failed], work):
            if isinstance(error, ServerUnreachable):
                raise error
            failed[session.virtual_server] = error
        return failed

    def _account_of(self, name: Name) -> Account:
        return self._account if name is None else self._accounts.get(name, self._virtual_account)

    def _log_in(self, names: t.Iterable[Name]) -> None:
        sessions = [
            Session(self.server, self._account_of(name), virtual_server=name, auth_method=self._auth_method, clock=self._clock)
            for name in names
        ]
        for session in sessions:
            self._sessions[session.virtual_server] = session
        with ending.held_back():  # only the answer tells how to end the session
            failed = dict(parallel.each(sessions, Session.log_in))
        for session in sessions:
            error = failed.get(session)
            if error is None:
                self._accepted.add(session.account)
                continue
            del self._sessions[session.virtual_server]
            session.close()
            if isinstance(error, ServerUnreachable):
                raise error
            self._refused[session.virtual_server] = self._explained(session.virtual_server, error)

    def _explained(self, name: Name, error: CollectionError) -> CollectionError:
        """How a server refuses an unknown virtual server is not documented: ask the primary.

        A refused account is no RequestRefused: the primary is not asked with a password that may be wrong.
        """
        if name is None or not isinstance(error, RequestRefused):
            return error
        try:
            virtual_servers.find(self.primary, [name])
        except CollectionError as reason:
            return reason
        return error
