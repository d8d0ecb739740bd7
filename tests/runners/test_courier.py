"""READY → the next hop, whatever the next hop, the network or the database does meanwhile."""

from __future__ import annotations

import asyncio
import email
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from dlpguard.lifecycle import Event, State
from dlpguard.mail import Recipient
from dlpguard.runners import _loop, courier
from dlpguard.runners.courier import Backoff, Courier
from dlpguard.smtp.client import Pool, Target
from dlpguard.store import database, schema, work
from dlpguard.verdict import Action
from tests.journeys._programs import free_port
from tests.runners._hop import DROP, Act, Delivery, Hop, listening
from tests.runners._world import ANN, BIG, HEAD, LARGE, NODE, SMALL, World, trace, world

BOB, CY, DI = "bob@outside.example", "cy@outside.example", "di@outside.example"

FIRST, LONGEST = 60.0, 200.0
"""Seconds of the back-off that these tests use."""

LATER, NEVER = b"451 4.3.0 later", b"550 5.7.1 never"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


def deliver(here: World, hop: Hop, *, then: Callable[[], None] = lambda: None) -> None:
    """Let a courier work until nothing is due; do `then`, and let it work again."""

    async def trip() -> None:
        async with listening(hop):
            await _work(here, hop)
            then()
            await _work(here, hop)

    here.run(trip())


async def _work(here: World, hop: Hop) -> None:
    runner, pool = _courier(here, hop)
    await here.working(runner.loop, State.READY)
    await pool.close()


def _courier(here: World, hop: Hop) -> tuple[Courier, Pool]:
    target = Target("127.0.0.1", hop.port, tls="none", hello="relay.council.example")
    pool = Pool(target, 4)
    return Courier(here.store, pool, HEAD, Backoff(FIRST, LONGEST), NODE, 4), pool


def after(here: World, seconds: float) -> Callable[[], None]:
    """Let time pass."""

    def pass_() -> None:
        here.clock.time += seconds

    return pass_


def sent(id: str, content: bytes = SMALL) -> bytes:
    """What the next hop should get of a message."""
    return trace(id) + b"X-DLPGuard-Tag: t\r\nX-DLPGuard-Passed: yes\r\n" + content


def waits(here: World, id: str) -> float:
    """Seconds until a message is tried again."""
    query = select(schema.messages.c.next_try).where(schema.messages.c.id == id)
    next_try: float = here.do(lambda tx: tx.execute(query).scalar_one())
    return next_try - here.clock.time


def open_attempts(here: World) -> int:
    """How many attempts nobody has closed."""
    query = select(schema.attempts.c.id).where(schema.attempts.c.closed_at.is_(None))
    return len(here.do(lambda tx: tx.execute(query).all()))


def failed(mail: Delivery) -> list[tuple[str, str]]:
    """The recipients that a DSN is about, and their status."""
    groups = [part for part in email.message_from_bytes(mail.content).walk() if part["Status"]]
    return [(g["Final-Recipient"].removeprefix("rfc822; "), g["Status"]) for g in groups]


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
                await _work(here, hop)
                waited.append(waits(here, id))
                here.clock.time += waited[-1]
            await _work(here, hop)

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


@pytest.mark.parametrize(
    ("script", "content"),
    [({"DATA": [DROP]}, SMALL), ({"content": [DROP]}, LARGE), ({"MAIL": [DROP]}, SMALL)],
    ids=["at DATA", "inside the content", "at MAIL"],
)
def test_a_connection_lost_before_the_dot_is_no_doubt(
    here: World, script: Mapping[str, Sequence[Act]], content: bytes
) -> None:
    id = here.ready(content)
    hop = Hop(script)

    def look() -> None:
        assert {"pending": 1} == here.outcomes(id)
        assert 0 == open_attempts(here)
        here.clock.time += FIRST

    deliver(here, hop, then=look)

    assert [sent(id, content)] == [d.content for d in hop.deliveries]
    assert {"delivered": 1} == here.outcomes(id)


@pytest.mark.parametrize("content", [SMALL, BIG], ids=["small", "big"])
def test_a_connection_lost_after_the_dot_is_a_doubt_and_the_copy_is_the_same(
    here: World, content: bytes
) -> None:
    id = here.ready(content, BOB, CY)
    hop = Hop({"dot": [DROP]})

    def look() -> None:
        assert {"pending": 2, "in doubt": 2} == here.outcomes(id)
        assert 0 == open_attempts(here)
        here.clock.time += FIRST

    deliver(here, hop, then=look)

    first, second = hop.deliveries
    assert sent(id, content) == first.content
    assert first == second  # the same Received id and Message-ID: whoever has both can tell
    assert (State.DONE, {"delivered": 2, "in doubt": 2}) == (here.state(id), here.outcomes(id))


