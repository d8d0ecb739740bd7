"""The page for senders: a link opens a question, a button answers it, once."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from dlpguard import review
from dlpguard.lifecycle import State
from dlpguard.store import answers, schema
from dlpguard.store.quarantine import Held
from tests.web._site import HEAD, REVIEWER, Desk, csrf


def asked(here: Desk) -> tuple[Held, str]:
    """A message whose sender is asked by a reviewer, and the code in the notice."""
    held = next(one for one in here.held() if one.envelope.sender)
    review.ask(here.store, HEAD, held.id, REVIEWER, "Who is this for?")
    return held, here.store.database.read_now(lambda tx: answers.code(tx, held.id))


def test_the_page_says_what_it_is_about_without_repeating_the_data(here: Desk) -> None:
    held, code = asked(here)

    html = here.visitor().get(f"/answer/{code}").text

    assert "Your email has not been sent yet. You are sending 40 people&#39;s names" in html
    assert "A reviewer asks: <strong>Who is this for?</strong>" in html
    name = held.record.facts.people.everyone[0].name.title()
    assert name not in html
    assert all(v.address not in html for v in held.record.facts.audience.viewers)


def test_the_page_says_who_would_get_it_and_what_they_see_that_its_sender_does_not(
    here: Desk,
) -> None:
    held = next(one for one in here.held() if one.record.facts.people.hidden == 60)
    review.ask(here.store, HEAD, held.id, REVIEWER, "<b>Why</b>?")
    code = here.store.database.read_now(lambda tx: answers.code(tx, held.id))

    html = here.visitor().get(f"/answer/{code}").text

    assert "<li>1 address outside</li>" in html
    assert "<li>hidden sheet: 60 people's details</li>" in html
    assert "document property" not in html, "every file has some"
    assert "right-click the tab of any sheet" in html
    assert "<strong>&lt;b&gt;Why&lt;/b&gt;?</strong>" in html


def test_a_link_ends_with_the_time_that_the_page_names(here: Desk) -> None:
    held, code = asked(here)
    over = update(schema.messages).where(schema.messages.c.id == held.id).values(expires_at=1.0)
    here.store.database.write_now(lambda tx: tx.execute(over))

    assert 404 == here.visitor().get(f"/answer/{code}").status_code
    assert State.AWAITING_SENDER is here.state(held.id), "nobody has returned it yet"


def test_opening_the_page_decides_nothing(here: Desk) -> None:
    held, code = asked(here)

    for _ in range(3):
        assert 200 == here.visitor().get(f"/answer/{code}").status_code

    assert State.AWAITING_SENDER is here.state(held.id)


@pytest.mark.parametrize(
    ("decision", "state", "said"),
    [
        ("confirm", State.QUARANTINED, "A reviewer has your answer"),
        ("cancel", State.DONE, "It will not be sent"),
    ],
)
def test_an_answer_counts_once(here: Desk, decision: str, state: State, said: str) -> None:
    held, code = asked(here)
    client = here.visitor()
    proof = csrf(client.get(f"/answer/{code}").text)
    data = {"csrf": proof, "decision": decision, "purpose": "the trustees asked for it"}

    first = client.post(f"/answer/{code}", data=data)

    assert (200, state) == (first.status_code, here.state(held.id))
    assert said in first.text
    assert 404 == client.post(f"/answer/{code}", data=data).status_code
    assert state is here.state(held.id)


def test_who_confirms_says_what_for(here: Desk) -> None:
    held, code = asked(here)
    client = here.visitor()
    proof = csrf(client.get(f"/answer/{code}").text)

    answer = client.post(f"/answer/{code}", data={"csrf": proof, "decision": "confirm"})

    assert 422 == answer.status_code
    assert "Say who it is for, and why" in answer.text
    assert State.AWAITING_SENDER is here.state(held.id)


def test_an_unknown_code_opens_nothing(here: Desk) -> None:
    asked(here)

    assert 404 == here.visitor().get("/answer/" + "A" * 20).status_code
