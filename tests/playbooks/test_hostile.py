# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and reasons that come from a server or a user stay text, whatever they look like."""

from __future__ import annotations

import json
import sys

from simulator.ksc.state import Outcome

# Evaluated, it would end the play, run a command or change how a terminal looks.
TEXT = (
    "{{ 1/0 }}{% raw %}{{ lookup('pipe','touch pwned') }}\x1b[31mred\x1b]0;title\x07\u202eabc\n"
    "fatal: [healthy]: FAILED! => {\"msg\": \"made up\"} !unsafe {'__ansible_unsafe': 'x', '_ansible_no_log': true} \"'\\"
)
NAME = "{{ 1/0 }}\x1b[31m\u202ename"
ONBOARD = "ksv.light_agent.onboard_tenant"
VARIABLES = {
    "tenant_onboarding_poll_interval": 0.1,
    "ksv_virtual_server": "Tenant A",
    "ksv_product": {"name": "KSVLA", "version": "5.2.0.0"},
}


def prepare(simulator):
    state = simulator.world["ksc"].state
    host = state.hosts("broken-01")[0]
    host.machine.outcomes[:] = [Outcome(task="install", result="failed", reason=TEXT)]
    for name in ("web-01", "broken-01"):
        named = state.hosts(name)[0]
        named.name = NAME + name
        named.server.touch()


def clean(run, folder):
    """Nothing was evaluated, and nothing reached the terminal that it does not show as it is."""
    assert "\x1b" not in run.output and "\x07" not in run.output
    # Ansible prints what modules return as JSON, whose quotes such a mark does not leave; what stands alone has none.
    assert not [line for line in run.output.splitlines() if "\u202e" in line and '{"' not in line and '": "' not in line]
    assert not list(folder.rglob("pwned")) and "division" not in run.output
    assert not [line for line in run.output.splitlines() if line.startswith("fatal: [healthy]")]


def test_a_role_shows_what_a_server_says_as_text(simulator, playbooks, tmp_path):
    prepare(simulator)
    hosts = {"healthy": {"ansible_host": "10.20.0.11"}, "broken": {"ansible_host": "10.20.0.41"}}
    play = [{"hosts": "all", "gather_facts": False, "roles": ["ksv.light_agent.tenant_onboarding"]}]
    run = playbooks.run(playbooks.write("play.yml", play), {"vars": VARIABLES, "hosts": hosts}, "--diff", "-vv")
    assert run.failed == {"broken"} and run.verdicts["healthy"] == "Tenant A: moved, KSVLA 5.2.0.0: installed"
    assert "{{ 1/0 }}{% raw %}{{ lookup('pipe','touch pwned') }}" in run.verdicts["broken"]
    clean(run, tmp_path)


def test_modules_registered_and_shown(simulator, playbooks, tmp_path):
    prepare(simulator)
    out = tmp_path / "out.json"
    play = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {
                    "ksv.light_agent.ksc_package_retranslate": {
                        "virtual_server": ["Tenant A"],
                        "packages": [{"name": "1103", "version": "1.0.0.0"}, VARIABLES["ksv_product"]],
                        "poll_interval": 0.1,
                    }
                },
                {"ksv.light_agent.ksc_host": {"virtual_server": "Tenant A", "ip": ["10.20.0.41"], "poll_interval": 0.1}},
                {
                    "ksv.light_agent.ksc_remote_install": {
                        "virtual_server": "Tenant A",
                        "product": VARIABLES["ksv_product"],
                        "ip": ["10.20.0.41"],
                        "poll_interval": 0.1,
                        "progress_interval": 0.2,
                        "on_failure": "report",
                    },
                    "register": "done",
                },
                {"ansible.builtin.debug": {"var": "done"}},
                {"ansible.builtin.debug": {"msg": "{{ done.hosts[0].reason }}"}},
                {"ansible.builtin.set_fact": {"again": "{{ done.hosts[0] }}"}},
                {"ansible.builtin.debug": {"msg": "{{ again.name }}: {{ again.reason | length }}"}},
                {"ansible.builtin.copy": {"content": "{{ done.hosts[0] | to_json }}", "dest": str(out)}, "diff": False},
                {"ksv.light_agent.ksc_host": {"virtual_server": "Tenant A", "name": ["{{ again.name }}"], "group": "{{ again.reason }}"}},
            ],
        }
    ]
    run = playbooks.run(
        playbooks.write("play.yml", play),
        {"hosts": {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}}},
        "--diff",
        "-vv",
    )
    assert run.failed == {"localhost"} and "no administration group" in run.output
    result = json.loads(out.read_text())
    assert result["name"] == NAME + "broken-01" and TEXT.partition("\n")[0] in result["reason"]
    clean(run, tmp_path)
