# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

"""What became of a host, for its line in the recap: changed, failed, a sentence and its own diff."""

from __future__ import annotations

import typing as t

from ansible_collections.ksv.light_agent.plugins.module_utils._core.naming import printable

from ._steps import FAILED, MISSING, PENDING, ROLES, Data, Returned, Step, history

UNCHANGED = "unchanged"
# Whoever has one of these has not been changed.
QUIET = (UNCHANGED, MISSING, PENDING, FAILED)


def outcome(
    host: str,
    request: Data,
    returned: t.Callable[[str], Returned],
    variables: t.Callable[[str], Data],
    pending_ok: bool = False,
) -> dict[str, t.Any]:
    """The result of a host after the steps of its role."""
    past, _goes_on = history(host, request, returned, variables)
    steps = ROLES[request["role"]]
    told = [(steps[name], result) for name, results in past.items() for result in results]
    worth = [(step, result) for step, result in told if _tells(step, result)]
    # What hosts share is worth a word where it is all there is to tell, such as after --tags tenant_onboarding_packages.
    texts = _texts(worth or [(step, result) for step, result in told if step.shared and not step.rehearsal])
    diffs = [_diff(host, step, result) for step, result in told if result.get("diff") and not step.shared and not step.rehearsal]
    found = {
        "changed": any(result["result"] not in QUIET for step, result in told if not step.rehearsal),
        "failed": any(_failed(step, result, pending_ok) for step, result in told),
        "msg": ", ".join(texts) or "nothing to do",
    }
    if diffs:
        found["diff"] = diffs
    return found


def _failed(step: Step, result: Data, pending_ok: bool) -> bool:
    return step.stops(result) and not (pending_ok and result["result"] == PENDING and not _held(result))


def _held(result: Data) -> bool:
    """Whether the host is in a wave that was not started: nothing goes on there."""
    return result.get("wave") is not None and result.get("task_id") is None


def _tells(step: Step, result: Data) -> bool:
    """Whether a result is worth a word beside the others: a rehearsal is, when nothing follows from it."""
    if step.shared:
        return step.stops(result)
    return not step.rehearsal or result["result"] in (FAILED, UNCHANGED)


def _texts(told: t.Sequence[tuple[Step, Data]]) -> list[str]:
    """Such as ``Tenant A: moved``. What several things have come to for one reason is said once."""
    subjects: dict[tuple[str, str], list[str]] = {}
    for step, result in told:
        if result.get("whole"):
            subjects.setdefault(("", str(result["reason"])), [])
        else:
            reason = str(result.get("reason") or "").rstrip(". ")
            ending = "%s (%s)" % (result["result"], reason) if reason else result["result"]
            # Without a reason, results of different steps stay apart.
            subjects.setdefault((reason and ending, reason or "%s: %s" % (_about(step, result), ending)), []).append(_about(step, result))
    return ["%s: %s" % (", ".join(names), ending) if ending else text for (ending, text), names in subjects.items()]


def _about(step: Step, result: Data) -> str:
    words = [result.get(member) for member in step.about]
    return str(next((word for word in words if word), "primary server" if "virtual_server" in step.about else step.returns))


def _diff(host: str, step: Step, result: Data) -> dict[str, t.Any]:
    header = printable("%s (%s)" % (host, _about(step, result)))
    return {"before_header": header, "after_header": header, **result["diff"]}


# -- how protected a host is ---------------------------------------------------------------------------------------------------


def protection(
    host: str, request: Data, returned: Returned, variables: t.Callable[[str], Data], required: bool = False
) -> dict[str, t.Any]:
    """What was found of a host, and whether that fails it; ``required``: a host that is not protected has failed."""
    wanted = request["steps"]["tenant_status_look"][0]
    entry = returned.labelled(host)
    if entry is not None:
        return _status(entry, wanted["product"], required)
    absent = next((absent for call in returned.calls for absent in call.get("missing") or () if absent.get("label") == host), None)
    if absent is not None:
        reason = str(absent.get("reason") or "no record").rstrip(". ")
        failed = required or absent.get("error") is not None
        return {"changed": False, "failed": failed, "protected": False, "msg": "%s: %s" % (wanted["virtual_server"], reason)}
    failure = returned.failure(request, variables)
    msg = failure["reason"] if failure is not None else "%s: nothing is known of it" % wanted["virtual_server"]
    return {"changed": False, "failed": failure is not None or required, "protected": False, "msg": msg}


def is_protected(entry: Data) -> bool:
    """Whether a host that was found has its application, and a Network Agent that is connected."""
    return bool(entry.get("has_product")) and bool(entry.get("agent_alive"))


def _status(entry: Data, product: Data, required: bool) -> dict[str, t.Any]:
    group = entry.get("group")
    place = "Managed devices" if group == "" else group or "group %s" % entry.get("group_id")
    has = {True: "installed", False: "not installed"}.get(t.cast(bool, entry.get("has_product")), "unknown")
    words = [
        "%s %s %s" % (product["name"], product["version"], has),
        "agent connected" if entry.get("agent_alive") else "agent not connected",
    ]
    if entry.get("status"):
        words.append("status %s" % entry["status"])
    if entry.get("restart_required"):
        words.append("restart required")
    protected = is_protected(entry)
    return {
        "changed": False,
        "failed": required and not protected,
        "protected": protected,
        "msg": "%s, %s: %s" % (entry.get("virtual_server"), place, ", ".join(words)),
    }
