# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter language, by contract ksc-openapi.md, section 3.2."""

from __future__ import annotations

import re

import pytest
from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api import filters
from hypothesis import given
from hypothesis import strategies as some


def test_the_filter_of_the_article():
    assert filters.equals("KLHST_WKS_IP_LONG", 172052763) == "(KLHST_WKS_IP_LONG = 172052763)"


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("plain", '"plain"'),
        ('a"b', '"a""b"'),
        ("*", '"[*]"'),
        ("a?b", '"a[?]b"'),
        ("[x]", '"[[]x]"'),
        ("Web-сервер", '"Web-сервер"'),
        ('") or (KLHST_WKS_DN = "*', '""") or (KLHST_WKS_DN = ""[*]"'),
    ],
)
def test_text_is_quoted(text, literal):
    assert filters.quoted(text) == literal


def test_conditions_are_joined_in_prefix_form():
    one, two = filters.equals("name", "a"), filters.equals("name", "b")
    assert filters.any_of(one) == '(name = "a")'
    assert filters.any_of(one, two) == '(|(name = "a")(name = "b"))'
    assert filters.all_of(one, two) == '(&(name = "a")(name = "b"))'


def matches(literal: str, text: str) -> bool:
    """The wildcard rules of the document, for the few forms that quoted() makes."""
    body = literal[1:-1].replace('""', '"')
    pattern = "".join(
        re.escape(piece[1]) if len(piece) == 3 else {"?": ".", "*": ".*"}.get(piece, re.escape(piece))
        for piece in re.findall(r"\[[*?\[]\]|.", body, re.DOTALL)
    )
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@given(some.text(), some.text())
def test_quoted_text_matches_itself_only(text, other):
    literal = filters.quoted(text)
    assert literal[0] == literal[-1] == '"'
    assert literal[1:-1].replace('""', "").count('"') == 0
    assert matches(literal, text)
    assert matches(literal, other) == (text == other)


@pytest.mark.parametrize(
    ("mask", "condition"),
    [
        ("acme-*", '(name = "acme-*")'),
        ("web[?]", '(name = "web[[]?]")'),
        ('") (a = "*', '(name = """) (a = ""*")'),
    ],
)
def test_a_mask_has_wildcards_and_nothing_else(mask, condition):
    assert filters.like("name", mask) == condition
