"""Verdicts in sentences: who is sending whose data to whom, and why it was stopped.

No sentence holds anything out of the message but the sender's name or address, which its reader
knows: file names and subjects are content, so files are called by what they are.
"""

from __future__ import annotations

from collections.abc import Iterable

from dlpguard.document import SEPARATOR, Hidden
from dlpguard.facts import Facts
from dlpguard.people import Person
from dlpguard.policy import conditions, words
from dlpguard.policy.language import FLOOR
from dlpguard.verdict import Action, Match, Verdict

EXPOSED = 5
"""From so many visible outside addresses on, the addresses themselves are worth a sentence."""

NOTHING = "nobody's data"
"""What they would get when nothing was found."""

MESSAGE_PLACES = frozenset({"body", "subject"})
"""Places that are the message itself and no file."""

ORDINARY = frozenset(
    {"person_name", "phone", "email_address", "postal_address", "money", "special_category"}
)
"""Kinds that every other mail has: without people they are not worth a sentence."""

_DONE = {
    Action.TAG: "Marked",
    Action.CONFIRM: "Its sender is asked",
    Action.QUARANTINE: "Held",
    Action.REJECT: "Refused",
}
_WOULD = {
    Action.TAG: "Would be marked",
    Action.CONFIRM: "Its sender would be asked",
    Action.QUARANTINE: "Would be held",
    Action.REJECT: "Would be refused",
}
_NUMBERS = {2: "Two", 3: "Three", 4: "Four"}


def explain(verdict: Verdict, facts: Facts) -> tuple[str, ...]:
    """Sentences for a reader: the headline, then one for every policy that matched."""
    stopped = verdict.action >= Action.CONFIRM
    observing = verdict.action is Action.ALLOW and verdict.observed is not Action.ALLOW
    return (
        headline(facts, left=0 if stopped else None),
        *(_sentence(match, observed=match.observed or observing) for match in verdict.matches),
    )


def headline(facts: Facts, left: int | None = None) -> str:
    """The first sentences of a message: who sends what to whom, and what cannot be seen.

    `left` is how many outside recipients have got it; None says nothing about that.
    """
    audience = facts.audience
    campaign = conditions.campaign_of(facts)
    sender = facts.author or facts.sender or "The mail system"
    if campaign.reach == 0:
        return f"{sender} is writing to nobody outside."
    told = _told_about(facts)
    personal = f" ({words.number(audience.webmail)} personal)" if audience.webmail else ""
    to = words.count(campaign.reach, "outside address", "outside addresses") + personal
    if told:
        kinds = words.kinds(conditions.common_kinds(told), len(told)) or "data"
        whose = "1 person's" if len(told) == 1 else f"{words.people(len(told))}'s"
        sentences = [f"{sender} is sending {whose} {kinds} to {to}{_carrier(told, facts)}."]
        sentences += _hidden_sentence(told)
    else:
        sentences = [f"{sender} is sending {_things(facts) or 'a message'} to {to}."]
    if campaign.exposure >= EXPOSED:
        shown = words.count(campaign.exposure, "outside address", "outside addresses")
        sentences.append(f"Every recipient can see {shown}.")
    sentences += [f"It also holds {r.text}." for r in conditions.unread(facts.gaps) if told]
    if left == 0:
        sentences.append("Nothing has left.")
    elif left:
        sentences.append(
            f"{words.number(left)} of them already {'has' if left == 1 else 'have'} it."
        )
    return " ".join(sentences)


def summary(facts: Facts) -> str:
    """One line for a table: who would get what, of how many people."""
    campaign = conditions.campaign_of(facts)
    if campaign.reach == 0:
        return "nobody outside would get it"
    who = words.count(campaign.reach, "outside recipient", "outside recipients")
    told = _told_about(facts)
    if told:
        kinds = words.kinds(conditions.common_kinds(told), len(told)) or "data"
        text = f"{who} would get the {kinds} of {words.people(len(told))}"
        hidden = sum(p.hidden is not None for p in told)
        if hidden == len(told) > 1:
            text += ", all of them hidden"
        elif hidden:
            text += ", hidden" if len(told) == 1 else f", {words.number(hidden)} of them hidden"
        return text
    if campaign.exposure >= EXPOSED:
        shown = words.count(campaign.exposure, "outside address", "outside addresses")
        return f"{who} would see {shown}"
    return f"{who} would get {_things(facts) or NOTHING}"


def _sentence(match: Match, *, observed: bool) -> str:
    """Why one policy matched: what it does, its title, its reasons."""
    done = (_WOULD if observed else _DONE).get(match.action, "Noted")
    because = "; ".join(reason.text for reason in match.reasons)
    by = "" if match.policy == FLOOR else f" by {match.policy}"
    text = f"{done}{by} ({match.title}): {because}."
    if match.approvals > 1:
        text += f" {_NUMBERS.get(match.approvals, str(match.approvals))} people have to release it."
    return text


def _told_about(facts: Facts) -> list[Person]:
    """The people that the sentence is about: those with private details, else everybody.

    Only those that somebody else outside would see: nobody is disclosed to themselves.
    """
    campaign = conditions.campaign_of(facts)
    seen = [p for p in facts.people.everyone if campaign.seen_by(p) >= 1]
    return [p for p in seen if p.private] or seen


def _hidden_sentence(told: list[Person]) -> list[str]:
    """How many of them cannot be seen: "12 of the 40 are on a hidden sheet."."""
    hidden = [p for p in told if p.hidden is not None]
    if not hidden:
        return []
    reasons = {p.hidden for p in hidden if p.hidden is not None}
    where = _place_of(reasons.pop()) if len(reasons) == 1 else "in what cannot be seen"
    if len(hidden) == len(told):
        which = "They are all" if len(told) > 1 else "It is"
    else:
        verb = "is" if len(hidden) == 1 else "are"
        which = f"{words.number(len(hidden))} of the {words.number(len(told))} {verb}"
    return [f"{which} {where}."]


def _place_of(why: Hidden) -> str:
    """Where somebody hidden stands, after "are": "on a hidden sheet", "in a comment"."""
    if why in {Hidden.SHEET, Hidden.VERY_HIDDEN_SHEET, Hidden.HIDDEN_SLIDE}:
        return f"on a {why}"
    if why in {Hidden.ROW, Hidden.FILTERED_ROW, Hidden.COLUMN}:
        return f"in {why}s"
    if "text" in why or why is Hidden.HTML:
        return f"in {why}"
    return f"in {'an' if why[0] in 'aeiou' else 'a'} {why}"


def _carrier(told: Iterable[Person], facts: Facts) -> str:
    """What they stand in: " in one spreadsheet", " in 2 files", "" for the message itself.

    A file is called by what its name ends in when the message holds such a format.
    """
    names = {p.where.split(SEPARATOR)[0] for p in told} - MESSAGE_PLACES
    endings = (name.rpartition(".")[2].lower() for name in sorted(names))
    files = [ending if ending in facts.formats else "" for ending in endings]
    return f" in {words.files(files)}" if files else ""


def _things(facts: Facts) -> str:
    """What it holds when nobody in particular is told about: identifiers, or what is unread."""
    found = [
        words.count(tally.high + tally.medium, *words.KINDS[kind])
        for kind, tally in facts.findings.items()
        if kind in words.KINDS and kind not in ORDINARY and tally.high + tally.medium
    ]
    return words.listing([*found, *(reason.text for reason in conditions.unread(facts.gaps))])
