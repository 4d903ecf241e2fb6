# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The measurements as a page: tables and what follows from them, for the terminal and for docs/benchmark.md with its plot."""

from __future__ import annotations

import datetime
import pathlib
import typing as t

import fleets
import rows
import svms
from rows import Row

PARTS = {
    "hosts": "One tenant, more and more machines; the servers take next to no time",
    "tenants": "More and more tenants of %d machines; the servers take %.0f s in all" % (fleets.SIZE, fleets.server_work()),
    "more": "Many tenants, when something is in the way",
    "events": "One tenant under ansible-runner: the events that AWX stores",
    "inventory": "The inventory of many tenants",
    "infrastructures": "Infrastructures with %d virtual machines" % svms.MACHINES,
}
COLUMNS = ("hosts", "tenants", "way", "requests", "logins", "MB sent", "wall s", "peak MB", "bytes/host", "largest step", "")
ENOUGH = 100  # hosts, of which what each task tells once is no part worth counting


def _cells(row: Row) -> tuple[str, ...]:
    told = bool(row.payload) and row.way.startswith(rows.OURS)
    return (
        str(row.hosts),
        str(row.tenants or ""),
        row.way,
        str(row.requests),
        str(row.logins),
        "%.2f" % (row.traffic / 1e6),
        "%.1f" % row.wall,
        "%.0f" % row.memory,
        "%.0f" % row.bytes_a_host if told else "",
        "%.0f" % row.largest_step if told else "",
        row.note,
    )


def claims(found: t.Sequence[Row], speed: float) -> list[str]:
    """What follows from the rows, each with the figure."""
    lines = []
    by = {(row.part, row.hosts, row.tenants, row.way): row for row in found}
    for hosts in sorted({row.hosts for row in found if row.part == "hosts"}):
        ours, floor = by.get(("hosts", hosts, 1, rows.OURS)), by.get(("hosts", hosts, 1, rows.FLOOR))
        article = by.get(("hosts", hosts, 1, rows.ARTICLE))
        if ours and floor:
            lines.append("%d hosts of one tenant: the first run takes %.2f times the floor" % (hosts, ours.wall / floor.wall))
            if article:
                lines[-1] += ", with %.0f times fewer requests than the article host by host" % (article.requests / ours.requests)
    fleet = sorted((row for row in found if row.part == "tenants" and row.way == rows.OURS), key=lambda row: row.tenants)
    for row in fleet[1:]:
        first = fleet[0]
        lines.append("%d tenants take %.2f times the time of %d" % (row.tenants, row.wall / first.wall, first.tenants))
    for row in (row for row in found if row.part == "more"):
        same = next((other for other in fleet if other.tenants == row.tenants and other.hosts == row.hosts), None)
        if same:
            lines.append("%d tenants, %s: %.2f times" % (row.tenants, row.way.removeprefix(rows.OURS + ", "), row.wall / same.wall))
    for row in (row for row in found if row.part == "events" and row.way != rows.FLOOR):
        floor = by.get(("events", row.hosts, 1, rows.FLOOR))
        if floor:
            ratio = sum(row.events) / sum(floor.events)
            lines.append("%d hosts under ansible-runner, %s: events of %.2f times the bytes of the floor" % (row.hosts, row.way, ratio))
    ours_all = [row for row in found if row.payload and row.way.startswith(rows.OURS) and row.hosts >= ENOUGH]
    if ours_all:
        most, step = max(row.bytes_a_host for row in ours_all), max(row.largest_step for row in ours_all)
        lines.append("results that AWX stores, from %d hosts on: at most %.0f bytes a host, %.0f in one step" % (ENOUGH, most, step))
    if fleet or any(row.part == "hosts" for row in found):
        lines.append("%d simulated seconds per second in the table of one tenant, one in those of many" % speed)
    return lines


def text(found: t.Sequence[Row], speed: float) -> str:
    """For the terminal."""
    blocks = []
    for part, title in PARTS.items():
        cells = [COLUMNS, *(_cells(row) for row in _sorted(found, part))]
        if len(cells) > 1:
            widths = [max(len(row[column]) for row in cells) for column in range(len(COLUMNS))]
            lines = ["  ".join(_aligned(cell, width, column) for column, (cell, width) in enumerate(zip(row, widths))) for row in cells]
            blocks.append("\n".join([title, *(line.rstrip() for line in lines)]))
    return "\n\n".join([*blocks, "\n".join(claims(found, speed))])


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if COLUMNS[column] in ("way", "") else cell.rjust(width)


