"""Mail from programs that nobody here wrote, with no special settings, to hops likewise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.journeys._postfix import Postfix, SmtpSink, postfix_client, postfix_next_hop, smtp_sink
from tests.journeys._programs import SENDERS, Sender, wait_until
from tests.journeys._relay import benign, relay
from tests.journeys._samples import sample

SENDER = "ann.bee@council.example"
RECIPIENTS = ("carol@outside.example", "dan@webmail.example", "eve@nhs.example")

Hop = Callable[[], AbstractContextManager[Postfix | SmtpSink]]


@pytest.mark.parametrize("hop", [smtp_sink, postfix_next_hop])
@pytest.mark.parametrize("send", SENDERS.values(), ids=SENDERS)
def test_what_a_program_sends_arrives_unchanged_or_is_held(
    send: Sender, hop: Hop, tmp_path: Path
) -> None:
    message, mailing = benign(), sample("mail/a4e-csv.eml")
    with hop() as next_hop, relay(tmp_path, next_hop.port) as running:
        passed = send(message, SENDER, RECIPIENTS, running.port, tmp_path)
        stopped = send(mailing.content, mailing.sender, mailing.recipients, running.port, tmp_path)
        each = 1 if isinstance(next_hop, SmtpSink) else len(RECIPIENTS)
        wait_until(lambda: len(running.held()) == 1, "the mailing to be held")
        received = [m for m in next_hop.received(each) if m.sender]

        assert passed.accepted, passed.output
        assert stopped.accepted, stopped.output
        assert each == len(received)
        assert set(RECIPIENTS) == {r for m in received for r in m.recipients}
        for mail in received:
            ours = mail.before(message)
            assert b"X-DLPGuard-Id: " in ours
            assert b"(dlpguard" in ours
        [held] = running.held()
        assert (157, 40) == (held["recipients"], held["people"]["private"])


def test_postfix_with_dlpguard_as_its_relayhost(tmp_path: Path) -> None:
    message, mailing = benign(), sample("mail/a4e-xlsx.eml")
    with (
        postfix_next_hop() as next_hop,
        relay(tmp_path, next_hop.port) as running,
        postfix_client(running.port) as client,
    ):
        client.submit(message, SENDER, RECIPIENTS)
        client.submit(mailing.content, mailing.sender, mailing.recipients)
        received = [m for m in next_hop.received(len(RECIPIENTS)) if m.sender]
        # Postfix sends 157 recipients as 50, 50, 50 and 7.
        wait_until(
            lambda: [4] == [len(line["copies"]) for line in running.held()],
            "four parts of the mailing to be held as one",
        )
        wait_until(lambda: not client.queue(), "Postfix to be rid of everything")
        [held] = running.held()
        copies = [running.show(id)["recipients"] for id in held["copies"]]

        assert set(RECIPIENTS) == {r for m in received for r in m.recipients}
        assert all(m.content.endswith(message.partition(b"\r\n\r\n")[2]) for m in received)
        assert [50, 50, 50, 7] == sorted(copies, reverse=True)
