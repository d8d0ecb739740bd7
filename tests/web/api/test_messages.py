"""A message for programs: counts for all who review, content masked until a reason was given."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dlpguard.store import audit, bodies
from dlpguard.store.quarantine import Held
from tests.web._site import APPROVER, AUDITOR, REVIEWER, Desk
from tests.web.api._program import made, program, program_of


def with_hidden_people(here: Desk) -> Held:
    return next(one for one in here.held() if one.record.facts.people.hidden)


def names(held: Held) -> set[str]:
    return {p.name.casefold() for p in held.record.facts.people.everyone if " " in p.name}


def looks(here: Desk, id: str) -> list[tuple[str, str]]:
    """Who looked, and through what."""
    return here.store.database.read_now(
        lambda tx: [(e.actor, e.detail) for e in audit.entries(tx, id) if e.act == "show"]
    )


def get(here: Desk, path: str, name: str = REVIEWER) -> Any:
    answer = program_of(here, name).get(path)
    assert 200 == answer.status_code, answer.text
    return answer.json()


def test_it_says_what_the_page_says(here: Desk) -> None:
    held = with_hidden_people(here)
    facts = held.record.facts

    said = get(here, f"/messages/{held.id}")

    html = here.visitor(REVIEWER).get(f"/messages/{held.id}").text
    assert said["headline"].split(". ")[0][:30] in html
    assert ("held", held.version, held.campaign_version) == (
        said["stage"],
        said["version"],
        said["campaign"],
    )
    assert (facts.people.visible, facts.people.hidden) == (
        said["people"]["visible"],
        said["people"]["hidden"],
    )
    assert {m.policy for m in held.record.verdict.matches} == {r["policy"] for r in said["reasons"]}
    assert sum(said["reach"]["circles"].values()) == len(held.envelope.recipients)
    assert said["may_decide"]
    assert not said["may_undo"]


def test_content_is_masked_until_a_reason_was_given(here: Desk) -> None:
    held = with_hidden_people(here)
    client = program_of(here)
    paths = [f"/messages/{held.id}", f"/messages/{held.id}/people", f"/messages/{held.id}/files/1"]
    before = "".join(client.get(path).text for path in paths).casefold()
    assert not [name for name in names(held) if json.dumps(name)[1:-1] in before]
    assert not client.get(paths[0]).json()["content"]["revealed"]

    refused = client.post(f"/messages/{held.id}/reveal", json={"reason": "  "})
    assert 422 == refused.status_code
    answer = client.post(f"/messages/{held.id}/reveal", json={"reason": "are they ours?"})

    assert 200 == answer.status_code
    people = client.get(paths[1]).json()["people"]
    assert names(held) & {one["name"].casefold() for one in people}
    assert client.get(paths[0]).json()["content"]["revealed"]
    entries = here.store.database.read_now(lambda tx: list(audit.entries(tx, held.id)))
    assert [(REVIEWER, "are they ours? (by token reports)")] == [
        (e.actor, e.detail) for e in entries if e.act == "reveal"
    ]


def test_without_the_right_to_content_there_is_none(here: Desk) -> None:
    held = with_hidden_people(here)

    client = program_of(here, AUDITOR)
    said = client.get(f"/messages/{held.id}").json()

    assert said["content"] is None
    text = json.dumps(said).casefold()
    assert not [name for name in names(held) if name in text]
    addresses = [held.envelope.sender, *(r.address for r in held.envelope.recipients)]
    assert not [address for address in addresses if address in text]
    assert held.record.facts.author.casefold() not in text
    assert held.record.facts.subject.casefold() not in text
    assert not any(reason["because"] for reason in said["reasons"])
    moves = client.get(f"/messages/{held.id}/history").json()["moves"]
    assert {None} == {move["reason"] for move in moves}


def test_recipients_are_masked_and_each_has_a_key_of_its_own(here: Desk) -> None:
    held = next(one for one in here.held() if len(one.envelope.recipients) > 3)

    said = get(here, f"/messages/{held.id}/recipients")

    assert said["total"] == len(held.record.facts.audience.viewers)
    assert all("*" in one["address"] for one in said["recipients"])
    assert len({one["key"] for one in said["recipients"]}) == len(said["recipients"])


def test_a_file_is_given_page_by_page_with_what_was_found_in_place(here: Desk) -> None:
    held = with_hidden_people(here)
    client = program_of(here)
    files = client.get(f"/messages/{held.id}").json()["content"]["files"]
    assert ["message"] == [one["name"] for one in files if one["depth"] == 0]
    parts = []
    for one in files:
        for page in range(1, one["pages"] + 1):
            path = f"/messages/{held.id}/files/{one['file']}"
            answer = client.get(path, params={"page": page})
            assert 200 == answer.status_code
            for passage in answer.json()["passages"]:
                parts += passage["parts"]
                parts += [p for row in passage["rows"] for c in row["cells"] for p in c["parts"]]
        beyond = client.get(f"/messages/{held.id}/files/{one['file']}?page={one['pages'] + 1}")
        assert 404 == beyond.status_code

    marked = [part for part in parts if part["kind"]]
    assert len(marked) >= sum(one["found_visible"] + one["found_hidden"] for one in files) / 2
    assert 404 == client.get(f"/messages/{held.id}/files/{len(files)}").status_code


def test_what_is_not_kept_any_more_is_not_there(here: Desk) -> None:
    held = here.held()[0]
    here.store.database.write_now(lambda tx: bodies.forget(tx, held.id))
    client = program_of(here)

    content = client.get(f"/messages/{held.id}").json()["content"]

    assert (False, []) == (content["kept"], content["files"])
    assert 404 == client.get(f"/messages/{held.id}/files/0").status_code


def test_that_it_was_looked_at_is_recorded_for_each_token_once_an_hour(here: Desk) -> None:
    id = here.held()[0].id
    client = program(here, made(here))
    for path in ("", "/history", "/people", "/recipients", "/files/0", ""):
        client.get(f"/messages/{id}{path}")
    assert [(REVIEWER, "(by token reports)")] == looks(here, id)

    browser = here.visitor(REVIEWER)
    browser.get(f"/messages/{id}")
    browser.get(f"/messages/{id}")
    assert [(REVIEWER, "(by token reports)"), (REVIEWER, "")] == looks(here, id)

    client.get(f"/messages/{id}")
    get(here, f"/messages/{id}", APPROVER)
    assert [(APPROVER, "(by token reports)")] == looks(here, id)[2:]


def test_a_message_is_downloaded_as_it_came_by_whoever_may_for_a_reason(here: Desk) -> None:
    id = here.held()[0].id
    client = program_of(here, APPROVER)

    assert 422 == client.post(f"/messages/{id}/download", json={"reason": " "}).status_code
    answer = client.post(f"/messages/{id}/download", json={"reason": "incident 12"})

    stored = here.store.database.read_now(lambda tx: bodies.find(tx, id))
    content = b"".join(stored.pieces(here.store.keys, here.store.shelf))
    assert content == answer.content
    assert "application/octet-stream" == answer.headers["content-type"]
    assert "attachment" in answer.headers["content-disposition"]
    entries = here.store.database.read_now(lambda tx: list(audit.entries(tx, id)))
    assert [(APPROVER, "incident 12 (by token reports)")] == [
        (e.actor, e.detail) for e in entries if e.act == "download"
    ]


@pytest.mark.parametrize("id", ["x", "0" * 25, "0" * 27, "u" * 26, "%2e%2e", "0" * 25 + "%0a"])
def test_what_is_no_id_is_refused(here: Desk, id: str) -> None:
    assert program_of(here).get(f"/messages/{id}").status_code in {404, 422}
