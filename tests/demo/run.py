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
import typing as t

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from simulator.runner import Simulator  # noqa: E402

SPEED = 60  # simulated seconds per second: an installation takes one second instead of a minute


@dataclasses.dataclass(frozen=True)
class Act:
    """One run of a playbook.

    ``changed``: whether something shall change, None where it does not matter; ``failed``: the hosts that shall fail;
    ``shows``: what the output shall show. ``results``: whether hosts without a change show theirs, too. ``before``: what happens to the
    simulated servers before it.
    """

    title: str
    text: str
    playbook: str
    inventory: str
    arguments: tuple[str, ...] = ()
    changed: bool | None = None
    failed: tuple[str, ...] = ()
    shows: str = ""
    results: bool = False
    before: t.Callable[[Simulator], None] | None = None

    @property
    def expected(self) -> str:
        """In a word, for the table at the end."""
        return said(self.changed, self.failed, self.shows)


def said(changed: bool | None, failed: t.Collection[str], shows: str = "") -> str:
    words = [] if changed is None else ["changed" if changed else "no change"]
    if failed:
        words.append("%d host%s failed" % (len(failed), "" if len(failed) == 1 else "s"))
    return ", ".join([*words, *([SHOWN.get(shows, "progress")] if shows else [])]) or "any"


def lose_svm(simulator: Simulator) -> None:
    """The Light Agent of a machine loses its connection to the SVM; whatever is installed there stays."""
    with simulator.lock:
        simulator.world["ksc"].state.host("web-02").machine.svm = "none"


NO_SVM = "not protected: It is not connected to an SVM"
SHOWN = {NO_SVM: "the reason"}  # what an act shows, in a word; else how a step stands


@dataclasses.dataclass(frozen=True)
class Seen:
    """What came of an act: ``right`` is whether it is as expected."""

    act: Act
    text: str
    right: bool
    seconds: float


ACTS = (
    Act(
        "A dry run",
        "What would change? Nothing is written. Neither the packages nor the machines are on the virtual servers yet, "
        "but the whole procedure is predicted.",
        "onboard_tenant",
        "tenants.yml",
        ("--check",),
        changed=True,
    ),
    Act(
        "Two tenants are onboarded",
        "Packages go to each tenant's virtual server, its machines move there, and the Light Agent is installed on them. "
        "All tenants are processed in parallel, and each machine shows its own result.",
        "onboard_tenant",
        "tenants.yml",
        changed=True,
    ),
    Act("The same again", "Everything is up to date, so nothing is changed.", "onboard_tenant", "tenants.yml", changed=False),
    Act("Are they protected?", "Only reads.", "tenant_status", "tenants.yml", changed=False, results=True),
    Act(
        "Installed, but not protected",
        "The Light Agent of web-02 has lost its SVM: it is installed and its Network Agent is connected, but nothing is scanned there. "
        "app-01 still has to be restarted. With tenant_status_required=protected such hosts fail, and say why.",
        "tenant_status",
        "tenants.yml",
        ("-e", "tenant_status_required=protected"),
        changed=False,
        failed=("app-01", "web-02"),
        shows=NO_SVM,
        before=lose_svm,
    ),
    Act(
        "Machines with problems",
        "One has no disk space, one is off, one address has two records, one is unknown. Each shows why. One is slow: the run shows "
        "its progress, and waits for it. The one that is off does not hold up the others; its task remains on the server, and "
        "starts when it is back.",
        "onboard_tenant",
        "trouble.yml",
        changed=True,
        failed=("no-disk-space", "switched-off", "two-records", "not-there"),
        shows="Install: ",
    ),
    Act(
        "The tenants are offboarded",
        "The application is removed and the machines go to Unassigned devices of the virtual server "
        "(-e tenant_offboarding_state=absent would delete their records).",
        "offboard_tenant",
        "tenants.yml",
        changed=True,
    ),
    Act("The same again", "There is nothing to do.", "offboard_tenant", "tenants.yml", changed=False),
    Act(
        "SVMs for three infrastructures",
        "The other server: the Integration Server is connected to a vCenter, a Proxmox VE server and an OpenStack, their certificates and keys "
        "are trusted, the SVM image is registered and validated, and an SVM is deployed on each hypervisor.",
        "deploy_svms",
        "svms.yml",
        changed=True,
    ),
    Act("The same again", "All SVMs exist, so nothing is changed.", "deploy_svms", "svms.yml", changed=False),
    Act(
        "SVMs are changed",
        "With a playbook of your own. The SSH mode of an SVM cannot be read, so this is a change each time.",
        "../change_svms.yml",
        "svms.yml",
        changed=True,
    ),
    Act(
        "The SVMs are removed",
        "They are deleted, and infrastructures without SVMs are disconnected. The vCenter has another SVM, so it stays connected.",
        "remove_svms",
        "svms.yml",
        changed=True,
    ),
    Act("The same again", "There is nothing to do.", "remove_svms", "svms.yml", changed=False),
    Act(
        "A cluster of two Integration Servers",
        "One becomes the primary server, the other the reserve server.",
        "build_ha_cluster",
        "cluster.yml",
        changed=True,
    ),
    Act("The same again", "Both already have their roles.", "build_ha_cluster", "cluster.yml", changed=False),
)

