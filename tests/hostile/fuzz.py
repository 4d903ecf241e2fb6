# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that no server should give, made from those that the simulator gives. The same seed makes the same answers."""

from __future__ import annotations

import copy
import dataclasses
import json
import random
import typing as t

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._core.https import Https

VALUES: list[t.Any] = [
    None,
    True,
    0,
    -1,
    3,
    10**18,
    10**400,
    1e300,
    float("nan"),
    float("inf"),
    "",
    "x",
    "0",
    "{{ 1/0 }}",
    "\ud800\udfff\ud801",
    "\x1b[31m\x00\n\u202e",
    "9" * 500,
    [],
    [None],
    [[]],
    [1, "a", {}],
    {},
    {"type": "long", "value": "many"},
    {"type": "long", "value": float("inf")},
    {"type": "double", "value": 10**400},
    {"type": "datetime", "value": 7},
    {"type": "binary", "value": "\u0416"},
    {"type": "params", "value": [1]},
    {"type": ["a"], "value": {}},
    {"value": None},
]
BODIES = [
    "",
    " ",
    "null",
    "true",
    "17",
    '"text"',
    "[]",
    "[[]]",
    "{}",
    "{",
    "\ufffd\ufffd",
    "\x00",
    "NaN",
    "1" * 5000,
    "[" * 100000,
    "[" * 5000 + "]" * 5000,
    '{"PxgRetVal": ' + '{"a": [' * 400 + "]}" * 400 + "}",
    '{"items": ' + "[" * 800 + "]" * 800 + "}",
    '{"PxgError": null, "PxgRetVal": null}',
    '{"PxgError": []}',
    '{"PxgError": {"code": [], "module": {}, "message": {"a": 1}, "locdata": {"format": 1, "args": 7}}}',
    '{"PxgError": {"code": 1e999, "module": null, "locdata": []}}',
    "<html>" + "x" * 100000,
]


def mutated(text: str, choose: random.Random) -> str:
    """An answer that is nearly the one given, or none at all."""
    if choose.random() < 0.15:
        return choose.choice(BODIES)
    try:
        body = json.loads(text)
    except ValueError:
        return choose.choice(BODIES)
    body = copy.deepcopy(body)
    for _time in range(choose.choice([1, 1, 1, 2, 5])):
        place = _place(body, choose)
        if place is None:
            return json.dumps(choose.choice(VALUES))
        container, key = place[0], place[1]
        how = choose.random()
        if how < 0.15:
            del container[key]
        elif how < 0.25 and isinstance(container, list):
            container.extend([copy.deepcopy(container[key])] * 3)
        else:
            container[key] = copy.deepcopy(choose.choice(VALUES))
    made = json.dumps(body)
    if isinstance(body, dict) and body and choose.random() < 0.1:  # members that are there twice, with other values
        made = made[:-1] + ", " + json.dumps({choose.choice(list(body)): choose.choice(VALUES)})[1:]
    return made


def _place(body: t.Any, choose: random.Random) -> t.Optional[tuple[t.Any, t.Any]]:
    """A member somewhere in the body; those that lie deep are as likely as those on top."""
    places: list[list[tuple[t.Any, t.Any]]] = []

    def walk(value: t.Any, depth: int) -> None:
        items = value.items() if isinstance(value, dict) else list(enumerate(value))[:3] if isinstance(value, list) else ()
        for key, inner in items:
            while len(places) <= depth:
                places.append([])
            places[depth].append((value, key))
            walk(inner, depth + 1)

    walk(body, 0)
    if not places:
        return None
    container, key = choose.choice(choose.choice(places))
    return container, key


def fuzz(patch: pytest.MonkeyPatch, what: str, choose: random.Random, times: t.Optional[int]) -> list[str]:
    """Change the answers to the requests that messages call ``what``, the next ``times`` of them; what was sent instead."""
    send, sent = Https._send, []

    def sending(https: t.Any, method: str, path: str, named: str, *more: t.Any) -> t.Any:
        answer = send(https, method, path, named, *more)
        if named == what and (times is None or len(sent) < times):
            answer = dataclasses.replace(answer, text=mutated(answer.text, choose))
            sent.append(answer.text)
        return answer

    patch.setattr(Https, "_send", sending)
    return sent


def names(patch: pytest.MonkeyPatch) -> list[str]:
    """What messages call each request from now on, once."""
    send, seen = Https._send, []

    def sending(https: t.Any, method: str, path: str, named: str, *more: t.Any) -> t.Any:
        if named not in seen:
            seen.append(named)
        return send(https, method, path, named, *more)

    patch.setattr(Https, "_send", sending)
    return seen


def is_a_sentence(text: str) -> bool:
    """Whether a message can be read: of a reasonable length, with an end, and without what Python says of its own errors."""
    python = ("object has no attribute", "NoneType", "unhashable", "not subscriptable", "not iterable", "must be str", "invalid literal")
    return 10 < len(text) < 6000 and text.rstrip().endswith((".", "?", "!")) and not any(words in text for words in python)
