"""One relay, played over mail of the past: the same functions, at the time each message was sent.

Every message is accepted, judged and delivered by what does it in the relay.  So copies of one
mailing are one decision, a first mail to an address is the first, and a month is a month.
"""

from __future__ import annotations

import heapq
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import select

from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.mail import new_id
from dlpguard.replay.apart import Apart, alone
from dlpguard.replay.letter import Letter
from dlpguard.replay.stage import Stage
from dlpguard.runners.judging import Case, Judging, decide, follow_up
from dlpguard.runners.reading import Reading
from dlpguard.store import bodies, contacts, deliveries, messages, questions, verdicts
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.messages import NewMessage
from dlpguard.store.schema import messages as message_rows
from dlpguard.store.schema import verdicts as verdict_rows
from dlpguard.store.work import Claim
from dlpguard.verdict import Action, Verdict

ANSWER_SECONDS = 3600.0
"""After how long a sender who is asked says yes.  The mail of the past was sent, so its sender
meant it; if nobody answered, each mail to the same address would be a question again."""

ACTOR = "the sender"
"""Who says yes: any name will do, nobody reads it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a message that did not simply go: the strongest that any recipient met.

    `decision` is the same for all copies that one decision is about.
    """

    number: int
    action: Action
    decision: str
    verdict: Verdict = field(repr=False)
    facts: Facts = field(repr=False)


Listener = Callable[[str, Facts], None]
"""Hears the facts of every judging, those of copies that are judged again too, and whose mail it
is (`Letter.sender`)."""


def nobody_listens(sender: str, facts: Facts) -> None:
    """For who only wants to know the end."""
    del sender, facts


