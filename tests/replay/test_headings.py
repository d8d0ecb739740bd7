"""Who sent a message to whom, and when, as far as a copy tells."""

from __future__ import annotations

import time

import pytest

from dlpguard.replay.headings import HEADER_BYTES, UNKNOWN, Known, glance, heading, is_from
from tests.replay._mail import NOW


def told(*fields: str) -> tuple[str, tuple[str, ...], Known, float | None]:
    raw = "\r\n".join((*fields, "", "Text")).encode()
    head, seen = heading(raw, NOW), glance(raw, NOW)
    assert head
    assert seen
    assert head.envelope.sender == seen.sender
    return seen.sender, head.envelope.addresses, head.known, seen.when


FROM = "From: Ann Bee <ann@council.example>"


def test_the_recipients_are_those_that_to_cc_and_bcc_name() -> None:
    _, to, known, _ = told(
        FROM, "To: a@x.example, B <b@x.example>", "Cc: c@x.example", "Bcc: d@x.example"
    )

    assert ("a@x.example", "b@x.example", "c@x.example", "d@x.example") == to
    assert Known.FIELDS is known


def test_a_noted_envelope_is_the_whole_truth() -> None:
    _, to, known, _ = told(
        FROM,
        "To: undisclosed-recipients:;",
        "Cc: z@x.example",
        "X-Envelope-To: <a@x.example>,",
        " <b@x.example>",
    )

    assert (("a@x.example", "b@x.example"), Known.ENVELOPE) == (to, known)


@pytest.mark.parametrize(
    "field",
    [
        "Delivered-To: hidden@x.example",
        "X-Original-To: hidden@x.example",
        "Received: from a by b for <hidden@x.example>; Mon, 7 Sep 2026 09:00:00 +0000",
    ],
)
def test_a_mailbox_that_took_it_is_one_of_its_recipients(field: str) -> None:
    _, to, known, _ = told(FROM, "To: a@x.example", field)

    assert (("a@x.example", "hidden@x.example"), Known.FIELDS) == (to, known)


def test_a_mailbox_counts_once_however_it_is_spelled() -> None:
    _, to, _, _ = told(FROM, "To: A@X.example", "Cc: a@x.EXAMPLE")

    assert ("A@X.example",) == to


def test_whom_nothing_names_is_one_unknown_mailbox() -> None:
    _, to, known, _ = told(FROM, "To: undisclosed-recipients:;")

    assert ((UNKNOWN,), Known.NOBODY) == (to, known)


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        ((FROM,), "ann@council.example"),
        (("Return-Path: <bounce@council.example>", FROM), "bounce@council.example"),
        (("Return-Path: <>", FROM), "ann@council.example"),
        (("Subject: no author",), ""),
    ],
)
def test_the_sender_is_that_of_the_envelope_where_it_is_noted(
    fields: tuple[str, ...], sender: str
) -> None:
    assert sender == told(*fields)[0]


@pytest.mark.parametrize(
    ("fields", "when"),
    [
        (("Date: Mon, 7 Sep 2026 10:00:00 +0100",), 1788771600.0),
        (("Date: nonsense", "Received: by b; Mon, 7 Sep 2026 09:00:00 +0000"), 1788771600.0),
        (("Date: Thu, 1 Jan 1970 00:00:00 +0000",), None),
        (("Date: Mon, 7 Sep 2099 09:00:00 +0000",), None),
        (("Date: Mon, 7 Sep 20266 09:00:00 +9999",), None),
        ((), None),
    ],
)
def test_a_time_that_cannot_be_right_is_none(fields: tuple[str, ...], when: float | None) -> None:
    assert when == told(FROM, *fields)[3]


def test_what_begins_with_no_header_is_no_mail() -> None:
    assert heading(b"Just some text\r\n\r\n", NOW) is None
    assert glance(b"", NOW) is None


@pytest.mark.parametrize(
    ("sender", "ours"),
    [
        ("ann@council.example", True),
        ("ANN@COUNCIL.example", True),
        ("ann@sub.council.example", False),
        ("own@elsewhere.example", True),
        ("cy@elsewhere.example", False),
        ("", False),
    ],
)
def test_only_mail_that_the_relay_takes_counts(sender: str, ours: bool) -> None:
    assert ours is is_from(sender, ("council.example", "own@elsewhere.example"))


@pytest.mark.parametrize("piece", ["<", "a@b,", "for <", "Received: ", '"', "(", "a:", "\\"])
def test_a_hostile_header_takes_linear_time(piece: str) -> None:
    started = time.process_time()
    heading(f"To: {piece * (HEADER_BYTES // len(piece))}".encode(), NOW)
    heading(f"Received: {piece * (HEADER_BYTES // len(piece))}".encode(), NOW)

    assert time.process_time() - started < 5
