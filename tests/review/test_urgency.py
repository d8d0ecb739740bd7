"""When somebody is at risk: the alarm, the release by one person, and the look at it afterwards."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from dlpguard import review
from dlpguard.errors import NotFoundError, RefusedError, StaleError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, State
from dlpguard.review import Seen, urgency
from dlpguard.review.urgency import Raised
from dlpguard.store import accounts, alarms, audit, emergencies, epochs, lines, schema, verdicts
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Match, Plan, Reason, Verdict
from dlpguard.web.offices import offices
from tests.runners._mailing import Mailing, address, judging
from tests.runners._world import ANN, HEAD, NODE, SMALL, World, world

SITE = replace(HEAD, site="https://dlpguard.council.example")
DORA = "dora@council.example"
ART = "art@council.example"
ORDINARY = ("", "reviewers")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


def hold(here: World, approvals: int = 1, sender: str = ANN, queue: str = "") -> str:
    """A message in quarantine."""
    id = here.post(SMALL, "bob@outside.example", sender=sender)
    [claim] = here.claim(State.RECEIVED, NODE)
    reasons = (Reason("3 people"),)
    match = Match("lists", "Lists", Action.QUARANTINE, reasons, approvals, queue=queue)
    record = Record(Facts(sender=sender, subject="x"), Verdict(Action.QUARANTINE, (match,)))
    here.do(verdicts.judge, id, claim.fence, record, Plan(Event.HOLD), b"evidence")
    return id


def person(here: World, name: str, *roles: str, groups: tuple[str, ...] = ()) -> None:
    def work(tx):  # type: ignore[no-untyped-def]
        account = accounts.add(tx, name, name, "$argon2id$x", roles)
        accounts.change(tx, account.id, groups=groups)

    here.do(work)


def raised(here: World, id: str, actor: str = "", named: tuple[str, ...] = ()) -> Raised:
    said = "SESAME needs her medicine"
    return urgency.raise_alarm(here.store, SITE, offices((), named), id, said, actor)


def acts(here: World, id: str) -> list[tuple[str, str, str]]:
    entries = here.store.database.read_now(lambda tx: list(audit.entries(tx, id)))
    return [(e.actor, e.act, e.detail) for e in entries]


def written_to(here: World) -> list[str]:
    return sorted(to for to, _ in here.own_mail())


def test_an_alarm_is_mailed_to_who_is_on_duty_and_says_nothing_of_the_message(
    here: World,
) -> None:
    id = hold(here)

    assert Raised(is_first=True, told=1) == raised(here, id, named=(DORA,))
    [(to, content)] = here.own_mail()
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert (DORA, "Urgent: somebody is at risk", "high") == (
        to,
        mail["Subject"],
        mail["Importance"],
    )
    text = content.decode()
    assert f"https://dlpguard.council.example/messages/{id}" in text
    assert "Its sender says that somebody is at risk" in text
    assert all(secret not in text for secret in ("SESAME", ANN, "3 people"))
    assert [(ANN, "alarm", "SESAME needs her medicine")] == acts(here, id)
    assert f"alarm id={id} told=1" in here.log
    assert "SESAME" not in "\n".join(here.log)


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ({"rita": "reviewer", "dora": "duty-officer", "art": "approver"}, ["dora"]),
        ({"rita": "reviewer", "art": "approver"}, ["art"]),
        ({"rita": "reviewer", "max": "mail-administrator"}, ["rita"]),
        ({"max": "mail-administrator"}, []),
    ],
)
def test_without_named_officers_roles_say_who_is_told(
    here: World, people: dict[str, str], told: list[str]
) -> None:
    for name, role in people.items():
        person(here, f"{name}@council.example", role)

    assert len(told) == raised(here, hold(here), ART).told
    assert [f"{name}@council.example" for name in told] == written_to(here)


def test_an_alarm_about_mail_of_a_group_goes_to_its_members(here: World) -> None:
    person(here, ART, "approver")
    person(here, "lea@council.example", "reviewer", groups=("legal",))
    raised(here, hold(here, queue="legal"), named=(DORA,))

    assert ["lea@council.example"] == written_to(here)


def test_pressing_again_tells_nobody_again(here: World) -> None:
    id = hold(here)
    raised(here, id, named=(DORA,))

    for _ in range(3):
        assert Raised(is_first=False, told=1) == raised(here, id, ART, named=(DORA,))
    assert [DORA] == written_to(here)
    assert 1 == len(acts(here, id))


def test_an_alarm_is_about_all_copies_of_a_mailing(here: World) -> None:
    first, second = hold(here), hold(here)
    here.change(
        insert(schema.campaigns).values(id=1, sender_digest=b"x", opened_at=0.0),
        update(schema.messages).values(campaign_id=1, content=b"same"),
    )
    raised(here, second, named=(DORA,))

    assert not raised(here, first, named=(DORA,)).is_first
    alarm = here.store.database.read_now(lambda tx: alarms.about(tx, first))
    assert alarm
    assert ("", 1, "SESAME needs her medicine") == (alarm.actor, alarm.told, alarm.said)
    assert "SESAME" not in repr(alarm)


def test_of_many_who_press_at_once_one_is_the_first(here: World) -> None:
    id = hold(here)
    with ThreadPoolExecutor(8) as pool:
        came = [*pool.map(lambda _: raised(here, id, named=(DORA,)).is_first, range(16))]

    assert 1 == sum(came)
    assert [DORA] == written_to(here)


def test_a_code_is_for_one_message_while_it_waits(here: World) -> None:
    id, other = hold(here), hold(here)
    code = here.do(alarms.code, id)
    assert id == urgency.by_code(here.store, code)
    assert id == urgency.by_code(here.store, f" {code.lower()} ")
    for wrong in (code[:-1], f"{other}-{code.partition('-')[2]}", f"{id}-", "", "x", "é" * 20):
        with pytest.raises(NotFoundError):
            urgency.by_code(here.store, wrong)
    review.ask(here.store, HEAD, id, "rita", "who is it for?")
    assert id == urgency.by_code(here.store, code), "it waits all the same"
    review.cancel(here.store, id, ANN)

    with pytest.raises(NotFoundError):
        urgency.by_code(here.store, code)
    with pytest.raises(StaleError, match="does not wait any more"):
        raised(here, id)


def test_the_code_answers_no_question_and_the_other_way_round(here: World) -> None:
    id = hold(here)
    code = here.do(alarms.code, id)
    review.ask(here.store, SITE, id, "rita", "who is it for?")
    with pytest.raises(NotFoundError):
        review.asked(here.store, code)
    [(_, notice)] = here.own_mail()
    answer = notice.decode().split("/answer/")[1].split()[0].replace("=", "")

    with pytest.raises(NotFoundError):
        urgency.by_code(here.store, answer)


def test_one_person_releases_what_takes_two_and_it_is_on_record(here: World) -> None:
    id = hold(here, approvals=2)
    decision = urgency.break_glass(here.store, id, DORA, "SESAME needs her medicine")

    assert (State.READY, 1) == (decision.state, decision.messages)
    assert State.READY is here.state(id)
    assert [(DORA, "break-glass", "SESAME needs her medicine")] == acts(here, id)
    [waiting] = here.store.database.read_now(lambda tx: emergencies.to_review(tx, ORDINARY))
    assert (id, DORA, "SESAME needs her medicine") == (waiting.id, waiting.actor, waiting.reason)
    assert "SESAME" not in repr(waiting)
    assert f"released in an emergency: id={id} messages=1" in here.log


def test_nobody_breaks_the_glass_for_their_own_mail_or_without_a_reason(here: World) -> None:
    id = hold(here)

    with pytest.raises(RefusedError, match="nobody decides their own mail"):
        urgency.break_glass(here.store, id, "Ann+x@council.example", "urgent")
    with pytest.raises(RefusedError, match="needs a reason"):
        urgency.break_glass(here.store, id, DORA, "  ")
    with pytest.raises(StaleError, match="has changed since you looked"):
        urgency.break_glass(here.store, id, DORA, "urgent", Seen(1))
    assert State.QUARANTINED is here.state(id)
    assert [] == acts(here, id)
    assert () == here.store.database.read_now(lambda tx: emergencies.to_review(tx, ORDINARY))


def test_another_looks_at_it_afterwards_once(here: World) -> None:
    id = hold(here)
    urgency.break_glass(here.store, id, DORA, "urgent")

    def look(actor: str, queues: tuple[str, ...] = ORDINARY) -> None:
        urgency.look_into(here.store, queues, id, actor, "SESAME was ill", justified=True)

    for own in (DORA, "Dora@council.example", ANN):
        with pytest.raises(RefusedError, match="nobody looks into what they released or sent"):
            look(own)
    with pytest.raises(NotFoundError):
        look(ART, ())
    look(ART)
    with pytest.raises(StaleError, match="somebody else has looked at it already"):
        look("audrey@council.example")

    assert () == here.store.database.read_now(lambda tx: emergencies.to_review(tx, ORDINARY))
    [done] = here.store.database.read_now(lambda tx: emergencies.reviewed(tx, ORDINARY))
    assert (ART, True, "SESAME was ill") == (done.reviewer, done.justified, done.found)
    assert (ART, "looked into", "justified: SESAME was ill") == acts(here, id)[-1]
    with pytest.raises(NotFoundError, match="was not released in an emergency"):
        urgency.look_into(here.store, ORDINARY, hold(here), ART, "x", justified=False)


def test_a_release_that_was_taken_back_and_made_again_is_looked_at_again(here: World) -> None:
    id = hold(here)
    urgency.break_glass(here.store, id, DORA, "urgent")
    urgency.look_into(here.store, ORDINARY, id, ART, "no", justified=False)
    review.undo(here.store, id, ART)
    here.clock.time += 60
    urgency.break_glass(here.store, id, DORA, "really urgent")

    [waiting] = here.store.database.read_now(lambda tx: emergencies.to_review(tx, ORDINARY))
    assert ("really urgent", None) == (waiting.reason, waiting.justified)


def test_what_people_said_is_sealed_and_outlives_its_epoch(here: World) -> None:
    id = hold(here, approvals=2)
    raised(here, id)
    urgency.break_glass(here.store, id, DORA, "SESAME needs her medicine")
    urgency.look_into(here.store, ORDINARY, id, ART, "SESAME was ill", justified=True)
    assert not here.do(epochs.unopenable)
    here.store.database.close()
    files = (f.read_bytes() for f in here.folder.rglob("*") if f.is_file())

    assert not any(b"SESAME" in content for content in files)


def test_an_alarm_puts_a_mailing_at_the_top_of_the_queue(here: World) -> None:
    first, second = hold(here), hold(here)
    raised(here, second)
    found, _ = here.store.database.read_now(lambda tx: lines.page(tx, lines.Wanted(), 1))

    assert [(second, True), (first, False)] == [(line.id, line.urgent) for line in found]


def test_the_notice_with_the_link_is_on_its_way_when_the_message_is_held(
    here: World, tmp_path: Path
) -> None:
    """Its sender is told within a minute: in the transaction of the verdict, due at once."""
    folder = tmp_path / "some-policies"
    folder.mkdir()
    mailing = Mailing(here, replace(judging(folder), head=SITE))
    id = mailing.send(*map(address, range(12)))
    assert State.QUARANTINED is here.state(id)
    [(to, content)] = here.own_mail()
    text = str(email.message_from_bytes(content, policy=email.policy.default).get_content())
    code = text.split("https://dlpguard.council.example/urgent/")[1].split(maxsplit=1)[0]

    assert (ANN, id) == (to, urgency.by_code(here.store, code))
    assert "You are sending 3 people's" in text
    rows = schema.messages.select().where(schema.messages.c.origin == "notice")
    judged = select(schema.verdicts.c.judged_at).where(schema.verdicts.c.message_id == id)
    notice, judged_at = here.do(lambda tx: (tx.execute(rows).one(), tx.execute(judged).scalar()))
    assert (str(State.READY), judged_at, judged_at) == (
        notice.state,
        notice.received_at,
        notice.next_try,
    )
