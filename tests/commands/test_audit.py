"""`dlpguard audit`: what people did and looked at, and whether the record of it is whole."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests import _stores
from tests.commands._held import hold
from tests.commands._line import line, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return settings_in(tmp_path)


def test_every_look_and_every_decision_is_there_oldest_first(settings: Path) -> None:
    one, two = hold(settings), hold(settings)
    line("quarantine", "show", one, "--as", "rita", "--config", settings)
    line("quarantine", "return", one, "--as", "rita", "--reason", "no", "--config", settings)
    line("quarantine", "release", two, "--as", "sam", "--config", settings)
    everything = line("audit", "show", "--json", "--config", settings)
    about_one = line("audit", "show", one, "--json", "--config", settings)

    assert [
        ("rita", "show", one, ""),
        ("rita", "return", one, "no"),
        ("sam", "release", two, ""),
    ] == [(e["who"], e["act"], e["about"], e["said"]) for e in everything.json()]
    assert [one, one] == [e["about"] for e in about_one.json()]
    assert {"at", "who", "act", "about", "said"} == set(about_one.json()[0])


def test_a_decision_that_was_refused_is_not(settings: Path) -> None:
    id = hold(settings)
    line("quarantine", "return", id, "--version", "1", "--config", settings)

    assert "" == line("audit", "show", "--json", "--config", settings).out


def test_the_beginning_of_an_id_is_enough(settings: Path) -> None:
    one, two = hold(settings), hold(settings)
    for id in (one, two):
        line("quarantine", "show", id, "--as", "rita", "--config", settings)
    common = len(next(a for a in range(26) if one[: a + 1] != two[: a + 1]) * " ")
    found = line("audit", "show", one[: common + 1].lower(), "--json", "--config", settings)
    several = line("audit", "show", one[:common], "--config", settings)
    nothing = line("audit", "show", "ZZ", "--config", settings)

    assert [one] == [e["about"] for e in found.json()]
    assert [2, 2] == [several.code, nothing.code]
    assert "more than one subject that begins with" in several.error
    assert "nothing about ZZ" in nothing.error


def test_what_people_said_about_somebody_is_masked(settings: Path) -> None:
    id = hold(settings)
    said = "rang Ann Bee on 07700 900123, it is ILS/2013/04417"
    line("quarantine", "return", id, "--as", "rita", "--reason", said, "--config", settings)
    shown = line("audit", "show", "--config", settings)
    exported = line("audit", "export", "--config", settings)

    for out in (shown.out, exported.out):
        assert not [text for text in ("07700", "Ann", "Bee", "04417") if text in out]
        assert "[phone]" in out


def test_verify_says_what_it_looked_at(settings: Path) -> None:
    id = hold(settings)
    line("quarantine", "show", id, "--as", "rita", "--config", settings)
    line("quarantine", "return", id, "--as", "rita", "--reason", "no", "--config", settings)
    done = line("audit", "verify", "--config", settings)
    [values] = line("audit", "verify", "--json", "--config", settings).json()

    assert 0 == done.code
    assert done.out.startswith("2 entries (1 to 2, 20")
    assert "4 moves are too new to be sealed" in done.out
    assert done.out.endswith("All are as they were written.\n")
    assert (2, 1, 2, 0, []) == tuple(
        values[k] for k in ("entries", "first", "last", "moves", "faults")
    )


def test_verify_names_the_first_entry_that_was_changed(settings: Path) -> None:
    id = hold(settings)
    for _ in range(4):
        line("quarantine", "show", id, "--as", "rita", "--config", settings)
    _stores.change(settings.parent, "UPDATE audit SET actor = 'sam' WHERE id = 2")
    done = line("audit", "verify", "--config", settings)
    [values] = line("audit", "verify", "--json", "--config", settings).json()

    assert 1 == done.code
    assert "Entry 2 is not as it was written, or the one before it is not.\n" in done.out
    assert [2] == [fault["entry"] for fault in values["faults"]]


@pytest.mark.embedded  # PostgreSQL's columns have a type
def test_verify_names_an_entry_whose_time_is_none(settings: Path) -> None:
    line("quarantine", "show", hold(settings), "--as", "rita", "--config", settings)
    _stores.change(settings.parent, "UPDATE audit SET acted_at = 'soon' WHERE id = 1")
    done = line("audit", "verify", "--config", settings)

    assert 1 == done.code
    assert "Entry 1 is not as it was written" in done.out


def test_a_checkpoint_knows_what_was_cut_off(
    settings: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    id = hold(settings)
    line("quarantine", "show", id, "--as", "rita", "--config", settings)
    copy = tmp_path_factory.mktemp("copy")
    _stores.copy(settings.parent, copy)
    line("quarantine", "show", id, "--as", "rita", "--config", settings)
    kept = tmp_path / "checkpoints"
    kept.write_text(line("audit", "checkpoint", "--config", settings).out)
    verify = ("audit", "verify", "--checkpoint", kept, "--config")
    before = line(*verify, settings)
    after = line(*verify, settings_in(copy))

    assert {"installation", "at", "entry", "mac"} == set(json.loads(kept.read_text()))
    assert (0, 1) == (before.code, after.code)
    assert "Entry 2 is missing (checkpoint)." in after.out


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"entry": 1, "mac": "xyz"}', "nonsense"])
def test_what_is_no_checkpoint_is_wrong_use(settings: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "checkpoint"
    file.write_text(text)

    assert 2 == line("audit", "verify", "--checkpoint", file, "--config", settings).code
    missing = tmp_path / "none"
    assert 2 == line("audit", "verify", "--checkpoint", missing, "--config", settings).code


def test_the_export_has_every_entry_with_its_place(settings: Path) -> None:
    id = hold(settings)
    line("quarantine", "show", id, "--as", "rita", "--config", settings)
    line("quarantine", "return", id, "--as", "rita", "--reason", "no", "--config", settings)
    lines = line("audit", "export", "--config", settings).json()

    assert [(1, "show", ""), (2, "return", "no")] == [
        (e["entry"], e["act"], e["said"]) for e in lines
    ]
    assert all(len(bytes.fromhex(e["mac"])) == 32 for e in lines)


@pytest.mark.embedded
def test_a_database_file_that_is_damaged_is_told(settings: Path) -> None:
    id = hold(settings)
    line("quarantine", "show", id, "--config", settings)
    file = settings.parent / "dlpguard.db"
    pages = file.read_bytes()
    with sqlite3.connect(file) as other:
        [[root]] = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'audit'")
        [[size]] = other.execute("PRAGMA page_size")
    other.close()
    start = (root - 1) * size
    file.write_bytes(pages[:start] + b"\xff" * 100 + pages[start + 100 :])
    done = line("audit", "verify", "--config", settings)

    assert 2 == done.code
    assert "the database file is damaged (DatabaseError); restore a copy of it" in done.error


def test_for_people_there_is_a_table(settings: Path) -> None:
    id = hold(settings)
    line("quarantine", "return", id, "--as", "rita", "--reason", "[b]no", "--config", settings)
    done = line("audit", "show", "--config", settings)

    assert 0 == done.code
    assert f"rita return {id} [b]no" in done.words()


def test_wrong_use_is_told(tmp_path: Path) -> None:
    assert 2 == line("audit", "show", "--config", tmp_path / "none.toml").code
    assert 2 == line("audit").code
    assert 2 == line("audit", "burn").code
