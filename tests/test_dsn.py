"""Delivery status notifications, parsed back as a mail program would."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Sequence
from email.message import EmailMessage, Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard import dsn
from dlpguard.dsn import Fate, Status
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.notices import Letterhead

HEAD = Letterhead("relay.council.example", "postmaster@council.example", ("council.example",))
ANN = "ann.bee@council.example"
ID = MessageId("01J00000000000000000000000")
NOW = 1_700_000_000.0
HEADER = b"From: Ann <ann.bee@council.example>\r\nSubject: the minutes\r\nMessage-ID: <1@x>\r\n"


def report(
    statuses: Sequence[Status],
    sender: str = ANN,
    options: tuple[tuple[str, str], ...] = (),
    header: bytes = HEADER,
) -> bytes:
    return dsn.report(HEAD, Envelope(sender, (), options=options), statuses, header, ID, NOW)


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def bounced(address: str = "bob@x.example", reply: str = "550 5.1.1", original: str = "") -> Status:
    return Status(Recipient(address, (), original), Fate.REFUSED, reply)


def status(content: bytes) -> list[Message]:
    """The groups of fields in the machine-readable part: of the message, then of recipients."""
    _, machine, _ = read(content).iter_parts()
    assert "message/delivery-status" == machine.get_content_type()
    groups = machine.get_payload()
    assert isinstance(groups, list)
    return [group for group in groups if isinstance(group, Message)]


def has_crlf_only(content: bytes) -> bool:
    return not re.search(rb"(?<!\r)\n|\r(?!\n)", content)


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
    late = Status(Recipient("cy@x.example"), Fate.EXPIRED, "450 4.2.2")
    never = Status(Recipient("di@x.example"), Fate.EXPIRED)
    doubt = Status(Recipient("eve@x.example"), Fate.DOUBTFUL)
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
    content = report([bounced()], sender=sender)
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
    ("notify", "told"),
    [
        ((), {Fate.REFUSED, Fate.EXPIRED, Fate.DOUBTFUL, Fate.DELAYED}),
        (("FAILURE",), {Fate.REFUSED, Fate.EXPIRED, Fate.DOUBTFUL}),
        (("SUCCESS", "FAILURE"), {Fate.REFUSED, Fate.EXPIRED, Fate.DOUBTFUL, Fate.RELAYED}),
        (("SUCCESS", "DELAY"), {Fate.DELAYED, Fate.RELAYED}),
        (("NEVER",), set()),
    ],
)
def test_a_sender_is_told_what_they_asked_to_be_told(
    notify: tuple[str, ...], told: set[Fate]
) -> None:
    recipient = Recipient("bob@x.example", notify)

    assert told == {fate for fate in Fate if dsn.is_wanted(Status(recipient, fate))}


@pytest.mark.parametrize(
    ("fate", "reply", "action", "code", "said"),
    [
        (Fate.DELAYED, "450 4.2.2", "delayed", "4.2.2", "not yet (last answer: 450 4.2.2)"),
        (Fate.DELAYED, "", "delayed", "4.4.1", "not yet (last answer: none)"),
        (Fate.RELAYED, "250 2.0.0", "relayed", "2.0.0", "does not report deliveries"),
        (Fate.RELAYED, "", "relayed", "2.0.0", "does not report deliveries"),
    ],
)
def test_a_delay_and_a_relaying_are_told_as_such(
    fate: Fate, reply: str, action: str, code: str, said: str
) -> None:
    content = report([Status(Recipient("bob@x.example"), fate, reply)])
    _, fields = status(content)

    assert (action, code) == (fields["Action"], fields["Status"])
    assert said in next(iter(read(content).iter_parts())).get_content()


def test_no_address_is_shown_by_repr() -> None:
    assert "SESAME" not in repr(bounced("SESAME@x.example"))
