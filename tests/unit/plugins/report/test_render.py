# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# ruff: noqa: RUF001 - there is Russian here

"""A report shows what it is told, whatever that is, as text and as nothing else."""

from __future__ import annotations

import datetime
import html.parser
import re
import types

import pytest
from ansible_collections.ksv.light_agent.plugins.plugin_utils._outcome import Part
from ansible_collections.ksv.light_agent.plugins.plugin_utils._report import model, render
from hypothesis import given, settings
from hypothesis import strategies as st

MADE = datetime.datetime(2026, 11, 25, 22, 40, tzinfo=datetime.timezone.utc)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}",
    "a|b|c",
    "`code` **bold** _it_ [link](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "line\nline\r\n\n# heading\n\n---",
    "\x00\x1b[31m\u202etxt.exe\u2066\u200b",
    "{{ lookup('env','HOME') }} {% for x in y %} {# c",
    "{time} {0} %s %(x)s",
    "&lt;b&gt; &amp; &#60;",
    "http://evil.example www.evil.example mailto:x@evil.example @somebody #1",
    "<!-- --> <![CDATA[ ]]>",
    "\ud800 \ue000time\ue000 ksv-report",
    "~~72431 $x^2$ \\",
)
WORDS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20), st.text("<>&\"'`|*_[]()#\\\n\r\t\x00{}%$~ -+.1a", max_size=20))
MAYBE = st.none() | WORDS
MACHINES = st.builds(
    model.Machine,
    name=WORDS,
    ip=WORDS,
    state=st.sampled_from(model.STATES),
    reasons=st.lists(WORDS, max_size=3),
    group=MAYBE,
    agent=st.sampled_from([None, True, False]),
    agent_version=MAYBE,
    product=MAYBE,
    installed=st.sampled_from([None, True, False]),
    build=MAYBE,
    status=st.sampled_from([None, "ok", "warning", "critical"]),
    drift=st.lists(WORDS, max_size=2),
    outcome=st.sampled_from(model.OUTCOMES),
    parts=st.lists(st.builds(Part, result=st.sampled_from(["moved", "failed"]) | WORDS, reason=WORDS, names=st.lists(WORDS, max_size=2))),
)
UNDECLARED = st.fixed_dictionaries({"name": WORDS, "ip": MAYBE, "group": MAYBE})
TENANTS = st.builds(
    model.Tenant,
    name=MAYBE,
    machines=st.lists(MACHINES, max_size=4),
    groups=st.lists(st.tuples(WORDS, st.sampled_from(["", "group.blind"]), WORDS), max_size=2),
    undeclared=st.lists(UNDECLARED, max_size=2),
)
KEYS = st.one_of(
    st.fixed_dictionaries({"server": MAYBE, "reason": WORDS}),
    st.fixed_dictionaries(
        {"server": MAYBE, "product": MAYBE, "expires": MAYBE, "hosts": st.integers(0, 9), "limit": st.none() | st.integers(0, 9)}
    ),
)
REPORTS = st.builds(
    model.Report,
    kind=st.sampled_from(["tenant_status", "tenant_onboarding"]),
    made=st.just(MADE),
    tenants=st.lists(TENANTS, max_size=3),
    keys=st.lists(KEYS, max_size=2),
    limit=WORDS,
    title=WORDS,
)
OURS = re.compile(
    "html|head|meta|title|style|body|svg|symbol|path|circle|defs|pattern|use|rect|desc|div|header|p|h1|h2|h3|main|section|dl|dt|dd|ul|li|b|a"
    "|table|thead|tbody|tr|th|td|small|span|fieldset|legend|label|input|footer"
)


class Page(html.parser.HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self.wrong = [], "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.wrong.append(data)

    unknown_decl = handle_comment


def report(*machines, tenant="Tenant A", kind="tenant_status", **members):
    return model.Report(kind, MADE, [model.Tenant(tenant, list(machines))], **members)


@settings(max_examples=60)
@given(REPORTS, st.sampled_from(["en", "ru"]))
def test_no_value_becomes_a_part_of_the_page(told, language):
    page = Page(render.render(told, "html", language))
    assert [tag for tag, _attributes in page.elements if not OURS.fullmatch(tag)] == page.wrong == []
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") or name in ("src", "action", "srcset") for name in attributes), (tag, attributes)
        assert re.fullmatch(r"#[a-z]?[0-9a-z-]*", attributes.get("href") or "#")
    # One table row for each machine and no more, whatever its name is.
    rows = [attributes for tag, attributes in page.elements if tag == "tr" and attributes.get("id", "").startswith("m")]
    assert len(rows) == len(told.machines)
    assert [c for c in page.text if not (c.isprintable() or c in "\n" or c == "\N{NO-BREAK SPACE}" or render.printable(c) == c)] == []


@settings(max_examples=60)
@given(REPORTS, st.sampled_from(["en", "ru"]))
def test_a_markdown_table_keeps_its_columns(told, language):
    text = render.render(told, "markdown", language)
    text.encode("utf-8")
    assert len(re.findall(r"<(?!!-- ksv-report [0-9a-f]{64} -->\n#)", text)) == 0
    width = None
    for line in text.splitlines()[1:]:
        columns = len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) if line.startswith("|") else None
        assert columns is None or width in (None, columns), line
        width = columns


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_name_is_shown_as_it_is(value):
    text = render.render(report(model.Machine(value)), "html", "en")
    assert render.printable(value.replace("\ue000time\ue000", "25 November")).split("25 November")[0] in Page(text).text.replace(
        "\xa0", " "
    )


