"""What the log says, for people and for programs, and what it never says."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

import pytest

from dlpguard import telemetry
from dlpguard.telemetry.said import LONGEST, Said
from tests.telemetry._lines import EVENTS, SECRET, failed

Captured = pytest.CaptureFixture[str]


def lines(said: Captured) -> list[dict[str, Any]]:
    """The log's lines, each a JSON object."""
    return [json.loads(line) for line in said.readouterr().err.splitlines()]


def test_every_event_is_tried_here() -> None:
    counted_only = {"inspected", "committed", "retried", "worker_started", "worker_ended"}
    about_it = {"count_with", "counted", "measure", "setup"}

    assert len(telemetry.__all__) - len(counted_only | about_it) == len(EVENTS)


@pytest.mark.parametrize("event", EVENTS)
def test_a_line_for_people_begins_with_time_level_and_what_happened(
    event: str, capsys: Captured
) -> None:
    telemetry.setup()
    EVENTS[event]()
    first = capsys.readouterr().err.splitlines()[0]
    end = ":" if " " in event else "(?= |$)"

    assert re.match(
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,\d{{3}} (?:INFO|WARNING|ERROR) {event}{end}", first
    )


@pytest.mark.parametrize("event", EVENTS)
def test_a_line_for_programs_is_one_object(event: str, capsys: Captured) -> None:
    telemetry.setup(as_json=True)
    EVENTS[event]()
    first = lines(capsys)[0]

    assert event.replace(" ", "_") == first["event"]
    assert first["level"] in {"info", "warning", "error"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["time"])


@pytest.mark.parametrize("as_json", [False, True])
def test_an_errors_text_is_in_no_line(as_json: bool, capsys: Captured) -> None:
    telemetry.setup(as_json=as_json)
    for event in EVENTS.values():
        event()
    telemetry.crashed("inspect", failed())
    said = capsys.readouterr().err

    assert "ValueError" in said
    assert "_lines.py:" in said
    assert SECRET not in said
    assert "SESAME" not in said


@pytest.mark.parametrize("as_json", [False, True])
def test_libraries_are_heard_but_not_quoted(as_json: bool, capsys: Captured) -> None:
    telemetry.setup(as_json=as_json)
    logging.getLogger("asyncio").error("Task %r failed", SECRET, exc_info=failed())
    logging.getLogger("some.library").warning(SECRET)
    logging.getLogger("some.library").info("%r << DATA", SECRET)
    said = capsys.readouterr().err.splitlines()

    assert 2 == len(said)
    assert all(words in said[0] for words in ("asyncio", "ValueError", "_lines.py:"))
    assert all(words in said[1] for words in ("some.library", "test_logs.py:"))
    assert "SESAME" not in "".join(said)


def test_the_line_of_a_life_has_everything(capsys: Captured) -> None:
    telemetry.setup(as_json=True)
    EVENTS["life"]()
    [line] = lines(capsys)
    del line["time"]

    assert line == {
        "level": "info",
        "event": "life",
        "id": "01J5",
        "origin": "client",
        "outcome": "mixed",
        "by": "courier",
        "bytes": 1234,
        "delivered": 156,
        "bounced": 1,
        "action": "quarantine",
        "observed": "",
        "policies": ["lists"],
        "gaps": [],
        "tries": 1,
        "reading_seconds": 0.5,
        "asked_seconds": 0.0,
        "held_seconds": 3600.0,
        "sending_seconds": 1.0,
        "total_seconds": 3601.5,
    }


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("INFO", ["info", "warning", "error"]),
        ("WARNING", ["warning", "error"]),
        ("ERROR", ["error"]),
    ],
)
def test_a_level_leaves_out_what_is_below_it(
    level: str, expected: list[str], capsys: Captured
) -> None:
    telemetry.setup(level, as_json=True)
    for event in ("accepted", "deferred", "failed"):
        EVENTS[event]()

    assert expected == [line["level"] for line in lines(capsys)]


def test_nothing_that_is_said_begins_a_line_of_its_own() -> None:
    said = Said("judged", {"id": "01J5"}, "held by a\n2026-11-22 INFO accepted id=forged\x1b[2J")

    assert 1 == len(str(said).splitlines())
    assert str(said).isprintable()
    assert "\n" not in json.dumps(said.values())


@pytest.mark.parametrize("as_json", [False, True])
def test_a_files_name_that_is_no_text_is_said_all_the_same(as_json: bool, capsys: Captured) -> None:
    telemetry.setup(as_json=as_json)
    telemetry.not_reloaded("ab" * 32, ["lists\udcff.yaml:3: no action"])

    assert "lists\\udcff.yaml" in capsys.readouterr().err


def test_words_end_somewhere() -> None:
    said = Said("judged", {}, "x" * 10 * LONGEST)

    assert len(str(said)) < LONGEST + 100
    assert LONGEST == len(str(said.values()["words"]))


def test_a_second_setup_takes_the_place_of_the_first(capsys: Captured) -> None:
    telemetry.setup()
    telemetry.setup(as_json=True)
    telemetry.stopping()

    assert ["stopping"] == [line["event"] for line in lines(capsys)]


def test_a_log_that_cannot_be_written_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    class Full:
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(sys, "stderr", Full())
        telemetry.setup()
        telemetry.stopping()

    assert ("", "") == capsys.readouterr()
