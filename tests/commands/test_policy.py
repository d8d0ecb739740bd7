"""`dlpguard policy`: check, test, schema, enforce, observe."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from ruamel.yaml import YAML
from sqlalchemy import insert

from dlpguard.policy.language import policy_files
from dlpguard.store import audit, modes, schema
from dlpguard.store.database import Transaction
from tests.commands._held import hold
from tests.commands._line import line, settings_in, store_of

SHIPPED = Path(__file__).parents[2] / "policies"

POLICY = """\
title: Ten outsiders are too many
why: A test.
when:
  - reach: {at_least: 10}
then: quarantine
approvals: 2
"""
TESTS = """\
- name: ten are held
  mail: {from: ann@council.example, to: 10 outside addresses}
  expect: quarantine
- name: nine are not
  mail: {from: ann@council.example, to: 9 outside addresses}
  expect: allow
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder with a policy and its tests."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "many.yaml").write_text(POLICY)
    (folder / "many.test.yaml").write_text(TESTS)
    return folder


def test_the_shipped_policies_are_right_and_listed() -> None:
    done = line("policy", "check")

    assert 0 == done.code
    assert [f.stem for f in policy_files(SHIPPED) if f.stem not in done.words()] == []


def test_ones_own_policies_are_checked(mine: Path) -> None:
    done = line("policy", "check", mine)

    assert 0 == done.code
    assert "many quarantine (2 people) Ten outsiders are too many" in done.words()
    assert f"1 policies in {mine} are right." in done.words()


def test_everything_wrong_is_named_with_file_and_line(mine: Path) -> None:
    (mine / "many.yaml").write_text(POLICY.replace("reach:", "reech:").replace("2", "nine"))
    (mine / "other.yaml").write_text("- x\n")
    done = line("policy", "check", mine)

    assert (2, "") == (done.code, done.out)
    for expected in ("many.yaml:4:", "`reech`", "many.yaml:6:", "other.yaml:1:"):
        assert expected in done.error


@pytest.mark.parametrize("command", ["check", "test"])
def test_a_folder_that_is_none_is_an_error(tmp_path: Path, command: str) -> None:
    done = line("policy", command, tmp_path / "none")

    assert 2 == done.code
    assert "no such directory" in done.error


def test_tests_that_pass_exit_with_0(mine: Path) -> None:
    done = line("policy", "test", mine)

    assert (0, "2 passed, 0 failed\n") == (done.code, done.out)


def test_tests_that_fail_exit_with_1_and_say_why(mine: Path, tmp_path: Path) -> None:
    (mine / "many.test.yaml").write_text(TESTS.replace("9 outside", "11 outside"))
    report = tmp_path / "junit.xml"
    done = line("policy", "test", mine, "--junit", report)
    suite = ET.parse(report).getroot()

    assert 1 == done.code
    assert "1 passed, 1 failed" in done.out
    assert "nine are not" in done.out
    assert "many.test.yaml:4" in done.out
    assert 2 == len(list(suite.iter("testcase")))
    assert 1 == len(list(suite.iter("failure")))


def test_a_test_that_is_malformed_is_an_error(mine: Path) -> None:
    (mine / "many.test.yaml").write_text("- nome: x\n")
    done = line("policy", "test", mine)

    assert 2 == done.code
    assert "many.test.yaml:1" in done.error


FLOW = """\
- name: payroll
  from: payroll@council.example
  to: "*@payroll.example"
  kinds: gb_nino
  max_people: 20
  agreement: Agreement 14
  owner: Head of Human Resources
  since: {since}
  until: {until}
"""
TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        (-200, -1, "`payroll` ended on "),
        (-200, 10, "`payroll` ends on "),
        (5, 200, "`payroll` begins on "),
        (-5, 200, ""),
    ],
)
def test_a_flow_that_is_not_in_force_or_soon_will_not_be_is_told(
    mine: Path, since: int, until: int, told: str
) -> None:
    days = {"since": TODAY + timedelta(days=since), "until": TODAY + timedelta(days=until)}
    (mine / "flows.yaml").write_text(FLOW.format(**days))
    done = line("policy", "check", mine)

    assert 0 == done.code
    assert "1 policies and 1 flows" in done.words()
    assert (f"flows.yaml: {told}" in done.words()) is bool(told)


def test_groups_come_from_the_settings(mine: Path, tmp_path: Path) -> None:
    (mine / "many.yaml").write_text(POLICY.replace("reach: {at_least: 10}", "sender: {group: hr}"))
    without = line("policy", "check", mine)
    config = settings_in(tmp_path, '[organisation.groups]\nhr = ["*@hr.council.example"]\n')

    assert 2 == without.code
    assert "no group is called `hr`; the settings have none" in without.error
    assert 0 == line("policy", "check", mine, "--config", config).code
    assert 1 == line("policy", "test", mine, "--config", config).code


