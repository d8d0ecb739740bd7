"""Somebody is at risk: the page behind the link, a message's panel, and the list afterwards."""

from __future__ import annotations

import re

import pytest

from dlpguard import review
from dlpguard.lifecycle import State
from dlpguard.review import urgency
from dlpguard.store import alarms, messages, schema
from dlpguard.store.quarantine import Held
from tests.web._site import (
    APPROVER,
    AUDITOR,
    DUTY_OFFICER,
    HEAD,
    MAIL_ADMINISTRATOR,
    REVIEWER,
    Desk,
    csrf,
)


def some(here: Desk) -> Held:
    """A held message that has a sender."""
    return next(one for one in here.held() if one.envelope.sender)


def link(here: Desk, held: Held) -> str:
    return f"/urgent/{here.store.database.read_now(lambda tx: alarms.code(tx, held.id))}"


def written_to(here: Desk) -> list[str]:
    """To whom mail of ours about an alarm was written; the samples' own notices aside."""
    mine = schema.messages.select().where(schema.messages.c.origin == "notice")

    def look(tx):  # type: ignore[no-untyped-def]
        ids = [row.id for row in tx.execute(mine)]
        return [messages.envelope_of(tx, id).addresses[0] for id in ids]

    staff = {APPROVER, REVIEWER, DUTY_OFFICER}
    return [to for to in here.store.database.read_now(look) if to in staff]


def test_opening_the_link_does_nothing_and_shows_no_data(here: Desk) -> None:
    held = some(here)
    html = [here.visitor().get(link(here, held)).text for _ in range(3)][-1]

    assert "Is someone at risk because your email waits?" in html
    assert "You are sending" in html
    assert held.record.facts.people.everyone[0].name.title() not in html
    assert all(v.address not in html for v in held.record.facts.audience.viewers)
    assert [] == written_to(here)
    assert here.store.database.read_now(lambda tx: alarms.about(tx, held.id)) is None


def test_pressing_the_button_tells_who_is_on_duty_once(here: Desk) -> None:
    held = some(here)
    client, address = here.visitor(), link(here, held)
    data = {"csrf": csrf(client.get(address).text), "said": "she needs it <b>today</b>"}
    first, again = (client.post(address, data=data).text for _ in range(2))

    assert "The duty officer has been told" in first
    assert "The duty officer knows" in again
    assert [DUTY_OFFICER] == written_to(here)
    assert "The duty officer was told on" in client.get(address).text
    assert "/urgent/" not in re.sub(r"<a [^>]*>", "", client.get(address).text), "no second button"
    page = here.visitor(DUTY_OFFICER).get(f"/messages/{held.id}").text
    assert "she needs it &lt;b&gt;today&lt;/b&gt;" in page
    assert "Its sender says so" in page


def test_where_nobody_can_be_told_the_page_says_ring(here: Desk) -> None:
    held = some(here)
    here.store.database.write_now(
        lambda tx: tx.execute(schema.accounts.update().values(disabled=True))
    )
    client, address = here.visitor(), link(here, held)
    html = client.post(address, data={"csrf": csrf(client.get(address).text)}).text

    assert "Please ring your mail team now" in html
    assert "nobody has been told" in html
    assert "Please ring your mail team now" in client.get(address).text


@pytest.mark.parametrize("code", ["x", "01J-ABC", "A" * 51, "%00", "é"])
def test_a_code_that_is_none_opens_nothing(here: Desk, code: str) -> None:
    client = here.visitor()
    proof = csrf(client.get("/sign-in").text)

    assert 404 == client.get(f"/urgent/{code}").status_code
    assert 404 == client.post(f"/urgent/{code}", data={"csrf": proof}).status_code


def test_the_link_is_over_with_the_decision(here: Desk) -> None:
    held = some(here)
    client, address = here.visitor(), link(here, held)
    proof = csrf(client.get(address).text)
    review.return_(here.store, HEAD, held.id, REVIEWER)

    assert "does not wait any more" in client.get(address).text
    assert 404 == client.post(address, data={"csrf": proof}).status_code
    assert [] == written_to(here)