def _sorted(found: t.Sequence[Row], part: str) -> list[Row]:
    ways = list(dict.fromkeys(row.way for row in found if row.part == part))
    return sorted((row for row in found if row.part == part), key=lambda row: (row.hosts, row.tenants, ways.index(row.way)))


# The page of the documentation


def publish(found: t.Sequence[Row], speed: float, docs: pathlib.Path) -> None:
    """Write benchmark.md and benchmark.svg."""
    plot(found, docs / "benchmark.svg")
    lines = [
        "# How fast it is, and what it costs",
        "",
        "Made by `make bench ARGS=--publish` on %s; do not edit. Only ratios within one run mean something: the machine had two cores"
        % datetime.date.today().strftime("%-d %B %Y"),
        "and both servers were simulated on it. Rivals cost the same for each host, so their larger rows are computed from the largest that",
        "was run (dotted in the plot).",
        "",
        "![Requests, wall time and memory against hosts and against tenants](benchmark.svg)",
        "",
        *("- %s" % line for line in claims(found, speed)),
    ]
    for part, title in PARTS.items():
        listed = _sorted(found, part)
        if listed:
            lines += ["", "## %s" % title, "", _line(COLUMNS), _line(["---"] * len(COLUMNS)), *(_line(_cells(row)) for row in listed)]
    lines += [
        "",
        "`bytes/host` are the bytes of JSON in the results of all tasks of a run, divided by its hosts, as AWX stores them with the events",
        "of a job; `largest step` is the task with the most of them. Events are the files that ansible-runner writes and AWX stores. The",
        "floor is a playbook with as many tasks of the same kinds that do nothing. Memory is that of the largest process. The article is",
        "the vendor's, followed for each host without Ansible.",
        "",
    ]
    (docs / "benchmark.md").write_text("\n".join(lines), encoding="utf-8")


def _line(cells: t.Iterable[str]) -> str:
    return "| %s |" % " | ".join(cells)


STYLES = {
    rows.OURS: ("#00695c", "o", "ksv.light_agent, first run"),
    rows.AGAIN: ("#26a69a", "s", "ksv.light_agent, second run"),
    rows.FLOOR: ("#757575", "^", "as many no-op tasks"),
    rows.ARTICLE: ("#c62828", "D", "the article, host by host"),
    rows.URI: ("#ef6c00", "v", "ansible.builtin.uri in loops"),
}
QUANTITIES = {"requests": "requests", "wall": "wall time, s", "memory": "memory, MB"}


def plot(found: t.Sequence[Row], path: pathlib.Path) -> None:
    """Six diagrams: each quantity against hosts of one tenant, and against tenants."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9, "font.family": "sans-serif"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 3, figsize=(11, 6.4), layout="constrained")
    drawn = {}
    for across, (part, member, label) in zip(
        axes, (("hosts", "hosts", "hosts of one tenant"), ("tenants", "tenants", "tenants of 20 hosts"))
    ):
        for diagram, (quantity, title) in zip(across, QUANTITIES.items()):
            for way, (color, marker, words) in STYLES.items():
                listed = [row for row in _sorted(found, part) if row.way == way]
                # Memory of the rivals' computed rows is not known, and the floor asks nothing of a server.
                listed = [row for row in listed if getattr(row, quantity) and not (quantity == "memory" and row.computed)]
                points = [(getattr(row, member), getattr(row, quantity)) for row in listed]
                run = [point for point, row in zip(points, listed) if not row.computed]
                diagram.plot(*zip(*points), ":", color=color) if points else None
                if run:
                    (drawn[words],) = diagram.plot(*zip(*run), "-", color=color, marker=marker, markersize=4)
                for point, row in zip(points, listed):
                    if row.computed:
                        (mark,) = diagram.plot(*point, linestyle=":", color=color, marker=marker, markersize=4, markerfacecolor="white")
                        drawn.setdefault(words, mark)
            diagram.set(xscale="log", yscale="linear" if quantity == "memory" else "log", xlabel=label, title=title)
            if quantity == "memory":
                diagram.set_ylim(bottom=0)
            ticks = sorted({getattr(row, member) for row in found if row.part == part})
            diagram.set_xticks(ticks, [str(tick) for tick in ticks])
            diagram.minorticks_off()
            diagram.grid(color="#e0e0e0", linewidth=0.6)
            diagram.spines[["top", "right"]].set_visible(False)
    figure.legend(drawn.values(), drawn.keys(), loc="outside lower center", ncols=len(drawn), frameon=False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
