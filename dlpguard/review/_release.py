"""What a release does to the copies of a mailing: who agrees, who gets it, who does not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from dlpguard.errors import RefusedError
from dlpguard.lifecycle import Event, State, Who
from dlpguard.store import choices, messages, quarantine, returning, verdicts
from dlpguard.store.choices import Choice, Sides
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.quarantine import Held


class ChoiceError(RefusedError):
    """A release to nobody, or to somebody who is no recipient.  Nothing was changed."""


@dataclass(frozen=True, slots=True)
class By:
    """Who releases, and what they say.

    `approver`: their account has the right to approve what takes two people.  `wait`: seconds
    before it is sent, in which they can change their mind.
    """

    actor: str
    reason: str = field(repr=False)
    approver: bool
    wait: float


@dataclass(frozen=True, slots=True)
class Released:
    """What came of it.

    `missing`: how many more people have to approve the message that was looked at, 0 where it went;
    its `state` is then READY, or DONE where all its recipients were left out.  `copies`: how many
    were released, or returned because nobody was left.  `given` and `left_out`: the mailboxes that
    get one, and those that do not; both empty where everybody gets theirs.
    """

    state: State
    missing: int
    copies: int
    given: frozenset[str] = field(repr=False)
    left_out: frozenset[str] = field(repr=False)


def let_go(
    tx: Transaction, held: Held, together: Collection[str], by: By, choice: Choice
) -> Released:
    """Approve a choice for these copies, and carry it out where enough people have approved it.

    `RefusedError` for who is no approver where the message takes more than one person; copies that
    do are passed over for them.  `ChoiceError` where nobody would get it.
    """
    if held.approvals_needed > 1 and not by.approver:
        raise RefusedError(
            "releasing this takes two approvers, and this is no approver's account; "
            "return it, ask its sender, or leave it to an approver"
        )
    choice = choice.within(held.record.facts.audience)
    mine = [id for id in together if by.approver or messages.get(tx, id).approvals <= 1]
    divided = {} if choice.is_everybody else {id: _sides(tx, held, id, choice) for id in mine}
    given, left_out = _told_apart(choice, divided)
    missing = {id: _approve(tx, id, by.actor, choice) for id in mine}
    going = [id for id in mine if missing[id] <= 0]
    for id in going:
        _carry_out(tx, id, by, choice, divided.get(id))
    state = State(messages.get(tx, held.id).state)
    return Released(state, max(0, missing[held.id]), len(going), given, left_out)


def said(choice: Choice, given: int, left_out: int, reason: str) -> str:
    """What the records say of a release: to whom it went, unless to everybody, and why."""
    if choice.is_everybody:
        return reason
    words = f"{choice.words} ({given} of {given + left_out})"
    return f"{words}: {reason}" if reason else words


def _sides(tx: Transaction, held: Held, id: str, choice: Choice) -> Sides:
    record = held.record if id == held.id else verdicts.find(tx, id)
    assert record is not None, "what is held has been judged"
    return choices.sides(tx, id, choice, record.facts.audience)


def _told_apart(
    choice: Choice, divided: Mapping[str, Sides]
) -> tuple[frozenset[str], frozenset[str]]:
    """The mailboxes on either side over all copies; `ChoiceError` where that makes no sense."""
    given = frozenset(box for sides in divided.values() for box in sides.given.values())
    left_out = frozenset(box for sides in divided.values() for box in sides.left_out.values())
    if unknown := len(choice.addresses - given):
        which = "an address that was" if unknown == 1 else f"{unknown} addresses that were"
        raise ChoiceError(f"{which} chosen would not get it anyway; nothing was released")
    if divided and not given:
        raise ChoiceError("nobody would get it; to send it to nobody, return it")
    return given, left_out


def _approve(tx: Transaction, id: str, actor: str, choice: Choice) -> int:
    """Record that somebody approves a choice; how many more people have to."""
    row = messages.get(tx, id)
    return int(row.approvals) - len(quarantine.approve(tx, id, row.version, actor, choice))


def _carry_out(tx: Transaction, id: str, by: By, choice: Choice, sides: Sides | None) -> None:
    """READY for those who get it; the others end as returned in the same transaction, so that no
    courier ever sees them wait.  A copy that nobody gets is returned whole."""
    given, left_out = (len(sides.given), len(sides.left_out)) if sides else (0, 0)
    reason = said(choice, given, left_out, by.reason)
    step = Step(Who.REVIEWER, by.actor, reason, version=messages.get(tx, id).version)
    if sides and not sides.given:
        returning.give_back(tx, id, Event.RETURN, step)
        return
    if sides:
        returning.leave_out(tx, id, sides.left_out)
    messages.move(tx, id, Event.RELEASE, State.READY, step)
    if by.wait:
        quarantine.send_later(tx, id, by.wait)
