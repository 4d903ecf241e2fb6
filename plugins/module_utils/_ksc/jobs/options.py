# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The options that KSC modules share, as pieces of argument specs, and the servers that they describe."""

from __future__ import annotations

from ..._core.module import WAIT, Context, Spec, from_environment
from ..api.session import Account
from .servers import Servers

__all__ = ["CONNECTION", "HOSTS", "TASK", "VIRTUAL_ACCOUNT", "VIRTUAL_SERVER", "WAIT", "servers"]

TITLE = "Administration Server"
TRUST_HINT = (
    "Set ca_path to the certificate of the Administration Server in PEM form (klserver.cer, on the server under "
    "/var/opt/kaspersky/klnagent_srv/1093/cert or in ProgramData\\KasperskyLab\\adminkit\\1093\\cert), and name the "
    "server as the certificate does."
)


CONNECTION = Spec(
    {
        "server": from_environment("KSC_SERVER", type="str", required=True),
        "port": from_environment("KSC_PORT", type="int", default=13299),
        "username": from_environment("KSC_USERNAME", type="str", required=True),
        "password": from_environment("KSC_PASSWORD", type="str", required=True, no_log=True),
        "domain": from_environment("KSC_DOMAIN", type="str"),
        "internal_user": from_environment("KSC_INTERNAL_USER", type="bool", default=False),
        "auth_method": {"type": "str", "default": "session", "choices": ["session", "login"]},
        "validate_certs": from_environment("KSC_VALIDATE_CERTS", type="bool", default=True),
        "ca_path": from_environment("KSC_CA_PATH", type="path"),
        "request_timeout": {"type": "float", "default": 60},
        "task_profile": {"type": "str", "default": "6.1", "choices": ["6.1", "5.2"]},
    }
)
VIRTUAL_ACCOUNT = Spec(
    {
        "virtual_server_username": {"type": "str"},
        "virtual_server_password": {"type": "str", "no_log": True},
        "virtual_server_internal_user": {"type": "bool"},
    },
    required_together=[("virtual_server_username", "virtual_server_password")],
)
VIRTUAL_SERVER = VIRTUAL_ACCOUNT + Spec({"virtual_server": {"type": "str"}})
HOSTS = Spec(
    {
        "ip": {"type": "list", "elements": "str"},
        "name": {"type": "list", "elements": "str"},
        "id": {"type": "list", "elements": "str"},
        "missing": {"type": "str", "default": "fail", "choices": ["fail", "ignore"]},
    },
    required_one_of=[("ip", "name", "id")],
)
TASK = WAIT + Spec(
    {
        "keep_task": {"type": "str", "default": "failed", "choices": ["always", "failed", "never"]},
        "on_host_failure": {"type": "str", "default": "fail", "choices": ["fail", "report"]},
    }
)


def servers(context: Context) -> Servers:
    """The sessions that the options describe; nothing is opened yet."""
    params = context.params
    account = Account(params["username"], params["password"], params["domain"], params["internal_user"])
    virtual_account = None
    if params.get("virtual_server_username") is not None:
        internal = params["virtual_server_internal_user"]
        virtual_account = Account(
            params["virtual_server_username"],
            params["virtual_server_password"],
            internal=True if internal is None else internal,
        )
    return Servers(
        context.server(TITLE, TRUST_HINT),
        account,
        virtual_account,
        auth_method=params["auth_method"],
        clock=context.clock,
    )
