"""What senders are told of deliveries that are slow, passed on, or taken a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard.lifecycle import State
from dlpguard.mail import Recipient
from dlpguard.runners.janitor import Janitor, Waits
from tests.runners._deliver import BOB, CY, DI, LATER, deliver, failed, waits
from tests.runners._hop import Hop
from tests.runners._world import HEAD, SMALL, World, world

WITHOUT_DSN = b"250-hop.example\r\n250 8BITMIME"
HOURS = 3600.0


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


def go_round(here: World) -> None:
    """A janitor's round, for one who tells of delays after four hours."""

    waiting = Waits(give_up=120 * HOURS, tell_delay=4 * HOURS)
    here.run(Janitor(here.store, HEAD, waiting).round())


def test_success_is_told_as_relayed_where_the_next_hop_cannot_tell_it(here: World) -> None:
    here.ready(SMALL, Recipient(BOB, ("SUCCESS",)), Recipient(CY, ("FAILURE",)), Recipient(DI))
    hop = Hop({"EHLO": [WITHOUT_DSN]})
    deliver(here, hop)

    [report] = hop.own_mail()
    assert [(BOB, "2.0.0")] == failed(report)
    assert b"Action: relayed" in report.content


def test_success_is_left_to_the_next_hop_where_it_tells_it(here: World) -> None:
    here.ready(SMALL, Recipient(BOB, ("SUCCESS",)))
    hop = Hop()
    deliver(here, hop)

    assert [] == hop.own_mail()
    assert f"RCPT TO:<{BOB}> NOTIFY=SUCCESS" in hop.commands


@pytest.mark.parametrize("reply", [b"452 4.5.3 too many", b"552 too many", b"552 5.5.3 too many"])
def test_a_next_hop_that_takes_few_recipients_at_a_time_gets_the_others_at_once(
    here: World, reply: bytes
) -> None:
    id = here.ready(SMALL, BOB, CY, DI)
    hop = Hop({"RCPT": [b"250 fine", reply, reply, b"250 fine", reply]})
    deliver(here, hop)

    assert [(BOB,), (CY,), (DI,)] == [d.recipients for d in hop.from_clients()]
    assert (State.DONE, {"delivered": 3}) == (here.state(id), here.outcomes(id))


def test_when_none_was_taken_there_is_a_wait(here: World) -> None:
    id = here.ready(SMALL, BOB)
    deliver(here, Hop({"RCPT": [b"452 4.5.3 too many"]}))

    assert 0 < waits(here, id)


def test_a_mailbox_that_is_full_for_good_bounces(here: World) -> None:
    id = here.ready(SMALL, BOB)
    deliver(here, Hop({"RCPT": [b"552 5.2.2 over quota"]}))

    assert {"bounced": 1} == here.outcomes(id)


def test_a_sender_is_told_once_that_it_takes_long(here: World) -> None:
    id = here.ready(SMALL, BOB)
    deliver(here, Hop({"MAIL": [LATER]}))
    here.clock.time += 3 * HOURS
    go_round(here)
    assert [] == here.own_mail()

    here.clock.time += 2 * HOURS
    go_round(here)
    go_round(here)

    [(to, content)] = here.own_mail()
    assert "ann@council.example" == to
    assert b"Action: delayed" in content
    assert b"4.3.0" in content
    assert State.READY is here.state(id)


@pytest.mark.parametrize("notify", [("NEVER",), ("FAILURE",)])
def test_who_did_not_ask_for_it_is_not_told(here: World, notify: tuple[str, ...]) -> None:
    here.ready(SMALL, Recipient(BOB, notify))
    deliver(here, Hop({"MAIL": [LATER]}))
    here.clock.time += 5 * HOURS

    go_round(here)

    assert [] == here.own_mail()


def test_what_has_not_been_tried_is_not_late(here: World) -> None:
    here.ready(SMALL, BOB)
    here.clock.time += 5 * HOURS

    go_round(here)

    assert [] == here.own_mail()
