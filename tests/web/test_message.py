"""The page of a message: who, whose, why; masked until somebody says why they need to see it."""

from __future__ import annotations

import re

import pytest

from dlpguard import review
from dlpguard.store import audit, returned, reveals, schema
from dlpguard.store.database import Transaction
from dlpguard.store.quarantine import Held
from tests.web._site import AUDITOR, HEAD, MAIL_ADMINISTRATOR, REVIEWER, Desk, csrf


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

    data = {"csrf": proof, "reason": "  ", "back": f"/messages/{held.id}/people?page=1"}
    sent = client.post(f"/messages/{held.id}/reveal", data=data)

    assert f"/messages/{held.id}/people?reason=missing#reveal" == sent.headers["location"]
    assert "Enter why you need to see it" in client.get(sent.headers["location"]).text
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


def test_without_the_right_to_content_nobody_and_nothing_is_named(here: Desk) -> None:
    client = here.visitor(AUDITOR)
    for held in here.held():
        facts = held.record.facts
        html = client.get(f"/messages/{held.id}").text

        assert held.envelope.sender not in html
        assert not facts.author or facts.author not in html
        assert not facts.subject or facts.subject not in html
        for viewer in facts.audience.viewers:
            assert viewer.address not in html
        for person in facts.people.everyone:
            assert person.where.split(" › ")[0] not in html or person.where in {"body", "subject"}
        for path in ("/mail", "/mail/1", "/headers"):
            assert 403 == client.get(f"/messages/{held.id}{path}").status_code


def test_an_auditor_is_told_how_many_of_what_there_are_and_in_what_files(here: Desk) -> None:
    held = held_by(here, "people-list-mass-mailing")

    html = here.visitor(AUDITOR).get(f"/messages/{held.id}").text

    for told in ("phone numbers</li>", "in plain sight", "With it: one", "personal webmail"):
        assert told in html


def test_an_auditor_reads_what_its_sender_answered_without_what_was_found_in_it(here: Desk) -> None:
    held = held_by(here, "people-list-mass-mailing")
    review.ask(here.store, HEAD, held.id, REVIEWER, "Who is this for?")
    said = "Meant for Ann Lee, 07700 900123, of the panel"
    review.confirm(here.store, held.id, held.envelope.sender, said)

    html = here.visitor(AUDITOR).get(f"/messages/{held.id}").text

    assert "What its sender answered" in html
    assert "of the panel" in html
    assert "07700 900123" not in html
    assert "Ann Lee" not in html
    assert "Who is this for?" not in html


def test_what_has_left_already_is_said(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    held = held_by(here, "people-list-mass-mailing")
    some = schema.recipients.c.position < 3
    mine = schema.recipients.c.message_id == held.id
    here.store.database.write_now(
        lambda tx: tx.execute(
            schema.recipients.update().where(mine, some).values(outcome="delivered")
        )
    )

    html = client.get(f"/messages/{held.id}").text

    assert "3 of them already have it." in html
    assert "Nothing has left." not in html


def test_that_the_same_file_was_returned_before_is_said_with_the_note(here: Desk) -> None:
    first, second = same_file(here)
    review.return_(here.store, HEAD, first.id, REVIEWER, "please take out the hidden sheet")

    html = here.visitor(REVIEWER).get(f"/messages/{second.id}").text

    assert re.search(r"The same file was returned on [^<]+ by Rita Reid: <q", html)
    assert "please take out the hidden sheet" in html
    assert f'href="/messages/{first.id}"' in html
    blind = here.visitor(AUDITOR).get(f"/messages/{second.id}").text
    assert "returned on" not in blind
    assert "please take out" not in blind


def test_that_the_same_mail_was_returned_before_is_said(here: Desk) -> None:
    first, second = same_file(here)
    whole = schema.contents.c.digest != here.store.keys.digest(
        "content", second.record.facts.content.whole
    )
    here.store.database.write_now(lambda tx: tx.execute(schema.contents.delete().where(whole)))
    review.return_(here.store, HEAD, first.id, REVIEWER, "no")

    assert (
        "The same mail was returned on" in here.visitor(REVIEWER).get(f"/messages/{second.id}").text
    )


def test_a_return_of_another_groups_mail_is_not_told(here: Desk) -> None:
    first, second = same_file(here)
    review.return_(here.store, HEAD, first.id, REVIEWER, "no")
    to_group = schema.messages.update().where(schema.messages.c.id == first.id)
    here.store.database.write_now(lambda tx: tx.execute(to_group.values(queue="legal")))

    assert "was returned on" not in here.visitor(REVIEWER).get(f"/messages/{second.id}").text


def test_a_return_of_long_ago_and_its_own_are_not_told(here: Desk) -> None:
    first, second = same_file(here)
    review.return_(here.store, HEAD, first.id, REVIEWER, "no")
    client = here.visitor(REVIEWER)
    assert "was returned on" not in client.get(f"/messages/{first.id}").text

    earlier = schema.moves.update().values(moved_at=schema.moves.c.moved_at - returned.SECONDS)
    here.store.database.write_now(lambda tx: tx.execute(earlier))

    assert "was returned on" not in client.get(f"/messages/{second.id}").text


def same_file(here: Desk) -> tuple[Held, Held]:
    """Two messages that hold the same file: it is made so that they do."""
    first, second, *_ = (one for one in here.held() if one.record.facts.content.files)

    def work(tx: Transaction) -> None:
        returned.keep(tx, first.id, second.record.facts)

    here.store.database.write_now(work)
    return first, second


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
