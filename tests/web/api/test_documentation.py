"""docs/api.md: its commands work, and give what it says they give."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dlpguard.store import tokens
from dlpguard.web.api._problems import TITLES
from dlpguard.web.roles import Right
from dlpguard.web.scopes import SCOPES
from tests.web._site import Desk
from tests.web.api._program import made, program

SITE = "http://testserver"
TEXT = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n+```json\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def client(here: Desk) -> Iterator[TestClient]:
    with program(here) as made_:
        yield made_


def run(client: TestClient, command: str, values: dict[str, str]) -> Any:
    """What a curl command of the page does."""
    for name, value in values.items():
        command = command.replace(f"${name}", value)
    program_, *words = shlex.split(command.replace("\\\n", " "))
    assert "curl" == program_
    headers, body, address = {}, None, ""
    while words:
        match words.pop(0):
            case "-sS":
                pass
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "--json":
                body = json.loads(words.pop(0))
            case address:
                assert not address.startswith("-"), address
    answer = client.request("POST" if body else "GET", address, headers=headers, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json()


def check_like(said: Any, got: Any, where: str = "") -> None:
    """Whether an answer has all that an example has, of the same types, at every depth."""
    if isinstance(said, dict):
        if where.endswith((".circles", ".counts")):  # by what there is
            said = {name: number for name, number in said.items() if name in got}
        for name, value in said.items():
            assert name in got, f"{where}.{name}"
            check_like(value, got[name], f"{where}.{name}")
    elif isinstance(said, list):
        assert isinstance(got, list), where
        if said:
            assert got, where
            check_like(said[0], got[0], f"{where}[0]")
    elif got is not None:
        assert type(said) is type(got), f"{where}: {said!r}, not {got!r}"


def test_there_are_five_examples() -> None:
    assert 5 == len(EXAMPLES) == len(re.findall("^### ", TEXT, re.MULTILINE))


def test_the_examples_work_one_after_the_other(here: Desk, client: TestClient) -> None:
    held = next(one for one in here.held() if one.approvals_needed == 1)
    values = {"TOKEN": made(here), "SITE": SITE, "ID": held.id}
    for command, said in EXAMPLES:
        versions = {'"version": 2': held.version, '"campaign": 1': held.campaign_version}
        for shown, number in versions.items():
            command = command.replace(shown, f"{shown.partition(':')[0]}: {number}")  # noqa: PLW2901

        check_like(json.loads(said), run(client, command, values), command.splitlines()[-1])


def test_every_scope_and_every_problem_has_its_line() -> None:
    scopes = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", TEXT, re.MULTILINE))
    problems = re.findall(r"^\| (\d+) \| `([a-z-]+)` \|", TEXT, re.MULTILINE)

    words = {name: str(right) for name, right in SCOPES.items()}
    words["manage-accounts"] = "see who may sign in"  # which is all of it that programs may
    assert words == scopes
    assert Right.MANAGE_ACCOUNTS in SCOPES.values()
    assert {(str(status), kind) for status, (kind, _) in TITLES.items()} == set(problems)


def test_secret_scanners_are_told_the_right_pattern(here: Desk) -> None:
    assert f"`{tokens.PATTERN}`" in TEXT
    assert re.fullmatch(tokens.PATTERN, made(here))


def test_no_example_has_a_token_in_it() -> None:
    assert not re.search(tokens.PATTERN, TEXT)
