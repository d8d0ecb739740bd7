"""What dlpguard writes itself, parsed back as a mail program would."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard import notices
from dlpguard.mail import MessageId
from dlpguard.notices import TEMPLATES, Digest, Letter, Letterhead, Subject, Waiting, notice

HEAD = Letterhead("relay.council.example", "postmaster@council.example", ("council.example",))
ANN = "ann.bee@council.example"
ID = MessageId("01J00000000000000000000000")
NOW = 1_700_000_000.0
HEADER = b"From: Ann <ann.bee@council.example>\r\nSubject: the minutes\r\nMessage-ID: <1@x>\r\n"


def write(
    template: str = "held",
    to: str = ANN,
    recipients: int = 157,
    subject: str = "the minutes",
    reasons: tuple[str, ...] = (),
) -> bytes:
    about = Subject("01JMESSAGE", recipients, subject, reasons)
    return notice(HEAD, Letter(to, ID, NOW), template, about)


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def has_crlf_only(content: bytes) -> bool:
    return not re.search(rb"(?<!\r)\n|\r(?!\n)", content)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_notice_says_which_mail_why_and_whom_to_ask(template: str) -> None:
    content = write(template, reasons=("40 people", "157 outside recipients"))
    message = read(content)
    text = message.get_content()

    assert (ANN, "dlpguard <postmaster@council.example>") == (message["To"], message["From"])
    assert TEMPLATES[template][0] == message["Subject"]
    assert "“the minutes” to 157 recipients" in text
    assert "  * 40 people\n  * 157 outside recipients\n" in text.replace("\r\n", "\n")
    assert "01JMESSAGE" in text
    assert has_crlf_only(content)
    assert content.isascii()


def test_a_notice_can_be_told_from_a_persons_mail() -> None:
    message = read(write())

    assert "auto-replied" == message["Auto-Submitted"]  # RFC 3834: nobody answers it
    assert f"<{ID}@relay.council.example>" == message["Message-ID"]
    assert "Tue, 14 Nov 2023 22:13:20 -0000" == message["Date"]


def test_a_subject_that_may_not_be_shown_leaves_no_trace() -> None:
    text = read(write(subject="", recipients=1)).get_content()

    assert text.startswith("Your email to 1 recipient has not been sent yet")


def test_what_stands_in_braces_is_no_template() -> None:
    assert "“{id} {0} %s”" in read(write(subject="{id} {0} %s")).get_content()


@pytest.mark.parametrize("evil", ["x\r\nBcc: eve@x.example", "x\n\n--\nbody", "x\u2028y", "x\x00"])
def test_a_subject_or_reason_cannot_begin_a_line(evil: str) -> None:
    content = write(subject=evil, reasons=(evil,))
    text = read(content).get_content()
    plain = "".join(c if c.isprintable() else " " for c in evil)

    assert f"“{plain}” to 157" in text
    assert f"  * {plain}\n" in text.replace("\r\n", "\n")
    assert read(content)["Bcc"] is None


@given(
    subject=st.text(max_size=200),
    reasons=st.lists(st.text(max_size=100), max_size=3),
    to=st.from_regex(r"[a-zà-ÿ!#$%&'*+/=?^_`{|}~.-]{1,80}@council\.example", fullmatch=True),
    template=st.sampled_from(sorted(TEMPLATES)),
)
def test_no_content_breaks_a_notice(
    subject: str, reasons: list[str], to: str, template: str
) -> None:
    content = write(template, to=to, subject=subject, reasons=tuple(reasons))
    header, _, body = content.partition(b"\r\n\r\n")
    fields = re.findall(rb"^([A-Za-z-]+):", header, re.MULTILINE)

    assert [
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted",
        b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version",
    ] == fields  # fmt: skip
    assert has_crlf_only(content)
    assert body.isascii()


@pytest.mark.parametrize("evil", ["ann\r\nBcc: x@council.example", "ann\u2028b@council.example"])
def test_nobody_is_written_to_whose_address_would_break_a_header(evil: str) -> None:
    assert not HEAD.may_write_to(evil)
    with pytest.raises(ValueError, match="linefeed"):  # what happened if somebody did
        write(to=evil)


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        (ANN, True),
        ("ann@COUNCIL.example.", True),
        ("ann@schools.council.example", True),
        ("ann@notcouncil.example", False),
        ("ann@council.example.evil.example", False),
        ('"x@council.example"@evil.example', False),
        ("council.example", True),  # an address without a domain part is local to the next hop
        ("", False),
    ],
)
def test_only_our_own_domains_are_written_to(address: str, ours: bool) -> None:
    assert ours == HEAD.may_write_to(address)


def test_a_reader_beyond_ascii_stands_in_the_header_as_they_write_themselves() -> None:
    """RFC 6532; an encoded word in an address is none (RFC 2047 5)."""
    reader = "jörg@council.example"
    content = write(to=reader)
    header, _, body = content.partition(b"\r\n\r\n")

    assert f"To: {reader}\r\n".encode() in header
    assert body.isascii()
    assert has_crlf_only(content)


def test_nothing_of_a_message_is_shown_by_repr() -> None:
    about = Subject("01J", 3, "SESAME", ("SESAME",))

    assert "SESAME" not in repr(about)


SITE = replace(HEAD, site="https://dlpguard.council.example", zone=ZoneInfo("Europe/London"))


def text_of(content: bytes) -> str:
    return str(read(content).get_content()).replace("\r\n", "\n")


def test_what_is_held_is_told_kindly_with_when_it_comes_back_and_a_link_for_who_is_at_risk() -> (
    None
):
    said = "You are sending 40 people's names to 157 outside addresses. Nothing has left."
    about = Subject(
        "01JMESSAGE", 157, "the minutes", ("It waits for a reviewer.",), "CODE", NOW, said
    )
    text = text_of(notice(SITE, Letter(ANN, ID, NOW), "held", about))

    assert text.startswith(
        "Your email “the minutes” to 157 recipients has not been sent yet.\n\n"
        "You are sending 40 people's names to 157 outside addresses. Nothing has left.\n\n"
        "  * It waits for a reviewer.\n\n"
    )
    assert "Should nobody decide by Tuesday 14 November, 22:13, you get it back." in text
    assert "https://dlpguard.council.example/urgent/CODE\n" in text


def test_a_question_says_how_to_confirm_and_to_cancel_by_the_clocks_here() -> None:
    summer = 1_782_900_000.0  # 10:00 UTC
    about = Subject("01JMESSAGE", 2, "", ("3 people",), "CODE", summer)
    text = text_of(notice(SITE, Letter(ANN, ID, NOW), "asked", about))

    assert (
        "Meant it? Confirm. Not? Cancel.\n\n  https://dlpguard.council.example/answer/CODE\n"
        in text
    )
    assert "Without an answer by Wednesday 1 July, 11:00 it is not sent." in text
    assert "/urgent/" not in text


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_notice_without_reasons_has_no_gap(template: str) -> None:
    about = Subject("01JMESSAGE", 1, code="CODE")

    assert "\n\n\n" not in text_of(notice(SITE, Letter(ANN, ID, NOW), template, about))


WAITING = tuple(Waiting(f"01J{n:023}", NOW + n, NOW + 100_000) for n in range(25))
LETTERS = {
    "reminder": lambda to: notices.reminder(SITE, to, WAITING, "an hour"),
    "escalation": lambda to: notices.escalation(SITE, to, WAITING[:1], "4 hours"),
    "alarm": lambda to: notices.alarm(SITE, to, WAITING[0], "Its sender"),
    "over budget": lambda to: notices.over_budget(SITE, to, 30, 25),
    "digest": lambda to: notices.digest(
        SITE, to, Digest(WAITING, 1, 2, (("returned", 3),), "x", 4)
    ),
    "invitation": lambda to: notices.invitation(SITE, to, "https://x.example/welcome/1", NOW),
}


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("reader", [ANN, "jörg@council.example"])
def test_letters_to_those_who_decide_are_mail_of_ours(name: str, reader: str) -> None:
    content = LETTERS[name](Letter(reader, ID, NOW))
    header = content.partition(b"\r\n\r\n")[0]

    assert has_crlf_only(content)
    assert f"To: {reader}\r\n".encode() in header
    assert b"Auto-Submitted: auto-replied" in header
    assert "\n\n\n" not in text_of(content)


def test_without_a_site_letters_say_which_command_shows_it() -> None:
    content = notices.alarm(HEAD, Letter(ANN, ID, NOW), WAITING[0], "Its sender")

    assert f"dlpguard quarantine show {WAITING[0].id}" in text_of(content)
    assert "http" not in text_of(content)
    about = Subject("01JMESSAGE", 1, code="CODE")
    assert "Ring your mail team" in text_of(notice(HEAD, Letter(ANN, ID, NOW), "held", about))


def test_a_digest_without_anything_to_say_says_so() -> None:
    assert not Digest().says_something()
    assert all(
        some.says_something()
        for some in (Digest(WAITING), Digest(asked=1), Digest(decided=(("returned", 1),)))
    )
