# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ksv.light_agent.outcomes: the results of modules that worked on many objects, by inventory host."""

from __future__ import annotations

import typing as t

GOOD_CHANGES = ("moved", "unassigned", "removed", "installed", "deployed", "configured")
BAD = ("failed", "pending")

Entry = t.Mapping[str, t.Any]


def outcomes(
    hosts: t.Mapping[str, str],
    steps: t.Sequence[t.Mapping[str, t.Any]],
    failure: t.Optional[str] = None,
    key: str = "ip",
) -> dict[str, dict[str, t.Any]]:
    """What became of each inventory host; see outcomes.yml."""
    indexed = [
        (step["what"], {entry[key]: entry for entry in step.get("results") or () if entry.get(key)}) for step in steps
    ]
    return {
        host: _outcome([(entries[name].get(what), entries[name]) for what, entries in indexed if name in entries], failure)
        for host, name in hosts.items()
    }


def _outcome(entries: t.Sequence[tuple[t.Any, Entry]], failure: t.Optional[str]) -> dict[str, t.Any]:
    texts = []
    failed = bool(failure)
    for what, entry in entries:
        result, reason = entry["result"], entry.get("reason") or ""
        failed = failed or result in BAD or (result == "missing" and bool(reason))
        texts.append("%s: %s%s" % (what, result, " (%s)" % reason.rstrip(".") if reason else ""))
    if failure:
        texts.append(failure)
    return {
        "changed": any(entry["result"] in GOOD_CHANGES for _what, entry in entries),
        "failed": failed,
        "msg": ", ".join(texts) or "nothing to do",
    }


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"outcomes": outcomes}
