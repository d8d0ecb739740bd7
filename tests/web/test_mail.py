"""The mail itself: shown as text, in a frame in which nothing runs, and masked like the rest."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from dlpguard.store import audit, bodies
from dlpguard.store.quarantine import Held
from tests.web import _site
from tests.web._site import APPROVER, REVIEWER, Desk, csrf

ROWS = "".join(
    f"<tr><td>Jane{n}x Doe</td><td>AB{n:02}3456C</td><td>0{n}/02/1970</td></tr>"
    for n in range(1, 10)
)
PAGE = f"""<html><head><title>t</title><style>p{{color:red}}</style></head><body onload="x()">
<p>Dear Bob, this is the list of <b>Jane1x</b> <i>Doe</i> and others.</p>
<div style="display:none">Jane2x Doe is ill</div>
<table><tr><th>Name</th><th>NI number</th><th>Date of birth</th></tr>{ROWS}</table>
<a href="http://evil.example/?who=jane@webmail.example">press here</a>
<img src="http://evil.example/pixel.gif" alt="logo"><script>alert(1)</script>
<form action="http://evil.example"><input></form></body></html>"""


def message() -> bytes:
    mail = EmailMessage()
    mail["From"] = "Ann Bee <ann.bee@council.example>"
    mail["To"] = "bob@outside.example"
    mail["Subject"] = "The list with Jane1x Doe"
    mail["Date"] = "Fri, 20 Nov 2026 09:30:00 +0000"
    mail["X-Note"] = "=?utf-8?q?Jane3x_Doe?= AB033456C"
    mail.set_content(
        "Dear Bob,\n\nJane1x Doe, AB013456C, is on the list. <script>alert(2)</script>"
    )
    mail.add_alternative(PAGE, subtype="html")
    mail.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="notes.csv")
    mail.set_boundary("outer")
    next(mail.iter_parts()).set_boundary("inner")
    return mail.as_bytes()


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mail")
    with contextlib.closing(_site._open(folder)) as store:
        _site.post(store, 1, message(), "ann.bee@council.example", ["bob@outside.example"])
        recipients = [f"p{n}@outside.example" for n in range(12)]
        _site.post(store, 2, message(), "ann.bee@council.example", recipients)
        _site.inspect(store)
        store.database.write_now(_site._add_people)
    return folder


@pytest.fixture
def there(tmp_path: Path, listed: Path) -> Iterator[Desk]:
    with _site.desk(tmp_path, listed) as made:
        yield made


def reveal(there: Desk, name: str, held: Held) -> None:
    client = there.visitor(name)
    proof = csrf(client.get(f"/messages/{held.id}").text)
    client.post(f"/messages/{held.id}/reveal", data={"csrf": proof, "reason": "to decide"})


def frame(html: str) -> str:
    """Where the frame of a page is."""
    found = re.search(r'<iframe class="dlp-frame" sandbox="" src="([^"]+)"', html)
    assert found, html
    return found[1]


def test_both_texts_are_shown_masked_and_what_is_attached_is_counted(there: Desk) -> None:
    held = there.held()[0]
    client = there.visitor(REVIEWER)

    html = client.get(f"/messages/{held.id}/mail").text
    page = client.get(frame(html)).text

    assert "As plain text" in html
    assert "As formatted text" in html
    assert "One file is attached" in html
    for shown in (html, page):
        assert "Dear B**" in shown
        for word in ("Jane1x", "Jane2x", "AB013456C", "01/02/1970", "jane@webmail"):
            assert word not in shown, word


def test_after_a_reveal_everything_is_there(there: Desk) -> None:
    held = there.held()[0]
    reveal(there, REVIEWER, held)
    client = there.visitor(REVIEWER)

    html = client.get(f"/messages/{held.id}/mail").text
    page = client.get(frame(html)).text

    assert "Jane1x Doe, AB013456C, is on the list." in html
    assert "<td>AB093456C</td>" in page
    assert "press here [link: http://evil.example/?who=jane@webmail.example]" in page


def test_the_frame_has_a_policy_of_its_own_under_which_nothing_runs_or_loads(there: Desk) -> None:
    held = there.held()[0]
    reveal(there, REVIEWER, held)
    client = there.visitor(REVIEWER)
    outer = client.get(f"/messages/{held.id}/mail")

    inner = client.get(frame(outer.text))

    policy = inner.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("frame-ancestors 'self'; sandbox")
    assert "unsafe" not in policy
    assert "SAMEORIGIN" == inner.headers["x-frame-options"]
    assert "no-store" == inner.headers["cache-control"]
    assert "DENY" == outer.headers["x-frame-options"]
    assert "frame-ancestors 'none'" in outer.headers["content-security-policy"]
    for tag in ("<script", "<img", "<form", "<input", "<a ", "onload", "http-equiv", "<link"):
        assert tag not in inner.text, tag


def test_parts_that_mail_programs_hide_are_announced(there: Desk) -> None:
    html = there.visitor(REVIEWER).get(f"/messages/{there.held()[0].id}/mail").text

    assert "Mail programs hide some of this mail" in html


def test_markup_in_a_plain_text_is_text(there: Desk) -> None:
    html = there.visitor(REVIEWER).get(f"/messages/{there.held()[0].id}/mail").text

    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in html
    assert "<script>alert" not in html


def test_header_fields_are_shown_as_they_came_and_masked(there: Desk) -> None:
    held = there.held()[0]
    client = there.visitor(REVIEWER)
    html = client.get(f"/messages/{held.id}/headers").text

    for word in ("Jane1x", "Jane3x", "AB033456C", "=?utf-8", "bob@outside"):
        assert word not in html, word
    assert "Mime-Version" in html
    assert "Fri, 20 Nov 2026 09:30:00 +0000" in html
    assert "@outside.example" in html

    reveal(there, REVIEWER, held)
    shown = client.get(f"/messages/{held.id}/headers").text
    assert "Jane3x Doe AB033456C" in shown


@pytest.mark.parametrize("rest", ["/mail/0", "/mail/9", "/mail/-1"])
def test_a_frame_that_is_not_html_is_not_there(there: Desk, rest: str) -> None:
    client = there.visitor(REVIEWER)

    assert 404 == client.get(f"/messages/{there.held()[0].id}{rest}").status_code


def test_a_mail_that_is_not_kept_any_more_is_not_there(there: Desk) -> None:
    held = there.held()[0]
    there.store.database.write_now(lambda tx: bodies.forget(tx, held.id))
    client = there.visitor(REVIEWER)

    assert "Read the mail itself" not in client.get(f"/messages/{held.id}").text
    for rest in ("/mail", "/mail/1", "/headers"):
        assert 404 == client.get(f"/messages/{held.id}{rest}").status_code


def test_the_samples_show_nothing_of_what_was_found_in_them(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    for held in here.held():
        html = client.get(f"/messages/{held.id}/mail").text
        frames = re.findall(r'sandbox="" src="([^"]+)"', html)
        shown = html + "".join(client.get(path).text for path in frames)
        for person in held.record.facts.people.everyone:
            if len(person.name) > 4:
                assert person.name.title() not in shown, person.kinds


def test_a_download_is_the_mail_as_it_came_and_is_recorded(there: Desk) -> None:
    held = there.held()[0]
    client = there.visitor(APPROVER)
    proof = csrf(client.get(f"/messages/{held.id}/mail").text)

    data = {"csrf": proof, "reason": "incident 12"}
    answer = client.post(f"/messages/{held.id}/download", data=data)

    assert message() == answer.content
    assert "application/octet-stream" == answer.headers["content-type"]
    assert f'attachment; filename="message-{held.id}.eml"' == answer.headers["content-disposition"]
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert "no-store" == answer.headers["cache-control"]
    entries = there.store.database.read_now(lambda tx: tuple(audit.entries(tx, held.id)))
    assert (APPROVER, "download", "incident 12") in [(e.actor, e.act, e.detail) for e in entries]


def test_without_a_reason_nothing_is_downloaded(there: Desk) -> None:
    held = there.held()[0]
    client = there.visitor(APPROVER)
    proof = csrf(client.get(f"/messages/{held.id}/mail").text)

    answer = client.post(f"/messages/{held.id}/download", data={"csrf": proof, "reason": " "})

    assert 303 == answer.status_code
    assert "Enter why you need it" in client.get(answer.headers["location"]).text


def test_a_reviewer_without_the_role_is_not_offered_the_file(there: Desk) -> None:
    held = there.held()[0]
    client = there.visitor(REVIEWER)
    html = client.get(f"/messages/{held.id}/mail").text

    assert "Download the mail" not in html
    data = {"csrf": csrf(html), "reason": "x"}
    assert 403 == client.post(f"/messages/{held.id}/download", data=data).status_code
