# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# ruff: noqa: RUF001 - there is Russian here

"""The reports that a play writes: each host is in the one that it asks for, whatever became of it."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from simulator.runner import Simulator

ONBOARD = "ksv.light_agent.onboard_tenant"
STATUS = "ksv.light_agent.tenant_status"
KSVLA = {"name": "KSVLA", "version": "5.2.0.0"}
KESL = {"name": "kesl", "version": "12.1.0.0"}
OS = {"ksv_os_username": "Administrator", "ksv_os_password": "Local-Admin-1"}
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+)(?: \| [^|]+){3} \| \*\*([^|*]+)\*\*", re.MULTILINE)


def host(address, product=None, **variables):
    return {"ansible_host": address, "ksv_product": product or KSVLA, **variables}


def tenants(**variables):
    """Two tenants: each has a report, and Tenant B has that in Russian."""
    return {
        "vars": {"tenant_status_report": "{{ reports }}/{{ ksv_virtual_server }}.md", **variables},
        "children": {
            "a": {
                "vars": {"ksv_virtual_server": "Tenant A"},
                "hosts": {
                    "a-web": host("10.20.0.11"),
                    "a-no-svm": host("10.20.0.12"),
                    "a-asleep": host("10.20.0.25", KESL),
                    "a-gone": host("10.20.0.99"),
                    "a-wrong": host("no-address"),
                },
            },
            "b": {
                "vars": {"ksv_virtual_server": "Tenant B", "tenant_status_report_language": "ru"},
                "hosts": {"b-web": host("10.30.0.11"), "b-undefined": host("10.30.0.12", "{{ nobody_knows }}")},
            },
        },
    }


def rows(path):
    """What a Markdown report says of each machine: its address, and in a word how protected it is."""
    return {name: (ip, state) for name, ip, state in ROW.findall(path.read_text(encoding="utf-8"))}


@pytest.fixture
def simulator():
    with Simulator("day-two", speed=200) as simulator:
        yield simulator


@pytest.fixture
def reports(tmp_path):
    return tmp_path / "reports" / "of tenants"


def test_each_host_is_in_the_report_that_it_asks_for(playbooks, reports):
    inventory = tenants(reports=str(reports))

    rehearsal = playbooks.run(STATUS, inventory, "--check")
    assert not reports.parent.exists()
    assert "Would write %s/Tenant A.md, %s/Tenant B.md" % (reports, reports) in rehearsal.output

    first = playbooks.run(STATUS, inventory)
    assert first.failed == {"a-wrong", "b-undefined"} and first.changed == 0
    assert sorted(os.listdir(reports)) == ["Tenant A.md", "Tenant B.md"]
    assert rows(reports / "Tenant A.md") == {
        "a-web": ("10.20.0.11", "Protected"),
        "a-no-svm": ("10.20.0.12", "Not protected"),
        "a-asleep": ("10.20.0.25", "Not protected"),
        "a-gone": ("10.20.0.99", "Not protected"),
        "a-wrong": ("no-address", "Unknown"),
    }
    english = (reports / "Tenant A.md").read_text(encoding="utf-8")
    assert "- 1 machine: No connection to an SVM — a-no-svm" in english
    assert "a-stopped (10.20.0.13, Web)" in english  # is not in the inventory
    assert "Tenant B" not in english and "b-web" not in english
    russian = (reports / "Tenant B.md").read_text(encoding="utf-8")
    assert rows(reports / "Tenant B.md") == {"b-web": ("10.30.0.11", "Неизвестно"), "b-undefined": ("10.30.0.12", "Неизвестно")}
    assert "«Статус предложен программой»" in russian and "a-web" not in russian

    second = playbooks.run(STATUS, inventory)
    assert second.changed == 0 and '"changed": true' not in second.output
    # A part of the inventory replaces the report of the whole, and says so.
    part = playbooks.run(STATUS, inventory, "--limit", "a-web")
    assert part.returncode == 0 and list(rows(reports / "Tenant A.md")) == ["a-web"]
    assert 'The run was limited to "a-web"' in (reports / "Tenant A.md").read_text(encoding="utf-8")
    assert len(rows(reports / "Tenant B.md")) == 2


def test_batches_of_a_play_are_one_report(playbooks, reports):
    role = {"role": "ksv.light_agent.tenant_status"}
    batches = playbooks.write("batches.yml", [{"hosts": "all", "gather_facts": False, "serial": 3, "roles": [role]}])
    inventory = tenants(reports=str(reports), tenant_status_report="{{ reports }}/all.md", tenant_status_report_language="en")
    inventory["children"]["b"]["vars"]["tenant_status_report_language"] = "en"
    run = playbooks.run(batches, inventory)
    assert run.failed == {"a-wrong", "b-undefined"}
    found = rows(reports / "all.md")
    assert len(found) == 7 and found["a-web"][1] == "Protected" and found["b-web"][1] == "Unknown"
    # Ansible itself has refused its variables, before the role began.
    assert "- 1 machine: The play has not reached this host, or an earlier task" in (reports / "all.md").read_text(encoding="utf-8")


def test_everybody_failed(playbooks, reports):
    refused = playbooks.run(STATUS, tenants(reports=str(reports), ksv_ksc_port=1))
    assert len(refused.failed) == 7
    assert {state for _ip, state in rows(reports / "Tenant A.md").values()} == {"Unknown"}
    assert "Cannot reach Administration Server" in (reports / "Tenant A.md").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_hides_no_result(playbooks, tmp_path, reports):
    (tmp_path / "file").write_text("in the way")
    inventory = tenants(reports=str(reports))
    inventory["children"]["a"]["vars"]["tenant_status_report"] = str(tmp_path / "file" / "r.html")
    inventory["children"]["a"]["hosts"]["a-asleep"]["tenant_status_report"] = "report.pdf"
    inventory["children"]["a"]["hosts"]["a-no-svm"]["tenant_status_report"] = ""
    for arguments in ([], ["--check"]):
        run = playbooks.run(STATUS, inventory, *arguments)
        assert run.failed == {"a-web", "a-gone", "a-wrong", "a-asleep", "b-undefined"}
        assert run.verdicts["a-web"].startswith("Tenant A, Web: KSVLA 5.2.0.0 installed")
        assert "; report: %s/file: Not a directory. Name a file in a directory" % tmp_path in run.verdicts["a-web"]
        wrong = 'tenant_status_report of this host is "report.pdf"; give a file whose name ends in .html or .md.'
        assert wrong in run.output.replace('\\"', '"')
    assert sorted(os.listdir(reports)) == ["Tenant B.md"]


def test_two_languages_for_one_file(playbooks, reports):
    inventory = tenants(reports=str(reports), tenant_status_report="{{ reports }}/all.md")
    run = playbooks.run(STATUS, inventory)
    assert "tenant_status_report_language of its hosts are en and ru; give all hosts of one file the same." in run.verdicts["a-web"]
    assert {"a-web", "b-web"} <= run.failed and not reports.exists()


def test_a_report_of_what_was_found(playbooks, tmp_path):
    """As the documentation of the action shows, with the numbers of this world."""
    tasks = [
        {
            "ksv.light_agent.ksc_host_info": {
                "virtual_server": "Tenant A",
                "ip": ["10.20.0.11", "10.20.0.12", "10.20.0.99"],
                "missing": "ignore",
                "product": KSVLA,
                "undeclared": True,
            },
            "register": "tenant",
        },
        {"ksv.light_agent.status_report": {"path": "r/tenant.md", "found": "{{ tenant }}", "title": "Acme *", "mode": "0600"}},
        {"ksv.light_agent.status_report": {"path": "r/tenant.html", "found": "{{ tenant }}", "language": "ru"}},
        {
            "ksv.light_agent.status_report": {"path": "r/tenant.txt", "found": "{{ tenant }}"},
            "register": "wrong",
            "failed_when": "'.html or .md' not in wrong.msg",
        },
        {
            "ksv.light_agent.status_report": {"path": "r/tenant.md", "found": {"msg": "refused"}},
            "register": "wrong",
            "failed_when": "'is not what ksc_host_info returns' not in wrong.msg",
        },
    ]
    book = playbooks.write("found.yml", [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}])
    first = playbooks.run(book, {}, "--diff")
    assert first.returncode == 0 and first.changed == 2 and "+# Acme \\*" in first.output and "+a report of " in first.output
    assert os.stat(tmp_path / "r" / "tenant.md").st_mode & 0o777 == 0o600
    assert [state for _ip, state in rows(tmp_path / "r" / "tenant.md").values()] == ["Protected", "Not protected", "Not protected"]
    second = playbooks.run(book, {}, "--diff")
    assert second.changed == 0 and "Acme" not in second.output


# -- onboarding -------------------------------------------------------------------------------------------------------------------


def onboarding(reports):
    return {
        "vars": {
            **OS,
            "ksv_virtual_server": "Tenant A",
            "ksv_product": KSVLA,
            "tenant_onboarding_report": str(reports / "onboarding.md"),
            "tenant_onboarding_poll_interval": 0.1,
            "tenant_onboarding_move_timeout": 3,
            "tenant_onboarding_waves": [1, "100%"],
        },
        "hosts": {
            "no-disk-space": {"ansible_host": "10.20.0.41"},
            "well": {"ansible_host": "10.20.0.11"},
            "switched-off": {"ansible_host": "10.20.0.42"},
            "not-there": {"ansible_host": "10.20.0.99"},
            "no-address": {},
        },
    }


@pytest.mark.long
def test_onboarding_tells_what_became_of_each(playbooks, reports):
    with Simulator(speed=200) as simulator:
        playbooks._simulator = simulator
        inventory = onboarding(reports)
        rehearsal = playbooks.run(ONBOARD, inventory, "--check")
        assert "Would write %s/onboarding.md" % reports in rehearsal.output and not reports.exists()
        first = playbooks.run(ONBOARD, inventory)
        assert first.failed == {"no-disk-space", "well", "switched-off", "not-there", "no-address"}
        text = (reports / "onboarding.md").read_text(encoding="utf-8")
        ends = {line.split(" |")[0].strip("| "): line.split("|")[-2].strip() for line in text.splitlines() if line.startswith("| ")}
        assert ends["no-disk-space"].startswith("Tenant A: moved; KSVLA 5.2.0.0: failed (Error 1603")
        assert ends["well"].startswith("Tenant A: moved; KSVLA 5.2.0.0: pending (wave 2 of 2 was not started")
        assert "check whether the host is on and its Network Agent is connected" in ends["switched-off"]
        assert "has no record" in ends["not-there"] and "is not an IPv4 address" in ends["no-address"]
        assert "Local-Admin-1" not in text and "The machines were looked at immediately after the onboarding" in text
        inventory["vars"]["tenant_onboarding_waves"] = ["100%"]
        second = playbooks.run(ONBOARD, inventory)
        assert "well" not in second.failed
        assert rows(reports / "onboarding.md")["well"] == ("10.20.0.11", "Protected")


# -- as people see it ---------------------------------------------------------------------------------------------------------------


LONG = {
    "имя-машины-которое-не-кончается-и-не-переносится-само-по-себе-0123456789": "10.20.0.11",
    "a-no-svm": "10.20.0.12",
    "a-stopped": "10.20.0.13",
    "a-bare": "10.20.0.15",
    "a-reborn": "10.20.0.16",
    "a-protected": "10.20.0.18",
    "AVERYLONGNAMEWITHOUTANYPLACETOBREAKITATALL0123456789ABCDEFGHIJKLMNOPQ": "10.20.0.99",
}
PROBE = """<script>document.documentElement.dataset.probe=JSON.stringify([document.documentElement.scrollWidth,innerWidth,
[...document.querySelectorAll("a")].filter(a=>!document.querySelector(a.getAttribute("href"))).length])</script>"""


def test_a_report_in_a_browser(playbooks, program, reports, tmp_path, request):
    browser = program("chromium")
    inventory = tenants(tenant_status_report=str(reports / "all.html"), tenant_status_report_language="ru")
    inventory["children"]["a"]["hosts"] = {name: host(ip) for name, ip in LONG.items()}
    playbooks.run(STATUS, inventory)
    pictures = request.config.rootpath / ".build" / "report"
    pictures.mkdir(parents=True, exist_ok=True)
    page = reports / "all.html"

    def browse(*arguments):
        words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir=%s" % (tmp_path / "profile")]
        done = subprocess.run(
            [*words, "--enable-logging=stderr", *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )
        assert "CONSOLE" not in done.stderr, done.stderr
        return done.stdout

    for name, words in {
        "desktop": ["--window-size=1280,2400"],
        "dark": ["--window-size=1280,2400", "--blink-settings=preferredColorScheme=0"],
        "phone": ["--window-size=500,3200"],
    }.items():
        browse(*words, "--screenshot=%s" % (pictures / (name + ".png")), page.as_uri())
        assert (pictures / (name + ".png")).stat().st_size > 20_000
    browse("--no-pdf-header-footer", "--print-to-pdf=%s" % (pictures / "paper.pdf"), page.as_uri())
    sheets = len(re.findall(rb"/Type\s*/Page\b", (pictures / "paper.pdf").read_bytes()))
    assert 2 <= sheets <= 6
    # Nothing is wider than the window, and each link leads somewhere. Only this copy may run a script.
    probed = tmp_path / "probed.html"
    text = page.read_text(encoding="utf-8")
    probed.write_text(re.sub(r"<meta http-equiv=[^>]+>", "", text).replace("</body>", PROBE + "</body>"), encoding="utf-8")
    for width in (1280, 768, 500):
        dom = browse("--window-size=%d,900" % width, "--dump-dom", probed.as_uri())
        found = re.search(r'data-probe="\[(\d+),(\d+),(\d+)\]"', dom)
        assert found is not None and int(found[1]) <= int(found[2]) == width and found[3] == "0"
