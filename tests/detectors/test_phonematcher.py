from __future__ import annotations

import random
import time

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpguard.detectors import _phonematcher

DIGITS = (
    "0000123456789   ",
    "000012344444456789 /－.－(  +",
    "0123456789  -()/.+",
    "00０4４7７ +＋~x#,(",
)


def by_the_library(text: str, region: str) -> list[tuple[int, int, str]]:
    form = phonenumbers.PhoneNumberFormat.E164
    return [
        (match.start, match.end, phonenumbers.format_number(match.number, form))
        for match in phonenumbers.PhoneNumberMatcher(text, region)
    ]


def dense(seed: int, alphabet: str, length: int) -> str:
    generator = random.Random(seed)
    return "".join(generator.choice(alphabet) for _ in range(length))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(DIGITS))
def test_it_finds_what_the_library_finds(seed: int, alphabet: str) -> None:
    text = dense(seed, alphabet, 90)

    assert by_the_library(text, "GB") == list(_phonematcher.numbers(text, "GB"))


@pytest.mark.parametrize("region", ["US", "FR", "JP", "DE"])
def test_it_finds_what_the_library_finds_abroad(region: str) -> None:
    text = dense(8, DIGITS[0], 3000)

    assert by_the_library(text, region) == list(_phonematcher.numbers(text, region))


@pytest.mark.parametrize(
    "text",
    [
        "44 1632 960960 or 44 20 7031 3000", "440020 7031 3000", "+0044 20 7031 3000",
        "000 44 20 7031 3000", "18002 020 7031 3000", "020 7031 3000 ~12", "020 7031 3000 x 12",
        "2070313000", "+49 1234", "(+44) 20 7031 3000", "020 7031 3000/4",
        "０２０ ７０３１ ３０００",
    ],
)  # fmt: skip
def test_what_has_a_prefix_or_an_extension_is_the_library_s_to_judge(text: str) -> None:
    assert by_the_library(text, "GB") == list(_phonematcher.numbers(text, "GB"))


def test_what_is_no_number_is_not_parsed() -> None:
    pieces = [dense(seed, DIGITS[0], 70) for seed in range(600)]

    begun = time.process_time()
    theirs = [by_the_library(piece, "GB") for piece in pieces]
    between = time.process_time()
    ours = [list(_phonematcher.numbers(piece, "GB")) for piece in pieces]
    ended = time.process_time()

    assert theirs == ours
    assert ended - between < 0.7 * (between - begun)
