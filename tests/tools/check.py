# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every check and test of the collection, two at a time, and say what came of it.

Usage: python3 tests/tools/check.py [--only NAME,...] [--require-all] [--list] [argument for pytest ...]

A step is chosen by its name (unit-oldest), by the start of it (unit) or by its group (lint). One step alone shows its
output as it comes; otherwise the output is in .build/logs, and its end is shown when the step fails.
"""

from __future__ import annotations

import argparse
import ast
import concurrent.futures
import configparser
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import typing as t

import stage

ROOT = stage.ROOT
BUILD = ROOT / ".build"
VENVS = ROOT / ".venv"
LOGS = BUILD / "logs"
STAGED = BUILD / stage.COLLECTION
CORES = ("main", "oldest", "newest")
AT_ONCE = 2
# What one core can show alone is not run on the others; `make test-all` runs all on each. The lives of tenants, SVMs and
# clusters are the longest tests: molecule tells them on the main core, these on the others.
SAMPLES = {
    "playbooks-main": "not life and not undefined and not refused",
    "playbooks-oldest": "life or undefined or refused or interruption",
    "playbooks-newest": "life or interruption",
    "modules-oldest": "life or trouble or broken",
}
EVERYTHING = bool(os.environ.get("EVERYTHING"))
TAIL = 60
NOISE = re.compile(
    r"\s*$|(Collecting|  Downloading|  Using cached|Using cached|Installing|Successfully installed|Requirement already) | +━"
)


@dataclasses.dataclass(frozen=True)
class Step:
    """One thing to run. Without `needs` in the tree there is nothing to run it on."""

    name: str
    title: str
    commands: tuple[tuple[str, ...], ...]
    needs: str = ""
    group: str = ""
    core: str = "main"
    folder: pathlib.Path = STAGED
    counting: str = "step"  # or what tells how many tests there were: pytest, sanity
    minutes: float = 20


@dataclasses.dataclass
class Outcome:
    """What came of a step."""

    step: Step
    result: str  # ok, FAILED, nothing there yet, left out
    seconds: float = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    words: str = ""
    failures: tuple[str, ...] = ()  # what failed, a line each


# What there is to run


def all_steps(pytest_words: tuple[str, ...]) -> list[Step]:
    """Every step, those that take longest first."""
    steps = [_sanity(core) for core in CORES]
    steps += [_pytest("playbooks", "playbooks and roles, end to end", core, pytest_words) for core in CORES]
    steps += _molecule()
    steps += [_pytest("modules", "modules against the simulator", core, pytest_words) for core in ("main", "oldest")]
    steps += [_pytest("matrix", "matrices of faults and of check mode, a sample", "main", pytest_words)]
    steps += [_pytest("unit", "unit tests", core, pytest_words) for core in CORES]
    return [*steps, *_lint()]


def _pytest(name: str, title: str, core: str, words: tuple[str, ...]) -> Step:
    folder = f"tests/{name}"
    if name == "unit" and core != "main":
        folder = "tests/unit/plugins"  # the simulator does not depend on Ansible
    chosen = "" if EVERYTHING else SAMPLES.get(f"{name}-{core}", "")
    sample = ("-k", chosen) if chosen else ()
    if name == "matrix":  # all of it is `make faults`
        sample = ("-m", "not exhaustive")
    elif EVERYTHING:
        sample = ("-m", "not thorough")
    command = ("python", "-m", "pytest", "--color=no", "-p", "no:cacheprovider", *sample, folder, *words)
    minutes = 30 if name == "playbooks" else Step.minutes
    return Step(f"{name}-{core}", title, (command,), folder, name, core, ROOT, "pytest", minutes)


def _sanity(core: str) -> Step:
    # The main run also tries the oldest Python that the modules promise to run on, the others their own.
    python = () if core == "main" else ("--python", _python_version(core) or "default")
    # Pylint takes half of the time; the newest core knows all that the oldest one says.
    less = ("--skip-test", "pylint") if core == "oldest" and not EVERYTHING else ()
    command = ("ansible-test", "sanity", "--venv", "--color", "no", *python, *less)
    folder = BUILD / "sanity" / core / stage.COLLECTION
    return Step(f"sanity-{core}", "ansible-test sanity", (command,), "plugins", "sanity", core, folder, "sanity")


def _molecule() -> list[Step]:
    scenarios = sorted(found.parent.name for found in ROOT.glob("extensions/molecule/*/molecule.yml"))
    if not scenarios:
        return [Step("molecule", "scenarios of the roles", (), "extensions/molecule", "molecule")]
    return [
        Step(
            f"molecule-{name}",
            "scenario of a role",
            (("molecule", "reset", "-s", name), ("molecule", "test", "-s", name)),
            "extensions/molecule",
            "molecule",
        )
        for name in scenarios
    ]


def _lint() -> list[Step]:
    package = "ansible_collections.ksv.light_agent.plugins"
    dist = str(BUILD / "dist")
    installed = str(BUILD / "dist" / "installed")
    archive = str(BUILD / "dist" / f"ksv-light_agent-{_version()}.tar.gz")
    galaxy = ("ansible-galaxy", "collection")
    docs = ("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".")
    lints: list[tuple[str, str, str, tuple[tuple[str, ...], ...]]] = [
        ("ansible-lint", "profile production", "plugins", (("ansible-lint", "--offline", "--strict", "--profile", "production"),)),
        ("docs-lint", "documentation of the modules", "plugins/modules", (docs,)),
        ("mypy-plugins", "types of the collection", "plugins", (("mypy", "-p", package),)),
        ("mypy-simulator", "types of the simulator", "tests/simulator", (("mypy", "-p", "simulator"),)),
        ("mypy-tools", "types of these tools", "tests/tools", (("mypy", "tests/tools"),)),
        ("ruff", "style of Python", "", (("ruff", "check", "."),)),
        ("ruff-format", "layout of Python (make format)", "", (("ruff", "format", "--check", "--diff", "."),)),
        ("yamllint", "style of YAML", "", (("yamllint", "--strict", "."),)),
        ("changelog-lint", "changelog fragments", "changelogs", (("antsibull-changelog", "lint"),)),
        ("action-groups", "meta/runtime.yml knows every module", "", (("python", "tests/tools/update_action_groups.py", "--check"),)),
        ("argument-specs", "the roles document what they read", "", (("python", "tests/tools/update_argument_specs.py", "--check"),)),
        ("rules", "imports go down only, nobody sleeps, nothing is ignored", "", (("python", "tests/tools/check_rules.py"),)),
        (
            "build",
            "the archive can be built and installed",
            "README.md",
            (
                (*galaxy, "build", "--force", "--output-path", dist),
                (*galaxy, "install", archive, "--force", "--offline", "--no-deps", "-p", installed),
            ),
        ),
    ]
    site = ("python", "tests/tools/build_docs.py", "--strict")
    return [
        *(Step(name, title, commands, needs, "lint") for name, title, needs, commands in lints),
        Step("docs", "the documentation becomes web pages", (site,), "plugins/modules", "lint", folder=ROOT),
    ]


def _version() -> str:
    found = re.search(r"^version: *(\S+)", (ROOT / "galaxy.yml").read_text(), re.MULTILINE)
    return found[1] if found else "unknown"


# Where it runs


def _python_version(core: str) -> str:
    found = next((VENVS / core / "lib").glob("python3.*"), None)
    return found.name.removeprefix("python") if found else ""


def _core_version(core: str) -> str:
    found = next((VENVS / core / "lib").glob("python3.*/site-packages/ansible_core-*.dist-info"), None)
    return found.name.removeprefix("ansible_core-").removesuffix(".dist-info") if found else ""


def _environment(step: Step) -> dict[str, str]:
    home = BUILD / "home" / step.core
    binaries = str(VENVS / step.core / "bin")
    foreign = ("ANSIBLE_", "KSC_", "VIIS_", "MOLECULE_", "PYTHON", "MAKE", "PYTEST_", "PIP_", "GIT_DIR", "GIT_WORK_TREE", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    path = [place for place in env.get("PATH", os.defpath).split(os.pathsep) if "shims" not in place]
    env.update(
        HOME=str(home),
        PATH=os.pathsep.join([binaries, *path]),
        LC_ALL="C.UTF-8",
        NO_COLOR="1",
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_COLLECTIONS_PATH=str(BUILD),
        ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"),
        ANSIBLE_HOME=str(home / ".ansible"),
        MYPYPATH=str(BUILD),
        MYPY_CACHE_DIR=str(BUILD / "mypy"),
        KSV_STAGED="1",
    )
    for name in ("no_proxy", "NO_PROXY"):
        env[name] = ",".join(filter(None, [env.get(name), "127.0.0.1", "localhost"]))
    # Many machines set this, and requests then prefers it to what the session says. Test on such a machine.
    bundle = next((VENVS / step.core / "lib").glob("python3.*/site-packages/certifi/cacert.pem"), None)
    env.setdefault("REQUESTS_CA_BUNDLE", str(bundle))
    if step.group == "sanity":
        env["PATH"] = os.pathsep.join([binaries, *_pythons(step.core), "/usr/local/bin", "/usr/bin", "/bin"])
        del env["ANSIBLE_CONFIG"], env["ANSIBLE_COLLECTIONS_PATH"]
    return env


def _pythons(core: str) -> list[str]:
    """The folders of real interpreters that ansible-test is to find."""
    wanted = ["3.9", _python_version(core)] if core == "main" else [_python_version(core)]
    homes = [pathlib.Path(home) for home in (os.environ.get("PYENV_ROOT"), pathlib.Path.home() / ".pyenv") if home]
    return [str(place) for version in wanted for home in homes for place in sorted(home.glob(f"versions/{version}.*/bin"))[-1:]]


def _prepare_sanity(core: str) -> None:
    """Stage a copy of its own, and a home where ansible-test finds get-pip and how to reach the package index."""
    stage.stage(BUILD / "sanity" / core)
    home = BUILD / "home" / core
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    known = next((VENVS / core / "lib").glob("python3.*/site-packages/ansible_test/_internal/python_requirements.py"))
    packages = dict(reversed(re.findall(r"(pip|setuptools|wheel)='([\d.]+)'", known.read_text())))
    shutil.copyfile(ROOT / "tests" / "tools" / "get_pip.py", cache / f"get_pip_{packages['pip'].replace('.', '_')}.py")
    wheels = cache / "wheels"
    missing = [f"{name}=={version}" for name, version in packages.items() if not list(wheels.glob(f"{name}-{version}-*.whl"))]
    if missing:
        _pip("download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(wheels), *missing)
    _write_pip_settings(home / ".config" / "pip" / "pip.conf")


def _pip(*words: str) -> str:
    """What the pip of the machine's settings says; a failure is left to who needs the result."""
    command = [str(VENVS / "uv" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *words]
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


def _write_pip_settings(path: pathlib.Path) -> None:
    """Keep pip's settings in a file: ansible-test hands no environment on, and has a home of its own here."""
    settings = {}
    for line in _pip("config", "list").splitlines():
        key, equals, value = line.partition("=")
        name = key.rpartition(".")[2]
        if equals and name in {"cert", "extra-index-url", "find-links", "index-url", "no-index", "proxy", "timeout", "trusted-host"}:
            settings[name] = ast.literal_eval(value)
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    if proxy:
        settings.setdefault("proxy", proxy)
    config = configparser.RawConfigParser()
    config["global"] = settings
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("w") as file:
        config.write(file)


# Running it


class Runner:
    """Runs steps, and never leaves one behind that still goes on."""

    def __init__(self, require_all: bool, live: bool) -> None:
        self.require_all = require_all
        self.live = live
        self.printing = threading.Lock()
        self.running: set[subprocess.Popen[str]] = set()

    def say(self, *lines: str) -> None:
        with self.printing:
            print(*lines, sep="\n", flush=True)

    def run(self, step: Step) -> Outcome:
        outcome = self._nothing_to_run(step)
        if outcome is None:
            self.say(f"   {step.name}: {step.title} ({_where(step)})")
            begin = time.monotonic()
            outcome = self._run_commands(step)
            outcome.seconds = time.monotonic() - begin
        self._report(outcome)
        return outcome

    def _nothing_to_run(self, step: Step) -> Outcome | None:
        absent = VENVS / step.core / "absent"
        if absent.exists():
            return Outcome(step, "left out", words=absent.read_text().strip())
        if step.commands and (not step.needs or _has_files(ROOT / step.needs)):
            return None
        if self.require_all:
            return Outcome(step, "FAILED", failed=1, words=f"{step.needs} is missing")
        return Outcome(step, "nothing there yet", words=f"{step.needs} is missing")

    def _run_commands(self, step: Step) -> Outcome:
        if step.group == "sanity":
            _prepare_sanity(step.core)
        deadline = time.monotonic() + 60 * step.minutes
        log = LOGS / f"{step.name}.log"
        codes = []
        with log.open("w") as file:
            for command in step.commands:
                file.write(f"$ {' '.join(command)}\n")
                file.flush()
                code = self._run_command(step, command, file, deadline)
                codes.append(code)
                if code:
                    break
        return _judge(step, codes[-1], log.read_text(errors="replace"))

    def _run_command(self, step: Step, command: t.Sequence[str], log: t.TextIO, deadline: float) -> int | str:
        env = _environment(step)
        program = shutil.which(command[0], path=env["PATH"])
        if program is None:
            return f"{command[0]} is not installed"
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=step.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.running.add(process)
        reader = threading.Thread(target=self._copy_output, args=(process, log), daemon=True)
        reader.start()
        try:
            code: int | str = process.wait(max(1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            code = f"stopped after {step.minutes:g} minutes"
        self.stop(process)
        reader.join(10)
        return code

    def _copy_output(self, process: subprocess.Popen[str], log: t.TextIO) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            log.flush()
            if self.live:
                self.say(line.rstrip("\n"))

    def stop(self, process: subprocess.Popen[str]) -> None:
        """End a step with everything it started."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        self.running.discard(process)

    def _report(self, outcome: Outcome) -> None:
        words = f" - {outcome.words}" if outcome.words else ""
        lines = [f"== {outcome.step.name}: {outcome.result}, {outcome.seconds:.1f} s{words}"]
        log = LOGS / f"{outcome.step.name}.log"
        if outcome.result == "FAILED" and outcome.seconds and not self.live:
            said_once = dict.fromkeys(log.read_text(errors="replace").splitlines())
            output = [line for line in said_once if not NOISE.match(line)]
            lines += [f"   | {line}" for line in output[-TAIL:]]
            lines += [f"   | (the whole of it: {log.relative_to(ROOT)})"]
        self.say(*lines)


def _where(step: Step) -> str:
    return f"ansible-core {_core_version(step.core)}, Python {_python_version(step.core)}"


def _has_files(path: pathlib.Path) -> bool:
    return path.is_file() or any(found.is_file() for found in path.rglob("[!.]*") if "__pycache__" not in found.parts)


def _judge(step: Step, code: int | str, output: str) -> Outcome:
    words = "" if code == 0 else f"exit code {code}" if isinstance(code, int) else code
    outcome = Outcome(step, "ok" if code == 0 else "FAILED", words=words)
    if step.counting == "pytest":
        counts = _pytest_counts(output)
        outcome.passed = counts.get("passed", 0) + counts.get("xfailed", 0)
        outcome.failed = counts.get("failed", 0) + counts.get("error", 0) + counts.get("xpassed", 0)
        outcome.skipped = counts.get("skipped", 0)
        outcome.failures = tuple(re.findall(r"^(?:FAILED|ERROR) (?=tests).*", output, re.MULTILINE))
        if code == 0 and not outcome.passed:
            outcome.result, outcome.words = "FAILED", "no test was run"
    elif step.counting == "sanity":
        ran = set(re.findall(r'^Running sanity test "([^"]+)"', output, re.MULTILINE))
        named = re.findall(r'^Running sanity test "import" on Python ([\d.]+)', output, re.MULTILINE)
        pythons = [version for version in named if shutil.which(f"python{version}", path=_environment(step)["PATH"])]
        failures = re.search(r"The (\d+) sanity test\(s\) listed below \(out of \d+\) failed", output)
        outcome.failed = int(failures[1]) if failures else 0
        outcome.failures = tuple(re.findall(r"^ERROR: .*", output, re.MULTILINE))
        outcome.passed = len(ran) - outcome.failed
        outcome.words = outcome.words or f"Python {', '.join(pythons)}"
        if code == 0 and not ran:
            outcome.result, outcome.words = "FAILED", "no test was run"
    elif code == 0:
        outcome.passed = 1
    if outcome.result == "FAILED" and not outcome.failed:
        outcome.failed = 1
    return outcome


def _pytest_counts(output: str) -> dict[str, int]:
    closing = re.findall(r"^=* ?(?:no tests ran|\d+ \w+(?:, \d+ \w+)*) in [\d.]+s.*$", output, re.MULTILINE)
    found = re.findall(r"(\d+) (passed|failed|error|skipped|xfailed|xpassed)", closing[-1] if closing else "")
    return {word: int(number) for number, word in found}


def _choose(steps: list[Step], only: str) -> list[Step]:
    chosen = []
    for wanted in filter(None, re.split(r"[,\s]+", only)):
        found = [step for step in steps if wanted == step.name] or [
            step for step in steps if wanted == step.group or step.name.startswith(wanted)
        ]
        if not found:
            sys.exit(f"There is no step {wanted}. There are: {', '.join(step.name for step in steps)}")
        chosen += [step for step in found if step not in chosen]
    return chosen or steps


def _summary(outcomes: list[Outcome], seconds: float) -> str:
    width = max(len(outcome.step.name) for outcome in outcomes)
    lines = ["", f"{'step':{width}}  {'result':17}  seconds  passed  failed  skipped"]
    for outcome in outcomes:
        numbers = f"{outcome.seconds:7.1f}  {outcome.passed:6}  {outcome.failed:6}  {outcome.skipped:7}"
        lines.append(f"{outcome.step.name:{width}}  {outcome.result:17}  {numbers}  {outcome.words}".rstrip())
    skipped = sum(outcome.skipped for outcome in outcomes)
    lines += ["", f"{seconds:.0f} seconds; a check that counts no tests of its own counts as one; {skipped} skipped"]
    passed, failed = sum(outcome.passed for outcome in outcomes), sum(outcome.failed for outcome in outcomes)
    lines.append(f"{passed} passed, {failed} failed")
    # Repeated where nobody has to search for it.
    for outcome in outcomes:
        if outcome.failed:
            lines += [f"{outcome.step.name}: {line[:300]}" for line in outcome.failures[:10] or [outcome.words]]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="the steps to run, by name, start of the name or group")
    parser.add_argument("--require-all", action="store_true", help="a step that has nothing to run on has failed")
    parser.add_argument("--list", action="store_true", help="name the steps and stop")
    options, pytest_words = parser.parse_known_args()
    steps = all_steps(tuple(pytest_words))
    if options.list:
        print("\n".join(f"{step.name:16} {step.title}" for step in steps))
        return 0
    chosen = _choose(steps, options.only)
    begin = time.monotonic()
    LOGS.mkdir(parents=True, exist_ok=True)
    for core in CORES:
        (BUILD / "home" / core).mkdir(parents=True, exist_ok=True)
    stage.stage(BUILD)
    runner = Runner(options.require_all, live=len(chosen) == 1)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            outcomes = list(pool.map(runner.run, chosen))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(runner.running):
                runner.stop(process)
            raise
    print(_summary(outcomes, time.monotonic() - begin), flush=True)
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped")
