import time

import pytest

from dlpguard.extractors import Budget
from dlpguard.extractors._leftout import empty_elements, told_apart, without
from dlpguard.extractors._ooxml import DRAWN, SPOKEN, UNSPOKEN, LooseText, parse
from dlpguard.extractors._slide import SlideReader
from dlpguard.extractors._story import LOOKS, StoryReader

LOOK = empty_elements("a", ("off", "ext"), but=("title", "alt"))


def left(*pieces: bytes) -> bytes:
    return b"".join(without(LOOK, pieces))


def test_elements_without_content_are_left_out() -> None:
    assert b"<p><a:ext>x</a:ext></p>" == left(
        b'<p><a:off x="1" y="2"/><a:ext>x</a:ext><a:ext/></p>'
    )


@pytest.mark.parametrize(
    "element",
    [
        b'<a:off title="Ann Bee"/>', b'<a:off x="1" alt="Ann"/>', b'<a:off r:alt="Ann"/>',
        b'<b:off x="1"/>', b"<a:offset/>", b'<a:off x="a&quot;"/>', b"<a:off x='1'/>",
    ],
)  # fmt: skip
def test_what_may_say_something_stays(element: bytes) -> None:
    assert element == left(element)


@pytest.mark.parametrize(
    "quoting", [b"<!-- <a:off/> -->", b"<![CDATA[<a:off/>]]>", b"<?note <a:off/> ?>"]
)
def test_what_only_looks_like_markup_stays(quoting: bytes) -> None:
    text = b'<?xml version="1.0"?><p>' + quoting + b"<a:off/></p>"

    assert text == left(text)
    for at in range(len(text)):
        assert quoting in left(text[:at], text[at:])
    assert quoting == left(quoting)


def test_what_stands_before_is_left_out_all_the_same() -> None:
    sure = [is_markup for _, is_markup in told_apart([b"<a:off/>" * 9, b"<!", b"-- -->", b"<a/>"])]

    assert [True, False, False, False] == sure


def test_a_mark_is_found_across_pieces() -> None:
    assert [True, False] == [sure for _, sure in told_apart([b"<p><our-", b"mark/>"], b"our-mark")]


def test_nothing_that_a_reader_asks_for_is_left_out() -> None:
    story = StoryReader("x", None, Budget())
    slide = SlideReader("x", None, Budget())
    loose = LooseText(Budget())

    assert [] == [n for n in LOOKS if story.starter(n) or story.ender(n)]
    assert [] == [n for n in DRAWN if slide.starter(n) == slide.start or slide.ender(n)]
    assert [] == [n for n in DRAWN if loose.ender(n)]
    for name in SPOKEN:
        assert not UNSPOKEN.search(f'<a:off x="1" {name}="Ann"/>'.encode())


def test_where_every_element_is_a_line_nothing_is_left_out() -> None:
    xml = b'<p>Ann<a:off x="1"/>Bee</p>'
    every, some = LooseText(Budget(), every=True), LooseText(Budget(), wanted=frozenset({"x"}))
    for events in (every, some):
        parse((xml,), events)

    assert every.found == "Ann\nBee"
    assert list(some.unseen) == ["1"]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", [b"<a:off", b'<a:off x="', b"<a:off" + b' x="1"' * 50, b"<a:off "]
)
def test_leaving_out_takes_linear_time(piece: bytes) -> None:
    begun = time.process_time()
    left(piece * (2_000_000 // len(piece)))

    assert time.process_time() - begun < 3
