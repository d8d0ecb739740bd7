"""Running text to people: a name and what stands around it are one person.

What stands on a name's line, or in the lines below it up to the next name, is theirs.  "Smith,
John", "John Smith" and "Mr J Smith" are one (`people` sees to that).  Tables and forms inside a
text are read as such; greetings, signatures and quoted headers disclose nobody.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from dlpguard import detectors, names
from dlpguard.counting import columns, conditions, kinds, layout, offices, records
from dlpguard.counting.courtesies import Courtesy, Passage, passages
from dlpguard.counting.kinds import Kinds
from dlpguard.counting.mention import SPECIAL_CATEGORY, Detail, Mention, detail
from dlpguard.counting.spans import Spans
from dlpguard.counting.tallies import Tallies
from dlpguard.detectors import (
    case_reference,
    date_of_birth,
    email_address,
    money,
    person_name,
    phone,
    postal_address,
)
from dlpguard.document import Hidden, Text
from dlpguard.finding import Confidence, Finding

BELOW = 300
"""Characters after a name within which something without a name on its line is theirs."""

ABOVE = 120
"""The same before a name ("01632 960001\nAnn Bee")."""

APART = 600
"""Characters between two records of one list: a letter about each is no list."""

AUTHORS = 2
"""Names in a file's properties: who made it, and who changed it last.  They take part."""

_STATED = re.compile(
    r"\b(?:home address|lives? (?:at|in)|living (?:at|in)|resid(?:es|ing|ent) (?:at|in)|"
    r"address(?: is)?[ \t]{0,3}:|of no fixed|moved to)[^\n.]{0,60}$",
    re.IGNORECASE,
)
"""Words before an address that say whose home it is."""

_OWED = re.compile(
    r" (?:in|of) (?:\w{1,20} ){0,2}(?:arrears|debts?|overpayments?|savings|salary|wages)\b",
    re.IGNORECASE,
)
"""Words after an amount that say whose it is: "£93.00 of rent arrears"."""

