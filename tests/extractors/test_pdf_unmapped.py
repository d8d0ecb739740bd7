"""Text that people read on a page and programs cannot, because its font has no Unicode."""

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from dlpguard.document import Document, Text, Unread
from dlpguard.extractors import Budget, _pdfblanks, _pdfparts, extract
from dlpguard.mail import Part
from tests.extractors._pdffonts import changed, drawn, encoded, plain_page, written

SECRET = "Ann Bee ILS/2013/04417"
LETTER = plain_page(*["The client was seen at home and seemed well."] * 10)
NOTHING_ELSE = plain_page()


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename="a.pdf"))


def gaps(content: bytes) -> list[tuple[Unread, str]]:
    return [(gap.why, gap.where) for gap in read(content).gaps]


def text(content: bytes) -> str:
    return "\n".join(block.text for block in read(content).blocks if isinstance(block, Text))


SCANNED = [(Unread.SCAN, "a.pdf › page 1")]


@pytest.mark.parametrize("page", [LETTER, NOTHING_ELSE])
@pytest.mark.parametrize("name", ["/a{}", "/g{:02}", "/{}", "/Private{}x"])
def test_glyphs_that_are_drawings_are_as_good_as_a_scan(page: bytes, name: str) -> None:
    content = drawn(SECRET, page, lambda n, letter: name.format(n))

    assert SCANNED == gaps(content)
    assert "Unicode map" in read(content).gaps[0].detail


def test_drawings_that_are_named_after_their_letters_are_read() -> None:
    content = drawn("AnnBeeFromLeeds", LETTER, lambda n, letter: f"/{letter}")

    assert "AnnBeeFromLeeds" in text(content)
    assert [] == gaps(content)


@pytest.mark.parametrize("page", [LETTER, NOTHING_ELSE])
def test_the_second_reader_looks_into_the_font_file(page: bytes) -> None:
    content = written(SECRET, page)

    assert SECRET in text(content)
    assert [] == gaps(content)


@pytest.mark.parametrize("page", [LETTER, NOTHING_ELSE])
def test_where_there_is_no_font_file_it_is_a_scan(page: bytes) -> None:
    assert SCANNED == gaps(written(SECRET, page, embedded=False))


@pytest.mark.parametrize("page", [LETTER, NOTHING_ELSE])
def test_an_encoding_with_meaningless_names_is_no_map(page: bytes) -> None:
    # The second reader takes the codes for letters of the standard encoding.
    assert SCANNED == gaps(encoded(SECRET, page))


@pytest.mark.parametrize(
    "nothing",
    ["\ufffd", "\0", "\x07", "\u200b", "\ue000", "\u0378", "\U000f0041", "\U000e0041", "\u0301"],
    ids=[
        "replacement", "nothing", "control", "without width", "private", "unassigned",
        "private plane", "tag", "mark",
    ],
)  # fmt: skip
def test_a_map_that_leads_all_letters_nowhere_is_no_map(nothing: str) -> None:
    assert SCANNED[0] in gaps(written(SECRET, LETTER, unicode=lambda code, letter: nothing))


@pytest.mark.parametrize("same", [" ", "\u2003", "x"], ids=["space", "em space", "x"])
def test_a_map_that_leads_all_letters_to_the_same_is_seen(same: str) -> None:
    content = written("Ann Bee Clark ILS/2013/04417", LETTER, unicode=lambda code, letter: same)

    assert SCANNED == gaps(content)


def test_digits_that_lead_to_spaces_are_seen() -> None:
    content = written(
        "Ann Bee 07700 900123",
        LETTER,
        unicode=lambda code, letter: " " if letter.isdigit() else letter,
    )

    assert SCANNED == gaps(content)


def test_a_map_that_leads_a_few_to_spaces_is_right() -> None:
    content = written(
        "Ann~Bee-ILS|2013", LETTER, unicode=lambda code, letter: " " if letter in "~-|" else letter
    )

    assert [] == gaps(content)


def test_a_map_into_private_use_is_no_map() -> None:
    content = written(SECRET, LETTER, unicode=lambda code, letter: chr(0xE000 + code))

    assert SCANNED == gaps(content)


