"""READY → the next hop: each recipient is sent to once, and ends in exactly one outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from dlpguard.lifecycle import Event, State
from dlpguard.mail import Recipient
from dlpguard.runners.courier import Backoff
from dlpguard.store import schema
from dlpguard.store.engines import sqlite
from dlpguard.verdict import Action
from tests.runners._deliver import (
    BOB,
    CY,
    DI,
    FIRST,
    LATER,
    LONGEST,
    NEVER,
    after,
    deliver,
    failed,
    open_attempts,
    sent,
    waits,
    work,
)
from tests.runners._hop import Delivery, Hop, listening
from tests.runners._world import ANN, BIG, SMALL, World, world


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


@pytest.mark.parametrize("content", [SMALL, BIG], ids=["small", "big"])
def test_a_message_arrives_once_byte_for_byte_behind_our_fields(
    here: World, content: bytes
) -> None:
    id = here.ready(content, BOB, CY)
    hop = Hop()
    deliver(here, hop)

    assert [Delivery(ANN, (BOB, CY), sent(id, content))] == hop.deliveries
    assert (State.DONE, {"delivered": 2}) == (here.state(id), here.outcomes(id))
    assert ["accept", "pass", "finish"] == here.events(id)
    assert not here.has_body(id)
    assert 0 == open_attempts(here)


def test_the_size_that_is_announced_is_ours_and_other_options_stay(here: World) -> None:
    options = (("SIZE", "3"), ("BODY", "8BITMIME"), ("ENVID", "QQ314"))
    id = here.ready(SMALL, Recipient(BOB, ("FAILURE",), "rfc822;b+2Bx@y"), options=options)
    hop = Hop()
    deliver(here, hop)

    assert [
        f"MAIL FROM:<{ANN}> BODY=8BITMIME ENVID=QQ314 SIZE={len(sent(id))}",
        f"RCPT TO:<{BOB}> NOTIFY=FAILURE ORCPT=rfc822;b+2Bx@y",
    ] == hop.commands[1:3]


@pytest.mark.parametrize("step", ["connect", "EHLO", "MAIL", "RCPT", "DATA", "dot"])
def test_what_is_refused_for_now_is_tried_again_after_a_while(here: World, step: str) -> None:
    id = here.ready()
    hop = Hop({step: [LATER]})
    waited = []

    def look() -> None:
        waited.append(waits(here, id))
        assert (State.READY, {"pending": 1}) == (here.state(id), here.outcomes(id))
        here.clock.time += FIRST

    deliver(here, hop, then=look)

    assert [FIRST] == waited
    assert [sent(id)] == [d.content for d in hop.deliveries if step != "dot"] or step == "dot"
    assert (State.DONE, {"delivered": 1}) == (here.state(id), here.outcomes(id))
    assert 0 == open_attempts(here)


def test_nothing_is_tried_before_its_time(here: World) -> None:
    here.ready()
    hop = Hop({"MAIL": [LATER]})
    deliver(here, hop, then=after(here, FIRST - 1))

    assert 1 == len([c for c in hop.commands if c.startswith("MAIL")])


def test_the_wait_doubles_up_to_the_longest(here: World) -> None:
    id = here.ready()
    hop = Hop({"MAIL": [LATER] * 5})
    waited = []

    async def trip() -> None:
        async with listening(hop):
            for _ in range(5):
                await work(here, hop)
                waited.append(waits(here, id))
                here.clock.time += waited[-1]
            await work(here, hop)

    here.run(trip())

    assert [60.0, 120.0, 200.0, 200.0, 200.0] == waited
    assert {"delivered": 1} == here.outcomes(id)


def test_the_back_off_never_overflows() -> None:
    assert 3600.0 == Backoff(60.0, 3600.0).after(10_000)


def test_each_recipient_has_an_outcome_of_its_own(here: World) -> None:
    id = here.ready(SMALL, BOB, CY, DI)
    hop = Hop(refuses={CY: b"450 4.2.2 full", DI: b"550 5.1.1 nobody"})

    def heal() -> None:
        assert {"delivered": 1, "pending": 1, "bounced": 1} == here.outcomes(id)
        assert State.READY is here.state(id)
        hop.refuses.clear()
        here.clock.time += FIRST

    deliver(here, hop, then=heal)

    assert [(BOB,), (CY,)] == [d.recipients for d in hop.from_clients()]
    assert [sent(id)] * 2 == [d.content for d in hop.from_clients()]
    assert (State.DONE, {"delivered": 2, "bounced": 1}) == (here.state(id), here.outcomes(id))
    [report] = hop.own_mail()
    assert ((ANN,), [(DI, "5.1.1")]) == (report.recipients, failed(report))


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
def test_what_is_refused_for_good_bounces_and_its_sender_is_told(here: World, step: str) -> None:
    id = here.ready(SMALL, BOB, CY)
    hop = Hop({step: [NEVER, NEVER] if step == "RCPT" else [NEVER]})
    deliver(here, hop)

    assert (State.DONE, {"bounced": 2}) == (here.state(id), here.outcomes(id))
    [report] = hop.own_mail()
    assert ("", (ANN,)) == (report.sender, report.recipients)
    assert [(BOB, "5.7.1"), (CY, "5.7.1")] == failed(report)
    assert b"\r\nhello\r\n" not in report.content
    assert b"Message-ID: <1@council.example>\r\n" in report.content
    assert not here.has_body(id)
    assert 0 == open_attempts(here)


@pytest.mark.parametrize(
    ("content", "quoted"),
    [
        (b"Subject: x\r\nTo: y\r\n\tz\r\n\r\nSESAME\r\n", b"Subject: x\r\nTo: y\r\n\tz\r\n"),
        (b"Subject: x\r\n", b"Subject: x\r\n"),
        (b"Subject: x\r\nSESAME, said he\r\nTo: SESAME\r\n\r\n", b"Subject: x\r\n"),
        (b"\r\nSESAME: opens\r\n\r\nit\r\n", b""),
        (b" SESAME\r\nSESAME: opens\r\n\r\nit\r\n", b""),
        (b"Subject: " + b"x" * 100_000 + b"\r\n\r\nSESAME\r\n", b""),
    ],
    ids=["usual", "header only", "no line between", "no header", "continued", "endless"],
)
def test_a_report_quotes_the_header_of_a_message_and_no_line_of_its_body(
    here: World, content: bytes, quoted: bytes
) -> None:
    here.ready(content)
    hop = Hop(refuses={BOB: NEVER})
    deliver(here, hop)
    [report] = hop.own_mail()

    assert (
        b"text/rfc822-headers\r\nMIME-Version: 1.0\r\n\r\n" + quoted + b"\r\n--" in report.content
    )
    assert b"SESAME" not in report.content


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("", Recipient(BOB)),
        ("ann@elsewhere.example", Recipient(BOB)),
        (ANN, Recipient(BOB, ("NEVER",))),
        (ANN, Recipient(BOB, ("SUCCESS",))),
    ],
    ids=["null sender", "sender of others", "NOTIFY=NEVER", "NOTIFY=SUCCESS"],
)
def test_nobody_is_told_who_must_not_be(here: World, sender: str, recipient: Recipient) -> None:
    id = here.ready(SMALL, recipient, sender=sender)
    hop = Hop(refuses={BOB: NEVER})
    deliver(here, hop)

    assert (State.DONE, {"bounced": 1}) == (here.state(id), here.outcomes(id))
    assert [] == hop.deliveries
    assert [] == here.own_mail()


def test_a_report_that_bounces_itself_is_the_end_of_it(here: World) -> None:
    here.ready()
    hop = Hop(refuses={BOB: NEVER, ANN: NEVER})
    deliver(here, hop)

    query = select(schema.messages.c.state, schema.messages.c.origin)
    rows = here.do(lambda tx: [tuple(row) for row in tx.execute(query)])
    assert [("done", "client"), ("done", "notice")] == rows


def test_an_address_that_cannot_be_sent_bounces_instead_of_staying(here: World) -> None:
    """U+2028 is a line separator: it never gets into a command."""
    id = here.ready(SMALL, "b\u2028ob@outside.example", options=(("SMTPUTF8", ""),))
    hop = Hop()
    deliver(here, hop)

    assert (State.DONE, {"bounced": 1}) == (here.state(id), here.outcomes(id))
    assert [] == hop.from_clients()
    [report] = hop.own_mail()
    assert [("utf-8; b\\x{2028}ob@outside.example", "5.1.3")] == failed(report)


def test_a_sender_beyond_ascii_is_told_too(here: World) -> None:
    sender = "jörg@council.example"
    here.ready(SMALL, BOB, sender=sender, options=(("SMTPUTF8", ""),))
    hop = Hop(refuses={BOB: NEVER})
    deliver(here, hop)

    assert [(sender,)] == [d.recipients for d in hop.own_mail()]
    assert ["SMTPUTF8" in c for c in hop.commands if c.startswith("MAIL FROM:<>")] == [True]


def test_bytes_other_than_those_judged_are_never_sent(here: World) -> None:
    id, other = here.ready(), here.ready(SMALL + b"and a secret\r\n")
    bodies_of = select(schema.messages.c.body_id).where(schema.messages.c.id == other)
    here.change(
        update(schema.bodies).values(references_left=2),
        update(schema.messages)
        .where(schema.messages.c.id == id)
        .values(body_id=bodies_of.scalar_subquery()),
    )
    hop = Hop()
    deliver(here, hop, then=after(here, LONGEST))

    assert [sent(other, SMALL + b"and a secret\r\n")] == [d.content for d in hop.deliveries]
    assert (State.READY, {"pending": 1}) == (here.state(id), here.outcomes(id))
    assert "what=handle ready error=DlpguardError" in " ".join(here.log)


def test_a_message_without_a_verdict_is_never_sent(here: World) -> None:
    id = here.ready()
    here.change(delete(schema.verdicts))
    hop = Hop()
    deliver(here, hop, then=after(here, LONGEST))

    assert [] == hop.deliveries
    assert State.READY is here.state(id)
    assert "secret" not in " ".join(here.log)


@pytest.mark.parametrize(
    ("event", "action"), [(Event.HOLD, Action.QUARANTINE), (Event.REFUSE, Action.REJECT)]
)
def test_what_is_held_or_refused_is_never_sent(here: World, event: Event, action: Action) -> None:
    id = here.post()
    here.judge(id, event, action)
    hop = Hop()
    deliver(here, hop, then=after(here, LONGEST))

    assert [] == hop.deliveries
    assert here.state(id) in {State.QUARANTINED, State.DONE}


def test_many_messages_use_few_connections_and_each_arrives(here: World) -> None:
    ids = [here.ready(SMALL, f"r{n}@outside.example") for n in range(30)]
    hop = Hop()
    deliver(here, hop)

    assert sorted(sent(id) for id in ids) == sorted(d.content for d in hop.deliveries)
    assert 4 >= len([c for c in hop.commands if c.startswith("EHLO")])


def test_the_log_has_ids_and_no_addresses(here: World) -> None:
    id = here.ready(SMALL, BOB, CY)
    deliver(here, Hop(refuses={BOB: LATER, CY: NEVER}))
    log = "\n".join(here.log)

    assert id in log
    assert "@" not in log
    assert "later" not in log
    assert "hello" not in log
