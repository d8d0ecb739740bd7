"""`dlpguard scan`: what would happen to a mail or a file, for people and for programs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.commands._line import SAMPLES, Done, as_nobody, line, open_folder, settings_in

__all__ = ["open_folder"]

MAIL, FILES = SAMPLES / "mail", SAMPLES / "attachments"
READERS = (SAMPLES / "recipients" / "mailing-157.txt").read_text().split()
TO_READERS = tuple(word for address in READERS for word in ("--to", address))
ANN = "ann.bee@council.example"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without settings."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settings_in(tmp_path_factory.mktemp("settings"))


@pytest.fixture(scope="module")
def mailing(settings: Path) -> Done:
    """The A4e mailing."""
    return line("scan", MAIL / "a4e-xlsx.eml", "--config", settings, "--json", *TO_READERS)


def test_the_json_has_exactly_the_designed_fields(mailing: Done) -> None:
    """DESIGN 12: programs rely on it."""
    [one] = mailing.json()
    kinds = {
        name: {key: type(value).__name__ for key, value in one[name].items()}
        for name in ("people", "audience")
    }

    assert [
        "path", "action", "policies", "people", "audience", "findings", "gaps", "hidden", "seconds",
    ] == list(one)  # fmt: skip
    assert (
        dict.fromkeys(("visible", "hidden", "private", "listed", "contact"), "int")
        == (kinds["people"])
    )
    assert {
        **dict.fromkeys(("reach", "exposure", "internal", "partner", "external", "webmail"), "int"),
        "self_send": "bool",
    } == kinds["audience"]
    assert {"name", "action", "because"} == {key for p in one["policies"] for key in p}
    assert {"distinct", "high", "medium", "low"} == {
        key for tally in one["findings"].values() for key in tally
    }
    assert {"where", "why"} == {key for place in one["hidden"] for key in place}
    assert isinstance(one["seconds"], float)


def test_the_mailing_would_be_held_for_the_people_in_it(mailing: Done) -> None:
    [one] = mailing.json()

    assert (1, "quarantine") == (mailing.code, one["action"])
    assert {"visible": 40, "hidden": 0, "private": 40, "listed": 40, "contact": 0} == one["people"]
    assert (157, 0, 150) == tuple(one["audience"][k] for k in ("reach", "exposure", "webmail"))
    assert {"distinct": 40, "high": 40, "medium": 0, "low": 0} == one["findings"]["case_reference"]
    assert "people-list-mass-mailing" in {p["name"] for p in one["policies"]}
    assert all(p["because"] for p in one["policies"])
    assert str(MAIL / "a4e-xlsx.eml") == one["path"]
    assert "" == mailing.error


def test_its_twin_would_be_forwarded(settings: Path) -> None:
    done = line("scan", MAIL / "a4e-twin-flyer.eml", "--config", settings, "--json", *TO_READERS)
    [one] = done.json()

    assert (0, "allow") == (done.code, one["action"])
    assert 157 == one["audience"]["reach"]


def test_for_people_there_is_a_table_with_reasons(settings: Path) -> None:
    done = line("scan", MAIL / "a4e-xlsx.eml", "--config", settings, *TO_READERS)

    assert 1 == done.code
    assert "a4e-xlsx.eml HELD 40" in done.words()
    assert (
        "157 outside recipients would get the names, phone numbers and case references of 40 people"
    ) in done.words()
    assert "people-list-mass-mailing:" in done.words()


def test_any_file_is_scanned_as_if_attached_to_one_unknown_outsider(settings: Path) -> None:
    done = line("scan", FILES / "clients-40.xlsx", "--config", settings, "--json")
    [one] = done.json()

    assert (1, 1, 40) == (
        one["audience"]["reach"],
        one["audience"]["external"],
        one["people"]["private"],
    )


def test_recipients_and_sender_can_be_named(settings: Path) -> None:
    both = ("--to", "x@webmail.example", "--to", "y@nhs.example", "--to", "z@council.example")
    done = line(
        "scan", FILES / "clients-40.csv", "--config", settings, "--json", "--from", ANN, *both
    )
    [one] = done.json()

    assert (1, "quarantine") == (done.code, one["action"])
    assert {"reach": 2, "exposure": 2, "internal": 1, "partner": 1, "external": 0, "webmail": 1,
            "self_send": False} == one["audience"]  # fmt: skip


def test_a_folder_is_scanned_whole_a_line_for_each_file_and_the_worst_decides(
    settings: Path, tmp_path: Path
) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "a.txt").write_text("The bins are collected on Tuesday.")
    (tmp_path / "b" / "c" / "truncated.docx").write_bytes((FILES / "truncated.docx").read_bytes())
    (tmp_path / "b" / "z.csv").write_text("Street,Number\nHigh Street,3\n")
    done = line("scan", tmp_path, "--config", settings, "--json")

    assert 1 == done.code
    assert [("a.txt", "allow"), ("z.csv", "allow"), ("truncated.docx", "quarantine")] == [
        (Path(one["path"]).name, one["action"]) for one in done.json()
    ]
    assert [{"where": "truncated.docx", "why": "corrupt"}] == done.json()[2]["gaps"]


def test_a_mail_with_bare_line_feeds_says_the_same(
    settings: Path, tmp_path: Path, mailing: Done
) -> None:
    """As programs on Unix keep it."""
    file = tmp_path / "a4e.eml"
    file.write_bytes((MAIL / "a4e-xlsx.eml").read_bytes().replace(b"\r\n", b"\n"))
    [one] = line("scan", file, "--config", settings, "--json", *TO_READERS).json()
    [same] = mailing.json()

    assert {k: v for k, v in same.items() if k not in {"path", "seconds"}} == {
        k: v for k, v in one.items() if k not in {"path", "seconds"}
    }


def test_a_mail_tells_by_itself_who_it_is_from_and_to() -> None:
    """Without settings, the sender's domain is the organisation's own."""
    done = line("scan", MAIL / "missed-bcc.eml", "--json")
    [one] = done.json()

    assert 45 == one["audience"]["reach"] == one["audience"]["exposure"]
    assert 0 == one["audience"]["internal"]


def test_text_prints_what_was_read_hidden_or_not_and_decides_nothing(settings: Path) -> None:
    done = line("scan", FILES / "hidden-60.xlsx", "--config", settings, "--text")
    lines = done.json()

    assert 0 == done.code
    assert {("where", "hidden", "text")} == {tuple(one) for one in lines}
    assert {None, "hidden sheet", "document property"} == {one["hidden"] for one in lines}
    assert "hidden-60.xlsx › Summary › row 2" in {one["where"] for one in lines}
    assert {"where": "hidden-60.xlsx › Export › row 1", "hidden": "hidden sheet",
            "text": "Surname\tForename\tDOB\tNI number\tWard"} in lines  # fmt: skip


def test_text_tells_the_visible_cells_of_a_row_from_the_hidden_ones(settings: Path) -> None:
    rows: dict[str, list[Any]] = {}
    for one in line(
        "scan", FILES / "hidden-columns-24.xlsx", "--config", settings, "--text"
    ).json():
        rows.setdefault(one["where"], []).append(one["hidden"])

    assert [None, "hidden column"] in [sorted(hidden, key=str) for hidden in rows.values()] or (
        ["hidden column", None] in rows.values()
    )


def test_policies_of_ones_own_are_judged_by(settings: Path, tmp_path: Path) -> None:
    policies = tmp_path / "mine"
    policies.mkdir()
    (policies / "no-mail.yaml").write_text(
        "title: Nothing leaves\nwhy: A test.\nwhen:\n  - reach: {at_least: 1}\nthen: confirm\n"
    )
    done = line(
        "scan", FILES / "timetable.csv", "--config", settings, "--policies", policies, "--json"
    )
    [one] = done.json()

    assert (1, "confirm", ["no-mail"]) == (
        done.code,
        one["action"],
        [p["name"] for p in one["policies"]],
    )


def test_a_broken_policy_is_named_with_its_line(settings: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("title: T\nwhy: W\nwhen:\n  - reech: 3\nthen: tag\n")
    done = line("scan", FILES / "timetable.csv", "--config", settings, "--policies", tmp_path)

    assert 2 == done.code
    assert "broken.yaml:4" in done.error
    assert "" == done.out


def test_settings_in_the_folder_are_used(tmp_path: Path) -> None:
    settings_in(tmp_path, '[gaps]\ncorrupt = ["docx"]\n')
    done = line("scan", FILES / "truncated.docx", "--json")
    [one] = done.json()

    assert (0, "allow") == (done.code, one["action"])
    assert [{"where": "truncated.docx", "why": "corrupt"}] == one["gaps"]


@pytest.mark.parametrize(
    "words",
    [(), ("--nonsense", "x"), ("nothing-there.txt",), ("x.eml", "--config", "nothing.toml")],
    ids=" ".join,
)
def test_wrong_use_is_no_finding(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "x.eml").write_text("Subject: x\n\nx\n")
    done = line("scan", *words)

    assert (2, "") == (done.code, done.out)
    assert done.error


def test_what_cannot_be_read_is_an_error_and_not_nothing(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(open_folder)
    closed = open_folder / "closed"
    closed.mkdir()
    (closed / "clients.csv").write_bytes((FILES / "clients-40.csv").read_bytes())
    file = open_folder / "secret.eml"
    file.write_text("From: ann@council.example\n\nx\n")
    file.chmod(0)
    line("scan", FILES / "timetable.csv", "--json")  # so that all modules are there
    closed.chmod(0)
    answers = []
    with as_nobody():
        for path in (closed, open_folder, closed / "clients.csv", file):
            answers.append(line("scan", path))
    closed.chmod(0o700)

    assert [(2, "")] * 4 == [(done.code, done.out) for done in answers]
    for done in answers:
        assert "cannot be read (Permission denied)" in done.error


def test_a_folder_without_files_has_nothing_to_find(tmp_path: Path) -> None:
    assert (0, "") == (line("scan", tmp_path, "--json").code, line("scan", tmp_path).out)


def test_an_error_of_ours_is_no_finding_and_quotes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.txt"
    file.write_text("x")

    def fail(_: int) -> str:
        raise RuntimeError("SESAME")

    monkeypatch.setattr("dlpguard.commands.scan._inside", fail)
    log: list[str] = []
    monkeypatch.setattr("dlpguard.telemetry._log.error", lambda *words: log.append(repr(words)))
    done = line("scan", tmp_path)

    assert 2 == done.code
    assert "RuntimeError" in log[0]
    assert "SESAME" not in done.out + done.error + log[0]


def test_names_of_files_are_no_markup(settings: Path, tmp_path: Path) -> None:
    file = tmp_path / "[bold]x[red] 名.txt"
    file.write_text("Nothing.")
    done = line("scan", file, "--config", settings)
    [one] = line("scan", file, "--config", settings, "--json").json()

    assert "[bold]x[red] 名.txt" in done.words()
    assert str(file) == one["path"]


def test_json_is_valid_whatever_a_file_is_called(settings: Path, tmp_path: Path) -> None:
    file = os.fsencode(tmp_path / "x") + b"\xff.txt"
    Path(os.fsdecode(file)).write_text("Nothing.")
    done = line("scan", tmp_path, "--config", settings, "--json")

    assert 0 == done.code
    assert json.loads(done.out)["action"] == "allow"
