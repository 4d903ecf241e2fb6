# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority that lives as long as one simulator."""

from __future__ import annotations

import ssl

import trustme

NAMES = ("127.0.0.1", "localhost", "::1")


class Authority:
    """A CA made at start, and a certificate of it for the loopback names, one for each server."""

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name="ksv.light_agent simulator")
        self._certificates: dict[str, trustme.LeafCert] = {}

    def pem(self) -> str:
        """Return the CA's certificate (no key) as PEM."""
        return self._ca.cert_pem.bytes().decode("ascii")

    def context(self, name: str) -> ssl.SSLContext:
        """Return a TLS context for the server of that name, with the certificate that it keeps."""
        if name not in self._certificates:
            self._certificates[name] = self._ca.issue_cert(*NAMES)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._certificates[name].configure_cert(context)
        return context
