# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 2 to 4: reading certificates and keys, and the list of trusted ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .calls import Call, Reply
from .errors import ApiError
from .identities import HTTPS, SSH, Identity, made_up, of_certificate, plain
from .peer import certificate_of
from .schema import split_address

if TYPE_CHECKING:
    from .server import Server


class Trust:
    """The rules: which thumbprints are accepted at which host:port."""

    def __init__(self) -> None:
        self._rules: set[tuple[str, str]] = set()

    def add(self, address: str, thumbprint: str) -> bool:
        """Add a rule and say whether it is new."""
        rule = (address.lower(), plain(thumbprint))
        new = rule not in self._rules
        self._rules.add(rule)
        return new

    def accepts(self, address: str, thumbprint: str) -> bool:
        """Say whether there is a rule for it."""
        return (address.lower(), plain(thumbprint)) in self._rules

    def rules(self) -> list[dict[str, str]]:
        """Return all rules."""
        return [{"address": address, "thumbprint": thumbprint} for address, thumbprint in sorted(self._rules)]


def identity(server: Server, kind: str, address: str) -> Identity:
    """Return what the made-up machine at host:port shows now."""
    return made_up(kind, address.lower(), address.lower() in {item.lower() for item in server.settings.renewed})


def trusted(server: Server, kind: str, address: str) -> bool:
    """Say whether the made-up machine at host:port is trusted."""
    return server.trust.accepts(address, identity(server, kind, address).thumbprint)


def _address(call: Call) -> str:
    address = call.parameter("address")
    if not address or not split_address(address):
        raise ApiError(400, "BadRequest", "The request is wrong.", {"address": ["host:port is needed"]})
    return address


def _answer(server: Server, address: str, found: Identity) -> dict[str, Any]:
    bare = address.rpartition(":")[0] if server.settings.certificate_address == "bare" else address
    accepted = server.settings.is_accepted == "always" or server.trust.accepts(address, found.thumbprint)
    return {
        "address": bare,
        "thumbprint": found.thumbprint,
        "data": found.data,
        "viisValidationResult": {"isAccepted": accepted, "validationWarnings": [], "validationErrors": []},
    }


def _unreachable(address: str) -> ApiError:
    return ApiError(400, "NetworkError", "Nothing answers at %s." % address)


async def get_certificate(server: Server, call: Call) -> Any:
    """GET /sslConfig/getCertificate: of a made-up machine, or really read over TLS from another simulated server."""
    address = _address(call)
    with server.lock:
        if server.platforms.identified(HTTPS, address):
            return _answer(server, address, identity(server, HTTPS, address))
        target = server.resolve(address)
    if target is None:
        raise _unreachable(address)
    try:
        der = await asyncio.to_thread(certificate_of, *target)
    except OSError as error:
        raise _unreachable(address) from error
    with server.lock:
        return _answer(server, address, of_certificate(der))


def get_ssh_key(server: Server, call: Call) -> Any:
    """GET /sshConfig/getSshKey."""
    address = _address(call)
    if not server.platforms.identified(SSH, address):
        raise _unreachable(address)
    return _answer(server, address, identity(server, SSH, address))


def trust_certificate(server: Server, call: Call) -> Any:
    """POST /sslConfig/certificateValidator/rules; any thumbprint is taken, a wrong one shows when connecting."""
    ssh = server.platforms.identified(SSH, call.body["address"])
    if ssh and server.settings.ssh_rules == "sshConfig":
        raise ApiError(400, "NotACertificate", "SSH keys are not trusted here.")
    return _add(server, call)


def trust_ssh_key(server: Server, call: Call) -> Any:
    """POST /sshConfig/certificateValidator/rules, which no document mentions (A-08)."""
    return _add(server, call)


def _add(server: Server, call: Call) -> Any:
    if not server.trust.add(call.body["address"], call.body["thumbprint"]) and server.settings.duplicate_rule == 409:
        raise ApiError(409, "RuleExists", "This certificate is trusted already.")
    return Reply()
