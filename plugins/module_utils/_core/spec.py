# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Argument specs in pieces that are added together, and the pieces that both products share."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Spec:
    """A piece of an argument spec; pieces are added together."""

    arguments: t.Mapping[str, t.Any] = field(default_factory=dict)
    required_together: t.Sequence[t.Sequence[str]] = ()
    required_one_of: t.Sequence[t.Sequence[str]] = ()
    required_by: t.Mapping[str, t.Any] = field(default_factory=dict)
    required_if: t.Sequence[t.Sequence[t.Any]] = ()
    mutually_exclusive: t.Sequence[t.Sequence[str]] = ()

    def __add__(self, other: Spec) -> Spec:
        return Spec(
            {**self.arguments, **other.arguments},
            (*self.required_together, *other.required_together),
            (*self.required_one_of, *other.required_one_of),
            {**self.required_by, **other.required_by},
            (*self.required_if, *other.required_if),
            (*self.mutually_exclusive, *other.mutually_exclusive),
        )

    def with_defaults(self, **defaults: t.Any) -> Spec:
        """The same piece with other defaults."""
        changed = {name: dict(self.arguments[name], default=value) for name, value in defaults.items()}
        return Spec(
            {**self.arguments, **changed},
            self.required_together,
            self.required_one_of,
            self.required_by,
            self.required_if,
            self.mutually_exclusive,
        )


# The options of doc fragment _wait, for Context.waiting.
WAIT = Spec(
    {
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 600},
        "poll_interval": {"type": "float", "default": 5},
        "progress_interval": {"type": "float", "default": 30},
    }
)
ON_FAILURE = Spec(
    {"on_failure": {"type": "str", "default": "fail", "choices": ["fail", "report"], "aliases": ["on_host_failure"]}},
)
