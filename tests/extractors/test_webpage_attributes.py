"""Words in a page that stand in no text: attributes, styles, scripts, comments, other addresses."""

import base64
import time

import pytest

from dlpguard.document import Document, Hidden, Text
from dlpguard.extractors import extract
from dlpguard.mail import Part

SECRET = "Ann Bee, 07700 900123"
PERCENT = "Ann%20Bee%2C%2007700+900123"
BASE64 = base64.b64encode(f"<p>{SECRET}".encode()).decode()
TURNED = SECRET[::-1]


def document(page: str) -> Document:
    return extract(Part("1", page.encode(), "text/html"))


def why(page: str, text: str = SECRET) -> list[Hidden | None]:
    blocks = [block for inner in document(page).walk() for block in inner.blocks]
    return [b.hidden for b in blocks if isinstance(b, Text) and text in b.text]


@pytest.mark.parametrize(
    "page",
    [
        "<input placeholder='{}'>",
        "<button value='{}'>x</button>",
        "<select><option label='{}'></select>",
        "<select><option>{}</select>",
        "<textarea>{}",
        "<details><summary>a</summary>{}</details>",
        "<p><svg><text>{}</text></svg>",
        "<math><mi>{}</mi></math>",
        "<v:textpath string='{}'>",
        "<bdo dir=rtl>" + TURNED + "</bdo>",
        "<p style='direction:rtl;unicode-bidi:bidi-override'>" + TURNED,
        "<bdo dir=rtl>{}</bdo>",
        "<bdo dir=rtl>321<b>009 0</b>0770 ,eeB<i> nnA</i></bdo>",
        "<bdo dir=rtl>a<br>" + TURNED + "</bdo>",
        "\u202e" + TURNED,
    ],
)
def test_what_a_program_shows_is_read_as_shown(page: str) -> None:
    assert why(page.format(SECRET)) == [None]


@pytest.mark.parametrize(
    "page",
    [
        "<a aria-label='{}'>x</a>",
        "<a aria-description='{}'>x</a>",
        "<table summary='{}'><tr><td>x</table>",
        "<th abbr='{}'>x",
        "<p data-note='{}'>x",
        "<p what='{}'>x",
        "<a id='{}'>x</a>",
        "<a download='{}' href=x>x</a>",
        "<datalist><option value='{}'></datalist>",
        "<object><param name=a value='{}'></object>",
        "<!--[if mso]><p>{}</p><![endif]-->",
        "<!--[if mso]><p title='{}'>x</p><![endif]-->",
        "<script type='text/x-template'><p>{}</p></script>",
        "<style>p:before{{content:'{}'}}</style>",
        '<style>@media print{{p:before{{content:"{}"}}}}</style>',
        "<style>p:before{{content:'Ann\\20 B\\65 e, 07700 900123'}}</style>",
        "<p style='content:\"{}\"'>x",
        "<style>/* {} */</style>",
        "<p>x<style>p{{}} {}",
        "<style>{} p{{}}</style>",
        f"<a href='mailto:b@x.example?subject=x&body={PERCENT}'>x</a>",
        f"<a href='sms:0?body={PERCENT}'>x</a>",
        "<a href='tel:{}'>x</a>",
        f"<a href='https://x.example/?name={PERCENT}'>x</a>",
        f"<a href='https://x.example/#{PERCENT.replace('+', '%20')}'>x</a>",
        f"<img src='https://x.example/?name={PERCENT}'>",
        f"<a href='https://x.example/?url=https%3A%2F%2Fy.example%2F%3Fq%3D{PERCENT}'>x</a>"
        .replace("%20", "%2520").replace("%2C", "%252C").replace("+", "%2520"),
    ],
)  # fmt: skip
def test_what_a_program_does_not_show_is_read_as_hidden(page: str) -> None:
    assert why(page.format(SECRET)) == [Hidden.HTML]


@pytest.mark.parametrize(
    "page",
    [
        "<a href=\"javascript:alert('{}')\">x</a>",
        "<a onclick=\"alert('{}')\">x</a>",
        "<script>// {}\n</script>",
        "<p>x<script>var a = '{}'",
    ],
)
def test_what_a_script_says_is_read(page: str) -> None:
    assert why(page.format(SECRET)) == [Hidden.SCRIPT]


