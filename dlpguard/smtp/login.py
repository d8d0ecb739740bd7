"""Logins: who may send from anywhere by name and password, and how guessing is slowed down.

Passwords are kept as hashes (`dlpguard.passwords`).  A name that does not exist costs the same time
as a wrong password.  Verifying takes memory and a core for some hundredths of a second on purpose,
so it is done in threads, few at a time; the others wait their turn.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeVar

from dlpguard import passwords
from dlpguard.smtp._guards import household

AT_A_TIME = 2
"""Verifications at once: each takes 64 MiB (RFC 9106 4, the second recommended option)."""

FREE_FAILURES = 2
"""Wrong passwords that cost nothing more: people mistype."""

LONGEST_DELAY = 16.0
"""Seconds that the answer to a wrong password is kept back at most; they double from one."""

SHUT_AFTER = 10
"""Wrong passwords from one address, or for one name, after which nothing is tried any more …"""

FORGOTTEN_AFTER = 900.0
"""… until so many seconds have passed without another: a thousand guesses a day at most."""

REMEMBERED = 10_000
"""Addresses, and names, of which failures are counted; beyond, the oldest are forgotten."""


_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Login:
    """One login.  `senders` are the MAIL FROM domains or addresses that it may use; none: those
    that all clients may use.  `hash` is what `passwords.hashed` gave."""

    name: str = field(repr=False)
    hash: str = field(repr=False)
    senders: tuple[str, ...] = field(default=(), repr=False)


class Outcome(Enum):
    """What came of an attempt."""

    RIGHT = auto()
    WRONG = auto()
    SHUT = auto()
    """Too many were wrong lately; whether this one was right is not known."""


class Logins:
    """Verifies names and passwords.  Belongs to one event loop."""

    def __init__(
        self,
        logins: Iterable[Login] = (),
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._pause = pause
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._failures: OrderedDict[bytes, _Failures] = OrderedDict()
        self._welcome: OrderedDict[bytes, None] = OrderedDict()
        self.use(logins)

    def use(self, logins: Iterable[Login]) -> None:
        """Know these from now on, and no others.  What was counted against whom stays."""
        self._logins = {login.name: login for login in logins}
        first = next(iter(self._logins.values()), None)
        self._decoy = passwords.decoy(first.hash) if first else ""

    def __bool__(self) -> bool:
        return bool(self._logins)

    async def attempt(self, client: str, name: str, password: str) -> tuple[Outcome, Login | None]:
        """What comes of a name and password; of a right one, the login.

        An address that logged in under a name before is not shut out by others who guess at it.
        """
        if not self._logins:
            return Outcome.WRONG, None
        client = household(client)
        by_both, by_client, by_name = _digest(client, name), _digest(client), _digest("", name)
        keys = (by_client,) if by_both in self._welcome else (by_client, by_name)
        login = self._logins.get(name)
        async with self._turns:
            # Only now: many connections that wait their turn are not many free guesses.
            if any(self._count(key) >= SHUT_AFTER for key in keys):
                return Outcome.SHUT, None
            against = login.hash if login else self._decoy
            is_right = await asyncio.to_thread(passwords.matches, against, password)
            if login and is_right:
                _remember(self._welcome, by_both, None)
                self._failures.pop(by_client, None)
                return Outcome.RIGHT, login
            worst = max([self._fail(key) for key in keys])
        if worst > FREE_FAILURES:
            await self._pause(min(2.0 ** (worst - FREE_FAILURES - 1), LONGEST_DELAY))
        return Outcome.WRONG, None

    def _count(self, key: bytes) -> int:
        found = self._failures.get(key)
        if found is None or self._clock() - found.last > FORGOTTEN_AFTER:
            return 0
        return found.number

    def _fail(self, key: bytes) -> int:
        number = self._count(key) + 1
        _remember(self._failures, key, _Failures(number, self._clock()))
        return number


@dataclass(frozen=True, slots=True)
class _Failures:
    number: int
    last: float


def _digest(*words: str) -> bytes:
    """What stands for a name in memory: of a length that no client chooses."""
    return hashlib.blake2b("\0".join(words).encode("utf-8", "replace"), digest_size=16).digest()


def _remember(table: OrderedDict[bytes, _Value], key: bytes, value: _Value) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > REMEMBERED:
        table.popitem(last=False)
