"""What a visitor may do about a message, what the forms for it offer, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from dlpguard.audience import Circle
from dlpguard.lifecycle import Outcome, State
from dlpguard.recipients import normalise
from dlpguard.review import EVERYBODY, INSIDE, Choice, ChoiceError, notes
from dlpguard.review.notes import Note
from dlpguard.store import choices, deliveries, messages, quarantine
from dlpguard.store.database import Transaction
from dlpguard.store.quarantine import Approval, Held
from dlpguard.store.secrets import Keyring
from dlpguard.web.access import Asker
from dlpguard.web.roles import Right

MOST_SINGLES = 60
"""Recipients that are offered one by one; of more, circles, and a field for addresses."""

MOST_COPIES = 60
"""Copies of a mailing that are opened to see whom they are for; each costs a page a millisecond."""

FITTING = 3
"""Notes that are offered at once; the others are a click away."""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody had written and ticked in a form in which something was missing."""

    question: str = field(default="", repr=False)
    reason: str = field(default="", repr=False)
    to: str = ""
    circles: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    addresses: str = field(default="", repr=False)


NOTHING = Written()


@dataclass(frozen=True, slots=True)
class Single:
    """A recipient that can be chosen.  `token` stands for the address, which may be masked."""

    token: str
    address: str = field(repr=False)
    circle: Circle


@dataclass(frozen=True, slots=True)
class Offer:
    """To whom a message can be released: how many wait in each circle, and who, where they are few.

    `is_whole` is false for a mailing of so many copies that only the one that is looked at counts.
    """

    circles: dict[Circle, int]
    singles: tuple[Single, ...]
    is_whole: bool = True

    @property
    def total(self) -> int:
        """How many mailboxes wait."""
        return sum(self.circles.values())

    @property
    def inside(self) -> int:
        """How many of them are inside the organisation."""
        return self.circles.get(Circle.INTERNAL, 0)


@dataclass(frozen=True, slots=True)
class Deciding:
    """What the page of a message says and offers about deciding.

    `stage`: "held", "asked" (its sender), "released" (on its way), or "over".  `may_release` is
    false where it takes an approver, and the visitor is none.  `missing`: how many approvers have
    to agree yet.  `approved`: what others have approved, `mine`: what the visitor has.  `outcomes`
    are sentences; `left_out` is how many never get it.  `leaves_at`: when the next mail server is
    given it at the earliest; `is_tried`: it has been given it before.
    """

    held: Held
    stage: str
    may_decide: bool
    may_release: bool
    may_undo: bool
    is_own: bool
    offer: Offer
    approved: tuple[Approval, ...]
    mine: Approval | None
    missing: int
    notes: tuple[Note, ...]
    other_notes: tuple[Note, ...]
    outcomes: tuple[str, ...]
    left_out: int
    leaves_at: float
    is_tried: bool
    now: float


def look(tx: Transaction, held: Held, visitor: Asker) -> Deciding:
    """All of it, for this visitor."""
    row = messages.get(tx, held.id)
    own = _is_own(held, visitor)
    may = visitor.may(Right.DECIDE) and not own
    stage = _stage(held)
    fitting = notes.fitting(held.record.facts)
    theirs = [a for a in held.approvals if a.actor.casefold() == visitor.name.casefold()]
    others = tuple(a for a in held.approvals if a not in theirs)
    outcomes = quarantine.outcomes_of_mailing(tx, held.id)
    return Deciding(
        held,
        stage,
        may and stage == "held",
        held.approvals_needed < 2 or visitor.may(Right.APPROVE),
        may and stage == "released",
        own,
        offered(tx, held) if may and stage == "held" else Offer({}, ()),
        others,
        theirs[0] if theirs else None,
        held.approvals_needed - max(_agreed(held), default=0),
        fitting[:FITTING],
        tuple(note for note in notes.NOTES if note not in fitting[:FITTING]),
        tuple(_in_words(outcomes, stage, tried=bool(row.tries))),
        outcomes.get(str(Outcome.RETURNED), 0),
        row.next_try,
        bool(row.tries) or deliveries.has_open_attempt(tx, held.id),
        tx.now(),
    )


def offered(tx: Transaction, held: Held) -> Offer:
    """Whom it can be released to: all copies of it, where those are few."""
    whole = len(held.copies) <= MOST_COPIES
    waiting: dict[str, Circle] = {}
    for id in held.copies if whole else (held.id,):
        audience = held.record.facts.audience if id == held.id else None
        waiting |= choices.waiting(tx, id, audience)
    circles = dict.fromkeys(Circle, 0)
    for circle in waiting.values():
        circles[circle] += 1
    few = waiting if len(waiting) <= MOST_SINGLES else {}
    token = partial(token_of, tx.keys, held.id)
    singles = tuple(Single(token(address), address, circle) for address, circle in few.items())
    return Offer({c: n for c, n in circles.items() if n}, singles, whole)


def token_of(keys: Keyring, id: str, address: str) -> str:
    """What stands for a recipient in a form: of no use for any other message."""
    return keys.digest("recipient", id, address).hex()[:20]


def chosen(tx: Transaction, id: str, written: Written) -> Choice:
    """The choice that a form says: `to` is "everybody", "inside", "some", or "as:" and who has
    approved the choice that is meant.  `ChoiceError` where the form names nobody who waits."""
    if written.to == "everybody":
        return EVERYBODY
    if written.to == "inside":
        return INSIDE
    held = quarantine.find(tx, id)
    if held is None:
        raise ChoiceError("nobody waits for it")
    if written.to != "some":
        actor = written.to.removeprefix("as:")
        meant = [approval.choice for approval in held.approvals if approval.actor == actor]
        if not meant:
            raise ChoiceError("nobody has approved that")
        return meant[0]
    known = {single.token: single.address for single in offered(tx, held).singles}
    ticked = [known[token] for token in written.recipients if token in known]
    words = (word.strip("<>,;") for word in written.addresses.replace(",", " ").split())
    circles = [circle for circle in Circle if circle.value in written.circles]
    return Choice.of(circles, [*ticked, *(word for word in words if word)])


def _is_own(held: Held, visitor: Asker) -> bool:
    sender = held.envelope.sender
    return bool(sender) and normalise(sender) == normalise(visitor.name)


def _stage(held: Held) -> str:
    if held.state is State.QUARANTINED:
        return "held"
    if held.state is State.AWAITING_SENDER:
        return "asked"
    return "released" if held.state is State.READY and held.decided_by else "over"


def _agreed(held: Held) -> list[int]:
    """How many have approved each of the choices."""
    chosen_by_each = [approval.choice for approval in held.approvals]
    return [chosen_by_each.count(choice) for choice in chosen_by_each]


def _in_words(outcomes: dict[str, int], stage: str, *, tried: bool) -> Iterable[str]:
    """What became of how many recipients, in the order in which people ask."""
    waits = "waiting for the next attempt" if tried else "waiting to be sent"
    by_name = {
        Outcome.DELIVERED: "delivered",
        Outcome.PENDING: waits if stage == "released" else "waiting for the decision",
        Outcome.BOUNCED: "refused by the recipient's side; the sender has been told",
        Outcome.EXPIRED: "given up after days of trying; the sender has been told",
        Outcome.RETURNED: "not sent, as was decided",
    }
    for outcome, words in by_name.items():
        if number := outcomes.get(str(outcome), 0):
            yield f"{number} {words}"
    if doubtful := outcomes.get("in doubt", 0):
        yield f"{doubtful} may have it, or may get it twice: the connection broke at the end"
