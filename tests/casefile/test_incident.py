"""The facts of an incident: complete, without content, and with their proof."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dlpguard import casefile, review
from dlpguard.casefile.masking import masker
from dlpguard.casefile.page import _EVENTS, _OUTCOMES, _STATES
from dlpguard.errors import NotFoundError
from dlpguard.lifecycle import Event, Outcome, State
from dlpguard.store.opening import Store
from tests.casefile._world import ANN, BOB, DORA, ROWS, delivered, listed, returned
from tests.store._world import Poster


def facts(store: Store, *ids: str, content: bool = False) -> dict[str, Any]:
    """As they are written."""
    masked = masker()
    incident = store.database.read_now(
        lambda tx: casefile.gather(tx, ids, "council.example", masked, content=content)
    )
    read: dict[str, Any] = json.loads(json.dumps(incident.facts))
    return read


def test_it_says_when_who_what_how_many_and_what_was_done(store: Store, post: Poster) -> None:
    back, went = returned(store, post), delivered(store, post)
    review.look(store, back, "rita@council.example")
    said = facts(store, back, went)
    first, second = said["messages"]

    assert ("2023-11-14 22:13:20+00:00",) * 2 == (first["received"], first["held"])
    assert ANN == first["sender"]
    assert {"all": 3, "visible": 2, "hidden": 1, "private": 3, "listed": 3, "contact": 0} == first[
        "people"
    ]
    assert [("case_reference", 3, 3)] == [
        (f["kind"], f["distinct"], f["people"]) for f in first["findings"]
    ][:1]
    assert [("client-list", ["3 people together"])] == [
        (p["name"], p["because"]) for p in first["policies"]
    ]
    assert [("accept", "edge"), ("hold", "inspector"), ("return", "rita@council.example")] == [
        (h["event"], h["who"]) for h in first["history"]
    ]
    assert [(BOB, "external", "delivered", False)] == [
        (r["address"], r["circle"], r["outcome"], r["written_to_before"])
        for r in second["recipients"]
    ]
    assert (2, 1) == (said["totals"]["outside"], said["totals"]["outside_got_it"])
    assert ("2023-11-14 22:13:20+00:00", "2023-11-17 22:13:20+00:00") == (
        said["first_looked_at"],
        said["report_by"],
    )
    assert (1, []) == (said["audit"]["entries"], said["audit"]["faults"])
    assert said["audit"]["checkpoint"].endswith(f'"mac": "{first["audit"][0]["mac"]}"}}')


@pytest.mark.embedded
def test_no_content_is_in_it_unless_somebody_asked(store: Store, post: Poster) -> None:
    back = returned(store, post)
    without = json.dumps(facts(store, back))
    within = json.dumps(facts(store, back, content=True))

    for value in (value for row in ROWS for value in row):
        assert value not in without
    assert DORA in within
    assert "[person name]" in without


@pytest.mark.embedded
def test_the_page_says_the_same_and_escapes_it(store: Store, post: Poster) -> None:
    back, went = returned(store, post), delivered(store, post, "<b>@outside.example")
    said = facts(store, back, went)
    html = casefile.page(casefile.Incident(said))

    assert "1 of them got it." in html
    assert "<b>@outside" not in html
    assert "&lt;b&gt;@outside.example" in html
    assert "<script" not in html
    assert said["audit"]["checkpoint"].replace('"', "&#34;") in html


@pytest.mark.embedded
def test_what_was_changed_in_the_audit_is_said(store: Store, post: Poster) -> None:
    held = listed(store, post)
    review.look(store, held, "rita@council.example")
    with store.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET actor = 'nobody'")
    said = facts(store, held)

    assert 1 == said["audit"]["faults"][0]["entry"]
    assert "is not as it was written" in casefile.page(casefile.Incident(said))


@pytest.mark.embedded
def test_a_message_without_a_verdict_has_no_facts(store: Store, post: Poster) -> None:
    with pytest.raises(NotFoundError, match="no verdict"):
        facts(store, post())


def test_every_move_and_every_outcome_has_its_words() -> None:
    assert set(Event) == set(_EVENTS)
    assert set(map(str, State)) == set(_STATES)
    assert set(map(str, Outcome)) == set(_OUTCOMES)
