"""The queue: gravest first, one line for a mailing, filters in the address."""

from __future__ import annotations

import re

from dlpguard import review
from dlpguard.store import schema, verdicts
from tests.web._site import APPROVER, AUDITOR, HEAD, REVIEWER, Desk, csrf


def listed(html: str) -> list[str]:
    """The messages that a page lists."""
    return re.findall(r'href="/messages/([0-9A-Z]{26})"', html)


def test_everything_that_is_held_is_listed_gravest_first(here: Desk) -> None:
    html = here.visitor(REVIEWER).get("/queue").text
    severities = re.findall(r"dlp-line--(\w+)", html)

    assert {one.id for one in here.held()} == set(listed(html))
    order = ["critical", "high", "normal", "low"]
    assert sorted(severities, key=order.index) == severities
    assert "157 outside recipients would get the names" in html


def test_what_waits_for_its_sender_is_on_a_list_of_its_own(here: Desk) -> None:
    held = here.held()[0]
    review.ask(here.store, HEAD, held.id, REVIEWER, "who is it for?")
    client = here.visitor(REVIEWER)

    assert held.id not in listed(client.get("/queue").text)
    assert [held.id] == listed(client.get("/queue?show=asked").text)


def test_a_decided_message_is_gone_from_the_list(here: Desk) -> None:
    held = here.held()[0]
    review.return_(here.store, HEAD, held.id, REVIEWER)

    assert held.id not in listed(here.visitor(REVIEWER).get("/queue").text)


def test_filters_stand_in_the_address(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    held = here.held()[0]
    review.assign(here.store, held.id, REVIEWER, REVIEWER)
    sender = held.envelope.sender

    assert [held.id] == listed(client.get("/queue?owner=me").text)
    assert held.id not in listed(client.get("/queue?owner=nobody").text)
    assert [] == listed(here.visitor(APPROVER).get("/queue?owner=me").text)
    of_sender = {one.id for one in here.held() if one.envelope.sender == sender}
    assert of_sender == set(listed(client.get(f"/queue?sender={sender}").text))
    assert [] == listed(client.get("/queue?sender=nobody@council.example").text)


def test_mail_of_a_group_is_listed_for_its_reviewers_only(here: Desk) -> None:
    held = here.held()[0]
    to_group = schema.messages.update().where(schema.messages.c.id == held.id)
    here.store.database.write_now(lambda tx: tx.execute(to_group.values(queue="legal")))
    legal = schema.accounts.update().where(schema.accounts.c.name == APPROVER)
    here.store.database.write_now(lambda tx: tx.execute(legal.values(groups="legal")))

    others, theirs = here.visitor(REVIEWER), here.visitor(APPROVER)

    assert held.id not in listed(others.get("/queue").text)
    assert held.id in listed(theirs.get("/queue").text)
    all_but_one = len(here.held()) - 1
    assert f"{all_but_one} held for you" in others.get("/queue").text
    for rest in ("", "/people", "/recipients", "/files/0"):
        assert 404 == others.get(f"/messages/{held.id}{rest}").status_code
        assert 200 == theirs.get(f"/messages/{held.id}{rest}").status_code
    data = {"csrf": csrf(others.get("/queue").text), "version": "1", "campaign": "0"}
    for what in ("return", "release", "ask", "reveal", "comment", "owner"):
        form = data | {"reason": "x", "question": "x", "text": "x", "who": "me"}
        assert 404 == others.post(f"/messages/{held.id}/{what}", data=form).status_code


def test_an_auditor_sees_no_subject_and_no_name(here: Desk) -> None:
    html = here.visitor(AUDITOR).get("/queue").text

    assert "Living Well at Home" not in html
    assert "Nadine Trewin" not in html
    assert listed(html)


def test_nothing_of_the_data_itself_is_on_the_list(here: Desk) -> None:
    html = here.visitor(REVIEWER).get("/queue").text

    for held in here.held():
        for person in held.record.facts.people.everyone[:5]:
            assert person.name.title() not in html


def test_what_an_earlier_version_held_is_listed_too(here: Desk) -> None:
    before = set(listed(here.visitor(REVIEWER).get("/queue").text))
    here.store.database.write_now(lambda tx: tx.execute(schema.lines.delete()))

    made = here.store.database.write_now(verdicts.write_missing_lines)

    assert len(before) == made
    assert before == set(listed(here.visitor(REVIEWER).get("/queue").text))
