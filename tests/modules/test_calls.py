# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls that tests of secrets, sessions and hostile data repeat for each module."""

from __future__ import annotations

import pathlib

from hostile.calls import KSC, VIIS

MODULES = pathlib.Path(__file__).parents[2] / "plugins" / "modules"


def test_each_module_of_a_server_has_a_call():
    names = {path.stem for path in MODULES.glob("*.py") if path.stem.startswith(("ksc_", "viis_"))}
    assert {module for module, _arguments in [*KSC.values(), *VIIS.values()]} == names
