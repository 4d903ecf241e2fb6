# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the roles' steps: which connections a step works through, and with which entries and accounts."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.ksv.light_agent.plugins.plugin_utils import _steps, _svms, _tenants

Hostvars = t.Mapping[str, t.Mapping[str, t.Any]]


def step_connections(hosts: t.Sequence[str], hostvars: Hostvars, step: str) -> list[str]:
    """For each connection of a step one host that has it; see step_connections.yml."""
    return [call.representative for call in _calls(hosts, hostvars, step)]


def step_entries(hosts: t.Sequence[str], hostvars: Hostvars, step: str, connection: str) -> list[dict[str, t.Any]]:
    """What one call of a step works on; see step_entries.yml."""
    found = next((call for call in _calls(hosts, hostvars, step) if call.representative == connection), None)
    return _steps.merged(found, _steps.step_of(step)) if found else []


def connection_options(hosts: t.Sequence[str], hostvars: Hostvars, role: str, connection: str) -> dict[str, t.Any]:
    """The options of one connection; see connection_options.yml."""
    found = _steps.groups(_listed(hosts), role, _reader(hostvars))
    return next((group.options() for group in found if connection in group.requests), {})


def count_protected(hosts: t.Sequence[str], look: t.Any) -> str:
    """How many hosts are protected, as a sentence; see count_protected.yml."""
    return _tenants.count(_listed(hosts), look)


def tenant_report(look: t.Any, hostvars: Hostvars) -> list[str]:
    """What hosts of tenants have in common, and drift from the inventory; see tenant_report.yml."""
    return _tenants.report(look, hostvars)


def old_products(hostvars: Hostvars) -> list[dict[str, t.Any]]:
    """Which Light Agents are old, by the inventory; see old_products.yml."""
    return _svms.old_products(hostvars)


def tenant_accounts(hostvars: Hostvars) -> list[dict[str, t.Any]]:
    """The accounts on virtual servers that this run has worked with; see tenant_accounts.yml."""
    return _svms.tenant_accounts(hostvars)


def old_agents(proof: t.Any) -> list[str]:
    """What is missing for the proof that old SVMs are not needed; see old_agents.yml."""
    return _svms.report(proof)


def _calls(hosts: t.Sequence[str], hostvars: Hostvars, step: str) -> list[_steps.Group]:
    if not _steps.is_step(step):
        raise AnsibleFilterError("There is no step %s." % step)
    return _steps.calls(_listed(hosts), step, _reader(hostvars))


def _listed(hosts: t.Sequence[str]) -> list[str]:
    if isinstance(hosts, str):
        raise AnsibleFilterError("A list of inventory hosts is needed, such as ansible_play_batch.")
    return list(hosts)


def _reader(hostvars: Hostvars) -> t.Callable[[str], t.Mapping[str, t.Any]]:
    """How to get at the variables of a host. What tasks have registered holds no templates, so looking for them is spared."""
    return getattr(hostvars, "raw_get", hostvars.__getitem__)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {
            "connection_options": connection_options,
            "count_protected": count_protected,
            "old_agents": old_agents,
            "old_products": old_products,
            "step_connections": step_connections,
            "step_entries": step_entries,
            "tenant_accounts": tenant_accounts,
            "tenant_report": tenant_report,
        }
