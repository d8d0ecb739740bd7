"""Base64 as encoders write it, and as the most lenient reader takes what they did not."""

import base64
import binascii
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpguard.mime import _transfer

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
PIECES = (
    b"QUJD",
    b"QUI=",
    b"QQ==",
    b"Q",
    b"QU",
    b"=",
    b"==",
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"!",
    b"-",
    b"_",
)


def slowly(content: bytes) -> bytes:
    """What a reader makes of base64 that skips what is none and begins anew after each "="."""
    letters = bytes(byte for byte in content if byte in ALPHABET + b"=")
    runs = (run if len(run) % 4 != 1 else run[:-1] for run in letters.split(b"="))
    return b"".join(binascii.a2b_base64(run + b"=" * (-len(run) % 4)) for run in runs)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 5000])
@pytest.mark.parametrize("end_of_line", [b"\r\n", b"\n", b""])
def test_what_an_encoder_wrote_is_plain(size: int, end_of_line: bytes) -> None:
    content = random.Random(size).randbytes(size)

    assert content == _transfer.plain_base64(
        base64.encodebytes(content).replace(b"\n", end_of_line)
    )


@pytest.mark.parametrize(
    "content",
    [
        b"QUJD QUJD",
        b"QUJD\n-- \nQUJD",
        b"QUI",
        b"QUJDQ",
        b"QUI=\nQUI=",
        b"QUJD=",
        b"=QUJD",
        b"QUI-",
        b"QUJD\n--b--",
        b"QUJD\0",
        b"\xef\xbb\xbfQUJD",
    ],
)
def test_what_may_be_read_in_several_ways_is_not(content: bytes) -> None:
    assert _transfer.plain_base64(content) is None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_plain_base64_has_no_other_reading(pieces: list[bytes]) -> None:
    content = b"".join(pieces)

    plain = _transfer.plain_base64(content)

    assert plain is None or (plain, b"") == (slowly(content), _transfer.around_base64(content))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_all_that_can_be_had_of_broken_base64_is(pieces: list[bytes]) -> None:
    content = b"".join(pieces)

    assert slowly(content) == _transfer.base64(content)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([bytes([byte]) for byte in ALPHABET + b"=\n"]), max_size=90))
def test_so_is_it_of_any_letters(letters: list[bytes]) -> None:
    content = b"".join(letters)

    assert slowly(content) == _transfer.base64(content)
