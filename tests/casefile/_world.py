"""Mail with a list of clients in it, as a relay leaves it in its store."""

from __future__ import annotations

from dlpguard import evidence
from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.document import Document, Hidden, Table, Text
from dlpguard.evidence import Evidence
from dlpguard.facts import Campaign, Facts, HiddenPlace, Tally
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.people import People, Person
from dlpguard.store import bodies, campaigns, disclosures, messages, returning, verdicts, work
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Match, Plan, Reason, Verdict
from tests.store._world import Poster, do

ANN, BOB, CY = "ann.bee@council.example", "bob.marsh@outside.example", "cy@webmail.example"
DORA = "Dora Finch"
"""She is in the list, and writes no mail."""

ROWS = (
    (DORA, "07700 900123", "ILS/2026/00017"),
    ("Emil Gale", "07700 900124", "ILS/2026/00018"),
    ("Fay Hart", "07700 900125", "ILS/2026/00019"),
)


def listed(store: Store, post: Poster, event: Event = Event.HOLD, *, to: str = CY) -> str:
    """A list of three clients, one of them on a hidden sheet, with its verdict."""
    id = post(b"Subject: the list of Dora Finch\r\n\r\nhello\r\n", to, sender=ANN)
    action = Action.QUARANTINE if event is Event.HOLD else Action.ALLOW
    match = Match(
        "client-list",
        "Lists do not leave",
        action,
        (Reason("3 people together"),),
        why="Three people identified together are a breach that we report.",
    )

    def judge(tx: Transaction) -> None:
        [claim] = work.claim(tx, State.RECEIVED, "node", 10, 60.0)
        facts = _facts(to)
        digests = campaigns.digests(tx, facts.audience)
        facts = campaigns.join(tx, messages.get(tx, id), facts, digests, 3600.0)
        disclosures.unite(tx, id, facts)
        record = Record(facts, Verdict(action, (match,), "0123456789abcdef"))
        verdicts.judge(tx, claim.id, claim.fence, record, Plan(event), _evidence())

    store.database.write_now(judge)
    return id


def returned(store: Store, post: Poster) -> str:
    """The same, and a reviewer has decided that it is not sent."""
    id = listed(store, post)
    step = Step(Who.REVIEWER, "rita@council.example", "not for them: see Dora Finch's file")
    do(store, returning.give_back, id, Event.RETURN, step)
    return id


def delivered(store: Store, post: Poster, to: str = BOB) -> str:
    """One that was let go, and that they have."""
    id = listed(store, post, Event.PASS, to=to)
    do(store, messages.settle, id, Outcome.DELIVERED, in_doubt=Outcome.DELIVERED)
    [claim] = do(store, work.claim, State.READY, "node", 1, 60.0)

    def finish(tx: Transaction) -> None:
        step = Step(Who.COURIER, fence=claim.fence)
        messages.move(tx, id, Event.FINISH, State.DONE, step)
        returning.withdraw(tx, id)
        bodies.forget(tx, id)

    store.database.write_now(finish)
    return id


def _facts(to: str) -> Facts:
    everyone = tuple(
        Person(
            name,
            ("case_reference", "person_name", "phone"),
            f"clients.xlsx › {'Archive' if number == 2 else 'Sheet1'} › row {number + 1}",
            hidden=Hidden.SHEET if number == 2 else None,
            listed=True,
            private=True,
            digest=bytes([number]) * 16,
        )
        for number, (name, _, _) in enumerate(ROWS)
    )
    circle = Circle.WEBMAIL if to == CY else Circle.EXTERNAL
    viewers = (Viewer(to, circle, receives=True, shown=True, first_time=True),)
    return Facts(
        sender=ANN,
        subject=f"the list of {DORA}",
        author="Ann Bee",
        size=2000,
        people=People(everyone),
        findings={kind: Tally(high=3) for kind in ("case_reference", "person_name", "phone")},
        special=("health",),
        formats=("xlsx",),
        hidden=(HiddenPlace("clients.xlsx › Archive", Hidden.SHEET),),
        audience=Audience(viewers),
        campaign=Campaign(reach=1, exposure=1),
    )


def _evidence() -> bytes:
    sheet = Table("clients.xlsx › Sheet1", ("Name", "Phone", "Case"), ROWS)
    body = Text("body", f"Dear Cy, {DORA} and Emil Gale (07700 900124) are on it.")
    inside = Document("clients.xlsx", "xlsx", (sheet,))
    return evidence.pack(Evidence(Document("mail", "mail", (body,), inside=(inside,))))
