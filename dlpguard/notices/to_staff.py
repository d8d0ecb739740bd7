"""Mail to those who run dlpguard and decide: what waits, how long, and where to look.

Nothing of any message is in it, not even masked: counts, times, and links to pages that ask who
somebody is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlpguard.notices._letter import Letter, Letterhead, written

MOST = 20
"""Links in one mail: who has more to do goes to the list."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mailing that waits: the id of its oldest message, since when (seconds since 1970, UTC), and
    when it is returned by itself."""

    id: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Digest:
    """What there is to say to somebody in the morning.

    `waiting` is held for them, `ending` how many of it are returned today, `asked` how many wait
    for their senders; `decided` what became of how many since `since` ("Friday 20 November");
    `to_review` how many releases in an emergency they are to look at.
    """

    waiting: tuple[Waiting, ...] = ()
    ending: int = 0
    asked: int = 0
    decided: tuple[tuple[str, int], ...] = ()
    since: str = ""
    to_review: int = 0

    def says_something(self) -> bool:
        """Whether it is worth a mail."""
        return bool(self.waiting or self.asked or self.decided or self.to_review)


def invitation(head: Letterhead, letter: Letter, link: str, until: float) -> bytes:
    """A link to set a password for the review site, good until then, as message bytes."""
    return written(
        head,
        letter,
        "Set your password for dlpguard",
        "A mail administrator has given you an account for the review site of dlpguard, or\n"
        f"wants you to set a new password for it. Do so here:\n\n  {link}\n\n"
        f"The link works once, until {head.when(until)}. You sign in with this address:\n\n"
        f"  {letter.to}\n\n"
        "Nobody will ever ask you for your password. If you did not expect this mail, tell your\n"
        "mail team, and leave the link alone.\n",
    )


def reminder(head: Letterhead, letter: Letter, waiting: Sequence[Waiting], after: str) -> bytes:
    """That mail waits for whoever reads this, some of it longer than `after` ("an hour")."""
    n = len(waiting)
    title = f"{_emails(n)} {'waits' if n == 1 else 'wait'} for your decision"
    text = (
        f"{_emails(n)} {'is' if n == 1 else 'are'} held, and {'waits' if n == 1 else 'wait'} for "
        f"somebody to decide; the longest for more than {after}:\n\n"
        f"{_listed(head, waiting)}\n\n"
        "You get this because you may decide on them, as others may: whoever is first does it.\n"
    )
    return written(head, letter, title, text)


def escalation(head: Letterhead, letter: Letter, waiting: Sequence[Waiting], after: str) -> bytes:
    """That nobody has decided on some mail for longer than `after`: for who is above those."""
    n = len(waiting)
    title = f"Nobody has decided on {_emails(n)} for more than {after}"
    text = (
        f"{_emails(n)} {'has' if n == 1 else 'have'} been held for more than {after} of working "
        "time. Those who may\ndecide have been reminded, and nobody has decided:\n\n"
        f"{_listed(head, waiting)}\n\n"
        "Please see to it that somebody does. What nobody decides on is returned to its sender in\n"
        "the end, and never sent.\n"
    )
    return written(head, letter, title, text)


def alarm(head: Letterhead, letter: Letter, waiting: Waiting, by: str) -> bytes:
    """That somebody is at risk as long as a message is held; `by` is who says so, in words."""
    text = (
        f"{by} says that somebody is at risk as long as an email is not sent. It has been held\n"
        f"since {head.when(waiting.since)}. What they say stands on its page:\n\n"
        f"{_listed(head, (waiting,))}\n\n"
        "A duty officer can release it alone, with a reason, also where it takes two people\n"
        "otherwise; others look at that afterwards.\n"
    )
    return written(head, letter, "Urgent: somebody is at risk", text, urgent=True)


def over_budget(head: Letterhead, letter: Letter, held: int, budget: int) -> bytes:
    """That more was held today than people can look at.  It changes nothing: all of it waits."""
    where = f"\n\n  {head.site}/queue" if head.site else ""
    text = (
        f"{held} mailings have been held today; the settings reckon with {budget} a day\n"
        "(review.daily_budget). Nothing is released because of that.\n\n"
        "Either something is going wrong somewhere, a mailing with the wrong list perhaps, or a\n"
        "policy stops what it should not: see which one, and whether what it stops is marked\n"
        f"“wrongly held”.{where}\n"
    )
    return written(head, letter, f"{held} mailings held today, more than {budget}", text)


def digest(head: Letterhead, letter: Letter, what: Digest) -> bytes:
    """What waits for somebody this morning, and what was done since the last working day."""
    lines: list[str] = []
    if what.waiting:
        oldest = head.when(min(waiting.since for waiting in what.waiting))
        lines.append(f"Held for you: {_emails(len(what.waiting))}, the oldest since {oldest}.")
    else:
        lines.append("Nothing is held for you.")
    if what.ending:
        lines.append(
            f"Today {_emails(what.ending)} will be returned to the sender, should nobody decide."
        )
    if what.asked:
        lines.append(f"Waiting for an answer of the sender: {_emails(what.asked)}.")
    if what.to_review:
        n = what.to_review
        lines.append(
            f"Released in an emergency, and to be looked at by you or another: {_emails(n)}"
            f"{_link(head, '/urgent')}."
        )
    if what.decided:
        told = ", ".join(f"{n} {name}" for name, n in what.decided)
        lines.append(f"Since {what.since}: {told}.")
    text = "\n\n".join(lines)
    if head.site:
        text += (
            f"\n\n  {head.site}/queue\n\n"
            f"You can switch this mail off on the page of your account: {head.site}/account\n"
        )
    n = len(what.waiting)
    title = f"{_emails(n)} held for you" if n else "Nothing held for you this morning"
    return written(head, letter, title, text + "\n")


def _listed(head: Letterhead, waiting: Sequence[Waiting]) -> str:
    """The longest waiting first, each with where to look at it."""
    shown = sorted(waiting, key=lambda one: (one.since, one.id))[:MOST]
    lines = [
        f"  * since {head.when(one.since)}; returned by itself {head.when(one.until)}\n"
        f"    {_page(head, one.id)}"
        for one in shown
    ]
    more = len(waiting) - len(shown)
    if more:
        lines.append(f"  * and {more} more{_link(head, '/queue')}")
    return "\n".join(lines)


def _page(head: Letterhead, id: str) -> str:
    return f"{head.site}/messages/{id}" if head.site else f"dlpguard quarantine show {id}"


def _link(head: Letterhead, path: str) -> str:
    return f": {head.site}{path}" if head.site else ""


def _emails(n: int) -> str:
    return f"{n} email{'' if n == 1 else 's'}"