_EMPTY_LINE = re.compile(r"\n[ \t>]{0,20}\n")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n[ \t>]{0,20}\n")
_REST_OF_LINE = re.compile(r"[ \t\r,;:.]{0,40}(?:\n|\Z)")
_GAP = re.compile(r"[ \t]{0,20}[,;:(\[–-]{0,2}[ \t]{0,20}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text gave: findings, mentions, and who takes part (names and addresses)."""

    findings: tuple[Finding, ...] = field(default=(), repr=False)
    mentions: tuple[Mention, ...] = field(default=(), repr=False)
    greeted: tuple[str, ...] = field(default=(), repr=False)
    taking_part: tuple[str, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class _Anchor:
    """Something that is a person: a name, or an identifier that no name is near to."""

    name: str
    start: int
    end: int
    sure: bool
    details: list[Detail] = field(default_factory=list)


def read(block: Text, setup: detectors.Setup, index: int = 0) -> Reading:
    """What stands in a text, and whom it mentions.  `index` is the block's, for findings."""
    return link(block, detectors.detect(block, setup, index), setup, index)


def link(block: Text, found: Sequence[Finding], setup: detectors.Setup, index: int = 0) -> Reading:
    """Whom a text mentions, of which it is known what detectors find in it (by start)."""
    courtesies = passages(block.text, found)
    in_grids: list[Finding] = []
    mentions: list[Mention] = []
    covered = Spans((p.start, p.end) for p in courtesies)
    headers = Spans((p.start, p.end) for p in courtesies if p.courtesy is Courtesy.HEADER)
    tables, of_things = Spans(), Spans()
    for start, end, grid in layout.grids(block, tables):
        if headers.meets(start, end):
            continue
        in_grid = Tallies(sys.maxsize)
        people = records.read(grid, setup, index, in_grid)
        if any(mention.record for mention in people):
            in_grids += in_grid.kept
            mentions += people
            covered.add(start, end)
            tables.add(start, end)
        else:
            of_things.add(start, end)
    found = [f for f in found if not tables.holds(f.start)]
    free = [f for f in found if not covered.holds(f.start)]
    born, dates = _birth_dates(block, free, setup)
    no_ones = offices.of_offices(block.text, found, courtesies)
    owned = [f for f in free if f.start not in no_ones]
    known = kinds.of(setup)
    mentions += _mentions(block, owned, of_things, born, known, index)
    mentions = _of_reader(block, mentions, [*owned, *in_grids], courtesies)
    found += [replace(f, block=index) for f in dates]
    taking_part = [*_taking_part(found, courtesies)]
    if block.hidden is Hidden.PROPERTY and len(mentions) <= AUTHORS:
        taking_part += [m.name for m in mentions if len(m.details) == 1]
        mentions = [m for m in mentions if len(m.details) > 1]
    return Reading(
        tuple(sorted((*found, *in_grids), key=lambda f: f.start)),
        tuple(mentions),
        tuple(_greeted(courtesies)),
        tuple(taking_part),
    )


def _of_reader(
    block: Text, about: list[Mention], found: list[Finding], courtesies: Sequence[Passage]
) -> list[Mention]:
    """The mentions, with numbers on lines of their own given to whom a letter is written."""
    name, start, end = offices.reader(block.text, courtesies)
    labelled = {
        f.value
        for f in found
        if start <= f.start < end and offices.is_labelled(block.text, f.start)
    }
    unnamed = [m for m in about if not m.name]
    if not name or len(unnamed) != 1 or any(d.value not in labelled for d in unnamed[0].details):
        return about
    return [replace(m, name=names.canonical(name)) if m is unnamed[0] else m for m in about]


def _greeted(courtesies: Iterable[Passage]) -> Iterator[str]:
    for passage in courtesies:
        yield from filter(None, map(names.canonical, passage.names))


def _taking_part(found: Iterable[Finding], courtesies: Iterable[Passage]) -> Iterator[str]:
    """Names and addresses in quoted headers and signatures."""
    spans = Spans((p.start, p.end) for p in courtesies if p.courtesy is not Courtesy.GREETING)
    for f in found:
        whole = " " in f.value if f.kind == person_name.KIND else f.kind == email_address.KIND
        if whole and spans.holds(f.start):
            yield f.value


def _mentions(
    block: Text,
    found: list[Finding],
    of_things: Spans,
    born: dict[int, str],
    known: Kinds,
    index: int,
) -> list[Mention]:
    """The people of the text outside tables and forms.

    A name in a table that is none of people needs something beside it: "Earl Grey, pot £1.20".
    `born` are birth dates by the start of the name that they follow.
    """
    named_in_text = [f for f in found if f.kind == person_name.KIND]
    may_be_queried = bool(named_in_text) and _QUERY in block.text
    named = [
        _Anchor(
            f.value,
            f.start,
            f.end,
            f.confidence is Confidence.HIGH
            or (f.confidence >= Confidence.MEDIUM and not of_things.holds(f.start)),
            [Detail(date_of_birth.KIND, born[f.start])] if f.start in born else [],
        )
        for f in named_in_text
        if not (may_be_queried and _is_queried(block.text, f.start))
    ]
    anchors = list(named)
    starts = [a.start for a in named]
    orphans: list[Finding] = []
    for f in found:
        if f.kind == person_name.KIND:
            continue
        owner = _owner(block.text, f, named, starts)
        if owner:
            owner.details.append(_detail(block, f))
        else:
            orphans.append(f)
    anchors += _unnamed(block, orphans, known)
    told = conditions.told(block.text, [(anchor.start, anchor.end) for anchor in named])
    for anchor, categories in zip(named, told, strict=True):
        anchor.details += [Detail(SPECIAL_CATEGORY, category) for category in categories]
    people = _united(block, anchors, known, index)
    return _listed(block.text, people)


def _is_queried(text: str, start: int) -> bool:
    """Whether a name is a value in a query of a database, which is about wards as often."""
    return f" {_QUERY} " in text[max(0, start - BELOW) : start].replace("\n", " ")


_QUERY = "WHERE"
"""The word of SQL behind which conditions stand."""


def _birth_dates(
    block: Text, found: list[Finding], setup: detectors.Setup
) -> tuple[dict[int, str], list[Finding]]:
    """Dates right behind names whose years are spread as only those of births are.

    By the start of the name, and as findings.
    """
    if not layout.may_hold_values(block.text):
        return {}, []
    taken = {f.start for f in found if f.kind != person_name.KIND}
    dates: dict[int, str] = {}
    places: list[Finding] = []
    for f in found:
        gap = _GAP.match(block.text, f.end) if f.kind == person_name.KIND else None
        date = date_of_birth.PATTERN.match(block.text, gap.end()) if gap else None
        value = date_of_birth.read_cell(date[0], setup) if date else None
        if date and value and date.start() not in taken:
            dates[f.start] = value
            places.append(
                Finding(
                    date_of_birth.KIND,
                    value,
                    block.where,
                    date.start(),
                    date.end(),
                    Confidence.MEDIUM,
                    "dates of many years behind names",
                    block.hidden,
                )
            )
    years = sorted(int(value[:4]) for value in dates.values())
    if len(years) < records.LISTED or not columns.are_of_generations(years):
        return {}, []
    return dates, places


def _detail(block: Text, found: Finding) -> Detail:
    before = block.text[max(0, found.start - 90) : found.start]
    owed = found.kind == money.KIND and _OWED.match(block.text, found.end)
    return detail(found, block.hidden, stated=bool(owed or _STATED.search(before)))


def _owner(text: str, found: Finding, named: list[_Anchor], starts: list[int]) -> _Anchor | None:
    """Whose it is: of the name before it on the line, after it on the line, or above."""
    at = bisect_right(starts, found.start)
    before = named[at - 1] if at else None
    after = named[at] if at < len(named) else None
    if before and found.kind == money.KIND:
        # A sum is told of whom its own sentence names.
        within = before.end > found.start - BELOW
        return (
            before if within and not _SENTENCE_END.search(text, before.end, found.start) else None
        )
    if before and "\n" not in text[before.end : found.start]:
        return before
    if after and "\n" not in text[found.end : after.start] and after.start - found.end <= ABOVE:
        return after
    if before and found.start - before.end <= BELOW:
        between = text[before.end : found.start]
        gaps = len(_EMPTY_LINE.findall(between))
        if gaps == 0 or (gaps == 1 and _is_line(text, before)):
            return before
    if after and after.start - found.end <= ABOVE:
        return None if _EMPTY_LINE.search(text, found.end, after.start) else after
    return None


def _is_line(text: str, anchor: _Anchor) -> bool:
    """Whether a name is all that stands on its line."""
    return (
        conditions.begins_line(text, anchor.start)
        and _REST_OF_LINE.match(text, anchor.end) is not None
    )


def _unnamed(block: Text, orphans: list[Finding], known: Kinds) -> Iterator[_Anchor]:
    """Identifiers that tell who somebody is without a name, with what follows them."""
    anchor: _Anchor | None = None
    for found in orphans:
        told = _detail(block, found)
        if known.identifies(told) and (
            anchor is None or told.kind in {d.kind for d in anchor.details}
        ):
            if anchor and _says_enough(anchor):
                yield anchor
            anchor = _Anchor("", found.start, found.end, True, [told])
        elif anchor and found.start - anchor.end <= BELOW:
            anchor.details.append(told)
            anchor.end = found.end
    if anchor and _says_enough(anchor):
        yield anchor


def _says_enough(anchor: _Anchor) -> bool:
    """Whether something is known that nobody has but a person; `info@…, 01632 960001` is a firm."""
    return any(d.kind not in _ANYBODYS for d in anchor.details)


_ANYBODYS = frozenset(
    {case_reference.KIND, email_address.KIND, money.KIND, phone.KIND, postal_address.KIND}
)


def _united(
    block: Text, anchors: list[_Anchor], known: Kinds, index: int
) -> list[tuple[_Anchor, Mention]]:
    """One mention for each name of the text, in order; two where numbers tell namesakes apart."""
    by_name: dict[str, tuple[_Anchor, dict[str, set[str]]]] = {}
    united: list[_Anchor] = []
    # Of these everybody has only one: two records of a name that differ in it are two people's.
    one_each = known.unique | {date_of_birth.KIND}
    for anchor in sorted(anchors, key=lambda a: a.start):
        telling = [d for d in anchor.details if d.kind in one_each]
        first, told = by_name.get(anchor.name, (None, {})) if anchor.name else (None, {})
        if first is None or any(d.value not in told.get(d.kind, (d.value,)) for d in telling):
            first, told = anchor, {}
            by_name[anchor.name] = (anchor, told)
            united.append(anchor)
        else:
            first.details += anchor.details
            first.sure |= anchor.sure
        for d in telling:
            told.setdefault(d.kind, set()).add(d.value)
    return [
        (anchor, _mention(block, anchor, index))
        for anchor in united
        if anchor.sure or any(not d.weak for d in anchor.details)
    ]


def _mention(block: Text, anchor: _Anchor, index: int) -> Mention:
    own = (Detail(person_name.KIND, anchor.name, block.hidden),) if anchor.name else ()
    details = tuple(dict.fromkeys(d._replace(hidden=block.hidden) for d in anchor.details))
    return Mention(anchor.name, own + details, block.where, index, block.hidden)


def _listed(text: str, people: list[tuple[_Anchor, Mention]]) -> list[Mention]:
    """Mark those who are one of at least three alike: the same kind of detail, or a name a line."""
    listed: set[int] = set()
    kinds = {d.kind for _, mention in people for d in mention.details} - {person_name.KIND}
    groups = [
        [i for i, (_, m) in enumerate(people) if any(d.kind == kind for d in m.details)]
        for kind in kinds
    ]
    groups.append(
        [i for i, (anchor, _) in enumerate(people) if anchor.name and _is_line(text, anchor)]
    )
    for group in groups:
        for run in _runs(group, [anchor.start for anchor, _ in people]):
            if len(run) >= records.LISTED:
                listed.update(run)
    return [
        replace(m, listed=True, record=len(m.details) > 1) if i in listed else m
        for i, (_, m) in enumerate(people)
    ]


def _runs(group: list[int], starts: list[int]) -> Iterator[list[int]]:
    """A group of people cut where they stand too far apart."""
    run: list[int] = []
    for i in group:
        if run and starts[i] - starts[run[-1]] > APART:
            yield run
            run = []
        run.append(i)
    if run:
        yield run