def test_what_is_urgent_is_at_the_top_of_the_queue_with_a_badge(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    last = re.findall(r'href="/messages/([0-9A-Z]{26})"', client.get("/queue").text)[-1]
    assert "someone is at risk" not in client.get("/queue").text
    proof = csrf(client.get(f"/messages/{last}").text)
    answer = client.post(f"/messages/{last}/urgent", data={"csrf": proof, "said": "a child"})
    html = client.get("/queue").text

    assert f"/messages/{last}?done=alarm" == answer.headers["location"]
    assert "The duty officer has been told" in client.get(answer.headers["location"]).text
    assert last == re.findall(r'href="/messages/([0-9A-Z]{26})"', html)[0]
    assert 1 == html.count("someone is at risk")
    again = client.post(f"/messages/{last}/urgent", data={"csrf": proof})
    assert f"/messages/{last}?done=alarm-again" == again.headers["location"]


def test_who_may_not_see_content_does_not_read_what_was_said(here: Desk) -> None:
    held = some(here)
    urgency.raise_alarm(here.store, HEAD, here.site.offices, held.id, "SESAME", REVIEWER)
    html = here.visitor(AUDITOR).get(f"/messages/{held.id}").text

    assert "Someone is at risk as long as this waits" in html
    assert "SESAME" not in html
    assert "SESAME" in here.visitor(REVIEWER).get(f"/messages/{held.id}").text


def release_alone(here: Desk, held: Held, name: str, reason: str, **changed: str) -> str:
    """Release it in an emergency; where one is sent then."""
    client = here.visitor(name)
    data = {
        "csrf": csrf(client.get("/account").text),
        "version": str(held.version),
        "campaign": str(held.campaign_version),
        "reason": reason,
    }
    answer = client.post(f"/messages/{held.id}/break-glass", data=data | changed)
    return answer.headers.get("location", str(answer.status_code))


def test_a_duty_officer_releases_alone_what_takes_two(here: Desk) -> None:
    held = next(one for one in here.held() if one.approvals_needed > 1)
    page = here.visitor(DUTY_OFFICER).get(f"/messages/{held.id}").text
    assert "Release it now, alone" in page
    assert "Otherwise this takes 2 people" in page
    assert "Release it now, alone" not in here.visitor(APPROVER).get(f"/messages/{held.id}").text

    where = release_alone(here, held, DUTY_OFFICER, "a child")
    assert f"/messages/{held.id}?done=emergency" == where
    assert State.READY is here.state(held.id)
    said = {
        name: here.visitor(name).get(f"/messages/{held.id}").text
        for name in (APPROVER, AUDITOR, REVIEWER, DUTY_OFFICER)
    }
    assert all("released it alone" in html for html in said.values())
    assert [APPROVER, AUDITOR] == [n for n in said if "Say whether that was right" in said[n]]


def test_without_a_reason_or_on_an_old_page_nothing_is_released(here: Desk) -> None:
    held = some(here)

    where = release_alone(here, held, DUTY_OFFICER, "  ")
    assert f"/messages/{held.id}?missing=emergency#urgent" == where
    html = here.visitor(DUTY_OFFICER).get(f"/messages/{held.id}?missing=emergency").text
    assert "Enter why it cannot wait" in html
    assert "409" == release_alone(here, held, DUTY_OFFICER, "a child", version="1")
    assert "403" == release_alone(here, held, APPROVER, "a child")
    assert State.QUARANTINED is here.state(held.id)


def test_nobody_releases_their_own_mail_alone(here: Desk) -> None:
    held = some(here)
    mine = schema.accounts.update().where(schema.accounts.c.name == DUTY_OFFICER)
    name = held.envelope.sender.casefold()
    here.store.database.write_now(lambda tx: tx.execute(mine.values(name=name)))

    assert "Release it now, alone" not in here.visitor(name).get(f"/messages/{held.id}").text
    assert "403" == release_alone(here, held, name, "a child")
    assert State.QUARANTINED is here.state(held.id)


def look_into(here: Desk, id: str, name: str, **data: str) -> tuple[int, str]:
    client = here.visitor(name)
    proof = csrf(client.get("/account").text)
    filled = {"csrf": proof, "id": id, "verdict": "justified", "found": "he was ill"} | data
    answer = client.post("/urgent", data=filled)
    return answer.status_code, answer.text


def test_another_looks_at_it_afterwards_and_says_what_they_found(here: Desk) -> None:
    held = some(here)
    release_alone(here, held, DUTY_OFFICER, "a child")
    html = here.visitor(APPROVER).get("/urgent").text
    assert "dora.day@council.example released it alone" in html
    assert "<q>a child</q>" in html
    for missing in ({"verdict": ""}, {"found": " "}):
        status, html = look_into(here, held.id, APPROVER, **missing)
        assert 422 == status
        assert "Say whether it was right, and what you found" in html
    assert 303 == look_into(here, held.id, APPROVER)[0]
    html = here.visitor(AUDITOR).get("/urgent").text

    assert "All of it has been looked at" in html
    assert "it was right" in html
    assert "<q>he was ill</q>" in html
    assert 409 == look_into(here, held.id, AUDITOR)[0]


def test_who_released_it_does_not_look_into_it(here: Desk) -> None:
    held = some(here)
    both = schema.accounts.update().where(schema.accounts.c.name == DUTY_OFFICER)
    here.store.database.write_now(lambda tx: tx.execute(both.values(roles="duty-officer approver")))
    release_alone(here, held, DUTY_OFFICER, "a child")

    assert "Somebody else has to look at this" in here.visitor(DUTY_OFFICER).get("/urgent").text
    assert 403 == look_into(here, held.id, DUTY_OFFICER)[0]


def test_an_auditor_reads_no_content_on_the_list(here: Desk) -> None:
    held = some(here)
    release_alone(here, held, DUTY_OFFICER, "for Nadine Trewin on 07700 900123")
    html = here.visitor(AUDITOR).get("/urgent").text

    assert "Trewin" not in html
    assert "900123" not in html
    assert "[phone]" in html
    for person in held.record.facts.people.everyone:
        assert person.name.title() not in html


def test_what_a_groups_mail_was_is_not_there_for_others(here: Desk) -> None:
    held = some(here)
    release_alone(here, held, DUTY_OFFICER, "a child")
    to_group = schema.messages.update().where(schema.messages.c.id == held.id)
    here.store.database.write_now(lambda tx: tx.execute(to_group.values(queue="legal")))

    assert held.id not in here.visitor(APPROVER).get("/urgent").text
    assert 404 == look_into(here, held.id, APPROVER)[0]
    member = schema.accounts.update().where(schema.accounts.c.name == APPROVER)
    here.store.database.write_now(lambda tx: tx.execute(member.values(groups="legal")))
    assert held.id in here.visitor(APPROVER).get("/urgent").text


def test_only_who_may_look_into_them_sees_the_list(here: Desk) -> None:
    assert {200, 403} == {
        here.visitor(name).get("/urgent").status_code for name in (APPROVER, MAIL_ADMINISTRATOR)
    }
    assert 'href="/urgent"' in here.visitor(APPROVER).get("/queue").text
    assert 'href="/urgent"' not in here.visitor(REVIEWER).get("/queue").text
