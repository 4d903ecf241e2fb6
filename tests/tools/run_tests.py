# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a selection of tests on each ansible-core, then print the slowest tests, the time and the counts.

Usage: run_tests.py (test|test-all)
       run_tests.py CORE [argument of pytest ...]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import typing as t
import xml.etree.ElementTree as ET

from environment import BUILD, CORES, ROOT, VENVS, absent

SLOWEST = 10
# More workers than cores of the machine, because many tests wait for the simulated clock or for a process.
WORKERS = str((os.cpu_count() or 1) + 1)
OPTIONS = ("-q", "-p", "no:cacheprovider", "--dist", "worksteal", "-n", WORKERS)
# The tests whose result may depend on ansible-core.
ON_ANOTHER_CORE = ("tests/unit/plugins", "tests/modules", "tests/playbooks")
# Arguments of pytest on the main core and on each other one. Without -m the default of pyproject.toml applies.
SELECTIONS = {
    "test": (("tests",), (*ON_ANOTHER_CORE, "-m", "every_core and not (long or exhaustive or thorough)")),
    "test-all": (("tests", "-m", ""), (*ON_ANOTHER_CORE, "-m", "not (exhaustive or thorough)")),
}


class Case(t.NamedTuple):
    """A test that ran: its time in seconds, with its fixtures, and its outcome."""

    seconds: float
    core: str
    name: str
    outcome: str


def pytest(core: str, *arguments: str) -> tuple[int, list[Case]]:
    """Run pytest in the environment of a core; return its exit status and what ran."""
    report = BUILD / "tests" / (core + ".xml")
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [str(VENVS / core / "bin" / "python"), "-m", "pytest", *OPTIONS, "--junitxml", str(report), *arguments]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    return status, list(_cases(core, report)) if report.exists() else []


def _cases(core: str, report: t.Any) -> t.Iterator[Case]:
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - our own file
        outcomes = {child.tag for child in case} & {"failure", "error", "skipped"}
        outcome = "failed" if outcomes & {"failure", "error"} else "skipped" if outcomes else "passed"
        module = case.get("classname", "").replace(".", "/")
        yield Case(float(case.get("time", 0)), core, "%s.py::%s" % (module, case.get("name")), outcome)


def run(on_main: tuple[str, ...], elsewhere: tuple[str, ...]) -> int:
    """Run tests core by core and print the summary; return 1 if anything failed."""
    begun, failed, cases = time.monotonic(), [], []
    for core in CORES:
        if absent(core):
            print("%s: %s" % (core, absent(core)), flush=True)
            continue
        print("\n== %s ansible-core" % core, flush=True)
        status, ran = pytest(core, *(on_main if core == "main" else elsewhere))
        cases += ran
        if status:
            failed.append("%s ansible-core: pytest ended with status %d" % (core, status))
    print("\nslowest tests:")
    for case in sorted(cases, reverse=True)[:SLOWEST]:
        print("%6.1f s  %-6s  %s" % case[:3])
    minutes, seconds = divmod(round(time.monotonic() - begun), 60)
    print("\n".join(["", "%d min %d s" % (minutes, seconds), *failed]))
    counts = [sum(case.outcome == word for case in cases) for word in ("passed", "failed", "skipped")]
    print("%d passed, %d failed, %d skipped" % tuple(counts))
    return int(bool(failed))


def main(words: list[str]) -> int:
    if words and words[0] in SELECTIONS:
        return run(*SELECTIONS[words[0]])
    if words and words[0] in CORES:
        return pytest(*words)[0]
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # pytest has reported it
        sys.exit(130)
