"""The gate lets a detector look wherever it could find something."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpguard.detectors import (
    DETECTORS,
    Custom,
    Setup,
    _gate,
    _signs,
    _without_overlaps,
    detect,
    is_silent,
    special,
)
from dlpguard.document import Text
from tests.detectors import _generated
from tests.detectors.test_detect import RECORD, UNITS

OWN = Setup(case_references=(r"ILS/\d{4}/\d{5}",), custom=(Custom("own", r"ZZ\d{5}"),))
PROSE = "The committee met again and nobody said anything that was not said before. "


def everything(text: str) -> list[tuple[str, int, int, str]]:
    """What is found when every detector looks everywhere."""
    block = Text("body", text)
    found = [f for detector in DETECTORS for f in detector.find(block, OWN)]
    order = {detector.KIND: place for place, detector in enumerate(DETECTORS)}
    return [(f.kind, f.start, f.end, f.value) for f in _without_overlaps(found, order)]


def gated(text: str) -> list[tuple[str, int, int, str]]:
    found = detect(Text("body", text), OWN)
    return [(f.kind, f.start, f.end, f.value) for f in found if f.kind != "own"]


def test_nothing_that_a_detector_finds_is_behind_the_gate() -> None:
    for line in _generated.lines(seed=5, count=900):
        assert everything(line.text) == gated(line.text), line.text


def test_places_in_a_long_text_are_those_of_the_whole() -> None:
    generator = random.Random(8)
    pieces = []
    for line in _generated.lines(seed=6, count=120):
        pieces += [PROSE * generator.randrange(90), line.text + "\n"]
    text = "".join(pieces)

    assert everything(text) == gated(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from((*UNITS, PROSE, RECORD)), max_size=120), st.integers(0, 5000))
def test_whatever_stands_at_the_edge_of_a_block_is_seen(units: list[str], before: int) -> None:
    text = "x " * (before // 2) + "".join(units)

    assert everything(text) == gated(text)


def test_prose_without_signs_is_not_looked_at() -> None:
    passages = _gate.gate(_signs(OWN)).passages(PROSE * 1000)

    assert {"person_name"} == set(passages)


def test_only_what_is_around_a_sign_is_looked_at() -> None:
    text = PROSE * 500 + "ann@x.example " + PROSE * 500
    ((start, end),) = _gate.gate(_signs(OWN)).passages(text)["email_address"]

    assert start <= text.index("ann@") < end
    assert end - start < 3 * _gate.BLOCK


def test_an_administrator_s_pattern_is_a_sign_too() -> None:
    text = PROSE * 200 + "ZZ12345 " + PROSE * 200 + "ils/2013/04417"

    assert [("own", "ZZ12345"), ("case_reference", "ILS/2013/04417")] == [
        (f.kind, f.value) for f in detect(Text("body", text), OWN)
    ]


def test_a_gate_without_memory_lets_everything_through() -> None:
    gate = _gate.Gate({"a": ("@",), "b": ("[0-9]{8}",)})
    gate._sentinel = 99  # as if the automaton had given up: the sentinel is not seen

    assert {"a": ((0, 4),), "b": ((0, 4),)} == gate.passages("text")


def test_lone_surrogates_pass_through() -> None:
    (finding,) = [f for f in detect(Text("b", "\udc80 é ann@x.example"), OWN) if f.start > 2]

    assert (4, 17) == (finding.start, finding.end)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from((*UNITS, PROSE, RECORD, "She was diagnosed with HIV. ")), max_size=9)
)
def test_in_a_silent_text_nothing_is_found_but_names(units: list[str]) -> None:
    text = PROSE + "".join(units)
    silent = is_silent(text, OWN)

    assert not silent or not special.categories(text)
    assert not silent or detect(Text("body", text), OWN) == detect(
        Text("body", text), OWN, silent=True
    )


@pytest.mark.parametrize("sign", ["ann@x.example", "ZZ12345", "ils/2013/04417", "coeliac", "born"])
def test_a_text_with_a_sign_or_a_special_word_is_not_silent(sign: str) -> None:
    assert is_silent(PROSE * 50, OWN)
    assert not is_silent(PROSE * 50 + sign, OWN)


def test_without_signs_every_text_is_silent() -> None:
    assert _gate.Gate({"a": ("",)}).is_silent("ann@x.example")
