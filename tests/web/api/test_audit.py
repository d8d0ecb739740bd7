"""The audit for programs: what the page shows, page by page, and whether it is whole."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from dlpguard import review
from dlpguard.store import audit, checkpoints, schema
from dlpguard.web.pages.audit import PAGE
from tests.web._site import APPROVER, AUDITOR, REVIEWER, Desk
from tests.web.api._program import program_of


def acts(said: Any) -> list[str]:
    return [entry["act"] for entry in said["entries"]]


def verified(client: TestClient, known: str = "") -> Any:
    answer = client.post("/audit/verify", json={"checkpoints": known})
    assert 200 == answer.status_code, answer.text
    return answer.json()


def test_what_a_token_did_stands_in_it_with_its_name(here: Desk) -> None:
    id = here.held()[0].id
    program_of(here).post(f"/messages/{id}/comments", json={"text": "I have rung them."})

    said = program_of(here, AUDITOR).get("/audit", params={"about": id}).json()

    (entry,) = said["entries"]
    assert (REVIEWER, "comment", id) == (entry["by"], entry["act"], entry["about"])
    assert "by token" in entry["said"]
    assert f"commented on message {id}" == entry["words"]


def test_reasons_are_masked_for_who_sees_no_content_and_left_out_for_other_groups(
    here: Desk,
) -> None:
    held = here.held()[0]
    review.comment(here.store, held.id, REVIEWER, "x")
    review.return_(here.store, here.site.head, held.id, REVIEWER, "ring Ann Bee on 07700 900123")
    client = program_of(here, AUDITOR)

    (entry,) = client.get("/audit", params={"about": held.id, "what": "decisions"}).json()[
        "entries"
    ][:1]
    assert "07700 900123" not in entry["said"]
    assert "[phone]" in entry["said"]

    here.store.database.write_now(
        lambda tx: tx.execute(
            schema.messages.update().where(schema.messages.c.id == held.id).values(queue="members")
        )
    )
    entry = client.get("/audit", params={"about": held.id}).json()["entries"][0]
    assert ("", True) == (entry["said"], entry["withheld"])


def test_it_is_read_page_by_page_and_filtered(here: Desk) -> None:
    for number in range(PAGE + 20):
        here.store.database.write_now(
            lambda tx, n=number: audit.record(tx, APPROVER, "comment", f"m{n}")  # type: ignore[misc]
        )
    client = program_of(here, AUDITOR)

    first = client.get("/audit", params={"who": APPROVER}).json()
    second = client.get("/audit", params={"who": APPROVER, "before": first["before"]}).json()

    assert (PAGE, 20) == (len(first["entries"]), len(second["entries"]))
    assert second["before"] is None
    numbers = [entry["number"] for entry in (*first["entries"], *second["entries"])]
    assert sorted(numbers, reverse=True) == numbers
    looks = client.get("/audit", params={"what": "looking"})
    assert 422 == looks.status_code
    assert [] == client.get("/audit", params={"since": "2099-01-01"}).json()["entries"]
    assert ["read audit"] == acts(client.get("/audit", params={"what": "looks"}).json())


@pytest.mark.parametrize("query", ["since=x", "until=2026-13-01", "before=-1", "who=" + "x" * 255])
def test_a_filter_that_makes_no_sense_is_refused(here: Desk, query: str) -> None:
    assert 422 == program_of(here, AUDITOR).get(f"/audit?{query}").status_code


def test_a_record_that_is_whole_is_told_from_one_that_was_changed(here: Desk) -> None:
    client = program_of(here, AUDITOR)
    known = here.store.database.read_now(checkpoints.take)

    assert verified(client, known)["whole"]

    here.store.database.write_now(
        lambda tx: tx.execute(
            schema.audit.update().where(schema.audit.c.act == "make token").values(actor="nobody")
        )
    )
    said = verified(client, known)
    assert not said["whole"]
    assert said["faults"]
    assert "verify audit" in acts(client.get("/audit").json())


def test_what_is_no_checkpoint_is_refused(here: Desk) -> None:
    answer = program_of(here, AUDITOR).post("/audit/verify", json={"checkpoints": "rubbish"})

    assert 422 == answer.status_code
    assert ["body.checkpoints"] == [one["where"] for one in answer.json()["errors"]]
