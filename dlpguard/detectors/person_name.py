"""Names of people, as `dlpguard.names` finds them.

Nobody issues names, and most words that are names are also something else.  A title or a label
("Mr Bee", "Name: Ann Bee") makes a name HIGH; a first name with a surname is MEDIUM; a first name
alone ("Ann rang") LOW.  A surname alone is one only after a title, or where the same text has it in
a full name.

The value is `names.canonical`'s form, so that "Bee, Ann" and "Ann Bee" are one.

Source: DESIGN of the tagger and its word lists: `dlpguard/names/SOURCES.md`.

>>> [(f.value, f.confidence.name) for f in find(Text("body", "Client: Mrs Ann Bee"), Setup())]
[('ann bee', 'HIGH')]
"""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard import names
from dlpguard.conventions import Setup
from dlpguard.detectors._pattern import finding, word_pattern
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "person_name"
PATTERN = names.CANDIDATE
SUPPORT: tuple[str, ...] = (
    "name", "full name", "client", "patient", "service user", "claimant", "tenant", "customer",
    "pupil", "student", "employee", "applicant", "next of kin", "carer", "parent", "guardian",
    "signed", "enw",
)  # fmt: skip
FORENAME_HEADINGS = frozenset({
    "first", "first name", "first name(s)", "first names", "firstname", "fname", "forename",
    "forename(s)", "forenames", "given name", "given name(s)", "given names", "christian name",
    "known as", "preferred name", "client forename", "client first name", "child forename",
    "child first name", "pupil forename", "enw cyntaf",
})  # fmt: skip
SURNAME_HEADINGS = frozenset({
    "family name", "last", "last name", "lastname", "lname", "second name", "surname",
    "client surname", "client last name", "child surname", "child last name", "pupil surname",
    "cyfenw",
})  # fmt: skip
FULL_NAME_HEADINGS = frozenset({
    "adopter", "applicant", "applicant name", "attendee", "carer", "carer name", "child",
    "child name", "child's name", "claimant", "claimant name", "client", "client name",
    "contact name", "customer", "customer name", "delegate", "employee", "employee name",
    "full name", "fullname", "guardian", "member", "member name", "name", "name of child",
    "name of client", "names", "next of kin", "parent", "parent name", "participant", "patient",
    "patient name", "person", "person name", "pupil", "pupil name", "resident", "resident name",
    "service user", "service user name", "social worker", "staff name", "student",
    "student name", "surname, forename", "surname and forename", "tenant", "tenant name",
    "volunteer", "enw", "enw llawn",
})  # fmt: skip
TITLE_HEADINGS = frozenset({"title", "mr/mrs", "salutation", "teitl"})
HEADINGS = FORENAME_HEADINGS | SURNAME_HEADINGS | FULL_NAME_HEADINGS
PRIVATE = False
STRONG = False
NEEDS_HEADING = False

LABEL_REACH = 16
"""Characters before a name in which its label stands ("Service user: ")."""

_LABEL = word_pattern(SUPPORT)


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every name in a block."""
    del setup
    text = block.text
    for start, end in names.find(text):
        value = names.canonical(text[start:end])
        label = _LABEL.search(text, max(0, start - LABEL_REACH), start)
        if names.has_title(text, start):
            confidence, evidence = Confidence.HIGH, "after a title"
        elif label:
            confidence, evidence = Confidence.HIGH, f"after “{label[0].casefold()}”"
        elif " " in value:
            confidence, evidence = Confidence.MEDIUM, "first name and surname"
        else:
            confidence, evidence = Confidence.LOW, "first name"
        yield finding(KIND, value, block, start, end, confidence, evidence)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The name that a cell holds, in `names.canonical`'s form."""
    del setup
    return names.canonical(cell) if names.is_name(cell) else None
