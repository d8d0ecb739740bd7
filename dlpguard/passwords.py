"""Passwords: hashed with Argon2id (RFC 9106), never kept, never logged.

Hashing takes 50 ms of a core on purpose: callers do it in a thread, and throttle.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher, Type, extract_parameters
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
    return _HASHER.hash(_prepared(password))


def none() -> str:
    """What stands in the place of a hash while there is no password: no two are the same."""
    return f"!{secrets.token_hex(16)}"


def matches(stored: str, password: str) -> bool:
    """Whether a password is the one that was hashed.

    Without a hash (nobody of that name, or `none`) never, and in the same time.
    """
    if len(password) > LONGEST:
        return False
    is_set = stored.startswith("$")
    try:
        return _HASHER.verify(stored if is_set else _nobodys(), _prepared(password)) and is_set
    except (VerificationError, InvalidHashError):
        return False


def is_hash(text: str) -> bool:
    """Whether a text is a hash of ours that can be verified."""
    try:
        return extract_parameters(text).type is Type.ID
    except InvalidHashError:
        return False


def decoy(stored: str) -> str:
    """The hash of no password, that takes as long to verify as one that is stored."""
    chosen = PasswordHasher.from_parameters(extract_parameters(stored))
    return chosen.hash(secrets.token_hex(16))


def _prepared(password: str) -> str:
    """The same password however it was typed (RFC 8265 4.2: NFC)."""
    return unicodedata.normalize("NFC", password)


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
