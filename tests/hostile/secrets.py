# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords that nothing else contains, every form in which one may turn up, and where to look."""

from __future__ import annotations

import base64
import html
import json
import shlex
import typing as t
import urllib.parse

# Each option of a password has its own; all have what some encoding changes, and two spaces.
TAIL = "\"q'b\\ $x%20+&<\u00e9\u0416>  z="
CANARIES = {
    option: "Canary-%s-%s" % (option.replace("_", "."), TAIL)
    for option in (
        "password",
        "virtual_server_password",
        "virtual_servers",
        "os_password",
        "user_password",
        "users",
        "removal_password",
        "admin",
        "read_only",
        "root",
        "klconfig_password",
        "current_klconfig_password",
        "reserve_password",
    )
}


def forms(secret: str) -> dict[str, str]:
    """The secret as it may be written somewhere, by the name of the form."""
    return {
        "plain": secret,
        "base64": base64.b64encode(secret.encode()).decode(),
        "base64 for URLs": base64.urlsafe_b64encode(secret.encode()).decode(),
        "JSON": json.dumps(secret)[1:-1],
        "JSON in UTF-8": json.dumps(secret, ensure_ascii=False)[1:-1],
        "JSON in JSON": json.dumps(json.dumps(secret)[1:-1])[1:-1],
        "URL": urllib.parse.quote(secret, safe=""),
        "URL with slashes": urllib.parse.quote(secret),
        "form": urllib.parse.quote_plus(secret),
        "shell": shlex.quote(secret),
        "HTML": html.escape(secret),
        "XML": html.escape(secret, quote=False),
        "one line": " ".join(secret.split()),
    }


def texts(value: t.Any) -> t.Iterator[str]:
    """All texts in a value, those of its keys included, and the value as JSON."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(name)
            yield from texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def found(secrets: t.Iterable[str], text: str) -> list[str]:
    """Which secrets are in a text in which form. A piece that is long enough to be of use counts, too."""
    told = []
    for secret in secrets:
        told += ["%s of %r" % (name, secret[:20]) for name, form in forms(secret).items() if form in text]
        piece = secret.partition(TAIL)[0] + TAIL[:4]
        if piece in text:
            told.append("the beginning of %r" % secret[:20])
    return told


def used(arguments: t.Any) -> list[str]:
    """The canaries in the arguments of a module."""
    given = set(texts(arguments))
    return [secret for secret in CANARIES.values() if secret in given]


def echo(secrets: t.Iterable[str]) -> str:
    """What a server, or something in between, may say that quotes what it was sent: each secret in each form."""
    return "You sent: " + "\n".join(form for secret in secrets for form in forms(secret).values())


class Output:
    """All that modules say, before and after Ansible's own redaction, in place of the check of a Runner."""

    def __init__(self, runner: t.Any) -> None:
        self.only_printed = False
        self._texts: list[str] = []
        runner._keeps_secrets = self._take

    def _take(self, taken: t.Sequence[str]) -> None:
        *raw, text = taken
        self._texts.append(text)
        for values in [] if self.only_printed else raw:
            self._texts += [values, *texts(json.loads(values))]

    def none_of(self, secrets: t.Iterable[str]) -> bool:
        told = {name for text in self._texts for name in found(secrets, text)}
        assert self._texts and not told, sorted(told)
        self.clear()
        return True

    def clear(self) -> None:
        self._texts.clear()
