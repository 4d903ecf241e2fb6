# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Matrices: each case of a kind is made, none is chosen by hand. Modules run as those of tests/modules do."""

from __future__ import annotations

import os
import typing as t

import pytest

from modules.conftest import make_runner, simulators

__all__ = ["make_runner", "simulators"]  # fixtures


@pytest.fixture(autouse=True)
def without_servers_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("KSC_", "VIIS_")):
            monkeypatch.delenv(name)


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """After the cells of faults: how many were tried, how many converged, and which did not."""
    tried: dict[str, dict[str, list[int]]] = {}
    lost = []
    for outcome in ("passed", "failed", "xfailed", "xpassed"):
        for report in terminalreporter.stats.get(outcome, ()):
            cell = dict(getattr(report, "user_properties", ()))
            if "kind" not in cell:
                continue
            counts = tried.setdefault(cell["chain"], {}).setdefault(cell["kind"], [0, 0])
            counts[0] += 1
            counts[1] += outcome == "passed"
            if outcome != "passed":
                lost.append(report.nodeid.partition("::")[2])
    if not tried:
        return
    kinds = list(dict.fromkeys(kind for counts in tried.values() for kind in counts))
    width = max(map(len, tried))
    terminalreporter.section("cells converged / tried")
    terminalreporter.line(" ".join([" " * width, *kinds, "all"]))
    for chain, counts in tried.items():
        cells = ["%d/%d" % (counts[kind][1], counts[kind][0]) if kind in counts else "-" for kind in kinds]
        whole = "%d/%d" % (sum(done for _all, done in counts.values()), sum(count for count, _done in counts.values()))
        terminalreporter.line(" ".join([chain.ljust(width), *(cell.rjust(len(kind)) for cell, kind in zip(cells, kinds)), whole]))
    all_cells = [count for counts in tried.values() for count in counts.values()]
    terminalreporter.line("%d cells tried, %d converged" % (sum(count[0] for count in all_cells), sum(count[1] for count in all_cells)))
    for cell in sorted(lost):
        terminalreporter.line("did not converge: %s" % cell)
