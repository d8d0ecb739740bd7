"""Passwords: hashed with Argon2id (RFC 9106), never kept, never logged.

Hashing takes 50 ms of a core on purpose: callers do it in a thread, and throttle.
"""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1, type=Type.ID)
"""64 MiB and three passes: above OWASP's minimum of 46 MiB and one, below what a small machine
would notice with two verifications at once."""

SHORTEST = 12
"""Characters (NCSC: length matters, composition rules do not)."""

LONGEST = 1024
"""Characters; longer ones only cost time."""


def hashed(password: str) -> str:
    """The hash of a password, with its parameters and salt, as `$argon2id$…`."""
    return _HASHER.hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether a password is the one that was hashed.

    With an empty hash (nobody of that name) never, and in the same time.
    """
    if len(password) > LONGEST:
        return False
    try:
        return _HASHER.verify(stored or _nobodys(), password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def is_hash(text: str) -> bool:
    """Whether a text is a hash of ours that can be verified."""
    try:
        _HASHER.check_needs_rehash(text)
    except InvalidHashError:
        return False
    return text.startswith("$argon2id$")


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
