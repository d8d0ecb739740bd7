import pytest

from dlpguard.document import Document, Gap, Hidden, Text, Unread
from dlpguard.extractors import Budget, Unreadable, extract
from dlpguard.mail import Part
from tests.extractors._oldfiles import compound

PLACE = "old.wpd"
WORDPERFECT = b"\xffWPC\x10\0\0\0" + bytes(range(200))


def read(content: bytes, budget: Budget) -> Document:
    return extract(Part("1", content, filename=PLACE), budget)


def answering(text: str, properties: str = "") -> Budget:
    return Budget(converter=lambda content: (text, properties))


def test_what_the_converter_finds_is_read() -> None:
    document = read(WORDPERFECT, answering("Dear Ann", "Bob"))

    assert document.blocks[:2] == (
        Text(PLACE, "Dear Ann"),
        Text(f"{PLACE} › properties", "Bob", Hidden.PROPERTY),
    )
    assert document.gaps == ()


def test_without_a_converter_it_is_a_gap() -> None:
    gap = Gap(PLACE, Unread.UNSUPPORTED, "no converter", "wordperfect")

    assert (gap,) == read(WORDPERFECT, Budget()).gaps


def test_a_file_that_seems_empty_is_a_gap() -> None:
    assert [Unread.UNSUPPORTED] == [gap.why for gap in read(WORDPERFECT, answering("")).gaps]


def test_why_the_converter_cannot_read_a_file_is_said() -> None:
    def refuse(content: bytes) -> tuple[str, str]:
        raise Unreadable(Unread.ENCRYPTED, "needs a password")

    document = read(WORDPERFECT, Budget(converter=refuse))

    assert document.gaps == (Gap(PLACE, Unread.ENCRYPTED, "needs a password", "wordperfect"),)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (compound({"VisioDocument": b"x"}), "vsd"),
        (compound({"Quill/QuillSub/CONTENTS": b"x"}), "pub"),
        (compound({"MatOST": b"x"}), "works"),
        (b"ITSF\3\0\0\0" + bytes(100), "chm"),
        (b"AC1032" + bytes(100), "dwg"),
    ],
)
def test_old_formats_go_to_the_converter(content: bytes, kind: str) -> None:
    document = read(content, answering("SECRET"))

    assert (document.format, document.blocks[0]) == (kind, Text(PLACE, "SECRET"))


@pytest.mark.parametrize("encrypted", [False, True])
def test_an_access_database_with_a_password_is_a_gap(encrypted: bool) -> None:
    page = bytearray(b"\0\1\0\0Standard ACE DB\0" + bytes(0x100))
    # Behind the mask that is the same in every file, a key of zero looks like this.
    page[0x3E:0x42] = bytes.fromhex("c49dafa0" if encrypted else "fb8abc4e")

    gaps = read(bytes(page), answering("rows")).gaps

    assert [gap.why for gap in gaps] == ([Unread.ENCRYPTED] if encrypted else [])
