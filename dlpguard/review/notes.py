"""Notes for whoever gets their mail back: what to do about what was found, in their programs.

They are read by somebody who has just been stopped, and wants to get on: what to press, in which
order, and no blame.  A note goes into a notice as it is, so it names nobody and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dlpguard.document import Hidden, Unread
from dlpguard.facts import Facts


@dataclass(frozen=True, slots=True)
class Note:
    """A note that a reviewer can send as it is, or change.  `name` is for forms and programs."""

    name: str
    title: str
    text: str


HIDDEN = Note(
    "hidden",
    "Hidden rows, columns or sheets",
    "The workbook holds more than you see when you open it, and its recipients can bring that "
    "out. In Excel: right-click the tab of any sheet and choose Unhide, until it is grey. On each "
    "sheet press Ctrl+A, then Home, Format, Hide & Unhide, Unhide Rows and Unhide Columns, and "
    "switch off filters (Data, Clear). Delete what they do not need. Surest: copy what they need "
    "into a new workbook (Paste Special, Values) and send that.",
)
UNSEEN = Note(
    "unseen",
    "Comments, changes or other things out of sight",
    "The file holds more than you see when you open it: comments, tracked changes, speaker notes, "
    "or text that is covered or coloured like the page. In Word, Excel or PowerPoint choose File, "
    "Info, Check for Issues, Inspect Document, and remove what it finds. In a PDF a black box does "
    "not take out the text below it: remove the text in the original and make the PDF again.",
)
LIST = Note(
    "list",
    "A list where one row would do",
    "The file tells about more people than these recipients need. Send only the rows and columns "
    "that they need for their work. If each of them needs their own row only, send each a letter "
    "of their own (in Word: Mailings, Start Mail Merge).",
)
BCC = Note(
    "bcc",
    "Recipients see each other's addresses",
    "Everybody who gets this would see the addresses of all the others. Put the addresses into Bcc "
    "(in Outlook: Options, Bcc) and your own into To, or send each their own with a mail merge, "
    "and send it again.",
)
OWN_MAILBOX = Note(
    "own-mailbox",
    "To one's own private mailbox",
    "This would go to what looks like a private mailbox of your own. To work from home use the "
    "organisation's remote access instead, so that people's details stay where we look after "
    "them. If you cannot get in, ask the IT service desk; they can help the same day.",
)
SPECIAL = Note(
    "special",
    "Health and other sensitive matters",
    "It tells of somebody's health, or of another matter that the law protects most (UK GDPR, "
    "Article 9). Check that these are the right recipients and that each has to know. Leave "
    "out what they need not know, use initials or a reference for names where that is enough, "
    "and send it by the secure way that we have agreed with them.",
)
UNREADABLE = Note(
    "unreadable",
    "A file that nobody could open here",
    "One of the files is protected by a password, or is damaged, so nobody can check what is in "
    "it. Send it without the password by the secure way that we have agreed with the recipient. If "
    "it has to be like this, tell us in reply what is in it, how many people it is about, and "
    "who it is for.",
)
PURPOSE = Note(
    "purpose",
    "Take out what they do not need",
    "Please take out what its recipients do not need, look for hidden sheets, rows and columns, "
    "check every address, and send it again.",
)

NOTES = (HIDDEN, UNSEEN, LIST, BCC, OWN_MAILBOX, SPECIAL, UNREADABLE, PURPOSE)
"""Every note; the last fits always."""

_IN_SHEETS = frozenset(
    {
        Hidden.SHEET,
        Hidden.VERY_HIDDEN_SHEET,
        Hidden.ROW,
        Hidden.FILTERED_ROW,
        Hidden.COLUMN,
        Hidden.CELL_FORMAT,
        Hidden.PIVOT_CACHE,
        Hidden.CACHE,
        Hidden.DEFINED_NAME,
        Hidden.VALIDATION,
    }
)
"""What is hidden in workbooks and is found by the way that `HIDDEN` says."""

EVERYDAY = frozenset(
    {
        Hidden.PROPERTY,
        Hidden.HEADER,
        Hidden.TEMPLATE,
        Hidden.DEFINED_NAME,
        Hidden.VALIDATION,
        Hidden.CACHE,
        Hidden.ALTERNATIVE,
        Hidden.HTML,
        Hidden.PREAMBLE,
        Hidden.HEADER_FIELD,
    }
)
"""Out of sight in every other file; worth a note only when people are found there."""

_SHOWN = 5
"""Outside addresses that see each other from which on that is worth a note (`policies/`)."""


def fitting(facts: Facts) -> tuple[Note, ...]:
    """The notes that fit what was found, the best first; the one that fits always is last."""
    return tuple(note for note, fits in _FITS if fits(facts))


def named(name: str) -> Note | None:
    """The note of that name."""
    return next((note for note in NOTES if note.name == name), None)


def _hides(facts: Facts, *, in_sheets: bool) -> bool:
    """Whether people are out of sight in such a place; or, where nobody is, anything unusual."""
    people = [person.hidden for person in facts.people.everyone if person.hidden]
    places = people or [place.why for place in facts.hidden if place.why not in EVERYDAY]
    return any((why in _IN_SHEETS) == in_sheets for why in places)


def _is_list(facts: Facts) -> bool:
    return any(person.listed and person.private for person in facts.people.everyone)


_UNREADABLE = frozenset(Unread) - {Unread.SCAN}
"""A scan is read by people, if not by us."""

_FITS: tuple[tuple[Note, Callable[[Facts], bool]], ...] = (
    (OWN_MAILBOX, lambda facts: bool(facts.audience.self_send)),
    (HIDDEN, lambda facts: _hides(facts, in_sheets=True)),
    (UNSEEN, lambda facts: _hides(facts, in_sheets=False)),
    (LIST, _is_list),
    (BCC, lambda facts: facts.audience.exposure >= _SHOWN),
    (SPECIAL, lambda facts: bool(facts.special)),
    (UNREADABLE, lambda facts: any(gap.why in _UNREADABLE for gap in facts.gaps)),
    (PURPOSE, lambda _: True),
)
"""In the order in which they matter: what a sender cannot see helps them most."""
