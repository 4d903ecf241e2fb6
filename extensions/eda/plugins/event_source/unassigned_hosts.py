# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source ksv.light_agent.unassigned_hosts for ansible-rulebook."""

from __future__ import annotations

import asyncio
import difflib
import logging
import math
import os
import pathlib
import sys
import typing as t
from concurrent.futures import ThreadPoolExecutor

DOCUMENTATION = r"""
---
short_description: New hosts in Unassigned devices of Kaspersky Security Center
description:
  - Polls Unassigned devices of the primary Administration Server or of virtual Administration Servers, and sends an event when new hosts
    have appeared there.
  - The hosts that one poll finds are one event, so that they can be onboarded together. Of more than 500 hosts there are several events.
  - A host is in one event only, unless it leaves Unassigned devices and comes back, or O(repeat_after) has passed.
  - If a server cannot be reached, or answers that it is not available, the source goes on with growing intervals of up to ten minutes.
  - If an account is refused, the source ends, and so does ansible-rulebook. A password that a server does not accept is never tried
    again, because accounts lock. It also ends if the certificate is not trusted, if a right is missing,
    and if none of the virtual servers exists.
  - The collection must be installed where ansible-rulebook finds it, with ansible-core and requests in the Python environment of ansible-rulebook.
options:
  server:
    description:
      - Address or name of the primary Administration Server.
      - If not set, the environment variable E(KSC_SERVER) is used.
    type: str
    required: true
  port:
    description:
      - Port of KSC OpenAPI on that server.
      - If not set, the environment variable E(KSC_PORT) is used.
    type: int
    default: 13299
  username:
    description:
      - Account on the Administration Servers.
      - If not set, the environment variable E(KSC_USERNAME) is used.
    type: str
    required: true
  password:
    description:
      - Password of O(username).
      - If not set, the environment variable E(KSC_PASSWORD) is used.
    type: str
    required: true
  domain:
    description:
      - Windows domain of O(username), for an account that is not a user of Kaspersky Security Center itself.
      - If not set, the environment variable E(KSC_DOMAIN) is used.
    type: str
  internal_user:
    description:
      - Whether O(username) is a user of Kaspersky Security Center itself (V(true)) or of the operating system or domain (V(false)).
      - If not set, the environment variable E(KSC_INTERNAL_USER) is used.
    type: bool
    default: false
  auth_method:
    description:
      - How to log in; V(session) starts a session, V(login) is the login of the vendor's article.
    type: str
    choices: [session, login]
    default: session
  validate_certs:
    description:
      - Whether to verify the certificate of the server. Set O(ca_path) rather than turning this off.
      - If not set, the environment variable E(KSC_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates to trust, in PEM form, on the machine that runs ansible-rulebook.
      - If not set, the environment variable E(KSC_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE).
    type: path
  request_timeout:
    description:
      - Request timeout in seconds.
    type: float
    default: 60
  primary:
    description:
      - Whether to poll the primary Administration Server. By default only if O(virtual_servers) is empty.
    type: bool
  virtual_servers:
    description:
      - Display names of virtual Administration Servers to poll.
    type: list
    elements: str
    default: []
  name:
    description:
      - Display names of hosts. V(*) stands for any text and V(?) for any character. Without this option hosts of any name are reported.
    type: list
    elements: str
    default: []
  with_agent:
    description:
      - Whether to report only hosts on which Network Agent is installed. Others, such as printers that a poll of the network has found, cannot
        be onboarded.
    type: bool
    default: true
  interval:
    description:
      - Polling interval in seconds.
    type: float
    default: 60
  existing:
    description:
      - Whether hosts that are in Unassigned devices when the source starts are reported. Without them, hosts that appear while
        ansible-rulebook does not run are missed.
    type: bool
    default: true
  repeat_after:
    description:
      - Time in seconds after which a host that is still in Unassigned devices is reported again, such as to try a failed onboarding again. Without
        this option it is reported once.
    type: float
"""

