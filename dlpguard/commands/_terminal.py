"""How things look in a terminal: actions in colour and in words, people first."""

from __future__ import annotations

import re

from rich.text import Text

from dlpguard.facts import Facts
from dlpguard.lifecycle import State
from dlpguard.verdict import Action, Verdict

STYLES = {
    Action.ALLOW: ("forwarded", "green"),
    Action.TAG: ("tagged", "cyan"),
    Action.CONFIRM: ("asked", "yellow"),
    Action.QUARANTINE: ("HELD", "bold red"),
    Action.REJECT: ("REJECTED", "bold red"),
}


_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain(text: str, style: str = "") -> Text:
    """Text out of mail as it is: no markup, no terminal codes, no change of direction.

    A name or a file name could otherwise rewrite what the reviewer sees.
    """
    return Text(_UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text), style=style)


def action(verdict: Verdict) -> Text:
    """The action as a coloured word; never by colour alone."""
    word, style = STYLES[verdict.action]
    text = Text(word, style=style)
    if verdict.observed > verdict.action:
        text.append(f" (would be {STYLES[verdict.observed][0].lower()})", style="dim")
    return text


def people(facts: Facts) -> Text:
    """How many people, and below it what they are: "40", "12 hidden"."""
    everyone = len(facts.people.everyone)
    if not everyone:
        return Text("none", style="dim")
    notes = []
    if facts.people.hidden:
        notes.append(f"{facts.people.hidden:,} hidden")
    if not facts.people.private:
        notes.append("contact" if everyone == 1 else "contacts")
    text = Text(f"{everyone:,}", style="bold" if facts.people.private else "")
    for note in notes:
        text.append(f"\n{note}", style="not bold")
    return text


def why(verdict: Verdict, summary: str) -> Text:
    """The summary, then the reasons of what decided."""
    text = plain(summary[:1].upper() + summary[1:] + ".", "not bold")
    for match in verdict.matches:
        if match.action is verdict.action and not match.observed:
            text.append(f"\n• {match.policy}: ", style="not bold dim cyan")
            text.append(plain("; ".join(r.text for r in match.reasons), "not bold dim"))
            if match.approvals > 1:
                text.append(f"; {match.approvals} people must release it", style="not bold dim")
    return text


def age(seconds: float) -> str:
    """A span of time in words: "3 min", "5 h", "2 d"."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"


def state(value: State, decided_by: str = "") -> str:
    """A state in a reviewer's words."""
    words = {
        State.RECEIVED: "being inspected",
        State.SET_ASIDE: "being inspected again",
        State.READY: "on its way",
        State.AWAITING_SENDER: "waiting for its sender",
        State.QUARANTINED: "held",
        State.DONE: "done",
    }[value]
    return f"{words}, decided by {decided_by}" if decided_by else words
