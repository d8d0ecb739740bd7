"""A policy in sentences, for whoever has never seen YAML: when it applies, and what it does then.

One function for each condition of `policy.conditions`, with the same parameters; what a message is
told about (`policy.explain`) are a condition's reasons, this is what the condition asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlpguard.audience import Circle
from dlpguard.document import Hidden, Unread
from dlpguard.finding import Confidence
from dlpguard.policy import words
from dlpguard.policy.language import AnyOf, Condition, Policy
from dlpguard.policy.splitting import AppliesTo
from dlpguard.verdict import Action

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

_CONFIDENCE = {
    Confidence.LOW: ", even if only the form tells",
    Confidence.MEDIUM: "",
    Confidence.HIGH: " that are certain",
}

_DEFECTS = {
    "type-contradiction": "A file that is not what its name says",
}

_THEN = {
    Action.TAG: "It is marked, and goes.",
    Action.CONFIRM: "Its sender is asked whether they meant it.",
    Action.QUARANTINE: "It is held for a reviewer.",
    Action.REJECT: "It is not sent, and its sender is told.",
}

_FOR = {
    AppliesTo.EVERYONE: "",
    AppliesTo.OUTSIDE: "Colleagues get it all the same.",
    AppliesTo.EXTERNAL: "Colleagues and partners get it all the same.",
    AppliesTo.WEBMAIL: "All but personal mailboxes get it all the same.",
    AppliesTo.PUBLISHING: "All but those who publish what they receive get it all the same.",
}


def when(policy: Policy) -> tuple[str, ...]:
    """What must all hold of a message, a sentence without its full stop for each condition."""
    return tuple(condition(one) for one in policy.when)


def unless(policy: Policy) -> tuple[str, ...]:
    """What of which nothing may hold."""
    return tuple(condition(one) for one in policy.unless)


def then(policy: Policy) -> str:
    """What happens to it, in sentences."""
    told = [_THEN[policy.then]]
    if policy.approvals > 1:
        told.append(f"{_number(policy.approvals).capitalize()} people have to release it.")
    if policy.then > Action.TAG:
        told.append(_FOR[policy.applies_to])
    return " ".join(filter(None, told))


def condition(one: Condition | AnyOf) -> str:
    """What a condition asks for, with a capital and without a full stop.

    >>> condition(Condition("people", {"private": True, "at_least": 3, "reach": 10}))
    'Three or more people with private details, each seen by ten or more mailboxes outside'
    """
    if isinstance(one, AnyOf):
        text = "; or ".join(_small(condition(inner)) for inner in one.conditions)
        return f"One of these: {text}"
    text = _CONDITIONS[one.name](**one.arguments)
    return text[0].upper() + text[1:]


def people(
    at_least: int = 1,
    private: bool | None = None,
    contact: bool | None = None,
    listed: bool | None = None,
    hidden: bool | None = None,
    visible: bool | None = None,
    kinds: Sequence[str] = (),
    reach: int = 1,
    window: int | None = None,
) -> str:
    """Whose details there are, how many, and who would see them."""
    which = "hidden" if hidden or visible is False else ""
    which = "visible" if visible or hidden is False else which
    if at_least == 1:
        text = f"anybody {which}".strip()
    else:
        text = " ".join(filter(None, (_or_more(at_least), which, "people")))
    if private or contact is False:
        text += " with private details"
    elif contact or private is False:
        text += " with contact details only"
    if kinds:
        text += f" with {words.listing([words.kind(kind)[1] for kind in kinds], 'or')}"
    if listed is not None:
        text += " in a list" if listed else " not in a list"
    if reach > 1:
        each = "" if at_least == 1 else "each "
        text += f", {each}seen by {_or_more(reach)} mailboxes outside"
    if window:
        text += (
            f", counted together with earlier mail to the same personal mailbox in {window} days"
        )
    return text


def findings(
    kinds: Sequence[str], at_least: int = 1, confidence: Confidence = Confidence.MEDIUM
) -> str:
    """Which values there are."""
    named = words.listing([words.kind(kind)[1] for kind in kinds], "or")
    which = "" if at_least == 1 else f"{_or_more(at_least)} different "
    return f"{which}{named}{_CONFIDENCE[confidence]}"


def reach(at_least: int) -> str:
    """How many mailboxes would get it."""
    return "it goes outside" if at_least == 1 else f"it goes to {_or_more(at_least)} outside"


def exposure(at_least: int, of: Sequence[Circle] = ()) -> str:
    """How many addresses are shown."""
    which = _circles(of, at_least) if of else _circles((Circle.EXTERNAL,), at_least)
    shown = "where everybody sees it" if at_least == 1 else "where everybody sees them"
    return f"{'' if at_least == 1 else f'{_or_more(at_least)} '}{which} in To or Cc, {shown}"


def circle(of: Sequence[Circle], at_least: int = 1) -> str:
    """Who would get it."""
    return f"it goes to {_some(at_least)}{_circles(of, at_least)}"


def webmail_share(at_least: float) -> str:
    """How many of the addresses that are shown are personal."""
    return f"{at_least:.0%} or more of the outside addresses in To and Cc are personal webmail"


def first_time(of: Sequence[Circle] = (), at_least: int = 1) -> str:
    """To whom nobody here has written."""
    who = _circles(of or (Circle.EXTERNAL,), at_least)
    return f"it goes to {_some(at_least)}{who} never written to before"


def self_send() -> str:
    """It goes to its sender."""
    return "a recipient looks like the sender's own mailbox outside"


def greets_another() -> str:
    """It greets somebody else."""
    return "it greets somebody else than its only recipient outside"


def publishing() -> str:
    """It goes where all is published."""
    return "a recipient publishes what they receive"


def gaps(why: Sequence[Unread] = (), formats: Sequence[str] = (), at_least: int = 1) -> str:
    """What could not be read."""
    if at_least == 1 and not formats:
        what, verb = "a file", "is"
    else:
        what, verb = words.listing([_plural(f) for f in formats], "or") or "files", "are"
    how = words.listing([words.UNREAD[reason] for reason in why], "or")
    return f"{_some(at_least)}{what} that {f'{verb} {how}' if how else 'could not be read'}"


def hidden_content(why: Sequence[Hidden] = (), at_least: int = 1) -> str:
    """What a reader would not see."""
    what = f" ({words.listing([str(reason) for reason in why], 'or')})" if why else ""
    where = "a place" if at_least == 1 else f"{_or_more(at_least)} places"
    return f"{where} in it that cannot be seen{what}"


def special_category(of: Sequence[str] = (), at_least: int = 1) -> str:
    """What it speaks of."""
    about = words.listing(list(of), "or") or "health, safeguarding or another sensitive matter"
    return f"it speaks of {'' if at_least == 1 else f'{_or_more(at_least)} of '}{about}"


def defects(named: Sequence[str] = ()) -> str:
    """What programs read differently."""
    if not named:
        return "programs may read it in different ways"
    return words.listing([_DEFECTS.get(n, n.replace("-", " ")) for n in named], "or")


def size(at_least: int) -> str:
    """How large it is."""
    return f"it has {at_least / 1_000_000:g} MB or more"


def formats(of: Sequence[str]) -> str:
    """What is attached."""
    return f"{words.listing([_plural(f) for f in of], 'or')} attached"


def sender(like: Sequence[str] = (), group: Sequence[str] = ()) -> str:
    """Whose it is."""
    who = [*(f"like {pattern}" for pattern in like), *(f"in the group {name}" for name in group)]
    return f"its sender is {words.listing(who, 'or')}"


def recipient(like: Sequence[str], at_least: int = 1) -> str:
    """For whom it is."""
    who = words.listing(list(like), "or")
    return f"{'a recipient' if at_least == 1 else f'{_or_more(at_least)} recipients'} like {who}"


def subject(contains: Sequence[str]) -> str:
    """What it is called."""
    return f"its subject has {words.listing([f'“{text}”' for text in contains], 'or')} in it"


def flow(state: str) -> str:
    """What is agreed."""
    if state == "shown":
        return "a registered flow covers it, also that recipients see each other's addresses"
    return "a registered flow covers it"


_CONDITIONS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        *(people, findings, reach, exposure, circle, webmail_share, first_time, self_send),
        *(greets_another, publishing, gaps, hidden_content, special_category, defects, size),
        *(formats, sender, recipient, subject, flow),
    )
}


def describes() -> dict[str, Callable[..., str]]:
    """The functions by the names of their conditions."""
    return dict(_CONDITIONS)


def _number(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else words.number(n)


def _or_more(n: int) -> str:
    return f"{_number(n)} or more"


def _some(n: int) -> str:
    return "" if n == 1 else f"{_or_more(n)} "


def _circles(of: Sequence[Circle], n: int) -> str:
    named = [words.CIRCLES[circle][n > 1] for circle in of]
    if n == 1:
        named = [f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in named]
    return words.listing(named, "or")


def _plural(name: str) -> str:
    return words.FORMATS.get(name, ("", f"{name} files"))[1]


def _small(text: str) -> str:
    return text[0].lower() + text[1:]
