# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run no playbook on other hosts than those that were meant: a pattern that is blank or matches no host fails before anything is done."""

from __future__ import annotations

import pathlib

import pytest
import yaml

PLAYBOOKS = pathlib.Path(__file__).resolve().parents[2] / "playbooks"
CHECKED = "{{ lookup('ksv.light_agent.host_pattern', 'ksv_hosts') }}"
# The playbooks that remove something. In AWX, a survey asks for the hosts.
NAMES_ONLY = CHECKED.replace("'ksv_hosts'", "'ksv_hosts', names_only=awx_job_id is defined")
DESTRUCTIVE = {"offboard_tenant", "remove_svms"}
WITHOUT = {"setup_awx"}  # runs on localhost
INVENTORY = {"children": {"tenants": {"hosts": {"web-01": None, "db-01": None}}, "svms": {"hosts": {"svm-1": None}}}}


def test_each_playbook_checks_its_hosts():
    found = {path.stem: yaml.safe_load(path.read_text()) for path in PLAYBOOKS.glob("*.yml") if path.stem not in WITHOUT}
    assert len(found) == 10
    replaced = found.pop("replace_svms")
    for name, plays in found.items():
        assert [play["hosts"] for play in plays] == [NAMES_ONLY if name in DESTRUCTIVE else CHECKED], name
    # The first play of the only playbook with several plays checks the hosts of all of them.
    first = replaced[0]["hosts"]
    assert "host_pattern', 'replace_svms_hosts', limited=false)" in first and "host_pattern', 'replace_svms_group'" in first
    used = {play["hosts"] for play in replaced[1:]}
    assert used == {
        "{{ replace_svms_group | default('svms') }}",
        "{{ replace_svms_hosts | default('all') }}:{{ replace_svms_group | default('svms') }}",
    }


@pytest.mark.every_core
@pytest.mark.parametrize(
    ("playbook", "arguments", "says"),
    [
        ("onboard_tenant", ("-e", "{ksv_hosts: ','}"), 'ksv_hosts is ",", which matches no host of the inventory.'),
        (
            "tenant_status",
            ("-e", "ksv_hosts=svms", "--limit", "web-01"),
            'ksv_hosts is "svms", which matches no host within the limit "web-01".',
        ),
        (
            "offboard_tenant",
            ("-e", "{ksv_hosts: 'tenants:!db-01', awx_job_id: 1}"),
            'ksv_hosts is "tenants:!db-01", but "!db-01" is not accepted here;',
        ),
        ("replace_svms", ("-e", "replace_svms_hosts=tenant"), 'replace_svms_hosts is "tenant", which matches no host of the inventory.'),
        ("replace_svms", ("-e", "replace_svms_group=svm"), 'replace_svms_group is "svm", which matches no host of the inventory.'),
    ],
)
def test_hosts_that_do_not_exist_are_an_error_before_anything_is_done(playbooks, playbook, arguments, says):
    run = playbooks.run("ksv.light_agent." + playbook, INVENTORY, *arguments)
    assert run.returncode != 0 and says in " ".join(run.output.split())
    assert "PLAY [" not in run.output and run.tasks == []
