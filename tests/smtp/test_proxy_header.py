"""The header of the PROXY protocol, byte by byte."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.smtp._proxy_header import LONGEST, Header, parse

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def version_2(command: int, family: int, rest: bytes) -> bytes:
    """A header with these codes."""
    return SIGNATURE + bytes((command, family)) + len(rest).to_bytes(2, "big") + rest


FOUR = bytes((192, 0, 2, 7, 192, 0, 2, 1)) + b"\xc7\x38\x00\x19"
SIX = ipaddress.ip_address("2001:db8::7").packed * 2 + b"\xc7\x38\x00\x19"


@pytest.mark.parametrize(
    ("header", "client"),
    [
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 51000 25\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:DB8::7 2001:db8::1 51000 25\r\n", "2001:db8::7"),
        (b"PROXY TCP6 ::ffff:192.0.2.7 ::1 51000 25\r\n", "192.0.2.7"),
        (b"PROXY UNKNOWN\r\n", ""),
        (b"PROXY UNKNOWN 192.0.2.7 anything at all\r\n", ""),
        (version_2(0x21, 0x11, FOUR), "192.0.2.7"),
        (version_2(0x21, 0x21, SIX), "2001:db8::7"),
        (version_2(0x21, 0x11, FOUR + b"\x04\x00\x01x"), "192.0.2.7"),
        (version_2(0x21, 0x31, bytes(216)), ""),
        (version_2(0x21, 0x00, b""), ""),
        (version_2(0x20, 0x11, FOUR), ""),
        (version_2(0x20, 0x00, b""), ""),
    ],
)
def test_a_header_says_for_whom_and_ends_where_the_client_begins(
    header: bytes, client: str
) -> None:
    pieces = [parse(header[:length]) for length in range(len(header))]

    assert [None] * len(header) == pieces
    assert Header(client, len(header)) == parse(header)
    assert Header(client, len(header)) == parse(header + b"EHLO a\r\n" + header)


@pytest.mark.parametrize(
    "header",
    [
        b"EHLO client.example\r\n",
        b"\x16\x03\x01\x02\x00",
        b"proxy TCP4 192.0.2.7 192.0.2.1 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 1\r\n",
        b"PROXY TCP4 192.0.2.7  192.0.2.1 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 1 2 \r\n",
        b"PROXY TCP4 192.0.2.07 192.0.2.1 1 2\r\n",
        b"PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
        b"PROXY TCP6 192.0.2.7 192.0.2.1 1 2\r\n",
        b"PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n",
        b"PROXY TCP5 192.0.2.7 192.0.2.1 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 01 2\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 65536 2\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 1 -2\r\n",
        b"PROXY UNKNOWN" + b" " * 93 + b"\r\n",
        b"PROXY " + b"x" * 101,
        version_2(0x22, 0x11, FOUR),
        version_2(0x11, 0x11, FOUR),
        version_2(0x21, 0x11, FOUR[:-1]),
        version_2(0x21, 0x21, SIX[:-1]),
        version_2(0x21, 0x12, FOUR),
        version_2(0x21, 0x41, bytes(300)),
        version_2(0x20, 0x00, bytes(LONGEST)),
    ],
)
def test_what_is_wrong_in_the_smallest_thing_is_no_header(header: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(header)


def test_the_longest_line_is_one() -> None:
    line = b"PROXY UNKNOWN" + b" " * 92 + b"\r\n"

    assert (107, Header("", 107)) == (len(line), parse(line))


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_header_or_none(rest: bytes) -> None:
    for begin in (b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21\x11"):
        try:
            found = parse(begin + rest)
        except ValueError:
            continue
        assert found is None or found.length <= len(begin + rest)
