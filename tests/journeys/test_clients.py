"""Mail from programs that nobody here wrote, with no special settings, to hops likewise."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.journeys._postfix import Postfix, SmtpSink, postfix_client, postfix_next_hop, smtp_sink
from tests.journeys._programs import SENDERS, Sender, wait_until
from tests.journeys._relay import Relay, benign, relay
from tests.journeys._samples import sample
from tests.journeys._watch import watching

SENDER = "ann.bee@council.example"
RECIPIENTS = ("carol@outside.example", "dan@webmail.example", "eve@nhs.example")

NUMBERS = count(1)


@pytest.fixture(scope="module", params=[smtp_sink, postfix_next_hop])
def hop(request: pytest.FixtureRequest) -> Iterator[Postfix | SmtpSink]:
    with request.param() as next_hop:
        yield next_hop


@pytest.fixture(scope="module")
def running(hop: Postfix | SmtpSink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with relay(tmp_path_factory.mktemp("relay"), hop.port) as started:
        yield started


@pytest.mark.parametrize("send", SENDERS.values(), ids=SENDERS)
def test_what_a_program_sends_arrives_unchanged_or_is_held(
    running: Relay, hop: Postfix | SmtpSink, send: Sender, tmp_path: Path
) -> None:
    clerk = f"clerk{next(NUMBERS)}@council.example"  # nobody's mail belongs to another's mailing
    message, mailing = benign(sender=clerk), sample("mail/a4e-csv.eml")
    content = mailing.content.replace(mailing.sender.encode(), clerk.encode())
    with watching(running) as watch:
        before = set(watch.held())
        passed = send(message, clerk, RECIPIENTS, running.port, tmp_path)
        stopped = send(content, clerk, mailing.recipients, running.port, tmp_path)
        wait_until(lambda: len(watch.held()) > len(before), "the mailing to be held")
        [id] = set(watch.held()) - before
    each = 1 if isinstance(hop, SmtpSink) else len(RECIPIENTS)
    wait_until(lambda: sum(m.sender == clerk for m in hop.received(0)) >= each, "the other")
    received = [m for m in hop.received(0) if m.sender == clerk]
    [held] = [line for line in running.held() if line["id"] == id]

    assert passed.accepted, passed.output
    assert stopped.accepted, stopped.output
    assert each == len(received)
    assert set(RECIPIENTS) == {r for m in received for r in m.recipients}
    for mail in received:
        ours = mail.before(message)
        assert b"X-DLPGuard-Id: " in ours
        assert b"(dlpguard" in ours
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
        with watching(running) as watch:
            wait_until(lambda: len(watch.held()) == 4, "four parts of the mailing to be held")
        wait_until(lambda: not client.queue(), "Postfix to be rid of everything")
        [held] = running.held()  # as one
        copies = [running.show(id)["recipients"] for id in held["copies"]]

        assert set(RECIPIENTS) == {r for m in received for r in m.recipients}
        assert all(m.content.endswith(message.partition(b"\r\n\r\n")[2]) for m in received)
        assert [50, 50, 50, 7] == sorted(copies, reverse=True)
