"""What stands in mail is text on our pages: never markup, never a script, never another header."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web import _site
from tests.web._site import REVIEWER, Desk

EVIL = "\"><script>alert(1)</script>{{ 7*7 }}'`"
ROWS = "\n".join(f"Jane{n} Doe,AB{n:02}3456C,0{n}/02/1970" for n in range(1, 9))
MAIL = f"""\
From: "{EVIL.replace('"', "'")}" <ann.bee@council.example>\r
To: {"bob@outside.example"}\r
Subject: {EVIL}\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain\r
\r
{EVIL} =HYPERLINK("http://evil.example")\r
--b\r
Content-Type: text/csv; name="list.csv"\r
Content-Disposition: attachment; filename="<img src=x onerror=alert(1)>.csv"\r
\r
Name,NI number,Date of birth\r
{ROWS}\r
<script>alert(2)</script>,AB993456C,01/01/1970\r
--b--\r
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    with contextlib.closing(_site._open(folder)) as store:
        recipients = [f"{EVIL_LOCAL}{n}@outside.example" for n in range(12)]
        _site.post(store, 1, MAIL.encode(), "ann.bee@council.example", recipients)
        _site.inspect(store)
        store.database.write_now(_site._add_people)
    return folder


EVIL_LOCAL = "b<i>ob"


@pytest.fixture
def there(tmp_path: Path, hostile: Path) -> Iterator[Desk]:
    with _site.desk(tmp_path, hostile) as made:
        yield made


def test_nothing_of_a_message_is_markup_on_any_page(there: Desk) -> None:
    client = there.visitor(REVIEWER)
    [held] = there.held()
    proof = _site.csrf(client.get(f"/messages/{held.id}").text)
    client.post(f"/messages/{held.id}/reveal", data={"csrf": proof, "reason": EVIL})
    client.post(f"/messages/{held.id}/comment", data={"csrf": proof, "text": EVIL})
    rest = ("", "/people", "/recipients", "/files/0", "/files/1", "/files/2", "/mail", "/headers")
    pages = ["/queue", *(f"/messages/{held.id}{r}" for r in rest)]
    seen = ""

    for path in pages:
        answer = client.get(path)
        assert 200 == answer.status_code, path
        seen += answer.text
        for markup in ("<script>alert", "<img src=x", "<i>ob"):
            assert markup not in answer.text, (path, markup)
        assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "&lt;script&gt;alert" in seen
    assert "{{ 7*7 }}" in seen
