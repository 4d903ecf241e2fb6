# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a tenant under each value of each setting of the simulated KSC, one at a time."""

from __future__ import annotations

import pytest

import readings

KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
AGENT = {"name": "1103", "version": "1.0.0.0"}
IPS = ["10.20.0.11", "10.20.0.12"]
OS = {"os_username": "Administrator", "os_password": "Local-Admin-1"}


def steps(options):
    """Modules and their arguments, from packages to deleted records."""
    hosts = {"virtual_server": "Tenant A", "ip": IPS, "poll_interval": 20, **options.get("ksc_host", {})}
    install = {**hosts, "product": KSVLA, **OS, **options.get("ksc_remote_install", {})}
    return [
        ("package_retranslate", {"packages": [AGENT, KSVLA], "virtual_server": ["Tenant A"], "poll_interval": 20}),
        ("host", dict(hosts, group="Web/Frontend")),
        ("remote_install", install),
        ("remote_install", dict(install, state="absent")),
        ("host", dict(hosts, state="unassigned")),
        ("host", dict(hosts, state="absent")),
    ]


def live(ksc, case):
    ksc.simulator.change_settings({case.part: {case.name: case.value}})
    ksc.runner.secrets.add("Local-Admin-1")
    for module, arguments in steps(case.options):
        rehearsal = ksc(module, check=True, warns=None, **arguments)
        first = ksc(module, warns=None, **arguments)
        again = ksc(module, warns=None, **arguments)
        assert (rehearsal.changed, first.changed, again.changed) == (True, True, False), (module, arguments)
        assert ksc.writes(again) == []
        assert rehearsal.diff == first.diff
    assert len(ksc.server.state.server("Tenant A").packages) == 2
    assert "Tenant A" not in ksc.servers_of("web-01")


@pytest.mark.parametrize("case", readings.params(readings.cases("frame", "ksc")))
def test_a_tenant(ksc, case):
    live(ksc, case)


TENANT = "Tenant Z"
ON_IT = {"virtual_server": TENANT}
# A server that serves the vendor's articles only makes no tenants.
UNFIT = {"documented_only"}


def objects():
    """A tenant from nothing to nothing, with two machines that come and go."""
    user = {**ON_IT, "name": "z-admin", "user_password": "Tenant-Secret-1", "mail": "z@example.test", "enabled": True}
    group = {**ON_IT, "path": "Web", "notify_days": 3, "remove_days": 33, "conditions": ["suggested_by_product", "databases_outdated"]}
    return [
        ("virtual_server", {"name": TENANT, "parent_group": "Infrastructure"}),
        ("user", user),
        ("group", group),
        ("host", {**ON_IT, "ip": IPS, "group": "Web", "poll_interval": 20}),
        ("user", {**user, "mail": "new@example.test"}),
        ("virtual_server", {"name": TENANT, "state": "suspended"}),
        ("virtual_server", {"name": TENANT}),
        ("user", {**ON_IT, "name": "z-admin", "state": "absent"}),
        ("virtual_server", {"name": TENANT, "state": "absent", "move_hosts_to": "primary", "poll_interval": 20}),
    ]


@pytest.mark.parametrize("case", readings.params([case for case in readings.cases("frame", "ksc") if case.name not in UNFIT]))
def test_a_tenant_itself(ksc, case):
    ksc.simulator.change_settings({case.part: {case.name: case.value}})
    ksc.runner.secrets.add("Tenant-Secret-1")
    for module, arguments in objects():
        options = case.options.get("ksc_host", {})
        if "move_hosts_to" in arguments:
            options = {name: value for name, value in options.items() if name != "duplicates"}
        if module == "host" or "move_hosts_to" in arguments:
            arguments = {**arguments, **options}
        rehearsal = ksc(module, check=True, warns=None, **arguments)
        first = ksc(module, warns=None, **arguments)
        again = ksc(module, warns=None, **arguments)
        assert (rehearsal.changed, first.changed, again.changed) == (True, True, False), (module, arguments)
        assert ksc.writes(again) == []
        assert rehearsal.diff == first.diff
    assert "primary" in ksc.servers_of("web-01") and TENANT not in ksc.servers_of("web-01")
