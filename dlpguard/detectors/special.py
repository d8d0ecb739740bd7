"""Special categories: what the law calls especially private (UK GDPR Articles 9 and 10).

A lexicon with context.  *Telling* phrases are hardly ever said but of a person's own case
("diagnosed with", "child protection plan") and count by themselves; *suggestive* words ("cancer",
"asylum") are in every newsletter and count only in a sentence that also speaks of somebody in
particular: "she", "the client", "Mr Bee", "Ann Bee has".  "He or she" and "anyone with" are nobody.
Right beside somebody's name ("Ann Bee (coeliac)", a cell of their row) no sentence is needed.
A category is a property of a message or a person; no policy against exposure or lists
needs one.

Source: UK GDPR Art. 9 (1) and 10; ICO, "Special category data"; DESIGN 6 adds safeguarding,
benefits and debt.

>>> sorted(categories("She was diagnosed with MS and is in rent arrears."))
['benefits', 'health']
>>> sorted(categories("Cancer Research UK holds a fun run for diabetes in May."))
[]
>>> sorted(beside("heroin and alcohol")), sorted(beside("diabetes clinic"))
(['health'], [])
>>> next(words("He was convicted of theft."))
Word(category='offence', word='convicted of', start=7, end=19)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from dlpguard.detectors._linear import encodable
from dlpguard.detectors._pattern import word_pattern
from dlpguard.detectors._special_words import BESIDE, ELSEWHERE, SUGGESTIVE, TELLING

__all__ = ["BESIDE", "SUGGESTIVE", "TELLING", "Word", "beside", "categories", "words"]


class Word(NamedTuple):
    """A word or phrase that tells something special about somebody, and where it stands."""

    category: str
    word: str
    start: int
    end: int


_PRONOUN = re.compile(
    r"(?<!\w)(?:he|she|him|her|his|hers|himself|herself)(?:['’](?:s|d|ll))?(?!\w)", re.IGNORECASE
)
_NOBODY = re.compile(
    r"(?<!\w)(?:s?he(?:/|\s?or\s)s?he|his(?:/|\s?or\s)hers?|him(?:/|\s?or\s)her)(?!\w)|\(?s/he\)?",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?<!\w)(?:Mr|Mrs|Ms|Miss|Mx|MR|MRS|MS|MISS)\.?\s[A-Z]")
_NAMED = re.compile(
    r"(?<![\w.])(?!The|This|That|Our|Your|Each|Every|All|Any|No|Staff|World|National)"
    r"[A-Z][a-z'’-]{1,20}\s"
    r"(?!Council|Service|Services|Trust|Group|Board|Team|Department|Research|House|Week|Day|Street|Road)"
    r"[A-Z][A-Za-z'’-]{1,20}\s(?:has|had|is|was|suffers|suffered|needs|takes|attends|lost|missed)(?!\w)"
)
_ROLE = re.compile(
    r"(?<!\w)(?:the|this|our|my|that|said|their|your)\s(?:\w{1,15}\s)?"
    r"(?:client|patient|service\suser|claimant|tenant|pupil|child|young\sperson|defendant|prisoner"
    r"|offender|applicant|resident|son|daughter|mother|father|mum|dad|husband|wife|brother|sister"
    r"|baby|employee|complainant|victim|suspect|deceased)(?:['’]s)?(?![\w])"
    r"|(?<!\w)(?:client|patient|pupil|tenant|claimant|service\suser|child|dob|d\.o\.b\.?|nhs\sn(?:o|umber))"
    r"\s?(?:name|ref|id|no|number)?\s?[:=]|(?<!\w)born\son(?!\w)",
    re.IGNORECASE,
)
_GENERAL = word_pattern((
    "if you", "if your", "if the", "if they", "whether the", "anyone", "anybody", "any employee",
    "any applicant", "any pupil", "any resident", "everyone", "all staff", "awareness", "leaflet",
    "factsheet", "regardless of", "discriminate", "discriminated", "discrimination",
    "equal opportunities", "protected characteristics", "policy", "procedure", "workshop",
    "webinar", "training", "must", "should", "is entitled to", "can apply",
    "may apply", "eligible", "statistics", "per cent", "survey",
))  # fmt: skip
"""Words of sentences about everybody, in which "the applicant" or "the child" is anyone."""

_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n\s{0,20}\n|\n(?=[-•*])|[;|]")
_SENTENCE = 240
"""Characters on either side of a word that are looked at when nothing ends the sentence."""


def categories(text: str) -> frozenset[str]:
    """The special categories that a text tells about somebody."""
    return frozenset(word.category for word in words(text))


def beside(remark: str) -> frozenset[str]:
    """The special categories that a few words beside somebody's name tell of them.

    Nothing is told where the words name what somebody offers or works at ("HIV clinic", "mental
    health nurse"), or are too many to be a remark.
    """
    if len(remark) > LONGEST_REMARK or _OFFERED.search(remark):
        return frozenset()
    return frozenset(
        category
        for match in _lexicon().finditer(encodable(remark))
        if (category := _BESIDE.get(_plain(match[0]), ""))
    )


LONGEST_REMARK = 80
"""Characters; what is longer is a sentence, and says itself whom it is about."""

_OFFERED = re.compile(
    r"(?<!\w)(?:clinics?|groups?|services?|teams?|support|cent(?:re|er)s?|courses?|training|leaflets?|"
    r"schemes?|units?|wards?|awareness|polic(?:y|ies)|strategy|funds?|leads?|managers?|officers?|"
    r"nurses?|workers?|advis[eo]rs?|consultants?|coordinators?|co-ordinators?|champions?|specialists?|"
    r"practitioners?|therapists?|counsellors?|doctors?|surgeons?|heads?|chairs?|directors?|"
    r"commissioners?|trustees?|volunteers?|board|committee|department|hospital|charity|trust|"
    r"society|association|uk|project|campaign|network|forum|conference|workshop|talk|session|"
    r"research(?:er)?|review|report|update|budget|contract|items?|free|friendly|option)(?!\w)",
    re.IGNORECASE,
)
"""Words beside an illness that make it what somebody offers, works at or talks about."""


def words(text: str) -> Iterator[Word]:
    """The words that tell something special about somebody, in order; `word` in small letters."""
    sentence: tuple[int, int, bool] = (0, 0, False)
    for match in _lexicon().finditer(encodable(text)):
        start, end = match.span()
        word = _plain(text[start:end])
        category, is_telling = _MEANING.get(word, ("", False))
        if not category or (word == _NAME and not text[start].islower()):
            continue
        if not is_telling:
            if not sentence[0] <= start < sentence[1]:
                first, last = _sentence(text, start, end)
                sentence = first, last, _is_about_somebody(text[first:last])
            if not sentence[2]:
                continue
        yield Word(category, word, start, end)


_NAME = "gay"
"""A surname too; with a capital letter it is taken for one."""


def _plain(written: str) -> str:
    """A phrase as the lexicon has it."""
    return " ".join(written.casefold().replace("’", "'").replace("-", " ").split())


_MEANING = {
    phrase: (category, lexicon is TELLING)
    for lexicon in (SUGGESTIVE, TELLING)
    for category, phrases in lexicon.items()
    for phrase in phrases
}

_BESIDE = {phrase: category for phrase, (category, _) in _MEANING.items()} | {
    phrase: category for category, phrases in BESIDE.items() for phrase in phrases
}


@cache
def pattern() -> str:
    """All phrases, for google-re2: without one of them a text tells nothing special."""
    import re2  # noqa: PLC0415 - 20 ms that commands which detect nothing do not need

    phrases = (
        re2.escape(phrase).replace("\\ ", r"[\s-]{1,3}").replace("\\'", "['’]")
        for phrase in (*_BESIDE, *ELSEWHERE)
    )
    return rf"(?i)\b(?:{'|'.join(phrases)})\b"


@cache
def _lexicon() -> Any:
    """All phrases as one pattern; of two at one place the longer is found."""
    import re2  # noqa: PLC0415 - as above

    options = re2.Options()
    options.log_errors = False
    options.longest_match = True
    return re2.compile(pattern(), options)


def _is_about_somebody(sentence: str) -> bool:
    if _TITLE.search(sentence) or _NAMED.search(sentence):
        return True
    if _PRONOUN.search(_NOBODY.sub(" ", sentence)):
        return True
    return bool(_ROLE.search(sentence)) and not _GENERAL.search(sentence)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence around a word begins and ends."""
    first = max(0, start - _SENTENCE)
    for stop in _SENTENCE_END.finditer(text, first, start):
        first = stop.end()
    stop_after = _SENTENCE_END.search(text, end, end + _SENTENCE)
    return first, stop_after.start() if stop_after else min(len(text), end + _SENTENCE)
