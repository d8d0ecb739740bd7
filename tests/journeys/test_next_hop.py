"""A next hop that is down, or takes some mail later and some never: each recipient ends once."""

from __future__ import annotations

import email
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys._postfix import postfix_next_hop, smtp_sink
from tests.journeys._programs import free_port, wait_until
from tests.journeys._refusing import refusing
from tests.journeys._relay import Relay, benign, relay
from tests.journeys._watch import Watch, watching

ANN = "ann.bee@council.example"
BOB, CY, DI = "bob@outside.example", "cy@outside.example", "di@outside.example"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """A relay that tries again after half a second; each test starts a next hop on its port."""
    started = Relay(tmp_path_factory.mktemp("relay"), free_port(), first_retry="0.5s")
    started.start()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def watch(running: Relay) -> Iterator[Watch]:
    with watching(running) as eye:
        yield eye


def failed(content: bytes) -> list[tuple[str, str]]:
    """The recipients that a DSN is about, and their status."""
    parts = [part for part in email.message_from_bytes(content).walk() if part["Status"]]
    return [(p["Final-Recipient"].removeprefix("rfc822; "), p["Status"]) for p in parts]


def new_lines(running: Relay, before: str, word: str) -> int:
    """How often a word has been logged since."""
    return running.log()[len(before) :].count(word)


def test_a_next_hop_that_is_down_at_first_gets_everything_once_it_is_up(
    running: Relay, watch: Watch
) -> None:
    ids = [running.send(benign(n), ANN, [BOB, CY]) for n in range(3)]
    wait_until(lambda: running.log().count("deferred") > 3, "tries that fail")
    waiting = [watch.outcomes(id) for id in ids]
    with smtp_sink(port=running.next_hop) as sink:
        received = sink.received(3)
        ended = [watch.ended(id) for id in ids]

    assert [{"pending": 2}] * 3 == waiting
    assert [{"delivered": 2}] * 3 == ended
    assert 3 == len(received)
    for n in range(3):
        [copy] = [r for r in received if r.content.endswith(benign(n))]
        assert {BOB, CY} == set(copy.recipients)


def test_what_is_refused_for_a_while_arrives_in_the_end(running: Relay, watch: Watch) -> None:
    before = running.log()
    with smtp_sink("-r", "DATA", port=running.next_hop) as refusing_sink:
        id = running.send(benign(), ANN, [BOB, CY])
        wait_until(lambda: new_lines(running, before, "deferred") > 1, "two tries that fail")
        refused = refusing_sink.received(0)
    with smtp_sink(port=running.next_hop) as sink:
        ended = watch.ended(id)
        received = sink.received(1)

    assert () == refused
    assert {"delivered": 2} == ended
    assert [True] == [r.content.endswith(benign()) for r in received]


def test_what_is_refused_for_good_bounces_and_so_does_its_report_and_that_is_all(
    running: Relay, watch: Watch
) -> None:
    before = running.log()
    with smtp_sink("-f", "DATA", port=running.next_hop) as sink:
        id = running.send(benign(), ANN, [BOB, CY])
        ended = watch.ended(id)
        wait_until(lambda: new_lines(running, before, "recipients=0 refused=1") > 0, "the report")
        received = sink.received(0)

    assert {"bounced": 2} == ended
    assert () == received
    assert 2 == new_lines(running, before, " refused=")
    assert "@" not in running.log()


def test_each_recipient_ends_as_the_next_hop_says_and_the_sender_is_told(
    running: Relay, watch: Watch
) -> None:
    refuses = {CY: "450 4.2.2 full", DI: "550 5.1.1 nobody"}
    with refusing(running.next_hop, refuses) as hop:
        id = running.send(benign(), ANN, [BOB, CY, DI])
        wait_until(lambda: bool(hop.own_mail()), "the report")
        so_far = watch.outcomes(id)
        del refuses[CY]
        ended = watch.ended(id)

    assert {"delivered": 1, "pending": 1, "bounced": 1} == so_far
    assert {"delivered": 2, "bounced": 1} == ended
    assert [(BOB,), (CY,)] == [to for to, _ in hop.from_clients()]
    assert all(content.endswith(benign()) for _, content in hop.from_clients())
    [(to, report)] = hop.own_mail()
    assert ((ANN,), [(DI, "5.1.1")]) == (to, failed(report))
    assert b"The bins are collected" not in report
    assert b"Subject: bins 0" in report


def test_postfix_refuses_one_of_three_recipients(tmp_path: Path) -> None:
    access = f"check_recipient_access inline:{{{DI}=REJECT}}, permit"
    with (
        postfix_next_hop(smtpd_recipient_restrictions=access) as hop,
        relay(tmp_path, hop.port) as started,
        watching(started) as watch,
    ):
        id = started.send(benign(), ANN, [BOB, CY, DI])
        received = hop.received(3)
        ended = watch.ended(id)

    by_recipient = {r.recipients[0]: r for r in received}
    assert {"delivered": 2, "bounced": 1} == ended
    assert {BOB, CY, ANN} == set(by_recipient)
    assert by_recipient[BOB].content.endswith(benign())
    report = by_recipient[ANN]
    assert ("", [(DI, "5.7.1")]) == (report.sender, failed(report.content))
