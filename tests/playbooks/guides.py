# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reader who follows a guide from top to bottom: its files, its commands, and what they show.

Dry runs whose output a guide does not show are left out; other tests try what they promise.
"""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import subprocess
import typing as t

import yaml

from simulator.runner import Simulator

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^(?:#+ (?P<heading>[^\n]+)|```(?P<language>\w+)\n(?P<text>.*?)^```)$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+\.yml)\n")
# What a reader types before a playbook runs: the test has that environment.
PREPARATION = re.compile(r"\. |export |make simulator ")
REACHED = tuple("ksv_%s_%s" % (product, name) for product in ("ksc", "viis") for name in ("server", "port", "ca_path"))


class Reader:
    """Somebody who follows a guide in a folder of their own.

    ``fast``: variables that make runs short. ``secrets``: what may appear in no output.
    """

    def __init__(self, folder: pathlib.Path, fast: dict[str, t.Any], secrets: dict[str, str]) -> None:
        self.folder, self.fast, self.secrets = folder, fast, secrets
        self.output, self.returncode, self.asked, self.runs = "", 0, False, 0
        self.simulator: Simulator | None = None
        self.reached: tuple[str, ...] = REACHED  # how servers are reached is another matter here than in the guide

    def follow(self, guide: pathlib.Path) -> None:
        for found in BLOCK.finditer(guide.read_text(encoding="utf-8")):
            if found["heading"]:
                self.heading(found["heading"])
            else:
                getattr(self, found["language"])(found["text"])
        assert self.asked or self.returncode == 0, self.output

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def heading(self, text: str) -> None:
        """What happens between the sections."""

    def make(self, variables: dict[str, str]) -> None:
        """``make simulator`` with these variables."""

    def yaml(self, text: str) -> None:
        name = FILE.match(text)
        assert name is not None, "a comment has to name the file:\n%s" % text
        self.write(name[1], text)

    def console(self, text: str) -> None:
        lines = text.replace("\\\n", " ").splitlines()
        for line in lines:
            words = shlex.split(line, comments=True)
            if words[:2] == ["make", "simulator"]:
                self.make(dict(word.split("=", 1) for word in words[2:]))
            if words[0] != "ansible-playbook":
                assert PREPARATION.match(line), "nobody tries: %s" % line
                continue
            if "--check" in words and line != lines[-1]:
                continue
            assert self.asked or self.returncode == 0, self.output
            self.play(words)

    def play(self, words: list[str]) -> None:
        assert self.simulator is not None
        there = self.simulator.environment()
        reached = {name: there[name.removeprefix("ksv_").upper()] for name in self.reached}
        extra = ["-e", yaml.safe_dump({**reached, **self.fast}, default_flow_style=True, width=10000).strip()]
        run = subprocess.run(
            [*(word for word in words if word != "--ask-vault-pass"), *extra],
            cwd=self.folder,
            # With one fork the results of hosts come in the order of the inventory.
            env={**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml", "ANSIBLE_FORKS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print("$", shlex.join(words), run.stdout, sep="\n", flush=True)
        self.output, self.returncode, self.asked = run.stdout, run.returncode, False
        self.runs += 1
        assert "Traceback" not in self.output
        assert not any(secret in self.output for secret in self.secrets.values())

    def text(self, text: str) -> None:
        """``...`` stands for what was left out; lines may be broken elsewhere."""
        self.asked = True
        assert (self.returncode != 0) == ("fatal: [" in text), self.output
        parts = [r"\s+".join(map(re.escape, part.split())) for part in text.split("...")]
        assert re.search(".*?".join(parts), self.output, re.DOTALL), "not shown:\n%s" % text