EXAMPLES = r"""
- ksv.light_agent.unassigned_hosts:
    server: ksc.example.com
    username: svc-ansible
    password: "{{ ksc_password }}"
    internal_user: true
    name: [acme-*]
    interval: 60
    repeat_after: 3600
"""

RETURN = r"""
event:
  description: Hosts that have appeared in Unassigned devices.
  contains:
    unassigned_hosts:
      description: The hosts.
      type: dict
      contains:
        server:
          description: Address and port of the primary Administration Server.
          type: str
        count:
          description: Number of hosts.
          type: int
        hosts:
          description:
            - The hosts, each with C(id), C(name), C(ip), C(fqdn), C(virtual_server) (null for the primary server), C(os_name),
              C(os_family) (V(windows), V(linux), V(macos) or null) and C(agent_connected).
          type: list
          elements: dict
"""

# ansible-rulebook runs this file by its path and knows nothing of collections: it lies in .../ansible_collections/ksv/light_agent/...
_COLLECTIONS = pathlib.Path(__file__).absolute().parents[6]
if _COLLECTIONS.name == "ansible_collections":
    sys.path.append(str(_COLLECTIONS.parent))
    import ansible_collections

    if str(_COLLECTIONS) not in ansible_collections.__path__:  # the package named ansible is there, with collections of its own
        ansible_collections.__path__.append(str(_COLLECTIONS))

from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import CollectionError, InputError  # noqa: E402
from ansible_collections.ksv.light_agent.plugins.module_utils._core.https import REQUESTS_ERROR  # noqa: E402
from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Context  # noqa: E402
from ansible_collections.ksv.light_agent.plugins.module_utils._core.naming import printable, quoted  # noqa: E402
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.jobs.unassigned import LASTING, UnassignedHosts  # noqa: E402

AT_ONCE = 500  # hosts of one event
LONGEST_PAUSE = 600.0  # seconds between two polls of a server that does not answer, unless the interval is longer

logger = logging.getLogger(__name__)


def _text(value: t.Any) -> str:
    if isinstance(value, (dict, list)):
        raise ValueError
    return str(value)


def _flag(value: t.Any) -> bool:
    known = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    word = str(value).strip().lower()
    if word not in known:
        raise ValueError
    return known[word]


def _seconds(value: t.Any) -> float:
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError
    return number


def _list(value: t.Any) -> list[str]:
    if isinstance(value, dict):
        raise ValueError
    items = value if isinstance(value, (list, tuple)) else str(value).split(",")
    return [str(item).strip() for item in items if str(item).strip()]


def _method(value: t.Any) -> str:
    if value not in ("session", "login"):
        raise ValueError
    return str(value)


class _Option(t.NamedTuple):
    read: t.Callable[[t.Any], t.Any]
    kind: str
    default: t.Any = None
    variable: str = ""  # of the environment


OPTIONS = {
    "server": _Option(_text, "a text", variable="KSC_SERVER"),
    "port": _Option(int, "a number", 13299, "KSC_PORT"),
    "username": _Option(_text, "a text", variable="KSC_USERNAME"),
    "password": _Option(_text, "a text", variable="KSC_PASSWORD"),
    "domain": _Option(_text, "a text", variable="KSC_DOMAIN"),
    "internal_user": _Option(_flag, "true or false", False, "KSC_INTERNAL_USER"),
    "auth_method": _Option(_method, "session or login", "session"),
    "validate_certs": _Option(_flag, "true or false", True, "KSC_VALIDATE_CERTS"),
    "ca_path": _Option(_text, "a path", variable="KSC_CA_PATH"),
    "request_timeout": _Option(_seconds, "a number of seconds above 0", 60.0),
    "primary": _Option(_flag, "true or false"),
    "virtual_servers": _Option(_list, "a list of names", ()),
    "name": _Option(_list, "a list of names", ()),
    "with_agent": _Option(_flag, "true or false", True),
    "interval": _Option(_seconds, "a number of seconds above 0", 60.0),
    "existing": _Option(_flag, "true or false", True),
    "repeat_after": _Option(_seconds, "a number of seconds above 0"),
}
REQUIRED = ("server", "username", "password")
FROM_RULEBOOK = ("eda_feedback_queue",)


