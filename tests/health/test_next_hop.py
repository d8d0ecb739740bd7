"""The next hop: what is said of it, and what trying it does."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from dlpguard.errors import TemporaryError
from dlpguard.health import (
    Around,
    Level,
    next_hop,
)
from dlpguard.lifecycle import Outcome, State
from dlpguard.smtp.client import Pool, Target, Timeouts
from dlpguard.store import deliveries
from dlpguard.store.opening import Store
from tests.health._lines import ALL_WELL, one, put_off
from tests.health._machine import certificate, hop
from tests.smtp.conftest import DROP, HANG
from tests.store._world import Clock, do
from tests.store.test_tallies import Relay


def test_the_last_delivery_is_told(relay: Relay) -> None:
    id = relay.forwarded_later()
    fence = relay._claim(id, State.READY)
    attempt = partial(deliveries.open_attempt, id=id, node="n", fence=fence, positions=[0])
    relay.store.database.write_now(partial(attempt, with_dot=True))
    do(relay.store, deliveries.answer, id, [deliveries.Answer(0, Outcome.DELIVERED, "250")])
    relay.later(180)
    around = Around(Target("hop.example", 25), running=ALL_WELL)

    found = one(next_hop.look, relay.store, around)

    assert Level.FINE is found.level
    assert "hop.example, port 25, with TLS" in found.said
    assert "delivered last 3 minutes ago" in found.said


def test_what_it_says_of_mail_that_waits_is_told_in_words(relay: Relay) -> None:
    put_off(relay, "451 4.7.1")
    _, answers = next_hop.look(relay.store, Around())

    assert Level.LOOK is answers.level
    assert "“451 4.7.1” (not now, for reasons of security or policy)" in answers.said


def test_refusals_that_mean_a_wrong_setup_are_explained(relay: Relay) -> None:
    for reply in ("550 5.7.64", "550 5.1.1"):
        id = relay.forwarded_later()
        fence = relay._claim(id, State.READY)
        attempt = partial(deliveries.open_attempt, id=id, node="n", fence=fence, positions=[0])
        relay.store.database.write_now(partial(attempt, with_dot=False))
        do(relay.store, deliveries.answer, id, [deliveries.Answer(0, Outcome.BOUNCED, reply)])
    lines = next_hop.look(relay.store, Around())
    [found] = [line for line in lines if line.about == "Refusals of the next hop"]

    assert Level.BROKEN is found.level
    assert "1 recipient lately with “550 5.7.64”" in found.said
    assert "connector" in found.advice


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("452 4.2.2", "not now, about a mailbox"),
        ("554", "never"),
        ("550 5.9.9", "never"),
        ("x 1.2", "nothing that is known"),
    ],
)
def test_a_reply_has_a_meaning(reply: str, words: str) -> None:
    assert f"“{reply}” ({words})" == next_hop.in_words(reply)


def test_that_it_cannot_be_reached_is_told_with_why(store: Store) -> None:
    target = Target("127.0.0.1", 1, tls="none")
    pool = Pool(target)
    around = Around(target, running=replace(ALL_WELL, pool=lambda: pool))

    async def fail() -> None:
        async with pool.session():
            raise AssertionError

    with pytest.raises(TemporaryError):
        asyncio.run(fail())
    found = one(next_hop.look, store, around)

    assert Level.BROKEN is found.level
    assert "could not be reached now: cannot connect" in found.said


def test_that_it_could_not_be_reached_is_forgotten_when_it_can() -> None:
    async def connect(port: int) -> list[tuple[float, str] | None]:
        pool = Pool(Target("127.0.0.1", port, tls="none"))
        with pytest.raises(TemporaryError):
            async with pool.session():
                raise AssertionError
        before = pool.trouble()
        async with pool.session():
            pass
        await pool.close()
        return [before, pool.trouble()]

    with hop({"connect": [b"421 4.3.2 busy\r\n"]}) as there:
        before, after = asyncio.run(connect(there.port))

    assert before is not None
    assert "answered 421" in before[1]
    assert after is None


def test_trying_it_connects_and_sends_nothing(store: Store) -> None:
    with hop() as there:
        trial = next_hop.try_now(Target("127.0.0.1", there.port, tls="none"))

    assert trial.reached, trial.said
    assert trial.said.startswith("without TLS")
    assert ["EHLO", "QUIT"] == [command.partition(" ")[0] for command in there.commands]


def test_trying_it_goes_under_tls(store: Store, tmp_path: Path) -> None:
    file = certificate(tmp_path / "hop.pem", 0, 2**32, "hop.example")
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(file, file.with_suffix(".key"))
    with hop(tls=theirs) as there:
        target = Target(
            *("127.0.0.1", there.port), server_name="hop.example", authorities=str(file)
        )
        good = next_hop.try_now(target)
        bad = next_hop.try_now(replace(target, server_name="other.example"))

    assert (True, True) == (good.reached, good.said.startswith("with TLS"))
    assert (False, True) == (bad.reached, "certificate" in bad.said)


@pytest.mark.parametrize(
    ("answer", "said"),
    [(DROP, "lost"), (b"554 5.7.1 go away\r\n", "answered 554"), (HANG, "timed out")],
)
def test_trying_one_that_does_not_answer_says_why(
    answer: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_hop, "STEP_SECONDS", 0.3)
    with hop({"connect": [answer]}) as there:
        trial = next_hop.try_now(Target("127.0.0.1", there.port, tls="none"))

    assert (False, True) == (trial.reached, said in trial.said)


def test_trying_is_over_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_hop, "TRY_SECONDS", 0.3)
    with hop({"connect": [HANG]}) as there:
        trial = next_hop.try_now(Target("127.0.0.1", there.port, tls="none"))

    assert (False, True) == (trial.reached, "no answer" in trial.said)


def test_the_time_limits_are_those_of_a_conversation_without_mail() -> None:
    first = list(Timeouts.__dataclass_fields__)[:5]

    assert ["connect", "tls", "greeting", "hello", "auth"] == first


def test_a_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    target = Target("127.0.0.1", 1, certificate=str(tmp_path / "none.pem"))

    trial = next_hop.try_now(target)

    assert (False, True) == (trial.reached, "certificate" in trial.said)


def test_the_last_try_is_kept(store: Store, clock: Clock) -> None:
    next_hop.record(store, "max", next_hop.Trial(False, "timed out (EHLO)"))
    *_, failed = next_hop.look(store, Around())
    next_hop.record(store, "max", next_hop.Trial(True, "with TLS, in 0.1 seconds"))
    clock.time += 120
    *_, worked = next_hop.look(store, Around())

    assert (Level.BROKEN, Level.FINE) == (failed.level, worked.level)
    assert "Tried by hand 2 minutes ago: reached: with TLS" in worked.said
