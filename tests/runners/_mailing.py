"""Copies of a mailing, judged as the inspector does, with facts made by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.facts import Campaign, Content, Facts
from dlpguard.lifecycle import State
from dlpguard.people import People, Person
from dlpguard.policy import load
from dlpguard.recipients import Organisation
from dlpguard.runners.judging import Case, Decided, Judging, decide, follow_up
from dlpguard.runners.reading import Reading
from dlpguard.store import deliveries, messages
from dlpguard.store.database import Transaction
from tests.runners._world import ANN, HEAD, World, world

POLICIES = {
    "list-seen-by-many": "people: {private: true, at_least: 3, reach: 10}|quarantine|everyone",
    "list-to-outsiders": "people: {private: true, at_least: 5}|confirm|outside",
    "seen-by-many-addresses": "exposure: 20|quarantine|everyone",
    "drip": (
        "people: {private: true, at_least: 5, window: 30}\n  - circle: {of: webmail}"
        "|quarantine|everyone"
    ),
}


def judging(folder: Path, settle: float = 20.0, mode: str = "enforce") -> Judging:
    """A few policies, and the settings that are shipped."""
    for name, rule in POLICIES.items():
        when, then, applies_to = rule.split("|")
        (folder / f"{name}.yaml").write_text(
            f"title: {name}\nwhy: because\nwhen:\n  - {when}\nthen: {then}\n"
            f"applies_to: {applies_to}\n"
        )
    organisation = Organisation(domains=("council.example",))
    return Judging(load(folder), mode, frozenset(), organisation, HEAD, 3600.0, settle)


def people(names: Sequence[str], *, addressee: bool = False) -> People:
    """Private people, listed when there are three."""
    listed = len(names) >= 3
    return People(
        tuple(
            Person(
                name, ("person_name", "phone"), "list", None, listed, True, addressee, name.encode()
            )
            for name in names
        )
    )


@dataclass
class Mailing:
    """Somebody who sends copies of something."""

    here: World
    judging: Judging
    content: Content = field(default_factory=lambda: Content(b"whole", (b"link",)))
    names: Sequence[str] = ("Ann", "Bea", "Cat")
    sent: list[str] = field(default_factory=list)

    def facts(
        self,
        *to: str,
        names: Sequence[str] | None = None,
        content: Content | None = None,
        shown: Sequence[str] = (),
        addressee: bool = False,
        circle: Circle = Circle.EXTERNAL,
    ) -> Facts:
        """What was read in a copy."""
        viewers = tuple(
            Viewer(
                address,
                Circle.INTERNAL if address.endswith("@council.example") else circle,
                address in to,
                address in shown,
            )
            for address in dict.fromkeys((*to, *shown))
        )
        audience = Audience(viewers)
        return Facts(
            sender=ANN,
            people=people(self.names if names is None else names, addressee=addressee),
            audience=audience,
            campaign=Campaign(reach=audience.reach, exposure=audience.exposure),
            content=content or self.content,
        )

    def send(self, *to: str, **what: object) -> str:
        """A copy to these recipients, judged at once; returns its id."""
        id = self.arrive(*to)
        self.judge(id, self.facts(*to, **what))  # type: ignore[arg-type] # passed on as it is
        return id

    def arrive(self, *to: str) -> str:
        """A copy that is not inspected yet."""
        id = self.here.post(b"Subject: x\r\n\r\nlist\r\n", *to)
        self.sent.append(id)
        return id

    def judge(self, id: str, facts: Facts) -> Decided:
        """Its verdict, and what follows from it for other copies."""
        decided = self.judge_alone(id, facts)
        work = decided.then
        while work.others:
            work = self.here.do(follow_up, work, self.judging)
        return decided

    def judge_alone(self, id: str, facts: Facts) -> Decided:
        """Its verdict, and what the same transaction does about other copies."""
        claim = next(c for c in self.here.claim(State.RECEIVED) if c.id == id)
        envelope = self.here.store.database.read_now(lambda tx: messages.envelope_of(tx, id))
        case = Case(claim, envelope, Reading(facts, b"evidence"), lambda: 0.1)
        return self.here.do(decide, case, self.judging)

    def rule(self, name: str, when: str, then: str, applies_to: str = "everyone") -> None:
        """One more policy; with the first of them those of this module are gone."""
        folder = self.here.folder / "these-policies"
        folder.mkdir(exist_ok=True)
        conditions = "".join(f"  - {condition}\n" for condition in when.split("|"))
        (folder / f"{name}.yaml").write_text(
            f"title: {name}\nwhy: w\nwhen:\n{conditions}then: {then}\napplies_to: {applies_to}\n"
        )
        self.judging = replace(self.judging, policies=load(folder))

    def states(self) -> list[State]:
        """Where the copies are, in the order in which they were sent."""
        return [self.here.state(id) for id in self.sent]


def address(number: int) -> str:
    """An outside mailbox."""
    return f"p{number}@outside.example"


@contextmanager
def mailings(folder: Path) -> Iterator[Mailing]:
    """A new one, in a store of its own."""
    policies = folder / "some-policies"
    policies.mkdir()
    with asyncio.Runner() as runner, world(folder, runner) as here:
        yield Mailing(here, judging(policies))


def unsettled(tx: Transaction, id: str, mode: str = "enforce") -> float:
    """How long a courier has to leave it."""
    return deliveries.unsettled(tx, messages.get(tx, id), mode)