# -- what it shows -------------------------------------------------------------------------------------------------------------


def lines(told, language="en"):
    return render.render(told, "markdown", language, datetime.timezone.utc).splitlines()


def test_machines_with_the_same_reason_are_one_line_and_the_most_come_first():
    silent = "Its Network Agent is not connected; it last connected at 2026-11-%02dT08:15:00Z."
    machines = [model.Machine("web-%d" % day, state="unprotected", reasons=[silent % day]) for day in (1, 2, 3)]
    odd = model.Machine("db-1", state="unprotected", reasons=["Disk full.", "The server does not report whether a restart is required."])
    found = lines(report(odd, *machines), "ru")
    at = found.index("### Не защищены, потому что")
    assert found[at + 2 : at + 4] == [
        "- 3 машины: Агент администрирования не подключён — web-1, web-2, web-3",
        "- 1 машина: Disk full — db-1",
    ]
    # What is not known is no reason why a machine is not protected, but is among what is told of it.
    assert any("db-1" in line and "Сервер не сообщает, требуется ли перезагрузка" in line for line in found)
    assert any("1 ноября 2026 г., 08:15 \\(UTC\\)" in line for line in found)


def test_of_many_machines_with_a_reason_some_are_named():
    machines = [model.Machine("web-%d" % number, state="unknown", reasons=["It is odd."]) for number in range(1000)]
    line = next(line for line in lines(report(*machines)) if "It is odd" in line)
    assert line.startswith("- 1,000 machines: It is odd — web-0, web-1,") and line.endswith("web-23 and 976 more")


def test_what_nobody_has_translated_is_marked_as_english():
    text = render.render(report(model.Machine("a", state="unknown", reasons=["Disk full."])), "html", "ru")
    assert '<html lang="ru">' in text and '<span lang="en">Disk full.</span>' in text


@pytest.mark.parametrize(("protected", "others", "percent"), [(0, 3, "0%"), (3, 0, "100%"), (1, 999, "1%"), (999, 1, "99%"), (1, 2, "33%")])
def test_a_share_is_whole_or_nothing_only_where_that_is_so(protected, others, percent):
    machines = [model.Machine("m", state="protected")] * protected + [model.Machine("m", state="unknown")] * others
    assert "%s of the machines are protected" % percent in render.render(report(*machines), "html", "en")


@given(st.fixed_dictionaries({state: st.integers(0, 10000) for state in model.STATES}))
def test_the_bar_is_full_and_shows_what_is_there(counts):
    segments = render._segments(counts)
    assert [state for state, _start, _width in segments] == [state for state in counts if counts[state]]
    assert all(width >= render.SEGMENT for _state, _start, width in segments)
    assert not segments or sum(width for _state, _start, width in segments) == 1000


def test_the_chart_has_words():
    page = Page(render.render(report(model.Machine("a", state="protected"), model.Machine("b")), "html", "en"))
    chart = next(attributes for tag, attributes in page.elements if attributes.get("role") == "img")
    ids = {attributes.get("id"): tag for tag, attributes in page.elements}
    assert [ids[one] for one in chart["aria-labelledby"].split()] == ["title", "desc"]
    assert "1 protected, 0 not protected, 1 unknown" in page.text


def test_a_report_needs_nothing_else():
    text = render.render(report(model.Machine("a")), "html", "en")
    assert "<script" not in text and "http:" not in text and "https:" not in text and "url(" not in text.replace("url(#", "")
    assert "default-src 'none'" in text


def test_a_report_without_machines():
    assert "There are no machines in this report." in lines(model.Report("tenant_status", MADE))


def test_keys_that_end_soon():
    keys = [
        {"server": None, "product": "A", "expires": "2026-11-27T22:40:00Z", "hosts": 1234, "limit": 2000},
        {"server": "T", "product": "B", "expires": "2026-11-01T00:00:00Z", "hosts": 1, "limit": None},
        {"server": "T", "product": "C", "expires": None},
    ]
    found = [line for line in lines(report(keys=keys)) if line.startswith(("| Primary", "| T "))]
    assert found == [
        "| Primary Administration Server | A | 27 November 2026 (**in 2 days**) | 1,234 of 2,000 |",
        "| T | B | 1 November 2026 (**expired**) | 1, unlimited |",
        "| T | C | no date |  |",
    ]


def test_the_time_alone_is_no_difference():
    def digest(told):
        return {render.digest(render.render(told, format, "en")) for format in render.TEMPLATES}

    later = report(model.Machine("a"))
    later.made += datetime.timedelta(days=1)
    assert digest(report(model.Machine("a"))) == digest(later) != digest(report(model.Machine("b")))
    assert None not in digest(later) and render.digest("<html>") is None


