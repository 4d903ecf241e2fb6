# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The options that VIIS modules share, as pieces of argument specs, and the session that they describe."""

from __future__ import annotations

from ..._core.module import ON_FAILURE, WAIT, Context, Spec, from_environment
from ..api import wire
from ..api.session import Session

__all__ = ["CONNECTION", "ON_FAILURE", "WAIT", "server"]

TITLE = "Integration Server"
TRUST_HINT = "Set ca_path to the certificate of the Integration Server in PEM form, and name the server as the certificate does."

CONNECTION = Spec(
    {
        "server": from_environment("VIIS_SERVER", type="str", required=True),
        "port": from_environment("VIIS_PORT", type="int", default=7271),
        "username": from_environment("VIIS_USERNAME", type="str", default="admin"),
        "password": from_environment("VIIS_PASSWORD", type="str", required=True, no_log=True),
        "validate_certs": from_environment("VIIS_VALIDATE_CERTS", type="bool", default=True),
        "ca_path": from_environment("VIIS_CA_PATH", type="path"),
        "request_timeout": {"type": "float", "default": 60},
        "wire_types": {"type": "str", "default": "documented", "choices": list(wire.WIRE_TYPES)},
    }
)


def server(context: Context) -> Session:
    """The session that the options describe; nothing is opened yet."""
    params = context.params
    return Session(
        context.server(TITLE, TRUST_HINT),
        params["username"],
        params["password"],
        wire_types=params["wire_types"],
        clock=context.clock,
    )
