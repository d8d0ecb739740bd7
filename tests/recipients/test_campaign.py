"""What copies of one mailing have in common, whoever they greet."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard import inspection
from dlpguard.facts import Content
from dlpguard.inspection import Setup
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.recipients import Organisation, campaign

SETUP = Setup(Organisation(("council.example",)))
TEXT = (
    "please find attached the programme of the summer term, with dates and rooms, and the form for "
    "those who have not sent theirs in yet. We look forward to seeing you there."
)


def content(
    text: str, attached: bytes = b"", to: str = "cy@outside.example", subject: str = "Summer term"
) -> Content:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "ann@council.example", to, subject
    message.set_content(text)
    if attached:
        message.add_attachment(attached, "application", "octet-stream", filename="a.bin")
        message.set_boundary("between-parts")  # not by chance: the bytes are the same each time
    envelope = Envelope("ann@council.example", (Recipient(to),))
    return inspection.read(MessageId("1"), message.as_bytes(), envelope, SETUP).facts.content


@pytest.mark.parametrize("greeting", ["Dear Mr Dee,", "Hi rajesh68", "Annwyl Siân,", "Hello"])
def test_who_is_greeted_is_no_content(greeting: str) -> None:
    first = content(f"Dear Moira Tregenza,\n\n{TEXT}\n")
    other = content(f"{greeting}\n\n{TEXT}\n", to="dee@outside.example")

    assert first.whole == other.whole
    assert set(first.links) & set(other.links)


@pytest.mark.parametrize(
    ("text", "attached"),
    [
        (f"Hi, card 4111 1111 1111 1111\n\n{TEXT}\n", b""),
        (f"Dear Ann,\n\n{TEXT} Bring your own cup.\n", b""),
        (f"Dear Ann,\n\n{TEXT}\n", b"x" * 300),
    ],
)
def test_what_is_said_or_attached_is(text: str, attached: bytes) -> None:
    assert content(f"Dear Ann,\n\n{TEXT}\n").whole != content(text, attached).whole


def test_the_subject_is_content_but_who_is_named_in_it_is_not() -> None:
    text = f"Dear Ann,\n\n{TEXT}\n"
    moira, sian, card = (
        content(text, subject=f"Summer term: {said}").whole
        for said in ("Moira Tregenza", "Siân Pugh", "4111 1111 1111 1111")
    )

    assert moira == sian
    assert moira != card


def test_one_attachment_ties_different_texts_together() -> None:
    one, other = content("Dear Ann,\n\nas agreed.\n", b"x" * 300), content(TEXT, b"x" * 300)

    assert one.whole != other.whole
    assert set(one.links) & set(other.links)


def test_a_line_that_everybody_writes_ties_nothing_together() -> None:
    one = content("Please see attached.\n", b"x" * 300)
    other = content("Please see attached!\n", b"y" * 300)

    assert not set(one.links) & set(other.links)


@pytest.mark.parametrize("text", ["As agreed.\n", f"Dear Ann,\n\n{TEXT}\n"])
@pytest.mark.parametrize("attached", [b"", b"x" * 50, b"x" * 300])
def test_the_same_bytes_are_tied_together_whatever_they_are(text: str, attached: bytes) -> None:
    one, other = content(text, attached), content(text, attached, to="dee@outside.example")

    assert set(one.links) & set(other.links)


@given(st.text(st.sampled_from("ab \n\t\r\x0b\x1c\x85\u00a0\u2028é"), max_size=30))
def test_white_space_is_no_content(text: str) -> None:
    assert " ".join(text.split()) == campaign._on_one_line(text)
