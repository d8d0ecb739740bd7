"""Deciding by a token: as on the pages, as its owner, on what they looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
from starlette.testclient import TestClient

from dlpguard.lifecycle import Outcome, State
from dlpguard.review import notes
from dlpguard.store import accounts, audit, messages, quarantine
from dlpguard.store.quarantine import Held
from dlpguard.web.api.decisions import NoteName
from tests.web._site import APPROVER, REVIEWER, Desk
from tests.web.api._program import program_of


@pytest.fixture
def client(here: Desk) -> Iterator[TestClient]:
    with program_of(here) as made:
        yield made


def alone(here: Desk) -> Held:
    """A message that one person releases."""
    return next(one for one in here.held() if one.approvals_needed == 1)


def seen(client: TestClient, id: str) -> dict[str, Any]:
    """What a decision has to say of what was looked at."""
    said = client.get(f"/messages/{id}").json()
    return {"version": said["version"], "campaign": said["campaign"]}


def acts(here: Desk, id: str) -> list[tuple[str, str, str]]:
    return here.store.database.read_now(
        lambda tx: [(e.actor, e.act, e.detail) for e in audit.entries(tx, id) if e.act != "show"]
    )


def test_a_message_is_returned_and_the_audit_says_by_which_token(
    here: Desk, client: TestClient
) -> None:
    id = alone(here).id

    body = seen(client, id) | {"note": "The list should not be attached."}
    answer = client.post(f"/messages/{id}/return", json=body)

    assert 200 == answer.status_code
    assert "over" == answer.json()["stage"]
    assert State.DONE is here.state(id)
    said = "The list should not be attached. (by token reports)"
    assert [(REVIEWER, "return", said)] == acts(here, id)
    after = client.get(f"/messages/{id}").json()
    assert ("over", False) == (after["stage"], after["may_decide"])


def test_a_note_is_sent_before_ones_own_words(here: Desk, client: TestClient) -> None:
    id = alone(here).id
    offered = client.get(f"/messages/{id}").json()["notes"]
    assert set(get_args(NoteName)) == {note.name for note in notes.NOTES}

    body = seen(client, id) | {"template": offered[0]["name"], "note": "Ring me."}
    client.post(f"/messages/{id}/return", json=body)

    moves = client.get(f"/messages/{id}/history").json()["moves"]
    assert f"{offered[0]['text']} Ring me." == moves[-1]["reason"]


def test_a_release_waits_as_long_as_it_can_be_taken_back(here: Desk) -> None:
    here.site = replace(here.site, undo=300.0)
    id = alone(here).id
    client = program_of(here)
    client.post(f"/messages/{id}/release", json=seen(client, id) | {"reason": "x"})

    row, now = here.store.database.read_now(lambda tx: (messages.get(tx, id), tx.now()))

    assert 200 < row.next_try - now <= 300


def test_its_sender_is_asked(here: Desk, client: TestClient) -> None:
    id = alone(here).id

    body = seen(client, id) | {"question": "Who needs the list?"}
    answer = client.post(f"/messages/{id}/ask", json=body)

    assert "asked" == answer.json()["stage"]
    assert State.AWAITING_SENDER is here.state(id)
    assert id in {line["id"] for line in client.get("/queue?show=asked").json()["lines"]}


def test_a_release_can_be_taken_back(here: Desk, client: TestClient) -> None:
    id = alone(here).id
    released = client.post(
        f"/messages/{id}/release", json=seen(client, id) | {"reason": "agreement 2019/4"}
    )
    assert ("released", 0) == (released.json()["stage"], released.json()["approvals_missing"])
    assert State.READY is here.state(id)
    assert client.get(f"/messages/{id}").json()["may_undo"]

    undone = client.post(f"/messages/{id}/undo", json={"reason": "the wrong one"})

    assert "held" == undone.json()["stage"]
    assert State.QUARANTINED is here.state(id)
    again = client.post(f"/messages/{id}/undo", json={})
    assert 409 == again.status_code


def test_what_nobody_inside_gets_is_not_released_inside(here: Desk, client: TestClient) -> None:
    id = next(
        one.id
        for one in here.held()
        if one.approvals_needed == 1 and not one.record.facts.audience.internal
    )

    body = seen(client, id) | {"reason": "for the team", "to": "inside"}
    answer = client.post(f"/messages/{id}/release", json=body)

    assert 422 == answer.status_code
    assert "Nobody would get it" in answer.json()["detail"]
    assert State.QUARANTINED is here.state(id)


def test_it_is_released_to_some_by_their_keys(here: Desk) -> None:
    client = program_of(here, APPROVER)
    held = next(
        one for one in here.held() if one.approvals_needed == 1 and len(one.envelope.recipients) > 1
    )
    listed = client.get(f"/messages/{held.id}/recipients").json()["recipients"]
    keys = [one["key"] for one in listed if one["receives"]][:1]

    body = seen(client, held.id) | {"reason": "theirs", "to": "some", "recipients": keys}
    said = client.post(f"/messages/{held.id}/release", json=body).json()

    assert (1, len(held.envelope.recipients) - 1) == (said["given"], said["left_out"])
    outcomes = here.store.database.read_now(lambda tx: quarantine.outcomes(tx, held.id))
    assert 1 == outcomes[str(Outcome.PENDING)]


@pytest.mark.parametrize(
    "choice",
    [
        {"to": "some"},
        {"to": "everybody", "circles": ["internal"]},
        {"to": "inside", "addresses": ["x@council.example"]},
        {"to": "some", "recipients": ["0" * 20]},
        {"to": "some", "addresses": ["nobody@elsewhere.example"]},
        {"to": "some", "circles": ["moon"]},
        {"to": "nobody"},
    ],
)
def test_a_choice_that_makes_no_sense_releases_nothing(
    here: Desk, client: TestClient, choice: dict[str, Any]
) -> None:
    id = alone(here).id

    body = seen(client, id) | {"reason": "x"} | choice
    answer = client.post(f"/messages/{id}/release", json=body)

    assert 422 == answer.status_code
    assert "urn:dlpguard:problem:invalid" == answer.json()["type"]
    assert State.QUARANTINED is here.state(id)


def test_of_two_who_decide_the_second_is_told(here: Desk, client: TestClient) -> None:
    id = alone(here).id
    looked = seen(client, id)
    other = program_of(here, APPROVER)
    other.post(f"/messages/{id}/return", json=looked)

    answer = client.post(f"/messages/{id}/release", json=looked | {"reason": "x"})

    assert 409 == answer.status_code
    assert "urn:dlpguard:problem:changed" == answer.json()["type"]
    assert APPROVER in answer.json()["detail"]
    assert State.DONE is here.state(id)


def test_what_has_changed_since_it_was_looked_at_is_not_decided(
    here: Desk, client: TestClient
) -> None:
    id = alone(here).id
    old = seen(client, id) | {"reason": "x"}
    old["version"] += 1

    answer = client.post(f"/messages/{id}/release", json=old)

    assert 409 == answer.status_code
    assert "look again" in answer.json()["detail"]
    assert State.QUARANTINED is here.state(id)


def test_two_people_means_two_accounts_and_not_two_tokens(here: Desk) -> None:
    held = next(one for one in here.held() if one.approvals_needed == 2)
    first = program_of(here, APPROVER)
    body = seen(first, held.id) | {"reason": "agreed"}
    assert 1 == first.post(f"/messages/{held.id}/release", json=body).json()["approvals_missing"]
    browser = here.visitor(APPROVER)
    assert browser.get(f"/messages/{held.id}").status_code == 200

    again = first.post(f"/messages/{held.id}/release", json=body)

    assert 1 == again.json()["approvals_missing"]
    assert State.QUARANTINED is here.state(held.id)
    said = first.get(f"/messages/{held.id}").json()
    assert [APPROVER] == [one["by"] for one in said["approved"]]


def test_who_is_no_approver_does_not_release_what_takes_two(here: Desk, client: TestClient) -> None:
    held = next(one for one in here.held() if one.approvals_needed == 2)
    assert not client.get(f"/messages/{held.id}").json()["may_release"]

    body = seen(client, held.id) | {"reason": "x"}
    answer = client.post(f"/messages/{held.id}/release", json=body)

    assert 403 == answer.status_code
    assert "takes two approvers" in answer.json()["detail"]


def test_an_approvers_token_that_was_not_made_to_approve_does_not(here: Desk) -> None:
    held = next(one for one in here.held() if one.approvals_needed == 2)
    client = program_of(here, APPROVER, ["see-queue", "decide"])

    body = seen(client, held.id) | {"reason": "x"}

    assert 403 == client.post(f"/messages/{held.id}/release", json=body).status_code


def test_nobody_decides_their_own_mail_by_a_token_either(here: Desk) -> None:
    held = alone(here)
    sender = here.store.database.read_now(lambda tx: messages.envelope_of(tx, held.id).sender)
    who = here.store.database.read_now(lambda tx: accounts.known(tx, REVIEWER))
    client = program_of(here)
    body = seen(client, held.id) | {"reason": "x"}
    here.store.database.write_now(lambda tx: accounts.change(tx, who.id, name=sender.casefold()))

    answer = client.post(f"/messages/{held.id}/release", json=body)

    assert 403 == answer.status_code
    assert "their own mail" in answer.json()["detail"]
    assert not client.get(f"/messages/{held.id}").json()["may_decide"]


def test_comments_owner_and_mark_are_kept(here: Desk, client: TestClient) -> None:
    id = alone(here).id

    answers = [
        client.post(f"/messages/{id}/comments", json={"text": "I have rung them."}),
        client.post(f"/messages/{id}/owner", json={"who": "me"}),
        client.post(f"/messages/{id}/mark", json={"rightly": False}),
    ]

    assert [204] * 3 == [answer.status_code for answer in answers]
    said = client.get(f"/messages/{id}").json()
    assert (REVIEWER, False) == (said["owner"], said["rightly_held"])
    assert ["I have rung them."] == [one["text"] for one in said["content"]["comments"]]
    assert [
        (REVIEWER, "comment", "(by token reports)"),
        (REVIEWER, "assign", f"{REVIEWER} (by token reports)"),
        (REVIEWER, "mark", "wrongly held (by token reports)"),
    ] == acts(here, id)


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("release", {"version": 1, "campaign": 0}, "body.reason"),
        ("release", {"version": 1, "campaign": 0, "reason": " \n"}, "body.reason"),
        ("release", {"reason": "x", "campaign": 0}, "body.version"),
        ("release", {"version": 1, "campaign": 0, "reason": "x", "too": "all"}, "body.too"),
        ("ask", {"version": 1, "campaign": 0, "question": ""}, "body.question"),
        ("return", {"version": 1, "campaign": 0, "note": "x" * 2001}, "body.note"),
        ("owner", {"who": "somebody@council.example"}, "body.who"),
        ("mark", {"rightly": "perhaps"}, "body.rightly"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(
    here: Desk, client: TestClient, path: str, body: dict[str, Any], where: str
) -> None:
    id = alone(here).id

    answer = client.post(f"/messages/{id}/{path}", json=body)

    assert 422 == answer.status_code
    assert [where] == [one["where"] for one in answer.json()["errors"]]
    assert "somebody@council.example" not in answer.text
    assert State.QUARANTINED is here.state(id)


def test_a_form_of_a_page_is_no_request_of_the_api(here: Desk, client: TestClient) -> None:
    """So a browser that is made to send one from elsewhere sends nothing that counts."""
    id = alone(here).id

    answer = client.post(f"/messages/{id}/owner", data={"who": "me"})

    assert 422 == answer.status_code