# -- what is told --------------------------------------------------------------------------------------------------------------

SERVERS = [
    {"virtual_server": name, "groups": [], "license_keys": [{"product": "P", "expires": None, "hosts": 7, "limit": 9}]}
    for name in ("Tenant A", "Tenant B", None)
]
FOUND = {
    "hosts": [
        {
            "label": "ip 192.0.2.1",
            "name": "web-1",
            "ip": "192.0.2.1",
            "virtual_server": "Tenant A",
            "group": "",
            "agent_alive": True,
            "has_product": True,
            "protection": {"state": "protected", "reasons": []},
            "duplicates": ["1"],
        }
    ],
    "missing": [{"label": "web-2", "kind": "ip", "value": "192.0.2.2", "virtual_server": "Tenant A", "reason": "no record", "records": []}],
    "undeclared": [{"name": "x", "ip": "192.0.2.9", "virtual_server": "Tenant A", "group": ""}],
    "servers": SERVERS,
}


@pytest.mark.parametrize("found", [FOUND, {"results": [FOUND]}, [FOUND], (FOUND,)])
def test_what_the_module_has_returned(found):
    told = model.of_hosts(found, MADE)
    (tenant,) = told.tenants
    assert [(one.name, one.state, one.installed) for one in tenant.machines] == [
        ("web-1", "protected", True),
        ("web-2", "unprotected", None),
    ]
    assert tenant.machines[0].drift == ["other records have its address or name: 1"] and tenant.undeclared
    # How much others use the keys of the primary server is nothing for a tenant.
    assert told.keys == [
        {"server": "Tenant A", "product": "P", "expires": None, "hosts": 7, "limit": 9},
        {"server": None, "product": "P", "expires": None},
    ]


@pytest.mark.parametrize("found", [None, "x", {}, {"hosts": "x"}, {"failed": True, "msg": "refused"}, {"results": [{"msg": "refused"}]}])
def test_something_else_is_refused(found):
    with pytest.raises(ValueError, match="not what ksc_host_info returns"):
        model.of_hosts(found, MADE)


def registered(**request):
    product = {"name": "P", "version": "1"}
    steps = {"tenant_status_look": [{"label": "x", "ip": "192.0.2.1", "virtual_server": "Tenant A", "product": product}]}
    return {"play": "now", "request": {"role": "tenant_status", "virtual_server": "Tenant A", "connection": {}, "steps": steps, **request}}


def test_who_is_in_which_report():
    asked = {"path": "a.html", "language": "ru"}
    refused = {"failed": True, "msg": "no", "play": "now", "role": "tenant_status"}
    hosts = {
        "good": {"tenant_status_request": registered(report=asked)},
        "wants-none": {"tenant_status_request": registered()},
        "refused": {"tenant_status_request": {**refused, "report": asked, "virtual_server": "Tenant A"}},
        "bad-name": {"tenant_status_request": {**refused, "report": None}},
        "no-variable": {"tenant_status_request": {"failed": True, "msg": "'x' is undefined"}},
        "of-another-play": {"tenant_status_request": {**registered(report={"path": "old.html"}), "play": "then"}},
        "not-reached": {},
        "skipped": {"tenant_status_request": {"skipped": True, "changed": False}},
    }
    play = model.Play("tenant_status", list(hosts), hosts, "now")
    (file,) = play.files(lambda host: "")
    assert play.asks(["wants-none", "refused"]) and not play.asks(["wants-none", "bad-name", "not-reached", "skipped"])
    assert file.hosts == ["good", "refused", "no-variable", "of-another-play", "not-reached"]
    machines = {one.name: one for one in play.report(file, MADE).machines}
    assert machines["refused"].reasons == ["no"] and machines["not-reached"].reasons == [model.NOT_REACHED]
    assert machines["of-another-play"].reasons == [model.NOT_REACHED]
    # Where there are two reports, nobody is put into that of another tenant.
    hosts["good"]["tenant_status_request"] = registered(report={"path": "b.html", "language": "ru"})
    files = model.Play("tenant_status", list(hosts), hosts, "now").files(lambda host: "")
    assert [(file.path, file.hosts) for file in files] == [("b.html", ["good"]), ("a.html", ["refused"])]
    asked_by = model.Play("tenant_status", list(hosts), hosts, "now").files({"no-variable": "c.md"}.get)
    assert [file.path for file in asked_by] == ["b.html", "a.html", "c.md"]


def test_what_is_read_of_a_batch_is_read_once():
    look = {"hosts": [{"label": str(number), "virtual_server": "Tenant A"} for number in range(50)]}
    hosts = {str(n): {"tenant_status_request": registered(report={"path": "a.md"}), "tenant_status_look": look} for n in range(50)}
    play = model.Play("tenant_status", list(hosts), types.MappingProxyType(hosts), "now")
    play.report(play.files(lambda host: "")[0], MADE)
    assert len(play._returned) == 1
