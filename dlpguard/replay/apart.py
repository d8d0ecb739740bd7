"""Mail that stands apart: nothing before or after it changes what becomes of it, nor does it change
what becomes of anything else.

Much mail shares neither content nor a recipient with other mail of its sender. In the relay's store
it would be a campaign of its own, to recipients who are all new. So it is judged at once as just
that, and goes to the store only when later mail turns out to share something with it: before that
mail, at its own time. What happens to one sender's mail changes nothing for another's, so its place
among those of its sender is all the order that there is.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import replace

from dlpguard.audience import Viewer
from dlpguard.facts import Facts
from dlpguard.recipients import normalise
from dlpguard.replay.letter import Letter
from dlpguard.store import campaigns, disclosures, seen


def alone(facts: Facts) -> Facts | None:
    """The facts that the store would make of a message that shares nothing with any other; None
    where it takes the store to know.

    Its recipients are new, unless its record says that they were known before the first mail.  It
    takes the store where somebody in it is told of themselves (whose mailbox is whose, the store
    knows), and where the store counts who was told of whom this month.
    """
    audience, people = facts.audience, facts.people.everyone
    if any(person.addressee for person in people) or len(people) > seen.MOST_PEOPLE:
        return None
    if people and disclosures.private_mailbox(facts):
        return None
    viewers = tuple(
        Viewer(v.address, v.circle, v.receives, v.shown, v.first_time is not False)
        if v.outside and v.receives
        else v
        for v in audience.viewers
    )
    return replace(facts, audience=replace(audience, viewers=viewers))


class Apart:
    """The mail of each sender that has stood apart so far."""

    def __init__(self) -> None:
        self._by_mark: dict[str, dict[object, list[Letter]]] = defaultdict(dict)
        self._known: dict[str, set[object]] = defaultdict(set)
        self._kept: deque[Letter] = deque()
        self._written_to: dict[str, set[str]] = defaultdict(set)

    def shares(self, letter: Letter) -> bool:
        """Whether earlier mail of its sender has anything in common with it."""
        known = self._known.get(letter.sender)
        return known is not None and not known.isdisjoint(_marks(letter))

    def known_before(self, letter: Letter) -> tuple[str, ...]:
        """Whom its sender has written to in mail that is kept no more, or before the first mail
        that there is, as its record says."""
        known = self._known.get(letter.sender) or set()
        written_to = self._written_to.get(letter.sender) or set()
        return tuple(
            v.address
            for v in letter.facts.audience.viewers
            if v.address in written_to or (v.first_time is False and v.address not in known)
        )

    def keep(self, letter: Letter) -> None:
        """It stands apart so far.

        After a day it is in no campaign that can be joined.  What is left of it then is whom its
        sender has written to, and months of mail need not be kept.
        """
        mine = self._by_mark[letter.sender]
        for mark in _marks(letter):
            mine.setdefault(mark, []).append(letter)
        self._kept.append(letter)
        while self._kept[0].when < letter.when - campaigns.LONGEST_SECONDS:
            self._forget(self._kept.popleft())

    def notice(self, letter: Letter) -> Letter:
        """Mail of any kind has been seen; the same, with whom its sender had written to."""
        before = self.known_before(letter)
        self._known[letter.sender].update(_marks(letter))
        return replace(letter, before=before) if before else letter

    def take(self, letter: Letter) -> tuple[Letter, ...]:
        """Those kept that share something with this, in their order; they are kept no more."""
        mine = self._by_mark.get(letter.sender)
        if not mine:
            return ()
        found = {each.number: each for mark in _marks(letter) for each in mine.get(mark, ())}
        for each in found.values():
            self._drop(each)
        return tuple(found[number] for number in sorted(found))

    def _forget(self, letter: Letter) -> None:
        if self._drop(letter):
            addresses = (normalise(r.address) for r in letter.envelope.recipients)
            self._written_to[letter.sender].update(addresses)

    def _drop(self, letter: Letter) -> bool:
        """Keep it no more; False: it was not kept."""
        mine, kept = self._by_mark[letter.sender], False
        for mark in _marks(letter):
            those = mine.get(mark, [])
            left = [other for other in those if other.number != letter.number]
            kept = kept or len(left) < len(those)
            if left:
                mine[mark] = left
            else:
                mine.pop(mark, None)
        return kept


def _marks(letter: Letter) -> Iterator[object]:
    """What a message can have in common with another: content, or a recipient."""
    yield from letter.facts.content.links
    for recipient in letter.envelope.recipients:
        yield normalise(recipient.address)
