# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the roles' steps: which connections a step works through, and with which entries and accounts."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.ksv.light_agent.plugins.plugin_utils import _outcome, _steps

Hostvars = t.Mapping[str, t.Mapping[str, t.Any]]


def step_connections(hosts: t.Sequence[str], hostvars: Hostvars, step: str) -> list[str]:
    """For each connection of a step one host that has it; see step_connections.yml."""
    return [group.representative for group in _groups(hosts, hostvars, step)]


def step_entries(hosts: t.Sequence[str], hostvars: Hostvars, step: str, connection: str) -> list[dict[str, t.Any]]:
    """What one call of a step works on; see step_entries.yml."""
    group = _group(hosts, hostvars, step, connection)
    return _steps.merged(group, _steps.ROLES[_steps.role_of(step)][step]) if group else []


def step_accounts(hosts: t.Sequence[str], hostvars: Hostvars, step: str, connection: str) -> list[dict[str, t.Any]]:
    """The accounts on virtual servers that one call of a step needs; see step_accounts.yml."""
    group = _group(hosts, hostvars, step, connection)
    return _steps.accounts(group) if group else []


def count_protected(hosts: t.Sequence[str], look: t.Any) -> str:
    """How many hosts are protected, as a sentence; see count_protected.yml."""
    entries = _steps.Returned(_steps.ROLES["tenant_status"]["tenant_status_look"], look).entries()
    return "%d of %d hosts are protected" % (sum(_outcome.is_protected(entry) for entry in entries), len(hosts))


def _group(hosts: t.Sequence[str], hostvars: Hostvars, step: str, connection: str) -> t.Optional[_steps.Group]:
    return next((group for group in _groups(hosts, hostvars, step) if group.representative == connection), None)


def _groups(hosts: t.Sequence[str], hostvars: Hostvars, step: str) -> list[_steps.Group]:
    if isinstance(hosts, str):
        raise AnsibleFilterError("A list of inventory hosts is needed, such as ansible_play_batch.")
    if not any(step in steps for steps in _steps.ROLES.values()):
        raise AnsibleFilterError("There is no step %s." % step)
    return _steps.groups(list(hosts), step, hostvars.__getitem__)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {
            "count_protected": count_protected,
            "step_accounts": step_accounts,
            "step_connections": step_connections,
            "step_entries": step_entries,
        }
