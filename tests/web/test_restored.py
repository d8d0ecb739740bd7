"""Mail that came out of a backup, as a reviewer sees it: no policy stopped it, and it says why it
waits."""

from __future__ import annotations

from sqlalchemy import select

from dlpguard.lifecycle import State
from dlpguard.store import restoring
from dlpguard.store.restoring import Copy
from dlpguard.store.schema import messages
from tests.web._site import REVIEWER, Desk


def test_what_was_on_its_way_is_in_the_queue_and_says_that_it_may_have_been_sent(
    here: Desk,
) -> None:
    ready = select(messages.c.id).where(
        messages.c.state == str(State.READY), messages.c.origin == "client"
    )
    database = here.store.database
    ids = database.read_now(lambda tx: tuple(tx.execute(ready).scalars()))
    database.write_now(lambda tx: restoring.settle(tx, Copy(1_700_000_000.0), "olu"))
    client = here.visitor(REVIEWER)

    assert len(ids) > 1
    assert {State.QUARANTINED} == {here.state(id) for id in ids}
    for id in ids[:2]:
        shown = client.get(f"/messages/{id}")
        assert 200 == shown.status_code
        assert "Restored from the backup of 2023-11-14 22:13:20 UTC" in shown.text
        for part in ("people", "recipients"):
            assert 200 == client.get(f"/messages/{id}/{part}").status_code
    assert 200 == client.get("/queue").status_code