RECAP = re.compile(r"^(\S+)\s*: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
COLORS = re.compile(r"\x1b\[[\d;]*m")


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
        environment = dict(
            os.environ,
            **simulator.environment(),
            ANSIBLE_DISPLAY_SKIPPED_HOSTS="false",
            ANSIBLE_CALLBACK_RESULT_FORMAT="yaml",
        )
        if sys.stdout.isatty():
            environment["ANSIBLE_FORCE_COLOR"] = "true"
        seen = []
        for number, act in enumerate(ACTS, 1):
            if act.before is not None:
                act.before(simulator)
            seen.append(play(number, act, environment))
        requests = simulator.journal.counters()
    print(headline("The end"))
    table(seen)
    for server, counters in requests.items():
        if counters["requests"]:
            print(f"{server}: {counters['requests']} requests, {counters['logins']} logins")
    wrong = sum(not one.right for one in seen)
    print(f"{len(ACTS)} playbooks in {time.monotonic() - began:.0f} seconds; {wrong or 'none'} not as expected")
    return 1 if wrong else 0


def table(seen: t.Sequence[Seen]) -> None:
    layout = "%-45s %-35s %-35s %7s"
    print(layout % ("act", "expected", "seen", "seconds"))
    for number, one in enumerate(seen, 1):
        text = one.text if one.right else one.text + "  <-- NOT AS EXPECTED"
        print(layout % (f"{number}. {one.act.title}", one.act.expected, text, f"{one.seconds:.1f}"))


def headline(text: str) -> str:
    return f"\n{'=' * 100}\n{text}\n{'=' * 100}"


def play(number: int, act: Act, environment: dict[str, str]) -> Seen:
    """Run an act while its output is shown; what came of it."""
    playbook = act.playbook if act.playbook.endswith(".yml") else f"ksv.light_agent.{act.playbook}"
    command = ["ansible-playbook", playbook, "-i", act.inventory, *act.arguments]
    print(headline(f"{number}. {act.title}"))
    print(textwrap.fill(act.text, 100))
    print(f"\n$ {' '.join(command)}", flush=True)
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=HERE / "inventory",
        env=dict(environment, ANSIBLE_DISPLAY_OK_HOSTS=str(act.results)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    process.wait()
    output = COLORS.sub("", "".join(lines))
    recap = RECAP.findall(output)
    failed = {host for host, _changed, unreachable, failures in recap if int(unreachable) + int(failures)}
    changed = any(int(count) for _host, count, _unreachable, _failures in recap)
    shown = act.shows if act.shows in " ".join(output.split()) else ""  # long lines are broken
    right = bool(recap) and failed == set(act.failed) and act.changed in (None, changed) and shown == act.shows
    text = said(changed, failed, shown) if recap else "no recap"
    return Seen(act, text, right, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
