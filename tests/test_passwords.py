"""Passwords: of those that are right and those that are not."""

from __future__ import annotations

import argon2
import pytest

from dlpguard import passwords

WORDS = "three words do it"
HASH = passwords.hashed(WORDS)


def test_only_the_password_that_was_hashed_is_right() -> None:
    assert passwords.matches(HASH, WORDS)
    for wrong in ("", "three words do", WORDS.upper(), f"{WORDS}\0", WORDS * 100):
        assert not passwords.matches(HASH, wrong)


def test_a_password_is_the_same_however_its_letters_were_composed() -> None:
    """RFC 8265 4.2: telephones and computers compose them differently."""
    assert passwords.matches(passwords.hashed("pa\u0308sswort genug"), "p\u00e4sswort genug")


@pytest.mark.parametrize(
    "stored",
    ["", pytest.param(passwords.none(), id="none"), "!", "$", "$argon2id$nonsense", "plain"],
)
def test_where_there_is_no_hash_no_password_is_right(stored: str) -> None:
    for tried in ("", stored, WORDS, "nobody has this password"):
        assert not passwords.matches(stored, tried)


def test_what_stands_for_no_password_is_never_the_same() -> None:
    assert 100 == len({passwords.none() for _ in range(100)})


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        pytest.param(HASH, True, id="ours"),
        ("$argon2id$nonsense", False),
        pytest.param(
            argon2.PasswordHasher(type=argon2.Type.I, memory_cost=64).hash("x"),
            False,
            id="another kind",
        ),
        pytest.param(passwords.none(), False, id="none"),
        (WORDS, False),
        ("", False),
    ],
)
def test_a_hash_is_told_from_a_password(text: str, is_one: bool) -> None:
    assert is_one == passwords.is_hash(text)


def test_a_decoy_costs_the_same_and_is_nobodys() -> None:
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("x")
    decoy = passwords.decoy(quick)

    assert argon2.extract_parameters(quick) == argon2.extract_parameters(decoy)
    assert not passwords.matches(decoy, "x")
