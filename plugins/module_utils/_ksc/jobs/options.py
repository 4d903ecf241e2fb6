# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The options that KSC modules share, as pieces of argument specs, and the servers that they describe."""

from __future__ import annotations

from ..._core.module import ON_FAILURE, WAIT, Context, Spec, from_environment
from ..api.session import Account
from . import selection
from .servers import Servers

__all__ = ["ACCOUNTS", "CONNECTION", "HOSTS", "TASK", "VIRTUAL_SERVER", "WAIT", "servers"]

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
ACCOUNTS = Spec(
    {
        "virtual_servers": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "name": {"type": "str", "required": True},
                "username": {"type": "str", "required": True},
                "password": {"type": "str", "required": True, "no_log": True},
                "domain": {"type": "str"},
                "internal_user": {"type": "bool", "default": True},
            },
        },
        "virtual_server_username": {"type": "str"},
        "virtual_server_password": {"type": "str", "no_log": True},
        "virtual_server_domain": {"type": "str"},
        "virtual_server_internal_user": {"type": "bool", "default": True},
    },
    required_together=[("virtual_server_username", "virtual_server_password")],
)
VIRTUAL_SERVER = ACCOUNTS + Spec({"virtual_server": {"type": "str"}})
HOSTS = Spec(
    {
        **{kind: {"type": "list", "elements": "str"} for kind in selection.KINDS},
        "missing": {"type": "str", "default": "fail", "choices": ["fail", "ignore"]},
        "duplicates": {"type": "str", "default": "fail", "choices": ["fail", "connected"]},
    },
    required_one_of=[(*selection.KINDS, "hosts")],
)
TASK = (
    WAIT
    + ON_FAILURE
    + Spec(
        {
            "keep_task": {"type": "str", "default": "failed", "choices": ["always", "failed", "never"]},
            "task_size": {"type": "int", "default": 1000},
            "wait_for": {"type": "str", "default": "connected", "choices": ["connected", "all"]},
            "start_timeout": {"type": "float", "default": 300},
        }
    )
)


def servers(context: Context) -> Servers:
    """The sessions that the options describe; nothing is opened yet."""
    params = context.params
    account = Account(params["username"], params["password"], params["domain"], params["internal_user"])
    virtual_account = None
    if params.get("virtual_server_username") is not None:
        virtual_account = Account(
            params["virtual_server_username"],
            params["virtual_server_password"],
            params["virtual_server_domain"],
            params["virtual_server_internal_user"],
        )
    accounts = {
        one["name"]: Account(one["username"], one["password"], one["domain"], one["internal_user"])
        for one in params.get("virtual_servers") or ()
    }
    return Servers(
        context.server(TITLE, TRUST_HINT),
        account,
        virtual_account,
        accounts=accounts,
        auth_method=params["auth_method"],
        clock=context.clock,
    )
