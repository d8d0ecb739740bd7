"""Mail that stands apart: nothing before or after it changes what becomes of it, nor does it change
what becomes of anything else.

Much mail shares neither content nor a recipient with other mail of its sender. In the relay's store
it would be a campaign of its own, to recipients who are all new. So it is judged at once as just
that, and goes to the store only when later mail turns out to share something with it: before that
mail, at its own time. What happens to one sender's mail changes nothing for another's, so its place
among those of its sender is all the order that there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from dlpguard.audience import Viewer
from dlpguard.facts import Facts
from dlpguard.recipients import normalise
from dlpguard.replay.letter import Letter
from dlpguard.store import disclosures, seen


def alone(facts: Facts) -> Facts | None:
    """The facts that the store would make of a message that shares nothing with any other; None
    where it takes the store to know.

    That is where somebody in it is told of themselves (whose mailbox is whose, the store knows),
    and where the store counts who was told of whom this month.
    """
    audience, people = facts.audience, facts.people.everyone
    if any(person.addressee for person in people) or len(people) > seen.MOST_PEOPLE:
        return None
    if people and disclosures.private_mailbox(facts):
        return None
    viewers = tuple(
        Viewer(v.address, v.circle, v.receives, v.shown, True) if v.outside and v.receives else v
        for v in audience.viewers
    )
    return replace(facts, audience=replace(audience, viewers=viewers))


class Apart:
    """The mail of each sender that has stood apart so far."""

    def __init__(self) -> None:
        self._by_mark: dict[str, dict[object, list[Letter]]] = defaultdict(dict)
        self._known: dict[str, set[object]] = defaultdict(set)

    def shares(self, letter: Letter) -> bool:
        """Whether earlier mail of its sender has anything in common with it."""
        known = self._known.get(letter.sender)
        return known is not None and not known.isdisjoint(_marks(letter))

    def keep(self, letter: Letter) -> None:
        """It stands apart so far."""
        mine = self._by_mark[letter.sender]
        for mark in _marks(letter):
            mine.setdefault(mark, []).append(letter)

    def notice(self, letter: Letter) -> None:
        """Mail of any kind has been seen."""
        self._known[letter.sender].update(_marks(letter))

    def take(self, letter: Letter) -> tuple[Letter, ...]:
        """Those kept that share something with this, in their order; they are kept no more."""
        mine = self._by_mark.get(letter.sender)
        if not mine:
            return ()
        found = {each.number: each for mark in _marks(letter) for each in mine.get(mark, ())}
        for each in found.values():
            for mark in _marks(each):
                mine[mark] = [other for other in mine[mark] if other.number != each.number]
        return tuple(found[number] for number in sorted(found))


def _marks(letter: Letter) -> Iterator[object]:
    """What a message can have in common with another: content, or a recipient."""
    yield from letter.facts.content.links
    for recipient in letter.envelope.recipients:
        yield normalise(recipient.address)
