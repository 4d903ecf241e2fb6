# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

"""What the role tenant_status tells once: how many hosts are protected, what tenants have in common, and drift from the inventory."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleError

from . import _outcome
from ._steps import ROLES, Data, Returned

SHOWN = 10  # hosts that a line names; the registered result has all
# The variables that say how Kaspersky Security Center knows a host of the inventory.
ADDRESSES = ("ksv_ip", "ansible_host")
NUMBERED = re.compile(r"~~\d+$")  # a second record of a name


def _looked(look: t.Any) -> Returned:
    return Returned(ROLES["tenant_status"]["tenant_status_look"], look)


def count(hosts: t.Sequence[str], look: t.Any) -> str:
    """How many hosts are protected, as a sentence."""
    returned = _looked(look)
    states = [_outcome.state(entry) for entry in returned.entries()]
    gone = sum(_outcome.is_gone(absent) for call in returned.calls for absent in call.get("missing") or ())
    protected, unprotected = states.count(_outcome.PROTECTED), states.count(_outcome.UNPROTECTED) + gone
    words = ["%d of %d hosts are protected" % (protected, len(hosts))]
    if unprotected:
        words.append("%d %s not" % (unprotected, _are(unprotected)))
    unknown = len(hosts) - protected - unprotected
    if unknown > 0:
        words.append("%d %s unknown" % (unknown, _are(unknown)))
    installed = sum(bool(entry.get("has_product")) for entry in returned.entries())
    return "%s; the application is installed on %d" % (", ".join(words), installed)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def report(look: t.Any, hostvars: t.Mapping[str, t.Any]) -> list[str]:
    """What hosts of tenants have in common and what the inventory does not know, one line each."""
    calls = _looked(look).calls
    servers = [server for call in calls for server in call.get("servers") or ()]
    lines = [line for server in servers for line in _groups(server)]
    lines += [line for server in servers for line in _keys(server)]
    return list(dict.fromkeys(lines)) + _undeclared(undeclared(calls, hostvars))


def _groups(server: Data) -> t.Iterator[str]:
    for group in server.get("groups") or ():
        where = "%s, %s" % (server.get("virtual_server") or "primary server", group.get("path") or "Managed devices")
        if group.get("shows_missing_svm") is False:
            yield "%s: the condition suggested_by_product is turned off for the group, so a missing SVM is not shown" % where
        if group.get("policies") is not None and not any(policy.get("active") for policy in group["policies"]):
            yield "%s: no active policy applies to the group" % where
        for reason in group.get("reasons") or ():
            yield "%s: %s" % (where, reason)


def _keys(server: Data) -> t.Iterator[str]:
    where = server.get("virtual_server") or "primary server"
    if server.get("license_keys") is None:
        yield "%s: it is not known when license keys expire: %s" % (where, server.get("license_keys_reason"))
    for key in sorted(server.get("license_keys") or (), key=lambda key: str(key.get("expires"))):
        used = "" if key.get("hosts") is None else ", %s of %s devices use it" % (key["hosts"], key.get("limit") or "unlimited")
        yield "%s: the license key for %s expires at %s%s" % (
            where,
            key.get("product") or "an application",
            key.get("expires") or "no date",
            used,
        )


def undeclared(calls: t.Iterable[Data], hostvars: t.Mapping[str, t.Any]) -> list[Data]:
    """The hosts of the servers that are not in the inventory."""
    found = [host for call in calls for host in call.get("undeclared") or ()]
    if not found:
        return []
    declared = _declared(hostvars)
    return [host for host in found if host.get("ip") not in declared and NUMBERED.sub("", str(host.get("name"))).casefold() not in declared]


def _undeclared(found: t.Sequence[Data]) -> list[str]:
    strangers: dict[str, list[str]] = {}
    for host in found:
        where = str(host.get("virtual_server") or "primary server")
        strangers.setdefault(where, []).append("%s (%s, %s)" % (host.get("name"), host.get("ip"), _place(host)))
    return [
        "%s: %d %s not in the inventory: %s" % (where, len(names), "host is" if len(names) == 1 else "hosts are", _shown(names))
        for where, names in strangers.items()
    ]


def _place(host: Data) -> str:
    return str(host.get("group") or "Managed devices")


def _shown(names: t.Sequence[str]) -> str:
    more = ["and %d more" % (len(names) - SHOWN)] if len(names) > SHOWN else []
    return ", ".join([*names[:SHOWN], *more])


def _declared(hostvars: t.Mapping[str, t.Any]) -> set[str]:
    """Addresses and names of all hosts of the inventory, whether or not they are in the play."""
    declared = set()
    raw = getattr(hostvars, "raw_get", hostvars.__getitem__)
    for host in hostvars:
        declared |= {str(host), str(host).casefold()}
        variables = raw(host)
        for name in ADDRESSES:
            value = variables.get(name)
            if isinstance(value, str) and "{{" in value:
                value = _templated(hostvars, host, name)
            if value is not None:
                declared.add(str(value))
    return declared


def _templated(hostvars: t.Mapping[str, t.Any], host: str, name: str) -> t.Any:
    try:
        return hostvars[host].get(name)
    except AnsibleError:
        return None
