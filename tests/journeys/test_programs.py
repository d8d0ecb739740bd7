"""The helpers themselves: what each outside program is given arrives, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys._postfix import Postfix, SmtpSink, postfix_client, postfix_next_hop, smtp_sink
from tests.journeys._programs import SENDERS, Sender, free_port, listens, need, wait_until

SAMPLES = Path(__file__).resolve().parents[2] / "samples"

SENDER = "ann.bee@council.example"
RECIPIENTS = ("one@webmail.example", "two@homemail.example", "three@buildright.example")

TRICKY = (
    b"From: Ann Bee <ann.bee@council.example>\r\n"
    b"To: one@webmail.example\r\n"
    b"Subject: %BODY% and \\n and caf\xc3\xa9\r\n"
    b"Date: Fri, 19 Jul 2013 09:30:00 +0100\r\n"
    b"Message-ID: <tricky@council.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b".\r\n"
    b"..two dots, %DATE%, a literal \\n, %NEWLINE%\r\n"
    b"From somebody\r\n"
    b"  spaces at the end  \r\n" + b"x" * 998 + b"\r\n"
    b"caf\xc3\xa9 \xff\r\n"
    b"\r\n"
    b"\r\n"
)
"""All that programs are known to change: tokens, dots, From lines, spaces, 8 bit, last lines."""


@pytest.fixture(scope="module", params=[smtp_sink, postfix_next_hop])
def hop(request: pytest.FixtureRequest) -> Iterator[Postfix | SmtpSink]:
    with request.param() as next_hop:
        yield next_hop


@pytest.mark.parametrize("send", SENDERS.values(), ids=SENDERS)
def test_a_program_sends_these_bytes_to_these_recipients(
    hop: Postfix | SmtpSink, send: Sender, tmp_path: Path
) -> None:
    sample = (SAMPLES / "mail/ordinary-thread.eml").read_bytes()
    before = len(hop.received(0))
    for message in (TRICKY, sample):
        sent = send(message, SENDER, RECIPIENTS, hop.port, tmp_path)

        assert sent.accepted, sent.output
    each = 1 if isinstance(hop, SmtpSink) else len(RECIPIENTS)
    received = hop.received(before + 2 * each)[before:]

    assert 2 * each == len(received)
    assert {SENDER} == {mail.sender for mail in received}
    for message in (TRICKY, sample):
        copies = [mail for mail in received if mail.content.endswith(message)]

        assert sorted(RECIPIENTS) == sorted(r for mail in copies for r in mail.recipients)
        assert all(mail.before(message).startswith(b"Received: ") for mail in copies)


def test_postfix_relays_what_sendmail_hands_in(hop: Postfix | SmtpSink) -> None:
    message = (SAMPLES / "mail/a4e-xlsx.eml").read_bytes()
    before = len(hop.received(0))
    with postfix_client(hop.port) as client:
        client.submit(message, SENDER, RECIPIENTS[:1])
        (received,) = hop.received(before + 1)[before:]
        wait_until(lambda: not client.queue(), "the queue to be empty")

    assert (SENDER, RECIPIENTS[:1]) == (received.sender, received.recipients)
    assert b"by client.example (Postfix" in received.before(message)


def test_postfix_relays_what_comes_by_smtp_to_157_recipients(tmp_path: Path) -> None:
    addresses = (SAMPLES / "recipients/mailing-157.txt").read_text().splitlines()
    message = (SAMPLES / "mail/a4e-csv.eml").read_bytes()
    with smtp_sink() as sink, postfix_client(sink.port) as client:
        sent = SENDERS["smtplib"](message, SENDER, addresses, client.port, tmp_path)
        received = sink.received(4)

    assert sent.accepted
    # default_destination_recipient_limit: Postfix sends to fifty at a time.
    assert [7, 50, 50, 50] == sorted(len(mail.recipients) for mail in received)
    assert sorted(addresses) == sorted(a for mail in received for a in mail.recipients)
    assert all(mail.before(message) for mail in received)


def test_postfix_keeps_what_is_refused_for_a_while_and_sends_it_when_told() -> None:
    message = (SAMPLES / "mail/ordinary-minutes.eml").read_bytes()
    port = free_port()
    with postfix_client(port) as client:
        with smtp_sink("-r", "DATA", port=port) as refusing:
            client.submit(message, SENDER, RECIPIENTS)
            wait_until(lambda: "status=deferred" in client.log(), "a deferral")
            waiting = [entry["queue_name"] for entry in client.queue()]
            refused = refusing.received(0)
        with smtp_sink(port=port) as sink:
            client.flush()
            (received,) = sink.received(1)

    assert ["deferred"] == waiting
    assert () == refused
    assert sorted(RECIPIENTS) == sorted(received.recipients)
    assert received.before(message)


def test_a_message_that_was_changed_is_noticed() -> None:
    with smtp_sink() as sink:
        SENDERS["smtplib"](TRICKY, SENDER, RECIPIENTS, sink.port, Path())
        (received,) = sink.received(1)

    with pytest.raises(pytest.fail.Exception, match="not the bytes sent"):
        received.before(TRICKY.replace(b"somebody", b"Somebody"))


def test_nothing_is_left_of_an_instance() -> None:
    with postfix_next_hop() as hop, smtp_sink() as sink:
        both = (hop, sink)

    assert [False, False] == [program.folder.exists() for program in both]
    assert [False, False] == [listens(program.port) for program in both]


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_a_missing_program_fails_on_ci_and_skips_elsewhere(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)

    with pytest.raises(outcome, match="swaks is not installed: apt-get install swaks"):
        need("swaks")
