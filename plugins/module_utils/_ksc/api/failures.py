# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Why a remote installation or removal failed on a host (contract day-two.md, section 3; KSCAPI 16 a00301).

The reference numbers the classes, but no field of a host's state carries the number: only the text tells, in the server's
language. English texts are understood. A text that fits no class, or several, tells nothing.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

MACHINE = r"(?:host|device|computer|machine)"


@dataclass(frozen=True)
class FailureClass:
    """``number``: that of the reference. ``passes``: it may pass by itself; ``unknown``: what was done is not known."""

    number: int
    name: str
    signs: str  # a regular expression that its texts, in lower case, match
    passes: bool = False
    unknown: bool = False


CLASSES = (
    FailureClass(2, "package_absent", r"package.{0,60}(?:not found|not available|absent|missing|does not exist)"),
    FailureClass(
        3,
        "host_offline",
        r"\boff-?line\b|%s.{0,60}(?:turned off|switched off|powered off|unreachable|not reachable|unavailable|not available|not visible)"
        r"|(?:cannot|could not|unable to|failed to) (?:reach|connect to|contact) (?:the |this )?(?:target |remote |client )?%s"
        % (MACHINE, MACHINE),
        passes=True,
    ),
    FailureClass(
        5,
        "account_refused",
        r"logon failure|log ?on failed|login failed|unknown user ?name|(?:bad|wrong|incorrect|invalid) (?:user ?name or )?password"
        r"|access (?:is |was )?denied|authentication fail|(?:insufficient|not enough) (?:rights|privileges|permissions)"
        r"|account.{0,60}(?:refused|rejected|denied|locked|disabled|expired|invalid|incorrect|not accepted|no rights|not have)"
        r"|password.{0,40}(?:cannot be decrypted|expired)",
    ),
    FailureClass(10, "disk_full", r"\bdisk.{0,20}\bfull\b|(?:not enough|insufficient|no) (?:free )?(?:disk |hard drive )?space"),
    FailureClass(11, "timed_out", r"\btimed? ?-?out\b|\btime limit\b"),
    FailureClass(12, "no_agent", r"\bno (?:network )?agent\b|network agent is not installed"),
    FailureClass(
        13,
        "other_installation",
        r"(?:another|other|different) (?:\w+ ){0,4}(?:un|de)?install\w*.{0,80}(?:in progress|active|running|under ?way|not finished)"
        r"|(?:un|de)?install\w* of (?:an)?other.{0,60}(?:in progress|active|running|under ?way|not finished)"
        r"|(?:un|de)?install\w* (?:or (?:un|de)install\w* )?is already (?:in progress|active|running|under ?way)",
        passes=True,
    ),
    FailureClass(
        14, "tries_exhausted", r"(?:attempts|tries).{0,40}(?:exhausted|exceeded|used up)|(?:maximum|all) (?:number of )?(?:attempts|tries)"
    ),
    FailureClass(
        15,
        "unexpected_restart",
        r"unexpected\w* (?:\w+ ){0,3}re(?:start|boot)|re(?:start|boot)\w* unexpected",
        unknown=True,
    ),
)


def classified(text: str) -> t.Optional[FailureClass]:
    """The class that a text tells; None where it fits none, or more than one."""
    said = " ".join(text.lower().split())
    found = [known for known in CLASSES if re.search(known.signs, said)]
    return found[0] if len(found) == 1 else None
