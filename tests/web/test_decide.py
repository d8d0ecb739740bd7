"""Decisions on the site: one wins, nobody decides their own, two where two are needed."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from starlette.testclient import TestClient

from dlpguard.lifecycle import State
from dlpguard.review import notes
from dlpguard.store import accounts, messages, quarantine
from dlpguard.store.quarantine import Held
from tests.web._site import APPROVER, AUDITOR, HASH, REVIEWER, Desk, csrf


def single(here: Desk) -> Held:
    """A message that one person may release."""
    return next(one for one in here.held() if one.approvals_needed == 1)


def decide(client: TestClient, held: Held, what: str, **fields: str) -> int:
    proof = csrf(client.get(f"/messages/{held.id}").text)
    data = {"csrf": proof, "version": str(held.version), "campaign": str(held.campaign_version)}
    return client.post(f"/messages/{held.id}/{what}", data=data | fields).status_code


def test_a_returned_message_is_done_and_the_note_is_its_reason(here: Desk) -> None:
    client, held = here.visitor(REVIEWER), single(here)

    assert 303 == decide(client, held, "return", note="please take out the list")

    assert State.DONE is here.state(held.id)
    history = here.store.database.read_now(lambda tx: tuple(quarantine.history(tx, held.id)))
    assert (REVIEWER, "please take out the list") == (history[-1].actor, history[-1].reason)


def test_a_released_message_is_ready(here: Desk) -> None:
    client, held = here.visitor(REVIEWER), single(here)

    assert 303 == decide(client, held, "release", reason="agreed with the solicitor")

    assert State.READY is here.state(held.id)


@pytest.mark.parametrize(("what", "word"), [("release", "why it may go"), ("ask", "a question")])
def test_without_a_reason_or_a_question_nothing_happens_and_the_page_says_so(
    here: Desk, what: str, word: str
) -> None:
    client, held = here.visitor(REVIEWER), single(here)

    html = again(client, held, what)

    assert State.QUARANTINED is here.state(held.id)
    assert 2 <= html.count(f"Enter {word}"), "at the top of the page and at the field"
    assert "<title>Error: " in html


def test_what_was_written_is_still_there_when_something_is_missing(here: Desk) -> None:
    client, held = here.visitor(REVIEWER), single(here)

    html = again(client, held, "release", reason="a <long> reason", to="some", circle="publishing")
    ticked = again(client, held, "release", to="some", circle="external")

    assert "a &lt;long&gt; reason</textarea>" in html
    assert re.search(r'name="to" type="radio" value="some" checked', html)
    assert re.search(r'name="circle" type="checkbox" value="external" checked', ticked)
    assert f'name="back" value="/messages/{held.id}"' in html, "what it was sent to is no page"


def again(client: TestClient, held: Held, what: str, **fields: str) -> str:
    """The page that comes back when something is missing in a form."""
    proof = csrf(client.get(f"/messages/{held.id}").text)
    data = {"csrf": proof, "version": str(held.version), "campaign": str(held.campaign_version)}
    answer = client.post(f"/messages/{held.id}/{what}", data=data | fields)
    assert 422 == answer.status_code
    return answer.text


def double(here: Desk) -> Held:
    """A message to many that takes two approvers."""
    return next(one for one in here.held() if one.approvals_needed == 2)


@pytest.fixture
def approvers(here: Desk) -> tuple[TestClient, TestClient]:
    """Two people who may approve."""
    name = "ava.dunn@council.example"
    here.store.database.write_now(lambda tx: accounts.add(tx, name, "Ava Dunn", HASH, ["approver"]))
    return here.visitor(APPROVER), here.visitor(name)


def test_two_approvers_release_what_takes_two(
    here: Desk, approvers: tuple[TestClient, TestClient]
) -> None:
    held = double(here)
    first, second = approvers
    assert "2 more approvers have to agree" in first.get(f"/messages/{held.id}").text

    assert 303 == decide(first, held, "release", reason="looks right")
    assert 303 == decide(first, held, "release", reason="really")
    assert State.QUARANTINED is here.state(held.id)
    assert "You have approved that it is sent to everybody" in words(first, held)
    assert f"Approved by {APPROVER}: it is sent to everybody" in words(second, held)
    assert "1 more approver has to agree" in words(second, held)
    assert 303 == decide(second, held, "release", reason="agreed", to=f"as:{APPROVER}")

    assert State.READY is here.state(held.id)


def test_a_reviewer_is_told_why_they_cannot_release_what_takes_two(here: Desk) -> None:
    held, client = double(here), here.visitor(REVIEWER)
    html = client.get(f"/messages/{held.id}").text

    assert "That takes two approvers, and your account is a reviewer" in html
    assert f"/messages/{held.id}/release" not in html
    assert 403 == decide(client, held, "release", reason="it is fine")
    assert 303 == decide(client, held, "ask", question="Who is it for?")
    assert State.AWAITING_SENDER is here.state(held.id)


def test_two_approvers_of_different_choices_release_nothing(
    here: Desk, approvers: tuple[TestClient, TestClient]
) -> None:
    held = double(here)
    first, second = approvers

    decide(first, held, "release", reason="yes", to="some", circle="webmail")
    decide(second, held, "release", reason="yes")
    assert State.QUARANTINED is here.state(held.id)
    decide(second, held, "release", reason="yes", to=f"as:{APPROVER}")

    assert State.READY is here.state(held.id)
    assert {"pending", "returned"} == set(outcomes(here, held))


def words(client: TestClient, held: Held) -> str:
    """What a message's page says, without its lines."""
    return " ".join(client.get(f"/messages/{held.id}").text.split())


