"""`dlpguard replay`: its table, its page, its JSON, what it refuses, and what it leaves behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dlpguard import config
from dlpguard.commands import _wiring
from tests.commands._line import Done, line, settings_in
from tests.replay._mail import ANN, DAY, MONDAY, letter, listed, put
from tests.replay._relay import Relay, read_here

CY = "cy@elsewhere.example"
SECRETS = (b"Unmistakable", b"ann.bee", b"cy@", b"clients.xlsx", b"Meeting", b"ILS/")
"""Out of the mail: a subject, names, an address, a file, a reference."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settings_in(tmp_path_factory.mktemp("settings"))


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty letters, and five lists to one address outside, which would be a flow."""
    letters = [letter([CY], MONDAY + n * DAY, text=f"Unmistakable {n}") for n in range(20)]
    lists = [listed([CY], MONDAY + n * DAY + 60) for n in range(5)]
    return put(tmp_path_factory.mktemp("mail"), *letters, *lists)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where reports are written; temporary files go into `tmp` in it."""
    made = tmp_path_factory.mktemp("reports")
    (made / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(made / "tmp"))
        patch.setattr("tempfile.tempdir", None)
        yield made


@pytest.fixture(scope="module")
def done(mail: Path, settings: Path, folder: Path) -> Done:
    words = ("--sweep", "people.at_least=1,10,50", "--minutes", "6")
    return line("replay", mail, "--config", settings, "--report", folder / "report.html", *words)


@pytest.fixture(scope="module")
def told(mail: Path, settings: Path, folder: Path) -> dict[str, Any]:
    """The same as JSON, without a sweep."""
    [found] = line("replay", mail, "--config", settings, "--json").json()
    return found


def test_the_table_says_what_an_administrator_reads_first(done: Done) -> None:
    assert 0 == done.code, done.error
    assert "With these policies, of 25 messages: 20 forwarded, 5 asked about, 0 held." in done.out
    assert "people-list-asked" in done.out
    assert "If people.at_least were…" in done.out
    assert f"{ANN} │ {CY} │ 5" in re.sub(" +", " ", done.out)
    assert "whoever else was in Bcc is not known" in done.words()


def test_the_page_stands_alone_and_nothing_of_the_mail_is_in_any_file(
    done: Done, folder: Path
) -> None:
    text = (folder / "report.html").read_text()

    assert 0 == done.code
    assert 3 == text.count("<svg xmlns")
    assert not re.search(r"<script|src=|href=|url\(|@import", text)
    assert "somebody at council.example" in text
    assert [] == leaks(folder)
    assert ["report.html", "tmp"] == sorted(file.name for file in folder.iterdir())
    assert [] == [*(folder / "tmp").iterdir()]


def test_the_json_says_the_same_to_programs(told: dict[str, Any]) -> None:
    assert (25, 20, {"messages": 5, "decisions": 5}) == (
        told["messages"], told["forwarded"], told["asked"],
    )  # fmt: skip
    assert {"fields": 25, "envelope": 0, "nobody": 0} == told["recipients"]
    assert [5] == [flow["sends"] for flow in told["flows"]]
    assert 0 == told["reviewer_minutes"]


def test_after_a_kill_another_run_goes_on_and_says_the_same(
    mail: Path, settings: Path, told: dict[str, Any], tmp_path: Path
) -> None:
    words = ("replay", mail, "--config", settings, "--state", tmp_path / "state", "--json")
    command = [sys.executable, "-m", "dlpguard", *map(str, words), "--workers", "1"]
    readings = tmp_path / "state" / "readings"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        until = time.monotonic() + 60
        while not (readings.exists() and readings.stat().st_size > 3000):
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < until
            time.sleep(0.005)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()

    assert [] == leaks(tmp_path)
    assert line(*words).error.startswith("dlpguard: ")
    [resumed] = line(*words, "--resume").json()
    assert 0 < resumed["read"] < told["read"]
    assert same(told) == same(resumed)
    assert not (tmp_path / "state").exists()


def test_the_records_of_observe_mode_are_reported_without_any_mail(
    mail: Path, tmp_path: Path
) -> None:
    file = settings_in(tmp_path)
    settings = config.load(file)
    relay = Relay(tmp_path)
    with closing(relay.store):
        policies = _wiring.policy_directory(settings)
        relay.judge(read_here(mail, settings), _wiring.judging(settings, policies))
    [told] = line("replay", "--observed", "--config", file, "--json").json()

    assert (25, 20, {"messages": 5, "decisions": 5}) == (
        told["messages"], told["forwarded"], told["asked"],
    )  # fmt: skip
    assert {"envelope": 25} == told["recipients"]
    assert (0, 0) == (told["read"], told["left_out"]["others"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--sweep", "people=3"], "write CONDITION.PARAMETER=FROM..TO"),
        (["--sweep", "persons.at_least=1..5"], "no policy gives persons.at_least; the thresholds "),
        (["--sweep", "persons.at_least=1..5"], "people.at_least (now 2 to 100)"),
        (["--sweep", "people.at_least=0..5"], "thresholds begin at 1"),
        (["--sweep", "people.at_least=1..5000"], "more than 200 values"),
        (["--sweep", "scans:people.at_least=1..5"], "no policy gives scans:people.at_least"),
        (["--resume"], "--resume needs --report or --state"),
        (["--observed"], "name mail to replay, or say --observed"),
    ],
)
def test_wrong_use_is_said_with_what_to_do(
    mail: Path, settings: Path, words: list[str], told: str
) -> None:
    done = line("replay", mail, "--config", settings, *words)

    assert 2 == done.code
    assert told in done.error


def test_records_are_not_gone_on_with(settings: Path) -> None:
    done = line("replay", "--observed", "--resume", "--config", settings)

    assert (2, True) == (done.code, "there is nothing to --resume" in done.error)


def test_no_mail_at_all_is_said(settings: Path, tmp_path: Path) -> None:
    done = line("replay", tmp_path, "--config", settings)

    assert (2, True) == (done.code, "no mail found; name mbox files" in done.error)


def test_only_mail_of_others_is_said(settings: Path, tmp_path: Path) -> None:
    folder = put(tmp_path / "in", letter([ANN], sender=CY))
    done = line("replay", folder, "--config", settings)

    assert 2 == done.code
    assert "all 1 messages are from other senders than council.example" in done.error


def test_a_report_that_cannot_be_written_is_said_before_anything_is_read(
    mail: Path, settings: Path, tmp_path: Path
) -> None:
    done = line("replay", mail, "--config", settings, "--report", tmp_path / "no" / "r.html")

    assert (2, True) == (done.code, "cannot be written" in done.error)


def same(told: dict[str, object]) -> dict[str, object]:
    """What does not depend on how long it took."""
    return {key: value for key, value in told.items() if key not in {"seconds", "read"}}


def leaks(folder: Path) -> list[str]:
    """What of the mail stands in any file below a folder."""
    return [f"{file.name}: {secret!r}" for file in _files(folder) for secret in _in(file)]


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file())


def _in(file: Path) -> list[bytes]:
    content = file.read_bytes()
    return [secret for secret in SECRETS if secret in content]
