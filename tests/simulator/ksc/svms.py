# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which SVM serves which Light Agent.

Source: day-two.md section 4: a Light Agent connects only to an SVM of a compatible version, and to one with a license first. The
tables of compatible versions could be read in part: Light Agent 5.x for Windows wants its own version, KESL 12.0 goes with 6.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .machines import Installed, Machine


def numbers(version: str) -> list[int]:
    """Return the first two numbers of a version."""
    return [int(part) for part in [*version.split("."), "0", "0"][:2] if part.isdigit()]


def serves(svm: Machine, product: Installed) -> bool:
    """Say whether an SVM's version goes with a Light Agent's; products that the documents do not pair go with any SVM."""
    if svm.serves:
        return "%s/%s" % (product.name, product.version) in svm.serves
    wanted, found = numbers(product.version), numbers(svm.generation)
    if product.name == "kesl":
        wanted = [wanted[0] - 6, wanted[1]]
        return wanted == found if wanted[0] > 5 else wanted[0] == found[0]
    return product.name != "KSVLA" or wanted == found


def choose(svms: Iterable[Machine], product: Installed, now: float) -> Machine | None:
    """Return the SVM that a Light Agent connects to: one that is on line, of its version and with a key that is good; or None."""
    return next((svm for svm in svms if svm.online and svm.licensed(now) and serves(svm, product)), None)
