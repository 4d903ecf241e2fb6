# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: host_pattern
author:
  - ksv.light_agent contributors (@ksv-light-agent)
version_added: 2.0.0
short_description: Read a host pattern from a variable, and require that it matches a host
description:
  - Returns the host pattern for the keyword C(hosts) of a play from a variable, or a default if the variable is not set.
  - Fails if the pattern is blank or matches no host of the inventory, or none within C(--limit). Ansible itself skips a play without hosts,
    and succeeds. A pattern of separators only, such as C(,), matches all hosts in Ansible, and fails here.
  - Groups that the inventory has may be empty, such as in a slice of an AWX job or if an inventory plugin finds no new hosts, unless
    O(names_only=true).
options:
  _terms:
    description: Name of the variable. Its value is a pattern or a list of patterns.
    type: list
    elements: str
    required: true
  default:
    description:
      - Pattern to return if the variable is not set.
      - It is not checked if it is V(all), or if the inventory has no hosts.
    type: str
    default: all
  names_only:
    description:
      - Whether the value must consist of names of groups and hosts, separated by C(,) or C(:).
      - Then V(all), wildcards, exclusions and names that the inventory does not have are refused.
    type: bool
    default: false
  limited:
    description: Whether a host must also be within C(--limit).
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Play that removes something
  hosts: "{{ lookup('ksv.light_agent.host_pattern', 'my_hosts', names_only=true) }}"
  gather_facts: false
  tasks: []
"""

RETURN = r"""
_raw:
  description: The pattern of each variable.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.inventory.manager import InventoryManager, split_host_pattern
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    """Read host patterns from variables, and check them against the inventory."""

    def run(self, terms: t.Sequence[str], variables: t.Optional[t.Mapping[str, t.Any]] = None, **kwargs: t.Any) -> list[str]:
        """Return the pattern of each variable. Raise AnsibleLookupError if a pattern matches no host."""
        self.set_options(var_options=variables, direct=kwargs)
        return [self._pattern(term, variables or {}) for term in terms]

    def _pattern(self, name: str, variables: t.Mapping[str, t.Any]) -> str:
        groups = {group: list(hosts) for group, hosts in variables["groups"].items()}
        if name in variables:
            value = self._templar.template(variables[name])
            parts = value if isinstance(value, (list, tuple)) else [value]
            pattern = ",".join("" if part is None else str(part) for part in parts)
            if self.get_option("names_only"):
                _require_names(name, pattern, groups)
        else:
            pattern = str(self.get_option("default"))
            if pattern == "all" or not groups.get("all"):
                return pattern
        self._require_hosts(name, pattern, groups, str(variables.get("ansible_limit") or ""))
        return pattern

    def _require_hosts(self, name: str, pattern: str, groups: t.Mapping[str, list[str]], limit: str) -> None:
        """Raise an error if a pattern matches no host of the inventory, or none within the limit."""
        manager = InventoryManager(self._loader, parse=False)
        for group, hosts in groups.items():
            manager.add_group(group)
            for host in hosts:
                manager.add_host(host, group=group)
        # The implicit localhost matches its name, but is no host of the inventory. Separators only would match all hosts.
        known = set(groups.get("all", ()))
        parts = split_host_pattern(pattern) if pattern.strip(" ,:") else []
        if not parts or not known.intersection(host.name for host in manager.get_hosts(pattern)):
            if self.get_option("names_only") or not parts or not all(part in groups and part != "all" for part in parts):
                raise AnsibleLookupError('%s is "%s", which matches no host of the inventory.' % (name, pattern))
            return
        if limit and self.get_option("limited"):
            manager.subset(limit)
            if not manager.get_hosts(pattern):
                raise AnsibleLookupError('%s is "%s", which matches no host within the limit "%s".' % (name, pattern, limit))


def _require_names(name: str, pattern: str, groups: t.Mapping[str, list[str]]) -> None:
    """Raise an error if a pattern has a part that is not the name of a group or a host."""
    names = {*groups, *groups.get("all", ())} - {"all"}
    wrong = [part for part in split_host_pattern(pattern) if part not in names]
    if wrong:
        raise AnsibleLookupError(
            '%s is "%s", but "%s" is not accepted here; give names of groups or hosts of the inventory, separated by commas.'
            % (name, pattern, wrong[0])
        )
