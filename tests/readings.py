# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which values of the simulator's settings the modules were tried with, and the page that lists it.

``python tests/readings.py`` writes tests/simulator/readings.md; a test says when it is out of date. Every value is tried by itself
in the life of a tenant (KSC) or of an SVM (VIIS): `make readings` runs all of them, `make test` every few.
"""

from __future__ import annotations

import dataclasses
import pathlib
import sys
import typing as t

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))

from simulator.ksc.settings import KscSettings
from simulator.settings import FrameSettings, values_of
from simulator.viis.settings import ViisSettings

PAGE = pathlib.Path(__file__).parent / "simulator" / "readings.md"
STEP = 16  # of how many values `make test` tries one
PARTS: dict[str, t.Any] = {"frame": FrameSettings, "ksc": KscSettings, "viis": ViisSettings}
LIVES = {"frame": "a tenant", "ksc": "a tenant", "viis": "an SVM"}
CLUSTER = "ha_"  # settings that begin with it are about clusters


@dataclasses.dataclass(frozen=True)
class Case:
    """One value of one setting. ``options``: what a user has to say for it, by step; ``broken``: why the life is not lived to its end."""

    part: str
    name: str
    value: t.Any
    options: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    broken: str = ""

    def __str__(self) -> str:
        return "%s.%s=%s" % (self.part, self.name, written(self.value))


# What a user has to say to a server that reads the documents so: options by step of the life, by part and setting and value.
OPTIONS: dict[tuple[str, str, str], dict[str, dict[str, t.Any]]] = {
    ("ksc", "task_devices", "1"): {"ksc_host": {"task_size": 1}, "ksc_remote_install": {"task_size": 1}},
    ("ksc", "account_password", "protected"): {"ksc_remote_install": {"password_format": "protected"}},
    ("ksc", "account_layout", "joined"): {"ksc_remote_install": {"account_layout": "joined"}},
    ("viis", "wire_types", "strict-native"): {"viis_svm": {"wire_types": "native"}},
    ("viis", "wire_types", "strict-quoted"): {"viis_svm": {"wire_types": "quoted"}},
    ("viis", "partial_elements", "refuse"): {"viis_svm state=configured": {"root": {"password": "Root-Secret-2", "allow_ssh": False}}},
    ("viis", "dns_with_stored_static", "True"): {"viis_svm state=configured": {"dns": {"main": "192.0.2.53"}}},
}

# Values under which a life is not lived to its end, and why.
BROKEN: dict[tuple[str, str, str], str] = {}


def written(value: t.Any) -> str:
    """A value as the page and the names of the tests show it."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(written, value)) or "none"
    if isinstance(value, dict):
        return ",".join("%s:%s" % item for item in value.items()) or "none"
    return "%g" % value if isinstance(value, float) else str(value)


def told(options: t.Mapping[str, t.Any]) -> str:
    """Options as a playbook has them; what is a secret of a made-up world is left out."""
    return ", ".join("`%s`" % name if isinstance(value, dict) else "`%s: %s`" % (name, value) for name, value in options.items())


def cases(*parts: str) -> list[Case]:
    """Every value of every setting of these parts but the defaults, which all other tests are about."""
    found = []
    for part in parts:
        for field in dataclasses.fields(PARTS[part]):
            for value in values_of(field)[1:]:
                key = (part, field.name, written(value))
                found.append(Case(part, field.name, value, OPTIONS.get(key, {}), BROKEN.get(key, "")))
    return found


def params(found: list[Case]) -> list[t.Any]:
    """Parameters of a test. `make test` tries one value of every few, and those that need options or are broken.

    A case that is known not to pass must go on failing, until the reason is gone.
    """
    import pytest

    made = []
    for number, case in enumerate(found):
        sampled = number % STEP == 0 or case.options or case.broken
        marks = [] if sampled else [pytest.mark.exhaustive]
        marks += [pytest.mark.xfail(strict=True, reason=case.broken)] if case.broken else []
        made.append(pytest.param(case, id=str(case), marks=marks))
    return made


def page() -> str:
    """The page, from the settings and what is known here."""
    lines = [
        "# Readings of the documents",
        "",
        "Made by `python tests/readings.py`; do not edit. Where a document leaves an answer open, a setting chooses, and each is explained",
        "where it is declared (`ksc/settings.py`, `viis/settings.py`, `settings.py`). The first value is the default. The modules of this",
        "collection were tried with each value by itself, the others being defaults: in the life of a tenant (packages, change of server,",
        "installation, removal, back to unassigned, deletion), of an SVM (trust, connection, image, deployment, change, removal) or of a",
        "cluster, each step rehearsed, done and repeated. `make readings` runs all of them, `make test` every few. Some settings are about",
        "what a life does not come to, such as a wrong password or a failed task; other tests in `tests/modules` try those.",
    ]
    for part, kind in PARTS.items():
        lines += ["", "## %s" % part, "", "| setting | values | tried with |", "| --- | --- | --- |"]
        for field in dataclasses.fields(kind):
            values = values_of(field)
            known = [case for case in cases(part) if case.name == field.name]
            words = ["life of %s" % ("a cluster" if field.name.startswith(CLUSTER) else LIVES[part])] if values else []
            for case in known:
                if case.options:
                    words.append(
                        "%s with %s"
                        % (written(case.value), ", ".join("`%s` %s" % (step, told(said)) for step, said in case.options.items()))
                    )
                if case.broken:
                    words.append("%s does not pass: %s" % (written(case.value), case.broken))
            lines.append(
                "| `%s` | %s | %s |"
                % (
                    field.name,
                    ", ".join("`%s`" % written(value) for value in values) or "-",
                    "; ".join(words) or "no reading but an event; tests of its own",
                )
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
