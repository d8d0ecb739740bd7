"""Messages whose lives begin, go on and end when a test wants it."""

from __future__ import annotations

from dataclasses import replace

from dlpguard.document import Gap, Unread
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.store import deliveries, lives, messages, returning, verdicts, work
from dlpguard.store.guards import Step
from dlpguard.store.lives import Life
from dlpguard.store.opening import Store
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Match, Plan, Verdict
from tests.store._world import Clock, Poster, do, facts

BOB, CY = "bob@outside.example", "cy@outside.example"


class Desk:
    """Messages that are judged, decided on and delivered, with time between."""

    def __init__(self, store: Store, clock: Clock, post: Poster) -> None:
        self.store, self.clock, self.post = store, clock, post
        self.told()  # from now on

    def told(self, lag: float = 0.0) -> tuple[Life, ...]:
        """What ended since the last time, before this moment."""
        self.clock.time += 1
        span = do(self.store, lives.take, lag)
        found: tuple[Life, ...] = ()
        while span:
            page = do(self.store, lives.ended, span, found[-1].place if found else None)
            if not page:
                break
            found += page
        return found

    def judged(
        self,
        event: Event = Event.PASS,
        action: Action = Action.ALLOW,
        *matches: Match,
        queue: str = "",
        unread: tuple[Unread, ...] = (),
        recipients: tuple[str, ...] = (BOB,),
    ) -> str:
        id = self.post(b"x" * 100, *recipients)
        self.clock.time += 2
        seen = replace(facts(), gaps=tuple(Gap("file", why) for why in unread))
        record = Record(seen, Verdict(action, matches, queue=queue))
        fence = self._fence(State.RECEIVED)
        do(self.store, verdicts.judge, id, fence, record, Plan(event), b"evidence")
        return id

    def deliver(self, id: str, *outcomes: Outcome) -> None:
        self.clock.time += 1
        answers = [deliveries.Answer(n, what, "250") for n, what in enumerate(outcomes)]
        fence = self._fence(State.READY)
        do(self.store, deliveries.answer, id, answers)
        do(self.store, deliveries.finish, id, fence)

    def release(self, id: str) -> None:
        step = Step(Who.REVIEWER, actor="rita")
        do(self.store, messages.move, id, Event.RELEASE, State.READY, step)

    def return_(self, id: str) -> None:
        do(self.store, returning.give_back, id, Event.RETURN, Step(Who.REVIEWER, actor="rita"))

    def _fence(self, state: State) -> int:
        [claim] = do(self.store, work.claim, state, "node", 1, 60.0)
        return claim.fence


def held_by(policy: str, queue: str = "reviewers") -> Match:
    return Match(policy, policy, Action.QUARANTINE, (), queue=queue)
