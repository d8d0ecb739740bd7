"""Names, passwords, and what guessing costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import argon2
import pytest

from dlpguard import passwords
from dlpguard.smtp import login as logins
from dlpguard.smtp.login import FORGOTTEN_AFTER, SHUT_AFTER, Login, Logins, Outcome

T = TypeVar("T")
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""As little work as argon2 does, for tests that are not about time."""

SCANNER = Login("scanner", QUICK.hash("correct horse"))
MAILER = Login("mailer", QUICK.hash("other password"))


class Clock:
    def __init__(self) -> None:
        self.time = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.time

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def run(trip: Callable[[Logins, Clock], Awaitable[T]]) -> T:
    async def whole() -> T:
        clock = Clock()
        return await trip(Logins((SCANNER, MAILER), clock, clock.pause), clock)

    return asyncio.run(whole())


def test_the_right_password_gives_the_login_and_others_do_not() -> None:
    async def trip(known: Logins, _: Clock) -> list[tuple[Outcome, Login | None]]:
        said = (
            ("scanner", "correct horse"),
            ("scanner", "other password"),
            ("mailer", "correct horse"),
            ("nobody", "correct horse"),
            ("scanner", ""),
            ("", ""),
        )
        return [await known.attempt(f"192.0.2.{i}", *pair) for i, pair in enumerate(said)]

    assert [(Outcome.RIGHT, SCANNER), *[(Outcome.WRONG, None)] * 5] == run(trip)


def test_a_password_is_the_same_however_its_letters_were_composed() -> None:
    known = Login("scanner", passwords.hashed("pa\u0308sswort genug"))

    async def trip() -> Outcome:
        return (await Logins((known,)).attempt("a", "scanner", "p\u00e4sswort genug"))[0]

    assert Outcome.RIGHT is asyncio.run(trip())


def test_wrong_passwords_are_answered_later_and_later_then_not_at_all() -> None:
    async def trip(known: Logins, clock: Clock) -> tuple[list[float], Outcome, Outcome]:
        for _ in range(SHUT_AFTER):
            await known.attempt("192.0.2.1", "nobody", "x")
        shut, _ = await known.attempt("192.0.2.1", "scanner", "correct horse")
        pauses = list(clock.pauses)
        clock.time += FORGOTTEN_AFTER + 1
        again, _ = await known.attempt("192.0.2.1", "scanner", "correct horse")
        return pauses, shut, again

    pauses, shut, again = run(trip)

    assert [1, 2, 4, 8, 16, 16, 16, 16] == pauses
    assert (Outcome.SHUT, Outcome.RIGHT) == (shut, again)


@pytest.mark.parametrize("name", ["scanner", "nobody"])
def test_a_name_that_is_guessed_at_from_many_addresses_is_shut(name: str) -> None:
    async def trip(known: Logins, _: Clock) -> Outcome:
        for i in range(SHUT_AFTER):
            await known.attempt(f"192.0.2.{i}", name, "x")
        return (await known.attempt("192.0.2.99", name, "correct horse"))[0]

    assert Outcome.SHUT is run(trip)


def test_whoever_logged_in_before_is_not_shut_out_by_others_guesses() -> None:
    async def trip(known: Logins, _: Clock) -> Outcome:
        await known.attempt("192.0.2.99", "scanner", "correct horse")
        for i in range(SHUT_AFTER):
            await known.attempt(f"192.0.2.{i}", "scanner", "x")
        return (await known.attempt("192.0.2.99", "scanner", "correct horse"))[0]

    assert Outcome.RIGHT is run(trip)


def test_many_attempts_at_once_are_not_many_free_ones() -> None:
    async def trip(known: Logins, _: Clock) -> int:
        attempts = [known.attempt("192.0.2.1", "scanner", "x") for _ in range(50)]
        outcomes = [outcome for outcome, _ in await asyncio.gather(*attempts)]
        return outcomes.count(Outcome.WRONG)

    assert SHUT_AFTER <= run(trip) < SHUT_AFTER + logins.AT_A_TIME


def test_a_right_login_makes_an_address_good_again() -> None:
    async def trip(known: Logins, clock: Clock) -> list[float]:
        for _ in range(20):
            await known.attempt("192.0.2.1", "mailer", "x")
            await known.attempt("192.0.2.1", "scanner", "correct horse")
            clock.time += FORGOTTEN_AFTER / 2
        return clock.pauses

    assert len(run(trip)) < 20


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "REMEMBERED", 10)

    async def trip(known: Logins, _: Clock) -> int:
        for i in range(30):
            await known.attempt(f"192.0.2.{i}", f"name{i}", "x" * 1000)
        return len(known._failures)

    assert 10 == run(trip)


def test_a_name_that_does_not_exist_costs_the_same_time_as_a_wrong_password() -> None:
    slow = argon2.PasswordHasher(time_cost=4, memory_cost=16384, parallelism=1)
    known = Login("scanner", slow.hash("correct horse"))

    async def cost(names: list[str]) -> float:
        asked, costs = Logins((known,), pause=Clock().pause), []
        for i, name in enumerate(names):
            before = time.process_time()
            await asked.attempt(f"192.0.2.{i}", name, "wrong password")
            costs.append(time.process_time() - before)
        return sorted(costs)[len(costs) // 2]

    wrong = asyncio.run(cost(["scanner"] * 7))
    unknown = asyncio.run(cost([f"nobody{i}" for i in range(7)]))
    assert 0.5 < unknown / wrong < 2


def test_without_logins_nobody_gets_in() -> None:
    async def trip() -> tuple[bool, Outcome]:
        known = Logins()
        return bool(known), (await known.attempt("192.0.2.1", "", ""))[0]

    assert (False, Outcome.WRONG) == asyncio.run(trip())


def test_neither_name_nor_hash_is_shown() -> None:
    assert "scanner" not in repr(SCANNER)
    assert "argon2" not in repr(SCANNER)


def test_a_hash_has_a_salt_of_its_own_and_is_argon2id() -> None:
    first, second = passwords.hashed("correct horse"), passwords.hashed("correct horse")

    assert first != second
    assert argon2.Type.ID is argon2.extract_parameters(first).type


def test_logins_can_be_exchanged_and_failures_stay_counted() -> None:
    new = Login("scanner", QUICK.hash("a new password"))

    async def trip(known: Logins, _: Clock) -> list[Outcome]:
        for _guess in range(SHUT_AFTER):
            await known.attempt("192.0.2.1", "somebody", "guess")
        known.use((new,))
        tries = (
            ("192.0.2.2", "scanner", "correct horse"),
            ("192.0.2.2", "scanner", "a new password"),
            ("192.0.2.2", "mailer", "other password"),
            ("192.0.2.1", "scanner", "a new password"),
        )
        return [(await known.attempt(*one))[0] for one in tries]

    right, wrong, shut = Outcome.RIGHT, Outcome.WRONG, Outcome.SHUT
    assert [wrong, right, wrong, shut] == run(trip)
