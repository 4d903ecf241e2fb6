# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ksv.light_agent.outcomes: the results of modules that worked on many objects, by inventory host."""

from __future__ import annotations

import typing as t

GOOD_CHANGES = ("moved", "unassigned", "removed", "installed", "deployed", "configured")
BAD = ("failed", "pending")

Entry = t.Mapping[str, t.Any]
Step = t.Mapping[str, t.Any]


def outcomes(hosts: t.Mapping[str, str], steps: t.Sequence[Step], key: str = "ip") -> dict[str, dict[str, t.Any]]:
    """What became of each inventory host; see outcomes.yml."""
    indexed: list[tuple[str, dict[str, Entry]]] = []
    failures: list[str] = []
    for step in steps:
        entries: dict[str, Entry] = {}
        for run in _runs(step):
            listed = run.get(step.get("list", "hosts"))
            if listed is not None:
                entries.update((entry[key], entry) for entry in listed if entry.get(key))
            elif run.get("failed"):
                batch = run.get(step.get("item", ""))
                if batch is None:
                    failures.append(str(run.get("msg")))
                else:
                    failed = {"result": "failed", "reason": str(run.get("msg")), step["what"]: batch.get("label")}
                    entries.update((name, failed) for name in batch.get(key) or ())
        indexed.append((step["what"], entries))
    return {
        host: _outcome([(entries[name].get(what), entries[name]) for what, entries in indexed if name in entries], failures)
        for host, name in hosts.items()
    }


def _runs(step: Step) -> t.Sequence[t.Mapping[str, t.Any]]:
    """The registered result of a task, or those of its loop; none of a task that did not run."""
    run = step.get("run") or {}
    return run.get("results", [run])


def _outcome(entries: t.Sequence[tuple[t.Any, Entry]], failures: t.Sequence[str]) -> dict[str, t.Any]:
    texts = []
    failed = bool(failures)
    for what, entry in entries:
        result, reason = entry["result"], entry.get("reason") or ""
        failed = failed or result in BAD or (result == "missing" and bool(reason))
        texts.append("%s: %s%s" % (what, result, " (%s)" % reason.rstrip(".") if reason else ""))
    return {
        "changed": any(entry["result"] in GOOD_CHANGES for _what, entry in entries),
        "failed": failed,
        "msg": ", ".join([*texts, *failures]) or "nothing to do",
    }


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"outcomes": outcomes}