def test_the_schema_is_one_and_the_shipped_policies_follow_it() -> None:
    done = line("policy", "schema")
    schema = json.loads(done.out)
    jsonschema.Draft202012Validator.check_schema(schema)

    assert 0 == done.code
    for file in policy_files(SHIPPED):
        jsonschema.validate(YAML(typ="safe").load(file), schema)


@pytest.mark.parametrize("kind", ["policy", "test", "flows"])
def test_the_schema_beside_the_shipped_policies_is_what_is_printed(kind: str) -> None:
    assert (SHIPPED / f"{kind}.schema.json").read_text("utf-8") == line(
        "policy", "schema", kind
    ).out


# ── observing and enforcing ─────────────────────────────────────────────────────────────────────


def switches(config: Path) -> tuple[modes.Mode | None, list[tuple[str, str, str, str]]]:
    """The mode that was set last, and what the audit says."""
    with store_of(config) as (_, store):
        return store.database.read_now(
            lambda tx: (
                modes.get(tx),
                [(e.actor, e.act, e.subject, e.detail) for e in audit.entries(tx)],
            )
        )


def test_enforcing_and_observing_are_recorded_with_who_and_why(tmp_path: Path) -> None:
    config = settings_in(tmp_path)
    dates = ("--assessment", "2026-03-02", "--notice", "2026-03-16")
    started = line("policy", "enforce", "--config", config, "--as", "pat", *dates)
    enforced, _ = switches(config)
    stopped = line("policy", "observe", "--config", config, "--as", "sam", "--reason", " move ")
    observed, told = switches(config)

    assert (0, 0) == (started.code, stopped.code)
    assert enforced is not None
    assert ("enforce", "pat") == (enforced.mode, enforced.actor)
    assert ("2026-03-02", "2026-03-16") == (enforced.assessment, enforced.notice)
    assert observed is not None
    assert ("observe", "sam", "move") == (observed.mode, observed.actor, observed.reason)
    assert [
        ("pat", "enforce", "policies", "assessment 2026-03-02, notice 2026-03-16"),
        ("sam", "observe", "policies", "move"),
    ] == told


class Keyboard(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_dates_are_asked_for_at_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = settings_in(tmp_path)
    monkeypatch.setattr(sys, "stdin", Keyboard("2026-03-02\n2026-03-16\n"))
    done = line("policy", "enforce", "--config", config)
    enforced, _ = switches(config)

    assert 0 == done.code
    assert "Date of the impact assessment (YYYY-MM-DD): " in done.out
    assert enforced is not None
    assert ("2026-03-02", "2026-03-16") == (enforced.assessment, enforced.notice)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("enforce",), "--assessment is missing: the date of the impact assessment"),
        (("enforce", "--assessment", "2026-03-02"), "--notice is missing: the date of the notice"),
        (("enforce", "--assessment", "2.3.2026"), "2.3.2026 is no date; write YYYY-MM-DD"),
        (("enforce", "--assessment", "2999-01-01"), "2999-01-01 is still to come"),
        (("observe", "--reason", " "), "--reason is empty"),
        (("observe",), "--reason"),
    ],
)
def test_a_switch_without_what_it_needs_changes_nothing(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    config = settings_in(tmp_path)
    done = line("policy", *words, "--config", config)

    assert 2 == done.code
    assert told in done.error
    assert (None, []) == switches(config)


def test_what_is_confirmed_five_times_is_printed_as_an_entry_for_the_file(tmp_path: Path) -> None:
    config = settings_in(tmp_path)
    id = hold(config, hidden=False)

    def confirm(tx: Transaction) -> None:
        values = {"source": "awaiting-sender", "target": "ready", "who": "sender"}
        for _ in range(5):
            row = {"message_id": id, "event": "confirm", "moved_at": tx.now(), **values}
            tx.execute(insert(schema.moves).values(row))

    nothing = line("policy", "flows", "--config", config).out
    with store_of(config) as (_, store):
        store.database.write_now(confirm)
    printed = line("policy", "flows", "--config", config).out
    (entry,) = YAML(typ="safe").load(printed)

    assert "Nobody has confirmed the same often enough" in nothing
    assert "# Confirmed 5 times" in printed
    assert {"name", "from", "to", "kinds", "max_people", "agreement", "owner"} < entry.keys()
    assert ("suggested-1", "") == (entry["name"], entry["agreement"])
    assert "@" in entry["from"]


@pytest.mark.parametrize("words", [(), ("burn",), ("check", "--nonsense")])
def test_wrong_use_is_told(words: tuple[str, ...]) -> None:
    assert 2 == line("policy", *words).code
