# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

"""From a report to the text of its file. Whatever is filled into a template is escaped, and so are control characters."""

from __future__ import annotations

import datetime
import functools
import hashlib
import os
import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.ksv.light_agent.plugins.module_utils._core.naming import printable
from jinja2 import BaseLoader, StrictUndefined, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from .._outcome import PROTECTED, UNKNOWN, UNPROTECTED, Part
from .._tenants import NUMBERED
from .model import OUTCOMES, STATES, Machine, Report, Tenant
from .texts import Language, Said, moment

TEMPLATES = {"html": "report.html.j2", "markdown": "report.md.j2"}
NAMED = 24  # machines that a reason names; the table has all
REASONS = 40  # that are listed for each state
SEGMENT = 8  # thousandths of the chart that are still seen
# Stands for the time of the run until the rest is compared: characters for private use, which no name has.
TIME = "\ue000time\ue000"
DIGEST = re.compile(r"ksv-report ([0-9a-f]{64})")


@dataclass
class Cause:
    """Machines with the same reason."""

    heading: Said
    machines: list[tuple[int, str]] = field(default_factory=list)

    @property
    def named(self) -> list[tuple[int, str]]:
        return self.machines[:NAMED]

    @property
    def more(self) -> int:
        return max(0, len(self.machines) - NAMED)


@dataclass(frozen=True)
class Row:
    """A machine in the table."""

    id: int
    machine: Machine
    group: str
    agent: t.Optional[str]
    installed: t.Optional[str]
    reasons: t.Sequence[Said]
    drift: t.Sequence[Said]
    parts: t.Sequence[tuple[str, str, Said]]  # names, word, reason


@dataclass
class Section:
    """A tenant."""

    id: int
    name: str
    rows: list[Row]
    counts: dict[str, int]
    segments: list[tuple[str, int, int]]
    groups: list[tuple[str, Said]]
    undeclared: list[tuple[str, str, str]]

    @property
    def differing(self) -> list[Row]:
        return [row for row in self.rows if row.drift]


def render(report: Report, format: str, language: str, zone: t.Optional[datetime.tzinfo] = None) -> str:
    """The text of a report. ``format``: html or markdown; ``zone``: in which times are told, that of this machine if None."""
    texts = Language(language, zone)
    page = _Page(report, texts)
    text = (
        _environment(format).get_template(TEMPLATES[format]).render(page=page, t=texts.text, number=texts.number, code=language, time=TIME)
    )
    found = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    made = texts.moment(report.made)
    return text.replace("ksv-report", "ksv-report %s" % found, 1).replace(TIME, made)


def digest(text: str) -> t.Optional[str]:
    """What tells reports apart but for the times at which they were made; None for another text."""
    found = DIGEST.search(text)
    return found.group(1) if found else None


