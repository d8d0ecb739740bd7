"""Verdicts in sentences, for three readers: who is sending whose data to whom, and why it stopped.

`explain` is for reviewers, `for_sender` for the person whose mail it is, `for_log` for the log.

No sentence holds anything out of the message but the sender's name or address, and that not in the
log: file names and subjects are content, so files are called by what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dlpguard.document import SEPARATOR, Hidden
from dlpguard.facts import Facts
from dlpguard.people import Person
from dlpguard.policy import phrases, words
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


_TO_SENDER = {
    Action.TAG: "It went out, marked as such",
    Action.CONFIRM: "It waits for you to say whether you meant it",
    Action.QUARANTINE: "It waits for a reviewer",
    Action.REJECT: "It was not sent",
}
_LOGGED = {
    Action.ALLOW: "allowed",
    Action.TAG: "tagged",
    Action.CONFIRM: "asked about",
    Action.QUARANTINE: "held",
    Action.REJECT: "rejected",
}


def explain(verdict: Verdict, facts: Facts) -> tuple[str, ...]:
    """For a reviewer: the headline, then a sentence for every policy that matched."""
    observing = verdict.action is Action.ALLOW and verdict.observed is not Action.ALLOW
    return (
        headline(facts, left=0 if verdict.action >= Action.CONFIRM else None),
        *(_sentence(match, observed=match.observed or observing) for match in verdict.matches),
        *([f"It is covered by the registered flow {verdict.flow}."] if verdict.flow else []),
    )


def for_sender(verdict: Verdict, facts: Facts) -> tuple[str, ...]:
    """For whoever sent it: what they are sending, what happens to it, and each policy's own why.

    Only policies that act are told, and of those only the ones that decide: somebody whose mail is
    held has no use for what else might have been asked.
    """
    stopped = verdict.action >= Action.CONFIRM
    deciding = [m for m in verdict.matches if m.action is verdict.action and not m.observed]
    told = [headline(facts, left=0 if stopped else None, to_sender=True)]
    if deciding:
        told.append(f"{_TO_SENDER[verdict.action]}.")
    for match in deciding:
        told.append(f"{match.title}: {_reasons(match)}.")
        told += [match.why] if match.why else []
    return tuple(told)


def for_log(verdict: Verdict, facts: Facts) -> str:
    """For the log, one line: what was done by which policies, and counts.  Nobody is named."""
    campaign = phrases.campaign_of(facts)
    observing = verdict.action is Action.ALLOW and verdict.observed is not Action.ALLOW
    done = _LOGGED[verdict.action]
    if observing:
        done += f", would be {_LOGGED[verdict.observed]}"
    acting = [match.policy for match in verdict.matches if not match.observed]
    watching = [match.policy for match in verdict.matches if match.observed]
    if acting:
        done += f" by {', '.join(acting)}"
    if watching:
        done += f" (observed: {', '.join(watching)})"
    if verdict.flow:
        done += f" (flow: {verdict.flow})"
    if verdict.inherits:
        done += f" (let go with {verdict.inherits})"
    everyone = facts.people
    told = words.people(len(everyone.everyone))
    counted = (
        (everyone.private, "private"),
        (everyone.listed, "listed"),
        (everyone.hidden, "hidden"),
    )
    kinds = ", ".join(f"{words.number(n)} {what}" for n, what in counted if n)
    told += f" ({kinds})" if kinds else ""
    to = words.count(campaign.reach, "outside address", "outside addresses")
    personal = facts.audience.webmail
    to += f" ({words.number(personal)} personal)" if personal else ""
    unread = f", {words.count(len(facts.gaps), 'gap', 'gaps')}" if facts.gaps else ""
    return f"{done}: {told} to {to}{unread}"


_SURNAME_FIRST = re.compile(r"([^\s,()@]{1,40}),\s{1,3}([^,()@]{1,60}?)(\s{0,3}\([^()]{0,100}\))?")
"""As directories write people: one surname, a comma, a forename or more, perhaps a department."""


def sender_name(facts: Facts) -> str:
    """What its sender is called, as one says it: "Ann Bee" for "Bee, Ann", a department behind it.

    Their address where no name is told, "" where there is neither.
    """
    found = _SURNAME_FIRST.fullmatch(facts.author.strip())
    if found:
        return f"{found[2]} {found[1]}{found[3] or ''}"
    return facts.author or facts.sender


def headline(facts: Facts, left: int | None = None, *, to_sender: bool = False) -> str:
    """The first sentences of a message: who sends what to whom, and what cannot be seen.

    `left` is how many outside recipients have got it; None says nothing about that.  `to_sender`
    says "you" to whoever sent it.
    """
    audience = facts.audience
    campaign = phrases.campaign_of(facts)
    sender = sender_name(facts) or "The mail system"
    subject = "You are" if to_sender else f"{sender} is"
    if campaign.reach == 0:
        return f"{subject} writing to nobody outside."
    told = _told_about(facts)
    personal = f" ({words.number(audience.webmail)} personal)" if audience.webmail else ""
    to = words.count(campaign.reach, "outside address", "outside addresses") + personal
    if told:
        kinds = words.kinds(phrases.common_kinds(told), len(told)) or "data"
        whose = "1 person's" if len(told) == 1 else f"{words.people(len(told))}'s"
        sentences = [f"{subject} sending {whose} {kinds} to {to}{_carrier(told, facts)}."]
        sentences += _hidden_sentence(told)
    else:
        sentences = [f"{subject} sending {_things(facts) or 'a message'} to {to}."]
    if campaign.exposure >= EXPOSED:
        shown = words.count(campaign.exposure, "outside address", "outside addresses")
        sentences.append(f"Every recipient can see {shown}.")
    sentences += [f"It also holds {r.text}." for r in phrases.unread(facts.gaps) if told]
    if left == 0:
        sentences.append("Nothing has left.")
    elif left:
        sentences.append(
            f"{words.number(left)} of them already {'has' if left == 1 else 'have'} it."
        )
    sentences += _never_written_to(facts, campaign.reach, "You have" if to_sender else "")
    return " ".join(sentences)


def summary(facts: Facts) -> str:
    """One line for a table: who would get what, of how many people."""
    campaign = phrases.campaign_of(facts)
    if campaign.reach == 0:
        return "nobody outside would get it"
    who = words.count(campaign.reach, "outside recipient", "outside recipients")
    told = _told_about(facts)
    if told:
        kinds = words.kinds(phrases.common_kinds(told), len(told)) or "data"
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
    by = "" if match.policy == FLOOR else f" by {match.policy}"
    text = f"{done}{by} ({match.title}): {_reasons(match)}."
    if match.approvals > 1:
        text += f" {_NUMBERS.get(match.approvals, str(match.approvals))} people have to release it."
    return text


def _reasons(match: Match) -> str:
    return "; ".join(reason.text for reason in match.reasons)


def _never_written_to(facts: Facts, reach: int, who: str) -> list[str]:
    """To how many of them the sender has never written, in a sentence.

    The name, not "she": no name tells what somebody is to be called.
    """
    new = sum(bool(v.receives and v.outside and v.first_time) for v in facts.audience.viewers)
    if not new:
        return []
    if not who:
        # The name alone: "Ann Bee (Adult Care)" is who is sending.
        name = re.sub(r"\s{0,9}\([^()]{0,100}\)$", "", sender_name(facts))
        who = f"{name or 'The mail system'} has"
    if reach == 1:
        return [f"{who} never written to it before."]
    which = "any of them" if new == reach else f"{words.number(new)} of them"
    return [f"{who} never written to {which}."]


def _told_about(facts: Facts) -> list[Person]:
    """The people that the sentence is about: those with private details, else everybody.

    Only those that somebody else outside would see: nobody is disclosed to themselves.
    """
    campaign = phrases.campaign_of(facts)
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
    places = {p.where.split(SEPARATOR)[0] for p in told} - MESSAGE_PLACES
    names = {place for place in places if not place.startswith("header ")}
    endings = (name.rpartition(".")[2].lower() for name in sorted(names))
    files = [ending if ending in facts.formats else "" for ending in endings]
    return f" in {words.files(files)}" if files else ""


def _things(facts: Facts) -> str:
    """What it holds when nobody in particular is told about: identifiers, or what is unread."""
    found = [
        words.count(tally.high + tally.medium, *words.kind(kind))
        for kind, tally in facts.findings.items()
        if kind not in ORDINARY and tally.high + tally.medium
    ]
    return words.listing([*found, *(reason.text for reason in phrases.unread(facts.gaps))])
