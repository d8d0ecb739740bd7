"""Letters in costume, and letters in another order."""

import time

import pytest

from dlpguard import inspection
from dlpguard.extractors import _letters, _visible, shown
from dlpguard.extractors._direction import both_orders
from dlpguard.extractors._letters import plain
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.recipients import Organisation

SETUP = inspection.Setup(Organisation(("council.example",)))
NUMBER = "AB123456C"


def dressed(capital: int, digit: int) -> str:
    """The number with letters and digits from elsewhere in Unicode."""
    return "".join(
        chr(digit + int(c)) if c.isdigit() else chr(capital + ord(c) - ord("A")) for c in NUMBER
    )


COSTUMES = {
    "full width": dressed(0xFF21, 0xFF10),
    "mathematical": dressed(0x1D400, 0x1D7CE),
    "monospace": dressed(0x1D670, 0x1D7F6),
    "circled": "ⒶⒷ①②③④⑤⑥Ⓒ",
    "negative circled": "🅐🅑❶❷❸❹❺❻🅒",
    "squared": "🄰🄱①②③④⑤⑥🄲",
    "negative squared": "🅰🅱①②③④⑤⑥🅲",
    "Arabic digits": "AB١٢٣٤٥٦C",
}


@pytest.mark.parametrize("costume", COSTUMES)
def test_letters_in_costume_are_read_as_what_they_mean(costume: str) -> None:
    assert NUMBER == plain(COSTUMES[costume])


@pytest.mark.parametrize("costume", COSTUMES)
@pytest.mark.parametrize("field", ["Subject: NI number {}\n\nx", "Subject: x\n\nNI number {}"])
def test_a_number_in_costume_is_found_where_it_stands(costume: str, field: str) -> None:
    raw = field.format(COSTUMES[costume]).encode()
    read = inspection.read(
        MessageId("1"), raw, Envelope("a@council.example", (Recipient("b@x.example"),)), SETUP
    )
    (found,) = [f for f in read.findings if f.kind == "gb_nino"]
    block = [block for document in read.document.walk() for block in document.blocks][found.block]

    assert NUMBER == getattr(block, "text", "")[found.start : found.end]


@pytest.mark.parametrize(
    "text",
    ["① Ann Bee\n② Bob Cole", "Ann Bee¹ has ½ of 5 m²", "Tesco™ №5, 20℃", "Größe, Łódź, 東京"],
)
def test_what_is_no_costume_stays(text: str) -> None:
    assert text == shown(text)


def test_a_circle_behind_a_digit_is_a_digit() -> None:
    assert "07700 900123" == plain("0⑦7⓪⓪ 90⓪①②③")


@pytest.mark.parametrize(
    ("stored", "seen"),
    [
        ("\u202eeeB nnA\u202c", "Ann Bee\neeB nnA"),
        ("\u202eeeB nnA\nplain", "Ann Bee\nplain\neeB nnA"),
        ("a \u202ecb\u202c d \u202efe\u202c", "a bc d ef\ncbfe"),
        ("\u202ecb\u202a12\u202ca", "a12bc\ncb12a"),
        ("\u202dabc\u202c \u202e", "abc "),
        ("no marks", "no marks"),
        ("\u202c\u202c\u202eba", "ab\nba"),
    ],
)
def test_what_is_turned_round_is_read_in_both_orders(stored: str, seen: str) -> None:
    assert seen == both_orders(stored)


@pytest.mark.parametrize(
    "mark", ["\u202e", "\u202d", "\u202ea", "a\u202e\u202c", "\u202ea\u202db\n"]
)
def test_a_hundred_thousand_marks_take_linear_time(mark: str) -> None:
    start = time.process_time()
    shown(mark * 100_000)

    assert time.process_time() - start < 5


def test_what_is_taken_for_ordinary_at_a_glance_is_nothing_that_is_looked_for() -> None:
    every = "".join(map(chr, range(0x110000)))
    ordinary = "".join(letter for letter in every if not _visible._UNUSUAL.match(letter))
    looked_for = (
        _visible._INVISIBLE,
        _visible._THIN,
        _letters._IN_COSTUME,
        _letters._FOREIGN_DIGIT,
        _letters._IS_CIRCLED,
    )
    found = [match[0] for expression in looked_for for match in expression.finditer(ordinary)]

    assert set("№™") == set(found)  # costumes that are no letter's
    assert ordinary == shown(ordinary)
    assert len(ordinary) > 40_000
