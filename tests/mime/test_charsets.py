import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.mime.charsets import decode, readings, wide_charset

LINE = "Ann Lee, 07700 900123, born 7 March 1950\n"
EBCDIC = ("cp037", "cp500", "cp1140", "cp273")


@pytest.mark.parametrize("label", [*EBCDIC, "utf-16", "utf-16-le", "utf-32", "cp1026"])
def test_a_label_that_does_not_keep_ascii_is_not_believed_of_ascii(label: str) -> None:
    assert LINE == decode(LINE.encode("ascii"), label)
    assert (LINE,) == readings(LINE.encode("ascii"), label)


@pytest.mark.parametrize("label", ["utf-16", "utf-16-be", "utf-32"])
def test_utf_16_without_a_zero_byte_is_a_lie(label: str) -> None:
    assert f"£ {LINE}" == decode(f"£ {LINE}".encode(), label)


@pytest.mark.parametrize("label", EBCDIC)
def test_one_byte_beyond_ascii_does_not_make_a_text_ebcdic(label: str) -> None:
    content = f"£ {LINE}".encode()

    assert readings(content, label) == (f"£ {LINE}", content.decode(label))


@pytest.mark.parametrize("label", EBCDIC)
def test_ebcdic_is_read_as_what_it_is(label: str) -> None:
    text = LINE.strip() * 10

    assert (text,) == readings(text.encode(label), label)


@pytest.mark.parametrize("label", ["utf-7", "hz", "iso-2022-kr"])
def test_what_shifts_is_read_with_and_without_its_shifts(label: str) -> None:
    text = "Größe" if label == "utf-7" else "汉字" if label == "hz" else "한국"
    content = text.encode(label)

    assert (text, content.decode("ascii")) == readings(content, label)


def test_plain_text_with_a_plus_is_not_lost_to_utf_7() -> None:
    assert LINE.replace("07700", "+447700") in readings(
        LINE.replace("07700", "+447700").encode(), "utf-7"
    )


def test_japanese_mail_has_one_reading() -> None:
    assert ("住所録 Ann",) == readings("住所録 Ann".encode("iso-2022-jp"), "iso-2022-jp")


def test_japanese_mail_that_is_none_has_two() -> None:
    assert LINE in readings(b"\x1b$B" + LINE.encode(), "iso-2022-jp")[1]


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0"])
def test_a_byte_order_mark_before_ascii_hides_nothing(mark: bytes) -> None:
    assert any(LINE in text for text in readings(mark + LINE.encode("ascii")))


def test_a_zero_byte_does_not_make_ascii_utf_16() -> None:
    assert LINE in readings(b"\0" + LINE.encode("ascii"), "utf-16")[0]


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    ["Имя,Телефон\r\n" * 30, "住所録名簿電話番号,090-1234-5678\r\n" * 30, "Όνομα 12\n" * 30, LINE],
    ids=["Cyrillic", "Chinese", "Greek", "Latin"],
)
def test_utf_16_without_a_mark_is_recognised_in_any_script(charset: str, text: str) -> None:
    assert text == decode(text.encode(charset))


def test_utf_16_is_recognised_though_its_first_page_has_no_zero_byte() -> None:
    text = "住所録名簿電話番号" * 300 + LINE * 100

    assert text == decode(text.encode("utf-16-le"))


def test_ascii_before_utf_16_is_read_too() -> None:
    content = LINE.encode("ascii") * 200 + LINE.encode("utf-16-le") * 50

    assert any(text.startswith(LINE) for text in readings(content))


def test_one_broken_byte_does_not_spoil_the_others() -> None:
    assert "Józef Łuk�asz" == decode("Józef Łuk|asz".encode().replace(b"|", b"\xff"), "utf-8")


def test_a_label_means_what_programs_read_under_it() -> None:
    assert "镕 Ann" == decode("镕 Ann".encode("gbk"), "gb2312")


def test_utf_8_is_believed_against_a_label_of_one_byte_a_character() -> None:
    assert ("José",) == readings("José".encode(), "iso-8859-1")


@pytest.mark.parametrize("noise", ["\1", "\0", "\x7f", "\0\0\0"])
def test_control_characters_in_words_are_read_with_and_without(noise: str) -> None:
    content = f"The list: A{noise}n{noise}n L{noise}ee".encode()

    assert "The list: Ann Lee" in readings(content)


def test_white_space_and_separators_are_no_noise() -> None:
    assert ("Ann\tLee\v1\x1f2\r\n",) == readings(b"Ann\tLee\v1\x1f2\r\n")


@pytest.mark.parametrize("content", [bytes(range(256)), b"ab\0" * 400, b"abc\0", bytes(300)])
def test_bytes_with_zeros_that_are_no_text_have_no_shape(content: bytes) -> None:
    assert "" == wide_charset(content)


@given(st.binary(max_size=300), st.sampled_from(["", "utf-7", "utf-16", "hz", "cp037", "gbk"]))
def test_no_bytes_make_it_raise(content: bytes, label: str) -> None:
    assert decode(content, label) == readings(content, label)[0]
