"""Policies for people: what is in force, in words, with its file and its tests."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from dlpguard import policy
from dlpguard.policy import Policies
from dlpguard.runners.judging import Judging
from dlpguard.store import audit, modes
from dlpguard.web.rulebook import Rulebook
from tests.web._site import HEAD, ORGANISATION, POLICIES, POLICY_ADMINISTRATOR, REVIEWER, Desk

MASS = "people-list-mass-mailing"


@cache
def shipped() -> Policies:
    return policy.load(POLICIES)


@pytest.fixture
def known(here: Desk) -> Desk:
    """A site that knows the policies by which its mail was judged, in a directory of its own."""
    folder = here.folder / "policies"
    shutil.copytree(POLICIES, folder)
    here.site = replace(here.site, rules=Rulebook(lambda: judging(shipped()), folder))
    return here


def judging(policies: Policies) -> Judging:
    return Judging(policies, "enforce", frozenset(), ORGANISATION, HEAD)


def text_of(html: str) -> str:
    """What a page says, without its tags."""
    main = html.partition("<main")[2].partition("</main")[0]
    return " ".join(re.sub(r"<[^>]{1,500}>", " ", main).split())


def test_every_policy_in_force_is_listed_by_what_it_does(known: Desk) -> None:
    html = known.visitor(REVIEWER).get("/policies").text
    said = text_of(html)

    assert f"{len(shipped().policies)} policies are in force" in said
    assert said.index("Holds for a reviewer") < said.index("Asks the sender") < said.index("Marks")
    for one in shipped().policies:
        assert f'href="/policies/{one.name}"' in html
    assert "2 people release it" in said


def test_how_often_a_policy_acted_is_counted(known: Desk) -> None:
    verdicts = [held.record.verdict for held in known.held()]
    matched = {m.policy for v in verdicts for m in v.matches if m.action is v.action}
    html = known.visitor(REVIEWER).get("/policies").text
    rows = dict(
        re.findall(r'href="/policies/([a-z-]{1,80})".{1,2000}?numeric">(\d{1,9})', html, re.DOTALL)
    )

    assert matched - {"floor"}
    assert all(int(rows[name]) > 0 for name in matched - {"floor"})
    assert {"0"} < set(rows.values())


def test_one_policy_is_told_in_words_with_its_file_and_its_tests(known: Desk) -> None:
    html = known.visitor(POLICY_ADMINISTRATOR).get(f"/policies/{MASS}").text
    said = text_of(html)

    assert "A list of people does not leave in a mass mailing" in said
    assert (
        "Three or more people with private details in a list, "
        "each seen by ten or more mailboxes outside"
    ) in said
    assert "It is held for a reviewer. Two people have to release it." in said
    assert "{listed: true, private: true, at_least: 3, reach: 10}" in said
    assert "most urgent" in said
    assert re.search(r"Expected .{1,2000} is held", said)


def test_since_when_they_are_in_force_is_said(known: Desk) -> None:
    client = known.visitor(REVIEWER)
    before = client.get("/policies").text
    known.store.database.write_now(
        lambda tx: audit.note_policies(tx, shipped().digest, "26 policies")
    )
    after = client.get("/policies").text
    known.store.database.write_now(lambda tx: audit.note_policies(tx, "0" * 64, "others"))

    assert "are in force since" not in text_of(before)
    assert "are in force since" in text_of(after)
    assert "are in force since" not in text_of(client.get("/policies").text)


def test_that_they_only_watch_is_said_with_who_set_it(known: Desk) -> None:
    client = known.visitor(REVIEWER)
    assert "only watch" not in text_of(client.get("/policies").text)
    known.store.database.write_now(lambda tx: modes.set(tx, "observe", "root", "a fault"))
    said = text_of(client.get("/policies").text)

    assert "The policies only watch." in said
    assert "Set by root on" in said
    assert "it only watches" in text_of(client.get(f"/policies/{MASS}").text)


def test_a_file_that_was_changed_and_is_not_in_force_is_not_shown_as_if_it_were(
    known: Desk,
) -> None:
    assert known.site.rules
    file = known.site.rules.directory / f"{MASS}.yaml"
    file.write_text(file.read_text().replace("at_least: 3", "at_least: 300"))
    client = known.visitor(REVIEWER)
    said = text_of(client.get(f"/policies/{MASS}").text)

    assert "at_least: 300" not in said
    assert "Its file was changed since" in said
    assert "Three or more people" in said
    assert "not those that are in force" in text_of(client.get("/policies").text)


@pytest.mark.parametrize(
    "name", ["nothing", "%2e%2e%2fdlpguard", "flows", "../dlpguard.toml", f"{MASS}.test"]
)
def test_only_policies_in_force_have_a_page(known: Desk, name: str) -> None:
    assert 404 == known.visitor(REVIEWER).get(f"/policies/{name}").status_code


def test_a_site_that_was_not_told_says_so(here: Desk) -> None:
    client = here.visitor(REVIEWER)

    assert "was not told" in client.get("/policies").text
    assert 404 == client.get(f"/policies/{MASS}").status_code


def test_titles_are_text_and_nothing_else(known: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    evil = "title: '<b>bold</b>{{ 7 * 7 }}'\nwhy: '<i>'\nwhen: [publishing]\nthen: quarantine\n"
    (folder / "evil.yaml").write_text(evil)
    made = policy.load(folder)
    known.site = replace(known.site, rules=Rulebook(lambda: judging(made), folder))
    client = known.visitor(REVIEWER)
    for path in ("/policies", "/policies/evil"):
        html = client.get(path).text
        assert "<b>bold" not in html
        assert "{{ 7 * 7 }}" in html
