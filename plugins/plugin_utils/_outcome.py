# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

"""What became of a host, for its line in the recap: changed, failed, a sentence and its own diff."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import InputError
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
    told = _told(host, request, returned, variables)
    texts = [part.text for part in _worth_telling(told)]
    diffs = [
        _diff(host, step, result)
        for step, result in told
        if result.get("diff") and (step.subject or not step.shared) and not step.rehearsal
    ]
    found = {
        "changed": any(result["result"] not in QUIET for step, result in told if not step.rehearsal),
        "failed": any(_failed(step, result, pending_ok) for step, result in told),
        "msg": ", ".join(texts or _meanings(told)) or "nothing to do",
    }
    if diffs:
        found["diff"] = diffs
    return found


@dataclass
class Part:
    """What one thing, or several for one reason, have come to. Without names it is about all that was to be done."""

    result: str
    reason: str = ""
    names: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Such as ``Tenant A: moved``."""
        if not self.names:
            return self.reason
        return "%s: %s" % (", ".join(self.names), "%s (%s)" % (self.result, self.reason) if self.reason else self.result)


def parts(host: str, request: Data, returned: t.Callable[[str], Returned], variables: t.Callable[[str], Data]) -> list[Part]:
    """What became of a host in the steps of its role, for a report; nothing where nothing was to be done."""
    return _worth_telling(_told(host, request, returned, variables))


def _told(host: str, request: Data, returned: t.Callable[[str], Returned], variables: t.Callable[[str], Data]) -> list[tuple[Step, Data]]:
    past, _goes_on = history(host, request, returned, variables)
    steps = ROLES[request["role"]]
    return [(steps[name], result) for name, results in past.items() for result in results]


def _worth_telling(told: t.Sequence[tuple[Step, Data]]) -> list[Part]:
    worth = [(step, result) for step, result in told if _tells(step, result)]
    # What hosts share is worth a word where it is all there is to tell, such as after --tags tenant_onboarding_packages.
    return _parts(worth or [(step, result) for step, result in told if step.shared and not step.rehearsal])


def _failed(step: Step, result: Data, pending_ok: bool) -> bool:
    return step.stops(result) and not (pending_ok and result["result"] == PENDING and not _held(result))


def _held(result: Data) -> bool:
    """Whether the host is in a wave that was not started: nothing goes on there."""
    return result.get("wave") is not None and result.get("task_id") is None


def _tells(step: Step, result: Data) -> bool:
    """Whether a result is worth a word beside the others: a rehearsal is, when nothing follows from it."""
    if step.shared:
        return step.stops(result) or (step.whole and result["result"] not in QUIET)
    return not step.rehearsal or result["result"] in (FAILED, UNCHANGED)


def _parts(told: t.Sequence[tuple[Step, Data]]) -> list[Part]:
    """What several things have come to for one reason is one part."""
    found: dict[tuple[str, str], Part] = {}
    for step, result in told:
        word, reason = str(result["result"]), str(result.get("reason") or "")
        if result.get("whole"):
            found.setdefault(("", reason), Part(word, reason))
            continue
        reason, about = reason.rstrip(". "), _about(step, result)
        # Without a reason, results of different steps stay apart.
        key = (word, reason) if reason else ("", "%s: %s" % (about, word))
        part = found.setdefault(key, Part(word, reason))
        if reason or not part.names:
            part.names.append(about)
    return list(found.values())


def _meanings(told: t.Sequence[tuple[Step, Data]]) -> list[str]:
    """What rehearsals mean for a host that nothing was done for."""
    return ["%s: %s" % (_about(step, result), step.means[result["result"]]) for step, result in told if result["result"] in step.means]


def _about(step: Step, result: Data) -> str:
    words = [result.get(member) for member in step.about]
    name = str(next((word for word in words if word), "primary server" if "virtual_server" in step.about else step.returns))
    return "%s %s" % (step.noun, name) if step.noun else name


def _diff(host: str, step: Step, result: Data) -> dict[str, t.Any]:
    header = printable("%s (%s)" % (host, _about(step, result)))
    return {"before_header": header, "after_header": header, **result["diff"]}


# -- how protected a host is ---------------------------------------------------------------------------------------------------

PROTECTED, UNPROTECTED, UNKNOWN = "protected", "unprotected", "unknown"
INSTALLED, NONE = "installed", "none"
# What a host may be required to be. True and false stand for the last two, as a switch did before there were three.
REQUIRED = {PROTECTED: PROTECTED, INSTALLED: INSTALLED, NONE: NONE, "true": INSTALLED, "yes": INSTALLED, "false": NONE, "no": NONE}


NO_RECORD = "it is declared but has no record"


