# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Molecule scenarios, one or more for each role: converge, converge again without a change, verify."""

from __future__ import annotations

import pytest

from environment import ROOT, run

SCENARIOS = sorted(found.parent.name for found in ROOT.glob("extensions/molecule/*/molecule.yml"))
# A sample; tests/playbooks runs all roles.
USUAL = ("svm_status", "tenant_onboarding", "tenant_status")


def test_every_role_has_a_scenario():
    assert {role.name for role in ROOT.glob("roles/*")} <= set(SCENARIOS)


@pytest.mark.parametrize("scenario", [pytest.param(name, marks=() if name in USUAL else pytest.mark.exhaustive) for name in SCENARIOS])
def test_scenario(scenario):
    run("molecule", "reset", "-s", scenario)
    assert "failed=0" in run("molecule", "test", "-s", scenario)