def outcomes(here: Desk, held: Held) -> dict[str, int]:
    return here.store.database.read_now(lambda tx: quarantine.outcomes(tx, held.id))


def addresses(held: Held) -> list[str]:
    return [recipient.address for recipient in held.envelope.recipients]


def test_it_goes_only_to_the_circle_that_was_ticked(here: Desk) -> None:
    held, client = single(here), here.visitor(REVIEWER)
    assert "personal webmail (40)" in client.get(f"/messages/{held.id}").text

    assert 303 == decide(client, held, "release", reason="ok", to="some", circle="external")

    assert {"pending": 5, "returned": 40} == outcomes(here, held)
    html = words(client, held)
    assert "5 waiting to be sent" in html
    assert "40 not sent, as was decided" in html
    assert "The 40 who were left out stay left out" in html


def test_recipients_are_ticked_one_by_one_without_their_addresses_on_the_page(here: Desk) -> None:
    held, client = single(here), here.visitor(REVIEWER)
    html = client.get(f"/messages/{held.id}").text
    tokens = re.findall(r'name="recipient" type="checkbox" value="([0-9a-f]+)"', html)

    assert 45 == len(set(tokens))
    assert not any(address in html for address in addresses(held))
    proof = csrf(html)
    data = {"csrf": proof, "version": str(held.version), "campaign": str(held.campaign_version)}
    more = {"reason": "ok", "to": "some", "recipient": tokens[:2]}
    assert 303 == client.post(f"/messages/{held.id}/release", data=data | more).status_code
    assert {"pending": 2, "returned": 43} == outcomes(here, held)
    left = here.store.database.read_now(lambda tx: messages.pending_of(tx, held.id))
    assert addresses(held)[:2] == [recipient.address for recipient in left.recipients]


def test_of_many_recipients_addresses_are_written(
    here: Desk, approvers: tuple[TestClient, TestClient]
) -> None:
    held = double(here)
    one, other, *_ = addresses(held)
    html = approvers[0].get(f"/messages/{held.id}").text
    assert 'name="recipient"' not in html
    assert 'name="addresses"' in html

    for client in approvers:
        text = f"{one}, <{other.upper()}>;\r\n"
        assert 303 == decide(client, held, "release", reason="ok", to="some", addresses=text)

    assert {"pending": 2, "returned": 155} == outcomes(here, held)


@pytest.mark.parametrize(
    "fields",
    [
        {"to": "some"},
        {"to": "inside"},
        {"to": "some", "circle": "publishing"},
        {"to": "some", "circle": "no such circle"},
        {"to": "some", "recipient": "0" * 20},
        {"to": "some", "addresses": "somebody@else.example"},
        {"to": "as:nobody"},
        {"to": "nonsense"},
    ],
)
def test_a_release_to_nobody_asks_again(here: Desk, fields: dict[str, str]) -> None:
    held, client = single(here), here.visitor(REVIEWER)

    html = again(client, held, "release", reason="ok", **fields)

    assert "Choose recipients who are waiting" in html
    assert (State.QUARANTINED, {"pending": 45}) == (here.state(held.id), outcomes(here, held))


def test_a_note_is_sent_as_it_stands_and_own_words_follow_it(here: Desk) -> None:
    held, client = single(here), here.visitor(REVIEWER)
    html = client.get(f"/messages/{held.id}").text
    assert notes.BCC.text.replace("'", "&#39;") in html

    assert 303 == decide(client, held, "return", template="bcc", note=" Ring me. ")

    history = here.store.database.read_now(lambda tx: tuple(quarantine.history(tx, held.id)))
    assert f"{notes.BCC.text} Ring me." == history[-1].reason


def test_a_note_can_be_changed_without_javascript(here: Desk) -> None:
    held, client = single(here), here.visitor(REVIEWER)

    html = client.get(f"/messages/{held.id}?note=bcc").text

    box = re.search(r'<textarea[^>]*id="note"[^>]*>([^<]*)</textarea>', html)
    assert box
    assert notes.BCC.text == unescape(box[1]).strip()
    assert 303 == decide(client, held, "return", template="", note="changed")
    history = here.store.database.read_now(lambda tx: tuple(quarantine.history(tx, held.id)))
    assert "changed" == history[-1].reason


