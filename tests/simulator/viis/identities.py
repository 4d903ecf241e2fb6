# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a made-up machine shows to prove who it is: a TLS certificate or an SSH host key.

Both are made from the machine's address, so that thumbprints are the same in every run and can be written into a playbook.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import struct
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

HTTPS, SSH = "https", "ssh"
DAY = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)


@dataclass(frozen=True)
class Identity:
    """A certificate or key. ``thumbprint``: SHA-1 of the DER certificate or SHA-256 of the key blob, upper-case hex."""

    thumbprint: str
    data: str


def of_certificate(der: bytes) -> Identity:
    """Return the identity of a TLS certificate."""
    return Identity(hashlib.sha1(der, usedforsecurity=False).hexdigest().upper(), base64.b64encode(der).decode())


@lru_cache(maxsize=4096)
def made_up(kind: str, address: str, renewed: bool = False) -> Identity:
    """Return the identity of the machine at ``address`` (host:port), another one after it was ``renewed``."""
    label = "%s %s%s" % (kind, address, " renewed" if renewed else "")
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(label.encode("utf-8")).digest())
    if kind == SSH:
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        blob = b"".join(struct.pack(">I", len(part)) + part for part in (b"ssh-ed25519", public))
        return Identity(hashlib.sha256(blob).hexdigest().upper(), base64.b64encode(blob).decode())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address.rpartition(":")[0][:64])])
    certificate = x509.CertificateBuilder(
        subject_name=name,
        issuer_name=name,
        public_key=key.public_key(),
        not_valid_before=DAY,
        not_valid_after=DAY + datetime.timedelta(days=3650),
        serial_number=1 + int.from_bytes(hashlib.sha256(label.encode("utf-8")).digest()[:8], "big"),
    ).sign(key, None)
    return of_certificate(certificate.public_bytes(Encoding.DER))


def same_thumbprint(one: str, other: str) -> bool:
    """Compare thumbprints without case, colons, dashes and spaces."""
    return plain(one) == plain(other)


def plain(thumbprint: str) -> str:
    """Return the hexadecimal digits alone."""
    return "".join(character for character in thumbprint.upper() if character not in ":- ")
