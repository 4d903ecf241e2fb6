# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every setting has values to be tried, each may be set, and the page lists them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

import readings
from simulator.settings import update, values_of

FIELDS = [(part, field) for part, kind in readings.PARTS.items() for field in dataclasses.fields(kind)]


def test_the_page_is_that_of_the_settings() -> None:
    assert readings.PAGE.read_text(encoding="utf-8") == readings.page(), "run: python tests/readings.py"


@pytest.mark.parametrize("part, field", FIELDS, ids=lambda item: getattr(item, "name", item))
def test_each_setting_has_values(part: str, field: dataclasses.Field[Any]) -> None:
    settings = readings.PARTS[part]()
    values = values_of(field)
    assert len(values) > 1 or field.name in ("renewed", "svm_failures"), "a setting that is never tried otherwise"
    assert not values or values[0] == getattr(settings, field.name), "the default comes first"
    for value in values:
        update(settings, {field.name: value}, "settings.%s" % part)
        assert getattr(settings, field.name) == value
    assert field.name in (readings.PARTS[part].__doc__ or ""), "and is explained"


def test_what_is_known_of_a_value_is_about_one() -> None:
    known = {(case.part, case.name, readings.written(case.value)) for case in readings.cases(*readings.PARTS)}
    assert set(readings.OPTIONS) | set(readings.BROKEN) <= known


def test_a_sample_has_what_is_special() -> None:
    found = readings.params(readings.cases(*readings.PARTS))
    sampled = {param.id for param in found if not any(mark.name == "exhaustive" for mark in param.marks)}
    special = {str(case) for case in readings.cases(*readings.PARTS) if case.options or case.broken}
    assert len(found) > 100 and special <= sampled and len(sampled) < len(found) / 4
