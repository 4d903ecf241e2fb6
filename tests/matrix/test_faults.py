# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One fault at every request of every chain, in every kind: it is told clearly, and one clean run later all is as without it.

`make faults` runs all cells and prints how many there are, how many converged and which did not; `make test` runs a sample.
"""

from __future__ import annotations

import functools
import re
import typing as t

import pytest

from modules.conftest import Runner
from simulator.runner import Simulator

from . import chains, faulty, roles

API_METHOD = re.compile(r"\b(?:[A-Z]\w+\.[A-Z]\w+|login)\b|\b(?:GET|POST|PUT|DELETE) /api/3\.0/")


def modules_of(runner: Runner) -> roles.ModuleRunner:
    """Runs modules that may fail and warn; a traceback or a secret in what they say is an error there."""
    return functools.partial(runner, fails=None, warns=None)


@functools.cache
def without_faults(name: str) -> tuple[tuple[faulty.Position, ...], t.Any]:
    """The requests of a chain, and how the world looks after it. It is run when tests are collected."""
    chain = chains.CHAINS[name]
    with Simulator(chain.world, speed=0.0) as simulator:
        run = modules_of(Runner(simulator))
        chain.prepare(simulator, run)
        simulator.journal.clear()
        played = chain.run(simulator, run)
        assert played.failed == {} and played.results
        entries = [entry for entry in simulator.journal.entries() if chain.concerns(entry)]
        assert not any(chain.work(simulator).values()), chain.work(simulator)
        return tuple(sorted(faulty.positions(entries), key=lambda position: (position.server, position.scope))), chain.picture(simulator)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A cell for each chain, request and kind. In the sample is one cell for each method of a chain, of another kind each time."""
    if "position" not in metafunc.fixturenames:
        return
    cells = []
    kinds = list(faulty.KINDS)
    for number, name in enumerate(chains.CHAINS):
        sampled: set[tuple[str, str]] = set()
        for position in without_faults(name)[0]:
            method = (position.server, position.method)
            chosen = "" if method in sampled else kinds[(3 * len(sampled) + number) % len(kinds)]
            sampled.add(method)
            for kind in kinds:
                marks = [] if kind == chosen else [pytest.mark.exhaustive]
                cells.append(pytest.param(name, kind, position, id="%s-%s-%s" % (name, kind, position), marks=marks))
    metafunc.parametrize(("name", "kind", "position"), cells)


def unclear(result: t.Any, simulator: t.Any) -> list[str]:
    """What a module that failed says without naming server and method, in more than one line, or saying something twice."""
    lists = [value for value in result.data.values() if isinstance(value, list)]
    entries = [entry for value in lists for entry in value if isinstance(entry, dict)]
    said = [entry["reason"] for entry in entries if entry.get("result") == "failed"]
    if result.failed and not said:
        said = [result.data["msg"]]
        assert said[0].endswith((".", "?"))
    addresses = ["%s:%d" % (end.address, end.port) for end in simulator.endpoints.values()]
    return [text for text in said if not _clear(text, addresses)]


def _clear(text: str, addresses: t.Iterable[str]) -> bool:
    sentences = re.split(r"(?<=[.?;]) ", text)
    return (
        "\n" not in text
        and len(set(sentences)) == len(sentences)
        and API_METHOD.search(text) is not None
        and any(address in text for address in addresses)
    )


def quoted(result: t.Any, simulator: t.Any) -> list[str]:
    """The sessions and tokens of which a piece is in what a module says."""
    sessions = [value for value in simulator.journal._values if len(value) > 22]
    return [value for value in sessions if any(value[start : start + 10] in result.text for start in range(0, len(value) - 9, 5))]


def test_one_fault(
    name: str, kind: str, position: faulty.Position, simulators: t.Callable[..., Simulator], request: pytest.FixtureRequest
) -> None:
    request.node.user_properties += [("chain", name), ("kind", kind)]
    chain = chains.CHAINS[name]
    simulator = simulators(chain.world)
    run = modules_of(Runner(simulator))
    chain.prepare(simulator, run)
    with faulty.struck(simulator, kind, position) as fault:
        try:
            played = chain.run(simulator, run)
        except faulty.ProcessEnded:
            played = None
    assert fault.hits == 1, "the request did not come"
    assert (played is None) == (kind == "ended")
    for result in played.results if played is not None else ():
        assert unclear(result, simulator) == []
        assert quoted(result, simulator) == []
    simulator.clock.advance(chain.pause)
    again = chain.run(simulator, run)
    assert again.failed == {}
    assert chain.picture(simulator) == without_faults(name)[1]
    assert not any(chain.work(simulator).values()), chain.work(simulator)
