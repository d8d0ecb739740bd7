"""On which line each key stands, in whatever form it is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.config._toml import Place, lines

EVERY_FORM = r'''# a comment = 1
title = "a # no comment"
'quoted key' = 'literal \'
long = """
key = 1
"quotes"
\"""" # five quotes at its end
raw = """
" ""
"""
dates = 1979-05-27 07:32:00
list = [ # comment ]
  1, "]",
  [ 2,
    3 ],
]
inline = { a = 1, "b.c" = [ { d = 4 } ], e.f = true }

[a.b]  # table
c.d = 1
c.e = 2
[[tables]]
name = "one"
[tables.below]
x = 1
[[tables]]
name = "two"
[[tables.inner]]
y = 1
[[tables.inner]]
y = 2
'''


def places(value: Any, before: Place = ()) -> Iterator[Place]:
    """Every place in parsed TOML."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield (*before, key)
            yield from places(one, (*before, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield (*before, index)
            yield from places(one, (*before, index))


def test_every_form_of_a_key_is_found() -> None:
    found = lines(EVERY_FORM)
    numbered = EVERY_FORM.splitlines()

    assert set(places(tomllib.loads(EVERY_FORM))) == set(found)
    for place, line in found.items():
        last = place[-1]
        if isinstance(last, str):
            assert last in numbered[line - 1], place


def test_what_is_repeated_has_its_own_lines() -> None:
    found = lines(EVERY_FORM)
    numbered = EVERY_FORM.splitlines()

    assert 'name = "two"' == numbered[found["tables", 1, "name"] - 1]
    assert "y = 2" == numbered[found["tables", 1, "inner", 1, "y"] - 1]
    assert "x = 1" == numbered[found["tables", 0, "below", "x"] - 1]
    assert "    3 ]," == numbered[found["list", 2, 1] - 1]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "a = 1", "a = ''", "[a]"])
def test_short_texts_are_read(text: str) -> None:
    assert set(places(tomllib.loads(text))) == set(lines(text))


def test_the_documented_examples_are_read() -> None:
    documentation = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", documentation, re.DOTALL)

    assert examples
    for example in examples:
        assert set(places(tomllib.loads(example))) == set(lines(example))


_STRINGS = st.text("ab\"'#[]{}=,\\\n \t.é", max_size=8)


def _written(value: Any) -> str:
    """Any value, as TOML."""
    if isinstance(value, dict):
        pairs = (f"{_quoted(key)} = {_written(one)}" for key, one in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return "[ # ]\n" + "".join(f"{_written(one)}, # [\n" for one in value) + "]"
    return _quoted(value) if isinstance(value, str) else str(value).lower()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


_VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(0, 99), _STRINGS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_STRINGS, inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(_STRINGS, _VALUES, max_size=4))
def test_whatever_is_toml_is_found(document: dict[str, Any]) -> None:
    text = "".join(f"{_quoted(key)} = {_written(one)}\n" for key, one in document.items())

    assert document == tomllib.loads(text)
    assert set(places(document)) == set(lines(text))
