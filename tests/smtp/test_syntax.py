from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.smtp import _syntax

GOOD = [
    ("<ann@council.example>", "ann@council.example"),
    ("ann@council.example", "ann@council.example"),
    ("<@one.example,@two.example:ann@council.example>", "ann@council.example"),
    ('<"ann bee"@council.example>', '"ann bee"@council.example'),
    ('<"a\\">b"@council.example>', '"a\\">b"@council.example'),
    ("<o'neill+tag=x/y@council.example>", "o'neill+tag=x/y@council.example"),
    ("<ann@[192.0.2.1]>", "ann@[192.0.2.1]"),
    ("<ann@[IPv6:2001:db8::1]>", "ann@[IPv6:2001:db8::1]"),
    ("<änn@bücher.example>", "änn@bücher.example"),
    ("<ann@localhost>", "ann@localhost"),
]

BAD = [
    "<ann>",
    "<ann@>",
    "<@council.example>",
    "<ann@council..example>",
    "<ann@-council.example>",
    "<ann@council.example.>",
    "<a b@council.example>",
    "<ann@council.example bob@nhs.example>",
    "<ann@council.example\x0b>",
    "<ann\x85@council.example>",
    "<ann@council.example",
    '<"ann@council.example>',
    "<<ann@council.example>>",
    "<ann@council.example,bob@nhs.example>",
    "<ann@bob@council.example>",
    "<\udcff@council.example>",
    "<" + "a" * 257 + "@council.example>",
    "<ann@" + "a" * 64 + ".example>",
]


@pytest.mark.parametrize(("path", "address"), GOOD)
def test_an_address_is_taken_as_it_is(path: str, address: str) -> None:
    assert address == _syntax.recipient(f"TO:{path}").address
    assert address == _syntax.sender(f"FROM: {path} SIZE=1").address


@pytest.mark.parametrize("path", BAD)
def test_what_is_no_address_is_not_taken(path: str) -> None:
    with pytest.raises((_syntax.BadAddressError, _syntax.BadSyntaxError)):
        _syntax.recipient(f"TO:{path}")


@given(st.text(max_size=60))
def test_no_address_can_leave_its_brackets(text: str) -> None:
    try:
        address = _syntax.recipient(f"TO:<{text}>").address
    except ValueError:
        return

    assert address.isprintable()
    assert address == _syntax.recipient(f"TO:<{address}> NOTIFY=NEVER").address


def test_parameters_keep_their_values_as_they_are() -> None:
    path = _syntax.sender("FROM:<> size=10 ENVID=aBc+3D AUTH=<> X-Flag")

    assert (("SIZE", "10"), ("ENVID", "aBc+3D"), ("AUTH", "<>"), ("X-FLAG", "")) == path.parameters


@pytest.mark.parametrize(
    "hostile",
    [
        "<" + "a." * 2000 + "@",
        "<" + "@a.b," * 800,
        "<" + "@a.b," * 800 + ":x@y.example>",
        '<"' + "\\" * 4000,
        '<"' + '\\"' * 2000 + '"@',
        "<a@" + "b-" * 2000 + ">",
        "<a@" + "b." * 2000 + ">",
        "<a@b.example> " + "X" * 4000,
        "<a@b.example> " + "X=1 " * 1000,
        "<a@b.example> ORCPT=" + "x" * 4000,
    ],
)
def test_long_hostile_lines_are_refused_quickly(hostile: str) -> None:
    before = time.perf_counter()
    with pytest.raises((_syntax.BadAddressError, _syntax.BadSyntaxError)):
        _syntax.recipient("TO:" + hostile)

    assert time.perf_counter() - before < 0.1
