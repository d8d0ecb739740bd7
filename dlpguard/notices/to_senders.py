"""Notices to people whose mail was stopped: what has happened, why, and what they can do.

They are read by somebody who has just been stopped, and is perhaps in a hurry: plain, short, and
without blame.  They never repeat what was found: of the message they are about they carry at most
its subject, when nothing was found in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dlpguard.notices._letter import Letter, Letterhead, one_line, written

TEMPLATES = {
    "held": (
        "Your email has not been sent yet",
        "Your email{about} to {recipients} has not been sent yet.\n\n"
        "{headline}\n\n{reasons}\n\n"
        "You need not do anything: a reviewer decides, and you are told.{end}\n\n"
        "{urgent}\n\n"
        "Was it a mistake? Tell your mail team, quoting {id}. It is not about you: anybody\n"
        "can attach the wrong file.\n",
    ),
    "asked": (
        "Did you mean to send this? Your email has not been sent yet",
        "Your email{about} to {recipients} has not been sent yet.\n\n"
        "{headline}\n\n{reasons}\n\n"
        "You know best whether that is right. Meant it? Confirm. Not? Cancel.\n\n{answer}\n\n"
        "Anybody can attach the wrong file: to take it back is not held against you. Quote {id}\n"
        "when you ask about it.\n",
    ),
    "returned": (
        "Your email was not sent",
        "Your email{about} to {recipients} was not sent, and none of it has left.\n\n"
        "{headline}\n\n{reasons}\n\n"
        "If it should go: take out what its recipients do not need, check hidden sheets, rows "
        "and\ncolumns, and send it again. Quote {id} when you ask about it.\n",
    ),
    "partly": (
        "Your email goes to some of its recipients only",
        "Your email{about} to {recipients} was released by a reviewer, but it goes to some of its "
        "{recipients} only.\n\n"
        "{headline}\n\n{reasons}\n\n"
        "Should the others have something of it: take out what they do not need, check hidden "
        "sheets,\nrows and columns, and send it to them again. Quote {id} when you ask about it.\n",
    ),
    "expired": (
        "Your email was not sent",
        "Your email{about} to {recipients} waited for a decision and nobody took one in time.\n"
        "It was not sent, and none of it has left. Please send it again if it is still needed.\n\n"
        "{headline}\n\n{reasons}\n\nQuote {id} when you ask about it.\n",
    ),
    "unanswered": (
        "Your email was not sent",
        "Your email{about} to {recipients} was not sent, and none of it has left: we asked you\n"
        "about it, and no answer came in time. Please send it again if it is still needed.\n\n"
        "{headline}\n\n{reasons}\n\nQuote {id} when you ask about it.\n",
    ),
}
"""Subject and text of each notice."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The message that a notice is about.  `subject` is "" when something was found in it.

    `headline` says what it would tell whom, in a sentence.  `code` is what its sender answers a
    question with, or says by that somebody is at risk; `until` (seconds since 1970, UTC) is when
    it is returned by itself.
    """

    id: str
    recipients: int
    subject: str = field(default="", repr=False)
    reasons: tuple[str, ...] = field(default=(), repr=False)
    code: str = field(default="", repr=False)
    until: float = 0.0
    headline: str = field(default="", repr=False)


def notice(head: Letterhead, letter: Letter, template: str, about: Subject) -> bytes:
    """A notice as message bytes with CRLF line ends."""
    title, text = TEMPLATES[template]
    plural = "s" if about.recipients != 1 else ""
    filled = text.format(
        about=f" “{one_line(about.subject)}”" if about.subject else "",
        recipients=f"{about.recipients} recipient{plural}",
        headline=one_line(about.headline),
        reasons="\n".join(f"  * {one_line(reason)}" for reason in about.reasons),
        id=about.id,
        answer=_answer(head, about),
        urgent=_urgent(head, about),
        end=f"\nShould nobody decide by {head.when(about.until)}, you get it back."
        if about.until
        else "",
    )
    return written(head, letter, title, filled)


def _answer(head: Letterhead, about: Subject) -> str:
    """How a sender says yes or no, and what happens when they say nothing."""
    if head.site:
        how = f"  {head.site}/answer/{about.code}\n\n"
    else:
        how = f"To send it or to take it back, tell your mail team this code:\n\n  {about.code}\n\n"
    return f"{how}Without an answer by {head.when(about.until)} it is not sent."


def _urgent(head: Letterhead, about: Subject) -> str:
    """How a sender says that it cannot wait."""
    if not (head.site and about.code):
        return "Is somebody at risk as long as it is not sent? Ring your mail team."
    return (
        "Is somebody at risk as long as it is not sent? Say so here, and the duty officer is\n"
        f"told at once:\n\n  {head.site}/urgent/{about.code}"
    )
