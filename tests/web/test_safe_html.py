"""Whatever a mail's HTML is: what comes out is text, marked up; and it costs little to make it."""

from __future__ import annotations

import html.parser
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.web.masking import veil
from dlpguard.web.safe_html import MOST_SHOWN, safe

NOTHING = veil((), ())
HOSTILE = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<svg onload=alert(1)><script>alert(1)</script><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    '<meta http-equiv="refresh" content="0;url=http://evil.example">',
    '<base href="http://evil.example/">',
    '<style>@import url("http://evil.example/x.css"); *{background:url(http://evil.example)}</style>',
    '<link rel=stylesheet href="http://evil.example/x.css">',
    '<img srcset="http://evil.example/1 1x" src="http://evil.example/2" onerror=alert(1)>',
    '<form action="http://evil.example"><input name=p><button formaction=x>go</button></form>',
    '<iframe src="http://evil.example" srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data=x><embed src=x></object><applet code=x></applet>",
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<p style="background:url(http://evil.example)" class=govuk-button id=main>x</p>',
    '<table background="http://evil.example/b.png"><td onclick=alert(1)>x',
    "<!--[if mso]><script>alert(1)</script><![endif]--><![CDATA[<script>alert(1)</script>]]>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><script>alert(1)</script></template><plaintext><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<video poster=http://evil.example/p><source src=x onerror=alert(1)></video><audio src=x>",
    "<body onload=alert(1)><frameset><frame src=x></frameset>",
    '<td colspan="2&quot; onclick=alert(1) x=&quot;">x',
    "<p>x</p\x00><\x00script>alert(1)</script><ſcript>alert(1)</ſcript>",
]


class Reader(html.parser.HTMLParser):
    """What is in a page: its elements, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


DANGEROUS = {
    "a", "applet", "audio", "base", "body", "button", "embed", "form", "frame", "iframe", "img",
    "input", "link", "math", "meta", "object", "script", "source", "style", "svg", "template",
    "textarea", "video",
}  # fmt: skip


@pytest.mark.parametrize("page", HOSTILE)
def test_nothing_of_a_hostile_page_runs_or_loads(page: str) -> None:
    read = Reader(safe(f"<p>before</p>{page}<p>after</p>", NOTHING).html)

    assert not read.tags & DANGEROUS
    assert all(name in {"colspan", "rowspan"} for name, _ in read.attributes)
    assert "before" in read.text


@given(st.lists(st.sampled_from([*HOSTILE, "<", ">", '"', "'", "</", "<!--", "-->", "<a ", "x"])))
def test_pieces_of_hostile_pages_are_no_worse_together(pieces: list[str]) -> None:
    read = Reader(safe("".join(pieces), NOTHING).html)

    assert not read.tags & DANGEROUS
    assert all(name in {"colspan", "rowspan"} for name, _ in read.attributes)


def test_where_a_link_leads_is_said_and_a_picture_is_named() -> None:
    page = '<a href="https://evil.example/?a=1&amp;b">your bank</a> <img src="cid:1" alt="logo">'
    text = Reader(safe(page, NOTHING).html).text

    assert "your bank [link: https://evil.example/?a=1&b]" in text
    assert "[picture: logo]" in text


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("<img src=data:image/png;base64,AAAA>", "[picture: in the mail itself]"),
        ("<img src='cid:logo@council'>", "[picture: cid:l***@council]"),
        ("<img>", "[picture: without a name]"),
    ],
)
def test_a_picture_is_never_loaded(image: str, said: str) -> None:
    assert said in safe(image, NOTHING).html


def test_tables_keep_their_shape() -> None:
    page = "<table><tr><td colspan=2 rowspan='3' width=900>A</table>"

    assert '<td colspan="2" rowspan="3">A</td>' in safe(page, NOTHING).html


@pytest.mark.parametrize(
    "page",
    [
        "John Smith",
        "<b>Jo</b>hn S<i>mi</i>th",
        "J<!-- x -->ohn <span>Smith</span>",
        "J&#111;hn S&shy;mith",
        "Jo\u200bhn<font color=red> Smith",
    ],
)
def test_a_name_is_masked_however_it_is_written(page: str) -> None:
    text = Reader(safe(f"<p>Dear {page}, hello</p>", veil(["john smith"], [])).html).text

    assert "Dear J*** S****, hello" == text.replace("\xad", "")


def test_what_was_found_is_masked_over_the_borders_of_elements() -> None:
    found = veil([], ["AB 12 34 56 C", "1 May 1970", "12 High Road"])
    page = "<p>AB 12 <b>34</b> 56 C<p>born 1&nbsp;<i>May</i> 1970, 12 High&#32;Road"

    text = Reader(safe(page, found).html).text

    assert "A* ****56 Cborn 1\xa0M** ****, ** H*** R***" == text


def test_words_in_different_cells_are_not_one_word() -> None:
    made = safe("<table><td>Jo</td><td>hn</td></table>", veil(["john"], []))

    assert "<td>Jo</td><td>hn</td>" in made.html


def test_a_page_that_is_too_long_is_cut_and_says_so() -> None:
    made = safe("<p>word</p>" * MOST_SHOWN, NOTHING)

    assert made.cut
    assert len(made.html) < MOST_SHOWN * 3
    assert not safe("<p>word</p>", NOTHING).cut


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<b><i>", "<table><tr><td>", "<p>x</p>", "<", "<a ", '<a "', "<a '>", "<!--",
     "</p>", "&amp", "&#x", "john ", "1 ", "a@", '<a ">"', "<script>", "<b>x<p>", "<a href=x>"],
)  # fmt: skip
def test_five_megabytes_of_anything_take_a_moment(piece: str) -> None:
    over = veil(["john smith"], ["john " + "a " * n for n in range(20)])
    page = piece * (5_000_000 // len(piece))
    began = time.process_time()

    safe(page, over)

    assert time.process_time() - began < 10