def protection(
    host: str,
    request: Data,
    returned: Returned,
    variables: t.Callable[[str], Data],
    required: str = NONE,
    look: str = "tenant_status_look",
) -> dict[str, t.Any]:
    """Return the protection of a host, and whether the host has failed.

    ``required``: a host that is not protected, or whose application is not installed, has failed. With ``none``, only a host whose server
    could not be read has failed; a virtual server that does not exist yet is reported. ``look``: the step that returned ``returned``.
    """
    wanted = request["steps"][look][0]
    entry = returned.labeled(host)
    if entry is not None:
        return _status(entry, wanted["product"], request.get("build"), required)
    absent = returned.absent(host)
    if absent is not None:
        reason = str(absent.get("reason") or "no record").rstrip(". ")
        gone = is_gone(absent)
        drift = [NO_RECORD] if gone else []
        found = _verdict(UNPROTECTED if gone else UNKNOWN, [reason + "."], None, drift, "%s: %s" % (wanted["virtual_server"], reason))
        return dict(found, failed=required != NONE or absent.get("error") not in (None, InputError.kind))
    failure = returned.failure(request, variables)
    msg = failure["reason"] if failure is not None else "%s: its state is not known" % wanted["virtual_server"]
    return dict(_verdict(UNKNOWN, [msg], None, [], msg), failed=failure is not None or required != NONE)


def state(entry: Data) -> str:
    """Whether a host that was found is protected, as ksc_host_info tells; not known if it does not."""
    return str((entry.get("protection") or {}).get("state") or UNKNOWN)


def is_gone(absent: Data) -> bool:
    """Whether an entry that nothing was read for has no record at all."""
    return absent.get("error") is None and not absent.get("records")


def _verdict(state: str, reasons: t.Sequence[str], installed: t.Optional[bool], drift: t.Sequence[str], msg: str) -> dict[str, t.Any]:
    return {
        "changed": False,
        "protected": state == PROTECTED,
        "protection": state,
        "reasons": list(reasons),
        "installed": installed,
        "drift": list(drift),
        "msg": msg,
    }


def _status(entry: Data, product: Data, build: t.Optional[str], required: str) -> dict[str, t.Any]:
    group = entry.get("group")
    place = "Managed devices" if group == "" else group or "group %s" % entry.get("group_id")
    installed = entry.get("has_product")
    has = {True: "installed", False: "not installed"}.get(t.cast(bool, installed), "unknown")
    words = [
        "%s %s %s" % (product["name"], product["version"], has),
        "agent connected" if entry.get("agent_alive") else "agent not connected",
    ]
    if entry.get("status"):
        words.append("status %s" % entry["status"])
    if entry.get("restart_required"):
        words.append("restart required")
    found, reasons = state(entry), (entry.get("protection") or {}).get("reasons") or []
    because = "; ".join(str(reason).rstrip(". ") for reason in reasons)
    verdict = {PROTECTED: "protected", UNPROTECTED: "not protected"}.get(found, "protection unknown")
    words.append("%s: %s" % (verdict, because) if because else verdict)
    drift = _drift(entry, product, build)
    msg = "; ".join(["%s, %s: %s" % (entry.get("virtual_server"), place, ", ".join(words)), *drift])
    missed = {PROTECTED: found != PROTECTED, INSTALLED: not installed}.get(required, False)
    return dict(_verdict(found, reasons, installed, drift, msg), failed=missed)


def _drift(entry: Data, product: Data, build: t.Optional[str]) -> list[str]:
    """Where a host is not what the inventory says."""
    drift, there = [], entry.get("protection_version")
    if entry.get("has_product") is False and entry.get("protection_installed") and there:
        drift.append(
            "%s %s is declared, but another application or version is installed (build %s)" % (product["name"], product["version"], there)
        )
    elif entry.get("has_product") and build and there and str(there) != str(build):
        drift.append("build %s is declared, but build %s is installed" % (build, there))
    return drift + duplicates(entry)


def duplicates(entry: Data) -> list[str]:
    """That a host has other records than its own."""
    if not entry.get("duplicates"):
        return []
    return ["other records have its address or name: %s" % ", ".join(map(str, entry["duplicates"]))]


# -- records that died ---------------------------------------------------------------------------------------------------------


def cleanup(request: Data, returned: t.Callable[[str], Returned], variables: t.Callable[[str], Data]) -> dict[str, t.Any]:
    """What became of the stale records of a host's virtual server. They are no host's own, so no host has changed by that."""
    server = request["virtual_server"]
    told = "nothing to do"
    for name in ROLES["tenant_cleanup"]:
        found = returned(name)
        failure = found.failure(request, variables) if found.ran else None
        if failure is not None:
            return {"changed": False, "failed": True, "msg": str(failure["reason"])}
        if not found.ran:
            continue
        mine = [record for record in found.entries() if record.get("virtual_server") == server]
        failed = [record for record in mine if record["result"] == FAILED]
        if failed:
            reasons = dict.fromkeys(str(record.get("reason") or "").rstrip(". ") for record in failed)
            return {"changed": False, "failed": True, "msg": "%s: %s" % (server, "; ".join(reasons))}
        results = [record["result"] for record in mine]
        counts = ", ".join("%d %s" % (results.count(word), word) for word in dict.fromkeys(results))
        told = "%s: records that share an address or a name: %s" % (server, counts or "none")
    return {"changed": False, "failed": False, "msg": told}
