"""What stands beside a name and is somebody else's: an office's, or the reader's of a letter.

An address is an office's where the text says so once, or a signature has it; an account is the
organisation's where it says how to pay.  The numbers above "You have an appointment" are the
patient's to whom the letter is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dlpguard.counting.courtesies import Courtesy, Passage
from dlpguard.detectors import gb_bank_account, postal_address
from dlpguard.finding import Finding

SAID_WITHIN = 90
"""Characters before an address or account in which the text says whose it is."""

TOP = 600
"""Characters of a letter in which its reader's own numbers stand, and what it is about."""

_OFFICE = re.compile(
    r"\b(?:registered office|head office|our (?:new )?(?:office|address)|"
    r"return(?:ed)? (?:it |them |this )?to)\b[^\n]{0,60}\Z",
    re.IGNORECASE,
)
_HOW_TO_PAY = re.compile(
    r"\b(?:pay(?:able|ments?)?(?: by| via)?(?: bacs)?(?: is| are)? (?:in)?to|bacs(?: details)?|"
    r"our (?:bank|account)(?: details| account)?)[ :,]{1,3}(?:are |is )?"
    r"(?:sort ?code |account |bank )?[ :]{0,3}\Z",
    re.IGNORECASE,
)
_FORMAL = re.compile(r"\bdear[ ](?:mr|mrs|ms|miss|mx)\b", re.IGNORECASE)
_TO_THE_READER = re.compile(
    r"\b(?:you have (?:an|been|a)|your (?:appointment|operation|results?|referral|admission|"
    r"scan|test|procedure))\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[ \t>]{0,20}[^\W\d][\w .()]{1,30}:[ \t]{0,10}\Z")


def of_offices(
    text: str, found: Iterable[Finding], courtesies: Iterable[Passage]
) -> frozenset[int]:
    """Where the addresses and accounts start that are an organisation's."""
    signatures = [p for p in courtesies if p.courtesy is Courtesy.SIGNATURE]
    kept = [f for f in found if f.kind in (postal_address.KIND, gb_bank_account.KIND)]
    offices = {
        f.value
        for f in kept
        if f.kind == postal_address.KIND
        and (_says(_OFFICE, text, f) or any(s.start <= f.start < s.end for s in signatures))
    }
    return frozenset(
        f.start
        for f in kept
        if f.value in offices or (f.kind == gb_bank_account.KIND and _says(_HOW_TO_PAY, text, f))
    )


def _says(pattern: re.Pattern[str], text: str, found: Finding) -> bool:
    return pattern.search(text, max(0, found.start - SAID_WITHIN), found.start) is not None


def reader(text: str, courtesies: Sequence[Passage]) -> tuple[str, int, int]:
    """To whom a letter is written that tells a patient something, and between which places their
    own numbers stand in it; ("", 0, 0) for other texts.

    Letters to doctors and to many are none: what stands in them is about others.
    """
    greetings = [p for p in courtesies if p.courtesy is Courtesy.GREETING]
    if len(greetings) != 1 or len(greetings[0].names) != 1:
        return "", 0, 0
    greeting = greetings[0]
    after = greeting.end + TOP
    if not _FORMAL.match(text, greeting.start) or not _TO_THE_READER.search(
        text, greeting.end, after
    ):
        return "", 0, 0
    return greeting.names[0], max(0, greeting.start - TOP), after


def is_labelled(text: str, start: int) -> bool:
    """Whether what starts there stands on a line of its own behind a label: "NHS number: …"."""
    line = text.rfind("\n", 0, start) + 1
    return start - line <= SAID_WITHIN and _LABEL.fullmatch(text, line, start) is not None
