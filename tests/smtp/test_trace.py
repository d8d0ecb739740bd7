from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.mail import MessageId, new_id
from dlpguard.smtp import _trace

RANDOM = bytes(range(10))


def id_at(now: float) -> str:
    return new_id(now, RANDOM)


def test_an_id_has_26_characters_and_sorts_by_time() -> None:
    times = [0.0, 1.0, 1.5, 1_753_000_000.123, 1_753_000_000.125, 4_000_000_000.0]

    ids = [id_at(now) for now in times]

    assert sorted(set(ids)) == ids
    assert {26} == {len(id) for id in ids}


def test_an_id_is_a_ulid() -> None:
    assert "01ARYZ6S41000G40R40M30E209" == id_at(1469918176.385)


@given(st.text(max_size=300), st.sampled_from(["192.0.2.1", "2001:db8:1:2:3:4:5:6", ""]))
def test_trace_fields_are_ascii_short_and_folded(name: str, client: str) -> None:
    trace = _trace.trace(
        MessageId(id_at(0.0)),
        name=name,
        client=client,
        protocol="ESMTPS",
        hostname="guard.council.example",
        installation="i-3f9c21d0",
        time=1_753_000_000.9,
    )
    lines = trace.decode("ascii").split("\r\n")

    assert "" == lines[-1]
    assert max(map(len, lines)) <= 78
    assert ["Received", "X-DLPGuard-Id"] == [
        line.partition(":")[0] for line in lines[:-1] if not line.startswith(" ")
    ]
    assert "Sun, 20 Jul 2025 08:26:40 +0000" in " ".join(trace.decode().split())


@given(
    st.lists(
        st.sampled_from(
            [
                b"X-DLPGuard-A: 1\r\n",
                b"x-dlpguard-b :\r\n\t2\r\n",
                b"A: x-dlpguard-\r\n",
                b"x-dlpguard-no-field\r\n",
                b" c\r\n",
            ]
        )
    )
)
def test_what_is_removed_is_ours_and_what_is_kept_is_in_order(lines: list[bytes]) -> None:
    header = b"Top: 1\r\n" + b"".join(lines)
    kept = _trace.without_ours(header)

    assert kept == _trace.without_ours(kept)
    assert not any(
        line.lower().startswith(b"x-dlpguard-") and b":" in line for line in kept.split(b"\r\n")
    )
    for line in (b"A: x-dlpguard-\r\n", b"x-dlpguard-no-field\r\n"):
        assert header.count(line) == kept.count(line)


@pytest.mark.parametrize(
    ("content", "end"),
    [
        (b"A: b\r\n\r\ntext\r\n\r\n", len(b"A: b\r\n")),
        (b"\r\ntext\r\n\r\n", 0),
        (b"", None),
        (b"A: b\r\n\r", None),
    ],
)
def test_the_header_ends_at_the_first_empty_line(content: bytes, end: int | None) -> None:
    assert end == _trace.end_of_header(content)
    for looked_at in range(len(content) if end is None else end + 2):
        assert end == _trace.end_of_header(content, looked_at)


def test_a_header_may_have_a_megabyte() -> None:
    longest = b"A: b\r\nC: " + b"d" * (_trace.HEADER_LIMIT - 13)

    assert len(longest) + 2 == _trace.end_of_header(longest + b"\r\n\r\n")
    assert None is _trace.end_of_header(longest + b"x\r\n\r\n")


def test_a_hostile_header_is_read_quickly() -> None:
    header = b"X-DLPGuard-A:\r\n\t\r\n" * 50_000
    before = time.process_time()

    assert b"" == _trace.without_ours(header)
    assert not _trace.is_looping(header.replace(b"X-DLPGuard-A", b"Received-Not"), "i-1", 50)
    assert time.process_time() - before < 1
