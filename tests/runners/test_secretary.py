"""Who is told that something waits: in time, in one mail, once, and nobody who must not know."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from dlpguard import review
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, State
from dlpguard.runners.secretary import BUNDLE_SECONDS, NEVER, Secretary
from dlpguard.store import accounts, emergencies, schema, verdicts
from dlpguard.store.periods import Patience, Periods
from dlpguard.store.verdicts import Record
from dlpguard.store.whom_to_tell import Offices
from dlpguard.verdict import Action, Match, Plan, Reason, Verdict
from dlpguard.web.offices import offices
from dlpguard.working_time import Calendar, parse_week
from tests.runners._world import ANN, HEAD, NODE, SMALL, World, world

LONDON = ZoneInfo("Europe/London")
OFFICE = Calendar(parse_week("Mon-Fri 09:00-17:00"), LONDON, frozenset({date(2026, 12, 25)}))
OUR_HEAD = replace(HEAD, site="https://dlpguard.council.example", zone=LONDON)

RITA = "rita@council.example"
SAM = "sam@council.example"
ART = "art@council.example"
LEA = "lea@council.example"
MAX = "max@council.example"
DORA = "dora@council.example"
AUDREY = "audrey@council.example"
CHIEF = "chief@council.example"


@dataclass
class Office:
    """A world in which people work, and a secretary who writes to them."""

    here: World
    offices: Offices = field(default_factory=offices)
    digest_at: int = NEVER

    def at(self, when: str) -> None:
        """It is this time in London."""
        self.here.clock.time = datetime.fromisoformat(when).replace(tzinfo=LONDON).timestamp()

    def person(self, name: str, *roles: str, groups: tuple[str, ...] = ()) -> None:
        """Somebody with an account."""

        def work(tx):  # type: ignore[no-untyped-def]
            account = accounts.add(tx, name, name, "$argon2id$x", roles)
            accounts.change(tx, account.id, groups=groups)

        self.here.do(work)

    def held(
        self,
        when: str = "",
        *,
        sender: str = ANN,
        queue: str = "",
        approvals: int = 1,
        event: Event = Event.HOLD,
    ) -> str:
        """A message that is held, or its sender asked about, from a time on."""
        if when:
            self.at(when)
        id = self.here.post(SMALL, "bob@outside.example", sender=sender)
        [claim] = self.here.claim(State.RECEIVED, NODE)
        action = Action.QUARANTINE if event is Event.HOLD else Action.CONFIRM
        reasons = (Reason("3 people"),)
        match = Match("lists", "SESAME", action, reasons, approvals, queue=queue)
        facts = Facts(sender=sender, subject="SESAME", plain_subject="SESAME")
        record = Record(facts, Verdict(action, (match,)))
        self.here.do(verdicts.judge, id, claim.fence, record, Plan(event), b"evidence")
        return id

    def round(self, when: str = "") -> list[tuple[str, EmailMessage]]:
        """Let the secretary look; returns what it has written in this round."""
        if when:
            self.at(when)
        before = len(self.here.own_mail())
        secretary = Secretary(self.here.store, OUR_HEAD, self.offices, self.digest_at)
        self.here.run(secretary.round())
        return [(to, read(content)) for to, content in self.here.own_mail()[before:]]

    def told(self, when: str = "") -> list[tuple[str, str]]:
        """The same: to whom, and the subject; in the order of addresses."""
        return sorted((to, str(mail["Subject"])) for to, mail in self.round(when))


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with asyncio.Runner() as runner, world(tmp_path, runner) as here:
        here.store.database._periods = Periods(patience=Patience(OFFICE))
        yield Office(here)


def test_who_may_decide_is_reminded_after_a_working_hour(office: Office) -> None:
    office.person(RITA, "reviewer")
    office.person(AUDREY, "auditor")
    id = office.held("2026-11-20 16:30")  # a Friday

    assert [] == office.told("2026-11-20 17:20"), "everybody has gone home"
    assert [] == office.told("2026-11-23 09:29")
    [(to, mail)] = office.round("2026-11-23 09:30")
    assert (RITA, "1 email waits for your decision") == (to, mail["Subject"])
    text = mail.get_content().replace("\r\n", "\n")
    assert "the longest for more than an hour" in text
    assert (
        "  * since Friday 20 November, 16:30; returned by itself Tuesday 24 November, 16:30\n"
        f"    https://dlpguard.council.example/messages/{id}\n"
    ) in text


def test_one_mail_lists_everything_and_nothing_of_any_message(office: Office) -> None:
    office.person(RITA, "reviewer")
    ids = [office.held(f"2026-11-17 10:0{n}") for n in range(5)]
    [(_, mail)] = office.round("2026-11-17 11:05")
    text = mail.get_content()

    assert "5 emails wait for your decision" == mail["Subject"]
    assert sorted(ids) == sorted(
        line.split("/")[-1] for line in text.split() if "/messages/" in line
    )
    for secret in ("SESAME", ANN, "bob", "3 people"):
        assert secret not in mail.as_string()


def test_many_that_wait_are_counted_and_not_all_listed(office: Office) -> None:
    office.person(RITA, "reviewer")
    for number in range(25):
        office.held(f"2026-11-17 10:{number:02}")
    [(_, mail)] = office.round("2026-11-17 12:00")

    assert "25 emails wait for your decision" == mail["Subject"]
    assert 20 == mail.get_content().count("/messages/")
    assert "and 5 more: https://dlpguard.council.example/queue" in mail.get_content()


def test_nobody_is_told_twice_also_after_a_restart(office: Office) -> None:
    office.person(RITA, "reviewer")
    office.held("2026-11-17 10:00")
    assert 1 == len(office.told("2026-11-17 11:00"))

    for minute in range(0, 120, 10):
        assert [] == office.told(f"2026-11-17 {12 + minute // 60}:{minute % 60:02}")


def test_what_comes_due_shortly_after_waits_for_the_next_mail(office: Office) -> None:
    office.person(RITA, "reviewer")
    for minute in (0, 5, 10):
        office.held(f"2026-11-17 10:{minute:02}")

    assert [(RITA, "1 email waits for your decision")] == office.told("2026-11-17 11:00")
    assert [] == office.told("2026-11-17 11:10")
    assert BUNDLE_SECONDS == 30 * 60
    assert [(RITA, "3 emails wait for your decision")] == office.told("2026-11-17 11:31")
    assert [] == office.told("2026-11-17 12:30")


def test_what_is_held_again_is_a_new_wait(office: Office) -> None:
    office.person(RITA, "reviewer")
    id = office.held("2026-11-17 10:00")
    assert 1 == len(office.told("2026-11-17 11:00"))
    review.ask(office.here.store, HEAD, id, "rita", "who is it for?")
    review.confirm(office.here.store, id, ANN, "the panel")

    assert [] == office.told("2026-11-17 11:59")
    assert [(RITA, "1 email waits for your decision")] == office.told("2026-11-17 12:00")


def test_what_somebody_has_decided_reminds_nobody(office: Office) -> None:
    office.person(RITA, "reviewer")
    review.release(office.here.store, office.held("2026-11-17 10:00"), SAM)

    assert [] == office.told("2026-11-17 11:00")


def test_only_who_may_decide_on_it_is_told(office: Office) -> None:
    """Neither its sender, nor who has gone, has no password yet, or is elsewhere."""
    office.person(RITA, "reviewer")
    office.person("ann+work@council.example", "reviewer")
    office.person(SAM, "reviewer")
    office.person("new@council.example", "reviewer")
    office.person("eve@elsewhere.example", "reviewer")
    office.person(MAX, "mail-administrator")
    rows = schema.accounts.c
    office.here.change(
        update(schema.accounts).where(rows.name == SAM).values(disabled=True),
        update(schema.accounts).where(rows.name == "new@council.example").values(password_hash=""),
    )
    office.held("2026-11-17 10:00")

    assert [(RITA, "1 email waits for your decision")] == office.told("2026-11-17 11:00")


def test_mail_of_a_group_is_known_to_its_members_only(office: Office) -> None:
    office.offices = offices([CHIEF], [DORA])
    office.person(RITA, "approver")
    office.person(LEA, "reviewer", groups=("legal",))
    office.held("2026-11-17 10:00", queue="legal")

    assert [(LEA, "1 email waits for your decision")] == office.told("2026-11-17 11:00")
    assert [(LEA, "Nobody has decided on 1 email for more than 4 hours")] == office.told(
        "2026-11-17 14:00"
    )
    office.digest_at = 510
    assert [(LEA, "1 email held for you")] == office.told("2026-11-18 09:00")


def test_who_has_approved_it_is_not_reminded_and_the_second_is(office: Office) -> None:
    office.person(RITA, "approver")
    office.person(ART, "approver")
    id = office.held("2026-11-17 10:00", approvals=2)
    review.release(office.here.store, id, RITA, approver=True)

    assert [(ART, "1 email waits for your decision")] == office.told("2026-11-17 11:00")


def test_what_nobody_could_be_told_is_told_when_somebody_comes(office: Office) -> None:
    office.held("2026-11-17 10:00")
    assert [] == office.told("2026-11-17 11:00")
    office.person(RITA, "reviewer")

    assert [(RITA, "1 email waits for your decision")] == office.told("2026-11-17 11:01")


def test_copies_of_a_mailing_are_one_line(office: Office) -> None:
    office.person(RITA, "reviewer")
    ids = [office.held("2026-11-17 10:00") for _ in range(3)]
    same = {"campaign_id": 1, "content": b"same"}
    office.here.change(
        schema.campaigns.insert().values(id=1, sender_digest=b"x", opened_at=0.0),
        update(schema.messages).where(schema.messages.c.id.in_(ids)).values(same),
    )

    assert [(RITA, "1 email waits for your decision")] == office.told("2026-11-17 11:00")
    assert [] == office.told("2026-11-17 13:00"), "told of all copies"


@pytest.mark.parametrize(
    ("escalate_to", "told"), [((CHIEF,), [CHIEF]), ((), [ART])], ids=["named", "approvers"]
)
def test_after_four_hours_those_above_are_told_once(
    office: Office, escalate_to: tuple[str, ...], told: list[str]
) -> None:
    office.offices = offices(escalate_to)
    office.person(RITA, "reviewer")
    office.person(ART, "approver")
    office.held("2026-11-20 15:00")
    office.round("2026-11-20 16:00")

    assert [] == office.told("2026-11-23 10:59")
    expected = [(who, "Nobody has decided on 1 email for more than 4 hours") for who in told]
    assert expected == office.told("2026-11-23 11:00")
    assert [] == office.told("2026-11-23 15:00")


def test_a_length_of_nought_tells_nobody(office: Office) -> None:
    patience = Patience(OFFICE, remind=0.0, escalate=0.0)
    office.here.store.database._periods = Periods(patience=patience)
    office.person(RITA, "reviewer")
    office.held("2026-11-17 10:00")

    assert [] == office.told("2026-11-17 16:00")


def test_of_two_nodes_one_tells(office: Office) -> None:
    office.person(RITA, "reviewer")
    office.held("2026-11-17 10:00")
    office.at("2026-11-17 11:00")
    store, here = office.here.store, office.here

    async def both() -> None:
        nodes = (Secretary(store, OUR_HEAD, office.offices) for _ in range(4))
        await asyncio.gather(*(node.round() for node in nodes))

    here.run(both())

    assert 1 == len(here.own_mail())


def test_a_digest_says_what_waits_in_the_morning(office: Office) -> None:
    office.digest_at = 8 * 60 + 30
    office.person(RITA, "reviewer")
    office.held("2026-11-17 16:30")
    review.return_(office.here.store, HEAD, office.held("2026-11-18 15:00"), RITA)
    released = office.held("2026-11-18 15:10")
    review.release(office.here.store, released, RITA)
    review.undo(office.here.store, released, RITA)
    office.held(event=Event.ASK)

    assert [] == [m for m in office.told("2026-11-19 08:29") if "held for you" in m[1]]
    [(to, mail)] = office.round("2026-11-19 08:30")
    assert (RITA, "2 emails held for you") == (to, mail["Subject"])
    text = mail.get_content()
    assert "Held for you: 2 emails, the oldest since Tuesday 17 November, 16:30." in text
    assert "Today 1 email will be returned to the sender, should nobody decide." in text
    assert "Waiting for an answer of the sender: 1 email." in text
    assert "Since Wednesday 18 November: 1 returned." in text
    assert [] == office.told("2026-11-19 08:45"), "one a day"


def test_a_digest_on_monday_tells_of_friday_and_none_comes_at_the_weekend(office: Office) -> None:
    office.digest_at = 510
    office.person(RITA, "reviewer")
    review.return_(office.here.store, HEAD, office.held("2026-11-20 15:00"), RITA)

    assert [] == office.told("2026-11-21 09:00")
    [(_, mail)] = office.round("2026-11-23 08:30")
    assert "Nothing held for you this morning" == mail["Subject"]
    assert "Since Friday 20 November: 1 returned." in mail.get_content()
    office.held("2026-12-24 10:00")
    office.round("2026-12-24 11:00")
    assert [] == office.told("2026-12-25 08:30"), "a holiday"


def test_a_digest_without_news_is_not_sent_nor_to_who_does_not_want_it(office: Office) -> None:
    office.digest_at = 510
    office.person(RITA, "reviewer")
    office.person(SAM, "reviewer")
    unwanted = update(schema.accounts).where(schema.accounts.c.name == SAM).values(digest=False)
    office.here.change(unwanted)

    assert [] == office.told("2026-11-17 08:30")
    office.held("2026-11-17 08:35")
    assert [RITA] == [to for to, _ in office.told("2026-11-18 08:30")]


def test_a_release_in_an_emergency_is_in_the_digest_of_who_may_look_into_it(
    office: Office,
) -> None:
    office.digest_at = 510
    office.person(DORA, "duty-officer", "approver")
    office.person(ART, "approver")
    office.person(AUDREY, "auditor")
    id = office.held("2026-11-17 10:00", approvals=2)
    office.here.do(emergencies.write, id, DORA, "a child")
    review.return_(office.here.store, HEAD, id, ART)
    mails = dict(office.round("2026-11-18 08:30"))

    line = "Released in an emergency, and to be looked at by you or another: 1 email"
    assert {DORA: False, ART: True, AUDREY: True} == {
        who: line in mail.get_content() for who, mail in mails.items()
    }


def test_more_than_the_budget_is_said_once_a_day_and_releases_nothing(office: Office) -> None:
    patience = Patience(OFFICE, daily_budget=2)
    office.here.store.database._periods = Periods(patience=patience)
    office.person(MAX, "mail-administrator")
    ids = [office.held("2026-11-17 10:00") for _ in range(2)]
    assert [] == office.told()
    ids.append(office.held())

    assert [(MAX, "3 mailings held today, more than 2")] == office.told()
    assert "over budget: held=3 budget=2" in office.here.log
    office.held()
    assert [] == office.told("2026-11-17 23:00")
    assert [] == office.told("2026-11-18 08:00"), "another day"
    assert [State.QUARANTINED] * 3 == [office.here.state(id) for id in ids]


def test_what_fails_is_logged_and_stops_nothing_else(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError("SESAME")

    office.offices = offices([CHIEF])
    office.person(RITA, "reviewer")
    office.held("2026-11-17 10:00")
    monkeypatch.setattr("dlpguard.runners.secretary.waiting.since", fail)
    office.here.store.database._periods = Periods(patience=Patience(OFFICE, daily_budget=0))
    office.digest_at = 510

    assert [(RITA, "1 email held for you")] == office.told("2026-11-17 15:00")
    assert "what=secretary error=OSError" in "\n".join(office.here.log)
    assert "SESAME" not in "\n".join(office.here.log)
