"""`dlpguard incident export`: one file, without content unless somebody who may asks for it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.commands._held import CONTENT, hold
from tests.commands._line import Done, line, settings_in
from tests.commands._officers import AUDREY, OLU, officers


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = settings_in(tmp_path)
    officers(file)
    return file


def export(settings: Path, *words: str | Path, by: str = AUDREY) -> Done:
    return line("incident", "export", *words, "--as", by, "--config", settings)


def test_facts_and_a_page_are_in_one_file(settings: Path, tmp_path: Path) -> None:
    first, second, to = hold(settings), hold(settings), tmp_path / "incident.zip"
    line("quarantine", "show", first, "--as", "rita", "--config", settings)
    done = export(settings, first, second[:-1], "--to", to)
    with zipfile.ZipFile(to) as packed:
        facts = json.loads(packed.read("incident.json"))
        names = packed.namelist()

    assert 0 == done.code, done.error
    assert "2 messages, data of 6 people; 0 of 2 outside recipients got it." in done.out
    assert "72 hours after that is" in done.out
    assert ["incident.json", "incident.html"] == names
    assert [first, second] == [m["id"] for m in facts["messages"]]
    assert ["show", "export incident"] == [e["act"] for e in facts["messages"][0]["audit"]]
    assert [] == facts["audit"]["faults"]


def test_content_is_for_who_may_see_it(settings: Path, tmp_path: Path) -> None:
    id, to = hold(settings), tmp_path / "incident.zip"
    refused = export(settings, id, "--with-content", "--to", to)
    done = export(settings, id, "--with-content", "--to", to, by=OLU)
    with zipfile.ZipFile(to) as packed:
        assert CONTENT == packed.read(f"messages/{id}.eml")
        page = packed.read("incident.html").decode()
    entry = line("audit", "show", id, "--json", "--config", settings).json()[-1]

    assert (2, 0) == (refused.code, done.code)
    assert "takes the account of an approver" in refused.error
    assert "not to be passed on" in page
    assert "P1" in page
    assert (OLU, "export incident") == (entry["who"], entry["act"])
    assert entry["said"].endswith("(with content)")
