"""What headings mean beside each other: "Account" beside "Journal" is no bank's.

A word alone says little: an owner has a home, the owner of a risk has a job; the condition of a
resident is health, that of a floor is none.  The other headings of the table tell which it is.

>>> said = {0: Heading(ACCOUNT, "account"), 1: Heading(SORT_CODE, "sort code")}
>>> settle(said, ("Account", "Sort code"))[0].role
'account_number'
>>> settle({0: said[0]}, ("Account", "Cost centre"))[0].role
'thing'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dlpguard.counting import staff
from dlpguard.counting.headings import (
    ACCOUNT,
    ADDRESS,
    ADDRESS_LINE,
    FORENAME,
    FULL_NAME,
    LONGEST,
    NAME,
    PERSONAL,
    POSTCODE,
    PROFESSIONAL,
    REFERENCE,
    SORT_CODE,
    SURNAME,
    THING,
    TOWN,
    Heading,
)

NOBODY = "nobody"
"""The party of what is a thing's: the address of a polling station, the number of a permit."""

_LEDGER = frozenset({"journal", "nominal", "ledger", "debit", "credit", "centre", "gl"})
"""Words in the headings of bookkeeping, where accounts are kept and not paid into."""

_STAFF_OF_THINGS = frozenset({
    "contact", "contact name", "lead", "owner", "risk owner", "action owner", "responsible",
})  # fmt: skip
"""Staff where the row is about a thing; elsewhere they are whom the row is about."""

_AT_WORK = frozenset({
    "risk", "indicator", "target", "task", "milestone", "discussion", "permit", "promoter",
    "post", "vacancy", "closing", "proposal", "workstream", "deliverable", "nominal", "kpi",
})  # fmt: skip
"""Words in the headings of what people work at."""

_OF_RISKS = frozenset({"likelihood", "impact", "score", "mitigation", "rating"})
"""Words in the headings of registers of risks, none of which is to a person."""

_PLACES = frozenset({"site", "station", "place", "venue", "premises", "where"})
"""Words in the headings of what an address in the row is of."""

_OBJECTS = frozenset({
    "material", "asset", "property", "equipment", "location", "room", "building", "element",
    "component", "serial", "model", "make", "sample", "tree", "vehicle",
})  # fmt: skip
"""Words in the headings of what has a condition and no health."""

_TOKENS = frozenset({
    "sample", "catalogue", "catalog", "part", "parts", "serial", "order", "code", "article",
    "stock", "asset", "batch", "lot", "product", "item", "sku", "ean", "gtin", "upc", "barcode",
    "isbn", "tracking", "consignment", "despatch", "dispatch", "parcel", "model", "certificate",
    "permit", "invoice", "meter", "mpan", "mprn",
})  # fmt: skip
"""Words in the headings of numbers and codes that things have."""


def settle(said: Mapping[int, Heading], heading: Sequence[str]) -> dict[int, Heading]:
    """The headings that are known, by column, as they are meant in a table headed `heading`."""
    words = frozenset(word for cell in heading for word in _words(cell))
    roles = {each.role for each in said.values()}
    lives_there = bool(roles & {ADDRESS, POSTCODE})
    settled = {
        index: replace(each, role=FULL_NAME, party=PROFESSIONAL)
        if _is_staff(heading[index], words, lives_there=lives_there) and each.role != THING
        else each
        for index, each in said.items()
    }
    for index, cell in enumerate(heading):
        if index not in said and _is_staff(cell, words, lives_there=lives_there):
            settled[index] = Heading(FULL_NAME, " ".join(_words(cell)), PROFESSIONAL)
    of_somebody = any(
        each.role in _NAMES and each.party != PROFESSIONAL for each in settled.values()
    )
    for index, each in settled.items():
        if _is_of_a_thing(each, words, roles, of_somebody=of_somebody):
            settled[index] = replace(each, role=THING)
        elif each.role in _ADDRESSES:
            its_own = frozenset(_words(heading[index]))
            if (names_a_place(heading[index]) and its_own.isdisjoint(_OWN_HOME)) or (
                not of_somebody and any(map(names_a_place, heading))
            ):
                settled[index] = replace(each, party=NOBODY)
        elif each.role in _OFFERED and is_of_applications(heading):
            role = THING if each.role == PERSONAL else each.role
            settled[index] = replace(each, role=role, party=NOBODY)
    return settled


_NAMES = frozenset({NAME, FULL_NAME, FORENAME, SURNAME})
_ADDRESSES = frozenset({ADDRESS, ADDRESS_LINE, POSTCODE, TOWN})


def is_of_applications(heading: Sequence[str]) -> bool:
    """Whether a table lists permits, plans or vacancies: their numbers and sums are nobody's.

    >>> is_of_applications(("Number", "Site", "Proposal", "Applicant"))
    True
    """
    words = frozenset(word for cell in heading for word in _words(cell))
    return any(both <= words for both in _APPLICATIONS)


_APPLICATIONS = (
    frozenset({"site", "proposal"}),
    frozenset({"permit", "street"}),
    frozenset({"permit", "promoter"}),
    frozenset({"post", "closing"}),
    frozenset({"vacancy", "closing"}),
)
_OFFERED = frozenset({REFERENCE, "money", PERSONAL})


def names_a_place(cell: str) -> bool:
    """Whether a heading says that what stands below is a place where nobody lives."""
    words = frozenset(_words(cell))
    return not words.isdisjoint(_PLACES) and words.isdisjoint(_BORN)


_BORN = frozenset({"birth", "death", "work", "employment"})
"""The place of birth stands in every passport, and beside a home."""


def names_a_thing(cell: str) -> bool:
    """Whether a heading says that the tokens below are a thing's, whatever they look like.

    >>> names_a_thing("Catalogue no"), names_a_thing("NI no"), names_a_thing("")
    (True, False, False)
    """
    return not _TOKENS.isdisjoint(_words(cell))


def _is_staff(cell: str, words: frozenset[str], *, lives_there: bool) -> bool:
    phrase = " ".join(_words(cell))
    if phrase in staff.HEADINGS:
        return True
    if phrase == "owner" and lives_there:
        return False
    return phrase in _STAFF_OF_THINGS and not _AT_WORK.isdisjoint(words)


def _is_of_a_thing(
    each: Heading, words: frozenset[str], roles: set[str], *, of_somebody: bool
) -> bool:
    """Whether a heading that may be about somebody is about a thing here."""
    if each.role == ACCOUNT:
        ledger = not of_somebody or not _LEDGER.isdisjoint(words)
        return each.phrase == "account" and SORT_CODE not in roles and ledger
    if of_somebody:
        return False
    if each.phrase in ("condition", "conditions"):
        return not _OBJECTS.isdisjoint(words)
    return each.phrase in ("risk", "risks") and not _OF_RISKS.isdisjoint(words)


_OWN_HOME = frozenset(
    {"home", "applicant", "client", "tenant", "owner", "candidate", "residential"}
)


def _words(cell: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", cell.casefold()) if len(cell) <= LONGEST else []