@pytest.mark.parametrize(
    "page",
    [
        "<meta name=whatever content='{}'>",
        "<meta property='og:title' content='{}'>",
        "<!--[if gte mso 9]><xml><o:DocumentProperties><o:Author>{}</o:Author></xml><![endif]-->",
    ],
)
def test_what_describes_the_page_is_a_property(page: str) -> None:
    assert why(page.format(SECRET)) == [Hidden.PROPERTY]


@pytest.mark.parametrize(
    "page",
    [
        f"<a href='data:text/html;base64,{BASE64}'>x</a>",
        f"<p style='background:url(data:text/html;base64,{BASE64})'>x",
        f'<style>p{{background:url("data:text/html;base64,{BASE64}")}}</style>',
        f"<img srcset='data:text/html;base64,{BASE64} 2x'>",
        f"<form action='data:text/html;base64,{BASE64}'>",
    ],
)
def test_a_file_in_an_address_is_opened(page: str) -> None:
    assert why(page) == [None]


@pytest.mark.parametrize(
    "page",
    [
        "<a href='https://x.example/?utm_source=John+Smith+News&utm_campaign=Ann+Bee'>x</a>",
        "<a href='https://x.example/unsubscribe?u=8f3a9c0b&id=07700900123&e=a%40b.example'>x</a>",
        "<a href='https://eur01.safelinks.example/?url=https%3A%2F%2Fx.example%2F&data=05%7C01'>x</a>",
        "<a href='https://x.example/sites/Team/Shared%20Documents/Minutes%20of%20July.docx'>x</a>",
        "<p class='btn btn-primary John Smith' id=main lang=en style='font-family:Ann Bee'>x",
        "<meta name=viewport content='width=device-width, initial-scale=1'>",
        "<meta http-equiv=Content-Type content='text/html; charset=utf-8'>",
        "<style>@import url(x.css); /* Made by John Smith */ a:hover, p > .b {color: red}</style>",
        "<style>@media (max-width: 600px) { .a { width: 100% !important; } }</style>",
        "<style>.icon:before{content:'\\f101'} q:after{content:'»'}</style>",
        "<table role=presentation width=600 data-id=17 data-x='{\"a\":1}'><tr><td>x</table>",
        "<!--[if mso]><xml><o:PixelsPerInch>96</o:PixelsPerInch></xml><![endif]-->",
        "<!--[if mso]><table><tr><td><![endif]-->x<!--[if mso]></td></tr></table><![endif]-->",
        "<link rel=stylesheet href='https://fonts.example/css?family=Open+Sans:400,700'>",
    ],
)
def test_what_programs_say_to_each_other_is_no_text(page: str) -> None:
    page = f"{page}<p>shown</p>"

    assert [None] == [block.hidden for block in document(page).blocks]


@pytest.mark.parametrize(
    "page",
    [
        "<style>" + "/*" * 100_000 + "</style>",
        "<style>" + "{" * 200_000 + "</style>",
        "<style>" + "url(" * 50_000 + "</style>",
        "<style>" + "url('" * 40_000 + "</style>",
        "<style>" + "content:" * 24_000 + "</style>",
        "<style>" + "content:'\\" * 20_000 + "</style>",
        "<style>" + "data:" * 40_000 + "</style>",
        "<style>" + "@import " * 24_000 + "</style>",
        "<style>" + "a 1 " * 50_000 + "</style>",
        "<a href='" + "?a=b" * 50_000 + "'>",
        "<a href='?a=" + "%3a%2f%2f?a=" * 16_000 + "'>",
        "<a href='" + "https%3A%2F%2F" * 14_000 + "'>",
        "<a x='" + "a " * 100_000 + "'>",
        "<script>" + "//" * 100_000 + "</script>",
        "<bdo dir=rtl>" * 20_000,
        "<bdo dir=rtl>x</bdo>" * 10_000,
        "<!--[if mso]><p><![endif]-->" * 8_000,
        "<a " + "x='a b' " * 20_000 + ">",
    ],
    ids=range(18),
)
def test_hostile_attributes_and_styles_take_linear_time(page: str) -> None:
    start = time.process_time()
    document(page)

    assert time.process_time() - start < 3