def test_digits_without_unicode_in_words_that_have_it_are_seen() -> None:
    content = written(
        "Ann Bee 07700 900123",
        LETTER,
        unicode=lambda code, letter: chr(0xE000 + code) if letter.isdigit() else letter,
    )

    assert SCANNED == gaps(content)


def test_many_letters_that_never_stand_side_by_side_are_seen() -> None:
    content = written(
        "A-n-B-e-I-L-S-2-0-1-3",
        LETTER,
        unicode=lambda code, letter: letter if letter == "-" else chr(0xE000 + code),
    )

    assert SCANNED == gaps(content)


def test_a_right_map_is_read() -> None:
    content = written(SECRET, LETTER, unicode=lambda code, letter: letter)

    assert SECRET in text(content)
    assert [] == gaps(content)


@pytest.mark.parametrize(
    "symbols",
    ["....................", "AB AB AB AB AB AB", "A", "ABC", "ABCABC"],
    ids=["a line of dots", "ticks and crosses", "a bullet", "an address's icons", "six of three"],
)
def test_symbols_without_unicode_are_no_gap(symbols: str) -> None:
    assert [] == gaps(drawn(symbols, LETTER))


def test_ligatures_without_unicode_in_words_that_have_it_are_no_gap() -> None:
    ligatures = "#$%&@"
    words = "".join(f"o{ligature}ice " for ligature in ligatures) * 6
    content = written(
        words,
        LETTER,
        unicode=lambda code, letter: chr(0xE000 + code) if letter in ligatures else letter,
    )

    assert [] == gaps(content)


def test_joiners_and_soft_hyphens_between_letters_are_no_gap() -> None:
    word = "abcdefghijklmnop"
    content = written(
        word, LETTER, unicode=lambda code, letter: "\u200c" if letter in "bdfhjlnp" else letter
    )

    assert [] == gaps(content)


def test_mathematical_letters_are_read() -> None:
    content = written(
        "ABC", LETTER, unicode=lambda code, letter: chr(0x1D434 + ord(letter) - ord("A"))
    )

    assert "\nABC\n" in text(content)
    assert [] == gaps(content)


def test_a_form_with_blank_letters_is_saved_without_a_word(
    recwarn: pytest.WarningsRecorder,
) -> None:
    def change(document: pikepdf.Pdf) -> None:
        made = Dictionary(Type=Name.Annot, Rect=[50, 50, 350, 100], Subtype=Name.Widget)
        document.pages[0].Annots = Array([document.make_indirect(made)])

    blank = written("Ann Bee 07700 900123", LETTER, unicode=lambda code, letter: " ")
    with pytest.warns(pikepdf.exceptions.PageCopyWarning):
        content = changed(blank, change)

    assert (Unread.SCAN, "a.pdf › page 1") in gaps(content)
    assert [] == list(recwarn)


BLANK = written("Ann Bee 07700 900123", LETTER, unicode=lambda code, letter: " ")


def test_pages_without_a_font_of_blank_letters_are_not_read_again() -> None:
    with pikepdf.open(io.BytesIO(LETTER)) as other:
        content = changed(BLANK, lambda document: document.pages.append(other.pages[0]))
    with pikepdf.open(io.BytesIO(content)) as document:
        fonts = _pdfparts.parts(document).mapped_fonts
        revealed = _pdfblanks.revealed(document, fonts, Budget())

    assert revealed is not None
    assert frozenset({1}) == revealed.unconcerned
    assert SCANNED == gaps(content)


def test_blank_letters_in_a_form_are_seen() -> None:
    def change(document: pikepdf.Pdf) -> None:
        page = document.pages[0]
        page.contents_coalesce()
        form = document.make_stream(
            page.Contents.read_bytes(),
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=page.MediaBox,
            Resources=page.Resources,
        )
        page.Resources = Dictionary(XObject=Dictionary(Whole=form))
        page.Contents = document.make_stream(b"/Whole Do")

    assert SCANNED == gaps(changed(BLANK, change))