def read_options(args: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options with their types and defaults.

    :raises InputError: one is unknown, missing or of the wrong type
    """
    for name in args:
        if name not in OPTIONS and name not in FROM_RULEBOOK:
            nearest = difflib.get_close_matches(name, OPTIONS, 3, 0.4)
            hint = " The nearest that exist: %s." % quoted(nearest) if nearest else ""
            raise InputError('unassigned_hosts has no option "%s".%s' % (name, hint))
    params = {}
    for name, option in OPTIONS.items():
        value = args.get(name)
        if value in (None, "") and option.variable:
            value = os.environ.get(option.variable)
        try:
            params[name] = option.default if value in (None, "") else option.read(value)
        except (TypeError, ValueError):
            raise InputError("unassigned_hosts: %s is not %s." % (name, option.kind)) from None
        if params[name] is None and name in REQUIRED:
            raise InputError("unassigned_hosts: %s is not set. Give it in the rulebook, or in %s." % (name, option.variable))
    if params["ca_path"]:
        params["ca_path"] = os.path.expanduser(params["ca_path"])
    return params


async def main(queue: asyncio.Queue[t.Any], args: dict[str, t.Any]) -> None:
    """Send events until this is canceled.

    :raises CollectionError: something that does not pass by itself
    """
    if REQUESTS_ERROR is not None:
        raise REQUESTS_ERROR
    params = read_options(args)
    names: list[t.Optional[str]] = list(params["virtual_servers"])
    if params["primary"] or (params["primary"] is None and not names):
        names.insert(0, None)
    if not names:
        raise InputError("unassigned_hosts: primary is false and virtual_servers is empty, so there is no server to poll.")
    choices = {name: params[name] for name in ("with_agent", "existing", "repeat_after")}
    described = dict(params, virtual_servers=[])  # none has an account of its own
    watched = UnassignedHosts(Context(described, logger.warning), names, params["name"], **choices)
    # One thread: sessions are used by one look at a time, and are closed after the last one, also when this is canceled amid a look.
    thread = ThreadPoolExecutor(1, thread_name_prefix="unassigned_hosts")
    try:
        await _watch(queue, watched, params, thread)
    finally:
        thread.submit(watched.close)
        thread.shutdown(wait=False)


async def _watch(queue: asyncio.Queue[t.Any], watched: UnassignedHosts, params: t.Mapping[str, t.Any], thread: ThreadPoolExecutor) -> None:
    loop = asyncio.get_running_loop()
    failures = 0
    refusing: dict[t.Optional[str], str] = {}
    while True:
        try:
            look = await loop.run_in_executor(thread, watched.look)
        except LASTING:
            raise
        except CollectionError as error:
            failures += 1
            pause = max(params["interval"], min(params["interval"] * 2 ** min(failures, 20), LONGEST_PAUSE))
            logger.warning("%s The next poll is in %g s.", printable(error.message), pause)
        else:
            if failures:
                logger.warning("%s answers again.", watched.address)
            failures, pause = 0, params["interval"]
            for name, error in look.failed.items():
                if refusing.get(name) != error.message:  # told once, not at each look
                    logger.warning("%s", printable(error.message))
            refusing = {name: error.message for name, error in look.failed.items()}
            for start in range(0, len(look.hosts), AT_ONCE):
                some = look.hosts[start : start + AT_ONCE]
                await queue.put({"unassigned_hosts": {"server": watched.address, "count": len(some), "hosts": some}})
        await asyncio.sleep(pause)
