# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

"""A new generation of SVMs: whether a new SVM is ready, and whether nobody needs an old one any more (contract day-two.md, section 4).

An old SVM may go when no host of any server has a Light Agent of the old generation. What could not be looked at is no proof.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError, AnsibleFilterError

from ._outcome import is_gone
from ._steps import ROLES, Data, Returned, request_in, request_variable

Hostvars = t.Mapping[str, t.Any]

SHOWN = 10  # old Light Agents that the line of an SVM names; the report names all
ACTIVATED, CONNECTED, PROVEN, NONE = "activated", "connected", "proven", "none"
REQUIRED = {"svm_status": (ACTIVATED, CONNECTED, NONE), "svm_replacement": (PROVEN, NONE)}
ONBOARDING = "tenant_onboarding"


# -- new SVMs ------------------------------------------------------------------------------------------------------------------


def has_key(entry: Data) -> t.Optional[bool]:
    """Whether an application of an SVM works with a key that has not ended, as ksc_host_info tells; None: not known."""
    keys = entry.get("license_keys")
    if keys is None:
        return None
    return any(key.get("active") and not key.get("expired") for key in keys)


def status(
    host: str,
    request: Data,
    returned: Returned,
    variables: t.Callable[[str], Data],
    required: str = ACTIVATED,
    check_mode: bool = False,
) -> dict[str, t.Any]:
    """What was found of an SVM, and whether that fails it. In a dry run an SVM that is still to be deployed does not."""
    entry = returned.labeled(host)
    if entry is None:
        absent = next((one for call in returned.calls for one in call.get("missing") or () if one.get("label") == host), None)
        failure = returned.failure(request, variables)
        if absent is None:
            msg = str(failure["reason"]) if failure is not None else "its state is not known"
            return _status(None, None, failure is not None or required != NONE, msg)
        told = "it is not known to Kaspersky Security Center: %s" % str(absent.get("reason") or "no record").rstrip(". ")
        fails = required != NONE and not (check_mode and is_gone(absent))
        return _status(False if is_gone(absent) else None, None, fails or absent.get("error") is not None, told)
    key = has_key(entry)
    if not entry.get("agent_alive"):
        return _status(False, key, required != NONE, "its Network Agent is not connected to Kaspersky Security Center")
    known = "it is known to Kaspersky Security Center"
    if key:
        ends = [str(one["expires"]) for one in entry["license_keys"] if one.get("active") and one.get("expires")]
        return _status(True, True, False, "%s, and has a license key%s" % (known, " until %s" % max(ends) if ends else ""))
    if key is False:
        what = "its license key has expired" if any(one.get("active") for one in entry["license_keys"]) else "it has no license key"
        activate = "activate it with the task Solution activation of Kaspersky Security Center"
        return _status(True, False, required == ACTIVATED, "%s, and %s: %s" % (known, what, activate))
    why = entry.get("license_keys_reason") or "the server does not report it"
    if request.get("activated"):
        return _status(True, None, False, "%s; ksv_svm_activated says that it has a license key (%s)" % (known, why))
    look = "check it in the console, activate it if it has none, and set ksv_svm_activated"
    return _status(
        True, None, required == ACTIVATED, "%s; it cannot be determined whether it has a license key (%s): %s" % (known, why, look)
    )


def _status(connected: t.Optional[bool], key: t.Optional[bool], failed: bool, msg: str) -> dict[str, t.Any]:
    return {"changed": False, "failed": failed, "connected": connected, "has_key": key, "msg": msg}


# -- old Light Agents ----------------------------------------------------------------------------------------------------------


def old_products(hostvars: Hostvars) -> list[dict[str, t.Any]]:
    """What is an old Light Agent: any version of an application of the inventory but the one that the inventory declares.

    Where it declares several, nobody knows which of them need the old SVMs.
    """
    declared: dict[str, tuple[str, list[str]]] = {}
    for host in hostvars:
        product = _product(hostvars, host)
        if product.get("name") and product.get("version"):
            _name, versions = declared.setdefault(str(product["name"]).casefold(), (str(product["name"]), []))
            if str(product["version"]) not in versions:
                versions.append(str(product["version"]))
    several = ["%s %s" % (name, ", ".join(versions)) for name, versions in declared.values() if len(versions) > 1]
    if not declared or several:
        why = "the inventory declares several versions: %s" % "; ".join(several)
        why = why if several else "no host of the inventory has ksv_product with name and version"
        raise AnsibleFilterError("It cannot be determined which Light Agents are old, because %s. Set svm_replacement_old_products." % why)
    return [{"name": name, "except_versions": versions} for name, versions in declared.values()]


def _product(hostvars: Hostvars, host: str) -> Data:
    """What a host declares. One that cannot be read is an error: what it names would not be looked for."""
    product = _reader(hostvars)(host).get("ksv_product")
    if product is not None and "{{" in str(product):
        try:
            product = hostvars[host].get("ksv_product")
        except AnsibleError as error:
            raise AnsibleFilterError("ksv_product of %s cannot be read: %s" % (host, str(error).rstrip("."))) from None
    return product if isinstance(product, t.Mapping) else {}


def tenant_accounts(hostvars: Hostvars) -> list[dict[str, t.Any]]:
    """The accounts on virtual servers of the hosts that this run has worked on, one for each virtual server."""
    found: dict[t.Any, dict[str, t.Any]] = {}
    for request in _requests(hostvars).values():
        account = request.get("account")
        if account:
            found.setdefault(account["name"], dict(account))
    return list(found.values())


def upgrading(hostvars: Hostvars) -> set[tuple[t.Any, t.Any]]:
    """The hosts, by virtual server and address, that a dry run says would be upgraded; those to be moved are on the primary server."""
    found: set[tuple[t.Any, t.Any]] = set()
    read = _reader(hostvars)
    for host, request in _requests(hostvars).items():
        result = read(host).get("%s_result" % ONBOARDING)
        if isinstance(result, t.Mapping) and result.get("changed") and not result.get("failed"):
            (wanted,) = request["steps"]["tenant_onboarding_move"]
            found |= {(wanted["virtual_server"], wanted["ip"]), (None, wanted["ip"])}
    return found


def _requests(hostvars: Hostvars) -> dict[str, Data]:
    read = _reader(hostvars)
    found = ((host, request_in(read(host).get(request_variable(ONBOARDING)))) for host in hostvars)
    return {host: request for host, request in found if request is not None}


def _reader(hostvars: Hostvars) -> t.Callable[[str], Data]:
    """How to get at what tasks have registered, which holds no templates."""
    return getattr(hostvars, "raw_get", hostvars.__getitem__)


def lacking(proof: Returned, upgraded: t.Container[tuple[t.Any, t.Any]] = ()) -> list[str]:
    """What is missing for the proof, one line each: old Light Agents, and servers that could not be looked at."""
    lines = [
        _old(entry) for entry in proof.entries() if "product" in entry and (entry.get("virtual_server"), entry.get("ip")) not in upgraded
    ]
    for call in proof.calls:
        for server in call.get("servers") or ():
            if server.get("reason"):
                lines.append("%s could not be searched: %s" % (_where(server), str(server["reason"]).rstrip(". ")))
    return list(dict.fromkeys(lines))


def _old(entry: Data) -> str:
    version = entry.get("version") or "in an unknown version"
    build = " (build %s)" % entry["build"] if entry.get("build") else ""
    last = entry.get("last_agent_connection")
    seen = "last connected at %s" % last if last else "never connected, as far as is known"
    if not last and entry.get("last_visible"):
        seen = "last seen at %s" % entry["last_visible"]
    return "%s: %s (%s) has %s %s%s, %s" % (
        _where(entry),
        entry.get("name"),
        entry.get("ip") or "no address",
        entry.get("product"),
        version,
        build,
        seen,
    )


def _where(entry: Data) -> str:
    return str(entry.get("virtual_server") or "primary server")


def looked(proof: t.Any) -> Returned:
    return Returned(ROLES["svm_replacement"]["svm_replacement_proof"], proof)


def report(proof: t.Any) -> list[str]:
    """What is missing for the proof, or that nothing is."""
    return lacking(looked(proof)) or ["no host has an old Light Agent: %s" % _scope(looked(proof))]


def _scope(proof: Returned) -> str:
    count = sum(len(call.get("servers") or ()) for call in proof.calls)
    return "%d server%s searched" % (count, " was" if count == 1 else "s were")


def proof(
    request: Data,
    returned: Returned,
    variables: t.Callable[[str], Data],
    required: str = PROVEN,
    upgraded: t.Container[tuple[t.Any, t.Any]] = (),
) -> dict[str, t.Any]:
    """Whether the SVM that a host replaces may go. ``upgraded``: hosts that a dry run would have upgraded by now."""
    failure = returned.failure(request, variables)
    if failure is not None or not returned.ran:
        why = "old Light Agents were not searched for" if failure is None else str(failure["reason"])
        return {"changed": False, "failed": True, "lacking": [why], "msg": why}
    lines = lacking(returned, upgraded)
    if not lines:
        return {"changed": False, "failed": False, "lacking": [], "msg": "no host needs the old SVM: %s" % _scope(returned)}
    more = ["and %d more" % (len(lines) - SHOWN)] if len(lines) > SHOWN else []
    told = "; ".join([*lines[:SHOWN], *more])
    verdict = "the old SVM is not removed" if required == PROVEN else "the old SVM is removed nevertheless"
    return {"changed": False, "failed": required == PROVEN, "lacking": lines, "msg": "%s: %s" % (verdict, told)}
