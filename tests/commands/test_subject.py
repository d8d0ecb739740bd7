"""`dlpguard subject`: who may ask, what is told, what is on record."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest

from dlpguard.store import quarantine
from tests.commands._held import ANN, BOB, hold
from tests.commands._line import Done, line, settings_in, store_of
from tests.commands._officers import AUDREY, OLU, officers


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = settings_in(tmp_path)
    officers(file)
    return file


def subject(settings: Path, *words: str | Path, by: str = OLU, reason: str = "SAR 12") -> Done:
    return line("subject", *words, "--as", by, "--reason", reason, "--config", settings)


def test_where_somebodys_data_is_kept(settings: Path) -> None:
    id = hold(settings)
    told = subject(settings, "find", BOB, by=AUDREY)
    [values] = subject(settings, "find", BOB, "--json").json()

    assert 0 == told.code, told.error
    assert "1 message." in told.out
    assert f"{id}  " in told.out
    assert BOB not in told.out
    assert [(id, ["recipient", "address shown"])] == [
        (m["id"], m["roles"]) for m in values["messages"]
    ]


def test_every_look_is_in_the_audit_with_its_reason_and_without_the_name(settings: Path) -> None:
    subject(settings, "find", BOB, by=AUDREY)
    subject(settings, "find", BOB.upper())
    entries = line("audit", "show", "--json", "--config", settings).json()

    assert [(AUDREY, "find person", "SAR 12"), (OLU, "find person", "SAR 12")] == [
        (e["who"], e["act"], e["said"]) for e in entries
    ]
    assert 1 == len({e["about"] for e in entries})
    assert "bob" not in json.dumps(entries)


def test_an_answer_is_one_file_that_only_its_owner_reads(settings: Path, tmp_path: Path) -> None:
    id, to = hold(settings), tmp_path / "answer.zip"
    done = subject(settings, "export", BOB, "--to", to)
    again = subject(settings, "export", BOB, "--to", to)
    with zipfile.ZipFile(to) as packed:
        data = json.loads(packed.read("answer.json"))
        text = packed.read("answer.txt").decode()

    assert (0, 2) == (done.code, again.code), done.error
    assert "nothing is overwritten" in again.error
    assert 0o600 == stat.S_IMODE(to.stat().st_mode)
    assert [id] == [m["id"] for m in data["messages"]]
    assert ANN not in text
    assert "you are: recipient, address shown" in text


def test_what_would_be_erased_is_told_and_what_waits_stays(settings: Path) -> None:
    id = hold(settings)
    tried = subject(settings, "erase", BOB, "--dry-run")
    first = subject(settings, "erase", BOB)
    line("quarantine", "return", id, "--as", "rita", "--config", settings)
    second = subject(settings, "erase", BOB)

    assert 1 == tried.code
    assert f"Kept: message {id}: waits for a decision" in tried.out
    assert 1 == first.code
    assert "1 message erased" in second.out
    assert 2 == line("quarantine", "show", id, "--config", settings).code
    assert 0 == line("audit", "verify", "--config", settings).code
    with store_of(settings) as (_, store):
        assert [] == store.database.read_now(lambda tx: [*quarantine.held(tx)])


@pytest.mark.parametrize(
    ("words", "by", "reason", "said"),
    [
        (("find", BOB), "nobody@council.example", "SAR 12", "may not do this"),
        (("find", BOB), OLU, " ", "--reason is empty"),
        (("find", "Bob"), OLU, "SAR 12", "forename and surname"),
        (("erase", BOB), AUDREY, "SAR 12", "takes the account of an approver"),
        (("export", BOB, "--to", "x.zip"), AUDREY, "SAR 12", "takes the account of an approver"),
    ],
)
def test_wrong_use_is_told(
    settings: Path, words: tuple[str, ...], by: str, reason: str, said: str
) -> None:
    done = subject(settings, *words, by=by, reason=reason)

    assert 2 == done.code
    assert said in done.error
    assert [] == line("audit", "show", "--json", "--config", settings).json()
