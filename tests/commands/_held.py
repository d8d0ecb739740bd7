"""Messages in a store, as a relay would have left them there."""

from __future__ import annotations

import os
from pathlib import Path

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.document import Gap, Hidden, Unread
from dlpguard.facts import Campaign, Facts, HiddenPlace
from dlpguard.lifecycle import Event, State
from dlpguard.mail import Envelope, MessageId, Recipient, new_id
from dlpguard.people import People, Person
from dlpguard.store import bodies, messages, verdicts, work
from dlpguard.store.database import Transaction
from dlpguard.store.messages import NewMessage
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Match, Plan, Reason, Verdict
from tests.commands._line import store_of

ANN = "ann.bee@council.example"
CONTENT = b"Subject: SESAME\r\n\r\nSESAME\r\n"
BOB, CY = "bob@outside.example", "cy@webmail.example"


def post(settings: Path) -> MessageId:
    """A message that is still to be inspected."""
    with store_of(settings) as (_, store):
        id = new_id(1_700_000_000.0, os.urandom(10))
        envelope = Envelope(ANN, (Recipient(BOB), Recipient(CY)))
        new = NewMessage(id, envelope, b"", bodies.in_row(CONTENT, store.keys))
        store.database.write_now(lambda tx: messages.accept(tx, new))
    return id


def hold(
    settings: Path, approvals: int = 1, title: str = "Lists do not leave", *, hidden: bool = True
) -> MessageId:
    """A message in quarantine: three people, two of them on a hidden sheet, to two outsiders."""
    id = post(settings)
    verdict = Verdict(
        Action.QUARANTINE,
        (Match("lists", title, Action.QUARANTINE, (Reason("3 people"),), approvals),),
        "digest",
    )
    with store_of(settings) as (_, store):

        def judge(tx: Transaction) -> None:
            [claim] = work.claim(tx, State.RECEIVED, "node", 10, 60.0)
            record = Record(_facts(hidden=hidden), verdict)
            verdicts.judge(tx, claim.id, claim.fence, record, Plan(Event.HOLD), b"evidence")

        store.database.write_now(judge)
    return id


def _facts(*, hidden: bool) -> Facts:
    people = tuple(
        Person(
            f"P{n}",
            ("person_name", "phone"),
            "list.xlsx › Sheet1",
            hidden=Hidden.SHEET if n and hidden else None,
            listed=True,
            private=True,
            digest=bytes([n] * 16),
        )
        for n in range(3)
    )
    viewers = (
        Viewer(BOB, Circle.EXTERNAL, receives=True, shown=True),
        Viewer(CY, Circle.WEBMAIL, receives=True, shown=False),
    )
    return Facts(
        sender=ANN,
        author="Ann Bee",
        size=len(CONTENT),
        people=People(people),
        formats=("xlsx",),
        hidden=(HiddenPlace("list.xlsx › Sheet2", Hidden.SHEET),),
        gaps=(Gap("letter.pdf", Unread.SCAN, "no text", "pdf"),),
        audience=Audience(viewers),
        campaign=Campaign(reach=2, exposure=1),
    )