def test_an_unknown_note_is_none(here: Desk) -> None:
    held, client = single(here), here.visitor(REVIEWER)

    assert 200 == client.get(f"/messages/{held.id}?note=<script>").status_code
    assert 303 == decide(client, held, "return", template="no-such-note", note="mine")
    history = here.store.database.read_now(lambda tx: tuple(quarantine.history(tx, held.id)))
    assert "mine" == history[-1].reason


def test_nobody_decides_their_own_mail(here: Desk) -> None:
    held = single(here)
    sender = held.envelope.sender
    here.store.database.write_now(
        lambda tx: accounts.add(tx, sender, "The Sender", HASH, ["reviewer"])
    )
    client = here.visitor(sender)

    assert "What should happen?" not in client.get(f"/messages/{held.id}").text
    assert 403 == decide(client, held, "release", reason="it is fine")
    assert State.QUARANTINED is here.state(held.id)


def test_of_two_who_decide_the_first_wins_and_the_second_is_told(here: Desk) -> None:
    held = single(here)
    first, second = here.visitor(REVIEWER), here.visitor(APPROVER)

    assert 303 == decide(first, held, "return", note="no")
    assert 409 == decide(second, held, "release", reason="yes")

    assert State.DONE is here.state(held.id)


def test_a_decision_on_a_version_that_was_not_seen_is_refused(here: Desk) -> None:
    held = single(here)
    client = here.visitor(REVIEWER)
    proof = csrf(client.get(f"/messages/{held.id}").text)
    data = {"csrf": proof, "version": str(held.version + 1), "campaign": "0", "reason": "yes"}

    assert 409 == client.post(f"/messages/{held.id}/release", data=data).status_code
    assert State.QUARANTINED is here.state(held.id)


@pytest.mark.parametrize("what", ["return", "ask", "release"])
def test_an_auditor_decides_nothing(here: Desk, what: str) -> None:
    held = single(here)

    assert 403 == decide(here.visitor(AUDITOR), held, what, reason="x", note="x", question="x")
    assert State.QUARANTINED is here.state(held.id)


def test_a_get_decides_nothing(here: Desk) -> None:
    held, client = single(here), here.visitor(REVIEWER)

    for what in ("return", "ask", "release"):
        assert client.get(f"/messages/{held.id}/{what}").status_code in {404, 405}

    assert State.QUARANTINED is here.state(held.id)


def test_a_release_can_be_taken_back_until_it_has_left(here: Desk) -> None:
    client, held = here.visitor(REVIEWER), single(here)
    decide(client, held, "release", reason="yes")

    assert "Take the release back" in client.get(f"/messages/{held.id}").text
    assert 303 == decide(client, held, "undo")

    assert State.QUARANTINED is here.state(held.id)
    assert "What should happen?" in client.get(f"/messages/{held.id}").text
    assert 409 == decide(client, held, "undo")


def test_the_page_says_how_long_a_release_can_be_taken_back(here: Desk) -> None:
    here.site = replace(here.site, undo=600.0)
    client, held = here.visitor(REVIEWER), single(here)
    decide(client, held, "release", reason="yes")

    seconds = re.search(r"take it back for another (\d+) seconds", words(client, held))
    assert seconds
    assert 500 < int(seconds[1]) <= 600
    assert 303 == decide(client, held, "undo")


def test_after_an_undo_approvals_are_needed_again(
    here: Desk, approvers: tuple[TestClient, TestClient]
) -> None:
    held = double(here)
    first, second = approvers
    for client in approvers:
        decide(client, held, "release", reason="yes")

    decide(first, held, "undo")
    again = next(one for one in here.held() if one.id == held.id)

    assert () == again.approved_by
    decide(second, again, "release", reason="yes")
    assert State.QUARANTINED is here.state(held.id)


def test_a_message_is_looked_after_commented_on_and_marked(here: Desk) -> None:
    client, held = here.visitor(REVIEWER), single(here)
    path = f"/messages/{held.id}"

    assert 303 == decide(client, held, "owner", who="me")
    assert "You look after this" in client.get(path).text
    assert "rita.reid@council.example looks after this" in here.visitor(APPROVER).get(path).text
    assert 303 == decide(client, held, "comment", text="<b>I have asked</b> her")
    assert "&lt;b&gt;I have asked&lt;/b&gt; her" in client.get(path).text
    decide(client, held, "return", note="no")
    assert 303 == decide(client, held, "mark", was="rightly")
    assert "<strong>Yes, rightly</strong>" in client.get(path).text
