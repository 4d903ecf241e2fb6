# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell the story of two tenants and their infrastructure, with real playbooks against the simulator.

Every act says what it shall show, and the demo fails when it does not.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import textwrap
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from simulator.runner import Simulator  # noqa: E402

SPEED = 60  # simulated seconds per second: an installation takes one second instead of a minute


@dataclasses.dataclass(frozen=True)
class Act:
    """One run of a playbook.

    ``changed``: whether something shall change, None where it does not matter; ``failed``: the hosts that shall fail.
    """

    title: str
    text: str
    playbook: str
    inventory: str
    arguments: tuple[str, ...] = ()
    changed: bool | None = None
    failed: tuple[str, ...] = ()


ACTS = (
    Act(
        "A dry run",
        "What would happen? Nothing is written: the packages are not on the virtual servers yet, nor the machines, "
        "and yet the whole procedure is rehearsed.",
        "onboard_tenant",
        "tenants.yml",
        ("--check",),
        changed=True,
    ),
    Act(
        "Two tenants come under protection",
        "Packages go to each tenant's virtual server, its machines move there, and the Light Agent is installed on them: "
        "one task for Windows and one for Linux. Each machine shows its own outcome.",
        "onboard_tenant",
        "tenants.yml",
        changed=True,
    ),
    Act("The same again", "Everything is as it should be, so nothing is written.", "onboard_tenant", "tenants.yml", changed=False),
    Act("How protected are they?", "Only reads.", "tenant_status", "tenants.yml", changed=False),
    Act(
        "Machines with which something is wrong",
        "One has no disk space, one is off, one address has two records, one is unknown. Each shows why; the healthy one goes on.",
        "onboard_tenant",
        "trouble.yml",
        failed=("no-disk-space", "switched-off", "two-records", "not-there"),
    ),
    Act(
        "The tenants leave",
        "The application is removed and the machines go to Unassigned devices of the virtual server "
        "(-e tenant_offboarding_state=absent would delete their records).",
        "offboard_tenant",
        "tenants.yml",
        changed=True,
    ),
    Act("The same again", "There is nothing left to do.", "offboard_tenant", "tenants.yml", changed=False),
    Act(
        "SVMs for three infrastructures",
        "The other server: the Integration Server is connected to a vCenter, a Proxmox VE server and an OpenStack, with the trust that "
        "each of them needs, the SVM image is registered and checked, and an SVM is deployed on each hypervisor.",
        "deploy_svms",
        "svms.yml",
        changed=True,
    ),
    Act("The same again", "All SVMs are there, so nothing is written.", "deploy_svms", "svms.yml", changed=False),
    Act(
        "SVMs are changed",
        "With a playbook of one's own. Nobody can read the SSH mode of an SVM, so this is a change each time.",
        "../change_svms.yml",
        "svms.yml",
        changed=True,
    ),
    Act(
        "The SVMs go",
        "They are deleted, and infrastructures without SVMs are disconnected. The vCenter has an SVM of somebody else, so it stays.",
        "remove_svms",
        "svms.yml",
        changed=True,
    ),
    Act("The same again", "There is nothing left to do.", "remove_svms", "svms.yml", changed=False),
    Act(
        "A cluster of two Integration Servers",
        "One becomes the primary, the other its reserve.",
        "build_ha_cluster",
        "cluster.yml",
        changed=True,
    ),
    Act("The same again", "Both are what they should be.", "build_ha_cluster", "cluster.yml", changed=False),
)

RECAP = re.compile(r"^(\S+)\s*: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
COLOURS = re.compile(r"\x1b\[[\d;]*m")


def main() -> int:
    began = time.monotonic()
    # Real servers may list their infrastructures; this one does, so that a second run finds them again.
    with Simulator(speed=SPEED, settings={"viis": {"undocumented": True}}) as simulator:
        print(
            textwrap.dedent(f"""
            Two servers are simulated on this machine, from public documents and not from the product:
            an answer of theirs is no proof of what a real server does. {SPEED} simulated seconds pass in one.
            Administration Server: {simulator.ksc.url}
            Integration Servers:   {simulator.viis.url}, {simulator.viis_reserve.url}""")
        )
        environment = dict(os.environ, **simulator.environment(), ANSIBLE_DISPLAY_SKIPPED_HOSTS="false")
        if sys.stdout.isatty():
            environment["ANSIBLE_FORCE_COLOR"] = "true"
        complaints = [complaint for number, act in enumerate(ACTS, 1) for complaint in play(number, act, environment)]
        requests = simulator.journal.counters()
    print(headline("The end"))
    for server, counters in requests.items():
        if counters["requests"]:
            print(f"{server}: {counters['requests']} requests, {counters['logins']} logins")
    print(f"{len(ACTS)} playbooks in {time.monotonic() - began:.0f} seconds")
    for complaint in complaints:
        print(f"NOT AS IT SHOULD BE: {complaint}")
    return 1 if complaints else 0


def headline(text: str) -> str:
    return f"\n{'=' * 100}\n{text}\n{'=' * 100}"


def play(number: int, act: Act, environment: dict[str, str]) -> list[str]:
    """Run an act while its output is shown; what is not as it should be."""
    playbook = act.playbook if act.playbook.endswith(".yml") else f"ksv.light_agent.{act.playbook}"
    command = ["ansible-playbook", playbook, "-i", act.inventory, *act.arguments]
    print(headline(f"{number}. {act.title}"))
    print(textwrap.fill(act.text, 100))
    print(f"\n$ {' '.join(command)}", flush=True)
    process = subprocess.Popen(
        command, cwd=HERE / "inventory", env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    process.wait()
    recap = RECAP.findall(COLOURS.sub("", "".join(lines)))
    failed = {host for host, _changed, unreachable, failures in recap if int(unreachable) + int(failures)}
    changed = any(int(count) for _host, count, _unreachable, _failures in recap)
    complaints = []
    if not recap:
        complaints.append(f"{act.title}: no recap")
    if failed != set(act.failed):
        complaints.append(f"{act.title}: failed: {sorted(failed)}, expected: {sorted(act.failed)}")
    if act.changed is not None and changed != act.changed:
        complaints.append(f"{act.title}: {'changed something' if changed else 'changed nothing'}")
    return complaints


if __name__ == "__main__":
    sys.exit(main())