def test_a_refusal_after_the_dot_of_one_that_was_in_doubt_stays_flagged(here: World) -> None:
    id = here.ready()
    hop = Hop({"dot": [DROP, NEVER]})
    deliver(here, hop, then=after(here, FIRST))

    assert {"bounced": 1, "in doubt": 1} == here.outcomes(id)


def test_a_next_hop_that_is_down_is_tried_until_it_is_up(here: World) -> None:
    id = here.ready()
    hop = Hop(port=free_port())

    async def trip() -> None:
        for _ in range(2):
            await _work(here, hop)
            assert {"pending": 1} == here.outcomes(id)
            here.clock.time += LONGEST
        async with listening(hop):
            await _work(here, hop)

    here.run(trip())

    assert [sent(id)] == [d.content for d in hop.deliveries]
    assert {"delivered": 1} == here.outcomes(id)
    assert ["Unreachable"] * 2 == [
        line.partition("because=")[2].split()[0] for line in here.log if "deferred" in line
    ]


def locking(here: World, seconds: float, reply: bytes, meanwhile: str = "SELECT 1") -> Act:
    """An act that locks the database for a while, as a stuck backup does."""

    async def act() -> bytes:
        lock = here.lock()

        def unlock() -> None:
            lock.execute(meanwhile)
            lock.execute("COMMIT")
            lock.close()

        asyncio.get_running_loop().call_later(seconds, unlock)
        return reply

    return act


def test_an_outcome_that_cannot_be_written_is_written_later_and_nothing_is_sent_twice(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "PERSIST_SECONDS", 0.05)
    id = here.ready()
    hop = Hop({"dot": [locking(here, 0.8, b"250 2.0.0 taken")]})
    deliver(here, hop, then=after(here, LONGEST))

    assert [sent(id)] == [d.content for d in hop.deliveries]
    assert (State.DONE, {"delivered": 1}) == (here.state(id), here.outcomes(id))
    assert "what=record outcome error=TemporaryError" in " ".join(here.log)


def test_an_outcome_is_kept_even_when_the_lease_ran_out_before_it_could_be_written(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the lease by then must not send it again, and finishes it."""
    monkeypatch.setattr(courier, "PERSIST_SECONDS", 0.7)
    monkeypatch.setattr(_loop, "LEASE_SECONDS", 0.2)
    id = here.ready()
    until = here.clock.time + 1000
    taken_over = f"UPDATE messages SET fence = fence + 1, lease_node = 'x', lease_until = {until}"
    hop = Hop({"dot": [locking(here, 0.3, b"250 2.0.0 taken", meanwhile=taken_over)]})
    deliver(here, hop, then=after(here, work.ATTEMPT_SECONDS))

    assert [sent(id)] == [d.content for d in hop.deliveries]
    assert {"delivered": 1} == here.outcomes(id)
    assert 0 == open_attempts(here)


def test_without_a_record_of_the_dot_no_dot_is_sent(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "PERSIST_SECONDS", 0.05)
    id = here.ready(BIG)
    hop = Hop({"content": [locking(here, 1.0, b"go on")]})

    def look() -> None:
        assert [] == hop.deliveries
        assert {"pending": 1} == here.outcomes(id)
        here.clock.time += FIRST

    deliver(here, hop, then=look)

    assert [sent(id, BIG)] == [d.content for d in hop.deliveries]
    # What was cut off ends with content: no command of ours got into it.
    assert all(sent(id, BIG).startswith(cut) for cut in hop.cut)


def test_a_message_that_is_no_longer_ours_gets_no_dot(here: World) -> None:
    id = here.ready(BIG)

    async def lose() -> bytes:
        here.clock.time += _loop.LEASE_SECONDS + 1
        here.claim(State.READY)  # at once, before the client gets on
        return b"go on"

    hop = Hop({"content": [lose]})
    deliver(here, hop, then=after(here, 2 * _loop.LEASE_SECONDS))

    # The node that took it over finds no open attempt, and sends it: once.
    assert [sent(id, BIG)] == [d.content for d in hop.deliveries]
    assert {"delivered": 1} == here.outcomes(id)


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


@pytest.mark.parametrize("steps", range(6))
def test_a_runner_that_is_woken_while_it_is_stopped_stops(here: World, steps: int) -> None:
    async def trip() -> None:
        async with listening(Hop()) as hop:
            loop = _courier(here, hop)[0].loop
            running = asyncio.create_task(loop.run())
            await asyncio.sleep(0.1)
            loop.wake()
            for _ in range(steps):
                await asyncio.sleep(0)
            running.cancel()
            await asyncio.wait([running], timeout=5)

            assert running.cancelled()

    here.run(trip())


def test_the_log_has_ids_and_no_addresses(here: World) -> None:
    id = here.ready(SMALL, BOB, CY)
    deliver(here, Hop(refuses={BOB: LATER, CY: NEVER}))
    log = "\n".join(here.log)

    assert id in log
    assert "@" not in log
    assert "later" not in log
    assert "hello" not in log
