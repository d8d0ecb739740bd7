from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.smtp._data import Body, Fault, InMemory, has_bare_line_ends
from tests.smtp.conftest import on_the_wire

LIMIT = 10_000

_soup = st.lists(
    st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"..", b"a", b"\r\n.", b"\xff", b"text"])
).map(b"".join)
_lines = st.lists(
    st.binary(max_size=20).map(lambda line: line.translate(None, b"\r\n\0") + b"\r\n")
    | st.sampled_from([b".\r\n", b"..\r\n", b".a\r\n", b"\r\n"])
).map(b"".join)


class Kept(Body):
    """A body, and its content."""

    def __init__(self, limit: int, *, normalise: bool = False) -> None:
        self.kept = InMemory()
        super().__init__(limit, self.kept, normalise=normalise)

    def content(self) -> bytes:
        """What was kept of it."""
        return self.kept.content


def taken(wire: bytes, sizes: list[int], normalise: bool = False) -> tuple[Kept, bytes | None]:
    """A body fed with pieces of these sizes (the last one as often as needed), and what is left."""
    body = Kept(LIMIT, normalise=normalise)
    at, rest = 0, None
    for number in range(len(wire) + 1):
        size = sizes[min(number, len(sizes) - 1)]
        piece, at = wire[at : at + size], at + size
        rest = body.feed(piece)
        if rest is not None:
            return body, rest + wire[at:]
    return body, rest


@given(_lines, st.lists(st.integers(1, 50), min_size=1))
def test_what_was_stuffed_comes_out_as_it_was_however_it_is_cut(
    content: bytes, sizes: list[int]
) -> None:
    wire = on_the_wire(content) + b".\r\n"

    body, rest = taken(wire + b"QUIT\r\n", sizes)

    assert (content, b"QUIT\r\n", None) == (body.content(), rest, body.fault)


@given(_lines, st.integers(1, 20))
def test_stuffing_does_not_depend_on_where_pieces_are_cut(content: bytes, size: int) -> None:
    pieces = [content[i : i + size] for i in range(0, len(content), size)]

    assert on_the_wire(content) == on_the_wire(*pieces)
    assert on_the_wire(content) == on_the_wire(*pieces, is_clean=True)


@given(_soup, st.lists(st.integers(1, 10), min_size=1), st.booleans())
def test_nothing_depends_on_where_pieces_are_cut(
    wire: bytes, sizes: list[int], normalise: bool
) -> None:
    wire += b"\r\n.\r\n"
    whole, whole_rest = taken(wire, [len(wire)], normalise)

    cut, cut_rest = taken(wire, sizes, normalise)

    assert (whole.content(), whole.fault, whole_rest) == (cut.content(), cut.fault, cut_rest)


@given(_soup, st.lists(st.integers(1, 10), min_size=1))
def test_whatever_is_taken_goes_out_as_one_message(wire: bytes, sizes: list[int]) -> None:
    body, _ = taken(wire + b"\r\n.\r\n", sizes, normalise=True)
    content = body.content()

    again, rest = taken(on_the_wire(content) + b".\r\n", [LIMIT])

    assert (content, b"") == (again.content(), rest)


@pytest.mark.parametrize(
    "smuggled",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r.\n",
        b"\r.\r",
        b"\r\n.\r",
        b"\r.\r\n",
        b"\r\n\0.\r\n",
        b"\r\n.\0\r\n",
        b"\n\n.\r\n",
        b"\r\r\n.\r\r\n",
        b"\n",
        b"\r",
        b"\0",
    ],
)
def test_what_some_program_may_take_for_an_end_is_a_fault(smuggled: bytes) -> None:
    wire = b"Subject: a\r\n\r\nbefore" + smuggled + b"MAIL FROM:<x@y.example>\r\n.\r\n"

    for sizes in ([1], [len(wire)]):
        body, rest = taken(wire, sizes)

        assert (Fault.BARE, b"") == (body.fault, rest)


@given(_soup)
def test_a_line_end_is_bare_when_it_is_in_no_pair(content: bytes) -> None:
    left = content.replace(b"\r\n", b"")

    assert (b"\r" in left or b"\n" in left) == has_bare_line_ends(content)


def test_bare_line_ends_become_cr_lf_when_normalised() -> None:
    body, _ = taken(b"a\nb\rc\r\n\nd\n.\n..e\r\n.\r\n", [3], normalise=True)

    assert b"a\r\nb\r\nc\r\n\r\nd\r\n\r\n.e\r\n" == body.content()


def test_a_nul_is_refused_even_when_line_ends_are_normalised() -> None:
    body, _ = taken(b"a\0\r\n.\r\n", [2], normalise=True)

    assert Fault.BARE is body.fault


def test_an_empty_message_is_empty() -> None:
    body, rest = taken(b".\r\nRSET\r\n", [1])

    assert (b"", b"RSET\r\n") == (body.content(), rest)


def test_more_than_the_limit_is_counted_and_not_kept() -> None:
    body = Kept(1000)
    for _ in range(100):
        assert body.feed(b"x" * 100) is None

    assert b"" == body.feed(b"\r\n.\r\n")
    assert (Fault.TOO_BIG, 10_002, b"") == (body.fault, body.size, body.content())


def test_the_limit_counts_content_and_not_stuffing() -> None:
    content = b".\r\n" * 300 + b"x" * 98 + b"\r\n"
    body = Kept(len(content))
    body.feed(on_the_wire(content) + b".\r\n")

    assert (None, len(content)) == (body.fault, body.size)


@pytest.mark.parametrize("content", [b"no end", b"bare\nlf\r\n", b"bare\rcr\r\n", b"cr at end\r"])
def test_what_must_not_be_sent_is_not(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"CR LF|bare"):
        on_the_wire(content)
