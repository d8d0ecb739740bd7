"""`dlpguard user`: accounts of the review site, from the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from dlpguard import passwords
from dlpguard.store import accounts, sessions
from tests import _stores
from tests.commands._line import Done, line, settings_in, store_of

RITA = "rita.reid@council.example"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return settings_in(tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, password: str, *words: str | Path, settings: Path) -> Done:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    return line("user", *words, "--config", settings)


def test_somebody_who_was_added_is_listed_and_their_password_is_kept_as_a_hash(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("add", RITA, "--role", "reviewer", "--name", "Rita Reid")
    added = run(monkeypatch, "three words do it", *words, settings=settings)

    assert 0 == added.code, added.error
    listed = line("user", "list", "--json", "--config", settings).json()
    assert [(RITA, "Rita Reid", ["reviewer"], False)] == [
        (one["name"], one["full_name"], one["roles"], one["disabled"]) for one in listed
    ]
    assert "Rita Reid" in line("user", "list", "--config", settings).out
    with store_of(settings) as (_, store):
        account = store.database.read_now(lambda tx: accounts.known(tx, RITA))
    assert passwords.matches(account.password_hash, "three words do it")
    assert b"three words" not in _stores.content(settings.parent)


@pytest.mark.parametrize(
    ("words", "password", "told"),
    [
        (("add", RITA, "--role", "boss"), "three words do it", "no role is called boss"),
        (("add", "rita", "--role", "reviewer"), "three words do it", "the address at work"),
        (("add", RITA, "--role", "reviewer"), "short", "at least 12 characters"),
        (("passwd", RITA), "three words do it", f"no account {RITA}"),
    ],
)
def test_what_cannot_be_done_is_said(
    settings: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    password: str,
    told: str,
) -> None:
    done = run(monkeypatch, password, *words, settings=settings)

    assert 2 == done.code
    assert told in done.error


def test_a_name_is_given_once_in_whatever_letters(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, code in ((RITA, 0), (RITA.title(), 2)):
        done = run(
            monkeypatch, "three words do it", "add", name, "--role", "reviewer", settings=settings
        )
        assert code == done.code


def test_a_new_password_ends_all_sessions_and_codes_are_set_up_again_when_asked(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, "three words do it", "add", RITA, "--role", "reviewer", settings=settings)
    with store_of(settings) as (_, store):
        id = store.database.read_now(lambda tx: accounts.known(tx, RITA).id)
        token = store.database.write_now(lambda tx: sessions.open_(tx, id, "", ""))
        store.database.write_now(lambda tx: accounts.set_second_factor(tx, id, "JBSWY3DPEHPK3PXP"))

    words = ("passwd", RITA, "--reset-codes")
    assert 0 == run(monkeypatch, "four other words do", *words, settings=settings).code

    with store_of(settings) as (_, store):
        account = store.database.read_now(lambda tx: accounts.known(tx, RITA))
        assert store.database.read_now(lambda tx: sessions.find(tx, token)) is None
    assert not account.has_second_factor
    assert passwords.matches(account.password_hash, "four other words do")