class _Page:
    """What the templates show."""

    def __init__(self, report: Report, texts: Language) -> None:
        self._texts = texts
        self._made = report.made
        text = texts.text
        self.acts = report.kind != "tenant_status"
        self.title = report.title or text("title." + report.kind)
        self.limit = report.limit
        self.sections: list[Section] = []
        number = 0
        for index, tenant in enumerate(report.tenants):
            self.sections.append(self._section(index, number, tenant))
            number += len(tenant.machines)
        machines = report.machines
        self.total = len(machines)
        self.counts = _counts(machines)
        self.segments = _segments(self.counts)
        self.percent = _percent(self.counts[PROTECTED], self.total)
        self.installed = sum(machine.installed is True for machine in machines)
        self.agents = sum(machine.agent is True for machine in machines)
        self.outcomes = [(word, sum(machine.outcome == word for machine in machines)) for word in OUTCOMES]
        self.causes = {state: self._causes(state) for state in (UNPROTECTED, UNKNOWN)}
        self.keys = [self._key(key) for key in report.keys]
        self.has_notes = any(section.groups or section.undeclared or section.differing for section in self.sections)

    def shown(self, state: str) -> list[Cause]:
        return self.causes[state][:REASONS]

    def left_out(self, state: str) -> int:
        return max(0, len(self.causes[state]) - REASONS)

    def _section(self, index: int, first: int, tenant: Tenant) -> Section:
        text = self._texts.text
        name = text("primary") if tenant.name is None else tenant.name or text("not_known")
        groups = [
            (self._group(path) or text("not_known"), Said(text(key)) if key else self._texts.reason(told))
            for path, key, told in tenant.groups
        ]
        undeclared = [
            (str(host.get("name")), str(host.get("ip") or ""), self._group(host.get("group")) or "") for host in tenant.undeclared
        ]
        rows = [self._row(first + number, machine) for number, machine in enumerate(tenant.machines)]
        counts = _counts(tenant.machines)
        return Section(index, name, rows, counts, _segments(counts), groups, undeclared)

    def _row(self, id: int, machine: Machine) -> Row:
        yes = {True: "yes", False: "no"}
        agent = yes.get(machine.agent) if machine.agent is not None else None
        installed = yes.get(machine.installed) if machine.installed is not None else None
        text = self._texts.text
        return Row(
            id,
            machine,
            self._group(machine.group) or text("not_known"),
            agent and text("agent." + agent),
            installed and text("installed." + installed),
            [self._texts.reason(reason) for reason in machine.reasons],
            [self._texts.reason(drift) for drift in machine.drift],
            [self._part(part) for part in machine.parts],
        )

    def _group(self, path: t.Optional[str]) -> t.Optional[str]:
        if path is None:
            return None
        first, slash, rest = path.partition("/")
        # The groups that every server has are named in the language of the report.
        known = {"": "managed", "Unassigned devices": "unassigned"}.get(first)
        return self._texts.text(known) + slash + rest if known else path

    def _part(self, part: Part) -> tuple[str, str, Said]:
        try:
            word = self._texts.text("word." + part.result)
        except KeyError:
            word = part.result
        said = self._texts.reason(part.reason) if part.reason else Said("")
        return ", ".join(part.names), word, said._replace(text=said.text.rstrip("."))

    def _causes(self, state: str) -> list[Cause]:
        """Why machines are in a state, the reason of most of them first."""
        found: dict[str, Cause] = {}
        for section in self.sections:
            for row in section.rows:
                if row.machine.state != state:
                    continue
                definite = [said for said in row.reasons if not said.doubt] if state == UNPROTECTED else []
                for said in definite or row.reasons or [self._texts.reason(self._texts.text("no_reason"))]:
                    heading = Said(said.heading, foreign=said.foreign)
                    machines = found.setdefault(said.heading, Cause(heading)).machines
                    if not machines or machines[-1][0] != row.id:
                        machines.append((row.id, row.machine.name))
        return sorted(found.values(), key=lambda cause: (-len(cause.machines), cause.heading.text))

    def _key(self, key: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        text = self._texts.text
        server = text("primary") if key["server"] is None else str(key["server"])
        if "reason" in key:
            return {"server": server, "reason": text("keys.unknown", reason=self._texts.reason(key["reason"]).text)}
        expires = moment(key.get("expires"))
        left = None if expires is None else (expires - self._made).days
        soon = "" if left is None else text("keys.expired") if left < 0 else text("keys.days", n=left) if left <= 60 else ""
        used = ""
        if "hosts" in key:
            hosts, limit = int(key["hosts"]), key.get("limit")
            used = text("of", n=hosts, total=self._texts.number(int(limit))) if limit else text("keys.unlimited", n=hosts)
        return {
            "server": server,
            "product": str(key.get("product") or text("keys.some_product")),
            "expires": text("keys.no_date") if expires is None else self._texts.day(expires),
            "soon": soon,
            "used": used,
        }


def _counts(machines: t.Sequence[Machine]) -> dict[str, int]:
    return {state: sum(machine.state == state for machine in machines) for state in STATES}


def _percent(part: int, whole: int) -> int:
    """Rounded, but 0 and 100 only where that is so."""
    if not whole or part in (0, whole):
        return 100 if whole and part else 0
    return min(99, max(1, round(100 * part / whole)))


def _segments(counts: t.Mapping[str, int]) -> list[tuple[str, int, int]]:
    """A bar of 1000 parts: state, start and width. What is there can be seen, however little it is."""
    total = sum(counts.values())
    shown = {state: max(SEGMENT, round(1000 * count / total)) for state, count in counts.items() if count}
    if shown:
        widest = max(shown, key=lambda state: shown[state])
        shown[widest] += 1000 - sum(shown.values())
    start, segments = 0, []
    for state, width in shown.items():
        segments.append((state, start, width))
        start += width
    return segments


# -- templates -----------------------------------------------------------------------------------------------------------------


class _Beside(BaseLoader):
    """The templates beside this module, by whatever has loaded that: also from an archive."""

    def get_source(self, environment: t.Any, template: str) -> tuple[str, t.Optional[str], t.Callable[[], bool]]:
        path = os.path.join(os.path.dirname(__file__), template)
        try:
            data: bytes = globals()["__loader__"].get_data(path)
        except OSError:
            raise TemplateNotFound(template) from None
        return data.decode(), path, lambda: True


@functools.cache
def _environment(format: str) -> ImmutableSandboxedEnvironment:
    html = format == "html"
    environment = ImmutableSandboxedEnvironment(
        loader=_Beside(),
        autoescape=html,
        finalize=_shown if html else markdown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["name"] = _plain_name
    return environment


def _shown(value: t.Any) -> t.Any:
    """Before HTML is escaped: no control characters, which are not allowed there, and no marks that turn text around."""
    return value if isinstance(value, (int, Markup)) else TIME.join(map(printable, str(value).split(TIME)))


# What Markdown, or the HTML in it, could take for something else. Entities do not depend on where in a line they are.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#|~!$^=]|(?<![\w.])[+\-](?=\s)|(?<=\d)\.(?=\s|$)|(?<=\d)\)(?=\s|$)")
_LINK = re.compile(r"(?i)(?<=[a-z0-9]):(?=//)|(?<=www)\.|(?<=mailto):|(?<=xmpp):")


def markdown(value: t.Any) -> t.Any:
    """A value as the text that Markdown shows as it is, also in a table and at the start of an item."""
    if isinstance(value, (int, Markup)):
        return value
    text = _shown(value)
    text = _SPECIAL.sub(lambda found: "\\" + found.group(), text)
    text = "".join(_ENTITIES.get(character, character) for character in text)
    return _LINK.sub(lambda found: "&#%d;" % ord(found.group()), text)


def _plain_name(name: str) -> str:
    return NUMBERED.sub("", name)
