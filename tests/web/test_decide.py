"""Decisions on the site: one wins, nobody decides their own, two where two are needed."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from dlpguard.lifecycle import State
from dlpguard.store import accounts, quarantine
from dlpguard.store.quarantine import Held
from tests.web._site import APPROVER, AUDITOR, HASH, REVIEWER, Desk, csrf


def single(here: Desk) -> Held:
    """A message that one person may release."""
    return next(one for one in here.held() if one.approvals_needed == 1)


def decide(client: TestClient, held: Held, what: str, **fields: str) -> int:
    proof = csrf(client.get(f"/messages/{held.id}").text)
    data = {"csrf": proof, "version": str(held.version), "campaign": str(held.campaign_version)}
    return client.post(f"/messages/{held.id}/{what}", data=data | fields).status_code


def test_a_returned_message_is_done_and_the_note_is_its_reason(here: Desk) -> None:
    client, held = here.visitor(REVIEWER), single(here)

    assert 303 == decide(client, held, "return", note="please take out the list")

    assert State.DONE is here.state(held.id)
    history = here.store.database.read_now(lambda tx: tuple(quarantine.history(tx, held.id)))
    assert (REVIEWER, "please take out the list") == (history[-1].actor, history[-1].reason)


def test_a_released_message_is_ready(here: Desk) -> None:
    client, held = here.visitor(REVIEWER), single(here)

    assert 303 == decide(client, held, "release", reason="agreed with the solicitor")

    assert State.READY is here.state(held.id)


@pytest.mark.parametrize(("what", "word"), [("release", "why it may go"), ("ask", "a question")])
def test_without_a_reason_or_a_question_nothing_happens_and_the_page_says_so(
    here: Desk, what: str, word: str
) -> None:
    client, held = here.visitor(REVIEWER), single(here)
    proof = csrf(client.get(f"/messages/{held.id}").text)
    data = {"csrf": proof, "version": str(held.version), "campaign": str(held.campaign_version)}

    sent = client.post(f"/messages/{held.id}/{what}", data=data)

    assert State.QUARANTINED is here.state(held.id)
    assert f"Enter {word}" in client.get(sent.headers["location"]).text


def test_two_people_release_what_takes_two(here: Desk) -> None:
    held = next(one for one in here.held() if one.approvals_needed == 2)
    first, second = here.visitor(REVIEWER), here.visitor(APPROVER)

    assert 303 == decide(first, held, "release", reason="looks right")
    assert 303 == decide(first, held, "release", reason="really")
    assert State.QUARANTINED is here.state(held.id)
    assert "Approved by rita.reid@council.example" in second.get(f"/messages/{held.id}").text
    assert 303 == decide(second, held, "release", reason="agreed")

    assert State.READY is here.state(held.id)


def test_nobody_decides_their_own_mail(here: Desk) -> None:
    held = single(here)
    sender = held.envelope.sender
    here.store.database.write_now(
        lambda tx: accounts.add(tx, sender, "The Sender", HASH, ["reviewer"])
    )
    client = here.visitor(sender)

    assert "What should happen?" not in client.get(f"/messages/{held.id}").text
    assert 403 == decide(client, held, "release", reason="it is fine")
    assert State.QUARANTINED is here.state(held.id)


def test_of_two_who_decide_the_first_wins_and_the_second_is_told(here: Desk) -> None:
    held = single(here)
    first, second = here.visitor(REVIEWER), here.visitor(APPROVER)

    assert 303 == decide(first, held, "return", note="no")
    assert 409 == decide(second, held, "release", reason="yes")

    assert State.DONE is here.state(held.id)


def test_a_decision_on_a_version_that_was_not_seen_is_refused(here: Desk) -> None:
    held = single(here)
    client = here.visitor(REVIEWER)
    proof = csrf(client.get(f"/messages/{held.id}").text)
    data = {"csrf": proof, "version": str(held.version + 1), "campaign": "0", "reason": "yes"}

    assert 409 == client.post(f"/messages/{held.id}/release", data=data).status_code
    assert State.QUARANTINED is here.state(held.id)


@pytest.mark.parametrize("what", ["return", "ask", "release"])
def test_an_auditor_decides_nothing(here: Desk, what: str) -> None:
    held = single(here)

    assert 403 == decide(here.visitor(AUDITOR), held, what, reason="x", note="x", question="x")
    assert State.QUARANTINED is here.state(held.id)


def test_a_get_decides_nothing(here: Desk) -> None:
    held, client = single(here), here.visitor(REVIEWER)

    for what in ("return", "ask", "release"):
        assert client.get(f"/messages/{held.id}/{what}").status_code in {404, 405}

    assert State.QUARANTINED is here.state(held.id)


def test_a_release_can_be_taken_back_until_it_has_left(here: Desk) -> None:
    client, held = here.visitor(REVIEWER), single(here)
    decide(client, held, "release", reason="yes")

    assert "Take the release back" in client.get(f"/messages/{held.id}").text
    assert 303 == decide(client, held, "undo")

    assert State.QUARANTINED is here.state(held.id)
    assert "What should happen?" in client.get(f"/messages/{held.id}").text
    assert 409 == decide(client, held, "undo")


def test_after_an_undo_approvals_are_needed_again(here: Desk) -> None:
    held = next(one for one in here.held() if one.approvals_needed == 2)
    first, second = here.visitor(REVIEWER), here.visitor(APPROVER)
    for client in (first, second):
        decide(client, held, "release", reason="yes")

    decide(first, held, "undo")
    again = next(one for one in here.held() if one.id == held.id)

    assert () == again.approved_by
    decide(second, again, "release", reason="yes")
    assert State.QUARANTINED is here.state(held.id)


def test_a_message_is_looked_after_commented_on_and_marked(here: Desk) -> None:
    client, held = here.visitor(REVIEWER), single(here)
    path = f"/messages/{held.id}"

    assert 303 == decide(client, held, "owner", who="me")
    assert "You look after this" in client.get(path).text
    assert "rita.reid@council.example looks after this" in here.visitor(APPROVER).get(path).text
    assert 303 == decide(client, held, "comment", text="<b>I have asked</b> her")
    assert "&lt;b&gt;I have asked&lt;/b&gt; her" in client.get(path).text
    decide(client, held, "return", note="no")
    assert 303 == decide(client, held, "mark", was="rightly")
    assert "<strong>Yes, rightly</strong>" in client.get(path).text
