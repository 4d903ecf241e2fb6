# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ksv.light_agent.status_report; see modules/status_report.py. It runs on the controller, in the worker itself."""

from __future__ import annotations

import datetime
import os
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.ksv.light_agent.plugins.module_utils._core.naming import printable
from ansible_collections.ksv.light_agent.plugins.plugin_utils import _requests
from ansible_collections.ksv.light_agent.plugins.plugin_utils._report import files, model, render, texts

ARGUMENTS = {
    "path": {"type": "str"},
    "found": {"type": "raw"},
    "language": {"type": "str", "choices": list(texts.LANGUAGES), "default": "en"},
    "title": {"type": "str"},
    "mode": {"type": "raw"},
    "role": {"type": "str", "choices": list(_requests.OF_REPORTS)},
}
WRITABLE = "Name a file in a directory in which the account that runs Ansible may write, or set its permissions."
SHOWN_BY_DIFF = 100_000  # bytes of a Markdown report
Result = t.Dict[str, t.Any]


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        _checks, arguments = self.validate_argument_spec(
            ARGUMENTS,
            required_one_of=[["found", "role"]],
            mutually_exclusive=[["found", "role"], ["path", "role"], ["title", "role"]],
            required_by={"found": ["path"]},
        )
        self._mode = _mode(arguments["mode"])
        made = datetime.datetime.now(datetime.timezone.utc)
        if arguments["role"] is not None:
            written = self._of_play(arguments["role"], task_vars or {}, made)
            if not written:
                return dict(result, changed=False, skipped=True, skip_reason="No host of this play asks for a report.", files=[])
        else:
            path = arguments["path"]
            if _requests.report_format(path) is None:
                return dict(result, changed=False, failed=True, msg='path is "%s"; give a file whose name ends in .html or .md.' % path)
            try:
                report = model.of_hosts(arguments["found"], made, arguments["title"] or "")
            except ValueError as error:
                return dict(result, changed=False, failed=True, msg=printable(str(error)))
            written = [self._write(path, report, arguments["language"])]
        return dict(result, **self._told(written))

    def _of_play(self, role: str, variables: t.Mapping[str, t.Any], made: datetime.datetime) -> list[Result]:
        """The reports that hosts of this play ask for, those of all its batches up to now."""
        hostvars = variables["hostvars"]
        play_id = str(getattr(self._task.get_play(), "_uuid", ""))
        everyone, batch = list(variables["ansible_play_hosts_all"]), list(variables["ansible_play_batch"])
        play = model.Play(role, everyone, hostvars, play_id)
        if self._task.get_play().serial and batch:
            first = everyone.index(variables["inventory_hostname"])
            if not play.asks(everyone[first : everyone.index(batch[-1]) + 1]):
                return []

        def asked(host: str) -> str:
            raw = getattr(hostvars, "raw_get", hostvars.__getitem__)(host).get(role + "_report")
            if not raw or "{{" not in str(raw):
                return str(raw or "")
            try:
                return str(hostvars[host].get(role + "_report") or "")
            except AnsibleError:
                return ""

        limit = str(variables.get("ansible_limit") or "")
        found: dict[str, model.File] = {}
        for file in play.files(asked):
            one = found.setdefault(files.real_path(file.path), model.File(file.path))
            one.hosts += file.hosts
            one.languages += [language for language in file.languages if language not in one.languages]
        written = []
        for file in found.values():
            if len(file.languages) > 1:
                error = "%s of its hosts are %s; give all hosts of one file the same." % (
                    role + "_report_language",
                    " and ".join(sorted(file.languages)),
                )
                written.append({"path": file.path, "hosts": len(file.hosts), "changed": False, "error": error})
                continue
            language = next(iter(file.languages), texts.LANGUAGES[0])
            written.append(self._write(file.path, play.report(file, made, limit), language))
        return written

    def _write(self, path: str, report: model.Report, language: str) -> Result:
        """Write one report; ``error`` says why that cannot be done."""
        format = t.cast(str, _requests.report_format(path))
        target = files.real_path(path)
        text = render.render(report, format, language)
        told: Result = {
            "path": target,
            "format": format,
            "language": language,
            "hosts": len(report.machines),
            "size": len(text.encode("utf-8")),
        }
        before = files.present_digest(target)
        told["changed"] = before is None or before != render.digest(text)
        if told["changed"] and self._task.diff:
            told["diff"] = _diff(target, format, text)
        try:
            if self._task.check_mode:
                files.require_writable(target)
            else:
                files.write(target, text, self._mode)
        except OSError as error:
            failed = "%s: %s. %s" % (error.filename or target, error.strerror or error, WRITABLE)
            return {**told, "changed": False, "error": failed}
        return told

    def _told(self, written: list[Result]) -> Result:
        diffs = [one.pop("diff") for one in written if "diff" in one]
        failed = ["%s was not written: %s" % (one["path"], one["error"].rstrip(".")) for one in written if "error" in one]
        fine = [str(one["path"]) for one in written if "error" not in one]
        words = ["%s %s" % ("Would write" if self._task.check_mode else "Wrote", ", ".join(fine))] if fine else []
        found: Result = {
            "changed": any(one["changed"] for one in written),
            "failed": bool(failed),
            "files": written,
            "msg": printable(". ".join([*failed, *words])),
            "_ansible_verbose_always": True,
        }
        return {**found, "diff": diffs} if diffs else found


def _mode(given: t.Any) -> t.Optional[int]:
    """Permissions as a number, from such as "0640"."""
    if given is None:
        return None
    try:
        mode = given if isinstance(given, int) else int(str(given), 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        raise AnsibleActionFail('mode is "%s"; give permissions as octal digits in quotes, such as "0640".' % given)
    return mode


def _diff(path: str, format: str, text: str) -> Result:
    """Of Markdown the lines; of HTML, which nobody reads like this, only that it is another."""
    told = {"before_header": path, "after_header": path}
    if format != "markdown":
        there = "the report that was there\n" if os.path.exists(path) else ""
        return {**told, "before": there, "after": "a report of %d bytes\n" % len(text.encode("utf-8"))}
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            before = file.read(SHOWN_BY_DIFF)
    except OSError:
        before = ""
    if max(len(before), len(text)) >= SHOWN_BY_DIFF:
        return {**told, "before": "%d characters\n" % len(before) if before else "", "after": "%d characters\n" % len(text)}
    return {**told, "before": before, "after": text}
