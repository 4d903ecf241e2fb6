# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Worlds of many tenants, for the rows that measure how long a run is against its slowest machine."""

from __future__ import annotations

import typing as t

SIZE = 20  # machines of a tenant
# Simulated seconds that the servers take; one passes in a second, so these are seconds of the run.
WORK = {
    "retranslate_seconds": 10.0,
    "task_pending_seconds": 1.0,
    "reconnect_seconds": 4.0,
    "reconnect_delay_seconds": 12.0,
    "install_seconds": 25.0,
}
LOOKS = ("HostGroup.FindHosts", "ChunkAccessor.", "Tasks.GetTaskStatistics", "AsyncActionStateChecker.")
STARTS = ("Tasks.RunTask", "PackagesApi.RetranslateToVServerAsync")
# Sent once, whatever the servers take; everything else that a server is asked while it works, or after that, is a poll.
ONCE = (*STARTS, "Tasks.AddTask", "Tasks.GetAllTasksOfHost", "Tasks.DeleteTask")


def polls(entries: t.Iterable[t.Any]) -> int:
    """How many of the requests ask how far the servers are, and what they have done. A module is what happens until all sessions end."""
    count = sessions = 0
    working: set[str] = set()
    for entry in entries:
        if entry.method == "Session.StartSession":
            sessions += 1
        elif entry.method == "Session.EndSession":
            sessions -= 1
            if not sessions:
                working.clear()
        elif entry.method in STARTS:
            working.add(entry.scope)
        elif entry.method not in ONCE and (entry.scope in working or (working and entry.method.startswith(LOOKS))):
            count += 1
    return count


def server_work() -> float:
    """Seconds that the servers take for one tenant: a copy, a move, an installation."""
    return sum(WORK.values()) + WORK["task_pending_seconds"]


def name(tenant: int) -> str:
    return "Tenant %02d" % (tenant + 1)


def address(tenant: int, machine: int) -> str:
    return "10.%d.%d.%d" % (100 + tenant, machine // 200, machine % 200 + 10)


def is_off(number: int, one_in: int) -> bool:
    """One machine in ``one_in`` is switched off, the last of a hundred; none for 0."""
    return bool(one_in) and number % one_in == one_in - 1


def world(tenants: int, size: int = SIZE, off: int = 0) -> dict[str, t.Any]:
    return {
        "ksc": {
            "addresses": ["127.0.0.1"],
            "virtual_servers": [{"name": name(tenant)} for tenant in range(tenants)],
            "accounts": [{"username": "svc-ansible", "password": "Rehearsal-1", "internal": True, "about": "all servers"}],
            "packages": [{"product": "1103", "version": "1.0.0.0"}, {"product": "KSVLA", "version": "5.2.0.0", "platform": "windows"}],
            "hosts": [
                {
                    "name": "t%02d-vm%02d" % (tenant + 1, machine + 1),
                    "ip": address(tenant, machine),
                    "platform": "windows",
                    "online": not is_off(tenant * size + machine, off),
                }
                for tenant in range(tenants)
                for machine in range(size)
            ],
        }
    }


def onboarded(tenants: int, size: int = SIZE) -> dict[str, t.Any]:
    """The same world when all machines are where they belong and have the application."""
    made = world(tenants, size)
    for number, host in enumerate(made["ksc"]["hosts"]):
        host.update(server=name(number // size), group="Web", products=[{"name": "KSVLA", "version": "5.2.0.0"}])
    for server in made["ksc"]["virtual_servers"]:
        server["groups"] = ["Web"]
    return made


def inventory(tenants: int, size: int = SIZE) -> dict[str, t.Any]:
    """The inventory of such a world."""
    return {
        "all": {
            "vars": {
                "tenant_onboarding_poll_interval": 0.5,
                "ksv_product": {"name": "KSVLA", "version": "5.2.0.0"},
                "ksv_os_username": "u",
                "ksv_os_password": "p",
            },
            "children": {
                "tenant_%02d" % (tenant + 1): {
                    "vars": {"ksv_virtual_server": name(tenant)},
                    "hosts": {
                        "t%02d-vm%02d" % (tenant + 1, machine + 1): {"ansible_host": address(tenant, machine)} for machine in range(size)
                    },
                }
                for tenant in range(tenants)
            },
        }
    }
