"""A hostile mail in a real browser: it is read, and does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser._serving import served
from tests.browser.conftest import sign_in, watched
from tests.web import _site
from tests.web._site import REVIEWER, Desk

PAGE = """<html><head><meta http-equiv="refresh" content="0;url=http://evil.example/moved">
<base href="http://evil.example/"><style>@import url("http://evil.example/a.css");
body{background:url(http://evil.example/b.png)}</style></head>
<body onload="top.location='http://evil.example/'"><p>Dear reader, see the list.</p>
<script>top.document.title='taken'</script><img src="http://evil.example/pixel.gif">
<a href="http://evil.example/" target="_top">press</a><form action="/sign-out" method="post">
<button>go</button></form><iframe src="http://evil.example/"></iframe>
<svg onload="alert(1)"><script>alert(1)</script></svg></body></html>"""
ROWS = "".join(f"Jane{n} Doe,AB{n:02}3456C,0{n}/02/1970\n" for n in range(1, 10))


@pytest.fixture
def hostile(browser: Browser, tmp_path: Path) -> Iterator[tuple[Page, Desk, list[str]]]:
    """A page of a visitor of a site with a hostile mail, and what it asked for from elsewhere."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ann@council.example", "x@outside.example", "list"
    mail.set_content(PAGE, subtype="html")
    table = f"Name,NI number,Date of birth\n{ROWS}".encode()
    mail.add_attachment(table, maintype="text", subtype="csv", filename="list.csv")
    folder = tmp_path / "made"
    folder.mkdir()
    store = _site._open(folder)
    people = [f"p{n}@outside.example" for n in range(12)]
    _site.post(store, 1, mail.as_bytes(), "ann@council.example", people)
    _site.inspect(store)
    store.database.write_now(_site._add_people)
    store.close()
    with _site.desk(tmp_path / "desk", folder) as desk, served(desk) as url:
        context = browser.new_context(base_url=url)
        asked: list[str] = []
        context.on("request", lambda r: None if r.url.startswith(url) else asked.append(r.url))
        for page in watched(context):
            yield page, desk, asked


def test_a_hostile_mail_is_read_and_does_nothing(hostile: tuple[Page, Desk, list[str]]) -> None:
    page, desk, asked = hostile
    sign_in(page, REVIEWER)
    page.goto(f"/messages/{desk.held()[0].id}/mail")

    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Dear reader, see the list.")).to_be_visible()
    assert "rgb(11, 12, 12)" == frame.locator("html").evaluate("e => getComputedStyle(e).color")
    assert 0 == frame.locator("a, button, img, form, script, iframe").count()
    page.wait_for_timeout(500)

    assert [] == asked
    expect(page).to_have_title("The mail itself – dlpguard")
    assert 2 == len(page.frames)
