"""The page of a message: who, whose, why; masked until somebody says why they need to see it."""

from __future__ import annotations

import re

import pytest

from dlpguard.store import audit, reveals, schema
from dlpguard.store.quarantine import Held
from tests.web._site import AUDITOR, MAIL_ADMINISTRATOR, REVIEWER, Desk, csrf


def held_by(here: Desk, policy: str) -> Held:
    """A message that this policy holds."""
    for one in here.held():
        if policy in {match.policy for match in one.record.verdict.matches}:
            return one
    raise AssertionError(policy)


def acts(here: Desk, subject: str) -> list[tuple[str, str]]:
    entries = here.store.database.read_now(lambda tx: tuple(audit.entries(tx, subject)))
    return [(entry.actor, entry.act) for entry in entries]


def test_the_first_sentence_says_who_sends_whose_data_to_whom(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    held = held_by(here, "people-list-mass-mailing")

    html = client.get(f"/messages/{held.id}").text

    assert "is sending 40 people&#39;s names" in html
    assert "157 outside addresses" in html
    assert "Nothing has left." in html


def test_hidden_people_are_told_apart_from_visible_ones(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    held = held_by(here, "hidden-people")

    html = client.get(f"/messages/{held.id}").text

    assert "out of sight" in html
    assert "hidden sheet" in html


def test_what_was_found_is_masked_until_a_reason_is_given_and_only_for_whoever_gave_it(
    here: Desk,
) -> None:
    client, other = here.visitor(REVIEWER), here.visitor("art.price@council.example")
    held = held_by(here, "people-list-mass-mailing")
    name = held.record.facts.people.everyone[0].name.title()
    address = held.record.facts.audience.viewers[0].address
    word = name.split()[0]
    pages = [f"/messages/{held.id}{rest}" for rest in ("", "/people", "/recipients", "/files/2")]

    for path in pages:
        html = client.get(path).text
        assert name not in html
        assert not re.search(rf"\b{word}\b", html), path
        assert address not in html
    data = {"csrf": csrf(html), "reason": "are they ours?", "back": pages[1]}
    sent = client.post(f"/messages/{held.id}/reveal", data=data)

    assert (303, pages[1]) == (sent.status_code, sent.headers["location"])
    assert name in client.get(pages[1]).text
    assert name not in other.get(pages[1]).text
    entries = here.store.database.read_now(lambda tx: tuple(audit.entries(tx, held.id)))
    assert ("reveal", "are they ours?") in [(e.act, e.detail) for e in entries]


def test_without_a_reason_nothing_is_revealed(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    held = here.held()[0]
    proof = csrf(client.get(f"/messages/{held.id}").text)

    client.post(f"/messages/{held.id}/reveal", data={"csrf": proof, "reason": "  "})

    assert "Show what is masked" in client.get(f"/messages/{held.id}").text
    assert (REVIEWER, "reveal") not in acts(here, held.id)


def test_a_reason_is_good_for_an_hour(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    held = here.held()[0]
    proof = csrf(client.get(f"/messages/{held.id}").text)
    client.post(f"/messages/{held.id}/reveal", data={"csrf": proof, "reason": "to decide"})
    assert "Show what is masked" not in client.get(f"/messages/{held.id}").text

    earlier = schema.reveals.update().values(
        revealed_at=schema.reveals.c.revealed_at - reveals.SECONDS
    )
    here.store.database.write_now(lambda tx: tx.execute(earlier))

    assert "Show what is masked" in client.get(f"/messages/{held.id}").text


def test_a_look_is_recorded_once_an_hour(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    held = here.held()[0]

    for rest in ("", "/people", "/files/0", ""):
        assert 200 == client.get(f"/messages/{held.id}{rest}").status_code

    assert [(REVIEWER, "show")] == acts(here, held.id)


def test_an_auditor_sees_counts_and_no_content(here: Desk) -> None:
    client = here.visitor(AUDITOR)
    held = held_by(here, "people-list-mass-mailing")

    html = client.get(f"/messages/{held.id}").text

    assert "40" in html
    assert "157" in html
    assert "does not have the right to see what a message says" in html
    for rest in ("/people", "/recipients", "/files/0"):
        assert 403 == client.get(f"/messages/{held.id}{rest}").status_code
    domain = held.record.facts.audience.viewers[0].address.partition("@")[2]
    assert f"@{domain}" not in html


def test_who_runs_the_machine_does_not_see_messages(here: Desk) -> None:
    client = here.visitor(MAIL_ADMINISTRATOR)

    assert 403 == client.get(f"/messages/{here.held()[0].id}").status_code


@pytest.mark.parametrize("rest", ["/files/99", "/files/0?page=99", "/people?page=0", "/nothing"])
def test_what_is_not_there_is_said_to_be_not_there(here: Desk, rest: str) -> None:
    client = here.visitor(REVIEWER)

    assert 404 == client.get(f"/messages/{here.held()[0].id}{rest}").status_code


def test_an_unknown_message_is_not_there(here: Desk) -> None:
    assert 404 == here.visitor(REVIEWER).get("/messages/01HF7YAT000000000000000ZZZ").status_code


def test_findings_are_marked_in_their_place_with_what_they_are(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    held = held_by(here, "people-list-mass-mailing")

    html = client.get(f"/messages/{held.id}/files/2").text

    marked = re.findall(r'<mark class="dlp-mark" title="([^":]+)', html)
    assert {"name", "phone number", "case reference"} <= set(marked)
