"""What dlpguard writes itself, parsed back as a mail program would."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Sequence
from email.message import EmailMessage, Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.lifecycle import Outcome
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.notices import TEMPLATES, Failure, Letterhead, Subject, dsn, notice, wants_failure

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
    return notice(HEAD, to, template, about, ID, NOW)


def report(
    failures: Sequence[Failure],
    sender: str = ANN,
    options: tuple[tuple[str, str], ...] = (),
    header: bytes = HEADER,
) -> bytes:
    return dsn(HEAD, Envelope(sender, (), options=options), failures, header, ID, NOW)


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def bounced(
    address: str = "bob@x.example", reply: str = "550 5.1.1", original: str = ""
) -> Failure:
    return Failure(Recipient(address, (), original), Outcome.BOUNCED, reply)


def status(content: bytes) -> list[Message]:
    """The groups of fields in the machine-readable part: of the message, then of recipients."""
    _, machine, _ = read(content).iter_parts()
    assert "message/delivery-status" == machine.get_content_type()
    groups = machine.get_payload()
    assert isinstance(groups, list)
    return [group for group in groups if isinstance(group, Message)]


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

    assert text.startswith("Your email to 1 recipient is waiting")


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


def test_a_dsn_has_the_three_parts_of_rfc_3464() -> None:
    content = report([bounced()])
    message = read(content)
    human, machine, original = message.iter_parts()

    assert ("multipart/report", "delivery-status") == (
        message.get_content_type(),
        message.get_param("report-type"),
    )
    assert ["text/plain", "message/delivery-status", "text/rfc822-headers"] == [
        part.get_content_type() for part in (human, machine, original)
    ]
    assert (ANN, "auto-replied") == (message["To"], message["Auto-Submitted"])
    assert "bob@x.example: refused by the next mail server (550 5.1.1)" in human.get_content()
    assert has_crlf_only(content)
    assert content.isascii()


def test_every_failed_recipient_has_its_fields_and_nobody_else() -> None:
    late = Failure(Recipient("cy@x.example"), Outcome.EXPIRED, "450 4.2.2")
    never = Failure(Recipient("di@x.example"), Outcome.EXPIRED, "")
    doubt = Failure(Recipient("eve@x.example"), Outcome.EXPIRED, "", in_doubt=True)
    plain = bounced("fay@x.example", reply="554")
    content = report([bounced(), late, never, doubt, plain])
    about, *each = status(content)
    fields = [(f["Final-Recipient"], f["Action"], f["Status"], f["Diagnostic-Code"]) for f in each]

    assert "dns; relay.council.example" == about["Reporting-MTA"]
    assert [
        ("rfc822; bob@x.example", "failed", "5.1.1", "smtp; 550 5.1.1"),
        ("rfc822; cy@x.example", "failed", "4.2.2", "smtp; 450 4.2.2"),
        ("rfc822; di@x.example", "failed", "4.4.7", None),
        ("rfc822; eve@x.example", "failed", "4.4.7", None),
        ("rfc822; fay@x.example", "failed", "5.0.0", "smtp; 554"),
    ] == fields
    human = next(iter(read(content).iter_parts())).get_content()
    assert "cy@x.example: could not be delivered in time (last answer: 450 4.2.2)" in human
    assert "di@x.example: could not be delivered in time (last answer: none)" in human
    assert "eve@x.example: given up; it may or may not have arrived" in human


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("rfc822;bob@x.example", "rfc822; bob@x.example"),
        ("rfc822;bob+2Blist@x.example", "rfc822; bob+list@x.example"),
        ("x400;/O=A+0D+0ABcc: x/", "x400; /O=A??Bcc: x/"),
        ("utf-8;zo\\x{EB}@x.example", "utf-8; zo\\x{EB}@x.example"),
        ("utf-8;zoë@x.example", "utf-8; zo\\x{EB}@x.example"),
    ],
)
def test_the_original_recipient_is_told_as_the_sender_gave_it(given: str, shown: str) -> None:
    _, fields = status(report([bounced(original=given)]))

    assert shown == fields["Original-Recipient"]


def test_the_envelope_id_is_told_as_the_sender_gave_it() -> None:
    about, _ = status(report([bounced()], options=(("RET", "HDRS"), ("ENVID", "QQ+20314+2B0A"))))
    none, _ = status(report([bounced()]))
    broken, _ = status(report([bounced()], options=(("ENVID", "a+0D+0AAction: x"),)))

    assert "QQ 314+0A" == about["Original-Envelope-Id"]
    assert none["Original-Envelope-Id"] is None
    assert ("a??Action: x", None) == (broken["Original-Envelope-Id"], broken["Action"])


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("bob@x.example", "rfc822; bob@x.example"),
        ('"b o b"@x.example', 'rfc822; "b o b"@x.example'),
        ("bob+list@x.example", "rfc822; bob+list@x.example"),
        ("zoë@x.example", "utf-8; zo\\x{EB}@x.example"),
        ("zoë+a=b@x.example", "utf-8; zo\\x{EB}\\x{2B}a\\x{3D}b@x.example"),
        ("用户@例え.example", "utf-8; \\x{7528}\\x{6237}@\\x{4F8B}\\x{3048}.example"),
        ("a\u2028b@x.example", "utf-8; a\\x{2028}b@x.example"),
        ("a\r\nAction: x", "utf-8; a\\x{0D}\\x{0A}Action:\\x{20}x"),
    ],
)
def test_a_recipient_beyond_ascii_is_escaped_as_in_rfc_6533(address: str, typed: str) -> None:
    content = report([bounced(address)])
    _, fields = status(content)

    assert (typed, "failed") == (fields["Final-Recipient"], fields["Action"])
    assert content.isascii()


def test_a_sender_beyond_ascii_stands_in_the_header_as_they_write_themselves() -> None:
    """RFC 6532; an encoded word in an address is none (RFC 2047 5)."""
    sender = "jörg@council.example"
    for content in (report([bounced()], sender=sender), write(to=sender)):
        header, _, body = content.partition(b"\r\n\r\n")

        assert f"To: {sender}\r\n".encode() in header
        assert body.isascii()
        assert has_crlf_only(content)


def test_of_the_original_there_is_only_its_header() -> None:
    *_, original = read(report([bounced()])).iter_parts()

    assert HEADER == original.get_content().encode()


def test_a_header_that_is_not_ascii_or_full_of_boundaries_stays_inside_its_part() -> None:
    evil = b"Subject: caf\xc3\xa9\r\nX: --=\r\nContent-Type: multipart/mixed\r\n\tboundary=x\r\n"
    parts = list(read(report([bounced()], header=evil)).iter_parts())

    assert 3 == len(parts)
    assert "Subject: caf??" in parts[2].get_content()


@given(
    addresses=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
        min_size=1,
        max_size=4,
    ),
    original=st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    header=st.binary(max_size=200),
    reply=st.from_regex(r"[45][0-9]{2}( [45]\.[0-9]{1,3}\.[0-9]{1,3})?", fullmatch=True),
)
def test_no_recipient_or_header_breaks_a_dsn(
    addresses: list[str], original: str, header: bytes, reply: str
) -> None:
    """It is written in the transaction that records the outcomes: it must never raise."""
    lines = re.sub(rb"[\r\n]+", b"\r\n ", header) + b"\r\n"
    content = report([bounced(a, reply, original) for a in addresses], header=lines)
    _, *each = status(content)

    assert len(addresses) == len(each)
    assert all(fields["Action"] == "failed" for fields in each)
    assert has_crlf_only(content)
    assert content.isascii()


@pytest.mark.parametrize(
    ("notify", "wanted"),
    [
        ((), True),
        (("FAILURE",), True),
        (("SUCCESS", "FAILURE"), True),
        (("NEVER",), False),
        (("SUCCESS", "DELAY"), False),
    ],
)
def test_a_sender_is_told_of_failures_unless_they_asked_not_to_be(
    notify: tuple[str, ...], wanted: bool
) -> None:
    assert wanted == wants_failure(Recipient("bob@x.example", notify))


def test_nothing_of_a_message_is_shown_by_repr() -> None:
    about = Subject("01J", 3, "SESAME", ("SESAME",))

    assert "SESAME" not in repr(about)
    assert "SESAME" not in repr(bounced("SESAME@x.example"))
