"""The queue for programs: what waits, of one's own queues, and what is content left out."""

from __future__ import annotations

import pytest

from dlpguard.store import accounts, schema
from tests.web._site import AUDITOR, REVIEWER, Desk
from tests.web.api._program import program_of


def test_it_is_the_list_of_the_page_in_the_same_order(here: Desk) -> None:
    html = here.visitor(REVIEWER).get("/queue").text

    answer = program_of(here).get("/queue")

    assert 200 == answer.status_code
    said = answer.json()
    lines = said["lines"]
    places = [html.index(f"/messages/{line['id']}") for line in lines]
    assert sorted(places) == places
    assert len(lines) == said["total"] == said["held"] > 3
    assert (1, 1) == (said["page"], said["pages"])
    ends = [line["ends"] for line in lines]
    assert all(end > line["received"] for end, line in zip(ends, lines, strict=True))


def test_who_may_not_see_content_sees_no_subject_and_nobody(here: Desk) -> None:
    whole = program_of(here, REVIEWER).get("/queue").json()["lines"]
    masked = program_of(here, AUDITOR).get("/queue").json()["lines"]

    assert any(line["subject"] for line in whole)
    assert not any(line["subject"] for line in masked)
    hidden = ("sender", "subject", "first_recipient", "ended_by")
    assert {None} == {line[name] for line in masked for name in hidden}
    counts = ("id", "people_visible", "people_hidden", "reach", "exposure", "risk", "copies")
    assert [[line[c] for c in counts] for line in whole] == [
        [line[c] for c in counts] for line in masked
    ]


def test_a_token_without_content_sees_no_more_than_an_auditor(here: Desk) -> None:
    lines = program_of(here, REVIEWER, ["see-queue"]).get("/queue").json()["lines"]

    assert not any(line["subject"] for line in lines)
    assert not any(line["sender"] for line in lines)


def test_it_is_filtered_by_owner_sender_and_what_it_waits_for(here: Desk) -> None:
    client = program_of(here)
    line = client.get("/queue").json()["lines"][0]
    client.post(f"/messages/{line['id']}/owner", json={"who": "me"})

    mine = client.get("/queue", params={"owner": "me"}).json()
    nobodys = client.get("/queue", params={"owner": "nobody"}).json()
    asked = client.get("/queue", params={"show": "asked"}).json()
    unknown = client.get("/queue", params={"sender": "nobody@council.example"}).json()

    assert [(line["id"], REVIEWER)] == [(one["id"], one["owner"]) for one in mine["lines"]]
    assert mine["held"] - 1 == nobodys["total"]
    assert asked["asked"] == asked["total"] == len(asked["lines"])
    assert (0, []) == (unknown["total"], unknown["lines"])


def test_a_mailing_of_another_group_is_in_no_list_and_no_count(here: Desk) -> None:
    client = program_of(here)
    before = client.get("/queue").json()
    id = before["lines"][0]["id"]
    here.store.database.write_now(
        lambda tx: tx.execute(
            schema.messages.update().where(schema.messages.c.id == id).values(queue="members")
        )
    )

    after = client.get("/queue").json()

    assert id not in {line["id"] for line in after["lines"]}
    assert (before["total"] - 1, before["held"] - 1) == (after["total"], after["held"])
    hidden = client.get(f"/messages/{id}")
    missing = client.get("/messages/00000000000000000000000000")
    assert 404 == hidden.status_code == missing.status_code
    assert missing.json() == hidden.json()
    assert 404 == client.post(f"/messages/{id}/owner", json={"who": "me"}).status_code

    who = here.store.database.read_now(lambda tx: accounts.known(tx, REVIEWER))
    here.store.database.write_now(lambda tx: accounts.change(tx, who.id, groups=("members",)))

    assert before["total"] == client.get("/queue").json()["total"]
    assert 200 == client.get(f"/messages/{id}").status_code


def test_who_may_not_see_who_sends_cannot_ask_for_it_either(here: Desk) -> None:
    sender = here.held()[0].envelope.sender

    answer = program_of(here, AUDITOR).get("/queue", params={"sender": sender})

    assert 403 == answer.status_code
    assert "see-content" == answer.json()["scope"]


def test_what_was_decided_is_listed_with_what_came_of_it(here: Desk) -> None:
    client = program_of(here)
    held = next(one for one in here.held() if one.approvals_needed == 1)
    body = {"version": held.version, "campaign": held.campaign_version}
    client.post(f"/messages/{held.id}/return", json=body)

    (line,) = [
        one
        for one in client.get("/queue", params={"show": "today"}).json()["lines"]
        if one["id"] == held.id
    ]

    assert ("returned", REVIEWER) == (line["ended"], line["ended_by"])
    assert line["ended_at"] >= line["received"]


def test_it_is_filtered_by_policy_and_badge(here: Desk) -> None:
    client = program_of(here)
    name = next(m.policy for one in here.held() for m in one.record.verdict.matches)

    some = client.get("/queue", params={"policy": name}).json()
    hidden = client.get("/queue", params={"badge": "hidden people"}).json()

    assert 0 < some["total"] <= some["held"]
    assert 0 < hidden["total"]
    assert all("hidden people" in line["badges"] for line in hidden["lines"])
    assert 0 == client.get("/queue", params={"policy": "no-such"}).json()["total"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=2", 404),
        ("page=0", 422),
        ("page=x", 422),
        ("show=everything", 422),
        ("owner=x", 422),
        ("badge=x", 422),
        ("sender=" + "x" * 255, 422),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_refused(
    here: Desk, query: str, status: int
) -> None:
    answer = program_of(here).get(f"/queue?{query}")

    assert status == answer.status_code
    if status == 422:
        assert f"query.{query.partition('=')[0]}" == answer.json()["errors"][0]["where"]
