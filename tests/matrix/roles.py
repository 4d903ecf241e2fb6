# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles as chains of module calls in this process, with the roles' own Python between them and without ansible-playbook."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

Data = t.Mapping[str, t.Any]
ModuleRunner = t.Callable[..., t.Any]
COMMON = {"on_failure": "report", "poll_interval": 5, "progress_interval": 30}
WAIT = {"wait_for": "connected", "duplicates": "fail"}

# Module, options and whether it is only a rehearsal, by the name of the variable that the role's task registers.
STEPS: dict[str, tuple[str, dict[str, t.Any], bool]] = {
    "tenant_onboarding_packages": ("ksc_package_retranslate", {**COMMON, "wait_timeout": 1800}, False),
    "tenant_onboarding_move": ("ksc_host", {**COMMON, **WAIT, "keep_task": "failed", "wait_timeout": 900}, False),
    "tenant_onboarding_install": (
        "ksc_remote_install",
        {**COMMON, **WAIT, "expect_from_primary": True, "keep_task": "failed", "wait_timeout": 3600},
        False,
    ),
    "tenant_onboarding_placement": ("ksc_host", {**COMMON, **WAIT, "missing": "ignore", "wait_timeout": 900}, False),
    "tenant_offboarding_found": ("ksc_virtual_server", {"state": "present", "on_failure": "report"}, True),
    "tenant_offboarding_removal": (
        "ksc_remote_install",
        {**COMMON, **WAIT, "state": "absent", "missing": "ignore", "keep_task": "failed", "wait_timeout": 3600},
        False,
    ),
    "tenant_offboarding_placement": ("ksc_host", {**COMMON, **WAIT, "state": "unassigned", "missing": "ignore"}, False),
    "tenant_offboarding_server": (
        "ksc_virtual_server",
        {**COMMON, "wait_for": "connected", "state": "absent", "keep_task": "failed", "wait_timeout": 600},
        False,
    ),
    "tenant_server": ("ksc_virtual_server", {**COMMON, "state": "present", "wait_timeout": 600}, False),
    "tenant_administrator": ("ksc_user", {"on_failure": "report", "expect_virtual_server": True}, False),
    "tenant_groups": ("ksc_group", {**COMMON, "expect_virtual_server": True, "wait_timeout": 600}, False),
    "svm_deployment_connections": ("viis_infrastructure", {**COMMON, "wait_timeout": 300}, False),
    "svm_deployment_missing": ("viis_svm", {**COMMON, "refresh_in_check_mode": True, "wait_timeout": 300}, True),
    "svm_deployment_images": ("viis_image", {**COMMON, "wait_timeout": 1800}, False),
    "svm_deployment_deployment": (
        "viis_svm",
        {**COMMON, "localization": "en", "threads": 4, "refresh": False, "wait_timeout": 7200},
        False,
    ),
    "svm_removal_found": ("viis_infrastructure", {"state": "absent", "force": True, "on_failure": "report"}, True),
    "svm_removal_removal": ("viis_svm", {**COMMON, "state": "absent", "wait_timeout": 3600}, False),
    "svm_removal_disconnection": ("viis_infrastructure", {"state": "absent", "in_use": "keep", "on_failure": "report"}, False),
}


@dataclass
class Played:
    """How a run of a role ended: what each host would show in the recap, and what each module has returned."""

    outcomes: dict[str, dict[str, t.Any]] = field(default_factory=dict)
    results: list[t.Any] = field(default_factory=list)

    @property
    def failed(self) -> dict[str, str]:
        """The sentence of each host that has failed."""
        return {host: outcome["msg"] for host, outcome in self.outcomes.items() if outcome["failed"]}

    @property
    def changed(self) -> set[str]:
        return {host for host, outcome in self.outcomes.items() if outcome["changed"]}


def play(
    role: str,
    run: ModuleRunner,
    connection: Data,
    hosts: t.Mapping[str, Data],
    options: t.Optional[t.Mapping[str, Data]] = None,
    check: bool = False,
) -> Played:
    """Run a role for all hosts. ``connection``: variables of the play; ``hosts``: the arguments of host_request for each;
    ``options``: of single steps, beside those of the role's defaults."""
    from ansible_collections.ksv.light_agent.plugins.plugin_utils import _outcome, _requests, _steps

    options = options or {}
    steps = _steps.ROLES[role]
    requests = {host: _requests.build(host, {"role": role, **wanted}, connection) for host, wanted in hosts.items()}
    variables: dict[str, dict[str, t.Any]] = {host: {role + "_request": {"request": request}} for host, request in requests.items()}
    played = Played()
    names = list(hosts)
    for name, step in steps.items():
        module, given, rehearsal = STEPS[name]
        registered: list[dict[str, t.Any]] = []
        for group in _steps.calls(names, name, variables.__getitem__):
            arguments = {**given, **options.get(name, {}), **group.options(), step.returns: _steps.merged(group, step)}
            result = run(module, check=check or rehearsal, **arguments)
            played.results.append(result)
            registered.append({**result.data, "item": group.representative})
        for host in names:  # as run_once registers
            variables[host][name] = {"results": registered}

    def returned(name: str) -> t.Any:
        return _steps.Returned(steps[name], variables[names[0]].get(name))

    for host in names:
        played.outcomes[host] = _outcome.outcome(host, requests[host], returned, variables.__getitem__)
    return played


def play_cluster(run: ModuleRunner, primary: Data, reserve: Data, state: str = "present") -> Played:
    """Run the role ha_cluster: plain tasks on the primary server, of which the first that fails is the last."""
    tasks: list[tuple[str, dict[str, t.Any]]] = []
    if state == "present":
        tasks = [
            ("viis_server_role", {"role": "primary"}),
            ("viis_certificate", {"address": reserve["address"], "kind": "https", "trust_on_first_use": True}),
        ]
    instance = {
        "state": state,
        "address": reserve["address"],
        "reserve_password": reserve["password"],
        "on_address_mismatch": "update",
        "wait_timeout": 300,
        "poll_interval": 5,
        "progress_interval": 30,
    }
    played = Played()
    for module, arguments in [*tasks, ("viis_ha_instance", instance)]:
        result = run(module, **primary, **arguments)
        played.results.append(result)
        failed = result.failed
        played.outcomes["cluster"] = {
            "failed": failed,
            "changed": any(one.data.get("changed") for one in played.results),
            "msg": result.data.get("msg", ""),
        }
        if failed:
            break
    return played
