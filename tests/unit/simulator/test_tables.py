# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run every case of every table in ``tables``."""

from __future__ import annotations

from typing import Any

import pytest
from table_runner import Case, Mismatch, TableError, all_cases, run


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_case(shared_simulator: Any, case: Case) -> None:
    """Fail with the table, the case, the step, the request and both answers."""
    failure = ""
    try:
        run(shared_simulator, case)
    except (Mismatch, TableError) as error:
        failure = str(error)
    if failure:
        pytest.fail(failure, pytrace=False)
