"""`dlpguard policy`: check, test, schema."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from ruamel.yaml import YAML

from tests.commands._line import line

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
    for file in SHIPPED.glob("*.yaml"):
        assert file.name.removesuffix(".yaml").removesuffix(".test") in done.words()


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


def test_the_schema_is_one_and_the_shipped_policies_follow_it() -> None:
    done = line("policy", "schema")
    schema = json.loads(done.out)
    jsonschema.Draft202012Validator.check_schema(schema)

    assert 0 == done.code
    for file in SHIPPED.glob("*.yaml"):
        if not file.name.endswith(".test.yaml"):
            jsonschema.validate(YAML(typ="safe").load(file), schema)


@pytest.mark.parametrize("words", [(), ("burn",), ("check", "--nonsense")])
def test_wrong_use_is_told(words: tuple[str, ...]) -> None:
    assert 2 == line("policy", *words).code