class World:
    """What has happened to one relay so far.  Its methods block, and are for one thread a time."""

    def __init__(
        self, stage: Stage, judging: Judging, today: date, listen: Listener = nobody_listens
    ) -> None:
        """`today` decides which flows are in force: what mail will cost from now on is asked, not
        what it would have cost before they were agreed."""
        self._stage = stage
        self._keys = stage.keys()
        self._sender = ""
        nobody = replace(judging.head, domains=())  # nobody is written to
        self._judging = _heard(
            replace(judging, mode="enforce", head=nobody),
            today,
            lambda facts: listen(self._sender, facts),
        )
        self._apart = Apart()
        self._due: list[tuple[float, int, str]] = []
        self._order = count()
        self._numbers: dict[str, int] = {}
        self.observed: Counter[str] = Counter()
        """How many messages each policy matched that only observes."""

    def play(self, letters: Sequence[Letter]) -> None:
        """What the relay does with these, which follow those before in time; one commit."""

        def work(tx: Transaction) -> None:
            for each in letters:
                shares = self._apart.shares(each)
                letter = self._apart.notice(each)
                if shares or not self._went(letter):
                    for earlier in (*self._apart.take(letter), letter):
                        self._play(tx, earlier)

        self._write(work)

    def end(self) -> tuple[Ended, ...]:
        """Let everything happen that is still to come; what became of which message, in order."""
        self._write(lambda tx: self._until(tx, float("inf")))
        return self._stage.store.database.read_now(
            lambda tx: self._ended(replace(tx, keys=self._keys))
        )

    def _went(self, letter: Letter) -> bool:
        """Whether it stands apart and simply goes; then it is judged, and the store not asked."""
        facts = alone(letter.facts)
        if facts is None:
            return False
        self._sender = letter.sender
        verdict = self._judging.verdict(facts, letter.when)
        if verdict.action > Action.ALLOW or any(m.observed for m in verdict.matches):
            return False
        self._apart.keep(letter)
        return True

    def _write(self, work: Callable[[Transaction], object]) -> None:
        database = self._stage.store.database
        database.write_now(lambda tx: work(replace(tx, keys=self._keys)))

    def _play(self, tx: Transaction, letter: Letter) -> None:
        self._until(tx, letter.when)
        self._stage.turn(letter.when)
        self._sender = letter.sender
        id = new_id(letter.when, secrets.token_bytes(10))
        # As large as it was, without a byte of it.
        body = replace(bodies.in_row(b"", self._keys), size=letter.size)
        messages.accept(tx, NewMessage(id, letter.envelope, b"", body))
        contacts.learn(tx, id, letter.before)
        case = Case(
            Claim(id, 0, 1, 0, 0, letter.when, "client"),
            letter.envelope,
            Reading(letter.facts, b"", letter.crashed),
            lambda: 0.0,
        )
        decided = decide(tx, case, self._judging)
        work = decided.then
        while work.others:
            work = follow_up(tx, work, self._judging)
        for row, verdict, _ in decided.rows:
            self._expect(tx, row, letter.number, verdict)
        if work.stopped:
            self._expect_heirs(tx, id)
        for policy in {m.policy for m in decided.verdict.matches if m.observed}:
            self.observed[policy] += 1

    def _expect(self, tx: Transaction, row: str, number: int, verdict: Verdict) -> None:
        """Whose turn is next: the courier's, or the sender's."""
        self._numbers[row] = number
        if verdict.action is Action.CONFIRM:
            self._later(tx.now() + ANSWER_SECONDS, row)
        elif verdict.action <= Action.TAG:
            if wait := deliveries.unsettled(tx, messages.get(tx, row)):
                self._later(tx.now() + wait, row)
            else:
                _deliver(tx, row)

    def _expect_heirs(self, tx: Transaction, id: str) -> None:
        """Those of the copies just stopped whom nothing stopped have rows that nobody told of."""
        mine = select(message_rows.c.sender_digest).where(message_rows.c.id == id)
        waiting = (str(State.READY), str(State.AWAITING_SENDER))
        found = tx.execute(
            select(message_rows.c.id, message_rows.c.state).where(
                message_rows.c.sender_digest == mine.scalar_subquery(),
                message_rows.c.state.in_(waiting),
            )
        ).all()
        for row in found:
            if row.id not in self._numbers:
                asked = row.state == State.AWAITING_SENDER
                verdict = Verdict(Action.CONFIRM if asked else Action.ALLOW)
                self._expect(tx, row.id, self._numbers[id], verdict)

    def _later(self, when: float, row: str) -> None:
        heapq.heappush(self._due, (when, next(self._order), row))

    def _until(self, tx: Transaction, end: float) -> None:
        """All that happens before a time, at its time."""
        while self._due and self._due[0][0] <= end:
            when, _, row = heapq.heappop(self._due)
            self._stage.turn(when)
            state = messages.get(tx, row).state
            if state == State.READY:
                _deliver(tx, row)
            elif state == State.AWAITING_SENDER:
                self._confirm(tx, row)

    def _confirm(self, tx: Transaction, row: str) -> None:
        """The sender says yes, as in `review.confirm`."""
        step = Step(Who.SENDER, actor=ACTOR)
        for copy in questions.covered(tx, row):
            messages.move(tx, copy, Event.CONFIRM, State.READY, step)
            _deliver(tx, copy)

    def _ended(self, tx: Transaction) -> tuple[Ended, ...]:
        rows = tx.execute(
            select(
                message_rows.c.id,
                message_rows.c.campaign_id,
                message_rows.c.content,
                verdict_rows.c.action,
            )
            .join(verdict_rows, verdict_rows.c.message_id == message_rows.c.id)
            .where(verdict_rows.c.action != Action.ALLOW.label)
        ).all()
        strongest: dict[int, Ended] = {}
        for row in rows:
            number, action = self._numbers.get(row.id), Action.named(row.action)
            if number is None or (number in strongest and action <= strongest[number].action):
                continue
            record = verdicts.find(tx, row.id)
            if record:
                content = (row.content or b"").hex()
                alike = f"{row.campaign_id}/{content}/{row.action}" if row.campaign_id else row.id
                strongest[number] = Ended(number, action, alike, record.verdict, record.facts)
        return tuple(strongest[number] for number in sorted(strongest))


@dataclass(frozen=True, slots=True)
class _Heard(Judging):
    """Judging that is listened to, with the flows of one day."""

    noon: float = 0.0
    listen: Callable[[Facts], object] = bool

    def at(self, tx: Transaction) -> Judging:
        """Nobody switches the mode."""
        del tx
        return self

    def verdict(self, facts: Facts, now: float) -> Verdict:
        """As in the relay, but today."""
        del now
        self.listen(facts)
        return Judging.verdict(self, facts, self.noon)


def _heard(judging: Judging, today: date, listen: Callable[[Facts], object]) -> _Heard:
    given = {each.name: getattr(judging, each.name) for each in fields(Judging)}
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC).timestamp()
    return _Heard(**given, noon=noon, listen=listen)


def _deliver(tx: Transaction, row: str) -> None:
    """Every recipient has it, and is known from now on: `deliveries.finish`, but that there is no
    body to forget."""
    messages.settle(tx, row, Outcome.DELIVERED, in_doubt=Outcome.DELIVERED)
    messages.move(tx, row, Event.FINISH, State.DONE, Step(Who.COURIER, fence=0))
    contacts.remember(tx, row)
