"""The queue: gravest first, one line for a mailing, filters in the address."""

from __future__ import annotations

import re
from dataclasses import replace

from dlpguard import review
from dlpguard.store import lines, schema, verdicts
from dlpguard.store.periods import DAY
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


def test_a_line_says_who_sends_to_whom_and_how_many(here: Desk) -> None:
    html = here.visitor(REVIEWER).get("/queue").text

    for told in ("and 156 more outside", "@webmail.example", "40 people in sight", "157 outside"):
        assert told in html
    assert "<strong>60 hidden</strong>" in html
    for held in here.held():
        for viewer in held.record.facts.audience.viewers:
            assert viewer.address not in html


def test_a_subject_in_which_something_was_found_is_masked(here: Desk) -> None:
    held = here.held()[0]
    record = held.record
    facts = replace(record.facts, subject="visit to Jane Doe, 07700 900123", plain_subject="")
    here.store.database.write_now(lambda tx: lines.write(tx, held.id, record.verdict, facts))

    html = here.visitor(REVIEWER).get("/queue").text

    assert "visit to J*** D**, ****23" in html
    assert "Jane" not in html


def test_a_list_is_narrowed_to_a_policy_or_a_badge(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    by_policy = {
        one.id
        for one in here.held()
        if any(m.policy == "hidden-people" and not m.observed for m in one.record.verdict.matches)
    }

    assert by_policy == set(listed(client.get("/queue?policy=hidden-people").text))
    assert by_policy == set(listed(client.get("/queue?badge=hidden+people").text))
    assert [] == listed(client.get("/queue?policy=hidden").text)
    assert [] == listed(client.get("/queue?policy=hidden-people&badge=not+read").text)
    assert [] == listed(client.get("/queue?policy=%25").text)
    assert 'option value="hidden-people"' in client.get("/queue").text


def test_what_was_decided_is_listed_with_what_came_of_it(here: Desk) -> None:
    client, (first, second, *_) = here.visitor(REVIEWER), here.held()
    review.return_(here.store, HEAD, first.id, REVIEWER)
    review.ask(here.store, HEAD, second.id, REVIEWER, "who is it for?")

    html = client.get("/queue?show=today").text

    assert [first.id] == listed(html)
    assert "<strong>returned</strong>, rita.reid@council.example" in html
    assert [first.id] == listed(client.get("/queue?show=week").text)
    earlier = schema.moves.update().values(moved_at=schema.moves.c.moved_at - 2 * DAY)
    here.store.database.write_now(lambda tx: tx.execute(earlier))
    assert [] == listed(client.get("/queue?show=today").text)
    assert [first.id] == listed(client.get("/queue?show=week").text)
    assert REVIEWER not in here.visitor(AUDITOR).get("/queue?show=week").text


def test_what_has_come_meanwhile_is_announced_and_moves_nothing(here: Desk) -> None:
    client, held = here.visitor(REVIEWER), here.held()[0]
    html = client.get("/queue").text
    address = re.search(r'hx-get="(/queue/news[^"]+)"', html)
    assert address
    path = address[1].replace("&amp;", "&")

    assert "new since" not in client.get(path).text
    later = schema.messages.update().where(schema.messages.c.id == held.id)
    here.store.database.write_now(lambda tx: tx.execute(later.values(state_since=tx.now() + 1)))

    assert "One new since you opened this list" in client.get(path).text
    assert "new since" not in client.get(path.replace("show=held", "show=asked")).text


def test_a_page_that_is_not_there_is_empty_and_says_how_many_there_are(here: Desk) -> None:
    html = here.visitor(REVIEWER).get("/queue?page=9").text

    assert [] == listed(html)
    assert f"{len(here.held())} in this list" in html


def test_single_keys_are_off_until_somebody_wants_them(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    html = client.get("/queue").text
    assert "data-keys" not in html

    data = {"csrf": csrf(html), "use": "on"}
    assert 303 == client.post("/queue/keys", data=data).status_code
    assert "data-keys" in client.get("/queue").text
    client.post("/queue/keys", data=data | {"use": "off"})

    assert "data-keys" not in client.get("/queue").text
