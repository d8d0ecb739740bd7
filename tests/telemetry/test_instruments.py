"""What is counted at each event, and that no label can hold what must not be told."""

from __future__ import annotations

import subprocess
import sys

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from dlpguard import telemetry
from tests.telemetry._lines import EVENTS, SECRET

LABELS = {
    *("version", "code", "kind", "why", "action", "policy", "watched", "outcome", "because"),
    *("origin", "what", "le"),
}
"""Every name of a label.  A new one is a decision about what is told to whoever may scrape."""


def samples() -> list[Sample]:
    """Everything that is counted now."""
    counted = telemetry.counted()
    assert counted
    text = generate_latest(counted.registry).decode()
    return [one for family in text_string_to_metric_families(text) for one in family.samples]


def value(name: str, **labels: str) -> float | None:
    """One number."""
    found = [
        one.value for one in samples() if (one.name, one.labels) == (f"dlpguard_{name}", labels)
    ]
    return found[0] if found else None


@pytest.fixture(autouse=True)
def _counting() -> None:
    telemetry.measure()


@pytest.mark.parametrize(
    ("event", "name", "labels", "expected"),
    [
        ("accepted", "messages_accepted_total", {}, 1),
        ("accepted", "accepted_bytes_total", {}, 1234),
        ("accepted", "accepted_recipients_total", {}, 157),
        ("accepted", "accept_seconds_sum", {}, 0.02),
        ("repeated", "messages_repeated_total", {}, 1),
        ("refused", "refusals_total", {"code": "550 5.7.1"}, 1),
        ("judged", "verdicts_total", {"action": "quarantine"}, 1),
        (
            *("judged", "policy_matches_total"),
            {"policy": "lists", "action": "quarantine", "watched": "no"},
            1,
        ),
        (
            *("judged", "policy_matches_total"),
            {"policy": "webmail", "action": "confirm", "watched": "yes"},
            1,
        ),
        ("policies in force", "policies", {}, 25),
        ("policies not reloaded", "policies_stale", {}, 1),
        ("delivered", "recipients_total", {"outcome": "delivered"}, 156),
        ("delivered", "recipients_total", {"outcome": "bounced"}, 1),
        ("delivered", "deliver_seconds_sum", {}, 0.3),
        ("deferred", "deferrals_total", {"because": "UnreachableError"}, 1),
        ("life", "lives_total", {"origin": "client", "outcome": "mixed"}, 1),
        ("life", "life_seconds_sum", {}, 3601.5),
        ("worker died", "sandbox_deaths_total", {"why": "too-slow"}, 1),
        ("stopped reading", "readings_stopped_total", {"why": "too-slow"}, 1),
        ("failed", "failures_total", {"what": "deliver"}, 1),
        ("alarm", "alarms_total", {}, 1),
        ("released in an emergency", "emergency_releases_total", {}, 1),
        ("buried", "nodes_buried_total", {}, 1),
    ],
)
def test_an_event_is_counted(
    event: str, name: str, labels: dict[str, str], expected: float
) -> None:
    EVENTS[event]()

    assert expected == value(name, **labels)


def test_what_a_message_is_about_is_counted_by_kind() -> None:
    telemetry.inspected(0.4, 12, {"phone": 12, "gb_nino": 2}, ["scan"])
    telemetry.inspected(0.4, 0, {"phone": 1}, [])

    assert (13, 2) == (
        value("findings_total", kind="phone"),
        value("findings_total", kind="gb_nino"),
    )
    assert 1 == value("gaps_total", why="scan")
    assert (1, 2) == (value("people_bucket", le="10.0"), value("people_bucket", le="20.0"))
    assert 2 == value("inspect_seconds_count")


def test_mail_of_which_nobody_may_hear_is_only_timed() -> None:
    telemetry.inspected(0.4, None, {}, ())

    assert (1, 0) == (value("inspect_seconds_count"), value("people_count"))


def test_policies_that_can_be_read_again_are_no_longer_stale() -> None:
    EVENTS["policies not reloaded"]()
    EVENTS["policies in force"]()

    assert 0 == value("policies_stale")


def test_workers_come_and_go() -> None:
    for event in (telemetry.worker_started, telemetry.worker_started, telemetry.worker_ended):
        event()

    assert 1 == value("sandbox_workers")


def test_commits_are_counted_with_what_is_in_them() -> None:
    telemetry.committed(64, 0.01)
    telemetry.committed(1, 0.01)
    telemetry.retried()

    assert (2, 65) == (value("database_commit_seconds_count"), value("database_changes_total"))
    assert 1 == value("database_retries_total")


def test_labels_are_few_and_hold_no_content() -> None:
    for event in EVENTS.values():
        event()
    telemetry.inspected(0.4, 12, {"phone": 12}, ["scan"])
    ours = [one for one in samples() if one.name.startswith("dlpguard_")]
    values = {text for one in ours for text in one.labels.values()}

    assert LABELS == {name for one in ours for name in one.labels}
    assert not {text for text in values if "@" in text or text in SECRET or "192.0.2" in text}


def test_a_command_that_nobody_asks_counts_nothing() -> None:
    telemetry.count_with(None)
    for event in EVENTS.values():
        event()

    assert telemetry.counted() is None


def test_what_nobody_asks_for_is_not_even_loaded() -> None:
    look = "import sys, dlpguard.telemetry; print(sorted({'prometheus_client'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True, timeout=60)

    assert b"[]\n" == done.stdout
